"""How right guided classification is, how short it stops, and how often it is wrong though it was sure.

Claim: of the codes it calls certain, at least nine in ten are right on the halves of the sets that nobody looked at.

    python benchmarks/classification_accuracy.py               both halves
    python benchmarks/classification_accuracy.py --record       and the figures written to docs/measured/classification.yaml
    python benchmarks/classification_accuracy.py --calibrate    fit the curves on the seen half and print the calibration file

The sets are those of search_accuracy.py. In the second pass the questions on UK advance rulings are answered by a fixed keyword oracle: it looks for the
words of the answers in what the applicant wrote about the good (never in the authority's reasons), and says "I do not know" when it finds none or
several equally often. It never chooses among tariff texts.
"""

import argparse
import datetime as dt
import json
import math
import re
import sys
import tempfile
from collections import defaultdict
from itertools import product
from pathlib import Path

import msgspec
from search_accuracy import SETS, figure, load, record, reference, wilson

from tongguan.tariff.classification.confidence import LEVELS, Level, calibration, features, shares
from tongguan.tariff.classification.guide import BRANCH, UNKNOWN, Guide
from tongguan.tariff.classification.questions import answer_in, questions
from tongguan.tariff.search import lexicon

REASONS = re.compile(
    r"(hmrc )?(classification )?(justification|rationale)\s*:?|classification has been determined", re.IGNORECASE
)
CLAIM = 0.9
MOST_REFERENCES = 500
"""Search references of the seen half that take part in the calibration: short plain terms, which rulings lack."""

WEIGHTS = {"uk search references": 0.25, "us rulings": 1.5, "uk advance rulings": 1.0}


def descriptions(folder):
    """What the applicant wrote, for the oracle; cut where the authority's reasons begin, and with every run of digits that could be a code gone."""
    found = {}
    for row in json.loads((folder / "uk_atar_gold.half_a.json").read_text(encoding="utf-8")):
        text = REASONS.split(row["oracle_text"], maxsplit=1)[0]
        found[row["source_id"], row["query"]] = re.sub(r"\d{4,}", " ", text)
    return {query: text for (_, query), text in found.items()}


def oracle(asked, description):
    """The answer to a question from the words of a description alone."""
    if asked.key == BRANCH or not description:
        return UNKNOWN
    return answer_in(questions()[asked.key], description) or UNKNOWN


def guided(guide, term, description):
    """Answers given until nothing is asked any more. Returns every classification on the way."""
    answers = []
    way = [guide.classify(term)]
    while description and way[-1].question and len(answers) < 12:
        answers.append((way[-1].question.key, oracle(way[-1].question, description)))
        way.append(guide.classify(term, answers))
    return way, sum(value != UNKNOWN for _, value in answers), len(answers)


def outcome(found, code):
    if not found.code:
        return "abstained"
    if not code.startswith(found.code[:6]) and not found.code.startswith(code):
        return "wrong"
    return "right6" if len(found.code) >= 6 else f"right{len(found.code)}"


def tell(label, counts):
    for group, count in sorted(counts.items()):
        of = count["of"]
        said = of - count["abstained"]
        right = said - count["wrong"]
        low, high = wilson(count["wrong"], of)
        sure_low, sure_high = wilson(right, said)
        first = "  ".join(f"{n} digits {count[f'first{n}'] / of:.1%}" for n in (2, 4, 6))
        certain = "  ".join(
            f"{n}: {count[f'certain{n}'] / of:.1%} given, {count[f'true{n}'] / max(1, count[f'certain{n}']):.1%} right"
            for n in (2, 4, 6)
        )
        print(f"{label}, {group}: n={of}")
        print(f"    first branch right: {first}")
        print(f"    called certain at {certain}")
        print(
            f"    right to six {count['right6'] / of:.1%}; right but short {(count['right2'] + count['right4']) / of:.1%}; "
            f"abstained {count['abstained'] / of:.1%}; wrong but confident {count['wrong'] / of:.1%} [{low:.0%}-{high:.0%}]; "
            f"right when given {right / max(1, said):.1%} [{sure_low:.0%}-{sure_high:.0%}]"
        )
        if count["asked"]:
            print(f"    questions asked {count['asked'] / of:.1f}, answered by the oracle {count['told'] / of:.1f}")


def figures_of(label, counts):
    """The figures of one set: the first branch by digits, and of the codes called certain how many are right."""
    for half, count in counts.items():
        for n in (2, 4, 6):
            yield figure(label, half, count["of"], n, 1, count[f"first{n}"])
            yield figure(label, half, count[f"certain{n}"], n, "certain", count[f"true{n}"])


def measure(guides, folder, figures):
    described = descriptions(folder)
    for label, (name, rows) in SETS.items():
        passes = {"words alone": False} | ({"with the oracle": True} if label == "uk advance rulings" else {})
        for title, is_guided in passes.items():
            counts = defaultdict(lambda: defaultdict(int))
            for term, code, _, half in rows(folder):
                way, told, asked = guided(guides[name], term, described.get(term, "") if is_guided else "")
                found = way[-1]
                for group in (half, "all"):
                    count = counts[group]
                    count["of"] += 1
                    count[outcome(found, code)] += 1
                    count["asked"] += asked
                    count["told"] += told
                    for step in found.levels:
                        if step.digits <= 6:
                            count[f"first{step.digits}"] += code.startswith(step.code)
                            if step.is_certain:
                                count[f"certain{step.digits}"] += 1
                                count[f"true{step.digits}"] += code.startswith(step.code)
            tell(f"{label}, {title}", counts)
            figures += figures_of(f"{label}, {title}", counts)
            if is_guided or len(passes) == 1:
                yield counts


