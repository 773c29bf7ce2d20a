"""Tell those whom it concerns: who wants to be told and how, and the sending itself, at least once, with growing patience.

An event is told with its number, so that a receiver that gets it twice knows. What is told is little: the declaration's number and reference, and what
happened; whoever wants more asks the interface, and is asked for a key there.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Mapping, Sequence
from smtplib import SMTPException
from typing import Any

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection, transaction
from django.db.models import Q
from django.urls import reverse

from tongguan.grammar.findings import Finding, InputRefused
from tongguan.window.access.actor import Actor, Moment, NotAllowed
from tongguan.window.accounts.models import Person, Post
from tongguan.window.declarations.models import Declaration
from tongguan.window.journal.models import Entry, record
from tongguan.window.look.texts import say
from tongguan.window.notices import calling
from tongguan.window.notices.models import MAILS, Attempt, CallBack, Delivery, Event, MailChoice, new_nonce
from tongguan.window.notices.outbox import names, notify
from tongguan.window.states import SomeoneWasFirst

__all__ = ["deliver_due", "disable", "enable", "make_call_back", "notify", "send_again", "send_test"]
log = structlog.get_logger("tongguan.notices")
DELAYS = (1, 30, 600, 3_600, 10_800, 21_600, 43_200, 86_400)
"""Seconds until the next try, after the first, the second and so on; the last one again and again."""
PATIENCE = dt.timedelta(days=14)
LEASE = dt.timedelta(minutes=2)
"""How long a worker that has taken a delivery is given before another may try."""
MOST_AT_ONCE, MOST_CALL_BACKS = 100, 20
TEST = "test"


# --- who wants to be told ---------------------------------------------------------------------------------------------------------


def make_call_back(actor: Actor, moment: Moment, *, url: str, events: Collection[str]) -> CallBack:
    """Ask to be told at an address. Its secret is shown to whoever made it, once. Raises NotAllowed, InputRefused."""
    actor.require("manage_call_backs")
    found = []
    if not set(events) <= set(names()):
        found.append(Finding("notices.event_unknown", "events", {"known": ", ".join(names())}))
    if CallBack.objects.filter(organisation_id=actor.its_organisation, disabled_at=None).count() >= MOST_CALL_BACKS:
        found.append(Finding("notices.too_many", "", {"most": str(MOST_CALL_BACKS)}))
    try:
        calling.addresses_of(url)
    except InputRefused as refused:
        found += refused.findings
    if found:
        raise InputRefused(found)
    with transaction.atomic():
        made = CallBack.objects.create(
            organisation_id=actor.its_organisation, url=url, events=sorted(set(events)), nonce=new_nonce(), made_by=actor.name,
            made_at=moment.at,
        )  # fmt: skip
        record(made.subject, "make", actor=actor, at=moment.at, facts={"events": " ".join(made.events)}, is_first=True)
    return made


def one(actor: Actor, pk: int) -> CallBack:
    """A call-back of the actor's own organisation. Raises NotAllowed."""
    actor.require("manage_call_backs")
    found = CallBack.objects.filter(organisation_id=actor.its_organisation, pk=pk).first()
    if found is None:
        raise NotAllowed("manage_call_backs")
    return found


def disable(actor: Actor, moment: Moment, call_back: CallBack) -> None:
    """Tell this address nothing more; what was still to be told is not. Raises SomeoneWasFirst."""
    _switch(actor, moment, call_back, "disable", moment.at)
    Delivery.objects.filter(call_back=call_back, outcome="").update(outcome="stopped", due_at=None)


def enable(actor: Actor, moment: Moment, call_back: CallBack) -> None:
    """Tell this address again, from now on. Raises SomeoneWasFirst."""
    _switch(actor, moment, call_back, "enable", None)


def _switch(actor: Actor, moment: Moment, call_back: CallBack, act: str, at: dt.datetime | None) -> None:
    one(actor, call_back.pk)
    with transaction.atomic():
        rows = CallBack.objects.filter(pk=call_back.pk, disabled_at__isnull=at is not None)
        if not rows.update(disabled_at=at):
            raise SomeoneWasFirst(act, f"{act}d")
        call_back.disabled_at = at
        record(call_back.subject, act, actor=actor, at=moment.at)


def send_test(actor: Actor, moment: Moment, call_back: CallBack) -> Delivery:
    """Send a test, so that a receiver can be tried before anything happens. Raises NotAllowed, InputRefused."""
    one(actor, call_back.pk)
    if call_back.disabled_at is not None:
        raise InputRefused([Finding("notices.call_back_disabled", "")])
    with transaction.atomic():
        event = Event.objects.create(
            declaration_id=0, subject=call_back.subject, name=TEST, at=moment.at, fanned_out_at=moment.at
        )
        return Delivery.objects.create(event=event, call_back=call_back, made_at=moment.at, due_at=moment.at)


