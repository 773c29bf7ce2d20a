"""Landed cost (到岸总成本): the value up to entry, duties and taxes, and the charges of port and agent from the register.

Reading  1. The value is the dutiable value, which reaches to unloading at the place of entry; what is left out of it by law (installation, inland carriage) is
            not counted here either.
         2. Import VAT stands in the cost and is shown apart, since most firms deduct it (as vat-law-2024 and before it vat-interim-regulations let them).
         3. A charge whose price nobody holds is named and not counted: the figure is then a least one.
Units    fen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from tongguan.assessment.letter import Block, Heading, Sentence, Table, Words, same, say
from tongguan.assessment.result import Assessment
from tongguan.assessment.shipment import Shipment
from tongguan.fees.estimate import Expected, expected
from tongguan.fees.invoice import Facts
from tongguan.fees.register import CARGO, SIZES, Register
from tongguan.grammar.findings import Finding
from tongguan.grammar.money import yuan, yuan_grouped

VAT = "import_vat"


class LandedCost(msgspec.Struct, frozen=True):
    """Value, taxes and charges in fen, each as a range; `high` is None where nothing bounds it from above.

    low and high are None where the value of some item is not known; `without_price` names the charges that are not in the figure.
    """

    value: int | None
    taxes_low: int | None
    taxes_high: int | None
    fees_low: int
    fees_high: int
    vat: int | None
    fees: tuple[Expected, ...] = ()
    without_price: tuple[Expected, ...] = ()

    @property
    def low(self) -> int | None:
        """The least it costs."""
        if self.value is None or self.taxes_low is None:
            return None
        return self.value + self.taxes_low + self.fees_low

    @property
    def high(self) -> int | None:
        """The most it costs; None where nothing bounds it, or where charges without a price come on top."""
        if self.value is None or self.taxes_high is None or self.without_price:
            return None
        return self.value + self.taxes_high + self.fees_high

    @property
    def low_without_vat(self) -> int | None:
        """The least it costs whoever deducts the import VAT; None where the options leave the VAT open."""
        return None if self.low is None or self.vat is None else self.low - self.vat

    def to_json(self) -> dict[str, Any]:
        """As plain text."""

        def money(fen: int | None) -> dict[str, str] | None:
            return None if fen is None else {"amount": yuan(fen), "currency": "CNY"}

        return {
            "value": money(self.value),
            "taxes_low": money(self.taxes_low),
            "taxes_high": money(self.taxes_high),
            "fees_low": money(self.fees_low),
            "fees_high": money(self.fees_high),
            "low": money(self.low),
            "high": money(self.high),
            "import_vat": money(self.vat),
            "low_without_vat": money(self.low_without_vat),
            "fees": [f.to_json() for f in self.fees],
            "without_price": [f.to_json() for f in self.without_price],
        }


def landed_cost(assessment: Assessment, fees: Sequence[Expected] = ()) -> LandedCost:
    """What the goods cost landed: value, taxes as assessed (surcharges with them) and the charges expected."""
    values = [item.dutiable_value for item in assessment.items]
    value = None if not values or None in values else sum(v for v in values if v is not None)
    priced = [f for f in fees if f.low is not None and f.high is not None]
    applied = [item.applied for item in assessment.items]
    vat = None
    if applied and all(option is not None for option in applied):
        vat = sum(c.payable for option in applied if option is not None for c in option.charges if c.kind == VAT)
    return LandedCost(
        value,
        assessment.total_low,
        assessment.total_high,
        sum(f.low or 0 for f in priced),
        sum(f.high or 0 for f in priced),
        vat if assessment.total_low == assessment.total_high else None,
        tuple(priced),
        tuple(f for f in fees if f.low is None),
    )


# --- from a shipment -----------------------------------------------------------------------------------------------------------------

MOST_CONTAINERS = 100_000


def facts_of(shipment: Shipment, findings: list[Finding]) -> tuple[str, Facts]:
    """The port and the containers among a shipment's facts: port, containers_20, containers_40, containers_45, cargo."""
    containers: dict[str, int] = {}
    for size in filter(None, SIZES):
        text = shipment.facts.get(f"containers_{size}", "").strip()
        if not text:
            continue
        if not (text.isascii() and text.isdigit()) or int(text[:9]) > MOST_CONTAINERS or len(text) > 9:
            findings.append(Finding("fees.containers_not_read", f"facts.containers_{size}", {"read": text[:60]}))
        elif int(text):
            containers[size] = int(text)
    cargo = shipment.facts.get("cargo", "").strip()
    return shipment.facts.get("port", "").strip().upper(), Facts(containers, cargo=cargo if cargo in CARGO else "")


def landed_cost_of(
    shipment: Shipment, assessment: Assessment, register: Register, findings: list[Finding]
) -> LandedCost:
    """The landed cost of a shipment, with the charges of its port on the day it is declared."""
    place, facts = facts_of(shipment, findings)
    return landed_cost(assessment, expected(register, shipment.declared_on, place, facts))


def landed_page(cost: LandedCost) -> list[Block]:
    """The landed cost as a table and what is not in it."""
    rows: list[tuple[Words, Words]] = [
        (say("fees.landed.value"), same(_figure(cost.value, cost.value))),
        (say("fees.landed.taxes"), same(_figure(cost.taxes_low, cost.taxes_high))),
        *((Words(f.charge.name_zh, f.charge.name_en), same(_figure(f.low, f.high))) for f in cost.fees),
    ]
    strong = len(rows)
    is_one = cost.low is not None and cost.low == cost.high
    rows.append(
        (say("fees.landed.total" if is_one else "fees.landed.total_at_least"), same(_figure(cost.low, cost.low)))
    )
    if cost.low_without_vat is not None and cost.vat:
        rows.append((say("fees.landed.without_vat"), same(yuan_grouped(cost.low_without_vat))))
    blocks: list[Block] = [
        Heading(say("fees.landed.title"), 3),
        Table(tuple(rows), frozenset({1}), frozenset({strong})),
    ]
    if cost.without_price:
        names_zh = "、".join(f.charge.name_zh for f in cost.without_price)
        names_en = ", ".join(f.charge.name_en for f in cost.without_price)
        blocks.append(Sentence(say("fees.landed.without_price", names_zh=names_zh, names_en=names_en), "quiet"))
    elif not cost.fees:
        blocks.append(Sentence(say("fees.landed.no_containers"), "quiet"))
    return blocks


def _figure(low: int | None, high: int | None) -> str:
    if low is None:
        return "?"
    if high is None:
        return f"≥ {yuan_grouped(low)}"
    return yuan_grouped(low) if low == high else f"{yuan_grouped(low)} – {yuan_grouped(high)}"
