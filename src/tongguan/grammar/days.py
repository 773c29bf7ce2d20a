"""Days as whole numbers, and amounts that grow with them.

A day is `datetime.date.toordinal()`. The law counts in days, months and years; these functions count the same way on plain integers, so
that rules run unchanged one by one and compiled.

Reading  a period that runs from a day (自…之日起) does not count that day; a period of months or years ends on the day of the same number,
         or on the last day of a month that has no such day. Civil Code, articles 201 and 202, from memory; the customs texts read say nothing
         else. Whether the end moves off a rest day is the business of each rule.
"""

from __future__ import annotations

from tongguan.grammar.money import half_up

WEDNESDAY = 2


def weekday(day: int) -> int:
    """Monday is 0, Sunday is 6."""
    return (day + 6) % 7


def civil(day: int) -> tuple[int, int, int]:
    """Year, month and day of the month."""
    shifted = day + 305
    era = shifted // 146_097
    of_era = shifted - era * 146_097
    year_of_era = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    march_month = (5 * of_year + 2) // 153
    of_month = of_year - (153 * march_month + 2) // 5 + 1
    month = march_month + 3
    year = year_of_era + era * 400
    if month > 12:
        month = month - 12
        year = year + 1
    return year, month, of_month


def ordinal_of(year: int, month: int, of_month: int) -> int:
    """The day with this year, month and number."""
    march_month = month - 3
    if month < 3:
        march_month = month + 9
        year = year - 1
    era = year // 400
    year_of_era = year - era * 400
    of_year = (153 * march_month + 2) // 5 + of_month - 1
    return era * 146_097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + of_year - 305


def first_of_month(day: int, months: int) -> int:
    """The first day of the month that lies `months` after (or, negative, before) the month of `day`."""
    year, month, _ = civil(day)
    count = year * 12 + month - 1 + months
    return ordinal_of(count // 12, count % 12 + 1, 1)


def plus_months(day: int, months: int) -> int:
    """The last day of a period of months that runs from `day`."""
    _, _, of_month = civil(day)
    start = first_of_month(day, months)
    length = first_of_month(day, months + 1) - start
    return start + min(of_month, length) - 1


def plus_years(day: int, years: int) -> int:
    """The last day of a period of years that runs from `day`."""
    return plus_months(day, years * 12)


def months_begun(start: int, end: int) -> int:
    """Months from `start` to `end`: whole months, and one more when over fifteen days remain (gacc-order-272#36)."""
    if end <= start:
        return 0
    year, month, _ = civil(start)
    end_year, end_month, _ = civil(end)
    months = (end_year - year) * 12 + end_month - month
    if plus_months(start, months) > end:
        months = months - 1
    if end - plus_months(start, months) > 15:
        months = months + 1
    return months


def nth_weekday(first: int, which: int, nth: int) -> int:
    """The `nth` day of the week `which` in the month that begins on `first`."""
    return first + (which - weekday(first)) % 7 + (nth - 1) * 7


def days_late(last_day: int, done_on: int) -> int:
    """Days from the day after `last_day` up to and with `done_on`; 0 when in time."""
    return max(0, done_on - last_day)


def by_the_day_up(amount: int, days: int, rate_ppm: int, days_per_rate: int) -> int:
    """An amount times days times a rate for `days_per_rate` days, half up to the fen.

    The amount is split first, so that nothing exceeds 63 bits: MAX_VALUE_FEN × 600 % × 40 years × 0.05 % a day stays far below.
    """
    denominator = days_per_rate * 1_000_000
    factor = days * rate_ppm
    return amount // denominator * factor + half_up(amount % denominator * factor, denominator)


def by_the_day_down(amount: int, days: int, rate_ppm: int) -> int:
    """An amount times days times a daily rate, the fraction of a fen dropped."""
    factor = days * rate_ppm
    return amount // 1_000_000 * factor + amount % 1_000_000 * factor // 1_000_000
