"""An exhibit sold at the China International Import Expo (进博会展期内销售的进口展品).

Facts of the shipment
    fair                   CIIE; each other fair has its own notice
    sold_on                the day of the sale; the day of declaration unless said
    exhibitor_amount_usd   what the exhibitor may sell with relief; needed from 2020 on
    sold_before_usd        what the exhibitor has sold with relief before; taken as nothing unless said
Facts of an item
    excluded_goods         forbidden, endangered_species, never_relieved or car; a line of heading 8703 is a car

Reading  The exhibitor's amount is turned into yuan at the shipment's own exchange rate. Items use it in the order they are listed.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import msgspec

from tongguan.assessment.channels import building as b
from tongguan.assessment.channels.asked import Question
from tongguan.assessment.draft import Draft
from tongguan.assessment.result import APPLIES, Assessment, ItemAssessment, Option, Reason
from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.money import yuan, yuan_grouped
from tongguan.law.channels.exhibition import rule

BASIS = "exhibition"
LABEL = ("进博会展期内销售（限额内）", "sold during the expo, within the exhibitor's amount")
WHY = {
    "outside_fair_days": ("不在展期内", "outside the days of the fair"),
    "excluded_goods": ("属于不予优惠的商品", "goods that are not relieved"),
    "above_amount": ("展商限额已用完", "the exhibitor's amount is used up"),
}


def assess(q: Question) -> Assessment:
    """The exhibits, item by item."""
    fair = q.facts.text("fair") or "CIIE"
    if fair != "CIIE":
        raise OutOfCoverage("channels.fair_not_encoded", fair=fair, day=q.day.isoformat())
    sold = q.facts.day("sold_on") or q.day
    share = q.at("channels/exhibition/reduced_share", sold)
    duty = q.at("channels/exhibition/duty_rate", sold)
    first, last = (
        int(q.at(f"channels/exhibition/fair_{w}_day", sold).value.replace("-", "")) for w in ("first", "last")
    )
    drafts, general = b.goods_drafts(q), b.as_goods(q)
    left = _amount_left(q, sold)
    relief = b.Relief(duty=duty.citation, share=share, share_because=share.citation)
    items = []
    relieved_in_all = 0
    for draft, g in zip(drafts, general, strict=True):
        value = g.dutiable_value or 0
        excluded = _is_excluded(q, draft.number)
        cases: list[b.Case] = []
        for amount, zh, en in [(left, "", "")] if left is not None else [
            (value, "如在展商限额内", "if within the exhibitor's amount"), (0, "如展商限额已用完", "if the exhibitor's amount is used up"),
        ]:  # fmt: skip
            outcome = rule.outcome(sold.month * 100 + sold.day, first, last, excluded, amount)
            part = rule.relieved_part(value, 0, amount) if outcome == rule.RELIEVED else 0
            if g.dutiable_value is None or (outcome == rule.RELIEVED and not part):
                cases.append(b.general_case(g))
                continue
            found = (
                _relieved(q, draft, g, relief, part, value, share.citation)
                if part
                else [_as_usual(g, rule.OUTCOMES[outcome], share.citation)]
            )
            cases += [c.labelled(zh, en) for c in found]
            if left is not None:
                left -= part
                relieved_in_all += part
        if (
            len({c.low for c in cases}) == 1
            and len(cases) == 2
            and cases[0].options
            and cases[0].options[0].basis == cases[1].options[0].basis
        ):
            cases = [cases[0]._replace(label_zh="", label_en="")]
        missing = [*g.missing_facts, *(f.path for f in q.findings if f.code == "channels.fact_missing")]
        items.append(
            b.item_of(q, draft.number, cases, value=g.dutiable_value, steps=g.value_steps, names=b.names_of(q, draft.number), findings=g.findings,
                      missing=missing, is_open_above=draft.is_open_above)
        )  # fmt: skip
    if left is not None:
        q.decided["relieved"] = yuan(relieved_in_all)
    return b.answer(q, items)


def _amount_left(q: Question, sold: dt.date) -> int | None:
    """What is left of the exhibitor's amount in fen; None when it is not known."""
    stated, before = q.facts.fen("exhibitor_amount_usd"), q.facts.fen("sold_before_usd") or 0
    held = q.held("channels/exhibition/amount_without_list", sold)
    cents = stated if stated is not None else held.fen() if held else None
    if cents is None:
        q.missing_fact("exhibitor_amount_usd")
        return None
    rate = q.shipment.exchange_rates.get("USD")
    if rate is None:
        facts = {"currency": "USD", "month": q.dates.exchange_rate_on.isoformat()[:7], "reference": q.dates.reference}
        q.find("valuation.exchange_rate_missing", "exchange_rates.USD", "tariff-law-2024#60", "error", **facts)
        return None
    return int((Decimal(max(0, cents - before)) * rate).to_integral_value(rounding="ROUND_HALF_UP"))


def _is_excluded(q: Question, number: int) -> bool:
    stated = q.item_facts[number - 1].choice("excluded_goods", sorted(rule.EXCLUSIONS))
    return bool(stated) or q.shipment.items[number - 1].commodity_code.startswith("8703")


def _as_usual(general: ItemAssessment, outcome: str, cites: str) -> b.Case:
    zh, en = WHY[outcome]
    return b.general_case(
        general, (Reason("channels.exhibit_not_relieved", cites, {"reason_zh": zh, "reason_en": en}),)
    )


def _relieved(
    q: Question, draft: Draft, general: ItemAssessment, relief: b.Relief, part: int, value: int, cites: str
) -> list[b.Case]:
    """The part within the amount relieved, the rest as usual, in one option."""
    facts = {"relieved": yuan_grouped(part), "as_usual": yuan_grouped(value - part)}
    reason = Reason("channels.exhibit_relieved" if part == value else "channels.exhibit_relieved_in_part", cites, facts)
    compared = b.beside(general)
    if part == value:
        return b.relief_cases(draft, relief, BASIS, LABEL, (reason,), compared)
    item = q.shipment.items[draft.number - 1]
    within = b.goods_drafts(q, (b.part_of(item, part, value),))[0]
    rest = b.as_goods(q, items=(b.part_of(item, value - part, value),), waives=False)[0]
    cases = []
    for case in b.relief_cases(within, relief, BASIS, LABEL, (reason,)):
        own = next(o for o in case.options if o.status == APPLIES)
        if rest.applied is None:
            low, high = (None if x is None else x + (own.total or 0) for x in (rest.low, rest.high))
            cases.append(
                b.Case(
                    (_joined(own, rest.options[0]),) if rest.options else (own,),
                    low,
                    high,
                    case.label_zh,
                    case.label_en,
                )
            )
        else:
            cases.append(b.decided([_joined(own, rest.applied), *compared]).labelled(case.label_zh, case.label_en))
    return cases


def _joined(within: Option, rest: Option) -> Option:
    """One option of two parts."""
    above = tuple(
        msgspec.structs.replace(c, label_zh=f"{c.label_zh}（限额以外）", label_en=f"{c.label_en} (above the amount)")
        for c in rest.charges
    )
    charges = within.charges + above
    return msgspec.structs.replace(within, charges=charges, total=sum(c.payable for c in charges))
