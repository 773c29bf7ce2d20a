"""tongguan bulk: a file of rows in, a file of answers out."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

import typer

from tongguan.cli.arguments import day_of
from tongguan.grammar.findings import Finding, InputRefused, render
from tongguan.grammar.money import yuan_grouped

if TYPE_CHECKING:
    from tongguan.assessment.bulk.job import Summary

COMPLETE, FINDINGS = 0, 1


def bulk(
    source: Annotated[str, typer.Argument(metavar="IN", help="Rows: .csv, .xlsx or .parquet. 输入文件")] = "",
    target: Annotated[str, typer.Argument(metavar="OUT", help="Answers: .parquet, .csv or .xlsx. 输出文件")] = "",
    rejects: Annotated[
        str | None,
        typer.Option("--rejects", metavar="FILE", help="Refused rows, to be mended and sent again. 退回的行"),
    ] = None,
    mapping: Annotated[
        list[str] | None,
        typer.Option("--mapping", metavar="THEIRS=OURS", help="A column of the file that is one of ours. 栏目对应"),
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DATE", help="Take this day as the day declared. 以此日为申报日期")
    ] = None,
    lang: Annotated[Literal["zh", "en", "both"], typer.Option("--lang", help="Language of the summary. 语言")] = "both",
    engine: Annotated[
        Literal["none"], typer.Option("--engine", help="Where the work is done; none is this machine. 计算引擎")
    ] = "none",
    threads: Annotated[
        int | None, typer.Option("--threads", min=1, help="Threads; every core unless said. 线程数")
    ] = None,
    schedule_version: Annotated[
        int | None,
        typer.Option("--schedule-version", min=0, metavar="N", help="Use this loaded schedule. 税则版本"),
    ] = None,
    is_json: Annotated[bool, typer.Option("--json", help="The summary for programs. 输出 JSON")] = False,
    is_template: Annotated[
        bool, typer.Option("--template", help="Print the header of an empty table. 打印表头")
    ] = False,
) -> None:
    """Assess the rows of a file, millions of them, by the same rules as one shipment. 批量计算税费.

    Answers stand in the same order as the rows. Exit status: 0 every row was answered, 1 some were refused, 2 a file could not be read or written.
    """
    from tongguan.assessment.bulk.files import template
    from tongguan.assessment.bulk.job import answer_file, mapping_of

    if is_template:
        typer.echo(template("zh" if lang == "zh" else "en"))
        return
    if not source or not target:
        raise InputRefused([Finding("bulk.two_files_needed", "", {})])
    day = day_of(as_of, "--as-of")
    from tongguan.cli.assess import world_of

    world = world_of(schedule_version)
    started = time.perf_counter()
    with _Progress(Path(source).name) as progress:
        summary = answer_file(
            Path(source),
            Path(target),
            Path(rejects) if rejects else None,
            world=world,
            as_of=day,
            mapping=mapping_of(mapping or []),
            threads=threads,
            progress=progress.at,
            warn=lambda finding: _warn(finding, lang),
        )
    if is_json:
        typer.echo(json.dumps({**summary.to_json(), "engine": engine}, ensure_ascii=False, indent=2))
    else:
        _print(summary, lang, time.perf_counter() - started, rejects)
    raise typer.Exit(COMPLETE if summary.accepted == summary.rows else FINDINGS)


def _warn(finding: Finding, lang: str) -> None:
    """Says before the work begins what a person may want to mend first."""
    for language in ("zh", "en") if lang == "both" else (lang,):
        typer.echo(f"! {finding.message(language)} {finding.next_step(language)}", err=True)


class _Progress:
    """A bar on a terminal, nothing elsewhere."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.at: Callable[[int, int, int], None] | None = None

    def __enter__(self) -> Self:
        if not sys.stderr.isatty():
            return self
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeRemainingColumn(),
        )
        self.bar = Progress(*columns, console=Console(stderr=True), transient=True)
        self.bar.start()
        task = self.bar.add_task(self.name, total=None)

        def at(read: int, size: int, rows: int) -> None:
            self.bar.update(task, completed=read, total=size, description=f"{self.name}  {rows:,}")

        self.at = at
        return self

    def __exit__(self, *_: object) -> None:
        if self.at is not None:
            self.bar.stop()


def _print(summary: Summary, lang: str, seconds: float, rejects: str | None) -> None:
    """The summary for people."""
    from rich.console import Console
    from rich.table import Table

    from tongguan.assessment.letter import say

    def both(zh: str, en: str) -> str:
        return zh if lang == "zh" else en if lang == "en" else f"{zh} {en}"

    console = Console()
    refused = summary.rows - summary.accepted
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column()
    table.add_column(justify="right")
    table.add_row(both("行数", "rows"), f"{summary.rows:,}")
    table.add_row(both("已计算", "answered"), f"{summary.accepted:,}")
    table.add_row(both("已退回", "refused"), f"{refused:,}")
    table.add_row(both("用时（秒）", "seconds"), f"{seconds:,.1f}")
    table.add_row("", "")
    table.add_row(both("计税价格合计（元）", "dutiable value, CNY"), yuan_grouped(summary.value))
    for name, amount in summary.payable.items():
        if amount:
            table.add_row(both(*say(f"charge.{name}")), yuan_grouped(amount))
    table.add_row(both("应缴合计（元）", "payable, CNY"), yuan_grouped(summary.total))
    if summary.saving:
        table.add_row(
            both("补齐证明或证件可省（元）", "would be saved with proofs or certificates, CNY"),
            yuan_grouped(summary.saving),
        )
    console.print(table)
    for title, counts in (
        (both("退回原因", "refused for"), summary.rejected),
        (both("提示", "worth knowing"), summary.notes),
    ):
        if counts:
            console.print(f"\n{title}")
            for code, count in counts.most_common():
                console.print(f"  {count:>12,}  {code}  {_said(code, lang)}", soft_wrap=True, highlight=False)
    if summary.columns_not_used:
        console.print(
            f"\n{both('未使用的栏目', 'columns not used')}: {', '.join(summary.columns_not_used)}", soft_wrap=True
        )
    if refused and not rejects:
        console.print(
            "\n"
            + both(
                "用 --rejects 文件名 可得到退回的行及理由。",
                "--rejects FILE writes the refused rows with their reasons.",
            )
        )


def _said(code: str, lang: str) -> str:
    """A message without the facts of a single row, which stand as … here."""
    words = (render(code, {}, language) for language in (("zh", "en") if lang == "both" else (lang,)))
    return " ".join(re.sub(r"\{[a-z_]+\}", "…", text) for text in words)
