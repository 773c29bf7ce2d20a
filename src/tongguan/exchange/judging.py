"""Judging a message: each document on its own, against the documents of the other parties, and by the law; every fault at once.

A document is judged in this order, and all of it whatever is found on the way: what reading found, its own fields together, the other documents, the
limits, the list and the tax. What waits for a document that has not come yet is no fault: it is said as a warning, and the state stays "being declared".

Reading  A price multiplied by a quantity may differ from the total by less than one fen: unit prices have five decimals.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from decimal import Decimal
from functools import cache
from typing import Any, Literal

import msgspec

from tongguan.assessment.world import World, shipped_world
from tongguan.exchange import identity, law, matching, signing
from tongguan.exchange.desk import Desk, DeskInMemory
from tongguan.exchange.dictionary import SPECIFICATION, TABLES, Kind, kinds
from tongguan.exchange.law import Tax
from tongguan.exchange.place import Place
from tongguan.exchange.reading import UNREAD, Received, Unread, shown
from tongguan.exchange.shape import (
    Arrival,
    ArrivalLine,
    Document,
    Inventory,
    InventoryLine,
    Order,
    OrderLine,
    Payment,
    Return,
    ReturnLine,
    Waybill,
    WaybillStatus,
    Withdrawal,
)
from tongguan.exchange.signing import Keys
from tongguan.grammar.findings import Finding
from tongguan.grammar.strict_yaml import read_yaml

FEN = Decimal("0.01")
DIRECT = "9610"
BONDED = ("1210", "1239")
INSIDE_CHINA = "142"
SAVED, DECLARING, STORED, RETURNED = "1", "2", "120", "100"
IDENTITY_CARD = "1"


Stage = Literal["message", "signature", "field", "document", "match", "law", "wait", "note"]


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is said of a code of fault. `state` is the official number it is answered with, where it has one of its own for a kind of message."""

    stage: Stage
    state: dict[int, str] = {}


@cache
def faults() -> dict[str, Fault]:
    """Every fault by its code."""
    return read_yaml(TABLES / "faults.yaml", dict[str, Fault])


class Judgement(msgspec.Struct, frozen=True):
    """One document judged: its faults, the official state it is answered with, what it waits for, and, where it is accepted, its tax."""

    document: Document
    number: int
    path: str
    faults: tuple[Finding, ...]
    state: str
    is_accepted: bool
    waits_for: tuple[int, ...] = ()
    tax: Tax | None = None


class Judged(msgspec.Struct, frozen=True):
    """A message judged. `faults` are those of the message itself; they count against every document of it."""

    received: Received
    faults: tuple[Finding, ...]
    documents: tuple[Judgement, ...] = ()

    @property
    def all_faults(self) -> tuple[Finding, ...]:
        """Those of the message, then those of its documents in order."""
        return self.faults + tuple(f for one in self.documents for f in one.faults)

    @property
    def is_accepted(self) -> bool:
        """Every document of it is accepted."""
        return self.received.message is not None and all(one.is_accepted for one in self.documents)


def judge(
    received: Received,
    day: dt.date,
    desk: Desk | None = None,
    world: World | None = None,
    keys: Keys | None = None,
    *,
    looks_at_signature: bool = True,
) -> Judged:
    """Every document of a message, judged by the law of a day and what lies on the desk.

    The signature is checked, by the certificates of `keys`, unless one does not look at signatures at all.
    """
    if looks_at_signature:
        own = (*received.faults, *signing.check(received, keys))
    else:
        own = tuple(f for f in received.faults if faults()[f.code].stage != "signature")
    message = received.message
    if message is None:
        return Judged(received, own)
    kind = kinds()[message.kind]
    asked = _Asked(kind, day, desk or DeskInMemory(), world or shipped_world())
    is_spoiled = any(f.severity == "error" for f in own)
    repeated = _repeated(kind, message.documents)
    judged = []
    for number, document in enumerate(message.documents, start=1):
        found = [*received.of_document[number - 1], *repeated.get(number, ())]
        judged.append(asked.judgement(document, number, found, own if is_spoiled else ()))
    return Judged(received, own, tuple(judged))


