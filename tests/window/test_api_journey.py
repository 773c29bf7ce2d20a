"""The examples as they stand, and wine from Chile from the question to release, by programs alone."""

import datetime as dt

import pytest
from django.db.models import F
from makers import LODGING, an_organisation
from makers_programs import Program

from tongguan.window import clock
from tongguan.window.api import examples
from tongguan.window.api.views import description
from tongguan.window.declarations.models import Declaration
from tongguan.window.journal.models import Entry

pytestmark = pytest.mark.django_db


def test_every_example_of_the_description_is_answered():
    importer = Program("importer")
    tried = 0
    with clock.standing_at(LODGING):
        for path, methods in description()["paths"].items():
            for method, one in methods.items():
                content = one.get("requestBody", {}).get("content", {}).get("application/json", {})
                if "example" in content:
                    answer = importer.send(method, path.removeprefix("/api/v1"), content["example"])
                    assert answer.status_code in {200, 201}, (path, answer.content.decode())
                    tried += 1
                    Declaration.objects.update(reference=F("id"))
    assert tried >= 6


def test_the_assessment_is_the_one_of_the_readme():
    told = Program().do("/assessments", examples.ASSESSMENT)
    assert told["total"] == {"amount": "25555.55", "currency": "CNY"}
    assert Entry.objects.count() == 0


def test_a_declaration_is_assessed_from_the_body_it_is_lodged_with():
    with clock.standing_at(LODGING):
        told = Program().do("/assessments", examples.LODGING)
    assert told["items"][0]["commodity_code"].startswith("22042100")


def test_wine_from_chile_from_question_to_release_by_programs():
    importer, officer, senior = Program("importer"), Program("customs_officer"), Program("customs_senior")
    at = LODGING
    with clock.standing_at(lambda: at):
        asked = Program().do("/assessments", examples.LODGING)
        made = importer.do("/declarations", examples.LODGING, 201, Idempotency_Key="first")
        here = f"/declarations/{made['id']}"
        assert made["state"]["code"] == "lodged"

        at += dt.timedelta(hours=1)
        for case in importer.get(f"/permit-cases?declaration_id={made['id']}")["items"]:
            body = Program("agency_officer", post=_post_at(case["body"]))
            queue = body.get("/agency-queue")["items"]
            assert case["id"] in [one["id"] for one in queue]
            body.do(f"/permit-cases/{case['id']}/begin")
            assert body.do(f"/permit-cases/{case['id']}/grant", {"reason": "材料齐全"})["state"]["code"] == "granted"

        assert made["id"] in [one["id"] for one in officer.get("/customs-queue?queue=acceptance")["items"]]
        officer.do(f"{here}/accept")
        officer.do(f"{here}/begin-review")
        reviewed = officer.do(f"{here}/finish-review", {"reason": "单证相符"})
        assert reviewed["state"]["code"] == "reviewed"
        refused = officer.send("post", f"{here}/release", {})
        assert refused.status_code == 422
        assert [one["code"] for one in refused.json()["errors"]] == ["release.tax_not_settled"]

        due = officer.do(f"{here}/determine-tax")["due"]
        assert due == asked["total"]
        [notice] = importer.get(f"/notices?declaration_id={made['id']}&is_open=true")["items"]
        assert notice["to_pay_today"] == due
        told = importer.do(
            f"/notices/{notice['id']}/payments", {"amount": due, "paid_on": "2025-03-03", "reference": "ICBC-1"}, 201
        )
        assert told["state"]["code"] == "told"
        assert officer.send("post", f"{here}/release", {}).json()["errors"][0]["code"] == "release.tax_not_settled"
        assert [one["id"] for one in officer.get("/payments?is_waiting=true")["items"]] == [told["id"]]
        settled = officer.do(f"/payments/{told['id']}/confirm", {"paid_on": "2025-03-03"})
        assert (settled["told"][0]["state"]["code"], settled["settled_at"] is not None) == ("booked", True)
        at += dt.timedelta(hours=1)
        assert officer.do(f"{here}/release")["state"]["code"] == "released"
        assert senior.do(f"{here}/clear")["state"]["code"] == "cleared"

        told = importer.get(f"{here}/timeline")
        assert told["missing"] == []
        assert told["happened"][0]["title_en"]
        acts = [one["act"] for one in importer.get(f"{here}/journal?size=200")["items"]]
        assert acts == [
            "lodge", "accept", "begin_review", "finish_review", "determine", "tell_payment", "pay", "release", "clear",
        ]  # fmt: skip
        whole = importer.get(here)
        assert whole["facts"]["goods"][0]["origin"] == "CHL"
        stranger = Program("importer")
        assert stranger.send("get", here).status_code == 404


