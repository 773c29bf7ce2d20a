"""Every address, every role: what `access/actions.yaml` grants is what happens, and one organisation never sees another's data."""

import datetime as dt
import re

import pytest
from django.core.files.base import ContentFile
from django.db import transaction
from django.test import Client
from django.urls import Resolver404, URLPattern, get_resolver, resolve
from makers import a_person, a_post, an_organisation, declared_facts, goods_facts, sign_in
from makers_officers import a_case, a_licence

from tongguan.window.access import MUST_SHOW_SECOND_FACTOR, ROLES, TRADERS, actions, reach_of
from tongguan.window.access.actor import VISITOR, Actor, NotAllowed
from tongguan.window.access.middleware import INTERFACE, action_of
from tongguan.window.accounts.models import AccessKey, Entrustment, Invitation, Post
from tongguan.window.charges.models import Determination, PaymentTold, Refund, Security
from tongguan.window.decisions.models import Letter, Proposal
from tongguan.window.declarations.models import Declaration, Paper, Request, Sheet, Version
from tongguan.window.examination.lots import Listed
from tongguan.window.examination.models import Draw, Order
from tongguan.window.notices.models import CallBack, Delivery, Event

pytestmark = pytest.mark.django_db

THERE, UNKNOWN = 700_001, 900_009
NOBODY = Listed(candidates={}, rates={}, examiners=[], excluded={})
NOW = dt.datetime(2025, 6, 10, 1, tzinfo=dt.UTC)
SOMETHING = {
    "int": str(UNKNOWN),
    "slug": "x",
    "str": "x",
    "path": "x",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "permit_act": "grant",
}
GROUP = re.compile(r"\(\?P<\w+>(?:[^()]|\([^()]*\))*\)")


def _walk(patterns, before=""):
    for entry in patterns:
        route = before + str(entry.pattern).removeprefix("^").removesuffix("$")
        if isinstance(entry, URLPattern):
            yield route, entry
        else:
            yield from _walk(entry.url_patterns, route)


def addresses(pk=UNKNOWN):
    """Every address of the window with something in place of its arguments, and the view behind it."""
    for route, entry in _walk(get_resolver().url_patterns):
        kinds = SOMETHING | {"int": str(pk)}
        path = route.replace("(?P<pk>[0-9]{1,18})", str(pk)).replace(r"(?P<pk>\d+)", str(pk))
        path = re.sub(r"\(\?P<\w+>(\w+)(?:\|\w+)+\)", r"\1", path)  # of several words the first
        path = GROUP.sub("x-x", path)
        path = path.replace("<int:number>", "1")  # of versions there is a first
        path = re.sub(r"<(?:(\w+):)?\w+>", lambda m, k=kinds: k.get(m[1] or "str", "x"), path)
        yield "/" + path.replace("\\", ""), entry.callback


ALL = list(addresses())
OURS = [(path, action_of(view)) for path, view in ALL if action_of(view) not in {None, INTERFACE}]


@pytest.fixture
def as_role(client):
    """A client in any role, a consumer and a visitor among them."""

    def make(role):
        made = Client(raise_request_exception=False)
        if role == "consumer":
            sign_in(made, a_person())
        elif role is not None:
            sign_in(made, a_post(role).person)
        return made

    return make


def test_every_address_of_these_tests_leads_to_its_view():
    astray = [path for path, view in ALL if not _leads_to(path, view)]
    assert not astray, "give these a value of their own in SOMETHING"


def _leads_to(path, view):
    try:
        found = resolve(path).func
    except Resolver404:
        return False
    # the interface's library wraps the one view of a path anew for each method
    return found is view or action_of(found) == action_of(view) == INTERFACE


def test_every_view_names_its_action():
    nameless = [path for path, view in ALL if action_of(view) is None]
    assert not nameless
    assert {action for _, action in OURS} <= set(actions())


