"""Pages of the second pair of eyes, and of the letters."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from tongguan.grammar.findings import Finding, InputRefused
from tongguan.window.access import needs
from tongguan.window.access.actor import NotAllowed
from tongguan.window.access.middleware import Request
from tongguan.window.decisions import acts, letters
from tongguan.window.decisions.models import Letter, Proposal
from tongguan.window.declarations.models import Declaration
from tongguan.window.look.paging import page_of
from tongguan.window.look.texts import say
from tongguan.window.look.written import reader


@needs("confirm_decision")
@require_GET
@never_cache
def proposals(request: Request) -> HttpResponse:
    """What waits for a second person, the oldest first."""
    rows = Proposal.objects.visible_to(request.actor).waiting()
    return render(request, "decisions/proposals.html", {"page": page_of(rows, request.GET, by=("id",))})


@needs("confirm_decision")
@require_http_methods(["GET", "POST"])
@never_cache
def proposal(request: Request, pk: int) -> HttpResponse:
    """One proposal: confirm or refuse."""
    kept = Proposal.objects.visible_to(request.actor).filter(pk=pk).first()
    if kept is None:
        raise NotAllowed("confirm_decision")
    found: list[Finding] = []
    if request.method == "POST":
        act = acts.confirm if request.POST.get("decision") == "confirmed" else acts.refuse
        try:
            act(request.actor, request.moment, kept, request.POST.get("reason", ""))
        except InputRefused as refused:
            found = refused.findings
            kept.refresh_from_db()
        else:
            messages.success(request, say("decisions.work_decided", reader()))
            return redirect("proposals")
    declaration = Declaration.objects.filter(pk=int(kept.facts.get("declaration", 0))).first()
    told: dict[str, Any] = {
        "proposal": kept,
        "declaration": declaration,
        "findings": found,
        "reason": request.POST.get("reason", ""),
    }
    told["amounts"] = [int(kept.facts[name]) for name in ("fen_before", "fen_after") if name in kept.facts]
    told["actor_sees_declaration"] = request.actor.may("work_customs_queue")
    told["is_own"] = kept.proposed_by_id == request.actor.person_id
    told["act"] = f"decisions.act_{kept.act}"
    return render(request, "decisions/proposal.html", told, status=422 if found else 200)


@needs("see_letter")
@require_GET
def letter(request: Request, pk: int) -> HttpResponse:
    """A decision letter, in the reader's language with the other below it."""
    kept = Letter.objects.filter(pk=pk).first()
    about = (
        Declaration.objects.visible_to(request.actor, "see_letter")
        .filter(pk=kept.declaration_id if kept else 0)
        .first()
    )
    if kept is None or about is None or not letters.readable_by(request.actor, about).filter(pk=pk).exists():
        raise NotAllowed("see_letter")
    return render(request, "decisions/letter.html", {"letter": kept, "texts": kept.texts(reader())})
