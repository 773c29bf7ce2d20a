"""From the bytes of a message to its documents: structure and fields held against the dictionary, every fault at once, each with its path.

A path is what an XML tool would take: CEB621Message/Inventory[2]/InventoryHead/orderNo, counted from 1. A field that cannot be read is UNREAD in its
document, so that the other fields can still be judged; a document with faults never counts, whatever else is found.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
import xml.etree.ElementTree as ET  # elements that parsing.parse made
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

import msgspec

from tongguan.declaration.codes import code_table
from tongguan.exchange import shape
from tongguan.exchange.dictionary import EDITIONS, NAMESPACE, Field, Kind, fields, kinds
from tongguan.exchange.parsing import MAX_BYTES, Unsafe, check_depth, parse
from tongguan.grammar.findings import Finding

CHINA = dt.timezone(dt.timedelta(hours=8))
SIGNATURE = "http://www.w3.org/2000/09/xmldsig#"
SM2_SM3 = "http://www.chinaport.gov.cn/2022/04/xmldsig#sm2-sm3"
VERSION = "1.0"
MAX_SUBSCRIPTIONS = 5
GUID_LENGTH = 36


class Unread(AttributeError):
    """A rule asked for a field that could not be read; the field's own fault says why. To whoever only looks, the field is not there."""


class _Unreadable:
    """Stands for a field that could not be read: whatever a rule does with it ends the rule."""

    def _refuse(self, *_: object) -> Any:  # noqa: ANN401  # never returns
        raise Unread

    __bool__ = __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __hash__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __contains__ = _refuse
    __len__ = __iter__ = __getitem__ = __str__ = __format__ = __getattr__ = _refuse

    def __repr__(self) -> str:
        return "UNREAD"


UNREAD: Any = _Unreadable()


class Received(msgspec.Struct, frozen=True):
    """What was read of a message, with its bytes. `message` is None where nothing of it could be used; `of_document` has one entry for each of its documents."""

    data: bytes
    message: shape.Message | None
    faults: tuple[Finding, ...] = ()
    of_document: tuple[tuple[Finding, ...], ...] = ()

    @property
    def all_faults(self) -> tuple[Finding, ...]:
        """Those of the message, then those of its documents in order."""
        return self.faults + tuple(f for one in self.of_document for f in one)


def read(data: bytes) -> Received:
    """A message of cross-border e-commerce from its bytes, or why it is none."""
    try:
        root = parse(data)
    except Unsafe as unsafe:
        return Received(data, None, (unsafe.finding,))
    return _Reader(root, data).message()


# --- values --------------------------------------------------------------------------------------------------------------------------


class _Bad(Exception):
    """A value that breaks the dictionary. `kept` is what can still be used of it."""

    def __init__(self, code: str, kept: Any = UNREAD, **facts: str) -> None:  # noqa: ANN401  # a value of any kind
        super().__init__(code)
        self.code, self.kept, self.facts = code, kept, facts


Value = Callable[[str], Any]

_AMOUNT = re.compile(r"[0-9]{1,14}(\.[0-9]{1,5})?", re.ASCII)
_DECIMAL = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?", re.ASCII)
TOTAL_DIGITS, DECIMALS = 19, 5


def shown(text: str) -> str:
    """A value as a fault shows it: not too long, and nothing in it that a screen would obey or hide."""
    plain = text if text.isprintable() else "".join(c if c.isprintable() else "\ufffd" for c in text)
    return plain if len(plain) <= 60 else plain[:57] + "…"


def _amount(text: str) -> Decimal:
    if _AMOUNT.fullmatch(text):
        return Decimal(text)
    parts = _DECIMAL.fullmatch(text)
    if parts is None or not (parts[2] or parts[3]):
        raise _Bad("exchange.not_an_amount", read=shown(text))
    if parts[1] == "-" and (parts[2] + (parts[3] or "")).strip("0"):
        raise _Bad("exchange.negative_amount", read=shown(text))
    whole, decimals = parts[2].lstrip("0"), parts[3] or ""
    if len(decimals) > DECIMALS or len(whole) + len(decimals) > TOTAL_DIGITS:
        raise _Bad("exchange.too_many_digits", read=shown(text), digits=str(TOTAL_DIGITS), decimals=str(DECIMALS))
    return Decimal(text.lstrip("+-"))


def _whole(most: int) -> Value:
    pattern = re.compile(f"[0-9]{{1,{most}}}", re.ASCII)

    def value(text: str) -> int:
        if not pattern.fullmatch(text):
            raise _Bad("exchange.not_a_whole_number", read=shown(text), most=str(most))
        return int(text)

    return value


