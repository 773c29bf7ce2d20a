"""The interface as a whole: every operation, one way to read a body, one shape of answer to whatever goes wrong."""

from __future__ import annotations

import re
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.datastructures import MultiValueDict
from ninja import NinjaAPI
from ninja.operation import PathView
from ninja.parser import Parser

from tongguan import __version__
from tongguan.assessment.reading import parse_document
from tongguan.grammar.findings import Finding, InputRefused
from tongguan.window.api import charges, customs, declarations, firm, permits, problems, public


class Reader(Parser):
    """JSON as the rest of the project reads it: no key twice, no binary fractions, not too deep."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """The body. Raises InputRefused, RequestDataTooBig."""
        read = parse_document(request.body, "body.json")
        if _SUSPECT.search(request.body) and not _is_text(read):
            raise InputRefused(
                [Finding("input.control_characters", "body.json", {"line": "1", "why": "\\u0000, \\ud800"})]
            )
        return cast("dict[str, Any]", read)

    def parse_querydict(
        self, data: MultiValueDict[str, Any], list_fields: list[str], request: HttpRequest
    ) -> dict[str, Any]:
        """What stands in an address, or in a form that comes with a file. Raises Problem."""
        for name, values in data.lists():
            if not _is_text([name, *values]):
                field = name.replace("\0", "")[:80]
                raise problems.Problem(400, Finding("api.value_wrong", field, {"field": field or "-", "why": "U+0000"}))
        return super().parse_querydict(data, list_fields, request)


_SUSPECT = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
"""How a letter that no database keeps can be written in JSON: nothing at all, or half of one. Both halves together are a letter."""


def _is_text(value: object) -> bool:
    """Whether every text in what was read can be kept. What was read is not nested deeply."""
    match value:
        case str():
            return not any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in value)
        case dict():
            return all(_is_text(part) for pair in value.items() for part in pair)
        case list():
            return all(map(_is_text, value))
        case _:
            return True


ABOUT = """Everything a person can do in the window, for programs. Every operation names the action it needs (`x-action`); a key has some of the
actions of whoever made it. Money is text with its currency, days and moments are ISO 8601. A list is read page by page: `next` of one page is `after` of
the following. What creates something takes an `Idempotency-Key`. All problems come at once, in one shape, in Chinese and English.

窗口里人能办的，程序都能办。每项操作写明所需权限（x-action）；密钥只有生成者所授的权限。金额写作文本并带币种，日期用 ISO 8601。列表逐页读取：本页的 next 即
下一页的 after。新建类请求可带 Idempotency-Key，重发不会重复办理。所有问题一次列出，格式统一，中英对照。"""

interface = NinjaAPI(
    title="Tongguan 通关",
    version=__version__,
    description=ABOUT,
    openapi_url="",
    docs_url=None,
    urls_namespace="api",
    parser=Reader(),
)
for _module in (public, declarations, customs, permits, charges, firm):
    interface.add_router("", _module.router)
problems.listen(interface)


def operations() -> list[URLPattern]:
    """The addresses of every operation, and of nothing else the library would add."""
    found = cast("list[URLPattern]", interface.urls[0])
    return [entry for entry in found if entry.name != "api-root"]


def _not_allowed(view: PathView) -> HttpResponse:
    """405 in the one shape; the library's own has a shape of its own."""
    methods = sorted({method for one in view.operations for method in one.methods})
    answer = problems.answer(405, Finding("api.method_not_allowed"))
    answer["Allow"] = ", ".join(methods)
    return answer


PathView._not_allowed = _not_allowed  # type: ignore[method-assign,assignment]  # noqa: SLF001  # the library has no setting for it
