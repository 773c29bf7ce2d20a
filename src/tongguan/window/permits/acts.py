"""What bodies do with the cases a declaration brings them: review in parallel, ask once, agree, refuse by two people, or be raised for silence.

Law      customs-law#24 (no release without the licences); administrative-licensing-law#32 (all that is missing is told at once), #38 (a refusal gives
         its reasons and the remedy)
Reading  A decision rests on the facts it was made on: when they change, the case is opened again and reviewed anew; when they do not, it stands.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Protocol, TypeVar

import msgspec
from django.db import transaction
from django.db.models import CharField, DateField, Model, QuerySet

from tongguan.grammar.calendar import ONE_DAY, add_working_days
from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.findings import Finding, InputRefused
from tongguan.law.controls.tables import Requirement, bodies, requirements
from tongguan.window.access.actor import SYSTEM, Actor, Moment, NotAllowed
from tongguan.window.accounts.authority import authority_for
from tongguan.window.accounts.interest import stand_aside
from tongguan.window.clock import day_of
from tongguan.window.decisions import acts as decisions
from tongguan.window.decisions import letters
from tongguan.window.decisions.models import Proposal
from tongguan.window.declarations.models import Declaration
from tongguan.window.journal.models import instant, record
from tongguan.window.permits import clocks, licences
from tongguan.window.permits.models import LIFE, OPEN, Case, Licence, Promise, Question
from tongguan.window.rows import Given, Lookup, insert
from tongguan.window.states import SomeoneWasFirst, move

LONGEST_PROMISE = 60


class Application(Protocol):
    """What `tongguan.declaration.applications` derives for one body from the facts declared once."""

    @property
    def body(self) -> str: ...  # code of the body
    @property
    def requirement(self) -> str: ...  # id in the table of papers
    @property
    def document(self) -> str: ...  # supervision document code
    @property
    def items(self) -> Sequence[int]: ...  # numbers of the goods items
    @property
    def fields(self) -> Mapping[str, Any]: ...  # what the body is told
    @property
    def missing(self) -> Sequence[str]: ...  # what the declaration does not say
    @property
    def source(self) -> Mapping[str, str]: ...  # where each field comes from


# --- opened with the declaration ----------------------------------------------------------------------------------------------------


def open_cases(declaration: Declaration, applications: Sequence[Application], actor: Actor, moment: Moment) -> None:
    """Bring every body its case, in the transaction of the lodging; one statement for a first lodging, whatever the number of bodies.

    Lodged again or amended: what is asked on the same facts stays as it is, on other facts it is opened again, what is not asked any more is dropped.
    That a case was opened is part of the lodging and stands in the declaration's chain; a case's own chain begins with its first act.
    """
    kept = {}
    if declaration.version > 1:
        kept = {(case.body, case.requirement): case for case in _held(declaration.permit_cases.all())}
    promised = _promised(applications, moment.day) if applications else {}
    fresh = []
    for application in applications:
        told = _told(application)
        case = kept.pop((application.body, application.requirement), None)
        if case is None:
            fresh.append(_new_case(declaration, application, told, promised, moment))
        elif case.state == "dropped" or case.facts != told or list(case.items) != list(application.items):
            _renew(case, application, told, promised, actor, moment)
    for case in kept.values():
        if case.state != "dropped":
            _drop(case, actor, moment)
    if fresh:
        insert(Case, *fresh)


def drop_cases(declaration: Declaration, actor: Actor, moment: Moment) -> None:
    """The declaration was withdrawn: nothing is asked of anybody any more, and what was reserved is given back."""
    for case in _held(declaration.permit_cases.filter(state__in=OPEN)):
        _drop(case, actor, moment)
    licences.give_back(actor, moment, declaration)


def _held(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Several cases of one declaration, kept from other acts before any licence is: whoever grants a case holds it while waiting for a licence."""
    return cases.select_for_update(no_key=True).order_by("pk")


def _told(application: Application) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(
        {
            "fields": dict(application.fields),
            "missing": list(application.missing),
            "source": dict(application.source),
        }
    )
    return told


def _clock(application: Application, promised: Promises, moment: Moment) -> dict[str, Any]:
    """The columns of a clock that starts today."""
    due = clocks.due_on(application.requirement, moment.day)
    return {
        "requested_at": moment.at,
        "state_since": moment.at,
        "due_on": due,
        "target_on": _target_on(promised.get((application.body, application.requirement)), moment.day),
        "days_left": None,
        "queue_on": due or clocks.FAR,
        "raise_on": due and due + ONE_DAY,
        "level": 0,
        "officer_id": None,
        "decided_at": None,
    }


