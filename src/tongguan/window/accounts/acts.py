"""What people do about people: firms are registered, posts offered and ended, brokers entrusted, keys made and revoked.

Each act finds its record within the actor's reach, says everything that stands against it at once, and writes its entry in the same transaction.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Q
from stdnum.cn import uscc
from stdnum.exceptions import ValidationError as BadNumber

from tongguan.grammar.findings import Finding, InputRefused
from tongguan.window.access import actions, reach_of
from tongguan.window.access.actor import Actor, Moment, NotAllowed
from tongguan.window.accounts.models import (
    STANDING,
    AccessKey,
    Entrustment,
    Invitation,
    Organisation,
    OrganisationKind,
    Person,
    Post,
    digest_of,
    new_key,
)
from tongguan.window.accounts.posts import roles_given_by, roles_of
from tongguan.window.clock import start_of
from tongguan.window.journal.models import record
from tongguan.window.states import SomeoneWasFirst

FIRMS = (OrganisationKind.IMPORTER, OrganisationKind.BROKER, OrganisationKind.ECOMMERCE)
CUSTOMS_CODE = re.compile(r"[0-9]{5}[0-9A-Z]{5}", re.ASCII)
"""Ten characters: place (4), kind of zone (1), kind of business and running number (5); newer codes hold letters from the sixth on."""
INVITATION_DAYS = 30
LONGEST_KEY = dt.timedelta(days=366)
"""A key lasts a year at most, so that a forgotten one dies."""
HINT_LENGTH = 8
NOT_FOR_KEYS = frozenset(
    {
        "open_desk",
        "manage_oneself",
        "manage_organisation",
        "mend_registration",
        "confirm_organisation",
        "entrust",
        "accept_entrustment",
        "end_entrustment",
        "manage_access_keys",
    }
)
"""What only a person does: a key must not be able to make keys, people or authority."""


def may_be_scope(action: str) -> bool:
    """Whether a key can be given this action; what anyone may do needs no key."""
    return action not in NOT_FOR_KEYS and not actions()[action].is_public


# --- organisations ----------------------------------------------------------------------------------------------------------------


def found_organisation(
    actor: Actor, moment: Moment, *, kind: str, name_zh: str, name_en: str, credit_code: str, customs_code: str
) -> Post:
    """Register a firm; who registers it holds its first post. It may draft from now on, and lodge once Customs has confirmed it."""
    actor.require("found_organisation")
    credit_code, customs_code = uscc.compact(credit_code), customs_code.strip().upper()
    refuse(_about_firm(kind, name_zh, credit_code, customs_code))
    try:
        with transaction.atomic():
            firm = Organisation.objects.create(
                kind=kind,
                name_zh=name_zh.strip(),
                name_en=name_en.strip(),
                credit_code=credit_code,
                customs_code=customs_code,
                created_at=moment.at,
            )
            facts = {"kind": kind, "credit_code": credit_code, "customs_code": customs_code}
            record(firm.subject, "found", actor=actor, at=moment.at, facts=facts, is_first=True)
            return _begin_post(firm, _person_of(actor), kind, actor, moment)
    except IntegrityError:
        raise InputRefused([Finding("accounts.firm_is_registered", "credit_code")]) from None


def _about_firm(kind: str, name_zh: str, credit_code: str, customs_code: str) -> list[Finding]:
    found: list[Finding] = []
    if kind not in FIRMS:
        found.append(Finding("accounts.kind_unknown", "kind"))
    if not name_zh.strip():
        found.append(Finding("accounts.name_missing", "name_zh"))
    try:
        uscc.validate(credit_code)
    except BadNumber:
        found.append(Finding("accounts.credit_code_wrong", "credit_code"))
    if not CUSTOMS_CODE.fullmatch(customs_code):
        found.append(Finding("accounts.customs_code_wrong", "customs_code"))
    same = Q(credit_code=credit_code) | Q(customs_code=customs_code)
    if Organisation.objects.filter(same, refused_at=None).exists():
        found.append(Finding("accounts.firm_is_registered", "credit_code"))
    return found


def mend_registration(
    actor: Actor, moment: Moment, *, name_zh: str, name_en: str, credit_code: str, customs_code: str
) -> Organisation:
    """Mend what a registration said that Customs refused; it waits to be confirmed again. Raises NotAllowed, InputRefused."""
    actor.require("mend_registration")
    firm = Organisation.objects.standing("refused").filter(pk=actor.its_organisation).first()
    if firm is None:
        raise NotAllowed("mend_registration")
    credit_code, customs_code = uscc.compact(credit_code), customs_code.strip().upper()
    refuse(_about_firm(firm.kind, name_zh, credit_code, customs_code))
    said = {
        "name_zh": name_zh.strip(), "name_en": name_en.strip(), "credit_code": credit_code, "customs_code": customs_code,
    }  # fmt: skip
    try:
        with transaction.atomic():
            rows = Organisation.objects.standing("refused").filter(pk=firm.pk)
            if not rows.update(**said, refused_at=None, standing_reason=""):
                raise SomeoneWasFirst("mend", "waiting", STANDING)
            facts = {"credit_code": credit_code, "customs_code": customs_code}
            record(
                firm.subject, "mend", actor=actor, at=moment.at, state_before="refused", state_after="waiting", facts=facts
            )  # fmt: skip
    except IntegrityError:
        raise InputRefused([Finding("accounts.firm_is_registered", "credit_code")]) from None
    firm.refresh_from_db()
    return firm


def organisation_within_reach(actor: Actor, organisation_id: int) -> Organisation:
    """An organisation whose people the actor may manage. Raises NotAllowed for any other, and for one that is not there."""
    reach = actor.require("manage_organisation")
    found = Organisation.objects.filter(pk=organisation_id).first()
    if found is None or (reach != "all" and found.pk != actor.organisation_id):
        raise NotAllowed("manage_organisation")
    return found


# --- posts ------------------------------------------------------------------------------------------------------------------------


def invite(actor: Actor, moment: Moment, organisation_id: int, *, email: str, role: str) -> Invitation:
    """Offer a post to whoever holds an address. The answer is the same whether we know the address or not."""
    organisation = organisation_within_reach(actor, organisation_id)
    email = email.strip().lower()
    found = [] if role in roles_given_by(actor, organisation) else [Finding("accounts.role_not_here", "role")]
    try:
        validate_email(email)
    except ValidationError:
        found.append(Finding("accounts.email_wrong", "email"))
    if Invitation.objects.filter(organisation=organisation, email=email, role=role, answer="").exists():
        found.append(Finding("accounts.invited_already", "email"))
    refuse(found)
    with transaction.atomic():
        invitation = Invitation.objects.create(
            organisation=organisation,
            email=email,
            role=role,
            invited_by_id=actor.its_person,
            invited_at=moment.at,
            until_on=moment.day + dt.timedelta(days=INVITATION_DAYS),
        )
        facts = {"role": role, "invitation": str(invitation.pk)}
        record(organisation.subject, "invite", actor=actor, at=moment.at, facts=facts)
    return invitation


def answer_invitation(
    actor: Actor, moment: Moment, invitation_id: int, *, addresses: Collection[str], accept: bool
) -> Post | None:
    """Take a post that was offered to one of the person's own, proven addresses, or decline it. Nobody gives themselves a post."""
    actor.require("manage_oneself")
    invitation = Invitation.objects.open_for(addresses, moment.day).filter(pk=invitation_id).first()
    if invitation is None:
        raise NotAllowed("manage_oneself")
    if accept and invitation.invited_by_id == actor.person_id:  # at whichever of their addresses it was offered
        refuse([Finding("accounts.own_invitation")])
    with transaction.atomic():
        answer = "accepted" if accept else "declined"
        _close(invitation, answer, moment)
        if not accept:
            facts = {"invitation": str(invitation.pk)}
            record(invitation.organisation.subject, "decline_post", actor=actor, at=moment.at, facts=facts)
            return None
        return _begin_post(invitation.organisation, _person_of(actor), invitation.role, actor, moment)


