"""Pages of the bodies: their queue, one case with everything known about it, licences and their ledgers; and the importer's answer to a question."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongguan.declaration.codes import code_table
from tongguan.grammar.findings import Finding, InputRefused
from tongguan.grammar.money import NotAnAmount, milli_of
from tongguan.window.access import needs
from tongguan.window.access.middleware import Request
from tongguan.window.accounts.interest import interest_findings
from tongguan.window.accounts.models import Organisation
from tongguan.window.decisions.models import Letter, Proposal
from tongguan.window.declarations import answer
from tongguan.window.declarations.editing import text_of, told_of
from tongguan.window.declarations.models import STATE, Version
from tongguan.window.declarations.words import called, facts_rows, field_of
from tongguan.window.look.paging import page_of
from tongguan.window.look.texts import say
from tongguan.window.look.written import reader
from tongguan.window.permits import acts, licences
from tongguan.window.permits.models import LIFE, Case, Licence, Promise
from tongguan.window.states import SomeoneWasFirst

EARLIER = 10


@needs("work_agency_queue")
@require_GET
@never_cache
def agency_queue(request: Request) -> HttpResponse:
    """The queue of one's body, the shortest clock on top; or what waits for the importer, or what silence raised."""
    show = request.GET.get("show", "waiting")
    rows = Case.objects.select_related("declaration__importer", "officer")
    if show == "questioned":
        page = page_of(rows.filter(body=request.actor.body, state="questioned"), request.GET, by=("id",))
    else:
        rows = rows.in_queue(request.actor.body)
        if show == "mine":
            rows = rows.filter(officer_id=request.actor.person_id)
        elif show == "raised":
            rows = rows.filter(level__gt=0)
        page = page_of(rows, request.GET, by=("queue_on", "id"))
    lines = [
        {
            "case": case,
            "paper": acts.requirement_of(case) or case.requirement,
            "state": LIFE.states[case.state],
            "is_late": case.due_on is not None and case.due_on < request.moment.day,
            "is_past_target": case.target_on is not None and case.target_on < request.moment.day,
        }
        for case in page.rows
    ]
    told = {"lines": lines, "page": page, "show": show, "shows": ("waiting", "mine", "raised", "questioned")}
    return render(request, "permits/queue.html", told)


@needs("work_agency_queue")
@require_GET
@never_cache
def work_case(request: Request, pk: int) -> HttpResponse:
    """One case: the application, the facts behind it, earlier decisions, and the acts open now."""
    return _worked(request, acts.one(request.actor, "work_agency_queue", pk))


def _worked(request: Request, case: Case, found: Sequence[Finding] = (), status: int = 200) -> HttpResponse:
    declaration = case.declaration
    version = Version.objects.filter(declaration=declaration, number=declaration.version).first()
    given = answer.read(version.answer) if version else None
    aside = interest_findings(request.actor, *case.parties)
    offered = [
        (name, LIFE.transitions[name])
        for name in ("begin", "ask", "grant", "refuse")
        if case.state in LIFE.transitions[name].from_states and not aside
    ]
    held = licences.visible_to(request.actor).filter(
        holder_id=declaration.importer_id, remaining_milli__gt=0, valid_until__gte=request.moment.day
    )
    fields, sources = case.facts.get("fields", {}), case.facts.get("source", {})
    told = {
        "case": case,
        "declaration": declaration,
        "paper": acts.requirement_of(case) or case.requirement,
        "state": LIFE.states[case.state],
        "declaration_state": STATE.states[declaration.state],
        "fields": [
            (called(sources.get(name, name), reader()), _told(sources.get(name, ""), value), sources.get(name, ""))
            for name, value in fields.items()
        ],
        "missing": [called(sources.get(name, name), reader()) for name in case.facts.get("missing", [])],
        "facts": list(facts_rows(version.facts, reader())) if version else [],
        "answer_findings": list(given.findings) if given else [],
        "papers": declaration.papers.order_by("pk"),
        "questions": case.questions.order_by("-pk"),
        "earlier": _earlier(case),
        "proposals": Proposal.objects.filter(subject=case.subject).order_by("-pk")[:EARLIER],
        "letters": Letter.objects.filter(subject=case.subject).order_by("-pk")[:EARLIER],
        "acts": offered,
        "is_in_quantity": acts.is_in_quantity(case),
        "licences": held[:50],
        "uses": case.licence_uses.select_related("licence"),
        "is_mine": case.officer_id is not None and case.officer_id == request.actor.person_id,
        "is_late": case.due_on is not None and case.due_on < request.moment.day,
        "findings": list(found) or aside,
        "given": request.POST,
    }
    return render(request, "permits/case.html", told, status=status)


