"""One rule on one bill: exact limits, margins and what would change the answer."""

import datetime as dt
from fractions import Fraction

import msgspec
import pytest

from tongguan.origin.judge import MET, NOT_MET, OPEN, Case, Cure, Tolerance, Use, judge, points
from tongguan.origin.rule_sets import read_rule
from tongguan.origin.rules import NotEncoded


def use(number, code, value, *, own=False, weight=None, **more):
    return Use(number, code, "", "VN" if own else "US", value, weight, own, **more)


def case(*uses, code="850440", fob=100_00, exw=100_00, tolerance=None, **more):
    base = Case(
        code=code, country="VN", exw=exw, fob=fob, net_cost=None, weight=None, uses=uses, costs=None, operations=(), operations_are_complete=False,
        is_wholly_obtained=None, how_obtained="", is_set=False, described_as=(), confirmed=(), default_base="FOB",
        tolerance=tolerance or Tolerance(0, "FOB"), general=None, day=dt.date(2025, 3, 3),
    )  # fmt: skip
    return msgspec.structs.replace(base, **more)


def state(text, *uses, **more):
    return judge(read_rule(text), case(*uses, **more)).state


def test_content_at_the_threshold_is_enough():
    assert state("BD40", use(1, "8501", 60_00)) == MET
    assert state("BD40", use(1, "8501", 60_01)) == NOT_MET


def test_content_short_says_what_would_do():
    outcome = judge(read_rule("BD40"), case(use(1, "8501", 30_00), use(2, "8504", 32_20), fob=100_00))
    (margin,) = outcome.margins
    assert (margin.reached, margin.short) == (Fraction(378, 1000), Fraction(22, 1000))
    assert points(margin.short) == "2.2"
    assert margin.cures[0] == Cure("replace", (1,))
    added = next(c.amount for c in margin.cures if c.kind == "add_value")
    assert judge(read_rule("BD40"), case(use(1, "8501", 62_20), fob=100_00 + added)).state == MET
    assert judge(read_rule("BD40"), case(use(1, "8501", 62_20), fob=100_00 + added - 1)).state == NOT_MET
    less = next(c.amount for c in margin.cures if c.kind == "reduce")
    assert judge(read_rule("BD40"), case(use(1, "8501", 62_20 - less))).state == MET
    assert judge(read_rule("BD40"), case(use(1, "8501", 62_20 - less + 1))).state == NOT_MET


def test_either_method_takes_the_better():
    uses = (use(1, "8501", 20_00, own=True), use(2, "8501", 70_00))
    assert state("RVC40", *uses) == NOT_MET
    assert state("RVC40", *uses, costs=25_00) == MET
    assert state("BU40", *uses) == OPEN


def test_a_change_of_heading_and_its_exceptions():
    assert state("CTH", use(1, "8501", 90_00), use(2, "8504", 1_00, own=True)) == MET
    assert state("CTH", use(1, "850410", 1_00)) == NOT_MET
    assert state("CTSH", use(1, "850410", 1_00)) == MET
    assert state("CTH except 8501-8503", use(1, "8502", 1_00)) == NOT_MET
    assert state("CTSH", use(1, "8504", 1_00)) == OPEN


def test_tolerance_up_to_its_limit():
    tenth = Tolerance(100_000, "FOB")
    assert state("CTH", use(1, "850410", 10_00), tolerance=tenth) == MET
    assert state("CTH", use(1, "850410", 10_01), tolerance=tenth) == NOT_MET
    assert state("CTH", use(1, "850410", 1_00), tolerance=Tolerance(None, "", is_known=False)) == OPEN


def test_tolerance_of_textiles_by_weight():
    textile = Tolerance(100_000, "FOB", 100_000)
    yarn = use(1, "610910", 30_00, weight=100)
    assert state("CTH", yarn, code="610990", weight=1000, tolerance=textile) == MET
    assert state("CTH", yarn, code="610990", weight=999, tolerance=textile) == NOT_MET


def test_limits_on_some_materials():
    rule = "Manufacture in which the value of all the materials of chapter 17 used does not exceed 30% of the ex-works price of the product."
    assert state(rule, use(1, "1701", 30_00), use(2, "1806", 60_00)) == MET
    assert state(rule, use(1, "1701", 30_01)) == NOT_MET
    assert state(rule, use(1, "1701", 30_01), exw=None) == OPEN


def test_words_need_the_bill_to_say_so():
    rule = "Manufacture from yarn."
    assert state(rule, use(1, "5205", 50_00)) == OPEN
    assert state(rule, use(1, "5205", 50_00, described_as=("yarn",))) == MET


def test_operations_are_asked_confirmed_or_denied():
    assert state("Weaving.") == OPEN
    assert state("Weaving.", operations=("weaving",)) == MET
    assert state("Weaving.", operations=("dyeing",), operations_are_complete=True) == NOT_MET


def test_alternatives_and_conjunctions():
    fails = use(1, "850410", 61_00)
    assert state("CTH or BD35", fails) == MET
    assert state("CTH and BD35", fails) == NOT_MET
    assert state("CTH or CR", fails) == OPEN
    assert state("CTSH and CR", fails) == OPEN


def test_allowed_materials_up_to_their_limit():
    rule = (
        "Manufacture from materials of any heading, except that of the product. However, materials of the same heading as the product may be used, "
        "provided that their total value does not exceed 20% of the ex-works price of the product."
    )
    assert state(rule, use(1, "850410", 20_00)) == MET
    assert state(rule, use(1, "850410", 20_01)) == NOT_MET


def test_what_is_not_encoded_never_passes():
    assert judge(NotEncoded("words_not_known", "?"), case()).state == OPEN


@pytest.mark.parametrize(
    ("share", "text"),
    [(Fraction(378, 1000), "37.8"), (Fraction(1, 3), "33.33"), (Fraction(2, 1), "200"), (Fraction(-1, 8), "-12.5")],
)
def test_shares_for_reading(share, text):
    assert points(share) == text
