"""The annual amount: what moves it, exactly once, never beyond the limit; on both databases."""

import datetime as dt
import multiprocessing
import re
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from ledger_makers import (
    DAY,
    KEY,
    a_database,
    a_person,
    a_server,
    back,
    identity_number,
    race,
    reserve,
    then,
)

from tongguan.exchange.ledger import LedgerBroken, Movement, Persons, open_ledger
from tongguan.exchange.ledger.book import Balance, Change
from tongguan.grammar.errors import OutOfCoverage

LIMIT = 2_600_000
"""Fen: 26,000 yuan, from 2019-01-01."""


@pytest.fixture(scope="module")
def server():
    with a_server() as url:
        yield url


@pytest.fixture(params=["embedded", "postgresql"])
def where(request, tmp_path):
    """Where an empty ledger is kept."""
    if request.param == "embedded":
        yield tmp_path / "ledger.sqlite3"
        return
    with a_database(request.getfixturevalue("server"), "test") as url:
        yield url


@pytest.fixture
def ledger(where):
    opened = open_ledger(where)
    yield opened
    opened.close()


def results(outcomes):
    return [o.result for o in outcomes]


def used(ledger, year=2025, person=None):
    return ledger.used(a_person() if person is None else person, year)


def is_sound(ledger):
    return not ledger.check().faults


def test_accepted_released_and_partly_returned(ledger):
    assert results(ledger.apply([reserve("A", 60_000)])) == ["done"]
    assert used(ledger) == 60_000
    assert results(ledger.apply([then("commit", "A")])) == ["done"]
    assert used(ledger) == 60_000
    assert results(ledger.apply([back("A", 20_000)])) == ["done"]
    assert used(ledger) == 40_000
    assert results(ledger.apply([back("A", 40_001, message="second")])) == ["too_much"]
    assert results(ledger.apply([back("A", 40_000, message="third")])) == ["done"]
    assert used(ledger) == 0
    assert is_sound(ledger)


@pytest.mark.parametrize("kind", ["withdraw", "refuse"])
def test_what_is_withdrawn_or_refused_is_given_back_and_stays_ended(ledger, kind):
    ledger.apply([reserve("A", 60_000)])
    assert ledger.apply([then(kind, "A")])[0].moved == -60_000
    later = [then("commit", "A"), then("withdraw", "A", message="x"), then("refuse", "A", message="y"), back("A", 1)]
    assert results(ledger.apply(later)) == ["ended"] * 4
    assert used(ledger) == 0
    assert is_sound(ledger)


def test_what_is_released_is_not_withdrawn(ledger):
    ledger.apply([reserve("A", 60_000), then("commit", "A")])
    assert results(ledger.apply([then("withdraw", "A"), then("refuse", "A")])) == ["released"] * 2
    assert used(ledger) == 60_000


def test_the_year_comes_to_exactly_its_limit_and_not_a_fen_further(ledger):
    assert results(ledger.apply([reserve(f"D{n}", 500_000) for n in range(5)])) == ["done"] * 5
    assert results(ledger.apply([reserve("over", 100_001), reserve("exactly", 100_000), reserve("fen", 1)])) == [
        "over_limit",
        "done",
        "over_limit",
    ]
    assert used(ledger) == LIMIT
    assert is_sound(ledger)


def test_the_limit_is_that_of_the_day_and_the_year_that_of_the_calendar(ledger):
    before, after = dt.date(2018, 12, 31), dt.date(2019, 1, 1)
    of_2018 = [reserve(f"B{n}", 200_000, day=before) for n in range(11)]
    assert results(ledger.apply(of_2018)) == ["done"] * 10 + ["over_limit"]
    assert results(ledger.apply([reserve("C", 500_000, day=after), reserve("D", 200_001, day=before)])) == [
        "done",
        "over_limit",
    ]
    assert (used(ledger, 2018), used(ledger, 2019)) == (2_000_000, 500_000)
    assert is_sound(ledger)


def test_one_item_of_exactly_the_yearly_limit_does_not_enter_by_this_channel(ledger):
    assert results(ledger.apply([reserve("A", LIMIT), reserve("B", LIMIT - 1)])) == ["over_limit", "done"]


def test_a_day_whose_law_is_not_encoded_moves_nothing(ledger):
    with pytest.raises(OutOfCoverage):
        ledger.apply([reserve("A", 100), reserve("B", 100, day=dt.date(2015, 1, 1))])
    assert used(ledger) == 0
    assert ledger.check().movements == 0


