"""Nomenclatures: the codes of a tariff with the words at every level, and what became of old codes.

A nomenclature (hs, us, uk, cn) is read from tables that its authority publishes, through a declared column mapping
(`tables/nomenclatures/*.yaml`), into a local store ($TONGGUAN_HOME, else ./.tongguan). Nothing of those tables ships with the project; cn can
answer from the starter schedule alone.

Every text keeps its whole path, from the heading down to the line. "Other" means nothing without what stands above it.
"""

from __future__ import annotations

import csv
import datetime as dt
import fnmatch
import hashlib
import io
import json
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

from tongguan.grammar.errors import LawDataError
from tongguan.grammar.findings import Finding, InputRefused
from tongguan.grammar.strict_yaml import read_yaml
from tongguan.tariff.schedule import FOREVER, TABLES, Schedule, starter_schedule, successors_held
from tongguan.tariff.store import LoadedSchedule, load_schedule

if TYPE_CHECKING:
    import sqlite3

Name = Literal["hs", "us", "uk", "cn"]
NAMES: tuple[Name, ...] = ("hs", "us", "uk", "cn")
MAPPINGS = TABLES / "nomenclatures"
FILE_NAME = "nomenclatures.sqlite3"
SCHEMA_VERSION = 1
APPLICATION_ID = 0x544E4F4D
CURRENT_EDITION = "hs2022"
LAST_DAY_OF_HS2017 = dt.date(2021, 12, 31)
STEP = "\x1f"
LONGEST_FILE = 64 * 1024 * 1024

SCHEMA = f"""
CREATE TABLE tables (
    id INTEGER PRIMARY KEY, mapping TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, nomenclature TEXT NOT NULL, edition TEXT NOT NULL,
    source TEXT NOT NULL, confidence TEXT NOT NULL, file_name TEXT NOT NULL, sha256 TEXT NOT NULL, codes INTEGER NOT NULL
) STRICT;
CREATE TABLE texts (table_id INTEGER NOT NULL, code TEXT NOT NULL, language TEXT NOT NULL, path TEXT NOT NULL) STRICT;
CREATE INDEX texts_by_table ON texts (table_id, code);
CREATE TABLE links (
    table_id INTEGER NOT NULL, old_edition TEXT NOT NULL, old TEXT NOT NULL, new_edition TEXT NOT NULL, new TEXT NOT NULL
) STRICT;
CREATE INDEX links_by_old ON links (old, old_edition);
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {SCHEMA_VERSION};
"""


