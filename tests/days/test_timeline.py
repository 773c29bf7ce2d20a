"""The clocks of whole shipments: the last safe days, the boundaries, what is late and what nobody knows."""

import datetime as dt
import json
from decimal import Decimal

import msgspec
import pytest
import typer
from typer.testing import CliRunner

from tongguan.assessment.assess import assess
from tongguan.assessment.papers import Paper, Papers
from tongguan.assessment.shipment import GoodsItem, Preference, Shipment
from tongguan.cli.days import days as command
from tongguan.days import timeline
from tongguan.days.page import page
from tongguan.grammar.findings import catalogue
from tongguan.law.controls.tables import Days

DAY = dt.date
ROBOT = GoodsItem("84795010", Decimal(100_000), "CNY", "JP", quantities={"set": Decimal(1)})
WINE = GoodsItem("22042100", Decimal(36_541), "CNY", "CL", quantities={"litre": Decimal(900)})


DECLARED, ARRIVED = DAY(2026, 3, 16), DAY(2026, 3, 2)


def a_shipment(item=ROBOT, declared=DECLARED, arrived=ARRIVED, **more):
    return Shipment(declared, (item,), arrived_on=arrived, **more)


def a_paper(stage="arrival", status="required", **more):
    given = {"days": (Days(20, "working", "V1", "cites-regulations#11"),), **more}
    return Paper(
        "permit", "cites", status, "许可", "Permit", "", "", "cites-regulations#10", "V1", stage=stage, **given
    )


def answer(shipment, *papers, today=None, is_assessed=True, **more):
    given = [Papers("84795010", "", "", "JP", shipment.channel, shipment.declared_on, tuple(papers))]
    made = timeline(shipment, assess(shipment) if is_assessed else None, today=today, papers=given, **more)
    for f in made.findings:
        assert f.code in catalogue()
        for language in ("zh", "en"):
            assert "{" not in f.message(language) + f.next_step(language), f
    return made


def find(made, identifier):
    return next(c for c in made.clocks if c.id == identifier)


def codes(made):
    return [f.code for f in made.findings]


# --- law -----------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arrived", "last", "charged"),
    [
        (DAY(2026, 3, 2), DAY(2026, 3, 16), DAY(2026, 3, 17)),  # customs-law#24: 2 + 14
        (DAY(2019, 5, 6), DAY(2019, 5, 20), DAY(2019, 5, 21)),  # worked case TIM-05
        (DAY(2026, 3, 6), DAY(2026, 3, 20), DAY(2026, 3, 23)),  # the fifteenth day is a Saturday
        (DAY(2025, 9, 17), DAY(2025, 10, 1), DAY(2025, 10, 9)),  # the fifteenth day lies in the holiday
    ],
)
def test_the_period_to_declare(arrived, last, charged):
    made = answer(a_shipment(declared=arrived, arrived=arrived))
    assert find(made, "lodge").last == last
    assert find(made, "late_declaration_from").earliest == charged


def test_a_day_late_costs_what_the_rule_says():
    made = answer(a_shipment())
    assert find(made, "late_declaration_from").per_day == 5000  # 100,000 × 0.0005
    assert find(made, "pay").per_day == 650  # VAT 13,000 × 0.0005; no duty on the robot


@pytest.mark.parametrize(
    ("shipment", "last"),
    [
        (a_shipment(declared=DAY(2025, 3, 3), arrived=None), DAY(2025, 3, 18)),  # worked case TIM-02
        (a_shipment(declared=DAY(2025, 9, 26), arrived=None), DAY(2025, 10, 11)),  # a Saturday worked
        (
            a_shipment(declared=DAY(2026, 2, 10), arrived=None, facts={"consolidated_payment": "yes"}),
            DAY(2026, 3, 6),
        ),  # TIM-04
        (a_shipment(declared=DAY(2019, 2, 28), arrived=None, tax_bill_on=DAY(2019, 3, 1)), DAY(2019, 3, 18)),  # TIM-01
    ],
)
def test_the_payment_deadline_is_that_of_the_rule(shipment, last):
    assert find(answer(shipment), "pay").last == last


def test_a_tax_bill_nobody_dated():
    pay = find(answer(a_shipment(declared=DAY(2019, 2, 28), arrived=None)), "pay")
    assert (pay.last, pay.waits_for) == (None, ("dates.tax_bill",))


