"""A reform is the shipped law with numbers changed; the same rows are answered under both."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tongguan import InputRefused, assess, read_shipment
from tongguan.assessment.reform import read_reform
from tongguan.assessment.world import World, shipped_world
from tongguan.cli import app

ROOT = Path(__file__).parent.parent.parent
UNDO = ROOT / "examples" / "reforms" / "undo-2018-07-01.yaml"
ROWS = ROOT / "examples" / "reforms" / "rows.csv"


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "reform.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def duty_of(world: World, code: str, day: str, value: str = "100000.00") -> int:
    item = {"commodity_code": code, "origin": "DE", "price": value, "quantities": {"piece": 1, "kg": 100, "litre": 100}}
    answer = assess(read_shipment({"dates": {"declared": day}, "items": [item]}), world)
    option = answer.items[0].applied
    assert option is not None
    return next(c.amount for c in option.charges if c.kind == "customs_duty")


def test_undoing_a_day_lets_the_rates_of_the_day_before_go_on() -> None:
    reform = read_reform(UNDO, shipped_world())
    assert reform.changed_lines > 100
    # cars of 1.5 to 2.0 litres: 25 % until 2018-06-30, 15 % since (tariff commission announcement 3 of 2018)
    assert duty_of(shipped_world(), "87032342", "2018-09-03") == 1_500_000
    assert duty_of(reform.world, "87032342", "2018-09-03") == 2_500_000
    # wine did not change that day and does not change by the reform
    assert duty_of(reform.world, "22042100", "2018-09-03") == duty_of(shipped_world(), "22042100", "2018-09-03")


def test_the_shipped_world_is_left_as_it_was() -> None:
    before = duty_of(shipped_world(), "87032342", "2018-09-03")
    read_reform(UNDO, shipped_world())
    assert duty_of(shipped_world(), "87032342", "2018-09-03") == before


def test_a_rate_may_be_set_from_a_day_on(tmp_path: Path) -> None:
    text = 'tariff:\n  - set: {codes: ["8703"], kind: mfn, from: 2025-06-01, ad_valorem: "0.10"}\n'
    world = read_reform(written(tmp_path, text), shipped_world()).world
    assert duty_of(world, "87032342", "2025-05-31") == 1_500_000
    assert duty_of(world, "87032342", "2025-06-01") == 1_000_000


def test_rates_may_be_scaled(tmp_path: Path) -> None:
    text = 'tariff:\n  - scale: {codes: ["87032342"], kind: mfn, from: 2025-06-01, by: "0.5"}\n'
    world = read_reform(written(tmp_path, text), shipped_world()).world
    assert duty_of(world, "87032342", "2025-06-01") == 750_000


def test_a_parameter_may_be_changed(tmp_path: Path) -> None:
    text = 'parameters:\n  import_vat:\n    standard_rate: {"2025-06-01": "0.10"}\n'
    reform = read_reform(written(tmp_path, text), shipped_world())
    assert reform.changed_parameters == ("import_vat/standard_rate",)
    assert reform.world.at("import_vat/standard_rate", dt.date(2025, 6, 1)).value == "0.10"
    assert reform.world.at("import_vat/standard_rate", dt.date(2025, 5, 31)).value == "0.13"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("reform: nothing\n", {"reform.changes_nothing"}),
        (
            "parameters:\n  no_such_rule: {}\n  import_vat: {no_such: {}}\n",
            {"reform.rule_not_known", "reform.parameter_not_known"},
        ),
        ('parameters:\n  import_vat:\n    standard_rate: {"2025-06-01": "ten"}\n', {"input.not_an_amount"}),
        (
            'tariff:\n  - set: {codes: ["77"], kind: mfn, from: 2025-06-01}\n',
            {"reform.no_line_under", "reform.rate_incomplete"},
        ),
        ("tariff:\n  - undo: {on: 2018-07-02}\n", {"reform.nothing_changed_that_day"}),
        ("tariff:\n  - {undo: {on: 2018-07-01}, scale: {}}\n", {"reform.one_change_each"}),
        ("tarif: []\n", {"input.key_not_known"}),
    ],
)
def test_every_problem_of_a_reform_is_named(tmp_path: Path, text: str, codes: set[str]) -> None:
    with pytest.raises(InputRefused) as refused:
        read_reform(written(tmp_path, text), shipped_world())
    assert codes <= {f.code for f in refused.value.findings}


def test_the_command_compares_the_same_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGGUAN_HOME", str(tmp_path))
    ran = CliRunner().invoke(app, ["simulate", str(UNDO), str(ROWS), "--json"])
    assert ran.exit_code == 0, ran.output
    answer = json.loads(ran.stdout)
    assert (answer["rows"], answer["rows_compared"], answer["rows_changed"]) == (5, 5, 4)
    # 300,000 at 15 % and at 25 %; VAT and consumption tax on top (worked cases DUT-01 and DUT-02)
    assert answer["by_chapter"]["87"]["duty_before"] == "45000.00"
    assert answer["by_chapter"]["87"]["duty_after"] == "75000.00"
    assert answer["by_chapter"]["87"]["taxes_after"] == "82894.73"
    assert answer["total"]["duty_change"] == "41450.00"
    assert sum(g["rows"] for g in answer["by_origin"].values()) == 5


def test_rows_that_either_law_refuses_are_counted_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGGUAN_HOME", str(tmp_path))
    rows = tmp_path / "rows.csv"
    rows.write_text(
        ROWS.read_text(encoding="utf-8") + "x,00000000,DE,2018-09-03,CIF,1.00,CNY,1,,,,\n", encoding="utf-8"
    )
    ran = CliRunner().invoke(app, ["simulate", str(UNDO), str(rows), "--json"])
    assert ran.exit_code == 1
    assert json.loads(ran.stdout)["rows_refused_by_either"] == 1


def test_the_table_reads_in_both_languages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGGUAN_HOME", str(tmp_path))
    ran = CliRunner().invoke(app, ["simulate", str(UNDO), str(ROWS), "--by", "origin"])
    assert "改革方案" in ran.output
    assert "Reform" in ran.output
    assert "15% → 25%" in ran.output


@pytest.mark.parametrize("option", [("--as-of", "foo"), ("--by", "colour"), ("--lang", "fr")])
def test_an_option_that_cannot_be_is_refused_and_never_guessed(option: tuple[str, str]) -> None:
    ran = CliRunner().invoke(app, ["simulate", str(UNDO), str(ROWS), *option])
    assert ran.exit_code == 2
    assert option[1] in ran.output
