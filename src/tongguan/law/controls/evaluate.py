"""One requirement against the facts of one item: required, conditional, not required because…, banned, or no matter of it.

The order is that of a careful reader: does the rule stand on that day; is it about such goods; does the channel put it aside; is there an exemption;
are its conditions met. Nothing here raises: what is not known is UNKNOWN and named.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import NamedTuple

import msgspec

from tongguan.grammar.citations import weakest
from tongguan.law.controls.channel_waivers.rule import PERSONAL, waiver_for
from tongguan.law.controls.logic import NO, UNKNOWN, YES, all_of, any_of, opposite, state_of
from tongguan.law.controls.tables import Exemption, Period, Requirement, Scope, When, Words, requirements

REQUIRED, CONDITIONAL, NOT_REQUIRED, BANNED, NOT_ENCODED = (
    "required",
    "conditional",
    "not_required",
    "banned",
    "not_encoded",
)
NO_MATTER = ""
"""The rule is not about such goods, and nobody would ask."""


class Listing(msgspec.Struct, frozen=True):
    """A published catalogue that was loaded names the code for a requirement.

    covers_day   the catalogue speaks about the day asked for; one of another year is a hint and no more
    is_removed   it says that the code was taken out
    is_partial   only some of the longer codes under the code asked for are named
    when         facts the listing needs besides
    """

    catalogue: str
    since: dt.date
    until: dt.date
    covers_day: bool
    is_removed: bool = False
    is_partial: bool = False
    confidence: str = "V2"
    when: When = []

    def state(self, facts: dict[str, str]) -> int:
        """How surely it brings the goods in."""
        sure = YES if self.covers_day and not self.is_partial and not self.is_removed else UNKNOWN
        return all_of((sure, met(self.when, facts)))


class Goods(msgspec.Struct, frozen=True):
    """What is asked about. `value` in CNY where it is known; `listings` come from loaded catalogues."""

    code: str
    day: dt.date
    origin: str | None = None
    channel: str = "general_trade"
    facts: dict[str, str] = {}
    value: Decimal | None = None
    listings: dict[str, Listing] = {}


class Verdict(msgspec.Struct, frozen=True):
    """What one requirement says of the goods.

    reason   rule, exemption, channel, condition, dropped, asked or catalogue; the words are zh and en, the article `because`
    assumed  facts nobody stated that were taken as usual, written name=value
    """

    status: str
    reason: str = ""
    because: str = ""
    zh: str = ""
    en: str = ""
    missing: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    perhaps_exempt: tuple[Exemption, ...] = ()
    period: Period | None = None
    scope: Scope | None = None
    confidence: str = "V1"


NOTHING = Verdict(NO_MATTER)


def period_on(r: Requirement, day: dt.date) -> Period | None:
    """The state of the rule on a day."""
    return next((p for p in r.periods if p.since <= day and (p.until is None or day <= p.until)), None)


def code_state(code: str, prefixes: list[str], but: list[str]) -> int:
    """As `starts_with`, for a code that may be shorter than the prefix: then it is not stated whether it goes on that way."""
    if starts_with(code, prefixes, but):
        return UNKNOWN if any(p.startswith(code) for p in but) else YES
    if any(code.startswith(p) for p in but):
        return NO
    return UNKNOWN if any(p.startswith(code) for p in prefixes) else NO


def starts_with(code: str, prefixes: list[str], but: list[str]) -> bool:
    """Whether a code lies under one of the prefixes and under none of those taken out."""
    return any(code.startswith(p) for p in prefixes) and not any(code.startswith(p) for p in but)


def met(when: When, facts: dict[str, str]) -> int:
    """Whether the facts meet the alternatives; an empty list asks nothing."""
    if not when:
        return YES
    return any_of(all_of(state_of(facts.get(name, ""), values) for name, values in one.items()) for one in when)


def missing_facts(when: When, facts: dict[str, str]) -> list[str]:
    """Facts that are not stated in the alternatives that are still open."""
    names = []
    for one in when:
        if all_of(state_of(facts.get(name, ""), values) for name, values in one.items()) == UNKNOWN:
            names += [name for name in one if not facts.get(name)]
    return names


def scope_of(r: Requirement, goods: Goods) -> tuple[Scope | None, int]:
    """The scope that reaches the goods best, and how surely. A scope whose facts say no does not reach them."""
    best: tuple[Scope | None, int] = (None, NO)
    for scope in r.scopes:
        under = code_state(goods.code, scope.codes, scope.but)
        if under == NO:
            continue
        if (scope.since and goods.day < scope.since) or (scope.until and goods.day > scope.until):
            continue
        if not _is_triggered(scope, goods):
            continue
        facts = {**scope.assume, **{k: v for k, v in goods.facts.items() if v}}
        state = all_of((under, origin_state(scope, goods.origin), met(scope.when, facts)))
        if state > best[1]:
            best = (scope, state)
    return best


def _is_triggered(scope: Scope, goods: Goods) -> bool:
    """Whether every fact is stated without which the scope is not thought of; the origin may be one of them."""
    return all(goods.origin if name == "origin" else goods.facts.get(name) for name in scope.triggers)


def origin_state(scope: Scope, origin: str | None) -> int:
    """Whether the origin is one of the scope's."""
    stated = origin or ""
    wanted = state_of(stated, scope.origins) if scope.origins else YES
    refused = opposite(state_of(stated, scope.not_origins)) if scope.not_origins else YES
    return all_of((wanted, refused))


