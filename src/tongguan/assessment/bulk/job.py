"""One file of rows to one file of answers, with the rows refused in a file of their own and a summary at the end."""

from __future__ import annotations

import datetime as dt
import difflib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa

from tongguan.assessment.bulk import codes as k
from tongguan.assessment.bulk import words as w
from tongguan.assessment.bulk.files import (
    REPLACEMENT,
    Sink,
    Source,
    open_sink,
    open_source,
    refused,
    whole_consignments,
)
from tongguan.assessment.bulk.results import SCHEMA, Texts, codes_of, findings_of
from tongguan.assessment.bulk.row import Arrow
from tongguan.assessment.bulk.run import Answered, Assessor, Batch, names_of
from tongguan.assessment.world import World
from tongguan.grammar.findings import NOTHING_NEAR, Finding, InputRefused
from tongguan.grammar.money import yuan

ROW = pa.field("row", pa.int64())
REFUSAL_COLUMNS = ("row", "codes", "message_zh", "message_en", "next_step_zh", "next_step_en")


def _not_used(column: str) -> Finding:
    """A column that is none of ours, with the name that comes nearest."""
    known = [*w.BY_NAME, *(spec.label_zh for spec in w.SPECS), *w.OTHER_LABELS]
    near = difflib.get_close_matches(column, known, 1)
    return Finding(
        "bulk.column_not_used",
        column,
        {"column": column, "nearest": near[0] if near else NOTHING_NEAR},
        severity="warning",
    )


class Summary(msgspec.Struct):
    """What became of a file: rows by outcome, and what the accepted ones come to, in fen."""

    rows: int = 0
    accepted: int = 0
    rejected: Counter[str] = msgspec.field(default_factory=Counter)
    notes: Counter[str] = msgspec.field(default_factory=Counter)
    value: int = 0
    payable: dict[str, int] = msgspec.field(default_factory=lambda: dict.fromkeys(k.CHARGES, 0))
    total: int = 0
    saving: int = 0
    columns_not_used: tuple[str, ...] = ()

    def add(self, answered: Answered) -> None:
        """Count one more batch."""
        r = answered.results
        is_good = r.findings == 0
        self.rows += len(r.findings)
        self.accepted += int(is_good.sum())
        for mask, count in zip(*np.unique(r.findings[~is_good], return_counts=True), strict=True):
            for code in dict.fromkeys(one.code for one in codes_of(int(mask))):
                self.rejected[code] += int(count)
        for mask, count in zip(*np.unique(r.notes[is_good], return_counts=True), strict=True):
            for place, code in enumerate(k.NOTES):
                if int(mask) >> place & 1:
                    self.notes[code] += int(count)
        # whole-number sums; a batch of 10^5 rows of at most 10^13 fen stays below 2^63, and Python adds the batches
        self.value += int(r.value[is_good].sum())
        self.total += int(r.total[is_good].sum())
        has_better = is_good & (r.other_kind > 0)
        self.saving += int((r.total - r.other_total)[has_better].sum())
        for place, name in enumerate(k.CHARGES):
            is_levied = is_good & (r.waived >> place & 1 == 0)
            self.payable[name] += int(r.charges[is_levied, place].sum())

    def to_json(self) -> dict[str, Any]:
        """As plain text and numbers."""
        return {
            "schema": "tongguan-bulk-summary/1",
            "rows": self.rows,
            "accepted": self.accepted,
            "rejected": self.rows - self.accepted,
            "rejected_by_code": dict(self.rejected.most_common()),
            "notes": dict(self.notes.most_common()),
            "dutiable_value": yuan(self.value),
            "revenue": {name: yuan(amount) for name, amount in self.payable.items()},
            "total": yuan(self.total),
            "saving_with_proofs": yuan(self.saving),
            "currency": "CNY",
            "columns_not_used": list(self.columns_not_used),
        }


