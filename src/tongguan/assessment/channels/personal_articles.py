"""A parcel for personal use (个人邮递进境物品): one tax by category, or goods when it is too dear or too much.

Facts of the shipment (one parcel)
    sent_from             country or region it was posted in (HK, MO and TW have a limit of their own); else the origin of the items says nothing
    single_indivisible    whether the parcel holds one article that cannot be divided; asked when the parcel is above the limit
    beyond_personal_use   yes when it is more than a person needs; taken as no unless said
Facts of an item
    category              1, 2, 3 or medicine
    vat_3_percent_medicine, anti_cancer    for medicines that bear what goods bear
A commodity code is not needed; with one, the same parcel as goods stands beside the tax.

Reading  The limit and the amount not levied are tested on the whole parcel. Customs' table of article values is not held: the price declared is used, or
         the amount of the table when it is stated as dutiable_value.
"""

from __future__ import annotations

import msgspec

from tongguan.assessment.channels import articles
from tongguan.assessment.channels import building as b
from tongguan.assessment.channels.asked import Question
from tongguan.assessment.result import APPLIES, DISPLACED, Assessment, ItemAssessment, Option, Reason
from tongguan.grammar.money import yuan_grouped
from tongguan.law.channels.personal_articles import rule

BASIS = "personal_articles"
NEAR = frozenset({"HK", "MO", "TW"})


def assess(q: Question) -> Assessment:
    """The parcel, item by item."""
    q.accept_retail_facts()
    articles.on_day_of_bill(q)
    q.shipment = b.price_includes_all(q.shipment)
    values = articles.values_of(q)
    total = sum(v.value or 0 for v in values)
    is_priced = all(v.value is not None for v in values)
    goods = b.as_goods(q) if any(i.commodity_code for i in q.shipment.items) else None
    admissions = _admissions(q, total) if is_priced else []
    taxes = _waived(q, [v.value or 0 for v in values]) if is_priced else []
    items = []
    for number, valued in enumerate(values, start=1):
        general = goods[number - 1] if goods and q.shipment.items[number - 1].commodity_code else None
        path = f"items[{number}]"
        cases: list[b.Case] = []
        as_goods = False
        for admission, reasons, label_zh, label_en in admissions:
            treated = rule.AS_GOODS if articles.is_goods_medicine(q, number) else admission
            why = (
                Reason(
                    "channels.articles_as_goods",
                    q.at("channels/personal_articles/other_medicine_at_3_percent").citation,
                ),
            )
            as_goods = as_goods or treated != rule.AS_ARTICLE
            for option in taxes[number - 1]:
                found = _case(option, treated, reasons if treated == admission else why, general)
                condition = (option.condition_zh, option.condition_en) if treated == rule.AS_ARTICLE else ("", "")
                cases.append(found.labelled(*condition).labelled(label_zh, label_en))
        if as_goods and general is None:
            q.find("channels.code_needed_as_goods", f"{path}.commodity_code", "tariff-law-2024#9", "error")
        missing = [
            *valued.missing,
            *(f.path for f in q.findings if f.code == "channels.fact_missing" and f.path.startswith((path, "facts"))),
        ]
        findings = [*valued.findings, *(general.findings if general and as_goods else ())]
        items.append(
            b.item_of(q, number, _distinct(cases), value=valued.value, steps=valued.steps, names=b.names_of(q, number), findings=findings,
                      missing=missing)
        )  # fmt: skip
    q.find("channels.articles_value_table_not_held", "items", "gacc-2010-43", "note")
    _decide(q, admissions, items)
    return b.answer(q, items)


