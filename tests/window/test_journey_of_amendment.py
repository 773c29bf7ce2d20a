"""An amendment run to its end: new version, review again, cases again, tax again by two officers; what was paid counts, the ledger adds up."""

import copy
import datetime as dt

import pytest
from makers import (
    LODGING,
    a_lodged_declaration,
    a_moment,
    a_post,
    an_actor,
    an_organisation,
    declared_facts,
    goods_facts,
)

from tongguan.grammar.findings import InputRefused
from tongguan.window import clock
from tongguan.window.charges import acts as charges
from tongguan.window.charges import ledger
from tongguan.window.charges.models import Determination, Posting
from tongguan.window.clearance import officers
from tongguan.window.decisions import acts as decisions
from tongguan.window.decisions.models import Letter
from tongguan.window.declarations.models import Declaration
from tongguan.window.journal.models import Entry
from tongguan.window.journal.verify import verify
from tongguan.window.lodging import acts
from tongguan.window.permits import acts as permits
from tongguan.window.states import SomeoneWasFirst

pytestmark = pytest.mark.django_db

TAX = 15_761_656  # 9,000 litres for USD 48,600 FOB: checked to the fen in the assessment's own tests


def at(hours=0):
    return a_moment(LODGING + dt.timedelta(hours=hours))


class Story:
    """A wine declaration of one importer, and the officers who work it."""

    def __init__(self):
        self.post = a_post("importer")
        self.trader = an_actor(self.post)
        self.officer = an_actor(a_post("customs_officer"))
        self.senior = an_actor(a_post("customs_senior"))
        self.body = an_actor(a_post("agency_officer", organisation=an_organisation("body", body="GACC")))
        self.pk = a_lodged_declaration(self.post).pk

    @property
    def kept(self):
        return Declaration.objects.select_related("importer", "declarant").get(pk=self.pk)

    def reviewed(self):
        officers.accept(self.officer, at(1), self.kept)
        officers.finish_review(self.officer, at(2), self.kept)
        return self

    def determined(self):
        self.reviewed()
        charges.determine(self.officer, at(3), self.kept)
        return self

    def paid(self, hours=4):
        made = charges.in_force(self.kept)
        due = charges.outstanding(made)
        charges.book_payment(
            self.officer, at(hours), made, fen=due, paid_on=at(hours).day, reference=f"B{made.pk}", source="bank"
        )
        return self

    def amended(self, price, hours=5):
        facts = declared_facts(goods=[goods_facts(total_price=price)])
        asked = acts.ask_amendment(self.trader, at(hours), self.kept, facts, "单价写错")
        officers.decide_request(self.officer, at(hours), asked, is_granted=True, reason="属实")
        return self

    def redetermined(self, hours=6):
        proposal = charges.propose_redetermination(self.officer, at(hours), self.kept, reason="依修改后的价格")
        decisions.confirm(self.senior, at(hours), proposal)
        return self

    def agreed(self, hours=7):
        for case in self.kept.permit_cases.filter(state="requested"):
            permits.grant(self.body, at(hours), case)
        return self

    def balance(self, account):
        return Posting.objects.balance(account, self.post.organisation_id)


def test_an_amendment_opens_the_review_and_the_changed_cases_and_stops_release():
    story = Story().determined().paid().agreed(hours=4)
    assert officers.obstacles(story.kept, at(9).day) == []
    story.amended("50000.00")
    kept = story.kept
    assert (kept.version, kept.state, kept.tax) == (2, "under_review", "paid")
    # Every case was told the value of the goods but the one that is not asked for it: those are opened again.
    assert {case.state for case in kept.permit_cases.filter(requirement="inspection-application")} == {"requested"}
    officers.finish_review(story.officer, at(6), story.kept)
    story.agreed()
    assert [f.code for f in officers.obstacles(story.kept, at(9).day)] == ["release.tax_of_older_facts"]
    with pytest.raises(InputRefused):
        officers.release(story.officer, at(8), story.kept)


