"""Money: determined from the answer that was kept, paid to the fen, secured, repaid by two officers, collected when short; the ledger adds up throughout."""

import datetime as dt

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from makers import an_organisation
from makers_officers import AT, NOW, a_declared, a_moment, an_actor, at_once, booked, codes_of, trader_of

from tongguan.grammar.findings import InputRefused
from tongguan.window.access.actor import NotAllowed
from tongguan.window.charges import acts, ledger
from tongguan.window.charges.models import Determination, Payment, Posting, Refund, Security
from tongguan.window.charges.views import rows_of
from tongguan.window.decisions import acts as decisions
from tongguan.window.declarations.answer import Answer, Item
from tongguan.window.declarations.models import Declaration, Version
from tongguan.window.journal.models import Entry
from tongguan.window.journal.verify import verify

pytestmark = pytest.mark.django_db

DUTY = {
    "kind": "customs_duty",
    "formula": "given",
    "amount": 5_116_000,
    "payable": 5_116_000,
    "label_zh": "关税",
    "label_en": "customs duty",
    "because": "tariff-law-2024#36",
}
VAT = {
    "kind": "import_vat",
    "formula": "given",
    "amount": 10_645_656,
    "payable": 10_645_656,
    "label_zh": "增值税",
    "label_en": "import VAT",
    "because": "vat-law-2024#14",
}
FEE = {"kind": "late_declaration", "formula": "given", "amount": 18_200, "payable": 18_200}


def an_assessed(charges=(DUTY, VAT), surcharges=(), high=0, **facts):
    """A declaration under review with an answer of one figure, or of a range when `high` is above it."""
    total = sum(c["payable"] for c in (*charges, *surcharges))
    declaration = a_declared(state="reviewed", accepted_at=AT, **facts)
    given = Answer(
        declared_on=dt.date(2026, 3, 10),
        low=total,
        high=high or total,
        items=(Item(1, low=total, high=high or total, charges=tuple(charges)),),
        surcharges=tuple(surcharges),
    )
    Version.objects.create(
        declaration=declaration, number=1, facts={}, facts_sha256="0" * 64, answer=msgspec.to_builtins(given), total_fen=total,
        made_by="person:0", made_at=AT,
    )  # fmt: skip
    return declaration


def a_determined(**facts):
    declaration = an_assessed(**facts)
    return declaration, acts.determine(an_actor("customs_officer"), NOW, declaration)


def balances(firm):
    return {
        name: Posting.objects.balance(name, firm.pk)
        for name in ("receivable", "treasury", "deposits_held", "guarantees_in_use")
    }


# --- determine ---------------------------------------------------------------------------------------------------------------------


def test_the_notice_says_each_tax_with_its_article_and_the_last_day():
    declaration, made = a_determined(surcharges=[FEE])
    assert made.total_fen == 5_116_000 + 10_645_656 + 18_200 == declaration.due_fen
    assert [(line["item"], line["kind"], line["fen"]) for line in made.lines] == [
        (1, "customs_duty", 5_116_000),
        (1, "import_vat", 10_645_656),
        (0, "late_declaration", 18_200),
    ]
    # Tariff Law art. 43: 15 days from the completion of the declaration, 2026-03-10, the day itself not counted: 25 March, a Wednesday.
    assert made.due_on == dt.date(2026, 3, 25)
    assert declaration.tax == "determined"
    assert balances(declaration.importer)["receivable"] == made.total_fen


def test_a_last_day_on_a_rest_day_moves_to_the_next_working_day():
    declaration = an_assessed()
    Declaration.objects.filter(pk=declaration.pk).update(accepted_at=dt.datetime(2026, 3, 13, 2, 0, tzinfo=dt.UTC))
    assert acts.determine(an_actor("customs_officer"), NOW, declaration).due_on == dt.date(
        2026, 3, 30
    )  # 28 March is a Saturday


