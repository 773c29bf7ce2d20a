"""What is stated of the goods, read into the words the requirements know; what cannot be read, or cannot be true together, is a finding."""

from __future__ import annotations

import difflib
from functools import cache

from tongguan.assessment.shipment import GoodsItem
from tongguan.grammar.findings import Finding
from tongguan.law.controls.evaluate import met, starts_with
from tongguan.law.controls.logic import YES
from tongguan.law.controls.tables import attribute_file

YES_WORDS = frozenset({"yes", "true", "y", "是", "有", "对"})
NO_WORDS = frozenset({"no", "false", "n", "否", "无", "没有"})
UNKNOWN_WORDS = frozenset({"unknown", "不知道", "未知", "?", "null", "~"})
TOO_NEAR = 0.84
"""A name this like one of ours, and not one of any other part, was meant as it."""


@cache
def _spellings(name: str) -> dict[str, str]:
    """Every way to write the values of an attribute: the value, its Chinese and its English words."""
    spellings = {}
    for value, words in attribute_file().attributes[name].values.items():
        spellings.update({value.lower(): value, words.zh.lower(): value, words.en.lower(): value})
    values = attribute_file().attributes[name].values
    if {"yes", "no"} <= values.keys():
        spellings.update(dict.fromkeys(YES_WORDS, "yes") | dict.fromkeys(NO_WORDS, "no"))
    return spellings


def read_facts(item: GoodsItem, path: str, findings: list[Finding]) -> dict[str, str]:
    """The attributes among an item's facts. A value that is not in the list is a finding and counts as not stated."""
    known = attribute_file().attributes
    facts: dict[str, str] = {}
    for name, written in item.facts.items():
        text = written.strip()
        if name not in known:
            _perhaps_meant(name, path, findings)
            continue
        if not text or text.lower() in UNKNOWN_WORDS:
            continue
        if not known[name].values:
            facts[name] = text
            continue
        value = _spellings(name).get(text.lower())
        if value is None:
            listed = ", ".join(known[name].values)
            findings.append(
                Finding(
                    "papers.fact_not_in_list", f"{path}facts.{name}", {"name": name, "read": text[:60], "known": listed}
                )
            )
        else:
            facts[name] = value
    if item.has_quota_certificate:
        facts.setdefault("in_quota", "yes")
    if item.has_sliding_duty_certificate:
        facts.setdefault("in_quota", "no")
    return facts


def _perhaps_meant(name: str, path: str, findings: list[Finding]) -> None:
    """A name that is nearly one of ours is asked about; facts of other parts (channels, origin) pass."""
    near = difflib.get_close_matches(name, attribute_file().attributes, 1, TOO_NEAR)
    if near:
        findings.append(
            Finding(
                "papers.fact_name_near",
                f"{path}facts.{name}",
                {"name": name[:60], "nearest": near[0]},
                severity="warning",
            )
        )


def contradictions(code: str, facts: dict[str, str], path: str) -> list[Finding]:
    """Statements that cannot both be true, each once."""
    findings = []
    for one in attribute_file().contradictions:
        if not one.when.keys() <= facts.keys() or (one.codes and not starts_with(code, one.codes, [])):
            continue
        if met([one.when], facts) == YES:
            stated = "; ".join(f"{name} = {facts[name]}" for name in one.when)
            words = {"stated": stated, "why_zh": one.zh, "why_en": one.en}
            findings.append(Finding("papers.facts_contradict", f"{path}facts", words))
    return findings
