"""Nobody acts for the State on the goods of a firm, or of its broker, where they hold or held a post: every act of an officer, one by one."""

import datetime as dt

import pytest
from makers import a_person, a_post, an_organisation
from makers_officers import NOW, a_case, a_declared, a_moment, an_actor, booked, codes_of, trader_of
from makers_programs import Program, a_key
from test_pay_taxes import a_determined, an_assessed

from tongguan.grammar.findings import InputRefused
from tongguan.window.access.actor import Actor
from tongguan.window.charges import acts as charges
from tongguan.window.charges.models import Determination, Payment, PaymentTold, Refund, Security
from tongguan.window.clearance import officers
from tongguan.window.clearance.views import ACTS
from tongguan.window.decisions import acts as decisions
from tongguan.window.decisions import firms
from tongguan.window.decisions.models import Proposal
from tongguan.window.declarations.models import Declaration, Request
from tongguan.window.examination import acts as examination
from tongguan.window.examination import lots
from tongguan.window.examination.models import Order
from tongguan.window.journal.models import Entry
from tongguan.window.permits import acts as permits
from tongguan.window.permits import licences
from tongguan.window.permits.models import Case

pytestmark = pytest.mark.django_db
PARTIES = ["importer", "broker"]


def a_shipment(**facts):
    """Goods of an importer, filed by its broker."""
    return a_declared(declarant=an_organisation("broker"), **facts)


def an_insider(role, declaration, party, body="", **facts):
    """An officer who also holds a post at the importer or at its broker."""
    actor = an_actor(role, body=body)
    firm = declaration.importer if party == "importer" else declaration.declarant
    from tongguan.window.accounts.models import Person

    a_post(party, organisation=firm, person=Person.objects.get(pk=actor.person_id), **facts)
    return actor


def refused_to(act):
    """What an act says to somebody with an interest; nothing of it is kept."""
    before = Entry.objects.count()
    with pytest.raises(InputRefused) as refused:
        act()
    assert Entry.objects.count() == before
    return codes_of(refused)


STATES = {
    "accept": {"state": "lodged"},
    "return": {"state": "lodged"},
    "begin_review": {"state": "accepted"},
    "finish_review": {"state": "accepted"},
    "select": {"state": "accepted"},
    "examine": {"state": "accepted", "examination": "selected"},
    "find_wanting": {"state": "accepted", "examination": "selected"},
    "settle": {"state": "accepted", "examination": "found_wanting"},
    "suspend": {"state": "accepted"},
    "resume": {"state": "suspended"},
    "refer": {"state": "suspended"},
    "release": {"state": "reviewed", "tax": "paid"},
    "release_provisionally": {"state": "accepted", "tax": "none_due", "kind": "two_step"},
    "clear": {"state": "released", "tax": "paid"},
}


@pytest.mark.parametrize("party", PARTIES)
@pytest.mark.parametrize("name", list(ACTS))
def test_no_act_of_customs_on_goods_of_ones_own_firm(name, party):
    do = ACTS[name][2]
    declaration = a_shipment(**STATES[name])
    if declaration.examination == "selected":
        Order.objects.create(
            declaration=declaration, reason="x", ordered_by="person:0", ordered_at=NOW.at, waiting_since=NOW.at
        )
    role = "customs_examiner" if name in {"examine", "find_wanting"} else "customs_officer"
    insider, other = an_insider(role, declaration, party), an_actor(role)
    more = ("核对无误",) if name in WITH_REASON else ()
    assert refused_to(lambda: do(insider, NOW, declaration, *more)) == ["window.interest"]
    do(other, NOW, Declaration.objects.get(pk=declaration.pk), *more)  # and nothing else stood against it


WITH_REASON = {"return", "select", "examine", "find_wanting", "settle", "suspend", "resume", "refer"}


@pytest.mark.parametrize("party", PARTIES)
def test_nobody_takes_ones_own_firms_goods_from_the_queue(party):
    declaration = a_shipment()
    insider = an_insider("customs_officer", declaration, party)
    assert refused_to(lambda: officers.take(insider, NOW, declaration)) == ["window.interest"]
    Declaration.objects.filter(pk=declaration.pk).update(officer=insider.person_id)
    officers.put_back(insider, NOW, declaration)  # whoever took it before they got the post can let it go


@pytest.mark.parametrize("party", PARTIES)
@pytest.mark.parametrize("is_granted", [True, False])
def test_no_request_of_ones_own_firm_is_decided(party, is_granted):
    declaration = a_shipment(state="accepted")
    asked = Request.objects.create(
        declaration=declaration, kind="withdraw", reason="x", asked_by="person:0", asked_at=NOW.at
    )
    insider = an_insider("customs_officer", declaration, party)
    assert refused_to(lambda: officers.decide_request(insider, NOW, asked, is_granted=is_granted, reason="同意")) == [
        "window.interest"
    ]


MONEY = {
    "determine": lambda a, d: charges.determine(a, NOW, d),
    "redetermine": lambda a, d: charges.propose_redetermination(a, NOW, d, reason="x"),
    "collect": lambda a, d: charges.collect_shortfall(a, NOW, d, fen=100, ground="no_fault", reason="x"),
}


