"""From the invoice to the dutiable value of each goods item: terms of delivery, additions, deductions, shared freight and insurance, exchange rate."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec

from tongguan.assessment.result import ValueStep
from tongguan.assessment.shipment import Cost, GoodsItem, Shipment
from tongguan.assessment.world import World
from tongguan.grammar.findings import Finding
from tongguan.grammar.money import MAX_VALUE_FEN, decimal_text, yuan_grouped
from tongguan.grammar.parameters import LAW
from tongguan.grammar.strict_yaml import read_yaml
from tongguan.law.valuation.allocation.rule import allocate
from tongguan.law.valuation.transaction_value.rule import MICRO_FEN_PER_YUAN, NOT_DETERMINED, dutiable_value, trade_terms

TARIFF_LAW_FROM = dt.date(2024, 12, 1)


class Adjustment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An addition to, or deduction from, the price, as written in adjustments.yaml."""

    effect: str
    label_zh: str
    label_en: str
    old: str
    new: str


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
                Finding("valuation.too_precise", path, {"amount": decimal_text(amount), "rate": decimal_text(rate)}, severity="error")
            )
            return None
        return int(whole)


def fraction_of_cost(cost: Cost | None) -> tuple[Decimal | None, str]:
    """The amount and currency of a cost, or None when it is not known."""
    return (None, "") if cost is None else (cost.amount, cost.currency)


def value_items(shipment: Shipment, governing_on: dt.date, fx_day: dt.date, reference: str, world: World) -> list[Valued]:
    """The dutiable value of every item, with the steps that lead to it."""
    rates = _Rates(shipment, fx_day, reference)
    term = trade_terms_by_name().get(shipment.trade_terms)
    shared: dict[str, list[int] | None] = {}
    common: list[Finding] = []
    missing: list[str] = []
    weights = _weights(shipment, rates, common)
    for leg in ("foreign_inland", "freight", "insurance"):
        cost: Cost | None = getattr(shipment, leg)
        amount, currency = fraction_of_cost(cost)
        own = leg != "foreign_inland" and any(getattr(item, leg) is not None for item in shipment.items)
        if own:
            continue
        if term is not None and leg not in term.add:
            if amount is not None:
                common.append(
                    Finding("valuation.leg_in_price", leg, {"leg_zh": _LEGS[leg][0], "leg_en": _LEGS[leg][1], "term": shipment.trade_terms},
                            _value_article(governing_on), "warning")
                )  # fmt: skip
            shared[leg] = [0] * len(shipment.items)
        elif amount is None:
            shared[leg] = None
            if leg != "insurance":
                missing.append(leg)
        else:
            micro = rates.micro_fen(amount, currency, leg, common)
            shared[leg] = None if micro is None else allocate(micro, weights)
            if micro is None:
                missing.append(leg)
    answers = []
    for number, item in enumerate(shipment.items):
        answers.append(_value_item(shipment, item, number, shared, list(common) if number == 0 else [], missing, rates, governing_on, world))
    return answers


@cache
def trade_terms_by_name() -> dict[str, object]:
    """The terms of delivery, loaded once."""
    return dict(trade_terms())


_LEGS = {
    "foreign_inland": ("境外内陆运费及出口费用", "inland haulage and export costs abroad"),
    "freight": ("国际运费", "main freight"),
    "insurance": ("保险费", "insurance"),
}


def _value_article(day: dt.date) -> str:
    return "tariff-law-2024#24" if day >= TARIFF_LAW_FROM else "duty-regulations-2003#18"


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


