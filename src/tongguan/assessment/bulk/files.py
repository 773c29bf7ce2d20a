"""Files in, files out: CSV, Excel and Parquet, a stretch at a time, so that fifty million rows need no more memory than fifty thousand.

A CSV file is cut into blocks at line ends and each block is read by itself. A line that is not a row of the table (too few or too many fields, an open
quotation mark, characters that cannot be read) is refused by its number and the rest goes on; it keeps its place among the answers. Everything is read
as text. UTF-8 with or without a mark, UTF-16 with a mark, and GB18030 are read.

Answers go to a file beside the one wanted and take its name when all is done: nothing is ever half-written.
"""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import io
import os
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from tongguan.assessment.bulk import codes as k
from tongguan.assessment.bulk import words as w
from tongguan.assessment.bulk.row import Array, Arrow
from tongguan.assessment.bulk.run import CHUNK, MOST_ROWS_OF_A_CONSIGNMENT, Batch
from tongguan.grammar.findings import Finding, InputRefused

BLOCK = 4 * 1024 * 1024
SAMPLE = 1024 * 1024
LONGEST_LINE = 4 * 1024 * 1024
MOST_EXCEL_ROWS = 1_048_575
REPLACEMENT = "\ufffd"
EXCEL = frozenset({".xlsx", ".xls", ".xlsb", ".xlsm", ".ods"})
KINDS = frozenset({".csv", ".tsv", ".txt", ".parquet", *EXCEL})


def refused(code: str, path: Path, **facts: str) -> InputRefused:
    """A file that cannot be read or written as a whole."""
    return InputRefused([Finding(code, path.name, {"file": path.name, **facts})])


class Source(NamedTuple):
    """A file of rows: its columns, how many bytes it has, and its batches with how far the file is read."""

    columns: list[str]
    size: int
    batches: Callable[[], Iterator[tuple[Batch, int]]]


def open_source(path: Path) -> Source:
    """A file of rows. Raises InputRefused when it cannot be read at all."""
    if not path.is_file():
        raise refused("bulk.file_missing", path)
    try:
        if path.suffix.lower() == ".parquet":
            return _parquet(path)
        if path.suffix.lower() in EXCEL:
            return _excel(path)
        return _csv(path)
    except OSError as error:
        raise refused("bulk.file_unreadable", path, why=str(error.strerror or error)) from error
    except pa.ArrowInvalid as error:
        raise refused("bulk.file_unreadable", path, why=str(error).split("\n", 1)[0][:200]) from error


# --- Parquet -------------------------------------------------------------------------------------------------------------------------


def _parquet(path: Path) -> Source:
    file = pq.ParquetFile(path)
    names = [str(name) for name in file.schema_arrow.names]
    size = path.stat().st_size

    def batches() -> Iterator[tuple[Batch, int]]:
        number = 1
        rows = max(1, file.metadata.num_rows)
        with pq.ParquetFile(path) as again:
            for part in again.iter_batches(batch_size=2 * CHUNK):
                yield Batch(pa.Table.from_batches([part]), None, number), (number - 1 + part.num_rows) * size // rows
                number += part.num_rows

    return Source(names, size, batches)


# --- Excel ---------------------------------------------------------------------------------------------------------------------------


def _excel(path: Path) -> Source:
    """The first sheet of a workbook; numbers become the text a person typed, days become days."""
    try:
        import python_calamine
    except ImportError as error:
        raise refused("bulk.needs_calamine", path) from error
    try:
        rows = python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python(skip_empty_area=False)
    except Exception as error:  # the library raises many kinds, all meaning that it is not a workbook
        raise refused("bulk.file_unreadable", path, why=str(error)[:200]) from error
    while rows and not any(cell not in ("", None) for cell in rows[0]):
        rows.pop(0)
    if not rows:
        raise refused("bulk.file_empty", path)
    names = [cell_text(cell) for cell in rows[0]]
    size = path.stat().st_size

    def batches() -> Iterator[tuple[Batch, int]]:
        for low in range(1, len(rows), CHUNK):
            part = rows[low : low + CHUNK]
            columns = [
                pa.array([cell_text(row[place]) if place < len(row) else "" for row in part])
                for place in range(len(names))
            ]
            yield (
                Batch(pa.Table.from_arrays(columns, names=names), None, low),
                min(low + CHUNK, len(rows)) * size // len(rows),
            )

    return Source(names, size, batches)


