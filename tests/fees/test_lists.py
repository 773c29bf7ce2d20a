"""Published lists: all or nothing, in sequence, without overlaps; and what they change in a check."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from tongguan.fees.check import check
from tongguan.fees.invoice import Head, read_invoice
from tongguan.fees.lists import current_register, load_list, read_lists
from tongguan.grammar.findings import InputRefused, catalogue

MAPPING = """\
series: {series}
sequence: {sequence}
title: 测试清单
publisher: 测试码头
role: port_operator
place: CNSHA
period: {{from: {first}, until: {last}}}
source: made for a test
confidence: V1
complete: {complete}
header: [项目, 单位, 箱型, 价格]
columns:
  name_zh: 项目
  cap: 价格
  basis: {{column: 单位, values: {{箱: container, 票: consignment}}}}
  size: {{column: 箱型, values: {{"20": "20", "40": "40", "": ""}}}}
market_words: [面议]
free_words: [免费]
{more}"""
GOOD = [
    ("港口作业包干费", "箱", "40", "780"),
    ("转栈费", "票", "", "100.50"),
    ("过磅费", "票", "", "面议"),
    ("场地费", "票", "", "免费"),
]


@pytest.fixture
def made(tmp_path):
    class Made:
        home = tmp_path / "home"

        def mapping(self, sequence=1, first="2026-01-01", last="2026-12-31", *, complete="true", series="sha", more=""):
            text = MAPPING.format(
                sequence=sequence, first=first, last=last, complete=complete, series=series, more=more
            )
            path = tmp_path / f"{series}{sequence}.yaml"
            path.write_text(text, encoding="utf-8")
            return path

        def table(self, rows=GOOD, header="项目,单位,箱型,价格"):
            path = tmp_path / f"list{abs(hash(str(rows)))}.csv"
            path.write_text("\n".join([header, *(",".join(r) for r in rows)]) + "\n", encoding="utf-8")
            return path

        def load(self, rows=GOOD, **mapping):
            return load_list(self.table(rows), self.mapping(**mapping), self.home)

        def checked(self, *lines, **head):
            path = tmp_path / "bill.json"
            content = {"lines": [{"description": d, "amount": a, "quantity": "1", "size": "40"} for d, a in lines]}
            path.write_text(json.dumps(content), encoding="utf-8")
            given = {"day": "2026-03-05", "place": "CNSHA", "role": "port_operator", **head}
            return check(read_invoice(path, Head(**given)), current_register(self.home))

    return Made()


def codes(loaded):
    for f in loaded.findings:
        assert f.code in catalogue()
        assert "{" not in f.message("zh") + f.message("en")
    return [f.code for f in loaded.findings]


def test_a_list_is_kept_whole(made):
    loaded = made.load()
    assert (codes(loaded), loaded.is_stopped) == ([], False)
    kept = read_lists(made.home)
    assert [(one.name, len(one.charges), len(one.terms), one.complete) for one in kept] == [("sha/1", 4, 4, True)]
    assert [t.effect for t in kept[0].terms] == ["capped", "capped", "market", "free"]


def test_a_dry_run_keeps_nothing(made):
    loaded = load_list(made.table(), made.mapping(), made.home, dry_run=True)
    assert loaded.kept_at is None
    assert read_lists(made.home) == []


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (("转栈费", "票", "", "=1+1"), "formula"),
        (("转栈费", "票", "", "-5"), "below zero"),
        (("转栈费", "票", "", "10000000001"), "beyond measure"),
        (("转栈费", "吨", "", "5"), "declared values"),
        (("转栈费", "票", "", "若干"), "neither an amount"),
        (("", "票", "", "5"), "no name"),
        (("=cmd", "票", "", "5"), "formula"),
    ],
)
def test_one_bad_row_stops_the_load(made, row, why):
    loaded = made.load([*GOOD, row])
    assert loaded.is_stopped
    assert [f.code for f in loaded.findings] == ["fees.row_refused"]
    assert why in loaded.findings[0].facts["why"]
    assert loaded.findings[0].path == "row 6"
    assert read_lists(made.home) == []


def test_rows_that_overlap_stop_the_load(made):
    loaded = made.load([*GOOD, ("转栈费", "票", "", "120")])
    assert codes(loaded) == ["fees.validities_overlap"]
    assert loaded.findings[0].facts["caps"] == "100.5 / 120"
    assert read_lists(made.home) == []


def test_many_bad_rows_are_counted_and_not_all_told(made):
    loaded = made.load([("x", "票", "", "no")] * 200)
    assert len(loaded.findings) < 60
    assert "fees.more_problems" in codes(loaded)


@pytest.mark.parametrize(
    ("mapping", "expected"),
    [
        ({"sequence": 3, "first": "2027-01-01", "last": "2027-12-31"}, ["fees.list_out_of_sequence"]),
        ({"sequence": 1, "first": "2027-01-01", "last": "2027-12-31"}, ["fees.list_out_of_sequence"]),
        ({"sequence": 2, "first": "2026-12-31", "last": "2027-12-31"}, ["fees.periods_overlap"]),
        ({"sequence": 2, "first": "2026-07-01", "last": "2026-12-31", "more": "supersedes: 1"}, []),
        ({"sequence": 2, "first": "2027-01-01", "last": "2027-12-31"}, []),
        ({"sequence": 2, "first": "2027-02-01", "last": "2027-12-31"}, ["fees.period_gap"]),
        ({"sequence": 1, "series": "other"}, []),
    ],
)
def test_lists_of_a_series_follow_each_other(made, mapping, expected):
    made.load()
    loaded = made.load([*GOOD, ("新费", "票", "", "1")], **mapping)
    assert codes(loaded) == expected
    assert loaded.is_stopped is bool(expected and expected != ["fees.period_gap"])


def test_the_same_file_again(made):
    made.load()
    assert codes(made.load(sequence=2, first="2027-01-01", last="2027-12-31")) == ["fees.list_already_loaded"]


def test_two_at_once_keep_one(made):
    table, mapping = made.table(), made.mapping()

    def load(_):
        try:
            return load_list(table, mapping, made.home).kept_at is not None
        except InputRefused:
            return False

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(load, range(8))) == 1
    assert len(read_lists(made.home)) == 1
    assert [p.name for p in (made.home / "fees").iterdir()] == ["sha.0001.json"]


@pytest.mark.parametrize(
    ("more", "problem"),
    [("surprise: 1", "surprise"), ("ignore: [没有]", "没有"), ("payer: crew", "crew"), ("header_row: x", "header_row")],
)
def test_a_mapping_that_is_wrong(made, more, problem):
    with pytest.raises(InputRefused) as error:
        load_list(made.table(), made.mapping(more=more), made.home)
    assert problem in str(error.value)


@pytest.mark.parametrize(
    ("first", "last", "problem"), [("2026-12-31", "2026-01-01", "ends before"), ("2026-13-01", "2026-12-31", "period")]
)
def test_a_period_that_is_wrong(made, first, last, problem):
    with pytest.raises(InputRefused, match=problem):
        load_list(made.table(), made.mapping(first=first, last=last), made.home)


def test_another_header_is_refused(made):
    with pytest.raises(InputRefused) as error:
        load_list(made.table(header="项目,单位,箱型,金额"), made.mapping(), made.home)
    assert [f.code for f in error.value.findings] == ["fees.header_differs"]


def test_a_kept_file_that_is_not_ours_is_refused(made):
    made.load()
    (made.home / "fees" / "zzz.json").write_text("{}", encoding="utf-8")
    with pytest.raises(InputRefused):
        read_lists(made.home)


def test_an_empty_list(made):
    assert codes(made.load([])) == ["fees.list_empty"]


# --- in a check ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "amount", "verdict", "excess"),
    [
        ("港口作业包干费", "780.00", "listed", None),
        ("港口作业包干费", "780.01", "above_cap", 1),
        ("转栈费", "100.50", "listed", None),
        ("转栈费", "101.00", "above_cap", 50),
        ("过磅费", "9999.00", "listed", None),
        ("场地费", "1.00", "not_chargeable_to_this_party", 100),
        ("绿色通道费", "380.00", "not_listed", 38000),
        ("理货费", "10.00", "not_listed", 1000),  # in our register, at market price, and not on the complete list
    ],
)
def test_a_list_decides_prices_and_what_is_outside_it(made, name, amount, verdict, excess):
    made.load()
    judged = made.checked((name, amount)).lines[0]
    assert (judged.verdict, judged.excess) == (verdict, excess)
    if name == "绿色通道费":
        assert judged.is_firm
        assert "测试码头" in judged.text("zh")


def test_a_list_that_is_not_complete_shows_nothing_by_its_silence(made):
    made.load(complete="false")
    judged = made.checked(("绿色通道费", "380.00")).lines[0]
    assert (judged.verdict, judged.is_firm) == ("not_listed", False)


@pytest.mark.parametrize("head", [{"place": "CNNSA"}, {"day": "2025-12-31"}, {"day": "2027-01-01"}, {"role": "broker"}])
def test_a_list_speaks_of_its_own_place_days_and_publisher(made, head):
    made.load()
    judged = made.checked(("绿色通道费", "380.00"), **head).lines[0]
    assert (judged.verdict, judged.is_firm) == ("not_listed", False)


def test_the_newer_list_of_a_series_decides(made):
    made.load()
    made.load(
        [("港口作业包干费", "箱", "40", "700")], sequence=2, first="2026-07-01", last="2026-12-31", more="supersedes: 1"
    )
    before, after = (made.checked(("港口作业包干费", "780.00"), day=d).lines[0] for d in ("2026-06-30", "2026-07-01"))
    assert (before.verdict, after.verdict, after.excess) == ("listed", "above_cap", 8000)


def test_a_list_cannot_make_lawful_what_ended(made):
    loaded = made.load([*GOOD, ("港口建设费", "箱", "40", "96")])
    assert codes(loaded) == ["fees.list_holds_forbidden"]
    assert not loaded.is_stopped
    judged = made.checked(("港口建设费", "96.00")).lines[0]
    assert (judged.verdict, judged.because) == ("abolished", "mof-2021-8")


def test_a_list_dearer_than_the_governments_price(made):
    made.load([("港口设施保安费", "箱", "40", "20")])
    judged = made.checked(("港口设施保安费", "20.00")).lines[0]
    assert (judged.verdict, judged.excess) == ("above_cap", 800)


def test_two_series_of_one_publisher_may_not_say_two_things_on_one_day(made):
    assert not made.load([("港口作业包干费", "箱", "40", "780"), ("转栈费", "票", "", "100")]).is_stopped
    dearer = made.load([("港口作业包干费", "箱", "40", "790"), ("转栈费", "票", "", "100")], series="other")
    assert codes(dearer) == ["fees.validities_overlap"]
    assert (dearer.findings[0].facts["charge"], dearer.findings[0].facts["caps"]) == ("港口作业包干费", "780 / 790")
    later = made.load([("港口作业包干费", "箱", "40", "790")], series="other", first="2027-01-01", last="2027-12-31")
    assert not later.is_stopped


def test_lists_of_two_operators_are_told_apart_by_the_issuer(made, tmp_path):
    made.load([("港口作业包干费", "箱", "40", "780")])
    theirs = made.mapping(series="neighbour")
    theirs.write_text(theirs.read_text(encoding="utf-8").replace("测试码头", "邻近码头"), encoding="utf-8")
    assert not load_list(made.table([("港口作业包干费", "箱", "40", "900")]), theirs, made.home).is_stopped
    bill = tmp_path / "bill.csv"
    bill.write_text("收费项目,箱型,数量,金额\n港口作业包干费,40,1,850\n", encoding="utf-8")

    def verdict(issuer):
        head = Head(place="CNSHA", role="port_operator", day="2026-03-01", issuer=issuer)
        (judged,) = check(read_invoice(bill, head), current_register(made.home)).lines
        return judged.verdict, judged.reason

    assert verdict("测试码头") == ("above_cap", "fees.above_cap")
    assert verdict("邻近码头") == ("listed", "fees.within_cap")
    assert verdict("") == ("cannot_judge", "fees.lists_disagree")
