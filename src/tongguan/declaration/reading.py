"""From what people and programs send to a Declaration: every problem at once, each with its path, and nothing guessed.

A declaration may be a draft: what is missing is no problem here (`checking.py` says what is needed to lodge).

Reading  The message counts the length of text in bytes, a Han character as two (VARCHAR2 of GACC 2018 No. 67 in a GB database). Whether the window
         of Customs counts characters instead is not known; the stricter count never produces a message that is refused.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar

import msgspec

from tongguan.assessment.names import channel_named
from tongguan.assessment.reading import FIRST_YEAR, LAST_YEAR
from tongguan.assessment.shipment import CHANNELS
from tongguan.declaration.boxes import box_of
from tongguan.declaration.codes import code_table
from tongguan.declaration.dictionary import REPEATED, SINGLE, Field, fields_of
from tongguan.declaration.shape import (
    Claim,
    Container,
    Declaration,
    Further,
    Goods,
    Header,
    Inspection,
    Packages,
    PaperAttached,
    Parties,
    Transport,
    Valuation,
    Vehicle,
)
from tongguan.grammar.findings import NOTHING_NEAR, Finding, InputRefused
from tongguan.grammar.money import NotAnAmount, decimal_of, decimal_text

MAX_ENTRIES = {"goods": 200, "containers": 200, "papers": 200, "preferences": 10, "vehicles": 500}
"""Entries of one list. A paper declaration holds 50 items; the limit leaves room for what is split before it is lodged."""
MAX_NAMED = 60
MAX_OPEN_BYTES = 256 * 1024
_DECODER = msgspec.json.Decoder(float_hook=str)

STRUCTS: dict[str, Any] = {
    "header": Header, "parties": Parties, "transport": Transport, "packages": Packages, "valuation": Valuation, "inspection": Inspection,
    "assessment": Further, "containers": Container, "goods": Goods, "papers": PaperAttached, "preferences": Claim, "vehicles": Vehicle,
}  # fmt: skip

T = TypeVar("T")
NOTHING: tuple[object, ...] = (None, "", [], {}, ())


class Reading:
    """Remembers every problem while values are read."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def problem(self, code: str, path: str, /, **facts: str) -> None:
        """Remember a problem at a path."""
        self.findings.append(Finding(code, path, facts))


def read(raw: Any) -> Declaration:  # noqa: ANN401  # whatever arrives from outside
    """A Declaration from a mapping of groups. Raises InputRefused with every problem at once."""
    reading = Reading()
    if not isinstance(raw, dict):
        reading.problem("input.not_a_mapping", "declaration", read=_short(raw))
        raise InputRefused(reading.findings)
    parts: dict[str, Any] = {}
    for group, content in raw.items():
        if group in SINGLE:
            if content not in NOTHING:
                parts[group] = _group(reading, group, content, group)
        elif group in REPEATED:
            parts[group] = _entries(reading, group, content, group)
        else:
            _unknown(reading, str(group), str(group), (*SINGLE, *REPEATED))
    if reading.findings:
        raise InputRefused(reading.findings)
    return Declaration(**parts)


def _group(reading: Reading, group: str, content: object, path: str) -> Any:  # noqa: ANN401  # one of STRUCTS
    if not isinstance(content, dict):
        reading.problem("input.not_a_mapping", path, read=_short(content))
        return STRUCTS[group]()
    values = {}
    plan = _plan(group)
    for name, value in content.items():
        known = plan.get(name)
        if known is None:
            _unknown(reading, str(name), f"{path}.{name}", plan)
        elif value or value == 0:
            field, reader = known
            read_value = reader(reading, field, value, f"{path}.{name}")
            if read_value is not None:
                values[name] = read_value
    if group == "goods" and "facts" in values:
        _facts_with_a_box(reading, values["facts"], path)
    return STRUCTS[group](**values)


def _entries(reading: Reading, group: str, content: object, path: str) -> tuple[Any, ...]:
    if content in NOTHING:
        return ()
    if not isinstance(content, (list, tuple)):
        reading.problem("input.not_a_list", path, read=_short(content))
        return ()
    if len(content) > MAX_ENTRIES[group]:
        reading.problem("declaration.too_many_entries", path, limit=str(MAX_ENTRIES[group]), number=str(len(content)))
        return ()
    return tuple(_group(reading, group, one, f"{path}[{n}]") for n, one in enumerate(content))


