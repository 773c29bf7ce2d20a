"""Exports that come back unaltered (退运货物), and replacements sent free of charge (无代价抵偿货物).

Facts of the shipment, channel returned_goods
    ground             quality, specification, force_majeure or other
    exported_on        the day of release for export
    unaltered          whether the goods are in the state they left in
    lengthened         yes when Customs lengthened the period
Facts of the shipment, channel replacement_goods
    first_released_on  the day the first goods were released
    claim_until        last day of the claim period of the contract, when it names one
    first_goods        left, given_up, short or stay
    same_line          whether the replacement is of the same tariff line
Facts of an item
    first_value        CNY: dutiable value of the first goods as they are, when they stay and are taxed anew

Reading  Under the Regulations article 43 names import duty; that import taxes are not levied either is practice of that time (M).
"""

from __future__ import annotations

import datetime as dt
from itertools import product

from tongguan.assessment.channels import building as b
from tongguan.assessment.channels.asked import Question
from tongguan.assessment.result import APPLIES, Assessment, ItemAssessment, Reason
from tongguan.law.replacement_goods import rule as replacement
from tongguan.law.returned_goods import rule as returned

RETURNED_LABEL = ("退运进境：不征税", "returned goods: not taxed")
REPLACEMENT_LABEL = ("无代价抵偿货物：不征税", "replacement free of charge: not taxed")


def assess(q: Question) -> Assessment:
    """Goods that come back."""
    ground = q.facts.choice("ground", returned.GROUNDS)
    exported, unaltered = q.facts.day("exported_on"), q.facts.yes_no("unaltered")
    day = q.shipment.declared_on
    years = q.at(f"returned_goods/{'longest_years' if q.facts.yes_no('lengthened') else 'years'}", day)
    covers = q.at("returned_goods/covers_force_majeure", day).whole() == 1
    last = dt.date.fromordinal(returned.return_by(exported.toordinal(), years.whole())) if exported else None
    if last:
        q.decided["return_by"] = last.isoformat()
    outcomes = {
        returned.returned_goods(g, u, day.toordinal(), x, covers)
        for g, u, x in product(
            [returned.GROUNDS[ground]] if ground else [returned.QUALITY, returned.OTHER],
            [unaltered] if unaltered is not None else [True, False],
            [last.toordinal()] if last else [day.toordinal(), day.toordinal() - 1],
        )
    }
    if len(outcomes) > 1:
        for name, known in (("ground", ground), ("unaltered", unaltered is not None), ("exported_on", exported)):
            if not known:
                q.missing_fact(name)
    facts = {"until": last.isoformat() if last else "—", "day": day.isoformat()}
    if len(outcomes) == 1:
        q.decided["outcome"] = returned.OUTCOMES[next(iter(outcomes))]
    is_new = q.at("governing_date/regime", day).whole() == 2
    because = "tariff-law-2024#39; gacc-order-272#49" if is_new else "duty-regulations-2003#43"
    usual = sorted(o for o in outcomes if o != returned.FREE)
    reasons = tuple(Reason(f"channels.returned_{returned.OUTCOMES[o]}", years.citation, facts) for o in usual)
    return _answer(q, returned.FREE in outcomes, "returned_goods", RETURNED_LABEL, Reason("channels.returned_free", because, facts), reasons,
                   because, "V1" if is_new else "M")  # fmt: skip


def assess_replacement(q: Question) -> Assessment:
    """Goods sent free of charge for others."""
    day = q.shipment.declared_on
    released, claim = q.facts.day("first_released_on"), q.facts.day("claim_until")
    first, same = q.facts.choice("first_goods", ("left", "given_up", "short", "stay")), q.facts.yes_no("same_line")
    years = q.at("replacement_goods/years", day)
    last = (
        replacement.declare_by(released.toordinal(), years.whole(), claim.toordinal() if claim else 0)
        if released
        else None
    )
    if last:
        q.decided["declare_by"] = dt.date.fromordinal(last).isoformat()
    outcomes = {
        replacement.replacement_goods(day.toordinal(), x, s, g)
        for x, s, g in product(
            [last] if last else [day.toordinal(), day.toordinal() - 1],
            [same] if same is not None else [True, False],
            [first != "stay"] if first else [True, False],
        )
    }
    for name, known in (("first_released_on", released), ("same_line", same is not None), ("first_goods", first)):
        if not known and len(outcomes) > 1:
            q.missing_fact(name)
    if len(outcomes) == 1:
        q.decided["outcome"] = replacement.OUTCOMES[next(iter(outcomes))]
    facts = {"until": dt.date.fromordinal(last).isoformat() if last else "—", "day": day.isoformat()}
    because = years.citation
    if outcomes == {replacement.FREE_BUT_FIRST_TAXED}:
        return _first_taxed(q, because)
    usual = sorted(o for o in outcomes if o != replacement.FREE)
    reasons = tuple(Reason(f"channels.replacement_{replacement.OUTCOMES[o]}", because, facts) for o in usual)
    return _answer(q, replacement.FREE in outcomes, "replacement_goods", REPLACEMENT_LABEL, Reason("channels.replacement_free", because, facts), reasons,
                   because, years.confidence)  # fmt: skip


def _answer(
    q: Question,
    may_be_free: bool,
    basis: str,
    labels: tuple[str, str],
    free: Reason,
    usual: tuple[Reason, ...],
    because: str,
    confidence: str,
) -> Assessment:
    """Not taxed, an ordinary import, or either when a fact is not known."""
    items = []
    for n, g in enumerate(b.as_goods(q), start=1):
        cases: list[b.Case] = []
        if may_be_free:
            nothing = b.charge("none", "given", 0, because)
            one = b.option(basis, APPLIES, labels, [nothing], (free,), confidence=confidence)
            cases.append(
                b.decided([one, *b.beside(g)]).labelled(
                    *(("如符合不征税条件", "if the conditions are met") if usual else ("", ""))
                )
            )
        if usual:
            cases.append(
                b.general_case(g, usual).labelled(
                    *(("如不符合不征税条件", "if they are not") if may_be_free else ("", ""))
                )
            )
        items.append(_item(q, n, g, cases, with_goods=bool(usual)))
    return b.answer(q, items)


def _item(q: Question, n: int, g: ItemAssessment, cases: list[b.Case], *, with_goods: bool) -> ItemAssessment:
    missing = [
        *(g.missing_facts if with_goods else ()),
        *(f.path for f in q.findings if f.code == "channels.fact_missing"),
    ]
    findings = g.findings if with_goods else tuple(f for f in g.findings if f.severity != "error")
    return b.item_of(
        q,
        n,
        cases,
        value=g.dutiable_value,
        steps=g.value_steps,
        names=b.names_of(q, n),
        findings=findings,
        missing=missing,
    )


def _first_taxed(q: Question, because: str) -> Assessment:
    """The replacement is free; the first goods stay and are taxed anew at the rates of the replacement's day (gacc-order-272#28)."""
    values = [f.fen("first_value") for f in q.item_facts]
    anew = tuple(b.valued_at(i, v) if v is not None else i for i, v in zip(q.shipment.items, values, strict=True))
    items = []
    for n, g in enumerate(b.as_goods(q, items=anew), start=1):
        if values[n - 1] is None:
            q.find("channels.first_value_assumed", f"items[{n}].facts.first_value", because, "warning")
        items.append(
            _item(q, n, g, [b.general_case(g, (Reason("channels.replacement_first_taxed", because),))], with_goods=True)
        )
    return b.answer(q, items)
