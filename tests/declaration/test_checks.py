"""What stands against lodging, each at its field; a sound declaration has nothing against it."""

from __future__ import annotations

import datetime as dt

import pytest

from tongguan.assessment.papers.resolve import papers_of_shipment
from tongguan.declaration import check, check_papers, code_table, load_code_table, read, to_shipment
from tongguan.grammar.findings import InputRefused


def put(raw, path, value):
    """Spoil one place: goods[0].name, packages.net_weight; None takes it out."""
    *way, last = path.replace("]", "").replace("[", ".").split(".")
    place = raw
    for step in way:
        place = place[int(step)] if step.isdigit() else place.setdefault(step, {})
    if value is None:
        place.pop(last)
    else:
        place[last] = value


def findings(raw, day, severity=None):
    return {(f.path, f.code) for f in check(read(raw), day) if severity is None or f.severity == severity}


def test_a_sound_declaration_has_nothing_against_it(wine, day):
    assert check(read(wine), day) == ()


ERRORS = [
    ("header.customs_office", None, "declaration.missing"),
    ("header.levy_nature", None, "declaration.missing"),
    ("header.special_relationship", None, "declaration.missing"),
    ("transport.conveyance", None, "declaration.missing"),
    ("goods[0].brand_type", None, "declaration.missing"),
    ("parties.importer_code", "91310000MA1K00DE12", "declaration.credit_code_wrong"),
    ("parties.importer_code", "91310000MA1K00DE", "declaration.credit_code_length"),
    ("parties.owner_name", "上海某店", ("parties.owner_code", "declaration.name_with_code")),
    ("packages.net_weight", "15901", "declaration.net_above_gross"),
    ("packages.number", 0, "declaration.no_packages"),
    ("packages.net_weight", "0.4", "declaration.less_than_a_kilogram"),
    ("goods[0].unit_price", "5.41", ("goods[0].total_price", "declaration.total_differs")),
    ("goods[0].total_price", "0", "declaration.price_is_zero"),
    ("valuation.freight", None, "declaration.cost_without_amount"),
    ("valuation.freight_mark", None, "declaration.cost_without_mark"),
    ("valuation.freight_currency", None, "declaration.cost_without_currency"),
    ("valuation.insurance_mark", "2", "declaration.insurance_by_tonne"),
    ("valuation.delivery_term", "CPT", ("valuation.trade_terms", "declaration.delivery_term_differs")),
    ("containers[0].number", "CSQU3054384", "declaration.container_number_wrong"),
    ("containers[0].goods", [2], "declaration.no_such_item"),
    ("header.levy_nature", "502", "declaration.nature_not_with_mode"),
    ("header.channel", "samples", None),
    ("header.royalties_paid", False, None),
    ("goods[0].levy_mode", "3", "declaration.levy_not_with_nature"),
    ("header.levy_nature", "789", ("header.record_number", "declaration.missing")),
    ("header.price_influenced", True, "declaration.influence_without_relationship"),
    ("goods[0].additions", {"royalties": "10"}, "declaration.royalties_denied"),
    ("goods[0].name", "Red wine", "declaration.name_not_chinese"),
    ("goods[0].commodity_code", "22042100", "declaration.code_malformed"),
    ("goods[0].quantity", "9000", None),
    ("goods[0].unit", "142", ("goods[0].first_quantity", "declaration.statutory_quantity_missing")),
    ("goods[0].preferences[0].number", None, "declaration.proof_without_number"),
    ("goods[0].preferences[0].agreement", "18", "declaration.agreement_not_with_origin"),
    ("transport.arrived_on", None, "declaration.arrival_missing"),
    ("transport.unloaded_on", "2025-02-27", "declaration.days_out_of_order"),
    ("papers[0].valid_until", "2025-03-02", "declaration.paper_expired"),
    ("papers[1].number", None, "declaration.missing"),
]


@pytest.mark.parametrize(("path", "value", "code"), ERRORS)
def test_an_error_stands_at_its_field(wine, day, path, value, code):
    put(wine, path, value)
    found = findings(wine, day, "error")
    if code is None:
        assert found == set()
    else:
        assert (code if isinstance(code, tuple) else (path, code)) in found


WARNINGS = [
    ("header.entry_customs", "2299", "declaration.code_not_held"),
    ("goods[0].name", "酒", "declaration.name_too_wide"),
    ("goods[0].brand", None, "declaration.brand_not_named"),
    ("goods[0].origin", "ZZZ", "declaration.origin_undetermined"),
    ("valuation.trade_terms", "1", ("valuation.freight", "declaration.freight_in_price")),
    ("transport.departure_port", "USA264", None),
    ("transport.arrived_on", "2025-02-10", "declaration.late"),
    ("containers[0].weight", "15000", ("containers", "declaration.containers_too_light")),
    ("header.formula_price", False, None),
]


@pytest.mark.parametrize(("path", "value", "code"), WARNINGS)
def test_a_warning_asks_to_look_again(wine, day, path, value, code):
    put(wine, path, value)
    found = findings(wine, day, "warning")
    assert ((code if isinstance(code, tuple) else (path, code)) in found) if code else found == set()


