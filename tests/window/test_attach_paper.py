"""Files from outside: the right ones are let in, all others are refused with every reason; they leave as attachments, to those who may see them."""

import io
import zipfile

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from makers import a_draft, a_lodged_declaration, a_moment, a_post, an_actor

from tongguan.grammar.findings import InputRefused
from tongguan.window.access.actor import NotAllowed
from tongguan.window.declarations import uploads
from tongguan.window.declarations.models import Paper
from tongguan.window.journal.models import Entry
from tongguan.window.lodging import acts
from tongguan.window.states import SomeoneWasFirst

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<<>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 30 + b"IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"\0" * 30 + b"\xff\xd9"


def workbook(cells=(("a", 1),), formula=""):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet()
        for row, line in enumerate(cells):
            for column, cell in enumerate(line):
                page.write(row, column, cell)
        if formula:
            page.write_formula(9, 9, formula)
    return out.getvalue()


def archive(**parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as held:
        for name, content in parts.items():
            held.writestr(name, content)
    return out.getvalue()


def with_part(book, name, content):
    out = io.BytesIO(book)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as held:
        held.writestr(name, content)
    return out.getvalue()


def refusals(name, content):
    with pytest.raises(InputRefused) as refused:
        uploads.accept(name, content)
    return {finding.code.removeprefix("upload.") for finding in refused.value.findings}


@pytest.mark.parametrize(("name", "content", "kind"), [
    ("发票 001.pdf", PDF, "application/pdf"), ("scan.PNG", PNG, "image/png"), ("scan.jpeg", JPEG, "image/jpeg"),
    ("list.xlsx", workbook(), uploads.KINDS["xlsx"].mime), ("list.csv", "品名,数量\n酒,-5\n".encode(), "text/csv"),
    ("list.csv", "品名,数量\n酒,5\n".encode("gb18030"), "text/csv"), ("data.xml", b"<?xml version='1.0'?><a><b>1</b></a>", "application/xml"),
])  # fmt: skip
def test_what_is_let_in(name, content, kind):
    assert uploads.accept(name, content).kind == kind


@pytest.mark.parametrize(("name", "content", "reason"), [
    ("a.pdf", b"MZ\x90\0program", "not_what_it_says"), ("a.pdf", PNG, "not_what_it_says"), ("a.png", PDF, "not_what_it_says"),
    ("a.pdf", b"%PDF-1.7 cut off", "not_what_it_says"), ("a.exe", b"MZ", "type_not_accepted"), ("a.html", b"<html>", "type_not_accepted"),
    ("a.svg", b"<svg/>", "type_not_accepted"), ("a.zip", archive(a=b"x"), "type_not_accepted"), ("a", PDF, "type_not_accepted"),
    ("a.pdf.exe", PDF, "type_not_accepted"), ("a.js", b"alert(1)", "type_not_accepted"),
    ("a.pdf", b"%PDF-1.7\n<</S/JavaScript/JS(app.alert(1))>>\n%%EOF", "active_content"),
    ("a.pdf", b"%PDF-1.7\n<</S/Java#53cript>>\n%%EOF", "active_content"), ("a.pdf", b"%PDF-1.7\n<</EmbeddedFiles 3 0 R>>\n%%EOF", "active_content"),
    ("a.png", PNG + b"<script>" + b"x" * 100, "something_behind"), ("a.xlsx", archive(a=b"x"), "archive"),
    ("a.xlsx", b"PK\x03\x04broken", "not_what_it_says"), ("a.xlsx", PDF, "not_what_it_says"), ("a.xlsx", workbook(formula="=1+1"), "formulas"),
    ("a.xlsx", with_part(workbook(), "xl/vbaProject.bin", b"x"), "active_content"),
    ("a.xlsx", with_part(workbook(), "xl/embeddings/o.bin", b"x"), "active_content"),
    ("a.xlsx", with_part(workbook(), "xl/media/i.zip", archive(a=b"x")), "archive"),
    ("a.xlsx", with_part(workbook(), "xl/zeros.bin", b"\0" * (uploads.MOST_UNPACKED + 1)), "unpacks_too_large"),
    ("a.csv", b"a,b\n=HYPERLINK(1),2\n", "formulas"), ("a.csv", b"a,b\n+cmd|x,2\n", "formulas"), ("a.csv", b"a\0b", "not_what_it_says"),
    ("a.csv", b"<html><script>", "not_what_it_says"), ("a.csv", b"#!/bin/sh\nrm\n", "not_what_it_says"), ("a.csv", b"\xff\xff\xff", "not_what_it_says"),
    ("a.xml", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "active_content"), ("a.xml", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "active_content"),
    ("a.xml", b"<a><x:script xmlns:x='http://www.w3.org/1999/xhtml'/></a>", "active_content"), ("a.xml", b"<a onload='x'/>", "active_content"),
    ("a.xml", b"<?xml-stylesheet href='x'?><a/>", "active_content"), ("a.xml", b"not xml", "not_what_it_says"),
    ("a.pdf", b"", "empty"), ("a.pdf", PDF + b" " * uploads.MOST_BYTES, "too_large"),
    ("../a.pdf", PDF, "name_with_path"), ("c:\\a.pdf", PDF, "name_with_path"), ("a\x00.pdf", PDF, "name_control_characters"),
    ("invoice\u202efdp.pdf", PDF, "name_control_characters"), ("a\n.pdf", PDF, "name_control_characters"), ("<script>.pdf", PDF, "name_with_path"),
    ("x" * 130 + ".pdf", PDF, "name_length"), (".pdf", PDF, "name_with_path"),
])  # fmt: skip
def test_what_is_refused_and_why(name, content, reason):
    assert reason in refusals(name, content)


def test_all_reasons_at_once():
    assert refusals("../a\x00.exe", b"MZ") == {"name_with_path", "name_control_characters", "type_not_accepted"}


# --- kept, handed out, taken away ---


@pytest.fixture
def client(client_as):
    return client_as("importer")


def attach(post, kept, name="发票.pdf", content=PDF, document="00000001", number="INV-7"):
    return acts.attach(an_actor(post), a_moment(), kept, document=document, number=number, name=name, content=content)


@pytest.mark.django_db
class TestKept:
    def test_kept_under_a_name_that_says_nothing(self):
        post = a_post("importer")
        paper = attach(post, a_draft(post))
        assert "发票" not in paper.file.name
        with paper.file.open("rb") as file:
            assert file.read() == PDF
        entry = Entry.objects.latest("pk")
        assert (entry.act, entry.facts["sha256"]) == ("attach", paper.sha256)

    def test_the_same_file_twice_is_one_paper(self):
        post = a_post("importer")
        kept = a_draft(post)
        assert attach(post, kept).pk == attach(post, kept).pk

    def test_unknown_kind_long_number_and_bad_file_at_once(self):
        post = a_post("importer")
        with pytest.raises(InputRefused) as refused:
            attach(post, a_draft(post), document="nothing", number="x" * 65, name="a.exe")
        codes = {finding.code for finding in refused.value.findings}
        assert codes == {"upload.document_not_known", "upload.number_unreadable", "upload.type_not_accepted"}

    def test_not_yours(self):
        with pytest.raises(NotAllowed):
            attach(a_post("importer"), a_draft())

    def test_a_failure_leaves_no_file(self, monkeypatch):
        post, removed = a_post("importer"), []
        kept = a_draft(post)
        monkeypatch.setattr(acts, "record", lambda *_, **__: 1 / 0)
        storage = Paper._meta.get_field("file").storage
        delete = storage.delete
        monkeypatch.setattr(storage, "delete", lambda name: (removed.append(name), delete(name)))
        with pytest.raises(ZeroDivisionError):
            attach(post, kept)
        assert not Paper.objects.exists()
        assert removed
        assert not storage.exists(removed[0])

    def test_what_was_lodged_is_not_taken_away(self):
        post = a_post("importer")
        kept = a_lodged_declaration(post)
        paper = attach(post, kept)
        with pytest.raises(SomeoneWasFirst):
            acts.remove(an_actor(post), a_moment(), paper)
        assert Paper.objects.filter(pk=paper.pk).exists()


@pytest.mark.django_db
def test_on_the_page(client, client_as):
    kept = a_draft(client.post_held)
    sent = {"document": "00000001", "number": "INV-7", "file": SimpleUploadedFile("发票.pdf", PDF)}
    assert client.post(f"/declarations/{kept.pk}/papers/", sent).status_code == 302
    paper = Paper.objects.get()
    response = client.get(f"/declarations/papers/{paper.pk}/")
    assert b"".join(response.streaming_content) == PDF
    assert response["Content-Disposition"].startswith("attachment")
    assert response["Content-Type"] == "application/octet-stream"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert client_as("importer").get(f"/declarations/papers/{paper.pk}/").status_code == 404
    assert client.get("/declarations/papers/999999/").status_code == 404
    wrong = client.post(
        f"/declarations/{kept.pk}/papers/", {"document": "00000001", "file": SimpleUploadedFile("a.html", b"<script>")}
    )
    assert wrong.status_code == 422
    assert client.post(f"/declarations/{kept.pk}/papers/", {"document": "00000001"}).status_code == 422
    assert client.post(f"/declarations/papers/{paper.pk}/remove/").status_code == 302
    assert not Paper.objects.exists()


@pytest.mark.django_db
def test_customs_may_read_what_was_lodged(client, client_as):
    kept = a_lodged_declaration(client.post_held)
    paper = attach(client.post_held, kept)
    officer = client_as("customs_officer")
    response = officer.get(f"/declarations/papers/{paper.pk}/")
    assert response.status_code == 200
    assert response.getvalue()  # to its end, which closes the file
    assert officer.post(f"/declarations/papers/{paper.pk}/remove/").status_code == 403
