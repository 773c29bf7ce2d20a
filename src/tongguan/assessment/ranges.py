"""From the options of each combination to one answer for the item: a figure, or a range that says which missing fact it turns on.

A range is honest when every total the missing facts allow lies in it:
    its foot is the least total of any combination; where some combination has no figure, or its duty bounds from above only, the taxes without duty
    its top is the greatest total that applies in any combination; open where a cost, a quantity or a measure is not known
Options that need evidence the declarant has not shown are not part of it, except that whoever does not know the origin cannot know the proof either.
"""

from __future__ import annotations

import msgspec

from tongguan.assessment.charging import counted_unit, quantity_for, tax_charges
from tongguan.assessment.draft import Draft
from tongguan.assessment.general_import import Known, Taxes, rank
from tongguan.assessment.remarks import measures_not_held
from tongguan.assessment.result import APPLIES, DISPLACED, NEEDS_EVIDENCE, OPEN, ItemAssessment, MissingFact, Option
from tongguan.assessment.scenarios import Scenario
from tongguan.assessment.small_amounts import DUTY_KINDS, limits_on
from tongguan.assessment.world import World
from tongguan.grammar.money import times_ratio_up

WITHOUT_TOTAL = 1 << 62


class _Case(msgspec.Struct):
    """A combination with its ranked options and what they bound. `low` may be lower than what applies."""

    scenario: Scenario
    options: list[Option]
    applied: Option | None
    low: int
    high: int | None


def finish_item(draft: Draft, world: World) -> ItemAssessment:
    """Rank the options of each combination and put the combinations together."""
    cases = [_case(draft, *case, world) for case in draft.cases]
    low, high = _bounds(draft, cases)
    if len(cases) == 1:
        shown = cases[0].options
    else:
        shown = [o for case in cases for o in _shown(case)]
        shown.sort(key=lambda o: (o.status == DISPLACED, o.total if o.total is not None else WITHOUT_TOTAL))
    names = tuple(dict.fromkeys(draft.missing))
    return ItemAssessment(
        number=draft.number,
        commodity_code=draft.item.commodity_code,
        name_zh=draft.name_zh,
        name_en=draft.name_en,
        origin=draft.item.origin or "",
        dutiable_value=draft.valued.value,
        value_steps=draft.valued.steps,
        options=tuple(shown),
        findings=tuple(draft.findings),
        low=low,
        high=high,
        missing_facts=names,
        missing=tuple(_worth(name, draft, cases) for name in names),
    )


def _case(draft: Draft, scenario: Scenario, taxes: Taxes, options: list[Option], world: World) -> _Case:
    ranked = rank(options)
    applied = next((o for o in ranked if o.status == APPLIES), None)
    if applied is None or applied.total is None:
        return _Case(scenario, ranked, None, _without_duty(scenario.known, taxes, world), None)
    low = applied.total
    high = _with_measures_not_held(scenario.known, taxes, applied, world)
    if "origin" in draft.missing:
        low = min([low, *(o.total for o in ranked if o.total is not None and _needs_only_origin(o))])
    if _bounds_from_above(scenario.known, draft, world):
        low = min(low, _without_duty(scenario.known, taxes, world))
    return _Case(scenario, ranked, applied, low, high)


def _with_measures_not_held(k: Known, taxes: Taxes, applied: Option, world: World) -> int | None:
    """The greatest total when measures we hold no rates of reach the goods: at their highest rate, or open where that is not known either."""
    unknown = measures_not_held(k, world)
    if not unknown:
        return applied.total
    rates = [h.at_most for h in unknown]
    if any(rate is None for rate in rates):
        return None
    duties = sum(c.amount for c in applied.charges if c.kind in DUTY_KINDS) + sum(
        times_ratio_up(k.value, rate or 0) for rate in rates
    )
    return duties + sum(c.amount for c in tax_charges(k.value, duties, taxes, k.day, k.line.ct_class))


def _needs_only_origin(option: Option) -> bool:
    """Whether a proof of origin is all an option lacks."""
    needs = [r.code for r in option.reasons if r.code.startswith(("origin.", "duty_rate.needs_", "overlay."))]
    return option.status == NEEDS_EVIDENCE and bool(needs) and all(code.startswith("origin.") for code in needs)


def _bounds_from_above(k: Known, draft: Draft, world: World) -> bool:
    """Whether some duty of the item is not a lower bound.

    A sliding duty falls as the value rises; where the quantity is not known it stands at its ceiling, as does the lower of two.
    """
    for rate in world.schedule.rates_on(k.line.code, k.day):
        unit_known = not counted_unit(rate) or quantity_for(k, rate, world) > 0
        if rate.form in ("sliding", "lower_of", "by_unit_value") and not unit_known:
            return True
        if (rate.form == "sliding" and draft.valued.is_lower_bound) or (
            rate.form == "by_unit_value" and not k.usd_rate_e4
        ):
            return True
    return False


def _without_duty(k: Known, taxes: Taxes, world: World) -> int:
    """Consumption tax and VAT on the value alone, without what might be too small to be levied: no total can be lower."""
    limits = limits_on(k.day, world.law)
    charges = tax_charges(k.value, 0, taxes, k.day, k.line.ct_class)
    return sum(c.amount for c in charges if c.amount > limits[c.kind].fen)


def _bounds(draft: Draft, cases: list[_Case]) -> tuple[int | None, int | None]:
    if not cases or all(c.applied is None for c in cases):
        return None, None
    low = min(c.low for c in cases)
    tops = [c.high for c in cases]
    if draft.is_open_above or draft.has_gap or any(top is None for top in tops):
        return (0 if draft.has_gap else low), None
    return low, max(top for top in tops if top is not None)


def _shown(case: _Case) -> list[Option]:
    """Of one combination among several: what would apply, and what the foot of the range rests on. Nothing applies yet, so it is only open."""
    keep = [
        o
        for o in case.options
        if o.status == APPLIES or (o.total is not None and o.total == case.low and o.status in (OPEN, NEEDS_EVIDENCE))
    ]
    return [
        msgspec.structs.replace(
            o,
            condition_zh=case.scenario.label_zh,
            condition_en=case.scenario.label_en,
            status=OPEN if o.status == APPLIES else o.status,
        )
        for o in keep
    ]


def _worth(name: str, draft: Draft, cases: list[_Case]) -> MissingFact:
    """What one missing fact is worth: the totals when it alone varies and every other stands at its first alternative."""
    if name not in {fact for c in cases for fact, _ in c.scenario.picks}:
        low, high = _bounds(draft, cases)
        return MissingFact(name, low, high)
    alone = [c for c in cases if all(place == 0 for fact, place in c.scenario.picks if fact != name)]
    if not alone or any(c.applied is None for c in alone):
        return MissingFact(name, min((c.low for c in alone), default=None), None)
    return MissingFact(name, min(c.low for c in alone), max(c.high or 0 for c in alone))