def _day(text: str) -> dt.date:
    try:
        if len(text) == len("YYYYMMDD") and text.isascii() and text.isdigit():
            return dt.date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        pass
    raise _Bad("exchange.not_a_day", read=shown(text), form="YYYYMMDD")


def _moment(text: str) -> dt.datetime:
    try:
        if len(text) == len("YYYYMMDDhhmmss") and text.isascii() and text.isdigit():
            return dt.datetime(
                int(text[:4]), int(text[4:6]), int(text[6:8]), int(text[8:10]), int(text[10:12]), int(text[12:]), 0, CHINA
            )  # fmt: skip
    except ValueError:
        pass
    raise _Bad("exchange.not_a_day", read=shown(text), form="YYYYMMDDhhmmss")


def _stamp(text: str) -> dt.datetime:
    try:
        if len(text) == len("YYYYMMDDhhmmssSSS") and text.isascii() and text.isdigit():
            return _moment(text[:14]).replace(microsecond=int(text[14:]) * 1000)
    except _Bad:
        pass
    raise _Bad("exchange.not_a_day", read=shown(text), form="YYYYMMDDhhmmssSSS")


def _length(text: str, least: int, most: int) -> None:
    if not text:
        raise _Bad("exchange.field_empty")
    if least == most:
        raise _Bad("exchange.wrong_length", read=shown(text), length=str(len(text)), exact=str(most))
    raise _Bad("exchange.too_long", read=shown(text), length=str(len(text)), most=str(most))


def _text(least: int, most: int) -> Value:
    def value(text: str) -> str:
        if not least <= len(text) <= most:
            _length(text, least, most)
        if not text.isprintable():
            _hidden(text, "\t\n\r")
        return text

    return value


def _hidden(text: str, allowed: str) -> None:
    for at, one in enumerate(text, start=1):
        if not one.isprintable() and one not in allowed:
            raise _Bad("exchange.hidden_character", at=str(at), character=f"U+{ord(one):04X}")


def _code(least: int, most: int) -> Value:
    def value(text: str) -> str:
        if not least <= len(text) <= most:
            _length(text, least, most)
        if text.isascii() and text.isprintable() and " " not in text:
            return text
        if text[:1].isspace() or text[-1:].isspace():
            raise _Bad("exchange.spaces_around", text.strip() or UNREAD, read=shown(text.strip()))
        if not (text.isascii() and text.isprintable()):
            _hidden(text, "")
            if unicodedata.normalize("NFKC", text) != text:
                raise _Bad("exchange.full_width", read=shown(text), plain=shown(unicodedata.normalize("NFKC", text)))
            strange = [one for one in text if not one.isascii() and _is_foreign_letter(one)]
            if strange:
                raise _Bad("exchange.look_alike", read=shown(text), characters=" ".join(f"{c} U+{ord(c):04X}" for c in strange[:5]))  # fmt: skip
        return text

    return value


def _is_foreign_letter(one: str) -> bool:
    """Letters and digits that are neither Latin nor Chinese: in a code they can only be mistaken for others."""
    return one.isalnum() and not unicodedata.name(one, "").startswith(("CJK UNIFIED", "CJK COMPATIBILITY", "LATIN"))


def _identity(least: int, most: int) -> Value:
    """Any characters within the length: judging.py says of an identity number what is wrong with it."""

    def value(text: str) -> str:
        if not least <= len(text) <= most:
            _length(text, least, most)
        return text

    return value


ONLY = {
    "currency": "exchange.currency_not_yuan",
    "tradeMode": "exchange.mode_not_of_this_channel",
    "buyerIdType": "exchange.not_an_identity_card",
    "payerIdType": "exchange.not_an_identity_card",
    "packNo": "exchange.not_one_parcel",
}
"""Faults of their own for the fields whose only value is a rule of the channel."""
_COUNTRY = re.compile(r"[0-9]{3}|[A-Z]{3}", re.ASCII)


def _limited(field: Field, inner: Value) -> Value:
    """A value that must be one of a few, or stand in a code table."""
    code = ONLY.get(field.element, "exchange.value_not_allowed")

    allowed = {text: inner(text) for text in field.values}

    def one_of_a_few(text: str) -> Any:  # noqa: ANN401  # as the inner value
        found = allowed.get(text)
        if found is None:
            raise _Bad(code, inner(text), read=shown(text), allowed=" ".join(field.values))
        return found

    def in_table(text: str) -> Any:  # noqa: ANN401  # as the inner value
        found = inner(text)
        table = code_table(field.table)
        if text and text not in table.codes and table.is_whole:
            raise _Bad("exchange.code_not_in_table", found, read=shown(text), table_zh=table.about.zh, table_en=table.about.en)  # fmt: skip
        return found

    def country(text: str) -> Any:  # noqa: ANN401  # as the inner value
        found = inner(text)
        if text and not _COUNTRY.fullmatch(text):
            raise _Bad("exchange.not_a_country", found, read=shown(text))
        return found

    if allowed:
        return one_of_a_few
    if field.table == "countries":
        return country
    return in_table if field.table else inner


