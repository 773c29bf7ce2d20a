"""What a written answer is made of, and how it looks as plain text. `explain.py` says what stands in it; `cli/render.py` shows it on a terminal.

Everything is kept in both languages until the last moment, as `Words`. Widths are counted in terminal columns, where a Chinese character takes two.
Whatever came from outside (names, codes, file paths) may hold control characters; they are made visible here, so that a name cannot
move a cursor, change a colour or turn the direction of the text around.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Literal, NamedTuple

from tongguan.grammar.findings import render, render_next

Language = Literal["zh", "en", "both"]
LANGUAGES: tuple[Language, ...] = ("zh", "en", "both")
WIDTH = 110
"""Columns of the plain text. Long lines are folded, figures stay whole."""


class Words(NamedTuple):
    """The same words in Chinese and English."""

    zh: str
    en: str

    def only(self, language: str) -> str:
        """One language."""
        return self.zh if language == "zh" else self.en

    def inline(self, language: Language) -> str:
        """On one line: one language, or both with what they share said once ("货价 price 100 USD")."""
        if language != "both":
            return clean(self.only(language))
        if self.zh == self.en:
            return clean(self.zh)
        zh, en = self.zh.split(" "), self.en.split(" ")
        before: list[str] = []
        after: list[str] = []
        while len(zh) > 1 and len(en) > 1 and zh[0] == en[0]:
            before.append(zh.pop(0))
            en.pop(0)
        while len(zh) > 1 and len(en) > 1 and zh[-1] == en[-1]:
            after.insert(0, zh.pop())
            en.pop()
        if zh == en:
            en = []
        return clean(" ".join(part for part in (*before, *zh, *en, *after) if part))

    def lines(self, language: Language) -> list[str]:
        """As sentences: one line for each language asked for."""
        texts = dict.fromkeys([self.zh, self.en]) if language == "both" else [self.only(language)]
        return [clean(text) for text in texts if text]


NOTHING = Words("", "")


def say(code: str, **facts: str) -> Words:
    """A text of the catalogue. Facts that are Words answer in their own language: pass them as `name_zh`, `name_en`."""
    return Words(render(code, facts, "zh"), render(code, facts, "en"))


def say_next(code: str, facts: dict[str, str]) -> Words:
    """The next step of a code of the catalogue."""
    return Words(render_next(code, facts, "zh"), render_next(code, facts, "en"))


def same(text: str) -> Words:
    """The same text in both languages: figures, codes, dates."""
    return Words(text, text)


class Heading(NamedTuple):
    """A title. Level 1 opens a shipment, level 2 an item, level 3 a part of it."""

    text: Words
    level: int = 2


class Sentence(NamedTuple):
    """Text under its heading.

    `tone` is plain, total, good, warning, error or quiet; `symbol` and `lead` stand before it once, whatever the languages; what is short puts
    both languages on one line.
    """

    text: Words
    tone: str = "plain"
    symbol: str = ""
    indent: int = 0
    lead: str = ""
    is_short: bool = False

    def lines(self, language: Language) -> list[str]:
        """Its text, line by line, with the lead."""
        lines = [self.text.inline(language)] if self.is_short else self.text.lines(language)
        return [f"{clean(self.lead)}  {lines[0]}", *lines[1:]] if self.lead and lines else lines


class Table(NamedTuple):
    """Rows of cells. `right` are the columns of figures; `strong` are rows that sum up."""

    rows: tuple[tuple[Words, ...], ...]
    right: frozenset[int] = frozenset()
    strong: frozenset[int] = frozenset()
    header: tuple[Words, ...] = ()


class Verbatim(NamedTuple):
    """Text with its own lines and indents, as it was written."""

    text: str

    def lines(self) -> list[str]:
        """Its lines, safe to show."""
        return [clean(line.rstrip()) for line in self.text.splitlines()]


Block = Heading | Sentence | Table | Verbatim


# --- safe and folded text ----------------------------------------------------------------------------------------------------------

_UNSAFE = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ud800-\\udfff]")


def clean(text: str) -> str:
    """Text that is safe to show: control characters and marks that turn the direction of writing are spelled out."""
    return _UNSAFE.sub(
        lambda found: f"\\x{ord(found[0]):02x}" if ord(found[0]) < 256 else f"\\u{ord(found[0]):04x}", text
    )


def cells(text: str) -> int:
    """How many terminal columns a text takes."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


