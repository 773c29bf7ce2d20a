"""How often the search finds the right code, by set and level, with 95 % intervals; and how long a question takes.

Claims: HS6 in the first three for at least 60 % and heading in the first three for at least 70 % of the UK search references; heading in the first
ten for at least 65 % of US rulings and 55 % of UK advance rulings; median question under 20 ms; index built in under 10 s.

    python benchmarks/search_accuracy.py             every set, both halves
    python benchmarks/search_accuracy.py --half seen  the half that may be looked at while working on the search or the lexicon
    python benchmarks/search_accuracy.py --record     every set, and the figures written to docs/measured/search.yaml

The sets lie in the reference folder ($TONGGUAN_REFERENCE, else ../shared) and stay there. Each is cut in two by a hash of its term: one half may
be looked at, the other only counted. What a ruling's authority wrote about its reasons is never an input.
"""

import argparse
import csv
import datetime as dt
import hashlib
import json
import os
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from tongguan.tariff.nomenclature import load_table, read_nomenclature
from tongguan.tariff.search.build import build
from tongguan.tariff.search.engine import Searcher

CLAIMS = {
    ("uk search references", "HS6@3"): 0.60,
    ("uk search references", "heading@3"): 0.70,
    ("us rulings", "heading@10"): 0.65,
    ("uk advance rulings", "heading@10"): 0.55,
}
MOST_SECONDS, MOST_MILLISECONDS = 10, 20
"""To build an index, and for the median question."""
LEVELS = {
    f"{what}@{first}": (digits, first)
    for what, digits in (("HS6", 6), ("heading", 4), ("chapter", 2))
    for first in (1, 3, 10)
}
SHOWN = ("HS6@1", "HS6@3", "HS6@10", "heading@3", "heading@10", "chapter@3")
MEASURED = Path(__file__).resolve().parents[1] / "docs" / "measured"


def reference():
    here = Path(__file__).resolve().parents[1]
    return Path(os.environ.get("TONGGUAN_REFERENCE") or here.parent / "shared")


def half_of(key):
    return "unseen" if hashlib.sha256(("tg" + key).encode()).digest()[0] % 2 else "seen"