def _value_of(field: Field) -> Value:
    least, most = field.least or 0, MAX_BYTES if field.most is None else field.most
    # An optional field may be sent empty where its length does not allow it: then it says nothing.
    makers: dict[str, Callable[[], Value]] = {
        "text": lambda: _text(least, most),
        "code": lambda: _code(least, most),
        "identity": lambda: _identity(least, most),
        "amount": lambda: _amount,
        "whole": lambda: _whole(most),
        "day": lambda: _day,
        "moment": lambda: _moment,
        "stamp": lambda: _stamp,
    }
    value = _limited(field, makers[field.kind]()) if field.values or field.table else makers[field.kind]()
    if field.required:
        return value

    def optional(text: str) -> Any:  # noqa: ANN401  # as the inner value
        return value(text) if text else ("" if is_text else None)

    is_text = field.kind in ("text", "code", "identity")
    return optional


# --- plans, compiled from the tables ---------------------------------------------------------------------------------------------------


class _Plan(NamedTuple):
    """How the fields of one group are read: by tag, their place, name and value; and what must be there."""

    by_tag: dict[str, tuple[int, str, Value]]
    required: tuple[tuple[str, str], ...]
    make: Any


@cache
def _plan(group: str, make: type, edition: str) -> _Plan:
    known = fields(edition)[group]
    by_tag = {f"{{{NAMESPACE}}}{f.element}": (place, f.name, _value_of(f)) for place, f in enumerate(known.values())}
    return _Plan(by_tag, tuple((f.name, f.element) for f in known.values() if f.required), make)


@cache
def line_shape(model: type) -> type:
    """The class of the lines of a document that has lines."""
    inner: type = msgspec.inspect.type_info(model).fields[-1].type.item_type.cls  # type: ignore[attr-defined]  # `lines` stands last
    return inner


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


_ROOTS = {f"{{{NAMESPACE}}}{k.root}": k for k in kinds().values()}


