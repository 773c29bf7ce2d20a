"""The store keeps every version, answers line by line, and lays loaded tables over the starter schedule as it says."""

import datetime as dt
import sqlite3
from decimal import Decimal

import pytest

from tongguan.assessment.assess import assess
from tongguan.assessment.shipment import GoodsItem, Shipment
from tongguan.assessment.world import World, shipped_world
from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.findings import InputRefused
from tongguan.tariff.schedule import FOREVER, Rate, Schedule, starter_schedule
from tongguan.tariff.store import (
    FILE_NAME,
    LoadedSchedule,
    answer,
    coverage,
    lay_over,
    load_schedule,
)

DAY = dt.date(2026, 3, 1)
NEW_LINE = "99990000"  # no such chapter, so the starter schedule cannot hold it


def rate_of(schedule, code, day=DAY, kind="mfn"):
    return next((rate.text() for rate in schedule.rates_on(code, day) if rate.kind == kind), None)


def test_without_a_store_the_starter_schedule_answers(home):
    assert load_schedule(home) is starter_schedule()
    assert not home.exists()
    with pytest.raises(OutOfCoverage, match=r"tariff\.version_not_held"):
        load_schedule(home, 1)


def test_every_version_stays_as_loaded(make, home):
    make.load([(NEW_LINE, "甲", "10")])
    make.load([(NEW_LINE, "甲", "8")], make.mapping(2, "2027-01-01", "2027-12-31"))
    newest = load_schedule(home)
    assert [rate_of(newest, NEW_LINE, dt.date(year, 3, 1)) for year in (2026, 2027)] == ["10%", "8%"]
    first = load_schedule(home, 1)
    assert rate_of(first, NEW_LINE, dt.date(2027, 3, 1)) == "10%"  # as far as version 1 knew
    assert [r.verified_until for r in first.rates_on(NEW_LINE, dt.date(2027, 3, 1))] == [dt.date(2026, 12, 31)]
    assert load_schedule(home, 0) is starter_schedule()
    with pytest.raises(OutOfCoverage, match=r"tariff\.version_not_held"):
        load_schedule(home, 3)


def test_a_correction_stands_in_place_of_what_it_corrects(make, home):
    make.load([(NEW_LINE, "甲", "10"), ("99990001", "乙", "1")])
    made = make.load([(NEW_LINE, "甲", "11")], make.mapping(1, more="corrects: 1\n"))
    assert made.version == 2
    corrected = load_schedule(home)
    assert rate_of(corrected, NEW_LINE) == "11%"
    with pytest.raises(OutOfCoverage):
        corrected.line("99990001", DAY)
    assert rate_of(load_schedule(home, 1), "99990001") == "1%"


def test_a_loaded_rate_replaces_its_kind_and_leaves_the_rest_to_the_starter(make, home):
    starter = starter_schedule()
    code = "87032341"  # a car: VAT class, consumption-tax class and general rate only the starter knows
    edition_end = starter.lines[code][-1].until
    make.load([(code, "某车", "99")], make.mapping(first="2018-01-01", last="2018-12-31"))
    loaded = load_schedule(home)
    assert rate_of(loaded, code, dt.date(2018, 3, 1)) == "99%"
    assert rate_of(loaded, code, dt.date(2019, 3, 1)) == rate_of(starter, code, dt.date(2019, 3, 1))
    assert rate_of(loaded, code, dt.date(2018, 3, 1), "general") == rate_of(
        starter, code, dt.date(2018, 3, 1), "general"
    )
    line = loaded.line(code, dt.date(2018, 3, 1))
    known = starter.line(code, dt.date(2018, 3, 1))
    assert (line.vat_class, line.ct_class, line.name_zh) == (known.vat_class, known.ct_class, known.name_zh)
    assert line.until == edition_end
    assert loaded.encodes_consumption_tax(code)


def test_what_no_table_says_is_empty(make, home):
    make.load([(NEW_LINE, "甲", "10"), ("99990001", "乙", "")])
    loaded = load_schedule(home)
    line = loaded.line(NEW_LINE, DAY)
    assert (line.vat_class, line.ct_class, line.name_en, line.unit) == ("", "", "", "")
    assert not loaded.encodes_consumption_tax(NEW_LINE)
    assert loaded.rates_on("99990001", DAY) == []  # a blank is not encoded, and never zero


