"""What each agreement says besides its product list: content, tolerance, cumulation, sets, transport, proof. Dated, cited, with confidence.

A value that the table does not hold is not known, and everything that rests on it is left undecided.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from functools import cache
from typing import NamedTuple

from tongguan.grammar.citations import CONFIDENCE_ORDER
from tongguan.grammar.errors import LawDataError
from tongguan.grammar.money import ppm_of
from tongguan.origin import notation
from tongguan.origin.codes import CodeRange, one, read_list
from tongguan.origin.rule_sets import Entry, RuleSet
from tongguan.origin.rules import Change, NotEncoded, Rule, any_of
from tongguan.tariff.origins import Origins, Scheme
from tongguan.tariff.schedule import TABLES, read_csv


class Value(NamedTuple):
    """One value in force, with everything needed to cite it."""

    value: str
    since: dt.date
    cites: str
    source: str
    confidence: str
    note: str


class Agreement:
    """One agreement or arrangement, by its key in `tables/schemes.csv`."""

    def __init__(self, scheme: str, values: dict[str, list[Value]]) -> None:
        self.scheme = scheme
        self.values = values

    def at(self, parameter: str, day: dt.date) -> Value | None:
        """A value as of a day; None when it is not known."""
        dated = self.values.get(parameter, [])
        place = bisect_right([v.since for v in dated], day) - 1
        return dated[place] if place >= 0 else None

    def ppm(self, parameter: str, day: dt.date) -> int | None:
        """A share in millionths; None when not known, 0 when the agreement has none."""
        found = self.at(parameter, day)
        if found is None:
            return None
        return 0 if found.value == "none" else ppm_of(found.value)

    def general_rule(self, code: str, producer: str, day: dt.date) -> tuple[Rule, Value] | None:
        """The rule for lines that no product list names; None where there is none or it is not known."""
        found = self.at("general_rule", day)
        if found is None or found.value == "none":
            return None
        least = self.at("ldc_members", day)
        if least is not None and producer in least.value.split(";"):
            found = self.at("general_rule_ldc", day) or found
        rule = notation.read(found.value)
        if isinstance(rule, NotEncoded):
            raise LawDataError(f"agreements.csv: {self.scheme}: {found.value!r} is not in our notation")
        chapters, but = self.at("general_rule_cth_chapters", day), self.at("general_rule_cth_but", day)
        if chapters is not None and _in(chapters.value, code) and not (but is not None and _in(but.value, code)):
            return any_of([Change("heading"), rule]), found._replace(
                confidence=chapters.confidence, cites=chapters.cites
            )
        return rule, found

    def parties(self, producer: str, day: dt.date, origins: Origins) -> frozenset[str]:
        """Countries whose originating materials count as the producer's own, by the agreement's cumulation."""
        kind = self.at("cumulation", day)
        if kind is None or kind.value == "none":
            return frozenset({producer})
        if kind.value == "bilateral":
            return frozenset({producer, "CN"})
        family = self.scheme.partition("-")[0] if self.scheme.startswith("22") else self.scheme
        members = {
            iso2
            for iso2, memberships in origins.members.items()
            for m in memberships
            if (m.scheme == self.scheme or (family == "22" and m.scheme.startswith("22-")))
            and m.since <= day <= m.until
        }
        return frozenset(members | {"CN", producer})


def _in(listed: str, code: str) -> bool:
    return any(span.holds(code) for text in listed.split(";") for span in read_list(text, 0, "bare")[0])


@cache
def agreements() -> dict[str, Agreement]:
    """Every agreement of the table. Raises LawDataError for a malformed row."""
    held: dict[str, dict[str, list[Value]]] = {}
    for r in read_csv(TABLES / "origin" / "agreements.csv"):
        if r["confidence"] not in CONFIDENCE_ORDER:
            raise LawDataError(f"agreements.csv: {r['scheme']}: confidence {r['confidence']!r} is not a known mark")
        value = Value(
            r["value"], dt.date.fromisoformat(r["since"]), r["cites"], r["source"], r["confidence"], r["note"]
        )
        held.setdefault(r["scheme"], {}).setdefault(r["parameter"], []).append(value)
    for values in held.values():
        for dated in values.values():
            dated.sort(key=lambda v: v.since)
    return {scheme: Agreement(scheme, values) for scheme, values in held.items()}


def agreement(scheme: Scheme) -> Agreement:
    """What is known of a scheme; an empty one when nothing is."""
    return agreements().get(scheme.scheme, Agreement(scheme.scheme, {}))


class ProductRule(NamedTuple):
    """The product rule of a line that we ship."""

    entries: tuple[Entry, ...]
    cites: str
    confidence: str
    edition: str


@cache
def _shipped() -> dict[tuple[str, str], tuple[dt.date, Entry, str, str, str]]:
    table = {}
    for r in read_csv(TABLES / "origin" / "product_rules.csv"):
        rule = notation.read(r["rule"])
        if isinstance(rule, NotEncoded):
            raise LawDataError(f"product_rules.csv: {r['scheme']} {r['codes']}: {r['rule']!r} is not in our notation")
        for code in r["codes"].split(";"):
            entry = Entry(one(code), "", (r["rule"],), (rule,))
            table[r["scheme"], code] = (
                dt.date.fromisoformat(r["since"]),
                entry,
                r["cites"],
                r["confidence"],
                r["edition"],
            )
    return table


def product_rule(scheme: str, code: str, day: dt.date, own: dict[str, RuleSet]) -> ProductRule | None:
    """The product rule of a line: from a list the user brought, by agreement, else from those we ship; None when there is none."""
    brought = own.get(scheme) or (own.get("22") if scheme.startswith("22-") else None)
    if brought is not None:
        entries = brought.find(code)
        if entries:
            return ProductRule(tuple(entries), "", "M", brought.name)
    shipped = _shipped().get((scheme, code[:6]))
    if shipped is None or shipped[0] > day:
        return None
    return ProductRule((shipped[1],), shipped[2], shipped[3], shipped[4])


@cache
def _listed_goods() -> tuple[tuple[dt.date, tuple[CodeRange, ...], Rule, str, str], ...]:
    goods = []
    for r in read_csv(TABLES / "origin" / "non_preferential.csv"):
        rule = notation.read(r["rule"])
        if isinstance(rule, NotEncoded):
            raise LawDataError(f"non_preferential.csv: {r['codes']}: {r['rule']!r} is not in our notation")
        spans = tuple(span for text in r["codes"].split(";") for span in read_list(text, 0, "bare")[0])
        goods.append((dt.date.fromisoformat(r["since"]), spans, rule, r["cites"], r["confidence"]))
    return tuple(goods)


def judged_otherwise(code: str, day: dt.date) -> tuple[Rule, str, str] | None:
    """The rule of a line whose non-preferential origin follows more than a change of heading: rule, citation, confidence (gacc-order-122)."""
    for since, spans, rule, cites, confidence in _listed_goods():
        if since <= day and any(span.holds(code) for span in spans):
            return rule, cites, confidence
    return None
