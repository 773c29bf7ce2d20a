"""Duty-relief goods under supervision (减免税货物): how long, and the value when they are disposed of earlier.

Law      tariff-law-2024#35, until 2024-11-30 duty-regulations-2003#49: relief goods disposed of within the supervision period pay duty on a value written
         down for the time since import. Periods: ships and aircraft eight years, vehicles six, other goods three, from release (gacc-ann-2017-51).
         value = original value × (1 - months used / (years × 12)); used otherwise for a time: tax × days / (years × 12 × 30) (gacc-order-179, since 2021-03-01
         gacc-order-245).
Units    amounts in fen; days as ordinals; the value half up to the fen.
Reading  1. More than fifteen days of a month count as a month, fifteen or fewer do not; the formulas and this are from memory.
         2. Goods disposed of pay the rates of the day of the tax formalities (`governing_date`).
"""

from __future__ import annotations

import datetime as dt

from tongguan.grammar.calendar import day_of
from tongguan.grammar.days import months_begun, plus_years
from tongguan.grammar.money import fen_of, half_up, ppm_of, times_ratio_up, yuan
from tongguan.grammar.parameters import LawBook


def supervised_until(released_on: int, years: int) -> int:
    """The last day of supervision."""
    return plus_years(released_on, years)


def written_down_value(original_value: int, months_used: int, years: int) -> int:
    """The dutiable value of goods disposed of after `months_used`; nothing once the period is over."""
    months = years * 12
    return half_up(original_value * max(0, months - months_used), months)


def duty_for_other_use(full_duty: int, days_used: int, years: int) -> int:
    """Duty for the days relief goods were used for something else; never more than the full duty."""
    days = years * 12 * 30
    return half_up(full_duty * min(days_used, days), days)


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: the `kind` of goods (ship_or_aircraft, vehicle, other), the release, and the disposal or other use."""
    rule = law.rule("duty_relief")
    released = day_of(given["released_on"])
    years = rule.at(f"{given.get('kind', 'other')}_years", released).whole()
    expect: dict[str, object] = {
        "supervised_until": dt.date.fromordinal(supervised_until(released.toordinal(), years)).isoformat()
    }
    if "days_used_otherwise" in given:
        days = int(str(given["days_used_otherwise"]))
        return expect | {"duty": yuan(duty_for_other_use(fen_of(given["full_duty"]), days, years))}
    if "disposed_on" in given:
        months = months_begun(released.toordinal(), day_of(given["disposed_on"]).toordinal())
        value = written_down_value(fen_of(given["original_value"]), months, years)
        expect |= {"months": str(months), "value": yuan(value)}
        if "duty_rate" in given:
            expect["duty"] = yuan(times_ratio_up(value, ppm_of(given["duty_rate"])))
    return expect
