"""Notices: every act that concerns the parties leaves an event in its own transaction, and mail says little, in both languages."""

import datetime as dt

import pytest
from django.core import mail
from django.db import transaction
from makers import LODGING, a_lodged_declaration, a_moment, a_post, an_actor
from makers_officers import a_case, a_declared
from makers_officers import a_moment as later
from makers_officers import an_actor as in_post

from tongguan.window.clearance import officers
from tongguan.window.declarations.models import EXAMINATION, STATE, TAX
from tongguan.window.lodging import acts as declarations
from tongguan.window.look.texts import texts
from tongguan.window.notices import acts
from tongguan.window.notices.models import Delivery, Event, MailChoice
from tongguan.window.notices.outbox import names, table
from tongguan.window.permits import acts as permits
from tongguan.window.permits.models import LIFE

pytestmark = pytest.mark.django_db
SOON = a_moment(LODGING + dt.timedelta(minutes=1))


def told():
    return list(Event.objects.order_by("id").values_list("name", flat=True))


def test_every_event_has_words_in_both_languages_and_every_act_exists():
    for name in names():
        for key in (f"notices.event_{name}", f"notices.next_{name}"):
            assert texts()[key].zh
            assert texts()[key].en
    steps = {*STATE.transitions, *TAX.transitions, *EXAMINATION.transitions}
    written_without_a_step = {"complete", "amend", "refuse_amend", "refuse_withdraw"}
    assert set(table()["declaration"]) <= steps | written_without_a_step
    assert set(table()["permit"]) <= set(LIFE.transitions)


def test_no_step_of_a_declaration_is_silent_unless_it_is_meant_to_be():
    quiet = {
        "draft",
        "discard",
        "begin_review",
        "finish_review",
        "secure",
        "replace_security",
        "pay",
        "reopen",
        "count_payment",
        "keep_security",
        "annul",
    }
    """Drafts are the party's own; the middle of a review and a security the party gave itself say nothing new; a payment is told with its notice, a tax to be
    determined again, kept or annulled with the amendment or withdrawal that did it."""
    assert {*STATE.transitions, *TAX.transitions, *EXAMINATION.transitions} - set(table()["declaration"]) == quiet


def test_acts_leave_their_events():
    officer = in_post("customs_officer")
    declaration = a_declared()
    officers.accept(officer, later(minutes=1), declaration)
    officers.begin_review(officer, later(minutes=2), declaration)
    officers.select(officer, later(minutes=3), declaration, "抽查")
    officers.suspend(officer, later(minutes=4), declaration, "核对")
    assert told() == ["accepted", "selected", "suspended"]
    assert {event.declaration_id for event in Event.objects.all()} == {declaration.pk}


def test_a_body_that_asks_is_told_with_the_declaration_it_asks_about():
    case = a_case(body="SAMR", requirement="ccc-certificate")
    permits.ask(in_post("agency_officer", body="SAMR"), later(minutes=1), case, "请补充")
    [event] = Event.objects.all()
    assert (event.name, event.subject, event.declaration_id) == ("permit_asked", case.subject, case.declaration_id)


def test_what_is_undone_tells_nobody():
    declaration = a_declared()

    class Undone(Exception):
        pass

    def begin_and_fail():
        with transaction.atomic():
            officers.accept(in_post("customs_officer"), later(minutes=1), declaration)
            raise Undone

    with pytest.raises(Undone):
        begin_and_fail()
    assert told() == []


def test_whoever_lodged_gets_mail_in_both_languages_without_goods_or_names():
    post = a_post("importer")
    declaration = a_lodged_declaration(post, reference="REF-7")
    acts.deliver_due(SOON)
    [sent] = mail.outbox
    assert sent.to == [post.person.email]
    assert "REF-7" in sent.subject
    for words in (declaration.number, "已申报", "lodged", f"/declarations/{declaration.pk}/", "/notifications/"):
        assert words in sent.body
    for words in (declaration.goods_summary, post.organisation.name_zh, post.person.name_zh, "48600"):
        assert words not in sent.body
    acts.deliver_due(SOON)
    assert len(mail.outbox) == 1


@pytest.mark.parametrize(
    ("mine", "colleague", "expected"), [("none", "all", 1), ("mine", "mine", 1), ("all", "all", 2), ("none", "none", 0)]
)
def test_people_choose_which_mail_they_want(mine, colleague, expected):
    post = a_post("importer")
    other = a_post("importer", organisation=post.organisation)
    acts.choose_mail(an_actor(post), mine)
    acts.choose_mail(an_actor(other), colleague)
    a_lodged_declaration(post)
    acts.deliver_due(SOON)
    assert len(mail.outbox) == expected


