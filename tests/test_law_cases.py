"""Runs every worked case of the law: each `cases.yaml` through the `case()` of the rule beside it."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import msgspec
import pytest

import tongguan.law
from tongguan.grammar.errors import LawDataError, OutOfCoverage
from tongguan.grammar.parameters import law_book
from tongguan.grammar.strict_yaml import read_yaml

LAW = Path(tongguan.law.__file__).parent


class WorkedCase(msgspec.Struct, forbid_unknown_fields=True):
    """A case as a lawyer reads it; `source` says where the answer comes from."""

    name: str
    given: dict[str, Any]
    expect: dict[str, Any] | str
    source: str


def every_case():
    for path in sorted(LAW.rglob("cases.yaml")):
        rule = path.parent.relative_to(LAW).as_posix()
        try:
            for worked in read_yaml(path, list[WorkedCase]):
                yield pytest.param(rule, worked, id=f"{rule}: {worked.name}")
        except LawDataError as unreadable:
            yield pytest.param(rule, unreadable, id=f"{rule}: the file can be read")


@pytest.mark.parametrize(("rule", "worked"), list(every_case()))
def test_worked_case(rule, worked):
    if isinstance(worked, LawDataError):
        pytest.fail(str(worked))
    module = importlib.import_module("tongguan.law." + rule.replace("/", ".") + ".rule")
    assert worked.source, "a case says where its answer comes from"
    if isinstance(worked.expect, dict) and set(worked.expect) == {"error"}:
        with pytest.raises(OutOfCoverage) as refused:
            module.case(worked.given, law_book())
        assert refused.value.code == worked.expect["error"]
    else:
        assert module.case(worked.given, law_book()) == worked.expect


def test_case_names_are_unique():
    ids = [param.id for param in every_case()]
    assert len(ids) == len(set(ids))
