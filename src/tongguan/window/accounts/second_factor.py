"""Whether this session has shown a second factor: a passkey, a one-time code or a recovery code, besides or instead of the password.

allauth asks for the second factor of everyone who has one. What it does not know is that some acts need one at all (`access/actions.yaml`), and that
a session begun with a password alone must not profit from a factor that is set up elsewhere later. So the session itself remembers.
"""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_used
from allauth.usersessions.models import UserSession
from django.http import HttpRequest

from tongguan.window.accounts.models import Person

SESSION_SECOND_FACTOR = "second_factor"
"""Session key: the number of the person who showed a second factor in this session."""


def was_shown(request: HttpRequest, person: Person) -> bool:
    """Whether this person showed a second factor in this session."""
    return bool(request.session.get(SESSION_SECOND_FACTOR) == str(person.pk))


def remember(request: HttpRequest, user: Person, **_: Any) -> None:  # noqa: ANN401  # whatever the signal carries
    """The session has seen the person's second factor."""
    request.session[SESSION_SECOND_FACTOR] = str(user.pk)


def added(request: HttpRequest, user: Person, **_: Any) -> None:  # noqa: ANN401  # whatever the signal carries
    """Who sets up a factor holds it. The person's other sessions end: they were begun without it."""
    remember(request, user)
    _end_other_sessions(request, user)


def removed(request: HttpRequest, user: Person, **_: Any) -> None:  # noqa: ANN401  # whatever the signal carries
    """Without any factor left, this session counts as one with a password alone."""
    _end_other_sessions(request, user)
    if not Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.RECOVERY_CODES).exists():
        request.session.pop(SESSION_SECOND_FACTOR, None)


def _end_other_sessions(request: HttpRequest, user: Person) -> None:
    for session in UserSession.objects.filter(user=user).exclude(session_key=request.session.session_key):
        session.end()


def listen() -> None:
    """Follow allauth's signals."""
    authenticator_used.connect(remember)
    authenticator_added.connect(added)
    authenticator_removed.connect(removed)
