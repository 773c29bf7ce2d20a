"""Release times for everybody, in aggregate."""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.text import capfirst

from tongguan.grammar.findings import render as render_message
from tongguan.law.controls.tables import bodies
from tongguan.window.access import needs
from tongguan.window.access.middleware import Request
from tongguan.window.look.components import Cell, Head, Table
from tongguan.window.look.texts import say
from tongguan.window.look.written import reader, span, words
from tongguan.window.release_times.figures import FEWEST, PERCENTILES, Figure, figures, stages

PERIODS = (30, 90, 365)


def _days(request: Request) -> int:
    asked = request.GET.get("days", "")
    return int(asked) if asked.isdigit() and int(asked) in PERIODS else 90


@needs("read_release_times")
def release_times(request: Request) -> HttpResponse:
    """Each stage at the middle, for four in five, and for nineteen in twenty: drawn and told as a whole, then by channel and body."""
    language = reader()
    days = _days(request)
    held = figures(request.moment.day, days)
    whole = [one for one in held if not one.channel and not one.body]
    told = {
        "whole": _table("caption", whole, language, days),
        "parts": _table("by_part", _parts(held), language, days),
        "is_drawn": any(one.minutes for one in whole),
        "days": days,
        "periods": PERIODS,
    }
    return render(request, "release_times/release_times.html", told)


def _parts(held: list[Figure]) -> list[Figure]:
    """The figures by channel and body, without those that are the whole of their stage over again."""
    parts = [one for one in held if one.channel or one.body]
    shared = Counter(one.stage for one in parts)
    return [one for one in parts if shared[one.stage] > 1]


def _table(caption: str, rows: list[Figure], language: str, days: int) -> Table | None:
    """Figures as a table, with the hours behind each for the chart; None where there are none. A row of too few cases holds no times."""
    has_parts = any(one.channel or one.body for one in rows)
    heads = [
        Head(say("release_times.stage", language)),
        *([Head(say("release_times.whose", language))] if has_parts else []),
        Head(say("release_times.cases", language), is_number=True, is_drawn=False),
        *(Head(say("release_times.share", language, percent=percent), is_number=True) for percent in PERCENTILES),
    ]
    named = say(f"release_times.{caption}", language, days=days)
    lines = [
        [
            words(stages()[one.stage], language),
            *([_whose(one, language)] if has_parts else []),
            Cell(one.cases),
            *_times(one, language),
        ]
        for one in rows
    ]
    return Table(named, heads, lines) if rows else None


def _times(one: Figure, language: str) -> list[Cell]:
    if one.minutes is None:
        return [Cell(say("release_times.too_few", language, fewest=FEWEST)), *[Cell("–")] * (len(PERCENTILES) - 1)]
    spans = (span(dt.timedelta(minutes=minutes), language, is_fine=True) for minutes in one.minutes)
    return [Cell(text, f"{minutes / 60:.1f}") for text, minutes in zip(spans, one.minutes, strict=True)]


def _whose(one: Figure, language: str) -> str:
    """The channel or the body a figure is of."""
    if one.body:
        return words(bodies().get(one.body, one.body), language)
    return capfirst(render_message(f"papers.channel_{one.channel}", {}, language))


@needs("read_release_times")
def release_times_csv(request: Request) -> HttpResponse:
    """The same for a spreadsheet: minutes at each percentile; empty where there are too few cases."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="release-times.csv"'
    writer = csv.writer(response)
    writer.writerow(["stage", "channel", "body", "cases", *(f"p{p}_minutes" for p in PERCENTILES)])
    for f in figures(request.moment.day, _days(request)):
        writer.writerow([f.stage, f.channel, f.body, f.cases, *(f.minutes or [""] * len(PERCENTILES))])
    return response
