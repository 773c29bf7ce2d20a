"""Orders of cross-border e-commerce through `assess`: the worked cases, the day and the fen at which the answer changes, and what is not known."""

from __future__ import annotations

import pytest
from channel_makers import LINE, ask, charges_of, check_sums, codes, item, world_of

C = "cross_border_ecommerce"
FORMULA = "19011010"
LISTED = {"on_positive_list": "yes"}


def order(price, declared="2025-03-01", used="0", code=FORMULA, **more):
    facts = {k: v for k, v in {"used_this_year": used, **more.pop("facts", {})}.items() if v is not None}
    one = item(price, code, "NZ", **more.pop("item", {}))
    return ask(C, declared, [one], facts, **more)


def test_cbe_02_ordinary_goods_at_16_percent():
    answer = order("1000.00", "2018-08-01")
    assert charges_of(answer) == {"customs_duty": "0.00", "import_vat": "112.00"}
    assert answer.total == "112.00"
    check_sums(answer)


def test_cbe_03_high_end_skin_care():
    answer = ask(C, "2025-11-01", [item("425.00", "33049900", "FR", quantities={"g": "20"})], {"used_this_year": "0"})
    assert charges_of(answer) == {"customs_duty": "0.00", "consumption_tax": "52.50", "import_vat": "45.50"}
    check_sums(answer)


def test_below_the_price_class_there_is_no_consumption_tax():
    answer = ask(C, "2025-11-01", [item("199.99", "33049900", "FR", quantities={"g": "20"})], {"used_this_year": "0"})
    assert charges_of(answer) == {"customs_duty": "0.00", "import_vat": "18.20"}


def test_cbe_06_single_item_over_the_limit_at_full_tax():
    one = item("6000.00", quantities={"piece": "1"}, facts=LISTED)
    answer = ask(C, "2025-03-01", [one], {"used_this_year": "3000.00"}, world_of("0.06"))
    assert answer.decided == {
        "decision": "cbec-full-tax",
        "reason": "single_item_over_limit",
        "used_after": "9000.00",
        "left_after": "17000.00",
    }
    assert charges_of(answer) == {"customs_duty": "360.00", "import_vat": "826.80"}
    check_sums(answer)


def test_small_amounts_are_not_waived_at_full_tax():
    answer = ask(
        C,
        "2025-03-01",
        [item("5001.00", quantities={"piece": "1"}, facts=LISTED)],
        {"used_this_year": "0"},
        world_of("0.005"),
    )
    assert charges_of(answer)["customs_duty"] == "25.01"


def test_cbe_07_two_items_over_the_limit_are_general_trade():
    answer = ask(
        C,
        "2025-03-01",
        [item("6000.00", quantities={"piece": "2"}, facts=LISTED)],
        {"used_this_year": "0.00"},
        world_of("0.06"),
    )
    assert answer.decided["decision"] == "reject-general-trade"
    assert answer.decided["used_after"] == "0.00"
    applied = answer.items[0].applied
    assert applied.basis == "without_preference"
    assert applied.reasons[0].code == "channels.ecommerce_over_single_limit"
    assert applied.reasons[0].because == "caiguanshui-2018-49#1"
    assert applied.reasons[0].facts["excess"] == "1,000.00"
    displaced = next(o for o in answer.items[0].options if o.status == "displaced")
    assert displaced.basis == C
    assert displaced.total == 54600
    check_sums(answer)


def test_cbe_09_the_limits_of_2018():
    answer = order("2500.00", "2018-09-01", facts={"items_in_order": "2"})
    assert answer.decided["decision"] == "reject-general-trade"


def test_cbe_10_a_return_in_time():
    facts = {"return_applied_on": "2025-03-21", "return_arrived_on": "2025-04-10"}
    answer = order("600.00", used="5000.00", facts=facts, dates={"released": "2025-03-01"})
    assert answer.total == "0.00"
    assert answer.decided["tax_cancelled"] == "yes"
    assert answer.decided["used_after"] == "4400.00"
    assert charges_of(answer) == {"customs_duty": "0.00", "import_vat": "0.00"}
    check_sums(answer)


