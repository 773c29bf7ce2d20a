"""Bytes from outside to an element tree, safely: UTF-8 only, no document type, bounded in size and number of elements.

Expat reads, by way of the tree builder of the standard library; comments and processing instructions are dropped. Without a document type there are
no entities but the five of XML, so nothing unfolds and nothing outside is fetched.

Reading  The specifications name no encoding; every published sample is UTF-8, some with a byte order mark, and so are the messages we accept.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET  # a document type is refused before anything is parsed
from pathlib import Path
from xml.parsers.expat import errors

from tongguan.grammar.findings import Finding

MAX_BYTES = 16 * 1024 * 1024
"""A message of 100 documents of 99 lines, each field at its usual length, takes about 8 MB."""
MAX_ELEMENTS = 400_000
"""100 inventories of 99 lines have about 250,000."""
MAX_DEPTH = 24
"""The deepest published message, a declaration with its vehicles, has 6 levels."""

_DECLARED = re.compile(rb"""\A(?:\xef\xbb\xbf)?<\?xml[^>]*?\bencoding\s*=\s*["']([A-Za-z0-9._-]*)["']""")
_CUT_SHORT = {
    errors.codes[text]
    for text in (
        errors.XML_ERROR_NO_ELEMENTS,
        errors.XML_ERROR_UNCLOSED_TOKEN,
        errors.XML_ERROR_PARTIAL_CHAR,
        errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
}


class Unsafe(Exception):
    """The bytes cannot be read as a message; `finding` says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message("en"))
        self.finding = finding


def read_bytes(path: Path) -> bytes:
    """A file, no more of it than a message may hold. Raises Unsafe."""
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise Unsafe(_too_large(path.stat().st_size))
    return data


def _too_large(size: int) -> Finding:
    return Finding("exchange.too_large", "", {"size": str(size), "limit": str(MAX_BYTES)})


def parse(data: bytes) -> ET.Element:
    """The root element. Raises Unsafe."""
    if len(data) > MAX_BYTES:
        raise Unsafe(_too_large(len(data)))
    if not data.strip():
        raise Unsafe(Finding("exchange.empty"))
    _check_encoding(data)
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise Unsafe(Finding("exchange.document_type"))
    # A lone "<" is an element, its end or an instruction: counting them bounds the elements before any is built.
    if data.count(b"<") - data.count(b"</") > MAX_ELEMENTS:
        raise Unsafe(Finding("exchange.too_many_elements", "", {"limit": str(MAX_ELEMENTS)}))
    parser = ET.XMLParser()  # noqa: S314  # no document type can reach it
    try:
        parser.feed(data)
        root: ET.Element = parser.close()
    except ET.ParseError as error:
        line, column = error.position
        code = "exchange.cut_short" if error.code in _CUT_SHORT else "exchange.not_xml"
        raise Unsafe(Finding(code, "", {"line": str(line), "column": str(column + 1)})) from error
    return root


def _check_encoding(data: bytes) -> None:
    declared = _DECLARED.match(data)
    name = declared[1].decode("ascii") if declared else ""
    if data.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00<", b"<\x00")):
        raise Unsafe(Finding("exchange.not_utf8_declared", "", {"encoding": "UTF-16"}))
    if name and name.upper() not in ("UTF-8", "UTF8", "US-ASCII"):
        raise Unsafe(Finding("exchange.not_utf8_declared", "", {"encoding": name}))
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            raise Unsafe(
                Finding("exchange.cut_short", "", {"line": str(data.count(b"\n") + 1), "column": "?"})
            ) from error
        facts = {"at": str(error.start + 1), "byte": f"{data[error.start]:02X}"}
        code = "exchange.gb18030_labelled_utf8" if _is_gb18030(data) else "exchange.not_utf8"
        raise Unsafe(Finding(code, "", facts)) from error


def _is_gb18030(data: bytes) -> bool:
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        return False
    return True


def check_depth(element: ET.Element) -> None:
    """For parts of a message that nothing bounds: the fields of documents are never followed deeper than the schema goes. Raises Unsafe."""
    level = [element]
    for _ in range(MAX_DEPTH):
        level = [child for one in level for child in one]
        if not level:
            return
    raise Unsafe(Finding("exchange.too_deep", "", {"limit": str(MAX_DEPTH)}))
