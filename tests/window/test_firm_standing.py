"""How a firm stands: confirmed or refused after it registered, mended, suspended and reinstated; with reasons, letters, in the journal, in both languages."""

import datetime as dt

import pytest
from makers import (
    LODGING,
    a_draft,
    a_lodged_declaration,
    a_moment,
    a_person,
    a_post,
    an_entrustment,
    an_organisation,
    declared_facts,
)
from makers_officers import an_actor, codes_of
from makers_programs import Program, a_key

from tongguan.grammar.findings import InputRefused
from tongguan.window import clock
from tongguan.window.access.actor import Actor, NotAllowed
from tongguan.window.accounts import acts as accounts
from tongguan.window.accounts.models import Organisation
from tongguan.window.accounts.posts import actor_of
from tongguan.window.charges import acts as charges
from tongguan.window.clearance import officers
from tongguan.window.decisions import firms, letters
from tongguan.window.decisions.models import Letter
from tongguan.window.declarations.models import Declaration
from tongguan.window.journal.models import Entry
from tongguan.window.journal.verify import verify
from tongguan.window.lodging import acts
from tongguan.window.notices import acts as notices
from tongguan.window.notices.models import CallBack, Delivery, new_nonce
from tongguan.window.states import SomeoneWasFirst

pytestmark = pytest.mark.django_db
CODE, CUSTOMS_CODE = "91110000600037341L", "3122960D01"
NOW = a_moment()
SAID = {"name_zh": "海风贸易有限公司", "name_en": "", "credit_code": CODE, "customs_code": CUSTOMS_CODE}


def registered(**facts):
    """A firm as somebody has just registered it, and that person."""
    person = a_person()
    post = accounts.found_organisation(
        Actor(person_id=person.pk, role="consumer"), NOW, **{"kind": "importer", **SAID} | facts
    )
    return post.organisation, person


def a_firm():
    """A confirmed firm and the post of somebody there."""
    post = a_post("importer")
    return post.organisation, post


def standing(firm):
    return Organisation.objects.get(pk=firm.pk).standing


# --- refused ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["customs_senior", "operator"])
def test_a_firm_that_is_not_what_it_says_is_refused_with_a_reason_and_a_letter(role):
    firm, person = registered()
    decider = an_actor(role)
    with pytest.raises(InputRefused) as refused:
        firms.refuse(decider, NOW, firm.pk, reason=" ")
    assert codes_of(refused) == ["window.reason_missing"]
    firms.refuse(decider, NOW, firm.pk, reason="登记的名称与信用代码不符")
    firm.refresh_from_db()
    assert (firm.standing, firm.standing_reason) == ("refused", "登记的名称与信用代码不符")
    actor = actor_of(person, NOW)
    assert actor.may("draft_declaration")
    assert actor.lack("lodge_declaration") == "confirmed_firm"
    (letter,) = letters.about_firm(firm)
    assert "登记的名称与信用代码不符" in letter.text_zh
    assert "did not confirm" in letter.text_en
    assert "行政复议" in letter.text_zh  # what can be done against it
    entry = Entry.objects.filter(subject=firm.subject).order_by("-sequence")[0]
    assert (entry.act, entry.state_before, entry.state_after, entry.reason) == (
        "refuse", "waiting", "refused", "登记的名称与信用代码不符",
    )  # fmt: skip
    assert verify().faults == ()


def test_whoever_registers_in_the_name_of_others_does_not_keep_them_out():
    squatter, _ = registered()
    with pytest.raises(InputRefused):
        registered()
    firms.refuse(an_actor("customs_senior"), NOW, squatter.pk, reason="冒用他人代码")
    owner, _ = registered()
    firms.confirm(an_actor("customs_senior"), NOW, owner.pk, reason="与登记一致")
    assert (standing(squatter), standing(owner)) == ("refused", "confirmed")
    assert Organisation.objects.registered_as(CODE) == owner


def test_a_refused_firm_mends_what_it_said_and_waits_again():
    firm, person = registered(name_zh="海风贸易")
    with pytest.raises(NotAllowed):  # nothing to mend while it waits
        accounts.mend_registration(actor_of(person, NOW), NOW, **SAID)
    firms.refuse(an_actor("customs_senior"), NOW, firm.pk, reason="名称不全")
    with pytest.raises(InputRefused) as refused:
        accounts.mend_registration(actor_of(person, NOW), NOW, **SAID | {"credit_code": "123"})
    assert codes_of(refused) == ["accounts.credit_code_wrong"]
    accounts.mend_registration(actor_of(person, NOW), NOW, **SAID)
    firm.refresh_from_db()
    assert (firm.standing, firm.name_zh, firm.standing_reason) == ("waiting", "海风贸易有限公司", "")
    firms.confirm(an_actor("customs_senior"), NOW, firm.pk, reason="与登记一致")
    assert actor_of(person, NOW).may("lodge_declaration")
    told = Entry.objects.filter(subject=firm.subject).order_by("sequence").values_list("act", flat=True)
    assert [act for act in told if act != "begin_post"] == ["found", "refuse", "mend", "confirm"]


