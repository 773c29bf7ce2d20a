"""The special channels: each takes the same shipment and gives the same kind of answer. General trade is not here; it is `assess` itself.

One module for each channel of `shipment.CHANNELS`, found in the list below and nowhere else. A module's first lines name the facts it asks for.
"""

from __future__ import annotations

from collections.abc import Callable

from tongguan.assessment.channels import (
    bonded_stock,
    border_trade,
    cross_border_ecommerce,
    duty_free_shops,
    duty_relief,
    exhibition,
    hainan,
    offshore_duty_free,
    personal_articles,
    processing_trade,
    repair_and_processing_abroad,
    returned_goods,
    samples,
    temporary_admission,
    travellers,
)
from tongguan.assessment.channels.asked import Question
from tongguan.assessment.channels.building import answer
from tongguan.assessment.governing import Dates
from tongguan.assessment.result import Assessment
from tongguan.assessment.shipment import Shipment
from tongguan.assessment.world import World
from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.findings import Finding

ASSESSORS: dict[str, Callable[[Question], Assessment]] = {
    "cross_border_ecommerce": cross_border_ecommerce.assess,
    "personal_articles": personal_articles.assess,
    "travellers": travellers.assess,
    "duty_free_shops": duty_free_shops.assess,
    "offshore_duty_free": offshore_duty_free.assess,
    "hainan": hainan.assess,
    "border_trade": border_trade.assess,
    "exhibition": exhibition.assess,
    "processing_trade": processing_trade.assess,
    "temporary_admission": temporary_admission.assess,
    "duty_relief": duty_relief.assess,
    "repair_abroad": repair_and_processing_abroad.assess_repair,
    "processing_abroad": repair_and_processing_abroad.assess_processing,
    "returned_goods": returned_goods.assess,
    "replacement_goods": returned_goods.assess_replacement,
    "samples": samples.assess,
    "bonded_stock": bonded_stock.assess,
}


def assess_channel(shipment: Shipment, dates: Dates, findings: list[Finding], world: World) -> Assessment:
    """The answer for a shipment in its channel. What is not encoded is a finding, never an exception and never zero."""
    question = Question(shipment, dates, findings, world)
    try:
        return ASSESSORS[shipment.channel](question)
    except OutOfCoverage as error:
        findings.append(Finding(error.code, "channel", error.facts))
        question.findings = findings
        return answer(question, [])
