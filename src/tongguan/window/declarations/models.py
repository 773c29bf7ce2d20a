"""The goods declaration (报关单): filed once, worked by every agency from the same facts, followed to release.

What was declared is kept as versions, never overwritten; what the window answered (taxes, papers, days) is kept beside the version it was made from.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import ClassVar

from django.db import models
from django.db.models import Q

from tongguan.declaration.codes import code_table
from tongguan.window.access.actor import Actor
from tongguan.window.accounts.models import Entrustment, Organisation, Person
from tongguan.window.fields import Json
from tongguan.window.look.texts import say
from tongguan.window.states import State, lives

TRANSITIONS = lives(Path(__file__).parent / "transitions.yaml")
STATE, TAX, EXAMINATION = TRANSITIONS["state"], TRANSITIONS["tax"], TRANSITIONS["examination"]
TONES = {
    "drafted": "grey", "returned": "orange", "suspended": "red", "referred": "red", "withdrawn": "grey", "released": "green", "cleared": "green",
}  # fmt: skip


class Kind(models.TextChoices):
    """How it is declared: at once, or as a summary first (两步申报, GACC 2019 No. 127, No. 216)."""

    ONE_STEP = "one_step"
    TWO_STEP = "two_step"


class DeclarationQuerySet(models.QuerySet["Declaration"]):
    """Declarations by the names a clerk would use."""

    def visible_to(self, actor: Actor, action: str = "see_declaration") -> DeclarationQuerySet:
        """Those within the actor's reach for an action. Drafts are seen by those who may act for the importer alone."""
        match actor.reach(action):
            case "all":
                return self.exclude(state="drafted")
            case "addressed":
                return self.exclude(state="drafted").filter(permit_cases__body=actor.body).distinct()
            case "own":
                return self.filter(importer_id=actor.organisation_id)
            case "entrusted":
                return self.filter(declarant_id=actor.organisation_id)
            case _:
                return self.none()

    def awaiting_acceptance(self) -> DeclarationQuerySet:
        """Lodged, and nobody has answered yet."""
        return self.filter(state="lodged")

    def awaiting_review(self) -> DeclarationQuerySet:
        """Accepted; the documents are not reviewed to the end."""
        return self.filter(state__in=["accepted", "under_review"])

    def awaiting_examination(self) -> DeclarationQuerySet:
        """Selected, and not examined yet."""
        return self.filter(examination="selected", state__in=["accepted", "under_review", "reviewed"])

    def awaiting_release(self) -> DeclarationQuerySet:
        """Reviewed, with tax settled and nothing to examine; the agencies' answers are checked when it is released."""
        return self.filter(
            state="reviewed", tax__in=["none_due", "secured", "paid"], examination__in=["not_selected", "examined"]
        )


class Declaration(models.Model):
    """One declaration. Columns hold what lists and queues are cut by; the facts stand in its versions.

    `reference`   the declarant's own number; with the declarant it is unique, so that sending twice makes one declaration
    `due_fen`     what the last determination asks for, in fen
    `completed_at`  when the second step of a two-step declaration was lodged; None in one step, where lodging is complete
    """

    importer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="imports")
    declarant = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="declarations")
    entrustment = models.ForeignKey(Entrustment, on_delete=models.PROTECT, null=True, blank=True)
    reference = models.CharField(max_length=40)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.ONE_STEP)
    channel = models.CharField(max_length=24, default="general_trade")
    customs_office = models.CharField(max_length=4, blank=True)
    goods_summary = models.CharField(max_length=160, blank=True)
    version = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=16, default="drafted")
    tax = models.CharField(max_length=16, default="open")
    examination = models.CharField(max_length=16, default="not_selected")
    due_fen = models.BigIntegerField(null=True, blank=True)
    arrived_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField()
    lodged_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)
    cleared_at = models.DateTimeField(null=True, blank=True)
    state_since = models.DateTimeField()
    officer = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = DeclarationQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=list(STATE.states)), name="declaration_state_is_known"),
            models.CheckConstraint(condition=Q(tax__in=list(TAX.states)), name="declaration_tax_is_known"),
            models.CheckConstraint(
                condition=Q(examination__in=list(EXAMINATION.states)), name="declaration_examination_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(state="cleared") | Q(tax__in=["none_due", "paid"]), name="cleared_only_when_paid"
            ),
            models.UniqueConstraint(fields=["declarant", "reference"], name="one_reference_once_a_declarant"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "state_since", "id"], name="declaration_queue"),
            models.Index(fields=["importer", "-id"], name="declaration_of_importer"),
            models.Index(fields=["declarant", "-id"], name="declaration_of_declarant"),
            models.Index(
                fields=["state_since", "id"], condition=Q(examination="selected"), name="declaration_to_examine"
            ),
            models.Index(fields=["released_at"], name="declaration_by_release"),
        ]

    def __str__(self) -> str:
        return self.number or f"draft {self.pk}"

    @property
    def subject(self) -> str:
        """How the journal names it."""
        return f"declaration:{self.pk}"

    @property
    def parties(self) -> tuple[int, int]:
        """The firms behind it: in whose name it is filed, and who files it."""
        return self.importer_id, self.declarant_id

    @property
    def state_words(self) -> State:
        """Its state in both languages."""
        return STATE.states[self.state]

    @property
    def tone(self) -> str:
        """The colour of its state; the words say everything, the colour repeats it."""
        return TONES.get(self.state, "blue")

    @property
    def name_zh(self) -> str:
        """What it is called in Chinese: its number, or that it is a draft."""
        return self.number or say("declarations.draft_number", "zh", number=self.pk)

    @property
    def name_en(self) -> str:
        """What it is called in English."""
        return self.number or say("declarations.draft_number", "en", number=self.pk)

    @property
    def waits_for_completion(self) -> bool:
        """Lodged as a summary, and the complete declaration is still to come."""
        return self.kind == Kind.TWO_STEP and self.lodged_at is not None and self.completed_at is None

    @property
    def number(self) -> str:
        """18 digits: customs office (4), year (4), 1 for imports, and a running number (9). Derived, so that it cannot drift.

        Empty until it is lodged: a draft is nothing that Customs has a number for.
        """
        if self.lodged_at is None:
            return ""
        return f"{self.customs_office or '0000'}{self.created_at:%Y}1{self.pk:09d}"


