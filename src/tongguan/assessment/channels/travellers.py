"""What a traveller brings in (进境旅客行李物品), arrival shop included.

Facts of the shipment (one traveller's baggage)
    resident    yes or no: lives in the mainland
    from        where the traveller comes from: HK, MO, or any other code
    port        port of entry, when coming from HK or MO: luohu, futian, shenzhen_bay, west_kowloon, gongbei, hzmb_zhuhai, hengqin_first_line, other
    age         completed years, when coming from HK or MO
    frequent    yes when crossing often within a short time; taken as no unless said
Facts of an item
    category                 1, 2, 3 or medicine
    indivisible              yes when it is one article that cannot be divided; taken as no unless said
    never_free               yes for the kinds of goods that are never free
    bought_in_arrival_shop   yes for purchases in the duty-free shop of the port
    cigarettes, alcohol_ml   pieces or millilitres, for tobacco and spirits: free up to a quantity, apart from the allowance

Reading  The allowance is set first against indivisible articles it covers whole, then against the rest; among equals, against what bears the higher rate,
         since the announcement leaves the order open. An indivisible article that what is left does not cover is taxed in full.
"""

from __future__ import annotations

from typing import NamedTuple

from tongguan.assessment.channels import articles
from tongguan.assessment.channels import building as b
from tongguan.assessment.channels.asked import Question
from tongguan.assessment.dutiable import Valued
from tongguan.assessment.result import APPLIES, Assessment, ItemAssessment, Reason
from tongguan.grammar.money import half_up, yuan, yuan_grouped
from tongguan.law.channels.travellers import rule

BASIS = "travellers"
LABEL = ("进境旅客行李物品：超出部分征进口税", "baggage: tax on what exceeds the allowance")
PORTS = (*sorted(rule.SIX_PORTS), rule.HENGQIN_FIRST_LINE, "second_line", "other")


class Allowance(NamedTuple):
    """The free amount under one combination of what is not known: for articles from abroad, and with the arrival shop."""

    abroad: int
    in_all: int
    cites: str
    label_zh: str = ""
    label_en: str = ""


class Article(NamedTuple):
    """An item of the baggage as the allowance sees it."""

    number: int
    value: int
    rate: int
    indivisible: bool


def assess(q: Question) -> Assessment:
    """The baggage, item by item."""
    articles.on_day_of_bill(q)
    q.shipment = b.price_includes_all(q.shipment)
    values = articles.values_of(q)
    is_priced = all(v.value is not None for v in values)
    allowances = _allowances(q) if is_priced else []
    rates = [articles.rates_of(q, n) for n in range(1, len(values) + 1)]
    cases: list[list[b.Case]] = [[] for _ in values]
    for allowance in allowances:
        for place in range(max(len(r) for r in rates)):
            chosen = [r[min(place, len(r) - 1)] for r in rates]
            taxed, outside = _taxed(q, values, [r.rate.ppm() for r in chosen], allowance)
            for n, rate in enumerate(chosen):
                labels = (rate.label_zh, rate.label_en)
                facts = {
                    "taxed": yuan_grouped(taxed[n]), "free": yuan_grouped((values[n].value or 0) - taxed[n]), "allowance": yuan_grouped(allowance.abroad)
                }  # fmt: skip
                code = (
                    "channels.traveller_outside_allowance"
                    if outside[n]
                    else "channels.traveller_excess"
                    if taxed[n]
                    else "channels.traveller_within"
                )
                reason = Reason(code, allowance.cites, facts)
                option = b.option(
                    BASIS, APPLIES, LABEL, [articles.tax_of(taxed[n], rate.rate)], (reason,), rate_text=rate.text
                )
                cases[n].append(b.decided([option]).labelled(*labels).labelled(allowance.label_zh, allowance.label_en))
    items = [_item(q, n, values[n - 1], cases[n - 1]) for n in range(1, len(values) + 1)]
    if len(allowances) == 1:
        q.decided["allowance"] = yuan(allowances[0].abroad)
        q.decided["free_in_all"] = yuan(allowances[0].in_all)
        if all(len(r) == 1 for r in rates):
            taxed, _ = _taxed(q, values, [r[0].rate.ppm() for r in rates], allowances[0])
            q.decided["taxed"] = yuan(sum(taxed))
    q.find("channels.articles_value_table_not_held", "items", "gacc-2010-54", "note")
    return b.answer(q, items)


def _item(q: Question, number: int, valued: Valued, cases: list[b.Case]) -> ItemAssessment:
    path = f"items[{number}]"
    missing = [
        *valued.missing,
        *(f.path for f in q.findings if f.code == "channels.fact_missing" and f.path.startswith((path, "facts"))),
    ]
    distinct = list({(c.label_en, c.low): c for c in cases}.values())
    if len({c.low for c in distinct}) == 1 and len(distinct) > 1:
        distinct = [distinct[0]._replace(label_zh="", label_en="")]
    return b.item_of(
        q,
        number,
        distinct,
        value=valued.value,
        steps=valued.steps,
        names=b.names_of(q, number),
        findings=valued.findings,
        missing=missing,
    )


# --- the allowance -----------------------------------------------------------------------------------------------------------------