def test_ten_digits_that_agree_answer_with_eight_and_others_are_named(make, home):
    rows = [
        ("9999000010", "a: b", "10"),
        ("9999000090", "a: c", "10"),
        ("9999000110", "d", "5"),
        ("9999000190", "e", "6.5"),
    ]
    make.load(rows, make.mapping(digits=10))
    loaded = load_schedule(home)
    assert rate_of(loaded, "99990000") == "10%"
    assert loaded.line("99990000", DAY).name_zh == "a"
    with pytest.raises(OutOfCoverage) as outside:
        loaded.rates_on("99990001", DAY)
    assert outside.value.code == "tariff.needs_ten_digits"
    assert outside.value.facts["codes"] == "9999000110: 5%, 9999000190: 6.5%"
    assert (outside.value.facts["lowest"], outside.value.facts["highest"]) == ("5%", "6.5%")
    assert [d.kind for d in answer(loaded, "99990001", DAY).differing] == ["mfn"]
    assert rate_of(loaded, "9999000190") == "6.5%"
    assert loaded.needs_ten_digits == {"99990001": {("mfn", "")}}
    with pytest.raises(OutOfCoverage, match=r"line_not_held"):
        loaded.line("9999000150", DAY)


def test_a_line_held_with_eight_digits_answers_for_ten(make, home):
    make.load([(NEW_LINE, "甲", "10")])
    found = answer(load_schedule(home), NEW_LINE + "10", DAY)
    assert (found.line.code, found.rates[0].text()) == (NEW_LINE, "10%")
    assert answer(starter_schedule(), "8703234110", dt.date(2018, 7, 1)).line.code == "87032341"


def test_the_edition_of_the_codes_bounds_the_lines(make, home):
    make.load(
        [(NEW_LINE, "甲", "10")],
        make.mapping(first="2018-01-01", last="2018-12-31", more="edition_until: 2021-12-31\n"),
    )
    loaded = load_schedule(home)
    assert rate_of(loaded, NEW_LINE, dt.date(2021, 12, 31)) == "10%"
    for day, code in (
        (dt.date(2022, 1, 1), "tariff.line_not_confirmed"),
        (dt.date(2017, 12, 31), "tariff.line_not_begun"),
    ):
        with pytest.raises(OutOfCoverage) as outside:
            loaded.line(NEW_LINE, day)
        assert outside.value.code == code
    assert loaded.rates_on(NEW_LINE, dt.date(2022, 1, 1)) == []


def test_a_table_of_another_edition_lends_nothing_to_this_one(make, home):
    make.load(
        [("99990000", "旧名", "10")],
        make.mapping(first="2014-01-01", last="2014-12-31", more="edition_until: 2016-12-31\n"),
    )
    other = make.mapping(first="2018-01-01", last="2018-12-31")
    other.write_text(other.read_text(encoding="utf-8").replace("series: test", "series: later"), encoding="utf-8")
    make.load([("99990000", "", "8")], other)
    loaded = load_schedule(home)
    assert [loaded.line(NEW_LINE, dt.date(year, 3, 1)).name_zh for year in (2014, 2018)] == ["旧名", ""]
    with pytest.raises(OutOfCoverage, match=r"line_not_held|line_not_begun|line_not_confirmed"):
        loaded.line(NEW_LINE, dt.date(2017, 3, 1))


def test_a_complete_table_retires_what_it_no_longer_lists(make, home):
    make.load([(NEW_LINE, "甲", "10"), ("99990001", "乙", "1")])
    made = make.load([(NEW_LINE, "甲", "10")], make.mapping(2, "2027-01-01", "2027-12-31", more="complete: true\n"))
    assert "99990001" in made.difference.retired
    loaded = load_schedule(home)
    assert rate_of(loaded, "99990001", dt.date(2026, 12, 31)) == "1%"
    with pytest.raises(OutOfCoverage) as outside:
        loaded.line("99990001", dt.date(2027, 1, 1))
    assert (outside.value.code, outside.value.facts["until"]) == ("tariff.line_retired", "2026-12-31")


def test_one_line_is_read_without_reading_the_table(make, home):
    make.load([(f"9999{n:04}", "甲", "10") for n in range(2000)])
    loaded = load_schedule(home)
    seen = []
    loaded._connection.set_trace_callback(seen.append)
    assert rate_of(loaded, "99990007") == "10%"
    assert rate_of(loaded, "99990007") == "10%"
    assert len(seen) == 3  # lines, rates, retired: once, and by their key
    plan = loaded._connection.execute("EXPLAIN QUERY PLAN " + seen[0]).fetchall()
    assert all("SEARCH" in step[-1] or "TEMP B-TREE" in step[-1] for step in plan)


def test_all_lines_say_what_one_line_says(make, home):
    make.load(
        [("9999000010", "a", "10"), ("9999000090", "b", "10"), ("8703234110", "c", "99")], make.mapping(digits=10)
    )
    loaded = load_schedule(home)
    whole = Schedule(
        [line for lines in loaded.lines.values() for line in lines], [r for rs in loaded.rates.values() for r in rs], ""
    )
    for code in ("99990000", "9999000010", "87032341", "8703234110", "33049900", "22030000"):
        for day in (dt.date(2018, 6, 30), dt.date(2018, 7, 1), DAY, dt.date(2027, 1, 1)):
            try:
                one = loaded.line(code, day)
            except OutOfCoverage:
                continue
            assert whole.line(code, day) == one
            assert sorted((r.kind, r.scheme, r.text()) for r in whole.rates_on(code, day)) == sorted(
                (r.kind, r.scheme, r.text()) for r in loaded.rates_on(code, day)
            )
    assert loaded.codes_under("9999") == ["99990000"]
    assert loaded.codes_under("99990000") == ["99990000", "9999000010", "9999000090"]
    assert set(loaded.codes_under("")) == {code for code in loaded.lines if len(code) == 8}


