"""Cases before the bodies: opened in one statement, clocks that pause, refusals by two people, licences that cannot be overused."""

import datetime as dt
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils.module_loading import import_string
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from makers_officers import (
    NOW,
    a_case,
    a_declared,
    a_licence,
    a_moment,
    an_actor,
    at_once,
    codes_of,
    trader_of,
)

from tongguan.grammar.findings import InputRefused
from tongguan.window.access.actor import NotAllowed
from tongguan.window.decisions import acts as decisions
from tongguan.window.decisions.models import Letter, Proposal
from tongguan.window.journal.models import Entry
from tongguan.window.permits import acts, clocks, licences
from tongguan.window.permits.models import Case, Licence, LicenceUse
from tongguan.window.states import SomeoneWasFirst, move

pytestmark = pytest.mark.django_db


def an_application(requirement="automatic-licence", body="MOFCOM", items=(1,), **fields):
    return SimpleNamespace(
        body=body, requirement=requirement, document="7", items=items, fields=fields, missing=(), source={}
    )


# --- opened with the declaration ----------------------------------------------------------------------------------------------------


def test_all_cases_of_a_first_lodging_are_one_insert():
    declaration = a_declared()
    asked = [an_application(), an_application("ccc-certificate", "SAMR"), an_application("radio-approval", "MIIT")]
    trader = trader_of(declaration)
    with CaptureQueriesContext(connection) as queries:
        acts.open_cases(declaration, asked, trader, NOW)
    inserts = [q for q in queries if q["sql"].startswith("INSERT")]
    assert len(inserts) == 1
    assert sorted(Case.objects.values_list("body", flat=True)) == ["MIIT", "MOFCOM", "SAMR"]


def test_the_statutory_day_comes_from_the_table_and_unknown_stays_unknown():
    """Ten calendar days for the automatic licence (goods-regulations#24): from 10 March, the 20th."""
    declaration = a_declared()
    asked = [an_application(), an_application("no-such-paper")]
    acts.open_cases(declaration, asked, trader_of(declaration), NOW)
    known, unknown = Case.objects.order_by("pk")
    assert known.due_on == dt.date(2026, 3, 20)
    assert unknown.due_on is None
    assert unknown.raise_on is None


def test_a_promise_of_the_body_is_the_target_of_later_cases():
    senior = an_actor("agency_senior", "MOFCOM")
    acts.promise(senior, NOW, "automatic-licence", 3)
    declaration = a_declared()
    acts.open_cases(declaration, [an_application()], trader_of(declaration), NOW)
    case = Case.objects.get()
    assert case.target_on == dt.date(2026, 3, 13)
    with pytest.raises(NotAllowed):
        acts.promise(an_actor("agency_officer", "MOFCOM"), NOW, "automatic-licence", 1)


def test_lodged_again_only_what_changed_is_opened_again():
    declaration = a_declared()
    trader = trader_of(declaration)
    asked = [
        an_application(quantity="10"),
        an_application("ccc-certificate", "SAMR", model="A"),
        an_application("radio-approval", "MIIT"),
    ]
    acts.open_cases(declaration, asked, trader, NOW)
    for case in Case.objects.all():
        Case.objects.filter(pk=case.pk).update(state="granted", queue_on=None)
    declaration.version = 2
    again = [an_application(quantity="12"), an_application("ccc-certificate", "SAMR", model="A")]
    acts.open_cases(declaration, again, trader, a_moment(1))
    states = dict(Case.objects.values_list("requirement", "state"))
    assert states == {"automatic-licence": "requested", "ccc-certificate": "granted", "radio-approval": "dropped"}


# --- reach --------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("act", ["begin", "ask", "grant", "refuse"])
def test_another_body_does_not_decide(act):
    case = a_case(body="MOFCOM")
    other = an_actor("agency_senior", "SAMR")
    more = {"ask": ("缺少合同",), "refuse": ("不符合",)}.get(act, ())
    with pytest.raises(NotAllowed):
        getattr(acts, act)(other, NOW, case, *more)


def test_another_importer_does_not_answer():
    case = a_case(state="questioned")
    with pytest.raises(NotAllowed):
        acts.answer(an_actor("importer"), NOW, case, "补正如下")


# --- clocks -------------------------------------------------------------------------------------------------------------------------


