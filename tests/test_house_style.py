"""The house keeps itself: each rule says its law and units, each number has unit, date, source and confidence, each citation resolves."""

from __future__ import annotations

import ast
import csv
import datetime as dt
import re
from pathlib import Path

import pytest

import tongguan
from tongguan.grammar.citations import CONFIDENCE_ORDER, WEAK, instruments
from tongguan.grammar.parameters import LawBook, load_parameters
from tongguan.grammar.strict_yaml import load_text
from tongguan.law.additional_duties.rule import CONDITIONS
from tongguan.tariff.overlays import overlays
from tongguan.tariff.schedule import starter_schedule

PACKAGE = Path(tongguan.__file__).parent
LAW = PACKAGE / "law"
TABLES = PACKAGE / "tables"
RULES = sorted(p.parent for p in LAW.rglob("rule.py") if "controls" not in p.parts)
"""Every rule about money and days; those about papers (law/controls) have tests of their own."""
PARAMETERS = sorted(LAW.rglob("parameters.yaml"))
SOURCES = sorted(p for p in PACKAGE.rglob("*.py"))
CITATION = re.compile(r"\b([a-z][a-z0-9]*(?:-[a-z0-9]+)+)#[0-9]")
DAY = re.compile(r"\b20[0-9]{2}-[0-9]{2}-[0-9]{2}\b")

WITHOUT_SOURCE = {
    "overlays/sources.csv": "is the register of sources",
    "currencies.csv": "names of currencies, not law",
    "working_days.csv": "has a column for the notice and its confidence",
}
NOT_OF_THE_LAW = ("lexicon", "origin", "mappings", "nomenclatures", "controls")
"""Folders of tables that hold words, forms and offices, or are looked after by tests of their own."""


def name_of(path):
    return path.relative_to(PACKAGE).as_posix()


@pytest.mark.parametrize("folder", RULES, ids=name_of)
def test_a_rule_says_its_law_its_units_and_has_cases(folder):
    module = ast.parse((folder / "rule.py").read_text(encoding="utf-8"))
    text = ast.get_docstring(module) or ""
    assert re.search(r"^(Law|Practice)\s", text, re.MULTILINE), "the docstring names the law"
    assert re.search(r"^Units?\s", text, re.MULTILINE), "the docstring names the units"
    public = [n for n in module.body if isinstance(n, ast.FunctionDef) and not n.name.startswith("_")]
    assert all(ast.get_docstring(f) for f in public), "each function says what it answers"
    assert any(f.name == "case" for f in public)
    cases = load_text((folder / "cases.yaml").read_bytes())
    assert cases
    assert all(case["source"] for case in cases)


@pytest.mark.parametrize("path", PARAMETERS, ids=lambda p: name_of(p.parent))
def test_parameters_are_complete_and_their_citations_resolve(path):
    rule = load_parameters(path, path.parent.relative_to(LAW).as_posix())
    for parameter in rule.parameters.values():
        content = parameter.content
        assert content.label_zh, parameter.name
        assert content.label_en, parameter.name
        assert content.unit, parameter.name
        for day, value in content.values.items():
            is_unsure = value.confidence in WEAK or value.state == "not_encoded"
            assert is_unsure or day <= content.verified_until, f"{parameter.name}: {day} is later than anybody looked"
            assert value.confidence in CONFIDENCE_ORDER, (parameter.name, day)
            for citation in [value.cites] if isinstance(value.cites, str) else value.cites:
                assert not citation or citation.partition("#")[0] in instruments(), (parameter.name, day, citation)


@pytest.mark.parametrize(
    "path", [p for p in PARAMETERS if (p.parent / "cases.yaml").exists()], ids=lambda p: name_of(p.parent)
)
def test_where_a_number_changes_a_case_stands_on_the_day(path):
    rule = load_parameters(path, "")
    changes = {
        day
        for p in rule.parameters.values()
        for day in p.days[1:]
        if p.content.values[day].state == "in_force" and _changes(p, day)
    }
    if not changes:
        return
    said = {dt.date.fromisoformat(d) for d in DAY.findall((path.parent / "cases.yaml").read_text(encoding="utf-8"))}
    near = {day + dt.timedelta(shift) for day in changes for shift in (-1, 0)}
    assert said & near, f"no case on, or on the day before, any of {sorted(str(d) for d in changes)}"


