"""Files in, files out: encodings, bad lines, order, refused rows that are mended and sent again, nothing half-written, bounded memory."""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
import signal
import subprocess
import sys
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tongguan import InputRefused, assess, read_shipment
from tongguan.assessment.bulk import assess_many
from tongguan.assessment.bulk.files import cell_text, encoding_of, read_block
from tongguan.assessment.bulk.job import answer_file
from tongguan.assessment.bulk.run import CHUNK

WINE = {"commodity_code": "22042100", "origin": "CL", "declared_on": "2025-03-03", "price": "100000.00"}


def answers_of(path):
    return pq.read_table(path).to_pylist()


def lines_of(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_csv_in_parquet_out_gives_what_assess_many_gives(csv_of, tmp_path, world, trial):
    rows = trial.some_rows(world, 1500, 3) + trial.channel_rows(world, 500, 3)
    summary = answer_file(csv_of(rows), tmp_path / "out.parquet", world=world)
    table = pq.read_table(tmp_path / "out.parquet")
    assert table.column("row").to_pylist() == list(range(1, len(rows) + 1))
    expected = assess_many(trial.columns_of(rows), world)
    assert table.drop_columns("row").to_pylist() == expected.to_pylist()
    good = [r for r in expected.to_pylist() if r["outcome"] == "ok"]
    assert (summary.rows, summary.accepted) == (len(rows), len(good))
    assert summary.total == sum(int(r["total"] * 100) for r in good)
    assert sum(summary.payable.values()) == summary.total


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_encodings(csv_of, tmp_path, encoding):
    rows = [{**WINE, "商品名称": "葡萄酒（二升以下）", "price": "１００，０００．００"}] * 3
    path = csv_of(rows, encoding=encoding)
    answer_file(path, tmp_path / "out.parquet")
    (expected,) = assess_many({name: [value] for name, value in WINE.items()}).to_pylist()
    assert [r["total"] for r in answers_of(tmp_path / "out.parquet")] == [expected["total"]] * 3


def test_a_line_that_cannot_be_read_is_named_and_the_rest_goes_on(csv_of, tmp_path):
    path = csv_of([{**WINE, "note": "红酒"}] * 6)
    lines = path.read_bytes().split(b"\n")
    lines[2] = b"too,few"
    lines[3] = b'"open quote,1,2,3,4'
    lines[4] = lines[4].replace("红酒".encode(), b"\xff\xfe")
    path.write_bytes(b"\n".join(lines))
    summary = answer_file(path, tmp_path / "out.parquet", tmp_path / "rejects.csv")
    assert [r["outcome"] for r in answers_of(tmp_path / "out.parquet")] == ["ok", *["bulk.ragged_row"] * 3, "ok", "ok"]
    assert summary.rejected == {"bulk.ragged_row": 3}
    refused = lines_of(tmp_path / "rejects.csv")
    assert [r["row"] for r in refused] == ["2", "3", "4"]
    assert "too,few" in refused[0].values()


def test_a_quoted_line_break_within_a_row_is_kept_together():
    block = b'a,"two\nlines",c\n1,2,3\n'
    table, marks = read_block(block, ["x", "y", "z"], ",")
    assert table.to_pylist() == [{"x": "a", "y": "two lines", "z": "c"}, {"x": "1", "y": "2", "z": "3"}]
    assert marks is None or not marks.any()


def test_separators_empty_lines_and_windows_line_ends(tmp_path):
    text = ";".join(WINE) + "\r\n\r\n" + ";".join(WINE.values()) + "\r\n\r\n" + ";".join(WINE.values())
    path = tmp_path / "in.csv"
    path.write_bytes(text.encode())
    assert answer_file(path, tmp_path / "out.csv").accepted == 2


def test_refused_rows_are_mended_and_sent_again(csv_of, tmp_path):
    rows = [WINE, {**WINE, "price": "abc"}, {**WINE, "origin": "XX"}, WINE]
    summary = answer_file(csv_of(rows), tmp_path / "out.csv", tmp_path / "rejects.csv")
    assert (summary.rows, summary.accepted) == (4, 2)
    refused = lines_of(tmp_path / "rejects.csv")
    assert [(r["row"], r["codes"]) for r in refused] == [
        ("2", "input.not_an_amount"),
        ("3", "origin.country_not_known"),
    ]
    assert "abc" in refused[0]["message_en"]
    assert "XX" in refused[1]["message_zh"]
    for row in refused:
        row["price"], row["origin"] = "100000.00", "CL"
    with (tmp_path / "mended.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, refused[0])
        writer.writeheader()
        writer.writerows(refused)
    again = answer_file(tmp_path / "mended.csv", tmp_path / "again.csv", tmp_path / "rejects2.csv")
    assert (again.rows, again.accepted, again.columns_not_used) == (2, 2, ())
    assert lines_of(tmp_path / "rejects2.csv") == []


CHINESE = {
    "商品编号": "22042100", "原产国": "智利", "申报日期": "2025-03-03", "货价": "100000.00", "法定数量": "9000", "法定单位": "升",
    "协定": "中国-智利自由贸易协定", "证明": "原产地证书", "进口渠道": "一般贸易",
}  # fmt: skip


def test_a_table_in_chinese_answers_as_the_same_in_our_words_and_as_one_shipment(csv_of, tmp_path):
    ours = {**WINE, "quantity": "9000", "unit": "litre", "preference": "08", "proof": "certificate"}
    said = []
    summary = answer_file(csv_of([CHINESE], "zh.csv"), tmp_path / "zh-out.csv", warn=said.append)
    answer_file(csv_of([ours], "our.csv"), tmp_path / "our-out.csv")
    assert (summary.accepted, summary.columns_not_used, said) == (1, (), [])
    assert lines_of(tmp_path / "zh-out.csv") == lines_of(tmp_path / "our-out.csv")
    shipment = {
        "dates": {"declared": CHINESE["申报日期"]},
        "channel": CHINESE["进口渠道"],
        "items": [
            {
                "commodity_code": "22042100",
                "origin": CHINESE["原产国"],
                "price": CHINESE["货价"],
                "quantities": {CHINESE["法定单位"]: "9000"},
                "preferences": [{"scheme": CHINESE["协定"], "proof": CHINESE["证明"]}],
            }
        ],
    }
    assert assess(read_shipment(shipment)).total == lines_of(tmp_path / "zh-out.csv")[0]["total"]


def test_columns_that_are_not_used_are_named_before_any_row_is_answered(csv_of, tmp_path):
    happened = []
    rows = [{**WINE, "货价格": "1", "remark": "x"}] * 3
    answer_file(
        csv_of(rows),
        tmp_path / "out.csv",
        warn=lambda finding: happened.append((finding.code, finding.facts["column"], finding.facts["nearest"])),
        progress=lambda *_: happened.append("work"),
    )
    unknown = [("bulk.column_not_used", "货价格", "货价"), ("bulk.column_not_used", "remark", "-")]
    assert sorted(happened[:2]) == sorted(unknown)
    assert happened[2:]
    assert set(happened[2:]) == {"work"}


def test_excel_in_and_out(tmp_path):
    xlsxwriter = pytest.importorskip("xlsxwriter")
    calamine = pytest.importorskip("python_calamine")
    book = xlsxwriter.Workbook(str(tmp_path / "in.xlsx"))
    sheet = book.add_worksheet()
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for place, name in enumerate(("商品编号", "原产国", "申报日期", "总价")):
        sheet.write_string(0, place, name)
    for row in (1, 2):
        sheet.write_string(row, 0, "22042100")
        sheet.write_string(row, 1, "CL")
        sheet.write_datetime(row, 2, dt.datetime(2025, 3, 3), day)  # noqa: DTZ001
        sheet.write_number(row, 3, 100000.10)
    sheet.write_number(2, 0, 22042100)
    book.close()
    summary = answer_file(tmp_path / "in.xlsx", tmp_path / "out.xlsx", tmp_path / "rejects.xlsx")
    assert (summary.rows, summary.accepted) == (2, 2)
    cells = calamine.CalamineWorkbook.from_path(tmp_path / "out.xlsx").get_sheet_by_index(0).to_python()
    assert cells[0][:3] == ["row", "outcome", "rate_kind"]
    assert [row[1] for row in cells[1:]] == ["ok", "ok"]
    assert cells[1][4] == 100000.10


@pytest.mark.parametrize(("cell", "text"), [(22042100.0, "22042100"), (0.1, "0.1"), (12.30, "12.3"), (1e-7, "0.0000001"), (None, ""), (True, "yes"),
                                            (dt.datetime(2025, 3, 3), "2025-03-03"), (dt.date(2025, 3, 3), "2025-03-03")])  # fmt: skip  # noqa: DTZ001
def test_cells_become_the_text_a_person_typed(cell, text):
    assert cell_text(cell) == text


def test_what_cannot_be_opened_or_written_is_said(csv_of, tmp_path):
    rows = csv_of([WINE])
    for source, target, code in (
        (tmp_path / "none.csv", tmp_path / "o.csv", "bulk.file_missing"),
        (rows, tmp_path / "o.docx", "bulk.ending_not_known"),
        (rows, tmp_path / "no" / "o.csv", "bulk.cannot_write"),
        (rows, rows, "bulk.same_file"),
    ):
        with pytest.raises(InputRefused) as refused:
            answer_file(source, target)
        assert refused.value.findings[0].code == code
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "broken.parquet").write_bytes(b"not parquet at all")
    (tmp_path / "broken.xlsx").write_bytes(b"not a workbook")
    (tmp_path / "twice.csv").write_text("price,price\n1,2\n")
    for name, code in (
        ("empty.csv", "bulk.file_empty"),
        ("broken.parquet", "bulk.file_unreadable"),
        ("broken.xlsx", "bulk.file_unreadable"),
        ("twice.csv", "bulk.column_twice"),
    ):
        with pytest.raises(InputRefused) as refused:
            answer_file(tmp_path / name, tmp_path / "o.csv")
        assert refused.value.findings[0].code == code
    assert not (tmp_path / "o.csv").exists()
    assert list(tmp_path.rglob("*.part")) == []


def test_a_failure_half_way_leaves_nothing(tmp_path):
    xlsxwriter = pytest.importorskip("xlsxwriter")
    assert xlsxwriter
    from tongguan.assessment.bulk import files

    table = pa.table({name: [value] * 300 for name, value in WINE.items()})
    pq.write_table(table, tmp_path / "in.parquet")
    most, files.MOST_EXCEL_ROWS = files.MOST_EXCEL_ROWS, 100
    try:
        with pytest.raises(InputRefused, match="100 rows"):
            answer_file(tmp_path / "in.parquet", tmp_path / "out.xlsx")
    finally:
        files.MOST_EXCEL_ROWS = most
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.parquet"]


def test_killed_in_the_middle_no_output_stands_under_its_name(tmp_path):
    table = pa.table({name: [value] * (40 * CHUNK) for name, value in WINE.items()})
    pq.write_table(table, tmp_path / "in.parquet", row_group_size=CHUNK)
    process = subprocess.Popen(
        [sys.executable, "-m", "tongguan", "bulk", str(tmp_path / "in.parquet"), str(tmp_path / "out.parquet")]
    )
    until = time.monotonic() + 120
    while not list(tmp_path.glob(".out.parquet*.part")) and process.poll() is None and time.monotonic() < until:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "out.parquet").exists()


