"""One shipment in, its assessment out."""

from __future__ import annotations

import datetime as dt

import msgspec

from tongguan.assessment import pipeline
from tongguan.assessment.dutiable import Valued, value_items
from tongguan.assessment.general_import import Known, Taxes, options_for, rank, tax_charges, taxes_of
from tongguan.assessment.result import APPLIES, DISPLACED, NEEDS_EVIDENCE, OPEN, Assessment, Charge, ItemAssessment, Option
from tongguan.assessment.scenarios import Scenario, spread
from tongguan.assessment.shipment import GoodsItem, Shipment
from tongguan.assessment.world import COVERAGE_FROM, World, shipped_world
from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.findings import Finding
from tongguan.law.governing_date import rule as governing_date
from tongguan.law.valuation.exchange_rate.rule import reference_day

LAST_KNOWN_DAY = dt.date(2026, 11, 21)
"""How far someone has looked at the law as a whole; later dates are answered with a finding."""


class Dates(msgspec.Struct, frozen=True):
    """The days that decide: whose rates, whose exchange rate, and the reference day of that rate."""

    governing_on: dt.date
    exchange_rate_on: dt.date
    reference: str
    because: str
    reason: str


def dates_of(shipment: Shipment, findings: list[Finding], world: World) -> Dates | None:
    """The governing day of a shipment and its exchange-rate day; None with a finding when the day that decides is not known."""
    situation = governing_date.SITUATIONS.get(shipment.facts.get("situation", ""), governing_date.ORDINARY)
    if shipment.declared_before_arrival:
        situation = governing_date.DECLARED_IN_ADVANCE
    if shipment.declared_on < COVERAGE_FROM:
        findings.append(
            Finding("coverage.before", "dates.declared", {"day": shipment.declared_on.isoformat(), "from": COVERAGE_FROM.isoformat()})
        )
        return None
    regime = world.at("governing_date/regime", shipment.declared_on).whole()

    def ordinal(name: str) -> int:
        return dt.date.fromisoformat(shipment.facts[name]).toordinal() if name in shipment.facts else 0

    entry = shipment.arrived_on.toordinal() if shipment.arrived_on and shipment.declared_before_arrival else 0
    if situation == governing_date.SOLD_UNDECLARED and shipment.arrived_on:
        entry = shipment.arrived_on.toordinal()
    day, reason = governing_date.governing_day(
        situation, regime, shipment.declared_on.toordinal(), entry, ordinal("arrived_inland_on"), ordinal("formalities_on"),
        ordinal("breach_on"), ordinal("discovered_on"),
    )  # fmt: skip
    if reason == governing_date.FACT_MISSING:
        findings.append(Finding("governing_date.fact_missing", "dates", {}, "tariff-law-2024#20; tariff-law-2024#21"))
        return None
    governing_on = dt.date.fromordinal(day)
    fx_on = dt.date.fromordinal(governing_date.exchange_rate_day(regime, day, reason, shipment.declared_on.toordinal()))
    try:
        rule = world.at("valuation/exchange_rate/when_closed", fx_on).whole()
        reference = reference_day(fx_on, rule).isoformat()
    except OutOfCoverage:
        reference = "?"
    if governing_on > LAST_KNOWN_DAY:
        facts = {"day": governing_on.isoformat(), "until": LAST_KNOWN_DAY.isoformat()}
        findings.append(Finding("coverage.after", "dates.declared", facts, severity="warning"))
    return Dates(governing_on, fx_on, reference, governing_date.CITES[regime, reason], governing_date.REASONS[reason])


def assess(shipment: Shipment, world: World | None = None) -> Assessment:
    """Everything that can be said of a shipment: every lawful option of every item, ranked, with charges, reasons and findings.

    Nothing is raised for what the declarant can act on; that is a finding. Input that was never read into a Shipment belongs to
    `tongguan.assessment.reading`.
    """
    world = world or shipped_world()
    findings: list[Finding] = []
    dates = dates_of(shipment, findings, world)
    if dates is None or not shipment.items:
        if not shipment.items:
            findings.append(Finding("shipment.no_items", "items"))
        return Assessment(shipment.name, shipment.channel, None, world.version, world.schedule.label, (), tuple(findings))
    if shipment.channel != "general_trade":
        from tongguan.assessment.channels import assess_channel

        return assess_channel(shipment, dates, findings, world)
    items = general_items(shipment, dates, world)
    surcharges = surcharges_of(shipment, items, dates, findings, world)
    return Assessment(
        shipment.name, shipment.channel, dates.governing_on, world.version, world.schedule.label, tuple(items), tuple(findings), surcharges
    )


def general_items(shipment: Shipment, dates: Dates, world: World) -> list[ItemAssessment]:
    """Every item assessed as ordinary goods, small amounts waived for the consignment as a whole."""
    values = value_items(shipment, dates.governing_on, dates.exchange_rate_on, dates.reference, world)
    usd = shipment.exchange_rates.get("USD")
    usd_e4 = None if usd is None else int(usd * 10_000)
    drafts = []
    for number, (item, valued) in enumerate(zip(shipment.items, values, strict=True), start=1):
        drafts.append(_draft(number, item, valued, usd_e4, dates, world))
    drafts = _waive_small_amounts(drafts, dates.governing_on, world)
    return [_finish_item(draft) for draft in drafts]


