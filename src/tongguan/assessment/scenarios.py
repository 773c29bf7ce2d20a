"""What is not known, split into cases that are: the answer is then a range, and the missing fact is named with what it is worth.

Each unknown fact opens a few alternatives (an origin: one country for every different treatment the line knows). The item is assessed for each
combination; least and greatest total bound the answer. Where nothing bounds it from above (a freight nobody knows), the top stays open.
"""

from __future__ import annotations

import datetime as dt
from itertools import product
from typing import NamedTuple

from tongguan.assessment.letter import say
from tongguan.assessment.quantities import quantity_in
from tongguan.assessment.shipment import GoodsItem
from tongguan.assessment.terms import UNDETERMINED, Known, label
from tongguan.assessment.world import World
from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.findings import Finding
from tongguan.grammar.money import MAX_QUANTITY_MILLI
from tongguan.law.consumption_tax.rule import BY_UNIT_VALUE_IN_USD, ONE_RATE, class_terms, tax_classes
from tongguan.tariff.origins import MFN_NO, MFN_NOT_KNOWN, MFN_YES
from tongguan.tariff.schedule import Line, Rate, Schedule, not_held

MOST_COMBINATIONS = 1_000
VAT_CLASSES = ("standard", "reduced", "drug", "rare_disease_drug", "exempt", "contraceptives", "state_council_reduced")
NO_CONSUMPTION_TAX = "none"
DRUG_LISTS = {"anti_cancer": "drug", "rare_disease": "rare_disease_drug"}


class Scenario(NamedTuple):
    """One combination of what the unknown facts could be, and how it is described. `picks`: which alternative of each unknown fact it takes."""

    known: Known
    label_zh: str
    label_en: str
    picks: tuple[tuple[str, int], ...] = ()


class Spread(NamedTuple):
    """All combinations for one item. `is_open_above` when a missing quantity or cost leaves the top unbounded; `has_gap` when not all were tried."""

    scenarios: list[Scenario]
    missing: list[str]
    is_open_above: bool
    has_gap: bool = False


class _Choice(NamedTuple):
    """One alternative of a fact; `fact` is empty when the fact is known."""

    value: object
    label_zh: str = ""
    label_en: str = ""
    fact: str = ""
    place: int = 0


class _Origin(NamedTuple):
    """Non-preferential origin, preferential origin and MFN treatment."""

    origin: str
    preferential: str
    mfn: int


class _Asked(NamedTuple):
    """What is asked about: an item on its governing day, and where what is missing or wrong is noted."""

    item: GoodsItem
    path: str
    day: dt.date
    value: int
    usd_rate_e4: int | None
    findings: list[Finding]
    missing: list[str]
    world: World


