"""Attacks on money: too little security, days moved back, repaid twice, somebody else's security, an authority that is over."""

import datetime as dt

import pytest
from makers import a_post, an_entrustment, an_organisation
from makers_officers import AT, NOW, a_case, a_moment, an_actor, at_once, booked, codes_of, trader_of
from makers_programs import Program
from test_pay_taxes import a_determined, a_paid, a_security, an_assessed

from tongguan.grammar.findings import InputRefused
from tongguan.window.access.actor import NotAllowed
from tongguan.window.accounts import acts as accounts
from tongguan.window.charges import acts, ledger
from tongguan.window.charges.models import Determination, Payment, Posting, Refund, Security
from tongguan.window.decisions import acts as decisions
from tongguan.window.declarations.models import Declaration
from tongguan.window.permits import acts as permits
from tongguan.window.states import SomeoneWasFirst

pytestmark = pytest.mark.django_db


def program_of(declaration):
    return Program("importer", post=a_post("importer", organisation=declaration.importer))


def by_broker(importer, broker):
    """A determined declaration of the importer that the broker declared."""
    declaration, made = a_determined(importer=importer)
    Declaration.objects.filter(pk=declaration.pk).update(declarant=broker)
    made.declaration.declarant = declaration.declarant = broker
    return declaration, made


# --- security ---------------------------------------------------------------------------------------------------------------------


def test_a_fen_does_not_stand_for_a_fortune():
    declaration, made = a_determined()
    security = a_security(declaration)
    told = {"security_id": security.pk, "amount": {"amount": "0.01"}}
    answer = program_of(declaration).send("post", f"/declarations/{declaration.pk}/secure", told)
    assert answer.status_code == 422
    assert Declaration.objects.get(pk=declaration.pk).tax == "determined"
    with pytest.raises(InputRefused):
        acts.secure(trader_of(declaration), NOW, declaration, security, made.total_fen - 1)


def test_before_the_tax_is_fixed_a_fen_does_not_stand_for_the_most_it_may_become():
    declaration = an_assessed()
    security = a_security(declaration)
    with pytest.raises(InputRefused):
        acts.secure(trader_of(declaration), NOW, declaration, security, 1)
    assert Declaration.objects.get(pk=declaration.pk).tax == "open"


def test_what_stands_already_is_told_and_not_taken_twice(client_as):
    declaration, made = a_determined()
    security = a_security(declaration, fen=made.total_fen * 3)
    acts.secure(trader_of(declaration), NOW, declaration, security)
    again = Declaration.objects.get(pk=declaration.pk)
    with pytest.raises(SomeoneWasFirst):
        acts.secure(trader_of(declaration), NOW, again, security)
    security.refresh_from_db()
    assert security.used_fen == made.total_fen
    told = {"security_id": security.pk}
    assert program_of(declaration).send("post", f"/declarations/{declaration.pk}/secure", told).status_code == 409
    payer = client_as("importer", organisation=declaration.importer)
    assert payer.post(f"/declarations/{declaration.pk}/secure/", {"security": security.pk}).status_code == 200


def test_an_importer_does_not_see_the_securities_of_its_broker(client_as):
    importer, broker = an_organisation(), an_organisation("broker")
    declaration = by_broker(importer, broker)[0]
    Security.objects.create(
        organisation=broker, kind="bank_letter", reference="BROKERS-OWN-77", amount_fen=99, from_on=dt.date(2025, 1, 1),
        given_at=AT, accepted_at=AT,
    )  # fmt: skip
    page = client_as("importer", organisation=importer).get(f"/declarations/{declaration.pk}/secure/")
    assert page.status_code == 200
    assert "BROKERS-OWN-77" not in page.content.decode()


@pytest.mark.parametrize("amount", ["-1.00", "0", "1e3", "NaN", "Infinity", "9" * 30, "0.001", "１２", "", " 1"])
def test_amounts_that_are_none_are_refused(amount):
    program = Program("importer")
    told = {"kind": "deposit", "reference": "S", "amount": {"amount": amount}, "from_on": "2026-01-01"}
    answer = program.send("post", "/securities", told)
    assert answer.status_code in {201, 422}, answer.status_code
    if answer.status_code == 201:  # written another way, but an amount
        assert amount in {"1e3", "１２", " 1"}
    assert not Security.objects.filter(amount_fen__lte=0).exists()


def test_sums_stay_within_what_the_database_can_add():
    program = Program("importer")
    officer = an_actor("customs_senior")
    told = {"kind": "deposit", "amount": {"amount": "9" * 15 + ".99"}, "from_on": "2026-01-01"}
    for number in range(100):
        answer = program.send("post", "/securities", told | {"reference": f"S{number}"})
        if answer.status_code != 201:
            break
        acts.accept_security(officer, NOW, Security.objects.get(pk=answer.json()["id"]))
    assert Posting.objects.balance("treasury") >= 0


