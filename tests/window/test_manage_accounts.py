"""People, firms, posts, authority to act and keys for programs."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from allauth.account.models import EmailAddress
from django.db import OperationalError
from django.urls import reverse
from makers import a_person, a_post, an_organisation, sign_in

from tongguan.grammar.findings import InputRefused
from tongguan.window import clock
from tongguan.window.access.actor import VISITOR, Actor, Moment, NotAllowed
from tongguan.window.accounts import acts
from tongguan.window.accounts.authority import NoAuthority, authority_for
from tongguan.window.accounts.bodies import bodies, ensure_bodies
from tongguan.window.accounts.keys import actor_of_key
from tongguan.window.accounts.models import AccessKey, Entrustment, Invitation, Organisation, Post
from tongguan.window.accounts.posts import actor_of
from tongguan.window.decisions import firms
from tongguan.window.journal.models import Entry
from tongguan.window.states import SomeoneWasFirst

pytestmark = pytest.mark.django_db

CHINA = ZoneInfo("Asia/Shanghai")
RIGHT_CODE, OTHER_CODE = "91110000600037341L", "91310000MA1K00DE1K"
DAY = dt.timedelta(days=1)


def at(day, hour=9, minute=0):
    moment = dt.datetime.combine(day, dt.time(hour, minute), CHINA)
    return Moment(moment, clock.day_of(moment))


JUNE = dt.date(2025, 6, 10)
NOW = at(JUNE)


def codes(refused):
    return {finding.code for finding in refused.value.findings}


def told(subject):
    return list(Entry.objects.filter(subject=subject).order_by("sequence").values_list("act", flat=True))


def a_broker():
    return an_organisation("broker", credit_code=RIGHT_CODE, customs_code="3122980D02")


def actor_in(post, **facts):
    return Actor(person_id=post.person_id, role=post.role, organisation_id=post.organisation_id, **facts)


def an_entrustment(from_on=JUNE, until_on=None, *, accepted=NOW):
    """Authority of a fresh importer for a fresh broker, and both sides' actors."""
    importer, broker = a_post("importer"), a_post("broker", organisation=a_broker())
    given = acts.entrust(actor_in(importer), at(from_on), credit_code=RIGHT_CODE, from_on=from_on, until_on=until_on)
    if accepted:
        acts.accept_entrustment(actor_in(broker), accepted, given.pk)
    return given, actor_in(importer), actor_in(broker)


# --- bodies -----------------------------------------------------------------------------------------------------------------------


def test_every_body_of_the_policy_is_an_organisation_and_made_once():
    ensure_bodies()
    ensure_bodies()
    assert len(bodies()) == 20
    made = Organisation.objects.filter(kind="body")
    assert set(made.values_list("body", flat=True)) >= set(bodies())
    assert made.filter(body="GACC").count() == 1
    assert Organisation.objects.filter(kind="operator").count() == 1


# --- firms ------------------------------------------------------------------------------------------------------------------------


def a_firm(**facts):
    return {
        "kind": "importer",
        "name_zh": "海风贸易有限公司",
        "name_en": "",
        "credit_code": RIGHT_CODE,
        "customs_code": "3122960D01",
    } | facts


def test_whoever_registers_a_firm_holds_its_first_post():
    person = a_person()
    post = acts.found_organisation(Actor(person_id=person.pk, role="consumer"), NOW, **a_firm())
    assert (post.person, post.role, post.from_on) == (person, "importer", JUNE)
    assert not post.organisation.is_confirmed
    assert told(post.organisation.subject) == ["found", "begin_post"]


def test_everything_wrong_with_a_firm_is_said_at_once():
    person = a_person()
    with pytest.raises(InputRefused) as refused:
        acts.found_organisation(
            Actor(person_id=person.pk, role="consumer"),
            NOW,
            **a_firm(kind="body", name_zh=" ", credit_code="911100006000373410", customs_code="12345"),
        )
    assert codes(refused) == {
        "accounts.kind_unknown",
        "accounts.name_missing",
        "accounts.credit_code_wrong",
        "accounts.customs_code_wrong",
    }
    assert not Organisation.objects.filter(kind="importer").exists()