@pytest.mark.parametrize("role", [None, *ROLES])
def test_each_role_gets_what_the_matrix_says(as_role, role):
    client = as_role(role)
    wrong = []
    for path, action in OURS:
        if "logout" in path:
            continue  # a test of its own; here it would end the session
        answer = client.get(path)
        goes_to_sign_in = answer.status_code == 302 and answer["Location"].startswith("/account/login/")
        if reach_of(role, action) is not None:
            is_right = answer.status_code not in {403, 500} and (role is None or not goes_to_sign_in or "login" in path)
            is_right = is_right or (path.startswith("/account/") and answer.status_code != 500)
        else:
            is_right = goes_to_sign_in if role is None else answer.status_code == 403
        if not is_right:
            wrong.append((path, action, answer.status_code))
    assert not wrong


@pytest.mark.parametrize("role", [None, *ROLES])
def test_what_is_not_granted_cannot_be_sent_either(as_role, role):
    client = as_role(role)
    allowed = []
    for path, action in OURS:
        if reach_of(role, action) is None:
            answer = client.post(path)
            refused = answer.status_code == 403 or (role is None and answer["Location"].startswith("/account/login/"))
            if not refused:
                allowed.append((path, action, answer.status_code))
    assert not allowed


@pytest.mark.parametrize("role", sorted(MUST_SHOW_SECOND_FACTOR))
def test_an_officer_without_a_second_factor_reaches_nothing_but_their_account(role):
    client = Client(raise_request_exception=False)
    client.force_login(a_post(role).person)
    open_to_them = []
    for path, action in OURS:
        if actions()[action].is_public or action == "manage_oneself" or reach_of(role, action) is None:
            continue
        for send in (client.get, client.post):
            answer = send(path)
            if answer.status_code != 302 or not answer["Location"].startswith("/me/second-factor/"):
                open_to_them.append((path, action, answer.status_code))
    assert not open_to_them


@pytest.mark.parametrize("role", sorted(TRADERS))
def test_a_trader_without_a_second_factor_drafts_but_neither_lodges_nor_pays(role):
    actor = Actor(person_id=1, role=role, organisation_id=1, has_second_factor=False)
    for action in ("draft_declaration", "see_declaration", "see_charges", "open_desk"):
        assert actor.may(action)
    for action in ("lodge_declaration", "pay_taxes", "give_security", "request_refund", "manage_organisation"):
        assert actor.lack(action) == "second_factor"
        with pytest.raises(NotAllowed):
            actor.require(action)


def test_a_trader_is_led_to_the_second_factor_and_back():
    client = Client()
    client.force_login(a_post("importer").person)
    answer = client.get("/keys/make/")
    assert answer["Location"] == "/me/second-factor/?next=%2Fkeys%2Fmake%2F"
    assert client.get(answer["Location"]).status_code == 200


@pytest.mark.parametrize("role", [None, *ROLES])
def test_a_key_does_no_more_than_its_role_and_its_scopes(role):
    for name in actions():
        key = Actor(person_id=1, role=role, organisation_id=1, key_id=1, scopes=frozenset({name}))
        assert key.reach(name) == reach_of(role, name)
        assert not any(key.may(other) for other in actions() if other != name)


def test_a_visitor_may_do_what_anyone_may():
    assert {name for name in actions() if VISITOR.may(name)} == {n for n, a in actions().items() if a.is_public}


# --- one organisation and another -------------------------------------------------------------------------------------------------


@pytest.fixture
def someone_elses():
    """A firm with one of everything, each under the same number."""
    firm = an_organisation("importer", pk=THERE, name_zh="秘密贸易公司", name_en="Secret Trading")
    person = a_person(pk=THERE, name_zh="秘某", email="secret@example.cn")
    Post.objects.create(pk=THERE, person=person, organisation=firm, role="importer", from_on=dt.date(2018, 1, 1))
    broker = an_organisation("broker", name_zh="另一报关公司")
    Entrustment.objects.create(
        pk=THERE, principal=firm, broker=broker, from_on=dt.date(2025, 1, 1), given_by=person, given_at=NOW
    )
    Invitation.objects.create(
        pk=THERE,
        organisation=firm,
        email="other@example.cn",
        role="importer",
        invited_by=person,
        invited_at=NOW,
        until_on=dt.date(2099, 1, 1),
    )
    AccessKey.objects.create(
        pk=THERE,
        organisation=firm,
        role="importer",
        name="秘密密钥",
        digest="0" * 64,
        hint="tgk_hint",
        scopes=["see_declaration"],
        made_by=person,
        made_at=NOW,
        expires_at=NOW + dt.timedelta(days=9999),
    )
    _declared_by(firm, person)
    return Post.objects.get(pk=THERE)


