"""tongguan assess: shipments in, answers out."""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import typer

from tongguan.cli import COMPLETE, FINDINGS, REFUSED
from tongguan.cli.arguments import day_of
from tongguan.grammar.findings import Finding, InputRefused

if TYPE_CHECKING:
    from tongguan.assessment.letter import Block, Words
    from tongguan.assessment.result import Assessment
    from tongguan.assessment.shipment import Shipment
    from tongguan.assessment.world import World
    from tongguan.dossier import Dossier

STANDARD_INPUT = "-"


class Answer(NamedTuple):
    """One shipment with its assessment, or with the findings for which it was refused."""

    name: str
    file: str
    assessment: Assessment | None
    refused: tuple[Finding, ...] = ()
    shipment: Shipment | None = None
    dossier: Dossier | None = None

    @property
    def status(self) -> int:
        """What this answer alone would exit with: findings are those that ask for something, a bill of materials that could not be read among them."""
        if self.assessment is None:
            return REFUSED
        answer = self.dossier or self.assessment
        asks = any(f.severity != "note" for f in self.assessment.all_findings)
        return FINDINGS if asks or not answer.is_complete else COMPLETE


def assess(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="Shipments in YAML or JSON; - reads standard input. 货物文件")
    ],
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="DATE", help="Take this day as the day of the declaration. 以此日为申报日期"),
    ] = None,
    lang: Annotated[Literal["zh", "en", "both"], typer.Option("--lang", help="Language of the answer. 语言")] = "both",
    is_json: Annotated[bool, typer.Option("--json", help="Everything, for programs. 输出 JSON")] = False,
    is_brief: Annotated[bool, typer.Option("--brief", help="The figures without their reasons. 只列数额")] = False,
    schedule_version: Annotated[
        int | None,
        typer.Option(
            "--schedule-version",
            min=0,
            metavar="N",
            help="Answer from this loaded schedule; 0 is the one shipped. 税则版本",
        ),
    ] = None,
) -> None:
    """Assess shipments: what applies, what it costs line by line, what would be cheaper and why. 计算税费并说明理由.

    Exit status: 0 every answer is complete, 1 there are findings that ask for something, or ranges, 2 something could not be read.
    """
    world = world_of(schedule_version)
    day = day_of(as_of, "--as-of")
    answers = []
    for file in files:
        for answer in answers_of(file, day, world):
            if answer.assessment is not None and (not is_brief or is_json or _has_bill(answer)):
                answer = answer._replace(dossier=_dossier(answer, world))  # noqa: PLW2901  # the same answer, with its other parts
            answers.append(answer)
            if not is_json:
                _show(answer, lang, is_brief=is_brief, is_first=len(answers) == 1)
    if is_json:
        data = [_as_data(a) for a in answers]
        sys.stdout.write(as_json(data if len(data) > 1 else data[0]))
    elif len(answers) > 1:
        _show_summary(answers, lang)
    raise typer.Exit(max(a.status for a in answers))


def world_of(schedule_version: int | None) -> World:
    """The law as shipped with the schedule that is loaded, or with the version asked for. Raises OutOfCoverage for a version nobody loaded."""
    from tongguan.assessment.world import World, shipped_world
    from tongguan.tariff.schedule import starter_schedule
    from tongguan.tariff.store import load_schedule

    schedule = load_schedule(version=schedule_version)
    return shipped_world() if schedule is starter_schedule() else World(schedule=schedule)


def answers_of(file: str, as_of: dt.date | None, world: World) -> list[Answer]:
    """The answer for every shipment of a file; a file that cannot be read is one refused answer."""
    from tongguan.assessment.assess import assess as assess_shipment

    try:
        shipments = _read(file, as_of)
    except InputRefused as refused:
        return [Answer(file, file, None, tuple(refused.findings))]
    answers = []
    for name, shipment in shipments:
        if isinstance(shipment, InputRefused):
            answers.append(Answer(name or file, file, None, tuple(shipment.findings)))
        else:
            answers.append(Answer(shipment.name or name, file, assess_shipment(shipment, world), shipment=shipment))
    return answers


def _read(file: str, as_of: dt.date | None) -> list[tuple[str, Shipment | InputRefused]]:
    from tongguan.assessment.reading import MAX_FILE_BYTES, parse_document, read_shipments, shipments_in

    if file == STANDARD_INPUT:
        raw = sys.stdin.buffer.read(MAX_FILE_BYTES + 1)
        return shipments_in(parse_document(raw, STANDARD_INPUT), as_of, Path())
    return read_shipments(Path(file), as_of)


# --- for programs ------------------------------------------------------------------------------------------------------------------

_UNSAFE = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def as_json(content: object) -> str:
    """JSON text that is safe to print: what could steer a terminal is escaped."""
    text = json.dumps(content, ensure_ascii=False, indent=2)
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"


def _dossier(answer: Answer, world: World) -> Dossier:
    """The assessment with the papers, charges and clocks of the same shipment."""
    from tongguan.assessment.papers.catalogues import loaded_catalogues
    from tongguan.dossier import dossier
    from tongguan.fees.lists import current_register

    assert answer.shipment is not None  # noqa: S101  # an assessment was made of it
    return dossier(
        answer.shipment,
        world,
        assessment=answer.assessment,
        register=current_register(),
        catalogues=loaded_catalogues(),
    )


def _has_bill(answer: Answer) -> bool:
    return answer.shipment is not None and any(item.bill for item in answer.shipment.items)


def _as_data(answer: Answer) -> dict[str, Any]:
    if answer.dossier is not None:
        return answer.dossier.to_json()
    return {
        "schema": "tongguan-assessment/1",
        "shipment": answer.name,
        "file": answer.file,
        "refused": True,
        "findings": [f.to_json() for f in answer.refused],
    }


# --- for people --------------------------------------------------------------------------------------------------------------------


def _show(answer: Answer, language: Literal["zh", "en", "both"], *, is_brief: bool, is_first: bool) -> None:
    from tongguan.assessment.explain import brief, letter, refusal
    from tongguan.cli.render import show

    if not is_first:
        sys.stdout.write("\n")
    if answer.assessment is None:
        blocks = refusal(answer.name, answer.refused)
    else:
        blocks = brief(answer.assessment) if is_brief else letter(answer.assessment)
        if not is_brief and answer.dossier is not None:
            from tongguan.dossier import blocks as picture

            blocks = [*blocks, *picture(answer.dossier)]
    show(blocks, language)
    sys.stdout.flush()


def _show_summary(answers: list[Answer], language: Literal["zh", "en", "both"]) -> None:
    from tongguan.assessment.letter import Heading, Table, say
    from tongguan.cli.render import show

    header = (say("letter.shipment"), say("letter.to_pay"), say("letter.state"))
    table = Table(tuple(_summary_row(a) for a in answers), frozenset({1}), header=header)
    blocks: list[Block] = [Heading(say("letter.summary"), 1), table]
    sys.stdout.write("\n")
    show(blocks, language)


def _summary_row(answer: Answer) -> tuple[Words, ...]:
    from tongguan.assessment.explain import figure
    from tongguan.assessment.letter import same, say

    states = {COMPLETE: "complete", FINDINGS: "open", REFUSED: "refused"}
    a = answer.assessment
    total = "" if a is None else figure(a.total_low, a.total_high)
    return same(answer.name), same(total), say(f"letter.status.{states[answer.status]}")
