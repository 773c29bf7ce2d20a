"""Bad input that concerns one file: each mistake gets a clear finding at its path, all of them at once, and nothing is guessed."""

from __future__ import annotations

import copy
import json
from decimal import Decimal

import pytest

from tongguan import InputRefused, assess, read_shipment, read_shipments
from tongguan.assessment.letter import clean
from tongguan.assessment.reading import MAX_FILE_BYTES, decode, parse_document, shipments_in

WINE = {
    "shipment": "wine",
    "dates": {"declared": "2025-03-03"},
    "currency": "USD",
    "exchange_rates": {"USD": "7.17"},
    "items": [{"commodity_code": "22042100", "origin": "CL", "price": "1000.00", "quantities": {"litre": "90"}}],
}


def changed(path, value):
    """The wine shipment with one place changed: "items.0.price"."""
    content = copy.deepcopy(WINE)
    place = content
    *way, last = path.split(".")
    for step in way:
        place = place[int(step)] if step.isdigit() else place.setdefault(step, {})
    if value is None:
        del place[last]
    else:
        place[last] = value
    return content


def refused(content):
    """(code, path) of every finding of content that is refused when read."""
    with pytest.raises(InputRefused) as raised:
        read_shipment(content)
    return {(f.code, f.path) for f in raised.value.findings}


def assessed(content):
    """(code, path) of every error and warning of content that is read."""
    return {(f.code, f.path) for f in assess(read_shipment(content)).all_findings if f.severity != "note"}


def test_the_unchanged_shipment_is_good():
    assert assess(read_shipment(WINE)).is_complete


