"""The declaration message DecMessage of 2018-08-01: read, held against the field dictionary, and written byte for byte as it came.

Law      gacc-2018-67. The schema published with it rejects the sample published with it, so the dictionary is what is checked: which elements must be
         sent, how long and of what form a value is where one is sent. An element sent empty says nothing and is kept as it is.
Writing  UTF-8, LF, a tab for each level, an empty element as one tag, text with < or & as CDATA: the shape of the sample, whose bytes come back but for
         the one empty element it writes as two tags.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from functools import cache
from typing import Any

import msgspec

from tongguan.declaration.dictionary import fields as facts_of_declaration
from tongguan.exchange import declaration_shape as shape
from tongguan.exchange.declaration_shape import DecMessage
from tongguan.exchange.dictionary import TABLES
from tongguan.exchange.parsing import Unsafe, check_depth, parse
from tongguan.exchange.reading import shown
from tongguan.exchange.writing import DECLARATION, escaped
from tongguan.grammar.findings import Finding
from tongguan.tariff.schedule import read_csv

NAMESPACE = "http://www.chinaport.gov.cn/dec"
ROOT = "DecMessage"
NESTED = {
    "DecList": ("dec_goods_limits", "DecGoodsLimits", "DecGoodsLimit"),
    "DecGoodsLimit": ("vehicles", "", "DecGoodsLimitVin"),
}
"""Lists inside a group: their name in the model, their frame, their element."""

_OFF = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def name_of(element: str) -> str:
    """The name of an element in our model: CodeTS is code_ts."""
    return _OFF.sub("_", element).lower()


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One element, as declaration_fields.csv tells it. `facts` are the paths of our declaration that it says."""

    group: str
    element: str
    least: int | None
    most: int | None
    number: str
    digits: int | None
    values: tuple[str, ...]
    required: bool
    facts: tuple[str, ...]
    zh: str
    en: str
    source: str
    confidence: str

    def called(self, language: str) -> str:
        """What it is called: in our own words, or in those of the declaration's dictionary."""
        if self.facts:
            known = facts_of_declaration()[self.facts[0]]
            return known.zh if language == "zh" else known.en
        return self.zh if language == "zh" else self.en


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One part of the message, as declaration_groups.csv tells it."""

    group: str
    frame: str
    name: str
    most: int | None
    required: bool
    encoded: bool
    source: str
    confidence: str

    @property
    def outer(self) -> str:
        """The element that stands below the root."""
        return self.frame or self.group

    @property
    def is_list(self) -> bool:
        """Whether there may be several."""
        return bool(self.frame) or self.most != 1


@cache
def groups() -> tuple[Group, ...]:
    """The parts of the message in the order they are sent."""
    rows = read_csv(TABLES / "declaration_groups.csv")
    flags = ("required", "encoded")
    return tuple(
        msgspec.convert(row | {"most": row["most"] or None} | {f: row[f] == "yes" for f in flags}, Group, strict=False) for row in rows
    )  # fmt: skip


@cache
def fields() -> dict[str, dict[str, Field]]:
    """The fields of each group, in the order they are sent."""
    found: dict[str, dict[str, Field]] = {}
    for row in read_csv(TABLES / "declaration_fields.csv"):
        content: dict[str, Any] = row | {name: row[name] or None for name in ("least", "most", "digits")}
        content |= {
            "values": row["values"].split(),
            "facts": row["facts"].split(),
            "required": row["required"] == "yes",
        }
        field = msgspec.convert(content, Field, strict=False)
        found.setdefault(field.group, {})[field.element] = field
    return found


class Received(msgspec.Struct, frozen=True):
    """What was read. `message` is None where it is no declaration message."""

    message: DecMessage | None
    faults: tuple[Finding, ...] = ()


# --- reading ---------------------------------------------------------------------------------------------------------------------------


def read(data: bytes) -> Received:
    """A declaration message from its bytes, with every fault at once."""
    try:
        root = parse(data)
        check_depth(root)
    except Unsafe as unsafe:
        return Received(None, (unsafe.finding,))
    space, _, local = root.tag.rpartition("}")
    if local != ROOT or space.lstrip("{") != NAMESPACE:
        code = "exchange.namespace_unknown" if local == ROOT else "exchange.kind_unknown"
        facts = {"read": shown(space.lstrip("{")), "element": shown(local), "known": NAMESPACE}
        return Received(None, (Finding(code, shown(local), facts),))
    reader = _Reader()
    return Received(reader.message(root), tuple(reader.faults))


class _Reader:
    def __init__(self) -> None:
        self.faults: list[Finding] = []

    def problem(self, code: str, path: str, /, **facts: str) -> None:
        """Remember a fault at a path."""
        self.faults.append(Finding(code, path, facts))

    def message(self, root: ET.Element) -> DecMessage:
        """The whole message."""
        known = {f"{{{NAMESPACE}}}{g.outer}": (place, g) for place, g in enumerate(groups())}
        found: dict[str, list[ET.Element]] = {}
        last = 0
        self._stray(root, ROOT)
        for child in root:
            place, group = known.get(child.tag, (-1, None))
            path = f"{ROOT}/{_local(child)}"
            if group is None:
                self.problem("exchange.element_unknown", path, element=shown(child.tag))
                continue
            if not group.encoded:
                self.problem("exchange.part_not_encoded", path, element=group.outer)
                continue
            if place < last:
                self.problem("exchange.element_out_of_order", path, element=group.outer)
            last = max(place, last)
            found.setdefault(group.name, []).append(child)
        values: dict[str, Any] = {g.name: self._part(g, found.get(g.name, [])) for g in groups() if g.encoded}
        values["head"] = values["head"] or shape.DecHead()
        values |= {name: values[name] or () for name in ("papers", "origins")}
        return DecMessage(**values)

    def _part(self, group: Group, elements: list[ET.Element]) -> Any:  # noqa: ANN401  # of the group's class, or a tuple of it
        path = f"{ROOT}/{group.outer}"
        if not elements:
            if group.required:
                self.problem("exchange.element_missing", ROOT, element=group.outer)
            return None
        if not group.frame and group.is_list:
            self._not_too_many(group, len(elements), path)
            return tuple(self._group(group.group, one, f"{path}[{n}]") for n, one in enumerate(elements, start=1))
        if len(elements) > 1:
            self.problem("exchange.element_repeated", path, element=group.outer, number=str(len(elements)), most="1")
        if not group.frame:
            return self._group(group.group, elements[0], path)
        self._stray(elements[0], path)
        inner = [child for child in elements[0] if child.tag == f"{{{NAMESPACE}}}{group.group}"]
        for child in elements[0]:
            if child not in inner:
                self.problem("exchange.element_unknown", f"{path}/{_local(child)}", element=shown(child.tag))
        self._not_too_many(group, len(inner), path)
        return tuple(
            self._group(group.group, one, f"{path}/{group.group}[{n}]") for n, one in enumerate(inner, start=1)
        )

    def _not_too_many(self, group: Group, number: int, path: str) -> None:
        if group.most is not None and number > group.most:
            self.problem(
                "exchange.too_many_entries", path, number=str(number), most=str(group.most), element=group.group
            )

    def _group(self, group: str, element: ET.Element, path: str) -> Any:  # noqa: ANN401  # of the group's class
        known = fields()[group]
        places = {name: place for place, name in enumerate(known)}
        values: dict[str, Any] = {}
        nested_name, frame, nested = NESTED.get(group, ("", "", ""))
        inner: list[Any] = []
        last = -1
        self._stray(element, path)
        for child in element:
            local = _local(child)
            where = f"{path}/{local}"
            if nested and local == (frame or nested):
                several = list(child) if frame else [child]
                inner += [
                    self._group(nested, one, f"{path}/{nested}[{n}]")
                    for n, one in enumerate(several, start=len(inner) + 1)
                ]
                values[nested_name] = tuple(inner)
                continue
            field = known.get(local)
            if field is None or not child.tag.startswith(f"{{{NAMESPACE}}}"):
                self.problem("exchange.element_unknown", where, element=shown(child.tag))
                continue
            name = name_of(local)
            if name in values:
                self.problem("exchange.element_repeated", where, element=local, number="2", most="1")
                continue
            if places[local] < last:
                self.problem("exchange.element_out_of_order", where, element=local)
            last = max(last, places[local])
            values[name] = self._value(field, child, where)
        for field in known.values():
            if field.required and name_of(field.element) not in values:
                self.problem("exchange.element_missing", path, element=field.element)
        return getattr(shape, group)(**values)

    def _value(self, field: Field, element: ET.Element, path: str) -> str:
        text = element.text or ""
        if len(element):
            self.problem("exchange.element_in_field", path, element=_local(element[0]))
        elif text:
            self._check(field, text, path)
        return text

    def _check(self, field: Field, text: str, path: str) -> None:
        """A value that was sent against the dictionary."""
        if field.values and text not in field.values:
            self.problem("exchange.value_not_allowed", path, read=shown(text), allowed=" ".join(field.values))
        elif field.digits is not None:
            if not (text.isascii() and text.isdigit() and len(text) == field.digits):
                self.problem("exchange.not_digits", path, read=shown(text), digits=str(field.digits))
        elif field.number:
            self._check_number(field, text, path)
        else:
            length = len(text) if text.isascii() else len(text.encode("gb18030"))
            least, most = field.least or 0, field.most or 0
            if not least <= length <= most:
                code = (
                    "exchange.wrong_length"
                    if least == most
                    else "exchange.too_long"
                    if length > most
                    else "exchange.too_short"
                )
                facts = {"read": shown(text), "length": str(length)}
                self.problem(code, path, **facts, exact=str(most), most=str(most), least=str(least))

    def _check_number(self, field: Field, text: str, path: str) -> None:
        whole, _, decimals = field.number.partition(".")
        number = re.fullmatch(r"([0-9]+)(?:\.([0-9]+))?", text, re.ASCII)
        if number is None:
            self.problem(
                "exchange.negative_amount" if text.startswith("-") else "exchange.not_an_amount", path, read=shown(text)
            )
        elif len(number[1].lstrip("0")) > int(whole) or len(number[2] or "") > int(decimals):
            self.problem(
                "exchange.too_many_digits",
                path,
                read=shown(text),
                digits=str(int(whole) + int(decimals)),
                decimals=decimals,
            )

    def _stray(self, element: ET.Element, path: str) -> None:
        for text in (element.text, *(child.tail for child in element)):
            if text and not text.isspace():
                self.problem("exchange.stray_text", path, read=shown(text.strip()), near=_local(element))


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


# --- writing ---------------------------------------------------------------------------------------------------------------------------


def write(message: DecMessage) -> bytes:
    """The bytes of a message: the same message, the same bytes."""
    out = [DECLARATION, f'<{ROOT} xmlns="{NAMESPACE}">\n']
    for group in groups():
        part = getattr(message, group.name, None)
        if part is None or not group.encoded:
            continue
        if not group.is_list:
            _write_group(out, group.group, part, 1)
        elif group.frame:
            _write_list(out, group.frame, group.group, part, 1)
        else:
            for one in part:
                _write_group(out, group.group, one, 1)
    out.append(f"</{ROOT}>\n")
    return "".join(out).encode("utf-8")


def _write_list(out: list[str], frame: str, group: str, part: tuple[Any, ...], level: int) -> None:
    indent = "\t" * level
    if not part:
        out.append(f"{indent}<{frame}/>\n")
        return
    out.append(f"{indent}<{frame}>\n")
    for one in part:
        _write_group(out, group, one, level + 1)
    out.append(f"{indent}</{frame}>\n")


def _write_group(out: list[str], group: str, content: Any, level: int) -> None:  # noqa: ANN401  # of the group's class
    indent = "\t" * level
    out.append(f"{indent}<{group}>\n")
    _, frame, nested = NESTED.get(group, ("", "", ""))
    elements = {name_of(element): element for element in fields()[group]}
    for name in content.__struct_fields__:
        value = getattr(content, name)
        if value is None:
            continue
        if name in elements:
            element = elements[name]
            out.append(f"{indent}\t<{element}>{_text(value)}</{element}>\n" if value else f"{indent}\t<{element}/>\n")
        elif frame:
            _write_list(out, frame, nested, value, level + 1)
        else:
            for one in value:
                _write_group(out, nested, one, level + 1)
    out.append(f"{indent}</{group}>\n")


def _text(value: str) -> str:
    if ("<" in value or "&" in value) and "]]>" not in value and "\r" not in value:
        return f"<![CDATA[{value}]]>"
    return escaped(value)
