"""Every way an item of ordinary goods can be taxed: the bases that exist, which are open, what each costs and why the others do not apply.

All facts are known here; `scenarios.py` splits what is not known into cases that are. The bases are found in `rate_paths.py` and priced in
`charging.py`.
"""

from __future__ import annotations

import msgspec

from tongguan.assessment.charging import (
    additional_duties,
    charge_of,
    duty_charge,
    duty_under,
    finished,
    is_spared_as_relief,
    levy,
    measure_charge,
    priced,
    tax_charges,
    taxes_of,
)
from tongguan.assessment.rate_paths import bases_of, claimed, rates_by_kind
from tongguan.assessment.result import APPLIES, DISPLACED, NEEDS_EVIDENCE, NOT_ENCODED, OPEN, Option, Reason
from tongguan.assessment.terms import (
    TARIFF_LAW_FROM,
    UNDETERMINED,
    VAT_LAW_FROM,
    Known,
    Levied,
    Path,
    Taxes,
    choice_article,
    label,
)
from tongguan.assessment.world import World
from tongguan.grammar.citations import weakest
from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.findings import Finding
from tongguan.grammar.money import yuan_grouped
from tongguan.law.undetermined_origin.rule import undetermined_origin_duty
from tongguan.tariff.origins import MFN_YES, Membership, Scheme
from tongguan.tariff.overlays import OverlayRate
from tongguan.tariff.schedule import Rate

__all__ = [
    "TARIFF_LAW_FROM",
    "UNDETERMINED",
    "VAT_LAW_FROM",
    "Known",
    "Path",
    "Taxes",
    "additional_duties",
    "applying",
    "charge_of",
    "claimed",
    "duty_under",
    "options_for",
    "rank",
    "tax_charges",
    "taxes_of",
]


def options_for(k: Known, world: World, findings: list[Finding]) -> list[Option]:
    """Every option of an item whose facts are all known, unranked and with waivers not yet applied. Raises OutOfCoverage."""
    taxes = taxes_of(k, world)
    if k.origin == UNDETERMINED:
        return [_undetermined(k, taxes, world, findings)]
    bases = bases_of(k, world, findings)
    options = [priced(k, path, taxes, world) for path in bases.paths]
    for path in bases.paths:
        options += [priced(k, better, taxes, world) for better in _with_certificates(k, path, world)]
    options += [msgspec.structs.replace(priced(k, path, taxes, world), status=DISPLACED) for path in bases.displaced]
    options += [_not_held(k, scheme) for scheme in bases.not_held]
    if not any(o.status == OPEN for o in options):
        facts = {"code": k.line.code, "day": k.day.isoformat()}
        findings.append(Finding("duty_rate.no_rate_held", f"{k.path}.commodity_code", facts, choice_article(k.day)))
    return options


def _with_certificates(k: Known, path: Path, world: World) -> list[Path]:
    """The same basis with the exclusion (supervision document 0) or the price undertaking that would spare it a duty now levied."""
    if path.needs:
        return []
    is_in_quota = path.kind.startswith("in_quota") or (path.rate is not None and path.rate.kind == "in_quota")
    levied = additional_duties(k, world, is_in_quota)
    better = []
    for condition, code, name in (
        ("not_excluded", "overlay.exclusion_would_open", "exclusion"),
        ("no_undertaking", "overlay.undertaking_would_open", "price_undertaking"),
    ):
        spared = dict.fromkeys(one.measure for one in levied if one.row.condition == condition)
        if not spared:
            continue
        measures = [world.overlays.measures[name] for name in spared]
        names = {
            "measure_zh": "”和“".join(m.name_zh for m in measures),
            "measure_en": " and ".join(m.name_en for m in measures),
        }
        need = Reason(code, "; ".join(dict.fromkeys(m.cites for m in measures)), names)
        better.append(
            path._replace(
                basis=f"{path.basis}+{name}", needs=(need,),
                has_exclusion=name == "exclusion", has_undertaking=name == "price_undertaking",
            )
        )  # fmt: skip
    return better


# --- origin that cannot be established -----------------------------------------------------------------------------------------------


def _undetermined(k: Known, taxes: Taxes, world: World, findings: list[Finding]) -> Option:
    """Origin that could not be established: the general rate, or measure plus applicable rate (tariff-law-2024#12 para. 4, #19).

    Reading  1. The applicable rate of #19(1) is that of the origin declared (`declared_origin`); none declared, it is the general rate.
             2. The result is one duty: the measures are in it and are not laid over it again. Suspended points do not count.
             3. Proof that the goods are of none of the countries hit (`measure_origins_excluded`) leaves the general rate alone.
             4. Before 2024-12-01 no article says so; notices of anti-dumping measures ask the highest duty of the measure on top of the ordinary
                one. Countermeasures, which hit goods shown to be of one country, are then not added.
    """
    rates = rates_by_kind(k, world, findings)
    if "general" not in rates:
        raise OutOfCoverage("duty_rate.general_rate_not_held", line=k.line.code)
    rate, general = rates["general"]
    by_law = k.day >= TARIFF_LAW_FROM
    levied = [] if k.says("measure_origins_excluded") else _heaviest_measures(k, world, only_remedies=not by_law)
    measures = sum(one.amount for one in levied)
    applicable_rate, applicable = _applicable_to_declared(k, rates, world) or (rate, general)
    if not by_law:
        applicable_rate, applicable = rate, general
    if levied and (not by_law or undetermined_origin_duty(measures, applicable, general) > general):
        article = "tariff-law-2024#19" if by_law else "duty-regulations-2003#10"
        names = {one.measure: world.overlays.measures[one.measure] for one in levied}
        facts = {
            "measures_zh": "、".join(m.name_zh for m in names.values()),
            "measures_en": "; ".join(m.name_en for m in names.values()),
        }
        reason = Reason("duty_rate.undetermined_under_measure", article, facts)
        kind = "undetermined_origin_duty"
        charges = [duty_charge(k, applicable_rate, applicable, applicable_rate.confidence, world, kind, article)]
        charges += [measure_charge(k, one, world, kind, f"{article}; {one.row.cites}") for one in levied]
        path = Path(
            "undetermined_origin", "undetermined", None, applicable, None, (), (reason,), applicable_rate.confidence
        )
        return finished(k, path, charges, taxes)
    article = "tariff-law-2024#19; tariff-law-2024#12" if levied else choice_article(k.day)
    reason = Reason("duty_rate.undetermined_general", article, {"rate": rate.text()})
    path = Path("undetermined_origin", "general", rate, general, None, (), (reason,), rate.confidence)
    return finished(k, path, [duty_charge(k, rate, general, rate.confidence, world)], taxes)


