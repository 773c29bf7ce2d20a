"""From the journal to the outbox: every act that concerns the parties leaves an event, in the same transaction, because its entry does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from tongguan.grammar.strict_yaml import read_yaml
from tongguan.window.charges.models import Determination, Refund
from tongguan.window.journal.models import Entry, entered
from tongguan.window.notices.models import Event
from tongguan.window.permits.models import Case
from tongguan.window.rows import insert


@cache
def table() -> dict[str, dict[str, str]]:
    """Names of events by kind of record and act."""
    return read_yaml(Path(__file__).parent / "events.yaml", dict[str, dict[str, str]])


@cache
def names() -> tuple[str, ...]:
    """Every event there is, in the order of its first mention."""
    return tuple(dict.fromkeys(name for acts in table().values() for name in acts.values()))


def listen() -> None:
    """Follow the journal."""
    entered.connect(_entered, dispatch_uid="tongguan.notices")


def _entered(entry: Entry, **told: Any) -> None:  # noqa: ANN401  # Django's own arguments
    """An entry was written: put the event it is into the outbox, where it is one."""
    del told
    kind, _, number = entry.subject.partition(":")
    name = table().get(kind, {}).get(entry.act)
    if name is None:
        return
    declaration = _DECLARATION_OF[kind](int(number))
    if declaration is not None:
        notify(declaration, name, entry.at, subject=entry.subject)


NO_DECLARATION = 0
"""In place of the declaration of an event that is about a firm itself."""
_DECLARATION_OF: dict[str, Callable[[int], int | None]] = {
    "declaration": lambda number: number,
    "organisation": lambda _: NO_DECLARATION,
    "permit": lambda number: Case.objects.filter(pk=number).values_list("declaration_id", flat=True).first(),
    "determination": lambda number: (
        Determination.objects.filter(pk=number).values_list("declaration_id", flat=True).first()
    ),
    "refund": lambda number: (
        Refund.objects.filter(pk=number).values_list("determination__declaration_id", flat=True).first()
    ),
}


def notify(declaration_id: int, name: str, at: dt.datetime, *, subject: str = "") -> None:
    """Put one event into the outbox, in the caller's transaction."""
    subject = subject or f"declaration:{declaration_id}"
    insert(Event, {"declaration_id": declaration_id, "subject": subject, "name": name, "at": at})
