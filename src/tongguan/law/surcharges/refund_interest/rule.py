"""Repayment of duty (退税): periods, and interest on what is repaid.

Law      over-payment: until 2024-11-30  duty-regulations-2003#52, one year from payment, with interest; from 2024-12-01  tariff-law-2024#51, three years.
         Goods sent back or not shipped: one year from payment (duty-regulations-2003#50; tariff-law-2024#52), and under the Tariff Law the goods have
         left within a year too. Customs decides within 30 days of
         accepting the request; the payer completes the formalities within three months of the notice. Interest at the current deposit rate
         (tariff-law-2024#53), of the day the repayment note is issued, from the day of payment to that day (gacc-order-272#61). Surcharges already
         collected are not repaid; import taxes already deducted are not repaid (gacc-order-272#61).
Units    amounts in fen; rate in ppm a year; days as ordinals; half up to the fen (gacc-order-272#19).
Reading  1. Which law's period governs an over-payment made before 2024-12-01 is not said; we use the law of the day of payment, the shorter
            period, and say so. Ask Customs before giving up a claim.
         2. Under the Regulations interest is granted for over-payments (#52) only; the Tariff Law grants it for every repayment (#53).
         3. The year for interest has 360 days, as banks count current deposits; the texts do not say.
         4. Goods sent back leave within a year of their release; that the year runs from release is gacc-order-272#49 by analogy.
         5. The ends of these periods do not move off rest days: the texts do not say so.
"""

from __future__ import annotations

import datetime as dt

from tongguan.grammar.calendar import day_of
from tongguan.grammar.days import by_the_day_up, days_late, plus_months, plus_years
from tongguan.grammar.money import fen_of, ppm_of, yuan
from tongguan.grammar.parameters import LawBook


def claim_until(paid_on: int, years: int) -> int:
    """The last day to ask for repayment."""
    return plus_years(paid_on, years)


def leave_by(released_on: int, years: int) -> int:
    """The last day to send the goods back."""
    return plus_years(released_on, years)


def decide_by(accepted_on: int, days: int) -> int:
    """The last day for Customs to verify and give notice."""
    return accepted_on + days


def collect_by(notified_on: int, months: int) -> int:
    """The last day for the payer to complete the repayment."""
    return plus_months(notified_on, months)


def refund_interest(repaid: int, days: int, annual_rate_ppm: int, day_count: int) -> int:
    """Interest on the tax repaid."""
    return by_the_day_up(repaid, days, annual_rate_ppm, day_count)


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: `ground` is overpaid or sent_back; days of payment, request, acceptance, notice and repayment note as far as given."""
    rule, ground = law.rule("surcharges/refund_interest"), str(given.get("ground", "overpaid"))
    paid = day_of(given["paid_on"])
    until = claim_until(paid.toordinal(), rule.at(f"{ground}_claim_years", paid).whole())
    expect: dict[str, object] = {"claim_until": dt.date.fromordinal(until).isoformat()}
    if "requested_on" in given:
        expect["in_time"] = "yes" if day_of(given["requested_on"]).toordinal() <= until else "no"
    if "released_on" in given:
        released = day_of(given["released_on"])
        last = leave_by(released.toordinal(), rule.at("sent_back_leave_years", paid).whole())
        expect["leave_by"] = dt.date.fromordinal(last).isoformat()
    if "accepted_on" in given:
        accepted = day_of(given["accepted_on"])
        last = decide_by(accepted.toordinal(), rule.at("decision_days", accepted).whole())
        expect["decide_by"] = dt.date.fromordinal(last).isoformat()
    if "notified_on" in given:
        notified = day_of(given["notified_on"])
        last = collect_by(notified.toordinal(), rule.at("collection_months", notified).whole())
        expect["collect_by"] = dt.date.fromordinal(last).isoformat()
    if "note_issued_on" in given:
        issued = day_of(given["note_issued_on"])
        rate = ppm_of(given["annual_rate"]) if "annual_rate" in given else rule.at("annual_rate", issued).ppm()
        if rule.at(f"{ground}_earns_interest", issued).whole() == 0:
            rate = 0
        days = days_late(paid.toordinal(), issued.toordinal())
        interest = refund_interest(fen_of(given["repaid"]), days, rate, rule.at("day_count", issued).whole())
        expect |= {"days": str(days), "interest": yuan(interest)}
    return expect
