"""The lexicon: everyday and trade words and where the goods they name belong. `tables/lexicon/*.csv`, written by people, open to growth.

A line says: *who uses this word probably means this code.* It is a signpost for finding, never a ruling; the words of the tariff decide.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tongguan.grammar.errors import LawDataError
from tongguan.tariff.schedule import TABLES, read_csv
from tongguan.tariff.search.words import HAN, plain, singular

LEXICON = TABLES / "lexicon"
COLUMNS = ["term", "lang", "code", "weight", "note"]
HELPERS = frozenset({"words.csv", "contrasts.csv", "brands.csv"})
LONGEST_TERM = 80
WEIGHTS = frozenset({"1", "0.7", "0.5", "0.3"})


class Entry(NamedTuple):
    """One signpost."""

    term: str
    language: str
    code: str
    weight: float


class Meaning(NamedTuple):
    """A word that stands for others: denim is cotton, settee is sofa."""

    word: str
    means: str
    weight: float


def read_entries(path: Path) -> list[Entry]:
    """The entries of one file. Raises LawDataError that names the line."""
    found = []
    seen: set[tuple[str, str]] = set()
    for number, row in enumerate(read_csv(path), start=1):
        where = f"lexicon/{path.name}, entry {number} ({row.get('term')!r})"
        if list(row) != COLUMNS:
            raise LawDataError(f"lexicon/{path.name}: the columns are {', '.join(COLUMNS)}")
        code, weight = row["code"], row["weight"] or "1"
        if not re.fullmatch(r"\d{2}|\d{4,6}", code) or not "01" <= code[:2] <= "97" or code[:2] == "77":
            raise LawDataError(f"{where}: the code {code!r} has not 2, 4, 5 or 6 digits of HS 2022")
        if weight not in WEIGHTS:
            raise LawDataError(f"{where}: the weight is {', '.join(sorted(WEIGHTS))}")
        for term in (part.strip() for part in row["term"].split("|")):
            if not term or len(term) > LONGEST_TERM:
                raise LawDataError(f"{where}: a term has 1 to {LONGEST_TERM} characters")
            if row["lang"] not in {"en", "zh"} or (row["lang"] == "zh") != bool(HAN.search(term)):
                raise LawDataError(f"{where}: lang is en, or zh for a term with Chinese characters")
            if (plain(term), code) in seen:
                raise LawDataError(f"{where}: {term!r} and its code stand twice")
            seen.add((plain(term), code))
            found.append(Entry(term, row["lang"], code, float(weight)))
    return found


@cache
def entries() -> tuple[Entry, ...]:
    """Every entry of every file."""
    return tuple(e for path in sorted(LEXICON.glob("*.csv")) if path.name not in HELPERS for e in read_entries(path))


@cache
def meanings() -> dict[str, tuple[tuple[str, float], ...]]:
    """For each word, the words it stands for, with a weight: `tables/lexicon/words.csv`."""
    path = LEXICON / "words.csv"
    found: dict[str, list[tuple[str, float]]] = {}
    for row in read_csv(path) if path.exists() else []:
        for word in row["means"].split():
            found.setdefault(singular(plain(row["word"])), []).append(
                (singular(plain(word)), float(row["weight"] or "0.7"))
            )
    return {word: tuple(means) for word, means in found.items()}


class Contrast(NamedTuple):
    """A group of members that exclude each other, each with the words that name it."""

    group: str
    share: float
    members: tuple[tuple[str, ...], ...]


@cache
def contrasts() -> tuple[Contrast, ...]:
    """Groups of words that exclude each other: `tables/lexicon/contrasts.csv`."""
    groups: dict[tuple[str, float], list[tuple[str, ...]]] = {}
    for row in read_csv(LEXICON / "contrasts.csv"):
        words = tuple(dict.fromkeys(singular(plain(word)) for word in row["words"].split()))
        groups.setdefault((row["group"], float(row["share"])), []).append(words)
    return tuple(Contrast(group, share, tuple(members)) for (group, share), members in groups.items())
