"""From a basis of taxation to its charges: the duty, the duties laid over it, consumption tax and VAT, each with what it was made of."""

from __future__ import annotations

import datetime as dt

import msgspec

from tongguan.assessment import pipeline
from tongguan.assessment.letter import say
from tongguan.assessment.quantities import quantity_in
from tongguan.assessment.result import NEEDS_EVIDENCE, OPEN, Charge, Option, ParameterUsed
from tongguan.assessment.terms import (
    REMEDIES,
    TARIFF_LAW_FROM,
    UNDETERMINED,
    VAT_LAW_FROM,
    Known,
    Levied,
    Path,
    Taxes,
    label,
)
from tongguan.assessment.world import World
from tongguan.grammar.citations import weakest
from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.money import MAX_DUTY_PPM, MAX_VALUE_FEN, percent_text
from tongguan.law.additional_duties.rule import CONDITIONS, is_levied
from tongguan.law.consumption_tax.rule import ONE_RATE, class_terms, tax_classes
from tongguan.tariff.overlays import OverlayRate
from tongguan.tariff.schedule import Rate

MAX_DUTIES_FEN = MAX_VALUE_FEN // 1_000_000 * MAX_DUTY_PPM
"""All duties of an item together; a specific duty on an absurd quantity is refused here."""


# --- consumption tax and VAT terms ---------------------------------------------------------------------------------------------------


def taxes_of(k: Known, world: World) -> Taxes:
    """Consumption tax and VAT terms. Raises OutOfCoverage."""
    terms, used = class_terms(k.line.ct_class, k.day, world.law)
    unit = tax_classes()[k.line.ct_class].unit if k.line.ct_class else ""
    quantity = quantity_in(unit, k.item.quantities, k.line.ct_class, k.day, world) or 0
    if k.ct_class_forced == "upper":
        terms = terms._replace(test=min(terms.test, ONE_RATE))
    elif k.ct_class_forced == "lower" and terms.test > ONE_RATE:
        terms = terms._replace(test=ONE_RATE, rate=terms.below_rate, num=terms.below_num, den=terms.below_den)
    parameters = [ParameterUsed.of(p) for p in used]
    added = _super_luxury(k, parameters, world)
    vat = world.at(f"import_vat/{k.vat_class}_rate", k.day)
    return Taxes(terms, quantity, k.usd_rate_e4 or 0, added, vat.ppm(), tuple(parameters), vat, unit)


def is_own_use_car(k: Known) -> bool:
    """Whether the rate for super-luxury cars imported for own use could be added."""
    return k.item.is_own_use_car and k.line.ct_class.startswith("car_")


def _super_luxury(k: Known, parameters: list[ParameterUsed], world: World) -> int:
    if not is_own_use_car(k) or k.ct_class_forced == "lower":
        return 0
    threshold = world.at("consumption_tax/super_luxury_threshold", k.day)
    rate = world.at("consumption_tax/super_luxury_added_rate", k.day)
    cars = quantity_in("piece", k.item.quantities, "", k.day, world) or 1000
    added = pipeline.super_luxury_rate(k.value, cars, True, threshold.fen(), rate.ppm())
    if added:
        parameters += [ParameterUsed.of(threshold), ParameterUsed.of(rate)]
    return added


# --- duties --------------------------------------------------------------------------------------------------------------------------


def counted_unit(rate: Rate) -> str:
    """The unit whose quantity a rate needs; empty for a plain ad valorem rate."""
    return rate.per_unit or ("kg" if rate.form == "sliding" else "")


def quantity_for(k: Known, rate: Rate, world: World) -> int:
    """The quantity a rate counts, in thousandths; 0 when not known: the caller has said so."""
    return quantity_in(counted_unit(rate), k.item.quantities, k.line.ct_class, k.day, world) or 0


def duty_under(k: Known, rate: Rate, world: World) -> int:
    """Duty in fen under one rate.

    A quantity that is not known stands for 0, so that the result bounds the duty from below; for a sliding duty and the lower of two it bounds the
    duty from above, which the range of the item knows (`ranges`).
    """
    form = pipeline.FORMS[rate.form]
    quantity = quantity_for(k, rate, world)
    if form == pipeline.SLIDING:
        terms = world.sliding_terms(k.day)[0]
        return pipeline.customs_duty(form, k.value, quantity, rate.rate, rate.num, rate.den, *terms)
    if form == pipeline.BY_UNIT_VALUE:
        threshold, below = rate.bands
        usd = k.usd_rate_e4 or 0
        return pipeline.customs_duty(
            form, k.value, quantity, rate.rate, rate.num, rate.den, threshold, usd, 1, 0, 0, below
        )
    if form == pipeline.LOWER_OF and quantity == 0:
        form = pipeline.AD_VALOREM
    return pipeline.customs_duty(form, k.value, quantity, rate.rate, rate.num, rate.den, 0, 0, 1, 0, 0, 0)


