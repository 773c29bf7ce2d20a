"""Additional duties as dated rows: which measure, on which codes and origins, from when to when, under which condition.

The tables are an honest starter set; each measure says whether its list is complete and what is missing.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tongguan.grammar.money import ppm_of, specific_fraction
from tongguan.law.additional_duties.rule import CONDITIONS
from tongguan.tariff.origins import LONG_AGO, Origins
from tongguan.tariff.schedule import FOREVER, TABLES, read_csv


class Measure(NamedTuple):
    """A trade remedy or countermeasure and what we hold of it."""

    measure: str
    kind: str
    name_zh: str
    name_en: str
    cites: str
    is_complete: bool
    missing_zh: str
    missing_en: str
    confidence: str


class OverlayRate(NamedTuple):
    """One dated rate of a measure. `since_time` and `until_time` are set when the change fell within a day."""

    measure: str
    origin: str
    excluded_origins: tuple[str, ...]
    code_prefix: str
    exporter: str
    since: dt.date
    since_time: str
    until: dt.date
    until_time: str
    rate: int
    num: int
    den: int
    amount: str
    per_unit: str
    state: str
    condition: str
    cites: str
    source: str
    confidence: str
    note: str

    @property
    def condition_code(self) -> int:
        """The condition as the rule knows it."""
        return CONDITIONS[self.condition]


class Overlays:
    """All measures and their rates."""

    def __init__(self, folder: Path = TABLES / "overlays") -> None:
        self.measures = {
            r["measure"]: Measure(
                r["measure"], r["kind"], r["name_zh"], r["name_en"], r["cites"], r["complete"] == "yes",
                r["what_is_missing_zh"], r["what_is_missing_en"], r["confidence"],
            )
            for r in read_csv(folder / "measures.csv")
        }  # fmt: skip
        self.rates: list[OverlayRate] = []
        for r in read_csv(folder / "rates.csv"):
            num, den = specific_fraction(r["specific"]) if r["specific"] else (0, 1)
            self.rates.append(
                OverlayRate(
                    r["measure"], r["origin"], tuple(o for o in r["excluded_origins"].replace(";", " ").split() if o), r["code_prefix"],
                    r["exporter"], _day(r["since"], LONG_AGO), r["since_time"], _day(r["until"], FOREVER), r["until_time"],
                    ppm_of(r["ad_valorem"]) if r["ad_valorem"] else 0, num, den, r["specific"], r["per_unit"], r["state"], r["condition"],
                    r["cites"], r["source"], r["confidence"], r["note"],
                )
            )  # fmt: skip

        self.verified_until = {
            r["measure"]: (dt.date.fromisoformat(r["verified_until"]), r["why_zh"], r["why_en"]) for r in read_csv(folder / "horizon.csv")
        }
        self.changes_within_day = {r.since: r.since_time for r in self.rates if r.since_time}
        self.rates = _whole_days(self.rates)
        self._by_prefix: dict[str, list[OverlayRate]] = {}
        for row in self.rates:
            if row.state == "in_force":
                self._by_prefix.setdefault(row.code_prefix, []).append(row)

    def touching(self, code: str, day: dt.date) -> list[OverlayRate]:
        """Every row in force on a day that covers a code, whatever the origin; suspended rows are left out."""
        prefixes = ("*", *(code[:length] for length in range(2, len(code) + 1)))
        return [r for p in prefixes for r in self._by_prefix.get(p, ()) if r.since <= day <= r.until]

    def on(self, code: str, iso2: str, day: dt.date, exporter: str, origins: Origins) -> list[OverlayRate]:
        """The rows that cover a code and an origin on a day. Rows of one measure add up; an exporter's own rows replace those for all others."""
        own: dict[str, list[OverlayRate]] = {}
        others: dict[str, list[OverlayRate]] = {}
        for row in self.touching(code, day):
            if iso2 in row.excluded_origins or not origins.in_group(iso2, row.origin, day):
                continue
            if not row.exporter:
                others.setdefault(row.measure, []).append(row)
            elif row.exporter.casefold() == exporter.casefold():
                own.setdefault(row.measure, []).append(row)
        return [row for measure, rows in others.items() if measure not in own for row in rows] + [r for rows in own.values() for r in rows]

    def exporters_named(self, code: str, iso2: str, day: dt.date, origins: Origins) -> list[str]:
        """Exporters with a rate of their own among the measures on a code and origin."""
        return sorted({r.exporter for r in self.touching(code, day) if r.exporter and origins.in_group(iso2, r.origin, day)})


def _whole_days(rows: list[OverlayRate]) -> list[OverlayRate]:
    """Rows whose change falls within a day, given whole days: on that day the heavier of before and after counts, and a finding says so.

    A declaration knows its day; its hour decides only here, and a duty announced too high is the smaller harm.
    """
    groups: dict[tuple[str, str, str, str], list[OverlayRate]] = {}
    for row in rows:
        groups.setdefault((row.measure, row.origin, row.code_prefix, row.exporter), []).append(row)
    answer: list[OverlayRate] = []
    for group in groups.values():
        for row in group:
            since, until = row.since, row.until
            if row.since_time:
                ending = sum(r.rate for r in group if r.until == row.since and r.until_time and r.state == "in_force")
                beginning = sum(r.rate for r in group if r.since == row.since and r.since_time and r.state == "in_force")
                if ending > beginning:
                    since = row.since + dt.timedelta(days=1)
            if row.until_time:
                ending = sum(r.rate for r in group if r.until == row.until and r.until_time and r.state == "in_force")
                beginning = sum(r.rate for r in group if r.since == row.until and r.since_time and r.state == "in_force")
                if ending <= beginning:
                    until = row.until - dt.timedelta(days=1)
            answer.append(row._replace(since=since, until=until))
    return answer


def _day(text: str, otherwise: dt.date) -> dt.date:
    return dt.date.fromisoformat(text) if text else otherwise


@cache
def overlays() -> Overlays:
    """The tables as shipped, loaded once."""
    return Overlays()
