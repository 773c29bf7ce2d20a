"""What was expected beside what came out: verdicts, remarks, and how sure our figures are."""

from __future__ import annotations

import datetime as dt
import difflib
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

# the modules of derivations enter themselves when they are loaded, in the order of the law
from tongguan.assessment.worked_cases import channels, clocks, duties, origins, taxes, valuation
from tongguan.assessment.worked_cases import vocabulary as words
from tongguan.assessment.worked_cases.reading import CaseFile, WorkedCase, read_cases, read_moment, read_yes_no
from tongguan.assessment.worked_cases.sheet import Lacking, Sheet
from tongguan.assessment.world import World, shipped_world
from tongguan.grammar.citations import weakest
from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.findings import Finding
from tongguan.grammar.money import NotAnAmount, decimal_of, decimal_text, yuan

MODULES = (valuation, channels, duties, taxes, clocks, origins)
MATCHES, DIFFERS, NOT_EXPRESSED = "matches", "differs", "not_expressed"
Value = int | bool | Fraction | Decimal | dt.date | str
"""What a figure can be."""
SHOWN_DECIMALS = Decimal("0.00000001")
MONEY_DECIMALS = 2


class FigureResult(NamedTuple):
    """One figure: what was expected, what we get, and the verdict; `finding` says why a figure could not be derived."""

    figure: str
    expected: str
    ours: str
    verdict: str
    finding: Finding | None
    way: str
    because: str
    confidence: str

    def to_json(self) -> dict[str, Any]:
        """As programs read it."""
        return {
            "figure": self.figure,
            "expected": self.expected,
            "ours": self.ours,
            "verdict": self.verdict,
            "derivation": self.way,
            "because": self.because,
            "our_confidence": self.confidence,
            "finding": self.finding.to_json() if self.finding else None,
        }


class CaseResult(NamedTuple):
    """One case: its figures, and remarks on its facts."""

    case: WorkedCase
    figures: tuple[FigureResult, ...]
    remarks: tuple[Finding, ...]

    @property
    def verdict(self) -> str:
        """The worst of its figures: a figure that differs, else one that could not be expressed."""
        verdicts = {figure.verdict for figure in self.figures}
        return DIFFERS if DIFFERS in verdicts else NOT_EXPRESSED if NOT_EXPRESSED in verdicts else MATCHES

    def to_json(self) -> dict[str, Any]:
        """As programs read it."""
        case = self.case
        return {
            "id": case.id,
            "group": case.group,
            "title": case.title,
            "date": case.date.isoformat() if case.date else None,
            "confidence": case.confidence,
            "source": list(case.source),
            "verdict": self.verdict,
            "figures": [figure.to_json() for figure in self.figures],
            "remarks": [remark.to_json() for remark in self.remarks],
        }


class FileResult(NamedTuple):
    """A file run: its cases in their order, and what is wrong with the file."""

    file: CaseFile
    cases: tuple[CaseResult, ...]

    def count(self, verdict: str) -> int:
        """How many cases have a verdict; a case that could not be read could not be expressed."""
        return sum(1 for case in self.cases if case.verdict == verdict) + (
            len(self.file.refused) if verdict == NOT_EXPRESSED else 0
        )

    @property
    def has_errors(self) -> bool:
        """Whether the file holds something that could not be read."""
        return any(finding.severity == "error" for finding in self.file.findings)

    def to_json(self) -> dict[str, Any]:
        """As programs read it."""
        return {
            "file": self.file.path,
            "cases": [case.to_json() for case in self.cases],
            "refused": list(self.file.refused),
            "findings": [finding.to_json() for finding in self.file.findings],
            "summary": {
                "cases": self.file.number_of_cases,
                "figures": sum(len(case.figures) for case in self.cases),
                MATCHES: self.count(MATCHES),
                DIFFERS: self.count(DIFFERS),
                NOT_EXPRESSED: self.count(NOT_EXPRESSED),
            },
        }


def run_file(path: Path, world: World | None = None) -> FileResult:
    """Read a file and run its cases."""
    file = read_cases(path)
    return FileResult(file, tuple(run_case(case, world, file.written) for case in file.cases))


def run_case(case: WorkedCase, world: World | None = None, written: dt.date | None = None) -> CaseResult:
    """Derive every figure a case expects and compare."""
    sheet = Sheet(case, world or shipped_world(), written)
    figures = tuple(_figure(sheet, name, text) for name, text in case.expected.items())
    unused = tuple(
        Finding("cases.fact_not_used", f"{case.path}.inputs.{name}", {"fact": name}, "", "note")
        for name in case.inputs
        if name not in sheet.used
    )
    return CaseResult(case, figures, (*sheet.remarks.values(), *unused))