def additional_duties(k: Known, world: World, is_in_quota: bool, path: Path | None = None) -> list[Levied]:
    """Trade remedies and countermeasures on the item, each with its amount (tariff-law-2024#16 to #18)."""
    if k.origin == UNDETERMINED:
        return []
    has_exclusion = k.item.has_exclusion or (path is not None and path.has_exclusion)
    has_undertaking = k.item.has_price_undertaking or (path is not None and path.has_undertaking)
    levied = []
    for row in world.overlays.on(k.line.code, k.origin, k.day, k.item.exporter, world.origins, k.at):
        if is_spared_as_relief(k, row, world) or is_spared_in_transit(k, row, world):
            continue
        since, until = row.since.toordinal(), row.until.toordinal()
        if is_levied(
            k.day.toordinal(),
            since,
            until,
            CONDITIONS[row.condition],
            is_in_quota,
            not k.has_country_quota_left,
            has_undertaking,
            has_exclusion,
        ):
            levied.append(levy(k, row, world))
    return levied


def is_spared_as_relief(k: Known, row: OverlayRate, world: World) -> bool:
    """Whether goods under a duty-relief certificate, or low-value express goods, are excluded from the measure by themselves.

    Law: gacc-ann-2020-market-exclusion, for the answers to section 301. Of the measures of 2025 nothing was read; they are levied.
    """
    since = world.overlays.measures[row.measure].spares_relief_goods_from
    return since is not None and k.day >= since and (k.says("duty_relief_certificate") or k.says("class_c_express"))


def is_spared_in_transit(k: Known, row: OverlayRate, world: World) -> bool:
    """Whether the goods were under way before the measure began and came in time (tables/overlays/transit_grace.csv); `shipped_on` says when they left."""
    grace = world.overlays.transit_grace.get(row.measure)
    shipped_on = k.day_said("shipped_on")
    return grace is not None and shipped_on is not None and shipped_on < grace[0] and k.day <= grace[1]


def levy(k: Known, row: OverlayRate, world: World) -> Levied:
    """One row of a measure on the item."""
    quantity = quantity_in(row.per_unit, k.item.quantities, "", k.day, world) or 0
    form = pipeline.COMPOUND if row.num else pipeline.AD_VALOREM
    amount = pipeline.customs_duty(form, k.value, quantity, row.rate, row.num, row.den, 0, 0, 1, 0, 0, 0)
    kind = REMEDIES.get(world.overlays.measures[row.measure].kind, "additional_duty")
    return Levied(kind, row.measure, amount, row)


# --- charges -------------------------------------------------------------------------------------------------------------------------


def priced(k: Known, path: Path, taxes: Taxes, world: World) -> Option:
    """A basis with all its charges. Raises OutOfCoverage when they outgrow what we compute with."""
    rate = path.rate
    if rate is None:
        raise OutOfCoverage("duty_rate.no_rate_held", code=k.line.code, day=k.day.isoformat())
    is_in_quota = path.kind.startswith("in_quota") or path.basis == "quota" or rate.kind == "in_quota"
    levied = additional_duties(k, world, is_in_quota, path)
    charges = [duty_charge(k, rate, path.duty, path.confidence, world)]
    charges += [measure_charge(k, one, world) for one in levied]
    return finished(k, path, charges, taxes)


def duty_charge(
    k: Known, rate: Rate, amount: int, confidence: str, world: World, kind: str = "customs_duty", because: str = ""
) -> Charge:
    """The duty under one rate as a charge that can be recomputed from its fields."""
    because = because or ("tariff-law-2024#23" if k.day >= TARIFF_LAW_FROM else "duty-regulations-2003#36")
    quantity = quantity_for(k, rate, world)
    parameters: tuple[ParameterUsed, ...] = (
        ParameterUsed(
            f"tariff/{k.line.code}/{rate.kind}" + (f"/{rate.scheme}" if rate.scheme else ""), rate.text(), "rate",
            world.schedule.since(rate), rate.source, rate.confidence, rate.verified_until,
        ),
    )  # fmt: skip
    formula, num, den = rate.form, rate.num, rate.den
    terms: tuple[int, ...] = ()
    if formula == "sliding":
        sliding, used = world.sliding_terms(k.day)
        num, den, terms = sliding.num, sliding.den, (sliding.threshold, sliding.k1, sliding.k2, sliding.ceiling)
        parameters += tuple(ParameterUsed.of(p) for p in used)
        confidence = weakest([confidence, *(p.confidence for p in used)])
    elif formula == "by_unit_value":
        threshold, below = rate.bands
        terms = (threshold, k.usd_rate_e4 or 0, below)
    elif formula == "lower_of" and quantity == 0:
        formula, num = "ad_valorem", 0
    charge = charge_of(kind, formula, amount, because, confidence)
    return msgspec.structs.replace(
        charge,
        base=k.value,
        rate=rate.rate,
        quantity=quantity,
        num=num,
        den=den,
        unit=counted_unit(rate),
        terms=terms,
        parameters=parameters,
    )


