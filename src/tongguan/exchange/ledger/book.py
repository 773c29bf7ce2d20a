"""The ledger of annual amounts: many movements in one transaction, an outcome for each, and the proof that it all adds up.

A transaction takes the balances of its persons in one order, decides in memory, and writes documents, balances and movements together. The balance is
changed by one statement that carries its own condition (used as we read it, and used + x within the limit); a condition that does not hold undoes
everything. A caller that does not know whether its transaction was carried out (a lost connection) offers the same movements again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import msgspec

from tongguan.exchange.ledger.movement import Entry, Movement, Outcome, Use, decide, limits_on, taken

TRIES = 20
"""How often a transaction that crossed another one is begun anew."""
NO_LIMIT = 2**62
"""Fen: for a balance that only goes down."""

Year = tuple[bytes, int]
"""A person and a calendar year."""


class Crossed(Exception):
    """Another transaction wrote the same document, or waits for us while we wait for it. Nothing was written; begin again."""


class LedgerBroken(Exception):
    """A balance is not what its movements say. Nothing was written; `Ledger.check` tells where."""


class Balance(msgspec.Struct):
    """What a person has used of a year, in fen, and by how many movements."""

    used: int
    movements: int


class Change(msgspec.Struct):
    """What a transaction does to a balance: fen and movements more; and the most that may have been used for all of it to fit."""

    moved: int = 0
    movements: int = 0
    room: int = NO_LIMIT

    def add(self, moved: int, yearly_limit: int) -> None:
        """One movement more, in its order."""
        self.moved += moved
        self.movements += 1
        if moved > 0:
            self.room = min(self.room, yearly_limit - self.moved)


class Fault(msgspec.Struct, frozen=True):
    """Where the ledger does not add up: what, whose or which document, what stands there and what its movements say."""

    what: str
    subject: str
    stands: int | None
    adds_up_to: int | None


class Checked(msgspec.Struct, frozen=True):
    """The proof: how many balances, documents and movements were looked at; no fault, when all is well."""

    balances: int
    documents: int
    movements: int
    faults: tuple[Fault, ...]


class Store(Protocol):
    """A database as the ledger needs it. `hold`, `write` and `give_number` are called inside a transaction."""

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing, on disk when it ends. Raises Crossed."""

    def hold(self, years: Sequence[Year]) -> dict[Year, Balance]:
        """The balances, none changed by others until the end; those not there yet are made. `years` are sorted."""

    def uses(self, documents: Sequence[str]) -> dict[str, Use]:
        """What documents have taken, as far as they are known."""

    def recorded(self, documents: Sequence[tuple[bytes, str]]) -> list[Entry]:
        """All movements of documents, each with its person."""

    def write(
        self,
        fresh: dict[str, Use],
        changed: dict[str, Use],
        changes: dict[Year, tuple[Balance, Change]],
        entries: Sequence[Entry],
    ) -> None:
        """Write documents, balances (as they were read, and their change) and movements. Raises Crossed or LedgerBroken."""

    def used(self, person: bytes, year: int) -> int:
        """Fen used of a year."""

    def entries(self, person: bytes, year: int) -> list[Entry]:
        """The movements of a person's year in order."""

    def give_number(self, number: bytes, person: bytes) -> bytes:
        """Keep whose a pseudonymous number is; the person it was given to first."""

    def person_with(self, number: bytes) -> bytes | None:
        """Whose a pseudonymous number is."""

    def check(self) -> Checked:
        """See `Ledger.check`; on one state of everything, and nobody waits for it."""

    def close(self) -> None:
        """Let the database go."""


