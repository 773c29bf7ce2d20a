"""Charges at the border: the register with search, and a bill checked line by line."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from tongguan.assessment.letter import say as letter_say
from tongguan.fees.check import Checked, Judged
from tongguan.fees.check import check as check_bill
from tongguan.fees.complaint import complaint
from tongguan.fees.invoice import Head as BillHead
from tongguan.fees.invoice import read_invoice
from tongguan.fees.register import Charge, Term
from tongguan.grammar.money import yuan_grouped
from tongguan.tariff.schedule import FOREVER
from tongguan.window.access import needs
from tongguan.window.access.middleware import Request
from tongguan.window.ask import held
from tongguan.window.ask.results import law_links
from tongguan.window.ask.uploads import bytes_of, refusals, with_file
from tongguan.window.ask.views_schedule import read_day
from tongguan.window.look import texts
from tongguan.window.look.components import Row
from tongguan.window.look.forms import DayField, LookForm, from_address
from tongguan.window.look.written import reader, words

KINDS = (".csv", ".xlsx", ".yaml", ".yml", ".json")
ROLES = ("port_operator", "agent", "broker", "carrier", "customs")
_PLACE = re.compile("CN([A-Z0-9]{3})?")
TONES = {"listed": "green", "credit": "grey", "cannot_judge": "yellow", "other_currency": "yellow"}


class PlaceField(forms.CharField):
    """CN, or the code of a port."""

    def __init__(self) -> None:
        super().__init__(label="ask.port", help_text="ask.port_hint", max_length=5, required=False)

    def clean(self, value: object) -> str:
        """As it was written. Raises ValidationError in the reader's language."""
        text = str(super().clean(value))
        if text and not _PLACE.fullmatch(text):
            raise forms.ValidationError(texts.say("ask.port_malformed", reader()))
        return text


class RegisterForm(LookForm):
    """Words of a charge, a day and a port."""

    q = forms.CharField(label="ask.fee_search", help_text="ask.fee_search_hint", max_length=100, required=False)
    as_of = DayField(label="ask.as_of", required=False)
    place = PlaceField()


class BillForm(LookForm):
    """A bill and what it does not say of itself."""

    bill = forms.FileField(label="ask.fee_bill", help_text="ask.fee_bill_hint")
    day = DayField(label="ask.fee_day", required=False)
    place = PlaceField()
    role = forms.ChoiceField(label="ask.fee_role", required=False)

    def __init__(self, *data: Any, **options: Any) -> None:  # noqa: ANN401  # Django's own options
        super().__init__(*data, **options)
        language = reader()
        roles = [
            ("", texts.say("ask.not_known", language)),
            *((r, texts.say(f"ask.role_{r}", language)) for r in ROLES),
        ]
        self.fields["role"].choices = roles  # type: ignore[attr-defined]  # a choice field has choices


@needs("ask")
@require_GET
def fees(request: Request) -> HttpResponse:
    """The register: who pays, how much at most, on what basis."""
    form, status = from_address(RegisterForm, request.GET)
    day = read_day(form, "as_of", request.moment.day)
    sent = form.cleaned_data if form.is_bound and status == 200 else {}
    place, needle = sent.get("place") or "CN", (sent.get("q") or "").strip().casefold()
    register = held.register()
    rows = [
        _term(register.charges[term.charge], term)
        for name, charge in register.charges.items()
        if not needle
        or any(
            needle in one.casefold() for one in (charge.name_zh, charge.name_en, *charge.aliases_zh, *charge.aliases_en)
        )
        for term in register.terms_on(name, day, place)
    ]
    context = {"form": form, "rows": rows, "day": day, "place": place, "lists": register.lists_on(day, place)}
    return render(request, "ask/fees.html", context, status=status)


def _term(charge: Charge, t: Term) -> dict[str, Any]:
    language = reader()
    basis = letter_say(f"fees.basis.{t.basis or 'each'}").only(language)
    size = " ".join(part for part in (f"{t.size}'" if t.size else "", t.cargo.replace("_", " ")) if part)
    price = f"{t.currency} {t.cap} {basis}" if t.cap else letter_say(f"fees.effect.{t.effect}").only(language)
    return {
        "name": words(charge, language), "what": size, "price": price, "payer": letter_say(f"fees.party.{t.payer}").only(language),
        "since": t.since, "until": None if t.until == FOREVER else t.until, "place": t.place, "laws": law_links(t.cites),
        "note": t.note_zh if language == "zh" else t.note_en, "confidence": t.confidence,
    }  # fmt: skip


@needs("ask")
@require_http_methods(["GET", "POST"])
def check(request: Request) -> HttpResponse:
    """A bill judged line by line: listed, above the cap, twice, not listed, not yours, abolished."""
    form = BillForm(request.POST, request.FILES) if request.method == "POST" else BillForm()
    told: Checked | None = None
    with refusals() as findings:
        told = _checked(form.cleaned_data) if form.is_bound and form.is_valid() else None
    written = complaint(told) if told else None
    context = {
        "form": form, "told": told, "findings": findings or (told.findings if told else ()), "lines": [_judged(j) for j in told.lines] if told else [],
        "sums": _sums(told) if told else [], "letter": (written.zh if reader() == "zh" else written.en) if written else "",
    }  # fmt: skip
    return render(
        request, "ask/check_fees.html", context, status=422 if form.is_bound and (form.errors or findings) else 200
    )


def _checked(sent: dict[str, Any]) -> Checked:
    content, suffix = bytes_of(sent["bill"], KINDS)
    day = sent["day"].isoformat() if sent["day"] else ""
    head = BillHead(day=day, place=sent["place"], role=sent["role"])
    return check_bill(with_file(content, suffix, lambda path: read_invoice(path, head)), held.register())


def _judged(j: Judged) -> dict[str, Any]:
    language = reader()
    verdict = "price_open" if j.verdict == "listed" and not j.price_was_checked else j.verdict
    return {
        "number": j.line.number, "description": j.line.description, "amount": "?" if j.line.amount is None else f"{j.line.currency} {j.line.amount:,.2f}",
        "verdict": letter_say(f"fees.verdict.{verdict}").only(language), "tone": TONES.get(j.verdict, "red"), "why": j.text(language),
        "next": j.next_step(language), "excess": f"{j.excess_currency} {yuan_grouped(j.excess)}" if j.excess else "", "is_firm": j.is_firm,
        "laws": law_links(j.because),
    }  # fmt: skip


def _sums(told: Checked) -> list[Row]:
    rows = []
    for key, amounts in (
        ("billed", told.billed),
        ("claim_now", told.claim(is_firm=True)),
        ("claim_later", told.claim(is_firm=False)),
    ):
        if amounts or key == "billed":
            text = (
                ", ".join(f"{currency} {yuan_grouped(amount)}" for currency, amount in sorted(amounts.items()))
                or "0.00"
            )
            rows.append(Row(letter_say(f"fees.page.{key}").only(reader()), text))
    return rows
