"""From what people write (YAML, JSON, rows) to a Shipment: every problem at once, each with its path, and nothing guessed.

Unknown keys are named with the nearest known one; amounts are exact text; full-width digits are read; floats are refused.
"""

from __future__ import annotations

import datetime as dt
import difflib
import json
import re
import unicodedata
from collections.abc import Container
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import yaml

from tongguan.assessment.dutiable import adjustments, trade_terms_by_name
from tongguan.assessment.names import channel_named, country_named, proof_named, scheme_named, unit_named
from tongguan.assessment.quantities import UNITS
from tongguan.assessment.scenarios import DRUG_LISTS, NO_CONSUMPTION_TAX, VAT_CLASSES
from tongguan.assessment.shipment import (
    ALLOCATIONS,
    CHANNELS,
    CHANNELS_WITHOUT_CODE,
    VALUATION_METHODS,
    Cost,
    GoodsItem,
    Preference,
    Shipment,
)
from tongguan.assessment.world import World
from tongguan.grammar.findings import NOTHING_NEAR, Finding, InputRefused
from tongguan.grammar.money import MAX_QUANTITY_MILLI, MAX_VALUE_FEN, NotAnAmount, decimal_of
from tongguan.grammar.strict_yaml import MAX_DEPTH, AliasUsed, KeyTwice, TooDeep, load_from_outside
from tongguan.law.consumption_tax.rule import tax_classes
from tongguan.tariff.origins import origins

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
    "consumption_tax_class",
    "own_use_car", "additions", "deductions", "freight", "insurance", "valuation_method", "dutiable_value", "evidence_costs", "facts", "bill",
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

    def problem(self, code: str, path: str, /, **facts: str) -> None:
        """Remember a problem at a path."""
        self.findings.append(Finding(code, path, facts))

    def mapping(self, value: object, path: str, known: set[str] | None = None) -> dict[str, Any]:
        """A mapping; unknown keys are named with the nearest known one."""
        if not isinstance(value, dict):
            self.problem("input.not_a_mapping", path or "shipment", read=_short(value))
            return {}
        for key in value if known is not None else ():
            if str(key) not in known:  # type: ignore[operator]
                near = difflib.get_close_matches(str(key), known or (), 1)
                self.problem(
                    "input.key_not_known",
                    f"{path}.{key}".lstrip("."),
                    key=_short(key),
                    nearest=near[0] if near else NOTHING_NEAR,
                )
        return {str(k): v for k, v in value.items()}

    def text(self, value: object, path: str, form: Literal["NFC", "NFKC"] = "NFKC") -> str:
        """Plain text; empty for nothing. Full-width forms become plain ones, but in names (NFC), where their punctuation is meant."""
        if value is None:
            return ""
        if isinstance(value, (dict, list, float)):
            self.problem("input.not_text", path, read=_short(value))
            return ""
        text = unicodedata.normalize(form, str(value)).strip()
        if _SURROGATE.search(text):
            self.problem("input.unreadable_characters", path)
            return _SURROGATE.sub("�", text)
        if len(text) > MAX_TEXT:
            self.problem("input.text_too_long", path, limit=str(MAX_TEXT))
            return text[:MAX_TEXT]
        return text

    def choice(
        self, value: object, path: str, known: tuple[str, ...] | set[str] | frozenset[str], otherwise: str
    ) -> str:
        """One of a closed list."""
        text = self.text(value, path)
        if not text:
            return otherwise
        if text not in known:
            near = difflib.get_close_matches(text, known, 1)
            self.problem(
                "input.not_in_list",
                path,
                read=_short(text),
                nearest=near[0] if near else NOTHING_NEAR,
                known=", ".join(sorted(known)),
            )
            return otherwise
        return text

    def amount(self, value: object, path: str, limit: Decimal | None = None) -> Decimal | None:
        """A non-negative exact amount, or None when it is left out or said to be unknown."""
        if value is None or (isinstance(value, str) and value.strip().lower() in UNKNOWN_WORDS):
            return None
        try:
            amount = decimal_of(value)
        except NotAnAmount:
            self.problem(
                "input.float_amount" if isinstance(value, float) else "input.not_an_amount", path, read=_short(value)
            )
            return None
        if amount < 0:
            self.problem("input.negative_amount", path, read=_short(value))
            return None
        if limit is not None and amount > limit:
            self.problem("input.amount_too_large", path, read=_short(value), limit=f"{limit:,}")
            return None
        return amount

    def date(self, value: object, path: str) -> dt.date | None:
        """A day as 2025-03-03 (also 20250303, 2025/3/3 and 2025年3月3日), or None."""
        if value is None:
            return None
        day = value.date() if isinstance(value, dt.datetime) else value
        if not isinstance(day, dt.date):
            text = self.text(value, path)
            if not text:
                return None
            day = _day(text)
        if day is None:
            self.problem("input.not_a_date", path, read=_short(value))
        elif not FIRST_YEAR <= day.year <= LAST_YEAR:
            self.problem(
                "input.date_out_of_reach", path, read=day.isoformat(), first=str(FIRST_YEAR), last=str(LAST_YEAR)
            )
            return None
        return day

    def yes_no(self, value: object, path: str) -> bool | None:
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

    def cost(self, value: object, path: str, currency: str) -> Cost | None:
        """An amount with a currency: a bare amount takes the shipment's currency; "unknown" is an amount nobody knows."""
        if value is None:
            return None
        if isinstance(value, dict):
            content = self.mapping(value, path, {"amount", "currency"})
            own = self.text(content.get("currency"), f"{path}.currency").upper() or currency
            return Cost(self.amount(content.get("amount"), f"{path}.amount", _VALUE_LIMIT), own)
        return Cost(self.amount(value, path, _VALUE_LIMIT), currency)

    def facts(self, value: object, path: str) -> dict[str, str]:
        """Facts a channel needs, as text."""
        if value is None:
            return {}
        return {k: self.text(v, f"{path}.{k}") for k, v in self.mapping(value, path).items()}


