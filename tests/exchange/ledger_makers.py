"""Ledgers to test: a file, or a PostgreSQL database of our own that goes away again; and movements in few words."""

import contextlib
import datetime as dt
import os
import sys
from pathlib import Path

import pytest

from tongguan.exchange.identity import check_character
from tongguan.exchange.ledger import Movement, Persons, open_ledger

KEY = b"a key for tests, of 32 bytes !!!"
DAY = dt.date(2025, 3, 3)
NEIGHBOUR = "postgresql://postgres@127.0.0.1:5432/postgres"
"""Where a server is looked for when TONGGUAN_TEST_DATABASE names none."""


def identity_number(number):
    seventeen = f"33010619900101{number:03d}"
    return seventeen + check_character(seventeen)


def a_person(number=0):
    return Persons(KEY).person(identity_number(number))


def reserve(document, fen, person=None, day=DAY, message=""):
    return Movement(
        "reserve", message or f"621-{document}", document, day, a_person() if person is None else person, fen
    )


def then(kind, document, day=DAY, message=""):
    """A commit, withdrawal or refusal."""
    return Movement(kind, message or f"{kind}-{document}", document, day)


def back(document, fen, applied=DAY, arrived=DAY, message=""):
    return Movement("return", message or f"625-{document}", document, applied, b"", fen, arrived)


@contextlib.contextmanager
def a_server():
    """The address of a PostgreSQL server where databases may be made: one that runs here, else a cluster that goes away again. Skips without either."""
    psycopg = pytest.importorskip("psycopg")
    url = os.environ.get("TONGGUAN_TEST_DATABASE") or NEIGHBOUR
    try:
        psycopg.connect(url, connect_timeout=3).close()
    except psycopg.OperationalError:
        sys.path.append(str(Path(__file__).parents[1] / "window"))
        from throwaway import a_postgres

        with a_postgres() as cluster:
            yield cluster.url
        return
    yield url


@contextlib.contextmanager
def a_database(server, name):
    """An empty database of our own."""
    import psycopg

    name = f"tongguan_ledger_{name}_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    try:
        yield f"{server.rpartition('/')[0]}/{name}"
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def race(where, worker, gate, told):
    """One of two processes that do the same at once: both spend one person's year, and both send the same documents."""
    ledger = open_ledger(where)
    gate.wait()
    done = 0
    for n in range(40):
        own = [reserve(f"{worker}-{n}", 100_000, message=f"{worker}-{n}")]
        shared = [reserve(f"S{n}", 100, person=a_person(1 + (n + worker) % 2)), then("commit", f"S{n}")]
        outcomes = ledger.apply((own + shared) if worker else (shared[:1] + own + shared[1:]))
        done += sum(o.moved for o in outcomes if o.result == "done" and not o.is_repeat)
    told.put(done)
    ledger.close()