def digest(document: Document) -> str:
    """What a document says, in 64 characters: the same content, the same digest."""
    return hashlib.sha256(msgspec.json.encode(document)).hexdigest()


class _Asked:
    """What does not change from one document of a message to the next."""

    def __init__(self, kind: Kind, day: dt.date, desk: Desk, world: World) -> None:
        self.kind, self.day, self.desk, self.world = kind, day, desk, world
        self.rules = RULES.get(kind.shape, ())
        self.matches = matching.RULES.get(kind.shape, ())

    def judgement(self, document: Document, number: int, found: list[Finding], of_message: Iterable[Finding]) -> Judgement:  # fmt: skip
        place = Place.of(self.kind, number)
        for rule in self.rules:
            _collect(found, rule(document, place))
        for match in self.matches:
            _collect(found, match(document, place, self.desk, self.day))
        _collect(found, self._known_guid(document, place))
        tax = None
        if isinstance(document, Inventory):
            with suppress(Unread):
                tax, of_law = law.assess(document, place, self.day, self.desk, self.world)
                found += of_law
        elif isinstance(document, Return):
            _collect(found, law.returned_in_time(document, place, self.day, self.desk, self.world))
        waits = tuple(matching.WAITS[f.code] for f in found if f.code in matching.WAITS)
        every = [*of_message, *found]
        is_accepted = not any(f.severity == "error" for f in every)
        state = self._state(document, every, waits)
        return Judgement(
            document, number, place.document, tuple(found), state, is_accepted, waits, tax if is_accepted else None
        )

    def _known_guid(self, document: Any, place: Place) -> Iterator[Finding]:  # noqa: ANN401  # every document of a firm has a guid
        held = self.desk.content_of(document.guid)
        if held is not None and held != digest(document):
            yield place.problem("exchange.guid_of_another", "guid", guid=document.guid)

    def _state(self, document: Any, found: list[Finding], waits: tuple[int, ...]) -> str:  # noqa: ANN401  # of any kind
        """The official state of the answer: the number of the first fault that is not one of matching or law, or what became of it. Receipts get none."""
        if self.kind.receipt is None:
            return ""
        errors = [f for f in found if f.severity == "error"]
        known = faults()
        for finding in errors:
            if known[finding.code].stage not in ("match", "law"):
                return known[finding.code].state.get(self.kind.kind) or self.kind.refused or "-1"
        if errors:
            return RETURNED
        if getattr(document, "submission", None) == SAVED and self.kind.kind in (621, 623, 625, 711):
            return SAVED
        return DECLARING if waits else STORED


def _collect(found: list[Finding], faults_of_rule: Iterator[Finding]) -> None:
    """What a rule finds, up to the first field of it that could not be read."""
    with suppress(Unread):
        found.extend(faults_of_rule)


# --- one document on its own -----------------------------------------------------------------------------------------------------------


def _paid(order: Order, place: Place) -> Iterator[Finding]:
    asked = order.goods_value + order.freight + order.tax - order.discount
    if order.paid != asked:
        yield place.problem(
            "exchange.paid_is_not_the_sum", "acturalPaid", f"{SPECIFICATION}#3.1", paid=_amount(order.paid), sum=_amount(asked),
            goods=_amount(order.goods_value), freight=_amount(order.freight), tax=_amount(order.tax), discount=_amount(order.discount),
        )  # fmt: skip


def _goods_value(order: Order, place: Place) -> Iterator[Finding]:
    total = sum((line.total for line in order.lines), Decimal(0))
    if order.goods_value != total:
        facts = {"value": _amount(order.goods_value), "sum": _amount(total)}
        yield place.problem("exchange.goods_value_is_not_the_sum", "goodsValue", f"{SPECIFICATION}#3.1", **facts)


