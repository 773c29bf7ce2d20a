"""Money between a firm and Customs: what was determined, notified, secured, paid, repaid; and the ledger in which every fen stands twice.

Amounts are whole fen. A balance is never stored: it is the sum of an account's postings.
"""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from django.db import models
from django.db.models import F, Q, Sum

from tongguan.window.access.actor import Actor
from tongguan.window.accounts.models import Organisation, Person
from tongguan.window.declarations.models import Declaration


class DeterminationQuerySet(models.QuerySet["Determination"]):
    """Determinations by the names a clerk would use."""

    def visible_to(self, actor: Actor, action: str = "see_charges") -> DeterminationQuerySet:
        """Those of declarations within the actor's reach."""
        match actor.reach(action):
            case "all":
                return self.all()
            case "own":
                return self.filter(declaration__importer_id=actor.organisation_id)
            case "entrusted":
                return self.filter(declaration__declarant_id=actor.organisation_id)
            case _:
                return self.none()

    def overdue_on(self, day: dt.date) -> DeterminationQuerySet:
        """Still to be paid after their last day, the longest overdue first."""
        return self.unpaid().filter(due_on__lt=day)

    def unpaid(self) -> DeterminationQuerySet:
        """Notified and neither settled nor annulled, the soonest deadline first."""
        return self.filter(settled_at=None, annulled_at=None).order_by("due_on", "id")


class Determination(models.Model):
    """Customs' own figure (税额确认): the amounts by tax, from one version of a declaration, and the day they are due.

    `kind`    original, or supplementary (补征) for what was levied short
    `lines`   one entry a charge: item, kind, label_zh, label_en, fen, because; they add up to `total_fen`
    """

    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, related_name="determinations")
    version = models.PositiveIntegerField()
    kind = models.CharField(max_length=14, choices=[("original", "original"), ("supplementary", "supplementary")])
    lines = models.JSONField()
    total_fen = models.BigIntegerField()
    due_on = models.DateField(null=True, blank=True)
    because = models.CharField(max_length=200)
    reason = models.TextField(blank=True)
    determined_by = models.CharField(max_length=40)
    determined_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    annulled_at = models.DateTimeField(null=True, blank=True)

    objects = DeterminationQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(total_fen__gte=0), name="determined_amount_is_not_negative"),
            models.UniqueConstraint(
                fields=["declaration"],
                condition=Q(kind="original", annulled_at=None),
                name="one_original_determination_at_a_time",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_on", "id"], condition=Q(settled_at=None, annulled_at=None), name="unpaid_by_deadline"
            )
        ]

    def __str__(self) -> str:
        return self.notice_number

    @property
    def subject(self) -> str:
        """How the journal names it."""
        return f"determination:{self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether it is still to be paid: neither settled nor annulled."""
        return self.settled_at is None and self.annulled_at is None

    @property
    def replaced(self) -> bool:
        """Whether a new determination stands in its place."""
        if self.annulled_at is None:
            return False
        later = Determination.objects.filter(declaration_id=self.declaration_id, kind="original", annulled_at=None)
        return later.exists()

    @property
    def notice_number(self) -> str:
        """Number of the payment notice, as the payer quotes it to the bank."""
        return f"TG{self.determined_at:%Y%m%d}{self.pk:09d}"


class PaymentToldQuerySet(models.QuerySet["PaymentTold"]):
    """What payers told of, by the names a clerk would use."""

    def visible_to(self, actor: Actor, action: str = "see_charges") -> PaymentToldQuerySet:
        """Those of notices within the actor's reach."""
        return self.filter(determination__in=Determination.objects.visible_to(actor, action))

    def waiting(self) -> PaymentToldQuerySet:
        """Those nobody has seen the money of yet, the oldest first."""
        return self.filter(outcome="").order_by("id")


class PaymentTold(models.Model):
    """What a payer told of a payment. It settles nothing: that is done by the bank's row, or by an officer who has seen that the money is there.

    One at a time waits for a notice. One whose money never comes is struck, with the reason as the payer reads it, and may be told again.

    `outcome`  empty while it waits; booked: the money came; settled: the notice was settled by other money; annulled: the notice was; struck
    """

    OUTCOMES = ("booked", "settled", "annulled", "struck")

    determination = models.ForeignKey(Determination, on_delete=models.PROTECT, related_name="told")
    fen = models.BigIntegerField()
    paid_on = models.DateField()
    reference = models.CharField(max_length=64)
    told_by = models.CharField(max_length=40)
    told_at = models.DateTimeField()
    outcome = models.CharField(max_length=8, blank=True, choices=[(name, name) for name in OUTCOMES])
    ended_by = models.CharField(max_length=40, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    struck_reason = models.TextField(blank=True)

    objects = PaymentToldQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(fen__gt=0), name="told_payment_is_of_something"),
            models.UniqueConstraint(
                fields=["determination"], condition=Q(outcome=""), name="one_told_payment_waits_a_notice"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["id"], condition=Q(outcome=""), name="told_payment_waiting")]

    def __str__(self) -> str:
        return self.reference


class Payment(models.Model):
    """Money that arrived for a notice. The bank's reference makes it one payment, however often the bank tells of it."""

    determination = models.ForeignKey(Determination, on_delete=models.PROTECT, related_name="payments")
    fen = models.BigIntegerField()
    surcharge_fen = models.BigIntegerField(default=0)
    paid_on = models.DateField()
    reference = models.CharField(max_length=64, unique=True)
    source = models.CharField(max_length=20)
    entered_by = models.CharField(max_length=40)
    entered_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(fen__gt=0, surcharge_fen__gte=0, surcharge_fen__lte=F("fen")),
                name="payment_amounts_are_sound",
            )
        ]

    def __str__(self) -> str:
        return self.reference