@pytest.mark.parametrize(
    ("paid", "until"),
    [
        (DAY(2024, 11, 30), DAY(2025, 11, 30)),
        (DAY(2024, 12, 1), DAY(2027, 12, 1)),
        (DAY(2026, 3, 20), DAY(2029, 3, 20)),
    ],
)
def test_repayment_one_year_and_then_three(paid, until):
    # duty-regulations-2003#52, tariff-law-2024#51
    shipment = a_shipment(declared=paid, arrived=None, paid_on=paid, tax_bill_on=paid)
    assert find(answer(shipment), "refund_overpaid").last == until


def test_audit_and_sale():
    made = answer(a_shipment(facts={"released_on": "2026-03-20"}))
    assert find(made, "audit").last == DAY(2029, 3, 20)
    assert find(made, "may_be_sold").last == DAY(2026, 6, 2)
    assert find(answer(a_shipment()), "audit").waits_for == ("released_on",)


@pytest.mark.parametrize(
    ("extensions", "last"), [("", DAY(2026, 9, 2)), ("1", DAY(2027, 3, 2)), ("9", DAY(2028, 3, 2))]
)
def test_goods_for_a_time_leave_again(extensions, last):
    # tariff-law-2024#37: six months; three extensions at most (gacc-order-233, M)
    made = answer(a_shipment(channel="temporary_admission", facts={"extensions": extensions, "listed": "yes"}))
    assert find(made, "leave_again").last == last


def test_two_steps_had_not_begun():
    day = DAY(2019, 8, 23)
    assert not [c for c in answer(a_shipment(declared=day, arrived=day)).clocks if c.id == "two_step"]
    day = DAY(2019, 8, 24)
    assert find(answer(a_shipment(declared=day, arrived=day)), "two_step").last == DAY(2019, 9, 7)


def test_an_arrival_nobody_knows_is_asked_for():
    made = answer(a_shipment(arrived=None))
    assert find(made, "lodge").waits_for == ("dates.arrived",)
    assert find(made, "lodge").last is None


def test_durations_nobody_has_set_stay_unknown():
    made = answer(a_shipment())
    assert {"release", "examination"} <= {c.id for c in made.unknown}
    for c in made.unknown:
        assert (c.earliest, c.last_safe, c.last, c.days_zh) == (None, None, None, "")


def test_a_year_without_a_calendar():
    made = answer(a_shipment(declared=DAY(2026, 12, 28), arrived=DAY(2026, 12, 28)))
    assert "calendar.year_not_published" in codes(made)
    assert find(made, "lodge").last == DAY(2027, 1, 11)
    assert not made.is_in_time


def test_declared_a_day_late():
    assert codes(answer(a_shipment(declared=DAY(2026, 3, 16)))) == []
    assert codes(answer(a_shipment(declared=DAY(2026, 3, 17)))) == ["days.declared_late"]


# --- papers --------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stage", "facts", "last_safe"),
    [
        (
            "arrival",
            {},
            DAY(2026, 2, 10),
        ),  # 20 days: 11, 12, 13, 14 (worked), 24 to 28 February, 2 to 6, 9 to 13, 16 March
        ("shipment", {"shipped_on": "2026-01-30"}, DAY(2026, 1, 4)),
        (
            "contract",
            {"contract_on": "2026-01-05"},
            DAY(2025, 12, 7),
        ),  # 8 to 31 December without weekends, Sunday 4 (worked) and 5 January
    ],
)
def test_a_paper_is_begun_in_time_for_its_stage(stage, facts, last_safe):
    made = answer(a_shipment(facts=facts), a_paper(stage))
    permit = find(made, "permit")
    assert permit.last_safe == last_safe
    assert permit.is_critical
    assert permit.waits_for == ()


def test_a_stage_without_a_day_falls_back_and_says_so():
    permit = find(answer(a_shipment(), a_paper("contract")), "permit")
    assert permit.last == DAY(2026, 3, 2)
    assert permit.waits_for == ("contract_on",)
    assert permit.note_zh


