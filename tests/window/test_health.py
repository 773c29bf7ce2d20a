"""A database that goes away for a while: said politely, nothing acknowledged that is not stored, and well again afterwards."""

import ipaddress
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db.migrations.executor import MigrationExecutor
from throwaway import PATIENCE, Served, a_postgres

from tongguan.window.operation import views


@pytest.mark.django_db
def test_ready_when_the_database_answers_and_has_its_tables(client):
    assert client.get("/healthz").json() == {"status": "up"}
    assert client.get("/readyz").json() == {"status": "ready"}


@pytest.mark.django_db
def test_the_migrations_are_read_once_a_process(client, monkeypatch):
    assert client.get("/readyz").status_code == 200
    monkeypatch.setattr(views, "MigrationExecutor", lambda *_: pytest.fail("read again"))
    assert client.get("/readyz").json() == {"status": "ready"}


@pytest.mark.django_db
def test_while_tables_are_missing_each_call_looks_again(client, monkeypatch):
    monkeypatch.setattr(views, "_COMPLETE", set())
    with monkeypatch.context() as patched:
        patched.setattr(MigrationExecutor, "migration_plan", lambda *_: ["one to come"])
        assert client.get("/readyz").json() == {"status": "away", "because": "migrations"}
    assert client.get("/readyz").json() == {"status": "ready"}


KEY = "a key of the figures, long enough"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("key", "networks", "asked", "status"),
    [
        ("", (), {}, 404),  # nothing is set up: nobody reads them
        ("", (), {"HTTP_AUTHORIZATION": "Bearer "}, 404),
        ("", (), {"HTTP_AUTHORIZATION": f"Bearer {KEY}"}, 404),
        (KEY, (), {}, 404),
        (KEY, (), {"HTTP_AUTHORIZATION": "Bearer another"}, 404),
        (KEY, (), {"HTTP_AUTHORIZATION": f"Basic {KEY}"}, 404),
        (KEY, (), {"HTTP_AUTHORIZATION": f"Bearer {KEY}", "REMOTE_ADDR": "203.0.113.9"}, 200),
        ("", ("127.0.0.1/32",), {}, 200),
        ("", ("10.0.0.0/8", "::1/128"), {"REMOTE_ADDR": "10.9.8.7"}, 200),
        ("", ("10.0.0.0/8", "::1/128"), {"REMOTE_ADDR": "::1"}, 200),
        ("", ("10.0.0.0/8",), {"REMOTE_ADDR": "203.0.113.9"}, 404),
        ("", ("10.0.0.0/8",), {"REMOTE_ADDR": "203.0.113.9", "HTTP_X_FORWARDED_FOR": "10.0.0.1"}, 404),
        # a proxy on this machine passes on what strangers ask: that is not from this machine
        ("", ("127.0.0.1/32",), {"HTTP_X_FORWARDED_FOR": "203.0.113.9"}, 404),
        ("", ("127.0.0.1/32",), {"HTTP_FORWARDED": "for=203.0.113.9"}, 404),
        ("", ("127.0.0.1/32",), {"HTTP_X_FORWARDED_PROTO": "https"}, 404),
        ("", ("127.0.0.1/32",), {"REMOTE_ADDR": "unix:"}, 404),
    ],
)
def test_figures_are_for_whoever_was_let_in(client, settings, key, networks, asked, status):
    settings.METRICS_KEY = key
    settings.METRICS_FROM = tuple(ipaddress.ip_network(one) for one in networks)
    answer = client.get("/metrics", **asked)
    assert answer.status_code == status
    assert (b"tongguan_requests_total" in answer.content) == (status == 200)


@pytest.mark.django_db
def test_figures_are_for_the_operator_and_for_nobody_else_who_signs_in(client_as):
    for role in ("importer", "customs_senior", "supervisor"):
        assert client_as(role).get("/metrics").status_code == 404
    assert client_as("operator").get("/metrics").status_code == 200


def test_a_key_of_the_figures_that_could_be_guessed_does_not_start():
    environment = {**os.environ, "TONGGUAN_METRICS_KEY": "short"}
    asked = subprocess.run(
        [sys.executable, "-c", "import tongguan.window.settings"], env=environment, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert asked.returncode != 0
    assert "TONGGUAN_METRICS_KEY" in asked.stderr


MAKE_A_KEY = """
import sys; sys.path.insert(0, sys.argv[1])
import django; django.setup()
from makers_programs import Program
print(Program("importer").shown)
"""


def a_key_in(database, home):
    """A program's key, made in a database by a process of its own."""
    environment = {
        "TONGGUAN_HOME": str(home), "TONGGUAN_DATABASE": database, "DJANGO_SETTINGS_MODULE": "tongguan.window.settings",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", MAKE_A_KEY, str(Path(__file__).parent)],
        env=os.environ | environment, capture_output=True, text=True, timeout=PATIENCE, check=True,
    )  # fmt: skip
    return done.stdout.split()[-1]


def test_the_database_goes_away_and_comes_back(tmp_path):
    """Readers are told politely, writers are refused; afterwards what was acknowledged is there, and nothing else."""
    with a_postgres() as cluster:
        server = Served(tmp_path, "--workers", "2", database=cluster.url)
        try:
            assert server.becomes(200), server.log.read_text()[-2000:]
            headers = {"Authorization": f"Bearer {a_key_in(cluster.url, tmp_path)}", "Content-Type": "application/json"}

            def draft(reference):
                body = json.dumps({"reference": reference, "declaration": {}}).encode()
                return server.ask("/api/v1/drafts", data=body, headers=headers)

            def kept():
                listed = server.ask("/api/v1/declarations", headers=headers)
                return [one["reference"] for one in json.loads(listed.text)["items"]]

            assert draft("BEFORE").status == 201
            processes = len(server.family())
            cluster.stop()
            assert server.becomes(503, seconds=30)
            assert server.ask("/readyz").text == '{"status": "away", "because": "database"}'
            assert server.ask("/healthz").status == 200
            for language, words in (("zh", "服务暂时中断"), ("en", "briefly away")):
                page = server.ask(f"/release-times/?lang={language}")
                assert page.status == 503
                assert page.headers["Retry-After"]
                assert "<html" in page.text
                assert words in page.text
                assert "Traceback" not in page.text
            for answer in (draft("WHILE"), server.ask("/api/v1/declarations", headers=headers)):
                assert answer.status == 503
                assert answer.headers["Retry-After"]
                assert [one["code"] for one in json.loads(answer.text)["errors"]] == ["api.database_away"]
            cluster.start()
            assert server.becomes(200, seconds=60)
            assert server.ask("/release-times/").status == 200
            assert kept() == ["BEFORE"]
            assert draft("WHILE").status == 201
            assert sorted(kept()) == ["BEFORE", "WHILE"]
            assert len(server.family()) == processes, "the worker and the serving processes have come through it"
        finally:
            server.end()
