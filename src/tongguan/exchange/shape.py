"""The messages as plain data: one class for each document (单证) of cross-border e-commerce import, and the message around them.

Names are those of `tables/exchange/words.csv`; a test holds both to the same. A field that was not sent is None, one that was sent empty is "". Amounts
are Decimal with the digits that were written, so that they can be written again; moments are in China's time (+08:00).
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import msgspec


class OrderLine(msgspec.Struct, frozen=True, kw_only=True):
    """One article of an order."""

    number: int
    item_no: str | None = None
    item_name: str
    specification: str
    description: str | None = None
    bar_code: str | None = None
    unit: str
    quantity: Decimal
    price: Decimal
    total: Decimal
    currency: str
    country: str
    note: str | None = None


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """An order of one buyer (电子订单), as the platform or the seller sends it."""

    guid: str
    action: str
    reported_at: dt.datetime
    submission: str
    order_type: str
    order_no: str
    platform_code: str
    platform_name: str
    seller_code: str
    seller_name: str
    goods_value: Decimal
    freight: Decimal
    discount: Decimal
    tax: Decimal
    paid: Decimal
    currency: str
    buyer_account: str
    buyer_name: str
    buyer_telephone: str
    buyer_id_type: str
    buyer_id: str
    payment_firm_code: str | None = None
    payment_firm_name: str | None = None
    payment_no: str | None = None
    batches: str | None = None
    consignee: str
    consignee_telephone: str
    consignee_address: str
    consignee_district: str | None = None
    note: str | None = None
    lines: tuple[OrderLine, ...]


class OrderReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to an order (订单回执)."""

    guid: str
    platform_code: str
    seller_code: str
    order_no: str
    state: str
    answered_at: dt.datetime
    info: str


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """A payment (支付单), as the payment firm sends it."""

    guid: str
    action: str
    reported_at: dt.datetime
    submission: str
    payment_firm_code: str
    payment_firm_name: str
    payment_no: str
    order_no: str
    platform_code: str
    platform_name: str
    payer_id_type: str
    payer_id: str
    payer_name: str
    payer_telephone: str | None = None
    paid: Decimal
    currency: str
    paid_at: dt.datetime
    note: str | None = None


class PaymentReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a payment (支付单回执)."""

    guid: str
    payment_firm_code: str
    payment_no: str
    state: str
    answered_at: dt.datetime
    info: str


class Waybill(msgspec.Struct, frozen=True, kw_only=True):
    """A waybill of one parcel (运单), as the carrier sends it."""

    guid: str
    action: str
    reported_at: dt.datetime
    submission: str
    carrier_code: str
    carrier_name: str
    waybill_no: str
    bill_no: str | None = None
    order_no: str
    freight: Decimal | None = None
    insurance: Decimal | None = None
    currency: str
    weight: Decimal
    packages: int
    goods: str | None = None
    consignee: str
    consignee_address: str
    consignee_telephone: str
    note: str | None = None


class WaybillReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a waybill (运单回执)."""

    guid: str
    carrier_code: str
    waybill_no: str
    state: str
    answered_at: dt.datetime
    info: str


class WaybillStatus(msgspec.Struct, frozen=True, kw_only=True):
    """That a parcel was signed for (运单状态)."""

    guid: str
    action: str
    reported_at: dt.datetime
    submission: str
    carrier_code: str
    carrier_name: str
    waybill_no: str
    waybill_status: str
    happened_at: dt.datetime
    note: str | None = None


class WaybillStatusReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to the state of a waybill (运单状态回执)."""

    guid: str
    carrier_code: str
    waybill_no: str
    waybill_status: str
    state: str
    answered_at: dt.datetime
    info: str


class InventoryLine(msgspec.Struct, frozen=True, kw_only=True):
    """One article of an inventory."""

    number: int
    record_item: str | None = None
    item_no: str | None = None
    item_name: str | None = None
    commodity_code: str
    name: str
    specification: str
    bar_code: str | None = None
    country: str
    trade_country: str | None = None
    currency: str
    quantity: Decimal
    unit: str
    first_quantity: Decimal
    first_unit: str
    second_quantity: Decimal | None = None
    second_unit: str | None = None
    price: Decimal
    total: Decimal
    note: str | None = None


class Inventory(msgspec.Struct, frozen=True, kw_only=True):
    """The declaration of one parcel (申报清单)."""

    guid: str
    action: str
    reported_at: dt.datetime
    submission: str
    order_no: str
    platform_code: str
    platform_name: str
    seller_code: str
    seller_name: str
    waybill_no: str
    carrier_code: str
    carrier_name: str
    own_no: str | None = None
    pre_no: str | None = None
    guarantor_code: str
    account_book: str | None = None
    inventory_no: str | None = None
    direction: str
    declared_on: dt.date
    customs_office: str
    entry_customs: str
    arrived_on: dt.date | None = None
    buyer_id_type: str
    buyer_id: str
    buyer_name: str
    buyer_telephone: str
    consignee_address: str
    declarant_code: str
    declarant_name: str
    warehouse_code: str | None = None
    warehouse_name: str | None = None
    supervision_mode: str
    transport_mode: str
    conveyance: str | None = None
    voyage: str | None = None
    bill_no: str | None = None
    place: str | None = None
    licence_no: str | None = None
    country: str
    freight: Decimal
    insurance: Decimal
    currency: str
    packing: str | None = None
    packages: int
    gross_weight: Decimal
    net_weight: Decimal
    note: str | None = None
    lines: tuple[InventoryLine, ...]


class InventoryReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to an inventory (清单回执)."""

    guid: str
    customs_office: str | None = None
    platform_code: str | None = None
    seller_code: str | None = None
    declarant_code: str | None = None
    own_no: str
    pre_no: str
    inventory_no: str | None = None
    state: str
    answered_at: dt.datetime
    info: str


class Withdrawal(msgspec.Struct, frozen=True, kw_only=True):
    """The withdrawal of an inventory (撤销申请单)."""

    guid: str
    action: str
    reported_at: dt.datetime
    submission: str
    customs_office: str
    order_no: str
    platform_code: str
    platform_name: str
    seller_code: str
    seller_name: str
    waybill_no: str
    carrier_code: str
    carrier_name: str
    own_no: str | None = None
    pre_no: str | None = None
    inventory_no: str
    buyer_id_type: str
    buyer_id: str
    buyer_name: str
    buyer_telephone: str
    declarant_code: str
    declarant_name: str
    reason: str
    note: str | None = None


class WithdrawalReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a withdrawal (撤销申请单回执)."""

    guid: str
    customs_office: str | None = None
    declarant_code: str | None = None
    platform_code: str | None = None
    seller_code: str | None = None
    own_no: str
    pre_no: str
    inventory_no: str | None = None
    state: str
    answered_at: dt.datetime
    info: str


class ReturnLine(msgspec.Struct, frozen=True, kw_only=True):
    """One article sent back."""

    number: int
    commodity_code: str
    name: str
    quantity: Decimal
    unit: str
    note: str | None = None


class Return(msgspec.Struct, frozen=True, kw_only=True):
    """Goods sent back (退货申请单)."""

    guid: str
    action: str
    reported_at: dt.datetime
    submission: str
    customs_office: str
    order_no: str
    platform_code: str
    platform_name: str
    seller_code: str
    seller_name: str
    waybill_no: str
    carrier_code: str
    carrier_name: str
    own_no: str | None = None
    pre_no: str | None = None
    inventory_no: str
    buyer_id_type: str
    buyer_id: str
    buyer_name: str
    buyer_telephone: str
    declarant_code: str
    declarant_name: str
    reason: str
    note: str | None = None
    lines: tuple[ReturnLine, ...]


class ReturnReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a return (退货申请单回执)."""

    guid: str
    customs_office: str | None = None
    declarant_code: str | None = None
    platform_code: str | None = None
    seller_code: str | None = None
    own_no: str
    pre_no: str
    inventory_no: str | None = None
    state: str
    answered_at: dt.datetime
    info: str