def spread(
    item: GoodsItem,
    path: str,
    day: dt.date,
    value: int,
    usd_rate_e4: int | None,
    is_lower_bound: bool,
    findings: list[Finding],
    world: World,
    *,
    is_duty_free: bool = False,
    at: str = "",
    declared_on: dt.date | None = None,
) -> Spread:
    """The combinations for one item on its governing day. Adds findings for codes and countries we cannot use; no scenario then.

    Where no duty is levied whatever the origin (`is_duty_free`), neither origin nor the quantity of a specific duty is asked.
    """
    asked = _Asked(item, path, day, value, usd_rate_e4, findings, [], world)
    lines = _lines(asked)
    anywhere = [_Choice(_Origin(item.origin or UNDETERMINED, "", MFN_YES))]
    origins = anywhere if is_duty_free else _origins(asked, lines)
    if not lines or not origins or _has_absurd_quantity(asked, lines):
        return Spread([], asked.missing, is_lower_bound)
    is_open = is_lower_bound
    has_gap = False
    scenarios: list[Scenario] = []
    for line_choice, origin_choice in product(lines, origins):
        line, origin = line_choice.value, origin_choice.value
        if not isinstance(line, Line) or not isinstance(origin, _Origin):
            continue
        line, is_taxed_somehow = _with_consumption_tax_class(asked, line)
        vat = _vat_classes(asked, line)
        forced, lacks = _forced_classes(asked, line)
        quota = [_Choice(True)] if is_duty_free else _country_quota(asked, line, origin.origin)
        is_open = is_open or is_taxed_somehow or lacks or (not is_duty_free and _lacks_for_duty(asked, line, origin))
        for vat_choice, class_choice, quota_choice in product(vat, forced, quota):
            if len(scenarios) >= MOST_COMBINATIONS:
                has_gap = True
                break
            parts = [c for c in (line_choice, origin_choice, vat_choice, class_choice, quota_choice) if c.fact]
            known = Known(
                item, path, day, value, line, origin.origin, origin.mfn, str(vat_choice.value), usd_rate_e4, bool(quota_choice.value),
                str(class_choice.value), origin.preferential, at, declared_on,
            )  # fmt: skip
            picks = tuple((c.fact, c.place) for c in parts)
            scenarios.append(
                Scenario(known, "；".join(c.label_zh for c in parts), "; ".join(c.label_en for c in parts), picks)
            )
    if has_gap:
        findings.append(
            Finding("tariff.too_many_possibilities", path, {"limit": str(MOST_COMBINATIONS)}, severity="warning")
        )
    return Spread(scenarios, list(dict.fromkeys(asked.missing)), is_open or has_gap, has_gap)


def _has_absurd_quantity(asked: _Asked, lines: list[_Choice]) -> bool:
    """Whether a quantity that some rate counts outgrows what we compute with; said once for each unit."""
    units = set()
    for choice in lines:
        line = choice.value
        if isinstance(line, Line):
            counted = {
                (r.per_unit or "kg", line.ct_class)
                for r in asked.world.schedule.rates_on(line.code, asked.day)
                if r.per_unit or r.formula
            }
            units |= counted | {(tax_classes()[line.ct_class].unit, line.ct_class)} if line.ct_class else counted
    found = False
    for unit, ct_class in sorted(units):
        quantity = quantity_in(unit, asked.item.quantities, ct_class, asked.day, asked.world)
        if quantity is not None and quantity > MAX_QUANTITY_MILLI:
            facts = {"unit": unit, "limit": f"{MAX_QUANTITY_MILLI // 1000:,}"}
            asked.findings.append(Finding("valuation.quantity_too_large", f"{asked.path}.quantities", facts))
            found = True
    return found


def _line(schedule: Schedule, code: str, day: dt.date) -> Line:
    """The line of a whole code, or else of its first eight digits. Raises OutOfCoverage that speaks of the whole code."""
    for digits in (code, code[:8]):
        if schedule.holds(digits):
            try:
                return schedule.line(digits, day)
            except OutOfCoverage:
                continue
    return schedule.line(code, day)


def _lines(asked: _Asked) -> list[_Choice]:
    code, world = asked.item.commodity_code, asked.world
    where = f"{asked.path}.commodity_code"
    if not code:
        asked.findings.append(Finding("tariff.code_to_be_found", where, {"name": asked.item.name}, "tariff-law-2024#9"))
        return []
    if len(code) >= 8:
        try:
            return [_Choice(_line(world.schedule, code, asked.day))]
        except OutOfCoverage as error:
            asked.findings.append(Finding(error.code, where, error.facts, "tariff-law-2024#9"))
            return []
    held: list[_Choice] = []
    for full in world.schedule.codes_under(code):
        try:
            line = world.schedule.line(full, asked.day)
        except OutOfCoverage:
            continue
        held.append(
            _Choice(line, f"{line.code} {line.name_zh}", f"{line.code} {line.name_en}", "commodity_code", len(held))
        )
    if not held:
        nothing = not_held(code, world.schedule, asked.day)
        asked.findings.append(Finding(nothing.code, where, nothing.facts, "tariff-law-2024#9"))
        return []
    asked.missing.append("commodity_code")
    asked.findings.append(
        Finding("tariff.code_too_short", where, {"code": code, "count": str(len(held))}, "tariff-law-2024#9", "warning")
    )
    return held


