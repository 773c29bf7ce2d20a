"""Supplementary collection and recovery (补征、追征): how long Customs may ask for more.

Law      without fault: until 2024-11-30  duty-regulations-2003#51, one year from payment or release; from 2024-12-01  tariff-law-2024#45, gacc-order-272#62,
         three years. By breach: three years (duty-regulations-2003#51; tariff-law-2024#46). Goods under supervision, by breach: three years from the
         day the tax was due (#51; #48). Smuggling: no limit (tariff-law-2024#47).
Units    days as ordinals; ground as a small code; 0 for no limit.
Reading  1. Short levy counts from payment, a levy left out from release; pass the day that fits.
         2. The law of that day governs the length; the texts read have no rule for the passage from one law to the other.
         3. Time of audit, investigation and enquiries abroad is not counted (gacc-order-272#56); pass it as days not counted.
"""

from __future__ import annotations

import datetime as dt

from tongguan.grammar.calendar import day_of
from tongguan.grammar.days import plus_years
from tongguan.grammar.parameters import LawBook

NO_FAULT, BREACH, SUPERVISED_BREACH, SMUGGLING = 1, 2, 3, 4
GROUNDS = {"no_fault": NO_FAULT, "breach": BREACH, "supervised_breach": SUPERVISED_BREACH, "smuggling": SMUGGLING}
NO_LIMIT = 0


def recoverable_until(ground: int, started_on: int, years: int, days_not_counted: int) -> int:
    """The last day Customs may collect, NO_LIMIT for smuggling. Days are left out only of the confirmation without fault."""
    if ground == SMUGGLING:
        return NO_LIMIT
    if ground == NO_FAULT:
        return plus_years(started_on, years) + days_not_counted
    return plus_years(started_on, years)


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: the ground, and the day of payment, release, or when the tax was due."""
    ground, day = str(given["ground"]), day_of(given["from"])
    years = 0 if ground == "smuggling" else law.rule("recovery").at(f"{ground}_years", day).whole()
    until = recoverable_until(GROUNDS[ground], day.toordinal(), years, int(str(given.get("days_not_counted", "0"))))
    return {"until": "no limit" if until == NO_LIMIT else dt.date.fromordinal(until).isoformat()}
