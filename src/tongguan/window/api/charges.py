"""Money for programs: determine, pay, secure, ask for repayment, collect what is short, reconcile. Amounts are text with their currency."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from ninja import Query, Router
from pydantic import Field, StringConstraints

from tongguan.window.access.actor import NotAllowed
from tongguan.window.access.middleware import Request
from tongguan.window.api.access import operation
from tongguan.window.api.customs import Because, ProposalShown, proposal_shown
from tongguan.window.api.declarations import DeclarationShown, at, declaration_shown
from tongguan.window.api.problems import shown
from tongguan.window.api.shapes import Anything, Cursor, In, Line, Money, MoneyIn, Number, Problem, Reason, Words, money
from tongguan.window.charges import acts
from tongguan.window.charges.models import Determination, PaymentTold, Refund, Security
from tongguan.window.lodging import acts as declarations
from tongguan.window.look.paging import page_of
from tongguan.window.look.texts import say

router = Router(tags=["charges"])
Reference = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[ -~一-鿿]+$")]


class ChargeLine(In):
    """One charge of a notice."""

    item: int
    kind: str
    label_zh: str
    label_en: str
    amount: Money
    because: str


class PaymentShown(In):
    """A payment as the payer told of it. It settles the notice once the bank's file or an officer has confirmed it; one struck may be told again."""

    id: int
    notice_id: int
    amount: Money
    paid_on: str
    reference: str
    state: Words
    told_at: str
    struck_reason: str


class PaymentsPage(In):
    """One page of payments told of."""

    items: list[PaymentShown]
    next: str


class NoticeShown(In):
    """A payment notice: what was determined, until when, what is still to pay with surcharge as of today, and what the payer told of paying it."""

    id: int
    number: str
    declaration_id: int
    kind: str
    lines: list[ChargeLine]
    total: Money
    due_on: str | None
    surcharge_today: Money
    to_pay_today: Money
    because: str
    determined_at: str
    settled_at: str | None
    told: list[PaymentShown]


class NoticesPage(In):
    """One page of notices."""

    items: list[NoticeShown]
    next: str


def _notice(one: Determination, day: dt.date) -> Anything:
    surcharge = acts.surcharge_on(one, day) if one.is_open else 0
    lines = [
        {
            **{name: line[name] for name in ("item", "kind", "label_zh", "label_en", "because")},
            "amount": money(line["fen"]),
        }
        for line in one.lines
    ]
    return {
        "id": one.pk, "number": one.notice_number, "declaration_id": one.declaration_id, "kind": one.kind, "lines": lines,
        "total": money(one.total_fen), "due_on": one.due_on.isoformat() if one.due_on else None, "surcharge_today": money(surcharge),
        "to_pay_today": money(acts.outstanding(one) + surcharge if one.is_open else 0), "because": one.because,
        "determined_at": at(one.determined_at), "settled_at": at(one.settled_at), "told": [_payment(told) for told in one.told.all()],
    }  # fmt: skip


def _payment(one: PaymentTold) -> Anything:
    key = f"charges.told_{one.outcome}" if one.outcome else "charges.waits_for_bank"
    state = {"code": one.outcome or "told", "zh": say(key, "zh"), "en": say(key, "en")}
    return {
        "id": one.pk, "notice_id": one.determination_id, "amount": money(one.fen), "paid_on": one.paid_on.isoformat(),
        "reference": one.reference, "state": state, "told_at": at(one.told_at), "struck_reason": one.struck_reason,
    }  # fmt: skip


def _one(request: Request, pk: int, action: str) -> Determination:
    rows = Determination.objects.visible_to(request.actor, action).select_related("declaration")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise NotAllowed(action)
    return found


class NoticesAsked(Cursor):
    """Which notices."""

    declaration_id: Number | None = None
    is_open: bool | None = None


@operation(router, "GET", "/notices", "see_charges", answers=NoticesPage)
def list_notices(request: Request, asked: Query[NoticesAsked]) -> Anything:
    """Payment notices within reach, the newest first."""
    rows = Determination.objects.visible_to(request.actor).prefetch_related("told")
    if asked.declaration_id is not None:
        rows = rows.filter(declaration_id=asked.declaration_id)
    if asked.is_open is not None:
        rows = rows.filter(settled_at__isnull=asked.is_open)
    page = page_of(rows, {"after": asked.after}, size=asked.size)
    return {"items": [_notice(one, request.moment.day) for one in page.rows], "next": page.after}


