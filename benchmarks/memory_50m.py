"""Rows streamed from CSV to Parquet: peak memory of the whole process. Aim: 50 million rows within 1.5 GiB.

The short form streams 2 million; `python -m benchmarks memory_50m --rows 50000000` streams them all. The work runs in a process of its own, so that
its peak is its own.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.trial import single_path
from tongguan.assessment.world import shipped_world

CODE = (
    "import resource, sys; from pathlib import Path; from tongguan.assessment.bulk.job import answer_file;"
    "s = answer_file(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]));"
    "print(s.rows, s.accepted, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
)
LIMIT_KIB = 3 * 512 * 1024
COLUMNS = (
    "shipment", "commodity_code", "origin", "declared_on", "trade_terms", "price", "currency", "exchange_rate", "freight", "quantity", "unit",
    "preference", "proof",
)  # fmt: skip


def run(rows: int = 2_000_000) -> list[str]:
    some = single_path().some_rows(shipped_world(), 20_000, 1)
    block = "".join(",".join(row.get(name, "") for name in COLUMNS) + "\n" for row in some)
    size = block.count("\n")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "in.csv"
        with source.open("w", encoding="utf-8") as file:
            file.write(",".join(COLUMNS) + "\n")
            for _ in range(rows // size):
                file.write(block)
        begun = time.perf_counter()
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-c", CODE, str(source), str(Path(folder) / "out.parquet"), str(Path(folder) / "rejects.csv")],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        seconds = time.perf_counter() - begun
        read, accepted, peak = (int(x) for x in done.stdout.split())
        lines = [
            f"{read:,} rows of text, {source.stat().st_size / 1e9:.2f} GB, {accepted / read:.1%} answered, refused rows written out too",
            f"{seconds:.0f} s, {read / seconds / 1e6:.2f} M rows/s",
            f"{'met' if peak <= LIMIT_KIB else 'MISSED'}: peak memory {peak / 1024 / 1024:.2f} GiB, limit {LIMIT_KIB / 1024 / 1024}",
        ]
    for line in lines:
        print("  " + line)
    return lines
