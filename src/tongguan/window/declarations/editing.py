"""The form: the data dictionary of `tongguan.declaration` on a few pages. Nothing here knows a single field; what a field is called, how long it may
be and which codes it takes stands in the dictionary, so that form, spreadsheet and interface always ask for the same.

A field is named on the page by its path (`goods[0].origin`), which is how findings name it too: each lands at its field by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.text import capfirst

from tongguan import declaration as form
from tongguan.declaration.codes import code_table
from tongguan.declaration.dictionary import NESTED, REPEATED, Field, fields_of
from tongguan.declaration.reading import MAX_ENTRIES
from tongguan.grammar.findings import Finding, InputRefused
from tongguan.window.access.actor import Moment
from tongguan.window.look import texts
from tongguan.window.look.written import day, words
from tongguan.window.published.schedule import world

PAGES: dict[str, tuple[str, ...]] = {
    "parties": ("header", "parties"),
    "transport": ("transport", "packages", "containers"),
    "value": ("valuation",),
    "goods": ("goods",),
    "papers": ("papers",),
    "inspection": ("inspection", "assessment"),
}
"""The pages of the form in their order, with the groups of the dictionary on each. Goods items have a page each below "goods"."""
MOST_CHOICES = 70
"""Code tables up to this long are shown as a list; in longer ones one types and searches."""
LONGEST = 4000
KEPT_OUT = frozenset({"open"})
"""Kinds that have no box on a form."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_PATH = re.compile(r"(\w+)(?:\[(\d{1,3})\])?\.(\w+)(?:\[(\d{1,3})\]\.(\w+))?")


# --- shown ------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Box:
    """One field on a page: its path, what stands in it as text, and the codes to choose from where there are few."""

    field: Field
    path: str
    value: str
    choices: tuple[Any, ...] = ()

    @property
    def hint(self) -> texts.Text | None:
        """How it is to be written, in both languages."""
        one = self.field
        if one.hint_zh or one.hint_en:
            return texts.Text(one.hint_zh, one.hint_en)
        return texts.texts()["declarations.option_amounts"] if one.kind in {"amounts", "words"} else None

    @property
    def is_unknown(self) -> bool:
        """Whether what was written is none of the choices; it stays there until it is mended."""
        return bool(self.value) and self.value not in {one.code for one in self.choices}

    @property
    def takes_others(self) -> bool:
        """Whether codes beside the choices can be right, since the table we hold is not whole."""
        return bool(self.choices) and not code_table(self.field.table).is_whole

    @property
    def meaning(self) -> Any:  # noqa: ANN401  # a code with its names
        """What a code written by hand stands for, where the table says so."""
        return code_table(self.field.table).codes.get(self.value) if self.field.table and self.value else None

    @property
    def is_day(self) -> bool:
        """Whether a calendar helps: for a date, unless something else was written there, which stays to be mended."""
        return self.field.kind == "date" and (not self.value or _DAY.fullmatch(self.value) is not None)

    @property
    def longest(self) -> int:
        """Characters a browser lets through: a little more than fits, so that what is too long is told and not cut."""
        return self.field.max + 20

    @property
    def control(self) -> str:
        """Which control it takes."""
        if self.field.kind == "flag":
            return "flag"
        if self.choices:
            return "select"
        if self.field.kind in {"lines", "amounts", "words"} or self.field.max > 200:
            return "textarea"
        return "input"

    @property
    def size(self) -> str:
        """The width class of the design system that fits what is written there."""
        if self.field.kind in {"amount", "quantity", "number", "date"} or 0 < self.field.max <= 12:
            return "govuk-input--width-10"
        return "govuk-input--width-20" if 0 < self.field.max <= 40 else ""

    @property
    def is_decimal(self) -> bool:
        """Whether a telephone should show its digits."""
        return self.field.kind in {"amount", "quantity", "number"}