@operation(router, "GET", "/notices/{pk}", "see_charges", answers=NoticeShown)
def show_notice(request: Request, pk: Number) -> Anything:
    """One payment notice."""
    return _notice(_one(request, pk, "see_charges"), request.moment.day)


@operation(router, "POST", "/declarations/{pk}/determine-tax", "determine_tax", answers=DeclarationShown)
def determine_tax(request: Request, pk: Number, sent: Because) -> Anything:
    """Fix the tax of a declaration and open the payment period."""
    found = declarations.one(request.actor, "determine_tax", pk)
    acts.determine(request.actor, request.moment, found, reason=sent.reason)
    return declaration_shown(found)


@operation(router, "POST", "/declarations/{pk}/redetermine-tax", "determine_tax", answers=ProposalShown)
def propose_redetermination(request: Request, pk: Number, sent: Because) -> Anything:
    """Propose to determine the tax again on the facts as they are now; a second person confirms."""
    found = declarations.one(request.actor, "determine_tax", pk)
    return proposal_shown(acts.propose_redetermination(request.actor, request.moment, found, reason=sent.reason))


# --- paying -----------------------------------------------------------------------------------------------------------------------


class PaymentIn(In):
    """A payment in full, surcharge included, with the bank's reference."""

    amount: MoneyIn
    paid_on: dt.date
    reference: Reference


@operation(router, "POST", "/notices/{pk}/payments", "pay_taxes", answers=PaymentShown, status=201, creates=True)
def pay(request: Request, pk: Number, sent: PaymentIn) -> Anything:
    """Tell that a notice was paid. It is settled when the bank's file or an officer confirms it. The same bank reference again is the same payment."""
    found = _one(request, pk, "pay_taxes")
    made = acts.tell_payment(
        request.actor, request.moment, found, fen=sent.amount.fen, paid_on=sent.paid_on, reference=sent.reference
    )
    return _payment(made)


class PaymentsAsked(Cursor):
    """Which payments told of."""

    is_waiting: bool | None = None


@operation(router, "GET", "/payments", "see_charges", answers=PaymentsPage)
def list_payments(request: Request, asked: Query[PaymentsAsked]) -> Anything:
    """Payments told of within reach; those that wait for the bank the oldest first, else the newest first."""
    rows = PaymentTold.objects.visible_to(request.actor)
    if asked.is_waiting:
        page = page_of(rows.waiting(), {"after": asked.after}, by=("pk",), size=asked.size)
    else:
        rows = rows if asked.is_waiting is None else rows.exclude(outcome="")
        page = page_of(rows, {"after": asked.after}, size=asked.size)
    return {"items": [_payment(one) for one in page.rows], "next": page.after}


def _told(request: Request, pk: int, action: str) -> PaymentTold:
    rows = PaymentTold.objects.visible_to(request.actor, action).select_related("determination__declaration")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise NotAllowed(action)
    return found


class Seen(In):
    """The day the bank names for the money: a surcharge for delay runs until it."""

    paid_on: dt.date


@operation(router, "POST", "/payments/{pk}/confirm", "reconcile_payments", answers=NoticeShown)
def confirm_payment(request: Request, pk: Number, sent: Seen) -> Anything:
    """The money a payer told of is there: the notice is settled."""
    told = _told(request, pk, "reconcile_payments")
    acts.confirm_payment(request.actor, request.moment, told, paid_on=sent.paid_on)
    return _notice(_one(request, told.determination_id, "reconcile_payments"), request.moment.day)


@operation(router, "POST", "/payments/{pk}/strike", "strike_payment", answers=PaymentShown)
def strike_payment(request: Request, pk: Number, sent: Because) -> Anything:
    """The money did not come, or was told of wrongly: struck with a reason, so that it can be told of again."""
    told = _told(request, pk, "strike_payment")
    return _payment(acts.strike_payment(request.actor, request.moment, told, reason=sent.reason))


