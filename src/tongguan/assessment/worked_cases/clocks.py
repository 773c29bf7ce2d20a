"""Figures of time: deadlines, late days, surcharges and interest; the clocks of rights, recalls and complaints."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from tongguan.assessment.worked_cases.calendars import compared, own_calendar
from tongguan.assessment.worked_cases.sheet import Lacking, Sheet, derives, has
from tongguan.grammar.calendar import ONE_DAY, add_working_days
from tongguan.grammar.days import days_late
from tongguan.grammar.money import fen_of, ppm_of, yuan
from tongguan.law.clocks.ipr.rule import renewable_from, security, valid_until
from tongguan.law.clocks.recall.rule import next_progress_report, start_by
from tongguan.law.duty_relief.rule import supervised_until
from tongguan.law.payment_deadline.rule import consolidated_deadline, deadline
from tongguan.law.surcharges.deferred_interest.rule import deferred_interest
from tongguan.law.surcharges.late_declaration.rule import (
    charged_from,
    days_charged,
    late_declaration_fee,
    may_be_sold_after,
)
from tongguan.law.surcharges.late_payment.rule import late_payment_surcharge
from tongguan.law.temporary_admission.rule import leave_by

TARIFF_LAW = dt.date(2024, 12, 1)
FOOD_LEVELS = ("1", "2", "3")
TAX_FACTS = has("tax", "bill_issued", "declaration_completed", "declarations_in", "paid")
DECLARATION_FACTS = has("conveyance_entry")


def _rule_days(s: Sheet, start: dt.date, parameter: str, figure: str, more: int = 0) -> dt.date:
    days = s.law(parameter, start).whole() + more
    return compared(s, figure, lambda own: add_working_days(start, days, own=own), own_calendar(s, start))


# --- payment ---


def payment_starts(s: Sheet) -> dt.date:
    """The day the payment period starts from: the tax bill until 2024-11-30, the completed declaration since. Raises Lacking."""
    bill, completed = s.stated("bill_issued"), s.stated("declaration_completed", "declaration_date")
    if bill is None and completed is None:
        raise Lacking("bill_issued | declaration_completed | declarations_in")
    by_law = completed if completed and completed >= TARIFF_LAW else bill
    return s.plain_day(by_law or completed)


@derives("deadline", when=has("declarations_in", "consolidated"))
def consolidated_payment(s: Sheet) -> dt.date:
    """Consolidated payment: the fifth working day of the next month, or later where the law gives a choice."""
    if s.says("guaranteed") is False:
        raise Lacking("guaranteed")
    if not s.has("declarations_in") and s.says("consolidated") is False:
        raise Lacking("declarations_in")
    declared = s.stated("declarations_in", "declaration_completed", "declaration_date")
    if declared is None:
        raise Lacking("declarations_in")
    rule = s.world.law.rule("payment_deadline")
    s.law("payment_deadline/consolidated_working_day", declared)
    return compared(s, "deadline", lambda own: consolidated_deadline(declared, rule, own), own_calendar(s, declared))


@derives("deadline", when=has("bill_issued", "declaration_completed", "declaration_date"))
def payment_period(s: Sheet) -> dt.date:
    """The last day to pay, moved off rest days."""
    start, rule = payment_starts(s), s.world.law.rule("payment_deadline")
    s.law("payment_deadline/days", start)
    return compared(s, "deadline", lambda own: deadline(start, rule, own), own_calendar(s, start))


@derives("late_days", when=TAX_FACTS)
def days_paid_late(s: Sheet) -> int:
    """Days from the day after the deadline to the payment."""
    if not s.has("paid") and s.has("late_days"):
        return s.whole("late_days")
    return days_late(s.day_figure("deadline").toordinal(), s.day_of("paid").toordinal())


def _late_days(s: Sheet) -> int:
    return s.whole("late_days") if s.has("late_days") else int(s.figure("late_days"))


def _payment_surcharge(s: Sheet) -> tuple[int, int]:
    late = _late_days(s)
    day = s.stated("paid")
    rate = ppm_of(s.given_or_law("daily_rate", "surcharges/late_payment/daily_rate", day))
    floor = fen_of(s.given_or_law("floor", "surcharges/late_payment/minimum", day))
    return late_payment_surcharge(s.fen("tax"), late, rate, floor)


@derives("surcharge", when=has("tax"))
def surcharge_collected(s: Sheet) -> int:
    """The late payment surcharge; nothing below the minimum."""
    return _payment_surcharge(s)[1]


@derives("computed", when=lambda s: s.has("tax") and not s.has("annual_rate"))
def surcharge_computed(s: Sheet) -> int:
    """The late payment surcharge before the minimum."""
    return _payment_surcharge(s)[0]


# --- late declaration ---


@derives("late_days", when=DECLARATION_FACTS)
def days_declared_late(s: Sheet) -> int:
    """Days from the first day charged to the declaration, both counted."""
    entry, declared = s.day_of("conveyance_entry"), s.day_of("declared", "declaration_date", "declaration_completed")
    days = s.law("surcharges/late_declaration/declaration_days", entry).whole()
    first = compared(s, "late_days", lambda own: charged_from(entry, days, own), own_calendar(s, entry))
    return days_charged(first.toordinal(), declared.toordinal())


@derives("last_day_in_time", "deadline", when=DECLARATION_FACTS)
def last_day_to_declare(s: Sheet) -> dt.date:
    """The day before the first that costs the fee."""
    entry = s.day_of("conveyance_entry")
    days = s.law("surcharges/late_declaration/declaration_days", entry).whole()
    return compared(s, "last_day_in_time", lambda own: charged_from(entry, days, own) - ONE_DAY, own_calendar(s, entry))


@derives("may_be_sold_after", when=DECLARATION_FACTS)
def last_day_before_sale(s: Sheet) -> dt.date:
    """The last day before Customs may sell undeclared goods."""
    entry = s.day_of("conveyance_entry")
    months = s.law("surcharges/late_declaration/sale_months", entry).whole()
    return dt.date.fromordinal(may_be_sold_after(entry.toordinal(), months))


def _declaration_fee(s: Sheet) -> tuple[int, int]:
    late = _late_days(s)
    day = s.stated("declared")
    rate = ppm_of(s.given_or_law("daily_rate", "surcharges/late_declaration/daily_rate", day))
    floor = fen_of(s.given_or_law("floor", "surcharges/late_declaration/minimum", day))
    return late_declaration_fee(s.money("customs_value_cny"), late, rate, floor)


@derives("fee")
def declaration_fee(s: Sheet) -> int:
    """The late declaration fee in whole yuan; nothing below the minimum."""
    return _declaration_fee(s)[1]


@derives("computed", when=has("customs_value_cny"))
def declaration_fee_computed(s: Sheet) -> int:
    """The late declaration fee before the minimum."""
    return _declaration_fee(s)[0]


# --- deferred interest ---


def _deferred(s: Sheet) -> tuple[int, int]:
    rule = "surcharges/deferred_interest"
    billed = s.stated("bill_issued")
    if s.has("days"):
        days = s.whole("days")
    elif billed:
        days = days_late(s.day_of("first_import").toordinal(), billed.toordinal())
    else:
        raise Lacking("days | first_import + bill_issued")
    rate = ppm_of(s.given_or_law("annual_rate", f"{rule}/annual_rate", billed))
    basis = int(Decimal(s.given_or_law("basis", f"{rule}/day_count", billed)))
    waived = s.law(f"{rule}/is_waived", s.stated("declared", "declaration_date")).whole() == 1
    minimum = fen_of(s.given_or_law("floor", f"{rule}/minimum", billed))
    computed, collected = deferred_interest(s.fen("tax"), days, rate, basis, waived, minimum)
    if waived:
        s.remark("cases.interest_waived", "", {"day": s.day.isoformat(), "computed": yuan(computed)})
    return computed, collected


@derives("interest", when=has("tax"))
def interest_on_deferred_duty(s: Sheet) -> int:
    """The interest that arises; nothing while it is waived. The minimum below which it is not collected counts where the case states it."""
    computed, collected = _deferred(s)
    if collected == 0 < computed and not s.has("floor") and not _is_waived(s):
        s.remark("cases.interest_below_minimum", "", {"computed": yuan(computed)})
        return computed
    return collected


def _is_waived(s: Sheet) -> bool:
    return any(code == "cases.interest_waived" for code, _ in s.remarks)


@derives("interest_collected", when=has("tax"))
def interest_after_minimum(s: Sheet) -> int:
    """The interest that is collected."""
    return _deferred(s)[1]


@derives("computed", when=has("tax"))
def interest_computed(s: Sheet) -> int:
    """The interest by the formula alone."""
    return _deferred(s)[0]


# --- periods of stay and supervision ---


@derives("leave_by", when=has("conveyance_entry"))
def last_day_of_a_stay(s: Sheet) -> dt.date:
    """The last day to take temporary goods out."""
    entered = s.day_of("conveyance_entry")
    names = ("months", "extension_months", "most_extensions")
    months, longer, most = (s.law(f"temporary_admission/{name}", entered).whole() for name in names)
    return dt.date.fromordinal(leave_by(entered.toordinal(), months, int(s.stated("extensions") or 0), longer, most))


@derives("supervised_until", when=has("release_date"))
def last_day_of_supervision(s: Sheet) -> dt.date:
    """The last day relief goods are supervised."""
    released = s.day_of("release_date")
    years = s.stated("supervision_years")
    if years is None:
        years = s.law("duty_relief/other_years", released).whole()
    return dt.date.fromordinal(supervised_until(released.toordinal(), int(years)))


# --- intellectual property ---


def _is_ex_officio(s: Sheet) -> bool:
    route = s.text("route").lower().replace("-", "_").replace(" ", "_")
    return "application" not in route and route not in ("applied", "依申请")


@derives("guarantee", when=has("goods_value_cny"))
def security_of_the_right_holder(s: Sheet) -> int:
    """Security by steps of the value, or the value itself on application."""
    names = ("full_security_below", "security_share", "share_up_to", "most_security")
    below, share, up_to, most = (s.law(f"clocks/ipr/{name}") for name in names)
    ex_officio = _is_ex_officio(s) and not (not s.has("route") and s.title_says("on application", "on-application"))
    return security(s.fen("goods_value_cny"), ex_officio, below.fen(), share.ppm(), up_to.fen(), most.fen())


_IPR = {
    "apply_by": ("notice_served", "reply_days"),
    "determine_by": ("detained", "determination_days"),
    "release_after": ("detained", "application_court_days"),
    "decide_recordation_by": ("papers_complete", "recordation_days"),
}
_RECALL = {"summary_by": ("plan_ended", "summary_days")}
_COMPLAINTS = {
    "tell_by": ("mediation_ended", "notice_days"),
    "check_by": ("clue_found", "check_days"),
    "tell_reporter_by": ("case_decided", "reporter_notice_days"),
}


def _enter_clocks() -> None:
    """Enter the clocks that are a number of working days after one event."""
    for rule, clocks in (("ipr", _IPR), ("recall", _RECALL), ("complaints", _COMPLAINTS)):
        for figure, (fact, parameter) in clocks.items():
            _enter_clock(figure, fact, f"clocks/{rule}/{parameter}")


def _enter_clock(figure: str, fact: str, parameter: str) -> None:
    def working_days_after(s: Sheet) -> dt.date:
        return _rule_days(s, s.day_of(fact), parameter, figure)

    derives(figure, when=has(fact))(working_days_after)


_enter_clocks()


@derives("release_if_no_order_after", when=has("detained"))
def release_without_court_notice(s: Sheet) -> dt.date:
    """The last day to wait for a court notice: the longer term when Customs acted by itself."""
    parameter = "ex_officio_court_days" if _is_ex_officio(s) else "application_court_days"
    return _rule_days(s, s.day_of("detained"), f"clocks/ipr/{parameter}", "release_if_no_order_after")


@derives("valid_until", when=has("recorded"))
def recordation_valid_until(s: Sheet) -> dt.date:
    """The last day of a recordation."""
    recorded = s.day_of("recorded")
    return dt.date.fromordinal(
        valid_until(recorded.toordinal(), s.law("clocks/ipr/recordation_years", recorded).whole())
    )


@derives("renewable_from", when=has("recorded"))
def recordation_renewable_from(s: Sheet) -> dt.date:
    """The first day to ask for renewal."""
    months = s.law("clocks/ipr/renewal_months", s.day_of("recorded")).whole()
    return dt.date.fromordinal(renewable_from(s.day_figure("valid_until").toordinal(), months))


# --- recall ---


@derives("report_by", when=has("known"))
def report_of_a_defect(s: Sheet) -> dt.date:
    """The last day to report a likely defect."""
    return _rule_days(s, s.day_of("known"), "clocks/recall/report_days", "report_by")


@derives("plan_by", when=has("defect_found", "known"))
def plan_of_a_recall(s: Sheet) -> dt.date:
    """The last day to hand in the plan."""
    return _rule_days(s, s.day_of("defect_found", "known"), "clocks/recall/plan_days", "plan_by")


@derives("progress_by", when=has("recall_started"))
def progress_of_a_recall(s: Sheet) -> dt.date:
    """The last day of the first report on progress."""
    started = s.day_of("recall_started")
    months = s.law("clocks/recall/progress_months", started).whole()
    return dt.date.fromordinal(next_progress_report(started.toordinal(), 0, months))


@derives("start_by", when=has("risk_known"))
def start_of_a_food_recall(s: Sheet) -> dt.datetime:
    """The moment by which a food recall starts."""
    known = s.need("risk_known")
    hours = s.law(f"clocks/recall/food_level_{s.choice('level', FOOD_LEVELS)}_hours", known.date()).whole()
    found: dt.datetime = known + dt.timedelta(minutes=start_by(0, hours))
    return found


@derives("finish_by", when=has("risk_known", "notice_published"))
def finish_of_a_food_recall(s: Sheet) -> dt.date:
    """The last day of a food recall: from its public notice, or from the day the risk was known where no notice is stated."""
    start = s.day_of("notice_published", "risk_known")
    return _rule_days(s, start, f"clocks/recall/food_level_{s.choice('level', FOOD_LEVELS)}_days", "finish_by")


# --- complaints ---


@derives("decide_by", when=has("received"))
def decision_on_a_complaint(s: Sheet) -> dt.date:
    """The last day to decide on acceptance."""
    return _rule_days(s, s.day_of("received"), "clocks/complaints/decision_days", "decide_by")


@derives("mediation_ends", when=has("accepted", "received"))
def end_of_mediation(s: Sheet) -> dt.date:
    """The day mediation ends without agreement: from acceptance, or from the last day for it."""
    accepted = s.day_of("accepted") if s.has("accepted") else s.day_figure("decide_by")
    return _rule_days(
        s, accepted, "clocks/complaints/mediation_days", "mediation_ends", int(s.stated("testing_days") or 0)
    )