@dataclass(frozen=True)
class Entry:
    """One container, paper or preference: its boxes under a running number."""

    path: str
    number: int
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class Section:
    """One group on a page: what is nearly always asked, the other boxes folded away, or a list of entries."""

    group: str
    boxes: tuple[Box, ...] = ()
    further: tuple[Box, ...] = ()
    entries: tuple[Entry, ...] = ()
    is_list: bool = False
    path: str = ""

    @property
    def title(self) -> str:
        """The key of what the group is called."""
        return f"declarations.group_{self.group}"

    @property
    def all_boxes(self) -> tuple[Box, ...]:
        """Every box of the group."""
        return (*self.boxes, *self.further, *(box for entry in self.entries for box in entry.boxes))

    @property
    def has_further(self) -> bool:
        """Whether something in the folded part is filled in, so that it stays open."""
        return any(box.value for box in self.further)


def sections(page: str, facts: Mapping[str, Any]) -> list[Section]:
    """The groups of one page with what is written in them."""
    return [_section(group, facts) for group in PAGES[page] if group != "goods"]


def _section(group: str, facts: Mapping[str, Any]) -> Section:
    if group in REPEATED:
        return _list(group, group, facts.get(group))
    held = facts.get(group)
    return _single(group, group, held if isinstance(held, Mapping) else {})


def item_sections(number: int, facts: Mapping[str, Any]) -> list[Section]:
    """One goods item: its boxes, and the lists inside it."""
    item = item_of(number, facts)
    path = f"goods[{number}]"
    return [_single("goods", path, item), *(_list(name, f"{path}.{name}", item.get(name)) for name in NESTED)]


