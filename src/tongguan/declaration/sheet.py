"""Declarations by the sheet: a client's own columns in, the good ones out, the rest handed back with a column that says what is wrong.

A sheet from outside is bounded before it is opened (size, what it unfolds to, archives and macros inside), nothing in it is run, and what we hand back
is made harmless to the program that opens it (no cell begins like a formula).
"""

from __future__ import annotations

import csv
import difflib
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from tongguan.declaration.canonical import facts
from tongguan.declaration.codes import code_table
from tongguan.declaration.dictionary import NESTED, REPEATED, SINGLE, Field, fields
from tongguan.declaration.reading import read
from tongguan.declaration.shape import Declaration
from tongguan.fees.sheet import harmless
from tongguan.grammar.findings import Finding, InputRefused
from tongguan.grammar.strict_yaml import read_yaml
from tongguan.tariff.load import cell_text

MAX_BYTES = 8 * 1024 * 1024
MAX_UNFOLDED_BYTES = 64 * 1024 * 1024
"""A workbook is a zip file; one that unfolds beyond this is no list of goods."""
MAX_PARTS = 1_000
MAX_ROWS = 20_000
MAX_COLUMNS = 300
MAX_CELL = 4_000
MAX_NAME = 120
REFERENCE, ITEM = "reference", "goods.item"
ARCHIVES = (
    ".zip",
    ".xlsx",
    ".xlsm",
    ".xls",
    ".docx",
    ".7z",
    ".rar",
    ".gz",
    ".tar",
    ".jar",
    ".bin",
    ".exe",
    ".js",
    ".vbs",
)
_NAMES_REFUSED = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069]')
_ENTITY = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_FORMULA = re.compile(rb"<(?:\w+:)?f[ >]")
BEGINS_A_FORMULA = "="
"""In a text cell of a CSV file; + and - may begin a number, @ a transit number (gacc-2018-60#10)."""


class Row(NamedTuple):
    """One row as text, with its number in the file as a spreadsheet counts it."""

    number: int
    cells: list[str]


class Table(NamedTuple):
    """A sheet as text: names of columns, rows, and what was noticed on the way."""

    header: list[str]
    rows: list[Row]
    findings: list[Finding]


class AtRow(NamedTuple):
    """A finding with the row and the column it is about; row 0 is the sheet as a whole."""

    row: int
    column: str
    finding: Finding


class Accepted(NamedTuple):
    """A declaration that could be read, with the rows it came from and what to look at again."""

    reference: str
    declaration: Declaration
    rows: list[int]
    warnings: list[AtRow]


class Upload(NamedTuple):
    """A sheet read: the good ones, the findings of the rest, and the sheet itself for handing back."""

    accepted: list[Accepted]
    refused: list[AtRow]
    table: Table
    refused_rows: set[int]


# --- in ----------------------------------------------------------------------


def read_table(content: bytes, name: str) -> Table:
    """The first sheet of a workbook, or a CSV file, as text. Raises InputRefused with the reason."""
    if _NAMES_REFUSED.search(name) or len(name) > MAX_NAME or not name.strip():
        raise _refused("declaration.sheet_name", name)
    if len(content) > MAX_BYTES:
        raise _refused("declaration.sheet_too_large", name, limit=f"{MAX_BYTES // 1024 // 1024} MB")
    findings: list[Finding] = []
    if content.startswith(b"PK"):
        rows = _workbook(content, name, findings)
    elif content.startswith(
        (b"%PDF", b"\xd0\xcf\x11\xe0", b"\x1f\x8b", b"7z", b"Rar!", b"MZ", b"\x89PNG", b"\xff\xd8\xff")
    ):
        raise _refused("declaration.sheet_wrong_type", name)
    else:
        rows = _text_file(content, name)
    filled = [Row(number, cells) for number, cells in rows if any(cells)]
    if not filled:
        raise _refused("declaration.sheet_empty", name)
    if any("\0" in cell for row in filled for cell in row.cells):  # written _x0000_; no database keeps it
        raise _refused("declaration.sheet_unreadable", name)
    header, body = filled[0].cells, filled[1:]
    if len(body) > MAX_ROWS or len(header) > MAX_COLUMNS:
        raise _refused("declaration.sheet_too_long", name, rows=str(MAX_ROWS), columns=str(MAX_COLUMNS))
    return Table(header, body, findings)


