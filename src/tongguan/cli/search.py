"""`tongguan tariff search`: find the code for words, for a file of words, for a fragment of a code or for an old code."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tongguan.grammar.findings import Finding, InputRefused

if TYPE_CHECKING:
    from tongguan.tariff.nomenclature import Name
    from tongguan.tariff.search.question import Answer, Asker


class NomenclatureName(StrEnum):
    hs = "hs"
    us = "us"
    uk = "uk"
    cn = "cn"


class Language(StrEnum):
    zh = "zh"
    en = "en"


def search(
    term: Annotated[str, typer.Argument(help="What the good is called, or a code or its beginning.")] = "",
    file: Annotated[Path | None, typer.Option(help="A CSV file with a column term, perhaps id.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where the ranked codes go: id,term,rank,code,score.")] = None,
    nomenclature: Annotated[NomenclatureName, typer.Option(help="Whose codes.")] = NomenclatureName.cn,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many codes for each term.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="The answer for programs.")] = False,
    language: Annotated[Language, typer.Option("--language", "--lang", help="Language of the findings.")] = Language.zh,
) -> None:
    """Find the code: words in, the likeliest codes out, with scores that may be compared."""
    if not term and (file is None or out is None):
        _say([Finding("search.ask_for_something", "term")], language.value)
        raise typer.Exit(2)
    try:
        if file is not None and out is not None:
            _file(file, out, nomenclature.value, limit, language.value)
        else:
            _term(term, nomenclature.value, limit, as_json, language.value)
    except InputRefused as refused:
        _say(refused.findings, language.value)
        raise typer.Exit(2) from refused


def _term(term: str, name: Name, limit: int, as_json: bool, language: str) -> None:
    from tongguan.tariff.search.question import Asker

    asker = Asker(name)
    answer = asker.ask(term, limit)
    findings = asker.about() + answer.findings
    if as_json:
        print(json.dumps(_plain(asker, answer, findings), ensure_ascii=False, indent=2))
        return
    for rank, hit in enumerate(answer.hits, start=1):
        because = f"  [{hit.because}]" if hit.because else ""
        print(f"{rank:>3}  {hit.code:<10}  {hit.score:>6.2f}  {asker.name_of(hit.code)}{because}")
    _say(findings, language)


def _plain(asker: Asker, answer: Answer, findings: list[Finding]) -> dict[str, object]:
    hits = [
        {"rank": rank, "code": hit.code, "score": hit.score, "text": asker.name_of(hit.code), "because": hit.because}
        for rank, hit in enumerate(answer.hits, start=1)
    ]
    return {
        "term": answer.term,
        "nomenclature": asker.index.name,
        "hits": hits,
        "findings": [f.to_json() for f in findings],
    }


def _file(file: Path, out: Path, name: Name, limit: int, language: str) -> None:
    from tongguan.tariff.search.question import Asker, rank_file

    asker = Asker(name)
    _say(asker.about() + _first_of_each(rank_file(asker, file, out, limit)), language)


def _first_of_each(findings: list[Finding]) -> list[Finding]:
    """One finding of each kind, with how many more rows it is true of."""
    by_code: dict[str, list[Finding]] = {}
    for finding in findings:
        by_code.setdefault(finding.code, []).append(finding)
    shown = []
    for alike in by_code.values():
        shown.append(alike[0])
        if len(alike) > 1:
            shown.append(Finding("search.more_rows", "", {"more": str(len(alike) - 1)}, severity="note"))
    return shown


def _say(findings: list[Finding], language: str) -> None:
    for finding in findings:
        place = f"{finding.path}: " if finding.path else ""
        typer.echo(f"{place}{finding.message(language)} {finding.next_step(language)}", err=True)
