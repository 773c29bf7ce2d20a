"""`tongguan serve` as people start it: ready, whole, counted, and gone when it is told to go or is killed."""

import json
import re
import signal
import socket
from pathlib import Path

import pytest
from throwaway import Served, is_running, until

from tongguan.window.operation import serving

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are counted through /proc")


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    server = Served(tmp_path_factory.mktemp("home"), "--workers", "2")
    try:
        assert server.becomes(200), server.log.read_text()[-2000:]
        yield server
    finally:
        server.end()


def test_it_says_where_it_is_by_a_name_since_no_passkey_is_made_for_a_number(served):
    assert f"http://localhost:{served.port}" in served.told.read_text()


def test_a_page_comes_with_its_style_from_the_package(served):
    page = served.ask("/release-times/")
    assert page.status == 200
    style = re.search(r'href="(/static/[^"]+\.css)"', page.text)
    assert style
    assert served.ask(style[1]).status == 200
    assert not re.search(r"""(?:src|href)=["']https?://""", page.text)


def test_requests_are_counted_over_all_processes(served):
    def answered():
        return sum(
            float(n)
            for n in re.findall(
                r'^tongguan_requests_total{method="GET",status="404"} (\S+)', served.ask("/metrics").text, re.MULTILINE
            )
        )

    before = answered()
    for number in range(20):
        served.ask(f"/nothing-here-{number}")
    assert answered() == before + 20


def test_the_log_is_one_object_a_line_and_tells_no_secret(served):
    served.ask("/release-times/?token=tell-nobody", data=b"password=tell-nobody")
    served.ask("/account/confirm-email/tell-nobody/")
    served.ask("/account/password/reset/key/1-tell-nobody/")
    lines = [json.loads(line) for line in served.log.read_text().splitlines()]
    assert {"id", "method", "path", "status", "milliseconds"} <= set(
        next(line for line in lines if line["event"] == "request")
    )
    assert "tell-nobody" not in served.log.read_text()


def test_the_address_of_a_taken_port_is_the_next_one():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert serving.free_port("127.0.0.1", port) > port


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_all_its_processes_end_with_it(tmp_path, number):
    server = Served(tmp_path, "--workers", "2")
    assert server.becomes(200), server.log.read_text()[-2000:]
    assert until(lambda: len(server.family()) >= 4), "two processes that serve and the worker"
    family = server.family()
    code = server.end(number)
    assert until(lambda: not any(is_running(pid) for pid in family), 30)
    assert number == signal.SIGKILL or code in {0, 130, 143}
    assert "Traceback" not in server.log.read_text()