def withdraw_invitation(actor: Actor, moment: Moment, invitation_id: int) -> Invitation:
    """Take an offer back."""
    invitation = Invitation.objects.select_related("organisation").filter(pk=invitation_id, answer="").first()
    if invitation is None:
        raise NotAllowed("manage_organisation")
    organisation_within_reach(actor, invitation.organisation_id)
    with transaction.atomic():
        _close(invitation, "withdrawn", moment)
        facts = {"invitation": str(invitation.pk)}
        record(invitation.organisation.subject, "withdraw_invitation", actor=actor, at=moment.at, facts=facts)
    return invitation


def end_post(actor: Actor, moment: Moment, post_id: int) -> Post:
    """End a post at once, and with it the keys its holder made for the organisation.

    The last post of an organisation stays: without people it could never let anyone in again.
    """
    post = Post.objects.select_related("organisation").filter(pk=post_id, ended_on=None).first()
    if post is None:
        raise NotAllowed("manage_organisation")
    organisation = organisation_within_reach(actor, post.organisation_id)
    if post.role not in roles_given_by(actor, organisation):
        raise NotAllowed("manage_organisation")
    with transaction.atomic():
        # Every post of the organisation is locked, so that of the last two posts only one can be ended.
        posts = Post.objects.select_for_update(no_key=True).filter(organisation=post.organisation)
        held = list(posts.held_on(moment.day).order_by("pk"))
        if not [other for other in held if other.pk != post.pk]:
            refuse([Finding("accounts.last_post")])
        if not Post.objects.filter(pk=post.pk, ended_on=None).update(ended_on=moment.day):
            raise SomeoneWasFirst("end_post", "ended")
        facts = {"post": str(post.pk), "person": str(post.person_id), "role": post.role}
        record(post.organisation.subject, "end_post", actor=actor, at=moment.at, facts=facts)
        for key in AccessKey.objects.filter(organisation=post.organisation, made_by=post.person_id, revoked_at=None):
            _revoke(key, actor, moment)
    post.refresh_from_db()
    return post


