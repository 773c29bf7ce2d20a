"""Answers as a table, and what they mean when someone looks: reasons, notes and findings as text, made only then."""

from __future__ import annotations

import datetime as dt
import string
from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from tongguan.assessment.bulk import codes as k
from tongguan.assessment.bulk import words as w
from tongguan.assessment.bulk.row import Arrow, Results
from tongguan.assessment.bulk.tables import Compiled
from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.findings import Finding, Severity, catalogue, render
from tongguan.grammar.money import MAX_VALUE_FEN, yuan_grouped

MONEY = pa.decimal128(18, 2)
WORDS = pa.dictionary(pa.int16(), pa.string())

SCHEMA = pa.schema(
    [
        ("outcome", WORDS),
        ("rate_kind", WORDS),
        ("scheme", WORDS),
        ("dutiable_value", MONEY),
        *((charge, MONEY) for charge in k.CHARGES),
        ("waived", WORDS),
        ("total", MONEY),
        ("better_rate_kind", WORDS),
        ("better_scheme", WORDS),
        ("better_total", MONEY),
        ("saving", MONEY),
        ("reasons", pa.uint32()),
        ("notes", WORDS),
    ]
)
"""A row of answers. Amounts are in yuan; a charge named in `waived` is computed and not levied, and `total` is what is payable. The better rate is the
cheapest that needs a proof or certificate not shown; `saving` is what it would save. `reasons` says why each other kind of rate was not taken, three
bits each (`why_not`). A row with an outcome other than ok has no figures; its outcome is the first of its findings."""

OUTCOMES = ("ok", *(finding.code for finding in k.FINDINGS))


def _masks(names: tuple[str, ...], bits: int) -> list[str]:
    return ["; ".join(name for place, name in enumerate(names) if mask >> place & 1) for mask in range(1 << bits)]


_WAIVED = _masks(k.CHARGES, len(k.CHARGES))
_NOTES = _masks(k.NOTES, len(k.NOTES))


def _words(places: Arrow, names: Arrow, is_null: Arrow = None) -> Arrow:
    indices = pa.array(places.astype(np.int16), mask=is_null)
    return pa.DictionaryArray.from_arrays(indices, names, safe=False)


def _money(fen: Arrow, is_null: Arrow) -> Arrow:
    """Whole fen as exact decimals with two places, without passing through text."""
    pairs = np.empty((len(fen), 2), dtype=np.int64)
    pairs[:, 0] = fen
    np.right_shift(pairs[:, 0], 63, out=pairs[:, 1])
    valid = None if is_null is None else pa.py_buffer(np.packbits(~is_null, bitorder="little"))
    return pa.Array.from_buffers(MONEY, len(fen), [valid, pa.py_buffer(pairs)])


class Answers:
    """Turns columns of answers into tables."""

    def __init__(self, compiled: Compiled) -> None:
        self.outcomes = pa.array(OUTCOMES)
        self.kinds = pa.array([*k.KINDS, ""])
        self.schemes = pa.array([*compiled.scheme_names, ""])
        self.waived = pa.array(_WAIVED)
        self.notes = pa.array(_NOTES)

    def table(self, r: Results) -> Arrow:
        """One table of `SCHEMA`."""
        is_refused = r.findings != 0
        none = is_refused if is_refused.any() else None
        lowest = r.findings & -r.findings
        outcome = np.zeros(len(r.findings), dtype=np.int16)
        if none is not None:
            outcome[is_refused] = (
                np.round(np.log2(lowest[is_refused].astype(np.float64))).astype(np.int16) + 1
            )  # powers of two, exactly
        has_better = (r.other_total > 0) | (r.other_kind > 0)
        no_better = ~has_better | is_refused
        columns = [
            _words(outcome, self.outcomes),
            _words(r.kind, self.kinds, none),
            _words(np.where(r.scheme < 0, len(self.schemes) - 1, r.scheme), self.schemes, none),
            _money(r.value, none),
            *(_money(r.charges[:, place], none) for place in range(len(k.CHARGES))),
            _words(r.waived, self.waived, none),
            _money(r.total, none),
            _words(r.other_kind, self.kinds, no_better),
            _words(np.where(r.other_scheme < 0, len(self.schemes) - 1, r.other_scheme), self.schemes, no_better),
            _money(r.other_total, no_better),
            _money(r.total - r.other_total, no_better),
            pa.array(r.reasons, mask=none),
            _words(r.notes, self.notes, none),
        ]
        return pa.Table.from_arrays(columns, schema=SCHEMA)


# --- what the numbers mean -----------------------------------------------------------------------------------------------------------


def why_not(reasons: int) -> dict[str, str]:
    """Why each kind of rate was or was not taken, as a word of `codes.WHY_NOT` by the name of the kind."""
    return {k.KINDS[kind]: k.WHY_NOT[reasons >> 3 * (kind - 1) & 7] for kind in range(k.MFN, k.SLIDING + 1)}


