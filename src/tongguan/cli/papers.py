"""tongguan papers: every licence, registration, certificate, inspection, access, label and ban for a code or for the shipments of a file."""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from tongguan.cli import COMPLETE, FINDINGS
from tongguan.cli.arguments import day_of
from tongguan.grammar.findings import Finding, InputRefused

if TYPE_CHECKING:
    from tongguan.assessment.papers import Change, Papers, Question

Lang = Literal["zh", "en", "both"]
CODE = re.compile(r"[0-9０-９. ]{2,16}")
"""What a person writes for a code; anything else is a file."""


def papers(
    target: Annotated[
        str, typer.Argument(metavar="CODE|FILE", help="A code, or shipments in YAML or JSON. 税号或货物文件")
    ] = "",
    origin: Annotated[str, typer.Option("--origin", metavar="XX", help="For a code: country of origin. 原产地")] = "",
    channel: Annotated[str, typer.Option("--channel", help="For a code: how it is imported. 渠道")] = "general_trade",
    fact: Annotated[
        list[str] | None,
        typer.Option("--fact", metavar="NAME=VALUE", help="For a code: what is known of the goods. 货物属性"),
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DATE", help="The day of the declaration. 申报日期")
    ] = None,
    compare: Annotated[
        str | None,
        typer.Option("--compare", metavar="DATE", help="What was dropped or added until this day. 与此日比较"),
    ] = None,
    load: Annotated[
        list[Path] | None,
        typer.Option("--load", metavar="FILE", help="Load a published catalogue first. 先载入公布的目录"),
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option("--mapping", metavar="FILE", help="What the columns of --load mean. 目录各列的说明"),
    ] = None,
    lang: Annotated[Lang, typer.Option("--lang", help="Language of the answer. 语言")] = "both",
    is_json: Annotated[bool, typer.Option("--json", help="Everything, for programs. 输出 JSON")] = False,
) -> None:
    """Know every paper: what is asked, by whom, by when, and what is not required because of which article. 所需单证一览.

    Exit status: 0 nothing stands in the way, 1 something is banned, open or not encoded, 2 the question could not be read.
    """
    from tongguan.assessment.papers import changes_of, papers_of
    from tongguan.assessment.papers.catalogues import loaded_catalogues
    from tongguan.assessment.world import shipped_world

    world = shipped_world()
    said = _load(load or [], mapping)
    if not target:
        if not load:
            raise InputRefused([Finding("papers.code_unreadable", "CODE|FILE", {"read": "-"})])
        _write(said, lang, is_json=is_json)
        raise typer.Exit(COMPLETE)
    catalogues = loaded_catalogues()
    questions = _questions(target, origin, channel, fact or [], day_of(as_of, "--as-of"))
    other = day_of(compare, "--compare")
    if other is not None:
        pairs = [(papers_of(q, world, catalogues), changes_of(q, other, world, catalogues)) for q in questions]
        _write_changes(pairs, other, lang, is_json=is_json)
        raise typer.Exit(COMPLETE)
    answers = [papers_of(question, world, catalogues) for question in questions]
    _write_answers(answers, lang, is_json=is_json)
    is_clear = all(answer.may_enter and not answer.findings for answer in answers)
    raise typer.Exit(COMPLETE if is_clear else FINDINGS)


def _questions(target: str, origin: str, channel: str, facts: list[str], day: dt.date | None) -> list[Question]:
    """The questions of a file, or the one of a code. Raises InputRefused with every problem."""
    from tongguan.assessment.papers import Question
    from tongguan.assessment.reading import read_shipments
    from tongguan.assessment.shipment import CHANNELS, GoodsItem

    if not CODE.fullmatch(target):
        read = read_shipments(Path(target), day)
        refused = [finding for _, one in read if isinstance(one, InputRefused) for finding in one.findings]
        if refused:
            raise InputRefused(refused)
        return [
            Question(item, s.declared_on, s.channel, s.exchange_rates, s.facts, f"{name}: items[{number}].")
            for name, s in read
            if not isinstance(s, InputRefused)
            for number, item in enumerate(s.items, start=1)
        ]
    if channel not in CHANNELS:
        known = {"read": channel[:40], "known": ", ".join(CHANNELS)}
        raise InputRefused([Finding("papers.channel_unknown", "--channel", known)])
    stated = _facts(facts)
    code = "".join(str(int(c)) for c in target if c.isdigit())
    item = GoodsItem(code, origin=origin.strip().upper() or None, facts=stated)
    return [Question(item, day or _today(), channel, shipment_facts=stated)]


def _facts(texts: list[str]) -> dict[str, str]:
    """Facts by name. Raises InputRefused for a name that is given two values: neither of them is chosen."""
    stated: dict[str, str] = {}
    for name, value in map(_fact, texts):
        if stated.setdefault(name, value) != value:
            facts = {"name": name[:60], "values": f"{stated[name][:60]} / {value[:60]}"}
            raise InputRefused([Finding("papers.fact_twice", "--fact", facts)])
    return stated


def _fact(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise InputRefused([Finding("input.not_a_mapping", "--fact", {"read": text[:60]})])
    return name.strip(), value.strip()


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()  # noqa: TID251  # the command line is where the clock is read


def _load(files: list[Path], mapping: Path | None) -> list[dict[str, Any]]:
    """Load catalogues one after the other; each tells what it read. Without a mapping of the person's own, a shipped one must fit."""
    from tongguan.assessment.papers.catalogues import load_catalogue, read_mapping

    said = []
    own = read_mapping(mapping) if mapping else None
    for file in files:
        made = load_catalogue(file, dt.datetime.now(dt.UTC), mapping=own)  # noqa: TID251  # as in _today
        refused = ", ".join(f"{row}: {text}" for row, text in made.refused[:10])
        facts = {"catalogue": made.mapping.title, "rows": str(made.rows), "refused": str(len(made.refused))}
        said.append(
            {**Finding("papers.catalogue_loaded", file.name, facts, severity="note").to_json(), "rows_refused": refused}
        )
    return said


def _languages(lang: Lang) -> list[str]:
    return ["zh", "en"] if lang == "both" else [lang]


def _json(content: object) -> None:
    sys.stdout.write(json.dumps(content, ensure_ascii=False, indent=1) + "\n")


def _write(said: list[dict[str, Any]], lang: Lang, *, is_json: bool) -> None:
    if is_json:
        _json(said)
        return
    for one in said:
        sys.stdout.writelines(f"{one[f'message_{language}']}\n" for language in _languages(lang))


def _write_answers(answers: list[Papers], lang: Lang, *, is_json: bool) -> None:
    from tongguan.assessment.papers import letter

    if is_json:
        _json([a.to_json() for a in answers] if len(answers) > 1 else answers[0].to_json())
    else:
        sys.stdout.write("\n".join(letter(a, language) for a in answers for language in _languages(lang)))


def _write_changes(pairs: list[tuple[Papers, list[Change]]], other: dt.date, lang: Lang, *, is_json: bool) -> None:
    from tongguan.assessment.papers import letter_of_changes

    if is_json:
        _json(
            [
                {"code": a.commodity_code, "days": sorted([a.day.isoformat(), other.isoformat()]), "changes": [c.to_json() for c in found]}
                for a, found in pairs
            ]
        )  # fmt: skip
        return
    texts = [letter_of_changes(found, a, other.isoformat(), language) for a, found in pairs for language in _languages(lang)]  # fmt: skip
    sys.stdout.write("\n".join(texts))
