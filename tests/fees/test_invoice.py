"""Bills in every form, and everything that is wrong with some of them."""

import datetime as dt
import json
import zipfile
from decimal import Decimal

import pytest
import xlsxwriter

from tongguan.fees.invoice import MAX_LINES, Head, read_invoice
from tongguan.fees.sheet import MAX_BYTES, harmless, is_formula
from tongguan.grammar.findings import InputRefused, catalogue

CSV = "收费项目,箱型,数量,金额,币种\n货物港务费,40HQ,2,136.00,人民币\n合计,,,136.00,\n"


def written(tmp_path, text, name="bill.csv", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding) if isinstance(text, str) else text)
    return path


def refused(path, **head):
    with pytest.raises(InputRefused) as error:
        read_invoice(path, Head(**head))
    for finding in error.value.findings:
        assert finding.code in catalogue()
        assert "{" not in finding.message("zh") + finding.message("en")
    return [f.code for f in error.value.findings]


def problems(invoice):
    return [f.code for f in invoice.findings if f.severity != "note"] + [
        f.code for line in invoice.lines for f in line.problems
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_bill(tmp_path, encoding):
    bill = read_invoice(written(tmp_path, CSV, encoding=encoding))
    assert [(x.description, x.amount, x.size, x.quantity, x.currency) for x in bill.lines] == [
        ("货物港务费", Decimal("136.00"), "40", Decimal(2), "CNY")
    ]
    assert bill.total == Decimal("136.00")
    assert problems(bill) == []


def test_letterhead_above_the_header(tmp_path):
    bill = read_invoice(written(tmp_path, "某某码头有限公司,,\n账单号,123,\nCharge,Amount,Note\nTHC,10.00,x\n"))
    assert [x.amount for x in bill.lines] == [Decimal("10.00")]
    assert [(f.code, f.facts["columns"]) for f in bill.findings] == [("fees.columns_left_aside", "Note")]


def test_a_workbook(tmp_path):
    path = tmp_path / "bill.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for column, cell in enumerate(["收费项目", "金额", "日期"]):
            sheet.write(0, column, cell)
        sheet.write(1, 0, "港建费")
        sheet.write_number(1, 1, 96.1)
        sheet.write_datetime(1, 2, dt.date(2026, 3, 5), book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write(2, 0, "海关查验费")
        sheet.write_formula(2, 1, "=1+1", value=2)
    bill = read_invoice(path)
    assert [(x.amount, x.day) for x in bill.lines] == [(Decimal("96.1"), dt.date(2026, 3, 5)), (Decimal(2), None)]


def test_json_and_yaml_say_the_same(tmp_path):
    content = {
        "invoice": "A",
        "date": "2026-03-05",
        "currency": "USD",
        "lines": [{"description": "THC", "amount": 12.30, "quantity": 2}],
    }
    one = read_invoice(written(tmp_path, json.dumps(content), "a.json"))
    other = read_invoice(
        written(
            tmp_path,
            "invoice: A\ndate: 2026-03-05\ncurrency: USD\nlines: [{description: THC, amount: 12.3, quantity: 2}]\n",
            "a.yaml",
        )
    )
    assert one == other
    assert one.lines[0].amount == Decimal("12.3")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("收费项目,金额\n", "fees.no_lines"),
        ("a,b\n1,2\n", "fees.header_not_found"),
        ("", "fees.header_not_found"),
        ("收费项目,金额,Amount\nTHC,1,2\n", "fees.column_twice"),
        ("收费项目,金额\n" + "THC,1.00\n" * (MAX_LINES + 1), "fees.too_many_lines"),
        ('收费项目,金额\n"THC,1.00\n', "tariff.file_unreadable"),
        (b"\xff\xfe\x00\x81\x00", "tariff.encoding_unknown"),
    ],
)
def test_tables_that_are_no_bill(tmp_path, text, code):
    assert refused(written(tmp_path, text)) == [code]


@pytest.mark.parametrize(
    ("text", "name", "code"),
    [
        ("lines: []", "a.yaml", "fees.no_lines"),
        ("[1, 2]", "a.json", "fees.not_a_mapping"),
        ("{", "a.json", "fees.document_broken"),
        ("a: [", "a.yaml", "fees.document_broken"),
        ("a: &x [1]\nb: *x\n", "a.yaml", "fees.document_broken"),
        ('{"lines": [], "lines": []}', "a.json", "fees.document_broken"),
        ("[" * 100_000, "a.json", "fees.document_broken"),
        ("[" * 5_000, "a.yaml", "fees.document_broken"),
        ("x", "a.pdf", "fees.file_kind_not_known"),
    ],
)
def test_documents_that_are_no_bill(tmp_path, text, name, code):
    assert code in refused(written(tmp_path, text, name))