_VALUE_LIMIT = Decimal(MAX_VALUE_FEN) * 100
_QUANTITY_LIMIT = Decimal(MAX_QUANTITY_MILLI) / 1000


FIRST_YEAR, LAST_YEAR = 1980, 2100
"""A day outside these years is a slip of the pen. What the law covers is decided when the day is used."""
_DAY = re.compile(
    "([0-9]{4})(?:([0-9]{2})([0-9]{2})|([-/.])([0-9]{1,2})\\4([0-9]{1,2})|年([0-9]{1,2})月([0-9]{1,2})日)"
)


def _day(text: str) -> dt.date | None:
    written = _DAY.fullmatch(text)
    if written is None:
        return None
    month, of_month = written[2] or written[5] or written[7], written[3] or written[6] or written[8]
    try:
        return dt.date(int(written[1]), int(month), int(of_month))
    except ValueError:
        return None


_SURROGATE = re.compile("[\ud800-\udfff]")
"""Halves of a character: JSON can spell them, no encoding can write them."""


def _short(value: object) -> str:
    text = _SURROGATE.sub("�", str(value))
    return text if len(text) <= 60 else text[:57] + "…"


def read_shipment(content: object, path: str = "", world: World | None = None) -> Shipment:
    """A Shipment from a mapping of text. Raises InputRefused with every problem at once; `world` is what the rest would be assessed by."""
    reader = Reader()
    shipment = _shipment(reader, content, path)
    if reader.findings or shipment is None:
        raise InputRefused(reader.findings + (_also_wrong(shipment, reader.findings, path, world) if shipment else []))
    return shipment


def _also_wrong(shipment: Shipment, known: list[Finding], path: str, world: World | None) -> list[Finding]:
    """What the assessment would say of the rest, so that a second attempt is not needed to hear it. What follows from `known` is left out."""
    from tongguan.assessment.assess import assess

    places = [f.path.removeprefix(f"{path}.") for f in known]
    if any(place == "channel" or place.startswith(("dates", "facts")) for place in places):
        return []
    rates_are_wrong = any(place.startswith(("exchange_rates", "currency")) for place in places)
    prefix = f"{path}." if path else ""
    return [
        Finding(f.code, f"{prefix}{f.path}", f.facts, f.because)
        for f in assess(shipment, world).all_findings
        if f.severity == "error"
        and not any(place.startswith(f.path) or f.path.startswith(place) for place in places)
        and not (rates_are_wrong and f.code == "valuation.exchange_rate_missing")
    ]


