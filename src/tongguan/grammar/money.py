"""Money, rates and quantities as whole numbers, and the named roundings.

Inside the rules
    fen         1 CNY = 100 fen
    ppm         millionths of one: 13 % is 130_000
    milli       thousandths of a unit: 1.5 litres is 1_500
    num/den     a specific rate: fen per milli-unit as an exact fraction (0.912 CNY per litre is 912/10_000)
At every edge amounts are text or Decimal with a currency; floats are refused.

Bounds. 64-bit products wrap silently in compiled code, so amounts are refused where they enter: with a dutiable value of at most
`MAX_VALUE_FEN` and duty rates that add up to at most `MAX_DUTY_PPM`, no product in any rule exceeds 2**63 - 1
(`tests/test_bounds.py` proves it rule by rule).
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from fractions import Fraction

FEN = 100
PPM = 1_000_000
MILLI = 1_000

MAX_VALUE_FEN = 10**12
"""Largest dutiable value of one goods item: CNY 10,000,000,000.00."""
MAX_DUTY_PPM = 5_000_000
"""Largest sum of ad valorem duty rates on one goods item: 500 %."""
MAX_QUANTITY_MILLI = 10**12
"""Largest quantity of one goods item: one thousand million units."""
INT64_MAX = 2**63 - 1


def half_up(numerator: int, denominator: int) -> int:
    """The nearest whole number, halves upward, of a quotient that is not negative.

    Half up to 0.01 CNY is the rounding of the converted value (gacc-order-272#13) and, by practice, of every tax amount.
    """
    return (numerator + denominator // 2) // denominator


def whole_yuan_down(fen: int) -> int:
    """Drop the fraction of a yuan, as the late declaration fee does (gacc-order-273)."""
    return fen - fen % 100


def times_ratio_up(amount: int, ppm: int) -> int:
    """A share of an amount, half up to the fen."""
    return half_up(amount * ppm, 1_000_000)


_AMOUNT = re.compile(r"[0-9]{1,20}(\.[0-9]{1,8})?")


class NotAnAmount(ValueError):
    """The text is not an amount; the message says what was read."""


def decimal_of(value: object) -> Decimal:
    """Read an amount, rate or quantity from text, a whole number or a Decimal.

    Full-width digits are read as digits and thousands commas are dropped. Floats are refused, because 0.1 as a float is
    not a tenth. Raises NotAnAmount.
    """
    if isinstance(value, (bool, float)):
        raise NotAnAmount(f'{value!r} is not exact: write it as text, for example "12.30"')
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise NotAnAmount(f"{value} is not a number")
        return value
    if isinstance(value, str):
        text = unicodedata.normalize("NFKC", value).strip().replace(" ", "")
        sign = -1 if text.startswith("-") else 1
        body = text.lstrip("+-")
        if re.fullmatch(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?", body):
            body = body.replace(",", "")
        if _AMOUNT.fullmatch(body):
            return sign * Decimal(body)
    raise NotAnAmount(f'{value!r} is not an amount: write it as text, for example "12.30"')


def fen_of(value: object) -> int:
    """Whole fen of an amount in yuan that has at most two decimals. Raises NotAnAmount."""
    scaled = decimal_of(value) * FEN
    if scaled != scaled.to_integral_value():
        raise NotAnAmount(f"{value!r} has more than two decimals")
    return int(scaled)


def ppm_of(value: object) -> int:
    """Whole millionths of a ratio such as "0.13". Raises NotAnAmount when finer than one millionth."""
    scaled = decimal_of(value) * PPM
    if scaled != scaled.to_integral_value():
        raise NotAnAmount(f"{value!r} is finer than one millionth")
    return int(scaled)


def milli_of(value: object) -> int:
    """Whole thousandths of a quantity. Raises NotAnAmount when finer than one thousandth."""
    scaled = decimal_of(value) * MILLI
    if scaled != scaled.to_integral_value():
        raise NotAnAmount(f"{value!r} has more than three decimals")
    return int(scaled)


def specific_fraction(yuan_per_unit: object, units_per: Fraction | int = 1) -> tuple[int, int]:
    """A specific rate as (num, den): fen per milli-unit, in lowest terms.

    `yuan_per_unit` is CNY per legal unit; `units_per` says how many counted units make one legal unit: 250 CNY per tonne of
    beer counted in litres at 988 litres a tonne is `specific_fraction("250", 988)`.
    """
    fraction = Fraction(decimal_of(yuan_per_unit)) * FEN / (Fraction(units_per) * MILLI)
    return fraction.numerator, fraction.denominator


def yuan(fen: int) -> str:
    """An amount in yuan as text: 1248000 is "12480.00"."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // FEN}.{abs(fen) % FEN:02d}"


def yuan_grouped(fen: int) -> str:
    """An amount in yuan for reading: 1248000 is "12,480.00"."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // FEN:,}.{abs(fen) % FEN:02d}"


def ratio_text(ppm: int) -> str:
    """A ratio as plain decimal text: 130000 is "0.13"."""
    return decimal_text(Decimal(ppm) / PPM)


def percent_text(ppm: int) -> str:
    """A ratio for reading: 130000 is "13%", 5000 is "0.5%"."""
    return decimal_text(Decimal(ppm) / 10_000) + "%"


def quantity_text(milli: int) -> str:
    """A quantity as plain decimal text: 1500 is "1.5"."""
    return decimal_text(Decimal(milli) / MILLI)


def decimal_text(value: Decimal) -> str:
    """Plain decimal text without exponent or trailing zeros."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
