"""One's desk: what waits for me, which clocks run out, and where to go."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from tongguan.window.access import needs
from tongguan.window.access.middleware import Request
from tongguan.window.desk import panels


@needs("open_desk")
@require_GET
@never_cache
def desk(request: Request) -> HttpResponse:
    """The desk of this actor."""
    return render(request, "desk/desk.html", {"panels": panels.panels_for(request.actor, request.moment)})
