"""Small amounts not levied (免征额, 起征点).

Law      until 2024-11-30  duty-regulations-2003#45(1): a consignment whose duty is CNY 50 or less; import VAT and consumption tax below 50
         (gacc-ann-2008-minimum-amounts); anti-dumping, countervailing, safeguard and retaliatory duty below 50, each by itself
         (gacc-ann-2016-special-duties-minimum). From 2024-12-01  tariff-law-2024#32(1): a consignment within the amount the State Council sets;
         gacc-order-272#19: the import taxes follow the same amount. Each tax is tested by itself, for the whole consignment (一票货物).
Units    amounts in fen.
Reading  1. "50 or less" takes 50.00 in; "less than 50" (不足50元) does not; "within the amount" (额度以内) does. `..._is_inclusive` says which.
         2. The amount set by the State Council (mof-gacc-2024-17) was not read; 50 is assumed, for the special duties too.
         3. Whether a waived duty stays in the VAT base is not settled by the texts read; `vat_base_keeps_waived_duty` says what we do. A waived
            consumption tax stays in the VAT base.
"""

from __future__ import annotations

from tongguan.grammar.money import fen_of, yuan
from tongguan.grammar.parameters import LawBook


def payable_after_waiver(amount: int, limit: int) -> int:
    """Nothing when the tax of the consignment does not exceed the limit, else all of it."""
    return 0 if amount <= limit else amount


def highest_waived(amount: int, is_inclusive: bool) -> int:
    """The highest tax that is not levied: the amount itself, or one fen less where only what falls below it is spared."""
    return amount if is_inclusive else amount - 1


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: one tax of one consignment on a date."""
    import datetime as dt

    day = dt.date.fromisoformat(str(given["date"]))
    rule = law.rule("low_value")
    tax = str(given["tax"])
    limit = highest_waived(rule.at(f"{tax}_limit", day).fen(), rule.at(f"{tax}_limit_is_inclusive", day).whole() == 1)
    return {"payable": yuan(payable_after_waiver(fen_of(given["amount"]), limit))}
