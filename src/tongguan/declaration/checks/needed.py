"""Fields that have to be there: always, because of another field, or for the summary of a declaration in two steps."""

from __future__ import annotations

from functools import cache
from typing import Any

from tongguan.declaration.codes import code_table
from tongguan.declaration.dictionary import SINGLE, Field, fields, fields_of
from tongguan.declaration.shape import Declaration
from tongguan.grammar.findings import Finding

SUMMARY = "summary"
MOST_ITEMS = 50
"""Goods items one declaration holds (gacc-2018-67, from memory)."""


def check_needed(declaration: Declaration, found: list[Finding]) -> None:
    """What is missing, each at its field."""
    is_summary = declaration.header.procedure == SUMMARY
    for group in SINGLE:
        _group(declaration, getattr(declaration, group), group, group, is_summary, found)
    for group in ("goods", "containers"):
        for n, entry in enumerate(getattr(declaration, group)):
            _group(declaration, entry, group, f"{group}[{n}]", is_summary, found)
    for n, goods in enumerate(declaration.goods):
        for nested in ("preferences", "vehicles"):
            for m, entry in enumerate(getattr(goods, nested)):
                _group(declaration, entry, nested, f"goods[{n}].{nested}[{m}]", is_summary, found)
    if not declaration.goods:
        found.append(Finding("declaration.no_goods", "goods"))
    elif len(declaration.goods) > MOST_ITEMS:
        facts = {"number": str(len(declaration.goods)), "limit": str(MOST_ITEMS)}
        found.append(Finding("declaration.too_many_entries", "goods", facts, "gacc-2018-67"))


def _group(
    declaration: Declaration,
    entry: Any,  # noqa: ANN401  # a group of the declaration
    group: str,
    path: str,
    is_summary: bool,
    found: list[Finding],
) -> None:
    for field in _perhaps_needed(group):
        value = getattr(entry, field.name)
        if (value is None or value == "") and _is_needed(declaration, field, is_summary):
            found.append(missing(field, f"{path}.{field.name}"))


@cache
def _perhaps_needed(group: str) -> tuple[Field, ...]:
    return tuple(field for field in fields_of(group).values() if field.required)


def _is_needed(declaration: Declaration, field: Field, is_summary: bool) -> bool:
    if is_summary and field.summary != "basic":
        return False
    if isinstance(field.required, str):
        return True
    return any(_said(declaration, path) in values for path, values in field.required.items())


def _said(declaration: Declaration, path: str) -> str:
    group, _, name = path.partition(".")
    value = getattr(getattr(declaration, group), name)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value or ""


def missing(field: Field, path: str) -> Finding:
    """That a field is empty, with its names and where it is asked."""
    facts = {"name_zh": field.zh, "name_en": field.en}
    return Finding("declaration.missing", path, facts, field.source)


def missing_at(group: str, name: str, path: str) -> Finding:
    """As `missing`, for a field by its name."""
    return missing(fields()[f"{group}.{name}"], path)


def check_codes(declaration: Declaration, found: list[Finding]) -> None:
    """Codes that the tables held do not know. A table held whole has refused them when they were read."""
    for group in SINGLE:
        _codes(getattr(declaration, group), group, group, found)
    for n, goods in enumerate(declaration.goods):
        _codes(goods, "goods", f"goods[{n}]", found)
        for m, claim in enumerate(goods.preferences):
            _codes(claim, "preferences", f"goods[{n}].preferences[{m}]", found)
    for n, paper in enumerate(declaration.papers):
        _codes(paper, "papers", f"papers[{n}]", found)


def _codes(entry: Any, group: str, path: str, found: list[Finding]) -> None:  # noqa: ANN401  # a group
    for field in _coded(group):
        value = getattr(entry, field.name)
        if not value:
            continue
        table = code_table(field.table)
        for code in value if field.kind == "codes" else (value,):
            if code not in table.codes:
                facts = {"read": code, "table_zh": table.about.zh, "table_en": table.about.en}
                found.append(
                    Finding("declaration.code_not_held", f"{path}.{field.name}", facts, field.source, "warning")
                )


@cache
def _coded(group: str) -> tuple[Field, ...]:
    return tuple(field for field in fields_of(group).values() if field.kind in ("code", "codes"))
