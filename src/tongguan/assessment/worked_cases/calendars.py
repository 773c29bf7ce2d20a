"""The calendar a case states, and what our table of working days says beside it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from tongguan.assessment.worked_cases import vocabulary as words
from tongguan.assessment.worked_cases.sheet import Sheet
from tongguan.grammar.calendar import AS_PUBLISHED, ONE_DAY, OwnDays, is_working_day, published_years
from tongguan.grammar.errors import OutOfCoverage

SATURDAY = 5
LONGEST = dt.timedelta(days=400)
"""No clock of the law that counts working days runs longer."""


def own_calendar(s: Sheet, first: dt.date, last: dt.date | None = None) -> OwnDays:
    """The case's own days off and days worked, in place of our table for as long as a clock can run from `first`.

    A list of days off, even an empty one, is the case's whole calendar: what our table holds besides is set aside. Without a list our table counts, with the
    make-up days the case adds.
    """
    off, work = _stated(s, "non_working_days"), _stated(s, "make_up_workdays")
    if off is None:
        return OwnDays(frozenset(), work or frozenset())
    end = (last or first + LONGEST) + ONE_DAY
    days_off, days_worked = set(off), set(work or ())
    years, day = published_years(), first
    while day <= end:
        stated = day in off or day in days_worked
        if day.year in years and not stated and is_working_day(day) == (day.weekday() >= SATURDAY):
            (days_off if day.weekday() >= SATURDAY else days_worked).add(day)
        day += ONE_DAY
    for year in range(first.year, end.year + 1):
        if year not in years:  # a Saturday off changes nothing, and says that the year's calendar is stated
            days_off.add(next(d for n in range(1, 8) if (d := dt.date(year, 1, n)).weekday() == SATURDAY))
    return OwnDays(frozenset(days_off), frozenset(days_worked))


def _stated(s: Sheet, fact: str) -> frozenset[dt.date] | None:
    """Every list of the kind the case states, taken together."""
    names = [name for name in words.FACT_NAMES[fact] if s.case.inputs.get(name) is not None]
    for name in names:
        s.use(name)
    return frozenset[dt.date]().union(*(s.case.inputs[name] for name in names)) if names else None


def compared(s: Sheet, figure: str, count: Callable[[OwnDays], dt.date], own: OwnDays) -> dt.date:
    """A day counted by the case's calendar; a remark where our table of working days leads to another."""
    found = count(own)
    if own != AS_PUBLISHED:
        try:
            ours = count(AS_PUBLISHED)
        except OutOfCoverage:
            return found
        if ours != found:
            s.remark(
                "cases.calendar_differs",
                "",
                {"figure": figure, "given": found.isoformat(), "ours": ours.isoformat(), "parameter": figure},
            )
    return found
