"""Sheets: the good ones out, the rest back with the reason; nothing in a sheet is run, and nothing too large or of the wrong kind is opened."""

from __future__ import annotations

import copy
import io
import json
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongguan.declaration import facts, fields, read
from tongguan.declaration.sheet import (
    hand_back,
    is_place,
    read_rows,
    read_table,
    suggest,
    workbook,
    write_rows,
)
from tongguan.grammar.findings import InputRefused

HEADER = "编号,品名,HS编码,数量,单位,金额,币种,原产国,毛重（KG）,监管方式\n"
GOOD = "B1,红葡萄酒,2204210000,9000,095,48600,USD,CHL,15900,0110\n"


def reason(content, name="sheet.xlsx"):
    with pytest.raises(InputRefused) as refused:
        read_table(content, name)
    assert refused.value.findings[0].next_step("en")
    return refused.value.findings[0].code


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_clients_own_columns_are_read(encoding, delimiter):
    upload = read_rows((HEADER + GOOD).replace(",", delimiter).encode(encoding), name="货物.csv")
    assert upload.refused == []
    accepted = upload.accepted[0]
    assert accepted.reference == "B1"
    assert accepted.declaration.goods[0].name == "红葡萄酒"
    assert accepted.declaration.packages.gross_weight == 15900
    assert accepted.declaration.header.trade_mode == "0110"


def test_a_saved_mapping_is_followed_and_other_columns_are_left(wine):
    mapping = {"ours": "goods.name", "job": "reference"}
    upload = read_rows("ours,job,金额\n红葡萄酒,J1,not a number\n".encode(), mapping, name="a.csv")
    assert upload.accepted[0].declaration.goods[0].name == "红葡萄酒"
    for wrong in ({"gone": "goods.name"}, {"ours": "goods.nome"}, {"ours": "goods.name", "金额": "goods.name"}, {}):
        with pytest.raises(InputRefused):
            read_rows("ours,job,金额\n红葡萄酒,J1,1\n".encode(), wrong, name="a.csv")


def test_rows_are_named_good_ones_kept_and_the_rest_handed_back():
    content = (
        HEADER
        + GOOD
        + "B2,白葡萄酒,2204210000,1,095,1.2.3,502,CHL,10,0110\nB2,啤酒,2203000000,1,095,5,USD,CHL,11,0110\n"
    )
    upload = read_rows(content.encode(), name="a.csv")
    assert [a.reference for a in upload.accepted] == ["B1"]
    assert {(r.row, r.column, r.finding.code) for r in upload.refused} == {
        (3, "金额", "input.not_an_amount"),
        (3, "币种", "declaration.code_replaced"),
        (4, "毛重（KG）", "declaration.rows_differ"),
    }
    back = read_table(hand_back(upload, "en"), "back.xlsx")
    assert back.header[-1] == "What is wrong"
    assert [row.cells[0] for row in back.rows] == ["B2", "B2"]
    assert "USD" in back.rows[0].cells[-1]
    assert "金额" in back.rows[0].cells[-1]


def test_what_was_handed_back_can_be_corrected_and_sent_again():
    upload = read_rows((HEADER + GOOD.replace("48600", "4.86.00")).encode(), name="a.csv")
    assert upload.accepted == []
    table = read_table(hand_back(upload), "back.xlsx")
    rows = [[c.replace("4.86.00", "48600") for c in row.cells] for row in table.rows]
    again = read_rows(workbook(table.header, rows))
    assert [a.reference for a in again.accepted] == ["B1"]


def test_leading_zeros_a_spreadsheet_dropped_are_restored_and_said():
    upload = read_rows((HEADER + GOOD.replace("0110", "110").replace("2204210000", "202300090")).encode(), name="a.csv")
    accepted = upload.accepted[0]
    assert accepted.declaration.header.trade_mode == "0110"
    assert accepted.declaration.goods[0].commodity_code == "0202300090"
    assert {w.finding.code for w in accepted.warnings} == {"declaration.zeros_restored"}


def test_a_cell_that_begins_a_formula_is_refused_and_handed_back_harmless():
    upload = read_rows((HEADER + GOOD.replace("红葡萄酒", "=HYPERLINK(1)")).encode(), name="a.csv")
    assert {r.finding.code for r in upload.refused} == {"declaration.cell_is_formula"}
    with zipfile.ZipFile(io.BytesIO(hand_back(upload))) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert b"<f>" not in parts["xl/worksheets/sheet1.xml"]
    assert b"<t>'=HYPERLINK(1)</t>" in parts["xl/sharedStrings.xml"]