class OnlyRows(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rows to keep: those with this value in this column."""

    column: str
    value: str


class TableMapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What each column of an authority's table of codes means.

    hierarchy code: the code's first digits tell what stands above. indent: the rows' indentation does. joined: the text holds the whole path.
    flat: only the line's own words are given.
    """

    name: str
    kind: Literal["texts", "codes", "correlation"]
    nomenclature: Name
    edition: str
    source: str
    confidence: str
    file_name: str
    columns: list[str]
    code: str = ""
    language: Literal["en", "zh"] = "en"
    text: str = ""
    hierarchy: Literal["code", "indent", "joined", "flat"] = "code"
    indent: str = ""
    separator: str = ""
    leave_out: list[str] = []
    only: OnlyRows | None = None
    old_edition: str = ""
    old_code: str = ""
    relationship: str = ""


class Text(NamedTuple):
    """The words of one code in one language: its path, from the widest group to the line itself."""

    code: str
    language: str
    path: tuple[str, ...]

    @property
    def joined(self) -> str:
        """The whole path as people read it."""
        return " > ".join(step for step in self.path if step)


class Successor(NamedTuple):
    """Where an old code went: the codes of today, and how firmly that is known."""

    old: str
    old_edition: str
    new: tuple[str, ...]

    @property
    def relationship(self) -> str:
        """1:1, or 1:n when the old code was split."""
        return "1:1" if len(self.new) == 1 else "1:n"


class LoadedTable(NamedTuple):
    """One table in the store."""

    id: int
    mapping: str
    kind: str
    nomenclature: str
    edition: str
    source: str
    confidence: str
    file_name: str
    sha256: str
    codes: int


# --- mappings ----------------------------------------------------------------


@cache
def table_mappings() -> tuple[TableMapping, ...]:
    """Every shipped mapping. Raises LawDataError for one that is malformed."""
    mappings = []
    for path in sorted(MAPPINGS.glob("*.yaml")):
        mapping = read_yaml(path, TableMapping)
        if mapping.name != path.stem:
            raise LawDataError(
                f"nomenclatures/{path.name}: the mapping is called {mapping.name!r}; file and name must be the same"
            )
        mappings.append(mapping)
    return tuple(mappings)


def mapping_for(file_name: str, header: list[str]) -> TableMapping | None:
    """The mapping whose header is exactly this one, and whose name pattern fits; None when there is none."""
    for mapping in table_mappings():
        if mapping.columns == header and fnmatch.fnmatch(file_name, mapping.file_name):
            return mapping
    return None


# --- reading -----------------------------------------------------------------


def digits_of(code: str) -> str:
    """The digits of a code as printed: 8703.23.01 is 87032301."""
    return re.sub(r"[.\s]", "", code)


def _rows(mapping: TableMapping, content: bytes) -> Iterator[dict[str, str]]:
    reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    for row in reader:
        if None in row or None in row.values():
            raise InputRefused(
                [Finding("search.table_row_width", f"line {reader.line_num}", {"line": str(reader.line_num)})]
            )
        if mapping.only is None or row[mapping.only.column] == mapping.only.value:
            yield row


def _texts_by_code(mapping: TableMapping, rows: Iterable[dict[str, str]]) -> Iterator[Text]:
    words = {digits_of(row[mapping.code]): row[mapping.text].strip() for row in rows}
    for code, own in words.items():
        above = [words.get(code[:n], "") for n in (2, 4, 6, 8) if n < len(code)]
        yield Text(code, mapping.language, (*above, own))


def _texts_by_indent(mapping: TableMapping, rows: Iterable[dict[str, str]]) -> Iterator[Text]:
    stack: list[str] = []
    for row in rows:
        level = int(row[mapping.indent] or 0)
        own = re.sub(r"<[^>]*>", " ", row[mapping.text]).strip().rstrip(":")
        stack = [*stack[:level], *[""] * (level - len(stack)), own]
        code = digits_of(row[mapping.code])
        if code:
            yield Text(code, mapping.language, tuple(stack))


def _texts(mapping: TableMapping, content: bytes) -> Iterator[Text]:
    rows = _rows(mapping, content)
    if mapping.hierarchy == "code":
        found = _texts_by_code(mapping, rows)
    elif mapping.hierarchy == "indent":
        found = _texts_by_indent(mapping, rows)
    elif mapping.hierarchy == "joined":
        found = (
            Text(digits_of(r[mapping.code]), mapping.language, tuple(r[mapping.text].split(mapping.separator)))
            for r in rows
        )
    else:
        found = (Text(digits_of(r[mapping.code]), mapping.language, (r[mapping.text].strip(),)) for r in rows)
    return (t for t in found if t.code.isascii() and t.code.isdigit() and t.code[:2] not in mapping.leave_out)


def _header(content: bytes) -> list[str]:
    first = content[:20_000].decode("utf-8-sig", errors="replace").splitlines()[:1]
    return next(csv.reader(first), []) if first else []


def recognise(path: Path) -> TableMapping | None:
    """The mapping for a file that is a table of codes or a correlation; None when it is something else."""
    if path.suffix == ".json":
        return mapping_for(path.name, [])
    with path.open("rb") as file:
        return mapping_for(path.name, _header(file.read(20_000)))


# --- the store ---------------------------------------------------------------


def default_home() -> Path:
    """The folder for what people load: $TONGGUAN_HOME, else .tongguan where the command runs."""
    return Path(os.environ.get("TONGGUAN_HOME") or ".tongguan")


def load_table(home: Path, path: Path) -> LoadedTable:
    """Read one table into the store, in the place of an earlier load of the same table. Raises InputRefused."""
    if path.stat().st_size > LONGEST_FILE:
        raise InputRefused([Finding("search.table_too_long", str(path), {"file": path.name})])
    mapping = recognise(path)
    if mapping is None:
        raise InputRefused([Finding("search.table_unknown", str(path), {"file": path.name})])
    content = path.read_bytes()
    try:
        texts, links = _read(mapping, content)
    except (UnicodeDecodeError, ValueError, KeyError) as error:
        raise InputRefused(
            [Finding("search.table_unreadable", str(path), {"file": path.name, "why": str(error)})]
        ) from error
    if not texts and not links:
        raise InputRefused([Finding("search.table_empty", str(path), {"file": path.name})])
    return _keep(home, mapping, path.name, hashlib.sha256(content).hexdigest(), texts, links)


def _read(mapping: TableMapping, content: bytes) -> tuple[list[Text], list[tuple[str, str]]]:
    if mapping.kind == "codes":
        return [Text(digits_of(code), mapping.language, ()) for code in json.loads(content)], []
    if mapping.kind == "correlation":
        return [], [(digits_of(row[mapping.old_code]), digits_of(row[mapping.code])) for row in _rows(mapping, content)]
    return list(_texts(mapping, content)), []


def _keep(
    home: Path, mapping: TableMapping, file_name: str, sha256: str, texts: list[Text], links: list[tuple[str, str]]
) -> LoadedTable:
    import sqlite3

    home.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(home / FILE_NAME, isolation_level=None, timeout=30)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        try:
            if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                for statement in SCHEMA.split(";\n"):
                    connection.execute(statement)
            for (old,) in connection.execute("SELECT id FROM tables WHERE mapping = ?", (mapping.name,)).fetchall():
                for table in ("texts", "links"):
                    connection.execute(f"DELETE FROM {table} WHERE table_id = ?", (old,))  # noqa: S608  # our own table names
                connection.execute("DELETE FROM tables WHERE id = ?", (old,))
            cursor = connection.execute(
                "INSERT INTO tables (mapping, kind, nomenclature, edition, source, confidence, file_name, sha256, codes)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    mapping.name, mapping.kind, mapping.nomenclature, mapping.edition, mapping.source, mapping.confidence, file_name, sha256,
                    len({t.code for t in texts}) or len(links),
                ),
            )  # fmt: skip
            number = cursor.lastrowid
            connection.executemany(
                "INSERT INTO texts VALUES (?, ?, ?, ?)",
                ((number, t.code, t.language, STEP.join(t.path)) for t in texts),
            )
            connection.executemany(
                "INSERT INTO links VALUES (?, ?, ?, ?, ?)",
                ((number, mapping.old_edition, old, mapping.edition, new) for old, new in links),
            )
            kept = connection.execute("SELECT * FROM tables WHERE id = ?", (number,)).fetchone()
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
    return LoadedTable(*kept)


