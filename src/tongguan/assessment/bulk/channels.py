"""The walk of a row in a special channel: what the channel decides before the goods are taxed, and what it changes afterwards.

The rules are those of `law/channels`, `law/temporary_admission`, `law/duty_relief` and `law/surcharges/deferred_interest`, compiled by `kernel.py`
as they stand; the facts are those `assessment/channels` asks for. A row is a consignment of its own here: one order, one parcel, one purchase.

What bulk work does not do in a channel is refused with a finding: lines of the e-commerce list that carry a remark, tobacco and spirits by quantity,
an exhibit divided by its exhibitor's amount, selective duty, goods under temporary admission that are to stay, returns.
"""
# ruff: noqa: F403, F405  # the places X_… of the row in hand are names by the dozen, and all of them are meant

from __future__ import annotations

from tongguan.assessment.bulk import codes as k
from tongguan.assessment.bulk import tables as t
from tongguan.assessment.bulk.row import *
from tongguan.assessment.bulk.walk import BIG, KG, quantity_in
from tongguan.assessment.pipeline import consumption_tax_of, taxes_on
from tongguan.grammar.days import days_late, months_begun
from tongguan.grammar.money import half_up
from tongguan.law.channels.border_trade import rule as border
from tongguan.law.channels.border_trade.rule import taxed_amount
from tongguan.law.channels.cross_border_ecommerce import rule as ecommerce
from tongguan.law.channels.cross_border_ecommerce.rule import decision, reduced_consumption_tax, reduced_import_vat
from tongguan.law.channels.exhibition import rule as exhibition
from tongguan.law.channels.exhibition.rule import outcome, relieved_part
from tongguan.law.channels.hainan.rule import (
    first_line,
    levies_base_duty,
    levies_import_taxes,
    levies_special_duties,
    second_line,
)
from tongguan.law.channels.offshore_duty_free import rule as offshore
from tongguan.law.channels.offshore_duty_free.rule import buyer, free_part
from tongguan.law.channels.personal_articles import rule as personal_articles
from tongguan.law.channels.personal_articles.rule import articles_tax, parcel_admission, payable_tax
from tongguan.law.channels.processing_trade.rule import interest_base
from tongguan.law.channels.repair_and_processing_abroad.rule import (
    ON_COST_ABROAD,
    processing_value,
    repair_value,
    value_basis,
)
from tongguan.law.channels.travellers.rule import allowance, taxed_value
from tongguan.law.duty_relief.rule import written_down_value
from tongguan.law.governing_date.rule import BONDED_SOLD_AT_HOME, ORDINARY, RELIEF_DISPOSED
from tongguan.law.surcharges.deferred_interest.rule import deferred_interest
from tongguan.law.temporary_admission.rule import proportional_duty

AS_GOODS, FREE, ARTICLES, REDUCED, FULL_TAX, RELIEF, BY_MONTH, INTEREST_TOO, DUE_AGAIN, IN_HAINAN = range(10)
"""How a channel's row goes on. AS_GOODS is the way of general trade, small amounts waived."""

NO_DUTY, NO_SPECIAL_DUTIES, NO_CONSUMPTION_TAX, NO_VAT, TAXES_IN_PART = 1, 2, 4, 8, 16
"""What a relief leaves out."""


def states(x: Array, flag: int) -> bool:
    """Whether a yes-or-no fact was stated; a finding when not."""
    if x[X_FLAGS] & (flag << k.STATED):
        return True
    x[X_FINDINGS] |= k.FACT_MISSING
    return False


def needs(x: Array, law: Array, place: int, column: int) -> int:
    """A parameter that has to be encoded on the day; 0 with a finding when it is not."""
    value = law[place, column]
    if value == t.NOT_ENCODED:
        x[X_FINDINGS] |= k.LAW_NOT_ENCODED
        return 0
    return int(value)


# --- before the day is known ---------------------------------------------------------------------------------------------------------


