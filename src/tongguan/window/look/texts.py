"""Page texts by key, in Chinese and English: `texts.yaml` in each app, all read once.

The texts of findings stay in `tongguan/messages`; these are the words on pages: headings, labels, hints, buttons.
"""

from __future__ import annotations

import string
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from tongguan.grammar.errors import LawDataError
from tongguan.grammar.strict_yaml import read_yaml

WINDOW = Path(__file__).parent.parent


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One text in both languages, with {names} to fill in."""

    zh: str
    en: str


@cache
def texts() -> dict[str, Text]:
    """All page texts; a key begins with its app: `declarations.lodge`. Raises LawDataError for a double."""
    held: dict[str, Text] = {}
    for path in sorted(WINDOW.glob("*/texts.yaml")):
        for key, text in read_yaml(path, dict[str, Text]).items():
            name = f"{path.parent.name}.{key}"
            if name in held:
                raise LawDataError(f"{name} stands twice")
            held[name] = text
    return held


def say(key: str, language: str, **facts: Any) -> str:  # noqa: ANN401  # whatever a text fills in
    """A text in "zh" or "en". Raises KeyError for a key nobody wrote: a test walks every template, so that people never meet it."""
    text = texts()[key]
    return string.Formatter().vformat(text.zh if language == "zh" else text.en, (), facts)
