"""Where a declaration stands: what happened, who has it now, what is missing, what waiting costs. Derived from the record and its journal, never kept."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import QuerySet

from tongguan.law.controls.tables import bodies, requirements
from tongguan.window.access import TRADERS
from tongguan.window.access.actor import Actor, Moment
from tongguan.window.accounts.models import Organisation
from tongguan.window.charges import acts as charges
from tongguan.window.charges.models import PaymentTold
from tongguan.window.decisions.acts import CARRIED_OUT
from tongguan.window.declarations.answer import Answer
from tongguan.window.declarations.models import EXAMINATION, STATE, TAX, Declaration, Paper, Version
from tongguan.window.journal.models import Entry
from tongguan.window.look import texts
from tongguan.window.look.components import Step
from tongguan.window.look.written import words
from tongguan.window.permits.models import LIFE as PERMIT

ACTS = {**PERMIT.transitions, **EXAMINATION.transitions, **TAX.transitions, **STATE.transitions}
STAGES = ("drafted", "lodged", "accepted", "under_review", "reviewed", "released", "cleared")
"""The straight way; the side ways stand in the place of the stage they interrupt."""
INSTEAD = {"returned": "lodged", "suspended": "reviewed", "referred": "reviewed", "withdrawn": "lodged"}
MOST_ENTRIES = 200
DELIBERATIONS = frozenset(f"{said}_{act}" for said in ("propose", "refuse") for _, act in CARRIED_OUT)
"""What one officer proposed, and that another did not agree: no decision, so not for the parties. Goods about to be seized would be gone."""


@dataclass(frozen=True)
class Missing:
    """One thing that has to happen before release, and who has to do it."""

    text: str
    who: str


@dataclass(frozen=True)
class AtRisk:
    """A clock with money behind it: the last day (None while it cannot be told), what a day of delay costs in fen, whether it has run out."""

    label: str
    because: str
    day: dt.date | None
    per_day: int | None
    is_over: bool


def told_to(actor: Actor, entries: QuerySet[Entry]) -> QuerySet[Entry]:
    """Of these entries those the actor may read: all for officers; for traders none of what officers only deliberate on."""
    return entries.exclude(act__in=DELIBERATIONS) if actor.role in TRADERS else entries


def stages(declaration: Declaration, language: str) -> list[Step]:
    """The stages in a row."""
    here = STAGES.index(INSTEAD.get(declaration.state, declaration.state))
    row = []
    for place, name in enumerate(STAGES):
        state = declaration.state if place == here else name
        is_done = place < here or (place == here and STATE.states[state].is_final)
        row.append(
            Step(words(STATE.states[state], language), "done" if is_done else "now" if place == here else "next")
        )
    return row


def happened(declaration: Declaration, language: str) -> list[Step]:
    """The journal of this declaration as steps, the last one on top."""
    entries = list(
        Entry.objects.filter(subject=declaration.subject)
        .exclude(act__in=DELIBERATIONS)
        .order_by("-sequence")[:MOST_ENTRIES]
    )
    names = {one.pk: one for one in Organisation.objects.filter(pk__in={e.organisation_id for e in entries})}
    return [
        Step(
            _act(entry.act, language), "done", entry.at,
            words(names[entry.organisation_id], language) if entry.organisation_id in names else _say("the_window", language),
            entry.reason,
        )
        for entry in entries
    ]  # fmt: skip


def _act(act: str, language: str) -> str:
    if f"declarations.act_{act}" in texts.texts():
        return _say(f"act_{act}", language)
    return words(ACTS[act], language) if act in ACTS else act


def _say(key: str, language: str, **facts: str) -> str:
    return texts.say(f"declarations.{key}", language, **facts)


def now_with(declaration: Declaration, language: str) -> list[str]:
    """Who has it now: several, where agencies work beside each other."""
    if STATE.states[declaration.state].is_final:
        return []
    if declaration.state in {"drafted", "returned"}:
        return [words(declaration.declarant, language)]
    return list(dict.fromkeys(one.who for one in missing(declaration, language)))


def missing(declaration: Declaration, language: str) -> list[Missing]:
    """What still has to happen, with who has to do it."""
    mine, customs = words(declaration.declarant, language), _body("GACC", language)
    found = []
    match declaration.state:
        case "drafted":
            return [Missing(_say("missing_lodging", language), mine)]
        case "returned":
            return [Missing(_say("missing_lodging_again", language), mine)]
        case "lodged":
            found.append(Missing(_say("missing_acceptance", language), customs))
        case "accepted" | "under_review":
            found.append(Missing(_say("missing_review", language), customs))
        case "suspended":
            found.append(Missing(_say("missing_resumption", language), customs))
        case "reviewed":
            found.append(Missing(_say("missing_release", language), customs))
        case "released":
            found.append(Missing(_say("missing_clearance", language), customs))
    if STATE.states[declaration.state].is_final:
        return []
    return [*found, *_beside(declaration, language, mine, customs)]


def _beside(declaration: Declaration, language: str, mine: str, customs: str) -> list[Missing]:
    """What runs beside the documents: tax, examination, agencies, the second step, a request."""
    found = []
    if PaymentTold.objects.waiting().filter(determination__declaration=declaration).exists():
        found.append(Missing(_say("missing_confirmation", language), customs))
    elif declaration.tax == "determined":
        found.append(Missing(_say("missing_payment", language), words(declaration.importer, language)))
    elif declaration.tax == "open" and declaration.state in {"accepted", "under_review", "reviewed"}:
        found.append(Missing(_say("missing_tax", language), customs))
    if declaration.examination == "selected":
        found.append(Missing(_say("missing_examination", language), customs))
    if declaration.examination == "found_wanting":
        found.append(Missing(_say("missing_settlement", language), customs))
    for case in declaration.permit_cases.open():
        state = words(PERMIT.states[case.state], language)
        name = texts.say(
            "declarations.missing_permit", language, requirement=_requirement(case.requirement, language), state=state
        )
        found.append(Missing(name, mine if case.state == "questioned" else _body(case.body, language)))
    if declaration.waits_for_completion:
        found.append(Missing(_say("missing_completion", language), mine))
    asked = declaration.requests.filter(decision="")
    return [*found, *(Missing(_say(f"missing_{request.kind}", language), customs) for request in asked)]


def _requirement(identifier: str, language: str) -> str:
    found = requirements().get(identifier.partition(":")[0])
    return words(found[1], language) if found else identifier


def _body(code: str, language: str) -> str:
    return words(bodies()[code], language) if code in bodies() else code


def added_papers(declaration: Declaration) -> QuerySet[Paper]:
    """The files attached since the facts that stand now were lodged or amended."""
    standing = Version.objects.filter(declaration=declaration, number=declaration.version).first()
    return (
        declaration.papers.filter(added_at__gt=standing.made_at).order_by("pk")
        if standing
        else declaration.papers.none()
    )


WITH_MONEY = ("lodge", "late_declaration_from", "two_step", "pay", "may_be_sold")
DONE_BY = {
    "lodge": "lodged_at",
    "late_declaration_from": "accepted_at",
    "two_step": "completed_at",
    "may_be_sold": "lodged_at",
}


def at_risk(declaration: Declaration, given: Answer | None, moment: Moment, language: str) -> list[AtRisk]:
    """The clocks that cost money or goods when they run out, while they run."""
    if given is None or STATE.states[declaration.state].is_final:
        return []
    found = []
    for clock in given.clocks:
        is_done = getattr(declaration, DONE_BY[clock.id]) is not None if clock.id in DONE_BY else False
        if clock.id not in WITH_MONEY or is_done or (clock.id == "pay" and declaration.tax in {"paid", "none_due"}):
            continue
        if clock.id == "two_step" and not declaration.waits_for_completion:
            continue
        last = clock.last_safe or clock.last
        if clock.id == "pay" and (notice := charges.in_force(declaration)) is not None:
            last = notice.due_on  # the notice says the day; before it was made, it was reckoned
        found.append(
            AtRisk(words(clock, language), clock.because, last, clock.per_day, last is not None and moment.day > last)
        )
    return found
