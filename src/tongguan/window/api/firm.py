"""The organisation behind a key: what the key is, authority to act, and the addresses that are told what happens.

People, authority and keys themselves are given by people on their pages: a key must not be able to make keys, posts or authority.
"""

from __future__ import annotations

from typing import Annotated, Literal

from ninja import Query, Router
from pydantic import Field

from tongguan.grammar.findings import Finding
from tongguan.window.access.actor import VISITOR
from tongguan.window.access.middleware import Request
from tongguan.window.accounts.models import AccessKey, Entrustment, Organisation
from tongguan.window.api.access import operation
from tongguan.window.api.customs import Because
from tongguan.window.api.declarations import at
from tongguan.window.api.problems import Problem
from tongguan.window.api.shapes import Anything, Cursor, In, Number, Words
from tongguan.window.decisions import firms
from tongguan.window.look.paging import page_of
from tongguan.window.notices import acts
from tongguan.window.notices.models import Attempt, CallBack, Delivery
from tongguan.window.notices.outbox import names

router = Router(tags=["organisation"])


class KeyShown(In):
    """What a key is: for whom, in which role, what it may do, until when."""

    name: str
    organisation_id: int
    organisation_zh: str
    organisation_en: str
    is_confirmed: bool
    standing: Words
    standing_reason: str
    role: str
    scopes: list[str]
    expires_at: str


@operation(router, "GET", "/key", "ask", answers=KeyShown)
def show_key(request: Request) -> Anything:
    """What the key of this request is and may do."""
    if request.actor is VISITOR:
        raise Problem(401, Finding("api.key_missing", "Authorization"))
    key = AccessKey.objects.select_related("organisation").get(pk=request.actor.key_id or 0)
    firm = key.organisation
    return {
        "name": key.name, "organisation_id": firm.pk, "organisation_zh": firm.name_zh, "organisation_en": firm.name_en,
        "is_confirmed": firm.is_confirmed, "standing": _standing(firm), "standing_reason": firm.standing_reason, "role": key.role, "scopes": list(key.scopes), "expires_at": at(key.expires_at),
    }  # fmt: skip


def _standing(firm: Organisation) -> Anything:
    state = firm.standing_words
    return {"code": firm.standing, "zh": state.zh, "en": state.en}


# --- how firms stand --------------------------------------------------------------------------------------------------------------


class FirmShown(In):
    """A firm and how it stands with Customs: waiting, confirmed, refused or suspended, with the reason of a refusal or a suspension."""

    id: int
    kind: str
    name_zh: str
    name_en: str
    credit_code: str
    customs_code: str
    standing: Words
    standing_reason: str


class FirmsPage(In):
    """One page of firms."""

    items: list[FirmShown]
    next: str


class FirmsAsked(Cursor):
    """Which firms."""

    standing: Literal["waiting", "confirmed", "refused", "suspended"] | None = None
    credit_code: Annotated[str, Field(pattern=r"^[0-9A-Z]{0,18}$")] = ""


def _firm(one: Organisation) -> Anything:
    return {
        "id": one.pk, "kind": one.kind, "name_zh": one.name_zh, "name_en": one.name_en, "credit_code": one.credit_code,
        "customs_code": one.customs_code, "standing": _standing(one), "standing_reason": one.standing_reason,
    }  # fmt: skip


@operation(router, "GET", "/firms", "see_standing", answers=FirmsPage)
def list_firms(request: Request, asked: Query[FirmsAsked]) -> Anything:
    """Firms and how they stand: all of them for those who decide on it, for a firm itself alone."""
    rows = Organisation.objects.firms()
    if request.actor.reach("see_standing") != "all":
        rows = rows.filter(pk=request.actor.its_organisation)
    if asked.standing is not None:
        rows = rows.standing(asked.standing)
    if asked.credit_code:
        rows = rows.filter(credit_code=asked.credit_code)
    page = page_of(rows, {"after": asked.after}, size=asked.size)
    return {"items": [_firm(one) for one in page.rows], "next": page.after}


@operation(router, "POST", "/firms/{pk}/suspend", "suspend_organisation", answers=FirmShown)
def suspend_firm(request: Request, pk: Number, sent: Because) -> Anything:
    """From now on the firm lodges nothing new; what was lodged before goes on."""
    return _firm(firms.suspend(request.actor, request.moment, pk, reason=sent.reason))


@operation(router, "POST", "/firms/{pk}/reinstate", "suspend_organisation", answers=FirmShown)
def reinstate_firm(request: Request, pk: Number, sent: Because) -> Anything:
    """The firm may lodge again."""
    return _firm(firms.reinstate(request.actor, request.moment, pk, reason=sent.reason))


class EntrustmentShown(In):
    """Authority of an importer for a broker; `is_in_force` on the day of the request."""

    id: int
    principal_id: int
    principal_zh: str
    broker_id: int
    broker_zh: str
    from_on: str
    until_on: str | None
    accepted_at: str | None
    revoked_on: str | None
    is_in_force: bool


class EntrustmentsPage(In):
    """One page of authority given and taken."""

    items: list[EntrustmentShown]
    next: str