def why_not_text(reasons: int, language: str) -> dict[str, str]:
    """The same as text in "zh" or "en"."""
    return {kind: render(f"bulk.why_{code}", {}, language) for kind, code in why_not(reasons).items()}


def codes_of(mask: int) -> list[k.RowFinding]:
    """The findings of a mask."""
    return [finding for place, finding in enumerate(k.FINDINGS) if mask >> place & 1]


READ_AGAIN = (
    k.CODE_MALFORMED | k.CODE_TOO_SHORT | k.NOT_A_DATE | k.NOT_IN_LIST | k.COUNTRY_NOT_KNOWN | k.ORIGIN_UNDETERMINED | k.NOT_AN_AMOUNT
    | k.NEGATIVE_AMOUNT | k.TOO_PRECISE | k.AMOUNT_TOO_LARGE | k.UNIT_NOT_KNOWN | k.SCHEME_NOT_KNOWN | k.NOT_YES_OR_NO
)  # fmt: skip
"""Findings that reading a text can give: the row is read again to say in which columns."""


def findings_of(mask: int, row: Mapping[str, str], number: int, compiled: Compiled) -> list[Finding]:
    """The findings of a refused row, each at its column and with what was read there."""
    found = []
    at_fault = _columns_at_fault(row, _readers(compiled)) if mask & READ_AGAIN else {}
    for place, one in enumerate(k.FINDINGS):
        if not mask >> place & 1:
            continue
        for column in at_fault.get(1 << place, [one.column]):
            facts = {
                "row": str(number), "column": column, "read": row.get(column, "")[:60], "code": row.get("commodity_code", ""),
                "day": row.get("declared_on", ""), "origin": row.get("origin", ""), "currency": row.get("currency", ""),
                "scheme": row.get("preference", ""), "channel": row.get("channel", ""), "limit": yuan_grouped(MAX_VALUE_FEN),
                "schedule": compiled.world.schedule.label, "beside": "", "nearest": "-", "known": "", **_dates(one.code, row, compiled),
            }  # fmt: skip
            found.append(Finding(one.code, f"rows[{number}].{column}".rstrip("."), facts, severity=_ERROR))
    return found


_READERS: dict[int, Mapping[str, Arrow]] = {}


def _readers(compiled: Compiled) -> Mapping[str, Arrow]:
    """The readers of words of a world, made once."""
    if id(compiled) not in _READERS:
        _READERS.clear()
        _READERS[id(compiled)] = w.readers(compiled)
    return _READERS[id(compiled)]


class Texts:
    """The texts of findings, each made once for the facts it names: refused rows are many and their reasons are few."""

    def __init__(self) -> None:
        self.names: dict[str, tuple[str, ...]] = {}
        self.made: dict[tuple[str, ...], tuple[str, str, str, str]] = {}

    def of(self, finding: Finding) -> tuple[str, str, str, str]:
        """Message and next step, in Chinese and English: (zh, en, next zh, next en)."""
        names = self.names.get(finding.code)
        if names is None:
            names = self.names[finding.code] = self._names(finding.code)
        key = (finding.code, *(finding.facts.get(name, "") for name in names))
        texts = self.made.get(key)
        if texts is None:
            texts = (finding.message("zh"), finding.message("en"), finding.next_step("zh"), finding.next_step("en"))
            if len(self.made) < 200_000:
                self.made[key] = texts
        return texts

    def _names(self, code: str) -> tuple[str, ...]:
        message = catalogue().get(code)
        parts = (message.zh, message.en, message.next_zh, message.next_en) if message else ()
        return tuple(sorted({name for part in parts for _, name, _, _ in string.Formatter().parse(part) if name}))


_ERROR: Severity = "error"


def _dates(code: str, row: Mapping[str, str], compiled: Compiled) -> dict[str, str]:
    """From when to when a line is in force, where that is what was wrong."""
    if code != "bulk.line_not_in_force":
        return {}
    try:
        day = dt.date.fromordinal(max(1, w.day_of(row.get("declared_on", ""))[0]))
        compiled.world.schedule.line(w.plain(row.get("commodity_code", "")), day)
    except OutOfCoverage as error:
        return {"since": "", "until": "", **error.facts}
    return {"since": "", "until": ""}


def _columns_at_fault(row: Mapping[str, str], reads: Mapping[str, Arrow]) -> dict[int, list[str]]:
    """Columns of a row whose text gives a finding when read again, by the finding's bit."""
    at_fault: dict[int, list[str]] = {}
    for name, text in row.items():
        spec = w.BY_NAME.get(name)
        if spec is None or not text or name in ("shipment", "currency"):
            continue
        if spec.kind == w.DAY:
            answer = w.day_of(text)
        elif spec.kind == w.FLAG:
            answer = w.flag_of(text)
        elif spec.kind == w.WORD:
            answer = reads[name](text)
        else:
            answer = w.number_of(text, w.DECIMALS[spec.kind])
        if answer[1]:
            at_fault.setdefault(answer[1], []).append(name)
    return at_fault
