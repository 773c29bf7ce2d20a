"""Facts that follow from others, so that nobody is asked for them: what the form shows in boxes that were left empty on purpose."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec

from tongguan.assessment.quantities import quantity_in
from tongguan.assessment.world import World, shipped_world
from tongguan.declaration.shape import Declaration, Goods, Parties
from tongguan.declaration.shipments import quantities_of, unit_of_word
from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.money import quantity_text

CHINA = "CHN"
PRICE_STEP = Decimal("0.0001")
"""A unit price has four decimals (gacc-2018-67)."""


def complete(declaration: Declaration, day: dt.date, world: World | None = None) -> Declaration:
    """The declaration with every box that follows from another filled in. What is given stays as it is."""
    world = world or shipped_world()
    return msgspec.structs.replace(
        declaration,
        parties=_parties(declaration.parties),
        goods=tuple(_goods(declaration, goods, day, world) for goods in declaration.goods),
    )


def _parties(p: Parties) -> Parties:
    """Consuming unit and declarant are the consignee unless another is named."""
    filled: dict[str, Any] = {}
    for who in ("owner", "declarant"):
        if not getattr(p, f"{who}_name") and not getattr(p, f"{who}_code"):
            filled |= {f"{who}_name": p.importer_name, f"{who}_code": p.importer_code}
    return msgspec.structs.replace(p, **filled)


def _goods(declaration: Declaration, goods: Goods, day: dt.date, world: World) -> Goods:
    filled: dict[str, Any] = {"destination_country": goods.destination_country or CHINA}
    if goods.unit_price is None and goods.total_price is not None and goods.quantity:
        price = (goods.total_price / goods.quantity).quantize(PRICE_STEP, rounding="ROUND_HALF_UP")
        filled["unit_price"] = price
    try:
        line = world.schedule.line(goods.commodity_code[:8], day)
    except OutOfCoverage:
        return msgspec.structs.replace(goods, **filled)
    quantities = quantities_of(declaration, goods)
    for word, place in ((line.unit, "first"), (line.second_unit, "second")):
        given = getattr(goods, f"{place}_quantity")
        counted = quantity_in(word, quantities, line.ct_class, day, world) if word and given is None else None
        if counted is not None and word in unit_of_word():
            filled |= {f"{place}_quantity": Decimal(quantity_text(counted)), f"{place}_unit": unit_of_word()[word]}
    return msgspec.structs.replace(goods, **filled)
