"""The annual amount under random interleavings of everything, held against a model of a few lines."""

import contextlib
import datetime as dt
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from ledger_makers import a_database, a_person, a_server

from tongguan.exchange.ledger import Movement, open_ledger

PEOPLE = [a_person(n) for n in range(3)]
DOCUMENTS = [f"D{n}" for n in range(8)]
PRICES = [1, 100_000, 400_000, 500_000, 1_300_000, 2_599_999]
DAYS = [dt.date(2018, 12, 31), dt.date(2019, 1, 1), dt.date(2019, 1, 31), dt.date(2020, 6, 1), dt.date(2020, 7, 1)]
LIMITS = {2018: 2_000_000}
"""Fen; 2,600,000 in the years after."""
SINGLE_LIMITS = {2018: 200_000}
"""Fen; from 2019 on a single item may cost more."""


class Model:
    """What should be: a document is a list of what happened to it; the amount of a year is the sum over its documents."""

    def __init__(self):
        self.told, self.documents = {}, {}

    def used(self, person, year):
        return sum(
            d["price"] - d["back"]
            for d in self.documents.values()
            if (d["person"], d["year"]) == (person, year) and d["is"] != "over_limit"
        )

    def tell(self, m):
        content = (m.fen, m.day, m.arrived_on)
        if (m.message, m.document, m.kind) in self.told:
            before, whose, result = self.told[m.message, m.document, m.kind]
            return result if before == content and m.person in {b"", whose} else "differs"
        result = self.happen(m)
        if result == "done" or (result == "over_limit" and self.documents[m.document]["by"] == m.message):
            self.told[m.message, m.document, m.kind] = (content, self.documents[m.document]["person"], result)
        return result

    def happen(self, m):
        held = self.documents.get(m.document)
        year = m.day.year
        if held is None and m.kind == "reserve":
            fits = self.used(m.person, year) + m.fen <= LIMITS.get(year, 2_600_000)
            fits = fits and m.fen <= SINGLE_LIMITS.get(year, m.fen)
            state = "reserved" if fits else "over_limit"
            self.documents[m.document] = {
                "person": m.person, "year": year, "price": m.fen, "back": 0, "is": state, "by": m.message, "released": None,
            }  # fmt: skip
            return "done" if fits else "over_limit"
        if held is None:
            return "waits"
        if m.person not in {b"", held["person"]}:
            return "differs"
        if m.kind == "reserve":
            if (m.fen, year) != (held["price"], held["year"]):
                return "differs"
            return "over_limit" if held["is"] == "over_limit" else "already"
        if held["is"] in {"over_limit", "ended"}:
            return "ended"
        if m.kind == "commit":
            if held["is"] == "released":
                return "already"
            held.update({"is": "released", "released": m.day})
            return "done"
        if m.kind in {"withdraw", "refuse"}:
            if held["is"] == "released":
                return "released"
            held.update({"is": "ended", "back": held["price"]})
            return "done"
        if held["is"] == "reserved":
            return "waits"
        if m.day < held["released"]:
            return "before_release"
        if (m.day - held["released"]).days > 30:
            return "applied_late"
        if (m.arrived_on - held["released"]).days > (45 if m.day >= dt.date(2020, 3, 28) else 30):
            return "arrived_late"
        if held["back"] + m.fen > held["price"]:
            return "too_much"
        held["back"] += m.fen
        return "done"


@st.composite
def movements(draw):
    kind = draw(st.sampled_from(["reserve", "reserve", "commit", "commit", "withdraw", "refuse", "return", "return"]))
    document, day = draw(st.sampled_from(DOCUMENTS)), draw(st.sampled_from(DAYS))
    message = f"{kind}-{document}-{draw(st.integers(1, 2))}"
    # Mostly what belongs to a document is the same each time, so that replays are many; now and then it is not.
    odd = draw(st.integers(0, 5)) == 0
    number = DOCUMENTS.index(document)
    person = draw(st.sampled_from(PEOPLE)) if odd else PEOPLE[number % len(PEOPLE)]
    fen = draw(st.sampled_from(PRICES)) if odd else PRICES[number % len(PRICES)]
    if kind == "reserve":
        return Movement(kind, message, document, day, person, fen)
    said = person if draw(st.booleans()) else b""
    if kind == "return":
        arrived = day + dt.timedelta(draw(st.sampled_from([0, 20, 31, 45, 46])))
        return Movement(kind, message, document, day, said, draw(st.sampled_from([1, 100_000, fen])), arrived)
    return Movement(kind, message, document, day, said)


