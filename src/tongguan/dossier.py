"""The whole picture of a shipment in one answer: code → origin → rate → papers → fees → landed cost and days.

Each part has its own command and its own page; here they stand together, from one reading of the shipment. Where an item has a name and no code, the
codes it may be stand in the place of the code, each with what it would cost, and no tax is guessed.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import msgspec

from tongguan.assessment.assess import assess
from tongguan.assessment.explain import figure, value_word
from tongguan.assessment.letter import NOTHING, Block, Heading, Sentence, Table, Words, same, say
from tongguan.assessment.papers import Papers, papers_of_shipment
from tongguan.assessment.papers.catalogues import Catalogues
from tongguan.assessment.papers.paper import Paper
from tongguan.assessment.result import APPLIES, NOT_ENCODED, Assessment, money
from tongguan.assessment.shipment import Shipment
from tongguan.assessment.world import World, shipped_world
from tongguan.days.timeline import Timeline, timeline
from tongguan.fees.estimate import expected
from tongguan.fees.landed import LandedCost, facts_of, landed_cost
from tongguan.fees.register import Register, starter_register
from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.findings import Finding
from tongguan.grammar.money import yuan_grouped
from tongguan.law.controls.tables import bodies
from tongguan.origin.examine import Answer
from tongguan.origin.explain import STATUS, cures_text
from tongguan.origin.options import ItemOrigin, Openness, origins_of_shipment

if TYPE_CHECKING:
    from collections.abc import Callable

    from tongguan.tariff.classification.guide import Guide
    from tongguan.tariff.classification.result import Choice, Classification
    from tongguan.tariff.schedule import Line

MOST_CODES, MOST_LINES = 3, 2
"""Candidates for a missing code that are priced and shown, and lines named for each."""


class CodeCandidate(msgspec.Struct, frozen=True):
    """A code the goods may have: its share of what the words speak for, its text, and the total payable if it is that one, in fen.

    `low` is None where no line under it is held; `high` where nothing bounds the total from above.
    """

    code: str
    share: float
    text_zh: str
    text_en: str
    low: int | None
    high: int | None

    def to_json(self) -> dict[str, Any]:
        """As plain text."""
        return {
            "code": self.code,
            "share": round(self.share, 3),
            "text_zh": self.text_zh,
            "text_en": self.text_en,
            "total_low": None if self.low is None else money(self.low),
            "total_high": None if self.low is None or self.high is None else money(self.high),
        }


class CodeToFind(msgspec.Struct, frozen=True):
    """An item that has a name and no code: what the code may be, how sure, and the question that would tell most."""

    number: int
    found: Classification
    candidates: tuple[CodeCandidate, ...]

    def to_json(self) -> dict[str, Any]:
        """As plain text."""
        return {
            "number": self.number,
            "candidates": [c.to_json() for c in self.candidates],
            "classification": self.found.to_json(),
        }


class Border(msgspec.Struct, frozen=True):
    """What the border asks of a shipment: its taxes, its papers (one entry an item, in the order of the items), and its clocks."""

    assessment: Assessment
    papers: tuple[Papers, ...]
    timeline: Timeline


class Dossier(Border, frozen=True):
    """All that the border asks, with origins, charges and the codes still to be found.

    `origins` has one entry an item, in the order of the items; it is empty while the day whose rates apply is not known.
    """

    landed: LandedCost
    findings: tuple[Finding, ...] = ()
    origins: tuple[ItemOrigin, ...] = ()
    codes: tuple[CodeToFind, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether the assessment is complete and every bill of materials could be read."""
        return self.assessment.is_complete and not any(f.severity == "error" for o in self.origins for f in o.findings)

    def to_json(self) -> dict[str, Any]:
        """The assessment's own fields with the other parts beside them."""
        return {
            **self.assessment.to_json(),
            "code": [c.to_json() for c in self.codes],
            "origin": [o.to_json() for o in self.origins],
            "papers": [p.to_json() for p in self.papers],
            "landed_cost": {**self.landed.to_json(), "findings": [f.to_json() for f in self.findings]},
            "timeline": self.timeline.to_json(),
        }


