"""A security counts while it is in force: nothing is released on one that has ended, what was released stays, and one that ends soon is shown in time."""

import datetime as dt

import pytest
from makers import an_organisation
from makers_officers import NOW, a_declared, a_moment, an_actor, booked, codes_of, trader_of
from makers_programs import Program, a_key
from test_pay_taxes import a_determined, a_security

from tongguan.grammar.findings import InputRefused
from tongguan.window import clock
from tongguan.window.charges import acts, ledger
from tongguan.window.charges.models import SecurityUse
from tongguan.window.clearance import officers
from tongguan.window.declarations.models import Declaration
from tongguan.window.journal.models import Entry
from tongguan.window.journal.verify import verify
from tongguan.window.states import SomeoneWasFirst

pytestmark = pytest.mark.django_db
LAST = dt.date(2026, 3, 20)
"""Ten days after the declarations of these tests."""


def a_secured(**facts):
    declaration, made = a_determined(**facts)
    security = a_security(declaration, until_on=LAST)
    acts.secure(trader_of(declaration), NOW, declaration, security)
    return declaration, made, security


def kept(declaration):
    return Declaration.objects.get(pk=declaration.pk)


def test_goods_leave_on_the_last_day_of_a_security_and_not_after_it():
    declaration, _, security = a_secured()
    late = a_moment(days=11)
    with pytest.raises(InputRefused) as refused:
        officers.release(an_actor("customs_officer"), late, declaration)
    (finding,) = refused.value.findings
    assert (finding.code, finding.path, finding.because) == (
        "release.security_expired", "tax", "customs-law#29; customs-law#69",
    )  # fmt: skip
    assert f"The security {security.reference} that stands for the tax ended on 20 March 2026" in finding.message("en")
    assert "2026年3月20日" in finding.message("zh")
    assert finding.next_step("zh")
    assert finding.next_step("en")
    assert kept(declaration).state == "reviewed"
    officers.release(an_actor("customs_officer"), a_moment(days=10), kept(declaration))
    assert kept(declaration).state == "released"


def test_a_summary_does_not_leave_on_an_ended_security_either():
    declaration, _, _ = a_secured(kind="two_step")
    Declaration.objects.filter(pk=declaration.pk).update(state="accepted")
    with pytest.raises(InputRefused) as refused:
        officers.release_provisionally(an_actor("customs_officer"), a_moment(days=11), kept(declaration))
    assert codes_of(refused) == ["release.security_expired"]


def test_what_was_released_stays_released_and_is_paid_and_cleared():
    declaration, made, security = a_secured()
    officer = an_actor("customs_officer")
    officers.release(officer, a_moment(days=5), declaration)
    later = a_moment(days=12)
    assert kept(declaration).state == "released"
    booked(made, later, paid_on=dt.date(2026, 3, 22))
    officers.clear(officer, later, kept(declaration))
    security.refresh_from_db()
    assert (kept(declaration).state, security.used_fen) == ("cleared", 0)


def test_the_tax_is_paid_instead_and_the_goods_leave():
    declaration, made, _ = a_secured()
    late = a_moment(days=11)
    booked(made, late)
    officers.release(an_actor("customs_officer"), late, kept(declaration))
    assert kept(declaration).state == "released"


def test_a_security_that_lasts_longer_takes_its_place():
    declaration, _, first = a_secured()
    late, payer = a_moment(days=11), trader_of(declaration)
    second = a_security(declaration, reference="G2", until_on=dt.date(2026, 12, 31))
    acts.secure(payer, late, kept(declaration), second)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.used_fen, second.used_fen) == (0, 15_761_656)
    assert SecurityUse.objects.get(freed_at=None).security_id == second.pk
    assert Entry.objects.filter(subject=declaration.subject).order_by("-sequence")[0].act == "replace_security"
    officers.release(an_actor("customs_officer"), late, kept(declaration))
    assert (ledger.unbalanced(), verify().faults) == ([], ())


