"""Asking to amend or withdraw: with a reason, one at a time, decided by Customs; what was lodged stands until then."""

import datetime as dt

import pytest
from makers import LODGING, a_draft, a_lodged_declaration, a_moment, a_post, an_actor, declared_facts
from makers_officers import at_once

from tongguan.grammar.findings import InputRefused
from tongguan.window import clock
from tongguan.window.access.actor import NotAllowed
from tongguan.window.declarations.models import Declaration, Draft, Request
from tongguan.window.journal.models import Entry
from tongguan.window.lodging import acts

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n%%EOF\n"
CHANGED = declared_facts(transport={"bill": "COSU0000000001"})


@pytest.fixture
def post(db):
    return a_post("importer")


def codes_of(refused):
    return {finding.code for finding in refused.value.findings}


def amend(post, kept, facts=None, reason="提单号写错"):
    return acts.ask_amendment(an_actor(post), a_moment(), kept, facts or CHANGED, reason)


def withdraw(post, kept, reason="货物未到"):
    return acts.ask_withdrawal(an_actor(post), a_moment(), kept, reason)


def test_an_amendment_is_asked_for_and_what_was_lodged_stands(post):
    kept = a_lodged_declaration(post)
    asked = amend(post, kept)
    assert (asked.kind, asked.decision, asked.facts["transport"]["bill"]) == ("amend", "", "COSU0000000001")
    kept.refresh_from_db()
    assert (kept.state, kept.version) == ("lodged", 1)
    assert kept.versions.get().facts["transport"]["bill"] == "COSU6123456780"
    entry = Entry.objects.filter(subject=kept.subject).latest("sequence")
    assert (entry.act, entry.reason, entry.state_before, entry.state_after) == (
        "ask_amend",
        "提单号写错",
        "lodged",
        "lodged",
    )


def test_one_request_at_a_time(post):
    kept = a_lodged_declaration(post)
    withdraw(post, kept)
    with pytest.raises(InputRefused) as refused:
        amend(post, kept)
    assert codes_of(refused) == {"request.one_is_open"}


def test_two_requests_at_once_leave_one(post, tmp_path):
    kept = a_lodged_declaration(post)
    outcomes, count = at_once(
        [lambda: withdraw(post, Declaration.objects.get(pk=kept.pk)).pk] * 3, Request.objects.count, tmp_path
    )
    assert count == 1
    assert sum(isinstance(one, int) for one in outcomes) == 1
    assert all(isinstance(one, int | InputRefused) for one in outcomes)


def test_everything_against_it_is_said_at_once(post):
    kept = a_lodged_declaration(post)
    Declaration.objects.filter(pk=kept.pk).update(state="released", examination="selected")
    kept.refresh_from_db()
    with pytest.raises(InputRefused) as refused:
        withdraw(post, kept, " ")
    assert codes_of(refused) == {"request.reason_missing", "request.state_too_late", "request.under_examination"}
    assert not Request.objects.exists()


def test_an_amendment_that_changes_nothing_or_breaks_the_facts_is_refused(post):
    kept = a_lodged_declaration(post)
    with pytest.raises(InputRefused) as refused:
        amend(post, kept, declared_facts())
    assert codes_of(refused) == {"request.nothing_changed"}
    with pytest.raises(InputRefused) as refused:
        amend(post, kept, declared_facts(transport={"mode": None}), reason="")
    assert "request.reason_missing" in codes_of(refused)
    assert any(finding.path == "transport.mode" for finding in refused.value.findings)


def test_a_draft_needs_no_request(post):
    with pytest.raises(InputRefused) as refused:
        withdraw(post, a_draft(post))
    assert "request.state_too_late" in codes_of(refused)


def test_not_yours(post):
    kept = a_lodged_declaration()
    with pytest.raises(NotAllowed):
        withdraw(post, kept)


def test_a_file_attached_for_an_amendment_is_seen_by_whoever_asks_and_whoever_decides(client_as):
    client, officer = client_as("importer"), client_as("customs_senior")
    actor = an_actor(client.post_held)
    kept = a_lodged_declaration(client.post_held)
    later = a_moment(LODGING + dt.timedelta(hours=1))
    with clock.standing_at(later.at):
        acts.attach(actor, later, kept, document="Y", number="CO-77", name="certificate.pdf", content=PDF)
        acts.save(actor, later, kept, CHANGED)
        for page in ("review", "amend"):
            shown = client.get(f"/declarations/{kept.pk}/{page}/", {"lang": "en"}).content.decode()
            assert "certificate.pdf" in shown, page
            assert "Proof of origin CO-77" in shown, page
        asked = acts.ask_amendment(actor, later, kept, CHANGED, "提单号写错")
        shown = officer.get(f"/work/requests/{asked.pk}/", {"lang": "en"}).content.decode()
    assert "certificate.pdf" in shown
    assert "Proof of origin CO-77" in shown


def test_on_the_page(client_as):
    client = client_as("importer")
    with clock.standing_at(a_moment().at):
        kept = a_lodged_declaration(client.post_held)
        acts.save(an_actor(client.post_held), a_moment(), kept, CHANGED)
        page = client.get(f"/declarations/{kept.pk}/amend/").content.decode()
        assert "COSU6123456780" in page
        assert "COSU0000000001" in page
        assert client.post(f"/declarations/{kept.pk}/amend/", {"reason": ""}).status_code == 422
        assert client.post(f"/declarations/{kept.pk}/amend/", {"reason": "提单号写错"}).status_code == 302
        assert not Draft.objects.filter(declaration=kept).exists()
        assert client.post(f"/declarations/{kept.pk}/withdraw/", {"reason": "不要了"}).status_code == 422
        assert "提单号写错" in client.get(f"/declarations/{kept.pk}/").content.decode()
    assert client_as("importer").get(f"/declarations/{kept.pk}/amend/").status_code == 404
