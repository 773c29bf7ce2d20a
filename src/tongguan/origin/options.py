"""The agreements open to each goods item of a shipment: the rule to satisfy, the proof to ask for, the way to travel, and what it is worth.

Nothing is examined here: a rule is shown, and whether the goods meet it is for whoever knows how they were made. Where the item carries its bill of
materials, every agreement is examined on it (`examine.py`) and the two stand side by side.
"""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_UP, Decimal
from typing import Any, Literal

import msgspec

from tongguan.assessment.result import APPLIES, Assessment, ItemAssessment, Option, money
from tongguan.assessment.shipment import GoodsItem, Shipment
from tongguan.assessment.world import World, shipped_world
from tongguan.grammar.citations import cite_text, weakest
from tongguan.grammar.findings import Finding, InputRefused, render
from tongguan.grammar.money import FEN, yuan
from tongguan.origin import notation
from tongguan.origin.agreements import Agreement, agreement, product_rule
from tongguan.origin.bill import UNDETERMINED, Bill, bill_from
from tongguan.origin.examine import Examination, examine, limit_text, proof_of
from tongguan.origin.explain import json_of
from tongguan.origin.rules import (
    AllOf,
    AnyOf,
    Change,
    GeneralContent,
    MinContent,
    NotEncoded,
    Rule,
    WhollyObtained,
    any_of,
)
from tongguan.tariff.origins import Membership, Scheme

RuleFrom = Literal["product_rule", "general_rule", "general_rule_unless_listed", "not_encoded"]
"""general_rule_unless_listed: the general rule, if the line is not on the product list, which is not held."""
WITHOUT_PREFERENCE = "without_preference"
FIRST_DIGITS = 6
"""Product rules are written for subheadings of six digits."""


class Openness(msgspec.Struct, frozen=True):
    """One agreement or arrangement that the origin belongs to.

    `status` and `rate` are those of the assessment's option. `saving` is against what applies on the facts declared, `worth` against the best rate
    without preference; both in fen, None where no rate is held. `rule` is in the notation of `notation.py`, empty where it is not encoded;
    `rule_line` says it in words. `transit` is the condition of transport.
    """

    scheme: str
    code: str
    name_zh: str
    name_en: str
    status: str
    rate: str
    saving: int | None
    worth: int | None
    rule: str
    rule_from: RuleFrom
    rule_line: Finding
    proof: tuple[Finding, ...]
    transit: Finding
    because: str
    confidence: str

    def to_json(self) -> dict[str, Any]:
        """As plain text."""
        return {
            "scheme": self.scheme,
            "code": self.code,
            "name_zh": self.name_zh,
            "name_en": self.name_en,
            "status": self.status,
            "rate": self.rate,
            "saving_against_applied": None if self.saving is None else money(self.saving),
            "saving_against_no_preference": None if self.worth is None else money(self.worth),
            "rule": self.rule,
            "rule_from": self.rule_from,
            "rule_in_words": self.rule_line.to_json(),
            "proof": [f.to_json() for f in self.proof],
            "direct_consignment": self.transit.to_json(),
            "because": self.because,
            "because_zh": cite_text(self.because, "zh") if self.because else "",
            "because_en": cite_text(self.because, "en") if self.because else "",
            "confidence": self.confidence,
        }


