"""The days that decide a shipment: whose rates apply, whose exchange rate, and the reference day of that rate."""

from __future__ import annotations

import datetime as dt

import msgspec

from tongguan.assessment.shipment import Shipment
from tongguan.assessment.situation import facts_of_situation
from tongguan.assessment.world import COVERAGE_FROM, World
from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.findings import Finding
from tongguan.law.governing_date import rule
from tongguan.law.valuation.exchange_rate.rule import reference_day

LAST_KNOWN_DAY = dt.date(2026, 11, 21)
"""How far someone has looked at the law as a whole; later dates are answered with a finding."""

BY_FORMALITIES = (rule.BONDED_SOLD_AT_HOME, rule.RELIEF_DISPOSED, rule.TEMPORARY_KEPT, rule.LEASED)
INLAND = (rule.INLAND, rule.INLAND_DECLARED_BEFORE_ENTRY, rule.INLAND_DECLARED_BEFORE_ARRIVAL)


class Dates(msgspec.Struct, frozen=True):
    """The days that decide. `situation` and `regime` are the codes of law/governing_date; `at` an hour of the governing day, if stated."""

    governing_on: dt.date
    exchange_rate_on: dt.date
    reference: str
    because: str
    reason: str
    situation: int = rule.ORDINARY
    regime: int = rule.COMPLETION
    at: str = ""


def dates_of(shipment: Shipment, findings: list[Finding], world: World) -> Dates | None:
    """The governing day of a shipment and its exchange-rate day; None with a finding when the day that decides is not known."""
    facts = facts_of_situation(shipment)
    before = len(findings)
    situation = _situation(shipment, facts, findings)
    days = {name: day_among(facts, name, findings) for name in DAY_FACTS}
    if situation is None or any(f.severity == "error" for f in findings[before:]):
        return None
    declared = _declaration_that_counts(situation, shipment, days)
    acted = declared
    if situation in BY_FORMALITIES:
        acted = days["formalities_on"] or declared
    elif situation == rule.BREACH:
        acted = days["breach_on"] or days["discovered_on"] or declared
    if acted < COVERAGE_FROM:
        facts_of_finding = {"day": acted.isoformat(), "from": COVERAGE_FROM.isoformat()}
        findings.append(Finding("coverage.before", "dates.declared", facts_of_finding))
        return None
    regime = world.at("governing_date/regime", acted).whole()
    day, reason = rule.governing_day(
        situation, regime, declared.toordinal(), _ordinal(shipment.arrived_on), _ordinal(days["arrived_inland_on"]),
        _ordinal(days["formalities_on"]), _ordinal(days["breach_on"]), _ordinal(days["discovered_on"]),
    )  # fmt: skip
    if reason == rule.FACT_MISSING:
        name = next(n for n, code in rule.SITUATIONS.items() if code == situation)
        findings.append(
            Finding(
                "governing_date.fact_missing", "dates", {"situation": name}, "tariff-law-2024#20; tariff-law-2024#21"
            )
        )
        return None
    governing_on = dt.date.fromordinal(day)
    has_declaration = situation != rule.SOLD_UNDECLARED
    fx_on = dt.date.fromordinal(
        rule.exchange_rate_day(regime, day, reason, declared.toordinal() if has_declaration else 0)
    )
    if governing_on > LAST_KNOWN_DAY:
        after = {"day": governing_on.isoformat(), "until": LAST_KNOWN_DAY.isoformat()}
        findings.append(Finding("coverage.after", "dates.declared", after, severity="warning"))
    return Dates(
        governing_on, fx_on, _reference(fx_on, world), rule.CITES[regime, reason], rule.REASONS[reason], situation, regime,
        facts.get("governing_time", "").strip(),
    )  # fmt: skip


DAY_FACTS = (
    "arrived_inland_on",
    "formalities_on",
    "breach_on",
    "discovered_on",
    "first_declared_on",
    "summary_declared_on",
)


def _situation(shipment: Shipment, facts: dict[str, str], findings: list[Finding]) -> int | None:
    """The situation as a code; None with a finding for one we do not know."""
    name = facts.get("situation", "").strip() or "ordinary"
    situation = rule.SITUATIONS.get(name)
    if situation is None:
        known = {"read": name[:60], "known": ", ".join(rule.SITUATIONS)}
        findings.append(Finding("governing_date.situation_not_known", "facts.situation", known))
        return None
    if situation == rule.ORDINARY and shipment.declared_before_arrival:
        if shipment.arrived_on is not None and shipment.arrived_on < shipment.declared_on:
            days = {"arrived": shipment.arrived_on.isoformat(), "declared": shipment.declared_on.isoformat()}
            findings.append(
                Finding("governing_date.not_in_advance", "dates.arrived", days, "tariff-law-2024#20", "warning")
            )
            return rule.ORDINARY
        return rule.DECLARED_IN_ADVANCE
    return situation


def _declaration_that_counts(situation: int, shipment: Shipment, days: dict[str, dt.date | None]) -> dt.date:
    """The first declaration of one lodged again, the summary declaration of two steps, else the declaration (gacc-order-272#14)."""
    if situation == rule.LODGED_AGAIN:
        return days["first_declared_on"] or shipment.declared_on
    if situation == rule.TWO_STEP:
        return days["summary_declared_on"] or shipment.declared_on
    return shipment.declared_on


def day_among(facts: dict[str, str], name: str, findings: list[Finding]) -> dt.date | None:
    """A day among the facts; None when it is not given, or not a day, which is said."""
    text = facts.get(name, "").strip()
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        expected = {"expected_zh": "日期，例如 2025-03-01", "expected_en": "a day such as 2025-03-01"}
        findings.append(
            Finding("channels.fact_unreadable", f"facts.{name}", {"name": name, "read": text[:60], **expected})
        )
        return None


def _ordinal(day: dt.date | None) -> int:
    return 0 if day is None else day.toordinal()


def _reference(fx_on: dt.date, world: World) -> str:
    """The day whose published rate is used; "?" when the holidays of the year are not known."""
    try:
        return reference_day(fx_on, world.at("valuation/exchange_rate/when_closed", fx_on).whole()).isoformat()
    except OutOfCoverage:
        return "?"
