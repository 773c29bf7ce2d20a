"""Movements of annual amounts a second and core on PostgreSQL, among ten thousand persons and among many more: a movement costs the same.

Two ledgers in one database, in which everybody has moved something before; batches of reserves and releases of persons drawn by lot go to one and the
other in turn, each batch one durable transaction. What counts is the processor time of our process and of the server's process that serves it, since the
machine is shared; the time of the clock is said beside. Limits: the larger ledger costs at most 1.2 times the smaller; and a core carries 1,417 inventories
(two movements each) a second, the published peak of the country. `--rows` is the number of persons of the larger ledger (10000000 takes about an hour).
Environment: TONGGUAN_BENCH_DATABASE, a server on this machine where databases may be made (else postgresql://postgres@127.0.0.1:5432).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import random
import statistics
import sys
import time
from pathlib import Path

FEW, MANY = 10_000, 300_000
BATCH, TURNS, WARM = 250, 40, 6
"""Inventories in a batch; batches measured in each ledger, and before that unmeasured."""
GROWTH, PEAK = 1.2, 1_417
DAY = dt.date(2025, 3, 3)
SEEDED = """
INSERT INTO annual_balance SELECT substr(sha256(n::text::bytea), 1, 16), 2025, 10000, 1 FROM generate_series(1, {n}) n;
INSERT INTO annual_use SELECT 'seed-' || n, substr(sha256(n::text::bytea), 1, 16), 2025, 10000, 'reserved', 0, NULL FROM generate_series(1, {n}) n;
INSERT INTO annual_movement SELECT substr(sha256(n::text::bytea), 1, 16), 2025, 1, 'reserve', 'seed-' || n, 'seed-' || n, '2025-01-02', NULL, 10000, 'done', 10000, 10000, 2600000
    FROM generate_series(1, {n}) n;
"""


class Book:
    """A ledger of so many persons, and what its movements cost."""

    def __init__(self, url: str, name: str, persons: int) -> None:
        import psycopg

        from tongguan.exchange.ledger import open_ledger

        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}")
        where = f"{url}?options=-csearch_path%3D{name}"
        self.persons, self.made, self.lots = persons, 0, random.Random(persons)
        self.ledger = open_ledger(where)
        with psycopg.connect(where, autocommit=True) as connection:
            connection.execute(SEEDED.format(n=persons))
            connection.execute("VACUUM ANALYZE")
        self.connection = self.ledger._store._connection  # noqa: SLF001  # which of the server's processes serves us
        self.server = Path(f"/proc/{self.connection.info.backend_pid}/stat")
        self.spent: list[tuple[float, float, float]] = []

    def batch(self, name: str):
        from tongguan.exchange.ledger import Movement

        people = [hashlib.sha256(str(self.lots.randint(1, self.persons)).encode()).digest()[:16] for _ in range(BATCH)]
        reserves = [Movement("reserve", f"621-{name}-{n}", f"{name}-{n}", DAY, p, 10_000) for n, p in enumerate(people)]
        return reserves, [Movement("commit", f"622-{name}-{n}", f"{name}-{n}", DAY) for n in range(BATCH)]

    def spent_by_server(self) -> float:
        """Seconds of the processor used so far by the server's process of this connection."""
        fields = self.server.read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def turn(self) -> None:
        """One batch accepted, and released."""
        self.made += 1
        both = self.batch(str(self.made))
        before = time.process_time(), self.spent_by_server(), time.perf_counter()
        for movements in both:
            outcomes = self.ledger.apply(movements)
            # Some of ten thousand come to their limit.
            assert {o.result for o in outcomes} <= {"done", "over_limit", "ended"}
        after = time.process_time(), self.spent_by_server(), time.perf_counter()
        self.spent.append(tuple(b - a for a, b in zip(before, after, strict=True)))

    def costs(self) -> tuple[float, float, float]:
        """Microseconds of one movement: ours, the server's, the clock's."""
        measured = self.spent[WARM:]
        return tuple(statistics.fmean(column) / (2 * BATCH) * 1e6 for column in zip(*measured, strict=True))


def run(persons: int = MANY) -> list[str]:
    lines: list[str] = []

    def tell(line: str) -> None:
        print(f"  {line}", flush=True)
        lines.append(line)

    try:
        from benchmarks.window_lodging import a_database

        with a_database() as url:
            books = [Book(url, "few", FEW), Book(url, "many", persons)]
            if not all(book.server.exists() for book in books):
                tell("not measured: the processes of the server are not on this machine")
                return lines
            for _ in range(WARM + TURNS):
                for book in books:
                    book.turn()
            for book in books:
                ours, servers, clock = book.costs()
                tell(
                    f"{book.persons:>10,} persons: {ours + servers:.0f} microseconds of processor time a movement ({ours:.0f} ours, {servers:.0f} the server's), "
                    f"{1e6 / (ours + servers):,.0f} movements/s and core; {1e6 / clock:,.0f}/s by the clock, one connection, batches of {BATCH}"
                )
            faults = [f for book in books for f in book.ledger.check().faults]
            few, many = (sum(book.costs()[:2]) for book in books)
            for book in books:
                book.ledger.close()
    except (OSError, ImportError) as error:
        tell(f"not measured, no server: {error}")
        return lines
    tell(f"{len(faults)} faults in the ledgers afterwards")
    tell(f"growth {many / few:.2f}, limit {GROWTH}; {1e6 / many / 2:,.0f} inventories/s and core, limit {PEAK:,}")
    tell("met" if many / few <= GROWTH and 1e6 / many / 2 >= PEAK and not faults else "MISSED")
    return lines


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    rows = int(sys.argv[sys.argv.index("--rows") + 1]) if "--rows" in sys.argv else MANY
    sys.exit(1 if run(rows)[-1] == "MISSED" else 0)
