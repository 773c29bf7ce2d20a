"""The home page and the accessibility statement."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tongguan.window.access import needs
from tongguan.window.access.middleware import Request
from tongguan.window.look.places import address_of, home_for


@require_safe
@needs("ask")
def home(request: Request) -> HttpResponse:
    """What one can do here."""
    return render(request, "look/home.html", {"groups": home_for(request.actor), "start": address_of("ask")})


@require_safe
@needs("ask")
def accessibility(request: Request) -> HttpResponse:
    """What works for whom, how it is checked, what is missing."""
    return render(request, "look/accessibility.html")
