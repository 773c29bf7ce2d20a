import csv

import pytest

from tongguan.grammar.findings import InputRefused
from tongguan.tariff.nomenclature import load_table, loaded_tables, recognise, successors
from tongguan.tariff.search.build import build
from tongguan.tariff.search.kept import search_index
from tongguan.tariff.search.question import Asker, rank_file


def codes(answer):
    return [hit.code for hit in answer.hits]


def test_plain_words_trade_words_and_misspellings(home):
    asker = Asker("hs", home)
    assert codes(asker.ask("tooth brush"))[0] == "960321"
    assert codes(asker.ask("toothbrushes"))[0] == "960321"
    assert codes(asker.ask("tothbrush"))[0] == "960321"
    assert codes(asker.ask("iphone"))[0] == "851713"


def test_what_the_text_excludes_counts_against_it(home):
    assert codes(Asker("hs", home).ask("smartphones for wireless networks"))[0] == "851713"


def test_a_woman_is_not_offered_a_mans_trousers_first(home):
    asker = Asker("hs", home)
    assert codes(asker.ask("women's cotton trousers"))[0] == "620462"
    assert codes(asker.ask("men's cotton trousers"))[0] == "620342"


def test_parts_are_parts_and_machines_are_machines(home):
    asker = Asker("hs", home)
    assert codes(asker.ask("parts for washing machines"))[0] == "845090"
    assert codes(asker.ask("washing machines"))[0] == "845011"


def test_a_code_is_as_long_as_it_is_sure(home):
    asker = Asker("us", home)
    assert codes(asker.ask("toothbrush"))[0] == "9603210000"
    assert codes(asker.ask("washing machine"))[0] == "84501100"
    assert codes(asker.ask("front loading washing machine"))[0] == "8450110080"


def test_surcharges_are_no_classifications(home):
    assert not any(code.startswith("99") for code in codes(Asker("us", home).ask("surcharge on everything")))


def test_the_beginning_of_a_code(home):
    assert codes(Asker("hs", home).ask("8517.1"))[0] == "851713"


def test_an_old_code_that_was_split_says_into_which(home):
    answer = Asker("hs", home).ask("8517.12")
    assert [f.code for f in answer.findings] == ["search.code_split"]
    assert codes(answer) == ["851713", "851714"]
    assert [s.relationship for s in successors(home, "851712")] == ["1:n"]


def test_a_code_of_another_nomenclature_is_said_to_be_one(home):
    answer = Asker("hs", home).ask("9603210099")
    assert [f.code for f in answer.findings] == ["search.code_of_another_nomenclature"]
    assert codes(answer) == ["960321"]


def test_a_code_nobody_knows(home):
    answer = Asker("hs", home).ask("123456")
    assert [f.code for f in answer.findings] == ["search.code_unknown"]
    assert not answer.hits


@pytest.mark.parametrize("term", ["", "   ", "!!!", "\x00\x01", ";;;--((("])
def test_nothing_asked(home, term):
    answer = Asker("hs", home).ask(term)
    assert [f.code for f in answer.findings] == ["search.term_empty"]
    assert not answer.hits


def test_nothing_known_gives_no_code(home):
    answer = Asker("hs", home).ask("qqzzvx")
    assert [f.code for f in answer.findings] == ["search.nothing_found"]
    assert not answer.hits


@pytest.mark.parametrize(
    "term",
    [
        "toothbrush " * 1000, "a" * 10_000, "(" * 5_000 + "x", "not " * 3_000, "牙刷" * 3_000, "'; DROP TABLE words; --", "\u202etoothbrush\u202c",
        "for " * 3_000 + "x", "1.2.3.4" * 2_000, "💄" * 100 + "x", "%s %n {0} ${jndi:ldap://x}", "e\u0301" * 3_000,
    ],
)  # fmt: skip
def test_hostile_terms_are_answered_quickly(home, term):
    answer = Asker("hs", home).ask(term)
    assert len(answer.hits) <= 10
    if len(term) > 2_000:
        assert "search.term_cut" in [f.code for f in answer.findings]


