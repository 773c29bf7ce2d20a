"""The rules and notes that decide, in our own words: `tables/classification/notes.yaml`."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import msgspec

from tongguan.grammar.errors import LawDataError
from tongguan.grammar.strict_yaml import read_yaml
from tongguan.tariff.classification.questions import FOLDER, questions
from tongguan.tariff.search.words import plain

MOST_NOTES = 3


class Note(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule or note, and where it stands. between: groups of codes it tells apart; words: what is asked in words it speaks about."""

    zh: str
    en: str
    source_zh: str
    source_en: str
    confidence: str
    between: list[str] = []
    words: list[str] = []

    def decides(self, codes: Iterable[str]) -> bool:
        """Whether codes still open lie in two of its groups."""
        groups = [tuple(group.split()) for group in self.between if group != "*"]
        touched = set()
        for code in codes:
            number = next((n for n, group in enumerate(groups) if code.startswith(group)), None)
            touched.add("*" if number is None and "*" in self.between else number)
        return len(touched - {None}) > 1

    def speaks_of(self, term: str) -> bool:
        """Whether the words asked are what it is about."""
        low = f" {plain(term)} "
        return any((f" {word} " if word.isascii() else word) in low for word in self.words)

    def to_json(self) -> dict[str, str]:
        """For programs."""
        return {
            "zh": self.zh,
            "en": self.en,
            "source": self.source_en,
            "source_zh": self.source_zh,
            "confidence": self.confidence,
        }


@cache
def notes() -> dict[str, Note]:
    """Every note by its name. Raises LawDataError when a question points to one that is not there."""
    found = read_yaml(FOLDER / "notes.yaml", dict[str, Note])
    missing = {name for q in questions().values() for name in q.text.notes} - found.keys()
    if missing:
        raise LawDataError(f"classification/questions.yaml: there is no note {', '.join(sorted(missing))}")
    return found


def deciding(term: str, codes: list[str], question: str = "") -> dict[str, Note]:
    """The notes that decide between open codes, those of the question first; general rule 6 inside one heading, else rule 1."""
    chosen = {name: note for name, note in notes().items() if note.decides(codes) or note.speaks_of(term)}
    asked = questions()[question].text.notes if question in questions() else []
    named = {name: notes()[name] for name in asked}
    order = {**{n: v for n, v in named.items() if n in chosen}, **chosen, **named}
    if not order and codes:
        name = "gir-6" if len({c[:4] for c in codes}) == 1 else "gir-3a"
        order = {name: notes()[name]}
    return dict(list(order.items())[:MOST_NOTES])
