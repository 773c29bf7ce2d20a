"""Officers' pages in a real browser, in both languages, on a phone: no accessibility violation, nothing too wide. One page is used for all of a role's."""

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
from makers_officers import a_licence

from tongguan.window import clock
from tongguan.window.charges import acts as charges
from tongguan.window.clearance import officers
from tongguan.window.declarations.models import Declaration
from tongguan.window.examination import acts as examination
from tongguan.window.lodging import acts
from tongguan.window.permits import acts as permits
from tongguan.window.permits.models import Case

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_officers_pages_are_accessible(new_page, client_as, checks, language):
    customs = an_organisation("body", body="GACC")
    firm = a_post("importer")
    trader, officer = an_actor(firm), an_actor(a_post("customs_officer", organisation=customs))
    senior = client_as("customs_senior", customs)
    kept = a_lodged_declaration(firm)
    moment = a_moment()
    officers.accept(officer, moment, kept)
    officers.finish_review(officer, moment, kept)
    made = charges.determine(officer, moment, kept)
    told = charges.tell_payment(trader, moment, made, fen=made.total_fen, paid_on=moment.day, reference="B1")
    charges.confirm_payment(officer, moment, told, paid_on=moment.day)
    a_post("customs_examiner", organisation=customs)
    order = examination.order(officer, moment, Declaration.objects.get(pk=kept.pk), "货物名称笼统")
    other = a_lodged_declaration(firm, reference="AMEND-1")
    officers.accept(officer, moment, other)
    charges.determine(officer, moment, Declaration.objects.get(pk=other.pk))
    asked = acts.ask_amendment(
        trader, moment, other, declared_facts(goods=[goods_facts(total_price="50000.00")]), "单价写错"
    )
    refund = charges.request_refund(trader, moment, made, fen=100, ground="overpaid", reason="多缴")
    a_licence(firm.organisation, body="GACC")
    body = client_as("agency_senior", customs)
    permits.promise(an_actor(body.post_held), moment, "food-chinese-label", 5)
    case = Case.objects.filter(declaration=kept).first()

    with clock.standing_at(LODGING):
        page = new_page(language=language, client=senior)
        for path in (
            "/desk/", "/work/customs/", f"/work/declarations/{kept.pk}/", f"/work/requests/{asked.pk}/", f"/work/orders/{order.pk}/reassign/",
            "/charges/", f"/charges/{made.pk}/", "/charges/securities/", "/charges/refunds/", f"/charges/refunds/{refund.pk}/",
            "/charges/reconcile/", f"/declarations/{kept.pk}/journal/",
        ):  # fmt: skip
            look(page, checks, path)
        officers.decide_request(officer, moment, asked, is_granted=True, reason="属实")
        proposal = charges.propose_redetermination(
            officer, moment, Declaration.objects.get(pk=other.pk), reason="依修改后的价格"
        )
        for path in (f"/work/declarations/{other.pk}/", f"/work/decisions/{proposal.pk}/"):
            look(page, checks, path)
        page = new_page(language=language, client=body)
        for path in ("/desk/", "/work/permits/", f"/work/permits/{case.pk}/", "/work/promises/", "/licences/"):
            look(page, checks, path)


def look(page, checks, path):
    answered = page.goto(path)
    assert answered.status == 200, f"{path}: {answered.status}"
    checks.assert_accessible(page)
    checks.assert_fits(page)
