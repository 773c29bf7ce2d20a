"""Bonded processing materials, or what was made of them, sold at home (加工贸易内销): taxes and interest on the deferred duty.

Facts of the shipment
    imported_on       the day the materials of the contract were first imported, or last written off; the interest runs from it
    annual_rate       the rate of interest, where another than the one held applies
    choice            materials or goods, for firms of comprehensive bonded zones (内销选择性征收关税); the cheaper is taken unless said
    (dates) formalities: the day the tax formalities are done; tax_bill: the day the bill is issued. Both the day of declaration unless said.
Facts of an item
    role              goods or material, for selective duty: one item of finished goods and the materials in it

Reading  Without a choice the items listed are the materials, and interest is reckoned on all taxes deferred. On a choice, VAT and consumption tax are
         those of the goods with the duty chosen in their base; the notice does not write the base out. Interest below the minimum is not collected.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from tongguan.assessment.channels import building as b
from tongguan.assessment.channels.asked import Question
from tongguan.assessment.charging import tax_charges
from tongguan.assessment.draft import Draft
from tongguan.assessment.general_import import rank
from tongguan.assessment.result import APPLIES, OPEN, Assessment, Charge, ItemAssessment, Option, Reason
from tongguan.assessment.small_amounts import DUTY_KINDS
from tongguan.grammar.days import days_late
from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.money import yuan, yuan_grouped
from tongguan.grammar.parameters import InForce
from tongguan.law.channels.processing_trade import rule
from tongguan.law.surcharges.deferred_interest.rule import deferred_interest

BASIS = "processing_trade"
ROLES = ("goods", "material")


class Interest(NamedTuple):
    """What deferred interest is reckoned with."""

    days: int
    rate_ppm: int
    is_waived: InForce
    day_count: InForce
    minimum: InForce
    rate: InForce | None

    def on(self, tax: int) -> Charge:
        """The interest on a tax."""
        computed, due = deferred_interest(
            tax, self.days, self.rate_ppm, self.day_count.whole(), self.is_waived.whole() == 1, self.minimum.fen()
        )
        used = [p for p in (self.rate, self.day_count, self.is_waived) if p is not None]
        because = self.is_waived.citation if self.is_waived.whole() == 1 else "" if due else self.minimum.citation
        article = (
            f"tariff-law-2024#36; {self.day_count.citation}"
            if self.is_waived.since.isoformat() >= "2024-12-01"
            else self.day_count.citation
        )
        made = b.charge(
            "deferred_interest",
            "per_year",
            computed,
            article,
            used,
            payable=due,
            base=tax,
            rate=self.rate_ppm,
            times=self.days,
        )
        return msgspec.structs.replace(made, waived_because=because if computed and not due else "")


def assess(q: Question) -> Assessment:
    """The sale at home."""
    interest = _interest(q)
    roles = [f.choice("role", ROLES) for f in q.item_facts]
    if any(roles):
        return _selective(q, interest, roles)
    items = b.as_goods(q)
    surcharges = b.late(q, items)
    if all(i.applied is not None for i in items) and items:
        total = sum(i.applied.total or 0 for i in items if i.applied)
        if interest is not None:
            own = interest.on(rule.interest_base(rule.NO_CHOICE, total, 0))
            surcharges = msgspec.structs.replace(surcharges, charges=(*surcharges.charges, own))
            code = "channels.deferred_interest_due" if own.payable else "channels.deferred_interest_not_collected"
            q.find(
                code, "", own.waived_because or own.because, "note", base=yuan_grouped(total), days=str(interest.days)
            )
            q.decided["deferred_interest"] = yuan(own.payable)
    elif interest is not None:
        q.find("channels.deferred_interest_not_reckoned", "", "tariff-law-2024#36", "warning")
    if interest is None:
        items = [
            msgspec.structs.replace(i, high=None, missing_facts=(*i.missing_facts, "facts.imported_on")) for i in items
        ]
    q.find("channels.processing_needs_licences", "", "customs-law#33", "note")
    return b.answer(q, items, surcharges)


def _interest(q: Question) -> Interest | None:
    """The interest's days and rate; None when the first day is not known."""
    imported = q.facts.day("imported_on")
    billed = q.shipment.tax_bill_on or q.day
    own = q.facts.ppm("annual_rate")
    if imported is None:
        q.missing_fact("imported_on")
        return None
    at = "surcharges/deferred_interest/"
    rate = None if own is not None else q.at(at + "annual_rate", billed)
    if rate is not None:
        q.find(
            "channels.deferred_interest_rate_held",
            "facts.annual_rate",
            rate.citation,
            "note",
            rate=rate.value,
            until=rate.verified_until.isoformat(),
        )
    return Interest(
        days_late(imported.toordinal(), billed.toordinal()), own if own is not None else rate.ppm() if rate else 0, q.at(at + "is_waived", q.shipment.declared_on),
        q.at(at + "day_count", billed), q.at(at + "minimum", billed), rate,
    )  # fmt: skip


