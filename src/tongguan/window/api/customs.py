"""What Customs does with declarations, for programs of customs offices. Each act is an operation of its own with its own action."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Annotated, Literal

from ninja import Query, Router
from pydantic import Field

from tongguan.window.access.actor import Actor, Moment, NotAllowed
from tongguan.window.access.middleware import Request
from tongguan.window.accounts.models import Organisation
from tongguan.window.api.access import operation
from tongguan.window.api.declarations import (
    DeclarationShown,
    DeclarationsPage,
    RequestShown,
    at,
    declaration_shown,
    request_shown,
)
from tongguan.window.api.shapes import Anything, Cursor, In, Number, Reason
from tongguan.window.clearance import officers
from tongguan.window.decisions import letters
from tongguan.window.decisions.models import Proposal
from tongguan.window.declarations.models import Declaration
from tongguan.window.declarations.models import Request as Asked
from tongguan.window.examination import acts as examination
from tongguan.window.examination.models import Draw
from tongguan.window.lodging import acts
from tongguan.window.look.paging import page_of

router = Router(tags=["customs"])


class Because(In):
    """Why, in the officer's own words; the person concerned reads it."""

    reason: Reason = ""


# --- steps of a declaration -------------------------------------------------------------------------------------------------------

Step = Callable[[Actor, Moment, Declaration, str], object]


def _without_reason(act: Callable[[Actor, Moment, Declaration], object]) -> Step:
    return lambda actor, moment, declaration, _: act(actor, moment, declaration)


STEPS: dict[str, tuple[str, Step, str]] = {
    "take": ("work_customs_queue", _without_reason(officers.take), "Take a declaration from the queue."),
    "put-back": ("work_customs_queue", _without_reason(officers.put_back), "Put a declaration back into the queue."),
    "accept": ("accept_declaration", _without_reason(officers.accept), "Accept the declaration; the day fixes rates."),
    "return": ("accept_declaration", officers.return_, "Return the declaration to be mended, with a reason and a letter."),
    "begin-review": ("review_declaration", _without_reason(officers.begin_review), "Begin to review the documents."),
    "finish-review": ("review_declaration", officers.finish_review, "Nothing stands against the documents."),
    "select": ("select_for_examination", officers.select, "Select the goods for examination, with a reason."),
    "examine": ("examine_goods", officers.examine, "The goods are as declared; the reason tells what was looked at."),
    "find-wanting": ("examine_goods", officers.find_wanting, "The goods differ from what was declared; the reason tells in what."),
    "suspend": ("suspend_release", officers.suspend, "Hold the goods up, with a reason and a letter."),
    "resume": ("suspend_release", officers.resume, "Go on after a suspension."),
    "release": ("release_goods", _without_reason(officers.release), "Release the goods, once; every obstacle is told at once."),
    "release-provisionally": (
        "release_goods", _without_reason(officers.release_provisionally), "Release on the summary declaration of two steps.",
    ),
    "clear": ("clear_declaration", _without_reason(officers.clear), "All formalities are done."),
}  # fmt: skip
"""Path, action, act and words of every step that leaves the declaration as its answer."""


def _add(path: str, action: str, act: Step, summary: str) -> None:
    def step(request: Request, pk: Number, sent: Because) -> Anything:
        found = acts.one(request.actor, action, pk)
        act(request.actor, request.moment, found, sent.reason)
        return declaration_shown(Declaration.objects.get(pk=found.pk))

    name = f"{path.replace('-', '_')}_declaration"
    operation(
        router, "POST", f"/declarations/{{pk}}/{path}", action, answers=DeclarationShown, name=name, summary=summary
    )(step)


for _path, (_action, _act, _summary) in STEPS.items():
    _add(_path, _action, _act, _summary)


# --- four eyes --------------------------------------------------------------------------------------------------------------------


class ProposalShown(In):
    """A decision that waits for a second person. People confirm, on their pages; a key cannot."""

    id: int
    subject: str
    act: str
    reason: str
    proposed_at: str
    outcome: str


def proposal_shown(one: Proposal) -> Anything:
    """A proposal as the interface writes it."""
    return {
        "id": one.pk, "subject": one.subject, "act": one.act, "reason": one.reason, "proposed_at": at(one.proposed_at),
        "outcome": one.outcome,
    }  # fmt: skip


@operation(router, "POST", "/declarations/{pk}/settle", "select_for_examination", answers=ProposalShown)
def propose_settlement(request: Request, pk: Number, sent: Because) -> Anything:
    """Propose that what an examination found is settled; a second person confirms."""
    found = acts.one(request.actor, "select_for_examination", pk)
    return proposal_shown(officers.settle(request.actor, request.moment, found, sent.reason))


@operation(router, "POST", "/declarations/{pk}/refer", "refer_for_seizure", answers=ProposalShown)
def propose_referral(request: Request, pk: Number, sent: Because) -> Anything:
    """Propose to hand suspended goods to the anti-smuggling department; a second person confirms."""
    found = acts.one(request.actor, "refer_for_seizure", pk)
    return proposal_shown(officers.refer(request.actor, request.moment, found, sent.reason))