def item_of(number: int, facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """A goods item by its place, counted from 0; empty where nothing is written yet."""
    goods = facts.get("goods")
    if isinstance(goods, list) and number < len(goods) and isinstance(goods[number], Mapping):
        item: Mapping[str, Any] = goods[number]
        return item
    return {}


def _single(group: str, path: str, held: Mapping[str, Any]) -> Section:
    boxes = [_box(one, f"{path}.{one.name}", held.get(one.name)) for one in _asked(group)]
    return Section(
        group,
        tuple(b for b in boxes if _is_usual(b.field)),
        tuple(b for b in boxes if not _is_usual(b.field)),
        path=path,
    )


def _list(group: str, path: str, held: object) -> Section:
    rows = [row if isinstance(row, Mapping) else {} for row in held] if isinstance(held, list) else []
    entries = [
        Entry(
            f"{path}[{place}]", place + 1,
            tuple(_box(one, f"{path}[{place}].{one.name}", row.get(one.name)) for one in _asked(group)),
        )
        for place, row in enumerate(rows)
    ]  # fmt: skip
    return Section(group, entries=tuple(entries), is_list=True, path=path)


def _asked(group: str) -> Iterator[Field]:
    return (one for one in fields_of(group).values() if one.kind not in {*KEPT_OUT, "list"})


def _is_usual(one: Field) -> bool:
    """Whether a field is asked of nearly everybody."""
    return bool(one.required or one.summary) or one.path in USUAL


USUAL = frozenset({
    "header.procedure", "header.declared_before_arrival", "header.contract_number", "header.marks", "transport.arrived_on",
    "valuation.freight", "valuation.freight_currency", "valuation.insurance", "valuation.insurance_currency", "valuation.exchange_rates",
    "goods.first_quantity", "goods.first_unit", "header.levy_nature", "goods.brand_type", "goods.brand",
})  # fmt: skip
"""Fields without a rule that requires them that most declarations have all the same."""


def _box(one: Field, path: str, value: object) -> Box:
    choices: tuple[Any, ...] = ()
    if one.table and one.kind == "code":
        codes = code_table(one.table).codes
        if len(codes) <= MOST_CHOICES:
            choices = tuple(codes.values())
    return Box(one, path, text_of(value), choices)


def text_of(value: object) -> str:
    """What is kept, as a person would write it into the box."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return "\n".join(f"{name} = {text_of(held)}" for name, held in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(text_of(one) for one in value)
    return str(value)


def told_of(one: Field, value: object, language: str) -> str:
    """What is kept, as a reader who knows no codes understands it: 2 水路运输, 3 March 2025, yes in the reader's language."""
    if isinstance(value, bool):
        return texts.say("look.yes" if value else "look.no", language)
    text = text_of(value)
    if one.kind == "flag" and text in {"yes", "no"}:
        return texts.say(f"look.{text}", language)
    if one.kind == "date" and _DAY.fullmatch(text):
        return day(text, language)
    if not one.table:
        return text
    codes = code_table(one.table).codes
    held = value if isinstance(value, list | tuple) else [text]
    return ", ".join(_named_code(codes.get(str(code)), str(code), language) for code in held)


def _named_code(code: Any, text: str, language: str) -> str:  # noqa: ANN401  # a code with its names, or None
    if code is None:
        return text
    named = words(code, language)
    is_word = len(text) > 1 and text.islower()  # a code that is a word says nothing to a reader; one of a letter does
    return capfirst(named) if is_word else f"{text} {named}"


# --- read -------------------------------------------------------------------------------------------------------------------------


@dataclass
class Written:
    """Facts as they stand after a page was read."""

    facts: dict[str, Any]
    paths: set[str] = field(default_factory=set)


def written(facts: Mapping[str, Any], posted: Iterable[tuple[str, str]], groups: Iterable[str]) -> Written:
    """The facts with what one page says put into them. Boxes left empty are taken out; names that are no field are not looked at."""
    allowed = set(groups)
    kept = Written(_copied(facts))
    for path, text in posted:
        match = _PATH.fullmatch(path)
        if match is None or match[1] not in allowed:
            continue
        holder, name, one = _holder(kept.facts, match)
        if holder is None or one is None:
            continue
        value = _value(one, text[:LONGEST])
        kept.paths.add(path)
        if value in ("", [], {}):
            holder.pop(name, None)
        else:
            holder[name] = value
    return kept


def _holder(facts: dict[str, Any], match: re.Match[str]) -> tuple[dict[str, Any] | None, str, Field | None]:
    """The group a path leads into, made where it is not there yet, with the field's name and the field."""
    group, place, name, inner_place, inner_name = match.groups()
    if (group in REPEATED) is not (place is not None):
        return None, name, None
    holder = facts.setdefault(group, {}) if place is None else _entry(facts, group, int(place))
    if inner_name is None:
        return holder, name, fields_of(group).get(name)
    if name not in NESTED or holder is None:
        return None, name, None
    return _entry(holder, name, int(inner_place)), inner_name, fields_of(name).get(inner_name)


def _entry(holder: dict[str, Any], name: str, place: int) -> dict[str, Any] | None:
    rows = holder.setdefault(name, [])
    if place >= MAX_ENTRIES[name] or place > len(rows):
        return None
    if place == len(rows):
        rows.append({})
    row: dict[str, Any] = rows[place]
    return row


def _copied(value: Any) -> Any:  # noqa: ANN401  # JSON
    if isinstance(value, Mapping):
        return {key: _copied(held) for key, held in value.items()}
    return [_copied(one) for one in value] if isinstance(value, list | tuple) else value


def _value(one: Field, text: str) -> Any:  # noqa: ANN401  # what the reader of the declaration takes
    text = text.replace("\r\n", "\n").strip()
    match one.kind:
        case "codes" | "numbers":
            return [part for part in re.split(r"[,，;；、\s]+", text) if part]
        case "amounts" | "words":
            return dict(_named(text))
        case _:
            return text


def _named(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        name, _, value = line.partition("=") if "=" in line else line.replace("：", ":").partition(":")
        if name.strip():
            yield name.strip(), value.strip()


def added(facts: Mapping[str, Any], path: str) -> dict[str, Any]:
    """The facts with one more, empty entry in the list at a path: "containers", "goods", "goods[0].preferences"."""
    kept: dict[str, Any] = _copied(facts)
    holder, name = _list_holder(kept, path)
    if holder is not None and len(holder.setdefault(name, [])) < MAX_ENTRIES[name]:
        holder[name].append({})
    return kept


def removed(facts: Mapping[str, Any], path: str) -> dict[str, Any]:
    """The facts without one entry of a list: "goods[2]", "goods[0].vehicles[1]"."""
    kept: dict[str, Any] = _copied(facts)
    match = re.fullmatch(r"(.+)\[(\d{1,3})\]", path)
    holder, name = _list_holder(kept, match[1]) if match else (None, "")
    if match and holder is not None and int(match[2]) < len(holder.get(name, [])):
        del holder[name][int(match[2])]
    return kept


def _list_holder(facts: dict[str, Any], path: str) -> tuple[dict[str, Any] | None, str]:
    match = re.fullmatch(r"(?:goods\[(\d{1,3})\]\.)?(\w+)", path)
    if match is None or match[2] not in MAX_ENTRIES:
        return None, ""
    if match[1] is None:
        return (facts, match[2]) if match[2] in REPEATED else (None, "")
    goods = facts.get("goods", [])
    inside = match[2] in NESTED and int(match[1]) < len(goods)
    return (goods[int(match[1])], match[2]) if inside else (None, "")


# --- looked at --------------------------------------------------------------------------------------------------------------------


def findings_of(facts: Mapping[str, Any], moment: Moment) -> tuple[Finding, ...]:
    """Everything that can be said of facts as they stand, by the same reader and the same check that lodging uses.

    What cannot be read is told and left out, so that the check of all the rest is told in the same breath.
    """
    try:
        return tuple(form.check(form.read(facts), moment.day, world()))
    except InputRefused as refused:
        unread = tuple(refused.findings)
    rest = _copied(facts)
    for finding in unread:
        _take_out(rest, finding.path)
    try:
        found = form.check(form.read(rest), moment.day, world())
    except InputRefused:  # what is wrong is the shape of the whole
        return unread
    told = {finding.path for finding in unread}
    return (*unread, *(f for f in found if f.path not in told))


def _take_out(facts: dict[str, Any], path: str) -> None:
    """Away with what stands at a path, or with the nearest thing around it that has a name."""
    group, *rest = re.split(r"[.\[]", path, maxsplit=1)
    match = _PATH.match(path)
    holder = _holder(facts, match)[0] if match else None
    name = (match[5] or match[3]) if match else ""
    if holder is not None and name in holder:
        del holder[name]
    elif rest or group in facts:
        facts.pop(group, None)


def on_page(found: Iterable[Finding], page: str, item: int | None = None) -> list[Finding]:
    """Those of one page, or of one goods item."""
    if item is not None:
        return [f for f in found if re.match(rf"goods\[{item}\](\.|$)", f.path)]
    return [f for f in found if page_of(f.path) == page]


def page_of(path: str) -> str:
    """The page on which a finding's field stands; empty for a finding about the whole."""
    group = re.split(r"[.\[]", path, maxsplit=1)[0]
    return next((page for page, groups in PAGES.items() if group in groups), "")


def item_in(path: str) -> int | None:
    """The place of the goods item a path leads into, counted from 0; None where it leads elsewhere."""
    match = re.match(r"goods\[(\d{1,3})\]", path)
    return int(match[1]) if match else None


def at(facts: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401  # JSON
    """What stands at a path; None where nothing does."""
    held: Any = facts
    for name, place in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path):
        if name:
            held = held.get(name) if isinstance(held, Mapping) else None
        elif isinstance(held, list):
            held = held[int(place)] if int(place) < len(held) else None
        else:
            return None
    return held
