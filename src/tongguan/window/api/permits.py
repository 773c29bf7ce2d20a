"""What bodies do with the cases a declaration brings them, and what firms answer; licences and what is written off."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from ninja import Query, Router
from pydantic import Field, StringConstraints

from tongguan.grammar.findings import Finding, InputRefused
from tongguan.grammar.money import NotAnAmount, milli_of, quantity_text
from tongguan.window.access.actor import NotAllowed
from tongguan.window.access.middleware import Request
from tongguan.window.accounts.models import Organisation
from tongguan.window.api.access import operation
from tongguan.window.api.customs import Because, ProposalShown, proposal_shown
from tongguan.window.api.declarations import at, words
from tongguan.window.api.shapes import Anything, Cursor, In, Line, Number, Reason, Words
from tongguan.window.look.paging import page_of
from tongguan.window.permits import acts, licences
from tongguan.window.permits.models import LIFE, Case, Licence

router = Router(tags=["permits"])


class CaseShown(In):
    """One requirement of one declaration before one body."""

    id: int
    declaration_id: int
    body: str
    requirement: str
    document: str
    items: list[int]
    state: Words
    level: int
    due_on: str | None
    target_on: str | None
    requested_at: str
    decided_at: str | None
    facts: Anything


class CasesPage(In):
    """One page of cases."""

    items: list[CaseShown]
    next: str


def _case(one: Case) -> Anything:
    return {
        "id": one.pk, "declaration_id": one.declaration_id, "body": one.body, "requirement": one.requirement, "document": one.document,
        "items": one.items, "state": words(one.state, LIFE.states[one.state]), "level": one.level,
        "due_on": one.due_on.isoformat() if one.due_on else None, "target_on": one.target_on.isoformat() if one.target_on else None,
        "requested_at": at(one.requested_at), "decided_at": at(one.decided_at), "facts": one.facts,
    }  # fmt: skip


class CasesAsked(Cursor):
    """Which cases."""

    declaration_id: Number | None = None


@operation(router, "GET", "/permit-cases", "see_declaration", answers=CasesPage)
def list_cases(request: Request, asked: Query[CasesAsked]) -> Anything:
    """Cases within reach, the newest first; of one declaration where it is named."""
    rows = Case.objects.visible_to(request.actor).exclude(declaration__state="drafted")
    if asked.declaration_id is not None:
        rows = rows.filter(declaration_id=asked.declaration_id)
    page = page_of(rows, {"after": asked.after}, size=asked.size)
    return {"items": [_case(one) for one in page.rows], "next": page.after}


@operation(router, "GET", "/agency-queue", "work_agency_queue", answers=CasesPage)
def agency_queue(request: Request, asked: Query[Cursor]) -> Anything:
    """What waits for one's own body, the most urgent first."""
    rows = Case.objects.visible_to(request.actor, "work_agency_queue").in_queue(request.actor.body)
    page = page_of(rows, {"after": asked.after}, by=("queue_on", "pk"), size=asked.size)
    return {"items": [_case(one) for one in page.rows], "next": page.after}


@operation(router, "GET", "/permit-cases/{pk}", "see_declaration", answers=CaseShown)
def show_case(request: Request, pk: Number) -> Anything:
    """One case with the application derived from the declaration."""
    return _case(acts.one(request.actor, "see_declaration", pk))


@operation(router, "POST", "/permit-cases/{pk}/take", "work_agency_queue", answers=CaseShown)
def take_case(request: Request, pk: Number) -> Anything:
    """Take a case from the queue."""
    found = acts.one(request.actor, "work_agency_queue", pk)
    acts.take(request.actor, request.moment, found)
    return _case(found)


@operation(router, "POST", "/permit-cases/{pk}/put-back", "work_agency_queue", answers=CaseShown)
def put_back_case(request: Request, pk: Number) -> Anything:
    """Put a case back into the queue."""
    found = acts.one(request.actor, "work_agency_queue", pk)
    acts.put_back(request.actor, request.moment, found)
    return _case(found)


@operation(router, "POST", "/permit-cases/{pk}/begin", "decide_permit", answers=CaseShown)
def begin_case(request: Request, pk: Number) -> Anything:
    """Begin to review."""
    found = acts.one(request.actor, "decide_permit", pk)
    acts.begin(request.actor, request.moment, found)
    return _case(found)


class Told(In):
    """What is asked or answered."""

    text: Reason


