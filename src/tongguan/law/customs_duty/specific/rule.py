"""Specific duty (从量税).

Law    tariff-law-2024#23; duty-regulations-2003#37 until 2024-11-30: quantity times a fixed amount per unit.
Units  quantity in milli-units; the amount as fen per milli-unit, num/den; the duty is half up to the fen.
"""

from __future__ import annotations

from tongguan.grammar.money import half_up, milli_of, specific_fraction, yuan
from tongguan.grammar.parameters import LawBook


def specific_duty(quantity: int, num: int, den: int) -> int:
    """Duty in fen."""
    return half_up(quantity * num, den)


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: quantity in units, amount in yuan per unit."""
    num, den = specific_fraction(given["amount_per_unit"])
    return {"duty": yuan(specific_duty(milli_of(given["quantity"]), num, den))}
