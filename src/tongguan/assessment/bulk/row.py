"""The shape of rows: columns in, columns out, and the row in hand.

The row in hand lives in `x`, an array of whole numbers whose places have the names X_…. This is plain for the compiler: no object is counted, and
nothing is allocated while rows go by.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np

from tongguan.assessment.bulk import codes as k

Array: TypeAlias = Any
"""A NumPy array. What its elements are stands where the array is made; the compiled code checks it."""
Arrow: TypeAlias = Any
"""Something of Arrow's, which ships no types."""

# --- columns in, columns out ---------------------------------------------------------------------------------------------------------


class Columns(NamedTuple):
    """Rows as whole numbers, one array a field; an array of one element stands for all rows. Money in ten-thousandths of its currency, −1 where not known; rates and quantities in millionths."""

    refused: Array  # findings a row brings along
    first: Array  # 1 where a consignment begins
    channel: Array
    code: Array  # tables.line_key
    declared: Array
    arrived: Array
    formalities: Array
    situation: Array
    country: Array
    preferential: Array
    price: Array
    rate: Array
    value: Array  # a dutiable value given, in fen; −1 where it is to be made from the price
    terms: Array  # which legs the terms of delivery leave to the buyer: 1 inland, 2 freight, 4 insurance
    inland: Array
    freight: Array
    freight_rate: Array
    insurance: Array
    insurance_rate: Array
    additions: Array
    deductions: Array
    usd_rate: Array  # 0 where not known
    quantity: Array
    unit: Array
    quantity_2: Array
    unit_2: Array
    quantity_3: Array
    unit_3: Array
    vat_class: Array
    claim: Array
    proof: Array
    exporter: Array
    flags: Array
    category: Array
    months: Array
    started: Array  # the day something began: materials imported, goods released, an exhibit sold
    ended: Array  # the day it ended: the tax bill, a disposal, the last day for a return
    items: Array
    choice: Array
    used: Array  # fen: used this year, so far today; US cents sold before
    limit: Array  # an amount of the row's own: an exhibitor's in US cents, a share of value added in ppm
    relieved: Array
    sent_from: Array
    port: Array
    age: Array
    fee: Array
    parts: Array
    return_freight: Array
    return_insurance: Array


COLUMN_TYPES = {
    "refused": np.int64, "first": np.uint8, "channel": np.int8, "code": np.int64, "declared": np.int32, "arrived": np.int32,
    "formalities": np.int32, "situation": np.int8, "country": np.int16, "preferential": np.int16, "price": np.int64, "rate": np.int64,
    "value": np.int64, "terms": np.int8, "inland": np.int64, "freight": np.int64, "freight_rate": np.int64, "insurance": np.int64,
    "insurance_rate": np.int64, "additions": np.int64, "deductions": np.int64, "usd_rate": np.int64, "quantity": np.int64, "unit": np.int8,
    "quantity_2": np.int64, "unit_2": np.int8, "quantity_3": np.int64, "unit_3": np.int8, "vat_class": np.int8, "claim": np.int16,
    "proof": np.int8, "exporter": np.int16, "flags": np.int64, "category": np.int8, "months": np.int16, "started": np.int32, "ended": np.int32,
    "items": np.int32, "choice": np.int8, "used": np.int64, "limit": np.int64, "relieved": np.int8, "sent_from": np.int8, "port": np.int8,
    "age": np.int16, "fee": np.int64, "parts": np.int64, "return_freight": np.int64, "return_insurance": np.int64,
}  # fmt: skip
COLUMN_DEFAULTS = {
    "first": 1, "code": -1, "country": -1, "preferential": -1, "price": -1, "rate": 0, "value": -1, "inland": -1, "freight": -1,
    "freight_rate": -1, "insurance": -1, "insurance_rate": -1, "quantity": -1, "quantity_2": -1, "quantity_3": -1, "vat_class": -1,
    "flags": k.DIRECT, "category": -1, "months": -1, "items": -1, "used": -1, "limit": -1, "relieved": -1, "age": -1, "fee": -1,
    "parts": -1, "return_freight": -1, "return_insurance": -1,
}  # fmt: skip
"""What stands in a column that is not given; 0 where nothing is said here. A rate of −1 is the rate of the price."""


ALWAYS = frozenset({"refused", "first", "code", "declared", "country", "rate", "flags"})
"""Columns that are always there; any other may be one element that stands for all rows."""


class Results(NamedTuple):
    """Answers, one array a field, amounts in fen. A charge marked in `waived` is computed and not levied."""

    findings: Array
    notes: Array
    kind: Array
    scheme: Array
    value: Array
    charges: Array
    waived: Array
    total: Array
    other_kind: Array
    other_scheme: Array
    other_total: Array
    reasons: Array