def _declared_by(firm, person):
    """A declaration of the firm with all that can hang on one."""
    kept = Declaration.objects.create(
        pk=THERE, importer=firm, declarant=firm, reference="SECRET-1", customs_office="2248", goods_summary="秘密货物", state="accepted",
        examination="selected", created_at=NOW, lodged_at=NOW, accepted_at=NOW, state_since=NOW,
    )  # fmt: skip
    who = {"made_by": f"person:{person.pk}", "made_at": NOW}
    facts = declared_facts(goods=[goods_facts(name="秘密货物")])
    Version.objects.create(pk=THERE, declaration=kept, number=1, facts=facts, facts_sha256="0" * 64, **who)
    Request.objects.create(
        pk=THERE, declaration=kept, kind="withdraw", reason="秘密理由", asked_by=person.username, asked_at=NOW
    )
    Paper.objects.create(
        pk=THERE, declaration=kept, document="contract", name="秘密.pdf", kind="application/pdf", size=8, sha256="0" * 64,
        file=ContentFile(b"%PDF-1.7", "x.pdf"), added_by=person.username, added_at=NOW,
    )  # fmt: skip
    Sheet.objects.create(
        pk=THERE,
        organisation=firm,
        name="秘密.xlsx",
        sha256="0" * 64,
        headings=["秘密"],
        sent_by=person.username,
        sent_at=NOW,
    )
    due = Determination.objects.create(
        pk=THERE, declaration=kept, version=1, kind="original", lines=[], total_fen=100, due_on=dt.date(2099, 1, 1), because="customs-law#60",
        determined_by="person:0", determined_at=NOW,
    )  # fmt: skip
    PaymentTold.objects.create(
        pk=THERE, determination=due, fen=100, paid_on=NOW.date(), reference="秘密流水号", told_by=person.username, told_at=NOW
    )  # fmt: skip
    Refund.objects.create(
        pk=THERE, determination=due, fen=1, ground="overpaid", reason="秘密理由", asked_by=person.username, asked_at=NOW,
        decide_by=dt.date(2099, 1, 1),
    )  # fmt: skip
    Security.objects.create(
        pk=THERE,
        organisation=firm,
        kind="general",
        reference="秘密保函",
        amount_fen=100,
        from_on=dt.date(2025, 1, 1),
        given_at=NOW,
    )
    a_case(kept, pk=THERE, body="MOFCOM", state="questioned")
    a_licence(firm, pk=THERE, body="MOFCOM", goods="秘密货物")
    Proposal.objects.create(
        pk=THERE, subject=f"permit:{THERE}", act="refuse", action="decide_permit", body="MOFCOM", reason="秘密理由",
        proposed_by=a_person(), proposed_at=NOW,
    )  # fmt: skip
    Letter.objects.create(
        pk=THERE,
        subject=kept.subject,
        declaration_id=THERE,
        act="refer",
        text_zh="秘密决定",
        text_en="秘密",
        written_by="person:0",
        written_at=NOW,
    )
    Draw.objects.create(
        pk=THERE,
        body="GACC",
        reason="随机",
        salt="0" * 64,
        seed="0" * 64,
        listed=NOBODY.text(),
        commitment="0" * 64,
        prepared_by="person:0",
        prepared_at=NOW,
    )
    Order.objects.create(
        pk=THERE, declaration=kept, reason="秘密理由", ordered_by="person:0", ordered_at=NOW, waiting_since=NOW
    )
    hook = CallBack.objects.create(pk=THERE, organisation=firm, url="https://example.cn/秘密", nonce="x", **who)
    event = Event.objects.create(pk=THERE, declaration_id=THERE, subject=kept.subject, name="accepted", at=NOW)
    Delivery.objects.create(pk=THERE, event=event, call_back=hook, made_at=NOW, outcome="given_up")


