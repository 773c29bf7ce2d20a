"""The other end of the demonstration's call-back, so that a call arrives somewhere and its signature is checked as a receiver should check it."""

from __future__ import annotations

import hmac

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from tongguan.window.access import needs
from tongguan.window.notices import calling
from tongguan.window.notices.models import CallBack

MOST_LOOKED_AT = 20


@csrf_exempt
@require_POST
@needs("sign_in")
def receiver(request: HttpRequest) -> HttpResponse:
    """Take a call and answer whether it was signed for one of the latest call-backs. Keeps nothing; not there on a real window."""
    if not settings.DEMONSTRATION:
        raise Http404
    said = request.headers.get(calling.SIGNATURE, "")
    seconds = said.removeprefix("t=").partition(",")[0]
    at = int(seconds) if seconds.isascii() and seconds.isdigit() and len(seconds) < 12 else 0
    secrets = [one.secret for one in CallBack.objects.filter(disabled_at=None).order_by("-pk")[:MOST_LOOKED_AT]]
    is_ours = any(
        hmac.compare_digest(calling.sign(secret, at, request.body).encode(), said.encode()) for secret in secrets
    )
    return JsonResponse({"signature": "right" if is_ours else "wrong"}, status=200 if is_ours else 403)
