"""Ranking: which codes a term probably means, the likeliest first, with a score that may be compared.

Two voices are added. The tariff's own words: how much of what was asked stands in a unit's texts, rare words and the head of the phrase counting
more. And the lexicon: how well an everyday term fits what was asked. A misspelt word speaks more softly than one that is spelt right.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import NamedTuple

from tongguan.tariff.search import lexicon
from tongguan.tariff.search.brands import Brand, bare, shortened_brand, without_brands
from tongguan.tariff.search.index import NOT_MARK, STEM_MARK, Index
from tongguan.tariff.search.words import LONGEST_TEXT, PART, Word, plain, question_words, singular, stem

MOST_WORDS = 40
NAMED = 0.45
"""How strongly a word must stand in a unit's texts for the unit to be about it: its own text or its heading, not its chapter."""
CODE = re.compile(r"\d[\d.\s]*")


class Hit(NamedTuple):
    """One code that may be meant. `code` is as long as it is sure; `unit` the six digits that were ranked."""

    code: str
    unit: str
    score: float
    because: str


class Weighed(NamedTuple):
    """Every unit that words speak for. `known`: the share of what was asked that somebody knows; `words`: how many words were asked."""

    scores: dict[str, float]
    because: dict[str, str]
    known: float
    words: int
    asked: frozenset[str]


class _Concept(NamedTuple):
    """One word asked for and everything it may be found as."""

    word: Word
    forms: list[tuple[str, float]]
    idf: float


class Weights(NamedTuple):
    """How much each voice counts. Chosen on one half of the public test terms; the other half, never looked at, says how well."""

    stem: float = 0.6
    head_missing: float = 0.9
    lexicon: float = 2.0
    entry_whole: float = 1.5
    entry_alone: float = 0.35
    entry_other_head: float = 0.8
    sibling: float = 0.3
    heading: float = 0.55
    group: float = 0.9
    chapter: float = 0.25
    excluded: float = 1.0
    excluded_too: float = 0.3
    part_not_part: float = 0.6
    machine_but_part: float = 0.85
    brand: float = 0.6
    brand_next: float = 0.6
    other_heading: float = 0.8


STANDARD = Weights()


