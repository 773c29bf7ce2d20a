"""Tariff-quota certificates (关税配额证).

Law      goods-regulations#26: inside the quota at the quota rate, outside at the other; #27: apply 15 to 30 October for the next year; #29: allocated by
         31 December; #30: the certificate; #31: hand back unused quota before 15 September, or next year's may be cut.
Units    days as ordinals; parameters hold month and day as MMDD.
Reading  the certificate is the key to a rate. Without it the goods still enter. "Before 15 September" does not count that day.
"""

from __future__ import annotations

import datetime as dt

from tongguan.grammar.parameters import LawBook
from tongguan.law.channels.facts import whole_of
from tongguan.law.controls.case import family_case

IN_ONE_MONTH = 100
"""MMDD: the month stands before the last two digits."""


def day_in(year: int, month_and_day: int) -> dt.date:
    """The day of a year that a parameter names."""
    return dt.date(year, month_and_day // IN_ONE_MONTH, month_and_day % IN_ONE_MONTH)


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: goods on a day, or the calendar of a quota year."""
    if "quota_year" not in given:
        return family_case("tariff_quota_certificates", given)
    year = whole_of(given, "quota_year")
    rule, before = law.rule("controls/tariff_quota_certificates"), year - 1

    def on(name: str, of: int) -> dt.date:
        return day_in(of, rule.at(name, dt.date(of, 1, 1)).whole())

    return {
        "apply_from": on("applications_from", before).isoformat(),
        "apply_until": on("applications_until", before).isoformat(),
        "decided_until": on("decided_until", before).isoformat(),
        "hand_back_until": (on("return_before", year) - dt.timedelta(days=1)).isoformat(),
    }
