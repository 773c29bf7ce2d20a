"""Each agency's application, derived from the facts of the declaration; what none of them tells is asked once, for all agencies together.

The re-use ratio is facts asked ÷ distinct facts: 1 when nothing is asked twice.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from tongguan.assessment.papers.paper import Paper, Papers, question
from tongguan.declaration.canonical import facts
from tongguan.declaration.checks.papers import PROOF_OF_ORIGIN, is_attached
from tongguan.declaration.dictionary import fields
from tongguan.declaration.shape import Declaration, Goods, Header
from tongguan.declaration.shipments import channel_of, papers_of_item, quantities_of
from tongguan.grammar.strict_yaml import read_yaml
from tongguan.law.controls.evaluate import REQUIRED

NOT_DECLARED = "not_declared"
NUMBER = ("papers", "number")
FACTS = "facts."
NOTHING: tuple[object, ...] = (None, "", (), {})
"""What stands where nobody has told anything."""
KILOGRAM = "035"


class AskedOf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question for a fact the form has no box for."""

    zh: str
    en: str


class Maps(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """applications.yaml: fields of every application, of each family, and the words of questions."""

    every: dict[str, str]
    families: dict[str, dict[str, str]]
    questions: dict[str, AskedOf]


@cache
def maps() -> Maps:
    """Where each field of an application comes from."""
    return read_yaml(Path(__file__).parent / "applications.yaml", Maps)


class _Field(NamedTuple):
    """One field of an application and the place of the declaration it is drawn from: a group, and what stands in it."""

    name: str
    group: str
    rest: str
    is_needed: bool


@cache
def _fields_of(family: str) -> tuple[_Field, ...]:
    """The fields of every application and those of a family. A place that ends in ? may be left out."""
    found = []
    for name, written in (maps().every | maps().families.get(family, {})).items():
        group, _, rest = written.removesuffix("?").partition(".")
        found.append(_Field(name, group, rest, not written.endswith("?")))
    return tuple(found)


class _Drawn(NamedTuple):
    """A field of an application as drawn from the declaration, by its keys: values, keys of what nobody has told, where each stands."""

    values: dict[str, Any]
    missing: list[str]
    source: dict[str, str]


class Application(msgspec.Struct, frozen=True):
    """What one agency is asked for: a paper, for some goods items (counted from 1), with its fields drawn from the declaration.

    `fields`   values by name; over several items a fact of the goods is told for each, as name[2]
    `missing`  names of fields nobody has told yet
    `source`   where each fact stands on the declaration, those that are missing too
    `number`   the number of the paper when it is held already, so that the agency only has to verify it
    `bodies`   every agency that has a say; `body` is the one that decides
    """

    body: str
    requirement: str
    document: str
    items: tuple[int, ...]
    fields: dict[str, Any]
    missing: tuple[str, ...]
    source: dict[str, str]
    name_zh: str = ""
    name_en: str = ""
    because: str = ""
    number: str = ""
    in_quantity: bool = False
    bodies: tuple[str, ...] = ()


class Ask(msgspec.Struct, frozen=True):
    """A fact still to be asked, once, and the requirements that wait for it."""

    path: str
    zh: str
    en: str
    requirements: tuple[str, ...]


class Reuse(msgspec.Struct, frozen=True):
    """How often people are asked. `boxes` counts the boxes these facts fill on the declaration and on every application."""

    asked: int
    distinct: int
    boxes: int
    twice: tuple[str, ...] = ()

    @property
    def ratio(self) -> str:
        """Facts asked ÷ distinct facts, with two decimals: 1.00 when nothing is asked twice."""
        hundredths = (self.asked * 100 + self.distinct // 2) // self.distinct if self.distinct else 100
        return f"{hundredths // 100}.{hundredths % 100:02d}"


class _Told:
    """What the declaration tells, by place: looked up once, however many agencies are told."""

    def __init__(self, declaration: Declaration) -> None:
        self.declaration = declaration
        self._drawn: dict[tuple[_Field, tuple[int, ...]], _Drawn] = {}

    def drawn(self, field: _Field, items: tuple[int, ...]) -> _Drawn:
        """A field of an application over these goods items: one of the whole declaration, or one for each item."""
        found = self._drawn.get((field, items))
        if found is None:
            found = self._drawn[field, items] = _Drawn({}, [], {})
            for item in items if field.group == "goods" else (0,):
                key = f"{field.name}[{item}]" if item and len(items) > 1 else field.name
                _put(found, field, key, *self._look(field.group, field.rest, item))
        return found

    def _look(self, group: str, rest: str, item: int) -> tuple[str, Any]:
        declaration = self.declaration
        if group == "goods":
            goods = declaration.goods[item - 1]
            fact = rest.removeprefix(FACTS)
            return f"goods[{item - 1}].{rest}", getattr(goods, rest) if fact == rest else goods.facts.get(fact, "")
        if (group, rest) == ("parties", "owner_name") and not declaration.parties.owner_name:
            rest = "importer_name"  # the consignee uses the goods unless another is named
        return f"{group}.{rest}", getattr(getattr(declaration, group), rest)


def applications(declaration: Declaration, papers: Sequence[Papers]) -> tuple[Application, ...]:
    """The applications of a declaration, from the papers an assessment found for each goods item."""
    wanted: dict[str, tuple[Paper, list[int]]] = {}
    for number, asked in enumerate(papers[: len(declaration.goods)], start=1):
        for paper in asked.papers:
            if _is_applied_for(paper):
                wanted.setdefault(paper.id, (paper, []))[1].append(number)
    told = _Told(declaration)
    return tuple(_application(told, paper, tuple(items)) for paper, items in wanted.values())


def _is_applied_for(paper: Paper) -> bool:
    """Whether an agency decides about it: what the importer keeps in its own books, and a proof made abroad, is not applied for."""
    return (
        paper.status == REQUIRED
        and bool(paper.authority)
        and paper.document != PROOF_OF_ORIGIN
        and any(place != NOT_DECLARED for place in paper.fields)
    )


def _application(told: _Told, paper: Paper, items: tuple[int, ...]) -> Application:
    values: dict[str, Any] = {}
    missing: list[str] = []
    source: dict[str, str] = {}
    number = _number_held(told.declaration, paper, items)
    for field in _fields_of(paper.family):
        if (field.group, field.rest) == NUMBER:
            _put(_Drawn(values, missing, source), field, field.name, f"papers[{paper.id}].number", number)
            continue
        drawn = told.drawn(field, items)
        values |= drawn.values
        missing += drawn.missing
        source |= drawn.source
    return Application(
        body=paper.authority[0],
        requirement=paper.id,
        document=paper.document,
        items=items,
        fields=values,
        missing=tuple(missing),
        source=source,
        name_zh=paper.name_zh,
        name_en=paper.name_en,
        because=paper.because,
        number=number,
        in_quantity=paper.in_quantity,
        bodies=paper.authority,
    )


def _put(drawn: _Drawn, field: _Field, key: str, path: str, value: Any) -> None:  # noqa: ANN401  # any kind of fact
    """Note one value, or that nobody has told it."""
    if isinstance(value, Decimal) or value not in NOTHING:
        drawn.values[key], drawn.source[key] = value, path
    elif field.is_needed:
        drawn.missing.append(key)
        drawn.source[key] = path


def _number_held(declaration: Declaration, paper: Paper, items: tuple[int, ...]) -> str:
    """The number of the paper where it is attached for every item it is asked for."""
    numbers = []
    for item in items:
        if not is_attached(declaration, declaration.goods[item - 1], item, paper):
            return ""
        numbers += [
            held.number
            for held in papers_of_item(declaration, item)
            if held.number and (held.requirement == paper.id or (held.document and held.document == paper.document))
        ]
    return ", ".join(dict.fromkeys(numbers))


def questions(asked: Sequence[Application]) -> tuple[Ask, ...]:
    """What is still to be asked, each fact once however many agencies want it."""
    waiting: dict[str, list[str]] = {}
    for application in asked:
        for name in application.missing:
            waiting.setdefault(application.source[name], []).append(application.requirement)
    names = {a.requirement: (a.name_zh, a.name_en) for a in asked}
    return tuple(Ask(path, *_words(path, names), tuple(dict.fromkeys(who))) for path, who in waiting.items())


def _words(path: str, names: dict[str, tuple[str, str]]) -> tuple[str, str]:
    if path.startswith("papers["):
        zh, en = names[path.removeprefix("papers[").partition("]")[0]]
        return f"{zh}的编号是什么？", f"What is the number of: {en}?"
    group, _, rest = path.partition("].") if "]." in path else path.partition(".")
    if rest.startswith("facts."):
        fact = rest.removeprefix("facts.")
        own = maps().questions.get(fact)
        return (own.zh, own.en) if own else (question(fact, "zh"), question(fact, "en"))
    field = fields()[f"{group.partition('[')[0]}.{rest}"]
    return f"{field.zh}？", f"{field.en}?"


def answered(raw: dict[str, Any], path: str, value: Any) -> dict[str, Any]:  # noqa: ANN401  # any kind of fact
    """The raw facts with the answer to a question of `questions` in its place; `raw` itself stays as it is. `read` looks at the value."""
    new = copy.deepcopy(raw)
    if path.startswith("papers["):
        requirement = path.removeprefix("papers[").partition("]")[0]
        new.setdefault("papers", []).append({"requirement": requirement, "number": value})
        return new
    *way, last = path.replace("]", "").replace("[", ".").split(".")
    place: Any = new
    for step in way:
        place = place[int(step)] if step.isdigit() else place.setdefault(step, {})
    place[last] = value
    return new


# --- the re-use ratio ---------------------------------------------------------


def reuse(declaration: Declaration, asked: Sequence[Application]) -> Reuse:
    """Facts put to the person (those given and those still asked) against distinct facts among them."""
    given = _leaves(facts(declaration), "")
    open_questions = [ask.path for ask in questions(asked)]
    twice = _given_twice(declaration) & set(given)
    boxes = len(given) + sum(len(a.fields) + len(a.missing) for a in asked)
    count = len(given) + len(open_questions)
    again = sorted(twice | (set(open_questions) & set(given)))
    return Reuse(count, count - len(again), boxes, tuple(again))


def _leaves(content: Any, path: str) -> list[str]:  # noqa: ANN401  # a tree of plain data
    """The places where a fact is told: each value, each element of a list of groups; a list of codes or numbers is one fact."""
    if isinstance(content, dict):
        return [
            leaf
            for k, v in content.items()
            for leaf in ([k] if k == "bill" else _leaves(v, f"{path}.{k}" if path else k))
        ]
    if isinstance(content, (list, tuple)) and any(isinstance(one, dict) for one in content):
        return [leaf for n, one in enumerate(content) for leaf in _leaves(one, f"{path}[{n}]")]
    return [path]


def _given_twice(declaration: Declaration) -> set[str]:
    """Places that repeat what another place tells already."""
    p = declaration.parties
    found = {f"parties.{who}_name" for who in ("owner", "declarant") if getattr(p, f"{who}_name") == p.importer_name}
    found |= {f"parties.{who}_code" for who in ("owner", "declarant") if getattr(p, f"{who}_code") == p.importer_code}
    header = declaration.header
    if (
        header.channel
        and channel_of(msgspec.structs.replace(declaration, header=_without_channel(header))) == header.channel
    ):
        found.add("header.channel")
    for n, goods in enumerate(declaration.goods):
        found |= {f"goods[{n}].{name}" for name in _repeated(declaration, goods)}
    return found


def _without_channel(header: Header) -> Header:
    return msgspec.structs.replace(header, channel="")


def _repeated(declaration: Declaration, goods: Goods) -> list[str]:
    """What a goods item says twice: a price that follows from another, a quantity in the same unit, a destination that goes without saying."""
    found = []
    if goods.unit_price is not None and goods.total_price is not None and goods.quantity is not None:
        found.append("unit_price")
    for place in ("first", "second"):
        unit = getattr(goods, f"{place}_unit")
        if unit and unit == goods.unit:
            found += [f"{place}_quantity", f"{place}_unit"]
        net = declaration.packages.net_weight
        is_net = len(declaration.goods) == 1 and getattr(goods, f"{place}_quantity") == net
        if net is not None and is_net and "kg" in quantities_of(declaration, goods) and unit == KILOGRAM:
            found += [f"{place}_quantity", f"{place}_unit"]
    if goods.destination_country == "CHN":
        found.append("destination_country")
    return found
