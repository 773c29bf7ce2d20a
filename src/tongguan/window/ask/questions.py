"""Which question comes next: of each good what it is and where it is from, then way, day, prices, and then only what the assessment itself names as
changing its answer.

Nothing is asked that the case does not need: the exchange rate only for another currency of which none is held, freight only where the terms leave it
to the buyer, a quantity only in a unit that a rate of this line counts. A question that was answered with "I do not know" is not asked again.
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
from tongguan.window.ask import goods, held
from tongguan.window.ask.goods import ITEM_FACT, MOST_GOODS, OF_ITEM, QUANTITY, RATE, UNKNOWN, known, name_of, place_of
from tongguan.window.ask.shipments import asks_terms, open_legs, rated_of, raw_of
from tongguan.window.ask.token import BILL, Answers
from tongguan.window.published.schedule import world

GOODS, GUIDED, CODE, ORIGIN, CHANNEL, DAY, PRICE, CARRIAGE = (
    "goods", "guided", "code", "origin", "channel", "day", "price", "carriage",
)  # fmt: skip
FIXED = (GOODS, GUIDED, CODE, ORIGIN, CHANNEL, DAY, PRICE, CARRIAGE)
OF_ONE = (GOODS, GUIDED, CODE, ORIGIN)
"""What is asked of each good before anything is asked of the shipment."""
FIELDS = {
    GOODS: ("words", "code"), GUIDED: ("told",), CODE: ("code",), ORIGIN: ("origin",), CHANNEL: ("channel",), DAY: ("day",),
    PRICE: ("price",), CARRIAGE: ("foreign_inland", "freight", "insurance"),
}  # fmt: skip
"""The answers each question gives. The first price brings currency and terms with it (`gives`)."""
OF_THE_INVOICE = ("currency", "terms")
PLAIN = frozenset({"words", "short", BILL, *OF_THE_INVOICE, *(field for fields in FIELDS.values() for field in fields)})
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


def told(one: Answers) -> list[tuple[str, str]]:
    """The answers to the questions of the guided classification of one good (`goods.of`)."""
    pairs = [pair.partition("=") for pair in one.get("told", "").split(SEPARATOR)]
    return [(key, value) for key, sign, value in pairs if sign]


def classified(one: Answers) -> Classification:
    """What the words and the answers say of the code of one good."""
    return held.guide().classify(one.get("words", ""), told(one))


def _code_question(one: Answers, day: dt.date) -> str:
    """The question that would tell more of the code of one good; empty when it is known, or said not to be."""
    code = one.get("code", "")
    if code == UNKNOWN or known(one, "channel") in CHANNELS_WITHOUT_CODE:
        return ""
    if code:
        is_whole = len(code) >= WHOLE_CODE or one.get("short") == code
        return "" if is_whole or not held.lines_under(code, day, 2) else CODE
    question = classified(one).question
    return GUIDED if question is not None and question.key != BRANCH else CODE


# --- the order ----------------------------------------------------------------------------------------------------------------------


def next_question(answers: Answers, day: dt.date) -> str:
    """The name of the next question; empty when the answer can be given."""
    numbers = range(1, max(goods.count(answers), 1) + 1)
    for number in numbers:
        question = _of_good(goods.of(answers, number), day)
        if question:
            return name_of(number, question)
    for name in (CHANNEL, DAY):
        if name not in answers:
            return name
    for number in numbers:
        price = name_of(number, PRICE)
        lacks_terms = asks_terms(answers) and tells_terms(price, answers) and "terms" not in answers
        if price not in answers or (known(answers, price) and lacks_terms):
            return price
    return _of_invoice(answers, day) or next(
        (f.name for f in facts_missing(answers, day) if f.can_be_asked and f.name not in answers), ""
    )


def _of_good(one: Answers, day: dt.date) -> str:
    """What is still to be asked of one good before the shipment."""
    if "words" not in one and "code" not in one:
        return GOODS
    return _code_question(one, day) or (ORIGIN if ORIGIN not in one else "")


def _of_invoice(answers: Answers, day: dt.date) -> str:
    """Costs that the terms leave to the buyer, and a rate for the currency where none is held; empty while no price is known."""
    if first_priced(answers) is None:
        return ""
    if asks_terms(answers) and any(leg not in answers for leg in open_legs(answers)):
        return CARRIAGE
    currency = known(answers, "currency") or "CNY"
    rate = f"{RATE}{currency}"
    return rate if currency != "CNY" and rate not in answers and not _is_rate_held(answers, day, currency) else ""


def _is_rate_held(answers: Answers, day: dt.date, currency: str) -> bool:
    try:
        return any(one.currency == currency for one in rated_of(answers, day).rates)
    except InputRefused:
        return False


def first_priced(answers: Answers) -> int | None:
    """The first good whose price is known; with its price currency and terms are told for all."""
    numbers = range(1, goods.count(answers) + 1)
    return next((number for number in numbers if known(answers, name_of(number, "price"))), None)


def tells_terms(name: str, answers: Answers) -> bool:
    """Whether the question of this price also asks for currency and terms: the first price does, whose invoice it is."""
    first = first_priced(answers)
    return first is None or place_of(name)[0] <= first


def gives(name: str, answers: Answers) -> tuple[str, ...]:
    """The answers that a question gives."""
    number, local = place_of(name)
    fields = FIELDS.get(local, (local,))
    if local == PRICE and tells_terms(name, answers):
        fields += OF_THE_INVOICE if asks_terms(answers) else ("currency",)
    return tuple(name_of(number, field) for field in fields)


def is_askable(name: str) -> bool:
    """Whether there is a page for a question of this name."""
    number, local = place_of(name)
    if number > MOST_GOODS:
        return False
    if local.startswith(QUANTITY):
        return local.removeprefix(QUANTITY) in UNITS
    return local in FIXED or local in OF_ITEM or _NAMED.fullmatch(local) is not None


def can_be_asked(name: str, answers: Answers) -> bool:
    """Whether there is a page for this question beside these answers: of a good that is told of, or of one more."""
    number, local = place_of(name)
    so_far = goods.count(answers)
    return is_askable(name) and (number <= max(so_far, 1) or (number == so_far + 1 and local == GOODS))


def is_fact(name: str) -> bool:
    """Whether the assessment asked for it, rather than every case."""
    return place_of(name)[1] not in FIXED


def _order(many: int) -> list[str]:
    """What is asked of every case with so many goods, in its order."""
    numbers = range(1, max(many, 1) + 1)
    each = [name_of(number, name) for number in numbers for name in OF_ONE]
    return [*each, CHANNEL, DAY, *(name_of(number, PRICE) for number in numbers), CARRIAGE]


def asked_so_far(answers: Answers) -> list[str]:
    """The questions that were answered, in the order in which they are asked."""
    order = _order(goods.count(answers))
    fixed = [name for name in order if any(name_of(place_of(name)[0], f) in answers for f in FIELDS[place_of(name)[1]])]
    return [*fixed, *(name for name in answers if place_of(name)[1] not in PLAIN and is_askable(name))]


def before(name: str, answers: Answers) -> list[str]:
    """The questions that were answered before this one is asked, but for those of the guided search."""
    asked = [q for q in asked_so_far(answers) if place_of(q)[1] != GUIDED]
    if is_fact(name):
        return [q for q in asked if q != name]
    order = _order(goods.count(answers))
    return [q for q in asked if q in order and order.index(q) < order.index(name)]


# --- what the assessment misses -----------------------------------------------------------------------------------------------------


def facts_missing(answers: Answers, day: dt.date) -> list[Fact]:
    """The facts the assessment of these answers names as changing the result, those that matter most first. None where it cannot be made."""
    try:
        return missing_of(rated_of(answers, day).assessment)
    except InputRefused:
        return []


def missing_of(answer: Assessment) -> list[Fact]:
    """The facts that an assessment names as changing its result: unbounded ones first, then by what they are worth.

    A fact of the whole shipment is worth what it is worth to all goods that turn on it.
    """
    found: dict[str, Fact] = {}
    for item in answer.items:
        bounded = {one.name: one for one in item.missing}
        for plain in dict.fromkeys([*bounded, *item.missing_facts]):
            one = bounded.get(plain, MissingFact(plain, None, None))
            name = plain if plain.startswith("items[") else name_of(item.number, plain)
            before = found.get(name)
            low, high = (
                (one.low, one.high) if before is None else (_sum(before.low, one.low), _sum(before.high, one.high))
            )
            found[name] = Fact(name, words_of(name, answer.all_findings), low, high)
    return sorted(found.values(), key=lambda f: (not f.is_open, -(f.worth or 0)))


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


def words_of(name: str, findings: tuple[Finding, ...] = ()) -> Words:
    """What a fact is called."""
    local = place_of(name)[1]
    if local.removeprefix(ITEM_FACT) in attribute_file().attributes:
        return Words(*(question(local.removeprefix(ITEM_FACT), language) for language in ("zh", "en")))
    at_place = next((f for f in findings if f.path == name and "label_zh" in f.facts), None)
    if at_place is not None:
        return Words(at_place.facts["label_zh"], at_place.facts["label_en"])
    if local.startswith(QUANTITY):
        unit = say(f"letter.unit.{local.removeprefix(QUANTITY)}")
        return say("letter.fact.quantity", unit_zh=unit.zh, unit_en=unit.en)
    if local.startswith(RATE):
        return say("ask.exchange_rate", currency=local.removeprefix(RATE))
    for code in (f"letter.fact.{local}", f"ask.fact.{local.removeprefix('facts.')}"):
        if code in catalogue():
            return say(code)
    return same(local.rpartition(".")[2].replace("_", " "))


class Expected(NamedTuple):
    """What kind of answer a fact takes, as the assessment itself reads it: words of a closed list, or a kind in both languages."""

    choices: tuple[str, ...]
    words: Words
    is_yes_or_no: bool = False


FREE = Expected((), Words("", ""))
NONSENSE = "\u2047"
"""A sign that stands for no answer: whoever reads it says what it expected instead."""


def paths_of(name: str) -> tuple[str, ...]:
    """Where findings about the answers of a question stand in a shipment."""
    number, local = place_of(name)
    item = f"items[{number}]"
    if local.startswith(QUANTITY):
        return (f"{item}.quantities",)
    if local.startswith(RATE):
        return ("exchange_rates",)
    if local in OF_ITEM:
        return (f"{item}.{OF_ITEM[local]}",)
    return {
        GOODS: (f"{item}.commodity_code", f"{item}.name"), ORIGIN: (f"{item}.origin",), DAY: ("dates",), CHANNEL: ("channel",),
        PRICE: (f"{item}.price", f"{item}.currency", "currency", "trade_terms"), CARRIAGE: ("foreign_inland", "freight", "insurance"),
    }.get(local, (name,))  # fmt: skip


def is_about(finding: Finding, name: str) -> bool:
    """Whether a finding is about the answer to a question."""
    return any(finding.path == path or finding.path.startswith((f"{path}.", f"{path}[")) for path in paths_of(name))


def expected(answers: Answers, name: str, day: dt.date) -> Expected:
    """How the assessment reads a fact, asked by showing it something it cannot read."""
    attribute = attribute_file().attributes.get(place_of(name)[1].removeprefix(ITEM_FACT))
    if attribute is not None:
        return Expected(tuple(attribute.values), Words("", ""))
    try:
        raw = raw_of({**answers, name: NONSENSE}, day)
        findings = assess(read_shipment(raw, world=world()), world()).all_findings
    except InputRefused as refused:
        findings = tuple(refused.findings)
    said = next((f for f in findings if is_about(f, name)), None)
    if said is None:
        return FREE
    if said.code in ("channels.fact_not_in_list", "input.not_in_list"):
        return Expected(tuple(said.facts["known"].split(", ")), Words("", ""))
    zh, en = said.facts.get("expected_zh", ""), said.facts.get("expected_en", "")
    is_yes_or_no = said.code == "input.not_yes_or_no" or en == "yes or no"
    return Expected((), Words(zh, en), is_yes_or_no)
