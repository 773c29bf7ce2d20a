"""Deny unless granted: a view runs only if it names its action and the actor may do it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.module_loading import import_string

from tongguan.window import clock
from tongguan.window.access.actor import VISITOR, Actor, Moment

INTERFACE = "interface"
OTHERS = {"ninja.": INTERFACE, "allauth.": "sign_in", "django.views.i18n": "ask", "django.views.static": "ask"}
"""Views of libraries cannot carry our mark: the prefix of their module says which action they are."""


class Request(HttpRequest):
    """A request as every view of the window gets it."""

    actor: Actor
    moment: Moment


def action_of(view: Callable[..., Any]) -> str | None:
    """The action a view names; None when it names none and is therefore refused."""
    for layer in (view, getattr(view, "view_class", None), getattr(view, "__wrapped__", None)):
        action = getattr(layer, "action", None)
        if isinstance(action, str):
            return action
    module = getattr(getattr(view, "view_class", view), "__module__", "")
    return next((action for prefix, action in OTHERS.items() if module.startswith(prefix)), None)


ActorOf = Callable[[HttpRequest, Moment], Actor]


class DenyUnlessGranted:
    """Gives each request its actor and its moment, and refuses what is not granted."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        # Named in the settings, since people stand above access: whoever knows of posts tells who acts.
        self.actor_of: ActorOf = import_string(settings.ACTOR_OF_REQUEST)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        at = clock.now()
        ours = cast("Request", request)
        ours.moment = Moment(at, clock.day_of(at))
        ours.actor = VISITOR
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Before each view: who is this, and may they?"""
        del args, kwargs
        ours = cast("Request", request)
        action = action_of(view)
        if action is None:
            raise PermissionDenied(f"{view.__module__} names no action")
        if action == INTERFACE:  # every operation of the interface asks for its own key and scope
            return None
        ours.actor = self.actor_of(request, ours.moment)
        lack = ours.actor.lack(action)
        if lack is None:
            return None
        here = urlencode({"next": request.get_full_path()})
        if ours.actor is VISITOR:
            return redirect(f"{settings.LOGIN_URL}?{here}")
        if lack == "second_factor":
            return redirect(f"{reverse('second_factor')}?{here}")
        if lack == "confirmed_firm":
            return render(request, "accounts/not_confirmed.html", status=403)
        raise PermissionDenied(action)
