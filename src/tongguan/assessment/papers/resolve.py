"""Goods, origin, channel, day: every paper. Each requirement of law/controls in the order of its families, then what claims and lists ask."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache

import msgspec

from tongguan.assessment.papers.access import Names, access_papers
from tongguan.assessment.papers.catalogues import NO_CATALOGUES, Catalogues
from tongguan.assessment.papers.claims import exclusion_papers, listing_paper, origin_papers
from tongguan.assessment.papers.facts import contradictions, read_facts
from tongguan.assessment.papers.paper import STATUSES, Paper, Papers
from tongguan.assessment.shipment import CHANNELS, CHANNELS_WITHOUT_CODE, GoodsItem, Shipment
from tongguan.assessment.world import World, shipped_world
from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.findings import Finding, render
from tongguan.law.controls.evaluate import (
    BANNED,
    CONDITIONAL,
    NO_MATTER,
    NOT_ENCODED,
    REQUIRED,
    Goods,
    Verdict,
    about,
    evaluate,
    starts_with,
    turns_on_value,
)
from tongguan.law.controls.tables import FAMILIES, STAGES, Requirement, Words, requirements

FIRST_DAY = dt.date(2018, 1, 1)
"""Before it nothing was looked at."""
FOREVER = dt.date(9999, 12, 31)
BY_ADAPTER = frozenset({"quarantine-access", "disease-ban", "origin-proof", "countermeasure-exclusion"})
"""Requirements whose answer comes from a matrix or a claim."""


class Question(msgspec.Struct, frozen=True):
    """One item, on a day, in a channel, with what the shipment knows besides."""

    item: GoodsItem
    day: dt.date
    channel: str = "general_trade"
    exchange_rates: dict[str, Decimal] = {}
    shipment_facts: dict[str, str] = {}
    path: str = ""


def papers(question: Question, world: World | None = None) -> list[Paper]:
    """Every paper of the item, in the order they are told. What is wrong with the question is in `papers_of`."""
    return list(papers_of(question, world).papers)


def papers_of_shipment(
    shipment: Shipment, world: World | None = None, catalogues: Catalogues | None = None
) -> list[Papers]:
    """Every paper of every item of a shipment, on the day it is declared."""
    return [
        papers_of(
            Question(
                item,
                shipment.declared_on,
                shipment.channel,
                shipment.exchange_rates,
                shipment.facts,
                f"items[{number}].",
            ),
            world,
            catalogues,
        )
        for number, item in enumerate(shipment.items, start=1)
    ]


def papers_of(question: Question, world: World | None = None, catalogues: Catalogues | None = None) -> Papers:
    """Every paper of an item with the findings about the question. Nothing is raised for what the person can act on."""
    world = world or shipped_world()
    catalogues = catalogues or NO_CATALOGUES
    item, findings = question.item, list[Finding]()
    code = item.commodity_code
    names = _names(question, world, findings)
    if (
        not code
        or not (code.isascii() and code.isdigit())
        or question.channel not in CHANNELS
        or question.day < FIRST_DAY
    ):
        _refuse(question, findings)
        return Papers(code, *names, item.origin or "", question.channel, question.day, (), tuple(findings))
    facts = read_facts(item, question.path, findings)
    clashes = contradictions(code, facts, question.path)
    findings += clashes
    if len(code) < 8:  # a tariff line has eight digits
        findings.append(
            Finding("papers.code_too_short", f"{question.path}commodity_code", {"code": code}, severity="warning")
        )
    goods = Goods(
        code,
        question.day,
        _origin(question, world, findings),
        question.channel,
        facts,
        _value(question),
        catalogues.listings(code, question.day),
    )
    listed = listing_paper(item, goods, question.shipment_facts)
    if listed is not None and listed.status == BANNED:
        findings.append(
            Finding(
                "papers.listing_refused", f"{question.path}commodity_code", {"line": code}, listed.because, "warning"
            )
        )
        goods = msgspec.structs.replace(goods, channel="general_trade")
    found = [listed] if listed is not None else []
    country = _country(goods.origin, world, question.day)
    found += access_papers(goods, country)
    found += [_if_listed(paper, listed) for paper in _papers_of_goods(goods)]
    found += origin_papers(item, goods, question.exchange_rates, world) + exclusion_papers(item, goods, world)
    found += _not_held(code, question, world, catalogues)
    answer = Papers(
        code, *names, item.origin or "", question.channel, question.day, tuple(_in_order(found)), tuple(findings)
    )
    return msgspec.structs.replace(answer, origin_zh=country.zh, origin_en=country.en)


def _papers_of_goods(goods: Goods) -> Iterable[Paper]:
    """What the requirements ask of the goods, in the order of the tables; remembered where no catalogue is loaded."""
    if goods.listings:  # a loaded catalogue may name any code
        return _asked_of(goods, requirements())
    value = goods.value if turns_on_value(goods.code, goods.channel) else None
    return _remembered(goods.code, goods.day, goods.origin, goods.channel, frozenset(goods.facts.items()), value)


@lru_cache(maxsize=4096)
def _remembered(
    code: str, day: dt.date, origin: str | None, channel: str, facts: frozenset[tuple[str, str]], value: Decimal | None
) -> tuple[Paper, ...]:
    """The same goods of the same day have the same papers: all that these rest on besides are the tables of this process."""
    return _asked_of(Goods(code, day, origin, channel, dict(facts), value), about(code))


def _asked_of(goods: Goods, asked: Mapping[str, tuple[str, Requirement]]) -> tuple[Paper, ...]:
    verdicts = (
        (requirement, family, evaluate(requirement, goods))
        for identifier, (family, requirement) in asked.items()
        if identifier not in BY_ADAPTER
    )
    return tuple(paper_of(r, family, v, goods.code) for r, family, v in verdicts if v.status != NO_MATTER)


def _about(words: list[Words], code: str) -> tuple[Words, ...]:
    """The sentences that are about these goods."""
    return tuple(one for one in words if not one.codes or starts_with(code, one.codes, []))


def paper_of(r: Requirement, family: str, v: Verdict, code: str) -> Paper:
    """A requirement and its verdict as an answer."""
    matters = v.status in (REQUIRED, CONDITIONAL, BANNED)
    period = v.period or r.periods[-1]
    since, until = period.since, period.until or FOREVER
    return Paper(
        id=r.id,
        family=family,
        status=v.status,
        name_zh=r.name_zh,
        name_en=r.name_en,
        why_zh=v.zh
        if v.reason != "catalogue" or v.status in (REQUIRED, CONDITIONAL)
        else render("papers.catalogue_removed", {"catalogue": v.zh}, "zh"),
        why_en=v.en
        if v.reason != "catalogue" or v.status in (REQUIRED, CONDITIONAL)
        else render("papers.catalogue_removed", {"catalogue": v.en}, "en"),
        because=v.because,
        confidence=v.confidence,
        reason=v.reason,
        document=r.document,
        inspection=r.inspection,
        authority=tuple(r.authority),
        stage=r.stage,
        fields=tuple(r.fields) if matters else (),
        days=tuple(r.days) if matters and v.status != BANNED else (),
        prepare=_about(r.prepare, code) if matters else (),
        alternatives=_about(r.alternatives, code) if matters else (),
        perhaps_exempt=v.perhaps_exempt,
        missing=v.missing,
        assumed=v.assumed,
        since=max(since, v.scope.since) if v.scope and v.scope.since else since,
        until=_last_day(v, until),
        in_quantity=r.in_quantity,
    )


def _last_day(v: Verdict, until: dt.date) -> dt.date | None:
    """The last day of the rule, or of the scope that reaches the goods; None when there is none."""
    last = min(until, v.scope.until or FOREVER) if v.scope else until
    return last if last < FOREVER else None


def _if_listed(paper: Paper, listed: Paper | None) -> Paper:
    """A waiver for listed e-commerce goods, while it is open whether these are listed."""
    if listed is None or paper.reason != "channel" or listed.status not in (CONDITIONAL, NOT_ENCODED):
        return paper
    why = {
        "zh": render("papers.if_listed", {"why": paper.why_zh}, "zh"),
        "en": render("papers.if_listed", {"why": paper.why_en}, "en"),
    }
    missing = listed.missing or ("on_positive_list",)
    return msgspec.structs.replace(paper, status=CONDITIONAL, why_zh=why["zh"], why_en=why["en"], missing=missing)


def _in_order(found: list[Paper]) -> list[Paper]:
    """Status first, then stage, then family; the order of the tables within."""
    return sorted(found, key=lambda p: (_PLACE[p.status], _PLACE[p.stage], _PLACE[p.family]))


_PLACE = {name: place for names in (STATUSES, STAGES, FAMILIES) for place, name in enumerate(names)}
"""The place of each status, stage and family among its own kind."""


def _names(question: Question, world: World, findings: list[Finding]) -> tuple[str, str]:
    """What the goods are called: as the person writes it, else as the schedule does."""
    item = question.item
    try:
        line = world.schedule.line(item.commodity_code[:8], question.day)
    except OutOfCoverage as outside:
        is_of_another_tariff = bool(outside.facts.get("beside_en"))
        if is_of_another_tariff or outside.code in ("tariff.line_retired", "tariff.line_not_begun"):
            findings.append(Finding(outside.code, f"{question.path}commodity_code", outside.facts, severity="warning"))
        return item.name, item.name
    return item.name or line.name_zh, item.name or line.name_en


def _refuse(question: Question, findings: list[Finding]) -> None:
    code = question.item.commodity_code
    if not code and question.channel in CHANNELS_WITHOUT_CODE:
        findings.append(Finding("papers.code_needed_for_papers", f"{question.path}commodity_code"))
    elif not code or not (code.isascii() and code.isdigit()):
        findings.append(Finding("papers.code_unreadable", f"{question.path}commodity_code", {"read": code[:40] or "-"}))
    if question.channel not in CHANNELS:
        findings.append(
            Finding("papers.channel_unknown", "channel", {"read": question.channel[:40], "known": ", ".join(CHANNELS)})
        )
    if question.day < FIRST_DAY:
        findings.append(
            Finding("papers.before_coverage", "day", {"day": question.day.isoformat(), "first": FIRST_DAY.isoformat()})
        )


def _origin(question: Question, world: World, findings: list[Finding]) -> str | None:
    """The origin as a country code we know; otherwise nothing, and a finding."""
    origin = question.item.origin
    if not origin or origin == "undetermined":
        findings.append(Finding("papers.origin_missing", f"{question.path}origin", {}, severity="warning"))
        return None
    if not world.origins.is_country(origin):
        findings.append(Finding("papers.origin_unknown", f"{question.path}origin", {"read": origin[:40]}))
        return None
    return origin


def _country(origin: str | None, world: World, day: dt.date) -> Names:
    if origin is None:
        return Names("", "")
    country = world.origins.country(origin, day)
    return Names(country.name_zh, country.name_en)


def _value(question: Question) -> Decimal | None:
    """The item's price in CNY where it is known; limits of value are reckoned on it."""
    item = question.item
    if item.dutiable_value is not None:
        return item.dutiable_value
    if item.price is None:
        return None
    rate = Decimal(1) if item.currency in ("", "CNY") else question.exchange_rates.get(item.currency)
    return None if rate is None else item.price * rate


