import json

import pytest

from tongguan.tariff.classification.guide import BRANCH, CERTAIN, NONE, UNKNOWN, Guide


def codes(found):
    return [f.code for f in found.findings]


def shares(found):
    return {c.code: c.share for c in found.candidates}


def test_what_it_is_made_of_separates_two_headings(hs):
    found = hs.classify("bottle")
    assert found.state == "open"
    assert found.question.key == "material"
    leads = {c.key: c.towards for c in found.question.choices}
    assert (leads["plastic"][:4], leads["glass"][:4]) == ("3923", "7010")
    assert {"other", UNKNOWN} <= leads.keys()
    assert all(c.tariff_text for c in found.question.choices if c.towards)


def test_an_answer_moves_the_shares_and_leaves_a_trail(hs):
    before, after = hs.classify("bottle"), hs.classify("bottle", [("material", "glass")])
    assert shares(after)["7010"] > shares(before)["7010"]
    assert [t.code for t in after.trail][:2] == ["classification.step_words", "classification.step_answer"]
    assert after.question is None or after.question.key != "material"


def test_the_note_that_decides_is_shown(hs):
    found = hs.classify("women's cotton trousers")
    assert found.question.key == "make"
    assert "chapter-61-1" in found.question.notes
    note = found.question.notes["chapter-61-1"]
    assert note.source_zh
    assert note.source_en
    assert note.confidence


def test_what_the_words_say_is_not_asked(hs):
    asked = hs.classify("women's knitted cotton trousers").question
    assert asked is None or asked.key not in {"make", "sex", "fibre"}


def test_the_texts_themselves_can_be_chosen_level_by_level(hs):
    found = hs.classify("bottle", [("material", "glass"), (BRANCH, "7010"), (BRANCH, "701090")])
    assert (found.state, found.code) == ("settled", "701090")
    assert found.levels[-1].is_chosen


def test_a_code_is_no_longer_than_it_is_certain(hs):
    for term in ("bottle", "cod", "trousers", "washing machine", "smartphones for cellular networks"):
        found = hs.classify(term, [(BRANCH, UNKNOWN)])
        assert len(found.code) == max((s.digits for s in found.levels if s.is_certain), default=0)
        assert all(s.confidence >= CERTAIN for s in found.levels if s.is_certain)
        order = [s.confidence for s in found.levels]
        assert order == sorted(order, reverse=True)


def test_nothing_left_to_ask_and_not_certain_is_said_kindly(hs):
    found = hs.classify("bottle", [("material", UNKNOWN), (BRANCH, NONE)])
    if found.state == "abstains":
        assert found.code == ""
        assert "classification.not_sure" in codes(found)
    else:
        assert found.question.key not in {"material", BRANCH}


def test_unknown_tells_nothing_and_is_not_asked_again(hs):
    before, after = hs.classify("bottle"), hs.classify("bottle", [("material", UNKNOWN)])
    assert shares(after) == shares(before)
    assert after.question is None or after.question.key != "material"


def test_two_answers_to_one_question_reopen_it(hs):
    found = hs.classify("bottle", [("material", "glass"), ("material", "plastic")])
    assert "classification.answers_contradict" in codes(found)
    assert shares(found) == shares(hs.classify("bottle"))
    assert found.question.key == "material"
    assert found.code == ""


def test_an_answer_against_the_words_reopens(hs):
    found = hs.classify("women's cotton trousers", [("fibre", "silk")])
    assert "classification.answer_against_words" in codes(found)
    assert found.code == ""


def test_branches_that_exclude_each_other_contradict(hs):
    found = hs.classify("bottle", [(BRANCH, "7010"), (BRANCH, "3923")])
    assert "classification.answers_contradict" in codes(found)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (("taste", "sweet"), "classification.question_unknown"),
        (("material", "moonlight"), "classification.answer_unknown"),
        ((BRANCH, "9999"), "classification.answer_unknown"),
        ((BRANCH, "'; DROP"), "classification.answer_unknown"),
        (("x" * 5_000, "y" * 5_000), "classification.question_unknown"),
    ],
)
def test_an_answer_nobody_can_use_is_a_finding(hs, answer, code):
    found = hs.classify("bottle", [answer])
    assert code in codes(found)
    assert shares(found) == shares(hs.classify("bottle"))


@pytest.mark.parametrize("term", ["", "   ", "!!!", "\x00\x01"])
def test_nothing_asked(hs, term):
    found = hs.classify(term)
    assert (found.state, found.code, codes(found)) == ("abstains", "", ["search.term_empty"])


def test_nothing_known(hs):
    found = hs.classify("qqzzvx")
    assert (found.state, found.code, found.question, codes(found)) == ("abstains", "", None, ["search.nothing_found"])


@pytest.mark.parametrize(
    "term", ["bottle " * 2_000, "a" * 10_000, "(" * 5_000 + "x", "牙刷" * 3_000, "'; DROP TABLE words; --", "%s {0} ${jndi:ldap://x}", "\u202ebottle"]
)  # fmt: skip
def test_hostile_terms_are_answered(hs, term):
    found = hs.classify(term, [("material", "glass")])
    json.dumps(found.to_json())
    if len(term) > 2_000:
        assert "search.term_cut" in codes(found)


def test_a_retired_code_says_into_which_it_was_split(hs):
    found = hs.classify("8517.12")
    assert "search.code_split" in codes(found)
    assert found.code == "8517"
    assert set(shares(found)) == {"851713", "851714"}
    assert hs.classify("8517.12", [(BRANCH, "851713")]).code == "851713"


def test_a_code_of_another_nomenclature(hs):
    found = hs.classify("8450110099")
    assert "search.code_of_another_nomenclature" in codes(found)
    assert found.code == "845011"


def test_a_code_that_stands_answers_itself(hs):
    assert hs.classify("851713").code == "851713"
    assert set(shares(hs.classify("8517"))) == {"851713", "851714"}


def test_a_code_nobody_knows(hs):
    found = hs.classify("123456")
    assert (found.state, found.code, codes(found)) == ("abstains", "", ["search.code_unknown"])


def test_national_lines_are_candidates_where_the_nomenclature_is_whole(home):
    found = Guide("us", home).classify("front loading washing machine", [(BRANCH, "845011")])
    assert found.candidates[0].code == "8450110080"


def test_what_is_held_in_part_gives_six_digits_at_most(home):
    found = Guide("uk", home).classify("fully automatic washing machine", [(BRANCH, "845011")])
    assert len(found.code) <= 6
    assert "search.nomenclature_not_loaded" in codes(found)


def test_the_starter_schedule_alone_can_be_asked_in_chinese(tmp_path):
    found = Guide("cn", tmp_path / "empty").classify("口红")
    assert found.candidates[0].code.startswith("3304")
    assert len(found.code) <= 6
    json.dumps(found.to_json(), ensure_ascii=False)


def test_the_answer_for_programs_is_whole(hs):
    whole = hs.classify("bottle", [("material", "glass")]).to_json()
    assert whole["calibration"]["made_on"]
    assert whole["sources"]
    assert all(step["zh"] and step["en"] for step in whole["trail"])


def test_knitted_or_woven_is_asked_however_likely_one_of_them_looks(hs):
    found = hs.classify("women's cotton trousers", [("sex", "female")])
    assert found.question.key == "make"
    assert not found.code
    assert hs.classify("women's cotton trousers", [("make", UNKNOWN)]).code == ""
    knitted = hs.classify("women's cotton trousers", [("make", "knit")])
    assert knitted.candidates[0].code.startswith("61")
