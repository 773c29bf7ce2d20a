"""Goods under a duty-relief certificate (特定减免税货物): their import, their disposal before the supervision ends, their use for something else.

Facts of the shipment
    relieved_taxes         what the certificate relieves: customs_duty, import_vat, consumption_tax, as its own act says; each tax by itself
    has_certificate        whether the certificate (征免税证明) is in hand; taken as no unless said
    kind                   ship_or_aircraft, vehicle or other (taken unless said)
    released_on            the day of release of the import (dates: released)
    disposed_on            the day of disposal: sold, handed over, put to another use for good
    days_used_otherwise    days the goods served something else, for a time

Reading  Free of duty is not free of VAT: only the taxes named are relieved, and only they are due again. On disposal the value is the original dutiable
         value (item price or dutiable_value) written down; additional duties follow the customs duty. At import additional duties stay, except
         where the measure spares relief goods. What the certificate costs may stand in evidence_costs as duty_relief.
"""

from __future__ import annotations

import datetime as dt

import msgspec

from tongguan.assessment.channels import building as b
from tongguan.assessment.channels.asked import Question
from tongguan.assessment.draft import Draft
from tongguan.assessment.result import (
    APPLIES,
    DISPLACED,
    NEEDS_EVIDENCE,
    OPEN,
    Assessment,
    ItemAssessment,
    Option,
    Reason,
    ValueStep,
)
from tongguan.assessment.small_amounts import DUTY_KINDS
from tongguan.grammar.days import months_begun
from tongguan.grammar.money import yuan
from tongguan.law.duty_relief import rule

BASIS = "duty_relief"
KINDS = ("ship_or_aircraft", "vehicle", "other")
TAXES = ("customs_duty", "import_vat", "consumption_tax")
LABEL = ("特定减免税进口", "import under a relief certificate")


def assess(q: Question) -> Assessment:
    """The import, or what is due now."""
    kind = q.facts.choice("kind", KINDS) or "other"
    disposed, days = q.facts.day("disposed_on"), q.facts.whole("days_used_otherwise")
    q.facts.accept("has_certificate", "released_on")
    relieved = _relieved_taxes(q)
    if disposed is None and days is None:
        return _imported(q, relieved)
    released = q.facts.day("released_on")
    if released is None:
        q.missing_fact("released_on")
        return _unknown_release(q, relieved)
    years = q.at(f"duty_relief/{kind}_years", released)
    last = dt.date.fromordinal(rule.supervised_until(released.toordinal(), years.whole()))
    q.decided["supervised_until"] = last.isoformat()
    if days is not None:
        return _used_otherwise(q, relieved, days, years.whole())
    return _disposed(q, relieved, released, disposed or q.day, years.whole(), last)


def _relieved_taxes(q: Question) -> list[str] | None:
    """The taxes named; None when nobody said."""
    text = q.facts.text("relieved_taxes")
    if not text:
        q.missing_fact("relieved_taxes")
        return None
    named = text.replace(",", " ").replace("、", " ").split()
    for name in named:
        if name not in TAXES:
            q.find(
                "channels.fact_not_in_list",
                "facts.relieved_taxes",
                "",
                "error",
                name="relieved_taxes",
                read=name,
                known=", ".join(TAXES),
                nearest="-",
            )
    return [name for name in named if name in TAXES]


def _article(q: Question) -> str:
    new = q.at("governing_date/regime").whole() == 2
    return "tariff-law-2024#35" if new else "duty-regulations-2003#49"


# --- import ------------------------------------------------------------------------------------------------------------------------


