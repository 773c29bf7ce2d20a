"""Exchange of border residents (边民互市) and small-scale border trade (边境小额贸易).

Facts of the shipment (one person, one day)
    trade           exchange (taken unless said) or small_scale, which is taxed like general trade
    so_far_today    CNY the person has exchanged earlier that day
Facts of an item
    excluded_part   whether the goods belong to the part of their line that is not exempt
    kg_so_far       kilograms of the same limited goods earlier that day

Reading  Items use the day's value in the order they are listed; what lies above is taxed as goods, its quantities in proportion.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from tongguan.assessment.channels import building as b
from tongguan.assessment.channels.asked import Question
from tongguan.assessment.quantities import quantity_in
from tongguan.assessment.result import APPLIES, Assessment, ItemAssessment, Option, Reason
from tongguan.assessment.shipment import GoodsItem
from tongguan.grammar.money import half_up, milli_of, quantity_text, yuan, yuan_grouped
from tongguan.law.channels.border_trade import rule

BASIS = "border_trade"
LABEL = ("边民互市：限额内免征", "exchange of border residents: free within the limit")


class Taxed(NamedTuple):
    """What of an item is taxed, and why."""

    value: int
    reason: Reason
    kind: int


def assess(q: Question) -> Assessment:
    """The exchange, item by item."""
    general = b.as_goods(q)
    if (q.facts.choice("trade", ("exchange", "small_scale")) or "exchange") == "small_scale":
        share = q.at("channels/border_trade/small_scale_taxed_share")
        q.find("channels.border_small_scale", "", share.citation, "note")
        return b.answer(q, general)
    limit = q.at("channels/border_trade/daily_limit")
    so_far = q.facts.fen("so_far_today")
    if so_far is None:
        q.missing_fact("so_far_today")
    supposed = [(so_far, "", "")] if so_far is not None else [
        (0, "如当日此前未互市", "if nothing was exchanged earlier that day"), (limit.fen(), "如当日限额已用完", "if the day's amount is used up"),
    ]  # fmt: skip
    excluded = [f.yes_no("excluded_part") for f in q.item_facts]
    cases: list[list[b.Case]] = [[] for _ in general]
    open_part = any(
        rule.kind_of(i.commodity_code)[0] == rule.NEVER_FREE_IN_PART and e is None
        for i, e in zip(q.shipment.items, excluded, strict=True)
    )
    parts = (
        [
            (False, "如不属于不予免税部分", "if outside the part that is not exempt"),
            (True, "如属于不予免税部分", "if within it"),
        ]
        if open_part
        else [(False, "", "")]
    )
    for before, zh, en in supposed:
        for part, part_zh, part_en in parts:
            taxed = _taxed(
                q, general, before or 0, limit.fen(), limit.citation, [part if e is None else e for e in excluded]
            )
            for n, case in enumerate(_cases(q, general, taxed)):
                cases[n] += [c.labelled(part_zh, part_en).labelled(zh, en) for c in case]
            if len(supposed) == len(parts) == 1:
                q.decided["taxed"] = yuan(sum(t.value for t in taxed))
    items = []
    for n, g in enumerate(general, start=1):
        missing = [
            f.path
            for f in q.findings
            if f.code == "channels.fact_missing" and f.path.startswith((f"items[{n}]", "facts"))
        ]
        free = all(
            o.basis.startswith(BASIS) and o.total == 0 for c in cases[n - 1] for o in c.options if o.status == APPLIES
        )
        distinct = list({(c.label_en, c.low, c.high): c for c in cases[n - 1]}.values())
        items.append(
            b.item_of(q, n, distinct, value=g.dutiable_value, steps=g.value_steps, names=b.names_of(q, n), findings=g.findings,
                      missing=[*(() if free else g.missing_facts), *missing])
        )  # fmt: skip
    return b.answer(q, items)


def _taxed(
    q: Question, general: list[ItemAssessment], so_far: int, limit: int, cites: str, excluded: list[bool]
) -> list[Taxed]:
    found = []
    for n, (item, g) in enumerate(zip(q.shipment.items, general, strict=True)):
        value = g.dutiable_value or 0
        kind, parameter = rule.kind_of(item.commodity_code)
        if kind == rule.NEVER_FREE_IN_PART:
            if q.item_facts[n].yes_no("excluded_part") is None:
                q.find(
                    "channels.border_part_of_line_unstated",
                    f"items[{n + 1}].facts.excluded_part",
                    "caiguanshui-2010-18",
                    "warning",
                    line=item.commodity_code,
                )
                q.missing_fact("excluded_part", f"items[{n + 1}].facts")
            kind = rule.NEVER_FREE if excluded[n] else rule.FREE_BY_VALUE
        if kind == rule.FREE_BY_QUANTITY:
            found.append(_by_quantity(q, n, item, value, parameter))
        elif kind == rule.NEVER_FREE:
            found.append(Taxed(value, Reason("channels.border_never_free", "caiguanshui-2010-18"), kind))
        else:
            above = rule.taxed_amount(value, so_far, limit)
            so_far += value
            facts = {
                "limit": yuan_grouped(limit),
                "taxed": yuan_grouped(above),
                "left": yuan_grouped(max(0, limit - so_far)),
            }
            found.append(
                Taxed(
                    above,
                    Reason(
                        "channels.border_over_daily_limit" if above else "channels.border_within_limit", cites, facts
                    ),
                    kind,
                )
            )
    return found


def _by_quantity(q: Question, n: int, item: GoodsItem, value: int, parameter: str) -> Taxed:
    """Goods free up to a quantity for the person and day."""
    free = q.at(f"channels/border_trade/{parameter}")
    quantity = quantity_in("kg", item.quantities, "", q.day, q.world)
    if quantity is None:
        q.find(
            "channels.border_quantity_missing",
            f"items[{n + 1}].quantities.kg",
            free.citation,
            "warning",
            limit=free.value,
        )
        return Taxed(
            value,
            Reason("channels.border_quantity_missing", free.citation, {"limit": free.value}),
            rule.FREE_BY_QUANTITY,
        )
    above = rule.taxed_amount(quantity, q.item_facts[n].milli("kg_so_far") or 0, milli_of(free.value))
    facts = {"limit": free.value, "taxed": quantity_text(above)}
    code = "channels.border_over_quantity" if above else "channels.border_within_quantity"
    return Taxed(
        half_up(value * above, quantity) if quantity else 0, Reason(code, free.citation, facts), rule.FREE_BY_QUANTITY
    )


def _cases(q: Question, general: list[ItemAssessment], taxed: list[Taxed]) -> list[list[b.Case]]:
    """The items with the taxed part as goods."""
    whole = [g.dutiable_value or 0 for g in general]
    parts = b.as_goods(
        q, items=tuple(b.part_of(i, t.value, w) for i, t, w in zip(q.shipment.items, taxed, whole, strict=True))
    )
    answers: list[list[b.Case]] = []
    for t, w, part, g in zip(taxed, whole, parts, general, strict=True):
        if g.dutiable_value is None:
            answers.append([])
        elif t.value == 0:
            nothing = b.charge("none", "given", 0, t.reason.because)
            free = b.option(f"{BASIS}_free", APPLIES, LABEL, [nothing], (t.reason,))
            answers.append([b.decided([free, *b.beside(g)])])
        else:
            case = b.general_case(part, (t.reason,))
            compared = b.beside(g) if t.value < w else []
            renamed = tuple(_renamed(o) for o in case.options)
            answers.append([b.decided([*renamed, *compared])] if part.applied else [case._replace(options=renamed)])
    return answers


def _renamed(one: Option) -> Option:
    return msgspec.structs.replace(
        one,
        basis=f"{BASIS}/{one.basis}",
        label_zh=f"边民互市应税部分：{one.label_zh}",
        label_en=f"taxed part of the exchange: {one.label_en}",
    )
