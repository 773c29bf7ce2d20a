"""Who acts: a person in one post, or a program with a key, for one organisation."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from django.http import Http404

from tongguan.window.access import MUST_SHOW_SECOND_FACTOR, Reach, actions, reach_of

Lack = Literal["grant", "second_factor", "confirmed_firm"]
"""What stands between an actor and an action.

grant           the role may not do it, or the key was not given it
second_factor   the person has shown only a password
confirmed_firm  Customs has not confirmed the firm
"""

FREE_OF_SECOND_FACTOR = frozenset({"manage_oneself"})
"""What even an officer does with a password alone: reach the page where the second factor is set up."""


class NotAllowed(Http404):
    """The actor may not do this. It is answered like a record that is not there, so that nothing can be found out by trying."""

    def __init__(self, action: str) -> None:
        super().__init__(action)
        self.action = action


@dataclass(frozen=True)
class Actor:
    """A person in a post at one moment. Everything an act needs to know of who does it.

    `organisation_id`, `body`  the organisation of the post, and its code where it is one of the bodies of the policy
    `name_zh`, `name_en`       what the organisation is called, for the head of a page
    `scopes`                   None for a person; for a program the actions its key was given
    `has_second_factor`        a passkey or a one-time code was shown in this session; a key is made only by someone who did
    `is_confirmed`             Customs has confirmed the organisation
    `is_suspended`             and has suspended it: what is under way goes on, nothing new is lodged
    `credit_code`, `customs_code`  the codes the organisation is registered under; empty where none is on record
    """

    person_id: int | None = None
    role: str | None = None
    organisation_id: int | None = None
    body: str = ""
    name_zh: str = ""
    name_en: str = ""
    key_id: int | None = None
    scopes: frozenset[str] | None = None
    has_second_factor: bool = True
    is_confirmed: bool = True
    is_suspended: bool = False
    credit_code: str = ""
    customs_code: str = ""

    def lack(self, action: str) -> Lack | None:
        """What keeps this actor from doing this; None when nothing does."""
        if self.scopes is not None and action not in self.scopes:
            return "grant"
        if reach_of(self.role, action) is None:
            return "grant"
        asked = actions()[action]
        is_bound = asked.second_factor or (self.role in MUST_SHOW_SECOND_FACTOR and action not in FREE_OF_SECOND_FACTOR)
        if is_bound and not asked.is_public and not self.has_second_factor:
            return "second_factor"
        return "confirmed_firm" if asked.confirmed_firm and not self.is_confirmed else None

    def reach(self, action: str) -> Reach | None:
        """How far this actor may do this; None: not at all."""
        return None if self.lack(action) else reach_of(self.role, action)

    def may(self, action: str) -> bool:
        """Whether the actor may do this at all, to some record."""
        return self.reach(action) is not None

    def require(self, action: str) -> Reach:
        """The reach of the grant. Raises NotAllowed when there is none."""
        reach = self.reach(action)
        if reach is None:
            raise NotAllowed(action)
        return reach

    @property
    def its_person(self) -> int:
        """The number of the person. Raises NotAllowed for the window itself and for visitors, whom no act about people is granted."""
        if self.person_id is None:
            raise NotAllowed("manage_oneself")
        return self.person_id

    @property
    def its_organisation(self) -> int:
        """The number of the organisation. Raises NotAllowed for whoever holds no post."""
        if self.organisation_id is None:
            raise NotAllowed("manage_organisation")
        return self.organisation_id

    @property
    def name(self) -> str:
        """How the journal names the actor; no personal data."""
        if self.key_id is not None:
            return f"key:{self.key_id}"
        return f"person:{self.person_id}" if self.person_id else "system"


VISITOR = Actor()
SYSTEM = Actor(role="operator")
"""The window itself: clocks that run out, lots that are drawn. It acts only where a rule says so."""


@dataclass(frozen=True)
class Moment:
    """The instant of an act and its day in China; one for a whole request."""

    at: dt.datetime
    day: dt.date
