"""What would be cheaper by another channel open to these facts.

Only channels that could take the same goods for the same person are compared: general trade, cross-border e-commerce retail, and a parcel for personal
use. The two retail channels are open to a consumer only, so that an importer who trades has nothing to compare: the shipment is already in one of
them, or says `for_personal_use: yes`. Whatever the other channel would have to know is asked for in its own answer.
"""

from __future__ import annotations

import msgspec

from tongguan.assessment.assess import assess
from tongguan.assessment.result import Assessment
from tongguan.assessment.shipment import Shipment
from tongguan.assessment.terms import YES
from tongguan.assessment.world import World, shipped_world

RETAIL = ("cross_border_ecommerce", "personal_articles")
WITHOUT_TOTAL = 1 << 62
NOT_FOR_COMPARISON = frozenset({"channels.fact_not_used"})
"""Facts of one channel mean nothing to another; that is no slip."""


def open_channels(shipment: Shipment) -> tuple[str, ...]:
    """The other channels this shipment could go by."""
    is_personal = shipment.channel in RETAIL or shipment.facts.get("for_personal_use", "").strip().lower() in YES
    if not is_personal or shipment.channel not in ("general_trade", *RETAIL):
        return ()
    has_codes = all(item.commodity_code for item in shipment.items)
    channels = ("general_trade", "cross_border_ecommerce", "personal_articles") if has_codes else ("personal_articles",)
    return tuple(c for c in channels if c != shipment.channel)


def compare_channels(shipment: Shipment, world: World | None = None) -> list[Assessment]:
    """The same shipment by each other channel open to it, the least total first; those without a figure last."""
    world = world or shipped_world()
    answers = []
    for channel in open_channels(shipment):
        other = assess(msgspec.structs.replace(shipment, channel=channel), world)
        findings = tuple(f for f in other.findings if f.code not in NOT_FOR_COMPARISON)
        answers.append(msgspec.structs.replace(other, findings=findings))
    return sorted(
        answers,
        key=lambda a: (a.total_low is None, a.total_low if a.total_low is not None else WITHOUT_TOTAL, a.channel),
    )
