"""Between the declaration and the assessment: the same facts in the words of each, nothing retyped.

Reading  A cost given as a price for each tonne is taken on the gross weight (the rules of 2018 say 每吨货物 and not which weight).
Reading  Insurance in per cent is taken on price and freight, like the three per mille of the valuation measures; the rules do not say of what.
Reading  The maker abroad stands for the exporter of a measure: rates of anti-dumping duty are given to producers and the exporters named with them.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import cache
from typing import Any

from tongguan.assessment.dutiable import trade_terms_by_name
from tongguan.assessment.shipment import Cost, GoodsItem, Preference, Shipment
from tongguan.declaration.boxes import boxes_for, facts_in_boxes
from tongguan.declaration.codes import code_table, iso2_of, iso3_of
from tongguan.declaration.shape import Claim, Declaration, Goods, PaperAttached, Valuation
from tongguan.grammar.money import decimal_text

UNDETERMINED = "ZZZ"
QUOTA, SLIDING, EXCLUSION = "t", "e", "0"
"""Supervision documents that stand for what the assessment asks: tariff-quota certificate, cotton at the sliding duty, exclusion number."""
PER_CENT, PER_TONNE, TOTAL = "1", "2", "3"
COST_AND_INSURANCE = "4"
TEXT_OF_LINE = ("vat_class", "consumption_tax_class", "drug_list", "valuation_method")


def to_shipment(
    declaration: Declaration, *, declared_on: dt.date, exchange_rates: dict[str, Decimal] | None = None
) -> Shipment:
    """The shipment an assessment answers. Rates given on the declaration come before those of the window."""
    v, t = declaration.valuation, declaration.transport
    total, currency = _total(declaration)
    gross = declaration.packages.gross_weight
    further = declaration.assessment
    rates = {**(exchange_rates or {}), **v.exchange_rates}
    freight = _cost(v.freight_mark, v.freight, v.freight_currency, total, currency, gross)
    before = bool(declaration.header.declared_before_arrival)
    return Shipment(
        declared_on=declared_on,
        items=tuple(_item(declaration, number, goods) for number, goods in enumerate(declaration.goods, start=1)),
        name=declaration.header.title,
        channel=channel_of(declaration),
        arrived_on=t.arrived_on,
        declared_before_arrival=before or (t.arrived_on is not None and t.arrived_on > declared_on),
        trade_terms=delivery_term_of(v),
        exchange_rates=rates,
        foreign_inland=Cost(v.inland, v.inland_currency) if v.inland_currency else None,
        freight=freight,
        insurance=_insurance(v, total, currency, freight, rates),
        allocation=v.allocation or "by_value",
        facts={**_mode_facts(declaration), **further.facts},
        paid_on=further.paid_on,
        tax_bill_on=further.tax_bill_on,
    )


def channel_of(declaration: Declaration) -> str:
    """The channel: as declared, else the one the supervision mode stands for; relief rests on the nature of levy."""
    header = declaration.header
    if header.channel:
        return header.channel
    mode = code_table("trade_modes").codes.get(header.trade_mode)
    channel = mode.more.get("channel", "") if mode else ""
    nature = code_table("levy_natures").codes.get(header.levy_nature)
    if channel == "general_trade" and nature is not None and nature.more.get("relief") == "yes":
        return "duty_relief"
    return channel or "general_trade"


def _mode_facts(declaration: Declaration) -> dict[str, str]:
    """The supervision mode of e-commerce is a fact its rules ask for."""
    mode = declaration.header.trade_mode
    return {"supervision_mode": mode} if mode in ("1210", "1239", "9610") else {}


def delivery_term_of(v: Valuation) -> str:
    """The delivery term of the contract; CIF where nothing is declared."""
    if v.delivery_term:
        return v.delivery_term
    code = code_table("trade_terms").codes.get(v.trade_terms)
    return (code.more.get("term", "") if code else "") or "CIF"


def _total(declaration: Declaration) -> tuple[Decimal, str]:
    """The sum of prices and their currency; the currency is empty where there are several."""
    currencies = {goods.currency for goods in declaration.goods if goods.currency}
    total = sum((goods.total_price for goods in declaration.goods if goods.total_price is not None), Decimal(0))
    return total, currencies.pop() if len(currencies) == 1 else ""


def _cost(
    mark: str, amount: Decimal | None, currency: str, total: Decimal, price_currency: str, gross: Decimal | None
) -> Cost | None:
    """A cost of the whole consignment as an amount. A currency without an amount is a cost nobody knows."""
    if amount is None:
        return Cost(None, currency) if currency else None
    if mark == PER_CENT:
        return Cost(total * amount / 100, price_currency) if price_currency else None
    if mark == PER_TONNE:
        return Cost(amount * gross / 1000, currency) if gross is not None else Cost(None, currency)
    return Cost(amount, currency or price_currency)


def _insurance(
    v: Valuation, total: Decimal, currency: str, freight: Cost | None, rates: dict[str, Decimal]
) -> Cost | None:
    """Insurance of the whole consignment. A share is one of price and freight, as the share is that the law takes where nobody knows it."""
    if v.trade_terms == COST_AND_INSURANCE:
        return Cost(Decimal(0), currency or "CNY")
    if v.insurance_mark != PER_CENT or v.insurance is None or not currency:
        return _cost(v.insurance_mark, v.insurance, v.insurance_currency, total, currency, None)
    share = v.insurance / 100
    if freight is None or not freight.amount:
        return Cost(total * share, currency)
    if freight.currency == currency:
        return Cost((total + freight.amount) * share, currency)
    of = {"CNY": Decimal(1), **rates}
    if currency in of and freight.currency in of:
        return Cost((total * of[currency] + freight.amount * of[freight.currency]) * share, "CNY")
    return Cost(None, currency)


def _item(declaration: Declaration, number: int, goods: Goods) -> GoodsItem:
    v = declaration.valuation
    freight, insurance = (
        _cost_of_item(goods.freight, goods.freight_currency),
        _cost_of_item(goods.insurance, goods.insurance_currency),
    )
    if not _total(declaration)[1] and goods.total_price is not None:
        # prices in several currencies: a share of the price is taken item by item
        if v.freight_mark == PER_CENT and v.freight is not None:
            freight = Cost(goods.total_price * v.freight / 100, goods.currency)
        if v.insurance_mark == PER_CENT and v.insurance is not None:
            insurance = Cost(goods.total_price * v.insurance / 100, goods.currency)
    documents = {paper.document for paper in papers_of_item(declaration, number)}
    origin = goods.origin
    return GoodsItem(
        commodity_code=goods.commodity_code[:10],
        price=goods.total_price,
        currency=goods.currency or "CNY",
        origin="undetermined" if origin == UNDETERMINED else iso2_of().get(origin, origin) or None,
        name=goods.name,
        quantities=quantities_of(declaration, goods),
        preferences=tuple(_preference(claim) for claim in goods.preferences),
        has_quota_certificate=QUOTA in documents,
        has_sliding_duty_certificate=SLIDING in documents,
        exporter=goods.overseas_maker,
        has_price_undertaking=bool(goods.price_undertaking),
        has_exclusion=EXCLUSION in documents,
        is_country_quota_exhausted=goods.country_quota_exhausted,
        vat_class=goods.vat_class,
        consumption_tax_class=goods.consumption_tax_class,
        drug_list=goods.drug_list,
        is_own_use_car=bool(goods.own_use_car),
        additions=goods.additions,
        deductions=goods.deductions,
        freight=freight,
        insurance=insurance,
        valuation_method=goods.valuation_method or "transaction_value",
        dutiable_value=goods.dutiable_value,
        evidence_costs=goods.evidence_costs,
        facts={**facts_in_boxes(goods), **goods.facts},
        bill=goods.bill,
    )


def _cost_of_item(amount: Decimal | None, currency: str) -> Cost | None:
    return Cost(amount, currency) if currency or amount is not None else None


def papers_of_item(declaration: Declaration, number: int) -> list[PaperAttached]:
    """The papers attached for a goods item, counted from 1; those that name no items are for all."""
    return [paper for paper in declaration.papers if not paper.goods or number in paper.goods]


def _preference(claim: Claim) -> Preference:
    proof = code_table("proofs").codes.get(claim.proof)
    return Preference(
        claim.agreement,
        proof.more["word"] if proof else "",
        claim.number,
        claim.issued_on,
        not claim.not_direct,
    )


# --- quantities ----------------------------------------------------------------


@cache
def word_of_unit() -> dict[str, tuple[str, Decimal]]:
    """The schedule's word for a unit code, and how many of it one unit makes."""
    return {
        code.code: (code.more["word"], Decimal(code.more["times"]))
        for code in code_table("units").codes.values()
        if code.more.get("word")
    }


