"""What a good is made of, told in the question: each agreement's rule is tested on it, and it goes along into a shared link and a declaration."""

import datetime as dt
import json
import os
import re
from html import unescape
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tongguan.window.ask import goods, held, materials
from tongguan.window.ask.notice import content_of
from tongguan.window.ask.token import answers_of, token_of
from tongguan.window.ask.views import told_of
from tongguan.window.declarations.models import Draft

pytestmark = pytest.mark.django_db
BILL = Path(__file__).resolve().parents[2] / "examples" / "origin" / "table_fans_from_viet_nam.yaml"
FANS = {
    "code": "84145191", "origin": "VN", "channel": "general_trade", "day": "2025-06-16", "price": "108000.00", "currency": "CNY", "terms": "CIF",
}  # fmt: skip
SHOTS = os.environ.get("TONGGUAN_SCREENSHOTS")
ROWS = [("plastic housings", "392690", "VN", "14000.00"), ("motors", "850110", "中国台湾", "52000.00")]


@pytest.fixture(scope="module", autouse=True)
def _search_is_read():
    held.warm()


def text_of(response, status=200):
    assert response.status_code == status
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def page_of(answers, number=1):
    return reverse("materials", args=[token_of(answers), number])


def rows_sent(rows=ROWS, **prices):
    cells = {
        f"{column}-{n}": text
        for n, row in enumerate(rows, 1)
        for column, text in zip(materials.SHOWN, row, strict=True)
    }
    return {"exw": "100000", "fob": "104000", **cells, **prices}


def told_by(response):
    assert response.status_code == 302, text_of(response, response.status_code)
    assert response["Location"].endswith("#origin")
    return answers_of(response["Location"].split("/")[2])


def test_the_answer_offers_to_test_the_rules_and_then_says_what_came_of_it():
    html = Client().get(f"/ask/{token_of(FANS)}/", {"lang": "en"}).content.decode()
    assert f'href="{page_of(FANS)}"' in html
    told = told_by(Client().post(page_of(FANS), rows_sent()))
    bill = materials.bill_of(told)
    assert bill["product"] == {"exw": "100000", "fob": "104000"}
    assert bill["inputs"][1] == {"name": "motors", "code": "850110", "origin": "TW", "value": "52000.00"}
    text = text_of(Client().get(f"/ask/{token_of(told)}/", {"lang": "en"}))
    assert "tested on its materials" in text
    assert re.search(r"qualifies|does not qualify|fails|undecided|open", text)
    assert "Materials" in text


def test_a_whole_bill_of_materials_says_the_same_as_on_the_command_line():
    sent = {"file": SimpleUploadedFile("bill.yaml", BILL.read_bytes())}
    told = told_by(Client().post(page_of(FANS), sent))
    text = text_of(Client().get(f"/ask/{token_of(told)}/", {"lang": "en"})).replace(" (build-down, FOB)", "")
    assert "37.79 %, 2.21 points short" in text
    assert "spending 2,300.00 less on materials from elsewhere" in text
    # what rows do not show stays when a row is changed
    rows = [tuple(row[column] for column in materials.SHOWN) for row in materials.inputs_in(materials.bill_of(told))]
    rows[0] = (*rows[0][:3], "14500.00")
    changed = told_by(Client().post(page_of(told), rows_sent(rows, exw="100500.00", fob="104500.00")))
    bill = materials.bill_of(changed)
    assert bill["inputs"][0]["value"] == "14500.00"
    assert bill["inputs"][0]["weight"] == "900"
    assert bill["costs"]["labour"] == "6000.00"


def test_a_table_is_read_into_rows():
    table = "name,code,origin,value\n塑料外壳,392690,越南,14000\n电机,850110,TW,52000\n".encode("gb18030")
    sent = {"exw": "100000", "file": SimpleUploadedFile("materials.csv", table)}
    told = told_by(Client().post(page_of(FANS), sent))
    html = Client().get(page_of(told)).content.decode()
    assert 'value="塑料外壳"' in html
    assert 'value="VN"' in html


def test_everything_wrong_is_said_at_its_box():
    rows = [("housings", "39", "VN", "14000"), ("motors", "850110", "Atlantis", "1,5x")]
    response = Client().post(page_of(FANS), rows_sent(rows, exw="", fob="") | {"lang": "en"})
    text = text_of(response, 422)
    html = response.content.decode()
    for box in ("product-exw", "inputs-1-code", "inputs-2-origin", "inputs-2-value"):
        assert f'href="#items-1-bill-{box}"' in html, box
        assert f'id="items-1-bill-{box}"' in html, box
    assert "1,5x" in text
    assert 'value="Atlantis"' in html or 'value="ATLANTIS"' in html


def test_materials_worth_more_than_the_product_are_refused():
    found = text_of(Client().post(page_of(FANS), rows_sent(exw="100", fob="104")), 422)
    assert "66,000.00" in found


