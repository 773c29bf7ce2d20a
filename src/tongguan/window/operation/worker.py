"""The window's clock hand: what is due is done, once, however many workers run and whenever one is killed.

Each job is safe to run twice: it finds what is due by looking at the records, and moves them with conditional updates.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable

import structlog
from django.db import DatabaseError, close_old_connections

from tongguan.window import clock
from tongguan.window.access.actor import Moment
from tongguan.window.operation.serving import end_with_server

log = structlog.get_logger("tongguan.worker")
EVERY_SECONDS = 5


def jobs() -> dict[str, Callable[[Moment], int]]:
    """What is done regularly, by name. Each answers how many records it moved."""
    from tongguan.window.api.once import forget_answers
    from tongguan.window.journal.verify import anchor_days
    from tongguan.window.notices.acts import deliver_due
    from tongguan.window.permits.acts import raise_silent
    from tongguan.window.release_times.figures import tally

    return {
        "deliver": deliver_due,
        "raise_silent": raise_silent,
        "anchor": anchor_days,
        "tally": tally,
        "forget": forget_answers,
    }


def run_due(moment: Moment) -> dict[str, int]:
    """Do everything that is due at this moment; a job that fails does not stop the others."""
    done = {}
    for name, job in jobs().items():
        try:
            done[name] = job(moment)
        except DatabaseError:
            log.exception("job_failed", job=name)
    return done


def work(every: float = EVERY_SECONDS) -> None:
    """Until told to stop."""
    stop = threading.Event()
    end_with_server()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    while not stop.is_set():
        at = clock.now()
        done = {name: count for name, count in run_due(Moment(at, clock.day_of(at))).items() if count}
        if done:
            log.info("due", **done)
        close_old_connections()
        stop.wait(every)
