"""A payer's own word: kept, shown to all, and settling nothing. The bank's file or an officer settles; a word whose money never comes is struck."""

import datetime as dt

import pytest
from makers import an_entrustment, an_organisation
from makers_officers import NOW, a_moment, an_actor, at_once, booked, codes_of, trader_of
from makers_programs import Program, a_key
from test_pay_taxes import a_determined, a_security

from tongguan.grammar.findings import InputRefused
from tongguan.window import clock
from tongguan.window.access.actor import NotAllowed
from tongguan.window.charges import acts, ledger
from tongguan.window.charges.models import Determination, Payment, PaymentTold, Posting, Security
from tongguan.window.clearance import officers
from tongguan.window.declarations.models import Declaration
from tongguan.window.journal.models import Entry
from tongguan.window.journal.verify import verify
from tongguan.window.lodging import follow
from tongguan.window.notices.models import Event

pytestmark = pytest.mark.django_db
TAX = 15_761_656
DUE = dt.date(2026, 3, 25)


def told_of(declaration, made, moment=None, **facts):
    moment = moment or a_moment(days=1)
    said = {"fen": TAX, "paid_on": moment.day, "reference": "B1"} | facts
    return acts.tell_payment(trader_of(declaration), moment, made, **said)


def tax_of(declaration):
    return Declaration.objects.get(pk=declaration.pk).tax


def as_kept(declaration):
    return Declaration.objects.get(pk=declaration.pk)


# --- a word settles nothing -------------------------------------------------------------------------------------------------------


def test_a_payers_word_neither_settles_nor_releases_nor_frees_a_security():
    declaration, made = a_determined()
    security = a_security(declaration)
    acts.secure(trader_of(declaration), NOW, declaration, security)
    told_of(declaration, made)
    made.refresh_from_db()
    security.refresh_from_db()
    assert (made.is_open, tax_of(declaration), security.used_fen) == (True, "secured", TAX)
    assert not Payment.objects.exists()
    assert Posting.objects.balance("treasury") == 0
    assert Posting.objects.balance("receivable", declaration.importer_id) == TAX


def test_goods_are_not_released_on_a_payers_word_and_are_on_the_banks():
    declaration, made = a_determined()
    told_of(declaration, made)
    with pytest.raises(InputRefused) as refused:
        officers.release(an_actor("customs_officer"), a_moment(days=1), as_kept(declaration))
    assert codes_of(refused) == ["release.tax_not_settled"]
    booked(made, a_moment(days=1))
    officers.release(an_actor("customs_officer"), a_moment(days=1), as_kept(declaration))
    assert as_kept(declaration).state == "released"


@pytest.mark.parametrize(
    "role", ["importer", "broker", "ecommerce", "customs_examiner", "agency_officer", "supervisor"]
)
def test_nobody_but_an_officer_of_customs_settles(role):
    declaration, made = a_determined()
    told = told_of(declaration, made)
    actor = an_actor(role, organisation=declaration.importer if role == "importer" else None)
    with pytest.raises(NotAllowed):
        acts.confirm_payment(actor, a_moment(days=1), told, paid_on=told.paid_on)
    with pytest.raises(NotAllowed):
        acts.book_payment(
            actor, a_moment(days=1), made, fen=TAX, paid_on=told.paid_on, reference="B1", source="bank"
        )  # fmt: skip
    with pytest.raises(NotAllowed):
        acts.reconcile(actor, a_moment(days=1), [])
    assert tax_of(declaration) == "determined"


def test_an_officer_who_has_seen_the_money_settles_and_frees():
    declaration, made = a_determined()
    security = a_security(declaration)
    acts.secure(trader_of(declaration), NOW, declaration, security)
    told = told_of(declaration, made)
    officer = an_actor("customs_officer")
    paid = acts.confirm_payment(officer, a_moment(days=2), told, paid_on=told.paid_on)
    told.refresh_from_db()
    assert (paid.source, paid.entered_by, told.outcome, told.ended_by) == (
        "officer", officer.name, "booked", officer.name,
    )  # fmt: skip
    assert (tax_of(declaration), Security.objects.get(pk=security.pk).used_fen) == ("paid", 0)
    assert (ledger.unbalanced(), verify().faults) == ([], ())


# --- twice, other references, replay ----------------------------------------------------------------------------------------------


