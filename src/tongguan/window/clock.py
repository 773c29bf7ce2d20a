"""The window's one clock.

Everything below the window takes dates as arguments. This is the place those arguments come from: a request or a command asks once, and what it
does happens at that one moment. Tests and drills put another clock in its place with `standing_at`.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Iterator
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")
"""Days of the law are days in China."""


def _system() -> dt.datetime:
    return dt.datetime.now(dt.UTC)  # noqa: TID251  # the one place that may ask


_source: Callable[[], dt.datetime] = _system


def now() -> dt.datetime:
    """The present moment, in UTC."""
    return _source()


def today() -> dt.date:
    """The present day in China."""
    return day_of(now())


def day_of(moment: dt.datetime) -> dt.date:
    """The day in China on which a moment falls."""
    return moment.astimezone(CHINA).date()


def start_of(day: dt.date) -> dt.datetime:
    """The moment at which a day begins in China."""
    return dt.datetime.combine(day, dt.time(), CHINA)


@contextlib.contextmanager
def standing_at(source: dt.datetime | Callable[[], dt.datetime]) -> Iterator[None]:
    """Run with another clock: one that stands still, or one of the caller's making."""
    global _source  # noqa: PLW0603  # a process has one clock
    before = _source
    _source = source if callable(source) else lambda: source
    try:
        yield
    finally:
        _source = before