@cache
def unit_of_word() -> dict[str, str]:
    """The unit code for a word of the schedule: the first of the table that makes exactly one."""
    units: dict[str, str] = {}
    for code, (word, times) in word_of_unit().items():
        if times == 1:
            units.setdefault(word, code)
    return units


def quantities_of(declaration: Declaration, goods: Goods) -> dict[str, Decimal]:
    """Every quantity of an item in the schedule's words. The net weight stands in for kilograms where one item is all there is."""
    found: dict[str, Decimal] = {}
    for quantity, unit in (
        (goods.first_quantity, goods.first_unit),
        (goods.second_quantity, goods.second_unit),
        (goods.quantity, goods.unit),
    ):
        if quantity is not None and unit in word_of_unit():
            word, times = word_of_unit()[unit]
            found.setdefault(word, quantity * times)
    found.update({word: q for word, q in goods.other_quantities.items() if word not in found})
    net = declaration.packages.net_weight
    if len(declaration.goods) == 1 and net is not None and not {"kg", "g", "tonne"} & found.keys():
        found["kg"] = net
    return found


# --- from an assessment ------------------------------------------------------------


def from_shipment(shipment: Shipment) -> dict[str, Any]:
    """What an assessment already knows, as raw facts of a declaration: nothing is typed again, and nothing of it is lost.

    The day declared is left out: it is the day the declaration is lodged.
    """
    terms = trade_terms_by_name().get(shipment.trade_terms)
    own_term = code_table("trade_terms").codes.get(terms.declared_as) if terms else None
    mode, channel = _mode_of(shipment)
    facts = {k: v for k, v in shipment.facts.items() if not (k == "supervision_mode" and v == mode)}
    papers: list[dict[str, Any]] = []
    goods = [_goods(item, number, papers) for number, item in enumerate(shipment.items, start=1)]
    raw = {
        "header": {
            "title": shipment.name,
            "trade_mode": mode,
            "channel": channel,
            "declared_before_arrival": True if shipment.declared_before_arrival else None,
        },
        "transport": {"arrived_on": _day(shipment.arrived_on)},
        "valuation": {
            "trade_terms": terms.declared_as if terms else "",
            "delivery_term": ""
            if own_term is not None and own_term.more.get("term") == shipment.trade_terms
            else shipment.trade_terms,
            **_cost_facts("freight", shipment.freight),
            **_cost_facts("insurance", shipment.insurance),
            **{k: v for k, v in _cost_facts("inland", shipment.foreign_inland).items() if k != "inland_mark"},
            "allocation": "" if shipment.allocation == "by_value" else shipment.allocation,
            "exchange_rates": _texts(shipment.exchange_rates),
        },
        "assessment": {
            "paid_on": _day(shipment.paid_on),
            "tax_bill_on": _day(shipment.tax_bill_on),
            "facts": facts,
        },
        "goods": goods,
        "papers": papers,
    }
    kept: dict[str, Any] = _without_nothing(raw)
    return kept


