"""Loading is all or nothing, in sequence, and says what it did with every row."""

import datetime as dt
import json
import signal
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import xlsxwriter
from typer.testing import CliRunner

from tongguan.cli.tariff import app
from tongguan.grammar.findings import InputRefused, catalogue
from tongguan.tariff.load import load
from tongguan.tariff.mapping import shipped_mappings
from tongguan.tariff.store import FILE_NAME, load_schedule, open_reading, read_refused, read_versions, writing

DAY = dt.date(2026, 3, 1)
LOADED_AT = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
GOOD = [("99990000", "甲", "10"), ("99990001", "乙", "6.5"), ("99990002", "丙", "1.3元/千克")]


def versions(home):
    connection = open_reading(home)
    found = read_versions(connection)
    if connection:
        connection.close()
    return found


def mfn(home, code, day=DAY):
    return next(rate.text() for rate in load_schedule(home).rates_on(code, day) if rate.kind == "mfn")


def codes(findings):
    return [finding.code for finding in findings]


def refused_by(call):
    with pytest.raises(InputRefused) as refused:
        call()
    return refused.value.findings[0]


# --- good files ---------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings(make, home, encoding):
    made = make.load(make.table(GOOD, encoding))
    assert made.version == 1
    assert made.encoding == {"utf-8-sig": "utf-8-bom"}.get(encoding, encoding)
    assert ("tariff.encoding_used" in codes(made.findings)) == (encoding != "utf-8")
    assert load_schedule(home).line("99990000", DAY).name_zh == "甲"
    assert [mfn(home, code) for code, _, _ in GOOD] == ["10%", "6.5%", "1.3 CNY/kg"]


def test_bytes_in_no_known_encoding(make):
    table = make.table(GOOD)
    table.write_bytes(table.read_bytes() + b"\xff\xff,\x80,1\n")
    assert refused_by(lambda: make.load(table)).code == "tariff.encoding_unknown"
    assert refused_by(lambda: make.load(make.table(GOOD, "utf-16"))).code == "tariff.encoding_unknown"
    declared = make.mapping(more="encoding: utf-8\n")
    assert refused_by(lambda: make.load(make.table(GOOD, "gb18030"), declared)).code == "tariff.encoding_unknown"


def test_full_width_digits_and_printed_codes(make, home):
    make.load([("９９９９．０００１", "甲", "１２．５％")])
    assert mfn(home, "99990001") == "12.5%"


def workbook(path, rows):
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("税率")
    for at, row in enumerate([("税号", "名称", "税率"), *rows]):
        for column, cell in enumerate(row):
            sheet.write(at, column, cell)
    book.close()
    return path


def test_a_workbook_with_codes_as_text(make, home, tmp_path):
    book = workbook(tmp_path / "t.xlsx", [("09990000", "甲", 12.5), ("99990001", "乙", "7%"), ("99990002", "丙", 0)])
    assert make.load(book).encoding == "workbook"
    assert [mfn(home, code) for code in ("09990000", "99990001", "99990002")] == ["12.5%", "7%", "0%"]


def test_numeric_codes_are_refused_unless_padding_is_declared(make, home, tmp_path):
    book = workbook(tmp_path / "t.xlsx", [(9990000, "甲", 12.5), ("99990001", "乙", 1)])
    made = make.load(book)
    assert [(row.row, row.reason, row.facts["value"]) for row in made.table.refused] == [
        (2, "tariff.row_code_numeric", "9990000")
    ]
    assert made.version is None
    padded = make.mapping()
    padded.write_text(
        padded.read_text(encoding="utf-8").replace("digits: 8", "digits: 8, pad_numeric_codes: true"), encoding="utf-8"
    )
    assert make.load(book, padded).version == 1
    assert mfn(home, "09990000") == "12.5%"


