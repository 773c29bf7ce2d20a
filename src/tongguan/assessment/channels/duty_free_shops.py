"""A purchase in a downtown duty-free shop before departure (市内免税店). Arrival shops are part of a traveller's baggage: channel travellers.

Facts of the shipment
    departs_on   the day the buyer leaves the country
    by           air, cruise, or another way
"""

from __future__ import annotations

from tongguan.assessment.channels import articles
from tongguan.assessment.channels import building as b
from tongguan.assessment.channels.asked import Question
from tongguan.assessment.result import APPLIES, NEEDS_EVIDENCE, Assessment, Reason
from tongguan.law.channels.duty_free_shops import rule

BASIS = "duty_free_shops"
LABEL = ("市内免税店购物，离境提货", "downtown duty-free purchase, collected at departure")
WAYS = ("air", "cruise", "train", "road", "ship", "other")


def assess(q: Question) -> Assessment:
    """The purchase: free of tax when the buyer may buy, else nothing is answered but why not."""
    within = q.at("channels/duty_free_shops/downtown_departure_days")
    q.shipment = b.price_includes_all(q.shipment)
    values = articles.values_of(q)
    departs, by = q.facts.day("departs_on"), q.facts.choice("by", WAYS)
    missing = [q.missing_fact(name) for name, known in (("departs_on", departs), ("by", by)) if not known]
    days = (departs - q.day).days if departs else 0
    sale = rule.downtown_sale(days, by in ("", "air", "cruise"), within.whole())
    q.decided["sale"] = rule.SALES[sale]
    if sale != rule.MAY_BUY or days < 0:
        q.find(f"channels.downtown_{rule.SALES[sale]}", "facts", within.citation, "error", days=within.value)
        return b.answer(q, [])
    items = []
    for n, valued in enumerate(values, start=1):
        reason = Reason("channels.downtown_free", within.citation, {"days": within.value})
        nothing = b.charge("none", "given", 0, within.citation, (within,))
        one = b.option(BASIS, NEEDS_EVIDENCE if missing else APPLIES, LABEL, [nothing], (reason,))
        items.append(
            b.item_of(q, n, [b.decided([one])], value=valued.value, steps=valued.steps, names=b.names_of(q, n), findings=valued.findings,
                      missing=[*valued.missing, *missing])
        )  # fmt: skip
    q.find("channels.downtown_brought_in_again", "", "gacc-downtown-shops-2024", "note")
    return b.answer(q, items)
