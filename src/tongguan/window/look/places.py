"""Where one can go from every page. A place is shown to those who may do what it is for, once its page is there."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse

from tongguan.window.access.actor import Actor
from tongguan.window.look.components import Card, Group


@dataclass(frozen=True)
class Place:
    """A page by its name in the table of addresses, the action it is for, and the key of what it is called."""

    name: str
    action: str
    text: str


NAVIGATION = (
    Place("ask", "ask", "look.nav_ask"),
    Place("schedule", "ask", "look.nav_schedule"),
    Place("desk", "open_desk", "look.nav_desk"),
    Place("declarations", "draft_declaration", "look.nav_declarations"),
    Place("customs_queue", "work_customs_queue", "look.nav_customs_queue"),
    Place("agency_queue", "work_agency_queue", "look.nav_agency_queue"),
    Place("proposals", "confirm_decision", "look.nav_proposals"),
    Place("charges", "see_charges", "look.nav_charges"),
    Place("licences", "see_licences", "look.nav_licences"),
    Place("oversight", "watch_measures", "look.nav_oversight"),
    Place("operation", "operate", "look.nav_operation"),
    Place("release_times", "read_release_times", "look.nav_release_times"),
)

HOME = (
    (
        "look.home_ask",
        (
            Place("ask", "ask", "look.card_ask"),
            Place("schedule", "ask", "look.card_schedule"),
            Place("papers", "ask", "look.card_papers"),
            Place("origin", "ask", "look.card_origin"),
            Place("fees", "ask", "look.card_fees"),
            Place("exchange_rates", "ask", "look.card_exchange_rates"),
            Place("law", "ask", "look.card_law"),
        ),
    ),
    (
        "look.home_declare",
        (
            Place("new_declaration", "draft_declaration", "look.card_new_declaration"),
            Place("declarations", "draft_declaration", "look.card_declarations"),
            Place("desk", "open_desk", "look.card_desk"),
        ),
    ),
    (
        "look.home_watch",
        (
            Place("release_times", "read_release_times", "look.card_release_times"),
            Place("draws", "verify_draw", "look.card_draws"),
        ),
    ),
)


def address_of(name: str) -> str:
    """The address of a page that needs no more than its name; empty when there is none."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def places_for(actor: Actor) -> list[tuple[Place, str]]:
    """The navigation of this actor, with addresses."""
    return [(place, address) for place in NAVIGATION if actor.may(place.action) and (address := address_of(place.name))]


def home_for(actor: Actor) -> list[Group]:
    """What this actor can do, for the home page. A visitor is asked to sign in where there is more to do."""
    groups = []
    for title, places in HOME:
        cards = [
            Card(f"{place.text}_title", f"{place.text}_text", address)
            for place in places
            if actor.may(place.action) and (address := address_of(place.name))
        ]
        if title == "look.home_declare" and actor.role is None:
            cards.append(Card("look.card_sign_in_title", "look.card_sign_in_text", address_of("account_login")))
        if cards:
            groups.append(Group(title, cards))
    return groups
