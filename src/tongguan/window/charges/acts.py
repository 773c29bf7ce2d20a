"""Determine, notify, secure, pay, repay, collect what is short. Each act is one transaction: record, ledger and journal together.

Reading  1. A determination rests on one version of the declaration. When the facts change, it still stands until two officers replace it; what was paid
            counts towards the new one, and nothing is released on a determination of older facts.
         2. After a new determination the period to pay runs from its day: nobody is late with what was not asked for (Tariff Law art. 43 does not say).
         3. A withdrawn declaration owes nothing: its determination is annulled, and what was paid can be asked back as overpaid.
         4. Tax is paid when Customs knows of the money, from the bank or an officer who has seen it; the payer's own word is kept and settles nothing.
            It was paid on the day the bank names, so that no surcharge runs while the bank's word is on its way.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q, Sum

from tongguan.assessment.world import shipped_world
from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.findings import Finding, InputRefused
from tongguan.grammar.money import MAX_VALUE_FEN, fen_of, yuan_grouped
from tongguan.law.payment_deadline.rule import deadline
from tongguan.law.recovery import rule as recovery
from tongguan.law.surcharges.late_payment.rule import late_payment_surcharge
from tongguan.law.surcharges.refund_interest import rule as refund_rule
from tongguan.window import clock
from tongguan.window.access import TRADERS
from tongguan.window.access.actor import Actor, Moment, NotAllowed
from tongguan.window.accounts.authority import authority_for
from tongguan.window.accounts.interest import stand_aside
from tongguan.window.charges.ledger import DoesNotBalance, post
from tongguan.window.charges.models import (
    Determination,
    Payment,
    PaymentTold,
    Posting,
    Refund,
    Security,
    SecurityUse,
)
from tongguan.window.decisions import letters
from tongguan.window.decisions.acts import authority_of, propose, reason_findings
from tongguan.window.decisions.models import Proposal
from tongguan.window.declarations.answer import Answer, read
from tongguan.window.declarations.models import STATE, TAX, Declaration, Version
from tongguan.window.journal.models import record
from tongguan.window.look.written import day as day_text
from tongguan.window.states import SomeoneWasFirst, hold, move

ENDS_SOON = dt.timedelta(days=30)
"""Before its last day a security that stands for unpaid tax is shown to the firm and to Customs. A rule of this window, not of the law."""
DETERMINABLE = frozenset({"accepted", "under_review", "reviewed", "suspended", "released"})
"""States of the documents in which Customs fixes the tax: accepted, and not ended."""


def _refuse(code: str, path: str = "", because: str = "", **facts: str) -> InputRefused:
    return InputRefused([Finding(code, path, facts, because)])


# --- determine ---------------------------------------------------------------------------------------------------------------------


def lines_of(given: Answer) -> list[dict[str, Any]] | None:
    """The charges of the options that apply, from the answer kept with a version; None when it is not one figure."""
    if given.total is None:
        return None
    charged = [(item.number, charge) for item in given.items for charge in item.charges]
    charged += [(0, charge) for charge in given.surcharges]
    lines = [_line(number, charge) for number, charge in charged if charge["payable"]]
    if sum(line["fen"] for line in lines) != given.total:
        raise DoesNotBalance(f"charges of {given.total} fen add up to something else")
    return lines


def _line(number: int, charge: dict[str, Any]) -> dict[str, Any]:
    """One line of the determination; number 0 for what concerns the declaration as a whole."""
    return {
        "item": number,
        "kind": charge["kind"],
        "label_zh": charge.get("label_zh", ""),
        "label_en": charge.get("label_en", ""),
        "fen": charge["payable"],
        "because": charge.get("because", ""),
    }


def determine(actor: Actor, moment: Moment, declaration: Declaration, *, reason: str = "") -> Determination | None:
    """Fix the tax of the declared version from the answer kept with it, and open the payment period. None when nothing is due.

    Where a security was given before the amount was known, it goes on standing for it. Raises InputRefused when the answer is a range: the missing
    fact must be settled with the declarant first, nothing is guessed.
    """
    actor.require("determine_tax")
    stand_aside(actor, *declaration.parties)
    with transaction.atomic():
        hold(declaration)
        lines = _lines_to_determine(declaration)
        if declaration.tax not in {"open", "secured"} or in_force(declaration):
            raise SomeoneWasFirst("determine", declaration.tax, TAX)
        if not sum(line["fen"] for line in lines):
            _find_nothing_due(actor, moment, declaration, reason)
            return None
        due_on, because = _due_on(declaration, moment.day)
        made = _new_determination(
            actor, moment, declaration, lines=lines, due_on=due_on, because=because, reason=reason
        )
        act = "determine_secured" if declaration.tax == "secured" else "determine"
        move(
            declaration, TAX, act, actor=actor, moment=moment, field="tax", reason=reason, facts=_told(made),
            also={"due_fen": made.total_fen}, authority=authority_of(actor),
        )  # fmt: skip
        _letter(actor, moment, made, "determine", reason=reason)
    return made


def _lines_to_determine(declaration: Declaration) -> list[dict[str, Any]]:
    """The charges of the declared version. Raises InputRefused where they are no one figure, or the declaration is not accepted or has ended."""
    found = []
    if declaration.state not in DETERMINABLE:
        named = STATE.states[declaration.state]
        found.append(Finding("charges.not_accepted", "state", {"state_zh": named.zh, "state_en": named.en}))
    kept = Version.objects.filter(declaration=declaration, number=declaration.version).first()
    given = read(kept.answer) if kept else None
    lines = lines_of(given) if given else None
    if lines is None:
        found.append(Finding("charges.not_one_figure", "answer"))
    if found or lines is None:
        raise InputRefused(found)
    return lines


def _find_nothing_due(actor: Actor, moment: Moment, declaration: Declaration, reason: str) -> None:
    move(
        declaration, TAX, "find_nothing_due", actor=actor, moment=moment, field="tax", reason=reason,
        also={"due_fen": 0}, authority=authority_of(actor),
    )  # fmt: skip
    free_security(moment, declaration)
    letters.write(actor, moment, declaration, "find_nothing_due", reason=reason, remedy="tax")


def _new_determination(
    actor: Actor, moment: Moment, declaration: Declaration, *, lines: list[dict[str, Any]], due_on: dt.date | None,
    because: str, reason: str,
) -> Determination:  # fmt: skip
    """The record, its place in the ledger and the first entry of its own chain."""
    total = sum(line["fen"] for line in lines)
    made = Determination(
        declaration=declaration,
        version=declaration.version,
        kind="original",
        lines=lines,
        total_fen=total,
        due_on=due_on,
        because=because,
        reason=reason,
        determined_by=actor.name,
        determined_at=moment.at,
    )
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:  # another officer determined it at the same time
        raise SomeoneWasFirst("determine", declaration.tax, TAX) from None
    record(made.subject, "determine", actor=actor, at=moment.at, reason=reason, facts=_told(made), is_first=True)
    post(made.subject, "determine", moment.at, declaration.importer_id, receivable=total, **_credits(lines))
    return made


def _told(made: Determination) -> dict[str, str]:
    return {
        "determination": str(made.pk),
        "version": str(made.version),
        "total_fen": str(made.total_fen),
        "due_on": str(made.due_on or ""),
    }


def _letter(actor: Actor, moment: Moment, made: Determination, act: str, *, reason: str = "") -> None:
    """The letter of a determination: how much, until when, on which article, what can be done against it."""
    due = made.due_on
    facts = {
        "notice": (made.notice_number, made.notice_number),
        "amount": (yuan_grouped(made.total_fen),) * 2,
        "due": (yuan_grouped(outstanding(made)),) * 2,
        "day": (day_text(due, "zh"), day_text(due, "en")) if due else ("放假安排公布后另行通知", "to be told when the days off of that year are published"),
    }  # fmt: skip
    letters.write(
        actor, moment, made.declaration, act, subject=made.subject, reason=reason, because=made.because, remedy="tax", facts=facts,
    )  # fmt: skip


def in_force(declaration: Declaration) -> Determination | None:
    """The determination that stands; none where none was made, or it was annulled."""
    return declaration.determinations.filter(kind="original", annulled_at=None).first()


def is_of_older_facts(declaration: Declaration) -> bool:
    """Whether the determination that stands rests on facts that have been replaced since: nothing may be released or cleared on it."""
    made = in_force(declaration)
    return made is not None and made.version != declaration.version


def _credits(lines: list[dict[str, Any]]) -> dict[str, int]:
    surcharges = sum(line["fen"] for line in lines if line["item"] == 0)
    return {
        "taxes_determined": surcharges - sum(line["fen"] for line in lines),
        "surcharges_determined": -surcharges,
    }


def _due_on(declaration: Declaration, today: dt.date) -> tuple[dt.date | None, str]:
    """Last day to pay: since the Tariff Law from the completion of the declaration (art. 43), before it from the issue of the bill.

    A period that our calendar does not reach is left open, not guessed.
    """
    rule = shipped_world().law.rule("payment_deadline")
    started = clock.day_of(declaration.accepted_at) if declaration.accepted_at and today >= _TARIFF_LAW else today
    days = rule.at("days", started)
    try:
        return deadline(started, rule), days.citation
    except OutOfCoverage:
        return None, days.citation


_TARIFF_LAW = dt.date(2024, 12, 1)


def _deadline(day: dt.date) -> dt.date | None:
    """The last day of a period to pay that runs from a day; None where our calendar does not reach it."""
    try:
        return deadline(day, shipped_world().law.rule("payment_deadline"))
    except OutOfCoverage:
        return None


# --- when the facts change ---------------------------------------------------------------------------------------------------------


def facts_changed(actor: Actor, moment: Moment, declaration: Declaration) -> None:
    """The declared facts were replaced: that nothing was due no longer stands. In the caller's transaction.

    A determination of an amount stands until two officers replace it (`propose_redetermination`); release and clearance wait for that.
    """
    if declaration.tax == "none_due":
        move(declaration, TAX, "reopen", actor=actor, moment=moment, field="tax", also={"due_fen": None})


def propose_redetermination(actor: Actor, moment: Moment, declaration: Declaration, *, reason: str) -> Proposal:
    """Propose to determine the tax again on the facts as they are now; a second officer confirms. Raises InputRefused, SomeoneWasFirst."""
    actor.require("determine_tax")
    stand_aside(actor, *declaration.parties)
    made = in_force(declaration)
    if made is None or declaration.tax not in TAX.transitions["redetermine"].from_states:
        raise SomeoneWasFirst("redetermine", declaration.tax, TAX)
    lines = _lines_to_determine(declaration)
    if made.version == declaration.version:
        raise _refuse("charges.same_facts", "declaration")
    return propose(
        actor, moment, subject=declaration.subject, act="redetermine", action="determine_tax", reason=reason,
        facts={
            "declaration": str(declaration.pk),
            "version": str(declaration.version),
            "determination": str(made.pk),
            "fen_before": str(made.total_fen),
            "fen_after": str(sum(line["fen"] for line in lines)),
        },
    )  # fmt: skip


def redetermine_confirmed(actor: Actor, moment: Moment, proposal: Proposal) -> None:
    """Carry out what two officers decided: annul the old determination, make the new one, count what was paid.

    What was paid too little is asked for with the new notice; what was paid too much can be asked back.
    """
    declaration = Declaration.objects.select_related("importer").get(pk=int(proposal.facts["declaration"]))
    old = in_force(declaration)
    if old is None or (str(old.pk), str(declaration.version)) != (
        proposal.facts["determination"],
        proposal.facts["version"],
    ):
        raise _refuse("decisions.facts_changed")
    lines = _lines_to_determine(declaration)
    reason = proposal.reason
    was_secured = declaration.tax == "secured"
    _annul(actor, moment, old, reason)
    move(
        declaration, TAX, "redetermine", actor=actor, moment=moment, field="tax", reason=reason, confirmed=proposal,
        also={"due_fen": None}, authority=authority_of(actor),
        facts={"proposal": str(proposal.pk), "proposed_by": f"person:{proposal.proposed_by_id}"},
    )  # fmt: skip
    if not any(line["fen"] for line in lines) and not carried(old):
        _find_nothing_due(actor, moment, declaration, reason)
        return
    rule = shipped_world().law.rule("payment_deadline")
    because = rule.at("days", moment.day).citation
    due_on = _deadline(moment.day)
    made = _new_determination(actor, moment, declaration, lines=lines, due_on=due_on, because=because, reason=reason)
    move(
        declaration, TAX, "determine", actor=actor, moment=moment, field="tax", reason=reason, facts=_told(made),
        also={"due_fen": made.total_fen}, authority=authority_of(actor),
    )  # fmt: skip
    _count_what_stands(actor, moment, declaration, made, was_secured=was_secured)
    _letter(actor, moment, made, "redetermine", reason=reason)


def _count_what_stands(
    actor: Actor, moment: Moment, declaration: Declaration, made: Determination, *, was_secured: bool
) -> None:
    """What was paid, or is still secured, counts for the new determination."""
    left = outstanding(made)
    if left <= 0:
        Determination.objects.filter(pk=made.pk).update(settled_at=moment.at)
        made.settled_at = moment.at
        facts = {"carried_fen": str(carried(made)), "over_fen": str(-left)}
        move(
            declaration, TAX, "count_payment", actor=actor, moment=moment, field="tax", facts=facts,
            authority=authority_of(actor),
        )  # fmt: skip
        free_security(moment, declaration)
    elif was_secured:
        use = SecurityUse.objects.filter(declaration=declaration, freed_at=None).first()
        if use is not None and use.fen >= left and use.security.is_in_force_on(moment.day):
            move(
                declaration, TAX, "keep_security", actor=actor, moment=moment, field="tax",
                facts={"fen": str(use.fen)}, authority=authority_of(actor),
            )  # fmt: skip
        else:
            free_security(moment, declaration)


def withdraw(actor: Actor, moment: Moment, declaration: Declaration, reason: str) -> None:
    """The declaration is withdrawn: nothing is owed any more, securities are free, what was paid can be asked back. In the caller's transaction."""
    for made in declaration.determinations.filter(annulled_at=None):
        _annul(actor, moment, made, reason)
    free_security(moment, declaration)
    if declaration.tax in TAX.transitions["annul"].from_states:
        move(
            declaration, TAX, "annul", actor=actor, moment=moment, field="tax", reason=reason, also={"due_fen": None},
            authority=authority_of(actor),
        )  # fmt: skip


