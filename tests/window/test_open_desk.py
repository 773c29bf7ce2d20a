"""The desk: each role finds what waits for it and nothing of others; it costs the same however much is stored."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from makers_officers import AT, a_case, a_declared

from tongguan.window import clock
from tongguan.window.access import ROLES
from tongguan.window.accounts.models import Organisation
from tongguan.window.charges.models import Refund
from tongguan.window.permits.models import Case

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("role", ROLES)
def test_every_role_has_a_desk(client_as, role, language):
    page = client_as(role).get(f"/desk/?lang={language}")
    assert page.status_code == 200
    assert page.content.decode().count("<h1") == 1


def test_a_visitor_is_asked_to_sign_in(client):
    assert client.get("/desk/").status_code in {302, 404}


def test_a_trader_finds_what_was_returned_and_asked_and_nobody_elses(client_as):
    mine = client_as("importer")
    returned = a_declared(state="returned", importer=mine.organisation, reference="MINE-1")
    asked = a_case(a_declared(state="accepted", importer=mine.organisation), state="questioned")
    a_declared(state="returned", reference="THEIRS-1")
    text = mine.get("/desk/").content.decode()
    assert f"/declarations/{returned.pk}/" in text
    assert f"/permits/{asked.pk}/answer/" in text
    assert "THEIRS-1" not in text


def test_an_officer_finds_the_head_of_each_queue_with_its_clock(client_as):
    late = a_declared(state="lodged", state_since=AT - dt.timedelta(days=20), lodged_at=AT - dt.timedelta(days=20))
    with clock.standing_at(AT):
        text = client_as("customs_officer").get("/desk/").content.decode()
    assert f"/work/declarations/{late.pk}/" in text
    assert "超过目标时间" in text


def test_a_body_finds_its_own_cases_alone(client_as):
    own, other = a_case(body="SAMR", requirement="ccc-certificate"), a_case(body="MOFCOM")
    text = client_as("agency_officer").get("/desk/").content.decode()
    assert f"/work/permits/{own.pk}/" in text
    assert f"/work/permits/{other.pk}/" not in text


def test_the_supervisor_sees_silence_and_the_share_in_time_by_body(client_as):
    a_case(body="SAMR", level=1, due_on=dt.date(2026, 3, 1))
    for days, outcome in ((1, "granted"), (2, "granted"), (9, "refused")):
        at = AT + dt.timedelta(days=days)
        a_case(
            body="MOFCOM", state=outcome, queue_on=None, due_on=clock.day_of(AT) + dt.timedelta(days=2), decided_at=at
        )
    text = client_as("supervisor").get("/desk/?lang=en").content.decode()
    assert "66 % of 3" in text
    assert "1 cases" in text


def test_a_desk_costs_the_same_with_ten_times_as_much(client_as):
    """Queries, not time: panels read a bounded number of rows."""
    senior = client_as("customs_senior")

    def cost():
        with CaptureQueriesContext(connection) as held:
            assert senior.get("/desk/").status_code == 200
        return len(held)

    for _ in range(3):
        a_declared(state="lodged")
    few = cost()
    firm = Organisation.objects.filter(kind="importer").first()
    for _ in range(30):
        a_declared(state="lodged", importer=firm)
    assert cost() == few


def test_figures_and_queues_are_read_through_their_indexes(client_as):
    if connection.vendor != "sqlite":
        pytest.skip("the plan is read as the embedded database tells it")
    raised = Case.objects.filter(level__gt=0, queue_on__isnull=False).values("body").explain()
    decided = Case.objects.filter(decided_at__isnull=False).order_by("-decided_at").values("body")[:10].explain()
    asked = Refund.objects.filter(decision="").order_by("decide_by", "pk")[:26].explain()
    assert "open_refund_by_last_day" in asked
    assert "case_raised_and_open" in raised
    assert "case_by_decision" in decided
