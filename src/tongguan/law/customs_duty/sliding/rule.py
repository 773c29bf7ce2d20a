"""Sliding duty on cotton outside the quota (滑准税).

Law      each year's tariff plan, note on cotton 5201.0000 imported against a sliding-duty quota certificate (supervision document e).
         At or above a threshold of the unit value a fixed amount per kilogram; below it an ad valorem rate that rises as the price
         falls: Ri = k1 / Pi + k2 × Pi − 1, in three decimals, at most the ceiling. Pi is the dutiable value in CNY per kilogram.
Units    value in fen, quantity in milli-kilograms; constants as whole numbers, see `sliding_rate_ppm`.
Reading  Pi itself is taken in three decimals, half up, as published tables print it; the duty then is value times Ri.
"""

from __future__ import annotations

from fractions import Fraction

from tongguan.grammar.money import fen_of, half_up, milli_of, ratio_text, specific_fraction, yuan
from tongguan.grammar.parameters import LawBook


def unit_value_milli(value: int, quantity: int) -> int:
    """Pi: dutiable value in thousandths of a yuan per kilogram, half up."""
    return half_up(value * 10_000, quantity)


def sliding_rate_ppm(pi_milli: int, k1_micro: int, k2_micro: int, ceiling_ppm: int) -> int:
    """Ri in ppm, in whole thousandths, not below zero and not above the ceiling.

    `k1_micro` is k1 in millionths of CNY per kilogram, `k2_micro` is k2 in millionths per (CNY per kilogram).
    """
    if pi_milli <= 0:
        return ceiling_ppm  # less than half a thousandth of a yuan a kilogram: the rate only rises as the price falls
    # Ri × 1000 = k1/Pi × 1000 + k2 × Pi × 1000 − 1000, over the common denominator Pi(milli) × 10^6
    numerator = k1_micro * 1_000_000 + k2_micro * pi_milli * pi_milli - 1_000_000_000 * pi_milli
    if numerator <= 0:
        return 0
    rate = half_up(numerator, pi_milli * 1_000_000) * 1_000
    return min(rate, ceiling_ppm)


def sliding_duty(
    value: int, quantity: int, threshold_milli: int, num: int, den: int, k1_micro: int, k2_micro: int, ceiling_ppm: int
) -> int:
    """Duty in fen on `quantity` milli-kilograms worth `value` fen."""
    pi_milli = unit_value_milli(value, quantity)
    if pi_milli >= threshold_milli:
        return half_up(quantity * num, den)
    return half_up(value * sliding_rate_ppm(pi_milli, k1_micro, k2_micro, ceiling_ppm), 1_000_000)


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: value in yuan, quantity in kilograms, on a date; or unit value directly."""
    import datetime as dt

    day = dt.date.fromisoformat(str(given["date"]))
    at = law.rule("customs_duty/sliding").at
    value, quantity = fen_of(given["value"]), milli_of(given["kg"])
    num, den = specific_fraction(at("specific_amount", day).value)
    k1, k2 = (int(Fraction(at(k, day).value) * 1_000_000) for k in ("k1", "k2"))
    threshold, ceiling = milli_of(at("threshold", day).value), at("ceiling", day).ppm()
    pi = unit_value_milli(value, quantity)
    duty = sliding_duty(value, quantity, threshold, num, den, k1, k2, ceiling)
    rate = at("specific_amount", day).value if pi >= threshold else ratio_text(sliding_rate_ppm(pi, k1, k2, ceiling))
    return {"kind": "specific" if pi >= threshold else "ad_valorem", "rate": rate, "duty": yuan(duty)}
