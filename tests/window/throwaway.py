"""Servers of our own to stop and kill: `tongguan serve` in a process, and a PostgreSQL cluster in a folder that goes away again.

python tests/window/throwaway.py COMMAND …   run a command beside such a cluster, whose address is in TONGGUAN_TEST_DATABASE
"""

import contextlib
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

PATIENCE = 120


def a_free_port():
    """A port nobody listens on; below those that outgoing connections are given, so that none of them takes it before our server does."""
    while True:
        port = random.SystemRandom().randrange(10_000, 32_000)
        with socket.socket() as tried, contextlib.suppress(OSError):
            tried.bind(("127.0.0.1", port))
            return port


def until(true, seconds=PATIENCE, every=0.1):
    """Wait until something is so; answers whether it came to be."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if true():
            return True
        time.sleep(every)
    return False


class Answer:
    def __init__(self, status, text, headers):
        self.status, self.text, self.headers = status, text, headers


class Served:
    """A running `tongguan serve`."""

    def __init__(self, home, *arguments, database=""):
        self.home = home
        self.port = a_free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.told, self.log = home / "told", home / "log"
        environment = {k: v for k, v in os.environ.items() if not k.startswith("TONGGUAN_")} | {
            "TONGGUAN_HOME": str(home), "TONGGUAN_METRICS_FROM": "127.0.0.1",
        }  # fmt: skip
        if database:
            environment["TONGGUAN_DATABASE"] = database
        with self.told.open("w") as out, self.log.open("w") as error:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tongguan", "serve", "--port", str(self.port), *arguments],
                stdout=out,
                stderr=error,
                env=environment,
            )

    def ask(self, path, data=None, timeout=30, headers=None):
        request = urllib.request.Request(self.url + path, data=data, headers=headers or {})  # noqa: S310  # our own server
        try:
            with urllib.request.urlopen(request, timeout=timeout) as response:  # noqa: S310  # our own server
                return Answer(response.status, response.read().decode(), response.headers)
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.read().decode(), error.headers)
        except OSError:
            return Answer(0, "", {})

    def becomes(self, status, path="/readyz", seconds=PATIENCE):
        return (
            until(lambda: self.process.poll() is not None or self.ask(path).status == status, seconds)
            and self.process.poll() is None
        )

    def family(self):
        """Numbers of the processes that stand under the server now, its own included."""
        parents = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        family, grown = {self.process.pid}, True
        while grown:
            grown = {child for child, parent in parents.items() if parent in family} - family
            family |= grown
        return family

    def end(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(timeout=60)


def is_running(pid):
    """Whether a process is there and not merely waiting to be counted out."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def postgres_folder():
    """Where the server's own programs are; None on a machine without them."""
    folders = [
        *(Path(folder) for folder in os.get_exec_path()),
        *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True),
    ]
    return next(
        (folder for folder in folders if all((folder / name).exists() for name in ("initdb", "pg_ctl", "createdb"))),
        None,
    )


class Postgres:
    """A PostgreSQL cluster that can be stopped and started, listening in its own folder and on one port of this machine."""

    def __init__(self, folder):
        self.programs = postgres_folder()
        if self.programs is None:
            pytest.skip("the programs of a PostgreSQL server are not on this machine")
        self.user = "nobody" if os.geteuid() == 0 else None  # the server refuses to run as root
        self.folder, self.port = folder, a_free_port()
        if self.user:
            with contextlib.suppress(KeyError):
                self.user = pwd.getpwnam("postgres").pw_name
            shutil.chown(folder, self.user)
        self._run("initdb", "--auth=trust", "--username=window", "--no-sync", "-D", str(folder / "data"))
        self.start()
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "window", "window")
        self.url = f"postgresql://window@127.0.0.1:{self.port}/window"

    def _run(self, name, *arguments):
        done = subprocess.run(
            [self.programs / name, *arguments], user=self.user, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            timeout=PATIENCE, check=False, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    def start(self):
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder} -c fsync=off"
        self._run(
            "pg_ctl", "-D", str(self.folder / "data"), "-l", str(self.folder / "log"), "-w", "-o", options, "start"
        )

    def stop(self):
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")


@contextlib.contextmanager
def a_postgres():
    """A cluster in a folder its own user may enter."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="tongguan-pg-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        cluster = Postgres(Path(folder))
        try:
            yield cluster
        finally:
            with contextlib.suppress(AssertionError):
                cluster.stop()


def main():
    """The exit status of the command."""
    if postgres_folder() is None:
        sys.exit(
            "The programs of a PostgreSQL server are not on this machine: install them, or name a server in TONGGUAN_TEST_DATABASE."
        )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the cluster goes away also when somebody stops us
    with a_postgres() as cluster:
        beside = os.environ | {"TONGGUAN_TEST_DATABASE": cluster.url}
        return subprocess.run(sys.argv[1:], env=beside, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
