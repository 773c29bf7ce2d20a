"""YAML as people write it, read strictly: every scalar stays text, a key that stands twice is refused, and so is a key nobody knows."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml

from tongguan.grammar.errors import LawDataError

T = TypeVar("T")

_Base: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class KeyTwice(yaml.constructor.ConstructorError):
    """A key stands twice in one mapping."""


class AliasUsed(yaml.composer.ComposerError):
    """An alias where none is read."""


class TooDeep(yaml.composer.ComposerError):
    """Nested deeper than MAX_DEPTH."""


class TextLoader(_Base):  # type: ignore[misc]  # the C loader exists only where libyaml does
    """Every scalar is text; a key that stands twice is an error."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:  # noqa: ANN401  # the parser's own node, without types
        seen = set()
        for key, _ in node.value:
            if not isinstance(key.value, str):
                raise yaml.constructor.ConstructorError(None, None, "a key must be plain text", key.start_mark)
            if key.value in seen:
                raise KeyTwice(None, None, f"the key {key.value!r} stands twice", key.start_mark)
            seen.add(key.value)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping


TextLoader.add_constructor("tag:yaml.org,2002:map", lambda loader, node: loader.construct_mapping(node, True))


def load_text(text: str | bytes) -> Any:  # noqa: ANN401  # whatever the document holds
    """Parse YAML text into dictionaries, lists and text. Raises yaml.YAMLError."""
    return yaml.load(text, Loader=TextLoader)  # noqa: S506  # a BaseLoader: builds text only


MAX_DEPTH = 40
"""Deeper nesting than this is nobody's shipment, and deep enough nesting ends the process inside the parser."""


def load_from_outside(text: str) -> object:
    """As `load_text`, for text of unknown make: nesting is bounded, and an alias, which can unfold without end, is refused.

    Raises yaml.YAMLError with the place.
    """
    loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    depth = 0
    for event in yaml.parse(text, Loader=loader):
        mark: Any = event.start_mark
        if isinstance(event, yaml.AliasEvent):
            raise AliasUsed(None, None, f"the alias *{event.anchor} is not read here: write the value out", mark)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise TooDeep(None, None, f"nested more than {MAX_DEPTH} levels deep", mark)
    return load_text(text)


def read_yaml(path: Path, shape: type[T]) -> T:
    """Read a file of law into `shape`. Raises LawDataError that names the file and the place."""
    try:
        return msgspec.convert(load_text(path.read_bytes()), shape, strict=False)
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise LawDataError(f"{path.parent.name}/{path.name}: {error}") from error
