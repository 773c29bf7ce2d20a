"""The bodies of the policy as organisations. They are there as soon as the tables are: an officer needs a body to hold a post in."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

from tongguan.law.controls.tables import read_rows
from tongguan.window import clock
from tongguan.window.accounts.models import Organisation, OrganisationKind

OPERATOR_ZH, OPERATOR_EN = "平台运营单位", "Operator of the platform"


class Body(msgspec.Struct, frozen=True):
    """One of the 20 bodies by the short name the policy gives it."""

    code: str
    name_zh: str
    name_en: str


@cache
def bodies() -> dict[str, Body]:
    """The 20 bodies that issued the policy, by code, in the policy's order."""
    return {row["code"]: msgspec.convert(row, Body) for row in read_rows(Path(__file__).parent / "bodies.csv")}


def ensure_bodies(**_: object) -> None:
    """Make the organisations of the bodies and of the operator that are not there yet. Called after each migration."""
    at = clock.now()
    there = set(Organisation.objects.exclude(body="").values_list("body", flat=True))
    fresh = [
        Organisation(
            kind=OrganisationKind.BODY,
            name_zh=body.name_zh,
            name_en=body.name_en,
            body=body.code,
            created_at=at,
            confirmed_at=at,
        )
        for body in bodies().values()
        if body.code not in there
    ]
    if not Organisation.objects.filter(kind=OrganisationKind.OPERATOR).exists():
        fresh.append(
            Organisation(
                kind=OrganisationKind.OPERATOR,
                name_zh=OPERATOR_ZH,
                name_en=OPERATOR_EN,
                created_at=at,
                confirmed_at=at,
            )
        )
    Organisation.objects.bulk_create(fresh)
