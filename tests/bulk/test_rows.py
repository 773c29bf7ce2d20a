"""One row at a time: what is read, what is refused and why, what is waived together, what could overflow."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from decimal import Decimal

import pyarrow as pa
import pytest

import tongguan
from tongguan import InputRefused, LawDataError, World
from tongguan.assessment.bulk import assess_many, why_not, why_not_text
from tongguan.assessment.bulk import codes as k
from tongguan.assessment.bulk import words as w
from tongguan.grammar.findings import catalogue

WINE = {"commodity_code": "22042100", "origin": "CL", "declared_on": "2025-03-03", "price": "100000.00"}


def one(**fields):
    row = {**WINE, **fields}
    return assess_many({name: [value] for name, value in row.items()}).to_pylist()[0]


def test_a_row_with_a_proof_takes_the_agreement():
    answer = one(preference="08", proof="certificate")
    assert (answer["outcome"], answer["rate_kind"], answer["scheme"]) == ("ok", "conventional", "08")
    assert answer["total"] == Decimal("25555.55")
    assert answer["better_total"] is None


def test_a_row_without_a_proof_is_told_what_the_proof_would_save():
    answer = one()
    assert (answer["rate_kind"], answer["better_rate_kind"], answer["better_scheme"]) == ("mfn", "conventional", "08")
    assert answer["saving"] == answer["total"] - Decimal("25555.55") > 0
    assert why_not(answer["reasons"])["mfn"] == "applied"
    assert why_not(answer["reasons"])["conventional"] == "needs_proof"
    assert why_not_text(answer["reasons"], "zh")["conventional"] == "须有原产地证明并主张"


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        ({"commodity_code": ""}, "input.code_missing"),
        ({"commodity_code": "2204210"}, "input.code_malformed"),
        ({"commodity_code": "2204"}, "bulk.code_too_short"),
        ({"commodity_code": "99999999"}, "tariff.line_not_held"),
        ({"origin": ""}, "bulk.origin_missing"),
        ({"origin": "XX"}, "origin.country_not_known"),
        ({"origin": "undetermined"}, "bulk.origin_undetermined"),
        ({"declared_on": ""}, "input.declared_missing"),
        ({"declared_on": "2025-02-30"}, "input.not_a_date"),
        ({"declared_on": "2018-06-30"}, "bulk.date_outside_coverage"),
        ({"declared_on": "9999-01-01"}, "bulk.date_outside_coverage"),
        ({"price": ""}, "bulk.price_missing"),
        ({"price": "0"}, "valuation.price_is_zero"),
        ({"price": "-1"}, "input.negative_amount"),
        ({"price": "1e5"}, "input.not_an_amount"),
        ({"price": "0.12345"}, "bulk.too_precise"),
        ({"currency": "USD"}, "bulk.exchange_rate_missing"),
        ({"trade_terms": "FOB"}, "bulk.freight_missing"),
        ({"trade_terms": "ABC"}, "bulk.not_in_list"),
        ({"preference": "zz"}, "bulk.scheme_not_known"),
        ({"preference": "10"}, "bulk.claim_outside_scheme"),
        ({"unit": "bushel", "quantity": "1"}, "bulk.unit_not_known"),
        ({"direct_consignment": "perhaps"}, "input.not_yes_or_no"),
        ({"deductions": "200000"}, "valuation.negative_value"),
        ({"channel": "smuggling"}, "bulk.not_in_list"),
        ({"channel": "cross_border_ecommerce"}, "bulk.fact_missing"),
    ],
)
def test_what_cannot_be_answered_is_named(fields, outcome):
    answer = one(**fields)
    assert answer["outcome"] == outcome
    assert all(answer[name] is None for name in ("total", "customs_duty", "import_vat", "dutiable_value", "rate_kind"))


def test_a_fact_of_another_channel_is_not_taken_for_ones_own():
    """Columns of different channels may share a place inside; a border resident's row does not read an exhibitor's amount."""
    row = {"commodity_code": "10063020", "origin": "TH", "declared_on": "2025-03-03", "price": "1000.00", "channel": "border_trade",
           "used_so_far": "0", "quantity": "40", "unit": "kg"}  # fmt: skip
    plain = assess_many({name: [value] for name, value in row.items()}).to_pylist()[0]
    assert (plain["outcome"], plain["rate_kind"]) == ("ok", "duty_free")
    other = assess_many(
        {name: [value] for name, value in {**row, "exhibitor_amount_usd": "100000.00", "value_added": "0.4"}.items()}
    )
    assert other.to_pylist()[0] == plain
    used = assess_many({name: [value] for name, value in {**row, "kg_so_far": "45"}.items()}).to_pylist()[0]
    assert used["dutiable_value"] == Decimal("875.00")


def test_one_bad_row_does_not_spoil_the_others():
    table = {name: [value] * 3 for name, value in WINE.items()}
    table["price"] = ["100000.00", "x", "100000.00"]
    answers = assess_many(table).to_pylist()
    assert [a["outcome"] for a in answers] == ["ok", "input.not_an_amount", "ok"]
    assert answers[0] == answers[2]


@pytest.mark.parametrize("price", ["１０００００．００", "100,000.00", " 100000 ", "0100000.0000", "+100000"])
def test_amounts_are_read_as_people_write_them(price):
    assert one(price=price)["dutiable_value"] == Decimal("100000.00")


@pytest.mark.parametrize(
    "day", ["20250303", "2025/3/3", "2025年3月3日", "２０２５-03-03", "2025-03-03 00:00:00", dt.date(2025, 3, 3)]
)
def test_days_are_read_as_people_write_them(day):
    assert one(declared_on=day)["total"] == one()["total"]


def test_typed_columns_give_the_same():
    typed = pa.table(
        {
            "commodity_code": ["22042100"], "origin": ["CL"], "declared_on": pa.array([dt.date(2025, 3, 3)]),
            "price": pa.array([Decimal("100000.00")], pa.decimal128(18, 2)), "quota_certificate": pa.array([False]),
        }
    )  # fmt: skip
    assert assess_many(typed).equals(
        assess_many({name: [value] for name, value in {**WINE, "quota_certificate": "no"}.items()})
    )
    whole = typed.set_column(3, "price", pa.array([100000]))
    assert assess_many(whole).column("total").equals(assess_many(typed).column("total"))


def test_a_data_frame_is_read_too():
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({name: [value] for name, value in WINE.items()})
    assert assess_many(frame).to_pylist()[0]["total"] == one()["total"]


def test_floats_are_refused():
    with pytest.raises(InputRefused, match="floating-point"):
        assess_many({**{name: [value] for name, value in WINE.items()}, "price": pa.array([0.1])})


def test_a_table_of_nothing_we_know_is_refused():
    with pytest.raises(InputRefused, match="No column"):
        assess_many({"colour": ["red"]})


def test_chinese_headers_and_a_mapping_are_understood():
    table = {"商品编号": ["22042100"], "产地": ["CL"], "申报日期": ["2025-03-03"], "总价": ["100000.00"]}
    assert assess_many(table, mapping={"产地": "origin"}).to_pylist()[0]["total"] == one()["total"]
    with pytest.raises(InputRefused, match="colour"):
        assess_many(table, mapping={"产地": "colour"})


def test_as_of_takes_the_place_of_the_day():
    assert (
        assess_many({n: [v] for n, v in WINE.items()}, as_of=dt.date(2019, 3, 31)).to_pylist()[0]["total"]
        == one(declared_on="2019-03-31")["total"]
    )


# --- consignments --------------------------------------------------------------------------------------------------------------------


def rows_of(*prices, shipments):
    count = len(prices)
    return {
        "shipment": shipments, "commodity_code": ["61091000"] * count, "origin": ["DE"] * count,
        "declared_on": ["2025-03-03"] * count, "price": list(prices),
    }  # fmt: skip


def test_small_amounts_are_waived_for_the_consignment_as_a_whole():
    alone = assess_many(rows_of("300.00", "300.00", shipments=["A", "B"])).to_pylist()
    together = assess_many(rows_of("300.00", "300.00", shipments=["A", "A"])).to_pylist()
    assert all("import_vat" in row["waived"] for row in alone)
    assert not any("import_vat" in row["waived"] for row in together)
    assert [row["total"] for row in alone] == [0, 0]
    assert all(row["total"] > 0 for row in together)


def test_rows_without_a_shipment_are_consignments_of_their_own():
    table = rows_of("300.00", "300.00", shipments=["", ""])
    assert all(row["total"] == 0 for row in assess_many(table).to_pylist())


def test_a_waiver_that_hangs_on_a_refused_row_is_not_given():
    table = rows_of("300.00", "x", shipments=["A", "A"])
    assert [row["outcome"] for row in assess_many(table).to_pylist()] == [
        "bulk.consignment_incomplete",
        "input.not_an_amount",
    ]


def test_a_consignment_is_not_divided_between_chunks():
    from tongguan.assessment.bulk.run import CHUNK, spans_of

    rows = CHUNK + 10
    table = rows_of(*["300.00"] * rows, shipments=["S"] * 3 + [f"T{i}" for i in range(3, CHUNK - 2)] + ["U"] * 12)
    answers = assess_many(table, threads=2)
    assert [v.as_py() > 0 for v in answers.column("total").slice(CHUNK - 4)] == [False, False] + [True] * 12
    assert list(spans_of([1, 0, 0, 1, 1], 5, 2)) == [(0, 3), (3, 5)]


def test_a_consignment_of_too_many_rows_is_refused():
    from tongguan.assessment.bulk.run import MOST_ROWS_OF_A_CONSIGNMENT

    rows = MOST_ROWS_OF_A_CONSIGNMENT + 1
    answers = assess_many(rows_of(*["300.00"] * (rows + 1), shipments=["S"] * rows + ["T"]))
    assert set(answers.column("outcome").to_pylist()[:rows]) == {"bulk.consignment_too_large"}
    assert answers.column("outcome").to_pylist()[rows] == "ok"


# --- bounds --------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {"price": "10000000000.01"},
        {"price": "99999999999999.99"},
        {"price": "99999999999999999999"},
        {"price": "10000000000.00", "currency": "EUR", "exchange_rate": "7.8"},
        {"price": "100000000000000", "currency": "KWD", "exchange_rate": "999999.999999"},
        {"dutiable_value": "10000000000.01"},
        {"additions": "92233720368547.75"},
        {"commodity_code": "22030000", "origin": "DE", "usd_rate": "7.1", "quantity": "9999999999999", "unit": "litre"},
    ],
)
def test_what_could_overflow_is_refused(fields):
    assert one(**fields)["outcome"] == "bulk.amount_too_large"


def test_the_largest_lawful_value_is_exact():
    answer = one(price="10000000000.00", commodity_code="61091000", origin="DE")
    assert answer["dutiable_value"] == Decimal("10000000000.00")
    assert answer["import_vat"] == ((answer["dutiable_value"] + answer["customs_duty"]) * Decimal("0.13")).quantize(
        Decimal("0.01")
    )


def test_rates_beyond_the_bounds_are_refused_when_the_tables_are_made(world):
    from tongguan.assessment.bulk.tables import compile_world
    from tongguan.tariff.schedule import Schedule

    rates = [
        r._replace(rate=6_000_000) if r.code == "22042100" else r for rs in world.schedule.rates.values() for r in rs
    ]
    spoiled = Schedule([x for lines in world.schedule.lines.values() for x in lines], rates, "spoiled")
    with pytest.raises(LawDataError, match="22042100"):
        compile_world(World(schedule=spoiled))


# --- house ---------------------------------------------------------------------------------------------------------------------------


def test_every_code_has_its_text():
    texts = catalogue()
    used = [f.code for f in k.FINDINGS] + list(k.NOTES) + [f"bulk.why_{name}" for name in k.WHY_NOT]
    assert [code for code in used if code not in texts] == []


def test_every_finding_is_of_a_column_we_have():
    assert [f for f in k.FINDINGS if f.column and f.column not in w.BY_NAME] == []
    assert len(k.FINDINGS) < 63
    assert len(k.FLAG_COLUMNS) == len(k.FLAG_LABELS) <= k.STATED


def test_the_package_alone_imports_nothing_heavy():
    code = "import sys, tongguan; tongguan.assess; assert not {'numpy', 'numba', 'pyarrow'} & set(sys.modules); assert 'assess_many' in tongguan.__all__"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert tongguan.assess_many is assess_many


def test_a_reform_is_another_world(world):
    from tongguan.grammar.parameters import LawBook, RuleParameters

    shipped = world.law.rule("import_vat")
    law = LawBook(
        overlay={"import_vat": RuleParameters("import_vat", {"standard_rate": shipped.parameters["reduced_rate"]})}
    )
    row = {n: [v] for n, v in WINE.items()}
    before, after = (assess_many(row, x).to_pylist()[0] for x in (world, World(law=law)))
    assert after["import_vat"] < before["import_vat"]


def test_the_kernel_works_where_nothing_can_be_kept(tmp_path):
    """No folder can be written: the rules are compiled anew, and a changed rule is never answered by old code."""
    code = (
        "import os, sys; sys.prefix = sys.base_prefix;"
        "from tongguan.assessment.bulk import kernel; assert kernel._FOLDER is None, kernel._FOLDER"
    )
    environment = {"NUMBA_CACHE_DIR": str(tmp_path / "file" / "below"), "PATH": ""}
    (tmp_path / "file").write_text("")
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
