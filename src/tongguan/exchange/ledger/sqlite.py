"""The ledger in the embedded database: one writer at a time, which announces itself at once; on disk before it is answered."""

from __future__ import annotations

import datetime as dt
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tongguan.exchange.ledger.book import Balance, Change, Checked, LedgerBroken, Year
from tongguan.exchange.ledger.checking import COUNT, QUESTIONS, checked
from tongguan.exchange.ledger.movement import Entry, Use

PATIENCE = 60
"""Seconds one writer waits for the others."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS annual_balance (
    person BLOB NOT NULL, year INTEGER NOT NULL, used INTEGER NOT NULL DEFAULT 0 CHECK (used >= 0), movements INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (person, year)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS annual_use (
    document TEXT PRIMARY KEY, person BLOB NOT NULL, year INTEGER NOT NULL, price INTEGER NOT NULL CHECK (price > 0), state TEXT NOT NULL,
    given_back INTEGER NOT NULL CHECK (given_back BETWEEN 0 AND price), released_on TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS annual_movement (
    person BLOB NOT NULL, year INTEGER NOT NULL, number INTEGER NOT NULL, kind TEXT NOT NULL, message TEXT NOT NULL, document TEXT NOT NULL,
    day TEXT NOT NULL, arrived_on TEXT, fen INTEGER NOT NULL, result TEXT NOT NULL, moved INTEGER NOT NULL,
    used_after INTEGER NOT NULL CHECK (used_after >= 0), yearly_limit INTEGER NOT NULL,
    PRIMARY KEY (person, year, number), UNIQUE (document, message, kind, person), CHECK (moved <= 0 OR used_after <= yearly_limit)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS annual_buyer_number (number BLOB PRIMARY KEY, person BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TRIGGER IF NOT EXISTS annual_movement_stays BEFORE UPDATE ON annual_movement
    BEGIN SELECT RAISE(ABORT, 'a movement stays as it was recorded'); END;
CREATE TRIGGER IF NOT EXISTS annual_movement_is_kept BEFORE DELETE ON annual_movement
    BEGIN SELECT RAISE(ABORT, 'a movement stays as it was recorded'); END;
"""
_ENTRY = "person, year, number, kind, message, document, day, arrived_on, fen, result, moved, used_after, yearly_limit"


class SqliteStore:
    """A store in one file; the tables are made where they are missing. For one thread."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
        _write_ahead(self._connection)
        self._connection.execute("PRAGMA synchronous = FULL")
        with self.transaction():
            for statement in _statements(SCHEMA):
                self._connection.execute(statement)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def hold(self, years: Sequence[Year]) -> dict[Year, Balance]:
        self._connection.executemany(
            "INSERT INTO annual_balance (person, year) VALUES (?, ?) ON CONFLICT DO NOTHING", years
        )
        held = {}
        for year in years:
            row = self._connection.execute(
                "SELECT used, movements FROM annual_balance WHERE person = ? AND year = ?", year
            ).fetchone()
            held[year] = Balance(*row)
        return held

    def uses(self, documents: Sequence[str]) -> dict[str, Use]:
        found = {}
        for document in documents:
            for person, year, price, state, given_back, released_on in self._connection.execute(
                "SELECT person, year, price, state, given_back, released_on FROM annual_use WHERE document = ?",
                (document,),
            ):
                found[document] = Use(person, year, price, state, given_back, _day(released_on))
        return found

    def recorded(self, documents: Sequence[tuple[bytes, str]]) -> list[Entry]:
        sql = f"SELECT {_ENTRY} FROM annual_movement WHERE person = ? AND document = ?"  # noqa: S608  # our own columns
        return [_entry(row) for one in documents for row in self._connection.execute(sql, one)]

    def write(
        self,
        fresh: dict[str, Use],
        changed: dict[str, Use],
        changes: dict[Year, tuple[Balance, Change]],
        entries: Sequence[Entry],
    ) -> None:
        many = self._connection.executemany
        many(
            "INSERT INTO annual_use (document, person, year, price, state, given_back, released_on) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(d, u.person, u.year, u.price, u.state, u.given_back, _text(u.released_on)) for d, u in fresh.items()],
        )
        many(
            "UPDATE annual_use SET state = ?, given_back = ?, released_on = ? WHERE document = ?",
            [(u.state, u.given_back, _text(u.released_on), d) for d, u in changed.items()],
        )
        moved = many(
            "UPDATE annual_balance SET used = used + ?, movements = movements + ?"
            " WHERE person = ? AND year = ? AND used = ? AND movements = ? AND used <= ?",
            [(c.moved, c.movements, *year, b.used, b.movements, c.room) for year, (b, c) in changes.items()],
        ).rowcount
        if moved != len(changes):
            raise LedgerBroken("a balance was not as it was read")
        many(
            f"INSERT INTO annual_movement ({_ENTRY}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608  # our own columns
            [
                (e.person, e.year, e.number, e.kind, e.message, e.document, _text(e.day), _text(e.arrived_on), e.fen, e.result, e.moved, e.used_after,
                 e.yearly_limit)
                for e in entries
            ],
        )  # fmt: skip

    def used(self, person: bytes, year: int) -> int:
        row = self._connection.execute(
            "SELECT used FROM annual_balance WHERE person = ? AND year = ?", (person, year)
        ).fetchone()
        return int(row[0]) if row else 0

    def entries(self, person: bytes, year: int) -> list[Entry]:
        sql = f"SELECT {_ENTRY} FROM annual_movement WHERE person = ? AND year = ? ORDER BY number"  # noqa: S608  # our own columns
        return [_entry(row) for row in self._connection.execute(sql, (person, year))]

    def give_number(self, number: bytes, person: bytes) -> bytes:
        self._connection.execute(
            "INSERT INTO annual_buyer_number (number, person) VALUES (?, ?) ON CONFLICT DO NOTHING", (number, person)
        )
        return self.person_with(number) or b""

    def person_with(self, number: bytes) -> bytes | None:
        row = self._connection.execute("SELECT person FROM annual_buyer_number WHERE number = ?", (number,)).fetchone()
        return bytes(row[0]) if row else None

    def check(self) -> Checked:
        self._connection.execute("BEGIN")  # one state of everything, and nobody waits for us
        try:
            counted = self._connection.execute(COUNT).fetchone()
            answers = {what: self._connection.execute(sql).fetchall() for what, sql in QUESTIONS.items()}
        finally:
            self._connection.execute("ROLLBACK")
        return checked(counted, answers)

    def close(self) -> None:
        self._connection.close()


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Keep a log beside the file. Processes that make the file at the same moment are not made to wait for each other here, so it is tried again."""
    for _ in range(PATIENCE * 10):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            time.sleep(0.1)
        else:
            return
    connection.execute("PRAGMA journal_mode = WAL")


def _statements(script: str) -> Iterator[str]:
    """The statements of a script, one by one: all of them in one transaction."""
    held = ""
    for line in script.strip().splitlines():
        held += line + "\n"
        if sqlite3.complete_statement(held):
            yield held
            held = ""


def _entry(row: tuple[Any, ...]) -> Entry:
    person, year, number, kind, message, document, day, arrived_on, *amounts = row
    days = dt.date.fromisoformat(day), _day(arrived_on)
    return Entry(person, year, number, kind, message, document, *days, *amounts)


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _text(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None
