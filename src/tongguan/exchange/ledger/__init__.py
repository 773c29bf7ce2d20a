"""The ledger of annual amounts in cross-border e-commerce: what each person has used of the calendar year, exactly once, and never beyond the limit.

ledger = open_ledger(Path("ledger.sqlite3"))          # or "postgresql://…"
buyer = Persons(key).person("33010619900101123X")
outcomes = ledger.apply([Movement("reserve", message=guid, document=number, day=day, person=buyer, fen=25_000)])

`docs/annual-amount.md` tells what moves when, and what an outcome means.
"""

from __future__ import annotations

from pathlib import Path

from tongguan.exchange.ledger.book import Checked, Fault, Ledger, LedgerBroken
from tongguan.exchange.ledger.movement import Entry, Movement, Outcome
from tongguan.exchange.ledger.persons import Persons

__all__ = ["Checked", "Entry", "Fault", "Ledger", "LedgerBroken", "Movement", "Outcome", "Persons", "open_ledger"]


def open_ledger(where: Path | str) -> Ledger:
    """The ledger in a file of the embedded database, or behind a postgresql:// address; its tables are made where they are missing."""
    if isinstance(where, Path):
        from tongguan.exchange.ledger.sqlite import SqliteStore

        return Ledger(SqliteStore(where))
    from tongguan.exchange.ledger.postgresql import PostgresStore

    return Ledger(PostgresStore(where))
