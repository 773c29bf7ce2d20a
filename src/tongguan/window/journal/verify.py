"""Proof that the journal is whole: every chain recomputed, every head compared, every day's anchor recomputed."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from itertools import groupby, islice
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import Exists, Max, Min, OuterRef, QuerySet

from tongguan.window import clock
from tongguan.window.access.actor import Moment
from tongguan.window.journal.models import GENESIS, Anchor, Entry, Head, canonical

CHUNK = 2_000
GRACE = dt.timedelta(minutes=10)
"""No act takes so long: after it, nothing more is written with a time of the day before."""


class Fault(NamedTuple):
    """One place where the journal is not what it was: what kind, whose chain (or which day), and where in it."""

    kind: str
    subject: str
    place: int


class Verdict(NamedTuple):
    """What was looked at, and what was wrong. `last_anchor` is the hash to compare with the one published."""

    entries: int
    chains: int
    anchors: int
    last_anchor: str
    faults: tuple[Fault, ...]


class _Chain(NamedTuple):
    """What one chain came to: its end, as the head should have it."""

    subject: str
    length: int
    end: str
    faults: tuple[Fault, ...]


def verify(most_faults: int = 100) -> Verdict:
    """Read the whole journal in bounded memory. At most `most_faults` faults are listed."""
    entries, chains = 0, 0
    faults: list[Fault] = []
    walked = _chains(Entry.objects.all())
    while some := list(islice(walked, CHUNK)):
        heads = Head.objects.in_bulk([c.subject for c in some])
        for chain in some:
            entries += chain.length
            chains += 1
            faults += chain.faults
            if not _ends_as(heads.get(chain.subject), chain):
                faults += _look_again(chain.subject)
    written = Entry.objects.filter(subject=OuterRef("subject"))
    faults += [Fault("chain_lost", h.subject, h.sequence) for h in Head.objects.exclude(Exists(written))[:most_faults]]
    anchors, last, wrong = _verify_anchors()
    return Verdict(entries, chains, anchors, last, tuple((faults + wrong)[:most_faults]))


def _chains(entries: QuerySet[Entry]) -> Iterator[_Chain]:
    ordered = entries.order_by("subject", "sequence").iterator(CHUNK)
    for subject, chain in groupby(ordered, key=lambda entry: entry.subject):
        faults: list[Fault] = []
        expected, length = GENESIS, 0
        for entry in chain:
            length += 1
            if entry.sequence != length:
                faults.append(Fault("entry_lost", subject, length))
                length = entry.sequence
            elif entry.previous != expected:
                faults.append(Fault("chain_broken", subject, length))
            if entry.digest() != entry.hash:
                faults.append(Fault("entry_altered", subject, length))
            expected = entry.hash
        yield _Chain(subject, length, expected, tuple(faults))


def _ends_as(head: Head | None, chain: _Chain) -> bool:
    return head is not None and (head.sequence, head.hash) == (chain.length, chain.end)


def _look_again(subject: str) -> list[Fault]:
    """A chain may have grown between the reading of its entries and of its head. Holding the head, it cannot."""
    with transaction.atomic():
        head = Head.objects.select_for_update().filter(subject=subject).first()
        chain = next(_chains(Entry.objects.filter(subject=subject)))
    return [] if _ends_as(head, chain) else [Fault("tail_lost", subject, chain.length)]


# --- anchors -----------------------------------------------------------------------------------------------------------------------


def anchor_days(moment: Moment) -> int:
    """Anchor every day that is over and has none yet, oldest first. Answers how many; two workers at once make each anchor once."""
    last = Anchor.objects.order_by("-day").first()
    first = Entry.objects.filter(id__gt=last.last_entry if last else 0).aggregate(at=Min("at"))["at"]
    if first is None:
        return 0
    day = max(clock.day_of(first), last.day + dt.timedelta(days=1)) if last else clock.day_of(first)
    made = 0
    while day < clock.day_of(moment.at - GRACE):
        try:
            with transaction.atomic():
                last = _anchor(day, last, moment)
        except IntegrityError:  # another worker was faster; it goes on from there
            return made
        made += 1
        day += dt.timedelta(days=1)
    return made


def _anchor(day: dt.date, last: Anchor | None, moment: Moment) -> Anchor:
    """All entries not yet anchored that were written until the end of this day. An entry that came late lies in the next anchor."""
    held = _until(day, last.last_entry if last else 0)
    end = held.aggregate(end=Max("id"))["end"] or (last.last_entry if last else 0)
    held = held.filter(id__lte=end)
    count, digest = _digest(held, last.hash if last else GENESIS)
    anchor = Anchor(
        day=day, count=count, last_entry=end, previous=last.hash if last else GENESIS, hash=digest, made_at=moment.at
    )
    anchor.save(force_insert=True)
    return anchor


def _until(day: dt.date, after: int) -> QuerySet[Entry]:
    midnight = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), clock.CHINA)
    first_later = Entry.objects.filter(id__gt=after, at__gte=midnight).aggregate(first=Min("id"))["first"]
    held = Entry.objects.filter(id__gt=after)
    return held.filter(id__lt=first_later) if first_later else held


def _digest(entries: QuerySet[Entry], previous: str) -> tuple[int, str]:
    """One hash over the entries' places and hashes, in the order they were written, standing on the hash before."""
    sha, count = hashlib.sha256(previous.encode()), 0
    for number, subject, sequence, digest in entries.order_by("id").values_list(
        "id", "subject", "sequence", "hash"
    ).iterator(CHUNK):  # fmt: skip
        sha.update(
            canonical({"id": str(number), "subject": subject, "sequence": str(sequence), "hash": digest}).encode()
        )
        count += 1
    return count, sha.hexdigest()


def _verify_anchors() -> tuple[int, str, list[Fault]]:
    faults: list[Fault] = []
    previous, after, count = GENESIS, 0, 0
    for anchor in Anchor.objects.order_by("day"):
        covered = Entry.objects.filter(id__lte=anchor.last_entry)
        held, digest = _digest(covered.filter(id__gt=after) if count else covered, previous)
        if (anchor.previous, anchor.hash, anchor.count) != (previous, digest, held):
            faults.append(Fault("anchor_broken", anchor.day.isoformat(), anchor.count))
        previous, after = anchor.hash, anchor.last_entry
        count += 1
    return count, previous if count else "", faults