def send_again(actor: Actor, moment: Moment, delivery_id: int) -> Delivery:
    """Send once more what arrived, was given up or still waits. Raises NotAllowed, InputRefused."""
    actor.require("manage_call_backs")
    found = Delivery.objects.visible_to(actor).select_related("call_back").filter(pk=delivery_id).first()
    if found is None or found.call_back is None:
        raise NotAllowed("manage_call_backs")
    if found.call_back.disabled_at is not None:
        raise InputRefused([Finding("notices.call_back_disabled", "")])
    Delivery.objects.filter(pk=found.pk).update(outcome="", due_at=moment.at, made_at=moment.at, tries=0)
    found.refresh_from_db()
    return found


def choose_mail(actor: Actor, about: str) -> None:
    """Say which declarations one wants mail about."""
    actor.require("manage_oneself")
    if about not in MAILS:
        raise InputRefused([Finding("notices.choice_unknown", "about")])
    MailChoice.objects.update_or_create(person_id=actor.its_person, defaults={"about": about})


def mail_choice(person_id: int) -> str:
    """What a person chose, or what holds for whoever never chose."""
    return MailChoice.objects.filter(person_id=person_id).values_list("about", flat=True).first() or "mine"


# --- from events to deliveries ----------------------------------------------------------------------------------------------------


def deliver_due(moment: Moment) -> int:
    """Turn what is in the outbox into deliveries, and try every delivery that is due. Answers how many were tried.

    Safe to run as often and in as many workers as one likes: of two that reach for the same thing, one gets it.
    """
    _fan_out(moment)
    return _deliver(moment)


def _fan_out(moment: Moment) -> None:
    """Many events in one transaction: a commit for each would keep those who lodge waiting. Of two workers, each takes what the other has not."""
    while True:
        with transaction.atomic():
            waiting = Event.objects.select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)
            events = list(waiting.filter(fanned_out_at=None).order_by("id")[:MOST_AT_ONCE])
            made = _deliveries(events, moment)
            told = {delivery.event_id for delivery in made}
            taken = Event.objects.filter(pk__in=[event.pk for event in events])
            taken.filter(pk__in=told).update(fanned_out_at=moment.at)
            taken.exclude(pk__in=told).delete()  # nobody wants to know; the journal has it anyway
            Delivery.objects.bulk_create(made)
        if len(events) < MOST_AT_ONCE:
            return


def _deliveries(events: Sequence[Event], moment: Moment) -> list[Delivery]:
    """A delivery for each receiver of each event; of declarations in a few queries, whatever the number of events."""
    declarations = Declaration.objects.in_bulk({event.declaration_id for event in events})
    parties = {pk: set(one.parties) for pk, one in declarations.items()}
    call_backs = list(
        CallBack.objects.filter(organisation_id__in=set().union(*parties.values()), disabled_at=None).order_by("pk")
    )
    readers = _readers(declarations, parties, moment.day)
    made = []
    for event in events:
        pk = event.declaration_id
        if pk not in declarations:
            made += _to_firm(event, moment)
            continue
        made += [
            Delivery(event=event, call_back=found, made_at=moment.at, due_at=moment.at)
            for found in call_backs
            if found.organisation_id in parties[pk]
            and found.made_at <= event.at
            and (not found.events or event.name in found.events)
        ]
        made += [
            Delivery(event=event, person_id=person, made_at=moment.at, due_at=moment.at)
            for person in sorted(readers[pk])
        ]
    return made


def _to_firm(event: Event, moment: Moment) -> list[Delivery]:
    """What is about a firm itself is told to its call-backs, and to everybody with a post there who wants mail at all."""
    kind, _, number = event.subject.partition(":")
    if kind != "organisation":
        return []
    call_backs = CallBack.objects.filter(organisation_id=number, disabled_at=None, made_at__lte=event.at)
    made = [
        Delivery(event=event, call_back=found, made_at=moment.at, due_at=moment.at)
        for found in call_backs
        if not found.events or event.name in found.events
    ]
    held = Post.objects.held_on(moment.day).filter(organisation_id=number, person__is_active=True)
    silent = MailChoice.objects.filter(about="none").values("person_id")
    people = sorted(set(held.exclude(person_id__in=silent).values_list("person_id", flat=True)))
    return made + [Delivery(event=event, person_id=pk, made_at=moment.at, due_at=moment.at) for pk in people]


