"""Exchange rates as they were published, each with its source, its day and who loaded it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class RateLoad(models.Model):
    """One file of exchange rates as an operator loaded it."""

    name = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    loaded_by = models.CharField(max_length=40)
    loaded_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name

    @property
    def subject(self) -> str:
        """How the journal names it."""
        return f"exchange_rates:{self.pk}"


class ExchangeRate(models.Model):
    """Yuan for one unit of a currency, as published on a day.

    A rate that was loaded wrongly is never changed: the load that corrects it stands in `replaced_by`, and brings the right one.
    """

    load = models.ForeignKey(RateLoad, on_delete=models.PROTECT, related_name="rates")
    currency = models.CharField(max_length=3)
    published_on = models.DateField()
    rate = models.DecimalField(max_digits=13, decimal_places=6)
    source = models.CharField(max_length=200)
    replaced_by = models.ForeignKey(RateLoad, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["published_on", "currency"], condition=Q(replaced_by=None), name="one_rate_a_currency_and_day"
            ),
            models.CheckConstraint(condition=Q(rate__gt=0), name="an_exchange_rate_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.rate} {self.published_on}"
