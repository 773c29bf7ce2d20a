"""Counting back over working days, to the day."""

import datetime as dt

import pytest

from tongguan.days.clocks import begin_by, ready_on
from tongguan.grammar.calendar import OwnDays
from tongguan.grammar.errors import OutOfCoverage

DAY = dt.date


@pytest.mark.parametrize(
    ("needed", "days", "expected"),
    [
        (DAY(2026, 3, 13), 5, DAY(2026, 3, 8)),  # Friday; Monday to Friday are five, so a Sunday start is still in time
        (DAY(2026, 3, 16), 5, DAY(2026, 3, 9)),  # Monday: 10, 11, 12, 13, 16
        (DAY(2026, 2, 24), 3, DAY(2026, 2, 12)),  # 13, Saturday 14 worked, 24 after the Spring Festival
        (DAY(2026, 2, 14), 1, DAY(2026, 2, 13)),  # a Saturday worked is a working day
        (DAY(2025, 10, 9), 1, DAY(2025, 10, 8)),  # first day after 1 to 8 October
        (DAY(2026, 3, 13), 0, DAY(2026, 3, 13)),
    ],
)
def test_the_latest_start_in_working_days(needed, days, expected):
    start = begin_by(needed, days, is_working=True)
    assert start == expected
    assert ready_on(start, days, is_working=True) <= needed
    if days:
        assert ready_on(start + dt.timedelta(1), days, is_working=True) > needed


@pytest.mark.parametrize("days", range(0, 61, 7))
@pytest.mark.parametrize("needed", [DAY(2026, 3, 2), DAY(2025, 10, 9), DAY(2025, 5, 5), DAY(2024, 2, 18)])
def test_the_latest_start_is_the_latest(needed, days):
    start = begin_by(needed, days, is_working=True)
    assert ready_on(start, days, is_working=True) <= needed
    assert days == 0 or ready_on(start + dt.timedelta(1), days, is_working=True) > needed


def test_calendar_days_are_plain():
    assert begin_by(DAY(2026, 3, 1), 30, is_working=False) == DAY(2026, 1, 30)
    assert ready_on(DAY(2026, 1, 30), 30, is_working=False) == DAY(2026, 3, 1)


def test_a_year_without_a_calendar_is_not_guessed():
    with pytest.raises(OutOfCoverage):
        begin_by(DAY(2027, 2, 1), 5, is_working=True)


def test_a_calendar_of_ones_own():
    own = OwnDays(frozenset({DAY(2026, 3, 12)}))
    assert begin_by(DAY(2026, 3, 13), 2, is_working=True, own=own) == DAY(2026, 3, 10)
