"""`tongguan classify`: from words to a code by questions; on a terminal it asks, for programs it says what it would ask.

Exit status: 0 a code, or a question that is still open; 1 something a person should look at, or no code at all; 2 it could not be done.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from tongguan.cli.search import Language, NomenclatureName
from tongguan.grammar.findings import Finding, InputRefused

if TYPE_CHECKING:
    from tongguan.tariff.classification.guide import Guide
    from tongguan.tariff.classification.notes import Note
    from tongguan.tariff.classification.result import Asked, Classification

RESULT_COLUMNS = ["id", "term", "state", "code", "digits", "confidence", "best", "question"]
MOST_ROUNDS = 12


def classify(
    term: Annotated[str, typer.Argument(help="What the good is called; or a code, old ones too.")] = "",
    file: Annotated[
        Path | None, typer.Option(help="A CSV file with a column term, perhaps id; one result for each row.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Where the results of a file go; standard output when left out.")
    ] = None,
    answer: Annotated[
        list[str] | None, typer.Option(help="key=value, as material=plastic; may be given several times.")
    ] = None,
    nomenclature: Annotated[NomenclatureName, typer.Option(help="Whose codes.")] = NomenclatureName.cn,
    as_json: Annotated[bool, typer.Option("--json", help="The answer for programs.")] = False,
    language: Annotated[Language, typer.Option("--language", "--lang", help="zh or en.")] = Language.zh,
) -> None:
    """Find the code by questions: the longest certain code, how sure, the note that decides, and the trail."""
    from tongguan.tariff.classification.guide import Guide

    if not term and file is None:
        raise InputRefused([Finding("classification.ask_for_something", "term")])
    answers = _answers(answer or [])
    guide = Guide(nomenclature.value)
    if file is not None:
        raise typer.Exit(_file(guide, file, out, answers, language.value))
    found = guide.classify(term, answers)
    if as_json:
        print(json.dumps(found.to_json(), ensure_ascii=False, indent=2))
    else:
        if sys.stdin.isatty() and sys.stdout.isatty():
            found = _talk(guide, found, answers, language.value)
        _show(found, language.value)
    raise typer.Exit(_status(found))


def _answers(given: list[str]) -> list[tuple[str, str]]:
    found = []
    refused = []
    for text in given:
        key, sign, value = text.partition("=")
        if sign and key.strip() and value.strip():
            found.append((key.strip(), value.strip()))
        else:
            refused.append(Finding("classification.answer_malformed", "--answer", {"value": text[:80]}))
    if refused:
        raise InputRefused(refused)
    return found


def _status(found: Classification) -> int:
    needs_a_person = found.state == "abstains" or any(f.severity == "error" for f in found.findings)
    return 1 if needs_a_person else 0


def _talk(guide: Guide, found: Classification, answers: list[tuple[str, str]], language: str) -> Classification:
    """Ask until nothing is asked any more; Enter means "I do not know", q ends it."""
    for _ in range(MOST_ROUNDS):
        asked = found.question
        if asked is None:
            break
        _show_question(asked, language)
        said = typer.prompt("?", default="", show_default=False).strip()
        if said.lower() in ("q", "quit"):
            break
        answers = [*answers, (asked.key, _chosen(asked, said))]
        found = guide.classify(found.term, answers)
        _say(found.findings, language)
    return found


def _chosen(asked: Asked, said: str) -> str:
    if said.isdigit() and 1 <= int(said) <= len(asked.choices):
        return asked.choices[int(said) - 1].key
    return said or "unknown"


def _in(words: dict[str, str], language: str) -> str:
    return words.get(language) or next(iter(words.values()), "")


def _show_note(note: Note, language: str) -> None:
    text, source = (note.zh, note.source_zh) if language == "zh" else (note.en, note.source_en)
    print(f"  § {text} [{source}, {note.confidence}]")


def _show_question(asked: Asked, language: str) -> None:
    print(f"\n{asked.key}: {_in(asked.text, language)}")
    for number, choice in enumerate(asked.choices, start=1):
        leads = f"  → {choice.towards} {_in(choice.tariff_text, language)[:90]}" if choice.towards else ""
        own = _in(choice.text, language)
        print(f"  {number}. {choice.key if choice.key == choice.towards else own}{leads}")
    for note in asked.notes.values():
        _show_note(note, language)


def _show(found: Classification, language: str) -> None:
    if found.code:
        print(f"{found.code}  {found.confidence * 100:.0f} %  {_in(found.text, language)}")
    for one in found.candidates:
        print(f"  {one.code:<10} {one.share * 100:>3.0f} %  {_in(one.text, language)[:110]}")
    for trace in found.trail:
        print(f"  · {trace.finding().message(language)}")
    if found.question:
        _show_question(found.question, language)
    else:
        for note in found.notes.values():
            _show_note(note, language)
    _say(found.findings, language)


def _say(findings: list[Finding], language: str) -> None:
    for finding in findings:
        typer.echo(f"{finding.message(language)} {finding.next_step(language)}".strip(), err=True)


def _file(guide: Guide, file: Path, out: Path | None, answers: list[tuple[str, str]], language: str) -> int:
    from tongguan.tariff.search.question import terms_of

    terms = terms_of(file)
    first = next(terms, None)
    if out is None:
        return _rows(guide, first, terms, answers, sys.stdout, language)
    try:
        with out.open("w", encoding="utf-8", newline="") as stream:
            return _rows(guide, first, terms, answers, stream, language)
    except OSError as error:
        facts = {"file": out.name, "why": error.strerror or str(error)}
        raise InputRefused([Finding("search.file_unreadable", str(out), facts)]) from error


def _rows(
    guide: Guide,
    first: tuple[str, str] | None,
    rest: Iterator[tuple[str, str]],
    answers: list[tuple[str, str]],
    stream: TextIO,
    language: str,
) -> int:
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(RESULT_COLUMNS)
    status = 0
    said: set[str] = set()
    for identifier, term in [] if first is None else chain([first], rest):
        found = guide.classify(term, answers)
        status = max(status, _status(found))
        best = " ".join(c.code for c in found.candidates[:3])
        sure = f"{found.confidence:.3f}" if found.code else ""
        asked = found.question.key if found.question else ""
        writer.writerow([identifier, _harmless(term), found.state, found.code, len(found.code), sure, best, asked])
        for finding in found.findings:
            if finding.severity == "error" and finding.code not in said:
                said.add(finding.code)
                _say([finding], language)
    return status


def _harmless(term: str) -> str:
    """A term that a spreadsheet would run as a formula is written as text."""
    return f"'{term}" if term[:1] in "=+-@\t\r" else term
