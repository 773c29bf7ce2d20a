"""Figures of the dutiable value and its exchange rate: from the invoice to yuan, and the day the rate is taken from."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple

from tongguan.assessment.worked_cases import vocabulary as words
from tongguan.assessment.worked_cases.calendars import compared, own_calendar
from tongguan.assessment.worked_cases.sheet import Lacking, Sheet, derives, has
from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.money import decimal_of, half_up, milli_of
from tongguan.grammar.parameters import LAW
from tongguan.grammar.strict_yaml import read_yaml
from tongguan.law.channels.repair_and_processing_abroad.rule import (
    ON_COST_ABROAD,
    processing_value,
    repair_value,
    value_basis,
)
from tongguan.law.governing_date import rule as governing
from tongguan.law.valuation.exchange_rate.rule import reference_day
from tongguan.law.valuation.transaction_value.rule import (
    MICRO_FEN_PER_YUAN,
    NOT_DETERMINED,
    TradeTerm,
    dutiable_value,
    micro_fen,
    trade_terms,
)

FINE = 1_000_000
"""Foreign amounts go through the rule a million times enlarged, so that its one rounding falls far behind the point."""


ABROAD = ("foreign_inland_and_export", "foreign_inland", "export_handling")
"""Costs between the seller's gate and the ship."""


@cache
def known_terms() -> dict[str, TradeTerm]:
    """The terms of delivery, read once."""
    return trade_terms()


@cache
def known_adjustments() -> dict[str, dict[str, Any]]:
    """Additions and deductions as the rule's own file describes them."""
    return read_yaml(LAW / "valuation" / "transaction_value" / "adjustments.yaml", dict[str, dict[str, Any]])


class Legs(NamedTuple):
    """A price on its way to the place of entry, in millionths of a fen; `insurance` may be NOT_DETERMINED."""

    goods: int
    freight: int
    insurance: int
    additions: int
    deductions: int


def rate_of(s: Sheet, currency: str) -> Decimal:
    """CNY for one unit of a currency, as the case states it. Raises Lacking."""
    main = s.text("currency").upper()
    if currency in ("", "CNY", "RMB") and main in ("", "CNY", "RMB") and not s.has("fx_cny_per_unit"):
        return Decimal(1)
    if currency in ("CNY", "RMB"):
        return Decimal(1)
    for name, match, value in s.matching(words.FX_OF_CURRENCY.fullmatch):
        if match["currency"].upper() == currency:
            s.use(name)
            return Decimal(value)
    every = s.stated("fx_cny_per_unit")
    if isinstance(every, dict):
        found = next((rate for code, rate in every.items() if code.upper() == currency), None)
        if found is None:
            raise Lacking(f"fx_cny_per_{currency.lower()}")
        return Decimal(found)
    if every is not None and currency in ("", main):
        return Decimal(every) / Decimal(s.stated("fx_units") or 1)
    hundred = s.stated("fx_cny_per_100_units") if currency in ("", main) else None
    if hundred is None:
        raise Lacking(f"fx_cny_per_{currency.lower()}" if currency not in ("", main) else "fx_cny_per_unit")
    return Decimal(hundred) / 100


def amount_in(s: Sheet, name: str, value: object, rate: Decimal | None) -> int:
    """An amount in millionths of a fen: at `rate`, or at the rate of the currency it is stated in. Raises Lacking."""
    own = s.case.inputs.get(f"{name}_currency")
    amount, currency = value, str(own).upper() if own else s.text("currency").upper()
    if own:
        s.use(f"{name}_currency")
    if isinstance(value, dict):
        amount, currency = value.get("amount"), str(value.get("currency") or currency).upper()
    if isinstance(value, list):
        return sum(amount_in(s, name, part, rate) for part in value)
    if amount is None:
        raise Lacking(name)
    if rate is not None:
        if currency != s.text("currency").upper():
            raise Lacking(f"{name} ({s.text('currency').upper() or 'CNY'})")
        return micro_fen(decimal_of(amount), rate)
    exact = Fraction(decimal_of(amount)) * Fraction(rate_of(s, currency)) * MICRO_FEN_PER_YUAN
    return exact.numerator if exact.denominator == 1 else half_up(exact.numerator, exact.denominator)


def _leg(s: Sheet, fact: str, rate: Decimal | None) -> int | None:
    value = s.stated(fact)
    name = next((n for n in words.FACT_NAMES[fact] if n in s.case.inputs), fact)
    return None if value is None else amount_in(s, name, value, rate)