def test_an_earlier_output_stays_when_a_later_run_fails(csv_of, tmp_path):
    answer_file(csv_of([WINE]), tmp_path / "out.parquet")
    before = (tmp_path / "out.parquet").read_bytes()
    (tmp_path / "bad.csv").write_text("price\n")
    pq.write_table(pa.table({**{n: [v] for n, v in WINE.items()}, "price": [0.5]}), tmp_path / "floats.parquet")
    with pytest.raises(InputRefused):
        answer_file(tmp_path / "floats.parquet", tmp_path / "out.parquet")
    assert (tmp_path / "out.parquet").read_bytes() == before


def test_consignments_cross_batches_whole(tmp_path):
    """Rows of one consignment at the seam of two batches are waived together."""
    count = 2 * CHUNK
    small = {"commodity_code": "61091000", "origin": "DE", "declared_on": "2025-03-03", "price": "300.00"}
    table = pa.table(
        {
            **{n: [v] * (count + 2) for n, v in small.items()},
            "shipment": [f"A{i}" for i in range(count - 1)] + ["Z"] * 3,
        }
    )
    pq.write_table(table, tmp_path / "in.parquet")
    answer_file(tmp_path / "in.parquet", tmp_path / "out.parquet")
    totals = pq.read_table(tmp_path / "out.parquet").column("total")
    assert [t.as_py() > 0 for t in totals.slice(count - 3)] == [False, False, True, True, True]


