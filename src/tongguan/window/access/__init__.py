"""Who may do what: deny unless granted.

`actions.yaml` lists every act of the window, the roles that may do it and how far each role reaches. A view or an operation of the interface names
its action with `needs`; what names none is refused to everybody. Nothing else in the window asks for roles.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

from tongguan.grammar.errors import LawDataError
from tongguan.grammar.strict_yaml import read_yaml

Reach = Literal["public", "self", "own", "entrusted", "addressed", "all"]
"""How far a grant reaches.

public     anybody, signed in or not
self       one's own person
own        records of one's own organisation
entrusted  records of one's own organisation and of those that entrusted it, while the authority is in force
addressed  records sent to one's own body
all        every record
"""

ROLES = (
    "consumer",
    "importer",
    "broker",
    "ecommerce",
    "customs_officer",
    "customs_examiner",
    "customs_senior",
    "agency_officer",
    "agency_senior",
    "supervisor",
    "operator",
)
"""consumer: anyone signed in without an organisation. The two seniors confirm what needs a second pair of eyes and decide what was raised to them."""

TRADERS = frozenset({"importer", "broker", "ecommerce"})
CUSTOMS = frozenset({"customs_officer", "customs_examiner", "customs_senior"})
AGENCY = frozenset({"agency_officer", "agency_senior"})
OFFICERS = CUSTOMS | AGENCY
MUST_SHOW_SECOND_FACTOR = OFFICERS | {"supervisor", "operator"}
"""Roles that can do nothing but look after their own account until they have shown a passkey or a one-time code."""


class Action(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One act: what it is called in both languages and who may do it, role by role with its reach.

    `second_factor`   whoever does it has shown a passkey or a one-time code in this session, whatever their role
    `confirmed_firm`  the firm they act for has been confirmed by Customs
    """

    zh: str
    en: str
    grants: dict[str, Reach]
    second_factor: bool = False
    confirmed_firm: bool = False

    @property
    def is_public(self) -> bool:
        """Whether a visitor may do it."""
        return "anyone" in self.grants


@cache
def actions() -> dict[str, Action]:
    """Every action by name. Raises LawDataError when a grant names a role we do not have."""
    held = read_yaml(Path(__file__).parent / "actions.yaml", dict[str, Action])
    for name, action in held.items():
        for role in action.grants:
            if role not in {*ROLES, "anyone"}:
                raise LawDataError(f"actions.yaml: {name} grants to {role!r}, which is no role")
    return held


def reach_of(role: str | None, action: str) -> Reach | None:
    """How far this role may do this; None: not at all. `role` is None for a visitor who has not signed in."""
    grants = actions()[action].grants
    return grants.get(role or "anyone") or grants.get("anyone")


View = TypeVar("View", bound=Callable[..., Any])


def needs(action: str) -> Callable[[View], View]:
    """Mark a view or an operation with the action it is. Without this mark the middleware refuses the view."""
    if action not in actions():
        raise LookupError(f"access/actions.yaml has no action {action!r}")

    def mark(view: View) -> View:
        view.action = action  # type: ignore[attr-defined]  # a mark on a function
        return view

    return mark