def _annul(actor: Actor, moment: Moment, made: Determination, reason: str) -> None:
    """A determination stands no longer: marked, never deleted; the ledger shows the opposite movement."""
    if not Determination.objects.filter(pk=made.pk, annulled_at=None).update(annulled_at=moment.at):
        raise _refuse("charges.already_settled", "notice", number=made.notice_number)
    made.annulled_at = moment.at
    made.told.filter(outcome="").update(outcome="annulled", ended_at=moment.at, ended_by=actor.name)
    standing = _standing(made)
    if any(standing.values()):
        post(
            made.subject, "annul", moment.at, made.declaration.importer_id, receivable=sum(standing.values()),
            **{account: -fen for account, fen in standing.items()},
        )  # fmt: skip
    record(
        made.subject, "annul", actor=actor, at=moment.at, reason=reason, facts={"total_fen": str(made.total_fen)},
        authority=authority_of(actor),
    )  # fmt: skip


def _standing(made: Determination) -> dict[str, int]:
    """What a determination still stands for in the accounts of what was determined (credits, so negative): its amount less what was repaid of it."""
    subjects = [made.subject, *(refund.subject for refund in made.refunds.filter(decision="granted"))]
    rows = Posting.objects.filter(
        transaction__subject__in=subjects, transaction__kind__in=["determine", "collect_shortfall", "repay", "annul"],
        account__in=["taxes_determined", "surcharges_determined"],
    )  # fmt: skip
    return {row["account"]: row["sum"] for row in rows.values("account").annotate(sum=Sum("fen")).order_by()}


