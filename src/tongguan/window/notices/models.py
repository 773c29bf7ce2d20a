"""The outbox: what happened, whom it has to be told, and every try to tell it."""

from __future__ import annotations

import secrets
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac

from tongguan.window.access.actor import Actor
from tongguan.window.accounts.models import Organisation, Person

SECRET_PREFIX = "tgs_"  # noqa: S105  # what secrets begin with, so that secret scanners find them
MAILS = ("mine", "all", "none")
"""Which declarations a person gets mail about: those they lodged themselves, all of their organisation, none."""


class Event(models.Model):
    """One thing that happened to a declaration, written in the transaction in which it happened.

    `subject`        the record it stands with in the journal
    `fanned_out_at`  when it was turned into deliveries; until then it waits in the outbox
    """

    declaration_id = models.BigIntegerField()
    subject = models.CharField(max_length=60)
    name = models.CharField(max_length=24)
    at = models.DateTimeField()
    fanned_out_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["id"], condition=Q(fanned_out_at=None), name="event_in_outbox")]

    def __str__(self) -> str:
        return f"{self.name} {self.declaration_id}"


class CallBack(models.Model):
    """A program's address that is told of events, signed with a secret shown once.

    `nonce`   what the secret is derived from, together with the window's own key: the database alone does not give it away
    `events`  names of events; empty for all
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="call_backs")
    url = models.CharField(max_length=500)
    events = models.JSONField(default=list)
    nonce = models.CharField(max_length=64)
    made_by = models.CharField(max_length=40)
    made_at = models.DateTimeField()
    disabled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["organisation", "-id"], name="call_back_of_organisation")]

    def __str__(self) -> str:
        return self.url

    @property
    def subject(self) -> str:
        """How the journal names it."""
        return f"callback:{self.pk}"

    @property
    def secret(self) -> str:
        """What its calls are signed with."""
        return SECRET_PREFIX + salted_hmac("tongguan.call-back", self.nonce, algorithm="sha256").hexdigest()


def new_nonce() -> str:
    """256 random bits."""
    return secrets.token_hex(32)


class MailChoice(models.Model):
    """Which declarations a person wants mail about; whoever never chose gets mail about those they lodged themselves."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, primary_key=True, related_name="+")
    about = models.CharField(max_length=4, choices=[(name, name) for name in MAILS])

    def __str__(self) -> str:
        return self.about


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Deliveries by whom they are for."""

    def visible_to(self, actor: Actor) -> DeliveryQuerySet:
        """Those to call-backs of the actor's own organisation."""
        return self.filter(call_back__organisation_id=actor.its_organisation)


class Delivery(models.Model):
    """One event for one receiver: a call-back or a person's mailbox. It is tried until it arrives or is given up.

    `due_at`  when it is tried next; a worker that takes it moves this on first, so that no other takes it at the same time
    """

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="deliveries")
    call_back = models.ForeignKey(CallBack, on_delete=models.CASCADE, null=True, blank=True, related_name="deliveries")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    outcome = models.CharField(
        max_length=8, blank=True, choices=[("arrived", "arrived"), ("given_up", "given_up"), ("stopped", "stopped")]
    )

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(call_back=None, person__isnull=False) | Q(call_back__isnull=False, person=None),
                name="delivery_is_to_one_receiver",
            ),
            models.UniqueConstraint(fields=["event", "call_back"], name="one_delivery_a_call_back"),
            models.UniqueConstraint(fields=["event", "person"], name="one_delivery_a_person"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at", "id"], condition=Q(outcome=""), name="delivery_due"),
            models.Index(fields=["call_back", "-id"], name="delivery_of_call_back"),
            models.Index(fields=["person", "-id"], name="delivery_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} {self.outcome or self.due_at}"


class Attempt(models.Model):
    """One try, and what came back: the status of the answer (null where none came) and its beginning."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempts")
    at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    told = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["delivery", "-id"], name="attempt_of_delivery")]

    def __str__(self) -> str:
        return f"{self.delivery_id} {self.status}"