_PIECE = re.compile(
    r"\s+|[\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef](?:[，。；：、）》”！？])*|[^\s\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef]+"
)


def fold(text: str, width: int) -> list[str]:
    """Text in lines of at most `width` columns. Breaks at spaces and between Chinese characters, never before closing punctuation."""
    folded: list[str] = []
    line = ""
    for piece in _PIECE.findall(text):
        if line and cells(line) + cells(piece) > width:
            folded.append(line.rstrip())
            line = "" if piece.isspace() else piece
        else:
            line += piece
        while cells(line) > width and len(line) > 1 and not line.isspace():
            cut = next((n for n in range(len(line), 0, -1) if cells(line[:n]) <= width), 1)
            folded.append(line[:cut])
            line = line[cut:]
    return [*folded, line.rstrip()] if line.strip() or not folded else folded


def _pad(text: str, width: int, is_right: bool) -> str:
    space = " " * max(0, width - cells(text))
    return space + text if is_right else text + space


# --- plain text --------------------------------------------------------------------------------------------------------------------

INDENT = {1: 0, 2: 0, 3: 2}


def plain_text(blocks: Iterable[Block], language: Language, width: int = WIDTH) -> str:
    """The letter as plain text."""
    lines: list[str] = []
    indent = 0
    for block in blocks:
        if isinstance(block, Heading):
            title = block.text.inline(language)
            indent = INDENT[block.level]
            folded = fold(title, width - indent)
            lines += ["", *(" " * indent + part for part in folded)]
            if block.level < 3:
                lines.append(("=" if block.level == 1 else "-") * max(cells(part) for part in folded))
        elif isinstance(block, Sentence):
            lines += _sentence(block, language, width, indent)
        elif isinstance(block, Verbatim):
            lines += block.lines()
        else:
            lines += _table(block, language, width, indent + 2)
    return "\n".join(lines).strip("\n") + "\n"


def _sentence(block: Sentence, language: Language, width: int, indent: int) -> list[str]:
    margin = " " * (indent + block.indent + (2 if indent else 0))
    lines = []
    for number, text in enumerate(block.lines(language)):
        lead = (
            f"{block.symbol} " if block.symbol and number == 0 else " " * (len(block.symbol) + 1 if block.symbol else 0)
        )
        folded = fold(text, width - cells(margin) - cells(lead))
        lines += [margin + (lead if n == 0 else " " * cells(lead)) + part for n, part in enumerate(folded)]
    return lines


def _table(block: Table, language: Language, width: int, indent: int) -> list[str]:
    rows = [
        [cell.inline(language) for cell in row] for row in ((block.header, *block.rows) if block.header else block.rows)
    ]
    if not rows:
        return []
    widths = column_widths(rows, block.right, width - indent)
    lines = []
    for row in rows:
        folded = [[text] if n in block.right else fold(text, widths[n]) for n, text in enumerate(row)]
        for line in range(max(len(f) for f in folded)):
            parts = [_pad(f[line] if line < len(f) else "", widths[n], n in block.right) for n, f in enumerate(folded)]
            lines.append((" " * indent + "  ".join(parts)).rstrip())
    return lines


def column_widths(rows: list[list[str]], right: frozenset[int], width: int) -> list[int]:
    """Widths that fit: figures keep theirs, the widest column of text gives way first."""
    widths = [max(cells(row[n]) for row in rows) for n in range(len(rows[0]))]
    while sum(widths) + 2 * (len(widths) - 1) > width:
        texts = [n for n in range(len(widths)) if n not in right and widths[n] > 12]
        if not texts:
            break
        widest = max(texts, key=lambda n: widths[n])
        widths[widest] -= 1
    return widths
