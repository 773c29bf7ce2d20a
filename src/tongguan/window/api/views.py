"""The description of the interface: for programs as OpenAPI, for people as a page of ours, drawn from the same description without any script."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tongguan.grammar.findings import Finding
from tongguan.window.access import actions, needs
from tongguan.window.access.middleware import Request
from tongguan.window.api import problems
from tongguan.window.api.interface import interface

PREFIX = "/api/v1"
METHODS = ("get", "post", "put", "delete")


@cache
def description() -> dict[str, Any]:
    """The interface in OpenAPI 3.1."""
    made: dict[str, Any] = json.loads(json.dumps(interface.get_openapi_schema(path_prefix=f"{PREFIX}/"), default=str))
    for path in made["paths"].values():
        for one in path.values():
            if "requestBody" in one and "multipart/form-data" not in one["requestBody"]["content"]:
                one["requestBody"]["required"] = True
    return made


@needs("ask")
@require_safe
def openapi(request: Request) -> HttpResponse:
    """The description for programs."""
    return HttpResponse(_text(), content_type="application/json; charset=utf-8")


@cache
def _text() -> str:
    return json.dumps(description(), ensure_ascii=False, indent=1)


@needs("ask")
@require_safe
def reference(request: Request) -> HttpResponse:
    """The description for people."""
    return render(request, "api/reference.html", {"groups": _groups(), "types": sorted(problems.TYPES.items())})


@cache
def _groups() -> list[tuple[str, list[dict[str, Any]]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in description()["paths"].items():
        for method in METHODS:
            if method in methods:
                one = methods[method]
                groups.setdefault(f"api.tag_{one['tags'][0]}", []).append(_shown(path, method, one))
    return list(groups.items())


def _shown(path: str, method: str, one: dict[str, Any]) -> dict[str, Any]:
    body = one.get("requestBody", {}).get("content", {})
    example = next((content["example"] for content in body.values() if "example" in content), None)
    status = next(code for code in sorted(one["responses"], key=str) if str(code).startswith("2"))
    return {
        "id": one["operationId"],
        "method": method.upper(),
        "parts": path.strip("/").split("/"),
        "summary": one["summary"],
        "action": actions()[one["x-action"]],
        "action_name": one["x-action"],
        "is_public": actions()[one["x-action"]].is_public,
        "parameters": [
            (p["name"], p["in"], _kind(p["schema"]), p.get("required", False)) for p in one.get("parameters", [])
        ],
        "fields": [row for content in body.values() for row in _fields(content["schema"])],
        "answers": [row for c in one["responses"][status].get("content", {}).values() for row in _fields(c["schema"])],
        "status": status,
        "example": json.dumps(example, ensure_ascii=False, indent=2) if example else "",
    }


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    return dict(description()["components"]["schemas"][name]) if name else schema


def _fields(schema: dict[str, Any]) -> list[tuple[str, str, bool]]:
    """Name, kind and whether it must be there, of each field of a body."""
    held = _resolved(schema)
    return [(name, _kind(one), name in held.get("required", [])) for name, one in held.get("properties", {}).items()]


def _kind(schema: dict[str, Any]) -> str:
    """What may stand in a field, in a few words."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " | ".join(_kind(one) for one in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"[{_kind(schema.get('items', {}))}]"
    words = [str(schema.get("const") or schema.get("format") or schema.get("type", "object"))]
    if "maxLength" in schema:
        words.append(f"≤ {schema['maxLength']}")
    return " ".join(words)


@needs("ask")
def unknown(request: Request, path: str) -> HttpResponse:
    """An address below /api/v1 that is not there, in the shape of the interface."""
    return problems.answer(404, Finding("api.not_found"))


unknown.csrf_exempt = True  # type: ignore[attr-defined]  # it does nothing, whoever sends it
