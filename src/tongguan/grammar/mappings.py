"""What the mappings of published tables share: a file that declares what each column of a table means, so that nothing is guessed."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

import msgspec

from tongguan.grammar.errors import LawDataError
from tongguan.grammar.findings import Finding, InputRefused
from tongguan.grammar.strict_yaml import read_yaml

M = TypeVar("M", bound=msgspec.Struct)


class Period(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The days the table speaks about, first and last included."""

    from_: dt.date = msgspec.field(name="from")
    until: dt.date


class WordColumn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A column of words and our word for each; a word that is not declared refuses the row."""

    column: str
    values: dict[str, str]


def read_mapping(path: Path, kind: type[M], problems_of: Callable[[M], list[str]], code: str) -> M:
    """One mapping file. Raises InputRefused with a finding of this code for everything that is wrong with it."""
    try:
        mapping = read_yaml(path, kind)
        problems = problems_of(mapping)
    except OSError as error:
        problems, mapping = [error.strerror or str(error)], None
    except (LawDataError, UnicodeDecodeError) as error:
        problems, mapping = [str(error)], None
    if problems or mapping is None:
        raise InputRefused([Finding(code, path.name, {"mapping": path.name, "problem": p}) for p in problems])
    return mapping


def column_problems(header: list[str], used: Iterable[str]) -> list[str]:
    """What is wrong between a header and the columns given a meaning or left aside: each stands once, and each is named."""
    counted = Counter(used)
    problems = [f"header: the column {c!r} stands twice" for c, n in Counter(header).items() if n > 1]
    problems += [f"{c!r} is used twice" for c, n in counted.items() if n > 1]
    problems += [f"{c!r} is used, but the header does not have it" for c in counted if c not in header]
    return problems + [f"header: {c!r} is neither used nor under `ignore`" for c in header if c not in counted]
