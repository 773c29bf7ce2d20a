"""Attacks on who may do what: keys of people who have left, posts given to oneself, words that are not for the party, links to another machine."""

import datetime as dt
import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse
from makers import a_person, a_post, an_organisation, sign_in
from makers import an_actor as in_post
from makers_officers import NOW, a_case, a_declared, an_actor, codes_of
from makers_programs import Program

from tongguan.grammar.findings import InputRefused
from tongguan.window.accounts import acts as accounts
from tongguan.window.accounts.models import Invitation, Person, Post
from tongguan.window.clearance import officers
from tongguan.window.decisions import letters

pytestmark = pytest.mark.django_db


# --- keys -------------------------------------------------------------------------------------------------------------------------


def _post_ran_out(program):
    Post.objects.filter(pk=program.post.pk).update(until_on=dt.date(2020, 1, 1))


def _post_was_ended(program):
    a_post("importer", organisation=program.post.organisation)
    accounts.end_post(in_post(program.post), NOW, program.post.pk)


def _person_was_shut_out(program):
    Person.objects.filter(pk=program.post.person_id).update(is_active=False)


def _post_is_another_one(program):
    Post.objects.filter(pk=program.post.pk).update(organisation=an_organisation())


@pytest.mark.parametrize("leave", [_post_ran_out, _post_was_ended, _person_was_shut_out, _post_is_another_one])
def test_a_key_dies_with_the_post_of_whoever_made_it(leave):
    program = Program("importer")
    assert program.send("get", "/declarations").status_code == 200
    leave(program)
    assert program.send("get", "/declarations").status_code == 401


@pytest.mark.parametrize(
    "header",
    ["Bearer {}\x00", "bearer  {}", "Basic {}", "{}", "Bearer {} {}", "Bearer tgk_" + "x" * 5000, "Bearer tgk_é"],
)
def test_only_the_key_itself_opens(header):
    program = Program("importer")
    answer = program.client.get(
        "/api/v1/declarations", headers={"Authorization": header.format(program.shown, program.shown)}
    )
    assert answer.status_code == (200 if header == "bearer  {}" else 401)


def test_a_session_is_no_key_and_a_key_no_session(client_as):
    person = client_as("importer")
    assert person.get("/api/v1/declarations").status_code == 401
    program = Program("importer")
    page = program.client.get("/declarations/", headers={"Authorization": f"Bearer {program.shown}"})
    assert page.status_code == 302
    assert page["Location"].startswith("/account/login/")


# --- posts ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "wanted"), [("agency_senior", "customs_senior"), ("customs_senior", "customs_examiner")]
)
def test_nobody_gives_themselves_a_post(role, wanted):
    gacc = an_organisation("body", body="GACC")
    post = a_post(role, organisation=gacc)
    EmailAddress.objects.create(user=post.person, email=post.person.email, verified=True, primary=True)
    client = Client()
    sign_in(client, post.person)
    client.post(f"/organisations/{gacc.pk}/people/", {"email": post.person.email, "role": wanted})
    offered = Invitation.objects.filter(email=post.person.email, role=wanted).first()
    if offered is not None:
        assert client.post(f"/invitations/{offered.pk}/accept/").status_code == 409
    assert not Post.objects.filter(person=post.person, role=wanted).exists()


def test_a_quarantine_senior_appoints_no_customs_officer():
    gacc = an_organisation("body", body="GACC")
    senior = in_post(a_post("agency_senior", organisation=gacc))
    with pytest.raises(InputRefused) as refused:
        accounts.invite(senior, NOW, gacc.pk, email="friend@example.cn", role="customs_senior")
    assert codes_of(refused) == ["accounts.role_not_here"]
    assert accounts.invite(senior, NOW, gacc.pk, email="friend@example.cn", role="agency_officer")


# --- what is not for everybody's eyes ---------------------------------------------------------------------------------------------


