"""What was answered to a request that created something, so that sending it again changes nothing."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class IdempotentAnswer(models.Model):
    """One creation under one Idempotency-Key of an organisation.

    `digest`  SHA-256 of the method, the path and the body it came with
    `answer`  what was answered; written in the transaction of the creation, so that it is there exactly when the creation is
    """

    organisation_id = models.BigIntegerField()
    key = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    answer = models.JSONField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation_id", "key"], name="one_answer_an_idempotency_key"),
        ]
        indexes: ClassVar = [models.Index(fields=["at"], name="idempotent_answer_by_time")]

    def __str__(self) -> str:
        return self.key
