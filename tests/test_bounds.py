"""At the largest amounts we accept, and with the largest rates in the tables, no step of any rule outgrows 64 bits; beyond them we refuse.

Compiled rules wrap silently, so the plain ones run here on whole numbers that check every sum and product.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import product

import pytest

from tongguan.assessment import pipeline
from tongguan.assessment.assess import MOST_YUAN_PER_DOLLAR, assess
from tongguan.assessment.charging import MAX_DUTIES_FEN
from tongguan.assessment.shipment import Cost, GoodsItem, Shipment
from tongguan.assessment.world import World, shipped_world
from tongguan.grammar.days import by_the_day_down, by_the_day_up
from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.money import INT64_MAX, MAX_DUTY_PPM, MAX_QUANTITY_MILLI, MAX_VALUE_FEN
from tongguan.grammar.parameters import HELD_FROM
from tongguan.law.consumption_tax.rule import class_terms, tax_classes
from tongguan.law.import_vat.rule import import_vat
from tongguan.law.surcharges.late_payment.rule import late_payment_surcharge
from tongguan.law.undetermined_origin.rule import undetermined_origin_duty
from tongguan.law.valuation.transaction_value.rule import NOT_DETERMINED, dutiable_value
from tongguan.tariff.schedule import Schedule

WORLD = shipped_world()
USD_E4 = int(MOST_YUAN_PER_DOLLAR * 10_000)
FORTY_YEARS = 14_610


class Whole(int):
    """A whole number that refuses to leave 64 bits."""

    __slots__ = ()


def _checked(name):
    plain = getattr(int, name)

    def operate(self, other):
        result = plain(self, other)
        if result is NotImplemented:
            return result
        if not -INT64_MAX - 1 <= result <= INT64_MAX:
            raise OverflowError(f"{int(self)} {name} {int(other)}")
        return Whole(result)

    return operate


for _operator in ("add", "sub", "mul", "floordiv", "mod"):
    setattr(Whole, f"__{_operator}__", _checked(f"__{_operator}__"))
    setattr(Whole, f"__r{_operator}__", _checked(f"__r{_operator}__"))

LARGEST = [(Whole(v), Whole(q)) for v, q in product((1, MAX_VALUE_FEN), (1, 999, MAX_QUANTITY_MILLI))]


def whole(values):
    return [Whole(v) for v in values]


def test_the_checking_number_checks():
    with pytest.raises(OverflowError):
        Whole(2) ** 1 * Whole(INT64_MAX)
    with pytest.raises(OverflowError):
        2 * Whole(INT64_MAX)
    assert (Whole(7) * 3 + 1) // 2 == 11


def every_rate():
    """Every rate of the schedule once: its form and numbers."""
    found = {}
    for rates in WORLD.schedule.rates.values():
        for rate in rates:
            found.setdefault((rate.form, rate.rate, rate.num, rate.den, rate.bands), rate)
    return list(found.values())


def test_no_duty_outgrows_64_bits():
    for rate in every_rate():
        form = pipeline.FORMS[rate.form]
        terms = [0, 0, 1, 0, 0, 0]
        days = [dt.date(2018, 7, 1)]
        if rate.form == "sliding":
            days = [d for d in WORLD.law.rule("customs_duty/sliding").change_days() if d.year >= 2018]
        for day, (value, quantity) in product(days, LARGEST):
            if rate.form == "sliding":
                terms = list(WORLD.sliding_terms(day)[0])
            elif rate.form == "by_unit_value":
                threshold, below = rate.bands
                terms = [threshold, USD_E4, 1, 0, 0, below]
            duty = pipeline.customs_duty(form, value, quantity, *whole((rate.rate, rate.num, rate.den)), *whole(terms))
            assert duty >= 0


def test_no_additional_duty_outgrows_64_bits():
    rows = {(r.rate, r.num, r.den) for r in WORLD.overlays.rates}
    for (rate, num, den), (value, quantity) in product(rows, LARGEST):
        form = pipeline.COMPOUND if num else pipeline.AD_VALOREM
        assert pipeline.customs_duty(form, value, quantity, *whole((rate, num, den, 0, 0, 1, 0, 0, 0))) >= 0


def test_no_tax_outgrows_64_bits():
    dated = WORLD.law.rule("consumption_tax").change_days() | WORLD.law.rule("import_vat").change_days()
    changes = sorted({max(day, HELD_FROM) for day in dated})
    added = WORLD.at("consumption_tax/super_luxury_added_rate", dt.date(2026, 1, 1)).ppm()
    vat = max(WORLD.at("import_vat/standard_rate", d).ppm() for d in changes)
    for name, day in product(["", *tax_classes()], changes):
        terms = class_terms(name, day, WORLD.law)[0]
        for (value, quantity), duties in product(LARGEST, (0, MAX_DUTIES_FEN)):
            taxes = pipeline.taxes_on(
                value, *whole((duties, terms.test)), quantity, *whole((USD_E4, terms.threshold, terms.threshold_per)),
                *whole((terms.rate, terms.num, terms.den, terms.below_rate, terms.below_num, terms.below_den, added, vat)),
            )  # fmt: skip
            assert all(part >= 0 for part in taxes)


def test_no_other_scalar_rule_outgrows_64_bits():
    most = MAX_VALUE_FEN + MAX_DUTIES_FEN + 10 * MAX_VALUE_FEN
    micro = Whole(MAX_VALUE_FEN) * 1_000_000
    assert dutiable_value(micro, Whole(0), Whole(NOT_DETERMINED), Whole(0), Whole(0), Whole(3_000)) > MAX_VALUE_FEN
    assert dutiable_value(micro, Whole(0), Whole(0), micro, Whole(0), Whole(3_000)) == 2 * MAX_VALUE_FEN
    assert import_vat(Whole(MAX_VALUE_FEN), Whole(MAX_DUTIES_FEN), Whole(10 * MAX_VALUE_FEN), Whole(170_000)) > 0
    assert undetermined_origin_duty(Whole(MAX_DUTIES_FEN), Whole(MAX_DUTIES_FEN), Whole(0)) > 0
    assert late_payment_surcharge(Whole(most), Whole(FORTY_YEARS), Whole(500), Whole(5_000))[0] > 0
    assert by_the_day_up(Whole(most), Whole(FORTY_YEARS), Whole(3_500), Whole(360)) > 0
    assert by_the_day_down(Whole(MAX_VALUE_FEN), Whole(FORTY_YEARS), Whole(500)) > 0
    for value, quantity in LARGEST:
        assert pipeline.super_luxury_rate(value, quantity, True, Whole(130_000_000), Whole(100_000)) >= 0


def codes_of(answer):
    return {f.code for f in answer.all_findings}


def asked(day=dt.date(2025, 3, 3), rates=None, **item):
    item = {"commodity_code": "22042100", "origin": "CL", "price": Decimal(1000), "currency": "CNY", **item}
    return Shipment(day, (GoodsItem(**item),), exchange_rates=rates or {})


def test_the_largest_value_is_answered_and_one_fen_more_is_refused():
    largest = Decimal(MAX_VALUE_FEN) / 100
    assert assess(asked(price=largest)).total is not None
    beyond = assess(asked(price=largest + Decimal("0.01")))
    assert beyond.total is None
    assert "valuation.value_too_large" in codes_of(beyond)
    assert "valuation.value_too_large" in codes_of(assess(asked(dutiable_value=largest + Decimal("0.01"))))
    assert "valuation.value_too_large" in codes_of(assess(asked(price=largest * 1000)))


def test_the_largest_quantity_is_answered_and_more_is_refused():
    litres = Decimal(MAX_QUANTITY_MILLI) / 1000
    spirits = {"commodity_code": "22082000", "origin": "JP"}
    assert assess(asked(**spirits, quantities={"litre": litres})).items[0].low is not None
    beyond = assess(asked(**spirits, quantities={"litre": litres + 1}))
    assert beyond.total is None
    assert "valuation.quantity_too_large" in codes_of(beyond)
    by_mass = assess(
        asked(commodity_code="22030000", origin="JP", quantities={"tonne": litres}, rates={"USD": Decimal(7)})
    )
    assert "valuation.quantity_too_large" in codes_of(by_mass)


def test_a_dollar_that_cannot_be_right_is_not_used():
    beer = {"commodity_code": "22030000", "origin": "JP", "quantities": {"litre": Decimal(100)}}
    answer = assess(asked(**beer, rates={"USD": MOST_YUAN_PER_DOLLAR + 1}))
    assert "valuation.usd_rate_absurd" in codes_of(answer)
    assert "exchange_rate_USD" in answer.items[0].missing_facts


def test_duties_beyond_the_bound_are_refused():
    rates = [r._replace(rate=MAX_DUTY_PPM + 1) if r.kind == "mfn" else r for r in WORLD.schedule.rates["22042100"]]
    world = World(schedule=Schedule(WORLD.schedule.lines["22042100"], rates, "absurd"))
    answer = assess(asked(origin="JP"), world)
    assert answer.total is None
    assert "duty_rate.sum_too_large" in codes_of(answer)
    specific = assess(
        asked(commodity_code="02071200", origin="BR", quantities={"kg": Decimal(10**9)}, price=Decimal("0.01"))
    )
    assert specific.items[0].low is not None, "even the largest quantity of chicken stays within the bound"


def test_costs_beyond_the_bound_are_refused():
    shipment = asked(price=Decimal(1))
    huge = Shipment(
        shipment.declared_on, shipment.items, trade_terms="FOB", freight=Cost(Decimal(MAX_VALUE_FEN), "CNY")
    )
    assert "valuation.value_too_large" in codes_of(assess(huge))


def test_a_year_without_what_we_need_is_said():
    with pytest.raises(OutOfCoverage):
        WORLD.at("import_vat/standard_rate", dt.date(2017, 12, 31))