@pytest.mark.parametrize(
    ("applied", "arrived", "expected"),
    [(30, 45, "done"), (31, 40, "applied_late"), (30, 46, "arrived_late"), (-1, 3, "before_release")],
)
def test_a_return_gives_back_within_the_days_of_the_law(ledger, applied, arrived, expected):
    ledger.apply([reserve("A", 60_000), then("commit", "A")])
    outcome = ledger.apply([back("A", 60_000, DAY + dt.timedelta(applied), DAY + dt.timedelta(arrived))])[0]
    assert outcome.result == expected
    assert used(ledger) == (0 if expected == "done" else 60_000)


def test_the_days_of_a_return_are_those_of_the_law_of_the_day_it_is_applied_for(ledger):
    released = dt.date(2020, 3, 1)
    ledger.apply([reserve("A", 60_000, day=released), then("commit", "A", released)])
    days = (dt.date(2020, 3, 27), dt.date(2020, 4, 10)), (dt.date(2020, 3, 28), dt.date(2020, 4, 10))
    assert results(ledger.apply([back("A", 100, *d, message=str(d)) for d in days])) == ["arrived_late", "done"]


def test_goods_returned_in_the_next_year_give_the_old_year_back(ledger):
    bought, sent_back = dt.date(2024, 12, 20), dt.date(2025, 1, 10)
    ledger.apply(
        [reserve("A", 60_000, day=bought), then("commit", "A", bought), back("A", 60_000, sent_back, sent_back)]
    )
    assert (used(ledger, 2024), used(ledger, 2025)) == (0, 0)
    assert len(ledger.entries(a_person(), 2024)) == 3


def test_the_same_again_changes_nothing_and_gets_the_same_answer(ledger):
    everything = [
        reserve("A", 60_000),
        then("commit", "A"),
        back("A", 20_000),
        reserve("B", 70_000),
        then("refuse", "B"),
    ]
    first = ledger.apply(everything)
    again = [o for m in everything for o in ledger.apply([m])]
    assert [(o.result, o.moved, o.used_after) for o in first] == [(o.result, o.moved, o.used_after) for o in again]
    assert all(o.is_repeat for o in again)
    assert not any(o.is_repeat for o in first)
    assert used(ledger) == 40_000
    assert ledger.check().movements == 5


def test_a_refusal_is_not_taken_back_when_there_is_room_later(ledger):
    large = reserve("large", 400_000)
    ledger.apply([reserve(f"D{n}", 500_000) for n in range(5)])
    assert results(ledger.apply([large])) == ["over_limit"]
    ledger.apply([then("withdraw", "D0")])
    assert results(ledger.apply([large, reserve("large", 400_000, message="resent")])) == ["over_limit"] * 2
    assert results(ledger.apply([reserve("sent anew", 400_000)])) == ["done"]
    assert is_sound(ledger)


def test_the_same_identity_with_another_content_is_refused(ledger):
    first = [reserve("A", 60_000), then("commit", "A"), back("A", 100)]
    ledger.apply(first)
    others = [
        reserve("A", 60_001),
        reserve("A", 60_000, person=a_person(1)),
        reserve("A", 60_000, person=a_person(1), message="another"),
        reserve("A", 60_001, message="another"),
        then("commit", "A", DAY + dt.timedelta(1)),
        back("A", 101),
        Movement("withdraw", "w", "A", DAY, a_person(1)),
    ]
    assert results(ledger.apply(others)) == ["differs"] * 7
    assert (used(ledger), used(ledger, person=a_person(1))) == (59_900, 0)
    assert results(ledger.apply([reserve("A", 60_000, message="another")])) == ["already"]
    assert is_sound(ledger)


def test_what_comes_early_waits_and_takes_effect_when_it_is_offered_again(ledger):
    early = [back("A", 100), then("commit", "A")]
    assert results(ledger.apply(early)) == ["waits"] * 2
    assert results(ledger.apply([reserve("A", 60_000), *early])) == ["done", "waits", "done"]
    assert results(ledger.apply(early)) == ["done", "done"]
    assert used(ledger) == 59_900


def test_every_movement_leads_to_its_message_and_document(ledger):
    ledger.apply([reserve("A", 60_000), then("withdraw", "A"), reserve("B", 100)])
    told = [(e.number, e.message, e.document, e.moved, e.used_after) for e in ledger.entries(a_person(), 2025)]
    assert told == [(1, "621-A", "A", 60_000, 60_000), (2, "withdraw-A", "A", -60_000, 0), (3, "621-B", "B", 100, 100)]


def test_a_movement_stays_as_it_was_recorded(ledger, where):
    ledger.apply([reserve("A", 60_000)])
    for statement in ("UPDATE annual_movement SET moved = 0", "DELETE FROM annual_movement"):
        with pytest.raises(Exception, match="stays as it was recorded"):
            behind_its_back(where, statement)
    assert is_sound(ledger)


