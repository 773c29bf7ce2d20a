"""A rule in one short line, for tables that people keep and for screens: "CTH except 0301-0304, 07 or RVC40".

WO PE                wholly obtained; of originating materials only
CC CTH CTSH CTI      change of chapter, heading, subheading, tariff item; CA: materials of any heading
except …             codes from which no change is enough; words stand in quotation marks
RVC40 BD40 BU35 NC30 regional value content by either method, build-down, build-up, net cost; RVC40/EXW names the base
MAXNOM50(8504)       materials of 8504 worth at most half the price
BORN HARVESTED WASTE FOUND CREATED   kinds of wholly obtained
CR …                 operations, by the keys of `tables/origin/operations.csv`
and, or, ( )         "and" binds closer
"""

from __future__ import annotations

import re

from tongguan.grammar.money import PPM, NotAnAmount, decimal_of
from tongguan.origin.codes import read_list
from tongguan.origin.rules import (
    AllOf,
    AnyOf,
    Change,
    GeneralContent,
    Materials,
    MaxValue,
    MinContent,
    NoRequirement,
    NotEncoded,
    OfOriginatingMaterials,
    Process,
    Rule,
    WhollyObtained,
    all_of,
    any_of,
)

LEVELS = {"CC": "chapter", "CTH": "heading", "CTSH": "subheading", "CTI": "item", "CA": "any"}
METHODS = {"RVC": "either", "QVC": "either", "VA": "either", "BD": "build_down", "BU": "build_up", "NC": "net_cost"}
KINDS = {"BORN": "born_and_raised", "HARVESTED": "harvested", "WASTE": "waste", "FOUND": "found", "CREATED": "created"}
OPERATIONS = {"CR": "chemical_reaction", "SP": "specific_process"}

_TOKEN = re.compile(
    r"\s*(?:(?P<open>\()|(?P<close>\))|(?P<and>and\b|\+|&)|(?P<or>[;,]?\s*or\b|;)|(?P<except>(?:\(?ex(?:cept|cl\.?|cluding)\b)(?:\s+from)?)"
    r"|(?P<content>(?:RVC|QVC|VA|BD|BU|NC)\s*\(?\s*(?:of\s+)?(?:≥\s*)?(?P<share>[0-9]{1,3}(?:\.[0-9]+)?)\s*%?\)?(?:/(?P<base>FOB|EXW))?)"
    r"|(?P<most>MAXNOM\s*(?P<most_share>[0-9]{1,3}(?:\.[0-9]+)?)\s*%?(?:/(?P<most_base>FOB|EXW))?(?:\((?P<of>[0-9 ,.\-]+)\))?)"
    r"|(?P<word>[A-Z]{2,}[A-Z_]*\b)|(?P<quoted>\"[^\"]*\"))",
    re.IGNORECASE,
)


class _Stop(Exception):  # not an error of ours: the text is another's
    pass


def ppm_of_percent(text: str) -> int:
    """A percentage as millionths; finer than a ten-thousandth of a point is refused. Raises NotAnAmount."""
    scaled = decimal_of(text) * PPM / 100
    if scaled != scaled.to_integral_value() or not 0 < scaled <= PPM:
        raise NotAnAmount(f"{text!r} is not a percentage")
    return int(scaled)