def _told(source: str, value: object) -> str:
    """What an application says of a fact, codes with what they mean."""
    one = field_of(source)
    return told_of(one, value, reader()) if one else text_of(value)


def _earlier(case: Case) -> list[tuple[Case, Any]]:
    """What this body decided on the same requirement for this importer before."""
    rows = Case.objects.filter(
        body=case.body, requirement=case.requirement, declaration__importer_id=case.declaration.importer_id,
        decided_at__isnull=False,
    )  # fmt: skip
    found = rows.exclude(pk=case.pk).select_related("declaration").order_by("-id")[:EARLIER]
    return [(one, LIFE.states[one.state]) for one in found]


@needs("work_agency_queue")
@require_POST
def take(request: Request, pk: int) -> HttpResponse:
    """Take a case, or put it back."""
    act = acts.put_back if request.POST.get("back") == "1" else acts.take
    case = acts.one(request.actor, "work_agency_queue", pk)
    try:
        act(request.actor, request.moment, case)
    except InputRefused as refused:
        return _worked(request, acts.one(request.actor, "work_agency_queue", pk), refused.findings, 409)
    return redirect("work_case", pk=pk)


@needs("decide_permit")
@require_POST
def decide(request: Request, pk: int, act: str) -> HttpResponse:
    """Begin, ask, grant, or propose to refuse."""
    case = acts.one(request.actor, "decide_permit", pk)
    reason = request.POST.get("reason", "")
    proposed = False
    try:
        if act == "begin":
            acts.begin(request.actor, request.moment, case)
        elif act == "ask":
            acts.ask(request.actor, request.moment, case, reason)
        elif act == "grant":
            licence, milli = _drawn(request)
            acts.grant(request.actor, request.moment, case, licence=licence, quantity_milli=milli, reason=reason)
        else:
            acts.refuse(request.actor, request.moment, case, reason)
            proposed = True
    except InputRefused as refused:
        status = 409 if isinstance(refused, SomeoneWasFirst) else 422
        return _worked(request, acts.one(request.actor, "decide_permit", pk), refused.findings, status)
    step = LIFE.transitions[act]
    language = reader()
    key = "decisions.work_proposed" if proposed else "decisions.work_done"
    messages.success(request, say(key, language, act=step.zh if language == "zh" else step.en))
    return redirect("work_case", pk=pk)


def _drawn(request: Request) -> tuple[Licence | None, int]:
    """The licence and the quantity a form names; a quantity that is no number is zero, and refused with the rest."""
    number = request.POST.get("licence", "")
    licence = (
        licences.visible_to(request.actor).filter(pk=int(number)).first()
        if number.isdigit() and len(number) < 19
        else None
    )
    return licence, _milli(request.POST.get("quantity", ""))


def _milli(text: str) -> int:
    try:
        return milli_of(text.strip() or "0")
    except NotAnAmount:
        return 0


@needs("answer_agency")
@require_http_methods(["GET", "POST"])
def answer_case(request: Request, pk: int) -> HttpResponse:
    """What a body asked, and the importer's answer."""
    case = acts.one(request.actor, "answer_agency", pk)
    found: list[Finding] = []
    status = 200
    if request.method == "POST":
        try:
            acts.answer(request.actor, request.moment, case, request.POST.get("reason", ""))
        except InputRefused as refused:
            found, status = refused.findings, 409 if isinstance(refused, SomeoneWasFirst) else 422
        else:
            messages.success(request, say("permits.answered", reader()))
            return redirect("declaration", pk=case.declaration_id)
    told = {
        "case": case,
        "paper": acts.requirement_of(case) or case.requirement,
        "state": LIFE.states[case.state],
        "questions": case.questions.order_by("-pk"),
        "findings": found,
        "reason": request.POST.get("reason", ""),
    }
    return render(request, "permits/answer.html", told, status=status)


