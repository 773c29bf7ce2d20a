"""Every problem at once with its path; nothing guessed; facts read again are the same facts."""

from __future__ import annotations

import datetime as dt
import json
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongguan.declaration import Declaration, digest, facts, fields, fields_of, read
from tongguan.declaration.codes import code_table
from tongguan.declaration.dictionary import NESTED, REPEATED, SINGLE
from tongguan.declaration.reading import STRUCTS
from tongguan.grammar.citations import instruments
from tongguan.grammar.findings import InputRefused


def problems(raw):
    with pytest.raises(InputRefused) as refused:
        read(raw)
    return {f.path: f.code for f in refused.value.findings}


def test_a_whole_declaration_is_read(wine):
    declaration = read(wine)
    assert declaration.goods[0].preferences[0].agreement == "08"
    assert declaration.containers[0].goods == (1,)
    assert declaration.header.special_relationship is False
    assert str(declaration.goods[0].total_price) == "48600"


def test_every_problem_is_told_at_its_field_all_at_once(wine):
    wine["header"]["trade_mood"] = "0110"
    wine["header"]["self_assessed"] = "perhaps"
    wine["header"]["channel"] = "USD"
    wine["transport"]["arrived_on"] = "2025-02-30"
    wine["transport"]["mode"] = "Q"
    wine["goods"][0]["currency"] = "502"
    wine["goods"][0]["total_price"] = 48600.5
    wine["goods"][0]["origin"] = "412"
    wine["packages"]["gross_weight"] = "-1"
    wine["parties"]["importer_name"] = "海" * 36
    wine["goods"].append("wine")
    assert problems(wine) == {
        "header.trade_mood": "input.key_not_known",
        "header.self_assessed": "input.not_yes_or_no",
        "header.channel": "input.not_in_list",
        "transport.arrived_on": "input.not_a_date",
        "transport.mode": "declaration.code_not_in_table",
        "goods[0].currency": "declaration.code_replaced",
        "goods[0].total_price": "input.float_amount",
        "goods[0].origin": "declaration.code_replaced",
        "packages.gross_weight": "input.negative_amount",
        "parties.importer_name": "declaration.text_too_long",
        "goods[1]": "input.not_a_mapping",
    }


@pytest.mark.parametrize("written", ["duty_relief", "减免税货物"])
def test_a_channel_is_told_by_our_word_or_by_its_name(wine, written):
    wine["header"]["channel"] = written
    assert read(wine).header.channel == "duty_relief"


def test_a_replaced_currency_code_names_its_successor(wine):
    wine["goods"][0]["currency"] = "502"
    with pytest.raises(InputRefused) as refused:
        read(wine)
    assert "USD" in refused.value.findings[0].message("en")
    assert "USD" in refused.value.findings[0].message("zh")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("COSU\u200b630", "declaration.control_character"),
        ("COSU\x07630", "declaration.control_character"),
        ("СOSU630", "declaration.look_alike"),  # the first letter is Cyrillic
        ("CΟSU630", "declaration.look_alike"),  # a Greek capital omicron
    ],
)
def test_hidden_and_look_alike_characters_are_refused(wine, text, code):
    wine["transport"]["bill"] = text
    assert problems(wine) == {"transport.bill": code}


def test_names_in_another_script_are_names(wine):
    wine["parties"]["overseas_name"] = "ООО Вино, S.A."
    wine["goods"][0]["specification"] = "厚度10μm|β-胡萝卜素"
    assert read(wine).parties.overseas_name == "ООО Вино, S.A."


def test_full_width_digits_are_digits_in_codes_and_stay_punctuation_in_names(wine):
    wine["goods"][0]["commodity_code"] = "２２０４２１００００"
    wine["goods"][0]["name"] = "红葡萄酒（瓶装）"
    goods = read(wine).goods[0]
    assert goods.commodity_code == "2204210000"
    assert goods.name == "红葡萄酒（瓶装）"


@pytest.mark.parametrize(
    "path", [p for p, f in fields().items() if f.kind in ("text", "name") and f.max and f.group in SINGLE]
)
def test_text_fits_to_the_byte_and_not_one_more(path):
    group, name = path.split(".")
    longest = fields()[path].max
    assert len(getattr(getattr(read({group: {name: "A" * longest}}), group), name)) == longest
    assert problems({group: {name: "A" * (longest + 1)}}) == {path: "declaration.text_too_long"}


def test_a_han_character_counts_as_two():
    assert read({"parties": {"owner_name": "海" * 35}}).parties.owner_name == "海" * 35
    assert problems({"parties": {"owner_name": "海" * 35 + "A"}}) == {"parties.owner_name": "declaration.text_too_long"}


def test_digits_fit_to_the_last():
    assert read({"goods": [{"unit_price": "1" * 15 + ".1234"}]}).goods[0].unit_price is not None
    assert problems({"goods": [{"unit_price": "1" * 16}]}) == {"goods[0].unit_price": "declaration.too_many_digits"}
    assert problems({"goods": [{"unit_price": "1.12345"}]}) == {"goods[0].unit_price": "declaration.too_many_digits"}


