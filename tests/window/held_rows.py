"""Who waits for whom on PostgreSQL: a watch over the order in which acts take rows, and two acts interrupted by each other wherever one can be."""

import contextlib
import re
import threading
from itertools import count

from django.apps import apps
from django.db import connection, connections, transaction
from django.http import Http404
from makers_officers import copied_beside
from throwaway import PATIENCE, until

from tongguan.grammar.findings import InputRefused
from tongguan.window.states import HELD_IN_ORDER

PLACES = {apps.get_model(label)._meta.db_table: place for place, label in enumerate(HELD_IN_ORDER)}
HEADS = "journal_head"
DECLARATION, CASE = "declarations_declaration", "permits_case"
HELD_FOR_CHAIN = {
    "declaration": DECLARATION, "determination": DECLARATION, "refund": DECLARATION, "permit": CASE, "licence": "permits_licence",
    "security": "charges_security", "draw": "examination_draw",
}  # fmt: skip
"""What must be held before an entry goes into the chain of a subject. Other subjects (firms, posts, keys) are taken alone."""
CHANGES = re.compile(r'(?:UPDATE|DELETE FROM) "(\w+)"')
KEEPS = re.compile(r"FOR (NO KEY )?UPDATE(?: OF (.*))?$")
FROM = re.compile(r' FROM "(\w+)"')
MAKES = re.compile(r'INSERT INTO "(\w+)"')


def tables_taken(sql):
    """Tables whose rows a statement takes, and whether it lets the foreign keys of others pass."""
    if found := CHANGES.match(sql):
        return [found[1]], True
    if sql.startswith("SELECT") and (found := KEEPS.search(sql)):
        return re.findall(r'"(\w+)"', found[2] or "") or [FROM.search(sql)[1]], bool(found[1])
    return [], True


class Watch:
    """Sits between the acts of a test and its database, and notes every act that takes rows in another order. `faults` says which.

    `is_inside`  the test holds its acts in a transaction of its own
    """

    def __init__(self, *, is_inside=False):
        self.depth = len(connection.savepoint_ids) + is_inside
        self.act, self.taken, self.changed, self.faults = None, [], set(), []

    def __call__(self, execute, sql, params, many, context):
        act = next(iter(connection.savepoint_ids[self.depth :]), None)
        if act != self.act:
            self.act, self.taken, self.changed = act, [], set()
        if act is not None:
            self.look(str(sql), params)
        return execute(sql, params, many, context)

    def look(self, sql, params):
        if found := CHANGES.match(sql) or MAKES.match(sql):
            self.changed.add(found[1])
        tables, lets_keys_pass = tables_taken(sql)
        for table in tables:
            if table == HEADS and sql.startswith("SELECT"):
                needed = HELD_FOR_CHAIN.get(str(params[0]).partition(":")[0])
                is_an_act = any(not one.startswith(("journal_", "notices_")) for one in self.changed)
                if needed and is_an_act and needed not in {*self.taken, *self.changed}:
                    self.faults.append(f"wrote into the chain of {params[0]} without holding {needed}")
            if table not in PLACES or table in self.taken:
                continue
            later = [one for one in self.taken if PLACES[one] > PLACES[table]]
            if later:
                self.faults.append(f"took {table} after {', '.join(later)}: {sql[:120]}")
            if not lets_keys_pass:
                self.faults.append(f"took {table} so that foreign keys wait: {sql[:120]}")
            self.taken.append(table)


def circles(first, second):
    """Run the second act wherever the first may be interrupted between taking one row and the next, then the first to its end; and the other way round.

    Answers what went wrong (a circle, or an error that is none of ours). Both acts are undone each time. PostgreSQL only.
    """
    name = connections.settings["default"]["NAME"]
    connections.settings["default"]["NAME"] = copied_beside()
    wrong = []
    try:
        for interrupted, other in ((first, second), (second, first)):
            for stop in count(1):
                was_interrupted, failed = _interrupt(interrupted, other, stop)
                wrong += [
                    f"{interrupted.__name__} interrupted at {stop} by {other.__name__}: {error}" for error in failed
                ]
                if not was_interrupted:
                    break
    finally:
        connections.settings["default"]["NAME"] = name
    return wrong


def _interrupt(interrupted, other, stop):
    """Whether the first act got as far as taking its row number `stop`, and what failed in either."""
    is_there, go_on, failed = threading.Event(), threading.Event(), []
    process = []

    def pausing():
        taken = count(1)

        def wrapper(execute, sql, params, many, context):
            done = execute(sql, params, many, context)
            if {*tables_taken(str(sql))[0]} & {*PLACES, HEADS} and next(taken) == stop:
                is_there.set()
                go_on.wait(PATIENCE)
            return done

        return connection.execute_wrapper(wrapper)

    def run(act, watching):
        try:
            with transaction.atomic(), watching():
                process.append(connection.connection.info.backend_pid)
                with contextlib.suppress(InputRefused, Http404):  # the other was first
                    act()
                with connection.cursor() as cursor:  # what the database looks after when a transaction ends
                    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                transaction.set_rollback(True)
        except Exception as error:  # noqa: BLE001  # told to the test
            failed.append(repr(error))
        finally:
            connection.close()

    one = threading.Thread(target=run, args=(interrupted, pausing), daemon=True)
    two = threading.Thread(target=run, args=(other, contextlib.nullcontext), daemon=True)
    one.start()
    until(lambda: is_there.is_set() or not one.is_alive(), every=0.002)
    was_interrupted = is_there.is_set()
    if was_interrupted:
        process.clear()
        two.start()
        until(lambda: not two.is_alive() or (process and _waits(process[0])), every=0.005)
    go_on.set()
    for thread in (one, two) if was_interrupted else (one,):
        thread.join(PATIENCE)
        if thread.is_alive():
            failed.append("waits for ever")
    return was_interrupted, failed


def _waits(process):
    with connection.cursor() as cursor:
        cursor.execute("SELECT cardinality(pg_blocking_pids(%s)) > 0", [process])
        return cursor.fetchone()[0]