def _family(made: Determination) -> Any:  # noqa: ANN401  # a queryset
    """A determination with those it replaced: what was paid on any of them counts together."""
    if made.kind != "original":
        return Determination.objects.filter(pk=made.pk)
    return Determination.objects.filter(
        Q(pk=made.pk) | (Q(annulled_at__isnull=False) & Q(pk__lt=made.pk)), declaration=made.declaration_id, kind="original"
    )  # fmt: skip


def _less_repaid(determinations: Any) -> int:  # noqa: ANN401  # a queryset
    """Tax paid for these determinations and not repaid, in fen; surcharges for late payment are apart."""
    paid = Payment.objects.filter(determination__in=determinations)
    back = Refund.objects.filter(determination__in=determinations, decision="granted")
    fen = paid.aggregate(sum=Sum(F("fen") - F("surcharge_fen")))["sum"] or 0
    return int(fen - (back.aggregate(sum=Sum("fen"))["sum"] or 0))


def _net_paid(made: Determination) -> int:
    """What was paid, less what was repaid, on a determination and those it replaced, in fen."""
    return _less_repaid(_family(made))


def carried(made: Determination) -> int:
    """What was paid on determinations that this one replaced, less what was repaid, in fen. Asked of an annulled one: of it as well."""
    return _less_repaid(_family(made) if made.annulled_at else _family(made).exclude(pk=made.pk))