def _changes(parameter, day):
    before = parameter.content.values[parameter.days[parameter.days.index(day) - 1]]
    return before.value != parameter.content.values[day].value


def test_every_citation_in_code_and_messages_resolves():
    unknown = {}
    for path in [*SOURCES, *LAW.rglob("*.yaml"), *(PACKAGE / "messages").glob("*.yaml")]:
        for key in set(CITATION.findall(path.read_text(encoding="utf-8"))) - instruments().keys():
            unknown.setdefault(key, []).append(name_of(path))
    assert not unknown


def table_rows():
    for path in sorted(TABLES.rglob("*.csv")):
        if name_of(path).removeprefix("tables/") in WITHOUT_SOURCE or any(
            part in NOT_OF_THE_LAW for part in path.parts
        ):
            continue
        yield pytest.param(path, id=name_of(path))


@pytest.mark.parametrize("path", list(table_rows()))
def test_every_row_of_a_table_has_source_and_confidence(path):
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(line for line in file if not line.startswith("#")), start=1):
            assert row["source"], (number, row)
            assert row["confidence"] in CONFIDENCE_ORDER, (number, row)


def test_citations_of_tables_resolve():
    for path, column in (("overlays/measures.csv", "cites"), ("overlays/rates.csv", "cites"), ("schemes.csv", "cites")):
        with (TABLES / path).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(line for line in file if not line.startswith("#")):
                for one in row[column].split("; "):
                    assert one.partition("#")[0] in instruments(), (path, row)


def test_measures_know_their_conditions_and_horizons():
    tables = overlays()
    assert {r.condition for r in tables.rates} <= CONDITIONS.keys()
    assert {r.measure for r in tables.rates} <= tables.measures.keys()
    assert tables.horizons.keys() == tables.measures.keys()
    assert {h.after for h in tables.horizons.values()} <= {"continues", "ended", "not_known", "not_held"}
    without_rows = tables.measures.keys() - {r.measure for r in tables.rates}
    assert without_rows == {h.measure for h in tables.horizons.values() if h.after == "not_held"}


def test_rates_have_a_known_form_and_a_line():
    schedule = starter_schedule()
    for code, rates in schedule.rates.items():
        assert code in schedule.lines
        for rate in rates:
            assert rate.form in {"ad_valorem", "specific", "compound", "sliding", "lower_of", "by_unit_value"}
            assert rate.text()
            assert rate.form != "by_unit_value" or all(rate.bands)


@pytest.mark.parametrize("path", [*LAW.rglob("*.py"), PACKAGE / "assessment" / "pipeline.py"], ids=name_of)
def test_no_float_touches_money(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    floats = [n.lineno for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, float)]
    calls = [
        n.lineno
        for n in ast.walk(tree)
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == "float"
    ]
    assert not floats + calls


ORDER = {"grammar": 0, "law": 1, "tariff": 1, "assessment": 2, "cli": 3}


def imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("tongguan."):
            yield node.module.split(".")[1]
        elif isinstance(node, ast.Import):
            yield from (a.name.split(".")[1] for a in node.names if a.name.startswith("tongguan."))


def test_imports_run_downwards_only():
    wrong = []
    for path in SOURCES:
        own = path.relative_to(PACKAGE).parts[0]
        for other in set(imported(path)) if own in ORDER else ():
            is_down = ORDER.get(other, -1) < ORDER[own] or other == own
            if other in ORDER and not is_down:
                wrong.append(f"{name_of(path)} imports tongguan.{other}")
    assert not wrong


def test_the_law_as_a_whole_loads():
    book = LawBook()
    assert {p.parent.relative_to(LAW).as_posix() for p in PARAMETERS} == set(book.rules())
    for rule in book.rules():
        book.rule(rule)