# --- promises ---------------------------------------------------------------------------------------------------------------------


@needs("decide_permit")
@require_http_methods(["GET", "POST"])
@never_cache
def promises(request: Request) -> HttpResponse:
    """How many working days one's body promises for each requirement: shown to all of the body, made by its seniors."""
    found: list[Finding] = []
    if request.method == "POST":
        days = request.POST.get("working_days", "").strip()
        number = int(days) if days.isascii() and days.isdigit() and len(days) < 4 else 0
        try:
            acts.promise(request.actor, request.moment, request.POST.get("requirement", "")[:60], number)
        except InputRefused as refused:
            found = refused.findings
        else:
            messages.success(request, say("permits.promised", reader()))
            return redirect("promises")
    rows = Promise.objects.filter(body=request.actor.body)
    page = page_of(rows, request.GET)
    told = {
        "page": page,
        "lines": [(one, acts.requirement_named(one.requirement) or one.requirement) for one in page.rows],
        "requirements": acts.requirements_of(request.actor.body),
        "may_promise": request.actor.may("confirm_decision"),
        "findings": found,
        "given": request.POST,
    }
    return render(request, "permits/promises.html", told, status=422 if found else 200)


# --- licences -----------------------------------------------------------------------------------------------------------------------


@needs("see_licences")
@require_GET
def all_licences(request: Request) -> HttpResponse:
    """Licences one may see, the newest first."""
    page = page_of(licences.visible_to(request.actor).select_related("holder"), request.GET)
    return render(request, "permits/licences.html", {"page": page, "day": request.moment.day})


@needs("see_licences")
@require_GET
def licence(request: Request, pk: int) -> HttpResponse:
    """One licence and its ledger: what was reserved, written off, given back, and what is left."""
    kept = acts.found_or_denied(
        licences.visible_to(request.actor).select_related("holder").filter(pk=pk), "see_licences"
    )
    page = page_of(kept.uses.select_related("case__declaration"), request.GET)
    return render(request, "permits/licence.html", {"licence": kept, "page": page})


@needs("issue_licence")
@require_http_methods(["GET", "POST"])
def enter_licence(request: Request) -> HttpResponse:
    """Enter a licence one's body has issued."""
    found: list[Finding] = []
    if request.method == "POST":
        given = {
            name: request.POST.get(name, "").strip()
            for name in ("number", "holder", "quantity", "unit", "goods", "document")
        }
        days = {name: _day(request.POST.get(name, "")) for name in ("valid_from", "valid_until")}
        holder = Organisation.objects.registered_as(given["holder"])
        found += [Finding("permits.holder_unknown", "holder", {"read": given["holder"][:40]})] if holder is None else []
        found += [Finding("permits.day_unreadable", name) for name, day in days.items() if day is None]
        valid_from, valid_until = days["valid_from"], days["valid_until"]
        if holder and valid_from and valid_until:
            try:
                made = licences.enter(
                    request.actor, request.moment, number=given["number"], holder=holder, quantity_milli=_milli(given["quantity"]),
                    unit=given["unit"], valid_from=valid_from, valid_until=valid_until, document=given["document"][:4],
                    goods=given["goods"],
                )  # fmt: skip
            except InputRefused as refused:
                found += refused.findings
            else:
                return redirect("licence", pk=made.pk)
        else:
            found += licences.unreadable(request.actor.body, given["number"], _milli(given["quantity"]), given["unit"])
    told = {"findings": found, "given": request.POST, "documents": code_table("documents").codes.items()}
    return render(request, "permits/enter_licence.html", told, status=422 if found else 200)


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        return None