def test_a_mended_code_that_belongs_to_another_is_refused():
    firm, person = registered()
    firms.refuse(an_actor("customs_senior"), NOW, firm.pk, reason="冒用")
    registered()
    with pytest.raises(InputRefused) as refused:
        accounts.mend_registration(actor_of(person, NOW), NOW, **SAID)
    assert codes_of(refused) == ["accounts.firm_is_registered"]


@pytest.mark.parametrize(
    ("act", "state"),
    [("refuse", "confirmed"), ("confirm", "refused"), ("suspend", "waiting"), ("suspend", "refused"),
     ("reinstate", "confirmed"), ("suspend", "suspended"), ("reinstate", "waiting")],
)  # fmt: skip
def test_what_does_not_lead_on_is_told_with_how_the_firm_stands(act, state):
    days = {
        "waiting": {"confirmed_at": None},
        "refused": {"confirmed_at": None, "refused_at": NOW.at},
        "confirmed": {},
        "suspended": {"suspended_at": NOW.at},
    }[state]
    firm = an_organisation(**days)
    with pytest.raises(SomeoneWasFirst) as refused:
        firms.ACTS[act](an_actor("customs_senior"), NOW, firm.pk, reason="x")
    (finding,) = refused.value.findings
    assert finding.code == "window.someone_was_first"
    assert firm.standing_words.en in finding.message("en")
    assert standing(firm) == state


@pytest.mark.parametrize("role", ["customs_officer", "agency_senior", "importer", "supervisor", "consumer"])
@pytest.mark.parametrize("act", list(firms.ACTS))
def test_nobody_else_decides_how_a_firm_stands(role, act):
    firm, _ = a_firm()
    actor = Actor(person_id=a_person().pk, role="consumer") if role == "consumer" else an_actor(role)
    with pytest.raises(NotAllowed):
        firms.ACTS[act](actor, NOW, firm.pk, reason="x")


def test_bodies_are_not_firms():
    with pytest.raises(NotAllowed):
        firms.suspend(an_actor("operator"), NOW, an_organisation("body", body="SAMR").pk, reason="x")


# --- suspended --------------------------------------------------------------------------------------------------------------------


def suspended(firm, reason="涉嫌冒用资质，海关法第八十九条"):
    return firms.suspend(an_actor("customs_senior"), NOW, firm.pk, reason=reason)


def test_a_suspended_firm_lodges_nothing_new_by_any_way():
    firm, post = a_firm()
    draft = a_draft(post)
    suspended(firm)
    actor = actor_of(post.person, NOW, has_second_factor=True)
    assert actor.is_suspended
    for lodge in (
        lambda: acts.lodge(actor, NOW, declared_facts(), importer_id=firm.pk, reference="N1"),
        lambda: acts.lodge_draft(actor, NOW, Declaration.objects.get(pk=draft.pk), "0" * 64),
    ):
        with pytest.raises(InputRefused) as refused:
            lodge()
        assert codes_of(refused) == ["lodging.importer_suspended"]
    assert acts.draft(actor, NOW, declared_facts(), importer_id=firm.pk, reference="N2").state == "drafted"
    assert not Declaration.objects.exclude(state="drafted").exists()


@pytest.mark.parametrize("side", ["importer", "declarant"])
def test_neither_a_broker_for_a_suspended_firm_nor_a_suspended_broker_lodges(side):
    firm, _ = a_firm()
    broker = a_post("broker")
    an_entrustment(firm, broker.organisation)
    suspended(firm if side == "importer" else broker.organisation)
    actor = actor_of(broker.person, NOW, has_second_factor=True)
    with pytest.raises(InputRefused) as refused:
        acts.lodge(actor, NOW, declared_facts(), importer_id=firm.pk, reference="N1")
    assert codes_of(refused) == [f"lodging.{side}_suspended"]


