"""The order of the law, in one place. Read it from top to bottom like a contents page.

    governing date          tariff-law-2024#20-22         law/governing_date
    classification          #9                             tariff/schedule
    origin                  #11, #12                       tariff/origins
    dutiable value          #24-28, #60                    law/valuation
    duty rate               #10, #12-14                    law/duty_rate/selection
    customs duty            #23                            law/customs_duty
    additional duties       #16-19                         law/additional_duties, law/undetermined_origin
    small amounts           #32(1)                         law/low_value
    consumption tax         consumption-tax-regulations#9  law/consumption_tax    (needs value and duty)
    import VAT              vat-law-2024#14                law/import_vat         (needs value, duty and consumption tax)

The order is a legal statement: consumption tax needs the duty, VAT needs both. The functions here are scalar and run as they stand for one
shipment; `assessment/bulk` compiles the very same functions for millions of rows.
"""

from __future__ import annotations

from tongguan.grammar.money import half_up
from tongguan.law.consumption_tax.rule import consumption_tax, is_upper_class
from tongguan.law.customs_duty.ad_valorem.rule import ad_valorem_duty
from tongguan.law.customs_duty.by_unit_value.rule import by_unit_value_duty
from tongguan.law.customs_duty.compound.rule import compound_duty
from tongguan.law.customs_duty.lower_of.rule import lower_duty
from tongguan.law.customs_duty.sliding.rule import sliding_duty
from tongguan.law.customs_duty.specific.rule import specific_duty
from tongguan.law.import_vat.rule import import_vat
from tongguan.law.low_value.rule import payable_after_waiver

AD_VALOREM = 0
SPECIFIC = 1
COMPOUND = 2
SLIDING = 3
LOWER_OF = 4
BY_UNIT_VALUE = 5

FORMS = {
    "ad_valorem": AD_VALOREM,
    "specific": SPECIFIC,
    "compound": COMPOUND,
    "sliding": SLIDING,
    "lower_of": LOWER_OF,
    "by_unit_value": BY_UNIT_VALUE,
}


def customs_duty(
    form: int,
    value: int,
    quantity: int,
    rate: int,
    num: int,
    den: int,
    sliding_threshold: int,
    sliding_num: int,
    sliding_den: int,
    k1: int,
    k2: int,
    ceiling: int,
) -> int:
    """Duty in fen under one rate, whatever its form (tariff-law-2024#23).

    BY_UNIT_VALUE reads its threshold in US cents from `sliding_threshold`, the dollar from `sliding_num` and the lower band's rate from `ceiling`.
    """
    if form == AD_VALOREM:
        return ad_valorem_duty(value, rate)
    if form == SPECIFIC:
        return specific_duty(quantity, num, den)
    if form == COMPOUND:
        return compound_duty(value, rate, quantity, num, den)
    if form == LOWER_OF:
        return lower_duty(value, rate, quantity, num, den)
    if form == BY_UNIT_VALUE:
        return by_unit_value_duty(value, quantity, sliding_threshold, sliding_num, ceiling, rate, num, den)
    if quantity <= 0:
        return half_up(value * ceiling, 1_000_000)
    return sliding_duty(value, quantity, sliding_threshold, sliding_num, sliding_den, k1, k2, ceiling)


def super_luxury_rate(value: int, quantity: int, is_own_use_car: bool, threshold: int, added_rate: int) -> int:
    """The consumption-tax rate added to a super-luxury car imported for own use, by value each (caiguanshui-2016-63); else 0."""
    if not is_own_use_car or quantity <= 0:
        return 0
    return added_rate if value * 1000 // quantity >= threshold else 0


def consumption_tax_of(
    test: int,
    value: int,
    duty: int,
    quantity: int,
    usd_rate_e4: int,
    threshold: int,
    threshold_per: int,
    rate: int,
    num: int,
    den: int,
    below_rate: int,
    below_num: int,
    below_den: int,
    added_rate: int,
) -> tuple[int, int, int, int]:
    """Consumption tax in fen on value and duties, and the rate, num, den it used; the price test chooses the class."""
    if test == 0:
        return 0, 0, 0, 1
    if not is_upper_class(test, value, duty, quantity, usd_rate_e4, threshold, threshold_per, num, den, below_rate):
        rate, num, den = below_rate, below_num, below_den
    rate = rate + added_rate
    return consumption_tax(value + duty, rate, quantity, num, den), rate, num, den


def small_duty_waived(consignment_duty: int, limit: int) -> bool:
    """Whether the duty of the whole consignment is small enough not to be levied (tariff-law-2024#32(1))."""
    return payable_after_waiver(consignment_duty, limit) == 0


def taxes_on(
    value: int,
    duties: int,
    test: int,
    ct_quantity: int,
    usd_rate_e4: int,
    threshold: int,
    threshold_per: int,
    rate: int,
    num: int,
    den: int,
    below_rate: int,
    below_num: int,
    below_den: int,
    added_rate: int,
    vat_rate: int,
) -> tuple[int, int, int, int, int]:
    """Consumption tax, the rate, num and den it used, and import VAT: the last two steps, in their order."""
    tax, used_rate, used_num, used_den = consumption_tax_of(
        test, value, duties, ct_quantity, usd_rate_e4, threshold, threshold_per,
        rate, num, den, below_rate, below_num, below_den, added_rate,
    )  # fmt: skip
    return tax, used_rate, used_num, used_den, import_vat(value, duties, tax, vat_rate)
