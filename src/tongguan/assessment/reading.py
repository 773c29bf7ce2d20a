"""From what people write (YAML, JSON, rows) to a Shipment: every problem at once, each with its path, and nothing guessed.

Unknown keys are named with the nearest known one; amounts are exact text; full-width digits are read; floats are refused.
"""

from __future__ import annotations

import datetime as dt
import difflib
import json
import unicodedata
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from tongguan.assessment.dutiable import adjustments, trade_terms_by_name
from tongguan.assessment.quantities import UNITS
from tongguan.assessment.scenarios import DRUG_LISTS, VAT_CLASSES
from tongguan.assessment.shipment import ALLOCATIONS, CHANNELS, VALUATION_METHODS, Cost, GoodsItem, Preference, Shipment
from tongguan.grammar.errors import InputRefused
from tongguan.grammar.findings import Finding
from tongguan.grammar.money import MAX_QUANTITY_MILLI, MAX_VALUE_FEN, NotAnAmount, decimal_of
from tongguan.grammar.strict_yaml import load_text

MAX_FILE_BYTES = 16 * 1024 * 1024
"""A shipment file larger than this is a mistake; bulk files go through `tongguan bulk`, which streams."""
MAX_ITEMS = 10_000
MAX_TEXT = 2_000

_SHIPMENT_KEYS = {
    "shipment", "name", "channel", "dates", "trade_terms", "currency", "exchange_rates", "foreign_inland", "freight", "insurance", "allocation",
    "facts", "items", "declared_before_arrival",
}  # fmt: skip
_ITEM_KEYS = {
    "commodity_code", "name", "origin", "preferential_origin", "price", "currency", "quantities", "preferences", "quota_certificate",
    "sliding_duty_certificate", "exporter", "price_undertaking", "exclusion", "country_quota_exhausted", "vat_class", "drug_list",
    "own_use_car", "additions", "deductions", "freight", "insurance", "valuation_method", "dutiable_value", "evidence_costs", "facts",
}  # fmt: skip
_PREFERENCE_KEYS = {"scheme", "proof", "number", "issued_on", "direct_consignment"}
_DATE_KEYS = {
    "declared", "arrived", "paid", "tax_bill", "formalities", "arrived_inland", "breach", "discovered", "released",
}  # fmt: skip
UNKNOWN_WORDS = {"unknown", "不知道", "未知", "null", "~", ""}


class Reader:
    """Reads one value after the other and remembers every problem."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def problem(self, code: str, path: str, **facts: str) -> None:
        """Remember a problem at a path."""
        self.findings.append(Finding(code, path, facts))

    def mapping(self, value: Any, path: str, known: set[str] | None = None) -> dict[str, Any]:
        """A mapping; unknown keys are named with the nearest known one."""
        if not isinstance(value, dict):
            self.problem("input.not_a_mapping", path, read=_short(value))
            return {}
        for key in value if known is not None else ():
            if str(key) not in known:  # type: ignore[operator]
                near = difflib.get_close_matches(str(key), known or (), 1)
                self.problem("input.key_not_known", f"{path}.{key}".lstrip("."), key=_short(key), nearest=near[0] if near else "-")
        return {str(k): v for k, v in value.items()}

    def text(self, value: Any, path: str) -> str:
        """Plain text, normalised; empty for nothing."""
        if value is None:
            return ""
        if isinstance(value, (dict, list, float)):
            self.problem("input.not_text", path, read=_short(value))
            return ""
        text = unicodedata.normalize("NFKC", str(value)).strip()
        if len(text) > MAX_TEXT:
            self.problem("input.text_too_long", path, limit=str(MAX_TEXT))
            return text[:MAX_TEXT]
        return text

    def choice(self, value: Any, path: str, known: tuple[str, ...] | set[str] | frozenset[str], otherwise: str) -> str:
        """One of a closed list."""
        text = self.text(value, path)
        if not text:
            return otherwise
        if text not in known:
            near = difflib.get_close_matches(text, known, 1)
            self.problem("input.not_in_list", path, read=_short(text), nearest=near[0] if near else "-", known=", ".join(sorted(known)))
            return otherwise
        return text

    def amount(self, value: Any, path: str, limit: Decimal | None = None) -> Decimal | None:
        """A non-negative exact amount, or None when it is left out or said to be unknown."""
        if value is None or (isinstance(value, str) and value.strip().lower() in UNKNOWN_WORDS):
            return None
        try:
            amount = decimal_of(value)
        except NotAnAmount:
            self.problem("input.float_amount" if isinstance(value, float) else "input.not_an_amount", path, read=_short(value))
            return None
        if amount < 0:
            self.problem("input.negative_amount", path, read=_short(value))
            return None
        if limit is not None and amount > limit:
            self.problem("input.amount_too_large", path, read=_short(value), limit=f"{limit:,}")
            return None
        return amount

    def date(self, value: Any, path: str) -> dt.date | None:
        """A day as 2025-03-03 (also 20250303 and 2025/3/3), or None."""
        if value is None:
            return None
        if isinstance(value, dt.datetime):
            return value.date()
        if isinstance(value, dt.date):
            return value
        text = self.text(value, path)
        if not text:
            return None
        for pattern in ("%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日"):
            try:
                return dt.datetime.strptime(text, pattern).date()  # noqa: DTZ007  # a day has no zone
            except ValueError:
                continue
        self.problem("input.not_a_date", path, read=_short(value))
        return None

    def yes_no(self, value: Any, path: str) -> bool | None:
        """Yes or no, or None when not said."""
        if isinstance(value, bool) or value is None:
            return value
        text = self.text(value, path).lower()
        if text in ("yes", "true", "1", "是", "y"):
            return True
        if text in ("no", "false", "0", "否", "n"):
            return False
        if text not in UNKNOWN_WORDS:
            self.problem("input.not_yes_or_no", path, read=_short(value))
        return None

    def cost(self, value: Any, path: str, currency: str) -> Cost | None:
        """An amount with a currency: a bare amount takes the shipment's currency; "unknown" is an amount nobody knows."""
        if value is None:
            return None
        if isinstance(value, dict):
            content = self.mapping(value, path, {"amount", "currency"})
            own = self.text(content.get("currency"), f"{path}.currency").upper() or currency
            return Cost(self.amount(content.get("amount"), f"{path}.amount", _VALUE_LIMIT), own)
        return Cost(self.amount(value, path, _VALUE_LIMIT), currency)

    def facts(self, value: Any, path: str) -> dict[str, str]:
        """Facts a channel needs, as text."""
        if value is None:
            return {}
        return {k: self.text(v, f"{path}.{k}") for k, v in self.mapping(value, path).items()}