def appoint(actor: Actor, moment: Moment, organisation: Organisation, person: Person, role: str) -> Post:
    """Give a person a post without asking: for the first operator of a new window and for demonstrations."""
    if role not in roles_of(organisation):
        refuse([Finding("accounts.role_not_here", "role")])
    with transaction.atomic():
        return _begin_post(organisation, person, role, actor, moment)


def _begin_post(organisation: Organisation, person: Person, role: str, actor: Actor, moment: Moment) -> Post:
    held = Post.objects.filter(
        organisation=organisation, person=person, role=role, until_on=None, ended_on=None
    ).first()
    if held:
        return held
    post = Post.objects.create(person=person, organisation=organisation, role=role, from_on=moment.day)
    facts = {"post": str(post.pk), "person": str(person.pk), "role": role}
    record(organisation.subject, "begin_post", actor=actor, at=moment.at, facts=facts)
    return post


def _close(invitation: Invitation, answer: str, moment: Moment) -> None:
    if not Invitation.objects.filter(pk=invitation.pk, answer="").update(answer=answer, answered_at=moment.at):
        raise SomeoneWasFirst("answer", "answered")


def _person_of(actor: Actor) -> Person:
    return Person.objects.get(pk=actor.its_person)


# --- authority to act -------------------------------------------------------------------------------------------------------------


def entrust(
    actor: Actor, moment: Moment, *, credit_code: str, from_on: dt.date, until_on: dt.date | None
) -> Entrustment:
    """Give a broker authority to act, from a day until a day. It is in force once the broker has accepted."""
    actor.require("entrust")
    broker = Organisation.objects.filter(
        kind=OrganisationKind.BROKER, credit_code=uscc.compact(credit_code), confirmed_at__isnull=False
    ).first()
    found = [] if broker else [Finding("accounts.broker_unknown", "credit_code")]
    if from_on < moment.day:
        found.append(Finding("accounts.begins_in_the_past", "from_on"))
    if until_on and until_on < from_on:
        found.append(Finding("accounts.ends_before_it_begins", "until_on"))
    if broker and _is_given_twice(actor, broker, from_on):
        found.append(Finding("accounts.entrusted_already", "from_on"))
    if broker is None or found:
        raise InputRefused(found)
    with transaction.atomic():
        given = Entrustment.objects.create(
            principal_id=actor.its_organisation,
            broker=broker,
            from_on=from_on,
            until_on=until_on,
            given_by_id=actor.its_person,
            given_at=moment.at,
        )
        facts = {"broker": str(given.broker_id), "from_on": str(from_on), "until_on": str(until_on or "")}
        record(given.subject, "give", actor=actor, at=moment.at, facts=facts, is_first=True)
    return given


def _is_given_twice(actor: Actor, broker: Organisation, from_on: dt.date) -> bool:
    same = Entrustment.objects.filter(principal_id=actor.its_organisation, broker=broker, from_on=from_on)
    return same.filter(revoked_on=None).exists()