def test_what_was_lodged_before_goes_on_to_its_end():
    firm, post = a_firm()
    made = a_lodged_declaration(post, reference="OLD")
    officer = an_actor("customs_officer")
    suspended(firm)
    actor = actor_of(post.person, NOW, has_second_factor=True)
    same = acts.lodge(
        actor, NOW, declared_facts(), importer_id=firm.pk, reference="OLD"
    )  # sent again, it is what it was
    assert same.pk == made.pk
    officers.return_(officer, NOW, made, "提单号不符")
    mended = declared_facts(transport={"bill": "COSU6123456799"})
    acts.save(actor, NOW, made, mended)
    acts.lodge_draft(actor, NOW, Declaration.objects.get(pk=made.pk), acts.prepare(mended, NOW).digest)
    kept = Declaration.objects.get(pk=made.pk)
    assert kept.state == "lodged"
    officers.accept(officer, NOW, kept)
    officers.finish_review(officer, NOW, kept)
    due = charges.determine(officer, NOW, kept)
    told = charges.tell_payment(actor, NOW, due, fen=due.total_fen, paid_on=NOW.day, reference="B1")
    charges.confirm_payment(officer, NOW, told, paid_on=NOW.day)
    assert Declaration.objects.get(pk=made.pk).tax == "paid"


def test_a_second_step_is_completed_though_the_firm_is_suspended():
    firm, post = a_firm()
    made = a_lodged_declaration(post, facts=declared_facts(header={"procedure": "summary"}))
    suspended(firm)
    actor = actor_of(post.person, NOW, has_second_factor=True)
    facts = acts.facts_to_write(made)
    acts.save(actor, NOW, made, facts)
    acts.complete(actor, NOW, made, acts.prepare(facts, NOW).digest)
    assert Declaration.objects.get(pk=made.pk).completed_at is not None


def test_a_reinstated_firm_lodges_again_and_has_both_letters():
    firm, post = a_firm()
    suspended(firm)
    firms.reinstate(an_actor("operator"), NOW, firm.pk, reason="已整改")
    firm.refresh_from_db()
    assert (firm.standing, firm.standing_reason) == ("confirmed", "")
    assert a_lodged_declaration(post).state == "lodged"
    assert [one.act for one in letters.about_firm(firm)] == ["reinstate_firm", "suspend_firm"]
    assert verify().faults == ()


def test_everybody_of_the_firm_is_told_by_mail_and_its_programs_by_call_back():
    firm, post = a_firm()
    colleague, silent = a_post("importer", organisation=firm), a_post("importer", organisation=firm)
    a_post("importer")
    notices.choose_mail(actor_of(silent.person, NOW), "none")
    hook = CallBack.objects.create(
        organisation=firm, url="https://example.cn/told", nonce=new_nonce(), made_by="person:1", made_at=NOW.at
    )
    suspended(firm)
    later = a_moment(dt.datetime(2025, 3, 3, 3, 0, tzinfo=dt.UTC))
    notices._fan_out(later)
    told = Delivery.objects.filter(event__name="firm_suspended")
    assert set(told.values_list("person_id", "call_back_id")) == {
        (post.person_id, None), (colleague.person_id, None), (None, hook.pk),
    }  # fmt: skip
    mail = notices.mail_of(told.filter(person=post.person).get().event, post.person)
    assert "企业申报已暂停" in mail.subject
    assert "/organisation/standing/" in mail.body
    assert "Nothing new can be lodged" in mail.body


# --- pages ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["customs_senior", "operator"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pages_of_those_who_decide(client_as, role, language):
    firm, _ = registered()
    senior = client_as(role)
    listed = senior.get(f"/firms/?lang={language}").content.decode()
    assert f"/firms/{firm.pk}/" in listed
    page = senior.get(f"/firms/{firm.pk}/").content.decode()
    assert 'value="confirm"' in page
    assert 'value="refuse"' in page
    assert senior.post(f"/firms/{firm.pk}/", {"act": "refuse", "reason": ""}).status_code == 422
    assert senior.post(f"/firms/{firm.pk}/", {"act": "nothing", "reason": "x"}).status_code == 404
    assert senior.post(f"/firms/{firm.pk}/", {"act": "confirm", "reason": "与登记一致"}).status_code == 302
    assert senior.post(f"/firms/{firm.pk}/", {"act": "refuse", "reason": "晚了"}).status_code == 409
    assert senior.post(f"/firms/{firm.pk}/", {"act": "suspend", "reason": "涉嫌违法"}).status_code == 302
    assert standing(firm) == "suspended"
    for where in ("?standing=suspended", f"?code={CODE}"):
        assert f"/firms/{firm.pk}/" in senior.get(f"/firms/{where}").content.decode()
    page = senior.get(f"/firms/{firm.pk}/").content.decode()
    assert "涉嫌违法" in page
    assert senior.post(f"/firms/{firm.pk}/", {"act": "reinstate", "reason": "已整改"}).status_code == 302
    assert standing(firm) == "confirmed"


