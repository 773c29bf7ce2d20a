"""Every way an item of ordinary goods can be taxed: the rates that exist, which are open, what each costs and why the others do not apply.

All facts are known here; `scenarios.py` splits what is not known into cases that are.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

import msgspec

from tongguan.assessment import pipeline
from tongguan.assessment.quantities import quantity_in
from tongguan.assessment.result import (
    APPLIES,
    DISPLACED,
    NEEDS_EVIDENCE,
    NOT_ENCODED,
    OPEN,
    Charge,
    Option,
    ParameterUsed,
    Reason,
)
from tongguan.assessment.shipment import GoodsItem, Preference
from tongguan.assessment.world import SlidingTerms, World
from tongguan.grammar.citations import weakest
from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.findings import Finding
from tongguan.grammar.money import MAX_DUTY_PPM, percent_text, yuan_grouped
from tongguan.grammar.parameters import InForce
from tongguan.law.additional_duties.rule import is_levied
from tongguan.law.consumption_tax.rule import ONE_RATE, ClassTerms, class_terms, tax_classes
from tongguan.law.duty_rate.selection import rule as selection
from tongguan.law.undetermined_origin.rule import undetermined_origin_duty
from tongguan.tariff.origins import MFN_YES, Membership, Scheme
from tongguan.tariff.overlays import OverlayRate
from tongguan.tariff.schedule import Line, Rate

TARIFF_LAW_FROM = dt.date(2024, 12, 1)
VAT_LAW_FROM = dt.date(2026, 1, 1)
UNDETERMINED = "undetermined"

REMEDIES = {"anti_dumping": "anti_dumping_duty", "countervailing": "countervailing_duty", "safeguard": "safeguard_duty"}
"""Kinds of measure and the charge they become; reciprocal and retaliatory measures become an additional duty."""

LABELS = {
    "customs_duty": ("关税", "customs duty"),
    "additional_duty": ("加征关税", "additional duty"),
    "anti_dumping_duty": ("反倾销税", "anti-dumping duty"),
    "countervailing_duty": ("反补贴税", "countervailing duty"),
    "safeguard_duty": ("保障措施关税", "safeguard duty"),
    "undetermined_origin_duty": ("原产地不明适用税率", "duty on goods of undetermined origin"),
    "consumption_tax": ("进口环节消费税", "consumption tax"),
    "import_vat": ("进口环节增值税", "import VAT"),
}

KIND_LABELS = {
    "mfn": ("最惠国税率", "MFN rate"),
    "provisional": ("暂定税率", "provisional rate"),
    "conventional": ("协定税率", "conventional rate"),
    "special_preferential": ("特惠税率", "special preferential rate"),
    "general": ("普通税率", "general rate"),
    "in_quota": ("关税配额税率", "in-quota rate"),
    "in_quota_provisional": ("关税配额暂定税率", "provisional in-quota rate"),
    "sliding": ("滑准税", "sliding duty"),
    "undetermined": ("原产地不明适用税率", "rate for undetermined origin"),
    "no_rate": ("无可用税率", "no rate"),
}


class Known(NamedTuple):
    """One item with every fact settled: what the options are computed from.

    `origin` is a country code or UNDETERMINED; `mfn` is settled even for countries whose treatment we do not know; `ct_class_forced` is "upper" or
    "lower" where a price test could not be made.
    """

    item: GoodsItem
    path: str
    day: dt.date
    value: int
    line: Line
    origin: str
    mfn: int
    vat_class: str
    usd_rate_e4: int | None
    has_country_quota_left: bool
    ct_class_forced: str
    preferential_origin: str


class Taxes(NamedTuple):
    """The consumption-tax and VAT terms of an item, the same whatever the duty."""

    terms: ClassTerms
    quantity: int
    usd_rate_e4: int
    added_rate: int
    vat_rate: int
    parameters: tuple[ParameterUsed, ...]
    vat_parameter: InForce
    unit: str


class Levied(NamedTuple):
    """An additional duty levied on the item."""

    kind: str
    measure: str
    amount: int
    row: OverlayRate


class Path(NamedTuple):
    """One basis of taxation before it is priced."""

    basis: str
    kind: str
    rate: Rate | None
    duty: int
    scheme: Scheme | None
    needs: tuple[Reason, ...]
    reasons: tuple[Reason, ...]
    confidence: str


def taxes_of(k: Known, world: World) -> Taxes:
    """Consumption tax and VAT terms. Raises OutOfCoverage."""
    terms, used = class_terms(k.line.ct_class, k.day, world.law)
    unit = tax_classes()[k.line.ct_class].unit if k.line.ct_class else ""
    quantity = quantity_in(unit, k.item.quantities, k.line.ct_class, k.day, world) or 0
    if k.ct_class_forced == "upper":
        terms = terms.msgspec.structs.replace(test=ONE_RATE)
    elif k.ct_class_forced == "lower":
        terms = terms.msgspec.structs.replace(test=ONE_RATE, rate=terms.below_rate, num=terms.below_num, den=terms.below_den)
    added = 0
    parameters = [ParameterUsed.of(p) for p in used]
    if k.item.is_own_use_car and k.line.ct_class.startswith("car_"):
        threshold = world.at("consumption_tax/super_luxury_threshold", k.day)
        rate = world.at("consumption_tax/super_luxury_added_rate", k.day)
        pieces = quantity_in("piece", k.item.quantities, "", k.day, world) or 1000
        added = pipeline.super_luxury_rate(k.value, pieces, True, threshold.fen(), rate.ppm())
        if added:
            parameters += [ParameterUsed.of(threshold), ParameterUsed.of(rate)]
    vat = world.at(f"import_vat/{k.vat_class}_rate", k.day)
    return Taxes(terms, quantity, k.usd_rate_e4 or 0, added, vat.ppm(), tuple(parameters), vat, unit)


def duty_under(k: Known, rate: Rate, world: World) -> int:
    """Duty in fen under one rate. The quantity a specific rate counts is 0 when not known: the caller has said so."""
    quantity = quantity_in(rate.per_unit or ("kg" if rate.formula else ""), k.item.quantities, k.line.ct_class, k.day, world) or 0
    sliding = world.sliding_terms(k.day)[0] if rate.formula else SlidingTerms(0, 0, 1, 0, 0, 0)
    return pipeline.customs_duty(pipeline.FORMS[rate.form], k.value, quantity, rate.rate, rate.num, rate.den, *sliding)


def additional_duties(k: Known, world: World, is_in_quota: bool) -> list[Levied]:
    """Trade remedies and countermeasures on the item, each with its amount (tariff-law-2024#16 to #18)."""
    if k.origin == UNDETERMINED:
        return []
    levied = []
    for row in world.overlays.on(k.line.code, k.origin, k.day, k.item.exporter, world.origins):
        since, until = row.since.toordinal(), row.until.toordinal()
        if is_levied(
            k.day.toordinal(), since, until, row.condition_code, is_in_quota, not k.has_country_quota_left,
            k.item.has_price_undertaking, k.item.has_exclusion,
        ):  # fmt: skip
            levied.append(_levy(k, row, world))
    return levied


def _levy(k: Known, row: OverlayRate, world: World) -> Levied:
    quantity = quantity_in(row.per_unit, k.item.quantities, "", k.day, world) or 0
    form = pipeline.COMPOUND if row.num else pipeline.AD_VALOREM
    amount = pipeline.customs_duty(form, k.value, quantity, row.rate, row.num, row.den, 0, 0, 1, 0, 0, 0)
    kind = REMEDIES.get(world.overlays.measures[row.measure].kind, "additional_duty")
    return Levied(kind, row.measure, amount, row)


def options_for(k: Known, world: World, findings: list[Finding]) -> list[Option]:
    """Every option of an item whose facts are all known, unranked and with waivers not yet applied. Raises OutOfCoverage."""
    taxes = taxes_of(k, world)
    if k.origin == UNDETERMINED:
        return [_undetermined(k, taxes, world, findings)]
    paths, displaced, not_held = _paths(k, world, findings)
    options = [_price(k, path, taxes, world) for path in paths]
    options += [msgspec.structs.replace(_price(k, path, taxes, world), status=DISPLACED) for path in displaced]
    options += [_not_held(k, scheme) for scheme in not_held]
    if not paths:
        findings.append(
            Finding("duty_rate.no_rate_held", f"{k.path}.commodity_code", {"code": k.line.code, "day": k.day.isoformat()}, _choice_article(k.day))
        )
    return options


def _choice_article(day: dt.date) -> str:
    return "tariff-law-2024#12; tariff-law-2024#13" if day >= TARIFF_LAW_FROM else "duty-regulations-2003#10; duty-regulations-2003#11"


def _by_kind(k: Known, world: World, findings: list[Finding]) -> dict[str, tuple[Rate, int]]:
    """The duty under each rate of the line that depends on no scheme. A sliding rate stands under "sliding"."""
    found: dict[str, tuple[Rate, int]] = {}
    for rate in world.schedule.rates_on(k.line.code, k.day):
        if rate.scheme:
            continue
        kind = "sliding" if rate.formula else rate.kind
        if kind in found:
            findings.append(Finding("tariff.rates_overlap", f"{k.path}.commodity_code", {"code": k.line.code, "kind": kind}))
        found[kind] = (rate, duty_under(k, rate, world))
    return found


def _paths(k: Known, world: World, findings: list[Finding]) -> tuple[list[Path], list[Path], list[tuple[Scheme, Membership]]]:
    """Bases of taxation open to the item, those another article displaces, and schemes whose rate we do not hold."""
    rates = _by_kind(k, world, findings)

    def duty(kind: str) -> int:
        return rates[kind][1] if kind in rates else -1

    has_mfn = k.mfn == MFN_YES
    mfn, general = (duty("mfn"), -1) if has_mfn else (-1, duty("general"))
    provisional = duty("provisional")
    paths: list[Path] = []
    displaced: list[Path] = []
    article13 = _choice_article(k.day)

    # Without preference: tariff-law-2024#12 para. 1 and 4, #13 para. 1 and 4
    kind = selection.KIND_NAMES[selection.select_rate(mfn, provisional, -1, -1, general, -1, -1)]
    if kind != "no_rate":
        rate, amount = rates[kind]
        reasons = [Reason(f"duty_rate.{kind}_applies", article13, {"rate": rate.text()})]
        paths.append(Path("without_preference", kind, rate, amount, None, (), tuple(reasons), rate.confidence))
        if kind == "provisional" and "mfn" in rates:
            rate, amount = rates["mfn"]
            why = Reason("duty_rate.displaced_by_provisional", article13, {"rate": rate.text()})
            displaced.append(Path("mfn", "mfn", rate, amount, None, (), (why,), rate.confidence))
        if kind == "general" and provisional >= 0:
            rate, amount = rates["provisional"]
            why = Reason("duty_rate.provisional_not_for_general", article13, {"rate": rate.text()})
            displaced.append(Path("provisional", "provisional", rate, amount, None, (), (why,), rate.confidence))

    paths += _quota_paths(k, rates, has_mfn)
    schemes = world.origins.schemes_of(k.preferential_origin, k.day)
    not_held = []
    for scheme, membership in schemes:
        if scheme.covers == "listed_lines":
            held = [r for r in world.schedule.rates_on(k.line.code, k.day) if r.scheme == scheme.scheme]
            if not held:
                not_held.append((scheme, membership))
                continue
            for rate in held:
                paths.append(_scheme_path(k, scheme, membership, rate, duty_under(k, rate, world), mfn, provisional, rates, world))
        else:
            rate = Rate(
                k.line.code, "special", scheme.scheme, scheme.since, scheme.until, scheme.all_lines_rate or 0, 0, 1, "", "", "",
                scheme.until, scheme.source, scheme.confidence, scheme.note,
            )  # fmt: skip
            amount = duty_under(k, rate, world)
            if "in_quota" in rates and scheme.covers == "all_lines_quota_inside_only":
                rate = rate.msgspec.structs.replace(kind="in_quota")
            paths.append(_scheme_path(k, scheme, membership, rate, amount, mfn, provisional, rates, world))
    return paths, displaced, not_held


def _quota_paths(k: Known, rates: dict[str, tuple[Rate, int]], has_mfn: bool) -> list[Path]:
    """In-quota rates and the cotton sliding duty, which need a certificate (tariff-law-2024#14)."""
    paths = []
    article = "tariff-law-2024#14" if k.day >= TARIFF_LAW_FROM else "duty-regulations-2003#12"
    if "in_quota" in rates:
        needs = () if k.item.has_quota_certificate else (Reason("duty_rate.needs_quota_certificate", article),)
        kind = "in_quota_provisional" if "in_quota_provisional" in rates else "in_quota"
        rate, amount = rates[kind]
        why = Reason(f"duty_rate.{kind}_applies", article, {"rate": rate.text()})
        paths.append(Path("quota", kind, rate, amount, None, needs, (why,), rate.confidence))
    if "sliding" in rates and has_mfn:
        needs = () if k.item.has_sliding_duty_certificate else (Reason("duty_rate.needs_sliding_certificate", article),)
        rate, amount = rates["sliding"]
        why = Reason("duty_rate.sliding_applies", article, {})
        paths.append(Path("sliding_duty_quota", "sliding", rate, amount, None, needs, (why,), rate.confidence))
    return paths


def _scheme_path(
    k: Known,
    scheme: Scheme,
    membership: Membership,
    rate: Rate,
    amount: int,
    mfn: int,
    provisional: int,
    rates: dict[str, tuple[Rate, int]],
    world: World,
) -> Path:
    """One agreement or preferential arrangement: which rate it leads to, and the proof it needs."""
    article = _choice_article(k.day)
    is_special = scheme.kind == "special"
    needs = list(_proof_needed(k, scheme, world))
    in_quota_only = rate.kind == "in_quota"
    if in_quota_only and not k.item.has_quota_certificate:
        needs.append(Reason("duty_rate.needs_quota_certificate", "tariff-law-2024#14"))
    if in_quota_only:
        reduced = rates.get("in_quota_provisional") or rates.get("in_quota")
        chosen = selection.select_rate(-1, -1, -1, amount, -1, reduced[1] if reduced else amount + 1, -1)
        kind = "in_quota" if chosen == selection.IN_QUOTA else "special_preferential" if is_special else "conventional"
    else:
        conventional, special = (-1, amount) if is_special else (amount, -1)
        kind = selection.KIND_NAMES[selection.select_rate(mfn, provisional, conventional, special, -1, -1, -1)]
    name = {"scheme_zh": scheme.name_zh, "scheme_en": scheme.name_en, "rate": rate.text()}
    own = "special_preferential" if is_special else "conventional"
    confidence = weakest([rate.confidence, membership.confidence, scheme.confidence])
    if kind == own:
        why = Reason(f"duty_rate.{own}_applies", f"{article}; {scheme.cites}", name)
        return Path(f"scheme:{scheme.scheme}", kind, rate, amount, scheme, tuple(needs), (why,), confidence)
    instead, duty = rates.get(kind, (rate, amount))
    why = Reason(f"duty_rate.{kind}_below_{own}", article, {**name, "lower": instead.text()})
    return Path(f"scheme:{scheme.scheme}", kind, instead, duty, scheme, tuple(needs), (why,), confidence)


def _proof_needed(k: Known, scheme: Scheme, world: World) -> tuple[Reason, ...]:
    """What is still to be shown for a preference; empty when the declared proof is enough."""
    article = "tariff-law-2024#12" if k.day >= TARIFF_LAW_FROM else "duty-regulations-2003#10"
    facts = {
        "scheme_zh": scheme.name_zh,
        "scheme_en": scheme.name_en,
        "proofs_zh": "、".join(PROOFS.get(p, (p, p))[0] for p in scheme.proofs) or "原产地证明",
        "proofs_en": " or ".join(PROOFS.get(p, (p, p))[1] for p in scheme.proofs) or "a proof of origin",
    }
    claim = claimed(k.item, scheme)
    if claim is None:
        return (Reason("origin.proof_would_open", f"{article}; {scheme.cites}", facts),)
    if not claim.direct_consignment:
        return (Reason("origin.not_direct", f"{article}; {scheme.cites}", facts),)
    if not claim.proof and not _proof_waived(k, scheme, world):
        return (Reason("origin.proof_missing", f"{article}; {scheme.cites}", facts),)
    if claim.proof and scheme.proofs and claim.proof not in scheme.proofs:
        return (Reason("origin.proof_of_wrong_kind", f"{article}; {scheme.cites}", {**facts, "shown": claim.proof}),)
    return ()


PROOFS = {
    "certificate": ("原产地证书", "a certificate of origin"),
    "declaration": ("原产地声明", "a declaration of origin"),
    "approved_exporter_declaration": ("经核准出口商原产地声明", "a declaration of origin by an approved exporter"),
}


def claimed(item: GoodsItem, scheme: Scheme) -> Preference | None:
    """The claim to a scheme, by its own name or by the code of its agreement (22 means whichever RCEP schedule fits)."""
    return next((p for p in item.preferences if p.scheme in (scheme.scheme, scheme.code) and p.scheme), None)


def _proof_waived(k: Known, scheme: Scheme, world: World) -> bool:
    """Whether the consignment is small enough to need no proof of origin; False when the rate of the waiver's currency is not known."""
    if scheme.waiver_amount is None:
        return False
    limit = int(scheme.waiver_amount * 100)
    if scheme.waiver_currency == "CNY":
        return k.value <= limit
    if scheme.waiver_currency == "USD" and k.usd_rate_e4:
        return k.value * 10_000 <= limit * k.usd_rate_e4
    return False


def _undetermined(k: Known, taxes: Taxes, world: World, findings: list[Finding]) -> Option:
    """Origin that could not be established: the general rate, or measure plus applicable rate (tariff-law-2024#12 para. 4, #19)."""
    rates = _by_kind(k, world, findings)
    if "general" not in rates:
        raise OutOfCoverage("duty_rate.general_rate_not_held", line=k.line.code)
    general_rate, general = rates["general"]
    highest, rows = _highest_measure(k, world)
    applicable = general
    declared = k.item.facts.get("declared_origin", "")
    if declared and world.origins.is_country(declared) and world.origins.mfn(declared, k.day) == MFN_YES and "mfn" in rates:
        kind = "provisional" if "provisional" in rates else "mfn"
        applicable = rates[kind][1]
    by_law = k.day >= TARIFF_LAW_FROM
    if not rows:
        path = Path("undetermined_origin", "general", general_rate, general, None, (),
                    (Reason("duty_rate.undetermined_general", _choice_article(k.day), {"rate": general_rate.text()}),), general_rate.confidence)  # fmt: skip
        return _price(k, path, taxes, world)
    amount = undetermined_origin_duty(highest, applicable, general) if by_law else highest + general
    names = "; ".join(sorted({world.overlays.measures[r.measure].name_en for r in rows}))
    names_zh = "、".join(sorted({world.overlays.measures[r.measure].name_zh for r in rows}))
    article = "tariff-law-2024#19" if by_law else "duty-regulations-2003#10"
    reason = Reason("duty_rate.undetermined_under_measure", article, {"measures_en": names, "measures_zh": names_zh})
    charge = _charge("undetermined_origin_duty", "given", amount, article, weakest([general_rate.confidence, *(r.confidence for r in rows)]))
    return _finish(k, Path("undetermined_origin", "undetermined", None, amount, None, (), (reason,), charge.confidence), [charge], amount, taxes, world)


def _highest_measure(k: Known, world: World) -> tuple[int, list[OverlayRate]]:
    """The measures of the country treated worst: their sum in fen, and the rows.

    Reading: measures that run together on one country's goods are added; between countries the heaviest counts.
    """
    by_origin: dict[str, dict[str, OverlayRate]] = {}
    for row in world.overlays.touching(k.line.code, k.day):
        if row.condition in ("country_quota_exhausted", "outside_quota"):
            continue
        held = by_origin.setdefault(row.origin, {})
        if row.measure not in held or row.rate > held[row.measure].rate:
            held[row.measure] = row
    sums = [(sum(_levy(k, r, world).amount for r in rows.values()), list(rows.values())) for rows in by_origin.values()]
    return max(sums, key=lambda s: s[0], default=(0, []))


def _price(k: Known, path: Path, taxes: Taxes, world: World) -> Option:
    """A basis with all its charges."""
    rate = path.rate
    assert rate is not None
    is_in_quota = path.kind.startswith("in_quota") or path.basis == "quota" or (rate.kind == "in_quota")
    levied = additional_duties(k, world, is_in_quota)
    because = "tariff-law-2024#23" if k.day >= TARIFF_LAW_FROM else "duty-regulations-2003#36"
    quantity = quantity_in(rate.per_unit or ("kg" if rate.formula else ""), k.item.quantities, k.line.ct_class, k.day, world) or 0
    parameters: tuple[ParameterUsed, ...] = (
        ParameterUsed(f"tariff/{k.line.code}/{rate.kind}" + (f"/{rate.scheme}" if rate.scheme else ""), rate.text(), "rate", rate.since,
                      rate.source, rate.confidence, rate.verified_until),
    )  # fmt: skip
    formula, num, den, terms = rate.form, rate.num, rate.den, ()
    if rate.formula:
        sliding, used = world.sliding_terms(k.day)
        num, den, terms = sliding.num, sliding.den, (sliding.threshold, sliding.k1, sliding.k2, sliding.ceiling)
        parameters += tuple(ParameterUsed.of(p) for p in used)
    duty = _charge("customs_duty", formula, path.duty, because, path.confidence)
    duty = msgspec.structs.replace(duty, base=k.value, rate=rate.rate, quantity=quantity, num=num, den=den, unit=rate.per_unit, terms=terms, parameters=parameters)
    charges = [duty]
    for one in levied:
        row = one.row
        charge = _charge(one.kind, "compound" if row.num else "ad_valorem", one.amount, row.cites, row.confidence)
        label = world.overlays.measures[one.measure]
        charges.append(
            msgspec.structs.replace(charge, base=k.value, rate=row.rate, num=row.num, den=row.den, unit=row.per_unit,
                     quantity=quantity_in(row.per_unit, k.item.quantities, "", k.day, world) or 0,
                     label_zh=f"{charge.label_zh}（{label.name_zh}）", label_en=f"{charge.label_en} ({label.name_en})",
                     parameters=(ParameterUsed(f"overlay/{one.measure}", percent_text(row.rate), "rate", row.since, row.cites, row.confidence, row.until),))
        )  # fmt: skip
    return _finish(k, path, charges, path.duty + sum(x.amount for x in levied), taxes, world)


def _finish(k: Known, path: Path, charges: list[Charge], duties: int, taxes: Taxes, world: World) -> Option:
    """Consumption tax and VAT on top of the duties, and the option they make."""
    if k.value and sum(c.rate for c in charges if c.kind != "import_vat") > MAX_DUTY_PPM:
        raise OutOfCoverage("duty_rate.sum_too_large", line=k.line.code)
    charges = charges + tax_charges(k.value, duties, taxes, k.day, k.line.ct_class)
    label_zh, label_en = KIND_LABELS[path.kind]
    if path.scheme is not None:
        label_zh, label_en = f"{label_zh}：{path.scheme.name_zh}", f"{label_en}: {path.scheme.name_en}"
    cost = k.item.evidence_costs.get(path.scheme.scheme if path.scheme else path.basis)
    if cost is None and path.scheme is not None:
        cost = k.item.evidence_costs.get(path.scheme.code)
    return Option(
        basis=path.basis,
        rate_kind=path.kind,
        status=NEEDS_EVIDENCE if path.needs else OPEN,
        label_zh=label_zh,
        label_en=label_en,
        rate_text=path.rate.text() if path.rate else "",
        scheme=path.scheme.scheme if path.scheme else "",
        charges=tuple(charges),
        reasons=path.needs + path.reasons,
        total=sum(c.payable for c in charges),
        evidence_cost=int(cost * 100) if cost is not None else 0,
        confidence=weakest([path.confidence, *(c.confidence for c in charges)]),
    )


def tax_charges(value: int, duties: int, taxes: Taxes, day: dt.date, ct_class: str) -> list[Charge]:
    """The consumption-tax and VAT charges on a value and the duties levied."""
    t = taxes.terms
    ct, rate, num, den, vat = pipeline.taxes_on(
        value, duties, t.test, taxes.quantity, taxes.usd_rate_e4, t.threshold, t.threshold_per, t.rate, t.num, t.den,
        t.below_rate, t.below_num, t.below_den, taxes.added_rate, taxes.vat_rate,
    )  # fmt: skip
    charges = []
    if ct_class and (rate or num):
        charge = _charge("consumption_tax", "composite", ct, "consumption-tax-regulations#5; consumption-tax-regulations#9",
                         weakest([p.confidence for p in taxes.parameters]))  # fmt: skip
        charges.append(
            msgspec.structs.replace(charge, base=value + duties, rate=rate, quantity=taxes.quantity if num else 0, num=num, den=den, unit=taxes.unit,
                     parameters=taxes.parameters)
        )  # fmt: skip
    article = "vat-law-2024#14" if day >= VAT_LAW_FROM else "vat-interim-regulations#14"
    p = taxes.vat_parameter
    charge = _charge("import_vat", "ad_valorem", vat, f"{article}; {p.citation}", p.confidence)
    charges.append(msgspec.structs.replace(charge, base=value + duties + ct, rate=taxes.vat_rate, parameters=(ParameterUsed.of(p),)))
    return charges


def _charge(kind: str, formula: str, amount: int, because: str, confidence: str) -> Charge:
    zh, en = LABELS[kind]
    return Charge(kind, formula, amount, amount, because=because, label_zh=zh, label_en=en, confidence=confidence)


def _not_held(k: Known, found: tuple[Scheme, Membership]) -> Option:
    """A scheme the origin belongs to whose rate for this line we do not hold: said, never taken as zero or as nothing."""
    scheme, membership = found
    zh, en = KIND_LABELS["special_preferential" if scheme.kind == "special" else "conventional"]
    facts = {"scheme_zh": scheme.name_zh, "scheme_en": scheme.name_en, "code": k.line.code}
    return Option(
        basis=f"scheme:{scheme.scheme}",
        rate_kind="not_encoded",
        status=NOT_ENCODED,
        label_zh=f"{zh}：{scheme.name_zh}",
        label_en=f"{en}: {scheme.name_en}",
        rate_text="",
        scheme=scheme.scheme,
        reasons=(Reason("duty_rate.scheme_rate_not_held", scheme.cites, facts),),
        confidence=weakest([scheme.confidence, membership.confidence]),
    )


def rank(options: list[Option]) -> list[Option]:
    """Name the option that applies, give each lawful one its saving against it, and put them in order of total payable.

    What applies is the cheapest of those open on the facts declared: nobody is obliged to take a dearer rate than the law offers.
    """
    open_now = [o for o in options if o.status == OPEN and o.total is not None]
    applied = min(open_now, key=lambda o: (o.total_with_evidence or 0, len(o.basis)), default=None)
    ranked = []
    for option in options:
        changes: dict[str, object] = {}
        if applied is not None and option is applied:
            changes["status"] = APPLIES
        elif option.status == OPEN and applied is not None and option.total is not None and applied.total is not None:
            dearer = yuan_grouped(option.total - applied.total)
            changes["reasons"] = (*option.reasons, Reason("option.open_but_not_cheaper", "", {"difference": dearer}))
        if applied is not None and applied.total is not None and option.total is not None and option.status in (OPEN, NEEDS_EVIDENCE):
            changes["saving"] = applied.total - option.total
        ranked.append(msgspec.structs.replace(option, **changes) if changes else option)
    order = {APPLIES: 0, OPEN: 0, NEEDS_EVIDENCE: 0, DISPLACED: 1, NOT_ENCODED: 2}
    return sorted(ranked, key=lambda o: (order[o.status], o.total if o.total is not None else 0, o.status != APPLIES, o.basis))

