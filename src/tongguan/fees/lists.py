"""Load a published list of charges: a port's, an operator's, an agent's.

What each column means is declared in a mapping file and never guessed; a header that differs is refused. All rows are kept or none: a row that cannot
be read is named with every reason, and so are rows that overlap. Lists of one series follow each other: a number that is skipped or repeated, the same
file again, or a period that runs into an earlier one (unless the mapping says which list it replaces) stops the load.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import tempfile
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from tongguan.fees.register import (
    BASES,
    CONDITIONS,
    PAYERS,
    Charge,
    PublishedList,
    Register,
    Term,
    overlap_finding,
    overlaps,
    squeezed,
    starter_register,
    term_problems,
)
from tongguan.fees.sheet import Row, is_formula, plain, read_rows
from tongguan.grammar.citations import CONFIDENCE_ORDER
from tongguan.grammar.findings import Finding, InputRefused
from tongguan.grammar.mappings import Period, WordColumn, column_problems, read_mapping
from tongguan.grammar.money import MAX_VALUE_FEN, NotAnAmount, decimal_of, decimal_text
from tongguan.tariff.store import default_home

MOST_FINDINGS = 50
_SERIES = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_PLACE = re.compile(r"CN([A-Z0-9]{3})?")


class Columns(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which column holds what. `cap` is the price or its ceiling."""

    name_zh: str
    cap: str
    name_en: str = ""
    aliases: str = ""
    basis: WordColumn | None = None
    size: WordColumn | None = None
    cargo: WordColumn | None = None
    condition: WordColumn | None = None
    payer: WordColumn | None = None
    currency: WordColumn | None = None
    since: str = ""
    until: str = ""
    cites: str = ""
    note: str = ""

    def used(self) -> list[str]:
        """Every column that is given a meaning."""
        words = [w.column for w in (self.basis, self.size, self.cargo, self.condition, self.payer, self.currency) if w]
        plain_ones = [self.name_zh, self.cap, self.name_en, self.aliases, self.since, self.until, self.cites, self.note]
        return [c for c in plain_ones if c] + words


class ListMapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One mapping file. `complete: true` says that nothing outside the list may be charged by its publisher there."""

    series: str
    sequence: int
    title: str
    publisher: str
    role: Literal[
        "port_authority", "port_operator", "agent", "broker", "carrier", "warehouse", "examination_site", "platform"
    ]
    place: str
    period: Period
    source: str
    confidence: str
    header: list[str]
    columns: Columns
    kind: Literal["government", "port", "terminal", "inspection", "agency", "carrier", "platform"] = "terminal"
    payer: str = "importer"
    currency: str = "CNY"
    complete: bool = False
    header_row: int = 1
    sheet: str = ""
    supersedes: int | None = None
    market_words: list[str] = []
    free_words: list[str] = []
    ignore: list[str] = []


def _problems(m: ListMapping) -> list[str]:
    problems = column_problems(m.header, m.columns.used() + m.ignore)
    if m.period.until < m.period.from_:
        problems.append("period: ends before it begins")
    if not _SERIES.fullmatch(m.series):
        problems.append("series: small letters, digits and hyphens only")
    if not _PLACE.fullmatch(m.place):
        problems.append("place: CN, or a port by its UN/LOCODE such as CNSHA")
    if m.sequence < 1:
        problems.append("sequence begins at 1")
    if m.confidence not in CONFIDENCE_ORDER:
        problems.append(f"confidence {m.confidence!r} is not a known mark")
    if m.payer not in PAYERS:
        problems.append(f"payer {m.payer!r} is none of {', '.join(PAYERS)}")
    for name, words, known in (
        ("basis", m.columns.basis, BASES),
        ("payer", m.columns.payer, PAYERS),
        ("condition", m.columns.condition, CONDITIONS),
    ):
        problems += [
            f"{name} {w!r} is none of ours" for w in (words.values.values() if words else ()) if w not in known
        ]
    return problems


class Loaded(NamedTuple):
    """What a load would keep, or kept, and what is to be said of it."""

    list_: PublishedList | None
    findings: list[Finding]
    kept_at: Path | None = None

    @property
    def is_stopped(self) -> bool:
        """Whether nothing can be kept."""
        return self.list_ is None or any(f.severity == "error" for f in self.findings)


def load_list(path: Path, mapping_path: Path, home: Path | None = None, *, dry_run: bool = False) -> Loaded:
    """Read a list and keep it, or say why not. Raises InputRefused when file or mapping cannot be read at all."""
    mapping = read_mapping(mapping_path, ListMapping, _problems, "fees.mapping_broken")
    rows, sha256 = read_rows(path, mapping.sheet)
    header = next((r.cells for r in rows if r.number == mapping.header_row), [])
    while header and not header[-1]:
        header = header[:-1]
    if header != mapping.header:
        facts = {"found": ", ".join(header) or "-", "declared": ", ".join(mapping.header)}
        raise InputRefused([Finding("fees.header_differs", path.name, facts)])
    findings: list[Finding] = []
    charges: dict[str, Charge] = {}
    terms: list[Term] = []
    for row in rows:
        if row.number > mapping.header_row:
            _take(row, mapping, charges, terms, findings)
    for a, b in overlaps(terms):
        findings.append(overlap_finding(a, b, path.name))
    if not terms:
        findings.append(Finding("fees.list_empty", path.name))
    if len(findings) > MOST_FINDINGS:
        more = str(len(findings) - MOST_FINDINGS)
        findings = [*findings[:MOST_FINDINGS], Finding("fees.more_problems", path.name, {"more": more})]
    m = mapping
    made = PublishedList(
        m.series, m.sequence, m.title, m.place, m.publisher, m.role, m.period.from_, m.period.until, m.complete, m.source, m.confidence,
        sha256, tuple(charges.values()), tuple(terms),
    )  # fmt: skip
    held = read_lists(home)
    findings += _forbidden(made) + _sequence(made, held, m.supersedes) + _beside(made, held)
    loaded = Loaded(made, findings)
    return loaded if dry_run or loaded.is_stopped else loaded._replace(kept_at=_keep(made, home))


# --- rows ----------------------------------------------------------------------------------------------------------------------------


class _Cells:
    """The cells of one row by column name, and the reasons to refuse it."""

    def __init__(self, row: Row, m: ListMapping) -> None:
        self.by_name = dict(zip(m.header, row.cells + [""] * len(m.header), strict=False))
        self.problems: list[str] = []

    def text(self, column: str) -> str:
        text = self.by_name.get(column, "") if column else ""
        if is_formula(text):
            self.problems.append(f"{column}: {text[:40]!r} is a formula")
            return ""
        return plain(text)

    def word(self, words: WordColumn | None, otherwise: str) -> str:
        if words is None:
            return otherwise
        text = self.text(words.column)
        if text not in words.values:
            self.problems.append(f"{words.column}: {text[:40]!r} is not among the declared values")
            return otherwise
        return words.values[text]

    def day(self, column: str, otherwise: dt.date) -> dt.date:
        text = self.text(column)
        if not text:
            return otherwise
        try:
            return dt.date.fromisoformat(text[:10])
        except ValueError:
            self.problems.append(f"{column}: {text[:40]!r} is not a day such as 2026-01-31")
            return otherwise


def _take(row: Row, m: ListMapping, charges: dict[str, Charge], terms: list[Term], findings: list[Finding]) -> None:
    """One row of the list as a charge and its term, or a finding with every reason."""
    cells, c = _Cells(row, m), m.columns
    name = cells.text(c.name_zh)
    if not name:
        cells.problems.append(f"{c.name_zh}: no name")
    cap, effect = _cap(cells, cells.text(c.cap), m)
    own = f"{m.series}:{name}"
    aliases = tuple(a for a in re.split(r"[;；、]", cells.text(c.aliases)) if a.strip()) if c.aliases else ()
    term = Term(
        own, effect, cells.word(c.payer, m.payer), cells.day(c.since, m.period.from_), cells.day(c.until, m.period.until),
        cells.word(c.basis, ""), cells.word(c.size, ""), cells.word(c.cargo, ""), cells.word(c.condition, ""), cap,
        cells.word(c.currency, m.currency) if cap else "", m.place, cells.text(c.cites), m.source, m.confidence,
        cells.text(c.note) or m.title, "", f"{m.series}/{m.sequence}",
    )  # fmt: skip
    problems = cells.problems + term_problems(term)
    if problems:
        facts = {"row": str(row.number), "name": name or "-", "why": "; ".join(dict.fromkeys(problems))}
        findings.append(Finding("fees.row_refused", f"row {row.number}", facts))
        return
    if own not in charges:
        charges[own] = Charge(
            own, m.kind, name, cells.text(c.name_en), aliases, (), (m.role,), "", m.source, m.confidence
        )
    terms.append(term)


def _cap(cells: _Cells, text: str, m: ListMapping) -> tuple[str, str]:
    """The price and what it means: a ceiling, a market price without figure, or nothing to pay."""
    if text in m.market_words:
        return "", "market"
    if text in m.free_words:
        return "", "free"
    try:
        cap = decimal_of(text)
        if cap < 0 or cap * 100 > MAX_VALUE_FEN:
            cells.problems.append(f"{m.columns.cap}: {text[:40]!r} is below zero or beyond measure")
        return decimal_text(cap), "capped"
    except NotAnAmount:
        cells.problems.append(f"{m.columns.cap}: {text[:40]!r} is neither an amount nor a declared word")
        return "", "market"


def _forbidden(made: PublishedList) -> list[Finding]:
    """Charges on the list that the starter register knows as free, waived or abolished, or dearer than the government's price."""
    register, findings = starter_register(), []
    for charge in made.charges:
        match = register.match(charge.name_zh)
        if match is None or len(match.charges) > 1:
            continue
        known = match.charges[0]
        for term in register.terms_on(known.id, made.since, made.place):
            if term.effect in {"free", "waived", "abolished"} and any(
                t.charge == charge.id and t.effect != "free" for t in made.terms
            ):
                facts = {"charge": charge.name_zh, "note_zh": term.note_zh, "note_en": term.note_en}
                findings.append(Finding("fees.list_holds_forbidden", charge.name_zh, facts, term.cites, "warning"))
                break
    return findings


