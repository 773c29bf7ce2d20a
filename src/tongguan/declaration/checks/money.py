"""Prices, trade terms and costs, packages and weights: do they add up, and does each term come with the costs it leaves out?"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from tongguan.assessment.dutiable import trade_terms_by_name
from tongguan.assessment.world import World
from tongguan.declaration.checks.needed import SUMMARY
from tongguan.declaration.codes import code_table
from tongguan.declaration.shape import Declaration
from tongguan.declaration.shipments import PER_CENT, PER_TONNE, delivery_term_of, quantities_of
from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.findings import Finding
from tongguan.grammar.money import decimal_text, percent_text

HALF_UNIT_PRICE = Decimal("0.00005")
"""A unit price has four decimals (gacc-2018-67), so that it is exact to half of the last."""
CENT = Decimal("0.01")
HEAVIER_BY = Decimal("0.02")
"""Net weights of lines and of the whole may differ by this share before we ask."""
ADDED = {"1": (), "2": ("insurance",), "3": ("freight", "insurance"), "4": ("freight",), "7": ("freight", "insurance")}
"""What each code of the trade terms leaves to the buyer."""


def check_prices(declaration: Declaration, found: list[Finding]) -> None:
    """Unit price × quantity against the total."""
    for n, goods in enumerate(declaration.goods):
        total = goods.total_price
        if total is not None and total == 0:
            found.append(Finding("declaration.price_is_zero", f"goods[{n}].total_price", {}, "gacc-2018-60#38"))
        if total is None or goods.unit_price is None or goods.quantity is None:
            continue
        product = goods.unit_price * goods.quantity
        if abs(product - total) > goods.quantity * HALF_UNIT_PRICE + CENT:
            facts = {
                "unit_price": decimal_text(goods.unit_price),
                "quantity": decimal_text(goods.quantity),
                "product": decimal_text(product),
                "total": decimal_text(total),
            }
            found.append(Finding("declaration.total_differs", f"goods[{n}].total_price", facts, "gacc-2018-60#38"))


def check_costs(declaration: Declaration, world: World, day: dt.date, found: list[Finding]) -> None:
    """Freight and insurance with the trade terms."""
    if declaration.header.procedure == SUMMARY:
        return
    v = declaration.valuation
    terms = v.trade_terms
    names = {"terms": code_table("trade_terms").codes[terms].zh if terms else ""}
    left = ADDED.get(terms, ())
    _one_cost("freight", v.freight, v.freight_mark, v.freight_currency, "gacc-2018-60#28", found)
    _one_cost("insurance", v.insurance, v.insurance_mark, v.insurance_currency, "gacc-2018-60#29", found)
    if terms in ADDED and "freight" not in left and v.freight:
        found.append(Finding("declaration.freight_in_price", "valuation.freight", names, "gacc-2018-60#28", "warning"))
    if terms in ADDED and "insurance" not in left and v.insurance:
        found.append(
            Finding("declaration.insurance_in_price", "valuation.insurance", names, "gacc-2018-60#29", "warning")
        )
    if "freight" in left and v.freight is None and not any(g.freight is not None for g in declaration.goods):
        found.append(Finding("declaration.freight_missing", "valuation.freight", names, "gacc-2018-60#28"))
    if "insurance" in left and v.insurance is None and not any(g.insurance is not None for g in declaration.goods):
        found.append(_insurance_missing(world, day, names["terms"]))
    _term(declaration, found)


def _insurance_missing(world: World, day: dt.date, terms: str) -> Finding:
    """Insurance nobody knows is a share of price and freight, which can be declared as such."""
    try:
        share = percent_text(world.at("valuation/transaction_value/insurance_share", day).ppm())
    except OutOfCoverage:
        share = "-"
    facts = {"terms": terms, "share": share}
    return Finding("declaration.insurance_missing", "valuation.insurance", facts, "gacc-2018-60#29", "warning")


def _one_cost(cost: str, amount: Decimal | None, mark: str, currency: str, because: str, found: list[Finding]) -> None:
    """Mark, amount and currency belong together."""
    if amount is None:
        if mark:
            found.append(Finding("declaration.cost_without_amount", f"valuation.{cost}", {}, because))
        return
    if not mark:
        found.append(Finding("declaration.cost_without_mark", f"valuation.{cost}_mark", {}, because))
    elif mark == PER_TONNE and cost == "insurance":
        found.append(Finding("declaration.insurance_by_tonne", "valuation.insurance_mark", {}, because))
    if mark != PER_CENT and not currency:
        found.append(Finding("declaration.cost_without_currency", f"valuation.{cost}_currency", {}, because))


def _term(declaration: Declaration, found: list[Finding]) -> None:
    """The delivery term of the contract has its own code; two of the codes the valuation has no rule for."""
    v = declaration.valuation
    if v.delivery_term:
        known = trade_terms_by_name().get(v.delivery_term)
        if known is None:
            facts = {"read": v.delivery_term, "known": ", ".join(trade_terms_by_name())}
            found.append(
                Finding("declaration.delivery_term_unknown", "valuation.delivery_term", facts, "gacc-2018-60#27")
            )
        elif v.trade_terms and known.declared_as != v.trade_terms:
            facts = {"term": v.delivery_term, "code": known.declared_as, "read": v.trade_terms}
            found.append(
                Finding("declaration.delivery_term_differs", "valuation.trade_terms", facts, "gacc-2018-60#27")
            )
    elif v.trade_terms in ("5", "6"):
        facts = {"terms": code_table("trade_terms").codes[v.trade_terms].zh, "term": delivery_term_of(v)}
        found.append(
            Finding("declaration.terms_not_assessed", "valuation.trade_terms", facts, "gacc-2018-60#27", "warning")
        )


def check_packages(declaration: Declaration, found: list[Finding]) -> None:
    """Packages and weights."""
    p = declaration.packages
    if p.number == 0:
        found.append(Finding("declaration.no_packages", "packages.number", {}, "gacc-2018-60#24"))
    kind = code_table("packaging").codes.get(p.kind)
    if kind is not None and p.kind == "01" and p.number not in (None, 0, 1):
        found.append(Finding("declaration.unpacked_is_one", "packages.number", {}, "gacc-2018-60#24", "warning"))
    for name, chapter in (("gross_weight", "25"), ("net_weight", "26")):
        weight = getattr(p, name)
        if weight is not None and weight < 1:
            found.append(Finding("declaration.less_than_a_kilogram", f"packages.{name}", {}, f"gacc-2018-60#{chapter}"))
    if p.gross_weight is not None and p.net_weight is not None and p.net_weight > p.gross_weight:
        facts = {"net": decimal_text(p.net_weight), "gross": decimal_text(p.gross_weight)}
        found.append(Finding("declaration.net_above_gross", "packages.net_weight", facts, "gacc-2018-60#26"))
    _weights_of_lines(declaration, found)


def _weights_of_lines(declaration: Declaration, found: list[Finding]) -> None:
    """The kilograms of the lines together against the net weight of the whole, where every line tells its own."""
    net, gross = declaration.packages.net_weight, declaration.packages.gross_weight
    if net is None or gross is None or not declaration.goods:
        return
    kilograms = Decimal(0)
    for goods in declaration.goods:
        held = quantities_of(declaration, goods)
        if "kg" in held:
            kilograms += held["kg"]
        elif "tonne" in held:
            kilograms += held["tonne"] * 1000
        else:
            return
    facts = {"lines": decimal_text(kilograms), "net": decimal_text(net), "gross": decimal_text(gross)}
    if kilograms > gross:
        found.append(Finding("declaration.lines_above_gross", "packages.gross_weight", facts, "gacc-2018-60#25"))
    elif abs(kilograms - net) > net * HEAVIER_BY:
        found.append(
            Finding("declaration.lines_differ_from_net", "packages.net_weight", facts, "gacc-2018-60#26", "warning")
        )
