"""Putting a channel's answer together: cases for facts not known, options, reliefs, charges that recompute.

A `Case` is one item under one combination of the facts not known. One case gives one figure; several give a range.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

import msgspec

from tongguan.assessment import pipeline
from tongguan.assessment.assess import drafts_of, general_items
from tongguan.assessment.channels.asked import Question
from tongguan.assessment.charging import tax_charges
from tongguan.assessment.draft import Draft
from tongguan.assessment.dutiable import trade_terms_by_name
from tongguan.assessment.general_import import rank
from tongguan.assessment.governing import Dates
from tongguan.assessment.result import (
    APPLIES,
    DISPLACED,
    NEEDS_EVIDENCE,
    NOT_ENCODED,
    OPEN,
    Assessment,
    Charge,
    ItemAssessment,
    MissingFact,
    Option,
    ParameterUsed,
    Reason,
    ValueStep,
)
from tongguan.assessment.scenarios import Scenario
from tongguan.assessment.shipment import Cost, GoodsItem, Shipment
from tongguan.assessment.small_amounts import DUTY_KINDS
from tongguan.assessment.surcharges import Late, surcharges_of
from tongguan.assessment.terms import VAT_LAW_FROM, Taxes, label
from tongguan.grammar.citations import weakest
from tongguan.grammar.findings import Finding
from tongguan.grammar.money import MAX_VALUE_FEN, half_up, yuan_grouped
from tongguan.grammar.parameters import InForce
from tongguan.law.channels.cross_border_ecommerce.rule import reduced_consumption_tax, reduced_import_vat

WHOLE = 1_000_000
BESIDE = "general_trade/"
"""Begins the basis of an option that only stands beside what applies; a range leaves it out."""
LAWFUL = (APPLIES, OPEN, NEEDS_EVIDENCE)
ORDER = {APPLIES: 0, OPEN: 0, NEEDS_EVIDENCE: 0, DISPLACED: 1, NOT_ENCODED: 2}


# --- cases and items ---------------------------------------------------------------------------------------------------------------


class Case(NamedTuple):
    """One item under one combination of what is not known; `high` is None when nothing bounds it."""

    options: tuple[Option, ...]
    low: int | None
    high: int | None
    label_zh: str = ""
    label_en: str = ""

    def labelled(self, zh: str, en: str) -> Case:
        """The same with what is supposed, put before what was supposed already."""
        return self._replace(
            label_zh="；".join(p for p in (zh, self.label_zh) if p),
            label_en="; ".join(p for p in (en, self.label_en) if p),
        )


def decided(options: Iterable[Option]) -> Case:
    """A case in which one option applies: each other lawful one gets its saving against it, and all are put in order."""
    options = list(options)
    applied = next((o for o in options if o.status == APPLIES), None)
    if applied is None or applied.total is None:
        return undecided(options)
    shown = [
        msgspec.structs.replace(o, saving=applied.total - o.total) if o.total is not None and o.status in LAWFUL else o
        for o in _numbered(options)
    ]
    return Case(tuple(sorted(shown, key=_place)), applied.total, applied.total)


def undecided(options: Iterable[Option]) -> Case:
    """A case in which it cannot be said which lawful option applies."""
    shown = tuple(sorted(_numbered(list(options)), key=_place))
    totals = [o.total for o in shown if o.total is not None and o.status in LAWFUL]
    is_open = any(o.total is None and o.status in (OPEN, NEEDS_EVIDENCE) for o in shown)
    return Case(shown, min(totals, default=None), None if is_open else max(totals, default=None))


def _numbered(options: list[Option]) -> list[Option]:
    """The lawful options with their places by total, and by total with declared evidence costs."""
    lawful = [o for o in options if o.status in LAWFUL and o.total is not None]
    by_total = sorted(o.total or 0 for o in lawful)
    by_evidence = sorted(o.total_with_evidence or 0 for o in lawful)
    return [
        msgspec.structs.replace(
            o, rank=by_total.index(o.total) + 1, rank_with_evidence=by_evidence.index(o.total + o.evidence_cost) + 1
        )
        if o.status in LAWFUL and o.total is not None
        else o
        for o in options
    ]


def _place(option: Option) -> tuple[int, int, bool, str]:
    return (
        ORDER[option.status],
        option.total if option.total is not None else 1 << 62,
        option.status != APPLIES,
        option.basis,
    )


def general_case(general: ItemAssessment, reasons: tuple[Reason, ...] = (), extra: Iterable[Option] = ()) -> Case:
    """General trade is what applies: its options as they stand, the reasons put before those of what applies, others beside them."""
    options = [
        msgspec.structs.replace(o, reasons=reasons + o.reasons)
        if o.status == APPLIES or (general.applied is None and o.status == OPEN)
        else o
        for o in general.options
    ]
    return Case(tuple(sorted([*options, *extra], key=_place)), general.low, general.high)


def beside(general: ItemAssessment, reasons: tuple[Reason, ...] = ()) -> list[Option]:
    """General trade for comparison: its lawful options, named as such."""
    return [
        msgspec.structs.replace(
            o,
            basis=f"{BESIDE}{o.basis}",
            status=OPEN if o.status == APPLIES else o.status,
            label_zh=f"按一般贸易：{o.label_zh}",
            label_en=f"as general trade: {o.label_en}",
            reasons=reasons + tuple(r for r in o.reasons if r.code != "option.open_but_not_cheaper"),
            saving=None,
        )
        for o in general.options
        if o.status in (APPLIES, OPEN, NEEDS_EVIDENCE)
    ]


def item_of(
    q: Question,
    number: int,
    cases: list[Case],
    *,
    value: int | None,
    steps: tuple[ValueStep, ...],
    names: tuple[str, str] = ("", ""),
    findings: Iterable[Finding] = (),
    missing: Iterable[str] = (),
    is_open_above: bool = False,
) -> ItemAssessment:
    """One item from its cases: a figure, or a range."""
    item = q.shipment.items[number - 1]
    shown: list[Option] = []
    low = high = None
    if len(cases) == 1:
        shown, low, high = list(cases[0].options), cases[0].low, cases[0].high
    elif cases:
        lows = [c.low for c in cases if c.low is not None]
        low = min(lows, default=None)
        high = None if any(c.high is None for c in cases) else max(c.high or 0 for c in cases)
        for case in cases:
            shown += [_supposed(o, case) for o in case.options if o.status in LAWFUL and not o.basis.startswith(BESIDE)]
        shown = sorted(_once(shown), key=_place)
    gaps = tuple(dict.fromkeys(missing))
    return ItemAssessment(
        number=number,
        commodity_code=item.commodity_code,
        name_zh=item.name or names[0],
        name_en=item.name or names[1],
        origin=item.origin or "",
        dutiable_value=value,
        value_steps=steps,
        options=tuple(shown),
        findings=tuple({(f.code, f.path, tuple(f.facts.items())): f for f in findings}.values()),
        low=low,
        high=None if is_open_above else high,
        missing_facts=gaps,
        missing=(MissingFact(gaps[0], low, None if is_open_above else high),) if len(gaps) == 1 else (),
    )


def _supposed(option: Option, case: Case) -> Option:
    """An option of a case that is only supposed."""
    return msgspec.structs.replace(
        option,
        status=OPEN if option.status == APPLIES else option.status,
        saving=None,
        condition_zh="；".join(p for p in (case.label_zh, option.condition_zh) if p),
        condition_en="; ".join(p for p in (case.label_en, option.condition_en) if p),
    )


def _once(options: list[Option]) -> list[Option]:
    return list({(o.basis, o.condition_en, o.total, o.status): o for o in options}.values())


def late(q: Question, items: list[ItemAssessment]) -> Late:
    """What lateness costs, as for ordinary goods; nothing where nothing is to be paid."""
    if items and all(i.high == 0 for i in items):
        return Late()
    return surcharges_of(q.shipment, items, q.dates, q.findings, q.world)


def answer(q: Question, items: list[ItemAssessment], surcharges: Late | None = None) -> Assessment:
    """The assessment of the shipment."""
    surcharges = surcharges or Late()
    for facts in (q.facts, *q.item_facts):
        facts.name_unread()
    return Assessment(
        q.shipment.name, q.shipment.channel, q.day, q.world.version, q.world.schedule.label, tuple(items), tuple(q.findings), surcharges.charges,
        decided=q.decided, surcharges_above=surcharges.above, declared_on=q.shipment.declared_on, governing_reason=q.dates.reason, governing_because=q.dates.because,
    )  # fmt: skip


# --- as ordinary goods -------------------------------------------------------------------------------------------------------------


def as_goods(
    q: Question, *, waives: bool = True, items: tuple[GoodsItem, ...] | None = None, dates: Dates | None = None
) -> list[ItemAssessment]:
    """The items as ordinary goods, on the channel's days or others."""
    return general_items(ordinary(q.shipment, items), dates or q.dates, q.world, waives_small_amounts=waives)


