"""Customs protection of intellectual property (知识产权海关保护): guarantee and clocks.

Law      ipr-customs-regulations#8, #10, #11, #14, #16, #20, #24.
         On application: security, not more than the value of the goods; released when no court notice arrives within 20 working days of detention.
         By Customs: the right holder applies and gives security within three working days of service of the notice, or the goods are not detained; Customs decides
         within 30 working days of detention; released when no court notice arrives within 50 working days and infringement cannot be determined.
         Recordation: decided in 30 working days of the full papers, valid ten years, renewed in the last six months; changes within 30 working days.
         Security by steps in the second route: gacc-order-183#23, from memory.
Units    security in fen; clocks in dates, by the working days of `grammar.calendar`.
Reading  the day of service or detention is not counted.
"""

from __future__ import annotations

import datetime as dt

from tongguan.grammar.calendar import add_working_days, day_of, own_days
from tongguan.grammar.days import plus_months, plus_years
from tongguan.grammar.money import fen_of, half_up, ppm_of, yuan
from tongguan.grammar.parameters import LawBook


def security(value: int, is_ex_officio: bool, full_below: int, share_ppm: int, share_up_to: int, at_most: int) -> int:
    """Security of the right holder.

    On application the value of the goods. By Customs: the value below `full_below`; a share of it, at least `full_below`, up to `share_up_to`;
    `at_most` above.
    """
    if not is_ex_officio or value < full_below:
        return value
    if value > share_up_to:
        return at_most
    return max(full_below, half_up(value * share_ppm, 1_000_000))


def valid_until(recorded_on: int, years: int) -> int:
    """The last day of a recordation."""
    return plus_years(recorded_on, years)


def renewable_from(last_day: int, months: int) -> int:
    """The first day to ask for renewal."""
    return plus_months(last_day, -months)


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: the value of the goods, or days of service, detention, application, recordation or change."""
    rule, own, expect = law.rule("clocks/ipr"), own_days(given), dict[str, object]()
    ex_officio = given.get("route", "ex_officio") == "ex_officio"

    def last(start: str, parameter: str) -> str:
        day = day_of(given[start])
        return add_working_days(day, rule.at(parameter, day).whole(), own=own).isoformat()

    if "goods_value" in given:
        day = day_of(given["date"])
        steps = [
            rule.at(name, day) for name in ("full_security_below", "security_share", "share_up_to", "most_security")
        ]
        amount = security(
            fen_of(given["goods_value"]),
            ex_officio,
            steps[0].fen(),
            ppm_of(steps[1].value),
            steps[2].fen(),
            steps[3].fen(),
        )
        expect["security"] = yuan(amount)
    if "notice_served_on" in given:
        expect["apply_by"] = last("notice_served_on", "reply_days")
    if "detained_on" in given and ex_officio:
        expect["determine_by"] = last("detained_on", "determination_days")
        expect["release_if_no_order_after"] = last("detained_on", "ex_officio_court_days")
    elif "detained_on" in given:
        expect["release_if_no_order_after"] = last("detained_on", "application_court_days")
    if "papers_complete_on" in given:
        expect["decide_recordation_by"] = last("papers_complete_on", "recordation_days")
    if "changed_on" in given:
        expect["report_change_by"] = last("changed_on", "change_days")
    if "recorded_on" in given:
        day = day_of(given["recorded_on"])
        until = valid_until(day.toordinal(), rule.at("recordation_years", day).whole())
        expect["valid_until"] = dt.date.fromordinal(until).isoformat()
        expect["renewable_from"] = dt.date.fromordinal(
            renewable_from(until, rule.at("renewal_months", day).whole())
        ).isoformat()
    return expect