def _value_item(
    shipment: Shipment,
    item: GoodsItem,
    number: int,
    shared: dict[str, list[int] | None],
    findings: list[Finding],
    missing_legs: list[str],
    rates: _Rates,
    governing_on: dt.date,
    world: World,
) -> Valued:
    path = f"items[{number + 1}]"
    steps: list[ValueStep] = []
    article = _value_article(governing_on)
    if item.dutiable_value is not None:
        fen = int(item.dutiable_value * 100)
        because = "tariff-law-2024#27" if governing_on >= TARIFF_LAW_FROM else "duty-regulations-2003#21"
        if item.valuation_method == "transaction_value":
            because = article
        steps.append(_step("dutiable_value", fen * 1_000_000, "计税价格（已给定）", "dutiable value as given", because))
        return _bounded(fen, False, steps, findings, [], path)
    if item.price is None:
        findings.append(Finding("valuation.price_missing", f"{path}.price", {}, article))
        return Valued(None, True, (), tuple(findings), ("price",))
    goods = rates.micro_fen(item.price, item.currency, f"{path}.price", findings)
    if goods is None:
        return Valued(None, True, (), tuple(findings), ())
    rate = rates.rates[item.currency]
    shown = f"{decimal_text(item.price)} {item.currency}" + ("" if item.currency == "CNY" else f" × {decimal_text(rate)}")
    steps.append(_step("price", goods, f"货价 {shown}", f"price {shown}", article))
    missing: list[str] = []
    legs: dict[str, int] = {}
    is_lower_bound = False
    insurance = 0
    for leg in ("foreign_inland", "freight", "insurance"):
        own = getattr(item, leg, None) if leg != "foreign_inland" else None
        amount, currency = fraction_of_cost(own)
        if amount is not None:
            micro = rates.micro_fen(amount, currency, f"{path}.{leg}", findings)
            if micro is None:
                return Valued(None, True, tuple(steps), tuple(findings), ())
            legs[leg] = micro
        else:
            parts = shared.get(leg)
            if parts is not None:
                legs[leg] = parts[number]
            elif leg == "insurance":
                legs[leg] = NOT_DETERMINED
            else:
                legs[leg] = 0
                if leg in missing_legs or leg not in shared:
                    missing.append(leg)
                    is_lower_bound = True
    for leg in ("foreign_inland", "freight"):
        if legs[leg]:
            steps.append(_step(leg, legs[leg], *_LEGS[leg], article))
    freight = legs["foreign_inland"] + legs["freight"]
    insurance = legs["insurance"]
    share = world.at("valuation/transaction_value/insurance_share", governing_on)
    if insurance == NOT_DETERMINED:
        premium = (goods + freight) * share.ppm() // 1_000_000
        steps.append(
            _step("insurance", premium, "保险费（无法确定，按货价加运费的 0.3% 计）", "insurance, not determined: 0.3 % of price plus freight", share.citation)
        )
    elif insurance:
        steps.append(_step("insurance", insurance, *_LEGS["insurance"], article))
    additions, deductions = _adjust(item, path, rates, findings, steps, governing_on, world)
    if any(leg.startswith("!") for leg in missing):
        return Valued(None, True, tuple(steps), tuple(findings), ())
    total = goods + freight + max(insurance, 0) + additions - deductions
    if total < 0:
        findings.append(Finding("valuation.negative_value", path, {}, article))
        return Valued(None, False, tuple(steps), tuple(findings), ())
    if total > 2 * MAX_VALUE_FEN * 1_000_000:
        findings.append(Finding("valuation.value_too_large", path, {"limit": yuan_grouped(MAX_VALUE_FEN)}))
        return Valued(None, False, tuple(steps), tuple(findings), ())
    fen = dutiable_value(goods, freight, insurance, additions, deductions, share.ppm())
    return _bounded(fen, is_lower_bound, steps, findings, missing, path)


def _adjust(
    item: GoodsItem,
    path: str,
    rates: _Rates,
    findings: list[Finding],
    steps: list[ValueStep],
    governing_on: dt.date,
    world: World,
) -> tuple[int, int]:
    """Additions and deductions in millionths of a fen; what stays out is said."""
    sums = {"add": 0, "deduct": 0}
    for field in ("additions", "deductions"):
        for name, amount in getattr(item, field).items():
            known = adjustments().get(name)
            where = f"{path}.{field}.{name}"
            if known is None:
                findings.append(
                    Finding("valuation.adjustment_not_known", where, {"name": name, "known": ", ".join(adjustments())}, severity="error")
                )
                continue
            because = known.new if governing_on >= TARIFF_LAW_FROM else known.old
            effect = known.effect
            if effect == "deduct_while_allowed":
                allowed = world.at("valuation/transaction_value/warranty_is_deductible", governing_on)
                effect = "deduct" if allowed.whole() else "none"
            facts = {"label_zh": known.label_zh, "label_en": known.label_en, "amount": decimal_text(amount), "currency": item.currency}
            if effect == "none":
                findings.append(Finding("valuation.not_part_of_adjustments", where, facts, because, "note"))
                continue
            micro = rates.micro_fen(amount, item.currency, where, findings)
            if micro is None:
                continue
            sums[effect] += micro
            sign = 1 if effect == "add" else -1
            steps.append(_step(name, sign * micro, known.label_zh, known.label_en, because))
    return sums["add"], sums["deduct"]


def _bounded(
    fen: int, is_lower_bound: bool, steps: list[ValueStep], findings: list[Finding], missing: list[str], path: str
) -> Valued:
    if fen > MAX_VALUE_FEN:
        findings.append(Finding("valuation.value_too_large", path, {"limit": yuan_grouped(MAX_VALUE_FEN)}))
        return Valued(None, False, tuple(steps), tuple(findings), ())
    for leg in missing:
        facts = {"leg_zh": _LEGS[leg][0], "leg_en": _LEGS[leg][1]}
        findings.append(Finding("valuation.leg_missing", leg, facts, severity="warning"))
    return Valued(fen, is_lower_bound, tuple(steps), tuple(findings), tuple(missing))


def _step(kind: str, micro: int, zh: str, en: str, because: str) -> ValueStep:
    sign = "-" if micro < 0 else ""
    amount = sign + yuan_grouped((abs(micro) + 500_000) // 1_000_000)
    return ValueStep(kind, amount, amount, zh, en, because)