class SecurityQuerySet(models.QuerySet["Security"]):
    """Securities by the names a clerk would use."""

    def ending_by(self, day: dt.date) -> SecurityQuerySet:
        """Those that stand for something and end by this day, or have ended already; the first to end on top."""
        return self.filter(used_fen__gt=0, until_on__lte=day).order_by("until_on", "id")


class Security(models.Model):
    """Security accepted by Customs (担保): money deposited, a bank's letter, or a general guarantee for many declarations.

    `used_fen` never exceeds `amount_fen`: the database refuses it.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="securities")
    kind = models.CharField(
        max_length=18, choices=[("deposit", "deposit"), ("bank_letter", "bank_letter"), ("general", "general")]
    )
    reference = models.CharField(max_length=64)
    amount_fen = models.BigIntegerField()
    used_fen = models.BigIntegerField(default=0)
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)
    accepted_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    accepted_at = models.DateTimeField(null=True, blank=True)
    given_at = models.DateTimeField()

    objects = SecurityQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0, used_fen__gte=0, used_fen__lte=F("amount_fen")),
                name="security_is_not_over_used",
            ),
            models.UniqueConstraint(fields=["organisation", "reference"], name="one_security_a_reference"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["until_on", "id"], condition=Q(used_fen__gt=0), name="security_in_use_by_end"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}"

    @property
    def subject(self) -> str:
        """How the journal names it."""
        return f"security:{self.pk}"

    def is_in_force_on(self, day: dt.date) -> bool:
        """Whether it counts on a day: begun, and not over."""
        return self.from_on <= day and (self.until_on is None or self.until_on >= day)


class SecurityUse(models.Model):
    """How much of a security stands for one declaration, until the tax is paid."""

    security = models.ForeignKey(Security, on_delete=models.PROTECT, related_name="uses")
    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, related_name="securities")
    fen = models.BigIntegerField()
    used_at = models.DateTimeField()
    freed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["declaration"], condition=Q(freed_at=None), name="one_security_in_use_a_declaration"
            )
        ]

    def __str__(self) -> str:
        return f"{self.security_id} {self.declaration_id}"


class Refund(models.Model):
    """A request for repayment (退税) and what became of it: asked within the period of the law, decided by two officers, paid with interest."""

    determination = models.ForeignKey(Determination, on_delete=models.PROTECT, related_name="refunds")
    fen = models.BigIntegerField()
    ground = models.CharField(max_length=10, choices=[("overpaid", "overpaid"), ("sent_back", "sent_back")])
    reason = models.TextField()
    asked_by = models.CharField(max_length=40)
    asked_at = models.DateTimeField()
    decide_by = models.DateField()
    decision = models.CharField(max_length=10, blank=True, choices=[("granted", "granted"), ("refused", "refused")])
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_reason = models.TextField(blank=True)
    interest_fen = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(fen__gt=0), name="refund_is_of_something"),
            models.UniqueConstraint(
                fields=["determination"], condition=Q(decision=""), name="one_open_refund_a_determination"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["decide_by", "id"], condition=Q(decision=""), name="open_refund_by_last_day")
        ]

    def __str__(self) -> str:
        return f"{self.determination_id} {self.fen}"

    @property
    def subject(self) -> str:
        """How the journal names it."""
        return f"refund:{self.pk}"

    @property
    def parties(self) -> tuple[int, int]:
        """The firms behind it: those of its declaration."""
        return self.determination.declaration.parties


# --- the ledger --------------------------------------------------------------------------------------------------------------------

ACCOUNTS = (
    "receivable",
    "treasury",
    "taxes_determined",
    "surcharges_determined",
    "deposits_held",
    "guarantees_in_use",
    "guarantors",
    "refunds_payable",
    "interest_paid",
)
"""receivable: owed by the firm; treasury: money received; deposits_held: the firm's money held as security; guarantees_in_use and guarantors: the two
sides of what others vouch for; refunds_payable: owed to the firm."""


class PostingQuerySet(models.QuerySet["Posting"]):
    """Sums of postings."""

    def balance(self, account: str, organisation_id: int | None = None) -> int:
        """An account in fen, debits positive; of one firm when it is named."""
        held = self.filter(account=account)
        if organisation_id is not None:
            held = held.filter(organisation_id=organisation_id)
        return held.aggregate(sum=Sum("fen"))["sum"] or 0


class Transaction(models.Model):
    """One movement of money in the ledger: its postings add up to nothing."""

    subject = models.CharField(max_length=60)
    kind = models.CharField(max_length=24)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["subject"], name="transaction_of_subject")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class Posting(models.Model):
    """One side of a movement: an account, a firm, an amount; debits positive, credits negative."""

    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="postings")
    account = models.CharField(max_length=24)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    fen = models.BigIntegerField()

    objects = PostingQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(account__in=ACCOUNTS), name="account_is_known"),
            models.CheckConstraint(condition=~Q(fen=0), name="posting_is_of_something"),
        ]
        indexes: ClassVar = [models.Index(fields=["organisation", "account"], name="posting_of_firm")]

    def __str__(self) -> str:
        return f"{self.account} {self.fen}"
