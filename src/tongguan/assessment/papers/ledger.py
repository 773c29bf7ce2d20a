"""Licences for a quantity: written off batch by batch, never ticked.

What a licence does not cover is not written off at all: the batch waits for another licence, and the finding says how much is short.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec

from tongguan.assessment.world import World, shipped_world
from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.findings import Finding
from tongguan.grammar.money import quantity_text
from tongguan.law.controls.licences.rule import COVERED_AS_OVERAGE, EXCEEDED
from tongguan.law.controls.licences.rule import write_off as rule_write_off

THOUSANDTHS = 1000


class Licence(msgspec.Struct, frozen=True):
    """A licence, certificate or permit for a quantity of goods.

    codes     the first digits of the goods it is for; empty for any
    batches   how often it may be used; 1 for one consignment each (一批一证)
    is_bulk   goods carried in bulk, whose last batch may exceed what is left by the statutory share
    is_listed_bulk  crude oil, refined oil, fertiliser and steel, with a share of their own
    """

    number: str
    document: str
    unit: str
    quantity: Decimal
    valid_from: dt.date
    valid_until: dt.date
    codes: tuple[str, ...] = ()
    origin: str = ""
    batches: int = 1
    is_bulk: bool = False
    is_listed_bulk: bool = False


class Batch(msgspec.Struct, frozen=True):
    """One consignment to be written off."""

    quantity: Decimal
    unit: str
    day: dt.date
    code: str = ""
    origin: str = ""
    reference: str = ""


class Balance(msgspec.Struct, frozen=True):
    """A licence and what has been written off it so far."""

    licence: Licence
    remaining: Decimal
    used: tuple[Batch, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As plain text."""
        return {
            "licence": self.licence.number,
            "document": self.licence.document,
            "unit": self.licence.unit,
            "quantity": str(self.licence.quantity),
            "remaining": str(self.remaining),
            "batches_left": max(0, self.licence.batches - len(self.used)),
            "used": [
                {"reference": b.reference, "day": b.day.isoformat(), "quantity": str(b.quantity)} for b in self.used
            ],
        }


class WrittenOff(msgspec.Struct, frozen=True):
    """The balance after a batch, and why it was not written off if it was not."""

    balance: Balance
    is_covered: bool
    findings: tuple[Finding, ...] = ()


def open_balance(licence: Licence) -> Balance:
    """A licence nobody has used yet."""
    return Balance(licence, licence.quantity)


def write_off(balance: Balance, batch: Batch, world: World | None = None) -> WrittenOff:
    """Write a batch off a licence. Nothing is written off when anything is in the way; every reason is told at once."""
    findings = _in_the_way(balance, batch)
    remaining, quantity = int(balance.remaining * THOUSANDTHS), int(batch.quantity * THOUSANDTHS)
    outcome, left = rule_write_off(
        remaining, quantity, _share(balance.licence, batch.day, world or shipped_world(), findings)
    )
    facts = {
        "licence": balance.licence.number, "unit": balance.licence.unit, "quantity": quantity_text(quantity), "remaining": quantity_text(remaining),
        "short": quantity_text(max(0, quantity - remaining)),
    }  # fmt: skip
    if outcome == EXCEEDED and not any(f.code == "papers.licence_unit_differs" for f in findings):
        findings.append(
            Finding("papers.licence_exceeded", "quantity", facts, "goods-regulations#24; auto-licence-measures")
        )
    if any(f.severity == "error" for f in findings):
        return WrittenOff(balance, False, tuple(findings))
    if outcome == COVERED_AS_OVERAGE:
        findings.append(Finding("papers.licence_overage", "quantity", facts, "auto-licence-measures", "note"))
    after = Balance(balance.licence, Decimal(left) / THOUSANDTHS, (*balance.used, batch))
    return WrittenOff(after, True, tuple(findings))


def _share(licence: Licence, day: dt.date, world: World, findings: list[Finding]) -> int:
    """The share a last batch of bulk goods may exceed, in millionths; none outside coverage, which is said."""
    if not (licence.is_bulk or licence.is_listed_bulk):
        return 0
    name = "overage_of_listed_bulk" if licence.is_listed_bulk else "overage_of_bulk"
    try:
        return world.at(f"controls/licences/{name}", day).ppm()
    except OutOfCoverage as outside:
        findings.append(Finding(outside.code, "day", outside.facts, severity="warning"))
        return 0


def _in_the_way(balance: Balance, batch: Batch) -> list[Finding]:
    """What forbids using the licence for the batch, quantity apart."""
    licence, findings = balance.licence, list[Finding]()
    facts = {
        "licence": licence.number,
        "day": batch.day.isoformat(),
        "from": licence.valid_from.isoformat(),
        "until": licence.valid_until.isoformat(),
    }
    if not licence.valid_from <= batch.day <= licence.valid_until:
        findings.append(Finding("papers.licence_not_valid", "day", facts, "goods-regulations#65"))
    if batch.unit != licence.unit:
        findings.append(
            Finding("papers.licence_unit_differs", "unit", {**facts, "unit": licence.unit, "read": batch.unit})
        )
    if licence.codes and batch.code and not any(batch.code.startswith(code) for code in licence.codes):
        findings.append(
            Finding(
                "papers.licence_other_goods",
                "code",
                {**facts, "read": batch.code, "codes": ", ".join(licence.codes)},
                "goods-regulations#65",
            )
        )
    if licence.origin and batch.origin and batch.origin != licence.origin:
        findings.append(
            Finding(
                "papers.licence_other_origin",
                "origin",
                {**facts, "read": batch.origin, "origin": licence.origin},
                "goods-regulations#65",
            )
        )
    if len(balance.used) >= licence.batches:
        findings.append(
            Finding(
                "papers.licence_used_up", "batches", {**facts, "batches": str(licence.batches)}, "auto-licence-measures"
            )
        )
    if batch.quantity <= 0 or batch.quantity * THOUSANDTHS % 1:
        findings.append(Finding("papers.batch_without_quantity", "quantity", {"read": str(batch.quantity)}))
    return findings
