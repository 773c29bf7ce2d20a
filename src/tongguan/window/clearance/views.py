"""Pages of Customs: the queues, one declaration with everything known about it, the acts, the requests; and the journal for all who may read it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.findings import Finding, InputRefused
from tongguan.grammar.parameters import InForce, RuleParameters, load_parameters
from tongguan.window.access import needs
from tongguan.window.access.actor import Actor, NotAllowed
from tongguan.window.access.middleware import Request
from tongguan.window.accounts.interest import interest_findings
from tongguan.window.accounts.models import Organisation, Post
from tongguan.window.charges import acts as charges
from tongguan.window.clearance import officers
from tongguan.window.decisions.models import Letter, Proposal
from tongguan.window.declarations import answer
from tongguan.window.declarations.models import EXAMINATION, STATE, TAX, Declaration, Version
from tongguan.window.declarations.models import Request as Asked
from tongguan.window.declarations.words import facts_rows
from tongguan.window.examination import acts as examination
from tongguan.window.examination.models import Order
from tongguan.window.journal.models import Entry
from tongguan.window.lodging import acts, follow
from tongguan.window.look.paging import page_of
from tongguan.window.look.texts import Text, say, texts
from tongguan.window.look.written import reader
from tongguan.window.permits.acts import requirement_of
from tongguan.window.permits.models import LIFE as PERMIT
from tongguan.window.states import SomeoneWasFirst, Transition

QUEUES: dict[str, Callable[[], QuerySet[Declaration]]] = {
    "acceptance": Declaration.objects.awaiting_acceptance,
    "review": Declaration.objects.awaiting_review,
    "release": Declaration.objects.awaiting_release,
}
"""Queues by documents; that of the examination goes by orders."""
ALL_QUEUES = ("acceptance", "review", "examination", "release", "requests")
EARLIER = 10
MOST_ENTRIES = 500


# --- queues -------------------------------------------------------------------------------------------------------------------------


@cache
def goals() -> RuleParameters:
    """The published goals, dated and cited."""
    return load_parameters(Path(__file__).parent / "parameters.yaml", "window/declarations")


def goal_on(day: dt.date) -> InForce | None:
    """The goal for the whole clearance on a day; None where none is held."""
    try:
        return goals().at("clearance_target_hours", day)
    except OutOfCoverage:
        return None


def target_of(declaration: Declaration, goal: InForce | None) -> dt.datetime | None:
    """By when these goods should be released according to the goal."""
    return declaration.lodged_at + dt.timedelta(hours=goal.whole()) if goal and declaration.lodged_at else None


@needs("work_customs_queue")
@require_GET
@never_cache
def customs_queue(request: Request, queue: str = "acceptance") -> HttpResponse:
    """A queue of Customs, whoever waits longest on top; filtered by who holds it and by customs office."""
    if queue not in ALL_QUEUES:
        raise Http404(queue)
    holder = request.GET.get("holder", "")
    office = request.GET.get("office", "").strip()[:4]
    if queue == "examination":
        orders = Order.objects.waiting().select_related("declaration__importer", "declaration__officer")
        orders = orders.given_to(request.actor) if holder == "mine" else orders
        page: Any = page_of(orders, request.GET, by=("waiting_since", "id"))
        shown = [(order.declaration, order.waiting_since) for order in page.rows]
    elif queue == "requests":
        asked = Asked.objects.filter(decision="").select_related("declaration__importer", "declaration__officer")
        page = page_of(asked, request.GET, by=("id",))
        shown = [(one.declaration, one.asked_at) for one in page.rows]
    else:
        rows = _held_by(QUEUES[queue](), holder, request.actor).select_related("importer", "officer")
        rows = rows.filter(customs_office=office) if office else rows
        page = page_of(rows, request.GET, by=("state_since", "id"))
        shown = [(one, one.state_since) for one in page.rows]
    goal = goal_on(request.moment.day)
    lines = [
        {
            "declaration": one,
            "since": since,
            "target": (target := target_of(one, goal)),
            "is_late": target is not None and target < request.moment.at,
            "state": STATE.states[one.state],
        }
        for one, since in shown
    ]
    told = {
        "queue": queue,
        "queues": ALL_QUEUES,
        "lines": lines,
        "page": page,
        "goal": goal,
        "holder": holder,
        "office": office,
    }
    return render(request, "clearance/queue.html", told)


def _held_by(rows: QuerySet[Declaration], holder: str, actor: Actor) -> QuerySet[Declaration]:
    match holder:
        case "mine":
            return rows.filter(officer_id=actor.person_id)
        case "nobody":
            return rows.filter(officer=None)
        case _:
            return rows


# --- one declaration ----------------------------------------------------------------------------------------------------------------


@needs("work_customs_queue")
@require_GET
@never_cache
def work_declaration(request: Request, pk: int) -> HttpResponse:
    """Everything Customs needs to decide: facts, findings, cases, earlier decisions, what stands against release, and the acts open now."""
    return _worked(request, acts.one(request.actor, "work_customs_queue", pk))


def _worked(request: Request, kept: Declaration, found: Sequence[Finding] = (), status: int = 200) -> HttpResponse:
    version = Version.objects.filter(declaration=kept, number=kept.version).first()
    given = answer.read(version.answer) if version else None
    cases = kept.permit_cases.select_related("officer").order_by("id")
    asked = kept.requests.filter(decision="").first()
    aside = interest_findings(request.actor, *kept.parties)
    told = {
        "declaration": kept,
        "states": {
            "state": STATE.states[kept.state],
            "tax": TAX.states[kept.tax],
            "exam": EXAMINATION.states[kept.examination],
        },
        "facts": facts_told(version.facts) if version else [],
        "money": _money(kept, given, request.actor, is_aside=bool(aside)),
        "answer": given,
        "obstacles": officers.obstacles(kept, request.moment.day, is_summary=kept.waits_for_completion),
        "cases": [(case, requirement_of(case) or case.requirement, PERMIT.states[case.state]) for case in cases],
        "papers": kept.papers.order_by("pk"),
        "may_reassign": request.actor.may("draw_lots"),
        "orders": kept.examination_orders.order_by("-pk")[:EARLIER],
        "earlier": _earlier(kept),
        "letters": Letter.objects.filter(declaration_id=kept.pk).order_by("-pk")[:EARLIER],
        "proposals": Proposal.objects.filter(subject=kept.subject).order_by("-pk")[:EARLIER],
        "request_open": asked,
        "acts": [] if aside else _acts_open(kept, request.actor),
        "is_mine": kept.officer_id == request.actor.person_id and kept.officer_id is not None,
        "goal": target_of(kept, goal_on(request.moment.day)),
        "findings": list(found) or aside,
        "reason": request.POST.get("reason", ""),
        "tried": request.POST.get("act", ""),
    }
    return render(request, "clearance/declaration.html", told, status=status)


def facts_told(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The declared facts as lines for people: what the dictionary calls each, and what stands in it."""
    return list(facts_rows(facts, reader()))


