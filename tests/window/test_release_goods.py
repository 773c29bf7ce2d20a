"""Release: every obstacle at once, in the law's words; once; never past an examination or a body that has not agreed."""

import re

import pytest
from makers_officers import (
    NOW,
    a_case,
    a_declared,
    a_licence,
    a_moment,
    a_ready_declaration,
    an_actor,
    at_once,
    codes_of,
    trader_of,
)

from tongguan.grammar.findings import InputRefused
from tongguan.window.access.actor import NotAllowed
from tongguan.window.clearance import officers
from tongguan.window.clearance.views import ACTS, TABLES
from tongguan.window.decisions.models import Letter
from tongguan.window.declarations.models import Declaration, Request
from tongguan.window.examination import acts as examination
from tongguan.window.journal.models import Entry
from tongguan.window.lodging import acts as lodging
from tongguan.window.permits import licences
from tongguan.window.permits.models import LicenceUse
from tongguan.window.states import SomeoneWasFirst

pytestmark = pytest.mark.django_db


def test_goods_are_released_when_nothing_stands_against_it():
    declaration = a_ready_declaration()
    a_case(declaration, state="granted")
    a_case(declaration, requirement="ccc-certificate", body="SAMR", state="dropped")
    officers.release(an_actor("customs_officer"), a_moment(minutes=5), declaration)
    assert declaration.state == "released"
    assert declaration.released_at == a_moment(minutes=5).at
    entry = Entry.objects.get(subject=declaration.subject, act="release")
    assert (entry.state_before, entry.state_after, entry.authority) == ("reviewed", "released", "post:customs_officer")


def test_every_obstacle_is_told_at_once():
    declaration = a_declared(state="accepted", tax="determined", examination="selected")
    a_case(declaration, state="questioned")
    a_case(declaration, requirement="ccc-certificate", body="SAMR", state="refused")
    with pytest.raises(InputRefused) as refused:
        officers.release(an_actor("customs_officer"), NOW, declaration)
    assert codes_of(refused) == [
        "release.not_reviewed",
        "release.tax_not_settled",
        "release.not_examined",
        "permits.case_open",
        "permits.case_refused",
    ]
    assert all(finding.because and finding.next_step("zh") for finding in refused.value.findings)
    assert Declaration.objects.get(pk=declaration.pk).released_at is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"state": "under_review"}, "release.not_reviewed"),
        ({"state": "suspended"}, "release.suspended"),
        ({"tax": "open"}, "release.tax_not_settled"),
        ({"tax": "determined"}, "release.tax_not_settled"),
        ({"examination": "selected"}, "release.not_examined"),
        ({"examination": "found_wanting"}, "release.found_wanting"),
        ({"kind": "two_step"}, "release.not_complete"),
    ],
)
def test_each_obstacle_alone_is_enough(change, code):
    with pytest.raises(InputRefused) as refused:
        officers.release(an_actor("customs_officer"), NOW, a_ready_declaration(**change))
    assert codes_of(refused) == [code]


@pytest.mark.parametrize("tax", ["none_due", "secured", "paid"])
def test_security_or_nothing_due_is_as_good_as_payment(tax):
    declaration = a_ready_declaration(tax=tax)
    officers.release(an_actor("customs_officer"), NOW, declaration)
    assert declaration.state == "released"


def test_goods_are_released_once():
    declaration, officer = a_ready_declaration(), an_actor("customs_officer")
    officers.release(officer, NOW, declaration)
    with pytest.raises(SomeoneWasFirst):
        officers.release(officer, a_moment(1), declaration)
    assert declaration.released_at == NOW.at


@pytest.mark.parametrize("role", ["importer", "customs_examiner", "agency_senior", "supervisor", "operator"])
def test_nobody_else_releases(role):
    with pytest.raises(NotAllowed):
        officers.release(an_actor(role), NOW, a_ready_declaration())


def test_a_summary_leaves_against_security_and_is_cleared_when_complete_and_paid():
    officer = an_actor("customs_officer")
    declaration = a_declared(state="accepted", tax="secured", kind="two_step")
    officers.release_provisionally(officer, NOW, declaration)
    assert declaration.state == "released"
    with pytest.raises(InputRefused) as refused:
        officers.clear(officer, NOW, declaration)
    assert codes_of(refused) == ["release.not_complete", "release.tax_not_paid"]
    Declaration.objects.filter(pk=declaration.pk).update(completed_at=NOW.at, tax="paid")
    officers.clear(officer, a_moment(3), declaration)
    assert (declaration.state, declaration.cleared_at) == ("cleared", a_moment(3).at)


def test_a_summary_does_not_leave_without_its_licence_or_its_examination():
    declaration = a_declared(state="accepted", tax="secured", kind="two_step", examination="selected")
    a_case(declaration)
    with pytest.raises(InputRefused) as refused:
        officers.release_provisionally(an_actor("customs_officer"), NOW, declaration)
    assert codes_of(refused) == ["release.not_examined", "permits.case_open"]


