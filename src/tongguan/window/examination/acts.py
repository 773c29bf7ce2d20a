"""Ordering examinations: by lot among those not yet drawn, or for a reason; and declaring who may not examine whose goods.

Law      customs-law#28 (examination); guobanfa-2015-58 (goods and examiners drawn by lot, outcome published)
"""

from __future__ import annotations

import datetime as dt
import secrets
from functools import cache
from pathlib import Path

from django.db import transaction
from django.db.models import Q

from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.findings import Finding, InputRefused
from tongguan.grammar.money import PPM, percent_text
from tongguan.grammar.parameters import InForce, RuleParameters, load_parameters
from tongguan.window.access.actor import Actor, Moment, NotAllowed
from tongguan.window.accounts.interest import stand_aside
from tongguan.window.accounts.models import Organisation, Post
from tongguan.window.decisions.acts import authority_of, reason_findings
from tongguan.window.declarations.models import EXAMINATION, STATE, Declaration
from tongguan.window.examination import lots
from tongguan.window.examination.models import Candidate, Conflict, Draw, Order
from tongguan.window.journal.models import record
from tongguan.window.states import SomeoneWasFirst, hold, move

MOST_CANDIDATES = 5_000
BEFORE_RELEASE = ("accepted", "under_review", "reviewed")


# --- the draw -----------------------------------------------------------------------------------------------------------------------


@cache
def rate_parameters() -> RuleParameters:
    """The shares by grade, dated and cited: what a draw starts from."""
    return load_parameters(Path(__file__).parent / "parameters.yaml", "window/examination")


def usual_rates(day: dt.date) -> dict[str, InForce | None]:
    """The share of each grade on a day; None where none is held."""
    held: dict[str, InForce | None] = {}
    for grade in lots.GRADES:
        try:
            held[grade] = rate_parameters().at(grade, day)
        except OutOfCoverage:
            held[grade] = None
    return held


def prepare(actor: Actor, moment: Moment, rates: dict[str, int], reason: str) -> Draw:
    """List the candidates and commit to a seed nobody has seen. `rates` in millionths by grade. Raises NotAllowed, InputRefused."""
    actor.require("draw_lots")
    found = reason_findings(reason)
    for grade in lots.GRADES:
        if not 0 <= rates.get(grade, -1) <= PPM:
            found.append(Finding("examination.rate_unreadable", f"rate_{grade}"))
    rows = Declaration.objects.filter(state__in=BEFORE_RELEASE, examination="not_selected", lot=None)
    chosen = list(rows.select_related("importer").order_by("id")[:MOST_CANDIDATES])
    examiners = _on_duty(moment.day)
    if not chosen:
        found.append(Finding("examination.nobody_listed"))
    if not examiners:
        found.append(Finding("examination.no_examiner"))
    if found:
        raise InputRefused(found)
    salt, seed = secrets.token_hex(32), secrets.token_hex(32)
    names = lots.references(salt, {d.pk: d.number for d in chosen})
    barred = _barred(moment.day)
    listed = lots.Listed(
        candidates={names[d.pk]: _grade(d.importer) for d in chosen},
        rates={grade: rates[grade] for grade in lots.GRADES},
        examiners=examiners,
        excluded={
            names[d.pk]: both for d in chosen
            if (both := sorted({*barred.get(d.importer_id, ()), *barred.get(d.declarant_id, ())}))
        },
    )  # fmt: skip
    made = Draw(
        body=actor.body, reason=reason.strip(), salt=salt, seed=seed, listed=listed.text(),
        commitment=lots.commitment(seed, listed.text()), prepared_by=actor.name, prepared_at=moment.at,
    )  # fmt: skip
    with transaction.atomic():
        made.save(force_insert=True)
        Candidate.objects.bulk_create(Candidate(draw=made, declaration=d, reference=names[d.pk]) for d in chosen)
        told = {
            "commitment": made.commitment,
            "candidates": str(len(chosen)),
            **{f"rate_{grade}": f"{percent_text(rates[grade])}" for grade in lots.GRADES},
        }
        record(
            made.subject, "commit", actor=actor, at=moment.at, reason=made.reason, facts=told, is_first=True,
            authority=authority_of(actor),
        )  # fmt: skip
    return made