def border(
    shipment: Shipment,
    world: World | None = None,
    *,
    assessment: Assessment | None = None,
    catalogues: Catalogues | None = None,
    today: dt.date | None = None,
) -> Border:
    """What a declaration rests on when it is lodged. With `assessment`, the one already made is used."""
    world = world or shipped_world()
    answer = assessment or assess(shipment, world)
    papers = tuple(papers_of_shipment(shipment, world, catalogues))
    return Border(answer, papers, timeline(shipment, answer, world=world, today=today, papers=papers))


def dossier(
    shipment: Shipment,
    world: World | None = None,
    *,
    assessment: Assessment | None = None,
    register: Register | None = None,
    catalogues: Catalogues | None = None,
    today: dt.date | None = None,
    guide: Callable[[], Guide] | None = None,
) -> Dossier:
    """Everything that can be said of a shipment. With `assessment`, the one already made is used; with `guide`, the one that is there for codes to find."""
    world = world or shipped_world()
    asked = border(shipment, world, assessment=assessment, catalogues=catalogues, today=today)
    findings: list[Finding] = []
    place, facts = facts_of(shipment, findings)
    fees = expected(register or starter_register(), shipment.declared_on, place, facts)
    answer = asked.assessment
    return Dossier(
        answer, asked.papers, asked.timeline, landed_cost(answer, fees), tuple(findings),
        origins_of_shipment(shipment, answer, world), _codes(shipment, answer, world, guide or _guide),
    )  # fmt: skip


def _guide() -> Guide:
    from tongguan.tariff.classification.guide import Guide  # loads the search, which an item with a code has no use for

    return Guide("cn")


def _codes(shipment: Shipment, answer: Assessment, world: World, guide: Callable[[], Guide]) -> tuple[CodeToFind, ...]:
    """What the code of each item may be whose assessment waits for one."""
    waiting = [i.number for i in answer.items if any(f.code == "tariff.code_to_be_found" for f in i.findings)]
    if not waiting:
        return ()
    asked = guide()
    found = []
    for number in waiting:
        classified = asked.classify(shipment.items[number - 1].name)
        first = [(c.code, c.share, c.text) for c in classified.candidates[:MOST_CODES]]
        if not first and classified.code:
            first = [(classified.code, classified.confidence, classified.text)]
        candidates = [_candidate(shipment, number, code, share, text, world) for code, share, text in first]
        found.append(CodeToFind(number, classified, tuple(candidates)))
    return tuple(found)


def _candidate(
    shipment: Shipment, number: int, code: str, share: float, text: dict[str, str], world: World
) -> CodeCandidate:
    """One code with what the item would cost under it, the rest of the shipment as it is."""
    items = list(shipment.items)
    items[number - 1] = msgspec.structs.replace(items[number - 1], commodity_code=code)
    priced = assess(msgspec.structs.replace(shipment, items=tuple(items)), world).items[number - 1]
    zh, en = text.get("zh", ""), text.get("en", "")
    if not (zh or en):
        lines = _lines_under(code, shipment.declared_on, world)
        zh, en = "；".join(one.name_zh for one in lines), "; ".join(one.name_en for one in lines)
    return CodeCandidate(code, share, zh or en, en or zh, priced.low, priced.high)


def _lines_under(code: str, day: dt.date, world: World) -> list[Line]:
    """The first lines of the schedule under a code, which stand for its text where the nomenclature is not loaded."""
    lines = []
    for full in world.schedule.codes_under(code):
        try:
            lines.append(world.schedule.line(full, day))
        except OutOfCoverage:
            continue
    return lines[:MOST_LINES]


# --- for people ----------------------------------------------------------------------------------------------------------------------

_SHOWN = {"banned": 0, "required": 1, "conditional": 2, "not_encoded": 3}
MOST_CLOCKS = 9
"""Clocks shown beside the other parts; `tongguan days` has them all."""


