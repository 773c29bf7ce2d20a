"""Recall clocks (召回): consumer products, and food by level.

Law      samr-order-19: a producer (the importer counts as one) reports within two working days when a likely defect has caused or may cause death,
         serious injury or serious loss, or a recall runs abroad; plan within ten working days of finding the defect or receiving the order; progress every
         three months; summary within 15 working days after the plan ends.
         food-recall-measures: level 1 starts within 24 hours of knowing the risk and finishes within 10 working days; level 2: 48 and 20; level 3: 72 and 30.
Units    dates, by the working days of `grammar.calendar`; hours run through nights and rest days.
Reading  1. The day of knowing is not counted. Fully secondary: neither text was read whole.
         2. Food: the finish is believed to run from the public notice of the recall (from memory); without that day it is counted from the
            day the risk was known, the earlier and safer end.
         3. The importer of food stops, recalls and reports like a producer; cars, drugs, cosmetics and devices have rules of their own.
"""

from __future__ import annotations

import datetime as dt

from tongguan.grammar.calendar import add_working_days, day_of, own_days
from tongguan.grammar.days import plus_months
from tongguan.grammar.parameters import LawBook

MINUTES_OF_AN_HOUR = 60


def start_by(known_minute: int, hours: int) -> int:
    """The minute by which a food recall starts; minutes count from any fixed moment."""
    return known_minute + hours * MINUTES_OF_AN_HOUR


def next_progress_report(started_on: int, reports_made: int, months: int) -> int:
    """The last day for the next progress report."""
    return plus_months(started_on, (reports_made + 1) * months)


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: food with `level` and `known_at` (and `notice_published_on`), or a consumer product with the days that are known."""
    rule, own, expect = law.rule("clocks/recall"), own_days(given), dict[str, object]()

    def last(start: str, parameter: str) -> str:
        day = day_of(given[start])
        return add_working_days(day, rule.at(parameter, day).whole(), own=own).isoformat()

    if "level" in given:
        known = dt.datetime.fromisoformat(str(given["known_at"]))
        hours = rule.at(f"food_level_{given['level']}_hours", known.date()).whole()
        expect["start_by"] = (known + dt.timedelta(minutes=start_by(0, hours))).isoformat(timespec="minutes")
        from_day = day_of(given.get("notice_published_on", known.date().isoformat()))
        days = rule.at(f"food_level_{given['level']}_days", from_day).whole()
        return expect | {"finish_by": add_working_days(from_day, days, own=own).isoformat()}
    if "known_on" in given:
        expect |= {"report_by": last("known_on", "report_days"), "plan_by": last("known_on", "plan_days")}
    if "started_on" in given:
        day = day_of(given["started_on"])
        due = next_progress_report(
            day.toordinal(), int(str(given.get("reports_made", "0"))), rule.at("progress_months", day).whole()
        )
        expect["progress_by"] = dt.date.fromordinal(due).isoformat()
    if "plan_ended_on" in given:
        expect["summary_by"] = last("plan_ended_on", "summary_days")
    return expect