def carry_out(actor: Actor, moment: Moment, made: Draw) -> list[Order]:
    """Draw, order the examinations and reveal the seed. Once; of two at once the second is told. Raises NotAllowed, InputRefused.

    Goods that were released or selected between the list and the draw keep their lot and get no order. An examiner who has got an interest since the list
    was made stands in the published outcome and gets no order: a senior names another.
    """
    actor.require("draw_lots")
    with transaction.atomic():
        if not Draw.objects.filter(pk=made.pk, drawn_at=None).update(drawn_at=moment.at):
            raise InputRefused([Finding("examination.already_drawn")])
        made.drawn_at = moment.at
        drawn = lots.draw(made.seed, lots.read(made.listed))
        barred = _barred(moment.day)
        candidates = made.candidates.filter(reference__in=[one.reference for one in drawn])
        rows = Declaration.objects.select_for_update(no_key=True, of=("self",))
        held = rows.filter(lot__in=candidates).order_by("pk")
        declarations = {declaration.pk: declaration for declaration in held}
        drawn_as = dict(candidates.values_list("reference", "declaration"))
        orders = []
        for one in drawn:
            declaration = declarations[drawn_as[one.reference]]
            if declaration.state in BEFORE_RELEASE and declaration.examination == "not_selected":
                examiner = (
                    int(one.examiner) if one.examiner and not _is_barred(one.examiner, declaration, barred) else None
                )
                orders.append(order(actor, moment, declaration, made.reason, draw=made, examiner_id=examiner))
        told = {"seed": made.seed, "drawn": str(len(drawn)), "ordered": str(len(orders))}
        record(made.subject, "draw", actor=actor, at=moment.at, facts=told, authority=authority_of(actor))
    return orders


def _grade(importer: Organisation) -> str:
    return importer.credit_grade if importer.credit_grade in lots.GRADES else "regular"


def _on_duty(day: dt.date) -> list[str]:
    """Codes of the examiners in post: their number, no name."""
    held = Post.objects.held_on(day).filter(role="customs_examiner", person__is_active=True)
    return [str(pk) for pk in sorted(set(held.values_list("person_id", flat=True)))]


def _barred(day: dt.date) -> dict[int, set[str]]:
    """Examiners by the organisation whose goods they may not examine: a declared conflict, or a post they hold or held there."""
    barred: dict[int, set[str]] = {}
    in_force = Conflict.objects.filter(Q(until_on=None) | Q(until_on__gte=day), from_on__lte=day)
    pairs = list(in_force.values_list("organisation_id", "examiner_id"))
    examiners = Post.objects.held_on(day).filter(role="customs_examiner").values("person_id")
    others = Post.objects.filter(person_id__in=examiners).exclude(role="customs_examiner")
    pairs += list(others.values_list("organisation_id", "person_id"))
    for organisation, person in pairs:
        barred.setdefault(organisation, set()).add(str(person))
    return barred


def may_examine(person_id: int, declaration: Declaration, day: dt.date) -> bool:
    """Whether this person has no declared interest in, and no post at, either party."""
    return not _is_barred(str(person_id), declaration, _barred(day))


def _is_barred(code: str, declaration: Declaration, barred: dict[int, set[str]]) -> bool:
    return any(code in barred.get(party, ()) for party in (declaration.importer_id, declaration.declarant_id))


# --- orders -------------------------------------------------------------------------------------------------------------------------


def order(
    actor: Actor,
    moment: Moment,
    declaration: Declaration,
    reason: str,
    *,
    draw: Draw | None = None,
    examiner_id: int | None = None,
) -> Order:
    """Select goods for examination: by lot, or for a typed reason. Never once they are released. Raises NotAllowed, InputRefused."""
    found = reason_findings(reason)
    if found:
        raise InputRefused(found)
    if declaration.state not in BEFORE_RELEASE:
        raise SomeoneWasFirst("select", declaration.state, STATE, EXAMINATION.transitions["select"])
    with transaction.atomic():
        facts = {"draw": draw.subject} if draw else {}
        move(
            declaration, EXAMINATION, "select", actor=actor, moment=moment, field="examination", reason=reason,
            facts=facts, where={"state__in": BEFORE_RELEASE}, authority=authority_of(actor),
        )  # fmt: skip
        made = Order(
            declaration=declaration, draw=draw, examiner_id=examiner_id, reason=reason.strip(),
            ordered_by=actor.name, ordered_at=moment.at, waiting_since=moment.at,
        )  # fmt: skip
        made.save(force_insert=True)
    return made


