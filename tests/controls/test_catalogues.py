"""Published catalogues: loaded by a declared mapping, dated, and stronger than the starter set on the days they speak about."""

import datetime as dt

import pytest

from tongguan.assessment.papers.catalogues import (
    CatalogueMapping,
    load_catalogue,
    loaded_catalogues,
    mapping_for,
    read_catalogue,
)
from tongguan.grammar.findings import InputRefused

LOADED = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)


def mapping(**other):
    plain = {
        "name": "test", "title": "测试目录 test list", "file_name": "test.csv", "header": ["编号", "名称"], "code": "编号", "since": dt.date(2025, 1, 1),
        "until": dt.date(2025, 12, 31), "source": "made for a test", "confidence": "V1", "requirement": "automatic-licence",
    }  # fmt: skip
    return CatalogueMapping(**{**plain, **other})


@pytest.fixture
def load(tmp_path):
    def load_text(text, **other):
        path = tmp_path / "test.csv"
        path.write_text(text, encoding="utf-8")
        made = load_catalogue(path, LOADED, tmp_path / "home", mapping(**other))
        return made, loaded_catalogues(tmp_path / "home")

    return load_text


def test_nothing_loaded_is_nothing(tmp_path):
    assert not loaded_catalogues(tmp_path).held


def test_a_listed_code_is_required_on_the_days_of_the_list(load, ask):
    made, catalogues = load("编号,名称\n9403609900,木家具\n")
    assert made.rows == 1
    paper = ask("9403609900", "2025-06-01", "PL", catalogues=catalogues).get("automatic-licence")
    assert (paper.status, paper.reason) == ("required", "catalogue")
    assert "测试目录" in paper.why_zh
    later = ask("9403609900", "2026-06-01", "PL", catalogues=catalogues).get("automatic-licence")
    assert later.status == "conditional"
    assert "hint" in later.why_en


def test_eight_digits_over_a_ten_digit_list_ask_for_the_rest(load, ask):
    _, catalogues = load("编号,名称\n9403609910,某种木家具\n")
    paper = ask("94036099", "2025-06-01", "PL", catalogues=catalogues).get("automatic-licence")
    assert paper.status == "conditional"
    assert paper.missing == ("commodity_code",)
    other = ask("9403609990", "2025-06-01", "PL", catalogues=catalogues).get("automatic-licence")
    assert other is None or other.status == "not_required"


def test_what_a_list_takes_out_is_not_required(load, ask):
    _, catalogues = load(
        "编号,名称\n08106000,榴莲\n",
        effect="ended",
        requirement="quarantine-permit",
        since=dt.date(2025, 7, 1),
        until=None,
    )
    before = ask("08106000", "2025-06-30", "TH", catalogues=catalogues).get("quarantine-permit")
    after = ask("08106000", "2025-07-01", "TH", catalogues=catalogues).get("quarantine-permit")
    assert before.status == "required"
    assert (after.status, after.reason) == ("not_required", "catalogue")


def test_a_later_list_beats_an_earlier_end(tmp_path, ask):
    for number, (effect, since) in enumerate((("ended", dt.date(2024, 1, 1)), ("listed", dt.date(2025, 1, 1)))):
        path = tmp_path / f"{number}.csv"
        path.write_text("编号,名称\n08106000,榴莲\n", encoding="utf-8")
        chosen = mapping(name=f"n{number}", effect=effect, since=since, until=None, requirement="quarantine-permit")
        load_catalogue(path, LOADED, tmp_path / "home", chosen)
    catalogues = loaded_catalogues(tmp_path / "home")
    assert ask("08106000", "2024-06-01", "TH", catalogues=catalogues).get("quarantine-permit").status == "not_required"
    assert ask("08106000", "2025-06-01", "TH", catalogues=catalogues).get("quarantine-permit").status == "required"


def test_a_listing_may_need_a_fact(load, ask):
    _, catalogues = load(
        "编号,名称\n84295212,挖掘机\n",
        requirement="used-key-machinery-licence",
        when={"used-key-machinery-licence": {"condition": ["used"]}},
    )
    assert (
        ask("84295212", "2025-06-01", "JP", catalogues=catalogues, condition="used")
        .get("used-key-machinery-licence")
        .status
        == "required"
    )
    new = ask("84295212", "2025-06-01", "JP", catalogues=catalogues, condition="new").get("used-key-machinery-licence")
    assert new is None or new.status == "not_required"
    unsaid = ask("84295212", "2025-06-01", "JP", catalogues=catalogues).get("used-key-machinery-licence")
    assert unsaid.missing == ("condition",)


def test_whole_lists_of_the_day_make_the_answer_complete(tmp_path, ask):
    for requirement in ("automatic-licence", "inspection-application", "ccc-certificate"):
        path = tmp_path / f"{requirement}.csv"
        path.write_text("编号,名称\n01012100,马\n", encoding="utf-8")
        chosen = mapping(name=requirement, requirement=requirement, complete_for=[requirement])
        load_catalogue(path, LOADED, tmp_path / "home", chosen)
    catalogues = loaded_catalogues(tmp_path / "home")
    assert ask("94036099", "2025-06-01", "PL", catalogues=catalogues).get("catalogues") is None
    assert ask("94036099", "2026-06-01", "PL", catalogues=catalogues).get("catalogues") is not None


def test_loading_again_takes_the_place_of_the_old(load):
    load("编号,名称\n08106000,榴莲\n08043000,菠萝\n")
    _, catalogues = load("编号,名称\n08106000,榴莲\n")
    assert catalogues.held["test"].rows == 1
    assert not catalogues.listings("08043000", dt.date(2025, 6, 1))


def test_rows_that_cannot_be_read_are_told(load):
    made, _ = load("编号,名称\n08106000,榴莲\n不是编号,什么\n,\n0810,太短\n")
    assert made.rows == 1
    assert [number for number, _ in made.refused] == [3, 4, 5]


def test_an_unknown_header_is_refused_and_shown(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(InputRefused) as refused:
        read_catalogue(path)
    assert refused.value.findings[0].code == "papers.catalogue_mapping_needed"
    assert "a, b" in refused.value.findings[0].facts["header"]


def test_a_missing_or_foreign_file_is_refused(tmp_path):
    with pytest.raises(InputRefused):
        read_catalogue(tmp_path / "none.csv")
    (tmp_path / "catalogues.sqlite3").write_bytes(b"not a database, not at all" * 40)
    with pytest.raises(InputRefused):
        loaded_catalogues(tmp_path)


def test_a_file_is_known_by_its_header_before_its_name():
    header = ["group_cn", "hs10", "name_cn", "unit"]
    assert mapping_for(header, "renamed.csv").name == "import-licence-2013"