class Draft(models.Model):
    """What is being written and not lodged yet: before the first lodging, after a return, before the second step, for an amendment.

    It may hold anything a person has got round to writing, right or wrong; nothing rests on it, and lodging takes it away.
    `facts_sha256`  of the facts as they stand, so that what was read on the review page is what is lodged
    """

    declaration = models.OneToOneField(Declaration, on_delete=models.CASCADE, primary_key=True, related_name="draft")
    facts = models.JSONField()
    facts_sha256 = models.CharField(max_length=64)
    saved_by = models.CharField(max_length=40)
    saved_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"draft of {self.declaration_id}"


class Version(models.Model):
    """The facts as declared at one time, and what the window answered to them. An answer once given is kept.

    `facts`       the declaration as `tongguan.declaration` reads it, in its own JSON
    `answer`      what `declarations.answer.Answer` keeps of the answer given then; None when the facts could not be assessed
    `total_fen`   taxes of the option declared, in fen; None when the answer is a range or there is none
    """

    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    facts = Json()
    facts_sha256 = models.CharField(max_length=64)
    answer = Json(null=True)
    total_fen = models.BigIntegerField(null=True, blank=True)
    made_by = models.CharField(max_length=40)
    made_at = models.DateTimeField()
    reason = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["declaration", "number"], name="one_version_once")]

    def __str__(self) -> str:
        return f"{self.declaration_id} v{self.number}"


def random_name(paper: Paper, given: str) -> str:
    """Where a file is kept: nothing of the name it came with, nothing that can be guessed."""
    del paper, given
    name = secrets.token_hex(20)
    return f"{name[:2]}/{name}"


PAPER_TABLES = ("attached_papers", "documents")
"""What a file may be: a commercial paper (随附单据代码) or a supervision document (监管证件代码)."""


class Paper(models.Model):
    """A file attached to a declaration: kept under a random name, never shown as a page of ours."""

    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, related_name="papers")
    document = models.CharField(max_length=20)
    number = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=80)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    file = models.FileField(upload_to=random_name)
    added_by = models.CharField(max_length=40)
    added_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name

    @property
    def document_words(self) -> object:
        """What the paper is, in both languages; its code where no table has it."""
        held = (code_table(table).codes.get(self.document) for table in PAPER_TABLES)
        return next(filter(None, held), self.document)


class Request(models.Model):
    """An importer's request to amend or withdraw what was lodged (Customs Law art. 26): asked with a reason, decided with a reason."""

    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, related_name="requests")
    kind = models.CharField(max_length=10, choices=[("amend", "amend"), ("withdraw", "withdraw")])
    reason = models.TextField()
    facts = models.JSONField(null=True)
    asked_by = models.CharField(max_length=40)
    asked_at = models.DateTimeField()
    decision = models.CharField(max_length=10, blank=True, choices=[("granted", "granted"), ("refused", "refused")])
    decided_reason = models.TextField(blank=True)
    decided_by = models.CharField(max_length=40, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["declaration"], condition=Q(decision=""), name="one_open_request_a_declaration"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.declaration_id}"


class Mapping(models.Model):
    """Which column of a client's spreadsheet is which field of the declaration. Made once, kept for each client of an organisation.

    `columns`  heading of the sheet → name of the field
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="sheet_mappings")
    client = models.CharField(max_length=80)
    columns = models.JSONField()
    made_by = models.CharField(max_length=40)
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "client"], name="one_mapping_a_client"),
        ]

    def __str__(self) -> str:
        return self.client


class Sheet(models.Model):
    """A spreadsheet sent in: which rows became declarations, and the rest with the reasons, to be mended and sent again.

    `accepted`  rows: [{"rows": [2, 3], "reference": …, "declaration": id}]
    `refused`   rows: [{"row": 4, "cells": {…}, "findings": [{"code", "path", "facts"}]}]
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="sheets")
    name = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    headings = models.JSONField()
    accepted = models.JSONField(default=list)
    refused = models.JSONField(default=list)
    sent_by = models.CharField(max_length=40)
    sent_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["organisation", "-id"], name="sheet_of_organisation")]

    def __str__(self) -> str:
        return self.name
