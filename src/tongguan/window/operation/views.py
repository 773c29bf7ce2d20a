"""Whether the window is up, for people and for machines that watch."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse

from tongguan.window.access import needs
from tongguan.window.access.middleware import Request
from tongguan.window.operation import metrics

_COMPLETE: set[str] = set()
"""Databases that this process has seen with all their tables."""


@needs("watch_health")
def health(request: HttpRequest) -> HttpResponse:
    """The process answers. Nothing else is asked."""
    del request
    return JsonResponse({"status": "up"})


@needs("watch_health")
def ready(request: HttpRequest) -> HttpResponse:
    """Work can be taken: the database answers and has the tables this version expects. 503 with the reason when not."""
    del request
    try:
        has_tables = _has_tables()
    except DatabaseError:
        return JsonResponse({"status": "away", "because": "database"}, status=503)
    if not has_tables:
        return JsonResponse({"status": "away", "because": "migrations"}, status=503)
    return JsonResponse({"status": "ready"})


def _has_tables() -> bool:
    """Whether the database has the tables this version expects. Raises DatabaseError where it does not answer.

    Reading all migrations takes longer than most pages. Tables do not go away again, so that once they are there a process asks only for an answer.
    """
    if connection.alias in _COMPLETE:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return True
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return False
    _COMPLETE.add(connection.alias)
    return True


@needs("watch_health")
def figures(request: Request) -> HttpResponse:
    """Counts and durations for a monitoring system, in its text form: for whoever holds its key, asks from an address that is allowed, or keeps the
    window. For everybody else there is nothing here, unless it was set up: how busy the window is, and what fails, is not for strangers.
    """
    if not (request.actor.may("operate") or metrics.is_let_in(request)):
        raise Http404
    return HttpResponse(metrics.text(), content_type=metrics.CONTENT_TYPE)
