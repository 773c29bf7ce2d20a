"""From the invoice to the dutiable value of each goods item: terms of delivery, additions, deductions, shared freight and insurance, exchange rate."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec

from tongguan.assessment.result import ValueStep
from tongguan.assessment.shipment import CHANNELS_WITHOUT_CODE, Cost, GoodsItem, Shipment
from tongguan.assessment.terms import TARIFF_LAW_FROM, YES, label
from tongguan.assessment.world import World
from tongguan.grammar.findings import Finding
from tongguan.grammar.money import MAX_VALUE_FEN, decimal_text, percent_text, yuan_grouped
from tongguan.grammar.parameters import LAW
from tongguan.grammar.strict_yaml import read_yaml
from tongguan.law.valuation.allocation.rule import allocate
from tongguan.law.valuation.transaction_value.rule import (
    MICRO_FEN_PER_YUAN,
    NOT_DETERMINED,
    TradeTerm,
    dutiable_value,
    trade_terms,
)

LEGS = ("foreign_inland", "freight", "insurance")
MICRO = 1_000_000


class Adjustment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An addition to, or deduction from, the price, as written in adjustments.yaml.

    `allowed` names the parameter that says whether a deduction is open; `tests` the facts of the item that must all be yes.
    """

    effect: str
    label_zh: str
    label_en: str
    old: str
    new: str
    allowed: str = ""
    tests: list[str] = []


@cache
def adjustments() -> dict[str, Adjustment]:
    """Every addition and deduction we know by name."""
    return read_yaml(Path(LAW) / "valuation" / "transaction_value" / "adjustments.yaml", dict[str, Adjustment])


class Valued(NamedTuple):
    """The dutiable value of one item. `value` is None when it cannot be said; `is_lower_bound` when a cost leg is not known."""

    value: int | None
    is_lower_bound: bool
    steps: tuple[ValueStep, ...]
    findings: tuple[Finding, ...]
    missing: tuple[str, ...]


class _Rates:
    """Exchange rates of a shipment; a missing one becomes a finding once per currency and path."""

    def __init__(self, shipment: Shipment, fx_day: dt.date, reference: str) -> None:
        self.rates = {"CNY": Decimal(1), **shipment.exchange_rates}
        self.fx_day = fx_day
        self.reference = reference

    def micro_fen(self, amount: Decimal, currency: str, path: str, findings: list[Finding]) -> int | None:
        rate = self.rates.get(currency)
        if rate is None:
            facts = {"currency": currency, "month": self.fx_day.isoformat()[:7], "reference": self.reference}
            findings.append(Finding("valuation.exchange_rate_missing", path, facts, "tariff-law-2024#60"))
            return None
        exact = amount * rate * MICRO_FEN_PER_YUAN
        whole = exact.to_integral_value()
        if whole != exact:
            findings.append(
                Finding(
                    "valuation.too_precise",
                    path,
                    {"amount": decimal_text(amount), "rate": decimal_text(rate)},
                    severity="error",
                )
            )
            return None
        return int(whole)


def fraction_of_cost(cost: Cost | None) -> tuple[Decimal | None, str]:
    """The amount and currency of a cost, or None when it is not known."""
    return (None, "") if cost is None else (cost.amount, cost.currency)


def value_items(
    shipment: Shipment, governing_on: dt.date, fx_day: dt.date, reference: str, world: World
) -> list[Valued]:
    """The dutiable value of every item, with the steps that lead to it."""
    rates = _Rates(shipment, fx_day, reference)
    common: list[Finding] = []
    shared = _Shared(shipment, trade_terms_by_name().get(shipment.trade_terms), {}, set())
    weights = _weights(shipment, rates, common)
    for leg in LEGS:
        _share(leg, shared, weights, rates, common, _value_article(governing_on))
    answers = []
    for number, item in enumerate(shipment.items):
        valuing = _Valuing(f"items[{number + 1}]", governing_on, rates, world, common if number == 0 else [], [], [])
        answers.append(_value_item(valuing, item, number, shared))
    return answers


@cache
def trade_terms_by_name() -> dict[str, TradeTerm]:
    """The terms of delivery, loaded once."""
    return dict(trade_terms())


class _Shared(NamedTuple):
    """Costs of the whole consignment: the part of each item by leg, and the legs whose amount nobody knows."""

    shipment: Shipment
    term: TradeTerm | None
    parts: dict[str, list[int]]
    unknown: set[str]

    def is_in_price(self, leg: str) -> bool:
        """Whether the terms of delivery put the leg into the price."""
        return self.term is not None and leg not in self.term.add