def _figure(s: Sheet, name: str, expected: str) -> FigureResult:
    figure = words.FIGURE_NAMES.get(name, name)
    before = dict(s.parameters)
    s.parameters = {}
    try:
        kind, value = _derived(s, figure)
    except Lacking as lacking:
        return FigureResult(name, expected, "", NOT_EXPRESSED, _why_not(s, name, figure, lacking), "", "", "")
    except OutOfCoverage as out:
        path = f"{s.case.path}.expected.{name}"
        return FigureResult(name, expected, "", NOT_EXPRESSED, Finding(out.code, path, out.facts), "", "", "")
    except (NotAnAmount, ValueError) as finer:
        finding = Finding("cases.too_precise", f"{s.case.path}.expected.{name}", {"figure": name, "reason": str(finer)})
        return FigureResult(name, expected, "", NOT_EXPRESSED, finding, "", "", "")
    finally:
        used, s.parameters = s.parameters, {**before, **s.parameters}
    ours = _text(kind, value)
    verdict = MATCHES if _same(figure, kind, value, expected) else DIFFERS
    because = "; ".join(dict.fromkeys(p.citation for p in used.values()))
    return FigureResult(
        name,
        expected,
        ours,
        verdict,
        None,
        s.ways.get(figure, ""),
        because,
        weakest([p.confidence for p in used.values()]),
    )


def _derived(s: Sheet, figure: str) -> tuple[str, Value]:
    overlays = frozenset(duties.overlay_rates(s)) if figure.endswith("_duty") else frozenset()
    kind = words.figure_kind(figure, overlays)
    if kind is None:
        raise Lacking
    if figure.endswith("_duty") and figure not in words.FIGURES:
        return kind, duties.overlay_duty(s, figure)
    return kind, s.figure(figure, is_asked=True)


def _why_not(s: Sheet, name: str, figure: str, lacking: Lacking) -> Finding:
    """Why a figure cannot be derived: it is unknown, or these facts would be needed beside those stated."""
    path = f"{s.case.path}.expected.{name}"
    stated = ", ".join(s.case.inputs) or "–"
    if words.figure_kind(figure, s.asked) is None:
        near = difflib.get_close_matches(name, [*words.FIGURES, *words.FIGURE_NAMES], 1)
        return Finding(
            "cases.figure_not_known", path, {"figure": name, "nearest": near[0] if near else "–", "stated": stated}
        )
    facts = {"figure": name, "missing": "; ".join(dict.fromkeys(lacking.facts)) or "–", "stated": stated}
    return Finding("cases.facts_missing" if lacking.facts else "cases.no_derivation", path, facts)


def _text(kind: str, value: Value) -> str:
    if kind == words.MONEY and isinstance(value, int):
        return yuan(value)
    if kind == words.EXACT and isinstance(value, (int, Fraction, Decimal)):
        exact = Fraction(value)
        decimal = Decimal(exact.numerator) / Decimal(exact.denominator)
        return decimal_text(decimal.quantize(SHOWN_DECIMALS, ROUND_HALF_UP))
    if kind == words.MOMENT and isinstance(value, dt.datetime):
        return value.isoformat(timespec="minutes")
    if kind == words.YES_NO:
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _same(figure: str, kind: str, value: Value, expected: str) -> bool:
    """Whether two figures are the same. An exact figure is compared in as many decimals as the expected one is written with, at least two."""
    if kind == words.MONEY:
        return decimal_of(expected) * 100 == value
    if kind == words.EXACT and isinstance(value, (int, Fraction, Decimal)):
        wanted = decimal_of(expected)
        exponent = wanted.as_tuple().exponent
        decimals = max(MONEY_DECIMALS, -exponent) if isinstance(exponent, int) else MONEY_DECIMALS
        exact = Fraction(value) * 10**decimals
        return bool(
            Fraction(wanted) * 10**decimals == (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
        )
    if kind == words.MOMENT:
        return read_moment(expected) == value
    if kind == words.DAY:
        return dt.date.fromisoformat(expected.strip()[:10]) == value
    if kind == words.YES_NO:
        return read_yes_no(expected) == bool(value)
    if kind == words.WHOLE:
        return decimal_of(expected) == value
    return words.same_word(figure, expected, str(value))