def open_store(home: Path) -> sqlite3.Connection | None:
    """The store for reading; None when no table was loaded. Raises InputRefused for a file that is not our store."""
    path = home / FILE_NAME
    if not path.exists():
        return None
    import sqlite3

    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False, timeout=30
        )
        owner = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.Error as error:
        raise InputRefused(
            [Finding("search.store_unreadable", str(path), {"store": str(path), "why": str(error)})]
        ) from error
    if (owner, version) != (APPLICATION_ID, SCHEMA_VERSION):
        connection.close()
        raise InputRefused(
            [
                Finding(
                    "search.store_unreadable", str(path), {"store": str(path), "why": "another file or another version"}
                )
            ]
        )
    return connection


def loaded_tables(home: Path) -> list[LoadedTable]:
    """Every table in the store, in the order of loading."""
    connection = open_store(home)
    if connection is None:
        return []
    with closing(connection):
        return [LoadedTable(*row) for row in connection.execute("SELECT * FROM tables ORDER BY id")]


# --- a nomenclature ----------------------------------------------------------


class Nomenclature(NamedTuple):
    """The codes of one tariff with all their texts.

    `codes` are those of the nomenclature itself. `borrowed` are texts of other tables of the same edition; up to six digits they speak about the
    same goods, so their words help to find, but their codes are never an answer.
    """

    name: Name
    edition: str
    texts: list[Text]
    borrowed: list[Text]
    sources: tuple[str, ...]
    complete: bool

    @property
    def codes(self) -> set[str]:
        """Every code that may be an answer."""
        return {t.code for t in self.texts}


def _schedule_texts(schedule: Schedule) -> list[Text]:
    starter = starter_schedule().lines
    texts = []
    for code, editions in schedule.lines.items():
        known = starter.get(code)
        if known and all(line.until < FOREVER for line in known):
            continue  # retired: an old code is no answer
        line = max(editions, key=lambda line: line.since)
        texts += [Text(code, "zh", (line.name_zh,))] if line.name_zh else []
        texts += [Text(code, "en", (line.name_en,))] if line.name_en else []
    return texts


