"""A spreadsheet in, read by `tongguan.declaration.sheet`: the good declarations are taken, the rest comes back row by row with the reasons.

Each declaration is an act of its own, so that a problem in one row holds up nobody but its own declaration, and a sheet sent twice (or broken off in the
middle) declares nothing twice: the reference sees to that.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from tongguan import declaration as form
from tongguan.declaration import sheet as reader
from tongguan.grammar.findings import Finding, InputRefused
from tongguan.window.access.actor import Actor, Moment
from tongguan.window.declarations import editing, uploads
from tongguan.window.declarations.models import Mapping as Kept
from tongguan.window.declarations.models import Sheet
from tongguan.window.lodging import acts
from tongguan.window.lodging.examples import facts_of
from tongguan.window.look import texts
from tongguan.window.look.written import sentence_of, words

MOST_ROWS = 1000
MOST_REASONS = 20
LONGEST_CLIENT = 80
EXAMPLE = ("wine", "robot")
"""The shipments of the example sheet: one with a single goods item, one with two."""
_INDEX = re.compile(r"\[\d+\]")
_FIELD = re.compile(r"\s*\[[^\[\]]+\]$")
"""The field's own name behind that of a column."""


def send(
    actor: Actor,
    moment: Moment,
    *,
    name: str,
    content: bytes,
    columns: Mapping[str, str] | None,
    importer_id: int,
    is_lodged: bool,
) -> Sheet:
    """Take a sheet. Raises NotAllowed, InputRefused where the sheet as a whole cannot be read; else every row has an answer."""
    acts.authority(actor, moment, importer_id, "lodge_declaration" if is_lodged else "draft_declaration")
    uploads.accept(name, content)
    read = reader.read_rows(content, columns, name=name)
    if len(read.table.rows) > MOST_ROWS:
        facts = {"read": str(len(read.table.rows)), "limit": str(MOST_ROWS)}
        raise InputRefused([Finding("sheet.too_many_rows", "file", facts)])
    accepted: list[dict[str, Any]] = []
    refused = list(read.refused)
    back = set(read.refused_rows)
    begin = acts.lodge if is_lodged else acts.draft
    for one in read.accepted:
        try:
            made = begin(
                actor, moment, form.facts(one.declaration), importer_id=importer_id, reference=one.reference
            )  # fmt: skip
        except InputRefused as problem:
            refused += _at_rows(one, problem.findings)
            back.update(one.rows)
            continue
        accepted.append({"rows": one.rows, "reference": one.reference, "declaration": made.pk})
    return Sheet.objects.create(
        organisation_id=acts.firm_of(actor), name=name, sha256=hashlib.sha256(content).hexdigest(), headings=read.table.header,
        accepted=accepted, refused=_refused(read.table, refused, back), sent_by=actor.name, sent_at=moment.at,
    )  # fmt: skip


def _at_rows(one: reader.Accepted, found: Iterable[Finding]) -> list[reader.AtRow]:
    """What stands against lodging, at the rows it comes from: a goods item's at its row, the rest at the first."""
    told = []
    for finding in found:
        if finding.severity == "error":
            item = editing.item_in(finding.path)
            row = one.rows[item] if item is not None and item < len(one.rows) else one.rows[0]
            told.append(reader.AtRow(row, "", finding))
    return told


def _refused(table: reader.Table, refused: list[reader.AtRow], back: set[int]) -> list[dict[str, Any]]:
    """The rows that come back, as they were sent, each with its findings; one without any of its own belongs to a declaration that has some."""
    kept = []
    for row in table.rows:
        if row.number not in back:
            continue
        told = [at for at in refused if at.row == row.number][:MOST_REASONS] or [
            reader.AtRow(row.number, "", Finding("sheet.same_declaration"))
        ]
        findings = [
            {"column": at.column, "code": at.finding.code, "path": at.finding.path, "facts": at.finding.facts, "because": at.finding.because}
            for at in told
        ]  # fmt: skip
        kept.append({"row": row.number, "cells": row.cells, "findings": findings})
    return kept