@pytest.mark.parametrize("party", PARTIES)
@pytest.mark.parametrize("name", list(MONEY))
def test_no_tax_of_ones_own_firm_is_fixed(name, party):
    declaration = an_assessed(declarant=an_organisation("broker"))
    insider = an_insider("customs_officer", declaration, party)
    assert refused_to(lambda: MONEY[name](insider, declaration)) == ["window.interest"]
    assert not Determination.objects.exists()


@pytest.mark.parametrize("party", PARTIES)
def test_no_payment_of_ones_own_firm_is_confirmed_booked_or_struck(party):
    declaration, made = a_determined(declarant=an_organisation("broker"))
    told = charges.tell_payment(
        trader_of(declaration), NOW, made, fen=made.total_fen, paid_on=NOW.day, reference="B1"
    )  # fmt: skip
    insider = an_insider("customs_senior", declaration, party)
    assert refused_to(lambda: charges.confirm_payment(insider, NOW, told, paid_on=NOW.day)) == ["window.interest"]
    assert refused_to(lambda: charges.strike_payment(insider, NOW, told, reason="x")) == ["window.interest"]
    row = {"notice": made.notice_number, "amount": "157616.56", "paid_on": "2026-03-10", "reference": "B1"}
    _, other = a_determined()
    rows = [row, row | {"notice": other.notice_number, "reference": "B2"}]
    answered = charges.reconcile(insider, NOW, rows)
    assert [[one.code for one in found] for _, found in answered] == [["window.interest"], []]
    assert (Payment.objects.count(), PaymentTold.objects.get().outcome) == (1, "")


@pytest.mark.parametrize("party", PARTIES)
def test_no_money_of_ones_own_firm_is_repaid_and_no_refusal_given(party):
    declaration, made = a_determined(declarant=an_organisation("broker"))
    booked(made, NOW)
    refund = charges.request_refund(trader_of(declaration), NOW, made, fen=1, ground="overpaid", reason="x")
    insider = an_insider("customs_senior", declaration, party)
    assert refused_to(lambda: charges.propose_refund(insider, NOW, refund, reason="x")) == ["window.interest"]
    assert refused_to(
        lambda: charges.decide_refund(insider, NOW, refund, is_granted=False, reason="x")
    ) == ["window.interest"]  # fmt: skip
    proposal = charges.propose_refund(an_actor("customs_officer"), NOW, refund, reason="x")
    assert refused_to(lambda: decisions.confirm(insider, NOW, proposal)) == ["window.interest"]
    assert refused_to(lambda: decisions.refuse(insider, NOW, proposal, "x")) == ["window.interest"]
    assert (Proposal.objects.get().outcome, Refund.objects.get().decision) == ("", "")


@pytest.mark.parametrize("party", PARTIES)
@pytest.mark.parametrize(("act", "state"), [("refer", {"state": "suspended"}), ("settle", STATES["settle"])])
def test_nobody_is_the_second_pair_of_eyes_for_ones_own_firm(party, act, state):
    declaration = a_shipment(**state)
    proposal = getattr(officers, act)(an_actor("customs_officer"), NOW, declaration, "x")
    insider = an_insider("customs_senior", declaration, party)
    assert refused_to(lambda: decisions.confirm(insider, NOW, proposal)) == ["window.interest"]


def test_no_security_of_ones_own_firm_is_accepted():
    declaration = a_shipment()
    offered = charges.give_security(
        trader_of(declaration), NOW, kind="deposit", reference="G1", fen=100, from_on=NOW.day, until_on=None
    )
    insider = an_insider("customs_officer", declaration, "importer")
    assert refused_to(lambda: charges.accept_security(insider, NOW, offered)) == ["window.interest"]
    assert Security.objects.get().accepted_at is None


BODY = {
    "take": ("requested", lambda a, c: permits.take(a, NOW, c)),
    "begin": ("requested", lambda a, c: permits.begin(a, NOW, c)),
    "ask": ("under_review", lambda a, c: permits.ask(a, NOW, c, "x")),
    "grant": ("under_review", lambda a, c: permits.grant(a, NOW, c)),
    "refuse": ("under_review", lambda a, c: permits.refuse(a, NOW, c, "x")),
}


@pytest.mark.parametrize("party", PARTIES)
@pytest.mark.parametrize("name", list(BODY))
def test_no_body_decides_through_somebody_of_the_firm(name, party):
    state, do = BODY[name]
    declaration = a_shipment(state="accepted")
    case = a_case(declaration, body="SAMR", requirement="ccc-certificate", state=state)
    insider = an_insider("agency_officer", declaration, party, body="SAMR")
    assert refused_to(lambda: do(insider, case)) == ["window.interest"]
    do(an_actor("agency_officer", body="SAMR"), Case.objects.get(pk=case.pk))