@pytest.mark.parametrize(
    ("applied", "arrived", "cancelled", "used"),
    [
        ("2025-03-31", "2025-04-15", "yes", "4400.00"),
        ("2025-04-01", "2025-04-15", "no", "5000.00"),
        ("2025-03-31", "2025-04-16", "no", "5000.00"),
    ],
)
def test_the_last_days_of_a_return(applied, arrived, cancelled, used):
    facts = {"return_applied_on": applied, "return_arrived_on": arrived}
    answer = order("600.00", used="5000.00", facts=facts, dates={"released": "2025-03-01"})
    assert (answer.decided["tax_cancelled"], answer.decided["used_after"]) == (cancelled, used)
    assert answer.total == ("0.00" if cancelled == "yes" else "54.60")
    check_sums(answer)


@pytest.mark.parametrize(
    ("declared", "price", "pieces", "used", "decision"),
    [
        ("2018-12-31", "2000.00", "2", "0", "cbec-reduced-tax"),
        ("2018-12-31", "2000.01", "1", "0", "reject-general-trade"),
        ("2018-12-31", "1000.00", "1", "19000.00", "cbec-reduced-tax"),
        ("2018-12-31", "1000.01", "1", "19000.00", "reject-general-trade"),
        ("2019-01-01", "2000.01", "2", "0", "cbec-reduced-tax"),
        ("2019-01-01", "5000.00", "3", "0", "cbec-reduced-tax"),
        ("2019-01-01", "5000.01", "3", "0", "reject-general-trade"),
        ("2019-01-01", "5000.01", "1", "0", "cbec-full-tax"),
        ("2025-12-31", "1000.00", "1", "25000.00", "cbec-reduced-tax"),
        ("2025-12-31", "1000.01", "1", "25000.00", "reject-general-trade"),
        ("2025-12-31", "25999.99", "1", "0", "cbec-full-tax"),
        ("2025-12-31", "26000.00", "1", "0", "reject-general-trade"),
    ],
)
def test_each_day_and_limit(declared, price, pieces, used, decision):
    answer = order(price, declared, used, facts={"items_in_order": pieces})
    assert answer.decided["decision"] == decision
    check_sums(answer)


def test_what_was_used_is_not_known():
    answer = order("1000.00", used=None)
    one = answer.items[0]
    assert answer.total is None
    assert one.applied is None
    assert "facts.used_this_year" in one.missing_facts
    assert one.low == 9100
    assert one.high is not None
    assert one.high > one.low
    assert "25,000.00" in one.options[0].condition_en
    assert "decision" not in answer.decided
    check_sums(answer)


def test_over_the_year_whatever_was_used_needs_no_fact():
    answer = order("30000.00", used=None, item={"quantities": {"piece": "1"}})
    assert answer.decided["decision"] == "reject-general-trade"
    assert not any("used_this_year" in f for f in answer.items[0].missing_facts)


def test_pieces_matter_only_above_the_single_limit():
    assert "facts.items_in_order" not in order("4000.00").items[0].missing_facts
    assert "facts.items_in_order" in order("6000.00").items[0].missing_facts


def test_a_line_we_do_not_hold_waits_for_evidence():
    answer = ask(C, "2025-03-01", [item("1000.00", "42022100", "IT")], {"used_this_year": "0"})
    one = answer.items[0]
    waiting = next(o for o in one.options if o.basis == C)
    assert waiting.status == "needs_evidence"
    assert one.applied is None
    assert (one.low, one.high) == (9100, 19780)
    assert "channels.ecommerce_line_not_encoded" in codes(answer)
    assert "items[1].facts.on_positive_list" in one.missing_facts
    assert not answer.is_complete
    check_sums(answer)


