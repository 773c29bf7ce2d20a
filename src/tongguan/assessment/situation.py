"""The situation a channel puts goods in, where it moves the governing day to that of the tax formalities (tariff-law-2024#21).

A declarant who says the situation himself is believed. The formalities are done with the declaration unless another day is stated.
"""

from __future__ import annotations

from tongguan.assessment.shipment import Shipment

YES = frozenset({"yes", "true", "是"})


def facts_of_situation(shipment: Shipment) -> dict[str, str]:
    """The shipment's facts with its situation, and the day of the formalities where that decides."""
    facts = shipment.facts
    if "situation" in facts:
        return facts
    situation = ""
    if shipment.channel == "processing_trade" or (
        shipment.channel == "bonded_stock" and facts.get("disposition") in ("released_at_home", "lost")
    ):
        situation = "bonded_sold_at_home"
    elif shipment.channel == "duty_relief" and (facts.get("disposed_on") or facts.get("days_used_otherwise")):
        situation = "relief_disposed"
    elif shipment.channel == "temporary_admission" and facts.get("kept", "").strip().lower() in YES:
        situation = "temporary_kept"
    if not situation:
        return facts
    formalities = facts.get("formalities_on") or facts.get("disposed_on") or shipment.declared_on.isoformat()
    return {**facts, "situation": situation, "formalities_on": formalities}
