"""A preference nobody used, asked back later (事后主张优惠税率): time is not the only condition.

Law      the periods are those of an over-payment (surcharges/refund_interest: duty-regulations-2003#52, tariff-law-2024#51). A preference needs more than
         time: gacc-order-181 and the measures of each agreement (gacc-2023-190#23, gacc-2024-46#23, gacc-2024-74#25, gacc-2024-111#17) grant it only where it was
         claimed, or the goods were declared eligible, before clearance ended; a proof shown later then releases the security or the duty.
Units    days as ordinals.
Reading  1. A claim in time for goods whose eligibility nobody declared before clearance is refused; that the explanation of gacc-order-181 says so plainly.
         2. The law of the day of payment gives the length of the period, as in surcharges/refund_interest.
"""

from __future__ import annotations

import datetime as dt

from tongguan.grammar.calendar import day_of
from tongguan.grammar.parameters import LawBook
from tongguan.law.surcharges.refund_interest.rule import claim_until

OPEN, EXPIRED, NOT_CLAIMED, NOT_KNOWN = 0, 1, 2, 3
STATES = ("open", "expired", "not_claimed_in_time", "depends_on_declaration")


def claim_state(until: int, on: int, was_declared_eligible: int) -> int:
    """Whether a claim made `on` a day can succeed; 1 and 0 say whether eligibility was declared before clearance, -1 that it is not known."""
    if was_declared_eligible == 0:
        return NOT_CLAIMED
    if on > until:
        return EXPIRED
    return OPEN if was_declared_eligible == 1 else NOT_KNOWN


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: the day of payment, the day of the claim, and whether eligibility was declared."""
    paid = day_of(given["paid"])
    until = claim_until(
        paid.toordinal(), law.rule("surcharges/refund_interest").at("overpaid_claim_years", paid).whole()
    )
    declared = {"yes": 1, "no": 0}.get(str(given.get("declared_eligible", "")), -1)
    state = claim_state(until, day_of(given["on"]).toordinal(), declared)
    return {"until": dt.date.fromordinal(until).isoformat(), "state": STATES[state]}
