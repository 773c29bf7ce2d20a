"""What every page of people and organisations stands: forged forms, frames, injected words, strange hosts, secrets in logs."""

import json
import os
import re
import subprocess
import sys

import pytest
from allauth.account.models import EmailAddress
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from makers import a_person, a_post, sign_in
from structlog.testing import capture_logs

from tongguan.window.accounts import demonstration
from tongguan.window.accounts.models import Organisation

pytestmark = pytest.mark.django_db

PUBLIC = ["account_login", "account_signup", "account_reset_password"]
OF_A_PERSON = [
    "account",
    "posts",
    "second_factor",
    "mfa_index",
    "mfa_list_webauthn",
    "usersessions_list",
    "account_email",
    "account_logout",
]
OF_A_FIRM = ["people", "entrustments", "entrust", "keys", "make_key"]
WORST = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}%s';--"
INLINE = re.compile(
    rb"<script(?![^>]*(?:\bsrc=|application/json))|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE
)


def address(name, client):
    return reverse(name, args=[client.organisation.pk]) if name == "people" else reverse(name)


def every_page(client_as):
    client = client_as("importer")
    for name in OF_A_PERSON + OF_A_FIRM:
        yield name, client, address(name, client)
    senior = client_as("customs_senior")
    yield "firms", senior, reverse("firms")
    visitor = Client()
    for name in PUBLIC:
        yield name, visitor, reverse(name)
    yield "not found", visitor, "/nowhere/"
    yield "not allowed", client, reverse("firms")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_page_has_a_strict_policy_no_frames_and_nothing_inline(client_as, lang):
    for name, client, path in every_page(client_as):
        answer = client.get(path, {"lang": lang})
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy, name
        assert "unsafe" not in policy, name
        assert "frame-ancestors 'none'" in policy, name
        assert answer["X-Frame-Options"] == "DENY", name
        assert answer["X-Content-Type-Options"] == "nosniff", name
        assert answer["Referrer-Policy"] == "same-origin", name
        assert not INLINE.search(answer.content), (name, INLINE.search(answer.content))
        assert answer.content.count(b"<h1") == 1, name


def test_setting_up_codes_shows_a_picture_the_policy_allows(client):
    person = a_person()
    person.set_password("nine-horses-cross-1842")
    person.save()
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    client.post(reverse("account_login"), {"login": person.email, "password": "nine-horses-cross-1842"})
    client.post(reverse("account_reauthenticate"), {"password": "nine-horses-cross-1842"})
    answer = client.get(reverse("mfa_activate_totp"))
    assert b'src="data:image/svg+xml' in answer.content
    assert "img-src 'self' data:" in answer["Content-Security-Policy"]
    assert not INLINE.search(answer.content)


def test_a_form_from_elsewhere_is_refused(client_as):
    post = a_post("importer")
    strict = Client(enforce_csrf_checks=True)
    sign_in(strict, post.person)
    for name in ["account", "entrust", "make_key", "account_logout", "account_login"]:
        assert strict.post(reverse(name), {}).status_code == 403, name
    assert strict.get(reverse("account")).wsgi_request.user == post.person


def test_cookies_are_closed_to_scripts_and_other_sites(client):
    answer = client.get(reverse("account_login"))
    token = answer.cookies["csrftoken"]
    assert token["httponly"]
    assert token["samesite"] == "Lax"
    person = a_person()
    person.set_password("nine-horses-cross-1842")
    person.save()
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    answer = client.post(reverse("account_login"), {"login": person.email, "password": "nine-horses-cross-1842"})
    assert answer.cookies["sessionid"]["httponly"]
    assert answer.cookies["sessionid"]["samesite"] == "Lax"


def test_behind_https_cookies_are_secure_and_browsers_are_told_to_stay(tmp_path):
    asked = [
        "SESSION_COOKIE_SECURE",
        "CSRF_COOKIE_SECURE",
        "LANGUAGE_COOKIE_SECURE",
        "SECURE_SSL_REDIRECT",
        "SECURE_HSTS_SECONDS",
    ]
    program = f"import json, tongguan.window.settings as s; print(json.dumps([bool(getattr(s, n)) for n in {asked}]))"
    facts = os.environ | {"TONGGUAN_ADDRESS": "https://window.example.org", "TONGGUAN_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", program], env=facts, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [True] * len(asked)


@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "evil.example:8000", "a b", "127.0.0.1:x"])
def test_a_strange_host_is_refused(client, host):
    assert client.get(reverse("account_login"), headers={"host": host}).status_code == 400


