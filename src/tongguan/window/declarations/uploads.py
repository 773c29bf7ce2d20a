"""Files from outside: what is let in, by what it is and not by what it is called.

PDF, PNG, JPEG, XLSX, CSV and XML are let in. What a file says it is (its name) and what it is (its bytes) must agree; archives, programs, pages with
scripts, macros and formulas are refused with the reason, all reasons at once. A PDF's streams are not unpacked: a script hidden in a compressed
stream is not seen here, which is why nothing that came in is ever shown as a page of ours.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from xml.parsers import expat  # document types and entities are refused before anything is expanded

import puremagic

from tongguan.grammar.findings import Finding, InputRefused

MOST_BYTES = 10 * 1024 * 1024
"""One file. Scans of contracts have a few megabytes; larger ones can be scanned with fewer dots."""
LONGEST_NAME = 120
MOST_UNPACKED = 64 * 1024 * 1024
MOST_PARTS = 2000
"""Of a workbook, which is an archive inside."""
LONGEST_CELL = 32_767
"""What a cell of a workbook can hold; no honest file has longer ones."""


@dataclass(frozen=True)
class Upload:
    """A file that was let in: its name for people, its real type and its bytes."""

    name: str
    kind: str
    content: bytes


def accept(name: str, content: bytes) -> Upload:
    """The file with its real type. Raises InputRefused with every reason."""
    found = _of_name(name)
    extension = name.rpartition(".")[2].lower()
    kind = KINDS.get(extension)
    if not content:
        found.append(_finding("empty", name))
    elif len(content) > MOST_BYTES:
        found.append(_finding("too_large", name, limit=str(MOST_BYTES // 1024 // 1024)))
    elif kind is None:
        found.append(_finding("type_not_accepted", name, known=", ".join(sorted(KINDS))))
    else:
        found += kind.examine(name, content)
    if found or kind is None:
        raise InputRefused(found)
    return Upload(name, kind.mime, content)


def _finding(code: str, name: str, **facts: str) -> Finding:
    shown = "".join(c if c.isprintable() else "�" for c in name)[:LONGEST_NAME]
    return Finding(f"upload.{code}", "file", {"name": shown, **facts})


def _of_name(name: str) -> list[Finding]:
    found = []
    if not name.strip() or len(name) > LONGEST_NAME:
        found.append(_finding("name_length", name, limit=str(LONGEST_NAME)))
    if any(unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for c in name):
        found.append(_finding("name_control_characters", name))
    if any(c in name for c in '/\\<>:"|?*') or name.startswith(".") or ".." in name:
        found.append(_finding("name_with_path", name))
    return found


# --- what each type must and must not be ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kind:
    """A type that is let in, and what is looked at in a file that says it is one."""

    mime: str
    examine: Callable[[str, bytes], list[Finding]]


def _looks_like(content: bytes) -> str:
    """What the bytes say the file is, in words for a finding; empty when they say nothing."""
    try:
        matches = puremagic.magic_string(content)
    except (puremagic.PureError, ValueError):
        return ""
    return next((m.mime_type for m in matches if m.mime_type), "") if matches else ""


def _wrong(name: str, content: bytes) -> list[Finding]:
    return [_finding("not_what_it_says", name, looks=_looks_like(content) or "?")]


def _pdf(name: str, content: bytes) -> list[Finding]:
    if not content.startswith(b"%PDF-") or b"%%EOF" not in content[-2048:]:
        return _wrong(name, content)
    # Names in a PDF may be written with #xx for any letter.
    plain = re.sub(rb"#([0-9A-Fa-f]{2})", lambda m: bytes([int(m[1], 16)]), content)
    if re.search(rb"/(JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA)\b", plain):
        return [_finding("active_content", name)]
    return []


def _image(*starts: bytes, end: bytes) -> Callable[[str, bytes], list[Finding]]:
    def examine(name: str, content: bytes) -> list[Finding]:
        if not content.startswith(starts):
            return _wrong(name, content)
        if end not in content[-64:]:  # what follows the end of a picture is no picture
            return [_finding("something_behind", name)]
        return []

    return examine


def _workbook(name: str, content: bytes) -> list[Finding]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            return _parts_of_workbook(name, content, book)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, ValueError, OSError, zipfile.zlib.error):  # type: ignore[attr-defined]
        return _wrong(name, content)


_FOREIGN = ("vbaproject", "macrosheets", "activex", "embeddings", "externallinks", "oleobject")
_ARCHIVES = (b"PK\x03\x04", b"7z\xbc\xaf", b"Rar!", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"MZ", b"\x7fELF")


def _parts_of_workbook(name: str, content: bytes, book: zipfile.ZipFile) -> list[Finding]:
    parts = book.infolist()
    names = {part.filename for part in parts}
    if not {"[Content_Types].xml", "xl/workbook.xml"} <= names:
        return [_finding("archive", name)] if parts else _wrong(name, content)
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        return [_finding("unpacks_too_large", name, limit=str(MOST_UNPACKED // 1024 // 1024))]
    found: dict[str, Finding] = {}
    unpacked = 0
    for part in parts:
        low = part.filename.lower()
        if any(word in low for word in _FOREIGN):
            found["active_content"] = _finding("active_content", name)
        with book.open(part) as stream:  # the size an archive states is not believed
            inner = stream.read(MOST_UNPACKED - unpacked + 1)
        unpacked += len(inner)
        if unpacked > MOST_UNPACKED:
            return [_finding("unpacks_too_large", name, limit=str(MOST_UNPACKED // 1024 // 1024))]
        if inner.startswith(_ARCHIVES):
            found["archive"] = _finding("archive", name)
        if low.startswith("xl/worksheets/") and re.search(rb"<(\w+:)?f[\s/>]", inner):
            found["formulas"] = _finding("formulas", name)
    return list(found.values())


def text_of(content: bytes) -> str | None:
    """The text of a file in UTF-8 or GB 18030, the two encodings spreadsheets are saved in here; None for anything else."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if any(unicodedata.category(c) == "Cc" and c not in "\t\r\n" for c in text) else text
    return None