class Machine(RuleBasedStateMachine):
    """Two connections to one ledger, batches, replays in any order, transactions that die, and starting anew."""

    where = ""

    def __init__(self):
        super().__init__()
        self.put_away = contextlib.ExitStack()
        self.model, self.sent = Model(), []
        self.place = self.empty_place()
        self.ledgers = [open_ledger(self.place), open_ledger(self.place)]

    def empty_place(self):
        return Path(self.put_away.enter_context(tempfile.TemporaryDirectory())) / "ledger.sqlite3"

    def offer(self, which, batch):
        outcomes = self.ledgers[which].apply(batch)
        assert [o.result for o in outcomes] == [self.model.tell(m) for m in batch]
        self.sent += batch

    @rule(which=st.integers(0, 1), batch=st.lists(movements(), min_size=1, max_size=8))
    def send(self, which, batch):
        self.offer(which, batch)

    @precondition(lambda self: self.sent)
    @rule(which=st.integers(0, 1), data=st.data())
    def send_again_in_any_order(self, which, data):
        self.offer(which, data.draw(st.lists(st.sampled_from(self.sent), min_size=1, max_size=8)))

    @rule(which=st.integers(0, 1), batch=st.lists(movements(), min_size=1, max_size=8))
    def die_before_the_end(self, which, batch):
        store = self.ledgers[which]._store
        write = store.write

        def dies(*arguments):
            write(*arguments)
            raise InterruptedError

        store.write = dies
        with contextlib.suppress(InterruptedError):
            # Nothing to write is not undone: it changes nothing.
            self.ledgers[which].apply(batch)
        del store.write

    @rule(which=st.integers(0, 1))
    def start_anew(self, which):
        self.ledgers[which].close()
        self.ledgers[which] = open_ledger(self.place)

    @invariant()
    def everybody_has_used_what_the_model_says(self):
        for person in PEOPLE:
            for year in (2018, 2019, 2020):
                used = self.ledgers[0].used(person, year)
                assert used == self.model.used(person, year)
                assert 0 <= used <= LIMITS.get(year, 2_600_000)

    def teardown(self):
        checked = self.ledgers[1].check()
        for ledger in self.ledgers:
            ledger.close()
        self.put_away.close()
        assert checked.faults == ()
        assert checked.documents == len(self.model.documents)
        assert checked.movements == len(self.model.told)


def in_moderation(examples, steps):
    return settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
    )  # fmt: skip


def test_any_interleaving_on_the_embedded_database():
    run_state_machine_as_test(Machine, settings=in_moderation(25, 25))


def test_any_interleaving_on_postgresql():
    with a_server() as server, a_database(server, "machine") as url:

        class OnPostgres(Machine):
            def empty_place(self):
                import psycopg

                # The tables go, and the next ledger makes them again.
                with psycopg.connect(url, autocommit=True) as connection:
                    connection.execute(
                        "DROP TABLE IF EXISTS annual_balance, annual_use, annual_movement, annual_buyer_number"
                    )
                return url

        run_state_machine_as_test(OnPostgres, settings=in_moderation(4, 25))


@pytest.mark.parametrize("order", [("commit", "reserve", "withdraw"), ("withdraw", "commit", "reserve"), ("reserve", "commit", "withdraw")])  # fmt: skip
def test_whoever_offers_until_nothing_waits_ends_at_one_of_two_ends(tmp_path, order):
    """A release and a withdrawal of one document: whichever comes first holds, and never both."""
    ledger = open_ledger(tmp_path / "ledger.sqlite3")
    day = dt.date(2025, 3, 3)
    made = {k: Movement(k, k, "D", day, PEOPLE[0], 100 if k == "reserve" else 0) for k in order}
    left = list(order)
    ended = {}
    while left:
        for kind in list(left):
            result = ledger.apply([made[kind]])[0].result
            if result != "waits":
                left.remove(kind)
                ended[kind] = result
    used = ledger.used(PEOPLE[0], 2025)
    ledger.close()
    assert sorted((ended["commit"], ended["withdraw"])) in (["done", "released"], ["done", "ended"])
    assert used == (100 if ended["commit"] == "done" else 0)
