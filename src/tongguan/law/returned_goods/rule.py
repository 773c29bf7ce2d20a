"""Returned goods (退运货物): exports that come back unaltered.

Law      until 2024-11-30  duty-regulations-2003#43: for quality or specification, within one year of export: no import duty. From 2024-12-01
         tariff-law-2024#39, gacc-order-272#49-50: force majeure too; one year from release for export; no import taxes either; in special
         circumstances Customs may lengthen the period to at most three years. Imports sent back pay no export duty on the same terms.
Units    days as ordinals; reason and outcome as small codes.
Reading  1. The regime is that of the day the goods are declared on their return.
         2. The longest period under the Regulations is one year; they know no lengthening.
         3. The end does not move off rest days: the texts do not say so.
"""

from __future__ import annotations

import datetime as dt

from tongguan.grammar.calendar import day_of
from tongguan.grammar.days import plus_years
from tongguan.grammar.parameters import LawBook

QUALITY, SPECIFICATION, FORCE_MAJEURE, OTHER = 1, 2, 3, 4
GROUNDS = {"quality": QUALITY, "specification": SPECIFICATION, "force_majeure": FORCE_MAJEURE, "other": OTHER}

FREE, GROUND_NOT_COVERED, ALTERED, TOO_LATE = 1, 2, 3, 4
OUTCOMES = {FREE: "free", GROUND_NOT_COVERED: "ground_not_covered", ALTERED: "altered", TOO_LATE: "too_late"}


def return_by(exported_on: int, years: int) -> int:
    """The last day to come back free of duty."""
    return plus_years(exported_on, years)


def returned_goods(ground: int, is_unaltered: bool, returned_on: int, last_day: int, covers_force_majeure: bool) -> int:
    """Whether duty is not levied on goods that come back, and if not, why."""
    if ground == OTHER or (ground == FORCE_MAJEURE and not covers_force_majeure):
        return GROUND_NOT_COVERED
    if not is_unaltered:
        return ALTERED
    return FREE if returned_on <= last_day else TOO_LATE


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: ground, days of export and return, whether unaltered; `lengthened: yes` when Customs allowed the longest period."""
    rule = law.rule("returned_goods")
    exported, returned = day_of(given["exported_on"]), day_of(given["returned_on"])
    years = rule.at("longest_years" if given.get("lengthened") == "yes" else "years", returned).whole()
    last = return_by(exported.toordinal(), years)
    covers = rule.at("covers_force_majeure", returned).whole() == 1
    outcome = returned_goods(
        GROUNDS[str(given["ground"])], given.get("unaltered", "yes") == "yes", returned.toordinal(), last, covers
    )
    return {"outcome": OUTCOMES[outcome], "return_by": dt.date.fromordinal(last).isoformat()}