def test_the_clock_stands_still_while_the_importer_is_asked():
    declaration = a_declared()
    acts.open_cases(declaration, [an_application()], trader_of(declaration), NOW)
    case = Case.objects.get()
    acts.ask(an_actor("agency_officer", "MOFCOM"), a_moment(4), case, "请补交合同")
    assert (case.days_left, case.queue_on, case.raise_on) == (6, None, None)
    acts.answer(trader_of(declaration), a_moment(9), case, "合同已补交")
    assert case.state == "under_review"
    assert case.due_on == dt.date(2026, 3, 25)
    assert case.queue_on == case.due_on
    question = case.questions.get()
    assert (question.text, question.answer) == ("请补交合同", "合同已补交")


def test_a_question_does_not_heal_a_delay():
    declaration = a_declared()
    acts.open_cases(declaration, [an_application()], trader_of(declaration), NOW)
    case = Case.objects.get()
    acts.ask(an_actor("agency_officer", "MOFCOM"), a_moment(12), case, "请补交合同")
    acts.answer(trader_of(declaration), a_moment(13), case, "合同已补交")
    assert case.due_on == dt.date(2026, 3, 20)


def test_a_question_without_words_is_refused():
    with pytest.raises(InputRefused) as refused:
        acts.ask(an_actor("agency_officer", "MOFCOM"), NOW, a_case(), "  ")
    assert codes_of(refused) == ["window.reason_missing"]


@pytest.mark.parametrize(("days", "level"), [(9, 0), (10, 0), (11, 1), (16, 1)])
def test_silence_raises_the_day_after_the_last_day_and_not_before(days, level):
    declaration = a_declared()
    acts.open_cases(declaration, [an_application()], trader_of(declaration), NOW)
    case = Case.objects.get()
    raised = acts.raise_silent(a_moment(days))
    case.refresh_from_db()
    assert (raised, case.level) == (level, level)


def test_silence_goes_on_rising_to_the_highest_level_and_each_time_once():
    declaration = a_declared()
    acts.open_cases(declaration, [an_application()], trader_of(declaration), NOW)
    case = Case.objects.get()
    assert acts.raise_silent(a_moment(11)) == 1
    assert acts.raise_silent(a_moment(11)) == 0
    case.refresh_from_db()
    assert case.raise_on == dt.date(2026, 3, 27)  # five working days after Saturday the 21st: 23, 24, 25, 26, 27
    assert acts.raise_silent(a_moment(16)) == 0
    assert acts.raise_silent(a_moment(17)) == 1
    assert acts.raise_silent(a_moment(200)) == 0
    entries = Entry.objects.filter(subject=case.subject, act="raise")
    assert [(e.actor, e.facts["level"]) for e in entries.order_by("sequence")] == [("system", "1"), ("system", "2")]


def test_a_case_that_waits_for_the_importer_is_not_raised():
    declaration = a_declared()
    acts.open_cases(declaration, [an_application()], trader_of(declaration), NOW)
    case = Case.objects.get()
    acts.ask(an_actor("agency_officer", "MOFCOM"), NOW, case, "请补交合同")
    assert acts.raise_silent(a_moment(60)) == 0


@given(st.integers(0, 9), st.integers(0, 30))
@settings(max_examples=40, deadline=None)
def test_a_pause_moves_the_last_day_by_as_long_as_it_lasted(asked_after, waited):
    """Calendar days: what was left at the question is what is left at the answer."""
    start = dt.date(2026, 3, 10)
    due = clocks.due_on("automatic-licence", start)
    asked = start + dt.timedelta(asked_after)
    answered = asked + dt.timedelta(waited)
    left = clocks.days_left("automatic-licence", start, due, asked)
    assert clocks.resumed("automatic-licence", start, left, answered) == due + dt.timedelta(waited)


# --- four eyes ----------------------------------------------------------------------------------------------------------------------


def test_a_refusal_takes_two_people_and_writes_its_letter():
    case = a_case()
    officer, senior = an_actor("agency_officer", "MOFCOM"), an_actor("agency_senior", "MOFCOM")
    proposal = acts.refuse(officer, NOW, case, "合同数量与申请不符")
    case.refresh_from_db()
    assert case.state == "requested"
    decisions.confirm(senior, a_moment(minutes=1), proposal)
    case.refresh_from_db()
    assert case.state == "refused"
    letter = Letter.objects.get(subject=case.subject)
    assert "合同数量与申请不符" in letter.text_zh
    assert "行政许可法》第38条" in letter.text_zh
    assert "Ministry of Commerce" in letter.text_en
    acts_told = list(Entry.objects.filter(subject=case.subject).order_by("sequence").values_list("act", "actor"))
    assert acts_told == [("propose_refuse", officer.name), ("confirm_refuse", senior.name), ("refuse", senior.name)]


