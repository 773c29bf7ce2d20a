"""`tongguan cases`: worked cases from any source, each expected figure beside ours."""

from __future__ import annotations

import json
import os
import re
from decimal import Decimal
from pathlib import Path

import pytest
import typer
import yaml
from typer.testing import CliRunner

from tongguan.assessment import worked_cases
from tongguan.assessment.worked_cases import read_cases, run_case, run_file
from tongguan.assessment.worked_cases.sheet import DERIVATIONS
from tongguan.assessment.worked_cases.vocabulary import FIGURES
from tongguan.cli.cases import cases
from tongguan.grammar.findings import catalogue
from tongguan.grammar.strict_yaml import load_text

HERE = Path(__file__).parent
OWN = HERE / "own_cases.yaml"
CHECKOUT = HERE.parent.parent
REFERENCE = Path(os.environ.get("TONGGUAN_REFERENCE", CHECKOUT.parent / "shared")) / "domain" / "cases.yaml"
NO_REFERENCE = f"the reference folder is not there ({REFERENCE}): set TONGGUAN_REFERENCE to run its cases"


def _params(path):
    if not path.exists():
        return [pytest.param(None, id="reference", marks=pytest.mark.skip(reason=NO_REFERENCE))]
    return [pytest.param(case, id=case.id) for case in read_cases(path).cases]


def _wrong(result):
    return [
        f"{f.figure}: expected {f.expected}, ours {f.ours or '–'} ({f.verdict}) {f.finding.message('en') if f.finding else ''}"
        for f in result.figures
        if f.verdict != "matches"
    ]


@pytest.fixture(scope="module")
def command():
    app = typer.Typer()
    app.command()(cases)
    return lambda *arguments: CliRunner().invoke(app, [str(a) for a in arguments])


@pytest.fixture
def written(tmp_path):
    """Writes a file of cases and gives its path."""

    def write(content, name="cases.yaml"):
        path = tmp_path / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif isinstance(content, str):
            path.write_text(content, encoding="utf-8")
        else:
            path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
        return path

    return write


def a_file(*listed, **keys):
    return {"schema": "import-domain-cases/1", "cases": list(listed), **keys}


def a_case(inputs, expected, **keys):
    return {"id": "T-01", "inputs": inputs, "expected": expected, "source": ["test"], **keys}


# --- the cases themselves ---


@pytest.mark.parametrize("case", _params(REFERENCE))
def test_reference_case(case):
    assert not _wrong(run_case(case))


@pytest.mark.parametrize("case", _params(OWN))
def test_own_case(case):
    assert not _wrong(run_case(case))


def test_own_cases_are_many_and_sourced():
    file = read_cases(OWN)
    assert not file.findings
    assert len(file.cases) >= 60
    assert all(case.source for case in file.cases)


@pytest.mark.skipif(not REFERENCE.exists(), reason=NO_REFERENCE)
def test_own_cases_are_further_ones():
    assert not {case.id for case in read_cases(OWN).cases} & {case.id for case in read_cases(REFERENCE).cases}


def test_order_of_facts_and_irrelevant_facts_change_nothing():
    for case in read_cases(OWN).cases:
        turned = dict(reversed(case.inputs.items())) | {"colour": "red", "container_number": "ABCU1234567"}
        result = run_case(case._replace(inputs=turned, expected=dict(reversed(case.expected.items()))))
        assert not _wrong(result), case.id
        assert {"colour", "container_number"} <= {r.facts.get("fact") for r in result.remarks}, case.id


# --- exit status ---


def test_all_match_is_0(command):
    result = command(OWN)
    assert result.exit_code == 0
    assert "OWN-VAL-01\tcustoms_value_cny\t310928.32\t310928.32\t" in result.stdout


def test_a_wrong_figure_is_1_and_shown_beside_ours(command, written):
    path = written(
        a_file(a_case({"customs_value_cny": "1000.00", "duty_rate": "0.08"}, {"duty": "80.01"}, confidence="V1"))
    )
    result = command(path, "--lang", "en")
    assert result.exit_code == 1
    assert "T-01\tduty\t80.01\t80.00\tdiffers\tV1\ttest" in result.stdout


def test_a_case_that_cannot_be_expressed_is_2_with_figure_and_facts(command, written):
    path = written(a_file(a_case({"customs_value_cny": "1000.00", "colour": "red"}, {"duty": "80.00"})))
    result = command(path, "--lang", "en")
    assert result.exit_code == 2
    assert "“duty” does not follow from the facts" in result.stdout
    assert "customs_value_cny, colour" in result.stdout
    assert "duty_rate | mfn_rate | hs" in result.stdout


