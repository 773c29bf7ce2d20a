"""Load an official table: read it by its mapping, show what would change, and keep it as a new version.

A dry run and a load do the same, except that a dry run keeps nothing. A row that cannot be read is refused with its number, its code and every
reason; the load stands still when more rows are refused than the mapping allows, unless they are accepted in so many words. Refused rows are kept
beside the version, so that nothing is lost in silence. Each load continues its series: a period that is skipped, repeated or out of order stops it.
"""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import hashlib
import io
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tongguan.grammar.findings import Finding, InputRefused
from tongguan.grammar.mappings import WordColumn
from tongguan.grammar.money import PPM, decimal_text, ppm_of
from tongguan.tariff.mapping import (
    CodeException,
    Mapping,
    RateColumn,
    header_differs,
    mapping_for_header,
    mapping_needed,
    mapping_text,
    named_mapping,
)
from tongguan.tariff.rate_text import NotARate, ReadRate, read_rate
from tongguan.tariff.schedule import Rate, Schedule
from tongguan.tariff.store import (
    ONE_DAY,
    LoadedSchedule,
    RefusedRow,
    TableLine,
    TableRate,
    Version,
    add_version,
    figures,
    load_schedule,
    open_reading,
    read_versions,
    writing,
)

MAX_FILE_BYTES = 256 * 1024 * 1024
"""A whole national tariff is under ten megabytes; far beyond that the file is something else."""
EXCEL_SUFFIXES = frozenset({".xls", ".xlsx", ".xlsm", ".xlsb", ".ods"})

Cell = object
"""Text from CSV; from a workbook also numbers, days and truth values."""


# --- the file ---------------------------------------------------------------


class RawTable(NamedTuple):
    """A file as rows of cells. `rows` pairs each row with its number in the file, the header being one of them."""

    rows: list[tuple[int, list[Cell]]]
    encoding: str
    sha256: str


def _refuse(code: str, path: Path, **facts: str) -> InputRefused:
    return InputRefused([Finding(code, path.name, {"file": path.name, **facts})])


def read_raw(path: Path, sheet: str = "", encoding: str = "") -> RawTable:
    """Rows of a CSV file or a workbook. Raises InputRefused when it cannot be read at all."""
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise _refuse("tariff.file_too_large", path, size=str(size), limit=str(MAX_FILE_BYTES))
        content = path.read_bytes()
    except OSError as error:
        raise _refuse("tariff.file_unreadable", path, why=str(error)) from error
    sha256 = hashlib.sha256(content).hexdigest()
    if path.suffix.lower() in EXCEL_SUFFIXES:
        return RawTable(_excel_rows(path, content, sheet), "workbook", sha256)
    text, used = decode(path, content, encoding)
    try:
        rows: list[list[Cell]] = [list(row) for row in csv.reader(io.StringIO(text, newline=""), strict=True)]
    except csv.Error as error:
        raise _refuse("tariff.file_unreadable", path, why=str(error)) from error
    return RawTable([(n, row) for n, row in enumerate(rows, 1) if row], used, sha256)


def decode(path: Path, content: bytes, encoding: str) -> tuple[str, str]:
    """The text of a file and the encoding it was in: the one declared, else UTF-8 and then GB18030, both strictly. Raises InputRefused."""
    trials = [encoding] if encoding else ["utf-8", "gb18030"]
    failed = ""
    if b"\x00" in content:
        raise _refuse("tariff.encoding_unknown", path, tried=", ".join(trials), why="NUL")
    for trial in trials:
        try:
            if trial == "utf-8" and content.startswith(codecs.BOM_UTF8):
                return content.decode("utf-8-sig"), "utf-8-bom"
            return content.decode(trial), trial
        except UnicodeDecodeError as error:
            failed = f"{trial}: {error.reason}, {error.start}"
    raise _refuse("tariff.encoding_unknown", path, tried=", ".join(trials), why=failed)


