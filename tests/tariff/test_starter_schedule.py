"""The starter schedule: its own order, and every value beside the reference tables where they are.

A difference from a table is accepted only for one of the reasons named in this file, each read from the row's own kind, source and note.
"""

import csv
import datetime as dt
import re
from collections import defaultdict
from decimal import Decimal
from itertools import pairwise

import pytest

from tongguan.grammar.citations import CONFIDENCE_ORDER
from tongguan.tariff.schedule import FOREVER, UNITS_ZH, starter_schedule

STARTER = starter_schedule()
LINES = [line for lines in STARTER.lines.values() for line in lines]
RATES = [rate for rates in STARTER.rates.values() for rate in rates]
BEGIN = dt.date(2018, 1, 1)
KINDS = {"mfn", "provisional", "general", "in_quota", "in_quota_provisional", "conventional"}
SOURCES = {"BOWN", "HSB", "GACC14", "GACC07", "TAR26", "HTSHUB24", "DOMAIN", "MEMORY"}
BOWN_DAYS = [dt.date(2018, 1, 1), dt.date(2018, 5, 1), dt.date(2018, 7, 1), dt.date(2018, 11, 1), dt.date(2019, 1, 1)]
APRIL = dt.date(2019, 4, 15)

# --- its own order ----------------------------------------------------------------


def test_at_least_600_lines_over_all_chapters():
    assert len(STARTER.lines) >= 600
    chapters = {code[:2] for code in STARTER.lines}
    assert chapters == {f"{n:02}" for n in range(1, 98)} - {"77"}  # 77 is reserved in the Harmonized System


def test_lines_are_whole():
    for line in LINES:
        assert re.fullmatch(r"\d{8}", line.code)
        assert BEGIN <= line.since <= line.until, line.code
        assert line.unit in UNITS_ZH, line.code
        assert line.second_unit in {"", *UNITS_ZH}, line.code
        assert line.vat_class in {"standard", "reduced"}, line.code
        assert line.name_zh, line.code
        assert line.name_en, line.code
        assert line.source in SOURCES, line.code
        assert line.confidence in CONFIDENCE_ORDER, line.code
    assert all(len(lines) == 1 for lines in STARTER.lines.values())


def test_every_value_has_source_confidence_and_sane_dates():
    for rate in RATES:
        (line,) = STARTER.lines[rate.code]
        assert rate.kind in KINDS, rate
        assert bool(rate.scheme) == (rate.kind == "conventional" or "country quota" in rate.note), rate
        assert rate.source in SOURCES, rate
        assert rate.confidence in CONFIDENCE_ORDER, rate
        assert line.since <= rate.since <= rate.until <= line.until, rate
        assert rate.since <= rate.verified_until, rate
        assert rate.rate >= 0, rate
        assert bool(rate.amount) == bool(rate.per_unit), rate


def test_rates_of_one_kind_never_overlap():
    for code, rates in STARTER.rates.items():
        timelines = defaultdict(list)
        for rate in rates:
            timelines[rate.kind, rate.scheme].append(rate)
        for (kind, scheme), timeline in timelines.items():
            for earlier, later in pairwise(sorted(timeline, key=lambda rate: rate.since)):
                assert earlier.until < later.since, (code, kind, scheme)


def test_an_interim_rate_lies_below_the_rate_it_replaces():
    for rate in RATES:
        if rate.kind == "provisional" and rate.form == "ad_valorem":
            mfn = held(rate.code, "mfn", rate.since)
            assert mfn is None or mfn.form != "ad_valorem" or rate.rate < mfn.rate, rate


# --- beside the reference tables ---------------------------------------------------


def held(code, kind, day, scheme=""):
    found = [r for r in STARTER.rates_on(code, day) if (r.kind, r.scheme) == (kind, scheme)]
    return found[0] if found else None


def ppm(percent):
    return int(Decimal(percent) * 10_000)


