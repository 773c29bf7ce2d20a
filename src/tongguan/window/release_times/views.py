"""Release times for everybody, in aggregate."""

from __future__ import annotations

import csv

from django.http import HttpResponse
from django.shortcuts import render

from tongguan.grammar.findings import render as render_message
from tongguan.law.controls.tables import bodies
from tongguan.window.access import needs
from tongguan.window.access.middleware import Request
from tongguan.window.look import texts
from tongguan.window.look.components import Cell, Head, Table
from tongguan.window.release_times.figures import FEWEST, PERCENTILES, Figure, figures, stages

PERIODS = (30, 90, 365)


def _days(request: Request) -> int:
    asked = request.GET.get("days", "")
    return int(asked) if asked.isdigit() and int(asked) in PERIODS else 90


def span(minutes: int, language: str) -> str:
    """A duration as people say it: minutes below two hours, hours below three days, days above."""
    if minutes < 120:
        return f"{minutes} {'分钟' if language == 'zh' else 'min'}"
    if minutes < 3 * 24 * 60:
        return f"{minutes / 60:.1f} {'小时' if language == 'zh' else 'h'}"
    return f"{minutes / 1440:.1f} {'天' if language == 'zh' else 'days'}"


@needs("read_release_times")
def release_times(request: Request) -> HttpResponse:
    """Each stage at the middle, for four in five, and for nineteen in twenty."""
    language = "en" if request.LANGUAGE_CODE == "en" else "zh"
    days = _days(request)
    held = figures(request.moment.day, days)
    rows = [_row(figure, language) for figure in held]
    return render(
        request,
        "release_times/release_times.html",
        {
            "rows": rows,
            "chart": _chart(held, language),
            "days": days,
            "periods": PERIODS,
            "fewest": FEWEST,
            "percentiles": PERCENTILES,
        },
    )


def _chart(held: list[Figure], language: str) -> Table | None:
    """The stages as a whole, in hours, for those who would rather look than read; None when there is nothing to draw."""
    whole = [f for f in held if not f.channel and not f.body and f.minutes]
    shares = [Head(texts.say("release_times.share", language, percent=p), is_number=True) for p in PERCENTILES]
    return (
        Table(
            texts.say("release_times.in_hours", language),
            [Head(texts.say("release_times.stage", language)), *shares],
            [[_name(f, language), *(Cell(span(m, language), f"{m / 60:.1f}") for m in f.minutes or ())] for f in whole],
        )
        if whole
        else None
    )


def _name(figure: Figure, language: str) -> str:
    stage = stages()[figure.stage]
    return stage.zh if language == "zh" else stage.en


def _row(figure: Figure, language: str) -> dict[str, object]:
    body = bodies().get(figure.body)
    whose = (body.name_zh if language == "zh" else body.name_en) if body else figure.body
    return {
        "figure": figure,
        "stage": _name(figure, language),
        "channel": render_message(f"papers.channel_{figure.channel}", {}, language) if figure.channel else "",
        "body": whose,
        "spans": [span(m, language) for m in figure.minutes] if figure.minutes else None,
        "is_whole": not figure.channel and not figure.body,
    }


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
