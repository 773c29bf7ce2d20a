"""What lateness costs, and what an over-payment brings back: late declaration fee, late payment surcharge, repayment with interest.

The rules are in law/surcharges and law/payment_deadline; here the days of a shipment are put to them. Days that are not given cost nothing and are
not guessed.
"""

from __future__ import annotations

import datetime as dt

import msgspec

from tongguan.assessment.charging import charge_of
from tongguan.assessment.governing import BY_FORMALITIES, INLAND, Dates, day_among
from tongguan.assessment.result import Charge, ItemAssessment, ParameterUsed
from tongguan.assessment.shipment import Shipment
from tongguan.assessment.terms import YES
from tongguan.assessment.world import World
from tongguan.grammar.calendar import AS_PUBLISHED, OwnDays
from tongguan.grammar.citations import weakest
from tongguan.grammar.days import days_late
from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.findings import Finding
from tongguan.grammar.money import yuan_grouped
from tongguan.grammar.parameters import InForce
from tongguan.law.governing_date import rule as governing_date
from tongguan.law.payment_deadline import rule as payment
from tongguan.law.surcharges.late_declaration import rule as declaration
from tongguan.law.surcharges.late_payment.rule import late_payment_surcharge
from tongguan.law.surcharges.refund_interest import rule as refunds


class Late(msgspec.Struct, frozen=True):
    """The surcharges on the least total, and what the greatest total would add to them."""

    charges: tuple[Charge, ...] = ()
    above: int = 0


def surcharges_of(
    shipment: Shipment, items: list[ItemAssessment], dates: Dates, findings: list[Finding], world: World
) -> Late:
    """Late declaration fee and late payment surcharge, when the days for them are given. The last day to pay is said in any case."""
    charges: list[Charge] = []
    above = 0
    for one in (_late_declaration, _late_payment, _breach):
        try:
            charge, more = one(shipment, items, dates, findings, world)
        except OutOfCoverage as error:
            findings.append(Finding(error.code, "dates", error.facts, severity="warning"))
            continue
        if charge is not None:
            charges.append(charge)
            above += more
    return Late(tuple(charges), above)


def _says(shipment: Shipment, fact: str) -> bool:
    return shipment.facts.get(fact, "").strip().lower() in YES


# --- late declaration ------------------------------------------------------------------------------------------------------------------


def _declaration_starts(shipment: Shipment, dates: Dates, findings: list[Finding]) -> dt.date | None:
    """The day the fourteen days run from: entry of the conveyance, arrival inland, or the day stated; None where no period runs."""
    if dates.situation in (
        *BY_FORMALITIES,
        governing_date.SOLD_UNDECLARED,
        governing_date.COLLECTIVE,
        governing_date.BREACH,
    ):
        return None
    if shipment.declared_before_arrival or _says(shipment, "released_on_security"):
        return None
    stated = day_among(shipment.facts, "declaration_period_from", findings)
    if stated is not None:
        return stated
    if dates.situation in INLAND:
        return day_among(shipment.facts, "arrived_inland_on", findings)
    return shipment.arrived_on


def _late_declaration(
    shipment: Shipment, items: list[ItemAssessment], dates: Dates, findings: list[Finding], world: World
) -> tuple[Charge | None, int]:
    started = _declaration_starts(shipment, dates, findings)
    if started is None:
        return None, 0
    accepted = shipment.declared_on
    days = world.at("surcharges/late_declaration/declaration_days", started)
    if accepted <= dt.date.fromordinal(declaration.first_day_charged(started.toordinal(), days.whole()) - 1):
        return None, 0
    first = declaration.charged_from(started, days.whole())
    late = declaration.days_charged(first.toordinal(), accepted.toordinal())
    months = world.at("surcharges/late_declaration/sale_months", started)
    sale = dt.date.fromordinal(declaration.may_be_sold_after(started.toordinal(), months.whole()))
    if accepted > sale:
        findings.append(
            Finding(
                "late_declaration.may_be_sold", "dates.declared", {"day": sale.isoformat()}, months.citation, "warning"
            )
        )
    if late == 0:
        return None, 0
    rate = world.at("surcharges/late_declaration/daily_rate", accepted)
    minimum = world.at("surcharges/late_declaration/minimum", accepted)
    value = sum(i.dutiable_value or 0 for i in items)
    computed, due = declaration.late_declaration_fee(value, late, rate.ppm(), minimum.fen())
    facts = {
        "late_days": str(late),
        "amount": yuan_grouped(computed),
        "first_day": first.isoformat(),
        "declared_on": accepted.isoformat(),
    }
    if any(i.dutiable_value is None or set(i.missing_facts) & _COSTS for i in items):
        findings.append(Finding("late_declaration.base_not_known", "dates.declared", facts, rate.citation, "warning"))
    code = "late_declaration.due" if due else "late_declaration.below_minimum"
    findings.append(
        Finding(code, "dates.declared", facts, f"customs-law#24; {rate.citation}", "warning" if due else "note")
    )
    charge = _daily("late_declaration_fee", value, rate, late, (computed, due), "customs-law#24", (days, minimum))
    return msgspec.structs.replace(charge, rounding="whole_yuan_down"), 0


