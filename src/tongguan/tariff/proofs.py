"""How long a proof of origin holds under each agreement, from `tables/origin/agreements.csv`, where `origin` keeps what it knows of them.

Only this one value is read here, because the choice of a rate and the clocks need it too, which know nothing of rules of origin.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import NamedTuple

from tongguan.grammar.errors import LawDataError
from tongguan.tariff.schedule import TABLES, read_csv


class Validity(NamedTuple):
    """Months from the issue of a proof, since when, with its source and mark."""

    since: dt.date
    months: int
    cites: str
    confidence: str


@cache
def _validities() -> dict[str, list[Validity]]:
    held: dict[str, list[Validity]] = {}
    for r in read_csv(TABLES / "origin" / "agreements.csv"):
        if r["parameter"] == "proof_validity_months":
            if not r["value"].isdecimal():
                raise LawDataError(f"agreements.csv: {r['scheme']}: {r['value']!r} is no number of months")
            held.setdefault(r["scheme"], []).append(
                Validity(dt.date.fromisoformat(r["since"]), int(r["value"]), r["cites"], r["confidence"])
            )
    return {scheme: sorted(values) for scheme, values in held.items()}


def validity(scheme: str, day: dt.date) -> Validity | None:
    """How long a proof under a scheme holds, as of a day; None when it is not known."""
    return next((v for v in reversed(_validities().get(scheme, [])) if v.since <= day), None)