def test_a_figure_nobody_knows_is_2_with_the_nearest(command, written):
    path = written(a_file(a_case({"customs_value_cny": "1000.00"}, {"consumtion_tax": "1.00"})))
    result = command(path)
    assert result.exit_code == 2
    assert "consumption_tax" in result.stdout
    assert "没有得出“consumtion_tax”的推导" in result.stdout


def test_both_together_are_1_and_both_shown(command, written):
    differs = a_case({"customs_value_cny": "1000.00", "duty_rate": "0.08"}, {"duty": "1.00"})
    missing = a_case({"fob": "100.00"}, {"rvc": "0.4"}, id="T-02")
    result = command(written(a_file(differs, missing)), "--lang", "en")
    assert result.exit_code == 1
    assert "1 differ, 1 cannot be expressed" in result.stdout


def test_law_that_is_not_encoded_is_2_and_says_so(command, written):
    path = written(a_file(a_case({"received": "2026-04-15"}, {"decide_by": "2026-04-24"})))
    result = command(path, "--lang", "en")
    assert result.exit_code == 2
    assert "the periods of SAMR Order 121 were not read" in result.stdout


def test_json_has_everything(command, written):
    listed = [
        a_case(
            {"customs_value_cny": "1000.00", "duty_rate": "0.08", "vat_rate": "0.16"},
            {"vat": "172.80"},
            date="2025-03-03",
        ),
        a_case({"customs_value_cny": "1000.00"}, {"vat": "1"}, id="T-02"),
    ]
    result = command(written(a_file(*listed)), "--json")
    assert result.exit_code == 2
    (file,) = json.loads(result.stdout)
    first, second = file["cases"]
    assert first["verdict"] == "matches"
    assert first["figures"][0]["derivation"] == "import_vat_on_goods"
    assert first["remarks"][0]["code"] == "cases.differs_from_law"
    assert second["figures"][0]["finding"]["facts"]["figure"] == "vat"
    assert file["summary"] == {"cases": 2, "figures": 2, "matches": 1, "differs": 0, "not_expressed": 1}


def test_several_files_at_once(command, written):
    good = written(a_file(a_case({"goods_value_cny": "1000.00"}, {"guarantee": "1000.00"})), "one.yaml")
    bad = written(a_file(a_case({"goods_value_cny": "1000.00"}, {"guarantee": "1.00"})), "two.yaml")
    result = command(good, bad)
    assert result.exit_code == 1
    assert "one.yaml" in result.stdout
    assert "two.yaml" in result.stdout


def test_a_json_file_of_cases_is_read(command, written):
    path = written(json.dumps(a_file(a_case({"goods_value_cny": "1000.00"}, {"guarantee": "1000.00"}))), "cases.json")
    assert command(path).exit_code == 0


def test_on_a_terminal_there_is_a_table(written):
    from rich.console import Console

    from tongguan.cli import cases as module

    result = run_file(written(a_file(a_case({"goods_value_cny": "1000.00"}, {"guarantee": "1.00"}))))
    console = Console(width=140)
    with console.capture():
        module._show_table(result, "both")  # builds with every verdict's style


# --- broken files ---

WHOLE_FILE = {
    "not yaml": ("cases: [\n  - {", "cases.not_yaml"),
    "a key twice": ("schema: import-domain-cases/1\nschema: import-domain-cases/1\ncases: []\n", "cases.not_yaml"),
    "an alias": ("schema: import-domain-cases/1\ncases: [&a {id: x}, *a]\n", "cases.not_yaml"),
    "another schema": ("schema: import-domain-cases/2\ncases: [{id: a}]\n", "cases.another_schema"),
    "no schema": ("cases: [{id: a}]\n", "cases.another_schema"),
    "no cases": ("schema: import-domain-cases/1\n", "cases.no_cases"),
    "nothing": ("", "cases.no_cases"),
    "a list": ("- 1\n- 2\n", "cases.not_a_mapping"),
    "bytes": (b"\xff\xfe\x00\x81\x30", "cases.encoding_unknown"),
}


@pytest.mark.parametrize(("content", "code"), WHOLE_FILE.values(), ids=WHOLE_FILE)
def test_a_file_that_cannot_be_read_is_2(command, written, content, code):
    path = written(content)
    assert [f.code for f in read_cases(path).findings] == [code]
    result = command(path)
    assert result.exit_code == 2
    assert str(path) in result.stdout
    assert "Traceback" not in result.stdout


