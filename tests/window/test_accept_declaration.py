"""The life of a declaration: only the steps of the table, each by those who may, the journal whole after every one, whatever the order."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from makers_officers import NOW, a_case, a_declared, a_moment, an_actor, codes_of, trader_of

from tongguan.grammar.findings import InputRefused
from tongguan.window.access.actor import NotAllowed
from tongguan.window.clearance import officers
from tongguan.window.clearance.views import ACTS
from tongguan.window.decisions import acts as decisions
from tongguan.window.decisions.models import Letter
from tongguan.window.declarations.models import EXAMINATION, STATE, TAX, Declaration
from tongguan.window.journal.models import Entry
from tongguan.window.journal.verify import verify
from tongguan.window.permits import acts as permits
from tongguan.window.permits.models import LIFE
from tongguan.window.states import SomeoneWasFirst, move

pytestmark = pytest.mark.django_db
BY_STATE = [name for name, (column, _, _) in ACTS.items() if column == "state"]


def with_reason(name):
    column, act, _ = ACTS[name]
    step = (STATE if column == "state" else EXAMINATION).transitions[act]
    return ("写明的理由",) if step.needs_reason else ()


@pytest.mark.parametrize("state", STATE.states)
@pytest.mark.parametrize("name", BY_STATE)
def test_an_act_leads_only_from_the_states_of_the_table(name, state):
    """Where the table has no such step, nothing moves, and the officer is told."""
    declaration = a_declared(
        state=state, tax="paid", kind="two_step" if name == "release_provisionally" else "one_step"
    )
    officer = an_actor("customs_senior")
    do, is_lawful = ACTS[name][2], state in STATE.transitions[ACTS[name][1]].from_states
    if is_lawful:
        do(officer, NOW, declaration, *with_reason(name))
        assert Entry.objects.filter(subject=declaration.subject).exists()
        return
    with pytest.raises((InputRefused, NotAllowed)):
        do(officer, NOW, declaration, *with_reason(name))
    assert Declaration.objects.get(pk=declaration.pk).state == state
    assert not Entry.objects.filter(subject=declaration.subject).exists()


@pytest.mark.parametrize("table", [STATE, TAX, EXAMINATION, LIFE], ids=["state", "tax", "examination", "permit"])
def test_nothing_leads_on_from_a_final_state_and_every_state_is_reached(table):
    for name, state in table.states.items():
        leads_on = [act for act, step in table.transitions.items() if name in step.from_states]
        assert not (state.is_final and leads_on), name
    reached = {step.to for step in table.transitions.values()} | {next(iter(table.states))}
    assert reached == set(table.states)


def test_acceptance_keeps_its_day_and_returns_say_why():
    officer = an_actor("customs_officer")
    declaration = a_declared()
    officers.accept(officer, a_moment(minutes=7), declaration)
    assert declaration.accepted_at == a_moment(minutes=7).at
    other = a_declared()
    with pytest.raises(InputRefused) as refused:
        officers.return_(officer, NOW, other, "  ")
    assert codes_of(refused) == ["window.reason_missing"]
    officers.return_(officer, NOW, other, "商品编号与品名不符")
    assert "商品编号与品名不符" in Letter.objects.get(declaration_id=other.pk).text_zh


def test_a_withdrawal_is_decided_once_with_a_letter():
    officer = an_actor("customs_officer")
    declaration = a_declared(state="reviewed")
    case = a_case(declaration)
    asked = declaration.requests.create(kind="withdraw", reason="合同取消", asked_by="person:1", asked_at=NOW.at)
    officers.decide_request(officer, NOW, asked, is_granted=True, reason="理由成立")
    declaration.refresh_from_db()
    case.refresh_from_db()
    assert (declaration.state, case.state) == ("withdrawn", "dropped")
    assert Letter.objects.get(declaration_id=declaration.pk).act == "withdraw_granted"
    with pytest.raises(InputRefused):
        officers.decide_request(officer, NOW, asked, is_granted=False, reason="再次决定")


def test_what_is_selected_for_examination_is_not_withdrawn():
    declaration = a_declared(state="reviewed", examination="selected")
    asked = declaration.requests.create(kind="withdraw", reason="合同取消", asked_by="person:1", asked_at=NOW.at)
    with pytest.raises(InputRefused) as refused:
        officers.decide_request(an_actor("customs_officer"), NOW, asked, is_granted=True, reason="同意")
    assert codes_of(refused) == ["release.request_under_examination"]
    officers.decide_request(an_actor("customs_officer"), NOW, asked, is_granted=False, reason="已布控查验")
    declaration.refresh_from_db()
    assert declaration.state == "reviewed"


def test_a_referral_takes_two_people():
    declaration = a_declared(state="suspended")
    officer, senior = an_actor("customs_officer"), an_actor("customs_senior")
    proposal = officers.refer(officer, NOW, declaration, "涉嫌走私")
    declaration.refresh_from_db()
    assert declaration.state == "suspended"
    with pytest.raises(NotAllowed):
        decisions.confirm(an_actor("customs_officer"), NOW, proposal)
    decisions.confirm(senior, NOW, proposal)
    declaration.refresh_from_db()
    assert declaration.state == "referred"


class Life(RuleBasedStateMachine):
    """Officers, bodies and payers act in any order. What the machine believes is told by its own few rules, not by the code."""

    @initialize(cases=st.integers(0, 2))
    def begin(self, cases):
        self.undone = transaction.atomic()
        self.undone.__enter__()
        self.declaration = a_declared()
        self.officer, self.senior = an_actor("customs_officer"), an_actor("customs_senior")
        self.examiner, self.trader = an_actor("customs_examiner"), trader_of(self.declaration)
        self.body, self.body_senior = an_actor("agency_officer", "SAMR"), an_actor("agency_senior", "SAMR")
        self.cases = [a_case(self.declaration, body="SAMR", requirement=f"paper-{n}") for n in range(cases)]
        self.releases, self.minute = 0, 0

    def teardown(self):
        if hasattr(self, "undone"):
            transaction.set_rollback(True)
            self.undone.__exit__(None, None, None)

    def moment(self):
        self.minute += 1
        return a_moment(minutes=self.minute)

    def attempt(self, act):
        """An act is done or refused; it never fails in another way."""
        self.declaration.refresh_from_db()
        try:
            act()
        except InputRefused:
            return False
        return True

    @rule(name=st.sampled_from(["accept", "return", "begin_review", "finish_review", "suspend", "resume", "clear"]))
    def work(self, name):
        before = Declaration.objects.get(pk=self.declaration.pk).state
        done = self.attempt(lambda: ACTS[name][2](self.officer, self.moment(), self.declaration, *with_reason(name)))
        assert not done or before in STATE.transitions[ACTS[name][1]].from_states

    @rule()
    def lodge_again(self):
        self.attempt(lambda: move(self.declaration, STATE, "lodge_again", actor=self.trader, moment=self.moment()))

    @rule(act=st.sampled_from(["determine", "find_nothing_due", "secure", "pay"]))
    def tax(self, act):
        by = self.trader if TAX.transitions[act].action == "give_security" else self.officer
        self.attempt(lambda: move(self.declaration, TAX, act, actor=by, moment=self.moment(), field="tax"))

    @rule()
    def select(self):
        before = Declaration.objects.get(pk=self.declaration.pk)
        if self.attempt(lambda: officers.select(self.officer, self.moment(), self.declaration, "布控")):
            assert before.state in {"accepted", "under_review", "reviewed"}

    @rule(is_wanting=st.booleans())
    def examine(self, is_wanting):
        act = officers.find_wanting if is_wanting else officers.examine
        self.attempt(lambda: act(self.examiner, self.moment(), self.declaration, "开箱查看"))

    @rule()
    def settle(self):
        self.attempt(
            lambda: decisions.confirm(
                self.senior, self.moment(), officers.settle(self.officer, self.moment(), self.declaration, "已改正")
            )
        )

    @precondition(lambda self: self.cases)
    @rule(act=st.sampled_from(["begin", "ask", "answer", "grant", "refuse"]), which=st.integers(0, 1))
    def decide(self, act, which):
        case = self.cases[which % len(self.cases)]
        case.refresh_from_db()
        by = self.trader if act == "answer" else self.body
        words = () if act in {"begin", "grant"} else ("写明的理由",)
        if act == "refuse":
            self.attempt(
                lambda: decisions.confirm(
                    self.body_senior, self.moment(), permits.refuse(by, self.moment(), case, *words)
                )
            )
        else:
            self.attempt(lambda: getattr(permits, act)(by, self.moment(), case, *words))

    @rule()
    def release(self):
        kept = Declaration.objects.get(pk=self.declaration.pk)
        is_free = (
            kept.state == "reviewed"
            and kept.tax in {"paid", "secured", "none_due"}
            and kept.examination in {"not_selected", "examined"}
            and all(case.state == "granted" for case in kept.permit_cases.all())
        )
        done = self.attempt(lambda: officers.release(self.officer, self.moment(), self.declaration))
        assert done is is_free
        self.releases += done

    @invariant()
    def released_at_most_once(self):
        if not hasattr(self, "declaration"):
            return
        assert self.releases <= 1
        assert Entry.objects.filter(subject=self.declaration.subject, act="release").count() == self.releases

    @invariant()
    def the_journal_is_whole_and_says_where_the_record_is(self):
        if not hasattr(self, "declaration"):
            return
        assert verify().faults == ()
        now = Declaration.objects.get(pk=self.declaration.pk)
        for column, table in (("state", STATE), ("tax", TAX), ("examination", EXAMINATION)):
            last = (
                Entry.objects.filter(subject=self.declaration.subject, act__in=table.transitions)
                .order_by("sequence")
                .last()
            )
            assert last is None or last.state_after == getattr(now, column)


@pytest.mark.one_transaction
def test_whatever_the_order_goods_leave_once_and_only_when_nothing_stands_against_it():
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=25,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )


def test_of_two_the_second_is_told_what_the_state_is_now():
    declaration = a_declared()
    stale = Declaration.objects.get(pk=declaration.pk)
    officers.accept(an_actor("customs_officer"), NOW, declaration)
    with pytest.raises(SomeoneWasFirst) as told:
        officers.return_(an_actor("customs_senior"), NOW, stale, "退单理由")
    assert "接受申报" in told.value.findings[0].message("zh")
