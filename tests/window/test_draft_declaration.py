"""The form: kept as one goes, looked at as it is written, reviewed, lodged; by hand, without JavaScript, in both languages."""

import json
import re

import pytest
from makers import (
    a_draft,
    a_lodged_declaration,
    a_moment,
    a_post,
    an_actor,
    an_entrustment,
    declared_facts,
    goods_facts,
)

from tongguan.window import clock
from tongguan.window.declarations import editing
from tongguan.window.declarations.models import Declaration, Draft
from tongguan.window.lodging import acts

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_the_day():
    with clock.standing_at(a_moment().at):
        yield


def shown(client, address, **data):
    response = client.get(address, data)
    assert response.status_code == 200, address
    return response.content.decode()


def filled(facts, groups):
    """Facts as the boxes of a page send them."""
    posted = {}
    for group in groups:
        held = facts.get(group, {})
        rows = [(f"{group}[{n}]", row) for n, row in enumerate(held)] if isinstance(held, list) else [(group, held)]
        for path, row in rows:
            posted |= {f"{path}.{name}": editing.text_of(value) for name, value in row.items()}
    return posted


def test_from_an_empty_form_to_lodged(client_as):
    client = client_as("importer")
    response = client.post(
        "/declarations/new/", {"importer": client.organisation.pk, "reference": "J-1", "procedure": "one_step"}
    )
    made = Declaration.objects.get(reference="J-1")
    assert response.url == f"/declarations/{made.pk}/edit/"
    root = response.url
    facts = declared_facts()
    for page, groups in editing.PAGES.items():
        if page == "goods":
            added = client.post(f"{root}goods/", {"add": "goods"})
            assert added.url == f"{root}goods/1/"
            assert client.post(added.url, filled(facts, groups) | {"go": "1"}).status_code == 302
        else:
            assert client.post(f"{root}{page}/", filled(facts, groups) | {"go": "1"}).status_code == 302
    review = shown(client, f"/declarations/{made.pk}/review/")
    digest = review.split('name="digest" value="')[1].split('"')[0]
    refused = client.post(f"/declarations/{made.pk}/lodge/", {"digest": digest})
    assert refused.status_code == 422
    assert (
        client.post(f"/declarations/{made.pk}/lodge/", {"digest": digest, "true": "yes"}).url
        == f"/declarations/{made.pk}/"
    )
    made.refresh_from_db()
    assert made.state == "lodged"
    assert made.number in shown(client, f"/declarations/{made.pk}/")
    kept = made.versions.get().facts
    assert kept["parties"]["importer_name"] == "海川贸易公司"


def test_what_the_register_knows_is_not_asked(client_as):
    client = client_as("importer")
    client.organisation.credit_code = "91310000MA1FL0AB1X"
    client.organisation.save()
    client.post("/declarations/new/", {"importer": client.organisation.pk, "reference": "J-2"})
    facts = Draft.objects.get(declaration__reference="J-2").facts
    assert facts["parties"]["importer_code"] == "91310000MA1FL0AB1X"


def test_an_assessment_is_carried_over_and_nothing_is_retyped(client_as):
    shipment = {
        "dates": {"declared": "2025-03-03", "arrived": "2025-03-01"}, "trade_terms": "FOB", "currency": "USD", "exchange_rates": {"USD": "7.1788"},
        "freight": "2150.00",
        "items": [{"commodity_code": "22042100", "name": "赤霞珠干红", "origin": "CL", "price": "48600.00", "quantities": {"litre": "9000"}}],
    }  # fmt: skip
    client = client_as("importer")
    page = client.post("/declarations/new/", {"shipment": json.dumps(shipment, ensure_ascii=False)}).content.decode()
    assert "赤霞珠干红" in page
    sent = {
        "shipment": json.dumps(shipment),
        "importer": client.organisation.pk,
        "reference": "J-3",
        "procedure": "one_step",
    }
    assert client.post("/declarations/new/", sent).status_code == 302
    facts = Draft.objects.get(declaration__reference="J-3").facts
    goods = facts["goods"][0]
    assert (goods["commodity_code"], goods["origin"], goods["total_price"], goods["name"]) == (
        "22042100",
        "CHL",
        "48600",
        "赤霞珠干红",
    )
    assert facts["valuation"]["freight"] == "2150"


@pytest.mark.parametrize("broken", ["{", "[]", '"x"', "1" * 300_000, '{"items": 1}'])
def test_a_broken_assessment_is_told_and_begins_nothing(client_as, broken):
    client = client_as("importer")
    response = client.post(
        "/declarations/new/", {"shipment": broken, "importer": client.organisation.pk, "reference": "J-4"}
    )
    assert response.status_code == 422
    assert not Declaration.objects.exists()


