"""tongguan simulate: the same rows under today's law and under a changed one.

Exit status: 0 every row was compared, 1 some rows were refused by either law, 2 the reform or the rows could not be read.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from tongguan.cli.arguments import day_of
from tongguan.grammar.findings import render

if TYPE_CHECKING:
    from tongguan.assessment.bulk.simulation import Simulation, Sums

MOST_GROUPS = 25
"""Groups shown on a terminal, those that change most first; `--json` has them all."""


def simulate(
    reform: Annotated[Path, typer.Argument(metavar="REFORM.yaml", help="What is changed. 改革方案")],
    rows: Annotated[
        Path, typer.Argument(metavar="IN", help="Rows as for `tongguan bulk`: CSV, Excel or Parquet. 明细")
    ],
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DATE", help="One day for every row. 统一日期")
    ] = None,
    by: Annotated[Literal["chapter", "origin"], typer.Option("--by", help="按章或按原产地")] = "chapter",
    lang: Annotated[Literal["zh", "en", "both"], typer.Option("--lang", help="Language of the answer. 语言")] = "both",
    as_json: Annotated[bool, typer.Option("--json", help="Everything, for programs. 输出 JSON")] = False,
) -> None:
    """Revenue, average and effective rates before and after a reform, by chapter and origin. 按同一批货物比较改革前后."""
    from tongguan.assessment.bulk.simulation import simulate_file
    from tongguan.assessment.reform import read_reform
    from tongguan.assessment.world import World
    from tongguan.tariff.store import load_schedule

    day = day_of(as_of, "--as-of")
    before = World(schedule=load_schedule())
    changed = read_reform(reform, before)
    answer = simulate_file(rows, before, changed.world, reform=changed.name, as_of=day)
    if as_json:
        sys.stdout.write(json.dumps(answer.to_json(), ensure_ascii=False, indent=2) + "\n")
    else:
        show(answer, changed.changed_lines, changed.changed_parameters, by, lang)
    raise typer.Exit(1 if answer.refused_by_either else 0)


def show(answer: Simulation, lines: int, parameters: tuple[str, ...], by: str, lang: str) -> None:
    """The comparison for a person."""
    from rich.console import Console
    from rich.table import Table

    def say(code: str, **facts: str) -> str:
        texts = [render(code, facts, one) for one in (("zh", "en") if lang == "both" else (lang,))]
        return " ".join(dict.fromkeys(texts))

    console = Console(width=None if sys.stdout.isatty() else 140, highlight=False)
    console.print(say("simulate.title", reform=answer.reform), style="bold", markup=False)
    console.print(say("simulate.changed", lines=f"{lines:,}", parameters=", ".join(parameters) or "-"), markup=False)
    console.print(
        say("simulate.rows", rows=f"{answer.rows:,}", compared=f"{answer.compared:,}", changed=f"{answer.changed:,}",
            refused=f"{answer.refused_by_either:,}"), markup=False,
    )  # fmt: skip
    table = Table(title=None, show_edge=False, pad_edge=False)
    for column in (
        f"simulate.{by}",
        "simulate.value",
        "simulate.duty",
        "simulate.taxes",
        "simulate.revenue",
        "simulate.rate",
        "simulate.effective",
    ):
        table.add_column(say(column), justify="left" if column == f"simulate.{by}" else "right")
    groups: dict[str, Sums] = answer.by_origin if by == "origin" else answer.by_chapter
    ordered = sorted(groups.items(), key=lambda g: (-abs(_change(g[1])), g[0]))
    for key, sums in ordered[:MOST_GROUPS]:
        table.add_row(*_row(key, sums))
    table.add_section()
    table.add_row(*_row(say("simulate.all"), answer.total), style="bold")
    console.print(table)
    if len(ordered) > MOST_GROUPS:
        console.print(say("simulate.more", count=str(len(ordered) - MOST_GROUPS)), markup=False)


def _change(sums: Sums) -> int:
    return sums.duty_after + sums.taxes_after - sums.duty_before - sums.taxes_before


def _row(key: str, sums: Sums) -> tuple[Any, ...]:
    from tongguan.grammar.money import yuan_grouped

    rates = sums.rates()
    return (
        key,
        yuan_grouped(sums.value),
        f"{yuan_grouped(sums.duty_before)} → {yuan_grouped(sums.duty_after)}",
        f"{yuan_grouped(sums.taxes_before)} → {yuan_grouped(sums.taxes_after)}",
        yuan_grouped(_change(sums)),
        f"{_short(rates['weighted_duty_rate_before'])} → {_short(rates['weighted_duty_rate_after'])}",
        f"{_short(rates['effective_rate_before'])} → {_short(rates['effective_rate_after'])}",
    )


def _short(percent: str) -> str:
    return percent.removesuffix("%").rstrip("0").rstrip(".") + "%"
