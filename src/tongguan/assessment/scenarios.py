"""What is not known, split into cases that are: the answer is then a range, and the missing fact is named with what it is worth.

Each unknown fact opens a few alternatives (an origin: one country for every different treatment the line knows). The item is assessed for each
combination; least and greatest total bound the answer. Where nothing bounds it from above (a freight nobody knows), the top stays open.
"""

from __future__ import annotations

import datetime as dt
from itertools import product
from typing import NamedTuple

import msgspec

from tongguan.assessment.general_import import UNDETERMINED, Known
from tongguan.assessment.quantities import quantity_in
from tongguan.assessment.shipment import GoodsItem
from tongguan.assessment.world import World
from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.findings import Finding
from tongguan.law.consumption_tax.rule import BY_UNIT_VALUE_IN_USD, ONE_RATE, class_terms, tax_classes
from tongguan.tariff.origins import MFN_NO, MFN_NOT_KNOWN, MFN_YES
from tongguan.tariff.schedule import Line

MOST_COMBINATIONS = 400
VAT_CLASSES = ("standard", "reduced", "drug", "rare_disease_drug", "exempt", "contraceptives")
DRUG_LISTS = {"anti_cancer": "drug", "rare_disease": "rare_disease_drug"}


class Scenario(NamedTuple):
    """One combination of what the unknown facts could be, and how it is described."""

    known: Known
    label_zh: str
    label_en: str


class Spread(NamedTuple):
    """All combinations for one item. `is_open_above` when a missing quantity or cost leaves the top unbounded."""

    scenarios: list[Scenario]
    missing: list[str]
    is_open_above: bool


class _Choice(NamedTuple):
    value: object
    label_zh: str = ""
    label_en: str = ""


def spread(
    item: GoodsItem,
    path: str,
    day: dt.date,
    value: int,
    usd_rate_e4: int | None,
    is_lower_bound: bool,
    findings: list[Finding],
    world: World,
) -> Spread:
    """The combinations for one item on its governing day. Adds findings for codes and countries we cannot use; no scenario then."""
    missing: list[str] = []
    lines = _lines(item, path, day, findings, missing, world)
    origins = _origins(item, path, day, lines, findings, missing, world)
    if not lines or not origins:
        return Spread([], missing, is_lower_bound)
    is_open = is_lower_bound
    scenarios: list[Scenario] = []
    for line_choice, origin_choice in product(lines, origins):
        line = line_choice.value
        assert isinstance(line, Line)
        origin, preferential, mfn = origin_choice.value  # type: ignore[misc]
        vat = _vat_classes(item, line, day, missing)
        forced, lacks = _forced_classes(item, line, day, usd_rate_e4, missing, world)
        quota = _country_quota(item, line, str(origin), day, missing, world)
        is_open = is_open or lacks or _lacks_quantity(item, line, day, missing, world)
        for vat_choice, class_choice, quota_choice in product(vat, forced, quota):
            if len(scenarios) >= MOST_COMBINATIONS:
                break
            parts = [c for c in (line_choice, origin_choice, vat_choice, class_choice, quota_choice) if c.label_en]
            known = Known(
                item, path, day, value, line, str(origin), int(mfn), str(vat_choice.value), usd_rate_e4, bool(quota_choice.value),
                str(class_choice.value), str(preferential),
            )  # fmt: skip
            scenarios.append(Scenario(known, "；".join(c.label_zh for c in parts), "; ".join(c.label_en for c in parts)))
    return Spread(scenarios, list(dict.fromkeys(missing)), is_open)


