"""The questions and how their answers are recognised in tariff texts and in what people write: `tables/classification/questions.yaml`.

A text names an answer, excludes it, or is silent. The narrowest text that is not silent speaks for a code: what a subheading says about the state of
the fish comes before what its heading says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import Literal, NamedTuple

import msgspec

from tongguan.grammar.errors import LawDataError
from tongguan.grammar.strict_yaml import read_yaml
from tongguan.tariff.schedule import TABLES
from tongguan.tariff.search import lexicon
from tongguan.tariff.search.words import HAN, plain, singular, text_words

FOLDER = TABLES / "classification"
NOT_BEFORE = "非不无未"
"""A Chinese word after one of these is excluded, not named."""

Aspect = Literal["material", "use", "state", "composition", "packing", "form"]


class AnswerText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One answer as it is written in the file."""

    zh: str
    en: str
    words: list[str] = []
    chapters: list[str] = []


class QuestionText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One question as it is written in the file. needed: codes below these are not certain until it is answered."""

    aspect: Aspect
    zh: str
    en: str
    answers: dict[str, AnswerText]
    contrast: str = ""
    only: list[str] = []
    notes: list[str] = []
    needed: list[str] = []


class Said(NamedTuple):
    """What a text says about a question: the answers it names and those it excludes."""

    named: frozenset[str]
    excluded: frozenset[str]

    @property
    def silent(self) -> bool:
        """Whether it says nothing."""
        return not self.named and not self.excluded


SILENT = Said(frozenset(), frozenset())


class _Words(NamedTuple):
    named: frozenset[str]
    excluded: frozenset[str]
    han: str


class Question(NamedTuple):
    """A question with everything that recognises its answers."""

    key: str
    text: QuestionText
    single: dict[str, frozenset[str]]
    phrases: tuple[tuple[frozenset[str], str], ...]
    han: tuple[tuple[str, str], ...]
    chapters: tuple[tuple[str, str], ...]

    def heard_in(self, text: str) -> Said:
        """What one text says."""
        words = _words(text)
        named = {answer for word in words.named & self.single.keys() for answer in self.single[word]}
        excluded = {answer for word in words.excluded & self.single.keys() for answer in self.single[word]}
        named.update(answer for phrase, answer in self.phrases if phrase <= words.named)
        for word, answer in self.han:
            at = words.han.find(word)
            if at >= 0:
                after = words.han[at + len(word) :]
                denied = words.han[at - 1 : at] in NOT_BEFORE if at else False
                (excluded if denied or after.startswith(("除外", "的除外")) else named).add(answer)
        return Said(frozenset(named), frozenset(excluded - named))

    def heard(self, code: str, texts: Iterable[str]) -> Said:
        """What the texts of a code say, the narrowest first; where all are silent, its chapter."""
        if self.text.only and not code.startswith(tuple(self.text.only)):
            return SILENT
        for text in texts:
            said = self.heard_in(text)
            if not said.silent:
                return said
        where = [(len(prefix), answer) for prefix, answer in self.chapters if code.startswith(prefix)]
        if not where:
            return SILENT
        longest = max(where)[0]
        return Said(frozenset(answer for length, answer in where if length == longest), frozenset())


@lru_cache(maxsize=50_000)
def _words(text: str) -> _Words:
    found = text_words(text)
    return _Words(
        frozenset(w.text for w in found if not w.excluded),
        frozenset(w.text for w in found if w.excluded),
        "，".join(HAN.findall(text)),
    )


@cache
def questions() -> dict[str, Question]:
    """Every question. Raises LawDataError for one that is malformed."""
    groups = {c.group: c for c in lexicon.contrasts()}
    members = _members()
    found = {}
    for key, text in read_yaml(FOLDER / "questions.yaml", dict[str, QuestionText]).items():
        if text.contrast and text.contrast not in groups:
            raise LawDataError(f"classification/questions.yaml: {key}: there is no contrast {text.contrast!r}")
        if not re.fullmatch(r"[a-z_]+", key) or key == "branch" or len(text.answers) < 2:
            raise LawDataError(f"classification/questions.yaml: {key}: a question has a plain name and two answers")
        found[key] = _question(key, text, members)
    return found


def _members() -> dict[tuple[str, str], list[str]]:
    from tongguan.tariff.schedule import read_csv

    rows = read_csv(lexicon.LEXICON / "contrasts.csv")
    return {(row["group"], row["member"]): row["words"].split() for row in rows}


def _question(key: str, text: QuestionText, members: dict[tuple[str, str], list[str]]) -> Question:
    single: dict[str, set[str]] = {}
    phrases: list[tuple[frozenset[str], str]] = []
    han: list[tuple[str, str]] = []
    for name, answer in text.answers.items():
        for word in dict.fromkeys([*members.get((text.contrast, name), []), *answer.words]):
            if HAN.search(word):
                han.append((word, name))
                continue
            parts = frozenset(singular(part) for part in re.findall(r"[a-z0-9']+", plain(word)))
            if len(parts) == 1:
                single.setdefault(next(iter(parts)), set()).add(name)
            else:
                phrases.append((parts, name))
    han.sort(key=lambda pair: -len(pair[0]))
    chapters = tuple((prefix, name) for name, answer in text.answers.items() for prefix in answer.chapters)
    return Question(
        key, text, {w: frozenset(a) for w, a in single.items()}, tuple(phrases), tuple(han), chapters
    )  # fmt: skip


def answer_in(question: Question, text: str) -> str:
    """The answer that a plain description gives, by its words alone; empty when it gives none or several equally."""
    counts: dict[str, int] = {}
    for sentence in re.split(r"[.;\n\r,，。；、]", text):
        for answer in question.heard_in(sentence).named:
            counts[answer] = counts.get(answer, 0) + 1
    order: Sequence[tuple[str, int]] = sorted(counts.items(), key=lambda pair: -pair[1])
    if not order or (len(order) > 1 and order[0][1] == order[1][1]):
        return ""
    return order[0][0]
