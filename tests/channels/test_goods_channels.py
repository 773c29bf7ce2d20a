"""Channels of goods through `assess`: Hainan, border trade, exhibits, processing trade, temporary, relief, returned and bonded goods."""

from __future__ import annotations

import pytest
from channel_makers import LINE, ask, charges_of, check_sums, codes, item, world_of

from tongguan.assessment.channels import ASSESSORS
from tongguan.assessment.shipment import CHANNELS


def test_every_channel_has_its_assessor():
    assert set(ASSESSORS) == set(CHANNELS) - {"general_trade"}


# --- Hainan ------------------------------------------------------------------------------------------------------------------------


def hainan(facts=None, declared="2026-01-10", origin="JP", world=None, **item_facts):
    return ask(
        "hainan", declared, [item("10000.00", origin=origin, facts=item_facts)], facts or {}, world or world_of()
    )


def test_zero_tariff_for_the_entitled_outside_the_list():
    answer = hainan({"entitled": "yes"}, on_taxable_list="no")
    assert answer.total == "0.00"
    assert answer.decided["treatment"] == "zero_tariff"
    check_sums(answer)


def test_the_list_is_not_held_so_the_answer_is_a_range():
    answer = hainan({"entitled": "yes"})
    one = answer.items[0]
    assert (one.low, one.high) == (0, 243000)
    assert "channels.hainan_taxable_list_not_held" in codes(answer)
    check_sums(answer)


@pytest.mark.parametrize("facts", [{"entitled": "no"}, {"entitled": "yes", "chooses_to_pay": "yes"}])
def test_taxed_as_usual(facts):
    assert hainan(facts).total == "2430.00"


@pytest.mark.parametrize(("added", "total"), [("0.30", "1300.00"), ("0.299999", "2430.00")])
def test_value_added_frees_of_duty_not_of_vat(added, total):
    answer = hainan({"line": "second"}, encouraged_industry="yes", imported_material="yes", value_added=added)
    assert answer.total == total
    check_sums(answer)


def test_before_the_closure_there_is_no_answer():
    answer = hainan({"entitled": "yes"}, "2025-12-17", on_taxable_list="no")
    assert answer.total is None
    assert "law.parameter_not_encoded_before" in codes(answer)


def test_additional_duties_stay():
    answer = hainan({"entitled": "yes"}, origin="US", on_taxable_list="no")
    assert answer.decided["treatment"] == "zero_tariff_with_special_duties"
    assert charges_of(answer)["import_vat"] == "0.00"
    assert charges_of(answer)["additional_duty"] != "0.00"
    check_sums(answer)


# --- border trade ------------------------------------------------------------------------------------------------------------------


def border(price, facts=None, world=None, **more):
    return ask(
        "border_trade",
        "2019-01-10",
        [item(price, origin="VN", **more)],
        facts if facts is not None else {"so_far_today": "0"},
        world,
    )


def test_bor_01():
    answer = border("9500.00", world=world_of("0.10", vat_class="standard"))
    assert answer.decided["taxed"] == "1500.00"
    assert charges_of(answer) == {
        "customs_duty": "150.00",
        "import_vat": "264.00",
    }  # VAT 16 % on that day; the case illustrates 9 %
    check_sums(answer)


@pytest.mark.parametrize(
    ("price", "so_far", "taxed"),
    [("8000.00", "0", "0.00"), ("8000.01", "0", "0.01"), ("3000.00", "6000.00", "1000.00")],
)
def test_the_day_s_amount(price, so_far, taxed, round_world):
    answer = border(price, {"so_far_today": so_far}, round_world)
    assert answer.decided["taxed"] == taxed
    check_sums(answer)


def test_an_earlier_exchange_nobody_knows(round_world):
    one = border("3000.00", {}, round_world).items[0]
    assert one.low == 0
    assert one.high == 30000 + 52800
    assert one.missing_facts == ("facts.so_far_today",)


def test_goods_that_are_never_free():
    answer = border("100.00", code="24022000", quantities={"thousand_pieces": "0.2"})
    assert answer.decided["taxed"] == "100.00"


