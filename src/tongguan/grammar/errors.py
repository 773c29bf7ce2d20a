"""The exceptions and their family tree.

TongguanError
├── OutOfCoverage        the law or the table does not reach this case; says from when it does. An answer, not a mistake.
├── InputRefused         the whole input cannot be read (broken YAML, wrong encoding); carries findings
└── LawDataError         a file of law or tables is malformed: our mistake, or that of whoever edited it

What the declarant can act on is not an exception but a Finding, a value in the result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tongguan.grammar.findings import Finding


class TongguanError(Exception):
    """Anything this package raises on purpose."""


class OutOfCoverage(TongguanError):
    """The law or a table is not encoded for this case. Never a guess and never zero.

    `code` is a message code of the catalogue, `facts` the values its text needs.
    """

    def __init__(self, code: str, /, **facts: str) -> None:
        self.code = code
        self.facts = facts
        super().__init__(f"{code}: " + ", ".join(f"{k}={v}" for k, v in facts.items()))


class InputRefused(TongguanError):
    """The input as a whole could not be read; `findings` say what, where, why and what next."""

    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings
        super().__init__("; ".join(f.message("en") for f in findings))


class LawDataError(TongguanError):
    """A file of law, parameters or tables is malformed; the message names file and place."""