class _Draft(msgspec.Struct):
    """An item on its way: options per scenario, before small amounts are waived and options are ranked."""

    number: int
    item: GoodsItem
    valued: Valued
    cases: list[tuple[Scenario, Taxes, list[Option]]]
    findings: list[Finding]
    missing: list[str]
    is_open_above: bool
    name_zh: str = ""
    name_en: str = ""


def _draft(number: int, item: GoodsItem, valued: Valued, usd_e4: int | None, dates: Dates, world: World) -> _Draft:
    findings = list(valued.findings)
    path = f"items[{number}]"
    draft = _Draft(number, item, valued, [], findings, list(valued.missing), valued.is_lower_bound, item.name, item.name)
    value = valued.value if valued.value is not None else 0
    split = spread(item, path, dates.governing_on, value, usd_e4, valued.is_lower_bound, findings, world)
    draft.missing += split.missing
    draft.is_open_above = split.is_open_above
    if split.scenarios:
        line = split.scenarios[0].known.line
        draft.name_zh = item.name or line.name_zh
        draft.name_en = item.name or line.name_en
    if valued.value is None:
        return draft
    refused: list[Finding] = []
    for scenario in split.scenarios:
        try:
            options = options_for(scenario.known, world, refused)
            draft.cases.append((scenario, taxes_of(scenario.known, world), options))
        except OutOfCoverage as error:
            refused.append(Finding(error.code, f"{path}.commodity_code", error.facts))
            draft.is_open_above = draft.is_open_above or len(split.scenarios) > 1
    findings += list({(f.code, f.path, tuple(f.facts.items())): f for f in refused}.values())
    if draft.cases:
        _say_what_rests_on_what(draft, dates, world)
    return draft


def _say_what_rests_on_what(draft: _Draft, dates: Dates, world: World) -> None:
    """Findings about facts that are weak, old or incomplete behind the answer."""
    known = draft.cases[0][0].known
    day = dates.governing_on
    rates = [r for r in world.schedule.rates_on(known.line.code, day) if r.verified_until < day and not r.scheme]
    if rates:
        oldest = min(rates, key=lambda r: r.verified_until)
        facts = {"code": known.line.code, "until": oldest.verified_until.isoformat(), "day": day.isoformat()}
        draft.findings.append(Finding("tariff.rate_last_confirmed", f"items[{draft.number}].commodity_code", facts, severity="note"))
    if day in world.overlays.changes_within_day and known.origin and world.overlays.on(
        known.line.code, known.origin, day, known.item.exporter, world.origins
    ):
        facts = {"day": day.isoformat(), "time": world.overlays.changes_within_day[day]}
        draft.findings.append(Finding("overlay.changed_within_day", "dates.declared", facts, severity="warning"))
    exporters = world.overlays.exporters_named(known.line.code, known.origin, day, world.origins) if known.item.exporter == "" else []
    if exporters:
        draft.findings.append(
            Finding("overlay.exporter_would_matter", f"items[{draft.number}].exporter", {"exporters": "; ".join(exporters)}, "tariff-law-2024#16", "note")
        )
    for measure, (until, why_zh, why_en) in world.overlays.verified_until.items():
        if until >= day:
            continue
        reaches = any(
            r.measure == measure and world.origins.in_group(known.origin, r.origin, until)
            for r in world.overlays.touching(known.line.code, until)
        )
        if reaches:
            m = world.overlays.measures[measure]
            facts = {"measure_zh": m.name_zh, "measure_en": m.name_en, "until": until.isoformat(), "why_zh": why_zh, "why_en": why_en}
            draft.findings.append(Finding("overlay.last_confirmed", f"items[{draft.number}].origin", facts, m.cites, "warning"))


# --- small amounts -----------------------------------------------------------------------------------------------------------------


DUTY_KINDS = ("customs_duty", "additional_duty", "anti_dumping_duty", "countervailing_duty", "safeguard_duty", "undetermined_origin_duty")
"""Each is tested by itself against the limit, for the whole consignment."""


def _leading(draft: _Draft) -> Option | None:
    """The option whose taxes stand for the item when the consignment is summed: the cheapest open one of its first scenario."""
    if not draft.cases:
        return None
    return next((o for o in rank(draft.cases[0][2]) if o.status == APPLIES), None)


def _sums(option: Option | None) -> dict[str, int]:
    sums: dict[str, int] = {}
    for charge in option.charges if option else ():
        sums[charge.kind] = sums.get(charge.kind, 0) + charge.amount
    return sums


