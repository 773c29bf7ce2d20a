"""The answer to a message: a receipt for each document with its official state and every fault, or one receipt that the message could not be read.

The same judgement always gives the same receipt, byte for byte: the number of a receipt is made from what it answers, so that an answer given twice
is seen to be one.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from tongguan.exchange.dictionary import fields, kinds, states
from tongguan.exchange.judging import Judged, Judgement
from tongguan.exchange.reading import UNREAD, Unread
from tongguan.exchange.shape import FormatReceipt, Message
from tongguan.grammar.findings import Finding

UNREADABLE = 900
NOT_READ = "-1"
MAX_INFO = 1000
MAX_FORMAT_INFO = 5000
MAX_ORIGINAL = 100_000
"""Characters of a message that could not be read, given back with the answer."""
_NUMBERS = uuid.UUID("6f1d6a5e-5c0a-4f0b-9a55-2d8c6c1f0c62")

Numbered = Callable[[Judgement], str]


def receipt(judged: Judged, at: dt.datetime, numbered: Numbered | None = None) -> Message:
    """The receipt of a judged message. `numbered` gives the number of the port system (预录入编号) of a document; by default the day and its place.

    A message whose documents cannot be told apart, since their own numbers could not be read, is answered as one that could not be read.
    """
    message, data = judged.received.message, judged.received.data
    kind = kinds().get(message.kind) if message else None
    if message is None or kind is None or kind.receipt is None:
        return unread(judged.all_faults, data, at, kind.root if kind else "Unknown")
    number_of = numbered or (lambda one: f"B{at:%Y%m%d}{one.number:09d}")
    shape = kinds()[kind.receipt].shape
    try:
        documents = tuple(_answer(shape, kind.receipt, judged, one, at, number_of) for one in judged.documents)
    except Unread:
        documents = ()
    if not documents:
        return unread(judged.all_faults, data, at, kind.root)
    return Message(
        kind=kind.receipt,
        edition=message.edition,
        guid=_guid(message.guid, *(d.guid for d in documents)),
        version="1.0",
        documents=documents,
    )


def unread(faults: Iterable[Finding], data: bytes, at: dt.datetime, original_type: str = "Unknown") -> Message:
    """The receipt of a message of which nothing could be used."""
    info = info_of(faults, MAX_FORMAT_INFO)
    original = "".join(c if c.isprintable() or c in "\t\n" else "\ufffd" for c in data[:MAX_ORIGINAL].decode("utf-8", "replace"))  # fmt: skip
    guid = _guid(original_type, info, original)
    answer = FormatReceipt(
        guid=guid, state=NOT_READ, info=info, answered_at=at, original_id="", original_type=original_type, original=original
    )  # fmt: skip
    return Message(kind=UNREADABLE, edition="202205", guid=guid, version="1.0", documents=(answer,))


def _answer(shape: Any, kind: int, judged: Judged, one: Judgement, at: dt.datetime, number_of: Numbered) -> Any:  # noqa: ANN401  # of the receipt's class
    document: Any = one.document
    of_message = [f for f in judged.faults if f.severity == "error"]
    faults = [*of_message, *one.faults]
    values: dict[str, Any] = {
        "guid": _guid(document.guid, str(one.number), one.state, f"{at:%Y%m%d%H%M%S%f}"),
        "state": one.state,
        "answered_at": at,
        "info": info_of(faults, MAX_INFO) or said_of_state(one.state),
    }
    for field in fields("202205")[kinds()[kind].head or kinds()[kind].document].values():
        if field.name in values:
            continue
        value = getattr(document, field.name, None)
        if value is UNREAD and not field.required:
            value = None
        if isinstance(value, str) and not (field.least or 0) <= len(value) <= (field.most or 0):
            value = None  # a number that may be shorter in a message than in its receipt is left out
        if field.name == "pre_no":
            value = value or number_of(one)
        elif field.name == "own_no" and not value:
            value = document.guid[-20:]
        if value is not None and value != "":
            values[field.name] = value
    return shape(**values)


def said_of_state(state: str) -> str:
    """What an official state means, as a receipt says it."""
    known = states().get(state)
    return f"[Code:{state};Desc:{known.zh} {known.en}]" if known else f"[Code:{state}]"


def info_of(faults: Iterable[Finding], most: int) -> str:
    """Every fault in one text: code, place, cause and cure, errors first. What does not fit is counted."""
    ranked = sorted((f for f in faults if f.severity != "note"), key=lambda f: f.severity != "error")
    told: list[str] = []
    left = most
    for number, fault in enumerate(ranked):
        text = f"[Code:{fault.code};Path:{fault.path};Desc:{fault.message('zh')}{fault.next_step('zh')}]"
        rest = len(ranked) - number
        room = left - (len(f"[+{rest}]") if rest > 1 else 0)
        if len(text) > room:
            told.append(f"[+{rest}]")
            break
        told.append(text)
        left -= len(text)
    return "".join(told)


def _guid(*parts: str) -> str:
    return str(uuid.uuid5(_NUMBERS, "\n".join(str(part) for part in parts))).upper()
