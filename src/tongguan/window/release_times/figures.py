"""How long things take here: tallied from the journal, read as percentiles."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec
from django.db import transaction
from django.db.models import F, Sum

from tongguan.grammar.strict_yaml import read_yaml
from tongguan.window import clock
from tongguan.window.access.actor import Moment
from tongguan.window.declarations.models import Declaration
from tongguan.window.journal.models import Entry
from tongguan.window.permits.models import Case
from tongguan.window.release_times.models import Cursor, Tally

FEWEST = 5
"""Below this number of cases no percentile is published: it would tell about single firms."""
PERCENTILES = (50, 80, 95)
BATCH = 5_000


class StageOf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One stage: whose chain, which acts begin and end it, and its name."""

    subject: str
    begins: tuple[str, ...]
    ends: tuple[str, ...]
    zh: str
    en: str


@cache
def stages() -> dict[str, StageOf]:
    """The stages by name, in the order of the page."""
    return read_yaml(Path(__file__).parent / "stages.yaml", dict[str, StageOf])


@cache
def _ends() -> tuple[int, ...]:
    """Upper ends of the buckets in minutes, each at least a tenth above the one before, up to about two years."""
    ends = [1]
    while ends[-1] < 1_000_000:
        ends.append(max(ends[-1] + 1, ends[-1] * 11 // 10))
    return tuple(ends)


def bucket_of(minutes: int) -> int:
    """The bucket a duration falls into."""
    ends = _ends()
    low, high = 0, len(ends) - 1
    while low < high:
        middle = (low + high) // 2
        if minutes <= ends[middle]:
            high = middle
        else:
            low = middle + 1
    return low


# --- tally -------------------------------------------------------------------------------------------------------------------------


def tally(moment: Moment) -> int:
    """Add what the journal has gained since the last time. Answers how many entries were read; running twice at once counts nothing twice."""
    read = 0
    while (some := _tally_some(moment)) > 0:
        read += some
    return read


def _tally_some(moment: Moment) -> int:
    with transaction.atomic():
        Cursor.objects.get_or_create(name="journal", defaults={"entry": 0})
        cursor = Cursor.objects.select_for_update().get(name="journal")
        # An act still being written may hold an earlier number than one already there: the last minute is left for the next time.
        settled = Entry.objects.filter(id__gt=cursor.entry, at__lt=moment.at - dt.timedelta(minutes=1)).order_by("id")
        entries = list(settled[:BATCH])
        if not entries:
            return 0
        counted: Counter[tuple[dt.date, str, str, str, int]] = Counter()
        for entry in entries:
            for name, stage in stages().items():
                if entry.act in stage.ends and entry.subject.startswith(stage.subject + ":"):
                    _count(counted, name, stage, entry)
        for (day, name, channel, body, bucket), count in counted.items():
            held, is_new = Tally.objects.get_or_create(
                day=day, stage=name, channel=channel, body=body, bucket=bucket, defaults={"count": count}
            )
            if not is_new:
                Tally.objects.filter(pk=held.pk).update(count=F("count") + count)
        Cursor.objects.filter(pk=cursor.pk).update(entry=entries[-1].pk)
    return len(entries)


def _count(counted: Counter[tuple[dt.date, str, str, str, int]], name: str, stage: StageOf, end: Entry) -> None:
    number = int(end.subject.partition(":")[2])
    channel, body, began = "", "", None
    if stage.subject == "declaration":
        channel = Declaration.objects.filter(pk=number).values_list("channel", flat=True).first() or ""
        before = Entry.objects.filter(subject=end.subject, sequence__lt=end.sequence, act__in=stage.begins)
        began = before.order_by("-sequence").values_list("at", flat=True).first()
    else:
        body, began = Case.objects.filter(pk=number).values_list("body", "requested_at").first() or ("", None)
    if began is not None:
        minutes = max(0, int((end.at - began).total_seconds() // 60))
        counted[clock.day_of(end.at), name, channel, body, bucket_of(minutes)] += 1


# --- read --------------------------------------------------------------------------------------------------------------------------


class Figure(NamedTuple):
    """One row: a stage, of which channel or body, how many cases, and minutes at each of PERCENTILES (None where too few)."""

    stage: str
    channel: str
    body: str
    cases: int
    minutes: tuple[int, ...] | None


def figures(until: dt.date, days: int = 90) -> list[Figure]:
    """All stages over the last days, each as a whole and by channel or body."""
    since = until - dt.timedelta(days=days)
    rows = (
        Tally.objects.filter(day__gt=since, day__lte=until)
        .values("stage", "channel", "body", "bucket")
        .annotate(sum=Sum("count"))
    )
    held: dict[tuple[str, str, str], Counter[int]] = {}
    for row in rows:
        for key in {(row["stage"], "", ""), (row["stage"], row["channel"], row["body"])}:
            held.setdefault(key, Counter())[row["bucket"]] += row["sum"]
    order = list(stages())
    return [
        Figure(*key, sum(counts.values()), percentiles(counts))
        for key, counts in sorted(held.items(), key=lambda pair: (order.index(pair[0][0]), pair[0][1:]))
        if key[0] in stages()
    ]


def percentiles(counts: Counter[int]) -> tuple[int, ...] | None:
    """Minutes below which so many of a hundred cases ended; None when there are too few cases to say."""
    total = sum(counts.values())
    if total < FEWEST:
        return None
    ends, found = _ends(), []
    for wanted in PERCENTILES:
        passed = 0
        for bucket in sorted(counts):
            passed += counts[bucket]
            if passed * 100 >= wanted * total:
                found.append(ends[bucket])
                break
    return tuple(found)


def usual(stage: str, until: dt.date, *, channel: str = "", body: str = "") -> Figure | None:
    """How long a stage usually takes; None when this window has no record of it."""
    return next((f for f in figures(until) if (f.stage, f.channel, f.body) == (stage, channel, body)), None)
