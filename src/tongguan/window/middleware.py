"""What happens around every request: one log line, the language asked for in the address, a polite word for what is no text and when the database is away."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any
from uuid import uuid4

import structlog
from csp.constants import HEADER
from csp.utils import build_policy
from django.conf import settings
from django.core.exceptions import BadRequest
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render

from tongguan.window.access.middleware import INTERFACE, action_of
from tongguan.window.api.views import PREFIX
from tongguan.window.operation.metrics import observe

log = structlog.get_logger("tongguan.request")
Answer = Callable[[HttpRequest], HttpResponseBase]
LANGUAGE_OF = {"zh": "zh-hans", "en": "en"}


SECRET_ARGUMENTS = frozenset({"key", "uidb36"})
"""Parts of an address that open something: links that confirm an e-mail address or set a new password."""


def path_to_log(request: HttpRequest) -> str:
    """The path, or only its pattern where the path itself is a secret; of a path that leads nowhere, perhaps a secret mistyped, only the beginning."""
    match = request.resolver_match
    if match is None:
        first, _, rest = request.path.lstrip("/").partition("/")
        return f"/{first}/…" if rest else request.path
    return match.route if SECRET_ARGUMENTS & match.kwargs.keys() else request.path


class RequestLog:
    """One line a request: what, how it ended, how long. No addresses, no names, no query strings, no secrets."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        number = uuid4().hex
        response = self.get_response(request)
        response["X-Request-Id"] = number
        seconds = time.perf_counter() - started
        observe(request.method or "", response.status_code, seconds)
        log.info(
            "request",
            id=number,
            method=request.method,
            path=path_to_log(request),
            status=response.status_code,
            milliseconds=round(seconds * 1000),
        )
        return response


class ContentPolicy:
    """The content policy, the same for every answer and therefore written once."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response
        self.policy = build_policy()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response[HEADER] = self.policy
        return response


class LanguageOfAddress:
    """`?lang=en` in an address shows that page in English, so that a shared link says what it was meant to say."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        asked = LANGUAGE_OF.get(request.GET.get("lang", ""))
        if asked:
            request.COOKIES["django_language"] = asked
        response = self.get_response(request)
        if asked and isinstance(response, HttpResponse):
            response.set_cookie(
                "django_language", asked, samesite="Lax", secure=settings.LANGUAGE_COOKIE_SECURE, max_age=31_536_000
            )
        return response


class TextOnly:
    """The letter NUL (U+0000) is no text, and PostgreSQL keeps no column with it. Whatever comes with one in its address, a cookie or a form is refused.

    What programs send is looked at by `api.interface.Reader`, files by whoever reads them.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(PREFIX):
            _refuse_nul([request.path_info, *request.COOKIES.values(), *_texts_of(request.GET)])
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any) -> None:  # noqa: ANN401  # Django's shape
        """A form, once it is known to come from our own page. Raises BadRequest."""
        del args, kwargs
        if action_of(view) != INTERFACE:
            _refuse_nul(_texts_of(request.POST))


def _texts_of(sent: QueryDict) -> Iterable[str]:
    return (text for name, values in sent.lists() for text in (name, *values))


def _refuse_nul(texts: Iterable[str]) -> None:
    if any("\0" in text for text in texts):
        raise BadRequest("the letter NUL is no text")


class DatabaseAway:
    """Without a database nothing is acknowledged: pages say so with 503 and a time to try again."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A page for people; the interface has its own shape for the same fact."""
        del request
        return database_away(exception)


def database_away(exception: BaseException | None) -> HttpResponse | None:
    """The page for people where the database is away; None where something else went wrong."""
    if not isinstance(exception, OperationalError | InterfaceError):
        return None
    log.error("database_away", kind=type(exception).__name__)
    response = render(None, "database_away.html", status=503)
    response["Retry-After"] = "30"
    return response