def test_part_of_a_line_is_asked_for():
    answer = border("1000.00", code="33049900", quantities={"g": "1000"})
    assert "items[1].facts.excluded_part" in answer.items[0].missing_facts


def test_rice_is_free_by_quantity():
    answer = border("600.00", code="10063020", quantities={"kg": "60"})
    assert answer.decided["taxed"] == "100.00"
    assert border("500.00", code="10063020", quantities={"kg": "50"}).total == "0.00"


def test_small_scale_trade_is_taxed_in_full(round_world):
    assert border("5000.00", {"trade": "small_scale"}, round_world).total == "1380.00"


# --- exhibits ----------------------------------------------------------------------------------------------------------------------


def exhibit(declared="2020-11-06", price="100000.00", code="22042100", usd="6.7", **facts):
    facts = {"exhibitor_amount_usd": "100000", **facts}
    return ask("exhibition", declared, [item(price, code, "FR", quantities={"litre": "100"})], {k: v for k, v in facts.items() if v is not None},
               exchange_rates={"USD": usd})  # fmt: skip


def test_exp_01():
    answer = exhibit()
    assert charges_of(answer) == {"customs_duty": "0.00", "consumption_tax": "7777.78", "import_vat": "10111.11"}
    check_sums(answer)


@pytest.mark.parametrize(
    ("declared", "relieved"),
    [("2019-11-10", "100000.00"), ("2019-11-11", "0.00"), ("2020-11-04", "0.00"), ("2020-11-05", "100000.00")],
)
def test_the_days_of_the_fair(declared, relieved):
    assert exhibit(declared).decided["relieved"] == relieved


def test_the_amount_divides_a_sale():
    answer = exhibit("2018-11-06", "200000.00", exhibitor_amount_usd=None)
    assert answer.decided["relieved"] == "134000.00"
    check_sums(answer)


def test_from_2020_the_amount_must_be_stated():
    answer = exhibit(exhibitor_amount_usd=None)
    assert "facts.exhibitor_amount_usd" in answer.items[0].missing_facts
    assert (answer.items[0].low, answer.items[0].high) == (1788889, 4313334)


def test_cars_and_other_fairs():
    assert exhibit(code="87032341").decided["relieved"] == "0.00"
    assert "channels.fair_not_encoded" in codes(exhibit(fair="CIFTIS"))


# --- processing trade --------------------------------------------------------------------------------------------------------------


def sold(price="769230.77", declared="2025-05-06", mfn="0", **facts):
    facts = {"imported_on": "2025-01-06", "annual_rate": "0.0035", **facts}
    return ask(
        "processing_trade", declared, [item(price)], {k: v for k, v in facts.items() if v is not None}, world_of(mfn)
    )


def test_tim_07_interest_of_120_days():
    answer = sold()
    assert answer.items[0].applied.total == 10_000_000
    assert answer.decided["deferred_interest"] == "116.67"
    assert answer.total == "100116.67"
    check_sums(answer)


@pytest.mark.parametrize(
    ("declared", "imported", "due"),
    [
        ("2020-04-14", "2019-12-16", True),
        ("2020-04-15", "2019-12-17", False),
        ("2020-12-31", "2020-09-02", False),
        ("2021-01-01", "2020-09-03", True),
        ("2022-12-31", "2022-09-02", False),
        ("2023-01-01", "2022-09-03", True),
    ],
)
def test_waivers_of_interest(declared, imported, due):
    answer = sold(declared=declared, imported_on=imported)
    assert (answer.decided["deferred_interest"] != "0.00") is due
    check_sums(answer)


def test_interest_below_the_minimum_is_not_collected():
    assert sold("100000.00").decided["deferred_interest"] == "0.00"


def test_the_first_day_nobody_knows():
    answer = sold(imported_on=None)
    assert answer.items[0].high is None
    assert answer.total_low == 10_000_000
    assert "facts.imported_on" in answer.items[0].missing_facts