def _unknown(reading: Reading, name: str, path: str, known: Any) -> None:  # noqa: ANN401  # names in any container
    near = difflib.get_close_matches(name, known, 1)
    reading.problem("input.key_not_known", _short(path), key=_short(name), nearest=near[0] if near else NOTHING_NEAR)


def _facts_with_a_box(reading: Reading, facts: dict[str, str], path: str) -> None:
    """A fact that has a box of its own is asked there and nowhere else."""
    for fact, value in facts.items():
        box = box_of(fact, value)
        if box:
            reading.problem(
                "declaration.fact_has_its_box", f"{path}.facts.{fact}", fact=fact, box=f"{path}.{box}", value=value[:60]
            )


# --- one value ---------------------------------------------------------------


def _short(value: object) -> str:
    text = re.sub("[\ud800-\udfff]", "�", str(value))
    return text if len(text) <= 60 else text[:57] + "…"


def _plain(reading: Reading, field: Field, value: object, path: str) -> str | None:
    """Text without surprises, within its length; None where it cannot be used."""
    if isinstance(value, (dict, list, tuple, float, bool)):
        reading.problem("input.not_text", path, read=_short(value))
        return None
    text = value if isinstance(value, str) else str(value)
    if text.isascii() and text.isprintable():
        text = text.strip()
        length = len(text)
    else:
        cleaned = _cleaned(reading, field, text, path)
        if cleaned is None:
            return None
        text = cleaned
        length = len(text.encode("gb18030")) if len(text) * 4 > field.max else 0
    if field.max and length > field.max:
        reading.problem("declaration.text_too_long", path, limit=str(field.max), length=str(length))
        return None
    return text


def _cleaned(reading: Reading, field: Field, text: str, path: str) -> str | None:
    """Unicode in one form; control characters, hidden marks and letters of another script are refused."""
    text = unicodedata.normalize("NFC" if field.kind in ("name", "lines", "words") else "NFKC", text)
    if field.kind == "lines":
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.strip()
    if not text.isprintable():
        for at, one in enumerate(text, start=1):
            if unicodedata.category(one)[0] == "C" and not (one == "\n" and field.kind == "lines"):
                reading.problem("declaration.control_character", path, at=str(at), character=f"U+{ord(one):04X}")
                return None
    strange = _look_alikes(text, strict=field.kind in ("text", "code", "codes"))
    if strange:
        reading.problem("declaration.look_alike", path, characters=strange, read=_short(text))
        return None
    return text


_LOOKS_LATIN = re.compile(
    "[\u0400-\u052f\u0530-\u058f\u13a0-\u13ff\u1c80-\u1c8f\u2c80-\u2cff\u2de0-\u2dff\ua4d0-\ua4ff\ua640-\ua69f\uab70-\uabbf"
    "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧνιου]"
)
"""Letters of Cyrillic, Armenian, Cherokee, Coptic and Lisu, and the Greek ones that pass for Latin; μ and other letters of science do not."""
_WORD = re.compile(r"\w+")


def _look_alikes(text: str, *, strict: bool) -> str:
    """Letters that pass for Latin ones: anywhere in a code or number, in a name only within a word that has Latin letters too."""
    if not _LOOKS_LATIN.search(text):
        return ""
    found = []
    for word in _WORD.findall(text):
        if strict or any(c.isascii() and c.isalpha() for c in word):
            found += [f"{c} (U+{ord(c):04X})" for c in _LOOKS_LATIN.findall(word)]
    return ", ".join(dict.fromkeys(found))


def _text(reading: Reading, field: Field, value: object, path: str) -> str | None:
    return _plain(reading, field, value, path) or None


