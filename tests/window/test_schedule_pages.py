"""The schedule, papers, origin, charges and the law as anyone may read them."""

import re
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tongguan.grammar.citations import instruments
from tongguan.grammar.rules import rule_folders
from tongguan.window.ask import held

pytestmark = pytest.mark.django_db
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture(scope="module", autouse=True)
def _search_is_read():
    held.warm()


def text_of(address, status=200, client=None, **asked):
    response = (client or Client()).get(address, asked)
    assert response.status_code == status, address
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


# --- the schedule


@pytest.mark.parametrize("words", ["wine", "葡萄酒", "putaojiu", "2204", "22042100"])
def test_a_line_is_found_in_either_language_by_pinyin_and_by_code(words):
    html = Client().get("/schedule/", {"q": words}).content.decode()
    assert "/schedule/22042100/" in html


@pytest.mark.parametrize(("words", "heading", "line"), [("葡萄酒", "2204", "22042100"), ("牛肉", "0202", "02023000")])
def test_what_is_found_reads_as_the_schedule_does(words, heading, line):
    """The heading of the best line first, its lines below it in their order, each heading once."""
    html = Client().get("/schedule/", {"q": words}).content.decode()
    headings = re.findall(r"品目 (\d{4})", html)
    assert headings[0] == heading
    assert len(headings) == len(set(headings))
    rows = re.findall(r'品目 (\d{4})|href="/schedule/(\d{8})/', html)
    above, under = "", {}
    for code, own in rows:
        above = code or above
        if own:
            under.setdefault(above, []).append(own)
    assert all(codes == sorted(codes) and {c[:4] for c in codes} == {above} for above, codes in under.items())
    best = html.index(f"/schedule/{line}/")
    assert "最接近" in html[best : best + 200]
    assert html.count("最接近") == 1


def test_a_heading_with_more_lines_leads_to_all_of_them():
    html = Client().get("/schedule/", {"q": "奶粉"}).content.decode()
    [more] = re.findall(r'href="/schedule/(0402|1901)/\?as_of=[^"]+">全部税目', html)[:1]
    assert text_of(f"/schedule/{more}/")


def test_a_line_says_where_its_rates_were_read_in_words():
    text = text_of("/schedule/22042100/", as_of="2025-03-03", lang="en")
    assert "From memory, to be checked" in text
    assert "MEMORY" not in text


def test_a_line_shows_each_rate_of_its_day_with_source_and_confidence():
    text = text_of("/schedule/22042100/", as_of="2018-08-01", lang="en")
    assert "China-Australia" in text
    assert "2.8%" in text
    after = text_of("/schedule/22042100/", as_of="2025-03-03", lang="en")
    assert re.search(r"Australia[^%]*? 0%", after)
    assert "What changed between 1 July 2018 and 3 March 2025" in after
    assert "cut" in after
    assert "wine" in after  # the class of consumption tax


def test_days_can_be_compared_and_nothing_changed_is_said():
    text = text_of("/schedule/22042100/", as_of="2025-03-03", since="2025-03-02", lang="en")
    assert "no rate we hold has changed" in text


def test_a_short_code_lists_the_lines_under_it():
    assert "2204.2100" in text_of("/schedule/2204/")


def test_a_line_that_is_not_held_says_so_and_is_not_zero():
    text = text_of("/schedule/99999999/", status=404, lang="en")
    assert "99999999" in text or "9999.9999" in text
    assert "0%" not in text


def test_a_day_that_cannot_be_read_is_named_at_its_field():
    response = Client().get("/schedule/22042100/", {"as_of": "yesterday"})
    assert response.status_code == 422
    assert "id_as_of_error" in response.content.decode()


# --- papers


def test_papers_name_the_authority_the_article_and_what_is_not_needed():
    text = text_of("/papers/", code="2204.2100", origin="CL", as_of="2025-03-03", lang="en")
    assert "Registration of the overseas food maker" in text
    assert "General Administration of Customs" in text
    assert "Food Safety Law" in text
    assert "not required" in text


def test_a_fact_settles_what_the_papers_turn_on():
    asked = Client().get("/papers/", {"code": "84713000", "origin": "US", "as_of": "2025-03-03"}).content.decode()
    names = re.findall(r'name="fact_([a-z0-9_]+)"', asked)
    assert names
    before = asked.count("govuk-tag--yellow")
    facts = {f"fact_{name}": "no" for name in names}
    told = (
        Client().get("/papers/", {"code": "84713000", "origin": "US", "as_of": "2025-03-03", **facts}).content.decode()
    )
    assert told.count("govuk-tag--yellow") < before


