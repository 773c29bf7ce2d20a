"""Dated parameters: the numbers of the law, outside Python.

Each value has the day it came into force, a unit, a citation and a confidence mark. A new value is a new line; the old one stays,
because old declarations stay. There are different kinds of nothing and none of them is zero: before the first value the parameter is
*not encoded*; a value may say that the rule was *repealed*, or that from some day on it is *not encoded* and why.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from fractions import Fraction
from functools import cache, lru_cache
from pathlib import Path

import msgspec

from tongguan.grammar import money
from tongguan.grammar.citations import CONFIDENCE_ORDER
from tongguan.grammar.errors import LawDataError, OutOfCoverage
from tongguan.grammar.strict_yaml import read_yaml

LAW = Path(__file__).parent.parent / "law"
HELD_FROM = dt.date(2018, 1, 1)
"""The first day any parameter answers for. A value may have been in force for years before; what came between was not read."""


class DatedValue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One value from one day on."""

    cites: str | list[str] = ""
    confidence: str = ""
    value: str | None = None
    state: str = "in_force"
    why_zh: str = ""
    why_en: str = ""
    note: str = ""

    @property
    def citation(self) -> str:
        """The citations as one text."""
        return self.cites if isinstance(self.cites, str) else "; ".join(self.cites)


class ParameterFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A parameter as it stands in its file."""

    label_zh: str
    label_en: str
    unit: str
    verified_until: dt.date
    values: dict[dt.date, DatedValue]
    note: str = ""


class InForce(msgspec.Struct, frozen=True):
    """A parameter as of one day: its value with everything needed to cite it."""

    name: str
    value: str
    since: dt.date
    unit: str
    label_zh: str
    label_en: str
    citation: str
    confidence: str
    verified_until: dt.date

    def ppm(self) -> int:
        """A ratio in millionths."""
        return _ppm_of(self.value)

    def fen(self) -> int:
        """An amount in fen."""
        return _fen_of(self.value)

    def whole(self) -> int:
        """A whole number: days, months, years, people."""
        return int(self.value)

    def fraction(self) -> Fraction:
        """An exact fraction such as "2/37" or "0.0269"."""
        return Fraction(self.value)


@lru_cache(maxsize=1024)
def _ppm_of(value: str) -> int:
    """The same few ratios are read again for every item."""
    return money.ppm_of(value)


@lru_cache(maxsize=1024)
def _fen_of(value: str) -> int:
    return money.fen_of(value)


class Parameter:
    """A dated parameter. `at(day)` answers or says that it cannot."""

    def __init__(self, name: str, content: ParameterFile) -> None:
        self.name = name
        self.content = content
        self.days = sorted(content.values)

    def at(self, day: dt.date) -> InForce:
        """The value in force on `day`. Raises OutOfCoverage before the first value, after repeal, or where not encoded."""
        place = bisect_right(self.days, day) - 1
        if place < 0 or day < HELD_FROM:
            first = max(self.days[0], HELD_FROM).isoformat()
            raise OutOfCoverage(
                "law.parameter_not_encoded_before", parameter=self.name, day=day.isoformat(), first=first
            )
        since = self.days[place]
        dated = self.content.values[since]
        if dated.state == "repealed":
            raise OutOfCoverage(
                "law.parameter_repealed", parameter=self.name, day=day.isoformat(), since=since.isoformat()
            )
        if dated.state == "not_encoded" or dated.value is None:
            raise OutOfCoverage(
                "law.parameter_not_encoded",
                parameter=self.name,
                since=since.isoformat(),
                why_zh=dated.why_zh,
                why_en=dated.why_en,
            )
        c = self.content
        return InForce(
            self.name,
            dated.value,
            since,
            c.unit,
            c.label_zh,
            c.label_en,
            dated.citation,
            dated.confidence,
            c.verified_until,
        )


class RuleParameters:
    """The parameters of one rule, by name."""

    def __init__(self, rule: str, parameters: dict[str, Parameter]) -> None:
        self.rule = rule
        self.parameters = parameters

    def at(self, name: str, day: dt.date) -> InForce:
        """The parameter `name` as of `day`. Raises OutOfCoverage, or LawDataError for a name nobody wrote."""
        try:
            return self.parameters[name].at(day)
        except KeyError:
            raise LawDataError(f"{self.rule}: there is no parameter {name!r}") from None

    def change_days(self) -> set[dt.date]:
        """Every day on which one of them changes."""
        return {day for parameter in self.parameters.values() for day in parameter.days}


_STATES = {"in_force", "repealed", "not_encoded"}


def load_parameters(path: Path, rule: str) -> RuleParameters:
    """Read one `parameters.yaml`. Raises LawDataError for anything missing, unknown or malformed."""
    content = read_yaml(path, dict[str, ParameterFile])
    for name, parameter in content.items():
        where = f"{rule}/parameters.yaml: {name}"
        if not parameter.values:
            raise LawDataError(f"{where}: there is no value")
        for day, dated in parameter.values.items():
            if dated.state not in _STATES:
                raise LawDataError(f"{where}: {day}: state {dated.state!r} is none of {sorted(_STATES)}")
            if dated.state == "in_force" and dated.value is None:
                raise LawDataError(f"{where}: {day}: a value in force needs `value`")
            if dated.state == "not_encoded" and not (dated.why_zh and dated.why_en):
                raise LawDataError(f"{where}: {day}: say why it is not encoded, in both languages")
            if dated.state != "not_encoded" and not dated.cites:
                raise LawDataError(f"{where}: {day}: a value needs `cites`")
            if dated.confidence not in CONFIDENCE_ORDER:
                raise LawDataError(f"{where}: {day}: confidence {dated.confidence!r} is none of {CONFIDENCE_ORDER}")
    return RuleParameters(rule, {name: Parameter(f"{rule}/{name}", p) for name, p in content.items()})


class LawBook:
    """All rules' parameters. `LawBook()` is the law as shipped; a reform is a LawBook with files laid over it."""

    def __init__(self, folder: Path = LAW, overlay: dict[str, RuleParameters] | None = None) -> None:
        self.folder = folder
        self.overlay = overlay or {}
        self._rules: dict[str, RuleParameters] = {}

    def rule(self, rule: str) -> RuleParameters:
        """The parameters of `rule`, a path such as "import_vat" or "channels/cross_border_ecommerce"."""
        if rule not in self._rules:
            shipped = load_parameters(self.folder / rule / "parameters.yaml", rule)
            changed = self.overlay.get(rule)
            if changed is not None:
                shipped = RuleParameters(rule, {**shipped.parameters, **changed.parameters})
            self._rules[rule] = shipped
        return self._rules[rule]

    def at(self, name: str, day: dt.date) -> InForce:
        """A parameter by its full name, "import_vat/standard_rate", as of a day."""
        rule, _, parameter = name.rpartition("/")
        return self.rule(rule).at(parameter, day)

    def rules(self) -> list[str]:
        """Every rule folder that has parameters."""
        return sorted(p.parent.relative_to(self.folder).as_posix() for p in self.folder.rglob("parameters.yaml"))


@cache
def law_book() -> LawBook:
    """The law as shipped, loaded once."""
    return LawBook()
