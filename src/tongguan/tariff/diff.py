"""What changed between two days, or between two versions: line by line and by chapter.

A line is compared with 8 digits; where its 10-digit codes part ways, each of them is compared by itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import NamedTuple

from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.money import half_up
from tongguan.tariff.schedule import Line, Rate, Schedule
from tongguan.tariff.store import Alternative, LoadedSchedule, figures

LINE_DIGITS = 8
Key = tuple[str, str]
"""Kind of rate, and scheme."""


class RateDifference(NamedTuple):
    """One kind of rate of one line that differs. None: not encoded on that side."""

    code: str
    band: str
    kind: str
    scheme: str
    old: Rate | None
    new: Rate | None

    @property
    def direction(self) -> str:
        """cut, rise, begun, ended, or other where the two forms cannot be ranked."""
        if self.old is None or self.new is None:
            return "begun" if self.old is None else "ended"
        old, new = self.old, self.new
        if old.form == "sliding" or new.form == "sliding" or (old.num and new.num and old.per_unit != new.per_unit):
            return "other"
        if (old.formula or new.formula) and (old.form, old.bands[0]) != (new.form, new.bands[0]):
            return "other"
        falls = (old.rate - new.rate, old.num * new.den - new.num * old.den, old.bands[1] - new.bands[1])
        if min(falls) >= 0:
            return "cut"
        return "rise" if max(falls) <= 0 else "other"

    @property
    def cut_ppm(self) -> int | None:
        """By how much an ad valorem rate fell (negative: rose); None when one side is not ad valorem."""
        if self.old is None or self.new is None or any(r.formula or r.num for r in (self.old, self.new)):
            return None
        return self.old.rate - self.new.rate


class ScheduleDiff(NamedTuple):
    """Everything that differs."""

    rates: list[RateDifference]
    begun: list[Line]
    retired: list[Line]
    unconfirmed: list[str]
    compared: int


class ChapterSummary(NamedTuple):
    """One chapter and one kind of rate. `average_cut` in ppm over the ad valorem cuts, None without any."""

    chapter: str
    kind: str
    cuts: int
    rises: int
    others: int
    average_cut: int | None


def stated_on(schedule: Schedule, code: str, day: dt.date) -> dict[Key, list[Alternative]]:
    """What is held of an 8-digit code on a day, by detailed code where there are any."""
    if isinstance(schedule, LoadedSchedule):
        return schedule.alternatives(code, day)
    return {(r.kind, r.scheme): [Alternative(code, "", r)] for r in schedule.rates_on(code, day)}


def line_on(schedule: Schedule, code: str, day: dt.date) -> Line | str:
    """The line of an 8-digit code on a day, or the message code that says why there is none."""
    try:
        return schedule.line(code, day)
    except OutOfCoverage as outside:
        return outside.code


def codes_of(schedule: Schedule, prefix: str = "") -> set[str]:
    """Every 8-digit code a schedule holds that begins so. All codes of a loaded schedule are read in one pass."""
    if prefix:
        return {code for code in schedule.codes_under(prefix) if len(code) == LINE_DIGITS}
    return set(schedule.families) if isinstance(schedule, LoadedSchedule) else set(schedule.lines)


def diff(
    before: Schedule,
    day_before: dt.date,
    after: Schedule,
    day_after: dt.date,
    kinds: Collection[str] = (),
    prefix: str = "",
) -> ScheduleDiff:
    """Lines whose rates in force differ between `before` on one day and `after` on the other; `kinds` empty: every kind."""
    found = ScheduleDiff([], [], [], [], 0)
    compared = 0
    for code in sorted(codes_of(before, prefix) | codes_of(after, prefix)):
        old, new = line_on(before, code, day_before), line_on(after, code, day_after)
        if isinstance(old, str) and isinstance(new, str):
            continue
        compared += 1
        if isinstance(old, Line) and isinstance(new, Line):
            found.rates.extend(
                _differences(stated_on(before, code, day_before), stated_on(after, code, day_after), code, kinds)
            )
        elif isinstance(new, Line):
            found.begun.append(new)
        elif isinstance(old, Line):
            if new == "tariff.line_not_confirmed":
                found.unconfirmed.append(code)
            else:
                found.retired.append(old)
    return found._replace(compared=compared)


def _differences(
    old: dict[Key, list[Alternative]], new: dict[Key, list[Alternative]], code: str, kinds: Collection[str]
) -> list[RateDifference]:
    differences = []
    for kind, scheme in sorted({*old, *new}):
        if kinds and kind not in kinds:
            continue
        before, after = old.get((kind, scheme), []), new.get((kind, scheme), [])
        if _agree(before) and _agree(after):
            pairs = [((code, ""), before[0].rate if before else None, after[0].rate if after else None)]
        else:
            pairs = _paired(before, after)
        differences += [
            RateDifference(*of, kind, scheme, a, b) for of, a, b in pairs if (a and figures(a)) != (b and figures(b))
        ]
    return differences


def _agree(stated: list[Alternative]) -> bool:
    return len({a.rate and figures(a.rate) for a in stated}) <= 1


def _paired(before: list[Alternative], after: list[Alternative]) -> list[tuple[Key, Rate | None, Rate | None]]:
    """Detailed codes side by side; a side with no details of its own stands beside each of the other."""
    old, new = ({(a.code, a.band): a.rate for a in side} for side in (before, after))
    plain_old = before[0].rate if _agree(before) and before else None
    plain_new = after[0].rate if _agree(after) and after else None
    return [(key, old.get(key, plain_old), new.get(key, plain_new)) for key in sorted({*old, *new})]


def by_chapter(difference: ScheduleDiff) -> list[ChapterSummary]:
    """Cuts and rises of each kind in each chapter, with the average cut."""
    groups: dict[Key, list[RateDifference]] = {}
    for rate in difference.rates:
        groups.setdefault((rate.code[:2], rate.kind), []).append(rate)
    return [summarise(chapter, kind, rates) for (chapter, kind), rates in sorted(groups.items())]


def summarise(chapter: str, kind: str, rates: list[RateDifference]) -> ChapterSummary:
    """Counts and the average ad valorem cut, half up to the millionth."""
    directions = [rate.direction for rate in rates]
    cuts = [rate.cut_ppm for rate in rates if rate.direction == "cut" and rate.cut_ppm is not None]
    average = half_up(sum(cuts), len(cuts)) if cuts else None
    counted = directions.count("cut"), directions.count("rise")
    return ChapterSummary(chapter, kind, *counted, len(rates) - sum(counted), average)
