"""The exceptions and their family tree.

TongguanError
├── OutOfCoverage        the law or the table does not reach this case; says from when it does. An answer, not a mistake.
├── InputRefused         the whole input cannot be read (broken YAML, wrong encoding); carries findings, and so stands beside them in `findings.py`
└── LawDataError         a file of law or tables is malformed: our mistake, or that of whoever edited it

What the declarant can act on is not an exception but a Finding, a value in the result.
"""

from __future__ import annotations


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


class LawDataError(TongguanError):
    """A file of law, parameters or tables is malformed; the message names file and place."""