class ItemOrigin(msgspec.Struct, frozen=True):
    """What one item could prove. `examination` only where it carries a bill of materials that could be read."""

    number: int
    commodity_code: str
    origin: str
    day: dt.date
    agreements: tuple[Openness, ...]
    examination: Examination | None = None
    findings: tuple[Finding, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As plain text."""
        return {
            "number": self.number,
            "commodity_code": self.commodity_code,
            "origin": self.origin,
            "day": self.day.isoformat(),
            "agreements": [a.to_json() for a in self.agreements],
            "examination": None if self.examination is None else json_of(self.examination),
            "findings": [f.to_json() for f in self.findings],
        }


def origins_of_shipment(shipment: Shipment, answer: Assessment, world: World | None = None) -> tuple[ItemOrigin, ...]:
    """For each item the agreements open to its origin on the day whose rates apply, best saving first.

    Items that are not taxed by their origin (articles of travellers, e-commerce orders) have none, unless they carry a bill.
    """
    world = world or shipped_world()
    day = answer.governing_on
    if day is None:
        return ()
    found = []
    for number, (item, assessed) in enumerate(zip(shipment.items, answer.items, strict=False), start=1):
        place = item.facts.get("preferential_origin") or item.origin or ""
        findings: list[Finding] = []
        examination = None
        if item.bill:
            bill = _bill(item, assessed, shipment, day, number, place, findings)
            if bill is not None:
                place = place or bill.product.country
                examination = examine(bill, world, assessed if assessed.options else None)
                findings += _claims_that_fail(number, examination, assessed)
        usd = _in_dollars(assessed.dutiable_value, shipment)
        open_to = [
            _openness(scheme, membership, item, assessed, day, usd)
            for scheme, membership in world.origins.schemes_of(place, day)
            if _counts_origin(assessed)
        ]
        open_to.sort(key=lambda a: (-(a.worth if a.worth is not None else -1), a.scheme))
        found.append(ItemOrigin(number, item.commodity_code, place, day, tuple(open_to), examination, tuple(findings)))
    return tuple(found)


def _claims_that_fail(number: int, examination: Examination, assessed: ItemAssessment) -> list[Finding]:
    """A preference that applies on the proof shown, and that the bill of materials does not bear out."""
    found = []
    for a in examination.answers:
        if a.status == "fails" and any(o.scheme == a.scheme and o.status == APPLIES for o in assessed.options):
            facts = {"scheme_zh": a.name_zh, "scheme_en": a.name_en}
            found.append(
                Finding("origin_option.claim_fails", f"items[{number}].preferences", facts, a.because, "warning")
            )
    return found


def _counts_origin(assessed: ItemAssessment) -> bool:
    return any(o.scheme or o.basis.endswith(WITHOUT_PREFERENCE) for o in assessed.options)


def _in_dollars(value: int | None, shipment: Shipment) -> Decimal | None:
    """A value in fen as dollars, up to the cent, for waivers written in dollars; None without the dollar's rate."""
    rate = shipment.exchange_rates.get("USD")
    if value is None or not rate:
        return None
    return (Decimal(value) / FEN / rate).quantize(Decimal("0.01"), ROUND_UP)


# --- one agreement -----------------------------------------------------------------------------------------------------------------


def _openness(
    scheme: Scheme, membership: Membership, item: GoodsItem, assessed: ItemAssessment, day: dt.date, usd: Decimal | None
) -> Openness:
    terms = agreement(scheme)
    option = _option_of(scheme, assessed)
    plain = next((o for o in assessed.options if o.basis.endswith(WITHOUT_PREFERENCE) and o.total is not None), None)
    worth = None
    if option is not None and option.total is not None and plain is not None and plain.total is not None:
        worth = plain.total - option.total
    rule, rule_from, line, cites, confidence = _rule(scheme, terms, item.commodity_code, membership.iso2, day)
    return Openness(
        scheme=scheme.scheme, code=scheme.code, name_zh=scheme.name_zh, name_en=scheme.name_en,
        status=option.status if option is not None else "not_encoded", rate=option.rate_text if option is not None else "",
        saving=option.saving if option is not None else None, worth=worth, rule=rule, rule_from=rule_from, rule_line=line,
        proof=tuple(proof_of(scheme, terms, day, assessed.dutiable_value, usd)), transit=_transit(terms, day),
        because="; ".join(dict.fromkeys(part for part in (*cites.split("; "), *scheme.cites.split("; ")) if part)),
        confidence=weakest([confidence, scheme.confidence, membership.confidence, *([option.confidence] if option is not None else [])]),
    )  # fmt: skip


def _option_of(scheme: Scheme, assessed: ItemAssessment) -> Option | None:
    """The assessment's option of a scheme: what applies if it does, else the one that needs no other certificate."""
    options = [o for o in assessed.options if o.scheme == scheme.scheme]
    return min(options, key=lambda o: (o.status != APPLIES, "+" in o.basis, ":quota" in o.basis), default=None)


def _rule(
    scheme: Scheme, terms: Agreement, code: str, producer: str, day: dt.date
) -> tuple[str, RuleFrom, Finding, str, str]:
    """The rule of the line in notation and in words, where it stands, its citation and mark."""
    general = terms.general_rule(code, producer, day) if code else None
    held = product_rule(scheme.scheme, code, day, {}) if len(code) >= FIRST_DIGITS else None
    if held is not None:
        rules = [rule for entry in held.entries for rule in entry.rules if not isinstance(rule, NotEncoded)]
        rule = any_of(rules)
        if general is not None and isinstance(rule, GeneralContent):
            rule = general[0]
        text = " / ".join(text for entry in held.entries for text in entry.texts)
        return text, "product_rule", _line("product_rule", rule, text, held.cites), held.cites, held.confidence
    if general is None:
        nothing = Finding("origin_option.rule_not_encoded", "", {}, scheme.cites, "note")
        return "", "not_encoded", nothing, scheme.cites, scheme.confidence
    rule, value = general
    text = notation.write(rule) or value.value
    listed = terms.at("product_list", day)
    rule_from: RuleFrom = (
        "general_rule_unless_listed" if listed is not None and listed.value == "not_held" else "general_rule"
    )
    return text, rule_from, _line(rule_from, rule, text, value.cites), value.cites, value.confidence


def _line(code: str, rule: Rule, text: str, cites: str) -> Finding:
    facts = {"rule_zh": in_words(rule, "zh"), "rule_en": in_words(rule, "en"), "short": text}
    return Finding(f"origin_option.{code}", "", facts, cites, "note")


def in_words(rule: Rule, language: str) -> str:
    """A rule as people say it; what the few words do not cover stays in the notation."""
    if isinstance(rule, (AnyOf, AllOf)):
        word = render("origin_option.or" if isinstance(rule, AnyOf) else "origin_option.and", {}, language)
        return word.join(in_words(part, language) for part in rule.parts)
    code, facts = "", dict[str, str]()
    if isinstance(rule, Change) and all(m.codes and not m.words for m in rule.but):
        code = f"change_{rule.level}"
        facts["but"] = ", ".join(span.text() for m in rule.but for span in m.codes)
    elif isinstance(rule, MinContent) and rule.focus is None:
        code = "content"
        facts["share"] = notation.percent(rule.ppm)
    elif isinstance(rule, WhollyObtained) and rule.of is None and not rule.how:
        code = "wholly_obtained"
    if not code:
        return notation.write(rule) or ""
    text = render(f"origin_option.{code}", facts, language)
    return text + (render("origin_option.except", facts, language) if facts.get("but") else "")


def _transit(terms: Agreement, day: dt.date) -> Finding:
    """How the goods must travel to keep their origin."""
    conditions = terms.at("transit_conditions", day)
    if conditions is None:
        return Finding("origin_option.transit_not_known", severity="note")
    wanted = conditions.value.split(";")
    if "direct_only" in wanted or "named_ports" in wanted:
        return Finding("origin_option.transit_only_direct", "", {"note": conditions.note}, conditions.cites, "note")
    limit = terms.at("transit_limit", day)
    facts = {
        "limit_zh": limit_text(limit.value, "zh") if limit else "未知",
        "limit_en": limit_text(limit.value, "en") if limit else "not known",
    }
    for language, comma in (("zh", "、"), ("en", ", ")):
        named = [render(f"origin_option.transit.{name}", {}, language) for name in wanted]
        facts[f"conditions_{language}"] = comma.join(named)
    return Finding("origin_option.transit", "", facts, conditions.cites, "note")


# --- the bill of materials of an item -----------------------------------------------------------------------------------------------


def _bill(
    item: GoodsItem,
    assessed: ItemAssessment,
    shipment: Shipment,
    day: dt.date,
    number: int,
    place: str,
    findings: list[Finding],
) -> Bill | None:
    """The item's bill, with the import as the shipment tells it; None with findings when the bill cannot be read."""
    path = f"items[{number}].bill"
    content = _with_the_import(item, assessed, shipment, day, place)
    try:
        bill = bill_from(content)
    except InputRefused as refused:
        findings += [msgspec.structs.replace(f, path=f"{path}.{f.path}") for f in refused.findings]
        return None
    if place and place not in (UNDETERMINED, bill.product.country):
        facts = {"country": bill.product.country, "origin": place}
        findings.append(Finding("origin_option.made_elsewhere", f"{path}.product.country", facts, severity="warning"))
    return bill


def _with_the_import(
    item: GoodsItem, assessed: ItemAssessment, shipment: Shipment, day: dt.date, place: str
) -> dict[str, Any]:
    """The bill with what the shipment knows: the product's code, name and country where it is silent, and day, code, value and quantities of the import.

    Of the import the shipment's word counts, since the taxes beside it follow the shipment.
    """
    content = dict(item.bill)
    product = content.get("product") or {}
    if isinstance(product, dict):
        known = {"commodity_code": item.commodity_code, "name": item.name}
        if place and place != UNDETERMINED:
            known["country"] = place
        content["product"] = {**{k: v for k, v in known.items() if v}, **product}
    entry = content.get("import") or {}
    if isinstance(entry, dict):
        told: dict[str, Any] = {"declared": day.isoformat(), "commodity_code": item.commodity_code}
        if assessed.dutiable_value is not None:
            told["dutiable_value"] = yuan(assessed.dutiable_value)
        if item.quantities:
            told["quantities"] = {unit: str(quantity) for unit, quantity in item.quantities.items()}
        dollars = _in_dollars(assessed.dutiable_value, shipment)
        if dollars is not None:
            told["value_in_usd"] = str(dollars)
        content["import"] = {**entry, **{k: v for k, v in told.items() if v}}
    return content
