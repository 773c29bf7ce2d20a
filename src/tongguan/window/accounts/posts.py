"""From a session to an actor: which of their posts is the person working in?"""

from __future__ import annotations

from django.http import HttpRequest

from tongguan.window.access import CUSTOMS
from tongguan.window.access.actor import VISITOR, Actor, Moment
from tongguan.window.accounts import second_factor
from tongguan.window.accounts.models import Organisation, OrganisationKind, Person, Post

SESSION_POST = "post"
"""Session key of the post a person chose, where they hold several."""


def roles_of(organisation: Organisation) -> tuple[str, ...]:
    """The roles that can be held in an organisation. Customs officers are those of the General Administration of Customs, whose inspection and
    quarantine departments also decide on applications as every agency does; a supervisor may come from any body, since the policy tells each to see to
    its own measures and the Ministry of Commerce to urge and check them all.
    """
    if organisation.kind != OrganisationKind.BODY:
        return (organisation.kind,)
    if organisation.body == "GACC":
        return (
            "customs_officer",
            "customs_examiner",
            "customs_senior",
            "agency_officer",
            "agency_senior",
            "supervisor",
        )
    return ("agency_officer", "agency_senior", "supervisor")


def roles_given_by(actor: Actor, organisation: Organisation) -> tuple[str, ...]:
    """The roles this actor may offer and end there: the senior of an agency's department appoints nobody to customs work."""
    held = roles_of(organisation)
    return tuple(role for role in held if role not in CUSTOMS) if actor.role == "agency_senior" else held


def actor_of(person: Person, moment: Moment, chosen: int | None = None, *, has_second_factor: bool = True) -> Actor:
    """The person in the chosen post, else in the first one they hold on the day; without a post, a consumer."""
    held = list(Post.objects.select_related("organisation").filter(person=person).held_on(moment.day).order_by("pk"))
    post = next((p for p in held if p.pk == chosen), held[0] if held else None)
    if post is None:
        return Actor(person_id=person.pk, role="consumer", has_second_factor=has_second_factor)
    return Actor(
        person_id=person.pk,
        role=post.role,
        organisation_id=post.organisation_id,
        body=post.organisation.body,
        name_zh=post.organisation.name_zh,
        name_en=post.organisation.name_en,
        has_second_factor=has_second_factor,
        is_confirmed=post.organisation.is_confirmed,
        is_suspended=post.organisation.is_suspended,
        credit_code=post.organisation.credit_code,
        customs_code=post.organisation.customs_code,
    )


def actor_of_session(request: HttpRequest, moment: Moment) -> Actor:
    """Who is behind this request."""
    person = request.user
    if not isinstance(person, Person) or not person.is_active:
        return VISITOR
    shown = second_factor.was_shown(request, person)
    return actor_of(person, moment, request.session.get(SESSION_POST), has_second_factor=shown)
