"""What was declared, as lines for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tongguan.declaration.dictionary import fields_of
from tongguan.window.look.written import words


def facts_rows(facts: Mapping[str, object], language: str) -> Iterable[tuple[str, str]]:
    """Facts as lines for people: what the box is called and what stands in it, codes with what they mean."""
    from tongguan.window.declarations.editing import told_of

    for group, held in facts.items():
        rows = held if isinstance(held, list | tuple) else [held]
        for number, row in enumerate(rows, start=1):
            if not isinstance(row, Mapping):
                continue
            for name, value in row.items():
                one = fields_of(group).get(name)
                if one is None or value in (None, "", [], {}):
                    continue
                place = f"{number}. " if isinstance(held, list | tuple) else ""
                yield place + words(one, language), told_of(one, value, language)
