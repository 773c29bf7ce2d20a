"""Reads every file of law, tables and messages strictly and says all that is amiss at once.

    law         instruments, parameters, cases and the other YAML of each rule; citations resolve, values have unit, citation and mark
    messages    both languages, the same facts in both, a next step in both or in neither
    tables      the schedule's rates belong to lines and do not overlap; schemes, members, groups and measures point at what exists

The checks are those a file needs on its own. Whether a rule gives the right answer is what its cases are for (`make test`).
"""

from __future__ import annotations

import datetime as dt
import string
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from tongguan.grammar.citations import CONFIDENCE_ORDER, WEAK, instruments
from tongguan.grammar.errors import LawDataError
from tongguan.grammar.findings import Finding, catalogue
from tongguan.grammar.parameters import LAW, load_parameters
from tongguan.grammar.strict_yaml import load_text

FOREVER = dt.date.max


def check_everything() -> tuple[list[Finding], dict[str, int]]:
    """Every finding, and how much was looked at."""
    findings: list[Finding] = []
    counted = {
        "instruments": _tolerantly(findings, "law/instruments", lambda: len(instruments())),
        "rules": _rules(findings),
        "messages": _tolerantly(findings, "messages", lambda: _messages(findings)),
        "lines": _tolerantly(findings, "tables/starter_schedule", lambda: _schedule(findings)),
        "measures": _tolerantly(findings, "tables", lambda: _tables(findings)),
    }
    return findings, counted


def _tolerantly(findings: list[Finding], where: str, look: Any) -> int:  # noqa: ANN401  # a function without arguments
    """A part that cannot even be read is one finding; the others are still looked at."""
    try:
        return int(look())
    except (LawDataError, yaml.YAMLError, KeyError, ValueError, OSError) as error:
        findings.append(Finding("law.file_malformed", where, {"why": str(error) or type(error).__name__}))
        return 0


# --- law ---------------------------------------------------------------------------------------------------------------------------


def _rules(findings: list[Finding]) -> int:
    from tongguan.grammar.rules import docstring_of, rule_folders

    rules = rule_folders()
    for rule in rules:
        where = f"law/{rule}"
        if not docstring_of(rule).strip():
            findings.append(Finding("law.rule_without_text", f"{where}/rule.py"))
        if (LAW / rule / "parameters.yaml").exists():
            _tolerantly(
                findings, f"{where}/parameters.yaml", lambda rule=rule, where=where: _parameters(rule, where, findings)
            )
        _tolerantly(
            findings,
            f"{where}/cases.yaml",
            lambda rule=rule, where=where: _cases(LAW / rule / "cases.yaml", where, findings),
        )
    for path in sorted(LAW.rglob("*.yaml")):
        where = path.relative_to(LAW.parent).as_posix()
        if path.name not in ("parameters.yaml", "cases.yaml") and path.parent.name != "instruments":
            _tolerantly(
                findings,
                where,
                lambda path=path, where=where: _citations_in(load_text(path.read_bytes()), where, findings),
            )
    alone = [path for path in sorted(LAW.rglob("parameters.yaml")) if not (path.parent / "rule.py").exists()]
    findings += [Finding("law.parameters_without_rule", path.relative_to(LAW.parent).as_posix()) for path in alone]
    return len(rules)


def _parameters(rule: str, where: str, findings: list[Finding]) -> int:
    loaded = load_parameters(LAW / rule / "parameters.yaml", rule)
    for name, parameter in loaded.parameters.items():
        place = f"{where}/parameters.yaml: {name}"
        content = parameter.content
        empty = [field for field in ("label_zh", "label_en", "unit") if not getattr(content, field).strip()]
        findings += [Finding("law.field_empty", place, {"field": field}) for field in empty]
        days = sorted(content.values)
        last = content.values[days[-1]]
        if content.verified_until < days[-1] and last.state == "in_force" and last.confidence not in WEAK:
            facts = {"until": content.verified_until.isoformat(), "day": days[-1].isoformat()}
            findings.append(Finding("law.verified_before_value", place, facts))
        for day, value in content.values.items():
            _check_citation(value.citation, f"{place}: {day}", findings)
    return len(loaded.parameters)


def _cases(path: Path, where: str, findings: list[Finding]) -> int:
    if not path.exists():
        findings.append(Finding("law.rule_without_cases", where))
        return 0
    cases = load_text(path.read_bytes())
    names: set[str] = set()
    for case in cases if isinstance(cases, list) else []:
        name = str(case.get("name", "")) if isinstance(case, dict) else ""
        place = f"{where}/cases.yaml: {name or '?'}"
        if not name or name in names:
            findings.append(Finding("law.case_name", place))
        names.add(name)
        empty = [field for field in ("given", "expect", "source") if not isinstance(case, dict) or field not in case]
        findings += [Finding("law.field_empty", place, {"field": field}) for field in empty]
    return len(names)


_CITING = ("cites", "because", "old", "new")
"""Keys under which our own YAML writes citations."""