@pytest.mark.parametrize("code", ["9111 0000 6000 3734 1L", "91110000600037341l"])
def test_a_credit_code_may_be_written_as_people_write_it(code):
    post = acts.found_organisation(Actor(person_id=a_person().pk, role="consumer"), NOW, **a_firm(credit_code=code))
    assert post.organisation.credit_code == RIGHT_CODE


def test_a_credit_code_is_registered_once():
    acts.found_organisation(Actor(person_id=a_person().pk, role="consumer"), NOW, **a_firm())
    with pytest.raises(InputRefused) as refused:
        acts.found_organisation(
            Actor(person_id=a_person().pk, role="consumer"), NOW, **a_firm(customs_code="3122960D09")
        )
    assert codes(refused) == {"accounts.firm_is_registered"}


def test_a_firm_drafts_at_once_and_lodges_once_customs_has_confirmed_it():
    person, senior = a_person(), a_post("customs_senior")
    post = acts.found_organisation(Actor(person_id=person.pk, role="consumer"), NOW, **a_firm())
    before = actor_of(person, NOW)
    assert before.may("draft_declaration")
    assert before.lack("lodge_declaration") == "confirmed_firm"
    with pytest.raises(NotAllowed):
        before.require("lodge_declaration")
    with pytest.raises(InputRefused):
        firms.confirm(actor_in(senior), NOW, post.organisation_id, reason=" ")
    firms.confirm(actor_in(senior), NOW, post.organisation_id, reason="与海关备案一致")
    assert actor_of(person, NOW).may("lodge_declaration")
    with pytest.raises(SomeoneWasFirst):
        firms.confirm(actor_in(senior), NOW, post.organisation_id, reason="又一次")
    assert told(post.organisation.subject)[-1] == "confirm"


def test_registering_a_firm_leads_from_the_page_to_its_people(client):
    sign_in(client, a_person())
    answer = client.post(reverse("found_organisation"), a_firm(), follow=True)
    assert answer.status_code == 200
    assert answer.request["PATH_INFO"] == reverse("people", args=[Organisation.objects.get(credit_code=RIGHT_CODE).pk])
    wrong = client.post(reverse("choose_post", args=[999_999]))
    assert wrong.status_code == 404


# --- posts ------------------------------------------------------------------------------------------------------------------------


def test_an_invited_person_accepts_with_a_proven_address(client):
    manager, invited = a_post("importer"), a_person()
    acts.invite(actor_in(manager), NOW, manager.organisation_id, email=invited.email.upper(), role="importer")
    invitation = Invitation.objects.get()
    actor = Actor(person_id=invited.pk, role="consumer")
    with pytest.raises(NotAllowed):
        acts.answer_invitation(actor, NOW, invitation.pk, addresses=[], accept=True)
    with pytest.raises(NotAllowed):
        acts.answer_invitation(actor, NOW, invitation.pk, addresses=["someone@else.cn"], accept=True)
    post = acts.answer_invitation(actor, NOW, invitation.pk, addresses=[invited.email], accept=True)
    assert (post.person, post.organisation, post.role) == (invited, manager.organisation, "importer")
    with pytest.raises(NotAllowed):
        acts.answer_invitation(actor, NOW, invitation.pk, addresses=[invited.email], accept=True)
    assert told(manager.organisation.subject) == ["invite", "begin_post"]


def test_an_unproven_address_shows_no_invitation(client):
    manager, invited = a_post("importer"), a_person()
    today = Moment(clock.now(), clock.today())
    acts.invite(actor_in(manager), today, manager.organisation_id, email=invited.email, role="importer")
    address = EmailAddress.objects.create(user=invited, email=invited.email, verified=False, primary=True)
    sign_in(client, invited)
    url = reverse("answer_invitation", args=[Invitation.objects.get().pk, "accept"])
    assert client.post(url).status_code == 404
    address.verified = True
    address.save()
    assert manager.organisation.name_zh in client.get(reverse("posts")).content.decode()
    assert client.post(url).status_code == 302
    assert Post.objects.filter(person=invited).exists()