def _refused(code: str, name: str, **words: str) -> InputRefused:
    shown = _NAMES_REFUSED.sub("_", name)[:MAX_NAME] or "-"
    return InputRefused([Finding(code, shown, {"file": shown, **words})])


def _workbook(content: bytes, name: str, findings: list[Finding]) -> list[tuple[int, list[str]]]:
    """The rows of the first sheet, once the archive proved to be a plain workbook."""
    formulas = _look_inside(content, name)
    if formulas:
        findings.append(Finding("declaration.sheet_formulas", "", {"number": str(formulas)}, severity="warning"))
    from python_calamine import CalamineError, load_workbook

    try:
        sheet = load_workbook(io.BytesIO(content)).get_sheet_by_index(0)
        rows = sheet.to_python(skip_empty_area=False)
    except (CalamineError, ValueError, IndexError, OSError) as error:
        raise _refused("declaration.sheet_unreadable", name) from error
    return [(n, [_unquoted(_text_of(cell)) for cell in cells]) for n, cells in enumerate(rows, start=1)]


def _look_inside(content: bytes, name: str) -> int:
    """Refuse bombs, archives in archives, macros and entities; the number of cells with a formula."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            names = [part.filename.lower() for part in parts]
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNFOLDED_BYTES:
                raise _refused("declaration.sheet_too_large", name, limit=f"{MAX_UNFOLDED_BYTES // 1024 // 1024} MB")
            if "xl/workbook.xml" not in names:
                raise _refused("declaration.sheet_wrong_type", name)
            if any(one.endswith(ARCHIVES) for one in names if not one.endswith("printersettings1.bin")):
                raise _refused("declaration.sheet_holds_files", name)
            formulas = 0
            unfolded = 0
            for part in parts:
                with archive.open(part) as opened:
                    data = opened.read(MAX_UNFOLDED_BYTES - unfolded + 1)
                unfolded += len(data)
                if unfolded > MAX_UNFOLDED_BYTES:
                    raise _refused(
                        "declaration.sheet_too_large", name, limit=f"{MAX_UNFOLDED_BYTES // 1024 // 1024} MB"
                    )
                if _ENTITY.search(data):
                    raise _refused("declaration.sheet_holds_files", name)
                if part.filename.lower().startswith("xl/worksheets/"):
                    formulas += len(_FORMULA.findall(data))
            return formulas
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError, zipfile.LargeZipFile) as error:
        raise _refused("declaration.sheet_unreadable", name) from error


def _text_file(content: bytes, name: str) -> list[tuple[int, list[str]]]:
    if b"\x00" in content:
        raise _refused("declaration.sheet_wrong_type", name)
    text = _decoded(content)
    if text is None:
        raise _refused("declaration.sheet_encoding", name)
    if text.lstrip()[:15].lower().startswith(("<!doctype", "<html", "<?xml", "<script", "{", "[")):
        raise _refused("declaration.sheet_wrong_type", name)
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        return [(n, [_unquoted(cell.strip()[:MAX_CELL]) for cell in cells]) for n, cells in enumerate(reader, start=1)]
    except csv.Error as error:
        raise _refused("declaration.sheet_unreadable", name) from error


def _decoded(content: bytes) -> str | None:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _text_of(cell: Any) -> str:  # noqa: ANN401  # whatever a cell holds
    """A cell as text: as it is written, a number without exponent, a day in ISO order."""
    return (cell.strip() if isinstance(cell, str) else cell_text(cell))[:MAX_CELL]


def _unquoted(cell: str) -> str:
    """A cell we made harmless ourselves, as it was."""
    return cell[1:] if cell.startswith("'") and cell[1:2] in ("=", "+", "-", "@") else cell


# --- whose column is which field -------------------------------------------------


def _plain(name: str) -> str:
    return re.sub(r"[^0-9a-z\u3400-\u9fff]", "", unicodedata.normalize("NFKC", name).lower())


@cache
def _names() -> dict[str, str]:
    """Fields by every plain name of theirs. Names of the form come before what people say."""
    names: dict[str, str] = {}
    for path, called in read_yaml(Path(__file__).parent / "columns.yaml", dict[str, list[str]]).items():
        names.update(dict.fromkeys(map(_plain, called), path))
    for field in fields().values():
        path = f"goods.{field.path}" if field.group in NESTED else field.path
        for name in (field.zh, re.split("[（(]", field.zh)[0], field.en, field.official):
            if name and is_place(path):
                names.setdefault(_plain(name), path)
    return names


def _called(column: str) -> str:
    """The field of a column's name, as it stands or without what follows in brackets: 毛重（KG）."""
    names = _names()
    return names.get(_plain(column)) or names.get(_plain(re.split("[（(]", column)[0]), "")


