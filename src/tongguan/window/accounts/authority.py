"""On whose authority somebody acts for an importer: its own people, or a broker with an entrustment in force on the day of the act; and whether the
declared parties are those firms.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Protocol

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
    held = (
        Entrustment.objects.select_related("principal")
        .in_force_on(day)
        .filter(
            principal_id=importer_id,
            broker_id=actor.organisation_id,
            principal__confirmed_at__isnull=False,
            broker__confirmed_at__isnull=False,
        )
    )
    entrustment = held.order_by("pk").first()
    if entrustment is None:
        raise NoAuthority(day)
    return entrustment


# --- the firms behind a declaration ------------------------------------------------------------------------------------------------

PARTIES = "gacc-2018-60#3"


class Firm(Protocol):
    """A firm as an act needs it: an organisation, or an actor who works there. Its codes are empty where none is on record."""

    @property
    def credit_code(self) -> str: ...  # unified social credit code
    @property
    def customs_code(self) -> str: ...  # number of its filing with Customs
    @property
    def is_suspended(self) -> bool: ...


Firms = tuple[Firm, Firm]
"""In whose name a declaration is filed, and who files it."""


def other_codes(parties: Mapping[str, Any], firms: Firms) -> list[Finding]:
    """Codes of consignee and declarant that belong to others than the firm in whose name it is filed, and the firm that files it.

    A consignee may be named by either code (gacc-2018-60#3). What is left out is not looked at here, and of a firm without codes on record nothing can
    be compared; every firm that registers gives both.
    """
    importer, declarant = firms
    found = []
    for path, code, firm, finding in (
        ("importer_code", "", importer, "lodging.importer_is_another"),
        ("importer_customs_code", "customs_code", importer, "lodging.importer_is_another"),
        ("declarant_code", "", declarant, "lodging.declarant_is_another"),
    ):
        known = [firm.customs_code] if code else [firm.credit_code, firm.customs_code]
        known = [one for one in known if one]
        read = str(parties.get(path) or "").strip()
        if read and known and read.upper() not in known:
            found.append(Finding(finding, f"parties.{path}", {"read": read[:40], "known": known[0]}, PARTIES))
    return found


def suspended(firms: Firms) -> list[Finding]:
    """What keeps these firms from lodging anything new."""
    importer, declarant = firms
    if importer.is_suspended:
        return [Finding("lodging.importer_suspended", "importer")]
    return [Finding("lodging.declarant_suspended", "importer")] if declarant.is_suspended else []
