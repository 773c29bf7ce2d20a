"""Building the index from the texts of a nomenclature and from the lexicon.

The words of a unit come from its own text, from what stands above it (heading, chapter), from the national lines below it, and from other tables
of the same edition. A word counts once for a unit, at the best place where it stands.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable

from tongguan.tariff.nomenclature import Nomenclature, Text
from tongguan.tariff.search import lexicon
from tongguan.tariff.search.index import NOT_MARK, STEM_MARK, Index, LexiconEntry, Line, Posting
from tongguan.tariff.search.words import HAN, Word, plain, question_words, singular, stem, text_words

OWN, HEADING, CHAPTER, BELOW = 1.0, 0.7, 0.2, 0.75
BORROWED = 0.8
"""What a word in another table of the same edition is worth beside one in the nomenclature itself."""
LONG_TEXT, LONG_LOSS = 0.7, 0.015
LONGEST_SPOKEN = 6


def build(nomenclature: Nomenclature, entries: Iterable[lexicon.Entry] | None = None) -> Index:
    """The index of a nomenclature, with the lexicon that ships or with another one."""
    chosen = lexicon.entries() if entries is None else tuple(entries)
    units = _units(nomenclature, chosen)
    places = _Places(units)
    for text in nomenclature.texts:
        places.add(text, 1.0)
        places.add_line(text)
    for text in nomenclature.borrowed:
        places.add(text, BORROWED)
    split = [(entry, _entry_words(entry)) for entry in chosen]
    frequency = Counter({word: len(best) for word, best in places.best.items()})
    for _, words in split:
        frequency.update({w.text for w in words})
    total = len(units) + len(split)
    idf = {word: math.log(1 + total / (0.5 + count)) for word, count in frequency.items()}
    postings = {word: _posting(best) for word, best in places.best.items()}
    for base, best in _by_stem(places.best).items():
        postings[STEM_MARK + base] = _posting(best)
        idf[STEM_MARK + base] = math.log(1 + total / (0.5 + len(best)))
    ready, by_word = _ready(split, idf)
    names = {t.code: (t.language, t.path[-1]) for t in reversed(nomenclature.texts) if t.path}
    return Index(
        nomenclature.name, nomenclature.complete, units, bytes(places.parts), idf, postings, ready, by_word, places.lines, names,
        _spoken(chosen, names), math.log(1 + total / 0.5),
    )  # fmt: skip


def _units(nomenclature: Nomenclature, entries: tuple[lexicon.Entry, ...]) -> list[str]:
    """Six-digit codes, and headings without any. Where only a part of the nomenclature is held, other tables and the lexicon widen it."""
    six = {t.code[:6] for t in nomenclature.texts if len(t.code) >= 6}
    four = {t.code[:4] for t in nomenclature.texts if len(t.code) >= 4}
    if not nomenclature.complete:
        six |= {t.code[:6] for t in nomenclature.borrowed if len(t.code) >= 6}
        four |= {t.code[:4] for t in nomenclature.borrowed if len(t.code) >= 4}
        if not nomenclature.borrowed:
            six |= {e.code for e in entries if len(e.code) == 6}
            four |= {e.code[:4] for e in entries if len(e.code) >= 4}
    return sorted(six | (four - {code[:4] for code in six}))


class _Places:
    """For each word, each unit and the best place where it stands."""

    def __init__(self, units: list[str]) -> None:
        self.best: dict[str, dict[int, float]] = defaultdict(dict)
        self.parts = bytearray(len(units))
        self.lines: dict[int, list[Line]] = defaultdict(list)
        self._number = {unit: i for i, unit in enumerate(units)}
        self._below: dict[str, list[int]] = defaultdict(list)
        for number, unit in enumerate(units):
            self._below[unit[:2]].append(number)
            self._below[unit[:4]].append(number)

    def _unit(self, code: str) -> int | None:
        return self._number.get(code[:6], self._number.get(code[:4]))

    def add(self, text: Text, share: float) -> None:
        """The words of one text at every unit they speak about."""
        code, path = text.code, text.path
        if not path:
            return
        if len(code) <= 4:
            self._put(self._below.get(code, []), text_words(path[-1]), (CHAPTER if len(code) == 2 else HEADING) * share)
            return
        unit = self._unit(code)
        if unit is None:
            return
        is_unit = not code[6:].strip("0")
        self._put([unit], text_words(path[-1]), (OWN if is_unit else BELOW) * share)
        if is_unit and _names_parts(path[-1]):
            self.parts[unit] = 1
        # A six-digit path begins with its chapter, which is added once for all units of the chapter.
        for step in path[1:-1] if len(code) == 6 else path[:-1]:
            self._put([unit], text_words(step), HEADING * share)

    def add_line(self, text: Text) -> None:
        """A code below a unit, so that an answer can be as long as it is sure."""
        unit = self._unit(text.code)
        if unit is None or len(text.code) <= 6:
            return
        words = frozenset(w.text for step in text.path for w in text_words(step) if not w.excluded)
        held = self.lines[unit]
        for i, line in enumerate(held):
            if line.code == text.code:
                held[i] = Line(line.code, line.words | words)
                return
        held.append(Line(text.code, words))

    def _put(self, units: list[int], words: tuple[Word, ...], level: float) -> None:
        length = level * max(LONG_TEXT, 1.0 - LONG_LOSS * max(0, len(words) - 6))
        for word in words:
            known = self.best[NOT_MARK + word.text if word.excluded else word.text]
            value = length * word.weight
            for unit in units:
                if value > known.get(unit, 0.0):
                    known[unit] = value


def _names_parts(text: str) -> bool:
    low = text.lower().strip()
    begins = low.startswith(("part", "accessor", "零件", "附件"))
    return begins or "parts thereof" in low or "; parts" in low or low.endswith(("零件", "附件", "零附件"))


def _posting(best: dict[int, float]) -> Posting:
    return array("H", best.keys()), array("f", best.values())


def _by_stem(best: dict[str, dict[int, float]]) -> dict[str, dict[int, float]]:
    stems: dict[str, dict[int, float]] = defaultdict(dict)
    for word, units in best.items():
        if word.isascii() and not word.startswith(NOT_MARK):
            known = stems[stem(word)]
            for unit, value in units.items():
                if value > known.get(unit, 0.0):
                    known[unit] = value
    return stems


def _entry_words(entry: lexicon.Entry) -> list[Word]:
    return [w for w in question_words(entry.term) if not w.excluded] or [Word(singular(plain(entry.term)), 1.0)]


def _ready(
    split: list[tuple[lexicon.Entry, list[Word]]], idf: dict[str, float]
) -> tuple[list[LexiconEntry], dict[str, list[int]]]:
    ready: list[LexiconEntry] = []
    by_word: dict[str, list[int]] = defaultdict(list)
    for number, (entry, words) in enumerate(split):
        texts = tuple(dict.fromkeys(w.text for w in words))
        head = next((w.text for w in words if w.head), texts[-1])
        for form in {*texts, *(STEM_MARK + stem(t) for t in texts if t.isascii())}:
            by_word[form].append(number)
        ready.append(LexiconEntry(entry.code, entry.weight, texts, head, sum(idf[t] for t in texts), entry.term))
    return ready, by_word


def _spoken(entries: tuple[lexicon.Entry, ...], names: dict[str, tuple[str, str]]) -> dict[str, list[str]]:
    """Chinese words by how they are spoken, in letters without tones; empty when pypinyin is not installed."""
    try:
        from pypinyin import Style, lazy_pinyin
    except ImportError:
        return {}
    runs = {run for e in entries for run in HAN.findall(e.term)}
    runs.update(
        run
        for language, name in names.values()
        if language == "zh"
        for run in HAN.findall(name)
        if len(run) <= LONGEST_SPOKEN
    )
    spoken: dict[str, list[str]] = defaultdict(list)
    for run in sorted(runs):
        spoken["".join(lazy_pinyin(run, style=Style.NORMAL))].append(run)
    return dict(spoken)
