"""Drawing goods and examiners by lot, so that anyone can recompute it (双随机, guobanfa-2015-58).

    digest      SHA-256 of the list in canonical JSON
    commitment  SHA-256(seed ‖ digest), published before anything is drawn
    lot         SHA-256(seed ‖ ":goods:" ‖ reference) as a number; the goods are drawn when lot ÷ 2^256 is below the rate of their grade
    examiner    of those who may, the one with the smallest SHA-256(seed ‖ ":examiner:" ‖ reference ‖ ":" ‖ code)

Reading  1. Each declaration has its own lot, so that the rate holds for one as for a thousand, and the order of the list means nothing.
         2. The seed is made by the machine and shown to nobody before the draw is done. That a draw was prepared and never carried out stays visible in the
            journal, so that seeds cannot be tried until one pleases.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import msgspec

from tongguan.grammar.money import PPM
from tongguan.window.journal.models import canonical

GRADES = ("advanced_certified", "certified", "regular", "dishonest", "seriously_dishonest")
"""Credit grades of firms, from most to least trusted (gacc-order-282). A firm without a grade is regular."""


class Listed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the commitment covers.

    `candidates`  grade by reference; `rates` millionths by grade
    `examiners`   codes of those on duty; `excluded` codes that may not examine the goods of a reference
    """

    candidates: dict[str, str]
    rates: dict[str, int]
    examiners: list[str]
    excluded: dict[str, list[str]]

    def text(self) -> str:
        """The one way to write it."""
        return canonical(msgspec.to_builtins(self))


class Drawn(msgspec.Struct, frozen=True):
    """Goods drawn, and who examines them; an empty code where nobody may."""

    reference: str
    examiner: str


def read(text: str) -> Listed:
    """The list as it was published."""
    return msgspec.json.decode(text, type=Listed)


def commitment(seed: str, text: str) -> str:
    """What is published before the draw. `seed` in hexadecimal."""
    return _hash(seed, hashlib.sha256(text.encode()).hexdigest())


def draw(seed: str, listed: Listed) -> list[Drawn]:
    """The goods drawn, in the order of their references, each with its examiner. The same seed and list give the same answer, always."""
    return [
        Drawn(reference, examiner_for(seed, reference, listed.examiners, listed.excluded.get(reference, ())))
        for reference, grade in sorted(listed.candidates.items())
        if is_drawn(seed, reference, listed.rates[grade])
    ]


def is_drawn(seed: str, reference: str, rate_ppm: int) -> bool:
    """Whether the lot of these goods falls below the rate."""
    return int(_hash(seed, f":goods:{reference}"), 16) * PPM < rate_ppm << 256


def examiner_for(seed: str, reference: str, examiners: Sequence[str], excluded: Sequence[str]) -> str:
    """The examiner drawn for these goods; empty where nobody may examine them."""
    able = [code for code in examiners if code not in excluded]
    return min(able, key=lambda code: _hash(seed, f":examiner:{reference}:{code}"), default="")


def references(salt: str, numbers: Mapping[int, str]) -> dict[int, str]:
    """Names of declarations in a published list: they say nothing to others, and a party that knows its number can find its own."""
    return {key: _hash(salt, f":reference:{number}")[:16] for key, number in numbers.items()}


def _hash(seed: str, text: str) -> str:
    return hashlib.sha256(bytes.fromhex(seed) + text.encode()).hexdigest()
