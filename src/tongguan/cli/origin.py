"""tongguan origin: a bill of materials against every agreement, or past imports against the preferences nobody claimed."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from tongguan.cli import COMPLETE, FINDINGS
from tongguan.cli.arguments import day_of
from tongguan.grammar.findings import Finding, InputRefused

if TYPE_CHECKING:
    from tongguan.origin.rule_sets import RuleSet

Lang = Literal["zh", "en", "both"]


def origin(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="A bill of materials (YAML, JSON), or past imports (CSV). 物料清单或历史进口表"
        ),
    ],
    rules: Annotated[
        list[str] | None,
        typer.Option(
            "--rules", metavar="AGREEMENT=FILE", help="A list of product rules (CSV, JSON) for an agreement. 产品规则表"
        ),
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DATE", help="For past imports: the day of the claim. 申请退税之日")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="For past imports: write a CSV. 输出表格")
    ] = None,
    lang: Annotated[Lang, typer.Option("--lang", help="Language of the answer. 语言")] = "both",
    is_json: Annotated[bool, typer.Option("--json", help="Everything, for programs. 输出 JSON")] = False,
) -> None:
    """Prove the origin: every agreement at once, with the margin, the proof and the saving. 逐一测试各协定的原产资格.

    Exit status: 0 every agreement is decided, 1 something is open or not encoded, 2 the file could not be read.
    """
    path = Path(file)
    if path.suffix.lower() == ".csv":
        _past_imports(path, as_of, out, lang, is_json=is_json)
    else:
        _bill(path, rules or [], lang, is_json=is_json)


def _languages(lang: Lang) -> list[str]:
    return ["zh", "en"] if lang == "both" else [lang]


def _bill(path: Path, rules: list[str], lang: Lang, *, is_json: bool) -> None:
    from tongguan.origin.bill import read_bill
    from tongguan.origin.examine import examine
    from tongguan.origin.explain import json_of, text_of

    answer = examine(read_bill(path, _lists(rules)))
    if is_json:
        sys.stdout.write(json.dumps(json_of(answer), ensure_ascii=False, indent=1) + "\n")
    else:
        sys.stdout.write("\n".join(text_of(answer, language) for language in _languages(lang)))
    is_decided = all(a.status in ("qualifies", "fails") for a in answer.answers)
    raise typer.Exit(COMPLETE if is_decided else FINDINGS)


def _past_imports(path: Path, as_of: str | None, out: Path | None, lang: Lang, *, is_json: bool) -> None:
    from tongguan.origin.explain import search_json, search_text
    from tongguan.origin.missed import as_csv, read_table, search

    if not path.is_file():
        raise InputRefused([Finding("input.file_unreadable", str(path), {"file": str(path), "why": "-"})])
    found = search(read_table(path), day_of(as_of, "--as-of"))
    if out is not None:
        out.write_text(as_csv(found), encoding="utf-8")
    if is_json:
        sys.stdout.write(json.dumps(search_json(found), ensure_ascii=False, indent=1) + "\n")
    else:
        sys.stdout.write("\n".join(search_text(found, language) for language in _languages(lang)))
    raise typer.Exit(FINDINGS if found.findings or found.without_rate else COMPLETE)


def _lists(rules: list[str]) -> dict[str, RuleSet]:
    """Lists of product rules by agreement. Raises InputRefused."""
    from tongguan.origin.rule_sets import load
    from tongguan.tariff.origins import origins

    lists: dict[str, RuleSet] = {}
    for one in rules:
        scheme, _, file = one.partition("=")
        if scheme != "22" and scheme not in origins().schemes:
            raise InputRefused([Finding("bill.scheme_not_known", "--rules", {"scheme": scheme[:40]})])
        try:
            lists[scheme] = load(Path(file))
        except (OSError, ValueError) as error:
            raise InputRefused(
                [Finding("input.file_unreadable", "--rules", {"file": file, "why": str(error)[:120]})]
            ) from error
    return lists
