"""A spreadsheet in: good declarations are taken, the rest comes back with the row and the reason, ready to be mended and sent again."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from makers import a_moment, a_post, an_actor, an_entrustment, an_organisation, declared_facts, goods_facts
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


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_example_sheet_is_taken_as_it_is(client_as, language):
    client = client_as("importer", organisation=an_organisation("importer", credit_code="91310000MA1K00DE1H"))
    answer = client.get("/declarations/sheets/example.xlsx", {"lang": language})
    assert answer["Content-Disposition"].startswith("attachment")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert sum("[" in heading for heading in rows[0]) < 5, "columns are called as on the form"
    sent = send(client.post_held, answer.content)
    assert not [sheets.reasons(row, "en") for row in sent.refused]
    assert len(sent.accepted) == 2
    assert {d.state for d in Declaration.objects.all()} == {"lodged"}


def test_a_broker_is_given_the_example_for_a_client(client_as):
    client = client_as("broker")
    principal = an_organisation("importer")
    an_entrustment(principal, client.organisation)
    rows = (
        CalamineWorkbook.from_filelike(io.BytesIO(client.get("/declarations/sheets/example.xlsx").content))
        .get_sheet_by_index(0)
        .to_python()
    )
    assert {principal.name_zh, principal.credit_code, client.organisation.name_zh} <= {str(cell) for cell in rows[1]}


@pytest.mark.parametrize(
    ("path", "zh", "en"),
    [
        ("reference", "自编编号", "Own reference"),
        ("header.trade_mode", "监管方式", "Supervision mode"),
        ("goods[1].origin", "原产国（地区）", "Country of origin"),
        ("goods[0].preferences[2].agreement", "优惠贸易协定代码", "Agreement"),
        ("valuation.exchange_rates.USD", "计征汇率", "Exchange rates"),
        ("file", "", ""),
    ],
)
def test_a_place_is_called_as_on_the_form(path, zh, en):
    assert (sheets.called(path, "zh"), sheets.called(path, "en")) == (zh, en)


def test_a_refused_row_names_no_field_of_ours():
    post = a_post("importer")
    send(post, table(("S-1", GOOD)))
    sent = send(post, table(("S-1", declared_facts([goods_facts(total_price="7")]))))
    [why] = sheets.reasons(sent.refused[0], "en")
    assert why.startswith("Own reference: ")
    bad = send(post, table(("S-9", BAD)))
    assert not any("[goods" in one for row in bad.refused for one in sheets.reasons(row, "en"))


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
