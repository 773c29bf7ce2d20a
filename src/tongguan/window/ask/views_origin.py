"""Origin: which agreements the origin of goods belongs to, and a bill of materials tested under each of them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from tongguan.assessment.reading import parse_document
from tongguan.origin.bill import bill_from
from tongguan.origin.examine import Examination, examine
from tongguan.window.access import needs
from tongguan.window.access.middleware import Request
from tongguan.window.ask.forms import country_choices, currency_choices
from tongguan.window.ask.materials import DOCUMENTS, TABLES, table_of
from tongguan.window.ask.results import examined
from tongguan.window.ask.uploads import bytes_of, refusals
from tongguan.window.look.forms import DayField, LookForm, NumberField
from tongguan.window.look.written import reader
from tongguan.window.published.schedule import world


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
    with refusals() as findings:
        if whole and document.is_valid():
            content, suffix = bytes_of(document.cleaned_data["document"], DOCUMENTS)
            told = examine(bill_from(parse_document(content, f"bill{suffix}")), world())
        elif form.is_bound and form.is_valid():
            told = examine(bill_from(_bill(form.cleaned_data, today)), world())
    is_wrong = bool(findings) or any(f.is_bound and f.errors for f in (form, document))
    context = {
        "form": form,
        "document": document,
        "told": told,
        "findings": findings,
        "answers": [examined(a) for a in told.answers] if told else [],
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
        bill["inputs"] = table_of(content)
    return bill
