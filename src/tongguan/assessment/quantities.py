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

OTHER_NAMES = {
    "千克": "kg", "公斤": "kg", "克": "g", "吨": "tonne", "t": "tonne", "升": "litre", "l": "litre", "liter": "litre", "毫升": "millilitre",
    "ml": "millilitre", "件": "piece", "支": "piece", "千件": "thousand_pieces", "个": "unit", "台": "set", "套": "set", "辆": "vehicle", "双": "pair",
    "米": "metre", "m": "metre", "平方米": "square_metre", "m2": "square_metre", "立方米": "cubic_metre", "m3": "cubic_metre", "头": "head",
    "克拉": "carat", "千瓦时": "kilowatt_hour", "kwh": "kilowatt_hour",
}  # fmt: skip
"""Names of units as the letter and Customs write them; full-width and raised figures are plain ones here."""


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
