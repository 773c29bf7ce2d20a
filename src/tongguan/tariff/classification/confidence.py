"""How sure: from scores to shares, and from shares to how often such an answer was right.

The shares come from the search scores; how often a branch with such a share was right was counted on public rulings (one half of them) and is kept
in `tables/classification/calibration.yaml` with the date and the data. The other half says whether it is true.
"""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

import msgspec

from tongguan.grammar.strict_yaml import read_yaml
from tongguan.tariff.classification.questions import FOLDER
from tongguan.tariff.search.engine import Weighed

LEVELS = (2, 4, 6)


class Level(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A logistic curve: what each of these adds to the log-odds that the first branch of a level is right."""

    constant: float
    share: float
    score: float
    margin: float
    votes: float
    known: float
    words: float
    answers: float


class Calibration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which curves, from which data, of which day. temperature, floor, ceiling and breadth turn scores into shares.

    ceiling: a higher score says no more, so that one everyday word with a usual meaning does not silence its other meanings.
    """

    made_on: str
    data: str
    data_zh: str
    examples: int
    lexicon_terms: int
    temperature: float
    floor: float
    ceiling: float
    breadth: float
    levels: dict[str, Level]

    def to_json(self) -> dict[str, str]:
        """For programs."""
        return {"made_on": self.made_on, "data": self.data, "examples": str(self.examples)}


@cache
def calibration() -> Calibration:
    """The curves in use."""
    return read_yaml(FOLDER / "calibration.yaml", Calibration)


def shares(weighed: Weighed, used: Calibration) -> dict[str, float]:
    """The share of each six-digit unit; what is missing to one is the share of everything else.

    A heading weighs what its best unit weighs, a little more when many of its units are named; inside, units share by their scores.
    """
    headings: dict[str, list[tuple[str, float]]] = {}
    for unit, score in weighed.scores.items():
        headings.setdefault(unit[:4], []).append((unit, math.exp(used.temperature * min(score, used.ceiling))))
    mass = {h: max(e for _, e in units) * len(units) ** used.breadth for h, units in headings.items()}
    total = sum(mass.values()) + math.exp(used.temperature * used.floor)
    found = {}
    for heading, units in headings.items():
        inside = sum(e for _, e in units)
        for unit, e in units:
            found[unit] = mass[heading] / total * e / inside
    return found


class Grounds(NamedTuple):
    """What a confidence rests on besides the share: the scores of the units, how much of the words is known, how many there are, answers that told."""

    scores: tuple[tuple[str, float], ...]
    known: float
    words: int
    answers: int

    def to_json(self) -> dict[str, object]:
        """For programs."""
        best = self.scores[0][1] if self.scores else 0.0
        return {
            "best_score": round(best, 2),
            "known_share": round(self.known, 2),
            "words": self.words,
            "answers": self.answers,
        }


VOTERS = 10


def grounds(weighed: Weighed, answers: int) -> Grounds:
    """The grounds for what was asked and learnt."""
    scores = sorted(weighed.scores.items(), key=lambda pair: (-pair[1], pair[0]))
    return Grounds(tuple(scores), weighed.known, weighed.words, answers)


def features(branch: str, share: float, on: Grounds) -> tuple[float, ...]:
    """What the curve looks at, in the order of `Level`.

    score: the best unit of the branch; margin: by how much it is ahead of the best one outside; votes: how many of the first ten units lie in it.
    """
    clipped = min(max(share, 0.001), 0.999)
    inside = next((score for unit, score in on.scores if unit.startswith(branch)), 0.0)
    outside = next((score for unit, score in on.scores if not unit.startswith(branch)), 0.0)
    votes = sum(unit.startswith(branch) for unit, _ in on.scores[:VOTERS]) / VOTERS
    return (
        1.0, math.log(clipped / (1 - clipped)), min(inside, 3.0), max(-1.0, min(inside - outside, 2.0)), votes, on.known,
        math.log1p(min(on.words, 40)), float(min(on.answers, 4)),
    )  # fmt: skip


def sure(branch: str, share: float, on: Grounds, used: Calibration) -> float:
    """How often a first branch of such a share was right."""
    if share <= 0:
        return 0.0
    curve = used.levels[str(len(branch))]
    odds = msgspec.structs.astuple(curve)
    value = sum(a * b for a, b in zip(odds, features(branch, share, on), strict=True))
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, value))))
