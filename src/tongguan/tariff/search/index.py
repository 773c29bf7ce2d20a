"""The index: for every word, how strongly it speaks for each unit that can be an answer.

A unit is what is ranked: a six-digit subheading, or a heading where nothing below it is held.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from tongguan.tariff.search.words import bones

STEM_MARK = "~"
NOT_MARK = "!"

Posting = tuple["array[int]", "array[float]"]


class LexiconEntry(NamedTuple):
    """One signpost of the lexicon, ready to compare."""

    code: str
    weight: float
    words: tuple[str, ...]
    head: str
    total: float
    term: str


class Line(NamedTuple):
    """One code of the nomenclature below a unit, with the words of its path."""

    code: str
    words: frozenset[str]


class Index:
    """Everything a search needs of one nomenclature."""

    def __init__(
        self,
        name: str,
        complete: bool,
        units: list[str],
        parts: bytes,
        idf: dict[str, float],
        postings: Mapping[str, Posting],
        entries: list[LexiconEntry],
        entries_by_word: Mapping[str, list[int]],
        lines: Mapping[int, list[Line]],
        names: Mapping[str, tuple[str, str]],
        spoken: Mapping[str, list[str]],
        highest_idf: float,
    ) -> None:
        self.name = name
        self.complete = complete
        self.units = units
        self.is_part = parts
        self.idf = idf
        self.highest_idf = highest_idf
        self.postings = postings
        self.entries = entries
        self.entries_by_word = entries_by_word
        self.lines = lines
        self.names = names
        self.spoken = spoken
        self.by_heading: dict[str, list[int]] = defaultdict(list)
        self.by_chapter: dict[str, list[int]] = defaultdict(list)
        for number, unit in enumerate(units):
            self.by_heading[unit[:4]].append(number)
            self.by_chapter[unit[:2]].append(number)
        self.vocabulary = {w for w in idf if w.isascii() and w[0] not in "!~" and len(w) > 2}
        self._grams: dict[str, list[str]] = {}
        self._bones: dict[str, list[str]] = {}
        self._sorted: list[str] = []

    def beginning(self, part: str) -> list[str]:
        """Known words that a cut-off one may have been: a blou is a blouse. The commonest first."""
        if not self._sorted:
            self._sorted = sorted(self.vocabulary)
        start = bisect_left(self._sorted, part)
        found = []
        for word in self._sorted[start : start + 200]:
            if not word.startswith(part):
                break
            found.append(word)
        return sorted(found, key=lambda w: (w not in self.entries_by_word, self.idf[w], len(w)))[:3]

    def shortened(self, word: str) -> list[str]:
        """Known words with the same consonants as one written without vowels: a dtnglr is a detangler."""
        if not self._bones:
            held: dict[str, list[str]] = defaultdict(list)
            for known in self.vocabulary:
                if len(known) > 4 and known.isalpha():
                    held[bones(known)].append(known)
            self._bones = held
        return sorted(self._bones.get(bones(word), ()), key=lambda w: (w not in self.entries_by_word, self.idf[w], w))[
            :2
        ]

    def similar(self, word: str) -> list[tuple[str, float]]:
        """Known words that a misspelt one may stand for, the likeliest first, with how likely."""
        if not self._grams:
            self._grams = _words_by_gram(self.vocabulary)
        shared: Counter[str] = Counter()
        own = grams(word)
        for gram in own:
            shared.update(self._grams.get(gram, ()))
        found = []
        for known, count in shared.most_common(40):
            if 2 * count < 0.4 * (len(own) + len(known) + 1):
                continue
            distance = edits(word, known, 2)
            if distance == 1 or (distance == 2 and len(word) >= 7):
                found.append((known, 0.8 if distance == 1 else 0.6))
        found.sort(key=lambda pair: (-pair[1], -shared[pair[0]], pair[0]))
        return found[:3]

    def ending(self, word: str) -> str:
        """The longest known word that an unknown one ends with: a gyrotheodolite is a theodolite. Empty when there is none."""
        return next((word[cut:] for cut in range(2, len(word) - 4) if word[cut:] in self.vocabulary), "")


def _words_by_gram(words: set[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for word in words:
        if len(word) > 3:
            for gram in grams(word):
                found[gram].append(word)
    return found


def grams(word: str) -> set[str]:
    """Groups of three letters, with the ends marked."""
    marked = f" {word} "
    return {marked[i : i + 3] for i in range(len(marked) - 2)}


def edits(a: str, b: str, most: int) -> int:
    """How many letters must change, be added, be dropped or swap with a neighbour; more than `most` is `most` + 1."""
    if abs(len(a) - len(b)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        last, row_before = row, before
        row = [i]
        for j, y in enumerate(b, start=1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, row_before[j - 2] + 1)
            row.append(cost)
        before = last
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)
