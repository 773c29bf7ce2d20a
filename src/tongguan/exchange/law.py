"""What the law says of an inventory: may the order enter at the reduced tax, are its goods on the list, and what is the tax.

The engine's channel (`assessment/channels/cross_border_ecommerce.py`) answers for one order with every reason and every doubt; this module asks the very
same functions for the plain case, in which nothing is doubtful, and hands anything else to the engine. A test holds both to the same fen.

Law      caiguanshui-2016-18, caiguanshui-2018-49: limits and tax; shangcaifa-2018-486: the list; gacc-2020-45: returns.
Units    fen.
Reading  The price is the total of the lines with freight and insured fee, as the inventory gives them. Whoever declares under 9610, 1210 or 1239 states
         that the goods are on the list and keep its remarks: a line we do not hold is taxed on that statement, and it is said. The yearly amount is
         that of the calendar year of the day of judgement.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

import msgspec

from tongguan.assessment import pipeline
from tongguan.assessment.assess import assess as assess_shipment
from tongguan.assessment.channels.building import price_includes_all
from tongguan.assessment.charging import taxes_of
from tongguan.assessment.dutiable import MICRO, value_items
from tongguan.assessment.quantities import quantity_in
from tongguan.assessment.result import APPLIES, Assessment
from tongguan.assessment.scenarios import Scenario, spread
from tongguan.assessment.shipment import Cost, GoodsItem, Shipment
from tongguan.assessment.terms import Taxes
from tongguan.assessment.world import World
from tongguan.declaration.codes import code_table, iso2_of
from tongguan.declaration.shipments import word_of_unit
from tongguan.exchange.desk import Desk
from tongguan.exchange.place import Place
from tongguan.exchange.shape import Inventory, InventoryLine, Return
from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.findings import Finding, render
from tongguan.grammar.money import MAX_QUANTITY_MILLI, MAX_VALUE_FEN, MILLI, milli_of, quantity_text, yuan_grouped
from tongguan.grammar.parameters import InForce
from tongguan.law.channels.cross_border_ecommerce import positive_list as lists
from tongguan.law.channels.cross_border_ecommerce import rule
from tongguan.law.valuation.allocation.rule import allocate
from tongguan.law.valuation.transaction_value.rule import MICRO_FEN_PER_YUAN, dutiable_value

CHANNEL = "channels/cross_border_ecommerce"
MOST_MICRO_FEN = MAX_VALUE_FEN * MICRO // 4
MOST_QUANTITY = MAX_QUANTITY_MILLI // MILLI // 1000
"""Larger amounts and quantities go the engine's way, which says what is wrong with them. A tonne is a thousand kilograms."""
COSTS_APART = "FOB"
"""The delivery term whose price holds neither freight nor insurance: an inventory gives both apart."""


class LineTax(msgspec.Struct, frozen=True):
    """What is payable on one line, in fen."""

    value: int
    customs_duty: int
    consumption_tax: int
    import_vat: int


class Tax(msgspec.Struct, frozen=True):
    """What is payable on an inventory, in fen; `is_reduced` within the limits, otherwise at full tax. `price` counts in the year."""

    price: int
    is_reduced: bool
    lines: tuple[LineTax, ...]

    @property
    def total(self) -> int:
        """All of it."""
        return sum(one.customs_duty + one.consumption_tax + one.import_vat for one in self.lines)