def test_an_invitation_is_the_same_for_known_and_unknown_addresses(client_as):
    client, known = client_as("importer"), a_person()
    url = reverse("people", args=[client.organisation.pk])
    answers = [
        client.post(url, {"email": email, "role": "importer"}) for email in (known.email, "nobody@nowhere.example")
    ]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]


def test_an_invitation_lapses_after_thirty_days():
    manager, invited = a_post("importer"), a_person()
    invitation = acts.invite(actor_in(manager), NOW, manager.organisation_id, email=invited.email, role="importer")
    assert Invitation.objects.open_for([invited.email], JUNE + 30 * DAY).exists()
    assert not Invitation.objects.open_for([invited.email], JUNE + 31 * DAY).exists()
    assert invitation.until_on == JUNE + 30 * DAY


@pytest.mark.parametrize(
    ("role", "kind", "body", "fits"),
    [
        ("importer", "importer", "", True),
        ("broker", "importer", "", False),
        ("customs_officer", "body", "GACC", True),
        ("agency_officer", "body", "GACC", True),
        ("customs_senior", "body", "SAMR", False),
        ("agency_senior", "body", "SAMR", True),
        ("operator", "body", "SAMR", False),
    ],
)
def test_a_post_belongs_to_its_kind_of_organisation(role, kind, body, fits):
    operator = a_post("operator")
    organisation = an_organisation(kind, body=body)
    if fits:
        acts.invite(actor_in(operator), NOW, organisation.pk, email="new@example.cn", role=role)
        return
    with pytest.raises(InputRefused) as refused:
        acts.invite(actor_in(operator), NOW, organisation.pk, email="new@example.cn", role=role)
    assert codes(refused) == {"accounts.role_not_here"}


def test_a_post_ends_at_once_and_its_keys_with_it():
    leaver = a_post("importer")
    stays = a_post("importer", organisation=leaver.organisation)
    key, shown = acts.make_key(
        actor_in(leaver), NOW, name="erp", scopes=["see_declaration"], expires_on=JUNE + 30 * DAY
    )
    acts.end_post(actor_in(stays), NOW, leaver.pk)
    assert actor_of(leaver.person, NOW).role == "consumer"
    assert actor_of(leaver.person, at(JUNE - DAY)).role == "importer"
    assert actor_of_key(f"Bearer {shown}", NOW) is VISITOR
    assert told(key.subject) == ["make", "revoke"]


def test_the_last_post_of_an_organisation_stays():
    only = a_post("importer")
    with pytest.raises(InputRefused) as refused:
        acts.end_post(actor_in(only), NOW, only.pk)
    assert codes(refused) == {"accounts.last_post"}
    assert actor_of(only.person, NOW).role == "importer"


def test_a_post_counts_from_its_first_to_its_last_day():
    person = a_person()
    a_post("importer", person=person, from_on=JUNE, until_on=JUNE + DAY)
    roles = [actor_of(person, at(JUNE + n * DAY)).role for n in (-1, 0, 1, 2)]
    assert roles == ["consumer", "importer", "importer", "consumer"]


def test_a_person_works_in_the_post_they_chose(client):
    person = a_person()
    a_post("importer", person=person)
    second = a_post("broker", person=person)
    someone_elses = a_post("broker")
    sign_in(client, person)
    assert client.get(reverse("entrustments")).wsgi_request.actor.role == "importer"
    assert client.post(reverse("choose_post", args=[second.pk])).status_code == 302
    assert client.get(reverse("entrustments")).wsgi_request.actor.organisation_id == second.organisation_id
    assert client.post(reverse("choose_post", args=[someone_elses.pk])).status_code == 404
    assert client.get(reverse("entrustments")).wsgi_request.actor.organisation_id == second.organisation_id


# --- authority to act -------------------------------------------------------------------------------------------------------------


def test_authority_counts_from_its_first_to_its_last_day():
    given, importer, broker = an_entrustment(JUNE, JUNE + 2 * DAY)
    for offset, holds in ((-1, False), (0, True), (2, True), (3, False)):
        if holds:
            assert authority_for(broker, importer.organisation_id, JUNE + offset * DAY) == given
        else:
            with pytest.raises(NoAuthority):
                authority_for(broker, importer.organisation_id, JUNE + offset * DAY)


