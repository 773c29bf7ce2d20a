"""What has to hold for every shipment: totals add up, charges recompute, preferences never cost, ranges contain the answer.

Examples are drawn without chance (`derandomize`), so a failure repeats.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tongguan.assessment.assess import assess
from tongguan.assessment.result import APPLIES, DISPLACED, NEEDS_EVIDENCE, NOT_ENCODED, OPEN
from tongguan.assessment.shipment import Cost, GoodsItem, Preference, Shipment
from tongguan.assessment.small_amounts import limits_on
from tongguan.assessment.world import COVERAGE_FROM, World, shipped_world
from tongguan.law.duty_rate.selection.rule import KIND_NAMES, select_rate
from tongguan.tariff.schedule import Schedule

WORLD = shipped_world()
LAST_DAY = dt.date(2026, 11, 21)
CODES = sorted(WORLD.schedule.lines)
ORIGINS = (
    "CL",
    "JP",
    "US",
    "CA",
    "AU",
    "NZ",
    "TH",
    "VN",
    "ET",
    "KM",
    "FR",
    "BR",
    "CH",
    "TW",
    "HK",
    "CN",
    "PW",
    "IM",
    "undetermined",
)
FEW, MANY = 60, 250

steady = settings(derandomize=True, deadline=None, max_examples=MANY, database=None)
slow = settings(steady, max_examples=FEW)

days = st.dates(COVERAGE_FROM, LAST_DAY)
fen = st.one_of(st.integers(1, 200_000), st.integers(1, 10**9), st.integers(1, 10**12))
QUANTITIES = {
    "kg": Decimal(1200), "litre": Decimal(900), "piece": Decimal(30), "set": Decimal(30), "pair": Decimal(30), "tonne": Decimal("1.2"),
    "millilitre_or_gram": Decimal(90_000), "metre": Decimal(40), "square_metre": Decimal(40), "cubic_metre": Decimal(4), "head": Decimal(3),
}  # fmt: skip


def yuan(fen):
    return Decimal(fen) / 100


def an_item(code, origin, value, **facts):
    facts = {"quantities": QUANTITIES, "currency": "CNY", "vat_class": "", **facts}
    return GoodsItem(code, yuan(value), origin=origin, **facts)


def a_shipment(day, *items, **facts):
    return Shipment(day, items, **{"exchange_rates": {"USD": Decimal("7.1")}, **facts})


@st.composite
def lines_on(draw, day):
    """A code that stands in the schedule on the day."""
    code = draw(st.sampled_from(CODES))
    assume(any(line.since <= day <= line.until for line in WORLD.schedule.lines[code]))
    return code


@st.composite
def shipments(draw, items=2):
    day = draw(days)
    many = [
        an_item(
            draw(lines_on(day)), draw(st.sampled_from(ORIGINS)), draw(fen),
            has_quota_certificate=draw(st.booleans()), has_sliding_duty_certificate=draw(st.booleans()),
            is_own_use_car=draw(st.booleans()), is_country_quota_exhausted=draw(st.sampled_from([True, False, None])),
            evidence_costs={"LDC-100": Decimal("120.00"), "22": Decimal("80.50"), "quota": Decimal(300)},
        )
        for _ in range(draw(st.integers(1, items)))
    ]  # fmt: skip
    return a_shipment(day, *many)


@given(shipments())
@steady
def test_totals_add_up(shipment):
    answer = assess(shipment)
    for item in answer.items:
        for option in item.options:
            assert option.total == (None if option.status == NOT_ENCODED else sum(c.payable for c in option.charges))
            assert all(c.payable in (0, c.amount) for c in option.charges)
            assert all(bool(c.waived_because) == (c.payable != c.amount) for c in option.charges)
        if item.applied is not None and item.low == item.high and not item.missing_facts:
            assert item.low == item.applied.total
        if item.low is not None and item.high is not None:
            assert item.low <= item.high
    if answer.total is not None:
        assert yuan(sum(i.low for i in answer.items) + sum(c.payable for c in answer.surcharges)) == Decimal(
            answer.total
        )


@given(shipments())
@steady
def test_every_charge_recomputes_from_its_own_fields(shipment):
    answer = assess(shipment)
    for charge in [c for i in answer.items for o in i.options for c in o.charges] + list(answer.surcharges):
        assert charge.formula != "given"
        assert charge.recompute() == charge.amount, charge


@given(shipments())
@steady
def test_the_bases_of_the_taxes_are_those_below_them(shipment):
    for item in assess(shipment).items:
        for option in item.options:
            by_kind = {c.kind: c for c in option.charges}
            if "import_vat" not in by_kind:
                continue
            duties = sum(c.payable for c in option.charges if c.kind.endswith("_duty"))
            tax = by_kind.get("consumption_tax")
            assert by_kind["import_vat"].base == item.dutiable_value + duties + (tax.amount if tax else 0)
            if tax:
                assert tax.base == item.dutiable_value + duties


@given(shipments())
@steady
def test_options_are_in_order_and_ranked(shipment):
    for item in assess(shipment).items:
        groups = [
            {APPLIES: 0, OPEN: 0, NEEDS_EVIDENCE: 0, DISPLACED: 1, NOT_ENCODED: 2}[o.status] for o in item.options
        ]
        assert groups == sorted(groups) or item.missing_facts
        lawful = [o for o in item.options if o.status in (APPLIES, OPEN, NEEDS_EVIDENCE)]
        totals = [o.total for o in lawful]
        assert totals == sorted(totals)
        assert sum(o.status == APPLIES for o in item.options) <= 1
        if item.applied is None:
            continue
        for option in lawful:
            assert option.rank == 1 + sum(other.total < option.total for other in lawful)
            assert option.rank_with_evidence == 1 + sum(
                o.total_with_evidence < option.total_with_evidence for o in lawful
            )
            assert option.saving == item.applied.total - option.total
            assert option.status != OPEN or option.total >= item.applied.total


@given(st.data())
@steady
def test_a_valid_preference_never_raises_the_tax(data):
    day = data.draw(days)
    code = data.draw(lines_on(day))
    origin = data.draw(st.sampled_from(["CL", "AU", "NZ", "TH", "VN", "ET", "KM", "CH", "HK", "PE", "KR", "ID"]))
    schemes = WORLD.origins.schemes_of(origin, day)
    assume(schemes)
    scheme = data.draw(st.sampled_from([s for s, _ in schemes]))
    item = an_item(code, origin, data.draw(fen))
    claim = Preference(scheme.scheme, scheme.proofs[0] if scheme.proofs else "certificate")
    without = assess(a_shipment(day, item))
    claimed = assess(a_shipment(day, an_item(code, origin, int(item.price * 100), preferences=(claim,))))
    assume(without.items[0].low is not None)
    assert claimed.items[0].low <= without.items[0].low
    if without.items[0].high is not None:
        assert claimed.items[0].high <= without.items[0].high


@given(st.data())
@steady
def test_more_value_never_means_less_ad_valorem_duty(data):
    day = data.draw(days)
    code, origin = data.draw(lines_on(day)), data.draw(st.sampled_from(ORIGINS))
    low = data.draw(fen)
    high = min(10**12, low + data.draw(fen))
    duties = []
    for value in (low, high):
        applied = assess(a_shipment(day, an_item(code, origin, value))).items[0].applied
        assume(applied is not None)
        duties.append({c.kind: c.amount for c in applied.charges if c.formula == "ad_valorem"})
    for kind in duties[0].keys() & duties[1].keys():
        assert duties[0][kind] <= duties[1][kind]


@given(st.data())
@slow
def test_a_small_tax_is_waived_for_the_consignment_and_only_then(data):
    day = data.draw(days)
    codes = [data.draw(lines_on(day)) for _ in range(data.draw(st.integers(1, 3)))]
    values = [data.draw(st.integers(1, 60_000)) for _ in codes]
    answer = assess(a_shipment(day, *[an_item(c, "JP", v) for c, v in zip(codes, values, strict=True)]))
    applied = [i.applied for i in answer.items]
    assume(all(o is not None for o in applied))
    limits = limits_on(day, WORLD)
    for kind in {c.kind for o in applied for c in o.charges}:
        charges = [c for o in applied for c in o.charges if c.kind == kind]
        together = sum(c.amount for c in charges)
        assert sum(c.payable for c in charges) == (0 if together <= limits[kind].fen else together)


# --- ranges --------------------------------------------------------------------------------------------------------------------------


def contains(item, total):
    return item.low is not None and item.low <= total and (item.high is None or total <= item.high)


@given(st.data())
@slow
def test_the_range_of_an_unknown_origin_holds_the_answer_of_every_origin(data):
    day = data.draw(days)
    code = data.draw(lines_on(day))
    value = data.draw(fen)
    unknown = assess(a_shipment(day, an_item(code, None, value))).items[0]
    origin = data.draw(st.sampled_from(sorted(WORLD.origins.countries)))
    claims = tuple(
        Preference(s.scheme, s.proofs[0] if s.proofs else "certificate")
        for s, _ in WORLD.origins.schemes_of(origin, day)[:1]
    )
    for preferences in ((), claims):
        known = assess(a_shipment(day, an_item(code, origin, value, preferences=preferences))).items[0]
        if known.applied is not None:
            assert contains(unknown, known.applied.total), (code, origin, day, value)
            assert "origin" in unknown.missing_facts


@given(st.data())
@slow
def test_the_range_of_an_unknown_quantity_holds_the_answer_of_every_quantity(data):
    day = data.draw(days)
    code, origin = data.draw(lines_on(day)), data.draw(st.sampled_from(ORIGINS))
    value = data.draw(fen)
    facts = {"has_sliding_duty_certificate": data.draw(st.booleans()), "is_own_use_car": data.draw(st.booleans())}
    unknown = assess(a_shipment(day, an_item(code, origin, value, quantities={}, **facts))).items[0]
    scale = data.draw(st.sampled_from([Decimal("0.001"), Decimal("0.1"), Decimal(1), Decimal(100)]))
    quantities = {unit: (q * scale).quantize(Decimal("0.001")) for unit, q in QUANTITIES.items()}
    known = assess(a_shipment(day, an_item(code, origin, value, quantities=quantities, **facts))).items[0]
    if known.applied is not None:
        assert contains(unknown, known.applied.total), (code, origin, day, value, scale)


@given(st.data())
@slow
def test_the_range_of_unknown_freight_holds_the_answer_of_every_freight(data):
    day = data.draw(days)
    code, origin = data.draw(lines_on(day)), data.draw(st.sampled_from(ORIGINS))
    value = data.draw(st.integers(1, 10**10))
    item = an_item(code, origin, value, has_sliding_duty_certificate=data.draw(st.booleans()))
    unknown = assess(a_shipment(day, item, trade_terms="FOB")).items[0]
    freight = Cost(yuan(data.draw(st.integers(0, 10**9))), "CNY")
    known = assess(a_shipment(day, item, trade_terms="FOB", freight=freight)).items[0]
    if known.applied is not None:
        assert "freight" in unknown.missing_facts
        assert unknown.high is None
        assert contains(unknown, known.applied.total), (code, origin, day, value, freight)


@given(st.data())
@slow
def test_the_range_of_a_short_code_holds_the_answer_of_every_line_under_it(data):
    day = data.draw(days)
    code = data.draw(lines_on(day))
    value = data.draw(fen)
    short = assess(a_shipment(day, an_item(code[:6], "CL", value))).items[0]
    known = assess(a_shipment(day, an_item(code, "CL", value))).items[0]
    if known.applied is not None:
        assert contains(short, known.applied.total), (code, day, value)


def test_the_range_of_a_country_quota_is_its_two_answers():
    day = dt.date(2026, 6, 1)
    ranged = assess(a_shipment(day, an_item("02023000", "BR", 10_000_000, is_country_quota_exhausted=None))).items[0]
    answers = [
        assess(a_shipment(day, an_item("02023000", "BR", 10_000_000, is_country_quota_exhausted=f))).items[0]
        for f in (False, True)
    ]
    assert (ranged.low, ranged.high) == (answers[0].low, answers[1].low)
    assert [(m.name, m.low, m.high) for m in ranged.missing] == [
        ("is_country_quota_exhausted", ranged.low, ranged.high)
    ]


def test_the_range_of_a_missing_vat_class_is_its_two_answers():
    lines = [line._replace(vat_class="") for line in WORLD.schedule.lines["33049900"]]
    world = World(schedule=Schedule(lines, WORLD.schedule.rates["33049900"], "one line"))
    day = dt.date(2024, 6, 3)
    ranged = assess(a_shipment(day, an_item("33049900", "JP", 10_000_000)), world).items[0]
    answers = [
        assess(a_shipment(day, an_item("33049900", "JP", 10_000_000, vat_class=c)), world).items[0]
        for c in ("standard", "reduced")
    ]
    assert ranged.missing_facts == ("vat_class",)
    assert (ranged.low, ranged.high) == (answers[1].low, answers[0].low)


def test_a_missing_fact_says_what_it_is_worth():
    answer = assess(
        a_shipment(
            dt.date(2018, 8, 1),
            an_item("22030000", "JP", 2_627_000, quantities={"litre": Decimal(9880)}),
            exchange_rates={},
        )
    )
    (fact,) = answer.items[0].missing
    assert (fact.name, fact.low, fact.high) == ("exchange_rate_USD", answer.items[0].low, answer.items[0].high)
    assert fact.high - fact.low == 34_800  # 10 t × (250 − 220) of consumption tax, and 16 % VAT on it


def test_what_nothing_bounds_stays_open():
    answer = assess(a_shipment(dt.date(2018, 8, 1), an_item("22082000", "JP", 100_000, quantities={})))
    (fact,) = answer.items[0].missing
    assert (fact.name, fact.high) == ("quantity_in_litre", None)
    assert answer.total is None
    assert answer.total_high is None


def test_too_many_possibilities_are_said_and_leave_the_range_open():
    item = assess(a_shipment(dt.date(2025, 6, 1), an_item("02", None, 10_000_000))).items[0]
    assert item.high is None or "tariff.too_many_possibilities" not in {f.code for f in item.findings}


# --- boundaries ----------------------------------------------------------------------------------------------------------------------


def change_days():
    """Every day on which a parameter, a rate, a measure, a scheme or a line changes, within coverage."""
    found = {d for rule in WORLD.law.rules() for d in WORLD.law.rule(rule).change_days()}
    found |= {r.since for rates in WORLD.schedule.rates.values() for r in rates}
    found |= {r.since for r in WORLD.overlays.rates} | {
        r.until + dt.timedelta(1) for r in WORLD.overlays.rates if r.until.year < 9999
    }
    found |= {s.since for s in WORLD.origins.schemes.values()} | {
        m.since for ms in WORLD.origins.members.values() for m in ms
    }
    return sorted(d for d in found if COVERAGE_FROM < d <= LAST_DAY)


BASKET = (
    ("22042100", "CL"), ("22042100", "AU"), ("87032362", "DE"), ("87032363", "US"), ("12019010", "US"), ("02023000", "BR"), ("17019910", "TH"),
    ("52010000", "US"), ("31021000", "RU"), ("30049090", "FR"), ("33049900", "KR"), ("22030000", "undetermined"), ("91022100", "CH"),
    ("85211011", "JP"), ("40012200", "TH"), ("51011100", "NZ"), ("22082000", "FR"), ("09011100", "ET"), ("27090000", "US"), ("03063290", "CA"),
)  # fmt: skip


def test_the_day_before_and_the_day_of_every_change_are_answered():
    items = tuple(an_item(code, origin, 5_000_000, vat_class="standard") for code, origin in BASKET)
    for day in change_days():
        for one in (day - dt.timedelta(1), day):
            answer = assess(a_shipment(one, *items))
            assert answer.governing_on == one
            for item in answer.items:
                assert item.options or any(f.severity == "error" for f in item.findings), (one, item.commodity_code)


@pytest.mark.parametrize(
    ("day", "code"), [(dt.date(2018, 6, 30), "coverage.before"), (dt.date(2026, 11, 22), "coverage.after")]
)
def test_beyond_coverage_it_is_said(day, code):
    answer = assess(a_shipment(day, an_item("22042100", "CL", 10_000_000)))
    assert code in {f.code for f in answer.findings}
    assert bool(answer.items) == (code == "coverage.after")


# --- the choice between rates, as the articles say -----------------------------------------------------------------------------------

NONE = -1


def chosen_by_the_articles(mfn, provisional, conventional, special, general):
    """Tariff Law articles 12 and 13 (Regulations 10 and 11 with reading 1), written down a second time from the text."""
    if special != NONE:
        rates = {"special_preferential": special}
        if provisional != NONE:  # 有暂定税率的，应当从低适用税率
            rates = {"provisional": provisional, **rates}
        elif mfn != NONE:  # reading 2: nobody has to claim it
            rates = {"special_preferential": special, "mfn": mfn}
        return min(rates, key=rates.get)
    if conventional != NONE:
        if provisional != NONE:  # 从低适用税率
            return "provisional" if provisional <= conventional else "conventional"
        if mfn != NONE and mfn < conventional:  # 最惠国税率低于协定税率且无暂定税率的，适用最惠国税率
            return "mfn"
        return "conventional"
    if mfn != NONE:  # 有暂定税率的，适用暂定税率
        return "mfn" if provisional == NONE else "provisional"
    return "no_rate" if general == NONE else "general"  # 适用普通税率的，不适用暂定税率


def test_the_choice_is_that_of_the_articles_for_every_combination():
    some = (NONE, 0, 5, 6, 8)
    for rates in product(some, repeat=5):
        assert KIND_NAMES[select_rate(*rates, NONE, NONE)] == chosen_by_the_articles(*rates), rates


def test_inside_a_quota_its_own_provisional_rate_comes_before_its_rate():
    for rates in product((NONE, 0, 5, 6), repeat=5):
        for in_quota, provisional in product((0, 4), (NONE, 0, 1, 9)):
            special = rates[3]
            own = "in_quota" if provisional == NONE else "in_quota_provisional"
            duty = in_quota if provisional == NONE else provisional
            expected = "special_preferential" if 0 <= special < duty else own
            assert KIND_NAMES[select_rate(*rates, in_quota, provisional)] == expected


@pytest.mark.parametrize("day", [dt.date(2024, 11, 30), dt.date(2024, 12, 1)])
@pytest.mark.parametrize(
    ("code", "origin", "facts", "kind"),
    [
        ("33049900", "JP", {}, "mfn"),
        ("31021000", "JP", {"has_quota_certificate": True}, "in_quota_provisional"),
        ("10011100", "JP", {"has_quota_certificate": True}, "in_quota"),
        ("22042100", "CL", {"preferences": (Preference("08", "certificate"),)}, "conventional"),
        ("22042100", "undetermined", {"facts": {"measure_origins_excluded": "yes"}}, "general"),
    ],
)
def test_both_laws_choose_alike_and_cite_their_own_articles(day, code, origin, facts, kind):
    answer = assess(a_shipment(day, an_item(code, origin, 10_000_000, **facts)))
    applied = answer.items[0].applied
    assert applied.rate_kind == kind
    law = "tariff-law-2024" if day >= dt.date(2024, 12, 1) else "duty-regulations-2003"
    other = "duty-regulations-2003" if law == "tariff-law-2024" else "tariff-law-2024"
    cited = "; ".join(r.because for r in applied.reasons)
    assert law in cited
    assert other not in cited


def test_a_provisional_rate_inside_a_quota_cites_articles_4_9_and_12_of_the_regulations():
    answer = assess(a_shipment(dt.date(2019, 5, 6), an_item("31021000", "RU", 50_000_000, has_quota_certificate=True)))
    assert (
        answer.items[0].applied.reasons[0].because
        == "duty-regulations-2003#4; duty-regulations-2003#9; duty-regulations-2003#12"
    )