def new_results(rows: int) -> Results:
    """Room for the answers of `rows` rows."""
    return Results(
        findings=np.zeros(rows, np.int64),
        notes=np.zeros(rows, np.uint8),
        kind=np.zeros(rows, np.int8),
        scheme=np.full(rows, -1, np.int8),
        value=np.zeros(rows, np.int64),
        charges=np.zeros((rows, len(k.CHARGES)), np.int64),
        waived=np.zeros(rows, np.int16),
        total=np.zeros(rows, np.int64),
        other_kind=np.zeros(rows, np.int8),
        other_scheme=np.full(rows, -1, np.int8),
        other_total=np.zeros(rows, np.int64),
        reasons=np.zeros(rows, np.uint32),
    )


# --- the row in hand -----------------------------------------------------------------------------------------------------------------

_ROW = tuple(f"X_{name.upper()}" for name in Columns._fields)
(
    X_REFUSED, X_FIRST, X_CHANNEL, X_CODE, X_DECLARED, X_ARRIVED, X_FORMALITIES, X_SITUATION, X_COUNTRY, X_PREFERENTIAL, X_PRICE, X_RATE,
    X_VALUE, X_TERMS, X_INLAND, X_FREIGHT, X_FREIGHT_RATE, X_INSURANCE, X_INSURANCE_RATE, X_ADDITIONS, X_DEDUCTIONS, X_USD_RATE, X_QUANTITY,
    X_UNIT, X_QUANTITY_2, X_UNIT_2, X_QUANTITY_3, X_UNIT_3, X_VAT_CLASS, X_CLAIM, X_PROOF, X_EXPORTER, X_FLAGS, X_CATEGORY, X_MONTHS, X_STARTED,
    X_ENDED, X_ITEMS, X_CHOICE, X_USED, X_LIMIT, X_RELIEVED, X_SENT_FROM, X_PORT, X_AGE, X_FEE, X_PARTS, X_RETURN_FREIGHT, X_RETURN_INSURANCE,
) = range(len(_ROW))  # fmt: skip
"""What the row says."""

(
    X_FINDINGS, X_NOTES, X_DAY, X_LAW, X_ORIGIN, X_CHANGED, X_LINE, X_EPOCH, X_TAXED_VALUE, X_VAT, X_CT, X_CT_QUANTITY, X_ADDED, X_LITRES,
    X_HAS_MFN, X_SCHEMES, X_SETS, X_CLAIMED, X_WAIVES,
    X_KIND, X_SCHEME, X_TOTAL, X_BASIS, X_WAIVED, X_OTHER_KIND, X_OTHER_SCHEME, X_OTHER_TOTAL, X_OTHER_BASIS, X_REASONS,
    X_SPECIALS, X_SPECIAL_SCHEMES, X_MANY, X_SMALLEST, X_AHEAD_FROM, X_TOUCHED, X_USD, X_HAS_QUOTA, X_MODE, X_ARTICLE_RATE, X_ARTICLE_FREE, X_RELIEF, X_SHARE_NUM, X_SHARE_DEN, _NEXT,
) = range(len(_ROW), len(_ROW) + 44)  # fmt: skip
"""What was found of it, and the answer."""

CHARGES = len(k.CHARGES)
X_DUTY = _NEXT  # duty by kind of rate, −1 where none
X_DUTY_RATE = X_DUTY + 9
X_STATE = X_DUTY_RATE + 9  # why a kind of rate was not taken
X_OVERLAY = X_STATE + 9  # by inside the quota or not, then by certificate, then by kind of charge
X_OVERLAY_RATE = X_OVERLAY + 2 * 3 * CHARGES
X_PRICED = X_OVERLAY_RATE + 6  # charges of the option in hand
X_BEST = X_PRICED + CHARGES  # charges of the option that applies
X_OTHERS = X_BEST + CHARGES  # what the other rows of the consignment come to
X_SUMS = X_OTHERS + CHARGES
X_AHEAD = X_SUMS + CHARGES  # line and stretch of days of the next rows
AHEAD = 512
ROW_SIZE = X_CATEGORY
"""What every row says; the facts of special channels, which come after, are read for their rows alone."""
X_BLOCK = X_AHEAD + 2 * AHEAD  # the next rows, one after the other
X_SIZE = X_BLOCK + AHEAD * ROW_SIZE


def new_row() -> Array:
    """Room for the row in hand; one for each thread."""
    return np.zeros(X_SIZE, np.int64)