def test_days_before_an_event():
    paper = a_paper(
        days=(
            Days(30, "calendar", "V1", "quarantine-regulations#18", before=True),
            Days(7, "calendar", "V1", "quarantine-regulations#18", before=True),
        )
    )
    permit = find(answer(a_shipment(), paper), "permit")
    assert permit.last_safe == DAY(2026, 1, 31)  # the longer of the two, before 2026-03-02
    assert "several" in permit.note_en


def test_a_paper_without_days_is_unknown():
    permit = find(answer(a_shipment(), a_paper(days=())), "permit")
    assert permit.is_unknown
    assert (permit.last_safe, permit.last) == (None, DAY(2026, 3, 16))


@pytest.mark.parametrize(("today", "expected"), [(DAY(2026, 2, 10), []), (DAY(2026, 2, 11), ["days.paper_too_late"])])
def test_the_day_after_the_last_safe_day_is_too_late(today, expected):
    made = answer(a_shipment(), a_paper(), today=today)
    assert [c for c in codes(made) if c.startswith("days.")] == expected
    assert made.earliest_lodging == find(made, "permit").earliest
    assert (find(made, "permit").slack < 0) is bool(expected)


def test_a_paper_that_may_not_be_needed_is_no_warning_and_not_critical():
    made = answer(a_shipment(), a_paper(status="conditional"), today=DAY(2026, 3, 1))
    assert [f.severity for f in made.findings if f.code == "days.paper_too_late"] == ["note"]
    assert not find(made, "permit").is_critical


@pytest.mark.parametrize("status", ["not_required", "banned", "not_encoded"])
def test_other_papers_have_no_clock(status):
    assert not [c for c in answer(a_shipment(), a_paper(status=status)).clocks if c.id == "permit"]


def test_the_critical_path_takes_the_paper_to_begin_first():
    slow = msgspec.structs.replace(a_paper(), id="slow", days=(Days(60, "calendar", "V1"),))
    made = answer(a_shipment(), a_paper(), slow)
    assert made.critical == ("slow", "lodge", "pay")


@pytest.mark.parametrize(
    ("today", "code", "ready"),
    [(DAY(2025, 10, 30), None, DAY(2025, 12, 30)), (DAY(2025, 10, 31), "days.paper_day_passed", None)],
)
def test_the_quota_year(today, code, ready):
    # goods-regulations#27: 15 to 30 October for the next year
    paper = msgspec.structs.replace(a_paper("contract"), family="tariff_quota_certificates")
    made = answer(a_shipment(), paper, today=today)
    permit = find(made, "permit")
    assert (permit.last_safe, permit.earliest) == (DAY(2025, 10, 30), ready)
    assert ([c for c in codes(made) if c.startswith("days.")] or [None]) == [code]
    assert find(made, "quota_return").last == DAY(2026, 9, 14)


def test_papers_are_resolved_when_none_are_given():
    shipment = a_shipment(WINE)
    made = timeline(shipment, assess(shipment))
    assert [c for c in made.clocks if c.kind == "paper" and c.item == 1]


# --- options -------------------------------------------------------------------------------------------------------------------------


def a_claim(issued):
    return msgspec.structs.replace(WINE, preferences=(Preference("08", "certificate", "F1", issued),))


@pytest.mark.parametrize(
    ("issued", "until", "expected"),
    [
        (DAY(2025, 3, 16), DAY(2026, 3, 16), []),  # twelve months (M)
        (DAY(2025, 3, 15), DAY(2026, 3, 15), ["days.proof_expired"]),
        (DAY(2026, 3, 17), DAY(2027, 3, 17), ["days.proof_issued_later"]),
    ],
)
def test_the_proof_must_hold_when_the_goods_are_declared(issued, until, expected):
    made = answer(a_shipment(a_claim(issued)))
    option = next(o for o in made.options if o.scheme == "08")
    assert option.clocks[0].last == until
    assert [c for c in codes(made) if c.startswith("days.")] == expected


def test_an_option_without_its_proof_may_follow_on_security():
    made = answer(a_shipment(WINE))
    option = next(o for o in made.options if o.scheme == "08")
    assert [c.id for c in option.clocks] == ["proof_validity", "proof_later"]
    assert option.clocks[1].last == DAY(2027, 3, 16)
    assert option.clocks[1].confidence == "M"


# --- bad input and presentation ------------------------------------------------------------------------------------------------------