# --- selective duty ----------------------------------------------------------------------------------------------------------------


def _selective(q: Question, interest: Interest | None, roles: list[str]) -> Assessment:
    areas = q.at("channels/processing_trade/selective_duty_areas")
    if areas.value != "all_comprehensive_bonded_zones":
        raise OutOfCoverage("channels.selective_duty_areas_not_encoded", day=q.day.isoformat())
    drafts, general = b.goods_drafts(q), b.as_goods(q)
    goods = [d for d, role in zip(drafts, roles, strict=True) if role != "material"]
    materials = [d for d, role in zip(drafts, roles, strict=True) if role == "material"]
    if len(goods) != 1 or not materials:
        q.find("channels.selective_duty_one_item", "items", areas.citation, "error")
        return b.answer(q, [])
    chosen = q.facts.choice("choice", [c for c in rule.CHOICES if c])
    own_leading, leadings = _leading(goods[0]), [_leading(m) for m in materials]
    by_number: dict[int, ItemAssessment] = {}
    if own_leading is None or any(x is None for x in leadings):
        q.find("channels.deferred_interest_not_reckoned", "", areas.citation, "warning")
        return b.answer(q, general)
    on_goods = _on(q, goods[0], _duties(own_leading), rule.ON_GOODS, None, areas)
    duties = tuple(c for x in leadings if x is not None for c in _duties(x))
    on_materials = _on(q, goods[0], duties, rule.ON_MATERIALS, interest, areas)
    if chosen:
        first = on_goods if chosen == "goods" else on_materials
    else:
        first = min(on_materials, on_goods, key=lambda o: o.total or 0)
    options = [msgspec.structs.replace(o, status=APPLIES if o is first else OPEN) for o in (on_materials, on_goods)]
    q.decided["choice"] = "goods" if first is on_goods else "materials"
    for draft, g in zip(drafts, general, strict=True):
        if draft is goods[0]:
            case = b.decided(options)
            if interest is None:
                case = case._replace(high=None)
        else:
            nothing = b.charge("none", "given", 0, areas.citation)
            counted = b.option(f"{BASIS}_material", APPLIES, ("料件：已计入成品", "material: counted with the goods"), [nothing],
                               (Reason("channels.material_counted_with_goods", areas.citation),))  # fmt: skip
            case = b.decided([counted])
        by_number[draft.number] = b.item_of(
            q, draft.number, [case], value=g.dutiable_value, steps=g.value_steps, names=b.names_of(q, draft.number), findings=g.findings,
            missing=[*g.missing_facts, *([] if interest else ["facts.imported_on"])],
        )  # fmt: skip
    return b.answer(q, [by_number[n] for n in sorted(by_number)])


def _leading(draft: Draft) -> Option | None:
    if len(draft.cases) != 1 or draft.missing:
        return None
    return next((o for o in rank(draft.cases[0][2]) if o.status == APPLIES), None)


def _duties(leading: Option) -> tuple[Charge, ...]:
    return tuple(c for c in leading.charges if c.kind in DUTY_KINDS)


def _on(
    q: Question, goods: Draft, duties: tuple[Charge, ...], choice: int, interest: Interest | None, areas: InForce
) -> Option:
    """The taxes when the firm pays duty on materials, or on the goods."""
    scenario, taxes, _ = goods.cases[0]
    duty = sum(c.payable for c in duties)
    charges = [*duties, *tax_charges(scenario.known.value, duty, taxes, q.day, scenario.known.line.ct_class)]
    on_materials = choice == rule.ON_MATERIALS
    if on_materials and interest is not None:
        charges.append(interest.on(rule.interest_base(choice, duty, 0)))
    labels = (
        ("内销选择性征税：按料件", "selective duty: on the materials")
        if on_materials
        else ("内销选择性征税：按成品", "selective duty: on the goods")
    )
    reason = Reason(f"channels.selective_duty_on_{'materials' if on_materials else 'goods'}", areas.citation)
    return b.option(f"{BASIS}_{rule.CHOICE_NAMES[choice]}", OPEN, labels, charges, (reason,))
