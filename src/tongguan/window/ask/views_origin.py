"""Origin: which agreements the origin of goods belongs to, and a bill of materials tested under each of them."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from tongguan.assessment.reading import decode, parse_document
from tongguan.grammar.findings import Finding, InputRefused
from tongguan.grammar.money import yuan_grouped
from tongguan.origin.bill import bill_from
from tongguan.origin.examine import Answer, Examination, examine
from tongguan.origin.explain import STATUS, cures_text
from tongguan.window.access import needs
from tongguan.window.access.middleware import Request
from tongguan.window.ask import held
from tongguan.window.ask.forms import country_choices, currency_choices
from tongguan.window.ask.results import law_links
from tongguan.window.ask.uploads import bytes_of
from tongguan.window.look.forms import DayField, LookForm, NumberField
from tongguan.window.look.written import reader, words

DOCUMENTS = (".yaml", ".yml", ".json")
TABLES = (".csv",)
MOST_INPUTS = 500
TONES = {"qualifies": "green", "fails": "red", "undecided": "yellow", "not_encoded": "grey"}
INPUT_COLUMNS = ("name", "code", "origin", "value", "weight")


class OriginForm(LookForm):
    """One product: its code, where it was made, what it is sold for; its materials as a file."""

    commodity_code = forms.RegexField(
        r"^[0-9. ]{4,16}$", label="ask.commodity_code", help_text="ask.commodity_code_hint", max_length=16
    )
    country = forms.ChoiceField(label="ask.made_in")
    declared = DayField(label="ask.q_day", required=False)
    exw = NumberField(label="ask.exw", help_text="ask.exw_hint", required=False)
    fob = NumberField(label="ask.fob", help_text="ask.fob_hint", required=False)
    currency = forms.ChoiceField(label="ask.currency", required=False)
    file = forms.FileField(label="ask.bill_file", help_text="ask.bill_hint", required=False)

    def __init__(self, *data: Any, day: dt.date, **options: Any) -> None:  # noqa: ANN401  # Django's own options
        super().__init__(*data, **options)
        self.fields["country"].choices = country_choices(day, reader(), with_undetermined=False)  # type: ignore[attr-defined]  # a choice field has choices
        self.fields["currency"].choices = currency_choices()  # type: ignore[attr-defined]  # as above


class BillForm(LookForm):
    """A whole bill of materials as one document."""

    document = forms.FileField(label="ask.bill_document", help_text="ask.bill_document_hint")


@needs("ask")
@require_http_methods(["GET", "POST"])
def origin(request: Request) -> HttpResponse:
    """Ask for one product, or with a bill of materials."""
    today = request.moment.day
    whole = request.method == "POST" and "whole" in request.POST
    form = (
        OriginForm(request.POST, request.FILES, day=today)
        if request.method == "POST" and not whole
        else OriginForm(day=today)
    )
    document = BillForm(request.POST, request.FILES) if whole else BillForm()
    told: Examination | None = None
    findings: list[Finding] = []
    try:
        if whole and document.is_valid():
            content, suffix = bytes_of(document.cleaned_data["document"], DOCUMENTS)
            told = examine(bill_from(parse_document(content, f"bill{suffix}")), held.world())
        elif form.is_bound and form.is_valid():
            told = examine(bill_from(_bill(form.cleaned_data, today)), held.world())
    except InputRefused as refused:
        findings = list(refused.findings)
    is_wrong = bool(findings) or any(f.is_bound and f.errors for f in (form, document))
    context = {
        "form": form,
        "document": document,
        "told": told,
        "findings": findings,
        "answers": [_shown(a) for a in told.answers] if told else [],
    }
    return render(request, "ask/origin.html", context, status=422 if is_wrong else 200)


def _bill(sent: dict[str, Any], today: dt.date) -> dict[str, Any]:
    """The bill of materials as a file would tell it."""
    product = {
        "commodity_code": sent["commodity_code"].replace(".", "").replace(" ", ""),
        "country": sent["country"],
        **{key: sent[key] for key in ("exw", "fob") if sent[key]},
    }
    bill: dict[str, Any] = {"product": product, "import": {"declared": (sent["declared"] or today).isoformat()}}
    if sent["currency"]:
        bill["currency"] = sent["currency"]
    if sent["file"]:
        content, _ = bytes_of(sent["file"], TABLES)
        bill["inputs"] = _inputs(decode(content, "file"))
    return bill


def _inputs(text: str) -> list[dict[str, str]]:
    """Materials, one a row: name, code, origin, value, weight. Raises InputRefused."""
    try:
        rows = list(csv.DictReader(io.StringIO(text.replace("\0", ""), newline="")))
    except csv.Error as error:
        raise InputRefused([Finding("ask.table_unreadable", "file", {"why": str(error)[:100]})]) from error
    if not rows or "code" not in rows[0]:
        raise InputRefused([Finding("ask.table_without_columns", "file", {"columns": ", ".join(INPUT_COLUMNS)})])
    if len(rows) > MOST_INPUTS:
        raise InputRefused([Finding("ask.table_too_long", "file", {"limit": str(MOST_INPUTS)})])
    return [{str(k): v for k, v in row.items() if k and isinstance(v, str) and v.strip()} for row in rows]


def _shown(a: Answer) -> dict[str, Any]:
    language = reader()
    lines = (*a.outcome.lines, *a.outcome.questions, *a.achieved, *a.assumptions, *a.transit_lines, *a.proof)
    said = dict.fromkeys(" ".join(part for part in (f.message(language), f.next_step(language)) if part) for f in lines)
    return {
        "name": words(a, language), "code": a.code, "status": STATUS[a.status][0 if language == "zh" else 1], "tone": TONES[a.status],
        "rule": a.rule, "rate": a.rate, "saving": yuan_grouped(a.saving) if a.saving and a.saving > 0 else "", "lines": list(said),
        "cures": cures_text(a.outcome, language) if a.status != "qualifies" else "", "laws": law_links(a.because), "confidence": a.confidence,
    }  # fmt: skip
