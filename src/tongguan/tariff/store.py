"""The store of loaded schedules: every version ever loaded, in one SQLite file.

A load is one transaction: after a crash the store holds either all of it or nothing of it. Versions are only ever added. Version N means the starter
schedule with the loads 1 to N over it; a load that corrects an earlier one stands in its place from then on.

How the layers answer
    a loaded rate replaces what lies under it on the days the load speaks about; after its period it goes on only where nothing else is held
    a blank in a loaded table states nothing: what lies under it stays, and if there is nothing, the rate is not encoded
    what a loaded table lacks (VAT class, names in a language, other kinds of rates) comes from the starter schedule, if that holds the line
    an 8-digit question about a line loaded with 10 digits has one answer when its 10-digit codes agree; otherwise it needs ten digits
"""

from __future__ import annotations

import datetime as dt
import json
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from functools import cached_property
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tongguan.grammar.citations import weakest
from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.findings import Finding, InputRefused
from tongguan.grammar.money import percent_text
from tongguan.tariff.schedule import FOREVER, Line, Rate, Schedule, not_held, starter_schedule, successor_words

if TYPE_CHECKING:
    import sqlite3

FILE_NAME = "tariff.sqlite3"
SCHEMA_VERSION = 1
APPLICATION_ID = 0x546F6E67
ONE_DAY = dt.timedelta(days=1)
FIRST_DAY = dt.date.min
KIND_NAMES = {
    "mfn": ("最惠国税率", "MFN rate"),
    "provisional": ("暂定税率", "provisional rate"),
    "general": ("普通税率", "general rate"),
    "in_quota": ("关税配额税率", "in-quota rate"),
    "in_quota_provisional": ("关税配额暂定税率", "in-quota provisional rate"),
    "conventional": ("协定税率", "conventional rate"),
    "special": ("特惠税率", "special preferential rate"),
}
QUOTA_KINDS = frozenset({"in_quota", "in_quota_provisional"})

SCHEMA = f"""
CREATE TABLE versions (
    version INTEGER PRIMARY KEY, series TEXT NOT NULL, sequence INTEGER NOT NULL, corrects INTEGER,
    period_from TEXT NOT NULL, period_until TEXT NOT NULL, lines_until TEXT NOT NULL, complete INTEGER NOT NULL,
    source TEXT NOT NULL, confidence TEXT NOT NULL, file_name TEXT NOT NULL, sha256 TEXT NOT NULL, encoding TEXT NOT NULL,
    mapping_name TEXT NOT NULL, mapping TEXT NOT NULL, loaded_at TEXT NOT NULL,
    rows_read INTEGER NOT NULL, rows_skipped INTEGER NOT NULL, rows_refused INTEGER NOT NULL,
    lines INTEGER NOT NULL, rates INTEGER NOT NULL
) STRICT;
CREATE TABLE lines (
    version INTEGER NOT NULL, code TEXT NOT NULL, band TEXT NOT NULL, scope TEXT NOT NULL, unit TEXT NOT NULL, second_unit TEXT NOT NULL,
    vat_class TEXT NOT NULL, ct_class TEXT NOT NULL, name_zh TEXT NOT NULL, name_en TEXT NOT NULL,
    PRIMARY KEY (code, version, band)
) STRICT, WITHOUT ROWID;
CREATE TABLE rates (
    version INTEGER NOT NULL, code TEXT NOT NULL, band TEXT NOT NULL, kind TEXT NOT NULL, scheme TEXT NOT NULL,
    since TEXT NOT NULL, until TEXT NOT NULL, rate INTEGER NOT NULL, num INTEGER NOT NULL, den INTEGER NOT NULL,
    amount TEXT NOT NULL, per_unit TEXT NOT NULL, equivalent INTEGER NOT NULL, confidence TEXT NOT NULL, note TEXT NOT NULL,
    PRIMARY KEY (code, version, band, kind, scheme, since)
) STRICT, WITHOUT ROWID;
CREATE TABLE retired (version INTEGER NOT NULL, code TEXT NOT NULL, PRIMARY KEY (code, version)) STRICT, WITHOUT ROWID;
CREATE TABLE refused (
    version INTEGER NOT NULL, row_number INTEGER NOT NULL, code TEXT NOT NULL, reason TEXT NOT NULL, facts TEXT NOT NULL
) STRICT;
CREATE INDEX refused_by_version ON refused (version, row_number);
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {SCHEMA_VERSION};
"""


