"""Which question comes next, what travels in the address, and what hostile visitors get."""

import base64
import datetime as dt
import json
import re
import zlib

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tongguan.grammar.findings import InputRefused
from tongguan.window.ask import held, questions
from tongguan.window.ask.shipments import raw_of, shipment_of
from tongguan.window.ask.token import LONGEST, MOST_ANSWERS, WrongToken, answers_of, token_of

pytestmark = pytest.mark.django_db
DAY = dt.date(2025, 3, 3)
WINE = {
    "words": "red wine in bottles", "code": "22042100", "origin": "CL", "channel": "general_trade", "day": "2025-03-03", "price": "48600.00",
    "currency": "USD", "terms": "FOB", "freight": "2150.00", "insurance": "?", "exchange_rate_USD": "7.1788",
}  # fmt: skip
ASSESSED = {
    "channel": "general_trade",
    "day": "2025-03-03",
    "price": "3000",
    "currency": "CNY",
    "terms": "CIF",
    "origin": "US",
}


@pytest.fixture(scope="module", autouse=True)
def _search_is_read():
    held.warm()


def asked_for(**answers):
    """Every question of a case answered as given, in order; a question without an answer is answered with "I do not know"."""
    so_far, asked = {}, []
    while name := questions.next_question(so_far, DAY):
        asked.append(name)
        assert len(asked) < 25, asked
        for key in questions.gives(name, so_far):
            if key in answers:
                so_far[key] = answers[key]
            elif name != questions.GOODS:
                so_far[key] = "?"
    return asked


# --- what is asked


def test_a_shipment_in_our_currency_delivered_to_the_port_asks_least():
    assert asked_for(code="22042100", **ASSESSED) == ["goods", "origin", "channel", "day", "price"]


@pytest.mark.parametrize(
    ("terms", "asks"), [("CIF", False), ("DAP", False), ("CFR", True), ("FOB", True), ("EXW", True), ("?", False)]
)
def test_freight_and_insurance_are_asked_only_where_the_terms_leave_them_to_the_buyer(terms, asks):
    assert ("carriage" in asked_for(code="22042100", **{**ASSESSED, "terms": terms})) is asks


def test_the_exchange_rate_is_asked_only_for_another_currency():
    assert "exchange_rate_USD" in asked_for(code="22042100", **{**ASSESSED, "currency": "USD"})
    assert not [q for q in asked_for(code="22042100", **ASSESSED) if q.startswith("exchange_rate")]


@pytest.mark.parametrize(
    ("code", "units"),
    [("22042100", []), ("22089010", ["quantity_in_litre"]), ("33049900", ["quantity_in_millilitre_or_gram"])],
)
def test_a_quantity_is_asked_only_in_a_unit_that_a_rate_of_the_line_counts(code, units):
    asked = asked_for(code=code, **ASSESSED)
    assert [q for q in asked if q.startswith("quantity_in_")] == units


def test_terms_of_delivery_are_not_asked_of_a_traveller_and_his_own_facts_are():
    asked = asked_for(code="22042100", **{**ASSESSED, "channel": "travellers"})
    assert "carriage" not in asked
    assert {"facts.resident", "facts.from", "items[1].facts.category"} <= set(asked)
    assert "trade_terms" not in raw_of({**ASSESSED, "channel": "travellers", "code": "22042100"}, DAY)


def test_with_an_unknown_price_nothing_is_asked_about_the_price():
    asked = asked_for(code="22042100", origin="CL", channel="general_trade", day="2025-03-03")
    assert asked == ["goods", "origin", "channel", "day", "price"]


def test_each_fact_asked_says_what_it_is_worth():
    facts = questions.facts_missing({"code": "33049900", **ASSESSED, "quantity_in_millilitre_or_gram": "?"}, DAY)
    assert [(f.name, f.worth) for f in facts] == [("quantity_in_millilitre_or_gram", 118650)]


@pytest.mark.parametrize(
    ("channel", "name", "is_yes_or_no", "choices"),
    [
        ("personal_articles", "items[1].facts.category", False, {"1", "2", "3", "medicine"}),
        ("travellers", "facts.resident", True, set()),
        ("general_trade", "items[1].facts.wood_packaging", False, {"yes", "no"}),
    ],
)
def test_a_fact_is_asked_in_the_form_in_which_it_is_read(channel, name, is_yes_or_no, choices):
    found = questions.expected({"code": "22042100", **ASSESSED, "channel": channel}, name, DAY)
    assert found.is_yes_or_no is is_yes_or_no
    assert set(found.choices) >= choices


def test_an_open_code_is_narrowed_by_a_question_and_every_answer_can_be_taken_back():
    client = Client()
    first = client.post("/ask/-/goods/", {"words": "葡萄酒"})["Location"]
    assert first.endswith("/guided/")
    asked = client.get(first, {"lang": "en"}).content.decode()
    assert "What does it come from?" in asked
    second = client.post(first, {"choice": "fruit"})["Location"]
    back = re.search(r'href="([^"]+)" class="govuk-back-link"', client.get(second).content.decode())[1]
    assert back == first
    assert client.post(first, {"unknown": "1"}).status_code == 302
    assert client.post(first, {"choice": "no such answer"}).status_code == 422


def test_a_short_code_is_narrowed_to_a_line_or_left_open():
    client = Client()
    following = client.post("/ask/-/goods/", {"words": "2204"})["Location"]
    assert following.endswith("/code/")
    assert 'value="22042100"' in client.get(following).content.decode()
    assert client.post(following, {"unknown": "1"})["Location"].endswith("/origin/")


