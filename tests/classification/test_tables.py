import pytest

from tongguan.grammar.citations import CONFIDENCE_ORDER
from tongguan.tariff.classification.confidence import LEVELS, calibration
from tongguan.tariff.classification.notes import notes
from tongguan.tariff.classification.questions import answer_in, questions


def test_every_question_and_note_speaks_both_languages():
    for question in questions().values():
        assert question.text.zh
        assert question.text.en
        assert all(a.zh and a.en for a in question.text.answers.values())
    for note in notes().values():
        assert note.zh
        assert note.en
        assert note.source_zh
        assert note.source_en
        assert note.confidence in CONFIDENCE_ORDER


def test_the_six_general_rules_are_there():
    assert {
        "gir-1",
        "gir-2a",
        "gir-2b",
        "gir-3a",
        "gir-3b",
        "gir-3c",
        "gir-4",
        "gir-5a",
        "gir-5b",
        "gir-6",
    } <= notes().keys()


def test_a_note_decides_between_its_groups_only():
    note = notes()["chapter-61-1"]
    assert note.decides(["610462", "620462"])
    assert not note.decides(["620342", "620462"])
    assert not note.decides(["610462", "392330"])


@pytest.mark.parametrize(
    ("key", "text", "answer"),
    [
        ("material", "a bottle of glass", "glass"),
        ("material", "glass bottle with plastic cap", ""),
        ("make", "Trousers (not knitted or crocheted)", ""),
        ("make", "针织女式长裤", "knit"),
        ("make", "非针织长裤", ""),
        ("state", "冻带鱼", "frozen"),
        ("age", "used excavator", "used"),
        ("age", "machine used in excavation", ""),
    ],
)
def test_what_a_text_answers(key, text, answer):
    assert answer_in(questions()[key], text) == answer


def test_what_is_excluded_is_heard():
    said = questions()["make"].heard_in("Trousers; men's (not knitted or crocheted)")
    assert (said.named, said.excluded) == (frozenset(), frozenset({"knit"}))


def test_the_narrowest_text_speaks():
    state = questions()["state"]
    assert state.heard("030363", ["Fish; frozen, cod", "Fish; fresh, chilled or frozen"]).named == {"frozen"}
    assert state.heard("160419", []).named == {"prepared"}


def test_the_calibration_says_where_it_comes_from():
    used = calibration()
    assert used.examples > 500
    assert used.data
    assert used.levels.keys() == {str(n) for n in LEVELS}
