"""The requirements as they stand in `tables/controls/`, read strictly: an unknown key, fact, body or channel is an error of ours."""

from __future__ import annotations

import csv
import datetime as dt
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from tongguan.grammar.citations import CONFIDENCE_ORDER, instruments
from tongguan.grammar.errors import LawDataError
from tongguan.grammar.strict_yaml import read_yaml

TABLES = Path(__file__).parents[2] / "tables" / "controls"

FAMILIES = (
    "prohibitions",
    "wastes",
    "used_machinery",
    "cites",
    "quarantine_access",
    "inspection_and_quarantine",
    "licences",
    "tariff_quota_certificates",
    "food",
    "cosmetics",
    "drugs",
    "devices",
    "narcotics",
    "gmo",
    "ccc",
    "radio",
    "special_equipment",
    "ozone_and_chemicals",
    "other_authorities",
    "origin_papers",
    "countermeasure_exclusion",
    "channel_waivers",
)
"""In the order an adviser asks: may it enter at all, is the pair of product and country open, then the papers, then what is only for a rate."""

STAGES = ("contract", "shipment", "arrival", "sale")
"""By when a paper has to be there: before the contract, before the goods leave, when they are declared, before they are sold."""

When = list[dict[str, list[str]]]
"""Alternatives; in each, every fact has to be one of the values. An empty list asks nothing."""


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The same sentence in both languages, with its article where it has one of its own, and the goods where it is about some only."""

    zh: str
    en: str
    cites: str = ""
    codes: list[str] = []


class Days(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long the authority may take, or how long before an event one has to act.

    kind      calendar, working or immediate
    before    counts back from an event instead of forward from the application
    deadline  is the importer's to keep, not the authority's
    """

    number: int
    kind: Literal["calendar", "working", "immediate"]
    confidence: str
    cites: str = ""
    before: bool = False
    deadline: bool = False
    zh: str = ""
    en: str = ""


