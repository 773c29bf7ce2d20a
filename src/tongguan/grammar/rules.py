"""The rules of law as one reads them: every rule folder, what it says of itself, its numbers and its worked cases. Nothing is run."""

from __future__ import annotations

import ast
import datetime as dt
from collections import Counter
from typing import Any, NamedTuple

from tongguan.grammar.citations import CONFIDENCE_ORDER
from tongguan.grammar.parameters import HELD_FROM, LAW, Parameter, law_book
from tongguan.grammar.strict_yaml import load_text


class RuleSummary(NamedTuple):
    """One rule folder at a glance. `since` is the first day we answer for, some parameter having a value; None for a rule without numbers of its own."""

    rule: str
    title: str
    parameters: int
    values: int
    since: dt.date | None
    verified_until: dt.date | None
    confidence: dict[str, int]
    not_encoded: tuple[tuple[str, str, str], ...]
    cases: int

    def sureness(self) -> str:
        """How many values carry each mark, as in V1 3, M 2."""
        return ", ".join(f"{mark} {count}" for mark, count in self.confidence.items())


def rule_folders() -> list[str]:
    """Every rule, in the order of the folders."""
    return sorted(path.parent.relative_to(LAW).as_posix() for path in LAW.rglob("rule.py"))


def title_of(rule: str) -> str:
    """The first line of a rule's docstring."""
    return docstring_of(rule).partition("\n")[0].strip()


def docstring_of(rule: str) -> str:
    """What a rule says of itself, read without running it."""
    return ast.get_docstring(ast.parse((LAW / rule / "rule.py").read_text("utf-8"))) or ""


def cases_of(rule: str) -> list[dict[str, Any]]:
    """The worked cases beside a rule."""
    path = LAW / rule / "cases.yaml"
    return load_text(path.read_bytes()) or [] if path.exists() else []


def parameters_of(rule: str) -> dict[str, Parameter]:
    """The dated numbers of a rule; none where it has no numbers of its own. Raises LawDataError for a malformed file."""
    return law_book().rule(rule).parameters if (LAW / rule / "parameters.yaml").exists() else {}


def summary_of(rule: str) -> RuleSummary:
    """A rule at a glance. Raises LawDataError for a malformed parameter file."""
    parameters = parameters_of(rule)
    values = [(name, day, value) for name, p in parameters.items() for day, value in p.content.values.items()]
    marks = Counter(value.confidence for _, _, value in values)
    return RuleSummary(
        rule=rule,
        title=title_of(rule),
        parameters=len(parameters),
        values=len(values),
        since=max(min(day for _, day, _ in values), HELD_FROM) if values else None,
        verified_until=min((p.content.verified_until for p in parameters.values()), default=None),
        confidence={mark: marks[mark] for mark in CONFIDENCE_ORDER if marks[mark]},
        not_encoded=tuple((f"{n} {d}", v.why_zh, v.why_en) for n, d, v in values if v.state == "not_encoded"),
        cases=len(cases_of(rule)),
    )
