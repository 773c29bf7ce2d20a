"""A port's or an agent's bill, read from CSV, Excel, JSON or YAML.

Strictly: an unknown key is named with the nearest known one, a column nobody knows is named and left aside, an amount is exact text, a formula is not an
amount. A line that cannot be read stays on the bill as unreadable, with its reasons; the others are judged all the same.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from tongguan.fees.register import squeezed
from tongguan.fees.sheet import DOCUMENTS, MAX_TEXT, TABLES, Row, is_formula, plain, read_document, read_rows
from tongguan.grammar.findings import Finding, InputRefused
from tongguan.grammar.money import MAX_VALUE_FEN, NotAnAmount, decimal_of
from tongguan.tariff.schedule import TABLES as OWN_TABLES
from tongguan.tariff.schedule import read_csv

MAX_LINES = 2_000
OF_SHIPMENT = "shipment"
"""The part of a bill file that tells of the shipment."""
ROLES = (
    "port_authority", "port_operator", "agent", "broker", "carrier", "shipping_agent", "warehouse", "examination_site", "customs", "platform",
)  # fmt: skip
PARTIES = ("importer", "carrier")
MAX_RATE = Decimal(100_000)
MAX_QUANTITY = Decimal(1_000_000)


class Facts(msgspec.Struct, frozen=True):
    """What is known of the shipment behind the bill. None is not known.

    containers   how many of each size; found_problem: whether the examination found something (None: not examined, or not known)
    """

    containers: dict[str, int] = {}
    tonnes: Decimal | None = None
    was_examined: bool | None = None
    found_problem: bool | None = None
    cargo: str = ""


class Line(msgspec.Struct, frozen=True):
    """One line of the bill. `path` is where it stands; `problems` are the reasons why it could not be read."""

    number: int
    path: str
    description: str
    amount: Decimal | None
    currency: str
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    unit: str = ""
    size: str = ""
    cargo: str = ""
    container: str = ""
    reference: str = ""
    day: dt.date | None = None
    period: str = ""
    problems: tuple[Finding, ...] = ()


class Invoice(msgspec.Struct, frozen=True):
    """A bill with what stands at its head."""

    name: str
    lines: tuple[Line, ...]
    issuer: str = ""
    role: str = ""
    billed_to: str = "importer"
    place: str = ""
    day: dt.date | None = None
    currency: str = "CNY"
    exchange_rates: dict[str, Decimal] = {}
    facts: Facts = Facts()
    total: Decimal | None = None
    findings: tuple[Finding, ...] = ()


class Head(msgspec.Struct, frozen=True):
    """What a person says of a bill that its file does not: options of the command line. Text, as typed."""

    day: str = ""
    place: str = ""
    role: str = ""
    billed_to: str = ""
    currency: str = ""
    issuer: str = ""
    exchange_rates: dict[str, str] = {}
    containers: dict[str, str] = {}
    examined: str = ""
    found_problem: str = ""
    cargo: str = ""


_HEAD_KEYS = {
    "invoice",
    "name",
    "issuer",
    "role",
    "billed_to",
    "place",
    "date",
    "currency",
    "exchange_rates",
    "shipment",
    "total",
    "lines",
}
_SHIPMENT_KEYS = {"containers", "tonnes", "examined", "found_problem", "cargo"}
_LINE_KEYS = {
    "description", "amount", "currency", "quantity", "unit_price", "unit", "size", "cargo", "container", "reference", "date", "period",
}  # fmt: skip
_YES = {"yes", "true", "y", "1", "是", "有"}
_NO = {"no", "false", "n", "0", "否", "无"}
_SIZE = re.compile(
    r"(?<![0-9])(20|40|45)\s*(?:'|’|′|英尺|呎|尺|ft|feet|gp|dc|dv|hq|hc|hr|rf|rh|ot|fr|tk)", re.IGNORECASE
)
_SIZE_ALONE = re.compile(r"(20|40|45)")
_DANGEROUS = re.compile(r"危险|冷藏|冻柜|冷柜|reefer|dangerous|\bDG\b|\b[24]0\s*R[FH]\b", re.IGNORECASE)
_PLACE = re.compile(r"CN([A-Z0-9]{3})?")
_CURRENCY = re.compile(r"[A-Z]{3}")
_CURRENCY_WORDS = {
    "人民币": "CNY",
    "元": "CNY",
    "rmb": "CNY",
    "￥": "CNY",
    "¥": "CNY",
    "美元": "USD",
    "us$": "USD",
    "$": "USD",
    "欧元": "EUR",
    "港币": "HKD",
}
_UNITS = {
    "container": ("箱", "柜", "标箱", "自然箱", "集装箱", "container", "containers", "ctn", "unit", "box"),
    "tonne": ("吨", "t", "mt", "tonne", "ton", "tonnes", "计费吨"),
    "day": ("天", "日", "day", "days"),
    "container_day": ("箱天", "箱日", "containerday"),
    "tonne_day": ("吨天", "吨日", "tonneday"),
    "declaration": ("报关单", "单", "declaration", "entry"),
    "consignment": ("票", "批", "提单", "consignment", "bl", "shipment", "bill"),
    "piece": ("件", "piece", "pcs"),
}


def _columns() -> dict[str, str]:
    """Our name for each column name people use; tables/fees/invoice_columns.csv."""
    return {squeezed(r["column"]): r["means"] for r in read_csv(OWN_TABLES / "fees" / "invoice_columns.csv")}


class _Reader:
    """Reads values and remembers what was wrong with them."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def problem(self, code: str, path: str, **facts: str) -> None:
        self.findings.append(Finding(code, path, facts))

    def mapping(self, value: object, path: str, known: set[str]) -> dict[str, Any]:
        if not isinstance(value, dict):
            self.problem("fees.not_a_mapping", path, read=_short(value))
            return {}
        for key in value:
            if key not in known:
                near = difflib.get_close_matches(str(key), known, 1)
                self.problem(
                    "fees.key_not_known",
                    f"{path}.{_short(key)}".lstrip("."),
                    key=_short(key),
                    nearest=near[0] if near else "-",
                )
        return {str(k): v for k, v in value.items()}

    def text(self, value: object, path: str) -> str:
        if value is None:
            return ""
        if isinstance(value, (dict, list)):
            self.problem("fees.not_text", path, read=_short(value))
            return ""
        text = str(value)
        if len(text) > MAX_TEXT:
            self.problem("fees.text_too_long", path, limit=str(MAX_TEXT))
        if any(0xD800 <= ord(c) < 0xE000 for c in text):
            self.problem("fees.not_text", path, read="\\ud800")
            return ""
        return plain(text)

    def amount(self, value: object, path: str, limit: Decimal, decimals: int) -> Decimal | None:
        text = self.text(value, path)
        if not text or text.lower() in {"unknown", "不知道", "-", "—"}:
            return None
        if is_formula(text):
            self.problem("fees.formula_in_cell", path, read=_short(text))
            return None
        for mark in ("￥", "¥", "CNY", "RMB", "元"):
            text = text.removeprefix(mark).removesuffix(mark).strip()
        try:
            amount = decimal_of(text)
        except NotAnAmount:
            self.problem("fees.not_an_amount", path, read=_short(value))
            return None
        if abs(amount) > limit:
            self.problem("fees.amount_too_large", path, read=_short(value))
            return None
        exponent = amount.normalize().as_tuple().exponent
        if isinstance(exponent, int) and -exponent > decimals:
            self.problem("fees.too_many_decimals", path, read=_short(value), decimals=str(decimals))
            return None
        return amount

    def day(self, value: object, path: str) -> dt.date | None:
        text = self.text(value, path)
        if not text:
            return None
        try:
            return dt.date.fromisoformat(text.replace("/", "-")[:10])
        except ValueError:
            self.problem("fees.not_a_day", path, read=_short(text))
            return None

    def choice(self, value: object, path: str, known: tuple[str, ...]) -> str:
        text = self.text(value, path)
        if text and text not in known:
            self.problem("fees.not_in_list", path, read=_short(text), known=", ".join(k for k in known if k))
            return ""
        return text

    def yes_no(self, value: object, path: str) -> bool | None:
        text = self.text(value, path).lower()
        if text in _YES:
            return True
        if text in _NO:
            return False
        if text:
            self.problem("fees.not_in_list", path, read=_short(text), known="yes, no")
        return None

    def currency(self, value: object, path: str, otherwise: str) -> str:
        text = self.text(value, path)
        if not text:
            return otherwise
        code = _CURRENCY_WORDS.get(text.lower(), text.upper())
        if not _CURRENCY.fullmatch(code):
            self.problem("fees.currency_not_read", path, read=_short(text))
            return ""
        return code


