"""Published catalogues of licences, permits and inspection, loaded into a store of their own.

The starter set knows scopes by their first digits. A loaded catalogue knows ten-digit codes, and then answers before the starter set does. What each
column means is declared in `tables/controls/mappings/`; a file whose header is none of those is refused with its header, never guessed. A catalogue
speaks about its period: outside it, it is a hint and no more.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from tongguan.grammar import mappings as mappings_of_tables
from tongguan.grammar.citations import CONFIDENCE_ORDER
from tongguan.grammar.errors import LawDataError
from tongguan.grammar.findings import Finding, InputRefused
from tongguan.grammar.strict_yaml import read_yaml
from tongguan.law.controls.evaluate import Listing
from tongguan.law.controls.tables import TABLES, When, requirements
from tongguan.tariff.load import header_of, read_raw
from tongguan.tariff.store import default_home

FILE_NAME = "catalogues.sqlite3"
MAPPINGS = TABLES / "mappings"
FOREVER = dt.date(9999, 12, 31)
LONG_AGO = dt.date(1, 1, 1)
CODE_DIGITS = (8, 10)
WHOLE = ("automatic-licence", "inspection-application", "ccc-certificate")
"""What has to be loaded whole, for the day, before an answer is called complete."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS catalogues (
    name TEXT PRIMARY KEY, title TEXT NOT NULL, since TEXT NOT NULL, until TEXT NOT NULL, confidence TEXT NOT NULL, complete_for TEXT NOT NULL,
    file_name TEXT NOT NULL, sha256 TEXT NOT NULL, loaded_at TEXT NOT NULL, rows INTEGER NOT NULL, refused INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS entries (
    catalogue TEXT NOT NULL, code TEXT NOT NULL, requirement TEXT NOT NULL, since TEXT NOT NULL, until TEXT NOT NULL, facts TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS entries_by_code ON entries (code);
"""


class ConditionColumns(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of changes: a letter that stood before and a letter that stands after, from a day in a column."""

    effective: str
    before: str
    after: str
    letter: str


class CatalogueMapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one published table means.

    effect        listed: its codes fall under the requirement in the period; ended: they did until the day before `since`
    requirement   for every row, or `by_group` for the words of a column
    when          by requirement, facts the listing needs besides, such as used for used machinery
    complete_for  requirements of which the table is the whole list
    """

    name: str
    title: str
    file_name: str
    header: list[str]
    code: str
    since: dt.date
    source: str
    confidence: str
    until: dt.date | None = None
    effect: Literal["listed", "ended", "changes"] = "listed"
    requirement: str = ""
    group: str = ""
    by_group: dict[str, str] = {}
    changes: ConditionColumns | None = None
    when: dict[str, dict[str, list[str]]] = {}
    complete_for: list[str] = []
    skip_rows: list[str] = []


class Loaded(NamedTuple):
    """A load as it was made."""

    mapping: CatalogueMapping
    rows: int
    refused: list[tuple[int, str]]


class Entry(NamedTuple):
    """One code under one requirement, from one day until (and with) another, as a catalogue says."""

    catalogue: str
    code: str
    requirement: str
    since: dt.date
    until: dt.date
    when: When


class Held(NamedTuple):
    """A catalogue in the store."""

    name: str
    title: str
    since: dt.date
    until: dt.date
    confidence: str
    complete_for: tuple[str, ...]
    rows: int
    refused: int


@cache
def mappings() -> tuple[CatalogueMapping, ...]:
    """The mappings that ship with the project. Raises LawDataError."""
    read = tuple(read_yaml(path, CatalogueMapping) for path in sorted(MAPPINGS.glob("*.yaml")))
    for one in read:
        problems = _problems(one)
        if problems:
            raise LawDataError(f"tables/controls/mappings: {one.name}: {'; '.join(problems)}")
    return read


def read_mapping(path: Path) -> CatalogueMapping:
    """A mapping that a person wrote for a table of their own. Raises InputRefused with everything that is wrong with it."""
    return mappings_of_tables.read_mapping(path, CatalogueMapping, _problems, "tariff.mapping_broken")


def _problems(m: CatalogueMapping) -> list[str]:
    """What a mapping names that is not there."""
    named = [m.requirement, *m.by_group.values(), *m.complete_for, *m.when]
    problems = [f"no requirement {name!r}" for name in named if name and name not in requirements()]
    changes = [m.changes.effective, m.changes.before, m.changes.after] if m.changes else []
    columns = [m.code, *([m.group] if m.group else []), *changes]
    problems += [f"no column {column!r} in the header" for column in columns if column not in m.header]
    if m.confidence not in CONFIDENCE_ORDER:
        problems.append(f"confidence {m.confidence!r} is not a known mark")
    if not m.requirement and not m.by_group:
        problems.append("neither `requirement` nor `by_group` says what its codes need")
    return problems


def mapping_for(header: list[str], file_name: str) -> CatalogueMapping:
    """The mapping whose header, and name where several share it, are those of the file. Raises InputRefused."""
    found = [m for m in mappings() if m.header == header]
    exact = [m for m in found if m.file_name == file_name]
    if len(exact) == 1 or len(found) == 1:
        return (exact or found)[0]
    facts = {"file": file_name, "header": ", ".join(header)[:400], "known": ", ".join(m.name for m in mappings())}
    raise InputRefused([Finding("papers.catalogue_mapping_needed", "header", facts)])


def read_catalogue(
    path: Path, mapping: CatalogueMapping | None = None
) -> tuple[CatalogueMapping, list[Entry], list[tuple[int, str]], str]:
    """The entries of a published table, the rows that could not be read, and the file's checksum. Raises InputRefused."""
    raw = read_raw(path)
    header = header_of(raw, 1)
    chosen = mapping or mapping_for(header, path.name)
    if header != chosen.header:
        facts = {"file": path.name, "header": ", ".join(header)[:400], "known": chosen.name}
        raise InputRefused([Finding("papers.catalogue_mapping_needed", "header", facts)])
    entries: list[Entry] = []
    refused: list[tuple[int, str]] = []
    for number, cells in raw.rows:
        if number == 1:
            continue
        row = {name: str(cell).strip() for name, cell in zip(header, cells, strict=False)}
        if any(word in row.values() for word in chosen.skip_rows):
            continue
        code = row.get(chosen.code, "").replace(".", "")
        if not (code.isascii() and code.isdigit()) or len(code) not in CODE_DIGITS:
            refused.append((number, row.get(chosen.code, "")))
            continue
        made = _entries(chosen, code, row)
        if made is None:
            refused.append((number, code))
        else:
            entries += made
    return chosen, entries, refused, raw.sha256


def _entries(m: CatalogueMapping, code: str, row: dict[str, str]) -> list[Entry] | None:
    """The entries of one row; None when the row cannot be read."""
    until = m.until or FOREVER
    if m.effect == "changes" and m.changes is not None:
        try:
            day = dt.date.fromisoformat(row[m.changes.effective])
        except ValueError:
            return None
        when = _when(m, m.requirement)
        before, after = (
            m.changes.letter in row[column].split("/")[0] for column in (m.changes.before, m.changes.after)
        )
        made = [Entry(m.name, code, m.requirement, LONG_AGO, day - dt.timedelta(days=1), when)] if before else []
        return made + ([Entry(m.name, code, m.requirement, day, until, when)] if after else [])
    requirement = m.by_group.get(row[m.group], m.requirement) if m.group else m.requirement
    if not requirement:
        return None if m.group and row[m.group] not in m.by_group else []
    when = _when(m, requirement)
    if m.effect == "ended":
        return [Entry(m.name, code, requirement, LONG_AGO, m.since - dt.timedelta(days=1), when)]
    return [Entry(m.name, code, requirement, m.since, until, when)]


def _when(m: CatalogueMapping, requirement: str) -> When:
    """Facts a listing under a requirement needs besides."""
    return [m.when[requirement]] if requirement in m.when else []


class Catalogues:
    """Loaded catalogues in memory: what they say of a code on a day."""

    def __init__(self, held: Iterable[Held] = (), entries: Iterable[Entry] = ()) -> None:
        self.held = {one.name: one for one in held}
        self.by_heading: dict[str, list[Entry]] = {}
        for entry in entries:
            self.by_heading.setdefault(entry.code[:4], []).append(entry)

    def listings(self, code: str, day: dt.date) -> dict[str, Listing]:
        """For each requirement the listing that answers best: one of the day before one of another year, whole before part."""
        if len(code) < 4:
            return {}
        found: dict[str, list[Listing]] = {}
        for entry in self.by_heading.get(code[:4], ()):
            if not (entry.code.startswith(code) or code.startswith(entry.code)):
                continue
            catalogue = self.held[entry.catalogue]
            stands = entry.since <= day <= entry.until
            is_ended = entry.until < day and (entry.until < catalogue.until or entry.since == LONG_AGO)
            found.setdefault(entry.requirement, []).append(
                Listing(
                    catalogue.title, entry.since if entry.since > LONG_AGO else catalogue.since, entry.until, stands or is_ended,
                    is_removed=is_ended, is_partial=len(entry.code) > len(code), confidence=catalogue.confidence, when=entry.when,
                )
            )  # fmt: skip
        return {name: _best(listings) for name, listings in found.items()}

    def is_complete_for(self, code: str, day: dt.date) -> bool:
        """Whether whole lists of the day are loaded, so that not being listed means not required."""
        covered = {name for one in self.held.values() if one.since <= day <= one.until for name in one.complete_for}
        return bool(code) and covered.issuperset(WHOLE)


def _best(listings: list[Listing]) -> Listing:
    """What speaks about the day before a hint; then what was said last; a standing entry before an ended one of the same day; whole before part."""

    def said_on(one: Listing) -> int:
        return one.until.toordinal() + 1 if one.is_removed else one.since.toordinal()

    return min(listings, key=lambda one: (not one.covers_day, -said_on(one), one.is_removed, one.is_partial))


NO_CATALOGUES = Catalogues()


def load_catalogue(
    path: Path, loaded_at: dt.datetime, home: Path | None = None, mapping: CatalogueMapping | None = None
) -> Loaded:
    """Read a published table and keep it, in one transaction; the same catalogue loaded again takes the place of the old one. Raises InputRefused."""
    import sqlite3

    chosen, entries, refused, sha256 = read_catalogue(path, mapping)
    folder = home or default_home()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(folder / FILE_NAME, timeout=30)) as connection, connection:
            connection.executescript(SCHEMA)
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("DELETE FROM entries WHERE catalogue = ?", (chosen.name,))
            connection.execute(
                "INSERT OR REPLACE INTO catalogues VALUES (?,?,?,?,?,?,?,?,?,?,?)",
                (
                    chosen.name, chosen.title, chosen.since.isoformat(), (chosen.until or FOREVER).isoformat(), chosen.confidence,
                    ";".join(chosen.complete_for), path.name, sha256, loaded_at.isoformat(), len(entries), len(refused),
                ),
            )  # fmt: skip
            connection.executemany(
                "INSERT INTO entries VALUES (?,?,?,?,?,?)",
                [
                    (
                        e.catalogue,
                        e.code,
                        e.requirement,
                        e.since.isoformat(),
                        e.until.isoformat(),
                        msgspec.json.encode(e.when).decode(),
                    )
                    for e in entries
                ],
            )
    except (sqlite3.Error, OSError) as error:
        raise InputRefused(
            [Finding("tariff.store_unreadable", FILE_NAME, {"store": FILE_NAME, "why": str(error)})]
        ) from error
    return Loaded(chosen, len(entries), refused)


def loaded_catalogues(home: Path | None = None) -> Catalogues:
    """What is in the store; nothing when nothing was ever loaded. Raises InputRefused for a file that is not our store."""
    import sqlite3

    path = (home or default_home()) / FILE_NAME
    if not path.exists():
        return NO_CATALOGUES
    uri = f"{path.absolute().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=30)) as connection:
            held = [
                Held(
                    name,
                    title,
                    _day(since),
                    _day(until),
                    confidence,
                    tuple(x for x in complete.split(";") if x),
                    rows,
                    refused,
                )
                for name, title, since, until, confidence, complete, rows, refused in connection.execute(
                    "SELECT name, title, since, until, confidence, complete_for, rows, refused FROM catalogues ORDER BY name"
                )
            ]
            entries = [
                Entry(catalogue, code, requirement, _day(since), _day(until), msgspec.json.decode(facts, type=When))
                for catalogue, code, requirement, since, until, facts in connection.execute("SELECT * FROM entries")
            ]
    except (sqlite3.Error, OSError, ValueError) as error:
        raise InputRefused(
            [Finding("tariff.store_unreadable", FILE_NAME, {"store": os.fspath(path), "why": str(error)})]
        ) from error
    return Catalogues(held, entries)


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)