class Ledger:
    """The annual amounts in one database; see `open_ledger`. One for each thread or process."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def apply(self, movements: Sequence[Movement]) -> list[Outcome]:
        """Carry out movements in one transaction; outcomes in the same order. On disk when it returns.

        Movements of one document take effect in the order given. Raises OutOfCoverage, before anything is written, for a day whose law is not encoded;
        LedgerBroken; and the database's own errors, after which it is not known whether everything or nothing was written: offer the same again.
        """
        if not movements:
            return []
        for _ in range(TRIES - 1):
            try:
                return self._carry_out(movements)
            except Crossed:
                continue
        return self._carry_out(movements)

    def _carry_out(self, movements: Sequence[Movement]) -> list[Outcome]:
        store = self._store
        with store.transaction():
            documents = sorted({m.document for m in movements})
            seen = store.uses(documents)
            years = {(u.person, u.year) for u in seen.values()}
            years |= {(m.person, m.day.year) for m in movements if m.kind == "reserve" and m.document not in seen}
            page = _Page(store.hold(sorted(years)))
            # Read again: what others wrote while we waited for the balances is there now.
            page.uses = store.uses(documents)
            if any((u.person, u.year) not in page.balances for u in page.uses.values()):
                raise Crossed
            page.note(store.recorded([(u.person, document) for document, u in page.uses.items()]))
            known = set(page.uses)
            outcomes = [page.carry_out(m) for m in movements]
            if page.new:
                written = {document: page.uses[document] for document in page.touched}
                fresh = {d: u for d, u in written.items() if d not in known}
                changed = {d: u for d, u in written.items() if d in known}
                changes = {year: (page.before[year], change) for year, change in page.changes.items()}
                store.write(fresh, changed, changes, page.new)
        return outcomes

    def used(self, person: bytes, year: int) -> int:
        """Fen a person has used of a year, what is reserved included."""
        return self._store.used(person, year)

    def entries(self, person: bytes, year: int) -> list[Entry]:
        """Each movement of a person's year, in order: which message, which document, what it moved, what was used after it."""
        return self._store.entries(person, year)

    def give_number(self, number: bytes, person: bytes) -> None:
        """Let a pseudonymous buyer number (`Persons.buyer_number`) stand for a person. Raises ValueError when it stands for another."""
        with self._store.transaction():
            if self._store.give_number(number, person) != person:
                raise ValueError("the buyer number stands for another person")

    def person_with(self, number: bytes) -> bytes | None:
        """The person a pseudonymous buyer number stands for; None when it was never given."""
        return self._store.person_with(number)

    def check(self) -> Checked:
        """Prove, for all persons, that balance = sum of movements = sum of what the documents hold, that no movement is missing, and that no year ever
        exceeded the limit its movements were made under. It reads everything.
        """
        return self._store.check()

    def close(self) -> None:
        """Let the database go."""
        self._store.close()


class _Page:
    """What one transaction knows and has decided so far."""

    def __init__(self, balances: dict[Year, Balance]) -> None:
        self.before = balances
        self.balances = {year: Balance(b.used, b.movements) for year, b in balances.items()}
        self.uses: dict[str, Use] = {}
        self.recorded: dict[tuple[str, str, str], Entry] = {}
        self.changes: dict[Year, Change] = {}
        self.touched: set[str] = set()
        self.new: list[Entry] = []

    def note(self, entries: Iterable[Entry]) -> None:
        """Movements recorded earlier."""
        self.recorded.update({(e.document, e.message, e.kind): e for e in entries})

    def carry_out(self, movement: Movement) -> Outcome:
        """Decide a movement on what stands now, and note what it changes."""
        earlier = self.recorded.get(movement.identity)
        if earlier is not None:
            is_same = (movement.fen, movement.day, movement.arrived_on) == (
                earlier.fen,
                earlier.day,
                earlier.arrived_on,
            )
            if not is_same or movement.person not in {b"", earlier.person}:
                return Outcome("differs")
            return Outcome(earlier.result, earlier.moved, earlier.used_after, is_repeat=True)
        use = self.uses.get(movement.document)
        year = (use.person, use.year) if use else (movement.person, movement.day.year)
        balance = self.balances.get(year)
        result, after = decide(movement, use, balance.used if balance else 0)
        if after is None or balance is None:
            return Outcome(result, used_after=balance.used if balance and result != "differs" else None)
        moved = taken(after) - taken(use)
        limit = limits_on(movement.day).yearly if use is None else 0
        balance.used += moved
        balance.movements += 1
        self.changes.setdefault(year, Change()).add(moved, limit)
        self.uses[movement.document] = after
        self.touched.add(movement.document)
        entry = Entry(
            *year, balance.movements, movement.kind, movement.message, movement.document, movement.day, movement.arrived_on,
            movement.fen, result, moved, balance.used, limit,
        )  # fmt: skip
        self.new.append(entry)
        self.recorded[movement.identity] = entry
        return Outcome(result, moved, balance.used)
