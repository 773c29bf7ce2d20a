"""What goods cost landed, and what is not in the figure."""

import datetime as dt
from decimal import Decimal

import msgspec
import pytest

from tongguan.assessment.assess import assess
from tongguan.assessment.letter import plain_text
from tongguan.assessment.shipment import GoodsItem, Shipment
from tongguan.fees.estimate import expected
from tongguan.fees.invoice import Facts
from tongguan.fees.landed import landed_cost, landed_cost_of, landed_page
from tongguan.fees.register import starter_register

DAY = dt.date(2026, 3, 17)
ROBOT = GoodsItem("84795010", Decimal(100_000), "CNY", "JP", quantities={"set": Decimal(1)})


def an_assessment(**item):
    return assess(Shipment(DAY, (msgspec.structs.replace(ROBOT, **item),)))


def charges(day=DAY, place="CNSHA", **facts):
    return {e.charge.id: e for e in expected(starter_register(), day, place, Facts(**facts))}


def test_the_charges_of_two_containers():
    found = charges(containers={"40": 2, "20": 1}, cargo="general")
    assert (found["cargo-port-dues"].low, found["cargo-port-dues"].high) == (17000, 17000)  # 2 × 68 + 34
    assert found["facility-security-fee"].low == 3200  # 2 × 12 + 8
    assert "port-construction-fee" not in found  # ended
    assert found["port-lump-sum"].low is None


def test_cargo_nobody_stated_leaves_a_span():
    found = charges(containers={"20": 1})["cargo-port-dues"]
    assert (found.low, found.high) == (3400, 6800)


def test_a_charge_of_its_day():
    found = charges(dt.date(2019, 5, 6), containers={"40": 1}, cargo="general")
    assert found["port-construction-fee"].low == 9600
    assert charges(dt.date(2020, 3, 1), containers={"40": 1}).keys() & {"port-construction-fee"} == set()


def test_nothing_is_expected_of_a_shipment_nobody_described():
    assert charges() == {}


def test_landed_cost_is_value_and_taxes_and_charges():
    answer = an_assessment()
    fees = expected(starter_register(), DAY, "CNSHA", Facts({"40": 1}, cargo="general"))
    cost = landed_cost(answer, fees)
    assert cost.value == answer.items[0].dutiable_value
    assert cost.low == cost.value + answer.total_low + 6800 + 1200
    assert cost.high is None  # the lump sum and others come on top
    assert {f.charge.id for f in cost.without_price} == {
        "port-lump-sum",
        "terminal-handling-charge",
        "delivery-order",
        "broker-service",
    }
    assert cost.low_without_vat == cost.low - cost.vat
    assert cost.to_json()["low"]["currency"] == "CNY"


def test_without_charges_it_is_one_figure():
    answer = an_assessment()
    cost = landed_cost(answer)
    assert cost.low == cost.high == answer.items[0].dutiable_value + answer.total_low


@pytest.mark.parametrize("item", [{"price": None}, {"commodity_code": "99999999"}])
def test_what_is_not_known_has_no_figure(item):
    cost = landed_cost(an_assessment(**item))
    assert cost.high is None
    assert cost.low_without_vat is None


def test_an_empty_assessment():
    assert landed_cost(assess(Shipment(DAY, ()))).low is None


@pytest.mark.parametrize(
    ("facts", "fees", "codes"),
    [
        ({"containers_40": "2", "cargo": "general", "port": "cnsha"}, 16000, []),  # 2 × (68 + 12)
        ({}, 0, []),
        ({"containers_40": "many"}, 0, ["fees.containers_not_read"]),
        ({"containers_40": "-1"}, 0, ["fees.containers_not_read"]),
        ({"containers_40": "9" * 30}, 0, ["fees.containers_not_read"]),
        ({"containers_40": "²"}, 0, ["fees.containers_not_read"]),
    ],
)
def test_containers_among_the_facts_of_a_shipment(facts, fees, codes):
    shipment, findings = Shipment(DAY, (ROBOT,), facts=facts), []
    cost = landed_cost_of(shipment, assess(shipment), starter_register(), findings)
    assert (cost.fees_low, [f.code for f in findings]) == (fees, codes)
    for language in ("zh", "en", "both"):
        text = plain_text(landed_page(cost), language)
        assert "100,000.00" in text
        assert "{" not in text