def test_a_range_is_not_determined_and_nothing_is_kept():
    declaration = an_assessed(high=20_000_000)
    with pytest.raises(InputRefused) as refused:
        acts.determine(an_actor("customs_officer"), NOW, declaration)
    assert codes_of(refused) == ["charges.not_one_figure"]
    assert not Determination.objects.exists()
    assert Declaration.objects.get(pk=declaration.pk).tax == "open"


def test_nothing_due_is_said_without_a_notice():
    declaration = an_assessed(charges=[])
    assert acts.determine(an_actor("customs_officer"), NOW, declaration) is None
    assert (declaration.tax, declaration.due_fen) == ("none_due", 0)
    assert Entry.objects.filter(subject=declaration.subject, act="find_nothing_due").exists()


@pytest.mark.parametrize("role", ["importer", "customs_examiner", "agency_officer", "supervisor"])
def test_only_customs_officers_determine(role):
    with pytest.raises(NotAllowed):
        acts.determine(an_actor(role), NOW, an_assessed())


def test_the_same_declaration_is_determined_once(tmp_path):
    declaration = an_assessed()
    officers = [an_actor("customs_officer") for _ in range(2)]
    outcomes, notices = at_once(
        [lambda o=o: acts.determine(o, NOW, Declaration.objects.get(pk=declaration.pk)) for o in officers],
        lambda: list(Determination.objects.values_list("total_fen", flat=True)),
        tmp_path,
    )
    assert len(notices) == 1
    assert sorted(isinstance(outcome, Determination) for outcome in outcomes) == [False, True]


# --- pay ---------------------------------------------------------------------------------------------------------------------------


def test_paying_settles_the_notice_and_the_ledger():
    declaration, made = a_determined()
    paid = booked(made, a_moment(days=3), fen=made.total_fen, paid_on=dt.date(2026, 3, 13), reference="B1")
    assert paid.surcharge_fen == 0
    assert Declaration.objects.get(pk=declaration.pk).tax == "paid"
    assert balances(declaration.importer) == {
        "receivable": 0,
        "treasury": made.total_fen,
        "deposits_held": 0,
        "guarantees_in_use": 0,
    }
    assert ledger.unbalanced() == []
    assert verify().faults == ()


def test_the_day_after_the_last_day_costs_half_a_thousandth():
    """Tariff Law art. 43: 0.05 per cent a day of what is unpaid; the day after the last day is the first one counted."""
    declaration, made = a_determined()
    assert acts.surcharge_on(made, dt.date(2026, 3, 25)) == 0
    one_day = acts.surcharge_on(made, dt.date(2026, 3, 26))
    assert one_day == 7_881  # 157,616.56 × 0.0005 = 78.80828, half up to the fen
    with pytest.raises(InputRefused) as refused:
        booked(
            made,
            a_moment(days=16),
            fen=made.total_fen,
            paid_on=dt.date(2026, 3, 26),
            reference="B2",
        )
    assert codes_of(refused) == ["charges.other_amount"]
    paid = booked(
        made,
        a_moment(days=16),
        fen=made.total_fen + one_day,
        paid_on=dt.date(2026, 3, 26),
        reference="B2",
    )
    assert paid.surcharge_fen == one_day
    assert balances(declaration.importer)["receivable"] == 0


def test_the_banks_word_twice_is_one_payment():
    _, made = a_determined()
    told = {"fen": made.total_fen, "paid_on": dt.date(2026, 3, 12), "reference": "B3"}
    first = booked(made, a_moment(days=2), **told)
    assert booked(made, a_moment(days=4), **told).pk == first.pk
    assert Payment.objects.count() == 1
    with pytest.raises(InputRefused) as refused:
        booked(made, a_moment(days=4), **told | {"fen": 1})
    assert codes_of(refused) == ["charges.reference_used"]


def test_everything_wrong_with_a_payment_is_told_at_once():
    declaration, made = a_determined()
    said = {"fen": 1, "paid_on": dt.date(2026, 3, 11), "reference": "B4"}
    for word in (
        lambda: booked(made, NOW, **said),
        lambda: acts.tell_payment(trader_of(declaration), NOW, made, **said),
    ):
        with pytest.raises(InputRefused) as refused:
            word()
        assert codes_of(refused) == ["charges.other_amount", "charges.paid_in_future"]
    assert not Payment.objects.exists()