def _admissions(q: Question, total: int) -> list[tuple[int, tuple[Reason, ...], str, str]]:
    """How the parcel enters, with reasons; more than once when a fact that decides it is not known."""
    near, elsewhere = (q.at(f"channels/personal_articles/parcel_limit_{n}") for n in ("hk_mo_tw", "elsewhere"))
    sent_from = q.facts.text("sent_from").upper()
    single = q.facts.yes_no("single_indivisible")
    personal = not q.facts.yes_no("beyond_personal_use")
    limits = [(near if sent_from in NEAR else elsewhere, "", "")] if sent_from else [
        (near, "如寄自港澳台", "if sent from Hong Kong, Macao or Taiwan"), (elsewhere, "如寄自其他国家或地区", "if sent from elsewhere"),
    ]  # fmt: skip
    singles = (
        [(single, "", "")]
        if single is not None
        else [
            (True, "如仅一件且不可分割", "if it is one indivisible article"),
            (False, "如不止一件或可分割", "if it is not"),
        ]
    )
    if not sent_from and near.fen() < total <= elsewhere.fen() and single is not True and personal:
        q.missing_fact("sent_from")
    elif not sent_from:
        limits = [(elsewhere, "", "")]
    found: dict[int, tuple[int, tuple[Reason, ...], str, str]] = {}
    for limit, where_zh, where_en in limits:
        for is_single, one_zh, one_en in singles:
            admission = rule.parcel_admission(total, limit.fen(), bool(is_single), personal)
            facts = {
                "value": yuan_grouped(total),
                "limit": yuan_grouped(limit.fen()),
                "excess": yuan_grouped(max(0, total - limit.fen())),
            }
            codes = {rule.RETURN_OR_GOODS: "channels.parcel_over_limit", rule.AS_GOODS: "channels.articles_as_goods"}
            code = codes.get(
                admission, "channels.parcel_single_article" if total > limit.fen() else "channels.parcel_within_limit"
            )
            zh, en = (where_zh, where_en) if single is not None else (one_zh, one_en)
            if single is None and len(limits) > 1:
                within = admission == rule.AS_ARTICLE
                zh = "如未超过寄出地的限值，或仅一件且不可分割" if within else "如超过寄出地的限值，且不止一件或可分割"
                en = (
                    "if within the limit of where it was sent from, or one indivisible article"
                    if within
                    else "if above that limit and not one indivisible article"
                )
            found.setdefault(admission, (admission, (Reason(code, limit.citation, facts),), zh, en))
    answers = list(found.values())
    if len(answers) == 1:
        return [(*answers[0][:2], "", "")]
    if (
        single is None
        and len({rule.parcel_admission(total, limits[0][0].fen(), s, personal) for s in (True, False)}) > 1
    ):
        q.missing_fact("single_indivisible")
    return answers


def _waived(q: Question, values: list[int]) -> list[list[Option]]:
    """The tax of each item by category; not levied when that of the parcel does not exceed the amount that is free."""
    free = q.at("channels/personal_articles/free_tax")
    charges = [
        [(r, articles.tax_of(value, r.rate)) for r in articles.rates_of(q, n)]
        for n, value in enumerate(values, start=1)
    ]
    options: list[list[Option]] = []
    for number, own in enumerate(charges):
        made = []
        for place, (rate, one) in enumerate(own):
            # an unknown category of another item moves with this one: lowest with lowest, highest with highest
            parcel = one.amount + sum(
                other[min(place, len(other) - 1)][1].amount for i, other in enumerate(charges) if i != number
            )
            reasons: tuple[Reason, ...] = ()
            tax = one
            if rule.payable_tax(parcel, free.fen()) == 0:
                tax = b.not_levied(one, free.citation)
                reasons = (
                    Reason(
                        "channels.articles_tax_not_levied",
                        free.citation,
                        {"tax": yuan_grouped(parcel), "limit": yuan_grouped(free.fen())},
                    ),
                )
            made.append(
                b.option(
                    BASIS,
                    APPLIES,
                    articles.LABEL,
                    [tax],
                    reasons,
                    rate_text=rate.text,
                    condition=(rate.label_zh, rate.label_en),
                )
            )
        options.append(made)
    return options


def _case(option: Option, admission: int, reasons: tuple[Reason, ...], general: ItemAssessment | None) -> b.Case:
    own = msgspec.structs.replace(option, reasons=reasons + option.reasons, condition_zh="", condition_en="")
    if admission == rule.AS_ARTICLE:
        return b.decided([own, *(b.beside(general) if general else [])])
    displaced = msgspec.structs.replace(own, status=DISPLACED)
    if general is None:
        return b.Case((displaced,), None, None)
    return b.general_case(general, reasons, [displaced])


def _distinct(cases: list[b.Case]) -> list[b.Case]:
    """Cases that say the same once."""
    return list({(c.label_en, c.low, c.high): c for c in cases}.values())


def _decide(
    q: Question, admissions: list[tuple[int, tuple[Reason, ...], str, str]], items: list[ItemAssessment]
) -> None:
    if len(admissions) != 1:
        return
    admission, reasons, _, _ = admissions[0]
    q.decided["admission"] = rule.ADMISSIONS[admission]
    if admission != rule.AS_ARTICLE:
        q.find(reasons[0].code, "items", reasons[0].because, "warning", **reasons[0].facts)
    if all(i.applied is not None and i.applied.basis == BASIS for i in items):
        q.decided["rate"] = "; ".join(dict.fromkeys(i.applied.rate_text for i in items if i.applied))
