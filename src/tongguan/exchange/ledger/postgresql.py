"""The ledger in PostgreSQL: balances and movements divided by person, documents by number; whole batches go in and out as columns.

Nobody waits in a ring: balances are made, then taken, in the order of persons, and documents are written after them in the order of their numbers. Where
two transactions write the same new document for different persons, the second sees it and begins anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import errors

from tongguan.exchange.ledger.book import Balance, Change, Checked, Crossed, LedgerBroken, Year
from tongguan.exchange.ledger.checking import COUNT, QUESTIONS, checked
from tongguan.exchange.ledger.movement import Entry, Use

PARTS = 16
"""Parts of each table."""
SCHEMA_LOCK = 7_262_311
"""Any number of our own: processes that start together make the tables one after the other."""

SETTINGS = (
    # On disk before it is answered, whatever the server's own setting.
    "SET synchronous_commit = on",
    # What others wrote while we waited for a balance is seen by the next statement.
    "SET default_transaction_isolation = 'read committed'",
    # Each row is found by its key, planned once: neither the size of a table nor the age of its statistics changes how.
    "SET plan_cache_mode = force_generic_plan",
    "SET enable_seqscan = off",
    "SET enable_hashjoin = off",
    "SET enable_mergejoin = off",
    "SET jit = off",
)

SCHEMA = """
CREATE TABLE IF NOT EXISTS annual_balance (
    person bytea NOT NULL, year integer NOT NULL, used bigint NOT NULL DEFAULT 0 CHECK (used >= 0), movements integer NOT NULL DEFAULT 0,
    PRIMARY KEY (person, year)
) PARTITION BY HASH (person);
CREATE TABLE IF NOT EXISTS annual_use (
    document text COLLATE "C" PRIMARY KEY, person bytea NOT NULL, year integer NOT NULL, price bigint NOT NULL CHECK (price > 0), state text NOT NULL,
    given_back bigint NOT NULL CHECK (given_back BETWEEN 0 AND price), released_on date
) PARTITION BY HASH (document);
CREATE TABLE IF NOT EXISTS annual_movement (
    person bytea NOT NULL, year integer NOT NULL, number integer NOT NULL, kind text NOT NULL, message text COLLATE "C" NOT NULL,
    document text COLLATE "C" NOT NULL, day date NOT NULL, arrived_on date, fen bigint NOT NULL, result text NOT NULL, moved bigint NOT NULL,
    used_after bigint NOT NULL CHECK (used_after >= 0), yearly_limit bigint NOT NULL,
    PRIMARY KEY (person, year, number), UNIQUE (document, message, kind, person), CHECK (moved <= 0 OR used_after <= yearly_limit)
) PARTITION BY HASH (person);
CREATE TABLE IF NOT EXISTS annual_buyer_number (number bytea PRIMARY KEY, person bytea NOT NULL);
CREATE OR REPLACE FUNCTION annual_movement_stays() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'a movement stays as it was recorded'; END $$;
CREATE OR REPLACE TRIGGER annual_movement_is_kept BEFORE UPDATE OR DELETE ON annual_movement
    FOR EACH ROW EXECUTE FUNCTION annual_movement_stays();
CREATE OR REPLACE TRIGGER annual_movement_is_not_emptied BEFORE TRUNCATE ON annual_movement
    FOR EACH STATEMENT EXECUTE FUNCTION annual_movement_stays();
