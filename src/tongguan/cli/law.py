"""tongguan law: what is encoded, since when, confirmed until when and how sure; one rule in full; and a strict check of every file of law.

Exit status: 0 fine, 1 the check has findings, 2 there is no such rule.
"""

from __future__ import annotations

import difflib
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from tongguan.cli import COMPLETE, FINDINGS
from tongguan.grammar.citations import cite_text
from tongguan.grammar.findings import Finding, InputRefused
from tongguan.grammar.parameters import LAW, Parameter
from tongguan.grammar.rules import (
    RuleSummary,
    cases_of,
    docstring_of,
    parameters_of,
    rule_folders,
    summary_of,
    title_of,
)

if TYPE_CHECKING:
    from tongguan.assessment.letter import Block

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="What is encoded, since when, confirmed until when and how sure. 法规覆盖范围",
)

Lang = Literal["zh", "en", "both"]
LangOption = Annotated[Lang, typer.Option("--lang", help="Language. 语言")]
JsonOption = Annotated[bool, typer.Option("--json", help="For programs. 输出 JSON")]


# --- coverage ----------------------------------------------------------------------------------------------------------------------


@app.command()
def coverage(
    is_markdown: Annotated[bool, typer.Option("--markdown", help="As the page docs/coverage.md.")] = False,
    is_json: JsonOption = False,
    lang: LangOption = "both",
) -> None:
    """Every rule: since when, confirmed until, how sure, and what is not encoded. 覆盖范围"""
    summaries = [summary_of(rule) for rule in rule_folders()]
    if is_json:
        sys.stdout.write(json.dumps([_as_data(s) for s in summaries], ensure_ascii=False, indent=2) + "\n")
    elif is_markdown:
        sys.stdout.write(markdown(summaries))
    else:
        from tongguan.cli.render import show

        show(coverage_blocks(summaries), lang)


def _as_data(s: RuleSummary) -> dict[str, Any]:
    return {
        "rule": s.rule,
        "title": s.title,
        "parameters": s.parameters,
        "values": s.values,
        "since": s.since.isoformat() if s.since else None,
        "verified_until": s.verified_until.isoformat() if s.verified_until else None,
        "confidence": s.confidence,
        "not_encoded": [{"value": what, "why_zh": zh, "why_en": en} for what, zh, en in s.not_encoded],
        "cases": s.cases,
    }


def coverage_blocks(summaries: Iterable[RuleSummary]) -> list[Block]:
    """Coverage as a table and a list of what is missing."""
    from tongguan.assessment.letter import Heading, Sentence, Table, Words, same, say

    summaries = list(summaries)
    header = tuple(say(f"law.column_{name}") for name in ("rule", "since", "until", "sure", "cases"))
    rows = [
        (
            same(s.rule),
            same(s.since.isoformat()) if s.since else say("law.no_numbers"),
            same(s.verified_until.isoformat() if s.verified_until else ""),
            same(s.sureness()),
            same(str(s.cases)),
        )
        for s in summaries
    ]
    blocks: list[Block] = [
        Heading(say("law.coverage"), 1),
        Table(tuple(rows), frozenset({4}), header=header),
        Sentence(say("letter.marks"), "quiet"),
        Heading(say("law.gaps"), 2),
    ]
    for s in summaries:
        for what, zh, en in s.not_encoded:
            blocks.append(Sentence(Words(zh, en), symbol="·", lead=f"{s.rule}: {what}"))
    blocks += [Heading(say("law.measures"), 2)]
    for name, until, missing in _measures():
        blocks.append(
            Sentence(Words(f"{name.zh}（{until}）：{missing.zh}", f"{name.en} ({until}): {missing.en}"), "quiet", "·")
        )
    return blocks


def _measures() -> list[tuple[Any, str, Any]]:
    """Additional duties: the name, how far it was checked, and what its table lacks."""
    from tongguan.assessment.letter import Words
    from tongguan.tariff.overlays import overlays

    tables = overlays()
    horizons = tables.horizons
    return [
        (
            Words(m.name_zh, m.name_en),
            horizons[key].until.isoformat() if key in horizons else "?",
            Words(m.missing_zh or "—", m.missing_en or "—"),
        )
        for key, m in tables.measures.items()
    ]


def markdown(summaries: Iterable[RuleSummary]) -> str:
    """Coverage as the page docs/coverage.md."""
    summaries = list(summaries)
    lines = [
        "# Coverage",
        "",
        "Written by `tongguan law coverage --markdown` from the rules themselves; please do not edit it by hand.",
        "",
        "*Since* is the first day for which some value of the rule is held, *confirmed until* the day to which someone has looked.",
        "Marks: V1 the primary text was read, V2 a secondary source was found, D derived from such facts, M from memory, M? weak memory.",
        "",
        "## Rules",
        "",
        "| Rule | What | Since | Confirmed until | How sure (values) | Cases |",
        "| --- | --- | --- | --- | --- | ---: |",
    ]
    for s in summaries:
        since = s.since.isoformat() if s.since else "no numbers of its own"
        until = s.verified_until.isoformat() if s.verified_until else ""
        lines.append(f"| `{s.rule}` | {_cell(s.title)} | {since} | {until} | {s.sureness()} | {s.cases} |")
    lines += ["", "## What the rules do not hold", ""]
    lines += [f"- `{s.rule}`: {what}: {en} {zh}" for s in summaries for what, zh, en in s.not_encoded] or [
        "Nothing is marked."
    ]
    lines += [
        "",
        "## Additional duties",
        "",
        "| Measure | Checked until | What the table lacks |",
        "| --- | --- | --- |",
    ]
    lines += [
        f"| {_cell(name.en)}<br>{_cell(name.zh)} | {until} | {_cell(missing.en)} |"
        for name, until, missing in _measures()
    ]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