def _origins(asked: _Asked, lines: list[_Choice]) -> list[_Choice]:
    """The origin as given, or one country for every treatment the lines know."""
    item, day, world = asked.item, asked.day, asked.world
    origin = item.origin
    where = f"{asked.path}.origin"
    if origin == UNDETERMINED:
        return [_Choice(_Origin(UNDETERMINED, UNDETERMINED, MFN_NO))]
    preferential = item.facts.get("preferential_origin") or origin
    for code, place in ((origin, where), (item.facts.get("preferential_origin"), f"{asked.path}.preferential_origin")):
        if code and not world.origins.is_country(code):
            asked.findings.append(Finding("origin.country_not_known", place, {"origin": code}))
            return []
    if preferential:
        _check_claims(asked, preferential)
    if origin is None:
        return _any_origin(asked, lines, preferential)
    mfn = world.origins.mfn(origin, day)
    if mfn != MFN_NOT_KNOWN:
        return [_Choice(_Origin(origin, preferential or origin, mfn))]
    country = world.origins.country(origin, day)
    facts = {"country_zh": country.name_zh, "country_en": country.name_en}
    asked.findings.append(Finding("origin.mfn_not_known", where, facts, "tariff-law-2024#12", "warning"))
    asked.missing.append("mfn_treatment_of_origin")
    fact = "mfn_treatment_of_origin"
    return [
        _Choice(
            _Origin(origin, preferential or origin, MFN_YES),
            *label("scenario.mfn"),
            fact,
            0,
        ),
        _Choice(
            _Origin(origin, preferential or origin, MFN_NO),
            *label("scenario.no_mfn"),
            fact,
            1,
        ),
    ]


def _any_origin(asked: _Asked, lines: list[_Choice], preferential: str | None) -> list[_Choice]:
    """One country for every different treatment of the lines, and an origin that cannot be established."""
    day, world = asked.day, asked.world
    asked.missing.append("origin")
    asked.findings.append(Finding("origin.missing", f"{asked.path}.origin", {}, "tariff-law-2024#11", "warning"))
    codes = [choice.value.code for choice in lines if isinstance(choice.value, Line)]
    held = {code: {r.scheme for r in world.schedule.rates_on(code, day)} for code in codes}
    seen: dict[object, _Choice] = {}
    for iso2 in world.origins.countries:
        mfn = world.origins.mfn(iso2, day)
        if mfn == MFN_NOT_KNOWN:
            continue
        schemes = world.origins.schemes_of(preferential or iso2, day)
        signature: list[object] = [mfn]
        for code in codes:
            signature.append(
                tuple(s.scheme for s, _ in schemes if s.scheme in held[code] or s.covers != "listed_lines")
            )
            rows = world.overlays.on(code, iso2, day, asked.item.exporter, world.origins)
            signature.append(tuple(sorted((r.measure, r.condition, r.rate, r.num, r.den) for r in rows)))
        if tuple(signature) not in seen:
            country = world.origins.country(iso2, day)
            called = say("scenario.origin", country_zh=country.name_zh, country_en=country.name_en)
            seen[tuple(signature)] = _Choice(_Origin(iso2, preferential or iso2, mfn), *called, "origin", len(seen))
    unknown = _Origin(UNDETERMINED, UNDETERMINED, MFN_NO)
    return [
        *seen.values(),
        _Choice(unknown, *label("scenario.origin_undetermined"), "origin", len(seen)),
    ]