@pytest.mark.parametrize("until", [LAST, dt.date(2026, 3, 15)])
def test_one_that_lasts_no_longer_takes_no_place(until):
    declaration, _, first = a_secured()
    second = a_security(declaration, reference="G2", until_on=until)
    with pytest.raises(SomeoneWasFirst):
        acts.secure(trader_of(declaration), NOW, kept(declaration), second)
    first.refresh_from_db()
    assert first.used_fen == 15_761_656


def test_one_too_small_takes_no_place_and_the_first_goes_on_standing():
    declaration, _, first = a_secured()
    second = a_security(declaration, fen=100, reference="G2", until_on=dt.date(2026, 12, 31))
    with pytest.raises(InputRefused) as refused:
        acts.secure(trader_of(declaration), NOW, kept(declaration), second)
    assert codes_of(refused) == ["charges.security_too_small"]
    first.refresh_from_db()
    assert (first.used_fen, SecurityUse.objects.filter(freed_at=None).count()) == (15_761_656, 1)


# --- shown in time ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "words"), [("zh", "即将到期或已到期的担保"), ("en", "Securities that end soon")])
def test_it_stands_on_the_desks_thirty_days_before_it_ends_and_after_it_has(client_as, language, words):
    declaration, made, security = a_secured()
    a_security(declaration, reference="UNUSED", until_on=LAST)  # stands for nothing: nobody need look at it
    officer, firm = client_as("customs_officer"), client_as("importer", organisation=declaration.importer)
    stranger = client_as("importer")

    def desk(who, day):
        with clock.standing_at(dt.datetime(day.year, day.month, day.day, 2, tzinfo=dt.UTC)):
            return who.get(f"/desk/?lang={language}").content.decode()

    for day in (LAST - dt.timedelta(days=30), LAST, LAST + dt.timedelta(days=40)):
        for who in (officer, firm):
            page = desk(who, day)
            assert words in page
            assert security.reference in page
            assert "UNUSED" not in page
    assert words not in desk(officer, LAST - dt.timedelta(days=31))
    assert words not in desk(stranger, LAST)
    booked(made, a_moment(days=1))
    assert words not in desk(officer, LAST)


def test_the_officers_page_and_the_firms_page_name_the_day(client_as):
    declaration, _, security = a_secured()
    with clock.standing_at(a_moment(days=11).at):
        work = client_as("customs_officer").get(f"/work/declarations/{declaration.pk}/?lang=en").content.decode()
        own = client_as("importer", organisation=declaration.importer)
        page = own.get(f"/declarations/{declaration.pk}/?lang=en").content.decode()
    assert f"The security {security.reference} that stands for the tax ended on 20 March 2026" in work
    assert f"Security {security.reference} ends on 20 March 2026" in page
    assert f"/declarations/{declaration.pk}/secure/" in page


def test_programs_ask_which_securities_end():
    declaration, _, security = a_secured()
    from makers import a_post

    firm = Program(shown=a_key("importer", post=a_post("importer", organisation=declaration.importer))[1])
    for who in (Program("customs_officer"), firm):
        assert [one["id"] for one in who.get("/securities?ending_by=2026-03-20")["items"]] == [security.pk]
        assert who.get("/securities?ending_by=2026-03-19")["items"] == []
    assert Program("importer").get("/securities?ending_by=2026-03-20")["items"] == []


def test_taxes_past_their_last_day_stand_on_the_officers_desk(client_as):
    _, made = a_determined()
    a_declared(importer=an_organisation())
    officer = client_as("customs_officer")
    with clock.standing_at(a_moment(days=15).at):
        assert "Taxes past their last day" in (page := officer.get("/desk/?lang=en").content.decode())
        assert f"/charges/{made.pk}/" not in page
    with clock.standing_at(a_moment(days=16).at):
        assert f"/charges/{made.pk}/" in officer.get("/desk/?lang=en").content.decode()
