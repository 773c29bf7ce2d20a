"""The crash drill: processes are killed (SIGKILL) in the middle of lodging, paying and releasing; then everything is counted.

    python tests/window/drill.py [--kills 100] [--database postgresql://…]

Several processes work on one window at once and tell each thing done, after it is done, through a pipe. They are killed at a moment drawn by lot: so
many acts after they began, and so far into the next one, however slow the machine is. At the end: all that was told is there, nothing is there twice, nothing is half there, the ledger balances and the journal verifies.
Each kind of act is killed `kills` times. Exit status 1: something was lost, doubled or broken; it says what.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

WORKERS = 2
STEP, AHEAD = 3, 40
"""A round begins so many records after the last one, and has so many before it: more than it gets done."""
KINDS, DONE = ("lodging", "paying", "releasing"), ("lodged", "paid", "released")
MOST_WHOLE_ACTS = 3
"""Before they are killed the first of the processes has done fewer acts than this."""


def prepare(home: Path, database: str) -> None:
    """Load everything once, so that a process can be there and be killed within milliseconds. Nothing stays connected."""
    os.environ["TONGGUAN_HOME"] = str(home)
    os.environ["TONGGUAN_DATABASE"] = database
    os.environ["DJANGO_SETTINGS_MODULE"] = "tongguan.window.settings"
    sys.path.insert(0, str(Path(__file__).parent))
    import django

    django.setup()


def in_a_process(act: Callable[[Callable[[object], None]], None]) -> tuple[int, int]:
    """Run an act in a copy of this process; it tells through a pipe. Answers the number of the process and the pipe's end."""
    from django.db import connections

    connections.close_all()
    end, begin = os.pipe()
    child = os.fork()
    if child:
        os.close(begin)
        return child, end
    status = 1
    try:
        os.close(end)
        act(lambda said: os.write(begin, (json.dumps(said) + "\n").encode()) and None)
        status = 0
    except BaseException as error:  # noqa: BLE001  # told to the one who started it, and nothing of the parent may run here
        os.write(begin, (json.dumps({"error": repr(error)}) + "\n").encode())
    finally:
        os._exit(status)


def heard(lines: Iterable[bytes]) -> list:
    """What was told. A line cut off in the middle was not told."""
    return [json.loads(line) for line in lines if line.endswith(b"\n")]


def whole(act) -> list:
    """Run an act to its end; what it told. Raises AssertionError where it failed."""
    child, end = in_a_process(act)
    with os.fdopen(end, "rb") as pipe:
        said = heard(pipe)
    os.waitpid(child, 0)
    failed = [one["error"] for one in said if isinstance(one, dict) and "error" in one]
    assert not failed, failed
    return said


# --- what the processes do --------------------------------------------------------------------------------------------------------


class People:
    """Numbers of the people at work; the objects are made anew in each process."""

    def __init__(self, held: dict) -> None:
        from tongguan.window.access.actor import Actor

        self.trader, self.officer = Actor(**held["trader"]), Actor(**held["officer"])


def set_up(tell) -> None:
    from dataclasses import asdict

    from django.core.management import call_command
    from makers import a_post, an_actor, an_organisation

    call_command("migrate", verbosity=0)
    trader = an_actor(a_post("importer"))
    officer = an_actor(a_post("customs_officer", organisation=an_organisation("body", body="GACC")))
    tell({"trader": asdict(trader) | {"scopes": None}, "officer": asdict(officer) | {"scopes": None}})


def lodge_one(people: People, reference: str):
    from makers import a_moment, declared_facts

    from tongguan.window.lodging import acts

    return acts.lodge(
        people.trader, a_moment(), declared_facts(), importer_id=people.trader.organisation_id, reference=reference
    )


def lodging(people: People, round_: int, worker: int, _: list) -> Iterator[object]:
    """Lodge without end; every second reference is one both processes use at once."""
    for number in range(10_000):
        reference = f"L{round_}-{number}" if number % 2 else f"L{round_}-{worker}-{number}"
        yield ["lodged", lodge_one(people, reference).pk, reference]