def _applicable_to_declared(k: Known, rates: dict[str, tuple[Rate, int]], world: World) -> tuple[Rate, int] | None:
    """The rate of the origin declared but not proven, if it has MFN treatment: the provisional rate before the MFN rate."""
    declared = k.item.facts.get("declared_origin", "").strip().upper()
    if not world.origins.is_country(declared) or world.origins.mfn(declared, k.day) != MFN_YES:
        return None
    return rates.get("provisional") or rates.get("mfn")


def _heaviest_measures(k: Known, world: World, *, only_remedies: bool) -> list[Levied]:
    """The measures of the country treated worst.

    Reading: measures that run together on one country's goods are added, an exporter's own rate not being claimed the heaviest counts; between
    countries the heaviest sum counts. Duties that wait for an exhausted country quota, or fall outside a quota only, are left out.
    """
    by_origin: dict[str, dict[str, list[OverlayRate]]] = {}
    for row in world.overlays.touching(k.line.code, k.day, k.at):
        is_remedy = world.overlays.measures[row.measure].kind not in ("retaliatory", "reciprocal")
        if row.condition in ("country_quota_exhausted", "outside_quota") or (only_remedies and not is_remedy):
            continue
        if (row.condition == "not_excluded" and k.item.has_exclusion) or is_spared_as_relief(k, row, world):
            continue
        by_origin.setdefault(row.origin, {}).setdefault(row.measure, []).append(row)
    sums = []
    everywhere = by_origin.pop("ALL", {})
    for measures in by_origin.values() or ([{}] if everywhere else []):
        levied = []
        for rows in {**everywhere, **measures}.values():
            by_exporter: dict[str, list[Levied]] = {}
            for row in rows:
                by_exporter.setdefault(row.exporter, []).append(levy(k, row, world))
            levied += max(by_exporter.values(), key=lambda ones: sum(one.amount for one in ones))
        sums.append(levied)
    return max(sums, key=lambda ones: sum(one.amount for one in ones), default=[])


def _not_held(k: Known, found: tuple[Scheme, Membership]) -> Option:
    """A scheme the origin belongs to whose rate for this line we do not hold: said, never taken as zero or as nothing."""
    scheme, membership = found
    zh, en = label("rate_kind.special_preferential" if scheme.kind == "special" else "rate_kind.conventional")
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


# --- order ---------------------------------------------------------------------------------------------------------------------------

LAWFUL = frozenset({APPLIES, OPEN, NEEDS_EVIDENCE})


def applying(options: list[Option]) -> Option | None:
    """The option that applies, before anything is ranked; None where none is open.

    It is the cheapest of those open on the facts declared: nobody is obliged to take a dearer rate than the law offers; among equals the one that
    needs no proof of origin.
    """
    open_now = [o for o in options if o.status == OPEN and o.total is not None]
    return min(open_now, key=lambda o: (o.total or 0, bool(o.scheme), o.evidence_cost, o.basis), default=None)


def rank(options: list[Option]) -> list[Option]:
    """Name the option that applies, give each lawful one its saving and its two ranks, and put them in order of total payable.

    What its evidence cost is spent; `rank_with_evidence` orders the same options by total payable with the declared evidence costs.
    """
    applied = applying(options)
    lawful = [o for o in options if o.status in LAWFUL and o.total is not None]
    by_total = sorted(o.total or 0 for o in lawful)
    by_evidence = sorted(o.total_with_evidence or 0 for o in lawful)
    ranked = []
    for option in options:
        changes: dict[str, object] = {}
        if option.status in LAWFUL and option.total is not None:
            changes["rank"] = by_total.index(option.total) + 1
            changes["rank_with_evidence"] = by_evidence.index(option.total + option.evidence_cost) + 1
            if applied is not None and applied.total is not None:
                changes["saving"] = applied.total - option.total
        if applied is not None and option is applied:
            changes["status"] = APPLIES
        elif option.status == OPEN and applied is not None and option.total is not None and applied.total is not None:
            dearer = yuan_grouped(option.total - applied.total)
            changes["reasons"] = (*option.reasons, Reason("option.open_but_not_cheaper", "", {"difference": dearer}))
        ranked.append(msgspec.structs.replace(option, **changes) if changes else option)
    order = {APPLIES: 0, OPEN: 0, NEEDS_EVIDENCE: 0, DISPLACED: 1, NOT_ENCODED: 2}
    return sorted(
        ranked, key=lambda o: (order[o.status], o.total if o.total is not None else 0, o.status != APPLIES, o.basis)
    )