def goods_drafts(q: Question, items: tuple[GoodsItem, ...] | None = None, dates: Dates | None = None) -> list[Draft]:
    """The same before small amounts are waived: every scenario with its taxes and options."""
    return drafts_of(ordinary(q.shipment, items), dates or q.dates, q.world)


def ordinary(shipment: Shipment, items: tuple[GoodsItem, ...] | None = None) -> Shipment:
    """The shipment as general trade."""
    return msgspec.structs.replace(shipment, channel="general_trade", items=shipment.items if items is None else items)


def price_includes_all(shipment: Shipment) -> Shipment:
    """A shipment of a person, whose price is what was paid: a freight or insurance nobody named was not paid apart."""
    term = trade_terms_by_name().get(shipment.trade_terms)
    added = getattr(term, "add", ())
    nothing = Cost(Decimal(0), "CNY")
    legs = {
        leg: nothing
        for leg in ("foreign_inland", "freight", "insurance")
        if leg in added and getattr(shipment, leg) is None
    }
    return msgspec.structs.replace(shipment, **legs)


def valued_at(item: GoodsItem, fen: int) -> GoodsItem:
    """The item with a dutiable value the channel found."""
    return msgspec.structs.replace(item, dutiable_value=Decimal(min(fen, 2 * MAX_VALUE_FEN)) / 100)


