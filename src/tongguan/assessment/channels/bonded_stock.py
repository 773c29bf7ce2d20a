"""Goods in bonded storage (保税货物): nothing while they are stored or leave the country, taxes when they stay.

Facts of the shipment
    disposition      stored, taken_abroad, released_at_home or lost
    force_majeure    for lost goods: whether it was force majeure
    place            warehouse, logistics_centre_b or comprehensive_zone, for the storage period
    entered_on       the day the goods entered storage; the day of declaration unless said
    extended         yes when the storage period was lengthened
    (dates) formalities: the day of the tax formalities, whose rates apply; the day of declaration unless said
"""

from __future__ import annotations

import datetime as dt

from tongguan.assessment.channels import building as b
from tongguan.assessment.channels.asked import Question
from tongguan.assessment.result import APPLIES, Assessment, Reason
from tongguan.law.channels.bonded_stock import rule

PLACES = ("warehouse", "logistics_centre_b", "comprehensive_zone")
LABEL = ("保税：不征税", "bonded: not taxed")


def assess(q: Question) -> Assessment:
    """The stock, item by item."""
    disposition = q.facts.choice("disposition", rule.DISPOSITIONS)
    majeure = q.facts.yes_no("force_majeure")
    if not disposition:
        q.missing_fact("disposition")
    if disposition == "lost" and majeure is None:
        q.missing_fact("force_majeure")
    outcomes = {
        rule.is_taxed(rule.DISPOSITIONS[d], m)
        for d in ([disposition] if disposition else ["stored", "released_at_home"])
        for m in ([majeure] if majeure is not None else [True, False])
    }
    _say_storage(q, disposition or "stored")
    is_new = q.at("governing_date/regime").whole() == 2
    taxed_because = "customs-law#37; tariff-law-2024#21" if is_new else "customs-law#37; duty-regulations-2003#16"
    if len(outcomes) == 1:
        q.decided["taxed"] = "yes" if True in outcomes else "no"
    items = []
    for n, g in enumerate(b.as_goods(q), start=1):
        cases: list[b.Case] = []
        if False in outcomes:
            because = "customs-law#38" if disposition == "lost" else "customs-law#32; customs-law#59"
            nothing = b.charge("none", "given", 0, because)
            one = b.option(
                "bonded_stock",
                APPLIES,
                LABEL,
                [nothing],
                (Reason(f"channels.bonded_{disposition or 'stored'}", because),),
            )
            label = ("", "") if len(outcomes) == 1 else ("如不征税", "if not taxed")
            cases.append(b.decided([one, *b.beside(g)]).labelled(*label))
        if True in outcomes:
            code = "channels.bonded_lost_taxed" if disposition == "lost" else "channels.bonded_released_at_home"
            label = ("", "") if len(outcomes) == 1 else ("如内销或灭失应税", "if sold at home or lost and taxed")
            cases.append(b.general_case(g, (Reason(code, taxed_because, {"day": q.day.isoformat()}),)).labelled(*label))
        missing = [
            *(g.missing_facts if True in outcomes else ()),
            *(f.path for f in q.findings if f.code == "channels.fact_missing"),
        ]
        items.append(
            b.item_of(q, n, cases, value=g.dutiable_value, steps=g.value_steps, names=b.names_of(q, n),
                      findings=g.findings if True in outcomes else (), missing=missing)
        )  # fmt: skip
    return b.answer(q, items, b.late(q, items) if outcomes == {True} else None)


def _say_storage(q: Question, disposition: str) -> None:
    """The last day of storage, where the place is stated."""
    place = q.facts.choice("place", PLACES)
    entered = q.facts.day("entered_on") or q.shipment.declared_on
    extended = bool(q.facts.yes_no("extended"))
    if not place:
        return
    months = q.at(f"channels/bonded_stock/{place}_months", entered)
    if months.value == "none":
        q.decided["last_day"] = "none"
        return
    total = months.whole()
    if extended:
        total += q.at(f"channels/bonded_stock/{place}_extension_months", entered).whole()
    last: dt.date = rule.months_later(entered, total)
    q.decided["last_day"] = last.isoformat()
    late = disposition == "stored" and rule.is_stored_too_long(q.day.toordinal(), last.toordinal())
    q.find("channels.bonded_stored_too_long" if late else "channels.bonded_storage_until", "facts.place", months.citation,
           "warning" if late else "note", last=last.isoformat())  # fmt: skip
