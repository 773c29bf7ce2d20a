"""Texts of rules become the grammar's values, or say that they did not."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongguan.origin import notation
from tongguan.origin.codes import CodeRange, read_list
from tongguan.origin.rule_sets import coverage_of, from_rows, load, read_rule
from tongguan.origin.rules import (
    AllOf,
    Allowing,
    AnyOf,
    Change,
    ForGoods,
    FromMaterials,
    Materials,
    MaxValue,
    MaxWeight,
    MinContent,
    MustOriginate,
    NotEncoded,
    Process,
    WhollyObtained,
    any_of,
    is_decided_by_figures,
)


def span(low, high=None):
    return CodeRange(low, high or low)


def of(*ranges, words=""):
    return Materials(codes=tuple(span(*r) if isinstance(r, tuple) else span(r) for r in ranges), words=words)


RVC40 = MinContent(400_000, "build_down")

READ = {
    # terse Chinese, as in the list for Korea
    "完全获得": WhollyObtained(),
    "品目改变": Change("heading"),
    "章改变；或者区域价值成分40%": AnyOf((Change("chapter"), RVC40)),
    "品目改变且区域价值成分40%": AllOf((Change("heading"), RVC40)),
    "品目改变，但从品目 50.01至50.03、51章、品目52.04转变来的除外；或者区域价值成分40%": AnyOf(
        (Change("heading", (of(("5001", "5003"), "51", "5204"),)), RVC40)
    ),
    # long Chinese, as in the lists for Peru, Costa Rica and Iceland
    "从任何其他子目改变至此。": Change("subheading"),
    "从任何其他品目改变至品目84.14，且区域价值成分不低于40%": AllOf((Change("heading"), RVC40)),
    "从任何其他章改变到品目 02.01，由第1章改变至此的除外": Change("chapter", (of("01"),)),
    "从任何其他品目改变至此；或不要求税则归类改变，只要其区域价值成分不少于50%。": AnyOf(
        (Change("heading"), AllOf((Change("any"), MinContent(500_000, "build_down"))))
    ),
    "如果动物在中国或秘鲁境内出生并饲养，可赋予原产地。": WhollyObtained(how="born_and_raised"),
    "区域价值成分按扣减法计算40%或按累加法计算30%": AnyOf((RVC40, MinContent(300_000, "build_up"))),
    # English lists
    "Manufacture from materials of any heading, except that of the product.": Change("heading"),
    "Manufacture from materials of any heading.": Change("any"),
    "Manufacture in which the value of all the materials used does not exceed **40%** of the ex-works price of the product.": MaxValue(
        400_000, "EXW"
    ),
    "Manufacture in which:\n\n- all the materials used are classified within a heading other than that of the product, *and*\n\n"
    "- within the above limit, the value of all the materials of [heading&nbsp;8431](/headings/8431) used does not exceed 10% of the "
    "ex-works price of the product.": AllOf((Change("heading"), MaxValue(100_000, "EXW", of("8431")))),
    "A change to a good of heading 4816 from any other heading, except from heading 4809.": Change(
        "heading", (of("4809"),)
    ),
    "A change to any other good of subheading 030444 from any other heading.": ForGoods(
        "any other good of subheading 030444", Change("heading")
    ),
    "- b) 55% under the focused value method taking into account only the non-originating materials of heading 7506.": MinContent(
        550_000, "focused", "", of("7506")
    ),
    "Weaving combined with dyeing.": AllOf((Process("weaving", "Weaving"), Process("dyeing", "dyeing"))),
    "Manufacture in which at least 10% by weight of the unmanufactured tobacco or tobacco refuse of heading 2401 used is originating.": (
        MustOriginate(of("2401", words="unmanufactured tobacco or tobacco refuse"), 100_000)
    ),
    "Manufacture from materials of any heading, except that of the product. However, materials of the same heading as the product may be used, "
    "provided that their total value does not exceed 20% of the ex-works price of the product.": Allowing(
        Change("heading"), (Materials(same_as_product="heading"),), 200_000, "EXW"
    ),
    "Manufacture from waste and scrap of heading 7802.": FromMaterials((of("7802", words="waste and scrap"),)),
    "the weight of non-originating materials of chapter 4 used does not exceed 40% of the weight of the product": MaxWeight(
        400_000, of("04")
    ),
    # phrasings of treaties outside the reference
    "Change in tariff heading, except from heading 04.01 through 04.06": Change("heading", (of(("0401", "0406")),)),
    "CTH or regional value content of not less than 40 per cent": AnyOf(
        (Change("heading"), MinContent(400_000, "either"))
    ),
    "CTH or RVC40 or CR": AnyOf((Change("heading"), MinContent(400_000, "either"), Process("chemical_reaction", "CR"))),
    "Max. 50% NOM": MaxValue(500_000, ""),
}


@pytest.mark.parametrize("text", READ)
def test_a_text_becomes_a_rule(text):
    assert read_rule(text) == READ[text]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "as the Parties may agree",
        "品目改变，但从品目 552.05转变来的除外",
        "Manufacture from materials of any heading. This rule shall apply until 3112.2005.",
        "Manufacture in which the value of all the materials used does not exceed one half of the price",
        "CTH or whatever",
        "x" * 30_000,
    ],
)
def test_what_is_not_read_is_not_encoded(text):
    assert isinstance(read_rule(text), NotEncoded)


def test_described_materials_and_operations_need_facts():
    assert is_decided_by_figures(read_rule("CTH or RVC40"))
    assert not is_decided_by_figures(read_rule("Manufacture from yarn."))
    assert not is_decided_by_figures(read_rule("Weaving."))


def test_code_lists():
    text = "heading 5106 to heading 5113, 5401 to 5402, subheading 540333 through 540339, or chapter 55"
    assert read_list(text) == (
        (span("5106", "5113"), span("5401", "5402"), span("540333", "540339"), span("55")),
        len(text),
    )


@pytest.mark.parametrize("text", ["Heading 2203 of 5 litres", "1234567", "00", "chapter 98", "2 to 1"])
def test_numbers_that_are_no_codes_stay_out(text):
    ranges, end = read_list(text)
    assert all("01" <= r.low[:2] <= "97" for r in ranges)
    assert end <= len(text)


def test_a_range_holds_what_begins_like_its_ends():
    assert span("0301", "0304").holds("030389")
    assert not span("0301", "0304").holds("0305")
    assert not span("030111").holds("0301")


LEAVES = st.sampled_from(
    [
        WhollyObtained(),
        Change("heading"),
        Change("chapter", (of("0301", ("0701", "0709")),)),
        RVC40,
        MinContent(355_000, "either", "EXW"),
    ]
)
RULES = st.recursive(LEAVES, lambda inner: st.lists(inner, min_size=2, max_size=3).map(any_of), max_leaves=6)


@settings(max_examples=60, deadline=None)
@given(RULES)
def test_the_short_notation_reads_back(rule):
    text = notation.write(rule)
    assert text is not None
    assert notation.read(text) == rule


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=120))
def test_any_text_gets_an_answer(text):
    read_rule(text)


def test_a_list_of_another_make_is_read_and_looked_up():
    rules = from_rows(
        "own",
        [
            {"hs6": "85.04.40", "rule": "CTSH"},
            {"hs6": "8504", "rule": "CTH or RVC40"},
            {"hs6": "85", "rule": "nonsense"},
        ],
    )
    assert rules.find("85044099")[0].rules == (Change("subheading"),)
    assert rules.find("850410")[0].rules[0] == AnyOf((Change("heading"), MinContent(400_000, "either")))
    assert isinstance(rules.find("8501")[0].rules[0], NotEncoded)
    assert rules.find("01") == []
    assert coverage_of(rules).not_encoded == {"words_not_known": 1}


def test_the_fingerprint_changes_with_the_text():
    one, other = (
        from_rows("x", [{"hs": "0101", "rule": rule}]).entries[0].fingerprint for rule in ("CTH", "CTH or RVC40")
    )
    assert one != other


def reference_lists():
    data = Path(os.environ.get("TONGGUAN_REFERENCE") or Path(__file__).resolve().parents[3] / "shared") / "data"
    return sorted((data / "cn" / "fta").glob("psr_*.csv")) + sorted(
        (data / "intl" / "rules_of_origin" / "rule_sets").glob("*.json")
    )


def test_at_least_95_percent_of_every_reference_list_is_read():
    paths = reference_lists()
    if not paths:
        pytest.skip("the reference lists are not beside this checkout (TONGGUAN_REFERENCE)")
    counts = [coverage_of(load(path)) for path in paths]
    assert {c.name: c.per_mille for c in counts if c.per_mille < 950} == {}
    assert sum(c.parsed for c in counts) * 100 >= 99 * sum(c.rules for c in counts)
