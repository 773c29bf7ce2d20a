"""python -m benchmarks [NAME...] [--rows N] [--record]: without a name, all of them, in a form that takes a few minutes.

The machine is seldom quiet, so each benchmark prints ratios of things measured in the same run. `--record` writes the lines into results.md too.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
from importlib import import_module
from pathlib import Path

NAMES = ("bulk_in_memory", "openfisca_peer", "parquet_to_parquet", "memory_50m", "single_case")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--rows", type=int, help="rows, instead of the benchmark's own number")
    parser.add_argument("--record", action="store_true", help="write the figures into results.md")
    given = parser.parse_args()
    unknown = set(given.names) - set(NAMES)
    if unknown:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    said: list[str] = []
    for name in given.names or NAMES:
        module = import_module(f"benchmarks.{name}")
        print(f"\n== {name}: {(module.__doc__ or '').strip().splitlines()[0]}")
        lines = module.run(given.rows) if given.rows else module.run()
        said += [f"\n## {name}\n", *(f"- {line}" for line in lines)]
    if given.record:
        day = dt.datetime.now(tz=dt.UTC).date().isoformat()  # noqa: TID251  # when it was measured is the point
        machine = (
            f"{day}, {platform.machine()}, {len(os.sched_getaffinity(0))} cores, Python {platform.python_version()}"
        )
        text = (
            f"# Measured\n\n{machine}. Read rows of one benchmark against each other; the machine was shared.\n"
            + "\n".join(said)
            + "\n"
        )
        Path(__file__).with_name("results.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