PRINCIPAL_MODES = {
    "general_trade": "0110", "processing_trade": "0615", "repair_abroad": "1300", "processing_abroad": "1427", "temporary_admission": "2600",
    "exhibition": "2700", "samples": "3010", "replacement_goods": "3100", "returned_goods": "4561", "border_trade": "4019",
    "duty_free_shops": "1741",
}  # fmt: skip
"""Channels that one supervision mode stands for. The others (bonded stock, relief, e-commerce, Hainan, persons) leave the mode to be asked."""


def _mode_of(shipment: Shipment) -> tuple[str, str]:
    """The supervision mode, and the channel where the mode does not tell it."""
    stated = shipment.facts.get("supervision_mode", "")
    if shipment.channel == "cross_border_ecommerce" and stated in ("1210", "1239", "9610"):
        return stated, ""
    mode = PRINCIPAL_MODES.get(shipment.channel, "")
    return mode, "" if mode else shipment.channel


def _goods(item: GoodsItem, number: int, papers: list[dict[str, Any]]) -> dict[str, Any]:
    boxes, facts = boxes_for(item.facts)
    for held, document in (
        (item.has_quota_certificate, QUOTA),
        (item.has_sliding_duty_certificate, SLIDING),
        (item.has_exclusion, EXCLUSION),
    ):
        if held:
            papers.append({"document": document, "goods": [number]})
    origin = item.origin or ""
    return {
        "commodity_code": item.commodity_code,
        "name": item.name,
        "total_price": _text(item.price),
        "currency": item.currency,
        "origin": UNDETERMINED if origin == "undetermined" else iso3_of().get(origin, origin),
        **_quantity_facts(item.quantities),
        **boxes,
        "preferences": [_claim_facts(p) for p in item.preferences],
        "overseas_maker": item.exporter,
        "price_undertaking": True if item.has_price_undertaking else None,
        "country_quota_exhausted": item.is_country_quota_exhausted,
        "own_use_car": True if item.is_own_use_car else None,
        **{name: getattr(item, name) for name in TEXT_OF_LINE if getattr(item, name) not in ("", "transaction_value")},
        "additions": _texts(item.additions),
        "deductions": _texts(item.deductions),
        **{k: v for k, v in _cost_facts("freight", item.freight).items() if k != "freight_mark"},
        **{k: v for k, v in _cost_facts("insurance", item.insurance).items() if k != "insurance_mark"},
        "dutiable_value": _text(item.dutiable_value),
        "evidence_costs": _texts(item.evidence_costs),
        "facts": facts,
        "bill": item.bill,
    }


