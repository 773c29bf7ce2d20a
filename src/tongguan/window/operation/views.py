"""Whether the window is up, for people and for machines that watch."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

from tongguan.window.access import needs
from tongguan.window.operation import metrics


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
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return JsonResponse({"status": "away", "because": "database"}, status=503)
    if missing:
        return JsonResponse({"status": "away", "because": "migrations"}, status=503)
    return JsonResponse({"status": "ready"})


@needs("watch_health")
def figures(request: HttpRequest) -> HttpResponse:
    """Counts and durations for a monitoring system, in its text form. No names, no amounts."""
    del request
    return HttpResponse(metrics.text(), content_type=metrics.CONTENT_TYPE)
