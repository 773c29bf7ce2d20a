"""Parcels, baggage and duty-free shops through `assess`."""

from __future__ import annotations

import itertools

import pytest
from channel_makers import ask, charges_of, check_sums, codes, item

from tongguan.law.channels.duty_free_shops.rule import taxed_with_arrival_shop
from tongguan.law.channels.travellers.rule import taxed_value


def article(price, category="2", **facts):
    return {
        "price": price,
        "name": "物品",
        "facts": {k: v for k, v in {"category": category, **facts}.items() if v is not None},
    }


def parcel(price, declared="2025-03-01", category="2", facts=None, **more):
    return ask("personal_articles", declared, [article(price, category)], {"sent_from": "JP", **(facts or {})}, **more)


@pytest.mark.parametrize(
    ("declared", "price", "category", "tax"),
    [
        ("2018-11-01", "600.00", "2", "150.00"),  # ART-02
        ("2019-04-09", "600.00", "2", "120.00"),  # ART-03
        ("2025-03-01", "380.00", "1", "0.00"),  # ART-04
        ("2018-10-31", "600.00", "2", "180.00"),
        ("2019-04-08", "600.00", "2", "150.00"),
        ("2025-03-01", "250.00", "2", "0.00"),
        ("2025-03-01", "250.05", "2", "50.01"),
        ("2018-10-31", "500.00", "medicine", "150.00"),
        ("2018-11-01", "500.00", "medicine", "75.00"),
    ],
)
def test_parcels(declared, price, category, tax):
    answer = parcel(price, declared, category)
    assert answer.total == tax
    check_sums(answer)


def test_the_parcel_is_tested_as_a_whole():
    answer = ask(
        "personal_articles", "2025-03-01", [article("200.00", "2"), article("200.00", "2")], {"sent_from": "JP"}
    )
    assert answer.total == "80.00"
    check_sums(answer)


@pytest.mark.parametrize(
    ("sent_from", "price", "admission"),
    [
        ("HK", "800.00", "as_article"),
        ("HK", "800.01", "return_or_declare_as_goods"),
        ("JP", "800.01", "as_article"),
        ("JP", "1000.00", "as_article"),
        ("JP", "1000.01", "return_or_declare_as_goods"),
    ],
)
def test_the_limits_of_a_parcel(sent_from, price, admission):
    goods = {**item(price, "19011010", "NZ"), "facts": {"category": "1"}}
    answer = ask("personal_articles", "2025-03-01", [goods], {"sent_from": sent_from, "single_indivisible": "no"})
    assert answer.decided["admission"] == admission
    assert (answer.items[0].applied.basis == "personal_articles") is (admission == "as_article")
    check_sums(answer)


def test_one_indivisible_article_above_the_limit():
    assert parcel("3000.00", facts={"single_indivisible": "yes"}).total == "600.00"


def test_as_goods_without_a_code_there_is_no_figure_and_it_is_said():
    answer = parcel("400.00", facts={"beyond_personal_use": "yes"})
    assert answer.total is None
    assert "channels.code_needed_as_goods" in codes(answer)
    assert not answer.is_complete
    check_sums(answer)


def test_a_category_nobody_stated_gives_a_range():
    one = parcel("600.00", category=None).items[0]
    assert (one.low, one.high) == (7800, 30000)
    assert one.missing_facts == ("items[1].facts.category",)


def test_until_november_2024_the_day_of_the_bill_counts():
    answer = parcel("600.00", "2019-04-08", dates={"tax_bill": "2019-04-09"})
    assert answer.total == "120.00"
    assert answer.governing_on.isoformat() == "2019-04-09"
    assert parcel("600.00", "2025-04-08", dates={"tax_bill": "2025-05-09"}).governing_on.isoformat() == "2025-04-08"


def test_a_medicine_that_bears_what_goods_bear():
    goods = {
        **item("500.00", "30049090", "IN"),
        "facts": {"category": "medicine", "vat_3_percent_medicine": "yes", "anti_cancer": "yes"},
    }
    answer = ask("personal_articles", "2018-11-01", [goods], {"sent_from": "IN"})
    assert all(o.status == "displaced" for o in answer.items[0].options if o.basis == "personal_articles")


# --- travellers --------------------------------------------------------------------------------------------------------------------


def bag(items, declared="2025-03-01", **facts):
    facts = {"resident": "yes", "from": "JP", **{("from" if k == "from_" else k): v for k, v in facts.items()}}
    return ask("travellers", declared, items, {k: v for k, v in facts.items() if v is not None})


def test_art_06_excess_only():
    answer = bag([article("7000.00")])
    assert (answer.total, answer.decided["taxed"]) == ("400.00", "2000.00")
    check_sums(answer)


def test_art_07_within_the_amount_from_hong_kong():
    answer = bag([article("11000.00")], "2024-09-01", from_="HK", port="other", age="30")
    assert (answer.total, answer.decided["allowance"]) == ("0.00", "12000.00")


