"""One shape for everything that stands in the way, whatever the reason: all problems at once, in both languages, each with what to do next."""

from __future__ import annotations

import json
from typing import Any

import structlog
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.findings import Finding, InputRefused
from tongguan.window.states import SomeoneWasFirst

log = structlog.get_logger("tongguan.interface")
HELP = "/api/v1/docs#errors"
TYPES = {
    400: "unreadable",
    401: "not_signed_in",
    403: "not_granted",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    413: "too_large",
    422: "refused",
    429: "too_many_requests",
    500: "our_mistake",
    503: "try_again",
}
"""What kind of problem it is, by its status: enough for a program to decide whether to mend, to wait or to give up."""
MOST_SHOWN = 200
CONFLICTS = frozenset(
    {"window.taken_by_other", "lodging.reference_taken", "charges.reference_used", "request.one_is_open"}
)
"""Findings that say that something is there already, beside those of `SomeoneWasFirst`."""


class Problem(Exception):
    """A request that goes no further, with its status and why."""

    def __init__(self, status: int, *found: Finding, wait: int = 0) -> None:
        self.status, self.found, self.wait = status, found, wait
        super().__init__(status)


def shown(finding: Finding, status: int) -> dict[str, str]:
    """One problem as the interface writes it."""
    return {
        "type": TYPES[status],
        "code": finding.code,
        "message_zh": finding.message("zh"),
        "message_en": finding.message("en"),
        "path": finding.path,
        "because": finding.because,
        "next_step_zh": finding.next_step("zh"),
        "next_step_en": finding.next_step("en"),
        "help": HELP,
    }


def answer(status: int, *found: Finding, wait: int = 0) -> HttpResponse:
    """The response. `wait` in seconds, where trying again later helps."""
    body = {"errors": [shown(finding, status) for finding in found[:MOST_SHOWN]]}
    response = HttpResponse(
        json.dumps(body, ensure_ascii=False), status=status, content_type="application/json; charset=utf-8"
    )
    if wait:
        response["Retry-After"] = str(wait)
    if status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="tongguan"'
    return response


def of_exception(exception: BaseException) -> HttpResponse | None:
    """The answer to what was raised; None for a mistake of ours."""
    match exception:
        case Problem():
            return answer(exception.status, *exception.found, wait=exception.wait)
        case SomeoneWasFirst():
            return answer(409, *exception.findings)
        case InputRefused():
            is_conflict = {f.code for f in exception.findings} <= CONFLICTS
            return answer(409 if is_conflict else 422, *exception.findings)
        case OutOfCoverage():
            return answer(422, Finding(exception.code, "", exception.facts))
        case Http404():
            return answer(404, Finding("api.not_found"))
        case RequestDataTooBig():
            return answer(413, Finding("api.too_large"))
        case ValidationError():
            return answer(422, *(_of_shape(one) for one in exception.errors))
        case HttpError():
            return _unreadable(exception)
        case OperationalError() | InterfaceError():
            log.error("database_away", kind=type(exception).__name__)
            return answer(503, Finding("api.database_away"), wait=30)
        case _:
            return None


def _unreadable(error: HttpError) -> HttpResponse:
    """A body that could not be read; the library keeps the reason as the cause."""
    cause = error.__cause__
    if isinstance(cause, InputRefused):
        return answer(400, *cause.findings)
    if isinstance(cause, RequestDataTooBig):
        return answer(413, Finding("api.too_large"))
    return answer(error.status_code if error.status_code in TYPES else 400, Finding("api.body_unreadable"))


OUTER = ("body", "query", "path", "header", "form", "file")


def _of_shape(error: dict[str, Any]) -> Finding:
    """A value that is not what the description of the interface says, at its place."""
    place = [part for part in error.get("loc", ()) if part not in OUTER]
    if place and place[0] in {"sent", "asked"}:  # the name of our own argument says nothing to whoever sent it
        place = place[1:]
    path = ""
    for part in place:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    is_missing = error.get("type") == "missing"
    code = "api.value_missing" if is_missing else "api.value_wrong"
    return Finding(code, path[:200], {"field": path[:80] or "-", "why": str(error.get("msg", ""))[:200]})


def listen(api: NinjaAPI) -> None:
    """Answer whatever is raised in the one shape; what is a mistake of ours is logged with its trace and kept from the answer."""

    def handle(request: HttpRequest, exception: Any) -> HttpResponse:  # noqa: ANN401  # what was raised; the library says its kind oddly
        told = of_exception(exception)
        if told is None:
            log.error("our_mistake", path=request.path, exc_info=exception)
            told = answer(500, Finding("api.our_mistake"))
        return told

    for kind in (Exception, Http404, HttpError, ValidationError):
        api.add_exception_handler(kind, handle)
