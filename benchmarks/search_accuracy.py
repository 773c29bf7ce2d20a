"""How often the search finds the right code, by set and level, with 95 % intervals; and how long a question takes.

Claims: HS6 in the first three for at least 60 % and heading in the first three for at least 70 % of the UK search references; heading in the first
ten for at least 65 % of US rulings and 55 % of UK advance rulings; median question under 20 ms; index built in under 10 s.

    python benchmarks/search_accuracy.py             every set, both halves
    python benchmarks/search_accuracy.py --half seen  the half that may be looked at while working on the search or the lexicon

The sets lie in the reference folder ($TONGGUAN_REFERENCE, else ../shared) and stay there. Each is cut in two by a hash of its term: one half may
be looked at, the other only counted. What a ruling's authority wrote about its reasons is never an input.
"""

import argparse
import csv
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
LEVELS = ("HS6@1", "HS6@3", "HS6@10", "heading@3", "heading@10", "chapter@3")


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
    what, _, first = level.partition("@")
    digits = {"HS6": 6, "heading": 4, "chapter": 2}[what]
    return any(hit.code[:digits] == code[:digits] for hit in hits[: int(first)])


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
    asked = parser.parse_args()
    data = reference() / "data"
    if not data.is_dir():
        print(f"no reference material at {data}; nothing measured")
        return 0
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        load(home, data)
        searchers = {}
        for name in ("uk", "us"):
            nomenclature = read_nomenclature(name, home)
            begun = time.perf_counter()
            searchers[name] = Searcher(build(nomenclature, [] if asked.without_lexicon else None))
            texts = len(nomenclature.texts) + len(nomenclature.borrowed)
            print(
                f"{name}: index of {texts:,} texts and {len(searchers[name].index.entries):,} lexicon terms in {time.perf_counter() - begun:.1f} s (claim: under 10 s)"
            )
        for label, (name, rows) in SETS.items():
            chosen = [r for r in rows(data / "intl/hs_classification") if asked.half in {None, r[3]}]
            counts, taken = measure(searchers[name], chosen)
            print(f"\n{label}: median question {taken[len(taken) // 2] * 1000:.1f} ms (claim: under 20 ms)")
            for group, count in counts.items():
                of = count["of"]
                cells = []
                for level in LEVELS:
                    low, high = wilson(count[level], of)
                    cells.append(f"{level} {count[level] / of:5.1%} [{low:.0%}-{high:.0%}]")
                print(f"  {group:18} n={of:<5} " + "  ".join(cells))
            for (which, level), claim in CLAIMS.items():
                if which == label:
                    share = counts["all"][level] / counts["all"]["of"]
                    missed += share < claim
                    print(f"  {'met' if share >= claim else 'MISSED'}: {level} {share:.1%}, claim {claim:.0%}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
