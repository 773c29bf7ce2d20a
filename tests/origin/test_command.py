"""tongguan origin: what it prints and how it ends."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from tongguan.cli.origin import origin
from tongguan.grammar.findings import InputRefused

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "origin"
APP = typer.Typer()
APP.command()(origin)


def run(*arguments):
    return CliRunner().invoke(APP, [str(a) for a in arguments])


def test_a_bill_in_both_languages():
    result = run(EXAMPLES / "table_fans_from_viet_nam.yaml")
    assert result.exit_code == 0
    assert "2.21 points short of 40 %" in result.output
    assert "低 2.21 个百分点" in result.output


def test_a_bill_for_programs():
    result = run(EXAMPLES / "prostheses_from_iceland.yaml", "--json")
    content = json.loads(result.output)
    assert content["best"] == "16"
    assert content["agreements"][0]["margins"][0]["reached"] == {"exact": "279/500", "percent": "55.8"}


def test_what_is_open_ends_with_one():
    assert run(EXAMPLES / "bicycle_from_cambodia.yaml", "--lang", "en").exit_code == 1


def test_a_list_of_rules_from_a_file(tmp_path):
    rules = tmp_path / "rules.csv"
    rules.write_text("hs6,rule\n871200,CTH or RVC40\n871491,CTH\n", encoding="utf-8")
    result = run(EXAMPLES / "bicycle_from_cambodia.yaml", "--lang", "en", "--rules", f"22={rules}")
    assert "[22-ASEAN] RCEP, schedule for ASEAN: qualifies" in result.output


def test_past_imports(tmp_path):
    out = tmp_path / "missed.csv"
    result = run(EXAMPLES / "past_imports.csv", "--as-of", "2025-06-01", "--out", out, "--lang", "zh")
    assert "可申请退还 16,698.88 元" in result.output
    assert out.read_text(encoding="utf-8").startswith("id,commodity_code,origin,scheme")


@pytest.mark.parametrize("name", ["no_such.yaml", "no_such.csv"])
def test_a_file_that_is_not_there(name, tmp_path):
    assert isinstance(run(tmp_path / name).exception, InputRefused)


def test_a_list_of_rules_of_ones_own_decides():
    fan, rules = EXAMPLES / "bicycle_from_cambodia.yaml", EXAMPLES / "product-rules.csv"
    answer = json.loads(run(fan, "--rules", f"23={rules}", "--json").output)
    (cambodia,) = [a for a in answer["agreements"] if a["scheme"] == "23"]
    assert cambodia["status"] == "fails"
    refused = run(fan, "--rules", f"99={rules}")
    assert isinstance(refused.exception, InputRefused)
    assert [f.code for f in refused.exception.findings] == ["bill.scheme_not_known"]
