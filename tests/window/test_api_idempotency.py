"""Sending again creates nothing again: by key, at once or later, and never with another request under the same key."""

import pytest
from makers import LODGING, a_moment
from makers_officers import at_once
from makers_programs import Program

from tongguan.window import clock
from tongguan.window.api import examples
from tongguan.window.api.models import IdempotentAnswer
from tongguan.window.api.once import KEPT, forget_answers
from tongguan.window.declarations.models import Declaration

pytestmark = pytest.mark.django_db
SECURITY = {"kind": "general", "reference": "G-1", "amount": {"amount": "1000.00"}, "from_on": "2025-03-03"}


@pytest.fixture(autouse=True)
def _at_the_day_of_lodging():
    with clock.standing_at(LODGING):
        yield


def test_the_same_request_again_gives_the_same_answer_and_makes_nothing():
    importer = Program("importer")
    first = importer.do("/securities", SECURITY, 201, Idempotency_Key="k1")
    assert importer.do("/securities", SECURITY, 201, Idempotency_Key="k1") == first
    assert importer.send("post", "/securities", SECURITY, Idempotency_Key="k2").status_code in {409, 422}


def test_another_request_under_the_same_key_is_refused():
    importer = Program("importer")
    importer.do("/securities", SECURITY, 201, Idempotency_Key="k1")
    for path, body in (
        ("/securities", SECURITY | {"reference": "G-2"}),
        ("/drafts", {"reference": "A", "declaration": {}}),
    ):
        refused = importer.send("post", path, body, Idempotency_Key="k1")
        assert refused.status_code == 409
        assert refused.json()["errors"][0]["code"] == "api.idempotency_key_reused"
    assert not Declaration.objects.exists()


def test_a_refused_request_keeps_nothing_and_can_be_mended_under_the_same_key():
    importer = Program("importer")
    refused = importer.send("post", "/securities", SECURITY | {"amount": {"amount": "0.00"}}, Idempotency_Key="k1")
    assert refused.status_code == 422
    assert not IdempotentAnswer.objects.exists()
    importer.do("/securities", SECURITY, 201, Idempotency_Key="k1")


def test_keys_of_two_organisations_do_not_meet():
    one, other = Program("importer"), Program("importer")
    assert (
        one.do("/securities", SECURITY, 201, Idempotency_Key="k")["id"]
        != other.do("/securities", SECURITY, 201, Idempotency_Key="k")["id"]
    )


@pytest.mark.parametrize("key", ["", " ", "x" * 65, "密钥"])
def test_a_key_that_cannot_be_read_is_refused(key):
    importer = Program("importer")
    header = key.encode().decode("latin-1")
    assert importer.send("post", "/securities", SECURITY, Idempotency_Key=header).status_code == 400


def test_lodging_is_idempotent_by_reference_without_any_key():
    importer = Program("importer")
    first = importer.do("/declarations", examples.LODGING, 201)
    assert importer.do("/declarations", examples.LODGING, 201)["id"] == first["id"]
    changed = examples.LODGING | {
        "declaration": examples.DECLARATION
        | {"packages": {"number": "1", "kind": "22", "gross_weight": "14800", "net_weight": "13500"}}
    }
    assert importer.send("post", "/declarations", changed).status_code == 409
    assert Declaration.objects.count() == 1


def test_the_same_request_many_times_at_once_makes_one(tmp_path):
    importer = Program("importer")

    def send():
        return Program(shown=importer.shown).send("post", "/declarations", examples.LODGING, Idempotency_Key="k1")

    answers, ids = at_once([send] * 6, lambda: list(Declaration.objects.values_list("pk", flat=True)), tmp_path)
    assert {answer.status_code for answer in answers} == {201}
    assert {answer.json()["id"] for answer in answers} == set(ids)
    assert len(ids) == 1


def test_nothing_is_kept_that_was_not_created(monkeypatch):
    from tongguan.window.charges import acts

    importer = Program("importer")
    monkeypatch.setattr(acts, "record", lambda *_, **__: 1 / 0)
    importer.client.raise_request_exception = False
    assert importer.send("post", "/securities", SECURITY, Idempotency_Key="k1").status_code == 500
    assert not IdempotentAnswer.objects.exists()


def test_old_keys_are_forgotten_after_a_month():
    Program("importer").do("/securities", SECURITY, 201, Idempotency_Key="k1")
    assert forget_answers(a_moment(LODGING + KEPT / 2)) == 0
    assert forget_answers(a_moment(LODGING + KEPT * 2)) == 1
