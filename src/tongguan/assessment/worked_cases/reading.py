"""Files of worked cases: read strictly, every problem at once, each with its path.

A problem of the file as a whole (not YAML, another schema, no cases) leaves nothing to run. A problem of one case leaves that case out, the others run; only a
key nobody knows does not stop its case, since the rest of it is readable, but it is named.
"""
# ruff: noqa: ANN401  # what a file holds is of any kind until it is read

from __future__ import annotations

import datetime as dt
import difflib
import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tongguan.assessment.worked_cases import vocabulary as words
from tongguan.grammar.calendar import days_of
from tongguan.grammar.findings import Finding
from tongguan.grammar.money import NotAnAmount, decimal_of
from tongguan.grammar.strict_yaml import load_from_outside

SCHEMA = "import-domain-cases/1"
FILE_KEYS = frozenset({"schema", "written", "conventions", "count", "cases", "title", "note", "source"})
CASE_KEYS = frozenset({"id", "group", "title", "date", "confidence", "inputs", "steps", "expected", "source", "note"})
EMPTY = frozenset({"", "null", "~", "none"})
NOTHING = EMPTY | {"unknown", "未知", "不明"}
MAX_FILE_BYTES = 64 * 1024 * 1024
MAX_RATE = Decimal(100)
MAX_DIGITS = 18
SHOWN = 60
LONGEST_RANGE = 4_000
NEVER_NOTHING = frozenset(
    name
    for fact in (
        "fob",
        "litres_per_ton",
        "fx_cny_per_unit",
        "fx_cny_per_usd",
        "fx_units",
        "basis",
        "supervision_years",
        "weight",
        "cartons",
        "sticks",
    )
    for name in words.FACT_NAMES[fact]
)
"""Facts that are divided by."""
YES, NO = frozenset({"true", "yes", "y", "1", "是"}), frozenset({"false", "no", "n", "0", "否"})


class WorkedCase(NamedTuple):
    """One case. Facts and expected figures are of the kinds the vocabulary gives them; facts it does not know stay as they were written."""

    id: str
    group: str
    title: str
    date: dt.date | None
    confidence: str
    inputs: dict[str, Any]
    expected: dict[str, str]
    source: tuple[str, ...]
    path: str

    @property
    def is_illustrative(self) -> bool:
        """Whether the case says of itself that its rates are made up for the example."""
        return "illustrative" in f"{self.title} {self.confidence}".lower()


class CaseFile(NamedTuple):
    """A file as read: the cases that can be run, how many there were, and what is wrong with it."""

    path: str
    written: dt.date | None
    cases: tuple[WorkedCase, ...]
    number_of_cases: int
    findings: tuple[Finding, ...]
    refused: tuple[str, ...]