def _check_claims(asked: _Asked, origin: str) -> None:
    """Claims that cannot stand: an unknown scheme, a country outside it, two at once."""
    item, day, world, path = asked.item, asked.day, asked.world, asked.path
    mine = {name for s, _ in world.origins.schemes_of(origin, day) for name in (s.scheme, s.code)}
    country = world.origins.country(origin, day)
    valid = []
    for number, claim in enumerate(item.preferences):
        where = f"{path}.preferences[{number + 1}]"
        known = [s for s in world.origins.schemes.values() if claim.scheme in (s.scheme, s.code)]
        if not known:
            asked.findings.append(Finding("origin.scheme_not_known", f"{where}.scheme", {"scheme": claim.scheme}))
        elif claim.scheme not in mine:
            facts = {
                "scheme_zh": known[0].name_zh,
                "scheme_en": known[0].name_en,
                "country_zh": country.name_zh,
                "country_en": country.name_en,
                "day": day.isoformat(),
            }
            asked.findings.append(Finding("origin.claim_outside_scheme", where, facts, known[0].cites))
        else:
            valid.append(claim.scheme)
    if len(valid) > 1:
        asked.findings.append(
            Finding(
                "origin.two_claims",
                f"{path}.preferences",
                {"claims": ", ".join(valid)},
                "tariff-law-2024#12",
                "warning",
            )
        )
    if item.has_quota_certificate and item.has_sliding_duty_certificate:
        asked.findings.append(Finding("duty_rate.two_certificates", path, {}, "tariff-law-2024#14", "warning"))


def _vat_classes(asked: _Asked, line: Line) -> list[_Choice]:
    if asked.item.drug_list:
        return [_Choice(DRUG_LISTS.get(asked.item.drug_list, "standard"))]
    chosen = asked.item.vat_class or line.vat_class
    if chosen:
        return [_Choice(chosen)]
    asked.missing.append("vat_class")
    return [
        _Choice("standard", *label("scenario.standard_vat"), "vat_class", 0),
        _Choice("reduced", *label("scenario.reduced_vat"), "vat_class", 1),
    ]


def _with_consumption_tax_class(asked: _Asked, line: Line) -> tuple[Line, bool]:
    """The line with the consumption-tax class that is stated or encoded, and whether it might be taxed in a class nobody told us.

    A line known from a loaded table only has no class because the table lacks it, which says nothing about the tax; where the chapters and headings
    of taxed goods do not reach it, it is untaxed all the same.
    """
    stated = asked.item.consumption_tax_class
    if stated:
        return line._replace(ct_class="" if stated == NO_CONSUMPTION_TAX else stated), False
    if line.ct_class or asked.world.schedule.encodes_consumption_tax(line.code):
        return line, False
    if not line.code.startswith(tuple(asked.world.at("consumption_tax/may_be_taxed_under", asked.day).value.split())):
        return line, False
    asked.missing.append("consumption_tax_class")
    facts = {"code": line.code, "classes": ", ".join(tax_classes())}
    where = f"{asked.path}.consumption_tax_class"
    finding = Finding("tariff.consumption_tax_class_not_held", where, facts, "consumption-tax-regulations#2", "warning")
    if finding not in asked.findings:
        asked.findings.append(finding)
    return line, True


def _forced_classes(asked: _Asked, line: Line) -> tuple[list[_Choice], bool]:
    """Whether a price test of the consumption tax must be taken both ways, and whether a missing quantity leaves the tax unbounded."""
    item, day, world = asked.item, asked.day, asked.world
    if not line.ct_class:
        return [_Choice("")], False
    written = tax_classes()[line.ct_class]
    terms, _ = class_terms(line.ct_class, day, world.law)
    lacks_quantity = bool(written.unit) and not quantity_in(written.unit, item.quantities, line.ct_class, day, world)
    lacks_dollar = terms.test == BY_UNIT_VALUE_IN_USD and not asked.usd_rate_e4
    if lacks_quantity:
        asked.missing.append(f"quantity_in_{written.unit}")
    if lacks_dollar:
        asked.missing.append("exchange_rate_USD")
    is_open = lacks_quantity and bool(terms.num)
    if terms.test > ONE_RATE and (lacks_quantity or lacks_dollar):
        fact = f"quantity_in_{written.unit}" if lacks_quantity else "exchange_rate_USD"
        return [
            _Choice("upper", *label("scenario.upper_class"), fact, 0),
            _Choice("lower", *label("scenario.lower_class"), fact, 1),
        ], is_open
    if _might_be_super_luxury(asked, line):
        asked.missing.append("quantity_in_piece")
        return [
            _Choice(
                "upper",
                *label("scenario.super_luxury"),
                "quantity_in_piece",
                0,
            ),
            _Choice(
                "lower",
                *label("scenario.no_super_luxury"),
                "quantity_in_piece",
                1,
            ),
        ], is_open
    return [_Choice("")], is_open