def behind_its_back(where, *statements):
    """Whoever reaches into the database."""
    if isinstance(where, Path):
        connection = sqlite3.connect(where, isolation_level=None)
    else:
        import psycopg

        connection = psycopg.connect(where, autocommit=True)
    try:
        for statement in statements:
            connection.execute(statement)
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("tampered", "found"),
    [
        ("UPDATE annual_balance SET used = used - 1", "the balance is not the sum of its movements"),
        ("UPDATE annual_balance SET movements = movements + 1", "a movement is missing"),
        ("DELETE FROM annual_balance", "there are movements without a balance"),
        ("UPDATE annual_use SET price = price + 1", "a document does not hold what its movements say"),
        ("DELETE FROM annual_use", "there are movements without a document"),
    ],
)
def test_the_check_finds_what_does_not_add_up(ledger, where, tampered, found):
    ledger.apply([reserve("A", 60_000), reserve("B", 100), then("withdraw", "B")])
    assert is_sound(ledger)
    behind_its_back(where, tampered)
    assert found in {f.what for f in ledger.check().faults}


def test_the_check_finds_a_movement_that_was_put_in(ledger, where):
    ledger.apply([reserve("A", 60_000)])
    behind_its_back(
        where,
        "INSERT INTO annual_movement SELECT person, year, 2, kind, 'forged', document, day, arrived_on, fen, result, moved, 2600001, 2600001 FROM annual_movement",
    )
    found = {f.what for f in ledger.check().faults}
    assert "what was used after a movement is not the sum up to it" in found
    assert "the balance is not the sum of its movements" in found


def test_a_failure_in_the_middle_leaves_nothing(ledger, where):
    ledger.apply([reserve("A", 60_000)])
    other = ledger._store.write

    def fails(*arguments):
        other(*arguments)
        raise LedgerBroken("pulled out")

    ledger._store.write = fails
    with pytest.raises(LedgerBroken):
        ledger.apply([reserve("B", 100), then("commit", "A")])
    ledger._store.write = other
    assert used(ledger) == 60_000
    assert ledger.check().movements == 1
    assert results(ledger.apply([reserve("B", 100), then("commit", "A")])) == ["done", "done"]


def test_a_balance_that_changed_under_its_lock_stops_everything(ledger):
    ledger.apply([reserve("A", 60_000)])
    held = ledger._store.hold

    def lies(years):
        balances = held(years)
        for balance in balances.values():
            balance.used = 0
        return balances

    ledger._store.hold = lies
    with pytest.raises(LedgerBroken):
        ledger.apply([reserve("B", 100)])
    ledger._store.hold = held
    assert used(ledger) == 60_000
    assert is_sound(ledger)


# --- whose it is ------------------------------------------------------------------------------------------------------------------------


def test_no_identity_number_is_kept(tmp_path):
    ledger = open_ledger(tmp_path / "ledger.sqlite3")
    ledger.apply([reserve("A", 60_000)])
    ledger.close()
    held = b"".join(p.read_bytes() for p in tmp_path.iterdir())
    assert a_person() in held
    assert identity_number(0).encode() not in held


def test_the_python_of_the_page_runs(tmp_path):
    page = (Path(__file__).parents[2] / "docs" / "annual-amount.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    (tmp_path / "ledger-key").write_bytes(KEY)
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, timeout=60, check=False
    )
    assert ran.stdout == "['done', 'done'] 25000\n", ran.stderr


def test_another_key_is_another_person_and_a_short_one_is_refused():
    number = identity_number(0)
    assert Persons(KEY).person(number) == Persons(KEY).person(number)
    assert Persons(KEY).person(number) != Persons(KEY[::-1]).person(number)
    assert Persons(KEY).person(number) != Persons(KEY).person(number, "4")
    assert Persons(KEY).person(number) != Persons(KEY).buyer_number(number)
    with pytest.raises(ValueError, match="32 bytes"):
        Persons(b"short")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda n: n.translate({0x30 + d: 0xFF10 + d for d in range(10)}), id="full width"),
        pytest.param(lambda n: n[:-1], id="short"),
        pytest.param(lambda n: f" {n}", id="space"),
        pytest.param(lambda n: n[:7] + "O" + n[8:], id="letter for nought"),
    ],
)
def test_a_number_that_looks_alike_has_no_amount_of_its_own(change):
    number = change(identity_number(0))
    with pytest.raises(ValueError, match=r"^exchange\.identity_") as refused:
        Persons(KEY).person(number)
    assert number not in str(refused.value)


