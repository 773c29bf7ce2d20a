"""Two acts on the same records never wait for each other for ever, wherever one interrupts the other."""

import pytest
from django.db import connection, transaction
from held_rows import circles
from makers_officers import (
    NOW,
    a_case,
    a_declared,
    a_licence,
    a_ready_declaration,
    an_actor,
    at_once,
    trader_of,
)
from test_attach_paper import PDF
from test_decide_permit import an_application
from test_pay_taxes import a_determined, a_security

from tongguan.window.access.actor import SYSTEM
from tongguan.window.charges import acts as charges
from tongguan.window.clearance import officers
from tongguan.window.decisions import acts as decisions
from tongguan.window.declarations.models import Declaration, Request
from tongguan.window.examination import acts as examination
from tongguan.window.journal.models import Entry, record
from tongguan.window.journal.verify import verify
from tongguan.window.lodging import acts as lodging
from tongguan.window.permits import acts as permits

pytestmark = pytest.mark.django_db


def again(kept):
    """The record as an act that begins now finds it."""
    return type(kept).objects.get(pk=kept.pk)


def a_request_to_withdraw(declaration):
    return Request.objects.create(
        declaration=declaration, kind="withdraw", reason="x", asked_by="person:0", asked_at=NOW.at
    )


def withdrawing(declaration):
    asked, officer = a_request_to_withdraw(declaration), an_actor("customs_officer")

    def withdraw():
        officers.decide_request(officer, NOW, again(asked), is_granted=True, reason="x")

    return withdraw


def booking(made, reference="B1"):
    officer = an_actor("customs_officer")

    def book():
        charges.book_payment(
            officer, NOW, again(made), fen=made.total_fen, paid_on=NOW.day, reference=reference, source="officer"
        )

    return book


def paid_and_withdrawn():
    """The bank's word arrives while the declaration is withdrawn."""
    declaration, made = a_determined()
    return booking(made), withdrawing(declaration)


def paid_and_secured():
    declaration, made = a_determined()
    security, trader = a_security(declaration), trader_of(declaration)

    def secure():
        charges.secure(trader, NOW, again(declaration), again(security))

    return booking(made), secure


def paid_and_determined_again():
    declaration, made = a_determined()
    version = declaration.versions.get()
    version.pk, version.number = None, 2
    version.save(force_insert=True)
    Declaration.objects.filter(pk=declaration.pk).update(version=2)
    proposal = charges.propose_redetermination(an_actor("customs_officer"), NOW, again(declaration), reason="x")
    senior = an_actor("customs_senior")

    def confirm():
        decisions.confirm(senior, NOW, again(proposal))

    return booking(made), confirm


def repaid_and_refused():
    """One officer refuses to repay while a second one confirms that it is repaid."""
    declaration, made = a_determined()
    booking(made)()
    refund = charges.request_refund(trader_of(declaration), NOW, again(made), fen=100, ground="overpaid", reason="x")
    officer, senior = an_actor("customs_officer"), an_actor("customs_senior")
    proposal = charges.propose_refund(officer, NOW, refund, reason="x")

    def confirm():
        decisions.confirm(senior, NOW, again(proposal))

    def refuse():
        charges.decide_refund(officer, NOW, again(refund), is_granted=False, reason="x")

    return confirm, refuse


def refused_by_a_body_and_withdrawn():
    declaration = a_declared()
    case = a_case(declaration, requirement="ccc-certificate", body="SAMR")
    a_case(declaration, requirement="radio-approval", body="MIIT")
    proposal = permits.refuse(an_actor("agency_officer", "SAMR"), NOW, case, "x")
    senior = an_actor("agency_senior", "SAMR")

    def confirm():
        decisions.confirm(senior, NOW, again(proposal))

    return confirm, withdrawing(declaration)


def taken_and_proposed_to_refuse():
    """The first two entries of a case's own chain."""
    case = a_case(requirement="ccc-certificate", body="SAMR")
    first, second = an_actor("agency_officer", "SAMR"), an_actor("agency_officer", "SAMR")

    def take():
        permits.take(first, NOW, again(case))

    def propose():
        permits.refuse(second, NOW, again(case), "x")

    return take, propose


def granted_and_changed():
    """A case is granted on the licence that another case of the same declaration gives back, since its facts have changed."""
    declaration = a_declared()
    trader, officer = trader_of(declaration), an_actor("agency_officer", "MOFCOM")
    licences = [a_licence(declaration.importer, 10_000) for _ in range(2)]
    asked = [an_application(f"automatic-licence:{number}") for number in range(3)]
    permits.open_cases(declaration, asked, trader, NOW)
    held = list(declaration.permit_cases.order_by("pk"))
    for case, licence in zip(held, reversed(licences), strict=False):
        permits.grant(officer, NOW, case, licence=licence, quantity_milli=1_000)
    for application in asked:
        application.fields = {"quantity": "12"}

    def grant():
        permits.grant(officer, NOW, again(held[2]), licence=again(licences[1]), quantity_milli=1_000)

    @transaction.atomic
    def change():
        kept = again(declaration)
        Declaration.objects.filter(pk=kept.pk).update(version=2)
        kept.version = 2
        permits.open_cases(kept, asked, trader, NOW)

    return grant, change


def examined_and_reassigned():
    declaration = a_declared(state="accepted")
    first, second = an_actor("customs_examiner"), an_actor("customs_examiner")
    senior = an_actor("customs_senior")
    waiting = examination.order(senior, NOW, declaration, "x", examiner_id=first.person_id)

    def examine():
        officers.examine(first, NOW, again(declaration), "x")

    def reassign():
        examination.reassign(senior, NOW, again(waiting), second.person_id, "x")

    return examine, reassign


def attached_and_released():
    declaration = a_ready_declaration()
    trader, officer = trader_of(declaration), an_actor("customs_officer")

    def attach():
        lodging.attach(trader, NOW, again(declaration), document="00000001", number="1", name="a.pdf", content=PDF)

    def release():
        officers.release(officer, NOW, again(declaration))

    return attach, release


def asked_and_released():
    declaration = a_ready_declaration()
    trader, officer = trader_of(declaration), an_actor("customs_officer")

    def ask():
        lodging.ask_withdrawal(trader, NOW, again(declaration), "x")

    def release():
        officers.release(officer, NOW, again(declaration))

    return ask, release


PAIRS = [
    paid_and_withdrawn, paid_and_secured, paid_and_determined_again, repaid_and_refused, refused_by_a_body_and_withdrawn,
    taken_and_proposed_to_refuse, granted_and_changed, examined_and_reassigned, attached_and_released, asked_and_released,
]  # fmt: skip


@pytest.mark.skipif(
    connection.vendor == "sqlite", reason="the embedded database lets one writer in at a time: no circles"
)
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.__name__)
def test_of_two_acts_one_waits_and_both_come_to_their_end(pair):
    first, second = pair()
    for act in (first, second):  # each by itself does what it is there for
        with transaction.atomic():
            act()
            transaction.set_rollback(True)
    assert circles(first, second) == []


def test_those_who_begin_a_chain_at_once_all_stand_in_it(tmp_path):
    def begin():
        with transaction.atomic():
            record("organisation:1", "invite", actor=SYSTEM, at=NOW.at)

    def read():
        entries = Entry.objects.filter(subject="organisation:1").order_by("sequence")
        return list(entries.values_list("sequence", flat=True)), verify().faults

    outcomes, read_after = at_once([begin] * 4, read, tmp_path)
    assert outcomes == [None] * 4
    assert read_after == ([1, 2, 3, 4], ())
