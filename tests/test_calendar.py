"""The working days: our table beside two independent calendars, and counting by it."""

from __future__ import annotations

import datetime as dt

import pytest

from tongguan.grammar import days
from tongguan.grammar.calendar import (
    OwnDays,
    add_working_days,
    days_of,
    is_statutory_holiday,
    is_trading_day,
    is_working_day,
    next_working_day,
    off_rest_days,
    published_years,
    trading_day_from,
    working_day_of_month,
)
from tongguan.grammar.errors import OutOfCoverage

FIRST, LAST = dt.date(2018, 1, 1), dt.date(2026, 12, 31)
EVERY_DAY = [FIRST + dt.timedelta(days=n) for n in range((LAST - FIRST).days + 1)]


def test_table_agrees_with_chinesecalendar():
    chinese_calendar = pytest.importorskip("chinese_calendar")
    assert [day for day in EVERY_DAY if is_working_day(day) != chinese_calendar.is_workday(day)] == []


def test_table_agrees_with_holidays():
    holidays = pytest.importorskip("holidays")
    china = holidays.country_holidays("CN", years=range(2018, 2027))
    assert [day for day in EVERY_DAY if is_working_day(day) != china.is_working_day(day)] == []


def test_statutory_holidays_are_days_off_and_as_many_as_the_regulations_allow():
    statutory = [day for day in EVERY_DAY if is_statutory_holiday(day)]
    assert all(not is_working_day(day) and day.weekday() < 5 for day in statutory)
    for year in published_years():
        allowed = 11 if year < 2025 else 13
        assert sum(day.year == year for day in statutory) <= allowed
    # The third Wednesday of February 2021 was a day moved to lengthen the holiday, not itself a holiday.
    assert not is_statutory_holiday(dt.date(2021, 2, 17))
    assert is_statutory_holiday(dt.date(2022, 2, 2))


def test_a_year_without_a_table_is_out_of_coverage():
    for year in (2017, 2027):
        with pytest.raises(OutOfCoverage) as refused:
            is_working_day(dt.date(year, 6, 1))
        assert refused.value.code == "calendar.year_not_published"


def test_a_case_may_state_its_own_calendar():
    own = OwnDays(days_of(["2027-02-05..2027-02-11"]), days_of("2027-02-13"))
    assert not is_working_day(dt.date(2027, 2, 5), own)
    assert is_working_day(dt.date(2027, 2, 13), own)
    assert not is_trading_day(dt.date(2027, 2, 13), own)
    assert off_rest_days(dt.date(2027, 2, 5), own) == dt.date(2027, 2, 12)
    assert not is_working_day(dt.date(2025, 3, 3), OwnDays(off=days_of("2025-03-03")))


def test_days_of_reads_days_and_ranges():
    assert days_of(None) == frozenset()
    assert days_of(["2025-09-28", "2025-10-01..2025-10-03"]) == {
        dt.date(2025, 9, 28),
        *(dt.date(2025, 10, day) for day in (1, 2, 3)),
    }


def test_counting_working_days():
    friday, saturday_worked = dt.date(2025, 10, 10), dt.date(2025, 10, 11)
    assert next_working_day(friday) == saturday_worked
    assert add_working_days(friday, 2) == dt.date(2025, 10, 13)
    assert add_working_days(friday, 2, counting_start=True) == saturday_worked
    assert add_working_days(dt.date(2025, 10, 1), 1, counting_start=True) == dt.date(2025, 10, 9)
    assert working_day_of_month(2026, 3, 5) == dt.date(2026, 3, 6)


def test_a_weekend_day_worked_is_not_a_trading_day():
    assert is_working_day(dt.date(2026, 2, 14))
    assert not is_trading_day(dt.date(2026, 2, 14))
    assert trading_day_from(dt.date(2026, 2, 14)) == dt.date(2026, 2, 24)


def test_days_as_numbers_agree_with_dates():
    for day in EVERY_DAY:
        number = day.toordinal()
        assert days.civil(number) == (day.year, day.month, day.day)
        assert days.ordinal_of(day.year, day.month, day.day) == number
        assert days.weekday(number) == day.weekday()
        assert days.first_of_month(number, 0) == day.replace(day=1).toordinal()


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2025-03-03", 6, "2025-09-03"),
        ("2025-08-31", 6, "2026-02-28"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2036-04-13", -6, "2035-10-13"),
        ("2025-12-31", 2, "2026-02-28"),
    ],
)
def test_periods_of_months(start, months, end):
    day = dt.date.fromisoformat(start).toordinal()
    assert dt.date.fromordinal(days.plus_months(day, months)).isoformat() == end


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        ("2025-03-01", "2025-03-01", 0),
        ("2025-03-01", "2025-03-16", 0),
        ("2025-03-01", "2025-03-17", 1),
        ("2025-03-01", "2025-04-01", 1),
        ("2025-03-31", "2025-04-30", 1),
        ("2025-12-15", "2026-01-31", 2),
        ("2025-03-02", "2025-03-01", 0),
    ],
)
def test_months_begun(start, end, months):
    assert days.months_begun(dt.date.fromisoformat(start).toordinal(), dt.date.fromisoformat(end).toordinal()) == months


def test_amounts_by_the_day_are_exact_and_stay_in_63_bits():
    # The largest unpaid amount: CNY 10,000,000,000 of value, 600 % of duties and taxes, forty years late at 0.05 % a day.
    unpaid, late, rate = 6 * 10**12, 40 * 366, 500
    assert days.by_the_day_up(unpaid, late, rate, 1) == (unpaid * late * rate * 2 + 10**6) // (2 * 10**6)
    assert max(unpaid // 10**6 * late * rate, 10**6 * late * rate) < 2**63
    assert days.by_the_day_up(100_001, 1, 500, 1) == 50
    assert days.by_the_day_up(10_000_000, 120, 3_500, 360) == 11_667
    assert days.by_the_day_down(28_654_321, 7, 500) == 100_290