def test_authority_needs_the_brokers_acceptance():
    given, importer, broker = an_entrustment(accepted=None)
    with pytest.raises(NoAuthority):
        authority_for(broker, importer.organisation_id, JUNE)
    late = JUNE + 3 * DAY
    acts.accept_entrustment(broker, at(late, 0, 5), given.pk)
    with pytest.raises(NoAuthority):
        authority_for(broker, importer.organisation_id, late - DAY)
    assert authority_for(broker, importer.organisation_id, late) == given
    with pytest.raises(SomeoneWasFirst):
        acts.accept_entrustment(broker, at(late), given.pk)


@pytest.mark.parametrize("side", ["importer", "broker"])
def test_authority_is_gone_on_the_very_day_it_is_taken_or_given_back(side):
    given, importer, broker = an_entrustment(JUNE, None)
    ended = JUNE + 5 * DAY
    acts.end_entrustment(importer if side == "importer" else broker, at(ended), given.pk)
    assert authority_for(broker, importer.organisation_id, ended - DAY) == given
    with pytest.raises(NoAuthority):
        authority_for(broker, importer.organisation_id, ended)
    assert told(given.subject) == ["give", "accept", "take_back" if side == "importer" else "give_back"]
    with pytest.raises(SomeoneWasFirst):
        acts.end_entrustment(importer, at(ended), given.pk)


def test_one_acts_for_ones_own_organisation_without_an_entrustment():
    importer = actor_in(a_post("importer"))
    assert authority_for(importer, importer.organisation_id, JUNE) is None


def test_no_authority_and_no_such_importer_are_answered_alike():
    broker = actor_in(a_post("broker"))
    other = a_post("importer")
    answers = []
    for importer_id in (other.organisation_id, 9_999_999):
        with pytest.raises(NoAuthority) as refused:
            authority_for(broker, importer_id, JUNE)
        answers.append([finding.to_json() for finding in refused.value.findings])
    assert answers[0] == answers[1]


def test_an_unconfirmed_broker_holds_no_authority():
    _, importer, broker = an_entrustment()
    Organisation.objects.filter(pk=broker.organisation_id).update(confirmed_at=None)
    with pytest.raises(NoAuthority):
        authority_for(broker, importer.organisation_id, JUNE)


def test_everything_wrong_with_an_entrustment_is_said_at_once():
    importer = actor_in(a_post("importer"))
    with pytest.raises(InputRefused) as refused:
        acts.entrust(importer, NOW, credit_code=OTHER_CODE, from_on=JUNE - DAY, until_on=JUNE - 2 * DAY)
    assert codes(refused) == {
        "accounts.broker_unknown",
        "accounts.begins_in_the_past",
        "accounts.ends_before_it_begins",
    }


def test_the_same_authority_is_given_once():
    _, importer, _ = an_entrustment()
    with pytest.raises(InputRefused) as refused:
        acts.entrust(importer, NOW, credit_code=RIGHT_CODE, from_on=JUNE, until_on=None)
    assert codes(refused) == {"accounts.entrusted_already"}
    assert Entrustment.objects.count() == 1


def test_a_third_firm_can_neither_see_nor_end_authority(client_as):
    given, _, _ = an_entrustment(accepted=None)
    third, other_broker = client_as("importer"), client_as("broker")
    for client in (third, other_broker):
        assert given.principal.name_zh not in client.get(reverse("entrustments")).content.decode()
        assert client.post(reverse("end_entrustment", args=[given.pk])).status_code == 404
    assert other_broker.post(reverse("accept_entrustment", args=[given.pk])).status_code == 404
    given.refresh_from_db()
    assert given.accepted_at is None
    assert given.revoked_on is None


# --- keys -------------------------------------------------------------------------------------------------------------------------


def a_key(role="importer", scopes=("see_declaration",), days=30, **facts):
    post = a_post(role, **facts)
    return *acts.make_key(actor_in(post), NOW, name="erp", scopes=scopes, expires_on=JUNE + days * DAY), post