def test_gb18030_is_told_from_one_bad_line_of_utf8(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("品名,价格\n红酒,1\n".encode() * 50 + b"\xff\xfe,2\n" + "红酒,1\n".encode() * 50)
    assert encoding_of(path) == "utf-8"
    path.write_bytes("品名,价格\n红酒,1\n".encode("gb18030"))
    assert encoding_of(path) == "gb18030"


def test_the_command_line(csv_of, tmp_path):
    path = csv_of([WINE, {**WINE, "price": "x"}])
    run = [sys.executable, "-m", "tongguan", "bulk"]
    done = subprocess.run(
        [*run, str(path), str(tmp_path / "o.csv"), "--json", "--rejects", str(tmp_path / "r.csv")],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 1, done.stderr
    summary = json.loads(done.stdout)
    assert (summary["rows"], summary["accepted"], summary["rejected_by_code"]) == (2, 1, {"input.not_an_amount": 1})
    template = subprocess.run([*run, "--template"], capture_output=True, text=True, encoding="utf-8", check=True).stdout
    assert template.startswith("shipment,channel,commodity_code,origin")
    missing = subprocess.run(
        [*run, str(tmp_path / "none.csv"), str(tmp_path / "o2.csv")],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert missing.returncode == 2
    assert "none.csv" in missing.stderr


def test_memory_stays_bounded(tmp_path):
    """The short form of benchmarks/memory_50m.py: twice the rows need no more memory."""
    code = (
        "import resource, sys; from pathlib import Path; from tongguan.assessment.bulk.job import answer_file;"
        "answer_file(Path(sys.argv[1]), Path(sys.argv[2]));"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
    )
    peaks = []
    for rows in (10 * CHUNK, 40 * CHUNK):
        path = tmp_path / f"in{rows}.csv"
        line = ",".join(WINE.values()) + "\n"
        path.write_text(",".join(WINE) + "\n" + line * rows)
        done = subprocess.run(
            [sys.executable, "-c", code, str(path), str(tmp_path / "out.parquet")],
            capture_output=True,
            text=True,
            check=True,
        )
        peaks.append(int(done.stdout))
    assert peaks[1] < 1536
    assert peaks[1] - peaks[0] < 200
