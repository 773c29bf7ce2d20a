"""The data dictionary: every fact of the declaration once, as `fields.yaml` tells it. Forms, schemas and readers are made from it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from tongguan.grammar.errors import LawDataError
from tongguan.grammar.strict_yaml import load_text

SINGLE = ("header", "parties", "transport", "packages", "valuation", "inspection", "assessment")
"""Groups that stand once on a declaration."""
REPEATED = ("containers", "goods", "papers")
"""Groups with one entry a container, goods item or paper."""
NESTED = ("preferences", "vehicles")
"""Groups inside a goods item."""

Kind = Literal[
    "text", "name", "lines", "code", "codes", "channel", "flag", "date", "number", "numbers", "amount", "quantity", "amounts", "words", "list",
    "open",
]  # fmt: skip


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One fact. `required` is "always", or the fields and their values that make it so; the other words are told in fields.yaml."""

    kind: Kind
    zh: str
    en: str
    source: str
    group: str = ""
    name: str = ""
    table: str = ""
    max: int = 0
    digits: str = ""
    of: str = ""
    required: str | dict[str, list[str]] = ""
    summary: Literal["", "basic", "licence", "inspection"] = ""
    official: str = ""
    hint_zh: str = ""
    hint_en: str = ""

    @property
    def path(self) -> str:
        """Where it stands: header.trade_mode, goods.origin."""
        return f"{self.group}.{self.name}"


@cache
def fields() -> dict[str, Field]:
    """Every field by its path, in the order of the form. Raises LawDataError."""
    content = load_text((Path(__file__).parent / "fields.yaml").read_bytes())
    found: dict[str, Field] = {}
    for group, entries in content.items():
        for name, entry in entries.items():
            try:
                field = msgspec.convert({**entry, "group": group, "name": name}, Field, strict=False)
            except msgspec.ValidationError as error:
                raise LawDataError(f"declaration/fields.yaml: {group}.{name}: {error}") from error
            found[field.path] = field
    return found


@cache
def fields_of(group: str) -> dict[str, Field]:
    """The fields of one group by name."""
    return {field.name: field for field in fields().values() if field.group == group}
