"""Validity of a proof of origin (原产地证据文件有效期): it must still hold on the day the goods are declared.

Law      each agreement's own clause, such as rcep#3.16 or gacc-2024-46#16; the months stand in `tables/origin/agreements.csv`.
Units    days as whole numbers, the period in months.
Reading  The period runs from the day of issue, which is not counted, and the day of the same number is its last (Civil Code, articles 201 and 202).
         The day that counts is that of the declaration, on which the proof is submitted, not that of the rates. A proof issued only after the
         declaration is not expired: it is shown later, against security.
"""

from __future__ import annotations

import datetime as dt

from tongguan.grammar.days import plus_months
from tongguan.grammar.parameters import LawBook


def last_day(issued_on: int, months: int) -> int:
    """The last day on which the proof holds."""
    return plus_months(issued_on, months)


def has_expired(issued_on: int, months: int, declared_on: int) -> bool:
    """Whether the proof no longer holds on the day of the declaration."""
    return declared_on > last_day(issued_on, months)


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: the day of issue, the agreement's months, and the day of the declaration."""
    issued, declared = (dt.date.fromisoformat(str(given[name])).toordinal() for name in ("issued_on", "declared_on"))
    months = int(str(given["months"]))
    return {
        "last_day": dt.date.fromordinal(last_day(issued, months)).isoformat(),
        "expired": "yes" if has_expired(issued, months, declared) else "no",
    }
