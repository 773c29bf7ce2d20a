"""Rates as official tables print them: "14%", "1.3元/千克", "7.5 CNY/litre", "3%+4374元/台".

A text is read exactly or not at all: a condition ("over 2,000 USD a set"), an amount without its unit or an unknown unit is refused.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from tongguan.grammar.money import (
    INT64_MAX,
    MAX_DUTY_PPM,
    MAX_QUANTITY_MILLI,
    NotAnAmount,
    decimal_of,
    decimal_text,
    ppm_of,
    specific_fraction,
)
from tongguan.tariff.schedule import UNITS_ZH

UNIT_WORDS = {
    **{name.replace("_", ""): name for name in UNITS_ZH},
    **{word: name for name, word in UNITS_ZH.items()},
    "公斤": "kg", "kilogram": "kg", "kilogramme": "kg", "kgs": "kg", "gram": "g", "l": "litre", "liter": "litre", "公升": "litre",
    "t": "tonne", "ton": "tonne", "公吨": "tonne", "m": "metre", "meter": "metre", "m2": "square_metre", "squaremeter": "square_metre",
    "m3": "cubic_metre", "台": "set", "只": "piece", "件": "piece", "支": "piece", "pc": "piece", "pcs": "piece",
}  # fmt: skip
"""Units as tables write them, and our word for each. 台, which counts apparatus, is `set` as in the lines of the starter schedule."""

_ZERO = frozenset({"免税", "free"})
_PLUS = re.compile(r",?(?:\+|加|plus)")
_PERCENT = re.compile(r"([0-9.,]+)%")
_SPECIFIC = re.compile(r"(?:(?:cny|rmb|¥)([0-9.,]+)|([0-9.,]+)(?:元|cny|rmb|yuan))/(.+)")
_BARE = re.compile(r"[0-9.,]+")


class NotARate(ValueError):
    """The text is not a rate; `code` is the message code of the reason."""

    def __init__(self, code: str, text: str) -> None:
        self.code = code
        super().__init__(f"{code}: {text!r}")


class ReadRate(NamedTuple):
    """One rate as read: ppm, and the amount per unit as fen per milli-unit num/den."""

    rate: int
    num: int
    den: int
    amount: str
    per_unit: str


def read_rate(text: str, unit: str) -> ReadRate:
    """Read one cell. `unit` says what a bare number means: percent, ratio, or text (then only 0 may stand bare). Raises NotARate."""
    body = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).casefold()
    if body in _ZERO:
        return ReadRate(0, 0, 1, "", "")
    try:
        if _BARE.fullmatch(body):
            return _bounded(_ad_valorem(_bare_ratio_text(body, unit, text)), text)
        rates = [_part(part, text) for part in _PLUS.split(body)]
    except NotAnAmount as error:
        raise NotARate("tariff.row_rate_unreadable", text) from error
    if len(rates) == 2 and rates[1].per_unit and not rates[0].per_unit:
        return _bounded(ReadRate(rates[0].rate, *rates[1][1:]), text)
    if len(rates) == 1:
        return _bounded(rates[0], text)
    raise NotARate("tariff.row_rate_unreadable", text)


def _bare_ratio_text(body: str, unit: str, text: str) -> str:
    value = decimal_of(body)
    if unit == "percent":
        return decimal_text(value / 100)
    if unit == "ratio" or value == 0:
        return decimal_text(value)
    raise NotARate("tariff.row_rate_without_unit", text)


def _ad_valorem(ratio: str) -> ReadRate:
    return ReadRate(ppm_of(ratio), 0, 1, "", "")


def _part(part: str, text: str) -> ReadRate:
    """One summand: a percentage, or an amount per unit."""
    percent = _PERCENT.fullmatch(part)
    if percent:
        return _ad_valorem(decimal_text(decimal_of(percent[1]) / 100))
    specific = _SPECIFIC.fullmatch(part)
    if not specific:
        raise NotARate("tariff.row_rate_unreadable", text)
    unit = UNIT_WORDS.get(specific[3].replace("_", ""))
    if unit is None:
        raise NotARate("tariff.row_rate_unit_unknown", text)
    amount = decimal_of(specific[1] or specific[2])
    num, den = specific_fraction(amount)
    return ReadRate(0, num, den, decimal_text(amount), unit)


def _bounded(rate: ReadRate, text: str) -> ReadRate:
    """Refuse what could overflow 64 bits once multiplied by the largest value or quantity."""
    if rate.rate > MAX_DUTY_PPM or max(rate.num, rate.den) > INT64_MAX // MAX_QUANTITY_MILLI:
        raise NotARate("tariff.row_rate_out_of_bounds", text)
    return rate