def situate(x: Array) -> None:
    """The situation a channel puts goods in, where it moves the governing day to that of the tax formalities (#21)."""
    if x[X_SITUATION] != ORDINARY:
        return
    if x[X_CHANNEL] == k.PROCESSING_TRADE:
        x[X_SITUATION] = BONDED_SOLD_AT_HOME
        if x[X_FORMALITIES] == 0:
            x[X_FORMALITIES] = x[X_DECLARED]
    elif x[X_CHANNEL] == k.DUTY_RELIEF and x[X_ENDED] > 0:
        x[X_SITUATION] = RELIEF_DISPOSED
        if x[X_FORMALITIES] == 0:
            x[X_FORMALITIES] = x[X_ENDED]


def prepare(x: Array, law: Array) -> None:
    """What a channel changes in the value: a person's price includes all, goods back from abroad are worth what was spent there."""
    channel = x[X_CHANNEL]
    if channel in (k.ECOMMERCE, k.PERSONAL_ARTICLES, k.TRAVELLERS, k.OFFSHORE):
        for at in (X_INLAND, X_FREIGHT, X_INSURANCE):
            x[at] = max(x[at], 0)
    elif channel in (k.REPAIR_ABROAD, k.PROCESSING_ABROAD):
        at_cost(x, law)


def at_cost(x: Array, law: Array) -> None:
    """Goods back from repair or processing abroad."""
    is_repair = x[X_CHANNEL] == k.REPAIR_ABROAD
    needs(x, law, x[X_LAW], t.REPAIR_BASIS if is_repair else t.PROCESSING_BASIS)
    if not states(x, k.REPORTED):
        return
    is_reported = x[X_FLAGS] & k.REPORTED != 0
    if is_reported and x[X_ENDED] == 0:
        x[X_FINDINGS] |= k.FACT_MISSING
        return
    if value_basis(is_reported, x[X_DECLARED], x[X_ENDED]) != ON_COST_ABROAD:
        return
    fee, parts = x[X_FEE], x[X_PARTS]
    if fee < 0 and parts < 0:
        x[X_FINDINGS] |= k.FACT_MISSING
        return
    fee, parts = max(fee, 0), max(parts, 0)
    spent = (
        repair_value(fee, parts)
        if is_repair
        else processing_value(fee, parts, max(x[X_RETURN_FREIGHT], 0), max(x[X_RETURN_INSURANCE], 0))
    )
    x[X_PRICE] = spent * 100
    x[X_VALUE] = -1
    x[X_TERMS] = 0
    x[X_INLAND] = x[X_FREIGHT] = x[X_INSURANCE] = -1
    x[X_ADDITIONS] = x[X_DEDUCTIONS] = 0


# --- before the goods are taxed ------------------------------------------------------------------------------------------------------


def decide(x: Array, days: Array, law: Array, lines: Array, conversion: Array) -> None:
    """What the channel decides of a row whose day, value and, where it has one, line are known."""
    channel = x[X_CHANNEL]
    x[X_MODE] = AS_GOODS
    x[X_RELIEF] = 0
    if channel == k.ECOMMERCE:
        decide_order(x, law, lines)
    elif channel == k.PERSONAL_ARTICLES:
        decide_parcel(x, law)
    elif channel == k.TRAVELLERS:
        decide_baggage(x, law)
    elif channel == k.OFFSHORE:
        decide_purchase(x, law)
    elif channel == k.BORDER_TRADE:
        decide_exchange(x, law, lines, conversion)
    elif channel == k.EXHIBITION:
        decide_exhibit(x, days, law)
    elif channel == k.HAINAN:
        needs(x, law, x[X_LAW], t.HAINAN_CLOSED)
        x[X_MODE] = IN_HAINAN
    elif channel == k.PROCESSING_TRADE:
        x[X_MODE] = INTEREST_TOO
        if x[X_STARTED] == 0:
            x[X_FINDINGS] |= k.FACT_MISSING
    elif channel == k.TEMPORARY_ADMISSION:
        decide_stay(x, law)
    elif channel == k.DUTY_RELIEF:
        decide_relief(x, days, law)