_VALUE_LIMIT = Decimal(MAX_VALUE_FEN) * 100
_QUANTITY_LIMIT = Decimal(MAX_QUANTITY_MILLI) / 1000


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "…"


def read_shipment(content: Any, path: str = "") -> Shipment:
    """A Shipment from a mapping of text. Raises InputRefused with every problem at once."""
    reader = Reader()
    shipment = _shipment(reader, content, path)
    if reader.findings or shipment is None:
        raise InputRefused(reader.findings)
    return shipment


def _shipment(reader: Reader, content: Any, path: str) -> Shipment | None:
    prefix = f"{path}." if path else ""
    s = reader.mapping(content, path or "shipment", _SHIPMENT_KEYS)
    if not s:
        return None
    dates = reader.mapping(s.get("dates") or {}, f"{prefix}dates", _DATE_KEYS)
    days = {key: reader.date(value, f"{prefix}dates.{key}") for key, value in dates.items()}
    declared = days.get("declared")
    if declared is None:
        reader.problem("input.declared_missing", f"{prefix}dates.declared")
    currency = reader.text(s.get("currency"), f"{prefix}currency").upper() or "CNY"
    rates: dict[str, Decimal] = {}
    for code, value in reader.mapping(s.get("exchange_rates") or {}, f"{prefix}exchange_rates").items():
        rate = reader.amount(value, f"{prefix}exchange_rates.{code}", Decimal(1_000_000))
        if rate is not None and (rate == 0 or rate.as_tuple().exponent < -6):  # type: ignore[operator]
            reader.problem("input.exchange_rate_unusable", f"{prefix}exchange_rates.{code}", read=_short(value))
        elif rate is not None:
            rates[code.upper()] = rate
    raw_items = s.get("items")
    if not isinstance(raw_items, list) or not raw_items:
        reader.problem("shipment.no_items", f"{prefix}items")
        raw_items = []
    if len(raw_items) > MAX_ITEMS:
        reader.problem("input.too_many_items", f"{prefix}items", limit=str(MAX_ITEMS))
        raw_items = []
    items = [_item(reader, raw, f"{prefix}items[{n}]", currency) for n, raw in enumerate(raw_items, start=1)]
    facts = reader.facts(s.get("facts"), f"{prefix}facts")
    for key in ("formalities", "arrived_inland", "breach", "discovered", "released"):
        day = days.get(key)
        if day is not None:
            facts[f"{key}_on"] = day.isoformat()
    terms = reader.choice(s.get("trade_terms"), f"{prefix}trade_terms", set(trade_terms_by_name()), "CIF")
    arrived = days.get("arrived")
    before = reader.yes_no(s.get("declared_before_arrival"), f"{prefix}declared_before_arrival") or False
    if declared and arrived and arrived > declared and not before:
        before = True
    for key in ("paid",):
        day = days.get(key)
        if declared and day and day < declared:
            reader.problem("input.dates_out_of_order", f"{prefix}dates.{key}", earlier="declared", later=key)
    shipment_costs = {
        leg: reader.cost(s.get(leg), f"{prefix}{leg}", currency) for leg in ("foreign_inland", "freight", "insurance")
    }
    name = reader.text(s.get("shipment", s.get("name")), f"{prefix}shipment")
    channel = reader.choice(s.get("channel"), f"{prefix}channel", CHANNELS, "general_trade")
    allocation = reader.choice(s.get("allocation"), f"{prefix}allocation", ALLOCATIONS, "by_value")
    if declared is None:
        return None
    return Shipment(
        declared_on=declared,
        items=tuple(items),
        name=name,
        channel=channel,
        arrived_on=arrived,
        declared_before_arrival=before,
        trade_terms=terms,
        exchange_rates=rates,
        foreign_inland=shipment_costs["foreign_inland"],
        freight=shipment_costs["freight"],
        insurance=shipment_costs["insurance"],
        allocation=allocation,
        facts=facts,
        paid_on=days.get("paid"),
        tax_bill_on=days.get("tax_bill"),
    )