def test_more_rows_can_be_had_and_rows_can_be_left_out():
    more = Client().post(page_of(FANS), rows_sent() | {"more": "1"})
    html = more.content.decode()
    assert 'value="motors"' in html
    assert html.count("<fieldset") > Client().get(page_of(FANS)).content.decode().count("<fieldset")
    told = told_by(Client().post(page_of(FANS), rows_sent([("", "", "", ""), ROWS[1]])))
    assert [row["name"] for row in materials.inputs_in(materials.bill_of(told))] == ["motors"]
    without = Client().post(page_of(told), {"without": "1"})
    assert answers_of(without["Location"].split("/")[2]) == FANS


def test_what_does_not_fit_into_an_address_is_said():
    letters = "".join(chr(0x4E00 + (n * 7919) % 20_000) for n in range(9_000))
    rows = [(letters[n * 60 : (n + 1) * 60], f"{8501 + n % 40}10", "TW", str(n + 1)) for n in range(120)]
    text = text_of(Client().post(page_of(FANS), rows_sent(rows)), 422)
    assert "材料多到一个网址装不下" in text


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bill.exe", b"MZ"), ("bill.csv", b""), ("bill.csv", b"a,b\n1,2\n"), ("bill.csv", b"\xff\xfe\x00\xd8"), ("bill.csv", b"code\n" + b"1\n" * 600),
        ("bill.csv", b"x" * 300_000), ("bill.yaml", b"a: &a [*a]\n"), ("bill.yaml", b"- 1\n"), ("bill.json", b"{" * 5000), ("bill.json", b"[]"),
        ("bill.yaml", b"product: 1\ninputs: {a: b}\n"), ("bill.yaml", b"inputs: [{name: x, elephants: 3}]\nwhales: 2\n"),
    ],
)  # fmt: skip
def test_a_wrong_file_gives_findings(name, content):
    response = Client(raise_request_exception=False).post(page_of(FANS), {"file": SimpleUploadedFile(name, content)})
    assert response.status_code == 422


@pytest.mark.parametrize(
    "bill",
    ["[]", "{", "1", '"x"', "[" * 9000, '{"inputs":1}', '{"inputs":[1,[],{"code":{}}]}', '{"product":[]}', '{"x":1e999}', '{"inputs":[{"value":NaN}]}', "null"],
)  # fmt: skip
def test_no_bill_whatever_in_an_address_makes_us_fail(bill):
    client = Client(raise_request_exception=False)
    answers = {**FANS, "bill": bill}
    for address in (f"/ask/{token_of(answers)}/", page_of(answers), f"/ask/{token_of(answers)}/notice.pdf"):
        assert client.get(address).status_code in {200, 302, 422}
    assert client.post(page_of(answers), rows_sent()).status_code in {302, 422}


@pytest.mark.parametrize("number", [0, 2, 99])
def test_only_a_good_that_is_told_of_has_materials(number):
    assert Client().get(page_of(FANS, number)).status_code == 404


def test_each_good_has_its_own_materials():
    both = {**FANS, **{goods.name_of(2, k): v for k, v in FANS.items()}}
    told = told_by(Client().post(page_of(both, 2), rows_sent()))
    assert set(told) - set(both) == {"2.bill"}
    assert "2. Materials" in text_of(Client().get(f"/ask/{token_of(told)}/", {"lang": "en"}))


def test_the_materials_go_along_into_the_declaration(client_as):
    told = told_by(Client().post(page_of(FANS), rows_sent()))
    importer = client_as("importer")
    begun = importer.get(reverse("declare", args=[token_of(told)])).content.decode()
    shipment = unescape(re.search(r'name="shipment" value="([^"]+)"', begun)[1])
    assert json.loads(shipment)["items"][0]["bill"]["inputs"][0]["name"] == "plastic housings"
    importer.post("/declarations/new/", {"shipment": shipment, "importer": importer.organisation.pk})
    assert Draft.objects.get().facts["goods"][0]["bill"]["product"]["exw"] == "100000"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_is_for_everyone(new_page, assert_accessible, assert_fits, walk_by_keyboard, language):
    page = new_page(language=language)
    page.goto(page_of(FANS))
    assert_accessible(page)
    walk_by_keyboard(page)
    page.locator("[name=exw]").fill("100000")
    for column, text in zip(materials.SHOWN, ROWS[0], strict=True):
        page.locator(f"[name={column}-1]").fill(text)
    page.locator("[name=value-1]").fill("1,4x")
    page.locator("form button.govuk-button").first.click()
    page.locator(".govuk-error-summary").wait_for()
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"materials-{language}.png"), full_page=True)
    assert_accessible(page)
    assert_fits(page)
    page.locator("[name=value-1]").fill("14000")
    page.locator("form button.govuk-button").first.click()
    page.locator("#origin").wait_for()
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"materials-answer-{language}.png"), full_page=True)
    assert page.locator(".tg-code").count() > 0
    assert_accessible(page)
    assert_fits(page)


def test_the_paper_says_what_the_materials_show():
    told = told_by(Client().post(page_of(FANS), {"file": SimpleUploadedFile("bill.yaml", BILL.read_bytes())}))
    content = content_of(told_of(told, dt.date(2025, 6, 16)), "x")
    assert any("2,300.00" in agreement["cures"][1] for agreement in content["origins"])
    assert Client().get(f"/ask/{token_of(told)}/notice.pdf").content.startswith(b"%PDF-")