# --- what is refused when it is read -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value", "code", "where"),
    [
        ("items.0.commodity_code", "2204210", "input.code_malformed", "items[1].commodity_code"),
        ("items.0.commodity_code", "22O42100", "input.code_malformed", "items[1].commodity_code"),
        ("items.0.commodity_code", "220421000000000", "input.code_malformed", "items[1].commodity_code"),
        ("items.0.commodity_code", None, "input.code_missing", "items[1].commodity_code"),
        ("items.0.quantities", {"litre": "9", "Litres": "9"}, "input.unit_twice", "items[1].quantities.Litres"),
        ("items.0.quantities", {"公斤": "9", "kg": "10"}, "input.unit_twice", "items[1].quantities.kg"),
        ("items.0.price", "-5", "input.negative_amount", "items[1].price"),
        ("items.0.price", 12.3, "input.float_amount", "items[1].price"),
        ("items.0.price", float("nan"), "input.float_amount", "items[1].price"),
        ("items.0.price", "about 1000", "input.not_an_amount", "items[1].price"),
        ("items.0.price", "1e5", "input.not_an_amount", "items[1].price"),
        ("items.0.price", True, "input.not_an_amount", "items[1].price"),
        ("items.0.price", "9" * 19, "input.amount_too_large", "items[1].price"),
        ("items.0.price", Decimal("1E+400"), "input.amount_too_large", "items[1].price"),
        ("items.0.quantities", {"litre": "9" * 15}, "input.amount_too_large", "items[1].quantities.litre"),
        ("items.0.quantities", {"litter": "9"}, "input.unit_not_known", "items[1].quantities.litter"),
        ("items.0.quantities", ["9 litres"], "input.not_a_mapping", "items[1].quantities"),
        ("items.0.dutiable_value", "1.005", "input.more_than_two_decimals", "items[1].dutiable_value"),
        ("items.0.quota_certificate", "perhaps", "input.not_yes_or_no", "items[1].quota_certificate"),
        ("items.0.preferences", "08", "input.not_a_list", "items[1].preferences"),
        ("items.0.preferences", [{"proof": "certificate"}], "input.scheme_missing", "items[1].preferences[1].scheme"),
        ("items.0.preferences", [{"scheme": "08", "prof": "x"}], "input.key_not_known", "items[1].preferences[1].prof"),
        ("items.0.origine", "CL", "input.key_not_known", "items[1].origine"),
        ("items.0.origin", ["CL"], "input.not_text", "items[1].origin"),
        ("items.0.name", "x" * 3000, "input.text_too_long", "items[1].name"),
        ("items.0.name", "half \ud83d", "input.unreadable_characters", "items[1].name"),
        ("items.0.additions", {"royalty": "5"}, "input.key_not_known", "items[1].additions.royalty"),
        ("items.0.valuation_method", "guess", "input.not_in_list", "items[1].valuation_method"),
        ("dates.declared", "2025-02-30", "input.not_a_date", "dates.declared"),
        ("dates.declared", "202511", "input.not_a_date", "dates.declared"),
        ("dates.declared", "2999-01-01", "input.date_out_of_reach", "dates.declared"),
        ("dates.declared", "0001-01-01", "input.date_out_of_reach", "dates.declared"),
        ("dates.declared", None, "input.declared_missing", "dates.declared"),
        ("dates.paid", "2025-03-01", "input.dates_out_of_order", "dates.paid"),
        ("exchange_rates.USD", "0", "input.exchange_rate_unusable", "exchange_rates.USD"),
        ("exchange_rates.USD", "7.12345678", "input.exchange_rate_unusable", "exchange_rates.USD"),
        ("exchange_rates.USD", "-7", "input.negative_amount", "exchange_rates.USD"),
        ("trade_terms", "FOBB", "input.not_in_list", "trade_terms"),
        ("channel", "general trade", "input.not_in_list", "channel"),
        ("items", [], "shipment.no_items", "items"),
        ("items", "wine", "shipment.no_items", "items"),
        ("items", ["wine"], "input.not_a_mapping", "items[1]"),
        ("items", [{"commodity_code": "22042100"}] * 10_001, "input.too_many_items", "items"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_at_its_path(path, value, code, where):
    assert (code, where) in refused(changed(path, value))


@pytest.mark.parametrize("content", [{}, [], None, ""])
def test_nothing_at_all_is_said_to_be_empty(content):
    with pytest.raises(InputRefused) as raised:
        read_shipment(content)
    assert [f.code for f in raised.value.findings] == ["input.empty"]


def test_every_mistake_is_named_at_once():
    content = changed("items.0.price", "-5")
    content["items"].append({"commodity_code": "99999999", "origin": "Atlantis", "price": "10"})
    content["items"].append({"commodity_code": "22042100", "origin": "CL", "price": "ten"})
    content["trade_term"] = "CIF"
    assert refused(content) >= {
        ("input.negative_amount", "items[1].price"),
        ("tariff.line_not_held", "items[2].commodity_code"),
        ("input.not_an_amount", "items[3].price"),
        ("input.key_not_known", "trade_term"),
    }


def test_what_follows_from_a_mistake_is_not_named_as_another():
    assert refused(changed("exchange_rates.USD", "-7")) == {("input.negative_amount", "exchange_rates.USD")}
    assert refused(changed("items.0.price", "ten")) == {("input.not_an_amount", "items[1].price")}
    assert refused(changed("dates.declared", "soon")) == {("input.not_a_date", "dates.declared")}


def test_findings_say_what_where_and_what_next():
    with pytest.raises(InputRefused) as raised:
        read_shipment(changed("items.0.quantities", {"litter": "9"}))
    finding = raised.value.findings[0]
    assert "litter" in finding.message("en")
    assert "litre" in finding.message("en")
    assert finding.next_step("zh")


# --- what is read, and found wrong when it is assessed --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value", "code", "where"),
    [
        ("items.0.commodity_code", "99999999", "tariff.line_not_held", "items[1].commodity_code"),
        ("items.0.commodity_code", "87036000", "tariff.line_retired", "items[1].commodity_code"),
        ("items.0.commodity_code", "2204", "tariff.code_too_short", "items[1].commodity_code"),
        ("items.0.origin", "XX", "origin.country_not_known", "items[1].origin"),
        ("items.0.origin", "Atlantis", "origin.country_not_known", "items[1].origin"),
        ("items.0.currency", "EUR", "valuation.exchange_rate_missing", "items[1].price"),
        ("items.0.price", None, "valuation.price_missing", "items[1].price"),
        ("items.0.price", "9" * 13, "valuation.value_too_large", "items[1]"),
        ("dates.declared", "2018-06-30", "coverage.before", "dates.declared"),
        ("dates.declared", "2027-01-04", "coverage.after", "dates.declared"),
        ("items.0.preferences", [{"scheme": "02"}], "origin.claim_outside_scheme", "items[1].preferences[1]"),
        ("items.0.preferences", [{"scheme": "moon"}], "origin.scheme_not_known", "items[1].preferences[1].scheme"),
    ],
)
def test_a_fact_that_cannot_be_is_named_at_its_path(path, value, code, where):
    assert (code, where) in assessed(changed(path, value))


def test_two_claims_that_exclude_each_other():
    content = changed("items.0.origin", "NZ")
    content["items"][0]["preferences"] = [
        {"scheme": "10", "proof": "certificate"},
        {"scheme": "22", "proof": "certificate"},
    ]
    assert ("origin.two_claims", "items[1].preferences") in assessed(content)


@pytest.mark.parametrize("day", ["1980-01-01", "2100-12-31"])
def test_the_first_and_last_day_that_are_read_are_answered(day):
    assert assessed(changed("dates.declared", day))


# --- forgiving where nothing is lost -------------------------------------------------------------------------------------------------


def test_full_width_digits_are_read():
    content = changed("items.0.commodity_code", "２２０４.２１００")
    content["items"][0]["price"] = "１，０００．００"
    content["dates"]["declared"] = "２０２５年３月３日"
    assert assess(read_shipment(content)).total == assess(read_shipment(WINE)).total


@pytest.mark.parametrize("name", ["litre", "litres", "l", "L", "升", "Ｌ"])
def test_units_are_read_as_the_letter_writes_them(name):
    (item,) = read_shipment(changed("items.0.quantities", {name: "90"})).items
    assert item.quantities == {"litre": Decimal(90)}


def test_a_name_like_nothing_we_know_is_not_told_its_nearest_is_a_dash():
    with pytest.raises(InputRefused) as told:
        read_shipment(changed("zzz", "1"))
    (finding,) = told.value.findings
    assert finding.message("en") == "The name zzz is not known here (nearest name: none)."
    assert finding.message("zh") == "不认识名称“zzz”（相近的名称：无）。"


@pytest.mark.parametrize("text", ["2025-03-03", "20250303", "2025/3/3", "2025.3.3", "2025年3月3日"])
def test_days_are_read_in_the_usual_ways(text):
    assert read_shipment(changed("dates.declared", text)).declared_on.isoformat() == "2025-03-03"


def test_punctuation_of_names_stays():
    assert read_shipment(changed("shipment", "牛肉，配额内（甲）")).name == "牛肉，配额内（甲）"


def test_json_numbers_keep_their_digits():
    text = json.dumps(WINE).replace('"1000.00"', "1000.10").encode()
    ((_, shipment),) = shipments_in(parse_document(text, "wine.json"))
    assert shipment.items[0].price == Decimal("1000.10")


# --- files -----------------------------------------------------------------------------------------------------------------------------


def codes(raw, name="wine.yaml"):
    with pytest.raises(InputRefused) as raised:
        shipments_in(parse_document(raw, name))
    return [(f.code, f.path) for f in raised.value.findings]


@pytest.mark.parametrize(
    ("raw", "code", "where"),
    [
        (b"a: [1, 2\nb: 3", "input.broken_yaml", "wine.yaml:2"),
        (b"a: b: c", "input.broken_yaml", "wine.yaml:1"),
        (b"a: !!map 3", "input.broken_yaml", "wine.yaml:?"),
        (b"? [a]\n: b", "input.broken_yaml", "wine.yaml:1"),
        (b"a: b\n---\nc: d", "input.broken_yaml", "wine.yaml:2"),
        (b"items: 1\nitems: 2", "input.key_twice", "wine.yaml:2"),
        (b"a: &x [1]\nb: *x", "input.alias_not_read", "wine.yaml:2"),
        (b"[" * 100 + b"]" * 100, "input.nested_too_deep", "wine.yaml"),
        (b"- " * 100 + b"a", "input.nested_too_deep", "wine.yaml:1"),
        (b"a: " + b"[" * 300_000, "input.nested_too_deep", "wine.yaml:1"),
        (b"a: b\nname: x\x00y", "input.nul_characters", "wine.yaml:2"),
        (b"a: b\nname: x\x1b[31my", "input.control_characters", "wine.yaml:2"),
        (b"name: Ch\xe2teau Margaux", "input.wrong_encoding", "wine.yaml"),
        (b"name: \xff\xfe\xfd", "input.wrong_encoding", "wine.yaml"),
        (b"", "input.empty", "shipments"),
        (b"[]", "input.empty", "shipments"),
        (b"shipments: []", "input.empty", "shipments"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_says_why(raw, code, where):
    assert codes(raw) == [(code, where)]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b'{"a": 1,}', "input.broken_json"),
        (b'{"a": 1, "a": 2}', "input.key_twice"),
        (b"[" * 500 + b"]" * 500, "input.nested_too_deep"),
        (b"[" * 100_000, "input.nested_too_deep"),
        (b'{"a": ' + b"9" * 5000 + b"}", "input.broken_json"),
    ],
)
def test_json_that_cannot_be_read_says_why(raw, code):
    assert [found for found, _ in codes(raw, "wine.json")] == [code]


def test_an_alias_bomb_is_refused_at_once():
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60))]
    assert codes("\n".join(lines).encode()) == [("input.alias_not_read", "wine.yaml:2")]


