"""My notifications, and the call-backs of my organisation with their log."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import OuterRef, Subquery
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongguan.grammar.findings import Finding, InputRefused
from tongguan.window.access import needs
from tongguan.window.access.middleware import Request
from tongguan.window.declarations.models import Declaration
from tongguan.window.look.paging import page_of
from tongguan.window.look.texts import say
from tongguan.window.look.written import reader
from tongguan.window.notices import acts
from tongguan.window.notices.forms import CallBackForm, MailForm
from tongguan.window.notices.models import Attempt, CallBack, Delivery


@needs("manage_oneself")
@require_http_methods(["GET", "POST"])
def notifications(request: Request) -> HttpResponse:
    """Which mail I want, and what was sent to me."""
    person = request.actor.its_person
    form = MailForm(request.POST or None, initial={"about": acts.mail_choice(person)})
    if request.method == "POST" and form.is_valid():
        acts.choose_mail(request.actor, form.cleaned_data["about"])
        messages.success(request, say("notices.saved", reader()))
        return redirect("notifications")
    page = page_of(Delivery.objects.filter(person_id=person).select_related("event"), request.GET)
    mine = Declaration.objects.in_bulk({row.event.declaration_id for row in page.rows})
    rows = [(row, mine.get(row.event.declaration_id), f"notices.event_{row.event.name}") for row in page.rows]
    context = {"form": form, "page": page, "rows": rows, "may_call": request.actor.may("manage_call_backs")}
    return render(request, "notices/notifications.html", context)


@needs("manage_call_backs")
@require_GET
def call_backs(request: Request) -> HttpResponse:
    """The call-backs of my organisation."""
    held = CallBack.objects.filter(organisation_id=request.actor.its_organisation)
    page = page_of(held, request.GET)
    rows = [(row, [f"notices.event_{name}" for name in row.events]) for row in page.rows]
    return render(request, "notices/call_backs.html", {"page": page, "rows": rows})


@needs("manage_call_backs")
@never_cache
@require_http_methods(["GET", "POST"])
def make_call_back(request: Request) -> HttpResponse:
    """Add a call-back. Its secret is in the answer to this one request and nowhere else."""
    form = CallBackForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = acts.make_call_back(request.actor, request.moment, **form.cleaned_data)
        except InputRefused as refused:
            form.add_findings(refused.findings)
        else:
            return render(request, "notices/call_back_made.html", {"call_back": made})
    return render(request, "notices/make_call_back.html", {"form": form})


@needs("manage_call_backs")
@require_GET
def call_back(request: Request, pk: int) -> HttpResponse:
    """One call-back with its log: what was sent, how often it was tried, what came back last."""
    return _call_back(request, pk)


def _call_back(request: Request, pk: int, found: list[Finding] | None = None) -> HttpResponse:
    held = acts.one(request.actor, pk)
    last = Attempt.objects.filter(delivery=OuterRef("pk")).order_by("-pk")
    sent = Delivery.objects.filter(call_back=held).select_related("event")
    page = page_of(
        sent.annotate(last_status=Subquery(last.values("status")[:1]), last_told=Subquery(last.values("told")[:1])),
        request.GET,
    )
    numbers = Declaration.objects.in_bulk({row.event.declaration_id for row in page.rows})
    rows = [
        (
            row,
            f"notices.event_{row.event.name}",
            numbers.get(row.event.declaration_id),
            f"notices.outcome_{row.outcome}",
        )
        for row in page.rows
    ]
    events = [f"notices.event_{name}" for name in held.events]
    context = {"call_back": held, "page": page, "rows": rows, "events": events, "findings": found or []}
    return render(request, "notices/call_back.html", context, status=409 if found else 200)


@needs("manage_call_backs")
@require_POST
def change_call_back(request: Request, pk: int, act: str) -> HttpResponse:
    """Turn a call-back on or off, or send a test."""
    held = acts.one(request.actor, pk)
    do = {"enable": acts.enable, "disable": acts.disable, "test": acts.send_test}[act]
    try:
        do(request.actor, request.moment, held)
    except InputRefused as refused:
        return _call_back(request, pk, refused.findings)
    if act == "test":
        messages.success(request, say("notices.test_is_coming", reader()))
    return redirect("call_back", pk=pk)


@needs("manage_call_backs")
@require_POST
def send_again(request: Request, pk: int) -> HttpResponse:
    """Send one event once more."""
    try:
        sent = acts.send_again(request.actor, request.moment, pk)
    except InputRefused as refused:
        found = Delivery.objects.visible_to(request.actor).get(pk=pk)
        return _call_back(request, found.call_back_id or 0, refused.findings)
    return redirect("call_back", pk=sent.call_back_id)
