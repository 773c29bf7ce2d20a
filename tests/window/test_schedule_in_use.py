"""The window answers from the schedule that was loaded for it, says which one everywhere, and keeps that with what it answered."""

import datetime as dt
import re

import pytest
from django.test import Client
from makers import LODGING, a_lodged_declaration, a_moment, declared_facts
from makers_programs import Program
from typer.testing import CliRunner

from tongguan.tariff.load import load
from tongguan.window.ask import held
from tongguan.window.ask.token import token_of
from tongguan.window.declarations import answer, editing
from tongguan.window.declarations.models import Version
from tongguan.window.published import schedule

pytestmark = pytest.mark.django_db
MAPPING = """\
name: test
series: test
sequence: 1
period: {from: 2025-01-01, until: 2025-12-31}
source: made for a test
confidence: V1
header: [税号, 名称, 税率]
code: {column: 税号, digits: 10}
name_zh: 名称
rates:
- {column: 税率, kind: mfn, unit: percent, since: 2025-01-01}
"""
TABLE = "税号,名称,税率\n2204210000,小包装葡萄酒,13\n8471300010,平板电脑,0\n8471300090,其他便携式电脑,5\n"
WINE = {
    "code": "22042100", "origin": "US", "channel": "general_trade", "day": "2025-03-03", "price": "1000.00", "currency": "CNY", "terms": "CIF",
}  # fmt: skip


def forget():
    """As in a process that has just begun."""
    schedule._world.cache_clear()
    held._guide.cache_clear()


@pytest.fixture
def loaded(tmp_path, settings):
    """A schedule loaded into a folder of its own, and the window answering from it."""
    folder = tmp_path / "schedule"
    (tmp_path / "mapping.yaml").write_text(MAPPING, encoding="utf-8")
    (tmp_path / "table.csv").write_text(TABLE, encoding="utf-8")
    load(folder, tmp_path / "table.csv", str(tmp_path / "mapping.yaml"), False, False, LODGING)
    settings.SCHEDULE = folder
    forget()
    yield folder
    forget()


def text_of(response, status=200):
    assert response.status_code == status
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_without_a_loaded_schedule_the_shipped_one_answers_and_is_named():
    text = text_of(Client().get(f"/ask/{token_of(WINE)}/", {"lang": "en"}))
    assert "Tariff schedule in use: the schedule that comes with this software (a part of all lines)." in text
    assert "14%" in text


@pytest.mark.parametrize(
    ("language", "named", "in_use"),
    [
        ("zh", "税则表：已载入税则第 1 版", "当前税则：已载入税则第 1 版。"),
        ("en", "tariff schedule: loaded schedule, version 1", "Tariff schedule in use: loaded schedule, version 1."),
    ],
)
def test_an_answer_rests_on_the_loaded_schedule_and_names_it(loaded, language, named, in_use):
    text = text_of(Client().get(f"/ask/{token_of(WINE)}/", {"lang": language}))
    assert "13%" in text
    assert named in text
    assert in_use in text


def test_what_only_the_loaded_schedule_holds_is_found(loaded):
    client = Client()
    assert "8471.3000" in text_of(client.get("/schedule/8471/", {"as_of": "2025-03-03"}))
    assert "0% – 5%" in text_of(
        client.get("/schedule/8471/", {"as_of": "2025-03-03"})
    )  # its codes of ten digits differ
    assert "平板电脑" in text_of(client.get("/schedule/8471300010/", {"as_of": "2025-03-03"}))
    assert "/schedule/84713000/" in client.get("/schedule/", {"q": "平板电脑", "as_of": "2025-03-03"}).content.decode()
    tablet = {**WINE, "code": "8471300010"}
    assert "To pay" in text_of(client.get(f"/ask/{token_of(tablet)}/", {"lang": "en"}))


def test_what_changed_in_a_line_is_told_without_reading_all_lines(loaded):
    text = text_of(Client().get("/schedule/22042100/", {"as_of": "2025-03-03", "since": "2024-06-03", "lang": "en"}))
    assert "What changed between 3 June 2024 and 3 March 2025" in text
    assert "families" not in schedule.world().schedule.__dict__


def test_a_declaration_keeps_which_schedule_it_was_answered_from(loaded, client_as):
    importer = client_as("importer")
    made = a_lodged_declaration(post=importer.post_held)
    kept = answer.read(Version.objects.get(declaration=made).answer)
    assert kept.schedule == "loaded version 1"
    assert kept.items[0].rate == "13%"
    forget_and_ship(loaded)
    page = text_of(importer.get(f"/declarations/{made.pk}/versions/1/", {"lang": "en"}))
    assert "tariff schedule: loaded schedule, version 1" in page
    assert "in use: the schedule that comes with this software" in page


def forget_and_ship(folder):
    """The window is started again without the loaded schedule."""
    (folder / "tariff.sqlite3").unlink()
    forget()


def test_a_line_of_the_loaded_schedule_is_known_to_the_form(loaded):
    def said_of(code):
        goods = {**declared_facts()["goods"][0], "commodity_code": code}
        found = editing.findings_of(declared_facts(goods=[goods]), a_moment())
        return [f.code for f in found if f.path == "goods[0].commodity_code"]

    assert said_of("8471300010") == []
    assert said_of("8471310010") == ["tariff.line_not_held"]


def test_programs_are_answered_from_it_too(loaded):
    told = Program("importer").send("get", "/schedule/lines/8471300010?day=2025-03-03").json()
    assert told["line"]["name_zh"] == "平板电脑"


def test_processes_that_were_started_together_answer_from_one_version(loaded, settings):
    from tongguan.window.operation import serving

    settings.SCHEDULE_VERSION = None
    assert "第 1 版" in serving.settle_schedule()
    assert settings.SCHEDULE_VERSION == 1
    newer = loaded.parent / "newer.yaml"
    newer.write_text(MAPPING.replace("sequence: 1", "sequence: 2").replace("2025", "2026"), encoding="utf-8")
    load(loaded, loaded.parent / "table.csv", str(newer), False, False, dt.datetime(2026, 1, 2, tzinfo=dt.UTC))
    forget()
    assert schedule.version_in_use() == 1
    settings.SCHEDULE_VERSION = None
    forget()
    assert schedule.version_in_use() == 2


def test_a_folder_without_a_schedule_is_refused_by_name(tmp_path):
    from tongguan.cli import app

    refused = CliRunner().invoke(app, ["serve", "--schedule", str(tmp_path / "nowhere")])
    assert refused.exit_code == 2
    assert "nowhere" in refused.output