def paying(people: People, round_: int, worker: int, notices: list) -> Iterator[object]:
    """Pay the same notices as the other process, each with its one bank reference."""
    from makers import a_moment

    from tongguan.window.charges import acts as charges
    from tongguan.window.charges.models import Determination

    for pk in notices:
        notice = Determination.objects.get(pk=pk)
        paid = {"fen": notice.total_fen, "paid_on": a_moment().day, "reference": f"B{pk}"}
        if notice.is_open:
            charges.tell_payment(people.trader, a_moment(), notice, **paid)
        charges.book_payment(people.officer, a_moment(), notice, **paid, source="bank")
        yield ["paid", pk]


def releasing(people: People, round_: int, worker: int, declarations: list) -> Iterator[object]:
    """Release the same goods as the other process; who is second is told so."""
    from makers import a_moment

    from tongguan.window.clearance import officers
    from tongguan.window.declarations.models import Declaration
    from tongguan.window.states import SomeoneWasFirst

    for pk in declarations:
        try:
            officers.release(people.officer, a_moment(), Declaration.objects.get(pk=pk))
        except SomeoneWasFirst:
            continue
        yield ["released", pk]


def to_work_on(people: People, kind: str, count: int) -> Callable:
    """Make what is to be paid or released."""

    def make(tell) -> None:
        from makers import a_moment

        from tongguan.window.charges import acts as charges
        from tongguan.window.clearance import officers
        from tongguan.window.permits.models import Case

        for number in range(count):
            made = lodge_one(people, f"{kind}-{number}")
            officers.accept(people.officer, a_moment(), made)
            officers.finish_review(people.officer, a_moment(), made)
            notice = charges.determine(people.officer, a_moment(), made)
            if kind == "releasing":
                Case.objects.filter(declaration=made).update(
                    state="granted", queue_on=None
                )  # the bodies are no part of this drill
                charges.book_payment(
                    people.officer,
                    a_moment(),
                    notice,
                    fen=notice.total_fen,
                    paid_on=a_moment().day,
                    reference=f"R{made.pk}",
                    source="bank",
                )
            tell(notice.pk if kind == "paying" else made.pk)

    return make


def killed(people: People, kind: str, round_: int, work: list, lots: random.Random, pace: dict) -> tuple[list, int]:
    """One round: processes work until they are killed. Answers what they told, and how many were still at work.

    `pace`  seconds one act of a kind takes here; it is learned from round to round
    """
    acts = {"lodging": lodging, "paying": paying, "releasing": releasing}[kind]

    def run(worker: int):
        def act(tell) -> None:
            tell(["began"])
            for said in acts(people, round_, worker, work):
                tell(said)

        return act

    children = [in_a_process(run(worker)) for worker in range(WORKERS)]
    with contextlib.ExitStack() as open_pipes:
        pipes = [open_pipes.enter_context(os.fdopen(end, "rb")) for _, end in children]
        lines = [pipe.readline() for pipe in pipes]
        begun, whole_acts = time.monotonic(), round_ % MOST_WHOLE_ACTS
        lines += [pipes[0].readline() for _ in range(whole_acts)]
        if whole_acts:
            pace[kind] = (time.monotonic() - begun) / whole_acts
        time.sleep(lots.uniform(0, pace[kind]))
        for child, _ in children:
            os.kill(child, signal.SIGKILL)
        said = heard(line for pipe in (lines, *pipes) for line in pipe)
    at_work = sum(os.WIFSIGNALED(os.waitpid(child, 0)[1]) for child, _ in children)
    failed = [one["error"] for one in said if isinstance(one, dict)]
    assert not failed, failed
    return [one for one in said if one != ["began"]], at_work


# --- counting afterwards ----------------------------------------------------------------------------------------------------------


