"""Every page that needs no record: found by walking the table of addresses, opened by the first role that may, in both languages, in a real browser.

Pages of a record (a declaration, a case) are checked by the tests of the journeys they belong to.
"""

from collections import Counter

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

from tongguan.window.access import ROLES, reach_of
from tongguan.window.access.middleware import INTERFACE, action_of
from tongguan.window.look.places import NAVIGATION
from tongguan.window.look.texts import say

VISITOR = "visitor"
FIRST = (VISITOR, "importer", "broker", "customs_officer", "customs_examiner", "customs_senior", "agency_officer")
IN_ORDER = (*FIRST, *(role for role in ROLES if role not in FIRST))
LANGUAGES = ["zh", "en"]
WAY_OUT = "/account/logout/"


def addresses(patterns, before="/"):
    """Every address without arguments, with its view."""
    for pattern in patterns:
        if not isinstance(pattern.pattern, RoutePattern) or pattern.pattern.converters:
            continue
        address = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, address)
        elif isinstance(pattern, URLPattern):
            yield address, pattern.callback


def names(patterns):
    """Every name of an address of ours; those of libraries have a space of their own."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            if not pattern.namespace:
                yield from names(pattern.url_patterns)
        elif pattern.name:
            yield pattern.name


def test_each_name_of_an_address_is_given_once():
    """Of two addresses with one name, a link may lead to the other one."""
    held = Counter(names(get_resolver().url_patterns))
    assert [name for name, count in held.items() if count > 1] == []


def opened_by(role):
    """Addresses that this role may open and none before it in the order may."""
    found = []
    for address, view in addresses(get_resolver().url_patterns):
        action = action_of(view)
        if action is None or action == INTERFACE or address == WAY_OUT:
            continue
        first = next((r for r in IN_ORDER if reach_of(None if r == VISITOR else r, action)), None)
        if first == role:
            found.append(address)
    return found


@pytest.fixture
def client_of(client_as):
    """A client in a role; a visitor's too."""
    return lambda role: Client() if role == VISITOR else client_as(role)


def pages_of(client, role):
    """The pages of a role's addresses, after being sent on; an address may also give a file or ask for something more."""
    shown = {}
    for address in opened_by(role):
        answer = client.get(address, follow=True)
        assert answer.status_code < 500, address
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
            shown[answer.redirect_chain[-1][0].split("?")[0] if answer.redirect_chain else address] = True
    return list(shown)


@pytest.mark.parametrize("role", IN_ORDER)
def test_every_page_is_accessible_in_both_languages_and_fits(role, client_of, new_page, assert_accessible, assert_fits):
    client = client_of(role)
    shown = pages_of(client, role)
    for language in LANGUAGES:
        page = new_page(language, client=None if role == VISITOR else client)
        for address in shown:
            page.goto(address)
            assert page.get_attribute("html", "lang") == ("en" if language == "en" else "zh-Hans"), address
            assert_accessible(page)
            assert_fits(page)


def test_the_walk_finds_the_pages_of_a_visitor(client_of):
    shown = pages_of(client_of(VISITOR), VISITOR)
    assert {"/", "/accessibility/", "/account/login/"} <= set(shown)
    assert WAY_OUT not in shown


@pytest.mark.parametrize("role", IN_ORDER)
def test_each_place_in_the_navigation_opens(role, client_of):
    client = client_of(role)
    page = client.get("/?lang=en").content.decode()
    navigation = page.split('id="navigation"')[1].split("</ul>")[0]
    held = [part.split('"')[0] for part in navigation.split('href="')[1:]]
    for address in held:
        answer = client.get(address, follow=True)
        assert answer.status_code == 200, address
        marked = answer.content.decode().split('id="navigation"')[1].split("</ul>")[0]
        assert f'href="{address}" aria-current="{"true" if answer.redirect_chain else "page"}"' in marked
    for place in NAVIGATION:
        if not reach_of(None if role == VISITOR else role, place.action):
            assert say(place.text, "en") not in navigation


def test_the_home_page_can_be_walked_by_keyboard(new_page, client_of, walk_by_keyboard):
    page = new_page("en", client=client_of("importer"))
    page.goto("/")
    reached = walk_by_keyboard(page)
    assert reached[0] == say("look.skip", "en")
    page.goto("/")
    page.keyboard.press("Tab")
    page.wait_for_function("document.activeElement.matches('.govuk-skip-link')")
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.id === 'main'")


def test_the_menu_folds_on_a_phone_and_unfolds_by_keyboard(new_page, client_of, phone):
    page = new_page("en", width=phone, client=client_of("importer"))
    page.goto("/")
    toggle = page.locator(".govuk-service-navigation__toggle")
    places = page.locator(".govuk-service-navigation__list a").first
    toggle.wait_for()
    assert not places.is_visible()
    toggle.press("Enter")
    assert places.is_visible()
    assert toggle.get_attribute("aria-expanded") == "true"


def test_changing_the_language_stays_on_the_page(new_page):
    page = new_page("zh")
    page.goto("/accessibility/")
    page.click('a[hreflang="en"]')
    assert page.url.split("?")[0].endswith("/accessibility/")
    assert page.inner_text("h1") == say("look.accessibility", "en")
    page.goto("/")
    assert page.inner_text("h1") == say("look.home_title", "en")


def test_a_person_signs_out_with_one_button(new_page, client_of):
    page = new_page("en", client=client_of("importer"))
    page.goto("/")
    page.click(f'button:has-text("{say("look.sign_out", "en")}")')
    page.goto("/")
    assert page.locator(f'a:has-text("{say("look.sign_in", "en")}")').count() >= 1


def test_pages_load_nothing_from_elsewhere(new_page):
    page, asked = new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/", wait_until="networkidle")
    own = page.url.rstrip("/")
    assert len(asked) >= 5
    assert [url for url in asked if not url.startswith((own, "data:"))] == []