def test_the_same_word_twice_is_one_before_and_after_it_is_booked():
    declaration, made = a_determined()
    first = told_of(declaration, made)
    assert told_of(declaration, made, paid_on=first.paid_on, moment=a_moment(days=2)).pk == first.pk
    acts.confirm_payment(an_actor("customs_officer"), a_moment(days=2), first, paid_on=first.paid_on)
    assert told_of(declaration, made, paid_on=first.paid_on, moment=a_moment(days=3)).pk == first.pk
    assert (PaymentTold.objects.count(), Payment.objects.count()) == (1, 1)
    assert Entry.objects.filter(act="tell_payment", subject=made.subject).count() == 1


@pytest.mark.parametrize("other", [{"reference": "B2"}, {"paid_on": dt.date(2026, 3, 10)}])
def test_another_word_waits_until_the_first_is_struck(other):
    declaration, made = a_determined()
    first = told_of(declaration, made)
    with pytest.raises(InputRefused) as refused:
        told_of(declaration, made, **other)
    assert codes_of(refused) == ["charges.told_already"]
    acts.strike_payment(trader_of(declaration), a_moment(days=1), first, reason="流水号写错")
    second = told_of(declaration, made, **other)
    assert list(PaymentTold.objects.values_list("pk", "outcome").order_by("pk")) == [
        (first.pk, "struck"), (second.pk, ""),
    ]  # fmt: skip


def test_two_words_at_once_are_one(tmp_path):
    declaration, made = a_determined()
    payer = trader_of(declaration)
    said = {"fen": TAX, "paid_on": a_moment(days=1).day}
    outcomes, kept = at_once(
        [
            lambda n=n: acts.tell_payment(
                payer, a_moment(days=1), Determination.objects.get(pk=made.pk), **said, reference=f"B{n}"
            )
            for n in range(3)
        ],
        PaymentTold.objects.count,
        tmp_path,
    )
    assert kept == 1
    assert sum(isinstance(one, PaymentTold) for one in outcomes) == 1, outcomes


def test_the_reference_of_other_money_is_refused():
    (_, one), (second, two) = a_determined(), a_determined()
    booked(one, a_moment(days=1), reference="B1")
    with pytest.raises(InputRefused) as refused:
        told_of(second, two)
    assert codes_of(refused) == ["charges.reference_used"]


def test_the_banks_file_under_another_reference_settles_and_the_word_is_moot():
    declaration, made = a_determined()
    told = told_of(declaration, made)
    officer = an_actor("customs_officer")
    row = {"notice": made.notice_number, "amount": "157616.56", "paid_on": "2026-03-11", "reference": "OTHER"}
    assert acts.reconcile(officer, a_moment(days=2), [row])[0][1] == ()
    told.refresh_from_db()
    assert (told.outcome, tax_of(declaration)) == ("settled", "paid")
    with pytest.raises(InputRefused) as refused:
        acts.confirm_payment(officer, a_moment(days=2), told, paid_on=told.paid_on)
    assert codes_of(refused) == ["charges.told_waits_no_longer"]
    assert Payment.objects.count() == 1


def test_a_confirmation_twice_is_one_payment():
    declaration, made = a_determined()
    told = told_of(declaration, made)
    officer = an_actor("customs_officer")
    first = acts.confirm_payment(officer, a_moment(days=2), told, paid_on=told.paid_on)
    assert acts.confirm_payment(officer, a_moment(days=2), told, paid_on=told.paid_on).pk == first.pk
    assert Payment.objects.count() == 1


def test_an_annulled_notice_ends_the_word():
    declaration, made = a_determined()
    told = told_of(declaration, made)
    acts.withdraw(an_actor("customs_officer"), a_moment(days=1), as_kept(declaration), "撤销")
    told.refresh_from_db()
    assert told.outcome == "annulled"


# --- the day of the bank ----------------------------------------------------------------------------------------------------------


def test_the_surcharge_runs_until_the_banks_day_whatever_was_told():
    """Told on the last day; the money came the day after: 0.05 per cent is due (Tariff Law art. 43), and what came does not cover it."""
    declaration, made = a_determined()
    last_day = a_moment(days=15)
    assert last_day.day == DUE
    told = told_of(declaration, made, moment=last_day)
    officer, later = an_actor("customs_officer"), a_moment(days=17)
    with pytest.raises(InputRefused) as refused:
        acts.confirm_payment(officer, later, told, paid_on=dt.date(2026, 3, 26))
    assert codes_of(refused) == ["charges.other_amount"]
    assert tax_of(declaration) == "determined"
    paid = acts.confirm_payment(officer, later, told, paid_on=DUE)
    assert (paid.surcharge_fen, paid.paid_on) == (0, DUE)