def legs_of(s: Sheet, rate: Decimal | None) -> Legs:
    """Price, freight, insurance, additions and deductions under the term of delivery. Raises Lacking."""
    goods = _leg(s, "price", rate)
    if goods is None:
        raise Lacking("price")
    name = s.text("term").upper().partition(" ")[0]  # the named place behind a term changes nothing
    terms = known_terms()
    term = terms.get(name)
    if name and term is None:
        raise OutOfCoverage("cases.term_not_known", term=name, known=", ".join(terms))
    leaves = _legs_stated(s) if term is None else term.add
    freight = 0
    if "foreign_inland" in leaves:
        stated = [part for fact in ABROAD if (part := _leg(s, fact, rate)) is not None]
        if not stated:
            s.remark("cases.leg_taken_as_nothing", "", {"fact": ABROAD[0], "term": name})
        freight += sum(stated)
    if "freight" in leaves:
        main = _leg(s, "freight", rate)
        if main is None:
            raise Lacking("freight")
        freight += main
    insurance = 0
    if "insurance" in leaves:
        part = _leg(s, "insurance", rate)
        insurance = NOT_DETERMINED if part is None else part
    return Legs(goods, freight, insurance, *_adjusted(s, rate))


def _legs_stated(s: Sheet) -> list[str]:
    """Without a term of delivery the legs stated are those to add."""
    legs = {"foreign_inland": ABROAD, "freight": ("freight",), "insurance": ("insurance",)}
    stated = [leg for leg, facts in legs.items() if any(s.has(fact) or s.is_unknown(fact) for fact in facts)]
    if stated:
        s.remark("cases.term_missing", "", {"legs": ", ".join(stated)})
    return stated


def _adjusted(s: Sheet, rate: Decimal | None) -> tuple[int, int]:
    """Additions and deductions in millionths of a fen; the law says of each whether it counts."""
    sums = {"add": 0, "deduct": 0}
    for name, known, value in s.matching(words.adjustment_of):
        s.use(name)
        described = known_adjustments().get(known, {})
        effect = described.get("effect", "none")
        if effect == "deduct_while_allowed":
            allowed = s.law(f"valuation/transaction_value/{described.get('allowed', 'warranty_is_deductible')}")
            effect = "deduct" if allowed.whole() else "none"
        if effect != "none":
            sums[effect] += amount_in(s, name, value, rate)
    return sums["add"], sums["deduct"]


def _share(s: Sheet) -> int:
    return int(Decimal(s.given_or_law("insurance_rate", "valuation/transaction_value/insurance_share")) * 1_000_000)


def _foreign(s: Sheet, legs: Legs) -> Fraction:
    return Fraction(dutiable_value(*legs, _share(s)), FINE * 100)


@derives("insurance_foreign", when=has("price"))
def insurance_in_the_price_currency(s: Sheet) -> Fraction:
    """What stands for insurance: as stated, or the law's share of price and freight."""
    legs = legs_of(s, Decimal(FINE))._replace(additions=0, deductions=0)
    return _foreign(s, legs) - _foreign(s, legs._replace(insurance=0))


@derives("cif_foreign", when=has("price"))
def cif_in_the_price_currency(s: Sheet) -> Fraction:
    """Price, freight and insurance up to the place of entry, before additions and deductions."""
    return _foreign(s, legs_of(s, Decimal(FINE))._replace(additions=0, deductions=0))


@derives("dutiable_foreign", when=has("price"))
def dutiable_in_the_price_currency(s: Sheet) -> Fraction:
    """The dutiable value before conversion."""
    return _foreign(s, legs_of(s, Decimal(FINE)))


@derives("insurance_cny", when=has("price"))
def insurance_in_yuan(s: Sheet) -> Fraction:
    """Insurance converted."""
    legs = legs_of(s, None)._replace(additions=0, deductions=0)
    return Fraction(dutiable_value(*legs, _share(s)) - dutiable_value(*legs._replace(insurance=0), 0), 100)


def _cost_abroad(s: Sheet, rate: Decimal | None) -> int:
    """The dutiable value of goods sent abroad and back, in millionths of a fen. Raises Lacking."""
    processing = s.has("processing_fee") or (s.has("foreign_materials") and not s.has("foreign_costs"))
    s.law(f"channels/repair_and_processing_abroad/{'processing' if processing else 'repair'}_basis")
    back = s.stated("goods_back")
    last = s.stated("must_return_by")
    in_time = s.says("returned_in_time") is not False and not (back and last and back > last)
    basis = value_basis(s.says("reported_at_export") is not False, 0 if in_time else 1, 0)
    if basis != ON_COST_ABROAD:
        whole = _leg(s, "whole_value", rate)
        if whole is None:
            raise Lacking("whole_value")
        return whole
    if processing:
        facts = ("processing_fee", "foreign_materials", "return_freight", "return_insurance")
        return processing_value(*(_leg(s, fact, rate) or 0 for fact in facts))
    fee = _leg(s, "foreign_costs", rate)
    if fee is None:
        raise Lacking("repair_fee")
    return repair_value(fee, _leg(s, "parts", rate) or _leg(s, "foreign_materials", rate) or 0)


