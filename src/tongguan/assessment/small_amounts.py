"""Taxes of a consignment that are too small to be levied (tariff-law-2024#32(1)), each tested by itself.

The duties come first, because consumption tax and VAT are computed on what is levied. A consignment is tested as a whole: for each item the
others stand with the option that applies to them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import lru_cache

import msgspec

from tongguan.assessment import pipeline
from tongguan.assessment.draft import Draft
from tongguan.assessment.general_import import Known, Taxes, applying, tax_charges
from tongguan.assessment.result import Charge, Option
from tongguan.assessment.world import World
from tongguan.grammar.parameters import LawBook
from tongguan.law.low_value.rule import highest_waived

ORDINARY_DUTIES = ("customs_duty", "undetermined_origin_duty")
SPECIAL_DUTIES = ("additional_duty", "anti_dumping_duty", "countervailing_duty", "safeguard_duty")
DUTY_KINDS = ORDINARY_DUTIES + SPECIAL_DUTIES
TAX_KINDS = ("consumption_tax", "import_vat")

_PARAMETERS = {
    **dict.fromkeys(ORDINARY_DUTIES, "customs_duty"),
    **dict.fromkeys(SPECIAL_DUTIES, "special_duty"),
    **{kind: kind for kind in TAX_KINDS},
}


class Limit(msgspec.Struct, frozen=True):
    """The highest amount of one tax that is not levied, in fen, and where it is written."""

    fen: int
    citation: str


@lru_cache(maxsize=256)
def limits_on(day: dt.date, law: LawBook) -> Mapping[str, Limit]:
    """The limit of every kind of charge on a day. Raises OutOfCoverage."""
    found: dict[str, Limit] = {}
    for kind, name in _PARAMETERS.items():
        amount = law.at(f"low_value/{name}_limit", day)
        is_inclusive = law.at(f"low_value/{name}_limit_is_inclusive", day).whole() == 1
        found[kind] = Limit(highest_waived(amount.fen(), is_inclusive), amount.citation)
    return found


def waive_small_amounts(drafts: list[Draft], day: dt.date, world: World) -> list[Draft]:
    """The drafts with every option's small amounts marked as not levied."""
    limits = limits_on(day, world.law)
    keeps = world.at("low_value/vat_base_keeps_waived_duty", day).whole() == 1
    for step in (DUTY_KINDS, TAX_KINDS):
        leading = [_sums(_leading(draft), step) for draft in drafts]
        together = _added(leading)
        for draft, own in zip(drafts, leading, strict=True):
            others = {kind: amount - own.get(kind, 0) for kind, amount in together.items()}
            for number, (scenario, taxes, options) in enumerate(draft.cases):
                after = [_waived(o, step, others, scenario.known, taxes, limits, keeps) for o in options]
                draft.cases[number] = (scenario, taxes, after)
    return drafts


def _leading(draft: Draft) -> Option | None:
    """The option whose taxes stand for the item when the consignment is summed: the one that applies in its first case."""
    if not draft.cases:
        return None
    return applying(draft.cases[0][2])


def _sums(option: Option | None, kinds: Iterable[str]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for charge in option.charges if option else ():
        if charge.kind in kinds:
            sums[charge.kind] = sums.get(charge.kind, 0) + charge.amount
    return sums


def _added(many: list[dict[str, int]]) -> dict[str, int]:
    together: dict[str, int] = {}
    for sums in many:
        for kind, amount in sums.items():
            together[kind] = together.get(kind, 0) + amount
    return together


def _waived(
    option: Option,
    kinds: tuple[str, ...],
    others: dict[str, int],
    known: Known,
    taxes: Taxes,
    limits: Mapping[str, Limit],
    keeps: bool,
) -> Option:
    """The option with its small amounts among `kinds` not levied; taxes computed anew when a duty falls away."""
    own = _sums(option, kinds)
    small = {
        kind
        for kind, amount in own.items()
        if amount and pipeline.small_duty_waived(amount + others.get(kind, 0), limits[kind].fen)
    }
    if not small or option.total is None:
        return option
    charges = [
        msgspec.structs.replace(c, payable=0, waived_because=limits[c.kind].citation)
        if c.kind in small and c.amount
        else c
        for c in option.charges
    ]
    if kinds is DUTY_KINDS and not keeps:
        duties = [c for c in charges if c.kind in DUTY_KINDS]
        charges = duties + tax_charges(
            known.value, sum(c.payable for c in duties), taxes, known.day, known.line.ct_class
        )
    return msgspec.structs.replace(option, charges=tuple(charges), total=payable(charges))


def payable(charges: Iterable[Charge]) -> int:
    """What the charges come to."""
    return sum(charge.payable for charge in charges)
