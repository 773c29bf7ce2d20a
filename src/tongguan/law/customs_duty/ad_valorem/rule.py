"""Ad valorem duty (从价税).

Law    tariff-law-2024#23; duty-regulations-2003#36 until 2024-11-30: dutiable value times rate.
Units  value in fen, rate in ppm; the duty is half up to the fen.
"""

from __future__ import annotations

from tongguan.grammar.money import fen_of, half_up, ppm_of, yuan
from tongguan.grammar.parameters import LawBook


def ad_valorem_duty(value: int, rate_ppm: int) -> int:
    """Duty in fen."""
    return half_up(value * rate_ppm, 1_000_000)


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: value in yuan, rate as a ratio."""
    return {"duty": yuan(ad_valorem_duty(fen_of(given["value"]), ppm_of(given["rate"])))}
