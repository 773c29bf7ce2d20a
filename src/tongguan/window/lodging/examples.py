"""Made-up shipments as facts ready to be declared: the demonstration lodges them, and the example sheet shows how they are written."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from tongguan.grammar.strict_yaml import read_yaml

Facts = dict[str, Any]
SAILED, ARRIVED = dt.timedelta(days=24), dt.timedelta(days=2)
"""Days before the declaration."""


class Shipments(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What all shipments say, and each kind of goods by name."""

    common: dict[str, Facts]
    goods: dict[str, Facts]


@cache
def shipments() -> Shipments:
    """The shipments of `examples.yaml`."""
    return read_yaml(Path(__file__).with_suffix(".yaml"), Shipments)


def facts_of(
    kind: str, number: int, declared_on: dt.date, *, importer_code: str = "", procedure: str = "one_step"
) -> Facts:
    """The facts of the shipment with this number, arrived shortly before it is declared. `kind`: a name of `examples.yaml`."""
    held = shipments()
    own = held.goods[kind]
    facts: Facts = {
        group: {**held.common.get(group, {}), **said} for group, said in own.items() if isinstance(said, dict)
    }
    facts["header"] |= {"procedure": procedure, "contract_number": f"{kind[:2].upper()}-{declared_on.year}-{number:03}"}
    facts["parties"] |= {"importer_code": importer_code} if importer_code else {}
    facts["transport"] |= {
        "bill": f"COSU63{number:08}",
        "departed_on": (declared_on - SAILED).isoformat(),
        "arrived_on": (declared_on - ARRIVED).isoformat(),
    }
    return facts | {"goods": [{**held.common["goods"], **line} for line in own["goods"]]}
