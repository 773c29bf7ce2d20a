"""Creating once: a request with an Idempotency-Key may be sent again, and again, without making a second thing."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import IntegrityError, transaction

from tongguan.grammar.findings import Finding
from tongguan.window.access.actor import Moment
from tongguan.window.access.middleware import Request
from tongguan.window.api.models import IdempotentAnswer
from tongguan.window.api.problems import Problem

HEADER = "Idempotency-Key"
READABLE = re.compile(r"[\x21-\x7e]{1,64}")
KEPT = dt.timedelta(days=30)
"""How long a key is remembered. Whoever tries again does so within hours; a month is on the safe side."""

View = Callable[..., Any]


def once(view: View) -> View:
    """The operation, done once for each key of an organisation; the same key with another request is refused (409).

    The answer is kept in the transaction of the creation. Of two at once, the second waits for the first and gets its answer. A refused request keeps
    nothing: mended, it may come under the same key.
    """

    @wraps(view)
    def run(request: Request, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # whatever the operation takes and answers
        key = request.headers.get(HEADER)
        if key is None:
            return view(request, *args, **kwargs)
        if not READABLE.fullmatch(key):
            raise Problem(400, Finding("api.idempotency_key_unreadable", HEADER))
        organisation, digest = request.actor.its_organisation, _digest(request)
        earlier = _earlier(organisation, key, digest)
        if earlier is not None:
            return earlier.answer
        try:
            with transaction.atomic():
                held = IdempotentAnswer(organisation_id=organisation, key=key, digest=digest, at=request.moment.at)
                held.save(force_insert=True)  # a second one waits here, for the database's own unique index
                answer = view(request, *args, **kwargs)
                IdempotentAnswer.objects.filter(pk=held.pk).update(answer=answer)
        except IntegrityError:
            earlier = _earlier(organisation, key, digest)
            if earlier is None:
                raise
            return earlier.answer
        return answer

    return run


def _earlier(organisation: int, key: str, digest: str) -> IdempotentAnswer | None:
    found = IdempotentAnswer.objects.filter(organisation_id=organisation, key=key).first()
    if found is not None and found.digest != digest:
        raise Problem(409, Finding("api.idempotency_key_reused", HEADER))
    return found


def _digest(request: Request) -> str:
    said = f"{request.method} {request.get_full_path()}\n".encode()
    return hashlib.sha256(said + request.body).hexdigest()


def forget_answers(moment: Moment) -> int:
    """Forget keys older than a month; answers how many. Called by the worker."""
    return IdempotentAnswer.objects.filter(at__lt=moment.at - KEPT).delete()[0]