def test_coverage_counts_eight_digit_lines(make, home):
    make.load([("9999000010", "a", "10"), ("9999000090", "b", "10")], make.mapping(digits=10))
    starter, loaded = coverage(starter_schedule()), coverage(load_schedule(home))
    assert loaded.lines == starter.lines + 1
    assert loaded.with_kind["mfn"] == starter.with_kind["mfn"] + 1
    assert loaded.with_kind["general"] == starter.with_kind["general"]
    assert loaded.with_property["name_zh"] == starter.with_property["name_zh"] + 1


@pytest.mark.parametrize("content", [b"not a database at all, but long enough to be looked at" * 20, b""])
def test_a_file_that_is_no_store(home, content, make):
    home.mkdir()
    (home / FILE_NAME).write_bytes(content)
    if content:
        with pytest.raises(InputRefused) as refused:
            load_schedule(home)
        assert refused.value.findings[0].code == "tariff.store_unreadable"
    else:  # an interrupted first load leaves an empty file
        assert load_schedule(home) is starter_schedule()
        assert make.load([(NEW_LINE, "甲", "10")]).version == 1


def test_a_store_of_another_format_is_left_alone(home, make):
    make.load([(NEW_LINE, "甲", "10")])
    with sqlite3.connect(home / FILE_NAME) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    for attempt in (lambda: load_schedule(home), lambda: make.load([(NEW_LINE, "甲", "9")])):
        with pytest.raises(InputRefused) as refused:
            attempt()
        assert refused.value.findings[0].code == "tariff.store_other_schema"


def rate(ppm, since, until=FOREVER):
    return Rate("x", "mfn", "", since, until, ppm, 0, 1, "", "", "", FOREVER, "s", "V1", "")


def test_laying_one_rate_over_others():
    jan, feb, mar, apr = (dt.date(2026, month, 1) for month in (1, 2, 3, 4))
    day = dt.timedelta(days=1)
    lower = [rate(1, jan, mar - day), rate(2, mar)]
    assert lay_over(lower, rate(9, feb), mar - day) == [rate(1, jan, feb - day), rate(9, feb, mar - day), rate(2, mar)]
    assert lay_over([rate(1, mar)], rate(9, jan), feb - day) == [
        rate(9, jan, mar - day),
        rate(1, mar),
    ]  # open only up to what is held
    assert lay_over([], rate(9, jan), feb) == [rate(9, jan)]
    assert lay_over([rate(1, feb, mar - day)], rate(9, jan, apr), apr, only_gaps=True) == [
        rate(9, jan, feb - day),
        rate(1, feb, mar - day),
        rate(9, mar, apr),
    ]


def test_the_newest_schedule_is_of_the_promised_type(make, home):
    make.load([(NEW_LINE, "甲", "10")])
    loaded = load_schedule(home)
    assert isinstance(loaded, LoadedSchedule)
    assert isinstance(loaded, Schedule)


def test_a_line_without_a_consumption_tax_class_is_not_taken_as_untaxed(make, home):
    """A loaded table that lacks the class says nothing about the tax; where no taxed goods lie, nothing is asked."""
    make.load([("24039990", "烟草制品", "57"), ("99990000", "甲", "10")])
    world = World(schedule=load_schedule(home))

    def asked(code, **facts):
        item = GoodsItem(code, Decimal(100_000), "CNY", "BR", vat_class="standard", **facts)
        (found,) = assess(Shipment(DAY, (item,)), world).items
        return found

    found = asked("24039990")
    assert found.missing_facts == ("consumption_tax_class",)
    assert found.high is None
    assert "tariff.consumption_tax_class_not_held" in {f.code for f in found.findings}
    assert asked("24039990", consumption_tax_class="none").high == found.low
    taxed = asked("24039990", consumption_tax_class="cut_tobacco", quantities={"kg": Decimal(100)})
    assert taxed.high is not None
    assert taxed.high > found.low
    assert asked("99990000").missing_facts == ()


def test_every_taxed_line_we_hold_lies_where_taxed_goods_may_lie():
    prefixes = tuple(shipped_world().at("consumption_tax/may_be_taxed_under", DAY).value.split())
    lines = (line for held in starter_schedule().lines.values() for line in held)
    assert [line.code for line in lines if line.ct_class and not line.code.startswith(prefixes)] == []