def uk_search_references(folder):
    with (folder / "uk_search_references.half_a.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["commodity_code"].isdigit():
                yield row["term"], row["commodity_code"], row["list"], half_of(row["term"].lower())


def us_rulings(folder):
    for row in json.loads((folder / "us_cross_rulings.half_a.json").read_text(encoding="utf-8")):
        yield row["product_text"], row["correct_code"].replace(".", ""), "title", half_of(row["ruling_number"])


def uk_advance_rulings(folder):
    for row in json.loads((folder / "uk_atar_gold.half_a.json").read_text(encoding="utf-8")):
        yield row["query"], row["expected_code"], row["persona"], half_of(row["source_id"])


SETS = {
    "uk search references": ("uk", uk_search_references),
    "us rulings": ("us", us_rulings),
    "uk advance rulings": ("uk", uk_advance_rulings),
}


def wilson(right, of):
    """The 95 % interval of a share."""
    if not of:
        return 0.0, 1.0
    z, p = 1.96, right / of
    middle = p + z * z / (2 * of)
    spread = z * ((p * (1 - p) + z * z / (4 * of)) / of) ** 0.5
    return (middle - spread) / (1 + z * z / of), (middle + spread) / (1 + z * z / of)


def right(level, hits, code):
    digits, first = LEVELS[level]
    return any(hit.code[:digits] == code[:digits] for hit in hits[:first])


def figure(label, half, n, level, at, right):
    """One line of a file of figures: how often the right code of so many digits was found, of n, with its 95 % interval in per cent."""
    low, high = (f"{100 * bound:.1f}" for bound in wilson(right, n))
    share = f"{100 * right / n:.1f}" if n else ""
    return f'{{set: "{label}", half: {half}, n: {n}, level: {level}, at: {at}, right_percent: "{share}", low: "{low}", high: "{high}"}}'


def record(name, command, about, figures):
    """Write figures to docs/measured, with the day and the command that made them."""
    MEASURED.mkdir(parents=True, exist_ok=True)
    path = MEASURED / f"{name}.yaml"
    day = dt.datetime.now(dt.UTC).date()  # noqa: TID251  # the day of a measurement is the day it is run
    head = [
        f"# {about}",
        f"# Written by {command}; do not edit by hand.",
        f"date: {day}",
        f'command: "{command}"',
        "figures:",
    ]
    path.write_text("\n".join([*head, *(f"  - {line}" for line in figures), ""]), encoding="utf-8")
    print(f"written: {path.relative_to(MEASURED.parents[1])}")


def load(home, data):
    tables = [
        data / "cn/hs6/hs2022_en.csv", data / "cn/hs6/hs2017_en.csv", data / "cn/hs6/corr_hs2022_hs2017.csv",
        data / "intl/tariffs/us_hts_2026_rev4.csv", data / "intl/tariffs/uk_supplementary_units_by_commodity.json",
    ]  # fmt: skip
    for table in tables:
        load_table(home, table)


def measure(searcher, rows):
    counts = defaultdict(lambda: defaultdict(int))
    taken = []
    for term, code, kind, half in rows:
        begun = time.perf_counter()
        hits = searcher.search(term, 10)
        taken.append(time.perf_counter() - begun)
        for group in ("all", half, kind):
            counts[group]["of"] += 1
            for level in LEVELS:
                counts[group][level] += right(level, hits, code)
    return counts, sorted(taken)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--half", choices=["seen", "unseen"])
    parser.add_argument("--without-lexicon", action="store_true")
    parser.add_argument("--record", action="store_true", help="write the figures to docs/measured/search.yaml")
    asked = parser.parse_args()
    if asked.record and (asked.half or asked.without_lexicon):
        parser.error("--record wants every set, both halves, with the lexicon")
    data = reference() / "data"
    if not data.is_dir():
        print(f"no reference material at {data}; nothing measured")
        return 0
    missed = 0
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        load(home, data)
        searchers = {}
        for name in ("uk", "us"):
            nomenclature = read_nomenclature(name, home)
            begun, begun_cpu = time.perf_counter(), time.process_time()
            searchers[name] = Searcher(build(nomenclature, [] if asked.without_lexicon else None))
            built, built_cpu = time.perf_counter() - begun, time.process_time() - begun_cpu
            texts = len(nomenclature.texts) + len(nomenclature.borrowed)
            missed += built >= MOST_SECONDS
            print(
                f"{'met' if built < MOST_SECONDS else 'MISSED'}: {name} index of {texts:,} texts and {len(searchers[name].index.entries):,} lexicon terms "
                f"in {built:.1f} s, {built_cpu:.1f} s of processor, claim under {MOST_SECONDS} s"
            )
        for label, (name, rows) in SETS.items():
            chosen = [r for r in rows(data / "intl/hs_classification") if asked.half in {None, r[3]}]
            counts, taken = measure(searchers[name], chosen)
            median = taken[len(taken) // 2] * 1000
            missed += median >= MOST_MILLISECONDS
            verdict = "met" if median < MOST_MILLISECONDS else "MISSED"
            print(f"\n{label}: {verdict}: median question {median:.1f} ms, claim under {MOST_MILLISECONDS} ms")
            for group, count in counts.items():
                of = count["of"]
                cells = []
                for level in SHOWN:
                    low, high = wilson(count[level], of)
                    cells.append(f"{level} {count[level] / of:5.1%} [{low:.0%}-{high:.0%}]")
                print(f"  {group:18} n={of:<5} " + "  ".join(cells))
                if group in {"all", "seen", "unseen"}:
                    figures += [figure(label, group, of, *where, count[level]) for level, where in LEVELS.items()]
            for (which, level), claim in CLAIMS.items():
                if which == label:
                    judged = "unseen" if "unseen" in counts else "seen"  # the claim is about data never looked at
                    share = counts[judged][level] / counts[judged]["of"]
                    missed += share < claim
                    print(
                        f"  {'met' if share >= claim else 'MISSED'}: {level} {share:.1%} of the {judged} half, claim {claim:.0%}"
                    )
    if asked.record:
        about = "How often the right code of so many digits stood among the first so many answers of `tongguan tariff search`, in per cent."
        record("search", "python benchmarks/search_accuracy.py --record", about, figures)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
