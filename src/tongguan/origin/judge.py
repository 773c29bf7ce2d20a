"""One rule on one bill: met, not met, or not decided, with the margin and what would change it.

Three answers, never two: what the bill does not say and the rule needs is a question, and a question is not a pass. Shares are compared exactly, as
products of whole numbers; percentages are made for showing only.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Literal

import msgspec

from tongguan.grammar.findings import Finding
from tongguan.grammar.money import yuan_grouped
from tongguan.law.origin.de_minimis.rule import is_de_minimis
from tongguan.law.origin.regional_value_content import rule as content
from tongguan.origin.codes import DIGITS
from tongguan.origin.operations import operations
from tongguan.origin.rules import (
    AllOf,
    Allowing,
    AnyOf,
    Change,
    Condition,
    During,
    ForGoods,
    FromMaterials,
    GeneralContent,
    Materials,
    MaxValue,
    MaxWeight,
    MinContent,
    MinOriginatingValue,
    MustOriginate,
    NoRequirement,
    NotAboveOriginating,
    Note,
    NotEncoded,
    OfOriginatingMaterials,
    Process,
    Rule,
    SetRule,
    WhollyObtained,
)

State = Literal["met", "not_met", "open"]
MET: State = "met"
NOT_MET: State = "not_met"
OPEN: State = "open"
MILLION = 1_000_000
TEXTILES = ("50", "63")


class Use(msgspec.Struct, frozen=True):
    """A material as one agreement sees it."""

    number: int
    code: str
    name: str
    origin: str
    value: int
    weight: int | None
    originates: bool
    is_wholly_obtained: bool = False
    described_as: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """As in 3 (8504)."""
        return f"{self.number} ({self.code}{' ' + self.name if self.name else ''})"


class Tolerance(msgspec.Struct, frozen=True):
    """How much may fail a change of classification: shares in ppm, None when not known, 0 for none."""

    by_value: int | None
    base: str
    by_textile_weight: int | None = None
    is_known: bool = True


class Case(msgspec.Struct, frozen=True):
    """What a rule is tried on."""

    code: str
    country: str
    exw: int | None
    fob: int | None
    net_cost: int | None
    weight: int | None
    uses: tuple[Use, ...]
    costs: int | None
    operations: tuple[str, ...]
    operations_are_complete: bool
    is_wholly_obtained: bool | None
    how_obtained: str
    is_set: bool
    described_as: tuple[str, ...]
    confirmed: tuple[str, ...]
    default_base: str
    tolerance: Tolerance
    general: Rule | None
    day: dt.date

    @property
    def foreign(self) -> tuple[Use, ...]:
        """Materials that do not originate."""
        return tuple(u for u in self.uses if not u.originates)


class Cure(msgspec.Struct, frozen=True):
    """One thing that would make the rule met: replace inputs, add regional value, or spend less on materials from elsewhere."""

    kind: Literal["replace", "add_value", "reduce"]
    inputs: tuple[int, ...] = ()
    amount: int = 0


class Margin(msgspec.Struct, frozen=True):
    """How far a figure lies from its limit. `reached` and `asked` are exact shares; positive `short` is what is missing."""

    kind: Literal["content", "max_value", "tolerance", "max_weight"]
    reached: Fraction
    asked: Fraction
    method: str = ""
    base: str = ""
    cures: tuple[Cure, ...] = ()

    @property
    def short(self) -> Fraction:
        """What is missing, in shares; zero or below when met."""
        return self.asked - self.reached if self.kind == "content" else self.reached - self.asked


class Outcome(msgspec.Struct, frozen=True):
    """The answer of a rule with its reasons: `lines` are findings to show, `questions` what the bill would have to say."""

    state: State
    lines: tuple[Finding, ...] = ()
    questions: tuple[Finding, ...] = ()
    margins: tuple[Margin, ...] = ()


def points(share: Fraction) -> str:
    """A share as a percentage with at most two decimals, half up: 0.378 is "37.8". For showing only."""
    hundredths = (abs(share) * 10_000 * 2 + 1) // 2
    whole, rest = divmod(int(hundredths), 100)
    sign = "-" if share < 0 else ""
    return f"{sign}{whole}" + (f".{rest:02d}".rstrip("0") if rest else "")


def _say(code: str, **facts: str) -> Finding:
    return Finding(f"prove.{code}", "", facts, severity="note")


def _labels(uses: Iterable[Use]) -> str:
    return ", ".join(u.label for u in uses)


def judge(rule: Rule | NotEncoded, case: Case) -> Outcome:
    """The answer of a rule; one that is not encoded is open and says so."""
    if isinstance(rule, NotEncoded):
        return Outcome(OPEN, (), (_say("rule_not_encoded", words=rule.words),))
    return _HANDLERS[type(rule)](rule, case)


# --- which materials are meant -----------------------------------------------------------------------------------------------------


def _fits(use: Use, m: Materials, case: Case) -> bool | None:
    """Whether a material is among those meant; None when only words decide and the bill does not say."""
    if any(r.holds(use.code) for r in m.but) and not m.but_words:
        return False
    if m.codes and not any(r.holds(use.code) for r in m.codes):
        return None if any(_may_hold(r.low, r.high, use.code) for r in m.codes) else False
    if m.same_as_product and m.same_as_product in DIGITS:
        width = DIGITS[m.same_as_product]
        if len(use.code) < width:
            return None if case.code.startswith(use.code) else False
        if use.code[:width] != case.code[:width]:
            return False
    words = " ".join(x for x in (m.words, m.but_words) if x)
    if not words:
        return True
    if any(w.lower() in (m.words.lower(), words.lower()) for w in use.described_as):
        return True
    return None


def _may_hold(low: str, high: str, code: str) -> bool:
    """Whether a code too short for the range might lie in it."""
    return len(code) < len(low) and low[: len(code)] <= code <= high[: len(code)]


def _split(uses: Iterable[Use], m: Materials, case: Case) -> tuple[list[Use], list[Use]]:
    """Materials certainly meant, and those that may be."""
    sure: list[Use] = []
    maybe: list[Use] = []
    for use in uses:
        fit = _fits(use, m, case)
        if fit is None:
            maybe.append(use)
        elif fit:
            sure.append(use)
    return sure, maybe


def _base(case: Case, basis: str) -> tuple[str, int] | None:
    """The price a share is of; None when the bill does not state it."""
    wanted = basis or case.default_base or "FOB"
    prices = {"FOB": case.fob, "EXW": case.exw}
    if wanted == "either":
        known = [(name, price) for name, price in prices.items() if price is not None]
        return max(known, key=lambda k: k[1]) if known else None
    price = prices.get(wanted)
    return (wanted, price) if price is not None else None


def _price_missing(basis: str, case: Case) -> Outcome:
    return Outcome(OPEN, (), (_say("price_base_missing", base=basis or case.default_base or "FOB"),))


# --- leaves ------------------------------------------------------------------------------------------------------------------------


def _wholly_obtained(rule: WhollyObtained, case: Case) -> Outcome:
    if rule.of is not None:
        sure, maybe = _split(case.uses, rule.of, case)
        bad = [u for u in sure if not (u.originates and u.is_wholly_obtained)]
        if bad:
            return Outcome(
                NOT_MET, (_say("materials_not_wholly_obtained", inputs=_labels(bad), materials=rule.of.text()),)
            )
        doubtful = [u for u in maybe if not (u.originates and u.is_wholly_obtained)]
        if doubtful:
            return Outcome(OPEN, (), (_say("is_it_described", inputs=_labels(doubtful), words=rule.of.text()),))
        return Outcome(MET, (_say("materials_wholly_obtained", materials=rule.of.text()),))
    if case.foreign:
        return Outcome(NOT_MET, (_say("not_wholly_obtained", inputs=_labels(case.foreign)),))
    if case.is_wholly_obtained is False:
        return Outcome(NOT_MET, (_say("stated_not_wholly_obtained"),))
    if rule.how:
        if case.how_obtained == rule.how:
            return Outcome(MET, (_say("wholly_obtained", country=case.country),))
        if case.how_obtained:
            return Outcome(NOT_MET, (_say("obtained_otherwise", how=case.how_obtained, asked=rule.how),))
        return Outcome(OPEN, (), (_say("how_obtained_question", asked=rule.how, country=case.country),))
    if case.is_wholly_obtained or (case.uses and all(u.originates and u.is_wholly_obtained for u in case.uses)):
        return Outcome(MET, (_say("wholly_obtained", country=case.country),))
    return Outcome(OPEN, (), (_say("wholly_obtained_question", country=case.country),))


def _of_originating(_: OfOriginatingMaterials, case: Case) -> Outcome:
    if case.foreign:
        return Outcome(NOT_MET, (_say("not_of_originating_materials", inputs=_labels(case.foreign)),))
    if not case.uses:
        return Outcome(OPEN, (), (_say("no_inputs_stated"),))
    return Outcome(MET, (_say("of_originating_materials"),))


def _must_originate(rule: MustOriginate, case: Case) -> Outcome:
    if rule.least_weight is not None:
        return _least_weight(rule, rule.least_weight, case)
    sure, maybe = _split(case.foreign, rule.of, case)
    if sure:
        return Outcome(NOT_MET, (_say("materials_must_originate", inputs=_labels(sure), materials=rule.of.text()),))
    if maybe:
        return Outcome(OPEN, (), (_say("is_it_described", inputs=_labels(maybe), words=rule.of.text()),))
    return Outcome(MET, (_say("materials_originate", materials=rule.of.text()),))


def _least_weight(rule: MustOriginate, least: int, case: Case) -> Outcome:
    sure, maybe = _split(case.uses, rule.of, case)
    if maybe and any(not u.originates for u in maybe):
        return Outcome(OPEN, (), (_say("is_it_described", inputs=_labels(maybe), words=rule.of.text()),))
    group = sure + maybe
    if any(u.weight is None for u in group):
        return Outcome(OPEN, (), (_say("weights_missing", inputs=_labels(u for u in group if u.weight is None)),))
    whole = sum(u.weight or 0 for u in group)
    own = sum(u.weight or 0 for u in group if u.originates)
    if not whole:
        return Outcome(MET, ())
    return Outcome(
        MET if own * MILLION >= whole * least else NOT_MET,
        (
            _say(
                "originating_weight",
                share=points(Fraction(own, whole)),
                asked=points(Fraction(least, MILLION)),
                materials=rule.of.text(),
            ),
        ),
    )


def failing_change(rule: Change, case: Case) -> tuple[list[Use], list[Use]]:
    """Materials that fail a change of classification, and those whose code is too short, or whose kind is not clear, to tell."""
    failing: list[Use] = []
    doubtful: list[Use] = []
    width = DIGITS.get(rule.level, 0)
    for use in case.foreign:
        excepted = [_fits(use, m, case) for m in rule.but]
        if any(fit is True for fit in excepted) or (
            width and len(use.code) >= width <= len(case.code) and use.code[:width] == case.code[:width]
        ):
            failing.append(use)
        elif any(fit is None for fit in excepted) or (
            width and min(len(use.code), len(case.code)) < width and _same_start(use.code, case.code)
        ):
            doubtful.append(use)
    return failing, doubtful


def _same_start(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _change(rule: Change, case: Case) -> Outcome:
    if not case.foreign:
        return Outcome(MET, (_say("nothing_to_change"),))
    failing, doubtful = failing_change(rule, case)
    if not failing and not doubtful:
        return Outcome(MET, (_say("change_met", level_zh=LEVELS[rule.level][0], level_en=LEVELS[rule.level][1]),))
    if not failing:
        return Outcome(
            OPEN,
            (),
            (
                _say(
                    "code_too_short",
                    inputs=_labels(doubtful),
                    level_zh=LEVELS[rule.level][0],
                    level_en=LEVELS[rule.level][1],
                ),
            ),
        )
    within, margin, weighed = _tolerated(failing, case)
    line = _say(
        "change_not_met", inputs=_labels(failing), level_zh=LEVELS[rule.level][0], level_en=LEVELS[rule.level][1]
    )
    if within and not doubtful:
        said = (
            _say(
                "within_tolerance",
                inputs=_labels(failing),
                share=points(margin.reached),
                limit=points(margin.asked),
                by_zh="重量" if weighed else "价值",
                by_en="weight" if weighed else "value",
            )
            if margin
            else line
        )
        return Outcome(MET, (said,), (), (margin,) if margin else ())
    cures = (Cure("replace", tuple(u.number for u in failing)),)
    margins = (
        (msgspec.structs.replace(margin, cures=cures),)
        if margin
        else (Margin("tolerance", Fraction(1), Fraction(0), cures=cures),)
    )
    if not case.tolerance.is_known or case.tolerance.by_value is None:
        return Outcome(
            OPEN if _small(failing, case) else NOT_MET,
            (line,),
            (_say("tolerance_not_known"),) if _small(failing, case) else (),
            margins,
        )
    return Outcome(
        OPEN if within else NOT_MET,
        (line,),
        (
            _say(
                "code_too_short",
                inputs=_labels(doubtful),
                level_zh=LEVELS[rule.level][0],
                level_en=LEVELS[rule.level][1],
            ),
        )
        if within
        else (),
        margins,
    )


LEVELS = {
    "chapter": ("章", "chapter"),
    "heading": ("品目", "heading"),
    "subheading": ("子目", "subheading"),
    "item": ("8位税目", "tariff item"),
    "any": ("所列除外", "listed exception"),
}


def _small(failing: list[Use], case: Case) -> bool:
    """Whether so little fails that a usual tolerance could matter: at most a fifth of the price."""
    price = case.fob or case.exw or 0
    return sum(u.value for u in failing) * 5 <= price


def _tolerated(failing: list[Use], case: Case) -> tuple[bool, Margin | None, bool]:
    """Whether the failing materials are de minimis, the margin, and whether by weight."""
    t = case.tolerance
    is_textile = TEXTILES[0] <= case.code[:2] <= TEXTILES[1]
    weights = [u.weight for u in failing]
    if is_textile and t.by_textile_weight and case.weight and all(w is not None for w in weights):
        failing_weight = sum(w or 0 for w in weights)
        if is_de_minimis(failing_weight, case.weight, t.by_textile_weight):
            return (
                True,
                Margin(
                    "tolerance", Fraction(failing_weight, case.weight), Fraction(t.by_textile_weight, MILLION), "weight"
                ),
                True,
            )
    base = _base(case, t.base)
    if base is None or t.by_value is None or base[1] <= 0:
        return False, None, False
    value = sum(u.value for u in failing)
    margin = Margin("tolerance", Fraction(value, base[1]), Fraction(t.by_value, MILLION), "value", base[0])
    return t.by_value > 0 and is_de_minimis(value, base[1], t.by_value), margin, False


def _from_materials(rule: FromMaterials, case: Case) -> Outcome:
    named = " | ".join(m.text() for m in rule.materials)
    doubtful = [u for u in case.foreign if not any(_fits(u, m, case) for m in rule.materials)]
    if not doubtful:
        return Outcome(MET, (_say("made_from", materials=named),))
    return Outcome(OPEN, (), (_say("made_from_question", inputs=_labels(doubtful), materials=named),))


def _max_value(rule: MaxValue, case: Case) -> Outcome:
    base = _base(case, rule.basis)
    if base is None:
        return _price_missing(rule.basis, case)
    name, price = base
    sure, maybe = _split(case.foreign, rule.of, case)
    if rule.singly:
        least = max((u.value for u in sure), default=0)
        most = max((u.value for u in sure + maybe), default=0)
    else:
        least = sum(u.value for u in sure)
        most = least + sum(u.value for u in maybe)
    limit = Fraction(rule.ppm, MILLION)
    facts = {"limit": points(limit), "base": name, "materials": rule.of.text()}
    if most * MILLION <= price * rule.ppm:
        return Outcome(
            MET,
            (_say("max_value_met", share=points(Fraction(most, price)), **facts),),
            (),
            (Margin("max_value", Fraction(most, price), limit, base=name),),
        )
    if least * MILLION > price * rule.ppm:
        margin = Margin(
            "max_value", Fraction(least, price), limit, base=name, cures=_value_cures(sure, least, price, rule.ppm)
        )
        return Outcome(
            NOT_MET,
            (_say("max_value_not_met", share=points(Fraction(least, price)), short=points(margin.short), **facts),),
            (),
            (margin,),
        )
    return Outcome(OPEN, (), (_say("is_it_described", inputs=_labels(maybe), words=rule.of.text()),))


def _max_weight(rule: MaxWeight, case: Case) -> Outcome:
    if rule.volume:
        return _by_confirmation(rule.of.text(), case)
    sure, maybe = _split(case.foreign, rule.of, case)
    if not sure and not maybe:
        return Outcome(MET, ())
    if maybe:
        return Outcome(OPEN, (), (_say("is_it_described", inputs=_labels(maybe), words=rule.of.text()),))
    if rule.whole is not None:
        group, doubtful = _split(case.uses, rule.whole, case)
        whole = None if doubtful or any(u.weight is None for u in group) else sum(u.weight or 0 for u in group)
    else:
        whole = case.weight
    if not whole or any(u.weight is None for u in sure):
        return Outcome(OPEN, (), (_say("weights_missing", inputs=_labels(u for u in sure if u.weight is None) or "-"),))
    weight = max(u.weight or 0 for u in sure) if rule.singly else sum(u.weight or 0 for u in sure)
    reached, asked = Fraction(weight, whole), Fraction(rule.ppm, MILLION)
    state = MET if weight * MILLION <= whole * rule.ppm else NOT_MET
    margin = Margin(
        "max_weight", reached, asked, cures=() if state == MET else (Cure("replace", tuple(u.number for u in sure)),)
    )
    return Outcome(
        state,
        (_say("weight_share", share=points(reached), limit=points(asked), materials=rule.of.text()),),
        (),
        (margin,),
    )


def _min_originating_value(rule: MinOriginatingValue, case: Case) -> Outcome:
    base = _base(case, rule.basis)
    if base is None:
        return _price_missing(rule.basis, case)
    sure, maybe = _split([u for u in case.uses if u.originates], rule.of, case)
    least = sum(u.value for u in sure)
    if least * MILLION > base[1] * rule.ppm:
        return Outcome(
            MET,
            (
                _say(
                    "originating_value",
                    share=points(Fraction(least, base[1])),
                    limit=points(Fraction(rule.ppm, MILLION)),
                    materials=rule.of.text(),
                ),
            ),
        )
    if maybe:
        return Outcome(OPEN, (), (_say("is_it_described", inputs=_labels(maybe), words=rule.of.text()),))
    return Outcome(
        NOT_MET,
        (
            _say(
                "originating_value",
                share=points(Fraction(least, base[1])),
                limit=points(Fraction(rule.ppm, MILLION)),
                materials=rule.of.text(),
            ),
        ),
    )


def _not_above(_: NotAboveOriginating, case: Case) -> Outcome:
    foreign = sum(u.value for u in case.foreign)
    own = sum(u.value for u in case.uses if u.originates)
    return Outcome(
        MET if foreign <= own else NOT_MET,
        (_say("foreign_against_originating", foreign=yuan_grouped(foreign), own=yuan_grouped(own)),),
    )


# --- regional value content --------------------------------------------------------------------------------------------------------


def _value_cures(uses: list[Use], value: int, price: int, limit_ppm: int) -> tuple[Cure, ...]:
    """What brings `value` down to the limit: one input that suffices, else the fewest; less spent; or more value added to the price."""
    too_much = -((price * limit_ppm - value * MILLION) // MILLION)
    enough = sorted((u for u in uses if u.value >= too_much), key=lambda u: u.value)
    cures: list[Cure] = []
    if enough:
        cures.append(Cure("replace", (enough[0].number,)))
    else:
        taken: list[int] = []
        left = too_much
        for use in sorted(uses, key=lambda u: -u.value):
            if left <= 0:
                break
            taken.append(use.number)
            left -= use.value
        if left <= 0:
            cures.append(Cure("replace", tuple(sorted(taken))))
    if limit_ppm > 0:
        more = -(-(value * MILLION - price * limit_ppm) // limit_ppm)
        cures.append(Cure("add_value", amount=more))
    cures.append(Cure("reduce", amount=too_much))
    return tuple(cures)


def content_margin(rule: MinContent, case: Case) -> Margin | Outcome:
    """The content reached by the better of the lawful methods, or what is missing to compute it."""
    base = _base(case, rule.basis)
    if rule.method == "net_cost":
        if case.net_cost is None:
            return Outcome(OPEN, (), (_say("net_cost_missing"),))
        base = ("net cost", case.net_cost)
    if base is None:
        return _price_missing(rule.basis, case)
    name, price = base
    if price <= 0:
        return _price_missing(rule.basis, case)
    foreign = list(case.foreign)
    if rule.focus is not None:
        sure, maybe = _split(case.foreign, rule.focus, case)
        if maybe:
            return Outcome(OPEN, (), (_say("is_it_described", inputs=_labels(maybe), words=rule.focus.text()),))
        foreign = sure
    value = sum(u.value for u in foreign)
    asked = Fraction(rule.ppm, MILLION)
    ways: list[tuple[int, str]] = []
    if rule.method != "build_up":
        ways.append((content.build_down_value(price, value), "net_cost" if rule.method == "net_cost" else "build_down"))
    if rule.method in ("build_up", "either"):
        if case.costs is not None:
            own = sum(u.value for u in case.uses if u.originates)
            ways.append((content.build_up_value(own, case.costs, 0, 0, 0), "build_up"))
        elif rule.method == "build_up":
            return Outcome(OPEN, (), (_say("cost_elements_missing"),))
    regional, method = max(ways)
    reached = Fraction(regional, price)
    cures: tuple[Cure, ...] = ()
    if not content.reaches(regional, price, rule.ppm):
        cures = (
            _value_cures(foreign, value, price, MILLION - rule.ppm)
            if method != "build_up"
            else _build_up_cures(foreign, regional, price, rule.ppm)
        )
    return Margin("content", reached, asked, method, name, cures)


def _build_up_cures(foreign: list[Use], regional: int, price: int, least_ppm: int) -> tuple[Cure, ...]:
    """Build-up counts what is regional; value added raises the price as well."""
    missing = -((regional * MILLION - price * least_ppm) // MILLION)
    enough = sorted((u for u in foreign if u.value >= missing), key=lambda u: u.value)
    cures = [Cure("replace", (enough[0].number,))] if enough else []
    if least_ppm < MILLION:
        cures.append(Cure("add_value", amount=-(-(price * least_ppm - regional * MILLION) // (MILLION - least_ppm))))
    return tuple(cures)


METHODS = {
    "build_down": ("扣减法", "build-down"),
    "build_up": ("累加法", "build-up"),
    "net_cost": ("净成本法", "net cost"),
}


def _min_content(rule: MinContent, case: Case) -> Outcome:
    margin = content_margin(rule, case)
    if isinstance(margin, Outcome):
        return margin
    zh, en = METHODS[margin.method]
    facts = {
        "content": points(margin.reached),
        "asked": points(margin.asked),
        "base": margin.base,
        "method_zh": zh,
        "method_en": en,
    }
    if margin.short <= 0:
        return Outcome(MET, (_say("content_met", spare=points(-margin.short), **facts),), (), (margin,))
    return Outcome(NOT_MET, (_say("content_short", short=points(margin.short), **facts),), (), (margin,))


def _general(_: GeneralContent, case: Case) -> Outcome:
    if case.general is None or isinstance(case.general, GeneralContent):
        return Outcome(OPEN, (), (_say("general_rule_not_known"),))
    return judge(case.general, case)


# --- operations, words, frames -----------------------------------------------------------------------------------------------------


def _process(rule: Process, case: Case) -> Outcome:
    known = operations().get(rule.operation)
    facts = {
        "name_zh": known.name_zh if known else rule.text,
        "name_en": known.name_en if known else rule.text,
        "text": rule.text,
        "country": case.country,
    }
    if rule.operation in case.operations or rule.text in case.confirmed:
        return Outcome(MET, (_say("operation_done", **facts),))
    if case.operations_are_complete:
        return Outcome(NOT_MET, (_say("operation_not_done", **facts),))
    return Outcome(OPEN, (), (_say("operation_question", **facts),))


def _by_confirmation(text: str, case: Case) -> Outcome:
    if any(c.lower() == text.lower() for c in case.confirmed):
        return Outcome(MET, (_say("condition_confirmed", text=text),))
    return Outcome(OPEN, (), (_say("condition_question", text=text),))


def _condition(rule: Condition, case: Case) -> Outcome:
    return _by_confirmation(rule.text, case)


def _joined(state: State, outcomes: list[Outcome]) -> Outcome:
    return Outcome(
        state,
        tuple(line for o in outcomes for line in o.lines),
        tuple(q for o in outcomes for q in o.questions),
        tuple(m for o in outcomes for m in o.margins),
    )


def _all(rule: AllOf, case: Case) -> Outcome:
    outcomes = [judge(part, case) for part in rule.parts]
    failed = [o for o in outcomes if o.state == NOT_MET]
    if failed:
        return _joined(NOT_MET, failed)
    open_ = [o for o in outcomes if o.state == OPEN]
    if open_:
        return _joined(OPEN, [*open_, *(o for o in outcomes if o.state == MET)])
    return _joined(MET, outcomes)


def _any(rule: AnyOf, case: Case) -> Outcome:
    return any_outcome([judge(part, case) for part in rule.parts])


def any_outcome(outcomes: list[Outcome]) -> Outcome:
    """The answer of alternatives: the first that is met, else open when one is open, else all their failures."""
    met = next((o for o in outcomes if o.state == MET), None)
    if met is not None:
        return met
    if any(o.state == OPEN for o in outcomes):
        return _joined(OPEN, outcomes)
    return _joined(NOT_MET, outcomes)


def _allowing(rule: Allowing, case: Case) -> Outcome:
    plain = judge(rule.inner, case)
    if plain.state == MET:
        return plain
    out: list[Use] = []
    maybe: list[Use] = []
    for use in case.foreign:
        fits = [_fits(use, m, case) for m in rule.of]
        if any(fit is True for fit in fits):
            out.append(use)
        elif any(fit is None for fit in fits):
            maybe.append(use)
    if not out and not maybe:
        return plain
    if rule.ppm is not None:
        base = _base(case, rule.basis)
        if base is None:
            return _price_missing(rule.basis, case)
        if sum(u.value for u in out) * MILLION > base[1] * rule.ppm:
            return plain
    without = judge(rule.inner, _leaving_out(case, out))
    allowed = (
        _say("allowed_materials", inputs=_labels(out), materials=", ".join(m.text() for m in rule.of)) if out else None
    )
    if without.state == MET:
        return Outcome(MET, (*without.lines, *((allowed,) if allowed else ())), (), without.margins)
    if maybe and judge(rule.inner, _leaving_out(case, out + maybe)).state != NOT_MET:
        return Outcome(
            OPEN,
            plain.lines,
            (_say("is_it_described", inputs=_labels(maybe), words=", ".join(m.text() for m in rule.of)),),
            plain.margins,
        )
    return without if out else plain


def _leaving_out(case: Case, uses: list[Use]) -> Case:
    numbers = {u.number for u in uses}
    return msgspec.structs.replace(case, uses=tuple(u for u in case.uses if u.number not in numbers))


def _for_goods(rule: ForGoods, case: Case) -> Outcome:
    if any(w.lower() == rule.words.lower() for w in case.described_as):
        return judge(rule.inner, case)
    inner = judge(rule.inner, case)
    return Outcome(OPEN, (), (_say("for_goods_question", words=rule.words),), inner.margins)


def _during(rule: During, case: Case) -> Outcome:
    if (rule.since is not None and case.day < rule.since) or (rule.until is not None and case.day > rule.until):
        return Outcome(NOT_MET, (_say("rule_not_on_this_day", day=case.day.isoformat()),))
    return judge(rule.inner, case)


def _set(rule: SetRule, case: Case) -> Outcome:
    if not case.is_set:
        return Outcome(OPEN, (), (_say("is_it_a_set"),))
    return _max_value(MaxValue(rule.ppm, rule.basis), case)


def _nothing(_: NoRequirement, __: Case) -> Outcome:
    return Outcome(MET)


def _note(rule: Note, _: Case) -> Outcome:
    return Outcome(MET, (_say("see_note", text=rule.text),))


_HANDLERS: dict[type, Callable[..., Outcome]] = {
    WhollyObtained: _wholly_obtained,
    OfOriginatingMaterials: _of_originating,
    MustOriginate: _must_originate,
    Change: _change,
    FromMaterials: _from_materials,
    MaxValue: _max_value,
    MaxWeight: _max_weight,
    MinOriginatingValue: _min_originating_value,
    NotAboveOriginating: _not_above,
    MinContent: _min_content,
    GeneralContent: _general,
    Process: _process,
    Condition: _condition,
    AllOf: _all,
    AnyOf: _any,
    Allowing: _allowing,
    ForGoods: _for_goods,
    During: _during,
    SetRule: _set,
    Note: _note,
    NoRequirement: _nothing,
}