def test_a_buyer_number_stands_for_one_person(ledger):
    number = Persons(KEY).buyer_number("BUYER-0001")
    assert ledger.person_with(number) is None
    ledger.give_number(number, a_person())
    ledger.give_number(number, a_person())
    with pytest.raises(ValueError, match="another person"):
        ledger.give_number(number, a_person(1))
    ledger.apply([reserve("A", 60_000), reserve("B", 100, person=ledger.person_with(number))])
    assert used(ledger) == 60_100


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "reserve", "fen": 1},
        {"kind": "reserve", "person": b"p"},
        {"kind": "reserve", "person": b"p", "fen": -1},
        {"kind": "commit", "fen": 1},
        {"kind": "commit", "arrived_on": DAY},
        {"kind": "return", "fen": 1},
        {"kind": "return", "fen": 1, "arrived_on": DAY - dt.timedelta(1)},
        {"kind": "commit", "message": ""},
        {"kind": "commit", "document": ""},
    ],
)
def test_a_movement_that_says_nothing_sensible_is_not_made(wrong):
    with pytest.raises(ValueError, match=r"need|amount|arrival"):
        Movement(**{"message": "m", "document": "d", "day": DAY} | wrong)


# --- several at once --------------------------------------------------------------------------------------------------------------------


def test_two_processes_neither_overspend_nor_double(where):
    open_ledger(where).close()
    context = multiprocessing.get_context("spawn")
    gate, told = context.Barrier(2), context.Queue()
    racers = [context.Process(target=race, args=(where, worker, gate, told)) for worker in range(2)]
    for racer in racers:
        racer.start()
    moved = sum(told.get(timeout=120) for _ in racers)
    for racer in racers:
        racer.join()
        assert racer.exitcode == 0
    ledger = open_ledger(where)
    everybody = [ledger.used(a_person(n), 2025) for n in range(3)]
    checked = ledger.check()
    ledger.close()
    assert everybody[0] == LIMIT
    assert sum(everybody[1:]) == 40 * 100
    assert moved == sum(everybody)
    assert checked.faults == ()


@pytest.fixture
def two(server):
    """Two ledgers on one PostgreSQL database, where several write at once."""
    with a_database(server, "two") as url:
        both = open_ledger(url), open_ledger(url)
        yield both
        for ledger in both:
            ledger.close()


def once_before(store, step, act):
    """Let something happen just before a step of a store, the first time."""
    plain = getattr(store, step)

    def first(*arguments):
        setattr(store, step, plain)
        act()
        return plain(*arguments)

    setattr(store, step, first)


def test_a_release_that_comes_between_reading_and_holding_is_seen(two):
    one, other = two
    one.apply([reserve("A", 60_000)])
    once_before(one._store, "hold", lambda: other.apply([then("commit", "A")]))
    assert results(one.apply([then("withdraw", "A")])) == ["released"]
    assert used(one) == 60_000
    assert is_sound(one)


def test_one_document_for_two_people_at_the_same_moment_is_one_of_them(two):
    one, other = two
    once_before(one._store, "write", lambda: other.apply([reserve("A", 60_000, person=a_person(1))]))
    assert results(one.apply([reserve("A", 60_000)])) == ["differs"]
    assert (used(one), used(one, person=a_person(1))) == (0, 60_000)
    assert is_sound(one)


def test_the_balance_itself_refuses_to_exceed_the_limit(ledger):
    """Also where a decision above it were wrong: the statement carries the condition."""
    ledger.apply([reserve("A", 60_000)])
    held = Balance(60_000, 1)
    with pytest.raises(LedgerBroken), ledger._store.transaction():
        ledger._store.write({}, {}, {(a_person(), 2025): (held, Change(moved=100, movements=1, room=59_999))}, [])
    assert used(ledger) == 60_000


def test_two_in_opposite_order_wait_for_each_other_and_both_end(where):
    """Batches that name the same persons and documents from both ends."""
    ledgers = [None, None]
    failed = []

    def work(worker):
        try:
            ledgers[worker] = open_ledger(where)
            for turn in range(15):
                batch = [reserve(f"{turn}-{n}", 100, person=a_person(n)) for n in range(30)]
                ledgers[worker].apply(batch[:: 1 - 2 * worker])
            ledgers[worker].close()
        except Exception as error:  # noqa: BLE001  # told below, in the thread of the test
            failed.append(error)

    open_ledger(where).close()
    threads = [threading.Thread(target=work, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    ledger = open_ledger(where)
    checked = ledger.check()
    ledger.close()
    assert checked.faults == ()
    assert checked.movements == 15 * 30
