"""Decisions that need a second pair of eyes, and the letters that tell a decision in plain words."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from tongguan.window.access import actions
from tongguan.window.access.actor import Actor
from tongguan.window.accounts.models import Person


class ProposalQuerySet(models.QuerySet["Proposal"]):
    """Proposals by the names a clerk would use."""

    def visible_to(self, actor: Actor, action: str = "confirm_decision") -> ProposalQuerySet:
        """Those within the actor's reach: of the actor's own body, or of acts the actor's office may do itself."""
        reach = actor.reach(action)
        if reach is None:
            return self.none()
        mine = self.filter(action__in=[name for name in actions() if actor.may(name)])
        return mine.filter(body=actor.body) if reach == "addressed" else mine

    def waiting(self) -> ProposalQuerySet:
        """Not confirmed and not refused yet, the oldest first."""
        return self.filter(outcome="").order_by("id")


class Proposal(models.Model):
    """A decision that needs a second pair of eyes: one officer proposes with a reason, another confirms or refuses.

    `subject`  the record, as the journal names it; `act` the step of its table of transitions; `action` what whoever takes it must be allowed
    `body`     of the office that proposes
    """

    subject = models.CharField(max_length=60)
    act = models.CharField(max_length=40)
    action = models.CharField(max_length=40)
    body = models.CharField(max_length=12, blank=True)
    reason = models.TextField()
    facts = models.JSONField(default=dict)
    proposed_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, blank=True, choices=[("confirmed", "confirmed"), ("refused", "refused")])
    decided_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_reason = models.TextField(blank=True)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subject", "act"], condition=Q(outcome=""), name="one_open_proposal_an_act"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=models.F("proposed_by")), name="four_eyes_are_two_people"
            ),
            models.CheckConstraint(
                condition=Q(outcome="", decided_by=None) | (~Q(outcome="") & Q(decided_by__isnull=False)),
                name="who_decided_a_proposal_is_known",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["outcome", "id"], name="proposal_queue")]

    def __str__(self) -> str:
        return f"{self.act} {self.subject}"


class Letter(models.Model):
    """A decision as its addressee reads it: what was decided, why, on which article, and what can be done against it, in both languages.

    `declaration_id`  the declaration it is about: whoever may see that may read the letter; 0 for one about a firm itself, which the firm reads
    """

    subject = models.CharField(max_length=60)
    declaration_id = models.BigIntegerField()
    act = models.CharField(max_length=40)
    text_zh = models.TextField()
    text_en = models.TextField()
    because = models.CharField(max_length=200, blank=True)
    written_by = models.CharField(max_length=40)
    written_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["subject"], name="letter_of_subject"),
            models.Index(fields=["declaration_id"], name="letter_of_declaration"),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.subject}"

    def texts(self, first: str) -> list[tuple[str, str]]:
        """Both texts with the language each is in, the reader's first."""
        both = [("zh-Hans", self.text_zh), ("en", self.text_en)]
        return both if first == "zh" else both[::-1]