NEAR = 0.86
"""A column whose name is this like one of ours is proposed for it."""


def suggest(header: Sequence[str]) -> dict[str, str]:
    """A field for each column whose name tells it, the first column where two would fit. A path in brackets, as we write it, is taken as it stands."""
    found: dict[str, str] = {}
    for column in header:
        written = re.search(r"\[([^\[\]]+)\]\s*$", column)
        path = written[1] if written and is_place(written[1]) else _called(column)
        if not path and len(_plain(column)) > 3:  # shorter names are like too many others
            near = difflib.get_close_matches(_plain(column), _names(), 1, NEAR)
            path = _names()[near[0]] if near else ""
        if path and path not in found.values() and column not in found:
            found[column] = path
    return found


def is_place(path: str) -> bool:
    """Whether a column can be led there: a field, a nested one, or a named value such as goods.facts.species."""
    return path in (REFERENCE, ITEM) or _field_at(path) is not None


def _field_at(path: str) -> Field | None:
    parts = path.split(".")
    if len(parts) == 3:  # group, field and a name below it
        if parts[0] == "goods" and parts[1] in NESTED:
            return fields().get(f"{parts[1]}.{parts[2]}")
        above = fields().get(f"{parts[0]}.{parts[1]}")
        return above if above is not None and above.kind in ("amounts", "words") else None
    field = fields().get(path)
    return (
        field
        if field is not None and field.kind not in ("amounts", "words", "list", "open") and field.group not in NESTED
        else None
    )


# --- rows into declarations ---------------------------------------------------------


class _Making(msgspec.Struct):
    """A declaration being put together from its rows, and where each part came from."""

    raw: dict[str, Any] = {}
    rows: list[int] = []
    origin: dict[str, tuple[int, str]] = {}
    items: dict[str, int] = {}
    problems: list[AtRow] = []
    warnings: list[AtRow] = []


def read_rows(content: bytes, mapping: Mapping[str, str] | None = None, *, name: str = "workbook") -> Upload:
    """Every declaration of a sheet, read or refused. Raises InputRefused when the sheet itself, or the mapping, cannot be used.

    `mapping` leads names of columns to fields (`suggest` proposes one); columns it leaves out are ignored. Rows with the same reference are one
    declaration; without a column of references the whole sheet is one.
    """
    table = read_table(content, name)
    chosen = dict(mapping) if mapping is not None else suggest(table.header)
    _mapping_problems(chosen, table)
    places = [(n, column, chosen[column]) for n, column in enumerate(table.header) if column in chosen]
    makings: dict[str, _Making] = {}
    last = "1"
    for row in table.rows:
        told = [(column, path, row.cells[n]) for n, column, path in places if n < len(row.cells) and row.cells[n]]
        last = next((cell for _, path, cell in told if path == REFERENCE), last)
        _take(makings.setdefault(last, _Making({}, [], {}, {}, [], [])), row.number, told)
    accepted: list[Accepted] = []
    refused: list[AtRow] = []
    refused_rows: set[int] = set()
    for reference, making in makings.items():
        try:
            declaration = read(making.raw)
        except InputRefused as problems:
            making.problems += [_at_row(making, finding) for finding in problems.findings]
        else:
            if not making.problems:
                accepted.append(Accepted(reference, declaration, making.rows, making.warnings))
                continue
        refused += making.problems
        refused_rows |= set(making.rows)
    return Upload(accepted, refused, table, refused_rows)


def _mapping_problems(mapping: dict[str, str], table: Table) -> None:
    problems = []
    for column, path in mapping.items():
        if column not in table.header:
            problems.append(Finding("declaration.column_missing", column[:60], {"column": column[:60]}))
        if not is_place(path):
            problems.append(
                Finding("declaration.column_to_nowhere", column[:60], {"column": column[:60], "path": path[:60]})
            )
    doubled = sorted({path for path in mapping.values() if list(mapping.values()).count(path) > 1})
    problems += [Finding("declaration.column_twice", path, {"path": path}) for path in doubled]
    if not mapping:
        problems.append(Finding("declaration.no_column_known", "", {"columns": ", ".join(table.header)[:200]}))
    if problems:
        raise InputRefused(problems)