def test_a_named_sheet_and_a_broken_workbook(make, tmp_path):
    book = workbook(tmp_path / "t.xlsx", GOOD)
    assert refused_by(lambda: make.load(book, make.mapping(more="sheet: 其他\n"))).code == "tariff.sheet_missing"
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"PK\x03\x04 and nothing more")
    assert refused_by(lambda: make.load(broken)).code == "tariff.file_unreadable"
    assert refused_by(lambda: make.load(tmp_path / "nowhere.csv")).code == "tariff.file_unreadable"


# --- bad rows -------------------------------------------------------------------

BAD = [
    ("99990000", "甲", "10"),
    ("9999", "短", "x%"),
    ("99990001", "乙", "看情况"),
    ("99990002", "丙", "1", "多"),
    ("99990003", "丁", "1"),
    ("99990003", "丁", "2"),
]


def test_refused_rows_stop_the_load_and_are_all_told(make, home):
    made = make.load(BAD)
    assert (made.version, versions(home)) == (None, [])
    assert [(row.row, row.reason.removeprefix("tariff.")) for row in made.table.refused] == [
        (3, "row_code_digits"),
        (3, "row_rate_unreadable"),
        (4, "row_rate_unreadable"),
        (5, "row_width"),
        (6, "row_code_twice"),
        (7, "row_code_twice"),
    ]
    assert made.table.rows_refused == 5
    assert "tariff.rows_refused" in codes(made.findings)
    finding = made.table.refused[2].finding()
    assert finding.path == "row 4"
    assert "看情况" in finding.message("zh")
    assert "看情况" in finding.message("en")


def test_accepted_refused_rows_are_kept_beside_the_version(make, home):
    made = make.load(BAD, accept_refused=True)
    assert made.version == 1
    assert load_schedule(home).codes_under("9999") == ["99990000"]
    connection = open_reading(home)
    assert read_refused(connection, 1) == made.table.refused
    connection.close()
    assert versions(home)[0].rows_refused == 5


def test_a_mapping_may_allow_a_share_of_refused_rows(make):
    rows = [*GOOD, ("bad", "坏", "1")]
    assert make.load(rows, make.mapping(more='refused_share_allowed: "0.2"\n')).version is None  # 1 of 4
    made = make.load(rows, make.mapping(more='refused_share_allowed: "0.25"\n'))
    assert made.version == 1
    assert "tariff.rows_refused_accepted" in codes(made.findings)


def test_values_that_the_mapping_does_not_declare(make):
    mapping = make.mapping()
    text = mapping.read_text(encoding="utf-8").replace("name_zh: 名称", "unit: {column: 名称, values: {千克: kg}}")
    mapping.write_text(text, encoding="utf-8")
    made = make.load([("99990000", "千克", "1"), ("99990001", "斤", "1")], mapping)
    assert [(row.row, row.reason) for row in made.table.refused] == [(3, "tariff.row_value_not_declared")]


def test_a_file_without_rows(make):
    assert "tariff.table_empty" in codes(make.load([]).findings)


# --- mappings -------------------------------------------------------------------


def test_an_unknown_header_needs_a_mapping_and_shows_how(make, home):
    table = make.table(GOOD, header=("税号", "名称", "最惠国税率"))
    finding = refused_by(lambda: load(home, table, None, False, False, LOADED_AT))
    assert finding.code == "tariff.mapping_needed"
    assert '["税号", "名称", "最惠国税率"]' in finding.next_step("en")
    differs = refused_by(lambda: make.load(table))
    assert (differs.code, differs.facts["missing"], differs.facts["surplus"]) == (
        "tariff.mapping_header_differs",
        "税率",
        "最惠国税率",
    )


