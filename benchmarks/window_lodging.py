"""Declarations of five lines lodged a second, durably, through the programming interface: validated, assessed, journalled.

`tongguan serve` with two processes on this machine, asked by a client of its own over kept connections; the database on the same machine. A lodging
counts once its answer has arrived; afterwards everything answered is looked for, and the journal verified. Limits: 300 a second on PostgreSQL, 150 on
the embedded database. Environment: TONGGUAN_BENCH_DATABASE, a server where databases may be made (else postgresql://postgres@127.0.0.1:5432).

The machine is seldom quiet, so the processor time of one lodging is told beside, part by part: two cores have 6.7 ms for each at 300 a second.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

SERVER = os.environ.get("TONGGUAN_BENCH_DATABASE", "postgresql://postgres@127.0.0.1:5432")
LIMITS = {"postgresql": 300, "embedded": 150}
PROCESSES, CONNECTIONS, KEYS = 2, 16, 48
WARM, MEASURED = 6.0, 12.0
"""Seconds."""

SET_UP = """
import datetime as dt, json, sys
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from tongguan.window import clock
from tongguan.window.access.actor import Moment
from tongguan.window.accounts.acts import make_key
from tongguan.window.accounts.demonstration import people
from tongguan.window.accounts.models import Organisation
from tongguan.window.accounts.posts import actor_of
from tongguan.window.lodging.examples import facts_of
at = clock.now(); moment = Moment(at, clock.day_of(at))
actor = actor_of(people(moment)["importer"], moment)
firm = Organisation.objects.get(pk=actor.organisation_id)
until = moment.day + dt.timedelta(days=30)
keys = [make_key(actor, moment, name=f"bench {n}", scopes=["lodge_declaration"], expires_on=until)[1] for n in range(int(sys.argv[1]))]
facts = facts_of("wine", 1, moment.day, importer_code=firm.credit_code)
lines = [
    facts["goods"][0]
    | {"quantity": str(n), "first_quantity": str(n), "second_quantity": str(n * 3 // 2), "total_price": f"{n * 5}.40"}
    for n in range(1500, 2000, 100)
]
print(json.dumps({"importer": firm.pk, "keys": keys, "facts": facts | {"goods": lines}}))
"""
COUNT = """
import json, django; django.setup()
from tongguan.window.declarations.models import Declaration, Version
from tongguan.window.journal.verify import verify
verdict = verify()
print(json.dumps([Declaration.objects.count(), Version.objects.count(), Declaration.objects.values("reference").distinct().count(), verdict.entries, len(verdict.faults)]))
"""


@contextlib.contextmanager
def a_database() -> Iterator[str]:
    """A PostgreSQL database of our own, dropped again. Raises OSError where there is no server."""
    import psycopg

    name = f"tongguan_bench_{os.getpid()}"
    try:
        with psycopg.connect(f"{SERVER}/postgres", autocommit=True, connect_timeout=3) as connection:
            connection.execute(f"CREATE DATABASE {name}")
    except psycopg.OperationalError as error:
        raise OSError(str(error).strip().splitlines()[0]) from error
    try:
        yield f"{SERVER}/{name}"
    finally:
        with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def python(text: str, environment: dict[str, str], *arguments: str) -> object:
    """Run a text in a process of its own; the JSON of its last line."""
    done = subprocess.run(  # noqa: S603  # our own text
        [sys.executable, "-c", text, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    return json.loads(done.stdout.splitlines()[-1])


@contextlib.contextmanager
def served(environment: dict[str, str], log: Path) -> Iterator[tuple[int, int]]:
    """A running window that has read what it reads; its port and its process. Raises RuntimeError when it does not become ready."""
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        port = tried.getsockname()[1]
    command = [sys.executable, "-m", "tongguan", "serve", "--workers", str(PROCESSES), "--port", str(port)]
    with log.open("w") as errors:
        server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=errors)  # noqa: S603  # our own command
    try:
        for _ in range(600):
            if server.poll() is not None:
                raise RuntimeError(log.read_text()[-3000:])
            with contextlib.suppress(OSError):
                if b" 200 " in ask(port, b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"):
                    break
            time.sleep(0.2)
        used = -1.0
        while (now := sum(processor_seconds(server.pid, "").values())) > used + 0.1:  # reading ahead
            used = now
            time.sleep(1)
        yield port, server.pid
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=60)


def ask(port: int, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(request)
        return connection.recv(65536)


# --- the client: a process of its own, `python -m benchmarks.window_lodging PORT WHAT-TO-LODGE` ------------------------------------


class Client(threading.Thread):
    """One kept connection: lodge, wait for the answer, lodge the next."""

    def __init__(self, port: int, number: int, told: dict, ends: float) -> None:
        super().__init__(daemon=True)
        self.port, self.number, self.told, self.ends = port, number, told, ends
        self.taken: list[tuple[float, float]] = []
        self.refused = ""

    def run(self) -> None:
        keys = self.told["keys"]
        body = json.dumps(
            {"importer_id": self.told["importer"], "reference": "REFERENCE", "declaration": self.told["facts"]},
            ensure_ascii=False,
        )
        before, after = (part.encode() for part in body.split("REFERENCE"))
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            made = 0
            while time.monotonic() < self.ends:
                reference = f"B{self.number}-{made}".encode()
                key = keys[(made * CONNECTIONS + self.number) % len(keys)]
                length = len(before) + len(reference) + len(after)
                head = (
                    f"POST /api/v1/declarations HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
                    f"Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
                )
                begun = time.monotonic()
                connection.sendall(head.encode() + before + reference + after)
                status, answer = read(connection)
                ended = time.monotonic()
                if status != 201:
                    self.refused = f"{status} {answer[:300].decode(errors='replace')}"
                    return
                made += 1
                self.taken.append((ended, ended - begun))


def read(connection: socket.socket) -> tuple[int, bytes]:
    """One answer on a kept connection."""
    held = b""
    while b"\r\n\r\n" not in held:
        more = connection.recv(65536)
        if not more:
            return 0, held
        held += more
    head, _, body = held.partition(b"\r\n\r\n")
    length = next((int(h.split(b":")[1]) for h in head.split(b"\r\n") if h.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(65536)
    return int(head.split(b" ", 2)[1]), body


def client() -> None:
    told = json.loads(sys.argv[2])
    begun = time.monotonic()
    threads = [Client(int(sys.argv[1]), n, told, begun + WARM + told["seconds"]) for n in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    since = begun + WARM
    time.sleep(max(0.0, since - time.monotonic()))
    used = time.process_time()
    print("warm", flush=True)
    for thread in threads:
        thread.join()
    all_ = [taken for thread in threads for taken in thread.taken]
    counted = sorted(took for at, took in all_ if since <= at <= since + told["seconds"])
    print(json.dumps({"made": len(all_), "counted": len(counted), "p50": counted[len(counted) // 2] if counted else 0,
        "p95": counted[len(counted) * 95 // 100] if counted else 0, "processor": time.process_time() - used, "refused": next((t.refused for t in threads if t.refused), "")}))  # fmt: skip


# --- the benchmark ----------------------------------------------------------------------------------------------------------------


def processor_seconds(server: int, database: str) -> dict[str, float]:
    """Seconds of processor time used so far: by the server's processes, by its worker, by the database's own for this database; from /proc."""
    rows = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            rows[int(entry.name)] = (
                int(fields[1]),
                int(fields[11]) + int(fields[12]),
                (entry / "cmdline").read_bytes(),
            )
    used = {"window": 0, "worker": 0, "database": 0}
    for number, (parent, ticks, command) in rows.items():
        above = parent
        while above not in {0, 1, server} and above in rows:
            above = rows[above][0]
        if server in {number, above}:
            used["worker" if b"window\0work" in command else "window"] += ticks
        elif database and command.startswith(b"postgres:") and database.encode() in command:
            used["database"] += ticks
    return {part: ticks / os.sysconf("SC_CLK_TCK") for part, ticks in used.items()}


def measure(database: str, seconds: float) -> str:
    """One line: lodgings a second on this database."""
    kind = "postgresql" if database else "embedded"
    home = Path(tempfile.mkdtemp(prefix="tongguan-bench-"))
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TONGGUAN_")} | {
        "TONGGUAN_HOME": str(home), "TONGGUAN_DATABASE": database, "TONGGUAN_DEMONSTRATION": "1",
        "DJANGO_SETTINGS_MODULE": "tongguan.window.settings",
    }  # fmt: skip
    try:
        told = python(SET_UP, environment, str(KEYS))
        with served(environment, home / "log") as (port, server):
            command = [
                sys.executable,
                "-m",
                "benchmarks.window_lodging",
                str(port),
                json.dumps({**told, "seconds": seconds}),
            ]  # type: ignore[dict-item]
            asking = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603  # our own command
            assert asking.stdout is not None
            asking.stdout.readline()  # it is warm
            before = processor_seconds(server, database.rpartition("/")[2])
            said = asking.communicate()[0]
            after = processor_seconds(server, database.rpartition("/")[2])
        figures = json.loads(said)
        if figures["refused"]:
            return f"{kind}: refused: {figures['refused']}"
        there, versions, references, entries, faults = python(COUNT, environment)  # type: ignore[misc]
    finally:
        shutil.rmtree(home, ignore_errors=True)
    rate = figures["counted"] / seconds
    used = {part: after[part] - before[part] for part in after} | {"client": figures["processor"]}
    each = {part: spent * 1000 / max(1, figures["counted"]) for part, spent in used.items() if spent}
    whole = there == versions == references == figures["made"] and not faults
    met = "met" if rate >= LIMITS[kind] and whole else "MISSED"
    return (
        f"{kind:<10}  {rate:6.0f} lodgings a second of five lines (limit {LIMITS[kind]}: {met}); answer p50 {figures['p50'] * 1000:.0f} ms, "
        f"p95 {figures['p95'] * 1000:.0f} ms; {there} there of {figures['made']} answered, {entries} entries, {faults} faults; "
        f"processor time each: {sum(each.values()):.2f} ms ({', '.join(f'{part} {ms:.2f}' for part, ms in each.items())}), "
        f"enough for {2000 / sum(each.values()):.0f} a second on two quiet cores"
    )


def run(seconds: float = MEASURED) -> list[str]:
    """Both databases; a line each. The load of the machine stands beside, since others may be working on it."""
    lines: list[str] = []

    def tell(line: str) -> None:
        print(f"  {line}", flush=True)
        lines.append(line)

    tell(f"load of the machine before: {os.getloadavg()[0]:.1f} on {len(os.sched_getaffinity(0))} cores")
    tell(measure("", seconds))
    try:
        with a_database() as database:
            tell(measure(database, seconds))
    except OSError as error:
        tell(f"postgresql: not measured, no server: {error}")
    return lines


if __name__ == "__main__":
    client()