def bare(answer, path):
    """An answer without what differs by chance: tokens, and the number that was asked for."""
    text = answer.content.decode(errors="replace").replace(path, "")
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)
    text = re.sub(r"figures-\w{8}", "", text)
    return (
        answer.status_code,
        re.sub(rf"{THERE}|{UNKNOWN}", "N", text),
        answer.headers.get("Location", "").replace(str(THERE), str(UNKNOWN)),
    )


OF_RECORDS = [
    (there, unknown, view)
    for (there, view), (unknown, _) in zip(addresses(THERE), addresses(UNKNOWN), strict=True)
    if there != unknown and action_of(view) not in {None, INTERFACE}
]


ELSEWHERE = (
    "/account/", f"/invitations/{THERE}/accept/", f"/declarations/{THERE}/edit/", f"/organisation/letters/{THERE}/",
)  # fmt: skip
"""Where the record alone does not lead: to one's own security key, to an invitation addressed to somebody else, into a declaration no longer drafted,
to a letter about a firm itself (the letter of this number is about a declaration; `test_firm_standing` looks at those of firms)."""


def test_every_address_of_a_record_leads_somebody_to_it(as_role, someone_elses):
    """So that what follows cannot hold because nothing is there."""
    owner = Client(raise_request_exception=False)
    sign_in(owner, someone_elses.person)
    roles = ("customs_officer", "customs_senior", "customs_examiner", "operator")
    people = [owner, *map(as_role, roles)]
    for role in ("agency_officer", "agency_senior"):
        people.append(Client(raise_request_exception=False))
        sign_in(people[-1], a_post(role, organisation=an_organisation("body", body="MOFCOM")).person)
    people.append(Client(raise_request_exception=False))
    sign_in(people[-1], a_post("broker", organisation=Entrustment.objects.get(pk=THERE).broker).person)
    nowhere, broken = [], []
    for there, _, _ in OF_RECORDS:
        told = set()
        for person in people:
            for method in ("get", "post"):
                with transaction.atomic():
                    answer = getattr(person, method)(there)
                    answer.getvalue()  # reads a paper to its end, which closes its file
                    told.add(answer.status_code)
                    transaction.set_rollback(True)
        if not told & {200, 302, 409, 422} and not there.startswith(ELSEWHERE):
            nowhere.append((there, told))
        if 500 in told:
            broken.append(there)
    assert (nowhere, broken) == ([], [])


@pytest.mark.parametrize("role", [None, "consumer", *sorted(TRADERS), "agency_officer", "agency_senior", "supervisor"])
def test_what_belongs_to_others_looks_like_what_is_not_there(as_role, someone_elses, role):
    client = as_role(role)
    different = []
    for there, unknown, view in OF_RECORDS:
        if actions()[action_of(view)].is_public:
            continue
        for method in ("get", "post"):
            first = bare(getattr(client, method)(there), there)
            second = bare(getattr(client, method)(unknown), unknown)
            if first != second or "秘密" in first[1]:
                different.append((method, there, first[0], second[0]))
    assert not different


@pytest.mark.parametrize("role", ["consumer", *sorted(TRADERS), "agency_officer", "agency_senior", "supervisor"])
def test_no_list_shows_what_belongs_to_others(as_role, someone_elses, role):
    client = as_role(role)
    told = [
        path
        for path, view in ALL
        if action_of(view) not in {None, INTERFACE}
        and "logout" not in path
        and "秘密" in client.get(path).content.decode(errors="replace")
    ]
    assert not told
