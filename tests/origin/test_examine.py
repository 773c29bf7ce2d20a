"""Bills of materials against every agreement, and what a bad bill is told."""

import copy
import csv
import datetime as dt
import io
import json
from pathlib import Path

import pytest

from tongguan.grammar.citations import instruments
from tongguan.grammar.findings import InputRefused, catalogue
from tongguan.origin.agreements import agreements
from tongguan.origin.bill import bill_from, read_bill
from tongguan.origin.examine import examine
from tongguan.origin.explain import json_of, search_json, search_text, text_of
from tongguan.origin.missed import as_csv, read_table, search
from tongguan.tariff.origins import origins

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "origin"


def answers(bill):
    return {a.scheme: a for a in examine(bill).answers}


def a_bill(**changes):
    content = {
        "product": {"name": "box", "commodity_code": "85044099", "country": "EC", "exw": "100.00", "fob": "100.00"},
        "inputs": [
            {"code": "850110", "origin": "US", "value": "40.00"},
            {"code": "392690", "origin": "EC", "value": "20.00"},
        ],
        "costs": {"labour": "30.00", "profit": "10.00"},
        "operations": ["assembly"],
        "transit": "direct",
        "import": {"declared": "2025-03-03", "dutiable_value": "110.00"},
        "rules": {"25": "GENERAL"},
    }
    content = copy.deepcopy(content)
    for path, value in changes.items():
        place = content
        *way, last = path.split("__")
        for step in way:
            place = place[int(step)] if step.isdigit() else place[step]
        if value is None:
            place.pop(last)
        else:
            place[int(last) if last.isdigit() else last] = value
    return content


def refused(**changes):
    with pytest.raises(InputRefused) as caught:
        bill_from(a_bill(**changes))
    return caught.value.findings


# --- answers -----------------------------------------------------------------------------------------------------------------------


def test_ecuador_general_rule_when_the_line_is_not_listed():
    answer = answers(bill_from(a_bill()))["25"]
    assert (answer.status, answer.rule, answer.rule_from) == ("qualifies", "BD40/FOB", "general_rule")


def test_without_the_product_list_the_general_rule_decides_nothing():
    answer = answers(bill_from(a_bill(rules=None)))["25"]
    assert answer.status == "not_encoded"
    assert [q.code for q in answer.outcome.questions] == ["prove.product_list_not_held"]


def test_a_rule_nobody_can_read_is_not_encoded():
    bill = bill_from(a_bill(rules={"25": "by arrangement"}))
    assert [f.code for f in bill.findings] == ["bill.own_rule_not_read"]
    assert answers(bill)["25"].status != "qualifies"


def test_minimal_operations_never_confer_origin():
    answer = answers(bill_from(a_bill(operations=["packing", "labelling"], operations_complete="yes")))["25"]
    assert (answer.status, answer.outcome.lines[0].code) == ("fails", "prove.only_minimal_operations")


@pytest.mark.parametrize(
    ("stop", "status"),
    [
        ({"country": "PA", "days": "170", "customs_control": "yes", "only_handled": "yes"}, "met"),
        ({"country": "PA", "days": "187", "customs_control": "yes", "only_handled": "yes"}, "not_met"),
        ({"country": "PA", "days": "180", "customs_control": "yes", "only_handled": "yes"}, "open"),
        ({"country": "PA", "days": "5", "customs_control": "no", "only_handled": "yes"}, "not_met"),
        ({"country": "PA", "days": "5", "only_handled": "yes"}, "open"),
    ],
)
def test_direct_consignment(stop, status):
    assert answers(bill_from(a_bill(transit=[stop])))["25"].transit == status


def test_a_set_with_fifteen_percent_from_elsewhere():
    def sets(value):
        inputs = [{"code": "850440", "origin": "US", "value": value}]
        return answers(bill_from(a_bill(product__set="yes", inputs=inputs, costs=None, rules=None)))["25"].status

    assert sets("15.00") == "qualifies"
    assert sets("15.01") != "qualifies"


def test_a_part_is_tested_first():
    parts = {
        "motor": {
            "commodity_code": "850110", "country": "EC", "exw": "60.00", "fob": "60.00",
            "inputs": [{"code": "722530", "origin": "US", "value": "50.00"}], "operations": ["winding"],
        }
    }  # fmt: skip
    changed = a_bill(parts=parts, costs=None, inputs=[{"code": "850110", "value": "60.00", "made_of": "motor"}])
    assert (
        answers(bill_from({**changed, "rules": {"25": {"850440": "RVC60", "850110": "CTH"}}}))["25"].status
        == "qualifies"
    )
    assert (
        answers(bill_from({**changed, "rules": {"25": {"850440": "RVC60", "850110": "RVC20"}}}))["25"].status == "fails"
    )