@pytest.mark.parametrize(
    ("language", "refused", "stopped"), [("zh", "不予核实", "已暂停申报"), ("en", "refused", "suspended")]
)
def test_the_firm_reads_how_it_stands_and_mends_it(client_as, language, refused, stopped):
    firm, _ = registered(name_zh="海风贸易")
    firms.refuse(an_actor("customs_senior"), NOW, firm.pk, reason="名称不全")
    client = client_as("importer", organisation=firm)
    for path in ("/desk/", "/organisation/standing/"):
        page = client.get(f"{path}?lang={language}").content.decode()
        assert refused in page.lower()
        assert "名称不全" in page
    letter = Letter.objects.get(subject=firm.subject)
    assert "名称不全" in client.get(f"/organisation/letters/{letter.pk}/").content.decode()
    assert client_as("importer").get(f"/organisation/letters/{letter.pk}/").status_code == 404
    assert "海风贸易" in client.get("/organisation/mend/").content.decode()
    assert client.post("/organisation/mend/", SAID | {"credit_code": "1"}).status_code == 422
    assert client.post("/organisation/mend/", SAID).status_code == 302
    assert standing(firm) == "waiting"
    firms.confirm(an_actor("customs_senior"), NOW, firm.pk, reason="一致")
    suspended(firm, "查实违法")
    page = client.get(f"/desk/?lang={language}").content.decode()
    assert stopped in page.lower()
    assert "查实违法" in page


@pytest.mark.parametrize(("language", "words"), [("zh", "海关已暂停"), ("en", "Customs has suspended this importer")])
def test_the_review_of_a_draft_says_why_it_is_not_lodged(client_as, language, words):
    firm, post = a_firm()
    client = client_as("importer", organisation=firm)
    with clock.standing_at(LODGING):
        draft = a_draft(post)
        suspended(firm)
        digest = acts.prepare(declared_facts(), NOW).digest
        answer = client.post(f"/declarations/{draft.pk}/lodge/?lang={language}", {"true": "yes", "digest": digest})
    assert answer.status_code == 422
    assert words in answer.content.decode()


# --- programs ---------------------------------------------------------------------------------------------------------------------


def test_programs_of_customs_suspend_and_reinstate_and_a_firms_own_reads_it():
    firm, post = a_firm()
    senior, own = Program("customs_senior"), Program(shown=a_key("importer", post=post)[1])
    assert own.get("/key")["standing"]["code"] == "confirmed"
    told = senior.do(f"/firms/{firm.pk}/suspend", {"reason": "查实违法"})
    assert (told["standing"]["code"], told["standing_reason"]) == ("suspended", "查实违法")
    assert own.get("/key")["standing_reason"] == "查实违法"
    assert [one["id"] for one in own.get("/firms")["items"]] == [firm.pk]
    assert [one["id"] for one in senior.get("/firms?standing=suspended")["items"]] == [firm.pk]
    with clock.standing_at(LODGING):
        refused = own.send("post", "/declarations", {"reference": "A1", "declaration": declared_facts()})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "lodging.importer_suspended")
    assert own.send("post", f"/firms/{firm.pk}/reinstate", {"reason": "x"}).status_code == 403
    assert senior.send("post", f"/firms/{firm.pk}/suspend", {"reason": "x"}).status_code == 409
    assert senior.do(f"/firms/{firm.pk}/reinstate", {"reason": "已整改"})["standing"]["code"] == "confirmed"


# --- in the browser ---------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pages_about_firms_are_accessible(signed_in_page, new_page, client_as, checks, phone, language):
    firm, _person = registered()
    firms.refuse(an_actor("customs_senior"), NOW, firm.pk, reason="名称不全")
    senior = signed_in_page("customs_senior", language=language)
    own = new_page(client=client_as("importer", organisation=firm), language=language, width=phone)
    waiting, _ = registered(name_zh="另一贸易公司")
    letter = Letter.objects.get(subject=firm.subject)
    for page, path in (
        (senior, "/firms/"), (senior, "/firms/?standing=refused"), (senior, f"/firms/{waiting.pk}/"),
        (own, "/organisation/standing/"), (own, "/organisation/mend/"), (own, f"/organisation/letters/{letter.pk}/"), (own, "/desk/"),
    ):  # fmt: skip
        page.goto(path)
        page.wait_for_load_state()
        checks.assert_accessible(page)
        checks.assert_fits(page)