class BankRow(In):
    """One row of a bank's file, as it stands there."""

    notice: Line
    amount: Line
    paid_on: Line
    reference: Line


class BankFile(In):
    """A bank's file, row by row."""

    rows: Annotated[list[BankRow], Field(max_length=5000)]


class RowAnswered(In):
    """A row with what is wrong with it; nothing when it was booked."""

    row: BankRow
    errors: list[Problem]


class Reconciled(In):
    """Every row, in the order it came."""

    rows: list[RowAnswered]


@operation(router, "POST", "/reconciliations", "reconcile_payments", answers=Reconciled)
def reconcile(request: Request, sent: BankFile) -> Anything:
    """Book a bank's file against our notices. Good rows are booked, the rest handed back; the same file twice books nothing twice."""
    answered = acts.reconcile(request.actor, request.moment, [row.dict() for row in sent.rows])
    return {"rows": [{"row": row, "errors": [shown(f, 422) for f in found]} for row, found in answered]}


# --- security ---------------------------------------------------------------------------------------------------------------------


class SecurityIn(In):
    """A security one offers."""

    kind: Literal["deposit", "bank_letter", "general"]
    reference: Reference
    amount: MoneyIn
    from_on: dt.date
    until_on: dt.date | None = None


class SecurityShown(In):
    """A security and how much of it is in use."""

    id: int
    kind: str
    reference: str
    amount: Money
    used: Money
    from_on: str
    until_on: str | None
    accepted_at: str | None


class SecuritiesPage(In):
    """One page of securities."""

    items: list[SecurityShown]
    next: str


def _security(one: Security) -> Anything:
    return {
        "id": one.pk, "kind": one.kind, "reference": one.reference, "amount": money(one.amount_fen), "used": money(one.used_fen),
        "from_on": one.from_on.isoformat(), "until_on": one.until_on.isoformat() if one.until_on else None,
        "accepted_at": at(one.accepted_at),
    }  # fmt: skip


@operation(router, "POST", "/securities", "give_security", answers=SecurityShown, status=201, creates=True)
def give_security(request: Request, sent: SecurityIn) -> Anything:
    """Offer a security; an officer accepts it before it can be used."""
    made = acts.give_security(
        request.actor, request.moment, kind=sent.kind, reference=sent.reference, fen=sent.amount.fen, from_on=sent.from_on,
        until_on=sent.until_on,
    )  # fmt: skip
    return _security(made)


class SecuritiesAsked(Cursor):
    """Which securities: with `ending_by` those in use that end by that day, or have ended, the first to end on top."""

    ending_by: dt.date | None = None


@operation(router, "GET", "/securities", "see_charges", answers=SecuritiesPage)
def list_securities(request: Request, asked: Query[SecuritiesAsked]) -> Anything:
    """Securities of one's own organisation; all of them for Customs."""
    rows = Security.objects.all()
    if request.actor.reach("see_charges") != "all":
        rows = rows.filter(organisation_id=request.actor.its_organisation)
    if asked.ending_by is not None:
        rows = rows.ending_by(asked.ending_by)
        page = page_of(rows, {"after": asked.after}, by=("until_on", "pk"), size=asked.size)
    else:
        page = page_of(rows, {"after": asked.after}, size=asked.size)
    return {"items": [_security(one) for one in page.rows], "next": page.after}


@operation(router, "POST", "/securities/{pk}/accept", "determine_tax", answers=SecurityShown)
def accept_security(request: Request, pk: Number) -> Anything:
    """The deposit or the guarantor's letter has been seen."""
    found = Security.objects.filter(pk=pk).first()
    if found is None:
        raise NotAllowed("determine_tax")
    acts.accept_security(request.actor, request.moment, found)
    found.refresh_from_db()
    return _security(found)


class SecurityUse(In):
    """Which security is to stand for the tax; for how much, where nothing is determined yet."""

    security_id: Number
    amount: MoneyIn | None = None


