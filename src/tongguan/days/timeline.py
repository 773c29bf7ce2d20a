"""The clocks of a shipment put together: what can begin early, what is due when, how long rights last, and which of them decides.

Law      customs-law#24 and gacc-order-128, gacc-order-273 (14 days, late declaration), customs-law#30 (sale after three months), tariff-law-2024#43 and before it
         duty-regulations-2003#37 (payment), tariff-law-2024#51-53 (repayment), #45 (collection), customs-law#45 (audit), #31 (temporary admission),
         gacc-order-236 (rulings), customs-guarantee-regulations#16 (security). Each clock cites its own.
Reading  1. Working days follow the State Council's calendar, days worked on weekends included; a year without a calendar gives no day.
         2. The critical path is made of what is *known*: of each stage, the paper that has to be begun first. Durations that nobody has set (release, examination,
            sailing) are named beside it, since any of them may be longer.
         3. With a day to count from (`today`), what can no longer be in time is said; without one, only the last safe days are.
         4. The last day to declare is the fourteenth; when the fifteenth is a rest day the fee begins later, which is shown apart and not planned with.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

import msgspec

from tongguan.assessment.governing import dates_of, day_among
from tongguan.assessment.papers import Papers, papers_of_shipment
from tongguan.assessment.result import APPLIES, NEEDS_EVIDENCE, Assessment, ItemAssessment, Option
from tongguan.assessment.shipment import GoodsItem, Shipment
from tongguan.assessment.surcharges import payment_deadline
from tongguan.assessment.terms import YES
from tongguan.assessment.world import World, shipped_world
from tongguan.days.clocks import EVENTS, Clock, clock
from tongguan.days.papers import QUOTAS, held_among, paper_clocks
from tongguan.grammar.calendar import AS_PUBLISHED, OwnDays
from tongguan.grammar.citations import weakest
from tongguan.grammar.days import plus_months, plus_years
from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.findings import Finding
from tongguan.grammar.parameters import InForce
from tongguan.law.clocks.clearance import rule as clearance
from tongguan.law.governing_date import rule as governing_date
from tongguan.law.payment_deadline.rule import deferred_until
from tongguan.law.recovery.rule import NO_FAULT, recoverable_until
from tongguan.law.surcharges.late_declaration import rule as declaration
from tongguan.law.surcharges.late_payment.rule import late_payment_surcharge
from tongguan.law.surcharges.refund_interest import rule as refunds
from tongguan.law.temporary_admission.rule import leave_by
from tongguan.tariff.proofs import validity

OF_GOODS = frozenset({
    "general_trade", "processing_trade", "temporary_admission", "exhibition", "duty_relief", "returned_goods", "replacement_goods", "samples",
    "repair_abroad", "processing_abroad", "border_trade",
})  # fmt: skip
"""Channels with a declaration of goods, whose clocks are those of the Customs Law."""
FOR_A_TIME = frozenset({"temporary_admission", "exhibition"})
DAY_FACTS = ("contract_on", "shipped_on", "released_on", "sold_on")
EVENT_OF_FACT = {"contract_on": "contract", "shipped_on": "shipment", "released_on": "release", "sold_on": "sale"}


class OptionDays(msgspec.Struct, frozen=True):
    """What one option of one item adds: its proof, and how long that lasts."""

    item: int
    basis: str
    scheme: str
    label_zh: str
    label_en: str
    status: str
    clocks: tuple[Clock, ...]

    def to_json(self) -> dict[str, Any]:
        """As plain text."""
        return {
            "item": self.item,
            "basis": self.basis,
            "scheme": self.scheme,
            "label_zh": self.label_zh,
            "label_en": self.label_en,
            "status": self.status,
            "clocks": [c.to_json() for c in self.clocks],
        }


class Timeline(msgspec.Struct, frozen=True):
    """Every clock of a shipment.

    milestones   the days that are known, by event; `critical` are the ids along the critical path, in order
    earliest_lodging   the day by which every paper of known duration can be there, begun today; None where no duration is known
    """

    name: str
    channel: str
    today: dt.date | None
    milestones: dict[str, dt.date]
    clocks: tuple[Clock, ...]
    options: tuple[OptionDays, ...]
    critical: tuple[str, ...]
    earliest_lodging: dt.date | None
    findings: tuple[Finding, ...]

    @property
    def unknown(self) -> tuple[Clock, ...]:
        """Durations that nobody has set."""
        return tuple(c for c in self.clocks if c.is_unknown)

    @property
    def is_in_time(self) -> bool:
        """Whether nothing is known to be late, and nothing could not be reckoned."""
        return not any(f.severity in {"error", "warning"} for f in self.findings)

    def to_json(self) -> dict[str, Any]:
        """As plain text."""
        return {
            "schema": "tongguan-timeline/1",
            "jurisdiction": "CN",
            "shipment": self.name,
            "channel": self.channel,
            "today": self.today.isoformat() if self.today else None,
            "milestones": {event: day.isoformat() for event, day in self.milestones.items()},
            "earliest_lodging": self.earliest_lodging.isoformat() if self.earliest_lodging else None,
            "critical_path": list(self.critical),
            "clocks": [c.to_json() for c in self.clocks],
            "options": [o.to_json() for o in self.options],
            "unknown_durations": [c.id for c in self.unknown],
            "findings": [f.to_json() for f in self.findings],
        }


class _Case:
    """A shipment with its assessment, its days and what was found on the way."""

    def __init__(
        self, shipment: Shipment, assessment: Assessment | None, world: World, today: dt.date | None, own: OwnDays
    ) -> None:
        self.shipment, self.assessment, self.world, self.today, self.own = shipment, assessment, world, today, own
        self.findings: list[Finding] = []
        self.clocks: list[Clock] = []
        self.milestones: dict[str, dt.date] = {}
        for fact in DAY_FACTS:
            day = day_among(shipment.facts, fact, self.findings)
            if day is not None:
                self.milestones[EVENT_OF_FACT[fact]] = day
        if shipment.arrived_on:
            self.milestones["arrival"] = shipment.arrived_on
        self.milestones["lodging"] = shipment.declared_on
        if shipment.paid_on:
            self.milestones["payment"] = shipment.paid_on
        self.milestones = {e: self.milestones[e] for e in EVENTS if e in self.milestones}

    def at(self, name: str, day: dt.date) -> InForce:
        """A parameter as of a day. Raises OutOfCoverage."""
        return self.world.at(name, day)

    def says(self, fact: str) -> bool:
        """Whether a fact is stated to be so."""
        return self.shipment.facts.get(fact, "").strip().lower() in YES


def timeline(
    shipment: Shipment,
    assessment: Assessment | None = None,
    *,
    world: World | None = None,
    today: dt.date | None = None,
    papers: Iterable[Papers] | None = None,
    own: OwnDays = AS_PUBLISHED,
) -> Timeline:
    """The clocks of a shipment. With its assessment, the cost of a day late and the clocks of each option too; `papers` when they are already resolved."""
    case = _Case(shipment, assessment, world or shipped_world(), today, own)
    _check_order(case)
    resolved = list(papers) if papers is not None else papers_of_shipment(shipment, case.world)
    for number, of_item in enumerate(resolved, start=1):
        held = held_among(shipment.items[number - 1], shipment) if number <= len(shipment.items) else frozenset()
        _check_held(case, held, of_item, number)
        case.clocks += paper_clocks(
            of_item.papers, number, case.milestones, case.findings, law=case.world.law, held=held, today=today, own=own
        )
    if shipment.channel in OF_GOODS:
        for part in (_before, _lodging, _release, _payment, _afterwards, _for_a_time):
            _tolerantly(case, part)
    else:
        case.findings.append(
            Finding("days.channel_not_encoded", "channel", {"channel": shipment.channel}, severity="note")
        )
    options = [o for item in (assessment.items if assessment else ()) for o in _options(case, item)]
    clocks = _sorted(_with_slack(case.clocks, today))
    critical, earliest = _critical(clocks, case)
    clocks = [msgspec.structs.replace(c, is_critical=True) if (c.id, c.item) in critical else c for c in clocks]
    _say_late(clocks, case)
    order = tuple(dict.fromkeys(c.id for c in clocks if c.is_critical))
    return Timeline(
        shipment.name, shipment.channel, today, case.milestones, tuple(clocks), tuple(options), order, earliest, tuple(case.findings),
    )  # fmt: skip


def _tolerantly(case: _Case, part: Callable[[_Case], None]) -> None:
    """One part of the clocks; what is out of coverage is said and leaves the others standing."""
    try:
        part(case)
    except OutOfCoverage as error:
        case.findings.append(Finding(error.code, "dates", error.facts, severity="warning"))


def _check_held(case: _Case, held: frozenset[str], of_item: Papers, number: int) -> None:
    """A paper said to be in hand that nobody asks for is a slip of the pen, or of ours."""
    known = {p.id for p in of_item.papers}
    own = case.shipment.items[number - 1].facts.get("papers_held", "") if held else ""
    for name in sorted({one.strip() for one in own.split(";")} & held - known - {QUOTAS}):
        facts = {"read": name[:60], "known": ", ".join(sorted(p.id for p in of_item.papers))}
        case.findings.append(
            Finding("days.held_not_known", f"items[{number}].facts.papers_held", facts, severity="warning")
        )


ORDERED = ("contract", "shipment", "arrival", "release")


def _check_order(case: _Case) -> None:
    """Days that cannot be in this order."""
    known = [(e, case.milestones[e]) for e in ORDERED if e in case.milestones]
    for (first, earlier), (second, later) in pairwise(known):
        if later < earlier:
            facts = {"first": first, "earlier": earlier.isoformat(), "second": second, "later": later.isoformat()}
            case.findings.append(Finding("days.out_of_order", f"facts.{second}", facts, severity="warning"))


# --- before lodging ------------------------------------------------------------------------------------------------------------------


def _before(case: _Case) -> None:
    """What can begin before the goods are here: a ruling, the declaration in advance, security."""
    s = case.shipment
    imported = s.arrived_on or s.declared_on
    months = case.at("clocks/clearance/ruling_apply_months", imported)
    accept, rule = (case.at(f"clocks/clearance/{n}", imported) for n in ("ruling_accept_days", "ruling_days"))
    ready = None
    if case.today:
        taken_up = clearance.accepted_by(case.today.toordinal(), accept.whole())
        ready = dt.date.fromordinal(clearance.ruled_by(taken_up, rule.whole()))
    facts = {"months": months.value, "accept": accept.value, "days": rule.value}
    case.clocks.append(
        clock(
            "advance_ruling", "before", "contract", facts, "advance_ruling", because=months.citation, confidence=months.confidence,
            earliest=ready, last=dt.date.fromordinal(clearance.apply_by(imported.toordinal(), months.whole())),
            days_zh=f"{accept.value} + {rule.value} 天", days_en=f"{accept.value} + {rule.value} days",
        )
    )  # fmt: skip
    in_law = "tariff-law-2024#20" if _is_new(case) else "duty-regulations-2003#15"
    case.clocks.append(
        clock("lodge_in_advance", "before", "lodging", None, "lodge_in_advance", because=in_law, earliest=case.milestones.get("shipment"),
              last=s.arrived_on, waits_for=() if "shipment" in case.milestones else ("shipped_on",))
    )  # fmt: skip
    days = case.at("clocks/clearance/security_decision_days", s.declared_on)
    case.clocks.append(
        clock(
            "security_decision", "duration", "release", {"days": days.value}, "security_decision", because=days.citation, confidence=days.confidence,
            last=clearance.security_decided_by(s.declared_on, days.whole(), case.own), days_zh=f"{days.value} 个工作日",
            days_en=f"{days.value} working days",
        )
    )  # fmt: skip


def _is_new(case: _Case) -> bool:
    """Whether the Tariff Law governs."""
    return case.at("governing_date/regime", case.shipment.declared_on).whole() == governing_date.COMPLETION


# --- lodging -------------------------------------------------------------------------------------------------------------------------


def _lodging(case: _Case) -> None:
    """The period to declare, what a day late costs, two steps, and the sale of goods nobody declares."""
    arrived = case.shipment.arrived_on
    day = arrived or case.shipment.declared_on
    days, months = (case.at(f"surcharges/late_declaration/{n}", day) for n in ("declaration_days", "sale_months"))
    rate = case.at("surcharges/late_declaration/daily_rate", case.shipment.declared_on)
    per_day = None
    values = [i.dutiable_value for i in case.assessment.items] if case.assessment else [None]
    if None not in values and values:
        per_day, _ = declaration.late_declaration_fee(sum(v or 0 for v in values), 1, rate.ppm(), 0)
    waits = () if arrived else ("dates.arrived",)
    started = arrived.toordinal() if arrived else 0
    last = charged = sale = two = None
    if arrived:
        last = dt.date.fromordinal(declaration.first_day_charged(started, days.whole()) - 1)
        sale = dt.date.fromordinal(declaration.may_be_sold_after(started, months.whole()))
    case.clocks.append(
        clock("lodge", "deadline", "lodging", {"days": days.value}, because=days.citation, confidence=days.confidence, last_safe=last, last=last,
              waits_for=waits, days_zh=f"{days.value} 天", days_en=f"{days.value} days")
    )  # fmt: skip
    if arrived:
        charged = declaration.charged_from(arrived, days.whole(), case.own)
    case.clocks.append(
        clock("late_declaration_from", "duration", "lodging", None, "late_declaration", because=f"{days.citation}; {rate.citation}",
              confidence=weakest([days.confidence, rate.confidence]), earliest=charged, waits_for=waits, per_day=per_day)
    )  # fmt: skip
    try:
        two_days = case.at("clocks/clearance/two_step_days", day)
    except OutOfCoverage:
        two_days = None  # two steps had not begun
    if two_days is not None:
        if arrived:
            two = dt.date.fromordinal(clearance.complete_by(started, two_days.whole()))
        case.clocks.append(
            clock("two_step", "deadline", "lodging", {"days": two_days.value}, "two_step", because=two_days.citation,
                  confidence=two_days.confidence, last=two, waits_for=waits, is_conditional=True)
        )  # fmt: skip
    case.clocks.append(
        clock("may_be_sold", "right", "lodging", {"months": months.value}, because=months.citation, confidence=months.confidence, last=sale, waits_for=waits)
    )  # fmt: skip


def _release(case: _Case) -> None:
    """Durations that no text read sets."""
    case.clocks += [
        clock("release", "duration", "release", None, "not_set", because="customs-law#29", is_unknown=True),
        clock(
            "examination",
            "duration",
            "release",
            None,
            "not_set",
            because="customs-law#28",
            is_unknown=True,
            is_conditional=True,
        ),
    ]
    if any(c.kind == "paper" and "inspection" in c.id for c in case.clocks):
        case.clocks.append(
            clock(
                "inspection",
                "duration",
                "release",
                None,
                "inspection",
                because="commodity-inspection-law#12",
                is_unknown=True,
            )
        )


# --- payment -------------------------------------------------------------------------------------------------------------------------


def _payment(case: _Case) -> None:
    """The last day to pay and what each day after it costs."""
    s, assessment = case.shipment, case.assessment
    dates = dates_of(s, [], case.world)
    if dates is None:
        return
    last = payment_deadline(s, dates, [], case.world, case.own)
    because = "tariff-law-2024#43; gacc-order-272#20" if _is_new(case) else "duty-regulations-2003#37"
    per_day = None
    if assessment is not None and assessment.total_low is not None:
        rate = case.at("surcharges/late_payment/daily_rate", s.declared_on)
        per_day, _ = late_payment_surcharge(sum(i.low or 0 for i in assessment.items), 1, rate.ppm(), 0)
    case.clocks.append(
        clock("pay", "deadline", "payment", None, "consolidated" if case.says("consolidated_payment") else "", because=because, last_safe=last, last=last,
              waits_for=() if last else ("dates.tax_bill",), per_day=per_day)
    )  # fmt: skip
    months = case.at("payment_deadline/deferral_months", s.declared_on)
    case.clocks.append(
        clock("defer_payment", "right", "payment", {"months": months.value}, "defer_payment", because=months.citation, confidence=months.confidence,
              last=dt.date.fromordinal(deferred_until(last.toordinal(), months.whole())) if last else None,
              waits_for=() if last else ("dates.tax_bill",), is_conditional=True)
    )  # fmt: skip


# --- afterwards ----------------------------------------------------------------------------------------------------------------------


def _afterwards(case: _Case) -> None:
    """How long money can be asked back, and asked for."""
    s = case.shipment
    paid, released = s.paid_on, case.milestones.get("release")
    for ground, code in (("overpaid", "refund_overpaid"), ("sent_back", "refund_sent_back")):
        years = case.at(f"surcharges/refund_interest/{ground}_claim_years", paid or s.declared_on)
        until = dt.date.fromordinal(refunds.claim_until(paid.toordinal(), years.whole())) if paid else None
        case.clocks.append(
            clock(code, "right", "payment", {"years": years.value}, because=years.citation, confidence=years.confidence, last=until, last_safe=until,
                  waits_for=() if paid else ("dates.paid",), is_conditional=True)
        )  # fmt: skip
    years = case.at("recovery/no_fault_years", paid or s.declared_on)
    until = dt.date.fromordinal(recoverable_until(NO_FAULT, paid.toordinal(), years.whole(), 0)) if paid else None
    case.clocks.append(
        clock("supplementary_collection", "right", "payment", {"years": years.value}, because=years.citation, confidence=years.confidence, last=until,
              waits_for=() if paid else ("dates.paid",))
    )  # fmt: skip
    years = case.at("clocks/clearance/audit_years", released or s.declared_on)
    until = dt.date.fromordinal(clearance.years_from(released.toordinal(), years.whole())) if released else None
    case.clocks.append(
        clock("audit", "right", "release", {"years": years.value}, because=years.citation, confidence=years.confidence, last=until,
              waits_for=() if released else ("released_on",))
    )  # fmt: skip


def _for_a_time(case: _Case) -> None:
    """Goods that have to leave again."""
    if case.shipment.channel not in FOR_A_TIME:
        return
    entered = case.shipment.arrived_on or case.shipment.declared_on
    months, longer, most = (
        case.at(f"temporary_admission/{n}", entered) for n in ("months", "extension_months", "most_extensions")
    )
    extensions = int(text) if (text := case.shipment.facts.get("extensions", "").strip()).isdecimal() else 0
    first, now, furthest = (
        dt.date.fromordinal(leave_by(entered.toordinal(), months.whole(), n, longer.whole(), most.whole()))
        for n in (0, extensions, most.whole())
    )
    facts = {"months": months.value, "most": most.value, "longer": longer.value, "furthest": furthest.isoformat()}
    case.clocks.append(
        clock("leave_again", "deadline", "release", facts, "leave_again", because=f"{months.citation}; {most.citation}",
              confidence=months.confidence if now == first else weakest([months.confidence, most.confidence, longer.confidence]), last_safe=now, last=now)
    )  # fmt: skip


# --- options -------------------------------------------------------------------------------------------------------------------------


def _options(case: _Case, item: ItemAssessment) -> list[OptionDays]:
    """The proofs of an item's options."""
    if not 0 < item.number <= len(case.shipment.items):
        return []
    goods = case.shipment.items[item.number - 1]
    return [
        OptionDays(item.number, o.basis, o.scheme, o.label_zh, o.label_en, o.status, clocks)
        for o in item.options
        if o.scheme and o.status in {APPLIES, NEEDS_EVIDENCE} and (clocks := _proof(case, goods, item.number, o))
    ]