def test_a_declaration_of_one_step_has_no_summary():
    with pytest.raises(InputRefused) as refused:
        officers.release_provisionally(an_actor("customs_officer"), NOW, a_ready_declaration())
    assert codes_of(refused) == ["release.not_a_summary"]


def test_release_writes_the_licence_off():
    declaration = a_ready_declaration()
    case = a_case(declaration, state="granted")
    licence = a_licence(declaration.importer)
    licences.reserve(an_actor("agency_officer", "MOFCOM"), NOW, licence, case, 4_000)
    officers.release(an_actor("customs_officer"), a_moment(minutes=1), declaration)
    licence.refresh_from_db()
    assert licence.remaining_milli == 6_000
    assert LicenceUse.objects.get(licence=licence).written_off_at == a_moment(minutes=1).at


def test_of_two_officers_at_once_one_releases_and_the_other_is_told(tmp_path):
    declaration = a_ready_declaration()
    first, second = an_actor("customs_officer"), an_actor("customs_senior")

    def release(actor):
        return lambda: officers.release(actor, NOW, Declaration.objects.get(pk=declaration.pk)) or "released"

    outcomes, entries = at_once(
        [release(first), release(second)],
        lambda: list(Entry.objects.filter(subject=declaration.subject, act="release").values_list("actor", flat=True)),
        tmp_path,
    )
    assert outcomes.count("released") == 1
    assert sum(isinstance(outcome, SomeoneWasFirst) for outcome in outcomes) == 1
    assert len(entries) == 1


def test_goods_selected_while_they_are_released_are_either_released_or_selected(tmp_path):
    declaration = a_ready_declaration()
    officer, senior = an_actor("customs_officer"), an_actor("customs_senior")

    def read():
        return Declaration.objects.values_list("state", "examination").get(pk=declaration.pk)

    outcomes, now = at_once(
        [
            lambda: officers.release(officer, NOW, Declaration.objects.get(pk=declaration.pk)) or "done",
            lambda: examination.order(senior, NOW, Declaration.objects.get(pk=declaration.pk), "抽查") and "done",
        ],
        read,
        tmp_path,
    )
    assert outcomes.count("done") == 1, outcomes
    assert all(outcome == "done" or isinstance(outcome, InputRefused) for outcome in outcomes)
    assert now in {("released", "not_selected"), ("reviewed", "selected")}


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("accept", ()),
        ("return", ("x",)),
        ("begin_review", ()),
        ("finish_review", ()),
        ("select", ("x",)),
        ("clear", ()),
    ],
)
def test_after_a_suspension_every_act_says_to_resume_first(name, more):
    declaration = a_declared(state="suspended")
    with pytest.raises(SomeoneWasFirst) as refused:
        ACTS[name][2](an_actor("customs_officer"), NOW, declaration, *more)
    (finding,) = refused.value.findings
    assert finding.code == "window.resume_first"
    step = TABLES[ACTS[name][0]].transitions[ACTS[name][1]]
    assert step.zh in finding.message("zh")
    assert step.en in finding.message("en")
    assert "恢复办理" in finding.next_step("zh")
    assert "Resume" in finding.next_step("en")


def test_release_and_requests_of_suspended_goods_say_to_resume_first_too():
    declaration = a_declared(state="suspended", tax="paid")
    officer = an_actor("customs_officer")
    with pytest.raises(InputRefused) as refused:
        officers.release(officer, NOW, declaration)
    assert codes_of(refused) == ["release.suspended"]
    assert "Resume" in refused.value.findings[0].next_step("en")
    asked = Request.objects.create(
        declaration=declaration, kind="amend", reason="x", facts={}, asked_by="person:0", asked_at=NOW.at
    )
    with pytest.raises(InputRefused) as refused:
        officers.decide_request(officer, NOW, asked, is_granted=True, reason="x")
    assert codes_of(refused) == ["window.resume_first"]
    with pytest.raises(InputRefused) as refused:
        lodging.ask_withdrawal(trader_of(declaration), NOW, declaration, "撤销")
    assert "request.suspended" in codes_of(refused)


def test_the_page_of_suspended_goods_offers_to_resume_or_refer_and_nothing_that_is_refused(client_as):
    declaration = a_declared(state="suspended")
    page = client_as("customs_officer").get(f"/work/declarations/{declaration.pk}/?lang=en").content.decode()
    assert "Resume the declaration first" in page
    offered = set(re.findall(rf"/work/declarations/{declaration.pk}/([a-z-]+)/", page)) - {"take", "journal"}
    assert offered == {"resume", "refer"}


def test_suspension_and_return_are_told_in_a_letter_with_article_and_remedy():
    officer = an_actor("customs_officer")
    declaration = a_declared(state="reviewed", tax="paid")
    officers.suspend(officer, NOW, declaration, "权利人申请扣留涉嫌侵权货物")
    letter = Letter.objects.get(declaration_id=declaration.pk)
    assert "权利人申请扣留涉嫌侵权货物" in letter.text_zh
    assert "60 日内" in letter.text_zh
    assert "行政复议法》第20条" in letter.text_zh
    assert "within 60 days" in letter.text_en
    assert declaration.number in letter.text_en
