"""Four eyes: where money or liberty is at stake, one officer proposes with a reason and another confirms or refuses.

Both are people, and two different ones: asked here, asked again by `states.move` of the step itself, and held by the database. A confirmation carries the
decision out in the same transaction; when the record has moved on meanwhile, nothing is confirmed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.db import IntegrityError, transaction
from django.utils.module_loading import import_string

from tongguan.grammar.findings import Finding, InputRefused
from tongguan.window.access.actor import Actor, Moment, NotAllowed
from tongguan.window.accounts.interest import interest_findings, stand_aside
from tongguan.window.decisions.models import Proposal
from tongguan.window.declarations.models import Declaration
from tongguan.window.journal.models import record
from tongguan.window.states import hold

LONGEST_REASON = 2_000
CarryOut = Callable[[Actor, Moment, Proposal], None]
CARRIED_OUT = {
    ("permit", "refuse"): "tongguan.window.permits.acts.refuse_confirmed",
    ("declaration", "refer"): "tongguan.window.clearance.officers.refer_confirmed",
    ("refund", "grant"): "tongguan.window.charges.acts.grant_confirmed",
    ("declaration", "settle"): "tongguan.window.clearance.officers.settle_confirmed",
    ("declaration", "redetermine"): "tongguan.window.charges.acts.redetermine_confirmed",
}
"""What carries a confirmed proposal out, by the kind of its subject and its act. Named, not imported: those modules propose here."""
KEPT_AS = {"permit": "permits.Case", "declaration": "declarations.Declaration", "refund": "charges.Refund"}
"""The model of each kind of subject."""
BELOW = {"permit": "permit_cases", "refund": "determinations__refunds"}
"""Kinds of subjects that belong to a declaration, and how it knows them."""


def reason_findings(reason: str, *, is_needed: bool = True) -> list[Finding]:
    """What is wrong with a typed reason: none where one is needed, or too long a one."""
    if is_needed and not reason.strip():
        return [Finding("decisions.reason_missing", "reason")]
    if len(reason) > LONGEST_REASON:
        return [
            Finding(
                "window.too_long", "reason", {"field_zh": "理由", "field_en": "reason", "most": str(LONGEST_REASON)}
            )
        ]
    return []


def propose(
    actor: Actor,
    moment: Moment,
    *,
    subject: str,
    act: str,
    action: str,
    reason: str,
    facts: dict[str, str] | None = None,
) -> Proposal:
    """Propose an act on a record the actor may act on; the caller has looked at the record. Raises NotAllowed, InputRefused."""
    actor.require(action)
    if actor.person_id is None:
        raise NotAllowed(action)
    stand_aside(actor, *_parties(subject))
    found = reason_findings(reason)
    if found:
        raise InputRefused(found)
    proposal = Proposal(
        subject=subject, act=act, action=action, body=actor.body, reason=reason.strip(), facts=facts or {},
        proposed_by_id=actor.person_id, proposed_at=moment.at,
    )  # fmt: skip
    try:
        with transaction.atomic():
            _hold(proposal)
            proposal.save(force_insert=True)
            record(
                subject,
                f"propose_{act}",
                actor=actor,
                at=moment.at,
                reason=reason.strip(),
                facts=_told(proposal),
                authority=authority_of(actor),
            )
    except IntegrityError:
        raise InputRefused([Finding("decisions.already_proposed")]) from None
    return proposal


def confirm(actor: Actor, moment: Moment, proposal: Proposal, reason: str = "") -> Proposal:
    """Confirm as the second pair of eyes, and carry the act out. Raises NotAllowed, InputRefused; of two at once the second is told."""
    found = reason_findings(reason, is_needed=False)
    return _decide(actor, moment, proposal, "confirmed", reason, found)


def refuse(actor: Actor, moment: Moment, proposal: Proposal, reason: str) -> Proposal:
    """Refuse what was proposed, with a reason; the record stays as it is. Raises NotAllowed, InputRefused."""
    return _decide(actor, moment, proposal, "refused", reason, reason_findings(reason))


def _decide(
    actor: Actor, moment: Moment, proposal: Proposal, outcome: str, reason: str, found: list[Finding]
) -> Proposal:
    actor.require("confirm_decision")
    if not Proposal.objects.visible_to(actor).filter(pk=proposal.pk).exists():
        raise NotAllowed("confirm_decision")
    if actor.key_id is not None or actor.person_id is None:
        found.append(Finding("decisions.people_confirm"))
    elif actor.person_id == proposal.proposed_by_id:
        found.append(Finding("decisions.own_proposal"))
    found += interest_findings(actor, *_parties(proposal.subject))
    if found:
        raise InputRefused(found)
    with transaction.atomic():
        _hold(proposal)
        changed = {
            "outcome": outcome,
            "decided_by_id": actor.person_id,
            "decided_at": moment.at,
            "decided_reason": reason.strip(),
        }
        if not Proposal.objects.filter(pk=proposal.pk, outcome="").update(**changed):
            raise InputRefused([Finding("decisions.already_decided")])
        proposal.refresh_from_db()
        kind = proposal.subject.partition(":")[0]
        record(
            proposal.subject,
            f"{'confirm' if outcome == 'confirmed' else 'refuse'}_{proposal.act}",
            actor=actor,
            at=moment.at,
            reason=reason.strip(),
            facts=_told(proposal),
            authority=authority_of(actor),
        )
        if outcome == "confirmed":
            carry_out: CarryOut = import_string(CARRIED_OUT[kind, proposal.act])
            carry_out(actor, moment, proposal)
    return proposal


def _hold(proposal: Proposal) -> None:
    """Keep the records a proposal is about from other acts before a chain is written to, in `states.HELD_IN_ORDER`: what they belong to, it, themselves."""
    kind, _, number = proposal.subject.partition(":")
    subject = apps.get_model(KEPT_AS[kind])._default_manager.get(pk=number)  # noqa: SLF001  # Django's documented name
    first = Declaration.objects.get(**{BELOW[kind]: number}) if kind in BELOW else subject
    hold(first)
    if proposal.pk is not None:
        hold(proposal)
    if first is not subject:
        hold(subject)


def _parties(subject: str) -> tuple[int, int]:
    """The firms behind a record; every kind of record that is proposed about tells them."""
    kind, _, number = subject.partition(":")
    kept: Any = apps.get_model(KEPT_AS[kind])._default_manager.get(pk=number)  # noqa: SLF001  # Django's documented name
    parties: tuple[int, int] = kept.parties
    return parties


def _told(proposal: Proposal) -> dict[str, str]:
    return {"proposal": str(proposal.pk), "proposed_by": f"person:{proposal.proposed_by_id}"}


def authority_of(actor: Actor) -> str:
    """On whose authority an officer acts: the post. Traders act on an entrustment or on their own."""
    return f"post:{actor.role}" if actor.role else ""
