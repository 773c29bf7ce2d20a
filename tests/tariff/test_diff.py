"""What changed between two days and between two versions."""

import datetime as dt
import json

import pytest
from typer.testing import CliRunner

from tongguan.cli.tariff import app
from tongguan.tariff.diff import by_chapter, diff
from tongguan.tariff.schedule import starter_schedule
from tongguan.tariff.store import load_schedule

EVE, DAY = dt.date(2018, 6, 30), dt.date(2018, 7, 1)


def short(found):
    return [(d.code, d.kind, d.old and d.old.text(), d.new and d.new.text(), d.direction) for d in found.rates]


def test_the_starter_schedule_knows_the_cuts_of_2018_07_01():
    starter = starter_schedule()
    found = diff(starter, EVE, starter, DAY, kinds=("mfn",))
    assert ("87032341", "mfn", "25%", "15%", "cut") in short(found)
    assert (found.begun, found.retired) == ([], [])
    assert diff(starter, DAY, starter, DAY).rates == []


def test_lines_that_begin_and_end():
    starter = starter_schedule()
    found = diff(starter, dt.date(2021, 12, 31), starter, dt.date(2022, 1, 1))
    assert found.begun
    assert found.retired
    assert all(line.since == dt.date(2022, 1, 1) for line in found.begun)
    assert all(line.until == dt.date(2021, 12, 31) for line in found.retired)


def test_two_versions_of_the_same_day(make, home):
    rows = [("9999000010", "a", "10"), ("9999000090", "b", "10"), ("9999000100", "c", "1")]
    make.load(rows, make.mapping(digits=10))
    corrected = [("9999000010", "a", "10"), ("9999000090", "b", "7.5"), ("9999000100", "c", "1.3元/千克")]
    make.load(corrected, make.mapping(digits=10, more="corrects: 1\n"))
    day = dt.date(2026, 3, 1)
    found = diff(load_schedule(home, 1), day, load_schedule(home, 2), day)
    assert short(found) == [
        ("9999000090", "mfn", "10%", "7.5%", "cut"),
        ("99990001", "mfn", "1%", "1.3 CNY/kg", "other"),
    ]
    assert [c._asdict() for c in by_chapter(found)] == [
        {"chapter": "99", "kind": "mfn", "cuts": 1, "rises": 0, "others": 1, "average_cut": 25_000}
    ]


def test_a_table_that_ends_is_not_a_line_that_ends(make, home):
    make.load(
        [("99990000", "甲", "10")],
        make.mapping(first="2018-01-01", last="2018-12-31", more="edition_until: 2021-12-31\n"),
    )
    loaded = load_schedule(home)
    found = diff(loaded, dt.date(2021, 12, 31), loaded, dt.date(2022, 1, 1), prefix="9999")
    assert (found.unconfirmed, found.retired) == (["99990000"], [])


def test_from_nothing_to_something_is_not_a_change_of_rate(make, home):
    make.load([("99990000", "甲", "0"), ("99990001", "乙", "")])
    day = dt.date(2026, 3, 1)
    found = diff(load_schedule(home, 0), day, load_schedule(home), day, prefix="9999")
    assert [line.code for line in found.begun] == ["99990000", "99990001"]
    assert found.rates == []


@pytest.mark.parametrize("chapter", [False, True])
def test_from_the_command_line(home, monkeypatch, chapter):
    monkeypatch.setenv("TONGGUAN_HOME", str(home))
    arguments = ["diff", "2018-06-30", "2018-07-01", "--kind", "mfn", *(["--chapter"] if chapter else [])]
    result = CliRunner().invoke(app, [*arguments, "--json"])
    assert result.exit_code == 0
    content = json.loads(result.stdout)
    assert ("differences" in content) != chapter
    assert {"chapter": "87", "kind": "mfn"}.items() <= next(
        c for c in content["by_chapter"] if c["chapter"] == "87"
    ).items()
    shown = CliRunner().invoke(app, arguments)
    assert shown.exit_code == 0
    assert ("87032341" in shown.stdout) != chapter