def reassign(actor: Actor, moment: Moment, waiting: Order, examiner_id: int, reason: str) -> Order:
    """Give an examination to another examiner, since the one drawn is away or may not act. Raises NotAllowed, InputRefused.

    The draw stays as it was published; the journal tells who took whose place and why.
    """
    actor.require("draw_lots")
    stand_aside(actor, *waiting.declaration.parties)
    found = reason_findings(reason)
    if str(examiner_id) not in _on_duty(moment.day):
        found.append(Finding("examination.not_an_examiner", "examiner"))
    elif not may_examine(examiner_id, waiting.declaration, moment.day):
        found.append(Finding("examination.conflict", "examiner"))
    if found:
        raise InputRefused(found)
    with transaction.atomic():
        hold(waiting.declaration)
        before = waiting.examiner_id
        rows = Order.objects.filter(pk=waiting.pk, examiner_id=before, waiting_since__isnull=False)
        if not rows.update(examiner_id=examiner_id):
            raise SomeoneWasFirst("examine", waiting.declaration.examination, EXAMINATION)
        waiting.examiner_id = examiner_id
        facts = {
            "order": str(waiting.pk),
            "before": f"person:{before}" if before else "",
            "after": f"person:{examiner_id}",
        }
        record(
            waiting.declaration.subject, "reassign", actor=actor, at=moment.at, reason=reason.strip(), facts=facts,
            state_before=waiting.declaration.state, state_after=waiting.declaration.state, authority=authority_of(actor),
        )  # fmt: skip
    return waiting


def able(waiting: Order, day: dt.date) -> list[int]:
    """Who could examine these goods instead: examiners in post without an interest in either party."""
    return [
        int(code)
        for code in _on_duty(day)
        if int(code) != waiting.examiner_id and may_examine(int(code), waiting.declaration, day)
    ]


def report(actor: Actor, moment: Moment, declaration: Declaration, told: str, *, is_wanting: bool) -> Order:
    """The examiner's finding: as declared, or with a difference. Only the examiner drawn, and none with an interest. Raises NotAllowed, InputRefused."""
    actor.require("examine_goods")
    found = reason_findings(told)
    act = "find_wanting" if is_wanting else "examine"
    with transaction.atomic():
        hold(declaration)
        waiting = Order.objects.filter(declaration=declaration, waiting_since__isnull=False).first()
        if waiting is None:
            raise SomeoneWasFirst("examine", declaration.examination, EXAMINATION)
        if actor.person_id is None or waiting.examiner_id not in {None, actor.person_id}:
            found.append(Finding("examination.another_examiner"))
        elif not may_examine(actor.person_id, declaration, moment.day):
            found.append(Finding("examination.conflict"))
        if found:
            raise InputRefused(found)
        move(
            declaration, EXAMINATION, act, actor=actor, moment=moment, field="examination", reason=told,
            authority=authority_of(actor),
        )  # fmt: skip
        waiting.waiting_since = None
        waiting.result = "found_wanting" if is_wanting else "examined"
        waiting.told, waiting.examined_by, waiting.examined_at = told.strip(), actor.name, moment.at
        waiting.save(force_update=True)
    return waiting


def declare_conflict(
    actor: Actor, moment: Moment, examiner_id: int, organisation: Organisation, until_on: dt.date | None = None
) -> Conflict:
    """Say that an examiner may not examine the goods of an organisation: the examiner for oneself, a senior for anyone. Raises NotAllowed."""
    actor.require("declare_conflict")
    if actor.role == "customs_examiner" and examiner_id != actor.person_id:
        raise NotAllowed("declare_conflict")
    if not Post.objects.held_on(moment.day).filter(person_id=examiner_id, role="customs_examiner").exists():
        raise InputRefused([Finding("examination.not_an_examiner", "examiner")])
    with transaction.atomic():
        made = Conflict(
            examiner_id=examiner_id,
            organisation=organisation,
            from_on=moment.day,
            until_on=until_on,
            declared_by=actor.name,
        )
        made.save(force_insert=True)
        facts = {"organisation": str(organisation.pk), "until_on": until_on.isoformat() if until_on else ""}
        record(
            f"examiner:{examiner_id}", "declare_conflict", actor=actor, at=moment.at, facts=facts,
            authority=authority_of(actor),
        )  # fmt: skip
    return made
