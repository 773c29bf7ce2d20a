"""The bill of materials of a good: told row by row or from a file, and carried in the address like every other answer.

What travels is the document that `tongguan origin` reads, as JSON. A file may tell more than rows do (costs, workings, parts, the way): that stays in
it and is examined with the rest. The import itself is left out, since day, code and value are the question's own.
"""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from tongguan.assessment.names import country_named
from tongguan.assessment.reading import decode, parse_document
from tongguan.grammar.findings import Finding, InputRefused
from tongguan.origin.options import origins_of_shipment
from tongguan.window.ask.token import BILL, Answers
from tongguan.window.published.rates import Rated
from tongguan.window.published.schedule import world

COLUMNS = ("name", "code", "origin", "value", "weight")
SHOWN = ("name", "code", "origin", "value")
"""What is asked of each material on the page."""
PRICES = ("exw", "fob")
TABLES, DOCUMENTS = (".csv",), (".yaml", ".yml", ".json")
MOST_INPUTS = 500
Bill = dict[str, Any]


def bill_of(one: Answers) -> Bill:
    """The bill of materials told of a good; empty where none was told, or what stands there is none."""
    try:
        bill = json.loads(one.get(BILL, "") or "{}", parse_float=str)
    except (ValueError, RecursionError):
        return {}
    return bill if isinstance(bill, dict) else {}


def text_of(bill: Bill) -> str:
    """A bill as it travels; nothing for one that tells nothing."""
    return json.dumps(bill, ensure_ascii=False, separators=(",", ":"), default=str) if bill else ""


def inputs_in(bill: Bill) -> list[dict[str, str]]:
    """Its materials, each as text by column."""
    rows = bill.get("inputs")
    return [
        {column: str(row.get(column) or "") for column in COLUMNS}
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, dict)
    ]


def prices_in(bill: Bill) -> dict[str, str]:
    """What the product itself costs, at the works and on board."""
    product = bill.get("product")
    return {price: str((product if isinstance(product, dict) else {}).get(price) or "") for price in PRICES}


def with_rows(bill: Bill, prices: dict[str, str], rows: list[dict[str, str]]) -> Bill:
    """The bill with these prices and materials. What else it told (weight, made of) stays with a material that keeps its name and code."""
    before = bill.get("inputs")
    held = {_named(row): row for row in (before if isinstance(before, list) else []) if isinstance(row, dict)}
    inputs = [
        _told({**held.get(_named(row), {}), **row, "origin": country_named(row["origin"], world().origins)})
        for row in rows
        if any(row.values())
    ]
    product = bill.get("product")
    return _told(
        {**bill, "product": _told({**(product if isinstance(product, dict) else {}), **prices}), "inputs": inputs}
    )


def _named(row: dict[str, Any]) -> tuple[str, str]:
    return str(row.get("name") or ""), str(row.get("code") or "")


def _told(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value not in ("", None, [], {})}


def bill_in(content: bytes, suffix: str) -> Bill:
    """The bill that a file tells: materials as a table, or a whole document. Raises InputRefused."""
    if suffix in TABLES:
        return {"inputs": table_of(content)}
    document = parse_document(content, f"bill{suffix}")
    if not isinstance(document, dict):
        raise InputRefused([Finding("input.not_a_mapping", "bill", {"read": str(document)[:60]})])
    shapes = (("product", dict, "input.not_a_mapping"), ("inputs", list, "input.not_a_list"))
    found = [
        Finding(code, f"bill.{name}", {"read": str(document[name])[:60]})
        for name, shape, code in shapes
        if document.get(name) is not None and not isinstance(document[name], shape)
    ]
    if found:
        raise InputRefused(found)
    return {str(name): value for name, value in document.items() if name != "import"}


def table_of(content: bytes) -> list[dict[str, str]]:
    """Materials, one a row: name, code, origin, value, weight. Raises InputRefused."""
    try:
        rows = list(csv.DictReader(io.StringIO(decode(content, "file").replace("\0", ""), newline="")))
    except csv.Error as error:
        raise InputRefused([Finding("ask.table_unreadable", "file", {"why": str(error)[:100]})]) from error
    if not rows or "code" not in rows[0]:
        raise InputRefused([Finding("ask.table_without_columns", "file", {"columns": ", ".join(COLUMNS)})])
    if len(rows) > MOST_INPUTS:
        raise InputRefused([Finding("ask.table_too_long", "file", {"limit": str(MOST_INPUTS)})])
    return [{str(k): v for k, v in row.items() if k and isinstance(v, str) and v.strip()} for row in rows]


def problems_of(rated: Rated, number: int) -> list[Finding]:
    """What stands against examining the bill of the good of this number."""
    origins = origins_of_shipment(rated.shipment, rated.assessment, world())
    return [f for one in origins if one.number == number for f in one.findings if f.severity == "error"]