def _imported(q: Question, relieved: list[str] | None) -> Assessment:
    held = q.facts.yes_no("has_certificate")
    with_certificate = tuple(
        msgspec.structs.replace(i, facts={**i.facts, "duty_relief_certificate": "yes"}) for i in q.shipment.items
    )
    drafts, general = b.goods_drafts(q, with_certificate), b.as_goods(q)
    because = "tariff-law-2024#34" if q.at("governing_date/regime").whole() == 2 else "duty-regulations-2003#46"
    items = []
    for draft, g in zip(drafts, general, strict=True):
        reliefs: list[tuple[b.Relief, str, str]] = []
        for names, zh, en in [(relieved, "", "")] if relieved is not None else [
            (["customs_duty"], "如仅免征关税", "if only customs duty is relieved"),
            (list(TAXES), "如关税和进口环节税均免", "if import taxes are relieved too"),
        ]:  # fmt: skip
            relief = b.Relief(
                duty=because if "customs_duty" in names else "",
                consumption_tax=because if "consumption_tax" in names else "",
                import_vat=because if "import_vat" in names else "",
            )
            reliefs.append((relief, zh, en))
        if held:
            cases = [c.labelled(zh, en) for r, zh, en in reliefs for c in _with_certificate(draft, g, r, because)]
        else:
            cases = [_without_certificate(draft, g, reliefs, because)]
        missing = [*g.missing_facts, *(f.path for f in q.findings if f.code == "channels.fact_missing")]
        items.append(
            b.item_of(q, draft.number, cases, value=g.dutiable_value, steps=g.value_steps, names=b.names_of(q, draft.number), findings=g.findings,
                      missing=missing, is_open_above=draft.is_open_above)
        )  # fmt: skip
        if any(
            c.kind in DUTY_KINDS and c.kind != "customs_duty"
            for _, _, options in draft.cases
            for o in options
            for c in o.charges
        ):
            q.find("channels.relief_special_duties_stay", f"items[{draft.number}].origin", because, "warning")
    if relieved is not None and "import_vat" not in relieved:
        q.find(
            "channels.relief_vat_stays", "facts.relieved_taxes", "vat-interim-regulations#15; vat-law-2024#24", "note"
        )
    return b.answer(q, items)


def _with_certificate(draft: Draft, g: ItemAssessment, relief: b.Relief, because: str) -> list[b.Case]:
    return b.relief_cases(draft, relief, BASIS, LABEL, (Reason("channels.relief_supervised", because),), b.beside(g))


def _without_certificate(
    draft: Draft, g: ItemAssessment, reliefs: list[tuple[b.Relief, str, str]], because: str
) -> b.Case:
    """An ordinary import, and what the certificate would open."""
    reasons = (Reason("channels.relief_needs_certificate", because), Reason("channels.relief_supervised", because))
    opened = []
    cost = int(draft.item.evidence_costs.get(BASIS, 0) * 100)
    for relief, zh, en in reliefs:
        for case in b.relief_cases(draft, relief, BASIS, LABEL, reasons):
            known = case.labelled(zh, en)
            opened += [
                msgspec.structs.replace(
                    o,
                    status=NEEDS_EVIDENCE,
                    condition_zh=known.label_zh,
                    condition_en=known.label_en,
                    evidence_cost=cost,
                )
                for o in known.options
            ]
    if g.applied is not None:
        return b.decided([*opened, *g.options])
    return b.Case((*opened, *g.options), g.low, g.high)


# --- disposal and other use --------------------------------------------------------------------------------------------------------


def _disposed(
    q: Question, relieved: list[str] | None, released: dt.date, disposed: dt.date, years: int, last: dt.date
) -> Assessment:
    months = months_begun(released.toordinal(), disposed.toordinal())
    original = b.as_goods(q, waives=False)
    written = [rule.written_down_value(g.dutiable_value or 0, months, years) for g in original]
    q.decided["months"] = str(months)
    q.decided["taxable_value"] = yuan(sum(written))
    parts = b.as_goods(q, items=tuple(b.valued_at(i, w) for i, w in zip(q.shipment.items, written, strict=True)))
    because = _article(q)
    facts = {"months": str(months), "of": str(years * 12), "until": last.isoformat()}
    reason = Reason(
        "channels.relief_over" if disposed > last else "channels.relief_written_down",
        f"{because}; gacc-ann-2017-51",
        facts,
    )
    items = []
    for n, (whole, part, value) in enumerate(zip(original, parts, written, strict=True), start=1):
        steps = (
            *whole.value_steps,
            b.step(
                "written_down",
                value,
                f"按已使用 {months} 个月（共 {years * 12} 个月）折旧",
                f"written down for {months} of {years * 12} months",
                because,
            ),
        )
        items.append(_due(q, n, part, relieved, reason, value, steps, because))
    return b.answer(q, items)


