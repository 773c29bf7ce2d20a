"""Rows written and looked up hundreds of times a second, by SQL that is put together once.

Django puts the SQL of every INSERT and SELECT together anew, which takes several times what the database needs to carry it out. Where that is felt
(a lodging and the key it comes with), the same SQL is kept here and sent with other values. Everywhere else Django's own way is plainer.
"""
# ruff: noqa: SLF001  # what Django knows of its models is documented under names that look private

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, cached_property
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.query import get_related_populators

Row = TypeVar("Row", bound=models.Model)
PLAIN = (models.CharField, models.TextField, models.IntegerField, models.ForeignKey)
"""Columns whose values every database takes as they are."""


def _run(sql: str, values: list[Any], *, is_answered: bool = True) -> list[tuple[Any, ...]]:
    """Carry out a statement; its rows, where it is answered by rows."""
    database: Any = connections[DEFAULT_DB_ALIAS]
    database.ensure_connection()
    made = database._prepare_cursor(_planned_once()(database.connection)) if _is_postgresql() else database.cursor()
    with made as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall() if is_answered else []


@cache
def _is_postgresql() -> bool:
    return bool(connections[DEFAULT_DB_ALIAS].vendor == "postgresql")


@cache
def _planned_once() -> Any:  # noqa: ANN401  # a class of a library that is not always there
    """A cursor that has PostgreSQL read and plan a statement once for each connection.

    Values go as text, whatever they are: with numbers sent by their size and what is missing without a kind, one statement would be many to the server.
    """
    from psycopg import RawCursor

    class PlannedOnce(RawCursor[Any]):
        def execute(self, query: Any, params: Any = None, **how: Any) -> Any:  # noqa: ANN401  # as the library's own
            values = [value if value is None else str(value) for value in params]
            return super().execute(_numbered(query), values, **{**how, "prepare": True})

        def _convert_query(self, query: Any, params: Any = None) -> Any:  # noqa: ANN401  # as the library's own
            self._query = super()._convert_query(query, params)  # what Django's log of statements shows
            return self._query

    return PlannedOnce


@cache
def _numbered(sql: str) -> str:
    """The statement with its places as PostgreSQL itself writes them: $1, $2, …"""
    first, *others = sql.split("%s")
    return first + "".join(f"${n}{part}" for n, part in enumerate(others, start=1))


# --- written ----------------------------------------------------------------------------------------------------------------------


class _Column(NamedTuple):
    """A column by the name of its attribute: what stands in it when nothing is said, and how its values are kept."""

    name: str
    default: Callable[[], Any]
    as_kept: Callable[[Any], Any] | None


class _Table(NamedTuple):
    """How rows of a model are inserted: the head of the statement, the places of a row, the end; whether the database counts the rows."""

    head: str
    row: str
    end: str
    columns: tuple[_Column, ...]
    is_counted: bool


def insert(model: type[models.Model], *rows: Mapping[str, Any]) -> list[int]:
    """Insert rows of a model by one statement; their numbers, where the database counts them.

    A row gives values by the names of attributes (`declaration_id`); what it leaves out is as the model has it when nothing is said. No signals are
    sent. Raises IntegrityError.
    """
    table = _table(model)
    values = []
    for row in rows:
        for name, default, as_kept in table.columns:
            value = row[name] if name in row else default()
            values.append(value if as_kept is None or value is None else as_kept(value))
    sql = f"{table.head} {', '.join([table.row] * len(rows))}{table.end}"
    return [number for (number,) in _run(sql, values, is_answered=table.is_counted)]


@cache
def _table(model: type[models.Model]) -> _Table:
    quote: Callable[[Any], str] = connections[DEFAULT_DB_ALIAS].ops.quote_name
    meta = model._meta
    is_counted = isinstance(meta.pk, models.AutoField)
    fields = [field for field in meta.concrete_fields if not (is_counted and field.primary_key)]
    return _Table(
        head=f"INSERT INTO {quote(meta.db_table)} ({', '.join(quote(field.column) for field in fields)}) VALUES",
        row=f"({', '.join(['%s'] * len(fields))})",
        end=f" RETURNING {quote(meta.pk.column)}" if is_counted else "",
        columns=tuple(_Column(field.attname, field.get_default, _as_kept(field)) for field in fields),
        is_counted=is_counted,
    )


def _as_kept(field: models.Field[Any, Any]) -> Callable[[Any], Any] | None:
    """How values of a column are kept; None where they are kept as they are. PostgreSQL takes days and moments as they are."""
    if isinstance(field, models.JSONField):
        return lambda value: msgspec.json.encode(value).decode()
    if isinstance(field, PLAIN) or (isinstance(field, models.DateField) and _is_postgresql()):
        return None
    return lambda value: field.get_db_prep_save(value, connections[DEFAULT_DB_ALIAS])


# --- looked up --------------------------------------------------------------------------------------------------------------------


class Given(models.Expression):
    """The place of a value in a `Lookup`, told by its name when it is used."""

    def __init__(self, name: str, kind: models.Field[Any, Any]) -> None:
        super().__init__(output_field=kind)
        self.name, self.kind = name, kind

    def as_sql(self, compiler: Any, connection: Any) -> Any:  # noqa: ANN401, ARG002  # Django's shape
        """A placeholder, and itself in the place of the value."""
        return "%s", [self]


class Lookup(Generic[Row]):
    """A query that is put together once and asked with other values: `Lookup(lambda: Key.objects.filter(digest=Given("digest", CharField())))`."""

    def __init__(self, rows: Callable[[], models.QuerySet[Row]]) -> None:
        self._rows = rows

    def find(self, **given: object) -> list[Row]:
        """The records, each with those it is selected with."""
        held, database = self._held, connections[DEFAULT_DB_ALIAS]
        values = [
            value.kind.get_db_prep_value(given[value.name], database) if isinstance(value, Given) else value
            for value in held.values
        ]
        return [self._record(list(row)) for row in _run(held.sql, values)]

    @cached_property
    def _held(self) -> _Held:
        """What Django makes of the query, as its own iterator does (`django.db.models.query.ModelIterable`)."""
        compiler = self._rows().query.get_compiler(DEFAULT_DB_ALIAS)
        sql, values = compiler.as_sql()
        names = [compiler.select[place][0].target.attname for place in compiler.klass_info["select_fields"]]
        return _Held(
            sql,
            values,
            list(compiler.get_converters([column for column, *_ in compiler.select]).items()),
            compiler.klass_info["model"],
            names,
            get_related_populators(compiler.klass_info, compiler.select, DEFAULT_DB_ALIAS),  # type: ignore[call-arg]  # Django 5.2's own
        )

    def _record(self, row: list[Any]) -> Row:
        held, database = self._held, connections[DEFAULT_DB_ALIAS]
        for place, (converters, column) in held.converters:
            for convert in converters:
                row[place] = convert(row[place], column, database)
        record: Any = held.model.from_db(DEFAULT_DB_ALIAS, held.names, row[: len(held.names)])
        for related in held.related:
            related.populate(row, record)
        return record  # type: ignore[no-any-return]  # of the model of the query


class _Held(NamedTuple):
    """What Django makes of a query: its SQL, its values and places of values, and how rows become records."""

    sql: str
    values: tuple[Any, ...]
    converters: list[tuple[int, tuple[list[Callable[..., Any]], Any]]]
    model: type[models.Model]
    names: list[str]
    related: list[Any]
