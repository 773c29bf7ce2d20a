"""Days around clearance: advance ruling, two steps, security, proof handed in later, audit (通关时限).

Law      gacc-order-236 (advance rulings): asked for in general three months before the import; taken up or not within ten days; ruled within 60 days
         of being taken up; holds for three years. gacc-ann-2019-127, gacc-ann-2019-216 (two steps): the complete declaration within 14 days of the
         conveyance's entry. customs-guarantee-regulations#16: Customs decides on a security within five working days, on a general one within
         ten. customs-law#45: audit within three years of release. gacc-order-181 and the agreements: a proof of origin may follow release on security,
         usually within a year.
Units    dates; working days by `grammar.calendar`.
Reading  1. The day a period starts from is not counted. "Three months before" is counted back the same way.
         2. The ends of these periods do not move off rest days: the texts read do not say so.
         3. The ten days of a ruling begin with the request, the sixty with the day it is taken up; time for tests and experts comes on top.
         4. The three years of a ruling run from the day it is given.
         5. Nothing read sets a period for release, examination or inspection; such durations are not known and are not guessed.
"""

from __future__ import annotations

import datetime as dt

from tongguan.grammar.calendar import AS_PUBLISHED, OwnDays, add_working_days, day_of, own_days
from tongguan.grammar.days import plus_months, plus_years
from tongguan.grammar.parameters import LawBook


def apply_by(import_on: int, months: int) -> int:
    """The last day to ask for an advance ruling in good time."""
    return plus_months(import_on, -months)


def accepted_by(asked_on: int, days: int) -> int:
    """The last day for Customs to take the request up."""
    return asked_on + days


def ruled_by(taken_up_on: int, days: int) -> int:
    """The last day for the ruling, tests and experts not counted."""
    return taken_up_on + days


def complete_by(entered_on: int, days: int) -> int:
    """The last day for the complete declaration of two steps."""
    return entered_on + days


def years_from(day: int, years: int) -> int:
    """The last day of a period of years: a ruling's validity, audit, a proof handed in later."""
    return plus_years(day, years)


def security_decided_by(asked_on: dt.date, days: int, own: OwnDays = AS_PUBLISHED) -> dt.date:
    """The last day for Customs to decide on a security. Raises OutOfCoverage for a year without a calendar."""
    return add_working_days(asked_on, days, own=own)


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: each day given answers with the days that follow from it."""
    rule, expect = law.rule("clocks/clearance"), dict[str, object]()

    def put(name: str, day: int) -> int:
        expect[name] = dt.date.fromordinal(day).isoformat()
        return day

    if "ruling_for_import_on" in given:
        day = day_of(given["ruling_for_import_on"])
        put("apply_by", apply_by(day.toordinal(), rule.at("ruling_apply_months", day).whole()))
    if "ruling_asked_on" in given:
        day = day_of(given["ruling_asked_on"])
        taken_up = put("accepted_by", accepted_by(day.toordinal(), rule.at("ruling_accept_days", day).whole()))
        ruled = put("ruled_by", ruled_by(taken_up, rule.at("ruling_days", day).whole()))
        put("valid_until", years_from(ruled, rule.at("ruling_valid_years", day).whole()))
    if "entered_on" in given:
        day = day_of(given["entered_on"])
        put("complete_by", complete_by(day.toordinal(), rule.at("two_step_days", day).whole()))
    for fact, parameter in (
        ("security_asked_on", "security_decision_days"),
        ("general_security_asked_on", "general_security_decision_days"),
    ):
        if fact in given:
            day = day_of(given[fact])
            put("decided_by", security_decided_by(day, rule.at(parameter, day).whole(), own_days(given)).toordinal())
    for fact, answer, parameter in (
        ("released_on", "audit_until", "audit_years"),
        ("released_on_security_on", "proof_by", "proof_later_years"),
    ):
        if fact in given:
            day = day_of(given[fact])
            put(answer, years_from(day.toordinal(), rule.at(parameter, day).whole()))
    return expect
