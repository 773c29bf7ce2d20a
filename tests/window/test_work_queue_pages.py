"""The officers' pages: reached by those who may, answered in both languages, acts by button, the loser of two told with 409."""

import re

import pytest
from makers_officers import NOW, a_case, a_declared, a_licence, a_ready_declaration

from tongguan.window.decisions.models import Letter, Proposal
from tongguan.window.declarations.models import Declaration
from tongguan.window.examination.models import Draw
from tongguan.window.permits.models import Case

pytestmark = pytest.mark.django_db
LANGUAGES = ["zh", "en"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("queue", ["acceptance", "review", "examination", "release", "requests"])
def test_each_queue_of_customs_opens(client_as, queue, language):
    declaration = a_declared()
    page = client_as("customs_officer").get(f"/work/customs/{queue}/?lang={language}")
    assert page.status_code == 200
    assert (declaration.number in page.content.decode()) is (queue == "acceptance")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "state", ["lodged", "accepted", "under_review", "reviewed", "suspended", "released", "cleared"]
)
def test_a_declaration_shows_at_every_stage(client_as, state, language):
    declaration = a_declared(state=state, tax="paid")
    a_case(declaration)
    page = client_as("customs_senior").get(f"/work/declarations/{declaration.pk}/?lang={language}")
    assert page.status_code == 200


def test_release_by_button_and_again_is_told(client_as):
    declaration = a_ready_declaration()
    client = client_as("customs_officer")
    assert client.post(f"/work/declarations/{declaration.pk}/release/").status_code == 302
    assert Declaration.objects.get(pk=declaration.pk).state == "released"
    assert client.post(f"/work/declarations/{declaration.pk}/release/").status_code == 409


def test_a_refused_act_shows_every_obstacle_on_the_page(client_as):
    declaration = a_declared(state="reviewed", tax="open", examination="selected")
    page = client_as("customs_officer").post(f"/work/declarations/{declaration.pk}/release/")
    assert page.status_code == 422
    text = page.content.decode()
    assert "税款尚未缴清" in text
    assert "尚未查验" in text


@pytest.mark.parametrize("role", ["importer", "agency_officer", "supervisor"])
def test_others_do_not_reach_the_pages_of_customs(client_as, role):
    declaration = a_declared()
    client = client_as(role)
    assert client.get("/work/customs/").status_code in {403, 404}
    assert client.post(f"/work/declarations/{declaration.pk}/accept/").status_code in {403, 404}
    assert Declaration.objects.get(pk=declaration.pk).state == "lodged"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_body_works_its_case_to_a_refusal_by_two_people(client_as, language):
    case = a_case(body="SAMR", requirement="ccc-certificate")
    officer, senior = client_as("agency_officer"), client_as("agency_senior")
    assert officer.get(f"/work/permits/?lang={language}").status_code == 200
    assert officer.get(f"/work/permits/{case.pk}/").status_code == 200
    assert officer.post(f"/work/permits/{case.pk}/take/").status_code == 302
    assert senior.post(f"/work/permits/{case.pk}/take/").status_code == 409
    assert officer.post(f"/work/permits/{case.pk}/refuse/", {"reason": ""}).status_code == 422
    assert officer.post(f"/work/permits/{case.pk}/refuse/", {"reason": "型号不符"}).status_code == 302
    proposal = Proposal.objects.get()
    assert senior.get(f"/work/decisions/?lang={language}").status_code == 200
    assert senior.get(f"/work/decisions/{proposal.pk}/").status_code == 200
    assert senior.post(f"/work/decisions/{proposal.pk}/", {"decision": "confirmed", "reason": ""}).status_code == 302
    case.refresh_from_db()
    assert case.state == "refused"
    importer = client_as("importer", organisation=case.declaration.importer)
    letter = importer.get(f"/letters/{Letter.objects.get().pk}/?lang={language}")
    assert letter.status_code == 200
    assert "型号不符" in letter.content.decode()
    assert client_as("importer").get(f"/letters/{Letter.objects.get().pk}/").status_code == 404


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_importer_answers_and_sees_the_journal_without_names(client_as, language):
    case = a_case(body="SAMR", requirement="ccc-certificate")
    officer = client_as("agency_officer")
    assert officer.post(f"/work/permits/{case.pk}/ask/", {"reason": "请补充型号"}).status_code == 302
    importer = client_as("importer", organisation=case.declaration.importer)
    page = importer.get(f"/permits/{case.pk}/answer/?lang={language}")
    assert "请补充型号" in page.content.decode()
    assert importer.post(f"/permits/{case.pk}/answer/", {"reason": "型号为A"}).status_code == 302
    assert Case.objects.get(pk=case.pk).state == "under_review"
    journal = importer.get(f"/declarations/{case.declaration_id}/journal/?lang={language}")
    text = journal.content.decode()
    assert "请补充型号" in text
    assert officer.person.name_zh not in text
    assert client_as("importer").get(f"/declarations/{case.declaration_id}/journal/").status_code == 404