def test_late_money_in_the_banks_file_carries_its_surcharge():
    declaration, made = a_determined()
    told_of(declaration, made, moment=a_moment(days=15))
    row = {"notice": made.notice_number, "amount": "157695.37", "paid_on": "2026-03-26", "reference": "B1"}
    assert acts.reconcile(an_actor("customs_officer"), a_moment(days=17), [row])[0][1] == ()
    assert Payment.objects.get().surcharge_fen == 7_881  # 157,616.56 × 0.0005, half up to the fen
    assert PaymentTold.objects.get().outcome == "booked"


# --- struck -----------------------------------------------------------------------------------------------------------------------


def test_money_that_never_comes_is_struck_with_a_reason_and_told_again():
    declaration, made = a_determined()
    told = told_of(declaration, made)
    officer = an_actor("customs_officer")
    with pytest.raises(InputRefused) as refused:
        acts.strike_payment(officer, a_moment(days=5), told, reason=" ")
    assert codes_of(refused) == ["window.reason_missing"]
    acts.strike_payment(officer, a_moment(days=5), told, reason="银行查无此款")
    told.refresh_from_db()
    assert (told.outcome, told.struck_reason, told.ended_by) == ("struck", "银行查无此款", officer.name)
    with pytest.raises(InputRefused) as refused:
        acts.confirm_payment(officer, a_moment(days=5), told, paid_on=told.paid_on)
    assert codes_of(refused) == ["charges.told_waits_no_longer"]
    again = told_of(declaration, made, moment=a_moment(days=6))
    assert again.pk != told.pk
    acts.confirm_payment(officer, a_moment(days=6), again, paid_on=again.paid_on)
    assert tax_of(declaration) == "paid"
    with pytest.raises(InputRefused) as refused:
        acts.strike_payment(officer, a_moment(days=7), again, reason="错了")
    assert codes_of(refused) == ["charges.told_waits_no_longer"]


def test_a_stranger_and_a_broker_without_authority_strike_nothing():
    declaration, made = a_determined()
    told = told_of(declaration, made)
    with pytest.raises(InputRefused) as refused:
        acts.strike_payment(an_actor("importer"), a_moment(days=1), told, reason="x")
    assert codes_of(refused) == ["accounts.no_authority"]
    broker = an_organisation("broker")
    an_entrustment(declaration.importer, broker)
    acts.strike_payment(an_actor("broker", organisation=broker), a_moment(days=1), told, reason="告知有误")
    assert PaymentTold.objects.get().outcome == "struck"


# --- shown ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "lead", "settles"),
    [("zh", "海关正在等待银行确认", "才算缴清"), ("en", "Customs waits for the bank", "an officer has confirmed")],
)
def test_the_pages_say_that_customs_waits_for_the_bank(client_as, language, lead, settles):
    declaration, made = a_determined()
    told_of(declaration, made)
    payer = client_as("importer", organisation=declaration.importer)
    notice = payer.get(f"/charges/{made.pk}/?lang={language}").content.decode()
    assert lead in notice
    assert settles in notice
    assert f"/charges/{made.pk}/pay/" not in notice  # one word at a time
    for path in (f"/declarations/{declaration.pk}/", "/desk/", "/charges/"):
        assert ("等待银行" if language == "zh" else "waits for the bank") in payer.get(
            f"{path}?lang={language}"
        ).content.decode().replace("待银行确认", "等待银行确认"), path
    officer = client_as("customs_officer")
    for path in ("/charges/told/", f"/work/declarations/{declaration.pk}/", "/desk/"):
        assert made.notice_number in officer.get(f"{path}?lang={language}").content.decode(), path