def _money(kept: Declaration, given: answer.Answer | None, actor: Actor, *, is_aside: bool) -> dict[str, Any]:
    """What the page says about the tax: what stands, what is owed, and which acts about it are open to this officer."""
    made = charges.in_force(kept)
    may = actor.may("determine_tax") and kept.state in charges.DETERMINABLE and not is_aside
    is_older = made is not None and made.version != kept.version
    return {
        "made": made,
        "outstanding": charges.outstanding(made) if made else None,
        "overpaid": charges.overpaid(made) if made else 0,
        "is_older": is_older,
        "one_figure": given is not None and given.total is not None,
        "may_determine": may and (kept.tax == "open" or (kept.tax == "secured" and made is None)),
        "may_redetermine": may and is_older and kept.tax in TAX.transitions["redetermine"].from_states,
        "redetermine": TAX.transitions["redetermine"],
        "told": made.told.filter(outcome="").first() if made else None,
        "may_collect": actor.may("collect_shortfall")
        and not is_aside
        and kept.state in {"released", "cleared"}
        and made is not None,
        "uses": kept.securities.filter(freed_at=None).select_related("security"),
    }


def _earlier(kept: Declaration) -> list[tuple[Letter, Declaration]]:
    """Earlier decisions about this importer: its latest letters, each with its declaration."""
    others = Declaration.objects.filter(importer_id=kept.importer_id).exclude(pk=kept.pk).order_by("-id")[:200]
    by_pk = {one.pk: one for one in others}
    letters = Letter.objects.filter(declaration_id__in=by_pk).order_by("-id")[:EARLIER]
    return [(letter, by_pk[letter.declaration_id]) for letter in letters]


