"""Signing up, in and out: password and second factor, and what an attacker finds."""

import base64
import re
import time

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP as Codes  # noqa: N811  # two classes of one name
from django.contrib.auth.models import AnonymousUser
from django.core import mail
from django.test import Client
from django.urls import reverse
from makers import a_person, a_post

pytestmark = pytest.mark.django_db

PASSWORD = "nine-horses-cross-1842"  # noqa: S105  # of nobody
SECRET = base64.b32encode(b"twenty bytes of test").decode()


def code(secret=SECRET):
    """The one-time code of now."""
    at = int(time.time())  # noqa: TID251  # the library reads the same clock
    return Codes(base64.b32decode(secret), 6, SHA1(), 30).generate(at).decode()  # noqa: S303  # the algorithm the standard names


def somebody(role=None, *, with_codes=True):
    """A person who can sign in for real."""
    person = a_post(role).person if role else a_person()
    person.set_password(PASSWORD)
    person.save()
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    if with_codes:
        TOTP.activate(person, SECRET)
    return person


def enter_password(client, person, password=PASSWORD, onwards=""):
    facts = {"login": person.email, "password": password, "next": onwards}
    return client.post(reverse("account_login"), facts)


def who(client):
    user = client.get("/").wsgi_request.user
    return None if isinstance(user, AnonymousUser) else user


def errors(answer):
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"|value="[^"]*@[^"]*"', "", answer.content.decode())


# --- in ---------------------------------------------------------------------------------------------------------------------------


def test_password_and_code_open_the_window(client):
    officer = somebody("customs_officer")
    first = enter_password(client, officer)
    assert first["Location"] == reverse("mfa_authenticate")
    assert who(client) is None
    assert client.post(reverse("mfa_authenticate"), {"code": code()}).status_code == 302
    assert who(client) == officer
    assert client.get(reverse("account")).wsgi_request.actor.has_second_factor


def test_a_wrong_code_opens_nothing(client):
    enter_password(client, somebody("customs_officer"))
    wrong = f"{(int(code()) + 1) % 1_000_000:06d}"
    assert client.post(reverse("mfa_authenticate"), {"code": wrong}).status_code == 200
    assert who(client) is None


def test_a_code_works_once(client):
    officer, used = somebody("customs_officer"), code()
    enter_password(client, officer)
    client.post(reverse("mfa_authenticate"), {"code": used})
    assert who(client) == officer
    again = Client()
    enter_password(again, officer)
    again.post(reverse("mfa_authenticate"), {"code": used})
    assert who(again) is None


def test_a_recovery_code_stands_in_for_a_lost_phone_once(client):
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    officer = somebody("customs_officer")
    spare = RecoveryCodes.activate(officer).get_unused_codes()[0]
    for expected in (officer, None):
        fresh = Client()
        enter_password(fresh, officer)
        fresh.post(reverse("mfa_authenticate"), {"code": spare})
        assert who(fresh) == expected


def test_a_session_begun_with_a_password_gains_nothing_from_a_factor_set_up_elsewhere():
    officer = somebody("customs_senior", with_codes=False)
    thief = Client()
    enter_password(thief, officer)
    assert who(thief) == officer
    TOTP.activate(officer, SECRET)
    assert not thief.get(reverse("account")).wsgi_request.actor.has_second_factor
    assert thief.get(reverse("my_people"))["Location"].startswith(reverse("second_factor"))


@pytest.mark.django_db(transaction=True)
def test_setting_up_a_factor_counts_at_once_and_ends_the_other_sessions(client):
    officer = somebody("customs_officer", with_codes=False)
    elsewhere = Client()
    enter_password(client, officer)
    enter_password(elsewhere, officer)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
    client.post(reverse("mfa_activate_totp"), {"code": code(secret)})
    assert client.get(reverse("account")).wsgi_request.actor.has_second_factor
    assert who(elsewhere) is None


def test_a_removed_factor_no_longer_counts(client):
    officer = somebody("customs_officer")
    enter_password(client, officer)
    client.post(reverse("mfa_authenticate"), {"code": code()})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.post(reverse("mfa_deactivate_totp"))
    assert not Authenticator.objects.filter(user=officer, type="totp").exists()
    assert not client.get(reverse("account")).wsgi_request.actor.has_second_factor


def test_someone_inactive_is_nobody(client):
    person = somebody(with_codes=False)
    enter_password(client, person)
    assert who(client) == person
    person.is_active = False
    person.save()
    assert client.get(reverse("account")).status_code == 302


# --- up ---------------------------------------------------------------------------------------------------------------------------


def sign_up(client, email):
    return client.post(reverse("account_signup"), {"email": email, "password1": PASSWORD, "password2": PASSWORD})


def test_an_account_begins_with_a_proven_address(client):
    sign_up(client, "new@example.cn")
    assert who(client) is None
    sent = re.search(r"^([A-Z]{4}-[A-Z]{4})$", mail.outbox[0].body, re.MULTILINE)
    assert sent, mail.outbox[0].body
    client.post(reverse("account_email_verification_sent"), {"code": sent[1]})
    assert who(client).email == "new@example.cn"
    assert client.get(reverse("account")).wsgi_request.actor.role == "consumer"


def test_signing_up_does_not_tell_whether_an_address_is_known(client):
    known = somebody()
    answers = [sign_up(Client(), email) for email in (known.email, "unknown@example.cn")]
    assert answers[0].status_code == answers[1].status_code == 302
    assert answers[0]["Location"] == answers[1]["Location"]


