"""Makers of sound messages that belong together: one order, its payment, waybill and inventory. A test changes what it is about."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import msgspec

from tongguan.exchange.desk import DeskInMemory, Filed
from tongguan.exchange.identity import check_character
from tongguan.exchange.judging import judge
from tongguan.exchange.reading import CHINA, read
from tongguan.exchange.shape import (
    Arrival,
    ArrivalLine,
    Inventory,
    InventoryLine,
    Message,
    Order,
    OrderLine,
    Payment,
    Return,
    ReturnLine,
    Transfer,
    Waybill,
    WaybillStatus,
    Withdrawal,
)
from tongguan.exchange.writing import write

DAY = dt.date(2025, 3, 3)
AT = dt.datetime(2025, 3, 3, 10, 30, tzinfo=CHINA)
GUID = "4CDE1CFD-EDED-46B1-946C-{:012d}"
PLATFORM, SELLER, CARRIER, PAYER, BROKER = "1105910159", "3301968AB1", "1101180326", "1101110323", "3301980XY2"
BUYER_ID = "11010119900307451" + check_character("11010119900307451")
TRANSFER = Transfer(
    sender_code=PLATFORM, sender_name="测试企业", exchange_mode="DXP", exchange_id="DXPENT0000000001", note=""
)
INVENTORY_NO = "330120250000000001"
D = Decimal


def changed(document, **changes):
    return msgspec.structs.replace(document, **changes)


def an_order_line(number=1, total="150.00", **more):
    values = {
        "number": number, "item_no": f"SKU-{number}", "item_name": "婴儿配方奶粉", "specification": "一段 900克/罐", "unit": "122",
        "quantity": D(1), "price": D(total), "total": D(total), "currency": "142", "country": "609", "note": "",
    }  # fmt: skip
    return OrderLine(**{**values, **more})


def an_order(lines=None, **more):
    lines = lines or (an_order_line(1), an_order_line(2, "90.00"))
    values = {
        "guid": GUID.format(1), "action": "1", "reported_at": AT, "submission": "2", "order_type": "I", "order_no": "DD-1", "platform_code": PLATFORM,
        "platform_name": "某平台", "seller_code": SELLER, "seller_name": "某电商", "goods_value": sum((line.total for line in lines), D(0)),
        "freight": D(10), "discount": D(0), "tax": D("22.75"), "paid": D("272.75"), "currency": "142", "buyer_account": "u-1", "buyer_name": "李小宝",
        "buyer_telephone": "13800000000", "buyer_id_type": "1", "buyer_id": BUYER_ID, "payment_firm_code": PAYER, "payment_no": "ZF-1",
        "consignee": "李小宝", "consignee_telephone": "13800000000", "consignee_address": "浙江省杭州市某路1号", "lines": lines,
    }  # fmt: skip
    return Order(**{**values, **more})


def a_payment(**more):
    values = {
        "guid": GUID.format(2), "action": "1", "reported_at": AT, "submission": "2", "payment_firm_code": PAYER, "payment_firm_name": "某支付",
        "payment_no": "ZF-1", "order_no": "DD-1", "platform_code": PLATFORM, "platform_name": "某平台", "payer_id_type": "1", "payer_id": BUYER_ID,
        "payer_name": "李小宝", "paid": D("272.75"), "currency": "142", "paid_at": AT,
    }  # fmt: skip
    return Payment(**{**values, **more})


def a_waybill(**more):
    values = {
        "guid": GUID.format(3), "action": "1", "reported_at": AT, "submission": "2", "carrier_code": CARRIER, "carrier_name": "某物流",
        "waybill_no": "YD-1", "order_no": "DD-1", "freight": D(10), "insurance": D(0), "currency": "142", "weight": D("2.3"), "packages": 1,
        "consignee": "李小宝", "consignee_address": "浙江省杭州市某路1号", "consignee_telephone": "13800000000",
    }  # fmt: skip
    return Waybill(**{**values, **more})


def a_status(**more):
    values = {
        "guid": GUID.format(4), "action": "1", "reported_at": AT, "submission": "2", "carrier_code": CARRIER, "carrier_name": "某物流",
        "waybill_no": "YD-1", "waybill_status": "S", "happened_at": AT,
    }  # fmt: skip
    return WaybillStatus(**{**values, **more})


def an_inventory_line(number=1, total="150.00", **more):
    values = {
        "number": number, "record_item": f"LH-{number}", "item_no": f"SKU-{number}", "item_name": "婴儿配方奶粉", "commodity_code": "1901101000",
        "name": "婴儿配方奶粉", "specification": "一段 900克/罐", "country": "609", "currency": "142", "quantity": D(1), "unit": "122",
        "first_quantity": D("0.9"), "first_unit": "035", "price": D(total), "total": D(total),
    }  # fmt: skip
    return InventoryLine(**{**values, **more})


def an_inventory(lines=None, **more):
    values = {
        "guid": GUID.format(5), "action": "1", "reported_at": AT, "submission": "2", "order_no": "DD-1", "platform_code": PLATFORM,
        "platform_name": "某平台", "seller_code": SELLER, "seller_name": "某电商", "waybill_no": "YD-1", "carrier_code": CARRIER,
        "carrier_name": "某物流", "own_no": "QD-1", "guarantor_code": SELLER, "account_book": "T3301W000001", "direction": "I", "declared_on": DAY,
        "customs_office": "2924", "entry_customs": "2924", "buyer_id_type": "1", "buyer_id": BUYER_ID, "buyer_name": "李小宝",
        "buyer_telephone": "13800000000", "consignee_address": "浙江省杭州市某路1号", "declarant_code": BROKER, "declarant_name": "某报关",
        "warehouse_code": "3301660001", "warehouse_name": "某仓储", "supervision_mode": "1210", "transport_mode": "4", "country": "142",
        "freight": D(10), "insurance": D(0), "currency": "142", "packages": 1, "gross_weight": D("2.3"), "net_weight": D("1.8"),
        "lines": lines or (an_inventory_line(1), an_inventory_line(2, "90.00")),
    }  # fmt: skip
    return Inventory(**{**values, **more})


def _of_inventory(document, number, **more):
    """What a withdrawal and a return say of their inventory."""
    values = {
        "guid": GUID.format(number), "action": "1", "reported_at": AT, "submission": "2", "customs_office": "2924", "order_no": "DD-1",
        "platform_code": PLATFORM, "platform_name": "某平台", "seller_code": SELLER, "seller_name": "某电商", "waybill_no": "YD-1",
        "carrier_code": CARRIER, "carrier_name": "某物流", "own_no": "SQ-1", "inventory_no": INVENTORY_NO, "buyer_id_type": "1",
        "buyer_id": BUYER_ID, "buyer_name": "李小宝", "buyer_telephone": "13800000000", "declarant_code": BROKER, "declarant_name": "某报关",
        "reason": "订购人取消",
    }  # fmt: skip
    return document(**{**values, **more})


def a_withdrawal(**more):
    return _of_inventory(Withdrawal, 6, **more)


def a_return(lines=None, **more):
    line = ReturnLine(number=1, commodity_code="1901101000", name="婴儿配方奶粉", quantity=D(1), unit="122")
    return _of_inventory(Return, 7, lines=lines or (line,), **more)


def an_arrival(**more):
    values = {
        "guid": GUID.format(8), "action": "1", "reported_at": AT, "submission": "2", "customs_office": "2924", "own_no": "RK-1",
        "operator_code": "3301980001", "operator_name": "某监管场所", "direction": "I", "transport_mode": "5", "conveyance": "CA001",
        "voyage": "CA001", "bill_no": "99912345678", "carrier_code": CARRIER, "carrier_name": "某物流",
        "lines": (ArrivalLine(number=1, waybill_no="YD-1"),),
    }  # fmt: skip
    return Arrival(**{**values, **more})


KIND_OF = {
    Order: 311, Payment: 411, Waybill: 511, WaybillStatus: 513, Inventory: 621, Withdrawal: 623, Return: 625, Arrival: 711,
}  # fmt: skip


def message_of(*documents, **more):
    values = {
        "kind": KIND_OF[type(documents[0])], "edition": "2018", "guid": GUID.format(99), "version": "1.0", "documents": documents,
        "transfer": TRANSFER,
    }  # fmt: skip
    return Message(**{**values, **more})


ONE_OF_EACH = (an_order, a_payment, a_waybill, a_status, an_inventory, a_withdrawal, a_return, an_arrival)


def a_desk(order=None, payment=None, waybill=None, **held):
    """A desk with the three documents of the makers' order, unless others are given; `released` puts its inventory there as released."""
    desk = DeskInMemory()
    for document in (order or an_order(), payment or a_payment(), waybill or a_waybill()):
        desk.put(message_of(document))
    desk.inventories[INVENTORY_NO] = Filed(an_inventory(), held.get("state", "120"), held.get("released_on"))
    return desk


def judged(*documents, desk=None, day=DAY, **more):
    """Documents written, read again and judged, without the signature that every message of some kinds needs."""
    return judge(read(write(message_of(*documents, **more))), day, desk or a_desk(), looks_at_signature=False)


def codes(found, severity=None):
    """The codes of faults, in the order found."""
    return [f.code.removeprefix("exchange.") for f in found.all_faults if severity in (None, f.severity)]