def test_a_code_that_is_none_is_told_at_its_field():
    response = Client().get("/papers/", {"code": "wine"})
    assert response.status_code == 422
    assert "id_code_error" in response.content.decode()


# --- origin


def post_origin(**sent):
    plain = {"commodity_code": "84145191", "country": "VN", "currency": "CNY", "declared": "2025-06-16"}
    response = Client().post("/origin/?lang=en", {**plain, **sent})
    return response.status_code, response.content.decode()


def test_a_product_is_tested_under_every_agreement_of_its_country():
    status, html = post_origin(exw="100000", fob="104000")
    assert status == 200
    assert "ASEAN" in html
    assert "Regional Comprehensive" in html


def test_a_whole_bill_of_materials_is_tested_as_on_the_command_line():
    content = (EXAMPLES / "origin" / "table_fans_from_viet_nam.yaml").read_bytes()
    response = Client().post("/origin/?lang=en", {"whole": "1", "document": SimpleUploadedFile("bill.yaml", content)})
    assert response.status_code == 200
    html = response.content.decode()
    assert "37.79 %, 2.21 points short" in html.replace(" (build-down, FOB)", "")
    assert "spending 2,300.00 less on materials from elsewhere" in html


def test_a_list_of_materials_is_read_from_a_table():
    table = b"name,code,origin,value\nhousings,392690,VN,14000.00\nmotors,850110,TW,52000.00\n"
    status, html = post_origin(exw="100000", fob="104000", file=SimpleUploadedFile("inputs.csv", table))
    assert status == 200
    assert "motors" in html or "850110" in html or "regional" in html.lower()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bill.exe", b"MZ"), ("bill.csv", b"a,b\n1,2\n"), ("bill.csv", b"\xff\xfe\x00\xd8"), ("bill.csv", b"code\n" + b"1\n" * 600),
        ("bill.csv", b"x" * 300_000), ("../../etc/passwd.csv", b"code,value\n=1+1,<script>\n"),
    ],
)  # fmt: skip
def test_a_wrong_table_gives_findings(name, content):
    status, html = post_origin(exw="1", file=SimpleUploadedFile(name, content))
    assert status in {200, 422}
    assert "<script>" not in re.sub(r"<script[^>]*src=[^>]*>", "", html)


@pytest.mark.parametrize(
    "content",
    [
        b"a: &a [*a]\n",
        b"{" * 5000,
        b"product: 1",
        b"\x00",
        b"",
        b"- " * 3000,
        b"product: {commodity_code: '1', exw: 1e400}",
    ],
)
def test_a_hostile_document_gives_findings(content):
    for name in ("bill.yaml", "bill.json"):
        response = Client(raise_request_exception=False).post(
            "/origin/", {"whole": "1", "document": SimpleUploadedFile(name, content)}
        )
        assert response.status_code == 422


# --- charges


def test_the_register_is_searched_by_the_words_of_a_bill():
    text = text_of("/fees/", q="港口建设费", lang="en", as_of="2026-01-01")
    assert "abolished" in text.lower()


def test_a_bill_is_judged_line_by_line():
    content = (EXAMPLES / "invoices" / "agent-2026.yaml").read_bytes()
    response = Client().post("/fees/check/?lang=en", {"bill": SimpleUploadedFile("bill.yaml", content)})
    assert response.status_code == 200
    html = response.content.decode()
    assert html.count("govuk-tag--red") > 0
    assert "claim" in html.lower()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bill.pdf", b"%PDF"),
        ("bill.xlsx", b"PK\x03\x04broken"),
        ("bill.csv", b""),
        ("bill.yaml", b"lines: {}"),
        ("bill.csv", b"x" * 300_000),
    ],
)
def test_a_wrong_bill_gives_findings(name, content):
    response = Client(raise_request_exception=False).post("/fees/check/", {"bill": SimpleUploadedFile(name, content)})
    assert response.status_code == 422


# --- the law


def test_every_rule_and_every_instrument_has_its_page():
    client = Client()
    for name in rule_folders():
        assert client.get(f"/law/{name}/").status_code == 200, name
    for key in instruments():
        assert client.get(f"/law/instruments/{key}/").status_code == 200, key


def test_a_rule_shows_each_value_with_its_day_article_and_confidence():
    text = text_of("/law/import_vat/", lang="en")
    assert "1 April 2019" in text
    assert "0.13" in text
    assert "V2" in text
    assert "Worked cases" in text


@pytest.mark.parametrize("name", ["nothing", "../secrets", "import_vat/../..", "%2e%2e/x"])
def test_a_rule_that_is_not_there_is_not_found(name):
    assert Client().get(f"/law/{name}/").status_code in {301, 404}