def test_a_higher_tax_is_asked_for_less_what_was_paid():
    story = Story().determined().paid().amended("50000.00").redetermined()
    made = charges.in_force(story.kept)
    # USD 1,400 more of value, 7.1788 yuan to the dollar; duty 14 %, consumption tax 10 % and VAT 13 % on it: the version's own answer.
    assert made.total_fen == story.kept.versions.get(number=2).total_fen > TAX
    assert charges.outstanding(made) == made.total_fen - TAX
    assert (story.kept.tax, story.kept.due_fen, made.version) == ("determined", made.total_fen, 2)
    assert story.balance("receivable") == made.total_fen - TAX
    story.paid(hours=7)
    assert story.kept.tax == "paid"
    assert story.balance("receivable") == 0
    assert story.balance("treasury") == made.total_fen
    officers.finish_review(story.officer, at(8), story.kept)
    story.agreed(hours=8)
    officers.release(story.officer, at(9), story.kept)
    officers.clear(story.officer, at(10), story.kept)
    assert ledger.unbalanced() == []
    assert verify().faults == ()


def test_a_lower_tax_is_settled_by_what_was_paid_and_the_rest_can_be_asked_back():
    story = Story().determined().paid().amended("40000.00").redetermined()
    made = charges.in_force(story.kept)
    assert (story.kept.tax, made.settled_at is not None) == ("paid", True)
    over = TAX - made.total_fen
    assert charges.overpaid(made) == over > 0
    assert story.balance("receivable") == -over
    old = Determination.objects.get(version=1)
    with pytest.raises(InputRefused) as refused:
        charges.request_refund(story.trader, at(7), old, fen=over, ground="overpaid", reason="多缴")
    assert [f.code for f in refused.value.findings] == ["charges.replaced"]
    refund = charges.request_refund(story.trader, at(7), made, fen=over, ground="overpaid", reason="多缴")
    proposal = charges.propose_refund(story.officer, at(8), refund, reason="属实")
    decisions.confirm(story.senior, at(9), proposal)
    assert charges.overpaid(made) == 0
    assert (story.balance("receivable"), story.balance("treasury")) == (0, made.total_fen)
    assert story.balance("taxes_determined") + story.balance("surcharges_determined") == -made.total_fen
    assert ledger.unbalanced() == []
    letter = Letter.objects.get(act="refund_granted")
    assert "行政复议" in letter.text_zh
    assert "administrative review first" in letter.text_en


def test_an_unpaid_determination_is_replaced_whole():
    story = Story().determined().amended("40000.00").redetermined()
    made = charges.in_force(story.kept)
    assert story.kept.tax == "determined"
    assert charges.outstanding(made) == made.total_fen == story.balance("receivable")
    assert Determination.objects.get(version=1).annulled_at is not None
    assert Entry.objects.filter(subject=story.kept.subject, act="redetermine").exists()
    assert Letter.objects.filter(act="redetermine", subject=made.subject).exists()


@pytest.mark.parametrize(("price", "state"), [("40000.00", "secured"), ("60000.00", "determined")])
def test_a_security_goes_on_where_it_reaches_and_is_freed_where_not(price, state):
    story = Story().determined()
    security = charges.give_security(
        story.trader, at(3), kind="bank_letter", reference="G1", fen=TAX, from_on=dt.date(2025, 1, 1), until_on=None
    )
    charges.accept_security(story.officer, at(3), security)
    security.refresh_from_db()
    charges.secure(story.trader, at(4), story.kept, security)
    story.amended(price).redetermined()
    security.refresh_from_db()
    assert story.kept.tax == state
    assert (security.used_fen > 0) is (state == "secured")
    assert ledger.unbalanced() == []


def test_one_officer_alone_does_not_change_the_tax():
    story = Story().determined().amended("40000.00")
    proposal = charges.propose_redetermination(story.senior, at(6), story.kept, reason="依修改后的价格")
    with pytest.raises(InputRefused) as refused:
        decisions.confirm(story.senior, at(6), proposal)
    assert [f.code for f in refused.value.findings] == ["decisions.own_proposal"]
    assert charges.in_force(story.kept).version == 1


def test_a_proposal_does_not_outlive_the_facts_it_was_made_on():
    story = Story().determined().amended("40000.00")
    proposal = charges.propose_redetermination(story.officer, at(6), story.kept, reason="依修改后的价格")
    story.amended("41000.00", hours=7)
    with pytest.raises(InputRefused) as refused:
        decisions.confirm(story.senior, at(8), proposal)
    assert [f.code for f in refused.value.findings] == ["decisions.facts_changed"]