def _excel_rows(path: Path, content: bytes, sheet: str) -> list[tuple[int, list[Cell]]]:
    try:
        from python_calamine import CalamineError, CalamineWorkbook
    except ImportError as error:
        raise _refuse("tariff.workbook_reader_missing", path) from error
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = workbook.sheet_names
        if sheet and sheet not in names:
            raise _refuse("tariff.sheet_missing", path, sheet=sheet, sheets=", ".join(names))
        rows = workbook.get_sheet_by_name(sheet or names[0]).to_python(skip_empty_area=False)
    except (CalamineError, OSError, IndexError) as error:
        raise _refuse("tariff.file_unreadable", path, why=str(error)) from error
    return [(n, list(row)) for n, row in enumerate(rows, 1) if any(cell != "" for cell in row)]


def header_of(raw: RawTable, header_row: int) -> list[str]:
    """The header's cells as text; empty when the file has no such row."""
    for number, cells in raw.rows:
        if number == header_row:
            return [str(cell) for cell in cells]
    return []


# --- its rows ---------------------------------------------------------------


class ReadTable(NamedTuple):
    """What a file says by its mapping."""

    lines: list[TableLine]
    rates: list[TableRate]
    refused: list[RefusedRow]
    rows_read: int
    rows_skipped: int
    rows_refused: int
    blanks: dict[str, int]
    excepted: dict[str, int]


class _RowRefused(Exception):
    """Carries the reasons of one row; never leaves this module."""

    def __init__(self, reasons: list[tuple[str, dict[str, str]]]) -> None:
        super().__init__()
        self.reasons = reasons


def cell_text(cell: Cell) -> str:
    """A cell as text, digits and signs in their narrow form; a number as the person sees it, without exponent."""
    if isinstance(cell, str):
        return unicodedata.normalize("NFKC", cell).strip()
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return str(cell)
    from decimal import Decimal

    return decimal_text(Decimal(repr(cell)))


class _Reader:
    """Reads rows by one mapping."""

    def __init__(self, mapping: Mapping, header: list[str]) -> None:
        self.mapping = mapping
        self.place = {column: at for at, column in enumerate(header)}
        self.width = len(header)
        self.blanks: Counter[str] = Counter()
        self.excepted: Counter[str] = Counter()

    def text(self, cells: list[Cell], column: str) -> str:
        return cell_text(cells[self.place[column]]) if column else ""

    def code(self, cells: list[Cell]) -> str:
        """The code with its leading zeros. Raises _RowRefused."""
        declared = self.mapping.code
        cell = cells[self.place[declared.column]]
        if not isinstance(cell, str):
            number = cell_text(cell)
            if not declared.pad_numeric_codes or not number.isdigit() or len(number) > declared.digits:
                raise _RowRefused([("tariff.row_code_numeric", {"value": number, "digits": str(declared.digits)})])
            return number.zfill(declared.digits)
        code = cell_text(cell).replace(".", "").replace(" ", "")
        if len(code) != declared.digits or not (code.isascii() and code.isdigit()):
            raise _RowRefused([("tariff.row_code_digits", {"value": cell_text(cell), "digits": str(declared.digits)})])
        return code

    def skips(self, cells: list[Cell]) -> bool:
        """Whether the mapping leaves this row aside. Raises _RowRefused for a value it does not know, or a row of another width."""
        if len(cells) != self.width:
            raise _RowRefused([("tariff.row_width", {"width": str(len(cells)), "expected": str(self.width)})])
        rows = self.mapping.rows
        if rows is None:
            return False
        value = self.text(cells, rows.column)
        if value not in rows.keep and value not in rows.skip:
            raise _RowRefused([("tariff.row_value_not_declared", {"column": rows.column, "value": value})])
        return value in rows.skip

    def row(self, cells: list[Cell]) -> tuple[TableLine, list[TableRate]]:
        """One line and its rates. Raises _RowRefused with every reason."""
        reasons: list[tuple[str, dict[str, str]]] = []
        code = ""
        try:
            code = self.code(cells)
        except _RowRefused as refused:
            reasons += refused.reasons
        m = self.mapping
        unit, second_unit = (self.word(cells, column, reasons) for column in (m.unit, m.second_unit))
        vat_class, ct_class = (self.word(cells, column, reasons) for column in (m.vat_class, m.ct_class))
        band = self.text(cells, m.band)
        rates = [rate for column in m.rates for rate in self.rate(cells, column, code, band, reasons)]
        if reasons:
            raise _RowRefused(reasons)
        scope = (
            "in_quota"
            if any(e.treat == "in_quota" and code.startswith(tuple(e.prefixes)) for e in m.exceptions)
            else ""
        )
        names = (self.text(cells, m.name_zh), self.text(cells, m.name_en))
        return TableLine(code, band, scope, unit, second_unit, vat_class, ct_class, *names), _merged(rates)

    def word(self, cells: list[Cell], column: WordColumn | None, reasons: list[tuple[str, dict[str, str]]]) -> str:
        if column is None:
            return ""
        value = self.text(cells, column.column)
        if value and value not in column.values:
            reasons.append(("tariff.row_value_not_declared", {"column": column.column, "value": value}))
        return column.values.get(value, "")

    def rate(
        self, cells: list[Cell], column: RateColumn, code: str, band: str, reasons: list[tuple[str, dict[str, str]]]
    ) -> Iterator[TableRate]:
        """The rate of one cell, if it states one. A blank states nothing; it is never zero."""
        text = self.text(cells, column.column)
        if not text:
            self.blanks[column.column] += 1
            return
        try:
            read = read_rate(text, column.unit)
        except NotARate as error:
            reasons.append((error.code, {"column": column.column, "value": text}))
            return
        exception = self.exception(code, column.column)
        if exception:
            self.excepted[exception.treat] += 1
        if exception is None or exception.treat != "not_stated":
            yield _table_rate(code, band, column, read, exception)

    def exception(self, code: str, column: str) -> CodeException | None:
        for exception in self.mapping.exceptions:
            if code.startswith(tuple(exception.prefixes)) and (not exception.columns or column in exception.columns):
                return exception
        return None


