"""Following: where it stands, who has it, what is missing, what waiting costs."""

import datetime as dt

import pytest
from makers import LODGING, a_draft, a_lodged_declaration, a_moment, an_actor

from tongguan.window import clock
from tongguan.window.charges.models import Determination
from tongguan.window.declarations.models import Declaration
from tongguan.window.lodging import acts

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(client_as):
    return client_as("importer")


def page(client, kept, at=LODGING, **headers):
    with clock.standing_at(at):
        response = client.get(f"/declarations/{kept.pk}/", {"lang": "en"}, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def test_who_has_it_and_what_is_missing(client):
    kept = a_lodged_declaration(client.post_held)
    shown = page(client, kept)
    assert "General Administration of Customs" in shown
    assert "Acceptance" in shown
    assert "Not enough cases" in shown


def test_a_draft_waits_for_its_own_firm(client):
    assert "Fill in and lodge" in page(client, a_draft(client.post_held))


def test_the_clock_of_late_declaration_is_told_before_and_after_it_ran_out(client):
    kept = a_lodged_declaration(client.post_held)
    Declaration.objects.filter(pk=kept.pk).update(state="returned", lodged_at=None)
    assert "15 March 2025" in page(client, kept)
    assert ">Over<" in page(client, kept, LODGING + dt.timedelta(days=30))


def test_the_last_day_to_pay_is_the_one_the_notice_says(client):
    kept = a_lodged_declaration(client.post_held)
    assert "18 March 2025" in page(client, kept)  # fifteen days from the declaration, as the law reckons it
    made = Determination.objects.create(
        declaration=kept,
        version=1,
        kind="original",
        lines=[],
        total_fen=100,
        due_on=dt.date(2025, 4, 2),
        because="tariff-law-2024#43",
        determined_by="person:0",
        determined_at=LODGING,
    )
    assert "2 April 2025" in page(client, kept)
    Determination.objects.filter(pk=made.pk).update(due_on=None)
    assert "cannot be told yet" in page(client, kept)


def test_while_a_request_waits_no_other_is_offered(client):
    kept = a_lodged_declaration(client.post_held)
    assert f"/declarations/{kept.pk}/withdraw/" in page(client, kept)
    acts.ask_withdrawal(an_actor(client.post_held), a_moment(), kept, "货物未到")
    assert f"/declarations/{kept.pk}/withdraw/" not in page(client, kept)


def test_the_part_that_changes_is_asked_for_alone(client):
    kept = a_lodged_declaration(client.post_held)
    part = page(client, kept, **{"HX-Request": "true"})
    assert "<html" not in part
    assert 'id="now"' in part
    whole = page(client, kept)
    assert 'hx-trigger="every 10s"' in whole
    assert f'href="/declarations/{kept.pk}/"' in whole


def test_versions_are_shown_as_they_were(client, client_as):
    kept = a_lodged_declaration(client.post_held)
    with clock.standing_at(a_moment().at):
        shown = client.get(f"/declarations/{kept.pk}/versions/1/").content.decode()
    assert "COSU6123456780" in shown
    assert kept.versions.get().facts_sha256 in shown
    assert client.get(f"/declarations/{kept.pk}/versions/2/").status_code == 404
    assert client_as("importer").get(f"/declarations/{kept.pk}/versions/1/").status_code == 404