def _take(making: _Making, number: int, told: list[tuple[str, str, str]]) -> None:
    """One row into the declaration it belongs to."""
    making.rows.append(number)
    entries: dict[str, dict[str, Any]] = {}
    item = next((cell for _, path, cell in told if path == ITEM), "")
    places: dict[str, str] = {}
    for column, path, cell in told:
        if path in (REFERENCE, ITEM):
            continue
        if cell.startswith(BEGINS_A_FORMULA):
            making.problems.append(
                AtRow(number, column, Finding("declaration.cell_is_formula", path, {"read": cell[:40]}))
            )
            continue
        group, _, rest = path.partition(".")
        value = _mended(making, number, column, path, cell)
        if group in SINGLE:
            _once(making, number, column, path, value)
        else:
            _put(entries.setdefault(group, {}), rest, value)
            places[path] = column
    for group in REPEATED:
        if group in entries:
            _add(making, group, entries[group], item, number, beside_goods="goods" in entries)
            for path, column in places.items():
                if path.startswith(f"{group}."):
                    place = len(making.raw[group]) - 1 if group != "goods" or not item else making.items[item]
                    making.origin[f"{group}[{place}].{path.partition('.')[2]}"] = (number, column)


def _mended(making: _Making, number: int, column: str, path: str, cell: str) -> str:
    """A code whose leading zeros the spreadsheet dropped, with them again, and said so."""
    field = _field_at(path)
    mended = ""
    if field is not None and field.kind == "code" and cell.isdigit():
        codes = code_table(field.table).codes
        if cell not in codes:
            mended = next((c for w in range(len(cell) + 1, field.max + 1) if (c := cell.zfill(w)) in codes), "")
    elif path == "goods.commodity_code" and cell.isdigit() and len(cell) in (9, 12):
        mended = "0" + cell
    if not mended:
        return cell
    facts_of_it = {"read": cell, "used": mended}
    making.warnings.append(
        AtRow(number, column, Finding("declaration.zeros_restored", path, facts_of_it, severity="warning"))
    )
    return mended


def _once(making: _Making, number: int, column: str, path: str, value: str) -> None:
    """A fact of the whole declaration: told in any row, the same in all."""
    group, _, rest = path.partition(".")
    content = making.raw.setdefault(group, {})
    before = _got(content, rest)
    if before is None:
        _put(content, rest, value)
        making.origin[path] = (number, column)
    elif before != value:
        first = str(making.origin[path][0])
        words = {"first": first, "before": before[:60], "read": value[:60]}
        making.problems.append(AtRow(number, column, Finding("declaration.rows_differ", path, words)))


def _got(content: dict[str, Any], rest: str) -> str | None:
    head, _, tail = rest.partition(".")
    value = content.get(head)
    return value.get(tail) if isinstance(value, dict) else value


def _put(content: dict[str, Any], rest: str, value: str) -> None:
    head, _, tail = rest.partition(".")
    if not tail:
        content[head] = value
    elif head in NESTED:
        content.setdefault(head, [{}])[0][tail] = value
    else:
        content.setdefault(head, {})[tail] = value


def _add(making: _Making, group: str, entry: dict[str, Any], item: str, number: int, *, beside_goods: bool) -> None:
    """A row's goods item, container or paper; a row of an item seen before adds a preference or vehicle to it.

    A paper on the row of a goods item is for that item, on a row of its own for all.
    """
    entries = making.raw.setdefault(group, [])
    if group == "goods" and item:
        if item in making.items:
            earlier = entries[making.items[item]]
            for name, value in entry.items():
                if name in NESTED:
                    earlier.setdefault(name, []).extend(value)
                elif earlier.get(name, value) != value:
                    words = {"first": item, "before": str(earlier[name])[:60], "read": str(value)[:60]}
                    making.problems.append(
                        AtRow(number, "", Finding("declaration.rows_differ", f"goods.{name}", words))
                    )
            return
        making.items[item] = len(entries)
    if group == "papers" and "goods" not in entry and beside_goods:
        entry["goods"] = [len(making.raw["goods"])]
    entries.append(entry)


