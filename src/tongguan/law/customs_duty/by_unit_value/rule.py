"""Duty that depends on the value of one unit in dollars (按单价分档的复合税).

Law      tariff schedule, broadcast recorders and cameras 8521, 8525: "dutiable value up to 2,000 USD each: 130 %; above: 6 % plus 20,600 CNY each"
         (general rates; MFN and agreement rates have the same shape). The compound form is tariff-law-2024#23; duty-regulations-2003#36 until
         2024-11-30.
Units    value in fen, rates in ppm, quantity in milli-units, amount as fen per milli-unit num/den; the threshold in US cents per unit, the dollar in
         ten-thousandths of a yuan.
Reading  the threshold belongs to the lower band (≤); the dutiable value is turned into dollars at the exchange rate of the declaration.
"""

from __future__ import annotations

from tongguan.grammar.money import fen_of, half_up, milli_of, ppm_of, specific_fraction, yuan
from tongguan.grammar.parameters import LawBook
from tongguan.law.customs_duty.compound.rule import compound_duty


def is_above_threshold(value: int, quantity: int, threshold_cents: int, usd_rate_e4: int) -> bool:
    """Whether one unit is worth more than the threshold; exact, and without outgrowing 64 bits."""
    fen_each, rest = threshold_cents * usd_rate_e4 // 10_000, threshold_cents * usd_rate_e4 % 10_000
    worth = value * 1000
    if fen_each > 0 and quantity > worth // fen_each:
        return False
    return worth - fen_each * quantity > rest * quantity // 10_000


def by_unit_value_duty(
    value: int, quantity: int, threshold_cents: int, usd_rate_e4: int, below_ppm: int, rate_ppm: int, num: int, den: int
) -> int:
    """Duty in fen."""
    if is_above_threshold(value, quantity, threshold_cents, usd_rate_e4):
        return compound_duty(value, rate_ppm, quantity, num, den)
    return half_up(value * below_ppm, 1_000_000)


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: value in yuan, quantity in units, threshold in dollars, the dollar in yuan, rates as ratios."""
    num, den = specific_fraction(given["amount_per_unit"])
    duty = by_unit_value_duty(
        fen_of(given["value"]), milli_of(given["quantity"]), fen_of(given["threshold_usd"]), int(ppm_of(given["usd_rate"]) // 100),
        ppm_of(given["below_rate"]), ppm_of(given["rate"]), num, den,
    )  # fmt: skip
    return {"duty": yuan(duty)}
