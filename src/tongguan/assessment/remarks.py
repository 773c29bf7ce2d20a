"""Findings about what an answer rests on: facts that are weak, old or not held, and hours that would decide."""

from __future__ import annotations

import datetime as dt

from tongguan.assessment.charging import is_spared_as_relief
from tongguan.assessment.draft import Draft
from tongguan.assessment.result import DISPLACED
from tongguan.assessment.terms import TARIFF_LAW_FROM, UNDETERMINED, Known
from tongguan.assessment.world import World
from tongguan.grammar.findings import Finding
from tongguan.tariff.overlays import Horizon

US_LISTS_FROM = dt.date(2018, 4, 2)


def say_what_it_rests_on(draft: Draft, world: World) -> None:
    """Adds the findings of a draft."""
    found: list[Finding] = []
    _rates_last_confirmed(draft, found)
    places = {(s.known.line.code, s.known.origin): s.known for s, _, _ in draft.cases}
    for known in places.values():
        found += [_not_held(h, known, world) for h in measures_not_held(known, world)]
        if len(places) == 1:
            _about_measures(known, world, found)
    draft.findings += list({(f.code, f.path, tuple(f.facts.items())): f for f in found}.values())


def _rates_last_confirmed(draft: Draft, found: list[Finding]) -> None:
    """The rate looked at longest ago among those the lawful options rest on."""
    used = {
        (p.name, p.verified_until)
        for scenario, _, options in draft.cases
        for o in options
        if o.status != DISPLACED and (not o.scheme or not o.reasons or not o.reasons[0].code.startswith("origin."))
        for c in o.charges
        for p in c.parameters
        if p.name.startswith("tariff/") and p.verified_until < scenario.known.day
    }
    if used:
        name, until = min(used, key=lambda u: (u[1], u[0]))
        facts = {"code": name.split("/")[1], "until": until.isoformat(), "day": draft.cases[0][0].known.day.isoformat()}
        found.append(
            Finding("tariff.rate_last_confirmed", f"items[{draft.number}].commodity_code", facts, severity="note")
        )


def measures_not_held(k: Known, world: World) -> list[Horizon]:
    """Measures that may reach the goods and whose rates we do not hold."""
    if k.origin != UNDETERMINED:
        return world.overlays.unknown_on(k.line.code, k.origin, k.day, world.origins)
    if k.day < TARIFF_LAW_FROM or k.says("measure_origins_excluded"):
        return []
    reached: dict[str, Horizon] = {}
    for horizon in world.overlays.horizons.values():
        for origin in {horizon.origin} | {r.origin for r in world.overlays.rates if r.measure == horizon.measure}:
            if world.origins.is_country(origin):
                on = world.overlays.unknown_on(k.line.code, origin, k.day, world.origins)
                reached |= {h.measure: h for h in on}
    return list(reached.values())


def _not_held(horizon: Horizon, k: Known, world: World) -> Finding:
    measure = world.overlays.measures[horizon.measure]
    facts = {
        "measure_zh": measure.name_zh,
        "measure_en": measure.name_en,
        "until": horizon.until.isoformat(),
        "why_zh": horizon.why_zh,
        "why_en": horizon.why_en,
    }
    return Finding("overlay.not_held", f"{k.path}.origin", facts, measure.cites, "warning")


def _about_relief(k: Known, world: World, found: list[Finding]) -> None:
    """Which countermeasures spare goods under a relief certificate or low-value express goods, and which do not, or are not known to."""
    if not (k.says("duty_relief_certificate") or k.says("class_c_express")):
        return
    for row in world.overlays.on(k.line.code, k.origin, k.day, k.item.exporter, world.origins, k.at):
        measure = world.overlays.measures[row.measure]
        if measure.kind in ("retaliatory", "reciprocal"):
            facts = {"measure_zh": measure.name_zh, "measure_en": measure.name_en}
            is_spared = is_spared_as_relief(k, row, world)
            code = "overlay.spared_as_relief" if is_spared else "overlay.relief_not_known_to_spare"
            because = "gacc-ann-2020-market-exclusion" if is_spared else measure.cites
            found.append(Finding(code, f"{k.path}.facts", facts, because, "note" if is_spared else "warning"))


def _about_measures(k: Known, world: World, found: list[Finding]) -> None:
    code, day = k.line.code, k.day
    times = (
        world.overlays.within_day(code, k.origin, day, world.origins) if k.origin != UNDETERMINED and not k.at else []
    )
    if times:
        facts = {"day": day.isoformat(), "time": ", ".join(times)}
        found.append(Finding("overlay.changed_within_day", "dates.declared", facts, severity="warning"))
    if k.origin == UNDETERMINED:
        return
    exporters = world.overlays.exporters_named(code, k.origin, day, world.origins)
    if exporters and k.item.exporter.casefold() not in {name.casefold() for name in exporters}:
        named = {"exporters": "; ".join(exporters)}
        message = "overlay.exporter_would_matter"
        if k.item.exporter:
            named["exporter"] = k.item.exporter
            message = "overlay.exporter_has_no_own_rate"
        found.append(Finding(message, f"{k.path}.exporter", named, "tariff-law-2024#16", "note"))
    for horizon in world.overlays.last_confirmed(code, k.origin, day, world.origins):
        measure = world.overlays.measures[horizon.measure]
        facts = {
            "measure_zh": measure.name_zh,
            "measure_en": measure.name_en,
            "until": horizon.until.isoformat(),
            "why_zh": horizon.why_zh,
            "why_en": horizon.why_en,
        }
        found.append(Finding("overlay.last_confirmed", f"{k.path}.origin", facts, measure.cites, "warning"))
    _about_relief(k, world, found)
    for row in world.overlays.on(code, k.origin, day, k.item.exporter, world.origins, k.at):
        shipped_before, arrive_until = world.overlays.transit_grace.get(row.measure, (dt.date.min, dt.date.min))
        if day <= arrive_until and k.day_said("shipped_on") is None:
            m = world.overlays.measures[row.measure]
            facts = {
                "measure_zh": m.name_zh,
                "measure_en": m.name_en,
                "shipped_before": shipped_before.isoformat(),
                "arrive_until": arrive_until.isoformat(),
            }
            found.append(Finding("overlay.transit_grace", f"{k.path}.origin", facts, m.cites, "note"))
    if k.origin == "US" and day >= US_LISTS_FROM and code not in world.overlays.checked_us_lines:
        found.append(
            Finding("overlay.line_not_checked", f"{k.path}.commodity_code", {"code": code}, severity="warning")
        )
