"""`tongguan serve`: the tables made, the files collected, the worker started, and pages served until someone stops it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import django
from django.core.management import call_command
from django.db import connections

THREADS = {"sqlite": 2, "postgresql": 4}
"""Requests at once in one process. The embedded database lets one writer in at a time, and those who wait for it hinder each other."""
PATIENCE = 10
"""Seconds a process has to end what it is doing."""
SERVER = "TONGGUAN_SERVER"
"""Environment: the number of the serving process, known to the processes it started."""


def prepare(
    *,
    home: Path | None = None,
    database: str = "",
    address: str = "",
    schedule: Path | None = None,
    demonstration: bool = False,
) -> None:
    """Set the environment from what was passed, then load Django. To be called once, before anything of the window is used."""
    if home:
        os.environ["TONGGUAN_HOME"] = str(home)
    if database:
        os.environ["TONGGUAN_DATABASE"] = database
    if address:
        os.environ["TONGGUAN_ADDRESS"] = address
    if schedule:
        os.environ["TONGGUAN_SCHEDULE"] = str(schedule)
    if demonstration:
        os.environ["TONGGUAN_DEMONSTRATION"] = "1"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongguan.window.settings")
    django.setup()


def make_ready() -> None:
    """Tables at this version and files where the server finds them. Safe to run again, and beside a running server."""
    from django.conf import settings

    Path(settings.MEDIA_ROOT).parent.mkdir(parents=True, exist_ok=True)
    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)


def settle_schedule() -> str:
    """Read the schedule and tell it to every process to come, so that a version loaded meanwhile makes no two of them disagree; what it is called.

    Raises InputRefused for a store that cannot be read, OutOfCoverage for a version nobody loaded.
    """
    from django.conf import settings

    from tongguan.window.published import schedule

    settings.SCHEDULE_VERSION = schedule.version_in_use()
    os.environ["TONGGUAN_SCHEDULE_VERSION"] = str(settings.SCHEDULE_VERSION)
    label = schedule.world().schedule.label
    return " ".join(schedule.named(label, language) for language in ("zh", "en"))


@contextlib.contextmanager
def figures() -> Iterator[None]:
    """A folder where all processes count together what `/metrics` tells. To be entered before anything of the window is loaded."""
    with tempfile.TemporaryDirectory(prefix="tongguan-metrics-", ignore_cleanup_errors=True) as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        yield


def free_port(host: str, first: int) -> int:
    """The first free port from this one on. Raises OSError when a hundred are taken."""
    for port in range(first, first + 100):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind((host, port))
            except OSError:
                continue
            return port
    raise OSError(f"no free port from {first} on")


def serve(host: str, port: int, workers: int) -> None:
    """Serve until stopped. Ends the worker with the server; should the server be killed, its processes notice and end themselves."""
    from granian import Granian
    from granian.constants import Interfaces

    os.environ[SERVER] = str(os.getpid())
    connections.close_all()  # the serving processes are copies of this one, and a connection must not be shared
    worker = Worker()
    worker.start()
    try:
        Granian(
            "tongguan.window.wsgi:application",
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=workers,
            blocking_threads=THREADS[connections["default"].vendor],
            respawn_failed_workers=True,
            workers_kill_timeout=PATIENCE,
            log_access=False,
            log_enabled=False,
        ).serve()
    finally:
        worker.end()


class Worker(threading.Thread):
    """Keeps `tongguan window work` running beside the server: should it end by itself, it is started again after a while."""

    def __init__(self, again_after: float = 5.0) -> None:
        super().__init__(daemon=True, name="worker")
        self.again_after = again_after
        self.is_over = threading.Event()
        self.process: subprocess.Popen[bytes] | None = None
        self.starting = threading.Lock()

    def run(self) -> None:
        while not self.is_over.is_set():
            with self.starting:
                if self.is_over.is_set():
                    return
                self.process = subprocess.Popen(  # our own command; Ctrl-C reaches the server, which ends it
                    [sys.executable, "-m", "tongguan", "window", "work"], start_new_session=True
                )
            self.process.wait()
            self.is_over.wait(self.again_after)

    def end(self) -> None:
        """Tell it to end, and wait until it has."""
        self.is_over.set()
        with self.starting:
            process = self.process
        if process is None:
            return
        process.terminate()
        try:
            process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()


def end_with_server(every: float = 1.0) -> None:
    """In a process the server started: when the server is gone without having said so, end as if told to."""
    server = int(os.environ.get(SERVER, "0"))
    if not server:
        return

    def watch() -> None:
        while os.getppid() == server:
            threading.Event().wait(every)
        os.kill(os.getpid(), signal.SIGTERM)
        threading.Event().wait(PATIENCE)
        os._exit(1)  # what waits for a server that is not there any more waits for ever

    threading.Thread(target=watch, daemon=True, name="end-with-server").start()
