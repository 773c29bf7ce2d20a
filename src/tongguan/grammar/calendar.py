"""The working days of China: our own table, and counting by it.

`tables/working_days.csv` holds only the exceptions, weekdays off and weekend days worked, of the years the State Council has announced. A
year without a table is out of coverage; it is never guessed from weekends. Customs counts by the days as the State Council moved them
(gacc-order-272#20).

A case may state its own calendar: `OwnDays` adds days off and days worked to the table, and stands in for the table in a year that has none.

Reading  an interbank trading day is a Monday to Friday that is a working day; a Saturday or Sunday worked to make up for a holiday is not
         one. The foreign exchange market publishes its own notices, which were not read.
"""

from __future__ import annotations

import csv
import datetime as dt
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tongguan.grammar.errors import LawDataError, OutOfCoverage

TABLE = Path(__file__).parent.parent / "tables" / "working_days.csv"
ONE_DAY = dt.timedelta(days=1)


class OwnDays(NamedTuple):
    """Days off and days worked that a case states itself."""

    off: frozenset[dt.date] = frozenset()
    work: frozenset[dt.date] = frozenset()


AS_PUBLISHED = OwnDays()


class _Exceptions(NamedTuple):
    off: frozenset[dt.date]
    work: frozenset[dt.date]
    statutory: frozenset[dt.date]
    years: frozenset[int]


@cache
def _exceptions() -> _Exceptions:
    """The table as shipped. Raises LawDataError for a malformed line."""
    off: set[dt.date] = set()
    work: set[dt.date] = set()
    statutory: set[dt.date] = set()
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        for row in rows:
            day = dt.date.fromisoformat(row["date"])
            if (row["kind"], day.weekday() >= 5) not in {("off", False), ("work", True)} or day in off | work:
                raise LawDataError(
                    f"working_days.csv: {row['date']}: {row['kind']} is not an exception to the week, or stands twice"
                )
            (off if row["kind"] == "off" else work).add(day)
            if row["statutory"] == "yes":
                statutory.add(day)
    years = frozenset(day.year for day in off)
    return _Exceptions(frozenset(off), frozenset(work), frozenset(statutory), years)


def published_years() -> frozenset[int]:
    """The years whose days off the table holds."""
    return _exceptions().years


def _need_year(day: dt.date, own: OwnDays) -> None:
    if day.year in _exceptions().years or any(stated.year == day.year for stated in own.off | own.work):
        return
    years = sorted(_exceptions().years)
    raise OutOfCoverage("calendar.year_not_published", year=str(day.year), first=str(years[0]), last=str(years[-1]))


def is_working_day(day: dt.date, own: OwnDays = AS_PUBLISHED) -> bool:
    """Whether offices work that day. Raises OutOfCoverage for a year without a table."""
    _need_year(day, own)
    if day in own.work:
        return True
    if day in own.off:
        return False
    table = _exceptions()
    return day in table.work or (day.weekday() < 5 and day not in table.off)


def is_trading_day(day: dt.date, own: OwnDays = AS_PUBLISHED) -> bool:
    """Whether the interbank foreign exchange market trades that day. Raises OutOfCoverage for a year without a table."""
    return day.weekday() < 5 and is_working_day(day, own)


def is_statutory_holiday(day: dt.date, own: OwnDays = AS_PUBLISHED) -> bool:
    """Whether the day itself is a holiday for all citizens, days moved to lengthen a holiday not among them.

    Answers for Mondays to Fridays only: the table holds no weekend days off. Raises OutOfCoverage for a year without a table.
    """
    _need_year(day, own)
    return day in own.off or day in _exceptions().statutory


def off_rest_days(day: dt.date, own: OwnDays = AS_PUBLISHED) -> dt.date:
    """The day itself when it is a working day, else the first working day after it: where the end of a period moves to."""
    while not is_working_day(day, own):
        day += ONE_DAY
    return day


def next_working_day(day: dt.date, own: OwnDays = AS_PUBLISHED) -> dt.date:
    """The first working day after `day`."""
    return off_rest_days(day + ONE_DAY, own)


def trading_day_from(day: dt.date, own: OwnDays = AS_PUBLISHED) -> dt.date:
    """The day itself when the interbank market trades, else the next trading day."""
    while not is_trading_day(day, own):
        day += ONE_DAY
    return day


def add_working_days(start: dt.date, days: int, counting_start: bool = False, own: OwnDays = AS_PUBLISHED) -> dt.date:
    """The last of `days` working days that follow `start`; with `counting_start` the start is the first of them if it is one."""
    day = start - ONE_DAY if counting_start else start
    for _ in range(days):
        day = next_working_day(day, own)
    return day


def working_day_of_month(year: int, month: int, nth: int, own: OwnDays = AS_PUBLISHED) -> dt.date:
    """The `nth` working day of a month."""
    return add_working_days(dt.date(year, month, 1), nth, counting_start=True, own=own)


def day_of(value: object) -> dt.date:
    """A day written as text, 2025-03-18. Raises ValueError."""
    return dt.date.fromisoformat(str(value))


def days_of(value: object) -> frozenset[dt.date]:
    """A list of days and of ranges such as 2021-02-11..2021-02-17. Raises ValueError."""
    days: set[dt.date] = set()
    for entry in value if isinstance(value, list) else [value] if value else []:
        first, _, last = str(entry).partition("..")
        day, end = day_of(first), day_of(last or first)
        while day <= end:
            days.add(day)
            day += ONE_DAY
    return frozenset(days)


def own_days(given: dict[str, object]) -> OwnDays:
    """The calendar a case states with `holidays` and `make_up_days`, if any."""
    return OwnDays(days_of(given.get("holidays")), days_of(given.get("make_up_days")))
