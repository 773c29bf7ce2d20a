"""The law behind the figures: every rule with its numbers, dates and cases, and every instrument that is cited."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, NamedTuple

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from tongguan.grammar.citations import Instrument, instruments
from tongguan.grammar.parameters import Parameter
from tongguan.grammar.rules import RuleSummary, cases_of, docstring_of, parameters_of, rule_folders, summary_of
from tongguan.window.access import needs
from tongguan.window.access.actor import NotAllowed
from tongguan.window.access.middleware import Request
from tongguan.window.ask.results import law_links, say
from tongguan.window.look.components import Head, Row, Table
from tongguan.window.look.written import day as written_day
from tongguan.window.look.written import days_in, reader, words

MOST_CASES = 60


@cache
def summaries() -> tuple[RuleSummary, ...]:
    """Every rule at a glance."""
    return tuple(summary_of(name) for name in rule_folders())


class Cited(NamedTuple):
    """Where an instrument is cited: a rule and one of its numbers."""

    rule: str
    name: str
    label_zh: str
    label_en: str


@cache
def citing() -> dict[str, tuple[Cited, ...]]:
    """The numbers of the law that rest on each instrument."""
    found: dict[str, dict[Cited, None]] = {}
    for rule in rule_folders():
        for name, parameter in parameters_of(rule).items():
            c = parameter.content
            for value in c.values.values():
                for one in value.citation.split("; "):
                    found.setdefault(one.partition("#")[0], {})[Cited(rule, name, c.label_zh, c.label_en)] = None
    return {key: tuple(held) for key, held in found.items()}


@needs("ask")
@require_GET
def law(request: Request) -> HttpResponse:
    """Every rule, since when, confirmed until when and how sure; every instrument; and what is not held."""
    needle = request.GET.get("q", "")[:100].strip().casefold()
    rules = [s for s in summaries() if not needle or needle in f"{s.rule} {s.title}".casefold()]
    listed = [
        (key, words(one, reader()), one)
        for key, one in sorted(instruments().items(), key=lambda pair: words(pair[1], reader()))
        if not needle or needle in f"{key} {one.title_zh} {one.title_en} {one.number}".casefold()
    ]
    gaps = [(s.rule, what, zh if reader() == "zh" else en) for s in rules for what, zh, en in s.not_encoded]
    named = [(_title(s), s) for s in rules]
    return render(request, "ask/law.html", {"rules": named, "instruments": listed, "gaps": gaps, "q": needle})


def _title(summary: RuleSummary) -> str:
    """What a rule is called. Rules are told in English with their Chinese terms in brackets, and Chinese readers are shown those first."""
    terms = re.findall(r"[(（]([^()（）]*[\u4e00-\u9fff][^()（）]*)[)）]", summary.title) if reader() == "zh" else []
    return "；".join(terms) or days_in(summary.title, reader())


@needs("ask")
@require_GET
def rule(request: Request, name: str) -> HttpResponse:
    """One rule: what it says, its numbers with days and citations, its worked cases."""
    name = name.strip("/")
    summary = next((s for s in summaries() if s.rule == name), None)
    if summary is None:
        raise NotAllowed("ask")
    cases = cases_of(name)
    context = {
        "summary": summary,
        "title": _title(summary),
        "text": docstring_of(name).partition("\n")[2].strip("\n"),
        "numbers": [_number(key, p) for key, p in parameters_of(name).items()],
        "cases": [
            (str(c.get("name", "")), _short(c.get("given")), _short(c.get("expect"))) for c in cases[:MOST_CASES]
        ],
        "more": max(0, len(cases) - MOST_CASES),
    }
    return render(request, "ask/rule.html", context)


def _number(name: str, parameter: Parameter) -> dict[str, Any]:
    c, language = parameter.content, reader()
    values = [
        {
            "since": day, "value": v.value if v.value is not None else say(f"state_{v.state}"), "confidence": v.confidence,
            "laws": law_links(v.citation), "why": v.why_zh if language == "zh" else v.why_en, "note": v.note,
        }
        for day, v in sorted(c.values.items())
    ]  # fmt: skip
    label = c.label_zh if language == "zh" else c.label_en
    return {"name": name, "label": label, "unit": c.unit, "verified_until": c.verified_until, "values": values}


def _short(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k}: {_short(v)}" for k, v in value.items())
    return ", ".join(_short(v) for v in value) if isinstance(value, list) else str(value)


@needs("ask")
@require_GET
def instrument(request: Request, key: str) -> HttpResponse:
    """One instrument: its titles, its days, and the numbers that rest on it."""
    found = instruments().get(key)
    if found is None:
        raise NotAllowed("ask")
    rows = [[c.rule, c.label_zh if reader() == "zh" else c.label_en] for c in citing().get(key, ())]
    table = Table(say("rests_on_it"), [Head(say("rule")), Head(say("number_of_law"))], rows) if rows else None
    rules = {c.rule: reverse("rule", args=[c.rule]) for c in citing().get(key, ())}
    return render(
        request,
        "ask/instrument.html",
        {"key": key, "found": found, "rows": _about(found), "table": table, "rules": rules},
    )


def _about(one: Instrument) -> list[Row]:
    language = reader()
    told = [("title_zh", one.title_zh), ("title_en", one.title_en), ("number", one.number), ("issuer", one.issuer)]
    told += [
        (name, written_day(getattr(one, name), language)) for name in ("published_on", "in_force_from", "repealed_on")
    ]
    told += [("confidence", one.confidence), ("note", one.note)]
    return [Row(say(f"instrument_{name}"), value) for name, value in told if value]
