"""Parquet in, Parquet out, beside merely reading the same columns in and writing the same columns out. Aim: at least half the speed.

The copy reads every input column and writes a file with the very answers the first run gave, so both move the same bytes.
"""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.trial import compiled, quickest, trial_columns, trial_world
from tongguan.assessment.bulk import codes as k
from tongguan.assessment.bulk.job import answer_file
from tongguan.assessment.bulk.run import CHUNK
from tongguan.assessment.bulk.tables import UNIT_NAMES


def typed_table(rows: int, seed: int = 5) -> pa.Table:
    """General trade with typed columns, as a customs system would keep them."""
    c = trial_columns(rows, seed, channels={"general_trade": 1.0})
    world = compiled()
    countries = pa.array(list(world.countries))
    claims = pa.array(["", *world.claim_numbers])

    def words(places, names):
        return pa.DictionaryArray.from_arrays(pa.array(places.astype(np.int32)), names)

    def decimals(values, scale, none=None):
        pairs = np.zeros((rows, 2), dtype=np.int64)
        pairs[:, 0] = values
        mask = None if none is None else pa.py_buffer(np.packbits(~none, bitorder="little"))
        return pa.Array.from_buffers(pa.decimal128(18, scale), rows, [mask, pa.py_buffer(pairs)])

    head = np.maximum.accumulate(np.where(c.first == 1, np.arange(rows), 0))
    return pa.table(
        {
            "shipment": pa.array(head),
            "commodity_code": pa.array(np.char.zfill((c.code // 1000).astype(str), 8)),
            "origin": words(c.country, countries),
            "declared_on": pa.array(c.declared - 719_163, pa.int32()).cast(pa.date32()),
            "trade_terms": words((c.terms > 0).astype(int), pa.array(["CIF", "FOB"])),
            "price": decimals(c.price // 100, 2),
            "currency": words((c.rate != 1_000_000).astype(int), pa.array(["CNY", "USD"])),
            "exchange_rate": decimals(c.rate, 6),
            "freight": decimals(np.maximum(c.freight, 0) // 100, 2, c.freight < 0),
            "quantity": decimals(c.quantity // 1000, 3),
            "unit": words(c.unit, pa.array(UNIT_NAMES)),
            "quantity_2": decimals(c.quantity_2 // 1000, 3),
            "unit_2": words(c.unit_2, pa.array(UNIT_NAMES)),
            "preference": words(c.claim, claims),
            "proof": words((c.claim > 0).astype(int), pa.array(["", "certificate"])),
            "country_quota_exhausted": pa.array(np.zeros(rows, bool)),
        }
    )


def copy(source: Path, answers: pa.Table, target: Path) -> None:
    """Read the columns of one file and write those of the other, batch by batch on two threads, without computing."""
    reader = pq.ParquetFile(source)
    batches = iter(answers.to_batches(max_chunksize=2 * CHUNK))
    with (
        pq.ParquetWriter(target, answers.schema, compression="zstd", compression_level=1) as writer,
        ThreadPoolExecutor(1) as pool,
    ):
        ahead = pool.submit(next, reader.iter_batches(batch_size=2 * CHUNK), None)
        parts = reader.iter_batches(batch_size=2 * CHUNK)
        ahead = pool.submit(next, parts, None)
        while ahead.result() is not None:
            ahead = pool.submit(next, parts, None)
            batch = next(batches, None)
            if batch is not None:
                writer.write_batch(batch)
    reader.close()


def run(rows: int = 3_000_000) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        source, target, copied = (Path(folder) / name for name in ("in.parquet", "out.parquet", "copy.parquet"))
        pq.write_table(typed_table(rows), source, row_group_size=2 * CHUNK, compression="zstd", compression_level=1)
        world = trial_world()
        summary = answer_file(source, target, world=world)
        ours = quickest(lambda: answer_file(source, target, world=world))
        answers = pq.read_table(target)
        theirs = quickest(lambda: copy(source, answers, copied))
        lines = [
            f"{rows:,} rows, {source.stat().st_size / 1e6:.0f} MB in, {target.stat().st_size / 1e6:.0f} MB out, {summary.accepted / summary.rows:.1%} answered",
            f"answered {rows / ours / 1e6:.2f} M rows/s; copied {rows / theirs / 1e6:.2f} M rows/s; ratio {theirs / ours:.2f} (aim: 0.50)",
        ]
    for line in lines:
        print("  " + line)
    assert k.CHANNELS
    return lines