def test_a_file_that_is_not_there(command, tmp_path):
    result = command(tmp_path / "nowhere.yaml")
    assert result.exit_code == 2
    assert "无法读取" in result.stdout


def test_other_encodings_are_read(written):
    text = yaml.safe_dump(
        a_file(a_case({"goods_value_cny": "１０００．００"}, {"guarantee": "1000"}, title="担保")), allow_unicode=True
    )
    for encoded in (text.encode("gb18030"), text.encode("utf-8-sig")):
        result = run_file(written(encoded))
        assert not result.file.findings
        assert result.cases[0].verdict == "matches"


def test_every_problem_at_once_each_with_its_path(command, written):
    content = a_file(
        a_case({"customs_value_cny": "12,50", "duty_rate": "eight", "units": "-1"}, {"duty": "abc"}, date="2025-02-30"),
        a_case(
            {"paid": "2025-13-01", "public_holidays": ["2025-05-01..2025-04-01"], "late_days": "1.5"},
            {"deadline": "soon"},
        ),
        {"id": "T-03", "inputs": {}, "expected": {"duty": "1"}, "colour": "red"},
        "just words",
        a_case({"ct_rate": "1", "guaranteed": "perhaps", "fx": "0"}, {"duty": ["1", "2"]}, id="T-05"),
        count=4,
        extra="x",
    )
    file = read_cases(written(content))
    found = {(f.path, f.code) for f in file.findings}
    assert found == {
        ("extra", "cases.key_not_known"),
        ("count", "cases.count_differs"),
        ("cases[1].date", "cases.not_a_date"),
        ("cases[1].inputs.customs_value_cny", "cases.not_an_amount"),
        ("cases[1].inputs.duty_rate", "cases.not_a_ratio"),
        ("cases[1].inputs.units", "cases.not_an_amount"),
        ("cases[1].expected.duty", "cases.not_an_amount"),
        ("cases[2].id", "cases.id_twice"),
        ("cases[2].inputs.paid", "cases.not_a_date"),
        ("cases[2].inputs.public_holidays", "cases.not_a_date"),
        ("cases[2].inputs.late_days", "cases.not_whole"),
        ("cases[2].expected.deadline", "cases.not_a_date"),
        ("cases[3].colour", "cases.key_not_known"),
        ("cases[3].inputs", "cases.key_missing"),
        ("cases[4]", "cases.not_a_mapping"),
        ("cases[5].inputs.ct_rate", "cases.not_a_ratio"),
        ("cases[5].inputs.guaranteed", "cases.not_yes_or_no"),
        ("cases[5].inputs.fx", "cases.not_an_amount"),
        ("cases[5].expected.duty", "cases.figure_not_one_value"),
    }
    assert not file.cases
    result = command(written(content))
    assert result.exit_code == 2
    for path, _ in found:
        assert path in result.stdout


def test_one_bad_case_leaves_the_others(command, written):
    good = a_case({"goods_value_cny": "1000.00"}, {"guarantee": "1000.00"})
    bad = a_case({"goods_value_cny": "much"}, {"guarantee": "1000.00"}, id="T-02")
    result = command(written(a_file(bad, good)), "--lang", "en")
    assert result.exit_code == 2
    assert "T-01\tguarantee\t1000.00\t1000.00\tmatches" in result.stdout
    assert "2 cases, 1 figures; 1 cases match, 0 differ, 1 cannot be expressed" in result.stdout


def test_a_key_nobody_knows_is_named_and_the_case_runs(command, written):
    path = written(a_file(a_case({"goods_value_cny": "1000.00"}, {"guarantee": "1000.00"}, titel="typing slip")))
    result = command(path, "--lang", "en")
    assert result.exit_code == 2
    assert "The key “titel” is not part of the form; the nearest is “title”" in result.stdout
    assert "\tmatches\t" in result.stdout


def test_control_characters_do_not_reach_the_terminal(command, written):
    path = written(
        'schema: import-domain-cases/1\ncases: [{id: "a\\e[31m", inputs: {fob: "1"}, expected: {rvc: "1"}, source: "x\\ty"}]\n'
    )
    result = command(path)
    assert "\x1b" not in result.stdout


# --- facts and the law ---


def _remarks(written, inputs, expected, **keys):
    (result,) = run_file(written(a_file(a_case(inputs, expected, **keys)))).cases
    return result, {r.code: r for r in result.remarks}