def decide_order(x: Array, law: Array, lines: Array) -> None:
    """An order of cross-border e-commerce: reduced tax, full tax, or general trade."""
    place = x[X_LAW]
    single, yearly = needs(x, law, place, t.EC_SINGLE), needs(x, law, place, t.EC_YEARLY)
    if not states(x, k.ON_POSITIVE_LIST):
        return
    is_listed = x[X_FLAGS] & k.ON_POSITIVE_LIST != 0
    held = lines[x[X_LINE], t.LINE_LISTED]
    if held == t.REMARK_ON_LIST or (held == t.ON_LIST and not is_listed):
        x[X_FINDINGS] |= k.NOT_IN_BULK
        return
    if x[X_USED] < 0 or x[X_ITEMS] <= 0:
        x[X_FINDINGS] |= k.USED_MISSING
        return
    if not is_listed:
        x[X_NOTES] |= k.NOTE_AS_GENERAL_TRADE
        return
    how = decision(x[X_TAXED_VALUE], x[X_ITEMS], x[X_USED], single, yearly, law[place, t.EC_REGIME])
    if how == ecommerce.REDUCED_TAX:
        x[X_MODE] = REDUCED
        x[X_SHARE_NUM] = needs(x, law, place, t.EC_SHARE_NUM)
        x[X_SHARE_DEN] = law[place, t.EC_SHARE_DEN]
    elif how == ecommerce.FULL_TAX:
        x[X_MODE] = FULL_TAX
    else:
        x[X_NOTES] |= k.NOTE_AS_GENERAL_TRADE


def article_rate(x: Array, law: Array) -> int:
    """The rate of the tax on articles; a finding when the category is not stated."""
    place = x[X_LAW]
    category = x[X_CATEGORY]
    if category == k.MEDICINE:
        category = needs(x, law, place, t.MEDICINE_CATEGORY)
    if category < 1 or category > 3:
        x[X_FINDINGS] |= k.CATEGORY_MISSING
        return 0
    return needs(x, law, place, t.ARTICLE_RATE_1 + category - 1)


def decide_parcel(x: Array, law: Array) -> None:
    """A parcel for personal use: an article, or goods when it is too dear or too much."""
    place = x[X_LAW]
    value = x[X_TAXED_VALUE]
    near, elsewhere = needs(x, law, place, t.PARCEL_NEAR), needs(x, law, place, t.PARCEL_ELSEWHERE)
    is_personal = not x[X_FLAGS] & k.BEYOND_PERSONAL
    limit = near if x[X_SENT_FROM] in (k.NEAR, k.NEAR_TAIWAN) else elsewhere
    if is_personal and value > min(near, elsewhere):
        if x[X_SENT_FROM] == k.PLACE_UNKNOWN and value <= elsewhere and not x[X_FLAGS] & k.SINGLE_INDIVISIBLE:
            x[X_FINDINGS] |= k.FACT_MISSING
        if value > limit and not states(x, k.SINGLE_INDIVISIBLE):
            return
    how = parcel_admission(value, limit, x[X_FLAGS] & k.SINGLE_INDIVISIBLE != 0, is_personal)
    if how != personal_articles.AS_ARTICLE:
        x[X_NOTES] |= k.NOTE_AS_GENERAL_TRADE
        if x[X_CODE] < 0:
            x[X_FINDINGS] |= k.NOT_BY_THIS_CHANNEL
        return
    x[X_MODE] = ARTICLES
    x[X_SHARE_NUM] = value
    x[X_ARTICLE_RATE] = article_rate(x, law)
    x[X_ARTICLE_FREE] = needs(x, law, place, t.FREE_TAX)