def _shipment(reader: Reader, content: object, path: str) -> Shipment | None:
    prefix = f"{path}." if path else ""
    if not content:
        reader.problem("input.empty", path or "shipment")
        return None
    s = reader.mapping(content, path, _SHIPMENT_KEYS)
    if not s:
        return None
    dates = reader.mapping(s.get("dates") or {}, f"{prefix}dates", _DATE_KEYS)
    days = {key: reader.date(value, f"{prefix}dates.{key}") for key, value in dates.items()}
    declared = days.get("declared")
    if not dates.get("declared"):
        reader.problem("input.declared_missing", f"{prefix}dates.declared")
    currency = reader.text(s.get("currency"), f"{prefix}currency").upper() or "CNY"
    rates = _exchange_rates(reader, s.get("exchange_rates"), f"{prefix}exchange_rates")
    named = s.get("channel")
    asked = channel_named(named) if isinstance(named, str) else named
    needs_code = asked not in CHANNELS_WITHOUT_CODE
    items = _items(reader, s.get("items"), f"{prefix}items", currency, needs_code)
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
    paid = days.get("paid")
    if declared and paid and paid < declared:
        reader.problem("input.dates_out_of_order", f"{prefix}dates.paid", earlier="declared", later="paid")
    shipment_costs = {
        leg: reader.cost(s.get(leg), f"{prefix}{leg}", currency) for leg in ("foreign_inland", "freight", "insurance")
    }
    name = reader.text(s.get("shipment", s.get("name")), f"{prefix}shipment", "NFC")
    channel = reader.choice(asked, f"{prefix}channel", CHANNELS, "general_trade")
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
        paid_on=paid,
        tax_bill_on=days.get("tax_bill"),
    )


def _exchange_rates(reader: Reader, value: object, path: str) -> dict[str, Decimal]:
    rates: dict[str, Decimal] = {}
    for code, written in reader.mapping(value or {}, path).items():
        rate = reader.amount(written, f"{path}.{code}", Decimal(1_000_000))
        if rate is not None and (rate == 0 or rate * 1_000_000 % 1):
            reader.problem("input.exchange_rate_unusable", f"{path}.{code}", read=_short(written))
        elif rate is not None:
            rates[code.strip().upper()] = rate
    return rates


def _items(reader: Reader, value: object, path: str, currency: str, needs_code: bool) -> list[GoodsItem]:
    if not isinstance(value, list) or not value:
        reader.problem("shipment.no_items", path)
        return []
    if len(value) > MAX_ITEMS:
        reader.problem("input.too_many_items", path, limit=str(MAX_ITEMS))
        return []
    return [_item(reader, one, f"{path}[{n}]", currency, needs_code) for n, one in enumerate(value, start=1)]


def _code(reader: Reader, value: object, path: str, needs_code: bool) -> str:
    """A commodity code without its points."""
    code = reader.text(value, path).replace(".", "").replace(" ", "")
    if not code:
        if needs_code:
            reader.problem("input.code_missing", path)
    elif not (code.isascii() and code.isdigit()) or len(code) not in (2, 4, 6, 8, 10, 13):
        reader.problem("input.code_malformed", path, read=_short(value))
    return code


