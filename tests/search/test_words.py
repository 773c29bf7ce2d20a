import pytest

from tongguan.tariff.search.index import edits
from tongguan.tariff.search.words import question_words, singular, stem, text_words


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("tyres", "tire"),
        ("knives", "knife"),
        ("boxes", "box"),
        ("berries", "berry"),
        ("glass", "glass"),
        ("men's", "man"),
        ("gas", "gas"),
        ("fibers", "fibre"),
    ],
)
def test_the_singular_in_one_spelling(word, expected):
    assert singular(word) == expected


def test_related_words_share_a_stem_and_a_printer_is_not_printed():
    assert stem("knitted") == stem("knitting") == stem("knit")
    assert stem("baked") == stem("baking") == stem("bake")
    assert stem("printer") != stem("printed")


def test_the_last_word_before_a_preposition_is_the_head():
    heads = {w.text for w in question_words("spare parts for coffee machines") if w.head}
    assert heads == {"part"}
    assert {w.text for w in question_words("coffee machines") if w.head} == {"machine"}
    assert {w.text for w in question_words("cutlery, plastic") if w.head} == {"cutlery"}


def test_what_is_excluded_is_marked_in_texts_and_in_questions():
    text = {w.text: w.excluded for w in text_words("Trousers; of cotton (not knitted or crocheted)")}
    assert text["cotton"] is False
    assert text["knitted"] is True
    question = {w.text: w.excluded for w in question_words("cotton trousers, not knitted")}
    assert question["knitted"] is True
    assert question["trouser"] is False


def test_whether_or_not_excludes_nothing():
    assert not any(w.excluded for w in text_words("Bread, whether or not containing cocoa; other cakes"))


def test_the_words_of_a_request_for_a_ruling_are_no_words_of_the_good():
    words = {w.text for w in question_words("The tariff classification of a folding chair from China.")}
    assert words == {"folding", "chair"}


def test_letters_that_differ():
    assert edits("lipstik", "lipstick", 2) == 1
    assert edits("brsuh", "brush", 2) == 1
    assert edits("cat", "elephant", 2) == 3