def test_rates_of_the_day_of_the_formalities():
    answer = ask(
        "processing_trade",
        "2019-03-31",
        [item("1000.00")],
        {"imported_on": "2019-01-01"},
        world_of("0"),
        dates={"formalities": "2019-04-01"},
    )
    assert answer.governing_on.isoformat() == "2019-04-01"
    assert charges_of(answer)["import_vat"] == "130.00"


def test_selective_duty_takes_the_lighter_choice():
    goods = item("1000.00", facts={"role": "goods"})
    material = item("2000.00", facts={"role": "material"})
    answer = ask("processing_trade", "2025-05-06", [goods, material], {"imported_on": "2025-01-06"}, world_of("0.10"))
    assert answer.decided["choice"] == "goods"
    assert {o.basis for o in answer.items[0].options} == {"processing_trade_goods", "processing_trade_materials"}
    assert answer.items[1].low == answer.items[1].high == 0
    forced = ask(
        "processing_trade",
        "2025-05-06",
        [goods, material],
        {"imported_on": "2025-01-06", "choice": "materials"},
        world_of("0.10"),
    )
    assert charges_of(forced)["customs_duty"] == "200.00"
    check_sums(answer)
    check_sums(forced)


@pytest.mark.parametrize(("declared", "held"), [("2020-04-14", False), ("2020-04-15", True)])
def test_where_selective_duty_is_encoded(declared, held):
    items = [item("1000.00", facts={"role": "goods"}), item("2000.00", facts={"role": "material"})]
    answer = ask("processing_trade", declared, items, {"imported_on": "2020-01-06"}, world_of("0.10"))
    assert ("channels.selective_duty_areas_not_encoded" in codes(answer)) is not held


# --- temporary admission -----------------------------------------------------------------------------------------------------------


def temporary(price="600000.00", declared="2025-05-06", **facts):
    return ask("temporary_admission", declared, [item(price)], facts, world_of("0.10"))


def test_tim_09_four_months():
    answer = temporary(listed="no", months="4")
    assert charges_of(answer) == {"customs_duty": "4000.00", "import_vat": "5720.00"}
    check_sums(answer)


@pytest.mark.parametrize(("left", "months"), [("2025-06-16", "3"), ("2025-06-17", "4")])
def test_fifteen_days_do_not_count(left, months):
    answer = temporary(listed="no", released_on="2025-03-01", left_on=left)
    assert answer.decided["months"] == months


def test_never_more_than_the_whole():
    assert charges_of(temporary(listed="no", months="61"))["customs_duty"] == "60000.00"


def test_a_listed_purpose_pays_nothing_and_must_leave():
    answer = temporary(listed="yes")
    assert answer.total == "0.00"
    assert answer.decided["leave_by"] == "2025-11-06"


def test_purpose_and_months_nobody_knows():
    one = temporary().items[0]
    assert (one.low, one.high) == (0, 14_580_000)
    assert set(one.missing_facts) == {"facts.listed", "facts.months"}


def test_goods_that_stay_pay_the_rest():
    answer = temporary(kept="yes", months_paid="4")
    assert charges_of(answer)["customs_duty"] == "56000.00"
    assert answer.governing_reason == "tax_formalities"
    check_sums(answer)


# --- relief ------------------------------------------------------------------------------------------------------------------------


def relief(declared="2024-11-01", mfn="0.08", **facts):
    facts = {"released_on": "2023-03-01", "relieved_taxes": "customs_duty", **facts}
    return ask(
        "duty_relief", declared, [item("1000000.00")], {k: v for k, v in facts.items() if v is not None}, world_of(mfn)
    )


def test_tim_08_sold_after_twenty_months():
    answer = relief(disposed_on="2024-11-01")
    assert answer.decided["taxable_value"] == "444444.44"
    assert charges_of(answer) == {"customs_duty": "35555.56", "import_vat": "0.00"}
    check_sums(answer)


@pytest.mark.parametrize(("disposed", "months"), [("2024-11-16", "20"), ("2024-11-17", "21")])
def test_the_sixteenth_day_is_a_month(disposed, months):
    assert relief(disposed_on=disposed).decided["months"] == months