@pytest.fixture(scope="module")
def table(reference):
    def read(name):
        with (reference / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    return read


def grouped(rows, column):
    groups = defaultdict(list)
    for row in rows:
        groups[row[column][:8]].append(row)
    return groups


def explained_mfn(code, day, stated):
    """Why the starter may differ from the MFN table on a day, or None."""
    mfn = held(code, "mfn", day)
    if mfn is None:
        (line,) = STARTER.lines[code]
        return "the code was replaced before that day" if line.until < day else None
    named = {ppm(text) for text in re.findall(r"([0-9.]+) %", mfn.note)}
    if mfn.form == "specific" and "BOWN equivalent" in mfn.note and stated <= named:
        return "a specific duty; the table has its ad valorem equivalent, which the note repeats"
    if mfn.form == "by_unit_value" and stated == {mfn.bands[1]}:
        return "a compound duty over a price; the table has the rate up to that price"
    provisional = held(code, "provisional", day)
    if provisional and provisional.form == "sliding" and stated == {mfn.rate, 0} and "which is not a rate" in mfn.note:
        return "a sliding duty, which the table shows as 0 beside the ordinary rate"
    if provisional and provisional.form == "lower_of" and stated == {min(provisional.rate, mfn.rate)}:
        return "the lower of a rate and an amount; the table has the rate"
    return None


def test_mfn_and_interim_rates_equal_the_table_of_2018_and_2019(table):
    rows = grouped(table("tariff/cn_hs10_mfn_2018_2019.csv"), "hs10")
    compared, explained = 0, defaultdict(set)
    for code in STARTER.lines:
        for day in BOWN_DAYS if code in rows else ():
            stated = {ppm(row[f"mfn_{day:%Y%m%d}"]) for row in rows[code] if row[f"mfn_{day:%Y%m%d}"]}
            # The table gives the MFN rate, or the interim rate of the whole line when that is lower.
            in_force = [r for r in (held(code, "mfn", day), held(code, "provisional", day)) if r and not r.formula]
            if (
                all(r.form == "ad_valorem" or not r.num for r in in_force)
                and {min((r.rate for r in in_force), default=-1)} == stated
            ):
                compared += 1
                continue
            why = explained_mfn(code, day, stated)
            assert why, (code, day, stated, in_force)
            explained[why].add(code)
    assert compared > 5000
    assert sum(map(len, explained.values())) < 30, explained


def test_codes_that_the_table_of_2018_lacks_came_later(table):
    known = grouped(table("tariff/cn_hs10_mfn_2018_2019.csv"), "hs10")
    of_2019 = grouped(table("tariff/cn_hs10_full_ch01_14_201904.csv"), "hs10")
    hs2022 = {row["code"] if "code" in row else next(iter(row.values())) for row in table("hs6/hs2022_en.csv")}
    for line in LINES:
        if line.code in known:
            assert line.since == BEGIN, line
        else:
            assert line.since > BEGIN, line
            assert line.code in of_2019 or line.code[:6] in hs2022, line


def test_chapters_1_to_14_equal_the_table_of_2019(table):
    rows = grouped([r for r in table("tariff/cn_hs10_full_ch01_14_201904.csv") if r["status"] == "current"], "hs10")
    compared = 0
    for code in STARTER.lines:
        if code not in rows:
            continue
        (line,) = STARTER.lines[code]
        printed = {row["vat"] for row in rows[code]}
        assert printed == {{"reduced": "9", "standard": "13"}[line.vat_class]}, line
        # The figure of a code that exists only inside a quota (…01 beside …90) is the in-quota rate.
        quota = held(code, "in_quota", APRIL)
        outside = [r for r in rows[code] if not (quota and r["hs10"].endswith("01") and ppm(r["mfn"]) == quota.rate)]
        for kind in ("mfn", "general", "provisional"):
            rate = held(code, kind, APRIL)
            stated = {row[kind] for row in outside}
            if kind == "provisional" and len(stated) > 1 and "" in stated:
                assert rate is None, rate  # an interim rate of part of the line, which the starter does not hold
            elif rate and rate.form == "specific":
                assert stated == {"0"}, rate  # this table shows specific duties as 0
            else:
                assert stated == ({""} if rate is None else {str(Decimal(rate.rate) / 10_000)}), (code, kind, rate)
            compared += 1
    assert compared > 400


def test_quota_rates_equal_the_tables(table):
    for row in table("tariff/trq_2026.csv"):
        for kind, text in (("in_quota", row["in_quota_rate"]), ("in_quota_provisional", row["in_quota_provisional"])):
            rate = held(row["hs8"], kind, dt.date(2026, 3, 1))
            assert (rate and rate.rate) == (ppm(text) if text else None), row
    in_quota = {row["hs8"] for row in table("tariff/trq_2026.csv")}
    former = {row["hs8"]: row for row in table("tariff/trq_2007.csv")}
    for rate in RATES:
        if rate.kind.startswith("in_quota") and rate.code not in in_quota:
            assert rate.until < dt.date(2026, 1, 1), rate  # a former code of a quota line
            assert rate.code[:6] in {code[:6] for code in in_quota | set(former)}, rate


def test_rates_read_from_the_tariff_of_2014(table):
    rows = {row["hs8"]: row for row in table("tariff/cn_hs8_2014_names_mfn.csv")}
    for rate in (r for r in RATES if r.source == "GACC14" and r.kind == "mfn"):
        if rate.code in rows:
            assert rate.rate == ppm(rows[rate.code]["mfn_2014"]), rate
        else:
            assert "of the former line" in rate.note, rate
            assert rate.rate in {ppm(r["mfn_2014"]) for code, r in rows.items() if code[:4] == rate.code[:4]}, rate
    for rate in (r for r in RATES if r.source == "GACC14" and r.kind == "conventional"):
        column = {"17": "rate_CH_2014", "16": "rate_IS_2014"}[rate.scheme]
        stated = {r[column] for code, r in rows.items() if code == rate.code} or {
            r[column] for code, r in rows.items() if code[:6] == rate.code[:6]
        }
        assert stated, rate
        if {ppm(text) for text in stated if text} != {rate.rate}:
            # Agreement rates fall in steps: a later rate lies below that of 2014 and its note says by which steps.
            assert rate.confidence in {"D", "M", "M?"}, rate
            assert rate.note, rate
            assert rate.rate < max(ppm(text) for text in stated if text), rate


def test_rates_read_from_the_lists_of_2007(table):
    printed = {row["hs8"]: row for row in table("tariff/specific_compound_2007.csv")}
    quota = {row["hs8"]: row for row in table("tariff/trq_2007.csv")}
    lists = {"02": table("fta/as_asean_2007.csv"), "03": table("fta/hk_cepa_2007.csv")}
    for rate in (r for r in RATES if r.source == "GACC07"):
        if rate.kind == "conventional":
            assert rate.code[:6] in {row["hs8"][:6] for row in lists[rate.scheme]}, rate
        elif rate.kind == "general" and rate.code in printed:
            assert rate.amount in printed[rate.code]["general"], rate
        elif rate.kind == "general":
            codes6 = {row["general"] for code, row in quota.items() if code[:6] == rate.code[:6] or code == rate.code}
            assert str(rate.rate // 10_000) in codes6, rate
        else:
            # Compound rates: those of 2007 scaled with the ordinary rate, as the note works out and marks unchecked.
            assert rate.confidence == "M?", rate
            assert all(
                figure in printed[rate.code]["mfn"]
                for figure in re.findall(r"2007 compound rate (\S+) % \+ (\S+) CNY", rate.note)[0]
            )


def test_nothing_is_newer_than_what_its_source_speaks_about():
    ends = {"BOWN": dt.date(2019, 6, 1), "HSB": dt.date(2019, 4, 30), "TAR26": dt.date(2026, 12, 31)}
    for rate in RATES:
        if rate.confidence == "V2" and rate.source in ends and not rate.note:
            assert rate.verified_until <= ends[rate.source], rate
        assert rate.verified_until <= dt.date(2026, 12, 31), rate
        assert rate.until == FOREVER or rate.until.year <= 2027, rate