def test_every_page_in_both_languages(client_as):
    client = client_as("importer")
    kept = a_draft(client.post_held)
    for language in ("zh", "en"):
        for page in (*editing.PAGES, "goods/1"):
            assert "<h1" in shown(client, f"/declarations/{kept.pk}/edit/{page}/", lang=language)
        for address in ("/declarations/", "/declarations/new/", f"/declarations/{kept.pk}/", f"/declarations/{kept.pk}/review/",
                        f"/declarations/{kept.pk}/edit/", f"/declarations/{kept.pk}/discard/", "/declarations/codes/ports/", "/declarations/sheets/",
                        "/declarations/sheets/mappings/"):  # fmt: skip
            page = shown(client, address, lang=language)
            assert page.count("<h1") == 1
            assert f'lang="{"en" if language == "en" else "zh-Hans"}"' in page


def test_what_is_wrong_stands_at_its_box_and_in_the_summary(client_as):
    client = client_as("importer")
    kept = a_draft(client.post_held)
    response = client.post(
        f"/declarations/{kept.pk}/edit/goods/1/", {"goods[0].total_price": "12.3.4", "goods[0].origin": "", "look": "1"}
    )
    page = response.content.decode()
    assert response.status_code == 422
    assert 'href="#goods-0-total_price"' in page
    assert 'href="#goods-0-origin"' in page
    assert 'value="12.3.4"' in page
    assert page.count("govuk-error-message") >= 2


def test_while_writing_only_what_was_written_is_judged(client_as):
    client = client_as("importer")
    kept = a_draft(client.post_held, facts={"goods": [{}]})
    response = client.post(
        f"/declarations/{kept.pk}/edit/goods/1/", {"goods[0].total_price": "12.3.4"}, headers={"HX-Request": "true"}
    )
    said = response.content.decode()
    assert 'href="#goods-0-total_price"' in said
    assert "goods-0-origin" not in said.split("hx-swap-oob")[0]
    assert Draft.objects.get(declaration=kept).facts["goods"][0]["total_price"] == "12.3.4"


def test_names_that_are_no_field_are_not_kept(client_as):
    client = client_as("importer")
    kept = a_draft(client.post_held, facts={})
    sent = {
        "header.customs_office": "2248",
        "header.evil": "x",
        "goods[7].name": "x",
        "goods[0].name": "x",
        "__class__.x": "y",
        "transport.mode": "2",
    }
    client.post(f"/declarations/{kept.pk}/edit/parties/", sent)
    assert Draft.objects.get(declaration=kept).facts["header"] == {"customs_office": "2248"}
    assert not Draft.objects.get(declaration=kept).facts.get("goods")


def test_lists_grow_and_shrink_without_javascript(client_as):
    client = client_as("importer")
    kept = a_draft(client.post_held, facts={})
    address = f"/declarations/{kept.pk}/edit/transport/"
    client.post(address, {"add": "containers"})
    client.post(address, {"containers[0].number": "CSNU6877402", "add": "containers"})
    assert [c.get("number", "") for c in Draft.objects.get(declaration=kept).facts["containers"]] == ["CSNU6877402", ""]
    client.post(address, {"containers[0].number": "CSNU6877402", "remove": "containers[0]"})
    assert Draft.objects.get(declaration=kept).facts["containers"] == [{}]


def test_a_draft_is_discarded_after_asking(client_as):
    client = client_as("importer")
    kept = a_draft(client.post_held)
    assert client.get(f"/declarations/{kept.pk}/discard/").status_code == 200
    client.post(f"/declarations/{kept.pk}/discard/")
    kept.refresh_from_db()
    assert kept.state == "withdrawn"
    assert not Draft.objects.filter(declaration=kept).exists()
    assert client.post(f"/declarations/{kept.pk}/discard/").status_code == 409


@pytest.mark.parametrize("part", ["", "edit/", "edit/goods/", "review/", "discard/"])
def test_what_is_not_yours_is_not_there(client_as, part):
    kept = a_draft()
    assert client_as("importer").get(f"/declarations/{kept.pk}/{part}").status_code == 404
    assert client_as("broker").get(f"/declarations/{kept.pk}/{part}").status_code == 404


def test_officers_see_no_drafts(client_as):
    assert client_as("customs_officer").get(f"/declarations/{a_draft().pk}/").status_code == 404


@pytest.mark.parametrize(
    ("address", "method"), [("lodge/", "get"), ("review/", "post"), ("papers/", "get"), ("versions/1/", "post")]
)
def test_wrong_method(client_as, address, method):
    client = client_as("importer")
    kept = a_lodged_declaration(client.post_held)
    assert getattr(client, method)(f"/declarations/{kept.pk}/{address}").status_code == 405