def read_nomenclature(name: Name, home: Path, schedule: Schedule | None = None) -> Nomenclature:
    """A nomenclature with everything the store holds for it. `complete` False: only a part is held, and an answer must say so."""
    tables = [t for t in loaded_tables(home) if t.kind != "correlation"]
    own_tables = [t for t in tables if t.nomenclature == name and _is_current(t)]
    other = [t for t in tables if t not in own_tables and t.kind == "texts"]
    own = [text for t in own_tables for text in _stored(home, t)]
    borrowed = [text for t in other for text in _carried_over(home, t)]
    sources = [t.source for t in own_tables]
    complete = any(t.kind == "texts" for t in own_tables)
    if name == "cn":
        held = schedule or load_schedule(home)
        own = _schedule_texts(held) + own
        sources.insert(0, held.label)
        complete = complete or (isinstance(held, LoadedSchedule) and any(v.complete for v in held.versions))
        borrowed += [
            text for t in tables if t.nomenclature == name and t not in own_tables for text in _carried_over(home, t)
        ]
    return Nomenclature(name, CURRENT_EDITION, own, borrowed, tuple(sources), complete)


def fingerprint(name: Name, home: Path, schedule: Schedule | None = None) -> str:
    """What a nomenclature is made of, in short: as long as it stays, so does everything that is derived from it."""
    digest = hashlib.sha256(repr((name, [(t.mapping, t.sha256) for t in loaded_tables(home)])).encode())
    if name == "cn":
        held = schedule or load_schedule(home)
        loaded = isinstance(held, LoadedSchedule)
        versions = [(v.version, v.sha256) for v in held.versions] if isinstance(held, LoadedSchedule) else []
        texts = _schedule_texts(starter_schedule() if loaded else held)
        digest.update(repr((held.label, versions, [(t.code, t.path) for t in texts])).encode())
    return digest.hexdigest()


def _is_current(table: LoadedTable) -> bool:
    """Whether a table's codes can be an answer: the edition of today, and for cn the tables of lines that are newest in the store."""
    return table.edition == CURRENT_EDITION or (table.nomenclature == "cn" and table.edition == "hs2017")


def _stored(home: Path, table: LoadedTable) -> list[Text]:
    connection = open_store(home)
    if connection is None:
        return []
    with closing(connection):
        rows = connection.execute("SELECT code, language, path FROM texts WHERE table_id = ?", (table.id,))
        return [Text(code, language, tuple(path.split(STEP)) if path else ()) for code, language, path in rows]


def _carried_over(home: Path, table: LoadedTable) -> list[Text]:
    """Texts of another table at the codes of today. A text of an older edition is used only where its code went to exactly one."""
    texts = _stored(home, table)
    if table.edition == CURRENT_EDITION:
        return texts
    moved = {old: new for old, new in successors_of_edition(home, table.edition).items() if len(new) == 1}
    if not moved:
        return []
    return [t._replace(code=moved[t.code[:6]][0]) for t in texts if t.code[:6] in moved]


# --- old codes ---------------------------------------------------------------


def successors_of_edition(home: Path, edition: str) -> dict[str, tuple[str, ...]]:
    """For every six-digit code of an edition, the codes of today. Empty when no correlation was loaded."""
    connection = open_store(home)
    if connection is None:
        return {}
    moved: dict[str, list[str]] = {}
    with closing(connection):
        rows = connection.execute(
            "SELECT old, new FROM links WHERE old_edition = ? AND new_edition = ? ORDER BY old, new",
            (edition, CURRENT_EDITION),
        )
        for old, new in rows:
            moved.setdefault(old, []).append(new)
    return {old: tuple(dict.fromkeys(new)) for old, new in moved.items()}


def successors(home: Path, code: str) -> list[Successor]:
    """What became of an old code, for every edition in which it stood: by the correlations loaded, else by what ships of the starter's own lines."""
    found: dict[str, list[str]] = {}
    connection = open_store(home)
    if connection is not None:
        with closing(connection):
            rows = connection.execute(
                "SELECT old_edition, new FROM links WHERE old = ? AND new_edition = ? ORDER BY old_edition, new",
                (code[:6], CURRENT_EDITION),
            )
            for edition, new in rows:
                found.setdefault(edition, []).append(new)
    if not found:
        return _shipped_successors(code)
    return [Successor(code[:6], edition, tuple(dict.fromkeys(new))) for edition, new in found.items()]


def _shipped_successors(code: str) -> list[Successor]:
    """What became of a retired line of the starter schedule, or of the six digits of such lines."""
    own = starter_schedule().lines
    new: dict[str, list[str]] = {}
    for line, codes in successors_held().items():
        if len(code) >= len("851712") and line.startswith(code[:8]):
            edition = "hs2017" if own[line][-1].until >= LAST_DAY_OF_HS2017 else "cn2018"
            new.setdefault(edition, []).extend(codes)
    return [Successor(code[:8], edition, tuple(dict.fromkeys(codes))) for edition, codes in new.items()]