def _proof(case: _Case, goods: GoodsItem, number: int, option: Option) -> tuple[Clock, ...]:
    """The proof of origin of one option: until when it holds, and when it may follow."""
    declared = case.shipment.declared_on
    holds = validity(option.scheme, declared)
    claim = next((p for p in goods.preferences if p.scheme == option.scheme), None)
    clocks = []
    if holds is None:
        clocks.append(
            clock(
                "proof_validity",
                "paper",
                "lodging",
                {"months": "?"},
                "proof_not_held",
                last=declared,
                is_unknown=True,
                item=number,
            )
        )
    else:
        issued = claim.issued_on if claim else None
        until = dt.date.fromordinal(plus_months(issued.toordinal(), holds.months)) if issued else None
        clocks.append(
            clock("proof_validity", "paper", "lodging", {"months": str(holds.months)}, "proof_validity", because=holds.cites, confidence=holds.confidence,
                  last_safe=min(until, declared) if until else declared, last=until, waits_for=() if issued else ("preferences.issued_on",), item=number)
        )  # fmt: skip
        if issued and issued > declared:
            facts = {"issued": issued.isoformat(), "declared": declared.isoformat()}
            case.findings.append(
                Finding("days.proof_issued_later", f"items[{number}].preferences", facts, holds.cites, "warning")
            )
        if until and until < declared:
            facts = {"until": until.isoformat(), "declared": declared.isoformat(), "months": str(holds.months)}
            case.findings.append(
                Finding("days.proof_expired", f"items[{number}].preferences", facts, holds.cites, "warning")
            )
    try:
        years = case.at("clocks/clearance/proof_later_years", declared)
    except OutOfCoverage as error:
        case.findings.append(Finding(error.code, f"items[{number}].preferences", error.facts, severity="warning"))
        return tuple(clocks)
    later = dt.date.fromordinal(plus_years(declared.toordinal(), years.whole()))
    if claim is None or not claim.proof:
        clocks.append(
            clock("proof_later", "right", "release", {"years": years.value}, "proof_later", because=years.citation, confidence=years.confidence, last=later,
                  is_conditional=True, item=number)
        )  # fmt: skip
    return tuple(clocks)


