"""Goods at the first and second line of the Hainan free trade port as a closed customs area (海南自由贸易港), from 2025-12-18.

Facts of the shipment
    line                 first (from abroad, taken unless said) or second (to the mainland)
    entitled             whether the importer is one of those who enjoy zero tariff
    chooses_to_pay       yes when the importer prefers to pay; taken as no unless said
Facts of an item
    on_taxable_list      whether the line stands on the list of taxable imports, which is not held here
    encouraged_industry, imported_material, value_added    second line: who made the goods, of what, and the share of value added in Hainan

Reading  Whether goods are quota goods or bear a remedy or an additional duty is read from the schedule and the measures held for their origin.
"""

from __future__ import annotations

from itertools import product

from tongguan.assessment.channels import building as b
from tongguan.assessment.channels.asked import Question
from tongguan.assessment.draft import Draft
from tongguan.assessment.result import Assessment, ItemAssessment, Reason
from tongguan.grammar.money import percent_text
from tongguan.law.channels.hainan import rule

LABELS = {
    rule.ZERO_TARIFF: ("“一线”零关税", "zero tariff at the first line"),
    rule.ZERO_TARIFF_WITH_SPECIAL_DUTIES: (
        "“一线”零关税，加征及救济关税照征",
        "zero tariff at the first line, special duties stay",
    ),
    rule.DUTY_FREE_WITH_TAXES: ("“二线”加工增值免关税", "free of duty at the second line"),
    rule.DUTY_FREE_WITH_SPECIAL_DUTIES_AND_TAXES: (
        "“二线”加工增值免关税，加征及救济关税照征",
        "free of duty at the second line, special duties stay",
    ),
}


def assess(q: Question) -> Assessment:
    """The goods, item by item."""
    closed = q.at("channels/hainan/closed_area")
    line = q.facts.choice("line", ("first", "second")) or "first"
    drafts, general = b.goods_drafts(q), b.as_goods(q)
    items = [_item(q, d, g, line, closed.citation) for d, g in zip(drafts, general, strict=True)]
    treatments = {q.decided.pop(f"treatment_{n}", "") for n in range(1, len(items) + 1)}
    if len(treatments) == 1 and "" not in treatments:
        q.decided["treatment"] = treatments.pop()
    return b.answer(q, items)


def _item(q: Question, draft: Draft, general: ItemAssessment, line: str, cites: str) -> ItemAssessment:
    number = draft.number
    quota = any(
        r.kind.startswith("in_quota")
        for s, _, _ in draft.cases[:1]
        for r in q.world.schedule.rates_on(s.known.line.code, q.day)
    )
    special = any(
        c.kind not in ("customs_duty", "consumption_tax", "import_vat")
        for _, _, options in draft.cases
        for o in options
        for c in o.charges
    )
    supposed = _first(q, number, quota, special) if line == "first" else _second(q, number, quota, special)
    cases: list[b.Case] = []
    for treatment, reason, zh, en in supposed:
        if rule.levies_base_duty(treatment):
            cases.append(b.general_case(general, (reason,)).labelled(zh, en))
            continue
        relief = b.Relief(
            duty=cites,
            special_duties="" if rule.levies_special_duties(treatment) else cites,
            consumption_tax="" if rule.levies_import_taxes(treatment) else cites,
            import_vat="" if rule.levies_import_taxes(treatment) else cites,
        )
        cases += [
            c.labelled(zh, en)
            for c in b.relief_cases(draft, relief, "hainan", LABELS[treatment], (reason,), b.beside(general))
        ]
    if special or quota:
        q.find("channels.hainan_special_duties_stay", f"items[{number}]", "caiguanshui-2025-12", "note")
    if len(supposed) == 1:
        q.decided[f"treatment_{number}"] = rule.TREATMENTS[supposed[0][0]]
    missing = [
        *general.missing_facts,
        *(
            f.path
            for f in q.findings
            if f.code == "channels.fact_missing" and f.path.startswith((f"items[{number}]", "facts"))
        ),
    ]
    return b.item_of(
        q, number, cases, value=general.dutiable_value, steps=general.value_steps, names=b.names_of(q, number), findings=general.findings, missing=missing,
        is_open_above=draft.is_open_above,
    )  # fmt: skip


Supposed = list[tuple[int, Reason, str, str]]


def _first(q: Question, number: int, quota: bool, special: bool) -> Supposed:
    """The treatment from abroad; more than once when a fact that decides it is not known."""
    entitled, pays = q.facts.yes_no("entitled"), bool(q.facts.yes_no("chooses_to_pay"))
    listed = q.item_facts[number - 1].yes_no("on_taxable_list")
    if pays or quota or entitled is False or listed is True:
        code = (
            "quota_goods"
            if quota
            else "chooses_to_pay"
            if pays
            else "not_entitled"
            if entitled is False
            else "on_taxable_list"
        )
        return [(rule.TAXED_AS_USUAL, Reason(f"channels.hainan_{code}", "caiguanshui-2025-12#1"), "", "")]
    if entitled is None:
        q.missing_fact("entitled")
    if listed is None:
        q.find(
            "channels.hainan_taxable_list_not_held", f"items[{number}].commodity_code", "caiguanshui-2025-13", "warning"
        )
        q.missing_fact("on_taxable_list", f"items[{number}].facts")
    treatment = rule.first_line(True, False, False, quota, special)
    zero = (treatment, Reason("channels.hainan_zero_tariff", "caiguanshui-2025-12#1"))
    if entitled and listed is False:
        return [(*zero, "", "")]
    return [
        (*zero, "如享惠主体进口目录外货物", "if an entitled importer brings in goods outside the list"),
        (
            rule.TAXED_AS_USUAL,
            Reason("channels.hainan_on_taxable_list", "caiguanshui-2025-12#1"),
            "如不享惠或货物在目录内",
            "if not entitled, or the goods are on the list",
        ),
    ]


def _second(q: Question, number: int, quota: bool, special: bool) -> Supposed:
    """The treatment to the mainland; more than once when a fact that decides it is not known."""
    facts, path = q.item_facts[number - 1], f"items[{number}].facts"
    least = q.at("channels/hainan/least_value_added")
    encouraged, imported, added = (
        facts.yes_no("encouraged_industry"),
        facts.yes_no("imported_material"),
        facts.ppm("value_added"),
    )
    shown = {"least": percent_text(least.ppm()), "added": "?" if added is None else percent_text(added)}
    found: Supposed = []
    seen: dict[int, tuple[bool, bool, int]] = {}
    for e, i, v in product(
        [encouraged] if encouraged is not None else [True, False],
        [imported] if imported is not None else [True, False],
        [added] if added is not None else [least.ppm(), 0],
    ):
        seen.setdefault(rule.second_line(e, i, v, least.ppm(), quota, special), (e, i, v))
    if len(seen) > 1:
        for name, known in (("encouraged_industry", encouraged), ("imported_material", imported)):
            if known is None:
                q.missing_fact(name, path)
        if added is None and imported is not False:
            q.missing_fact("value_added", path)
    for treatment in seen:
        usual = treatment == rule.TAXED_AS_USUAL
        reason = Reason(
            "channels.hainan_second_line_as_usual" if usual else "channels.hainan_second_line_free",
            "hainan-ftp-law-2021#29; gacc-2025-158",
            shown,
        )
        label = ("", "") if len(seen) == 1 else ("如不符合加工增值条件", "if the conditions of value added are not met") if usual else (
            "如符合加工增值条件", "if the conditions of value added are met")  # fmt: skip
        found.append((treatment, reason, *label))
    return found