@operation(router, "POST", "/declarations/{pk}/secure", "give_security", answers=DeclarationShown)
def secure_tax(request: Request, pk: Number, sent: SecurityUse) -> Anything:
    """Let a security stand for a declaration's tax."""
    found = declarations.one(request.actor, "give_security", pk)
    parties = (found.importer_id, request.actor.its_organisation)
    security = Security.objects.filter(pk=sent.security_id, organisation_id__in=parties).first()
    if security is None:
        raise NotAllowed("give_security")
    acts.secure(request.actor, request.moment, found, security, sent.amount.fen if sent.amount else None)
    return declaration_shown(found)


# --- repayment and shortfall ------------------------------------------------------------------------------------------------------


class RefundIn(In):
    """What is asked back, and why."""

    amount: MoneyIn
    ground: Literal["overpaid", "sent_back"]
    reason: Reason


class RefundShown(In):
    """A request for repayment and what became of it."""

    id: int
    notice_id: int
    amount: Money
    ground: str
    reason: str
    asked_at: str
    decide_by: str
    decision: str
    decided_reason: str
    interest: Money | None


class RefundsPage(In):
    """One page of refunds."""

    items: list[RefundShown]
    next: str


def _refund(one: Refund) -> Anything:
    return {
        "id": one.pk, "notice_id": one.determination_id, "amount": money(one.fen), "ground": one.ground, "reason": one.reason,
        "asked_at": at(one.asked_at), "decide_by": one.decide_by.isoformat(), "decision": one.decision,
        "decided_reason": one.decided_reason, "interest": money(one.interest_fen),
    }  # fmt: skip


@operation(router, "POST", "/notices/{pk}/refunds", "request_refund", answers=RefundShown, status=201, creates=True)
def request_refund(request: Request, pk: Number, sent: RefundIn) -> Anything:
    """Ask for repayment within the period of the law."""
    found = _one(request, pk, "request_refund")
    made = acts.request_refund(
        request.actor, request.moment, found, fen=sent.amount.fen, ground=sent.ground, reason=sent.reason
    )
    return _refund(made)


@operation(router, "GET", "/refunds", "see_charges", answers=RefundsPage)
def list_refunds(request: Request, asked: Query[Cursor]) -> Anything:
    """Requests for repayment within reach, the newest first."""
    rows = Refund.objects.filter(determination__in=Determination.objects.visible_to(request.actor))
    page = page_of(rows, {"after": asked.after}, size=asked.size)
    return {"items": [_refund(one) for one in page.rows], "next": page.after}


def _one_refund(request: Request, pk: int) -> Refund:
    mine = Determination.objects.visible_to(request.actor, "decide_refund")
    found = Refund.objects.select_related("determination__declaration").filter(pk=pk, determination__in=mine).first()
    if found is None:
        raise NotAllowed("decide_refund")
    return found


@operation(router, "POST", "/refunds/{pk}/propose", "decide_refund", answers=ProposalShown)
def propose_refund(request: Request, pk: Number, sent: Because) -> Anything:
    """Propose to repay; a second person confirms, and only then is anything paid."""
    found = _one_refund(request, pk)
    return proposal_shown(acts.propose_refund(request.actor, request.moment, found, reason=sent.reason))


@operation(router, "POST", "/refunds/{pk}/refuse", "decide_refund", answers=RefundShown)
def refuse_refund(request: Request, pk: Number, sent: Because) -> Anything:
    """Refuse to repay, with a reason."""
    found = _one_refund(request, pk)
    acts.decide_refund(request.actor, request.moment, found, is_granted=False, reason=sent.reason)
    return _refund(found)


class Shortfall(In):
    """What was levied short, on which ground, and why."""

    amount: MoneyIn
    ground: Literal["no_fault", "breach", "supervised_breach", "smuggling"]
    reason: Reason


@operation(
    router, "POST", "/declarations/{pk}/shortfalls", "collect_shortfall", answers=NoticeShown, status=201, creates=True
)
def collect_shortfall(request: Request, pk: Number, sent: Shortfall) -> Anything:
    """Collect what was levied short, within the period of the law, with a notice of its own."""
    found = declarations.one(request.actor, "collect_shortfall", pk)
    made: Any = acts.collect_shortfall(
        request.actor, request.moment, found, fen=sent.amount.fen, ground=sent.ground, reason=sent.reason
    )
    return _notice(made, request.moment.day)
