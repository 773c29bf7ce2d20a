"""The schedule that every page and every program of the window answers from: the one loaded with `tongguan tariff load`, else the one shipped.

Read once a process. A version loaded later is taken up with the next start; `tongguan serve` tells all its processes the same version.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Protocol

from django.conf import settings

from tongguan.assessment.world import World, shipped_world
from tongguan.tariff.schedule import starter_schedule
from tongguan.tariff.store import LoadedSchedule, load_schedule
from tongguan.window.look import texts


def world() -> World:
    """The law as shipped with the schedule in use. Raises OutOfCoverage for a version nobody loaded, InputRefused for a store that cannot be read."""
    return _world(os.getpid())


@cache
def _world(process: int) -> World:
    """One for each process: the store must not be read through a connection that a process inherited from the one that started it."""
    del process
    schedule = load_schedule(settings.SCHEDULE, settings.SCHEDULE_VERSION)
    return shipped_world() if schedule is starter_schedule() else World(schedule=schedule)


def version_in_use() -> int:
    """The number of the loaded version; 0 for the schedule shipped."""
    schedule = world().schedule
    return schedule.versions[-1].version if isinstance(schedule, LoadedSchedule) else 0


def named(label: str, language: str) -> str:
    """The label of a schedule, as an answer keeps it, in words."""
    if label == starter_schedule().label:
        return texts.say("published.schedule_shipped", language)
    version = label.rpartition(" ")[2]
    return texts.say("published.schedule_loaded", language, version=version) if version.isdigit() else label


class Made(Protocol):
    """An answer that was made from a version of the law and a schedule: an assessment, or what a declaration keeps of it."""

    @property
    def law_version(self) -> str: ...  # "shipped", or the name of another
    @property
    def schedule(self) -> str: ...  # the label of a schedule


def rests_on(answer: Made, language: str) -> str:
    """Which version of the law and which schedule an answer was made from."""
    law = texts.say("published.law_shipped", language) if answer.law_version == "shipped" else answer.law_version
    return texts.say("published.rests_on", language, law=law, schedule=named(answer.schedule, language))
