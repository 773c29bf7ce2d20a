"""What the steps of an ordinary import hand to each other: an item with every fact settled, its tax terms, and a basis of taxation before it is priced."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import NamedTuple

from tongguan.assessment.letter import Words, say
from tongguan.assessment.result import ParameterUsed, Reason
from tongguan.assessment.shipment import GoodsItem
from tongguan.grammar.parameters import InForce
from tongguan.law.consumption_tax.rule import ClassTerms
from tongguan.tariff.origins import Scheme
from tongguan.tariff.overlays import OverlayRate
from tongguan.tariff.schedule import Line, Rate

TARIFF_LAW_FROM = dt.date(2024, 12, 1)
VAT_LAW_FROM = dt.date(2026, 1, 1)
UNDETERMINED = "undetermined"

REMEDIES = {"anti_dumping": "anti_dumping_duty", "countervailing": "countervailing_duty", "safeguard": "safeguard_duty"}
"""Kinds of measure and the charge they become; reciprocal and retaliatory measures become an additional duty."""


@cache
def label(code: str) -> Words:
    """What a charge, a kind of rate, a cost or a case is called: a text of the catalogue without facts."""
    return say(code)


def choice_article(day: dt.date) -> str:
    """Where the choice between rates is written."""
    if day >= TARIFF_LAW_FROM:
        return "tariff-law-2024#12; tariff-law-2024#13"
    return "duty-regulations-2003#10; duty-regulations-2003#11"


def quota_article(day: dt.date, *, is_provisional: bool = False) -> str:
    """Where rates inside a tariff quota are written; a provisional one rests on articles 4 and 9 of the Regulations too."""
    if day >= TARIFF_LAW_FROM:
        return "tariff-law-2024#14"
    if is_provisional:
        return "duty-regulations-2003#4; duty-regulations-2003#9; duty-regulations-2003#12"
    return "duty-regulations-2003#12"


class Known(NamedTuple):
    """One item with every fact settled: what the options are computed from.

    `origin` is the non-preferential origin (MFN treatment, remedies, countermeasures, country quotas), a country code or UNDETERMINED;
    `preferential_origin` the one under an agreement or arrangement (origin-regulations#2). `mfn` is settled even for countries whose treatment we do
    not know; `ct_class_forced` is "upper" or "lower" where a price test could not be made; `at` is the hour of the governing day, if stated; `declared_on` the day on which proofs
    are submitted, which may be another than the governing day.
    """

    item: GoodsItem
    path: str
    day: dt.date
    value: int
    line: Line
    origin: str
    mfn: int
    vat_class: str
    usd_rate_e4: int | None
    has_country_quota_left: bool
    ct_class_forced: str
    preferential_origin: str
    at: str = ""
    declared_on: dt.date | None = None

    def says(self, fact: str) -> bool:
        """Whether a fact of the item is given as yes."""
        return self.item.facts.get(fact, "").strip().lower() in YES

    def day_said(self, fact: str) -> dt.date | None:
        """A day among the facts of the item; None when it is not given or cannot be read."""
        try:
            return dt.date.fromisoformat(self.item.facts.get(fact, "").strip())
        except ValueError:
            return None


YES = frozenset({"yes", "true", "1", "是"})


class Taxes(NamedTuple):
    """The consumption-tax and VAT terms of an item, the same whatever the duty."""

    terms: ClassTerms
    quantity: int
    usd_rate_e4: int
    added_rate: int
    vat_rate: int
    parameters: tuple[ParameterUsed, ...]
    vat_parameter: InForce
    unit: str


class Levied(NamedTuple):
    """An additional duty levied on the item."""

    kind: str
    measure: str
    amount: int
    row: OverlayRate


class Path(NamedTuple):
    """One basis of taxation before it is priced. `has_exclusion` and `has_undertaking`: as if that certificate were at hand."""

    basis: str
    kind: str
    rate: Rate | None
    duty: int
    scheme: Scheme | None
    needs: tuple[Reason, ...]
    reasons: tuple[Reason, ...]
    confidence: str
    has_exclusion: bool = False
    has_undertaking: bool = False
