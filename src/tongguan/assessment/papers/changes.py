"""Which requirement was dropped or added between two days, for the same goods.

The days between are walked from one date of the tables to the next, so that a paper added in 2022 and put on a new act in 2026 is told twice.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from itertools import pairwise
from typing import Any

import msgspec

from tongguan.assessment.papers.catalogues import Catalogues
from tongguan.assessment.papers.paper import Paper
from tongguan.assessment.papers.resolve import Question, papers_of
from tongguan.assessment.shipment import GoodsItem
from tongguan.assessment.world import World
from tongguan.grammar.citations import cite_text
from tongguan.law.controls.evaluate import BANNED, CONDITIONAL, NOT_ENCODED, REQUIRED
from tongguan.law.controls.tables import requirements

ASKED = (REQUIRED, CONDITIONAL)
WORDS = {
    "added": ("新增", "added"),
    "dropped": ("取消", "dropped"),
    "banned": ("转为禁止", "now banned"),
    "opened": ("不再禁止", "no longer banned"),
    "other_ban": ("此项禁令结束，另有禁令", "this ban ended, another stands"),
    "new_basis": ("依据变化", "same paper, new act"),
    "unknown": ("此后未收录", "not held from then on"),
}


class Change(msgspec.Struct, frozen=True):
    """One difference. `on` is the day it took effect, where the rule says so."""

    kind: str
    id: str
    before: Paper | None
    after: Paper | None
    on: dt.date | None

    @property
    def paper(self) -> Paper:
        """The paper as it stands now, or as it stood last."""
        shown = self.after or self.before
        if shown is None:
            raise ValueError(self.id)
        return shown

    def to_json(self) -> dict[str, Any]:
        """As plain text."""
        paper = self.paper
        return {
            "kind": self.kind,
            "id": self.id,
            "on": self.on.isoformat() if self.on else None,
            "name_zh": paper.name_zh,
            "name_en": paper.name_en,
            "status_before": self.before.status if self.before else None,
            "status_after": self.after.status if self.after else None,
            "why_zh": paper.why_zh,
            "why_en": paper.why_en,
            "because": paper.because,
            "because_zh": cite_text(paper.because, "zh") if paper.because else "",
            "because_en": cite_text(paper.because, "en") if paper.because else "",
        }


def changes(code: str, origin: str | None, first: dt.date, second: dt.date, world: World | None = None) -> list[Change]:
    """What changed for a code and origin between two days; the earlier day is the one before, in whichever order they are given."""
    return changes_of(Question(GoodsItem(code, origin=origin), first), second, world)


def changes_of(
    question: Question, second: dt.date, world: World | None = None, catalogues: Catalogues | None = None
) -> list[Change]:
    """As `changes`, for everything that is stated of the goods."""
    early, late = sorted((question.day, second))
    days = sorted({early, late} | {day for some in _turning_days().values() for day in some if early < day < late})
    states = [papers_of(msgspec.structs.replace(question, day=day), world, catalogues) for day in days]
    found = []
    for before, after in pairwise(states):
        for identifier in dict.fromkeys(p.id for p in (*before.papers, *after.papers)):
            was, now = before.get(identifier), after.get(identifier)
            kind = _kind(was, now)
            if kind == "opened" and after.of(BANNED):
                kind = "other_ban"
            if kind:
                found.append(Change(kind, identifier, was, now, _on(was, now, before.day, after.day)))
    return sorted(found, key=lambda change: change.on or dt.date.max)


@cache
def _turning_days() -> dict[str, frozenset[dt.date]]:
    """The days on which each requirement of the tables begins, ends or changes."""
    found = {}
    for identifier, (_, r) in requirements().items():
        spans = [(d.since, d.until) for group in (r.periods, r.scopes, r.exemptions, r.asked) for d in group]
        begins = {since for since, _ in spans if since}
        found[identifier] = frozenset(begins | {until + dt.timedelta(days=1) for _, until in spans if until})
    return found


def _kind(was: Paper | None, now: Paper | None) -> str:
    """What sort of difference it is; empty when there is none worth telling."""
    old, new = (p.status if p is not None else "" for p in (was, now))
    if old == new:
        is_new = was is not None and now is not None and old in (*ASKED, BANNED) and was.because != now.because
        return "new_basis" if is_new else ""
    if new == BANNED:
        return "banned"
    if new in ASKED and old in ASKED:
        return ""
    if new == NOT_ENCODED:
        return "unknown" if old in (*ASKED, BANNED) else ""
    if old == BANNED:
        return "opened"
    if new in ASKED:
        return "added"
    return "dropped" if old in ASKED else ""


def _on(was: Paper | None, now: Paper | None, early: dt.date, late: dt.date) -> dt.date | None:
    """The day a difference took effect: the first day of the new state, else the day after the last of the old one; None when neither is known."""
    shown = now or was
    if shown is not None and late in _turning_days().get(shown.id, ()):
        return late
    if now is not None and now.since and early < now.since <= late:
        return now.since
    if was is not None and was.until and was.until < late:
        return max(early, was.until) + dt.timedelta(days=1)
    return None
