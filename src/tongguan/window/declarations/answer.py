"""What is kept of the answer given at lodging: amounts with their proof, papers asked, clocks. Compact, typed, and readable again years later.

A figure is kept as it was reckoned (`assessment.result.Charge`: whole fen, rate, base, article, the dated numbers it rests on), so that it can be
recomputed from its own fields. Texts that follow from a code are rendered when they are read, in the reader's language.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from tongguan.assessment.papers.paper import Papers
from tongguan.assessment.result import Charge, ItemAssessment
from tongguan.dossier import Border
from tongguan.grammar.findings import Finding
from tongguan.law.controls.evaluate import BANNED, CONDITIONAL, NOT_ENCODED, REQUIRED
from tongguan.window.published.rates import RateUsed

ASKED = frozenset({BANNED, REQUIRED, CONDITIONAL, NOT_ENCODED})
"""Papers worth keeping: all but those that are not required."""


class Item(msgspec.Struct, frozen=True, omit_defaults=True):
    """One goods item: its dutiable value, the option that applies with every charge, and the totals in fen (None: not bounded)."""

    number: int
    commodity_code: str = ""
    name_zh: str = ""
    name_en: str = ""
    origin: str = ""
    dutiable_value: int | None = None
    label_zh: str = ""
    label_en: str = ""
    rate: str = ""
    scheme: str = ""
    low: int | None = None
    high: int | None = None
    charges: tuple[dict[str, Any], ...] = ()
    missing: tuple[str, ...] = ()

    def charged(self) -> list[Charge]:
        """The charges as the assessment made them."""
        return [msgspec.convert(charge, Charge) for charge in self.charges]


class PaperAsked(msgspec.Struct, frozen=True, omit_defaults=True):
    """One paper the border asks, and of which items."""

    id: str
    status: str
    name_zh: str
    name_en: str
    because: str = ""
    document: str = ""
    authority: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    items: tuple[int, ...] = ()

    @property
    def status_text(self) -> str:
        """The key of its status among the texts of pages."""
        return f"declarations.status_{self.status}"

    @property
    def items_text(self) -> str:
        """The numbers of its items."""
        return ", ".join(str(number) for number in self.items)


class ClockKept(msgspec.Struct, frozen=True, omit_defaults=True):
    """One clock with a day: the last safe day, the last day, and what a day of delay costs in fen."""

    id: str
    kind: str
    label_zh: str
    label_en: str
    because: str = ""
    last_safe: dt.date | None = None
    last: dt.date | None = None
    per_day: int | None = None
    item: int = 0

    @property
    def day(self) -> dt.date | None:
        """The day to look at."""
        return self.last_safe or self.last


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """The answer given to one version of the facts. `low` and `high` in fen; they differ where a fact is missing, None where nothing bounds them."""

    declared_on: dt.date
    schema: str = "tongguan-kept-answer/1"
    governing_on: dt.date | None = None
    governing_because: str = ""
    law_version: str = ""
    schedule: str = ""
    rates: tuple[RateUsed, ...] = ()
    low: int | None = None
    high: int | None = None
    items: tuple[Item, ...] = ()
    surcharges: tuple[dict[str, Any], ...] = ()
    papers: tuple[PaperAsked, ...] = ()
    clocks: tuple[ClockKept, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def total(self) -> int | None:
        """The one figure in fen, where the answer is one figure."""
        return self.low if self.low is not None and self.low == self.high else None

    def clock(self, identifier: str) -> ClockKept | None:
        """A clock by its id."""
        return next((c for c in self.clocks if c.id == identifier), None)


def keep(told: Border, rates: tuple[RateUsed, ...] = ()) -> Answer:
    """What is kept of a whole answer, with the published exchange rates it rests on."""
    assessment = told.assessment
    return Answer(
        declared_on=assessment.declared_on or told.timeline.milestones["lodging"],
        governing_on=assessment.governing_on,
        governing_because=assessment.governing_because,
        law_version=assessment.law_version,
        schedule=assessment.schedule,
        rates=rates,
        low=assessment.total_low,
        high=assessment.total_high,
        items=tuple(_item(one) for one in assessment.items),
        surcharges=tuple(_charge(charge) for charge in assessment.surcharges),
        papers=_papers(told.papers),
        clocks=tuple(
            ClockKept(c.id, c.kind, c.label_zh, c.label_en, c.because, c.last_safe, c.last, c.per_day, c.item)
            for c in told.timeline.clocks
            if c.kind not in {"paper", "before"} and (c.last_safe or c.last or c.per_day)
        ),
        findings=assessment.all_findings,
    )


def _item(one: ItemAssessment) -> Item:
    applied = one.applied
    return Item(
        number=one.number,
        commodity_code=one.commodity_code,
        name_zh=one.name_zh,
        name_en=one.name_en,
        origin=one.origin,
        dutiable_value=one.dutiable_value,
        label_zh=applied.label_zh if applied else "",
        label_en=applied.label_en if applied else "",
        rate=applied.rate_text if applied else "",
        scheme=applied.scheme if applied else "",
        low=one.low,
        high=one.high,
        charges=tuple(_charge(charge) for charge in applied.charges) if applied else (),
        missing=one.missing_facts,
    )


_PLAIN = msgspec.to_builtins(Charge(kind="", formula="", amount=0, payable=0))
"""What a charge says when it says nothing: left out, and there again when it is read."""


def _charge(charge: Charge) -> dict[str, Any]:
    said: dict[str, Any] = msgspec.to_builtins(charge)
    return {
        name: value
        for name, value in said.items()
        if name in {"kind", "formula", "amount", "payable"} or value != _PLAIN[name]
    }


def _papers(papers: tuple[Papers, ...]) -> tuple[PaperAsked, ...]:
    """Each paper once, with the numbers of its items."""
    held: dict[tuple[str, str], PaperAsked] = {}
    for number, of_item in enumerate(papers, start=1):
        for paper in of_item.papers:
            if paper.status not in ASKED:
                continue
            before = held.get((paper.id, paper.status))
            items = (*(before.items if before else ()), number)
            held[paper.id, paper.status] = PaperAsked(
                paper.id, paper.status, paper.name_zh, paper.name_en, paper.because, paper.document, paper.authority, paper.missing, items
            )  # fmt: skip
    return tuple(held.values())


def read(kept: dict[str, Any] | None) -> Answer | None:
    """A kept answer as it was given."""
    return None if kept is None else msgspec.convert(kept, Answer)
