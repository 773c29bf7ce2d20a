"""tongguan exchange: messages of cross-border e-commerce, read and judged as they are sent."""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import msgspec
import typer

from tongguan.cli import COMPLETE, FINDINGS, REFUSED
from tongguan.cli.arguments import day_of
from tongguan.grammar.findings import Finding, InputRefused

if TYPE_CHECKING:
    from tongguan.exchange.judging import Judged
    from tongguan.exchange.reading import Received

Lang = Literal["zh", "en", "both"]
Files = Annotated[list[Path], typer.Argument(metavar="FILE...", help="Messages as they are sent (XML). 报文文件")]
Language = Annotated[Lang, typer.Option("--lang", help="Language of the answer. 语言")]
Json = Annotated[bool, typer.Option("--json", help="Everything, for programs. 输出 JSON")]

_DECLARATION = re.compile(rb"<DecMessage[\s>]")

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)


@app.callback()
def exchange() -> None:
    """Messages of firms: read them, judge them as the official systems do, and see why. 报文的读取与核对."""


class _File(NamedTuple):
    """One message."""

    path: Path
    received: Received


@app.command("read")
def read_messages(files: Files, lang: Language = "both", is_json: Json = False) -> None:
    """Read messages and hold every field against the specification; declaration messages (DecMessage) too. 读取报文，逐项核对格式.

    Exit status: 0 without fault, 1 with faults, 2 a message could not be read at all.
    """
    from tongguan.cli.render import show
    from tongguan.exchange.page import read_page

    answers: list[dict[str, Any]] = []
    status = COMPLETE
    for path in files:
        one = _opened(path)
        if _DECLARATION.search(one.received.data):
            status = max(status, _read_declaration(one, answers, lang, is_json=is_json))
            continue
        status = max(status, _status(one.received))
        answers.append(_as_json(one))
        if not is_json:
            show(read_page(str(path), one.received), lang)
    if is_json:
        _print_json(answers)
    raise typer.Exit(status)


@app.command("judge")
def judge_messages(
    files: Files,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of", metavar="DATE", help="Judge by the law of this day; else the day of reporting. 按这一天的规定"
        ),
    ] = None,
    keys: Annotated[
        Path | None,
        typer.Option(
            "--keys",
            metavar="FOLDER",
            help="Certificates that may sign, each file named by the sender's code. 可信证书",
        ),
    ] = None,
    is_unsigned: Annotated[bool, typer.Option("--unsigned", help="Do not look at signatures. 不核对签名")] = False,
    receipts: Annotated[
        Path | None, typer.Option("--receipts", metavar="FOLDER", help="Write the receipts here. 回执写入此文件夹")
    ] = None,
    lang: Language = "both",
    is_json: Json = False,
) -> None:
    """Judge messages: structure, codes, sums, the documents of the other parties, limits, list and tax. 核对报文，给出回执.

    Orders, payments and waybills among the files are judged and laid on the desk first, so that an inventory finds them whatever the order of the files;
    what is refused is not laid there.
    Exit status: 0 all accepted, 1 something is not, 2 a message could not be read at all.
    """
    from tongguan.cli.render import show
    from tongguan.exchange.desk import DeskInMemory
    from tongguan.exchange.judging import judge
    from tongguan.exchange.page import as_json, judged_page

    day = day_of(as_of, "--as-of")
    opened = [_opened(path) for path in files]
    trusted = _keys(keys)
    desk = DeskInMemory(otherwise=None)
    found: dict[int, Judged] = {}
    for place in sorted(range(len(opened)), key=lambda n: _turn(opened[n].received)):
        received = opened[place].received
        judged = judge(
            received, day or _day_of_message(received), desk, keys=trusted, looks_at_signature=not is_unsigned
        )
        found[place] = judged
        if received.message is not None:
            accepted = tuple(one.document for one in judged.documents if one.is_accepted)
            desk.put(msgspec.structs.replace(received.message, documents=accepted))
    answers: list[dict[str, Any]] = []
    written: set[Path] = set()
    for place, one in enumerate(opened):
        answer = {"file": str(one.path), **as_json(found[place])}
        if receipts is not None:
            answer["receipt"] = str(_write_receipt(receipts, one, found[place], written))
        answers.append(answer)
        if not is_json:
            show(judged_page(str(one.path), found[place]), lang)
            _say_more(answer, lang, is_unsigned=is_unsigned)
    status = max(_status_of(judged) for judged in found.values())
    if is_json:
        _print_json(answers)
    raise typer.Exit(status)


def _opened(path: Path) -> _File:
    """A message from its file. Raises InputRefused where there is no such file."""
    from tongguan.exchange.parsing import Unsafe, read_bytes
    from tongguan.exchange.reading import Received, read

    try:
        data = read_bytes(path)
    except Unsafe as unsafe:
        return _File(path, Received(b"", None, (unsafe.finding,)))
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise InputRefused([Finding("input.file_unreadable", str(path), {"why": why})]) from error
    return _File(path, read(data))