_ABROAD = has("foreign_costs", "processing_fee")


@derives("dutiable_foreign", when=_ABROAD)
def cost_abroad_in_its_currency(s: Sheet) -> Fraction:
    """Fee and materials abroad before conversion."""
    return Fraction(_cost_abroad(s, Decimal(1)), MICRO_FEN_PER_YUAN)


@derives("customs_value_cny", when=_ABROAD)
def cost_abroad_in_yuan(s: Sheet) -> int:
    """Goods repaired or processed abroad: what was done there, converted once."""
    return dutiable_value(_cost_abroad(s, None), 0, 0, 0, 0, 0)


@derives("customs_value_cny", when=has("price"))
def transaction_value_in_yuan(s: Sheet) -> int:
    """From the price to the dutiable value in yuan, rounded once."""
    legs = legs_of(s, None)
    if legs.goods + legs.freight + max(legs.insurance, 0) + legs.additions < legs.deductions:
        raise OutOfCoverage("cases.deductions_exceed_price")
    return dutiable_value(*legs, _share(s))


@derives("customs_value_cny", when=has("customs_value_usd"))
def value_from_dollars(s: Sheet) -> int:
    """A dutiable value stated in dollars."""
    return dutiable_value(
        micro_fen(s.need("customs_value_usd"), s.need("fx_cny_per_usd", "fx_cny_per_unit")), 0, 0, 0, 0, 0
    )


@derives("customs_value_cny", when=has("unit_value_cny_per_kg", "unit_value_cny", "usd_per_ton"))
def value_from_unit_value(s: Sheet) -> int:
    """A dutiable value stated for each unit, times the units."""
    if s.has("unit_value_cny_per_kg"):
        return half_up(milli_of(s.need("unit_value_cny_per_kg")) * s.need_quantity("kg"), 10_000)
    if s.has("unit_value_cny"):
        units = next((q for unit in ("piece", "millilitre", "g") if (q := s.quantity(unit)) is not None), 1000)
        return half_up(milli_of(s.need("unit_value_cny")) * units, 10_000)
    dollars = Decimal(s.need("usd_per_ton")) * Decimal(s.need_quantity("tonne")) / 1000
    return dutiable_value(half_up(*_micro(dollars, s.need("fx_cny_per_usd", "fx_cny_per_unit"))), 0, 0, 0, 0, 0)


def _micro(amount: Decimal, rate: object) -> tuple[int, int]:
    return (Fraction(amount) * Fraction(decimal_of(rate)) * MICRO_FEN_PER_YUAN).as_integer_ratio()


@derives("reference_date")
def day_of_the_exchange_rate(s: Sheet) -> dt.date:
    """The day whose published rate is used in the month of the declaration."""
    declared = s.stated("declaration_date", "declaration_completed", "declared") or s.case.date
    if declared is None:
        raise Lacking("declaration_date")
    rule = s.law("valuation/exchange_rate/when_closed", declared).whole()
    own = own_calendar(s, declared - dt.timedelta(days=31), declared)
    return compared(s, "reference_date", lambda calendar: reference_day(declared, rule, calendar), own)


def _governing(s: Sheet) -> tuple[int, int]:
    declared = s.stated("declaration_completed", "declaration_date", "declared")
    entry = s.stated("conveyance_entry")
    known = declared or entry or s.case.date
    if known is None:
        raise Lacking("declaration_date", "conveyance_entry")
    regime = s.law("governing_date/regime", known).whole()
    declared_on = (declared or known).toordinal()
    day, reason = governing.governing_day(governing.ORDINARY, regime, declared_on, entry.toordinal() if entry else 0)
    return day, governing.exchange_rate_day(regime, day, reason, declared_on)


@derives("governing_date")
def day_of_the_rates(s: Sheet) -> dt.date:
    """The day whose duty rates apply."""
    return dt.date.fromordinal(_governing(s)[0])


@derives("fx_date")
def day_whose_exchange_rate(s: Sheet) -> dt.date:
    """The day whose exchange rate applies."""
    return dt.date.fromordinal(_governing(s)[1])