CHINESE = "shipment: 智利红葡萄酒，样品"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_chinese_files_are_read_in_every_usual_encoding(encoding):
    assert decode(CHINESE.encode(encoding), "wine.yaml") == CHINESE


def test_a_huge_file_is_refused_without_reading_it_all(tmp_path):
    path = tmp_path / "huge.yaml"
    with path.open("wb") as file:
        file.truncate(MAX_FILE_BYTES * 1000)
    with pytest.raises(InputRefused) as raised:
        read_shipments(path)
    assert [f.code for f in raised.value.findings] == ["input.file_too_large"]


@pytest.mark.parametrize(
    ("name", "code"),
    [("missing.yaml", "input.file_unreadable"), (".", "input.file_unreadable"), ("rows.csv", "input.is_a_table")],
)
def test_a_file_that_is_not_there_or_not_ours(tmp_path, name, code):
    with pytest.raises(InputRefused) as raised:
        read_shipments(tmp_path / name)
    assert [f.code for f in raised.value.findings] == [code]


def test_several_shipments_are_read_each_on_its_own():
    good, bad = shipments_in({"shipments": [WINE, changed("items.0.price", "-1")]})
    assert good[1].name == "wine"
    assert isinstance(bad[1], InputRefused)
    assert [f.path for f in bad[1].findings] == ["shipments[2].items[1].price"]


# --- on a terminal ---------------------------------------------------------------------------------------------------------------------

NASTY = "wine\x1b[2J\x1b]0;owned\x07\x9b31m\u202egnp.exe\u2066\r\nTotal 0.00"


@pytest.mark.parametrize("language", ["zh", "en", "both"])
def test_names_cannot_steer_a_terminal(language):
    content = changed("shipment", NASTY)
    content["items"][0]["name"] = NASTY
    content["items"][0]["exporter"] = NASTY
    text = assess(read_shipment(content)).explain(language)
    assert not any(ord(c) < 32 and c != "\n" for c in text)
    assert not any(c in text for c in "\x7f\x9b\u202e\u2066")
    assert "\\x1b[2J" in text


def test_cleaning_keeps_what_is_harmless():
    assert clean("赤霞珠 Cabernet é – 100 %") == "赤霞珠 Cabernet é – 100 %"
