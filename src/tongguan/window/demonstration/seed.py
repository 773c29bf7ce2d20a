"""Fill an empty window: people in every role, and shipments at every stage over the last weeks.

Each shipment is a story told by a generator: it does an act, and yields how long it is until the next one. All stories run on one clock, the earliest
act first, so that the journal reads as it would have been written. Nothing is put into a table by hand: what the acts refuse cannot be in a demonstration.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import heapq
import random
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.findings import InputRefused
from tongguan.window import clock
from tongguan.window.access.actor import Actor, Moment
from tongguan.window.accounts.demonstration import people
from tongguan.window.accounts.models import Organisation, Person
from tongguan.window.accounts.posts import actor_of
from tongguan.window.charges import acts as charges
from tongguan.window.charges.models import Determination, PaymentTold, Security
from tongguan.window.clearance import officers
from tongguan.window.declarations.models import Declaration
from tongguan.window.examination import acts as examination
from tongguan.window.examination import lots
from tongguan.window.journal.verify import anchor_days
from tongguan.window.lodging import acts
from tongguan.window.lodging.examples import facts_of
from tongguan.window.notices import acts as notices
from tongguan.window.permits import acts as permits
from tongguan.window.permits import licences
from tongguan.window.permits.models import OPEN, Case, Licence
from tongguan.window.published import rates
from tongguan.window.published.reading import day_that_counts, month_after
from tongguan.window.release_times.figures import tally

WEEKS = 7
KINDS = ("wine", "beef", "formula", "robot", "fans")
CALLED_OF = ("accepted", "returned", "selected", "tax_determined", "paid", "released")
"""What the importer's own system is told of."""
RATES = Path(__file__).parent / "exchange_rates.csv"
NOT_PUBLISHED = "演示数字，并非公布的汇率 Made up for the demonstration, published by nobody"
CLEARED = 60
"""Shipments that are done: enough for figures of every stage."""
Wait = dt.timedelta
Story = Generator[Wait, Moment, None]
HOUR, DAY = Wait(hours=1), Wait(days=1)


def fill(now: dt.datetime | None = None) -> int:
    """Fill the window, all at once or not at all. Answers how many declarations were made; none where there are some already.

    Raises ImproperlyConfigured on a window that is not a demonstration.
    """
    at = now or clock.now()
    begin = at - Wait(weeks=WEEKS)
    with transaction.atomic():
        made = people(Moment(begin, clock.day_of(begin)))
        if Declaration.objects.exists():
            return 0
        tell(Demonstration(made, begin).stories(at), until=at)
        end = Moment(at, clock.day_of(at))
        permits.raise_silent(end)
        anchor_days(end)
        tally(end)
        return Declaration.objects.count()


def tell(stories: Iterable[tuple[dt.datetime, Callable[[], Story]]], until: dt.datetime) -> None:
    """Let all stories happen, the earliest act first. What would come after `until` does not happen."""
    waiting: list[tuple[dt.datetime, int, Story]] = []
    for number, (at, story) in enumerate(stories):
        told = story()
        next(told)  # to its first act
        waiting.append((at, number, told))
    heapq.heapify(waiting)
    while waiting and waiting[0][0] <= until:
        at, number, told = heapq.heappop(waiting)
        with clock.standing_at(at):
            try:
                wait = told.send(Moment(at, clock.day_of(at)))
            except StopIteration:
                continue
        heapq.heappush(waiting, (at + wait, number, told))