def _table_rate(code: str, band: str, column: RateColumn, read: ReadRate, exception: CodeException | None) -> TableRate:
    equivalent = exception is not None and exception.treat == "equivalent"
    kind = "in_quota" if exception and exception.treat == "in_quota" and column.kind == "mfn" else column.kind
    note = "; ".join(part for part in (column.note, exception.why if exception else "") if part)
    confidence = "M?" if equivalent else column.confidence
    return TableRate(
        code, band, kind, column.scheme, column.since, column.last_day, *read, equivalent, confidence, note
    )


def _merged(rates: list[TableRate]) -> list[TableRate]:
    """Columns that follow each other and say the same become one dated rate."""
    merged: list[TableRate] = []
    for rate in sorted(rates, key=lambda r: (r.kind, r.scheme, r.since)):
        last = merged[-1] if merged else None
        if last and last.until == rate.since - ONE_DAY and last._replace(since=rate.since, until=rate.until) == rate:
            merged[-1] = last._replace(until=rate.until)
        else:
            merged.append(rate)
    return merged


def read_table(raw: RawTable, mapping: Mapping) -> ReadTable:
    """Every row of a file, read or refused."""
    reader = _Reader(mapping, header_of(raw, mapping.header_row))
    kept: dict[tuple[str, str], list[tuple[int, TableLine, list[TableRate]]]] = {}
    refused: list[RefusedRow] = []
    read = skipped = 0
    for number, cells in raw.rows:
        if number <= mapping.header_row:
            continue
        read += 1
        width = len(cells)
        raw_code = (
            cell_text(cells[reader.place[mapping.code.column]]) if width > reader.place[mapping.code.column] else ""
        )
        try:
            if reader.skips(cells):
                skipped += 1
                continue
            line, rates = reader.row(cells)
        except _RowRefused as error:
            refused += [RefusedRow(number, raw_code, reason, facts) for reason, facts in error.reasons]
        else:
            kept.setdefault((line.code, line.band), []).append((number, line, rates))
    for (code, band), rows in kept.items():
        if len(rows) > 1:  # which of them is right cannot be known
            numbers = ", ".join(str(number) for number, _, _ in rows)
            refused += [
                RefusedRow(number, code, "tariff.row_code_twice", {"rows": numbers, "band": band})
                for number, _, _ in rows
            ]
    single = [rows[0] for rows in kept.values() if len(rows) == 1]
    refused.sort(key=lambda row: row.row)
    return ReadTable(
        [line for _, line, _ in single],
        [rate for _, _, rates in single for rate in rates],
        refused,
        read,
        skipped,
        len({row.row for row in refused}),
        dict(reader.blanks),
        dict(reader.excepted),
    )