def assess(
    inventory: Inventory, place: Place, day: dt.date, desk: Desk, world: World
) -> tuple[Tax | None, list[Finding]]:
    """The tax of an inventory, None where it does not enter or cannot be told, and what speaks against it."""
    found: list[Finding] = []
    if not inventory.lines:
        return None, found
    shipment = shipment_of(inventory, day)
    try:
        law = _law_of(day, world)
        values = _values(shipment, law) or [v.value for v in value_items(shipment, day, day, "", world)]
    except OutOfCoverage as beyond:
        return None, [_not_encoded(beyond, place)]
    if any(v is None for v in values):
        return None, [
            place.problem("exchange.tax_not_told", "", "", "warning", why_zh="计税价格", why_en="the dutiable value")
        ]
    price = sum(v or 0 for v in values)
    used = desk.used_this_year(inventory.buyer_id, day.year)
    outcome = rule.decision(price, _pieces(inventory), used or 0, law.single_limit, law.yearly_limit, law.regime)
    if used is None:
        found.append(place.problem("exchange.year_not_known", "buyerIdNumber", law.yearly.citation, "note"))
    if outcome == rule.GENERAL_TRADE_SINGLE_LIMIT:
        facts = {"price": yuan_grouped(price), "limit": yuan_grouped(law.single_limit)}
        found.append(place.problem("exchange.over_the_single_limit", "", law.single.citation, **facts))
    elif outcome == rule.GENERAL_TRADE_YEARLY_LIMIT:
        facts = {
            "price": yuan_grouped(price),
            "limit": yuan_grouped(law.yearly_limit),
            "used": yuan_grouped(used or 0),
        }
        found.append(place.problem("exchange.over_the_yearly_limit", "buyerIdNumber", law.yearly.citation, **facts))
    found += _listed(inventory, shipment, place, day, desk, world)
    if any(f.severity == "error" for f in found):
        return None, found
    try:
        tax = _reduced(shipment, [v or 0 for v in values], price, law, world) if outcome == rule.REDUCED_TAX else None
        if tax is None:
            tax = _as_the_engine_says(shipment, price, outcome == rule.REDUCED_TAX, used, world)
    except OutOfCoverage as beyond:
        return None, [*found, _not_encoded(beyond, place)]
    if tax is None:
        found.append(place.problem("exchange.tax_not_told", "", "", "warning", why_zh="税目", why_en="the tariff line"))
    else:
        found += _withheld(inventory, tax, place, desk)
    return tax, found


def _not_encoded(beyond: OutOfCoverage, place: Place) -> Finding:
    why_zh, why_en = (render(beyond.code, beyond.facts, language) for language in ("zh", "en"))
    return place.problem("exchange.law_not_encoded", "", "", "warning", why_zh=why_zh, why_en=why_en)


class _Law(NamedTuple):
    """The numbers of the channel on one day, read once."""

    day: dt.date
    single: InForce
    yearly: InForce
    single_limit: int
    yearly_limit: int
    regime: int
    share: Fraction
    duty_rate: int
    insurance_share: int


@lru_cache(maxsize=64)
def _law_of(day: dt.date, world: World) -> _Law:
    single, yearly, regime, share, duty = (
        world.at(f"{CHANNEL}/{name}", day)
        for name in (
            "single_limit",
            "yearly_limit",
            "single_item_over_limit",
            "reduced_share",
            "duty_rate_within_limits",
        )
    )
    insurance = world.at("valuation/transaction_value/insurance_share", day)
    return _Law(
        day, single, yearly, single.fen(), yearly.fen(), rule.REGIMES[regime.value], share.fraction(), duty.ppm(), insurance.ppm()
    )  # fmt: skip