def part_of(item: GoodsItem, part: int, whole: int) -> GoodsItem:
    """The part of an item that is worth `part` of `whole` fen, its quantities in proportion."""
    quantities = (
        {unit: (q * part / whole).quantize(Decimal("0.001")) for unit, q in item.quantities.items()} if whole else {}
    )
    return msgspec.structs.replace(valued_at(item, part), quantities=quantities)


def names_of(q: Question, number: int) -> tuple[str, str]:
    """The Chinese and English name of an item: its own, or the line's."""
    item = q.shipment.items[number - 1]
    held = q.world.schedule.lines.get(item.commodity_code[:8])
    if item.name or not held:
        return item.name, item.name
    line = next((x for x in held if x.since <= q.day <= x.until), held[-1])
    return line.name_zh, line.name_en


def step(kind: str, fen: int, zh: str, en: str, because: str = "") -> ValueStep:
    """A step of the value, for reading."""
    return ValueStep(kind, yuan_grouped(fen), yuan_grouped(fen), zh, en, because)


# --- charges -----------------------------------------------------------------------------------------------------------------------


def charge(
    kind: str,
    formula: str,
    amount: int,
    because: str,
    used: Iterable[InForce] = (),
    payable: int | None = None,
    **fields: object,
) -> Charge:
    """A charge with its labels, and as sure as the parameters it uses."""
    zh, en = label(f"charge.{kind}")
    used = tuple(used)
    made = Charge(
        kind, formula, amount, amount if payable is None else payable, because=because, label_zh=zh, label_en=en,
        confidence=weakest([p.confidence for p in used]), parameters=tuple(ParameterUsed.of(p) for p in used),
    )  # fmt: skip
    return msgspec.structs.replace(made, **fields)


def not_levied(one: Charge, because: str) -> Charge:
    """A charge with its full amount shown and nothing to pay."""
    return msgspec.structs.replace(one, payable=0, waived_because=because)


def in_part(
    one: Charge, num: int, den: int, because: str, used: Iterable[InForce] = (), zh: str = "", en: str = ""
) -> Charge:
    """num/den of a tax, taken of its whole amount and rounded once."""
    used = tuple(used)
    amount = half_up(one.amount * num, den)
    return Charge(
        one.kind, "share", amount, 0 if one.waived_because else amount, base=one.amount, num=num, den=den,
        because="; ".join(p for p in (one.because, because) if p), label_zh=one.label_zh + zh, label_en=one.label_en + en,
        waived_because=one.waived_because, confidence=weakest([one.confidence, *(p.confidence for p in used)]),
        parameters=one.parameters + tuple(ParameterUsed.of(p) for p in used),
    )  # fmt: skip


def option(
    basis: str,
    status: str,
    labels: tuple[str, str],
    charges: Iterable[Charge],
    reasons: Iterable[Reason] = (),
    *,
    rate_kind: str = "",
    rate_text: str = "",
    confidence: str = "V1",
    condition: tuple[str, str] = ("", ""),
) -> Option:
    """An option with its total."""
    charges = tuple(charges)
    return Option(
        basis=basis, rate_kind=rate_kind or basis, status=status, label_zh=labels[0], label_en=labels[1], rate_text=rate_text, charges=charges,
        reasons=tuple(reasons), total=sum(c.payable for c in charges), confidence=weakest([confidence, *(c.confidence for c in charges)]),
        condition_zh=condition[0], condition_en=condition[1],
    )  # fmt: skip


