"""Several goods in one question: told one after the other, each with its own code, origin and price; one answer, one paper, one declaration for all."""

import datetime as dt
import json
import os
import re
import string
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from tongguan import assess, read_shipment
from tongguan.grammar.money import yuan_grouped
from tongguan.window.ask import goods, held, questions
from tongguan.window.ask.notice import content_of
from tongguan.window.ask.shipments import raw_of
from tongguan.window.ask.token import answers_of, token_of
from tongguan.window.ask.views import told_of

pytestmark = pytest.mark.django_db
DAY = dt.date(2025, 3, 3)
SHOTS = os.environ.get("TONGGUAN_SCREENSHOTS")
WINE = {
    "words": "red wine in bottles", "code": "22042100", "origin": "CL", "channel": "general_trade", "day": "2025-03-03", "price": "48600.00",
    "currency": "USD", "terms": "FOB", "freight": "2150.00", "insurance": "?", "exchange_rate_USD": "7.1788",
}  # fmt: skip
CREAM = {"words": "skin cream", "code": "33049900", "origin": "FR", "price": "9000.00"}
BOTH = {**WINE, **{goods.name_of(2, name): value for name, value in CREAM.items()}}


@pytest.fixture(scope="module", autouse=True)
def _search_is_read():
    held.warm()


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def follow(client, address, **sent):
    """Send an answer; the name of the question that comes next, and its address."""
    response = client.post(address, sent)
    assert response.status_code == 302, text_of(response)
    following = response["Location"]
    while (moved := client.get(following)).status_code == 302:
        following = moved["Location"]
    return following.rstrip("/").rsplit("/", 1)[-1], following


# --- names


NAMES = st.one_of(
    st.sampled_from([*goods.OF_GOOD, "channel", "day", "freight", "exchange_rate_USD", "facts.port"]),
    st.builds("quantity_in_{}".format, st.text(string.ascii_lowercase, max_size=8)),
    st.builds("items[1].facts.{}".format, st.text(string.ascii_lowercase, min_size=1, max_size=8)),
    st.builds("proof.{}".format, st.sampled_from(["01", "08", "22"])),
)


@given(NAMES, st.integers(1, goods.MOST_GOODS))
def test_a_name_tells_its_good_and_back(name, number):
    told, local = goods.place_of(goods.name_of(number, name))
    assert local == name
    assert told in (0, number)
    assert (told == 0) == (goods.name_of(7, name) == name)


@given(st.dictionaries(NAMES, st.text(max_size=5), max_size=6), st.dictionaries(NAMES, st.text(max_size=5), max_size=6))
def test_each_good_is_seen_as_if_it_were_alone(first, second):
    shared = {name: value for name, value in first.items() if goods.place_of(name)[0] == 0}
    own = {name: value for name, value in second.items() if goods.place_of(name)[0]}
    both = first | {goods.name_of(2, name): value for name, value in own.items()}
    assert goods.of(both, 1) == first
    assert goods.of(both, 2) == shared | own
    assert goods.without(both, 2) == first
    assert goods.without(both, 1) == shared | own


# --- questions


def test_goods_are_told_one_after_the_other_and_only_once_is_asked_what_all_share():
    client = Client()
    name, address = follow(client, "/ask/-/goods/", words="22042100")
    asked = [name]
    sent = {
        "origin": {"origin": "CL"}, "channel": {"choice": "general_trade"}, "day": {"day": "2025-03-03"},
        "price": {"price": "48600", "currency": "USD", "terms": "FOB", "another": "1"},
        "2.goods": {"words": "84713000"}, "2.origin": {"origin": "JP"}, "2.price": {"price": "9000"},
        "carriage": {"freight": "2150"}, "exchange_rate_USD": {"fact": "7.1788"},
    }  # fmt: skip
    while name in sent:
        name, address = follow(client, address, **sent[name])
        asked.append(name)
    assert asked[:-1] == list(sent)
    told = answers_of(name)
    assert goods.count(told) == 2
    assert raw_of(told, DAY)["items"] == [
        {"commodity_code": "22042100", "origin": "CL", "price": "48600"},
        {"commodity_code": "84713000", "origin": "JP", "price": "9000"},
    ]


def test_what_the_assessment_asks_is_asked_of_the_good_it_is_about():
    missing = questions.facts_missing({**BOTH, "channel": "general_trade"}, DAY)
    assert "2.quantity_in_millilitre_or_gram" in [fact.name for fact in missing]
    client = Client()
    address = reverse("question", args=[token_of(BOTH), "2.quantity_in_millilitre_or_gram"])
    page = text_of(client.get(address, {"lang": "en"}))
    assert "Good 2: skin cream" in page
    response = client.post(address, {"fact": "90000"})
    assert answers_of(response["Location"].split("/")[2])["2.quantity_in_millilitre_or_gram"] == "90000"