@lru_cache(maxsize=16_384)  # a tariff has some thirteen thousand codes of ten digits
def about(code: str) -> dict[str, tuple[str, Requirement]]:
    """The requirements that some fact, day, origin or channel could bring to a code, by identifier, with their family, in the order of the tables.

    Each holds only the scopes and answers that reach the code: `evaluate` says the same of it as of the whole requirement, and NOTHING of those left
    out. A requirement that a loaded catalogue names for the code may be left out too.
    """
    return {
        identifier: _narrowed(
            identifier,
            tuple(n for n, scope in enumerate(r.scopes) if code_state(code, scope.codes, scope.but) != NO),
            tuple(n for n, asked in enumerate(r.asked) if starts_with(code, asked.codes, asked.but)),
        )
        for identifier, (_, r) in requirements().items()
        if r.facts_alone
        or any(code_state(code, scope.codes, scope.but) != NO for scope in r.scopes)
        or any(starts_with(code, asked.codes, asked.but) for asked in r.asked)
    }


def turns_on_value(code: str, channel: str) -> bool:
    """Whether what is asked of a code in a channel may change with the value of the goods."""
    return any(
        e.value_up_to and (not e.channels or channel in e.channels)
        for _, r in about(code).values()
        for e in r.exemptions
    )


@lru_cache(maxsize=4096)  # many codes share the same few
def _narrowed(identifier: str, scopes: tuple[int, ...], asked: tuple[int, ...]) -> tuple[str, Requirement]:
    """A requirement with some of its scopes and answers only, by their places."""
    family, r = requirements()[identifier]
    return family, msgspec.structs.replace(r, scopes=[r.scopes[n] for n in scopes], asked=[r.asked[n] for n in asked])


