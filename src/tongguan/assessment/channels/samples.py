"""Samples and advertising matter without commercial value (无商业价值的广告品和货样): free of duty, not of VAT or consumption tax.

Facts of an item
    no_commercial_value    whether Customs would take it as having none: cut, pierced, marked or too little to sell

Law      duty-regulations-2003#45(2) until 2024-11-30, tariff-law-2024#32(2) since: customs duty only. Neither article speaks of import taxes.
"""

from __future__ import annotations

from tongguan.assessment.channels import building as b
from tongguan.assessment.channels.asked import Question
from tongguan.assessment.result import Assessment, Reason

LABEL = ("无商业价值的广告品和货样：免关税", "sample or advertising matter without commercial value: no duty")


def assess(q: Question) -> Assessment:
    """The samples, item by item."""
    because = "tariff-law-2024#32" if q.at("governing_date/regime").whole() == 2 else "duty-regulations-2003#45"
    relief = b.Relief(duty=because)
    items = []
    for draft, g in zip(b.goods_drafts(q), b.as_goods(q), strict=True):
        stated = q.item_facts[draft.number - 1].yes_no("no_commercial_value")
        path = f"items[{draft.number}].facts"
        cases: list[b.Case] = []
        if stated is None:
            q.missing_fact("no_commercial_value", path)
        if stated is not False:
            reason = Reason("channels.sample_free_of_duty", because)
            label = ("", "") if stated else ("如无商业价值", "if without commercial value")
            cases += [
                c.labelled(*label) for c in b.relief_cases(draft, relief, "samples", LABEL, (reason,), b.beside(g))
            ]
        if stated is not True:
            label = ("", "") if stated is False else ("如有商业价值", "if with commercial value")
            cases.append(b.general_case(g, (Reason("channels.sample_has_value", because),)).labelled(*label))
        missing = [
            *g.missing_facts,
            *(f.path for f in q.findings if f.code == "channels.fact_missing" and f.path.startswith(path)),
        ]
        items.append(
            b.item_of(q, draft.number, cases, value=g.dutiable_value, steps=g.value_steps, names=b.names_of(q, draft.number), findings=g.findings,
                      missing=missing, is_open_above=draft.is_open_above)
        )  # fmt: skip
    return b.answer(q, items)
