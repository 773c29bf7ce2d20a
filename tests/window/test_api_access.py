"""Every operation of the interface, every role: what `access/actions.yaml` grants is what a key can do, and nothing without its scope."""

import re

import pytest
from makers import a_post, an_organisation
from makers_programs import Program, a_key, all_scopes

from tongguan.window.access import ROLES, actions, reach_of
from tongguan.window.accounts.acts import NOT_FOR_KEYS
from tongguan.window.api.access import gate
from tongguan.window.api.views import description

pytestmark = pytest.mark.django_db
UNKNOWN = "900009"
FILLED = {"code": "22042100", "table": "currencies"}


def operations():
    for path, methods in description()["paths"].items():
        for method, one in methods.items():
            filled = re.sub(r"{(\w+)}", lambda m: FILLED.get(m[1], UNKNOWN), path.removeprefix("/api/v1"))
            yield method, filled, one["x-action"]


ALL = list(operations())


@pytest.fixture(autouse=True)
def _nobody_was_counted():
    gate.seen.clear()


def test_every_operation_names_an_action_that_a_key_can_have():
    named = {action for _, _, action in ALL}
    assert named <= set(actions())
    assert not named & NOT_FOR_KEYS


def test_what_a_trader_or_an_officer_can_do_a_program_can_do():
    named = {action for _, _, action in ALL}
    people_only = NOT_FOR_KEYS | {"confirm_decision", "found_organisation"}
    by_the_window = {
        "renew_permits",
        "reopen_tax",
        "raise_silence",
        "operate",
        "watch_measures",
        "verify_journal",
        "sign_in",
        "watch_health",
        "verify_draw",
    }
    assert set(actions()) - named - people_only - by_the_window == set()


@pytest.mark.parametrize("role", [role for role in ROLES if role != "consumer"])
def test_a_key_with_every_scope_reaches_what_its_role_is_granted(role):
    program = Program(role)
    wrong = []
    for method, path, action in ALL:
        answer = program.send(method, path, {})
        is_granted = reach_of(role, action) is not None
        if (answer.status_code == 403) == is_granted or answer.status_code in {401, 500}:
            wrong.append((method, path, action, answer.status_code))
    assert not wrong


@pytest.mark.parametrize("role", ["importer", "customs_senior", "agency_officer"])
def test_a_key_without_the_scope_is_refused_whatever_its_role(role):
    public = [name for name in actions() if actions()[name].is_public]
    for method, path, action in ALL:
        others = [scope for scope in all_scopes(role) if scope != action] or ["none"]
        answer = Program(role, scopes=others).send(method, path, {}) if action not in public else None
        assert answer is None or answer.status_code == 403, (method, path, action)


def test_a_visitor_and_a_wrong_key_only_ask_what_anyone_may():
    for shown in (None, "tgk_wrong", "nonsense"):
        gate.seen.clear()
        visitor = Program(shown=shown)
        for method, path, action in ALL:
            gate.seen.clear()
            answer = visitor.send(method, path, {})
            if shown or not actions()[action].is_public:
                assert answer.status_code == 401, (method, path)
                assert answer["WWW-Authenticate"].startswith("Bearer")
            else:
                assert answer.status_code not in {403, 500}, (method, path)


def test_a_firm_that_is_not_confirmed_drafts_and_does_not_lodge():
    post = a_post("importer", organisation=an_organisation("importer", confirmed_at=None))
    program = Program("importer", post=post)
    assert program.send("post", "/drafts", {"reference": "A", "declaration": {}}).status_code == 201
    refused = program.send("post", "/declarations", {"reference": "A", "declaration": {}})
    assert refused.status_code == 403
    assert refused.json()["errors"][0]["code"] == "api.firm_not_confirmed"


def test_expired_and_revoked_keys_open_nothing():
    import datetime as dt

    at = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    for facts in ({"expires_at": at}, {"revoked_at": at}):
        _, shown = a_key("importer", **facts)
        assert Program(shown=shown).send("get", "/declarations").status_code == 401


def test_a_key_sees_its_own_organisation_alone():
    mine, other = Program("importer"), Program("importer")
    made = mine.do("/drafts", {"reference": "A", "declaration": {}}, 201)
    assert [one["id"] for one in mine.get("/declarations")["items"]] == [made["id"]]
    assert other.get("/declarations")["items"] == []
    for path in ("", "/timeline", "/journal", "/letters", "/review"):
        assert other.send("get", f"/declarations/{made['id']}{path}").status_code == 404
    assert (
        other.send(
            "post", "/drafts", {"reference": "A", "declaration": {}, "importer_id": made["importer_id"]}
        ).status_code
        == 422
    )


def test_too_many_requests_are_told_when_to_come_back(settings):
    settings.INTERFACE_RATE_VISITOR = 3
    visitor = Program()
    answers = [visitor.send("get", "/schedule/lines/22042100?day=2025-03-03").status_code for _ in range(5)]
    assert answers == [200, 200, 200, 429, 429]
    last = visitor.send("get", "/key")
    assert 0 < int(last["Retry-After"]) <= 60
    assert Program("importer").send("get", "/declarations").status_code == 200


def test_addresses_and_methods_that_are_not_there_are_told_in_the_one_shape():
    for method, path, status in (
        ("get", "/nothing", 404),
        ("post", "/a/b/c", 404),
        ("delete", "/papers", 405),
        ("patch", "/law", 405),
    ):
        answer = Program().send(method, path)
        assert answer.status_code == status
        [error] = answer.json()["errors"]
        assert error["message_zh"]
        assert error["next_step_en"]


def test_what_cannot_be_read_is_told_with_everything_that_is_wrong():
    importer = Program("importer")
    broken = importer.client.post(
        "/api/v1/drafts", "{", content_type="application/json", headers={"Authorization": f"Bearer {importer.shown}"}
    )
    assert broken.status_code == 400
    both = importer.send("post", "/drafts", {"declaration": [], "importer_id": -1, "surprise": 1})
    assert both.status_code == 422
    assert {one["path"] for one in both.json()["errors"]} == {"reference", "declaration", "importer_id", "surprise"}
    huge = importer.client.post(
        "/api/v1/drafts", b" " * (5 * 1024 * 1024), content_type="application/json",
        headers={"Authorization": f"Bearer {importer.shown}"},
    )  # fmt: skip
    assert huge.status_code == 413
    deep = importer.client.post(
        "/api/v1/drafts",
        "[" * 100_000,
        content_type="application/json",
        headers={"Authorization": f"Bearer {importer.shown}"},
    )
    assert deep.status_code == 400


def test_a_database_that_is_away_is_told_in_the_one_shape(monkeypatch):
    from django.db import OperationalError

    from tongguan.window.api import access

    importer = Program("importer")

    def away(*_):
        raise OperationalError("gone")

    monkeypatch.setattr(access, "actor_of_key", away)
    answer = importer.send("get", "/declarations")
    assert answer.status_code == 503
    assert answer["Retry-After"] == "30"
    assert answer.json()["errors"][0]["code"] == "api.database_away"


def test_a_mistake_of_ours_says_nothing_of_the_inside(monkeypatch):
    from tongguan.window.api import declarations

    importer = Program("importer")
    monkeypatch.setattr(declarations, "declaration_shown", lambda _: 1 / 0)
    importer.client.raise_request_exception = False
    answer = importer.send("post", "/drafts", {"reference": "A", "declaration": {}})
    assert answer.status_code == 500
    assert "ZeroDivision" not in answer.content.decode()