def test_a_key_opens_what_it_was_made_for_and_no_more():
    key, shown, post = a_key()
    actor = actor_of_key(f"Bearer {shown}", NOW)
    assert (actor.organisation_id, actor.role, actor.key_id) == (post.organisation_id, "importer", key.pk)
    assert actor.may("see_declaration")
    assert not actor.may("lodge_declaration")
    assert actor.name == f"key:{key.pk}"


def test_a_key_is_kept_as_a_digest_only():
    key, shown, _ = a_key()
    assert shown not in {str(value) for value in AccessKey.objects.filter(pk=key.pk).values_list()[0]}
    assert key.hint == shown[:8]
    assert not Entry.objects.filter(facts__icontains=shown).exists()


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Basic x", "Bearer tgk_", "Bearer tgk_wrong", "Bearer " + "tgk_" * 999]
)
def test_what_is_no_key_opens_nothing(header):
    assert actor_of_key(header, NOW) is VISITOR


def test_a_key_works_to_the_end_of_its_last_day():
    _, shown, _ = a_key(days=1)
    assert actor_of_key(f"Bearer {shown}", at(JUNE + DAY, 23, 59)).key_id
    assert actor_of_key(f"Bearer {shown}", at(JUNE + 2 * DAY, 0)) is VISITOR


def test_a_revoked_key_opens_nothing():
    key, shown, post = a_key()
    acts.revoke_key(actor_in(post), NOW, key.pk)
    assert actor_of_key(f"Bearer {shown}", NOW) is VISITOR
    with pytest.raises(SomeoneWasFirst):
        acts.revoke_key(actor_in(post), NOW, key.pk)


def test_last_use_is_written_at_most_once_a_day(django_assert_num_queries):
    key, shown, _ = a_key()
    actor_of_key(f"Bearer {shown}", NOW)
    with django_assert_num_queries(1):
        actor_of_key(f"Bearer {shown}", at(JUNE, 17))
    actor_of_key(f"Bearer {shown}", at(JUNE + DAY))
    key.refresh_from_db()
    assert key.last_used_on == JUNE + DAY


def test_everything_wrong_with_a_key_is_said_at_once():
    post = a_post("importer")
    with pytest.raises(InputRefused) as refused:
        acts.make_key(actor_in(post), NOW, name=" ", scopes=["release_goods"], expires_on=JUNE + 367 * DAY)
    assert codes(refused) == {
        "accounts.key_name_missing",
        "accounts.scope_not_yours",
        "accounts.key_lasts_too_long",
    }


@pytest.mark.parametrize("scope", sorted(acts.NOT_FOR_KEYS))
def test_no_key_makes_keys_people_or_authority(scope):
    post = a_post(
        "customs_senior" if scope == "confirm_organisation" else "broker" if "accept" in scope else "importer"
    )
    with pytest.raises(InputRefused) as refused:
        acts.make_key(actor_in(post), NOW, name="erp", scopes=[scope], expires_on=JUNE)
    assert codes(refused) == {"accounts.scope_not_yours"}


def test_the_key_is_shown_once(client_as):
    client = client_as("importer")
    facts = {"name": "erp", "scopes": ["see_declaration"], "expires_on": (clock.today() + DAY).isoformat()}
    made = client.post(reverse("make_key"), facts)
    shown = made.context["shown"]
    assert shown in made.content.decode()
    assert "no-store" in made.headers["Cache-Control"]
    assert shown not in client.get(reverse("keys")).content.decode()


def test_an_act_and_its_entry_stand_or_fall_together(monkeypatch):
    importer = actor_in(a_post("importer"))
    broker = a_broker()

    def broken(*_args, **_facts):
        raise OperationalError

    monkeypatch.setattr(acts, "record", broken)
    with pytest.raises(OperationalError):
        acts.entrust(importer, NOW, credit_code=RIGHT_CODE, from_on=JUNE, until_on=None)
    assert not Entrustment.objects.filter(broker=broker).exists()
    assert not Entry.objects.filter(subject__startswith="entrustment:").exists()
