"""Each verdict, with the sums, on the day it changes and at the fen where it turns."""

import pytest

from tongguan.fees.check import (
    ABOLISHED,
    ABOVE_CAP,
    CANNOT_JUDGE,
    CREDIT,
    DUPLICATE,
    LISTED,
    NOT_CHARGEABLE,
    NOT_LISTED,
    OTHER_CURRENCY,
    UNREADABLE,
    WRONG,
)


def line(description, amount, **more):
    return {"description": description, "amount": amount, **more}


GENERAL = {"containers": {"40": "2"}, "cargo": "general"}


def verdicts(checked):
    return [j.verdict for j in checked.lines]


@pytest.mark.parametrize(
    ("amount", "verdict", "excess"),
    [
        ("135.99", LISTED, None),
        ("136.00", LISTED, None),
        ("136.01", ABOVE_CAP, 1),
        ("200.00", ABOVE_CAP, 6400),
        ("0.00", LISTED, None),
    ],
)
def test_the_cap_is_exact(bill, amount, verdict, excess):
    # 68.00 × 2 = 136.00
    judged = bill(line("货物港务费", amount, quantity="2", size="40"), shipment=GENERAL).lines[0]
    assert (judged.verdict, judged.excess) == (verdict, excess)


def test_an_excess_from_memory_is_no_firm_claim(bill):
    checked = bill(line("货物港务费", "200.00", quantity="2", size="40"), shipment=GENERAL)
    assert checked.claim(is_firm=True) == {}
    assert checked.claim(is_firm=False) == {"CNY": 6400}


def test_a_price_that_was_read_is_a_firm_claim(bill):
    checked = bill(
        line("港口设施保安费", "12.00", size="20"),
        date="2020-03-20",
        place="CNNSA",
        shipment={"containers": {"20": "2"}},
    )
    assert checked.lines[0].allowed == 1024  # 5.12 × 2
    assert checked.claim(is_firm=True) == {"CNY": 176}


def test_an_agent_may_not_add_to_cargo_dues(bill):
    judged = bill(line("货物港务费", "200.00", quantity="2", size="40"), shipment=GENERAL, role="agent").lines[0]
    assert judged.reason == "fees.above_cap_by_agent"
    assert "port-charges-2022" in judged.because
    assert "price-law#41" in judged.because


def test_a_charge_that_ended(bill):
    on = {
        day: bill(line("港口建设费", "96.00", size="40", quantity="1"), date=day).lines[0]
        for day in ("2020-02-29", "2020-03-01", "2021-01-01")
    }
    assert on["2020-02-29"].verdict == LISTED
    assert (on["2020-03-01"].verdict, on["2020-03-01"].reason) == (ABOLISHED, "fees.waived")
    assert (on["2021-01-01"].reason, on["2021-01-01"].because) == ("fees.abolished", "mof-2021-8")
    assert on["2021-01-01"].is_firm


def test_the_day_of_the_line_counts_before_that_of_the_bill(bill):
    judged = bill(line("港口建设费", "96.00", size="40", quantity="1", date="2020-02-28"), date="2021-02-01").lines[0]
    assert judged.verdict == LISTED


def test_customs_charges_nothing_for_its_examination(bill):
    judged = bill(line("海关查验费", "300.00")).lines[0]
    assert (judged.verdict, judged.excess, judged.is_firm) == (NOT_CHARGEABLE, 30000, True)


@pytest.mark.parametrize(("found", "verdict"), [("no", NOT_CHARGEABLE), ("yes", LISTED), ("", CANNOT_JUDGE)])
def test_who_pays_for_lifting_depends_on_what_was_found(bill, found, verdict):
    judged = bill(line("查验吊装费", "850.00", size="40"), shipment={"found_problem": found}).lines[0]
    assert judged.verdict == verdict
    assert judged.missing == (("found_problem",) if not found else ())


def test_what_the_ship_owes_is_not_the_importers(bill):
    assert verdicts(bill(line("拖轮费", "200.00"))) == [NOT_CHARGEABLE]
    assert verdicts(bill(line("拖轮费", "200.00"), billed_to="carrier")) == [LISTED]
    assert verdicts(bill(line("货物港务费", "10.00", size="40", quantity="1"), billed_to="carrier")) == [NOT_CHARGEABLE]


def test_what_nobody_stated_is_asked_only_where_it_matters(bill):
    # general 68, dangerous or refrigerated 136
    low, between, high = (
        bill(line("货物港务费", a, size="40", quantity="1")).lines[0] for a in ("68.00", "100.00", "136.01")
    )
    assert low.verdict == LISTED
    assert (between.verdict, between.missing) == (CANNOT_JUDGE, ("cargo",))
    assert (high.verdict, high.excess) == (ABOVE_CAP, 1)


def test_a_quantity_nobody_stated(bill):
    judged = bill(line("港口设施保安费", "24.00", size="40")).lines[0]
    assert (judged.verdict, judged.missing) == (CANNOT_JUDGE, ("quantity",))
    assert bill(line("港口设施保安费", "24.00", size="40", unit_price="12.00")).lines[0].allowed == 2400


def test_more_containers_than_the_shipment_has(bill):
    judged = bill(line("港口设施保安费", "36.00", size="40", quantity="3"), shipment=GENERAL).lines[0]
    assert (judged.verdict, judged.excess) == (ABOVE_CAP, 1200)  # two containers at 12.00


def test_a_size_nobody_holds_a_price_for(bill):
    assert bill(line("港口设施保安费", "12.00", size="45", quantity="1")).lines[0].reason == "fees.no_row_fits"