def test_two_payments_at_once_are_one(tmp_path):
    _, made = a_determined()
    officer = an_actor("customs_officer")
    outcomes, paid = at_once(
        [
            lambda n=n: acts.book_payment(
                officer,
                a_moment(days=1),
                Determination.objects.get(pk=made.pk),
                source="bank",
                fen=made.total_fen,
                paid_on=dt.date(2026, 3, 11),
                reference=f"B{n}",
            )
            for n in range(3)
        ],
        lambda: (Payment.objects.count(), Posting.objects.balance("treasury"), ledger.unbalanced()),
        tmp_path,
    )
    assert paid == (1, made.total_fen, [])
    assert sum(isinstance(o, Payment) for o in outcomes) == 1


def test_a_banks_file_books_what_is_right_and_hands_back_the_rest():
    (first, one), (_, two) = a_determined(), a_determined()
    officer = an_actor("customs_officer")
    rows = [
        {"notice": one.notice_number, "amount": "157616.56", "paid_on": "2026-03-11", "reference": "N1"},
        {"notice": two.notice_number, "amount": "1.00", "paid_on": "2026-03-11", "reference": "N2"},
        {"notice": "TG00000000000000000", "amount": "1.00", "paid_on": "2026-03-11", "reference": "N3"},
        {"notice": two.notice_number, "amount": "１２", "paid_on": "11.3.", "reference": "N4"},
        {"notice": "' OR 1=1 --", "amount": "1", "paid_on": "2026-03-11", "reference": "N5"},
    ]
    answered = acts.reconcile(officer, a_moment(days=1), rows)
    assert [[f.code for f in found] for _, found in answered] == [
        [],
        ["charges.other_amount"],
        ["charges.notice_unknown"],
        ["charges.row_unreadable"],
        ["charges.notice_unknown"],
    ]
    assert Declaration.objects.get(pk=first.pk).tax == "paid"
    again = acts.reconcile(officer, a_moment(days=2), rows[:1])
    assert again[0][1] == ()
    assert Payment.objects.count() == 1


@pytest.mark.parametrize(
    "content",
    [b"", b"a,b\n1,2\n", b"\xff\xfe\x00\x00", b"notice,amount,paid_on,reference\n\0,1,1,1\n", b"PK\x03\x04zip"],
)
def test_a_file_that_is_no_statement_is_refused(content):
    with pytest.raises(InputRefused) as refused:
        rows_of(content)
    assert codes_of(refused) == ["charges.statement_unreadable"]


# --- security ----------------------------------------------------------------------------------------------------------------------


def a_security(declaration, fen=20_000_000, kind="bank_letter", **facts):
    offered = acts.give_security(
        trader_of(declaration),
        NOW,
        **{"kind": kind, "reference": "G1", "fen": fen, "from_on": dt.date(2026, 1, 1), "until_on": None} | facts,
    )
    acts.accept_security(an_actor("customs_officer"), NOW, offered)
    offered.refresh_from_db()
    return offered


def test_a_security_stands_for_the_tax_until_it_is_paid():
    declaration, made = a_determined()
    security = a_security(declaration)
    acts.secure(trader_of(declaration), NOW, declaration, security)
    security.refresh_from_db()
    assert (declaration.tax, security.used_fen) == ("secured", made.total_fen)
    assert balances(declaration.importer)["guarantees_in_use"] == made.total_fen
    booked(made, a_moment(days=1), fen=made.total_fen, paid_on=dt.date(2026, 3, 11), reference="B6")
    security.refresh_from_db()
    assert security.used_fen == 0
    assert balances(declaration.importer)["guarantees_in_use"] == 0
    assert ledger.unbalanced() == []


def test_a_deposit_is_money_the_firm_still_owns():
    declaration, _ = a_determined()
    a_security(declaration, kind="deposit")
    assert balances(declaration.importer)["deposits_held"] == -20_000_000
    assert balances(declaration.importer)["treasury"] == 20_000_000


