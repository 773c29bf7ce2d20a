"""tongguan law: coverage, one rule, and the strict check."""

from __future__ import annotations

import json
import shutil

import pytest
from typer.testing import CliRunner

import tongguan.cli.law
import tongguan.cli.law_check
from tongguan.cli import app
from tongguan.cli.law import find_rule, rule_folders, summary_of
from tongguan.grammar.findings import InputRefused
from tongguan.grammar.parameters import LAW


def run(*arguments):
    return CliRunner().invoke(app, ["law", *arguments])


def test_every_file_of_law_passes_the_check():
    result = run("check")
    assert result.exit_code == 0, result.output


def test_coverage_names_every_rule():
    result = run("coverage", "--json")
    assert [entry["rule"] for entry in json.loads(result.output)] == rule_folders()
    vat = next(entry for entry in json.loads(result.output) if entry["rule"] == "import_vat")
    assert vat["since"] == "2018-01-01"
    assert sum(vat["confidence"].values()) == vat["values"]


def test_coverage_says_what_is_not_encoded():
    gaps = [gap for rule in rule_folders() for gap in summary_of(rule).not_encoded]
    text = run("coverage", "--lang", "en").output.replace("\n", " ")
    assert gaps
    assert all(" ".join(why_en.split()[:3]) in " ".join(text.split()) for _, _, why_en in gaps)


def test_coverage_as_a_page():
    page = run("coverage", "--markdown").output
    assert page.startswith("# Coverage\n")
    assert all(f"| `{rule}` |" in page for rule in rule_folders())


def test_a_rule_is_shown_with_text_numbers_and_cases():
    text = run("show", "import_vat", "--lang", "en").output
    assert "composite taxable price" in text
    assert "2019-04-01" in text
    assert "0.13" in text
    assert "worked cases" in text


@pytest.mark.parametrize(
    "asked", ["channels/cross_border_ecommerce", "cross_border_ecommerce", "channels/cross_border_ecommerce/"]
)
def test_a_rule_is_found_by_its_folder_or_the_end_of_it(asked):
    assert find_rule(asked) == "channels/cross_border_ecommerce"


def test_an_unknown_rule_names_the_nearest():
    with pytest.raises(InputRefused) as refused:
        find_rule("import_vta")
    assert "import_vat" in refused.value.findings[0].message("en")
    assert run("show", "nowhere").exit_code == 2


def test_every_rule_can_be_shown():
    for rule in rule_folders():
        assert run("show", rule, "--json").exit_code == 0
        assert run("show", rule).exit_code == 0


# --- the check finds what is wrong ---------------------------------------------------------------------------------------------------


@pytest.fixture
def law(tmp_path, monkeypatch):
    """A copy of the law that a test may damage."""
    folder = tmp_path / "law"
    shutil.copytree(LAW, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for module in (tongguan.cli.law, tongguan.cli.law_check):
        monkeypatch.setattr(module, "LAW", folder)
    return folder


def damaged(path, old, new):
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new", "code", "where"),
    [
        ("import_vat/parameters.yaml", "vat-law-2024#10", "vat-law-2042#10", "law.citation_not_resolved", "import_vat/parameters.yaml: standard_rate: 2026-01-01"),
        ("import_vat/parameters.yaml", "confidence: V1", "confidence: V9", "law.file_malformed", "import_vat/parameters.yaml"),
        ("import_vat/parameters.yaml", "unit: ratio", "unit: ''", "law.field_empty", "import_vat/parameters.yaml: standard_rate"),
        ("import_vat/parameters.yaml", "verified_until: 2026-11-21", "verified_until: 2019-01-01", "law.verified_before_value", "import_vat/parameters.yaml: standard_rate"),
        ("import_vat/parameters.yaml", "label_en", "label_fr", "law.file_malformed", "import_vat/parameters.yaml"),
        ("import_vat/cases.yaml", "source:", "sauce:", "law.field_empty", "import_vat/cases.yaml"),
        ("import_vat/cases.yaml", "- {name:", "- [{name:", "law.file_malformed", "import_vat/cases.yaml"),
        ("valuation/transaction_value/adjustments.yaml", "tariff-law-2024#25", "tariff-law#25", "law.citation_not_resolved", "adjustments.yaml"),
    ],
)  # fmt: skip
def test_damage_is_found_where_it_is(law, file, old, new, code, where):
    damaged(law / file, old, new)
    findings, _ = tongguan.cli.law_check.check_everything()
    assert any(f.code == code and where in f.path for f in findings), [(f.code, f.path) for f in findings]


def test_several_damages_are_found_at_once(law):
    damaged(law / "import_vat" / "parameters.yaml", "unit: ratio", "unit: ''")
    (law / "low_value" / "cases.yaml").unlink()
    result = run("check", "--json")
    codes = {finding["code"] for finding in json.loads(result.output)["findings"]}
    assert result.exit_code == 1
    assert codes >= {"law.field_empty", "law.rule_without_cases"}