def _might_be_super_luxury(asked: _Asked, line: Line) -> bool:
    """Whether an own-use car's price cannot be tested because nobody said how many cars there are."""
    if not asked.item.is_own_use_car or not line.ct_class.startswith("car_"):
        return False
    if quantity_in("piece", asked.item.quantities, "", asked.day, asked.world):
        return False
    return asked.value >= asked.world.at("consumption_tax/super_luxury_threshold", asked.day).fen()


def _lacks_for_duty(asked: _Asked, line: Line, origin: _Origin) -> bool:
    """Notes each quantity, and the dollar, that a rate open to the goods counts by; whether that leaves the duty unbounded from above."""
    item, day, world = asked.item, asked.day, asked.world
    is_open = False
    for rate in world.schedule.rates_on(line.code, day):
        if not _is_reachable(asked, rate, origin):
            continue
        unit = rate.per_unit or ("kg" if rate.form == "sliding" else "")
        if (rate.num or rate.formula) and unit and not quantity_in(unit, item.quantities, line.ct_class, day, world):
            asked.missing.append(f"quantity_in_{unit}")
            is_open = is_open or rate.form not in ("sliding", "lower_of")
        if rate.form == "by_unit_value" and not asked.usd_rate_e4:
            asked.missing.append("exchange_rate_USD")
            is_open = True
    if origin.origin == UNDETERMINED:
        return is_open
    for row in world.overlays.on(line.code, origin.origin, day, item.exporter, world.origins):
        if row.num and not quantity_in(row.per_unit, item.quantities, "", day, world):
            asked.missing.append(f"quantity_in_{row.per_unit}")
            is_open = True
    return is_open


def _is_reachable(asked: _Asked, rate: Rate, origin: _Origin) -> bool:
    """Whether a rate of the line could be that of the goods."""
    if rate.scheme:
        return any(s.scheme == rate.scheme for s, _ in asked.world.origins.schemes_of(origin.preferential, asked.day))
    if origin.origin == UNDETERMINED:
        return rate.kind == "general"
    if rate.form == "sliding":
        return asked.item.has_sliding_duty_certificate
    if rate.kind == "general":
        return origin.mfn != MFN_YES
    if rate.kind in ("mfn", "provisional"):
        return origin.mfn == MFN_YES
    return True


def _country_quota(asked: _Asked, line: Line, origin: str) -> list[_Choice]:
    """Whether the country quota of a safeguard is still open: asked only where such a measure reaches the goods."""
    item, world = asked.item, asked.world
    if item.is_country_quota_exhausted is not None or origin == UNDETERMINED:
        return [_Choice(not item.is_country_quota_exhausted)]
    rows = world.overlays.on(line.code, origin, asked.day, item.exporter, world.origins)
    if not any(r.condition == "country_quota_exhausted" for r in rows):
        return [_Choice(True)]
    fact = "is_country_quota_exhausted"
    asked.missing.append(fact)
    return [
        _Choice(True, *label("scenario.country_quota_left"), fact, 0),
        _Choice(False, *label("scenario.country_quota_exhausted"), fact, 1),
    ]