@pytest.mark.parametrize("password", ["short1", "password1234", "123456789012"])
def test_weak_passwords_are_refused(client, password):
    answer = client.post(
        reverse("account_signup"), {"email": "new@example.cn", "password1": password, "password2": password}
    )
    assert answer.status_code == 200
    assert answer.context["form"].errors


def test_passwords_are_kept_with_argon2():
    assert somebody().password.startswith("argon2$argon2id$")


def test_what_codes_are_made_from_is_kept_encrypted():
    person = somebody()
    assert SECRET not in str(Authenticator.objects.get(user=person, type="totp").data)


# --- what an attacker finds -------------------------------------------------------------------------------------------------------


def test_a_wrong_password_and_an_unknown_address_are_answered_alike(client):
    known = somebody()
    unknown = a_person()
    unknown.email = "unknown@example.cn"
    answers = [enter_password(Client(), person, "wrong-password-0000") for person in (known, unknown)]
    assert answers[0].status_code == answers[1].status_code == 200
    assert errors(answers[0]) == errors(answers[1])


def test_a_forgotten_password_does_not_tell_whether_an_address_is_known(client):
    known = somebody()
    answers = [
        client.post(reverse("account_reset_password"), {"email": e}) for e in (known.email, "unknown@example.cn")
    ]
    assert [answer["Location"] for answer in answers] == [reverse("account_reset_password_done")] * 2


def test_guessing_passwords_is_stopped(client):
    person = somebody(with_codes=False)
    for _ in range(6):
        enter_password(client, person, "wrong-password-0000")
    enter_password(client, person)
    assert who(client) is None, "after too many guesses even the right password has to wait"


def test_guessing_codes_is_stopped(client):
    officer = somebody("customs_officer")
    enter_password(client, officer)
    wrong = f"{(int(code()) + 1) % 1_000_000:06d}"
    for _ in range(12):
        client.post(reverse("mfa_authenticate"), {"code": wrong})
    client.post(reverse("mfa_authenticate"), {"code": code()})
    assert who(client) is None


def test_signing_in_gives_the_session_a_new_name(client):
    person = somebody(with_codes=False)
    client.get(reverse("account_login"))
    session = client.session
    session["planted"] = "yes"
    session.save()
    client.cookies["sessionid"] = before = session.session_key
    enter_password(client, person)
    assert who(client) == person
    assert client.cookies["sessionid"].value != before
    fixed = Client()
    fixed.cookies["sessionid"] = before
    assert who(fixed) is None


def test_signing_out_ends_the_session_for_whoever_copied_it(client):
    person = somebody(with_codes=False)
    enter_password(client, person)
    copied = Client()
    copied.cookies["sessionid"] = client.cookies["sessionid"].value
    assert who(copied) == person
    assert client.get(reverse("account_logout")).status_code == 200, "a mere visit ends nothing"
    assert who(client) == person
    client.post(reverse("account_logout"))
    assert who(copied) is None


def test_a_new_password_ends_the_other_sessions(client):
    person = somebody(with_codes=False)
    elsewhere = Client()
    enter_password(client, person)
    enter_password(elsewhere, person)
    fresh = "eleven-gates-open-1905"
    facts = {"oldpassword": PASSWORD, "password1": fresh, "password2": fresh}
    assert client.post(reverse("account_change_password"), facts).status_code == 302
    assert who(client) == person
    assert who(elsewhere) is None


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "http:evil.example",
        "\thttps://evil.example",
    ],
)
def test_nobody_is_sent_elsewhere_after_signing_in(client, address):
    answer = enter_password(client, somebody(with_codes=False), onwards=address)
    assert answer["Location"] == "/desk/"
    assert client.get(reverse("second_factor"), {"next": address}).context["onwards"] == "next=%2Fme%2F"


def test_one_comes_back_to_the_page_one_wanted(client):
    assert enter_password(client, somebody(with_codes=False), onwards="/keys/")["Location"] == "/keys/"


# --- a passkey in a real browser --------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_passkey_is_added_and_opens_the_window_without_a_password(new_page, live_server, settings):
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
    officer = somebody("customs_senior", with_codes=False)
    page = new_page(language="en")
    base = live_server.url.replace("127.0.0.1", "localhost")
    wire = page.context.new_cdp_session(page)
    wire.send("WebAuthn.enable")
    wire.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    page.goto(f"{base}/account/login/?lang=en")
    page.fill("#id_login", officer.email)
    page.fill("#id_password", PASSWORD)
    page.click("main form:has(#id_password) button[type=submit]")
    page.goto(f"{base}/account/2fa/webauthn/add/")
    page.fill("#id_password", PASSWORD)  # asked again before a factor is set up
    page.click("main form:has(#id_password) button[type=submit]")
    page.check("#id_passwordless")
    page.click("#mfa_webauthn_add")
    page.wait_for_url(lambda url: "/add/" not in url)
    assert Authenticator.objects.filter(user=officer, type="webauthn").count() == 1
    page.goto(f"{base}/organisation/people/")
    assert "/organisations/" in page.url, "with the passkey just set up, the officer may go on"
    page.goto(f"{base}/account/logout/")
    page.click("main button[type=submit]")
    page.goto(f"{base}/account/login/")
    page.click("#passkey_login")
    page.wait_for_url(lambda url: "/login/" not in url)
    page.goto(f"{base}/organisation/people/")
    assert "/organisations/" in page.url
