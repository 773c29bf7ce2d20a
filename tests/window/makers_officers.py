"""Makers for the officers' side: declarations at any stage, cases, licences, officers in their posts, and people acting at the very same time."""

import contextlib
import datetime as dt
import sqlite3
import threading

from django.db import connection, connections
from makers import NUMBER, a_post, an_organisation

from tongguan.window import clock
from tongguan.window.access.actor import Actor, Moment
from tongguan.window.declarations.models import Declaration
from tongguan.window.permits.models import Case, Licence

TOGETHER = "together"
"""What the copy for people acting together is called beside the test database."""

AT = dt.datetime(2026, 3, 10, 2, 0, tzinfo=dt.UTC)


def a_moment(days=0, minutes=0):
    at = AT + dt.timedelta(days=days, minutes=minutes)
    return Moment(at, clock.day_of(at))


NOW = a_moment()


def an_actor(role, body="", organisation=None):
    """Somebody in a post, as an act sees them."""
    if body and organisation is None:
        organisation = an_organisation("body", body=body)
    post = a_post(role, organisation=organisation)
    return Actor(post.person_id, role, post.organisation_id, post.organisation.body)


def trader_of(declaration):
    """Somebody of the importer."""
    return an_actor("importer", organisation=declaration.importer)


def a_declared(state="lodged", tax="open", examination="not_selected", importer=None, **facts):
    """A declaration as it stands at a stage, without what led to it."""
    importer = importer or an_organisation()
    held = {
        "declarant": importer,
        "reference": f"R{next(NUMBER)}",
        "customs_office": "2248",
        "goods_summary": "葡萄酒",
        "created_at": AT,
        "lodged_at": AT,
        "state_since": AT,
    }
    if state in {"released", "cleared"}:
        held["released_at"] = AT
    return Declaration.objects.create(importer=importer, state=state, tax=tax, examination=examination, **held | facts)


def a_ready_declaration(**facts):
    """One that nothing stands against."""
    return a_declared(**{"state": "reviewed", "tax": "paid"} | facts)


def a_case(declaration=None, body="MOFCOM", requirement="automatic-licence", state="requested", **facts):
    """One requirement before one body, with its day ten days off."""
    held = {"items": [1], "state_since": AT, "requested_at": AT, "due_on": None, "queue_on": dt.date.max}
    return Case.objects.create(
        declaration=declaration or a_declared(), body=body, requirement=requirement, state=state, **held | facts
    )


def a_licence(holder, quantity_milli=10_000, body="MOFCOM", **facts):
    """A licence for so many thousandths of a kilogram."""
    held = {
        "number": f"L{next(NUMBER)}",
        "unit": "kg",
        "remaining_milli": quantity_milli,
        "valid_from": dt.date(2026, 1, 1),
        "valid_until": dt.date(2026, 12, 31),
        "entered_by": "person:0",
        "entered_at": AT,
    }
    return Licence.objects.create(holder=holder, body=body, quantity_milli=quantity_milli, **held | facts)


def booked(made, moment, *, fen=None, paid_on=None, reference="B1"):
    """The bank's word of a payment in full on a day: it settles the notice."""
    from tongguan.window.charges import acts

    return acts.book_payment(
        an_actor("customs_officer"), moment, made, fen=made.total_fen if fen is None else fen, paid_on=paid_on or moment.day,
        reference=reference, source="bank",
    )  # fmt: skip


def codes_of(refused):
    """The codes of what was refused."""
    return [finding.code for finding in refused.value.findings]


def at_once(acts, then, tmp_path):
    """Run every act in a thread of its own, all beginning together; answers their outcomes (a value or an exception) and what `then` reads afterwards.

    A test's own records live in a transaction that is undone; people acting together need them where all can see them. So everything is copied into a
    database beside this one: a file of its own, or on PostgreSQL the copy that the session made of the empty database.
    """
    connection.ensure_connection()
    beside = _copied_into_a_file(tmp_path) if connection.vendor == "sqlite" else copied_beside()
    name = connections.settings["default"]["NAME"]
    connections.settings["default"]["NAME"] = beside
    outcomes = [None] * (len(acts) + 1)
    barrier = threading.Barrier(len(acts))

    def run(place, act, wait):
        try:
            if wait:
                barrier.wait(timeout=30)
            outcomes[place] = act()
        except Exception as error:  # noqa: BLE001  # told to the test
            outcomes[place] = error
        finally:
            connection.close()

    try:
        threads = [threading.Thread(target=run, args=(n, act, True)) for n, act in enumerate(acts)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        last = threading.Thread(target=run, args=(len(acts), then, False))
        last.start()
        last.join()
    finally:
        connections.settings["default"]["NAME"] = name
    return outcomes[:-1], outcomes[-1]


def _copied_into_a_file(folder):
    file = folder / "together.sqlite3"
    file.write_bytes(connection.connection.serialize())  # a backup would wait for the test's own transaction
    with contextlib.closing(sqlite3.connect(file)) as copy:
        copy.execute(
            "PRAGMA journal_mode=WAL"
        )  # two who switch a new file at once do not wait for each other: one is told it is locked
    return str(file)


def copied_beside():
    """Every row this transaction sees, in the database beside; foreign keys are checked when all of it is there."""
    import psycopg

    beside = connection.creation.get_test_db_clone_settings(TOGETHER)["NAME"]
    tables = [f'"{table}"' for table in connection.introspection.table_names()]
    how = connection.get_connection_params() | {"dbname": beside, "cursor_factory": psycopg.Cursor}
    with (
        psycopg.connect(**how) as to,
        psycopg.Cursor(connection.connection) as held,
        to.cursor() as kept,
    ):
        with triggers_aside(kept):
            kept.execute(f"TRUNCATE {', '.join(tables)}")
        for table in tables:
            with held.copy(f"COPY {table} TO STDOUT") as rows, kept.copy(f"COPY {table} FROM STDIN") as copy:
                for row in rows:
                    copy.write(row)
        held.execute("SELECT sequencename, last_value FROM pg_sequences WHERE last_value IS NOT NULL")
        for sequence, last in held.fetchall():
            kept.execute("SELECT setval(%s::regclass, %s)", (f'"{sequence}"', last))
    return beside


@contextlib.contextmanager
def triggers_aside(cursor):
    """Within this, a PostgreSQL table lets itself be emptied that the journal's triggers otherwise keep."""
    cursor.execute("SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal")
    tables = [table for (table,) in cursor.fetchall()]
    for table in tables:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    yield
    for table in tables:
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
