"""Import VAT (进口环节增值税).

Law    until 2025-12-31  vat-interim-regulations#14    from 2026-01-01  vat-law-2024#14
       composite taxable price = dutiable value + customs duty + consumption tax; VAT = composite taxable price × rate.
       "Customs duty" includes additional, anti-dumping and countervailing duty when levied.
Units  amounts in fen, rate in ppm; VAT half up to the fen.
Reading  the consumption tax in the base is the amount levied, in whole fen.
"""

from __future__ import annotations

from tongguan.grammar.money import fen_of, half_up, ppm_of, yuan
from tongguan.grammar.parameters import LawBook


def import_vat(value: int, duty: int, consumption_tax: int, rate_ppm: int) -> int:
    """VAT in fen; `duty` is the sum of all duties levied."""
    return half_up((value + duty + consumption_tax) * rate_ppm, 1_000_000)


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case; the rate comes from the date and class, or is given."""
    import datetime as dt

    if "rate" in given:
        rate = ppm_of(given["rate"])
    else:
        rate = law.rule("import_vat").at(f"{given['class']}_rate", dt.date.fromisoformat(str(given["date"]))).ppm()
    vat = import_vat(fen_of(given["value"]), fen_of(given.get("duty", "0")), fen_of(given.get("consumption_tax", "0")), rate)
    return {"vat": yuan(vat)}