def test_no_refusal_of_a_body_is_confirmed_and_no_licence_entered_by_somebody_of_the_firm():
    declaration = a_shipment(state="accepted")
    case = a_case(declaration, body="MOFCOM", state="under_review")
    proposal = permits.refuse(an_actor("agency_officer", body="MOFCOM"), NOW, case, "x")
    senior = an_insider("agency_senior", declaration, "broker", body="MOFCOM")
    assert refused_to(lambda: decisions.confirm(senior, NOW, proposal)) == ["window.interest"]
    clerk = an_insider("agency_officer", declaration, "importer", body="MOFCOM")
    asked = {
        "number": "AL-9", "holder": declaration.importer, "quantity_milli": 1_000, "unit": "kg", "valid_from": NOW.day,
        "valid_until": NOW.day,
    }  # fmt: skip
    assert refused_to(lambda: licences.enter(clerk, NOW, **asked)) == ["window.interest"]


@pytest.mark.parametrize("name", ["confirm", "refuse", "suspend", "reinstate"])
@pytest.mark.parametrize("role", ["customs_senior", "operator"])
def test_nobody_decides_how_ones_own_firm_stands(name, role):
    days = {"confirm": {"confirmed_at": None}, "refuse": {"confirmed_at": None}, "reinstate": {"suspended_at": NOW.at}}
    firm = an_organisation(**days.get(name, {}))
    insider = an_insider(role, a_declared(importer=firm), "importer")
    assert refused_to(lambda: firms.ACTS[name](insider, NOW, firm.pk, reason="x")) == ["window.interest"]


def test_a_post_that_ended_counts_on_and_one_elsewhere_does_not():
    declaration = a_shipment()
    former = an_insider(
        "customs_officer", declaration, "importer", until_on=dt.date(2019, 1, 1), ended_on=dt.date(2019, 1, 1)
    )
    assert refused_to(lambda: officers.accept(former, NOW, declaration)) == ["window.interest"]
    elsewhere = an_insider("customs_officer", a_shipment(), "importer")
    officers.accept(elsewhere, NOW, declaration)


def test_a_program_of_somebody_of_the_firm_acts_no_more_than_they_do():
    declaration = a_shipment()
    person = a_person()
    post = a_post("customs_officer", person=person)
    a_post("importer", organisation=declaration.importer, person=person)
    program = Program(shown=a_key("customs_officer", post=post)[1])
    answer = program.send("post", f"/declarations/{declaration.pk}/accept", {})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "window.interest")


@pytest.mark.parametrize(("language", "words"), [("zh", "应当回避"), ("en", "stand aside")])
def test_the_page_says_so_and_offers_no_act(client_as, language, words):
    declaration = a_shipment()
    officer = client_as("customs_officer")
    a_post("importer", organisation=declaration.importer, person=officer.person)
    page = officer.get(f"/work/declarations/{declaration.pk}/?lang={language}").content.decode()
    assert words in page
    assert declaration.importer.name_zh in page or declaration.importer.name_en in page
    assert f"/work/declarations/{declaration.pk}/accept/" not in page
    refused = officer.post(f"/work/declarations/{declaration.pk}/accept/", {"act": "accept"})
    assert refused.status_code == 422


# --- lots -------------------------------------------------------------------------------------------------------------------------

ALL = dict.fromkeys(lots.GRADES, 1_000_000)


@pytest.mark.parametrize("party", PARTIES)
def test_a_draw_never_chooses_an_examiner_of_the_firm(party):
    declaration = a_shipment(state="accepted")
    insider, able = an_insider("customs_examiner", declaration, party), an_actor("customs_examiner")
    senior = an_actor("customs_senior")
    (order,) = examination.carry_out(senior, NOW, examination.prepare(senior, NOW, ALL, "日常抽查"))
    assert order.examiner_id == able.person_id
    assert insider.person_id not in examination.able(order, NOW.day)
    with pytest.raises(InputRefused) as refused:
        examination.reassign(senior, NOW, order, insider.person_id, "前者不在岗")
    assert codes_of(refused) == ["examination.conflict"]


def test_an_examiner_who_joins_the_firm_after_the_list_was_made_gets_no_order():
    declaration = a_shipment(state="accepted")
    only = an_actor("customs_examiner")
    senior = an_actor("customs_senior")
    draw = examination.prepare(senior, NOW, ALL, "日常抽查")
    from tongguan.window.accounts.models import Person

    a_post("importer", organisation=declaration.importer, person=Person.objects.get(pk=only.person_id))
    (order,) = examination.carry_out(senior, a_moment(minutes=5), draw)
    assert order.examiner_id is None


def test_a_senior_of_the_firm_names_no_examiner_for_it():
    declaration = a_shipment(state="accepted")
    able = an_actor("customs_examiner")
    order = examination.order(an_actor("customs_officer"), NOW, declaration, "布控")
    senior = an_insider("customs_senior", declaration, "broker")
    assert refused_to(
        lambda: examination.reassign(senior, NOW, order, able.person_id, "x")
    ) == ["window.interest"]  # fmt: skip


def test_the_machine_itself_has_no_interest():
    from tongguan.window.access.actor import SYSTEM
    from tongguan.window.accounts.interest import interest_findings

    assert interest_findings(SYSTEM, 1) == interest_findings(Actor(), 1) == []
