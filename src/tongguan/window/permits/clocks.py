"""How long a body may take over a requirement: the period of the law as the table of papers holds it, and the body's own promise.

Reading  1. Where the table gives several periods for one paper, the longest decides (as `tongguan.days.papers` reads it).
         2. A period runs from the day after the application arrived. A paper asked for without a period in the table has none: "not known" is not zero.
         3. The clock stands still from the day a body asks for more until the day it is answered (administrative-licensing-law#32, from memory: the
            period counts from the complete application). What is overdue already stays overdue: a question does not heal a delay.
"""

from __future__ import annotations

import datetime as dt
from functools import cache, lru_cache

from tongguan.days.clocks import ready_on
from tongguan.grammar.calendar import ONE_DAY, add_working_days, is_working_day
from tongguan.grammar.errors import OutOfCoverage
from tongguan.law.controls.tables import Days, requirements

FAR = dt.date.max
"""Where a case without a statutory day stands in a queue: behind all that have one."""
RAISED_AGAIN_AFTER = 5
"""Working days after which silence raises a case a second time. A rule of this window, not of the law."""
HIGHEST_LEVEL = 2
"""0 the officer's desk, 1 the senior of the body, 2 the supervisor of the policy."""


@cache
def periods(requirement: str) -> tuple[Days, ...]:
    """The periods the law gives the body, running forward from the application."""
    held = requirements().get(requirement)
    return tuple(d for d in held[1].days if not d.before and not d.deadline) if held else ()


@lru_cache(maxsize=4096)
def due_on(requirement: str, asked_on: dt.date) -> dt.date | None:
    """The last day of the statutory period; None where no period is encoded, or the calendar of the year is not published."""
    held = period_of(requirement, asked_on)
    return None if held is None else _ready(held, asked_on)


def period_of(requirement: str, asked_on: dt.date) -> Days | None:
    """The period that decides: the one that ends last."""
    ends = [(end, d) for d in periods(requirement) if (end := _ready(d, asked_on)) is not None]
    return max(ends, key=lambda pair: pair[0])[1] if ends else None


def _ready(period: Days, asked_on: dt.date) -> dt.date | None:
    if period.kind == "immediate":
        return asked_on
    try:
        return ready_on(asked_on, period.number, is_working=period.kind == "working")
    except OutOfCoverage:
        return None


def days_left(requirement: str, asked_on: dt.date, due: dt.date | None, day: dt.date) -> int | None:
    """What is left of the period on a day, in the days the period counts; None where there is no clock, or it has run out."""
    held = period_of(requirement, asked_on)
    if held is None or due is None or due < day:
        return None
    if held.kind != "working":
        return (due - day).days
    return sum(is_working_day(day + ONE_DAY * n) for n in range(1, (due - day).days + 1))


def resumed(requirement: str, asked_on: dt.date, left: int, day: dt.date) -> dt.date | None:
    """The last day of the period when it goes on from a day with so many days left."""
    held = period_of(requirement, asked_on)
    try:
        return None if held is None else ready_on(day, left, is_working=held.kind == "working")
    except OutOfCoverage:
        return None


def raised_again_on(day: dt.date) -> dt.date | None:
    """The day of the next level; None where the calendar of the year is not published."""
    try:
        return add_working_days(day, RAISED_AGAIN_AFTER)
    except OutOfCoverage:
        return None