@operation(router, "GET", "/entrustments", "see_entrustments", answers=EntrustmentsPage)
def list_entrustments(request: Request, asked: Query[Cursor]) -> Anything:
    """Authority to act that one's organisation gave or was given."""
    seen = Entrustment.objects.select_related("principal", "broker").seen_by(request.actor)
    page = page_of(seen, {"after": asked.after}, size=asked.size)
    shown = Entrustment.objects.filter(pk__in=[one.pk for one in page.rows]).in_force_on(request.moment.day)
    in_force = set(shown.values_list("pk", flat=True))
    items = [
        {
            "id": one.pk, "principal_id": one.principal_id, "principal_zh": one.principal.name_zh, "broker_id": one.broker_id,
            "broker_zh": one.broker.name_zh, "from_on": one.from_on.isoformat(),
            "until_on": one.until_on.isoformat() if one.until_on else None, "accepted_at": at(one.accepted_at),
            "revoked_on": one.revoked_on.isoformat() if one.revoked_on else None, "is_in_force": one.pk in in_force,
        }
        for one in page.rows
    ]  # fmt: skip
    return {"items": items, "next": page.after}


# --- call-backs -------------------------------------------------------------------------------------------------------------------


class CallBackIn(In):
    """An address to be told at, and of which events; of all of them when none is named."""

    url: Annotated[str, Field(min_length=1, max_length=500)]
    events: Annotated[list[Annotated[str, Field(max_length=24)]], Field(max_length=40, default_factory=list)]


class CallBackShown(In):
    """A call-back."""

    id: int
    url: str
    events: list[str]
    is_enabled: bool
    made_at: str


class CallBackMade(CallBackShown):
    """A call-back with its secret, which is shown this once."""

    secret: str


class CallBacksPage(In):
    """One page of call-backs, and the events there are."""

    items: list[CallBackShown]
    next: str
    known_events: list[str]


def _call_back(one: CallBack) -> Anything:
    return {
        "id": one.pk, "url": one.url, "events": list(one.events), "is_enabled": one.disabled_at is None, "made_at": at(one.made_at),
    }  # fmt: skip


@operation(router, "GET", "/call-backs", "manage_call_backs", answers=CallBacksPage)
def list_call_backs(request: Request, asked: Query[Cursor]) -> Anything:
    """The call-backs of one's organisation."""
    held = CallBack.objects.filter(organisation_id=request.actor.its_organisation)
    page = page_of(held, {"after": asked.after}, size=asked.size)
    return {"items": [_call_back(one) for one in page.rows], "next": page.after, "known_events": list(names())}


@operation(router, "POST", "/call-backs", "manage_call_backs", answers=CallBackMade, status=201)
def make_call_back(request: Request, sent: CallBackIn) -> Anything:
    """Ask to be told at an address. The secret is in this one answer and nowhere else, which is why no Idempotency-Key is kept for it."""
    made = acts.make_call_back(request.actor, request.moment, url=sent.url, events=sent.events)
    return {**_call_back(made), "secret": made.secret}


@operation(router, "POST", "/call-backs/{pk}/enable", "manage_call_backs", answers=CallBackShown)
def enable_call_back(request: Request, pk: Number) -> Anything:
    """Tell this address again, from now on."""
    found = acts.one(request.actor, pk)
    acts.enable(request.actor, request.moment, found)
    return _call_back(found)


@operation(router, "POST", "/call-backs/{pk}/disable", "manage_call_backs", answers=CallBackShown)
def disable_call_back(request: Request, pk: Number) -> Anything:
    """Tell this address nothing more."""
    found = acts.one(request.actor, pk)
    acts.disable(request.actor, request.moment, found)
    return _call_back(found)


class AttemptShown(In):
    """One try: null where no answer came."""

    at: str
    status: int | None
    told: str


class DeliveryShown(In):
    """One event for one call-back, with every try."""

    id: int
    event_id: int
    event: str
    declaration_id: int
    at: str
    outcome: str
    next_try_at: str | None
    attempts: list[AttemptShown]


class DeliveriesPage(In):
    """One page of the log."""

    items: list[DeliveryShown]
    next: str


def _delivery(one: Delivery, attempts: list[Attempt]) -> Anything:
    return {
        "id": one.pk, "event_id": one.event_id, "event": one.event.name, "declaration_id": one.event.declaration_id, "at": at(one.event.at),
        "outcome": one.outcome, "next_try_at": at(one.due_at),
        "attempts": [{"at": at(a.at), "status": a.status, "told": a.told} for a in attempts],
    }  # fmt: skip


@operation(router, "GET", "/call-backs/{pk}/deliveries", "manage_call_backs", answers=DeliveriesPage)
def list_deliveries(request: Request, pk: Number, asked: Query[Cursor]) -> Anything:
    """The log of a call-back, the newest first."""
    found = acts.one(request.actor, pk)
    rows = Delivery.objects.filter(call_back=found).select_related("event")
    page = page_of(rows, {"after": asked.after}, size=asked.size)
    tried: dict[int, list[Attempt]] = {}
    for attempt in Attempt.objects.filter(delivery__in=[one.pk for one in page.rows]).order_by("pk"):
        tried.setdefault(attempt.delivery_id, []).append(attempt)
    return {"items": [_delivery(one, tried.get(one.pk, [])) for one in page.rows], "next": page.after}


@operation(router, "POST", "/deliveries/{pk}/again", "manage_call_backs", answers=DeliveryShown)
def send_again(request: Request, pk: Number) -> Anything:
    """Send one event once more."""
    sent = acts.send_again(request.actor, request.moment, pk)
    return _delivery(sent, list(sent.attempts.order_by("pk")))