def test_days_that_contradict_each_other():
    assert "days.out_of_order" in codes(answer(a_shipment(facts={"shipped_on": "2026-03-05"})))


def test_a_fact_that_is_no_day():
    assert "channels.fact_unreadable" in codes(answer(a_shipment(facts={"contract_on": "soon"})))


def test_before_the_days_we_know():
    made = answer(a_shipment(declared=DAY(2018, 1, 15), arrived=DAY(2018, 1, 15)))
    assert "law.parameter_not_encoded_before" in codes(made)
    assert find(made, "lodge").last == DAY(2018, 1, 29)


def test_a_channel_of_persons_has_no_clocks_of_goods():
    made = answer(a_shipment(channel="travellers", facts={}), is_assessed=False)
    assert codes(made) == ["days.channel_not_encoded"]
    assert made.clocks == ()


def test_every_clock_says_where_it_comes_from():
    made = answer(a_shipment(facts={"released_on": "2026-03-20"}), a_paper(), today=DAY(2026, 1, 5))
    for c in made.clocks:
        assert c.because, c.id
        assert c.label_zh
        assert c.label_en
        assert "{" not in c.label_zh + c.label_en + c.note_zh + c.note_en + c.days_zh


def test_the_page_and_the_data():
    made = answer(a_shipment(a_claim(DAY(2025, 6, 1))), a_paper(), today=DAY(2026, 1, 5))
    assert page(made)
    content = json.loads(json.dumps(made.to_json()))
    assert content["critical_path"] == ["permit", "lodge", "pay"]
    assert content["milestones"]["arrival"] == "2026-03-02"


def run(*arguments):
    app = typer.Typer()
    app.command()(command)
    return CliRunner().invoke(app, list(arguments))


SHIPMENT = """
shipment: 机器人
dates: {declared: 2026-03-16, arrived: 2026-03-02}
trade_terms: CIF
currency: CNY
items: [{commodity_code: "84795010", origin: JP, price: "100000.00", quantities: {set: 1}}]
"""


@pytest.mark.parametrize("lang", ["zh", "en", "both"])
def test_the_command(tmp_path, lang):
    path = tmp_path / "s.yaml"
    path.write_text(SHIPMENT, encoding="utf-8")
    result = run(str(path), "--today", "2026-03-02", "--lang", lang)
    assert result.exit_code == 0, result.output
    assert "2026-03-16" in result.output
    assert "{" not in result.output


def test_the_command_for_programs_and_for_what_cannot_be_read(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text(SHIPMENT, encoding="utf-8")
    result = run(str(path), str(tmp_path / "no.yaml"), "--json")
    assert result.exit_code == 2
    assert [one.get("refused", False) for one in json.loads(result.output)] == [False, True]
    assert run(str(path), "--today", "2026-03-31").exit_code == 0
    assert run(str(path), "--today", "2026-04-01").exit_code == 1  # payable until 2026-03-31, and not paid


# --- papers in hand ------------------------------------------------------------------------------------------------------------------


def test_a_paper_in_hand_has_nothing_to_begin():
    item = msgspec.structs.replace(ROBOT, facts={"papers_held": "permit"})
    made = answer(a_shipment(item), a_paper(), today=DAY(2026, 3, 15))
    permit = find(made, "permit")
    assert (permit.is_held, permit.last_safe, permit.is_unknown) == (True, None, False)
    assert codes(made) == []


def test_a_quota_certificate_in_hand():
    item = msgspec.structs.replace(ROBOT, has_quota_certificate=True)
    paper = msgspec.structs.replace(a_paper("contract"), family="tariff_quota_certificates")
    assert codes(answer(a_shipment(item), paper, today=DAY(2026, 3, 1))) == []


def test_a_paper_in_hand_that_nobody_asks_for():
    item = msgspec.structs.replace(ROBOT, facts={"papers_held": "permit; licence"})
    made = answer(a_shipment(item), a_paper())
    assert codes(made) == ["days.held_not_known"]
    assert made.findings[0].facts["read"] == "licence"


def test_what_was_needed_before_today_is_not_called_late():
    made = answer(a_shipment(), a_paper(), today=DAY(2026, 3, 17))
    assert "days.paper_too_late" not in codes(made)
