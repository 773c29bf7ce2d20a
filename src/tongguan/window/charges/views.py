"""Pages about money: what is to be paid and until when, securities, repayment, the bank's file."""

from __future__ import annotations

import csv
import io
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongguan.grammar.findings import Finding, InputRefused
from tongguan.window.access import needs
from tongguan.window.access.actor import NotAllowed
from tongguan.window.access.middleware import Request
from tongguan.window.charges import acts
from tongguan.window.charges.forms import (
    ConfirmForm,
    DecisionForm,
    PaymentForm,
    RefundForm,
    SecurityForm,
    ShortfallForm,
    StatementForm,
    StrikeForm,
)
from tongguan.window.charges.models import Determination, PaymentTold, Posting, Refund, Security
from tongguan.window.declarations.models import Declaration
from tongguan.window.look import texts
from tongguan.window.look.forms import LookForm
from tongguan.window.look.paging import page_of
from tongguan.window.look.written import reader, sentence_of

LARGEST_STATEMENT = 2 * 1024 * 1024
MOST_ROWS = 5_000
COLUMNS = ("notice", "amount", "paid_on", "reference")


def _done(request: Request, key: str) -> None:
    messages.success(request, texts.say(key, reader()))


def _refused(request: Request, refused: InputRefused) -> None:
    for finding in refused.findings:
        messages.error(request, sentence_of(finding, reader()))


