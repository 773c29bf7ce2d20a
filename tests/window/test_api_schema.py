"""The description holds: whatever one sends, the answer is one it names, in the shape it names, and never a mistake of ours."""

import json

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from makers_programs import Program
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tongguan.window.api.access import gate
from tongguan.window.api.views import description

CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
EXAMPLES = 4
SLOW = {"/api/v1/assessments", "/api/v1/law", "/api/v1/schedule/search"}
"""Operations that reckon a while, tried less often."""
OPERATIONS = [(path, method) for path, methods in description()["paths"].items() for method in methods]

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def schema(_settings_for_tests, django_db_setup, django_db_blocker):
    from tongguan.window.wsgi import application

    with django_db_blocker.unblock():  # the description is read before any test of this file has its database
        return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)


@pytest.fixture(autouse=True)
def _connection_stays():
    """A request that comes past Django's own test client would close the connection of the test's transaction."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def programs():
    return {
        role: Program(role) for role in ("importer", "customs_senior", "customs_examiner", "agency_officer", "broker")
    }


def _role_for(action):
    from tongguan.window.access import reach_of

    roles = ("importer", "customs_senior", "customs_examiner", "agency_officer", "broker")
    return next((role for role in roles if reach_of(role, action)), "importer")


@pytest.mark.parametrize(("path", "method"), OPERATIONS, ids=lambda part: part.removeprefix("/api/v1/"))
def test_whatever_is_sent_is_answered_as_described(schema, programs, path, method):
    operation = schema[path][method]
    program = programs[_role_for(description()["paths"][path][method]["x-action"])]
    positive = operation.as_strategy(generation_mode=schemathesis.GenerationMode.POSITIVE)
    negative = operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE)

    def send(case):
        gate.seen.clear()
        case.call_and_validate(checks=list(CHECKS), headers={"Authorization": f"Bearer {program.shown}"})

    bounded = settings(
        max_examples=1 if path in SLOW else EXAMPLES, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    bounded(given(case=positive)(send))()
    one = description()["paths"][path][method]
    if one.get("parameters") or "requestBody" in one:  # where nothing is sent nothing can be sent wrongly
        bounded(given(case=negative)(send))()


def test_the_description_is_served_and_is_what_the_page_shows(client):
    served = client.get("/api/v1/openapi.json")
    assert served.status_code == 200
    assert json.loads(served.content) == description()
    page = client.get("/api/v1/docs?lang=en").content.decode()
    for path, methods in description()["paths"].items():
        for one in methods.values():
            assert f'id="{one["operationId"]}"' in page, path
    assert "<script>" not in page
    assert "https://" not in page.split("<main")[1].split("</main>")[0]


def test_every_operation_says_its_action_its_errors_and_what_it_answers():
    names = set()
    for methods in description()["paths"].values():
        for one in methods.values():
            assert one["operationId"] not in names
            names.add(one["operationId"])
            assert one["x-action"]
            assert {"401", "403", "404", "422", "429", "503"} <= set(one["responses"])
            assert any(status.startswith("2") for status in one["responses"])
