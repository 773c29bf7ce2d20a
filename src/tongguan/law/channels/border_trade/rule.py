"""Border trade (边境贸易): exchange between border residents, and small-scale border trade.

Law      caiguanshui-2008-90#2: what border residents bring in through exchange (边民互市) is free of duty and import taxes up to a value for each
         person and day; caiguanshui-2010-18: goods that are never free, and goods free up to a quantity for each person and day.
         caiguanshui-2008-90#3: small-scale border trade (边境小额贸易, supervision mode 4019) is taxed like general trade.
Units    amounts in fen; quantities in thousandths of a kilogram.
Reading  Only the value above the limit is taxed; exactly the limit is free. Goods free up to a quantity are measured by quantity, not counted in the
         value (限量商品 beside 限额商品). `goods_not_exempt.csv` holds the part of the list we have read; a line that is not in it may still stand on
         the list. Where only part of a line is excluded, the declarant says whether the goods belong to it. The rules of 2024 on processing such goods on the spot, and the consumption tax they bear at home, are not encoded.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.money import fen_of, milli_of, quantity_text, yuan
from tongguan.grammar.parameters import LawBook
from tongguan.law.channels.facts import day_of, is_yes

FREE_BY_VALUE = 1
FREE_BY_QUANTITY = 2
NEVER_FREE = 3
NEVER_FREE_IN_PART = 4
KINDS = {
    FREE_BY_VALUE: "free_by_value",
    FREE_BY_QUANTITY: "free_by_quantity",
    NEVER_FREE: "never_free",
    NEVER_FREE_IN_PART: "never_free_in_part",
}


def taxed_amount(today: int, so_far_today: int, limit: int) -> int:
    """What of today's value or quantity lies above the limit of the person and day."""
    left = limit - so_far_today
    if left <= 0:
        return today
    return today - left if today > left else 0


class NotExempt(NamedTuple):
    """One entry of the list: a code or the beginning of one."""

    prefix: str
    part_only: bool
    parameter: str
    name_zh: str


@cache
def goods_not_exempt() -> tuple[NotExempt, ...]:
    """The entries of goods_not_exempt.csv, the longest codes first."""
    text = (Path(__file__).parent / "goods_not_exempt.csv").read_text("utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    entries = [
        NotExempt(prefix, row["part_only"] == "yes", row["quantity_parameter"], row["name_zh"])
        for row in rows
        for prefix in row["prefixes"].split()
    ]
    return tuple(sorted(entries, key=lambda entry: -len(entry.prefix)))


def kind_of(code: str) -> tuple[int, str]:
    """The kind of a tariff line, and the parameter of its quantity when it is free by quantity."""
    for entry in goods_not_exempt():
        if code.startswith(entry.prefix):
            if entry.parameter:
                return FREE_BY_QUANTITY, entry.parameter
            return (NEVER_FREE_IN_PART if entry.part_only else NEVER_FREE), ""
    return FREE_BY_VALUE, ""


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: a value or a quantity in kilograms brought in on a day, by exchange or as small-scale trade."""
    value = fen_of(given.get("value", "0"))
    at = law.rule("channels/border_trade").at
    day = day_of(given)
    if given.get("trade") == "small_scale":
        share = at("small_scale_taxed_share", day).whole()
        return {"taxed": yuan(value * share)}
    kind, parameter = kind_of(str(given.get("code", "")))
    if kind == FREE_BY_QUANTITY:
        limit = milli_of(at(parameter, day).value)
        above = taxed_amount(milli_of(given["kg"]), milli_of(given.get("kg_so_far", "0")), limit)
        return {"kind": KINDS[kind], "taxed_kg": quantity_text(above)}
    if kind == NEVER_FREE_IN_PART:
        if "excluded_part" not in given:
            raise OutOfCoverage("channels.border_part_of_line_unstated", line=str(given["code"]), day=day.isoformat())
        kind = NEVER_FREE if is_yes(given, "excluded_part") else FREE_BY_VALUE
    if kind == NEVER_FREE:
        return {"kind": KINDS[kind], "taxed": yuan(value)}
    taxed = taxed_amount(value, fen_of(given.get("so_far", "0")), at("daily_limit", day).fen())
    return {"kind": KINDS[kind], "taxed": yuan(taxed)}