def decide_baggage(x: Array, law: Array) -> None:
    """One article in a traveller's baggage, with the whole allowance still there."""
    place = x[X_LAW]
    flags = x[X_FLAGS]
    x[X_MODE] = ARTICLES
    x[X_ARTICLE_FREE] = -1
    x[X_ARTICLE_RATE] = article_rate(x, law)
    is_resident = flags & k.RESIDENT != 0
    is_frequent = flags & k.FREQUENT != 0
    if not is_frequent and not states(x, k.RESIDENT):
        return
    is_raised = False
    raised = law[place, t.ALLOWANCE_RAISED]
    if (
        is_resident
        and not is_frequent
        and raised != t.NOT_ENCODED
        and x[X_SENT_FROM] not in (k.ELSEWHERE, k.NEAR_TAIWAN)
    ):
        if x[X_SENT_FROM] == k.PLACE_UNKNOWN or x[X_PORT] == 0 or x[X_AGE] < 0:
            x[X_FINDINGS] |= k.FACT_MISSING
            return
        column = (
            t.RAISED_AT_SIX
            if x[X_PORT] == k.SIX_PORTS
            else t.RAISED_AT_HENGQIN
            if x[X_PORT] == k.HENGQIN
            else t.RAISED_AT_OTHERS
        )
        is_raised = law[place, column] == 1 and x[X_AGE] >= law[place, t.ADULT_AGE]
    free = allowance(
        is_resident,
        is_frequent,
        is_raised,
        needs(x, law, place, t.ALLOWANCE),
        needs(x, law, place, t.ALLOWANCE_NON_RESIDENT),
        raised,
    )
    value = x[X_TAXED_VALUE]
    if flags & k.NEVER_FREE:
        x[X_SHARE_NUM] = taxed_value(0, 0, free, value)
    elif flags & k.INDIVISIBLE:
        x[X_SHARE_NUM] = taxed_value(0, value, free, 0)
    else:
        x[X_SHARE_NUM] = taxed_value(value, 0, free, 0)


def decide_purchase(x: Array, law: Array) -> None:
    """A purchase in Hainan's offshore duty-free shops."""
    place = x[X_LAW]
    amount, line = needs(x, law, place, t.OFFSHORE_AMOUNT), needs(x, law, place, t.OFFSHORE_LINE)
    lowest, abroad = needs(x, law, place, t.OFFSHORE_AGE), needs(x, law, place, t.OFFSHORE_ABROAD)
    age = x[X_AGE] if x[X_AGE] >= 0 else lowest
    if buyer(age, x[X_FLAGS] & k.LEAVES_FOR_ABROAD != 0, lowest, abroad == 1) != offshore.MAY_BUY:
        x[X_FINDINGS] |= k.NOT_BY_THIS_CHANNEL
        return
    if line >= 0 and x[X_TAXED_VALUE] > line:
        x[X_FINDINGS] |= k.LAW_NOT_ENCODED
        return
    if x[X_USED] < 0:
        x[X_FINDINGS] |= k.USED_MISSING
        return
    x[X_MODE] = ARTICLES
    x[X_ARTICLE_FREE] = -1
    x[X_SHARE_NUM] = x[X_TAXED_VALUE] - free_part(x[X_TAXED_VALUE], x[X_USED], amount)
    x[X_ARTICLE_RATE] = article_rate(x, law)