def test_a_given_rate_is_used_and_compared(written):
    inputs = {"customs_value_cny": "1000.00", "duty_rate": "0", "vat_rate": "0.16"}
    result, remarks = _remarks(written, inputs, {"vat": "160.00"}, date="2019-04-01")
    assert result.verdict == "matches"
    assert remarks["cases.differs_from_law"].facts["given"] == "0.16"
    assert "standard 0.13" in remarks["cases.differs_from_law"].facts["ours"]
    _, remarks = _remarks(written, inputs, {"vat": "160.00"}, date="2019-03-31")
    assert "cases.differs_from_law" not in remarks


def test_illustrative_rates_are_not_compared(written):
    inputs = {"customs_value_cny": "1000.00", "duty_rate": "0", "vat_rate": "0.16"}
    _, remarks = _remarks(written, inputs, {"vat": "160.00"}, date="2019-04-01", confidence="V1; rates illustrative")
    assert "cases.differs_from_law" not in remarks


def test_the_schedule_is_compared_with_the_rate_of_a_line(written):
    inputs = {"hs": "03025100", "customs_value_cny": "85000.00", "mfn_rate": "0.12"}
    result, remarks = _remarks(written, inputs, {"duty": "10200.00"}, date="2018-07-01")
    assert result.verdict == "matches"
    assert remarks["cases.differs_from_law"].facts["ours"] == "7%"


def test_undated_cases_say_which_day_was_taken(written):
    path = written(a_file(a_case({"ct_rate_import": "0.25", "ct_rate_retail_added": "0.10", "customs_value_cny": "1000000.00", "duty": "0"},
                                 {"consumption_tax": "538461.54"}), written="2026-11"))  # fmt: skip
    (result,) = run_file(path).cases
    assert result.verdict == "matches"
    undated = [r.facts for r in result.remarks if r.code == "cases.undated"]
    assert {"day": "2026-11-01", "parameter": "consumption_tax/super_luxury_threshold", "value": "900000.00"} in undated


def test_exact_figures_are_compared_in_the_decimals_they_are_written_with(written):
    for text, verdict in (
        ("0.3333", "matches"),
        ("0.33", "matches"),
        ("0.333", "matches"),
        ("0.3334", "differs"),
        ("0.3", "differs"),
    ):
        (result,) = run_file(
            written(a_file(a_case({"fob": "150.00", "non_originating": "100.00"}, {"rvc": text})))
        ).cases
        assert result.verdict == verdict, text


def test_a_line_that_is_not_held_does_not_stop_the_rest(written):
    inputs = {"hs": "99999999", "customs_value_cny": "1000.00", "duty_rate": "0.05", "vat_rate": "0.13"}
    result, remarks = _remarks(written, inputs, {"duty": "50.00", "vat": "136.50"}, date="2025-03-03")
    assert result.verdict == "matches"
    assert "cases.line_not_held" in remarks


def test_facts_may_be_lists_or_single(written):
    for holidays in (["2026-06-19"], "2026-06-19", ["2026-06-19..2026-06-19"]):
        (result,) = run_file(
            written(
                a_file(a_case({"detained": "2026-06-11", "public_holidays": holidays}, {"release_after": "2026-07-10"}))
            )
        ).cases
        assert result.verdict == "matches", holidays


# --- the parts fit together ---


def test_every_code_has_a_text_in_both_languages():
    codes = set()
    for path in Path(worked_cases.__file__).parent.glob("*.py"):
        codes |= set(re.findall(r'"(cases\.[a-z_0-9]+)"', path.read_text("utf-8")))
    missing = codes - set(catalogue())
    assert not missing
    assert all(catalogue()[code].zh and catalogue()[code].en for code in codes)


def test_every_figure_has_a_derivation():
    assert {figure for figure in FIGURES if figure not in DERIVATIONS} == set()


@pytest.mark.skipif(not REFERENCE.exists(), reason=NO_REFERENCE)
def test_no_expected_figure_of_the_reference_is_an_echo_of_its_inputs():
    """A figure that only repeats an input would prove nothing."""
    content = load_text(REFERENCE.read_bytes())
    for case in content["cases"]:
        assert not set(case["expected"]) & set(case["inputs"]), case["id"]


def test_amounts_beyond_any_consignment_do_not_fail():
    file = read_cases(OWN)
    case = next(c for c in file.cases if c.id == "OWN-TAX-03")
    huge = case._replace(
        inputs=case.inputs | {"customs_value_cny": Decimal("99999999999999.99")}, expected={"vat": "1.00"}
    )
    assert run_case(huge).verdict == "differs"