def overpaid(made: Determination) -> int:
    """What was paid beyond what stands determined, in fen: a claim of the payer, waiting to be asked for."""
    standing = 0 if made.annulled_at else -sum(_standing(made).values())
    return max(0, _net_paid(made) - standing)


# --- pay ---------------------------------------------------------------------------------------------------------------------------


def surcharge_on(determination: Determination, paid_on: dt.date) -> int:
    """Late payment surcharge on what is still unpaid, in fen, when it is paid on this day (Tariff Law art. 43)."""
    if determination.due_on is None or paid_on <= determination.due_on:
        return 0
    world = shipped_world()
    rate = world.at("surcharges/late_payment/daily_rate", paid_on).ppm()
    minimum = world.at("surcharges/late_payment/minimum", paid_on).fen()
    late = (paid_on - determination.due_on).days
    return late_payment_surcharge(outstanding(determination), late, rate, minimum)[1]


def outstanding(determination: Determination) -> int:
    """What is still owed of the tax itself, in fen."""
    paid = determination.payments.aggregate(sum=Sum(F("fen") - F("surcharge_fen")))["sum"] or 0
    return int(determination.total_fen - paid - (0 if determination.annulled_at else carried(determination)))


def tell_payment(
    actor: Actor, moment: Moment, determination: Determination, *, fen: int, paid_on: dt.date, reference: str
) -> PaymentTold:
    """Keep what the payer tells of a payment in full. It settles nothing and releases nothing: `book_payment` does, on another's word.

    The same word again is the same one, until it is struck; another one while it waits is refused. Raises InputRefused for another amount than what is
    due, a day in the future, a day moved back behind the last day (that would save the surcharge), or a reference used for something else.
    """
    authority = _authority(actor, moment, determination.declaration, "pay_taxes")
    with transaction.atomic():
        held = _held(determination)
        told = held.told.filter(outcome__in=["", "booked"]).first()
        if told and (told.reference, told.fen, told.paid_on) == (reference, fen, paid_on):
            return told
        if told and held.is_open:
            raise _refuse("charges.told_already", "reference", reference=told.reference, day=told.paid_on.isoformat())
        if Payment.objects.filter(reference=reference).exclude(determination=held).exists():
            raise _refuse("charges.reference_used", "reference", reference=reference)
        found = _against_payment(held, moment, fen, paid_on)
        is_late = held.due_on is not None and moment.day > held.due_on
        if is_late and clock.day_of(held.determined_at) <= paid_on < moment.day:
            found.append(
                Finding("charges.earlier_day_from_bank", "paid_on", {"day": paid_on.isoformat()}, held.because)
            )
        if found:
            raise InputRefused(found)
        told = PaymentTold.objects.create(
            determination=held, fen=fen, paid_on=paid_on, reference=reference, told_by=actor.name, told_at=moment.at
        )
        _note_told(actor, moment, held, told, "tell_payment", authority=authority)
    return told


def strike_payment(actor: Actor, moment: Moment, told: PaymentTold, *, reason: str) -> PaymentTold:
    """Strike what was told of a payment that did not come: by an officer, or by the payer who told it wrongly. It may then be told again.

    Raises NotAllowed, InputRefused without a reason or once it waits no longer.
    """
    actor.require("strike_payment")
    if actor.role in TRADERS:
        authority = _authority(actor, moment, told.determination.declaration, "strike_payment")
    else:
        stand_aside(actor, *told.determination.declaration.parties)
        authority = authority_of(actor)
    if not reason.strip():
        raise _refuse("window.reason_missing", "reason", act_zh="撤下缴款告知", act_en="strike what was told")
    if found := reason_findings(reason):
        raise InputRefused(found)
    with transaction.atomic():
        held = _held(told.determination)
        struck = {"outcome": "struck", "ended_at": moment.at, "ended_by": actor.name, "struck_reason": reason.strip()}
        if not held.told.filter(pk=told.pk, outcome="").update(**struck):
            raise _refuse("charges.told_waits_no_longer", "payment", reference=told.reference)
        told.refresh_from_db()
        _note_told(actor, moment, held, told, "strike_payment", authority=authority, reason=reason.strip())
    return told


def _note_told(
    actor: Actor, moment: Moment, held: Determination, told: PaymentTold, act: str, *, authority: str, reason: str = ""
) -> None:
    """Entries about a payer's word: in the chain of the notice, and in that of the declaration, where its parties follow it. No state moves."""
    facts = {"fen": str(told.fen), "paid_on": told.paid_on.isoformat(), "reference": told.reference}
    record(held.subject, act, actor=actor, at=moment.at, facts=facts, authority=authority, reason=reason)
    state = held.declaration.state
    record(
        held.declaration.subject, act, actor=actor, at=moment.at, state_before=state, state_after=state, reason=reason,
        facts={"notice": held.notice_number, **facts}, authority=authority,
    )  # fmt: skip


