"""One clock of a shipment, and counting back from the day a thing has to be there.

Reading  1. A period runs from the day after its event; counted back, the last safe day is the latest from which the whole period still ends in time.
         2. A duration nobody has set by law is not known and stays so: no average, no target, no guess.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Any, Literal

import msgspec

from tongguan.grammar.calendar import AS_PUBLISHED, ONE_DAY, OwnDays, add_working_days
from tongguan.grammar.citations import cite_text
from tongguan.grammar.findings import render
from tongguan.grammar.money import yuan

Kind = Literal["paper", "before", "deadline", "right", "duration"]
"""paper: to be had by a day; before: can begin early; deadline: to be done by a day; right: lasts until a day; duration: how long something takes."""

EVENTS = ("contract", "shipment", "arrival", "lodging", "release", "payment", "sale")
"""In the order things happen."""


class Clock(msgspec.Struct, frozen=True):
    """One clock. Days that are not known are None, and `waits_for` names the fact that would give them.

    event       what it belongs to (EVENTS): a paper is needed by it, a period runs from it
    earliest    the first day on which it can be done, or is ready when begun today
    last_safe   the last day to begin, or to do it, so that nothing is late even when every authority takes its whole time
    last        the last day the law allows; for a right, the day it ends
    days        how long it takes by law, as text; empty when nobody has set it (is_unknown)
    per_day     what each day of delay costs, in fen
    is_held     the paper is said to be in hand, so that nothing has to be begun
    """

    id: str
    kind: Kind
    event: str
    label_zh: str
    label_en: str
    because: str = ""
    confidence: str = "V1"
    earliest: dt.date | None = None
    last_safe: dt.date | None = None
    last: dt.date | None = None
    days_zh: str = ""
    days_en: str = ""
    note_zh: str = ""
    note_en: str = ""
    is_unknown: bool = False
    is_conditional: bool = False
    is_held: bool = False
    waits_for: tuple[str, ...] = ()
    per_day: int | None = None
    item: int = 0
    slack: int | None = None
    is_critical: bool = False

    @property
    def day(self) -> dt.date | None:
        """The day it is sorted by."""
        return self.last_safe or self.last or self.earliest

    def to_json(self) -> dict[str, Any]:
        """As plain text."""
        return {
            "id": self.id,
            "kind": self.kind,
            "event": self.event,
            "item": self.item or None,
            "label_zh": self.label_zh,
            "label_en": self.label_en,
            "earliest": _text(self.earliest),
            "last_safe": _text(self.last_safe),
            "last": _text(self.last),
            "duration_zh": self.days_zh,
            "duration_en": self.days_en,
            "duration_is_unknown": self.is_unknown,
            "is_conditional": self.is_conditional,
            "is_held": self.is_held,
            "waits_for": list(self.waits_for),
            "cost_of_a_day": None if self.per_day is None else {"amount": yuan(self.per_day), "currency": "CNY"},
            "slack_days": self.slack,
            "is_critical": self.is_critical,
            "note_zh": self.note_zh,
            "note_en": self.note_en,
            "because": self.because,
            "because_zh": cite_text(self.because, "zh") if self.because else "",
            "because_en": cite_text(self.because, "en") if self.because else "",
            "confidence": self.confidence,
        }


def _text(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


def clock(code: str, kind: Kind, event: str, facts: dict[str, str] | None = None, note: str = "", **more: Any) -> Clock:  # noqa: ANN401  # the fields of Clock
    """A clock whose words stand in the catalogue: days.clock.<code>, and a note if it has one."""
    zh, en, note_zh, note_en = _words(code, note, tuple(facts.items()) if facts else ())
    return Clock(code, kind, event, zh, en, note_zh=note_zh, note_en=note_en, **more)


@lru_cache(maxsize=1024)  # the facts are numbers of the law, nearly always the same
def _words(code: str, note: str, facts: tuple[tuple[str, str], ...]) -> tuple[str, str, str, str]:
    """What a clock is called and its note, each in both languages."""
    given = dict(facts)
    words = (render(f"days.clock.{code}", given, "zh"), render(f"days.clock.{code}", given, "en"))
    notes = (render(f"days.note.{note}", given, "zh"), render(f"days.note.{note}", given, "en")) if note else ("", "")
    return words + notes


LONGEST_BACK = 1_000
"""Further back than this nobody plans, and no authority takes so many working days."""


@lru_cache(maxsize=4096)
def begin_by(needed_on: dt.date, days: int, *, is_working: bool, own: OwnDays = AS_PUBLISHED) -> dt.date:
    """The latest day from which a period of days still ends by `needed_on`. Raises OutOfCoverage for a year without a calendar."""
    if not is_working:
        return needed_on - dt.timedelta(days)
    start = needed_on - dt.timedelta(days)
    for _ in range(LONGEST_BACK):
        if add_working_days(start, days, own=own) <= needed_on:
            break
        start -= ONE_DAY
    # a later start may end on the same day when rest days lie between
    while add_working_days(start + ONE_DAY, days, own=own) <= needed_on and start < needed_on:
        start += ONE_DAY
    return start


@lru_cache(maxsize=4096)
def ready_on(begun_on: dt.date, days: int, *, is_working: bool, own: OwnDays = AS_PUBLISHED) -> dt.date:
    """The last day of a period that begins on a day. Raises OutOfCoverage for a year without a calendar."""
    return add_working_days(begun_on, days, own=own) if is_working else begun_on + dt.timedelta(days)