def answer_file(
    source: Path,
    target: Path,
    rejects: Path | None = None,
    *,
    world: World | None = None,
    as_of: dt.date | None = None,
    mapping: Mapping[str, str] | None = None,
    threads: int | None = None,
    progress: Callable[[int, int, int], None] | None = None,
    warn: Callable[[Finding], None] | None = None,
) -> Summary:
    """Answer every row of a file into another, in order; rows refused go to `rejects` too, with their own columns, to be mended and sent again.

    `progress` is told bytes read, bytes in all and rows answered; `warn`, before any row is read, each column that will not be used. Raises InputRefused when a file as a whole cannot be read or written; nothing is
    left behind then.
    """
    if len({p.resolve() for p in (source, target, rejects) if p}) < (3 if rejects else 2):
        raise refused("bulk.same_file", target)
    opened = open_source(source)
    names = names_of(opened.columns, mapping)
    if not names:
        raise InputRefused([Finding("bulk.no_known_column", source.name, {"columns": ", ".join(opened.columns[:20])})])
    assessor = Assessor(world, as_of=as_of, names=names)
    unused = tuple(c for c in opened.columns if c not in names and c not in REFUSAL_COLUMNS)
    if warn is not None:
        for column in unused:
            warn(_not_used(column))
    job = _Job(assessor, Summary(columns_not_used=unused), [])
    try:
        job.sinks.append(open_sink(target, pa.schema([ROW, *SCHEMA])))
        if rejects:
            job.sinks.append(_Rejects(rejects, opened.columns, assessor))
        job.run(opened, threads, progress)
    except BaseException as error:
        for sink in job.sinks:
            sink.abandon()
        if isinstance(error, OSError):
            raise refused("bulk.cannot_write", target, why=str(error.strerror or error)) from error
        if isinstance(error, pa.ArrowInvalid):
            raise refused("bulk.file_unreadable", source, why=str(error).split("\n", 1)[0][:200]) from error
        raise
    return job.summary


class _Job(NamedTuple):
    """A file under way."""

    assessor: Assessor
    summary: Summary
    sinks: list[Sink]

    def run(self, opened: Source, threads: int | None, progress: Callable[[int, int, int], None] | None) -> None:
        """Every batch in order; the files get their names when all are written."""
        names = self.assessor.names
        shipment = next((column for column, name in names.items() if name == "shipment"), None)
        read = [0]

        def batches() -> Iterator[Batch]:
            for batch, at in whole_consignments(opened.batches(), shipment):
                read[0] = at
                yield batch

        for answered in self.assessor.stream(batches(), threads, beside=1):
            number = answered.batch.number
            numbers = pa.array(np.arange(number, number + answered.table.num_rows))
            self.sinks[0].write(answered.table.add_column(0, ROW, numbers))
            for sink in self.sinks[1:]:
                sink.write(answered)
            self.summary.add(answered)
            if progress:
                progress(read[0], opened.size, self.summary.rows)
        for sink in self.sinks:
            sink.close()


class _Rejects:
    """The file of rows refused: their own columns, and beside them the row's number, codes and messages."""

    def __init__(self, path: Path, columns: list[str], assessor: Assessor) -> None:
        self.columns = [c for c in columns if c not in REFUSAL_COLUMNS]
        self.assessor = assessor
        self.texts = Texts()
        self.schema = pa.schema(
            [*((c, pa.string()) for c in self.columns), *((c, pa.string()) for c in REFUSAL_COLUMNS)]
        )
        self.sink = open_sink(path, self.schema)

    def write(self, answered: Arrow) -> None:
        """Write the refused rows of a batch."""
        findings = answered.results.findings
        places = np.nonzero(findings)[0]
        for low in range(0, len(places), 10_000):
            self._write(answered, places[low : low + 10_000])

    def _write(self, answered: Answered, places: Arrow) -> None:
        table = answered.batch.table.take(pa.array(places))
        own = {c: [_text(v) for v in table.column(c).to_pylist()] for c in self.columns}
        out: dict[str, list[str]] = {c: own[c] for c in self.columns}
        for name in REFUSAL_COLUMNS:
            out[name] = []
        names = self.assessor.names
        for at, place in enumerate(places):
            number = answered.batch.number + int(place)
            mask = int(answered.results.findings[place])
            row = {names[c]: own[c][at] for c in self.columns if c in names}
            found = findings_of(mask, row, number, self.assessor.compiled)
            texts = [self.texts.of(f) for f in found]
            out["row"].append(str(number))
            out["codes"].append("; ".join(dict.fromkeys(f.code for f in found)))
            for part, name in enumerate(REFUSAL_COLUMNS[2:]):
                out[name].append(" ".join(dict.fromkeys(text[part] for text in texts)))
        self.sink.write(pa.table(out, schema=self.schema))

    def close(self) -> None:
        """All is written."""
        self.sink.close()

    def abandon(self) -> None:
        """Nothing stays."""
        self.sink.abandon()


def _text(value: object) -> str:
    return "" if value is None else str(value).replace(REPLACEMENT, "?")


def mapping_of(texts: list[str]) -> dict[str, str]:
    """Pairs such as 商品编码=commodity_code. Raises InputRefused for one that is no pair."""
    pairs: dict[str, str] = {}
    for text in texts:
        column, sign, name = text.partition("=")
        if not sign or not column.strip() or name.strip() not in w.BY_NAME:
            raise InputRefused([Finding("bulk.mapping_not_known", "mapping", {"column": column, "name": name.strip()})])
        pairs[column.strip()] = name.strip()
    return pairs
