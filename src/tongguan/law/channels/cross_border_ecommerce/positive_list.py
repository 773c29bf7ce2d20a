"""The list of cross-border e-commerce retail imports (正面清单): is a line on it, and is its remark kept?

Law      cbec-list-2016, cbec-list-2018, cbec-list-2019, cbec-list-2022; shangcaifa-2018-486 for what being listed means.
Kinds    of remark: exclusion (some goods of the line are out, such as endangered species), mode (only some supervision modes, such as bonded 1210),
         name (only the named goods), weight_per_year and quantity_per_year (for each person and calendar year).
Reading  `positive_list.csv` holds starter lines only. A line that is not in it is NOT ENCODED and never refused for that. A weight limit counts
         all lines of its group together. A remark of name or exclusion is a question to the declarant: unless stated, it is open.
"""

from __future__ import annotations

import csv
import datetime as dt
from functools import cache
from pathlib import Path

import msgspec

from tongguan.grammar.errors import LawDataError, OutOfCoverage
from tongguan.grammar.money import milli_of
from tongguan.law.channels.facts import day_of, is_yes

LISTED = 1
LISTED_REMARK_OPEN = 2
REFUSED_REMARK = 3
REFUSED_MODE = 4
REFUSED_WEIGHT = 5
OUTCOMES = {
    LISTED: "listed",
    LISTED_REMARK_OPEN: "listed_remark_open",
    REFUSED_REMARK: "refused_remark",
    REFUSED_MODE: "refused_mode",
    REFUSED_WEIGHT: "refused_weight",
}

UNSTATED, KEPT, NOT_KEPT = 0, 1, 2
"""What the declarant said of a remark of name or exclusion."""

NO_REMARK, REMARK_OF_GOODS, REMARK_OF_MODE, REMARK_OF_QUANTITY = 0, 1, 2, 3
REMARK_KINDS = {
    "": NO_REMARK,
    "exclusion": REMARK_OF_GOODS,
    "name": REMARK_OF_GOODS,
    "mode": REMARK_OF_MODE,
    "weight_per_year": REMARK_OF_QUANTITY,
    "quantity_per_year": REMARK_OF_QUANTITY,
}
MODES = frozenset({"1210", "1239", "9610"})
FIRST_IMPORT_WAIVER_CITES = "shangcaifa-2018-486"
"""Listed goods need no first-import licence, registration or filing, unless under a quarantine ban or an emergency measure."""


class ListedLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of the list, from one day until (and with) another."""

    code: str
    since: dt.date
    until: dt.date | None
    name_zh: str
    name_en: str
    remark_kind: str
    limit_quantity: str
    unit: str
    per: str
    limit_group: str
    modes: str
    remark_zh: str
    remark_en: str
    cites: str
    confidence: str


@cache
def lines() -> tuple[ListedLine, ...]:
    """The lines of positive_list.csv. Raises LawDataError for a malformed one."""
    path = Path(__file__).parent / "positive_list.csv"
    rows = csv.DictReader(line for line in path.read_text("utf-8").splitlines() if not line.startswith("#"))
    try:
        read = tuple(msgspec.convert({**row, "until": row["until"] or None}, ListedLine) for row in rows)
    except msgspec.ValidationError as error:
        raise LawDataError(f"cross_border_ecommerce/positive_list.csv: {error}") from error
    for line in read:
        if line.remark_kind not in REMARK_KINDS or not MODES.issuperset(line.modes.split()):
            raise LawDataError(f"cross_border_ecommerce/positive_list.csv: {line.code}: unknown remark kind or mode")
    return read


def line_of(code: str, day: dt.date) -> ListedLine:
    """The listed line of a code (its first eight digits) on a day. Raises OutOfCoverage when it is not among those we hold."""
    for line in lines():
        if line.code == code[:8] and line.since <= day and (line.until is None or day <= line.until):
            return line
    raise OutOfCoverage("channels.ecommerce_line_not_encoded", line=code[:8], day=day.isoformat())


def remark_outcome(kind: int, stated: int, mode_is_allowed: bool, quantity: int, so_far: int, limit: int) -> int:
    """Whether a listed line may enter: LISTED, LISTED_REMARK_OPEN or one of the REFUSED codes. Quantities in milli-units."""
    if kind == REMARK_OF_GOODS:
        if stated == NOT_KEPT:
            return REFUSED_REMARK
        return LISTED if stated == KEPT else LISTED_REMARK_OPEN
    if kind == REMARK_OF_MODE:
        return LISTED if mode_is_allowed else REFUSED_MODE
    if kind == REMARK_OF_QUANTITY and so_far + quantity > limit:
        return REFUSED_WEIGHT
    return LISTED


def check(line: ListedLine, supervision_mode: str, stated: int, quantity: int, so_far: int) -> int:
    """The outcome for one line and what the declarant stated."""
    allowed = line.modes.split()
    limit = milli_of(line.limit_quantity) if line.limit_quantity else 0
    return remark_outcome(
        REMARK_KINDS[line.remark_kind], stated, not allowed or supervision_mode in allowed, quantity, so_far, limit
    )


def case(given: dict[str, object]) -> dict[str, object]:
    """A worked case: a code on a date, what is stated of its remark, the weight now and so far this year. A remark may be given."""
    stated = UNSTATED
    if "remark_kept" in given:
        stated = KEPT if is_yes(given, "remark_kept") else NOT_KEPT
    if "modes" in given:
        allowed = str(given["modes"]).split()
        outcome = remark_outcome(REMARK_OF_MODE, stated, str(given["mode"]) in allowed, 0, 0, 0)
        return {"outcome": OUTCOMES[outcome]}
    line = line_of(str(given["code"]), day_of(given))
    quantity, so_far = milli_of(given.get("quantity", "0")), milli_of(given.get("so_far", "0"))
    return {"outcome": OUTCOMES[check(line, str(given.get("mode", "1210")), stated, quantity, so_far)]}