def shown(value: object) -> str:
    """Something read, short enough for a message."""
    text = str(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def is_nothing(value: object) -> bool:
    """Whether a fact is stated to be unknown or left empty."""
    return value is None or (isinstance(value, str) and value.strip().lower() in NOTHING)


def month_or_day(text: str) -> dt.date:
    """A day, or the first day of a month written 2026-11. Raises ValueError."""
    plain = unicodedata.normalize("NFKC", text).strip()
    return dt.date.fromisoformat(f"{plain}-01" if re.fullmatch(r"\d{4}-\d{2}", plain) else plain)


def read_day(value: object) -> dt.date:
    """A day written 2025-03-18 (a time of day behind it is dropped). Raises ValueError."""
    return dt.date.fromisoformat(unicodedata.normalize("NFKC", str(value)).strip()[:10])


def read_moment(value: object) -> dt.datetime:
    """A day with or without a time, 2026-03-02T09:00. Raises ValueError."""
    return dt.datetime.fromisoformat(unicodedata.normalize("NFKC", str(value)).strip())


def read_decimal(value: object) -> Decimal:
    """An exact number that is not negative and not absurd. Raises NotAnAmount."""
    number = decimal_of(value)
    if number < 0:
        raise NotAnAmount("negative")
    if number.adjusted() >= MAX_DIGITS:
        raise NotAnAmount("too large")
    return number


def read_whole(value: object) -> int:
    """A whole number that is not negative. Raises NotAnAmount."""
    number = read_decimal(value)
    if number != number.to_integral_value():
        raise NotAnAmount("not whole")
    return int(number)


def read_yes_no(value: object) -> bool:
    """True or false. Raises ValueError."""
    text = str(value).strip().lower()
    if text not in YES | NO:
        raise ValueError(text)
    return text in YES


def read_ratio(value: object) -> Decimal:
    """A fraction such as 0.13; also 13%. Raises NotAnAmount."""
    text = str(value).strip()
    number = read_decimal(text[:-1]) / 100 if text.endswith(("%", "％")) else read_decimal(value)
    if number > MAX_RATE:
        raise NotAnAmount("too large")
    return number


_CODES = {
    words.AMOUNT: "cases.not_an_amount",
    words.MONEY: "cases.not_an_amount",
    words.EXACT: "cases.not_an_amount",
    words.NUMBER: "cases.not_an_amount",
    words.RATIO: "cases.not_a_ratio",
    words.WHOLE: "cases.not_whole",
    words.DAY: "cases.not_a_date",
    words.MONTH: "cases.not_a_date",
    words.DAYS: "cases.not_a_date",
    words.MOMENT: "cases.not_a_date",
    words.YES_NO: "cases.not_yes_or_no",
    words.TEXT: "cases.not_text",
    words.MAPPING: "cases.not_a_mapping",
}


class _Reader:
    """Reads one thing after the other and remembers every problem."""

    def __init__(self, path: str) -> None:
        self.file = path
        self.findings: list[Finding] = []

    def problem(self, code: str, path: str, severity: str = "error", **facts: str) -> None:
        """Remember a problem at a path."""
        self.findings.append(Finding(code, path, facts, "", "warning" if severity == "warning" else "error"))

    def unknown_keys(self, content: dict[str, Any], known: frozenset[str], path: str) -> None:
        for key in content:
            if key not in known:
                near = difflib.get_close_matches(key, known, 1)
                self.problem("cases.key_not_known", f"{path}{key}", key=shown(key), nearest=near[0] if near else "–")

    def fact(self, kind: str | None, value: Any, path: str) -> Any:
        """A fact of a known kind, None where it is stated to be unknown; what cannot be read is a problem."""
        if kind is None:
            return value
        if is_nothing(value) and not (kind == words.TEXT and str(value).strip().lower() not in EMPTY):
            return None
        try:
            return self._fact(kind, value, path)
        except (ValueError, OverflowError):
            self.problem(_CODES[kind], path, read=shown(value))
            return None

    def _fact(self, kind: str, value: Any, path: str) -> Any:
        if kind in (words.AMOUNT, words.NUMBER) and isinstance(value, dict):
            return {
                str(key): str(part).strip() if key == "currency" else self.fact(words.AMOUNT, part, f"{path}.{key}")
                for key, part in value.items()
            }
        if isinstance(value, list) and kind in (words.AMOUNT, words.NUMBER, words.RATIO):
            parts = [self.fact(kind, part, f"{path}[{number + 1}]") for number, part in enumerate(value)]
            known = [part for part in parts if part is not None]
            if kind == words.RATIO or any(isinstance(part, dict) for part in known):
                return known
            return sum(known, Decimal(0))
        if kind == words.DAYS:
            entries = value if isinstance(value, list) else re.split(r"[,;，；\s]+", str(value).strip())
            return days_of([_bounded_range(str(entry).strip()) for entry in entries])
        if kind == words.MAPPING:
            if not isinstance(value, dict):
                raise ValueError("not a mapping")
            return {str(key): self.fact(words.NUMBER, part, f"{path}.{key}") for key, part in value.items()}
        if kind == words.WHOLE and isinstance(value, list):
            return len(value)
        if isinstance(value, (list, dict)):
            raise ValueError("not one value")  # noqa: TRY004  # a mistake of whoever wrote the file, not of a caller
        return _READ[kind](value)

    def expected(self, name: str, value: Any, kind: str | None, path: str) -> str:
        """An expected figure as text; checked against the kind of the figure."""
        text = str(value).strip()
        if isinstance(value, (list, dict)) or not text:
            self.problem("cases.figure_not_one_value", path, figure=name)
            return ""
        if kind in (words.DAY, words.MOMENT, words.YES_NO, words.WHOLE, words.MONEY, words.EXACT):
            try:
                (_SIGNED if kind in (words.MONEY, words.EXACT) else _READ[kind])(value)
            except ValueError:
                self.problem(_CODES[kind], path, read=shown(text))
        return text


def _bounded_range(text: str) -> str:
    """A day or a range of days that is not absurdly long. Raises ValueError."""
    first, _, last = text.partition("..")
    if (read_day(last or first) - read_day(first)).days not in range(LONGEST_RANGE):
        raise ValueError(text)
    return text


def _signed(value: object) -> Decimal:
    return decimal_of(value)


_SIGNED: Callable[[object], Decimal] = _signed
_READ: dict[str, Callable[[object], Any]] = {
    words.AMOUNT: read_decimal,
    words.MONEY: read_decimal,
    words.NUMBER: read_decimal,
    words.RATIO: read_ratio,
    words.WHOLE: read_whole,
    words.DAY: read_day,
    words.MONTH: lambda value: month_or_day(str(value)),
    words.MOMENT: read_moment,
    words.YES_NO: read_yes_no,
    words.TEXT: lambda value: unicodedata.normalize("NFKC", str(value)).strip(),
}


def read_cases(path: Path) -> CaseFile:
    """A file of worked cases. Problems are findings of the file; nothing is raised for them."""
    reader = _Reader(str(path))
    content = _content(path, reader)
    if not isinstance(content, dict):
        if content is not None:
            reader.problem("cases.not_a_mapping", "", read=shown(type(content).__name__))
        return CaseFile(str(path), None, (), 0, tuple(reader.findings), ())
    reader.unknown_keys(content, FILE_KEYS, "")
    if (schema := str(content.get("schema", "")).strip()) != SCHEMA:
        reader.problem("cases.another_schema", "schema", read=shown(schema) or "–", schema=SCHEMA)
        return CaseFile(str(path), None, (), 0, tuple(reader.findings), ())
    written = None
    if not is_nothing(content.get("written")):
        try:
            written = month_or_day(str(content["written"]))
        except ValueError:
            reader.problem("cases.not_a_date", "written", read=shown(content["written"]))
    listed = content.get("cases")
    if not isinstance(listed, list) or not listed:
        reader.problem("cases.no_cases", "cases")
        return CaseFile(str(path), written, (), 0, tuple(reader.findings), ())
    count = str(content.get("count", len(listed))).strip()
    if count != str(len(listed)):
        reader.problem("cases.count_differs", "count", "warning", count=shown(count), found=str(len(listed)))
    cases, refused, seen = [], [], dict[str, str]()
    for number, entry in enumerate(listed):
        where = f"cases[{number + 1}]"
        before = len(reader.findings)
        case = _case(reader, entry, where, seen)
        fatal = [f for f in reader.findings[before:] if f.severity == "error" and f.code != "cases.key_not_known"]
        if case is None or fatal:
            refused.append(case.id if case else where)
        else:
            cases.append(case)
    return CaseFile(str(path), written, tuple(cases), len(listed), tuple(reader.findings), tuple(refused))


def _content(path: Path, reader: _Reader) -> Any:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            reader.problem("cases.file_too_large", "", size=str(path.stat().st_size), limit=str(MAX_FILE_BYTES))
            return None
        raw = path.read_bytes()
    except OSError as error:
        reader.problem("cases.file_not_read", "", reason=error.strerror or type(error).__name__)
        return None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = raw.decode("gb18030")
        except UnicodeDecodeError as error:
            reader.problem("cases.encoding_unknown", "", byte=str(error.start + 1))
            return None
    try:
        content = load_from_outside(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"{mark.line + 1}:{mark.column + 1}" if mark else "–"
        reader.problem("cases.not_yaml", "", place=place, reason=str(error.problem or error.context or ""))
        return None
    except yaml.YAMLError as error:
        reader.problem("cases.not_yaml", "", place="–", reason=shown(" ".join(str(error).split())))
        return None
    if content is None or content == "":
        reader.problem("cases.no_cases", "")
        return None
    return content


def _case(reader: _Reader, entry: Any, where: str, seen: dict[str, str]) -> WorkedCase | None:
    if not isinstance(entry, dict):
        reader.problem("cases.not_a_mapping", where, read=shown(entry))
        return None
    reader.unknown_keys(entry, CASE_KEYS, f"{where}.")
    name = str(entry.get("id", "")).strip()
    if not name:
        reader.problem("cases.key_missing", f"{where}.id", key="id")
    elif name in seen:
        reader.problem("cases.id_twice", f"{where}.id", id=shown(name), first=seen[name])
    else:
        seen[name] = where
    day = None
    if not is_nothing(entry.get("date")):
        try:
            day = month_or_day(str(entry["date"]))
        except ValueError:
            reader.problem("cases.not_a_date", f"{where}.date", read=shown(entry["date"]))
    parts = {}
    for key in ("inputs", "expected"):
        part = entry.get(key)
        if not part:
            reader.problem("cases.key_missing", f"{where}.{key}", key=key)
        elif not isinstance(part, dict):
            reader.problem("cases.not_a_mapping", f"{where}.{key}", read=shown(part))
        parts[key] = part if isinstance(part, dict) else {}
    asked = frozenset(parts["expected"])
    inputs = {
        str(key): reader.fact(words.kind_of_fact(str(key), asked), value, f"{where}.inputs.{key}")
        for key, value in parts["inputs"].items()
    }
    _check_sense(reader, inputs, where)
    overlays = frozenset(f"{stem}_duty" for key in inputs if (stem := words.overlay_of(str(key), asked)))
    expected = {
        str(key): reader.expected(str(key), value, words.figure_kind(str(key), overlays), f"{where}.expected.{key}")
        for key, value in parts["expected"].items()
    }
    source = entry.get("source", ())
    sources = (
        tuple(str(s).strip() for s in source) if isinstance(source, list) else (str(source).strip(),) if source else ()
    )
    texts = {key: " ".join(str(entry.get(key, "")).split()) for key in ("group", "title", "confidence")}
    return WorkedCase(
        name or where, texts["group"], texts["title"], day, texts["confidence"], inputs, expected, sources, where
    )


def _check_sense(reader: _Reader, inputs: dict[str, Any], where: str) -> None:
    """Values that can be read and still make no sense: a rate of tax of one or more, an exchange rate of nothing."""
    for key in ("ct_rate", "consumption_tax_rate", "ct_rate_import"):
        if isinstance(inputs.get(key), Decimal) and inputs[key] >= 1:
            reader.problem("cases.not_a_ratio", f"{where}.inputs.{key}", read=str(inputs[key]))
    for key, value in inputs.items():
        if (
            not isinstance(value, bool)
            and isinstance(value, (int, Decimal))
            and value == 0
            and (key.startswith("fx") or key in NEVER_NOTHING)
        ):
            reader.problem("cases.not_an_amount", f"{where}.inputs.{key}", read="0")
