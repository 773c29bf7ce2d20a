"""Makers for programs: keys in every role, and a client that speaks JSON with one."""

import datetime as dt
import json
import re

import jsonschema_rs
from django.test import Client
from makers import NUMBER, a_post

from tongguan.window.access import reach_of
from tongguan.window.accounts.acts import may_be_scope
from tongguan.window.accounts.models import AccessKey, digest_of, new_key
from tongguan.window.api.views import description

ANY_DAY = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
MADE = dt.datetime(2018, 1, 1, tzinfo=dt.UTC)


def all_scopes(role):
    """Everything a key of this role can be given."""
    from tongguan.window.access import actions

    return [name for name in actions() if may_be_scope(name) and reach_of(role, name)]


def a_key(role, post=None, scopes=None, **facts):
    """A key of a role and the text that opens it."""
    post = post or a_post(role)
    shown = new_key()
    held = {
        "organisation": post.organisation, "role": role, "name": f"key {next(NUMBER)}", "digest": digest_of(shown), "hint": shown[:8],
        "scopes": all_scopes(role) if scopes is None else scopes, "made_by": post.person, "made_at": MADE, "expires_at": ANY_DAY,
    }  # fmt: skip
    return AccessKey.objects.create(**held | facts), shown


def assert_as_described(answer, method):
    """The answer is what the description of the interface says of this operation and this status."""
    route = answer.resolver_match.route if answer.resolver_match else ""
    one = description()["paths"].get("/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route), {}).get(method.lower())
    if one is None or answer.status_code == 405:
        assert set(answer.json()) == {"errors"}
        return
    schema = one["responses"][str(answer.status_code)]["content"]["application/json"]["schema"]
    jsonschema_rs.validate({**schema, "components": description()["components"]}, answer.json())


class Program:
    """A program with a key (or none): sends JSON below /api/v1 and reads JSON."""

    def __init__(self, role=None, post=None, scopes=None, shown=None):
        self.post = post or (a_post(role) if role and shown is None else None)
        self.key, self.shown = a_key(role, self.post, scopes) if role and shown is None else (None, shown)
        self.client = Client(raise_request_exception=False)

    def send(self, method, path, body=None, **headers):
        """The answer; `.status_code` and `.json()`."""
        sent = {"Authorization": f"Bearer {self.shown}"} if self.shown else {}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        data = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        answer = self.client.generic(
            method.upper(),
            f"/api/v1{path}",
            data.get("data", ""),
            data.get("content_type", "application/json"),
            headers=sent | named,
        )
        assert_as_described(answer, method)
        return answer

    def get(self, path, **headers):
        """What is there; fails the test where it is not."""
        answer = self.send("get", path, **headers)
        assert answer.status_code == 200, answer.content.decode()
        return answer.json()

    def do(self, path, body=None, status=200, method="post", **headers):
        """What was answered; fails the test where the status is another."""
        answer = self.send(method, path, {} if body is None else body, **headers)
        assert answer.status_code == status, answer.content.decode()
        return answer.json()
