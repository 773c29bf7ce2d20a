"""What goes in and out: money as text with its currency, days and moments in ISO form, texts bounded, names of fields as in the rest of the project."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

from tongguan.grammar.money import fen_of, yuan

LARGEST = 2**63 - 1
"""Numbers of records are of 64 bits."""


def _text_only(value: object) -> object:
    if not isinstance(value, str | Decimal):
        raise ValueError('send amounts as text, for example "12.30"')  # noqa: TRY004  # pydantic turns it into a finding
    return value


Amount = Annotated[
    Decimal,
    BeforeValidator(_text_only),
    Field(ge=0, max_digits=17, decimal_places=2),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]{1,15}(\.[0-9]{1,2})?$", "examples": ["12.30"]}),
]
"""Yuan as text: a number would lose digits on its way through other people's programs."""


def _plain(text: str) -> str:
    if any(ord(letter) < 32 and letter not in "\n\t\r" for letter in text) or "\x7f" in text:
        raise ValueError("control characters are not text")
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ValueError("half a character is not text")
    return text


Text = Annotated[str, StringConstraints(max_length=2000), AfterValidator(_plain)]
Line = Annotated[str, StringConstraints(max_length=200), AfterValidator(_plain)]
Reason = Annotated[str, StringConstraints(max_length=2000), AfterValidator(_plain)]
Number = Annotated[int, Field(ge=1, le=LARGEST)]
Anything = dict[str, Any]


class Money(Schema):
    """An amount with its currency."""

    model_config = ConfigDict(extra="forbid")

    amount: Annotated[str, Field(pattern=r"^-?[0-9]+\.[0-9]{2}$", examples=["500.00"])]
    currency: Literal["CNY"] = "CNY"


class MoneyIn(Schema):
    """An amount with its currency, as one sends it."""

    model_config = ConfigDict(extra="forbid")

    amount: Amount
    currency: Literal["CNY"] = "CNY"

    @property
    def fen(self) -> int:
        """In whole fen."""
        return fen_of(f"{self.amount:f}")  # never in powers of ten, however it was written


def money(fen: int | None) -> dict[str, str] | None:
    """Fen as the interface writes money; None stays None."""
    return None if fen is None else {"amount": yuan(fen), "currency": "CNY"}


class Problem(Schema):
    """One thing that stands in the way: what kind, which (stable code), where, why, and what to do next."""

    type: str
    code: str
    message_zh: str
    message_en: str
    path: str
    because: str
    next_step_zh: str
    next_step_en: str
    help: str


class Errors(Schema):
    """Everything that stands in the way, all at once."""

    errors: list[Problem]


class In(Schema):
    """A body: what it does not know it refuses, so that a misspelt name is not taken for silence."""

    model_config = ConfigDict(extra="forbid")


class Words(Schema):
    """A word in both languages, with the code programs rely on."""

    code: str
    zh: str
    en: str


class Cursor(Schema):
    """Where a list goes on: `after` from the `next` of the page before."""

    after: Annotated[str, StringConstraints(max_length=200)] = ""
    size: Annotated[int, Field(ge=1, le=200)] = 25


Day = dt.date
Instant = dt.datetime
