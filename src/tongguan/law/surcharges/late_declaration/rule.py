"""Late declaration fee (滞报金).

Law      customs-law#24: imports are declared within 14 days of the day the conveyance declares entry. gacc-order-128 until 2024-11-30,
         gacc-order-273 since: for each day from the fifteenth to the day the declaration is accepted, both counted, a fixed share of the dutiable
         value; whole yuan, the fraction dropped; less than the minimum is not levied. customs-law#30: after three months without declaration
         Customs may sell the goods; what is left can be claimed for a year. No fee is levied on goods so sold.
Units    amounts in fen; days as ordinals; rate in ppm a day.
Reading  1. When the fifteenth day is a rest day or holiday the fee begins on the first working day after it (from memory, and read for older rules).
         2. Post: the fourteen days run from the notice; inland customs: also from arrival there; lodged again after Customs withdrew a
            declaration: from the withdrawal. Pass that day as the start. From memory; the text of gacc-order-273 was not read.
"""

from __future__ import annotations

import datetime as dt

from tongguan.grammar.calendar import AS_PUBLISHED, OwnDays, day_of, off_rest_days, own_days
from tongguan.grammar.days import by_the_day_down, plus_months, plus_years
from tongguan.grammar.money import fen_of, whole_yuan_down, yuan
from tongguan.grammar.parameters import LawBook


def first_day_charged(started_on: int, days: int) -> int:
    """The day after the period for declaring, before it moves off a rest day."""
    return started_on + days + 1


def days_charged(first_day: int, accepted_on: int) -> int:
    """Days from the first day charged to the day of acceptance, both counted."""
    return max(0, accepted_on - first_day + 1)


def late_declaration_fee(value: int, days: int, daily_rate_ppm: int, minimum: int) -> tuple[int, int]:
    """The fee as computed in whole yuan, and as levied: nothing below the minimum."""
    computed = whole_yuan_down(by_the_day_down(value, days, daily_rate_ppm))
    return computed, computed if computed >= minimum else 0


def may_be_sold_after(conveyance_entry_on: int, months: int) -> int:
    """The last day before Customs may sell undeclared goods."""
    return plus_months(conveyance_entry_on, months)


def balance_claimable_until(sold_on: int, years: int) -> int:
    """The last day to claim what is left of the proceeds."""
    return plus_years(sold_on, years)


def charged_from(started_on: dt.date, days: int, own: OwnDays = AS_PUBLISHED) -> dt.date:
    """The first day that costs the fee. Raises OutOfCoverage for a year without a calendar."""
    return off_rest_days(dt.date.fromordinal(first_day_charged(started_on.toordinal(), days)), own)


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: the entry of the conveyance and the declaration, or the days themselves; `sold_on` for the proceeds."""
    rule = law.rule("surcharges/late_declaration")
    if "sold_on" in given:
        sold = day_of(given["sold_on"])
        until = balance_claimable_until(sold.toordinal(), rule.at("balance_claim_years", sold).whole())
        return {"balance_claimable_until": dt.date.fromordinal(until).isoformat()}
    day = day_of(given.get("declared_on") or given["date"])
    if "late_days" in given:
        late = int(str(given["late_days"]))
        expect: dict[str, object] = {}
    else:
        entry = day_of(given["conveyance_entry_on"])
        first = charged_from(entry, rule.at("declaration_days", entry).whole(), own_days(given))
        late = days_charged(first.toordinal(), day.toordinal())
        sale = may_be_sold_after(entry.toordinal(), rule.at("sale_months", entry).whole())
        expect = {"late_days": str(late), "may_be_sold_after": dt.date.fromordinal(sale).isoformat()}
    rate, minimum = rule.at("daily_rate", day).ppm(), rule.at("minimum", day).fen()
    _, fee = late_declaration_fee(fen_of(given["value"]), late, rate, minimum)
    return expect | {"fee": yuan(fee)}