def _item(reader: Reader, raw: Any, path: str, currency: str) -> GoodsItem:
    i = reader.mapping(raw, path, _ITEM_KEYS)
    code = reader.text(i.get("commodity_code"), f"{path}.commodity_code").replace(".", "").replace(" ", "")
    if not code:
        reader.problem("input.code_missing", f"{path}.commodity_code")
    elif not (code.isascii() and code.isdigit()) or len(code) not in (2, 4, 6, 8, 10, 13):
        reader.problem("input.code_malformed", f"{path}.commodity_code", read=_short(i.get("commodity_code")))
    origin = reader.text(i.get("origin"), f"{path}.origin")
    origin_code: str | None = None if origin.lower() in UNKNOWN_WORDS else origin.upper() if len(origin) == 2 else origin
    preferences = []
    raw_preferences = i.get("preferences") or []
    if not isinstance(raw_preferences, list):
        reader.problem("input.not_a_list", f"{path}.preferences", read=_short(raw_preferences))
        raw_preferences = []
    for n, claim in enumerate(raw_preferences, start=1):
        where = f"{path}.preferences[{n}]"
        p = reader.mapping(claim, where, _PREFERENCE_KEYS)
        direct = reader.yes_no(p.get("direct_consignment"), f"{where}.direct_consignment")
        scheme = reader.text(p.get("scheme"), f"{where}.scheme")
        if not scheme:
            reader.problem("input.scheme_missing", f"{where}.scheme")
        preferences.append(
            Preference(
                scheme,
                reader.text(p.get("proof"), f"{where}.proof"),
                reader.text(p.get("number"), f"{where}.number"),
                reader.date(p.get("issued_on"), f"{where}.issued_on"),
                direct is not False,
            )
        )
    quantities: dict[str, Decimal] = {}
    for unit, value in reader.mapping(i.get("quantities") or {}, f"{path}.quantities").items():
        name = unit.strip().lower().rstrip("s") if unit.lower() not in UNITS else unit.lower()
        if name not in UNITS:
            near = difflib.get_close_matches(unit, UNITS, 1)
            reader.problem("input.unit_not_known", f"{path}.quantities.{unit}", read=_short(unit), nearest=near[0] if near else "-")
            continue
        quantity = reader.amount(value, f"{path}.quantities.{unit}", _QUANTITY_LIMIT)
        if quantity is not None:
            quantities[name] = quantity
    facts = reader.facts(i.get("facts"), f"{path}.facts")
    preferential = reader.text(i.get("preferential_origin"), f"{path}.preferential_origin").upper()
    if preferential:
        facts["preferential_origin"] = preferential
    own_currency = reader.text(i.get("currency"), f"{path}.currency").upper() or currency
    dutiable = reader.amount(i.get("dutiable_value"), f"{path}.dutiable_value", _VALUE_LIMIT / 100)
    if dutiable is not None and dutiable * 100 != (dutiable * 100).to_integral_value():
        reader.problem("input.more_than_two_decimals", f"{path}.dutiable_value", read=_short(i.get("dutiable_value")))
        dutiable = None
    money = {
        key: {
            name: amount
            for name, value in reader.mapping(i.get(key) or {}, f"{path}.{key}").items()
            if (amount := reader.amount(value, f"{path}.{key}.{name}", _VALUE_LIMIT)) is not None
        }
        for key in ("additions", "deductions", "evidence_costs")
    }
    for key in ("additions", "deductions"):
        for name in money[key]:
            if name not in adjustments():
                near = difflib.get_close_matches(name, adjustments(), 1)
                reader.problem("input.key_not_known", f"{path}.{key}.{name}", key=name, nearest=near[0] if near else "-")
    vat = reader.choice(i.get("vat_class"), f"{path}.vat_class", VAT_CLASSES, "")
    return GoodsItem(
        commodity_code=code,
        price=reader.amount(i.get("price"), f"{path}.price", _VALUE_LIMIT),
        currency=own_currency,
        origin=origin_code,
        name=reader.text(i.get("name"), f"{path}.name"),
        quantities=quantities,
        preferences=tuple(preferences),
        has_quota_certificate=bool(reader.yes_no(i.get("quota_certificate"), f"{path}.quota_certificate")),
        has_sliding_duty_certificate=bool(reader.yes_no(i.get("sliding_duty_certificate"), f"{path}.sliding_duty_certificate")),
        exporter=reader.text(i.get("exporter"), f"{path}.exporter"),
        has_price_undertaking=bool(reader.yes_no(i.get("price_undertaking"), f"{path}.price_undertaking")),
        has_exclusion=bool(reader.yes_no(i.get("exclusion"), f"{path}.exclusion")),
        is_country_quota_exhausted=reader.yes_no(i.get("country_quota_exhausted"), f"{path}.country_quota_exhausted"),
        vat_class=vat,
        drug_list=reader.choice(i.get("drug_list"), f"{path}.drug_list", set(DRUG_LISTS), ""),
        is_own_use_car=bool(reader.yes_no(i.get("own_use_car"), f"{path}.own_use_car")),
        additions=money["additions"],
        deductions=money["deductions"],
        freight=reader.cost(i.get("freight"), f"{path}.freight", own_currency),
        insurance=reader.cost(i.get("insurance"), f"{path}.insurance", own_currency),
        valuation_method=reader.choice(i.get("valuation_method"), f"{path}.valuation_method", VALUATION_METHODS, "transaction_value"),
        dutiable_value=dutiable,
        evidence_costs=money["evidence_costs"],
        facts=facts,
    )


