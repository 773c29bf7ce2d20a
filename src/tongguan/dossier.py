"""The whole picture of a shipment in one answer: code → origin → rate → papers → fees → landed cost and days.

Each part has its own command and its own page; here they stand together, from one reading of the shipment.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from tongguan.assessment.assess import assess
from tongguan.assessment.letter import Block, Heading, Sentence, Table, Words, same, say
from tongguan.assessment.papers import Papers, papers_of_shipment
from tongguan.assessment.papers.catalogues import Catalogues
from tongguan.assessment.papers.paper import Paper
from tongguan.assessment.result import Assessment
from tongguan.assessment.shipment import Shipment
from tongguan.assessment.world import World, shipped_world
from tongguan.days.timeline import Timeline, timeline
from tongguan.fees.estimate import expected
from tongguan.fees.landed import LandedCost, facts_of, landed_cost
from tongguan.fees.register import Register, starter_register
from tongguan.grammar.findings import Finding
from tongguan.grammar.money import yuan_grouped
from tongguan.law.controls.tables import bodies


class Dossier(msgspec.Struct, frozen=True):
    """A shipment's taxes, papers, charges and clocks. `papers` has one entry an item, in the order of the items."""

    assessment: Assessment
    papers: tuple[Papers, ...]
    landed: LandedCost
    timeline: Timeline
    findings: tuple[Finding, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The assessment's own fields with the other parts beside them."""
        return {
            **self.assessment.to_json(),
            "papers": [p.to_json() for p in self.papers],
            "landed_cost": {**self.landed.to_json(), "findings": [f.to_json() for f in self.findings]},
            "timeline": self.timeline.to_json(),
        }


def dossier(
    shipment: Shipment,
    world: World | None = None,
    *,
    assessment: Assessment | None = None,
    register: Register | None = None,
    catalogues: Catalogues | None = None,
    today: dt.date | None = None,
) -> Dossier:
    """Everything that can be said of a shipment. With `assessment`, the one already made is used."""
    world = world or shipped_world()
    answer = assessment or assess(shipment, world)
    papers = papers_of_shipment(shipment, world, catalogues)
    findings: list[Finding] = []
    place, facts = facts_of(shipment, findings)
    fees = expected(register or starter_register(), shipment.declared_on, place, facts)
    clocks = timeline(shipment, answer, world=world, today=today, papers=papers)
    return Dossier(answer, tuple(papers), landed_cost(answer, fees), clocks, tuple(findings))


# --- for people ----------------------------------------------------------------------------------------------------------------------

_SHOWN = {"banned": 0, "required": 1, "conditional": 2, "not_encoded": 3}
MOST_CLOCKS = 9
"""Clocks shown beside the other parts; `tongguan days` has them all."""


def blocks(answer: Dossier) -> list[Block]:
    """Papers, landed cost and days as short sections to follow the letter of the assessment."""
    return [*_papers(answer), *_landed(answer.landed), *_days(answer.timeline)]


def _papers(answer: Dossier) -> list[Block]:
    shown: list[Block] = [Heading(say("dossier.papers"), 2)]
    for number, held in enumerate(answer.papers, start=1):
        asked = sorted((p for p in held.papers if p.status in _SHOWN), key=lambda p: _SHOWN[p.status])
        if len(answer.papers) > 1:
            shown.append(Sentence(same(f"{number}. {held.commodity_code}"), is_short=True))
        if not asked:
            shown.append(Sentence(say("dossier.no_papers")))
            continue
        shown.append(Table(tuple(_paper_row(p) for p in asked)))
    shown.append(Sentence(say("dossier.more_papers"), "quiet"))
    return shown


def _paper_row(paper: Paper) -> tuple[Words, ...]:
    bodies_of = [bodies()[code] for code in paper.authority]
    who = Words("、".join(b.name_zh for b in bodies_of), ", ".join(b.name_en for b in bodies_of))
    asked = ", ".join(paper.missing)
    if paper.status == "conditional" and asked:
        state = say("dossier.conditional_on", facts=asked)
    else:
        state = say(f"dossier.{paper.status}")
    document = f" ({paper.document})" if paper.document else ""
    return state, Words(paper.name_zh + document, paper.name_en + document), who


def _landed(cost: LandedCost) -> list[Block]:
    rows: list[tuple[Words, ...]] = []
    for label, low, high in (
        ("value", cost.value, cost.value),
        ("taxes", cost.taxes_low, cost.taxes_high),
        ("fees", cost.fees_low if cost.fees else None, cost.fees_high),
        ("landed", cost.low, cost.high if not cost.without_price else cost.low),
    ):
        if low is not None:
            rows.append((say(f"dossier.{label}"), same(_range(low, high))))
    found: list[Block] = [
        Heading(say("dossier.cost"), 2),
        Table(tuple(rows), frozenset({1}), frozenset({len(rows) - 1})),
    ]
    if cost.without_price:
        names_zh = "、".join(f.charge.name_zh for f in cost.without_price)
        names_en = ", ".join(f.charge.name_en for f in cost.without_price)
        found.append(Sentence(say("dossier.without_price", names_zh=names_zh, names_en=names_en)))
    elif not cost.fees:
        found.append(Sentence(say("dossier.fees_not_asked"), "quiet"))
    return found


def _range(low: int, high: int | None) -> str:
    if high is None:
        return f"≥ {yuan_grouped(low)}"
    return yuan_grouped(low) if low == high else f"{yuan_grouped(low)} – {yuan_grouped(high)}"


def _days(t: Timeline) -> list[Block]:
    dated = [c for c in t.clocks if c.day is not None]
    if not dated:
        return []
    first = [c for c in dated if c.is_critical] or dated
    chosen = (first + [c for c in dated if c not in first])[:MOST_CLOCKS]
    rows = []
    for c in sorted(chosen, key=lambda c: (c.day or dt.date.max, c.id)):
        day = (c.day or dt.date.max).isoformat()
        rows.append((same(day), Words(c.label_zh, c.label_en), Words(c.days_zh, c.days_en)))
    return [Heading(say("dossier.days"), 2), Table(tuple(rows)), Sentence(say("dossier.more_days"), "quiet")]