def _item(reader: Reader, raw: object, path: str, currency: str, needs_code: bool = True) -> GoodsItem:
    i = reader.mapping(raw, path, _ITEM_KEYS)
    name = reader.text(i.get("name"), f"{path}.name", "NFC")
    code = _code(reader, i.get("commodity_code"), f"{path}.commodity_code", needs_code and not name)
    origin = reader.text(i.get("origin"), f"{path}.origin")
    origin_code: str | None = None if origin.lower() in UNKNOWN_WORDS else country_named(origin, origins())
    facts = reader.facts(i.get("facts"), f"{path}.facts")
    preferential = reader.text(i.get("preferential_origin"), f"{path}.preferential_origin")
    if preferential:
        facts["preferential_origin"] = country_named(preferential, origins())
    own_currency = reader.text(i.get("currency"), f"{path}.currency").upper() or currency
    dutiable = reader.amount(i.get("dutiable_value"), f"{path}.dutiable_value", _VALUE_LIMIT / 100)
    if dutiable is not None and dutiable * 100 != (dutiable * 100).to_integral_value():
        reader.problem("input.more_than_two_decimals", f"{path}.dutiable_value", read=_short(i.get("dutiable_value")))
        dutiable = None
    vat = reader.choice(i.get("vat_class"), f"{path}.vat_class", VAT_CLASSES, "")
    return GoodsItem(
        commodity_code=code,
        price=reader.amount(i.get("price"), f"{path}.price", _VALUE_LIMIT),
        currency=own_currency,
        origin=origin_code,
        name=name,
        quantities=_quantities(reader, i.get("quantities"), f"{path}.quantities"),
        preferences=_preferences(reader, i.get("preferences"), f"{path}.preferences"),
        has_quota_certificate=bool(reader.yes_no(i.get("quota_certificate"), f"{path}.quota_certificate")),
        has_sliding_duty_certificate=bool(
            reader.yes_no(i.get("sliding_duty_certificate"), f"{path}.sliding_duty_certificate")
        ),
        exporter=reader.text(i.get("exporter"), f"{path}.exporter"),
        has_price_undertaking=bool(reader.yes_no(i.get("price_undertaking"), f"{path}.price_undertaking")),
        has_exclusion=bool(reader.yes_no(i.get("exclusion"), f"{path}.exclusion")),
        is_country_quota_exhausted=reader.yes_no(i.get("country_quota_exhausted"), f"{path}.country_quota_exhausted"),
        vat_class=vat,
        consumption_tax_class=reader.choice(
            i.get("consumption_tax_class"),
            f"{path}.consumption_tax_class",
            {NO_CONSUMPTION_TAX, *tax_classes()},
            "",
        ),
        drug_list=reader.choice(i.get("drug_list"), f"{path}.drug_list", set(DRUG_LISTS), ""),
        is_own_use_car=bool(reader.yes_no(i.get("own_use_car"), f"{path}.own_use_car")),
        additions=_adjustments(reader, i.get("additions"), f"{path}.additions", adjustments()),
        deductions=_adjustments(reader, i.get("deductions"), f"{path}.deductions", adjustments()),
        freight=reader.cost(i.get("freight"), f"{path}.freight", own_currency),
        insurance=reader.cost(i.get("insurance"), f"{path}.insurance", own_currency),
        valuation_method=reader.choice(
            i.get("valuation_method"), f"{path}.valuation_method", VALUATION_METHODS, "transaction_value"
        ),
        dutiable_value=dutiable,
        evidence_costs=_adjustments(reader, i.get("evidence_costs"), f"{path}.evidence_costs", None),
        facts=facts,
        bill=_bill(reader, i.get("bill"), f"{path}.bill"),
    )


def _bill(reader: Reader, value: object, path: str) -> dict[str, Any]:
    """A bill of materials as it stands; it is read where the origin is examined. A file's name is of use only beside a file (`read_shipments`)."""
    if value is None:
        return {}
    if isinstance(value, str):
        reader.problem("input.bill_is_a_file", path, read=_short(value))
        return {}
    return reader.mapping(value, path)


def _preferences(reader: Reader, value: object, path: str) -> tuple[Preference, ...]:
    if not isinstance(value or [], list):
        reader.problem("input.not_a_list", path, read=_short(value))
        return ()
    preferences = []
    claims: list[object] = value if isinstance(value, list) else []
    for n, claim in enumerate(claims, start=1):
        where = f"{path}[{n}]"
        p = reader.mapping(claim, where, _PREFERENCE_KEYS)
        direct = reader.yes_no(p.get("direct_consignment"), f"{where}.direct_consignment")
        scheme = reader.text(p.get("scheme"), f"{where}.scheme")
        if not scheme:
            reader.problem("input.scheme_missing", f"{where}.scheme")
        preferences.append(
            Preference(
                scheme_named(scheme, origins()),
                proof_named(reader.text(p.get("proof"), f"{where}.proof")),
                reader.text(p.get("number"), f"{where}.number"),
                reader.date(p.get("issued_on"), f"{where}.issued_on"),
                direct is not False,
            )
        )
    return tuple(preferences)


