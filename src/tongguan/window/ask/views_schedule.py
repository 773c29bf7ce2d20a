"""The tariff schedule: search by words, pinyin or code, and one line with every rate as of a day, its source, its notes and what changed."""

from __future__ import annotations

import datetime as dt
import unicodedata
from typing import Any, NamedTuple

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.findings import Finding
from tongguan.law.consumption_tax.rule import tax_classes
from tongguan.tariff.classification.notes import deciding
from tongguan.tariff.diff import RateDifference, diff
from tongguan.tariff.schedule import FOREVER, UNITS_ZH, Line, Rate
from tongguan.tariff.store import KIND_NAMES, answer
from tongguan.window.access import needs
from tongguan.window.access.actor import NotAllowed
from tongguan.window.access.middleware import Request
from tongguan.window.ask import held
from tongguan.window.ask.results import CodeChoice, LawLink, begun, choice_of, law_links, say
from tongguan.window.look import texts
from tongguan.window.look.components import Head, Row, Table
from tongguan.window.look.forms import DayField, LookForm, from_address
from tongguan.window.look.written import day as written_day
from tongguan.window.look.written import reader, words
from tongguan.window.published.schedule import world

MOST_FOUND = 30
MOST_OF_HEADING = 6
LONGEST = 200
DIGITS = (4, 6, 8, 10)
FIRST_DAY = dt.date(2018, 7, 1)
"""The day from which a change is told where nothing else is asked: the first day of the import policy."""


class Found(NamedTuple):
    """A line that was found, and whether it is the one that fits best of all."""

    line: CodeChoice
    is_best: bool


class Heading(NamedTuple):
    """A heading with the best of its lines; `has_more` where it has others."""

    code: str
    name: str
    lines: list[Found]
    has_more: bool


class SearchForm(LookForm):
    """Words or a code, and the day."""

    q = forms.CharField(label="ask.search_for", help_text="ask.search_hint", max_length=LONGEST, required=False)
    as_of = DayField(label="ask.as_of", required=False)


class LineForm(LookForm):
    """The day, and the day to compare it with."""

    as_of = DayField(label="ask.as_of", required=False)
    since = DayField(label="ask.compare_with", required=False)


def read_day(form: LookForm, name: str, otherwise: dt.date) -> dt.date:
    """A day of a form; the other one where it was left out or cannot be read."""
    value = form.cleaned_data.get(name) if form.is_bound and not form.errors.get(name) else None
    return value if isinstance(value, dt.date) else otherwise


@needs("ask")
@require_GET
def schedule(request: Request) -> HttpResponse:
    """Search: words in both languages, pinyin, a code or its beginning, an old code."""
    form, status = from_address(SearchForm, request.GET)
    day = read_day(form, "as_of", request.moment.day)
    term = form.cleaned_data.get("q", "") if form.is_bound and status == 200 else ""
    found: list[Heading] = []
    findings: list[Finding] = []
    if term:
        asker = held.guide().asker
        said = asker.ask(term, MOST_FOUND)
        findings = said.findings
        found = _by_heading([line for hit in said.hits for line in held.lines_under(hit.code, day, MOST_FOUND)], day)
    context = {
        "form": form, "term": term, "day": day, "found": found, "findings": findings, "about": held.guide().asker.about(),
        "is_nothing": bool(term) and not found,
    }  # fmt: skip
    return render(request, "ask/schedule.html", context, status=status)


def _by_heading(lines: list[Line], day: dt.date) -> list[Heading]:
    """Lines found, the best first, as the schedule prints them: the heading of the best line first, and in each heading its best lines by code."""
    headings: dict[str, list[str]] = {}
    found = list({one.code: one for one in lines}.values())[:MOST_FOUND]
    for one in found:
        headings.setdefault(one.code[:4], []).append(one.code)
    shown = {one.code: choice_of(one, day) for one in found}
    return [
        Heading(
            code,
            _name_above(code),
            [Found(shown[one], one == found[0].code) for one in sorted(codes[:MOST_OF_HEADING])],
            len(held.lines_under(code, day)) > min(len(codes), MOST_OF_HEADING),
        )
        for code, codes in headings.items()
    ]


