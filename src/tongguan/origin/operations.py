"""Operations that rules name and bills state, and those that never confer origin by themselves."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from tongguan.tariff.schedule import TABLES, read_csv


class Operation(NamedTuple):
    """One operation."""

    key: str
    name_zh: str
    name_en: str
    words: re.Pattern[str]


class MinimalOperation(NamedTuple):
    """Working that is too little by itself. `lists` names the lists of the agreements it stands in."""

    key: str
    name_zh: str
    name_en: str
    lists: frozenset[str]


@cache
def operations() -> dict[str, Operation]:
    """Operations by key, in the order they are looked for."""
    return {
        r["key"]: Operation(r["key"], r["name_zh"], r["name_en"], re.compile(rf"(?:{r['words_en']})\b", re.IGNORECASE))
        for r in read_csv(TABLES / "origin" / "operations.csv")
    }


def operation_at_start(text: str) -> str | None:
    """The operation a text begins with; the longest of several."""
    best, length = None, 0
    for operation in operations().values():
        found = operation.words.match(text)
        if found and found.end() > length:
            best, length = operation.key, found.end()
    return best


@cache
def minimal_operations() -> dict[str, MinimalOperation]:
    """Minimal operations by key."""
    return {
        r["key"]: MinimalOperation(r["key"], r["name_zh"], r["name_en"], frozenset(r["lists"].split(";")))
        for r in read_csv(TABLES / "origin" / "minimal_operations.csv")
    }