def test_shipped_mappings_are_sound_and_chosen_by_their_whole_header(make, home):
    assert len(shipped_mappings()) == 4
    trq = next(m for m in shipped_mappings() if m.name == "trq-2026")
    rows = [("尿素", "3300000", "31021000", "4", "1")]
    made = load(home, make.table(rows, header=trq.header, name="trq_2026.csv"), None, False, True, LOADED_AT)
    assert (made.mapping.name, made.mapping_is_shipped) == ("trq-2026", True)
    assert "tariff.mapping_shipped_used" in codes(made.findings)
    # Next year's table has the same header; nothing but its name tells that it is another.
    other = make.table(rows, header=trq.header, name="trq_2027.csv")
    needed = refused_by(lambda: load(home, other, None, False, True, LOADED_AT))
    assert (needed.code, needed.facts["same_header"]) == ("tariff.mapping_needed", "trq-2026")
    assert load(home, other, "trq-2026", False, True, LOADED_AT).mapping.name == "trq-2026"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("name_zh: 名称", ""), "neither used nor"),
        (("name_zh: 名称", "name_zh: 税率"), "used twice"),
        (("name_zh: 名称", "name_zh: 品名"), "header does not have it"),
        (("kind: mfn", "kind: best"), "best"),
        (("kind: mfn", "kind: conventional"), "names its scheme"),
        (("confidence: V1", "confidence: sure"), "sure"),
        (("since: 2026-01-01", "since: 2025-01-01"), "outside the period"),
        (("until: 2026-12-31", "until: 2025-12-31"), "ends before it begins"),
        (("sequence: 1", "sequenz: 1"), "sequenz"),
        (("name: test", "name: ["), "while parsing"),
    ],
)
def test_a_broken_mapping_says_what_is_wrong(make, change, problem):
    mapping = make.mapping()
    mapping.write_text(mapping.read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    with pytest.raises(InputRefused) as refused:
        make.load(GOOD, mapping)
    assert {finding.code for finding in refused.value.findings} == {"tariff.mapping_broken"}
    assert any(problem in finding.facts["problem"] for finding in refused.value.findings)


# --- dry run --------------------------------------------------------------------


def test_a_dry_run_shows_the_difference_and_keeps_nothing(make, home):
    make.load(GOOD)
    before = (home / "tariff.sqlite3").read_bytes()
    rows = [("99990000", "甲", "8"), ("99990001", "乙", "6.5"), ("99990009", "新", "1")]
    made = make.load(rows, make.mapping(2, "2027-01-01", "2027-12-31", more="complete: true\n"), dry_run=True)
    assert made.version is None
    assert (home / "tariff.sqlite3").read_bytes() == before
    difference = made.difference
    assert difference.added == ["99990009"]
    assert "99990002" in difference.retired
    assert difference.unchanged == 1
    (change,) = difference.changed
    assert (change.code, change.kind, change.since) == ("99990000", "mfn", dt.date(2027, 1, 1))
    assert (change.old.text(), change.new.text()) == ("10%", "8%")


# --- sequence -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sequence", "first", "last", "code"),
    [
        (3, "2027-01-01", "2027-12-31", "tariff.period_skipped"),
        (2, "2027-02-01", "2027-12-31", "tariff.period_skipped"),
        (1, "2026-01-01", "2026-12-31", "tariff.period_repeated"),
        (2, "2026-01-01", "2026-12-31", "tariff.period_repeated"),
        (1, "2025-01-01", "2025-12-31", "tariff.period_repeated"),
        (2, "2025-01-01", "2025-12-31", "tariff.period_out_of_order"),
        (2, "2026-07-01", "2027-06-30", "tariff.period_overlaps"),
    ],
)
def test_a_load_continues_its_series(make, home, sequence, first, last, code):
    make.load(GOOD)
    made = make.load([("99990000", "甲", "9")], make.mapping(sequence, first, last))
    assert (made.version, codes(f for f in made.findings if f.severity == "error")) == (None, [code])
    assert len(versions(home)) == 1
    assert make.load([("99990000", "甲", "9")], make.mapping(2, "2027-01-01", "2027-12-31")).version == 2