def _read_declaration(one: _File, answers: list[dict[str, Any]], lang: Lang, *, is_json: bool) -> int:
    """A declaration message: its faults, what it says as a declaration, and what that has no place for."""
    from tongguan.cli.render import show
    from tongguan.exchange import declaration
    from tongguan.exchange.declaring import facts_of
    from tongguan.exchange.page import declaration_page

    received = declaration.read(one.received.data)
    heard = facts_of(received.message) if received.message else None
    refused: list[Finding] = []
    if heard is not None:
        try:
            heard.declaration()
        except InputRefused as not_taken:
            refused = not_taken.findings
    if not is_json:
        show(declaration_page(str(one.path), received, heard, refused), lang)
    answers.append(
        {
            "file": str(one.path),
            "declaration": heard.facts if heard else None,
            "left_out": list(heard.left_out) if heard else [],
            "faults": [f.to_json() for f in (*received.faults, *refused)],
        }
    )
    return REFUSED if heard is None else FINDINGS if received.faults or refused else COMPLETE


def _turn(received: Received) -> int:
    """When a message is judged: the documents that inventories need, inventories and their receipts, then what speaks of these."""
    kind = received.message.kind if received.message else 0
    return {621: 1, 622: 2}.get(kind, 0 if kind in (0, 311, 411, 511) else 3)


def _status_of(judged: Judged) -> int:
    if judged.received.message is None:
        return REFUSED
    return COMPLETE if judged.is_accepted else FINDINGS


def _status(received: Received) -> int:
    if received.message is None:
        return REFUSED
    return FINDINGS if received.all_faults else COMPLETE


def _day_of_message(received: Received) -> dt.date:
    """The day the first document says it was reported on; for what says nothing, the first day of our law, by which nothing is then judged."""
    from tongguan.assessment.world import COVERAGE_FROM

    for document in received.message.documents if received.message else ():
        for name in ("reported_at", "answered_at"):
            moment = getattr(document, name, None)
            if isinstance(moment, dt.datetime):
                return moment.date()
    return COVERAGE_FROM


def _keys(folder: Path | None) -> Any:  # noqa: ANN401  # Keys, imported when asked for
    from tongguan.exchange.signing import Keys

    if folder is None:
        return None
    try:
        return Keys.from_folder(folder)
    except (OSError, ValueError) as error:
        raise InputRefused([Finding("input.file_unreadable", "--keys", {"why": str(error)})]) from error


def _write_receipt(folder: Path, one: _File, judged: Judged, written: set[Path]) -> Path:
    """The file of a receipt; messages of one name in different folders get numbers."""
    from tongguan.exchange.dictionary import kinds
    from tongguan.exchange.reading import CHINA
    from tongguan.exchange.receipts import receipt
    from tongguan.exchange.writing import write

    day = _day_of_message(judged.received)
    answer = receipt(judged, dt.datetime(day.year, day.month, day.day, tzinfo=CHINA))
    folder.mkdir(parents=True, exist_ok=True)
    path, number = folder / f"{one.path.stem}.{kinds()[answer.kind].root}.xml", 1
    while path in written:
        number += 1
        path = folder / f"{one.path.stem}-{number}.{kinds()[answer.kind].root}.xml"
    written.add(path)
    path.write_bytes(write(answer))
    return path


def _say_more(answer: dict[str, Any], lang: Lang, *, is_unsigned: bool) -> None:
    from tongguan.assessment.letter import Sentence, say
    from tongguan.cli.render import show

    if is_unsigned:
        show([Sentence(say("exchange_page.unsigned"), "quiet")], lang)
    if "receipt" in answer:
        show([Sentence(say("exchange_page.receipt_written", file=answer["receipt"]), "quiet")], lang)


def _as_json(one: _File) -> dict[str, Any]:
    """What was read, field by field. A field that could not be read is null; its fault says why."""
    from tongguan.exchange.reading import UNREAD

    def plain(value: Any) -> Any:  # noqa: ANN401  # whatever a model holds
        if value is UNREAD:
            return None
        if isinstance(value, msgspec.Struct):
            return {name: plain(getattr(value, name)) for name in value.__struct_fields__}
        if isinstance(value, tuple):
            return [plain(part) for part in value]
        return msgspec.to_builtins(value)

    return {
        "file": str(one.path),
        "message": plain(one.received.message),
        "faults": [f.to_json() for f in one.received.all_faults],
    }


def _print_json(content: object) -> None:
    sys.stdout.write(json.dumps(content, ensure_ascii=False, indent=2) + "\n")
