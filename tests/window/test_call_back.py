"""Call-backs: signed, tried again with growing patience, once at a time, and never into an internal network."""

import datetime as dt
import hashlib
import hmac
import http.server
import json
import socket
import threading
import time

import pytest
from makers import a_lodged_declaration, a_moment, a_post, an_actor, an_entrustment
from makers_officers import at_once
from makers_programs import Program

from tongguan.grammar.findings import InputRefused
from tongguan.window import clock
from tongguan.window.access.actor import NotAllowed
from tongguan.window.clearance import officers
from tongguan.window.notices import acts, calling
from tongguan.window.notices.models import Attempt, CallBack, Delivery, Event
from tongguan.window.states import SomeoneWasFirst

pytestmark = pytest.mark.django_db
AT = dt.datetime(2025, 3, 3, 2, 30, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _no_mail(monkeypatch):
    """Mail has tests of its own; here every delivery is a call."""
    monkeypatch.setattr(acts, "_readers", lambda declarations, *_: {one: set() for one in declarations})


class Receiver:
    """A program on this machine that is told of events, and answers as the test says."""

    def __init__(self):
        self.got, self.status = [], 200
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append((dict(self.headers), body))
                self.send_response(outer.status)
                if outer.status == 302:
                    self.send_header("Location", f"http://127.0.0.1:{outer.port}/elsewhere")
                self.end_headers()
                self.wfile.write(b"thank you" * 1000)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        self.url = f"http://127.0.0.1:{self.port}/told?x=1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receiver(settings):
    settings.DEMONSTRATION = True
    made = Receiver()
    yield made
    made.close()


def after(seconds):
    return a_moment(AT + dt.timedelta(seconds=seconds))


def a_call_back(post, url, events=()):
    return acts.make_call_back(an_actor(post), a_moment(), url=url, events=events)


def test_what_happens_is_told_signed_and_the_signature_can_be_checked(receiver):
    post = a_post("importer")
    call_back = a_call_back(post, receiver.url)
    declaration = a_lodged_declaration(post)
    assert acts.deliver_due(after(5)) == 1
    [(headers, body)] = receiver.got
    told = json.loads(body)
    assert told["event"] == "lodged"
    assert told["declaration"] == {
        "id": declaration.pk,
        "number": declaration.number,
        "reference": declaration.reference,
    }
    seconds, signature = (
        part[2:] if part.startswith("t=") else part[3:] for part in headers["Tongguan-Signature"].split(",")
    )
    expected = hmac.new(call_back.secret.encode(), seconds.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(signature, expected)
    assert int(seconds) == int(after(5).at.timestamp())
    assert headers["Tongguan-Event-Id"] == told["id"]
    assert acts.deliver_due(after(10)) == 0
    [attempt] = Attempt.objects.all()
    assert (attempt.status, len(attempt.told)) == (200, 300)


def test_the_secret_differs_and_is_not_in_the_database(receiver):
    post = a_post("importer")
    one, other = a_call_back(post, receiver.url), a_call_back(post, receiver.url)
    assert one.secret != other.secret
    for row in CallBack.objects.values():
        assert one.secret not in str(row)
        assert one.secret[4:] not in str(row)


def test_a_silent_receiver_is_tried_again_with_growing_patience_for_fourteen_days(receiver):
    post = a_post("importer")
    a_call_back(post, receiver.url)
    a_lodged_declaration(post)
    receiver.status = 500
    waits, now = [], 0
    for _ in range(40):
        assert acts.deliver_due(after(now)) == 1
        left = Delivery.objects.get()
        if left.outcome:
            break
        assert acts.deliver_due(after(now)) == 0
        waits.append(int((left.due_at - after(now).at).total_seconds()))
        now += waits[-1]
    assert waits[:8] == [1, 30, 600, 3_600, 10_800, 21_600, 43_200, 86_400]
    assert waits == sorted(waits)
    assert Delivery.objects.get().outcome == "given_up"
    assert 13 * 86_400 < now <= 14 * 86_400
    assert len({headers["Tongguan-Event-Id"] for headers, _ in receiver.got}) == 1
    assert len({body for _, body in receiver.got}) == 1


def test_what_was_not_acknowledged_comes_again_and_then_not(receiver):
    post = a_post("importer")
    a_call_back(post, receiver.url)
    a_lodged_declaration(post)
    receiver.status = 503
    acts.deliver_due(after(0))
    receiver.status = 204
    assert acts.deliver_due(after(1)) == 1
    assert Delivery.objects.get().outcome == "arrived"
    assert acts.deliver_due(after(86_400)) == 0


def test_a_redirect_is_not_followed(receiver):
    post = a_post("importer")
    a_call_back(post, receiver.url)
    a_lodged_declaration(post)
    receiver.status = 302
    acts.deliver_due(after(0))
    assert len(receiver.got) == 1
    assert Attempt.objects.get().status == 302
    assert Delivery.objects.get().outcome == ""


def test_a_worker_that_was_killed_loses_nothing(receiver, monkeypatch):
    post = a_post("importer")
    a_call_back(post, receiver.url)
    a_lodged_declaration(post)

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(acts, "_send", killed)
        with pytest.raises(KeyboardInterrupt):
            acts.deliver_due(after(0))
    assert acts.deliver_due(after(60)) == 0
    assert acts.deliver_due(after(121)) == 1
    assert len(receiver.got) == 1


def test_two_workers_at_once_send_once(receiver, tmp_path):
    post = a_post("importer")
    a_call_back(post, receiver.url)
    for _ in range(3):
        a_lodged_declaration(post)
    counts, left = at_once(
        [lambda: acts.deliver_due(after(0))] * 4, lambda: Delivery.objects.exclude(outcome="arrived").count(), tmp_path
    )
    assert sum(counts) == 3
    assert left == 0
    assert len(receiver.got) == 3


def test_only_the_parties_are_told_and_only_what_they_asked_for(receiver):
    importer, broker, stranger = a_post("importer"), a_post("broker"), a_post("importer")
    an_entrustment(importer.organisation, broker.organisation)
    a_call_back(importer, receiver.url, ["accepted"])
    a_call_back(broker, receiver.url)
    a_call_back(stranger, receiver.url)
    from makers import declared_facts

    from tongguan.window.lodging.acts import lodge

    declaration = lodge(
        an_actor(broker), a_moment(AT), declared_facts(), importer_id=importer.organisation_id, reference="B1"
    )
    assert acts.deliver_due(after(0)) == 1
    officers.accept(an_actor(a_post("customs_officer")), after(1), declaration)
    assert acts.deliver_due(after(2)) == 2
    told = [json.loads(body)["event"] for _, body in receiver.got]
    assert sorted(told) == ["accepted", "accepted", "lodged"]


def test_what_nobody_wants_to_know_leaves_nothing_behind():
    a_lodged_declaration()
    assert Event.objects.count() == 1
    assert acts.deliver_due(after(0)) == 0
    assert Event.objects.count() == 0


def test_a_call_back_is_turned_off_and_on(receiver):
    post = a_post("importer")
    actor = an_actor(post)
    call_back = a_call_back(post, receiver.url)
    a_lodged_declaration(post)
    receiver.status = 500
    acts.deliver_due(after(0))
    acts.disable(actor, after(1), call_back)
    with pytest.raises(SomeoneWasFirst):
        acts.disable(actor, after(1), call_back)
    a_lodged_declaration(post)
    assert Delivery.objects.get(call_back=call_back).outcome == "stopped"
    receiver.status = 200
    acts.deliver_due(after(60))
    assert len(receiver.got) == 1
    with pytest.raises(InputRefused):
        acts.send_test(actor, after(61), call_back)
    acts.enable(actor, after(62), call_back)
    acts.send_test(actor, after(63), call_back)
    acts.send_again(actor, after(63), Delivery.objects.filter(outcome="stopped").get().pk)
    acts.deliver_due(after(64))
    assert sorted(json.loads(body)["event"] for _, body in receiver.got[1:]) == ["lodged", "test"]
    with pytest.raises(NotAllowed):
        acts.disable(an_actor(a_post("importer")), after(65), call_back)


INSIDE = [
    "https://127.0.0.1/", "https://localhost/", "https://10.0.0.1/", "https://192.168.1.1/", "https://172.16.0.1/", "https://169.254.169.254/latest",
    "https://[::1]/", "https://[fe80::1]/", "https://[fd00::1]/", "https://[::ffff:10.0.0.1]/", "https://[64:ff9b::a00:1]/", "https://0.0.0.0/",
    "https://2130706433/", "https://0x7f000001/", "https://127.1/", "https://100.64.0.1/", "https://224.0.0.1/", "https://[2002:7f00:1::]/",
]  # fmt: skip


@pytest.mark.parametrize("url", INSIDE)
def test_nothing_inside_can_be_named(url):
    with pytest.raises(InputRefused) as refused:
        a_call_back(a_post("importer"), url)
    assert refused.value.findings[0].code == "notices.address_inside"
    assert calling.call(url, b"{}", {}).status is None


@pytest.mark.parametrize(
    "url",
    ["http://example.com/", "ftp://example.com/", "file:///etc/passwd", "https://user:secret@example.com/", "https:///x", "//example.com", "x", "",
     "https://example.com:0/", "https://example.com:99999/", "https://exa mple.com/", "https://example.com/\r\nHost: x", "https://例子.中国/", "https://" + "a" * 600],
)  # fmt: skip
def test_an_address_of_another_kind_is_refused(url):
    with pytest.raises(InputRefused) as refused:
        a_call_back(a_post("importer"), url)
    assert refused.value.findings[0].code == "notices.address_not_https"


def test_a_name_that_leads_inside_later_is_not_called(monkeypatch):
    def world(address):
        return lambda *_, **__: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))]

    monkeypatch.setattr(socket, "getaddrinfo", world("93.184.215.14"))
    post = a_post("importer")
    a_call_back(post, "https://hooks.example.org/")
    reached = []
    monkeypatch.setattr(socket, "create_connection", lambda *given, **_: reached.append(given))
    monkeypatch.setattr(socket, "getaddrinfo", world("10.0.0.7"))
    a_lodged_declaration(post)
    acts.deliver_due(after(0))
    assert reached == []
    assert Attempt.objects.get().told == "notices.address_inside"


