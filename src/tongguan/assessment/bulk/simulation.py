"""The same rows under today's law and under a reformed one: revenue, average and effective rates, before and after, by chapter and origin.

Both worlds see the very same rows; a row counts only where both have an answer, so that no difference comes from a row one of them refused. Those rows
are counted apart.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from tongguan.assessment.bulk import codes as k
from tongguan.assessment.bulk.files import open_source, whole_consignments
from tongguan.assessment.bulk.run import Assessor, names_of
from tongguan.assessment.world import World
from tongguan.grammar.findings import Finding, InputRefused
from tongguan.grammar.money import yuan

DUTIES = (k.DUTY, k.ADDITIONAL, k.ANTI_DUMPING, k.COUNTERVAILING, k.SAFEGUARD)
CODES_OF_A_CHAPTER = 10**9
"""Codes stand in the columns as numbers of eleven digits; what is left after dividing by this is the chapter."""


class Sums(msgspec.Struct):
    """What rows come to, in fen: the dutiable value, and duties and taxes payable before and after."""

    rows: int = 0
    value: int = 0
    duty_before: int = 0
    duty_after: int = 0
    taxes_before: int = 0
    taxes_after: int = 0
    simple_before: Fraction = Fraction(0)
    simple_after: Fraction = Fraction(0)

    def rates(self) -> dict[str, str]:
        """Average duty rates in percent with four decimals: weighted by value, and simple over rows; and the effective rate of all taxes."""
        value = self.value or 1
        rows = self.rows or 1
        return {
            "weighted_duty_rate_before": _percent(Fraction(self.duty_before, value)),
            "weighted_duty_rate_after": _percent(Fraction(self.duty_after, value)),
            "simple_duty_rate_before": _percent(self.simple_before / rows),
            "simple_duty_rate_after": _percent(self.simple_after / rows),
            "effective_rate_before": _percent(Fraction(self.duty_before + self.taxes_before, value)),
            "effective_rate_after": _percent(Fraction(self.duty_after + self.taxes_after, value)),
        }

    def to_json(self) -> dict[str, Any]:
        """As plain text."""
        return {
            "rows": self.rows,
            "dutiable_value": yuan(self.value),
            "duty_before": yuan(self.duty_before),
            "duty_after": yuan(self.duty_after),
            "duty_change": yuan(self.duty_after - self.duty_before),
            "taxes_before": yuan(self.taxes_before),
            "taxes_after": yuan(self.taxes_after),
            "taxes_change": yuan(self.taxes_after - self.taxes_before),
            "revenue_change": yuan(self.duty_after + self.taxes_after - self.duty_before - self.taxes_before),
            **self.rates(),
        }


def _percent(ratio: Fraction) -> str:
    return f"{int(ratio * 1_000_000 + Fraction(1, 2)) / 10_000:.4f}%"


class Simulation(msgspec.Struct):
    """The comparison over a file."""

    reform: str
    rows: int = 0
    compared: int = 0
    changed: int = 0
    refused_by_either: int = 0
    total: Sums = msgspec.field(default_factory=Sums)
    by_chapter: dict[str, Sums] = msgspec.field(default_factory=dict)
    by_origin: dict[str, Sums] = msgspec.field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As plain text and numbers."""
        return {
            "schema": "tongguan-simulation/1",
            "reform": self.reform,
            "currency": "CNY",
            "rows": self.rows,
            "rows_compared": self.compared,
            "rows_changed": self.changed,
            "rows_refused_by_either": self.refused_by_either,
            "total": self.total.to_json(),
            "by_chapter": {key: sums.to_json() for key, sums in sorted(self.by_chapter.items())},
            "by_origin": {key: sums.to_json() for key, sums in sorted(self.by_origin.items())},
        }


def simulate_file(
    source: Path,
    before: World,
    after: World,
    *,
    reform: str,
    as_of: dt.date | None = None,
    mapping: Mapping[str, str] | None = None,
    progress: Callable[[int, int, int], None] | None = None,
) -> Simulation:
    """Compare two worlds over a file of rows, streaming. Raises InputRefused when the file as a whole cannot be read."""
    opened = open_source(source)
    names = names_of(opened.columns, mapping)
    if not names:
        raise InputRefused([Finding("bulk.no_known_column", source.name, {"columns": ", ".join(opened.columns[:20])})])
    shipment = next((column for column, name in names.items() if name == "shipment"), None)
    today, reformed = (Assessor(world, as_of=as_of, names=names) for world in (before, after))
    answer = Simulation(reform)
    countries = {place: iso2 for iso2, place in today.compiled.countries.items()}
    for batch, read in whole_consignments(opened.batches(), shipment):
        first, second = today.assess(batch), reformed.assess(batch)
        _add(answer, first, second, countries)
        if progress:
            progress(read, opened.size, answer.rows)
    return answer


def _payable(results: Any) -> tuple[Any, Any]:
    """Duties and taxes payable, row by row: what is waived does not count."""
    levied = np.stack([(results.waived >> place & 1) == 0 for place in range(len(k.CHARGES))], axis=1)
    payable = np.where(levied, results.charges, 0)
    duties = payable[:, list(DUTIES)].sum(axis=1)
    return duties, payable.sum(axis=1) - duties


def _add(answer: Simulation, first: Any, second: Any, countries: dict[int, str]) -> None:
    good = (first.results.findings == 0) & (second.results.findings == 0)
    answer.rows += len(good)
    answer.compared += int(good.sum())
    answer.refused_by_either += int((~good).sum())
    duty_before, taxes_before = _payable(first.results)
    duty_after, taxes_after = _payable(second.results)
    answer.changed += int((good & ((duty_before != duty_after) | (taxes_before != taxes_after))).sum())
    chapter = first.columns.code // CODES_OF_A_CHAPTER
    keys = {"by_chapter": chapter, "by_origin": first.columns.country}
    for name, column in keys.items():
        groups: dict[str, Sums] = getattr(answer, name)
        for key in np.unique(column[good]):
            here = good & (column == key)
            label = f"{int(key):02d}" if name == "by_chapter" else countries.get(int(key), "-")
            _sum(
                groups.setdefault(label, Sums()),
                here,
                first.results.value,
                duty_before,
                duty_after,
                taxes_before,
                taxes_after,
            )
    _sum(answer.total, good, first.results.value, duty_before, duty_after, taxes_before, taxes_after)


def _sum(
    sums: Sums, here: Any, value: Any, duty_before: Any, duty_after: Any, taxes_before: Any, taxes_after: Any
) -> None:
    """Add rows to sums. A batch of 10^5 rows of at most 10^13 fen stays below 2^63; Python adds the batches."""
    sums.rows += int(here.sum())
    sums.value += int(value[here].sum())
    sums.duty_before += int(duty_before[here].sum())
    sums.duty_after += int(duty_after[here].sum())
    sums.taxes_before += int(taxes_before[here].sum())
    sums.taxes_after += int(taxes_after[here].sum())
    # the simple average weighs every row alike: rates in millionths, exact enough for four decimals of a percent and free of floats
    has_value = here & (value > 0)
    for field, duty in (("simple_before", duty_before), ("simple_after", duty_after)):
        millionths = (
            duty[has_value] * 1_000_000 // value[has_value]
        )  # duties stay below 5 × 10^12 fen, so the product fits
        setattr(sums, field, getattr(sums, field) + Fraction(int(millionths.sum()), 1_000_000))