def test_the_period_for_declaring_ends_with_the_fourteenth_day(wine):
    # entry on 2025-03-03, a Monday: the fourteenth day is Monday 17 March, the fee runs from the 18th
    put(wine, "transport.arrived_on", "2025-03-03")
    assert ("transport.arrived_on", "declaration.late") not in findings(wine, dt.date(2025, 3, 17))
    late = [f for f in check(read(wine), dt.date(2025, 3, 18)) if f.code == "declaration.late"]
    assert late[0].facts["days"] == "1"
    assert late[0].severity == "warning"


def test_insurance_nobody_knows_is_a_warning_that_names_the_share(wine, day):
    for name in ("insurance", "insurance_mark"):
        put(wine, f"valuation.{name}", None)
    found = [f for f in check(read(wine), day) if f.code == "declaration.insurance_missing"]
    assert found[0].severity == "warning"
    assert "0.3%" in found[0].message("en")


def test_freight_nobody_knows_blocks_fob(wine, day):
    for name in ("freight", "freight_mark", "freight_currency"):
        put(wine, f"valuation.{name}", None)
    assert ("valuation.freight", "declaration.freight_missing") in findings(wine, day, "error")
    put(wine, "valuation.trade_terms", "2")
    assert ("valuation.freight", "declaration.freight_missing") not in findings(wine, day, "error")


def test_the_code_of_another_mode_is_a_clash(wine, day):
    wine["header"] |= {"trade_mode": "2600", "levy_nature": "299", "channel": "samples"}
    wine["goods"][0]["levy_mode"] = "3"
    assert ("header.channel", "declaration.channel_differs") in findings(wine, day, "error")


def test_a_retired_line_is_an_error_and_an_unknown_one_a_warning(wine, day):
    put(wine, "goods[0].commodity_code", "9999999999")
    assert "error" not in {f.severity for f in check(read(wine), day) if f.path == "goods[0].commodity_code"}
    assert any(f.path == "goods[0].commodity_code" for f in check(read(wine), day))


def test_a_summary_needs_the_basic_items_only(wine, day):
    summary = {
        "header": {"procedure": "summary", "trade_mode": "0110"},
        "parties": {k: wine["parties"][k] for k in ("importer_name", "importer_code")},
        "transport": {k: wine["transport"][k] for k in ("mode", "conveyance", "voyage", "bill", "arrived_on")},
        "goods": [
            {"commodity_code": "220421"}
            | {k: wine["goods"][0][k] for k in ("name", "quantity", "unit", "total_price", "origin")}
        ],
    }
    assert findings(summary, day, "error") == set()
    for group, name in (("header", "trade_mode"), ("transport", "bill"), ("parties", "importer_name")):
        short = {g: dict(c) if isinstance(c, dict) else c for g, c in summary.items()}
        del short[group][name]
        assert (f"{group}.{name}", "declaration.missing") in findings(short, day, "error")
    for name in ("commodity_code", "name", "quantity", "unit", "total_price", "origin"):
        short = summary | {"goods": [{k: v for k, v in summary["goods"][0].items() if k != name}]}
        assert (f"goods[0].{name}", "declaration.missing") in findings(short, day, "error")


def test_papers_the_border_asks_for_are_missed_with_their_article(wine, day):
    declaration = read(wine)
    papers = papers_of_shipment(to_shipment(declaration, declared_on=day))
    assert check_papers(declaration, papers) == ()
    put(wine, "goods[0].ciq_name", None)
    wine["papers"] = [p for p in wine["papers"] if p.get("requirement") != "food-maker-registration"]
    found = check_papers(read(wine), papers)
    assert {(f.path, f.code, f.severity) for f in found} == {
        ("goods[0].ciq_name", "declaration.missing", "error"),
        ("goods[0].commodity_code", "declaration.qualification_missing", "warning"),
    }
    assert all(f.because for f in found)


def test_an_official_table_takes_the_place_of_ours(wine, day, tmp_path, monkeypatch):
    monkeypatch.setenv("TONGGUAN_HOME", str(tmp_path))
    code_table.cache_clear()
    official = tmp_path / "关区.csv"
    official.write_bytes("代码,名称\n2248,洋山海关（港区）\n2299,测试海关\n".encode("gb18030"))
    try:
        put(wine, "header.entry_customs", "2299")
        assert ("header.entry_customs", "declaration.code_not_held") in findings(wine, day)
        load_code_table(official, "customs_offices")
        assert findings(wine, day) == set()
        put(wine, "header.entry_customs", "2298")
        with pytest.raises(InputRefused) as refused:
            read(wine)
        assert refused.value.findings[0].code == "declaration.code_not_in_table"
        (tmp_path / "broken.csv").write_text("a,b\n1,2\n")
        with pytest.raises(InputRefused):
            load_code_table(tmp_path / "broken.csv", "customs_offices")
        assert "2299" in code_table("customs_offices").codes
    finally:
        code_table.cache_clear()
