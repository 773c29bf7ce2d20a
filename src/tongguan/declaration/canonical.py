"""The facts of a declaration as plain JSON in one canonical form, and their digest: the same facts always give the same 64 characters."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from tongguan.declaration.shape import Declaration


def facts(declaration: Declaration) -> dict[str, Any]:
    """The facts as JSON: amounts as plain decimal text, days as ISO dates, nothing where nothing is declared."""
    groups: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(declaration))
    return {group: content for group, content in groups.items() if content}


def digest(facts_of_declaration: dict[str, Any]) -> str:
    """SHA-256 of the facts with their names in order, in hexadecimal."""
    return hashlib.sha256(msgspec.json.encode(facts_of_declaration, order="deterministic")).hexdigest()