def accept_entrustment(actor: Actor, moment: Moment, entrustment_id: int) -> Entrustment:
    """The broker takes the authority."""
    actor.require("accept_entrustment")
    given = Entrustment.objects.filter(broker_id=actor.its_organisation, pk=entrustment_id).first()
    if given is None:
        raise NotAllowed("accept_entrustment")
    with transaction.atomic():
        still_open = Entrustment.objects.filter(pk=given.pk, accepted_at=None, revoked_on=None)
        if not still_open.update(accepted_at=moment.at):
            raise SomeoneWasFirst("accept_entrustment", "answered")
        record(given.subject, "accept", actor=actor, at=moment.at)
    given.refresh_from_db()
    return given


def end_entrustment(actor: Actor, moment: Moment, entrustment_id: int) -> Entrustment:
    """The importer takes the authority back, or the broker gives it back or declines it. From this very day it is no longer in force; what was
    lodged before stays lodged.
    """
    actor.require("end_entrustment")
    given = Entrustment.objects.seen_by(actor).filter(pk=entrustment_id).first()
    if given is None:
        raise NotAllowed("end_entrustment")
    with transaction.atomic():
        if not Entrustment.objects.filter(pk=given.pk, revoked_on=None).update(revoked_on=moment.day):
            raise SomeoneWasFirst("end_entrustment", "ended")
        act = "take_back" if given.principal_id == actor.organisation_id else "give_back"
        record(given.subject, act, actor=actor, at=moment.at)
    given.refresh_from_db()
    return given


# --- keys for programs ------------------------------------------------------------------------------------------------------------


def make_key(
    actor: Actor, moment: Moment, *, name: str, scopes: Collection[str], expires_on: dt.date | None
) -> tuple[AccessKey, str]:
    """A key for a program, with some of the maker's own actions. The second value is the key itself; it is shown now and never again."""
    actor.require("manage_access_keys")
    refuse(_about_key(actor, moment, name, scopes, expires_on))
    shown = new_key()
    with transaction.atomic():
        key = AccessKey.objects.create(
            organisation_id=actor.its_organisation,
            role=actor.role or "",
            name=name.strip(),
            digest=digest_of(shown),
            hint=shown[:HINT_LENGTH],
            scopes=sorted(set(scopes)),
            made_by_id=actor.its_person,
            made_at=moment.at,
            expires_at=start_of((expires_on or moment.day) + dt.timedelta(days=1)),
        )
        facts = {"scopes": " ".join(key.scopes), "expires_on": str(expires_on)}
        record(key.subject, "make", actor=actor, at=moment.at, facts=facts, is_first=True)
    return key, shown


def _about_key(
    actor: Actor, moment: Moment, name: str, scopes: Collection[str], expires_on: dt.date | None
) -> list[Finding]:
    found: list[Finding] = []
    if not name.strip():
        found.append(Finding("accounts.key_name_missing", "name"))
    if not scopes:
        found.append(Finding("accounts.scopes_missing", "scopes"))
    if not all(scope in actions() and may_be_scope(scope) and reach_of(actor.role, scope) for scope in scopes):
        found.append(Finding("accounts.scope_not_yours", "scopes"))
    if expires_on is None or not moment.day <= expires_on <= moment.day + LONGEST_KEY:
        latest = moment.day + LONGEST_KEY
        found.append(Finding("accounts.key_lasts_too_long", "expires_on", {"latest": latest.isoformat()}))
    return found


def revoke_key(actor: Actor, moment: Moment, key_id: int) -> AccessKey:
    """Take a key out of use at once."""
    actor.require("manage_access_keys")
    key = AccessKey.objects.filter(organisation_id=actor.its_organisation, pk=key_id).first()
    if key is None:
        raise NotAllowed("manage_access_keys")
    with transaction.atomic():
        _revoke(key, actor, moment)
    return key


def _revoke(key: AccessKey, actor: Actor, moment: Moment) -> None:
    if not AccessKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=moment.at):
        raise SomeoneWasFirst("revoke_key", "revoked")
    key.revoked_at = moment.at
    record(key.subject, "revoke", actor=actor, at=moment.at)


# --- said once --------------------------------------------------------------------------------------------------------------------


def refuse(found: list[Finding]) -> None:
    """Raise what was found, all of it at once; go on when nothing was."""
    if found:
        raise InputRefused(found)
