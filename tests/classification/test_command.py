import csv
import io
import json

import pytest
from typer.testing import CliRunner

from tongguan.cli import app


@pytest.fixture
def run(home, monkeypatch):
    monkeypatch.setenv("TONGGUAN_HOME", str(home))
    return lambda *words: CliRunner().invoke(app, [str(w) for w in words])


def test_the_question_is_shown(run):
    ran = run("classify", "bottle", "--nomenclature", "hs", "--language", "en")
    assert ran.exit_code == 0
    assert "What is it mainly made of?" in ran.output


def test_the_answer_for_programs(run):
    ran = run(
        "classify", "bottle", "--nomenclature", "hs", "--json", "--answer", "material=glass", "--answer", "branch=7010"
    )
    assert json.loads(ran.stdout)["code"][:4] == "7010"


def test_a_malformed_answer_is_refused(run):
    assert run("classify", "bottle", "--nomenclature", "hs", "--answer", "glass").exit_code == 2
    assert run("classify").exit_code == 2


def test_a_file(run, tmp_path):
    terms = tmp_path / "terms.csv"
    terms.write_text("id,term\na,bottle\nb,\nc,=cmd|' /C calc'!A0\n", encoding="utf-8")
    ran = run("classify", "--file", terms, "--nomenclature", "hs")
    rows = list(csv.DictReader(io.StringIO(ran.stdout)))
    assert [r["id"] for r in rows] == ["a", "b", "c"]
    assert rows[0]["question"] == "material"
    assert rows[1]["state"] == "abstains"
    assert rows[2]["term"].startswith("'=")
    assert ran.exit_code == 1


def test_search_is_a_command_of_tariff_and_load_takes_nomenclature_tables(tmp_path, monkeypatch):
    monkeypatch.setenv("TONGGUAN_HOME", str(tmp_path / "home"))
    table = tmp_path / "hs2022_mine.csv"
    table.write_text("hs,level,parent,desc_en\n96,2,TOTAL,Things\n960321,6,96,Tooth brushes\n", encoding="utf-8")
    runner = CliRunner()
    dry = runner.invoke(app, ["tariff", "load", str(table), "--dry-run", "--lang", "en"])
    assert "dry run" in dry.output
    assert not (tmp_path / "home").exists()
    assert "hs nomenclature" in runner.invoke(app, ["tariff", "load", str(table), "--lang", "en"]).output
    assert "960321" in runner.invoke(app, ["tariff", "search", "tooth brush", "--nomenclature", "hs"]).output


def test_a_table_that_is_schedule_and_nomenclature_is_loaded_as_both(tmp_path, monkeypatch):
    monkeypatch.setenv("TONGGUAN_HOME", str(tmp_path / "home"))
    table = tmp_path / "names.csv"
    table.write_text(
        "hs8,name_cn,mfn_2014,rate_CH_2014,rate_IS_2014\n92099100,庭园用伞样例品,10,5,0\n", encoding="utf-8"
    )
    runner = CliRunner()
    ran = runner.invoke(app, ["tariff", "load", str(table), "--lang", "en"])
    assert "cn nomenclature" in ran.output
    assert "version 1" in ran.output
    assert "92099100" in runner.invoke(app, ["tariff", "search", "庭园用伞样例品"]).output
