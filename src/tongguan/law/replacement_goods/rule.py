"""Replacement goods free of charge (无代价抵偿货物).

Law      duty-regulations-2003#44 until 2024-11-30; tariff-law-2024#40, gacc-order-272#24-29 since: the same goods, sent free of charge by the consignor, carrier
         or insurer because the first were damaged, short, of bad quality or not to specification, pay no duty (and no import taxes). Declared
         within the contract's claim period and within three years of the release of the first. The first goods must leave, or be given up to
         Customs; otherwise they are taxed anew. A replacement of another tariff line is an ordinary import.
Units    days as ordinals; 0 when the contract names no claim period; outcome as a small code.
Reading  1. Without a claim period in the contract only the three years bind.
         2. For short goods there is nothing to send back.
         3. The three years under the Regulations are from memory (gacc-order-124).
"""

from __future__ import annotations

import datetime as dt

from tongguan.grammar.calendar import day_of
from tongguan.grammar.days import plus_years
from tongguan.grammar.parameters import LawBook

FREE, TOO_LATE, OTHER_LINE, FREE_BUT_FIRST_TAXED = 1, 2, 3, 4
OUTCOMES = {FREE: "free", TOO_LATE: "too_late", OTHER_LINE: "other_line", FREE_BUT_FIRST_TAXED: "free_but_first_taxed"}


def declare_by(released_on: int, years: int, claim_until: int) -> int:
    """The last day to declare the replacement."""
    last = plus_years(released_on, years)
    return min(last, claim_until) if claim_until > 0 else last


def replacement_goods(declared_on: int, last_day: int, is_same_line: bool, first_left_or_given_up: bool) -> int:
    """Whether duty is not levied on a replacement, and what happens to the first goods."""
    if not is_same_line:
        return OTHER_LINE
    if declared_on > last_day:
        return TOO_LATE
    return FREE if first_left_or_given_up else FREE_BUT_FIRST_TAXED


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: release of the first goods, end of the claim period, declaration of the replacement, fate of the first."""
    declared = day_of(given["declared_on"])
    years = law.rule("replacement_goods").at("years", declared).whole()
    claim = day_of(given["claim_until"]).toordinal() if "claim_until" in given else 0
    last = declare_by(day_of(given["released_on"]).toordinal(), years, claim)
    gone = given.get("first_goods", "left") in {"left", "given_up", "short"}
    outcome = replacement_goods(declared.toordinal(), last, given.get("same_line", "yes") == "yes", gone)
    return {"outcome": OUTCOMES[outcome], "declare_by": dt.date.fromordinal(last).isoformat()}