def test_a_proposal_to_seize_is_not_told_to_whom_it_concerns(client_as):
    """Until a second officer has confirmed it, it is a deliberation; told early, the goods would be gone."""
    kept = a_declared(state="suspended", tax="paid")
    officers.refer(an_actor("customs_officer"), NOW, kept, "走私嫌疑线索甲")
    importer = client_as("importer", organisation=kept.importer)
    program = Program("importer", post=a_post("importer", organisation=kept.importer))
    for path in (f"/declarations/{kept.pk}/", f"/declarations/{kept.pk}/journal/"):
        page = importer.get(path)
        assert page.status_code == 200, path
        assert "走私嫌疑线索甲" not in page.content.decode(), path
    for path in (f"/declarations/{kept.pk}/timeline", f"/declarations/{kept.pk}/journal"):
        said = program.send("get", path)
        assert said.status_code == 200
        assert "走私嫌疑线索甲" not in said.content.decode(), path
    officer = client_as("customs_officer")
    assert "走私嫌疑线索甲" in officer.get(f"/declarations/{kept.pk}/journal/").content.decode()


def test_a_body_reads_its_own_letters_and_not_those_of_customs(client_as):
    kept = a_declared()
    case = a_case(kept, body="MOFCOM")
    office = an_actor("customs_officer")
    mine = letters.write(office, NOW, kept, "return", subject=case.subject, reason="x")
    other = letters.write(office, NOW, kept, "return", reason="税款细节")
    agency = client_as("agency_officer", organisation=an_organisation("body", body="MOFCOM"))
    assert agency.get(f"/letters/{mine.pk}/").status_code == 200
    assert agency.get(f"/letters/{other.pk}/").status_code == 404
    assert client_as("importer", organisation=kept.importer).get(f"/letters/{other.pk}/").status_code == 200


# --- links, hosts, redirects ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1:6666", "localhost:1", "[::1]:9"])
def test_a_letter_links_to_the_windows_own_address_whatever_host_was_asked(client, settings, host):
    person = a_person()
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    person.set_password("nine-horses-cross-1842")
    person.save()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mail.outbox = []
    client.post(reverse("account_reset_password"), {"email": person.email}, headers={"host": host})
    links = re.findall(r"https?://[^\s]+", "".join(m.body for m in mail.outbox))
    assert links
    assert all(link.startswith(settings.ADDRESS + "/") for link in links), links


@pytest.mark.parametrize(
    "where",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "http:evil.example",
        "\t//evil.example",
    ],
)
def test_nobody_is_led_elsewhere(client_as, where):
    person = client_as("importer")
    for path, sent in (
        ("/language/setlang/", {"language": "en", "next": where}),
        ("/account/logout/", {"next": where}),
    ):
        answer = person.post(path, sent)
        assert "evil" not in answer.headers.get("Location", ""), path
        assert "javascript" not in answer.headers.get("Location", ""), path
    page = client_as("importer").get("/me/second-factor/", {"next": where})
    assert page.context["onwards"] == "next=%2Fme%2F"


def test_guessing_is_counted_by_the_connection_and_not_by_what_it_says_of_itself(client):
    """A header anyone may send must not buy new attempts."""
    codes = [
        client.post(
            reverse("account_login"), {"login": f"nobody{n}@example.cn", "password": "wrong-horses-cross-1842"},
            headers={"X-Forwarded-For": f"203.0.113.{n}"},
        ).status_code
        for n in range(40)
    ]  # fmt: skip
    assert 429 in codes


def test_another_name_for_the_window_buys_no_new_attempts(client):
    person = a_person()
    tried = [
        client.post(
            reverse("account_login"), {"login": person.email, "password": "wrong-horses-cross-1842"},
            headers={"host": f"127.0.0.1:{port}"}, REMOTE_ADDR=f"203.0.113.{port}",
        ).content.decode()
        for port in range(1, 16)
    ]  # fmt: skip
    refused = {re.sub(r"\d+", "", re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)) for page in tried}
    assert len(refused) > 1, "the sixteenth attempt at one address is answered like the first"


def test_a_form_of_another_site_is_refused_though_it_says_it_is_htmx():
    strict = Client(enforce_csrf_checks=True)
    sign_in(strict, a_post("importer").person)
    for headers in (
        {"HX-Request": "true"},
        {"HX-Request": "true", "origin": "https://evil.example"},
        {"origin": "null"},
    ):
        assert strict.post("/me/", {"name_zh": "x"}, headers=headers).status_code == 403
