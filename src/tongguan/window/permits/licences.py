"""Licences in quantity: entered once, reserved when a body agrees, written off when the goods are released, given back otherwise.

Over-use is impossible twice over: a reservation is one conditional update that finds no row when too little is left, and the database refuses a remainder
below zero (goods-regulations#22, #24: the licence is for a quantity).
"""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet

from tongguan.grammar.findings import Finding, InputRefused
from tongguan.grammar.money import MAX_QUANTITY_MILLI, quantity_text
from tongguan.window.access.actor import Actor, Moment, NotAllowed
from tongguan.window.accounts.interest import stand_aside
from tongguan.window.accounts.models import Organisation
from tongguan.window.declarations.models import Declaration
from tongguan.window.journal.models import record
from tongguan.window.permits.models import Case, Licence, LicenceUse


def visible_to(actor: Actor, action: str = "see_licences") -> QuerySet[Licence]:
    """Licences within the actor's reach: a firm's own, those of the firms that declared through a broker, a body's own, all for Customs."""
    match actor.reach(action):
        case "all":
            return Licence.objects.all()
        case "addressed":
            return Licence.objects.filter(body=actor.body) if actor.body else Licence.objects.none()
        case "own":
            return Licence.objects.filter(holder_id=actor.organisation_id)
        case "entrusted":
            used = LicenceUse.objects.filter(case__declaration__declarant_id=actor.organisation_id)
            return Licence.objects.filter(pk__in=used.values("licence"))
        case _:
            return Licence.objects.none()


def enter(
    actor: Actor,
    moment: Moment,
    *,
    number: str,
    holder: Organisation,
    quantity_milli: int,
    unit: str,
    valid_from: dt.date,
    valid_until: dt.date,
    document: str = "",
    goods: str = "",
) -> Licence:
    """Enter a licence that the actor's body issued. Raises NotAllowed, InputRefused with everything that is wrong."""
    actor.require("issue_licence")
    if not actor.body:
        raise NotAllowed("issue_licence")
    stand_aside(actor, holder.pk)
    found = unreadable(actor.body, number, quantity_milli, unit)
    if valid_until < valid_from:
        facts = {"from": valid_from.isoformat(), "until": valid_until.isoformat()}
        found.append(Finding("permits.licence_days_contradict", "valid_until", facts))
    if found:
        raise InputRefused(found)
    made = Licence(
        number=number.strip(), body=actor.body, document=document, holder=holder, goods=goods[:160],
        quantity_milli=quantity_milli, remaining_milli=quantity_milli, unit=unit.strip(),
        valid_from=valid_from, valid_until=valid_until, entered_by=actor.name, entered_at=moment.at,
    )  # fmt: skip
    try:
        with transaction.atomic():
            made.save(force_insert=True)
            _note(made, "enter", actor, moment, quantity_milli, is_first=True)
    except IntegrityError:  # the same number came twice at once
        raise InputRefused([Finding("permits.licence_known", "number", {"number": made.number})]) from None
    return made


def unreadable(body: str, number: str, quantity_milli: int, unit: str) -> list[Finding]:
    """What is wrong with the number, the quantity and the unit of a licence to be entered."""
    found = []
    if not (0 < len(number.strip()) <= 40):
        found.append(Finding("permits.licence_number_unreadable", "number", {"most": "40"}))
    elif Licence.objects.filter(body=body, number=number.strip()).exists():
        found.append(Finding("permits.licence_known", "number", {"number": number.strip()}))
    if not 0 < quantity_milli <= MAX_QUANTITY_MILLI:
        found.append(Finding("permits.licence_quantity_unreadable", "quantity"))
    if not unit.strip() or len(unit) > 20:
        found.append(Finding("permits.licence_unit_missing", "unit"))
    return found


