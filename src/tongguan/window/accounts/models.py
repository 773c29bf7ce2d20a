"""People, the organisations they work for, the posts they hold there, and whom an organisation lets act for it.

Authority to act (报关委托) is a record with dates, not a tick: Customs Law art. 10 asks the broker for the power of attorney of its principal.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Collection
from pathlib import Path
from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import F, Q

from tongguan.window.access import ROLES, Action, actions
from tongguan.window.access.actor import Actor
from tongguan.window.clock import start_of
from tongguan.window.rows import Given
from tongguan.window.states import State, lives


class Person(AbstractUser):
    """Somebody who signs in. What they may do comes from their posts alone; Django's own staff and superuser marks count for nothing here."""

    email = models.EmailField(unique=True)
    name_zh = models.CharField(max_length=60, blank=True)
    name_en = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(is_staff=False, is_superuser=False), name="person_has_no_back_door")
        ]

    def __str__(self) -> str:
        return self.name_zh or self.name_en or self.email


class OrganisationKind(models.TextChoices):
    """What an organisation is here."""

    IMPORTER = "importer"
    BROKER = "broker"
    ECOMMERCE = "ecommerce"
    BODY = "body"
    OPERATOR = "operator"


STANDING = lives(Path(__file__).parent / "transitions.yaml")["standing"]
STANDINGS = {
    "waiting": Q(confirmed_at=None, refused_at=None),
    "confirmed": Q(confirmed_at__isnull=False, suspended_at=None),
    "refused": Q(refused_at__isnull=False),
    "suspended": Q(suspended_at__isnull=False),
}
"""Which firms stand so with Customs, by the names of the table."""


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    """Organisations by the names a clerk would use."""

    def firms(self) -> OrganisationQuerySet:
        """Those that trade; neither bodies nor the operator."""
        return self.exclude(kind__in=[OrganisationKind.BODY, OrganisationKind.OPERATOR])

    def standing(self, standing: str) -> OrganisationQuerySet:
        """Those that stand so with Customs."""
        return self.filter(STANDINGS[standing])

    def registered_as(self, code: str) -> Organisation | None:
        """Who holds a unified social credit code now; a registration that was refused holds none."""
        return self.filter(credit_code=code, refused_at=None).exclude(credit_code="").first()


class Organisation(models.Model):
    """A firm, or one of the bodies of the policy.

    `credit_code`   unified social credit code (18 characters, GB 32100-2015)
    `customs_code`  customs registration number (10 digits)
    `body`          code of the body, as in the table of bodies (GACC, SAMR, …); empty for firms
    `confirmed_at`  when Customs confirmed that the firm is what it says; until then it may draft but not lodge
    `refused_at`    when Customs found that it is not; its codes are free for whoever holds them, and the firm may mend what it said
    `suspended_at`  since when a confirmed firm lodges nothing new; what is under way goes on
    `standing_reason`  why it was refused or suspended, as the firm reads it
    """

    kind = models.CharField(max_length=12, choices=OrganisationKind.choices)
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=200, blank=True)
    credit_code = models.CharField(max_length=18, blank=True)
    customs_code = models.CharField(max_length=10, blank=True)
    body = models.CharField(max_length=12, blank=True)
    credit_grade = models.CharField(max_length=20, blank=True)
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    refused_at = models.DateTimeField(null=True, blank=True)
    suspended_at = models.DateTimeField(null=True, blank=True)
    standing_reason = models.TextField(blank=True)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=OrganisationKind.values), name="organisation_kind_is_known"),
            models.CheckConstraint(
                condition=Q(refused_at=None) | Q(confirmed_at=None), name="refused_or_confirmed_not_both"
            ),
            models.CheckConstraint(
                condition=Q(suspended_at=None) | Q(confirmed_at__isnull=False), name="suspended_only_when_confirmed"
            ),
            models.UniqueConstraint(
                fields=["credit_code"], condition=~Q(credit_code="") & Q(refused_at=None), name="one_credit_code_once"
            ),
            models.UniqueConstraint(
                fields=["customs_code"],
                condition=~Q(customs_code="") & Q(refused_at=None),
                name="one_customs_code_once",
            ),
            models.UniqueConstraint(fields=["body"], condition=~Q(body=""), name="one_body_once"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["id"], condition=Q(confirmed_at=None, refused_at=None), name="organisation_to_confirm"
            ),
        ]

    def __str__(self) -> str:
        return self.name_zh

    @property
    def subject(self) -> str:
        """How the journal names it."""
        return f"organisation:{self.pk}"

    @property
    def is_confirmed(self) -> bool:
        """Whether Customs has confirmed the firm."""
        return self.confirmed_at is not None

    @property
    def standing(self) -> str:
        """How it stands with Customs."""
        if self.refused_at is not None:
            return "refused"
        if self.confirmed_at is None:
            return "waiting"
        return "confirmed" if self.suspended_at is None else "suspended"

    @property
    def is_suspended(self) -> bool:
        """Whether it lodges nothing new for now."""
        return self.suspended_at is not None

    @property
    def standing_words(self) -> State:
        """How it stands, in both languages."""
        return STANDING.states[self.standing]