_COSTS = {"freight", "foreign_inland", "insurance", "price"}


# --- late payment ----------------------------------------------------------------------------------------------------------------------


def payment_deadline(
    shipment: Shipment, dates: Dates, findings: list[Finding], world: World, own: OwnDays = AS_PUBLISHED
) -> dt.date | None:
    """The last day to pay without a surcharge; None when the tax bill it runs from is not known. Raises OutOfCoverage."""
    rules = world.law.rule("payment_deadline")
    declared = shipment.declared_on
    if _says(shipment, "consolidated_payment"):
        last = payment.consolidated_deadline(declared, rules, own)
    elif dates.regime == governing_date.COMPLETION:
        started = day_among(shipment.facts, "formalities_on", findings) if dates.situation in BY_FORMALITIES else None
        last = payment.deadline(started or declared, rules, own)
    elif shipment.tax_bill_on is not None:
        last = payment.deadline(shipment.tax_bill_on, rules, own)
    else:
        return None
    if _says(shipment, "payment_deferred"):
        months = rules.at("deferral_months", declared)
        last = dt.date.fromordinal(payment.deferred_until(last.toordinal(), months.whole()))
        findings.append(
            Finding("late_payment.deferred", "dates.paid", {"deadline": last.isoformat()}, months.citation, "note")
        )
    return last


def _late_payment(
    shipment: Shipment, items: list[ItemAssessment], dates: Dates, findings: list[Finding], world: World
) -> tuple[Charge | None, int]:
    last = payment_deadline(shipment, dates, findings, world)
    because = (
        "tariff-law-2024#43; gacc-order-272#20"
        if dates.regime == governing_date.COMPLETION
        else "duty-regulations-2003#37"
    )
    if last is None:
        if shipment.paid_on is not None:
            findings.append(Finding("late_payment.tax_bill_day_missing", "dates.tax_bill", {}, because, "warning"))
        return None, 0
    if any(item.high != 0 for item in items):  # where nothing is payable there is nothing to pay in time
        findings.append(Finding("payment.deadline", "dates.declared", {"deadline": last.isoformat()}, because, "note"))
    if shipment.paid_on is None:
        return None, 0
    late = days_late(last.toordinal(), shipment.paid_on.toordinal())
    facts = {"deadline": last.isoformat(), "paid_on": shipment.paid_on.isoformat(), "late_days": str(late)}
    return _surcharge(items, late, shipment.paid_on, facts, because, "dates.paid", findings, world)


def _breach(
    shipment: Shipment, items: list[ItemAssessment], dates: Dates, findings: list[Finding], world: World
) -> tuple[Charge | None, int]:
    """The surcharge on what a breach left unpaid, from payment or release to discovery (tariff-law-2024#46; duty-regulations-2003#51)."""
    if dates.situation != governing_date.BREACH:
        return None, 0
    started = day_among(shipment.facts, "paid_or_released_on", findings) or day_among(
        shipment.facts, "released_on", findings
    )
    found = day_among(shipment.facts, "discovered_on", findings)
    if started is None or found is None:
        return None, 0
    late = days_late(started.toordinal(), found.toordinal())
    because = (
        "tariff-law-2024#46; gacc-order-272#63"
        if dates.regime == governing_date.COMPLETION
        else "duty-regulations-2003#51"
    )
    facts = {"deadline": started.isoformat(), "paid_on": found.isoformat(), "late_days": str(late)}
    return _surcharge(items, late, found, facts, because, "facts.discovered_on", findings, world)


