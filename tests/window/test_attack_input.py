"""Attacks in what is sent: odd cursors, letters that are none, numbers beyond bounds, markup in every text, files that are not what they say."""

import io
import zipfile
from urllib.parse import quote

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from makers import (
    a_draft,
    a_lodged_declaration,
    a_post,
    an_actor,
    an_entrustment,
    an_organisation,
    declared_facts,
    goods_facts,
)
from makers import a_moment as lodging_moment
from makers_officers import NOW, a_case, a_declared, codes_of
from makers_officers import an_actor as officer_in
from makers_programs import Program

from tongguan.grammar.findings import InputRefused
from tongguan.window.access.actor import NotAllowed
from tongguan.window.accounts.models import Organisation
from tongguan.window.api.access import gate
from tongguan.window.decisions import letters
from tongguan.window.declarations import uploads
from tongguan.window.declarations.models import Sheet
from tongguan.window.lodging import acts
from tongguan.window.notices import calling
from tongguan.window.permits import acts as permits

pytestmark = pytest.mark.django_db
NUL = "\0"
MARKUP = '"><script>alert(1)</script><img src=x onerror=alert(1)>{{1234*4321}}'


@pytest.fixture(autouse=True)
def _nobody_was_counted():
    gate.seen.clear()


# --- what a program sends ---------------------------------------------------------------------------------------------------------