def _quantity_facts(quantities: dict[str, Decimal]) -> dict[str, Any]:
    """Quantities by word, put into the boxes of the form in their order; what has no unit code, or no box left, is kept by its word."""
    boxes = [("quantity", "unit"), ("first_quantity", "first_unit"), ("second_quantity", "second_unit")]
    found: dict[str, Any] = {}
    others: dict[str, str] = {}
    for word, quantity in quantities.items():
        unit = unit_of_word().get(word)
        if unit and boxes:
            amount, of = boxes.pop(0)
            found.update({amount: _text(quantity), of: unit})
        else:
            others[word] = decimal_text(quantity)
    return {**found, "other_quantities": others}


def _claim_facts(preference: Preference) -> dict[str, Any]:
    proof = next((c.code for c in code_table("proofs").codes.values() if c.more["word"] == preference.proof), "")
    return {
        "agreement": preference.scheme,
        "proof": proof,
        "number": preference.number,
        "issued_on": _day(preference.issued_on),
        "not_direct": None if preference.direct_consignment else True,
    }


def _cost_facts(name: str, cost: Cost | None) -> dict[str, Any]:
    if cost is None:
        return {}
    known = cost.amount is not None
    return {f"{name}_mark": TOTAL if known else "", name: _text(cost.amount), f"{name}_currency": cost.currency}


def _text(amount: Decimal | None) -> str:
    return "" if amount is None else decimal_text(amount)


def _texts(amounts: dict[str, Decimal]) -> dict[str, str]:
    return {name: decimal_text(amount) for name, amount in amounts.items()}


def _day(day: dt.date | None) -> str:
    return day.isoformat() if day else ""


def _without_nothing(raw: Any) -> Any:  # noqa: ANN401  # a tree of plain data
    """The same tree without what says nothing; a bill of materials is left as it is."""
    if isinstance(raw, dict):
        kept = {k: v if k == "bill" else _without_nothing(v) for k, v in raw.items()}
        return {k: v for k, v in kept.items() if v not in (None, "", [], {})}
    return [_without_nothing(one) for one in raw] if isinstance(raw, list) else raw


def at_field(path: str) -> str:
    """Where on the declaration a finding of the assessment belongs: items[1].price is goods[0].total_price."""
    whole = {"trade_terms": "valuation.trade_terms", "currency": "goods[0].currency", "dates.arrived": "transport.arrived_on",
             "channel": "header.trade_mode", "shipment": "header.title"}  # fmt: skip
    if path in whole:
        return whole[path]
    for start in ("freight", "insurance", "exchange_rates"):
        if path.startswith(start):
            return f"valuation.{path}"
    if not path.startswith("items["):
        return path
    number, _, rest = path.removeprefix("items[").partition("]")
    names = {"price": "total_price", "exporter": "overseas_maker", "quantities": "quantity"}
    head, dot, tail = rest.removeprefix(".").partition(".")
    fact = box_field(head, tail)
    place = f"goods[{int(number) - 1}]" if number.isdigit() else "goods"
    return f"{place}.{fact}" if fact else f"{place}.{names.get(head, head)}{dot}{tail}".rstrip(".")


def box_field(head: str, tail: str) -> str:
    """The box of a fact, where it has one whatever its value."""
    if head != "facts":
        return ""
    return {"brand": "brand", "composition": "ingredients", "use": "purpose"}.get(tail, "")
