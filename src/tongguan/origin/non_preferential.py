"""Non-preferential origin (非优惠原产地): for MFN treatment, trade remedies, quotas, marking and statistics.

Law      origin-regulations#3 wholly obtained in one country, else the country of the last substantial transformation; #4 what is wholly obtained; #5 and #6:
         minimal working does not count, a change of classification is the basic test, value added and operations supplement it; gacc-order-122: a change of
         heading, and for listed goods operations or at least 30 % of the ex-works price added, (EXW − materials from elsewhere) ÷ EXW; #10 working done to escape
         trade remedies may be left out of account.
Reading  Materials of the producing country itself do not hinder. There is no cumulation and no tolerance. Where the working in the producing country does not
         transform, and all the materials that fail come from one other country, the goods are of that country; from several, each stays what it was and the
         answer is undetermined. Packing classified with the goods follows them (#8): leave it out of the bill, or give it the goods' code.
"""

from __future__ import annotations

import msgspec

from tongguan.assessment.world import World
from tongguan.grammar.findings import Finding
from tongguan.origin import notation
from tongguan.origin.agreements import judged_otherwise
from tongguan.origin.bill import UNDETERMINED, Bill
from tongguan.origin.judge import MET, NOT_MET, Case, Outcome, Tolerance, Use, failing_change, judge
from tongguan.origin.operations import minimal_operations
from tongguan.origin.rules import Change, Rule

CITES = "origin-regulations#3; origin-regulations#6; gacc-order-122"


class NonPreferential(msgspec.Struct, frozen=True):
    """The country of origin, or undetermined, with the test that gave it."""

    country: str
    rule: str
    lines: tuple[Finding, ...]
    because: str
    confidence: str


def _say(code: str, because: str = CITES, **facts: str) -> Finding:
    return Finding(f"prove.np_{code}", "", facts, because, "note")


def non_preferential(bill: Bill, world: World) -> NonPreferential:
    """The non-preferential origin of the bill's product."""
    product, day = bill.product, bill.entry.declared_on
    uses = tuple(
        Use(
            i.number,
            i.code,
            i.name,
            i.origin,
            i.value,
            i.weight,
            i.origin == product.country,
            i.is_wholly_obtained,
            i.described_as,
        )
        for i in product.inputs
    )
    case = Case(
        code=product.code, country=product.country, exw=product.exw or product.fob, fob=product.fob, net_cost=None, weight=product.weight, uses=uses,
        costs=None, operations=product.operations, operations_are_complete=False, is_wholly_obtained=product.is_wholly_obtained,
        how_obtained=product.how_obtained, is_set=product.is_set, described_as=product.described_as, confirmed=product.confirmed,
        default_base="EXW", tolerance=Tolerance(0, "EXW"), general=None, day=day,
    )  # fmt: skip
    remedies = _escape(bill, world)
    if product.is_wholly_obtained and not case.foreign:
        return NonPreferential(
            product.country,
            "WO",
            (_say("wholly_obtained", "origin-regulations#3; origin-regulations#4", country=product.country),),
            "origin-regulations#3",
            "V1",
        )
    listed = judged_otherwise(product.code, day)
    rule: Rule = listed[0] if listed else Change("heading")
    because = f"{CITES}; {listed[1]}" if listed else CITES
    text = notation.write(rule) or ""
    minimal = minimal_operations()
    only_minimal = (
        bool(product.operations)
        and not product.other_operations
        and all(k in minimal and "regulations" in minimal[k].lists for k in product.operations)
    )
    outcome = judge(rule, case)
    lines: list[Finding] = [*outcome.lines, *outcome.questions]
    if outcome.state == MET and case.foreign and only_minimal:
        lines.append(_say("only_minimal", "origin-regulations#5"))
        outcome = Outcome(NOT_MET)
    if outcome.state == MET:
        lines.append(_say("transformed", because, country=product.country, rule=text))
        if listed is None:
            lines.append(_say("list_not_held", "gacc-order-122"))
        return NonPreferential(product.country, text, (*lines, *remedies), because, "V2")
    if outcome.state != NOT_MET:
        return NonPreferential(UNDETERMINED, text, (*lines, *remedies), because, "V2")
    failing = failing_change(Change("heading"), case)[0] or list(case.foreign)
    countries = {u.origin for u in failing}
    found = countries.pop() if len(countries) == 1 else UNDETERMINED
    lines.append(
        _say(
            "not_transformed" if found != UNDETERMINED else "not_transformed_several",
            because,
            country=product.country,
            found=found,
        )
    )
    return NonPreferential(found, text, (*lines, *remedies), because, "V2" if found != UNDETERMINED else "D")


def _escape(bill: Bill, world: World) -> tuple[Finding, ...]:
    """A warning where an input comes from a country whose goods of this line bear a trade remedy and the product's country does not (#10)."""
    product, day = bill.product, bill.entry.declared_on
    if len(bill.entry.code) < 8:
        return ()
    own = {row.measure for row in world.overlays.on(bill.entry.code, product.country, day, "", world.origins)}
    found = []
    for country in sorted({i.origin for i in product.inputs} - {product.country, "CN", UNDETERMINED}):
        rows = [r for r in world.overlays.on(bill.entry.code, country, day, "", world.origins) if r.measure not in own]
        for measure in sorted({r.measure for r in rows}):
            m = world.overlays.measures[measure]
            if m.kind in ("anti_dumping", "countervailing", "safeguard"):
                facts = {"country": country, "measure_zh": m.name_zh, "measure_en": m.name_en}
                found.append(Finding("prove.np_escape", "inputs", facts, "origin-regulations#10", "warning"))
    return tuple(found)
