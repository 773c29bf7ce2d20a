"""The year of a tariff quota (关税配额年度): when to apply, when it is decided, when to hand back what is left.

Law      goods-regulations#27: applications from 15 to 30 October for the next year; #29: decided before 31 December; #31: what is not used goes back before
         15 September of the year itself, else the next allocation may be cut.
Units    days as ordinals; month and day of the parameter.
Reading  1. "Before" (前) a day is read as the day before it at the latest, the safe side; it may include the day itself.
         2. Quotas allocated first come, first served (wool, by the year's notice) have their own days, which are not held.
         3. Later re-allocation of what others handed back is not held either.
"""

from __future__ import annotations

import datetime as dt

from tongguan.grammar.calendar import day_of
from tongguan.grammar.days import civil, ordinal_of
from tongguan.grammar.parameters import LawBook, RuleParameters


def day_in_year(import_on: int, years: int, month: int, of_month: int) -> int:
    """The day of this month and number, `years` from the year of the import."""
    year, _, _ = civil(import_on)
    return ordinal_of(year + years, month, of_month)


YEARS = {"apply_from": -1, "apply_until": -1, "allocated_by": -1, "return_by": 0}


def quota_day(name: str, import_on: dt.date, law: RuleParameters) -> dt.date:
    """One of the days of the quota year that the import falls in. Raises OutOfCoverage."""
    month, _, of_month = law.at(name, import_on).value.partition("-")
    return dt.date.fromordinal(day_in_year(import_on.toordinal(), YEARS[name], int(month), int(of_month)))


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: the day of the import."""
    rule, imported = law.rule("clocks/quota_year"), day_of(given["import_on"])
    return {name: quota_day(name, imported, rule).isoformat() for name in YEARS}