def _allowances(q: Question) -> list[Allowance]:
    """The free amount; more than once when a fact that decides it is not known."""
    resident, frequent = q.facts.yes_no("resident"), bool(q.facts.yes_no("frequent"))
    origin, port, age = q.facts.text("from").upper(), q.facts.choice("port", PORTS), q.facts.whole("age")
    at = "channels/travellers/"
    if frequent:
        return [Allowance(0, 0, "gacc-order-58")]
    own = q.at(at + "resident_allowance")
    in_all = q.at("channels/duty_free_shops/arrival_total")
    general = Allowance(own.fen(), in_all.fen(), own.citation)
    foreign = q.at(at + "non_resident_allowance")
    non_resident = Allowance(foreign.fen(), foreign.fen(), foreign.citation)
    found: list[Allowance] = []
    if resident is not True:
        found.append(
            non_resident._replace(label_zh="如为非居民旅客", label_en="if a non-resident")
            if resident is None
            else non_resident
        )
    if resident is not False:
        label = ("如为居民旅客", "if a resident") if resident is None else ("", "")
        found += [a._replace(label_zh="；".join(x for x in (label[0], a.label_zh) if x), label_en="; ".join(x for x in (label[1], a.label_en) if x))
                  for a in _resident(q, origin, port, age, general)]  # fmt: skip
    if resident is None:
        q.missing_fact("resident")
    shop = [f.yes_no("bought_in_arrival_shop") for f in q.item_facts]
    if resident is False and any(shop):
        q.find("channels.arrival_shop_non_resident_not_encoded", "facts.resident", "mof-arrival-shops-2016", "warning")
    return found


def _resident(q: Question, origin: str, port: str, age: int | None, general: Allowance) -> list[Allowance]:
    """The amounts of a resident: the general one, or the higher one from Hong Kong and Macao."""
    at = "channels/travellers/"
    raised = q.held(at + "resident_allowance_hk_macao")
    if raised is None or (origin and origin not in ("HK", "MO")):
        return [general]
    in_all = q.at("channels/duty_free_shops/arrival_total_hk_macao")
    high = Allowance(raised.fen(), in_all.fen(), raised.citation)
    group = (
        ""
        if not port
        else "hengqin_first_line"
        if port == rule.HENGQIN_FIRST_LINE
        else "six_ports"
        if port in rule.SIX_PORTS
        else "other_ports"
    )
    groups = [group] if group else ["six_ports", "other_ports", "hengqin_first_line"]
    applies = {q.at(f"{at}hk_macao_amount_applies_at_{g}").value == "yes" for g in groups}
    adult = None if age is None else age >= q.at(at + "adult_age").whole()
    if applies == {False} or adult is False:
        return [general]
    sure = applies == {True} and adult is True and bool(origin)
    if sure:
        return [high]
    if not origin:
        q.missing_fact("from")
    if len(applies) > 1:
        q.missing_fact("port")
    if adult is None:
        q.missing_fact("age")
    return [
        high._replace(
            label_zh="如适用自港澳进境居民旅客免税额度",
            label_en="if the amount of adult residents from Hong Kong and Macao applies",
        ),
        general._replace(label_zh="如不适用该额度", label_en="if it does not"),
    ]


def _taxed(q: Question, values: list[Valued], rates: list[int], allowance: Allowance) -> tuple[list[int], list[bool]]:
    """The value of each item that bears tax, and whether it stands outside the allowance."""
    taxed, outside = [0] * len(values), [False] * len(values)
    abroad: list[Article] = []
    shop: list[Article] = []
    for n, valued in enumerate(values):
        value, facts = valued.value or 0, q.item_facts[n]
        share = _beyond_quantity(q, n, value)
        if share is not None or facts.yes_no("never_free"):
            taxed[n], outside[n] = value if share is None else share, True
            continue
        article = Article(n, value, rates[n], bool(facts.yes_no("indivisible")))
        (shop if facts.yes_no("bought_in_arrival_shop") else abroad).append(article)
    used = _set_against(abroad, allowance.abroad, taxed)
    _set_against(shop, allowance.in_all - used, taxed)
    return taxed, outside


def _set_against(found: list[Article], free: int, taxed: list[int]) -> int:
    """Set an amount against articles; writes what is taxed of each and returns how much of the amount was used."""
    left = free
    for article in sorted(found, key=lambda a: (not a.indivisible, -a.rate, a.number)):
        covered = min(article.value, left)
        if article.indivisible and covered < article.value:
            covered = 0
        taxed[article.number] = article.value - covered
        left -= covered
    return free - left


def _beyond_quantity(q: Question, n: int, value: int) -> int | None:
    """The value of cigarettes or spirits beyond the free quantity; None for other goods."""
    facts = q.item_facts[n]
    where = "hk_macao" if q.facts.text("from").upper() in ("HK", "MO") else "elsewhere"
    for kind in ("cigarettes", "alcohol_ml"):
        quantity = facts.whole(kind)
        if quantity:
            free = q.at(f"channels/travellers/free_{kind}_{where}").whole()
            above = rule.quantity_above(quantity, free)
            return half_up(value * above, quantity)
    return None
