"""What was declared, as lines for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tongguan.assessment.papers.paper import question
from tongguan.declaration.applying import maps
from tongguan.declaration.dictionary import Field, fields_of
from tongguan.window.look import texts
from tongguan.window.look.written import words


def field_of(source: str) -> Field | None:
    """The box of the form that a fact of an application is drawn from (`goods[0].origin`); None for a fact that has no box of its own."""
    group, _, name = source.rpartition(".")
    return fields_of(group.partition("[")[0]).get(name) if group else None


def called(source: str, language: str) -> str:
    """What a fact of an application is called: its box on the form, else the question it answers."""
    one = field_of(source)
    if one is not None:
        return words(one, language)
    fact = source.rpartition(".facts.")[2]
    asked = maps().questions.get(fact)
    return words(asked, language) if asked else question(fact, language)


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
                yield _placed(group, number, held, language) + words(one, language), told_of(one, value, language)


def _placed(group: str, number: int, held: object, language: str) -> str:
    """Before the name of a box in a list: the number of the goods item, or which container, which paper."""
    if not isinstance(held, list | tuple):
        return ""
    if group == "goods":
        return f"{number}. "
    return texts.say(
        "declarations.of_entry", language, group=texts.say(f"declarations.group_{group}", language), number=number
    )