def _lines(item: GoodsItem, path: str, day: dt.date, findings: list[Finding], missing: list[str], world: World) -> list[_Choice]:
    code = item.commodity_code
    where = f"{path}.commodity_code"
    if len(code) >= 8:
        try:
            return [_Choice(world.schedule.line(code, day))]
        except OutOfCoverage as error:
            if len(code) > 8:
                try:
                    return [_Choice(world.schedule.line(code[:8], day))]
                except OutOfCoverage:
                    pass
            findings.append(Finding(error.code, where, error.facts, "tariff-law-2024#9"))
            return []
    held = []
    for full in world.schedule.codes_under(code):
        try:
            line = world.schedule.line(full, day)
        except OutOfCoverage:
            continue
        held.append(_Choice(line, f"{line.code} {line.name_zh}", f"{line.code} {line.name_en}"))
    if not held:
        findings.append(Finding("tariff.line_not_held", where, {"code": code, "schedule": world.schedule.label}, "tariff-law-2024#9"))
        return []
    missing.append("commodity_code")
    findings.append(Finding("tariff.code_too_short", where, {"code": code, "count": str(len(held))}, "tariff-law-2024#9", "warning"))
    return held


def _origins(
    item: GoodsItem, path: str, day: dt.date, lines: list[_Choice], findings: list[Finding], missing: list[str], world: World
) -> list[_Choice]:
    """Choices of (origin, preferential origin, MFN treatment)."""
    origin = item.origin
    where = f"{path}.origin"
    if origin == UNDETERMINED:
        return [_Choice((UNDETERMINED, UNDETERMINED, MFN_NO))]
    if origin is not None:
        preferential = item.facts.get("preferential_origin", origin)
        for code in {origin, preferential}:
            if not world.origins.is_country(code):
                findings.append(Finding("origin.country_not_known", where, {"origin": code}))
                return []
        _check_claims(item, path, preferential, day, findings, world)
        mfn = world.origins.mfn(origin, day)
        if mfn != MFN_NOT_KNOWN:
            return [_Choice((origin, preferential, mfn))]
        country = world.origins.country(origin, day)
        findings.append(
            Finding("origin.mfn_not_known", where, {"country_zh": country.name_zh, "country_en": country.name_en}, "tariff-law-2024#12", "warning")
        )
        missing.append("mfn_treatment_of_origin")
        return [
            _Choice((origin, preferential, MFN_YES), "如享有最惠国待遇", "if its goods have MFN treatment"),
            _Choice((origin, preferential, MFN_NO), "如不享有最惠国待遇", "if its goods have no MFN treatment"),
        ]
    missing.append("origin")
    findings.append(Finding("origin.missing", where, {}, "tariff-law-2024#11", "warning"))
    seen: dict[object, _Choice] = {}
    for iso2 in world.origins.countries:
        mfn = world.origins.mfn(iso2, day)
        if mfn == MFN_NOT_KNOWN:
            continue
        schemes = tuple(s.scheme for s, _ in world.origins.schemes_of(iso2, day))
        signature: list[object] = [mfn]
        for choice in lines[:5]:
            line = choice.value
            assert isinstance(line, Line)
            held = {r.scheme for r in world.schedule.rates_on(line.code, day)}
            signature.append(tuple(s for s in schemes if s in held or world.origins.schemes[s].covers != "listed_lines"))
            signature.append(tuple(sorted((r.measure, r.rate) for r in world.overlays.on(line.code, iso2, day, item.exporter, world.origins))))
        key = tuple(signature)
        if key not in seen:
            country = world.origins.country(iso2, day)
            seen[key] = _Choice((iso2, iso2, mfn), f"如原产于{country.name_zh}", f"if of {country.name_en} origin")
    seen["undetermined"] = _Choice((UNDETERMINED, UNDETERMINED, MFN_NO), "如原产地无法确定", "if the origin cannot be established")
    return list(seen.values())


def _check_claims(item: GoodsItem, path: str, origin: str, day: dt.date, findings: list[Finding], world: World) -> None:
    """Claims that cannot stand: an unknown scheme, a country outside it, two at once."""
    mine = {name for s, _ in world.origins.schemes_of(origin, day) for name in (s.scheme, s.code)}
    country = world.origins.country(origin, day)
    valid = []
    for number, claim in enumerate(item.preferences):
        where = f"{path}.preferences[{number + 1}]"
        known = [s for s in world.origins.schemes.values() if claim.scheme in (s.scheme, s.code)]
        if not known:
            findings.append(Finding("origin.scheme_not_known", f"{where}.scheme", {"scheme": claim.scheme}))
        elif claim.scheme not in mine:
            facts = {
                "scheme_zh": known[0].name_zh,
                "scheme_en": known[0].name_en,
                "country_zh": country.name_zh,
                "country_en": country.name_en,
                "day": day.isoformat(),
            }
            findings.append(Finding("origin.claim_outside_scheme", where, facts, known[0].cites))
        else:
            valid.append(claim.scheme)
    if len(valid) > 1:
        findings.append(Finding("origin.two_claims", f"{path}.preferences", {"claims": ", ".join(valid)}, "tariff-law-2024#12", "warning"))
    if item.has_quota_certificate and item.has_sliding_duty_certificate:
        findings.append(Finding("duty_rate.two_certificates", path, {}, "tariff-law-2024#14", "warning"))


