"""What is written about requests and mistakes, and what never is."""

import json
import logging

import pytest
import structlog

from tongguan.window.operation import logs


@pytest.fixture
def lines(capsys):
    before = (logging.getLogger().handlers[:], logging.getLogger().level)
    yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = before[0]
    logging.getLogger().setLevel(before[1])


@pytest.mark.parametrize(
    "name", ["password", "access_key", "session_id", "Authorization", "csrf_token", "one_time_code", "cookie"]
)
def test_what_may_be_secret_is_left_out(lines, name):
    logs.configure()
    structlog.get_logger("t").info("told", **{name: "tell-nobody", "status": 200})
    (line,) = lines()
    assert (line["event"], line["status"], line[name]) == ("told", 200, "(left out)")


def test_a_failed_request_is_told_without_its_address(lines):
    logs.configure()
    logging.getLogger("django.request").error("Internal Server Error: %s", "/account/password/reset/key/tell-nobody/")
    (line,) = lines()
    assert line["event"] == "request_failed"
    assert "tell-nobody" not in json.dumps(line)


def test_a_mistake_is_told_with_where_it_happened(lines):
    logs.configure()
    try:
        int("of ours")
    except ValueError:
        logging.getLogger("tongguan.test").exception("went_wrong")
    (line,) = lines()
    assert "ValueError" in line["exception"]
