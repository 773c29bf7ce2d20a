"""Dutiable value from the transaction price (计税价格; 完税价格 until 2024-11-30).

Law    until 2024-11-30  duty-regulations-2003#18, #19, #20      from 2024-12-01  tariff-law-2024#24, #25, #26
       The price paid or payable, plus transport, related costs and insurance up to unloading at the place of entry (a CIF value), plus
       the additions borne by the buyer, less what is listed apart in the price and arises after entry.
       Insurance that cannot be determined is a share of price plus freight (`insurance_share`).
       Buying commission is not added. Warranty stays in the price (tariff-law-2024#26(1): 但保修费用除外; gacc-order-213#15 before, from memory).
       Interest stays out when four conditions are met (gacc-ann-2003-67): it finances the goods, is agreed in writing, listed apart, and at a
       usual rate beside a price close to that without finance.
Units  amounts in millionths of a fen, that is hundredths of a foreign unit times an exchange rate in millionths: the conversion is exact
       and the only rounding is the last one, half up to the fen (gacc-order-272#13).
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import msgspec

from tongguan.grammar.money import decimal_of, yuan
from tongguan.grammar.parameters import LawBook
from tongguan.grammar.strict_yaml import read_yaml

NOT_DETERMINED = -1
MICRO_FEN_PER_YUAN = 100_000_000


def dutiable_value(
    goods: int, freight: int, insurance: int, additions: int, deductions: int, insurance_ppm: int
) -> int:
    """The dutiable value in fen; `insurance` NOT_DETERMINED puts the share of price plus freight in its place."""
    before_insurance = goods + freight
    remainder = 0
    if insurance < 0:
        insurance = (
            before_insurance // 1_000_000 * insurance_ppm + before_insurance % 1_000_000 * insurance_ppm // 1_000_000
        )
        remainder = before_insurance % 1_000_000 * insurance_ppm % 1_000_000
    total = before_insurance + insurance + additions - deductions
    return (2 * total + 1_000_000 + 2 * remainder // 1_000_000) // 2_000_000


class TradeTerm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an Incoterm leaves to the buyer: cost legs to add, and listed costs that may come out."""

    label_zh: str
    label_en: str
    declared_as: str
    add: list[str] = []
    take_out_if_listed: list[str] = []


def trade_terms() -> dict[str, TradeTerm]:
    """Every term of delivery of terms.yaml."""
    return read_yaml(Path(__file__).parent / "terms.yaml", dict[str, TradeTerm])


def micro_fen(amount: object, rate: object) -> int:
    """An amount in a currency at `rate` CNY per unit, in millionths of a fen. Raises NotAnAmount or ValueError when finer."""
    exact = Fraction(decimal_of(amount)) * Fraction(decimal_of(rate)) * MICRO_FEN_PER_YUAN
    if exact.denominator != 1:
        raise ValueError(f"{amount} at {rate} is finer than a millionth of a fen")
    return exact.numerator


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: components in one currency, the exchange rate and the date."""
    import datetime as dt

    day = dt.date.fromisoformat(str(given["date"]))
    rate = given.get("rate", "1")
    share = law.rule("valuation/transaction_value").at("insurance_share", day).ppm()
    insurance = given.get("insurance", "0")
    value = dutiable_value(
        micro_fen(given["price"], rate),
        micro_fen(given.get("freight", "0"), rate),
        NOT_DETERMINED if insurance == "unknown" else micro_fen(insurance, rate),
        micro_fen(given.get("additions", "0"), rate),
        micro_fen(given.get("deductions", "0"), rate),
        share,
    )
    return {"dutiable_value": yuan(value)}
