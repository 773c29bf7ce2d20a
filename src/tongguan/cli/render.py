"""Shows a letter: with colours and tables on a terminal, as plain text anywhere else. The words come from `assessment/explain.py`."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, TextIO

from tongguan.assessment.letter import Block, Heading, Language, Sentence, Table, Verbatim, plain_text

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

STYLES = {
    "plain": "",
    "total": "bold",
    "good": "green",
    "warning": "yellow",
    "error": "bold red",
    "quiet": "dim",
}
WIDEST = 130
"""Longer lines are hard to read, however wide the terminal."""


def show(blocks: Iterable[Block], language: Language, stream: TextIO | None = None) -> None:
    """Write a letter to a stream, standard output by default."""
    stream = stream or sys.stdout
    if not stream.isatty():
        stream.write(plain_text(blocks, language))
        return
    from rich.console import Console

    console = Console(file=stream, highlight=False, markup=False, emoji=False)
    console.width = min(console.width, WIDEST)
    show_on(console, blocks, language)


def show_on(console: Console, blocks: Iterable[Block], language: Language) -> None:
    """The letter on a console of rich."""
    indent = 0
    for block in blocks:
        if isinstance(block, Heading):
            indent = 2 if block.level == 3 else 0
            _heading(console, block, language)
        elif isinstance(block, Sentence):
            _sentence(console, block, language, indent)
        elif isinstance(block, Verbatim):
            for line in block.lines():
                console.print(line, soft_wrap=True)
        else:
            console.print(_table(block, language, indent + 2))


def _heading(console: Console, block: Heading, language: Language) -> None:
    from rich.rule import Rule
    from rich.text import Text

    text = Text(block.text.inline(language), "bold cyan" if block.level == 1 else "bold")
    console.print()
    if block.level == 1:
        console.print(Rule(text, align="left", style="cyan"))
    else:
        console.print(_indented(text, 2 if block.level == 3 else 0))
        if block.level == 2:
            console.print(Rule(style="dim"))


def _sentence(console: Console, block: Sentence, language: Language, indent: int) -> None:
    from rich.table import Table as Grid
    from rich.text import Text

    grid = Grid.grid(padding=(0, 1, 0, 0))
    style = STYLES[block.tone]
    if block.symbol:
        grid.add_column(no_wrap=True)
    grid.add_column()
    for number, line in enumerate(block.lines(language)):
        text = Text(line, style)
        grid.add_row(*([Text(block.symbol if number == 0 else "", style), text] if block.symbol else [text]))
    console.print(_indented(grid, indent + block.indent + (2 if indent else 0)))


def _table(block: Table, language: Language, indent: int) -> RenderableType:
    from rich.table import Table as Grid
    from rich.text import Text

    grid = Grid.grid(padding=(0, 2, 0, 0))
    columns = len(block.rows[0]) if block.rows else 0
    for number in range(columns):
        is_figure = number in block.right
        grid.add_column(justify="right" if is_figure else "left", no_wrap=is_figure, ratio=None)
    if block.header:
        grid.add_row(*(Text(cell.inline(language), "dim") for cell in block.header))
    for number, row in enumerate(block.rows):
        style = "bold" if number in block.strong else ""
        cells = [Text(cell.inline(language), style) for cell in row]
        if len(cells) > 1 and not style:
            cells[-1].stylize("dim" if columns - 1 not in block.right else "")
        grid.add_row(*cells)
    return _indented(grid, indent)


def _indented(content: RenderableType, columns: int) -> RenderableType:
    from rich.padding import Padding

    return Padding(content, (0, 0, 0, columns)) if columns else content
