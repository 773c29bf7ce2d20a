"""Where a fault is, and the shortest way to say it."""

from __future__ import annotations

from typing import NamedTuple

from tongguan.exchange.dictionary import Kind
from tongguan.grammar.findings import Finding, Severity


class Place(NamedTuple):
    """One document in its message: Order[2], and where its fields and lines stand."""

    document: str
    head: str
    lines: str

    @classmethod
    def of(cls, kind: Kind, number: int) -> Place:
        """The document of that number, counted from 1."""
        document = f"{kind.root}/{kind.document}[{number}]"
        return cls(document, f"{document}/{kind.head}" if kind.head else document, f"{document}/{kind.lines}")

    def line(self, number: int) -> Place:
        """A line of the document, counted from 1."""
        line = f"{self.lines}[{number}]"
        return Place(line, line, "")

    def problem(self, code: str, element: str = "", because: str = "", severity: Severity = "error", /, **facts: str) -> Finding:  # fmt: skip
        """A fault of a field, or of the whole where no element is named."""
        return Finding(code, f"{self.head}/{element}" if element else self.document, facts, because, severity)
