"""tongguan papers."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from tongguan.cli.papers import papers
from tongguan.grammar.findings import InputRefused

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
app = typer.Typer()
app.command()(papers)
run = CliRunner()

SHIPMENT = """\
shipment: two things
dates: {declared: 2025-03-01}
currency: CNY
items:
- {commodity_code: "22083000", origin: GB, price: "1000", name: 威士忌}
- {commodity_code: "84295212", origin: JP, price: "100000", facts: {condition: used}}
"""


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("TONGGUAN_HOME", str(tmp_path / "home"))


def test_a_code_in_both_languages():
    made = run.invoke(app, ["0810.6000", "--origin", "vn", "--as-of", "2025-03-01"])
    assert made.exit_code == 0, made.output
    assert "越南" in made.output
    assert "Viet Nam" in made.output


def test_a_ban_exits_with_one():
    made = run.invoke(app, ["08106000", "--origin", "VN", "--as-of", "2022-07-26", "--lang", "en"])
    assert made.exit_code == 1
    assert "cannot enter like this" in made.output


def test_json_has_everything():
    made = run.invoke(app, ["22083000", "--origin", "GB", "--as-of", "2025-03-01", "--json"])
    content = json.loads(made.output)
    paper = next(p for p in content["papers"] if p["id"] == "food-chinese-label")
    assert paper["status"] == "required"
    assert paper["because"] == "food-safety-law#97"
    assert paper["authority"][0]["code"] == "GACC"
    assert paper["declaration_fields"]


def test_a_file_and_its_items(tmp_path):
    path = tmp_path / "shipment.yaml"
    path.write_text(SHIPMENT, encoding="utf-8")
    made = run.invoke(app, [str(path), "--json"])
    assert [a["commodity_code"] for a in json.loads(made.output)] == ["22083000", "84295212"]


def test_facts_on_the_command_line():
    made = run.invoke(
        app, ["84295212", "--origin", "JP", "--as-of", "2025-03-01", "--fact", "condition=used", "--json"]
    )
    assert any(
        p["id"] == "used-machinery-preshipment" and p["status"] == "required" for p in json.loads(made.output)["papers"]
    )


def test_compare_two_days():
    made = run.invoke(app, ["08106000", "--origin", "TH", "--as-of", "2018-05-31", "--compare", "2018-06-01", "--json"])
    assert {(c["id"], c["kind"]) for c in json.loads(made.output)[0]["changes"]} == {
        ("entry-clearance-form", "dropped"),
        ("inspection-application", "added"),
    }
    text = run.invoke(app, ["08106000", "--origin", "TH", "--as-of", "2018-05-31", "--compare", "2018-06-01"])
    assert "取消" in text.output
    assert "dropped" in text.output


@pytest.mark.parametrize(
    "arguments",
    [
        ["08106000", "--as-of", "soon"],
        ["08106000", "--channel", "by_balloon", "--as-of", "2025-03-01"],
        ["08106000", "--fact", "used", "--as-of", "2025-03-01"],
        ["no-such-file.yaml"],
        [],
        ["--load", "no-such-table.csv"],
    ],
)
def test_what_cannot_be_read_is_refused(arguments):
    made = run.invoke(app, arguments)
    assert isinstance(made.exception, InputRefused)


def test_load_a_catalogue(tmp_path):
    path = tmp_path / "quarantine_approval_cancelled_20180601.csv"
    path.write_text("hs10,name_cn\n3105909000,其他肥料\n", encoding="utf-8")
    made = run.invoke(app, ["--load", str(path), "--lang", "en"])
    assert made.exit_code == 0
    assert "1 entries" in made.output


def test_load_a_catalogue_of_any_header_with_a_mapping_of_ones_own():
    folder = EXAMPLES / "catalogues"
    load = ["--load", str(folder / "licences-2026.csv"), "--mapping", str(folder / "licences-2026.mapping.yaml")]
    made = run.invoke(app, ["9403609900", *load, "--as-of", "2026-03-03", "--origin", "PL", "--json"])
    (paper,) = [p for p in json.loads(made.output)["papers"] if p["id"] == "automatic-licence"]
    assert (paper["status"], paper["reason"]) == ("required", "catalogue")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("automatic-licence", "automatic-license", "no requirement 'automatic-license'"),
        ("code: 商品编号", "code: 编号", "no column '编号' in the header"),
        ("confidence: V2", "confidence: sure", "confidence 'sure' is not a known mark"),
        ("requirement:", "requirment:", "requirment"),
    ],
)
def test_a_mapping_that_cannot_be_used_says_why(tmp_path, old, new, problem):
    folder = EXAMPLES / "catalogues"
    mapping = tmp_path / "own.yaml"
    text = (folder / "licences-2026.mapping.yaml").read_text(encoding="utf-8")
    mapping.write_text(text.replace(old, new), encoding="utf-8")
    made = run.invoke(app, ["--load", str(folder / "licences-2026.csv"), "--mapping", str(mapping)])
    assert isinstance(made.exception, InputRefused)
    assert problem in made.exception.findings[0].message("en")