def blocks(answer: Dossier) -> list[Block]:
    """Papers, landed cost and days as short sections to follow the letter of the assessment."""
    return [
        *_to_find(answer),
        *_origin(answer),
        *_papers(answer),
        *_landed(answer.landed, value_word(answer.assessment.governing_on)),
        *_days(answer.timeline),
    ]


def _to_find(answer: Dossier) -> list[Block]:
    shown: list[Block] = [Heading(say("dossier.code"), 2)] if answer.codes else []
    for one in answer.codes:
        found = one.found
        lead = f"{one.number}. {found.term}"
        if found.code:
            sure = say("dossier.code_certain", digits=found.code, share=f"{found.confidence * 100:.0f}")
        else:
            sure = say("dossier.code_uncertain" if one.candidates else "dossier.code_nothing")
        shown.append(Sentence(sure, "warning", lead=lead))
        rows = [
            (
                same(c.code),
                same(f"{c.share * 100:.0f} %"),
                Words(c.text_zh, c.text_en),
                same(figure(c.low, c.high)) if c.low is not None else say("dossier.code_not_held"),
            )
            for c in one.candidates
        ]
        if rows:
            header = (say("dossier.code_short"), say("dossier.code_share"), NOTHING, say("letter.to_pay"))
            shown.append(Table(tuple(rows), frozenset({1, 3}), header=header))
        if found.question is not None:
            asked = found.question
            shown.append(
                Sentence(
                    say("dossier.code_question", text_zh=_of(asked.text, "zh"), text_en=_of(asked.text, "en")),
                    symbol="?",
                )
            )
            named = [_choice(c) for c in asked.choices]
            shown.append(Sentence(Words("；".join(n.zh for n in named), "; ".join(n.en for n in named)), indent=2))
            shown.append(Sentence(say("dossier.code_answer", term=found.term, key=asked.key), "quiet", "→"))
    return shown


def _choice(choice: Choice) -> Words:
    """An answer in its own words, with the tariff text it leads to."""
    zh, en = (_of(choice.text, one) or " ".join((choice.key, _of(choice.tariff_text, one))) for one in ("zh", "en"))
    return Words(zh.strip(), en.strip())


def _of(words: dict[str, str], language: str) -> str:
    return words.get(language) or next(iter(words.values()), "")


MOST_AGREEMENTS = 4
"""Agreements told in full for each item; the others are named."""


def _origin(answer: Dossier) -> list[Block]:
    shown: list[Block] = []
    for one in answer.origins:
        blocks = _item_origin(one)
        if blocks and len(answer.origins) > 1:
            shown.append(Sentence(same(f"{one.number}. {one.commodity_code}"), is_short=True))
        shown += blocks
    return [Heading(say("dossier.origin"), 2), *shown] if shown else []


def _item_origin(one: ItemOrigin) -> list[Block]:
    shown: list[Block] = []
    examined = {a.scheme: a for a in one.examination.answers} if one.examination else {}
    told = [a for a in one.agreements if a.status != NOT_ENCODED][:MOST_AGREEMENTS]
    for number, agreement in enumerate(told, start=1):
        shown += _agreement(number, agreement, examined.pop(agreement.scheme, None))
    others = [a for a in one.agreements if a not in told]
    for agreement in others:
        if agreement.scheme in examined:
            shown += _agreement(0, agreement, examined.pop(agreement.scheme))
    rest = [a for a in others if one.examination is None]
    if rest:
        shown.append(
            Sentence(
                say(
                    "dossier.origin_others",
                    names_zh="、".join(a.name_zh for a in rest),
                    names_en="; ".join(a.name_en for a in rest),
                ),
                "quiet",
            )
        )
    for left in examined.values():
        shown += _examined(left, with_name=True)
    for finding in one.findings:
        shown.append(
            Sentence(
                Words(finding.message("zh"), finding.message("en")),
                "error" if finding.severity == "error" else "warning",
                "!",
                lead=finding.path,
            )
        )
        if finding.next_step("en"):
            shown.append(Sentence(Words(finding.next_step("zh"), finding.next_step("en")), "quiet", "→", 2))
    return shown


