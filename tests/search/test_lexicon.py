import csv

import pytest

from tongguan.grammar.errors import LawDataError
from tongguan.tariff.search import lexicon

HEADER = "term,lang,code,weight,note\n"


def a_file(tmp_path, text):
    path = tmp_path / "some.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_terms_of_one_code_stand_in_one_field(tmp_path):
    entries = lexicon.read_entries(a_file(tmp_path, HEADER + "sofa | couch,en,940161,0.7,\n口红,zh,330410,,\n"))
    assert [(e.term, e.code, e.weight) for e in entries] == [
        ("sofa", "940161", 0.7),
        ("couch", "940161", 0.7),
        ("口红", "330410", 1.0),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "term,code\nsofa,940161\n",
        HEADER + "sofa,en,94016100,1,\n",
        HEADER + "sofa,en,980000,1,\n",
        HEADER + "sofa,en,940161,2,\n",
        HEADER + "sofa,de,940161,1,\n",
        HEADER + "沙发,en,940161,1,\n",
        HEADER + "sofa | ,en,940161,1,\n",
        HEADER + "sofa,en,940161,1,\nSofa,en,940161,0.7,\n",
        HEADER + "x" * 81 + ",en,940161,1,\n",
        HEADER + "sofa, couch,en,940161,1,\n",
    ],
)
def test_a_malformed_entry_is_refused(tmp_path, text):
    with pytest.raises(LawDataError):
        lexicon.read_entries(a_file(tmp_path, text))


def test_the_shipped_lexicon_reads():
    assert len(lexicon.entries()) > 1000
    assert lexicon.meanings()
    assert lexicon.contrasts()


def test_every_code_of_the_shipped_lexicon_stands_in_hs_2022(reference):
    with (reference / "data/cn/hs6/hs2022_en.csv").open(encoding="utf-8") as file:
        known = {row["hs"] for row in csv.DictReader(file)}
    known |= {code[:5] for code in known if len(code) == 6}
    assert sorted({e.code for e in lexicon.entries()} - known) == []