ACTS: dict[str, tuple[str, str, Callable[..., object]]] = {
    # name: (column of the state, name of the step, act)
    "accept": ("state", "accept", officers.accept),
    "return": ("state", "return", officers.return_),
    "begin_review": ("state", "begin_review", officers.begin_review),
    "finish_review": ("state", "finish_review", officers.finish_review),
    "select": ("examination", "select", officers.select),
    "examine": ("examination", "examine", officers.examine),
    "find_wanting": ("examination", "find_wanting", officers.find_wanting),
    "settle": ("examination", "settle", officers.settle),
    "suspend": ("state", "suspend", officers.suspend),
    "resume": ("state", "resume", officers.resume),
    "refer": ("state", "refer", officers.refer),
    "release": ("state", "release", officers.release),
    "release_provisionally": ("state", "release_provisionally", officers.release_provisionally),
    "clear": ("state", "clear", officers.clear),
}
TABLES = {"state": STATE, "examination": EXAMINATION}


def _acts_open(kept: Declaration, actor: Actor) -> list[dict[str, Any]]:
    """The acts that lead on from here and that this actor may do, as the page offers them."""
    offered = []
    for name, (column, act, _) in ACTS.items():
        step = TABLES[column].transitions[act]
        if getattr(kept, column) not in step.from_states or not actor.may(step.action):
            continue
        may_go_on = examination.BEFORE_RELEASE if name == "select" else (*examination.BEFORE_RELEASE, "suspended")
        if column == "examination" and kept.state not in may_go_on:
            continue
        if (name == "release_provisionally") != kept.waits_for_completion and name in {
            "release",
            "release_provisionally",
        }:
            continue
        offered.append({"name": name, "step": step, "needs_reason": step.needs_reason, "four_eyes": step.four_eyes})
    return offered


def _act_view(name: str) -> Callable[..., HttpResponse]:
    """The page's button for one act: allowed to those whose role has the act's action, and to nobody else."""
    column, act, do = ACTS[name]
    step = TABLES[column].transitions[act]

    @needs(step.action)
    @require_POST
    def view(request: Request, pk: int) -> HttpResponse:
        reason = request.POST.get("reason", "")
        more = (reason,) if step.needs_reason or name == "finish_review" else ()
        return _done(request, pk, step.action, lambda kept: do(request.actor, request.moment, kept, *more), step)

    return view


def _done(
    request: Request, pk: int, action: str, do: Callable[[Declaration], object], step: Transition | Text
) -> HttpResponse:
    kept = acts.one(request.actor, action, pk)
    try:
        outcome = do(kept)
    except InputRefused as refused:
        status = 409 if isinstance(refused, SomeoneWasFirst) else 422
        if not request.actor.may("work_customs_queue"):
            raise NotAllowed("work_customs_queue") from refused
        return _worked(request, acts.one(request.actor, action, pk), refused.findings, status)
    key = "decisions.work_proposed" if isinstance(outcome, Proposal) else "decisions.work_done"
    language = reader()
    messages.success(request, say(key, language, act=step.zh if language == "zh" else step.en))
    return redirect("work_declaration", pk=pk)


ACT_VIEWS = {name: _act_view(name) for name in ACTS}


@needs("work_customs_queue")
@require_POST
def take(request: Request, pk: int) -> HttpResponse:
    """Take a declaration, or put it back."""
    is_back = request.POST.get("back") == "1"
    act = officers.put_back if is_back else officers.take
    words = texts()["decisions.act_put_back" if is_back else "decisions.act_take"]
    return _done(request, pk, "work_customs_queue", lambda kept: act(request.actor, request.moment, kept), words)


