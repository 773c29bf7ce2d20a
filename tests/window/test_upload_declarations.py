"""A spreadsheet in: good declarations are taken, the rest comes back with the row and the reason, ready to be mended and sent again."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from makers import a_moment, a_post, an_actor, declared_facts, goods_facts
from python_calamine import CalamineWorkbook

from tongguan.declaration import read
from tongguan.declaration import sheet as form_sheet
from tongguan.grammar.findings import InputRefused
from tongguan.window import clock
from tongguan.window.declarations.models import Declaration, Mapping, Sheet
from tongguan.window.lodging import sheets

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_the_day():
    with clock.standing_at(a_moment().at):
        yield


def table(*declared):
    """A sheet of declarations, each (reference, facts)."""
    header, rows = form_sheet.write_rows([(reference, read(facts)) for reference, facts in declared], "en")
    return form_sheet.workbook(header, rows)


def send(post, content, *, is_lodged=True, columns=None, name="may.xlsx"):
    return sheets.send(
        an_actor(post),
        a_moment(),
        name=name,
        content=content,
        columns=columns,
        importer_id=post.organisation_id,
        is_lodged=is_lodged,
    )


GOOD = declared_facts(
    [goods_facts(), goods_facts(quantity="10", first_quantity="10", second_quantity="15", total_price="100")]
)
BAD = declared_facts(
    [
        goods_facts(),
        goods_facts(quantity="10", first_quantity="10", second_quantity="15", total_price="100", origin=None),
    ]
)


def test_the_good_are_lodged_and_the_rest_comes_back():
    post = a_post("importer")
    sent = send(post, table(("S-1", GOOD), ("S-2", BAD), ("S-3", GOOD)))
    assert [one["reference"] for one in sent.accepted] == ["S-1", "S-3"]
    assert {d.state for d in Declaration.objects.all()} == {"lodged"}
    assert [row["row"] for row in sent.refused] == [4, 5]
    words = [sheets.reasons(row, "en") for row in sent.refused]
    assert "Country of origin" in " ".join(words[1])
    assert "comes back with them" in " ".join(words[0])


def test_what_comes_back_can_be_mended_and_sent_again():
    post = a_post("importer")
    sent = send(post, table(("S-1", GOOD), ("S-2", BAD)))
    rows = CalamineWorkbook.from_filelike(io.BytesIO(sheets.workbook(sent, "en"))).get_sheet_by_index(0).to_python()
    assert rows[0][-1] == "Reasons"
    place = next(n for n, name in enumerate(rows[0]) if "[goods.origin]" in name)
    rows[2][place] = "CHL"
    mended = form_sheet.workbook(rows[0][:-1], [row[:-1] for row in rows[1:]])
    again = send(post, mended)
    assert ([one["reference"] for one in again.accepted], again.refused) == (["S-2"], [])
    assert Declaration.objects.count() == 2


def test_a_sheet_sent_twice_declares_once():
    post = a_post("importer")
    content = table(("S-1", GOOD), ("S-2", GOOD))
    first, second = send(post, content), send(post, content)
    assert first.accepted == second.accepted
    assert Declaration.objects.count() == 2


def test_drafts_need_not_be_finished():
    post = a_post("importer")
    sent = send(post, table(("S-2", BAD)), is_lodged=False)
    assert (len(sent.accepted), sent.refused) == (1, [])
    assert Declaration.objects.get().state == "drafted"


def test_a_sheet_of_a_thousand_rows():
    post = a_post("importer")
    names = ["编号", "品名", "数量"]
    rows = [[f"T-{n // 5}", f"酒{n}", str(n + 1)] for n in range(1000)]
    sent = send(post, form_sheet.workbook(names, rows), is_lodged=False)
    assert (len(sent.accepted), sent.refused) == (200, [])
    with pytest.raises(InputRefused) as refused:
        send(post, form_sheet.workbook(names, [*rows, ["T-x", "酒", "1"]]), is_lodged=False)
    assert {f.code for f in refused.value.findings} == {"sheet.too_many_rows"}


def test_a_client_s_own_headings(client_as):
    client = client_as("importer")
    text = "Our ref = reference\nWhat = goods.name\nHow many = goods.quantity"
    assert client.post("/declarations/sheets/mappings/", {"client": "Casa Sur", "columns": text}).status_code == 302
    assert Mapping.objects.get().columns["What"] == "goods.name"
    content = form_sheet.workbook(["Our ref", "What", "How many"], [["M-1", "葡萄酒", "5"]])
    sent = {
        "importer": client.organisation.pk,
        "client": "Casa Sur",
        "act": "draft",
        "file": SimpleUploadedFile("m.xlsx", content),
    }
    response = client.post("/declarations/sheets/", sent)
    assert response.status_code == 302
    assert Declaration.objects.get().draft.facts["goods"][0]["name"] == "葡萄酒"
    assert "M-1" in client.get(response.url).content.decode()
    rest = client.get(f"{response.url}rest/")
    assert rest["Content-Disposition"].startswith("attachment")
    assert client_as("importer").get(response.url).status_code == 404


@pytest.mark.parametrize("text", ["", "What = nothing.at_all", "What"])
def test_a_mapping_to_nowhere_is_refused(client_as, text):
    client = client_as("importer")
    assert client.post("/declarations/sheets/mappings/", {"client": "C", "columns": text}).status_code == 422
    assert not Mapping.objects.exists()


def test_nothing_chosen_is_told_at_once(client_as):
    client = client_as("importer")
    page = client.post("/declarations/sheets/", {"client": "unknown"})
    assert page.status_code == 422
    assert page.content.decode().count("govuk-error-message") == 3
    assert not Sheet.objects.exists()
