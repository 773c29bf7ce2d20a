"""Temporary admission (暂时进境): when the goods must leave, and the duty of those that are taxed by the month.

Law      until 2024-11-30  duty-regulations-2003#42; from 2024-12-01  tariff-law-2024#37-38, gacc-order-272#35-38. Listed goods (fairs, sport, press,
         research, samples, tools, packing and others): no duty for now, out again within six months of entry, longer on request (gacc-order-233: three
         times, at most six months each). Other goods: one sixtieth of the full duty and of the import taxes for each month of stay, counted from
         release; more than fifteen days of a month count as a month, fifteen or fewer are free. Goods that stay pay what remains, and from the
         end of the period a surcharge by the day (`surcharges/late_payment`).
Units    amounts in fen; days as ordinals.
Reading  1. The day of entry or release is not counted.
         2. The sixtieth is taken of the total for all months and rounded once, half up to the fen; Customs may round each month when duty is
            paid monthly.
         3. The end does not move off rest days: the texts do not say so.
         4. The number of extensions and the sixtieth under the Regulations are from memory. Large projects and long exhibitions may be
            extended further, and in 2020 once more for the epidemic (gacc-ann-2020-40): ask Customs.
"""

from __future__ import annotations

import datetime as dt

from tongguan.grammar.calendar import day_of
from tongguan.grammar.days import months_begun, plus_months
from tongguan.grammar.money import fen_of, half_up, yuan
from tongguan.grammar.parameters import LawBook


def leave_by(entered_on: int, months: int, extensions: int, extension_months: int, most_extensions: int) -> int:
    """The last day to take the goods out; extensions beyond the number allowed are not counted."""
    return plus_months(entered_on, months + min(extensions, most_extensions) * extension_months)


def proportional_duty(full_duty: int, months: int, of_months: int) -> int:
    """Duty for months of stay; never more than the full duty."""
    return half_up(full_duty * min(months, of_months), of_months)


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: `entered_on` with `extensions`, or the `full_duty` with `months` or days of release and departure."""
    rule = law.rule("temporary_admission")
    if "entered_on" in given:
        day = day_of(given["entered_on"])
        periods = [rule.at(name, day).whole() for name in ("months", "extension_months", "most_extensions")]
        last = leave_by(day.toordinal(), periods[0], int(str(given.get("extensions", "0"))), periods[1], periods[2])
        return {"leave_by": dt.date.fromordinal(last).isoformat()}
    expect: dict[str, object] = {}
    if "months" in given:
        day, months = day_of(given["date"]), int(str(given["months"]))
    else:
        day = day_of(given["released_on"])
        months = months_begun(day.toordinal(), day_of(given["left_on"]).toordinal())
        expect["months"] = str(months)
    full = fen_of(given["full_duty"])
    due = proportional_duty(full, months, rule.at("taxed_months", day).whole())
    return expect | {"duty": yuan(due), "remains": yuan(full - due)}
