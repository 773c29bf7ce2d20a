"""Additional duties as dated rows: which measure, on which codes and origins, from when to when, under which condition.

The tables are an honest starter set; each measure says whether its list is complete and what is missing.
"""

from __future__ import annotations

import datetime as dt
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from tongguan.grammar.money import ppm_of, specific_fraction
from tongguan.tariff.origins import LONG_AGO, Origins
from tongguan.tariff.schedule import FOREVER, TABLES, read_csv


class Measure(NamedTuple):
    """A trade remedy or countermeasure and what we hold of it.

    Goods under a duty-relief certificate are spared by themselves from `spares_relief_goods_from` on.
    """

    measure: str
    kind: str
    name_zh: str
    name_en: str
    cites: str
    is_complete: bool
    missing_zh: str
    missing_en: str
    confidence: str
    spares_relief_goods_from: dt.date | None = None


class Horizon(NamedTuple):
    """How far a measure was looked at, and what is known of the time after.

    after   continues   its rows go on as they stand; answers say that they were last confirmed on that day
            ended       it is over: no row, and nothing is missing
            not_known   its rows end there and what follows could not be checked: a figure without it is only a lower bound
            not_held    it is in force for goods of `origin` but we hold no rate of it: the same
    at_most the highest rate it can have in ppm, where that is known
    """

    measure: str
    until: dt.date
    after: str
    origin: str
    why_zh: str
    why_en: str
    at_most: int | None = None


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


CHECKED_US_LINES = "us_2018_2019_checked_lines.csv"
"""Which lines were looked up in the lists on US goods of 2018 and 2019; on any other line the absence of a row says nothing."""