def _surcharge(
    items: list[ItemAssessment],
    late: int,
    ended: dt.date,
    facts: dict[str, str],
    because: str,
    path: str,
    findings: list[Finding],
    world: World,
) -> tuple[Charge | None, int]:
    """The surcharge on the taxes of the consignment together, on the least total and what the greatest adds."""
    if late == 0 or any(i.low is None for i in items):
        return None, 0
    rate = world.at("surcharges/late_payment/daily_rate", ended)
    minimum = world.at("surcharges/late_payment/minimum", ended)
    low = sum(i.low or 0 for i in items)
    high = sum(i.high if i.high is not None else i.low or 0 for i in items)
    computed, due = late_payment_surcharge(low, late, rate.ppm(), minimum.fen())
    _, most = late_payment_surcharge(high, late, rate.ppm(), minimum.fen())
    facts = {**facts, "amount": yuan_grouped(computed)}
    findings.append(
        Finding(
            "late_payment.due" if most else "late_payment.below_minimum",
            path,
            facts,
            because,
            "warning" if most else "note",
        )
    )
    return _daily("late_payment_surcharge", low, rate, late, (computed, due), because, (minimum,)), most - due


def _daily(
    kind: str, base: int, rate: InForce, days: int, amounts: tuple[int, int], because: str, also: tuple[InForce, ...]
) -> Charge:
    """A charge of so much a day, recomputable from its fields. `amounts`: as computed, and as collected."""
    computed, due = amounts
    used = (rate, *also)
    because = because if rate.citation in because else f"{because}; {rate.citation}"
    charge = charge_of(kind, "daily", computed, because, weakest([p.confidence for p in used]))
    waived = also[-1].citation if computed and not due else ""
    return msgspec.structs.replace(
        charge,
        base=base,
        rate=rate.ppm(),
        times=days,
        payable=due,
        waived_because=waived,
        parameters=tuple(ParameterUsed.of(p) for p in used),
    )


# --- over-payment ----------------------------------------------------------------------------------------------------------------------


class Repayment(msgspec.Struct, frozen=True):
    """What comes back of a tax over-paid: the tax, the interest, and the last day to ask for it."""

    repaid: int
    claim_until: dt.date
    is_in_time: bool
    interest: Charge
    findings: tuple[Finding, ...] = ()

    @property
    def total(self) -> int:
        """Tax and interest in fen; nothing when the period to ask is over."""
        return self.repaid + self.interest.payable if self.is_in_time else 0


def overpayment(
    paid: int,
    due: int,
    paid_on: dt.date,
    requested_on: dt.date,
    note_issued_on: dt.date,
    *,
    vat_deducted: int = 0,
    ground: str = "overpaid",
    world: World,
) -> Repayment:
    """Repayment of what was paid beyond what was due, with interest to the day the repayment note is issued. Raises OutOfCoverage.

    `ground` is overpaid or sent_back (law/surcharges/refund_interest). Import taxes already deducted are not repaid (gacc-order-272#61), surcharges
    neither; there is no minimum (gacc-ann-2008-minimum-amounts).
    """
    rules = world.law.rule("surcharges/refund_interest")
    findings: list[Finding] = []
    years = rules.at(f"{ground}_claim_years", paid_on)
    until = dt.date.fromordinal(refunds.claim_until(paid_on.toordinal(), years.whole()))
    if requested_on > until:
        findings.append(
            Finding("refund.too_late", "requested_on", {"day": until.isoformat()}, years.citation, "warning")
        )
    if vat_deducted:
        facts = {"amount": yuan_grouped(vat_deducted)}
        findings.append(Finding("refund.vat_deducted", "vat_deducted", facts, "gacc-order-272#61", "note"))
    repaid = max(0, paid - due - vat_deducted)
    rate = rules.at("annual_rate", note_issued_on)
    earns = rules.at(f"{ground}_earns_interest", note_issued_on)
    year = rules.at("day_count", note_issued_on)
    days = days_late(paid_on.toordinal(), note_issued_on.toordinal())
    ppm = rate.ppm() if earns.whole() else 0
    amount = refunds.refund_interest(repaid, days, ppm, year.whole())
    used = (rate, earns, year)
    charge = charge_of(
        "refund_interest",
        "per_year",
        amount,
        f"{earns.citation}; {rate.citation}",
        weakest([p.confidence for p in used]),
    )
    charge = msgspec.structs.replace(
        charge, base=repaid, rate=ppm, times=days, parameters=tuple(ParameterUsed.of(p) for p in used)
    )
    if amount:
        facts = {"amount": yuan_grouped(amount), "days": str(days)}
        findings.append(Finding("refund.interest_added", "repaid", facts, earns.citation, "note"))
    return Repayment(repaid, until, requested_on <= until, charge, tuple(findings))