def _agreement(number: int, a: Openness, examined: Answer | None) -> list[Block]:
    """One agreement on a few lines: what it is worth, its rule, the proof, the way; then what the bill of materials shows."""
    fails = examined is not None and examined.status == "fails"
    is_good = not fails and (a.status == APPLIES or (a.saving or 0) > 0)
    shown: list[Block] = [
        Sentence(_worth(a, fails=fails), "good" if is_good else "plain", f"{number}." if number else "·")
    ]
    if examined is None:
        shown.append(_line(a.rule_line))
    if not fails:
        wanted = [f for f in a.proof if f.code in ("prove.ask_for_proof", "prove.waiver_applies", "prove.waiver_below")]
        shown += [_line(f) for f in (*wanted, a.transit)]
    return shown + (_examined(examined) if examined is not None else [])


def _worth(a: Openness, *, fails: bool) -> Words:
    """What an agreement saves, or why that is not said."""
    facts = {"name_zh": a.name_zh, "name_en": a.name_en, "key": a.code or "–", "rate": a.rate}
    if a.status == NOT_ENCODED:
        return say("dossier.origin_rate_not_held", **facts)
    if a.status == APPLIES:
        return say("dossier.origin_applies", **facts, amount=yuan_grouped(max(a.worth or 0, 0)))
    if a.saving is None:
        return say("dossier.origin_no_figure", **facts)
    if a.saving > 0:
        return say(
            "dossier.origin_would_save" if fails else "dossier.origin_saves", **facts, amount=yuan_grouped(a.saving)
        )
    return say("dossier.origin_not_cheaper", **facts)


def _examined(a: Answer, *, with_name: bool = False) -> list[Block]:
    """What the bill of materials shows under one agreement: the answer, why, and what would repair it."""
    status = Words(*STATUS[a.status])
    rule = f" ({a.rule})" if a.rule else ""
    lead = Words(a.name_zh + "：", a.name_en + ": ") if with_name else NOTHING
    symbol = {"qualifies": "✓", "fails": "✗"}.get(a.status, "?")
    head = say("dossier.origin_bill", status_zh=status.zh + rule, status_en=status.en + rule)
    shown: list[Block] = [
        Sentence(
            Words(lead.zh + head.zh, lead.en + head.en), "good" if a.status == "qualifies" else "warning", symbol, 3
        )
    ]
    transit = a.transit_lines if a.transit != "met" else ()
    shown += [_line(f, 5) for f in (*a.outcome.lines, *a.outcome.questions, *transit)]
    cures = Words(cures_text(a.outcome, "zh"), cures_text(a.outcome, "en"))
    if cures.en and a.status != "qualifies":
        shown.append(Sentence(cures, "plain", "→", 5))
    return shown


def _line(finding: Finding, indent: int = 3) -> Sentence:
    return Sentence(Words(finding.message("zh"), finding.message("en")), "plain", "", indent)


def _papers(answer: Dossier) -> list[Block]:
    shown: list[Block] = [Heading(say("dossier.papers"), 2)]
    waiting = {one.number for one in answer.codes}
    for number, held in enumerate(answer.papers, start=1):
        asked = sorted((p for p in held.papers if p.status in _SHOWN), key=lambda p: _SHOWN[p.status])
        if len(answer.papers) > 1:
            shown.append(Sentence(same(f"{number}. {held.commodity_code}"), is_short=True))
        if not asked:
            is_known = held.commodity_code or number not in waiting
            shown.append(Sentence(say("dossier.no_papers" if is_known else "dossier.papers_wait")))
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


def _landed(cost: LandedCost, value: Words) -> list[Block]:
    rows: list[tuple[Words, ...]] = []
    for label, low, high in (
        ("value", cost.value, cost.value),
        ("taxes", cost.taxes_low, cost.taxes_high),
        ("fees", cost.fees_low if cost.fees else None, cost.fees_high),
        ("landed", cost.low, cost.high if not cost.without_price else cost.low),
    ):
        if low is not None:
            rows.append((value if label == "value" else say(f"dossier.{label}"), same(_range(low, high))))
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