_NUMBER = re.compile(r"[+-]?[\d.,\s]*%?")


def _csv(name: str, content: bytes) -> list[Finding]:
    text = text_of(content)
    if text is None or text.lstrip()[:1] == "<" or text.startswith(("#!", "%PDF")):
        return _wrong(name, content)
    try:
        csv.field_size_limit(LONGEST_CELL)
        is_formula = any(
            cell.lstrip()[:1] in {"=", "@"} or (cell.lstrip()[:1] in {"+", "-"} and not _NUMBER.fullmatch(cell.strip()))
            for row in csv.reader(io.StringIO(text, newline=""))
            for cell in row
        )
    except csv.Error:
        return _wrong(name, content)
    return [_finding("formulas", name)] if is_formula else []


class _Refused(Exception):
    """A document that is not plain data."""


def _xml(name: str, content: bytes) -> list[Finding]:
    def no_types(*_: object) -> None:
        raise _Refused

    def element(tag: str, attributes: dict[str, str]) -> None:
        local = tag.rpartition("}")[2].rpartition(":")[2].lower()
        if local in {"svg", "html", "script", "stylesheet", "transform"}:
            raise _Refused
        if any(key.lower().startswith("on") for key in attributes):
            raise _Refused

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = no_types
    parser.ProcessingInstructionHandler = no_types
    parser.StartElementHandler = element
    try:
        parser.Parse(content, True)
    except expat.ExpatError:
        return _wrong(name, content)
    except _Refused:
        return [_finding("active_content", name)]
    return []


KINDS = {
    "pdf": Kind("application/pdf", _pdf),
    "png": Kind("image/png", _image(b"\x89PNG\r\n\x1a\n", end=b"IEND")),
    "jpg": Kind("image/jpeg", _image(b"\xff\xd8\xff", end=b"\xff\xd9")),
    "jpeg": Kind("image/jpeg", _image(b"\xff\xd8\xff", end=b"\xff\xd9")),
    "xlsx": Kind("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _workbook),
    "csv": Kind("text/csv", _csv),
    "xml": Kind("application/xml", _xml),
}
"""By extension. Files are handed back as attachments whatever they are."""
