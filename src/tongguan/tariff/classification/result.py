"""What guided classification answers: the code as far as it is certain, how sure, what is still open, the next question and the trail."""

from __future__ import annotations

from typing import Literal, NamedTuple

from tongguan.grammar.findings import Finding
from tongguan.tariff.classification.confidence import Grounds
from tongguan.tariff.classification.notes import Note

State = Literal["open", "settled", "abstains"]
"""open: a question would help; settled: a code, as long as it is certain; abstains: not even a chapter is certain and nothing is left to ask."""

Words = dict[str, str]
"""A text by language."""


def percent(share: float) -> str:
    """A share as people read it."""
    return f"{share * 100:.0f} %"


class Step(NamedTuple):
    """One level of the code: the first branch there, how sure, and whether the person chose it by its text."""

    digits: int
    code: str
    share: float
    confidence: float
    is_chosen: bool
    is_certain: bool

    def to_json(self) -> dict[str, object]:
        """For programs."""
        return {
            "digits": self.digits,
            "code": self.code,
            "confidence": round(self.confidence, 3),
            "chosen": self.is_chosen,
            "certain": self.is_certain,
        }


class Candidate(NamedTuple):
    """One branch still open and its share."""

    code: str
    share: float
    text: Words

    def to_json(self) -> dict[str, object]:
        """For programs."""
        return {"code": self.code, "share": round(self.share, 3), "text": self.text}


class Choice(NamedTuple):
    """One answer that may be given, and where it leads, with the tariff text that separates."""

    key: str
    text: Words
    towards: str
    tariff_text: Words

    def to_json(self) -> dict[str, object]:
        """For programs."""
        return {"key": self.key, "text": self.text, "towards": self.towards, "tariff_text": self.tariff_text}


class Asked(NamedTuple):
    """A question, its answers, what it is expected to tell (in bits) and the notes that decide."""

    key: str
    aspect: str
    text: Words
    choices: list[Choice]
    gain: float
    notes: dict[str, Note]

    def to_json(self) -> dict[str, object]:
        """For programs."""
        return {
            "key": self.key,
            "aspect": self.aspect,
            "text": self.text,
            "answers": [c.to_json() for c in self.choices],
            "gain_in_bits": round(self.gain, 2),
            "notes": {name: note.to_json() for name, note in self.notes.items()},
        }


class Trace(NamedTuple):
    """One step of the way: what was learnt, and the first branch and its share after it."""

    code: str
    facts: dict[str, str]
    towards: str
    share: float

    def finding(self) -> Finding:
        """As a text of the catalogue."""
        return Finding(
            self.code, "", {**self.facts, "towards": self.towards or "–", "share": percent(self.share)}, severity="note"
        )

    def to_json(self) -> dict[str, object]:
        """For programs."""
        said = self.finding()
        return {
            "code": self.code,
            "zh": said.message("zh"),
            "en": said.message("en"),
            "towards": self.towards,
            "share": round(self.share, 3),
        }


class Classification(NamedTuple):
    """The whole answer."""

    term: str
    nomenclature: str
    state: State
    code: str
    confidence: float
    levels: list[Step]
    text: Words
    candidates: list[Candidate]
    question: Asked | None
    notes: dict[str, Note]
    trail: list[Trace]
    findings: list[Finding]
    sources: tuple[str, ...]
    grounds: Grounds
    measured_on: dict[str, str]

    def to_json(self) -> dict[str, object]:
        """For programs."""
        return {
            "term": self.term,
            "nomenclature": self.nomenclature,
            "state": self.state,
            "code": self.code,
            "digits": len(self.code),
            "confidence": round(self.confidence, 3) if self.code else None,
            "text": self.text,
            "levels": [step.to_json() for step in self.levels],
            "candidates": [c.to_json() for c in self.candidates],
            "question": self.question.to_json() if self.question else None,
            "notes": {name: note.to_json() for name, note in self.notes.items()},
            "trail": [t.to_json() for t in self.trail],
            "findings": [f.to_json() for f in self.findings],
            "sources": list(self.sources),
            "grounds": self.grounds.to_json(),
            "calibration": self.measured_on,
        }
