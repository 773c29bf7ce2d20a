"""Tables and documents that come from outside, bounded and read without running or guessing anything.

A cell that begins like a formula is never taken as a value: a workbook's formulas arrive as the results it kept, and a CSV's would only be worked out by
whoever opens our answer in a spreadsheet. What we write out is made harmless the same way (`harmless`).
"""

from __future__ import annotations

import json
import unicodedata
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tongguan.grammar.findings import Finding, InputRefused
from tongguan.grammar.money import NotAnAmount, decimal_of
from tongguan.grammar.strict_yaml import load_from_outside
from tongguan.tariff.load import EXCEL_SUFFIXES, cell_text, decode, read_raw

MAX_BYTES = 8 * 1024 * 1024
MAX_UNFOLDED_BYTES = 64 * 1024 * 1024
"""A workbook is a zip file; one that unfolds beyond this is not a bill."""
MAX_ROWS = 20_000
MAX_TEXT = 500
DOCUMENTS = frozenset({".yaml", ".yml", ".json"})
TABLES = frozenset({".csv", ".tsv", ".txt"}) | EXCEL_SUFFIXES

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Row(NamedTuple):
    """One row as text, with its number in the file."""

    number: int
    cells: list[str]


def _refused(code: str, path: Path, **facts: str) -> InputRefused:
    return InputRefused([Finding(code, path.name, {"file": path.name, **facts})])


def _bounded(path: Path) -> None:
    """Refuse what is missing, too large, or unfolds beyond measure."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise _refused("fees.file_too_large", path, limit=f"{MAX_BYTES // 1024 // 1024} MB")
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as folded:
                if sum(part.file_size for part in folded.infolist()) > MAX_UNFOLDED_BYTES:
                    raise _refused("fees.file_too_large", path, limit=f"{MAX_UNFOLDED_BYTES // 1024 // 1024} MB")
    except (OSError, zipfile.BadZipFile) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise _refused("fees.file_unreadable", path, why=why) from error


def read_rows(path: Path, sheet: str = "") -> tuple[list[Row], str]:
    """Rows of a CSV file or workbook as text, and the file's hash. Raises InputRefused."""
    _bounded(path)
    raw = read_raw(path, sheet)
    if len(raw.rows) > MAX_ROWS:
        raise _refused("fees.too_many_rows", path, limit=str(MAX_ROWS))
    rows = [Row(number, [cell_text(cell) for cell in cells]) for number, cells in raw.rows]
    return [row for row in rows if any(row.cells)], raw.sha256


def read_document(path: Path) -> Any:  # noqa: ANN401  # whatever the document holds; its reader checks every part
    """A YAML or JSON document whose every scalar is text. Raises InputRefused."""
    _bounded(path)
    text, _ = decode(path, path.read_bytes(), "")
    try:
        if path.suffix.lower() == ".json":
            return json.loads(text, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=_no_doubles)
        return load_from_outside(text)
    except RecursionError as error:
        raise _refused("fees.document_broken", path, why="nested too deep") from error
    except (yaml.YAMLError, ValueError) as error:
        why = " ".join(str(error).split())[:200]
        raise _refused("fees.document_broken", path, why=why) from error


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for key, value in pairs:
        if key in content:
            raise ValueError(f"the key {key[:60]!r} stands twice")
        content[key] = value
    return content


def plain(text: str) -> str:
    """Text in plain forms, trimmed, no longer than MAX_TEXT."""
    return unicodedata.normalize("NFKC", text).strip()[:MAX_TEXT]


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would work this text out instead of showing it. A plain number with its sign is no formula."""
    if not text.startswith(_FORMULA):
        return False
    try:
        decimal_of(text)
    except NotAnAmount:
        return text.strip() not in {"-", "+", ""}
    return False


def harmless(text: str) -> str:
    """Text that no spreadsheet will work out."""
    return f"'{text}" if is_formula(text) else text
