"""How many product rules of origin become the grammar's: by source and by reason.

Claim: at least 95 % of the rules with a text, over all sources and in each. "Figures" are decided by codes, origins, values and weights alone;
"facts" name an operation, describe a material or a part of the goods in words, and ask the bill to confirm it. Nothing unread ever passes.

    python -m benchmarks.psr_coverage [--unread N] [--record] [FOLDER …]

The folders are looked for in $TONGGUAN_REFERENCE, else in ../shared; any folder of rule lists works.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

from benchmarks.search_accuracy import record, reference
from tongguan.origin.rule_sets import Coverage, coverage_of, load, unread

CLAIM = 950
"""Thousandths of the rules with a text, in every list."""


def files(folders: list[str]) -> list[Path]:
    if folders:
        return [
            p
            for f in folders
            for p in (
                [Path(f)] if Path(f).is_file() else sorted(Path(f).glob("*.json")) + sorted(Path(f).glob("*.csv"))
            )
        ]
    data = reference() / "data"
    return sorted((data / "cn" / "fta").glob("psr_*.csv")) + sorted(
        (data / "intl" / "rules_of_origin" / "rule_sets").glob("*.json")
    )


def figure(c: Coverage) -> str:
    """One line of docs/measured/origin_rules.yaml."""
    return (
        f'{{list: "{c.name}", rules: {c.rules}, by_figures: {c.by_figures}, with_facts: {c.with_facts}, notes: {c.notes}, '
        f'not_encoded: {sum(c.not_encoded.values())}, parsed_percent: "{c.per_mille // 10}.{c.per_mille % 10}", no_text: {c.no_text}, no_code: {c.without_code}}}'
    )


def row(c: Coverage) -> str:
    whole, tenth = divmod(c.per_mille, 10)
    return (
        f"{c.name:28} {c.rules:7,} {c.by_figures:8,} {c.with_facts:7,} {c.notes:6,} {sum(c.not_encoded.values()):8,} "
        f"{whole:3}.{tenth} % {c.no_text:8,} {c.without_code:8,}"
    )


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*")
    parser.add_argument(
        "--unread", type=int, default=0, metavar="N", help="show the N commonest texts that were not read"
    )
    parser.add_argument("--record", action="store_true", help="write the figures to docs/measured/origin_rules.yaml")
    options = parser.parse_args(arguments)
    paths = files(options.folders)
    if not paths:
        print("no rule lists found: set TONGGUAN_REFERENCE, or name a folder")
        return 2
    started = time.perf_counter()
    lists = [load(path) for path in paths]
    seconds = time.perf_counter() - started
    print(
        f"{'list':28} {'rules':>7} {'figures':>8} {'facts':>7} {'notes':>6} {'unread':>8} {'parsed':>7} {'no text':>8} {'no code':>8}"
    )
    counts = [coverage_of(one) for one in lists]
    for c in counts:
        print(row(c))
    reasons: Counter[str] = Counter()
    for c in counts:
        reasons.update(c.not_encoded)
    total = Coverage(
        "all",
        sum(c.rules for c in counts),
        sum(c.by_figures for c in counts),
        sum(c.with_facts for c in counts),
        sum(c.notes for c in counts),
        dict(reasons),
        sum(c.no_text for c in counts),
        sum(c.without_code for c in counts),
    )
    print(row(total))
    print(
        "not encoded, by reason:", ", ".join(f"{reason} {count:,}" for reason, count in reasons.most_common()) or "none"
    )
    print(f"read in {seconds:.2f} s")
    if options.unread:
        texts = Counter((english_line(text), rule.words) for one in lists for _, text, rule in unread(one))
        for (text, words), count in texts.most_common(options.unread):
            print(f"{count:5}  {text[:300]}\n       stopped at: {words}")
    held = [c for c in counts if c.rules]
    short = [c for c in held if c.per_mille < CLAIM]
    worst = min(held, key=lambda c: c.per_mille)
    print(
        f"{'MISSED' if short else 'met'}: at least {CLAIM / 10:.0f} % parsed in each of {len(held)} lists; "
        f"the lowest is {worst.name} with {worst.per_mille / 10} %, all together {total.per_mille / 10} %"
    )
    if options.record:
        about = (
            "How many product rules of origin became the grammar's, by list; the rest is not encoded and never passes."
        )
        record(
            "origin_rules", "python -m benchmarks.psr_coverage --record", about, [figure(c) for c in [*counts, total]]
        )
    return 1 if short else 0


def english_line(text: str) -> str:
    return " ".join(text.split())


if __name__ == "__main__":
    sys.exit(main())
