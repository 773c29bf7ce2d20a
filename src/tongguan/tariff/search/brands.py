"""Brands: names of makers, sellers and product lines. They say who made a good, and so what it probably is; they are no words of the tariff.

`tables/lexicon/brands.csv`, written by people, open to growth. A brand is a hint for finding, never a ground for a code.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from tongguan.grammar.errors import LawDataError
from tongguan.tariff.schedule import read_csv
from tongguan.tariff.search.lexicon import LEXICON
from tongguan.tariff.search.words import bones, plain

COLUMNS = ["brand", "codes", "share", "where"]
LEAST_BONES = 3
"""Consonants that a shortened brand needs to be told from other words."""
LONGEST_GAP = 3
"""Characters between the words of a brand: Marks & Spencer."""


class Brand(NamedTuple):
    """A maker's or a seller's name. codes: what is mostly sold under it, the commonest first; share: what is left of the score of anything else.

    first_only: it is also a plain word or a short form, and a name only at the beginning.
    """

    name: str
    words: tuple[str, ...]
    codes: tuple[str, ...]
    share: float
    first_only: bool


def bare(text: str) -> str:
    """Plain text without apostrophes, as names are compared: Kellogg's is Kelloggs."""
    return plain(text).replace("'", "")


@cache
def _brands_by_bones() -> dict[str, Brand]:
    """Brands of one word by their consonants, those that only one brand has."""
    found: dict[str, list[Brand]] = {}
    for those in brands().values():
        for brand in those:
            if len(brand.words) == 1 and len(brand.words[0]) > LEAST_BONES and brand.words[0].isalpha():
                found.setdefault(bones(brand.words[0]), []).append(brand)
    return {key: those[0] for key, those in found.items() if len(those) == 1 and len(key) >= LEAST_BONES}


def shortened_brand(term: str) -> tuple[str, Brand] | None:
    """The brand whose consonants begin a term, with the rest of the term: an avno cream is an Aveeno cream. For a word that is no other."""
    match = re.match(r"\W*([a-z]{3,})(?=\W)", bare(term))
    brand = _brands_by_bones().get(bones(match.group(1))) if match else None
    return (bare(term)[match.end() :], brand) if match and brand else None


@cache
def brands() -> dict[str, tuple[Brand, ...]]:
    """Brands by their first word, the longest first: `tables/lexicon/brands.csv`. Raises LawDataError that names the line."""
    found: dict[str, list[Brand]] = {}
    for number, row in enumerate(read_csv(LEXICON / "brands.csv"), start=1):
        where = f"lexicon/brands.csv, entry {number} ({row.get('brand')!r})"
        if list(row) != COLUMNS:
            raise LawDataError(f"lexicon/brands.csv: the columns are {', '.join(COLUMNS)}")
        sold = tuple(row["codes"].split())
        if not sold or any(not re.fullmatch(r"\d{2}|\d{4,6}", code) for code in sold):
            raise LawDataError(f"{where}: codes have 2, 4, 5 or 6 digits of HS 2022")
        if row["where"] not in {"", "first"}:
            raise LawDataError(f"{where}: where is empty, or first for a name that is one only at the beginning")
        for name in (part.strip() for part in row["brand"].split("|")):
            words = tuple(re.findall(r"[a-z0-9]+", bare(name)))
            if not words:
                raise LawDataError(f"{where}: a brand has letters or digits")
            brand = Brand(name, words, sold, float(row["share"] or "0.5"), row["where"] == "first")
            found.setdefault(words[0], []).append(brand)
    return {first: tuple(sorted(those, key=lambda b: -len(b.words))) for first, those in found.items()}


def without_brands(term: str) -> tuple[str, list[Brand]]:
    """A term without the brands in it, and these; the term as it was when there are none."""
    known = brands()
    text = bare(term)
    tokens = [(m.group(), m.start(), m.end()) for m in re.finditer(r"[a-z0-9]+", text)]
    kept, found, begun, at = [], [], 0, 0
    while at < len(tokens):
        brand = next((b for b in known.get(tokens[at][0], ()) if _stands(b, tokens, at)), None)
        if brand is None:
            at += 1
            continue
        found.append(brand)
        kept.append(text[begun : tokens[at][1]])
        begun = tokens[at + len(brand.words) - 1][2]
        at += len(brand.words)
    return (" ".join([*kept, text[begun:]]) if kept else term), found


def _stands(brand: Brand, tokens: list[tuple[str, int, int]], at: int) -> bool:
    """Whether a brand stands at this word; a name that is also a plain word is one only at the beginning, with more after it."""
    size = len(brand.words)
    if brand.first_only and (at > 0 or len(tokens) <= size):
        return False
    return tuple(word for word, _, _ in tokens[at : at + size]) == brand.words and all(
        tokens[i + 1][1] - tokens[i][2] <= LONGEST_GAP for i in range(at, at + size - 1)
    )
