"""On whose authority somebody acts for an importer: its own people, or a broker with an entrustment in force on the day of the act."""

from __future__ import annotations

import datetime as dt

from tongguan.grammar.findings import Finding, InputRefused
from tongguan.window.access.actor import Actor
from tongguan.window.accounts.models import Entrustment

POWER_OF_ATTORNEY = "customs-law#10"


class NoAuthority(InputRefused):
    """No entrustment of this importer is in force for the actor's organisation on the day. An importer that is not there is answered the same."""

    def __init__(self, day: dt.date) -> None:
        super().__init__([Finding("accounts.no_authority", "importer", {"day": day.isoformat()}, POWER_OF_ATTORNEY)])


def authority_for(actor: Actor, importer_id: int, day: dt.date) -> Entrustment | None:
    """The entrustment by which the actor acts for this importer on this day; None where it acts for its own organisation.

    Raises NoAuthority when there is neither. Where several are in force, the one given first.
    """
    if actor.organisation_id is None:
        raise NoAuthority(day)
    if actor.organisation_id == importer_id:
        return None
    held = Entrustment.objects.in_force_on(day).filter(
        principal_id=importer_id,
        broker_id=actor.organisation_id,
        principal__confirmed_at__isnull=False,
        broker__confirmed_at__isnull=False,
    )
    entrustment = held.order_by("pk").first()
    if entrustment is None:
        raise NoAuthority(day)
    return entrustment