def _short(value: object) -> str:
    text = str(value) if not isinstance(value, (dict, list)) else f"{type(value).__name__} ({len(value)})"
    return text[:60]


def read_invoice(path: Path, head: Head | None = None) -> Invoice:
    """A bill with its lines. Raises InputRefused when the file cannot be read as a bill at all."""
    head = head or Head()
    suffix = path.suffix.lower()
    if suffix in DOCUMENTS:
        return invoice_from(read_document(path), path.name, head)
    if suffix in TABLES:
        return _from_table(path, head)
    facts = {"file": path.name, "known": ", ".join(sorted(DOCUMENTS | TABLES))}
    raise InputRefused([Finding("fees.file_kind_not_known", path.name, facts)])


# --- documents -----------------------------------------------------------------------------------------------------------------------


def invoice_from(content: object, name: str, head: Head) -> Invoice:
    reader = _Reader()
    top = reader.mapping(content, "", _HEAD_KEYS)
    lines = top.get("lines")
    if not top or not isinstance(lines, list) or not lines:
        raise InputRefused([*reader.findings, Finding("fees.no_lines", name, {"file": name})])
    if len(lines) > MAX_LINES:
        raise InputRefused([Finding("fees.too_many_lines", name, {"limit": str(MAX_LINES)})])
    bill = _head(reader, top, name, head)
    read = tuple(_line(reader, one, n, f"lines[{n}]", bill.currency) for n, one in enumerate(lines, start=1))
    return msgspec.structs.replace(bill, lines=read, findings=tuple(reader.findings))