def confirm_payment(actor: Actor, moment: Moment, told: PaymentTold, *, paid_on: dt.date) -> Payment:
    """An officer has seen that what a payer told of is there. `paid_on` is the day the bank names: the surcharge runs until that day, whatever was told.

    Raises NotAllowed, InputRefused.
    """
    actor.require("reconcile_payments")
    with transaction.atomic():
        held = _held(told.determination)
        told.refresh_from_db()
        if told.outcome not in {"", "booked"}:
            raise _refuse("charges.told_waits_no_longer", "payment", reference=told.reference)
        return book_payment(
            actor, moment, held, fen=told.fen, paid_on=paid_on, reference=told.reference, source="officer"
        )


def book_payment(
    actor: Actor,
    moment: Moment,
    determination: Determination,
    *,
    fen: int,
    paid_on: dt.date,
    reference: str,
    source: str,
) -> Payment:
    """Book a payment in full, surcharge included where it is late, on the word of the bank or of an officer: it settles the notice.

    The same bank reference again is the same payment. Raises InputRefused for another amount than what is due, a day in the future, or a reference
    used for something else.
    """
    actor.require("reconcile_payments")
    stand_aside(actor, *determination.declaration.parties)
    with transaction.atomic():
        held = _held(determination)
        booked = Payment.objects.filter(reference=reference).first()
        if booked:
            if (booked.determination_id, booked.fen, booked.paid_on) == (held.pk, fen, paid_on):
                return booked
            raise _refuse("charges.reference_used", "reference", reference=reference)
        if found := _against_payment(held, moment, fen, paid_on):
            raise InputRefused(found)
        surcharge = surcharge_on(held, paid_on)
        paid = Payment.objects.create(
            determination=held,
            fen=fen,
            surcharge_fen=surcharge,
            paid_on=paid_on,
            reference=reference,
            source=source,
            entered_by=actor.name,
            entered_at=moment.at,
        )
        held.settled_at = moment.at
        held.save(update_fields=["settled_at"])
        ended = {"ended_at": moment.at, "ended_by": actor.name}
        held.told.filter(outcome="", reference=reference).update(outcome="booked", **ended)
        held.told.filter(outcome="").update(outcome="settled", **ended)
        importer = held.declaration.importer_id
        if surcharge:
            post(
                held.subject, "late_payment_surcharge", moment.at, importer, receivable=surcharge,
                surcharges_determined=-surcharge,
            )  # fmt: skip
        post(held.subject, "pay", moment.at, importer, treasury=fen, receivable=-fen)
        facts = {
            "fen": str(fen),
            "surcharge_fen": str(surcharge),
            "paid_on": paid_on.isoformat(),
            "reference": reference,
            "source": source,
        }
        record(held.subject, "pay", actor=actor, at=moment.at, facts=facts)
        if held.kind == "original":
            move(held.declaration, TAX, "pay", actor=actor, moment=moment, field="tax", facts=facts)
            free_security(moment, held.declaration)
    determination.settled_at = held.settled_at
    return paid


def _held(determination: Determination) -> Determination:
    """The determination and its declaration as they stand now. The declaration is held: whoever acts on what is owed for it holds it first."""
    hold(determination.declaration)
    return Determination.objects.select_related("declaration").get(pk=determination.pk)


def _against_payment(held: Determination, moment: Moment, fen: int, paid_on: dt.date) -> list[Finding]:
    """What stands against a payment, whoever tells of it."""
    due = outstanding(held) + surcharge_on(held, min(paid_on, moment.day))
    found = []
    if not held.is_open:
        found.append(Finding("charges.already_settled", "notice", {"number": held.notice_number}))
    elif fen != due:
        facts = {"due": yuan_grouped(due), "paid": yuan_grouped(fen)}
        found.append(Finding("charges.other_amount", "amount", facts, held.because))
    day = {"day": paid_on.isoformat()}
    if paid_on > moment.day:
        found.append(Finding("charges.paid_in_future", "paid_on", day))
    elif paid_on < clock.day_of(held.determined_at):
        found.append(Finding("charges.paid_before_notice", "paid_on", day))
    return found


def _authority(actor: Actor, moment: Moment, declaration: Declaration, action: str) -> str:
    """On whose authority the actor acts on a declaration's money today, as the journal names it. Raises NotAllowed, NoAuthority."""
    actor.require(action)
    given = authority_for(actor, declaration.importer_id, moment.day)
    return f"entrustment:{given.pk}" if given else ""


def reconcile(
    actor: Actor, moment: Moment, rows: list[dict[str, str]]
) -> list[tuple[dict[str, str], tuple[Finding, ...]]]:
    """A bank's file against our notices: each row answered with nothing wrong, or with what is. Good rows are booked, the rest are handed back.

    A row has `notice`, `amount` (yuan as text), `paid_on` (ISO date) and `reference`. The same file twice books nothing twice.
    """
    actor.require("reconcile_payments")
    answered = []
    for number, row in enumerate(rows, start=1):
        try:
            notice, fen, day = _row_of(row)
            notices = Determination.objects.select_related("declaration")
            found = notices.filter(pk=int(notice[10:])).first() if _is_notice(notice) else None
            if found is None or found.notice_number != notice:
                raise _refuse("charges.notice_unknown", f"row {number}", number=notice)
            book_payment(actor, moment, found, fen=fen, paid_on=day, reference=row["reference"].strip(), source="bank")
        except InputRefused as refused:
            answered.append((row, tuple(refused.findings)))
        else:
            answered.append((row, ()))
    return answered