def _waive_small_amounts(drafts: list[_Draft], day: dt.date, world: World) -> list[_Draft]:
    """Taxes of the consignment that are too small to be levied (tariff-law-2024#32(1)); duty first, since VAT is computed on what is levied."""
    limits = {
        "duty": world.at("low_value/customs_duty_limit", day),
        "consumption_tax": world.at("low_value/consumption_tax_limit", day),
        "import_vat": world.at("low_value/import_vat_limit", day),
    }
    keeps = world.at("low_value/vat_base_keeps_waived_duty", day).whole() == 1
    leading = [_sums(_leading(d)) for d in drafts]
    for place, draft in enumerate(drafts):
        others: dict[str, int] = {}
        for i, sums in enumerate(leading):
            if i != place:
                for kind, amount in sums.items():
                    others[kind] = others.get(kind, 0) + amount
        for number, (scenario, taxes, options) in enumerate(draft.cases):
            draft.cases[number] = (scenario, taxes, [_waived(o, others, scenario.known, taxes, limits, keeps) for o in options])
    return drafts


def _waived(option: Option, others: dict[str, int], known: Known, taxes: Taxes, limits: dict[str, object], keeps: bool) -> Option:
    """The option with its small amounts not levied."""
    if option.total is None:
        return option
    limit = {k: v.fen() for k, v in limits.items()}  # type: ignore[attr-defined]
    if max((c.amount for c in option.charges), default=0) + max(others.values(), default=0) > 100 * max(limit.values()) and not any(
        0 < c.amount + others.get(c.kind, 0) <= limit["duty"] for c in option.charges
    ):
        return option
    own = _sums(option)
    charges: list[Charge] = []
    duties = 0
    changed = False
    for charge in option.charges:
        if charge.kind not in DUTY_KINDS:
            continue
        if charge.amount and pipeline.small_duty_waived(own[charge.kind] + others.get(charge.kind, 0), limit["duty"]):
            because = limits["duty"].citation  # type: ignore[attr-defined]
            charge = msgspec.structs.replace(charge, payable=0, waived_because=because)  # noqa: PLW2901
            changed = True
            duties += charge.amount if keeps else 0
        else:
            duties += charge.amount
        charges.append(charge)
    taxed = tax_charges(known.value, duties, taxes, known.day, known.line.ct_class) if changed else [
        c for c in option.charges if c.kind not in DUTY_KINDS
    ]
    for charge in taxed:
        total = charge.amount + others.get(charge.kind, 0)
        if charge.amount and pipeline.small_duty_waived(total, limit[charge.kind]):
            because = limits[charge.kind].citation  # type: ignore[attr-defined]
            charge = msgspec.structs.replace(charge, payable=0, waived_because=because)  # noqa: PLW2901
        charges.append(charge)
    return msgspec.structs.replace(option, charges=tuple(charges), total=sum(c.payable for c in charges))


# --- the item's answer -------------------------------------------------------------------------------------------------------------


def _finish_item(draft: _Draft) -> ItemAssessment:
    """Rank the options of each scenario and put the scenarios together: one answer, or a range."""
    low: int | None = None
    high: int | None = None
    shown: list[Option] = []
    is_open = draft.is_open_above
    if len(draft.cases) == 1 and not draft.missing:
        shown = rank(draft.cases[0][2])
        applied = next((o for o in shown if o.status == APPLIES), None)
        if applied is not None:
            low = high = applied.total
    else:
        for scenario, _, options in draft.cases:
            ranked = rank(options)
            applied = next((o for o in ranked if o.status == APPLIES), None)
            lawful = [o for o in ranked if o.status in (APPLIES, OPEN, NEEDS_EVIDENCE) and o.total is not None]
            if not lawful:
                continue
            least = min(o.total or 0 for o in lawful)
            most = (applied or max(lawful, key=lambda o: o.total or 0)).total or 0
            low = least if low is None else min(low, least)
            high = most if high is None else max(high, most)
            keep = ranked if len(draft.cases) == 1 else [o for o in lawful if o.status == APPLIES or o.total == least]
            shown += [
                msgspec.structs.replace(
                    o, condition_zh=scenario.label_zh, condition_en=scenario.label_en, status=OPEN if o.status == APPLIES else o.status
                )
                for o in keep
            ]
        shown.sort(key=lambda o: (o.status == DISPLACED, o.total if o.total is not None else 1 << 62))
        if is_open:
            high = None
    missing = tuple(dict.fromkeys(draft.missing))
    return ItemAssessment(
        number=draft.number,
        commodity_code=draft.item.commodity_code,
        name_zh=draft.name_zh,
        name_en=draft.name_en,
        origin=draft.item.origin or "",
        dutiable_value=draft.valued.value,
        value_steps=draft.valued.steps,
        options=tuple(shown),
        findings=tuple(draft.findings),
        low=low,
        high=high,
        missing_facts=missing,
    )


def surcharges_of(
    shipment: Shipment, items: list[ItemAssessment], dates: Dates, findings: list[Finding], world: World
) -> tuple[Charge, ...]:
    """Late declaration fee and late payment surcharge, when the days for them are given."""
    return ()


