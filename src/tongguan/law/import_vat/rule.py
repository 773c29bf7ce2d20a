"""Import VAT (进口环节增值税).

Law    until 2025-12-31  vat-interim-regulations#14    from 2026-01-01  vat-law-2024#14, which lets the State Council provide otherwise;
       gacc-order-272#17 writes the formula out from 2024-12-01:
       composite taxable price = dutiable value + customs duty + consumption tax; VAT = composite taxable price × rate.
       "Customs duty" includes additional, anti-dumping and countervailing duty when levied.
Units  amounts in fen, rate in ppm; VAT half up to the fen (gacc-order-272#19; by practice before).
Reading  1. The consumption tax in the base is the amount levied, in whole fen.
         2. The rate is that of the day that governs the duty (gacc-order-272#12, #14; vat-law-2024#28), for goods declared in advance too.
         3. Goods at the reduced rate only because the State Council added them (vat-interim-regulations#2(2) item 5) are a class of their own: the
            VAT Law has no such item, and its successor list was not read. Goods of items 1 to 4 keep the reduced rate.
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
    vat = import_vat(
        fen_of(given["value"]), fen_of(given.get("duty", "0")), fen_of(given.get("consumption_tax", "0")), rate
    )
    return {"vat": yuan(vat)}