BODIES = {
    "nul": '{"reference": "A", "declaration": {"header": {"contract_number": "a\\u0000b"}}}',
    "nul as a name": '{"reference": "A", "declaration": {"a\\u0000": 1}}',
    "half a letter": '{"reference": "A", "declaration": {"header": {"contract_number": "\\ud800"}}}',
    "half a letter as a name": '{"reference": "A", "declaration": {"\\udfff": 1}}',
    "huge number": '{"reference": "A", "declaration": {"x": ' + "9" * 6000 + "}}",
    "huge importer": '{"reference": "A", "declaration": {}, "importer_id": 99999999999999999999999}',
    "deep": '{"reference": "A", "declaration": ' + '{"a":' * 5000 + "1" + "}" * 5001,
    "twice": '{"reference": "A", "reference": "B", "declaration": {}}',
    "no text": b'{"reference": "\xff\xfe", "declaration": {}}',
    "foreign letters": '{"reference": "\\u202eA", "declaration": {}}',
    "path": '{"reference": "a\\nBcc: x@example.cn", "declaration": {}}',
    "list": "[]",
    "nothing": "",
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_is_none_is_refused_and_not_a_mistake_of_ours(name):
    program = Program("importer")
    answer = program.client.post(
        "/api/v1/drafts",
        BODIES[name],
        content_type="application/json",
        headers={"Authorization": f"Bearer {program.shown}"},
    )
    assert answer.status_code in {400, 413, 422}, answer.content


@pytest.mark.parametrize("number", ["1.5", "NaN", "Infinity", "1e999999999", "-0", "9" * 300])
def test_a_draft_with_any_number_is_kept_and_read_back(number):
    """A draft may hold anything; what is no number is told when it is lodged."""
    program = Program("importer")
    body = '{"reference": "A", "declaration": {"packages": {"net_weight": ' + number + "}}}"
    answer = program.client.post(
        "/api/v1/drafts", body, content_type="application/json", headers={"Authorization": f"Bearer {program.shown}"}
    )
    assert answer.status_code in {201, 400}, answer.content
    if answer.status_code == 201:
        path = f"/declarations/{answer.json()['id']}"
        assert program.get(path)["facts"]["packages"]
        assert program.send("get", f"{path}/review").status_code == 422


CURSORS = [
    "9" * 40, "-1", "1~2~3", "9999-12-31T23:59:59-20:00~1", "0001-01-01T00:00:00+20:00~1", "2026-01-01T00:00:00~1", "9999-12-31~9" + "9" * 30,
    "\x00", "' OR 1=1 --", "１", "nan", "1e9",
]  # fmt: skip


@pytest.mark.parametrize("cursor", CURSORS)
def test_a_cursor_that_is_none_is_no_mistake_of_ours(cursor):
    officer, agency, importer = Program("customs_officer"), Program("agency_officer"), Program("importer")
    for program, path in (
        (officer, "/customs-queue?queue=review&"), (officer, "/declarations?"), (agency, "/agency-queue?"), (importer, "/notices?"),
    ):  # fmt: skip
        expected = {400} if cursor == NUL else {200, 422}
        assert program.send("get", f"{path}after={quote(cursor)}").status_code in expected, path


@pytest.mark.parametrize("cursor", CURSORS)
def test_a_cursor_in_the_address_of_a_page_is_no_mistake_of_ours(client_as, cursor):
    officer = client_as("customs_officer")
    for path in ("/work/customs/", "/charges/", "/charges/refunds/", "/declarations/"):
        answer = officer.get(path, {"after": cursor, "queue": "review", "tab": cursor, "q": cursor})
        assert answer.status_code in ({400} if cursor == NUL else {200, 302, 404}), path


# --- the letter that is none ------------------------------------------------------------------------------------------------------

WITH_NUL = {
    "in an address": lambda client: client.get(f"/declarations/codes/{NUL}/"),
    "in a query": lambda client: client.get("/declarations/", {"q": f"wine{NUL}"}),
    "as a name in a query": lambda client: client.get("/declarations/", {NUL: "wine"}),
    "in a form": lambda client: client.post("/declarations/new/", {"reference": f"A{NUL}"}),
    "as a name in a form": lambda client: client.post("/declarations/new/", {NUL: "A"}),
    "in a form with a file": lambda client: client.post(
        "/declarations/sheets/", {"client": f"A{NUL}", "file": io.BytesIO(b"a,b")}
    ),
    "in a cookie": lambda client: client.get("/declarations/", headers={"cookie": 'sessionid="abcdefgh\\000"'}),
}


@pytest.mark.parametrize("where", WITH_NUL)
@pytest.mark.parametrize(("language", "words"), [("zh-hans", "请求无法读取"), ("en", "We could not read that")])
def test_the_letter_nul_is_refused_politely_wherever_it_comes(client_as, where, language, words):
    client = client_as("importer")
    client.raise_request_exception = False
    client.cookies["django_language"] = language
    answer = WITH_NUL[where](client)
    assert answer.status_code == 400
    if where != "in a cookie":  # that one brings no language with it
        assert words in answer.content.decode()


def test_the_letter_nul_in_what_a_program_sends_is_named_with_its_place():
    program = Program("importer")
    bearer = {"Authorization": f"Bearer {program.shown}"}
    for answer, path in (
        (program.send("get", f"/declarations?after={quote(NUL)}"), "after"),
        (program.send("get", f"/declarations?{quote(NUL)}x=1"), "x"),
        (
            program.client.post("/api/v1/sheets", {"client": f"A{NUL}", "file": io.BytesIO(b"a,b")}, headers=bearer),
            "client",
        ),
    ):
        assert answer.status_code == 400
        assert [(one["code"], one["path"]) for one in answer.json()["errors"]] == [("api.value_wrong", path)]


def test_the_letter_nul_in_a_workbook_is_refused_and_nothing_is_kept(client_as):
    """A workbook writes it as _x0000_."""
    importer = client_as("importer")
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["reference", "remarks"])
        sheet.write_row(1, 0, ["R1", "PLACE"])
    parts = zipfile.ZipFile(made)
    content = a_zip({name: parts.read(name).replace(b"PLACE", b"a_x0000_b") for name in parts.namelist()})
    file = SimpleUploadedFile("a.xlsx", content)
    answer = importer.post(
        "/declarations/sheets/", {"importer": importer.organisation.pk, "act": "draft", "file": file}
    )
    assert answer.status_code == 422
    assert "已损坏" in answer.content.decode()
    assert not Sheet.objects.exists()


# --- a reference is one declaration of one importer -------------------------------------------------------------------------------


def test_the_same_reference_for_another_importer_is_not_the_same_declaration():
    broker = a_post("broker")
    first, second = an_organisation(), an_organisation()
    for firm in (first, second):
        an_entrustment(firm, broker.organisation)
    actor, moment = an_actor(broker), lodging_moment()
    for act in (acts.draft, acts.lodge):
        reference = act.__name__
        assert act(actor, moment, declared_facts(), importer_id=first.pk, reference=reference).importer_id == first.pk
        assert act(actor, moment, declared_facts(), importer_id=first.pk, reference=reference).importer_id == first.pk
        with pytest.raises(InputRefused) as refused:
            act(actor, moment, declared_facts(), importer_id=second.pk, reference=reference)
        assert codes_of(refused) == ["lodging.reference_taken"]