def _line_totals(document: Order | Inventory, place: Place) -> Iterator[Finding]:
    lines: tuple[OrderLine | InventoryLine, ...] = document.lines
    for number, line in enumerate(lines, start=1):
        if line.quantity is UNREAD or line.price is UNREAD or line.total is UNREAD:
            continue
        if abs(line.quantity * line.price - line.total) >= FEN:
            facts = {"total": _amount(line.total), "quantity": _amount(line.quantity), "price": _amount(line.price)}
            yield place.line(number).problem("exchange.total_is_not_price_times_quantity", "totalPrice", f"{SPECIFICATION}#3.1", **facts)  # fmt: skip


def _quantities(document: Order | Inventory | Return, place: Place) -> Iterator[Finding]:
    lines: tuple[OrderLine | InventoryLine | ReturnLine, ...] = document.lines
    for number, line in enumerate(lines, start=1):
        if line.quantity is not UNREAD and not line.quantity:
            yield place.line(number).problem("exchange.quantity_is_zero", "qty")


def _line_numbers(document: Order | Inventory | Arrival, place: Place) -> Iterator[Finding]:
    lines: tuple[OrderLine | InventoryLine | ArrivalLine, ...] = document.lines
    for number, line in enumerate(lines, start=1):
        if line.number is not UNREAD and line.number != number:
            yield place.line(number).problem("exchange.lines_not_in_sequence", "gnum", f"{SPECIFICATION}#3.9", read=str(line.number), expected=str(number))  # fmt: skip


def _line_numbers_once(document: Return, place: Place) -> Iterator[Finding]:
    seen = set()
    for number, line in enumerate(document.lines, start=1):
        if line.number is UNREAD:
            continue
        if line.number in seen:
            yield place.line(number).problem("exchange.line_returned_twice", "gnum", read=str(line.number))
        seen.add(line.number)


def _buyer(document: Order | Inventory | Withdrawal | Return, place: Place) -> Iterator[Finding]:
    if document.buyer_id_type == IDENTITY_CARD:
        yield from _identity_number(document.buyer_id, document.reported_at.date(), place, "buyerIdNumber")


def _payer(payment: Payment, place: Place) -> Iterator[Finding]:
    if payment.payer_id_type == IDENTITY_CARD:
        yield from _identity_number(payment.payer_id, payment.reported_at.date(), place, "payerIdNumber")


def _identity_number(number: str, reported_on: dt.date, place: Place, element: str) -> Iterator[Finding]:
    code = identity.fault_of(number)
    born = None if code else identity.born_on(number)
    if born is not None and born > reported_on:
        code = "exchange.identity_birth_date"
    if code:
        yield Finding(
            code, f"{place.head}/{element}", {"read": _masked(number), "length": str(len(number))}, "gb-11643-1999"
        )


def _masked(number: str) -> str:
    """An identity number as a fault may show it: without the day of birth and the order."""
    return shown(f"{number[:6]}…{number[-1:]}") if len(number) > 7 else "…"


_BONDED_FIELDS = (("account_book", "emsNo"), ("warehouse_code", "areaCode"), ("warehouse_name", "areaName"))
_DIRECT_FIELDS = (("conveyance", "trafNo"), ("voyage", "voyageNo"), ("bill_no", "billNo"))


def _fields_of_the_mode(inventory: Inventory, place: Place) -> Iterator[Finding]:
    mode = inventory.supervision_mode
    because = f"{SPECIFICATION}#3.9"
    if mode in BONDED:
        for name, element in _BONDED_FIELDS:
            if not getattr(inventory, name):
                yield place.problem("exchange.bonded_field_missing", element, because, mode=mode, element=element)
        for number, line in enumerate(inventory.lines, start=1):
            if not line.record_item:
                yield place.line(number).problem("exchange.bonded_field_missing", "itemRecordNo", because, mode=mode, element="itemRecordNo")  # fmt: skip
        if inventory.country != INSIDE_CHINA:
            yield place.problem("exchange.bonded_goods_come_from_china", "country", because, read=inventory.country)
    elif mode == DIRECT:
        for name, element in _DIRECT_FIELDS:
            if not getattr(inventory, name):
                yield place.problem("exchange.direct_field_missing", element, because, mode=mode, element=element)