class Searcher:
    """Answers terms from one index."""

    def __init__(self, index: Index, weights: Weights = STANDARD) -> None:
        self.index = index
        self.weights = weights
        self.contrasts = [_Masks(contrast, index) for contrast in lexicon.contrasts()]

    def search(self, term: str, limit: int = 10) -> list[Hit]:
        """The likeliest codes for a term; empty when no word of it is known."""
        code = code_asked(term)
        if code:
            return self._by_code(code, limit)
        concepts, brands = self._asked(term)
        scores, because = self._scores(concepts, brands)
        return self._hits(scores, because, concepts, limit)

    def weigh(self, term: str, most: int = 200) -> Weighed:
        """The units that a term speaks for, with plain scores, for whoever goes on from there."""
        concepts, brands = self._asked(term)
        scores, because = self._scores(concepts, brands)
        units = self.index.units
        first = sorted((u for u in scores if scores[u] > 0), key=lambda u: (-scores[u], units[u]))[:most]
        asked = [c for c in concepts if not c.word.excluded]
        total = sum(c.word.weight * c.idf for c in asked) or 1.0
        known = sum(c.word.weight * c.idf for c in asked if self._known(c)) / total
        forms = frozenset(form.removeprefix(STEM_MARK) for c in asked for form, _ in c.forms)
        return Weighed(
            {units[u]: scores[u] for u in first},
            {units[u]: because[u] for u in first if u in because},
            known,
            len(asked),
            forms,
        )

    # what is asked -------------------------------------------------------

    def _asked(self, term: str) -> tuple[list[_Concept], list[Brand]]:
        """What is asked for, and the brands named; a brand says who made a good, not what it is."""
        rest, brands = without_brands(term[:LONGEST_TEXT])
        if not brands:
            first = next(iter(re.findall(r"[a-z]+", plain(rest))), "")
            shortened = None if singular(first) in self.index.vocabulary else shortened_brand(rest)
            rest, brands = (shortened[0], [shortened[1]]) if shortened else (rest, [])
        words = self._words(rest)
        return self._with_known_head([self._concept(w, w is words[-1]) for w in words]), brands

    def _words(self, term: str) -> list[Word]:
        words = question_words(term)[: MOST_WORDS * 3]
        if len(words) > MOST_WORDS:
            words = sorted(words, key=lambda w: -w.weight * self._idf(w.text))[:MOST_WORDS]
        letters = re.sub(r"[^a-z]", "", plain(term[:LONGEST_TEXT])) if len(term) <= 40 else ""
        if letters and not any(w.text in self.index.vocabulary for w in words):
            spoken = self.index.spoken.get(letters, [])
            words += [w for run in spoken[:3] for w in question_words(run)]
        return words

    def _idf(self, word: str) -> float:
        index = self.index
        return max(index.idf.get(word, 0.0), index.idf.get(STEM_MARK + stem(word), 0.0)) or index.highest_idf

    def _concept(self, word: Word, last: bool = False) -> _Concept:
        index = self.index
        forms = [(word.text, 1.0)]
        if word.text.isascii():
            forms.append((STEM_MARK + stem(word.text), self.weights.stem))
            known = word.text in index.vocabulary or STEM_MARK + stem(word.text) in index.postings
            for meaning, weight in lexicon.meanings().get(word.text, ()):
                forms += [(meaning, weight), (STEM_MARK + stem(meaning), weight * self.weights.stem)]
                known = True
            if not known:
                forms += self._unknown(word.text, last)
        return _Concept(word, forms, self._idf(word.text))

    def _unknown(self, text: str, last: bool) -> list[tuple[str, float]]:
        """A word nobody knows: two words written as one, misspelt, without its vowels, cut off at the end, or longer than a known one."""
        index = self.index
        for cut in range(3, len(text) - 2):
            first, second = text[:cut], singular(text[cut:])
            if first in index.vocabulary and second in index.vocabulary:
                return [(second, 0.85), (first, 0.6)]
        found = index.similar(text) if len(text) > 3 else []
        if not found and len(text) > 2 and sum(c in "aeiouy" for c in text[1:]) <= len(text) // 5:
            found = [(word, 0.7) for word in index.shortened(text)]
        if last and not found and len(text) > 2:
            found = [(word, 0.6) for word in index.beginning(text)]
        ending = "" if found else index.ending(text)
        return found or ([(ending, 0.6)] if ending else [])

    def _with_known_head(self, concepts: list[_Concept]) -> list[_Concept]:
        """When nobody knows the head, the word before it that somebody knows stands for it."""
        head = next((i for i, c in enumerate(concepts) if c.word.head), None)
        if head is None or self._known(concepts[head]):
            return concepts
        before = next((i for i in range(head - 1, -1, -1) if self._known(concepts[i])), None)
        if before is None:
            return concepts
        changed = list(concepts)
        changed[before] = concepts[before]._replace(
            word=concepts[before].word._replace(head=True, weight=concepts[head].word.weight)
        )
        changed[head] = concepts[head]._replace(
            word=concepts[head].word._replace(head=False, weight=concepts[before].word.weight)
        )
        return changed

    def _known(self, concept: _Concept) -> bool:
        return any(form in self.index.postings or form in self.index.entries_by_word for form, _ in concept.forms)

    # scores --------------------------------------------------------------

    def _scores(self, concepts: list[_Concept], brands: list[Brand]) -> tuple[dict[int, float], dict[int, str]]:
        asked = [c for c in concepts if not c.word.excluded]
        total = sum(c.word.weight * c.idf for c in asked) or 1.0
        scores: dict[int, float] = defaultdict(float)
        headed = None
        for concept in asked:
            values = self._values(concept)
            for unit, value in values.items():
                scores[unit] += value * concept.word.weight * concept.idf / total
            if concept.word.head and values:
                headed = values.keys()
        if headed is not None:
            for unit in scores:
                if unit not in headed:
                    scores[unit] *= self.weights.head_missing
        self._exclusions(concepts, scores, total)
        because: dict[int, str] = {}
        for unit, (value, term) in self._lexicon(asked, total).items():
            scores[unit] += self.weights.lexicon * value
            because[unit] = term
        self._parts(asked, scores)
        self._contrast(asked, scores)
        for brand in {brand.codes: brand for brand in brands}.values():
            self._brand(brand, scores, because)
        return scores, because

    def _values(self, concept: _Concept) -> dict[int, float]:
        """For each unit, how well it has the concept, at its best form."""
        best: dict[int, float] = {}
        for form, factor in concept.forms:
            posting = self.index.postings.get(form)
            if posting:
                for unit, value in zip(*posting, strict=True):
                    if value * factor > best.get(unit, 0.0):
                        best[unit] = value * factor
        return best

    def _exclusions(self, concepts: list[_Concept], scores: dict[int, float], total: float) -> None:
        """A text that excludes what is asked loses; one that excludes what the term excludes too gains."""
        for concept in concepts:
            share = concept.word.weight * concept.idf / total
            text = concept.word.text
            same, other = (NOT_MARK + text, text) if concept.word.excluded else (text, NOT_MARK + text)
            there = set(self.index.postings[same][0]) if same in self.index.postings else set()
            posting = self.index.postings.get(other)
            if posting:
                for unit, value in zip(*posting, strict=True):
                    if unit in scores and unit not in there:
                        scores[unit] -= self.weights.excluded * share * value
            if concept.word.excluded:
                for unit in there:
                    if unit in scores:
                        scores[unit] += self.weights.excluded_too * share

    def _lexicon(self, asked: list[_Concept], total: float) -> dict[int, tuple[float, str]]:
        """For each unit, the best that the lexicon says for it, and which of its terms says so."""
        index = self.index
        matched: dict[int, float] = defaultdict(float)
        covered: dict[int, float] = defaultdict(float)
        headed: set[int] = set()
        for concept in asked:
            best: dict[int, tuple[float, float]] = {}
            for form, factor in concept.forms:
                for number in index.entries_by_word.get(form, ()):
                    if factor > best.get(number, (0.0, 0.0))[0]:
                        best[number] = (factor, index.idf.get(form, concept.idf))
            for number, (factor, idf) in best.items():
                matched[number] += factor * min(idf, concept.idf)
                covered[number] += factor * concept.word.weight * concept.idf
                if concept.word.head and index.entries[number].head in {
                    f.removeprefix(STEM_MARK) for f, _ in concept.forms
                }:
                    headed.add(number)
        by_code: dict[str, tuple[float, str]] = {}
        w = self.weights
        has_head = any(c.word.head for c in asked)
        for number, weight in matched.items():
            entry = index.entries[number]
            whole = min(1.0, weight / entry.total) if entry.total else 0.0
            value = (
                entry.weight
                * whole**w.entry_whole
                * (w.entry_alone + (1 - w.entry_alone) * min(1.0, covered[number] / total))
            )
            if has_head and number not in headed:
                value *= w.entry_other_head
            if value > by_code.get(entry.code, (0.0, ""))[0]:
                by_code[entry.code] = (value, entry.term)
        return self._spread(by_code)

    def _spread(self, by_code: dict[str, tuple[float, str]]) -> dict[int, tuple[float, str]]:
        index, w = self.index, self.weights
        found: dict[int, tuple[float, str]] = {}

        def say(units: list[int], value: float, term: str) -> None:
            for unit in units:
                if value > found.get(unit, (0.0, ""))[0]:
                    found[unit] = (value, term)

        for code, (value, term) in by_code.items():
            if len(code) == 6:
                siblings = index.by_heading.get(code[:4], [])
                exact = [u for u in siblings if index.units[u] == code or len(index.units[u]) == 4]
                # A nomenclature of another edition may not have this subheading; its heading is the next best that is known.
                say(siblings, (w.sibling if exact else w.heading) * value, term)
                say(exact, value, term)
            elif len(code) == 5:
                siblings = index.by_heading.get(code[:4], [])
                say(siblings, w.sibling * value, term)
                say([u for u in siblings if index.units[u].startswith(code)], w.group * value, term)
            elif len(code) == 4:
                say(index.by_heading.get(code, []), w.heading * value, term)
            else:
                say(index.by_chapter.get(code, []), w.chapter * value, term)
        return found

    def _brand(self, brand: Brand, scores: dict[int, float], because: dict[int, str]) -> None:
        """What is mostly sold under a brand gains, what is not loses."""
        index, w = self.index, self.weights
        gains: dict[int, float] = {}
        for rank, code in enumerate(dict.fromkeys([*self._codes_of(brand), *brand.codes])):
            for unit in index.by_heading.get(code[:4], ()) if len(code) > 2 else index.by_chapter.get(code, ()):
                if index.units[unit].startswith(code) or len(index.units[unit]) == 4:
                    share = 1.0 if len(code) == 6 else w.heading if len(code) > 2 else w.chapter
                    gains[unit] = max(gains.get(unit, 0.0), w.brand * share * (1.0 if rank == 0 else w.brand_next))
        for unit in scores:
            if unit not in gains:
                scores[unit] *= brand.share
        for unit, gain in gains.items():
            scores[unit] = scores.get(unit, 0.0) + gain
            because.setdefault(unit, brand.name)

    def _codes_of(self, brand: Brand) -> list[str]:
        """What the lexicon says of the very name."""
        index, name = self.index, bare(brand.name)
        numbers = index.entries_by_word.get(singular(brand.words[0]), ())
        return [index.entries[n].code for n in numbers if bare(index.entries[n].term) == name]

    def _parts(self, asked: list[_Concept], scores: dict[int, float]) -> None:
        """Parts are asked for as parts; whoever asks for the machine does not mean its parts."""
        wanted = any(c.word.text in PART for c in asked)
        for unit in scores:
            if self.index.is_part[unit] != wanted:
                scores[unit] *= self.weights.part_not_part if wanted else self.weights.machine_but_part

    def _contrast(self, asked: list[_Concept], scores: dict[int, float]) -> None:
        """Who asks for women's coats does not mean a text about men's; who asks for plastic does not mean one about glass."""
        for masks in self.contrasts:
            wanted = masks.named([c.word.text for c in asked])
            if wanted:
                for unit in scores:
                    held = masks.units[unit]
                    if (held and not held & wanted) or masks.against[unit] & wanted:
                        scores[unit] *= masks.share

    # answers -------------------------------------------------------------

    def _hits(
        self, scores: dict[int, float], because: dict[int, str], concepts: list[_Concept], limit: int
    ) -> list[Hit]:
        """Ranks 1 to 3 by score, but the third is of another heading when that is about as likely; after that a heading not yet named goes first,
        since the same heading again helps less.
        """
        units = self.index.units
        order = sorted((u for u in scores if scores[u] > 0), key=lambda u: (-scores[u], units[u]))[: limit * 12]
        first = self._first(order, scores)
        seen = {units[u][:4] for u in first}
        fresh: list[int] = []
        rest: list[int] = []
        for u in order:
            if u in first:
                continue
            (rest if units[u][:4] in seen else fresh).append(u)
            seen.add(units[u][:4])
        asked = {form.removeprefix(STEM_MARK) for c in concepts for form, _ in c.forms if not c.word.excluded}
        chosen = (first + fresh + rest)[:limit]
        return [Hit(self._longest(u, asked), units[u], round(scores[u], 4), because.get(u, "")) for u in chosen]

    def _first(self, order: list[int], scores: dict[int, float]) -> list[int]:
        units = self.index.units
        first = order[:3]
        if len({units[u][:4] for u in first}) == 1:
            other = next((u for u in order[3:] if units[u][:4] != units[first[0]][:4]), None)
            if other is not None and scores[other] >= self.weights.other_heading * scores[first[2]]:
                return [*first[:2], other]
        return first

    def _longest(self, unit: int, asked: set[str]) -> str:
        """The longest code that is sure: a single line below the unit, or the one line whose words were asked for."""
        lines = self.index.lines.get(unit, [])
        if len(lines) == 1:
            return lines[0].code
        told = sorted(((len(line.words & asked), line.code) for line in lines), reverse=True)
        if len(told) > 1 and told[0][0] > told[1][0]:
            return told[0][1]
        above = min((line.code for line in lines), key=len, default="")
        if above and all(line.code.startswith(above) for line in lines):
            return above
        return self.index.units[unit]

    def _by_code(self, code: str, limit: int) -> list[Hit]:
        """A fragment of a code: everything that begins with it."""
        found = sorted(c for c in self.index.names if c.startswith(code) and len(c) >= 4)
        exact = [c for c in found if c == code]
        chosen = (exact + [c for c in found if c != code])[:limit]
        return [Hit(c, c[:6], 1.0 if c == code else round(len(code) / len(c), 4), "") for c in chosen]