# --- requests and queues ----------------------------------------------------------------------------------------------------------


class Decision(In):
    """Granted or refused, and why."""

    decision: Literal["granted", "refused"]
    reason: Reason


@operation(router, "POST", "/requests/{pk}/decision", "decide_request", answers=RequestShown)
def decide_request(request: Request, pk: Number, sent: Decision) -> Anything:
    """Grant or refuse a request to amend or withdraw, once, with a reason and a letter."""
    mine = Declaration.objects.visible_to(request.actor, "decide_request")
    found = Asked.objects.filter(pk=pk, declaration__in=mine).first()
    if found is None:
        raise NotAllowed("decide_request")
    granted = sent.decision == "granted"
    return request_shown(
        officers.decide_request(request.actor, request.moment, found, is_granted=granted, reason=sent.reason)
    )


class Queue(Cursor):
    """Which queue."""

    queue: Literal["acceptance", "review", "examination", "release"]


@operation(router, "GET", "/customs-queue", "work_customs_queue", answers=DeclarationsPage)
def customs_queue(request: Request, asked: Query[Queue]) -> Anything:
    """What waits for Customs, the longest waiting first."""
    rows = Declaration.objects.visible_to(request.actor, "work_customs_queue")
    waiting = getattr(rows, f"awaiting_{asked.queue}")()
    page = page_of(waiting, {"after": asked.after}, by=("state_since", "pk"), size=asked.size)
    return {"items": [declaration_shown(one) for one in page.rows], "next": page.after}


# --- letters ----------------------------------------------------------------------------------------------------------------------


class LetterShown(In):
    """A decision in plain words, with what can be done against it."""

    id: int
    act: str
    subject: str
    text_zh: str
    text_en: str
    because: str
    written_at: str


class Letters(In):
    """The letters about a declaration, the newest first."""

    items: list[LetterShown]


@operation(router, "GET", "/declarations/{pk}/letters", "see_letter", answers=Letters)
def list_letters(request: Request, pk: Number) -> Anything:
    """The decision letters about a declaration."""
    found = acts.one(request.actor, "see_letter", pk)
    rows = letters.readable_by(request.actor, found)
    items = [
        {
            "id": one.pk, "act": one.act, "subject": one.subject, "text_zh": one.text_zh, "text_en": one.text_en,
            "because": one.because, "written_at": at(one.written_at),
        }
        for one in rows.order_by("-pk")[:100]
    ]  # fmt: skip
    return {"items": items}


# --- lots -------------------------------------------------------------------------------------------------------------------------


class Shares(In):
    """The share to be drawn by credit grade, in millionths, and why now."""

    rates: dict[str, Annotated[int, Field(ge=0, le=1_000_000)]]
    reason: Reason


class DrawShown(In):
    """A draw of lots: the commitment made before, the seed revealed after."""

    id: int
    commitment: str
    prepared_at: str
    drawn_at: str | None
    seed: str
    ordered: int


def _draw_shown(one: Draw, ordered: int = 0) -> Anything:
    return {
        "id": one.pk, "commitment": one.commitment, "prepared_at": at(one.prepared_at), "drawn_at": at(one.drawn_at),
        "seed": one.seed if one.drawn_at else "", "ordered": ordered,
    }  # fmt: skip


@operation(router, "POST", "/draws", "draw_lots", answers=DrawShown, status=201, creates=True)
def prepare_draw(request: Request, sent: Shares) -> Anything:
    """List the candidates and commit to a seed nobody has seen."""
    return _draw_shown(examination.prepare(request.actor, request.moment, dict(sent.rates), sent.reason))


@operation(router, "POST", "/draws/{pk}/carry-out", "draw_lots", answers=DrawShown)
def carry_out_draw(request: Request, pk: Number) -> Anything:
    """Draw, order the examinations and reveal the seed; once."""
    found = Draw.objects.filter(pk=pk, body=request.actor.body).first()
    if found is None:
        raise NotAllowed("draw_lots")
    return _draw_shown(found, len(examination.carry_out(request.actor, request.moment, found)))


class ConflictIn(In):
    """An examiner and an organisation whose goods they may not examine."""

    examiner_id: Number
    organisation_id: Number
    until_on: dt.date | None = None


class ConflictShown(ConflictIn):
    """A declared conflict."""

    id: int


@operation(router, "POST", "/conflicts", "declare_conflict", answers=ConflictShown, status=201, creates=True)
def declare_conflict(request: Request, sent: ConflictIn) -> Anything:
    """Say that an examiner may not examine the goods of an organisation."""
    organisation = Organisation.objects.filter(pk=sent.organisation_id).first()
    if organisation is None:
        raise NotAllowed("declare_conflict")
    made = examination.declare_conflict(request.actor, request.moment, sent.examiner_id, organisation, sent.until_on)
    until = made.until_on.isoformat() if made.until_on else None
    return {"id": made.pk, "examiner_id": made.examiner_id, "organisation_id": made.organisation_id, "until_on": until}