def test_whoever_left_the_firm_gets_no_more_mail():
    post = a_post("importer")
    a_lodged_declaration(post)
    post.ended_on = LODGING.date()
    post.save()
    acts.deliver_due(SOON)
    assert mail.outbox == []


def test_mail_that_cannot_be_sent_is_tried_again(monkeypatch):
    a_lodged_declaration()

    def away(*_):
        raise OSError("no server")

    monkeypatch.setattr(acts.EmailMessage, "send", away)
    acts.deliver_due(SOON)
    monkeypatch.undo()
    assert mail.outbox == []
    acts.deliver_due(a_moment(SOON.at + dt.timedelta(seconds=2)))
    assert len(mail.outbox) == 1


def test_a_choice_nobody_offered_is_refused():
    from tongguan.grammar.findings import InputRefused

    with pytest.raises(InputRefused):
        acts.choose_mail(an_actor(a_post("importer")), "everything")
    assert not MailChoice.objects.exists()


def test_lodging_costs_one_row_in_the_outbox(django_assert_max_num_queries):
    from makers import declared_facts

    post = a_post("importer")
    a_lodged_declaration(post)
    with django_assert_max_num_queries(14):
        declarations.lodge(
            an_actor(post), a_moment(), declared_facts(), importer_id=post.organisation_id, reference="Q"
        )
    assert told() == ["lodged", "lodged"]


# --- pages ------------------------------------------------------------------------------------------------------------------------


def test_my_notifications_are_mine(client_as):
    client = client_as("importer")
    a_lodged_declaration(client.post_held, reference="MINE-1")
    a_lodged_declaration(reference="THEIRS-1")
    acts.deliver_due(SOON)
    page = client.get("/notifications/").content.decode()
    assert "MINE-1" in page
    assert "THEIRS-1" not in page
    assert client.post("/notifications/", {"about": "none"}).status_code == 302
    assert MailChoice.objects.get(person=client.person).about == "none"
    assert client.post("/notifications/", {"about": "wrong"}).status_code == 200


def test_call_backs_are_managed_on_their_pages(client_as, settings):
    settings.DEMONSTRATION = True
    client, other = client_as("importer"), client_as("importer")
    refused = client.post("/call-backs/add/", {"url": "http://10.0.0.1/"}).content.decode()
    assert "govuk-error-summary" in refused
    made = client.post("/call-backs/add/", {"url": "http://127.0.0.1:9/x", "events": ["released"]}).content.decode()
    assert "tgs_" in made
    page = client.get("/call-backs/?lang=en").content.decode()
    assert "http://127.0.0.1:9/x" in page
    from tongguan.window.notices.models import CallBack

    here = f"/call-backs/{CallBack.objects.get().pk}/"
    assert other.get(here).status_code == 404
    assert other.post(f"{here}disable/").status_code == 404
    assert client.post(f"{here}test/").status_code == 302
    acts.deliver_due(a_moment(dt.datetime(2100, 1, 1, tzinfo=dt.UTC)))
    log = client.get(f"{here}?lang=en").content.decode()
    assert "No answer" in log
    assert "tgs_" not in log
    again = Delivery.objects.get().pk
    assert client.post(f"/call-backs/sent/{again}/again/").status_code == 302
    assert client.post(f"{here}disable/").status_code == 302
    assert client.post(f"/call-backs/sent/{again}/again/").status_code == 409
    assert client.post(f"{here}enable/").status_code == 302


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pages_are_accessible_in_both_languages(
    new_page, client_as, assert_accessible, assert_fits, language, settings
):
    settings.DEMONSTRATION = True
    client = client_as("importer")
    made = acts.make_call_back(an_actor(client.post_held), SOON, url="http://127.0.0.1:9/x", events=["lodged"])
    a_lodged_declaration(client.post_held)
    acts.deliver_due(a_moment(LODGING + dt.timedelta(days=2)))
    page = new_page(language=language, client=client)
    for path in ("/notifications/", "/call-backs/", "/call-backs/add/", f"/call-backs/{made.pk}/", "/api/v1/docs"):
        page.goto(path)
        assert_accessible(page)
        assert_fits(page)


def test_a_person_without_a_post_has_notifications_too(client_as):
    assert client_as("consumer").get("/notifications/").status_code == 200