def _values(shipment: Shipment, law: _Law) -> list[int | None] | None:
    """The value of each line: its price and its share of freight and insurance; None where an amount asks for the engine's words on it."""
    goods = [int((item.price or 0) * MICRO_FEN_PER_YUAN) for item in shipment.items]
    if not all(0 < one <= MOST_MICRO_FEN for one in goods):
        return None
    freight, insurance = (
        int(cost.amount * MICRO_FEN_PER_YUAN) if cost and cost.amount is not None else -1
        for cost in (shipment.freight, shipment.insurance)
    )
    if not (0 <= freight <= MOST_MICRO_FEN and 0 <= insurance <= MOST_MICRO_FEN):
        return None
    weights = [one // MICRO for one in goods]
    shares = zip(goods, allocate(freight, weights), allocate(insurance, weights), strict=True)
    return [dutiable_value(*parts, 0, 0, law.insurance_share) for parts in shares]


def shipment_of(inventory: Inventory, day: dt.date, used: int | None = None) -> Shipment:
    """An inventory as the engine takes it. The one who declares states that the goods are listed and keep the remarks."""
    facts = {"supervision_mode": inventory.supervision_mode, "items_in_order": str(_pieces(inventory))}
    if used is not None:
        facts["used_this_year"] = f"{used // 100}.{used % 100:02d}"
    shipment = Shipment(
        declared_on=day,
        items=tuple(_item(line) for line in inventory.lines),
        channel="cross_border_ecommerce",
        trade_terms=COSTS_APART,
        freight=Cost(inventory.freight, "CNY"),
        insurance=Cost(inventory.insurance, "CNY"),
        facts=facts,
    )
    return price_includes_all(shipment)


_STATED = {"on_positive_list": "yes", "keeps_remark": "yes", "quantity_this_year": "0"}


def _item(line: InventoryLine) -> GoodsItem:
    words = word_of_unit()
    quantities: dict[str, Decimal] = {}
    for unit, quantity in (
        (line.first_unit, line.first_quantity),
        (line.second_unit, line.second_quantity),
        (line.unit, line.quantity),
    ):
        if unit and quantity:
            word, times = words.get(unit, ("", Decimal(1)))
            if word and word not in quantities:
                quantities[word] = quantity * times
    return GoodsItem(
        commodity_code=line.commodity_code,
        price=line.total,
        currency="CNY",
        origin=_country(line.country),
        name=line.name,
        quantities=quantities,
        facts=_STATED,
    )


def _country(code: str) -> str | None:
    """The two letters of a country by its three letters, or by the number it had until 2018, which these messages still carry."""
    letters = code_table("countries").replaced.get(code, code)
    return iso2_of().get(letters)


def _pieces(inventory: Inventory) -> int:
    """Pieces in the order, as far as one or more than one."""
    if len(inventory.lines) > 1:
        return len(inventory.lines)
    return max(1, math.ceil(inventory.lines[0].quantity))


# --- the list --------------------------------------------------------------------------------------------------------------------------


def _listed(
    inventory: Inventory, shipment: Shipment, place: Place, day: dt.date, desk: Desk, world: World
) -> Iterator[Finding]:
    groups: dict[str, int] = {}
    for number, (line, item) in enumerate(zip(inventory.lines, shipment.items, strict=True), start=1):
        try:
            listed = lists.line_of(line.commodity_code, day)
        except OutOfCoverage:
            yield place.line(number).problem(
                "exchange.list_not_encoded",
                "gcode",
                "shangcaifa-2018-486",
                "note",
                line=line.commodity_code[:8],
            )
            continue
        facts = {"line": listed.code, "remark_zh": listed.remark_zh, "remark_en": listed.remark_en}
        kind = lists.REMARK_KINDS[listed.remark_kind]
        if kind == lists.REMARK_OF_GOODS:
            yield place.line(number).problem("exchange.list_remark_to_keep", "gcode", listed.cites, "note", **facts)
        elif lists.check(listed, inventory.supervision_mode, lists.KEPT, 0, 0) == lists.REFUSED_MODE:
            facts |= {"mode": inventory.supervision_mode, "modes": listed.modes}
            yield place.line(number).problem("exchange.list_mode", "gcode", listed.cites, **facts)
        elif kind == lists.REMARK_OF_QUANTITY:
            quantity = quantity_in(listed.unit, item.quantities, "", day, world)
            if quantity is None:
                yield place.line(number).problem("exchange.list_quantity_missing", "qty1", listed.cites, unit=listed.unit, line=listed.code)  # fmt: skip
                continue
            had = desk.had_this_year(inventory.buyer_id, listed.limit_group, day.year)
            groups[listed.limit_group] = groups.get(listed.limit_group, had or 0) + quantity
            if groups[listed.limit_group] > milli_of(listed.limit_quantity):
                facts |= {"limit": f"{listed.limit_quantity} {listed.unit}", "total": f"{quantity_text(groups[listed.limit_group])} {listed.unit}"}  # fmt: skip
                yield place.line(number).problem("exchange.list_quantity", "qty1", listed.cites, **facts)


# --- the tax ---------------------------------------------------------------------------------------------------------------------------


def _reduced(shipment: Shipment, values: list[int], price: int, law: _Law, world: World) -> Tax | None:
    """The reduced tax where every line has one answer; None where the engine has to tell."""
    if law.duty_rate:
        return None
    lines = []
    for number, (item, value) in enumerate(zip(shipment.items, values, strict=True), start=1):
        taxes = _taxes_whatever(item.commodity_code, law.day, world) if _is_ordinary(item) else None
        if taxes is None:
            scenario = _only(item, number, value, law.day, world)
            if scenario is None:
                return None
            taxes = taxes_of(scenario.known, world)
        lines.append(_reduced_line(value, taxes, law))
    return Tax(price, True, tuple(lines))


def _reduced_line(value: int, taxes: Taxes, law: _Law) -> LineTax:
    """As `building.reduced_taxes`, without the charges that explain it."""
    t = taxes.terms
    rate, num, den = 0, 0, 1
    if t.test:
        _, rate, num, den = pipeline.consumption_tax_of(
            t.test, value, 0, taxes.quantity, taxes.usd_rate_e4, t.threshold, t.threshold_per, t.rate, t.num, t.den, t.below_rate, t.below_num,
            t.below_den, taxes.added_rate,
        )  # fmt: skip
    quantity, share = taxes.quantity if num else 0, (law.share.numerator, law.share.denominator)
    consumption = rule.reduced_consumption_tax(value, rate, quantity, num, den, *share) if rate or num else 0
    return LineTax(
        value, 0, consumption, rule.reduced_import_vat(value, rate, quantity, num, den, taxes.vat_rate, *share)
    )


def _only(item: GoodsItem, number: int, value: int, day: dt.date, world: World) -> Scenario | None:
    found: list[Finding] = []
    split = spread(item, f"items[{number}]", day, value, None, False, found, world, is_duty_free=True)
    if len(split.scenarios) != 1 or split.is_open_above or split.missing or any(f.severity == "error" for f in found):
        return None
    return split.scenarios[0]


def _is_ordinary(item: GoodsItem) -> bool:
    return all(quantity <= MOST_QUANTITY for quantity in item.quantities.values())


@lru_cache(maxsize=20_000)
def _taxes_whatever(code: str, day: dt.date, world: World) -> Taxes | None:
    """The taxes of a line that pays no consumption tax: they depend neither on value nor on quantity. None for all other lines."""
    scenario = _only(
        GoodsItem(commodity_code=code, price=Decimal(1), currency="CNY", facts=_STATED), 1, 100, day, world
    )
    return taxes_of(scenario.known, world) if scenario is not None and not scenario.known.line.ct_class else None


def _as_the_engine_says(shipment: Shipment, price: int, is_reduced: bool, used: int | None, world: World) -> Tax | None:
    """The tax of the whole answer of the engine, where it has one."""
    facts = {**shipment.facts, "used_this_year": f"{(used or 0) // 100}.{(used or 0) % 100:02d}"}
    answer: Assessment = assess_shipment(msgspec.structs.replace(shipment, facts=facts), world)
    lines = []
    for item in answer.items:
        applied = next((o for o in item.options if o.status == APPLIES), None)
        if applied is None or applied.total is None or item.dutiable_value is None:
            return None
        payable: dict[str, int] = {}
        for charge in applied.charges:
            payable[charge.kind] = payable.get(charge.kind, 0) + charge.payable
        vat, consumption = payable.pop("import_vat", 0), payable.pop("consumption_tax", 0)
        lines.append(LineTax(item.dutiable_value, sum(payable.values()), consumption, vat))
    return Tax(price, is_reduced, tuple(lines))


def _withheld(inventory: Inventory, tax: Tax, place: Place, desk: Desk) -> Iterator[Finding]:
    """What the seller withheld from the buyer against what is payable: the buyer is to know, and no document is refused for it."""
    order = desk.order(inventory.platform_code, inventory.order_no)
    if order is not None and order.tax * 100 != tax.total:
        facts = {"withheld": str(order.tax), "payable": yuan_grouped(tax.total)}
        yield place.problem("exchange.tax_withheld_differs", "orderNo", "caiguanshui-2016-18#1", "note", **facts)


# --- returns ---------------------------------------------------------------------------------------------------------------------------


def returned_in_time(document: Return, place: Place, day: dt.date, desk: Desk, world: World) -> Iterator[Finding]:
    """Whether a return is applied for in time, as far as the day of release is known."""
    filed = desk.inventory(document.inventory_no)
    if filed is None or filed.released_on is None:
        return
    limit, back = (world.at(f"{CHANNEL}/return_{n}_days", day) for n in ("apply", "arrive"))
    released, applied = filed.released_on.toordinal(), day.toordinal()
    if rule.return_outcome(released, applied, released, limit.whole(), back.whole()) == rule.RETURN_APPLIED_LATE:
        yield place.problem(
            "exchange.returned_too_late", "invtNo", limit.citation, days=str(applied - released), limit=limit.value
        )
