"""What Customs does with a declaration: accept or return, review, select and examine, suspend, release, clear, decide requests, refer.

Law      customs-law#24, #26, #28, #29; tariff-law-2024#20 (the day of the declaration fixes the rates), #41 (release and amount may be separated);
         customs-guarantee-regulations#4 (what may go against security, and that what lacks a licence may not)
Reading  1. Release asks four things at once: the documents are reviewed, the tax is paid, secured or none, the goods are examined if selected, and
            every body concerned has agreed. Whatever is missing is told together. A security counts only while it is in force (customs-law#69: the
            guarantor answers within its period); what was released against one stays released when it ends.
         2. On a summary declaration (two steps) goods may leave before the documents are reviewed and the amount is fixed, against security where tax may be
            due; never before the bodies have agreed, and never while they wait to be examined.
         3. What was selected for examination, or found wanting, is neither amended nor withdrawn before that is settled (gacc-order-220, from memory;
            gacc-order-277 was not read).
         4. Nobody acts on the goods of a firm, or of its broker, where they hold or held a post (`accounts.interest`).
         5. An amendment opens the review again, and every body's case whose facts have changed. A determination of the tax stands until two officers
            have replaced it; nothing is released or cleared on one of older facts.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction

from tongguan.grammar.findings import Finding, InputRefused
from tongguan.window.access.actor import Actor, Moment, NotAllowed
from tongguan.window.accounts.interest import stand_aside
from tongguan.window.charges import acts as charges
from tongguan.window.charges.models import Security
from tongguan.window.decisions import acts as decisions
from tongguan.window.decisions import letters
from tongguan.window.decisions.models import Proposal
from tongguan.window.declarations.models import EXAMINATION, STATE, TAX, Declaration, Request
from tongguan.window.examination import acts as examination
from tongguan.window.examination.models import Order
from tongguan.window.journal.models import Entry, record
from tongguan.window.lodging import acts
from tongguan.window.look.written import day as day_text
from tongguan.window.permits import acts as permits
from tongguan.window.permits import licences
from tongguan.window.states import Guard, Life, SomeoneWasFirst, hold, move

SETTLED = frozenset({"none_due", "secured", "paid"})
"""States of the tax in which goods may leave (customs-law#29)."""
AMENDABLE = frozenset({"lodged", "accepted", "under_review", "reviewed"})


def _seen(actor: Actor, declaration: Declaration, action: str) -> None:
    actor.require(action)
    if not Declaration.objects.visible_to(actor, action).filter(pk=declaration.pk).exists():
        raise NotAllowed(action)


def _mine(actor: Actor, declaration: Declaration, action: str) -> None:
    """Whether the officer may act on this declaration. Raises NotAllowed; InputRefused for whoever has an interest in one of its parties."""
    _seen(actor, declaration, action)
    stand_aside(actor, *declaration.parties)


def _step(
    actor: Actor,
    moment: Moment,
    declaration: Declaration,
    act: str,
    *,
    table: Life = STATE,
    field: str = "state",
    reason: str = "",
    facts: dict[str, str] | None = None,
    also: dict[str, Any] | None = None,
    guards: tuple[Guard, ...] = (),
    confirmed: Proposal | None = None,
) -> Entry:
    """One step by an officer: within reach, a reason of a readable length, on the authority of the post."""
    _mine(actor, declaration, table.transitions[act].action)
    found = decisions.reason_findings(reason, is_needed=False)
    if found:
        raise InputRefused(found)
    since = {"state_since": moment.at} if field == "state" else {}
    return move(
        declaration, table, act, actor=actor, moment=moment, field=field, reason=reason, facts=facts, guards=guards,
        confirmed=confirmed, authority=decisions.authority_of(actor), also={**since, **(also or {})},
    )  # fmt: skip


def _letter(actor: Actor, moment: Moment, declaration: Declaration, act: str, reason: str, table: Life = STATE) -> None:
    because = table.transitions[act].because
    letters.write(actor, moment, declaration, act, reason=reason.strip(), because=because)


# --- documents --------------------------------------------------------------------------------------------------------------------


def take(actor: Actor, moment: Moment, declaration: Declaration) -> None:
    """Take a declaration from the queue. Of two officers at once one gets it, the other is told. Raises NotAllowed, InputRefused."""
    _hold(actor, moment, declaration, "take", before=None, after=actor.person_id)


def put_back(actor: Actor, moment: Moment, declaration: Declaration) -> None:
    """Put a declaration one has taken back into the queue. Raises NotAllowed, InputRefused."""
    _hold(actor, moment, declaration, "put_back", before=actor.person_id, after=None)


def _hold(
    actor: Actor, moment: Moment, declaration: Declaration, act: str, *, before: int | None, after: int | None
) -> None:
    (_mine if act == "take" else _seen)(actor, declaration, "work_customs_queue")
    with transaction.atomic():
        if not Declaration.objects.filter(pk=declaration.pk, officer_id=before).update(officer_id=after):
            raise InputRefused([Finding("window.taken_by_other")])
        declaration.officer_id = after
        _note(actor, moment, declaration, act)


def _note(
    actor: Actor,
    moment: Moment,
    declaration: Declaration,
    act: str,
    *,
    reason: str = "",
    facts: dict[str, str] | None = None,
) -> None:
    """An entry about an act that moves no state."""
    record(
        declaration.subject, act, actor=actor, at=moment.at, state_before=declaration.state,
        state_after=declaration.state, reason=reason, facts=facts, authority=decisions.authority_of(actor),
    )  # fmt: skip


def accept(actor: Actor, moment: Moment, declaration: Declaration) -> None:
    """Accept the declaration. The day it was completed fixes rates and exchange rates; the day of acceptance is kept beside it."""
    _step(actor, moment, declaration, "accept", also={"accepted_at": moment.at, "officer_id": None})


def return_(actor: Actor, moment: Moment, declaration: Declaration, reason: str) -> None:
    """Return the declaration to be mended, with a reason and a letter."""
    with transaction.atomic():
        _step(actor, moment, declaration, "return", reason=reason, also={"officer_id": None})
        _letter(actor, moment, declaration, "return", reason)


def begin_review(actor: Actor, moment: Moment, declaration: Declaration) -> None:
    """Begin to review the documents, and take the declaration."""
    _step(actor, moment, declaration, "begin_review", also={"officer_id": actor.person_id})


def finish_review(actor: Actor, moment: Moment, declaration: Declaration, reason: str = "") -> None:
    """Nothing stands against the documents."""
    _step(actor, moment, declaration, "finish_review", reason=reason, also={"officer_id": None})


# --- examination ------------------------------------------------------------------------------------------------------------------


def select(actor: Actor, moment: Moment, declaration: Declaration, reason: str) -> Order:
    """Select the goods for examination, with a typed reason."""
    _mine(actor, declaration, "select_for_examination")
    return examination.order(actor, moment, declaration, reason)


def examine(actor: Actor, moment: Moment, declaration: Declaration, reason: str) -> Order:
    """The goods are as declared; `reason` tells what was looked at."""
    _mine(actor, declaration, "examine_goods")
    return examination.report(actor, moment, declaration, reason, is_wanting=False)


def find_wanting(actor: Actor, moment: Moment, declaration: Declaration, reason: str) -> Order:
    """The goods differ from what was declared; `reason` tells in what. The importer gets a letter."""
    _mine(actor, declaration, "examine_goods")
    with transaction.atomic():
        order = examination.report(actor, moment, declaration, reason, is_wanting=True)
        _letter(actor, moment, declaration, "find_wanting", reason, EXAMINATION)
    return order


def settle(actor: Actor, moment: Moment, declaration: Declaration, reason: str) -> Proposal:
    """Propose that what the examination found is settled; a second person confirms."""
    return _propose(actor, moment, declaration, "settle", EXAMINATION, declaration.examination, reason)


def settle_confirmed(actor: Actor, moment: Moment, proposal: Proposal) -> None:
    """Carry out what `settle` proposed."""
    declaration = _proposed(actor, proposal, EXAMINATION)
    _step(
        actor, moment, declaration, "settle", table=EXAMINATION, field="examination", reason=proposal.reason,
        confirmed=proposal, facts=_by(proposal),
    )  # fmt: skip
    _letter(actor, moment, declaration, "settle", proposal.reason, EXAMINATION)


# --- holding up -------------------------------------------------------------------------------------------------------------------


def suspend(actor: Actor, moment: Moment, declaration: Declaration, reason: str) -> None:
    """Hold the goods up, with a reason and a letter."""
    with transaction.atomic():
        _step(actor, moment, declaration, "suspend", reason=reason)
        _letter(actor, moment, declaration, "suspend", reason)


def resume(actor: Actor, moment: Moment, declaration: Declaration, reason: str) -> None:
    """Go on; the documents are reviewed to the end again."""
    with transaction.atomic():
        _step(actor, moment, declaration, "resume", reason=reason)
        _letter(actor, moment, declaration, "resume", reason)


def refer(actor: Actor, moment: Moment, declaration: Declaration, reason: str) -> Proposal:
    """Propose to hand suspended goods to the anti-smuggling department; a second person confirms."""
    return _propose(actor, moment, declaration, "refer", STATE, declaration.state, reason)


def refer_confirmed(actor: Actor, moment: Moment, proposal: Proposal) -> None:
    """Carry out what `refer` proposed."""
    declaration = _proposed(actor, proposal, STATE)
    _step(
        actor, moment, declaration, "refer", reason=proposal.reason, confirmed=proposal, facts=_by(proposal),
        also={"officer_id": None},
    )  # fmt: skip
    permits.drop_cases(declaration, actor, moment)
    _letter(actor, moment, declaration, "refer", proposal.reason)


def _propose(
    actor: Actor, moment: Moment, declaration: Declaration, act: str, table: Life, state: str, reason: str
) -> Proposal:
    step = table.transitions[act]
    _mine(actor, declaration, step.action)
    if state not in step.from_states:
        raise SomeoneWasFirst(act, state, table)
    return decisions.propose(
        actor, moment, subject=declaration.subject, act=act, action=step.action, reason=reason,
        facts={"declaration": str(declaration.pk), "version": str(declaration.version)},
    )  # fmt: skip


def _proposed(actor: Actor, proposal: Proposal, table: Life) -> Declaration:
    declaration = acts.one(actor, table.transitions[proposal.act].action, int(proposal.subject.partition(":")[2]))
    if proposal.facts["version"] != str(declaration.version):
        raise InputRefused([Finding("decisions.facts_changed")])
    return declaration


def _by(proposal: Proposal) -> dict[str, str]:
    return {"proposal": str(proposal.pk), "proposed_by": f"person:{proposal.proposed_by_id}"}


# --- release ----------------------------------------------------------------------------------------------------------------------


def obstacles(declaration: Declaration, day: dt.date, *, is_summary: bool = False) -> list[Finding]:
    """Everything that stands against release on a day, at once; nothing when the goods may leave.

    `is_summary`  release on the summary declaration, before the documents are reviewed
    """
    found = []
    state, tax, exam = declaration.state, declaration.tax, declaration.examination
    named = STATE.states[state]
    if is_summary and not declaration.waits_for_completion:
        found.append(Finding("release.not_a_summary", "", because="gacc-ann-2019-216"))
    if not is_summary and declaration.waits_for_completion:
        found.append(Finding("release.not_complete", "", because="gacc-ann-2019-216"))
    allowed = STATE.transitions["release_provisionally" if is_summary else "release"].from_states
    if state == "suspended":
        found.append(Finding("release.suspended", "state", because="customs-law#6"))
    elif state not in allowed:
        facts = {"state_zh": named.zh, "state_en": named.en}
        found.append(Finding("release.not_reviewed", "state", facts, "customs-law#24"))
    if tax not in SETTLED:
        facts = {"tax_zh": TAX.states[tax].zh, "tax_en": TAX.states[tax].en}
        found.append(Finding("release.tax_not_settled", "tax", facts, "customs-law#29"))
    elif charges.is_of_older_facts(declaration):
        found.append(Finding("release.tax_of_older_facts", "tax", because="customs-law#26"))
    if tax == "secured" and (use := charges.expired_security(declaration, day)):
        facts = {"reference": use.security.reference, **_until(use.security)}
        found.append(Finding("release.security_expired", "tax", facts, "customs-law#29; customs-law#69"))
    if exam == "selected":
        found.append(Finding("release.not_examined", "examination", because="customs-law#28"))
    elif exam == "found_wanting":
        found.append(Finding("release.found_wanting", "examination", because="customs-law#28"))
    if declaration.requests.filter(decision="").exists():
        found.append(Finding("release.request_open", "requests", because="customs-law#26"))
    return found + permits.obstacles(declaration)


def _until(security: Security) -> dict[str, str]:
    """The last day of a security in words."""
    return {f"day_{language}": day_text(security.until_on, language) for language in ("zh", "en")}


def release(actor: Actor, moment: Moment, declaration: Declaration) -> None:
    """Release the goods, once. Raises NotAllowed, InputRefused with every obstacle, SomeoneWasFirst."""
    _release(actor, moment, declaration, "release", is_summary=False)


def release_provisionally(actor: Actor, moment: Moment, declaration: Declaration) -> None:
    """Release on the summary declaration of two steps, against security where tax may be due. Raises as `release` does."""
    _release(actor, moment, declaration, "release_provisionally", is_summary=True)


def _release(actor: Actor, moment: Moment, declaration: Declaration, act: str, *, is_summary: bool) -> None:
    _mine(actor, declaration, "release_goods")
    with transaction.atomic():
        # The row is held while its obstacles are looked at: whoever selects, suspends or opens a case again waits for the row, and finds it released.
        hold(declaration)
        if declaration.released_at is not None or STATE.states[declaration.state].is_final:
            raise SomeoneWasFirst(act, declaration.state, STATE)
        found = obstacles(declaration, moment.day, is_summary=is_summary)
        if found:
            raise InputRefused(found)
        facts = {"tax": declaration.tax, "examination": declaration.examination, "version": str(declaration.version)}
        _step(actor, moment, declaration, act, facts=facts, also={"released_at": moment.at, "officer_id": None})
        licences.write_off(actor, moment, declaration)


def clear(actor: Actor, moment: Moment, declaration: Declaration) -> None:
    """All formalities are done: the complete declaration is there and the tax is paid. Raises NotAllowed, InputRefused, SomeoneWasFirst."""

    def against(kept: Declaration) -> list[Finding]:
        found = []
        if kept.waits_for_completion:
            found.append(Finding("release.not_complete", "", because="gacc-ann-2019-216"))
        if kept.tax not in {"none_due", "paid"}:
            facts = {"tax_zh": TAX.states[kept.tax].zh, "tax_en": TAX.states[kept.tax].en}
            found.append(Finding("release.tax_not_paid", "tax", facts, "customs-law#29"))
        elif charges.is_of_older_facts(kept):
            found.append(Finding("release.tax_of_older_facts", "tax", because="customs-law#26"))
        if kept.requests.filter(decision="").exists():
            found.append(Finding("release.request_open", "requests", because="customs-law#26"))
        return [*found, *permits.obstacles(kept)]

    with transaction.atomic():
        hold(declaration)
        also = {"cleared_at": moment.at, "officer_id": None}
        _step(actor, moment, declaration, "clear", also=also, guards=(against,))


# --- requests ---------------------------------------------------------------------------------------------------------------------


def decide_request(actor: Actor, moment: Moment, request: Request, *, is_granted: bool, reason: str) -> Request:
    """Grant or refuse what an importer asked (customs-law#26), once, with a reason and a letter.

    A granted amendment is a new version, read and assessed as on the day it is granted; a granted withdrawal ends the declaration, gives back what its
    licences and securities held and annuls its tax. Raises NotAllowed, InputRefused, SomeoneWasFirst.
    """
    declaration = acts.one(actor, "decide_request", request.declaration_id)
    stand_aside(actor, *declaration.parties)
    found = decisions.reason_findings(reason)
    found += _against_granting(declaration, request) if is_granted else []
    if found:
        raise InputRefused(found)
    ready = acts.prepare(request.facts or {}, moment) if is_granted and request.kind == "amend" else None
    with transaction.atomic():
        outcome = "granted" if is_granted else "refused"
        decided = {
            "decision": outcome, "decided_reason": reason.strip(), "decided_by": actor.name, "decided_at": moment.at,
        }  # fmt: skip
        hold(declaration)
        if not Request.objects.filter(pk=request.pk, decision="").update(**decided):
            raise InputRefused([Finding("release.request_decided")])
        if is_granted and (found := _against_granting(declaration, request)):
            raise InputRefused(found)
        if ready is not None:
            _amend(actor, moment, declaration, ready, reason)
        elif is_granted:
            _step(actor, moment, declaration, "withdraw", reason=reason, also={"officer_id": None})
            permits.drop_cases(declaration, actor, moment)
            charges.withdraw(actor, moment, declaration, reason)
        else:
            _note(actor, moment, declaration, f"refuse_{request.kind}", reason=reason.strip())
        letters.write(
            actor, moment, declaration, f"{request.kind}_{outcome}", reason=reason.strip(), because="customs-law#26"
        )
    request.refresh_from_db()
    return request


def _against_granting(declaration: Declaration, request: Request) -> list[Finding]:
    found = []
    named = STATE.states[declaration.state]
    if declaration.state == "suspended":
        asked = {"act_zh": "同意申请", "act_en": "grant the request"}
        found.append(Finding("window.resume_first", "state", asked))
        return found
    allowed = AMENDABLE if request.kind == "amend" else frozenset(STATE.transitions["withdraw"].from_states)
    if declaration.state not in allowed:
        facts = {"state_zh": named.zh, "state_en": named.en}
        found.append(Finding("release.request_too_late", "state", facts, "customs-law#26"))
    if declaration.examination in {"selected", "found_wanting"}:
        found.append(Finding("release.request_under_examination", "examination", because="gacc-order-277"))
    return found


def _amend(actor: Actor, moment: Moment, declaration: Declaration, ready: acts.Prepared, reason: str) -> None:
    """Put the amended facts in the place of those lodged: a new version, the review and the changed cases open again."""
    number = declaration.version + 1
    facts = {"version": str(number), "facts_sha256": ready.digest}
    Declaration.objects.filter(pk=declaration.pk).update(version=number, **ready.columns)
    declaration.refresh_from_db()
    acts.write_version(declaration, number, actor, moment, ready, reason=reason.strip())
    if declaration.state == "reviewed":
        _step(actor, moment, declaration, "review_again", reason=reason, facts=facts)
    else:
        _note(actor, moment, declaration, "amend", reason=reason.strip(), facts=facts)
    permits.open_cases(declaration, ready.applications, actor, moment)
    charges.facts_changed(actor, moment, declaration)