def _head(reader: _Reader, top: dict[str, Any], name: str, head: Head) -> Invoice:
    """What stands at the head; what the person says now stands before what the file says."""
    given = top.get("shipment")
    shipment = reader.mapping({} if given is None else given, "shipment", _SHIPMENT_KEYS)
    currency = reader.currency(head.currency or top.get("currency"), "currency", "CNY")
    place = reader.text(head.place or top.get("place"), "place").upper()
    if place and not _PLACE.fullmatch(place):
        reader.problem("fees.place_not_read", "place", read=_short(place))
        place = ""
    return Invoice(
        reader.text(top.get("invoice", top.get("name")), "invoice") or name,
        (),
        reader.text(head.issuer or top.get("issuer"), "issuer"),
        reader.choice(head.role or top.get("role"), "role", ("", *ROLES)),
        reader.choice(head.billed_to or top.get("billed_to"), "billed_to", ("", *PARTIES)) or "importer",
        place,
        reader.day(head.day or top.get("date"), "date"),
        currency or "CNY",
        _rates(reader, head.exchange_rates or top.get("exchange_rates") or {}),
        _facts(reader, shipment, head),
        reader.amount(top.get("total"), "total", Decimal(MAX_VALUE_FEN) / 100, 2),
    )


def _rates(reader: _Reader, given: object) -> dict[str, Decimal]:
    rates: dict[str, Decimal] = {}
    if not isinstance(given, dict):
        reader.problem("fees.not_a_mapping", "exchange_rates", read=_short(given))
        return rates
    for name, value in given.items():
        path = f"exchange_rates.{_short(name)}"
        code, rate = reader.currency(name, path, ""), reader.amount(value, path, MAX_RATE, 8)
        if rate is not None and rate <= 0:
            reader.problem("fees.not_an_amount", path, read=_short(value))
        elif code and rate is not None:
            rates[code] = rate
    return rates


def _facts(reader: _Reader, shipment: dict[str, Any], head: Head) -> Facts:
    containers: dict[str, int] = {}
    given: object = head.containers or shipment.get("containers") or {}
    if not isinstance(given, dict):
        reader.problem("fees.not_a_mapping", f"{OF_SHIPMENT}.containers", read=_short(given))
        given = {}
    for size, count in given.items():
        path = f"{OF_SHIPMENT}.containers.{_short(size)}"
        found, number = _size(str(size)), reader.amount(count, path, MAX_QUANTITY, 0)
        if not found:
            reader.problem("fees.not_in_list", path, read=_short(size), known="20, 40, 45")
        elif number is not None and number >= 0:
            containers[found] = containers.get(found, 0) + int(number)
        elif number is not None:
            reader.problem("fees.not_an_amount", path, read=_short(count))
    return Facts(
        containers,
        reader.amount(shipment.get("tonnes"), f"{OF_SHIPMENT}.tonnes", MAX_QUANTITY, 3),
        reader.yes_no(head.examined or shipment.get("examined"), f"{OF_SHIPMENT}.examined"),
        reader.yes_no(head.found_problem or shipment.get("found_problem"), f"{OF_SHIPMENT}.found_problem"),
        reader.choice(
            head.cargo or shipment.get("cargo"), f"{OF_SHIPMENT}.cargo", ("", "general", "dangerous_or_reefer")
        ),
    )


# --- lines ---------------------------------------------------------------------------------------------------------------------------


