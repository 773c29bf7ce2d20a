"""The sheet of one case: its facts, the law of its day, and the figures derived so far.

A derivation is a named way from facts to a figure. The ways to a figure are tried in the order in which they are written, which is the order of the law; one
that lacks a fact says which and leaves the turn to the next. A fact counts as used once a derivation that read it came to a figure.
"""
# ruff: noqa: ANN401  # a fact or figure is of the kind its name says, which no type can

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeVar

from tongguan.assessment.quantities import quantity_in
from tongguan.assessment.worked_cases import vocabulary as words
from tongguan.assessment.worked_cases.reading import WorkedCase
from tongguan.assessment.world import World
from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.findings import Finding
from tongguan.grammar.money import decimal_text, fen_of, milli_of, ppm_of, specific_fraction
from tongguan.grammar.parameters import InForce

T = TypeVar("T")


class Lacking(Exception):
    """A derivation cannot go on: the facts, any one way of which would help."""

    def __init__(self, *facts: str) -> None:
        self.facts = facts
        super().__init__(", ".join(facts))


class Derivation:
    """One way to a figure: what it is called, when it applies, and the function."""

    def __init__(self, name: str, when: Callable[[Sheet], bool] | None, way: Callable[[Sheet], Any]) -> None:
        self.name = name
        self.when = when
        self.way = way


DERIVATIONS: dict[str, list[Derivation]] = {}


def derives(
    *figures: str, when: Callable[[Sheet], bool] | None = None
) -> Callable[[Callable[[Sheet], T]], Callable[[Sheet], T]]:
    """Enter a function as the next way to some figures."""

    def enter(way: Callable[[Sheet], T]) -> Callable[[Sheet], T]:
        for figure in figures:
            DERIVATIONS.setdefault(figure, []).append(Derivation(way.__name__, when, way))
        return way

    return enter


def has(*facts: str) -> Callable[[Sheet], bool]:
    """A condition: one of these facts is stated."""
    return lambda sheet: any(sheet.has(fact) for fact in facts)


_DAY_FACTS = (
    "declaration_completed", "declaration_date", "declared", "bill_issued", "paid", "return_application", "release_date", "disposed", "conveyance_entry",
    "detained", "notice_served", "known", "risk_known", "received", "accepted",
)  # fmt: skip


