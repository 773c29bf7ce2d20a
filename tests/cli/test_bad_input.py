"""Bad input at the command line, as a newcomer meets it: a clear answer in both languages that names what to do, and nothing chosen for the person."""

import json

import pytest
from typer.testing import CliRunner

from tongguan.cli import app
from tongguan.tariff.schedule import successor_words

FAN = """\
product: {name: fan, commodity_code: "84145191", country: VN, exw: "100.00", fob: "104.00"}
inputs:
  - {name: housing, code: "392690", origin: VN, value: "40.00"}
  - {name: motor, code: "850110", origin: TW, value: "45.70"}
costs: {labour: "6.00", overhead: "3.30", profit: "4.00", other: "1.00", to_port: "4.00"}
import: {declared: 2025-06-16, dutiable_value: "108.00"}
"""
MOTOR = """\
parts:
  motor:
    name: motor
    commodity_code: "850110"
    country: {country}
    exw: "45.70"
    inputs: [{{name: core, code: "{code}", origin: {origin}, value: "45.70", made_of: {part}}}]
"""
ROTOR = """\
  rotor:
    name: rotor
    commodity_code: "850300"
    country: MY
    exw: "45.70"
    inputs: [{name: motor, code: "850110", origin: TH, value: "45.70", made_of: motor}]
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A command in a folder of its own, where nothing was loaded."""
    monkeypatch.setenv("TONGGUAN_HOME", str(tmp_path / "home"))

    def ran(*arguments, **files):
        for name, text in files.items():
            (tmp_path / name).with_suffix(".yaml").write_text(text, encoding="utf-8")
        monkeypatch.chdir(tmp_path)
        return CliRunner().invoke(app, list(arguments))

    return ran


@pytest.mark.parametrize("command", [("tariff", "show"), ("papers",)])
def test_a_code_of_another_tariff_names_our_lines_under_its_six_digits(run, command):
    output = run(*command, "2204212030").output
    assert "前六位220421为各国共用" in "".join(output.split())
    printed = " ".join(output.split())
    assert "the Chinese lines held below them are 22042100" in printed


@pytest.mark.parametrize(
    ("code", "into"),
    [
        ("85171210", "851713, 851714"),
        ("87012000", "870121, 870122, 870123, 870124, 870129"),
        ("10063010", "10063020, 10063080"),
    ],
)
def test_a_retired_code_that_was_split_says_into_which(run, code, into):
    result = run("tariff", "show", code)
    assert result.exit_code == 1
    assert f"取代它的编码：{into}。" in result.output
    assert f"What took its place: {into}." in result.output
    assert "we do not choose for you" in " ".join(result.output.split())


def test_a_retired_code_whose_successors_we_do_not_know_says_so():
    words = successor_words("99999999")
    assert words == {"new_zh": "本系统未收录", "new_en": "not held here"}


def test_a_shipment_with_a_retired_code_gets_no_figure(run):
    shipment = 'dates: {declared: 2025-03-03}\nitems: [{commodity_code: "85171210", origin: JP, price: "1000.00"}]\n'
    result = run("assess", "old.yaml", "--json", old=shipment)
    answer = json.loads(result.output)
    (finding,) = [f for f in answer["items"][0]["findings"] if f["code"] == "tariff.line_retired"]
    assert finding["facts"]["new_en"] == "851713, 851714"
    assert answer["total"] is None


def test_search_knows_a_retired_line_without_any_table(run):
    result = run("tariff", "search", "85171210", "--json")
    answer = json.loads(result.output)
    assert [hit["code"] for hit in answer["hits"]] == ["851713", "851714"]
    assert "search.code_split" in [f["code"] for f in answer["findings"]]


@pytest.mark.parametrize("term", ["   ", "\x01\x02", "***", "🍷"])
def test_text_without_words_gives_no_code(run, term):
    answer = json.loads(run("tariff", "search", term, "--json").output)
    assert answer["hits"] == []
    assert {"search.term_empty", "search.nothing_found"} & {f["code"] for f in answer["findings"]}


@pytest.mark.parametrize("command", [("tariff", "search"), ("classify",)])
def test_ten_thousand_characters_are_cut_and_not_echoed(run, command):
    result = run(*command, "x" * 10_000, "--lang", "en")
    assert result.exit_code in (0, 1)
    assert "only the first 2000 were read" in result.output
    assert "x" * 100 not in result.output


@pytest.mark.parametrize(
    ("bill", "zh", "en"),
    [
        (FAN.replace("45.70", "50.00"), "相差 4.30", "4.30 apart"),
        (
            FAN.replace("45.70", "90.00").replace("costs:", "#").replace(', fob: "104.00"', ""),
            "高于产品价格",
            "more than the price",
        ),
        (
            FAN.replace('"45.70"', '"45.70", made_of: motor').replace("origin: TW", "origin: VN")
            + MOTOR.format(country="VN", code="850110", origin="VN", part="motor"),
            "清单包含自身：motor → motor",
            "The bill contains itself: motor → motor",
        ),
        (
            FAN.replace('"45.70"', '"45.70", made_of: motor').replace("origin: TW", "origin: TH")
            + MOTOR.format(country="TH", code="850300", origin="MY", part="rotor")
            + ROTOR,
            "累积相互循环：motor → rotor → motor",
            "Cumulation runs in a circle: motor → rotor → motor",
        ),
    ],
    ids=["does not add up", "dearer than the product", "contains itself", "circular cumulation"],
)
def test_a_bill_of_materials_that_cannot_be_true_is_refused(run, bill, zh, en):
    result = run("origin", "fan.yaml", fan=bill)
    printed = " ".join(result.output.split())
    assert result.exit_code == 2
    assert zh in printed
    assert en in printed
    assert "→" in printed


def test_an_attribute_with_two_values_is_refused(run):
    result = run("papers", "84295212", "--fact", "condition=new", "--fact", "condition=used")
    assert result.exit_code == 2
    assert "new / used" in result.output
    assert run("papers", "84295212", "--fact", "condition=new", "--fact", "condition=new").exit_code == 1


def test_an_invoice_in_another_currency_is_not_converted_without_a_rate(run):
    bill = (
        "invoice: A\nplace: CNSHA\ndate: 2026-03-17\ncurrency: USD\n"
        'lines: [{description: 货物港务费, size: "40", quantity: 1, amount: "5.00"}]\n'
    )
    (line,) = json.loads(run("fees", "check", "bill.yaml", "--json", bill=bill).output)["lines"]
    assert (line["verdict"], line["excess"], line["missing_facts"]) == ("other_currency", None, ["exchange_rates.USD"])
    assert "没有汇率" in line["message_zh"]
    assert "no rate" in line["message_en"]
    given = run("fees", "check", "bill.yaml", "--json", "--rate", "USD=7.05", bill=bill)
    (line,) = json.loads(given.output)["lines"]
    assert (line["verdict"], line["price_was_checked"]) == ("listed", True)