def test_after_the_supervision_nothing_is_due():
    assert relief("2026-03-02", disposed_on="2026-03-02").total == "0.00"


def test_used_for_something_else():
    assert charges_of(relief("2024-06-03", days_used_otherwise="90"))["customs_duty"] == "6666.67"


def test_free_of_duty_is_not_free_of_vat():
    answer = relief(has_certificate="yes")
    assert charges_of(answer) == {"customs_duty": "0.00", "import_vat": "130000.00"}
    assert "channels.relief_vat_stays" in codes(answer)
    check_sums(answer)


def test_without_the_certificate_the_relief_waits():
    answer = relief()
    waiting = next(o for o in answer.items[0].options if o.basis == "duty_relief")
    assert waiting.status == "needs_evidence"
    assert waiting.saving == answer.items[0].applied.total - waiting.total


def test_which_taxes_were_relieved_nobody_knows():
    one = relief(disposed_on="2024-11-01", relieved_taxes=None).items[0]
    assert one.low == 3_555_556
    assert one.high > one.low


# --- repair, processing abroad -----------------------------------------------------------------------------------------------------


def abroad(channel, declared="2019-06-12", last="2019-06-30", reported="yes", **costs):
    facts = {k: v for k, v in {"reported_at_export": reported, "last_day": last}.items() if v}
    return ask(
        channel,
        declared,
        [item("100000.00", facts=costs)],
        facts,
        world_of(),
        currency="USD",
        exchange_rates={"USD": "6.8000"},
    )


def test_val_06_repair_counts_no_freight():
    answer = abroad("repair_abroad", fee="12000.00", parts="3500.00", return_freight="900.00")
    assert answer.decided["dutiable_value"] == "105400.00"
    check_sums(answer)


def test_val_07_processing_counts_it():
    answer = abroad(
        "processing_abroad", fee="20000.00", parts="15000.00", return_freight="1000.00", return_insurance="60.00"
    )
    assert answer.decided["dutiable_value"] == "245208.00"
    check_sums(answer)


@pytest.mark.parametrize(("declared", "basis"), [("2019-06-30", "cost_abroad"), ("2019-07-01", "whole_value_too_late")])
def test_the_last_day_to_come_back(declared, basis):
    assert abroad("repair_abroad", declared, fee="100.00").decided["basis"] == basis


def test_whether_it_was_reported_nobody_knows():
    one = abroad("repair_abroad", reported=None, fee="12000.00").items[0]
    assert one.low < one.high
    assert "facts.reported_at_export" in one.missing_facts


def test_repair_under_guarantee_costs_nothing():
    assert abroad("repair_abroad", fee="0").total == "0.00"


# --- returned, replaced, samples, bonded -------------------------------------------------------------------------------------------


def returned(declared="2025-12-02", **facts):
    facts = {"ground": "quality", "exported_on": "2024-12-02", "unaltered": "yes", **facts}
    return ask(
        "returned_goods",
        declared,
        [item("1000.00", origin="CN")],
        {k: v for k, v in facts.items() if v is not None},
        world_of(),
    )


@pytest.mark.parametrize(
    ("declared", "facts", "outcome"),
    [
        ("2025-12-02", {}, "free"),
        ("2025-12-03", {}, "too_late"),
        ("2025-12-03", {"lengthened": "yes"}, "free"),
        ("2024-11-30", {"ground": "force_majeure", "exported_on": "2024-05-06"}, "ground_not_covered"),
        ("2024-12-01", {"ground": "force_majeure", "exported_on": "2024-05-06"}, "free"),
        ("2025-06-02", {"unaltered": "no"}, "altered"),
    ],
)
def test_exports_that_come_back(declared, facts, outcome):
    answer = returned(declared, **facts)
    assert answer.decided["outcome"] == outcome
    assert (answer.total == "0.00") is (outcome == "free")
    check_sums(answer)


def test_a_ground_nobody_stated():
    one = returned(ground=None).items[0]
    assert (one.low, one.missing_facts) == (0, ("facts.ground",))
    assert one.high > 0


