"""From a message to its bytes: one canonical form, in the shape of the published samples.

The same message always gives the same bytes, and reading them gives the same message. UTF-8, LF, a tab for each level; messages of firms carry the
prefix ceb, receipts the default namespace; fields stand in the order of the schema; what was not sent is not written, what was sent empty is written
empty. The signature is not written: it belongs to the bytes it was made for (`signing.sign` puts a new one in).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Any

from tongguan.exchange.dictionary import NAMESPACE, fields, kinds
from tongguan.exchange.shape import Document, Message

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'

Written = Callable[[Any], str]


def write(message: Message) -> bytes:
    """The canonical bytes of a message, without a signature."""
    kind = kinds()[message.kind]
    prefix, binding = ("ceb:", "xmlns:ceb") if kind.receipt is not None else ("", "xmlns")
    out = [
        f'{DECLARATION}<{prefix}{kind.root} {binding}="{NAMESPACE}" guid="{quoted(message.guid)}" version="{quoted(message.version)}">\n'
    ]
    for document in message.documents:
        out.append(f"\t<{prefix}{kind.document}>\n")
        out += _document(kind.head or kind.document, kind.head, document, message.edition, prefix)
        if kind.lines:
            for line in document.lines:  # type: ignore[union-attr]  # the kinds that name lines have them
                out += _element(kind.lines, line, message.edition, prefix, 2)
        out.append(f"\t</{prefix}{kind.document}>\n")
    if message.transfer is not None:
        out += _element("BaseTransfer", message.transfer, message.edition, prefix, 1)
    for subscription in message.subscriptions:
        out += _element("BaseSubscribe", subscription, message.edition, prefix, 1)
    if message.extension is not None:
        own = message.extension
        out.append(
            f"\t<{prefix}ExtendMessage>\n\t\t<{prefix}name>{escaped(own.name)}</{prefix}name>\n\t\t<{prefix}version>{escaped(own.version)}</{prefix}version>\n"
            f"\t\t<{prefix}Message>{own.content}</{prefix}Message>\n\t</{prefix}ExtendMessage>\n"
        )
    out.append(f"</{prefix}{kind.root}>\n")
    return "".join(out).encode("utf-8")


def _document(group: str, head: str, document: Document, edition: str, prefix: str) -> list[str]:
    """The fields of a document, inside their head where there is one."""
    if head:
        return _element(head, document, edition, prefix, 2)
    return _fields(group, document, edition, prefix, 2)


def _element(group: str, content: object, edition: str, prefix: str, level: int) -> list[str]:
    indent = "\t" * level
    return [
        f"{indent}<{prefix}{group}>\n",
        *_fields(group, content, edition, prefix, level + 1),
        f"{indent}</{prefix}{group}>\n",
    ]


def _fields(group: str, content: object, edition: str, prefix: str, level: int) -> list[str]:
    indent = "\t" * level
    out = []
    for name, element, written in _plan(group, edition):
        value = getattr(content, name)
        if value is not None:
            out.append(f"{indent}<{prefix}{element}>{written(value)}</{prefix}{element}>\n")
    return out


@cache
def _plan(group: str, edition: str) -> tuple[tuple[str, str, Written], ...]:
    return tuple((f.name, f.element, _WRITTEN[f.kind]) for f in fields(edition)[group].values())


def escaped(text: str) -> str:
    """Text inside an element."""
    if "&" in text or "<" in text or ">" in text or "\r" in text:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")
    return text


def quoted(text: str) -> str:
    """Text inside double quotes."""
    return escaped(text).replace('"', "&quot;").replace("\t", "&#9;").replace("\n", "&#10;")


def _amount(value: Decimal) -> str:
    return format(value, "f")


def _day(value: dt.date) -> str:
    return f"{value:%Y%m%d}"


def _moment(value: dt.datetime) -> str:
    return f"{value:%Y%m%d%H%M%S}"


def _stamp(value: dt.datetime) -> str:
    return f"{value:%Y%m%d%H%M%S}{value.microsecond // 1000:03d}"


_WRITTEN: dict[str, Written] = {
    "text": escaped,
    "code": escaped,
    "identity": escaped,
    "amount": _amount,
    "whole": str,
    "day": _day,
    "moment": _moment,
    "stamp": _stamp,
}
