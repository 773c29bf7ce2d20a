"""Pages about people, organisations, authority and keys. Each asks one act to be done, or shows what is there."""

from __future__ import annotations

from collections.abc import Callable

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongguan.grammar.findings import InputRefused
from tongguan.window.access import actions, needs
from tongguan.window.access.actor import NotAllowed
from tongguan.window.access.middleware import Request
from tongguan.window.accounts import acts
from tongguan.window.accounts.forms import EntrustForm, FirmForm, InvitationForm, KeyForm, MendForm, NameForm
from tongguan.window.accounts.models import AccessKey, Entrustment, Invitation, Organisation, Person, Post
from tongguan.window.accounts.posts import SESSION_POST, roles_given_by
from tongguan.window.look.paging import page_of

PLACES = {
    "found_organisation": "found_organisation",
    "my_people": "manage_organisation",
    "entrustments": "see_entrustments",
    "keys": "manage_access_keys",
    "notifications": "manage_oneself",
    "call_backs": "manage_call_backs",
    "standing": "mend_registration",
    "firms": "confirm_organisation",
}
"""What the account page leads to, by the action it is for; also where a second factor is still to be shown."""


def _person(request: Request) -> Person:
    return Person.objects.get(pk=request.actor.its_person)


def _addresses(request: Request) -> list[str]:
    """The addresses the person has proven to hold."""
    held = EmailAddress.objects.filter(user_id=request.actor.its_person, verified=True)
    return list(held.values_list("email", flat=True))


# --- oneself ----------------------------------------------------------------------------------------------------------------------


@needs("manage_oneself")
@require_http_methods(["GET", "POST"])
def account(request: Request) -> HttpResponse:
    """My account: name, posts, sign-in."""
    person = _person(request)
    held = {"name_zh": person.name_zh, "name_en": person.name_en}
    form = NameForm(request.POST or None, initial=held)
    if request.method == "POST" and form.is_valid():
        Person.objects.filter(pk=person.pk).update(**form.cleaned_data)
        return redirect("account")
    places = [name for name, action in PLACES.items() if request.actor.lack(action) != "grant"]
    return render(request, "accounts/account.html", {"form": form, "person": person, "places": places})


@needs("manage_oneself")
@require_GET
def second_factor(request: Request) -> HttpResponse:
    """Why a second factor is needed, and how to show or set one up."""
    onwards = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(onwards, {request.get_host()}, require_https=request.is_secure()):
        onwards = reverse("account")
    person = _person(request)
    has_one = Authenticator.objects.filter(user=person).exclude(type=Authenticator.Type.RECOVERY_CODES).exists()
    return render(request, "accounts/second_factor.html", {"onwards": urlencode({"next": onwards}), "has_one": has_one})


@needs("manage_oneself")
@require_GET
def posts(request: Request) -> HttpResponse:
    """My posts, and the posts offered to me."""
    held = Post.objects.select_related("organisation").filter(person_id=request.actor.its_person)
    standing = list(held.held_on(request.moment.day).order_by("pk"))
    chosen = request.session.get(SESSION_POST)
    known = {post.pk for post in standing}
    context = {
        "posts": standing,
        "current": chosen if chosen in known else min(known, default=None),
        "invitations": Invitation.objects.open_for(_addresses(request), request.moment.day).order_by("pk"),
    }
    return render(request, "accounts/posts.html", context)


@needs("manage_oneself")
@require_POST
def choose_post(request: Request, pk: int) -> HttpResponse:
    """Work in another of my posts from now on."""
    mine = Post.objects.held_on(request.moment.day).filter(person_id=request.actor.its_person, pk=pk)
    if not mine.exists():
        raise NotAllowed("manage_oneself")
    request.session[SESSION_POST] = pk
    return redirect("posts")


@needs("manage_oneself")
@require_POST
def answer_invitation(request: Request, pk: int, answer: str) -> HttpResponse:
    """Take an offered post or decline it."""
    is_yes = answer == "accept"
    try:
        post = acts.answer_invitation(request.actor, request.moment, pk, addresses=_addresses(request), accept=is_yes)
    except InputRefused as refused:
        return render(request, "accounts/refused.html", {"findings": refused.findings}, status=409)
    if post:
        request.session[SESSION_POST] = post.pk
    return redirect("posts")


# --- organisations ----------------------------------------------------------------------------------------------------------------


@needs("found_organisation")
@require_http_methods(["GET", "POST"])
def found_organisation(request: Request) -> HttpResponse:
    """Register a firm."""
    form = FirmForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            post = acts.found_organisation(request.actor, request.moment, **form.cleaned_data)
        except InputRefused as refused:
            form.add_findings(refused.findings)
        else:
            request.session[SESSION_POST] = post.pk
            return redirect("people", pk=post.organisation_id)
    return render(request, "accounts/found_organisation.html", {"form": form})


@needs("mend_registration")
@require_http_methods(["GET", "POST"])
def mend_registration(request: Request) -> HttpResponse:
    """Mend what a refused registration said."""
    kept = Organisation.objects.standing("refused").filter(pk=request.actor.its_organisation).first()
    if kept is None:
        raise NotAllowed("mend_registration")
    names = ("name_zh", "name_en", "credit_code", "customs_code")
    form = MendForm(request.POST or None, initial={name: getattr(kept, name) for name in names})
    if request.method == "POST" and form.is_valid():
        try:
            acts.mend_registration(request.actor, request.moment, **form.cleaned_data)
        except InputRefused as refused:
            form.add_findings(refused.findings)
        else:
            return redirect("standing")
    status = 422 if form.is_bound else 200
    return render(request, "accounts/mend_registration.html", {"form": form, "firm": kept}, status=status)


