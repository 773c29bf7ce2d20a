"""Exchange rate for duties and taxes (计征汇率): the day it is taken from, and converting.

Law      until 2024-11-30  gacc-order-124#16: the rate of the third Wednesday of the month before; when that is a statutory holiday, the
         fourth Wednesday. From 2024-12-01  tariff-law-2024#60, gacc-order-272#13: the central parity of the third Wednesday; when the
         interbank market does not trade, of the next trading day. Amounts convert half up to the fen. Customs may fix another rate.
Units    days as ordinals; an amount in any whole unit with the fraction `num/den` fen per unit of it.
Reading  1. Old rule: a statutory holiday is a day that is itself a holiday for all citizens, not a day moved to lengthen one
            (gacc-ann-2015-statutory-holidays). So 2021-02-17 and 2018-02-21 stay reference days although offices were closed.
         2. New rule: trading days as in `grammar.calendar`.
         3. The month that counts is that of the day whose exchange rate applies (`governing_date.exchange_rate_day`).
"""

from __future__ import annotations

import datetime as dt

from tongguan.grammar.calendar import AS_PUBLISHED, OwnDays, day_of, is_statutory_holiday, own_days, trading_day_from
from tongguan.grammar.days import WEDNESDAY, first_of_month, nth_weekday
from tongguan.grammar.money import decimal_of, half_up, yuan
from tongguan.grammar.parameters import LawBook

FOURTH_WEDNESDAY, NEXT_TRADING_DAY = 1, 2


def third_wednesday_before(day: int) -> int:
    """The third Wednesday of the month before the month of `day`."""
    return nth_weekday(first_of_month(day, -1), WEDNESDAY, 3)


def converted(amount: int, num: int, den: int) -> int:
    """Fen, half up; `num/den` is fen per counted unit of the foreign amount."""
    return half_up(amount * num, den)


def reference_day(day: dt.date, rule: int, own: OwnDays = AS_PUBLISHED) -> dt.date:
    """The day whose published rate is used in the month of `day`. Raises OutOfCoverage when the year's holidays are not known."""
    third = dt.date.fromordinal(third_wednesday_before(day.toordinal()))
    if rule == NEXT_TRADING_DAY:
        return trading_day_from(third, own)
    return third + dt.timedelta(days=7) if is_statutory_holiday(third, own) else third


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: a day and, if wished, a foreign amount and its rate (CNY for `per` units)."""
    expect: dict[str, object] = {}
    if "date" in given:
        day = day_of(given["date"])
        rule = law.rule("valuation/exchange_rate").at("when_closed", day).whole()
        expect["reference_on"] = reference_day(day, rule, own_days(given)).isoformat()
    if "amount" in given:
        amount, rate = decimal_of(given["amount"]), decimal_of(given["rate"])
        num, den = (rate / decimal_of(given.get("per", "1"))).as_integer_ratio()
        expect["value"] = yuan(converted(int(amount * 100), num, den))
    return expect