def test_the_timeline_says_who_has_it_now_and_the_journal_keeps_both_words():
    declaration, made = a_determined()
    firm, customs = declaration.importer.name_en, "General Administration of Customs"
    # the documents are reviewed: Customs has the release, the firm has the payment
    assert firm in follow.now_with(as_kept(declaration), "en")
    told = told_of(declaration, made)
    missing = follow.missing(as_kept(declaration), "en")
    assert "Payment told of; Customs waits for the bank to confirm it" in [one.text for one in missing]
    assert firm not in follow.now_with(as_kept(declaration), "en")
    assert any(customs in who or "Customs" in who for who in follow.now_with(as_kept(declaration), "en"))
    acts.strike_payment(an_actor("customs_officer"), a_moment(days=2), told, reason="银行查无此款")
    assert firm in follow.now_with(as_kept(declaration), "en")
    steps = follow.happened(as_kept(declaration), "en")
    assert [(one.title, one.text) for one in steps[:2]] == [
        ("What was told of a payment is struck", "银行查无此款"), ("Payment told of, waits for the bank", ""),
    ]  # fmt: skip
    assert [one.act for one in Entry.objects.filter(subject=made.subject).order_by("sequence")][-2:] == [
        "tell_payment", "strike_payment",
    ]  # fmt: skip
    assert verify().faults == ()


def test_the_parties_are_notified_of_the_word_and_of_its_end():
    declaration, made = a_determined()
    told = told_of(declaration, made)
    acts.strike_payment(an_actor("customs_officer"), a_moment(days=2), told, reason="银行查无此款")
    names = list(Event.objects.filter(declaration_id=declaration.pk).order_by("pk").values_list("name", flat=True))
    assert names[-2:] == ["payment_told", "payment_struck"]


def test_an_officer_works_the_queue_on_its_pages(client_as):
    declaration, made = a_determined()
    told = told_of(declaration, made)
    officer = client_as("customs_officer")
    with clock.standing_at(a_moment(days=3).at):
        wrong = officer.post(f"/charges/told/{told.pk}/confirm/", {"confirm-paid_on": "2026-03-30"})
        assert (wrong.status_code, tax_of(declaration)) == (422, "determined")
        empty = officer.post(f"/charges/told/{told.pk}/strike/", {"strike-reason": " "})
        assert (empty.status_code, PaymentTold.objects.get().outcome) == (422, "")
        done = officer.post(f"/charges/told/{told.pk}/confirm/", {"confirm-paid_on": "2026-03-11"})
    assert (done.status_code, tax_of(declaration)) == (302, "paid")
    assert made.notice_number not in officer.get("/charges/told/").content.decode()


def test_programs_read_the_queue_confirm_and_strike():
    declaration, made = a_determined()
    payer = Program(shown=a_key("importer", post=trader_post(declaration))[1])
    officer = Program("customs_officer")
    with clock.standing_at(a_moment(days=1).at):
        body = {"amount": {"amount": "157616.56"}, "paid_on": "2026-03-11", "reference": "B1"}
        told = payer.do(f"/notices/{made.pk}/payments", body, 201)
        assert (told["state"]["code"], "waits for the bank" in told["state"]["en"]) == ("told", True)
        assert payer.get(f"/notices/{made.pk}")["settled_at"] is None
        assert payer.send("post", f"/payments/{told['id']}/confirm", {"paid_on": "2026-03-11"}).status_code == 403
        assert [one["id"] for one in officer.get("/payments?is_waiting=true")["items"]] == [told["id"]]
        struck = officer.do(f"/payments/{told['id']}/strike", {"reason": "查无此款"})
        assert (struck["state"]["code"], struck["struck_reason"]) == ("struck", "查无此款")
        again = payer.do(f"/notices/{made.pk}/payments", body, 201)
        settled = officer.do(f"/payments/{again['id']}/confirm", {"paid_on": "2026-03-11"})
        assert settled["settled_at"] is not None
        assert officer.get("/payments?is_waiting=true")["items"] == []
        assert len(payer.get("/payments")["items"]) == 2
        assert Program("importer").get("/payments")["items"] == []


def trader_post(declaration):
    from makers import a_post

    return a_post("importer", organisation=declaration.importer)


# --- in the browser ---------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pages_of_payments_told_are_accessible(signed_in_page, new_page, client_as, checks, phone, language):
    declaration, made = a_determined()
    told_of(declaration, made, moment=NOW)
    officer = signed_in_page("customs_officer", language=language)
    payer = new_page(
        client=client_as("importer", organisation=declaration.importer), language=language, width=phone
    )  # fmt: skip
    for page, path in (
        (officer, "/charges/told/"), (officer, f"/charges/{made.pk}/"), (payer, f"/charges/{made.pk}/"),
        (payer, f"/declarations/{declaration.pk}/"),
    ):  # fmt: skip
        page.goto(path)
        page.wait_for_load_state()
        checks.assert_accessible(page)
        checks.assert_fits(page)
