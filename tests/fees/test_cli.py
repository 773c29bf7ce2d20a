"""The command as people type it."""

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tongguan.cli.fees import app

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "invoices"
NANSHA = [
    "check",
    str(EXAMPLES / "nansha-2020.csv"),
    "--place",
    "CNNSA",
    "--role",
    "port_operator",
    "--found-problem",
    "no",
    "--containers",
    "20=2",
    "--containers",
    "40=1",
]


def run(*arguments, home=None):
    return CliRunner().invoke(app, [*arguments, *(["--home", str(home)] if home else [])])


@pytest.mark.parametrize("lang", ["zh", "en", "both"])
def test_a_bill_for_people(tmp_path, lang):
    result = run(*NANSHA, "--lang", lang, "--letter", home=tmp_path)
    assert result.exit_code == 1
    assert "1,286.00" in result.output
    assert ("12315" in result.output) is True
    assert "{" not in result.output


def test_a_bill_for_programs(tmp_path):
    content = json.loads(run(*NANSHA, "--json", home=tmp_path).output)
    assert content["claim_now"] == [{"amount": "1286.00", "currency": "CNY"}]
    assert [x["verdict"] for x in content["lines"]][:4] == ["listed", "cannot_judge", "listed", "abolished"]
    assert content["complaint"]["zh"]


def test_the_example_of_an_agent(tmp_path):
    content = json.loads(run("check", str(EXAMPLES / "agent-2026.yaml"), "--json", home=tmp_path).output)
    found = {x["description"].split(" ")[0]: x["verdict"] for x in content["lines"]}
    assert found["代收货物港务费"] == "above_cap"
    assert found["港建费"] == "abolished"
    assert found["查验吊装移位费"] == "not_chargeable_to_this_party"
    assert found["绿色通道费"] == "not_listed"


def test_the_table_is_harmless_in_a_spreadsheet(tmp_path):
    bill, out = tmp_path / "bill.csv", tmp_path / "out.csv"
    bill.write_text('收费项目,金额\n"=cmd()",1.00\n海关查验费,-5.00\n', encoding="utf-8")
    run("check", str(bill), "--date", "2026-03-05", "--out", str(out), home=tmp_path)
    rows = list(csv.DictReader(out.read_text("utf-8-sig").splitlines()))
    assert [r["description"] for r in rows] == ["'=cmd()", "海关查验费"]
    assert [r["verdict"] for r in rows] == ["not_listed", "credit"]


def test_a_clean_bill_and_a_broken_one(tmp_path):
    bill = tmp_path / "bill.csv"
    bill.write_text("收费项目,金额\n报关费,200.00\n", encoding="utf-8")
    assert run("check", str(bill), "--date", "2026-03-05", home=tmp_path).exit_code == 0
    result = run("check", str(bill), str(tmp_path / "no.csv"), "--date", "2026-03-05", "--json", home=tmp_path)
    assert result.exit_code == 2
    assert [one.get("refused", False) for one in json.loads(result.output)] == [False, True]


def test_loading_the_example_and_listing_it(tmp_path):
    mapping = str(EXAMPLES / "terminal-list-2026.mapping.yaml")
    load = ["load", str(EXAMPLES / "terminal-list-2026.csv"), "--mapping", mapping]
    assert run(*load, "--dry-run", home=tmp_path).exit_code == 0
    assert run(*load, home=tmp_path).exit_code == 0
    assert run(*load, home=tmp_path).exit_code == 2
    assert "example-terminal/1" in run("list", "--date", "2026-03-05", "--place", "CNSHA", home=tmp_path).output
    assert "example-terminal/1" not in run("list", "--date", "2027-03-05", "--place", "CNSHA", home=tmp_path).output


def test_the_register_for_programs(tmp_path):
    content = json.loads(run("list", "--date", "2026-03-05", "--json", home=tmp_path).output)
    fee = next(c for c in content["charges"] if c["id"] == "port-construction-fee")
    assert (fee["effect"], fee["because"], fee["confidence"]) == ("abolished", "mof-2021-8", "V2")
    everything = json.loads(run("list", "--json", home=tmp_path).output)
    assert len(everything["charges"]) > len(content["charges"])


@pytest.mark.parametrize("option", [("--rate", "USD"), ("--containers", "40")])
def test_options_that_cannot_be_read(tmp_path, option):
    result = run("check", str(EXAMPLES / "agent-2026.yaml"), *option, home=tmp_path)
    assert result.exit_code != 0
