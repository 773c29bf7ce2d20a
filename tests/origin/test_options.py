"""Agreements open to the items of a shipment, with their rule, proof, way and worth, and the item's bill examined in the same answer."""

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path

import pytest

from tongguan.assessment.assess import assess
from tongguan.assessment.reading import load_document, read_shipment, read_shipments
from tongguan.dossier import dossier
from tongguan.grammar.findings import InputRefused
from tongguan.origin.bill import read_bill
from tongguan.origin.examine import examine
from tongguan.origin.notation import read
from tongguan.origin.options import in_words, origins_of_shipment

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
FANS = EXAMPLES / "table-fans-with-bill.yaml"
BILL = EXAMPLES / "origin" / "table_fans_from_viet_nam.yaml"


def shipment(**item):
    content = {
        "commodity_code": "22042100",
        "origin": "CL",
        "price": "100000.00",
        "quantities": {"litre": "900"},
        **item,
    }
    content = {key: value for key, value in content.items() if value is not None}
    return read_shipment({"dates": {"declared": "2025-03-03"}, "exchange_rates": {"USD": "7.1"}, "items": [content]})


def one(asked):
    return origins_of_shipment(asked, assess(asked))[0]


def by_scheme(found):
    return {a.scheme: a for a in found.agreements}


def test_an_agreement_shows_rule_proof_way_and_the_saving_of_the_assessment():
    asked = shipment()
    chile = by_scheme(one(asked))["08"]
    option = next(o for o in assess(asked).items[0].options if o.scheme == "08")
    assert (chile.status, chile.rate) == ("needs_evidence", "0%")
    assert chile.saving == chile.worth == option.saving > 0
    assert chile.rule == "BD40/FOB"
    # the annex of product rules is not held, so the general rule is never presented as the rule of the line
    assert chile.rule_from == "general_rule_unless_listed"
    assert "40" in chile.rule_line.message("en")
    assert chile.proof[0].facts["months_en"] == "12"
    assert "customs control" in chile.transit.message("en")
    assert chile.transit.facts["limit_zh"] == "3个月"
    assert chile.confidence in ("M", "M?")


def test_a_claim_that_applies_saves_nothing_more_and_says_what_it_is_worth():
    chile = by_scheme(one(shipment(preferences=[{"scheme": "08", "proof": "certificate"}])))["08"]
    without = by_scheme(one(shipment()))["08"]
    assert (chile.status, chile.saving) == ("applies", 0)
    assert chile.worth == without.saving


def test_a_product_rule_that_is_held_is_shown_in_words():
    held = by_scheme(one(shipment(commodity_code="09012100", origin="PE", quantities={"kg": "900"})))["12"]
    assert held.rule_from == "product_rule"
    assert held.rule
    assert held.rule_line.code == "origin_option.product_rule"


@pytest.mark.parametrize(
    ("rule", "english"),
    [
        ("CTH or BD40", "change of heading, or regional value of at least 40 %"),
        ("CC except 5205-5207", "change of chapter except from 5205-5207"),
        ("CA and BD50", "materials of any heading and regional value of at least 50 %"),
        ("WO", "wholly obtained"),
        ("WASTE", "WASTE"),
    ],
)
def test_rules_in_words(rule, english):
    assert in_words(read(rule), "en") == english


def test_a_small_consignment_is_told_that_no_proof_is_asked():
    small = by_scheme(one(shipment(commodity_code="84145191", origin="VN", price="1000.00", quantities={"piece": 10})))[
        "02"
    ]
    large = by_scheme(one(shipment(commodity_code="84145191", origin="VN", price="9000.00", quantities={"piece": 10})))[
        "02"
    ]
    assert "prove.waiver_applies" in {f.code for f in small.proof}
    assert "prove.waiver_does_not_reach" in {f.code for f in large.proof}


def test_goods_without_an_agreement_or_origin_are_offered_none():
    assert one(shipment(origin="US")).agreements == ()
    assert one(shipment(origin=None)).agreements == ()


def test_goods_of_travellers_are_not_taxed_by_agreement():
    content = load_document(EXAMPLES / "travellers.yaml")
    for read_one in read_shipments(EXAMPLES / "travellers.yaml"):
        assert not isinstance(read_one[1], InputRefused), content
        assert all(o.agreements == () for o in origins_of_shipment(read_one[1], assess(read_one[1])))


# --- bills -------------------------------------------------------------------------------------------------------------------------


