"""python -m benchmarks [NAME...] [--rows N] [--record]: without a name, all of them, in a form that takes a few minutes.

The machine is seldom quiet, so each benchmark of speed prints ratios of things measured in the same run. Benchmarks of accuracy and coverage are
programs of their own; they say of each target whether it is met or missed, and need the reference material ($TONGGUAN_REFERENCE, else ../shared).
`--record` writes the figures to docs/measured/, from which `make docs` makes the pages. Exit status 1: a target was missed.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import yaml

from benchmarks.search_accuracy import MEASURED, reference

SPEED = (
    "bulk_in_memory",
    "openfisca_peer",
    "parquet_to_parquet",
    "memory_50m",
    "single_case",
    "exchange_judging",
    "exchange_ledger",
    "window_lodging",
    "window_pages",
)
PROGRAMS = {
    "search_accuracy": ["benchmarks/search_accuracy.py"],
    "classification_accuracy": ["benchmarks/classification_accuracy.py"],
    "psr_coverage": ["-m", "benchmarks.psr_coverage"],
}
NAMES = (*SPEED, *PROGRAMS)


def heading(name: str) -> str:
    """The first line of what a benchmark says of itself."""
    text = Path(__file__).with_name(f"{name}.py").read_text(encoding="utf-8")
    return text.lstrip().removeprefix('"""').partition("\n")[0].strip()


def run_program(name: str, *, is_recorded: bool) -> bool:
    """Run one benchmark in a process of its own, its lines shown as they come. Says whether every target was met, or nothing could be measured."""
    if not (reference() / "data").is_dir():
        print(
            "  skipped: there is no reference material in $TONGGUAN_REFERENCE or ../shared, and none ships with the project"
        )
        return True
    root = Path(__file__).resolve().parents[1]
    command = [sys.executable, *PROGRAMS[name], *(["--record"] if is_recorded else [])]
    return subprocess.run(command, cwd=root, check=False).returncode == 0  # noqa: S603


def record_speed(figures: dict[str, dict[str, object]]) -> None:
    """Put the lines of these benchmarks in the place of their earlier ones; the others stay as they were measured."""
    path = MEASURED / "speed.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    held = yaml.safe_load(path.read_text(encoding="utf-8"))["figures"] if path.exists() else {}  # noqa: TID251  # our own figures
    held |= figures
    head = (
        "# Speed and memory. Read the lines of one benchmark against each other; the machine was shared.\n"
        "# Written by python -m benchmarks --record; do not edit by hand.\n"
    )
    body = yaml.safe_dump({"figures": dict(sorted(held.items()))}, allow_unicode=True, sort_keys=False, width=1000)
    path.write_text(head + body, encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--rows", type=int, help="rows, instead of the benchmark's own number")
    parser.add_argument("--record", action="store_true", help="write the figures to docs/measured/")
    given = parser.parse_args()
    unknown = set(given.names) - set(NAMES)
    if unknown:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    day = dt.datetime.now(tz=dt.UTC).date().isoformat()  # noqa: TID251  # when it was measured is the point
    machine = f"{platform.machine()}, {len(os.sched_getaffinity(0))} cores, Python {platform.python_version()}"
    speed: dict[str, dict[str, object]] = {}
    missed = []
    for name in given.names or NAMES:
        print(f"\n== {name}: {heading(name)}", flush=True)
        if name in PROGRAMS:
            if not run_program(name, is_recorded=given.record):
                missed.append(name)
            continue
        module = import_module(f"benchmarks.{name}")
        lines = module.run(given.rows) if given.rows else module.run()
        speed[name] = {"date": day, "machine": machine, "lines": lines}
    if given.record and speed:
        record_speed(speed)
    if missed:
        print(f"\nMISSED: a target of {', '.join(missed)}; the lines above say which")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