def examples(guides, folder):
    """Weighted examples of each level from the seen half: features, right or not, weight."""
    described = descriptions(folder)
    found = defaultdict(list)
    for label, (name, _) in SETS.items():
        weight = WEIGHTS[label]
        for term, code in seen(label, folder):
            way, _, _ = guided(guides[name], term, described.get(term, "") if label == "uk advance rulings" else "")
            for one in {id(way[0]): way[0], id(way[-1]): way[-1]}.values():
                for step in one.levels:
                    if step.digits <= 6:
                        found[step.digits].append(
                            (features(step.code, step.share, one.grounds), code.startswith(step.code), weight)
                        )
    return found


def seen(label, folder):
    rows = [(r[0], r[1]) for r in SETS[label][1](folder) if r[3] == "seen"]
    return rows[:: max(1, len(rows) // MOST_REFERENCES)]


def spread(guides, folder):
    """How scores become shares: the temperature, floor, ceiling and breadth under which the right headings of the seen half are likeliest."""
    weighed = {
        label: [(guides[name].asker.searcher.weigh(t), code) for t, code in seen(label, folder)]
        for label, (name, _) in SETS.items()
    }
    best = None
    for temperature, floor, ceiling, breadth in product(
        (3.0, 4.0, 5.0, 6.0), (0.3, 0.5, 0.7), (1.2, 1.6, 2.0, 3.0), (0.0, 0.3)
    ):
        used = msgspec.structs.replace(
            calibration(), temperature=temperature, floor=floor, ceiling=ceiling, breadth=breadth
        )
        loss = 0.0
        for label, pairs in weighed.items():
            for w, code in pairs:
                held = sum(s for unit, s in shares(w, used).items() if unit[:4] == code[:4])
                loss -= WEIGHTS[label] * math.log(max(held, 0.002))
        if best is None or loss < best[0]:
            best = (loss, used)
    return best[1]


def fit(rows, ridge=2.0):
    """Logistic regression by Newton's method with a small penalty, so that few examples give no wild curve."""
    import numpy as np

    x = np.array([r[0] for r in rows])
    y = np.array([float(r[1]) for r in rows])
    w = np.array([r[2] for r in rows])
    b = np.zeros(x.shape[1])
    penalty = np.diag([0.01, *([ridge] * (x.shape[1] - 1))])
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ b))
        gradient = x.T @ (w * (y - p)) - penalty @ b
        hessian = (x * (w * p * (1 - p))[:, None]).T @ x + penalty
        b += np.linalg.solve(hessian, gradient)
    p = 1 / (1 + np.exp(-x @ b))
    loss = -float(np.sum(w * (y * np.log(p) + (1 - y) * np.log(1 - p))) / np.sum(w))
    return b, loss


def calibrate(guides, folder):
    """Print the calibration file."""
    used = spread(guides, folder)
    for guide in guides.values():
        guide.used = used
    found = examples(guides, folder)
    names = Level.__struct_fields__
    print(
        "# How often a first branch of such a share was right. Made by benchmarks/classification_accuracy.py --calibrate; do not edit by hand."
    )
    print(f"made_on: {dt.datetime.now(dt.UTC).date()}")  # noqa: TID251  # the day of the calibration is the day it is run
    print(
        "data: the seen half of UK advance tariff rulings and US rulings (HS 2022 codes), with a part of the seen UK search references for short terms"
    )
    print("data_zh: 英国预裁定和美国裁定可见的一半（HS 2022 编码），另加部分可见的英国检索词作为短词样本")
    print(f"examples: {len(found[4])}")
    print(f"lexicon_terms: {len(lexicon.entries())}")
    for name in ("temperature", "floor", "ceiling", "breadth"):
        print(f'{name}: "{getattr(used, name):g}"')
    print("levels:")
    for level in LEVELS:
        curve, loss = fit(found[level])
        print(f"  # loss {loss:.3f}")
        values = ", ".join(f'{name}: "{value:.3f}"' for name, value in zip(names, curve, strict=True))
        print(f'  "{level}": {{{values}}}')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--calibrate", action="store_true")
    parser.add_argument("--record", action="store_true", help="write the figures to docs/measured/classification.yaml")
    asked = parser.parse_args()
    data = reference() / "data"
    if not data.is_dir():
        print(f"no reference material at {data}; nothing measured")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        load(home, data)
        guides = {name: Guide(name, home) for name in ("uk", "us")}
        if asked.calibrate:
            calibrate(guides, data / "intl/hs_classification")
            return 0
        print(f"calibration of {calibration().made_on} on {calibration().examples} examples: {calibration().data}\n")
        given = right = 0
        figures = []
        for counts in measure(guides, data / "intl/hs_classification", figures):
            unseen = counts["unseen"]
            given += unseen["of"] - unseen["abstained"]
            right += unseen["of"] - unseen["abstained"] - unseen["wrong"]
    if asked.record:
        about = "How often the first branch of `tongguan tariff classify` was right, and of the codes it called certain how many were, in per cent."
        record("classification", "python benchmarks/classification_accuracy.py --record", about, figures)
    low, high = wilson(right, given)
    met = right / max(1, given) >= CLAIM
    print(
        f"{'met' if met else 'MISSED'}: unseen halves of all sets: {right} of {given} certain codes right, {right / max(1, given):.1%} "
        f"[{low:.0%}-{high:.0%}], claim {CLAIM:.0%}"
    )
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