@pytest.mark.parametrize(
    ("declared", "port", "age", "allowance"),
    [
        ("2024-06-30", "luohu", "30", "5000.00"),
        ("2024-07-01", "luohu", "30", "12000.00"),
        ("2024-07-31", "other", "30", "5000.00"),
        ("2024-08-01", "other", "30", "12000.00"),
        ("2024-08-01", "hengqin_first_line", "30", "5000.00"),
        ("2024-08-01", "other", "17", "5000.00"),
        ("2024-08-01", "other", "18", "12000.00"),
    ],
)
def test_when_and_where_the_higher_amount_applies(declared, port, age, allowance):
    assert bag([article("100.00")], declared, from_="HK", port=port, age=age).decided["allowance"] == allowance


def test_a_port_nobody_stated_gives_a_range():
    answer = bag([article("11000.00")], "2024-07-15", from_="HK", age="30")
    one = answer.items[0]
    assert (one.low, one.high) == (0, 120000)
    assert "facts.port" in one.missing_facts
    check_sums(answer)


def test_residence_nobody_stated_gives_a_range():
    one = bag([article("4000.00")], resident=None).items[0]
    assert (one.low, one.high) == (0, 40000)


@pytest.mark.parametrize(
    ("value", "indivisible"),
    list(itertools.product(("0.00", "3000.00", "5000.00", "9000.00"), ("0.01", "4000.00", "5000.00", "7000.00"))),
)
def test_the_allowance_agrees_with_the_rule(value, indivisible):
    answer = bag([article(value), article(indivisible, indivisible="yes")])
    expected = taxed_value(int(float(value) * 100), int(float(indivisible) * 100), 500000, 0)
    assert sum(c.base for i in answer.items for c in i.applied.charges) == expected


@pytest.mark.parametrize(
    ("abroad", "shop"),
    list(itertools.product(("0.00", "5000.00", "6000.00"), ("0.00", "3000.00", "3000.01", "8000.00"))),
)
def test_the_arrival_shop_agrees_with_the_rule(abroad, shop):
    answer = bag([article(abroad), article(shop, bought_in_arrival_shop="yes")])
    expected = taxed_with_arrival_shop(int(float(abroad) * 100), round(float(shop) * 100), 500000, 800000)
    assert sum(c.base for i in answer.items for c in i.applied.charges) == expected


def test_the_allowance_goes_to_what_bears_the_higher_rate():
    answer = bag([article("4000.00", "1"), article("4000.00", "3")])
    assert charges_of(answer) == {"articles_tax": "390.00"}


def test_frequent_travellers_have_none():
    assert bag([article("500.00")], frequent="yes").total == "100.00"


def test_cigarettes_beyond_the_free_quantity():
    answer = bag([article("600.00", "3", cigarettes="600")])
    assert answer.total == "100.00"
    assert bag([article("600.00", "3", cigarettes="600")], from_="MO", port="gongbei", age="30").total == "200.00"


# --- Hainan's shops and downtown ---------------------------------------------------------------------------------------------------


def purchase(price, declared="2025-12-01", used="0", **facts):
    return ask(
        "offshore_duty_free",
        declared,
        [article(price)],
        {k: v for k, v in {"used_this_year": used, "age": "30", **facts}.items() if v is not None},
    )


def test_art_08_a_handbag_beyond_the_amount():
    answer = purchase("10000.00", used="96000.00")
    assert answer.total == "1200.00"
    assert (answer.decided["duty_free_part"], answer.decided["excess"], answer.decided["used_after"]) == (
        "4000.00",
        "6000.00",
        "100000.00",
    )
    check_sums(answer)


@pytest.mark.parametrize(
    ("declared", "price", "used", "excess"),
    [
        ("2018-11-30", "2000.00", "15000.00", "1000.00"),
        ("2018-12-01", "2000.00", "15000.00", "0.00"),
        ("2020-06-30", "8000.00", "25000.00", "3000.00"),
        ("2020-07-01", "8000.00", "25000.00", "0.00"),
        ("2025-12-01", "4000.00", "96000.00", "0.00"),
        ("2025-12-01", "4000.01", "96000.00", "0.01"),
    ],
)
def test_the_amount_by_day(declared, price, used, excess):
    assert purchase(price, declared, used).decided["excess"] == excess


def test_an_article_above_the_line_of_2020_is_not_encoded():
    answer = purchase("8000.01", "2020-06-30")
    assert "channels.offshore_single_article_not_encoded" in codes(answer)
    assert answer.total is None


@pytest.mark.parametrize(
    ("declared", "age", "may"), [("2025-10-31", "16", True), ("2025-11-01", "17", False), ("2025-11-01", "18", True)]
)
def test_the_age_of_the_buyer(declared, age, may):
    answer = purchase("100.00", declared, age=age)
    assert (answer.total is not None) is may


def test_an_amount_used_nobody_knows_gives_a_range():
    one = purchase("10000.00", used=None).items[0]
    assert (one.low, one.high) == (0, 200000)


def test_the_thirty_first_lipstick():
    answer = ask(
        "offshore_duty_free",
        "2025-12-01",
        [article("3100.00", "3", goods="cosmetics", bought="31")],
        {"used_this_year": "0", "age": "30"},
    )
    assert answer.total == "50.00"


@pytest.mark.parametrize(
    ("departs", "by", "may"),
    [("2024-11-30", "air", True), ("2024-12-01", "air", False), ("2024-10-05", "train", False)],
)
def test_downtown(departs, by, may):
    answer = ask("duty_free_shops", "2024-10-01", [article("3000.00")], {"departs_on": departs, "by": by})
    assert (answer.total == "0.00") is may
    check_sums(answer)
