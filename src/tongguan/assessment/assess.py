"""One shipment in, its assessment out."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import msgspec

from tongguan.assessment.draft import Draft
from tongguan.assessment.dutiable import Valued, value_items
from tongguan.assessment.general_import import options_for, taxes_of
from tongguan.assessment.governing import LAST_KNOWN_DAY, Dates, dates_of
from tongguan.assessment.ranges import finish_item
from tongguan.assessment.remarks import say_what_it_rests_on
from tongguan.assessment.result import Assessment, ItemAssessment
from tongguan.assessment.scenarios import spread
from tongguan.assessment.shipment import GoodsItem, Shipment
from tongguan.assessment.small_amounts import DUTY_KINDS, waive_small_amounts
from tongguan.assessment.surcharges import surcharges_of
from tongguan.assessment.world import World, shipped_world
from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.findings import Finding
from tongguan.grammar.money import decimal_text

__all__ = ["DUTY_KINDS", "LAST_KNOWN_DAY", "Dates", "Draft", "assess", "dates_of", "drafts_of", "general_items"]

MOST_YUAN_PER_DOLLAR = Decimal(100)
"""A dollar dearer than this is a slip of the keyboard, and would outgrow the price tests."""


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
        return Assessment(
            shipment.name,
            shipment.channel,
            None,
            world.version,
            world.schedule.label,
            (),
            tuple(findings),
            declared_on=shipment.declared_on,
        )
    if shipment.channel != "general_trade":
        from tongguan.assessment.channels import assess_channel

        return _dated(assess_channel(shipment, dates, findings, world), shipment, dates)
    items = general_items(shipment, dates, world)
    late = surcharges_of(shipment, items, dates, findings, world)
    answer = Assessment(
        shipment.name, shipment.channel, dates.governing_on, world.version, world.schedule.label, tuple(items), tuple(findings),
        late.charges, surcharges_above=late.above,
    )  # fmt: skip
    return _dated(answer, shipment, dates)


def _dated(answer: Assessment, shipment: Shipment, dates: Dates) -> Assessment:
    """The answer with the reason why its governing day governs, unless the channel has said it."""
    if answer.governing_reason:
        return msgspec.structs.replace(answer, declared_on=shipment.declared_on)
    return msgspec.structs.replace(
        answer, declared_on=shipment.declared_on, governing_reason=dates.reason, governing_because=dates.because
    )


def general_items(
    shipment: Shipment, dates: Dates, world: World, *, waives_small_amounts: bool = True
) -> list[ItemAssessment]:
    """Every item assessed as ordinary goods, small amounts waived for the consignment as a whole unless the channel knows no waiver."""
    drafts = drafts_of(shipment, dates, world)
    if waives_small_amounts:
        drafts = waive_small_amounts(drafts, dates.governing_on, world)
    return [finish_item(draft, world) for draft in drafts]


def drafts_of(shipment: Shipment, dates: Dates, world: World) -> list[Draft]:
    """Every item as ordinary goods with its options for each scenario, before small amounts are waived and options ranked."""
    values = value_items(shipment, dates.governing_on, dates.exchange_rate_on, dates.reference, world)
    findings: list[Finding] = []
    usd_e4 = _dollar(shipment, findings)
    drafts = []
    for number, (item, valued) in enumerate(zip(shipment.items, values, strict=True), start=1):
        drafts.append(_draft(number, item, valued, usd_e4, dates, shipment.declared_on, world))
    if drafts:
        drafts[0].findings[:0] = findings
    return drafts


def _dollar(shipment: Shipment, findings: list[Finding]) -> int | None:
    """The dollar in ten-thousandths of a yuan, for the price tests in dollars; None when it is not given or cannot be right."""
    usd = shipment.exchange_rates.get("USD")
    if usd is None:
        return None
    if usd > MOST_YUAN_PER_DOLLAR:
        findings.append(Finding("valuation.usd_rate_absurd", "exchange_rates.USD", {"rate": decimal_text(usd)}))
        return None
    return int(usd * 10_000)


def _draft(
    number: int, item: GoodsItem, valued: Valued, usd_e4: int | None, dates: Dates, declared_on: dt.date, world: World
) -> Draft:
    path = f"items[{number}]"
    draft = Draft(
        number,
        item,
        valued,
        [],
        list(valued.findings),
        list(valued.missing),
        valued.is_lower_bound,
        item.name,
        item.name,
    )
    value = valued.value if valued.value is not None else 0
    split = spread(
        item,
        path,
        dates.governing_on,
        value,
        usd_e4,
        valued.is_lower_bound,
        draft.findings,
        world,
        at=dates.at,
        declared_on=declared_on,
    )
    draft.missing += split.missing
    draft.is_open_above = split.is_open_above
    draft.has_gap = split.has_gap
    if len({s.known.line.code for s in split.scenarios}) == 1:
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
            draft.has_gap = True
    draft.findings += list({(f.code, f.path, tuple(f.facts.items())): f for f in refused}.values())
    if draft.cases:
        say_what_it_rests_on(draft, world)
    return draft
