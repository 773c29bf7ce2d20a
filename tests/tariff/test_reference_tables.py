"""The tables of the reference folder, loaded by their shipped mappings, answer what they say. Skipped where the folder is missing."""

import csv
import datetime as dt
from collections import defaultdict
from decimal import Decimal

import pytest

from tongguan.grammar.errors import OutOfCoverage
from tongguan.tariff.diff import diff
from tongguan.tariff.load import load
from tongguan.tariff.mapping import shipped_mappings
from tongguan.tariff.schedule import starter_schedule
from tongguan.tariff.store import LoadedSchedule, load_schedule

LOADED_AT = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
COLUMNS = {
    dt.date(2018, 1, 1): "mfn_20180101",
    dt.date(2018, 5, 1): "mfn_20180501",
    dt.date(2018, 7, 1): "mfn_20180701",
    dt.date(2018, 11, 1): "mfn_20181101",
    dt.date(2019, 1, 1): "mfn_20190101",
}
TABLES = ("cn_hs10_mfn_2018_2019.csv", "cn_hs10_full_ch01_14_201904.csv", "cn_hs8_2014_names_mfn.csv", "trq_2026.csv")
EXCEPTIONS = next(m for m in shipped_mappings() if m.name == "piie-mfn-2018-2019").exceptions
EQUIVALENT = tuple(p for e in EXCEPTIONS if e.treat == "equivalent" for p in e.prefixes)
NOT_STATED = tuple(p for e in EXCEPTIONS if e.treat == "not_stated" for p in e.prefixes)


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def ppm(percent):
    return int(Decimal(percent) * 10_000)


@pytest.fixture(scope="module")
def tables(reference):
    return reference / "tariff"


@pytest.fixture(scope="module")
def loaded(tables, tmp_path_factory):
    """The MFN table of 2018 and 2019 over the starter schedule, and nothing else."""
    home = tmp_path_factory.mktemp("home")
    made = load(home, tables / TABLES[0], None, False, False, LOADED_AT)
    assert (made.version, made.mapping_is_shipped, made.table.refused) == (1, True, [])
    return load_schedule(home)


@pytest.fixture(scope="module")
def rows(tables):
    grouped = defaultdict(list)
    for row in rows_of(tables / TABLES[0]):
        grouped[row["hs10"][:8]].append(row)
    return grouped


def lasting(day):
    """The day itself and the last day before the next column begins."""
    following = [other for other in COLUMNS if other > day]
    return day, min(following) - dt.timedelta(days=1) if following else dt.date(2019, 6, 1)


def test_all_lines_answer_on_every_date_the_table_knows(loaded, rows):
    assert len(rows) == 8547
    assert isinstance(loaded, LoadedSchedule)
    families, starter = loaded.families, starter_schedule()
    counted = defaultdict(int)
    for code, lines in rows.items():
        (line,) = [
            e
            for e in families[code].editions(code)
            if e.since <= dt.date(2018, 1, 1) and e.until >= dt.date(2019, 6, 1)
        ] or [loaded.line(code, dt.date(2018, 1, 1))]
        assert line.name_en
        for since, column in COLUMNS.items():
            stated = {row[column] for row in lines if not row["hs10"].startswith(NOT_STATED)}
            for day in lasting(since):
                rates, differing = families[code].rates_on(code, day)
                mfn = [rate for rate in rates if rate.kind == "mfn"]
                if len(stated) == 1 and stated != {""} and not (code.startswith(EQUIVALENT) and code in starter.lines):
                    assert [rate.rate for rate in mfn] == [ppm(*stated)], (code, day)
                    counted["one answer"] += 1
                elif any(rate.formula.startswith("by_unit_value") for rate in mfn):
                    assert {mfn[0].bands[1]} == {ppm(text) for text in stated if text}, (code, day)
                    counted["the starter knows better"] += 1
                elif len(stated) > 1:
                    assert any(d.kind == "mfn" for d in differing), (code, day)
                    counted["ten digits or a price band"] += 1
                elif stated == {""} and code not in starter.lines:
                    assert (mfn, [d for d in differing if d.kind == "mfn"]) == ([], [])
                    counted["not encoded"] += 1
                else:
                    assert [rate.form for rate in mfn] == ["specific"], (code, day)
                    counted["the starter knows better"] += 1
    # 8,547 lines, each on the first and the last day of five columns.
    assert counted == {
        "one answer": 84_654,
        "ten digits or a price band": 676,
        "not encoded": 50,  # five lines of film whose specific duty the table leaves blank
        "the starter knows better": 90,  # specific duties and price bands
    }


