"""Every code the source uses has its text, in both languages, with every fact it asks for, and a next step where a person can act."""

from __future__ import annotations

import ast
import itertools
import re
from pathlib import Path

import pytest

import tongguan
from tongguan.cli.law_check import facts_in
from tongguan.grammar.findings import catalogue
from tongguan.grammar.strict_yaml import read_yaml

SOURCE = Path(tongguan.__file__).parent
CALLS = {"Finding": 2, "Reason": 2, "OutOfCoverage": None, "problem": None, "say": None}
"""What takes a code first, and where its facts stand: a place among the arguments, or None for keyword arguments."""
CODE = re.compile(r"[a-z_]+\.[a-z_0-9]+(\.[A-Za-z_0-9]+)?")
KINDS = {"mfn", "provisional", "conventional", "special_preferential", "general", "in_quota", "in_quota_provisional"}
EXPANSIONS = {
    # f-string parts, by the name of the variable that fills them
    "duty_rate.{}_applies": {f"duty_rate.{k}_applies" for k in (*KINDS, "sliding")},
    "duty_rate.{}_below_{}": {
        f"duty_rate.{kind}_below_{own}"
        for kind, own in itertools.product(("mfn", "provisional", "in_quota"), ("conventional", "special_preferential"))
    },
}


def codes_of(node):
    """The codes an expression can be, or nothing where only running could tell."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return {node.value}
    if isinstance(node, ast.IfExp):
        return codes_of(node.body) | codes_of(node.orelse)
    if isinstance(node, ast.JoinedStr):
        shape = "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
        return EXPANSIONS.get(shape, set())
    return set()


def name_of(call):
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def facts_given(call, place):
    """The names of the facts of a call, or None where only running could tell."""
    if place is None:
        return None if any(k.arg is None for k in call.keywords) else {k.arg for k in call.keywords}
    given = (
        call.args[place] if len(call.args) > place else next((k.value for k in call.keywords if k.arg == "facts"), None)
    )
    if given is None:
        return set()
    if isinstance(given, ast.Dict) and all(isinstance(key, ast.Constant) for key in given.keys):
        return {key.value for key in given.keys}
    return None


def severity_of(call):
    given = call.args[4] if len(call.args) > 4 else next((k.value for k in call.keywords if k.arg == "severity"), None)
    return given.value if isinstance(given, ast.Constant) else None if given else "error"


def says_page_texts(tree, path):
    """Whether `say` in a file fills in the words of a page (the window's texts.yaml) and not a message: where it was imported from tells."""
    if SOURCE / "window" not in path.parents:
        return False
    taken = {
        node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and any((alias.asname or alias.name) == "say" for alias in node.names)
    }
    return taken != {"tongguan.assessment.letter"}


def uses():
    for path in sorted(SOURCE.rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        called = CALLS.keys() - ({"say"} if says_page_texts(tree, path) else set())
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and name_of(node) in called and node.args:
                for code in codes_of(node.args[0]):
                    if CODE.fullmatch(code):
                        yield f"{path.relative_to(SOURCE).as_posix()}:{node.lineno}", name_of(node), code, node


USES = list(uses())
PAGE_TEXTS = {
    f"{path.parent.name}.{key}": text
    for path in sorted(SOURCE.glob("window/*/texts.yaml"))
    for key, text in read_yaml(path, dict[str, dict[str, str]]).items()
}


def said_on_pages():
    """Page texts that the window's own code names: where, the whole key, the call. A module's own `say` puts its app in front of the key."""
    for path in sorted(SOURCE.glob("window/**/*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        if not says_page_texts(tree, path):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and name_of(node) == "say" and node.args:
                for key in codes_of(node.args[0]):
                    whole = key if "." in key else f"{path.relative_to(SOURCE / 'window').parts[0]}.{key}"
                    yield f"{path.relative_to(SOURCE).as_posix()}:{node.lineno}", whole, node


def test_the_source_uses_messages():
    assert len(USES) > 150


def test_every_code_has_its_text():
    missing = sorted({f"{where}: {code}" for where, _, code, _ in USES if code not in catalogue()})
    assert missing == []


def test_every_text_a_page_says_is_written_and_given_its_facts():
    said = list(said_on_pages())
    assert len(said) > 50
    wrong = [f"{where}: {key} is not written" for where, key, _ in said if key not in PAGE_TEXTS]
    for where, key, node in said:
        given = {keyword.arg and keyword.arg.removesuffix("_zh").removesuffix("_en") for keyword in node.keywords}
        if key in PAGE_TEXTS and None not in given:
            wrong += [f"{where}: {key} asks for {name}" for name in sorted(facts_in(PAGE_TEXTS[key]["en"]) - given)]
    assert wrong == []


def test_every_written_code_has_its_text():
    """Codes kept in tables and passed on by name are found by their beginning."""
    topics = {code.partition(".")[0] for code in catalogue()}
    folders = {path.name for path in SOURCE.rglob("*") if path.is_dir()} - {"input"}
    missing = []
    for path in sorted(SOURCE.rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and id(node) not in parts
                and CODE.fullmatch(node.value)
            ):
                topic, _, rest = node.value.partition(".")
                is_file = rest.rpartition(".")[2] in ("py", "yaml", "csv", "sqlite3", "json", "cases", "origin")
                if (
                    topic in topics
                    and node.value not in catalogue()
                    and not is_file
                    and topic not in folders - {"channels", "law", "tariff", "cli"}
                ):
                    missing.append(f"{path.relative_to(SOURCE)}:{node.lineno}: {node.value}")
    assert missing == []


def test_every_fact_a_text_asks_for_is_given():
    wrong = []
    for where, call, code, node in USES:
        given = facts_given(node, CALLS[call])
        if given is None or code not in catalogue() or isinstance(node.args[0], ast.JoinedStr):
            continue
        message = catalogue()[code]
        plain = {name.removesuffix("_zh").removesuffix("_en") for name in given}
        asked = set().union(*(facts_in(text) for text in (message.zh, message.en, message.next_zh, message.next_en)))
        wrong += [f"{where}: {code} asks for {name}" for name in sorted(asked - plain - given)]
    assert wrong == []


def acts(call, code, node):
    """Whether the person has something to do about it."""
    if call == "Finding":
        return severity_of(node) in ("error", "warning")
    if call == "Reason":
        return code.startswith("origin.") or "_needs_" in code or ".needs_" in code
    return call in ("OutOfCoverage", "problem")


def test_whoever_can_act_is_told_how():
    mute = {
        code
        for _, call, code, node in USES
        if code in catalogue() and acts(call, code, node) and not catalogue()[code].next_en
    }
    assert sorted(mute) == []


@pytest.mark.parametrize("code", sorted(catalogue()))
def test_both_languages_say_the_same(code):
    message = catalogue()[code]
    assert message.zh.strip()
    assert message.en.strip()
    assert facts_in(message.zh) == facts_in(message.en)
    assert facts_in(message.next_zh) == facts_in(message.next_en)
    assert bool(message.next_zh) == bool(message.next_en)
    assert re.search(r"[\u4e00-\u9fff]", message.zh) or code.startswith("letter."), "the Chinese text is in Chinese"
    quoted = re.sub(r"\([^()]*\)", "", message.en)
    assert not re.search(r"[\u4e00-\u9fff]", quoted), (
        "the English text is in English; a Chinese name may stand in brackets"
    )