def cell_text(cell: object) -> str:
    """A cell as text: a whole number without its ".0", a number as it was typed, a day as 2025-03-03."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(sep=" ")
    if isinstance(cell, dt.date):
        return cell.isoformat()
    if isinstance(cell, float):
        if cell.is_integer() and abs(cell) < 10**15:
            return str(int(cell))
        return format(Decimal(repr(cell)), "f")
    return str(cell)


# --- CSV -----------------------------------------------------------------------------------------------------------------------------


def encoding_of(path: Path) -> str:
    """The encoding of a text file, from its mark or its first megabyte."""
    with path.open("rb") as file:
        sample = file.read(SAMPLE)
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if sample.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    try:
        codecs.getincrementaldecoder("utf-8")("strict").decode(sample, final=len(sample) < SAMPLE)
    except UnicodeDecodeError as error:
        # one bad line in a long file of UTF-8 does not make it GB18030: that would show in most lines beyond ASCII
        try:
            codecs.getincrementaldecoder("gb18030")("strict").decode(sample, final=False)
        except UnicodeDecodeError:
            return "utf-8"
        decoded = sample.decode("utf-8", errors="replace")
        good = sum(1 for c in decoded if ord(c) > 127 and c != REPLACEMENT)
        return "utf-8" if good > 3 * decoded.count(REPLACEMENT) and error.start > 0 else "gb18030"
    return "utf-8"


def _recoded(path: Path, encoding: str) -> Iterator[bytes]:
    """The file as UTF-8 in blocks; what cannot be read becomes U+FFFD, and the line it stands in is refused later."""
    with path.open("rb") as file:
        if encoding in ("utf-8", "utf-8-sig"):
            if encoding == "utf-8-sig":
                file.seek(len(codecs.BOM_UTF8))
            while block := file.read(BLOCK):
                yield block
            return
        decoder = codecs.getincrementaldecoder(encoding)("replace")
        while block := file.read(BLOCK):
            yield decoder.decode(block).encode()
        yield decoder.decode(b"", final=True).encode()


def _lines(path: Path, encoding: str) -> Iterator[bytes]:
    """Blocks of whole lines."""
    rest = b""
    for read in _recoded(path, encoding):
        block = rest + read if rest else read
        end = block.rfind(b"\n") + 1
        if end == 0 and len(block) < LONGEST_LINE:
            rest = block
            continue
        yield block[: end or len(block)]
        rest = block[end:] if end else b""
    if rest.strip():
        yield rest


def _separator(line: str) -> str:
    return max(",\t;|", key=line.count)


def _csv(path: Path) -> Source:
    encoding = encoding_of(path)
    first = next(_lines(path, encoding), b"")
    while first and not first.split(b"\n", 1)[0].strip():
        first = first.split(b"\n", 1)[1] if b"\n" in first else b""
    if not first:
        raise refused("bulk.file_empty", path)
    header = first.split(b"\n", 1)[0].decode("utf-8", errors="replace").rstrip("\r").lstrip("\ufeff")
    separator = _separator(header)
    names = next(csv.reader([header], delimiter=separator))
    doubled = {name for name in names if names.count(name) > 1}
    if doubled:
        raise InputRefused(
            [Finding("bulk.column_twice", name, {"column": name, "name": name}) for name in sorted(doubled)]
        )
    size = path.stat().st_size

    def batches() -> Iterator[tuple[Batch, int]]:
        number = 1
        done = 0
        is_first = True
        for block in _lines(path, encoding):
            lines = block
            if is_first:
                while not lines.split(b"\n", 1)[0].strip():
                    lines = lines.split(b"\n", 1)[1]
                lines = lines.split(b"\n", 1)[1] if b"\n" in lines else b""
                is_first = False
            done += len(block)
            table, marks = read_block(lines, names, separator)
            if table.num_rows:
                yield Batch(table, marks, number), min(done, size)
                number += table.num_rows

    return Source(names, size, batches)


def read_block(block: bytes, names: list[str], separator: str) -> tuple[Array, Array]:
    """A block of lines as a table of text, and a mark for each line that is no row of it (None when all are)."""
    if not block.strip():
        return pa.table({name: pa.array([], pa.string()) for name in names}), None
    if _is_tidy(block):
        seen: list[Arrow] = []
        table = _by_arrow(block, names, separator, seen)
        if table is not None and not seen:
            return table, None
    return _line_by_line(block, names, separator)


def _is_tidy(block: bytes) -> bool:
    """Whether no line of the block holds an open quotation mark, and all of it is UTF-8."""
    try:
        codecs.utf_8_decode(block, "strict", True)  # the function's own argument
    except UnicodeDecodeError:
        return False
    if REPLACEMENT.encode() in block or b"\x00" in block:
        return False
    if b'"' not in block:
        return True
    marks = np.frombuffer(block, dtype=np.uint8) == ord('"')
    ends = np.nonzero(np.frombuffer(block, dtype=np.uint8) == ord("\n"))[0]
    so_far = np.cumsum(marks)[ends]
    return not bool((so_far % 2).any()) and int(marks.sum()) % 2 == 0


def _by_arrow(block: bytes, names: list[str], separator: str, seen: list[Arrow]) -> Arrow:
    """The block as Arrow reads it; None when it does not. Ragged lines are noted in `seen`."""

    def note(row: Arrow) -> str:
        seen.append(row)
        return "skip"

    try:
        return pa_csv.read_csv(
            io.BytesIO(block),
            read_options=pa_csv.ReadOptions(
                use_threads=False, column_names=names, block_size=max(len(block) + 1, 1024)
            ),
            parse_options=pa_csv.ParseOptions(delimiter=separator, invalid_row_handler=note),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=False,
                quoted_strings_can_be_null=False,
            ),
        ).combine_chunks()
    except pa.ArrowInvalid:
        return None


def _line_by_line(block: bytes, names: list[str], separator: str) -> tuple[Array, Array]:
    """The careful way: each line by itself; one that is no row is kept, with its text in the first column, and marked."""
    rows: list[list[str]] = []
    marks: list[int] = []
    lines = block.decode("utf-8", errors="replace").split("\n")
    at = 0
    while at < len(lines):
        line = lines[at].rstrip("\r")
        at += 1
        if not line.strip():
            continue
        joined, used = _joined(line, lines, at, len(names), separator)
        fields = _fields(joined, separator)
        if fields is None or len(fields) != len(names) or REPLACEMENT in joined or "\x00" in joined:
            rows.append([line, *[""] * (len(names) - 1)])
            marks.append(k.RAGGED_ROW)
            continue
        at += used
        rows.append(fields)
        marks.append(0)
    columns = [pa.array([row[place] for row in rows], pa.string()) for place in range(len(names))]
    return pa.Table.from_arrays(columns, names=names), np.array(marks, dtype=np.int64)


def _joined(line: str, lines: list[str], at: int, fields: int, separator: str) -> tuple[str, int]:
    """A line whose quotation mark is closed on a later one, put together; the line alone when that makes no row."""
    if line.count('"') % 2 == 0:
        return line, 0
    joined = line
    for used in range(1, 51):
        if at + used > len(lines):
            break
        joined += " " + lines[at + used - 1].rstrip("\r")
        if joined.count('"') % 2 == 0:
            found = _fields(joined, separator)
            return (joined, used) if found is not None and len(found) == fields else (line, 0)
    return line, 0


def _fields(line: str, separator: str) -> list[str] | None:
    if line.count('"') % 2:
        return None
    try:
        return next(csv.reader([line], delimiter=separator, strict=True))
    except (csv.Error, StopIteration):
        return None


# --- consignments over batches -------------------------------------------------------------------------------------------------------


def whole_consignments(batches: Iterator[tuple[Batch, int]], shipment: str | None) -> Iterator[tuple[Batch, int]]:
    """The same batches, cut where a consignment begins: the last rows of each wait for the next, up to the rows a consignment may have."""
    if shipment is None:
        yield from batches
        return
    held: Batch | None = None
    done = 0
    for batch, at in batches:
        done = at
        whole = batch if held is None else _together(held, batch)
        cut = _last_beginning(whole.table.column(shipment))
        if cut == 0 and whole.table.num_rows <= 2 * MOST_ROWS_OF_A_CONSIGNMENT + 2 * CHUNK:
            held = whole
            continue
        if whole.table.num_rows - cut > MOST_ROWS_OF_A_CONSIGNMENT:
            cut = whole.table.num_rows
        held = _part(whole, cut, whole.table.num_rows)
        yield _part(whole, 0, cut), at
    if held is not None and held.table.num_rows:
        yield held, done


def _last_beginning(shipments: Arrow) -> int:
    """Where the last consignment of a column begins."""
    last = len(shipments) - 1
    text = shipments[last].as_py()
    if text in (None, ""):
        return last + 1
    while last > 0 and shipments[last - 1].as_py() == text:
        last -= 1
    return last


def _part(batch: Batch, low: int, high: int) -> Batch:
    return Batch(
        batch.table.slice(low, high - low),
        None if batch.refused is None else batch.refused[low:high],
        batch.number + low,
    )


def _together(first: Batch, second: Batch) -> Batch:
    table = pa.concat_tables([first.table, second.table])
    if first.refused is None and second.refused is None:
        return Batch(table, None, first.number)
    marks = [np.zeros(b.table.num_rows, np.int64) if b.refused is None else b.refused for b in (first, second)]
    return Batch(table, np.concatenate(marks), first.number)


# --- out -----------------------------------------------------------------------------------------------------------------------------


class Sink(Protocol):
    """Where tables go. `close` makes the file appear under its name; `abandon` leaves nothing behind."""

    def write(self, table: Arrow) -> None: ...

    def close(self) -> None: ...

    def abandon(self) -> None: ...


def _temporary(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.part")


class ParquetSink:
    """Tables into a Parquet file."""

    def __init__(self, path: Path, schema: Arrow) -> None:
        self.path, self.part = path, _temporary(path)
        self.writer = pq.ParquetWriter(self.part, schema, compression="zstd", compression_level=1)

    def write(self, table: Arrow) -> None:
        """One more table."""
        self.writer.write_table(table)

    def close(self) -> None:
        """All is written."""
        self.writer.close()
        self.part.replace(self.path)

    def abandon(self) -> None:
        """Nothing stays."""
        self.writer.close()
        self.part.unlink(missing_ok=True)


class CsvSink:
    """Tables into a CSV file, UTF-8 with a mark so that spreadsheets read its Chinese."""

    def __init__(self, path: Path, schema: Arrow) -> None:
        self.path, self.part = path, _temporary(path)
        self.file = self.part.open("wb")
        self.file.write(codecs.BOM_UTF8)
        self.schema = pa.schema([(f.name, pa.string() if pa.types.is_dictionary(f.type) else f.type) for f in schema])
        self.writer = pa_csv.CSVWriter(self.file, self.schema)

    def write(self, table: Arrow) -> None:
        """One more table."""
        self.writer.write_table(table.cast(self.schema))

    def close(self) -> None:
        """All is written."""
        self.writer.close()
        self.file.close()
        self.part.replace(self.path)

    def abandon(self) -> None:
        """Nothing stays."""
        self.writer.close()
        self.file.close()
        self.part.unlink(missing_ok=True)


class ExcelSink:
    """Tables into a workbook, row by row; amounts as numbers with two decimals, everything else as text."""

    def __init__(self, path: Path, schema: Arrow) -> None:
        try:
            import xlsxwriter
        except ImportError as error:
            raise refused("bulk.needs_xlsxwriter", path) from error
        self.path, self.part = path, _temporary(path)
        self.book = xlsxwriter.Workbook(
            str(self.part), {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        self.sheet = self.book.add_worksheet("answers")
        self.money = self.book.add_format({"num_format": "#,##0.00"})
        self.row = 0
        for place, field in enumerate(schema):
            self.sheet.write_string(0, place, field.name)
        self.is_money = [pa.types.is_decimal(field.type) for field in schema]

    def write(self, table: Arrow) -> None:
        """One more table. Raises InputRefused when a sheet cannot hold more rows."""
        if self.row + table.num_rows > MOST_EXCEL_ROWS:
            raise refused("bulk.too_many_for_excel", self.path, limit=f"{MOST_EXCEL_ROWS:,}")
        for row in zip(*(column.to_pylist() for column in table.columns), strict=True):
            self.row += 1
            for place, value in enumerate(row):
                if value is None:
                    continue
                if self.is_money[place]:
                    self.sheet.write_number(self.row, place, value, self.money)
                else:
                    self.sheet.write_string(self.row, place, str(value))

    def close(self) -> None:
        """All is written."""
        self.book.close()
        self.part.replace(self.path)

    def abandon(self) -> None:
        """Nothing stays."""
        self.book.close()
        self.part.unlink(missing_ok=True)


def open_sink(path: Path, schema: Arrow) -> Sink:
    """A file for answers, by its ending. Raises InputRefused for an ending we do not write, or a folder that cannot be written to."""
    ending = path.suffix.lower()
    try:
        if ending == ".parquet":
            return ParquetSink(path, schema)
        if ending in (".csv", ".txt"):
            return CsvSink(path, schema)
        if ending == ".xlsx":
            return ExcelSink(path, schema)
    except OSError as error:
        raise refused("bulk.cannot_write", path, why=str(error.strerror or error)) from error
    raise refused("bulk.ending_not_known", path, known=".parquet, .csv, .xlsx")


def template(language: str) -> str:
    """The header line of an empty table, by our names or in Chinese."""
    return ",".join(spec.label_zh if language == "zh" else spec.name for spec in w.SPECS)