def _not_held(code: str, question: Question, world: World, catalogues: Catalogues) -> list[Paper]:
    """What cannot be said of a line: the catalogues behind the letters are not held whole."""
    if catalogues.is_complete_for(code, question.day):
        return []
    try:
        world.schedule.line(code[:8], question.day)
        is_held = True
    except OutOfCoverage:
        is_held = False
    return [_gap(code, question.day, is_held=is_held)]


@lru_cache(maxsize=4096)
def _gap(code: str, day: dt.date, *, is_held: bool) -> Paper:
    """That the catalogues are not held whole for a line, or the line not at all."""
    message = "papers.catalogues_in_part" if is_held else "papers.catalogues_not_held"
    facts = {"code": code, "day": day.isoformat()}
    return Paper(
        id="catalogues" if is_held else "line-not-held",
        family="channel_waivers",
        status=NOT_ENCODED,
        name_zh="监管证件和检验目录的完整性",
        name_en="Completeness of the catalogues behind the letters",
        why_zh=render(message, facts, "zh"),
        why_en=render(message, facts, "en"),
        because="inspection-catalogue; auto-licence-catalogue; ccc-measures",
        confidence="V1",
        reason="coverage",
        authority=("GACC", "MOFCOM", "SAMR"),
        stage="arrival",
    )
