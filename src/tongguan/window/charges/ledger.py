"""Double entry: every movement is written on two sides that add up to nothing, or it is not written."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Sum

from tongguan.window.charges.models import Posting, Transaction


class DoesNotBalance(ArithmeticError):
    """Our mistake: the two sides of a movement differ."""


def post(subject: str, kind: str, at: dt.datetime, organisation_id: int, **sides: int) -> Transaction:
    """Write one movement in the transaction of its act: accounts by name with fen, debits positive. Raises DoesNotBalance."""
    if sum(sides.values()) != 0:
        raise DoesNotBalance(f"{kind}: {sides}")
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("a movement is written with its act or not at all")
    written = Transaction.objects.create(subject=subject, kind=kind, at=at)
    Posting.objects.bulk_create(
        Posting(transaction=written, account=account, organisation_id=organisation_id, fen=fen)
        for account, fen in sides.items()
        if fen
    )
    return written


def unbalanced() -> list[int]:
    """Movements whose sides do not add up to nothing; none, unless somebody wrote past this module."""
    sums = Posting.objects.values("transaction").annotate(sum=Sum("fen")).exclude(sum=0)
    return [row["transaction"] for row in sums]
