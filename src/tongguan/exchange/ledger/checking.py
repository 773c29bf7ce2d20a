"""The questions of `Ledger.check`, in the SQL that both databases speak. Each answers with faults: whose, what stands there, what it adds up to."""

# ruff: noqa: S608  # nothing but our own text is put together here

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tongguan.exchange.ledger.book import Checked, Fault

COUNT = "SELECT (SELECT count(*) FROM annual_balance), (SELECT count(*) FROM annual_use), (SELECT count(*) FROM annual_movement)"

_SUMS = "SELECT person, year, sum(moved) AS moved, count(*) AS movements, max(number) AS last FROM annual_movement GROUP BY person, year"
_RUNNING = (
    "SELECT person, used_after, moved, yearly_limit, CAST(sum(moved) OVER (PARTITION BY person, year ORDER BY number) AS bigint) AS running"
    " FROM annual_movement"
)
_HELD = "CASE WHEN u.state = 'over_limit' THEN 0 ELSE u.price - u.given_back END"

QUESTIONS = {
    "the balance is not the sum of its movements": (
        "SELECT b.person, b.used, CAST(coalesce(m.moved, 0) AS bigint) FROM annual_balance b"
        f" LEFT JOIN ({_SUMS}) m ON m.person = b.person AND m.year = b.year WHERE b.used <> coalesce(m.moved, 0)"
    ),
    "a movement is missing": (
        "SELECT b.person, b.movements, coalesce(m.movements, 0) FROM annual_balance b"
        f" LEFT JOIN ({_SUMS}) m ON m.person = b.person AND m.year = b.year"
        " WHERE b.movements <> coalesce(m.movements, 0) OR b.movements <> coalesce(m.last, 0)"
    ),
    "there are movements without a balance": (
        f"SELECT m.person, CAST(NULL AS bigint), CAST(m.moved AS bigint) FROM ({_SUMS}) m"
        " LEFT JOIN annual_balance b ON b.person = m.person AND b.year = m.year WHERE b.person IS NULL"
    ),
    "what was used after a movement is not the sum up to it": (
        f"SELECT person, used_after, running FROM ({_RUNNING}) r WHERE used_after <> running"
    ),
    "the year exceeded its limit, or fell below zero": (
        f"SELECT person, running, yearly_limit FROM ({_RUNNING}) r WHERE (moved > 0 AND running > yearly_limit) OR running < 0"
    ),
    "a document does not hold what its movements say": (
        f"SELECT u.document, {_HELD}, CAST(m.moved AS bigint) FROM annual_use u LEFT JOIN"
        " (SELECT person, document, sum(moved) AS moved FROM annual_movement GROUP BY person, document) m"
        f" ON m.person = u.person AND m.document = u.document WHERE m.moved IS NULL OR m.moved <> {_HELD}"
    ),
    "there are movements without a document": (
        "SELECT m.document, CAST(NULL AS bigint), CAST(m.moved AS bigint) FROM annual_movement m"
        " LEFT JOIN annual_use u ON u.document = m.document AND u.person = m.person AND u.year = m.year WHERE u.document IS NULL"
    ),
}
"""By what is wrong."""


def checked(counted: Iterable[int], answers: Mapping[str, Iterable[tuple[Any, ...]]]) -> Checked:
    """What the questions answered. A person is shown by the keyed hash, in hexadecimal digits."""
    faults = [
        Fault(what, subject.hex() if isinstance(subject, bytes) else subject, stands, adds_up_to)
        for what, rows in answers.items()
        for subject, stands, adds_up_to in rows
    ]
    balances, documents, movements = counted
    return Checked(balances, documents, movements, tuple(faults))