class _Masks:
    """For each unit, which members of a contrast its texts name, as bits."""

    def __init__(self, contrast: lexicon.Contrast, index: Index) -> None:
        self.share = contrast.share
        self.units = [0] * len(index.units)
        self._bits: dict[str, int] = {}
        for number, words in enumerate(contrast.members):
            for word in words:
                self._bits[word] = self._bits.get(word, 0) | 1 << number
                posting = index.postings.get(word)
                for unit, value in zip(*posting, strict=True) if posting else ():
                    if value >= NAMED:
                        self.units[unit] |= 1 << number
        against = [0] * len(index.units)
        for number, words in enumerate(contrast.members):
            for word in words:
                posting = index.postings.get(NOT_MARK + word)
                for unit in posting[0] if posting else ():
                    against[unit] |= 1 << number
        self.against = [a & ~u for a, u in zip(against, self.units, strict=True)]

    def named(self, words: list[str]) -> int:
        """The members that words name."""
        bits = 0
        for word in words:
            bits |= self._bits.get(word, 0)
        return bits


def code_asked(term: str) -> str:
    """The digits when the term is a code or its beginning; empty otherwise."""
    text = term.strip()
    if len(text) > 20 or not CODE.fullmatch(text):
        return ""
    digits = re.sub(r"\D", "", text)
    return digits if 2 <= len(digits) <= 10 else ""