def percent(ppm: int) -> str:
    """40 for 400000."""
    whole, rest = divmod(ppm, 10_000)
    return f"{whole}.{rest:04d}".rstrip("0") if rest else str(whole)


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0

    def peek(self) -> re.Match[str] | None:
        return _TOKEN.match(self.text, self.place)

    def either(self) -> Rule:
        parts = [self.both()]
        while (token := self.peek()) is not None and token["or"]:
            self.place = token.end()
            parts.append(self.both())
        return any_of(parts)

    def both(self) -> Rule:
        parts = [self.leaf()]
        while (token := self.peek()) is not None and token["and"]:
            self.place = token.end()
            parts.append(self.leaf())
        return all_of(parts)

    def leaf(self) -> Rule:
        token = self.peek()
        if token is None:
            raise _Stop
        self.place = token.end()
        if token["open"]:
            inner = self.either()
            close = self.peek()
            if close is None or not close["close"]:
                raise _Stop
            self.place = close.end()
            return inner
        if token["content"]:
            name = re.match("[A-Za-z]+", token["content"])
            method = METHODS[name[0].upper()] if name else "either"
            return MinContent(ppm_of_percent(token["share"]), method, (token["base"] or "").upper())
        if token["most"]:
            ranges = read_list(token["of"] or "")[0]
            return MaxValue(
                ppm_of_percent(token["most_share"]), (token["most_base"] or "").upper(), Materials(codes=ranges)
            )
        word = (token["word"] or "").upper()
        return self.word(word)

    def word(self, word: str) -> Rule:
        if word in LEVELS:
            return Change(LEVELS[word], self.exceptions())
        if word in ("WO", "WP"):
            return WhollyObtained()
        if word == "PE":
            return OfOriginatingMaterials()
        if word in KINDS:
            return WhollyObtained(how=KINDS[word])
        if word in OPERATIONS:
            return Process(OPERATIONS[word], word)
        if word == "GENERAL":
            return GeneralContent()
        if word == "NONE":
            return NoRequirement()
        raise _Stop

    def exceptions(self) -> tuple[Materials, ...]:
        token = self.peek()
        if token is None or not token["except"]:
            return ()
        place = token.end()
        ranges, end = read_list(self.text, place + (1 if self.text[place : place + 1] == " " else 0), "bare")
        if not ranges:
            raise _Stop
        self.place = end
        if token["except"].startswith("(") and self.text[self.place : self.place + 1] == ")":
            self.place += 1
        return (Materials(codes=ranges),)


def read(text: str) -> Rule | NotEncoded:
    """A rule from its short line."""
    reader = _Reader(text.strip().rstrip("."))
    try:
        rule = reader.either()
    except (_Stop, NotAnAmount):
        return NotEncoded("notation", text[reader.place :][:60])
    rest = reader.text[reader.place :].strip()
    return NotEncoded("notation", rest[:60]) if rest else rule


def write(rule: Rule) -> str | None:
    """The short line of a rule; None when it says more than the notation can."""
    if isinstance(rule, AnyOf):
        return _joined(rule.parts, " or ", inside=False)
    if isinstance(rule, AllOf):
        return _joined(rule.parts, " and ", inside=True)
    if isinstance(rule, WhollyObtained):
        return _wholly_obtained(rule)
    if isinstance(rule, OfOriginatingMaterials):
        return "PE"
    if isinstance(rule, GeneralContent):
        return "GENERAL"
    if isinstance(rule, NoRequirement):
        return "NONE"
    if isinstance(rule, Change):
        return _change(rule)
    if isinstance(rule, MinContent) and rule.focus is None and rule.basis in ("", "FOB", "EXW"):
        name = {"either": "RVC", "build_down": "BD", "build_up": "BU", "net_cost": "NC"}.get(rule.method)
        return f"{name}{percent(rule.ppm)}" + (f"/{rule.basis}" if rule.basis else "") if name else None
    if isinstance(rule, Process):
        return next((short for short, key in OPERATIONS.items() if key == rule.operation), None)
    return None


def _joined(parts: tuple[Rule, ...], word: str, *, inside: bool) -> str | None:
    texts = [write(part) for part in parts]
    if any(text is None for text in texts):
        return None
    return word.join(
        f"({text})" if inside and isinstance(part, AnyOf) else str(text)
        for part, text in zip(parts, texts, strict=True)
    )


def _wholly_obtained(rule: WhollyObtained) -> str | None:
    if rule.of is not None:
        return None
    return next((short for short, how in KINDS.items() if how == rule.how), "WO" if not rule.how else None)


def _change(rule: Change) -> str | None:
    name = next(short for short, level in LEVELS.items() if level == rule.level)
    if not rule.but:
        return name
    if any(m != Materials(codes=m.codes) for m in rule.but):
        return None
    return f"{name} except " + ", ".join(r.text() for m in rule.but for r in m.codes)