def measure_charge(k: Known, one: Levied, world: World, kind: str = "", because: str = "") -> Charge:
    """A duty laid over the others, as a charge named after its measure."""
    row = one.row
    charge = charge_of(
        kind or one.kind, "compound" if row.num else "ad_valorem", one.amount, because or row.cites, row.confidence
    )
    measure = world.overlays.measures[one.measure]
    return msgspec.structs.replace(
        charge,
        base=k.value,
        rate=row.rate,
        num=row.num,
        den=row.den,
        unit=row.per_unit,
        quantity=quantity_in(row.per_unit, k.item.quantities, "", k.day, world) or 0,
        label_zh=f"{charge.label_zh}（{measure.name_zh}）",
        label_en=f"{charge.label_en} ({measure.name_en})",
        parameters=(
            ParameterUsed(
                f"overlay/{one.measure}", percent_text(row.rate), "rate", row.since, row.cites, row.confidence,
                world.overlays.verified(one.measure, row.until),
            ),
        ),
    )  # fmt: skip


def finished(k: Known, path: Path, charges: list[Charge], taxes: Taxes) -> Option:
    """Consumption tax and VAT on top of the duties, and the option they make. Raises OutOfCoverage when the duties outgrow their bounds."""
    duties = sum(c.amount for c in charges)
    if sum(c.rate for c in charges) > MAX_DUTY_PPM or duties > MAX_DUTIES_FEN:
        raise OutOfCoverage("duty_rate.sum_too_large", line=k.line.code)
    charges = charges + tax_charges(k.value, duties, taxes, k.day, k.line.ct_class)
    label_zh, label_en = label(f"rate_kind.{path.kind}")
    if path.scheme is not None:
        label_zh, label_en = f"{label_zh}：{path.scheme.name_zh}", f"{label_en}: {path.scheme.name_en}"
    if path.has_exclusion:
        label_zh, label_en = say("option.with_exclusion", label_zh=label_zh, label_en=label_en)
    if path.has_undertaking:
        label_zh, label_en = say("option.with_undertaking", label_zh=label_zh, label_en=label_en)
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
        evidence_cost=_evidence_cost(k, path),
        confidence=weakest([path.confidence, *(c.confidence for c in charges)]),
    )


def _evidence_cost(k: Known, path: Path) -> int:
    """What the declared evidence of a basis costs, in fen: of the scheme (by its name or code), the certificate, the exclusion, the undertaking."""
    costs = k.item.evidence_costs
    names = [path.basis.partition("+")[0]]
    if path.scheme is not None:
        names = [next((n for n in (path.scheme.scheme, path.scheme.code) if n in costs), path.scheme.scheme)]
    names += ["exclusion"] * path.has_exclusion + ["price_undertaking"] * path.has_undertaking
    return sum(int(costs[name] * 100) for name in names if name in costs)


def tax_charges(value: int, duties: int, taxes: Taxes, day: dt.date, ct_class: str) -> list[Charge]:
    """The consumption-tax and VAT charges on a value and the duties levied."""
    t = taxes.terms
    ct, rate, num, den, vat = pipeline.taxes_on(
        value, duties, t.test, taxes.quantity, taxes.usd_rate_e4, t.threshold, t.threshold_per, t.rate, t.num, t.den,
        t.below_rate, t.below_num, t.below_den, taxes.added_rate, taxes.vat_rate,
    )  # fmt: skip
    charges = []
    if ct_class and (rate or num):
        article = "consumption-tax-regulations#5; consumption-tax-regulations#9"
        charge = charge_of(
            "consumption_tax", "composite", ct, article, weakest([p.confidence for p in taxes.parameters])
        )
        charges.append(
            msgspec.structs.replace(
                charge, base=value + duties, rate=rate, quantity=taxes.quantity if num else 0, num=num, den=den, unit=taxes.unit,
                parameters=taxes.parameters,
            )
        )  # fmt: skip
    article = "vat-law-2024#14" if day >= VAT_LAW_FROM else "vat-interim-regulations#14"
    p = taxes.vat_parameter
    charge = charge_of("import_vat", "ad_valorem", vat, f"{article}; {p.citation}", p.confidence)
    charges.append(
        msgspec.structs.replace(
            charge, base=value + duties + ct, rate=taxes.vat_rate, parameters=(ParameterUsed.of(p),)
        )
    )
    return charges


def charge_of(kind: str, formula: str, amount: int, because: str, confidence: str) -> Charge:
    """A charge with its labels, payable in full."""
    zh, en = label(f"charge.{kind}")
    return Charge(kind, formula, amount, amount, because=because, label_zh=zh, label_en=en, confidence=confidence)