def decide_exchange(x: Array, law: Array, lines: Array, conversion: Array) -> None:
    """Exchange of border residents: what lies above the person's day is taxed as goods, its quantities in proportion."""
    kind = lines[x[X_LINE], t.LINE_BORDER]
    value = x[X_TAXED_VALUE]
    if kind == border.NEVER_FREE_IN_PART:
        if not states(x, k.EXCLUDED_PART):
            return
        kind = border.NEVER_FREE if x[X_FLAGS] & k.EXCLUDED_PART else border.FREE_BY_VALUE
    limit = needs(x, law, x[X_LAW], t.BORDER_LIMIT)
    taxed = value
    if kind == border.FREE_BY_QUANTITY:
        free = needs(x, law, x[X_LAW], lines[x[X_LINE], t.LINE_FREE_QUANTITY])
        quantity = quantity_in(x, conversion, KG, 0)
        if quantity <= 0 or value > 9 * 10**18 // max(quantity, 1):
            x[X_FINDINGS] |= k.QUANTITY_MISSING
            return
        taxed = half_up(value * taxed_amount(quantity, max(x[X_LIMIT], 0), free), quantity)
    elif kind == border.FREE_BY_VALUE:
        if x[X_USED] < 0:
            x[X_FINDINGS] |= k.USED_MISSING
            return
        taxed = taxed_amount(value, x[X_USED], limit)
    if taxed == 0:
        x[X_MODE] = FREE
    elif taxed < value:
        for at in (X_QUANTITY, X_QUANTITY_2, X_QUANTITY_3):
            if x[at] > 9 * 10**18 // taxed:
                x[X_FINDINGS] |= k.AMOUNT_TOO_LARGE
            elif x[at] > 0:
                x[at] = half_even(x[at] * taxed, value * 1000) * 1000
        x[X_TAXED_VALUE] = taxed


def half_even(numerator: int, denominator: int) -> int:
    """The nearest whole number, halves to the even one, as the single path divides quantities."""
    whole = numerator // denominator
    twice = 2 * (numerator - whole * denominator)
    if twice > denominator or (twice == denominator and whole % 2 == 1):
        return whole + 1
    return whole


