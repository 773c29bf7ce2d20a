"""One movement of a person's annual amount, and what becomes of it: pure decisions, without a database.

Law      caiguanshui-2018-49 (and caiguanshui-2016-18 until 2018): the yearly limit; gacc-2020-45: returned goods give the amount back.
Units    fen.
Reading  The amount counts in the calendar year of the day the inventory was accepted, and goes back into that year, also when the goods come back in the
         next one. It is held from acceptance on. A return may be of a part; parts together are no more than the whole. The law of the limit is
         that of the day of acceptance, the law of a return that of the day it is applied for. A price no order may have alone is refused
         whatever was used, by the same function that judges an order (`rule.decision`): an item of exactly the yearly limit is one.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Literal, NamedTuple

import msgspec

from tongguan.grammar.parameters import law_book
from tongguan.law.channels.cross_border_ecommerce import rule

CHANNEL = "channels/cross_border_ecommerce"

Kind = Literal["reserve", "commit", "withdraw", "refuse", "return"]
State = Literal["reserved", "released", "ended", "over_limit"]
Result = Literal[
    "done",
    "over_limit",
    "already",
    "differs",
    "waits",
    "ended",
    "released",
    "before_release",
    "applied_late",
    "arrived_late",
    "too_much",
]
"""What became of a movement.

done            the ledger says so now
over_limit      reserve: the year would exceed its limit. The document stays refused; whoever sends the goods again takes a new document number
already         another message said the same of this document before; nothing moved
differs         this document, or this movement, is known with another content (person, price, year, day); nothing moved
waits           the document, or its release, is not here yet; nothing was kept: offer it again later
ended           the document was withdrawn or refused before; nothing moved
released        withdraw, refuse: the goods are released already; only a return gives the amount back
before_release  return: applied for before the day of release
applied_late, arrived_late   return: beyond the days the law gives
too_much        return: more than is left of the document
"""


class Movement(msgspec.Struct, frozen=True):
    """What a message does to a person's annual amount. Its identity: message, document and kind.

    kind        reserve (accepted), commit (released), withdraw, refuse, return
    message     the guid of the document that says so: of the inventory, of its receipt, of the withdrawal or return
    document    the number of the inventory; it is used once
    day         of acceptance, of release, of withdrawal or refusal; of a return, the day it was applied for
    person      16 bytes from `Persons.person`; b"" is "that of the document", which a reserve must not leave out
    fen         price of a reserve or of the goods returned, more than 0; otherwise 0
    arrived_on  the day returned goods were back

    Raises ValueError where this does not fit.
    """

    kind: Kind
    message: str
    document: str
    day: dt.date
    person: bytes = b""
    fen: int = 0
    arrived_on: dt.date | None = None

    def __post_init__(self) -> None:
        if not self.message or not self.document:
            raise ValueError("a movement needs the message and the document it comes from")
        if (self.fen > 0) != (self.kind in {"reserve", "return"}) or self.fen < 0:
            raise ValueError("a reserve and a return have an amount, the others have none")
        if self.kind == "reserve" and not self.person:
            raise ValueError("a reserve needs its person")
        if (self.arrived_on is not None) != (self.kind == "return") or (self.arrived_on or self.day) < self.day:
            raise ValueError("a return, and nothing else, has a day of arrival, on or after the day it was applied for")

    @property
    def identity(self) -> tuple[str, str, str]:
        """Document, message and kind."""
        return self.document, self.message, self.kind


class Use(msgspec.Struct, frozen=True):
    """What one document has taken of a person's year."""

    person: bytes
    year: int
    price: int
    state: State
    given_back: int = 0
    released_on: dt.date | None = None


class Entry(msgspec.Struct, frozen=True):
    """A movement as it was recorded. `moved` and `used_after` in fen; `number` counts the movements of the person's year."""

    person: bytes
    year: int
    number: int
    kind: Kind
    message: str
    document: str
    day: dt.date
    arrived_on: dt.date | None
    fen: int
    result: Result
    moved: int
    used_after: int
    yearly_limit: int


class Outcome(msgspec.Struct, frozen=True):
    """What became of a movement. `moved` fen, up or down; `used_after` of the year where it is known; `is_repeat`: this very movement was recorded before."""

    result: Result
    moved: int = 0
    used_after: int | None = None
    is_repeat: bool = False


class Limits(NamedTuple):
    """The limits of one day, in fen."""

    single: int
    yearly: int
    regime: int


@lru_cache(maxsize=64)
def limits_on(day: dt.date) -> Limits:
    """The limits of an order and of a year. Raises OutOfCoverage where the law of the day is not encoded."""
    single, yearly, regime = (
        law_book().at(f"{CHANNEL}/{name}", day) for name in ("single_limit", "yearly_limit", "single_item_over_limit")
    )
    return Limits(single.fen(), yearly.fen(), rule.REGIMES[regime.value])


def may_reserve(price: int, used: int, limits: Limits) -> bool:
    """Whether a price enters beside what was used. How many pieces it is for was judged before: here it counts as one, which allows the most."""
    return rule.decision(price, 1, used, *limits) in {rule.REDUCED_TAX, rule.FULL_TAX}


def decide(movement: Movement, use: Use | None, used: int) -> tuple[Result, Use | None]:
    """What becomes of a movement that was not recorded before: the result, and what its document has taken afterwards (None: nothing changes).

    `used` is what the person has used of the year of a reserve; the others do not depend on it.
    """
    if use is None:
        if movement.kind != "reserve":
            return "waits", None
        fits = may_reserve(movement.fen, used, limits_on(movement.day))
        state: State = "reserved" if fits else "over_limit"
        return "done" if fits else "over_limit", Use(movement.person, movement.day.year, movement.fen, state)
    if movement.person and movement.person != use.person:
        return "differs", None
    if movement.kind == "reserve":
        if (movement.fen, movement.day.year) != (use.price, use.year):
            return "differs", None
        return "over_limit" if use.state == "over_limit" else "already", None
    if use.state in {"ended", "over_limit"}:
        return "ended", None
    if movement.kind == "return":
        return _returned(movement, use)
    if movement.kind == "commit":
        if use.state == "released":
            return "already", None
        return "done", msgspec.structs.replace(use, state="released", released_on=movement.day)
    if use.state == "released":
        return "released", None
    return "done", msgspec.structs.replace(use, state="ended", given_back=use.price)


def _returned(movement: Movement, use: Use) -> tuple[Result, Use | None]:
    if use.released_on is None or movement.arrived_on is None:
        return "waits", None
    if movement.day < use.released_on:
        return "before_release", None
    apply_days, arrive_days = (law_book().at(f"{CHANNEL}/return_{n}_days", movement.day) for n in ("apply", "arrive"))
    released, applied, arrived = (d.toordinal() for d in (use.released_on, movement.day, movement.arrived_on))
    outcome = rule.return_outcome(released, applied, arrived, apply_days.whole(), arrive_days.whole())
    if outcome == rule.RETURN_APPLIED_LATE:
        return "applied_late", None
    if outcome == rule.RETURN_ARRIVED_LATE:
        return "arrived_late", None
    if movement.fen > use.price - use.given_back:
        return "too_much", None
    return "done", msgspec.structs.replace(use, given_back=use.given_back + movement.fen)


def taken(use: Use | None) -> int:
    """Fen of the year that a document holds."""
    return 0 if use is None or use.state == "over_limit" else use.price - use.given_back