def test_iceland_by_the_rule_we_ship_with_its_saving():
    answer = answers(read_bill(EXAMPLES / "prostheses_from_iceland.yaml"))["16"]
    assert (answer.status, answer.rule, answer.rule_from) == ("qualifies", "BD40", "product_rule")
    assert answer.duty_saving == 20_800_00  # 520,000 × 4 %
    assert answer.saving == 23_504_00  # 20,800 × 1.13


def test_the_fans_are_two_points_short_under_one_agreement_and_pass_another():
    found = answers(read_bill(EXAMPLES / "table_fans_from_viet_nam.yaml"))
    assert found["22-ASEAN"].status == "qualifies"
    short = found["02"]
    assert short.status == "fails"
    facts = short.outcome.lines[0].facts
    assert (facts["content"], facts["short"]) == ("37.79", "2.21")  # (104,000 − 64,700) / 104,000
    assert [(c.kind, c.inputs, c.amount) for c in short.outcome.margins[0].cures] == [
        ("replace", (4,), 0),
        ("add_value", (), 3_833_34),  # 64,700 / 0.6 − 104,000
        ("reduce", (), 2_300_00),  # 64,700 − 62,400
    ]


def test_rcep_country_of_origin_moves_only_for_listed_goods():
    def origin(listed, labour):
        fob = 40 + 25 + labour
        bill = a_bill(
            product={"commodity_code": "85044099", "country": "VN", "fob": f"{fob}.00", "exw": f"{fob}.00"},
            inputs=[
                {"code": "850110", "origin": "JP", "value": "40.00"},
                {"code": "392690", "origin": "US", "value": "25.00"},
            ],
            costs={"labour": f"{labour}.00"},
            rules={"22": "CTH"},
        )
        bill["import"] = {"declared": "2025-03-03", "dutiable_value": "110.00", "rcep_listed": listed}
        return answers(bill_from(bill))["22-ASEAN"].rcep.country

    assert origin("yes", 15) == "JP"
    assert origin("yes", 17) == "VN"  # 17 / 82 is more than a fifth
    assert origin("no", 15) == "VN"


def test_taiwan_farm_goods_must_be_wholly_obtained():
    bill = a_bill(
        product={"commodity_code": "08109030", "country": "TW", "fob": "100.00", "wholly_obtained": "yes"},
        inputs=[],
        costs=None,
        rules=None,
        operations=[],
    )
    assert answers(bill_from(bill))["06"].status == "qualifies"
    bill["product"]["wholly_obtained"] = "no"
    assert answers(bill_from(bill))["06"].status == "fails"


def test_non_preferential_origin():
    changed = examine(bill_from(a_bill())).non_preferential
    assert (changed.country, changed.rule) == ("EC", "CTH")
    kept = examine(bill_from(a_bill(inputs__0__code="850440"))).non_preferential
    assert kept.country == "US"
    listed = a_bill(
        inputs__0__code="902680",
        product__commodity_code="90268010",
        inputs__0__value="70.00",
        inputs__1__value="1.00",
        costs=None,
    )
    assert examine(bill_from(listed)).non_preferential.country == "EC"  # 30 % added (heading 9026)
    listed["inputs"][0]["value"] = "70.01"
    assert examine(bill_from(listed)).non_preferential.country == "US"


def test_explanations_leave_nothing_to_fill_in():
    for path in sorted(EXAMPLES.glob("*.yaml")):
        found = examine(read_bill(path))
        for language in ("zh", "en"):
            text = text_of(found, language)
            assert "{" not in text
            assert "prove." not in text
        json.dumps(json_of(found))


# --- bad bills ---------------------------------------------------------------------------------------------------------------------


def test_every_problem_at_once_in_both_languages():
    found = refused(
        product__country="XX", inputs__0__code="7712", inputs__1__value="-5", costs__labour="1.005", operations=["a"], transit="maybe",
        rules={"99": "CTH"},
    )  # fmt: skip
    codes = {f.code for f in found}
    assert {
        "bill.country_not_known",
        "bill.code_not_known",
        "input.negative_amount",
        "input.more_than_two_decimals",
        "bill.scheme_not_known",
        "input.not_a_list",
    } <= codes
    for finding in found:
        assert finding.message("zh") != finding.message("en")
        assert "{" not in finding.message("zh") + finding.message("en") + finding.next_step("zh") + finding.next_step(
            "en"
        )