# --- what would change ------------------------------------------------------


class RateChange(NamedTuple):
    """A rate that the file states otherwise than what is held now, from `since` on. `old` None: nothing was held."""

    code: str
    band: str
    kind: str
    scheme: str
    since: dt.date
    old: Rate | None
    new: TableRate


class TableDifference(NamedTuple):
    """The file beside what is held."""

    added: list[str]
    retired: list[str]
    changed: list[RateChange]
    unchanged: int


def compare(schedule: Schedule, table: ReadTable, mapping: Mapping) -> TableDifference:
    """What a load would change, line by line."""
    by_code: dict[tuple[str, str], list[TableRate]] = {}
    for rate in table.rates:
        by_code.setdefault((rate.code, rate.band), []).append(rate)
    added, changed = [], []
    unchanged = 0
    for line in table.lines:
        rates = by_code.get((line.code, line.band), [])
        if not _held_lines(schedule, line.code):
            added.append(line.code)
            continue
        differences = [
            c for rate in rates if not rate.equivalent for c in _rate_changes(schedule, rate, mapping.period.until)
        ]
        changed += differences
        unchanged += not differences
    return TableDifference(list(dict.fromkeys(added)), retired_by(schedule, table, mapping), changed, unchanged)


def _held_lines(schedule: Schedule, code: str) -> bool:
    if isinstance(schedule, LoadedSchedule):
        family = schedule.families.get(code[:8])
        return family is not None and bool(family.editions(code))
    return code[:8] in schedule.lines


def _held_rates(schedule: Schedule, rate: TableRate, day: dt.date) -> list[Rate | None]:
    """What is held of the same kind on a day; several when the detailed codes of an 8-digit line differ."""
    key = (rate.kind, rate.scheme)
    if isinstance(schedule, LoadedSchedule):
        stated = schedule.families[rate.code[:8]].alternatives(rate.code, day).get(key, [])
        return [a.rate for a in stated if a.band == rate.band] or [a.rate for a in stated] or [None]
    return [r for r in schedule.rates_on(rate.code[:8], day) if (r.kind, r.scheme) == key] or [None]


def _rate_changes(schedule: Schedule, rate: TableRate, period_until: dt.date) -> list[RateChange]:
    """Where the rate differs from what is held within the period: the first day of each difference."""
    until = min(rate.until, period_until)
    turns = {r.since for r in _held_timeline(schedule, rate)} | {
        r.until + ONE_DAY for r in _held_timeline(schedule, rate) if r.until < until
    }
    changes: list[RateChange] = []
    before: object = rate
    for day in sorted({rate.since} | {turn for turn in turns if rate.since < turn <= until}):
        other = [held for held in _held_rates(schedule, rate, day) if held is None or figures(held) != figures(rate)]
        now = figures(other[0]) if other and other[0] else other
        if other and now != before:
            changes.append(RateChange(rate.code, rate.band, rate.kind, rate.scheme, day, other[0], rate))
        before = now
    return changes


def _held_timeline(schedule: Schedule, rate: TableRate) -> list[Rate]:
    key = (rate.kind, rate.scheme)
    if isinstance(schedule, LoadedSchedule):
        return [r for detail in schedule.families[rate.code[:8]].details for r in detail.rates.get(key, [])]
    return [r for r in schedule.rates.get(rate.code[:8], []) if (r.kind, r.scheme) == key]