def _quantities(reader: Reader, value: object, path: str) -> dict[str, Decimal]:
    quantities: dict[str, Decimal] = {}
    written_as: dict[str, str] = {}
    for unit, written in reader.mapping(value or {}, path).items():
        name = unit_named(unit)
        if not name:
            near = difflib.get_close_matches(unit, UNITS, 1)
            reader.problem(
                "input.unit_not_known", f"{path}.{unit}", read=_short(unit), nearest=near[0] if near else NOTHING_NEAR
            )
            continue
        if name in written_as:
            reader.problem("input.unit_twice", f"{path}.{unit}", unit=name, first=written_as[name], second=_short(unit))
            continue
        written_as[name] = _short(unit)
        quantity = reader.amount(written, f"{path}.{unit}", _QUANTITY_LIMIT)
        if quantity is not None:
            quantities[name] = quantity
    return quantities


def _adjustments(reader: Reader, value: object, path: str, known: Container[str] | None) -> dict[str, Decimal]:
    """Named amounts; names outside `known` are reported with the nearest one."""
    amounts = {}
    for name, written in reader.mapping(value or {}, path).items():
        amount = reader.amount(written, f"{path}.{name}", _VALUE_LIMIT)
        if amount is not None:
            amounts[name] = amount
        if known is not None and name not in known:
            near = difflib.get_close_matches(name, adjustments(), 1)
            reader.problem(
                "input.key_not_known", f"{path}.{name}", key=_short(name), nearest=near[0] if near else NOTHING_NEAR
            )
    return amounts


def read_shipments(path: Path, as_of: dt.date | None = None) -> list[tuple[str, Shipment | InputRefused]]:
    """Every shipment of a YAML or JSON file, each read or refused with its own findings. Raises InputRefused when the file itself cannot be read.

    A file holds one shipment, a list of shipments, or a mapping with the key `shipments`. `as_of` takes the place of the day declared.
    """
    return shipments_in(load_document(path), as_of, path.parent)


def shipments_in(
    content: object, as_of: dt.date | None = None, folder: Path | None = None
) -> list[tuple[str, Shipment | InputRefused]]:
    """As `read_shipments`, from a document already loaded. Raises InputRefused when it holds nothing.

    Bills of materials named as files are read from `folder`; without one no file is opened.
    """
    if isinstance(content, dict) and set(content) == {"shipments"}:
        content = content["shipments"]
    if not content:
        raise InputRefused([Finding("input.empty", "shipments")])
    many = content if isinstance(content, list) else [content]
    answers: list[tuple[str, Shipment | InputRefused]] = []
    for number, one in enumerate(many, start=1):
        where = f"shipments[{number}]" if isinstance(content, list) else ""
        name = _short(one.get("shipment", one.get("name", where))) if isinstance(one, dict) else where
        problems: list[Finding] = []
        asked = one if folder is None else _with_bills(one, folder, where, problems)
        try:
            shipment = read_shipment(_as_of(asked, as_of), where)
            answers.append((name, InputRefused(problems) if problems else shipment))
        except InputRefused as refused:
            answers.append((name, InputRefused(refused.findings + problems)))
    return answers


def _with_bills(content: object, folder: Path, path: str, problems: list[Finding]) -> object:
    """The same shipment with each bill of materials that is named as a file read from it."""
    items = content.get("items") if isinstance(content, dict) else None
    if not isinstance(content, dict) or not isinstance(items, list):
        return content
    read: list[object] = []
    for number, item in enumerate(items, start=1):
        named = item.get("bill") if isinstance(item, dict) else None
        if not isinstance(item, dict) or not isinstance(named, str):
            read.append(item)
            continue
        try:
            read.append({**item, "bill": load_document(folder / named.strip())})
        except InputRefused as refused:
            where = f"{path}.".lstrip(".") + f"items[{number}].bill"
            problems += [Finding(f.code, where, f.facts) for f in refused.findings]
            read.append({k: v for k, v in item.items() if k != "bill"})
    return {**content, "items": read}


def _as_of(content: object, day: dt.date | None) -> object:
    """The same shipment, declared on another day."""
    if day is None or not isinstance(content, dict) or not isinstance(content.get("dates") or {}, dict):
        return content
    return {**content, "dates": {**(content.get("dates") or {}), "declared": day}}


TABLES = {".csv", ".tsv", ".xlsx", ".xls", ".parquet"}
"""Files of many lines, which `tongguan bulk` reads."""


