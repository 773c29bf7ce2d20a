"""The starter register: sourced, without overlaps, and right on the days on which something changed."""

import datetime as dt

import msgspec
import pytest

from tongguan.fees.register import Term, best_match, names_of, overlaps, starter_register, term_problems, within
from tongguan.grammar.citations import CONFIDENCE_ORDER, instruments

DAY = dt.date


def effects(charge, day, place="CN"):
    return {t.effect for t in starter_register().terms_on(charge, day, place)}


def caps(charge, day, size, place="CN", cargo=("", "general")):
    return [t.cap for t in starter_register().terms_on(charge, day, place) if t.size == size and t.cargo in cargo]


def test_every_row_has_source_citation_and_mark():
    register = starter_register()
    assert len(register.charges) > 25
    for t in register.terms:
        assert t.source
        assert t.confidence in CONFIDENCE_ORDER
        assert all(one.partition("#")[0] in instruments() for one in t.cites.split("; "))
        assert t.note_zh
        assert t.note_en
        assert not term_problems(t)
    assert {t.charge for t in register.terms} == set(register.charges)
    assert all(c.included_in in {"", *register.charges} for c in register.charges.values())


@pytest.mark.parametrize(
    ("charge", "day", "expected"),
    [
        ("port-construction-fee", DAY(2020, 2, 29), {"capped"}),
        ("port-construction-fee", DAY(2020, 3, 1), {"waived"}),  # mof-2020-port-waiver
        ("port-construction-fee", DAY(2020, 12, 31), {"waived"}),
        ("port-construction-fee", DAY(2021, 1, 1), {"abolished"}),  # mof-2021-8
        ("customs-examination", DAY(2018, 7, 1), {"free"}),  # gacc-order-138
        ("ipr-recordation-fee", DAY(2018, 7, 1), {"abolished"}),  # caishui-2015-102, from 2015-11-01
        ("quarantine-inspection-fee", DAY(2018, 7, 1), {"abolished"}),
    ],
)
def test_what_ended_when(charge, day, expected):
    assert effects(charge, day) == expected


@pytest.mark.parametrize(
    ("day", "twenty", "forty"),
    [
        (DAY(2019, 3, 31), "40.00", "80.00"),
        (DAY(2019, 4, 1), "34.00", "68.00"),  # 15 % less: 40 × 0.85
        (DAY(2020, 3, 1), "27.20", "54.40"),  # 20 % less: 34 × 0.8
        (DAY(2021, 1, 1), "34.00", "68.00"),
    ],
)
def test_cargo_dues_by_day(day, twenty, forty):
    assert caps("cargo-port-dues", day, "20") == [twenty]
    assert caps("cargo-port-dues", day, "40") == [forty]


def test_a_port_of_its_own_stands_before_the_country():
    # Notice of the Nansha terminals of 2020-03-10: 13.60 and 27.20; 5.12 and 7.68
    day = DAY(2020, 3, 10)
    assert caps("cargo-port-dues", day, "20", "CNNSA") == ["13.60"]
    assert caps("cargo-port-dues", day, "40", "CNNSA", ("dangerous_or_reefer",)) == ["54.40"]
    assert caps("facility-security-fee", day, "40", "CNNSA") == ["7.68"]
    assert caps("facility-security-fee", day, "40", "CNSHA") == ["9.60"]
    assert caps("cargo-port-dues", DAY(2020, 7, 1), "20", "CNNSA") == ["27.20"]


def test_after_the_five_years_of_the_measures_we_say_that_we_do_not_know():
    before, after = (
        starter_register().terms_on("cargo-port-dues", d, "CN") for d in (DAY(2024, 3, 31), DAY(2024, 4, 1))
    )
    assert {t.confidence for t in before if t.size} == {"M"}
    assert {t.confidence for t in after if t.size} == {"M?"}


@pytest.mark.parametrize(
    ("words", "charge"),
    [
        ("代收货物港务费（进口）40HQ", "cargo-port-dues"),
        ("港建费", "port-construction-fee"),
        ("PCF", "port-construction-fee"),
        ("查验吊装费", "examination-handling"),
        ("海关查验费", "customs-examination"),
        ("Terminal Handling Charge", "terminal-handling-charge"),
        ("码头操作费 THC", "terminal-handling-charge"),
        ("库场使用费（第8天起）", "yard-storage"),
        ("ISPS", "facility-security-fee"),
        ("ＴＨＣ", "terminal-handling-charge"),
    ],
)
def test_names_on_bills(words, charge):
    assert [c.id for c in starter_register().match(words).charges] == [charge]


@pytest.mark.parametrize("words", ["绿色通道费", "", "   ", "pilotages", "THCX", "=1+1", "\u202e费"])
def test_names_that_fit_nothing(words):
    assert starter_register().match(words) is None


def test_no_name_stands_for_two_charges():
    names = {}
    for name, by_word, charge in names_of(starter_register().charges.values()):
        names.setdefault((name, by_word), set()).add(charge.id)
    assert {name for name, ids in names.items() if len(ids) > 1} == set()


def test_two_charges_that_fit_equally_are_both_said():
    names = names_of(
        msgspec.structs.replace(c, aliases_zh=("同名费",)) for c in list(starter_register().charges.values())[:2]
    )
    assert len(best_match("同名费", names).charges) == 2


def a_term(since, until, **more):
    return Term(
        "x", "capped", "importer", since, until, "container", "20", cap="1", currency="CNY", confidence="V1", **more
    )


@pytest.mark.parametrize(
    ("second_from", "clash"), [(DAY(2026, 6, 30), True), (DAY(2026, 7, 1), False), (DAY(2026, 1, 1), True)]
)
def test_overlapping_validities_are_found_to_the_day(second_from, clash):
    terms = [a_term(DAY(2026, 1, 1), DAY(2026, 6, 30)), a_term(second_from, DAY(2026, 12, 31))]
    assert bool(overlaps(terms)) is clash


def test_rows_of_other_sizes_and_places_do_not_overlap():
    one = a_term(DAY(2026, 1, 1), DAY(2026, 12, 31))
    others = [
        msgspec.structs.replace(one, size="40"),
        msgspec.structs.replace(one, place="CNSHA"),
        msgspec.structs.replace(one, condition="nothing_found"),
    ]
    assert overlaps([one, *others]) == []


def test_a_row_says_what_is_wrong_with_it():
    bad = Term("x", "gift", "crew", DAY(2026, 2, 1), DAY(2026, 1, 1), "smell", "21", cap="-1", confidence="V9")
    said = "; ".join(term_problems(bad))
    for word in ("gift", "crew", "smell", "21", "V9", "ends before", "currency", "below zero"):
        assert word in said


def test_places():
    assert within("CNSHA", "CN")
    assert within("", "CN")
    assert not within("", "CNSHA")
    assert not within("CNSHA", "CNNSA")