@needs("manage_organisation")
@require_GET
def my_people(request: Request) -> HttpResponse:
    """The people of the organisation I work in."""
    return redirect("people", pk=request.actor.its_organisation)


@needs("manage_organisation")
@require_http_methods(["GET", "POST"])
def people(request: Request, pk: int) -> HttpResponse:
    """The people of an organisation, open offers, and a form to offer a post."""
    organisation = acts.organisation_within_reach(request.actor, pk)
    form = InvitationForm(request.POST or None, roles=roles_given_by(request.actor, organisation))
    if request.method == "POST" and form.is_valid():
        try:
            acts.invite(request.actor, request.moment, pk, **form.cleaned_data)
        except InputRefused as refused:
            form.add_findings(refused.findings)
        else:
            return redirect("people", pk=pk)
    held = Post.objects.select_related("person").filter(organisation=organisation).held_on(request.moment.day)
    offered = Invitation.objects.filter(organisation=organisation, answer="", until_on__gte=request.moment.day)
    context = {
        "organisation": organisation,
        "form": form,
        "offered": offered.order_by("pk"),
        "page": page_of(held, request.GET),
    }
    return render(request, "accounts/people.html", context)


@needs("manage_organisation")
@require_POST
def end_post(request: Request, pk: int) -> HttpResponse:
    """End a post."""
    return _after(request, lambda: acts.end_post(request.actor, request.moment, pk), "my_people")


@needs("manage_organisation")
@require_POST
def withdraw_invitation(request: Request, pk: int) -> HttpResponse:
    """Take an offer back."""
    invitation = acts.withdraw_invitation(request.actor, request.moment, pk)
    return redirect("people", pk=invitation.organisation_id)


# --- authority to act -------------------------------------------------------------------------------------------------------------


@needs("see_entrustments")
@require_GET
def entrustments(request: Request) -> HttpResponse:
    """Authority my organisation gave or was given."""
    seen = Entrustment.objects.select_related("principal", "broker").seen_by(request.actor)
    page = page_of(seen, request.GET)
    shown = Entrustment.objects.filter(pk__in=[row.pk for row in page.rows])
    in_force = set(shown.in_force_on(request.moment.day).values_list("pk", flat=True))
    return render(
        request,
        "accounts/entrustments.html",
        {"page": page, "in_force": in_force, "may_give": request.actor.lack("entrust") != "grant"},
    )


@needs("entrust")
@require_http_methods(["GET", "POST"])
def entrust(request: Request) -> HttpResponse:
    """Give a broker authority to act."""
    form = EntrustForm(request.POST or None, initial={"from_on": request.moment.day})
    if request.method == "POST" and form.is_valid():
        try:
            acts.entrust(request.actor, request.moment, **form.cleaned_data)
        except InputRefused as refused:
            form.add_findings(refused.findings)
        else:
            return redirect("entrustments")
    return render(request, "accounts/entrust.html", {"form": form})


@needs("accept_entrustment")
@require_POST
def accept_entrustment(request: Request, pk: int) -> HttpResponse:
    """Take the authority."""
    return _after(request, lambda: acts.accept_entrustment(request.actor, request.moment, pk), "entrustments")


@needs("end_entrustment")
@require_POST
def end_entrustment(request: Request, pk: int) -> HttpResponse:
    """Take the authority back, or give it back."""
    return _after(request, lambda: acts.end_entrustment(request.actor, request.moment, pk), "entrustments")


def _after(request: Request, act: Callable[[], object], onwards: str) -> HttpResponse:
    """Do it and go on, or show what stands against it."""
    try:
        act()
    except InputRefused as refused:
        return render(request, "accounts/refused.html", {"findings": refused.findings}, status=409)
    return redirect(onwards)


# --- keys for programs ------------------------------------------------------------------------------------------------------------


@needs("manage_access_keys")
@require_GET
def keys(request: Request) -> HttpResponse:
    """The keys of my organisation."""
    held = AccessKey.objects.select_related("made_by").filter(organisation_id=request.actor.its_organisation)
    return render(request, "accounts/keys.html", {"page": page_of(held, request.GET), "now": request.moment.at})


@needs("manage_access_keys")
@never_cache
@require_http_methods(["GET", "POST"])
def make_key(request: Request) -> HttpResponse:
    """Make a key. It is in the answer to this one request and nowhere else."""
    mine = [name for name in actions() if acts.may_be_scope(name) and request.actor.may(name)]
    form = KeyForm(request.POST or None, scopes=mine)
    if request.method == "POST" and form.is_valid():
        try:
            key, shown = acts.make_key(request.actor, request.moment, **form.cleaned_data)
        except InputRefused as refused:
            form.add_findings(refused.findings)
        else:
            return render(request, "accounts/key_made.html", {"key": key, "shown": shown})
    return render(request, "accounts/make_key.html", {"form": form})


@needs("manage_access_keys")
@require_POST
def revoke_key(request: Request, pk: int) -> HttpResponse:
    """Take a key out of use."""
    return _after(request, lambda: acts.revoke_key(request.actor, request.moment, pk), "keys")
