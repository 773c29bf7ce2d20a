"""One case with all its options and reasons: in process, the law loaded once, and the command line from cold.

Aim: a median under 1 ms in process, the law in under 1 s, the command line in under 1 s.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CASE = """\
shipment: wine
dates: {declared: 2025-03-03}
currency: USD
exchange_rates: {USD: "7.1234"}
trade_terms: FOB
freight: "1200.00"
items:
  - {commodity_code: "22042100", origin: CL, price: "100000.00", quantities: {litre: "9000"}, preferences: [{scheme: "08", proof: certificate}]}
"""
LOAD = (
    "import time; t = time.perf_counter(); from tongguan import assess, read_shipment, shipped_world; a = time.perf_counter(); shipped_world();"
    "b = time.perf_counter(); print(a - t, b - a)"
)


def _load() -> list[float]:
    done = subprocess.run([sys.executable, "-c", LOAD], capture_output=True, text=True, check=True)  # noqa: S603
    return [float(x) for x in done.stdout.split()]


def run(times: int = 2_000) -> list[str]:
    import yaml

    from tongguan import assess, read_shipment, shipped_world

    world = shipped_world()
    content = yaml.load(CASE, Loader=yaml.BaseLoader)  # noqa: S506, TID251  # plain text, as a benchmark needs it
    shipment = read_shipment(content)
    assess(shipment, world)
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        assess(shipment, world)
        taken.append(time.perf_counter() - begun)
    read = []
    for _ in range(times // 4):
        begun = time.perf_counter()
        assess(read_shipment(content), world)
        read.append(time.perf_counter() - begun)
    loads = [_load() for _ in range(5)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "wine.yaml"
        path.write_text(CASE, encoding="utf-8")
        cold = []
        for _ in range(5):
            begun = time.perf_counter()
            subprocess.run([sys.executable, "-m", "tongguan", "assess", str(path)], capture_output=True, check=False)  # noqa: S603
            cold.append(time.perf_counter() - begun)
    options = len(assess(shipment, world).items[0].options)
    lines = [
        f"one case with {options} options: median {statistics.median(taken) * 1000:.3f} ms, 99 of 100 within {sorted(taken)[int(len(taken) * 0.99)] * 1000:.3f} ms; read and assessed {statistics.median(read) * 1000:.3f} ms (aim: under 1 ms)",
        f"import {min(x[0] for x in loads):.2f} s, law and tables {min(x[1] for x in loads):.2f} s (aim: under 1 s)",
        f"command line from cold {min(cold):.2f} s, median {statistics.median(cold):.2f} s (aim: under 1 s)",
    ]
    for line in lines:
        print("  " + line)
    return lines