def reasons(row: Mapping[str, Any], language: str) -> list[str]:
    """Why a row came back, in words: the column, what is wrong, what next."""
    told = []
    for kept in row["findings"]:
        finding = Finding(kept["code"], kept["path"], kept["facts"], kept["because"])
        where = _FIELD.sub("", kept["column"]) or called(finding.path, language)
        what = sentence_of(finding, language)
        is_named = not where or where in what  # some sentences begin with it
        told.append(what if is_named else texts.say("declarations.sheet_at", language, where=where, what=what))
    return told


def called(path: str, language: str) -> str:
    """What the form calls the place a finding is about; empty where it is about the whole row."""
    plain = _INDEX.sub("", path)
    if plain in {reader.REFERENCE, "importer"}:
        return texts.say(f"declarations.{plain}", language)
    parts = plain.split(".")  # a field, one in a list of a goods item, or a named value of a field
    one = form.fields().get(".".join(parts[-2:])) or form.fields().get(".".join(parts[:2]))
    return words(one, language) if one else ""


def workbook(sheet: Sheet, language: str) -> bytes:
    """The rows that came back, as they were sent, with the reasons in a last column."""
    width = len(sheet.headings)
    rows = [
        [*row["cells"], *[""] * (width - len(row["cells"])), "\n".join(reasons(row, language))] for row in sheet.refused
    ]
    return reader.workbook([*sheet.headings, texts.say("declarations.sheet_reasons", language)], rows)


def example(moment: Moment, parties: Mapping[str, str], language: str) -> bytes:
    """A sheet as it can be sent: two made-up shipments of these parties, under the names of the form."""
    declared = []
    for number, kind in enumerate(EXAMPLE, start=1):
        facts = facts_of(kind, number, moment.day)
        facts["parties"] |= parties
        declared.append((texts.say("declarations.sheet_example_reference", language, number=number), form.read(facts)))
    header, rows = reader.write_rows(declared, language)
    return reader.workbook(_plain(header), rows)


def _plain(header: list[str]) -> list[str]:
    """The columns without the fields' own names behind them, where the plain name alone is led to the same field."""
    plain = [_FIELD.sub("", column) for column in header]
    found = reader.suggest(plain)
    return [
        name if found.get(name) == column.rpartition(" [")[2][:-1] else column
        for name, column in zip(plain, header, strict=True)
    ]


# --- mappings ---------------------------------------------------------------------------------------------------------------------


def keep_mapping(actor: Actor, moment: Moment, client: str, text: str) -> Kept:
    """Keep the mapping of a client, in the place of the one before. Raises NotAllowed, InputRefused."""
    actor.require("draft_declaration")
    found = []
    if not 0 < len(client) <= LONGEST_CLIENT or not client.isprintable():
        found.append(Finding("sheet.client_missing", "client"))
    columns = {}
    for line in text.splitlines():
        heading, _, name = (part.strip() for part in line.rpartition("="))
        if not heading:
            continue
        if not reader.is_place(name):
            found.append(Finding("sheet.field_not_known", "columns", {"heading": heading[:60], "read": name[:60]}))
        columns[heading] = name
    if not columns or len(columns) > reader.MAX_COLUMNS:
        found.append(Finding("sheet.mapping_empty", "columns", {"limit": str(reader.MAX_COLUMNS)}))
    if found:
        raise InputRefused(found)
    kept, _ = Kept.objects.update_or_create(
        organisation_id=acts.firm_of(actor), client=client,
        defaults={"columns": columns, "made_by": actor.name, "made_at": moment.at},
    )  # fmt: skip
    return kept


def mapping_text(columns: Mapping[str, str]) -> str:
    """A mapping as one writes it."""
    return "\n".join(f"{heading} = {name}" for heading, name in columns.items())
