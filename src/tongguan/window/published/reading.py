"""A file of exchange rates, read with every problem at once.

One rate a row, under the headings currency, rate, published_on, and, where they are wanted, per and source:

    currency,rate,per,published_on,source
    USD,7.1696,1,2025-02-19,…
    JPY,4.7513,100,2025-02-19,…

`rate` is yuan for `per` units. Only rates of the days that count are taken: law/valuation/exchange_rate says which.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from tongguan.assessment.reading import decode
from tongguan.assessment.world import COVERAGE_FROM
from tongguan.grammar.days import first_of_month
from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.findings import Finding, InputRefused
from tongguan.grammar.money import NotAnAmount, decimal_of, decimal_text
from tongguan.grammar.parameters import law_book
from tongguan.law.valuation.exchange_rate.rule import reference_day
from tongguan.tariff.schedule import TABLES, read_csv

NEEDED, FURTHER = ("currency", "rate", "published_on"), ("per", "source")
MOST_BYTES, MOST_ROWS = 1024 * 1024, 5_000
DECIMALS, MILLION = 6, Decimal(1_000_000)
"""Of the rate for one unit; as many as the assessment counts with."""
GREATEST = MILLION
LONGEST_SOURCE = 200


class Rate(NamedTuple):
    """Yuan for one unit of a currency as published on a day, with where it was published and the row it was read from."""

    currency: str
    rate: Decimal
    published_on: dt.date
    source: str
    row: int


@cache
def currencies() -> dict[str, dict[str, str]]:
    """The currencies we know, by code; the yuan among them."""
    return {row["code"]: row for row in read_csv(TABLES / "currencies.csv")}


def day_that_counts(month_of: dt.date) -> dt.date:
    """The day whose published rate counts in the month of this day. Raises OutOfCoverage where the holidays are not known."""
    rule = law_book().rule("valuation/exchange_rate").at("when_closed", month_of).whole()
    return reference_day(month_of, rule)


def month_after(day: dt.date) -> dt.date:
    """The first day of the month in which a rate published on this day counts."""
    return dt.date.fromordinal(first_of_month(day.toordinal(), 1))


def read_rates(content: bytes, source: str, today: dt.date) -> list[Rate]:
    """Every rate of a file. `source` stands in for rows that name none. Raises InputRefused with every problem of every row."""
    if len(content) > MOST_BYTES:
        raise InputRefused([Finding("published.file_too_large", "file", {"limit": f"{MOST_BYTES // 1024} kB"})])
    rows = _rows(decode(content, "file"))
    found: list[Finding] = []
    read = [_rate(number, row, source.strip(), today, found) for number, row in rows]
    rates = [rate for rate in read if rate is not None]
    first: dict[tuple[str, dt.date], int] = {}
    for rate in rates:
        earlier = first.setdefault((rate.currency, rate.published_on), rate.row)
        if earlier != rate.row:
            facts = {"currency": rate.currency, "day": rate.published_on.isoformat(), "first": str(earlier)}
            found.append(_at(rate.row, "published.rate_twice", "currency", **facts))
    if found:
        raise InputRefused(found)
    return rates


def _rows(text: str) -> list[tuple[int, dict[str, str]]]:
    """The rows with their numbers in the file. Raises InputRefused for what is not a table with our headings."""
    try:
        lines = list(csv.reader(io.StringIO(text.replace("\0", ""), newline=""), strict=True))
    except csv.Error as error:
        raise InputRefused([Finding("published.table_unreadable", "file", {"why": str(error)[:100]})]) from error
    held = [
        (number, [cell.strip() for cell in line]) for number, line in enumerate(lines, 1) if any(map(str.strip, line))
    ]
    heads = [head.casefold() for head in held[0][1]] if held else []
    found = [
        Finding("published.heading_missing", "file", {"heading": name, "known": ", ".join((*NEEDED, *FURTHER))})
        for name in NEEDED
        if name not in heads
    ]
    found += [
        Finding("published.heading_not_known", "file", {"heading": name[:40], "known": ", ".join((*NEEDED, *FURTHER))})
        for name in heads
        if name not in (*NEEDED, *FURTHER) or heads.count(name) > 1
    ]
    if not found and len(held) == 1:
        found.append(Finding("published.no_rows", "file"))
    if len(held) > MOST_ROWS + 1:
        found.append(Finding("published.too_many_rows", "file", {"limit": f"{MOST_ROWS:,}"}))
    found += [
        _at(number, "published.row_of_other_width", "", cells=str(len(line)), heads=str(len(heads)))
        for number, line in held[1 : MOST_ROWS + 1]
        if len(line) != len(heads)
    ]
    if found:
        raise InputRefused(found)
    return [(number, dict(zip(heads, line, strict=True))) for number, line in held[1:]]


def _at(row: int, code: str, column: str, **facts: str) -> Finding:
    return Finding(code, f"row {row}.{column}".rstrip("."), {"row": str(row), **facts})


def _rate(number: int, row: dict[str, str], source: str, today: dt.date, found: list[Finding]) -> Rate | None:
    """One row; None with findings where something about it is wrong."""
    before = len(found)
    currency = row["currency"].upper()
    if currency not in currencies() or currency == "CNY":
        found.append(_at(number, "published.currency_not_known", "currency", read=row["currency"][:20]))
    rate = _of_one(number, row, found)
    day = _day(number, row["published_on"], today, found)
    source = row.get("source") or source
    if not source:
        found.append(_at(number, "published.source_missing", "source"))
    elif len(source) > LONGEST_SOURCE:
        found.append(_at(number, "published.source_too_long", "source", limit=str(LONGEST_SOURCE)))
    if rate is None or day is None or len(found) > before:
        return None
    return Rate(currency, rate, day, source, number)


def _of_one(number: int, row: dict[str, str], found: list[Finding]) -> Decimal | None:
    """Yuan for one unit; None with findings for what is no rate."""
    per = row.get("per") or "1"
    if not (per.isascii() and per.isdigit() and len(per) <= 7 and int(per) > 0):
        found.append(_at(number, "published.per_unreadable", "per", read=per[:20]))
        return None
    try:
        quoted = decimal_of(row["rate"])
    except NotAnAmount:
        quoted = Decimal(0)
    if not 0 < quoted <= GREATEST:
        found.append(_at(number, "published.rate_unreadable", "rate", read=row["rate"][:20]))
        return None
    scaled = quoted * MILLION
    if scaled % int(per):
        facts = {"read": f"{decimal_text(quoted)} / {per}", "decimals": str(DECIMALS)}
        found.append(_at(number, "published.rate_too_precise", "rate", **facts))
        return None
    return scaled // int(per) / MILLION


def _day(number: int, text: str, today: dt.date, found: list[Finding]) -> dt.date | None:
    """A day whose rates count for the month after it; None with a finding for any other."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        found.append(_at(number, "published.day_unreadable", "published_on", read=text[:20]))
        return None
    if day > today:
        found.append(_at(number, "published.day_to_come", "published_on", day=day.isoformat()))
        return None
    following = month_after(day)
    try:
        counts = day_that_counts(following)
    except OutOfCoverage as outside:
        found.append(_at(number, outside.code, "published_on", **outside.facts))
        return None
    if following < COVERAGE_FROM or counts != day:
        facts = {"day": day.isoformat(), "month": following.isoformat()[:7], "counts": counts.isoformat()}
        code = "published.day_before_coverage" if following < COVERAGE_FROM else "published.day_does_not_count"
        found.append(_at(number, code, "published_on", **facts, first=COVERAGE_FROM.isoformat()[:7]))
        return None
    return day
