"""Pages of those who declare: the list, one declaration followed live, its papers, the requests made about it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongguan import declaration as form
from tongguan.grammar.findings import Finding, InputRefused
from tongguan.window.access import needs
from tongguan.window.access.actor import NotAllowed
from tongguan.window.access.middleware import Request
from tongguan.window.charges import acts as charges
from tongguan.window.decisions import letters
from tongguan.window.declarations import answer, uploads
from tongguan.window.declarations.models import PAPER_TABLES, STATE, Declaration, Paper, Version
from tongguan.window.declarations.words import facts_rows
from tongguan.window.lodging import acts, follow
from tongguan.window.look import texts
from tongguan.window.look.paging import page_of
from tongguan.window.look.written import reader, span
from tongguan.window.release_times.figures import usual

TABS: dict[str, tuple[str, ...]] = {
    "all": (),
    "drafts": ("drafted",),
    "returned": ("returned",),
    "under_way": ("lodged", "accepted", "under_review", "reviewed", "suspended"),
    "released": ("released", "cleared"),
    "ended": ("withdrawn", "referred"),
}
"""Tabs of the list, with the states behind each."""
NUMBER_LENGTH = 18
STAGE_OF_STATE = {
    "lodged": "acceptance",
    "accepted": "review",
    "under_review": "review",
    "reviewed": "release",
    "released": "clearance",
}
"""Which measured stage a declaration is in."""


@needs("see_declaration")
@require_GET
def declarations(request: Request) -> HttpResponse:
    """My declarations by stage, searched by number or own reference."""
    tab = request.GET.get("tab", "all")
    asked = request.GET.get("q", "").strip()[:40]
    rows: QuerySet[Declaration] = Declaration.objects.visible_to(request.actor).select_related("importer", "declarant")
    states = TABS.get(tab, ())
    if states:
        rows = rows.filter(state__in=states)
    if asked:
        rows = searched(rows, asked)
    return render(
        request,
        "lodging/list.html",
        {
            "page": page_of(rows, request.GET),
            "tabs": [(name, f"declarations.tab_{name}") for name in TABS],
            "tab": tab if tab in TABS else "all",
            "asked": asked,
            "states": STATE.states,
        },
    )


def searched(rows: QuerySet[Declaration], asked: str) -> QuerySet[Declaration]:
    """By the 18 digits of a declaration, else by the declarant's own reference from its beginning on."""
    if len(asked) == NUMBER_LENGTH and asked.isascii() and asked.isdigit():
        return rows.filter(pk=int(asked[9:]))
    return rows.filter(reference__startswith=asked)


@needs("see_declaration")
@require_GET
@never_cache
def declaration(request: Request, pk: int) -> HttpResponse:
    """One declaration, followed live. Asked for by htmx, the part that changes."""
    kept = acts.one(request.actor, "see_declaration", pk)
    name = "lodging/_now.html" if request.headers.get("HX-Request") else "lodging/detail.html"
    return render(request, name, _told(request, kept))


def _told(request: Request, kept: Declaration, found: tuple[Finding, ...] = ()) -> dict[str, Any]:
    language = reader()
    versions = list(Version.objects.filter(declaration=kept).order_by("-number"))
    latest = next((v for v in versions if v.number == kept.version), None)
    given = answer.read(latest.answer) if latest else None
    stage = STAGE_OF_STATE.get(kept.state)
    took = usual(stage, request.moment.day) if stage else None
    return {
        "declaration": kept,
        "state": STATE.states[kept.state],
        "stages": follow.stages(kept, language),
        "steps": follow.happened(kept, language),
        "missing": follow.missing(kept, language),
        "now_with": follow.now_with(kept, language),
        "at_risk": follow.at_risk(kept, given, request.moment, language),
        "usual_of": f"declarations.usually{'_release' if stage == 'release' else ''}" if stage else "",
        "usual": took,
        "usual_span": span(dt.timedelta(minutes=took.minutes[0]), language, is_fine=True)
        if took and took.minutes
        else "",
        "tax_to_do": _tax_to_do(kept, request),
        "versions": versions,
        "answer": given,
        "letters": letters.readable_by(request.actor, kept).order_by("-pk")[:50],
        "requests": kept.requests.order_by("-pk")[:50],
        "has_open_request": kept.requests.filter(decision="").exists(),
        "papers": kept.papers.order_by("pk"),
        "kinds_of_paper": kinds_of_paper(),
        "may_write": request.actor.may("draft_declaration"),
        "is_writable": kept.state in acts.WRITABLE or kept.waits_for_completion,
        "is_open_to_requests": kept.state in acts.OPEN_TO_REQUESTS,
        "may_attach": request.actor.may("attach_paper") and kept.state not in {"withdrawn", "referred", "cleared"},
        "findings": found,
    }


def _tax_to_do(kept: Declaration, request: Request) -> dict[str, Any] | None:
    """What the payer can do about the tax now: pay the open notice, let a security stand for it, or ask back what is too much."""
    if not request.actor.may("pay_taxes"):
        return None
    last = kept.determinations.order_by("-pk").first()
    ending = charges.ending_security(kept, request.moment.day)
    may_secure = kept.tax == "determined" or (kept.tax == "open" and kept.waits_for_completion) or ending is not None
    if last is not None and (over := charges.overpaid(last)):
        return {"notice": last, "claim": over}
    notice = charges.open_notices(request.actor).filter(declaration=kept).first()
    if notice is None and not may_secure:
        return None
    return {
        "notice": notice,
        "owed": charges.outstanding(notice) if notice else 0,
        "told": notice.told.filter(outcome="").first() if notice else None,
        "may_secure": may_secure,
        "ending": ending,
    }


