"""Many rows at once: chunks of about 64 thousand over a pool of threads, in order, a consignment never divided."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from tongguan.assessment.bulk import codes as k
from tongguan.assessment.bulk import words as w
from tongguan.assessment.bulk.columns import Encoder
from tongguan.assessment.bulk.kernel import assess_rows
from tongguan.assessment.bulk.results import SCHEMA, Answers
from tongguan.assessment.bulk.row import Arrow, Columns, Results, new_results, new_row
from tongguan.assessment.bulk.tables import Compiled, compile_world, line_key
from tongguan.assessment.governing import LAST_KNOWN_DAY
from tongguan.assessment.world import World, shipped_world
from tongguan.grammar.findings import Finding, InputRefused

CHUNK = 65_536
MOST_ROWS_OF_A_CONSIGNMENT = 10_000
"""As many items as a shipment of the single path may have."""


@cache
def shipped() -> Compiled:
    """The law and tables as shipped, compiled once."""
    return compile_world(shipped_world())


def compiled_of(world: World | None) -> Compiled:
    """The compiled form of a world; that of the shipped one is remembered."""
    return shipped() if world is None or world is shipped_world() else compile_world(world)


def threads_of(threads: int | None) -> int:
    """How many threads to use: every core unless said."""
    return (
        threads or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else threads or os.cpu_count() or 1
    )


def assess_columns(
    compiled: Compiled, columns: Columns, threads: int | None = None, results: Results | None = None
) -> Results:
    """Answers for columns of whole numbers: the kernel over chunks, in place."""
    rows = len(columns.code)
    out = results or new_results(rows)
    spans = list(spans_of(columns.first, rows))

    def one(span: tuple[int, int]) -> None:
        low, high = span
        part = part_of(columns, low, high)
        assess_rows(compiled.tables, part, Results(*(column[low:high] for column in out)), new_row())

    count = threads_of(threads)
    if count == 1 or len(spans) == 1:
        for span in spans:
            one(span)
    else:
        with ThreadPoolExecutor(count) as pool:
            list(pool.map(one, spans))
    return out


def part_of(columns: Columns, low: int, high: int) -> Columns:
    """Some rows of the columns."""
    return Columns(*(column[low:high] if len(column) > 1 else column for column in columns))


def spans_of(first: Arrow, rows: int, chunk: int = CHUNK) -> Iterator[tuple[int, int]]:
    """Stretches of about `chunk` rows that begin where a consignment begins."""
    low = 0
    while low < rows:
        high = min(low + chunk, rows)
        while high < rows and first[high] == 0:
            high += 1
        yield low, high
        low = high


def refuse_large(columns: Columns) -> Columns:
    """Rows of a consignment with more rows than one may have are refused, each as a consignment of its own."""
    begins = np.nonzero(columns.first)[0]
    if len(begins) == len(columns.first):
        return columns
    counts = np.diff(np.append(begins, len(columns.first)))
    for begin, count in zip(
        begins[counts > MOST_ROWS_OF_A_CONSIGNMENT], counts[counts > MOST_ROWS_OF_A_CONSIGNMENT], strict=True
    ):
        columns.refused[begin : begin + count] |= k.CONSIGNMENT_TOO_LARGE
        columns.first[begin : begin + count] = 1
    return columns


def untold_consumption_tax(world: World) -> Any:
    """Keys of lines whose consumption-tax class nobody told us and which may be taxed: their rows are refused, never taken as untaxed."""
    schedule = world.schedule
    taxed = tuple(world.at("consumption_tax/may_be_taxed_under", LAST_KNOWN_DAY).value.split())
    untold = [
        line_key(code)
        for code, editions in schedule.lines.items()
        if code.startswith(taxed)
        and not any(line.ct_class for line in editions)
        and not schedule.encodes_consumption_tax(code)
    ]
    return np.array(sorted(untold), dtype=np.int64)


class Batch(NamedTuple):
    """Rows on their way: the table as read, findings they bring along, and the number of the first."""

    table: Arrow
    refused: Arrow
    number: int


class Answered(NamedTuple):
    """Rows with their answers."""

    batch: Batch
    columns: Columns
    results: Results
    table: Arrow


class Assessor:
    """Assesses batches of one kind of table. Safe to share between threads."""

    def __init__(
        self, world: World | None = None, *, as_of: dt.date | None = None, names: Mapping[str, str] | None = None
    ) -> None:
        self.compiled = compiled_of(world)
        self.encoder = Encoder(self.compiled, as_of.toordinal() if as_of else 0)
        self.answers = Answers(self.compiled)
        self.names = dict(names or {})
        self.untold = untold_consumption_tax(self.compiled.world)

    def columns(self, batch: Batch) -> Columns:
        """The rows of a batch as whole numbers."""
        table = batch.table
        given = {self.names.get(name, name): table.column(name) for name in table.column_names}
        columns = refuse_large(self.encoder.encode(given, table.num_rows, batch.refused))
        if self.untold.size:
            columns.refused[np.isin(columns.code, self.untold)] |= k.CT_CLASS_MISSING
        return columns

    def assess(self, batch: Batch) -> Answered:
        """The answers for a batch; its consignments must be whole."""
        columns = self.columns(batch)
        results = new_results(batch.table.num_rows)
        assess_rows(self.compiled.tables, columns, results, new_row())
        return Answered(batch, columns, results, self.answers.table(results))

    def stream(self, batches: Iterable[Batch], threads: int | None = None, *, beside: int = 0) -> Iterator[Answered]:
        """Answers for batches, in order, with only a few under way at a time.

        `beside` is how many cores the caller keeps busy itself, reading and writing: with fewer threads than cores nobody waits for a turn.
        """
        count = threads or max(1, threads_of(None) - beside)
        if count == 1 and not beside:
            for batch in batches:
                yield self.assess(batch)
            return
        with ThreadPoolExecutor(count) as pool:
            under_way: list[Future[Answered]] = []
            try:
                for batch in batches:
                    under_way.append(pool.submit(self.assess, batch))
                    if len(under_way) > count + 1:
                        yield under_way.pop(0).result()
                while under_way:
                    yield under_way.pop(0).result()
            finally:
                for future in under_way:
                    future.cancel()


def names_of(columns: Iterable[str], mapping: Mapping[str, str] | None = None) -> dict[str, str]:
    """Which column of the input is which of ours: by the mapping given, by our name, or by another it goes by. Raises InputRefused for one that is taken twice."""
    names: dict[str, str] = {}
    found: list[Finding] = []
    for column in columns:
        plain = w.plain(column)
        name = (mapping or {}).get(column) or (mapping or {}).get(plain)
        if name is not None and name not in w.BY_NAME:
            found.append(Finding("bulk.mapping_not_known", column, {"column": column, "name": name}))
            continue
        name = name or w.column_named(column)
        if name is None:
            continue
        if name in names.values():
            found.append(Finding("bulk.column_twice", column, {"column": column, "name": name}))
        names[column] = name
    found += [
        Finding("bulk.mapped_column_missing", column, {"column": column})
        for column in mapping or {}
        if column not in set(columns)
    ]
    if found:
        raise InputRefused(found)
    return names


def table_of(content: Arrow) -> Arrow:
    """An Arrow table of what people hold rows in: an Arrow table or batch, a data frame with the Arrow interface, or a mapping of columns."""
    if isinstance(content, pa.Table):
        return content
    if isinstance(content, pa.RecordBatch):
        return pa.Table.from_batches([content])
    if hasattr(content, "__arrow_c_stream__"):
        return pa.table(content)
    if isinstance(content, Mapping):
        arrays = {}
        for name, values in content.items():
            try:
                arrays[str(name)] = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values)
            except (pa.ArrowInvalid, pa.ArrowTypeError):
                arrays[str(name)] = pa.array([None if v is None else str(v) for v in values])
        return pa.table(arrays)
    raise InputRefused([Finding("bulk.not_a_table", "", {"read": type(content).__name__})])


def assess_many(
    table: Arrow,
    world: World | None = None,
    *,
    as_of: dt.date | None = None,
    mapping: Mapping[str, str] | None = None,
    threads: int | None = None,
) -> Arrow:
    """Answers for a table of rows, in order, as an Arrow table (`results.SCHEMA`); a row that cannot be answered has its finding as outcome.

    Columns are those of `words.SPECS`, texts or typed; see there. One bad row does not spoil the others. Raises InputRefused when the table as a whole
    cannot be read: no column we know, a column of floats, a column named twice.
    """
    whole = table_of(table)
    names = names_of(whole.column_names, mapping)
    if not names:
        raise InputRefused([Finding("bulk.no_known_column", "", {"columns": ", ".join(whole.column_names[:20])})])
    assessor = Assessor(world, as_of=as_of, names=names)
    if whole.num_rows == 0:
        return SCHEMA.empty_table()
    whole = whole.select(list(names)).combine_chunks()
    parts = [a.table for a in assessor.stream(_cut(assessor, whole), threads)]
    return pa.concat_tables(parts).replace_schema_metadata(
        {
            "law_version": assessor.compiled.world.version,
            "schedule": assessor.compiled.world.schedule.label,
            "jurisdiction": "CN",
        }
    )


def _cut(assessor: Assessor, whole: Arrow) -> Iterator[Batch]:
    """Batches of a table that begin where a consignment begins."""
    shipment = next((column for column, name in assessor.names.items() if name == "shipment"), None)
    low = 0
    while low < whole.num_rows:
        high = min(low + CHUNK, whole.num_rows)
        if shipment is not None and high < whole.num_rows:
            high = _end_of_consignment(whole.column(shipment), high, whole.num_rows)
        yield Batch(whole.slice(low, high - low), None, low + 1)
        low = high


def _end_of_consignment(shipments: Arrow, high: int, rows: int) -> int:
    last = shipments[high - 1].as_py()
    while high < rows and last not in (None, "") and shipments[high].as_py() == last:
        high += 1
    return high