def test_only_the_last_number_can_be_corrected(make):
    make.load(GOOD)
    make.load(GOOD, make.mapping(2, "2027-01-01", "2027-12-31"))
    made = make.load([("99990000", "甲", "9")], make.mapping(1, more="corrects: 1\n"))
    assert "tariff.correction_not_last" in codes(made.findings)


def test_another_series_goes_its_own_way(make, home):
    make.load(GOOD)
    other = make.mapping(7, "2026-07-01", "2026-12-31")
    other.write_text(other.read_text(encoding="utf-8").replace("series: test", "series: mid-year"), encoding="utf-8")
    assert make.load([("99990000", "甲", "5")], other).version == 2
    assert [mfn(home, "99990000", dt.date(2026, 6, 30)), mfn(home, "99990000", dt.date(2026, 7, 1))] == ["10%", "5%"]


# --- crashes and company ----------------------------------------------------------

CRASH = """
import datetime as dt, sys, time
from pathlib import Path
from tongguan.tariff import store
from tongguan.tariff.load import load

insert = store._insert
def slowly(connection, table, rows):
    insert(connection, table, rows)
    if table == {stop!r}:
        print("half", flush=True)
        time.sleep(60)
store._insert = slowly
load(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], False, False, dt.datetime(2026, 1, 1))
"""


@pytest.mark.parametrize("stop", ["versions", "lines", "refused"])
@pytest.mark.parametrize("first", [True, False], ids=["first-load", "later-load"])
def test_a_load_killed_half_way_leaves_the_earlier_version(make, home, stop, first):
    if not first:
        make.load(GOOD)
    mapping = make.mapping(2, "2027-01-01", "2027-12-31")
    table = make.table([(f"9999{n:04}", "甲", "9") for n in range(3000)])
    arguments = [sys.executable, "-c", CRASH.format(stop=stop), str(home), str(table), str(mapping)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as child:  # our own script
        assert child.stdout.readline() == "half\n"
        assert len(versions(home)) == (not first)  # nobody sees half a load
        child.send_signal(signal.SIGKILL)
    assert child.returncode == -signal.SIGKILL
    assert len(versions(home)) == (not first)
    if not first:
        assert mfn(home, "99990000") == "10%"
        assert load_schedule(home).codes_under("9999") == [code for code, _, _ in GOOD]
    assert make.load(table, mapping).version == 2 - first
    assert mfn(home, "99992999", dt.date(2027, 1, 1)) == "9%"


def test_readers_see_whole_versions_while_somebody_loads(make, home):
    make.load(GOOD)
    opened_before = load_schedule(home)

    def read(_):
        schedule = load_schedule(home)
        rates = {rate.text() for rate in schedule.rates_on("99990000", dt.date(2027, 3, 1))}
        schedule.close()
        return len(schedule.versions), rates

    done = threading.Event()
    seen = []

    def keep_reading():
        while not done.is_set():
            seen.append(read(None))

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(keep_reading) for _ in range(3)]
        with writing(home):
            during = [read(None) for _ in range(5)]
        make.load([("99990000", "甲", "8")], make.mapping(2, "2027-01-01", "2027-12-31"))
        done.set()
        for reader in readers:
            reader.result()
    assert set(map(str, during)) == {str((1, {"10%"}))}
    assert set(map(str, seen)) <= {str((1, {"10%"})), str((2, {"8%"}))}
    assert read(None) == (2, {"8%"})
    assert [r.text() for r in opened_before.rates_on("99990000", dt.date(2027, 3, 1))] == ["10%"]


def test_of_two_who_load_the_same_one_succeeds(make, home):
    table, mapping = make.table(GOOD), make.mapping()
    barrier = threading.Barrier(2)

    def attempt(_):
        barrier.wait()
        return make.load(table, mapping)

    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(attempt, range(2)))
    assert sorted(m.version or 0 for m in made) == [0, 1]
    assert len(versions(home)) == 1