def test_each_step_of_four_eyes_that_is_proposed_can_be_carried_out():
    for (kind, act), name in decisions.CARRIED_OUT.items():
        assert callable(import_string(name)), (kind, act)


def test_nobody_confirms_their_own_proposal():
    senior = an_actor("agency_senior", "MOFCOM")
    proposal = acts.refuse(senior, NOW, a_case(), "不符合")
    with pytest.raises(InputRefused) as refused:
        decisions.confirm(senior, NOW, proposal)
    assert codes_of(refused) == ["decisions.own_proposal"]
    with pytest.raises(IntegrityError), transaction.atomic():
        Proposal.objects.filter(pk=proposal.pk).update(outcome="confirmed", decided_by=senior.person_id)


def test_a_step_of_four_eyes_is_not_taken_without_a_confirmed_proposal():
    case, senior = a_case(), an_actor("agency_senior", "MOFCOM")
    proposal = acts.refuse(an_actor("agency_officer", "MOFCOM"), NOW, case, "不符合")
    for stands_behind in (
        None,
        proposal,
        SimpleNamespace(subject="permit:0", act="refuse", outcome="confirmed", proposed_by_id=1, decided_by_id=2),
    ):
        with pytest.raises(InputRefused) as refused:
            move(case, acts.LIFE, "refuse", actor=senior, moment=NOW, reason="不符合", confirmed=stands_behind)
        assert codes_of(refused) == ["window.second_person_missing"]


def test_a_senior_of_another_body_does_not_see_the_proposal():
    proposal = acts.refuse(an_actor("agency_officer", "MOFCOM"), NOW, a_case(), "不符合")
    for stranger in (
        an_actor("agency_senior", "SAMR"),
        an_actor("customs_senior"),
        an_actor("agency_officer", "MOFCOM"),
    ):
        with pytest.raises(NotAllowed):
            decisions.confirm(stranger, NOW, proposal)


def test_a_refused_proposal_leaves_the_case_and_a_new_one_may_follow():
    case, officer, senior = a_case(), an_actor("agency_officer", "MOFCOM"), an_actor("agency_senior", "MOFCOM")
    proposal = acts.refuse(officer, NOW, case, "不符合")
    with pytest.raises(InputRefused) as twice:
        acts.refuse(officer, NOW, case, "再次提出")
    assert codes_of(twice) == ["decisions.already_proposed"]
    decisions.refuse(senior, NOW, proposal, "理由不足")
    case.refresh_from_db()
    assert case.state == "requested"
    assert acts.refuse(officer, NOW, case, "补充理由").pk != proposal.pk


def test_a_refusal_proposed_on_other_facts_is_not_confirmed():
    declaration = a_declared()
    trader = trader_of(declaration)
    acts.open_cases(declaration, [an_application(quantity="10")], trader, NOW)
    case = Case.objects.get()
    proposal = acts.refuse(an_actor("agency_officer", "MOFCOM"), NOW, case, "数量不符")
    declaration.version = 2
    acts.open_cases(declaration, [an_application(quantity="9")], trader, a_moment(1))
    with pytest.raises(InputRefused) as refused:
        decisions.confirm(an_actor("agency_senior", "MOFCOM"), a_moment(1), proposal)
    assert codes_of(refused) == ["decisions.facts_changed"]
    proposal.refresh_from_db()
    assert proposal.outcome == ""


def test_a_case_is_granted_and_refused_at_once_one_wins_and_the_other_is_told(tmp_path):
    case = a_case(requirement="ccc-certificate", body="SAMR")
    officer, senior = an_actor("agency_officer", "SAMR"), an_actor("agency_senior", "SAMR")
    proposal = acts.refuse(officer, NOW, case, "不符合")
    outcomes, state = at_once(
        [
            lambda: acts.grant(officer, NOW, Case.objects.get(pk=case.pk)) or "done",
            lambda: decisions.confirm(senior, NOW, Proposal.objects.get(pk=proposal.pk)) and "done",
        ],
        lambda: Case.objects.get(pk=case.pk).state,
        tmp_path,
    )
    assert outcomes.count("done") == 1, outcomes
    assert sum(isinstance(outcome, SomeoneWasFirst) for outcome in outcomes) == 1, outcomes
    assert state == ("granted" if outcomes[0] == "done" else "refused")