def test_a_bill_in_the_shipment_is_examined_as_the_command_examines_it_alone():
    ((_, asked),) = read_shipments(FANS)
    found = one(asked)
    alone = examine(read_bill(BILL))
    assert found.examination is not None
    together = {a.scheme: (a.status, a.rule, [m.short for m in a.outcome.margins]) for a in found.examination.answers}
    assert together == {a.scheme: (a.status, a.rule, [m.short for m in a.outcome.margins]) for a in alone.answers}
    assert together["02"][0] == "fails"
    assert together["22-ASEAN"][0] == "qualifies"


def test_savings_of_the_examination_are_those_of_the_assessment():
    ((_, asked),) = read_shipments(FANS)
    answer = assess(asked)
    found = origins_of_shipment(asked, answer)[0]
    asean = next(a for a in found.examination.answers if a.scheme == "02")
    assert asean.saving == next(o for o in answer.items[0].options if o.scheme == "02").saving


def test_the_import_of_a_bill_is_the_shipment_s():
    bill = load_document(BILL)
    bill["import"] = {"declared": "2019-01-01", "dutiable_value": "1.00"}
    bill["product"].pop("commodity_code")
    found = one(
        shipment(commodity_code="84145191", origin="VN", price="108000.00", quantities={"piece": 1000}, bill=bill)
    )
    assert found.examination.day == dt.date(2025, 3, 3)
    assert found.examination.code == "84145191"
    assert {f.code for f in found.findings} == set()


def test_a_bill_that_cannot_be_read_is_a_finding_at_its_place_and_the_taxes_stay():
    bill = load_document(BILL)
    bill["inputs"][0]["value"] = "-1"
    bill["product"]["country"] = "XX"
    asked = shipment(commodity_code="84145191", origin="VN", price="108000.00", quantities={"piece": 1000}, bill=bill)
    whole = dossier(asked)
    paths = {f.path for f in whole.origins[0].findings}
    assert {"items[1].bill.inputs[1].value", "items[1].bill.product.country"} <= paths
    assert whole.origins[0].examination is None
    assert whole.assessment.total is not None
    assert not whole.is_complete


def test_a_bill_made_elsewhere_than_the_origin_stated_is_said():
    found = one(shipment(commodity_code="84145191", origin="TH", quantities={"piece": 1000}, bill=load_document(BILL)))
    assert {f.code for f in found.findings} == {"origin_option.made_elsewhere"}


def test_no_file_is_opened_for_a_shipment_that_is_not_a_file():
    with pytest.raises(InputRefused) as refused:
        shipment(bill="/etc/passwd")
    assert {f.code for f in refused.value.findings} == {"input.bill_is_a_file"}


def test_a_bill_that_is_not_there_is_told_with_every_other_problem(tmp_path):
    file = tmp_path / "s.yaml"
    text = FANS.read_text(encoding="utf-8").replace("origin/table_fans_from_viet_nam.yaml", "no-such.yaml")
    file.write_text(text.replace('"108000.00"', '"-1"'), encoding="utf-8")
    ((_, refused),) = read_shipments(file)
    assert isinstance(refused, InputRefused)
    assert {(f.code, f.path) for f in refused.findings} == {
        ("input.file_unreadable", "items[1].bill"),
        ("input.negative_amount", "items[1].price"),
    }


def test_the_whole_answer_is_plain_text_for_programs():
    ((_, asked),) = read_shipments(FANS)
    origin = json.loads(json.dumps(dossier(asked).to_json()))["origin"][0]
    assert origin["agreements"][0]["saving_against_applied"] == {"amount": "7322.40", "currency": "CNY"}
    answers = {a["scheme"]: a for a in origin["examination"]["agreements"]}
    assert answers["02"]["margins"][0]["short"]["percent"] == "2.21"


# --- a name instead of a code ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def named():
    return dossier(
        shipment(
            commodity_code=None, name="frozen durian 冻榴莲", origin="TH", price="50000.00", quantities={"kg": "1000"}
        )
    )


def test_a_name_without_a_code_gets_candidates_and_no_figure(named):
    assert named.assessment.total_low is None
    assert {f.code for f in named.assessment.all_findings if f.severity == "error"} == {"tariff.code_to_be_found"}
    (found,) = named.codes
    assert found.candidates[0].code.startswith("0811")
    assert found.candidates[0].share > 0.5
    assert found.found.question is not None or found.found.code


def test_each_candidate_says_what_would_be_payable_under_it(named):
    first = named.codes[0].candidates[0]
    priced = assess(shipment(commodity_code=first.code, origin="TH", price="50000.00", quantities={"kg": "1000"}))
    assert (first.low, first.high) == (priced.items[0].low, priced.items[0].high)
    assert Decimal(priced.items[0].low) > 0


def test_without_name_and_code_the_shipment_is_refused():
    with pytest.raises(InputRefused) as refused:
        shipment(commodity_code=None)
    assert {f.code for f in refused.value.findings} == {"input.code_missing"}
