"""What the specifications say of each message, document and field, as `tables/exchange/*.csv` hold it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

import tongguan
from tongguan.exchange import shape
from tongguan.grammar.errors import LawDataError
from tongguan.tariff.schedule import read_csv

TABLES = Path(tongguan.__file__).parent / "tables" / "exchange"
NAMESPACE = "http://www.chinaport.gov.cn/ceb"
EDITIONS = ("2018", "202205")
SPECIFICATION = "ceb-202205"
"""The instrument whose chapters are cited."""

T = TypeVar("T")


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One element. `least` and `most` count characters, or digits of a whole number; `values` are the only ones allowed."""

    group: str
    element: str
    kind: Literal["text", "code", "identity", "amount", "whole", "day", "moment", "stamp"]
    least: int | None
    most: int | None
    required: bool
    values: tuple[str, ...]
    table: str
    edition: str
    source: str
    confidence: str

    @property
    def name(self) -> str:
        """Its name in our models."""
        return words()[self.element].name


class Word(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an element is called."""

    element: str
    name: str
    zh: str
    en: str
    source: str
    confidence: str


class Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of message by its number, and the documents it holds. `most` and `most_lines` are None where there is no limit."""

    kind: int
    document: str
    model: str
    head: str
    lines: str
    most: int | None
    most_lines: int | None
    signed: Literal["", "always"]
    receipt: int | None
    refused: str
    zh: str
    en: str
    source: str
    confidence: str

    @property
    def root(self) -> str:
        """The name of the root element."""
        return f"CEB{self.kind}Message"

    @property
    def shape(self) -> type[shape.Document]:
        """The class of its documents."""
        found: type[shape.Document] = getattr(shape, self.model)
        return found


class State(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An official state (returnStatus): which receipts carry it, whether anything follows, whether the document counts."""

    state: str
    kinds: tuple[int, ...]
    final: bool
    success: bool
    zh: str
    en: str
    source: str
    confidence: str


def _rows(name: str, into: type[T], lists: tuple[str, ...] = (), numbers: tuple[str, ...] = (), flags: tuple[str, ...] = ()) -> list[T]:  # fmt: skip
    found = []
    for row in read_csv(TABLES / name):
        content: dict[str, Any] = dict(row)
        content |= {column: row[column].split() for column in lists}
        content |= {column: row[column] or None for column in numbers}
        content |= {column: row[column] == "yes" for column in flags}
        try:
            found.append(msgspec.convert(content, into, strict=False))
        except msgspec.ValidationError as error:
            raise LawDataError(f"exchange/{name}: {row}: {error}") from error
    return found


@cache
def words() -> dict[str, Word]:
    """What each element is called."""
    return {w.element: w for w in _rows("words.csv", Word)}


@cache
def kinds() -> dict[int, Kind]:
    """Every kind of message by its number."""
    return {k.kind: k for k in _rows("groups.csv", Kind, numbers=("most", "most_lines", "receipt"))}


@cache
def fields(edition: str) -> dict[str, dict[str, Field]]:
    """The fields of each group in one edition, in the order they are sent."""
    found: dict[str, dict[str, Field]] = {}
    for field in _rows("fields.csv", Field, ("values",), ("least", "most"), ("required",)):
        if field.edition in ("", edition):
            found.setdefault(field.group, {})[field.element] = field
    return found


@cache
def states() -> dict[str, State]:
    """Every official state by its number."""
    return {s.state: s for s in _rows("states.csv", State, ("kinds",), flags=("final", "success"))}
