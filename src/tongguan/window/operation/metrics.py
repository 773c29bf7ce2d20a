"""What a monitoring system is told, and which one. With several workers the figures of all are added (PROMETHEUS_MULTIPROC_DIR, set by `tongguan serve`)."""

from __future__ import annotations

import hmac
import ipaddress
import os

import prometheus_client
from django.conf import settings
from django.http import HttpRequest
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

CONTENT_TYPE = prometheus_client.CONTENT_TYPE_LATEST

REQUESTS = Counter("tongguan_requests_total", "Requests answered, by method and status.", ["method", "status"])
SECONDS = Histogram(
    "tongguan_request_seconds", "Time to answer a request.", buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def observe(method: str, status: int, seconds: float) -> None:
    """Count one answered request. A method nobody knows counts as "other", so that what strangers send makes no new figures."""
    REQUESTS.labels(method if method in METHODS else "other", str(status)).inc()
    SECONDS.observe(seconds)


FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip")
"""What a proxy adds: a request that came through one comes from the proxy's address, whoever asked."""


def is_let_in(request: HttpRequest) -> bool:
    """Whether this request shows the key of the figures (TONGGUAN_METRICS_KEY), or comes straight from a network that may read them
    (TONGGUAN_METRICS_FROM). Where neither is set nobody is let in.
    """
    kind, _, shown = request.headers.get("Authorization", "").partition(" ")
    key = settings.METRICS_KEY
    if key and kind.lower() == "bearer" and hmac.compare_digest(shown.strip().encode(), key.encode()):
        return True
    if any(name in request.headers for name in FORWARDED):
        return False
    try:
        address = ipaddress.ip_address(str(request.META.get("REMOTE_ADDR", "")))
    except ValueError:
        return False
    return any(address in network for network in settings.METRICS_FROM)


def text() -> bytes:
    """All figures of all workers."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest()
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library has no types here
    return generate_latest(registry)
