"""Compound duty (复合税).

Law      tariff-law-2024#23: the sum of value times rate and quantity times amount per unit.
Units    value in fen, rate in ppm, quantity in milli-units, amount as fen per milli-unit num/den.
Reading  the article speaks of one sum, so the sum is rounded once, half up to the fen.
"""

from __future__ import annotations

from tongguan.grammar.money import fen_of, half_up, milli_of, ppm_of, specific_fraction, yuan
from tongguan.grammar.parameters import LawBook


def compound_duty(value: int, rate_ppm: int, quantity: int, num: int, den: int) -> int:
    """Duty in fen. Whole fen and remainders are added apart, so that no product outgrows 64 bits."""
    by_value = value * rate_ppm
    by_quantity = quantity * num
    remainder = (by_value % 1_000_000) * den + (by_quantity % den) * 1_000_000
    return by_value // 1_000_000 + by_quantity // den + half_up(remainder, 1_000_000 * den)


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: value in yuan, rate as a ratio, amount in yuan per unit."""
    num, den = specific_fraction(given["amount_per_unit"])
    duty = compound_duty(fen_of(given["value"]), ppm_of(given["rate"]), milli_of(given["quantity"]), num, den)
    return {"duty": yuan(duty)}
