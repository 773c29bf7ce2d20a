"""What views hand to the components of `templatetags/look.py`: small records, made by views, shown by templates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

Tone = Literal["grey", "blue", "green", "teal", "yellow", "orange", "red", "purple", "magenta"]
StepKind = Literal["done", "now", "late", "next"]


@dataclass(frozen=True)
class Row:
    """One line of a summary list; with an address, `act` is the word of its link ("Change")."""

    label: str
    value: object
    href: str = ""
    act: str = ""


@dataclass(frozen=True)
class Step:
    """One step of a timeline or of a row of stages: what, who has it, when it was or when it is expected."""

    title: str
    kind: StepKind = "next"
    at: dt.datetime | None = None
    who: str = ""
    text: str = ""
    expected: str = ""


@dataclass(frozen=True)
class Task:
    """One line of a task list: what is to do and how far it is."""

    title: str
    status: str
    tone: Tone | None = None
    href: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Head:
    """The head of a column. A chart draws every column of its table but the first, and those that are not to be drawn."""

    text: str
    is_number: bool = False
    is_drawn: bool = True


@dataclass(frozen=True)
class Cell:
    """A cell that shows one thing and is drawn as another: "3 days" and 3."""

    shown: object
    value: str = ""


@dataclass(frozen=True)
class Table:
    """A table with its caption; the first column names each row. Cells are texts, amounts or `Cell`."""

    caption: str
    heads: Sequence[Head]
    rows: Sequence[Sequence[object]]
    is_small: bool = False


@dataclass(frozen=True)
class Card:
    """One thing a person can do, by the keys of its texts."""

    title: str
    text: str
    href: str


@dataclass(frozen=True)
class Group:
    """Cards under one heading."""

    title: str
    cards: list[Card] = field(default_factory=list)
