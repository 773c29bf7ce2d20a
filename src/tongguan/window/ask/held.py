"""What every question is answered from, read once: the law with its schedule, the search and the guide, the charge register."""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

from tongguan.assessment.world import World, shipped_world
from tongguan.fees.lists import current_register
from tongguan.fees.register import Register
from tongguan.tariff.diff import line_on
from tongguan.tariff.schedule import Line

if TYPE_CHECKING:
    import datetime as dt

    from tongguan.tariff.classification.guide import Guide


def world() -> World:
    """The law and the schedule that declarations are assessed with, too."""
    return shipped_world()


_READING = Lock()


def guide() -> Guide:
    """Search and guided classification over the schedule. Read once a process: the first reader takes seconds, and the others wait for it."""
    with _READING:
        return _guide()


@cache
def _guide() -> Guide:
    from tongguan.tariff.classification.guide import Guide

    return Guide("cn")


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
    found = []
    for code in schedule.codes_under(prefix):
        line = line_on(schedule, code, day)
        if isinstance(line, Line):
            found.append(line)
        if len(found) >= most:
            break
    return found


def mfn_text(code: str, day: dt.date) -> str:
    """The MFN rate of a line as people write it; empty where none is held."""
    return next((rate.text() for rate in world().schedule.rates_on(code, day) if rate.kind == "mfn"), "")


def dotted(code: str) -> str:
    """A code as it is printed: 2204.2100."""
    return f"{code[:4]}.{code[4:]}" if len(code) > 4 else code
