"""tongguan days: the clocks of a shipment."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from tongguan.cli import COMPLETE, FINDINGS, REFUSED
from tongguan.cli.arguments import day_of
from tongguan.grammar.findings import InputRefused

if TYPE_CHECKING:
    from tongguan.assessment.shipment import Shipment

STANDARD_INPUT = "-"


def days(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="Shipments in YAML or JSON; - reads standard input. 货物文件")
    ],
    today: Annotated[
        str | None, typer.Option("--today", metavar="DATE", help="Count from this day. 从这一天起算")
    ] = None,
    lang: Annotated[Literal["zh", "en", "both"], typer.Option("--lang", help="Language of the answer. 语言")] = "both",
    is_json: Annotated[bool, typer.Option("--json", help="Everything, for programs. 输出 JSON")] = False,
    schedule_version: Annotated[
        int | None,
        typer.Option("--schedule-version", min=0, metavar="N", help="Assess with this loaded schedule. 税则版本"),
    ] = None,
) -> None:
    """Show every clock: what can begin before arrival, the last safe day of each paper, what a day late costs. 时间表.

    Exit status: 0 nothing is late, 1 something is late or could not be reckoned, 2 something could not be read.
    """
    from tongguan.assessment.assess import assess
    from tongguan.assessment.explain import refusal
    from tongguan.cli.assess import as_json, world_of
    from tongguan.cli.render import show
    from tongguan.days.page import page
    from tongguan.days.timeline import timeline

    world, counted_from = world_of(schedule_version), day_of(today, "--today")
    status, answers = COMPLETE, list[dict[str, Any]]()
    for file in files:
        for name, shipment in _read(file):
            if isinstance(shipment, InputRefused):
                status = REFUSED
                findings = [f.to_json() for f in shipment.findings]
                answers.append(
                    {"schema": "tongguan-timeline/1", "shipment": name, "refused": True, "findings": findings}
                )
                if not is_json:
                    show(refusal(name, shipment.findings), lang)
                continue
            answer = timeline(shipment, assess(shipment, world), world=world, today=counted_from)
            status = max(status, COMPLETE if answer.is_in_time else FINDINGS)
            answers.append(answer.to_json())
            if not is_json:
                show(page(answer), lang)
    if is_json:
        sys.stdout.write(as_json(answers if len(answers) != 1 else answers[0]))
    raise typer.Exit(status)


def _read(file: str) -> list[tuple[str, Shipment | InputRefused]]:
    from tongguan.assessment.reading import MAX_FILE_BYTES, parse_document, read_shipments, shipments_in

    try:
        if file == STANDARD_INPUT:
            return shipments_in(parse_document(sys.stdin.buffer.read(MAX_FILE_BYTES + 1), STANDARD_INPUT))
        return read_shipments(Path(file))
    except InputRefused as refused:
        return [(file, refused)]
