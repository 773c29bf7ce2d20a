"""Complaints and reports to market regulators (投诉、举报): their clocks.

Law      samr-order-20 until 2026-04-14: decision to accept within seven working days of receipt (#14); mediation ends when no agreement is reached within 45
         working days of acceptance, time for tests not counted (#20, #21); notice of the end within seven working days (#21); clues checked
         within 15 working days, once prolonged by 15 (#23); a named reporter hears within five working days of the decision to open a case (#31). Not accepted
         more than three years after the complainant knew of the harm (#15). From 2026-04-15 samr-order-121, whose periods were not read.
Units    dates, by the working days of `grammar.calendar`.
Reading  1. The day of receipt, acceptance and so on is not counted.
         2. The order in force on the day each period starts governs it; whether a complaint received before 2026-04-15 goes on under the old
            order is not said.
"""

from __future__ import annotations

import datetime as dt

from tongguan.grammar.calendar import add_working_days, day_of, own_days
from tongguan.grammar.days import plus_years
from tongguan.grammar.parameters import LawBook


def complain_by(known_on: int, years: int) -> int:
    """The last day on which a complaint is not too old."""
    return plus_years(known_on, years)


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: the days known; `accepted_on` may be `last_day`, the last day for the decision; `testing_days` are working days."""
    rule, own, expect = law.rule("clocks/complaints"), own_days(given), dict[str, object]()

    def last(start: dt.date, parameter: str, more: int = 0) -> dt.date:
        return add_working_days(start, rule.at(parameter, start).whole() + more, own=own)

    if "harm_known_on" in given:
        known = day_of(given["harm_known_on"])
        years = rule.at("complaint_years", day_of(given.get("received_on", given["harm_known_on"]))).whole()
        expect["complain_by"] = dt.date.fromordinal(complain_by(known.toordinal(), years)).isoformat()
    if "received_on" in given:
        decide = last(day_of(given["received_on"]), "decision_days")
        expect["decide_by"] = decide.isoformat()
        if given.get("accepted_on") == "last_day":
            expect["mediation_ends"] = last(decide, "mediation_days").isoformat()
    if given.get("accepted_on", "last_day") != "last_day":
        ends = last(day_of(given["accepted_on"]), "mediation_days", int(str(given.get("testing_days", "0"))))
        expect["mediation_ends"] = ends.isoformat()
    if "ended_on" in given:
        expect["tell_by"] = last(day_of(given["ended_on"]), "notice_days").isoformat()
    if "clue_found_on" in given:
        found = day_of(given["clue_found_on"])
        expect["check_by"] = last(found, "check_days").isoformat()
        expect["check_prolonged_by"] = last(
            found, "check_days", rule.at("check_prolonged_days", found).whole()
        ).isoformat()
    if "case_decided_on" in given:
        expect["tell_reporter_by"] = last(day_of(given["case_decided_on"]), "reporter_notice_days").isoformat()
    return expect