def decide_exhibit(x: Array, days: Array, law: Array) -> None:
    """An exhibit sold at the import expo, within the exhibitor's amount or outside it."""
    sold = x[X_STARTED] if x[X_STARTED] > 0 else x[X_DAY]
    if sold < t.FIRST_DAY or sold > t.LAST_DAY:
        x[X_FINDINGS] |= k.DATE_OUTSIDE_COVERAGE
        return
    place = days[sold - t.FIRST_DAY, t.DAY_LAW]
    first, last = needs(x, law, place, t.FAIR_FIRST), needs(x, law, place, t.FAIR_LAST)
    needs(x, law, place, t.FAIR_DUTY)
    cents = x[X_LIMIT] if x[X_LIMIT] >= 0 else law[place, t.FAIR_AMOUNT]
    if cents == t.NOT_ENCODED:
        x[X_FINDINGS] |= k.FACT_MISSING
        return
    if x[X_USD_RATE] <= 0:
        x[X_FINDINGS] |= k.EXCHANGE_RATE_MISSING
        return
    left = max(0, cents - max(x[X_USED], 0))
    left = min(left, 9 * 10**18 // x[X_USD_RATE])
    left = half_up(left * x[X_USD_RATE], 1_000_000)
    is_car = x[X_CODE] // 10_000_000 == 8703
    how = outcome(
        int(days[sold - t.FIRST_DAY, t.DAY_MONTH_DAY]), first, last, is_car or x[X_FLAGS] & k.EXCLUDED_PART != 0, left
    )
    if how != exhibition.RELIEVED:
        return
    part = relieved_part(x[X_TAXED_VALUE], 0, left)
    if part < x[X_TAXED_VALUE]:
        x[X_FINDINGS] |= k.NOT_IN_BULK
        return
    x[X_MODE] = RELIEF
    x[X_RELIEF] = NO_DUTY | TAXES_IN_PART
    x[X_SHARE_NUM] = needs(x, law, place, t.FAIR_SHARE_NUM)
    x[X_SHARE_DEN] = law[place, t.FAIR_SHARE_DEN]


def decide_stay(x: Array, law: Array) -> None:
    """Temporary admission: nothing for now, or so many sixtieths."""
    if not states(x, k.LISTED):
        return
    if x[X_FLAGS] & k.LISTED:
        x[X_MODE] = FREE
        return
    most = needs(x, law, x[X_LAW], t.TAXED_MONTHS)
    months = x[X_MONTHS]
    if months < 0:
        if x[X_STARTED] == 0 or x[X_ENDED] == 0:
            x[X_FINDINGS] |= k.FACT_MISSING
            return
        months = months_begun(x[X_STARTED], x[X_ENDED])
    x[X_MODE] = BY_MONTH
    x[X_SHARE_NUM] = min(months, most)
    x[X_SHARE_DEN] = most


def decide_relief(x: Array, days: Array, law: Array) -> None:
    """Goods under a duty-relief certificate: their import, or what is due when they are disposed of."""
    if x[X_RELIEVED] < 0:
        x[X_FINDINGS] |= k.FACT_MISSING
        return
    if x[X_ENDED] == 0:
        if x[X_FLAGS] & k.HAS_CERTIFICATE:
            x[X_MODE] = RELIEF
            if x[X_RELIEVED] & k.RELIEVES_DUTY:
                x[X_RELIEF] |= NO_DUTY
            if x[X_RELIEVED] & k.RELIEVES_CT:
                x[X_RELIEF] |= NO_CONSUMPTION_TAX
            if x[X_RELIEVED] & k.RELIEVES_VAT:
                x[X_RELIEF] |= NO_VAT
        return
    released = x[X_STARTED]
    if released < t.FIRST_DAY or released > t.LAST_DAY:
        x[X_FINDINGS] |= k.FACT_MISSING
        return
    place = days[released - t.FIRST_DAY, t.DAY_LAW]
    kind = x[X_CHOICE] if x[X_CHOICE] > 0 else k.OTHER_GOODS
    years = needs(x, law, place, t.YEARS_SHIP + kind - k.SHIP_OR_AIRCRAFT)
    if x[X_FINDINGS] == 0:
        x[X_TAXED_VALUE] = written_down_value(x[X_TAXED_VALUE], months_begun(released, x[X_ENDED]), years)
        x[X_MODE] = DUE_AGAIN


# --- after the goods are taxed -------------------------------------------------------------------------------------------------------


def blank(x: Array, kind: int) -> None:
    """An answer with nothing in it."""
    for charge in range(CHARGES):
        x[X_BEST + charge] = 0
    x[X_KIND] = kind
    x[X_SCHEME] = -1
    x[X_TOTAL] = 0
    x[X_WAIVED] = 0
    x[X_OTHER_TOTAL] = BIG
    x[X_REASONS] = 0


def tax_articles(x: Array) -> None:
    """The one tax on articles, on the part that bears it."""
    blank(x, k.ARTICLES_TAX_KIND)
    tax = articles_tax(x[X_SHARE_NUM], x[X_ARTICLE_RATE])
    x[X_BEST + k.ARTICLES_TAX] = tax
    x[X_TOTAL] = payable_tax(tax, x[X_ARTICLE_FREE]) if x[X_ARTICLE_FREE] >= 0 else tax
    if tax != x[X_TOTAL]:
        x[X_WAIVED] = 1 << k.ARTICLES_TAX


def tax_in_part(x: Array, law: Array, duties: int) -> None:
    """Consumption tax and VAT levied at a share, on value and duties."""
    place, at = x[X_LAW], x[X_CT]
    value = x[X_TAXED_VALUE]
    _, rate, num, den = consumption_tax_of(
        law[place, at + t.CT_TEST], value, duties, x[X_CT_QUANTITY], x[X_USD], law[place, at + t.CT_THRESHOLD], law[place, at + t.CT_THRESHOLD_PER],
        law[place, at + t.CT_RATE], law[place, at + t.CT_NUM], law[place, at + t.CT_DEN], law[place, at + t.CT_BELOW_RATE],
        law[place, at + t.CT_BELOW_NUM], law[place, at + t.CT_BELOW_DEN], x[X_ADDED],
    )  # fmt: skip
    quantity = x[X_CT_QUANTITY] if num != 0 else 0
    tax = 0
    if rate != 0 or num != 0:
        tax = reduced_consumption_tax(value + duties, rate, quantity, num, den, x[X_SHARE_NUM], x[X_SHARE_DEN])
    vat = reduced_import_vat(value + duties, rate, quantity, num, den, x[X_VAT], x[X_SHARE_NUM], x[X_SHARE_DEN])
    x[X_BEST + k.CONSUMPTION_TAX] = tax
    x[X_BEST + k.IMPORT_VAT] = vat
    x[X_TOTAL] += tax + vat


def tax_order(x: Array, law: Array) -> None:
    """An order within the limits: no duty, consumption tax and VAT in part."""
    blank(x, k.REDUCED_TAX_KIND)
    tax_in_part(x, law, 0)


def relieve(x: Array, law: Array) -> None:
    """The basis that applies, without what the relief leaves out."""
    relief = x[X_RELIEF]
    x[X_TOTAL] = 0
    x[X_OTHER_TOTAL] = BIG
    waived = 0
    duties = 0
    for kind in range(k.DUTY, k.SAFEGUARD + 1):
        amount = x[X_BEST + kind]
        is_left_out = relief & NO_DUTY != 0 if kind == k.DUTY else relief & NO_SPECIAL_DUTIES != 0
        if is_left_out:
            waived |= 1 << kind if amount != 0 else 0
        else:
            duties += amount
    x[X_TOTAL] = duties
    if relief & TAXES_IN_PART:
        x[X_WAIVED] = waived
        tax_in_part(x, law, duties)
        return
    place, at = x[X_LAW], x[X_CT]
    tax, _, _, _, vat = taxes_on(
        x[X_TAXED_VALUE], duties, law[place, at + t.CT_TEST], x[X_CT_QUANTITY], x[X_USD], law[place, at + t.CT_THRESHOLD],
        law[place, at + t.CT_THRESHOLD_PER], law[place, at + t.CT_RATE], law[place, at + t.CT_NUM], law[place, at + t.CT_DEN],
        law[place, at + t.CT_BELOW_RATE], law[place, at + t.CT_BELOW_NUM], law[place, at + t.CT_BELOW_DEN], x[X_ADDED], x[X_VAT],
    )  # fmt: skip
    if relief & NO_CONSUMPTION_TAX:
        waived |= 1 << k.CONSUMPTION_TAX if tax != 0 else 0
        _, _, _, _, vat = taxes_on(x[X_TAXED_VALUE], duties, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, x[X_VAT])
    else:
        x[X_TOTAL] += tax
    if relief & NO_VAT:
        waived |= 1 << k.IMPORT_VAT if vat != 0 else 0
    else:
        x[X_TOTAL] += vat
    x[X_BEST + k.CONSUMPTION_TAX] = tax
    x[X_BEST + k.IMPORT_VAT] = vat
    x[X_WAIVED] = waived


def treat_in_hainan(x: Array, law: Array) -> bool:
    """The treatment at the first or second line; True when the goods are taxed as usual after all."""
    flags = x[X_FLAGS]
    is_quota = x[X_HAS_QUOTA] != 0
    has_special = x[X_SPECIALS] & 7 != 0 or (is_quota and x[X_SPECIALS] != 0)
    if x[X_CHOICE] == k.SECOND_LINE:
        least = needs(x, law, x[X_LAW], t.HAINAN_LEAST_ADDED)
        is_encouraged = flags & k.ENCOURAGED != 0
        if not states(x, k.ENCOURAGED) or (is_encouraged and not states(x, k.IMPORTED_MATERIAL)):
            return False
        has_material = flags & k.IMPORTED_MATERIAL != 0
        if is_encouraged and has_material and x[X_LIMIT] < 0:
            x[X_FINDINGS] |= k.FACT_MISSING
            return False
        treatment = second_line(is_encouraged, has_material, max(x[X_LIMIT], 0), least, is_quota, has_special)
    else:
        pays = flags & k.CHOOSES_TO_PAY != 0
        is_entitled = flags & k.ENTITLED != 0
        is_listed = flags & k.ON_TAXABLE_LIST != 0
        is_decided = pays or is_quota or is_listed
        if not is_decided and (not states(x, k.ENTITLED) or (is_entitled and not states(x, k.ON_TAXABLE_LIST))):
            return False
        treatment = first_line(is_entitled, is_listed, pays, is_quota, has_special)
    if levies_base_duty(treatment):
        return True
    relief = NO_DUTY
    if not levies_special_duties(treatment):
        relief |= NO_SPECIAL_DUTIES
    if not levies_import_taxes(treatment):
        relief |= NO_CONSUMPTION_TAX | NO_VAT
    x[X_RELIEF] = relief
    relieve(x, law)
    return False


def tax_by_month(x: Array) -> None:
    """So many sixtieths of each tax, rounded once; two measures of one kind would each be rounded, and are not held apart here."""
    if x[X_MANY] != 0:
        x[X_FINDINGS] |= k.NOT_IN_BULK
        return
    x[X_OTHER_TOTAL] = BIG
    x[X_TOTAL] = 0
    for charge in range(CHARGES):
        part = proportional_duty(x[X_BEST + charge], x[X_SHARE_NUM], x[X_SHARE_DEN])
        x[X_BEST + charge] = part
        if not (x[X_WAIVED] >> charge) & 1:
            x[X_TOTAL] += part


def only_relieved(x: Array) -> None:
    """On disposal only the taxes that were relieved are due; additional duties follow the customs duty."""
    x[X_OTHER_TOTAL] = BIG
    x[X_TOTAL] = 0
    for charge in range(CHARGES):
        bit = k.RELIEVES_DUTY
        if charge == k.CONSUMPTION_TAX:
            bit = k.RELIEVES_CT
        elif charge == k.IMPORT_VAT:
            bit = k.RELIEVES_VAT
        if not x[X_RELIEVED] & bit and x[X_BEST + charge] != 0:
            x[X_WAIVED] |= 1 << charge
        if not (x[X_WAIVED] >> charge) & 1:
            x[X_TOTAL] += x[X_BEST + charge]


def add_interest(x: Array, days: Array, law: Array) -> None:
    """Interest on deferred duty, on all taxes deferred."""
    billed = x[X_ENDED] if x[X_ENDED] > 0 else x[X_DAY]
    if billed < t.FIRST_DAY or billed > t.LAST_DAY:
        x[X_FINDINGS] |= k.DATE_OUTSIDE_COVERAGE
        return
    place = days[billed - t.FIRST_DAY, t.DAY_LAW]
    declared = days[x[X_DECLARED] - t.FIRST_DAY, t.DAY_LAW]
    rate, count = needs(x, law, place, t.INTEREST_RATE), needs(x, law, place, t.INTEREST_DAYS)
    minimum, waiver = needs(x, law, place, t.INTEREST_MINIMUM), needs(x, law, declared, t.INTEREST_WAIVED)
    if x[X_FINDINGS] != 0:
        return
    base = interest_base(0, x[X_TOTAL], 0)
    computed, due = deferred_interest(base, days_late(x[X_STARTED], billed), rate, count, waiver == 1, minimum)
    x[X_OTHER_TOTAL] = BIG
    x[X_BEST + k.INTEREST] = computed
    x[X_TOTAL] += due
    if computed != due:
        x[X_WAIVED] |= 1 << k.INTEREST


def finish(x: Array, days: Array, law: Array) -> bool:
    """What the channel changes in goods that were taxed; True when they are to be taxed again as usual, small amounts waived."""
    mode = x[X_MODE]
    if mode == RELIEF:
        relieve(x, law)
    elif mode == IN_HAINAN:
        return treat_in_hainan(x, law)
    elif mode == BY_MONTH:
        tax_by_month(x)
    elif mode == DUE_AGAIN:
        only_relieved(x)
    elif mode == INTEREST_TOO:
        add_interest(x, days, law)
    return False
