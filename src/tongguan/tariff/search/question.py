"""A question and its answer: one term, or a file of terms, with findings about what could not be done."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tongguan.grammar.findings import Finding, InputRefused
from tongguan.tariff.nomenclature import Name, default_home, successors
from tongguan.tariff.schedule import Schedule
from tongguan.tariff.search.engine import Hit, Searcher, code_asked
from tongguan.tariff.search.kept import search_index
from tongguan.tariff.search.words import LONGEST_TEXT

RESULT_COLUMNS = ["id", "term", "rank", "code", "score"]
MOST_TERMS = 1_000_000
LONGEST_FILE = 256 * 1024 * 1024


class Answer(NamedTuple):
    """What a term may be, the likeliest first, and what the person should know."""

    term: str
    hits: list[Hit]
    findings: list[Finding]


class Asker:
    """Answers questions from one nomenclature as it is held in one folder."""

    def __init__(self, name: Name, home: Path | None = None, schedule: Schedule | None = None) -> None:
        self.home = home or default_home()
        self.index = search_index(name, self.home, schedule)
        self.searcher = Searcher(self.index)

    def about(self) -> list[Finding]:
        """What is held of the nomenclature, when it is not all of it."""
        if self.index.complete:
            return []
        code = "search.nomenclature_in_part" if self.index.names else "search.nomenclature_not_loaded"
        return [
            Finding(
                code,
                "nomenclature",
                {"nomenclature": self.index.name, "units": str(len(self.index.units))},
                severity="warning",
            )
        ]

    def name_of(self, code: str) -> str:
        """The words of a code, or of the nearest code above it that has words."""
        for length in range(len(code), 1, -2):
            held = self.index.names.get(code[:length])
            if held:
                return held[1]
        return ""

    def ask(self, term: str, limit: int = 10) -> Answer:
        """The likeliest codes for a term."""
        if not re.search(r"\w", term):
            return Answer(term, [], [Finding("search.term_empty", "term")])
        findings = []
        if len(term) > LONGEST_TEXT:
            facts = {"length": str(len(term)), "read": str(LONGEST_TEXT)}
            findings.append(Finding("search.term_cut", "term", facts, severity="warning"))
        hits = self.searcher.search(term, limit)
        code = code_asked(term)
        if code:
            return self._ask_code(term, code, hits, limit)
        if not hits:
            findings.append(Finding("search.nothing_found", "term", {"term": term[:80]}, severity="warning"))
        return Answer(term, hits, findings)

    def _ask_code(self, term: str, code: str, hits: list[Hit], limit: int) -> Answer:
        if hits:
            return Answer(term, hits, [])
        name = self.index.name
        moves = successors(self.home, code)
        is_retired_line = any(moved.old == code[:8] and moved.old not in moved.new for moved in moves)
        if len(code) >= 6 and code[:6] in self.index.units and not is_retired_line:
            facts = {"code": code, "nomenclature": name, "short": code[:6]}
            finding = Finding("search.code_of_another_nomenclature", "term", facts, severity="warning")
            return Answer(term, self.searcher.search(code[:6], limit), [finding])
        findings = []
        found: dict[str, Hit] = {}
        for moved in moves:
            facts = {
                "code": moved.old,
                "edition": moved.old_edition.upper().replace("HS", "HS "),
                "new": ", ".join(moved.new),
            }
            which = "search.code_moved" if len(moved.new) == 1 else "search.code_split"
            findings.append(Finding(which, "term", facts, severity="warning"))
            for new in moved.new:
                found.setdefault(new, Hit(new, new, round(1 / len(moved.new), 4), moved.old_edition))
        if not found:
            findings.append(
                Finding("search.code_unknown", "term", {"code": code, "nomenclature": name}, severity="warning")
            )
        return Answer(term, list(found.values())[:limit], findings)


def rank_file(asker: Asker, terms: Path, out: Path, limit: int = 10) -> list[Finding]:
    """Rank every term of a CSV file with a column `term` (and perhaps `id`) into another. Raises InputRefused."""
    findings: list[Finding] = []
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(RESULT_COLUMNS)
        for number, (identifier, term) in enumerate(terms_of(terms), start=1):
            answer = asker.ask(term, limit)
            findings += [Finding(f.code, f"row {number}", f.facts, f.because, f.severity) for f in answer.findings]
            writer.writerows(
                [identifier, term, rank, hit.code, f"{hit.score:.4f}"] for rank, hit in enumerate(answer.hits, start=1)
            )
    return findings


def terms_of(path: Path) -> Iterator[tuple[str, str]]:
    """Pairs of id and term; a file without ids numbers its rows."""
    try:
        if path.stat().st_size > LONGEST_FILE:
            raise InputRefused([Finding("search.file_too_long", str(path), {"file": path.name})])
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputRefused(
            [Finding("search.file_unreadable", str(path), {"file": path.name, "why": error.strerror or str(error)})]
        ) from error
    except UnicodeDecodeError as error:
        raise InputRefused(
            [Finding("search.file_not_utf8", str(path), {"file": path.name, "byte": str(error.start)})]
        ) from error
    csv.field_size_limit(LONGEST_FILE)
    reader = csv.DictReader(io.StringIO(text.replace("\0", ""), newline=""))
    if "term" not in (reader.fieldnames or []):
        facts = {"file": path.name, "columns": ", ".join(reader.fieldnames or []) or "–"}
        raise InputRefused([Finding("search.file_without_term", "header", facts)])
    try:
        for number, row in enumerate(reader, start=1):
            if number > MOST_TERMS:
                raise InputRefused([Finding("search.file_too_long", str(path), {"file": path.name})])
            yield row.get("id") or str(number), row["term"] or ""
    except csv.Error as error:
        facts = {"file": path.name, "why": f"line {reader.line_num}: {error}"}
        raise InputRefused([Finding("search.file_unreadable", str(path), facts)]) from error
