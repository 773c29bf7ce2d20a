"""The schedule in memory: what is known of each tariff line, with dates, sources and confidence.

A `Schedule` answers one question: *what do we hold on this code on this day?* It knows its editions: a code may have been retired with HS 2017 or
have begun with HS 2022. Whatever it does not hold is said (`OutOfCoverage`), never filled in.
"""

from __future__ import annotations

import csv
import datetime as dt
from bisect import bisect_left
from collections.abc import Iterable
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import NamedTuple

from tongguan.grammar.errors import LawDataError, OutOfCoverage
from tongguan.grammar.findings import render
from tongguan.grammar.money import fen_of, percent_text, ppm_of, specific_fraction

TABLES = Path(__file__).parent.parent / "tables"
FOREVER = dt.date(9999, 12, 31)
HELD_FROM = dt.date(2018, 1, 1)
"""The first day the starter schedule speaks of; a rate that begins here is in force since then or earlier."""
AFTER_ALL_DIGITS = ":"
"""The character after 9: a prefix and this is greater than every code that begins with the prefix."""

UNITS_ZH = {
    "kg": "千克", "g": "克", "litre": "升", "piece": "个", "pair": "双", "metre": "米", "square_metre": "平方米", "cubic_metre": "立方米",
    "set": "套", "head": "头", "carat": "克拉", "thousand_pieces": "千个", "kilowatt_hour": "千瓦时", "tonne": "吨",
    "millilitre_or_gram": "毫升或克", "unit": "单位",
}  # fmt: skip


class Line(NamedTuple):
    """One tariff line in one edition of the schedule."""

    code: str
    since: dt.date
    until: dt.date
    unit: str
    second_unit: str
    vat_class: str
    ct_class: str
    name_zh: str
    name_en: str
    policy_topic: str
    source: str
    confidence: str


class Rate(NamedTuple):
    """One dated rate of one line. `rate` in ppm, the amount as fen per milli-unit num/den.

    formula   empty                       the rate, the amount per unit, or their sum
              cotton_sliding              the sliding duty of the year, law/customs_duty/sliding
              lower_of                    the rate or the amount per unit, whichever gives less
              by_unit_value:2000:1.3      up to 2,000 US dollars a unit the rate named last (130 %), above it rate plus amount
    """

    code: str
    kind: str
    scheme: str
    since: dt.date
    until: dt.date
    rate: int
    num: int
    den: int
    amount: str
    per_unit: str
    formula: str
    verified_until: dt.date
    source: str
    confidence: str
    note: str

    @property
    def form(self) -> str:
        """ad_valorem, specific, compound, sliding, lower_of or by_unit_value."""
        if self.formula:
            return {"cotton_sliding": "sliding"}.get(self.formula, self.formula.partition(":")[0])
        if self.num:
            return "compound" if self.rate else "specific"
        return "ad_valorem" if not self.per_unit else "specific"

    @property
    def bands(self) -> tuple[int, int]:
        """For `by_unit_value` the threshold in US cents a unit and the rate up to it in ppm; else zeros. Raises LawDataError."""
        kind, _, rest = self.formula.partition(":")
        if kind != "by_unit_value":
            return 0, 0
        try:
            threshold, below = rest.split(":")
            return fen_of(threshold), ppm_of(below)
        except ValueError as error:
            raise LawDataError(
                f"{self.code}: the formula {self.formula!r} is not by_unit_value:DOLLARS:RATE"
            ) from error

    def text(self) -> str:
        """The rate as people write it: "14%", "7.5 CNY/litre", "3% + 4374 CNY/piece"."""
        return _written(self)


@lru_cache(maxsize=4096)  # asked several times for every item
def _written(rate: Rate) -> str:
    if rate.form == "sliding":
        return rate.formula
    if rate.form == "lower_of":
        return f"{percent_text(rate.rate)} / {rate.amount} CNY/{rate.per_unit}, min"
    parts = []
    if rate.rate or not rate.per_unit:
        parts.append(percent_text(rate.rate))
    if rate.per_unit:
        parts.append(f"{rate.amount} CNY/{rate.per_unit}")
    if rate.form == "by_unit_value":
        threshold, below = rate.bands
        return f"≤ {threshold // 100} USD/{rate.per_unit}: {percent_text(below)}; > : {' + '.join(parts)}"
    return " + ".join(parts)


def _day(text: str, otherwise: dt.date) -> dt.date:
    return dt.date.fromisoformat(text) if text else otherwise


def read_lines(rows: Iterable[dict[str, str]]) -> list[Line]:
    """Lines from rows of text with the columns of `tables/starter_schedule/lines.csv`."""
    return [
        Line(
            r["code"], dt.date.fromisoformat(r["since"]), _day(r["until"], FOREVER), r["unit"], r["second_unit"], r["vat_class"],
            r["ct_class"], r["name_zh"], r["name_en"], r.get("policy_topic", ""), r["source"], r["confidence"],
        )
        for r in rows
    ]  # fmt: skip