class Version(NamedTuple):
    """One load, as it was made."""

    version: int
    series: str
    sequence: int
    corrects: int | None
    period_from: dt.date
    period_until: dt.date
    lines_until: dt.date
    complete: bool
    source: str
    confidence: str
    file_name: str
    sha256: str
    encoding: str
    mapping_name: str
    mapping: str
    loaded_at: str
    rows_read: int
    rows_skipped: int
    rows_refused: int
    lines: int
    rates: int


class TableLine(NamedTuple):
    """One line as its table states it. `scope` in_quota: the code exists only for goods inside a tariff quota."""

    code: str
    band: str
    scope: str
    unit: str
    second_unit: str
    vat_class: str
    ct_class: str
    name_zh: str
    name_en: str


class TableRate(NamedTuple):
    """One dated rate as its table states it."""

    code: str
    band: str
    kind: str
    scheme: str
    since: dt.date
    until: dt.date
    rate: int
    num: int
    den: int
    amount: str
    per_unit: str
    equivalent: bool
    confidence: str
    note: str

    def text(self) -> str:
        """The rate as people write it."""
        figures_ = (self.rate, self.num, self.den, self.amount, self.per_unit)
        return Rate(
            self.code, self.kind, self.scheme, self.since, self.until, *figures_, "", self.since, "", "", ""
        ).text()


class RefusedRow(NamedTuple):
    """A row that was not loaded, and one reason why; a row with several faults stands here several times."""

    row: int
    code: str
    reason: str
    facts: dict[str, str]

    def finding(self) -> Finding:
        """The row as a finding at its place."""
        return Finding(self.reason, f"row {self.row}", {"row": str(self.row), "code": self.code, **self.facts})


def default_home() -> Path:
    """The folder for what people load: $TONGGUAN_HOME, else .tongguan where the command runs."""
    return Path(os.environ.get("TONGGUAN_HOME") or ".tongguan")


def _cannot_open(path: Path, why: str) -> InputRefused:
    return InputRefused([Finding("tariff.store_unreadable", str(path), {"store": str(path), "why": why})])


def _check_schema(connection: sqlite3.Connection, path: Path) -> None:
    held = connection.execute("PRAGMA user_version").fetchone()[0]
    owner = connection.execute("PRAGMA application_id").fetchone()[0]
    if owner != APPLICATION_ID or held != SCHEMA_VERSION:
        facts = {"store": str(path), "held": str(held), "known": str(SCHEMA_VERSION)}
        raise InputRefused([Finding("tariff.store_other_schema", str(path), facts)])


def open_reading(home: Path) -> sqlite3.Connection | None:
    """The store for reading; None when nothing was ever loaded. Raises InputRefused for a file that is not our store."""
    path = home / FILE_NAME
    if not path.exists():
        return None
    import sqlite3

    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False, timeout=WAIT_SECONDS
        )
    except sqlite3.Error as error:
        raise _cannot_open(path, str(error)) from error
    try:
        if _tables(connection):
            _check_schema(connection, path)
            return connection
    except sqlite3.Error as error:
        connection.close()
        raise _cannot_open(path, str(error)) from error
    except InputRefused:
        connection.close()
        raise
    connection.close()  # a first load was stopped before it could commit
    return None


def _tables(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])


WAIT_SECONDS = 30