def test_the_same_facts_are_not_determined_twice():
    story = Story().determined()
    with pytest.raises(InputRefused) as refused:
        charges.propose_redetermination(story.officer, at(4), story.kept, reason="再算一次")
    assert [f.code for f in refused.value.findings] == ["charges.same_facts"]
    with pytest.raises(SomeoneWasFirst):
        charges.determine(story.officer, at(4), story.kept)


def test_what_was_not_accepted_is_not_determined():
    story = Story()
    with pytest.raises(InputRefused) as refused:
        charges.determine(story.officer, at(1), story.kept)
    assert [f.code for f in refused.value.findings] == ["charges.not_accepted"]


@pytest.mark.parametrize("is_paid", [False, True])
def test_a_withdrawn_declaration_owes_nothing_and_what_was_paid_can_be_asked_back(is_paid):
    story = Story().determined()
    if is_paid:
        story.paid()
    asked = acts.ask_withdrawal(story.trader, at(5), story.kept, "货物未到")
    officers.decide_request(story.officer, at(6), asked, is_granted=True, reason="属实")
    made = Determination.objects.get()
    assert story.kept.state == "withdrawn"
    assert made.annulled_at is not None
    assert charges.overpaid(made) == (TAX if is_paid else 0)
    assert story.balance("receivable") == (-TAX if is_paid else 0)
    assert ledger.unbalanced() == []
    if is_paid:
        refund = charges.request_refund(story.trader, at(7), made, fen=TAX, ground="overpaid", reason="已撤销")
        decisions.confirm(story.senior, at(9), charges.propose_refund(story.officer, at(8), refund, reason="属实"))
        assert (story.balance("receivable"), story.balance("treasury")) == (0, 0)
    else:
        with pytest.raises(InputRefused):
            charges.tell_payment(story.trader, at(7), made, fen=TAX, paid_on=at(7).day, reference="B9")


def test_a_withdrawal_frees_the_security():
    story = Story().determined()
    security = charges.give_security(
        story.trader, at(3), kind="bank_letter", reference="G1", fen=TAX, from_on=dt.date(2025, 1, 1), until_on=None
    )
    charges.accept_security(story.officer, at(3), security)
    security.refresh_from_db()
    charges.secure(story.trader, at(4), story.kept, security)
    asked = acts.ask_withdrawal(story.trader, at(5), story.kept, "货物未到")
    officers.decide_request(story.officer, at(6), asked, is_granted=True, reason="属实")
    security.refresh_from_db()
    assert (security.used_fen, story.kept.tax) == (0, "open")
    assert story.balance("guarantees_in_use") == 0


def test_two_steps_leave_against_security_and_end_with_the_tax_of_the_complete_facts():
    story = Story()
    summary = copy.deepcopy(declared_facts(header={"procedure": "summary"}))
    kept = acts.lodge(story.trader, at(), summary, importer_id=story.post.organisation_id, reference="TWO-1")
    story.pk = kept.pk
    officers.accept(story.officer, at(1), story.kept)
    most = charges.amount_to_secure(story.kept)
    security = charges.give_security(
        story.trader, at(1), kind="general", reference="G1", fen=most, from_on=dt.date(2025, 1, 1), until_on=None
    )
    charges.accept_security(story.officer, at(1), security)
    security.refresh_from_db()
    charges.secure(story.trader, at(2), story.kept, security)
    story.agreed(hours=2)
    officers.release_provisionally(story.officer, at(3), story.kept)
    acts.save(story.trader, at(4), story.kept, declared_facts(header={"procedure": "complete"}))
    ready = acts.prepare(acts.facts_to_write(story.kept), at(5))
    acts.complete(story.trader, at(5), story.kept, ready.digest)
    charges.determine(story.officer, at(6), story.kept)
    assert story.kept.tax == "secured"
    story.paid(hours=7)
    story.agreed(hours=7)
    officers.clear(story.officer, at(8), story.kept)
    security.refresh_from_db()
    assert (story.kept.state, security.used_fen) == ("cleared", 0)
    assert clock.day_of(story.kept.released_at) <= clock.day_of(story.kept.cleared_at)
    assert verify().faults == ()
