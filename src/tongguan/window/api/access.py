"""Every operation names its action, asks for a key that has it, and is counted. What names no action cannot be added."""

from __future__ import annotations

import inspect
import threading
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.security import HttpBearer

from tongguan.grammar.findings import Finding
from tongguan.window.access import actions
from tongguan.window.access.actor import VISITOR, Actor
from tongguan.window.access.middleware import Request
from tongguan.window.accounts.keys import actor_of_key
from tongguan.window.api.once import HEADER, once
from tongguan.window.api.problems import Problem
from tongguan.window.api.shapes import Errors

MOST_BYTES = 12 * 1024 * 1024
"""A request with a file. One without is bounded by DATA_UPLOAD_MAX_MEMORY_SIZE."""
PROBLEMS = dict.fromkeys((400, 401, 403, 404, 409, 413, 422, 429, 500, 503), Errors)
View = TypeVar("View", bound=Callable[..., Any])


# --- how often --------------------------------------------------------------------------------------------------------------------


class Gate:
    """So many requests a minute for each name, counted in this process; a window of several processes lets through so many times more."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.minute = 0
        self.seen: dict[str, int] = {}

    def passes(self, name: str, most: int, now: float) -> bool:
        """Count one request; False when it is one too many."""
        minute = int(now // 60)
        with self.lock:
            if minute != self.minute:
                self.minute, self.seen = minute, {}
            count = self.seen[name] = self.seen.get(name, 0) + 1
        return count <= most


gate = Gate()


def _count(name: str, most: int) -> None:
    now = time.monotonic()
    if not gate.passes(name, most, now):
        wait = 60 - int(now % 60)
        raise Problem(429, Finding("api.too_many_requests", "", {"most": str(most), "seconds": str(wait)}), wait=wait)


def _address(request: HttpRequest) -> str:
    """Where a visitor comes from: as the proxy in front of a secure window says, else as the connection says."""
    told = request.headers.get("X-Forwarded-For", "") if settings.IS_SECURE else ""
    return told.rpartition(",")[2].strip() or str(request.META.get("REMOTE_ADDR", ""))


# --- who --------------------------------------------------------------------------------------------------------------------------


class AccessKey(HttpBearer):
    """The key in `Authorization: Bearer tgk_…`, and whether it may do the action of the operation."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action = action

    def __call__(self, request: HttpRequest) -> Any:  # noqa: ANN401  # as the library's own
        """Give the request its actor. Raises Problem."""
        ours: Request = request  # type: ignore[assignment]  # the middleware has made it one
        _refuse_huge(request)
        shown = request.headers.get("Authorization")
        actor = actor_of_key(shown, ours.moment) if shown else VISITOR
        if actor is VISITOR:
            _count(_address(request), settings.INTERFACE_RATE_VISITOR)
            if shown:
                raise Problem(401, Finding("api.key_not_valid", "Authorization"))
        else:
            _count(f"key:{actor.key_id}", settings.INTERFACE_RATE_KEY)
        ours.actor = actor
        _require(actor, self.action)
        return actor

    def authenticate(self, request: HttpRequest, token: str) -> Any:  # noqa: ANN401  # as the library's own
        """Not used: `__call__` reads the header itself, so that one reading serves keys and visitors."""
        raise NotImplementedError


def _refuse_huge(request: HttpRequest) -> None:
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > MOST_BYTES:
        raise Problem(413, Finding("api.too_large"))


def _require(actor: Actor, action: str) -> None:
    held = actions()[action]
    lack = None if held.is_public else actor.lack(action)  # what anyone may do needs no scope
    if lack is None:
        return
    if actor is VISITOR:
        raise Problem(401, Finding("api.key_missing", "Authorization"))
    facts = {"action": action, "act_zh": held.zh, "act_en": held.en}
    raise Problem(403, Finding("api.firm_not_confirmed" if lack == "confirmed_firm" else "api.not_granted", "", facts))


# --- operations -------------------------------------------------------------------------------------------------------------------


def operation(
    router: Router,
    method: str,
    path: str,
    action: str,
    *,
    answers: Any,  # noqa: ANN401  # a type the library reads
    status: int = 200,
    creates: bool = False,
    example: object = None,
    name: str = "",
    summary: str = "",
) -> Callable[[View], View]:
    """Add a function as an operation of the interface. `creates` accepts an Idempotency-Key, `example` is a body the tests send."""
    held = actions()[action]
    extra: dict[str, Any] = {"x-action": action, "x-action-zh": held.zh, "x-action-en": held.en}
    if held.is_public:
        extra["security"] = [{}, {"AccessKey": []}]
    if creates:
        extra["parameters"] = [_IDEMPOTENCY]
    if example is not None:
        extra["requestBody"] = {"content": {"application/json": {"example": example}}}

    def mark(view: View) -> View:
        router.add_api_operation(
            path,
            [method],
            _written(once(view) if creates else view, status),
            auth=AccessKey(action),
            response={status: answers, **PROBLEMS},
            operation_id=name or view.__name__,
            summary=summary or (view.__doc__ or view.__name__).strip().split("\n")[0],
            openapi_extra=extra,
        )
        return view

    return mark


def _written(view: View, status: int) -> View:
    """The operation with its answer written as JSON once. The library would check and copy each answer first; a test checks every answer instead."""

    @wraps(view)
    def run(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ANN401  # whatever the operation takes
        said = msgspec.json.encode(view(request, *args, **kwargs))
        return HttpResponse(said, status=status, content_type="application/json; charset=utf-8")

    run.__signature__ = inspect.signature(view, eval_str=True)  # type: ignore[attr-defined]  # names are known in the module of the view
    return cast("View", run)


_IDEMPOTENCY = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "Your own name for this creation: the same request under the same key is answered with what was made the first time.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[!-~]+$"},
}