def _new_case(
    declaration: Declaration, application: Application, told: dict[str, Any], promised: Promises, moment: Moment
) -> dict[str, Any]:
    """The columns of a new case."""
    return {
        "declaration_id": declaration.pk,
        "body": application.body,
        "requirement": application.requirement,
        "document": application.document,
        "items": list(application.items),
        "facts": told,
        **_clock(application, promised, moment),
    }


def _renew(
    case: Case, application: Application, told: dict[str, Any], promised: Promises, actor: Actor, moment: Moment
) -> None:
    licences.give_back(actor, moment, case.declaration, case)
    Question.objects.filter(case=case, answered_at=None).update(answered_at=moment.at, answered_by=actor.name)
    also = {**_clock(application, promised, moment), "items": list(application.items), "facts": told, "licence": None}
    move(case, LIFE, "renew", actor=actor, moment=moment, also=also)


def _drop(case: Case, actor: Actor, moment: Moment) -> None:
    licences.give_back(actor, moment, case.declaration, case)
    move(case, LIFE, "drop", actor=actor, moment=moment, also={**_out_of_queue(moment), "decided_at": moment.at})


def _out_of_queue(moment: Moment) -> dict[str, Any]:
    return {"state_since": moment.at, "queue_on": None, "raise_on": None}


# --- promises -----------------------------------------------------------------------------------------------------------------------


def promise(actor: Actor, moment: Moment, requirement: str, working_days: int) -> Promise:
    """A body promises to decide within so many working days, for cases opened from today on. Raises NotAllowed, InputRefused."""
    actor.require("confirm_decision")
    actor.require("decide_permit")
    found = []
    if requirement not in requirements():
        found.append(Finding("permits.requirement_unknown", "requirement", {"read": requirement[:60]}))
    if not 1 <= working_days <= LONGEST_PROMISE:
        found.append(Finding("permits.promise_unreadable", "working_days", {"most": str(LONGEST_PROMISE)}))
    if found:
        raise InputRefused(found)
    with transaction.atomic():
        made, _ = Promise.objects.update_or_create(
            body=actor.body, requirement=requirement, from_on=moment.day,
            defaults={"working_days": working_days, "made_by": actor.name},
        )  # fmt: skip
        facts = {"working_days": str(working_days)}
        record(f"promise:{actor.body}:{requirement}"[:60], "promise", actor=actor, at=moment.at, facts=facts)
    return made


Promises = Mapping[tuple[str, str], int]


def _promised(applications: Sequence[Application], day: dt.date) -> Promises:
    """The promises in force for what is asked, in one query."""
    asked = {f"paper{n}": paper for n, paper in enumerate({a.requirement for a in applications})}
    held = _made_for(len(asked)).find(**asked, day=day)
    return {(promise.body, promise.requirement): promise.working_days for promise in held}


@cache
def _made_for(count: int) -> Lookup[Promise]:
    """The promises for so many papers, the latest last."""
    papers = [Given(f"paper{n}", CharField()) for n in range(count)]
    return Lookup(
        lambda: Promise.objects.filter(requirement__in=papers, from_on__lte=Given("day", DateField())).order_by(
            "from_on"
        )
    )


def _target_on(days: int | None, day: dt.date) -> dt.date | None:
    try:
        return None if days is None else add_working_days(day, days)
    except OutOfCoverage:
        return None


# --- worked by the body -------------------------------------------------------------------------------------------------------------


def one(actor: Actor, action: str, pk: int) -> Case:
    """A case within the actor's reach. Raises NotAllowed, whether it is somebody else's or not there at all."""
    rows = Case.objects.visible_to(actor, action).exclude(declaration__state="drafted")
    found = rows.select_related("declaration__importer", "declaration__declarant", "licence").filter(pk=pk).first()
    if found is None:
        raise NotAllowed(action)
    return found


def take(actor: Actor, moment: Moment, case: Case) -> None:
    """Take a case from the queue. Of two officers at once one gets it, the other is told. Raises NotAllowed, InputRefused."""
    _hold(actor, moment, case, "take", before=None, after=actor.person_id)


def put_back(actor: Actor, moment: Moment, case: Case) -> None:
    """Put a case one has taken back into the queue. Raises NotAllowed, InputRefused."""
    _hold(actor, moment, case, "put_back", before=actor.person_id, after=None)