def test_what_does_not_reach_or_is_not_in_force_is_refused():
    declaration, made = a_determined()
    short = a_security(declaration, fen=made.total_fen - 1)
    with pytest.raises(InputRefused) as refused:
        acts.secure(trader_of(declaration), NOW, declaration, short)
    assert codes_of(refused) == ["charges.security_too_small"]
    over = a_security(declaration, reference="G2", until_on=dt.date(2026, 3, 9))
    with pytest.raises(InputRefused) as refused:
        acts.secure(trader_of(declaration), NOW, declaration, over)
    assert codes_of(refused) == ["charges.security_not_in_force"]
    assert Declaration.objects.get(pk=declaration.pk).tax == "determined"


def test_nobody_uses_the_security_of_a_stranger():
    declaration, _ = a_determined()
    other = a_security(a_declared(importer=an_organisation()))
    with pytest.raises(NotAllowed):
        acts.secure(trader_of(declaration), NOW, declaration, other)


def test_one_security_for_two_declarations_is_never_over_used(tmp_path):
    firm = an_organisation()
    pairs = [a_determined(importer=firm)[0] for _ in range(2)]
    security = a_security(pairs[0], fen=20_000_000)
    payer = trader_of(pairs[0])
    outcomes, used = at_once(
        [
            lambda d=d: acts.secure(payer, NOW, Declaration.objects.get(pk=d.pk), Security.objects.get(pk=security.pk))
            for d in pairs
        ],
        lambda: (Security.objects.get(pk=security.pk).used_fen, ledger.unbalanced()),
        tmp_path,
    )
    assert used == (15_761_656, [])
    assert sum(isinstance(o, InputRefused) for o in outcomes) == 1, outcomes


# --- repay and collect -------------------------------------------------------------------------------------------------------------


def a_paid():
    declaration, made = a_determined()
    booked(
        made,
        a_moment(days=1),
        fen=made.total_fen,
        paid_on=dt.date(2026, 3, 11),
        reference=f"P{made.pk}",
    )
    return declaration, made


def test_repayment_needs_two_officers_and_bears_interest():
    declaration, made = a_paid()
    refund = acts.request_refund(
        trader_of(declaration), a_moment(days=30), made, fen=5_116_000, ground="overpaid", reason="协定税率"
    )
    # Tariff Law art. 53: Customs verifies within 30 days.
    assert refund.decide_by == dt.date(2026, 5, 9)
    officer = an_actor("customs_senior")
    proposal = acts.propose_refund(officer, a_moment(days=31), refund, reason="证书有效")
    assert Refund.objects.get(pk=refund.pk).decision == ""
    with pytest.raises(InputRefused) as refused:
        decisions.confirm(officer, a_moment(days=31), proposal)
    assert codes_of(refused) == ["decisions.own_proposal"]
    decisions.confirm(an_actor("customs_senior"), a_moment(days=41), proposal)
    refund.refresh_from_db()
    # 51,160.00 × 0.35 % × 40 days ÷ 360 = 19.8956 (reading: a year of 360 days, as banks count)
    assert (refund.decision, refund.interest_fen) == ("granted", 1_990)
    assert Posting.objects.balance("treasury") == made.total_fen - 5_116_000 - 1_990
    assert Posting.objects.balance("refunds_payable") == 0
    assert ledger.unbalanced() == []
    assert verify().faults == ()


def test_the_last_day_to_ask_is_three_years_after_payment():
    """Tariff Law art. 51."""
    declaration, made = a_paid()
    trader = trader_of(declaration)
    assert acts.claim_until(made, "overpaid") == dt.date(2029, 3, 11)
    late = (dt.date(2029, 3, 12) - dt.date(2026, 3, 10)).days
    with pytest.raises(InputRefused) as refused:
        acts.request_refund(trader, a_moment(days=late), made, fen=100, ground="overpaid", reason="x")
    assert codes_of(refused) == ["charges.claim_too_late"]
    assert acts.request_refund(trader, a_moment(days=late - 1), made, fen=100, ground="overpaid", reason="x")