class Overlays:
    """All measures and their rates."""

    def __init__(self, folder: Path = TABLES / "overlays") -> None:
        self.measures = {
            r["measure"]: Measure(
                r["measure"], r["kind"], r["name_zh"], r["name_en"], r["cites"], r["complete"] == "yes",
                r["what_is_missing_zh"], r["what_is_missing_en"], r["confidence"],
                dt.date.fromisoformat(r["spares_relief_goods_from"]) if r["spares_relief_goods_from"] else None,
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

        self.horizons = {
            r["measure"]: Horizon(
                r["measure"],
                dt.date.fromisoformat(r["verified_until"]),
                r["after"],
                r["origin"],
                r["why_zh"],
                r["why_en"],
                ppm_of(r["at_most"]) if r["at_most"] else None,
            )
            for r in read_csv(folder / "horizon.csv")
        }
        self.transit_grace = {
            r["measure"]: (dt.date.fromisoformat(r["shipped_before"]), dt.date.fromisoformat(r["arrive_until"]))
            for r in read_csv(folder / "transit_grace.csv")
        }
        self.checked_us_lines = {
            r["code"] for r in read_csv(folder / CHECKED_US_LINES) if r["result"] != "not_in_source"
        }
        self.changes_within_day = {
            d: time for r in self.rates for d, time in ((r.until, r.until_time), (r.since, r.since_time)) if time
        }
        self._to_the_minute = _by_prefix(self.rates)
        self.rates = _whole_days(self.rates)
        self._by_day = _by_prefix(self.rates)
        self._every_state = _by_prefix(self.rates, ("in_force", "suspended"))
        # asked several times for every item
        self._remembered = lru_cache(maxsize=4096)(self._touching)
        self._reaching = lru_cache(maxsize=4096)(self._rows_reaching)
        self._unknown = lru_cache(maxsize=4096)(self._horizons_unknown)

    def touching(self, code: str, day: dt.date, at: str = "") -> tuple[OverlayRate, ...]:
        """Every row in force on a day that covers a code, whatever the origin; suspended rows are left out.

        `at`, an hour such as 13:30, settles the days on which a rate changed; without it the heavier of before and after counts.
        """
        return self._remembered(code, day, at)

    def _touching(self, code: str, day: dt.date, at: str) -> tuple[OverlayRate, ...]:
        rows = self._to_the_minute if at and day in self.changes_within_day else self._by_day
        return tuple(
            r for p in _prefixes(code) for r in rows.get(p, ()) if r.since <= day <= r.until and _holds_at(r, day, at)
        )

    def within_day(self, code: str, iso2: str, day: dt.date, origins: Origins) -> list[str]:
        """The hours of a day at which rates on a code and origin began; where none began, those at which some ended."""
        if day not in self.changes_within_day:
            return []
        rows = [
            r for p in _prefixes(code) for r in self._to_the_minute.get(p, ()) if origins.in_group(iso2, r.origin, day)
        ]
        began = {r.since_time for r in rows if r.since == day} - {""}
        return sorted(began or {r.until_time for r in rows if r.until == day} - {""})

    def verified(self, measure: str, until: dt.date) -> dt.date:
        """How far a row that runs until a day was confirmed."""
        horizon = self.horizons.get(measure)
        return until if horizon is None else min(until, horizon.until)

    def unknown_on(self, code: str, iso2: str, day: dt.date, origins: Origins) -> list[Horizon]:
        """Measures that reach, or may still reach, a code and origin on a day and whose rates we do not hold: never zero."""
        return list(self._unknown(code, iso2, day, origins))

    def _horizons_unknown(self, code: str, iso2: str, day: dt.date, origins: Origins) -> tuple[Horizon, ...]:
        found = []
        for horizon in self.horizons.values():
            if day <= horizon.until:
                continue
            is_reached = horizon.after == "not_held" and origins.in_group(iso2, horizon.origin, day)
            if horizon.after == "not_known":
                is_reached = any(
                    r.measure == horizon.measure
                    and r.until == horizon.until
                    and origins.in_group(iso2, r.origin, r.until)
                    for p in _prefixes(code)
                    for r in self._every_state.get(p, ())
                )
            if is_reached:
                found.append(horizon)
        return tuple(found)

    def last_confirmed(self, code: str, iso2: str, day: dt.date, origins: Origins) -> list[Horizon]:
        """Horizons of the measures levied on a code and origin that nobody has looked at since."""
        measures = {r.measure for r in self.touching(code, day) if origins.in_group(iso2, r.origin, day)}
        return [h for h in self.horizons.values() if h.measure in measures and h.until < day]

    def on(
        self, code: str, iso2: str, day: dt.date, exporter: str, origins: Origins, at: str = ""
    ) -> list[OverlayRate]:
        """The rows that cover a code and an origin on a day. Rows of one measure add up; an exporter's own rows replace those for all others."""
        own: dict[str, list[OverlayRate]] = {}
        others: dict[str, list[OverlayRate]] = {}
        for row in self._reaching(code, iso2, day, origins, at):
            if not row.exporter:
                others.setdefault(row.measure, []).append(row)
            elif row.exporter.casefold() == exporter.casefold():
                own.setdefault(row.measure, []).append(row)
        return [row for measure, rows in others.items() if measure not in own for row in rows] + [
            r for rows in own.values() for r in rows
        ]

    def _rows_reaching(self, code: str, iso2: str, day: dt.date, origins: Origins, at: str) -> tuple[OverlayRate, ...]:
        return tuple(
            row
            for row in self.touching(code, day, at)
            if iso2 not in row.excluded_origins and origins.in_group(iso2, row.origin, day)
        )

    def exporters_named(self, code: str, iso2: str, day: dt.date, origins: Origins) -> list[str]:
        """Exporters with a rate of their own among the measures on a code and origin."""
        return sorted(
            {r.exporter for r in self.touching(code, day) if r.exporter and origins.in_group(iso2, r.origin, day)}
        )


def _prefixes(code: str) -> tuple[str, ...]:
    return ("*", *(code[:length] for length in range(2, len(code) + 1)))


def _by_prefix(rows: list[OverlayRate], states: tuple[str, ...] = ("in_force",)) -> dict[str, list[OverlayRate]]:
    by_prefix: dict[str, list[OverlayRate]] = {}
    for row in rows:
        if row.state in states:
            by_prefix.setdefault(row.code_prefix, []).append(row)
    return by_prefix


def _holds_at(row: OverlayRate, day: dt.date, at: str) -> bool:
    """Whether an hour of the day lies within the row; always, when no hour is given."""
    if not at:
        return True
    has_begun = row.since < day or at >= row.since_time
    return has_begun and (row.until > day or not row.until_time or at <= row.until_time)


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
                beginning = sum(
                    r.rate for r in group if r.since == row.since and r.since_time and r.state == "in_force"
                )
                if ending > beginning:
                    since = row.since + dt.timedelta(days=1)
            if row.until_time:
                ending = sum(r.rate for r in group if r.until == row.until and r.until_time and r.state == "in_force")
                beginning = sum(
                    r.rate for r in group if r.since == row.until and r.since_time and r.state == "in_force"
                )
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