def evaluate(r: Requirement, goods: Goods) -> Verdict:
    """What the requirement says of the goods."""
    if r.only_channels and goods.channel not in r.only_channels:
        return NOTHING
    listing = goods.listings.get(r.id)
    if listing is not None and listing.is_removed and not listing.is_partial:
        title = listing.catalogue
        return Verdict(NOT_REQUIRED, "catalogue", _last(r).cites, title, title, confidence=listing.confidence)
    scope, reached = scope_of(r, goods)
    alone = bool(r.facts_alone) and met(r.facts_alone, goods.facts) == YES
    facts = {**(scope.assume if scope else {}), **{k: v for k, v in goods.facts.items() if v}}
    listed = listing.state(facts) if listing is not None else NO
    if max(reached, listed) == NO and not alone:
        return _unless_facts_decide(r, goods)
    period = period_on(r, goods.day)
    if period is None:
        return _not_in_force(r, goods)
    aside = _put_aside(r, goods, period)
    if aside is not None:
        return aside
    exempt = [(e, _exempt(e, goods, facts)) for e in r.exemptions if _in_force(e, goods.day)]
    for exemption, state in exempt:
        if state == YES:
            said = Words(exemption.zh, exemption.en, exemption.cites)
            return _not_required("exemption", said, period, scope, exemption.confidence)
    perhaps = tuple(e for e, state in exempt if state == UNKNOWN)
    weighed = _Weighed(r, goods, period, scope, facts, perhaps, reached, alone, listing, listed)
    return _verdict(weighed)


class _Weighed(NamedTuple):
    """Everything the last step looks at."""

    r: Requirement
    goods: Goods
    period: Period
    scope: Scope | None
    facts: dict[str, str]
    perhaps: tuple[Exemption, ...]
    reached: int
    alone: bool
    listing: Listing | None
    listed: int


def _verdict(w: _Weighed) -> Verdict:
    """The conditions, once nothing puts the rule aside."""
    period, scope = w.period, w.scope
    state = YES if w.alone else all_of((max(w.reached, w.listed), met(w.r.when, w.facts)))
    because = scope.cites if scope and scope.cites else period.cites
    if state == NO:
        if w.r.otherwise is None:
            return NOTHING
        said = w.r.otherwise
        return _not_required(
            "condition", Words(said.zh, said.en, said.cites or because), period, scope, period.confidence
        )
    by_list = w.listing is not None and w.listed > w.reached
    zh, en = _why(w, by_list)
    missing = _missing(w) if state == UNKNOWN else []
    status = CONDITIONAL if state == UNKNOWN else REQUIRED if period.effect == "required" else BANNED
    assumed = (
        tuple(f"{name}={value}" for name, value in scope.assume.items() if not w.goods.facts.get(name)) if scope else ()
    )
    marks = [period.confidence] + ([scope.confidence] if scope and scope.confidence else [])
    if by_list and w.listing is not None:
        marks = [period.confidence, w.listing.confidence]
    return Verdict(
        status,
        "catalogue" if by_list else "rule",
        because,
        zh,
        en,
        tuple(dict.fromkeys(missing)),
        assumed,
        w.perhaps,
        period,
        scope,
        weakest(marks),
    )


def _why(w: _Weighed, by_list: bool) -> tuple[str, str]:
    """Why it is asked, in both languages."""
    zh, en = w.period.zh or w.r.why_zh, w.period.en or w.r.why_en
    if w.scope and w.scope.zh:
        zh, en = zh + w.scope.zh, f"{en} {w.scope.en}"
    if by_list and w.listing is not None:
        hint_zh, hint_en = (
            ("", "")
            if w.listing.covers_day
            else ("当日目录未载入，仅供参考。", " The catalogue of the day is not loaded, so this is a hint.")
        )
        zh, en = f"{zh}见{w.listing.catalogue}。{hint_zh}", f"{en} See {w.listing.catalogue}.{hint_en}"
    return zh, en


def _missing(w: _Weighed) -> list[str]:
    """What would have to be stated for a plain answer."""
    missing = missing_facts(w.r.when, w.facts)
    if w.reached >= w.listed and w.scope:
        missing += missing_facts(w.scope.when, w.facts)
        if origin_state(w.scope, w.goods.origin) == UNKNOWN:
            missing.append("origin")
        if code_state(w.goods.code, w.scope.codes, w.scope.but) == UNKNOWN:
            missing.append("commodity_code")
    if w.listing is not None and w.listed > w.reached:
        missing += missing_facts(w.listing.when, w.facts) + (["commodity_code"] if w.listing.is_partial else [])
    return missing