def _vat_classes(item: GoodsItem, line: Line, day: dt.date, missing: list[str]) -> list[_Choice]:
    if item.drug_list:
        return [_Choice(DRUG_LISTS.get(item.drug_list, "standard"))]
    chosen = item.vat_class or line.vat_class
    if chosen:
        return [_Choice(chosen)]
    missing.append("vat_class")
    return [
        _Choice("standard", "如适用增值税基本税率", "if the standard VAT rate applies"),
        _Choice("reduced", "如适用增值税低税率", "if the reduced VAT rate applies"),
    ]


def _forced_classes(
    item: GoodsItem, line: Line, day: dt.date, usd_rate_e4: int | None, missing: list[str], world: World
) -> tuple[list[_Choice], bool]:
    """Whether a price test of the consumption tax must be taken both ways, and whether a missing quantity leaves the tax unbounded."""
    if not line.ct_class:
        return [_Choice("")], False
    written = tax_classes()[line.ct_class]
    terms, _ = class_terms(line.ct_class, day, world.law)
    quantity = quantity_in(written.unit, item.quantities, line.ct_class, day, world)
    lacks_quantity = bool(written.unit) and not quantity
    if lacks_quantity:
        missing.append(f"quantity_in_{written.unit}")
    lacks_dollar = terms.test == BY_UNIT_VALUE_IN_USD and not usd_rate_e4
    if lacks_dollar:
        missing.append("exchange_rate_USD")
    if terms.test != ONE_RATE and (lacks_quantity or lacks_dollar):
        return [
            _Choice("upper", "如达到消费税价格界限", "if the price test of the consumption tax is met"),
            _Choice("lower", "如未达到消费税价格界限", "if it is not"),
        ], lacks_quantity and bool(terms.num)
    return [_Choice("")], lacks_quantity and bool(terms.num)


def _lacks_quantity(item: GoodsItem, line: Line, day: dt.date, missing: list[str], world: World) -> bool:
    lacks = False
    for rate in world.schedule.rates_on(line.code, day):
        unit = rate.per_unit or ("kg" if rate.formula and item.has_sliding_duty_certificate else "")
        if (rate.num or rate.formula) and unit and quantity_in(unit, item.quantities, line.ct_class, day, world) is None:
            missing.append(f"quantity_in_{unit}")
            lacks = True
    return lacks


def _country_quota(item: GoodsItem, line: Line, origin: str, day: dt.date, missing: list[str], world: World) -> list[_Choice]:
    """Whether the country quota of a safeguard is still open: asked only where such a measure reaches the goods."""
    if item.is_country_quota_exhausted is not None or origin == UNDETERMINED:
        return [_Choice(not item.is_country_quota_exhausted)]
    rows = world.overlays.on(line.code, origin, day, item.exporter, world.origins)
    if not any(r.condition == "country_quota_exhausted" for r in rows):
        return [_Choice(True)]
    missing.append("is_country_quota_exhausted")
    return [
        _Choice(True, "如国别配额尚未用完", "while the country quota lasts"),
        _Choice(False, "如国别配额已用完", "once the country quota is exhausted"),
    ]


def with_condition(option: object, scenario: Scenario) -> object:
    """An option marked with the scenario it belongs to."""
    return msgspec.structs.replace(option, condition_zh=scenario.label_zh, condition_en=scenario.label_en)  # type: ignore[type-var]
