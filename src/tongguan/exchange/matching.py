"""The documents of different parties against each other: three documents and the inventory tell the same story (三单比对).

Law      gacc-2018-194: platform or seller, payment firm and carrier send order, payment and waybill; Customs matches them with the inventory.
Reading  Consignee, telephone and address of an order agree with the waybill (specification 3.1). The lines of inventory and order correspond one to
         one (3.9); quantity and total are compared, and the article number where both give it. A waybill number is used once within six months (3.5);
         the same inventory sent again does not count as another use.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from tongguan.exchange.desk import RELEASED, Desk
from tongguan.exchange.dictionary import SPECIFICATION, TABLES
from tongguan.exchange.place import Place
from tongguan.exchange.reading import UNREAD
from tongguan.exchange.shape import Inventory, Order, Payment, Return, Waybill, Withdrawal
from tongguan.grammar.days import plus_months
from tongguan.grammar.findings import Finding
from tongguan.grammar.strict_yaml import read_yaml

BECAUSE = "gacc-2018-194"
WAITS = {"exchange.order_not_here": 311, "exchange.payment_not_here": 411, "exchange.waybill_not_here": 511}
"""What a document waits for, by the code that says so."""
OUT_OF_HAND = (RELEASED, "899")
"""States after which an inventory is not withdrawn any more."""


@cache
def limits() -> dict[str, dict[str, str]]:
    """Numbers of the specification that are no law."""
    return read_yaml(TABLES / "limits.yaml", dict[str, dict[str, str]])


def _order(inventory: Inventory, place: Place, desk: Desk, _: dt.date) -> Iterator[Finding]:
    order = desk.order(inventory.platform_code, inventory.order_no)
    if order is None:
        yield place.problem("exchange.order_not_here", "orderNo", BECAUSE, "warning", order=inventory.order_no)
        return
    if order.seller_code != inventory.seller_code:
        yield place.problem(
            "exchange.seller_of_another", "ebcCode", BECAUSE, read=inventory.seller_code, other=order.seller_code
        )
    if (order.buyer_id, order.buyer_name) != (inventory.buyer_id, inventory.buyer_name):
        element = "buyerIdNumber" if order.buyer_id != inventory.buyer_id else "buyerName"
        yield place.problem("exchange.buyer_differs_from_order", element, BECAUSE, order=inventory.order_no)
    yield from _lines(order, inventory, place)


def _lines(order: Order, inventory: Inventory, place: Place) -> Iterator[Finding]:
    if len(order.lines) != len(inventory.lines):
        facts = {"inventory": str(len(inventory.lines)), "order": str(len(order.lines))}
        yield place.problem("exchange.number_of_lines_differs", "", BECAUSE, **facts)
        return
    for number, (ordered, declared) in enumerate(zip(order.lines, inventory.lines, strict=True), start=1):
        compared = (
            ("itemNo", ordered.item_no or declared.item_no, declared.item_no or ordered.item_no),
            ("qty", ordered.quantity, declared.quantity),
            ("totalPrice", ordered.total, declared.total),
        )
        for element, theirs, ours in compared:
            if ours is not UNREAD and theirs is not UNREAD and theirs != ours:
                yield place.line(number).problem("exchange.line_differs_from_order", element, BECAUSE, read=str(ours), other=str(theirs), element=element
                )  # fmt: skip


def _payment(inventory: Inventory, place: Place, desk: Desk, _: dt.date) -> Iterator[Finding]:
    payment = desk.payment(inventory.platform_code, inventory.order_no)
    if payment is None:
        yield place.problem("exchange.payment_not_here", "orderNo", BECAUSE, "warning", order=inventory.order_no)
        return
    if (payment.payer_id, payment.payer_name) != (inventory.buyer_id, inventory.buyer_name):
        element = "buyerIdNumber" if payment.payer_id != inventory.buyer_id else "buyerName"
        yield place.problem("exchange.buyer_is_not_the_payer", element, BECAUSE, order=inventory.order_no)
    order = desk.order(inventory.platform_code, inventory.order_no)
    if order is not None:
        yield from _paid_as_ordered(order, payment, place)


def _paid_as_ordered(order: Order, payment: Payment, place: Place) -> Iterator[Finding]:
    if payment.paid != order.paid:
        yield place.problem("exchange.payment_is_not_what_the_order_says", "orderNo", BECAUSE, paid=str(payment.paid), order=str(order.paid))  # fmt: skip
    if order.payment_firm_code and order.payment_firm_code != payment.payment_firm_code:
        yield place.problem("exchange.payment_firm_differs", "orderNo", BECAUSE, read=payment.payment_firm_code, other=order.payment_firm_code)  # fmt: skip
    if order.payment_no and order.payment_no != payment.payment_no:
        yield place.problem("exchange.payment_number_differs", "orderNo", BECAUSE, read=payment.payment_no, other=order.payment_no)  # fmt: skip


def _waybill(inventory: Inventory, place: Place, desk: Desk, day: dt.date) -> Iterator[Finding]:
    waybill = desk.waybill(inventory.carrier_code, inventory.waybill_no)
    if waybill is None:
        yield place.problem(
            "exchange.waybill_not_here", "logisticsNo", BECAUSE, "warning", waybill=inventory.waybill_no
        )
    else:
        yield from _waybill_of_order(waybill, inventory, place, desk.order(inventory.platform_code, inventory.order_no))
    used = desk.use_of_waybill(inventory.carrier_code, inventory.waybill_no)
    if used is not None and used[0] != inventory.guid:
        months = int(limits()["waybill_number_months"]["value"])
        if day.toordinal() <= plus_months(used[1].toordinal(), months):
            facts = {"waybill": inventory.waybill_no, "day": used[1].isoformat(), "months": str(months)}
            yield place.problem(
                "exchange.waybill_used_again", "logisticsNo", limits()["waybill_number_months"]["cites"], **facts
            )


def _waybill_of_order(waybill: Waybill, inventory: Inventory, place: Place, order: Order | None) -> Iterator[Finding]:
    if waybill.order_no != inventory.order_no:
        facts = {"waybill": waybill.waybill_no, "read": inventory.order_no, "other": waybill.order_no}
        yield place.problem("exchange.waybill_of_another_order", "logisticsNo", BECAUSE, **facts)
    if order is None:
        return
    ordered = (order.consignee, order.consignee_telephone, order.consignee_address)
    carried = (waybill.consignee, waybill.consignee_telephone, waybill.consignee_address)
    for element, theirs, ours in zip(
        ("consignee", "consigneeTelephone", "consigneeAddress"), carried, ordered, strict=True
    ):
        if theirs != ours:
            yield place.problem(
                "exchange.consignee_differs", "logisticsNo", BECAUSE, element=element, read=theirs, other=ours
            )


def _filed(document: Withdrawal | Return, place: Place, desk: Desk, _: dt.date) -> Iterator[Finding]:
    filed = desk.inventory(document.inventory_no)
    if filed is None:
        yield place.problem("exchange.inventory_not_found", "invtNo", "", read=document.inventory_no)
    elif (filed.inventory.buyer_id, filed.inventory.order_no) != (document.buyer_id, document.order_no):
        element = "buyerIdNumber" if filed.inventory.buyer_id != document.buyer_id else "orderNo"
        yield place.problem("exchange.not_the_inventory_of_this_order", element, "", inventory=document.inventory_no)


def _withdrawn_in_time(document: Withdrawal, place: Place, desk: Desk, _: dt.date) -> Iterator[Finding]:
    filed = desk.inventory(document.inventory_no)
    if filed is not None and filed.state in OUT_OF_HAND:
        yield place.problem(
            "exchange.withdrawn_after_release", "invtNo", "", inventory=document.inventory_no, state=filed.state
        )


def _returned_goods(document: Return, place: Place, desk: Desk, _: dt.date) -> Iterator[Finding]:
    filed = desk.inventory(document.inventory_no)
    if filed is None:
        return
    declared = {line.number: line for line in filed.inventory.lines}
    for number, line in enumerate(document.lines, start=1):
        if line.number is UNREAD or line.commodity_code is UNREAD:
            continue
        original = declared.get(line.number)
        if original is None or original.commodity_code != line.commodity_code:
            facts = {"number": str(line.number), "commodity_code": line.commodity_code}
            yield place.line(number).problem(
                "exchange.returned_line_not_in_inventory", "gnum", f"{SPECIFICATION}#3.13", **facts
            )
        elif line.quantity is not UNREAD and line.quantity > original.quantity:
            facts = {"read": str(line.quantity), "most": str(original.quantity)}
            yield place.line(number).problem(
                "exchange.more_returned_than_declared", "qty", f"{SPECIFICATION}#3.13", **facts
            )


Match = Callable[[Any, Place, Desk, dt.date], Iterator[Finding]]

RULES: dict[type, tuple[Match, ...]] = {
    Inventory: (_order, _payment, _waybill),
    Withdrawal: (_filed, _withdrawn_in_time),
    Return: (_filed, _returned_goods),
}
"""What each document is held against."""