@pytest.mark.parametrize(
    "name",
    ["quantity_in_elephants", "exchange_rate_", "facts.", "facts.<b>", "items[2].facts.age", "proof.08", "words"],
)
def test_only_questions_we_ask_have_pages(name):
    assert Client().get(reverse("question", args=["-", name])).status_code == 404


# --- what travels in the address


@given(st.dictionaries(st.text(max_size=80), st.text(st.characters(codec="utf-8"), max_size=300), max_size=8))
def test_answers_come_back_as_they_were_told(answers):
    try:
        token = token_of(answers)
    except (WrongToken, UnicodeEncodeError):
        return
    assert answers_of(token) == answers
    assert len(token) <= LONGEST


def packed(content):
    return base64.urlsafe_b64encode(zlib.compress(content, 9)).decode().rstrip("=")


BOMB = packed(b"0" * 3_000_000)
HOSTILE = [
    "x" * 5000, "AAAA", "=", "-" * 30, BOMB[:LONGEST], packed(b"[]"), packed(b"[" * 12_000), packed(b'{"a":1}'), packed(b'{"a":{"b":"c"}}'),
    packed(json.dumps({str(n): "1" for n in range(MOST_ANSWERS + 1)}).encode()), packed(json.dumps({"price": "1" * 601}).encode()), packed(b"\xff\xfe"),
]  # fmt: skip


def test_a_small_token_cannot_fill_the_memory():
    assert len(BOMB) < LONGEST
    with pytest.raises(WrongToken):
        answers_of(BOMB)


@pytest.mark.parametrize("token", HOSTILE, ids=range(len(HOSTILE)))
def test_a_wrong_token_is_answered_with_400(token):
    client = Client()
    for address in (f"/ask/{token}/", f"/ask/{token}/price/", f"/ask/{token}/notice.pdf"):
        assert client.get(address).status_code == 400


NASTY = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "9" * 400,
            "<script>alert(1)</script>",
            "\u202e\u0000\u0007",
            "-1",
            "1e999",
            "NaN",
            "２２０４",
            "'; DROP TABLE x;--",
            "{{7*7}}",
            "../../etc",
            "∞",
        ]
    ),
)
NAMES = st.sampled_from(
    [
        "words", "told", "code", "short", "origin", "channel", "day", "price", "currency", "terms", "freight", "insurance", "exchange_rate_USD",
        "exchange_rate_XXX", "quantity_in_litre", "quantity_in_", "vat_class", "consumption_tax_class", "is_country_quota_exhausted", "facts.age",
        "items[1].facts.category", "items[1].facts.", "proof.08", "proof.", "facts.port", "nobody_asked",
    ]
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(NAMES, NASTY, max_size=8))
@example({"told": "branch=<b>;=;x", "words": "wine"})
@example({**WINE, "price": "9" * 400})
@example({**WINE, "origin": "ZZ"})
@example({**WINE, "day": "0001-01-01"})
@example({**WINE, "day": "9999-12-31"})
@example({**WINE, "channel": "no_such_way"})
@example({**WINE, "code": "1"})
def test_no_answers_whatever_make_us_fail(answers):
    client = Client(raise_request_exception=False)
    try:
        token = token_of(answers)
    except UnicodeEncodeError:
        return
    for address in (
        f"/ask/{token}/",
        *(reverse("question", args=[token, name]) for name in ("code", "price", "carriage", "exchange_rate_USD")),
    ):
        response = client.get(address)
        assert response.status_code < 500, (address, answers)
        assert b"<script>alert" not in response.content
        assert b"{{7*7}}" not in response.content or b"{{7*7}}" in json.dumps(answers).encode()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(
        ["goods", "origin", "channel", "day", "price", "quantity_in_litre", "facts.age", "items[1].facts.region"]
    ),
    NASTY,
    NASTY,
)
@example("goods", "x" * 10_000, "")
@example("price", "1" * 10_000, "USD")
def test_whatever_is_sent_becomes_findings_or_the_next_page(name, first, second):
    client = Client(raise_request_exception=False)
    token = token_of({**WINE})
    sent = dict.fromkeys(("words", "origin", "choice", "day", "price", "fact"), first) | {
        "currency": second or "CNY",
        "terms": second,
    }
    response = client.post(reverse("question", args=[token, name]), sent)
    assert response.status_code in {302, 400, 422}
    if response.status_code == 302:
        assert client.get(response["Location"]).status_code in {200, 422}


@pytest.mark.parametrize(
    "query", ["x" * 10_000, "<script>alert(1)</script>", "\u0000", "%", "'", "\u202e", "2204" * 50]
)
@pytest.mark.parametrize("address", ["/schedule/", "/fees/", "/law/"])
def test_a_search_for_anything_is_answered(address, query):
    client = Client(raise_request_exception=False)
    response = client.get(address, {"q": query, "as_of": query})
    assert response.status_code in ({400} if query == "\u0000" else {200, 422})
    assert b"<script>alert" not in response.content


@pytest.mark.parametrize("address", ["/papers/", "/schedule/22042100/"])
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2018-07-01", "1979-12-31", "not a day"])
def test_any_day_is_answered(address, day):
    response = Client(raise_request_exception=False).get(address, {"code": "22042100", "as_of": day})
    assert response.status_code in {200, 404, 422}


def test_an_unknown_question_is_not_found():
    assert Client().get("/ask/-/no_such_question/").status_code == 404


def test_the_same_reader_reads_pages_and_files():
    shipment = shipment_of(WINE, DAY)
    assert (shipment.trade_terms, shipment.declared_on, shipment.items[0].origin) == ("FOB", DAY, "CL")
    with pytest.raises(InputRefused):
        shipment_of({**WINE, "price": "1,5x"}, DAY)