def test_a_file_that_is_missing_or_too_large_or_unfolds_without_end(tmp_path):
    assert refused(tmp_path / "no.csv") == ["fees.file_unreadable"]
    assert refused(written(tmp_path, b"x" * (MAX_BYTES + 1), "big.csv")) == ["fees.file_too_large"]
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as folded:
        folded.writestr("xl/worksheets/sheet1.xml", b"0" * (70 * 1024 * 1024))
    assert refused(tmp_path / "bomb.xlsx") == ["fees.file_too_large"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ({"description": "THC"}, "fees.amount_missing"),
        ({"amount": "1.00"}, "fees.description_missing"),
        ({"description": "THC", "amount": "=SUM(A1)"}, "fees.formula_in_cell"),
        ({"description": "THC", "amount": "+cmd|' /C calc'!A0"}, "fees.formula_in_cell"),
        ({"description": "THC", "amount": "1.005"}, "fees.too_many_decimals"),
        ({"description": "THC", "amount": "ten"}, "fees.not_an_amount"),
        ({"description": "THC", "amount": "1e3"}, "fees.not_an_amount"),
        ({"description": "THC", "amount": "NaN"}, "fees.not_an_amount"),
        ({"description": "THC", "amount": "99999999999.00"}, "fees.amount_too_large"),
        ({"description": "THC", "amount": ["1"]}, "fees.not_text"),
        ({"description": "THC", "amount": "1.00", "currency": "DOLLARS"}, "fees.currency_not_read"),
        ({"description": "THC", "amount": "1.00", "quantity": "0"}, "fees.quantity_not_positive"),
        ({"description": "THC", "amount": "1.00", "quantity": "-2"}, "fees.quantity_not_positive"),
        ({"description": "THC", "amount": "1.00", "date": "31/02/2026"}, "fees.not_a_day"),
        ({"description": "THC", "amount": "1.00", "cargo": "wet"}, "fees.not_in_list"),
        ({"description": "THC", "amount": "1.00", "amuont": "2"}, "fees.key_not_known"),
        ({"description": "x" * 10_000, "amount": "1.00"}, "fees.text_too_long"),
        ({"description": "\ud800", "amount": "1.00"}, "fees.not_text"),
        ("THC 1.00", "fees.not_a_mapping"),
    ],
)
def test_lines_that_cannot_be_read(tmp_path, line, code):
    bill = read_invoice(
        written(tmp_path, json.dumps({"lines": [line, {"description": "THC", "amount": "1.00"}]}), "a.json")
    )
    assert code in {f.code for f in bill.lines[0].problems}
    assert bill.lines[1].problems == ()


@pytest.mark.parametrize(
    ("head", "code"),
    [
        ({"place": "Shanghai"}, "fees.place_not_read"),
        ({"role": "boss"}, "fees.not_in_list"),
        ({"date": "soon"}, "fees.not_a_day"),
        ({"exchange_rates": {"USD": "0"}}, "fees.not_an_amount"),
        ({"exchange_rates": ["USD"]}, "fees.not_a_mapping"),
        ({"shipment": {"containers": {"30": 1}}}, "fees.not_in_list"),
        ({"shipment": {"containers": {"40": "-1"}}}, "fees.not_an_amount"),
        ({"shipment": {"containers": {"40": "1.5"}}}, "fees.too_many_decimals"),
        ({"shipment": {"examined": "perhaps"}}, "fees.not_in_list"),
        ({"shipmnet": {}}, "fees.key_not_known"),
        ({"total": "x"}, "fees.not_an_amount"),
    ],
)
def test_heads_that_cannot_be_read(tmp_path, head, code):
    bill = read_invoice(
        written(tmp_path, json.dumps({**head, "lines": [{"description": "THC", "amount": "1.00"}]}), "a.json")
    )
    assert [f.code for f in bill.findings] == [code]


def test_what_the_person_says_now_counts(tmp_path):
    content = {"date": "2020-01-01", "place": "CNSHA", "lines": [{"description": "THC", "amount": "1.00"}]}
    bill = read_invoice(
        written(tmp_path, json.dumps(content), "a.json"), Head("2026-01-01", "cnnsa", "agent", containers={"40HQ": "3"})
    )
    assert (bill.day, bill.place, bill.role, bill.facts.containers) == (
        dt.date(2026, 1, 1),
        "CNNSA",
        "agent",
        {"40": 3},
    )


@pytest.mark.parametrize(
    ("words", "size", "cargo"),
    [
        ("货物港务费（40HQ）", "40", ""), ("港杂费20GP", "20", ""), ("港杂费 20英尺冷藏箱", "20", "dangerous_or_reefer"), ("DG surcharge 40'", "40", "dangerous_or_reefer"),
        ("20GP 与 40HQ", "", ""), ("2020年港杂费", "", ""), ("1220 items", "", ""),
    ],
)  # fmt: skip
def test_size_and_cargo_in_the_words(tmp_path, words, size, cargo):
    bill = read_invoice(written(tmp_path, json.dumps({"lines": [{"description": words, "amount": "1.00"}]}), "a.json"))
    assert (bill.lines[0].size, bill.lines[0].cargo) == (size, cargo)


def test_amounts_as_people_write_them(tmp_path):
    amounts = ["￥1,234.50", "1,234.50元", "CNY 1234.5", "１２３４．５０", "1234.50"]
    bill = read_invoice(
        written(tmp_path, json.dumps({"lines": [{"description": "THC", "amount": a} for a in amounts]}), "a.json")
    )
    assert {x.amount for x in bill.lines} == {Decimal("1234.50")}


def test_text_that_begins_like_a_formula_is_said_and_made_harmless(tmp_path):
    bill = read_invoice(written(tmp_path, '收费项目,金额\n"=HYPERLINK(""x"")",1.00\n'))
    assert [f.code for f in bill.findings] == ["fees.formula_in_text"]
    assert harmless(bill.lines[0].description).startswith("'=")
    assert (harmless("-12.00"), harmless("THC")) == ("-12.00", "THC")
    assert is_formula("@SUM(1)")


def test_an_amount_that_does_not_multiply(tmp_path):
    content = {"lines": [{"description": "THC", "amount": "21.00", "quantity": "2", "unit_price": "10.00"}]}
    assert problems(read_invoice(written(tmp_path, json.dumps(content), "a.json"))) == ["fees.line_does_not_multiply"]
