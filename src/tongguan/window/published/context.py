"""What every page says of the tables it answers from."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.findings import InputRefused
from tongguan.window.look.written import reader
from tongguan.window.published.schedule import named, world


def page(request: HttpRequest) -> dict[str, Any]:
    """`schedule_in_use`: what the schedule is called in the reader's language; empty where it cannot be read, so that a page can still say so."""
    del request
    return {"schedule_in_use": _schedule_in_use}


def _schedule_in_use() -> str:
    try:
        return named(world().schedule.label, reader())
    except (InputRefused, OutOfCoverage):
        return ""
