"""Citations and the register of legal instruments.

A citation is written `instrument#article` (`tariff-law-2024#13`); several are joined with "; ". Every instrument stands once in
`law/instruments/*.yaml` with its titles, issuer, number and three dates: published, in force, repealed.

How sure a fact is travels with it:
    V1  the primary text was read        V2  a secondary source was found
    M   from memory, believed right      M?  weak memory, to be confirmed
    D   derived by arithmetic from V1 or V2 facts
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path

import msgspec

from tongguan.grammar.errors import LawDataError
from tongguan.grammar.strict_yaml import read_yaml

CONFIDENCE_ORDER = ("V1", "D", "V2", "M", "M?")
"""From surest to weakest; an answer is as sure as its weakest fact."""
WEAK = frozenset({"M", "M?"})

INSTRUMENTS = Path(__file__).parent.parent / "law" / "instruments"


class Instrument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One act, decree, announcement or agreement."""

    title_zh: str
    title_en: str
    issuer: str
    confidence: str
    number: str = ""
    published_on: dt.date | None = None
    in_force_from: dt.date | None = None
    repealed_on: dt.date | None = None
    note: str = ""


@cache
def instruments() -> dict[str, Instrument]:
    """Every instrument the law data may cite, by identifier. Raises LawDataError for a double or a malformed entry."""
    register: dict[str, Instrument] = {}
    for path in sorted(INSTRUMENTS.glob("*.yaml")):
        entries = read_yaml(path, dict[str, Instrument])
        for key, instrument in entries.items():
            if key in register:
                raise LawDataError(f"{path.name}: instrument {key!r} is described twice")
            if instrument.confidence not in CONFIDENCE_ORDER:
                raise LawDataError(f"{path.name}: {key}: confidence {instrument.confidence!r} is not a known mark")
            register[key] = instrument
    return register


def weakest(marks: list[str] | tuple[str, ...]) -> str:
    """The weakest of several confidence marks; V1 when there are none."""
    return max(marks, key=CONFIDENCE_ORDER.index, default="V1")


def cite_text(citation: str, language: str) -> str:
    """A citation for reading: 《中华人民共和国关税法》第13条 or "Tariff Law …, art. 13"."""
    parts = []
    for one in citation.split("; "):
        key, _, article = one.partition("#")
        known = instruments().get(key)
        if known is None:
            parts.append(one)
        elif language == "zh":
            parts.append(f"《{known.title_zh}》" + (f"第{article}条" if article else ""))
        else:
            parts.append(known.title_en + (f", art. {article}" if article else ""))
    return ("；" if language == "zh" else "; ").join(parts)