def _last(r: Requirement) -> Period:
    return r.periods[-1]


def _unless_facts_decide(r: Requirement, goods: Goods) -> Verdict:
    """No scope reaches the goods: because of what is stated of them, or because the code is another."""
    period = period_on(r, goods.day)
    if r.otherwise is None or period is None or not any(_is_about(scope, goods) for scope in r.scopes):
        return _asked(r, goods)
    said = Words(r.otherwise.zh, r.otherwise.en, r.otherwise.cites or period.cites)
    return _put_aside(r, goods, period) or _not_required("condition", said, period, None, period.confidence)


def _is_about(scope: Scope, goods: Goods) -> bool:
    """Whether the scope is about such goods on that day, facts apart."""
    in_time = (not scope.since or goods.day >= scope.since) and (not scope.until or goods.day <= scope.until)
    return (
        in_time
        and _is_triggered(scope, goods)
        and starts_with(goods.code, scope.codes, scope.but)
        and origin_state(scope, goods.origin) != NO
    )


def _asked(r: Requirement, goods: Goods) -> Verdict:
    """The goods are not those of the rule; people may ask all the same."""
    for asked in r.asked:
        if not starts_with(goods.code, asked.codes, asked.but) or met(asked.when, goods.facts) != YES:
            continue
        if (asked.since and goods.day < asked.since) or (asked.until and goods.day > asked.until):
            continue
        if goods.channel in PERSONAL:
            continue
        period = period_on(r, goods.day)
        return Verdict(
            NOT_REQUIRED, "asked", asked.cites, asked.zh, asked.en, period=period, confidence=_last(r).confidence
        )
    return NOTHING


def _not_in_force(r: Requirement, goods: Goods) -> Verdict:
    """The rule has not begun, or is over and people may still ask for it."""
    ended = [p for p in r.periods if p.until is not None and p.until < goods.day]
    if not ended or r.dropped is None or len(ended) < len(r.periods):
        return NOTHING
    said = Words(r.dropped.zh, r.dropped.en, r.dropped.cites or ended[-1].cites)
    return _not_required("dropped", said, None, None, ended[-1].confidence)


def _not_required(reason: str, said: Words, period: Period | None, scope: Scope | None, confidence: str) -> Verdict:
    """Not required because…"""
    return Verdict(
        NOT_REQUIRED, reason, said.cites, said.zh, said.en, period=period, scope=scope, confidence=confidence
    )


def _put_aside(r: Requirement, goods: Goods, period: Period) -> Verdict | None:
    """The channel puts the requirement aside, or leaves it open whether it does."""
    waiver = waiver_for(goods.channel, goods.day, r.first_import, r.for_persons, period.effect == "banned")
    if waiver is None:
        return None
    return Verdict(
        NOT_REQUIRED, "channel", waiver.cites, waiver.zh, waiver.en, period=period, confidence=waiver.confidence
    )


def _in_force(e: Exemption, day: dt.date) -> bool:
    return (e.since is None or e.since <= day) and (e.until is None or day <= e.until)


def _exempt(e: Exemption, goods: Goods, facts: dict[str, str]) -> int:
    """Whether an exemption holds: facts, channel and value together."""
    states = [met(e.when, facts)]
    if e.codes:
        states.append(YES if starts_with(goods.code, e.codes, []) else NO)
    if e.channels:
        states.append(YES if goods.channel in e.channels else NO)
    if e.value_up_to:
        states.append(_within(goods.value, e.value_up_to))
    return all_of(states)


def _within(value: Decimal | None, limit: str) -> int:
    """Whether a value keeps a limit that counts itself in."""
    if value is None:
        return UNKNOWN
    try:
        return YES if value <= Decimal(limit) else NO
    except InvalidOperation:
        return UNKNOWN
