"""Pages about firms and how they stand: those of Customs and the operator, who decide, and those of the firm, which reads why."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from tongguan.grammar.findings import Finding, InputRefused
from tongguan.window.access import needs
from tongguan.window.access.actor import Actor, NotAllowed
from tongguan.window.access.middleware import Request
from tongguan.window.accounts.models import STANDING, Organisation
from tongguan.window.decisions import firms as acts
from tongguan.window.decisions import letters
from tongguan.window.decisions.models import Letter
from tongguan.window.look.paging import page_of
from tongguan.window.look.texts import say
from tongguan.window.look.written import reader, words
from tongguan.window.states import SomeoneWasFirst, Transition

TONES = {"waiting": "yellow", "confirmed": "green", "refused": "red", "suspended": "red"}


@needs("confirm_organisation")
@require_GET
def firms(request: Request) -> HttpResponse:
    """Firms by how they stand, those that wait to be confirmed first; or the one of a code."""
    asked = request.GET.get("standing", "")
    standing = asked if asked in STANDING.states else "waiting"
    code = "".join(letter for letter in request.GET.get("code", "").upper() if letter.isascii() and letter.isalnum())[
        :18
    ]
    rows = Organisation.objects.firms()
    rows = rows.filter(credit_code=code) if code else rows.standing(standing)
    may_appoint = request.actor.reach("manage_organisation") == "all"
    told = {
        "page": page_of(rows, request.GET),
        "standing": standing,
        "standings": list(STANDING.states.items()),
        "code": code,
        "bodies": Organisation.objects.exclude(pk__in=Organisation.objects.firms()).order_by("pk")
        if may_appoint
        else [],
    }
    return render(request, "decisions/firms.html", told)


@needs("confirm_organisation")
@require_http_methods(["GET", "POST"])
@never_cache
def firm(request: Request, pk: int) -> HttpResponse:
    """One firm, to be compared with the registers: confirmed or refused, suspended or reinstated."""
    kept = Organisation.objects.firms().filter(pk=pk).first()
    if kept is None:
        raise NotAllowed("confirm_organisation")
    found: list[Finding] = []
    status = 200
    if request.method == "POST":
        act = request.POST.get("act", "")
        if act not in acts.ACTS:
            raise NotAllowed("confirm_organisation")
        try:
            acts.ACTS[act](request.actor, request.moment, pk, reason=request.POST.get("reason", ""))
        except InputRefused as refused:
            found, status = refused.findings, 409 if isinstance(refused, SomeoneWasFirst) else 422
            kept.refresh_from_db()
        else:
            done = words(STANDING.transitions[act], reader())
            messages.success(request, say("decisions.work_done", reader(), act=done))
            return redirect("firm", pk=pk)
    rows = [
        (say(f"accounts.{name}", reader()), getattr(kept, name))
        for name in ("name_zh", "name_en", "credit_code", "customs_code")
    ]
    told = {
        "firm": kept,
        "rows": rows,
        "tone": TONES[kept.standing],
        "steps": _steps(request.actor, kept),
        "lead": f"decisions.firm_lead_{kept.standing}",
        "letters": letters.about_firm(kept)[:50],
        "findings": found,
        "reason": request.POST.get("reason", ""),
    }
    return render(request, "decisions/firm.html", told, status=status)


def _steps(actor: Actor, kept: Organisation) -> list[tuple[str, Transition]]:
    """What can be decided about this firm now."""
    return [
        (name, step)
        for name, step in STANDING.transitions.items()
        if name in acts.ACTS and kept.standing in step.from_states and actor.may(step.action)
    ]


@needs("see_standing")
@require_GET
def standing(request: Request) -> HttpResponse:
    """How one's own firm stands, why, and what can be done."""
    kept = Organisation.objects.firms().filter(pk=request.actor.organisation_id or 0).first()
    if kept is None:
        return redirect("firms")
    told = {
        "firm": kept,
        "tone": TONES[kept.standing],
        "may_mend": kept.standing == "refused" and request.actor.may("mend_registration"),
        "letters": letters.about_firm(kept)[:50],
    }
    return render(request, "decisions/standing.html", told)


@needs("see_standing")
@require_GET
def firm_letter(request: Request, pk: int) -> HttpResponse:
    """A letter about how a firm stands, for the firm itself and for those who decide."""
    reach = request.actor.require("see_standing")
    rows = Letter.objects.filter(pk=pk, subject__startswith="organisation:")
    if reach != "all":
        rows = rows.filter(subject=f"organisation:{request.actor.organisation_id}")
    kept = rows.first()
    if kept is None:
        raise NotAllowed("see_standing")
    return render(request, "decisions/letter.html", {"letter": kept, "texts": kept.texts(reader())})
