"""Lists of product rules: from files of several makes into one shape, looked up by line.

A list keeps the text of every rule, a fingerprint of it, and what the grammar made of it. What the grammar could not read stays in the list as not
encoded, so that it can never be mistaken for a line without a rule.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from tongguan.origin import chinese, english, notation
from tongguan.origin.codes import CodeRange, clean
from tongguan.origin.rules import NotEncoded, Rule, is_decided_by_figures, is_only_a_note

_HAN = re.compile(r"[一-鿿]")
FIGURES, FACTS, NOTE = "by_figures", "with_facts", "note"


class Entry(msgspec.Struct, frozen=True):
    """The rule of a range of lines: its words, and each alternative as read. `goods` says which part of the lines is meant, if not all."""

    range: CodeRange
    goods: str
    texts: tuple[str, ...]
    rules: tuple[Rule | NotEncoded, ...]

    @property
    def fingerprint(self) -> str:
        """Changes when a letter of the text does."""
        return hashlib.sha256("\n".join(self.texts).encode()).hexdigest()[:16]


LONGEST_RULE = 20_000
LONGEST_SHORT_FORM = 200


def read_rule(text: str) -> Rule | NotEncoded:
    """A rule from a text in either language, or in the short notation."""
    if len(text) > LONGEST_RULE:
        return NotEncoded("too_long", text[:60])
    if _HAN.search(text):
        return chinese.read(text)
    short = notation.read(text) if len(text) <= LONGEST_SHORT_FORM else NotEncoded("notation", "")
    return english.read(text) if isinstance(short, NotEncoded) else short


class RuleSet:
    """One list."""

    def __init__(self, name: str, entries: Iterable[Entry], without_code: int = 0) -> None:
        self.name = name
        self.entries = tuple(entries)
        self.without_code = without_code

    @cached_property
    def _by_chapter(self) -> dict[str, list[Entry]]:
        chapters: dict[str, list[Entry]] = {}
        for entry in self.entries:
            for chapter in range(int(entry.range.low[:2]), int(entry.range.high[:2]) + 1):
                chapters.setdefault(f"{chapter:02d}", []).append(entry)
        return chapters

    def find(self, code: str) -> list[Entry]:
        """The entries that decide a line: those of the narrowest range that holds it and has a rule, several when goods of one line differ."""
        holding = [e for e in self._by_chapter.get(code[:2], ()) if e.range.holds(code) and e.rules]
        if not holding:
            return []
        narrowest = min(_width(e.range) for e in holding)
        return [e for e in holding if _width(e.range) == narrowest]


def _width(span: CodeRange) -> int:
    return int(span.high.ljust(10, "9")) - int(span.low.ljust(10, "0"))


# --- files -------------------------------------------------------------------------------------------------------------------------

_CODE_COLUMNS = ("hs", "hs8", "hs6", "code", "commodity_code", "hs4", "heading", "chapter")
_RULE_COLUMNS = ("rule", "rule_cn", "rule_zh", "rule_en", "psr", "origin_rule")
_WORD_COLUMNS = ("desc_cn", "description", "desc", "desc_en", "name", "subdivision")


def load(path: Path) -> RuleSet:
    """A list from a file: JSON of rule sets, or CSV with columns for the code and the rule. Raises ValueError when neither is there."""
    if path.suffix.lower() == ".json":
        return RuleSet(path.stem, _from_json(json.loads(path.read_text(encoding="utf-8-sig"))))
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    return from_rows(path.stem, rows)


def from_rows(name: str, rows: list[dict[str, str]]) -> RuleSet:
    """A list from rows of text: the first of several code columns that is filled counts. Raises ValueError without such columns."""
    columns = set(rows[0]) if rows else set()
    rule_column = next((c for c in _RULE_COLUMNS if c in columns), None)
    codes = [c for c in _CODE_COLUMNS if c in columns]
    if rows and (rule_column is None or not codes):
        raise ValueError(
            f"{name}: needs a column of codes ({', '.join(_CODE_COLUMNS)}) and one of rules ({', '.join(_RULE_COLUMNS)})"
        )
    words = next((c for c in _WORD_COLUMNS if c in columns), "")
    entries, without = [], 0
    for row in rows:
        span = next((s for c in codes if (s := _span(c, row.get(c) or ""))), None)
        text = (row.get(rule_column or "") or "").strip()
        if span is None:
            without += 1
            span = CodeRange("00", "00")
        entries.append(Entry(span, (row.get(words) or "").strip(), (text,), (read_rule(text),) if text else ()))
    return RuleSet(name, entries, without)


def _span(column: str, text: str) -> CodeRange | None:
    text = text.strip().replace(" ", "").removeprefix("ex")
    if not text:
        return None
    low, _, high = text.partition("-")
    if column == "heading" and "." not in low and len(low) in (5, 6) and low.endswith("00"):
        low = low.zfill(6)[:4]  # 30100 is heading 03.01 as a number
    if column == "chapter" and len(low) == 1:
        low = "0" + low
    first = clean(low, "chapter" if column == "chapter" else "")
    last = clean(high) if high else first
    if (
        first is None
        or last is None
        or len(first) != len(last)
        or not first.isdigit()
        or not last.isdigit()
        or first > last
    ):
        return None
    return CodeRange(first, last) if first[:2] >= "01" and last[:2] <= "97" else None


def _from_json(content: Any) -> Iterator[Entry]:  # noqa: ANN401  # JSON of any make
    """Rule sets with `min` and `max` of ten digits; a rule that begins with "However" belongs to the one before it."""
    sets = content.get("rule_sets", []) if isinstance(content, dict) else content
    for one in sets:
        texts: list[str] = []
        for rule in one.get("rules", []):
            text = str(rule.get("rule", ""))
            if texts and re.match(r"\s*However", text):
                texts[-1] = texts[-1].rstrip() + " " + text.strip()
            else:
                texts.append(text)
        low, high = str(one.get("min") or ""), str(one.get("max") or "")
        span = _shortest(low, high) if low.isdigit() and high.isdigit() else CodeRange("00", "00")
        yield Entry(span, str(one.get("subdivision") or ""), tuple(texts), tuple(read_rule(t) for t in texts))


def _shortest(low: str, high: str) -> CodeRange:
    """0101000000 to 0199999999 as 0101-0199, and so on: without the zeros and nines that say nothing."""
    low, high = low.ljust(10, "0")[:10], high.ljust(10, "9")[:10]
    width = 10
    while width > 2 and low[width - 2 : width] == "00" and high[width - 2 : width] == "99":
        width -= 2
    return CodeRange(low[:width], high[:width])


# --- how much was read -------------------------------------------------------------------------------------------------------------


class Coverage(msgspec.Struct, frozen=True):
    """What became of the rules of one list. `no_text` rows have nothing to read; the share is of those that have."""

    name: str
    rules: int
    by_figures: int
    with_facts: int
    notes: int
    not_encoded: dict[str, int]
    no_text: int
    without_code: int

    @property
    def parsed(self) -> int:
        """Rules that became the grammar's."""
        return self.by_figures + self.with_facts + self.notes

    @property
    def per_mille(self) -> int:
        """Parsed of all with a text, in thousandths, rounded down."""
        return self.parsed * 1000 // self.rules if self.rules else 0


def coverage_of(rules: RuleSet) -> Coverage:
    """Counts of one list, rule by rule."""
    kinds: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    no_text = 0
    for entry in rules.entries:
        if not entry.rules:
            no_text += 1
        for rule in entry.rules:
            if isinstance(rule, NotEncoded):
                if rule.reason == "no_text":
                    no_text += 1
                else:
                    reasons[rule.reason] += 1
            else:
                kinds[NOTE if is_only_a_note(rule) else FIGURES if is_decided_by_figures(rule) else FACTS] += 1
    total = sum(kinds.values()) + sum(reasons.values())
    return Coverage(
        rules.name, total, kinds[FIGURES], kinds[FACTS], kinds[NOTE], dict(reasons), no_text, rules.without_code
    )


def unread(rules: RuleSet) -> list[tuple[Entry, str, NotEncoded]]:
    """Every rule that was not read: the entry, its text and why."""
    return [
        (entry, text, rule)
        for entry in rules.entries
        for text, rule in zip(entry.texts, entry.rules, strict=False)
        if isinstance(rule, NotEncoded) and rule.reason != "no_text"
    ]