def _hold(actor: Actor, moment: Moment, case: Case, act: str, *, before: int | None, after: int | None) -> None:
    (_mine if act == "take" else _seen)(actor, case, "work_agency_queue")
    with transaction.atomic():
        if not Case.objects.filter(pk=case.pk, officer_id=before, state__in=OPEN).update(officer_id=after):
            raise InputRefused([Finding("window.taken_by_other")])
        case.officer_id = after
        record(
            case.subject, act, actor=actor, at=moment.at, state_before=case.state, state_after=case.state,
            authority=decisions.authority_of(actor),
        )  # fmt: skip


def begin(actor: Actor, moment: Moment, case: Case) -> None:
    """Begin to review. Raises NotAllowed, SomeoneWasFirst."""
    _mine(actor, case, "decide_permit")
    also = {"state_since": moment.at, "officer_id": actor.person_id}
    move(case, LIFE, "begin", actor=actor, moment=moment, also=also, authority=decisions.authority_of(actor))


def ask(actor: Actor, moment: Moment, case: Case, text: str) -> Question:
    """Ask the declarant for what is missing; the statutory clock stands still until it is answered. Raises NotAllowed, InputRefused."""
    _mine(actor, case, "decide_permit")
    _refuse_long(text)
    left = clocks.days_left(case.requirement, _started_on(case), case.due_on, moment.day)
    with transaction.atomic():
        move(
            case, LIFE, "ask", actor=actor, moment=moment, reason=text, authority=decisions.authority_of(actor),
            also={**_out_of_queue(moment), "days_left": left},
        )  # fmt: skip
        asked = Question(case=case, text=text.strip(), asked_by=actor.name, asked_at=moment.at)
        asked.save(force_insert=True)
    return asked


def answer(actor: Actor, moment: Moment, case: Case, text: str) -> None:
    """Answer what a body asked; its clock goes on with the days that were left. Raises NotAllowed, InputRefused."""
    _seen(actor, case, "answer_agency")
    given = authority_for(actor, case.declaration.importer_id, moment.day)
    _refuse_long(text)
    due = case.due_on
    if case.days_left is not None:
        due = clocks.resumed(case.requirement, _started_on(case), case.days_left, moment.day)
    also = {"state_since": moment.at, "due_on": due, "days_left": None, "queue_on": due or clocks.FAR}
    also["raise_on"] = None if due is None or case.level >= clocks.HIGHEST_LEVEL else max(due, moment.day) + ONE_DAY
    with transaction.atomic():
        authority = f"entrustment:{given.pk}" if given else ""
        move(case, LIFE, "answer", actor=actor, moment=moment, reason=text, also=also, authority=authority)
        case.questions.filter(answered_at=None).update(
            answer=text.strip(), answered_by=actor.name, answered_at=moment.at
        )


def grant(
    actor: Actor,
    moment: Moment,
    case: Case,
    *,
    licence: Licence | None = None,
    quantity_milli: int = 0,
    reason: str = "",
) -> None:
    """Agree. What is granted in quantity draws on a licence at once. Raises NotAllowed, InputRefused with everything against it."""
    _mine(actor, case, "decide_permit")

    def against(kept: Case) -> list[Finding]:
        paper = _named(kept)
        if not is_in_quantity(kept):
            return [Finding("permits.quantity_not_expected", "licence", paper)] if licence or quantity_milli else []
        if licence is None:
            return [Finding("permits.licence_missing", "licence", paper, "customs-law#24")]
        return licences.against(licence, kept, quantity_milli, moment.day)

    _refuse_long(reason)
    with transaction.atomic():
        move(
            case, LIFE, "grant", actor=actor, moment=moment, reason=reason, guards=(against,),
            authority=decisions.authority_of(actor),
            also={**_out_of_queue(moment), "decided_at": moment.at, "licence_id": licence.pk if licence else None},
        )  # fmt: skip
        if licence is not None:
            licences.reserve(actor, moment, licence, case, quantity_milli)


def refuse(actor: Actor, moment: Moment, case: Case, reason: str) -> Proposal:
    """Propose not to agree; a senior of the body confirms (`refuse_confirmed`). Raises NotAllowed, InputRefused."""
    _mine(actor, case, "decide_permit")
    if case.state not in LIFE.transitions["refuse"].from_states:
        raise SomeoneWasFirst("refuse", case.state, LIFE)
    return decisions.propose(
        actor, moment, subject=case.subject, act="refuse", action="decide_permit", reason=reason,
        facts={"declaration": str(case.declaration_id), "requested_at": instant(case.requested_at)},
    )  # fmt: skip