def _channel(reading: Reading, field: Field, value: object, path: str) -> str | None:
    """A channel of import, by our word for it or by its name in either language."""
    text = _plain(reading, field, value, path)
    if not text:
        return None
    channel = channel_named(text)
    if channel in CHANNELS:
        return channel
    near = difflib.get_close_matches(text, CHANNELS, 1)
    facts = {"nearest": near[0] if near else NOTHING_NEAR, "known": ", ".join(sorted(CHANNELS))}
    reading.problem("input.not_in_list", path, read=_short(text), **facts)
    return None


def _code(reading: Reading, field: Field, value: object, path: str) -> str | None:
    table = code_table(field.table)
    if isinstance(value, str) and value in table.codes:
        return value
    text = _plain(reading, field, value, path)
    if not text:
        return None
    if text in table.codes:
        return text
    if text.upper() in table.codes and len(text) > 1:
        return text.upper()
    successor = table.replaced.get(text)
    names = {"table_zh": table.about.zh, "table_en": table.about.en}
    if successor:
        reading.problem("declaration.code_replaced", path, read=text, code=successor, **names)
        return None
    if table.is_whole:
        near = difflib.get_close_matches(text, table.codes, 1)
        reading.problem(
            "declaration.code_not_in_table", path, read=text, nearest=near[0] if near else NOTHING_NEAR, **names
        )
        return None
    return text


def _codes(reading: Reading, field: Field, value: object, path: str) -> tuple[str, ...] | None:
    many = value if isinstance(value, (list, tuple)) else re.split(r"[,;，；、\s]+", str(value))
    if len(many) > MAX_NAMED:
        reading.problem("declaration.too_many_entries", path, limit=str(MAX_NAMED), number=str(len(many)))
        return None
    read_codes = [_code(reading, field, one, f"{path}[{n}]") for n, one in enumerate(many) if one not in NOTHING]
    return tuple(dict.fromkeys(c for c in read_codes if c is not None)) or None


_USUAL = re.compile(r"(0|[1-9][0-9]*)(\.[0-9]*[1-9])?", re.ASCII)
"""An amount as we write it ourselves: nothing to tidy up."""


@cache
def _digits(written: str) -> tuple[int, int]:
    """Digits before and after the point."""
    whole, _, decimals = written.partition(".")
    return int(whole or 0), int(decimals or 0)


def _number_of(reading: Reading, field: Field, value: object, path: str) -> Decimal | None:
    """An exact amount that is not negative, within its digits, without trailing zeros."""
    most_whole, most_decimals = _digits(field.digits)
    usual = _USUAL.fullmatch(value) if isinstance(value, str) else None
    if usual is not None and len(usual[1]) <= most_whole and len(usual[2] or "") <= most_decimals + 1:
        return Decimal(usual[0])
    try:
        amount = decimal_of(value)
    except NotAnAmount:
        reading.problem(
            "input.float_amount" if isinstance(value, float) else "input.not_an_amount", path, read=_short(value)
        )
        return None
    if amount.is_signed() and amount:
        reading.problem("input.negative_amount", path, read=_short(value))
        return None
    plain = decimal_text(abs(amount))
    whole, _, fraction = plain.partition(".")
    if len(whole) > most_whole or len(fraction) > most_decimals:
        reading.problem(
            "declaration.too_many_digits", path, read=_short(value), whole=str(most_whole), decimals=str(most_decimals)
        )  # fmt: skip
        return None
    return Decimal(plain)


def _whole(reading: Reading, field: Field, value: object, path: str) -> int | None:
    amount = _number_of(reading, field, value, path)
    return None if amount is None else int(amount)


_ITEM = Field("number", "", "", "", digits="4.0")


def _numbers(reading: Reading, _: Field, value: object, path: str) -> tuple[int, ...] | None:
    many = value if isinstance(value, (list, tuple)) else re.split(r"[,;，；、\s]+", str(value).strip())
    if len(many) > MAX_ENTRIES["goods"]:
        reading.problem("declaration.too_many_entries", path, limit=str(MAX_ENTRIES["goods"]), number=str(len(many)))
        return None
    found = [_whole(reading, _ITEM, one, f"{path}[{n}]") for n, one in enumerate(many)]
    return tuple(sorted({n for n in found if n is not None})) or None


