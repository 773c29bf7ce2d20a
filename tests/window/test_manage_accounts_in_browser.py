"""Pages of people and organisations in a real browser: readable by everyone, on a phone too, in both languages."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone
from makers import a_post, an_organisation

from tongguan.window.access.actor import Actor, Moment
from tongguan.window.accounts import acts
from tongguan.window.accounts.models import Organisation

pytestmark = pytest.mark.django_db(transaction=True)


def a_busy_firm(client):
    """A firm with a colleague, an open offer, an entrustment and a key, so that the tables have rows."""
    firm, moment = client.organisation, Moment(timezone.now(), timezone.localdate())
    actor = Actor(person_id=client.person.pk, role="importer", organisation_id=firm.pk)
    a_post("importer", organisation=firm)
    acts.invite(actor, moment, firm.pk, email="new.colleague@example.cn", role="importer")
    an_organisation("broker", credit_code="91110000600037341L")
    acts.entrust(actor, moment, credit_code="91110000600037341L", from_on=moment.day, until_on=None)
    until = moment.day + dt.timedelta(days=30)
    acts.make_key(actor, moment, name="仓库系统", scopes=["see_declaration", "lodge_declaration"], expires_on=until)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_pages_of_a_firm_are_readable_by_everyone(new_page, client_as, assert_accessible, assert_fits, language):
    client = client_as("importer")
    a_busy_firm(client)
    page = new_page(language=language, client=client)
    for name in (
        "account",
        "posts",
        "my_people",
        "entrustments",
        "entrust",
        "keys",
        "make_key",
        "mfa_index",
        "usersessions_list",
    ):
        page.goto(reverse(name))
        assert_accessible(page)
        assert_fits(page)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_pages_of_signing_in_are_readable_by_everyone(new_page, assert_accessible, assert_fits, language):
    page = new_page(language=language)
    for name in ("account_login", "account_signup", "account_reset_password"):
        page.goto(reverse(name))
        assert_accessible(page)
        assert_fits(page)
        page.click("main form button[type=submit]")
        assert_accessible(page)


def test_a_firm_is_confirmed_by_customs_without_scripts(new_page, client_as, assert_accessible):
    firm = an_organisation("importer", confirmed_at=None, credit_code="91110000600037341L")
    page = new_page(client=client_as("customs_senior"), javascript=False)
    page.goto(reverse("firms"))
    page.click(f"text={firm.name_zh}")
    page.click("main form button[value=confirm]")
    assert page.locator(".govuk-error-summary").count() == 1
    page.fill("textarea", "与海关备案一致")
    page.click("main form button[value=confirm]")
    assert Organisation.objects.get(pk=firm.pk).is_confirmed
