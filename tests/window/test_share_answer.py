"""An answer is an address: it opens the same anywhere, goes onto paper in both languages, and becomes a declaration with nothing retyped."""

import datetime as dt
import json
import re
import shutil
import subprocess
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from tongguan import read_shipment
from tongguan.declaration import from_shipment
from tongguan.window.ask import held
from tongguan.window.ask.notice import content_of
from tongguan.window.ask.token import token_of
from tongguan.window.ask.views import told_of
from tongguan.window.declarations.models import Draft

pytestmark = pytest.mark.django_db
DAY = dt.date(2025, 3, 3)
WINE = {
    "words": "red wine in bottles", "code": "22042100", "origin": "CL", "channel": "general_trade", "day": "2025-03-03", "price": "48600.00",
    "currency": "USD", "terms": "FOB", "freight": "2150.00", "insurance": "?", "exchange_rate_USD": "7.1788",
}  # fmt: skip
TWO_GOODS = {
    **WINE, "2.words": "skin cream", "2.code": "33049900", "2.origin": "FR", "2.price": "9000.00", "2.quantity_in_millilitre_or_gram": "90000",
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _search_is_read():
    held.warm()


def page_text(client, answers, **asked):
    response = client.get(f"/ask/{token_of(answers)}/", asked)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_a_shared_link_opens_the_same_answer_elsewhere(new_page):
    mine = new_page(language="zh")
    mine.goto(f"/ask/{token_of(WINE)}/")
    link = mine.input_value("#share-link")
    assert "lang=zh" in link
    theirs = new_page(language="en")  # another browser, another language
    theirs.goto(link)
    assert theirs.locator("h1").inner_text() == mine.locator("h1").inner_text()
    assert theirs.locator("main").inner_text() == mine.locator("main").inner_text()


def test_an_answer_does_not_change_with_the_day_it_is_opened(monkeypatch):
    from tongguan.window import clock

    now = page_text(Client(), WINE)
    monkeypatch.setattr(clock, "now", lambda: dt.datetime(2031, 5, 6, tzinfo=dt.UTC))
    later = page_text(Client(), WINE)
    assert "157,616.56" in now
    assert re.findall(r"[\d,]+\.\d\d", now) == re.findall(r"[\d,]+\.\d\d", later)


def test_the_proof_in_hand_is_one_link_away():
    html = Client().get(f"/ask/{token_of(WINE)}/", {"lang": "en"}).content.decode()
    link = re.search(r'href="([^"]+)">I have this proof', html)[1]
    assert "93,384.37" in re.search(r"<h1.*?</h1>", Client().get(link).content.decode(), re.DOTALL)[0]


def test_a_missing_fact_gives_a_range_and_is_worth_what_it_says():
    text = page_text(Client(), {**WINE, "origin": "?"}, lang="en")
    assert re.search(r"To pay: CNY [\d,.]+ – [\d,.]+", text)
    assert "the origin" in text
    assert "With this alone the total varies between CNY" in text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_without_a_code_no_tax_is_guessed(language):
    answers = {k: v for k, v in WINE.items() if k != "code"} | {"code": "?"}
    text = page_text(Client(), answers, lang=language)
    assert {"zh": "还不能得出税额", "en": "No total can be given yet"}[language] in text
    assert "2204" in text


def test_what_cannot_be_read_is_named_and_can_be_changed():
    response = Client().get(f"/ask/{token_of({**WINE, 'price': '12x'})}/", {"lang": "en"})
    assert response.status_code == 422
    html = response.content.decode()
    assert "12x" in html
    assert "/price/" in html


# --- on paper


def test_the_pdf_is_accessible_and_speaks_both_languages(tmp_path):
    response = Client().get(f"/ask/{token_of(WINE)}/notice.pdf")
    content = b"".join(response) if response.streaming else response.content
    assert response["Content-Type"] == "application/pdf"
    assert content.startswith(b"%PDF-")
    assert re.search(rb"pdfuaid:part[>=\"]+\s*1", content)
    title = re.search(rb"<dc:title>.*?</dc:title>", content, re.DOTALL)[0].decode()
    assert "进口税费与单证答复" in title
    assert "Answer on duties, taxes and papers" in title
    assert b"/MarkInfo" in content
    if reader := shutil.which("pdftotext"):
        path = tmp_path / "notice.pdf"
        path.write_bytes(content)
        text = subprocess.run([reader, "-layout", path, "-"], capture_output=True, check=True).stdout.decode()
        assert "157,616.56" in text
        assert "进口环节增值税" in text
        assert "import VAT" in text


def test_the_paper_says_what_the_page_says():
    content = json.dumps(content_of(told_of(WINE, DAY), "https://window.example/ask/x/"), ensure_ascii=False)
    for said in (
        "157,616.56",
        "51,158.39",
        "进口环节增值税",
        "import VAT",
        "中国—智利自由贸易协定",
        "China-Chile Free Trade Agreement",
    ):
        assert said in content


def test_markup_in_a_name_is_only_text_on_paper():
    nasty = {**WINE, "words": '#read("/etc/passwd") *bold* $x$ = <b> \u202e \\ `'}
    response = Client().get(f"/ask/{token_of(nasty)}/notice.pdf")
    assert response.status_code == 200
    assert response.content.startswith(b"%PDF-")
    assert "\u202e" not in json.dumps(content_of(told_of(nasty, DAY), "x"), ensure_ascii=False)


# --- into a declaration


def declared_with(client, answers):
    """What the page that begins a declaration is given, and its address."""
    html = Client().get(f"/ask/{token_of(answers)}/").content.decode()
    address = re.search(r'href="(/ask/[^"]+/declare/)"', html)[1]
    response = client.get(address)
    assert response.status_code == 200
    hidden = re.search(r'name="shipment" value="([^"]+)"', response.content.decode())[1]
    return address, unescape(hidden)


def test_nothing_is_typed_again_on_the_declaration(client_as):
    address, shipment = declared_with(client_as("importer"), WINE)
    goods = from_shipment(read_shipment(json.loads(shipment)))["goods"][0]
    assert (goods["commodity_code"], goods["origin"], goods["total_price"]) == ("22042100", "CHL", "48600")
    # a visitor is asked to sign in, and comes back to the same answers
    visitor = Client().get(address)
    assert visitor.status_code == 302
    assert parse_qs(urlsplit(visitor["Location"]).query)["next"] == [address]


def test_a_declaration_has_every_good_of_the_answer(client_as):
    importer = client_as("importer")
    _, shipment = declared_with(importer, TWO_GOODS)
    begun = importer.post("/declarations/new/", {"shipment": shipment, "importer": importer.organisation.pk})
    assert begun.status_code == 302
    goods = Draft.objects.get().facts["goods"]
    assert [(one["commodity_code"], one["origin"], one["total_price"]) for one in goods] == [
        ("22042100", "CHL", "48600"), ("33049900", "FRA", "9000"),
    ]  # fmt: skip
    assert [one["name"] for one in goods] == ["red wine in bottles", "skin cream"]