# --- order, slack, critical path -----------------------------------------------------------------------------------------------------


def _with_slack(clocks: list[Clock], today: dt.date | None) -> list[Clock]:
    if today is None:
        return clocks
    return [c if c.last_safe is None else msgspec.structs.replace(c, slack=(c.last_safe - today).days) for c in clocks]


def _sorted(clocks: list[Clock]) -> list[Clock]:
    """By day; those without one by what they belong to, after the others of it."""
    far = dt.date.max
    return sorted(clocks, key=lambda c: (c.day or far, EVENTS.index(c.event), c.item))


BEFORE_LODGING = ("contract", "shipment", "lodging")


def _critical(clocks: list[Clock], case: _Case) -> tuple[set[tuple[str, int]], dt.date | None]:
    """Of each stage the paper that has to be begun first, then lodging and payment; and the first day on which all known papers can be there."""
    path: set[tuple[str, int]] = set()
    for event in BEFORE_LODGING:
        needed = [
            c
            for c in clocks
            if c.kind == "paper" and c.event == event and c.last_safe is not None and not c.is_conditional
        ]
        if needed:
            first = min(needed, key=lambda c: c.last_safe or dt.date.max)
            path |= {(c.id, c.item) for c in needed if c.last_safe == first.last_safe}
    path |= {(c.id, c.item) for c in clocks if c.id in {"lodge", "pay", "leave_again"} and c.last is not None}
    if case.today is None:
        return path, None
    ready = [
        c.earliest
        for c in clocks
        if c.kind == "paper" and c.event in BEFORE_LODGING and c.earliest is not None and not c.is_conditional
    ]
    return path, max(ready, default=None)