def _guarantor(inventory: Inventory, place: Place) -> Iterator[Finding]:
    parties = (inventory.platform_code, inventory.seller_code, inventory.carrier_code)
    if inventory.guarantor_code not in parties:
        yield place.problem(
            "exchange.guarantor_is_no_party", "assureCode", f"{SPECIFICATION}#3.9", read=inventory.guarantor_code
        )


def _weights(inventory: Inventory, place: Place) -> Iterator[Finding]:
    if inventory.net_weight > inventory.gross_weight:
        facts = {"net": _amount(inventory.net_weight), "gross": _amount(inventory.gross_weight)}
        yield place.problem("exchange.net_weight_above_gross", "netWeight", f"{SPECIFICATION}#3.9", **facts)


def _lines_of_inventory(inventory: Inventory, place: Place) -> Iterator[Finding]:
    for number, line in enumerate(inventory.lines, start=1):
        if line.commodity_code is not UNREAD and not (line.commodity_code.isascii() and line.commodity_code.isdigit()):
            yield place.line(number).problem(
                "exchange.commodity_code_not_digits", "gcode", "tariff-law-2024#9", read=line.commodity_code
            )
        if line.second_quantity is not UNREAD and line.second_unit is not UNREAD and bool(line.second_quantity) != bool(line.second_unit):  # fmt: skip
            yield place.line(number).problem("exchange.second_unit_and_quantity", "qty2" if line.second_unit else "unit2", f"{SPECIFICATION}#3.9")  # fmt: skip


def _amount(value: Decimal) -> str:
    return format(value.normalize(), "f") if value else "0"


Rule = Callable[[Any, Place], Iterator[Finding]]

RULES: dict[type, tuple[Rule, ...]] = {
    Order: (_buyer, _paid, _goods_value, _line_numbers, _quantities, _line_totals),
    Payment: (_payer,),
    Inventory: (
        _buyer,
        _fields_of_the_mode,
        _guarantor,
        _weights,
        _line_numbers,
        _quantities,
        _line_totals,
        _lines_of_inventory,
    ),
    Withdrawal: (_buyer,),
    Return: (_buyer, _line_numbers_once, _quantities),
    Arrival: (_line_numbers,),
}
"""What is asked of each document by itself."""


# --- documents of one message ------------------------------------------------------------------------------------------------------------

KEYS: dict[type, tuple[tuple[str, str], ...]] = {
    Order: (("platform_code", "ebpCode"), ("order_no", "orderNo")),
    Payment: (("payment_firm_code", "payCode"), ("payment_no", "payTransactionId")),
    Waybill: (("carrier_code", "logisticsCode"), ("waybill_no", "logisticsNo")),
    WaybillStatus: (("carrier_code", "logisticsCode"), ("waybill_no", "logisticsNo")),
    Inventory: (("platform_code", "ebpCode"), ("order_no", "orderNo"), ("waybill_no", "logisticsNo")),
    Withdrawal: (("inventory_no", "invtNo"),),
    Return: (("inventory_no", "invtNo"),),
}
"""By what a document of each kind is known, besides its guid."""


def _repeated(kind: Kind, documents: tuple[Document, ...]) -> dict[int, list[Finding]]:
    """Documents that stand in one message more than once, by guid or by number: each but the first is at fault."""
    key = KEYS.get(kind.shape, ())
    if not key or len(documents) == 1:
        return {}
    found: dict[int, list[Finding]] = {}
    seen: tuple[dict[Any, int], dict[Any, int]] = ({}, {})
    for number, document in enumerate(documents, start=1):
        values = (
            getattr(document, "guid", UNREAD),
            tuple(getattr(document, name) for name, _ in key),
        )
        for value, first, code, element in zip(
            values, seen, ("exchange.guid_repeated", "exchange.document_repeated"), ("guid", key[-1][1]), strict=True
        ):
            try:
                earlier = first.setdefault(value, number)
            except Unread:
                continue
            if earlier != number:
                shown = value if isinstance(value, str) else " ".join(value)
                place = Place.of(kind, number)
                found.setdefault(number, []).append(place.problem(code, element, read=shown, first=str(earlier)))
    return found
