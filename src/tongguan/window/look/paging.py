"""Lists by key: a page begins after the last row of the page before. No page counts the rows, so none grows slower with the table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet

Kept = TypeVar("Kept", bound=Model)
AFTER = "after"
"""Name of the cursor in an address."""
SIZE = 25
MOST = 200
SEPARATOR = "~"


@dataclass(frozen=True)
class Page(Generic[Kept]):
    """One page: its rows, the cursor of the next page (empty on the last one), and whether it is the first."""

    rows: list[Kept]
    after: str
    is_first: bool


def _written(value: object) -> str:
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _cursor(row: Model, by: Sequence[str]) -> str:
    return SEPARATOR.join(_written(getattr(row, name.lstrip("-"))) for name in by)


def _beyond(by: Sequence[str], given: Sequence[Any]) -> Q:
    """Rows after the given one: greater in the first column that differs."""
    condition = Q()
    same = Q()
    for name, value in zip(by, given, strict=True):
        column, comparison = (name[1:], "lt") if name.startswith("-") else (name, "gt")
        condition |= same & Q(**{f"{column}__{comparison}": value})
        same &= Q(**{column: value})
    return condition


def _instant(value: dt.datetime) -> dt.datetime:
    """The moment in UTC. Raises OverflowError where it is none: without a zone, or beyond the years there are."""
    if value.tzinfo is None:
        raise OverflowError("a moment has a zone")
    return value.astimezone(dt.UTC)


def _read(model: type[Model], by: Sequence[str], cursor: str) -> list[Any]:
    """The values of a cursor; none when it cannot be read."""
    parts = cursor.split(SEPARATOR)
    if not cursor or len(parts) != len(by):
        return []
    given = []
    for name, part in zip(by, parts, strict=True):
        column = name.lstrip("-")
        field = model._meta.pk if column == "pk" else model._meta.get_field(column)  # noqa: SLF001  # Django's documented name
        try:
            value = field.clean(part, None)  # type: ignore[union-attr]
            if isinstance(value, dt.datetime):
                value = _instant(value)
            given.append(value)
        except (ValidationError, OverflowError):
            return []
    return given


def page_of(
    rows: QuerySet[Kept], asked: Mapping[str, str], *, by: Sequence[str] = ("-pk",), size: int = SIZE
) -> Page[Kept]:
    """The page an address asks for (`request.GET`), in the order of `by`, whose last column must be unique.

    A cursor that cannot be read gives the first page: an address somebody mistyped is no reason to fail.
    """
    size = min(size, MOST)
    ordered = rows.order_by(*by)
    given = _read(rows.model, by, asked.get(AFTER, ""))
    if given:
        ordered = ordered.filter(_beyond(by, given))
    found = list(ordered[: size + 1])
    shown = found[:size]
    return Page(shown, _cursor(shown[-1], by) if len(found) > size else "", is_first=not given)