def test_one_bad_address_among_good_ones_is_enough_to_refuse(monkeypatch):
    both = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in ("93.184.215.14", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
    with pytest.raises(InputRefused):
        calling.addresses_of("https://hooks.example.org/")


def test_a_receiver_that_never_stops_talking_is_hung_up_on(settings, monkeypatch):
    settings.DEMONSTRATION = True
    monkeypatch.setattr(calling, "SECONDS_IN_ALL", 1)
    with socket.create_server(("127.0.0.1", 0)) as server:
        has_said_all = threading.Event()

        def talk():
            line, _ = server.accept()
            with line:
                try:
                    for _ in range(600):
                        line.sendall(b"x")
                        time.sleep(0.1)
                except OSError:
                    return
            has_said_all.set()

        threading.Thread(target=talk, daemon=True).start()
        told = calling.call(f"http://127.0.0.1:{server.getsockname()[1]}/", b"{}", {})
    assert not told.has_arrived
    assert not has_said_all.is_set()


def test_a_call_back_is_not_told_of_what_happened_before_it_was_made(receiver):
    post = a_post("importer")
    a_lodged_declaration(post)
    acts.make_call_back(an_actor(post), after(0), url=receiver.url, events=())
    acts.deliver_due(after(5))
    assert receiver.got == []


def test_the_demonstration_s_own_receiver_checks_the_signature(client, settings):
    call_back = a_call_back(a_post("importer"), "https://93.184.215.14/told")
    body, at = b'{"event": "lodged"}', int(AT.timestamp())

    def told(signature):
        headers = {calling.SIGNATURE: signature}
        return client.post(
            "/demonstration/receiver/", body, content_type="application/json", headers=headers
        ).status_code

    right = calling.sign(call_back.secret, at, body)
    assert told(right) == 404  # on a real window there is none
    settings.DEMONSTRATION = True
    assert told(right) == 200
    assert [told(wrong) for wrong in (right[:-1] + "x", "", "t=x,v1=", calling.sign("tgs_other", at, body))] == [
        403
    ] * 4


def test_programs_manage_their_call_backs_and_read_the_log(receiver):
    importer = Program("importer")
    with clock.standing_at(AT):
        made = importer.do("/call-backs", {"url": receiver.url, "events": ["lodged"]}, 201)
        assert made["secret"].startswith("tgs_")
        [listed] = importer.get("/call-backs")["items"]
        assert "secret" not in listed
        from tongguan.window.api import examples

        importer.do("/declarations", examples.LODGING, 201)
    acts.deliver_due(after(1))
    [sent] = importer.get(f"/call-backs/{made['id']}/deliveries")["items"]
    assert (sent["event"], sent["outcome"], sent["attempts"][0]["status"]) == ("lodged", "arrived", 200)
    importer.do(f"/deliveries/{sent['id']}/again")
    importer.do(f"/call-backs/{made['id']}/disable")
    assert importer.send("post", f"/call-backs/{made['id']}/disable", {}).status_code == 409
    importer.do(f"/call-backs/{made['id']}/enable")
    refused = importer.send("post", "/call-backs", {"url": "https://127.0.0.2/", "events": ["nothing"]})
    assert {one["code"] for one in refused.json()["errors"]} == {"notices.event_unknown"}
    assert Program("importer").send("get", f"/call-backs/{made['id']}/deliveries").status_code == 404
