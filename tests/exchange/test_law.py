"""The tax of an inventory is the engine's own, to the fen, for plain orders and for all others."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal

import pytest
from exchange_makers import (
    BUYER_ID,
    DAY,
    D,
    a_desk,
    an_inventory,
    an_inventory_line,
    an_order,
    an_order_line,
    changed,
    codes,
    judged,
)  # fmt: skip

from tongguan.assessment.assess import assess
from tongguan.assessment.world import shipped_world
from tongguan.exchange import law
from tongguan.exchange.desk import DeskInMemory
from tongguan.exchange.dictionary import kinds
from tongguan.exchange.place import Place

PLACE = Place.of(kinds()[621], 1)
CODES = (
    "1901101000",
    "3304990099",
    "3303000010",
    "3304100010",
    "3401300000",
    "9619001100",
    "3305100090",
    "2204210000",
    "8517130000",
)


def engine(inventory, day, used=0):
    return assess(law.shipment_of(inventory, day, used), shipped_world())


def of_exchange(inventory, day, used=0):
    desk = DeskInMemory()
    desk.used[inventory.buyer_id, day.year] = used
    return law.assess(inventory, PLACE, day, desk, shipped_world())


def payable(answer):
    sums = {"customs_duty": 0, "consumption_tax": 0, "import_vat": 0}
    for item in answer.items:
        applied = next(o for o in item.options if o.status == "applies")
        for charge in applied.charges:
            sums[charge.kind if charge.kind in sums else "customs_duty"] += charge.payable
    return sums


def random_inventory(r):
    lines = []
    for number in range(1, r.randint(1, 4) + 1):
        quantity = Decimal(r.choice((1, 1, 2, 3, 10)))
        price = Decimal(r.randint(1, 90_000)) / 100
        grams = Decimal(r.choice(("0.015", "0.05", "0.1", "0.4", "1")))
        lines.append(
            an_inventory_line(
                number, str(price * quantity), price=price, quantity=quantity, commodity_code=r.choice(CODES), country=r.choice(("116", "609", "305", "502")),
                first_quantity=grams * quantity, second_quantity=quantity, second_unit="011", unit="011",
            )
        )  # fmt: skip
    freight = Decimal(r.choice((0, 0, 1000, 1234, 1))) / 100
    return an_inventory(
        tuple(lines),
        freight=freight,
        insurance=Decimal(r.choice((0, 0, 333))) / 100,
        supervision_mode=r.choice(("1210", "9610")),
    )


def test_one_rule_base():
    r = random.Random(20250303)
    told = 0
    for _ in range(400):
        inventory = random_inventory(r)
        day = r.choice((dt.date(2018, 9, 3), dt.date(2019, 1, 1), dt.date(2019, 4, 1), DAY, dt.date(2026, 3, 2)))
        used = r.choice((0, 0, 2_000_000, 2_599_000))
        tax, found = of_exchange(inventory, day, used)
        answer = engine(inventory, day, used)
        refused = {f.code.removeprefix("exchange.") for f in found if f.severity == "error"}
        if tax is None:
            assert (
                answer.total is None
                or answer.decided.get("decision") == "reject-general-trade"
                or refused & {"list_quantity"}
            ), found
            continue
        told += 1
        assert not refused
        assert answer.total == f"{tax.total // 100}.{tax.total % 100:02d}"
        sums = payable(answer)
        assert sums["customs_duty"] == sum(line.customs_duty for line in tax.lines)
        assert sums["consumption_tax"] == sum(line.consumption_tax for line in tax.lines)
        assert sums["import_vat"] == sum(line.import_vat for line in tax.lines)
        assert answer.decided["used_after"] == f"{(used + tax.price) // 100}.{(used + tax.price) % 100:02d}"
        assert (answer.decided["decision"] == "cbec-reduced-tax") == tax.is_reduced
    assert told > 150


def test_cosmetics_around_their_price_test():
    """CBE-03 and its neighbour: at CNY 10 a gram consumption tax is due, a fen below it is not."""
    line = an_inventory_line(1, "425.00", commodity_code="3304990099", first_quantity=D("0.02"), country="305")
    tax, _ = of_exchange(an_inventory((line,), freight=D(0)), dt.date(2025, 11, 1))
    assert [(one.consumption_tax, one.import_vat) for one in tax.lines] == [(52_50, 45_50)]
    cheaper = changed(line, price=D("199.99"), total=D("199.99"))
    tax, _ = of_exchange(an_inventory((cheaper,), freight=D(0)), dt.date(2025, 11, 1))
    assert [(one.consumption_tax, one.import_vat) for one in tax.lines] == [(0, 18_20)]


def test_a_single_article_above_the_limit_pays_the_full_tax():
    line = an_inventory_line(1, "6000.00", commodity_code="2204210000", country="609")
    order = an_order((an_order_line(1, "6000.00"),), tax=D(0), freight=D(0), paid=D(6000))
    found = judged(an_inventory((line,), freight=D(0)), desk=a_desk(order=order))
    assert "over_the_single_limit" not in codes(found)
    two = an_inventory_line(1, "6000.00", quantity=D(2), price=D(3000), commodity_code="2204210000", country="609")
    assert "over_the_single_limit" in codes(judged(an_inventory((two,), freight=D(0)), desk=a_desk(order=order)))


@pytest.mark.parametrize(("had", "is_over"), [(0, False), (1, True)], ids=["exactly two kilograms", "a gram more"])
def test_sugar_for_a_person_and_year(had, is_over):
    sugar = an_inventory_line(1, "20.00", commodity_code="1701991090", first_quantity=D(2))
    desk = a_desk()
    desk.had[BUYER_ID, "sugar", DAY.year] = had
    assert ("list_quantity" in codes(judged(an_inventory((sugar,)), desk=desk))) == is_over


def test_limited_goods_of_one_order_count_together():
    lines = tuple(an_inventory_line(n, "20.00", commodity_code="1701991090", first_quantity=D("1.2")) for n in (1, 2))
    assert "list_quantity" in codes(judged(an_inventory(lines)))


def test_the_year_of_a_person_is_asked_by_the_day_of_judgement():
    desk = a_desk()
    desk.used[BUYER_ID, 2024] = 26_000_00
    assert codes(judged(an_inventory(), desk=desk)) == []
