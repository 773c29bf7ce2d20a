"""The index as it is kept: one SQLite file for each nomenclature, made anew when its texts or the lexicon change.

It lies beside what people load; where nobody has loaded anything, in the person's own cache ($XDG_CACHE_HOME, else ~/.cache).
"""

from __future__ import annotations

import hashlib
import json
import os
from array import array
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from tongguan.tariff.nomenclature import Name, fingerprint, read_nomenclature
from tongguan.tariff.schedule import Schedule
from tongguan.tariff.search.build import build
from tongguan.tariff.search.index import Index, LexiconEntry, Line, Posting
from tongguan.tariff.search.lexicon import LEXICON

if TYPE_CHECKING:
    import sqlite3

K = TypeVar("K")
V = TypeVar("V")

SCHEMA_VERSION = 1

SCHEMA = """
CREATE TABLE about (fact TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE words (word TEXT PRIMARY KEY, idf REAL NOT NULL, units BLOB NOT NULL, strengths BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE entries (
    number INTEGER PRIMARY KEY, code TEXT NOT NULL, weight REAL NOT NULL, words TEXT NOT NULL, head TEXT NOT NULL, total REAL NOT NULL,
    term TEXT NOT NULL
) STRICT;
CREATE TABLE forms (word TEXT PRIMARY KEY, entries BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE lines (unit INTEGER NOT NULL, code TEXT NOT NULL, words TEXT NOT NULL) STRICT;
CREATE INDEX lines_by_unit ON lines (unit);
CREATE TABLE names (code TEXT PRIMARY KEY, language TEXT NOT NULL, name TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE spoken (letters TEXT PRIMARY KEY, words TEXT NOT NULL) STRICT, WITHOUT ROWID;
"""


def search_index(name: Name, home: Path, schedule: Schedule | None = None) -> Index:
    """The index of a nomenclature: the kept one when it still fits, else a new one, kept for the next time."""
    wanted = _fingerprint(name, home, schedule)
    folder = home if home.is_dir() else _cache()
    if folder is None:
        return build(read_nomenclature(name, home, schedule))
    path = folder / f"search-{name}.sqlite3"
    kept = _open(path, wanted)
    if kept is not None:
        return kept
    index = build(read_nomenclature(name, home, schedule))
    _keep(index, path, wanted)
    return index


def _cache() -> Path | None:
    """The person's own folder for what can be made again; None where there is none to write to."""
    try:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "tongguan"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, RuntimeError):  # no home, or one that cannot be written: the answer takes longer, nothing else
        return None
    return folder


def _fingerprint(name: Name, home: Path, schedule: Schedule | None) -> str:
    digest = hashlib.sha256(f"{SCHEMA_VERSION} {fingerprint(name, home, schedule)}".encode())
    here = Path(__file__).parent
    for path in [*sorted(LEXICON.glob("*.csv")), *sorted(here.glob("*.py"))]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _keep(index: Index, path: Path, wanted: str) -> None:
    """Write beside, then put in place at once: whoever searches meanwhile has the old one or the new one. A full disk is no reason not to answer."""
    import sqlite3

    beside = path.with_suffix(f".{os.getpid()}.new")
    try:
        with closing(sqlite3.connect(beside)) as connection, connection:
            connection.executescript(SCHEMA)
            _write(connection, index, wanted)
        beside.replace(path)
    except (OSError, sqlite3.Error):
        beside.unlink(missing_ok=True)