# --- an authority that is over ----------------------------------------------------------------------------------------------------


def a_broker_whose_authority_is_taken_back():
    importer, broker = an_organisation(), an_organisation("broker")
    given = an_entrustment(importer, broker)
    declaration, made = by_broker(importer, broker)
    security = a_security(declaration)
    accounts.end_entrustment(an_actor("importer", organisation=importer), NOW, given.pk)
    return declaration, made, security, an_actor("broker", organisation=broker)


def test_a_broker_without_authority_neither_pays_nor_pledges_nor_asks_back():
    declaration, made, security, broker = a_broker_whose_authority_is_taken_back()
    with pytest.raises(InputRefused) as refused:
        acts.secure(broker, NOW, declaration, security)
    assert codes_of(refused) == ["accounts.no_authority"]
    with pytest.raises(InputRefused) as refused:
        acts.tell_payment(broker, NOW, made, fen=made.total_fen, paid_on=NOW.day, reference="X1")
    assert codes_of(refused) == ["accounts.no_authority"]
    booked(made, NOW, reference="X2")
    with pytest.raises(InputRefused) as refused:
        acts.request_refund(broker, NOW, made, fen=1, ground="overpaid", reason="x")
    assert codes_of(refused) == ["accounts.no_authority"]


def test_a_broker_without_authority_does_not_answer_for_the_importer():
    declaration, _, _, broker = a_broker_whose_authority_is_taken_back()
    case = a_case(declaration, state="questioned")
    with pytest.raises(InputRefused) as refused:
        permits.answer(broker, NOW, case, "we agree to everything")
    assert codes_of(refused) == ["accounts.no_authority"]


# --- days and notices -------------------------------------------------------------------------------------------------------------


def test_a_payer_does_not_move_the_day_back_to_save_the_surcharge():
    declaration, made = a_determined()
    late = a_moment(days=100)
    with pytest.raises(InputRefused) as refused:
        acts.tell_payment(trader_of(declaration), late, made, fen=made.total_fen, paid_on=made.due_on, reference="B1")
    assert codes_of(refused) == ["charges.earlier_day_from_bank"]
    # The bank's own word counts, whenever it comes.
    booked = acts.reconcile(an_actor("customs_officer"), late, [
        {"notice": made.notice_number, "amount": f"{made.total_fen / 100:.2f}", "paid_on": made.due_on.isoformat(), "reference": "B1"}
    ])  # fmt: skip
    assert booked[0][1] == ()


@pytest.mark.parametrize("day", ["0001-01-01", "1900-01-01", "2026-03-09", "9999-12-31"])
def test_a_notice_is_not_paid_before_it_was_made_or_in_the_far_future(client_as, day):
    declaration, made = a_determined()
    payer = client_as("importer", organisation=declaration.importer)
    page = payer.post(
        f"/charges/{made.pk}/pay/", {"amount": f"{made.total_fen / 100:.2f}", "paid_on": day, "reference": "B2"}
    )
    assert page.status_code == 422
    told = {"amount": {"amount": f"{made.total_fen / 100:.2f}"}, "paid_on": day, "reference": "B2"}
    assert program_of(declaration).send("post", f"/notices/{made.pk}/payments", told).status_code == 422
    assert not Payment.objects.exists()


def test_a_strangers_notice_is_neither_paid_nor_asked_back():
    _, made = a_determined()
    stranger = Program("importer")
    told = {"amount": {"amount": "1.00"}, "paid_on": "2026-03-10", "reference": "B3"}
    assert stranger.send("post", f"/notices/{made.pk}/payments", told).status_code == 404
    told = {"amount": {"amount": "1.00"}, "ground": "overpaid", "reason": "x"}
    assert stranger.send("post", f"/notices/{made.pk}/refunds", told).status_code == 404
    assert stranger.send("get", f"/notices/{made.pk}").status_code == 404


@pytest.mark.parametrize(
    "number", ["TG" + "²" * 17, "TG" + "٣" * 17, "TG" + "9" * 17, "TG-0000000000000001", "", "TG20260310" + "0" * 9]
)
def test_a_banks_file_with_odd_numbers_is_handed_back(number):
    row = {"notice": number, "amount": "1.00", "paid_on": "2026-03-10", "reference": "B4"}
    [(_, found)] = acts.reconcile(an_actor("customs_officer"), NOW, [row])
    assert [f.code for f in found] == ["charges.notice_unknown"]


# --- repaid twice -----------------------------------------------------------------------------------------------------------------