def refuse_confirmed(actor: Actor, moment: Moment, proposal: Proposal) -> None:
    """Carry out a refusal that a second person confirmed, with its letter."""
    case = one(actor, "decide_permit", int(proposal.subject.partition(":")[2]))
    if proposal.facts["requested_at"] != instant(
        case.requested_at
    ):  # the facts it was proposed on are no longer those declared
        raise InputRefused([Finding("decisions.facts_changed")])
    move(
        case, LIFE, "refuse", actor=actor, moment=moment, reason=proposal.reason, confirmed=proposal,
        facts={"proposed_by": f"person:{proposal.proposed_by_id}"}, authority=decisions.authority_of(actor),
        also={**_out_of_queue(moment), "decided_at": moment.at},
    )  # fmt: skip
    paper = _named(case)
    letters.write(
        actor, moment, case.declaration, "refuse_permit", subject=case.subject, reason=proposal.reason, body=case.body,
        because=LIFE.transitions["refuse"].because, facts={"paper": (paper["paper_zh"], paper["paper_en"])},
    )  # fmt: skip


# --- silence ------------------------------------------------------------------------------------------------------------------------


def raise_silent(moment: Moment, at_most: int = 500) -> int:
    """Raise every case whose day has passed without a decision by one level. Answers how many; safe to run as often and as widely as one likes."""
    SYSTEM.require("raise_silence")
    raised = 0
    for case in Case.objects.filter(raise_on__lte=moment.day).order_by("raise_on")[:at_most]:
        level = case.level + 1
        again = clocks.raised_again_on(moment.day) if level < clocks.HIGHEST_LEVEL else None
        with transaction.atomic():
            rows = Case.objects.filter(pk=case.pk, level=case.level, raise_on=case.raise_on)
            if rows.update(level=level, raise_on=again):
                facts = {"level": str(level), "due_on": case.due_on.isoformat() if case.due_on else ""}
                record(
                    case.subject, "raise", actor=SYSTEM, at=moment.at, state_before=case.state, state_after=case.state,
                    facts=facts,
                )  # fmt: skip
                raised += 1
    return raised


# --- what release asks --------------------------------------------------------------------------------------------------------------


def obstacles(declaration: Declaration) -> list[Finding]:
    """Every body that has not agreed yet, or does not agree."""
    found = []
    for case in declaration.permit_cases.exclude(state__in=["granted", "dropped"]).order_by("id"):
        facts = {**_named(case), **_body(case)}
        if case.state == "refused":
            found.append(Finding("permits.case_refused", f"cases[{case.pk}]", facts, "customs-law#24"))
        else:
            found.append(Finding("permits.case_open", f"cases[{case.pk}]", facts, "customs-law#24"))
    return found


def requirement_of(case: Case) -> Requirement | None:
    """The requirement of a case as the table of papers holds it; None where the table has moved on since."""
    return requirement_named(case.requirement)


def requirement_named(name: str) -> Requirement | None:
    """A requirement by its id, with or without the product of quarantine access; None where the table of papers has none of that name."""
    held = requirements().get(name.partition(":")[0])
    return held[1] if held else None


def requirements_of(body: str) -> list[tuple[str, Requirement]]:
    """What a body is asked for, in the order of the table of papers."""
    return [(name, held) for name, (_, held) in requirements().items() if body in held.authority]


def is_in_quantity(case: Case) -> bool:
    """Whether what is asked for is granted in quantity and written off."""
    held = requirement_of(case)
    return held is not None and held.in_quantity


def _named(case: Case) -> dict[str, str]:
    held = requirement_of(case)
    return {
        "paper_zh": held.name_zh if held else case.requirement,
        "paper_en": held.name_en if held else case.requirement,
    }


def _body(case: Case) -> dict[str, str]:
    held = bodies().get(case.body)
    return {"body_zh": held.name_zh if held else case.body, "body_en": held.name_en if held else case.body}


def _started_on(case: Case) -> dt.date:
    """The day the period runs from."""
    return day_of(case.requested_at)


def _seen(actor: Actor, case: Case, action: str) -> None:
    if not Case.objects.visible_to(actor, action).filter(pk=case.pk).exists():
        raise NotAllowed(action)


def _mine(actor: Actor, case: Case, action: str) -> None:
    """Whether the officer may act on this case. Raises NotAllowed; InputRefused for whoever has an interest in one of the parties."""
    _seen(actor, case, action)
    stand_aside(actor, *case.parties)


def _refuse_long(text: str) -> None:
    found = decisions.reason_findings(text, is_needed=False)
    if found:
        raise InputRefused(found)


Kept = TypeVar("Kept", bound=Model)


def found_or_denied(rows: QuerySet[Kept], action: str) -> Kept:
    """The one record, or NotAllowed, whether it is somebody else's or not there at all."""
    found = rows.first()
    if found is None:
        raise NotAllowed(action)
    return found