def test_words_people_write_come_back_as_words(client_as):
    person = a_person(name_zh=WORST[:60], name_en=WORST)
    post = a_post("importer", person=person)
    Organisation.objects.filter(pk=post.organisation_id).update(name_zh=WORST, name_en=WORST)
    client = Client()
    sign_in(client, person)
    for name in OF_A_PERSON + OF_A_FIRM:
        path = reverse(name, args=[post.organisation_id]) if name == "people" else reverse(name)
        for lang in ("zh", "en"):
            page = client.get(path, {"lang": lang, "next": WORST, "after": WORST}).content
            assert b"<script>alert" not in page, name
            assert b"<img src=x" not in page, name


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("account", ["name_zh", "name_en"]),
        ("entrust", ["credit_code", "from_on", "until_on"]),
        ("make_key", ["name", "scopes", "expires_on"]),
        ("people", ["email", "role"]),
        ("account_login", ["login", "password"]),
        ("account_signup", ["email", "password1", "password2"]),
        ("account_reset_password", ["email"]),
        ("found_organisation", ["kind", "name_zh", "name_en", "credit_code", "customs_code"]),
    ],
)
@pytest.mark.parametrize(
    "value", [WORST, "\x00", "长" * 5000, "\ud83d" + "\u202e", "'; DROP TABLE accounts_person; --"]
)
def test_whatever_is_typed_is_answered_and_escaped(client_as, name, fields, value):
    if name.startswith("account_"):
        client, path = Client(), reverse(name)
    elif name == "found_organisation":
        client, path = Client(), reverse(name)
        sign_in(client, a_person())
    else:
        client = client_as("importer")
        path = address(name, client)
    body = {field: value.encode("utf-8", "surrogatepass").decode("utf-8", "replace") for field in fields}
    answer = client.post(path, body)
    assert answer.status_code in ({400} if value == "\x00" else {200, 302}), answer.status_code
    assert b"<script>alert" not in answer.content
    assert b"<img src=x" not in answer.content


def test_numbers_too_large_for_the_database_are_not_there(client_as):
    client = client_as("importer")
    for path in ("/organisations/99999999999999999999/people/", "/keys/99999999999999999999/revoke/"):
        assert client.post(path).status_code == 404


# --- logs -------------------------------------------------------------------------------------------------------------------------


def test_no_secret_and_no_address_of_a_person_is_logged(client, caplog):
    person = a_person()
    secrets = ["nine-horses-cross-1842", "tgk_something-secret", person.email]
    with capture_logs() as lines:
        client.post(reverse("account_login"), {"login": person.email, "password": secrets[0]})
        client.get("/account/password/reset/key/1-abcdef-0123456789abcdef/")
        client.get(
            reverse("account_login"),
            {"next": "/?key=tgk_something-secret"},
            headers={"authorization": f"Bearer {secrets[1]}"},
        )
        client.get(reverse("account"), headers={"authorization": f"Bearer {secrets[1]}"})
    said = f"{lines} {caplog.text}"
    assert [line for line in lines if line["event"] == "request"]
    for secret in [*secrets, "abcdef-0123456789abcdef"]:
        assert secret not in said


def test_a_database_that_goes_away_while_the_session_is_read_is_told_politely(client, monkeypatch):
    person = a_person()
    client.force_login(person)
    client.raise_request_exception = False

    def away(*_args, **_kwargs):
        raise OperationalError("the database is away")

    monkeypatch.setattr("tongguan.window.accounts.posts.actor_of_session", away)
    answer = client.get(reverse("account"))
    assert answer.status_code == 503
    assert answer["Retry-After"]


# --- the demonstration ------------------------------------------------------------------------------------------------------------


def test_a_real_window_knows_no_demonstration(client):
    from django.core.exceptions import ImproperlyConfigured

    from tongguan.window import clock
    from tongguan.window.access.actor import Moment

    assert client.get(reverse("demonstration")).status_code == 404
    with pytest.raises(ImproperlyConfigured):
        demonstration.people(Moment(clock.now(), clock.today()))
    assert not EmailAddress.objects.filter(email__endswith="@demonstration.example").exists()


def test_everyone_of_the_demonstration_signs_in_as_the_page_says(client, settings):
    from tongguan.window import clock
    from tongguan.window.access.actor import Moment

    settings.DEMONSTRATION = True
    moment = Moment(clock.now(), clock.today())
    people = demonstration.people(moment)
    assert demonstration.people(moment) == people
    page = client.get(reverse("demonstration"))
    assert page["Cache-Control"].startswith("max-age=0")
    rows = {row["email"]: row["code"] for row in page.context["rows"]}
    assert len(rows) == len(demonstration.PLAYERS)
    roles = set()
    for name in ("importer", "senior", "market", "supervisor", "operator", "consumer"):
        each = Client()
        email = demonstration.email_of(name)
        each.post(reverse("account_login"), {"login": email, "password": demonstration.PASSWORD})
        each.post(reverse("mfa_authenticate"), {"code": rows[email]})
        actor = each.get(reverse("account")).wsgi_request.actor
        assert actor.person_id == people[name].pk
        roles.add(actor.role)
    assert roles == {"importer", "customs_senior", "agency_officer", "supervisor", "operator", "consumer"}
