"""Column mappings: what each column of an official table means. Declared in a file, never guessed.

A mapping names every column of its table: what is read, and what is left aside. A shipped mapping (`tables/mappings/`) is taken by itself only
when its header equals the file's header exactly, and, where the header does not tell one year's table from the next, the file's name too.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Literal

import msgspec

from tongguan.grammar import mappings
from tongguan.grammar.citations import CONFIDENCE_ORDER
from tongguan.grammar.findings import Finding, InputRefused
from tongguan.grammar.mappings import Period, WordColumn, column_problems
from tongguan.grammar.money import NotAnAmount, ppm_of
from tongguan.tariff.schedule import FOREVER, TABLES, UNITS_ZH

MAPPINGS = TABLES / "mappings"

Kind = Literal["mfn", "provisional", "general", "in_quota", "in_quota_provisional", "conventional", "special"]
WITH_SCHEME = frozenset({"conventional", "special"})
VAT_CLASSES = frozenset({"", "standard", "reduced"})


class CodeColumn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the code stands. `pad_numeric_codes`: a spreadsheet kept codes as numbers and lost their leading zeros; put them back."""

    column: str
    digits: Literal[8, 10]
    pad_numeric_codes: bool = False


class RowFilter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rows to keep and rows to leave aside, by the value of one column; any other value refuses the row."""

    column: str
    keep: list[str]
    skip: list[str]


class RateColumn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One column of rates: of which kind, from which day until which (blank: no end known)."""

    column: str
    kind: Kind
    unit: Literal["percent", "ratio", "text"]
    since: dt.date
    until: dt.date | None = None
    scheme: str = ""
    confidence: str = ""
    note: str = ""

    @property
    def last_day(self) -> dt.date:
        """The last day, or the end of days."""
        return self.until or FOREVER


