"""What anyone may ask, without a key: taxes, the schedule, papers, origin, charges, the law, release times. Nothing is kept."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from ninja import Query, Router
from pydantic import Field, StringConstraints

from tongguan import declaration as form
from tongguan.assessment.papers import Question, papers_of
from tongguan.assessment.papers.catalogues import loaded_catalogues
from tongguan.assessment.reading import read_shipment
from tongguan.assessment.shipment import CHANNELS, GoodsItem
from tongguan.dossier import dossier
from tongguan.fees.check import check
from tongguan.fees.invoice import Head, invoice_from
from tongguan.grammar.findings import Finding
from tongguan.grammar.money import decimal_text
from tongguan.grammar.rules import docstring_of, parameters_of, rule_folders, summary_of
from tongguan.origin.bill import bill_from
from tongguan.origin.examine import examine
from tongguan.origin.explain import json_of
from tongguan.tariff.schedule import FOREVER, Rate
from tongguan.tariff.store import answer as held_on
from tongguan.window.access.actor import NotAllowed
from tongguan.window.access.middleware import Request
from tongguan.window.api import examples
from tongguan.window.api.access import operation
from tongguan.window.api.problems import Problem
from tongguan.window.api.shapes import Anything, Day, In, Line
from tongguan.window.ask import held
from tongguan.window.published.rates import RateUsed, assess_with_rates, filled, rates_of
from tongguan.window.published.reading import day_that_counts
from tongguan.window.published.schedule import world
from tongguan.window.release_times.figures import PERCENTILES, figures, stages

router = Router(tags=["ask"])
Code = Annotated[str, Field(pattern=r"^[0-9]{8}([0-9]{2})?$")]


class Asked(In):
    """A shipment as `tongguan assess` reads it, or the facts of a declaration; one of the two.

    `reference` and `importer_id` belong to lodging and are not read here, so that the body of `POST /declarations` can be sent as it is.
    """

    shipment: Anything | None = None
    declaration: Anything | None = None
    reference: Line = ""
    importer_id: int | None = None


@operation(router, "POST", "/assessments", "ask", answers=Anything, example=examples.ASSESSMENT)
def assess_shipment(request: Request, sent: Asked) -> Anything:
    """Assess a shipment: taxes with their reasons, every lawful way, origin, papers, charges, days. Nothing is kept."""
    if (sent.shipment is None) == (sent.declaration is None):
        raise Problem(422, Finding("api.shipment_or_declaration", "shipment"))
    today = request.moment.day
    if sent.shipment is not None:
        rated = assess_with_rates(filled(read_shipment(sent.shipment, world=world())), world())
    else:
        declared = form.read(sent.declaration or {})
        rated = assess_with_rates(
            lambda rates: form.to_shipment(declared, declared_on=today, exchange_rates=rates), world()
        )
    told = dossier(
        rated.shipment, world(), assessment=rated.assessment, register=held.register(), today=today, guide=held.guide
    ).to_json()
    told["exchange_rates"] = [_exchange_rate(rate) for rate in rated.rates]
    told["findings"] += [finding.to_json() for finding in rated.findings]
    return told


def _exchange_rate(rate: RateUsed) -> Anything:
    return {
        "currency": rate.currency,
        "rate": decimal_text(rate.rate),
        "published_on": rate.published_on.isoformat(),
        "source": rate.source,
    }


class Search(In):
    """Words, or a code or its beginning."""

    q: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    limit: Annotated[int, Field(ge=1, le=50)] = 10


@operation(router, "GET", "/schedule/search", "ask", answers=Anything)
def search_schedule(request: Request, asked: Query[Search]) -> Anything:
    """Find the code for words, in Chinese or English, for a fragment of a code or for an old code."""
    asker = held.guide().asker
    found = asker.ask(asked.q, asked.limit)
    hits = [
        {"code": hit.code, "score": str(hit.score), "text": asker.name_of(hit.code), "because": hit.because}
        for hit in found.hits
    ]
    return {"hits": hits, "findings": [f.to_json() for f in [*asker.about(), *found.findings]]}


class AsOf(In):
    """The day asked about; today when left out."""

    day: Day | None = None


@operation(router, "GET", "/schedule/lines/{code}", "ask", answers=Anything)
def show_line(request: Request, code: Code, asked: Query[AsOf]) -> Anything:
    """One line of the schedule as of a day: its words, units and every rate held, with source and confidence."""
    day = asked.day or request.moment.day
    found = held_on(world().schedule, code, day)
    line = msgspec.to_builtins(found.line._asdict())
    line["until"] = line["until"] if found.line.until < FOREVER else None
    return {"day": day.isoformat(), "line": line, "rates": [_rate(rate) for rate in found.rates]}


def _rate(rate: Rate) -> Anything:
    return {
        "kind": rate.kind,
        "scheme": rate.scheme,
        "text": rate.text(),
        "since": rate.since.isoformat(),
        "until": rate.until.isoformat() if rate.until < FOREVER else None,
        "verified_until": rate.verified_until.isoformat(),
        "source": rate.source,
        "confidence": rate.confidence,
    }


@operation(router, "GET", "/exchange-rates", "ask", answers=Anything)
def show_exchange_rates(request: Request, asked: Query[AsOf]) -> Anything:
    """The exchange rates held for duties on goods declared on a day: the published day they are of, and the source of each."""
    day = asked.day or request.moment.day
    counts = day_that_counts(day)
    rates = [_exchange_rate(RateUsed(h.currency, h.rate, h.published_on, h.source)) for h in rates_of(counts)]
    return {"day": day.isoformat(), "published_on": counts.isoformat(), "rates": rates}


class PapersAsked(In):
    """A code, and what is known of the goods."""

    code: Code
    origin: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{0,3}$")] = ""
    channel: str = "general_trade"
    day: Day | None = None
    facts: Annotated[dict[Line, Line], Field(max_length=50, default_factory=dict)]


@operation(router, "POST", "/papers", "ask", answers=Anything, example=examples.PAPERS)
def find_papers(request: Request, sent: PapersAsked) -> Anything:
    """Every licence, certificate, inspection and ban for a code, and what is not required because of which article."""
    if sent.channel not in CHANNELS:
        known = {"read": sent.channel[:40], "known": ", ".join(CHANNELS)}
        raise Problem(422, Finding("papers.channel_unknown", "channel", known))
    item = GoodsItem(sent.code, origin=sent.origin.upper() or None, facts=sent.facts)
    question = Question(item, sent.day or request.moment.day, sent.channel, shipment_facts=sent.facts)
    return papers_of(question, world(), loaded_catalogues()).to_json()


class BillAsked(In):
    """A bill of materials, as `tongguan origin` reads it."""

    bill: Anything


@operation(router, "POST", "/origin", "ask", answers=Anything, example=examples.ORIGIN)
def examine_origin(request: Request, sent: BillAsked) -> Anything:
    """Whether a product qualifies under each agreement, with the margin and what would cure it."""
    return json_of(examine(bill_from(sent.bill), world()))


class InvoiceAsked(In):
    """A bill for charges at the border, as `tongguan fees check` reads it."""

    invoice: Anything


@operation(router, "POST", "/fee-checks", "ask", answers=Anything, example=examples.FEES)
def check_fees(request: Request, sent: InvoiceAsked) -> Anything:
    """A bill judged line by line: listed, above the cap, twice, not listed, not yours, abolished."""
    return check(invoice_from(sent.invoice, "invoice", Head()), held.register()).to_json()


@operation(router, "GET", "/law", "ask", answers=Anything)
def list_law(request: Request) -> Anything:
    """Every rule of the law we hold: since when, confirmed until when, how sure, and what is not encoded."""
    return {"version": world().version, "rules": [_rule(rule) for rule in rule_folders()]}


def _rule(rule: str) -> Anything:
    held_rule = summary_of(rule)
    return {
        "rule": rule,
        "title": held_rule.title,
        "since": held_rule.since.isoformat() if held_rule.since else None,
        "verified_until": held_rule.verified_until.isoformat() if held_rule.verified_until else None,
        "confidence": held_rule.confidence,
        "not_encoded": [{"value": what, "why_zh": zh, "why_en": en} for what, zh, en in held_rule.not_encoded],
    }


class RuleAsked(In):
    """Which rule, as `GET /law` names it."""

    rule: Annotated[str, StringConstraints(max_length=200)]


@operation(router, "GET", "/law/rule", "ask", answers=Anything)
def show_law(request: Request, asked: Query[RuleAsked]) -> Anything:
    """One rule in full: the law in our words, and every dated number with its citation and confidence."""
    if asked.rule not in rule_folders():
        raise NotAllowed("ask")
    numbers = {name: msgspec.to_builtins(p.content) for name, p in parameters_of(asked.rule).items()}
    return {**_rule(asked.rule), "text": docstring_of(asked.rule), "parameters": numbers}


class Span(In):
    """How many days back."""

    days: Annotated[int, Field(ge=1, le=730)] = 90


@operation(router, "GET", "/release-times", "read_release_times", answers=Anything)
def release_times(request: Request, asked: Query[Span]) -> Anything:
    """How long each stage took here, at the middle, for four in five, for nineteen in twenty; in minutes, null where too few cases."""
    rows = [
        {
            "stage": f.stage, "stage_zh": stages()[f.stage].zh, "stage_en": stages()[f.stage].en, "channel": f.channel, "body": f.body,
            "cases": f.cases, "minutes": dict(zip(map(str, PERCENTILES), f.minutes, strict=True)) if f.minutes else None,
        }
        for f in figures(request.moment.day, asked.days)
    ]  # fmt: skip
    return {"until": request.moment.day.isoformat(), "days": asked.days, "figures": rows}


@operation(router, "GET", "/declaration-fields", "ask", answers=Anything)
def declaration_fields(request: Request) -> Anything:
    """The data dictionary of the declaration: every fact, what it is called, how it is written, which code table it uses."""
    return {"fields": {path: msgspec.to_builtins(one) for path, one in form.fields().items()}}


@operation(router, "GET", "/code-tables/{table}", "ask", answers=Anything)
def show_code_table(request: Request, table: Annotated[str, Field(pattern=r"^[a-z_]{1,60}$")]) -> Anything:
    """One official code table of the declaration."""
    try:
        found: Any = form.code_table(table)
    except KeyError:
        raise NotAllowed("ask") from None
    return msgspec.to_builtins(found)  # type: ignore[no-any-return]  # a struct becomes a dictionary