def two_requests_for_one_payment():
    """Asked on the determination that stood first, and again on the one that replaced it: proposals to grant either."""
    declaration, made = a_paid()
    trader, officer = trader_of(declaration), an_actor("customs_officer")
    first = acts.request_refund(trader, a_moment(days=2), made, fen=made.total_fen, ground="overpaid", reason="a")
    Determination.objects.filter(pk=made.pk).update(annulled_at=AT)
    again = Determination.objects.create(
        declaration=declaration, version=1, kind="original", lines=[], total_fen=0, because="x", determined_by="person:0", determined_at=AT,
    )  # fmt: skip
    second = acts.request_refund(trader, a_moment(days=2), again, fen=made.total_fen, ground="overpaid", reason="b")
    return [acts.propose_refund(officer, a_moment(days=3), one, reason="属实") for one in (first, second)]


def test_one_payment_is_repaid_once_however_many_ask_for_it(tmp_path):
    """Confirmed in the same instant."""
    proposals, senior = two_requests_for_one_payment(), an_actor("customs_senior")
    outcomes, granted = at_once(
        [lambda p=p: decisions.confirm(senior, a_moment(days=4), p) for p in proposals],
        lambda: (Refund.objects.filter(decision="granted").count(), ledger.unbalanced()),
        tmp_path,
    )
    assert granted == (1, []), outcomes
    assert [o for o in outcomes if isinstance(o, InputRefused)]


@pytest.mark.parametrize("newest_first", [False, True])
def test_a_request_on_a_replaced_determination_is_not_granted(newest_first):
    """Whichever is confirmed first: what was paid counts for the determination in place of the old one, and is asked back there."""
    old, new = two_requests_for_one_payment()
    senior = an_actor("customs_senior")
    if newest_first:
        decisions.confirm(senior, a_moment(days=4), new)
    with pytest.raises(InputRefused) as refused:
        decisions.confirm(senior, a_moment(days=4), old)
    assert codes_of(refused) == ["charges.replaced"]
    if not newest_first:
        decisions.confirm(senior, a_moment(days=4), new)
    assert Refund.objects.filter(decision="granted").count() == 1
    assert ledger.unbalanced() == []


def test_a_program_of_the_proposer_does_not_confirm_and_neither_do_their_other_posts():
    declaration, made = a_paid()
    refund = acts.request_refund(trader_of(declaration), a_moment(days=2), made, fen=100, ground="overpaid", reason="a")
    post = a_post("customs_senior")
    program = Program("customs_senior", post=post)
    answer = program.do(f"/refunds/{refund.pk}/propose", {"reason": "属实"})
    from makers import an_actor as in_post

    from tongguan.window.decisions.models import Proposal

    proposal = Proposal.objects.get(pk=answer["id"])
    elsewhere = a_post("customs_senior", person=post.person, organisation=an_organisation("body", body="XCUSTOMS"))
    for actor, code in (
        (in_post(post), "decisions.own_proposal"),
        (in_post(elsewhere), "decisions.own_proposal"),
        (program.key.actor(), "decisions.people_confirm"),
        (Program("customs_senior").key.actor(), "decisions.people_confirm"),
    ):
        with pytest.raises(InputRefused) as refused:
            decisions.confirm(actor, a_moment(days=3), proposal)
        assert codes_of(refused) == [code]
    with pytest.raises(NotAllowed):
        decisions.confirm(in_post(a_post("agency_senior")), a_moment(days=3), proposal)


def test_the_entry_of_a_payment_from_the_banks_file_names_the_key_that_sent_it():
    from tongguan.window.journal.models import Entry

    declaration, made = a_determined()
    program = Program("customs_officer")
    program.do("/reconciliations", {"rows": [
        {"notice": made.notice_number, "amount": f"{made.total_fen / 100:.2f}", "paid_on": "2026-03-10", "reference": "K1"}
    ]})  # fmt: skip
    entries = Entry.objects.filter(subject=declaration.subject, act="pay")
    assert [e.actor for e in entries] == [f"key:{program.key.pk}"]


def test_a_signed_in_payer_cannot_add_fields_of_its_own(client_as):
    """Mass assignment: what a form does not ask for is not taken."""
    declaration, made = a_determined()
    payer = client_as("importer", organisation=declaration.importer)
    payer.post("/charges/securities/give/", {
        "kind": "deposit", "reference": "M1", "amount": "100", "from_on": "2026-03-10", "accepted_at": "2026-03-10", "used_fen": "-5",
        "organisation": "1", "organisation_id": "1", "amount_fen": "999999",
    })  # fmt: skip
    [made] = Security.objects.all()
    assert (made.organisation_id, made.accepted_at, made.used_fen, made.amount_fen) == (
        declaration.importer_id,
        None,
        0,
        10_000,
    )
    told = {
        "kind": "deposit",
        "reference": "M2",
        "amount": {"amount": "1.00"},
        "from_on": "2026-03-10",
        "accepted_at": "2026-03-10T00:00:00Z",
    }
    assert program_of(declaration).send("post", "/securities", told).status_code == 422
