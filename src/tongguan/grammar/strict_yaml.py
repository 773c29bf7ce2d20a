"""YAML as people write it, read strictly: every scalar stays text, a key that stands twice is refused, and so is a key nobody knows."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml

from tongguan.grammar.errors import LawDataError

T = TypeVar("T")

_Base: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class TextLoader(_Base):  # type: ignore[misc]  # the C loader exists only where libyaml does
    """Every scalar is text; duplicate keys and aliases that repeat are errors."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"the key {key.value!r} stands twice", key.start_mark)
            seen.add(key.value)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping


TextLoader.add_constructor("tag:yaml.org,2002:map", lambda loader, node: loader.construct_mapping(node, True))


def load_text(text: str | bytes) -> Any:
    """Parse YAML text into dictionaries, lists and text. Raises yaml.YAMLError."""
    return yaml.load(text, Loader=TextLoader)  # noqa: S506  # a BaseLoader: builds text only


def read_yaml(path: Path, shape: type[T]) -> T:
    """Read a file of law into `shape`. Raises LawDataError that names the file and the place."""
    try:
        return msgspec.convert(load_text(path.read_bytes()), shape, strict=False)
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise LawDataError(f"{path.parent.name}/{path.name}: {error}") from error
