"""Whole journeys in a real browser, each person in a page of their own: from the question to release, with a permit, with an examination."""

import datetime as dt
import os
from itertools import count
from pathlib import Path

import pytest
from django.test import Client
from makers import LODGING, a_lodged_declaration, a_post, an_organisation, declared_facts, goods_facts, sign_in
from makers_officers import a_licence

from tongguan.window import clock
from tongguan.window.accounts.models import Organisation
from tongguan.window.ask.token import token_of
from tongguan.window.charges.models import Determination, Security
from tongguan.window.declarations.models import Declaration
from tongguan.window.journal.verify import verify
from tongguan.window.look.texts import say
from tongguan.window.permits.models import Case, Licence, LicenceUse

pytestmark = pytest.mark.django_db(transaction=True)

SHOTS = os.environ.get("TONGGUAN_SCREENSHOTS")
TAX = "157,616.56"
ASKED = {
    "code": "22042100", "origin": "CL", "channel": "general_trade", "day": "2025-03-03", "price": "48600.00", "currency": "USD", "terms": "FOB",
    "freight": "2150.00", "exchange_rate_USD": "7.1788",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _one_day():
    """Everything happens on 3 March 2025, one thing after the other."""
    seconds = count()
    with clock.standing_at(lambda: LODGING + dt.timedelta(seconds=next(seconds))):
        yield


def look_at(page, name):
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


def leaves(facts, path=""):
    """Facts by the names the form's boxes have."""
    if isinstance(facts, dict):
        return {
            k: v for name, value in facts.items() for k, v in leaves(value, f"{path}.{name}" if path else name).items()
        }
    if isinstance(facts, list) and facts and isinstance(facts[0], dict):
        return {k: v for n, value in enumerate(facts) for k, v in leaves(value, f"{path}[{n}]").items()}
    return {path: facts}


class Somebody:
    """A person of a role with a browser page of their own."""

    def __init__(self, page, language):
        self.page, self.language = page, language

    def go(self, path):
        answered = self.page.goto(path)
        assert answered.status == 200, f"{path}: {answered.status}"
        return self

    def say(self, key, **facts):
        return say(key, self.language, **facts)

    def press(self, action, reason="", **fields):
        """Open the act of this address on the page, fill its form and send it."""
        form = self.page.locator(f"form[action$='{action}']")
        # Opened by its property: a click on the summary could land while the page still moves, and the walk by keys opens it as a person does.
        form.evaluate("e => { const held = e.closest('details'); if (held) held.open = true }")
        if reason:
            form.locator("textarea").fill(reason)
        for name, value in fields.items():
            box = form.locator(f"[name={name}]")
            box.select_option(value) if box.evaluate("e => e.tagName") == "SELECT" else box.fill(value)
        with self.page.expect_navigation():
            form.locator("button.govuk-button").first.click()
        assert self.page.locator(".govuk-error-summary").count() == 0, self.text()
        return self

    def click(self, what):
        """Follow a link, or send a form, and wait for the page it leads to."""
        with self.page.expect_navigation():
            self.page.locator(what).first.click()

    def text(self):
        return self.page.locator("main").inner_text()


@pytest.fixture
def somebody(new_page, client_as):
    """`somebody("importer", "en")`: signed in, in a page of their own."""

    def make(role, language, organisation=None):
        return Somebody(new_page(language=language, client=client_as(role, organisation)), language)

    return make


def write(trader, facts):
    """Fill every box that is still empty, page by page, as the task list leads."""
    page = trader.page
    known = leaves(facts)
    begin = page.url
    links = page.locator("a.govuk-task-list__link").evaluate_all("all => all.map(e => e.href)")
    typed = []
    page.goto(next(link for link in links if link.endswith("/goods/")))
    links += page.locator("main a[href*='/edit/goods/']").evaluate_all("all => all.map(e => e.href)")
    for link in links:
        page.goto(link)
        page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
        boxes = page.locator("main form [name]").evaluate_all(
            "all => all.filter(e => e.type !== 'hidden' && !e.id.startsWith('other-')).map(e => [e.name, e.value])"
        )
        for name, held in boxes:
            # The question knows the eight digits of the tariff; the declaration asks for ten.
            if held and not (name.endswith("commodity_code") and len(held) < 10):
                continue
            if name in known and known[name] not in (None, ""):
                value = known[name]
                box = page.locator(f"[name='{name}']").first
                kind = box.evaluate("e => e.tagName + ':' + e.type")
                if kind.startswith("SELECT"):
                    box.select_option(str(value))
                elif isinstance(value, list):
                    box.fill(" ".join(value))
                elif isinstance(value, str):
                    box.fill(value)
                typed.append(name)
        with page.expect_navigation():
            page.locator("main form button[name=go]").click()
    page.goto(begin)
    return typed


def agree_to_all(body, count):
    """The body opens its queue and agrees, case by case."""
    for _ in range(count):
        body.go("/work/permits/")
        body.click("table a")
        body.press("/grant/")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_wine_from_chile_from_the_question_to_release(somebody, new_page, checks, language):
    """As importer, as officer, as the body, and the supervisor watching."""
    assert Client().get(f"/ask/{token_of(ASKED)}/").status_code == 200  # the first answer of a process reads its tables
    visitor = new_page(language=language)
    visitor.goto(f"/ask/{token_of(ASKED)}/")
    assert TAX in visitor.locator("main").inner_text()
    declare = visitor.locator("a[href$='/declare/']").first.get_attribute("href")

    customs = an_organisation("body", body="GACC")
    trader = somebody("importer", language)
    trader.go(declare)
    trader.page.select_option("#importer", index=trader.page.locator("#importer option").count() - 1)
    trader.page.fill("#reference", "WINE-1")
    trader.click("main form button.govuk-button")
    typed = write(trader, declared_facts(transport={"departure_port": "CHL102", "stopover_port": "CHL102"}))
    # What the question already knew is not typed again.
    assert not {"goods[0].origin", "goods[0].total_price", "goods[0].currency", "valuation.freight"} & set(typed)
    pk = Declaration.objects.get(reference="WINE-1").pk
    trader.go(f"/declarations/{pk}/review/")
    assert TAX in trader.text(), trader.text()
    checks.assert_accessible(trader.page)
    look_at(trader.page, f"journey-review-{language}")
    trader.page.check("#true")
    trader.click("form[action$='/lodge/'] button")
    assert Declaration.objects.get(pk=pk).state == "lodged"

    officer = somebody("customs_officer", language, customs)
    officer.go("/desk/")
    officer.click(f"a[href='/work/declarations/{pk}/']")
    officer.press("/accept/").press("/begin-review/").press("/finish-review/")
    look_at(officer.page, f"journey-officer-{language}")
    officer.press("/determine/")
    assert TAX in officer.text()

    body = somebody("agency_officer", language, customs)
    agree_to_all(body, Case.objects.filter(declaration_id=pk).count())

    trader.go(f"/declarations/{pk}/")
    checks.assert_accessible(trader.page)
    look_at(trader.page, f"journey-to-pay-{language}")
    with trader.page.expect_navigation():
        trader.page.get_by_role("button", name=trader.say("charges.pay_now")).or_(
            trader.page.get_by_role("link", name=trader.say("charges.pay_now"))
        ).click()
    trader.page.locator("form[action$='/pay/'] [name=reference]").fill("BANK-1")
    with trader.page.expect_navigation():
        trader.page.locator("form[action$='/pay/'] button").click()
    assert Declaration.objects.get(pk=pk).tax == "determined"
    assert trader.say("charges.waits_for_bank") in trader.text()
    notice = Determination.objects.get(declaration_id=pk)
    officer.go(f"/charges/{notice.pk}/")
    officer.press("/confirm/")
    assert Declaration.objects.get(pk=pk).tax == "paid"

    officer.go(f"/work/declarations/{pk}/")
    assert officer.say("decisions.work_no_obstacle") in officer.text()
    officer.press("/release/").press("/clear/")
    kept = Declaration.objects.get(pk=pk)
    assert (kept.state, kept.released_at is not None) == ("cleared", True)

    supervisor = somebody("supervisor", language)
    supervisor.go("/desk/")
    checks.assert_accessible(supervisor.page)
    look_at(supervisor.page, f"journey-desk-supervisor-{language}")
    supervisor.go("/release-times/")
    found = verify()
    assert (found.faults, found.entries > 15) == ((), True)


def test_ore_with_a_licence_asked_about_answered_granted_and_written_off(somebody, checks):
    """A body asks, its clock stands still, the importer answers, the licence is reserved and written off at release."""
    firm = an_organisation()
    post = a_post("importer", organisation=firm)
    ore = goods_facts(
        commodity_code="2603000000", name="铜精矿", unit="035", first_unit="035", second_quantity=None, second_unit=None
    )
    pk = a_lodged_declaration(post, facts=declared_facts(goods=[ore])).pk
    licence = a_licence(firm, quantity_milli=20_000_000, valid_from=LODGING.date(), number="AL-1")
    customs = an_organisation("body", body="GACC")
    trader, ministry = (
        somebody("importer", "zh", firm),
        somebody("agency_officer", "en", an_organisation("body", body="MOFCOM")),
    )
    case = Case.objects.get(declaration_id=pk, body="MOFCOM")

    ministry.go("/desk/")
    ministry.click(f"a[href='/work/permits/{case.pk}/']")
    checks.assert_accessible(ministry.page)
    checks.assert_fits(ministry.page)
    look_at(ministry.page, "journey-case-en")
    ministry.press("/ask/", "Which mine?")

    trader.go("/desk/")
    trader.click(f"a[href='/permits/{case.pk}/answer/']")
    checks.assert_accessible(trader.page)
    assert "Which mine?" in trader.text()
    trader.page.locator("textarea").fill("埃斯孔迪达")
    trader.click("main form button.govuk-button")

    ministry.go(f"/work/permits/{case.pk}/")
    ministry.press("/grant/", licence=str(licence.pk), quantity="9000")
    assert Licence.objects.get(pk=licence.pk).remaining_milli == 11_000_000

    officer = somebody("customs_officer", "zh", customs)
    officer.go(f"/work/declarations/{pk}/")
    officer.press("/accept/").press("/finish-review/").press("/determine/")
    agree_to_all(somebody("agency_officer", "zh", customs), Case.objects.filter(declaration_id=pk, body="GACC").count())
    made = Determination.objects.get(declaration_id=pk)
    trader.go(f"/charges/{made.pk}/")
    trader.press("/pay/", reference="BANK-2")
    officer.go(f"/charges/{made.pk}/")
    officer.press("/confirm/")
    officer.go(f"/work/declarations/{pk}/")
    officer.press("/release/")
    use = LicenceUse.objects.get(case=case)
    assert (use.quantity_milli, use.written_off_at is not None) == (9_000_000, True)
    ministry.go(f"/licences/{licence.pk}/")
    assert "9000" in ministry.text().replace(",", "")
    assert verify().faults == ()


def test_two_steps_drawn_by_lot_examined_settled_by_two_and_released_on_security(somebody, new_page, checks):
    """A summary declaration, drawn by lot; the examiner drawn is away; a difference is found and settled by two; security stands for the tax."""
    firm, customs = an_organisation(), an_organisation("body", body="GACC")
    kept = a_lodged_declaration(
        a_post("importer", organisation=firm), facts=declared_facts(header={"procedure": "summary"})
    )
    pk = kept.pk
    trader, officer, senior = (
        somebody(role, language, organisation)
        for role, language, organisation in (
            ("importer", "en", firm), ("customs_officer", "en", customs), ("customs_senior", "zh", customs),
        )
    )  # fmt: skip
    a_post("customs_examiner", organisation=customs)
    officer.go(f"/work/declarations/{pk}/").press("/accept/")

    senior.go("/work/draws/new/")
    for box in senior.page.locator("input[name^=rate_]").all():
        box.fill("100")
    senior.page.locator("textarea").fill("日常抽查")
    senior.click("main form button.govuk-button")
    senior.click("form[action$='/carry-out/'] button")
    order = Declaration.objects.get(pk=pk).examination_orders.get()

    away = order.examiner_id
    spare = a_post("customs_examiner", organisation=customs).person
    senior.go(f"/work/orders/{order.pk}/reassign/")
    checks.assert_accessible(senior.page)
    senior.page.select_option("#examiner", str(spare.pk))
    senior.page.locator("textarea").fill("抽中人员休假")
    senior.click("main form button.govuk-button")
    order.refresh_from_db()
    assert order.examiner_id == spare.pk != away

    client = Client()
    sign_in(client, spare)
    examiner = Somebody(new_page(client=client), "zh")
    examiner.go("/desk/")
    examiner.click(f"a[href='/work/declarations/{pk}/']")
    examiner.press("/find-wanting/", "少两箱")

    officer.go(f"/work/declarations/{pk}/").press("/settle/", "已补正数量")
    senior.go("/desk/")
    senior.click("a.govuk-task-list__link[href^='/work/decisions/']")
    checks.assert_accessible(senior.page)
    senior.click("button[value=confirmed]")
    assert Declaration.objects.get(pk=pk).examination == "examined"

    trader.go("/charges/securities/give/")
    trader.page.select_option("[name=kind]", "bank_letter")
    for name, value in (("amount", "200000.00"), ("reference", "LG-1"), ("from_on", "2025-01-01")):
        trader.page.fill(f"[name={name}]", value)
    trader.click("main form button.govuk-button")
    officer.go("/charges/securities/").press("/accept/")
    trader.go(f"/declarations/{pk}/")
    trader.click(f"a[href='/declarations/{pk}/secure/']")
    checks.assert_accessible(trader.page)
    checks.assert_fits(trader.page)
    trader.click("main form button.govuk-button")
    assert Security.objects.get().used_fen > 0
    agree_to_all(
        somebody("agency_officer", "zh", customs), Case.objects.filter(declaration_id=pk, state="requested").count()
    )
    officer.go(f"/work/declarations/{pk}/").press("/release-provisionally/")
    look_at(officer.page, "journey-two-step-released-en")
    kept = Declaration.objects.get(pk=pk)
    assert (kept.state, kept.tax, kept.waits_for_completion) == ("released", "secured", True)
    trader.go("/desk/")
    assert trader.say("desk.to_complete") in trader.text()
    journal = officer.go(f"/declarations/{pk}/journal/").text()
    assert spare.name_en not in journal
    assert Organisation.objects.get(pk=customs.pk).name_en in journal or "Customs" in journal
    assert verify().faults == ()
