"""Everything an answer rests on besides the shipment: the law, the schedule, origins and additional duties. A world is an argument, never a global."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import NamedTuple

from tongguan.grammar.money import milli_of, specific_fraction
from tongguan.grammar.parameters import InForce, LawBook, law_book
from tongguan.tariff.origins import Origins, origins
from tongguan.tariff.overlays import Overlays, overlays
from tongguan.tariff.schedule import Schedule, starter_schedule

COVERAGE_FROM = dt.date(2018, 7, 1)
"""The first day we answer for: the policy of 国办发〔2018〕53号 and the tariff cuts of 2018-07-01."""


class SlidingTerms(NamedTuple):
    """The cotton sliding duty as of a day, in whole numbers."""

    threshold: int
    num: int
    den: int
    k1: int
    k2: int
    ceiling: int


class World:
    """The law and the tables together. `shipped_world()` is what comes with the project; a reform is another world."""

    def __init__(
        self,
        law: LawBook | None = None,
        schedule: Schedule | None = None,
        origin_tables: Origins | None = None,
        overlay_tables: Overlays | None = None,
        version: str = "shipped",
    ) -> None:
        self.law = law or law_book()
        self.schedule = schedule or starter_schedule()
        self.origins = origin_tables or origins()
        self.overlays = overlay_tables or overlays()
        self.version = version
        self._at: dict[tuple[str, dt.date], InForce] = {}

    def at(self, name: str, day: dt.date) -> InForce:
        """A parameter as of a day, remembered. Raises OutOfCoverage."""
        key = (name, day)
        found = self._at.get(key)
        if found is None:
            found = self._at[key] = self.law.at(name, day)
        return found

    def sliding_terms(self, day: dt.date) -> tuple[SlidingTerms, tuple[InForce, ...]]:
        """The sliding duty on a day and the parameters it comes from."""
        names = ("threshold", "specific_amount", "k1", "k2", "ceiling")
        used = tuple(self.at(f"customs_duty/sliding/{n}", day) for n in names)
        threshold, amount, k1, k2, ceiling = used
        num, den = specific_fraction(amount.value)
        terms = SlidingTerms(
            milli_of(threshold.value),
            num,
            den,
            int(k1.fraction() * 1_000_000),
            int(k2.fraction() * 1_000_000),
            ceiling.ppm(),
        )
        return terms, used


@cache
def shipped_world() -> World:
    """The law and tables as shipped, loaded once."""
    return World()