def _is_notice(text: str) -> bool:
    return len(text) == 19 and text.startswith("TG") and text.isascii() and text[2:].isdigit()


def _row_of(row: dict[str, str]) -> tuple[str, int, dt.date]:
    try:
        reference = row["reference"].strip()
        fen, day = fen_of(row["amount"].strip()), dt.date.fromisoformat(row["paid_on"].strip())
    except (KeyError, ValueError, ArithmeticError) as error:
        raise _refuse("charges.row_unreadable", "row", why=str(error)) from error
    if not reference or len(reference) > 64 or fen <= 0:
        raise _refuse("charges.row_unreadable", "row", why="reference, amount")
    return row.get("notice", "").strip(), fen, day


# --- security ----------------------------------------------------------------------------------------------------------------------


def give_security(
    actor: Actor, moment: Moment, *, kind: str, reference: str, fen: int, from_on: dt.date, until_on: dt.date | None
) -> Security:
    """Offer a security; an officer has to accept it before it can be used (Tariff Law art. 56-58)."""
    actor.require("give_security")
    if actor.organisation_id is None:
        raise NotAllowed("give_security")
    found = []
    if not 0 < fen <= MAX_VALUE_FEN:
        found.append(Finding("charges.amount_not_positive", "amount", {}))
    if until_on and until_on < from_on:
        found.append(Finding("charges.ends_before_it_begins", "until_on", {}))
    if not reference.strip() or len(reference) > 64:
        found.append(Finding("charges.reference_missing", "reference", {}))
    if found:
        raise InputRefused(found)
    try:
        with transaction.atomic():
            made = Security.objects.create(
                organisation_id=actor.organisation_id, kind=kind, reference=reference.strip(), amount_fen=fen, from_on=from_on,
                until_on=until_on, given_at=moment.at,
            )  # fmt: skip
            record(
                made.subject, "give", actor=actor, at=moment.at, facts={"fen": str(fen), "kind": kind}, is_first=True
            )
    except IntegrityError as error:
        raise _refuse("charges.reference_used", "reference", reference=reference) from error
    return made


def accept_security(actor: Actor, moment: Moment, security: Security) -> None:
    """An officer has seen the deposit or the guarantor's letter. Raises NotAllowed, InputRefused."""
    actor.require("determine_tax")
    stand_aside(actor, security.organisation_id)
    with transaction.atomic():
        moved = Security.objects.filter(pk=security.pk, accepted_at=None).update(
            accepted_at=moment.at, accepted_by_id=actor.person_id
        )
        if not moved:
            raise _refuse("charges.security_already_accepted")
        record(security.subject, "accept", actor=actor, at=moment.at)
        if security.kind == "deposit":
            fen = security.amount_fen
            post(security.subject, "deposit", moment.at, security.organisation_id, treasury=fen, deposits_held=-fen)


@transaction.atomic
def secure(actor: Actor, moment: Moment, declaration: Declaration, security: Security, fen: int | None = None) -> None:
    """Let a security stand for a declaration's tax, so that the goods can be released before the amount is paid (Tariff Law art. 41).

    It stands for what was determined, or, before that, for the most that may become due; `fen` may be more, never less. Raises InputRefused where it
    does not reach, SomeoneWasFirst where another stands already that lasts as long: one that ends, or has ended, is replaced by one that lasts longer
    (customs-guarantee-regulations#17).
    """
    authority = _authority(actor, moment, declaration, "give_security")
    hold(declaration)
    least = amount_to_secure(declaration)
    wanted = least if fen is None else fen
    found = []
    if security.organisation_id not in (declaration.importer_id, actor.organisation_id):
        raise NotAllowed("give_security")
    if security.accepted_at is None:
        found.append(Finding("charges.security_not_accepted", "security", {}))
    if not security.is_in_force_on(moment.day):
        found.append(Finding("charges.security_not_in_force", "security", {"day": moment.day.isoformat()}))
    if not wanted:
        found.append(Finding("charges.amount_not_positive", "amount", {}))
    elif least is None:  # nobody knows yet what may become due, so no amount is known to be enough
        found.append(Finding("charges.not_one_figure", "amount", {}))
    elif wanted < least:
        facts = {"left": yuan_grouped(wanted), "wanted": yuan_grouped(least)}
        found.append(Finding("charges.security_too_small", "amount", facts))
    if found or not wanted:
        raise InputRefused(found)
    before = declaration.securities.select_related("security").filter(freed_at=None).first()
    is_instead = before is not None and _lasts_longer(security, before.security)
    if before is not None and is_instead:
        both = Security.objects.select_for_update(no_key=True).filter(pk__in=[security.pk, before.security_id])
        list(both.order_by("pk"))
        free_security(moment, declaration)
    taken = Security.objects.filter(pk=security.pk, amount_fen__gte=F("used_fen") + wanted).update(
        used_fen=F("used_fen") + wanted
    )
    if not taken:
        left = (
            Security.objects.filter(pk=security.pk)
            .annotate(left=F("amount_fen") - F("used_fen"))
            .values_list("left", flat=True)[0]
        )
        raise _refuse("charges.security_too_small", "security", left=yuan_grouped(left), wanted=yuan_grouped(wanted))
    facts = {"security": str(security.pk), "fen": str(wanted)}
    act = "replace_security" if is_instead else "secure"
    move(declaration, TAX, act, actor=actor, moment=moment, field="tax", facts=facts, authority=authority)
    SecurityUse.objects.create(security=security, declaration=declaration, fen=wanted, used_at=moment.at)
    if security.kind != "deposit":
        post(
            security.subject,
            "vouch",
            moment.at,
            declaration.importer_id,
            guarantees_in_use=wanted,
            guarantors=-wanted,
        )
    record(security.subject, "use", actor=actor, at=moment.at, facts={**facts, "declaration": str(declaration.pk)})


