"""Goods back from repair or processing abroad (出境修理、出境加工): taxed on the cost abroad, or in full.

Facts of the shipment
    reported_at_export    whether the goods were reported as such when they left
    last_day              the last day Customs set for their return
Facts of an item, amounts in the item's currency
    fee                   for the repair or the processing abroad
    parts                 materials and parts used abroad
    return_freight, return_insurance    counted for processing, not for repair
The item's price is the whole value, needed only when the goods are valued in full.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from tongguan.assessment.channels import building as b
from tongguan.assessment.channels.asked import Question
from tongguan.assessment.result import Assessment, ItemAssessment, Reason
from tongguan.assessment.shipment import GoodsItem
from tongguan.grammar.money import yuan
from tongguan.law.channels.repair_and_processing_abroad import rule

LEGS = {"repair": ("fee", "parts"), "processing": ("fee", "parts", "return_freight", "return_insurance")}


def assess_repair(q: Question) -> Assessment:
    """Goods back from repair."""
    return _assess(q, "repair")


def assess_processing(q: Question) -> Assessment:
    """Goods back from processing."""
    return _assess(q, "processing")


def _assess(q: Question, about: str) -> Assessment:
    basis = q.at(f"channels/repair_and_processing_abroad/{about}_basis")
    reported, last = q.facts.yes_no("reported_at_export"), q.facts.day("last_day")
    back = q.shipment.declared_on
    if reported is None:
        q.missing_fact("reported_at_export")
    if last is None and reported is not False:
        q.missing_fact("last_day")
    known = reported is False or (reported is not None and last is not None)
    outcome = rule.value_basis(reported is not False, back.toordinal(), last.toordinal() if last else back.toordinal())
    abroad = general = None
    if outcome == rule.ON_COST_ABROAD or not known:
        cost = [_at_cost(q, n, about, basis.citation) for n in range(1, len(q.shipment.items) + 1)]
        abroad = _in_cif(q, tuple(cost))
    if outcome != rule.ON_COST_ABROAD or not known:
        general = b.as_goods(q)
    labels = {
        True: ("如出境时已报明并如期复运进境", "if reported at export and back in time"),
        False: ("如按货物全值计税", "if valued in full"),
    }
    items = []
    for n in range(1, len(q.shipment.items) + 1):
        cases: list[b.Case] = []
        shown: list[ItemAssessment] = []
        if abroad:
            shown.append(abroad[n - 1])
            code = f"channels.{about}_on_cost_abroad"
            case = b.general_case(abroad[n - 1], (Reason(code, basis.citation),))
            cases.append(case.labelled(*(("", "") if known else labels[True])))
        if general:
            shown.append(general[n - 1])
            case = b.general_case(general[n - 1], (Reason("channels.repair_whole_value", basis.citation),))
            cases.append(case.labelled(*(("", "") if known else labels[False])))
        findings = [f for g in shown for f in g.findings]
        missing = [m for g in shown for m in g.missing_facts] + [
            f.path for f in q.findings if f.code == "channels.fact_missing"
        ]
        item = b.item_of(q, n, cases, value=shown[0].dutiable_value if known else None, steps=shown[0].value_steps, names=b.names_of(q, n),
                         findings=findings, missing=missing)  # fmt: skip
        items.append(item)
    if known:
        q.decided["basis"] = rule.BASES[outcome]
        q.decided["dutiable_value"] = yuan(sum(i.dutiable_value or 0 for i in items))
        if outcome != rule.ON_COST_ABROAD:
            q.find("channels.repair_whole_value", "facts", basis.citation, "warning")
    return b.answer(q, items, b.late(q, items))


def _at_cost(q: Question, number: int, about: str, cites: str) -> GoodsItem:
    """The item at what was spent abroad; a fee nobody stated is asked for, a leg nobody stated was not paid."""
    item, facts = q.shipment.items[number - 1], q.item_facts[number - 1]
    amounts = {name: facts.fen(name) for name in ("fee", "parts", "return_freight", "return_insurance")}
    if amounts["fee"] is None and amounts["parts"] is None:
        q.find("channels.cost_abroad_missing", f"items[{number}].facts.fee", cites, "error")
        return msgspec.structs.replace(item, price=None, dutiable_value=None)
    fen = [amounts[name] or 0 for name in ("fee", "parts", "return_freight", "return_insurance")]
    value = rule.repair_value(*fen[:2]) if about == "repair" else rule.processing_value(*fen)
    found = None if value else Decimal(0)  # a repair under guarantee is worth nothing here, which no price could say
    return msgspec.structs.replace(
        item,
        price=Decimal(value) / 100,
        dutiable_value=found,
        additions={},
        deductions={},
        freight=None,
        insurance=None,
    )


def _in_cif(q: Question, items: tuple[GoodsItem, ...]) -> list[ItemAssessment]:
    """The cost abroad is the whole base: no freight or insurance is added to it."""
    shipment = msgspec.structs.replace(q.shipment, trade_terms="CIF", freight=None, insurance=None, foreign_inland=None)
    kept, q.shipment = q.shipment, shipment
    try:
        return b.as_goods(q, items=items)
    finally:
        q.shipment = kept