class Sheet:
    """What is known of one case, and what was derived."""

    def __init__(self, case: WorkedCase, world: World, written: dt.date | None) -> None:
        self.case = case
        self.world = world
        self.written = written
        self.asked = frozenset(words.FIGURE_NAMES.get(name, name) for name in case.expected)
        self.used: set[str] = set()
        self.remarks: dict[tuple[str, str], Finding] = {}
        self.parameters: dict[str, InForce] = {}
        self.ways: dict[str, str] = {}
        self._derived: dict[str, Any] = {}
        self._rests_on: dict[str, dict[str, InForce]] = {}
        self._under_way: set[str] = set()

    # --- facts ---

    def _name(self, fact: str) -> str | None:
        for name in words.FACT_NAMES.get(fact, (fact,)):
            if name in self.case.inputs:
                return name
        return None

    def has(self, fact: str) -> bool:
        """Whether a fact is stated, and not as unknown."""
        name = self._name(fact)
        return name is not None and self.case.inputs[name] is not None

    def is_unknown(self, fact: str) -> bool:
        """Whether a fact is stated to be unknown."""
        name = self._name(fact)
        return name is not None and self.case.inputs[name] is None

    def stated(self, *facts: str) -> Any:
        """The first of these facts that is stated, or None; it counts as used."""
        for fact in facts:
            name = self._name(fact)
            if name is not None:
                self.used.add(name)
                if self.case.inputs[name] is not None:
                    return self.case.inputs[name]
        return None

    def need(self, *facts: str) -> Any:
        """As `stated`. Raises Lacking when none is stated."""
        value = self.stated(*facts)
        if value is None:
            raise Lacking(" | ".join(facts))
        return value

    def matching(self, find: Callable[[str], T | None]) -> Iterator[tuple[str, T, Any]]:
        """Facts whose name `find` knows, with what it found and their value; those stated as unknown are left out."""
        for name, value in self.case.inputs.items():
            found = find(name)
            if found is not None and value is not None:
                yield name, found, value

    def use(self, name: str) -> None:
        """A fact read by its own name counts as used."""
        self.used.add(name)

    def fen(self, *facts: str) -> int:
        """An amount in fen. Raises Lacking or NotAnAmount."""
        return fen_of(self.need(*facts))

    def fen_or(self, fact: str, otherwise: int = 0) -> int:
        """An amount in fen, or `otherwise` where it is not stated."""
        value = self.stated(fact)
        return otherwise if value is None else fen_of(value)

    def ppm(self, *facts: str) -> int:
        """A ratio in ppm. Raises Lacking or NotAnAmount."""
        return ppm_of(self.need(*facts))

    def whole(self, fact: str) -> int:
        """A whole number. Raises Lacking."""
        return int(self.need(fact))

    def day_of(self, *facts: str) -> dt.date:
        """A day. Raises Lacking."""
        return self.plain_day(self.need(*facts))

    @staticmethod
    def plain_day(value: object) -> dt.date:
        """A day, without a time."""
        if isinstance(value, dt.datetime):
            return value.date()
        if not isinstance(value, dt.date):
            raise Lacking
        return value

    def says(self, fact: str) -> bool | None:
        """Yes, no, or None where it is not stated."""
        value = self.stated(fact)
        return None if value is None else bool(value)

    def text(self, fact: str) -> str:
        """A text; empty where it is not stated."""
        return str(self.stated(fact) or "")

    def choice(self, fact: str, known: tuple[str, ...]) -> str:
        """One of a closed list. Raises Lacking, or OutOfCoverage for anything else."""
        value = str(self.need(fact)).strip().lower()
        if value not in known:
            raise OutOfCoverage("cases.not_in_list", fact=fact, value=value, known=", ".join(known))
        return value

    def group_is(self, *groups: str) -> bool:
        """Whether the case's group says what its facts leave open."""
        return self.case.group.lower() in groups

    def title_says(self, *phrases: str) -> bool:
        """Whether the title says what the facts leave open."""
        title = self.case.title.lower()
        return any(phrase in title for phrase in phrases)

    # --- the law ---

    @property
    def is_undated(self) -> bool:
        """Whether neither the case nor a fact gives a day."""
        return self.case.date is None and not any(self.has(fact) for fact in _DAY_FACTS)

    @property
    def day(self) -> dt.date:
        """The day whose law applies: the case's, else that of its facts, else the day the file was written or our law was last looked at."""
        if self.case.date is not None:
            return self.case.date
        for fact in _DAY_FACTS:
            name = self._name(fact)
            value = self.case.inputs.get(name) if name else None
            if value is not None:
                return self.plain_day(value)
        looked_at = self.world.law.rule("import_vat").parameters["standard_rate"].content.verified_until
        return self.written or looked_at

    def law(self, parameter: str, day: dt.date | None = None) -> InForce:
        """A parameter of the law on the case's day. Raises OutOfCoverage."""
        found = self.world.at(parameter, day or self.day)
        self.parameters[parameter] = found
        if day is None and self.is_undated:
            rule, _, name = parameter.rpartition("/")
            values = {v.value for v in self.world.law.rule(rule).parameters[name].content.values.values()}
            if len(values) > 1:
                self.remark(
                    "cases.undated", "", {"day": self.day.isoformat(), "parameter": parameter, "value": found.value}
                )
        return found

    def given_or_law(self, fact: str, parameter: str, day: dt.date | None = None) -> str:
        """The value the case states, compared with the law's; else the law's. As text. Raises OutOfCoverage where neither is held."""
        value = self.stated(fact)
        if value is None:
            return self.law(parameter, day).value
        self.compare(fact, Decimal(value), parameter, day)
        return decimal_text(Decimal(value))

    def compare(self, fact: str, value: Decimal, parameter: str, day: dt.date | None = None) -> None:
        """Remark where the law's own value of the day is another than the one stated. Nothing where the law does not hold one."""
        try:
            ours = self.law(parameter, day)
            same = Decimal(ours.value) == value
        except (OutOfCoverage, ArithmeticError):
            return
        if not same:
            self.differs(fact, value, ours.value, parameter, day)

    def differs(self, fact: str, value: Decimal, ours: str, where: str, day: dt.date | None = None) -> None:
        """Remark that the law holds another value than the one the case states, unless the case says its rates are made up."""
        if not self.case.is_illustrative:
            facts = {
                "fact": self._name(fact) or fact,
                "given": decimal_text(value),
                "ours": ours,
                "where": where,
                "day": (day or self.day).isoformat(),
            }
            self.remark("cases.differs_from_law", self._name(fact) or fact, facts)

    def remark(self, code: str, fact: str, facts: dict[str, str], severity: str = "note") -> None:
        """Something worth knowing beside the figures."""
        path = f"{self.case.path}.inputs.{fact}" if fact else self.case.path
        finding = Finding(code, path, facts, "", "warning" if severity == "warning" else "note")
        self.remarks.setdefault((code, path + facts.get("parameter", "")), finding)

    # --- quantities ---

    def quantity(self, unit: str, ct_class: str = "") -> int | None:
        """The quantity in thousandths of a unit from the quantities stated, or None."""
        for fact, counted in words.QUANTITIES.items():
            if self.has(fact) and counted == unit:
                return milli_of(self.stated(fact))
        per_ton = self.stated("litres_per_ton") if unit in ("litre", "tonne") else None
        if per_ton is not None and unit == "litre" and self.has("tons"):
            return _milli(Decimal(self.stated("tons")) * Decimal(per_ton))
        if per_ton is not None and unit == "tonne" and self.has("litres"):
            return _milli(Decimal(self.stated("litres")) / Decimal(per_ton))
        for fact, counted in words.QUANTITIES.items():
            if self.has(fact):
                found = quantity_in(unit, {counted: Decimal(self._value(fact))}, ct_class, self.day, self.world)
                if found is not None:
                    self.stated(fact)
                    return found
        return None

    def need_quantity(self, unit: str, ct_class: str = "") -> int:
        """As `quantity`. Raises Lacking."""
        found = self.quantity(unit, ct_class)
        if found is None:
            raise Lacking(" | ".join(fact for fact, counted in words.QUANTITIES.items() if counted == unit) or unit)
        return found

    def _value(self, fact: str) -> Any:
        name = self._name(fact)
        return self.case.inputs[name] if name else None

    # --- figures ---

    def figure(self, figure: str, *, is_asked: bool = False) -> Any:
        """A figure: as stated when another needs it, else derived; derived first when it is what is asked. Raises Lacking."""
        if figure in self._derived:
            self.parameters.update(self._rests_on.get(figure, {}))
            return self._derived[figure]
        if not is_asked and self._is_stated(figure):
            return self._stated_figure(figure)
        if figure in self._under_way:
            raise Lacking(figure)
        self._under_way.add(figure)
        before, self.parameters = self.parameters, {}
        try:
            value = self._derive(figure)
            self._rests_on[figure] = dict(self.parameters)
        except Lacking:
            if is_asked and self._is_stated(figure):
                return self._stated_figure(figure)
            raise
        finally:
            self._under_way.discard(figure)
            self.parameters = before | self.parameters
        self._derived[figure] = value
        return value

    def _is_stated(self, figure: str) -> bool:
        return figure in words.FIGURES and self.has(figure)

    def _stated_figure(self, figure: str) -> Any:
        value = self.stated(figure)
        return fen_of(value) if words.FIGURES[figure] == words.MONEY else value

    def _derive(self, figure: str) -> Any:
        lacks: list[str] = []
        for derivation in DERIVATIONS.get(figure, ()):
            used, remarks, parameters = set(self.used), dict(self.remarks), dict(self.parameters)
            if derivation.when is not None and not derivation.when(self):
                continue
            try:
                value = derivation.way(self)
            except Lacking as lacking:
                self.used, self.remarks, self.parameters = used, remarks, parameters
                lacks += lacking.facts
                continue
            self.ways[figure] = derivation.name
            return value
        raise Lacking(*dict.fromkeys(lacks))

    def money(self, figure: str) -> int:
        """A figure in fen. Raises Lacking."""
        return int(self.figure(figure))

    def exact(self, figure: str) -> Fraction:
        """An exact figure. Raises Lacking."""
        return Fraction(self.figure(figure))

    def day_figure(self, figure: str) -> dt.date:
        """A figure that is a day. Raises Lacking."""
        return self.plain_day(self.figure(figure))


def _milli(quantity: Decimal) -> int:
    return int((quantity * 1000).to_integral_value(rounding="ROUND_HALF_UP"))


def per_milli(amount: object, units_per: Fraction | int = 1) -> tuple[int, int]:
    """A specific rate as fen per milli-unit."""
    return specific_fraction(amount, units_per)