def _post_at(body):
    from makers import a_post

    return a_post("agency_officer", organisation=an_organisation("body", body=body))


def test_a_draft_is_reviewed_mended_and_lodged():
    importer = Program("importer")
    with clock.standing_at(LODGING):
        wrong = examples.DECLARATION | {"goods": [examples.DECLARATION["goods"][0] | {"commodity_code": "22"}]}
        draft = importer.do("/drafts", {"reference": "D1", "declaration": wrong}, 201)
        here = f"/declarations/{draft['id']}"
        refused = importer.send("get", f"{here}/review")
        assert refused.status_code == 422
        assert any(one["path"].startswith("goods[0].commodity_code") for one in refused.json()["errors"])
        importer.do(f"{here}/draft", {"declaration": examples.DECLARATION}, method="put")
        ready = importer.get(f"{here}/review")
        assert importer.do(f"{here}/lodge", {"digest": ready["digest"]})["state"]["code"] == "lodged"
        assert importer.send("post", f"{here}/lodge", {"digest": "0" * 64}).status_code == 409


def test_a_paper_and_a_sheet_go_in_as_files():
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.test import Client

    importer = Program("importer")
    held = {"Authorization": f"Bearer {importer.shown}"}
    with clock.standing_at(LODGING):
        made = importer.do("/drafts", {"reference": "P1", "declaration": examples.DECLARATION}, 201)
        png = bytes.fromhex(
            "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
            "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
        )
        sent = {"document": "00000001", "number": "INV-1", "file": SimpleUploadedFile("invoice.png", png, "image/png")}
        answer = Client().post(f"/api/v1/declarations/{made['id']}/papers", sent, headers=held)
        assert answer.status_code == 201, answer.content.decode()
        paper = answer.json()
        assert paper["name"] == "invoice.png"
        assert importer.do(f"/papers/{paper['id']}", method="delete") == {"removed": paper["id"]}
        sheet = SimpleUploadedFile("rows.csv", b"reference,goods.name\nS1,wine\n", "text/csv")
        answer = Client().post("/api/v1/sheets", {"file": sheet, "act": "draft"}, headers=held)
        assert answer.status_code == 201, answer.content.decode()
        assert answer.json()["accepted"][0]["reference"] == "S1"


def test_the_page_about_the_interface_tells_the_truth():
    import hashlib
    import hmac
    import json
    import re
    from pathlib import Path

    from tongguan.window.api import once, problems
    from tongguan.window.notices import acts, calling

    page = (Path(__file__).parents[2] / "docs" / "http-api.md").read_text("utf-8")
    bodies = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", page, re.DOTALL)]
    [shipment] = [one for one in bodies if "shipment" in one]
    assert Program().do("/assessments", shipment)["total"]["amount"] == "25555.55"
    [errors] = [one for one in bodies if "errors" in one]
    assert set(errors["errors"][0]) == set(problems.shown(problems.Finding("api.not_found"), 404))
    [code] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    held = {"hashlib": hashlib, "hmac": hmac}
    exec(code, held)  # noqa: S102  # our own page
    header = calling.sign("tgs_x", 1_740_967_200, b"{}")
    assert held["is_ours"]("tgs_x", header, b"{}")
    assert not held["is_ours"]("tgs_y", header, b"{}")
    assert not held["is_ours"]("tgs_x", header, b"{ }")
    described = description()["paths"]
    for path in re.findall(r"`(?:GET|POST) (/[a-z0-9{}/-]+)", page):
        assert f"/api/v1{path.removeprefix('/api/v1')}" in described
    assert once.KEPT.days == 30
    assert acts.PATIENCE.days == 14
    assert calling.MOST_READ == 300