# --- sequence and keeping ------------------------------------------------------------------------------------------------------------


def _sequence(made: PublishedList, held: list[PublishedList], supersedes: int | None) -> list[Finding]:
    """Whether the list continues its series."""
    own = sorted((one for one in held if one.series == made.series), key=lambda one: one.sequence)
    findings = []
    expected = own[-1].sequence + 1 if own else 1
    if made.sequence != expected:
        facts = {"series": made.series, "found": str(made.sequence), "expected": str(expected)}
        findings.append(Finding("fees.list_out_of_sequence", "sequence", facts))
    for one in own:
        if one.sha256 == made.sha256 and one.sequence != supersedes:
            findings.append(
                Finding("fees.list_already_loaded", "", {"series": made.series, "sequence": str(one.sequence)})
            )
        if one.since <= made.until and made.since <= one.until and supersedes != one.sequence:
            facts = {
                "series": made.series,
                "sequence": str(one.sequence),
                "first": f"{one.since} – {one.until}",
                "second": f"{made.since} – {made.until}",
            }
            findings.append(Finding("fees.periods_overlap", "period", facts))
    if own and made.since > own[-1].until + dt.timedelta(1):
        gap = {
            "series": made.series,
            "from": str(own[-1].until + dt.timedelta(1)),
            "until": str(made.since - dt.timedelta(1)),
        }
        findings.append(Finding("fees.period_gap", "period", gap, severity="warning"))
    return findings


def _beside(made: PublishedList, held: list[PublishedList]) -> list[Finding]:
    """Rows that say another thing of a charge than another series of the same publisher for the same place does, on the same days."""
    newest = {one.series: one for one in held if one.series != made.series}  # `held` is in the order of the numbers
    findings = []
    for one in newest.values():
        if (squeezed(one.publisher), one.role, one.place) == (squeezed(made.publisher), made.role, made.place):
            pairs = overlaps([*_by_name(one), *_by_name(made)])
            findings += [
                overlap_finding(a, b, one.name)
                for a, b in pairs
                if a.register != b.register and (a.effect, a.cap, a.currency) != (b.effect, b.cap, b.currency)
            ]
    return findings


def _by_name(one: PublishedList) -> list[Term]:
    """The rows of a list with the names of their charges in the place of the list's own identifiers."""
    names = {charge.id: charge.name_zh for charge in one.charges}
    return [msgspec.structs.replace(term, charge=names[term.charge]) for term in one.terms]


def _folder(home: Path | None) -> Path:
    return (home or default_home()) / "fees"


def read_lists(home: Path | None = None) -> list[PublishedList]:
    """Every list that was loaded, in order. Raises InputRefused for a file that is not ours."""
    lists = []
    for path in sorted(_folder(home).glob("*.json")):
        try:
            lists.append(msgspec.json.decode(path.read_bytes(), type=PublishedList))
        except (OSError, msgspec.DecodeError) as error:
            facts = {"file": path.name, "why": str(error)[:200]}
            raise InputRefused([Finding("fees.file_unreadable", path.name, facts)]) from error
    return sorted(lists, key=lambda one: (one.series, one.sequence))


def _keep(made: PublishedList, home: Path | None) -> Path:
    """Write the list whole and under a new name, so that nothing half written is ever read and nothing kept is overwritten."""
    folder = _folder(home)
    target = folder / f"{made.series}.{made.sequence:04d}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, suffix=".part", delete=False) as part:
            part.write(msgspec.json.encode(made))
            part.flush()
            os.fsync(part.fileno())
        try:
            os.link(part.name, target)
        finally:
            Path(part.name).unlink()
    except FileExistsError as error:
        facts = {"series": made.series, "sequence": str(made.sequence)}
        raise InputRefused([Finding("fees.list_already_loaded", "", facts)]) from error
    except OSError as error:
        facts = {"file": target.name, "why": error.strerror or str(error)}
        raise InputRefused([Finding("fees.file_unreadable", target.name, facts)]) from error
    return target


def current_register(home: Path | None = None) -> Register:
    """The starter register with every list that was loaded beside it."""
    return starter_register().with_lists(read_lists(home))