def _lasts_longer(one: Security, other: Security) -> bool:
    return other.until_on is not None and (one.until_on is None or one.until_on > other.until_on)


def ending_security(declaration: Declaration, day: dt.date) -> Security | None:
    """The security that stands for a declaration's tax and ends soon, or has ended; None where it lasts, or nothing stands."""
    rows = declaration.securities.select_related("security").filter(freed_at=None)
    use = rows.filter(security__until_on__lte=day + ENDS_SOON).first()
    return use.security if use else None


def expired_security(declaration: Declaration, day: dt.date) -> SecurityUse | None:
    """What stands for a declaration's tax and has ended before this day; None where it still counts, or nothing stands."""
    rows = declaration.securities.select_related("security").filter(freed_at=None, security__until_on__lt=day)
    return rows.first()


def amount_to_secure(declaration: Declaration) -> int | None:
    """What a security has to stand for: what is still owed, or, before the tax is determined, the most that may become due; None where nobody knows."""
    made = in_force(declaration)
    if made is not None:
        return outstanding(made)
    kept = Version.objects.filter(declaration=declaration, number=declaration.version).first()
    given = read(kept.answer) if kept else None
    return given.high if given else None


def free_security(moment: Moment, declaration: Declaration) -> None:
    """What stood for a declaration is free again: the tax is paid, or the declaration is withdrawn. In the caller's transaction."""
    for use in SecurityUse.objects.select_related("security").filter(declaration=declaration, freed_at=None):
        Security.objects.filter(pk=use.security_id).update(used_fen=F("used_fen") - use.fen)
        use.freed_at = moment.at
        use.save(update_fields=["freed_at"])
        if use.security.kind != "deposit":
            post(
                use.security.subject, "free", moment.at, declaration.importer_id, guarantees_in_use=-use.fen,
                guarantors=use.fen,
            )  # fmt: skip


# --- repay, collect ----------------------------------------------------------------------------------------------------------------


def claim_until(determination: Determination, ground: str) -> dt.date | None:
    """The last day to ask for repayment; None while nothing was paid."""
    paid = _last_payment(determination)
    if paid is None:
        return None
    years = shipped_world().at(f"surcharges/refund_interest/{ground}_claim_years", paid.paid_on).whole()
    return dt.date.fromordinal(refund_rule.claim_until(paid.paid_on.toordinal(), years))


def _last_payment(determination: Determination) -> Payment | None:
    return Payment.objects.filter(determination__in=_family(determination)).order_by("paid_on", "pk").last()


def request_refund(
    actor: Actor, moment: Moment, determination: Determination, *, fen: int, ground: str, reason: str
) -> Refund:
    """Ask for repayment within the period of the law. Raises InputRefused with everything that stands against it."""
    authority = _authority(actor, moment, determination.declaration, "request_refund")
    until = claim_until(determination, ground)
    most = _net_paid(determination)
    found = []
    if determination.replaced:
        found.append(Finding("charges.replaced", "determination", {"number": determination.notice_number}))
    if until is None:
        found.append(Finding("charges.nothing_paid", "determination", {}))
    elif moment.day > until:
        found.append(
            Finding("charges.claim_too_late", "determination", {"day": until.isoformat()}, "tariff-law-2024#51")
        )
    if not 0 < fen <= most:
        found.append(Finding("charges.refund_out_of_bounds", "amount", {"most": yuan_grouped(most)}))
    if not reason.strip():
        found.append(Finding("window.reason_missing", "reason", {"act_zh": "申请退税", "act_en": "ask for a refund"}))
    if found:
        raise InputRefused(found)
    days = shipped_world().at("surcharges/refund_interest/decision_days", moment.day).whole()
    try:
        with transaction.atomic():
            made = Refund.objects.create(
                determination=determination, fen=fen, ground=ground, reason=reason.strip(), asked_by=actor.name, asked_at=moment.at,
                decide_by=dt.date.fromordinal(refund_rule.decide_by(moment.day.toordinal(), days)),
            )  # fmt: skip
            record(
                made.subject, "ask", actor=actor, at=moment.at, reason=reason, facts={"fen": str(fen)}, is_first=True,
                authority=authority,
            )  # fmt: skip
    except IntegrityError as error:
        raise _refuse("charges.refund_already_asked", "determination") from error
    return made


def interest_on(refund: Refund, day: dt.date) -> int:
    """Interest on what is repaid, in fen, from the day of payment to this day (Tariff Law art. 53; GACC Order 272 art. 61)."""
    paid = _last_payment(refund.determination)
    if paid is None:
        return 0
    world = shipped_world()
    if not world.at(f"surcharges/refund_interest/{refund.ground}_earns_interest", day).whole():
        return 0
    rate = world.at("surcharges/refund_interest/annual_rate", day).ppm()
    count = world.at("surcharges/refund_interest/day_count", day).whole()
    return refund_rule.refund_interest(refund.fen, (day - paid.paid_on).days, rate, count)


def propose_refund(actor: Actor, moment: Moment, refund: Refund, *, reason: str) -> Proposal:
    """One officer proposes to repay; a second one confirms, and only then is anything paid. Raises InputRefused."""
    return propose(
        actor, moment, subject=refund.subject, act="grant", action="decide_refund", reason=reason,
        facts={"fen": str(refund.fen), "interest_fen": str(interest_on(refund, moment.day))},
    )  # fmt: skip