def retired_by(schedule: Schedule, table: ReadTable, mapping: Mapping) -> list[str]:
    """Codes that end because a complete table does not list them any more; a partial table ends nothing."""
    if not mapping.complete:
        return []
    listed = {line.code for line in table.lines} | {row.code for row in table.refused}
    lines8 = {code[:8] for code in listed}
    day = mapping.period.from_
    retired = []
    for code, editions in schedule.lines.items():
        gone = code not in lines8 if len(code) == 8 else code not in listed and len(next(iter(listed), "")) == 10
        if gone and any(line.since <= day <= line.until for line in editions):
            retired.append(code)
    return retired


# --- loading ----------------------------------------------------------------


class Load(NamedTuple):
    """A dry run, or a load: what was read, what changes, what stands in the way. `version` None: nothing was kept."""

    file_name: str
    sha256: str
    encoding: str
    mapping: Mapping
    mapping_is_shipped: bool
    table: ReadTable
    difference: TableDifference
    findings: list[Finding]
    compared_with: list[int]
    version: int | None

    @property
    def stopped(self) -> bool:
        """Whether something stands in the way of keeping it."""
        return any(finding.severity == "error" for finding in self.findings)


def load(
    home: Path, path: Path, given_mapping: str | None, accept_refused: bool, dry_run: bool, loaded_at: dt.datetime
) -> Load:
    """Read a table and, unless it is a dry run or something stands in the way, keep it as a new version. Raises InputRefused."""
    mapping, raw, shipped = _read_with_mapping(path, given_mapping)
    table = read_table(raw, mapping)
    notes = _notes(raw, mapping, table, shipped)
    notes += _refusal(table, mapping, accept_refused)
    if not table.lines:
        notes.append(Finding("tariff.table_empty", path.name, {"file": path.name}))
    connection = open_reading(home)
    versions = read_versions(connection)
    if connection is not None:
        connection.close()
    notes += sequence_findings(versions, mapping, raw.sha256)
    compared_with = [v.version for v in versions[-1:]]
    schedule = load_schedule(home, sum(compared_with))
    difference = compare(schedule, table, mapping)
    if isinstance(schedule, LoadedSchedule):
        schedule.close()
    made = Load(path.name, raw.sha256, raw.encoding, mapping, shipped, table, difference, notes, compared_with, None)
    return made if dry_run or made.stopped else _keep(home, made, loaded_at)


def _keep(home: Path, made: Load, loaded_at: dt.datetime) -> Load:
    """Write the version; the sequence is checked again inside the transaction, in case somebody else has just loaded."""
    table, m = made.table, made.mapping
    with writing(home) as connection:
        versions = read_versions(connection)
        in_the_way = sequence_findings(versions, m, made.sha256)
        if not in_the_way and [v.version for v in versions[-1:]] != made.compared_with:
            in_the_way = [Finding("tariff.store_changed", "")]
        if in_the_way:
            return made._replace(findings=made.findings + in_the_way)
        number = versions[-1].version + 1 if versions else 1
        version = Version(
            number, m.series, m.sequence, m.corrects, m.period.from_, m.period.until, m.lines_until, m.complete, m.source, m.confidence,
            made.file_name, made.sha256, made.encoding, m.name, mapping_text(m), loaded_at.isoformat(timespec="seconds"),
            table.rows_read, table.rows_skipped, table.rows_refused, len(table.lines), len(table.rates),
        )  # fmt: skip
        add_version(connection, version, table.lines, table.rates, made.difference.retired, table.refused)
    return made._replace(version=number)


def _read_with_mapping(path: Path, given_mapping: str | None) -> tuple[Mapping, RawTable, bool]:
    if given_mapping is not None:
        mapping = named_mapping(given_mapping)
        raw = read_raw(path, mapping.sheet, mapping.encoding)
        differs = header_differs(mapping, header_of(raw, mapping.header_row))
        if differs:
            raise InputRefused([differs])
        return mapping, raw, False
    raw = read_raw(path)
    header = header_of(raw, 1)
    shipped = mapping_for_header(header, path.name)
    if shipped is None:
        raise InputRefused([mapping_needed(header, path.name)])
    return shipped, raw, True