def test_visitors_are_asked_to_sign_in(client, db):
    assert client.get("/declarations/").status_code == 302


def test_a_broker_declares_for_its_principals_alone(client_as):
    client, principal, stranger = client_as("broker"), a_post("importer").organisation, a_post("importer").organisation
    an_entrustment(principal, client.organisation)
    assert principal.name_zh in shown(client, "/declarations/new/")
    assert stranger.name_zh not in shown(client, "/declarations/new/")
    assert client.post("/declarations/new/", {"importer": stranger.pk, "reference": "X"}).status_code == 422
    assert client.post("/declarations/new/", {"importer": principal.pk, "reference": "X"}).status_code == 302


def test_a_draft_has_no_number_of_customs_until_it_is_lodged(client_as):
    client = client_as("importer")
    drafted, lodged = a_draft(client.post_held, "AB-1"), a_lodged_declaration(client.post_held, "CD-1")
    assert drafted.number == ""
    assert len(lodged.number) == 18
    for address in ("/declarations/", f"/declarations/{drafted.pk}/", f"/declarations/{drafted.pk}/journal/"):
        page = shown(client, address)
        assert f"草稿 {drafted.pk}" in page
        assert not re.search(rf"\d{{9}}{drafted.pk:09d}", page)
    assert lodged.number in shown(client, "/declarations/")


def test_the_list_is_searched_and_cut_by_stage(client_as):
    client = client_as("importer")
    drafted, lodged = a_draft(client.post_held, "AB-1"), a_lodged_declaration(client.post_held, "CD-1")
    assert "CD-1" not in shown(client, "/declarations/", tab="drafts")
    assert f"/declarations/{drafted.pk}/" in shown(client, "/declarations/", q="AB")
    found = shown(client, "/declarations/", q=lodged.number)
    assert "CD-1" in found
    assert "AB-1" not in found


def test_the_list_asks_few_questions_whatever_its_length(client_as, django_assert_max_num_queries):
    client = client_as("importer")
    for number in range(30):
        a_draft(client.post_held, f"N-{number}", {})
    with django_assert_max_num_queries(12):
        page = shown(client, "/declarations/")
    assert "after=" in page


def test_codes_are_suggested(client_as):
    client = client_as("importer")
    said = client.get(
        "/declarations/codes/countries/", {"goods[0].origin": "chil"}, headers={"HX-Request": "true"}
    ).content.decode()
    assert 'value="CHL"' in said
    assert client.get("/declarations/codes/nothing/").status_code == 404


def test_saving_after_lodging_touches_nothing_that_was_lodged(client_as):
    client = client_as("importer")
    kept = a_lodged_declaration(client.post_held)
    acts.save(an_actor(client.post_held), a_moment(), kept, declared_facts([goods_facts(name="改名")]))
    kept.refresh_from_db()
    assert kept.goods_summary == "赤霞珠干红葡萄酒"
    assert kept.versions.get().facts["goods"][0]["name"] == "赤霞珠干红葡萄酒"


def test_suggestions_ask_with_their_own_box_alone(client_as):
    """Else the whole form, with its token, would travel in the address and the words searched for would be lost among it."""
    client = client_as("importer")
    draft = a_draft(client.post_held)
    page = shown(client, f"/declarations/{draft.pk}/edit/parties/")
    box = page[page.index('name="header.trade_country"') :].partition(">")[0]
    assert "/declarations/codes/countries/" in box
    assert 'hx-include="this"' in box


def test_a_paper_is_named_by_the_requirement_it_answers(client_as):
    found = shown(client_as("importer"), "/declarations/codes/requirements/", q="生产企业注册")
    assert "food-maker-registration" in found


def test_a_code_the_list_does_not_hold_can_be_written(client_as):
    client = client_as("importer")
    draft = a_draft(client.post_held)
    client.post(f"/declarations/{draft.pk}/edit/parties/", {"header.customs_office": ["2248", "7999"], "go": "1"})
    assert acts.writing_of(Declaration.objects.get(pk=draft.pk))["header"]["customs_office"] == "7999"
    client.post(f"/declarations/{draft.pk}/edit/parties/", {"header.customs_office": ["2248", ""], "go": "1"})
    assert acts.writing_of(Declaration.objects.get(pk=draft.pk))["header"]["customs_office"] == "2248"


@pytest.mark.parametrize(("language", "told"), [("zh", "CHL 智利"), ("en", "CHL Chile")])
def test_codes_are_told_with_what_they_mean(language, told):
    from tongguan.window.declarations.words import facts_rows

    facts = {"header": {"trade_country": "CHL", "procedure": "one_step", "special_relationship": False}}
    values = [value for _, value in facts_rows(facts, language)]
    assert told in values
    assert "one_step" not in values
    assert "False" not in values