def grant_confirmed(actor: Actor, moment: Moment, proposal: Proposal) -> None:
    """Carry out what two officers have decided: called by `decisions.acts.confirm`."""
    refund = Refund.objects.get(pk=int(proposal.subject.partition(":")[2]))
    decide_refund(actor, moment, refund, is_granted=True, reason=proposal.reason)


def decide_refund(actor: Actor, moment: Moment, refund: Refund, *, is_granted: bool, reason: str) -> None:
    """Grant or refuse, once. Granting pays out with interest; it is called with the second officer's confirmation (decisions.acts)."""
    actor.require("decide_refund")
    stand_aside(actor, *refund.parties)
    if not reason.strip():
        raise _refuse("window.reason_missing", "reason", act_zh="审核退税", act_en="decide on a refund")
    interest = interest_on(refund, moment.day) if is_granted else None
    with transaction.atomic():
        # The declaration is held: a request on a determination and one on that which replaced it are about the same money.
        hold(refund.determination.declaration)
        made = Determination.objects.get(pk=refund.determination_id)
        over, paid = overpaid(made), _net_paid(made)
        if is_granted and made.replaced:  # what was paid counts for the one in its place, and is asked back there
            raise _refuse("charges.replaced", "determination", number=made.notice_number)
        if is_granted and refund.fen > paid:
            raise _refuse("charges.refund_out_of_bounds", "amount", most=yuan_grouped(paid))
        moved = Refund.objects.filter(pk=refund.pk, decision="").update(
            decision="granted" if is_granted else "refused", decided_at=moment.at, decided_reason=reason.strip(), interest_fen=interest
        )  # fmt: skip
        if not moved:
            raise _refuse("charges.refund_decided")
        if is_granted and interest is not None:
            importer = refund.determination.declaration.importer_id
            owed = min(refund.fen, over)  # determined no more: it stands to the firm's credit already
            post(
                refund.subject, "repay", moment.at, importer, receivable=owed, taxes_determined=refund.fen - owed,
                interest_paid=interest, refunds_payable=-(refund.fen + interest),
            )  # fmt: skip
            post(
                refund.subject, "pay_out", moment.at, importer, refunds_payable=refund.fen + interest,
                treasury=-(refund.fen + interest),
            )  # fmt: skip
        outcome = "granted" if is_granted else "refused"
        facts = {"decision": outcome, "interest_fen": str(interest or 0)}
        record(refund.subject, "decide", actor=actor, at=moment.at, reason=reason.strip(), facts=facts)
        amounts = {"amount": (yuan_grouped(refund.fen),) * 2, "interest": (yuan_grouped(interest or 0),) * 2}
        letters.write(
            actor, moment, refund.determination.declaration, f"refund_{outcome}", subject=refund.subject,
            reason=reason.strip(), because="tariff-law-2024#51", remedy="tax", facts=amounts,
        )  # fmt: skip
    refund.refresh_from_db()


def collect_shortfall(
    actor: Actor, moment: Moment, declaration: Declaration, *, fen: int, ground: str, reason: str
) -> Determination:
    """Supplementary collection (补征) within the period of the law: a second determination with its own notice and period.

    Raises InputRefused when the period is over, for an amount that is none, or without a reason.
    """
    actor.require("collect_shortfall")
    stand_aside(actor, *declaration.parties)
    first = declaration.determinations.filter(kind="original", annulled_at=None).first()
    paid = first.payments.order_by("paid_on").last() if first else None
    started = paid.paid_on if paid else (clock.day_of(declaration.released_at) if declaration.released_at else None)
    found = []
    if started is None:
        found.append(Finding("charges.nothing_paid", "declaration", {}))
    elif ground != "smuggling":
        years = shipped_world().at(f"recovery/{ground}_years", started).whole()
        until = recovery.recoverable_until(recovery.GROUNDS[ground], started.toordinal(), years, 0)
        if moment.day.toordinal() > until:
            found.append(
                Finding(
                    "charges.collection_too_late",
                    "declaration",
                    {"day": dt.date.fromordinal(until).isoformat()},
                    "tariff-law-2024#45",
                )
            )
    if not 0 < fen <= MAX_VALUE_FEN:
        found.append(Finding("charges.amount_not_positive", "amount", {}))
    if not reason.strip():
        found.append(
            Finding("window.reason_missing", "reason", {"act_zh": "补征税款", "act_en": "collect a shortfall"})
        )
    if found:
        raise InputRefused(found)
    due_on = _deadline(moment.day)
    line = {
        "item": 0,
        "kind": "supplementary",
        "label_zh": "补征税款",
        "label_en": "supplementary collection",
        "fen": fen,
        "because": "tariff-law-2024#45",
    }
    with transaction.atomic():
        made = Determination.objects.create(
            declaration=declaration, version=declaration.version, kind="supplementary", lines=[line], total_fen=fen, due_on=due_on,
            because="gacc-order-272#64", reason=reason.strip(), determined_by=actor.name, determined_at=moment.at,
        )  # fmt: skip
        record(
            made.subject,
            "collect_shortfall",
            actor=actor,
            at=moment.at,
            reason=reason,
            facts={"fen": str(fen)},
            is_first=True,
        )
        post(
            made.subject, "collect_shortfall", moment.at, declaration.importer_id, receivable=fen, taxes_determined=-fen
        )
        _letter(actor, moment, made, "collect_shortfall", reason=reason.strip())
    return made


def open_notices(actor: Actor) -> Any:  # noqa: ANN401  # a queryset
    """Notices within the actor's reach that are to be paid."""
    return Determination.objects.visible_to(actor).unpaid().select_related("declaration").filter(~Q(total_fen=0))
