"""Findings: what the person can act on. Each says what, where, why and what next, in Chinese and English.

Codes are stable and programs may rely on them; the texts live in `messages/*.yaml` and can be improved freely.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec

from tongguan.grammar.citations import cite_text
from tongguan.grammar.errors import LawDataError, TongguanError
from tongguan.grammar.strict_yaml import read_yaml

MESSAGES = Path(__file__).parent.parent / "messages"

Severity = Literal["error", "warning", "note"]
"""error: the figure could not be given; warning: it was given, but something must be done; note: worth knowing."""


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One text of the catalogue: what happened and what to do next, in both languages, with {facts} to fill in."""

    zh: str
    en: str
    next_zh: str = ""
    next_en: str = ""


@cache
def catalogue() -> dict[str, Message]:
    """All messages by code. Raises LawDataError when a code stands twice."""
    texts: dict[str, Message] = {}
    for path in sorted(MESSAGES.glob("*.yaml")):
        for code, message in read_yaml(path, dict[str, Message]).items():
            if code in texts:
                raise LawDataError(f"messages/{path.name}: the code {code!r} stands twice")
            texts[code] = message
    return texts


class _Facts(dict[str, str]):
    """Facts that leave an unknown name visible instead of failing while a person waits for an answer."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


NOTHING_NEAR = "-"
"""The fact `nearest` where no name we know is like the one read."""
_NOTHING_NEAR = {"zh": "无", "en": "none"}


def render(code: str, facts: dict[str, str], language: str) -> str:
    """The text of a message code in one language ("zh" or "en")."""
    message = catalogue().get(code)
    if message is None:
        return f"{code} {facts}"
    return (message.zh if language == "zh" else message.en).format_map(_localised(facts, language))


def render_next(code: str, facts: dict[str, str], language: str) -> str:
    """The next step of a message code in one language; empty when there is none."""
    message = catalogue().get(code)
    if message is None:
        return ""
    return (message.next_zh if language == "zh" else message.next_en).format_map(_localised(facts, language))


def _localised(facts: dict[str, str], language: str) -> _Facts:
    """Facts given in both languages (`name_zh`, `name_en`) answer to the plain name too."""
    suffix = "_" + language
    plain = {key[: -len(suffix)]: value for key, value in facts.items() if key.endswith(suffix)}
    if facts.get("nearest") == NOTHING_NEAR:
        plain, facts = {**plain, "nearest": _NOTHING_NEAR[language]}, {k: v for k, v in facts.items() if k != "nearest"}
    return _Facts({**plain, **facts})


class Finding(msgspec.Struct, frozen=True):
    """What (code), where (path), why (because: citation) and what next (from the catalogue)."""

    code: str
    path: str = ""
    facts: dict[str, str] = {}
    because: str = ""
    severity: Severity = "error"

    def message(self, language: str) -> str:
        """What happened, in "zh" or "en"."""
        return render(self.code, self.facts, language)

    def next_step(self, language: str) -> str:
        """What to do next, in "zh" or "en"; empty when nothing is to be done."""
        return render_next(self.code, self.facts, language)

    def to_json(self) -> dict[str, Any]:
        """The one error shape of the project."""
        return {
            "code": self.code,
            "severity": self.severity,
            "path": self.path,
            "message_zh": self.message("zh"),
            "message_en": self.message("en"),
            "because": self.because,
            "because_zh": cite_text(self.because, "zh") if self.because else "",
            "because_en": cite_text(self.because, "en") if self.because else "",
            "next_step_zh": self.next_step("zh"),
            "next_step_en": self.next_step("en"),
            "facts": self.facts,
        }


class InputRefused(TongguanError):
    """The input as a whole could not be read; `findings` say what, where, why and what next."""

    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings
        super().__init__("; ".join(f.message("en") for f in findings))