def read_rates(rows: Iterable[dict[str, str]]) -> list[Rate]:
    """Rates from rows of text with the columns of `tables/starter_schedule/rates.csv`."""
    rates = []
    for r in rows:
        num, den = specific_fraction(r["specific"]) if r["specific"] else (0, 1)
        rates.append(
            Rate(
                r["code"], r["kind"], r["scheme"], dt.date.fromisoformat(r["since"]), _day(r["until"], FOREVER),
                ppm_of(r["ad_valorem"]) if r["ad_valorem"] else 0, num, den, r["specific"], r["per_unit"], r["formula"],
                _day(r["verified_until"], dt.date.fromisoformat(r["since"])), r["source"], r["confidence"], r["note"],
            )
        )  # fmt: skip
    return rates


class Schedule:
    """Lines and rates, as of any day."""

    def __init__(self, lines: Iterable[Line], rates: Iterable[Rate], label: str) -> None:
        self.label = label
        self.lines: dict[str, list[Line]] = {}
        self.rates: dict[str, list[Rate]] = {}
        for line in lines:
            self.lines.setdefault(line.code, []).append(line)
        for rate in rates:
            self.rates.setdefault(rate.code, []).append(rate)

    def holds(self, code: str) -> bool:
        """Whether this very code is held, on whatever day."""
        return code in self.lines

    def line(self, code: str, day: dt.date) -> Line:
        """The line of a code on a day. Raises OutOfCoverage: unknown, retired, or not yet begun."""
        editions = self.lines.get(code)
        if not editions:
            raise not_held(code, self, day)
        for line in editions:
            if line.since <= day <= line.until:
                return line
        last = max(editions, key=lambda line: line.until)
        if last.until < day:
            raise OutOfCoverage(
                "tariff.line_retired",
                code=code,
                until=last.until.isoformat(),
                day=day.isoformat(),
                **successor_words(code),
            )
        first = min(editions, key=lambda line: line.since)
        raise OutOfCoverage("tariff.line_not_begun", code=code, since=first.since.isoformat(), day=day.isoformat())

    def rates_on(self, code: str, day: dt.date) -> list[Rate]:
        """Every rate of a code in force on a day."""
        return [rate for rate in self.rates.get(code, ()) if rate.since <= day <= rate.until]

    def encodes_consumption_tax(self, code: str) -> bool:  # noqa: ARG002  # a schedule made of loaded tables answers by code
        """Whether an empty consumption-tax class of a line means "not taxed". For a line known from a loaded table only it means "not encoded"."""
        return True

    def since(self, rate: Rate) -> dt.date:
        """The day from which this figure has been in force without a break; rows that only change their source count as one."""
        first = rate.since
        while True:
            eve = first - dt.timedelta(days=1)
            before = next(
                (r for r in self.rates_on(rate.code, eve) if r.kind == rate.kind and r.scheme == rate.scheme), None
            )
            if before is None or before.text() != rate.text() or before.since >= first:
                return first
            first = before.since

    def codes_under(self, prefix: str) -> list[str]:
        """Held codes that begin with `prefix`, in order."""
        codes = self._codes
        return codes[bisect_left(codes, prefix) : bisect_left(codes, prefix + AFTER_ALL_DIGITS)]

    @cached_property
    def _codes(self) -> list[str]:
        """Every code held, in order."""
        return sorted(self.lines)

    def beside(self, code: str, day: dt.date) -> list[str]:
        """Lines in force on a day under the six digits of a code, which all countries share."""
        found = []
        for other in self.codes_under(code[:6]) if len(code) > 6 else ():
            try:
                self.line(other, day)
            except OutOfCoverage:
                continue
            found.append(other)
        return found


MOST_BESIDE = 12


def not_held(code: str, schedule: Schedule, day: dt.date) -> OutOfCoverage:
    """What to say of a code that is not held. Where lines of its six digits are, it is most likely a code of another country, and they are named."""
    lines = schedule.beside(code, day)
    named = ", ".join(lines[:MOST_BESIDE]) + (" …" if len(lines) > MOST_BESIDE else "")
    words = {
        f"beside_{language}": render("tariff.lines_beside", {"six": code[:6], "lines": named}, language)
        if lines
        else ""
        for language in ("zh", "en")
    }
    return OutOfCoverage("tariff.line_not_held", code=code, schedule=schedule.label, **words)


@cache
def successors_held() -> dict[str, tuple[str, ...]]:
    """What took the place of the retired lines of the starter schedule: subheadings of HS 2022, or lines of 2019 for rice."""
    rows = read_csv(TABLES / "starter_schedule" / "successors.csv")
    return {row["code"]: tuple(row["new"].split()) for row in rows}


def successor_words(code: str) -> dict[str, str]:
    """The fact `new` in both languages: the codes that took the place of a retired one, or that we do not hold them."""
    new = ", ".join(successors_held().get(code[:8], ()))
    return {f"new_{language}": new or render("tariff.successors_not_held", {}, language) for language in ("zh", "en")}


def read_csv(path: Path) -> list[dict[str, str]]:
    """Rows of one of our own tables; lines that begin with # are remarks. Raises LawDataError for a row of another width."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(row for row in file if not row.startswith("#"))
        rows = []
        for row in reader:
            if None in row or None in row.values():
                raise LawDataError(
                    f"{path.name}, line {reader.line_num}: the row has another number of fields than the header"
                )
            rows.append(row)
        return rows


@cache
def starter_schedule() -> Schedule:
    """The schedule that ships with the project."""
    folder = TABLES / "starter_schedule"
    return Schedule(read_lines(read_csv(folder / "lines.csv")), read_rates(read_csv(folder / "rates.csv")), "starter")