"""
_DIVIDED = {"annual_balance": " WITH (fillfactor = 80)", "annual_use": " WITH (fillfactor = 80)", "annual_movement": ""}
"""Tables in parts; where rows change there is room beside them, so that a change stays on its page."""

_ENTRY = "m.person, m.year, m.number, m.kind, m.message, m.document, m.day, m.arrived_on, m.fen, m.result, m.moved, m.used_after, m.yearly_limit"

_MAKE = (
    "INSERT INTO annual_balance (person, year) SELECT k.person, k.year FROM unnest(%b::bytea[], %b::int[]) k(person, year)"
    " ORDER BY k.person, k.year ON CONFLICT DO NOTHING"
)
_HOLD = (
    "SELECT b.person, b.year, b.used, b.movements FROM unnest(%b::bytea[], %b::int[]) k(person, year)"
    " JOIN annual_balance b ON b.person = k.person AND b.year = k.year ORDER BY b.person, b.year FOR UPDATE OF b"
)
_USES = (
    "SELECT u.document, u.person, u.year, u.price, u.state, u.given_back, u.released_on FROM unnest(%b::text[]) k(document)"
    " JOIN annual_use u ON u.document = k.document"
)
_RECORDED = (
    f"SELECT {_ENTRY} FROM unnest(%b::bytea[], %b::text[]) k(person, document)"  # noqa: S608  # our own columns
    " JOIN annual_movement m ON m.person = k.person AND m.document = k.document"
)
_NEW_USES = (
    "INSERT INTO annual_use (document, person, year, price, state, given_back, released_on)"
    " SELECT * FROM unnest(%b::text[], %b::bytea[], %b::int[], %b::bigint[], %b::text[], %b::bigint[], %b::date[]) k(document, a, b, c, d, e, f)"
    " ORDER BY k.document ON CONFLICT DO NOTHING"
)
_CHANGED_USES = (
    "UPDATE annual_use u SET state = k.state, given_back = k.given_back, released_on = k.released_on"
    " FROM unnest(%b::text[], %b::text[], %b::bigint[], %b::date[]) k(document, state, given_back, released_on) WHERE u.document = k.document"
)
_CHANGED_BALANCES = (
    "UPDATE annual_balance b SET used = b.used + k.moved, movements = b.movements + k.more"
    " FROM unnest(%b::bytea[], %b::int[], %b::bigint[], %b::int[], %b::bigint[], %b::int[], %b::bigint[])"
    " k(person, year, moved, more, used, movements, room)"
    " WHERE b.person = k.person AND b.year = k.year AND b.used = k.used AND b.movements = k.movements AND b.used <= k.room"
)
_NEW_ENTRIES = (
    "INSERT INTO annual_movement (person, year, number, kind, message, document, day, arrived_on, fen, result, moved, used_after, yearly_limit)"
    " SELECT * FROM unnest(%b::bytea[], %b::int[], %b::int[], %b::text[], %b::text[], %b::text[], %b::date[], %b::date[], %b::bigint[], %b::text[],"
    " %b::bigint[], %b::bigint[], %b::bigint[])"
)


class PostgresStore:
    """A store on one connection; the tables are made where they are missing. For one thread."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True, connect_timeout=5, prepare_threshold=0)
        try:
            with self.transaction():
                self._connection.execute("SELECT pg_advisory_xact_lock(%s)", (SCHEMA_LOCK,))
                found = self._connection.execute("SELECT to_regclass('annual_buyer_number')").fetchone()
                if found is None or found[0] is None:
                    self._make_tables()
            for setting in SETTINGS:
                self._connection.execute(setting)
        except BaseException:
            self._connection.close()
            raise

    def _make_tables(self) -> None:
        execute: Any = self._connection.execute
        execute(SCHEMA, prepare=False)
        for table, options in _DIVIDED.items():
            for part in range(PARTS):
                execute(
                    f"CREATE TABLE {table}_{part} PARTITION OF {table} FOR VALUES WITH (MODULUS {PARTS}, REMAINDER {part}){options}",
                    prepare=False,
                )

    def _all(self, sql: str, *columns: object) -> list[tuple[Any, ...]]:
        cursor: Any = self._connection.cursor(binary=True)
        with cursor:
            cursor.execute(sql, columns)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows

    def _put(self, sql: str, *columns: object) -> int:
        """Rows that were written."""
        if not columns[0]:
            return 0
        cursor: Any = self._connection.cursor()
        with cursor:
            return int(cursor.execute(sql, columns).rowcount)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        try:
            with self._connection.transaction():
                yield
        except (errors.DeadlockDetected, errors.SerializationFailure) as crossed:
            raise Crossed from crossed

    def hold(self, years: Sequence[Year]) -> dict[Year, Balance]:
        keys = [person for person, _ in years], [year for _, year in years]
        self._put(_MAKE, *keys)
        return {(person, year): Balance(*balance) for person, year, *balance in self._all(_HOLD, *keys)}

    def uses(self, documents: Sequence[str]) -> dict[str, Use]:
        return {document: Use(*use) for document, *use in self._all(_USES, list(documents))}

    def recorded(self, documents: Sequence[tuple[bytes, str]]) -> list[Entry]:
        if not documents:
            return []
        return [Entry(*row) for row in self._all(_RECORDED, [p for p, _ in documents], [d for _, d in documents])]

    def write(
        self,
        fresh: dict[str, Use],
        changed: dict[str, Use],
        changes: dict[Year, tuple[Balance, Change]],
        entries: Sequence[Entry],
    ) -> None:
        held = list(fresh.values())
        written = self._put(
            _NEW_USES, list(fresh), [u.person for u in held], [u.year for u in held], [u.price for u in held], [u.state for u in held],
            [u.given_back for u in held], [u.released_on for u in held],
        )  # fmt: skip
        if written != len(fresh):
            raise Crossed
        held = list(changed.values())
        written = self._put(
            _CHANGED_USES, list(changed), [u.state for u in held], [u.given_back for u in held], [u.released_on for u in held]
        )  # fmt: skip
        before, after = [b for b, _ in changes.values()], [c for _, c in changes.values()]
        moved = self._put(
            _CHANGED_BALANCES, [p for p, _ in changes], [y for _, y in changes], [c.moved for c in after], [c.movements for c in after],
            [b.used for b in before], [b.movements for b in before], [c.room for c in after],
        )  # fmt: skip
        if written != len(changed) or moved != len(changes):
            raise LedgerBroken("a balance or a document was not as it was read")
        columns = list(zip(*(_row(e) for e in entries), strict=True))
        self._put(_NEW_ENTRIES, *(list(c) for c in columns))

    def used(self, person: bytes, year: int) -> int:
        rows = self._all("SELECT used FROM annual_balance WHERE person = %b AND year = %s", person, year)
        return int(rows[0][0]) if rows else 0

    def entries(self, person: bytes, year: int) -> list[Entry]:
        sql = f"SELECT {_ENTRY} FROM annual_movement m WHERE m.person = %b AND m.year = %s ORDER BY m.number"  # noqa: S608  # our own columns
        return [Entry(*row) for row in self._all(sql, person, year)]

    def give_number(self, number: bytes, person: bytes) -> bytes:
        self._connection.execute(
            "INSERT INTO annual_buyer_number (number, person) VALUES (%b, %b) ON CONFLICT DO NOTHING", (number, person)
        )
        return self.person_with(number) or b""

    def person_with(self, number: bytes) -> bytes | None:
        rows = self._all("SELECT person FROM annual_buyer_number WHERE number = %b", number)
        return bytes(rows[0][0]) if rows else None

    def check(self) -> Checked:
        execute: Any = self._connection.execute
        with self._connection.transaction():
            execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", prepare=False)  # one state of everything
            for setting in ("enable_seqscan", "enable_hashjoin", "enable_mergejoin"):  # here everything is read
                execute(f"SET LOCAL {setting} = on", prepare=False)
            counted = execute(COUNT, prepare=False).fetchone()
            answers = {what: execute(sql, prepare=False).fetchall() for what, sql in QUESTIONS.items()}
        return checked(counted, answers)

    def close(self) -> None:
        self._connection.close()


def _row(e: Entry) -> tuple[Any, ...]:
    return (
        e.person, e.year, e.number, e.kind, e.message, e.document, e.day, e.arrived_on, e.fen, e.result, e.moved, e.used_after, e.yearly_limit,
    )  # fmt: skip