def test_an_act_asked_with_another_firms_record_in_hand_is_refused_below_the_pages_too():
    mine = a_post("importer")
    theirs = a_lodged_declaration()
    draft = a_draft()
    actor, moment = an_actor(mine), lodging_moment()
    case = a_case(theirs, state="questioned")
    for act in (
        lambda: acts.save(actor, moment, draft, {}),
        lambda: acts.discard(actor, moment, draft),
        lambda: acts.lodge_draft(actor, moment, draft, "0" * 64),
        lambda: acts.ask_withdrawal(actor, moment, theirs, "x"),
        lambda: acts.ask_amendment(actor, moment, theirs, declared_facts(), "x"),
        lambda: acts.attach(actor, moment, theirs, document="contract", number="", name="a.pdf", content=b"x"),
        lambda: permits.answer(actor, moment, case, "x"),
        lambda: acts.one(officer_in("customs_officer"), "see_declaration", draft.pk),
    ):
        with pytest.raises(NotAllowed):
            act()


# --- markup in every text ---------------------------------------------------------------------------------------------------------


def test_markup_in_any_text_stays_text_on_every_page(client_as):
    importer = client_as("importer")
    Organisation.objects.filter(pk=importer.organisation.pk).update(name_zh=MARKUP, name_en=MARKUP)
    firm = Organisation.objects.get(pk=importer.organisation.pk)
    kept = a_declared(state="under_review", importer=firm, goods_summary=MARKUP, reference=MARKUP[:40])
    acts_of = kept.requests.create(kind="withdraw", reason=MARKUP, asked_by="person:1", asked_at=NOW.at)
    paper = kept.papers.create(
        document="contract",
        number=MARKUP[:64],
        name=MARKUP,
        kind="x",
        size=1,
        sha256="0" * 64,
        added_by="x",
        added_at=NOW.at,
    )
    kept.versions.create(
        number=1,
        facts=declared_facts(goods=[goods_facts(name=MARKUP)]),
        facts_sha256="0" * 64,
        made_by="x",
        made_at=NOW.at,
    )
    case = a_case(kept, state="questioned", facts={"fields": {MARKUP: MARKUP}, "missing": [MARKUP], "source": {}})
    case.questions.create(text=MARKUP, asked_by="x", asked_at=NOW.at)
    letter = letters.write(officer_in("customs_officer"), NOW, kept, "return", reason=MARKUP)
    agency = client_as(
        "agency_officer",
        organisation=Organisation.objects.filter(body="MOFCOM").first() or an_organisation("body", body="MOFCOM"),
    )
    officer, senior = client_as("customs_officer"), client_as("customs_senior")
    pages = [
        (importer, "/declarations/"), (importer, f"/declarations/{kept.pk}/"), (importer, f"/declarations/{kept.pk}/journal/"),
        (importer, f"/permits/{case.pk}/answer/"), (importer, f"/letters/{letter.pk}/"), (importer, f"/declarations/{kept.pk}/versions/1/"),
        (officer, f"/work/declarations/{kept.pk}/"), (officer, f"/work/requests/{acts_of.pk}/"), (officer, "/work/customs/"),
        (agency, f"/work/permits/{case.pk}/"), (agency, "/work/permits/"), (senior, "/firms/"), (senior, "/desk/"), (importer, "/desk/"),
    ]  # fmt: skip
    shown = 0
    for client, path in pages:
        for language in ("zh", "en"):
            answer = client.get(path, {"lang": language})
            assert answer.status_code in {200, 404}, (path, answer.status_code)
            text = answer.content.decode()
            shown += "&lt;script&gt;alert(1)" in text
            assert "<script>alert(1)" not in text, path
            assert "<img src=x" not in text, path
            assert "5332114" not in text or "{{1234*4321}}" in text, path
    assert shown > 10
    assert paper.pk


# --- files ------------------------------------------------------------------------------------------------------------------------