def _used_otherwise(q: Question, relieved: list[str] | None, days: int, years: int) -> Assessment:
    of = years * 12 * 30
    because = f"{_article(q)}; gacc-order-245"
    reason = Reason("channels.relief_used_otherwise", because, {"days": str(days), "of": str(of)})
    items = []
    for n, g in enumerate(b.as_goods(q), start=1):
        options = []
        for o in g.options:
            charges = tuple(
                b.in_part(c, min(days, of), of, because, (), f"（{days}/{of}）", f" ({days}/{of})") for c in o.charges
            )
            options.append(
                msgspec.structs.replace(o, charges=charges, total=sum(c.payable for c in charges), saving=None)
            )
        items.append(
            _due(
                q,
                n,
                msgspec.structs.replace(g, options=tuple(options)),
                relieved,
                reason,
                g.dutiable_value or 0,
                g.value_steps,
                because,
            )
        )
    return b.answer(q, items)


def _due(
    q: Question,
    n: int,
    g: ItemAssessment,
    relieved: list[str] | None,
    reason: Reason,
    value: int,
    steps: tuple[ValueStep, ...],
    because: str,
) -> ItemAssessment:
    """What is due now: the taxes that were relieved."""
    cases: list[b.Case] = []
    for names, zh, en in [(relieved, "", "")] if relieved is not None else [
        (["customs_duty"], "如进口时仅免征关税", "if only customs duty was relieved at import"),
        (list(TAXES), "如进口时关税和进口环节税均免", "if import taxes were relieved too"),
    ]:  # fmt: skip
        options = [_only(o, names, reason, because) for o in g.options if o.total is not None and o.status != DISPLACED]
        if g.applied is not None:
            cases.append(b.decided(options).labelled(zh, en))
        else:
            cases.append(b.undecided(options).labelled(zh, en))
    missing = [*g.missing_facts, *(f.path for f in q.findings if f.code == "channels.fact_missing")]
    return b.item_of(
        q, n, cases, value=value, steps=steps, names=b.names_of(q, n), findings=g.findings, missing=missing
    )


def _only(o: Option, names: list[str], reason: Reason, because: str) -> Option:
    """The option with only the taxes that were relieved; those paid at import are shown and not due again."""
    charges = tuple(
        c
        if c.kind in names or (c.kind in DUTY_KINDS and "customs_duty" in names)
        else b.not_levied(c, c.waived_because or because)
        for c in o.charges
    )
    return msgspec.structs.replace(
        o, basis=f"{BASIS}/{o.basis}", charges=charges, total=sum(c.payable for c in charges), reasons=(reason, *o.reasons), saving=None,
        label_zh=f"减免税货物补税：{o.label_zh}", label_en=f"due on relief goods: {o.label_en}",
    )  # fmt: skip


def _unknown_release(q: Question, relieved: list[str] | None) -> Assessment:
    """Nobody said when the goods were released: between nothing and the taxes on the whole value."""
    items = []
    reason = Reason(
        "channels.fact_missing",
        _article(q),
        {"name": "released_on", "label_zh": "放行之日", "label_en": "the day of release"},
    )
    for n, g in enumerate(b.as_goods(q), start=1):
        item = _due(q, n, g, relieved, reason, g.dutiable_value or 0, g.value_steps, _article(q))
        items.append(msgspec.structs.replace(item, low=0 if item.low is not None else None, options=tuple(
            msgspec.structs.replace(o, status=OPEN if o.status == APPLIES else o.status) for o in item.options)))  # fmt: skip
    return b.answer(q, items)
