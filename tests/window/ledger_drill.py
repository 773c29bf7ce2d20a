"""The crash drill of the annual amounts: processes are killed (SIGKILL) in the middle of moving them; then everything is counted.

    python tests/window/ledger_drill.py [--kills 200] [--database postgresql://…]

Two processes send the same documents of the same few people at once, in batches, and tell each outcome through a pipe after it was given. They are killed at
moments drawn by lot; who comes next offers what was not told once more. On PostgreSQL the connections are cut as often as the processes are killed. At
the end everything is offered once more: all that was told is there with the answer it had, nothing is there twice, no year is beyond its limit, and every
balance is the sum of its movements. Exit status 1: something was lost, doubled or broken; it says what.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import json
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

from tongguan.exchange.ledger import Ledger, Movement, open_ledger

WORKERS, PEOPLE, BATCH = 2, 12, 12
DAY = dt.date(2025, 3, 3)
LIMIT = 2_600_000
LONGEST = 0.15
"""Seconds a process works before it is killed, at most; it is killed after it has done something."""


def batch_of(worker: int, number: int) -> list[Movement]:
    """One batch, the same whenever it is made. Every second one holds documents the other process sends as well."""
    shared = number % 2
    lots = random.Random(f"{number}" if shared else f"{worker}-{number}")
    movements = []
    for n in range(BATCH):
        document = f"S{number}-{n}" if shared else f"{worker}-{number}-{n}"
        person = lots.randrange(PEOPLE).to_bytes(16)
        movements.append(Movement("reserve", f"621-{document}", document, DAY, person, lots.randrange(1, 40) * 10_000))
        kind = lots.choice(["commit", "withdraw", "refuse", "return"])
        if kind == "return":
            movements.append(Movement("commit", f"622-{document}", document, DAY))
            movements.append(Movement("return", f"625-{document}", document, DAY, b"", 500, DAY))
        else:
            movements.append(Movement(kind, f"{kind}-{document}", document, DAY))
    return movements


def told_of(outcomes) -> list:
    return [[o.result, o.moved, o.used_after] if o.result in {"done", "over_limit"} else o.result for o in outcomes]


def cut_errors() -> tuple[type[Exception], ...]:
    """What is raised where a connection was cut."""
    with contextlib.suppress(ImportError):
        import psycopg

        return (psycopg.OperationalError,)
    return ()


def work(where: Path | str, worker: int, first: int, pipe: int) -> None:
    """Send batch after batch, until killed."""
    number, ledger = first, None
    while True:
        try:
            ledger = ledger or open_ledger(where)
            outcomes = ledger.apply(batch_of(worker, number))
        except cut_errors():
            ledger = None  # it is not known whether it was written: the same again
            continue
        os.write(pipe, (json.dumps([worker, number, told_of(outcomes)]) + "\n").encode())
        number += 1


def in_a_process(where: Path | str, worker: int, first: int) -> tuple[int, int]:
    """Work in a copy of this process; its number, and the end of the pipe it tells through."""
    end, begin = os.pipe()
    child = os.fork()
    if child:
        os.close(begin)
        return child, end
    try:
        os.close(end)
        work(where, worker, first, begin)
    except BaseException as error:  # noqa: BLE001  # told to the one who started it, and nothing of the parent may run here
        os.write(begin, (json.dumps({"error": repr(error)}) + "\n").encode())
    finally:
        os._exit(1)


def cut_connections(where: str) -> int:
    """Cut every connection to the database but our own; how many."""
    import psycopg

    with psycopg.connect(where, autocommit=True) as connection:
        asked = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        return len(connection.execute(asked).fetchall())


def one_round(where: Path | str, first: list[int], lots: random.Random) -> tuple[list, int, int]:
    """Processes work until they are killed. What they told, how many were killed, how many connections were cut."""
    children = [in_a_process(where, worker, first[worker]) for worker in range(WORKERS)]
    with contextlib.ExitStack() as open_pipes:
        pipes = [open_pipes.enter_context(os.fdopen(end, "rb")) for _, end in children]
        lines = [pipes[0].readline()]
        time.sleep(lots.uniform(0, LONGEST))
        cuts = 0 if isinstance(where, Path) else cut_connections(where)
        time.sleep(lots.uniform(0, LONGEST) if cuts else 0)
        for child, _ in children:
            os.kill(child, signal.SIGKILL)
        lines += [line for pipe in pipes for line in pipe]
    killed = sum(os.WIFSIGNALED(os.waitpid(child, 0)[1]) for child, _ in children)
    said = [json.loads(line) for line in lines if line.endswith(b"\n")]
    failed = [one["error"] for one in said if isinstance(one, dict)]
    assert not failed, failed
    return said, killed, cuts


def count(ledger: Ledger, told: dict, last: list[int]) -> list[str]:
    """Offer everything once more, and look for what was lost, doubled or broken."""
    wrong = []
    sent: set[tuple[str, str, str]] = set()
    for worker in range(WORKERS):
        for number in range(last[worker] + 1):
            movements = batch_of(worker, number)
            again = ledger.apply(movements)
            sent |= {m.identity for m, o in zip(movements, again, strict=True) if o.result in {"done", "over_limit"}}
            before = told.get((worker, number))
            if before is None:
                continue
            if before != told_of(again):
                wrong.append(f"batch {worker}-{number} was told {before} and is now {told_of(again)}")
            if any(isinstance(b, list) and not o.is_repeat for b, o in zip(before, again, strict=True)):
                wrong.append(f"lost: a movement of batch {worker}-{number} was told and not there")
    checked = ledger.check()
    wrong += [f"{f.what}: {f.subject} {f.stands} {f.adds_up_to}" for f in checked.faults]
    if checked.movements != len(sent):
        wrong.append(f"doubled or lost: {len(sent)} movements were sent, {checked.movements} are there")
    used = [ledger.used(n.to_bytes(16), DAY.year) for n in range(PEOPLE)]
    wrong += [f"over-spent: person {n} used {u}" for n, u in enumerate(used) if not 0 <= u <= LIMIT]
    return wrong


def drill(where: Path | str, kills: int) -> tuple[dict, list[str]]:
    """The whole drill on an empty ledger: what was counted, and what is wrong."""
    open_ledger(where).close()
    lots = random.Random(1)  # a drill, repeatable
    told: dict = {}
    killed = cuts = 0
    next_ = [0] * WORKERS
    while killed < kills:
        said, more, cut = one_round(where, next_, lots)
        killed, cuts = killed + more, cuts + cut
        for worker, number, outcomes in said:
            told[worker, number] = outcomes
            next_[worker] = max(next_[worker], number + 1)
    ledger = open_ledger(where)
    try:
        wrong = count(ledger, told, next_)
        moved = ledger.check()
        refused = sum(r[0] == "over_limit" for o in told.values() for r in o if isinstance(r, list))
    finally:
        ledger.close()
    if not told or not refused:
        wrong.append("nothing was told, or nobody came to the limit: the drill proved nothing")
    counted = {
        "killed": killed,
        "cut": cuts,
        "batches told": len(told),
        "movements": moved.movements,
        "refused": refused,
    }
    return counted, wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=200, help="how many processes are killed")
    parser.add_argument("--database", default="", help="an empty database, postgresql://…; the embedded one without it")
    asked = parser.parse_args()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tongguan-ledger-drill-") as folder:
        counted, wrong = drill(asked.database or Path(folder) / "ledger.sqlite3", asked.kills)
    lines = [f"{json.dumps(counted)} {time.monotonic() - begun:.0f} s", *(f"WRONG {one}" for one in wrong)]
    lines.append(f"{len(wrong)} things are wrong" if wrong else "nothing lost, nothing doubled, nothing over-spent")
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
