"""The tables held against the official ones, and the examples as a newcomer would lodge them."""

from __future__ import annotations

import csv
import datetime as dt
import os
from pathlib import Path

import pytest

from tongguan.declaration import check, code_table, read, to_shipment
from tongguan.declaration.codes import abouts
from tongguan.declaration.sheet import read_rows
from tongguan.dossier import dossier
from tongguan.grammar.strict_yaml import load_text

EXAMPLES = Path(__file__).parents[2] / "examples" / "declarations"
REFERENCE = Path(os.environ.get("TONGGUAN_REFERENCE", Path(__file__).parents[3] / "shared")) / "data" / "cn" / "codes"
OFFICIAL = {
    "transport_modes": "transport_mode", "trade_terms": "transaction_mode", "levy_modes": "levy_mode", "levy_natures": "levy_nature",
    "trade_modes": "trade_mode", "packaging": "packaging", "units": "unit", "container_sizes": "container_spec", "uses": "use_code",
    "customs_offices": "customs_district", "ports": "port", "domestic_ports": "domestic_port", "districts": "domestic_district",
    "divisions": "admin_division", "inspection_offices": "ciq_org", "currencies": "currency", "countries": "country",
}  # fmt: skip
LATER = {
    "trade_terms": {"7"},
    "packaging": {"98"},
    "currencies": None,
    "countries": {"HRA", "HRB"},
    "ports": {"CHN000"},
}
"""Codes the tables of 2018 do not have; currencies are ours, since any may be quoted."""


def official(table):
    path = REFERENCE / f"{OFFICIAL[table]}.csv"
    if not path.exists():
        pytest.skip(f"the official tables are not there: {REFERENCE}")
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {row["code"] for row in csv.DictReader(file)}


@pytest.mark.parametrize("table", sorted(OFFICIAL))
def test_our_codes_are_official_ones_and_whole_tables_are_whole(table):
    known, ours = official(table), set(code_table(table).codes)
    later = LATER.get(table, set())
    if later is not None:
        assert ours - known <= later
    if code_table(table).is_whole or table in ("levy_natures", "currencies"):
        assert known <= ours


@pytest.mark.parametrize(
    ("table", "name"), [("currencies", "currency_legacy_numeric"), ("countries", "country_legacy_numeric")]
)
def test_codes_of_before_lead_to_their_successors(table, name):
    path = REFERENCE / f"{name}.csv"
    if not path.exists():
        pytest.skip(f"the official tables are not there: {REFERENCE}")
    with path.open(encoding="utf-8-sig", newline="") as file:
        successors = {row["code"]: row["iso3"] for row in csv.DictReader(file)}
    assert code_table(table).replaced
    for old, new in code_table(table).replaced.items():
        assert successors[old] == new
        assert new in code_table(table).codes


@pytest.mark.parametrize("table", sorted(abouts()))
def test_every_code_has_its_names(table):
    assert abouts()[table].zh
    for code in code_table(table).codes.values():
        assert code.zh, code
        assert code.en, code


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda p: p.stem)
def test_an_example_can_be_lodged_and_assessed(path):
    declaration = read(load_text(path.read_bytes()))
    day = declaration.transport.arrived_on + dt.timedelta(days=3)
    assert [f for f in check(declaration, day) if f.severity == "error"] == []
    if declaration.header.procedure != "summary":
        assert dossier(to_shipment(declaration, declared_on=day)).is_complete


def test_the_example_sheet_makes_two_declarations():
    path = EXAMPLES / "clients-sheet.csv"
    upload = read_rows(path.read_bytes(), name=path.name)
    assert upload.refused == []
    assert {a.reference: len(a.declaration.goods) for a in upload.accepted} == {"A-1": 2, "A-2": 1}
    assert upload.accepted[0].declaration.containers[0].number == "CSQU3054383"