def load_document(path: Path) -> object:
    """A YAML or JSON document as plain text values. Raises InputRefused for what cannot be read: missing, too large, wrongly encoded, malformed."""
    if path.suffix.lower() in TABLES:
        raise InputRefused([Finding("input.is_a_table", path.name)])
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise InputRefused(
            [Finding("input.file_unreadable", path.name, {"why": error.strerror or type(error).__name__})]
        ) from error
    return parse_document(raw, path.name)


def parse_document(raw: bytes, name: str) -> object:
    """A YAML or JSON document from its bytes; JSON when the name says so or the text begins like it. Raises InputRefused."""
    if len(raw) > MAX_FILE_BYTES:
        raise InputRefused([Finding("input.file_too_large", name, {"limit": f"{MAX_FILE_BYTES // 1024 // 1024} MB"})])
    text = decode(raw, name)
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise InputRefused([Finding("input.nul_characters", f"{name}:{line}", {"line": str(line)})])
    if name.lower().endswith(".json"):
        return _json(text, name)
    if text.lstrip().startswith(("{", "[")):
        try:
            return _json(text, name)
        except InputRefused as refused:
            if refused.findings[0].code != "input.broken_json":
                raise
    return _yaml(text, name)


def _yaml(text: str, name: str) -> object:
    try:
        return load_from_outside(text)
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = str(mark.line + 1) if mark else _line_of_control(text)
        facts = {"line": line, "why": str(getattr(error, "problem", None) or error).split("\n", 1)[0][:200]}
        code = next((code for kind, code in _BROKEN.items() if isinstance(error, kind)), "input.broken_yaml")
        if code == "input.broken_yaml" and _CONTROL.search(text):
            code = "input.control_characters"
        raise InputRefused([Finding(code, f"{name}:{line}", facts)]) from error


_BROKEN: dict[type[Exception], str] = {
    KeyTwice: "input.key_twice",
    AliasUsed: "input.alias_not_read",
    TooDeep: "input.nested_too_deep",
}
_CONTROL = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")


def _line_of_control(text: str) -> str:
    found = _CONTROL.search(text)
    return str(text.count("\n", 0, found.start()) + 1) if found else "?"


def _json(text: str, name: str) -> object:
    try:
        content = json.loads(text, parse_float=_JsonFloat, parse_constant=_JsonFloat, object_pairs_hook=_no_doubles)
    except KeyTwiceInJson as error:
        raise InputRefused([Finding("input.key_twice", name, {"line": "?", "why": str(error)})]) from error
    except RecursionError as error:
        raise InputRefused([Finding("input.nested_too_deep", name, {"line": "?", "why": ""})]) from error
    except ValueError as error:
        line = str(getattr(error, "lineno", "?"))
        raise InputRefused(
            [Finding("input.broken_json", f"{name}:{line}", {"line": line, "why": str(error)[:200]})]
        ) from error
    if _depth(content) > MAX_DEPTH:
        raise InputRefused([Finding("input.nested_too_deep", name, {"line": "?", "why": ""})])
    return content


def _depth(content: object) -> int:
    """How deep a document is nested, level by level and without recursion."""
    depth, level = 0, [content]
    while level := [
        inner
        for one in level
        if isinstance(one, (dict, list))
        for inner in (one.values() if isinstance(one, dict) else one)
    ]:
        depth += 1
    return depth


class _JsonFloat(str):
    """A JSON number with a fraction keeps its digits as text, so that nothing passes through a float."""

    __slots__ = ()


class KeyTwiceInJson(ValueError):
    """A key stands twice in one JSON object."""


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for key, value in pairs:
        if key in content:
            raise KeyTwiceInJson(f"the key {_short(key)!r} stands twice")
        content[key] = value
    return content


def decode(raw: bytes, name: str) -> str:
    """Text from UTF-8 (with or without a mark), UTF-16 with a mark, or GB18030. Raises InputRefused when it is none of them.

    Reading: nearly any bytes can be read as GB18030, so a text that would consist mostly of characters outside GB 2312 was something else.
    """
    encodings = ("utf-16",) if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "gb18030" and not _is_likely_chinese(text):
            continue
        return text
    raise InputRefused([Finding("input.wrong_encoding", name)])


def _is_likely_chinese(text: str) -> bool:
    beyond_ascii = [c for c in text if ord(c) > 127][:10_000]
    common = "".join(beyond_ascii).encode("gb2312", errors="ignore")
    return len(common) // 2 * 2 >= len(beyond_ascii)