def reduced_taxes(value: int, duties: int, taxes: Taxes, share: InForce, day: dt.date, because: str) -> list[Charge]:
    """Consumption tax and VAT levied at a share, on value and duties (vat-law-2024#14 leaves room for what the State Council provides)."""
    t = taxes.terms
    _, rate, num, den = pipeline.consumption_tax_of(
        t.test, value, duties, taxes.quantity, taxes.usd_rate_e4, t.threshold, t.threshold_per, t.rate, t.num, t.den,
        t.below_rate, t.below_num, t.below_den, taxes.added_rate,
    )  # fmt: skip
    base, quantity, factor = value + duties, taxes.quantity if num else 0, share.ppm()
    part = share.fraction()
    charges = []
    own = tuple(taxes.parameters)
    if rate or num:
        tax = reduced_consumption_tax(base, rate, quantity, num, den, part.numerator, part.denominator)
        made = charge("consumption_tax", "composite", tax, f"consumption-tax-regulations#9; {because}", (share,), base=base, rate=rate,
                      quantity=quantity, num=num, den=den, unit=taxes.unit, factor=factor)  # fmt: skip
        charges.append(
            msgspec.structs.replace(
                made,
                parameters=own + made.parameters,
                confidence=weakest([made.confidence, *(p.confidence for p in own)]),
            )
        )
    vat = reduced_import_vat(base, rate, quantity, num, den, taxes.vat_rate, part.numerator, part.denominator)
    article = "vat-law-2024#14" if day >= VAT_LAW_FROM else "vat-interim-regulations#14"
    charges.append(
        charge("import_vat", "composite_vat", vat, f"{article}; {taxes.vat_parameter.citation}; {because}", (taxes.vat_parameter, share), base=base,
               rate=taxes.vat_rate, quantity=quantity, num=num, den=den, unit=taxes.unit if num else "", composite_rate=rate, factor=factor)
    )  # fmt: skip
    return charges


# --- relief ------------------------------------------------------------------------------------------------------------------------


class Relief(NamedTuple):
    """What is not levied, and the article that says so. Each tax is relieved by its own act: free of duty is not free of VAT."""

    duty: str = ""
    special_duties: str = ""
    consumption_tax: str = ""
    import_vat: str = ""
    share: InForce | None = None
    share_because: str = ""


def relieved(
    scenario: Scenario,
    taxes: Taxes,
    options: list[Option],
    relief: Relief,
    basis: str,
    labels: tuple[str, str],
    reasons: tuple[Reason, ...] = (),
    status: str = APPLIES,
) -> Option | None:
    """The cheapest basis open to the goods, with the relief applied; None when no basis is open."""
    leading = next((o for o in rank(options) if o.status == APPLIES), None)
    if leading is None:
        return None
    known = scenario.known
    charges: list[Charge] = []
    duties = 0
    for one in leading.charges:
        if one.kind not in DUTY_KINDS:
            continue
        because = relief.duty if one.kind == "customs_duty" else relief.special_duties
        if one.kind == "undetermined_origin_duty" and not (relief.duty and relief.special_duties):
            because = ""
        made = not_levied(one, because) if because else one
        duties += made.payable
        charges.append(made)
    if relief.share is not None:
        charges += reduced_taxes(known.value, duties, taxes, relief.share, known.day, relief.share_because)
    else:
        if relief.consumption_tax:
            full = tax_charges(known.value, duties, taxes, known.day, known.line.ct_class)
            charges += [not_levied(c, relief.consumption_tax) for c in full if c.kind == "consumption_tax"]
            taxes = taxes._replace(terms=taxes.terms._replace(test=0))
        for one in tax_charges(
            known.value, duties, taxes, known.day, "" if relief.consumption_tax else known.line.ct_class
        ):
            charges.append(
                not_levied(one, relief.import_vat) if one.kind == "import_vat" and relief.import_vat else one
            )
    return option(
        basis, status, labels, charges, (*reasons, *leading.reasons), rate_kind=leading.rate_kind, rate_text=leading.rate_text,
        confidence=leading.confidence,
    )  # fmt: skip


def free_of_all(because: str) -> Relief:
    """Nothing is levied, all by one article."""
    return Relief(because, because, because, because)


def relief_cases(
    draft: Draft,
    relief: Relief,
    basis: str,
    labels: tuple[str, str],
    reasons: tuple[Reason, ...] = (),
    extra: Iterable[Option] = (),
) -> list[Case]:
    """A case with the relief for every scenario of an item; scenarios that come to the same are one."""
    cases: list[Case] = []
    for scenario, taxes, options in draft.cases:
        one = relieved(scenario, taxes, options, relief, basis, labels, reasons)
        if one is not None:
            cases.append(decided([one, *extra]).labelled(scenario.label_zh, scenario.label_en))
    if len({c.low for c in cases}) == 1 and len(cases) > 1:
        return [cases[0]._replace(label_zh="", label_en="")]
    return cases