def test_no_more_is_repaid_than_was_paid():
    declaration, made = a_paid()
    with pytest.raises(InputRefused) as refused:
        acts.request_refund(trader_of(declaration), NOW, made, fen=made.total_fen + 1, ground="overpaid", reason=" ")
    assert codes_of(refused) == ["charges.refund_out_of_bounds", "window.reason_missing"]


def test_a_shortfall_without_fault_can_be_collected_for_three_years():
    """Tariff Law art. 45, from the day of payment."""
    declaration, made = a_paid()
    officer = an_actor("customs_officer")
    late = (dt.date(2029, 3, 12) - dt.date(2026, 3, 10)).days
    with pytest.raises(InputRefused) as refused:
        acts.collect_shortfall(
            officer, a_moment(days=late), declaration, fen=100_00, ground="no_fault", reason="归类更正"
        )
    assert codes_of(refused) == ["charges.collection_too_late"]
    more = acts.collect_shortfall(
        officer, a_moment(days=60), declaration, fen=100_00, ground="no_fault", reason="归类更正"
    )
    assert (more.kind, more.total_fen, made.pk != more.pk) == ("supplementary", 100_00, True)
    booked(more, a_moment(days=61), fen=100_00, paid_on=a_moment(days=61).day, reference="S1")
    assert Posting.objects.balance("receivable") == 0


@settings(max_examples=30, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["receivable", "treasury", "deposits_held"]), st.integers(-(10**12), 10**12), min_size=1
    )
)
def test_what_does_not_balance_is_never_written(sides):
    from django.db import transaction

    firm = an_organisation()
    with transaction.atomic():
        if sum(sides.values()):
            with pytest.raises(ledger.DoesNotBalance):
                ledger.post("x:1", "x", AT, firm.pk, **sides)
            assert not Posting.objects.filter(organisation=firm).exists()
        else:
            ledger.post("x:1", "x", AT, firm.pk, **sides)
            assert Posting.objects.filter(organisation=firm).count() == sum(1 for fen in sides.values() if fen)


# --- pages -------------------------------------------------------------------------------------------------------------------------


def test_a_payer_reads_the_notice_and_tells_of_paying(client_as):
    declaration, made = a_determined()
    client = client_as("importer", organisation=declaration.importer)
    page = client.get(f"/charges/{made.pk}/")
    assert "157,616.56" in page.content.decode()
    assert "《中华人民共和国关税法》" in page.content.decode()
    wrong = client.post(f"/charges/{made.pk}/pay/", {"amount": "1,00x", "paid_on": "", "reference": ""})
    assert wrong.status_code == 422
    assert wrong.content.decode().count("govuk-error-message") >= 3
    from tongguan.window import clock

    with clock.standing_at(a_moment(days=1).at):
        done = client.post(
            f"/charges/{made.pk}/pay/", {"amount": "157616.56", "paid_on": "2026-03-11", "reference": "W1"}
        )
    assert done.status_code == 302
    assert Declaration.objects.get(pk=declaration.pk).tax == "determined"
    assert "海关正在等待银行确认" in client.get(f"/charges/{made.pk}/").content.decode()


def test_a_strangers_notice_is_not_there(client_as):
    _, made = a_determined()
    client = client_as("importer")
    assert client.get(f"/charges/{made.pk}/").status_code == 404
    assert client.get("/charges/999999/").status_code == 404
    assert client.post(f"/charges/{made.pk}/pay/", {"amount": "1"}).status_code == 404
    assert made.notice_number not in client.get("/charges/").content.decode()


@pytest.mark.parametrize(
    "path", ["/charges/", "/charges/?tab=settled", "/charges/securities/", "/charges/securities/give/"]
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_pages_about_money_are_accessible(signed_in_page, checks, path, language):
    page = signed_in_page("importer", language=language)
    page.goto(path)
    checks.assert_accessible(page)
