"""How a firm stands with Customs: confirmed or refused after it registered, suspended and reinstated; each with a reason and a letter.

Law      customs-law#11 (who declares has filed with Customs)
Reading  1. A refusal is no ban: the firm reads why, mends what it said and waits again. Its codes are free meanwhile, so that nobody keeps a firm out by
            registering in its name.
         2. A suspension stops what is new. What was lodged before goes on: it is mended after a return, completed, paid, released. On which article a firm is
            suspended (customs-law#89 and #90 forbid declaring for certain breaches) the reason has to say; the window knows no ground of its own.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction

from tongguan.grammar.findings import Finding, InputRefused
from tongguan.window.access.actor import Actor, Moment, NotAllowed
from tongguan.window.accounts.interest import interest_findings
from tongguan.window.accounts.models import STANDING, STANDINGS, Organisation
from tongguan.window.decisions import letters
from tongguan.window.decisions.acts import authority_of, reason_findings
from tongguan.window.journal.models import record
from tongguan.window.states import SomeoneWasFirst


def confirm(actor: Actor, moment: Moment, firm_id: int, *, reason: str) -> Organisation:
    """Customs (or the operator for it) has compared the firm with the registers: from now on it may lodge. Raises NotAllowed, InputRefused."""
    changes = {"confirmed_at": moment.at, "confirmed_by_id": actor.person_id}
    return _decide(actor, moment, firm_id, "confirm", reason, changes)


def refuse(actor: Actor, moment: Moment, firm_id: int, *, reason: str) -> Organisation:
    """The firm is not what it says, or cannot be found in the registers. Raises NotAllowed, InputRefused."""
    changes = {"refused_at": moment.at, "standing_reason": reason.strip()}
    return _decide(actor, moment, firm_id, "refuse", reason, changes)


def suspend(actor: Actor, moment: Moment, firm_id: int, *, reason: str) -> Organisation:
    """From now on the firm lodges nothing new, by itself or through a broker, and as a broker for nobody. Raises NotAllowed, InputRefused."""
    changes = {"suspended_at": moment.at, "standing_reason": reason.strip()}
    return _decide(actor, moment, firm_id, "suspend", reason, changes)


def reinstate(actor: Actor, moment: Moment, firm_id: int, *, reason: str) -> Organisation:
    """The firm may lodge again. Raises NotAllowed, InputRefused."""
    return _decide(actor, moment, firm_id, "reinstate", reason, {"suspended_at": None, "standing_reason": ""})


ACTS = {"confirm": confirm, "refuse": refuse, "suspend": suspend, "reinstate": reinstate}


def _decide(actor: Actor, moment: Moment, firm_id: int, act: str, reason: str, changes: dict[str, Any]) -> Organisation:
    step = STANDING.transitions[act]
    actor.require(step.action)
    firm = Organisation.objects.firms().filter(pk=firm_id).first()
    if firm is None:
        raise NotAllowed(step.action)
    found = interest_findings(actor, firm.pk)
    if not reason.strip():
        facts = {"act_zh": step.zh, "act_en": step.en}
        found.append(Finding("window.reason_missing", "reason", facts, step.because))
    found += reason_findings(reason, is_needed=False)
    if found:
        raise InputRefused(found)
    with transaction.atomic():
        (before,) = step.from_states
        if not Organisation.objects.filter(STANDINGS[before], pk=firm.pk).update(**changes):
            firm.refresh_from_db()
            raise SomeoneWasFirst(act, firm.standing, STANDING)
        firm.refresh_from_db()
        record(
            firm.subject, act, actor=actor, at=moment.at, state_before=before, state_after=step.to,
            reason=reason.strip(), authority=authority_of(actor),
        )  # fmt: skip
        letters.write_to_firm(actor, moment, firm, f"{act}_firm", reason=reason.strip(), because=step.because)
    return firm
