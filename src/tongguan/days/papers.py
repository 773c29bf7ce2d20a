"""The papers of a shipment as clocks: by when each has to be there, how long the authority may take, when to begin at the latest.

Reading  1. A paper is needed by its stage: the contract, the departure of the goods, the declaration, the sale. A stage whose day is not stated falls back to
            the next one whose day is, and that is said.
         2. Several periods of one paper may follow each other or belong to different goods; the texts behind the table do not always say. Each is shown,
            and the longest decides. Where they do follow each other, begin earlier by the shorter ones.
         3. A tariff-quota certificate is applied for in the October before the year of the import (law/clocks/quota_year); quotas given first come, first served
            have days of their own, which are not held.
         4. Papers are asked for side by side unless a stage orders them: those for the contract come before the contract.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from tongguan.assessment.papers import Paper
from tongguan.assessment.shipment import GoodsItem, Shipment
from tongguan.days.clocks import Clock, begin_by, clock, ready_on
from tongguan.grammar.calendar import AS_PUBLISHED, OwnDays
from tongguan.grammar.citations import weakest
from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.findings import Finding, render
from tongguan.grammar.parameters import LawBook
from tongguan.law.clocks.quota_year.rule import YEARS, quota_day
from tongguan.law.controls.evaluate import CONDITIONAL, REQUIRED
from tongguan.law.controls.tables import Days

QUOTAS = "tariff_quota_certificates"
EVENT_OF_STAGE = {"contract": "contract", "shipment": "shipment", "arrival": "lodging", "sale": "sale"}
FALLS_BACK = {
    "contract": ("contract", "shipment", "arrival", "lodging"),
    "shipment": ("shipment", "arrival", "lodging"),
    "arrival": ("lodging", "arrival"),
    "sale": ("sale",),
}
WAITS_FOR = {"contract": "contract_on", "shipment": "shipped_on", "arrival": "dates.declared", "sale": "sold_on"}


def paper_clocks(
    papers: Iterable[Paper],
    item: int,
    milestones: dict[str, dt.date],
    findings: list[Finding],
    *,
    law: LawBook,
    held: frozenset[str] = frozenset(),
    today: dt.date | None = None,
    own: OwnDays = AS_PUBLISHED,
) -> list[Clock]:
    """A clock for every paper that is, or may be, required."""
    clocks = []
    for paper in papers:
        if paper.status not in {REQUIRED, CONDITIONAL}:
            continue
        if paper.id in held or (QUOTAS in held and paper.family == QUOTAS):
            clocks.append(_held(paper, item, milestones))
            continue
        try:
            if paper.family == QUOTAS and (imported := milestones.get("arrival") or milestones.get("lodging")):
                clocks += _quota(paper, item, imported, today, law)
            else:
                clocks.append(_clock(paper, item, milestones, today, own))
        except OutOfCoverage as error:
            findings.append(Finding(error.code, f"items[{item}]", error.facts, severity="warning"))
            clocks.append(_clock(paper, item, {}, None, own))
    return clocks


def held_among(goods: GoodsItem, shipment: Shipment) -> frozenset[str]:
    """Papers said to be in hand: `papers_held` of the item or the shipment, by identifier with `;` between, and a quota certificate by its own field."""
    written = f"{goods.facts.get('papers_held', '')};{shipment.facts.get('papers_held', '')}"
    held = {one.strip() for one in written.split(";") if one.strip()}
    return frozenset(held | ({QUOTAS} if goods.has_quota_certificate else set()))


def _held(paper: Paper, item: int, milestones: dict[str, dt.date]) -> Clock:
    """A paper in hand: needed by its day, and nothing to begin."""
    notes = [render("days.note.held", {}, language) for language in ("zh", "en")]
    needed_by = next((milestones[e] for e in FALLS_BACK[paper.stage] if e in milestones), None)
    return Clock(
        paper.id, "paper", EVENT_OF_STAGE[paper.stage], paper.name_zh, paper.name_en, paper.because, paper.confidence, last=needed_by,
        note_zh=notes[0], note_en=notes[1], is_held=True, item=item,
    )  # fmt: skip


def _quota(paper: Paper, item: int, imported: dt.date, today: dt.date | None, law: LawBook) -> list[Clock]:
    """A quota certificate: applied for in October, decided by the end of the year; what is left goes back in September."""
    rule = law.rule("clocks/quota_year")
    days = {name: quota_day(name, imported, rule) for name in YEARS}
    facts = {name: day.isoformat() for name, day in days.items()}
    marks = [paper.confidence] + [rule.at(name, imported).confidence for name in YEARS]
    because = "; ".join(dict.fromkeys([*paper.because.split("; "), "goods-regulations#27", "goods-regulations#29"]))
    notes = [render("days.note.quota", facts, language) for language in ("zh", "en")]
    window = [render("days.duration.quota", facts, language) for language in ("zh", "en")]
    is_conditional = paper.status == CONDITIONAL
    applied = Clock(
        paper.id, "paper", "contract", paper.name_zh, paper.name_en, because, weakest(marks), earliest=days["allocated_by"] if today and today <= days["apply_until"] else None,
        last_safe=days["apply_until"], last=imported, days_zh=window[0], days_en=window[1], note_zh=notes[0], note_en=notes[1],
        is_conditional=is_conditional, item=item,
    )  # fmt: skip
    back = clock(
        "quota_return", "deadline", "sale", because="goods-regulations#31", confidence=rule.at("return_by", imported).confidence,
        last_safe=days["return_by"], last=days["return_by"], is_conditional=True, item=item,
    )  # fmt: skip
    return [applied, back]


def _clock(paper: Paper, item: int, milestones: dict[str, dt.date], today: dt.date | None, own: OwnDays) -> Clock:
    span = _span(paper.stage, paper.days, tuple(milestones.items()), today, own)
    because, confidence = paper.because, paper.confidence
    if paper.days:
        because = "; ".join(dict.fromkeys(c for c in (because, *(d.cites for d in paper.days)) if c))
        confidence = weakest([*(d.confidence for d in paper.days), confidence])
    return Clock(
        paper.id, "paper", EVENT_OF_STAGE[paper.stage], paper.name_zh, paper.name_en, because, confidence,
        earliest=span.earliest, last_safe=span.last_safe, last=span.last, days_zh=span.days_zh, days_en=span.days_en,
        note_zh=span.note_zh, note_en=span.note_en, is_unknown=not paper.days, is_conditional=paper.status == CONDITIONAL, waits_for=span.waits_for,
        item=item,
    )  # fmt: skip


class _Span(NamedTuple):
    """When a paper of a stage has to be begun and is there, and how long it takes, in words."""

    earliest: dt.date | None
    last_safe: dt.date | None
    last: dt.date | None
    days_zh: str
    days_en: str
    note_zh: str
    note_en: str
    waits_for: tuple[str, ...]


@lru_cache(maxsize=4096)  # most papers of a consignment have the same stage and the same periods, or none
def _span(
    stage: str, days: tuple[Days, ...], known: tuple[tuple[str, dt.date], ...], today: dt.date | None, own: OwnDays
) -> _Span:
    """`known` are the milestones. Raises OutOfCoverage for a year without a calendar."""
    milestones = dict(known)
    needed_by = next((milestones[e] for e in FALLS_BACK[stage] if e in milestones), None)
    has_own_day = EVENT_OF_STAGE[stage] in milestones
    forward = [d for d in days if not d.before]
    back = [d for d in days if d.before]
    arrival = milestones.get("arrival") or milestones.get("lodging")
    last_safe: list[dt.date] = []
    if needed_by is not None:
        last_safe += [begin_by(needed_by, d.number, is_working=d.kind == "working", own=own) for d in forward]
    if arrival is not None:
        last_safe += [begin_by(arrival, d.number, is_working=d.kind == "working", own=own) for d in back]
    ready = [ready_on(today, d.number, is_working=d.kind == "working", own=own) for d in forward] if today else []
    note = "stage_fell_back" if needed_by is not None and not has_own_day else ""
    return _Span(
        max(ready, default=None), min(last_safe, default=None), needed_by, "；".join(_duration(d, "zh") for d in days),
        "; ".join(_duration(d, "en") for d in days), *_notes(note, are_several=len(days) > 1),
        () if has_own_day else (WAITS_FOR[stage],),
    )  # fmt: skip


def _notes(note: str, *, are_several: bool) -> tuple[str, str]:
    """The note of a code, if any, and that there are several periods, in both languages."""
    zh, en = (render(f"days.note.{note}", {}, language) if note else "" for language in ("zh", "en"))
    if are_several:
        zh += render("days.note.several_periods", {}, "zh")
        en += (" " if en else "") + render("days.note.several_periods", {}, "en")
    return zh, en


def _duration(d: Days, language: str) -> str:
    """How long, in words: "20 working days to decide"."""
    kind = "immediate" if d.kind == "immediate" else f"{d.kind}_before" if d.before else d.kind
    words = render(f"days.duration.{kind}", {"number": str(d.number)}, language)
    detail = d.zh if language == "zh" else d.en
    if not detail:
        return words
    return f"{words}（{detail}）" if language == "zh" else f"{words} ({detail})"
