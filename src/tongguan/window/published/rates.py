"""Exchange rates: loaded with their source, and put into a shipment that states none.

Law      tariff-law-2024#60, gacc-order-272#13: duties are reckoned at the rate of one published day, which counts for a whole month. It is not the
         declarant's to choose; what a shipment states itself is kept all the same, and said where it differs.
Reading  Customs may fix another rate when rates move sharply. For a whole month an operator loads it as a correction with its own source; from a day
         within a month on it is not held, and is stated on the shipment.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

import msgspec
from django.db import IntegrityError, models, transaction

from tongguan.assessment.assess import assess
from tongguan.assessment.governing import dates_of
from tongguan.assessment.result import Assessment
from tongguan.assessment.shipment import Shipment
from tongguan.assessment.world import World
from tongguan.grammar.findings import Finding, InputRefused
from tongguan.grammar.money import decimal_text
from tongguan.window.access.actor import Actor, Moment
from tongguan.window.journal.models import record
from tongguan.window.published.models import ExchangeRate, RateLoad
from tongguan.window.published.reading import Rate, read_rates

FRESH_SECONDS = 5.0
"""So long may another process go by what was held before a load."""
FAR_OFF = 5
"""A rate so many times the one held for the nearest day, or so small a part of it, is most often one for 100 units."""
DOLLAR = "exchange_rate_USD"
"""What the assessment calls the dollar where a price test is written in it."""


# --- loading ----------------------------------------------------------------------------------------------------------------------


class Loaded(NamedTuple):
    """What came of a file: rates that are new, rates that took the place of others, and rates that were held already."""

    added: int
    corrected: int
    known: int


def load(
    actor: Actor, moment: Moment, name: str, content: bytes, *, source: str = "", corrects: bool = False
) -> Loaded:
    """Load a file of rates, all of it or nothing; the same file again changes nothing.

    A rate that differs from the one held is taken only as a correction. Raises NotAllowed, InputRefused with every problem at once.
    """
    actor.require("operate")
    rates = read_rates(content, source, moment.day)
    days = {rate.published_on for rate in rates}
    try:
        with transaction.atomic():
            held = {(h.currency, h.published_on): h for h in _current().filter(published_on__in=days)}
            fresh = [rate for rate in rates if not _is_held(rate, held)]
            replaced = [held[key] for rate in fresh if (key := (rate.currency, rate.published_on)) in held]
            found = [] if corrects else [*_contradictions(fresh, held), *_far_off(fresh)]
            if found:
                raise InputRefused(found)
            if fresh:
                _keep(actor, moment, name, content, fresh, replaced)
    except IntegrityError:  # two files came at once
        raise InputRefused([Finding("published.loaded_meanwhile", "file")]) from None
    finally:
        forget()
    return Loaded(len(fresh) - len(replaced), len(replaced), len(rates) - len(fresh))


def _is_held(rate: Rate, held: Mapping[tuple[str, dt.date], ExchangeRate]) -> bool:
    same = held.get((rate.currency, rate.published_on))
    return same is not None and same.rate == rate.rate


def _contradictions(fresh: Iterable[Rate], held: Mapping[tuple[str, dt.date], ExchangeRate]) -> list[Finding]:
    found = []
    for rate in fresh:
        other = held.get((rate.currency, rate.published_on))
        if other is not None:
            facts = {
                "row": str(rate.row), "currency": rate.currency, "day": rate.published_on.isoformat(), "read": decimal_text(rate.rate),
                "held": decimal_text(other.rate), "source": other.source,
            }  # fmt: skip
            found.append(Finding("published.rate_held_otherwise", f"row {rate.row}.rate", facts))
    return found


def _far_off(fresh: list[Rate]) -> list[Finding]:
    """Rates that cannot well be meant, beside the one held for the nearest day."""
    held: dict[str, list[tuple[dt.date, Decimal]]] = {}
    rows = _current().filter(currency__in={rate.currency for rate in fresh})
    for currency, day, known in rows.values_list("currency", "published_on", "rate"):
        held.setdefault(currency, []).append((day, known))
    found = []
    for rate in fresh:
        if rate.currency not in held:
            continue
        apart = [(abs(day - rate.published_on), day, known) for day, known in held[rate.currency]]
        _, day, known = min(apart)
        if not known / FAR_OFF < rate.rate < known * FAR_OFF:
            facts = {
                "row": str(rate.row), "currency": rate.currency, "read": decimal_text(rate.rate), "held": decimal_text(known),
                "day": day.isoformat(),
            }  # fmt: skip
            found.append(Finding("published.rate_far_off", f"row {rate.row}.rate", facts))
    return found


def _keep(
    actor: Actor, moment: Moment, name: str, content: bytes, fresh: list[Rate], replaced: list[ExchangeRate]
) -> None:
    made = RateLoad(
        name=name[-120:], sha256=hashlib.sha256(content).hexdigest(), loaded_by=actor.name, loaded_at=moment.at
    )
    made.save(force_insert=True)
    ExchangeRate.objects.filter(pk__in=[old.pk for old in replaced]).update(replaced_by=made)
    ExchangeRate.objects.bulk_create(
        ExchangeRate(load=made, currency=r.currency, published_on=r.published_on, rate=r.rate, source=r.source)
        for r in fresh
    )
    facts = {
        "name": made.name, "sha256": made.sha256, "rates": str(len(fresh)), "corrected": str(len(replaced)),
        "days": " ".join(sorted({rate.published_on.isoformat() for rate in fresh})),
    }  # fmt: skip
    record(made.subject, "load_rates", actor=actor, at=moment.at, facts=facts, is_first=True)


# --- looking up -------------------------------------------------------------------------------------------------------------------


def _current() -> models.QuerySet[ExchangeRate]:
    """Those that no later load has replaced."""
    return ExchangeRate.objects.filter(replaced_by=None)


_SEEN: dict[str, tuple[float, list[ExchangeRate]]] = {}
"""Rates by day with the moment they were looked up; rates change once a month and are asked for with every declaration."""


def forget() -> None:
    """Look up again what was looked up."""
    _SEEN.clear()


def _of_a_day(day: str) -> list[ExchangeRate]:
    """The rates held of a day, as they were a few seconds ago at most."""
    now = time.monotonic()
    at, rows = _SEEN.get(day, (-FRESH_SECONDS, []))
    if now - at >= FRESH_SECONDS:
        rows = list(_current().filter(published_on=day))
        _SEEN[day] = now, rows
    return rows


def rates_of(day: dt.date) -> list[ExchangeRate]:
    """Every rate held of a day that counts, by currency, with the load that brought it."""
    return list(_current().filter(published_on=day).select_related("load").order_by("currency"))


def days_held() -> list[dt.date]:
    """The days of which rates are held, the latest first."""
    return list(_current().order_by("-published_on").values_list("published_on", flat=True).distinct())


class RateUsed(msgspec.Struct, frozen=True):
    """A published rate that an answer rests on: yuan for one unit, the day it was published on, and where."""

    currency: str
    rate: Decimal
    published_on: dt.date
    source: str


class Rated(NamedTuple):
    """A shipment with the rates that are held for it, its assessment, those rates, and what the window says of rates it states itself."""

    shipment: Shipment
    assessment: Assessment
    rates: tuple[RateUsed, ...]
    findings: tuple[Finding, ...]


def assess_with_rates(shipment_with: Callable[[dict[str, Decimal]], Shipment], world: World) -> Rated:
    """Assess a shipment with the published rates it does not state. `shipment_with` gives it with these rates below its own.

    Raises nothing: a rate that is not held stays the finding of the assessment that it always was.
    """
    shipment = shipment_with({})
    wanted = currencies_of(shipment)
    held = _held_for(shipment, wanted, world) if wanted else {}
    used = {code: held[code] for code in wanted if code in held and code not in shipment.exchange_rates}
    if used:
        shipment = shipment_with({code: one.rate for code, one in used.items()})
    assessment = assess(shipment, world)
    if "USD" not in shipment.exchange_rates and any(DOLLAR in item.missing_facts for item in assessment.items):
        dollar = _held_for(shipment, {"USD"}, world)
        if dollar:
            used |= dollar
            shipment = shipment_with({code: one.rate for code, one in used.items()})
            assessment = assess(shipment, world)
    return Rated(shipment, assessment, tuple(used.values()), tuple(_differing(shipment, used, held)))


def filled(shipment: Shipment) -> Callable[[dict[str, Decimal]], Shipment]:
    """A shipment with rates below those it states, as `assess_with_rates` asks for it."""
    return lambda rates: msgspec.structs.replace(shipment, exchange_rates={**rates, **shipment.exchange_rates})


def currencies_of(shipment: Shipment) -> set[str]:
    """The currencies that something of a shipment is stated in, but for the yuan."""
    costs = [shipment.foreign_inland, shipment.freight, shipment.insurance]
    for item in shipment.items:
        costs += [item.freight, item.insurance]
    stated = {item.currency for item in shipment.items} | {cost.currency for cost in costs if cost is not None}
    return stated - {"", "CNY"}


def _held_for(shipment: Shipment, currencies: set[str], world: World) -> dict[str, RateUsed]:
    """The rates held for these currencies on the day that counts for a shipment; none where that day is not known."""
    dates = dates_of(shipment, [], world)
    if dates is None or not dates.reference[:1].isdigit():
        return {}
    return {
        one.currency: RateUsed(one.currency, Decimal(decimal_text(one.rate)), one.published_on, one.source)
        for one in _of_a_day(dates.reference)
        if one.currency in currencies
    }


def _differing(shipment: Shipment, used: Mapping[str, RateUsed], held: Mapping[str, RateUsed]) -> Iterable[Finding]:
    """Rates the shipment states otherwise than they were published."""
    for code, one in held.items():
        stated = shipment.exchange_rates.get(code)
        if code not in used and stated is not None and stated != one.rate:
            facts = {
                "currency": code, "read": decimal_text(stated), "held": decimal_text(one.rate), "day": one.published_on.isoformat(),
                "source": one.source,
            }  # fmt: skip
            path = f"exchange_rates.{code}"
            yield Finding("published.rate_stated_otherwise", path, facts, "tariff-law-2024#60", "warning")
