"""Columns in memory: lines a second on one core and on all, every amount of a sample beside the single path.

The mix: about ten alternatives a line, dated look-ups, every channel, a quarter of ordinary rows in consignments of several. Aim: 8 million lines a
second on two quiet cores; no amount other than the single path's.
"""

from __future__ import annotations

import time

import numpy as np

from benchmarks.trial import compiled, mismatches, quickest, trial_columns
from tongguan.assessment.bulk import codes as k
from tongguan.assessment.bulk.row import Columns, new_results
from tongguan.assessment.bulk.run import assess_columns, part_of, threads_of


def run(rows: int = 4_000_000, sample: int = 5_000) -> list[str]:
    world = compiled()
    columns = trial_columns(rows)
    results = new_results(rows)
    begun = time.perf_counter()
    assess_columns(world, part_of(columns, 0, 1000), 1)
    first = time.perf_counter() - begun
    one = quickest(lambda: assess_columns(world, columns, 1, results))
    cores = threads_of(None)
    many = quickest(lambda: assess_columns(world, columns, cores, results))
    order = np.argsort(columns.code, kind="stable")
    alone = columns._replace(first=np.ones(rows, np.uint8))
    by_code = Columns(*(np.ascontiguousarray(c[order]) if len(c) > 1 else c for c in alone))
    sorted_many = quickest(lambda: assess_columns(world, by_code, cores))
    compared, wrong, refused = mismatches(columns, results, sample)
    answered = float((results.findings == 0).mean())
    epochs = world.tables.epochs[world.tables.line_epoch[1:] - 1]
    alternatives = float((epochs["count"].astype(int) + epochs["schemes_count"]).mean())
    lines = [
        f"{rows:,} lines over {len(world.tables.line_epoch) - 1:,} tariff lines, {alternatives:.1f} rates in force a line, {len(k.CHANNELS)} channels; {answered:.1%} answered",
        f"one core {rows / one / 1e6:.2f} M lines/s; {cores} cores {rows / many / 1e6:.2f} M lines/s ({one / many:.2f} times); sorted by code {rows / sorted_many / 1e6:.2f}",
        f"first call {first:.2f} s (with what was kept of earlier compilation)",
        f"beside the single path: {compared:,} rows compared, {wrong} with another amount ({refused:,} of the sample refused)",
    ]
    for line in lines:
        print("  " + line)
    return lines
