import csv
import re

import pytest

from tongguan.grammar.errors import LawDataError
from tongguan.tariff.search import brands
from tongguan.tariff.search.question import Asker

HEADER = "brand,codes,share,where\n"


@pytest.fixture
def some_brands(tmp_path, monkeypatch):
    """Brands of a file written for one test."""

    def use(text):
        (tmp_path / "brands.csv").write_text(HEADER + text, encoding="utf-8")
        monkeypatch.setattr(brands, "LEXICON", tmp_path)
        brands.brands.cache_clear()
        brands._brands_by_bones.cache_clear()

    yield use
    brands.brands.cache_clear()
    brands._brands_by_bones.cache_clear()


def test_a_brand_is_cut_out_and_the_good_stays(some_brands):
    some_brands("Marks & Spencer | Marks,6204,,\nKellogg's,190410,,\n")
    rest, found = brands.without_brands("Marks and Spencer dress")
    assert [b.name for b in found] == ["Marks"]
    rest, found = brands.without_brands("cotton dress, MARKS & SPENCER, red")
    assert [b.name for b in found] == ["Marks & Spencer"]
    assert "spencer" not in rest
    assert "cotton dress" in rest
    assert [b.name for b in brands.without_brands("kelloggs flakes")[1]] == ["Kellogg's"]
    assert brands.without_brands("Oak flakes from Spencer") == ("Oak flakes from Spencer", [])


def test_a_plain_word_is_a_brand_only_at_the_beginning_with_more_after_it(some_brands):
    some_brands("boots,330499,0.8,first\n")
    assert brands.without_brands("boots hand cream")[1]
    assert not brands.without_brands("leather boots")[1]
    assert not brands.without_brands("boots")[1]


def test_a_brand_written_without_its_vowels(some_brands):
    some_brands("aveeno,330499,,\n")
    rest, brand = brands.shortened_brand("avno fce crm")
    assert (rest.split(), brand.name) == (["fce", "crm"], "aveeno")
    assert brands.shortened_brand("oven cream") is None


@pytest.mark.parametrize("text", ["x,33049999,,\n", "x,,,\n", "x,3304,,last\n", "-,3304,,\n"])
def test_a_malformed_brand_is_refused(some_brands, text):
    some_brands(text)
    with pytest.raises(LawDataError):
        brands.brands()


def test_a_brand_alone_finds_what_is_sold_under_it(home, some_brands):
    some_brands("Zyxwor,960321,,\n")
    hits = Asker("hs", home).ask("zyxwor").hits
    assert [(hit.code, hit.because) for hit in hits][:1] == [("960321", "Zyxwor")]


def test_a_brand_turns_away_what_is_not_sold_under_it(home, some_brands):
    some_brands("")
    assert Asker("hs", home).ask("zyxwor washing machine brush").hits[0].unit[:4] == "8450"
    some_brands("Zyxwor,9603,0.1,\n")
    assert Asker("hs", home).ask("zyxwor washing machine brush").hits[0].unit[:4] == "9603"


def test_every_code_of_the_shipped_brands_stands_in_hs_2022(reference):
    with (reference / "data/cn/hs6/hs2022_en.csv").open(encoding="utf-8") as file:
        known = {row["hs"] for row in csv.DictReader(file)}
    known |= {code[:5] for code in known if re.fullmatch(r"\d{6}", code)}
    assert sorted({c for those in brands.brands().values() for b in those for c in b.codes} - known) == []