def _keep_a_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Readers then never wait for a writer. SQLite changes the mode without waiting for whoever else opens the new file, so the waiting is here."""
    import sqlite3

    for left in range(WAIT_SECONDS * 100, -1, -1):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or not left:
                raise
            time.sleep(0.01)
        else:
            return


@contextmanager
def writing(home: Path) -> Iterator[sqlite3.Connection]:
    """One transaction that nobody else writes beside; all of it is kept, or nothing. Raises InputRefused."""
    import sqlite3

    path = home / FILE_NAME
    try:
        home.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path, isolation_level=None, timeout=WAIT_SECONDS)) as connection:
            _keep_a_write_ahead_log(connection)
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("BEGIN IMMEDIATE")
            try:
                if _tables(connection):
                    _check_schema(connection, path)
                else:
                    for statement in SCHEMA.split(";\n"):
                        connection.execute(statement)
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
    except (sqlite3.Error, OSError) as error:
        raise _cannot_open(path, str(error)) from error


def read_versions(connection: sqlite3.Connection | None) -> list[Version]:
    """Every version, oldest first."""
    if connection is None:
        return []
    day = dt.date.fromisoformat
    rows = connection.execute(f"SELECT {', '.join(Version._fields)} FROM versions ORDER BY version")  # noqa: S608  # our own column names
    return [Version._make((*r[:4], day(r[4]), day(r[5]), day(r[6]), bool(r[7]), *r[8:])) for r in rows]


def add_version(
    connection: sqlite3.Connection,
    version: Version,
    lines: Iterable[TableLine],
    rates: Iterable[TableRate],
    retired: Iterable[str],
    refused: Iterable[RefusedRow],
) -> None:
    """Write one version inside the transaction of `writing`."""
    n = version.version
    _insert(connection, "versions", [_plain(version)])
    _insert(connection, "lines", ((n, *line) for line in lines))
    _insert(connection, "rates", ((n, *_plain(rate)) for rate in rates))
    _insert(connection, "retired", ((n, code) for code in retired))
    _insert(
        connection, "refused", ((n, r.row, r.code, r.reason, json.dumps(r.facts, ensure_ascii=False)) for r in refused)
    )


def _insert(connection: sqlite3.Connection, table: str, rows: Iterable[tuple[object, ...]]) -> None:
    for row in rows:
        connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608  # our own table names


def _plain(row: tuple[object, ...]) -> tuple[object, ...]:
    """Days as text and truth as 0 or 1, as SQLite keeps them."""
    return tuple(v.isoformat() if isinstance(v, dt.date) else int(v) if isinstance(v, bool) else v for v in row)


def read_refused(connection: sqlite3.Connection, version: int) -> list[RefusedRow]:
    """The rows that a version left out, with their reasons."""
    rows = connection.execute(
        "SELECT row_number, code, reason, facts FROM refused WHERE version = ? ORDER BY row_number", (version,)
    )
    return [RefusedRow(row, code, reason, json.loads(facts)) for row, code, reason, facts in rows]


# --- layering ---------------------------------------------------------------


class Alternative(NamedTuple):
    """What one detailed code (or one price band of it) states of one kind of rate on a day; None is not encoded."""

    code: str
    band: str
    rate: Rate | None


class Differing(NamedTuple):
    """A kind of rate on which the detailed codes of one line do not agree."""

    kind: str
    scheme: str
    alternatives: tuple[Alternative, ...]

    def finding(self, code: str) -> Finding:
        """What a person needs to say before there is one answer."""
        kind_zh, kind_en = KIND_NAMES[self.kind]
        facts = {
            "code": code, "kind_zh": kind_zh, "kind_en": kind_en, "scheme": self.scheme, "codes": ", ".join(self._texts()), **self._range(),
        }  # fmt: skip
        by_band = len({a.code for a in self.alternatives}) == 1
        return Finding(
            "tariff.needs_price_band" if by_band else "tariff.needs_ten_digits", code, facts, severity="warning"
        )

    def _texts(self) -> list[str]:
        return [f"{a.code}{a.band and ' ' + a.band}: {a.rate.text() if a.rate else '–'}" for a in self.alternatives]

    def _range(self) -> dict[str, str]:
        known = [a.rate for a in self.alternatives if a.rate]
        plain = sorted(r.rate for r in known if r.form == "ad_valorem")
        if plain and len(plain) == len(self.alternatives):
            return {"lowest": percent_text(plain[0]), "highest": percent_text(plain[-1])}
        texts = sorted({r.text() for r in known})
        return {"lowest": texts[0], "highest": texts[-1] if len(known) == len(self.alternatives) else "?"}


class Answer(NamedTuple):
    """Everything held on one code on one day."""

    line: Line
    rates: list[Rate]
    differing: list[Differing]


Timelines = dict[tuple[str, str], list[Rate]]


class Detail(NamedTuple):
    """One detailed code, or one price band of it, with all its layers already resolved."""

    code: str
    band: str
    scope: str
    versions: tuple[int, ...]
    rates: Timelines


def figures(rate: Rate | TableRate) -> tuple[object, ...]:
    """What makes two rates the same rate; zero is zero, per cent or per unit."""
    formula = rate.formula if isinstance(rate, Rate) else ""
    if not rate.rate and not rate.num and not formula:
        return (0,)
    return rate.rate, rate.num, rate.den, rate.per_unit if rate.num else "", formula


def lay_over(lower: list[Rate], upper: Rate, covered_until: dt.date, only_gaps: bool = False) -> list[Rate]:
    """A timeline with one more rate laid over it: firm up to `covered_until`, after it only where nothing lies."""
    firm_until = FIRST_DAY if only_gaps else min(upper.until, covered_until)
    kept = lower
    placed = []
    if firm_until >= upper.since:
        kept = [piece for rate in lower for piece in _without(rate, upper.since, firm_until)]
        placed.append(upper._replace(until=firm_until))
    soft_since = upper.since if firm_until < upper.since else firm_until + ONE_DAY if firm_until < upper.until else None
    if soft_since is not None:
        gaps = [upper._replace(since=soft_since)]
        for rate in kept:
            gaps = [piece for gap in gaps for piece in _without(gap, rate.since, rate.until)]
        placed += gaps
    return _joined(sorted(kept + placed, key=lambda rate: rate.since))


def _without(rate: Rate, since: dt.date, until: dt.date) -> list[Rate]:
    """A rate with some days cut out of it."""
    if until < rate.since or rate.until < since:
        return [rate]
    pieces = []
    if rate.since < since:
        pieces.append(rate._replace(until=since - ONE_DAY))
    if until < rate.until:
        pieces.append(rate._replace(since=until + ONE_DAY))
    return pieces


def _joined(rates: list[Rate]) -> list[Rate]:
    """Neighbours that say the same from the same source become one."""
    joined: list[Rate] = []
    for rate in rates:
        last = joined[-1] if joined else None
        if last and last.until == rate.since - ONE_DAY and last._replace(since=rate.since, until=rate.until) == rate:
            joined[-1] = last._replace(until=rate.until)
        else:
            joined.append(rate)
    return joined


def _on(rates: list[Rate], day: dt.date) -> Rate | None:
    return next((rate for rate in rates if rate.since <= day <= rate.until), None)


class _Family:
    """Everything held under one 8-digit code: its detailed codes, and what they say together."""

    def __init__(
        self,
        code: str,
        starter: Schedule,
        versions: dict[int, Version],
        lines: list[tuple[int, TableLine]],
        rates: list[tuple[int, TableRate]],
        retired: list[tuple[int, str]],
    ) -> None:
        self.code = code
        self.versions = versions
        self.starter_lines = starter.lines.get(code, [])
        self.lines = lines
        self.retired = retired
        self.details = self._details(starter.rates.get(code, []), rates)

    # which rates ---------------------------------------------------------

    def _details(self, starter_rates: list[Rate], rates: list[tuple[int, TableRate]]) -> list[Detail]:
        base: Timelines = {}
        for rate in sorted(starter_rates, key=lambda rate: rate.since):
            base.setdefault((rate.kind, rate.scheme), []).append(rate)
        held: dict[tuple[str, str], list[tuple[int, TableLine]]] = {}
        for version, line in self.lines:
            held.setdefault((line.code, line.band), []).append((version, line))
        finer = {key for key in held if len(key[0]) == 10}
        if not held:
            return [Detail(self.code, "", "", (), base)]
        details = []
        for code, band in sorted(finer or held):
            timelines = {key: list(value) for key, value in base.items()}
            mine = [(v, r) for v, r in rates if r.code == self.code or (r.code == code and r.band == band)]
            for version, stated_rate in sorted(mine, key=lambda pair: (pair[0], len(pair[1].code), pair[1].since)):
                self._lay(timelines, code, version, stated_rate)
            stated = held[code, band]
            details.append(Detail(code, band, stated[-1][1].scope, tuple(v for v, _ in stated), timelines))
        return details

    def _lay(self, timelines: Timelines, code: str, version: int, rate: TableRate) -> None:
        v = self.versions[version]
        laid = Rate(
            code, rate.kind, rate.scheme, rate.since, min(rate.until, v.lines_until), rate.rate, rate.num, rate.den, rate.amount,
            rate.per_unit, "", v.period_until, v.source, rate.confidence or v.confidence, rate.note,
        )  # fmt: skip
        key = (rate.kind, rate.scheme)
        under = timelines.get(key, [])
        # The rate of one price band never stands in place of a rate that states all of them.
        only_gaps = rate.equivalent or (bool(rate.band) and any(r.formula.startswith("by_unit_value") for r in under))
        timelines[key] = lay_over(under, laid, v.period_until, only_gaps)

    def _speaking(self, day: dt.date) -> list[Detail]:
        """The detailed codes that make up the line on a day: those of the latest load that speaks about the day."""
        live = {v for detail in self.details for v in detail.versions}
        if not live:
            return self.details

        def nearness(version: int) -> tuple[bool, bool, dt.date, int]:
            v = self.versions[version]
            return (
                v.period_from <= day <= v.period_until,
                v.period_from <= day <= v.lines_until,
                v.period_until,
                version,
            )

        best = max(live, key=nearness)
        return [detail for detail in self.details if best in detail.versions]

    def alternatives(self, code: str, day: dt.date) -> dict[tuple[str, str], list[Alternative]]:
        """What each detailed code under `code` states on a day, by kind and scheme."""
        details = self._speaking(day) if len(code) == 8 else [d for d in self.details if d.code in (code, self.code)]
        found = {}
        for key in sorted({key for detail in details for key in detail.rates}):
            taking_part = _taking_part(details, key[0])
            stated = [Alternative(d.code, d.band, _on(d.rates.get(key, []), day)) for d in taking_part]
            if any(a.rate for a in stated):
                found[key] = stated
        return found

    def rates_on(self, code: str, day: dt.date) -> tuple[list[Rate], list[Differing]]:
        """The rates on which all detailed codes agree, and the kinds on which they do not."""
        agreed, differing = [], []
        for (kind, scheme), stated in self.alternatives(code, day).items():
            if len({a.rate and figures(a.rate) for a in stated}) > 1:
                differing.append(Differing(kind, scheme, tuple(stated)))
                continue
            rates = [a.rate for a in stated if a.rate]
            agreed.append(
                rates[0]._replace(
                    code=code,
                    since=max(r.since for r in rates),
                    until=min(r.until for r in rates),
                    confidence=weakest([r.confidence for r in rates]),
                )
            )
        return agreed, differing

    def change_days(self) -> list[dt.date]:
        """Every day on which something may change."""
        days = {r.since for d in self.details for rates in d.rates.values() for r in rates}
        days |= {
            r.until + ONE_DAY for d in self.details for rates in d.rates.values() for r in rates if r.until < FOREVER
        }
        for version in {v for d in self.details for v in d.versions}:
            v = self.versions[version]
            days |= {v.period_from} | {day + ONE_DAY for day in (v.period_until, v.lines_until) if day < FOREVER}
        return sorted(days)

    def all_rates(self, code: str) -> list[Rate]:
        """Every rate of a code over all days, where its detailed codes agree."""
        timelines: dict[tuple[str, str], list[Rate]] = {}
        days = self.change_days()
        for since, following in zip(days, [*days[1:], None], strict=True):
            until = following - ONE_DAY if following else FOREVER
            for rate in self.rates_on(code, since)[0]:
                piece = rate._replace(since=since, until=min(until, rate.until))
                timelines.setdefault((rate.kind, rate.scheme), []).append(piece)
        return [rate for _, pieces in sorted(timelines.items()) for rate in _joined(pieces)]

    # which lines ---------------------------------------------------------

    def codes(self) -> list[str]:
        """The 8-digit code and its 10-digit codes."""
        return sorted({self.code} | {detail.code for detail in self.details})

    def editions(self, code: str) -> list[Line]:
        """The line of a code, one entry for each unbroken stretch of days."""
        if len(code) == 10 and code not in self.codes():
            if any(len(detail.code) == 10 for detail in self.details):
                return []
            code = self.code
        own = {v for v, line in self.lines if len(code) == 8 or line.code == code}
        taken = {v for v, retired in self.retired if retired in (code, self.code)}
        stretches = [(line.since, line.until) for line in self.starter_lines] if len(code) == 8 else []
        for version in sorted(own | taken):
            first = self.versions[version].period_from
            if version in taken:
                stretches = [(since, min(until, first - ONE_DAY)) for since, until in stretches if since < first]
            else:
                stretches.append((first, self._lines_until(version)))
        return [self._line(code, since, until) for since, until in _unbroken(stretches)]

    def _lines_until(self, version: int) -> dt.date:
        """Where the starter knows that the line ended, a load of before that day does not make it live longer."""
        v = self.versions[version]
        known = max((line.until for line in self.starter_lines), default=FOREVER)
        return min(v.lines_until, known) if v.period_until <= known else v.lines_until

    def _line(self, code: str, since: dt.date, until: dt.date) -> Line:
        """One stretch of a line. Only tables and starter lines that live in that stretch have a say, the latest table first."""
        stated = [
            (v, line)
            for v, line in self.lines
            if (len(code) == 8 or line.code in (code, self.code))
            and self.versions[v].period_from <= until
            and since <= self.versions[v].lines_until
        ]
        stated.sort(key=lambda pair: (self.versions[pair[0]].period_until, pair[0]))
        starter = next((line for line in self.starter_lines if line.since <= until and since <= line.until), _NOTHING)
        named = starter if len(code) == 8 else _NOTHING
        own = [pair for pair in stated if pair[1].code == code] or stated
        unit = _newest_word(stated, "unit")
        version = self.versions[stated[-1][0]] if stated else None
        return Line(
            code,
            since,
            until,
            unit or starter.unit,
            _newest_word(stated, "second_unit") or ("" if unit else starter.second_unit),
            _newest_word(stated, "vat_class") or starter.vat_class,
            _newest_word(stated, "ct_class") or starter.ct_class,
            named.name_zh or _common_name(_newest_words(own, "name_zh")) or starter.name_zh,
            named.name_en or _common_name(_newest_words(own, "name_en")) or starter.name_en,
            starter.policy_topic,
            version.source if version else starter.source,
            version.confidence if version else starter.confidence,
        )


_NOTHING = Line("", FIRST_DAY, FIRST_DAY, *[""] * 9)
"""Stands where the starter schedule holds no line: every property is empty, which means not encoded."""


def _taking_part(details: list[Detail], kind: str) -> list[Detail]:
    """Codes that exist only inside a quota speak of quota rates only; where there are such codes, the others do not speak of them."""
    quota = [d for d in details if d.scope == "in_quota"]
    if kind in QUOTA_KINDS:
        return quota or details
    return [d for d in details if d.scope != "in_quota"] or details


def _newest_words(own: list[tuple[int, TableLine]], name: str) -> list[str]:
    """What the last load in `own` that states a property says of it, for each detailed code."""
    for version in dict.fromkeys(v for v, _ in reversed(own)):
        words = [str(getattr(line, name)) for v, line in own if v == version]
        if any(words):
            return words
    return []


def _newest_word(own: list[tuple[int, TableLine]], name: str) -> str:
    """As `_newest_words`, when all detailed codes say the same; else nothing."""
    words = set(_newest_words(own, name))
    return words.pop() if len(words) == 1 else ""


def _common_name(names: list[str]) -> str:
    """One name for several detailed codes: the part they share, else the first of them."""
    distinct = list(dict.fromkeys(name for name in names if name))
    if len(distinct) < 2:
        return distinct[0] if distinct else ""
    parts = [name.split(": ") for name in distinct]
    shared = [level[0] for level in takewhile(lambda level: len(set(level)) == 1, zip(*parts, strict=False))]
    if shared:
        return ": ".join(shared)
    return " / ".join(distinct[:3]) + (" / …" if len(distinct) > 3 else "")


def _unbroken(stretches: list[tuple[dt.date, dt.date]]) -> list[tuple[dt.date, dt.date]]:
    """Stretches of days, joined where they touch."""
    joined: list[tuple[dt.date, dt.date]] = []
    for since, until in sorted(stretches):
        if joined and since - ONE_DAY <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], until)
        else:
            joined.append((since, until))
    return joined


class LoadedSchedule(Schedule):
    """The starter schedule with loaded versions over it. Reads the store line by line, as questions come."""

    def __init__(self, connection: sqlite3.Connection, versions: list[Version], starter: Schedule) -> None:
        self._connection = connection
        self.label = f"loaded version {versions[-1].version}"
        self.versions = versions
        self.starter = starter
        corrected = {(v.series, v.sequence): v.version for v in versions}
        self._by_number = {v.version: v for v in versions if corrected[v.series, v.sequence] == v.version}
        self._chosen = ", ".join(str(n) for n in self._by_number)
        self._families: dict[str, _Family] = {}

    # one line --------------------------------------------------------------

    def _family(self, code: str) -> _Family:
        key = code[:8] if len(code) in (8, 10) and code.isascii() and code.isdigit() else ""
        family = self.__dict__.get("families", self._families).get(key) or self._families.get(key)
        if family is None:
            family = next(self._read(f"code >= '{key}' AND code < '{key}:'" if key else "0", [key]))
            self._families[key] = family
        return family

    def _read(self, where: str, codes: Iterable[str]) -> Iterator[_Family]:
        """Families of the codes asked for, from rows that satisfy `where`, in one pass through each table."""
        chosen = f"version IN ({self._chosen}) AND {where} ORDER BY version, code"
        lines: dict[str, list[tuple[int, TableLine]]] = {}
        rates: dict[str, list[tuple[int, TableRate]]] = {}
        retired: dict[str, list[tuple[int, str]]] = {}
        days: dict[str, dt.date] = {}
        for row in self._connection.execute(f"SELECT * FROM lines WHERE {chosen}"):  # noqa: S608  # version numbers and digits only
            lines.setdefault(row[1][:8], []).append((row[0], TableLine(*row[1:])))
        for row in self._connection.execute(f"SELECT * FROM rates WHERE {chosen}"):  # noqa: S608  # as above
            since, until = (days.get(text) or days.setdefault(text, dt.date.fromisoformat(text)) for text in row[5:7])
            rate = TableRate._make((*row[1:5], since, until, *row[7:12], bool(row[12]), *row[13:]))
            rates.setdefault(row[1][:8], []).append((row[0], rate))
        for row in self._connection.execute(f"SELECT * FROM retired WHERE {chosen}"):  # noqa: S608  # as above
            retired.setdefault(row[1][:8], []).append((row[0], row[1]))
        for code in codes or sorted({*lines, *self.starter.lines}):
            yield _Family(
                code, self.starter, self._by_number, lines.get(code, []), rates.get(code, []), retired.get(code, [])
            )

    def encodes_consumption_tax(self, code: str) -> bool:
        """No published table names the consumption-tax class, so only the starter's lines do."""
        return code[:8] in self.starter.lines

    def holds(self, code: str) -> bool:
        """As `Schedule.holds`, for what `line` answers by."""
        return bool(self._family(code).editions(code))

    def line(self, code: str, day: dt.date) -> Line:
        """As `Schedule.line`, for 8 and 10 digits. A 10-digit code of a line held with 8 digits only is answered by that line.

        Raises OutOfCoverage also for a day after the edition that the loaded table belongs to.
        """
        family = self._family(code)
        editions = family.editions(code)
        if not editions:
            raise not_held(code, self, day)
        for line in editions:
            if line.since <= day <= line.until:
                return line
        last = editions[-1]
        if last.until < day:
            ended = any(starter.until == last.until for starter in family.starter_lines) or family.retired
            why = "tariff.line_retired" if ended else "tariff.line_not_confirmed"
            words = successor_words(code) if ended else {}
            raise OutOfCoverage(
                why, code=code, until=last.until.isoformat(), day=day.isoformat(), source=last.source, **words
            )
        begins = min(line.since for line in editions if line.since > day)
        raise OutOfCoverage("tariff.line_not_begun", code=code, since=begins.isoformat(), day=day.isoformat())

    def rates_on(self, code: str, day: dt.date) -> list[Rate]:
        """Every rate of a code in force on a day. Raises OutOfCoverage when an 8-digit code needs ten digits to have one answer."""
        rates, differing = self._family(code).rates_on(code, day)
        if differing:
            finding = differing[0].finding(code)
            raise OutOfCoverage(finding.code, **finding.facts)
        return rates

    def answer(self, code: str, day: dt.date) -> Answer:
        """Line, rates, and the kinds that need ten digits. Raises OutOfCoverage as `line` does."""
        line = self.line(code, day)
        return Answer(line, *self._family(code).rates_on(code, day))

    def alternatives(self, code: str, day: dt.date) -> dict[tuple[str, str], list[Alternative]]:
        """What each detailed code under `code` states on a day, by kind and scheme."""
        return self._family(code).alternatives(code, day)

    def codes_under(self, prefix: str) -> list[str]:
        """Held codes that begin with `prefix`: 8-digit codes, or from eight digits on the code and its 10-digit codes."""
        if len(prefix) >= 8:
            family = self._family(prefix[:8])
            return [c for c in family.codes() if c.startswith(prefix)] if family.lines or family.starter_lines else []
        chosen = f"version IN ({self._chosen}) AND code >= ? AND code < ?"
        query = f"SELECT DISTINCT substr(code, 1, 8) FROM lines WHERE {chosen}"  # noqa: S608  # as above
        rows = self._connection.execute(query, (prefix, prefix + ":"))
        return sorted({code for (code,) in rows} | set(self.starter.codes_under(prefix)))

    # all lines -------------------------------------------------------------

    @cached_property
    def families(self) -> dict[str, _Family]:
        """Every 8-digit code with what is under it, read in one pass; for bulk work and comparisons."""
        return {family.code: family for family in self._read("1", [])}

    @cached_property
    def lines(self) -> dict[str, list[Line]]:  # type: ignore[override]  # read when asked for, not when made
        """Every line of every code, 8 and 10 digits."""
        held = ((code, family.editions(code)) for family in self.families.values() for code in family.codes())
        return {code: editions for code, editions in held if editions}

    @cached_property
    def rates(self) -> dict[str, list[Rate]]:  # type: ignore[override]  # as above
        """Every rate of every code; a kind on which 10-digit codes differ is missing under their 8-digit code, see `needs_ten_digits`."""
        return {code: family.all_rates(code) for family in self.families.values() for code in family.codes()}

    @cached_property
    def needs_ten_digits(self) -> dict[str, set[tuple[str, str]]]:
        """The 8-digit codes, with kind and scheme, that have no single answer on some day."""
        found: dict[str, set[tuple[str, str]]] = {}
        for code, family in self.families.items():
            if len(family.details) > 1:
                keys = {(d.kind, d.scheme) for day in family.change_days() for d in family.rates_on(code, day)[1]}
                if keys:
                    found[code] = keys
        return found

    def stated_properties(self) -> list[tuple[str, ...]]:
        """Each loaded 8-digit code, and for each of `PROPERTIES` whether a loaded table states it."""
        having = ", ".join(f"max({name} <> '')" for name in PROPERTIES)
        query = f"SELECT substr(code, 1, 8), {having} FROM lines WHERE version IN ({self._chosen}) GROUP BY 1"  # noqa: S608  # as above
        return self._connection.execute(query).fetchall()

    def stated_kinds(self) -> list[tuple[str, str]]:
        """Each loaded 8-digit code with each kind of rate that a loaded table states."""
        query = f"SELECT DISTINCT substr(code, 1, 8), kind FROM rates WHERE version IN ({self._chosen})"  # noqa: S608  # as above
        return self._connection.execute(query).fetchall()

    def close(self) -> None:
        """Let go of the store."""
        self._connection.close()

    def __del__(self) -> None:
        self._connection.close()