def _notes(raw: RawTable, mapping: Mapping, table: ReadTable, shipped: bool) -> list[Finding]:
    """What a person should know about how the file was read."""
    used = "tariff.mapping_shipped_used" if shipped else "tariff.mapping_given_used"
    facts = {
        "mapping": mapping.name,
        "source": mapping.source,
        "from": mapping.period.from_.isoformat(),
        "until": mapping.period.until.isoformat(),
    }
    notes = [Finding(used, "header", facts, severity="note")]
    if raw.encoding in {"gb18030", "utf-8-bom"}:
        notes.append(Finding("tariff.encoding_used", "", {"encoding": raw.encoding}, severity="note"))
    blanks = {column: count for column, count in table.blanks.items() if count}
    if blanks:
        listed = ", ".join(f"{column} {count}" for column, count in blanks.items())
        notes.append(Finding("tariff.blank_rates", "", {"columns": listed}, severity="note"))
    if table.rows_skipped and mapping.rows:
        facts = {
            "count": str(table.rows_skipped),
            "column": mapping.rows.column,
            "values": ", ".join(mapping.rows.skip),
        }
        notes.append(Finding("tariff.rows_skipped", "", facts, severity="note"))
    for exception in mapping.exceptions:
        if table.excepted.get(exception.treat):
            facts = {
                "prefixes": ", ".join(exception.prefixes[:6]) + (" …" if len(exception.prefixes) > 6 else ""),
                "why": exception.why,
            }
            notes.append(Finding(f"tariff.exception_{exception.treat}", "", facts, severity="note"))
    return notes


def _refusal(table: ReadTable, mapping: Mapping, accept_refused: bool) -> list[Finding]:
    """Whether the refused rows stop the load."""
    if not table.rows_refused:
        return []
    allowed = table.rows_read * ppm_of(mapping.refused_share_allowed) // PPM
    facts = {"refused": str(table.rows_refused), "rows": str(table.rows_read), "allowed": str(allowed)}
    if accept_refused or table.rows_refused <= allowed:
        return [Finding("tariff.rows_refused_accepted", "", facts, severity="warning")]
    return [Finding("tariff.rows_refused", "", facts)]


def sequence_findings(versions: list[Version], m: Mapping, sha256: str) -> list[Finding]:
    """Whether a load continues its series: the next number, and a period that begins the day after the last one ended."""
    series = [v for v in versions if v.series == m.series]
    if not series:
        return []
    last = max(series, key=lambda v: (v.sequence, v.version))
    facts = {
        "series": m.series, "sequence": str(m.sequence), "last_sequence": str(last.sequence), "expected": str(last.sequence + 1),
        "from": m.period.from_.isoformat(), "until": m.period.until.isoformat(), "last_from": last.period_from.isoformat(),
        "last_until": last.period_until.isoformat(), "version": str(last.version), "mapping": m.name,
    }  # fmt: skip
    same = next(
        (v for v in series if v.sha256 == sha256 and v.period_from == m.period.from_ and v.mapping == mapping_text(m)),
        None,
    )
    code = ""
    if same:
        code, facts["version"] = "tariff.period_repeated", str(same.version)
    elif m.corrects is not None:
        if m.sequence != last.sequence or (m.period.from_, m.period.until) != (last.period_from, last.period_until):
            code = "tariff.correction_not_last"
    elif m.sequence == last.sequence or (m.period.from_, m.period.until) == (last.period_from, last.period_until):
        code = "tariff.period_repeated"
    elif m.sequence < last.sequence or m.period.from_ < last.period_from:
        code = "tariff.period_out_of_order"
    elif m.sequence > last.sequence + 1 or m.period.from_ > last.period_until + ONE_DAY:
        code = "tariff.period_skipped"
    elif m.period.from_ <= last.period_until:
        code = "tariff.period_overlaps"
    return [Finding(code, "period", facts)] if code else []