# --- one rule ----------------------------------------------------------------------------------------------------------------------


@app.command()
def show(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="For example import_vat or cross_border_ecommerce.")],
    is_json: JsonOption = False,
    lang: LangOption = "both",
) -> None:
    """One rule in full: what it says, its numbers with dates and citations, its worked cases. 查看一条规则"""
    name = find_rule(rule)
    if is_json:
        content = {
            **_as_data(summary_of(name)),
            "text": docstring_of(name),
            "numbers": {n: _parameter_data(p) for n, p in parameters_of(name).items()},
            "worked_cases": cases_of(name),
        }
        sys.stdout.write(json.dumps(content, ensure_ascii=False, indent=2) + "\n")
        return
    from tongguan.cli.render import show as show_blocks

    show_blocks(rule_blocks(name), lang)


def find_rule(asked: str) -> str:
    """A rule by its folder or the last part of it. Raises InputRefused with the nearest names."""
    rules = rule_folders()
    asked = asked.strip("/")
    if asked in rules:
        return asked
    endings = [rule for rule in rules if rule.rpartition("/")[2] == asked]
    if len(endings) == 1:
        return endings[0]
    names = {rule.rpartition("/")[2]: rule for rule in rules} | {rule: rule for rule in rules}
    near = [names[n] for n in difflib.get_close_matches(asked, names, 3, 0.5)] or [
        rule for rule in rules if asked in rule
    ]
    raise InputRefused(
        [Finding("law.rule_not_known", "RULE", {"rule": asked, "nearest": ", ".join(dict.fromkeys(near)) or "-"})]
    )


def _parameter_data(p: Parameter) -> dict[str, Any]:
    c = p.content
    return {
        "label_zh": c.label_zh,
        "label_en": c.label_en,
        "unit": c.unit,
        "verified_until": c.verified_until.isoformat(),
        "values": [
            {
                "from": day.isoformat(),
                "value": v.value,
                "state": v.state,
                "because": v.citation,
                "confidence": v.confidence,
                "why_zh": v.why_zh,
                "why_en": v.why_en,
                "note": v.note,
            }
            for day, v in sorted(c.values.items())
        ],
    }


def rule_blocks(rule: str) -> list[Block]:
    """A rule as headings, its numbers and its cases."""
    from tongguan.assessment.letter import Heading, Sentence, Table, Verbatim, Words, same, say

    blocks: list[Block] = [Heading(Words(f"{rule} · {title_of(rule)}", f"{rule} · {title_of(rule)}"), 1)]
    body = docstring_of(rule).partition("\n")[2]
    blocks.append(Verbatim(body.strip("\n")))
    blocks.append(Sentence(same(_shown_path(LAW / rule)), "quiet"))
    for name, parameter in parameters_of(rule).items():
        c = parameter.content
        head = Words(f"{name} · {c.label_zh} [{c.unit}]", f"{name} · {c.label_en} [{c.unit}]")
        rows = []
        for day, v in sorted(c.values.items()):
            value = say(f"law.state_{v.state}") if v.value is None else same(v.value)
            why = (
                Words(v.why_zh, v.why_en)
                if v.why_en
                else Words(cite_text(v.citation, "zh"), cite_text(v.citation, "en"))
            )
            rows.append((same(day.isoformat()), value, same(v.confidence), why))
        blocks += [Heading(head, 3), Table(tuple(rows))]
        blocks.append(Sentence(say("law.confirmed_until", day=c.verified_until.isoformat()), "quiet", is_short=True))
    cases = cases_of(rule)
    if cases:
        blocks.append(Heading(say("law.cases", count=str(len(cases))), 2))
        table = [
            (same(str(c.get("name", ""))), same(_short(c.get("given"))), same("→ " + _short(c.get("expect"))))
            for c in cases
        ]
        blocks.append(Table(tuple(table)))
    return blocks


def _shown_path(path: Path) -> str:
    """A path from the package's own folder on: where it lies on this machine is nobody's business."""
    return "src/tongguan/" + path.relative_to(LAW.parent).as_posix()


def _short(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k}: {_short(v)}" for k, v in value.items())
    if isinstance(value, list):
        return "[" + ", ".join(_short(v) for v in value) + "]"
    return str(value)


# --- check -------------------------------------------------------------------------------------------------------------------------


@app.command()
def check(is_json: JsonOption = False, lang: LangOption = "both") -> None:
    """Read every file of law, table and message strictly; exit 1 with findings when something is amiss. 检查全部法规与数据文件"""
    from tongguan.assessment.explain import refused_sentences
    from tongguan.assessment.letter import Sentence, say
    from tongguan.cli.law_check import check_everything
    from tongguan.cli.render import show as show_blocks

    findings, counted = check_everything()
    if is_json:
        sys.stdout.write(
            json.dumps({"findings": [f.to_json() for f in findings], "checked": counted}, ensure_ascii=False, indent=2)
            + "\n"
        )
    else:
        done = say("law.checked", **{name: str(count) for name, count in counted.items()}, findings=str(len(findings)))
        show_blocks([*refused_sentences(findings), Sentence(done, "error" if findings else "good")], lang)
    raise typer.Exit(FINDINGS if findings else COMPLETE)