def _write(connection: sqlite3.Connection, index: Index, wanted: str) -> None:
    about = {
        "fingerprint": wanted, "name": index.name, "complete": str(int(index.complete)), "units": " ".join(index.units),
        "parts": bytes(index.is_part).hex(), "highest_idf": repr(index.highest_idf),
    }  # fmt: skip
    connection.executemany("INSERT INTO about VALUES (?, ?)", about.items())
    empty: Posting = (array("H"), array("f"))
    postings = ((word, idf, index.postings.get(word, empty)) for word, idf in index.idf.items())
    connection.executemany(
        "INSERT INTO words VALUES (?, ?, ?, ?)", ((w, idf, u.tobytes(), v.tobytes()) for w, idf, (u, v) in postings)
    )
    connection.executemany(
        "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)",
        ((n, e.code, e.weight, " ".join(e.words), e.head, e.total, e.term) for n, e in enumerate(index.entries)),
    )
    connection.executemany(
        "INSERT INTO forms VALUES (?, ?)", ((w, array("I", n).tobytes()) for w, n in index.entries_by_word.items())
    )
    lines = ((unit, line.code, " ".join(sorted(line.words))) for unit, below in index.lines.items() for line in below)
    connection.executemany("INSERT INTO lines VALUES (?, ?, ?)", lines)
    connection.executemany(
        "INSERT INTO names VALUES (?, ?, ?)", ((code, language, name) for code, (language, name) in index.names.items())
    )
    connection.executemany(
        "INSERT INTO spoken VALUES (?, ?)", ((letters, json.dumps(w)) for letters, w in index.spoken.items())
    )


class _Rows(Mapping[K, V]):
    """A table read a row at a time, when it is asked for."""

    def __init__(self, connection: sqlite3.Connection, select: str, keys: str, read: Callable[[list[Any]], V]) -> None:
        self._connection = connection
        self._select = select
        self._keys = keys
        self._read = read
        self._known: dict[K, V | None] = {}

    def __getitem__(self, key: K) -> V:
        if key not in self._known:
            rows = self._connection.execute(self._select, (key,)).fetchall()
            self._known[key] = self._read(rows) if rows else None
        value = self._known[key]
        if value is None:
            raise KeyError(key)
        return value

    def __iter__(self) -> Iterator[K]:
        return (key for (key,) in self._connection.execute(self._keys))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _open(path: Path, wanted: str) -> Index | None:
    """The kept index when it is the wanted one; None when there is none, or another, or a file that cannot be read."""
    if not path.exists():
        return None
    import sqlite3

    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
        )
        about = dict(connection.execute("SELECT fact, value FROM about"))
        if about.get("fingerprint") != wanted:
            connection.close()
            return None
        entries = [
            LexiconEntry(code, weight, tuple(words.split()), head, total, term)
            for code, weight, words, head, total, term in connection.execute(
                "SELECT code, weight, words, head, total, term FROM entries ORDER BY number"
            )
        ]
        idf = dict(connection.execute("SELECT word, idf FROM words"))
    except sqlite3.Error:
        return None
    return Index(
        about["name"], about["complete"] == "1", about["units"].split(), bytes.fromhex(about["parts"]), idf,
        _Rows(connection, "SELECT units, strengths FROM words WHERE word = ? AND length(units) > 0", "SELECT word FROM words", _posting),
        entries,
        _Rows(connection, "SELECT entries FROM forms WHERE word = ?", "SELECT word FROM forms", lambda rows: array("I", rows[0][0]).tolist()),
        _Rows(connection, "SELECT code, words FROM lines WHERE unit = ?", "SELECT DISTINCT unit FROM lines", _lines),
        _Rows(connection, "SELECT language, name FROM names WHERE code = ?", "SELECT code FROM names ORDER BY code", lambda rows: rows[0]),
        _Rows(connection, "SELECT words FROM spoken WHERE letters = ?", "SELECT letters FROM spoken", lambda rows: json.loads(rows[0][0])),
        float(about["highest_idf"]),
    )  # fmt: skip


def _posting(rows: list[tuple[bytes, bytes]]) -> Posting:
    return array("H", rows[0][0]), array("f", rows[0][1])


def _lines(rows: list[tuple[str, str]]) -> list[Line]:
    return [Line(code, frozenset(words.split())) for code, words in rows]