@needs("decide_request")
@require_http_methods(["GET", "POST"])
def decide_request(request: Request, pk: int) -> HttpResponse:
    """One request to amend or withdraw: what is asked, what would change, and the decision with its reason."""
    asked = Asked.objects.filter(pk=pk).select_related("declaration__importer").first()
    if asked is None:
        raise NotAllowed("decide_request")
    acts.one(request.actor, "decide_request", asked.declaration_id)
    found: list[Finding] = []
    status = 200
    if request.method == "POST":
        is_granted = request.POST.get("decision") == "granted"
        try:
            officers.decide_request(
                request.actor, request.moment, asked, is_granted=is_granted, reason=request.POST.get("reason", "")
            )
        except InputRefused as refused:
            found, status = refused.findings, 409 if isinstance(refused, SomeoneWasFirst) else 422
            asked.refresh_from_db()
        else:
            messages.success(request, say("decisions.work_decided", reader()))
            return redirect("work_declaration", pk=asked.declaration_id)
    before = Version.objects.filter(declaration_id=asked.declaration_id, number=asked.declaration.version).first()
    changed = differences(before.facts if before else {}, asked.facts) if asked.facts else []
    told: dict[str, Any] = {"asked": asked, "declaration": asked.declaration, "changed": changed, "findings": found}
    told["papers"] = follow.added_papers(asked.declaration) if asked.facts and not asked.decision else []
    told["reason"] = request.POST.get("reason", "")
    return render(request, "clearance/request.html", told, status=status)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What differs between two sets of facts: what the dictionary calls it, before, after; in the order of the form."""
    was, now = dict(facts_told(before)), dict(facts_told(after))
    names = dict.fromkeys([*was, *now])
    return [(name, was.get(name, ""), now.get(name, "")) for name in names if was.get(name, "") != now.get(name, "")]


# --- journal ------------------------------------------------------------------------------------------------------------------------


@needs("see_journal")
@require_GET
@never_cache
def journal(request: Request, pk: int) -> HttpResponse:
    """What was done with a declaration and with the cases, draws and licences it brought: who in their post, when, from which state to which, why."""
    kept = acts.one(request.actor, "see_journal", pk)
    cases = kept.permit_cases.all()
    if request.actor.body and request.actor.reach("see_journal") == "addressed":
        cases = cases.filter(body=request.actor.body)
    subjects = {kept.subject: "", **{case.subject: case.body for case in cases}}
    rows = follow.told_to(request.actor, Entry.objects.filter(subject__in=subjects))
    entries = list(rows.order_by("-at", "-id")[:MOST_ENTRIES])
    told = {"declaration": kept, "lines": _lines(entries, subjects, request.actor)}
    return render(request, "clearance/journal.html", told)


def _lines(entries: list[Entry], subjects: dict[str, str], actor: Actor) -> list[dict[str, Any]]:
    """Entries with people told as their post in their organisation; no name of anybody."""
    organisations = Organisation.objects.in_bulk({e.organisation_id for e in entries if e.organisation_id})
    people = {int(e.actor.partition(":")[2]) for e in entries if e.actor.startswith("person:")}
    posts: dict[tuple[int, int], str] = {
        (post.person_id, post.organisation_id): post.role
        for post in Post.objects.filter(Q(person_id__in=people), organisation_id__in=list(organisations)).order_by(
            "from_on"
        )
    }
    lines = []
    for entry in entries:
        kind, _, number = entry.actor.partition(":")
        role = entry.authority.removeprefix("post:") if entry.authority.startswith("post:") else ""
        if not role and kind == "person" and entry.organisation_id:
            role = posts.get((int(number), entry.organisation_id), "")
        lines.append({
            "entry": entry,
            "act": _named(entry.act, "transitions"),
            "before": _named(entry.state_before, "states"),
            "after": _named(entry.state_after, "states"),
            "role": f"look.role_{role}" if role else "",
            "is_program": kind == "key",
            "is_system": kind == "system",
            "is_me": kind == "person" and number == str(actor.person_id),
            "organisation": organisations.get(entry.organisation_id or 0),
            "body": subjects[entry.subject],
        })  # fmt: skip
    return lines


def _named(name: str, part: str) -> object:
    """The words of a step or a state, whichever table has it; the bare name where none has."""
    for table in (STATE, PERMIT, EXAMINATION, TAX):
        held = getattr(table, part).get(name)
        if held is not None:
            return held
    key = f"decisions.act_{name}"
    return texts().get(key, name)