def read_shipments(path: Path) -> list[tuple[str, Shipment | InputRefused]]:
    """Every shipment of a YAML or JSON file, each read or refused with its own findings. Raises InputRefused when the file itself cannot be read.

    A file holds one shipment, a list of shipments, or a mapping with the key `shipments`.
    """
    content = load_document(path)
    if isinstance(content, dict) and set(content) == {"shipments"}:
        content = content["shipments"]
    many = content if isinstance(content, list) else [content]
    answers: list[tuple[str, Shipment | InputRefused]] = []
    for number, one in enumerate(many, start=1):
        where = f"shipments[{number}]" if isinstance(content, list) else ""
        name = str(one.get("shipment", where)) if isinstance(one, dict) else where
        try:
            answers.append((name, read_shipment(one, where)))
        except InputRefused as refused:
            answers.append((name, refused))
    return answers


def load_document(path: Path) -> Any:
    """A YAML or JSON document as plain text values. Raises InputRefused for what cannot be read: missing, too large, wrongly encoded, malformed."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise InputRefused([Finding("input.file_too_large", path.name, {"limit": f"{MAX_FILE_BYTES // 1024 // 1024} MB"})])
        raw = path.read_bytes()
    except OSError as error:
        raise InputRefused([Finding("input.file_unreadable", path.name, {"why": error.strerror or type(error).__name__})]) from error
    text = decode(raw, path.name)
    try:
        if path.suffix.lower() == ".json":
            return json.loads(text, parse_float=_JsonFloat, object_pairs_hook=_no_doubles)
        return load_text(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = str(mark.line + 1) if mark else "?"
        why = getattr(error, "problem", None) or str(error).split("\n", 1)[0]
        raise InputRefused([Finding("input.broken_yaml", f"{path.name}:{line}", {"line": line, "why": str(why)})]) from error
    except (json.JSONDecodeError, ValueError, RecursionError) as error:
        line = str(getattr(error, "lineno", "?"))
        raise InputRefused([Finding("input.broken_json", f"{path.name}:{line}", {"line": line, "why": str(error)[:200]})]) from error


class _JsonFloat(str):
    """A JSON number with a fraction keeps its digits as text, so that nothing passes through a float."""

    __slots__ = ()


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for key, value in pairs:
        if key in content:
            raise ValueError(f"the key {key!r} stands twice")
        content[key] = value
    return content


def decode(raw: bytes, name: str) -> str:
    """Text from UTF-8 (with or without a mark) or GB18030. Raises InputRefused when it is neither."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputRefused([Finding("input.wrong_encoding", name)])
