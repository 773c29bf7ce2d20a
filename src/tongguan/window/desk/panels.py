"""What stands on a desk. Each panel reads a few rows through an index, or a bounded number of the latest: no desk grows slower with the tables."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count, QuerySet
from django.urls import reverse

from tongguan.law.controls.tables import bodies
from tongguan.window import clock
from tongguan.window.access.actor import Actor, Moment
from tongguan.window.accounts.models import STANDING, Organisation
from tongguan.window.charges import acts as charges
from tongguan.window.charges.models import Determination, PaymentTold, Refund, Security, SecurityQuerySet
from tongguan.window.clearance.views import QUEUES, goal_on, target_of
from tongguan.window.decisions.models import Proposal
from tongguan.window.declarations.models import STATE, Declaration
from tongguan.window.declarations.models import Request as Asked
from tongguan.window.examination.models import Order
from tongguan.window.journal.models import Anchor, Entry
from tongguan.window.look.components import Row, Task, Tone
from tongguan.window.look.places import address_of
from tongguan.window.look.texts import say
from tongguan.window.look.written import day, moment, reader, span, words
from tongguan.window.notices.models import Delivery, Event
from tongguan.window.permits.acts import requirement_of
from tongguan.window.permits.models import LIFE as PERMIT
from tongguan.window.permits.models import Case
from tongguan.window.release_times.figures import PERCENTILES, usual

SHOWN = 5
"""Rows of a panel; the page behind it shows all."""
MOST_UNDER_WAY = 500
"""Of a firm's declarations under way, so many of the latest are looked through for agencies' questions."""
LATEST_DECISIONS = 1_000
"""The share of cases in time is told of so many of the latest decisions."""
MOST_COUNTED = 1_000
"""A backlog is counted so far and no further."""
UNDER_WAY = ("lodged", "accepted", "under_review", "reviewed", "suspended")
SOON = dt.timedelta(days=3)


@dataclass(frozen=True)
class Panel:
    """One part of the desk: things to do, or figures to look at; and the page where all of it stands. Titles and links are keys of texts."""

    name: str
    tasks: list[Task] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    more: str = ""
    note: str = ""

    @property
    def title(self) -> str:
        """What it is called."""
        return f"desk.{self.name}"


def panels_for(actor: Actor, at: Moment) -> list[Panel]:
    """The panels of this actor, most urgent first."""
    made: list[Panel] = []
    if actor.may("pay_taxes"):
        made += _of_trader(actor, at)
    if actor.may("confirm_decision"):
        made.append(_proposals(actor))
    if actor.may("work_customs_queue"):
        made += _of_customs(actor, at)
    if actor.may("work_agency_queue"):
        made += _of_body(actor, at)
    if actor.may("watch_measures"):
        made += _of_supervisor(at)
    if actor.may("operate"):
        made.append(_health(at))
    if actor.may("verify_journal"):
        made.append(_anchors(at))
    return made


def _say(key: str, **facts: object) -> str:
    return say(f"desk.{key}", reader(), **facts)


def _day(value: dt.date | None) -> str:
    return day(value, reader())


def _until(last: dt.date | None, today: dt.date) -> tuple[str, Tone]:
    """A last day as a status: when, and how near."""
    if last is None:
        return _say("no_day"), "grey"
    tone: Tone = "red" if last < today else "orange" if last - today <= SOON else "blue"
    return _say("over" if last < today else "until", day=_day(last)), tone


# --- those who declare ------------------------------------------------------------------------------------------------------------


def _of_trader(actor: Actor, at: Moment) -> list[Panel]:
    mine = Declaration.objects.visible_to(actor).order_by("-id")
    listed = reverse("declarations")
    return [
        *_standing(actor),
        Panel("returned", _declarations(mine.filter(state="returned")), more=f"{listed}?tab=returned"),
        Panel("questions", _questions(mine), more=""),
        Panel("to_pay", _notices(actor, at), more=reverse("charges")),
        *_securities_ending(at, Security.objects.filter(organisation_id=actor.organisation_id or 0)),
        Panel("to_complete", _declarations(_to_complete(mine))),
        Panel("drafts", _declarations(mine.filter(state="drafted")), more=f"{listed}?tab=drafts"),
    ]


def _standing(actor: Actor) -> list[Panel]:
    """A firm that Customs has not confirmed, has refused or suspended is told so before anything else."""
    if actor.is_confirmed and not actor.is_suspended:
        return []
    firm = Organisation.objects.get(pk=actor.its_organisation)
    status, hint = words(STANDING.states[firm.standing], reader()), firm.standing_reason[:200]
    tone: Tone = "yellow" if firm.standing == "waiting" else "red"
    return [Panel("standing", [Task(words(firm, reader()), status, tone, reverse("standing"), hint)])]


def _to_complete(mine: QuerySet[Declaration]) -> QuerySet[Declaration]:
    """Two-step declarations of which the second step is still to come."""
    waiting = mine.filter(kind="two_step", lodged_at__isnull=False, completed_at=None)
    return waiting.exclude(state__in=["withdrawn", "referred"])


def _declarations(rows: QuerySet[Declaration]) -> list[Task]:
    return [
        Task(
            f"{one.reference} · {one.goods_summary}", words(STATE.states[one.state], reader()), "blue",
            reverse("declaration", args=[one.pk]), _say("since", at=moment(one.state_since, reader())),
        )
        for one in rows[:SHOWN]
    ]  # fmt: skip


def _questions(mine: QuerySet[Declaration]) -> list[Task]:
    recent = list(mine.filter(state__in=UNDER_WAY).values_list("pk", flat=True)[:MOST_UNDER_WAY])
    asked = Case.objects.filter(declaration_id__in=recent, state="questioned").select_related("declaration")
    return [
        Task(
            words(requirement_of(case) or case.requirement, reader()), words(PERMIT.states[case.state], reader()),
            "orange", reverse("answer_case", args=[case.pk]), f"{_body(case.body)} · {case.declaration.reference}",
        )
        for case in asked.order_by("pk")[:SHOWN]
    ]  # fmt: skip


def _notices(actor: Actor, at: Moment) -> list[Task]:
    found = []
    notices = list(charges.open_notices(actor)[:SHOWN])
    waiting = PaymentTold.objects.waiting().filter(determination__in=notices)
    told = set(waiting.values_list("determination_id", flat=True))
    for one in notices:
        status, tone = _until(one.due_on, at.day)
        if one.pk in told:
            status, tone = say("charges.waits_for_bank", reader()), "yellow"
        address = reverse("payment_notice", args=[one.pk])
        found.append(Task(one.notice_number, status, tone, address, one.declaration.goods_summary))
    return found


# --- Customs and the bodies -------------------------------------------------------------------------------------------------------


def _of_customs(actor: Actor, at: Moment) -> list[Panel]:
    goal = goal_on(at.day)
    made = []
    orders = Order.objects.waiting().given_to(actor).select_related("declaration")
    if actor.may("examine_goods"):
        waiting = [(order.declaration, order.waiting_since) for order in orders[:SHOWN]]
        made.append(_queue("to_examine", waiting, at, goal, "examination"))
    if actor.may("accept_declaration"):
        for name, queue in QUEUES.items():
            rows = queue().order_by("state_since", "id")[:SHOWN]
            made.append(_queue(f"queue_{name}", [(one, one.state_since) for one in rows], at, goal, name))
        requests = Asked.objects.filter(decision="").select_related("declaration").order_by("id")[:SHOWN]
        made.append(
            _queue("queue_requests", [(one.declaration, one.asked_at) for one in requests], at, goal, "requests")
        )
    if actor.may("reconcile_payments"):
        made += [
            Panel("told", _told(), more=reverse("told_payments")),
            Panel("overdue", _overdue(at), more=reverse("charges")),
        ]
    if actor.may("determine_tax"):
        made += _securities_ending(at, Security.objects.all())
    if actor.may("decide_refund"):
        made.append(Panel("refunds", _refunds(at), more=reverse("refunds")))
    return made


def _queue(
    name: str, waiting: Iterable[tuple[Declaration, dt.datetime | None]], at: Moment, goal: object, queue: str
) -> Panel:
    tasks = []
    for one, since in waiting:
        target = target_of(one, goal)  # type: ignore[arg-type]  # what goal_on gave
        is_late = target is not None and target < at.at
        text = _say("late") if is_late else _say("by", at=moment(target, reader())) if target else _say("no_day")
        waited = span(at.at - since, reader()) if since else ""
        address = reverse("work_declaration", args=[one.pk])
        hint = f"{one.goods_summary} · {_say('waits', span=waited)}"
        tasks.append(Task(one.number, text, "red" if is_late else "blue", address, hint))
    return Panel(name, tasks, more=reverse("customs_queue_of", args=[queue]))


def _told() -> list[Task]:
    """What payers told of, and nobody has seen the money of yet."""
    rows = PaymentTold.objects.waiting().select_related("determination__declaration__importer")
    return [
        Task(
            one.determination.notice_number, _say("since", at=moment(one.told_at, reader())), "yellow",
            reverse("payment_notice", args=[one.determination_id]), words(one.determination.declaration.importer, reader()),
        )
        for one in rows[:SHOWN]
    ]  # fmt: skip


def _overdue(at: Moment) -> list[Task]:
    """Notices whose last day to pay is over."""
    rows = Determination.objects.overdue_on(at.day).select_related("declaration__importer")
    found = []
    for one in rows[:SHOWN]:
        status, tone = _until(one.due_on, at.day)
        address = reverse("payment_notice", args=[one.pk])
        found.append(Task(one.notice_number, status, tone, address, words(one.declaration.importer, reader())))
    return found


def _securities_ending(at: Moment, within: SecurityQuerySet) -> list[Panel]:
    """Securities that stand for unpaid tax and end soon, or have ended: nothing is released on them any more. No panel where there are none."""
    found = []
    for one in within.ending_by(at.day + charges.ENDS_SOON).select_related("organisation")[:SHOWN]:
        status, tone = _until(one.until_on, at.day)
        found.append(Task(one.reference, status, tone, reverse("securities"), words(one.organisation, reader())))
    return [Panel("securities_ending", found, more=reverse("securities"))] if found else []


def _refunds(at: Moment) -> list[Task]:
    found = []
    for one in Refund.objects.filter(decision="").select_related("determination").order_by("decide_by", "pk")[:SHOWN]:
        status, tone = _until(one.decide_by, at.day)
        found.append(Task(one.determination.notice_number, status, tone, reverse("decide_refund", args=[one.pk])))
    return found


def _proposals(actor: Actor) -> Panel:
    rows = Proposal.objects.visible_to(actor).waiting().exclude(proposed_by_id=actor.person_id)[:SHOWN]
    tasks = [
        Task(
            say(f"decisions.act_{one.act}", reader()), _say("since", at=moment(one.proposed_at, reader())), "blue",
            reverse("proposal", args=[one.pk]), one.reason[:80],
        )
        for one in rows
    ]  # fmt: skip
    return Panel("proposals", tasks, more=reverse("proposals"))


def _of_body(actor: Actor, at: Moment) -> list[Panel]:
    waiting = Case.objects.in_queue(actor.body).select_related("declaration")
    more = reverse("agency_queue")
    return [
        Panel("raised", _cases(waiting.filter(level__gt=0), at), more=f"{more}?show=raised"),
        Panel("cases", _cases(waiting, at), more=more),
    ]


def _cases(rows: QuerySet[Case], at: Moment) -> list[Task]:
    found = []
    for case in rows[:SHOWN]:
        status, tone = _until(case.due_on, at.day)
        name = words(requirement_of(case) or case.requirement, reader())
        hint = f"{case.declaration.number} · {case.declaration.goods_summary}"
        found.append(Task(name, status, tone, reverse("work_case", args=[case.pk]), hint))
    return found


def _body(code: str) -> str:
    return words(bodies().get(code), reader()) or code


# --- those who watch --------------------------------------------------------------------------------------------------------------


def _of_supervisor(at: Moment) -> list[Panel]:
    return [
        Panel("release_times", rows=_release_times(at), more=address_of("release_times")),
        Panel("silent", rows=_silent(), note="desk.silent_note"),
        Panel("in_time", rows=_in_time(), note="desk.in_time_note"),
    ]


def _release_times(at: Moment) -> list[Row]:
    held = usual("release", at.day)
    if held is None or held.minutes is None:
        return [Row(_say("released"), _say("too_few"))]
    spans = [span(dt.timedelta(minutes=minutes), reader(), is_fine=True) for minutes in held.minutes]
    rows = [Row(_say("percentile", number=p), text) for p, text in zip(PERCENTILES, spans, strict=True)]
    return [Row(_say("released"), held.cases), *rows]


def _silent() -> list[Row]:
    """Open cases that silence raised, by body."""
    raised = Case.objects.filter(level__gt=0, queue_on__isnull=False)
    counted = raised.values("body").annotate(count=Count("pk")).order_by("-count", "body")
    return [Row(_body(row["body"]), _say("cases_raised", count=row["count"])) for row in counted]


def _in_time() -> list[Row]:
    """Of the latest decisions with a statutory day, how many of a hundred were taken by it; by body."""
    decided = Case.objects.filter(decided_at__isnull=False).order_by("-decided_at")
    latest = decided.values_list("body", "due_on", "decided_at", "state")[:LATEST_DECISIONS]
    all_of, in_time = Counter[str](), Counter[str]()
    for body, due_on, decided_at, state in latest:
        if due_on is not None and decided_at is not None and state in {"granted", "refused"}:
            all_of[body] += 1
            in_time[body] += clock.day_of(decided_at) <= due_on
    return [
        Row(_body(body), _say("share", share=100 * in_time[body] // count, count=count))
        for body, count in all_of.most_common()
    ]


def _anchors(at: Moment) -> Panel:
    """The journal's last anchor, and whether a day that is over has none yet."""
    last = Anchor.objects.order_by("-day").first()
    entry = Entry.objects.order_by("-id").first()
    rows = [
        Row(_say("last_anchor"), _day(last.day) if last else _say("none_yet")),
        Row(_say("anchor_hash"), last.hash if last else "–"),
        Row(_say("last_entry"), moment(entry.at, reader()) if entry else _say("none_yet")),
    ]
    is_behind = last is not None and (at.day - last.day).days > 2
    return Panel("journal", rows=rows, note="desk.anchor_behind" if is_behind else "desk.journal_note")


def _health(at: Moment) -> Panel:
    """Whether messages leave, and how long the oldest has waited."""
    waiting = Event.objects.filter(fanned_out_at=None).order_by("id")
    due = Delivery.objects.filter(outcome="", due_at__lte=at.at).order_by("due_at")
    first, oldest = waiting.first(), due.first()
    rows = [
        Row(_say("outbox"), _count(waiting)),
        Row(_say("oldest_event"), span(at.at - first.at, reader()) if first else "–"),
        Row(_say("deliveries_due"), _count(due)),
        Row(
            _say("oldest_delivery"),
            span(at.at - oldest.due_at, reader()) if oldest and oldest.due_at else "–",
        ),
        Row(_say("ready"), _say("see"), address_of("ready"), _say("ready_link")),
    ]
    return Panel("health", rows=rows, note="desk.backup_note")


def _count(rows: QuerySet[Event] | QuerySet[Delivery]) -> str:
    counted = len(rows.values_list("pk", flat=True)[: MOST_COUNTED + 1])
    return _say("more_than", count=MOST_COUNTED) if counted > MOST_COUNTED else str(counted)