def test_another_currency_needs_a_rate(bill):
    given = line("港口设施保安费", "3.00", currency="USD", size="40", quantity="2")
    without = bill(given).lines[0]
    assert (without.verdict, without.missing) == (OTHER_CURRENCY, ("exchange_rates.USD",))
    assert bill(given, exchange_rates={"USD": "7.05"}).lines[0].verdict == LISTED  # 21.15 of 24.00
    dear = bill(given, exchange_rates={"USD": "8.0017"}).lines[0]
    assert (dear.excess, dear.excess_currency) == (1, "CNY")  # 24.0051, half up 24.01


def test_a_forbidden_charge_is_claimed_in_its_own_currency(bill):
    checked = bill(line("港建费", "15.00", currency="USD"), line("海关查验费", "100.00"))
    assert checked.claim(is_firm=True) == {"CNY": 10000, "USD": 1500}


def test_a_market_price_is_listed_and_its_price_not_judged(bill):
    judged = bill(line("报关费", "99999.00")).lines[0]
    assert (judged.verdict, judged.price_was_checked, judged.excess) == (LISTED, False, None)


def test_what_nothing_names_is_a_question_and_no_accusation(bill):
    judged = bill(line("绿色通道费", "380.00")).lines[0]
    assert (judged.verdict, judged.is_firm, judged.excess) == (NOT_LISTED, False, 38000)


def test_the_same_line_twice(bill):
    twice = [line("港口作业包干费", "780.00", size="40", container="TGHU1234567")] * 2
    checked = bill(*twice)
    assert verdicts(checked) == [LISTED, DUPLICATE]
    assert checked.lines[1].is_firm
    assert checked.claim(is_firm=True) == {"CNY": 78000}


@pytest.mark.parametrize(
    "more", [{"container": "TGHU7654321"}, {"period": "第二期"}, {"reference": "BL2"}, {"date": "2026-03-18"}]
)
def test_lines_for_another_container_or_period_are_not_twice(bill, more):
    one = line("港口作业包干费", "780.00", size="40", container="TGHU1234567")
    assert verdicts(bill(one, {**one, **more})) == [LISTED, LISTED]


def test_containers_enough_for_both_lines(bill):
    one = line("港口作业包干费", "780.00", size="40", quantity="1")
    assert verdicts(bill(one, one, shipment={"containers": {"40": "2"}})) == [LISTED, LISTED]
    assert verdicts(bill(one, one, one, shipment={"containers": {"40": "2"}})) == [LISTED, LISTED, DUPLICATE]


def test_what_the_lump_sum_covers(bill):
    checked = bill(line("港口作业包干费", "780.00"), line("集装箱装卸费", "200.00"))
    assert (checked.lines[1].verdict, checked.lines[1].reason) == (DUPLICATE, "fees.covered")
    assert not checked.lines[1].is_firm
    assert verdicts(bill(line("集装箱装卸费", "200.00"))) == [LISTED]


def test_a_credit_is_taken_off_the_claim(bill):
    checked = bill(line("海关查验费", "300.00"), line("海关查验费", "-100.00"), line("拖轮费", "50.00"))
    assert verdicts(checked) == [NOT_CHARGEABLE, CREDIT, NOT_CHARGEABLE]
    assert checked.claim(is_firm=True) == {"CNY": 25000}
    assert checked.billed == {"CNY": 25000}
    assert bill(line("海关查验费", "300.00"), line("海关查验费", "-400.00")).claim(is_firm=True) == {}


def test_without_a_day_nothing_is_judged(bill):
    judged = bill(line("货物港务费", "1.00", size="40"), date="").lines[0]
    assert (judged.verdict, judged.reason) == (CANNOT_JUDGE, "fees.day_missing")


def test_before_the_register_begins_it_does_not_speak(bill):
    judged = bill(line("报关费", "1.00"), date="2018-06-30").lines[0]
    assert (judged.verdict, judged.reason) == (CANNOT_JUDGE, "fees.charge_not_held_on_day")


def test_a_line_that_cannot_be_read_spoils_no_other(bill):
    checked = bill(line("货物港务费", "=1+1"), line("海关查验费", "300.00"))
    assert verdicts(checked) == [UNREADABLE, NOT_CHARGEABLE]
    assert checked.billed == {"CNY": 30000}


@pytest.mark.parametrize(("total", "codes"), [("300.00", []), ("301.00", ["fees.total_differs"])])
def test_the_total(bill, total, codes):
    found = [f.code for f in bill(line("海关查验费", "300.00"), total=total).findings if f.severity != "note"]
    assert found == codes


def test_every_wrong_line_has_article_reason_and_next_step_in_both_languages(bill):
    checked = bill(
        line("港建费", "96.00"), line("海关查验费", "1.00"), line("货物港务费", "999.00", size="40", quantity="1"), line("绿色通道费", "1.00"),
        line("港口作业包干费", "1.00", container="A"), line("港口作业包干费", "1.00", container="A"),
    )  # fmt: skip
    assert {j.verdict for j in checked.lines} == {*WRONG, LISTED}
    for j in checked.lines:
        if j.is_wrong:
            assert j.because
            for language in ("zh", "en"):
                assert "{" not in j.text(language) + j.next_step(language)
                assert j.next_step(language)


def test_the_largest_bill(bill):
    checked = bill(line("海关查验费", "9999999999.99"))
    assert checked.claim(is_firm=True) == {"CNY": 999_999_999_999}


def test_handling_for_an_examination_that_never_was(bill):
    judged = bill(line("查验吊装费", "850.00", size="40"), shipment={"examined": "no"}).lines[0]
    assert (judged.verdict, judged.reason, judged.is_firm) == (NOT_CHARGEABLE, "fees.not_examined", False)
