"""Whole answers to whole shipments, kept as files. `make golden` records them again; read the difference before keeping it.

What only repeats the catalogue (texts of messages, titles of instruments) is left out, so that better wording changes nothing here.
"""

from __future__ import annotations

import difflib
import json
import os
from pathlib import Path

import pytest

from tongguan.assessment.assess import assess
from tongguan.assessment.reading import load_document, read_shipment
from tongguan.origin.options import origins_of_shipment

FOLDER = Path(__file__).parent
SHIPMENTS = sorted(FOLDER.glob("*.yaml"))
RECORD = os.environ.get("TONGGUAN_RECORD_GOLDEN") == "1"
REPEATS_THE_CATALOGUE = {
    "message_zh",
    "message_en",
    "next_step_zh",
    "next_step_en",
    "because_zh",
    "because_en",
    "label_zh",
    "condition_zh",
}


def essential(answer):
    """The answer without texts that come from the catalogue."""
    if isinstance(answer, dict):
        return {
            k: essential(v)
            for k, v in answer.items()
            if k not in REPEATS_THE_CATALOGUE and not k.endswith(("_zh", "_zh_cn"))
        }
    return [essential(one) for one in answer] if isinstance(answer, list) else answer


def as_lines(answer):
    """One fact to a line, so that a difference shows what changed; an amount of money is one fact."""
    text = json.dumps(answer, ensure_ascii=False, indent=1)
    return text.splitlines(keepends=True)


def squeezed(answer):
    """Amounts of money as one text, so that each takes one line."""
    if isinstance(answer, dict):
        if set(answer) == {"amount", "currency"}:
            return f"{answer['amount']} {answer['currency']}"
        return {k: squeezed(v) for k, v in answer.items()}
    return [squeezed(one) for one in answer] if isinstance(answer, list) else answer


def test_there_are_a_dozen_shipments():
    assert len(SHIPMENTS) >= 12


@pytest.mark.parametrize("path", SHIPMENTS, ids=lambda p: p.stem)
def test_the_whole_answer_is_the_one_recorded(path):
    shipment = read_shipment(load_document(path))
    assessment = assess(shipment)
    origin = [one.to_json() for one in origins_of_shipment(shipment, assessment)]
    answer = as_lines(squeezed(essential({**assessment.to_json(), "origin": origin})))
    recorded = path.with_suffix(".json")
    if RECORD:
        recorded.write_text("".join(answer) + "\n", encoding="utf-8")
        return
    assert recorded.exists(), "run `make golden` to record it"
    before = recorded.read_text(encoding="utf-8").rstrip("\n").splitlines(keepends=True)
    difference = "".join(difflib.unified_diff(before, answer, recorded.name, "now", n=2))
    assert not difference, f"\n{difference}\nIf the law says so, run `make golden` and read the difference."


def test_no_recorded_answer_is_without_its_shipment():
    assert {p.stem for p in FOLDER.glob("*.json")} == {p.stem for p in SHIPMENTS}