@needs("ask")
@require_GET
def line(request: Request, code: str) -> HttpResponse:
    """Everything held of one line on a day; of a shorter code, the lines under it."""
    digits = unicodedata.normalize("NFKC", code).replace(".", "").replace(" ", "")
    if not (digits.isascii() and digits.isdigit() and 2 <= len(digits) <= 13):
        raise NotAllowed("ask")
    form, status = from_address(LineForm, request.GET)
    day = read_day(form, "as_of", request.moment.day)
    since = read_day(form, "since", FIRST_DAY)
    context: dict[str, Any] = {
        "form": form,
        "code": digits,
        "dotted": held.dotted(digits),
        "day": day,
        "above": _above(digits, day),
    }
    if len(digits) < 8:
        context["under"] = [choice_of(one, day) for one in held.lines_under(digits, day)]
        if not context["under"]:
            raise NotAllowed("ask")
        return render(request, "ask/lines.html", context, status=status)
    try:
        told = answer(world().schedule, digits, day)
    except OutOfCoverage as outside:
        context["findings"] = [Finding(outside.code, "", outside.facts, severity="warning")]
        return render(request, "ask/no_line.html", context, status=404)
    context |= {
        "line": told.line, "properties": _properties(told.line, day), "rates": [_rate(r) for r in told.rates],
        "differing": [d.finding(digits) for d in told.differing], "changed": _changed(told.line.code, since, day), "since": since,
        "notes": list(deciding("", [digits]).values()), "stale": _stale(told.rates, day),
        "papers_href": f"{reverse('papers')}?code={digits}&as_of={day.isoformat()}",
    }  # fmt: skip
    return render(request, "ask/line.html", context, status=status)


def _above(digits: str, day: dt.date) -> list[tuple[str, str, str]]:
    """The codes above this one with their texts, and their addresses."""
    found = []
    for length in (2, 4, 6):
        if length < len(digits):
            above = digits[:length]
            address = reverse("tariff_line", args=[above])
            found.append((held.dotted(above), _name_above(above), f"{address}?as_of={day.isoformat()}"))
    return found


def _name_above(code: str) -> str:
    """What a chapter, heading or subheading is called; empty where no loaded nomenclature names it."""
    own = held.guide().asker.index.names.get(code)
    return own[1] if own else ""


def _properties(line: Line, day: dt.date) -> list[Row]:
    language = reader()
    rows = [Row(say("name_zh"), line.name_zh), Row(say("name_en"), line.name_en)]
    units = [
        UNITS_ZH.get(u, u) if language == "zh" else u.replace("_", " ") for u in (line.unit, line.second_unit) if u
    ]
    rows.append(Row(say("unit"), " / ".join(units) or say("not_held")))
    rows.append(Row(say("vat_class"), say(f"vat_{line.vat_class}") if line.vat_class else say("not_held")))
    schedule = world().schedule
    if line.ct_class:
        rows.append(Row(say("consumption_tax"), words(tax_classes()[line.ct_class], language)))
    else:
        rows.append(
            Row(
                say("consumption_tax"),
                say("no_consumption_tax" if schedule.encodes_consumption_tax(line.code) else "not_held"),
            )
        )
    rows.append(Row(say("source"), f"{_source(LawLink(line.source, '')).text} · {line.confidence}"))
    return [row for row in rows if row.value]


def _kind(kind: str, scheme: str) -> str:
    zh, en = KIND_NAMES.get(kind, (kind, kind))
    named = world().origins.schemes.get(scheme)
    name = f" {words(named, reader())} ({scheme})" if named else f" {scheme}" if scheme else ""
    return begun(zh if reader() == "zh" else en) + name


def _rate(rate: Rate) -> dict[str, Any]:
    return {
        "kind": _kind(rate.kind, rate.scheme), "text": rate.text(), "since": rate.since, "until": rate.until if rate.until < FOREVER else None,
        "verified_until": rate.verified_until, "confidence": rate.confidence,
        "sources": [_source(one) for one in law_links(rate.source)],
    }  # fmt: skip


def _source(one: LawLink) -> LawLink:
    """Where a line or a rate was read: an instrument of law as it is, one of our own tables by its name."""
    key = f"ask.read_in_{one.text}"
    return one if one.href or key not in texts.texts() else one._replace(text=texts.say(key, reader()))


def _stale(rates: list[Rate], day: dt.date) -> dt.date | None:
    """Since when nobody has confirmed a rate; None where all are confirmed for the day."""
    return min((r.verified_until for r in rates if r.verified_until < day), default=None)


def _changed(code: str, since: dt.date, day: dt.date) -> Table | None:
    """What differs between two days; None where nothing does."""
    schedule = world().schedule
    found = diff(schedule, since, schedule, day, prefix=code)
    if not found.rates:
        return None
    heads = [
        Head(say("kind")),
        Head(written_day(since, reader())),
        Head(written_day(day, reader())),
        Head(say("direction")),
    ]
    caption = say("changed_between", first=written_day(since, reader()), second=written_day(day, reader()))
    return Table(caption, heads, [_difference(d) for d in found.rates])


def _difference(d: RateDifference) -> list[object]:
    texts = [rate.text() if rate else say("not_held") for rate in (d.old, d.new)]
    return [_kind(d.kind, d.scheme), *texts, say(f"direction_{d.direction}")]
