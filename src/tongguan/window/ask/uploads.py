"""Files that visitors send: small, read once, never kept. What cannot be read becomes findings."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from django.core.files.uploadedfile import UploadedFile

from tongguan.grammar.findings import Finding, InputRefused

MOST_BYTES = 256 * 1024
Read = TypeVar("Read")


def bytes_of(sent: UploadedFile[Any], kinds: tuple[str, ...]) -> tuple[bytes, str]:
    """The bytes of a file and its kind. Raises InputRefused for another kind or a file that is too large."""
    suffix = Path(sent.name or "").suffix.lower()
    if suffix not in kinds:
        raise InputRefused(
            [Finding("ask.file_kind_not_read", "file", {"read": suffix[:20] or "-", "known": ", ".join(kinds)})]
        )
    content = sent.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise InputRefused([Finding("ask.file_too_large", "file", {"limit": f"{MOST_BYTES // 1024} kB"})])
    return content, suffix


def with_file(content: bytes, suffix: str, read: Callable[[Path], Read]) -> Read:
    """What a reader of files makes of these bytes. The file lives as long as the call, under a name of ours."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"file{suffix}"
        path.write_bytes(content)
        return read(path)


@contextmanager
def refusals() -> Iterator[list[Finding]]:
    """A block in which what is refused becomes findings of the page."""
    found: list[Finding] = []
    try:
        yield found
    except InputRefused as refused:
        found += refused.findings
