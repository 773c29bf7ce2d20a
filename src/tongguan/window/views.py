"""Pages for what went wrong."""

from __future__ import annotations

import sys

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tongguan.window.middleware import database_away


def _page(request: HttpRequest, name: str, status: int) -> HttpResponse:
    return render(request, f"problems/{name}.html", status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: what was sent could not be read."""
    del exception
    return _page(request, "bad_request", 400)


def not_allowed(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: this role may not do this."""
    del exception
    return _page(request, "not_allowed", 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: not there, or not yours to see."""
    del exception
    return _page(request, "not_found", 404)


def our_mistake(request: HttpRequest) -> HttpResponse:
    """500: we made a mistake; nothing was kept. 503 where the database went away outside a view: while the session was read or kept."""
    return database_away(sys.exc_info()[1]) or _page(request, "our_mistake", 500)


def refused_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that did not come from our own page."""
    del reason
    return _page(request, "refused_form", 403)
