"""Which question comes next: goods, origin, way, day, price, and then only what the assessment itself names as changing its answer.

Nothing is asked that the case does not need: the exchange rate only for another currency, freight only where the terms leave it to the buyer,
a quantity only in a unit that a rate of this line counts. A question that was answered with "I do not know" is not asked again.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import NamedTuple

from tongguan.assessment.assess import assess
from tongguan.assessment.letter import Words, same, say
from tongguan.assessment.papers.paper import question
from tongguan.assessment.quantities import UNITS
from tongguan.assessment.reading import read_shipment
from tongguan.assessment.result import Assessment, MissingFact
from tongguan.assessment.shipment import CHANNELS_WITHOUT_CODE
from tongguan.grammar.findings import Finding, InputRefused, catalogue
from tongguan.law.controls.tables import attribute_file
from tongguan.tariff.classification.result import Classification
from tongguan.window.ask import held
from tongguan.window.ask.shipments import (
    ITEM_FACT,
    OF_ITEM,
    QUANTITY,
    RATE,
    UNKNOWN,
    asks_terms,
    known,
    open_legs,
    raw_of,
    shipment_of,
)
from tongguan.window.ask.token import Answers

GOODS, GUIDED, CODE, ORIGIN, CHANNEL, DAY, PRICE, CARRIAGE = (
    "goods", "guided", "code", "origin", "channel", "day", "price", "carriage",
)  # fmt: skip
FIXED = (GOODS, GUIDED, CODE, ORIGIN, CHANNEL, DAY, PRICE, CARRIAGE)
FIELDS = {
    GOODS: ("words", "code"), GUIDED: ("told",), CODE: ("code",), ORIGIN: ("origin",), CHANNEL: ("channel",), DAY: ("day",),
    PRICE: ("price", "currency", "terms"), CARRIAGE: ("foreign_inland", "freight", "insurance"),
}  # fmt: skip
"""The answers each question gives."""
PLAIN = frozenset(
    {
        "words",
        "told",
        "code",
        "short",
        "origin",
        "channel",
        "day",
        "price",
        "currency",
        "terms",
        "foreign_inland",
        "freight",
        "insurance",
    }
)
"""Answers that mean the same for every line and every channel."""
WHOLE_CODE = 8
_NAMED = re.compile(r"exchange_rate_[A-Z]{3}|(items\[1\]\.)?facts\.[a-z][a-z0-9_]{0,59}")
"""Exchange rates and facts, by the names the assessment and the papers give them."""
BRANCH = "branch"
SEPARATOR = ";"


class Fact(NamedTuple):
    """A fact the answer turns on, as it may be asked: its name, what it is called, and the least and greatest total when it alone varies, in fen."""

    name: str
    words: Words
    low: int | None
    high: int | None

    @property
    def zh(self) -> str:
        """In Chinese."""
        return self.words.zh

    @property
    def en(self) -> str:
        """In English."""
        return self.words.en

    @property
    def is_open(self) -> bool:
        """Whether nothing bounds the total while the fact is not known."""
        return self.low is not None and self.high is None

    @property
    def worth(self) -> int | None:
        """By how much the total varies with this fact alone; None where it is not bounded or was not reckoned by itself."""
        return None if self.low is None or self.high is None or self.high == self.low else self.high - self.low

    @property
    def can_be_asked(self) -> bool:
        """Whether a page asks for it."""
        return is_askable(self.name)


# --- the guided search for a code ---------------------------------------------------------------------------------------------------


def told(answers: Answers) -> list[tuple[str, str]]:
    """The answers to the questions of the guided classification."""
    pairs = [one.partition("=") for one in answers.get("told", "").split(SEPARATOR)]
    return [(key, value) for key, sign, value in pairs if sign]


def classified(answers: Answers) -> Classification:
    """What the words and the answers say of the code."""
    return held.guide().classify(answers.get("words", ""), told(answers))


def _code_question(answers: Answers, day: dt.date) -> str:
    """The question that would tell more of the code; empty when it is known, or said not to be."""
    code = answers.get("code", "")
    if code == UNKNOWN or known(answers, "channel") in CHANNELS_WITHOUT_CODE:
        return ""
    if code:
        is_whole = len(code) >= WHOLE_CODE or answers.get("short") == code
        return "" if is_whole or not held.lines_under(code, day, 2) else CODE
    question = classified(answers).question
    return GUIDED if question is not None and question.key != BRANCH else CODE


# --- the order ----------------------------------------------------------------------------------------------------------------------


def next_question(answers: Answers, day: dt.date) -> str:
    """The name of the next question; empty when the answer can be given."""
    if "words" not in answers and "code" not in answers:
        return GOODS
    question = _code_question(answers, day)
    if question:
        return question
    for name in (ORIGIN, CHANNEL, DAY):
        if name not in answers:
            return name
    if "price" not in answers or (asks_terms(answers) and known(answers, "price") and "terms" not in answers):
        return PRICE
    if known(answers, "price") and asks_terms(answers) and any(leg not in answers for leg in open_legs(answers)):
        return CARRIAGE
    currency = known(answers, "currency") or "CNY"
    if known(answers, "price") and currency != "CNY" and f"{RATE}{currency}" not in answers:
        return f"{RATE}{currency}"
    return next((f.name for f in facts_missing(answers, day) if f.can_be_asked and f.name not in answers), "")


def is_askable(name: str) -> bool:
    """Whether there is a page for a question of this name."""
    if name.startswith(QUANTITY):
        return name.removeprefix(QUANTITY) in UNITS
    return name in FIXED or name in OF_ITEM or _NAMED.fullmatch(name) is not None


def is_fact(name: str) -> bool:
    """Whether the assessment asked for it, rather than every case."""
    return name not in FIXED


def asked_so_far(answers: Answers) -> list[str]:
    """The questions that were answered, in their order."""
    fixed = [name for name in FIXED if any(key in answers for key in FIELDS[name])]
    return [*fixed, *(name for name in answers if name not in PLAIN and is_askable(name))]


def answered_as(name: str) -> tuple[str, ...]:
    """The answers that a question gives."""
    return FIELDS.get(name, (name,))


# --- what the assessment misses -----------------------------------------------------------------------------------------------------


def facts_missing(answers: Answers, day: dt.date) -> list[Fact]:
    """The facts the assessment of these answers names as changing the result, those that matter most first. None where it cannot be made."""
    try:
        answer = assess(shipment_of(answers, day), held.world())
    except InputRefused:
        return []
    return missing_of(answer)


def missing_of(answer: Assessment) -> list[Fact]:
    """The facts that an assessment names as changing its result: unbounded ones first, then by what they are worth."""
    found: dict[str, Fact] = {}
    for item in answer.items:
        bounded = {one.name: one for one in item.missing}
        for name in dict.fromkeys([*bounded, *item.missing_facts]):
            one = bounded.get(name, MissingFact(name, None, None))
            found.setdefault(name, Fact(name, words_of(name, answer.all_findings), one.low, one.high))
    return sorted(found.values(), key=lambda f: (not f.is_open, -(f.worth or 0)))


def words_of(name: str, findings: tuple[Finding, ...] = ()) -> Words:
    """What a fact is called."""
    if name.removeprefix(ITEM_FACT) in attribute_file().attributes:
        return Words(*(question(name.removeprefix(ITEM_FACT), language) for language in ("zh", "en")))
    at_place = next((f for f in findings if f.path == name and "label_zh" in f.facts), None)
    if at_place is not None:
        return Words(at_place.facts["label_zh"], at_place.facts["label_en"])
    if name.startswith(QUANTITY):
        unit = say(f"letter.unit.{name.removeprefix(QUANTITY)}")
        return say("letter.fact.quantity", unit_zh=unit.zh, unit_en=unit.en)
    if name.startswith(RATE):
        return say("ask.exchange_rate", currency=name.removeprefix(RATE))
    for code in (f"letter.fact.{name}", f"ask.fact.{name.removeprefix('facts.')}"):
        if code in catalogue():
            return say(code)
    return same(name.rpartition(".")[2].replace("_", " "))


class Expected(NamedTuple):
    """What kind of answer a fact takes, as the assessment itself reads it: words of a closed list, or a kind in both languages."""

    choices: tuple[str, ...]
    words: Words
    is_yes_or_no: bool = False


FREE = Expected((), Words("", ""))
NONSENSE = "\u2047"
"""A sign that stands for no answer: whoever reads it says what it expected instead."""


def expected(answers: Answers, name: str, day: dt.date) -> Expected:
    """How the assessment reads a fact, asked by showing it something it cannot read."""
    attribute = attribute_file().attributes.get(name.removeprefix(ITEM_FACT))
    if attribute is not None:
        return Expected(tuple(attribute.values), Words("", ""))
    try:
        raw = raw_of({**answers, name: NONSENSE}, day)
        findings = assess(read_shipment(raw), held.world()).all_findings
    except InputRefused as refused:
        findings = tuple(refused.findings)
    fact = name.removeprefix("items[1].")
    said = next((f for f in findings if f.path.endswith(fact)), None)
    if said is None:
        return FREE
    if said.code in ("channels.fact_not_in_list", "input.not_in_list"):
        return Expected(tuple(said.facts["known"].split(", ")), Words("", ""))
    zh, en = said.facts.get("expected_zh", ""), said.facts.get("expected_en", "")
    is_yes_or_no = said.code == "input.not_yes_or_no" or en == "yes or no"
    return Expected((), Words(zh, en), is_yes_or_no)
