"""tongguan cases: worked cases of the schema import-domain-cases/1, run against the law as encoded here.

Exit status: 0 every figure matches, 1 a figure differs, 2 a case cannot be expressed or read. Where both happen, both are shown and the status is 1.
"""

from __future__ import annotations

import sys
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from tongguan.grammar.findings import Finding, render

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tongguan.assessment.worked_cases import CaseResult, FigureResult, FileResult

ALL_MATCH, SOME_DIFFER, SOME_NOT_EXPRESSED = 0, 1, 2
Language = Literal["zh", "en", "both"]

HEADINGS = {
    "case": ("算例", "case"),
    "figure": ("数字", "figure"),
    "expected": ("期望", "expected"),
    "ours": ("本系统", "ours"),
    "verdict": ("结论", "verdict"),
    "confidence": ("可信度", "confidence"),
    "source": ("来源", "source"),
}
VERDICTS = {
    "matches": ("相符", "matches"),
    "differs": ("不符", "differs"),
    "not_expressed": ("无法表达", "cannot be expressed"),
}
STYLES = {"matches": "green", "differs": "bold red", "not_expressed": "yellow"}


def cases(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files of worked cases. 算例文件")],
    json: Annotated[bool, typer.Option("--json", help="Everything, for programs. 输出 JSON")] = False,
    lang: Annotated[Language, typer.Option("--lang", help="Language of what is said. 语言")] = "both",
) -> None:
    """Run worked cases against the law and print every expected figure beside ours. 运行算例并逐项核对.

    Exit status: 0 all match, 1 a figure differs, 2 a case cannot be expressed or read.
    """
    from tongguan.assessment.worked_cases import run_file

    results = []
    for file in files:
        result = run_file(file)
        results.append(result)
        if not json:
            _show(result, lang)
    if json:
        sys.stdout.write(dumps([r.to_json() for r in results], ensure_ascii=False, indent=2) + "\n")
    raise typer.Exit(status_of(results))


def status_of(results: Iterable[FileResult]) -> int:
    """The exit status of a run: a figure that differs weighs most."""
    every = list(results)
    if any(result.count("differs") for result in every):
        return SOME_DIFFER
    if any(result.count("not_expressed") or result.has_errors for result in every):
        return SOME_NOT_EXPRESSED
    return ALL_MATCH


def _in(words: tuple[str, str], lang: Language) -> str:
    return {"zh": words[0], "en": words[1]}.get(lang, f"{words[0]} {words[1]}")


def _show(result: FileResult, lang: Language) -> None:
    if sys.stdout.isatty():
        _show_table(result, lang)
    else:
        rows = ["\t".join(row) for case in result.cases for _, row in _rows(case, lang)]
        sys.stdout.write("".join(row + "\n" for row in rows))
    for line in _said(result, lang):
        sys.stdout.write(line + "\n")


def _rows(case: CaseResult, lang: Language) -> Iterator[tuple[FigureResult, list[str]]]:
    """The cells of every figure of a case: case, figure, expected, ours, verdict, confidence, source."""
    source = "; ".join(case.case.source)
    for figure in case.figures:
        sure = case.case.confidence or figure.confidence
        yield figure, [
            _plain(case.case.id), figure.figure, _plain(figure.expected), figure.ours or "–", _in(VERDICTS[figure.verdict], lang), _plain(sure),
            _plain(source),
        ]  # fmt: skip


def _plain(text: str) -> str:
    """One line, and nothing a terminal would obey."""
    return "".join(c if c.isprintable() else " " for c in text)


def _show_table(result: FileResult, lang: Language) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    if not result.cases:
        return
    table = Table(title=Text(result.file.path), box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, expand=True)
    for key, words in HEADINGS.items():
        table.add_column(
            _in(words, lang),
            justify="right" if key in ("expected", "ours") else "left",
            overflow="fold",
            ratio=1 if key == "source" else None,
            max_width=22 if key == "confidence" else None,
        )
    last = ""
    for case in result.cases:
        for figure, row in _rows(case, lang):
            first = row[0] != last
            last = row[0]
            cells = [Text(cell) for cell in row]
            cells[4].stylize(STYLES[figure.verdict])
            if not first:  # the case, its confidence and its source stand once
                cells[0], cells[5], cells[6] = Text(""), Text(""), Text("")
            table.add_row(*cells)
    Console(highlight=False, emoji=False).print(table)


def _said(result: FileResult, lang: Language) -> Iterator[str]:
    """What there is to say of the file, of figures that could not be expressed, and of the facts; then the summary."""
    for finding in result.file.findings:
        yield from _lines(f"{result.file.path} {finding.path}".rstrip(), finding, lang)
    for case in result.cases:
        for figure in case.figures:
            if figure.finding is not None:
                yield from _lines(f"{case.case.id} {figure.figure}", figure.finding, lang)
        for remark in case.remarks:
            yield from _lines(case.case.id, remark, lang)
    summary = {key: str(value) for key, value in result.to_json()["summary"].items()} | {"file": result.file.path}
    for language in ("zh", "en") if lang == "both" else (lang,):
        yield render("cases.summary", summary, language)


def _lines(where: str, finding: Finding, lang: Language) -> Iterator[str]:
    """A finding in the languages wished: where, what, and what next."""
    mark = {"error": "✗", "warning": "!", "note": "·"}[finding.severity]
    for language in ("zh", "en") if lang == "both" else (lang,):
        step = finding.next_step(language)
        said = f"{finding.message(language)} {step}".rstrip()
        yield _plain(f"{mark} {where}: {said}")
        mark, where = " ", " " * 2