def test_whether_a_good_is_known_or_not_does_not_touch_the_other():
    client = Client()
    changed = client.post(reverse("question", args=[token_of(BOTH), "2.goods"]), {"words": "84713000"})
    told = answers_of(changed["Location"].split("/")[2])
    assert {name: value for name, value in told.items() if goods.place_of(name)[0] < 2} == WINE
    assert told["2.code"] == "84713000"
    assert "2.words" not in told
    unknown = client.post(reverse("question", args=[token_of(BOTH), "2.price"]), {"unknown": "1"})
    assert answers_of(unknown["Location"].split("/")[2]) == {**BOTH, "2.price": "?"}


def test_a_good_can_be_left_out_and_those_after_it_move_up():
    three = {**BOTH, "3.code": "84713000", "3.origin": "JP", "3.price": "100", "items[3].facts.use": "x"}
    kept = goods.without(three, 2)
    assert kept == {**WINE, "2.code": "84713000", "2.origin": "JP", "2.price": "100", "items[2].facts.use": "x"}
    page = Client().get(f"/ask/{token_of(BOTH)}/", {"lang": "en"}).content.decode()
    removals = re.findall(r'href="(/ask/[^"]+/on/)"', page)
    assert [answers_of(address.split("/")[2]) for address in removals] == [
        {**{k: v for k, v in WINE.items() if k not in ("words", "code", "origin", "price")}, **CREAM},
        WINE,
    ]
    assert Client().get(removals[1])["Location"] == f"/ask/{token_of(WINE)}/"


@pytest.mark.parametrize(
    "name",
    ["3.goods", "2.origin", "items[2].facts.age", "0.goods", "1.goods", "02.goods", "99.goods", "2.channel", "2.day"],
)
def test_only_goods_that_are_told_of_and_one_more_have_pages(name):
    assert Client().get(reverse("question", args=[token_of(WINE), name])).status_code == 404
    assert Client().get(reverse("question", args=[token_of(WINE), "2.goods"])).status_code == 200


def test_back_from_one_more_good_leads_to_where_one_was():
    html = Client().get(reverse("question", args=[token_of(WINE), "2.goods"])).content.decode()
    back = re.search(r'href="([^"]+)" class="govuk-back-link"', html)[1]
    assert Client().get(back)["Location"] == f"/ask/{token_of(WINE)}/"
    later = Client().get(reverse("question", args=[token_of(BOTH), "2.origin"])).content.decode()
    assert "/2.code/" in re.search(r'href="([^"]+)" class="govuk-back-link"', later)[1]


def test_there_is_an_end_to_the_goods_of_one_question():
    many = {**WINE, **{goods.name_of(n, "code"): "84713000" for n in range(2, goods.MOST_GOODS + 1)}}
    assert goods.count(many) == goods.MOST_GOODS
    page = Client().get(f"/ask/{token_of(many)}/").content.decode()
    assert f"/{goods.MOST_GOODS + 1}.goods/" not in page
    assert Client().get(reverse("question", args=[token_of(many), f"{goods.MOST_GOODS + 1}.goods"])).status_code == 404


def test_what_no_longer_fits_into_an_address_is_said_at_the_question():
    letters = "".join(chr(0x4E00 + (n * 7919) % 20_000) for n in range(6_000))
    full = dict(WINE)
    for number in range(2, 6):
        full |= {f"{number}.words": letters[number * 250 : (number + 1) * 250], f"{number}.code": "84713000"}
    response = Client().post(reverse("question", args=[token_of(full), "6.goods"]), {"words": letters[3000:3290]})
    assert response.status_code == 422
    assert "网址" in text_of(response)


# --- the answer


def test_the_answer_is_that_of_the_same_file():
    told = told_of(BOTH, DAY).dossier.assessment
    assert told == assess(read_shipment(raw_of(BOTH, DAY)))
    assert len(told.items) == 2


@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_good_has_its_total_and_all_have_theirs(language):
    answers = {**BOTH, "2.quantity_in_millilitre_or_gram": "90000"}
    told = told_of(answers, DAY).dossier.assessment
    text = text_of(Client().get(f"/ask/{token_of(answers)}/", {"lang": language}))
    assert told.total_low == told.total_high
    for fen in (told.total_low, *(item.low for item in told.items)):
        assert yuan_grouped(fen) in text
    assert {"zh": "及另外 1 种货物", "en": "and 1 more"}[language] in text


def test_a_proof_is_claimed_for_its_own_good():
    html = Client().get(f"/ask/{token_of(BOTH)}/", {"lang": "en"}).content.decode()
    claimed = [answers_of(a.split("/")[2]) for a in re.findall(r'href="(/ask/[^"]+/)">I have this proof', html)]
    assert {"proof.08": "certificate"}.items() <= claimed[0].items()
    from_australia = {**BOTH, "2.code": "22042100", "2.origin": "AU"}
    html = Client().get(f"/ask/{token_of(from_australia)}/", {"lang": "en"}).content.decode()
    claimed = [answers_of(a.split("/")[2]) for a in re.findall(r'href="(/ask/[^"]+/)">I have this proof', html)]
    assert {name for one in claimed for name in one if "proof" in name} >= {"proof.08", "2.proof.18"}