def load_schedule(home: Path | None = None, version: int | None = None) -> Schedule:
    """The schedule to answer from: version `version` as loaded, by default the newest; the starter schedule when nothing was loaded.

    Raises OutOfCoverage for a version nobody loaded, InputRefused for a store that cannot be read.
    """
    connection = open_reading(home or default_home())
    versions = [v for v in read_versions(connection) if version is None or v.version <= version]
    if connection is None or version == 0 or not versions:
        if connection is not None:
            connection.close()
        if version:
            raise OutOfCoverage("tariff.version_not_held", version=str(version), held="0")
        return starter_schedule()
    if version is not None and versions[-1].version != version:
        connection.close()
        raise OutOfCoverage("tariff.version_not_held", version=str(version), held=f"0-{versions[-1].version}")
    return LoadedSchedule(connection, versions, starter_schedule())


def answer(schedule: Schedule, code: str, day: dt.date) -> Answer:
    """Everything a schedule holds on a code of 8 or 10 digits on a day. Raises OutOfCoverage as `Schedule.line` does.

    A line held with 8 digits answers for its 10-digit codes too: tariff lines have eight digits, the last two are Customs' own.
    """
    if isinstance(schedule, LoadedSchedule):
        return schedule.answer(code, day)
    held = code[:8] if len(code) == 10 and code[:8] in schedule.lines else code
    return Answer(schedule.line(held, day), schedule.rates_on(held, day), [])