class _Reader:
    """One message under way; faults go to the message, or to the document that is being read."""

    def __init__(self, root: ET.Element, data: bytes) -> None:
        self.root, self.data = root, data
        self.own: list[Finding] = []
        self.faults = self.own
        self.edition = EDITIONS[0]

    def problem(self, code: str, path: str, /, **facts: str) -> None:
        """Remember a fault at a path."""
        self.faults.append(Finding(code, path, facts))

    def message(self) -> Received:
        """The whole message."""
        root = self.root
        kind = _ROOTS.get(root.tag)
        if kind is None:
            return Received(self.data, None, (_kind_unknown(root.tag),))
        guid, version = root.get("guid", ""), root.get("version", "")
        if len(guid) != GUID_LENGTH:
            self.problem("exchange.message_guid", f"{kind.root}/@guid", read=shown(guid), length=str(GUID_LENGTH))
        if version != VERSION:
            self.problem("exchange.version_unknown", f"{kind.root}/@version", read=shown(version), known=VERSION)
        self.edition = _edition(root)
        parts = self._parts(kind)
        documents = []
        of_document = []
        for number, element in enumerate(parts["documents"], start=1):
            self.faults = []
            documents.append(self._document(kind, element, f"{kind.root}/{kind.document}[{number}]"))
            of_document.append(tuple(self.faults))
        self.faults = self.own
        transfer = self._one(parts, shape.Transfer, "BaseTransfer", kind)
        subscriptions = tuple(
            self._group(element, _plan("BaseSubscribe", shape.Subscription, self.edition), f"{kind.root}/BaseSubscribe[{n}]")
            for n, element in enumerate(parts["BaseSubscribe"], start=1)
        )  # fmt: skip
        message = shape.Message(
            kind=kind.kind, edition=self.edition, guid=guid, version=version, documents=tuple(documents), transfer=transfer,
            subscriptions=subscriptions, extension=self._extension(parts, kind), signature=self._signature(parts, kind),
        )  # fmt: skip
        return Received(self.data, message, tuple(self.own), tuple(of_document))

    def _parts(self, kind: Kind) -> dict[str, list[ET.Element]]:
        """The children of the root by what they are; their order and number are held against the schema."""
        ranks = {f"{{{NAMESPACE}}}{kind.document}": (0, "documents", kind.most)}
        if kind.receipt is not None:
            ranks |= {
                f"{{{NAMESPACE}}}BaseTransfer": (1, "BaseTransfer", 1),
                f"{{{NAMESPACE}}}BaseSubscribe": (2, "BaseSubscribe", MAX_SUBSCRIPTIONS),
                f"{{{NAMESPACE}}}ExtendMessage": (3, "ExtendMessage", 1),
                f"{{{SIGNATURE}}}Signature": (4, "Signature", 1),
            }
        parts: dict[str, list[ET.Element]] = {name: [] for name in ("documents", "BaseTransfer", "BaseSubscribe", "ExtendMessage", "Signature")}  # fmt: skip
        last = 0
        self._stray(self.root, self.root.text, kind.root)
        for child in self.root:
            self._stray(child, child.tail, kind.root)
            rank = ranks.get(child.tag)
            path = f"{kind.root}/{_local(child.tag)}"
            if rank is None:
                self.problem("exchange.element_unknown", path, element=shown(child.tag))
                continue
            if rank[0] < last:
                self.problem("exchange.element_out_of_order", path, element=_local(child.tag))
            last = max(last, rank[0])
            parts[rank[1]].append(child)
        if not parts["documents"]:
            self.problem("exchange.no_document", kind.root, element=kind.document)
        for _, name, most in ranks.values():
            number = len(parts[name])
            if most is not None and number > most:
                code = "exchange.too_many_documents" if name == "documents" else "exchange.element_repeated"
                element = kind.document if name == "documents" else name
                self.problem(code, f"{kind.root}/{element}", number=str(number), most=str(most), element=element)
                parts[name] = parts[name][:most]
        if kind.receipt is not None and not parts["BaseTransfer"]:
            self.problem("exchange.element_missing", kind.root, element="BaseTransfer")
        return parts

    def _stray(self, element: ET.Element, text: str | None, path: str) -> None:
        if text and not text.isspace():
            self.problem("exchange.stray_text", path, read=shown(text.strip()), near=_local(element.tag))

    def _one(self, parts: dict[str, list[ET.Element]], make: type, group: str, kind: Kind) -> Any:  # noqa: ANN401  # of `make`
        for element in parts[group]:
            return self._group(element, _plan(group, make, self.edition), f"{kind.root}/{group}")
        return None

    def _document(self, kind: Kind, element: ET.Element, path: str) -> shape.Document:
        model = kind.shape
        if not kind.head:
            found: shape.Document = self._group(element, _plan(kind.document, model, self.edition), path)
            return found
        head, lines = f"{{{NAMESPACE}}}{kind.head}", f"{{{NAMESPACE}}}{kind.lines}"
        values: dict[str, Any] = {}
        heads = 0
        read_lines: list[Any] = []
        for child in element:
            if child.tag == head:
                heads += 1
                if read_lines:
                    self.problem("exchange.element_out_of_order", f"{path}/{kind.head}", element=kind.head)
                if heads == 1:
                    values = self._values(child, _plan(kind.head, model, self.edition), f"{path}/{kind.head}")
            elif kind.lines and child.tag == lines:
                where = f"{path}/{kind.lines}[{len(read_lines) + 1}]"
                read_lines.append(self._group(child, _plan(kind.lines, line_shape(model), self.edition), where))
            else:
                self.problem("exchange.element_unknown", path, element=shown(child.tag))
        if not heads:
            self.problem("exchange.element_missing", path, element=kind.head)
            values = dict.fromkeys((f.name for f in fields(self.edition)[kind.head].values()), UNREAD)
        elif heads > 1:
            self.problem("exchange.element_repeated", path, element=kind.head, number=str(heads), most="1")
        if kind.lines:
            if not read_lines:
                self.problem("exchange.no_line", path, element=kind.lines)
            elif kind.most_lines is not None and len(read_lines) > kind.most_lines:
                self.problem("exchange.too_many_lines", path, number=str(len(read_lines)), most=str(kind.most_lines))
            values["lines"] = tuple(read_lines)
        return model(**values)

    def _group(self, element: ET.Element, plan: _Plan, path: str) -> Any:  # noqa: ANN401  # of plan.make
        return plan.make(**self._values(element, plan, path))

    def _values(self, element: ET.Element, plan: _Plan, path: str) -> dict[str, Any]:
        """The fields of one group. This loop is where the time goes: one look-up, one check and one call a field."""
        values: dict[str, Any] = {}
        by_tag = plan.by_tag
        last = -1
        for child in element:
            known = by_tag.get(child.tag)
            if known is None:
                self.problem("exchange.element_unknown", f"{path}/{_local(child.tag)}", element=shown(child.tag))
                continue
            place, name, value = known
            if place <= last:
                self._disorder(name in values, f"{path}/{_local(child.tag)}")
                if name in values:
                    continue
            else:
                last = place
            if len(child):
                self.problem("exchange.element_in_field", f"{path}/{_local(child.tag)}", element=_local(child[0].tag))
                values[name] = UNREAD
                continue
            try:
                values[name] = value(child.text or "")
            except _Bad as bad:
                values[name] = bad.kept
                self.problem(bad.code, f"{path}/{_local(child.tag)}", **bad.facts)
            tail = child.tail
            if tail and not tail.isspace():
                self._stray(child, tail, path)
        for name, tag in plan.required:
            if name not in values:
                values[name] = UNREAD
                self.problem("exchange.element_missing", path, element=tag)
        return values

    def _disorder(self, is_twice: bool, path: str) -> None:
        element = path.rpartition("/")[2]
        if is_twice:
            self.problem("exchange.element_repeated", path, element=element, number="2", most="1")
        else:
            self.problem("exchange.element_out_of_order", path, element=element)

    def _extension(self, parts: dict[str, list[ET.Element]], kind: Kind) -> shape.Extension | None:
        for element in parts["ExtendMessage"]:
            try:
                check_depth(element)
            except Unsafe as unsafe:
                self.faults.append(msgspec.structs.replace(unsafe.finding, path=f"{kind.root}/ExtendMessage"))
                return None
            found = {_local(child.tag): child for child in element}
            for name in ("name", "version", "Message"):
                if name not in found:
                    self.problem("exchange.element_missing", f"{kind.root}/ExtendMessage", element=name)
            if len(found) != 3:
                return None
            inner = "".join(ET.tostring(child, encoding="unicode").strip() for child in found["Message"])
            return shape.Extension(
                name=found["name"].text or "", version=found["version"].text or "", content=inner or found["Message"].text or ""
            )  # fmt: skip
        return None

    def _signature(self, parts: dict[str, list[ET.Element]], kind: Kind) -> shape.Signed | None:
        for element in parts["Signature"]:
            signed = _signed(element)
            if not (signed.method and signed.digest_method and signed.digest and signed.value):
                self.problem("exchange.signature_incomplete", f"{kind.root}/Signature")
                return None
            return signed
        if kind.signed:
            self.problem("exchange.signature_missing", kind.root)
        return None


