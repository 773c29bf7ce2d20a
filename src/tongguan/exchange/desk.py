"""What is on the desk already when a document is judged: what the other parties sent, and what a person has used of the year.

The gateway keeps it in its database, a test in memory; judging only asks.
"""

from __future__ import annotations

import datetime as dt
from typing import Protocol

import msgspec

from tongguan.exchange.shape import Inventory, InventoryReceipt, Message, Order, Payment, Waybill

RELEASED = "800"


class Filed(msgspec.Struct, frozen=True):
    """An inventory that was accepted: its state, and the day it was released on."""

    inventory: Inventory
    state: str = "120"
    released_on: dt.date | None = None


class Desk(Protocol):
    """What judging may ask. None, or nothing, means that it is not here (yet)."""

    def order(self, platform_code: str, order_no: str) -> Order | None:
        """The order of a platform."""

    def payment(self, platform_code: str, order_no: str) -> Payment | None:
        """The payment of an order."""

    def waybill(self, carrier_code: str, waybill_no: str) -> Waybill | None:
        """The waybill of a carrier."""

    def inventory(self, inventory_no: str) -> Filed | None:
        """An accepted inventory by the number Customs gave it."""

    def use_of_waybill(self, carrier_code: str, waybill_no: str) -> tuple[str, dt.date] | None:
        """The guid of the inventory that used a waybill last, and the day."""

    def content_of(self, guid: str) -> str | None:
        """The digest of the document that came under a guid."""

    def used_this_year(self, buyer_id: str, year: int) -> int | None:
        """Fen a person has used of the year's amount; None where nobody knows."""

    def had_this_year(self, buyer_id: str, limit_group: str, year: int) -> int | None:
        """Thousandths of the unit a person has had of goods limited by quantity; None where nobody knows."""


class DeskInMemory:
    """A desk for one sitting: documents are put on it and found again.

    What a person has used of the year is `otherwise`, unless it is said: nothing, or None where nobody knows.
    """

    def __init__(self, otherwise: int | None = 0) -> None:
        self.otherwise = otherwise
        self.orders: dict[tuple[str, str], Order] = {}
        self.payments: dict[tuple[str, str], Payment] = {}
        self.waybills: dict[tuple[str, str], Waybill] = {}
        self.inventories: dict[str, Filed] = {}
        self.declared: dict[tuple[str | None, str | None], Inventory] = {}
        self.answers: list[InventoryReceipt] = []
        self.waybill_uses: dict[tuple[str, str], tuple[str, dt.date]] = {}
        self.contents: dict[str, str] = {}
        self.used: dict[tuple[str, int], int] = {}
        self.had: dict[tuple[str, str, int], int] = {}

    def put(self, message: Message) -> None:
        """Lay the orders, payments and waybills of a message on the desk; and inventories, once their receipts gave them a number."""
        for document in message.documents:
            if isinstance(document, Order):
                self.orders[document.platform_code, document.order_no] = document
            elif isinstance(document, Payment):
                self.payments[document.platform_code, document.order_no] = document
            elif isinstance(document, Waybill):
                self.waybills[document.carrier_code, document.waybill_no] = document
            elif isinstance(document, Inventory):
                self.declared[document.declarant_code, document.own_no] = document
            elif isinstance(document, InventoryReceipt) and document.inventory_no:
                self.answers.append(document)
        self._file()

    def _file(self) -> None:
        """File the inventories whose receipts are here, the latest state last."""
        for answer in sorted(self.answers, key=lambda a: a.answered_at):
            inventory = self.declared.get((answer.declarant_code, answer.own_no))
            if inventory is None or not answer.inventory_no:
                continue
            held = self.inventories.get(answer.inventory_no)
            released_on = held.released_on if held else None
            if answer.state == RELEASED and released_on is None:
                released_on = answer.answered_at.date()
            self.inventories[answer.inventory_no] = Filed(inventory, answer.state, released_on)

    def order(self, platform_code: str, order_no: str) -> Order | None:
        return self.orders.get((platform_code, order_no))

    def payment(self, platform_code: str, order_no: str) -> Payment | None:
        return self.payments.get((platform_code, order_no))

    def waybill(self, carrier_code: str, waybill_no: str) -> Waybill | None:
        return self.waybills.get((carrier_code, waybill_no))

    def inventory(self, inventory_no: str) -> Filed | None:
        return self.inventories.get(inventory_no)

    def use_of_waybill(self, carrier_code: str, waybill_no: str) -> tuple[str, dt.date] | None:
        return self.waybill_uses.get((carrier_code, waybill_no))

    def content_of(self, guid: str) -> str | None:
        return self.contents.get(guid)

    def used_this_year(self, buyer_id: str, year: int) -> int | None:
        return self.used.get((buyer_id, year), self.otherwise)

    def had_this_year(self, buyer_id: str, limit_group: str, year: int) -> int | None:
        return self.had.get((buyer_id, limit_group, year), self.otherwise)
