"""What every page knows: who is there, in which language."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

import tongguan
from tongguan.window.access.actor import VISITOR


def page(request: HttpRequest) -> dict[str, Any]:
    """`actor`: who acts; `lang`: "zh" or "en"; `is_demonstration`; `version` of the software."""
    return {
        "actor": getattr(request, "actor", VISITOR),
        "lang": "en" if getattr(request, "LANGUAGE_CODE", "") == "en" else "zh",
        "is_demonstration": settings.DEMONSTRATION,
        "version": tongguan.__version__,
    }