class PostQuerySet(models.QuerySet["Post"]):
    """Posts as of a day."""

    def held_on(self, day: dt.date | Given) -> PostQuerySet:
        """Posts that someone holds on this day."""
        return self.filter(
            Q(until_on=None) | Q(until_on__gte=day), Q(ended_on=None) | Q(ended_on__gt=day), from_on__lte=day
        )


class Post(models.Model):
    """A person's role in an organisation, from a day until a day. The past stays readable: who held the post when it was done.

    `until_on`  last day, where one was agreed
    `ended_on`  the day it was ended: on that day it is no longer held
    """

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="posts")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="posts")
    role = models.CharField(max_length=20)
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(role__in=ROLES), name="post_role_is_known"),
            models.CheckConstraint(
                condition=Q(until_on=None) | Q(until_on__gte=F("from_on")), name="post_ends_after_it_begins"
            ),
            models.UniqueConstraint(
                fields=["person", "organisation", "role"],
                condition=Q(until_on=None, ended_on=None),
                name="one_open_post_a_role",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.role} {self.organisation}"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Invitations by whom they are for."""

    def open_for(self, addresses: Collection[str], day: dt.date) -> InvitationQuerySet:
        """Offers to these addresses that nobody has answered and that still stand on this day."""
        lower = [address.lower() for address in addresses]
        return self.select_related("organisation").filter(email__in=lower, answer="", until_on__gte=day)


class Invitation(models.Model):
    """A post offered to whoever proves to hold an e-mail address. It is kept whether or not we know the address, so that nothing can be found
    out by inviting; a post begins when the person accepts.

    `email`    in lower case
    `answer`   accepted, declined or withdrawn; empty while it is open
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=20)
    invited_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField()
    until_on = models.DateField()
    answer = models.CharField(max_length=10, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(role__in=ROLES), name="invitation_role_is_known"),
            models.CheckConstraint(
                condition=Q(answer__in=["", "accepted", "declined", "withdrawn"]), name="invitation_answer_is_known"
            ),
            models.UniqueConstraint(
                fields=["organisation", "email", "role"], condition=Q(answer=""), name="one_open_invitation_a_role"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["email"], condition=Q(answer=""), name="invitation_of_address")]

    def __str__(self) -> str:
        return f"{self.role} {self.organisation}"


class EntrustmentQuerySet(models.QuerySet["Entrustment"]):
    """Authority as of a day."""

    def in_force_on(self, day: dt.date) -> EntrustmentQuerySet:
        """Given, accepted, begun, and neither over nor taken back by this day."""
        return self.filter(
            Q(until_on=None) | Q(until_on__gte=day),
            Q(revoked_on=None) | Q(revoked_on__gt=day),
            from_on__lte=day,
            accepted_at__lt=start_of(day + dt.timedelta(days=1)),
        )

    def seen_by(self, actor: Actor) -> EntrustmentQuerySet:
        """Those the actor's organisation gave or was given."""
        return self.filter(Q(principal_id=actor.organisation_id) | Q(broker_id=actor.organisation_id))


class Entrustment(models.Model):
    """An importer's recorded authority for a broker to act for it (报关委托书). It needs the broker's acceptance to be in force.

    `from_on`, `until_on`  first and last day of the authority; without a last day it runs until it is taken back
    `revoked_on`           the day it was taken back or given back: on that day it is no longer in force
    """

    principal = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="entrusted_to")
    broker = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="entrusted_by")
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)
    revoked_on = models.DateField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    given_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField()

    objects = EntrustmentQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(principal=F("broker")), name="nobody_entrusts_itself"),
            models.CheckConstraint(
                condition=Q(until_on=None) | Q(until_on__gte=F("from_on")), name="entrustment_ends_after_it_begins"
            ),
            models.UniqueConstraint(
                fields=["principal", "broker", "from_on"], condition=Q(revoked_on=None), name="one_entrustment_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.principal} → {self.broker}"

    @property
    def subject(self) -> str:
        """How the journal names it."""
        return f"entrustment:{self.pk}"


KEY_PREFIX = "tgk_"


class AccessKey(models.Model):
    """A program's key: shown once, kept as a digest, for some actions, until a day."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="access_keys")
    role = models.CharField(max_length=20)
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=12)
    scopes = models.JSONField()
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(role__in=ROLES), name="key_role_is_known"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("made_at")), name="key_expires_after_it_is_made"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}…)"

    @property
    def subject(self) -> str:
        """How the journal names it."""
        return f"key:{self.pk}"

    @property
    def allowed(self) -> list[Action]:
        """What the key may do, with its words; an action that is no more allows nothing."""
        return [actions()[name] for name in self.scopes if name in actions()]

    def actor(self) -> Actor:
        """The program as an actor."""
        return Actor(
            person_id=self.made_by_id,
            role=self.role,
            organisation_id=self.organisation_id,
            body=self.organisation.body,
            key_id=self.pk,
            scopes=frozenset(self.scopes),
            is_confirmed=self.organisation.is_confirmed,
            is_suspended=self.organisation.is_suspended,
            credit_code=self.organisation.credit_code,
            customs_code=self.organisation.customs_code,
        )


def new_key() -> str:
    """A fresh key: 256 random bits behind a prefix that secret scanners can look for."""
    return KEY_PREFIX + secrets.token_urlsafe(32)


def digest_of(key: str) -> str:
    """What is kept of a key. The key has full entropy, so that a plain digest is enough."""
    return hashlib.sha256(key.encode()).hexdigest()
