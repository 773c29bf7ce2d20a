"""Payment period of duties and taxes (缴款期限).

Law      until 2024-11-30  duty-regulations-2003#37: 15 days from the issue of the tax bill; from 2024-12-01  tariff-law-2024#43, gacc-order-272#20:
         15 days from the completion of the declaration. With security, consolidated payment (汇总征税): by the end of the fifth working day of
         the next month. An end on a rest day or holiday moves to the first working day after it (gacc-order-272#20). Deferral for force
         majeure or a change of tax policy: at most six months. Tax Customs finds to be missing: 15 days from receipt of the confirmation
         (gacc-order-272#64).
Units    days as ordinals.
Reading  1. The day of issue or completion is not counted.
         2. Since 2022-07-15 a payer who consolidates has the 15 days or the fifth working day; we take the later (gacc-ann-2022-61).
         3. Before that the fifth working day only; when it is missed Customs issues a bill and 15 days run from it (gacc-ann-2017-45).
         4. Old rule: the move off rest days is from memory. The longer periods of the 2020 epidemic depend on each province's day of return to
            work; only the national one for January 2020 is held.
"""

from __future__ import annotations

import datetime as dt

from tongguan.grammar.calendar import AS_PUBLISHED, OwnDays, day_of, off_rest_days, own_days, working_day_of_month
from tongguan.grammar.days import civil, first_of_month, plus_months
from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.parameters import LawBook, RuleParameters


def last_day_before_moving(started_on: int, days: int) -> int:
    """The last day of the period, the day it starts not counted, before it moves off a rest day."""
    return started_on + days


def later_day(one: int, other: int) -> int:
    """The later of two days."""
    return max(one, other)


def deferred_until(last_day: int, months: int) -> int:
    """The last day to which payment can be deferred."""
    return plus_months(last_day, months)


def deadline(started_on: dt.date, law: RuleParameters, own: OwnDays = AS_PUBLISHED) -> dt.date:
    """The last day to pay for what was billed (old) or declared (new) on `started_on`. Raises OutOfCoverage."""
    days = law.at("days", started_on).whole()
    return off_rest_days(dt.date.fromordinal(last_day_before_moving(started_on.toordinal(), days)), own)


def consolidated_deadline(declared_on: dt.date, law: RuleParameters, own: OwnDays = AS_PUBLISHED) -> dt.date:
    """The last day to pay together with the other declarations of the month. Raises OutOfCoverage."""
    try:
        return day_of(law.at("consolidated_epidemic_deadline", declared_on).value)
    except OutOfCoverage:
        pass  # no longer period was announced for that month
    year, month, _ = civil(first_of_month(declared_on.toordinal(), 1))
    fifth = working_day_of_month(year, month, law.at("consolidated_working_day", declared_on).whole(), own)
    if law.at("consolidated_or_days", declared_on).whole() == 0:
        return fifth
    return dt.date.fromordinal(later_day(fifth.toordinal(), deadline(declared_on, law, own).toordinal()))


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: `billed_on` or `declaration_completed_on`, or `confirmed_on`, or `consolidated_on` for consolidated payment."""
    own, rule = own_days(given), law.rule("payment_deadline")
    if "consolidated_on" in given:
        return {"deadline": consolidated_deadline(day_of(given["consolidated_on"]), rule, own).isoformat()}
    started = day_of(given.get("billed_on") or given.get("declaration_completed_on") or given.get("confirmed_on"))
    last = deadline(started, rule, own)
    expect: dict[str, object] = {"deadline": last.isoformat()}
    if "deferral" in given:
        until = deferred_until(last.toordinal(), rule.at("deferral_months", started).whole())
        expect["deferred_until"] = dt.date.fromordinal(until).isoformat()
    return expect