@pytest.mark.parametrize("language", LANGUAGES)
def test_licences_and_their_ledger(client_as, language):
    licence = a_licence(a_declared().importer, body="SAMR")
    officer = client_as("agency_officer")
    for address in ("/licences/", f"/licences/{licence.pk}/", "/work/licences/new/"):
        assert officer.get(f"{address}?lang={language}").status_code == 200
    assert client_as("importer").get(f"/licences/{licence.pk}/").status_code == 404
    given = {"number": "", "holder": "", "quantity": "x", "unit": "", "valid_from": "x", "valid_until": "2026-12-31"}
    refused = officer.post("/work/licences/new/", given)
    assert refused.status_code == 422
    for name in ("number", "holder", "quantity", "unit", "valid_from"):
        assert f'href="#{name}"' in refused.content.decode(), "all at once, each at its field"


def test_bodies_are_named_on_the_pages_of_licences_and_cases(client_as):
    case = a_case(body="SAMR", requirement="infant-formula-recipe")
    licence = a_licence(case.declaration.importer, body="SAMR", goods="奶粉")
    officer, customs = client_as("agency_officer"), client_as("customs_officer")
    for client, address in (
        (officer, "/work/permits/"),
        (officer, "/licences/"),
        (officer, f"/licences/{licence.pk}/"),
        (customs, f"/work/declarations/{case.declaration_id}/"),
    ):
        page = re.sub(r"<[^>]+>", " ", client.get(address).content.decode())
        assert "国家市场监督管理总局" in page, address
        assert "SAMR" not in page, address


def test_an_examiner_is_led_nowhere_that_is_closed_to_them(client_as):
    declaration = a_declared(state="under_review", examination="selected")
    page = client_as("customs_examiner").get(f"/work/declarations/{declaration.pk}/").content.decode()
    assert "/charges/securities/" not in page
    assert (
        "/charges/securities/"
        in client_as("customs_officer").get(f"/work/declarations/{declaration.pk}/").content.decode()
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_draw_is_prepared_carried_out_and_checked_by_anyone(client_as, client, language):
    client_as("customs_examiner")
    declaration = a_declared(state="accepted")
    senior = client_as("customs_senior")
    assert senior.get(f"/work/draws/new/?lang={language}").status_code == 200
    rates = {
        f"rate_{g}": "100" for g in ("advanced_certified", "certified", "regular", "dishonest", "seriously_dishonest")
    }
    assert senior.post("/work/draws/new/", rates | {"reason": ""}).status_code == 422
    assert senior.post("/work/draws/new/", rates | {"reason": "日常抽查"}).status_code == 302
    draw = Draw.objects.get()
    before = client.get(f"/draws/{draw.pk}/?lang={language}").content.decode()
    assert draw.commitment in before
    assert draw.seed not in before
    assert declaration.number not in before
    assert senior.post(f"/work/draws/{draw.pk}/carry-out/").status_code == 302
    after = client.get(f"/draws/{draw.pk}/?lang={language}").content.decode()
    assert draw.seed in after
    assert declaration.number not in after
    assert senior.post(f"/work/draws/{draw.pk}/carry-out/").status_code == 409
    assert client.get(f"/draws/?lang={language}").status_code == 200
    declaration.refresh_from_db()
    assert declaration.examination == "selected"
    page = senior.get(f"/work/declarations/{declaration.pk}/?lang={language}")
    assert f"/draws/{draw.pk}/" in page.content.decode()


def test_a_request_is_shown_and_decided(client_as):
    declaration = a_declared(state="accepted")
    asked = declaration.requests.create(kind="withdraw", reason="合同取消", asked_by="person:1", asked_at=NOW.at)
    officer = client_as("customs_officer")
    assert "合同取消" in officer.get(f"/work/requests/{asked.pk}/").content.decode()
    assert officer.post(f"/work/requests/{asked.pk}/", {"decision": "granted", "reason": ""}).status_code == 422
    assert officer.post(f"/work/requests/{asked.pk}/", {"decision": "granted", "reason": "属实"}).status_code == 302
    declaration.refresh_from_db()
    assert declaration.state == "withdrawn"


def test_the_page_of_a_queue_does_not_ask_for_each_line(client_as, django_assert_max_num_queries):
    for _ in range(30):
        a_declared()
    client = client_as("customs_officer")
    with django_assert_max_num_queries(12):
        page = client.get("/work/customs/acceptance/")
    assert page.content.decode().count("/work/declarations/") == 25
