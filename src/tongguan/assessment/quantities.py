"""Quantities in the unit a rate counts: kilograms from tonnes, litres of petrol from tonnes, millilitres from litres."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from tongguan.assessment.world import World
from tongguan.grammar.errors import LawDataError, OutOfCoverage
from tongguan.grammar.money import MILLI, decimal_of

_FACTORS: dict[str, dict[str, Decimal]] = {
    "kg": {"g": Decimal("0.001"), "tonne": Decimal(1000)},
    "g": {"kg": Decimal(1000), "tonne": Decimal(1_000_000)},
    "tonne": {"kg": Decimal("0.001")},
    "litre": {"millilitre": Decimal("0.001")},
    "millilitre_or_gram": {"millilitre": Decimal(1), "g": Decimal(1), "litre": Decimal(1000), "kg": Decimal(1000)},
    "piece": {"thousand_pieces": Decimal(1000), "unit": Decimal(1), "vehicle": Decimal(1)},
    "thousand_pieces": {"piece": Decimal("0.001")},
}

UNITS = frozenset(_FACTORS) | {
    "millilitre", "unit", "vehicle", "pair", "metre", "square_metre", "cubic_metre", "set", "head", "carat", "kilowatt_hour",
}  # fmt: skip


def quantity_in(unit: str, quantities: dict[str, Decimal], ct_class: str, day: dt.date, world: World) -> int | None:
    """The quantity in thousandths of `unit`, or None when it is not among those given and cannot be derived from them.

    Litres of a taxed liquid are derived from its mass by the litres in a tonne the law fixes for it. The result is rounded half up to the
    thousandth of a unit.
    """
    if not unit:
        return None
    if unit in quantities:
        return _milli(quantities[unit])
    for given, factor in _FACTORS.get(unit, {}).items():
        if given in quantities:
            return _milli(quantities[given] * factor)
    if unit == "litre" and ct_class:
        mass = quantities.get("tonne")
        if mass is None and "kg" in quantities:
            mass = quantities["kg"] / MILLI
        if mass is not None:
            try:
                per_tonne = world.at(f"consumption_tax/{ct_class}_litres_per_tonne", day)
            except (OutOfCoverage, LawDataError):
                return None
            return _milli(mass * decimal_of(per_tonne.value))
    return None


def _milli(quantity: Decimal) -> int:
    return int((quantity * MILLI).to_integral_value(rounding="ROUND_HALF_UP"))