def test_formulas_in_a_workbook_are_read_as_their_results_and_said():
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        for place, name in enumerate(["编号", "品名", "金额"]):
            sheet.write(0, place, name)
        sheet.write(1, 0, "B1")
        sheet.write(1, 1, "红葡萄酒")
        sheet.write_formula(1, 2, "=40000+8600", None, 48600)
    upload = read_rows(out.getvalue())
    assert upload.accepted[0].declaration.goods[0].total_price == 48600
    assert [f.code for f in upload.table.findings] == ["declaration.sheet_formulas"]


def packed(parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


def test_what_is_no_table_is_refused_with_its_reason():
    plain = workbook(["编号"], [["B1"]])
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert reason(b"%PDF-1.7 ...") == "declaration.sheet_wrong_type"
    assert reason(b"\xd0\xcf\x11\xe0\xa1\xb1") == "declaration.sheet_wrong_type"
    assert reason(b"<html><script>alert(1)</script>") == "declaration.sheet_wrong_type"
    assert reason(b"a,b\x00\n") == "declaration.sheet_wrong_type"
    assert reason(b"\xff\xff\xff,\x81\n") == "declaration.sheet_encoding"
    assert reason(packed({"a.txt": "x"})) == "declaration.sheet_wrong_type"
    assert reason(packed(parts | {"xl/embeddings/inner.zip": packed({"a": "x"})})) == "declaration.sheet_holds_files"
    assert reason(packed(parts | {"xl/vbaProject.bin": b"x"})) == "declaration.sheet_holds_files"
    entity = b'<!DOCTYPE a [<!ENTITY b "c">]>'
    assert reason(packed(parts | {"xl/more.xml": entity})) == "declaration.sheet_holds_files"
    assert reason(packed(parts | {"xl/bomb.xml": b"0" * (64 * 1024 * 1024)})) == "declaration.sheet_too_large"
    assert reason(plain[:200]) == "declaration.sheet_unreadable"
    assert reason(b"x" * (8 * 1024 * 1024 + 1)) == "declaration.sheet_too_large"
    assert reason(b"\n\n") == "declaration.sheet_empty"
    assert reason(("a," * 301 + "\n1\n").encode()) == "declaration.sheet_too_long"


@pytest.mark.parametrize("name", ["<script>.csv", "../../etc/passwd", "a\u202excod.csv", "", "x" * 121, "a\x00.csv"])
def test_names_of_files_cannot_carry_anything(name):
    with pytest.raises(InputRefused) as refused:
        read_table(b"a,b\n1,2\n", name)
    shown = refused.value.findings[0].message("en")
    assert "<" not in shown
    assert "/" not in shown
    assert "\u202e" not in shown


def test_columns_are_recognised_in_both_languages():
    header = [
        "Description of Goods",
        "HS Code",
        "Qty",
        "Made in",
        "毛重（KG）",
        "合同号",
        "B/L No.",
        "colour of the sky",
    ]
    assert suggest(header) == {
        "Description of Goods": "goods.name",
        "HS Code": "goods.commodity_code",
        "Qty": "goods.quantity",
        "Made in": "goods.origin",
        "毛重（KG）": "packages.gross_weight",
        "合同号": "header.contract_number",
        "B/L No.": "transport.bill",
    }


def test_every_name_of_the_form_leads_to_a_field_that_exists():
    for field in fields().values():
        for column in (field.zh, field.en):
            assert all(is_place(path) for path in suggest([column]).values())


@pytest.mark.parametrize("language", ["zh", "en"])
def test_declarations_written_to_a_sheet_are_read_back_the_same(wine, language):
    other = copy.deepcopy(wine)
    other["goods"].append(
        copy.deepcopy(wine["goods"][0]) | {"name": "白葡萄酒", "vehicles": [{"vin": "WDB12345678901234"}] * 2}
    )
    other["goods"][0]["facts"] = {"species": "Vitis vinifera"}
    other["goods"][0]["additions"] = {"royalties": "120.5"}
    both = [("A", read(wine)), ("B", read(other))]
    upload = read_rows(workbook(*write_rows(both, language)))
    assert upload.refused == []
    assert {a.reference: facts(a.declaration) for a in upload.accepted} == {r: facts(d) for r, d in both}


CELL = (
    st.text(st.sampled_from("AZaz09 -+@'\"，。,;\n海关'=<>&"), min_size=1, max_size=12)
    .map(str.strip)
    .filter(lambda t: t and not t.startswith(("=", "'")))
)


@settings(max_examples=40, deadline=None)
@given(CELL, CELL, st.integers(1, 10**9))
def test_any_text_survives_the_way_out_and_in(name, marks, price):
    raw = {"header": {"marks": marks}, "goods": [{"specification": name, "total_price": str(price)}]}
    declaration = read(raw)
    upload = read_rows(workbook(*write_rows([("R", declaration)])))
    assert upload.refused == []
    assert json.dumps(facts(upload.accepted[0].declaration)) == json.dumps(facts(declaration))
