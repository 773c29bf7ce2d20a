"""Time-release figures, computed from the journal and kept as tallies, so that a page costs the same with a thousand declarations or a million.

A duration falls into a bucket one tenth wider than the one before: percentiles are right to within ten per cent and tallies can be added up.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Tally(models.Model):
    """How many acts of one day ended a stage after about so long.

    `stage`   key of `stages.yaml`; `body` for stages of an agency, else empty
    `bucket`  number of the bucket; `buckets.minutes` gives its upper end
    """

    day = models.DateField()
    stage = models.CharField(max_length=24)
    channel = models.CharField(max_length=24, blank=True)
    body = models.CharField(max_length=12, blank=True)
    bucket = models.PositiveSmallIntegerField()
    count = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["day", "stage", "channel", "body", "bucket"], name="one_tally_a_bucket_and_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.stage} {self.bucket}"


class Cursor(models.Model):
    """The last journal entry that was tallied; one row."""

    name = models.CharField(max_length=20, primary_key=True)
    entry = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.name} {self.entry}"