def test_whoever_makes_the_store_waits_for_another_who_is_making_it(home):
    home.mkdir(parents=True, exist_ok=True)
    other = sqlite3.connect(home / FILE_NAME, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN EXCLUSIVE")
    letting_go = threading.Timer(0.3, lambda: other.execute("COMMIT"))
    letting_go.start()
    with writing(home) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    letting_go.join()
    other.close()


# --- the command line -------------------------------------------------------------


@pytest.fixture
def run(home, monkeypatch):
    monkeypatch.setenv("TONGGUAN_HOME", str(home))
    runner = CliRunner()

    def run(*arguments):
        result = runner.invoke(app, [str(argument) for argument in arguments])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return run


def test_load_show_and_status_from_the_command_line(make, run):
    table, mapping = make.table(GOOD), make.mapping()
    dry = run("load", table, "--mapping", mapping, "--dry-run", "--json")
    assert (dry.exit_code, json.loads(dry.stdout)["version"], len(json.loads(dry.stdout)["added"])) == (0, None, 3)
    loaded = run("load", table, "--mapping", mapping, "--lang", "zh")
    assert loaded.exit_code == 0
    assert "已载入为版本 1" in loaded.stdout
    assert run("load", table, "--mapping", mapping).exit_code == 1  # repeated

    shown = json.loads(run("show", "9999.0002", "--as-of", "2026-03-01", "--json").stdout)
    assert shown["rates"][0]["text"] == "1.3 CNY/kg"
    assert {"general", "vat_class", "ct_class", "name_en"} <= set(shown["not_encoded"])
    assert "甲" in run("show", "9999", "--as-of", "2026-03-01").stdout
    assert [
        line["code"] for line in json.loads(run("show", "9999", "--as-of", "2026-03-01", "--json").stdout)["lines"]
    ] == [code for code, _, _ in GOOD]
    status = json.loads(run("status", "--json").stdout)
    assert [(v["version"], v["series"], v["verified_until"]) for v in status["versions"]] == [(1, "test", "2026-12-31")]
    assert status["without"]["vat_class"] == 3
    assert run("status").exit_code == 0


def test_refused_rows_from_the_command_line(make, run):
    table, mapping = make.table(BAD), make.mapping()
    stopped = run("load", table, "--mapping", mapping, "--json")
    assert (stopped.exit_code, json.loads(stopped.stdout)["version"]) == (1, None)
    accepted = run("load", table, "--mapping", mapping, "--accept-refused", "--json")
    assert (accepted.exit_code, json.loads(accepted.stdout)["version"]) == (1, 1)
    kept = json.loads(run("status", "--refused", "1", "--json").stdout)["refused"]
    assert [row["row"] for row in kept] == [3, 3, 4, 5, 6, 7]
    assert run("status", "--refused", "9").exit_code == 1


def test_exit_status_tells_findings_from_what_cannot_be_done(make, run):
    assert run("show", "87032341", "--as-of", "2018-07-01").exit_code == 0
    for arguments in (
        ("show", "99"),
        ("show", "99999999"),
        ("show", "87032341x"),
        ("show", "87032341", "--version", "5"),
    ):
        assert run(*arguments).exit_code == 1, arguments
    for arguments in (
        ("show", "87032341", "--as-of", "yesterday"),
        ("show", "87032341", "--lang", "fr"),
        ("diff", "2018-06-30", "2018-06-31"),
        ("load", "nowhere.csv"),
        ("load", make.table(GOOD)),
        ("load", make.table(GOOD), "--mapping", "nowhere.yaml"),
    ):
        result = run(*arguments)
        assert result.exit_code == 2, arguments
        assert result.stderr


def test_every_message_is_in_both_languages_and_says_what_next():
    texts = {code: message for code, message in catalogue().items() if code.startswith("tariff.")}
    assert {"tariff.line_not_held", "tariff.line_retired", "tariff.line_not_begun"} <= set(texts)
    assert all(message.zh and message.en for message in texts.values())
    assert all(bool(message.next_zh) == bool(message.next_en) for message in texts.values())