class Coverage(NamedTuple):
    """How much a schedule holds, counted in 8-digit lines."""

    lines: int
    chapters: int
    with_kind: dict[str, int]
    with_property: dict[str, int]


PROPERTIES = ("name_zh", "name_en", "unit", "vat_class")


def coverage(schedule: Schedule) -> Coverage:
    """Count lines, and those that have each kind of rate and each property, on any day."""
    starter = schedule.starter if isinstance(schedule, LoadedSchedule) else schedule
    codes = set(starter.lines)
    kinds: dict[str, set[str]] = {}
    for code, rates in starter.rates.items():
        for rate in rates:
            kinds.setdefault(rate.kind, set()).add(code)
    properties = {
        name: {code for code, lines in starter.lines.items() if getattr(lines[-1], name)} for name in PROPERTIES
    }
    if isinstance(schedule, LoadedSchedule):
        for code, *stated in schedule.stated_properties():
            codes.add(code)
            for name, has in zip(PROPERTIES, stated, strict=True):
                if has:
                    properties[name].add(code)
        for code, kind in schedule.stated_kinds():
            kinds.setdefault(kind, set()).add(code)
    return Coverage(
        len(codes),
        len({c[:2] for c in codes}),
        {k: len(v) for k, v in sorted(kinds.items())},
        {k: len(v) for k, v in properties.items()},
    )
