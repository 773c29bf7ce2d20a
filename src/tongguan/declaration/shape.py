"""The declaration as plain data: names in the field's terms, amounts as Decimal, days as dates, empty where nothing is declared.

What each field means stands in `fields.yaml`; a test holds both to the same names.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec


class Claim(msgspec.Struct, frozen=True, omit_defaults=True):
    """A claim to an agreement, with its proof."""

    agreement: str = ""
    proof: str = ""
    number: str = ""
    item: str = ""
    issued_on: dt.date | None = None
    not_direct: bool | None = None


class Vehicle(msgspec.Struct, frozen=True, omit_defaults=True):
    """One vehicle of a certified model."""

    vin: str = ""
    engine_number: str = ""
    warranty: str = ""
    model: str = ""


class Header(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is said once of the whole declaration."""

    title: str = ""
    procedure: str = ""
    customs_office: str = ""
    entry_customs: str = ""
    record_number: str = ""
    contract_number: str = ""
    trade_mode: str = ""
    levy_nature: str = ""
    channel: str = ""
    trade_country: str = ""
    marks: str = ""
    remarks: str = ""
    related_declaration: str = ""
    related_record: str = ""
    self_assessed: bool | None = None
    released_on_security: bool | None = None
    declared_before_arrival: bool | None = None
    special_relationship: bool | None = None
    price_influenced: bool | None = None
    royalties_paid: bool | None = None
    formula_price: bool | None = None
    provisional_price: bool | None = None


class Parties(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who brings the goods in, who uses them, who declares, who sent them."""

    importer_name: str = ""
    importer_code: str = ""
    importer_customs_code: str = ""
    importer_english_name: str = ""
    owner_name: str = ""
    owner_code: str = ""
    declarant_name: str = ""
    declarant_code: str = ""
    declarant_person: str = ""
    declarant_telephone: str = ""
    overseas_name: str = ""
    overseas_name_zh: str = ""
    overseas_code: str = ""
    overseas_address: str = ""


class Transport(msgspec.Struct, frozen=True, omit_defaults=True):
    """How, when and by what way the goods came."""

    mode: str = ""
    conveyance: str = ""
    voyage: str = ""
    bill: str = ""
    arrived_on: dt.date | None = None
    departed_on: dt.date | None = None
    unloaded_on: dt.date | None = None
    departure_country: str = ""
    departure_port: str = ""
    stopover_port: str = ""
    entry_port: str = ""
    goods_place: str = ""


class Packages(msgspec.Struct, frozen=True, omit_defaults=True):
    """Packages and weights in kilograms."""

    number: int | None = None
    kind: str = ""
    other_kinds: tuple[str, ...] = ()
    gross_weight: Decimal | None = None
    net_weight: Decimal | None = None


class Valuation(msgspec.Struct, frozen=True, omit_defaults=True):
    """Trade terms and the costs that belong to the value; marks 1 per cent of the price, 2 for each tonne, 3 in total."""

    trade_terms: str = ""
    delivery_term: str = ""
    freight_mark: str = ""
    freight: Decimal | None = None
    freight_currency: str = ""
    insurance_mark: str = ""
    insurance: Decimal | None = None
    insurance_currency: str = ""
    inland: Decimal | None = None
    inland_currency: str = ""
    allocation: str = ""
    exchange_rates: dict[str, Decimal] = {}


class Inspection(msgspec.Struct, frozen=True, omit_defaults=True):
    """What inspection and quarantine ask of the whole consignment."""

    office: str = ""
    port_office: str = ""
    destination_office: str = ""
    certificate_office: str = ""
    delivery_order: str = ""
    related_number: str = ""
    related_reason: str = ""
    original_containers: bool | None = None
    user_person: str = ""
    user_telephone: str = ""


class Further(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an assessment asked and the form has no box for."""

    paid_on: dt.date | None = None
    tax_bill_on: dt.date | None = None
    facts: dict[str, str] = {}


class Container(msgspec.Struct, frozen=True, omit_defaults=True):
    """One container and the goods items in it, counted from 1."""

    number: str = ""
    size: str = ""
    goods: tuple[int, ...] = ()
    weight: Decimal | None = None
    shared: bool | None = None


class Goods(msgspec.Struct, frozen=True, omit_defaults=True):
    """One goods item (商品项)."""

    commodity_code: str = ""
    record_item: int | None = None
    name: str = ""
    specification: str = ""
    english_name: str = ""
    brand_type: str = ""
    article_number: str = ""
    quantity: Decimal | None = None
    unit: str = ""
    first_quantity: Decimal | None = None
    first_unit: str = ""
    second_quantity: Decimal | None = None
    second_unit: str = ""
    other_quantities: dict[str, Decimal] = {}
    unit_price: Decimal | None = None
    total_price: Decimal | None = None
    currency: str = ""
    origin: str = ""
    origin_region: str = ""
    destination_country: str = ""
    district: str = ""
    destination: str = ""
    levy_mode: str = ""
    use: str = ""
    ciq_name: str = ""
    purpose: str = ""
    attributes: tuple[str, ...] = ()
    ingredients: str = ""
    overseas_maker: str = ""
    brand: str = ""
    model: str = ""
    goods_specification: str = ""
    produced_on: str = ""
    batch: str = ""
    valid_until: dt.date | None = None
    shelf_life: str = ""
    is_not_dangerous: bool | None = None
    un_number: str = ""
    dangerous_name: str = ""
    dangerous_packing: str = ""
    dangerous_specification: str = ""
    preferences: tuple[Claim, ...] = ()
    vehicles: tuple[Vehicle, ...] = ()
    price_undertaking: bool | None = None
    country_quota_exhausted: bool | None = None
    own_use_car: bool | None = None
    vat_class: str = ""
    consumption_tax_class: str = ""
    drug_list: str = ""
    additions: dict[str, Decimal] = {}
    deductions: dict[str, Decimal] = {}
    freight: Decimal | None = None
    freight_currency: str = ""
    insurance: Decimal | None = None
    insurance_currency: str = ""
    valuation_method: str = ""
    dutiable_value: Decimal | None = None
    evidence_costs: dict[str, Decimal] = {}
    facts: dict[str, str] = {}
    bill: dict[str, Any] = {}


class PaperAttached(msgspec.Struct, frozen=True, omit_defaults=True):
    """A licence, certificate or commercial paper, for all goods items or for some, counted from 1."""

    document: str = ""
    attached: str = ""
    qualification: str = ""
    requirement: str = ""
    number: str = ""
    goods: tuple[int, ...] = ()
    write_off_item: str = ""
    write_off_quantity: Decimal | None = None
    issued_on: dt.date | None = None
    valid_until: dt.date | None = None


class Declaration(msgspec.Struct, frozen=True):
    """An import declaration. Goods items are counted from 1 where one speaks of them, from 0 in paths such as goods[0].origin."""

    header: Header = Header()
    parties: Parties = Parties()
    transport: Transport = Transport()
    packages: Packages = Packages()
    valuation: Valuation = Valuation()
    inspection: Inspection = Inspection()
    assessment: Further = Further()
    containers: tuple[Container, ...] = ()
    goods: tuple[Goods, ...] = ()
    papers: tuple[PaperAttached, ...] = ()
