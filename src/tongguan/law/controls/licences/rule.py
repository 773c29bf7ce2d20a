"""Licences (许可证): automatic ones that must be granted, and the writing off of any licence given for a quantity.

Law      goods-regulations#22 to #24: for statistics, always granted, at once and within ten days at most; #19: import licences within 30 days;
         auto-licence-measures: a licence for several batches is written off batch by batch; of bulk goods the last batch may exceed what is left by a share.
         foreign-trade-law#14: without it Customs does not release.
Units    quantities in thousandths of the licence's unit; shares in millionths.
Reading  the share is measured on what is left for the last batch; from memory. What goes beyond it needs another licence: nothing is ticked.
"""

from __future__ import annotations

from tongguan.grammar.money import milli_of, quantity_text
from tongguan.grammar.parameters import LawBook
from tongguan.law.channels.facts import day_of, is_yes
from tongguan.law.controls.case import family_case

COVERED, COVERED_AS_OVERAGE, EXCEEDED = 1, 2, 3
OUTCOMES = {COVERED: "covered", COVERED_AS_OVERAGE: "covered_as_overage", EXCEEDED: "exceeded"}
MILLION = 1_000_000


def write_off(remaining: int, quantity: int, overage_ppm: int) -> tuple[int, int]:
    """The outcome and what is left after a batch. What a licence does not cover is not written off at all."""
    if quantity <= remaining:
        return COVERED, remaining - quantity
    if remaining > 0 and quantity * MILLION <= remaining * (MILLION + overage_ppm):
        return COVERED_AS_OVERAGE, 0
    return EXCEEDED, remaining


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: goods on a day, or a batch against what is left on a licence."""
    if "remaining" not in given:
        return family_case("licences", given)
    share = 0
    if is_yes(given, "bulk"):
        name = "overage_of_listed_bulk" if is_yes(given, "listed_bulk") else "overage_of_bulk"
        share = law.rule("controls/licences").at(name, day_of(given)).ppm()
    outcome, left = write_off(milli_of(given["remaining"]), milli_of(given["quantity"]), share)
    return {"outcome": OUTCOMES[outcome], "left": quantity_text(left)}