def kinds_of_paper() -> list[tuple[str, Any]]:
    """What a file may be, commercial papers first."""
    return [(code, held) for table in PAPER_TABLES for code, held in form.code_table(table).codes.items()]


@needs("see_declaration")
@require_GET
def version(request: Request, pk: int, number: int) -> HttpResponse:
    """What was declared at one time, and what the window answered to it."""
    kept = acts.one(request.actor, "see_declaration", pk)
    found = Version.objects.filter(declaration=kept, number=number).first()
    if found is None:
        raise NotAllowed("see_declaration")
    rows = list(facts_rows(found.facts, reader()))
    context = {"declaration": kept, "version": found, "rows": rows, "answer": answer.read(found.answer)}
    return render(request, "lodging/version.html", context)


# --- papers -----------------------------------------------------------------------------------------------------------------------


@needs("attach_paper")
@require_POST
def attach(request: Request, pk: int) -> HttpResponse:
    """Attach a file."""
    kept = acts.one(request.actor, "attach_paper", pk)
    sent = request.FILES.get("file")
    # One byte more than is taken is enough to refuse it; a larger file is never read whole.
    name, content = (sent.name or "", sent.read(uploads.MOST_BYTES + 1)) if sent else ("", None)
    document, number = request.POST.get("document", ""), request.POST.get("number", "").strip()
    try:
        acts.attach(
            request.actor, request.moment, kept, document=document, number=number, name=name, content=content
        )  # fmt: skip
    except InputRefused as refused:
        return render(request, "lodging/detail.html", _told(request, kept, tuple(refused.findings)), status=422)
    messages.success(request, texts.say("declarations.attached", reader()))
    return redirect("declaration", pk=pk)


@needs("see_declaration")
@require_GET
def paper(request: Request, pk: int) -> FileResponse:
    """The file, to be saved and not shown: whatever it is, it never runs in our name."""
    kept = _paper(request, pk, "see_declaration")
    response = FileResponse(
        kept.file.open("rb"), as_attachment=True, filename=kept.name, content_type="application/octet-stream"
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


@needs("attach_paper")
@require_POST
def remove_paper(request: Request, pk: int) -> HttpResponse:
    """Take a paper away while the declaration is being written."""
    kept = _paper(request, pk, "attach_paper")
    try:
        acts.remove(request.actor, request.moment, kept)
    except InputRefused as refused:
        found = tuple(refused.findings)
        return render(request, "lodging/detail.html", _told(request, kept.declaration, found), status=409)
    messages.success(request, texts.say("declarations.removed", reader()))
    return redirect("declaration", pk=kept.declaration_id)


def _paper(request: Request, pk: int, action: str) -> Paper:
    found = Paper.objects.select_related("declaration__importer", "declaration__declarant").filter(pk=pk).first()
    if found is None:
        raise NotAllowed(action)
    acts.one(request.actor, action, found.declaration_id)
    return found


# --- requests ---------------------------------------------------------------------------------------------------------------------


@needs("request_withdrawal")
@require_http_methods(["GET", "POST"])
def withdraw(request: Request, pk: int) -> HttpResponse:
    """Ask to withdraw."""
    kept = acts.one(request.actor, "request_withdrawal", pk)
    return _request(request, kept, "withdraw")


@needs("request_amendment")
@require_http_methods(["GET", "POST"])
def amend(request: Request, pk: int) -> HttpResponse:
    """Ask for what was written to take the place of what was lodged."""
    kept = acts.one(request.actor, "request_amendment", pk)
    return _request(request, kept, "amend")


def _request(request: Request, kept: Declaration, kind: str) -> HttpResponse:
    reason = request.POST.get("reason", "")
    found: list[Finding] = []
    if request.method == "POST":
        try:
            if kind == "amend":
                acts.ask_amendment(request.actor, request.moment, kept, acts.writing_of(kept), reason)
            else:
                acts.ask_withdrawal(request.actor, request.moment, kept, reason)
        except InputRefused as refused:
            found = list(refused.findings)
        else:
            messages.success(request, texts.say(f"declarations.asked_{kind}", reader()))
            return redirect("declaration", pk=kept.pk)
    context = {
        "declaration": kept, "kind": kind, "reason": reason, "findings": found, "longest": acts.LONGEST_REASON,
        "title": f"declarations.ask_{kind}", "lead": f"declarations.ask_{kind}_lead",
        "changes": _changes(kept) if kind == "amend" else [],
        "papers": follow.added_papers(kept) if kind == "amend" else [],
    }  # fmt: skip
    return render(request, "lodging/request.html", context, status=422 if found else 200)


def _changes(kept: Declaration) -> list[tuple[str, str, str]]:
    """What the amendment says otherwise: label, before, after."""
    lodged = Version.objects.filter(declaration=kept, number=kept.version).first()
    if lodged is None:
        raise BadRequest
    language = reader()
    before, after = (
        dict(facts_rows(lodged.facts, language)),
        dict(facts_rows(acts.writing_of(kept), language)),
    )
    names = list(dict.fromkeys([*before, *after]))
    return [(n, before.get(n, ""), after.get(n, "")) for n in names if before.get(n, "") != after.get(n, "")]