class Demonstration:
    """The people, and what each of them does. Draws the same lots every time."""

    def __init__(self, made: dict[str, Person], begin: dt.datetime) -> None:
        moment = Moment(begin, clock.day_of(begin))
        self.actors: dict[str, Actor] = {name: actor_of(person, moment) for name, person in made.items()}
        self.importer = Organisation.objects.get(pk=self.actors["importer"].its_organisation)
        self.begin = begin
        self.lots = random.Random(2018)  # noqa: S311  # the same demonstration every time
        self.number = 0

    # --- who does what ---------------------------------------------------------------------------------------------------------------

    def lodged(self, moment: Moment, kind: str, *, by: str = "importer", procedure: str = "one_step") -> Declaration:
        """Lodge one shipment, by the importer or by its broker."""
        number, facts = self._next(kind, moment, procedure)
        return acts.lodge(
            self.actors[by], moment, facts, importer_id=self.importer.pk, reference=f"{kind.upper()}-{number:03}"
        )

    def _next(self, kind: str, moment: Moment, procedure: str = "one_step") -> tuple[int, dict[str, Any]]:
        self.number += 1
        code = self.importer.credit_code
        return self.number, facts_of(kind, self.number, moment.day, importer_code=code, procedure=procedure)

    def agree(self, moment: Moment, declaration: Declaration) -> None:
        """Every body agrees; what is granted in quantity draws on a licence it issued."""
        for case in declaration.permit_cases.filter(state__in=OPEN):
            if (officer := self.officer_of(case)) is None:
                continue
            if case.state == "requested":
                permits.begin(officer, moment, case)
            licence, quantity = self._licence(case)
            permits.grant(officer, moment, case, licence=licence, quantity_milli=quantity)

    def officer_of(self, case: Case) -> Actor | None:
        """The demonstration's officer of the body; None where it has nobody there."""
        return next((a for a in self.actors.values() if a.role == "agency_officer" and a.body == case.body), None)

    def _licence(self, case: Case) -> tuple[Licence | None, int]:
        if not permits.is_in_quantity(case):
            return None, 0
        return Licence.objects.get(body=case.body, holder=self.importer), 27_000_000

    def taxed(self, moment: Moment, declaration: Declaration) -> Determination | None:
        """Accept, review to the end and determine the tax."""
        officer = self.actors["officer"]
        if declaration.state == "accepted":
            officers.begin_review(officer, moment, declaration)
        officers.finish_review(officer, moment, declaration)
        return charges.determine(officer, moment, declaration)

    def told(self, moment: Moment, notice: Determination | None, by: str = "importer") -> PaymentTold | None:
        """Tell of paying what was determined, with what is late; None where nothing is due."""
        if notice is None:
            return None
        fen = charges.outstanding(notice) + charges.surcharge_on(notice, moment.day)
        return charges.tell_payment(
            self.actors[by], moment, notice, fen=fen, paid_on=moment.day, reference=f"ICBC{notice.pk:010}"
        )

    def paid(self, moment: Moment, notice: Determination | None, by: str = "importer") -> None:
        """Tell of the payment, and have an officer confirm that the money is there."""
        if (told := self.told(moment, notice, by)) is not None:
            charges.confirm_payment(self.actors["officer"], moment, told, paid_on=moment.day)

    def _hours(self, low: int, high: int) -> Wait:
        return HOUR * self.lots.randint(low, high) + Wait(minutes=self.lots.randint(0, 59))

    # --- stories ---------------------------------------------------------------------------------------------------------------------

    def stories(self, now: dt.datetime) -> list[tuple[dt.datetime, Callable[[], Story]]]:
        """When each story begins, and how it goes."""
        told: list[tuple[dt.datetime, Callable[[], Story]]] = [(self.begin + HOUR, self.licences_and_promises)]
        room = (now - self.begin - DAY * 16) / CLEARED
        for number in range(CLEARED):
            kind = KINDS[number % len(KINDS)]
            by = "broker" if number % 3 == 2 else "importer"
            examined = number % 6 == 5
            told.append((self.begin + DAY + room * number, lambda k=kind, b=by, x=examined: self.to_the_end(k, b, x)))  # type: ignore[misc]  # bound early
        for days, story in (
            (9, self.refund_open), (8, self.questioned), (7, self.two_steps), (6, self.against_security), (6, self.suspended),
            (5, self.refused_permit), (5, self.withdrawn), (4, self.returned), (4, self.selected), (4, self.to_be_paid), (3, self.told_and_waiting),
            (3, self.paid_waiting),
            (3, self.amendment_asked), (2, self.lot_drawn), (2, self.under_review), (1, self.accepted), (1, self.just_lodged),
        ):  # fmt: skip
            told.append((now - DAY * days - HOUR * 3, story))
        told.insert(0, (self.begin, self.exchange_rates))
        told += [(now - DAY * 3, self.told_by_call), (now - HOUR * 2, self.drafts)]
        return told

    def exchange_rates(self) -> Story:
        """The operator loads made-up rates of each month's day, for as long as the days off of the year are known."""
        moment = yield Wait()
        for months in range(WEEKS // 4 + 2):
            try:
                counts = day_that_counts(month_after(moment.day) if months else moment.day)
            except OutOfCoverage:
                return
            if counts > moment.day:
                moment = yield DAY * (counts - moment.day).days
            rates.load(
                self.actors["operator"], moment, "demonstration.csv",
                RATES.read_bytes().replace(b"{day}", counts.isoformat().encode()), source=NOT_PUBLISHED,
            )  # fmt: skip
            moment = yield DAY * ((month_after(counts) - moment.day).days if months else 0)

    def licences_and_promises(self) -> Story:
        """The bodies enter the licences they issued, and promise how long they will take."""
        moment = yield Wait()
        quarantine = self.actors["quarantine"]
        licences.enter(
            quarantine, moment, number="AP3100-2026-0117", holder=self.importer, quantity_milli=800_000_000, unit="kg",
            valid_from=moment.day, valid_until=moment.day + DAY * 300, goods="冻牛肉 Frozen beef",
        )  # fmt: skip
        trade = self.actors["trade"]
        licences.enter(
            trade, moment, number="AL-2026-004411", holder=self.importer, quantity_milli=2_000_000_000, unit="kg",
            valid_from=moment.day, valid_until=moment.day + DAY * 180, document="7", goods="牛肉 Beef",
        )  # fmt: skip
        permits.promise(self.actors["quarantine-senior"], moment, "food-inspection", 3)
        permits.promise(self.actors["market-senior"], moment, "infant-formula-recipe", 10)

    def to_the_end(self, kind: str, by: str, is_examined: bool) -> Story:
        """Lodged, accepted, agreed to, paid, released, cleared."""
        moment = yield Wait()
        made = self.lodged(moment, kind, by=by)
        moment = yield self._hours(1, 9)
        officers.accept(self.actors["officer"], moment, made)
        moment = yield self._hours(3, 60)
        self.agree(moment, made)
        if is_examined:
            officers.select(self.actors["senior"], moment, made, "按风险布控 Selected by risk")
            moment = yield self._hours(5, 48)
            officers.examine(
                self.actors["examiner"], moment, made, "开箱查验，货物与申报一致 Opened; the goods are as declared"
            )
        moment = yield self._hours(1, 20)
        notice = self.taxed(moment, made)
        moment = yield self._hours(1, 70)
        self.paid(moment, notice, by)
        moment = yield self._hours(0, 6)
        officers.release(self.actors["officer"], moment, made)
        moment = yield self._hours(4, 40)
        officers.clear(self.actors["officer"], moment, made)

    def refund_open(self) -> Story:
        """Cleared; part of the tax is asked back."""
        moment = yield Wait()
        made = self.lodged(moment, "wine")
        moment = yield HOUR * 4
        officers.accept(self.actors["officer"], moment, made)
        self.agree(moment, made)
        moment = yield DAY
        notice = self.taxed(moment, made)
        self.paid(moment, notice)
        officers.release(self.actors["officer"], moment, made)
        moment = yield DAY
        officers.clear(self.actors["officer"], moment, made)
        moment = yield DAY
        if notice is not None:
            charges.request_refund(
                self.actors["importer"], moment, notice, fen=notice.total_fen // 10, ground="overpaid",
                reason="运费按错误的币种计入 Freight was entered in the wrong currency",
            )  # fmt: skip

    def questioned(self) -> Story:
        """A body asked for more and waits for the answer; another has agreed."""
        moment = yield Wait()
        made = self.lodged(moment, "formula")
        moment = yield HOUR * 3
        officers.accept(self.actors["officer"], moment, made)
        moment = yield DAY
        for case in made.permit_cases.filter(body="SAMR"):
            permits.begin(self.actors["market"], moment, case)
            permits.ask(
                self.actors["market"],
                moment,
                case,
                "请补充产品配方注册证书编号。Please give the number of the recipe's registration.",
            )

    def two_steps(self) -> Story:
        """Released on the summary; the complete declaration is still to come."""
        moment = yield Wait()
        security = self._security(moment, 2_000_000_00)
        made = self.lodged(moment, "robot", procedure="summary")
        moment = yield HOUR * 2
        officers.accept(self.actors["officer"], moment, made)
        self.agree(moment, made)
        charges.secure(self.actors["importer"], moment, made, security, fen=100_000_00)
        moment = yield HOUR * 2
        officers.release_provisionally(self.actors["officer"], moment, made)

    def _security(self, moment: Moment, fen: int) -> Security:
        held = Security.objects.filter(organisation=self.importer).first()
        if held is None:
            held = charges.give_security(
                self.actors["importer"], moment, kind="guarantee", reference="BG-2026-7731", fen=fen, from_on=moment.day,
                until_on=moment.day + DAY * 365,
            )  # fmt: skip
            charges.accept_security(self.actors["officer"], moment, held)
            held.refresh_from_db()
        return held

    def against_security(self) -> Story:
        """The tax is determined and secured, the goods released; it is still to be paid."""
        moment = yield Wait()
        made = self.lodged(moment, "wine", by="broker")
        moment = yield HOUR * 5
        officers.accept(self.actors["officer"], moment, made)
        self.agree(moment, made)
        moment = yield DAY
        self.taxed(moment, made)
        charges.secure(self.actors["importer"], moment, made, self._security(moment, 2_000_000_00))
        moment = yield HOUR * 3
        officers.release(self.actors["officer"], moment, made)

    def suspended(self) -> Story:
        """Release is suspended for a suspicion of infringement."""
        moment = yield Wait()
        made = self.lodged(moment, "fans")
        moment = yield HOUR * 4
        officers.accept(self.actors["officer"], moment, made)
        moment = yield DAY
        officers.suspend(
            self.actors["officer"],
            moment,
            made,
            "涉嫌侵犯已备案商标专用权 Suspected infringement of a recorded trade mark",
        )

    def refused_permit(self) -> Story:
        """One officer proposes to refuse a certificate; the second pair of eyes has not looked yet."""
        moment = yield Wait()
        made = self.lodged(moment, "fans")
        moment = yield HOUR * 4
        officers.accept(self.actors["officer"], moment, made)
        moment = yield DAY * 2
        for case in made.permit_cases.filter(body="SAMR"):
            permits.begin(self.actors["market"], moment, case)
            permits.refuse(self.actors["market"], moment, case, "证书已被撤销 The certificate has been revoked")

    def withdrawn(self) -> Story:
        """Lodged in error and withdrawn."""
        moment = yield Wait()
        made = self.lodged(moment, "robot", by="broker")
        moment = yield HOUR * 2
        asked = acts.ask_withdrawal(self.actors["broker"], moment, made, "重复申报 Declared twice")
        moment = yield HOUR * 6
        officers.decide_request(self.actors["senior"], moment, asked, is_granted=True, reason="情况属实 It is so")

    def returned(self) -> Story:
        """Returned to be mended."""
        moment = yield Wait()
        made = self.lodged(moment, "beef", by="broker")
        moment = yield HOUR * 5
        officers.return_(
            self.actors["officer"], moment, made, "提单号与舱单不符 The bill's number differs from the manifest"
        )

    def selected(self) -> Story:
        """Selected for examination, and waiting for it."""
        moment = yield Wait()
        made = self.lodged(moment, "beef")
        moment = yield HOUR * 4
        officers.accept(self.actors["officer"], moment, made)
        moment = yield HOUR * 9
        officers.select(self.actors["senior"], moment, made, "核对温度记录 To compare the temperature log")

    def to_be_paid(self) -> Story:
        """The tax is determined and waits to be paid."""
        moment = yield Wait()
        made = self.lodged(moment, "wine")
        moment = yield HOUR * 3
        officers.accept(self.actors["officer"], moment, made)
        self.agree(moment, made)
        moment = yield DAY
        self.taxed(moment, made)

    def told_and_waiting(self) -> Story:
        """The importer says that it has paid; Customs waits for the bank."""
        moment = yield Wait()
        made = self.lodged(moment, "fans")
        moment = yield HOUR * 4
        officers.accept(self.actors["officer"], moment, made)
        self.agree(moment, made)
        moment = yield DAY
        notice = self.taxed(moment, made)
        moment = yield HOUR * 8
        self.told(moment, notice)

    def paid_waiting(self) -> Story:
        """Paid, reviewed, agreed to: nothing stands against its release."""
        moment = yield Wait()
        made = self.lodged(moment, "wine", by="broker")
        moment = yield HOUR * 3
        officers.accept(self.actors["officer"], moment, made)
        self.agree(moment, made)
        moment = yield DAY
        notice = self.taxed(moment, made)
        moment = yield HOUR * 9
        self.paid(moment, notice, "broker")

    def amendment_asked(self) -> Story:
        """The importer asks to amend what was accepted."""
        moment = yield Wait()
        made = self.lodged(moment, "robot")
        moment = yield HOUR * 5
        officers.accept(self.actors["officer"], moment, made)
        moment = yield HOUR * 12  # before lots are drawn: what is selected for examination is not amended
        facts = dict(acts.writing_of(made))
        facts["transport"] = {**facts["transport"], "goods_place": "洋山港区五号仓库"}
        acts.ask_amendment(
            self.actors["importer"], moment, made, facts, "货物已移至五号仓库 The goods were moved to warehouse 5"
        )

    def lot_drawn(self) -> Story:
        """Goods and examiners drawn by lot among what is being worked, and published."""
        moment = yield Wait()
        rates = dict.fromkeys(lots.GRADES, 150_000)
        drawn = examination.prepare(self.actors["senior"], moment, rates, "每周双随机抽取 The weekly draw")
        moment = yield HOUR
        examination.carry_out(self.actors["senior"], moment, drawn)

    def under_review(self) -> Story:
        """An officer has taken it and reviews the documents."""
        moment = yield Wait()
        made = self.lodged(moment, "formula", by="broker")
        moment = yield HOUR * 6
        officers.accept(self.actors["officer"], moment, made)
        moment = yield HOUR * 12
        officers.begin_review(self.actors["officer"], moment, made)

    def accepted(self) -> Story:
        """Accepted."""
        moment = yield Wait()
        made = self.lodged(moment, "wine")
        moment = yield HOUR * 5
        officers.accept(self.actors["officer"], moment, made)

    def just_lodged(self) -> Story:
        """Three that nobody has looked at yet."""
        moment = yield Wait()
        for kind in ("wine", "beef", "robot"):
            self.lodged(moment, kind)
            moment = yield HOUR * 6

    def told_by_call(self) -> Story:
        """The importer's own system asks to be told of some events; where this window cannot call itself there is no call-back."""
        moment = yield Wait()
        with contextlib.suppress(InputRefused):
            notices.make_call_back(
                self.actors["importer"], moment, url=settings.ADDRESS + reverse("demonstration_receiver"), events=CALLED_OF
            )  # fmt: skip

    def drafts(self) -> Story:
        """Two drafts: one ready to be lodged, one hardly begun."""
        moment = yield Wait()
        number, facts = self._next("wine", moment)
        importer = self.actors["importer"]
        acts.draft(importer, moment, facts, importer_id=self.importer.pk, reference=f"WINE-{number:03}")
        acts.draft(
            importer, moment, {"goods": [{"name": "干红葡萄酒"}]}, importer_id=self.importer.pk, reference="NEW-IDEA"
        )