def _signed(signature: ET.Element) -> shape.Signed:
    spaces = {"ds": SIGNATURE}

    def text(path: str) -> str:
        return "".join((signature.findtext(path, "", spaces) or "").split())

    def algorithms(path: str) -> tuple[str, ...]:
        return tuple(found.get("Algorithm", "") for found in signature.findall(path, spaces))

    references = signature.findall("ds:SignedInfo/ds:Reference", spaces)
    return shape.Signed(
        method="".join(algorithms("ds:SignedInfo/ds:SignatureMethod")[:1]),
        digest_method="".join(algorithms("ds:SignedInfo/ds:Reference/ds:DigestMethod")[:1]),
        digest=text("ds:SignedInfo/ds:Reference/ds:DigestValue"),
        value=text("ds:SignatureValue"),
        certificate=text("ds:KeyInfo/ds:X509Data/ds:X509Certificate"),
        key_name=text("ds:KeyInfo/ds:KeyName"),
        canonicalization="".join(algorithms("ds:SignedInfo/ds:CanonicalizationMethod")[:1]),
        references=len(references),
        uri=references[0].get("URI") if references else None,
        transforms=algorithms("ds:SignedInfo/ds:Reference/ds:Transforms/ds:Transform"),
    )


def _edition(root: ET.Element) -> str:
    """The edition a message follows. Namespace and version are the same in both; the national algorithms came with the second."""
    method = root.find(f"{{{SIGNATURE}}}Signature/{{{SIGNATURE}}}SignedInfo/{{{SIGNATURE}}}SignatureMethod")
    return EDITIONS[1] if method is not None and method.get("Algorithm") == SM2_SM3 else EDITIONS[0]


def _kind_unknown(tag: str) -> Finding:
    space, _, local = tag.rpartition("}")
    code = "exchange.namespace_unknown" if any(k.root == local for k in kinds().values()) else "exchange.kind_unknown"
    return Finding(code, shown(local), {"read": shown(space.lstrip("{")), "element": shown(local), "known": NAMESPACE})
