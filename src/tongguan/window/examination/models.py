"""Which goods are examined and by whom: orders to examine, drawn by lot or given with a reason (双随机).

A draw is prepared, committed to and only then carried out; everything needed to recompute it is published afterwards (see `lots`).
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from tongguan.window.access.actor import Actor
from tongguan.window.accounts.models import Organisation, Person
from tongguan.window.declarations.models import Declaration


class Draw(models.Model):
    """One draw of goods and examiners.

    `salt`, `seed`  secret until the draw is done; then published
    `listed`        what the commitment covers, in canonical JSON: candidates by reference with grade, rates, examiners by code, exclusions
    `commitment`    SHA-256 over the seed and the digest of `listed`, published and journalled before anything is drawn
    """

    body = models.CharField(max_length=12)
    reason = models.TextField()
    salt = models.CharField(max_length=64)
    seed = models.CharField(max_length=64)
    listed = models.TextField()
    commitment = models.CharField(max_length=64)
    prepared_by = models.CharField(max_length=40)
    prepared_at = models.DateTimeField()
    drawn_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.commitment

    @property
    def subject(self) -> str:
        """How the journal names it."""
        return f"draw:{self.pk}"


class Candidate(models.Model):
    """A declaration in a draw: each takes part once. `reference` is how the published list names it; only its own parties can tell."""

    draw = models.ForeignKey(Draw, on_delete=models.PROTECT, related_name="candidates")
    declaration = models.OneToOneField(Declaration, on_delete=models.PROTECT, related_name="lot")
    reference = models.CharField(max_length=16)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["draw", "reference"], name="candidate_of_draw")]

    def __str__(self) -> str:
        return self.reference


class OrderQuerySet(models.QuerySet["Order"]):
    """Orders by the names a clerk would use."""

    def waiting(self) -> OrderQuerySet:
        """Goods still to be examined, the oldest order first."""
        return self.filter(waiting_since__isnull=False).order_by("waiting_since", "id")

    def given_to(self, actor: Actor) -> OrderQuerySet:
        """Those of this examiner, and those nobody was named for."""
        return self.filter(Q(examiner_id=actor.person_id) | Q(examiner=None))


class Order(models.Model):
    """An order to examine the goods of a declaration (查验指令).

    `waiting_since`  set while the goods wait to be examined; None afterwards, so that the queue stays short
    """

    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, related_name="examination_orders")
    draw = models.ForeignKey(Draw, on_delete=models.PROTECT, null=True, blank=True, related_name="orders")
    examiner = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.TextField()
    ordered_by = models.CharField(max_length=40)
    ordered_at = models.DateTimeField()
    waiting_since = models.DateTimeField(null=True, blank=True)
    result = models.CharField(
        max_length=16, blank=True, choices=[("examined", "examined"), ("found_wanting", "found_wanting")]
    )
    told = models.TextField(blank=True)
    examined_by = models.CharField(max_length=40, blank=True)
    examined_at = models.DateTimeField(null=True, blank=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["declaration"], condition=Q(waiting_since__isnull=False), name="one_open_order_a_declaration"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["waiting_since", "id"], name="order_queue")]

    def __str__(self) -> str:
        return f"order {self.pk} for {self.declaration_id}"


class Conflict(models.Model):
    """An examiner who may not examine the goods of an organisation: kin, a former employer, any interest (回避)."""

    examiner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="conflicts")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)
    declared_by = models.CharField(max_length=40)

    def __str__(self) -> str:
        return f"{self.examiner_id} not for {self.organisation_id}"