def test_a_fact_with_a_box_is_told_there_and_nowhere_else(wine):
    wine["goods"][0]["facts"] = {"use": "food", "species": "Vitis vinifera"}
    assert problems(wine) == {"goods[0].facts.use": "declaration.fact_has_its_box"}


def test_what_is_no_mapping_or_is_too_long_is_refused():
    assert problems([]) == {"declaration": "input.not_a_mapping"}
    assert problems({"goods": {}, "header": "x", "wheels": 1}) == {
        "header": "input.not_a_mapping",
        "wheels": "input.key_not_known",
    }
    assert problems({"goods": [{}] * 201}) == {"goods": "declaration.too_many_entries"}


def test_the_digest_is_of_the_facts_and_not_of_how_they_are_written(wine):
    other = json.loads(json.dumps(wine))
    other["goods"][0]["total_price"] = "48,600"
    other["header"] = dict(reversed(other["header"].items()))
    other["transport"]["arrived_on"] = "2025年2月28日"
    assert digest(facts(read(other))) == digest(facts(read(wine)))
    other["goods"][0]["total_price"] = "48600.01"
    assert digest(facts(read(other))) != digest(facts(read(wine)))


def test_dictionary_and_structs_have_the_same_names():
    for group in (*SINGLE, *REPEATED, *NESTED):
        assert list(STRUCTS[group].__struct_fields__) == list(fields_of(group))
    assert set(Declaration.__struct_fields__) == {*SINGLE, *REPEATED}


def test_the_dictionary_is_complete():
    for path, field in fields().items():
        assert field.zh, path
        assert field.en, path
        assert bool(field.hint_zh) == bool(field.hint_en), path
        if field.kind in ("code", "codes"):
            assert code_table(field.table).codes, path
        if field.kind in ("amount", "quantity", "number", "amounts"):
            assert field.digits, path
        if field.source:
            assert field.source.partition("#")[0] in instruments(), path
        if isinstance(field.required, dict):
            assert set(field.required) <= set(fields()), path


TEXT = st.text(st.sampled_from(string.ascii_letters + string.digits + " -./海关红酒（）"), max_size=12).map(str.strip)
VALUES = {
    "text": st.text(string.ascii_letters + string.digits + "-/", max_size=1),
    "name": TEXT,
    "lines": TEXT,
    "channel": st.sampled_from(["", "duty_relief", "减免税货物"]),
    "flag": st.booleans(),
    "date": st.dates(min_value=dt.date(1980, 1, 1), max_value=dt.date(2100, 1, 1)).map(str),
    "number": st.integers(0, 999_999_999),
    "amount": st.decimals(0, 10**11, places=2).map(str),
    "quantity": st.decimals(0, 10**11, places=5).map(str),
    "numbers": st.lists(st.integers(1, 99), max_size=3),
    "amounts": st.dictionaries(
        st.sampled_from(["royalties", "USD", "litre"]), st.decimals(0, 99999, places=2).map(str), max_size=2
    ),
    "words": st.dictionaries(st.sampled_from(["species", "frequencies", "a_b"]), TEXT, max_size=2),
    "open": st.just({"materials": [{"name": "steel", "share": "0.4"}]}),
}


def values_of(field):
    if field.kind in ("code", "codes"):
        codes = st.sampled_from(sorted(code_table(field.table).codes))
        return codes if field.kind == "code" else st.lists(codes, max_size=2)
    if field.kind == "list":
        return st.lists(group_of(field.of), max_size=2)
    return VALUES[field.kind].filter(
        lambda v: not isinstance(v, str) or not field.max or len(v.encode("gb18030")) <= field.max
    )


def group_of(group):
    return st.fixed_dictionaries({}, optional={name: values_of(field) for name, field in fields_of(group).items()})


RAW = st.fixed_dictionaries(
    {},
    optional={g: group_of(g) for g in SINGLE} | {g: st.lists(group_of(g), max_size=2) for g in REPEATED},
)


@settings(deadline=None)
@given(RAW)
def test_facts_read_again_are_the_same_facts(raw):
    declaration = read(raw)
    told = facts(declaration)
    assert read(json.loads(json.dumps(told))) == declaration
    assert facts(read(told)) == told


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from([*SINGLE, *REPEATED, "junk"]),
        JUNK
        | st.dictionaries(
            st.sampled_from(
                [
                    "trade_mode",
                    "origin",
                    "total_price",
                    "bill",
                    "facts",
                    "preferences",
                    "arrived_on",
                    "number",
                    "goods",
                    "attributes",
                ]
            ),
            JUNK,
        ),
    )
)
def test_whatever_arrives_is_read_or_refused(raw):
    try:
        declaration = read(raw)
    except InputRefused as refused:
        for finding in refused.findings:
            assert finding.message("zh")
            assert finding.next_step("en")
    else:
        assert read(facts(declaration)) == declaration