def _readers(
    declarations: Mapping[int, Declaration], parties: Mapping[int, set[int]], day: dt.date
) -> dict[int, set[int]]:
    """People with a post at either party today who want mail about a declaration: those who lodged it, and those who asked for all."""
    everywhere = set().union(*parties.values())
    by_subject = {one.subject: pk for pk, one in declarations.items()}
    mine: dict[int, set[int]] = {pk: set() for pk in declarations}
    lodged = Entry.objects.filter(subject__in=by_subject, act__in=("lodge", "lodge_again", "complete"))
    for subject, name in lodged.values_list("subject", "actor"):
        if name.startswith("person:"):
            mine[by_subject[subject]].add(int(name[7:]))
    lodgers = set().union(*mine.values())
    chosen = MailChoice.objects.filter(
        Q(about="all", person__posts__organisation__in=everywhere) | Q(person_id__in=lodgers)
    )
    about = dict(chosen.values_list("person_id", "about"))
    held = Post.objects.held_on(day).filter(
        person_id__in={*lodgers, *about}, organisation_id__in=everywhere, person__is_active=True
    )
    posts = list(held.values_list("person_id", "organisation_id"))
    return {
        pk: {
            person
            for person, organisation in posts
            if organisation in parties[pk]
            and (about.get(person) == "all" or (person in mine[pk] and about.get(person) != "none"))
        }
        for pk in declarations
    }


# --- sending ----------------------------------------------------------------------------------------------------------------------


def _deliver(moment: Moment) -> int:
    """Try what is due. An address that just failed is left alone until the next time, so that it does not hold up the others."""
    due = Delivery.objects.filter(outcome="", due_at__lte=moment.at).order_by("due_at", "id")
    tried, silent = 0, set[int]()
    for delivery in list(due.select_related("event", "call_back", "person")[:MOST_AT_ONCE]):
        if delivery.call_back_id in silent:
            continue
        mine = Delivery.objects.filter(pk=delivery.pk, outcome="", due_at=delivery.due_at, tries=delivery.tries)
        if not mine.update(due_at=moment.at + LEASE):
            continue  # another worker has it
        told = _send(delivery, moment)
        _note(delivery, moment, told)
        tried += 1
        if not told.has_arrived and delivery.call_back_id is not None:
            silent.add(delivery.call_back_id)
    return tried


def _note(delivery: Delivery, moment: Moment, told: calling.Told) -> None:
    """Write down how a try went, and when to try again."""
    tries = delivery.tries + 1
    delay = dt.timedelta(seconds=DELAYS[min(tries, len(DELAYS)) - 1])
    again = moment.at + delay
    after: dict[str, Any]
    if told.has_arrived:
        after = {"outcome": "arrived", "due_at": None}
    elif again - delivery.made_at > PATIENCE:
        after = {"outcome": "given_up", "due_at": None}
    else:
        after = {"due_at": again}
    with transaction.atomic():
        Attempt.objects.create(delivery=delivery, at=moment.at, status=told.status, told=told.text[:300])
        Delivery.objects.filter(pk=delivery.pk, outcome="").update(tries=tries, **after)


def _send(delivery: Delivery, moment: Moment) -> calling.Told:
    if delivery.call_back is not None:
        body = body_of(delivery.event)
        seconds = int(moment.at.timestamp())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Tongguan",
            calling.EVENT_ID: str(delivery.event_id),
            calling.SIGNATURE: calling.sign(delivery.call_back.secret, seconds, body),
        }
        return calling.call(delivery.call_back.url, body, headers)
    try:
        assert delivery.person is not None  # noqa: S101  # the database holds one receiver or the other
        mail_of(delivery.event, delivery.person).send()
    except (OSError, SMTPException) as error:
        log.warning("mail_not_sent", kind=type(error).__name__)
        return calling.Told(None, type(error).__name__)
    return calling.Told(200, "")


def body_of(event: Event) -> bytes:
    """What a call-back is told: the same event is always the same bytes."""
    found = Declaration.objects.filter(pk=event.declaration_id).first()
    told = {
        "id": str(event.pk),
        "event": event.name,
        "at": event.at.isoformat(),
        "subject": event.subject,
        "declaration": {"id": found.pk, "number": found.number, "reference": found.reference} if found else None,
    }
    return json.dumps(told, sort_keys=True).encode()


def mail_of(event: Event, person: Person) -> EmailMessage:
    """A mail in both languages: which declaration, what happened, what to do next, where to look. No names, no goods, no amounts."""
    found = Declaration.objects.filter(pk=event.declaration_id).first()
    facts = {"settings": settings.ADDRESS + reverse("notifications")}
    if found is None:
        about, link = "mail_firm", settings.ADDRESS + reverse("standing")
    else:
        about, link = "mail", settings.ADDRESS + reverse("declaration", args=[found.pk])
        facts |= {"number": found.number, "reference": found.reference}
    happened = {language: say(f"notices.event_{event.name}", language) for language in ("zh", "en")}
    subject = say(f"notices.{about}_subject", "zh", happened_zh=happened["zh"], happened_en=happened["en"], **facts)
    parts = [
        say(
            f"notices.{about}_text",
            language,
            link=link,
            happened=happened[language],
            next=say(f"notices.next_{event.name}", language),
            **facts,
        )
        for language in ("zh", "en")
    ]
    return EmailMessage(subject, "\n\n—\n\n".join(parts), to=[person.email])