def test_of_two_officers_one_takes_the_case(tmp_path):
    case = a_case()
    officers = [an_actor("agency_officer", "MOFCOM") for _ in range(4)]
    outcomes, holder = at_once(
        [lambda o=o: acts.take(o, NOW, Case.objects.get(pk=case.pk)) or o.person_id for o in officers],
        lambda: Case.objects.get(pk=case.pk).officer_id,
        tmp_path,
    )
    assert [o for o in outcomes if isinstance(o, int)] == [holder]
    assert {f.code for o in outcomes if isinstance(o, InputRefused) for f in o.findings} == {"window.taken_by_other"}


# --- licences -----------------------------------------------------------------------------------------------------------------------


def test_what_is_granted_in_quantity_needs_its_licence():
    officer = an_actor("agency_officer", "MOFCOM")
    with pytest.raises(InputRefused) as refused:
        acts.grant(officer, NOW, a_case())
    assert codes_of(refused) == ["permits.licence_missing"]


def test_a_grant_reserves_and_a_withdrawal_gives_back():
    case = a_case()
    licence = a_licence(case.declaration.importer, 10_000)
    acts.grant(an_actor("agency_officer", "MOFCOM"), NOW, case, licence=licence, quantity_milli=10_000)
    assert Licence.objects.get(pk=licence.pk).remaining_milli == 0
    acts.drop_cases(case.declaration, an_actor("customs_officer"), NOW)
    assert Licence.objects.get(pk=licence.pk).remaining_milli == 10_000
    acts.drop_cases(case.declaration, an_actor("customs_officer"), NOW)
    assert Licence.objects.get(pk=licence.pk).remaining_milli == 10_000


def test_all_that_is_wrong_with_a_licence_is_told_at_once():
    case = a_case()
    licence = a_licence(a_declared().importer, 1_000, valid_until=dt.date(2026, 3, 9))
    with pytest.raises(InputRefused) as refused:
        acts.grant(an_actor("agency_officer", "MOFCOM"), NOW, case, licence=licence, quantity_milli=1_001)
    assert codes_of(refused) == ["permits.licence_not_theirs", "permits.licence_not_valid", "permits.licence_used_up"]


def test_the_database_itself_refuses_overuse():
    licence = a_licence(a_declared().importer, 1_000)
    with pytest.raises(IntegrityError), transaction.atomic():
        Licence.objects.filter(pk=licence.pk).update(remaining_milli=-1)


def test_a_licence_is_never_overused_however_many_draw_at_once(tmp_path):
    importer = a_declared().importer
    licence = a_licence(importer, 10_000)
    officer = an_actor("agency_officer", "MOFCOM")
    cases = [a_case(a_declared(importer=importer)) for _ in range(6)]

    def grant(case):
        return lambda: (
            acts.grant(
                officer,
                NOW,
                Case.objects.get(pk=case.pk),
                licence=Licence.objects.get(pk=licence.pk),
                quantity_milli=3_000,
            )
            or "granted"
        )

    def read():
        used = sum(LicenceUse.objects.values_list("quantity_milli", flat=True))
        granted = Case.objects.filter(state="granted").count()
        return used, Licence.objects.get(pk=licence.pk).remaining_milli, granted

    outcomes, now = at_once([grant(case) for case in cases], read, tmp_path)
    assert outcomes.count("granted") == 3, outcomes
    assert now == (9_000, 1_000, 3)
    assert {f.code for o in outcomes if isinstance(o, InputRefused) for f in o.findings} == {"permits.licence_used_up"}


class LicenceLedger(TestCase):
    """Whatever is drawn and given back: remaining + what is held = the quantity, and never below zero."""

    @given(st.lists(st.tuples(st.integers(1, 7_000), st.booleans()), max_size=8))
    @settings(max_examples=25, deadline=None)
    def test_the_ledger_adds_up(self, draws):
        importer = a_declared().importer
        licence = a_licence(importer, 10_000)
        officer = an_actor("agency_officer", "MOFCOM")
        for quantity, goes_back in draws:
            case = a_case(a_declared(importer=importer))
            left = Licence.objects.get(pk=licence.pk).remaining_milli
            try:
                acts.grant(officer, NOW, case, licence=Licence.objects.get(pk=licence.pk), quantity_milli=quantity)
            except InputRefused:
                assert quantity > left
                assert not LicenceUse.objects.filter(case=case).exists()
                continue
            assert quantity <= left
            if goes_back:
                assert licences.give_back(officer, NOW, case.declaration) == 1
        held = sum(
            LicenceUse.objects.filter(licence=licence, given_back_at=None).values_list("quantity_milli", flat=True)
        )
        assert Licence.objects.get(pk=licence.pk).remaining_milli == 10_000 - held >= 0