def a_zip(parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(name, content)
    return out.getvalue()


BOOK = {"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>"}
FILES = {
    "page as picture": ("a.png", b"<html><script>alert(1)</script>"),
    "picture with a page behind": ("a.png", b"\x89PNG\r\n\x1a\n....IEND\xaeB`\x82" + b"<script>alert(1)</script>" * 9),
    "drawing": ("a.svg", b"<svg onload='alert(1)'/>"),
    "drawing as data": ("a.xml", b"<a><svg xmlns='http://www.w3.org/2000/svg' onload='x'/></a>"),
    "page": ("a.html", b"<html></html>"),
    "page by another name": ("a.pdf.html", b"%PDF-1.7 %%EOF"),
    "turned round": ("invoice\u202efdp.exe", b"MZ"),
    "turned round and let in": ("a\u202exslx.pdf", b"%PDF-1.7 %%EOF"),
    "path": ("../../etc/passwd.pdf", b"%PDF-1.7 %%EOF"),
    "path of windows": ("..\\a.pdf", b"%PDF-1.7 %%EOF"),
    "hidden": (".htaccess.csv", b"a,b"),
    "nul": ("a.pdf\x00.exe", b"%PDF-1.7 %%EOF"),
    "line": ("a\r\nSet-Cookie: x.pdf", b"%PDF-1.7 %%EOF"),
    "entities": ("a.xml", b'<!DOCTYPE a [<!ENTITY b "b">]><a>&b;</a>'),
    "outside entities": ("a.xml", b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'),
    "style": ("a.xml", b'<?xml-stylesheet href="http://evil.example/x.xsl"?><a/>'),
    "script in a document": ("a.pdf", b"%PDF-1.7 /J#61vaScript (x) %%EOF"),
    "formula": ("a.csv", b'name,price\n"=cmd|\' /C calc\'!A0",1\n'),
    "formula behind a tab": ("a.csv", b"name\n\t=1+1\n"),
    "formula with an at": ("a.csv", b"name\n@SUM(1)\n"),
    "bomb": ("a.xlsx", a_zip(BOOK | {"xl/sheet.xml": b"0" * (uploads.MOST_UNPACKED + 1)})),
    "archive in a book": ("a.xlsx", a_zip(BOOK | {"xl/media/a.bin": a_zip({"a": "b"})})),
    "macro": ("a.xlsx", a_zip(BOOK | {"xl/vbaProject.bin": b"x"})),
    "formula in a book": ("a.xlsx", a_zip(BOOK | {"xl/worksheets/sheet1.xml": "<x:f>1+1</x:f>"})),
    "archive by another name": ("a.xlsx", a_zip({"a.txt": "x"})),
    "huge": ("a.pdf", b"%PDF-1.7" + b"0" * uploads.MOST_BYTES + b"%%EOF"),
    "nothing": ("a.pdf", b""),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_not_what_it_should_be_is_refused_with_a_reason(name):
    with pytest.raises(InputRefused) as refused:
        uploads.accept(*FILES[name])
    assert all(code.startswith("upload.") for code in codes_of(refused))
    for finding in refused.value.findings:
        assert finding.message("zh")
        assert finding.message("en")


# --- calls to places inside -------------------------------------------------------------------------------------------------------

INSIDE = [
    "127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254",  # noqa: S104  # an address to refuse
    "100.64.0.1", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:a9fe:a9fe]", "[::127.0.0.1]", "[fe80::1]", "[fc00::1]", "[fd12::1]", "[fec0::1]",
    "[64:ff9b::7f00:1]", "[64:ff9b:1::1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]", "[ff02::1]", "224.0.0.1", "255.255.255.255", "192.0.2.1",
    "localhost", "LOCALHOST.", "１２７.0.0.1",
]  # fmt: skip


@pytest.mark.parametrize("host", INSIDE)
def test_no_call_goes_inside(host, settings):
    settings.DEMONSTRATION = False
    with pytest.raises(InputRefused):
        calling.addresses_of(f"https://{host}/")


@pytest.mark.parametrize(
    "url",
    [
        "http://1.1.1.1/",
        "file:///etc/passwd",
        "gopher://1.1.1.1/",
        "https://a@1.1.1.1/",
        "https://1.1.1.1\r\nX: y/",
        "https:///x",
        "//1.1.1.1",
        "https://1.1.1.1:0/",
        "https://1.1.1.1:99999/",
        "https://1.1.1.1/" + "a" * 600,
    ],
)
def test_only_plain_https_is_called(url, settings):
    settings.DEMONSTRATION = False
    with pytest.raises(InputRefused):
        calling.addresses_of(url)