class Period(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One state of the rule, from one day until (and with) another, with its article."""

    since: dt.date
    cites: str
    confidence: str
    until: dt.date | None = None
    effect: Literal["required", "banned"] = "required"
    zh: str = ""
    en: str = ""


class Scope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which goods: the first digits of the code, origins, dates and facts.

    assume     stands in for a fact nobody stated, and is said
    triggers   facts without which the scope is not thought of at all, so that one does not ask every shirt for its CITES appendix
    """

    codes: list[str]
    but: list[str] = []
    since: dt.date | None = None
    until: dt.date | None = None
    origins: list[str] = []
    not_origins: list[str] = []
    when: When = []
    triggers: list[str] = []
    assume: dict[str, str] = {}
    confidence: str = ""
    cites: str = ""
    zh: str = ""
    en: str = ""


class Exemption(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When the paper is not asked although the goods are those of the rule."""

    id: str
    zh: str
    en: str
    cites: str
    when: When = []
    codes: list[str] = []
    channels: list[str] = []
    value_up_to: str = ""
    since: dt.date | None = None
    until: dt.date | None = None
    confidence: str = "M"


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Goods for which people usually ask about this paper although the rule does not reach them, and the answer."""

    zh: str
    en: str
    cites: str
    codes: list[str] = []
    but: list[str] = []
    when: When = []
    since: dt.date | None = None
    until: dt.date | None = None


class Requirement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing the border asks, or one ban.

    document          supervision document code (监管证件代码), empty when the paper has none
    inspection        inspection and quarantine classes (检验检疫类别) that it stands behind
    fields            where it goes on the declaration, see declaration_fields.csv
    first_import      a licence, registration or filing for a first import, which listed e-commerce goods do not need
    for_persons       also asked of articles for personal use
    only_channels     asked in these channels only
    in_quantity       granted for a quantity, so that each consignment is written off
    facts_alone       facts that bring the requirement in whatever the code
    """

    id: str
    name_zh: str
    name_en: str
    why_zh: str
    why_en: str
    authority: list[str]
    stage: Literal["contract", "shipment", "arrival", "sale"]
    periods: list[Period]
    document: str = ""
    inspection: str = ""
    fields: list[str] = []
    first_import: bool = False
    for_persons: bool = False
    in_quantity: bool = False
    only_channels: list[str] = []
    scopes: list[Scope] = []
    facts_alone: When = []
    when: When = []
    otherwise: Words | None = None
    dropped: Words | None = None
    days: list[Days] = []
    prepare: list[Words] = []
    alternatives: list[Words] = []
    exemptions: list[Exemption] = []
    asked: list[Asked] = []


class Attribute(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fact about the goods that a requirement may turn on. `values` empty: free text."""

    zh: str
    en: str
    question_zh: str
    question_en: str
    values: dict[str, Words] = {}


class Contradiction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Two statements that cannot both be true."""

    when: dict[str, list[str]]
    zh: str
    en: str
    codes: list[str] = []


class AttributeFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """attributes.yaml."""

    attributes: dict[str, Attribute]
    contradictions: list[Contradiction]


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A body that grants, registers, inspects or bans. `in_policy`: it is among those the import policy of 2018 names."""

    code: str
    name_zh: str
    name_en: str
    in_policy: str
    for_what_zh: str
    for_what_en: str


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A supervision document by its one-character code."""

    code: str
    name_zh: str
    name_en: str
    confidence: str
    note: str


class DeclarationField(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A place on the customs declaration."""

    id: str
    name_zh: str
    name_en: str
    level: str
    confidence: str


def read_rows(path: Path) -> list[dict[str, str]]:
    """Rows of one of our tables; lines that begin with # are remarks. Raises LawDataError for a row of another width."""
    reader = csv.DictReader(line for line in path.read_text("utf-8").splitlines() if not line.startswith("#"))
    rows = []
    for row in reader:
        if None in row or None in row.values():
            raise LawDataError(f"{path.name}: line {reader.line_num}: another number of fields than the header")
        rows.append(row)
    return rows


@cache
def attribute_file() -> AttributeFile:
    """Attributes and contradictions as shipped."""
    return read_yaml(TABLES / "attributes.yaml", AttributeFile)


@cache
def bodies() -> dict[str, Body]:
    """Bodies by code."""
    return {row["code"]: msgspec.convert(row, Body) for row in read_rows(TABLES / "bodies.csv")}


@cache
def documents() -> dict[str, Document]:
    """Supervision documents by code."""
    return {row["code"]: msgspec.convert(row, Document) for row in read_rows(TABLES / "documents.csv")}


@cache
def declaration_fields() -> dict[str, DeclarationField]:
    """Places on the declaration by identifier."""
    return {row["id"]: msgspec.convert(row, DeclarationField) for row in read_rows(TABLES / "declaration_fields.csv")}


@cache
def family(name: str) -> tuple[Requirement, ...]:
    """The requirements of a family, checked. Raises LawDataError."""
    path = TABLES / f"{name}.yaml"
    if not path.exists():
        return ()
    requirements = tuple(read_yaml(path, list[Requirement]))
    for requirement in requirements:
        problems = _problems(requirement)
        if problems:
            raise LawDataError(f"tables/controls/{name}.yaml: {requirement.id}: " + "; ".join(problems))
    return requirements


@cache
def requirements() -> dict[str, tuple[str, Requirement]]:
    """Every requirement by identifier, with its family, in the order of FAMILIES. Raises LawDataError for one that stands twice."""
    register: dict[str, tuple[str, Requirement]] = {}
    for name in FAMILIES:
        for requirement in family(name):
            if requirement.id in register:
                raise LawDataError(f"tables/controls/{name}.yaml: {requirement.id!r} stands twice")
            register[requirement.id] = (name, requirement)
    return register


def _problems(r: Requirement) -> list[str]:
    """What is wrong with a requirement, in plain words."""
    problems = [f"no body {code!r}" for code in r.authority if code not in bodies()]
    problems += [f"no declaration field {name!r}" for name in r.fields if name not in declaration_fields()]
    if r.document and r.document not in documents():
        problems.append(f"no supervision document {r.document!r}")
    for earlier, later in zip(r.periods, r.periods[1:], strict=False):
        if earlier.until is None or earlier.until >= later.since:
            problems.append(f"the periods from {earlier.since} and {later.since} overlap")
    if not r.periods:
        problems.append("no period")
    problems += [f"unknown confidence {mark!r}" for mark in _marks(r) if mark not in CONFIDENCE_ORDER]
    problems += [f"no instrument {key!r}" for key in _cited(r) if key not in instruments()]
    for when in _whens(r):
        problems += _when_problems(when)
    problems += [f"assumed fact {n!r}" for s in r.scopes for n in s.assume if n not in attribute_file().attributes]
    return problems


def _marks(r: Requirement) -> list[str]:
    marks = [p.confidence for p in r.periods] + [d.confidence for d in r.days] + [e.confidence for e in r.exemptions]
    return marks + [s.confidence for s in r.scopes if s.confidence]


def _cited(r: Requirement) -> set[str]:
    texts = [p.cites for p in r.periods] + [s.cites for s in r.scopes] + [d.cites for d in r.days]
    texts += [x.cites for x in (*r.alternatives, *r.prepare)]
    texts += [x.cites for x in r.exemptions] + [x.cites for x in r.asked]
    texts += [w.cites for w in (r.otherwise, r.dropped) if w is not None]
    return {one.partition("#")[0] for text in texts for one in text.split("; ") if one}


def _whens(r: Requirement) -> list[When]:
    return [
        r.when,
        r.facts_alone,
        *(x.when for x in r.scopes),
        *(x.when for x in r.exemptions),
        *(x.when for x in r.asked),
    ]


def _when_problems(when: When) -> list[str]:
    """Facts and values that attributes.yaml does not know."""
    known = attribute_file().attributes
    problems = []
    for name, values in ((n, v) for alternative in when for n, v in alternative.items()):
        if name not in known:
            problems.append(f"no attribute {name!r}")
        elif known[name].values:
            plain = [value.removeprefix("not ") for value in values]
            problems += [f"{name} is never {value!r}" for value in plain if value not in known[name].values]
    return problems