def against(licence: Licence, case: Case, quantity_milli: int, day: dt.date) -> list[Finding]:
    """All that stands against drawing this quantity from this licence on a day."""
    found = []
    if licence.holder_id != case.declaration.importer_id or licence.body != case.body:
        found.append(Finding("permits.licence_not_theirs", "licence", {"number": licence.number}))
    if not licence.valid_from <= day <= licence.valid_until:
        facts = {
            "number": licence.number,
            "from": licence.valid_from.isoformat(),
            "until": licence.valid_until.isoformat(),
        }
        found.append(Finding("permits.licence_not_valid", "licence", facts))
    if quantity_milli <= 0:
        found.append(Finding("permits.licence_quantity_unreadable", "quantity"))
    elif licence.remaining_milli < quantity_milli:
        found.append(_too_little(licence, quantity_milli))
    return found


def reserve(actor: Actor, moment: Moment, licence: Licence, case: Case, quantity_milli: int) -> LicenceUse:
    """Keep a quantity for a case, in the transaction of the act that grants it. Raises InputRefused when too little is left."""
    with transaction.atomic():
        rows = Licence.objects.filter(pk=licence.pk, remaining_milli__gte=quantity_milli)
        if not rows.update(remaining_milli=F("remaining_milli") - quantity_milli):
            licence.refresh_from_db()
            raise InputRefused([_too_little(licence, quantity_milli)])
        use = LicenceUse(licence=licence, case=case, quantity_milli=quantity_milli, reserved_at=moment.at)
        use.save(force_insert=True)
        licence.refresh_from_db()
        _note(licence, "reserve", actor, moment, quantity_milli, case)
    return use


def write_off(actor: Actor, moment: Moment, declaration: Declaration) -> int:
    """Write off what is reserved for a declaration, in the transaction of its release. Answers how many uses."""
    held = _held_for(declaration)
    for use in held:
        LicenceUse.objects.filter(pk=use.pk, written_off_at=None).update(written_off_at=moment.at)
        _note(use.licence, "write_off", actor, moment, use.quantity_milli, use.case)
    return len(held)


def give_back(actor: Actor, moment: Moment, declaration: Declaration, case: Case | None = None) -> int:
    """Give back what is reserved and not written off, for the whole declaration or for one case. Answers how many uses."""
    held = [use for use in _held_for(declaration) if case is None or use.case_id == case.pk]
    given = 0
    for use in held:
        rows = LicenceUse.objects.filter(pk=use.pk, given_back_at=None, written_off_at=None)
        if rows.update(given_back_at=moment.at):
            Licence.objects.filter(pk=use.licence_id).update(remaining_milli=F("remaining_milli") + use.quantity_milli)
            _note(use.licence, "give_back", actor, moment, use.quantity_milli, use.case)
            given += 1
    return given


def _held_for(declaration: Declaration) -> list[LicenceUse]:
    """What is reserved for a declaration; the licences are kept from other acts, in the order of their numbers, since other declarations draw on them too."""
    uses = LicenceUse.objects.filter(case__declaration=declaration, written_off_at=None, given_back_at=None)
    held = uses.select_for_update(no_key=True, of=("licence",))
    return list(held.select_related("licence", "case").order_by("licence_id", "id"))


def _too_little(licence: Licence, quantity_milli: int) -> Finding:
    facts = {
        "number": licence.number,
        "left": quantity_text(max(licence.remaining_milli, 0)),
        "asked": quantity_text(quantity_milli),
        "unit": licence.unit,
    }
    return Finding("permits.licence_used_up", "quantity", facts, "goods-regulations#22")


def _note(
    licence: Licence,
    act: str,
    actor: Actor,
    moment: Moment,
    quantity_milli: int,
    case: Case | None = None,
    *,
    is_first: bool = False,
) -> None:
    facts = {"quantity": quantity_text(quantity_milli), "unit": licence.unit}
    if case is not None:
        facts["case"] = case.subject
    record(licence.subject, act, actor=actor, at=moment.at, facts=facts, is_first=is_first)