def _at_row(making: _Making, finding: Finding) -> AtRow:
    """The row and column a finding of the declaration came from."""
    place = making.origin.get(finding.path)
    if place is None:
        near = [where for path, where in making.origin.items() if finding.path.startswith(path)]
        place = near[0] if near else (making.rows[0], "")
    return AtRow(place[0], place[1], finding)


# --- out ---------------------------------------------------------------------------


def hand_back(upload: Upload, language: str = "zh") -> bytes:
    """The rows of declarations that were not accepted, as a workbook with a column that says what is wrong and what next."""
    wrong = {"zh": "问题", "en": "What is wrong"}[language]
    by_row: dict[int, list[str]] = {}
    for row, column, finding in upload.refused:
        text = " ".join(t for t in (finding.message(language), finding.next_step(language)) if t)
        by_row.setdefault(row, []).append(f"{column}: {text}" if column else text)
    table = upload.table
    rows = [
        [*row.cells, *[""] * (len(table.header) - len(row.cells)), "\n".join(by_row.get(row.number, []))]
        for row in table.rows
        if row.number in upload.refused_rows
    ]
    return workbook([*table.header, wrong], rows)


def workbook(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A plain workbook of text cells, none of which begins like a formula."""
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    ) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True})
        wrapped = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
        for place, name in enumerate(header):
            sheet.write_string(0, place, harmless(name), bold)
        for number, row in enumerate(rows, start=1):
            for place, cell in enumerate(row):
                if cell:
                    sheet.write_string(number, place, harmless(cell), wrapped)
        sheet.freeze_panes(1, 0)
    return out.getvalue()


def write_rows(
    declarations: Iterable[tuple[str, Declaration]], language: str = "zh"
) -> tuple[list[str], list[list[str]]]:
    """Declarations as names of columns and rows, which `read_rows` reads back the same. A bill of materials has no place in a sheet."""
    rows: list[dict[str, str]] = []
    for reference, declaration in declarations:
        told = facts(declaration)
        own = _rows_of(told)
        own[0].update({f"{group}.{k}": v for group in SINGLE for k, v in _flat(told.get(group, {})).items()})
        rows += [{REFERENCE: reference, **row} for row in own]
    order = [REFERENCE, ITEM, *_ordered({path for row in rows for path in row} - {REFERENCE, ITEM})]
    return [_column(path, language) for path in order], [[row.get(path, "") for path in order] for row in rows]


def _rows_of(told: dict[str, Any]) -> list[dict[str, str]]:
    """One row a goods item with its first preference and vehicle, more for further ones; containers and papers on rows of their own."""
    rows: list[dict[str, str]] = []
    for number, goods in enumerate(told.get("goods", []), start=1):
        plain = {k: v for k, v in goods.items() if k not in (*NESTED, "bill")}
        nested = [(name, one) for name in NESTED for one in goods.get(name, [])]
        rows.append({ITEM: str(number), **{f"goods.{k}": v for k, v in _flat(plain).items()}})
        rows += [{ITEM: str(number), **{f"goods.{name}.{k}": v for k, v in _flat(one).items()}} for name, one in nested]
    for group in ("containers", "papers"):
        for one in told.get(group, []):
            rows.append({f"{group}.{k}": v for k, v in _flat(one).items()})
    return rows or [{}]


def _flat(content: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in content.items():
        if isinstance(value, dict):
            found.update({f"{name}.{k}": str(v) for k, v in value.items()})
        elif isinstance(value, bool):
            found[name] = "yes" if value else "no"
        elif isinstance(value, (list, tuple)):
            found[name] = ",".join(map(str, value))
        else:
            found[name] = str(value)
    return found


def _ordered(paths: set[str]) -> list[str]:
    """Paths in the order of the form."""
    order = [f"goods.{f.path}" if f.group in NESTED else f.path for f in fields().values()]
    place = {path: n for n, path in enumerate(order)}
    return sorted(paths, key=lambda path: (place.get(path, place.get(path.rpartition(".")[0], len(order))), path))


def _column(path: str, language: str) -> str:
    if path in (REFERENCE, ITEM):
        return {REFERENCE: {"zh": "编号", "en": "Reference"}, ITEM: {"zh": "项号", "en": "Item"}}[path][
            language
        ] + f" [{path}]"
    field = _field_at(path)
    name = (field.zh if language == "zh" else field.en) if field is not None else path
    return f"{name} [{path}]"