def _one(request: Request, pk: int, action: str = "see_charges") -> Determination:
    found = (
        Determination.objects.visible_to(request.actor, action)
        .select_related("declaration", "declaration__importer")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise NotAllowed(action)
    return found


def _declaration(request: Request, pk: int, action: str) -> Declaration:
    found = Declaration.objects.visible_to(request.actor, action).filter(pk=pk).first()
    if found is None:
        raise NotAllowed(action)
    return found


# --- notices -----------------------------------------------------------------------------------------------------------------------


@needs("see_charges")
@require_GET
def charges(request: Request) -> HttpResponse:
    """Notices within reach: what is to be paid, soonest first, or what is settled."""
    tab = "settled" if request.GET.get("tab") == "settled" else "unpaid"
    rows = Determination.objects.visible_to(request.actor).select_related("declaration", "declaration__importer")
    if tab == "unpaid":
        page = page_of(
            rows.filter(settled_at=None, annulled_at=None, due_on__isnull=False), request.GET, by=("due_on", "pk")
        )
    else:
        page = page_of(rows.exclude(settled_at=None), request.GET)
    without_day = _without_day(rows, tab)
    shown = [one.pk for one in (*without_day, *page.rows)]
    waiting = PaymentTold.objects.waiting().filter(determination__in=shown)
    firm = request.actor.organisation_id if request.actor.reach("see_charges") == "own" else None
    balance = Posting.objects.balance("receivable", firm) if firm else None
    return render(
        request,
        "charges/list.html",
        {
            "page": page,
            "tab": tab,
            "today": request.moment.day,
            "balance": balance,
            "without_day": without_day,
            "waiting": set(waiting.values_list("determination_id", flat=True)),
        },
    )


def _without_day(rows: Any, tab: str) -> list[Determination]:  # noqa: ANN401  # a queryset
    """Notices whose last day is not known yet, since the calendar of that year is not published."""
    return list(rows.filter(settled_at=None, annulled_at=None, due_on=None)[:25]) if tab == "unpaid" else []


@needs("see_charges")
@require_GET
def notice(request: Request, pk: int) -> HttpResponse:
    """One payment notice: every tax with its article, what is due today, how to pay."""
    return _notice_page(request, _one(request, pk))


def _notice_page(
    request: Request,
    held: Determination,
    *,
    payment: LookForm | None = None,
    refund: LookForm | None = None,
    confirm: LookForm | None = None,
    strike: LookForm | None = None,
    status: int = 200,
) -> HttpResponse:
    surcharge = acts.surcharge_on(held, request.moment.day) if held.is_open else 0
    due = acts.outstanding(held) + surcharge if held.is_open else 0
    actor = request.actor
    claim = acts.claim_until(held, "overpaid")
    told = list(held.told.order_by("pk"))
    waiting = next((one for one in told if not one.outcome), None)
    return render(
        request,
        "charges/notice.html",
        {
            "notice": held,
            "surcharge": surcharge,
            "due": due,
            "is_late": bool(held.due_on and held.is_open and request.moment.day > held.due_on),
            "payments": held.payments.order_by("pk"),
            "told": told,
            "waiting": waiting,
            "may_confirm": actor.may("reconcile_payments"),
            "may_strike": actor.may("strike_payment"),
            "confirm": confirm or ConfirmForm(initial={"paid_on": waiting.paid_on if waiting else None}),
            "strike": strike or StrikeForm(),
            "refunds": held.refunds.order_by("pk"),
            "payment": payment or PaymentForm(initial={"amount": _yuan(due), "paid_on": request.moment.day}),
            "refund": refund or RefundForm(),
            "carried": 0 if held.annulled_at else acts.carried(held),
            "overpaid": acts.overpaid(held),
            "may_pay": actor.may("pay_taxes") and held.is_open and waiting is None,
            "may_claim": actor.may("request_refund")
            and bool(claim and request.moment.day <= claim)
            and not held.replaced,
            "claim_until": claim,
        },
        status=status,
    )


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


@needs("pay_taxes")
@require_POST
def pay(request: Request, pk: int) -> HttpResponse:
    """The payer tells of a payment; it counts when the bank or an officer has confirmed it."""
    held = _one(request, pk, "pay_taxes")
    form = PaymentForm(request.POST)
    if form.carries_out(
        lambda said: acts.tell_payment(
            request.actor, request.moment, held, fen=said["amount"], paid_on=said["paid_on"], reference=said["reference"].strip()
        )
    ):  # fmt: skip
        _done(request, "charges.told_done")
        return redirect("payment_notice", pk)
    return _notice_page(request, held, payment=form, status=422)


@needs("reconcile_payments")
@require_GET
def told_payments(request: Request) -> HttpResponse:
    """What payers told of and nobody has seen the money of yet, the oldest first."""
    rows = PaymentTold.objects.waiting().select_related("determination__declaration__importer")
    return render(request, "charges/told.html", {"page": page_of(rows, request.GET, by=("pk",))})


def _told(request: Request, pk: int, action: str) -> PaymentTold:
    rows = PaymentTold.objects.visible_to(request.actor, action).select_related("determination__declaration__importer")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise NotAllowed(action)
    return found


@needs("reconcile_payments")
@require_POST
def confirm_payment(request: Request, pk: int) -> HttpResponse:
    """An officer has seen that the money a payer told of is there, and on which day it came."""
    told = _told(request, pk, "reconcile_payments")
    form = ConfirmForm(request.POST)
    if form.carries_out(
        lambda said: acts.confirm_payment(request.actor, request.moment, told, paid_on=said["paid_on"])
    ):
        _done(request, "charges.paid_done")
        return redirect("payment_notice", told.determination_id)
    return _notice_page(request, told.determination, confirm=form, status=422)


@needs("strike_payment")
@require_POST
def strike_payment(request: Request, pk: int) -> HttpResponse:
    """What was told of did not come, or was told wrongly: struck with a reason, so that it can be told again."""
    told = _told(request, pk, "strike_payment")
    form = StrikeForm(request.POST)
    if form.carries_out(lambda said: acts.strike_payment(request.actor, request.moment, told, reason=said["reason"])):
        _done(request, "charges.struck_done")
        return redirect("payment_notice", told.determination_id)
    return _notice_page(request, told.determination, strike=form, status=422)


# --- determine ---------------------------------------------------------------------------------------------------------------------


@needs("determine_tax")
@require_POST
def determine(request: Request, pk: int) -> HttpResponse:
    """An officer fixes the tax of a declaration."""
    held = _declaration(request, pk, "determine_tax")
    try:
        made = acts.determine(request.actor, request.moment, held, reason=request.POST.get("reason", "")[:2000])
    except InputRefused as refused:
        _refused(request, refused)
        return redirect("work_declaration", pk)
    _done(request, "charges.determined_done" if made else "charges.nothing_due_done")
    return redirect("work_declaration", pk)


@needs("determine_tax")
@require_POST
def redetermine(request: Request, pk: int) -> HttpResponse:
    """An officer proposes to determine the tax again, since the declared facts have changed."""
    held = _declaration(request, pk, "determine_tax")
    reason = request.POST.get("reason", "")[:2000]
    _try(
        request,
        lambda: acts.propose_redetermination(request.actor, request.moment, held, reason=reason),
        "charges.redetermine_done",
    )
    return redirect("work_declaration", pk)


@needs("collect_shortfall")
@require_http_methods(["GET", "POST"])
def shortfall(request: Request, pk: int) -> HttpResponse:
    """An officer collects what was levied short."""
    held = _declaration(request, pk, "collect_shortfall")
    form = ShortfallForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            made = acts.collect_shortfall(
                request.actor, request.moment, held, fen=said["amount"], ground=said["ground"], reason=said["reason"]
            )
        except InputRefused as refused:
            form.add_findings(refused.findings)
        else:
            _done(request, "charges.determined_done")
            return redirect("payment_notice", made.pk)
    return render(
        request,
        "charges/form.html",
        {"form": form, "title": "charges.shortfall", "button": "charges.collect", "declaration": held},
        status=422 if form.is_bound else 200,
    )


# --- securities --------------------------------------------------------------------------------------------------------------------


def _securities(request: Request) -> Any:  # noqa: ANN401  # a queryset
    rows = Security.objects.select_related("organisation")
    if request.actor.may("determine_tax"):
        return rows
    firm = request.actor.organisation_id
    return rows.filter(organisation_id=firm) if firm is not None else rows.none()


@needs("see_charges")
@require_GET
def securities(request: Request) -> HttpResponse:
    """Securities of the firm, or for officers of all, those to accept first."""
    rows = _securities(request)
    waiting = list(rows.filter(accepted_at=None).order_by("pk")[:100]) if request.actor.may("determine_tax") else []
    return render(
        request,
        "charges/securities.html",
        {
            "page": page_of(rows, request.GET),
            "waiting": waiting,
            "may_give": request.actor.may("give_security"),
            "today": request.moment.day,
        },
    )


@needs("give_security")
@require_http_methods(["GET", "POST"])
def give_security(request: Request) -> HttpResponse:
    """Offer a security."""
    form = SecurityForm(request.POST or None, initial={"from_on": request.moment.day})
    if request.method == "POST" and form.carries_out(
        lambda said: acts.give_security(
            request.actor, request.moment, kind=said["kind"], reference=said["reference"], fen=said["amount"],
            from_on=said["from_on"], until_on=said["until_on"],
        )
    ):  # fmt: skip
        _done(request, "charges.security_given_done")
        return redirect("securities")
    return render(
        request,
        "charges/form.html",
        {"form": form, "title": "charges.give_security", "button": "charges.offer"},
        status=422 if form.is_bound else 200,
    )


@needs("determine_tax")
@require_POST
def accept_security(request: Request, pk: int) -> HttpResponse:
    """An officer has seen it."""
    held = Security.objects.filter(pk=pk).first()
    if held is None:
        raise NotAllowed("determine_tax")
    _try(request, lambda: acts.accept_security(request.actor, request.moment, held), "charges.security_accepted_done")
    return redirect("securities")


@needs("give_security")
@require_http_methods(["GET", "POST"])
def secure(request: Request, pk: int) -> HttpResponse:
    """Let one of the firm's securities stand for a declaration."""
    held = _declaration(request, pk, "give_security")
    usable = list(
        Security.objects.filter(organisation_id__in=[held.importer_id, request.actor.its_organisation]).exclude(
            accepted_at=None
        )
    )
    if request.method == "POST":
        chosen = next((s for s in usable if str(s.pk) == request.POST.get("security")), None)
        if chosen and _try(
            request, lambda: acts.secure(request.actor, request.moment, held, chosen), "charges.secured_done"
        ):
            return redirect("declaration", pk)
    told = {"declaration": held, "securities": usable, "amount": acts.amount_to_secure(held)}
    return render(request, "charges/secure.html", told)


def _try(request: Request, act: Any, done: str) -> bool:  # noqa: ANN401  # any act without arguments
    """Do it, and say how it went."""
    try:
        act()
    except InputRefused as refused:
        _refused(request, refused)
        return False
    _done(request, done)
    return True


# --- repayment ---------------------------------------------------------------------------------------------------------------------


@needs("request_refund")
@require_POST
def request_refund(request: Request, pk: int) -> HttpResponse:
    """Ask for repayment of a notice that was paid."""
    held = _one(request, pk, "request_refund")
    form = RefundForm(request.POST)
    if form.carries_out(
        lambda said: acts.request_refund(
            request.actor, request.moment, held, fen=said["amount"], ground=said["ground"], reason=said["reason"]
        )
    ):
        _done(request, "charges.refund_asked_done")
        return redirect("payment_notice", pk)
    return _notice_page(request, held, refund=form, status=422)


@needs("decide_refund")
@require_GET
def refunds(request: Request) -> HttpResponse:
    """Requests for repayment, the soonest last day first."""
    rows = Refund.objects.filter(decision="").select_related("determination", "determination__declaration__importer")
    return render(
        request,
        "charges/refunds.html",
        {"page": page_of(rows, request.GET, by=("decide_by", "pk")), "today": request.moment.day},
    )


@needs("decide_refund")
@require_http_methods(["GET", "POST"])
def decide_refund(request: Request, pk: int) -> HttpResponse:
    """Refuse with a reason, or propose to grant: money leaves the treasury on two officers' word."""
    held = Refund.objects.select_related("determination", "determination__declaration").filter(pk=pk).first()
    if held is None:
        raise NotAllowed("decide_refund")
    form = DecisionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            if said["decision"] == "grant":
                acts.propose_refund(request.actor, request.moment, held, reason=said["reason"])
            else:
                acts.decide_refund(request.actor, request.moment, held, is_granted=False, reason=said["reason"])
        except InputRefused as refused:
            form.add_findings(refused.findings)
        else:
            _done(
                request,
                "charges.refund_proposed_done" if said["decision"] == "grant" else "charges.refund_refused_done",
            )
            return redirect("refunds")
    return render(
        request,
        "charges/decide_refund.html",
        {"refund": held, "form": form, "interest": acts.interest_on(held, request.moment.day)},
        status=422 if form.is_bound else 200,
    )


# --- the bank's file ---------------------------------------------------------------------------------------------------------------


@needs("reconcile_payments")
@require_http_methods(["GET", "POST"])
def reconcile(request: Request) -> HttpResponse:
    """A bank's file against our notices: good rows are booked, the others handed back with what is wrong."""
    form = StatementForm(request.POST or None, request.FILES or None)
    answered: list[tuple[dict[str, str], tuple[Finding, ...]]] = []
    if request.method == "POST" and form.is_valid():
        try:
            answered = acts.reconcile(
                request.actor, request.moment, rows_of(form.cleaned_data["file"].read(LARGEST_STATEMENT + 1))
            )
        except InputRefused as refused:
            form.add_findings(refused.findings)
    language = reader()
    wrong = [
        (number, row, [sentence_of(f, language) for f in found])
        for number, (row, found) in enumerate(answered, start=2)
        if found
    ]
    return render(
        request,
        "charges/reconcile.html",
        {"form": form, "answered": bool(answered), "booked": len(answered) - len(wrong), "wrong": wrong},
        status=422 if form.errors else 200,
    )


def rows_of(content: bytes) -> list[dict[str, str]]:
    """A statement in CSV (UTF-8 or GB18030). Raises InputRefused for what is none, too large, or lacks a column."""
    if len(content) > LARGEST_STATEMENT:
        raise InputRefused([Finding("charges.statement_too_large", "file", {"most": str(LARGEST_STATEMENT // 1024)})])
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise InputRefused([Finding("charges.statement_unreadable", "file")])
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    missing = [name for name in COLUMNS if not rows or name not in rows[0]]
    if missing or "\0" in text:
        raise InputRefused([Finding("charges.statement_unreadable", "file")])
    if len(rows) > MOST_ROWS:
        raise InputRefused([Finding("charges.statement_too_long", "file", {"most": str(MOST_ROWS)})])
    return [{name: (row.get(name) or "")[:100] for name in COLUMNS} for row in rows]