def test_what_a_fact_is_worth_is_told_of_its_good():
    fact = next(f for f in questions.facts_missing(BOTH, DAY) if f.name == "2.quantity_in_millilitre_or_gram")
    alone = questions.facts_missing({**{k: v for k, v in WINE.items() if k not in CREAM}, **CREAM, "freight": "0"}, DAY)
    assert fact.worth > 0
    assert [f.name for f in alone if f.name == "quantity_in_millilitre_or_gram"]
    text = text_of(Client().get(f"/ask/{token_of(BOTH)}/", {"lang": "en"}))
    assert "2. quantity" in text.lower() or "2. the quantity" in text.lower()
    assert "the tax on the goods it is about" in text


def test_the_paper_has_every_good_with_its_total():
    answers = {**BOTH, "2.quantity_in_millilitre_or_gram": "90000"}
    told = told_of(answers, DAY)
    content = content_of(told, "https://window.example/ask/x/")
    assert [item["total"] for item in content["items"]] == [yuan_grouped(i.low) for i in told.dossier.assessment.items]
    assert "2. skin cream" in json.dumps(content, ensure_ascii=False)
    response = Client().get(f"/ask/{token_of(answers)}/notice.pdf")
    assert response.content.startswith(b"%PDF-")


def test_what_is_wrong_with_one_good_is_said_at_its_question():
    response = Client().post(reverse("question", args=[token_of(BOTH), "2.price"]), {"price": "9,0x", "lang": "en"})
    assert response.status_code == 422
    assert "id_price_error" in response.content.decode()
    wrong = Client().get(f"/ask/{token_of({**BOTH, '2.price': '9,0x'})}/", {"lang": "en"})
    assert wrong.status_code == 422
    assert "/2.price/" in wrong.content.decode()


# --- in a browser

GO_ON = {"zh": "继续", "en": "Continue"}
ANOTHER = {"zh": "继续，并再加一种货物", "en": "Continue and add another good"}
ONE_MORE = {"zh": "再加一种货物", "en": "Add another good"}
REMOVE = {"zh": "删去", "en": "Remove"}


def where(page):
    return page.url.rstrip("/").rsplit("/", 1)[-1].split("?")[0]


def answer_with(page, language, name, button=GO_ON, **sent):
    """Answer the question that is shown, which must be this one."""
    assert where(page) == name
    for field, value in sent.items():
        control = page.locator(f"[name={field}]")
        if control.count() > 1:
            page.check(f"[name={field}][value='{value}']")
        elif control.evaluate("e => e.tagName") == "SELECT":
            control.select_option(value)
        else:
            control.fill(value)
    page.get_by_role("button", name=button[language], exact=True).click()
    page.wait_for_load_state()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_two_goods_from_the_first_word_to_the_answer(
    new_page, assert_accessible, assert_fits, walk_by_keyboard, language
):
    page = new_page(language=language)

    def look():
        assert_accessible(page)
        assert_fits(page)
        if SHOTS:
            page.screenshot(path=str(Path(SHOTS) / f"goods-{where(page)[:12]}-{language}.png"), full_page=True)

    page.goto("/ask/")
    answer_with(page, language, "goods", words="22042100")
    answer_with(page, language, "origin", origin="CL")
    answer_with(page, language, "channel", choice="general_trade")
    answer_with(page, language, "day", day="2025-03-03")
    look()
    answer_with(page, language, "price", ANOTHER, price="48600", currency="USD", terms="FOB")
    look()
    answer_with(page, language, "2.goods", words="04069000")
    answer_with(page, language, "2.origin", origin="NZ")
    assert page.locator(".govuk-caption-l").inner_text().startswith({"zh": "第 2 种货物", "en": "Good 2"}[language])
    look()
    answer_with(page, language, "2.price", price="9000")
    answer_with(page, language, "carriage", freight="2150")
    answer_with(page, language, "exchange_rate_USD", fact="7.1788")
    page.locator("#goods").wait_for()
    rows = page.locator("#goods + .tg-scroll tbody tr")
    assert rows.count() == 3
    look()
    # back leads back, and what was told is still there
    page.click(".govuk-back-link")
    assert where(page) == "exchange_rate_USD"
    page.click(".govuk-back-link")
    page.click(".govuk-back-link")
    assert where(page) == "2.price"
    walk_by_keyboard(page)
    assert page.input_value("[name=price]") == "9000"
    # one good is left out, and one more is begun from the answer
    page.go_back()
    page.go_back()
    page.go_back()
    page.locator(f"#goods-here a:has-text('{REMOVE[language]}')").nth(0).click()
    page.wait_for_load_state()
    assert page.locator("#goods").count() == 0
    assert "04069000" in page.locator("h2#good-1").inner_text()
    page.get_by_role("link", name=ONE_MORE[language]).first.click()
    page.wait_for_load_state()
    assert where(page) == "2.goods"
    look()