class ArrivalLine(msgspec.Struct, frozen=True, kw_only=True):
    """One parcel."""

    number: int
    waybill_no: str
    note: str | None = None


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """Parcels entered into a supervised place (入库明细单)."""

    guid: str
    action: str
    reported_at: dt.datetime
    submission: str
    customs_office: str
    own_no: str | None = None
    pre_no: str | None = None
    arrival_no: str | None = None
    operator_code: str
    operator_name: str
    direction: str
    transport_mode: str
    conveyance: str
    voyage: str
    bill_no: str
    carrier_code: str
    carrier_name: str
    location: str | None = None
    note: str | None = None
    lines: tuple[ArrivalLine, ...]


class ArrivalReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a warehouse entry (入库明细单回执)."""

    guid: str
    customs_office: str | None = None
    operator_code: str | None = None
    own_no: str | None = None
    pre_no: str | None = None
    arrival_no: str | None = None
    state: str
    answered_at: dt.datetime
    info: str


class TaxLine(msgspec.Struct, frozen=True, kw_only=True):
    """The tax of one line."""

    number: int
    commodity_code: str
    dutiable_value: Decimal
    customs_duty: Decimal
    import_vat: Decimal
    consumption_tax: Decimal


class TaxBill(msgspec.Struct, frozen=True, kw_only=True):
    """The tax of one inventory (电子税单)."""

    guid: str
    answered_at: dt.datetime
    inventory_no: str
    tax_no: str
    customs_duty: Decimal
    import_vat: Decimal
    consumption_tax: Decimal
    status: str
    duty_no: str | None = None
    note: str | None = None
    guarantor_code: str | None = None
    seller_code: str | None = None
    carrier_code: str | None = None
    declarant_code: str | None = None
    customs_office: str | None = None
    order_no: str | None = None
    waybill_no: str | None = None
    lines: tuple[TaxLine, ...]


class FormatReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a message that could not be read (报文格式校验回执)."""

    guid: str
    state: str
    info: str
    answered_at: dt.datetime
    original_id: str
    original_type: str
    original: str


class Transfer(msgspec.Struct, frozen=True, kw_only=True):
    """Who sends the message (基础报文传输实体)."""

    sender_code: str
    sender_name: str
    exchange_mode: str
    exchange_id: str
    note: str | None = None


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """Who wants the receipts too (基础回执订阅实体)."""

    status: str
    exchange_mode: str
    exchange_address: str
    note: str | None = None


class Extension(msgspec.Struct, frozen=True, kw_only=True):
    """What a sender adds of its own (扩展自定义数据实体); `content` is XML, kept as it is."""

    name: str
    version: str
    content: str


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """The signature as it was sent. It belongs to the bytes it came with: a message that is written again is signed again."""

    method: str
    digest_method: str
    digest: str
    value: str
    certificate: str
    key_name: str = ""
    canonicalization: str = ""
    references: int = 1
    uri: str | None = ""
    transforms: tuple[str, ...] = ()


Document = (
    Order
    | OrderReceipt
    | Payment
    | PaymentReceipt
    | Waybill
    | WaybillReceipt
    | WaybillStatus
    | WaybillStatusReceipt
    | Inventory
    | InventoryReceipt
    | Withdrawal
    | WithdrawalReceipt
    | Return
    | ReturnReceipt
    | Arrival
    | ArrivalReceipt
    | TaxBill
    | FormatReceipt
)
"""One document of a message."""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message (报文): its kind (311, 621 …), the edition of the specification it follows, and its documents in the order sent."""

    kind: int
    edition: str
    guid: str
    version: str
    documents: tuple[Document, ...]
    transfer: Transfer | None = None
    subscriptions: tuple[Subscription, ...] = ()
    extension: Extension | None = None
    signature: Signed | None = None
