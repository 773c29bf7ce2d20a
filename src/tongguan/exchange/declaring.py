"""Between the declaration message DecMessage and our declaration: what each element says, both ways, and what finds no place on the other side.

Law      gacc-2018-67 for the message, gacc-2018-60 for what the boxes mean.
Reading  The promises (PromiseItmes) are one digit each, in the order of the form: 1 yes, 0 no; 9, not answered, is from memory. A proof of origin is
         document Y with the agreement in angle brackets before its number, as in the sample; the items it stands for are in EcoRelation, and without
         them it stands for all. Type Z is self-assessment; other types have no place in our declaration.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec

from tongguan.declaration import Declaration, facts
from tongguan.declaration import read as read_facts
from tongguan.declaration.dictionary import fields as facts_of_declaration
from tongguan.exchange import declaration_shape as shape
from tongguan.exchange.declaration import fields, groups, name_of
from tongguan.exchange.declaration_shape import DecMessage

SELF_ASSESSED = "Z"
PROOF_OF_ORIGIN = "Y"
PROMISES = "PromiseItmes"
NOT_ANSWERED = "9"
NEEDED_PROMISES = 3
"""The first three stand on every declaration; formula and provisional price joined them later."""
_PROOF = re.compile(r"<([0-9A-Z]{1,10})>(.*)", re.DOTALL)
_DAY = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})([ T].*)?", re.ASCII)


class Heard(msgspec.Struct, frozen=True):
    """What a message says, as the facts our declaration takes, and the elements it has no place for."""

    facts: dict[str, Any]
    left_out: tuple[str, ...]

    def declaration(self) -> Declaration:
        """The declaration. Raises InputRefused with everything it does not take."""
        return read_facts(self.facts)


class Sending(msgspec.Struct, frozen=True, kw_only=True):
    """What the sender adds to a declaration: who types and sends it, under which number, and when."""

    own_no: str
    firm_name: str
    firm_code: str = ""
    firm_credit_code: str = ""
    operator_card: str = ""
    operator_name: str = ""
    operation: str = "G"
    mailbox: str = ""
    declarant_customs_code: str = ""
    sent_at: dt.datetime


class Told(msgspec.Struct, frozen=True):
    """A declaration as a message, and the facts the message has no place for."""

    message: DecMessage
    left_out: tuple[str, ...]


# --- from a message --------------------------------------------------------------------------------------------------------------------


def facts_of(message: DecMessage) -> Heard:
    """What a message says."""
    hearing = _Hearing()
    for group, part in (("DecHead", message.head), ("DecFreeTxt", message.free_text)):
        if part is not None:
            hearing.group(group, part, hearing.facts)
    for user in (message.users or ())[:1]:
        hearing.group("DecUser", user, hearing.facts)
    kinds = [pack.pack_type for pack in message.other_packs or () if pack.pack_type]
    if kinds:
        hearing.facts.setdefault("packages", {})["other_kinds"] = kinds
    hearing.facts["containers"] = [hearing.entry("Container", one, "containers") for one in message.containers or ()]
    papers: list[dict[str, Any]] = []
    goods = []
    for number, one in enumerate(message.goods or (), start=1):
        entry = hearing.entry("DecList", one, "goods")
        limits = one.dec_goods_limits or ()
        vehicles = [hearing.entry("DecGoodsLimitVin", v, "vehicles") for limit in limits for v in limit.vehicles]
        if vehicles:
            entry["vehicles"] = vehicles
        papers += [
            {**hearing.entry("DecGoodsLimit", limit, "papers"), "number": limit.licence_no or "", "goods": [number]}
            for limit in limits
        ]
        goods.append(entry)
    hearing.facts["goods"] = goods
    papers += _papers(message, goods, hearing)
    hearing.facts["papers"] = papers
    return Heard(
        {name: content for name, content in hearing.facts.items() if content}, tuple(dict.fromkeys(hearing.left_out))
    )


class _Hearing:
    """Collects facts by their place in our declaration."""

    def __init__(self) -> None:
        self.facts: dict[str, Any] = {}
        self.left_out: list[str] = []

    def group(self, group: str, content: Any, into: dict[str, Any]) -> None:  # noqa: ANN401  # of the group's class
        """Put what a group says where it belongs."""
        for path, value in self._said(group, content):
            place, _, name = path.partition(".")
            into.setdefault(place, {})[name] = value

    def entry(self, group: str, content: Any, place: str) -> dict[str, Any]:  # noqa: ANN401  # of the group's class
        """What one entry of a list says."""
        return {path.removeprefix(f"{place}."): value for path, value in self._said(group, content)}

    def _said(self, group: str, content: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401  # of the group's class
        for element, field in fields()[group].items():
            text = getattr(content, name_of(element))
            if not text:
                continue
            if element == PROMISES:
                for path, digit in zip(field.facts, text, strict=False):
                    if digit in "01":
                        yield path, digit == "1"
            elif field.facts and not (element == "Type" and text != SELF_ASSESSED):
                for path in field.facts:
                    yield path, _heard(path, text)
            elif f"{group}.{element}" not in UNDERSTOOD:
                self.left_out.append(f"{group}.{element}")


UNDERSTOOD = frozenset({
    "DecHead.IEFlag", "DecList.GNo", "DecGoodsLimit.GoodsNo", "DecGoodsLimit.LicenceNo", "DecGoodsLimitVin.LicenceNo",
    "DecGoodsLimitVin.LicTypeCode", "DecGoodsLimitVin.VinNo",
})  # fmt: skip
"""Elements without a box of their own that say nothing more: they repeat or count others."""


def _heard(path: str, text: str) -> Any:  # noqa: ANN401  # as `tongguan.declaration.read` takes it
    kind = facts_of_declaration()[path].kind
    if kind == "date":
        day = _DAY.fullmatch(text)
        return f"{day[1]}-{day[2]}-{day[3]}" if day else text
    if kind == "flag":
        return {"1": True, "0": False, SELF_ASSESSED: True}.get(text, text)
    if kind in ("codes", "numbers"):
        return [one for one in re.split("[,;，；]", text) if one]
    return text


def _papers(message: DecMessage, goods: list[dict[str, Any]], hearing: _Hearing) -> Iterator[dict[str, Any]]:
    """Licences and papers; proofs of origin become claims of the goods items they stand for."""
    for licence in message.licences or ():
        proof = _PROOF.fullmatch(licence.cert_code or "") if licence.docu_code == PROOF_OF_ORIGIN else None
        if proof is None:
            yield {"document": licence.docu_code or "", "number": licence.cert_code or ""}
            continue
        items = {one.dec_g_no: one.eco_g_no for one in message.origins if one.eco_cert_no == licence.cert_code}
        for number, entry in enumerate(goods, start=1):
            if not items or str(number) in items:
                claim = {"agreement": proof[1], "number": proof[2], "item": items.get(str(number)) or ""}
                entry.setdefault("preferences", []).append(claim)
    for paper in message.papers:
        yield {"attached": paper.edoc_code or "", "number": paper.edoc_cop_id or ""}
    hearing.left_out += [
        g.outer for g in groups() if g.name in ("requests", "qualifications", "marks") and getattr(message, g.name)
    ]


# --- to a message ----------------------------------------------------------------------------------------------------------------------


def message_of(declaration: Declaration, sending: Sending) -> Told:
    """A declaration as a message. Elements that must be sent and have nothing to say are sent empty."""
    telling = _Telling(declaration)
    parties = declaration.parties
    head = telling.group(
        "DecHead",
        {
            "ie_flag": "I", "edi_id": "1", "entry_type": "M", "decl_trn_rel": "0", "cop_name": sending.firm_name, "cop_code": sending.firm_code or None,
            "cop_code_scc": sending.firm_credit_code or None, "agent_code": sending.declarant_customs_code,
            "agent_name": parties.declarant_name or parties.importer_name, "owner_name": parties.owner_name or parties.importer_name,
            "type": SELF_ASSESSED if declaration.header.self_assessed else None, "promise_itmes": _promises(declaration),
        },
    )  # fmt: skip
    goods = tuple(telling.goods(number, one) for number, one in enumerate(declaration.goods, start=1))
    licences, origins = telling.proofs()
    sign = telling.fixed(
        "DecSign",
        {
            "oper_type": sending.operation, "ic_code": sending.operator_card or None, "cop_code": sending.firm_code or None,
            "oper_name": sending.operator_name or None, "client_seq_no": sending.own_no, "sign_date": f"{sending.sent_at:%Y%m%d%H%M%S}00",
            "host_id": sending.mailbox,
        },
    )  # fmt: skip
    papers = tuple(
        telling.fixed("EdocRealation", {"edoc_code": p.attached, "edoc_cop_id": p.number, "edoc_fomat_type": "US"})
        for p in declaration.papers
        if p.attached
    )
    message = DecMessage(
        head=head,
        goods=goods,
        containers=tuple(telling.entry("Container", one, "containers") for one in declaration.containers),
        licences=licences,
        other_packs=tuple(shape.DecOtherPack(pack_qty="", pack_type=kind) for kind in declaration.packages.other_kinds)
        or None,
        users=(telling.group("DecUser", {}),) if declaration.inspection.user_person else None,
        free_text=telling.group("DecFreeTxt", {}),
        sign=sign,
        papers=papers,
        origins=origins,
    )
    return Told(message, tuple(telling.left_out()))


class _Telling:
    """Fills the groups of a message from a declaration."""

    def __init__(self, declaration: Declaration) -> None:
        self.declaration = declaration
        self.unsaid: list[str] = []

    def group(self, group: str, fixed: dict[str, str | None]) -> Any:  # noqa: ANN401  # of the group's class
        """A group that stands once; `fixed` is what the sender says of it."""
        said = {}
        for element, field in fields()[group].items():
            name = name_of(element)
            if name not in fixed and field.facts:
                place, _, fact = field.facts[0].partition(".")
                said[name] = _told(getattr(getattr(self.declaration, place), fact))
        return self.fixed(group, {**said, **fixed})

    def entry(self, group: str, content: Any, place: str, more: dict[str, Any] | None = None) -> Any:  # noqa: ANN401  # of the group's class
        """One entry of a list."""
        said = {}
        for element, field in fields()[group].items():
            for path in field.facts:
                if path.startswith(f"{place}."):
                    said[name_of(element)] = _told(getattr(content, path.removeprefix(f"{place}.")))
        return self.fixed(group, {**said, **(more or {})})

    def fixed(self, group: str, said: dict[str, Any]) -> Any:  # noqa: ANN401  # of the group's class
        """A group with what is said; what must be sent and is not said is sent empty."""
        known = {name_of(e): f for e, f in fields()[group].items()}
        values = {
            name: said.get(name) if said.get(name) is not None else "" if field.required else None
            for name, field in known.items()
        }
        lists = {name: value for name, value in said.items() if name not in known}
        return getattr(shape, group)(**values, **lists)

    def goods(self, number: int, one: Any) -> shape.DecList:  # noqa: ANN401  # Goods
        """One goods item, with the licences and vehicles that belong to it."""
        limits = [
            self.entry("DecGoodsLimit", paper, "papers", {"goods_no": str(number), "licence_no": paper.number})
            for paper in self.declaration.papers
            if paper.qualification and (not paper.goods or number in paper.goods)
        ]
        vehicles = tuple(
            self.entry("DecGoodsLimitVin", v, "vehicles", {"licence_no": "", "lic_type_code": "", "vin_no": str(n)})
            for n, v in enumerate(one.vehicles, start=1)
        )
        if vehicles:
            first = limits[0] if limits else shape.DecGoodsLimit(goods_no=str(number), lic_type_code="")
            limits[:1] = [msgspec.structs.replace(first, vehicles=vehicles)]
        found: shape.DecList = self.entry(
            "DecList", one, "goods", {"g_no": str(number), "dec_goods_limits": tuple(limits) or None}
        )
        return found

    def proofs(self) -> tuple[tuple[shape.LicenseDocu, ...], tuple[shape.EcoRelation, ...]]:
        """Licences, then proofs of origin once each, and the items they stand for."""
        licences = [
            shape.LicenseDocu(docu_code=p.document, cert_code=p.number) for p in self.declaration.papers if p.document
        ]
        origins = []
        for number, goods in enumerate(self.declaration.goods, start=1):
            for claim in goods.preferences:
                code = f"<{claim.agreement}>{claim.number}"
                proof = shape.LicenseDocu(docu_code=PROOF_OF_ORIGIN, cert_code=code)
                if proof not in licences:
                    licences.append(proof)
                origins.append(
                    shape.EcoRelation(
                        cert_type=PROOF_OF_ORIGIN,
                        eco_cert_no=code,
                        dec_g_no=str(number),
                        eco_g_no=claim.item,
                    )
                )
        return tuple(licences), tuple(origins)

    def left_out(self) -> Iterator[str]:
        """Facts that are stated and that the message has no element for."""
        carried = {path for group in fields().values() for field in group.values() for path in field.facts} | {
            "packages.other_kinds"
        }
        for place, content in facts(self.declaration).items():
            if not isinstance(content, list):
                yield from (
                    f"{place}.{name}" for name, value in content.items() if f"{place}.{name}" not in carried and value
                )
                continue
            for n, one in enumerate(content):
                if place == "papers":
                    kept = next((CARRIED_OF_PAPERS[kind] for kind in CARRIED_OF_PAPERS if one.get(kind)), frozenset())
                    yield from (f"papers[{n}].{name}" for name in one if name not in kept)
                    continue
                yield from (
                    f"{place}[{n}].{name}"
                    for name in one
                    if f"{place}.{name}" not in carried and name not in NESTED_CARRIED
                )
                for nested, names in NESTED_CARRIED.items():
                    for m, entry in enumerate(one.get(nested, ())):
                        yield from (f"{place}[{n}].{nested}[{m}].{name}" for name in entry if name not in names)


CARRIED_OF_PAPERS = {
    "document": frozenset({"document", "number"}),
    "attached": frozenset({"attached", "number"}),
    "qualification": frozenset({"qualification", "number", "goods", "write_off_item", "write_off_quantity"}),
}
"""What the message tells of a paper, by what it is."""
NESTED_CARRIED = {
    "preferences": frozenset({"agreement", "number", "item"}),
    "vehicles": frozenset({"vin", "engine_number", "warranty", "model"}),
}


def _told(value: Any) -> str | None:  # noqa: ANN401  # of any kind a declaration holds
    if value is None or value in ("", ()):
        return None
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, dt.date):
        return f"{value:%Y%m%d}"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, tuple):
        return ",".join(str(one) for one in value)
    return str(value)


def _promises(declaration: Declaration) -> str:
    header = declaration.header
    answers = [getattr(header, path.partition(".")[2]) for path in fields()["DecHead"][PROMISES].facts]
    while len(answers) > NEEDED_PROMISES and answers[-1] is None:
        answers.pop()
    if all(answer is None for answer in answers):
        return ""
    return "".join(NOT_ANSWERED if answer is None else "1" if answer else "0" for answer in answers)
