"""Goods that enter for a time (暂时进境): free for now, or taxed by the month; and what remains when they stay.

Facts of the shipment
    listed             whether the purpose is one of those that pay nothing for now (fairs, sport, press, research, samples, tools, packing, …)
    months             months of stay that are taxed; else reckoned from released_on and left_on (more than fifteen days count as a month)
    released_on, left_on    days of release and of leaving (dates: released)
    extensions         how many times the six months were lengthened
    kept               yes when the goods are to stay: the rest is due at the rates of the day of the formalities
    months_paid        with kept: months already taxed

Reading  The share is taken of each whole tax and rounded once. Small amounts are tested on the whole tax, as for an ordinary import.
"""

from __future__ import annotations

import datetime as dt

import msgspec

from tongguan.assessment.channels import building as b
from tongguan.assessment.channels.asked import Question
from tongguan.assessment.result import APPLIES, OPEN, Assessment, ItemAssessment, Reason
from tongguan.grammar.days import months_begun
from tongguan.law.temporary_admission import rule

BASIS = "temporary_admission"
FREE_LABEL = ("暂时进境：暂不缴纳税款", "temporary admission: nothing for now")


def assess(q: Question) -> Assessment:
    """The goods, item by item."""
    general = b.as_goods(q)
    q.facts.accept("listed", "months", "months_paid", "left_on", "extensions")
    if q.facts.yes_no("kept"):
        return _kept(q, general)
    listed = q.facts.yes_no("listed")
    _say_last_day(q)
    shares = _shares(q) if listed is not True else []
    if listed is None:
        q.missing_fact("listed")
    items = []
    for n, g in enumerate(general, start=1):
        cases: list[b.Case] = []
        if listed is not False:
            cases.append(
                _free(q, g).labelled(
                    *(
                        ("", "")
                        if listed
                        else ("如属可暂不缴税的用途", "if the purpose is one that pays nothing for now")
                    )
                )
            )
        for months, zh, en in shares:
            case = _by_month(q, g, months).labelled(zh, en)
            cases.append(case if listed is False else case.labelled("如不属该类用途", "if it is not"))
        items.append(_item(q, n, g, cases))
    surcharges = b.late(q, items)
    return b.answer(q, items, surcharges)


def _item(q: Question, n: int, g: ItemAssessment, cases: list[b.Case]) -> ItemAssessment:
    missing = [*g.missing_facts, *(f.path for f in q.findings if f.code == "channels.fact_missing")]
    return b.item_of(
        q,
        n,
        cases,
        value=g.dutiable_value,
        steps=g.value_steps,
        names=b.names_of(q, n),
        findings=g.findings,
        missing=missing,
    )


def _article(q: Question, old: str, new: str) -> str:
    return new if q.at("governing_date/regime").whole() == 2 else old


def _free(q: Question, g: ItemAssessment) -> b.Case:
    """Nothing for now, against security; the full taxes stand beside it as what keeping the goods would cost."""
    because = _article(q, "duty-regulations-2003#42", "tariff-law-2024#37; gacc-order-272#35")
    nothing = b.charge("none", "given", 0, because)
    return b.decided(
        [b.option(BASIS, APPLIES, FREE_LABEL, [nothing], (Reason("channels.temporary_free", because),)), *b.beside(g)]
    )


def _shares(q: Question) -> list[tuple[int, str, str]]:
    """The months that are taxed; from none to all when they are not known."""
    most = q.at("temporary_admission/taxed_months").whole()
    months = q.facts.whole("months")
    released, left = q.facts.day("released_on"), q.facts.day("left_on")
    if months is None and released and left:
        months = months_begun(released.toordinal(), left.toordinal())
    if months is not None:
        q.decided["months"] = str(months)
        return [(min(months, most), "", "")]
    q.missing_fact("months")
    return [
        (0, "如停留不超过十五日", "for a stay of at most fifteen days"),
        (most, f"如停留满 {most} 个月", f"for a stay of {most} months"),
    ]


def _by_month(q: Question, g: ItemAssessment, months: int) -> b.Case:
    """Every option of ordinary import, for these months of sixty."""
    of = q.at("temporary_admission/taxed_months")
    because = _article(q, "gacc-order-124", "tariff-law-2024#38; gacc-order-272#36")
    return _share_of(
        q,
        g,
        months,
        of.whole(),
        because,
        Reason("channels.temporary_by_month", because, {"months": str(months), "of": of.value}),
    )


def _share_of(q: Question, g: ItemAssessment, num: int, den: int, because: str, reason: Reason) -> b.Case:
    of = q.at("temporary_admission/taxed_months")
    options = []
    for o in g.options:
        if o.total is None:
            continue
        charges = tuple(
            b.in_part(c, num, den, because, (of,), f"（{num}/{den}）", f" ({num}/{den})") for c in o.charges
        )
        made = msgspec.structs.replace(
            o, basis=f"{BASIS}/{o.basis}", charges=charges, total=sum(c.payable for c in charges), saving=None, reasons=(reason, *o.reasons),
            label_zh=f"暂时进境按月计征：{o.label_zh}", label_en=f"temporary admission by the month: {o.label_en}",
        )  # fmt: skip
        options.append(made)
    if g.applied is not None:
        return b.decided([*options, *([] if q.facts.yes_no("kept") else b.beside(g))])
    # general scenarios are still open: the bounds follow the options that would apply in each
    applied = [o.total or 0 for o in options if o.status in (OPEN, APPLIES)]
    return b.Case(tuple(options), min(applied, default=None), None if g.high is None else max(applied, default=None))


def _kept(q: Question, general: list[ItemAssessment]) -> Assessment:
    """Goods that stay pay what remains, at the rates of the day of the tax formalities (tariff-law-2024#21, #38)."""
    of = q.at("temporary_admission/taxed_months").whole()
    paid = min(q.facts.whole("months_paid") or 0, of)
    because = _article(
        q, "duty-regulations-2003#16; gacc-order-124", "tariff-law-2024#21; tariff-law-2024#38; gacc-order-272#36"
    )
    reason = Reason("channels.temporary_kept", because, {"months": str(of - paid), "paid": str(paid), "of": str(of)})
    items = [_item(q, n, g, [_share_of(q, g, of - paid, of, because, reason)]) for n, g in enumerate(general, start=1)]
    return b.answer(q, items, b.late(q, items))


def _say_last_day(q: Question) -> None:
    """The last day to take the goods out."""
    entered = q.shipment.arrived_on or q.day
    names = ("months", "extension_months", "most_extensions")
    months, longer, most = (q.at(f"temporary_admission/{n}", entered) for n in names)
    last = dt.date.fromordinal(
        rule.leave_by(
            entered.toordinal(), months.whole(), q.facts.whole("extensions") or 0, longer.whole(), most.whole()
        )
    )
    q.decided["leave_by"] = last.isoformat()
    q.find(
        "channels.temporary_leave_by", "dates.arrived", months.citation, "note", day=last.isoformat(), most=most.value
    )
