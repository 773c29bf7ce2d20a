"""The tables keep what they promise: every requirement complete in both languages, every name known, every citation described."""

import ast
import datetime as dt
import itertools
import re
from pathlib import Path

import pytest

import tongguan.law.controls
from tongguan.assessment.papers.catalogues import mappings
from tongguan.assessment.shipment import CHANNELS
from tongguan.grammar.citations import CONFIDENCE_ORDER, instruments
from tongguan.grammar.findings import catalogue
from tongguan.grammar.strict_yaml import load_text
from tongguan.law.controls import tables
from tongguan.law.controls.quarantine_access import rule as access
from tongguan.tariff.origins import origins

CONTROLS = Path(tongguan.law.controls.__file__).parent
REQUIREMENTS = tables.requirements()
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize("name", tables.FAMILIES)
def test_a_family_has_a_folder_with_law_reading_and_cases(name):
    module = ast.parse((CONTROLS / name / "rule.py").read_text(encoding="utf-8"))
    text = ast.get_docstring(module) or ""
    assert re.search(r"^Law\s", text, re.MULTILINE)
    assert re.search(r"^Reading\s", text, re.MULTILINE)
    functions = [n for n in module.body if isinstance(n, ast.FunctionDef)]
    assert any(f.name == "case" for f in functions)
    assert all(ast.get_docstring(f) for f in functions if not f.name.startswith("_"))
    cases = load_text((CONTROLS / name / "cases.yaml").read_bytes())
    assert cases
    assert all(case["source"] for case in cases)


def test_no_folder_is_left_out_of_the_order():
    folders = {p.parent.name for p in CONTROLS.rglob("rule.py")}
    assert folders == set(tables.FAMILIES)


def sentences(requirement):
    yield from ((requirement.name_zh, requirement.name_en), (requirement.why_zh, requirement.why_en))
    for words in (*requirement.prepare, *requirement.alternatives, requirement.otherwise, requirement.dropped):
        if words is not None:
            yield words.zh, words.en
    for one in (*requirement.exemptions, *requirement.asked):
        yield one.zh, one.en
    for one in (*requirement.periods, *requirement.scopes, *requirement.days):
        if one.zh or one.en:
            yield one.zh, one.en


@pytest.mark.parametrize("identifier", REQUIREMENTS)
def test_a_requirement_speaks_both_languages(identifier):
    _, requirement = REQUIREMENTS[identifier]
    for zh, en in sentences(requirement):
        assert CHINESE.search(zh), (identifier, zh)
        assert en, (identifier, zh)
        assert not CHINESE.search(en), (identifier, en)


@pytest.mark.parametrize("identifier", REQUIREMENTS)
def test_a_requirement_names_channels_and_digits_that_exist(identifier):
    _, requirement = REQUIREMENTS[identifier]
    named = {c for e in requirement.exemptions for c in e.channels} | set(requirement.only_channels)
    assert named <= set(CHANNELS)
    codes = [c for s in requirement.scopes for c in (*s.codes, *s.but)] + [
        c for a in requirement.asked for c in a.codes
    ]
    assert all(not c or c.isdigit() for c in codes)
    unreachable = [b for s in requirement.scopes for b in s.but if not any(b.startswith(c) for c in s.codes)]
    assert not unreachable, "what is taken out has to be in"
    assert {o for s in requirement.scopes for o in (*s.origins, *s.not_origins)} <= origins().countries.keys()


def test_scope_dates_lie_inside_the_rule():
    for identifier, (_, requirement) in REQUIREMENTS.items():
        first = min(p.since for p in requirement.periods)
        for scope in requirement.scopes:
            assert scope.since is None or scope.since >= first, identifier
            assert scope.until is None or scope.since is None or scope.since <= scope.until, identifier


def test_a_repealed_act_is_not_cited_after_its_end():
    late = []
    for identifier, (_, requirement) in REQUIREMENTS.items():
        for period in requirement.periods:
            for one in period.cites.split("; "):
                repealed = instruments()[one.partition("#")[0]].repealed_on
                if repealed and (period.until is None or period.until >= repealed) and period.since >= repealed:
                    late.append((identifier, one))
    assert not late


def test_facts_alone_never_ask_for_what_is_not_an_attribute():
    for name, attribute in tables.attribute_file().attributes.items():
        assert attribute.question_zh.endswith("？"), name
        assert attribute.question_en.endswith("?"), name


def test_every_contradiction_can_happen():
    known = tables.attribute_file().attributes
    for one in tables.attribute_file().contradictions:
        for name, values in one.when.items():
            assert name in known
            assert set(values) <= known[name].values.keys()


def test_access_pairs_are_dated_cited_and_of_real_countries():
    for (_, origin), pairs in access.pairs().items():
        assert origin in origins().countries, origin
        for pair in pairs:
            assert pair.cites.partition("#")[0] in instruments(), pair
            assert pair.confidence in CONFIDENCE_ORDER
            assert (pair.since == access.LONG_AGO) == (pair.since_is == "unknown"), pair
            assert pair.since_is in {"exact", "at_latest", "unknown"}
            assert pair.since <= pair.until
            assert pair.zh or pair.state == "allowed", pair


def test_states_of_a_pair_that_stop_it_do_not_overlap():
    for pairs in access.pairs().values():
        stops = sorted((p for p in pairs if p.state in {"banned", "suspended"}), key=lambda p: p.since)
        for earlier, later in itertools.pairwise(stops):
            assert earlier.until < later.since or earlier.regions or later.regions, (earlier, later)


def test_every_message_of_the_papers_has_both_languages():
    for code, message in catalogue().items():
        if code.startswith("papers."):
            assert CHINESE.search(message.zh), code
            assert message.en, code
            assert not CHINESE.search(message.en), code
            assert bool(message.next_zh) == bool(message.next_en), code


def test_mappings_are_told_apart():
    seen = [(tuple(m.header), m.file_name) for m in mappings()]
    assert len(seen) == len(set(seen))


def test_authorities_are_those_of_the_policy(reference):
    policy = load_text((reference / "domain" / "measures.yaml").read_bytes())
    codes = {body["code"] for body in policy["bodies"]}
    for body in tables.bodies().values():
        assert (body.code in codes) == (body.in_policy == "yes"), body.code


def test_document_letters_are_those_of_the_code_table(reference):
    listed = load_text((reference / "domain" / "codes.yaml").read_bytes())["supervision_documents"]["items"]
    letters = {one["code"] for one in listed if "I" in one["side"]}
    assert set(tables.documents()) <= letters


def test_nothing_is_later_than_was_looked_at():
    for _, requirement in REQUIREMENTS.values():
        for period in requirement.periods:
            assert period.since <= dt.date(2026, 11, 30)