@operation(router, "POST", "/permit-cases/{pk}/ask", "decide_permit", answers=CaseShown)
def ask_more(request: Request, pk: Number, sent: Told) -> Anything:
    """Ask the declarant for what is missing; the statutory clock stands still until it is answered."""
    found = acts.one(request.actor, "decide_permit", pk)
    acts.ask(request.actor, request.moment, found, sent.text)
    return _case(found)


@operation(router, "POST", "/permit-cases/{pk}/answer", "answer_agency", answers=CaseShown)
def answer_body(request: Request, pk: Number, sent: Told) -> Anything:
    """Answer what a body asked."""
    found = acts.one(request.actor, "answer_agency", pk)
    acts.answer(request.actor, request.moment, found, sent.text)
    return _case(found)


Quantity = Annotated[str, Field(pattern=r"^[0-9]{1,12}(\.[0-9]{1,3})?$", examples=["9000"])]


class Grant(Because):
    """The licence a grant in quantity draws on, and how much of it."""

    licence_id: Number | None = None
    quantity: Quantity | None = None


def _milli(quantity: str | None) -> int:
    try:
        return milli_of(quantity) if quantity else 0
    except NotAnAmount:
        raise InputRefused([Finding("permits.licence_quantity_unreadable", "quantity")]) from None


@operation(router, "POST", "/permit-cases/{pk}/grant", "decide_permit", answers=CaseShown)
def grant_case(request: Request, pk: Number, sent: Grant) -> Anything:
    """Agree; what is granted in quantity draws on a licence at once."""
    found = acts.one(request.actor, "decide_permit", pk)
    licence = None
    if sent.licence_id is not None:
        licence = _licence(request, sent.licence_id)
    acts.grant(
        request.actor, request.moment, found, licence=licence, quantity_milli=_milli(sent.quantity), reason=sent.reason
    )
    return _case(found)


@operation(router, "POST", "/permit-cases/{pk}/refuse", "decide_permit", answers=ProposalShown)
def propose_refusal(request: Request, pk: Number, sent: Because) -> Anything:
    """Propose not to agree; a senior of the body confirms."""
    found = acts.one(request.actor, "decide_permit", pk)
    return proposal_shown(acts.refuse(request.actor, request.moment, found, sent.reason))


# --- licences ---------------------------------------------------------------------------------------------------------------------


class LicenceShown(In):
    """A licence in quantity and what is left of it."""

    id: int
    number: str
    body: str
    document: str
    holder_id: int
    goods: str
    quantity: str
    remaining: str
    unit: str
    valid_from: str
    valid_until: str


class LicencesPage(In):
    """One page of licences."""

    items: list[LicenceShown]
    next: str


def _licence_shown(one: Licence) -> Anything:
    return {
        "id": one.pk, "number": one.number, "body": one.body, "document": one.document, "holder_id": one.holder_id, "goods": one.goods,
        "quantity": quantity_text(one.quantity_milli), "remaining": quantity_text(one.remaining_milli), "unit": one.unit,
        "valid_from": one.valid_from.isoformat(), "valid_until": one.valid_until.isoformat(),
    }  # fmt: skip


def _licence(request: Request, pk: int) -> Licence:
    found: Licence | None = licences.visible_to(request.actor).filter(pk=pk).first()
    if found is None:
        raise NotAllowed("see_licences")
    return found


@operation(router, "GET", "/licences", "see_licences", answers=LicencesPage)
def list_licences(request: Request, asked: Query[Cursor]) -> Anything:
    """Licences within reach, the newest first."""
    page = page_of(licences.visible_to(request.actor), {"after": asked.after}, size=asked.size)
    return {"items": [_licence_shown(one) for one in page.rows], "next": page.after}


class LicenceIn(In):
    """A licence that one's own body issued."""

    number: Annotated[str, StringConstraints(max_length=40)]
    holder_id: Number
    quantity: Quantity
    unit: Annotated[str, StringConstraints(max_length=20)]
    valid_from: dt.date
    valid_until: dt.date
    document: Annotated[str, StringConstraints(max_length=4)] = ""
    goods: Line = ""


@operation(router, "POST", "/licences", "issue_licence", answers=LicenceShown, status=201, creates=True)
def enter_licence(request: Request, sent: LicenceIn) -> Anything:
    """Enter a licence that one's own body issued."""
    holder = Organisation.objects.filter(pk=sent.holder_id).first()
    if holder is None:
        raise NotAllowed("issue_licence")
    said: dict[str, Any] = sent.dict(exclude={"holder_id", "quantity"})
    made = licences.enter(request.actor, request.moment, holder=holder, quantity_milli=_milli(sent.quantity), **said)
    return _licence_shown(made)