def _say_late(clocks: list[Clock], case: _Case) -> None:
    """What can no longer be in time, counted from today."""
    declared, arrived = case.shipment.declared_on, case.shipment.arrived_on
    lodge = next((c for c in clocks if c.id == "lodge"), None)
    if lodge is not None and lodge.last is not None and arrived is not None and declared > lodge.last:
        facts = {"last": lodge.last.isoformat(), "declared": declared.isoformat()}
        case.findings.append(Finding("days.declared_late", "dates.declared", facts, lodge.because, "warning"))
    if case.today is None:
        return
    for c in clocks:
        if c.slack is None or c.slack >= 0 or c.kind not in {"paper", "deadline"}:
            continue
        if c.kind == "deadline" and _is_done(c, case):
            continue
        if c.kind == "paper" and c.last is not None and c.last < case.today:
            continue  # the day it was needed is over; whether it was there is not ours to say
        facts = {
            "name_zh": c.label_zh,
            "name_en": c.label_en,
            "last_safe": c.last_safe.isoformat() if c.last_safe else "?",
        }
        facts |= {"days": str(-c.slack), "ready": c.earliest.isoformat() if c.earliest else "?"}
        if c.kind == "deadline":
            code = "days.deadline_passed"
        else:
            code = "days.paper_too_late" if c.earliest else "days.paper_day_passed"
        where = f"items[{c.item}]" if c.item else "dates"
        case.findings.append(Finding(code, where, facts, c.because, "note" if c.is_conditional else "warning"))


def _is_done(c: Clock, case: _Case) -> bool:
    """Whether the days stated say that it was done in time."""
    if c.last is None or case.today is None:
        return False
    done = {"lodge": case.shipment.declared_on, "pay": case.shipment.paid_on}.get(c.id)
    return done is not None and done <= c.last and done <= case.today
