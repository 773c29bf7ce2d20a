"""Small amounts not levied (免征额).

Law      duty-regulations-2003#45(1) until 2024-11-30: a consignment whose duty is CNY 50 or less; tariff-law-2024#32(1) since: a consignment
         within the amount the State Council sets. Each tax is tested by itself, for the whole consignment (一票货物).
Units    amounts in fen.
Reading  whether a waived duty stays in the VAT base is not settled by the texts read; `vat_base_keeps_waived_duty` says what we do.
         Anti-dumping, countervailing and safeguard duties are not part of the duty that is tested; additional duties are.
"""

from __future__ import annotations

from tongguan.grammar.money import fen_of, yuan
from tongguan.grammar.parameters import LawBook


def payable_after_waiver(amount: int, limit: int) -> int:
    """Nothing when the tax of the consignment does not exceed the limit, else all of it."""
    return 0 if amount <= limit else amount


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: one tax of one consignment on a date."""
    import datetime as dt

    day = dt.date.fromisoformat(str(given["date"]))
    limit = law.rule("low_value").at(f"{given['tax']}_limit", day).fen()
    return {"payable": yuan(payable_after_waiver(fen_of(given["amount"]), limit))}