@pytest.mark.parametrize(("stated", "basis"), [("yes", C), ("no", "without_preference")])
def test_the_statement_about_the_list_is_believed_and_named(stated, basis):
    answer = ask(
        C,
        "2025-03-01",
        [item("1000.00", "42022100", "IT", facts={"on_positive_list": stated})],
        {"used_this_year": "0"},
    )
    assert answer.items[0].applied.basis == basis
    assert any("listed_by_statement" in r.code for r in answer.items[0].applied.reasons)
    check_sums(answer)


@pytest.mark.parametrize(("kept", "status"), [("yes", "applies"), ("no", "displaced"), (None, "needs_evidence")])
def test_a_remark_of_the_list(kept, status):
    ink = item("100.00", "32151900", "JP", facts={"keeps_remark": kept} if kept else {})
    answer = ask(C, "2025-03-01", [ink], {"used_this_year": "0"}, world_of(code="32151900"))
    assert next(o for o in answer.items[0].options if o.basis == C).status == status


@pytest.mark.parametrize(
    ("kg", "earlier", "enters"),
    [("2", "0", True), ("2.001", "0", False), ("0.5", "1.5", True), ("0.501", "1.5", False)],
)
def test_two_kilograms_of_sugar_a_year(kg, earlier, enters):
    sugar = item("40.00", "17019910", "TH", quantities={"kg": kg}, facts={"quantity_this_year": earlier})
    answer = ask(C, "2025-03-01", [sugar], {"used_this_year": "0"})
    assert (answer.items[0].applied.basis == C) is enters
    check_sums(answer)


def test_two_lines_of_sugar_count_together():
    lines = [
        item("40.00", code, "TH", quantities={"kg": "1.2"}, facts={"quantity_this_year": "0"})
        for code in ("17019910", "17019920")
    ]
    answer = ask(C, "2025-03-01", lines, {"used_this_year": "0"})
    assert all(o.status == "displaced" for i in answer.items for o in i.options if o.basis == C)


def test_the_whole_order_is_measured_not_each_item():
    answer = ask(
        C, "2025-03-01", [item("3000.00", FORMULA, "NZ"), item("2000.01", "96190011", "JP")], {"used_this_year": "0"}
    )
    assert answer.decided["reason"] == "over_single_limit"


def test_origin_is_not_asked_within_the_limits():
    answer = ask(C, "2025-03-01", [item("1000.00", FORMULA, None)], {"used_this_year": "0"})
    assert answer.total == "91.00"
    assert answer.items[0].missing_facts == ()


def test_freight_named_apart_belongs_to_the_price():
    answer = order("950.00", trade_terms="FOB", freight="50.00")
    assert answer.items[0].dutiable_value == 100000


def test_additional_duty_is_said_not_to_be_levied():
    answer = ask(C, "2025-06-02", [item("1000.00", FORMULA, "US")], {"used_this_year": "0"})
    assert answer.total == "91.00"
    assert "channels.ecommerce_additional_duty_not_levied" in codes(answer)


def test_a_fact_nobody_asks_for_is_named_with_the_nearest():
    answer = order("1000.00", facts={"used_this_yaer": "5"})
    slip = next(f for f in answer.findings if f.code == "channels.fact_not_used")
    assert slip.facts["nearest"] == "used_this_year"


def test_a_fact_that_cannot_be_read_counts_as_not_known():
    answer = order("1000.00", used="about a thousand")
    assert "channels.fact_unreadable" in codes(answer)
    assert answer.total is None


def test_as_general_trade_stands_beside_it_with_its_difference():
    answer = ask(C, "2025-03-01", [item("1000.00", LINE, facts=LISTED)], {"used_this_year": "0"}, world_of("0.10"))
    beside = next(o for o in answer.items[0].options if o.basis.startswith("general_trade/"))
    assert beside.total == 24300
    assert beside.saving == 9100 - 24300
    assert answer.items[0].applied.rank == 1