def _line(outer: _Reader, content: object, number: int, path: str, currency: str) -> Line:
    """One line; what is wrong with it stays with it."""
    reader = _Reader()
    given = reader.mapping(content, path, _LINE_KEYS)
    raw_description = str(given.get("description") or "")
    description = reader.text(given.get("description"), f"{path}.description")
    if not description:
        reader.problem("fees.description_missing", f"{path}.description")
    elif is_formula(raw_description):
        outer.findings.append(
            Finding(
                "fees.formula_in_text", f"{path}.description", {"read": _short(raw_description)}, severity="warning"
            )
        )
    limit = Decimal(MAX_VALUE_FEN) / 100
    amount = reader.amount(given.get("amount"), f"{path}.amount", limit, 2)
    quantity = reader.amount(given.get("quantity"), f"{path}.quantity", MAX_QUANTITY, 3)
    unit_price = reader.amount(given.get("unit_price"), f"{path}.unit_price", limit, 4)
    if quantity is not None and quantity <= 0:
        reader.problem("fees.quantity_not_positive", f"{path}.quantity", read=str(quantity))
        quantity = None
    if amount is None and not reader.findings:
        reader.problem("fees.amount_missing", f"{path}.amount")
    if (
        amount is not None
        and quantity is not None
        and unit_price is not None
        and abs(quantity * unit_price - amount) > Decimal("0.01")
    ):
        facts = {"amount": f"{amount:f}", "product": f"{quantity * unit_price:f}"}
        outer.findings.append(Finding("fees.line_does_not_multiply", path, facts, severity="warning"))
    size = _size(reader.text(given.get("size"), f"{path}.size")) or _size_in(description)
    cargo = reader.choice(given.get("cargo"), f"{path}.cargo", ("", "general", "dangerous_or_reefer"))
    if not cargo and _DANGEROUS.search(f"{description} {given.get('size') or ''}"):
        cargo = "dangerous_or_reefer"
    return Line(
        number, path, description, amount, reader.currency(given.get("currency"), f"{path}.currency", currency), quantity, unit_price,
        _unit(reader.text(given.get("unit"), f"{path}.unit")), size, cargo,
        squeezed(reader.text(given.get("container"), f"{path}.container")).upper(),
        reader.text(given.get("reference"), f"{path}.reference"), reader.day(given.get("date"), f"{path}.date"),
        reader.text(given.get("period"), f"{path}.period"), tuple(reader.findings),
    )  # fmt: skip


def _size(text: str) -> str:
    found = _SIZE.search(text + "'") or _SIZE_ALONE.search(text)
    return found[1] if found else ""


def _size_in(description: str) -> str:
    """The size a description names; nothing when it names two."""
    found = {match[1] for match in _SIZE.finditer(description)}
    return found.pop() if len(found) == 1 else ""


def _unit(text: str) -> str:
    small = squeezed(text)
    return next((unit for unit, words in _UNITS.items() if small in words), "")


# --- tables --------------------------------------------------------------------------------------------------------------------------

HEADER_WITHIN = 20
"""The header stands among the first rows; above it a bill has its letterhead."""


def _header_at(rows: list[Row], columns: dict[str, str]) -> int | None:
    """Which row names a charge and an amount; None where none of the first does."""
    for place, row in enumerate(rows[:HEADER_WITHIN]):
        if {"description", "amount"} <= {columns.get(squeezed(cell), "") for cell in row.cells}:
            return place
    return None


def _from_table(path: Path, head: Head) -> Invoice:
    rows, _ = read_rows(path)
    columns = _columns()
    reader = _Reader()
    above = _header_at(rows, columns)
    if above is None:
        shown = ", ".join(rows[0].cells)[:200] if rows else "-"
        raise InputRefused([Finding("fees.header_not_found", path.name, {"file": path.name, "found": shown})])
    row = rows[above]
    meanings = [columns.get(squeezed(cell), "") for cell in row.cells]
    twice = sorted({m for m in meanings if m and meanings.count(m) > 1})
    if twice:
        raise InputRefused([Finding("fees.column_twice", path.name, {"column": ", ".join(twice)})])
    aside = [cell for cell, meaning in zip(row.cells, meanings, strict=True) if cell and not meaning]
    if aside:
        reader.findings.append(
            Finding("fees.columns_left_aside", path.name, {"columns": ", ".join(aside)[:200]}, severity="note")
        )
    body = rows[above + 1 :]
    if len(body) > MAX_LINES:
        raise InputRefused([Finding("fees.too_many_lines", path.name, {"limit": str(MAX_LINES)})])
    top: dict[str, Any] = {}
    contents: list[tuple[int, dict[str, str]]] = []
    for line in body:
        content = {m: cell for m, cell in zip(meanings, line.cells, strict=False) if m and cell}
        if squeezed(content.get("description", "")) in {"合计", "总计", "total", "grandtotal", "小计", "subtotal"}:
            if squeezed(content["description"]) not in {"小计", "subtotal"}:
                top["total"] = content.get("amount")
            continue
        if content:
            contents.append((line.number, content))
    if not contents:
        raise InputRefused([Finding("fees.no_lines", path.name, {"file": path.name})])
    bill = _head(reader, top, path.name, head)
    lines = tuple(
        _line(reader, c, n, f"row {number}", bill.currency) for n, (number, c) in enumerate(contents, start=1)
    )
    return msgspec.structs.replace(bill, lines=lines, findings=tuple(reader.findings))
