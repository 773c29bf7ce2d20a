"""The clock hand: what is due is done once, also when a job fails or the moment comes twice."""

import datetime as dt

import pytest
from django.db import DatabaseError, transaction
from makers import a_moment

from tongguan.window.access.actor import SYSTEM
from tongguan.window.journal.models import Anchor, record
from tongguan.window.operation import worker

pytestmark = pytest.mark.django_db


def test_what_is_due_is_done_once():
    moment = a_moment()
    with transaction.atomic():
        record("declaration:1", "lodge", actor=SYSTEM, at=moment.at - dt.timedelta(days=2))
    first = worker.run_due(moment)
    assert first["anchor"] == 2
    again = worker.run_due(moment)
    assert again["anchor"] == 0
    assert Anchor.objects.count() == 2


def test_a_job_that_fails_does_not_stop_the_others(monkeypatch):
    def fails(moment):
        raise DatabaseError("away")

    whole = worker.jobs()
    monkeypatch.setattr(worker, "jobs", lambda: {"broken": fails, **whole})
    done = worker.run_due(a_moment())
    assert set(done) == set(whole)
