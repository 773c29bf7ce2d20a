"""Between assessment and declaration nothing is lost and nothing typed again."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from tongguan.assessment.reading import read_shipments
from tongguan.assessment.shipment import Shipment
from tongguan.declaration import at_field, channel_of, complete, facts, from_shipment, read, to_shipment
from tongguan.dossier import dossier

ROOT = Path(__file__).parents[2]
ASKED = [
    pytest.param(shipment, id=f"{path.stem}-{number}")
    for path in sorted([*(ROOT / "examples").glob("*.yaml"), *(ROOT / "tests" / "golden").glob("*.yaml")])
    for number, (_, shipment) in enumerate(read_shipments(path), start=1)
    if isinstance(shipment, Shipment)
]


def test_there_are_shipments_to_try():
    assert len(ASKED) > 30


@pytest.mark.parametrize("shipment", ASKED)
def test_an_assessment_turned_into_a_declaration_and_back_is_the_same(shipment):
    declaration = read(from_shipment(shipment))
    back = to_shipment(declaration, declared_on=shipment.declared_on)
    assert msgspec.structs.asdict(back) == msgspec.structs.asdict(shipment)
    assert facts(read(facts(declaration))) == facts(declaration)


def test_the_declaration_gives_the_same_answer_as_the_question(wine, day):
    answer = dossier(to_shipment(read(wine), declared_on=day))
    assert answer.is_complete
    # (48,600 + 2,150) x 1.003 x 7.1788 = 365,417.07; no duty under the agreement;
    # consumption tax 365,417.07 / 0.9 x 0.1 = 40,601.90; VAT (365,417.07 + 40,601.90) x 0.13 = 52,782.47
    assert answer.assessment.total == "93384.37"


def test_costs_in_per_cent_and_for_each_tonne(wine, day):
    wine["valuation"] |= {"freight_mark": "2", "freight": "100"}
    shipment = to_shipment(read(wine), declared_on=day)
    assert shipment.freight.amount == Decimal(1590)  # 15.9 t x 100
    assert shipment.insurance.amount == Decimal("150.57")  # (48,600 + 1,590) x 0.3 %
    wine["valuation"] |= {"freight_currency": "CNY"}
    in_yuan = to_shipment(read(wine), declared_on=day).insurance
    assert (in_yuan.amount, in_yuan.currency) == (Decimal("1051.43904"), "CNY")  # (48,600 x 7.1788 + 1,590) x 0.3 %
    wine["valuation"] |= {"trade_terms": "4"}
    assert to_shipment(read(wine), declared_on=day).insurance.amount == 0


def test_an_unknown_cost_stays_unknown(wine, day):
    for name in ("freight", "freight_mark"):
        del wine["valuation"][name]
    assert to_shipment(read(wine), declared_on=day).freight.amount is None


def test_a_quota_certificate_is_a_paper_for_some_items(wine, day):
    wine["goods"].append(dict(wine["goods"][0]))
    wine["papers"].append({"document": "t", "number": "Q-1", "goods": [2]})
    items = to_shipment(read(wine), declared_on=day).items
    assert [i.has_quota_certificate for i in items] == [False, True]


@pytest.mark.parametrize(
    ("mode", "nature", "channel"),
    [
        ("0110", "101", "general_trade"),
        ("0110", "789", "duty_relief"),
        ("2600", "299", "temporary_admission"),
        ("1210", "", "cross_border_ecommerce"),
    ],
)
def test_the_supervision_mode_tells_the_channel(wine, mode, nature, channel):
    wine["header"] |= {"trade_mode": mode, "levy_nature": nature}
    assert channel_of(read(wine)) == channel


def test_what_follows_is_filled_in_and_what_is_given_stays(wine, day):
    goods = complete(read(wine), day).goods[0]
    assert (goods.first_quantity, goods.first_unit) == (Decimal(9000), "095")
    assert (goods.second_quantity, goods.second_unit) == (Decimal(14200), "035")
    assert goods.unit_price == Decimal("5.4")
    assert goods.destination_country == "CHN"
    parties = complete(read(wine), day).parties
    assert parties.owner_name == parties.declarant_name == parties.importer_name
    wine["parties"] |= {"owner_name": "上海某店", "owner_code": "NO"}
    assert complete(read(wine), day).parties.owner_name == "上海某店"


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ("items[1].price", "goods[0].total_price"),
        ("items[2].facts.brand", "goods[1].brand"),
        ("items[2].facts.species", "goods[1].facts.species"),
        ("items[1].origin", "goods[0].origin"),
        ("freight", "valuation.freight"),
        ("dates.arrived", "transport.arrived_on"),
    ],
)
def test_findings_of_the_assessment_have_their_field(asked, field):
    assert at_field(asked) == field
