"""Tables in, columns of whole numbers out: every text read exactly, column by column, and nothing guessed.

Amounts never pass through a float: plain digits are read by compiled code straight from Arrow's buffers, everything else (full-width digits,
commas in odd places, words) by the slow and exact way of `words.number_of`. Words are read once each and remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tongguan.assessment.bulk import codes as k
from tongguan.assessment.bulk import words as w
from tongguan.assessment.bulk.kernel import read_digits
from tongguan.assessment.bulk.row import ALWAYS, COLUMN_DEFAULTS, COLUMN_TYPES, Array, Arrow, Columns
from tongguan.assessment.bulk.tables import Compiled
from tongguan.grammar.findings import Finding, InputRefused

EPOCH = 719_163
"""The ordinal of 1970-01-01, where Arrow counts its days from."""


NOTHING_WRONG = np.zeros(1, dtype=np.int64)
"""The findings of a column in which every row could be read."""


class Encoder:
    """Reads the columns of one kind of table. Remembers the words it has met, so that each is read once."""

    def __init__(self, compiled: Compiled, as_of: int = 0) -> None:
        self.compiled = compiled
        self.as_of = as_of
        self.readers = w.readers(compiled)
        self.met: dict[str, dict[str, w.Answer]] = {}

    # --- one column ------------------------------------------------------------------------------------------------------------------

    def words(self, name: str, column: Arrow, read: Callable[[str], w.Answer]) -> tuple[Array, Array]:
        """Codes and findings of a column of words."""
        encoded = (
            column if pa.types.is_dictionary(column.type) else pc.dictionary_encode(column, null_encoding="encode")
        )
        met = self.met.setdefault(name, {})
        answers = []
        for word in encoded.dictionary.to_pylist():
            text = "" if word is None else str(word)
            answer = met.get(text)
            if answer is None:
                answer = read(text)
                if len(met) < 1_000_000:
                    met[text] = answer
            answers.append(answer)
        answers.append(read(""))
        codes, wrong = (np.array(part, dtype=np.int64) for part in zip(*answers, strict=True))
        indices = encoded.indices
        if indices.null_count:
            indices = indices.fill_null(len(answers) - 1)
        places = indices.to_numpy(zero_copy_only=False)
        return codes[places], wrong[places] if wrong.any() else NOTHING_WRONG

    def numbers(self, column: Arrow, decimals: int, name: str) -> tuple[Array, Array]:
        """Whole numbers and findings of a column of amounts."""
        kind = column.type
        if pa.types.is_dictionary(kind):
            column = column.cast(kind.value_type)
            kind = column.type
        if pa.types.is_floating(kind):
            raise InputRefused([Finding("bulk.float_column", name, {"column": name})])
        if pa.types.is_integer(kind):
            return _scaled(column.cast(pa.int64()), decimals)
        if pa.types.is_decimal128(kind) and kind.scale <= decimals:
            return _scaled(_units_of(column), decimals - kind.scale)
        if pa.types.is_null(kind):
            return np.full(len(column), -1, dtype=np.int64), NOTHING_WRONG
        if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
            column = column.cast(pa.string())
        return self._digits(column, decimals)

    def _digits(self, column: Arrow, decimals: int) -> tuple[Array, Array]:
        if not pa.types.is_large_string(column.type):
            column = column.cast(pa.large_string())
        column = column.fill_null("") if column.null_count else column
        _, offsets, data = column.buffers()
        rows = len(column)
        at = np.frombuffer(offsets, dtype=np.int64)[column.offset : column.offset + rows + 1]
        text = np.frombuffer(data, dtype=np.uint8) if data is not None and len(data) else np.zeros(1, np.uint8)
        numbers = np.empty(rows, dtype=np.int64)
        is_odd = np.empty(rows, dtype=np.uint8)
        findings = NOTHING_WRONG
        if read_digits(at, text, decimals, numbers, is_odd):
            findings = np.zeros(rows, dtype=np.int64)
            for i in np.nonzero(is_odd)[0]:
                numbers[i], findings[i] = w.number_of(column[int(i)].as_py(), decimals)
        return numbers, findings

    def days(self, column: Arrow) -> tuple[Array, Array]:
        """Ordinals and findings of a column of days."""
        if pa.types.is_timestamp(column.type) or pa.types.is_date64(column.type):
            column = column.cast(pa.date32(), safe=False)
        if pa.types.is_date32(column.type):
            days = column.cast(pa.int32()).fill_null(-EPOCH).to_numpy(zero_copy_only=False).astype(np.int64) + EPOCH
            return days, NOTHING_WRONG
        if not _is_text(column.type):
            column = column.cast(pa.string())
        return self.words("day", column, w.day_of)

    def flags(self, column: Arrow) -> tuple[Array, Array]:
        """1, 0 or −1 and findings of a column of yes and no."""
        if pa.types.is_boolean(column.type):
            values = column.cast(pa.int8()).fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
            return values, NOTHING_WRONG
        if not _is_text(column.type):
            column = column.cast(pa.string())
        return self.words("flag", column, w.flag_of)

    # --- the whole table ---------------------------------------------------------------------------------------------------------------

    def encode(self, table: Mapping[str, Arrow], rows: int, refused: Array | None = None) -> Columns:
        """The columns of a table by our names. `refused` are findings the rows bring along. Raises InputRefused for a column of floats."""
        out: dict[str, Any] = {}
        findings = np.zeros(rows, dtype=np.int64) if refused is None else refused.astype(np.int64).copy()
        flags = np.full(rows, k.DIRECT, dtype=np.int64)
        for spec in w.SPECS:
            column = table.get(spec.name)
            if column is None or spec.name in ("shipment", "currency"):
                continue
            if isinstance(column, pa.ChunkedArray):
                column = column.combine_chunks()
            if spec.kind == w.FLAG:
                values, wrong = self.flags(column)
                bit = 1 << k.FLAG_COLUMNS.index(spec.name)
                flags |= np.where(values >= 0, bit << k.STATED, 0) | np.where(values == 1, bit, 0)
                flags &= ~np.where(values == 0, bit, 0)
            else:
                values, wrong = self._column(spec, column)
                _fill(out, spec, values, rows)
            if wrong is not NOTHING_WRONG:
                findings |= wrong
        if self.as_of:
            out["declared"] = np.full(rows, self.as_of, dtype=np.int64)
        out["flags"] = flags
        self._currency(out, table, rows)
        out["first"] = _first(table, out, rows)
        if "declared" not in out:
            findings |= k.DECLARED_MISSING
        else:
            findings |= np.where((out["declared"] == 0) & (findings & k.NOT_A_DATE == 0), k.DECLARED_MISSING, 0)
        out["refused"] = np.where(findings & k.RAGGED_ROW != 0, k.RAGGED_ROW, findings)
        return Columns(**{name: _typed(out.get(name), name, rows) for name in Columns._fields})

    def _column(self, spec: w.Spec, column: Arrow) -> tuple[Array, Array]:
        if spec.kind == w.DAY:
            return self.days(column)
        if spec.kind == w.WORD:
            if not (_is_text(column.type) or pa.types.is_dictionary(column.type)):
                column = column.cast(pa.string())
            return self.words(spec.name, column, self.readers[spec.name])
        return self.numbers(column, w.DECIMALS[spec.kind], spec.name)

    def _currency(self, out: dict[str, Any], table: Mapping[str, Arrow], rows: int) -> None:
        """Yuan need no rate; where the price is in dollars the dollar is known."""
        one = 1_000_000
        rate = out.get("rate", np.full(rows, -1, dtype=np.int64))
        column = table.get("currency")
        if column is None:
            is_yuan = rate < 0
            is_dollar = np.zeros(rows, dtype=bool)
        else:
            if isinstance(column, pa.ChunkedArray):
                column = column.combine_chunks()
            currency, _ = self.words("currency", column, _currency_of)
            is_yuan = currency == YUAN
            is_dollar = currency == DOLLAR
        out["rate"] = np.where(is_yuan, one, np.maximum(rate, 0))
        usd = out.get("usd_rate", np.full(rows, -1, dtype=np.int64))
        out["usd_rate"] = np.where(usd > 0, usd, np.where(is_dollar, np.maximum(rate, 0), 0))


YUAN, DOLLAR, OTHER = range(3)
_CURRENCIES = {"": YUAN, "CNY": YUAN, "RMB": YUAN, "人民币": YUAN, "USD": DOLLAR, "美元": DOLLAR}


def _currency_of(text: str) -> w.Answer:
    return _CURRENCIES.get(w.plain(text).upper(), OTHER), 0


def _is_text(kind: Arrow) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _fill(out: dict[str, Any], spec: w.Spec, values: Array, rows: int) -> None:
    """A column into its field: where one of its channels reads it, and over another column only where it says something (a drug list over a VAT class).

    Channels stand before the facts they ask for in `words.SPECS`, so that they are known here.
    """
    blank = COLUMN_DEFAULTS.get(spec.field, 0)
    before = out.get(spec.field)
    if spec.channels:
        channel = out.get("channel", np.zeros(1, dtype=np.int64))
        values = np.where(np.isin(channel, spec.channels), values, blank)
    if before is not None:
        values = np.where(values != blank, values, before)
    out[spec.field] = np.broadcast_to(values, rows)


def _typed(values: Arrow, name: str, rows: int) -> Arrow:
    kind: Any = COLUMN_TYPES[name]
    if values is None:
        return np.full(rows if name in ALWAYS else 1, COLUMN_DEFAULTS.get(name, 0), dtype=kind)
    if np.issubdtype(kind, np.integer) and kind is not np.int64:
        bounds = np.iinfo(np.dtype(kind))
        values = np.clip(values, bounds.min, bounds.max)
    return np.ascontiguousarray(values, dtype=kind)


def _first(table: Mapping[str, Arrow], out: dict[str, Any], rows: int) -> Arrow:
    """Where a consignment begins: where the text of `shipment` changes, and everywhere without one."""
    first = np.ones(rows, dtype=np.uint8)
    column = table.get("shipment")
    if column is None or rows < 2:
        return first
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_null(column.type):
        return first
    same = pc.equal(column.slice(1), column.slice(0, rows - 1))
    if _is_text(column.type):
        same = pc.and_(same, pc.not_equal(column.slice(1), ""))
    is_same = same.fill_null(False).to_numpy(zero_copy_only=False)  # Arrow's own argument
    channel = out.get("channel")
    if channel is not None:
        is_same = is_same & (channel[1:] == channel[:-1])
    first[1:] = ~is_same
    return first


def _units_of(column: Arrow) -> Arrow:
    """The unscaled whole numbers of a decimal column; those beyond 64 bits become null and are told apart by the caller."""
    column = column.fill_null(0) if column.null_count == 0 else column
    _, data = column.buffers()
    pairs = np.frombuffer(data, dtype=np.int64)[2 * column.offset : 2 * (column.offset + len(column))].reshape(-1, 2)
    is_wide = pairs[:, 1] != pairs[:, 0] >> 63
    units = np.where(is_wide, 2**62, pairs[:, 0])
    mask = column.is_null().to_numpy(zero_copy_only=False) if column.null_count else None
    return pa.array(units, mask=mask)


def _scaled(column: Arrow, decimals: int) -> tuple[Array, Array]:
    """Whole numbers times a power of ten, bounds checked first."""
    factor = 10**decimals
    is_null: Array = column.is_null().to_numpy(zero_copy_only=False) if column.null_count else None
    values = column.fill_null(0) if column.null_count else column
    values = values.to_numpy(zero_copy_only=False).astype(np.int64, copy=False)
    findings: Array = NOTHING_WRONG
    if len(values) and (values.min() < 0 or values.max() > 9 * 10**18 // factor):
        findings = np.where(values < 0, k.NEGATIVE_AMOUNT, 0) | np.where(
            values > 9 * 10**18 // factor, k.AMOUNT_TOO_LARGE, 0
        )
        values = np.where(findings != 0, 0, values)
        is_null = (findings != 0) if is_null is None else is_null | (findings != 0)
    values = values * factor if factor > 1 else values.copy()
    if is_null is not None:
        values[is_null] = -1
    return values, findings