def test_every_ten_digit_code_answers(loaded, rows):
    for lines in rows.values():
        for row in lines:
            code = row["hs10"]
            if row["band"] or code.startswith(EQUIVALENT + NOT_STATED):
                continue
            for day, column in COLUMNS.items():
                mfn = [rate.rate for rate in loaded.rates_on(code, day) if rate.kind == "mfn"]
                assert mfn == ([ppm(row[column])] if row[column] else []), (code, day)


def test_price_bands_are_kept_as_alternatives(loaded):
    day = dt.date(2018, 7, 1)
    with pytest.raises(OutOfCoverage) as outside:
        loaded.rates_on("8525801301", day)  # television cameras up to, and over, USD 5,000
    assert outside.value.code == "tariff.needs_price_band"
    bands = loaded.alternatives("8525801301", day)["mfn", ""]
    assert [r.form for r in loaded.rates_on("8525801200", day) if r.kind == "mfn"] == [
        "by_unit_value"
    ]  # the starter states both
    assert [(a.band, a.rate and a.rate.text()) for a in bands] == [("A", "17.5%"), ("B", None)]
    assert [r.text() for r in loaded.rates_on("8525802500", day) if r.kind == "mfn"] == ["0%"]  # both bands free


def test_equivalents_never_replace_the_specific_duty_itself(loaded):
    day = dt.date(2018, 7, 1)
    assert [r.text() for r in loaded.rates_on("0207120000", day) if r.kind == "mfn"] == ["1.3 CNY/kg"]
    (film,) = [r for r in loaded.rates_on("3702329000", day) if r.kind == "mfn"]
    assert (film.text(), film.confidence) == ("19.581%", "M?")


def test_the_cuts_of_2018_07_01(loaded, rows):
    eve, day = dt.date(2018, 6, 30), dt.date(2018, 7, 1)
    found = diff(loaded, eve, loaded, day, kinds=("mfn",))
    assert (found.begun, found.retired, found.unconfirmed) == ([], [], [])
    shown = {(d.code, d.band): (d.old and d.old.text(), d.new and d.new.text()) for d in found.rates}
    assert shown["87032341", ""] == ("25%", "15%")  # cars
    assert shown["03025100", ""] == ("12%", "7%")  # cod
    assert all(d.direction == "cut" for d in found.rates)
    expected = {
        code
        for code, lines in rows.items()
        if any(row["mfn_20180501"] != row["mfn_20180701"] for row in lines) and not code.startswith(EQUIVALENT)
    }
    assert {code[:8] for code, _ in shown} == expected
    assert len(expected) == 1749


def test_all_shipped_mappings_load_their_tables_one_over_the_other(tables, tmp_path):
    for number, name in enumerate(TABLES, 1):
        made = load(tmp_path, tables / name, None, False, False, LOADED_AT)
        assert (made.version, made.table.refused) == (number, []), name
    schedule = load_schedule(tmp_path)
    april = dt.date(2019, 4, 15)
    full = [row for row in rows_of(tables / TABLES[1]) if row["status"] == "current"]
    specific = ("02071200", "020714", "05040021")
    for row in full:
        code = row["hs10"]
        held = {r.kind: r for r in schedule.rates_on(code, april) if not r.scheme}
        if not code.startswith(specific):
            assert held["general"].rate == ppm(row["general"]), code
            if "in_quota" in held and code.endswith("01") and held["in_quota"].rate == ppm(row["mfn"]):
                continue
            assert held["mfn"].rate == ppm(row["mfn"]), code
        if row["provisional"]:
            assert held["provisional"].rate == ppm(row["provisional"]), code
        assert schedule.line(code, april).name_zh == row["name_cn"], code
    # A line of a quota: the out-of-quota rate is one answer, and so is the rate inside.
    wheat = {r.kind: r.text() for r in schedule.rates_on("10019900", april)}
    assert (wheat["mfn"], wheat["in_quota"]) == ("65%", "1%")
    assert {r.kind: r.text() for r in schedule.rates_on("31021000", dt.date(2026, 3, 1))}[
        "in_quota_provisional"
    ] == "1%"
    assert schedule.line("01012900", dt.date(2014, 3, 1)).name_zh == "其他马"