def test_values_that_do_not_add_up():
    (finding,) = refused(costs__labour="29.00")
    assert finding.code == "bill.values_do_not_add_up"
    assert (finding.facts["total"], finding.facts["difference"]) == ("99.00", "1.00")


def test_materials_above_the_price():
    assert [f.code for f in refused(costs=None, inputs__0__value="90.00")] == ["bill.materials_above_price"]


def test_a_bill_that_contains_itself():
    part = {
        "commodity_code": "850110",
        "country": "EC",
        "exw": "40.00",
        "inputs": [{"code": "850110", "value": "10.00", "made_of": "motor"}],
    }
    found = refused(parts={"motor": part}, inputs__0__made_of="motor", inputs__0__origin="EC")
    assert [(f.code, f.facts["circle"]) for f in found] == [("bill.bill_contains_itself", "motor → motor")]


def test_circular_cumulation():
    def part(country, other):
        return {
            "commodity_code": "850110",
            "country": country,
            "exw": "40.00",
            "inputs": [{"code": "850110", "value": "10.00", "made_of": other}],
        }

    found = refused(parts={"one": part("TH", "two"), "two": part("VN", "one")})
    assert [f.code for f in found] == ["bill.circular_cumulation"]
    assert found[0].facts["countries"] == "TH, VN"


def test_contradiction_is_said():
    bill = bill_from(a_bill(product__wholly_obtained="yes"))
    assert [f.code for f in bill.findings] == ["bill.wholly_obtained_of_others"]


@pytest.mark.parametrize("content", [None, {}, [], "text", {"product": 3}, {"product": {}, "inputs": "x"}])
def test_anything_else_is_refused_kindly(content):
    with pytest.raises(InputRefused):
        bill_from(content)


# --- past imports ------------------------------------------------------------------------------------------------------------------


def test_missed_preferences_with_their_last_day():
    found = search(read_table(EXAMPLES / "past_imports.csv"), dt.date(2025, 6, 1))
    by_id = {(m.id, m.scheme): m for m in found.missed}
    wine = by_id["2025-0042", "08"]
    assert (wine.duty, wine.in_all) == (13_300_00, 16_698_88)  # 95,000 × 14 %; × (1 + 0.1 / 0.9) × 1.13
    assert (wine.until, wine.state) == (dt.date(2028, 2, 18), "open")
    old = by_id["2024-0117", "08"]
    assert (old.until, old.state) == (dt.date(2025, 3, 12), "not_claimed_in_time")
    assert by_id["2025-0043", "18"].state == "depends_on_declaration"
    assert found.total("open") == 16_698_88
    assert not any(m.origin == "US" for m in found.missed)
    assert len(list(csv.reader(io.StringIO(as_csv(found))))) == len(found.missed) + 1
    json.dumps(search_json(found))
    assert "{" not in search_text(found, "zh") + search_text(found, "en")


def test_a_bad_row_does_not_spoil_the_others():
    rows = read_table(EXAMPLES / "past_imports.csv")
    rows[0] = {**rows[0], "value": "12,3", "declared_on": "yesterday"}
    found = search(rows)
    assert {f.path for f in found.findings if f.severity == "error"} == {"rows[1].value", "rows[1].declared_on"}
    assert any(m.id == "2025-0042" for m in found.missed)


def test_a_table_without_its_columns_is_refused(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("id,code\n1,2\n")
    with pytest.raises(InputRefused) as caught:
        read_table(path)
    assert caught.value.findings[0].code == "missed.columns_missing"


# --- tables ------------------------------------------------------------------------------------------------------------------------


def test_agreement_values_are_of_known_schemes_and_cite_known_instruments():
    assert set(agreements()) <= set(origins().schemes)
    for terms in agreements().values():
        for values in terms.values.values():
            for value in values:
                assert all(part.partition("#")[0] in instruments() for part in value.cites.split("; "))


def test_every_scheme_in_force_has_values_or_is_said_to_lack_them():
    assert set(origins().schemes) - set(agreements()) == {"28", "AFRICA-20"}


def test_our_messages_speak_both_languages():
    ours = {code: m for code, m in catalogue().items() if code.split(".")[0] in ("bill", "prove", "missed")}
    assert ours
    for message in ours.values():
        assert message.zh
        assert message.en
        assert bool(message.next_zh) == bool(message.next_en)