def count(told: list) -> Callable:
    """Look for what was lost, doubled, or left half done."""

    def look(tell) -> None:
        from django.db.models import Count

        from tongguan.window.charges.ledger import unbalanced
        from tongguan.window.charges.models import Determination, Payment
        from tongguan.window.declarations.models import Declaration, Version
        from tongguan.window.journal.models import Entry, Head
        from tongguan.window.journal.verify import verify
        from tongguan.window.permits.models import Case

        wrong = []
        there = dict(Declaration.objects.values_list("pk", "reference"))
        for what, pk, *more in told:
            if what == "lodged" and there.get(pk) != more[0]:
                wrong.append(f"lost: declaration {pk} {more[0]}")
            if what == "paid" and not Payment.objects.filter(determination_id=pk).exists():
                wrong.append(f"lost: payment of notice {pk}")
            if (
                what == "released"
                and not Declaration.objects.filter(pk=pk, state="released", released_at__isnull=False).exists()
            ):
                wrong.append(f"lost: release of {pk}")
        wrong += [f"doubled: reference {r}" for r, n in Counter(there.values()).items() if n > 1]
        twice = Payment.objects.values("determination").annotate(n=Count("pk")).filter(n__gt=1)
        wrong += [f"doubled: payment of notice {row['determination']}" for row in twice]
        for act in ("lodge", "release", "accept"):
            again = Entry.objects.filter(act=act).values("subject").annotate(n=Count("pk")).filter(n__gt=1)
            wrong += [f"doubled: {act} of {row['subject']}" for row in again]
        cases = set(Case.objects.values("declaration").annotate(n=Count("pk")).values_list("n", flat=True))
        half = len(there) - Case.objects.values("declaration").distinct().count()
        if len(cases) != 1 or half:
            wrong.append(
                f"half done: {half} declarations without cases, or with other numbers of cases than their like: {cases}"
            )
        for model, name in ((Version, "version"), (Head, "chain")):
            held = model.objects.filter(subject__startswith="declaration:") if model is Head else model.objects
            if held.count() != len(there):
                wrong.append(f"half done: {len(there)} declarations and {held.count()} of {name}")
        settled = Determination.objects.exclude(settled_at=None).count()
        entered = Entry.objects.filter(act="pay", subject__startswith="determination:").count()
        states = Declaration.objects.filter(tax="paid").count()
        if len({settled, entered, states, Payment.objects.count()}) != 1:
            wrong.append(
                f"half done: {Payment.objects.count()} payments, {settled} settled, {entered} entered, {states} with the tax paid"
            )
        released = Declaration.objects.filter(state="released").exclude(released_at=None).count()
        entered = Entry.objects.filter(act="release").count()
        if released != entered:
            wrong.append(f"half done: {released} released and {entered} entered")
        wrong += [f"the ledger: movement {one} does not balance" for one in unbalanced()]
        verdict = verify()
        wrong += [f"journal: {fault}" for fault in verdict.faults]
        tell(
            {
                "wrong": wrong,
                "declarations": len(there),
                "payments": Payment.objects.count(),
                "released": released,
                "entries": verdict.entries,
            }
        )

    return look


def drill(kills: int, seed: int = 1) -> dict:
    """The whole drill on the window that is set up. Answers what was counted; `wrong` is empty when all is well."""
    from makers import a_moment, declared_facts

    from tongguan.window.lodging import acts

    people = People(whole(set_up)[0])
    acts.prepare(declared_facts(), a_moment())  # the law is loaded here, once, and not in every process
    lots = random.Random(seed)  # a drill, repeatable
    told, hit, pace = [], Counter(), dict.fromkeys(KINDS, 0.1)
    for kind in KINDS:
        work = [] if kind == "lodging" else whole(to_work_on(people, kind, kills * STEP + AHEAD))
        round_ = 0
        while hit[kind] < kills and round_ < kills * 4:
            first = round_ * STEP % max(1, len(work) - AHEAD)
            some = work[first : first + AHEAD]
            said, at_work = killed(people, kind, round_, some, lots, pace)
            told += said
            hit[kind] += at_work
            round_ += 1
    counted = whole(count(told))[0]
    done = Counter(one[0] for one in told)
    counted["wrong"] += [f"nothing was {act}: the drill proved nothing" for act in DONE if not done[act]]
    return counted | {"killed": dict(hit), "told": dict(done)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=100, help="how often each kind of act is killed")
    parser.add_argument("--database", default="", help="an empty database, postgresql://…; the embedded one without it")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tongguan-drill-") as home:
        prepare(Path(home), asked.database)
        begun = time.monotonic()
        counted = drill(asked.kills)
    wrong = counted.pop("wrong")
    told = [f"{json.dumps(counted)} {time.monotonic() - begun:.0f} s", *(f"WRONG {one}" for one in wrong)]
    told.append(f"{len(wrong)} things are wrong" if wrong else "nothing lost, nothing doubled, nothing half done")
    sys.stdout.write("\n".join(told) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
