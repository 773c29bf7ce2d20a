"""What each body has to say to a declaration: one case a requirement, made from the facts declared once.

A case that nobody answers in time raises itself to the next level; a licence that covers part of a quantity is written off, not ticked.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from tongguan.window.access.actor import Actor
from tongguan.window.accounts.models import Organisation, Person
from tongguan.window.declarations.models import Declaration
from tongguan.window.fields import Json
from tongguan.window.states import lives

LIFE = lives(Path(__file__).parent / "transitions.yaml")["case"]
OPEN = ("requested", "under_review", "questioned")
"""States in which a body still has to say something."""


class Licence(models.Model):
    """A licence granted for a quantity. What is reserved or written off can never exceed it: the database refuses.

    `document`         its supervision document code (监管证件代码)
    `quantity_milli`   what it was granted for, in thousandths of `unit`
    `remaining_milli`  what is neither reserved nor written off
    """

    number = models.CharField(max_length=40)
    body = models.CharField(max_length=12)
    document = models.CharField(max_length=4, blank=True)
    holder = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="licences")
    goods = models.CharField(max_length=160, blank=True)
    quantity_milli = models.BigIntegerField()
    remaining_milli = models.BigIntegerField()
    unit = models.CharField(max_length=20)
    valid_from = models.DateField()
    valid_until = models.DateField()
    entered_by = models.CharField(max_length=40)
    entered_at = models.DateTimeField()

    objects = models.Manager.from_queryset(models.QuerySet)()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["body", "number"], name="one_licence_number_a_body"),
            models.CheckConstraint(condition=Q(quantity_milli__gt=0), name="licence_is_for_something"),
            models.CheckConstraint(
                condition=Q(remaining_milli__gte=0) & Q(remaining_milli__lte=F("quantity_milli")),
                name="licence_is_never_overused",
            ),
            models.CheckConstraint(condition=Q(valid_until__gte=F("valid_from")), name="licence_ends_after_it_begins"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["holder", "-id"], name="licence_of_holder"),
            models.Index(fields=["body", "-id"], name="licence_of_body"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def subject(self) -> str:
        """How the journal names it."""
        return f"licence:{self.pk}"


class CaseQuerySet(models.QuerySet["Case"]):
    """Cases by the names a clerk would use."""

    def visible_to(self, actor: Actor, action: str = "see_declaration") -> CaseQuerySet:
        """Those within the actor's reach for an action."""
        match actor.reach(action):
            case "all":
                return self.all()
            case "addressed":
                return self.filter(body=actor.body) if actor.body else self.none()
            case "own":
                return self.filter(declaration__importer_id=actor.organisation_id)
            case "entrusted":
                return self.filter(declaration__declarant_id=actor.organisation_id)
            case _:
                return self.none()

    def open(self) -> CaseQuerySet:
        """Not decided yet."""
        return self.filter(state__in=OPEN)

    def in_queue(self, body: str) -> CaseQuerySet:
        """Waiting for this body, the most urgent first."""
        return self.filter(body=body, queue_on__isnull=False).order_by("queue_on", "id")


class Case(models.Model):
    """One requirement of one declaration, before one body.

    `requirement`  the paper's id in the table of papers; `document` its supervision document code (监管证件代码), where it has one
    `items`        numbers of the goods items concerned
    `facts`        the application as derived from the declaration: fields, what is missing, where each comes from
    `due_on`       last day of the statutory period; None where no law sets one that we hold
    `target_on`    the body's own promise, where it made one
    `days_left`    what was left of the statutory period when the body asked for more; None while the clock runs
    `queue_on`     the day it is sorted by while it waits for the body (due_on, else the far future); None when it does not
    `raise_on`     the day on which silence raises it next; None when nothing does
    `level`        0: the officer's desk; one more for every time silence raised it
    `licence`      what a grant in quantity draws on
    """

    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, related_name="permit_cases")
    body = models.CharField(max_length=12)
    requirement = models.CharField(max_length=60)
    document = models.CharField(max_length=4, blank=True)
    items = Json()
    facts = Json(default=dict)
    state = models.CharField(max_length=16, default="requested")
    state_since = models.DateTimeField()
    requested_at = models.DateTimeField()
    due_on = models.DateField(null=True, blank=True)
    target_on = models.DateField(null=True, blank=True)
    days_left = models.PositiveIntegerField(null=True, blank=True)
    queue_on = models.DateField(null=True, blank=True)
    raise_on = models.DateField(null=True, blank=True)
    level = models.PositiveSmallIntegerField(default=0)
    officer = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    licence = models.ForeignKey(Licence, on_delete=models.PROTECT, null=True, blank=True, related_name="cases")
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=list(LIFE.states)), name="case_state_is_known"),
            models.UniqueConstraint(fields=["declaration", "body", "requirement"], name="one_case_a_requirement"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["body", "queue_on", "id"], name="case_queue"),
            models.Index(fields=["body", "state", "id"], name="case_by_state"),
            models.Index(fields=["raise_on"], name="case_to_raise"),
            models.Index(
                fields=["body"], condition=Q(level__gt=0, queue_on__isnull=False), name="case_raised_and_open"
            ),
            models.Index(fields=["-decided_at"], condition=Q(decided_at__isnull=False), name="case_by_decision"),
        ]

    def __str__(self) -> str:
        return f"{self.requirement} {self.declaration_id}"

    @property
    def subject(self) -> str:
        """How the journal names it."""
        return f"permit:{self.pk}"

    @property
    def parties(self) -> tuple[int, int]:
        """The firms behind it: those of its declaration."""
        return self.declaration.parties


class Question(models.Model):
    """What a body asked for while it reviewed, and what it was told. The statutory clock stands still in between."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="questions")
    text = models.TextField()
    asked_by = models.CharField(max_length=40)
    asked_at = models.DateTimeField()
    answer = models.TextField(blank=True)
    answered_by = models.CharField(max_length=40, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(answered_at__isnull=True), name="one_open_question_a_case"
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.asked_at}"


class Promise(models.Model):
    """A body's own promise: how many working days it means to take for a requirement, from a day on. Shorter than the law, never longer."""

    body = models.CharField(max_length=12)
    requirement = models.CharField(max_length=60)
    working_days = models.PositiveSmallIntegerField()
    from_on = models.DateField()
    made_by = models.CharField(max_length=40)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["body", "requirement", "from_on"], name="one_promise_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.body} {self.requirement} {self.working_days}"


class LicenceUse(models.Model):
    """What one case draws from a licence: reserved when the body agrees, written off when the goods are released, given back otherwise."""

    licence = models.ForeignKey(Licence, on_delete=models.PROTECT, related_name="uses")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="licence_uses")
    quantity_milli = models.BigIntegerField()
    reserved_at = models.DateTimeField()
    written_off_at = models.DateTimeField(null=True, blank=True)
    given_back_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(given_back_at__isnull=True), name="one_use_of_a_licence_a_case"
            ),
            models.CheckConstraint(condition=Q(quantity_milli__gt=0), name="licence_use_is_of_something"),
            models.CheckConstraint(
                condition=Q(written_off_at=None) | Q(given_back_at=None), name="written_off_or_given_back"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["licence", "id"], name="use_of_licence")]

    def __str__(self) -> str:
        return f"{self.licence_id} {self.case_id} {self.quantity_milli}"