def _citations_in(content: Any, where: str, findings: list[Finding]) -> int:  # noqa: ANN401  # any YAML
    if isinstance(content, list):
        return sum(_citations_in(one, where, findings) for one in content)
    if not isinstance(content, dict):
        return 0
    for key, value in content.items():
        if key in _CITING and isinstance(value, (str, list)):
            _check_citation("; ".join(value) if isinstance(value, list) else value, where, findings)
        else:
            _citations_in(value, f"{where}: {key}", findings)
    return len(content)


def _check_citation(citation: str, where: str, findings: list[Finding]) -> None:
    for one in citation.split("; "):
        key = one.partition("#")[0].strip()
        if key and key not in instruments():
            findings.append(Finding("law.citation_not_resolved", where, {"citation": one}))


# --- messages ----------------------------------------------------------------------------------------------------------------------


def _messages(findings: list[Finding]) -> int:
    for code, message in catalogue().items():
        for one, other, field in (
            (message.zh, message.en, "zh/en"),
            (message.next_zh, message.next_en, "next_zh/next_en"),
        ):
            if bool(one.strip()) != bool(other.strip()) or (field == "zh/en" and not one.strip()):
                findings.append(Finding("law.message_in_one_language", f"messages: {code}", {"field": field}))
            elif facts_in(one) != facts_in(other):
                missing = ", ".join(sorted(facts_in(one) ^ facts_in(other)))
                findings.append(Finding("law.message_facts_differ", f"messages: {code}", {"facts": missing}))
    return len(catalogue())


def facts_in(text: str) -> set[str]:
    """The facts a message asks for; a fact in a language of its own counts under its plain name."""
    names = (name for _, name, _, _ in string.Formatter().parse(text) if name)
    return {name.removesuffix("_zh").removesuffix("_en") for name in names}


# --- tables ------------------------------------------------------------------------------------------------------------------------


def _schedule(findings: list[Finding]) -> int:
    from tongguan.tariff.schedule import starter_schedule

    schedule = starter_schedule()
    where = "tables/starter_schedule"
    for code, editions in schedule.lines.items():
        if len(code) != 8 or not code.isdigit():
            findings.append(Finding("law.row_wrong", f"{where}/lines.csv: {code}", {"what": "code"}))
        _no_overlap(((e.since, e.until) for e in editions), f"{where}/lines.csv: {code}", findings)
    for code, rates in schedule.rates.items():
        if code not in schedule.lines:
            findings.append(Finding("law.points_at_nothing", f"{where}/rates.csv: {code}", {"what": code}))
        groups: dict[tuple[str, str, str], list[tuple[dt.date, dt.date]]] = {}
        for rate in rates:
            groups.setdefault((rate.kind, rate.scheme, rate.formula), []).append((rate.since, rate.until))
            _check_mark(rate.confidence, f"{where}/rates.csv: {code}", findings)
        for (kind, scheme, _), spans in groups.items():
            _no_overlap(spans, f"{where}/rates.csv: {code} {kind} {scheme}".rstrip(), findings)
    return len(schedule.lines)


def _no_overlap(spans: Iterable[tuple[dt.date, dt.date]], where: str, findings: list[Finding]) -> None:
    before: tuple[dt.date, dt.date] | None = None
    for since, until in sorted(spans):
        if until < since or (before is not None and since <= before[1]):
            findings.append(Finding("law.periods_overlap", where, {"since": since.isoformat()}))
        before = since, until


def _check_mark(mark: str, where: str, findings: list[Finding]) -> None:
    if mark not in CONFIDENCE_ORDER:
        findings.append(Finding("law.mark_not_known", where, {"mark": mark}))


def _tables(findings: list[Finding]) -> int:
    from tongguan.tariff.origins import origins
    from tongguan.tariff.overlays import overlays

    held = origins()
    for scheme in held.schemes.values():
        _check_citation(scheme.cites, f"tables/schemes.csv: {scheme.scheme}", findings)
        _check_mark(scheme.confidence, f"tables/schemes.csv: {scheme.scheme}", findings)
    for iso2, memberships in held.members.items():
        for membership in memberships:
            _exists(membership.scheme, held.schemes, f"tables/scheme_members.csv: {iso2}", findings)
        _exists(iso2, held.countries, "tables/scheme_members.csv", findings)
    for group, members in held.groups.items():
        for iso2, _, _ in members:
            _exists(iso2, held.countries, f"tables/country_groups.csv: {group}", findings)
    tables = overlays()
    for measure in tables.measures.values():
        _check_citation(measure.cites, f"tables/overlays/measures.csv: {measure.measure}", findings)
    for key in _keys(tables.horizons):
        _exists(key, tables.measures, "tables/overlays/horizon.csv", findings)
    for row in tables.rates:
        where = f"tables/overlays/rates.csv: {row.measure} {row.code_prefix}"
        _exists(row.measure, tables.measures, where, findings)
        if row.origin != "ALL":
            _exists(row.origin, {**held.countries, **held.groups}, where, findings)
        _check_citation(row.cites, where, findings)
        _check_mark(row.confidence, where, findings)
    return len(tables.measures)


def _keys(table: dict[str, Any]) -> Iterator[str]:
    return iter(table)


def _exists(key: str, known: Iterable[str], where: str, findings: list[Finding]) -> None:
    if key not in known:
        findings.append(Finding("law.points_at_nothing", where, {"what": key}))
