"""The lower of two duties (从低计征): an ad valorem rate or an amount per unit.

Law      each year's tariff plan, notes on natural rubber 4001: "10 % or 900 CNY per tonne, whichever is lower" (两者从低); the form as such rests on
         tariff-law-2024#23; duty-regulations-2003#36 until 2024-11-30, which names "other ways the State provides".
Units    value in fen, rate in ppm, quantity in milli-units, amount as fen per milli-unit num/den.
Reading  the two are compared by the duty they give on the goods in hand, each rounded half up to the fen.
"""

from __future__ import annotations

from tongguan.grammar.money import fen_of, half_up, milli_of, ppm_of, specific_fraction, yuan
from tongguan.grammar.parameters import LawBook


def lower_duty(value: int, rate_ppm: int, quantity: int, num: int, den: int) -> int:
    """Duty in fen."""
    by_value = half_up(value * rate_ppm, 1_000_000)
    by_quantity = half_up(quantity * num, den)
    return min(by_value, by_quantity)


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: value in yuan, rate as a ratio, quantity in units, amount in yuan per unit."""
    num, den = specific_fraction(given["amount_per_unit"])
    duty = lower_duty(fen_of(given["value"]), ppm_of(given["rate"]), milli_of(given["quantity"]), num, den)
    return {"duty": yuan(duty)}
