"""What questions are answered from besides the law and the schedule, read once: the search and the guide, the charge register."""

from __future__ import annotations

from functools import cache
from itertools import islice
from threading import Lock
from typing import TYPE_CHECKING

from django.conf import settings

from tongguan.fees.lists import current_register
from tongguan.fees.register import Register
from tongguan.tariff.diff import line_on
from tongguan.tariff.schedule import Line
from tongguan.tariff.store import answer
from tongguan.window.published.schedule import world

if TYPE_CHECKING:
    import datetime as dt

    from tongguan.tariff.classification.guide import Guide


_READING = Lock()


def guide() -> Guide:
    """Search and guided classification over the schedule. Read once a process: the first reader takes seconds, and the others wait for it."""
    with _READING:
        return _guide()


@cache
def _guide() -> Guide:
    from tongguan.tariff.classification.guide import Guide

    return Guide(
        "cn", settings.SCHEDULE
    )  # reads all lines once and lets go of them; the schedule in use reads line by line


def warm() -> None:
    """Read everything before the first visitor asks."""
    world()
    register()
    guide().classify("wine")


@cache
def register() -> Register:
    """The charge register with the published lists loaded on this machine."""
    return current_register()


def lines_under(prefix: str, day: dt.date, most: int = 200) -> list[Line]:
    """The tariff lines in force on a day whose code begins so."""
    schedule = world().schedule
    lines = (line_on(schedule, code, day) for code in schedule.codes_under(prefix))
    return list(islice((line for line in lines if isinstance(line, Line)), most))


def mfn_text(code: str, day: dt.date) -> str:
    """The MFN rate of a line as people write it, a span where its codes of ten digits differ; empty where none is held."""
    told = answer(world().schedule, code, day)
    differing = next((one.finding(code).facts for one in told.differing if one.kind == "mfn"), None)
    if differing is not None:
        return f"{differing['lowest']} – {differing['highest']}"
    return next((rate.text() for rate in told.rates if rate.kind == "mfn"), "")


def dotted(code: str) -> str:
    """A code as it is printed: 2204.2100."""
    return f"{code[:4]}.{code[4:]}" if len(code) > 4 else code
