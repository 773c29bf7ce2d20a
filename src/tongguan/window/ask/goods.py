"""Several goods in one set of answers.

What was answered of the first good has a plain name (`code`, `quantity_in_litre`), of another one its number in front (`2.code`); facts have the path
that the assessment gives them (`items[2].facts.use`). What is told of the shipment as a whole (day, terms, freight) has one name. Every question is
written once, by the name it has where its good is the only one; `of` shows a good that way.
"""

from __future__ import annotations

import re

from tongguan.window.ask.token import BILL, Answers

MOST_GOODS = 20
UNKNOWN = "?"
QUANTITY, RATE, ITEM_FACT, FACT, PROOF = "quantity_in_", "exchange_rate_", "items[1].facts.", "facts.", "proof."
OF_ITEM = {
    "vat_class": "vat_class",
    "consumption_tax_class": "consumption_tax_class",
    "is_country_quota_exhausted": "country_quota_exhausted",
}
"""Facts that stand beside the price of an item, by the names the assessment asks for them."""
OF_GOOD = frozenset({"goods", "guided", "words", "code", "told", "short", "origin", "price", BILL, *OF_ITEM})
"""Questions and answers that each good has of its own; quantities, facts and proofs of origin besides."""
_FACT = re.compile(r"items\[([1-9][0-9]?)\]\.facts\.(.*)", re.DOTALL)
_NUMBERED = re.compile(r"([2-9]|[1-9][0-9])\.(.*)", re.DOTALL)


def _is_of_good(name: str) -> bool:
    return name in OF_GOOD or name.startswith((QUANTITY, PROOF))


def place_of(name: str) -> tuple[int, str]:
    """The number of the good that a name is about, 0 for the shipment as a whole; and the name where that good is the only one."""
    if (fact := _FACT.fullmatch(name)) is not None:
        return int(fact[1]), ITEM_FACT + fact[2]
    if (numbered := _NUMBERED.fullmatch(name)) is not None and _is_of_good(numbered[2]):
        return int(numbered[1]), numbered[2]
    return (1 if _is_of_good(name) else 0), name


def name_of(number: int, name: str) -> str:
    """The name that something has for the good with this number; what is about the shipment as a whole keeps its own."""
    if number <= 1:
        return name
    if name.startswith(ITEM_FACT):
        return f"items[{number}].facts.{name.removeprefix(ITEM_FACT)}"
    return f"{number}.{name}" if _is_of_good(name) else name


def count(answers: Answers) -> int:
    """How many goods the answers are about; 0 before anything was told."""
    return max((number for number, _ in map(place_of, answers) if number <= MOST_GOODS), default=0)


def of(answers: Answers, number: int) -> Answers:
    """The answers as they would be with this good alone."""
    return {local: value for (n, local), value in _placed(answers) if n in (0, number)}


def without(answers: Answers, number: int) -> Answers:
    """The answers without a good; those after it move up."""
    return {name_of(n - (n > number), local): value for (n, local), value in _placed(answers) if n != number}


def _placed(answers: Answers) -> list[tuple[tuple[int, str], str]]:
    return [(place_of(name), value) for name, value in answers.items()]


def known(answers: Answers, name: str) -> str:
    """An answer; empty where there is none, or none is known."""
    value = answers.get(name, "")
    return "" if value == UNKNOWN else value