def _flag(reading: Reading, _: Field, value: object, path: str) -> bool | None:
    if isinstance(value, bool):
        return value
    text = unicodedata.normalize("NFKC", str(value)).strip().lower()
    if text in ("yes", "true", "1", "是", "y"):
        return True
    if text in ("no", "false", "0", "否", "n"):
        return False
    reading.problem("input.not_yes_or_no", path, read=_short(value))
    return None


_DAY = re.compile(
    "([0-9]{4})(?:([0-9]{2})([0-9]{2})|([-/.])([0-9]{1,2})\\4([0-9]{1,2})|年([0-9]{1,2})月([0-9]{1,2})日)"
)


def _date(reading: Reading, _: Field, value: object, path: str) -> dt.date | None:
    day = value.date() if isinstance(value, dt.datetime) else value
    if not isinstance(day, dt.date):
        written = _DAY.fullmatch(unicodedata.normalize("NFKC", str(value)).strip())
        try:
            day = written and dt.date(
                int(written[1]),
                int(written[2] or written[5] or written[7]),
                int(written[3] or written[6] or written[8]),
            )
        except ValueError:
            day = None
    if day is None:
        reading.problem("input.not_a_date", path, read=_short(value))
        return None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        reading.problem(
            "input.date_out_of_reach", path, read=day.isoformat(), first=str(FIRST_YEAR), last=str(LAST_YEAR)
        )
        return None
    return day


_NAME = Field("text", "", "", "", max=60)


def _named(
    reading: Reading, field: Field, value: object, path: str, one: Callable[[Reading, Field, object, str], T | None]
) -> dict[str, T] | None:
    """Named values in the order of their names, so that the same facts are always written the same."""
    if not isinstance(value, dict):
        reading.problem("input.not_a_mapping", path, read=_short(value))
        return None
    if len(value) > MAX_NAMED:
        reading.problem("declaration.too_many_entries", path, limit=str(MAX_NAMED), number=str(len(value)))
        return None
    found = {}
    for key, content in value.items():
        name = _plain(reading, _NAME, key, f"{path}.{_short(key)}")
        if name and content not in NOTHING:
            entry = one(reading, field, content, f"{path}.{name}")
            if entry is not None:
                found[name] = entry
    return dict(sorted(found.items())) or None


def _amounts(reading: Reading, field: Field, value: object, path: str) -> dict[str, Decimal] | None:
    return _named(reading, field, value, path, _number_of)


def _words(reading: Reading, field: Field, value: object, path: str) -> dict[str, str] | None:
    return _named(reading, field, value, path, _word)


def _word(reading: Reading, field: Field, value: object, path: str) -> str | None:
    return _text(reading, field, ("yes" if value else "no") if isinstance(value, bool) else value, path)


def _open(reading: Reading, _: Field, value: object, path: str) -> dict[str, Any] | None:
    """Kept as it is written; whoever uses it reads it. Only its size and shape are looked at."""
    if not isinstance(value, dict):
        reading.problem("input.not_a_mapping", path, read=_short(value))
        return None
    try:
        written = msgspec.json.encode(value)
    except (TypeError, ValueError, RecursionError):
        reading.problem("declaration.not_plain_data", path)
        return None
    if len(written) > MAX_OPEN_BYTES:
        reading.problem("declaration.text_too_long", path, limit=str(MAX_OPEN_BYTES), length=str(len(written)))
        return None
    kept: dict[str, Any] = _DECODER.decode(written)
    return kept


def _list(reading: Reading, field: Field, value: object, path: str) -> tuple[Any, ...] | None:
    return _entries(reading, field.of, value, path) or None


_READERS: dict[str, Callable[[Reading, Field, Any, str], Any]] = {
    "text": _text, "name": _text, "lines": _text, "code": _code, "codes": _codes, "flag": _flag, "channel": _channel, "date": _date, "number": _whole,
    "numbers": _numbers, "amount": _number_of, "quantity": _number_of, "amounts": _amounts, "words": _words, "list": _list, "open": _open,
}  # fmt: skip


@cache
def _plan(group: str) -> dict[str, tuple[Field, Callable[[Reading, Field, Any, str], Any]]]:
    """The fields of a group with what reads each."""
    return {name: (field, _READERS[field.kind]) for name, field in fields_of(group).items()}
