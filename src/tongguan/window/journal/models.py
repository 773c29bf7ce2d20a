"""The journal: the one append-only record of what anyone did, shared by all apps.

Each record of the window (a declaration, a permit case, a payment) has a chain of its own: every entry carries the hash of the entry before it, so
that none can be changed, taken out or put in without breaking the chain. The head of each chain is kept apart, so that a lost tail shows, and each
day's entries are anchored in one hash that can be published. The database itself refuses to change or delete entries (triggers, see migrations).

Personal data stays out of the chain: it names people by number, so that a person's data can be erased and the proof stays.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Any, ClassVar

from django.db import models, transaction
from django.dispatch import Signal

from tongguan.window.access.actor import Actor
from tongguan.window.rows import insert

GENESIS = "0" * 64
entered = Signal()
"""Sent with each `entry` as it is written, in the transaction of its act, so that what follows from an act is there with it or not at all."""


class Entry(models.Model):
    """One act: who, when, on whose authority, from which state to which, and why."""

    subject = models.CharField(max_length=60)
    sequence = models.PositiveIntegerField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=40)
    organisation_id = models.BigIntegerField(null=True)
    authority = models.CharField(max_length=60, blank=True)
    act = models.CharField(max_length=40)
    state_before = models.CharField(max_length=24, blank=True)
    state_after = models.CharField(max_length=24, blank=True)
    reason = models.TextField(blank=True)
    facts = models.JSONField(default=dict)
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["subject", "sequence"], name="one_entry_a_place_in_the_chain"),
        ]
        indexes: ClassVar = [models.Index(fields=["at"], name="entry_by_time")]

    def __str__(self) -> str:
        return f"{self.subject} {self.sequence} {self.act}"

    def digest(self) -> str:
        """SHA-256 over the entry before and this entry's own words, in canonical JSON."""
        said = {
            "subject": self.subject,
            "sequence": str(self.sequence),
            "at": instant(self.at),
            "actor": self.actor,
            "organisation": str(self.organisation_id or ""),
            "authority": self.authority,
            "act": self.act,
            "state_before": self.state_before,
            "state_after": self.state_after,
            "reason": self.reason,
            "facts": self.facts,
        }
        return hashlib.sha256((self.previous + canonical(said)).encode()).hexdigest()


class Head(models.Model):
    """The last place of a chain, kept apart from the entries so that a lost tail shows."""

    subject = models.CharField(max_length=60, primary_key=True)
    sequence = models.PositiveIntegerField()
    hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.subject} {self.sequence}"


class Anchor(models.Model):
    """One day's entries in one hash, standing on the day before. Publish it, and the day can no longer be rewritten quietly.

    `last_entry`  the number of the day's last entry; `count` how many entries the anchor covers
    """

    day = models.DateField(primary_key=True)
    count = models.PositiveIntegerField()
    last_entry = models.BigIntegerField()
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.day} {self.hash}"


def canonical(said: dict[str, Any]) -> str:
    """The one way to write these words: keys in order, no blanks, no floats."""
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def instant(at: dt.datetime) -> str:
    """A moment in UTC, to the microsecond."""
    return at.astimezone(dt.UTC).isoformat(timespec="microseconds")


def _end_of(subject: str) -> Head:
    """The end of a chain, kept from others until the act is done. A chain that is not there yet begins now: of two who begin it at once the second waits."""
    held = Head.objects.select_for_update(no_key=True).filter(subject=subject)
    head = held.first()
    if head is None:
        Head.objects.bulk_create([Head(subject=subject, sequence=0, hash=GENESIS)], ignore_conflicts=True)
        head = held.get()
    return head


def record(
    subject: str,
    act: str,
    *,
    actor: Actor,
    at: dt.datetime,
    state_before: str = "",
    state_after: str = "",
    reason: str = "",
    facts: dict[str, str] | None = None,
    authority: str = "",
    is_first: bool = False,
) -> Entry:
    """Write one entry, in the transaction of the act it tells of. Raises TransactionManagementError outside of one.

    `is_first`  the subject was made in this very transaction, so that its chain begins here.
    """
    connection = transaction.get_connection()
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("an act and its entry are written together or not at all")
    head = None if is_first else _end_of(subject)
    entry = Entry(
        subject=subject,
        sequence=head.sequence + 1 if head else 1,
        at=at,
        actor=actor.name,
        organisation_id=actor.organisation_id,
        authority=authority,
        act=act,
        state_before=state_before,
        state_after=state_after,
        reason=reason,
        facts=facts or {},
        previous=head.hash if head else GENESIS,
    )
    entry.hash = entry.digest()
    (entry.pk,) = insert(Entry, vars(entry))
    if head:
        head.sequence, head.hash = entry.sequence, entry.hash
        head.save(force_update=True)
    else:
        insert(Head, {"subject": subject, "sequence": 1, "hash": entry.hash})
    entered.send(Entry, entry=entry)
    return entry
