"""From the journal to the outbox: every act that concerns the parties leaves an event, in the same transaction, because its entry does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from django.db.models.signals import post_save

from tongguan.grammar.strict_yaml import read_yaml
from tongguan.window.charges.models import Determination, Refund
from tongguan.window.journal.models import Entry
from tongguan.window.notices.models import Event
from tongguan.window.permits.models import Case


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
    post_save.connect(_entered, sender=Entry, dispatch_uid="tongguan.notices")


def _entered(instance: Entry, *, created: bool, raw: bool = False, **told: Any) -> None:  # noqa: ANN401  # Django's own arguments
    """An entry was written: put the event it is into the outbox, where it is one."""
    del told
    kind, _, number = instance.subject.partition(":")
    name = table().get(kind, {}).get(instance.act)
    if name is None or not created or raw:
        return
    declaration = _DECLARATION_OF[kind](int(number))
    if declaration is not None:
        notify(declaration, name, instance.at, subject=instance.subject)


_DECLARATION_OF: dict[str, Callable[[int], int | None]] = {
    "declaration": lambda number: number,
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
    Event(declaration_id=declaration_id, subject=subject or f"declaration:{declaration_id}", name=name, at=at).save(
        force_insert=True
    )
