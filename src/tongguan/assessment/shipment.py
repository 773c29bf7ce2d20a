"""What is asked about: a shipment, its goods items and the facts the law turns on.

Amounts are exact text-born Decimals in the currency named; None means the person does not know, which is a lawful thing not to know: the answer
is then a range and names the missing fact.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec

CHANNELS = (
    "general_trade",
    "cross_border_ecommerce",
    "personal_articles",
    "travellers",
    "offshore_duty_free",
    "hainan",
    "border_trade",
    "exhibition",
    "processing_trade",
    "temporary_admission",
    "duty_relief",
    "repair_abroad",
    "processing_abroad",
    "returned_goods",
    "replacement_goods",
    "samples",
    "bonded_stock",
    "duty_free_shops",
)

CHANNELS_WITHOUT_CODE = frozenset({"personal_articles", "travellers", "offshore_duty_free", "duty_free_shops"})
"""Channels of persons: the tax goes by category, so that a commodity code may be left out."""

ALLOCATIONS = ("by_value", "by_weight", "given")
VALUATION_METHODS = ("transaction_value", "identical_goods", "similar_goods", "deductive", "computed", "fall_back")


class Cost(msgspec.Struct, frozen=True):
    """An amount with its currency; the amount is None when it is not known."""

    amount: Decimal | None
    currency: str


class Preference(msgspec.Struct, frozen=True):
    """A claim to an agreement or preferential scheme and the proof shown for it."""

    scheme: str
    proof: str = ""
    number: str = ""
    issued_on: dt.date | None = None
    direct_consignment: bool = True


class GoodsItem(msgspec.Struct, frozen=True):
    """One goods item (商品项): one commodity code, one origin.

    `origin` is a two-letter country code, "undetermined" when Customs could not establish it, or None when it is not known to the person asking.
    `commodity_code` is empty where the person knows only what the goods are called (`name`): the code is then searched, never guessed.
    `quantities` are in words of the schedule's units: kg, litre, piece, …
    `bill` is the bill of materials as it was written, for whoever examines the origin (`origin/bill.py`); empty when there is none.
    """

    commodity_code: str
    price: Decimal | None = None
    currency: str = ""
    origin: str | None = None
    name: str = ""
    quantities: dict[str, Decimal] = {}
    preferences: tuple[Preference, ...] = ()
    has_quota_certificate: bool = False
    has_sliding_duty_certificate: bool = False
    exporter: str = ""
    has_price_undertaking: bool = False
    has_exclusion: bool = False
    is_country_quota_exhausted: bool | None = None
    vat_class: str = ""
    consumption_tax_class: str = ""
    drug_list: str = ""
    is_own_use_car: bool = False
    additions: dict[str, Decimal] = {}
    deductions: dict[str, Decimal] = {}
    freight: Cost | None = None
    insurance: Cost | None = None
    valuation_method: str = "transaction_value"
    dutiable_value: Decimal | None = None
    evidence_costs: dict[str, Decimal] = {}
    facts: dict[str, str] = {}
    bill: dict[str, Any] = {}


class Shipment(msgspec.Struct, frozen=True):
    """A consignment as one asks about it or declares it.

    `declared_on`  day the declaration is completed (accepted, until 2024-11-30)
    `arrived_on`   day the conveyance declares entry
    `facts`        what the channel needs, for example used_this_year for cross-border e-commerce
    """

    declared_on: dt.date
    items: tuple[GoodsItem, ...]
    name: str = ""
    channel: str = "general_trade"
    arrived_on: dt.date | None = None
    declared_before_arrival: bool = False
    trade_terms: str = "CIF"
    exchange_rates: dict[str, Decimal] = {}
    foreign_inland: Cost | None = None
    freight: Cost | None = None
    insurance: Cost | None = None
    allocation: str = "by_value"
    facts: dict[str, str] = {}
    paid_on: dt.date | None = None
    tax_bill_on: dt.date | None = None
