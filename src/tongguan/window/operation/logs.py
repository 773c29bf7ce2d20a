"""Structured logs: one JSON object a line on standard error. What might be secret is never written."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from functools import lru_cache
from typing import Any

import structlog

SECRET = ("password", "secret", "token", "key", "cookie", "authorization", "code", "session")
"""Names whose values are left out, whoever logs them."""


def _without_secrets(logger: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401  # structlog's shape
    return {name: "(left out)" if _is_secret(name) else value for name, value in event.items()}


@lru_cache(maxsize=1024)
def _is_secret(name: str) -> bool:
    return any(word in name.lower() for word in SECRET) and name != "status_code"


def _without_addresses(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:  # noqa: ANN401  # structlog's shape
    """Django names the address of a request that failed, and an address may open something. Our own line of the request says what can be said."""
    record = event.get("_record")
    if record is not None and record.name.startswith("django.request"):
        event["event"] = "request_failed"
    return event


def configure(level: int = logging.INFO) -> None:
    """Send our events and the libraries' warnings to standard error."""
    shared: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_secrets,
    ]
    structlog.configure(
        processors=[
            *shared,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[
                _without_addresses,
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("django.request").setLevel(logging.ERROR)  # what was not found or not allowed has our own line