def test_a_file_of_terms(home, tmp_path):
    terms, out = tmp_path / "terms.csv", tmp_path / "ranked.csv"
    terms.write_text('id,term\na,tooth brush\nb,\nc,"trousers, men\'s, of cotton"\n', encoding="utf-8-sig")
    findings = rank_file(Asker("hs", home), terms, out)
    with out.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["id", "term", "rank", "code", "score"]
    assert [r["code"] for r in rows if r["rank"] == "1"] == ["960321", "620342"]
    assert [(f.code, f.path) for f in findings] == [("search.term_empty", "row 2")]


def test_a_file_without_ids_numbers_its_rows(home, tmp_path):
    terms, out = tmp_path / "terms.csv", tmp_path / "ranked.csv"
    terms.write_text("term\nsmartphones\ntooth brush\n", encoding="utf-8")
    rank_file(Asker("hs", home), terms, out)
    with out.open(encoding="utf-8") as file:
        assert {row["id"] for row in csv.DictReader(file)} == {"1", "2"}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"word\nx\n", "search.file_without_term"),
        (b"", "search.file_without_term"),
        (b"term\n\xff\xfe\n", "search.file_not_utf8"),
    ],
)
def test_a_file_that_cannot_be_used(home, tmp_path, content, code):
    terms = tmp_path / "terms.csv"
    terms.write_bytes(content)
    with pytest.raises(InputRefused) as refused:
        rank_file(Asker("hs", home), terms, tmp_path / "out.csv")
    assert [f.code for f in refused.value.findings] == [code]


def test_what_is_held_in_part_is_said(home, tmp_path):
    assert Asker("hs", home).about() == []
    assert [f.code for f in Asker("uk", home).about()] == ["search.nomenclature_not_loaded"]
    assert [f.code for f in Asker("cn", tmp_path / "empty").about()] == ["search.nomenclature_in_part"]


def test_the_starter_schedule_alone_answers_in_chinese_and_pinyin(tmp_path):
    asker = Asker("cn", tmp_path / "empty")
    assert codes(asker.ask("口红"))[0] == "33041000"
    assert codes(asker.ask("kou hong"))[0] == "33041000"


def test_an_index_is_kept_though_nothing_was_loaded_and_goes_unkept_where_nothing_can_be_written(tmp_path, monkeypatch):
    monkeypatch.setattr("tongguan.tariff.search.kept.build", lambda held: build(held, []))  # without the lexicon: quick
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    search_index("cn", tmp_path / "empty")
    assert [path.name for path in (tmp_path / "cache" / "tongguan").iterdir()] == ["search-cn.sqlite3"]
    assert not (tmp_path / "empty").exists()
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert search_index("cn", tmp_path / "empty").name == "cn"


def test_the_kept_index_answers_as_the_new_one(own_home):
    new = Asker("hs", own_home)
    kept = Asker("hs", own_home)
    assert (own_home / "search-hs.sqlite3").exists()
    for term in ("tooth brush", "women's trousers", "parts for washing machines", "8517.1"):
        assert new.ask(term).hits == kept.ask(term).hits


def test_a_damaged_index_is_made_anew(own_home):
    search_index("hs", own_home)
    (own_home / "search-hs.sqlite3").write_bytes(b"not a database")
    assert codes(Asker("hs", own_home).ask("tooth brush"))[0] == "960321"


def test_loading_the_same_table_again_replaces_it(own_home, tmp_path):
    before = loaded_tables(own_home)
    table = tmp_path / "hs2022_other.csv"
    table.write_text("hs,level,parent,desc_en\n96,2,TOTAL,Things\n960321,6,96,Brushes\n", encoding="utf-8")
    load_table(own_home, table)
    after = loaded_tables(own_home)
    assert len(after) == len(before)
    assert Asker("hs", own_home).index.units == ["960321"]


def test_a_table_nobody_declared_is_refused(home, tmp_path):
    table = tmp_path / "other.csv"
    table.write_text("kode,beschreibung\n1,x\n", encoding="utf-8")
    assert recognise(table) is None
    with pytest.raises(InputRefused):
        load_table(home, table)
