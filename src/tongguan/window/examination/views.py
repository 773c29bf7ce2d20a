"""Draws: prepared and carried out by Customs, checked by anybody; and the conflicts of interest of examiners."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongguan.grammar.findings import Finding, InputRefused
from tongguan.grammar.money import PPM, NotAnAmount, percent_text, ppm_of
from tongguan.window.access import needs
from tongguan.window.access.actor import NotAllowed
from tongguan.window.access.middleware import Request
from tongguan.window.accounts.models import Organisation
from tongguan.window.examination import acts, lots
from tongguan.window.examination.models import Conflict, Draw, Order
from tongguan.window.look.paging import page_of


@needs("verify_draw")
@require_GET
def draws(request: Request) -> HttpResponse:
    """Every draw, prepared or done, the newest first."""
    return render(request, "examination/draws.html", {"page": page_of(Draw.objects.all(), request.GET)})


@needs("verify_draw")
@require_GET
def draw(request: Request, pk: int) -> HttpResponse:
    """One draw: its commitment; once done, the seed, the list and the outcome, recomputed while you look."""
    made = Draw.objects.filter(pk=pk).first()
    if made is None:
        raise NotAllowed("verify_draw")
    listed = lots.read(made.listed)
    told = {
        "draw": made,
        "grades": [
            (f"examination.grade_{g}", percent_text(rate), list(listed.candidates.values()).count(g))
            for g, rate in listed.rates.items()
        ],
        "count": len(listed.candidates),
        "examiners": listed.examiners,
    }
    if made.drawn_at is not None:
        told["drawn"] = lots.draw(made.seed, listed)
        told["is_kept"] = lots.commitment(made.seed, made.listed) == made.commitment
    return render(request, "examination/draw.html", told)


@needs("draw_lots")
@require_http_methods(["GET", "POST"])
@never_cache
def prepare(request: Request) -> HttpResponse:
    """Prepare a draw: the shares by grade with where they come from, and why."""
    usual = acts.usual_rates(request.moment.day)
    found: list[Finding] = []
    if request.method == "POST":
        rates = {grade: _share(request.POST.get(f"rate_{grade}", "")) for grade in lots.GRADES}
        try:
            made = acts.prepare(request.actor, request.moment, rates, request.POST.get("reason", ""))
        except InputRefused as refused:
            found = refused.findings
        else:
            return redirect("draw", pk=made.pk)
    rows = [
        {
            "name": f"rate_{grade}",
            "text": f"examination.grade_{grade}",
            "held": held,
            "value": request.POST.get(f"rate_{grade}", percent_text(held.ppm()).rstrip("%") if held else ""),
        }
        for grade, held in usual.items()
    ]
    told = {"rows": rows, "findings": found, "reason": request.POST.get("reason", "")}
    return render(request, "examination/prepare.html", told, status=422 if found else 200)


@needs("draw_lots")
@require_POST
def carry_out(request: Request, pk: int) -> HttpResponse:
    """Draw. The page of the draw then shows the seed."""
    made = Draw.objects.filter(pk=pk).first()
    if made is None:
        raise NotAllowed("draw_lots")
    try:
        acts.carry_out(request.actor, request.moment, made)
    except InputRefused as refused:
        return render(request, "examination/refused.html", {"draw": made, "findings": refused.findings}, status=409)
    return redirect("draw", pk=pk)


@needs("draw_lots")
@require_http_methods(["GET", "POST"])
@never_cache
def reassign(request: Request, pk: int) -> HttpResponse:
    """Give an examination to another examiner, with a reason."""
    waiting = Order.objects.waiting().select_related("declaration__importer").filter(pk=pk).first()
    if waiting is None:
        raise NotAllowed("draw_lots")
    found: list[Finding] = []
    if request.method == "POST":
        chosen = request.POST.get("examiner", "")
        examiner = int(chosen) if chosen.isascii() and chosen.isdigit() and len(chosen) < 19 else 0
        try:
            acts.reassign(request.actor, request.moment, waiting, examiner, request.POST.get("reason", ""))
        except InputRefused as refused:
            found = refused.findings
        else:
            return redirect("work_declaration", pk=waiting.declaration_id)
    told = {
        "order": waiting, "declaration": waiting.declaration, "able": acts.able(waiting, request.moment.day),
        "findings": found, "reason": request.POST.get("reason", ""),
    }  # fmt: skip
    return render(request, "examination/reassign.html", told, status=422 if found else 200)


@needs("declare_conflict")
@require_http_methods(["GET", "POST"])
@never_cache
def conflicts(request: Request) -> HttpResponse:
    """Whose goods one may not examine."""
    found: list[Finding] = []
    if request.method == "POST":
        code = request.POST.get("organisation", "").strip()[:18]
        firm = Organisation.objects.registered_as(code)
        if firm is None or request.actor.person_id is None:
            found.append(Finding("permits.holder_unknown", "organisation", {"read": code}))
        else:
            try:
                acts.declare_conflict(request.actor, request.moment, request.actor.person_id, firm)
            except InputRefused as refused:
                found = refused.findings
            else:
                return redirect("conflicts")
    rows = Conflict.objects.filter(examiner_id=request.actor.person_id).select_related("organisation")
    return render(
        request,
        "examination/conflicts.html",
        {"page": page_of(rows, request.GET), "findings": found},
        status=422 if found else 200,
    )


def _share(text: str) -> int:
    """A share typed in per cent, in millionths; -1 where it is none."""
    try:
        share = ppm_of(text.strip())
    except NotAnAmount:
        return -1
    return share // 100 if 0 <= share // 100 <= PPM else -1
