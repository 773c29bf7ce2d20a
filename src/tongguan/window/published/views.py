"""The exchange rates held, for everybody; and loading them, for the operator of the platform."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.findings import Finding, InputRefused
from tongguan.grammar.money import decimal_text
from tongguan.window.access import needs
from tongguan.window.access.middleware import Request
from tongguan.window.accounts.models import Person
from tongguan.window.look import texts
from tongguan.window.look.components import Head, Table
from tongguan.window.look.forms import DayField, LookForm, from_address
from tongguan.window.look.written import day as written_day
from tongguan.window.look.written import moment, reader, sentence_of, words
from tongguan.window.published import rates
from tongguan.window.published.models import ExchangeRate, RateLoad
from tongguan.window.published.reading import LONGEST_SOURCE, MOST_BYTES, currencies, day_that_counts, month_after

LATEST_DAYS, LATEST_LOADS = 24, 20


def _say(key: str, **facts: object) -> str:
    return texts.say(f"published.{key}", reader(), **facts)


class DayForm(LookForm):
    """The day of a declaration."""

    as_of = DayField(label="published.declared_on", required=False)


@needs("ask")
@require_GET
def exchange_rates(request: Request) -> HttpResponse:
    """The rates that count on a day: which published day they are of, and where they were published."""
    form, status = from_address(DayForm, request.GET)
    day: dt.date = (form.cleaned_data["as_of"] if form.is_bound and status == 200 else None) or request.moment.day
    findings: list[Finding] = []
    counts = None
    try:
        counts = day_that_counts(day)
    except OutOfCoverage as outside:
        findings.append(Finding(outside.code, "", outside.facts, severity="warning"))
    held = rates.rates_of(counts) if counts else []
    context = {
        "form": form, "day": day, "counts": counts, "findings": findings, "table": _table(held, counts) if counts and held else None,
        "days": [(one, month_after(one)) for one in rates.days_held()[:LATEST_DAYS]], "may_load": request.actor.may("operate"),
    }  # fmt: skip
    return render(request, "published/exchange_rates.html", context, status=status)


def _table(held: list[ExchangeRate], counts: dt.date) -> Table:
    language = reader()
    heads = [Head(_say("currency")), Head(_say("rate"), is_number=True), Head(_say("source")), Head(_say("loaded_at"))]
    rows = [
        [f"{h.currency} {words(currencies()[h.currency], language)}", decimal_text(h.rate), h.source, moment(h.load.loaded_at, language)]
        for h in held
    ]  # fmt: skip
    return Table(_say("rates_of", day=written_day(counts, language)), heads, rows)


class LoadForm(LookForm):
    """A file of rates, where they were published, and whether it corrects what is held."""

    file = forms.FileField(label="published.file", help_text="published.file_hint")
    source = forms.CharField(
        label="published.source", help_text="published.source_hint", max_length=LONGEST_SOURCE, required=False
    )
    corrects = forms.BooleanField(label="published.corrects", required=False)

    def add_findings(self, findings: Any) -> None:  # noqa: ANN401  # findings, as LookForm takes them
        """Whatever is wrong is wrong in the file."""
        for finding in findings:
            self.add_error("file", sentence_of(finding, reader()))


@needs("operate")
@require_http_methods(["GET", "POST"])
def load_exchange_rates(request: Request) -> HttpResponse:
    """Load a file of rates, all of it or nothing, and see what was loaded by whom."""
    form = LoadForm(request.POST, request.FILES) if request.method == "POST" else LoadForm()
    if form.is_bound and form.is_valid():
        sent = form.cleaned_data
        content = sent["file"].read(MOST_BYTES + 1)
        try:
            told = rates.load(
                request.actor,
                request.moment,
                sent["file"].name,
                content,
                source=sent["source"],
                corrects=sent["corrects"],
            )
        except InputRefused as refused:
            form.add_findings(refused.findings)
        else:
            messages.success(request, _say("loaded", **told._asdict()))
            return redirect("load_exchange_rates")
    context = {"form": form, "table": _loads()}
    return render(request, "published/load_exchange_rates.html", context, status=422 if form.errors else 200)


def _loads() -> Table | None:
    """The latest files, each with who loaded it."""
    language = reader()
    latest = list(RateLoad.objects.order_by("-pk")[:LATEST_LOADS])
    numbers = {int(load.loaded_by.partition(":")[2]) for load in latest if load.loaded_by.startswith("person:")}
    people = {f"person:{person.pk}": words(person, language) for person in Person.objects.filter(pk__in=numbers)}
    heads = [Head(_say("file")), Head(_say("loaded_at")), Head(_say("loaded_by")), Head(_say("digest"))]
    rows = [
        [
            load.name,
            moment(load.loaded_at, language),
            people.get(load.loaded_by) or _say("by_command"),
            load.sha256[:16],
        ]
        for load in latest
    ]
    return Table(_say("loads"), heads, rows) if rows else None
