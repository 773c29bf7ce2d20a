"""Consumption tax at import (进口环节消费税).

Law      consumption-tax-regulations#5, #9; gacc-order-272#17 writes the formulas out and #19 the rounding, from 2024-12-01:
         ad valorem   composite price = (value + duty) / (1 − rate);                     tax = composite price × rate
         specific     tax = quantity × amount
         compound     composite price = (value + duty + quantity × amount) / (1 − rate); tax = composite price × rate + quantity × amount
Units    value, duty in fen; rate in ppm; quantity in milli-units; amount as fen per milli-unit num/den.
Reading  the composite price is not rounded; the tax is, once, half up to the fen. "Duty" is every duty levied: safeguard and retaliatory
         duty are duties by name, and an announcement of 2011 on US cars put anti-dumping and countervailing duty into the base (V2).
"""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

import msgspec

from tongguan.grammar.errors import LawDataError
from tongguan.grammar.money import fen_of, half_up, milli_of, ppm_of, specific_fraction, yuan
from tongguan.grammar.parameters import InForce, LawBook
from tongguan.grammar.strict_yaml import read_yaml

NOT_TAXED = 0
ONE_RATE = 1
BY_UNIT_VALUE = 2
BY_UNIT_VALUE_IN_USD = 3
BY_CIGARETTE_PRICE = 4


def consumption_tax(base: int, rate_ppm: int, quantity: int, num: int, den: int) -> int:
    """The tax in fen on `base` = value + duty, for every form: the composite price written out is (base × rate + specific) / (1 − rate).

    Whole fen and remainders are kept apart, so that the result is exact and no product outgrows 64 bits.
    """
    by_quantity = quantity * num
    remainder = (by_quantity % den) * 1_000_000
    whole = base * rate_ppm + (by_quantity // den) * 1_000_000 + remainder // den
    divisor = 1_000_000 - rate_ppm
    return (2 * whole + divisor + (2 * (remainder % den)) // den) // (2 * divisor)


def is_upper_class(
    test: int,
    value: int,
    duty: int,
    quantity: int,
    usd_rate_e4: int,
    threshold: int,
    threshold_per: int,
    num: int,
    den: int,
    rate_ppm: int,
) -> bool:
    """Whether goods of a class with a price test lie in its upper class (the threshold itself does).

    BY_UNIT_VALUE          value ÷ quantity ≥ threshold (fen) per `threshold_per` milli-units
    BY_UNIT_VALUE_IN_USD   the same with the threshold in US cents, at `usd_rate_e4` ten-thousandths of a yuan per dollar
    BY_CIGARETTE_PRICE     (value + duty + specific) ÷ (1 − lower rate) per `threshold_per` milli-pieces ≥ threshold (fen)
    """
    if test == BY_UNIT_VALUE:
        return value * threshold_per >= threshold * quantity
    if test == BY_UNIT_VALUE_IN_USD:
        scaled = threshold * usd_rate_e4
        return value * threshold_per >= scaled * (quantity // 10_000) + (scaled * (quantity % 10_000) + 9_999) // 10_000
    if test == BY_CIGARETTE_PRICE:
        # price ÷ (1 − rate) ÷ cartons ≥ threshold, turned round so that nothing is lost to division and nothing outgrows 64 bits
        price = value + duty + half_up(quantity * num, den)
        share = quantity * (1_000_000 - rate_ppm)
        whole, rest = share // threshold_per, share % threshold_per
        return price * 1_000_000 >= threshold * whole + (threshold * rest + threshold_per - 1) // threshold_per
    return True


class TaxClass(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One taxed class as written in classes.yaml: which parameters make its rate, amount and price test."""

    label_zh: str
    label_en: str
    rate: str = ""
    amount: str = ""
    unit: str = ""
    legal_units_per: str = ""
    test: str = ""
    threshold: str = ""
    threshold_per: str = "1"
    below_rate: str = ""
    below_amount: str = ""


@cache
def tax_classes() -> dict[str, TaxClass]:
    """Every taxed class of classes.yaml."""
    return read_yaml(Path(__file__).parent / "classes.yaml", dict[str, TaxClass])


class ClassTerms(NamedTuple):
    """A taxed class as of a day, in whole numbers: what the compiled rules read."""

    test: int
    rate: int
    num: int
    den: int
    below_rate: int
    below_num: int
    below_den: int
    threshold: int
    threshold_per: int


UNTAXED = ClassTerms(NOT_TAXED, 0, 0, 1, 0, 0, 1, 0, 1)
_TESTS = {
    "": ONE_RATE,
    "unit_value": BY_UNIT_VALUE,
    "unit_value_usd": BY_UNIT_VALUE_IN_USD,
    "cigarette_price": BY_CIGARETTE_PRICE,
}


@lru_cache(maxsize=1024)
def class_terms(name: str, day: dt.date, law: LawBook) -> tuple[ClassTerms, tuple[InForce, ...]]:
    """The terms of a class on a day and the parameters they come from. Raises OutOfCoverage, or LawDataError for an unknown class."""
    if not name:
        return UNTAXED, ()
    try:
        written = tax_classes()[name]
    except KeyError:
        raise LawDataError(f"consumption_tax: there is no class {name!r}") from None
    used: list[InForce] = []

    def number(parameter: str) -> str:
        if not parameter:
            return "0"
        used.append(law.rule("consumption_tax").at(parameter, day))
        return used[-1].value

    per = Fraction(number(written.legal_units_per)) if written.legal_units_per else Fraction(1)
    rate, below_rate = ppm_of(number(written.rate)), ppm_of(number(written.below_rate))
    num, den = specific_fraction(number(written.amount), per)
    below_num, below_den = specific_fraction(number(written.below_amount), per)
    threshold = fen_of(number(written.threshold))
    threshold_per = int(Fraction(written.threshold_per) * per * 1000)
    terms = ClassTerms(_TESTS[written.test], rate, num, den, below_rate, below_num, below_den, threshold, threshold_per)
    return terms, tuple(used)


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: a class on a date, value and duty in yuan, quantity in the class's unit, the dollar rate where the test needs it."""
    terms, _ = class_terms(str(given["class"]), dt.date.fromisoformat(str(given["date"])), law)
    value, duty = fen_of(given["value"]), fen_of(given.get("duty", "0"))
    quantity = milli_of(given.get("quantity", "0"))
    usd = int(Fraction(str(given.get("usd_rate", "0"))) * 10_000)
    upper = is_upper_class(
        terms.test,
        value,
        duty,
        quantity,
        usd,
        terms.threshold,
        terms.threshold_per,
        terms.num,
        terms.den,
        terms.below_rate,
    )
    rate, num, den = (
        (terms.rate, terms.num, terms.den) if upper else (terms.below_rate, terms.below_num, terms.below_den)
    )
    return {"consumption_tax": yuan(consumption_tax(value + duty, rate, quantity, num, den))}
