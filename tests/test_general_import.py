"""Ordinary imports, point by point: the articles that are easily applied wrongly, each as a small shipment."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from tongguan.assessment.assess import assess
from tongguan.assessment.result import APPLIES, NEEDS_EVIDENCE
from tongguan.assessment.shipment import Cost, GoodsItem, Preference, Shipment
from tongguan.assessment.surcharges import overpayment
from tongguan.assessment.world import shipped_world

WORLD = shipped_world()
CLAIM = Preference("08", "certificate")


def a_wine(**facts):
    return GoodsItem(
        **{"commodity_code": "22042100", "origin": "CL", "price": Decimal(100_000), "currency": "CNY", **facts}
    )


def a_shipment(day, *items, **facts):
    return Shipment(dt.date.fromisoformat(day), items or (a_wine(),), **facts)


def only(answer):
    (item,) = answer.items
    return item


def amounts(option):
    return [(c.kind, c.amount) for c in option.charges]


def codes(answer):
    return {f.code for f in answer.all_findings}


# --- the price and the proof ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "article"), [("2025-03-03", "tariff-law-2024#27"), ("2024-03-03", "duty-regulations-2003#21")]
)
def test_a_price_of_nothing_has_no_transaction_value_and_is_asked_about(day, article):
    answer = assess(a_shipment(day, a_wine(price=Decimal(0))))
    assert only(answer).dutiable_value is None
    assert only(answer).missing_facts == ("price",)
    assert ("valuation.price_is_zero", article) in {(f.code, f.because) for f in answer.all_findings}


def test_goods_given_free_are_taxed_on_the_value_another_method_finds():
    given = a_wine(price=Decimal(0), dutiable_value=Decimal(100_000), valuation_method="similar_goods")
    assert assess(a_shipment("2025-03-03", given)).total == assess(a_shipment("2025-03-03")).total


@pytest.mark.parametrize(
    ("issued", "declared", "arrived", "applies"),
    [
        ("2024-03-03", "2025-03-03", None, True),
        ("2024-03-02", "2025-03-03", None, False),
        (None, "2025-03-03", None, True),
        ("2025-03-10", "2025-03-03", None, True),  # issued afterwards, shown against security
        ("2024-03-10", "2025-03-03", "2025-03-12", True),  # the day of the declaration counts, not that of the rates
    ],
)
def test_a_proof_must_still_hold_on_the_day_of_the_declaration(issued, declared, arrived, applies):
    claim = Preference("08", "certificate", issued_on=dt.date.fromisoformat(issued) if issued else None)
    ahead = {"arrived_on": dt.date.fromisoformat(arrived), "declared_before_arrival": True} if arrived else {}
    item = only(assess(a_shipment(declared, a_wine(preferences=(claim,)), **ahead)))
    chile = next(o for o in item.options if o.scheme == "08")
    assert chile.status == (APPLIES if applies else NEEDS_EVIDENCE)
    expired = [r for r in chile.reasons if r.code == "origin.proof_expired"]
    assert bool(expired) is not applies
    assert all("cn-chile-fta" in r.because for r in expired)


def test_nothing_to_pay_has_no_day_to_pay_it_by():
    nothing = assess(a_shipment("2025-03-03", a_wine(price=Decimal("100.00"), quantities={"litre": Decimal(1)})))
    assert nothing.total == "0.00"
    assert "payment.deadline" not in codes(nothing)
    assert "payment.deadline" in codes(assess(a_shipment("2025-03-03")))


# --- dates ---------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "declared", "governing", "exchange_rate"),
    [
        ({}, "2025-03-10", "2025-03-10", "2025-03-10"),
        ({"situation": "lodged_again", "first_declared_on": "2024-11-30"}, "2025-01-10", "2024-11-30", "2024-11-30"),
        ({"situation": "two_step", "summary_declared_on": "2025-03-01"}, "2025-03-10", "2025-03-01", "2025-03-01"),
        ({"situation": "inland", "arrived_inland_on": "2025-03-08"}, "2025-03-10", "2025-03-10", "2025-03-10"),
        (
            {"situation": "inland_declared_before_arrival", "arrived_inland_on": "2025-03-12"},
            "2025-03-10",
            "2025-03-12",
            "2025-03-10",
        ),
        ({"situation": "leased", "formalities_on": "2025-06-02"}, "2024-03-10", "2025-06-02", "2025-06-02"),
        (
            {"situation": "bonded_sold_at_home", "formalities_on": "2025-06-02"},
            "2018-01-10",
            "2025-06-02",
            "2025-06-02",
        ),
        (
            {"situation": "breach", "breach_on": "2019-05-06", "discovered_on": "2020-05-06"},
            "2019-05-06",
            "2019-05-06",
            "2019-05-06",
        ),
    ],
)
def test_the_situation_decides_the_day(facts, declared, governing, exchange_rate):
    from tongguan.assessment.governing import dates_of

    findings = []
    dates = dates_of(a_shipment(declared, facts=facts), findings, WORLD)
    assert (dates.governing_on.isoformat(), dates.exchange_rate_on.isoformat()) == (governing, exchange_rate)


def test_goods_sold_undeclared_take_entry_for_rate_and_exchange_rate():
    from tongguan.assessment.governing import dates_of

    dates = dates_of(
        a_shipment("2025-06-10", arrived_on=dt.date(2025, 2, 1), facts={"situation": "sold_undeclared"}), [], WORLD
    )
    assert dates.governing_on == dates.exchange_rate_on == dt.date(2025, 2, 1)


@pytest.mark.parametrize(
    ("declared", "arrived", "exchange_rate"),
    [("2018-12-31", "2019-01-02", "2019-01-02"), ("2024-12-30", "2025-01-02", "2024-12-30")],
)
def test_declared_in_advance_the_exchange_rate_parts_from_the_rate_under_the_tariff_law_only(
    declared, arrived, exchange_rate
):
    from tongguan.assessment.governing import dates_of

    shipment = a_shipment(declared, arrived_on=dt.date.fromisoformat(arrived), declared_before_arrival=True)
    dates = dates_of(shipment, [], WORLD)
    assert (dates.governing_on.isoformat(), dates.exchange_rate_on.isoformat()) == (arrived, exchange_rate)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"situation": "somewhere"}, "governing_date.situation_not_known"),
        ({"situation": "leased"}, "governing_date.fact_missing"),
        ({"situation": "leased", "formalities_on": "soon"}, "channels.fact_unreadable"),
    ],
)
def test_a_day_that_cannot_be_told_is_said(facts, code):
    answer = assess(a_shipment("2025-03-10", facts=facts))
    assert answer.governing_on is None
    assert code in codes(answer)


def test_not_in_advance_when_the_conveyance_was_there_before():
    answer = assess(a_shipment("2025-03-10", arrived_on=dt.date(2025, 3, 1), declared_before_arrival=True))
    assert answer.governing_on == dt.date(2025, 3, 10)
    assert "governing_date.not_in_advance" in codes(answer)


# --- valuation -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", ["2018-07-02", "2024-11-30", "2024-12-01"])
def test_warranty_is_never_deducted(day):
    item = only(assess(a_shipment(day, a_wine(deductions={"warranty": Decimal(6000)}))))
    assert item.dutiable_value == 10_000_000


@pytest.mark.parametrize(("shown", "value"), [(4, 9_900_000), (3, 10_000_000)])
def test_interest_stays_out_only_when_all_four_conditions_are_stated(shown, value):
    tests = [
        "interest_finances_the_goods",
        "interest_agreed_in_writing",
        "interest_listed_apart",
        "interest_at_usual_rate",
    ]
    wine = a_wine(deductions={"interest": Decimal(1000)}, facts=dict.fromkeys(tests[:shown], "yes"))
    answer = assess(a_shipment("2025-03-03", wine))
    assert only(answer).dutiable_value == value
    assert ("valuation.deduction_not_shown" in codes(answer)) == (shown < 4)


def test_what_the_terms_put_into_the_price_is_not_added_again():
    wine = a_wine(freight=Cost(Decimal(500), "CNY"))
    answer = assess(a_shipment("2025-03-03", wine, freight=Cost(Decimal(800), "CNY"), trade_terms="CIF"))
    assert only(answer).dutiable_value == 10_000_000
    assert [f.path for f in answer.all_findings if f.code == "valuation.leg_in_price"] == [
        "freight",
        "items[1].freight",
    ]


def test_the_step_of_an_unknown_premium_names_the_share_in_force():
    item = only(assess(a_shipment("2025-03-03", trade_terms="CFR")))
    assert item.value_steps[-1].label_en == "insurance, not determined: 0.3% of price plus freight"
    assert item.dutiable_value == 10_030_000


def test_insurance_in_a_currency_without_a_rate_is_not_replaced_by_a_share():
    answer = assess(a_shipment("2025-03-03", trade_terms="CFR", insurance=Cost(Decimal(30), "GBP")))
    assert only(answer).high is None
    assert "insurance" in only(answer).missing_facts


# --- the choice of rates and origins -------------------------------------------------------------------------------------------------


def test_a_provisional_rate_needs_no_mfn_rate_to_be_held():
    from tongguan.assessment.world import World
    from tongguan.tariff.schedule import Schedule

    rates = [r for r in WORLD.schedule.rates["40011000"] if r.kind == "provisional"]
    world = World(schedule=Schedule(WORLD.schedule.lines["40011000"], rates, "one rate"))
    item = only(
        assess(a_shipment("2019-03-03", a_wine(commodity_code="40011000", quantities={"tonne": Decimal(1)})), world)
    )
    assert item.applied.rate_kind == "provisional"


def test_preference_and_measures_may_go_by_different_origins():
    split = a_wine(origin="AU", facts={"preferential_origin": "CL"}, preferences=(CLAIM,))
    item = only(assess(a_shipment("2021-06-01", split)))
    applied = item.applied
    assert applied.scheme == "08"
    assert "anti_dumping_duty" in dict(amounts(applied)), "the non-preferential origin is Australia"


def test_an_exclusion_is_an_option_while_the_duty_it_spares_is_levied():
    item = only(assess(a_shipment("2019-05-20", a_wine(origin="US"))))
    best = item.options[0]
    assert (best.basis, best.status) == ("without_preference+exclusion", NEEDS_EVIDENCE)
    assert best.reasons[0].code == "overlay.exclusion_would_open"
    excluded = only(assess(a_shipment("2019-05-20", a_wine(origin="US", has_exclusion=True))))
    assert excluded.applied.total == best.total
    assert all("+" not in o.basis for o in excluded.options)


def test_a_price_undertaking_is_an_option_and_its_cost_has_a_rank():
    brandy = a_wine(
        commodity_code="22082000",
        origin="FR",
        quantities={"litre": Decimal(100)},
        evidence_costs={"price_undertaking": Decimal(60_000)},
    )
    item = only(assess(a_shipment("2025-09-01", brandy)))
    undertaking, applied = item.options
    assert (undertaking.basis, applied.status) == ("without_preference+price_undertaking", APPLIES)
    assert (undertaking.rank, undertaking.rank_with_evidence) == (1, 2)
    assert (applied.rank, applied.rank_with_evidence) == (2, 1)


def test_goods_under_a_relief_certificate_are_spared_the_301_duties_from_2020_03_02():
    relief = a_wine(origin="US", facts={"duty_relief_certificate": "yes"})
    before, after = (only(assess(a_shipment(day, relief))).applied for day in ("2020-03-01", "2020-03-02"))
    assert [k for k, _ in amounts(before)].count("additional_duty") == 2
    assert [k for k, _ in amounts(after)].count("additional_duty") == 1, "the answer to section 232 is another measure"


def test_country_quota_wool_needs_the_claim_and_the_certificate():
    claim = (Preference("18", "certificate"),)
    for facts, status in (({}, NEEDS_EVIDENCE), ({"country_quota_certificate": "yes"}, APPLIES)):
        item = only(
            assess(
                a_shipment("2024-09-20", a_wine(commodity_code="51011100", origin="AU", preferences=claim, facts=facts))
            )
        )
        wool = next(o for o in item.options if o.basis == "scheme:18:quota")
        assert (wool.status, wool.rate_text) == (status, "0%")


def test_a_least_developed_countrys_zero_does_not_reach_outside_the_quota():
    sugar = {"commodity_code": "17019910", "origin": "MW", "preferences": (Preference("13", "certificate"),)}
    outside = only(assess(a_shipment("2025-05-06", a_wine(**sugar))))
    assert outside.applied.rate_text == "50%"
    inside = only(assess(a_shipment("2025-05-06", a_wine(**sugar, has_quota_certificate=True))))
    assert (inside.applied.rate_kind, inside.applied.rate_text) == ("special_preferential", "0%")


@pytest.mark.parametrize(("tonnes", "duty"), [("1", 90_000), ("2", 120_000)])
def test_natural_rubber_pays_the_lower_of_two(tonnes, duty):
    item = only(
        assess(
            a_shipment(
                "2019-03-04",
                a_wine(
                    commodity_code="40011000", origin="TH", price=Decimal(12_000), quantities={"tonne": Decimal(tonnes)}
                ),
            )
        )
    )
    assert amounts(item.applied)[0] == ("customs_duty", duty)


# --- undetermined origin (tariff-law-2024#19) ----------------------------------------------------------------------------------------


def undetermined(day, **facts):
    return only(assess(a_shipment(day, a_wine(origin="undetermined", facts=facts)))).applied


def test_measure_plus_applicable_rate_when_it_is_higher():
    option = undetermined("2025-01-06")
    assert option.rate_kind == "undetermined"
    assert amounts(option)[:3] == [
        ("undetermined_origin_duty", 18_000_000), ("undetermined_origin_duty", 1_500_000), ("undetermined_origin_duty", 2_500_000),
    ]  # fmt: skip
    assert "tariff-law-2024#19" in option.reasons[0].because


def test_the_applicable_rate_is_that_of_the_declared_origin_and_the_general_rate_may_be_higher():
    option = undetermined("2025-01-06", declared_origin="CL")  # 14 % + 40 points of measures < 180 %
    assert option.rate_kind == "general"
    assert amounts(option)[0] == ("customs_duty", 18_000_000)
    assert "tariff-law-2024#19" in option.reasons[0].because or "tariff-law-2024#12" in option.reasons[0].because


def test_proof_that_the_goods_are_of_none_of_the_countries_hit_leaves_the_general_rate():
    assert amounts(undetermined("2025-01-06", measure_origins_excluded="yes"))[0] == ("customs_duty", 18_000_000)


def test_suspended_points_do_not_count():
    heaviest = {
        day: sum(a for k, a in amounts(undetermined(day)) if k == "undetermined_origin_duty")
        for day in ("2025-05-13", "2025-05-15")
    }
    assert heaviest["2025-05-13"] - heaviest["2025-05-15"] == 11_500_000  # 125 points, then 10 of the 34


def test_before_the_tariff_law_only_remedies_are_added_and_nothing_is_compared():
    option = undetermined("2021-06-01")  # Australian wine, the heaviest exporter: 218.4 % on top of 180 %
    assert amounts(option)[:2] == [("undetermined_origin_duty", 18_000_000), ("undetermined_origin_duty", 21_840_000)]
    assert "tariff-law-2024" not in option.reasons[0].because
    assert undetermined("2019-06-03").rate_kind == "general", "countermeasures hit goods shown to be of one country"


# --- measures not held ---------------------------------------------------------------------------------------------------------------


def test_a_measure_without_rates_is_a_range_never_zero():
    before, after = (only(assess(a_shipment(day, a_wine(origin="US")))) for day in ("2019-08-31", "2019-09-01"))
    assert before.low == before.high
    assert after.low == after.applied.total < after.high
    assert "overlay.not_held" in {f.code for f in after.findings}


def test_after_the_last_known_day_of_a_measure_the_top_is_open():
    item = only(assess(a_shipment("2026-11-11", a_wine(origin="US"))))
    assert item.high is None
    assert item.low is not None


def test_the_hour_settles_the_day_of_a_change():
    def total(**facts):
        return only(assess(a_shipment("2025-05-14", a_wine(origin="US"), facts=facts))).applied.total

    morning, afternoon = total(governing_time="11:00"), total(governing_time="12:30")
    assert total() == morning > afternoon
    assert "overlay.changed_within_day" in codes(assess(a_shipment("2025-05-14", a_wine(origin="US"))))


def test_goods_already_under_way_are_told_that_they_may_be_spared():
    assert "overlay.transit_grace" in codes(assess(a_shipment("2025-05-13", a_wine(origin="US"))))
    assert "overlay.transit_grace" not in codes(assess(a_shipment("2025-05-14", a_wine(origin="US"))))
    under_way, too_late = (
        only(assess(a_shipment("2025-05-13", a_wine(origin="US", facts={"shipped_on": day})))).applied
        for day in ("2025-04-09", "2025-04-10")
    )
    assert len(amounts(too_late)) - len(amounts(under_way)) == 1


@pytest.mark.parametrize(("day", "code"), [("2024-11-30", "_by_reading"), ("2024-12-01", "")])
def test_an_mfn_rate_below_the_agreement_rate_is_a_reading_until_the_tariff_law(day, code):
    from tongguan.assessment.world import World
    from tongguan.tariff.schedule import Schedule

    dear = [r._replace(rate=200_000) if r.scheme == "08" else r for r in WORLD.schedule.rates["22042100"]]
    world = World(schedule=Schedule(WORLD.schedule.lines["22042100"], dear, "a dear agreement"))
    item = only(assess(a_shipment(day, a_wine(preferences=(CLAIM,))), world))
    option = next(o for o in item.options if o.basis == "scheme:08")
    assert (option.rate_kind, option.reasons[0].code) == ("mfn", f"duty_rate.mfn_below_conventional{code}")


def test_a_line_nobody_looked_up_in_the_lists_is_said():
    unchecked = sorted(set(WORLD.schedule.lines) - WORLD.overlays.checked_us_lines)
    code = next(
        c
        for c in unchecked
        if WORLD.schedule.lines[c][0].since <= dt.date(2023, 1, 3) <= WORLD.schedule.lines[c][0].until
    )
    assert "overlay.line_not_checked" in codes(
        assess(a_shipment("2023-01-03", a_wine(commodity_code=code, origin="US")))
    )


# --- small amounts -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "is_levied"), [("2024-11-30", True), ("2024-12-01", False)])
def test_vat_of_exactly_fifty_yuan(day, is_levied):
    zero = a_wine(commodity_code="30049090", origin="FR", price=Decimal("384.62"))  # 384.62 × 13 % = 50.00
    item = only(assess(a_shipment(day, zero)))
    vat = next(c for c in item.applied.charges if c.kind == "import_vat")
    assert (vat.amount, vat.payable) == (5_000, 5_000 if is_levied else 0)


def test_retaliatory_duty_is_tested_by_itself():
    item = only(
        assess(a_shipment("2019-05-20", a_wine(origin="US", price=Decimal("190.00"))))
    )  # duty 26.60, additional 28.50 + 19.00
    by_kind = {}
    for charge in item.applied.charges:
        by_kind.setdefault(charge.kind, []).append((charge.amount, charge.payable))
    assert by_kind["customs_duty"] == [(2_660, 0)]
    assert by_kind["additional_duty"] == [(2_850, 0), (1_900, 0)], "47.50 together is below 50"


# --- lateness and over-payment -------------------------------------------------------------------------------------------------------


def surcharges(day, **facts):
    answer = assess(a_shipment(day, a_wine(price=Decimal(286_543), preferences=(CLAIM,)), **facts))
    return answer, {c.kind: (c.amount, c.payable, c.times) for c in answer.surcharges}


def test_the_late_declaration_fee_runs_from_the_fifteenth_day():
    assert surcharges("2019-05-20", arrived_on=dt.date(2019, 5, 6))[1] == {}
    answer, charges = surcharges("2019-05-27", arrived_on=dt.date(2019, 5, 6))
    assert charges == {"late_declaration_fee": (100_200, 100_200, 7)}
    assert answer.total_low == answer.items[0].low + 100_200


@pytest.mark.parametrize("facts", [{"released_on_security": "yes"}, {"situation": "collective"}])
def test_no_late_declaration_fee_where_none_is_due(facts):
    assert surcharges("2019-05-27", arrived_on=dt.date(2019, 5, 6), facts=facts)[1] == {}


def test_the_period_to_declare_may_run_from_another_day():
    facts = {"situation": "inland", "arrived_inland_on": "2019-05-13"}
    assert surcharges("2019-05-27", arrived_on=dt.date(2019, 5, 6), facts=facts)[1] == {}
    facts = {"declaration_period_from": "2019-05-10"}
    fee = surcharges("2019-05-27", arrived_on=dt.date(2019, 5, 6), facts=facts)[1]["late_declaration_fee"]
    assert fee[2] == 1, "the fifteenth day, 2019-05-25, is a Saturday: the fee begins on the Monday"


def test_late_payment_under_both_laws():
    answer, charges = surcharges("2025-03-03", paid_on=dt.date(2025, 3, 25))
    deadline = next(f for f in answer.findings if f.code == "payment.deadline")
    assert deadline.facts["deadline"] == "2025-03-18"
    assert charges["late_payment_surcharge"][2] == 7
    _, charges = surcharges("2019-02-27", tax_bill_on=dt.date(2019, 3, 1), paid_on=dt.date(2019, 3, 26))
    assert charges["late_payment_surcharge"][2] == 8
    assert "late_payment.tax_bill_day_missing" in codes(surcharges("2019-02-27", paid_on=dt.date(2019, 3, 26))[0])


@pytest.mark.parametrize("facts", [{"consolidated_payment": "yes"}, {"payment_deferred": "yes"}])
def test_longer_periods_to_pay(facts):
    assert surcharges("2025-03-03", paid_on=dt.date(2025, 3, 25), facts=facts)[1] == {}


def test_a_breach_costs_from_payment_to_discovery():
    facts = {
        "situation": "breach",
        "breach_on": "2025-01-10",
        "discovered_on": "2025-02-09",
        "paid_or_released_on": "2025-01-10",
    }
    assert surcharges("2025-01-10", facts=facts)[1]["late_payment_surcharge"][2] == 30


def test_the_surcharge_on_a_range_is_a_range():
    answer = assess(
        a_shipment("2019-05-06", a_wine(origin=None), tax_bill_on=dt.date(2019, 5, 6), paid_on=dt.date(2019, 6, 21))
    )
    item = only(answer)
    days = answer.surcharges[0].times
    assert answer.total_high - item.high == (item.high * days * 500 + 500_000) // 1_000_000


def test_an_over_payment_comes_back_with_interest():
    paid = dt.date(2025, 1, 1)
    back = overpayment(11_000_000, 1_000_000, paid, dt.date(2025, 4, 1), dt.date(2025, 5, 1), world=WORLD)
    assert (back.repaid, back.interest.amount, back.interest.recompute()) == (10_000_000, 11_667, 11_667)
    assert back.claim_until == dt.date(2028, 1, 1)
    assert back.total == 10_011_667
    late = overpayment(11_000_000, 0, dt.date(2019, 1, 1), dt.date(2020, 1, 2), dt.date(2020, 2, 1), world=WORLD)
    assert (late.is_in_time, late.total) == (False, 0)
    deducted = overpayment(
        11_000_000, 1_000_000, paid, dt.date(2025, 4, 1), dt.date(2025, 5, 1), vat_deducted=4_000_000, world=WORLD
    )
    assert deducted.repaid == 6_000_000


# --- what a broker stumbles over -------------------------------------------------------------------------------------------------------


def test_an_exporter_without_a_rate_of_its_own_is_told_who_has_one():
    item = GoodsItem("22082000", Decimal(100_000), "CNY", "FR", quantities={"litre": Decimal(1000)}, exporter="Martell")
    answer = assess(a_shipment("2025-08-01", item))
    (finding,) = [f for f in answer.all_findings if f.code == "overlay.exporter_has_no_own_rate"]
    assert finding.facts["exporter"] == "Martell"
    assert "Martell & Co" in finding.facts["exporters"]


def test_an_exclusion_names_every_duty_it_lifts():
    answer = assess(a_shipment("2025-06-02", a_wine(origin="US")))
    best = next(o for o in only(answer).options if o.basis.endswith("+exclusion"))
    applied = next(o for o in only(answer).options if o.status == APPLIES)
    lifted = {c.label_en for c in applied.charges} - {c.label_en for c in best.charges}
    assert len(lifted) == 2
    assert all(name.partition("(")[2].removesuffix(")") in best.reasons[0].facts["measure_en"] for name in lifted)


def test_a_chapter_does_not_take_the_name_of_its_first_line():
    answer = assess(a_shipment("2025-05-01", a_wine(commodity_code="22")))
    assert only(answer).name_en == ""
    assert "22" in answer.explain("en")


def test_a_quantity_missing_from_a_bounded_range_is_worth_what_lies_between():
    item = GoodsItem(
        "52010000", Decimal(100_000), "CNY", "AU", has_quota_certificate=True, has_sliding_duty_certificate=True
    )
    found = only(assess(a_shipment("2025-05-01", item)))
    (missing,) = found.missing
    assert (missing.low, missing.high) == (found.low, found.high)
    assert found.high is not None