class _Valuing(NamedTuple):
    """The valuation of one item under way: where findings, steps and missing legs are noted."""

    path: str
    day: dt.date
    rates: _Rates
    world: World
    findings: list[Finding]
    steps: list[ValueStep]
    missing: list[str]

    def refused(self) -> Valued:
        """No value can be said; the findings tell why."""
        return Valued(None, True, tuple(self.steps), tuple(self.findings), tuple(self.missing))

    def step(self, kind: str, micro: int, zh: str, en: str, because: str) -> None:
        """Note one step, from millionths of a fen."""
        sign = "-" if micro < 0 else ""
        amount = sign + yuan_grouped((abs(micro) + MICRO // 2) // MICRO)
        self.steps.append(ValueStep(kind, amount, amount, zh, en, because))


def _value_article(day: dt.date) -> str:
    return "tariff-law-2024#24" if day >= TARIFF_LAW_FROM else "duty-regulations-2003#18"


def _other_methods_article(day: dt.date) -> str:
    """Where the methods stand that follow when there is no transaction value."""
    return "tariff-law-2024#27" if day >= TARIFF_LAW_FROM else "duty-regulations-2003#21"


def _weights(shipment: Shipment, rates: _Rates, findings: list[Finding]) -> list[int]:
    """What shared costs are spread by: the value or the net weight of each item."""
    if shipment.allocation == "by_weight":
        kilograms = [item.quantities.get("kg") for item in shipment.items]
        if all(k is not None for k in kilograms):
            return [int((k or Decimal(0)) * 1000) for k in kilograms]
        if len(shipment.items) > 1:
            findings.append(Finding("valuation.weight_missing_for_allocation", "allocation", {}, severity="warning"))
    values = []
    for item in shipment.items:
        rate = rates.rates.get(item.currency, Decimal(0))
        values.append(int((item.price or Decimal(0)) * rate * 100))
    return values


def _share(leg: str, shared: _Shared, weights: list[int], rates: _Rates, findings: list[Finding], article: str) -> None:
    """Spread one cost of the consignment over its items. Items that state their own are left with it (`_leg_of`)."""
    amount, currency = fraction_of_cost(getattr(shared.shipment, leg))
    if shared.is_in_price(leg):
        if amount:
            findings.append(_in_price(leg, leg, shared, article))
    elif amount is None:
        if leg != "insurance":
            shared.unknown.add(leg)
    else:
        micro = rates.micro_fen(amount, currency, leg, findings)
        if micro is None:
            shared.unknown.add(leg)
        else:
            shared.parts[leg] = allocate(micro, weights)


def _leg(leg: str) -> dict[str, str]:
    """The name of a cost as facts of a finding."""
    zh, en = label(f"leg.{leg}")
    return {"leg_zh": zh, "leg_en": en}


def _in_price(leg: str, path: str, shared: _Shared, article: str) -> Finding:
    facts = {**_leg(leg), "term": shared.shipment.trade_terms}
    return Finding("valuation.leg_in_price", path, facts, article, "warning")


def _leg_of(v: _Valuing, item: GoodsItem, number: int, leg: str, shared: _Shared) -> int | None:
    """What one leg adds to an item, in millionths of a fen; NOT_DETERMINED for insurance nobody knows; None when its currency has no rate."""
    own: Cost | None = None if leg == "foreign_inland" else getattr(item, leg)
    amount, currency = fraction_of_cost(own)
    if shared.is_in_price(leg):
        if amount:
            v.findings.append(_in_price(leg, f"{v.path}.{leg}", shared, _value_article(v.day)))
        return 0
    if amount is not None:
        return v.rates.micro_fen(amount, currency, f"{v.path}.{leg}", v.findings)
    if leg in shared.parts and not _states_their_own(shared.shipment, leg):
        return shared.parts[leg][number]
    if leg == "insurance" and leg not in shared.unknown:
        return NOT_DETERMINED
    v.missing.append(leg)
    return 0


def _states_their_own(shipment: Shipment, leg: str) -> bool:
    """Whether the declarant gives the leg item by item (allocation "given"); the consignment's amount is then not spread again."""
    return leg != "foreign_inland" and any(getattr(item, leg) is not None for item in shipment.items)


def _value_item(v: _Valuing, item: GoodsItem, number: int, shared: _Shared) -> Valued:
    article = _value_article(v.day)
    if item.dutiable_value is not None:
        return _as_given(v, item)
    if item.price is None:
        v.findings.append(Finding("valuation.price_missing", f"{v.path}.price", {}, article))
        v.missing.append("price")
        return v.refused()
    if item.price == 0 and shared.shipment.channel not in CHANNELS_WITHOUT_CODE:
        v.findings.append(Finding("valuation.price_is_zero", f"{v.path}.price", {}, _other_methods_article(v.day)))
        v.missing.append("price")
        return v.refused()
    goods = v.rates.micro_fen(item.price, item.currency, f"{v.path}.price", v.findings)
    if goods is None:
        return v.refused()
    rate = v.rates.rates[item.currency]
    shown = f"{decimal_text(item.price)} {item.currency}" + (
        "" if item.currency == "CNY" else f" × {decimal_text(rate)}"
    )
    v.step("price", goods, f"货价 {shown}", f"price {shown}", article)
    legs: dict[str, int] = {}
    for leg in LEGS:
        amount = _leg_of(v, item, number, leg, shared)
        if amount is None:
            return v.refused()
        legs[leg] = amount
    for leg in ("foreign_inland", "freight"):
        if legs[leg]:
            v.step(leg, legs[leg], *label(f"leg.{leg}"), article)
    freight = legs["foreign_inland"] + legs["freight"]
    share = _insurance(v, goods + freight, legs["insurance"])
    additions, deductions = _adjust(v, item)
    total = goods + freight + max(legs["insurance"], 0) + additions - deductions
    if total < 0:
        v.findings.append(Finding("valuation.negative_value", v.path, {}, article))
        return v.refused()
    if total > 2 * MAX_VALUE_FEN * MICRO:
        v.findings.append(Finding("valuation.value_too_large", v.path, {"limit": yuan_grouped(MAX_VALUE_FEN)}))
        return v.refused()
    return _bounded(v, dutiable_value(goods, freight, legs["insurance"], additions, deductions, share))


def _as_given(v: _Valuing, item: GoodsItem) -> Valued:
    """A value that was found by another method, or is simply given."""
    because = _other_methods_article(v.day)
    if item.valuation_method == "transaction_value":
        because = _value_article(v.day)
    fen = int((item.dutiable_value or Decimal(0)) * 100)
    called = label("value.as_given" if v.day >= TARIFF_LAW_FROM else "value.as_given_before")
    v.step("dutiable_value", fen * MICRO, *called, because)
    return _bounded(v, fen)


def _insurance(v: _Valuing, price_and_freight: int, insurance: int) -> int:
    """Notes the premium, given or as a share of price and freight, and answers the share in ppm."""
    share = v.world.at("valuation/transaction_value/insurance_share", v.day)
    if insurance == NOT_DETERMINED:
        premium = price_and_freight * share.ppm() // MICRO
        percent = percent_text(share.ppm())
        zh, en = (
            f"保险费（无法确定，按货价加运费的 {percent} 计）",
            f"insurance, not determined: {percent} of price plus freight",
        )
        v.step("insurance", premium, zh, en, share.citation)
    elif insurance:
        v.step("insurance", insurance, *label("leg.insurance"), _value_article(v.day))
    return share.ppm()


def _adjust(v: _Valuing, item: GoodsItem) -> tuple[int, int]:
    """Additions and deductions in millionths of a fen; what stays out is said."""
    sums = {"add": 0, "deduct": 0}
    for field in ("additions", "deductions"):
        for name, amount in getattr(item, field).items():
            where = f"{v.path}.{field}.{name}"
            known = adjustments().get(name)
            if known is None:
                v.findings.append(
                    Finding(
                        "valuation.adjustment_not_known",
                        where,
                        {"name": name, "known": ", ".join(adjustments())},
                        severity="error",
                    )
                )
                continue
            because = known.new if v.day >= TARIFF_LAW_FROM else known.old
            effect = _effect(v, item, known, where, because)
            facts = {
                "label_zh": known.label_zh,
                "label_en": known.label_en,
                "amount": decimal_text(amount),
                "currency": item.currency,
            }
            if effect == "none":
                v.findings.append(Finding("valuation.not_part_of_adjustments", where, facts, because, "note"))
                continue
            micro = v.rates.micro_fen(amount, item.currency, where, v.findings)
            if micro is None or effect not in sums:
                continue
            sums[effect] += micro
            v.step(name, micro if effect == "add" else -micro, known.label_zh, known.label_en, because)
    return sums["add"], sums["deduct"]


def _effect(v: _Valuing, item: GoodsItem, known: Adjustment, where: str, because: str) -> str:
    """add, deduct or none; "refused" for a deduction whose conditions are not all stated, which is said."""
    if known.effect != "deduct_while_allowed":
        return known.effect
    if not v.world.at(f"valuation/transaction_value/{known.allowed}", v.day).whole():
        return "none"
    if all(item.facts.get(test, "").strip().lower() in YES for test in known.tests):
        return "deduct"
    facts = {"label_zh": known.label_zh, "label_en": known.label_en, "tests": ", ".join(known.tests)}
    v.findings.append(Finding("valuation.deduction_not_shown", where, facts, because, "warning"))
    return "refused"


def _bounded(v: _Valuing, fen: int) -> Valued:
    """The value, refused when it outgrows what we compute with; a lower bound when a leg is missing."""
    if fen > MAX_VALUE_FEN:
        v.findings.append(Finding("valuation.value_too_large", v.path, {"limit": yuan_grouped(MAX_VALUE_FEN)}))
        return v.refused()
    for leg in v.missing:
        facts = _leg(leg)
        v.findings.append(Finding("valuation.leg_missing", leg, facts, severity="warning"))
    return Valued(fen, bool(v.missing), tuple(v.steps), tuple(v.findings), tuple(v.missing))