@pytest.mark.parametrize(
    ("first", "claim", "same", "outcome"),
    [
        ("left", "2025-07-06", "yes", "free"),
        ("left", "2025-07-05", "yes", "too_late"),
        ("stay", "2025-07-06", "yes", "free_but_first_taxed"),
        ("left", "2025-07-06", "no", "other_line"),
    ],
)
def test_replacements(first, claim, same, outcome):
    facts = {"first_released_on": "2025-01-06", "claim_until": claim, "first_goods": first, "same_line": same}
    answer = ask(
        "replacement_goods",
        "2025-07-06",
        [item("1000.00", facts={"first_value": "400.00"} if first == "stay" else {})],
        facts,
        world_of(),
    )
    assert answer.decided["outcome"] == outcome
    if outcome == "free_but_first_taxed":
        assert answer.items[0].dutiable_value == 40000
    check_sums(answer)


def test_a_sample_bears_vat():
    answer = ask("samples", "2025-06-12", [item("10000.00", facts={"no_commercial_value": "yes"})], {}, world_of())
    assert charges_of(answer) == {"customs_duty": "0.00", "import_vat": "1300.00"}
    check_sums(answer)


def test_whether_a_sample_can_be_sold_nobody_knows():
    one = ask("samples", "2025-06-12", [item("10000.00")], {}, world_of()).items[0]
    assert (one.low, one.high) == (130000, 243000)


@pytest.mark.parametrize(
    ("facts", "total"),
    [
        ({"disposition": "stored"}, "0.00"),
        ({"disposition": "taken_abroad"}, "0.00"),
        ({"disposition": "released_at_home"}, "2430.00"),
        ({"disposition": "lost", "force_majeure": "yes"}, "0.00"),
        ({"disposition": "lost", "force_majeure": "no"}, "2430.00"),
    ],
)
def test_bonded_stock(facts, total):
    answer = ask("bonded_stock", "2025-06-12", [item("10000.00")], facts, world_of())
    assert answer.total == total
    check_sums(answer)


@pytest.mark.parametrize(("declared", "late"), [("2025-06-12", False), ("2025-06-13", True)])
def test_the_storage_period(declared, late):
    facts = {"disposition": "stored", "place": "warehouse", "entered_on": "2024-06-12"}
    answer = ask("bonded_stock", declared, [item("10000.00")], facts, world_of())
    assert ("channels.bonded_stored_too_long" in codes(answer)) is late


def test_what_becomes_of_the_stock_nobody_knows():
    one = ask("bonded_stock", "2025-06-12", [item("10000.00")], {}, world_of()).items[0]
    assert (one.low, one.high) == (0, 243000)


# --- everywhere --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", [c for c in CHANNELS if c != "general_trade"])
@pytest.mark.parametrize(
    "facts", [{}, {"fair": "x", "age": "-1", "months": "1.5", "imported_on": "soon", "used_this_year": "much"}]
)
def test_no_channel_fails_without_facts_or_with_nonsense(channel, facts):
    answer = ask(channel, "2026-03-03", [item("1000.00", LINE, None)], facts, world_of())
    assert not (
        answer.is_complete
        and answer.items
        and channel not in ("cross_border_ecommerce", "personal_articles")
        and not facts
        and answer.total is None
    )
    check_sums(answer)


@pytest.mark.parametrize("channel", [c for c in CHANNELS if c != "general_trade"])
def test_no_channel_fails_on_a_line_we_do_not_hold(channel):
    answer = ask(channel, "2026-03-03", [item("1000.00", "98765432")], {})
    check_sums(answer)


@pytest.mark.parametrize("channel", [c for c in CHANNELS if c != "general_trade"])
def test_no_channel_fails_without_a_price_or_a_rate(channel):
    without_price = ask(channel, "2026-03-03", [{"commodity_code": LINE, "origin": "JP"}], {}, world_of())
    without_rate = ask(channel, "2026-03-03", [item("1000.00", currency="EUR")], {}, world_of())
    check_sums(without_price)
    check_sums(without_rate)
    assert without_price.total is None or without_price.total == "0.00"
