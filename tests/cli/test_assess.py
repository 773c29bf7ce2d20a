"""tongguan assess: what it prints, in which language, and how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tongguan import Finding, assess, read_shipments
from tongguan.cli import app

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = sorted(path for path in (ROOT / "examples").glob("*.yaml") if "declared:" in path.read_text("utf-8"))
WINE = ROOT / "examples" / "wine-from-chile.yaml"
SHAPE = set(Finding("input.empty").to_json())

pytestmark = pytest.mark.filterwarnings("default::ResourceWarning")


@pytest.fixture(autouse=True)
def _no_loaded_tariff(tmp_path, monkeypatch):
    """Answers come from the shipped schedule, whatever the developer has loaded."""
    monkeypatch.setenv("TONGGUAN_HOME", str(tmp_path / "home"))


def run(*arguments, standard_input=None):
    return CliRunner().invoke(app, ["assess", *map(str, arguments)], input=standard_input)


def written(tmp_path, text, name="shipment.yaml"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


COMPLETE = "dates: {declared: 2025-03-03}\nitems: [{commodity_code: '22042100', origin: CL, price: '1000.00', quantities: {litre: 9}}]\n"
OPEN = COMPLETE.replace(", origin: CL", "")
BEYOND = COMPLETE.replace("2025-03-03", "2026-12-01")  # after the last day to which the law was checked
REFUSED = COMPLETE.replace("1000.00", "a lot")


# --- exit status ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "status"), [(COMPLETE, 0), (OPEN, 1), (BEYOND, 1), (REFUSED, 2), ("a: [", 2), ("", 2)]
)
def test_the_status_tells_complete_from_findings_from_refused(tmp_path, text, status):
    assert run(written(tmp_path, text)).exit_code == status
    assert run("--json", written(tmp_path, text)).exit_code == status


def test_of_several_the_worst_status_counts(tmp_path):
    good, bad = written(tmp_path, COMPLETE, "good.yaml"), written(tmp_path, REFUSED, "bad.yaml")
    result = run(good, bad)
    assert result.exit_code == 2
    assert "CNY" in result.output, "the good one is answered all the same"


@pytest.mark.parametrize(
    "arguments",
    [["missing.yaml"], ["--as-of", "soon", WINE], ["--schedule-version", "7", WINE], ["--lang", "fr", WINE], []],
)
def test_what_cannot_be_done_ends_with_two(arguments):
    assert run(*arguments).exit_code == 2


# --- what is said --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_is_answered(path):
    result = run(path)
    assert result.exit_code in (0, 1), result.output
    assert "{" not in result.output, "no fact is missing from a text"


def test_the_letter_of_the_wine():
    text = run("--lang", "en", WINE).output
    assert "With a proof of origin under China-Chile Free Trade Agreement: CNY 64,232.19 less" in text
    assert "365,417.07 × 14%" in text
    assert "416,575.46 × 10% ÷ (1 − 10%)" in text
    assert "Tariff Law of the People's Republic of China" in text


def test_one_language_when_one_is_asked_for():
    text = run("--lang", "en", WINE).output.replace("智利红葡萄酒", "").replace("赤霞珠干红", "")
    assert not any("\u4e00" <= c <= "\u9fff" for c in text)
    assert "To pay" not in run("--lang", "zh", WINE).output


def test_both_languages_by_default():
    text = run(WINE).output
    assert "应缴 To pay CNY 157,616.56" in text
    assert "最惠国税率" in text
    assert "MFN rate" in text


def test_several_shipments_end_in_a_summary(tmp_path):
    path = written(tmp_path, COMPLETE)
    text = run("--lang", "en", path, path).output
    assert "Summary" in text
    assert text.count("complete") == 2


def test_a_range_names_the_missing_fact(tmp_path):
    path = written(tmp_path, COMPLETE.replace("price", "vat_class: standard, price").replace("declared: 2025-03-03", "declared: 2026-05-12")
                   .replace("22042100", "02023000").replace("CL", "BR").replace("vat_class: standard, ", ""))  # fmt: skip
    text = run("--lang", "en", path).output
    assert "Not yet known: between CNY" in text
    assert "whether the country quota is used up (worth up to CNY" in text


def test_as_of_takes_the_place_of_the_day_declared(tmp_path):
    path = written(tmp_path, COMPLETE.replace("dates: {declared: 2025-03-03}\n", ""))
    assert run(path).exit_code == 2
    result = run("--as-of", "2018-07-02", "--json", path)
    assert result.exit_code == 0
    assert json.loads(result.output)["governing_on"] == "2018-07-02"


def test_a_refusal_says_what_where_and_what_next(tmp_path):
    text = run("--lang", "en", written(tmp_path, REFUSED)).output
    assert "items[1].price" in text
    assert "a lot is not a number we can read" in text
    assert "→" in text


def test_standard_input_is_read():
    assert run("-", standard_input=COMPLETE).exit_code == 0
    assert run("-", standard_input=json.dumps({"dates": {"declared": "2025-03-03"}, "items": [{"commodity_code": "22042100", "origin": "CL", "price": 1000}]})).exit_code == 0  # fmt: skip


def test_brief_is_shorter():
    full, brief = run(WINE).output, run("--brief", WINE).output
    assert "157,616.56" in brief
    assert len(brief) < len(full) / 2


# --- for programs --------------------------------------------------------------------------------------------------------------------


def test_json_is_the_assessment_with_origin_papers_cost_and_days_beside_it():
    ((_, shipment),) = read_shipments(WINE)
    answer = json.loads(run("--json", WINE).output)
    beside = {name: answer.pop(name) for name in ("code", "origin", "papers", "landed_cost", "timeline")}
    assert answer == assess(shipment).to_json()
    names = {paper["id"]: paper["status"] for paper in beside["papers"][0]["papers"]}
    assert names["food-chinese-label"] == "required"
    assert beside["landed_cost"]["value"]["amount"] == answer["items"][0]["dutiable_value"]["amount"]
    assert any(clock["id"] == "lodge" for clock in beside["timeline"]["clocks"])


def test_json_of_several_is_a_list_with_refusals_in_the_same_shape(tmp_path):
    result = run(
        "--json",
        written(tmp_path, COMPLETE, "good.yaml"),
        written(tmp_path, REFUSED, "bad.yaml"),
        tmp_path / "missing.yaml",
    )
    good, bad, missing = json.loads(result.output)
    assert result.exit_code == 2
    assert good["total"]["currency"] == "CNY"
    for answer in (bad, missing):
        assert answer["refused"] is True
        assert all(set(finding) == SHAPE for finding in answer["findings"])


def test_json_cannot_steer_a_terminal(tmp_path):
    path = written(
        tmp_path,
        json.dumps({"shipment": "x\x9b31m\x1b[2J\u202e", "dates": {"declared": "2025-03-03"}, "items": []}),
        "x.json",
    )
    text = run("--json", path).output
    assert not any(c in text for c in "\x9b\x1b\u202e")
    json.loads(text)


# --- as a process --------------------------------------------------------------------------------------------------------------------


def process(*arguments, code="from tongguan.cli import main; main()", environment=None):
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False, cwd=ROOT, env=environment)  # our own


@pytest.mark.parametrize(("text", "status"), [(COMPLETE, 0), (OPEN, 1), (REFUSED, 2)])
def test_the_process_ends_with_the_status(tmp_path, text, status):
    assert process("assess", written(tmp_path, text)).returncode == status


def test_a_mistake_of_ours_does_not_look_like_a_finding(tmp_path):
    code = "import tongguan.cli.assess as a\na.world_of = lambda *_: 1 / 0\nfrom tongguan.cli import main; main()"
    done = process("assess", written(tmp_path, COMPLETE), code=code)
    assert done.returncode == 2
    assert b"ZeroDivisionError" in done.stderr


def test_an_encoding_that_lacks_chinese_loses_characters_not_the_answer(tmp_path):
    plain = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = process("assess", written(tmp_path, COMPLETE), environment=plain)
    assert done.returncode == 0
    assert b"CNY" in done.stdout


def test_one_answer_loads_nothing_that_only_bulk_work_needs(tmp_path):
    code = (
        "import sys\nfrom tongguan.cli import app\n"
        "try:\n    app()\nexcept SystemExit:\n    pass\n"
        "heavy = {'numba', 'numpy', 'polars', 'pyarrow', 'rich', 'xlsxwriter', 'python_calamine', 'tongguan.assessment.bulk'}\n"
        "print('LOADED', sorted(heavy & set(sys.modules)))"
    )
    done = process("assess", written(tmp_path, COMPLETE), code=code)
    assert b"LOADED []" in done.stdout, done.stdout[-300:]