class CodeException(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Codes (by their first digits) whose printed rate is not what the column says.

    not_stated    the figure is no rate (a specific duty shown as 0): nothing is read
    equivalent    an ad valorem equivalent of a specific duty: read as M?, and only where nothing better is held
    in_quota      a quota line: its MFN figure is the in-quota rate
    """

    prefixes: list[str]
    treat: Literal["not_stated", "equivalent", "in_quota"]
    why: str
    columns: list[str] = []


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One mapping file. docs/updating-rates.md walks through one."""

    name: str
    series: str
    sequence: int
    period: Period
    source: str
    confidence: str
    header: list[str]
    code: CodeColumn
    rates: list[RateColumn]
    ignore: list[str] = []
    corrects: int | None = None
    file_name: str = ""
    encoding: Literal["", "utf-8", "gb18030"] = ""
    sheet: str = ""
    header_row: int = 1
    edition_until: dt.date | None = None
    complete: bool = False
    refused_share_allowed: str = "0"
    band: str = ""
    rows: RowFilter | None = None
    name_zh: str = ""
    name_en: str = ""
    unit: WordColumn | None = None
    second_unit: WordColumn | None = None
    vat_class: WordColumn | None = None
    ct_class: WordColumn | None = None
    exceptions: list[CodeException] = []

    @property
    def lines_until(self) -> dt.date:
        """The last day of the edition the codes belong to."""
        return self.edition_until or FOREVER

    def columns_used(self) -> list[str]:
        """Every column that is given a meaning or declared as left aside."""
        optional = [self.unit, self.second_unit, self.vat_class, self.ct_class, self.rows]
        plain = [self.code.column, self.band, self.name_zh, self.name_en, *(c.column for c in optional if c)]
        # Two columns of rates may read one column of the file: one figure that stands for two kinds.
        return [c for c in plain if c] + sorted({r.column for r in self.rates}) + self.ignore


def _problems(m: Mapping) -> list[str]:
    """What is wrong with a mapping, in plain words."""
    problems = column_problems(m.header, m.columns_used())
    if m.period.until < m.period.from_:
        problems.append("period: ends before it begins")
    if m.sequence < 1 or (m.corrects is not None and m.corrects != m.sequence):
        problems.append("sequence begins at 1, and `corrects` repeats the sequence that is corrected")
    if m.edition_until and m.edition_until < m.period.until:
        problems.append("edition_until: the codes cannot end before the period does")
    problems += [f"confidence {c!r} is not a known mark" for c in _marks(m) if c not in CONFIDENCE_ORDER]
    problems += _rate_problems(m) + _word_problems(m)
    try:
        ppm_of(m.refused_share_allowed)
    except NotAnAmount as error:
        problems.append(f"refused_share_allowed: {error}")
    return problems


def _marks(m: Mapping) -> list[str]:
    return [m.confidence, *(r.confidence for r in m.rates if r.confidence)]


def _word_problems(m: Mapping) -> list[str]:
    problems = []
    for column in (m.unit, m.second_unit):
        if column:
            problems += [
                f"unit {w!r} is none of {sorted(UNITS_ZH)}" for w in column.values.values() if w and w not in UNITS_ZH
            ]
    if m.vat_class:
        problems += [
            f"VAT class {w!r} is not standard or reduced" for w in m.vat_class.values.values() if w not in VAT_CLASSES
        ]
    rate_columns = {r.column for r in m.rates}
    problems += [
        f"exceptions: {c!r} is no rate column" for e in m.exceptions for c in e.columns if c not in rate_columns
    ]
    return problems


def _rate_problems(m: Mapping) -> list[str]:
    problems = []
    for r in m.rates:
        if (r.kind in WITH_SCHEME) != bool(r.scheme):
            problems.append(f"{r.column}: a conventional or special rate names its scheme, no other kind does")
        if r.last_day < r.since:
            problems.append(f"{r.column}: ends before it begins")
        if not m.period.from_ <= r.since <= m.period.until:
            problems.append(f"{r.column}: begins outside the period of the table")
    ordered = sorted(m.rates, key=lambda r: (r.kind, r.scheme, r.since))
    for a, b in pairwise(ordered):
        if (a.kind, a.scheme) == (b.kind, b.scheme) and a.last_day >= b.since:
            problems.append(f"{a.column} and {b.column}: two rates of one kind on one day")
    return problems


def read_mapping(path: Path) -> Mapping:
    """Read one mapping file. Raises InputRefused with everything that is wrong with it."""
    if not path.exists():
        raise InputRefused([Finding("tariff.mapping_missing", path.name, {"mapping": str(path)})])
    return mappings.read_mapping(path, Mapping, _problems, "tariff.mapping_broken")


@cache
def shipped_mappings() -> tuple[Mapping, ...]:
    """The mappings that ship with the project, by name."""
    return tuple(read_mapping(path) for path in sorted(MAPPINGS.glob("*.yaml")))


def mapping_text(mapping: Mapping) -> str:
    """A mapping as it was used, for keeping beside what was loaded with it."""
    return msgspec.json.encode(mapping).decode()


def named_mapping(given: str) -> Mapping:
    """The mapping a person named: a file, or the name of a shipped one. Raises InputRefused."""
    for mapping in shipped_mappings():
        if mapping.name == given:
            return mapping
    return read_mapping(Path(given))


def mapping_for_header(header: list[str], file_name: str) -> Mapping | None:
    """The shipped mapping whose header equals this one exactly, if there is one."""
    for mapping in shipped_mappings():
        if mapping.header == header and mapping.file_name in {"", file_name}:
            return mapping
    return None


def mapping_needed(header: list[str], file_name: str) -> Finding:
    """Say that a mapping has to be written, with a beginning that already holds the file's header."""
    names = ", ".join('"' + c.replace("\\", "\\\\").replace('"', '\\"') + '"' for c in header)
    template = (
        "name: my-table\nseries: my-series\nsequence: 1\nperiod: {from: 2026-01-01, until: 2026-12-31}\n"
        "source: who published it, and when\nconfidence: V1\n"
        f"header: [{names}]\n"
        "code: {column: ?, digits: 8}\n"
        "name_zh: ?\nrates:\n- {column: ?, kind: mfn, unit: percent, since: 2026-01-01}\nignore: []\n"
    )
    close = [m.name for m in shipped_mappings() if m.header == header]
    facts = {
        "file": file_name,
        "header": ", ".join(header),
        "template": template,
        "same_header": ", ".join(close) or "-",
    }
    return Finding("tariff.mapping_needed", "header", facts)


def header_differs(mapping: Mapping, header: list[str]) -> Finding | None:
    """Where the file's header departs from the mapping's, if it does."""
    if header == mapping.header:
        return None
    missing = [c for c in mapping.header if c not in header]
    surplus = [c for c in header if c not in mapping.header]
    facts = {
        "mapping": mapping.name, "missing": ", ".join(missing) or "-", "surplus": ", ".join(surplus) or "-", "header": ", ".join(header),
    }  # fmt: skip
    return Finding("tariff.mapping_header_differs", "header", facts)
