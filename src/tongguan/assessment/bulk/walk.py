"""The walk of one row: its day, value, line and origin, then every rate open to it, each priced by the rules.

Nothing of the law is written here a second time; the rules are those of `law/` and `assessment/pipeline.py`. These are plain functions on whole
numbers, and `kernel.py` compiles them as they stand. `x` is the row in hand (see row.py); tables are passed to the functions that read them.

Bounds are checked before every product: value at most 10^12 fen, quantity at most 10^12 thousandths, duties at most 5 × 10^12 fen, specific
amounts at most 10^12 fen. What could outgrow 64 bits is refused.
"""
# ruff: noqa: F403, F405  # the places X_… of the row in hand are names by the dozen, and all of them are meant

from __future__ import annotations

from tongguan.assessment.bulk import codes as k
from tongguan.assessment.bulk import tables as t
from tongguan.assessment.bulk.row import *
from tongguan.assessment.governing import LAST_KNOWN_DAY
from tongguan.assessment.pipeline import (
    AD_VALOREM,
    BY_UNIT_VALUE,
    COMPOUND,
    FORMS,
    LOWER_OF,
    customs_duty,
    small_duty_waived,
    super_luxury_rate,
    taxes_on,
)
from tongguan.grammar.money import MAX_DUTY_PPM, MAX_QUANTITY_MILLI, MAX_VALUE_FEN, half_up
from tongguan.law.additional_duties import rule as additional_duties
from tongguan.law.additional_duties.rule import is_levied
from tongguan.law.consumption_tax.rule import BY_UNIT_VALUE_IN_USD
from tongguan.law.customs_duty.ad_valorem.rule import ad_valorem_duty
from tongguan.law.duty_rate.selection.rule import select_rate
from tongguan.law.governing_date import rule as governing_date
from tongguan.law.governing_date.rule import governing_day
from tongguan.law.low_value.rule import highest_waived
from tongguan.law.valuation.transaction_value.rule import NOT_DETERMINED, dutiable_value

AS_DECLARED, WITH_EXCLUSION, WITH_UNDERTAKING = 0, 1, 2
NOT_WAIVED, DUTIES_WAIVED, ALL_WAIVED = 0, 1, 2
"""How far small amounts have been waived."""

MOST_DUTIES = MAX_VALUE_FEN // 1_000_000 * MAX_DUTY_PPM
MOST_SPECIFIC = MAX_VALUE_FEN
BIG = 2**62
FEW = 8
"""Stretches of days of a line that are looked through at once."""
SAFE = 2**31
"""Two numbers below it have a product below 2**62."""
SCHEME_QUOTA = 2
"""A quota that only an agreement has, in X_HAS_QUOTA."""
SLIDING_FORM = FORMS["sliding"]
KG, LITRE, PIECE, TONNE = (t.UNIT_CODES[name] for name in ("kg", "litre", "piece", "tonne"))
LAST_KNOWN = LAST_KNOWN_DAY.toordinal()


# --- value ---------------------------------------------------------------------------------------------------------------------------


def micro_fen(amount: int, rate: int) -> int:
    """Ten-thousandths of a currency at a rate in millionths, in millionths of a fen; −1 when finer than that, −2 when too large."""
    whole = amount // 100
    part = amount % 100
    if (whole >= SAFE or rate >= SAFE) and whole > 4_000_000 * MAX_VALUE_FEN // rate:
        return -2
    if part == 0:
        return whole * rate
    rest = part * rate
    if rest % 100 != 0:
        return -1
    return whole * rate + rest // 100


def leg(x: Array, amount: int, own_rate: int) -> int:
    """An amount of the row in millionths of a fen; 0 with a finding when it cannot be said."""
    rate = own_rate if own_rate >= 0 else x[X_RATE]
    if rate <= 0:
        x[X_FINDINGS] |= k.EXCHANGE_RATE_MISSING
        return 0
    made = micro_fen(amount, rate)
    if made == -1:
        x[X_FINDINGS] |= k.TOO_PRECISE
        return 0
    if made == -2:
        x[X_FINDINGS] |= k.AMOUNT_TOO_LARGE
        return 0
    return made


def cost(x: Array, bit: int, amount: int, own_rate: int) -> int:
    """A cost leg that the terms of delivery leave to the buyer, or that is in the price already; −1 when it should be there and is not."""
    if amount < 0:
        return -1 if x[X_TERMS] & bit else 0
    if not x[X_TERMS] & bit:
        x[X_NOTES] |= k.NOTE_LEG_IN_PRICE
        return 0
    return leg(x, amount, own_rate)


def find_value(x: Array, law: Array) -> None:
    """The dutiable value of a row in fen (tariff-law-2024#24-26)."""
    if x[X_VALUE] >= 0:
        if x[X_VALUE] > MAX_VALUE_FEN:
            x[X_FINDINGS] |= k.AMOUNT_TOO_LARGE
        x[X_TAXED_VALUE] = x[X_VALUE]
        return
    if x[X_PRICE] < 0:
        x[X_FINDINGS] |= k.PRICE_MISSING
        return
    if x[X_PRICE] == 0 and x[X_CHANNEL] not in (
        k.PERSONAL_ARTICLES, k.TRAVELLERS, k.OFFSHORE, k.REPAIR_ABROAD, k.PROCESSING_ABROAD,
    ):  # fmt: skip
        x[X_FINDINGS] |= k.PRICE_IS_ZERO
        return
    goods = leg(x, x[X_PRICE], -1)
    inland = cost(x, 1, x[X_INLAND], -1)
    freight = cost(x, 2, x[X_FREIGHT], x[X_FREIGHT_RATE])
    insurance = cost(x, 4, x[X_INSURANCE], x[X_INSURANCE_RATE])
    if inland < 0 or freight < 0:
        x[X_FINDINGS] |= k.FREIGHT_MISSING
    additions = leg(x, x[X_ADDITIONS], -1) if x[X_ADDITIONS] > 0 else 0
    deductions = leg(x, x[X_DEDUCTIONS], -1) if x[X_DEDUCTIONS] > 0 else 0
    share = law[x[X_LAW], t.INSURANCE_SHARE]
    if share == t.NOT_ENCODED:
        x[X_FINDINGS] |= k.LAW_NOT_ENCODED
    if x[X_FINDINGS] != 0:
        return
    most = 2 * MAX_VALUE_FEN * 1_000_000
    if goods > most or inland > most or freight > most or insurance > most or additions > most or deductions > most:
        x[X_FINDINGS] |= k.AMOUNT_TOO_LARGE
        return
    before = goods + inland + freight
    total = before + max(insurance, 0)
    if before > most or total > most or total + additions > most + deductions:
        x[X_FINDINGS] |= k.AMOUNT_TOO_LARGE
        return
    if total + additions < deductions:
        x[X_FINDINGS] |= k.NEGATIVE_VALUE
        return
    value = dutiable_value(
        goods, inland + freight, insurance if insurance >= 0 else NOT_DETERMINED, additions, deductions, share
    )
    if value > MAX_VALUE_FEN:
        x[X_FINDINGS] |= k.AMOUNT_TOO_LARGE
    x[X_TAXED_VALUE] = value


# --- quantities ----------------------------------------------------------------------------------------------------------------------


def converted(micro: int, num: int, den: int) -> int:
    """Thousandths of the unit needed from millionths of the one given, half up; −2 when beyond what the rules can hold."""
    if micro > MAX_QUANTITY_MILLI * 1000 // num * den:
        return -2
    if micro > 9 * 10**18 // num:
        return -2
    return half_up(micro * num, den * 1000)


def quantity_in(x: Array, conversion: Array, unit: int, litres: int) -> int:
    """The quantity of a row in thousandths of `unit`; −1 when none of those given can be turned into it, −2 when too large.

    Litres of a taxed liquid are found from its mass by the litres in a tonne the law fixes for it.
    """
    best = 99
    place = 0
    mass_place = 0
    for at in range(X_QUANTITY, X_QUANTITY + 6, 2):
        given = x[at + 1]
        if x[at] < 0 or given == 0:
            continue
        rank = conversion[unit, given, 0]
        if rank != 0 and rank <= best:
            best = rank
            place = at
        if given == TONNE or (given == KG and (mass_place == 0 or x[mass_place + 1] == KG)):
            mass_place = at
    if unit == 0:
        return -1
    if place != 0:
        return converted(x[place], conversion[unit, x[place + 1], 1], conversion[unit, x[place + 1], 2])
    if unit == LITRE and litres > 0 and mass_place != 0:
        return converted(x[mass_place], litres, 1000 if x[mass_place + 1] == TONNE else 1_000_000)
    return -1


# --- dates, line, origin, taxes ------------------------------------------------------------------------------------------------------


def find_day(x: Array, days: Array, law: Array) -> None:
    """The governing day (tariff-law-2024#20-22)."""
    declared = x[X_DECLARED]
    if declared < t.FIRST_DAY or declared > t.LAST_DAY:
        x[X_FINDINGS] |= k.DATE_OUTSIDE_COVERAGE
        return
    regime = law[days[declared - t.FIRST_DAY, t.DAY_LAW], t.REGIME]
    situation = x[X_SITUATION]
    entry = 0
    if x[X_ARRIVED] > declared:
        entry = x[X_ARRIVED]
        situation = governing_date.DECLARED_IN_ADVANCE
    elif situation == governing_date.SOLD_UNDECLARED:
        entry = x[X_ARRIVED]
    day, reason = governing_day(situation, regime, declared, entry, 0, x[X_FORMALITIES], 0, 0)
    if reason == governing_date.FACT_MISSING:
        x[X_FINDINGS] |= k.GOVERNING_FACT_MISSING
        return
    if day < t.FIRST_DAY or day > t.LAST_DAY:
        x[X_FINDINGS] |= k.DATE_OUTSIDE_COVERAGE
        return
    if day > LAST_KNOWN:
        x[X_NOTES] |= k.NOTE_AFTER_COVERAGE
    x[X_DAY] = day
    x[X_LAW] = days[day - t.FIRST_DAY, t.DAY_LAW]
    x[X_ORIGIN] = days[day - t.FIRST_DAY, t.DAY_ORIGIN]
    x[X_CHANGED] = days[day - t.FIRST_DAY, t.DAY_CHANGED]


def place_of(slots: Array, key: int) -> int:
    """The place of a line by its key; −1 when it is not held. See `tables.slots_of`."""
    mask = slots.size - 1
    slot = (key * t.SPREAD >> 20) & mask
    while slots[slot] >> t.PLACE_BITS != key:
        if slots[slot] < 0:
            return -1
        slot = (slot + 1) & mask
    return int(slots[slot] & ((1 << t.PLACE_BITS) - 1))


def load(x: Array, place: int, column: Array, first: int, last: int) -> None:
    """Some rows of one column into the block; a column of one element stands for all rows and is written once."""
    if column.size > 1:
        for i in range(first, last):
            x[X_BLOCK + (i - first) * ROW_SIZE + place] = column[i]
    elif first == 0:
        for at in range(AHEAD):
            x[X_BLOCK + at * ROW_SIZE + place] = column[0]


def read_ahead(
    x: Array, first: int, last: int, slots: Array, line_epoch: Array, starts: Array, epochs: Array, entries: Array
) -> None:
    """Find the lines of the rows in the block and their stretches of days, and touch what will be read of them.

    Nothing is decided here. Rows that do not wait for one another let the machine fetch for many at once, where codes come in no order.
    """
    touched = 0
    for ahead in range(last - first):
        key = x[X_BLOCK + ahead * ROW_SIZE + X_CODE]
        day = x[X_BLOCK + ahead * ROW_SIZE + X_DECLARED]
        line = place_of(slots, key) if key >= 0 else -1
        if line < 0 and key % 1000 != 0 and key >= 0:
            line = place_of(slots, key - key % 1000)
        x[X_AHEAD + 2 * ahead] = line
        if line >= 0:
            begin = line_epoch[line]
            count = line_epoch[line + 1] - begin
            later = 0
            for step in range(
                1, FEW
            ):  # without a branch that could be guessed wrong, since nothing is known yet to guess by
                later += (step < count) & (starts[begin + step] <= day)
            x[X_AHEAD + 2 * ahead + 1] = begin + later
            touched += entries[epochs[begin + later].first].rate
    x[X_AHEAD_FROM] = first
    x[X_TOUCHED] = touched


def find_line(x: Array, ahead: int, line_epoch: Array, starts: Array, epochs: Array) -> None:
    """The tariff line and its stretch of days (#9), from where `read_ahead` put them; the governing day may lie later than the day declared."""
    if x[X_CODE] < 0:
        x[X_FINDINGS] |= k.CODE_MISSING
        return
    line = x[X_AHEAD + 2 * ahead]
    if line < 0:
        x[X_FINDINGS] |= k.LINE_NOT_HELD
        return
    place = x[X_AHEAD + 2 * ahead + 1]
    while place + 1 < line_epoch[line + 1] and starts[place + 1] <= x[X_DAY]:
        place += 1
    while starts[place] > x[X_DAY]:
        place -= 1
    if epochs[place].held == 0:
        x[X_FINDINGS] |= k.LINE_NOT_IN_FORCE
        return
    x[X_LINE] = line
    x[X_EPOCH] = place
    if epochs[place].verified < x[X_DAY]:
        x[X_NOTES] |= k.NOTE_RATE_LAST_CONFIRMED


def find_origin(x: Array, origin: Array, claims: Array) -> None:
    """What the origin is entitled to, and the preference claimed (#11, #12)."""
    if x[X_COUNTRY] < 0:
        x[X_FINDINGS] |= k.ORIGIN_MISSING
        return
    place = x[X_ORIGIN]
    preferential = x[X_PREFERENTIAL] if x[X_PREFERENTIAL] >= 0 else x[X_COUNTRY]
    treatment = origin[place, x[X_COUNTRY], t.ORIGIN_MFN]
    if treatment < 0:
        x[X_FINDINGS] |= k.MFN_UNKNOWN
    x[X_HAS_MFN] = treatment == 1
    x[X_SETS] = origin[place, x[X_COUNTRY], t.ORIGIN_SETS]
    x[X_SCHEMES] = origin[place, preferential, t.ORIGIN_SCHEMES]
    x[X_CLAIMED] = claims[x[X_CLAIM]]
    if x[X_CLAIMED] != 0 and x[X_CLAIMED] & x[X_SCHEMES] == 0:
        x[X_FINDINGS] |= k.CLAIM_OUTSIDE_SCHEME


def find_taxes(x: Array, law: Array, epochs: Array, conversion: Array) -> None:
    """VAT rate, consumption-tax class and quantity, the rate added to a super-luxury car."""
    place = x[X_LAW]
    epoch = epochs[x[X_EPOCH]]
    vat = x[X_VAT_CLASS] if x[X_VAT_CLASS] >= 0 else epoch.vat
    if vat < 0:
        x[X_FINDINGS] |= k.VAT_CLASS_MISSING
    else:
        x[X_VAT] = law[place, t.VAT_AT + vat]
        if x[X_VAT] == t.NOT_ENCODED:
            x[X_FINDINGS] |= k.LAW_NOT_ENCODED
    at = t.CT_AT + epoch.ct * t.CT_COLUMNS
    x[X_CT] = at
    x[X_CT_QUANTITY] = 0
    x[X_ADDED] = 0
    x[X_LITRES] = law[place, at + t.CT_LITRES]
    state = law[place, at + t.CT_STATE]
    if state < 0:
        x[X_FINDINGS] |= k.LAW_NOT_ENCODED
    elif state > 0:
        find_taxed_quantity(x, law, conversion)
        if law[place, at + t.CT_IS_CAR] != 0 and x[X_FLAGS] & k.OWN_USE_CAR:
            find_luxury(x, law, conversion)


def find_taxed_quantity(x: Array, law: Array, conversion: Array) -> None:
    """The quantity a consumption tax counts by, and the dollar a price test turns on."""
    place, at = x[X_LAW], x[X_CT]
    if law[place, at + t.CT_UNIT] != 0:
        quantity = quantity_in(x, conversion, law[place, at + t.CT_UNIT], x[X_LITRES])
        if (
            quantity == -2
            or is_too_much(quantity, law[place, at + t.CT_NUM], law[place, at + t.CT_DEN], MOST_SPECIFIC)
            or is_too_much(quantity, law[place, at + t.CT_BELOW_NUM], law[place, at + t.CT_BELOW_DEN], MOST_SPECIFIC)
        ):
            x[X_FINDINGS] |= k.AMOUNT_TOO_LARGE
        elif quantity <= 0:
            x[X_FINDINGS] |= k.QUANTITY_MISSING
        else:
            x[X_CT_QUANTITY] = quantity
    if law[place, at + t.CT_TEST] == BY_UNIT_VALUE_IN_USD and x[X_USD] <= 0:
        x[X_FINDINGS] |= k.EXCHANGE_RATE_MISSING


def find_luxury(x: Array, law: Array, conversion: Array) -> None:
    """The rate added to a super-luxury car for own use; the number of cars matters only where the price could reach the threshold."""
    threshold, rate = law[x[X_LAW], t.LUXURY_THRESHOLD], law[x[X_LAW], t.LUXURY_RATE]
    pieces = quantity_in(x, conversion, PIECE, 0)
    if pieces == -2 or t.NOT_ENCODED in (threshold, rate):
        x[X_FINDINGS] |= k.LAW_NOT_ENCODED
    elif pieces > 0:
        x[X_ADDED] = super_luxury_rate(x[X_TAXED_VALUE], pieces, True, threshold, rate)
    elif x[X_TAXED_VALUE] >= threshold:
        x[X_FINDINGS] |= k.QUANTITY_MISSING


def is_too_much(quantity: int, num: int, den: int, most: int) -> bool:
    """Whether a specific amount on a quantity would exceed `most` fen."""
    return num > 0 and quantity > 0 and quantity // den >= most // num


# --- duties --------------------------------------------------------------------------------------------------------------------------


def is_reachable(x: Array, kind: int, scheme: int) -> bool:
    """Whether a rate of the line could be that of the goods, so that what it counts by has to be known."""
    if scheme >= 0:
        return bool((x[X_SCHEMES] >> scheme) & 1 != 0)
    if kind == k.SLIDING:
        return bool(x[X_FLAGS] & k.SLIDING_CERTIFICATE != 0)
    if kind == k.GENERAL:
        return bool(x[X_HAS_MFN] == 0)
    if kind in (k.MFN, k.PROVISIONAL):
        return bool(x[X_HAS_MFN] != 0)
    return True


def duty_under(x: Array, law: Array, conversion: Array, entries: Array, bands: Array, at: int) -> int:
    """Duty in fen under one rate; 0 with a finding when it cannot be said."""
    entry = entries[at]
    form = entry.form
    quantity = 0
    if entry.unit != 0:
        quantity = quantity_in(x, conversion, entry.unit, x[X_LITRES])
        if quantity == -2 or is_too_much(quantity, entry.num, entry.den, MOST_DUTIES):
            x[X_FINDINGS] |= k.AMOUNT_TOO_LARGE
            return 0
        if quantity <= 0:
            if form in (SLIDING_FORM, LOWER_OF, BY_UNIT_VALUE) or (
                entry.num != 0 and is_reachable(x, entry.kind, entry.scheme)
            ):
                x[X_FINDINGS] |= k.QUANTITY_MISSING
                return 0
            quantity = 0
    if form == BY_UNIT_VALUE and x[X_USD] <= 0:
        x[X_FINDINGS] |= k.EXCHANGE_RATE_MISSING
        return 0
    if form == AD_VALOREM:
        return ad_valorem_duty(x[X_TAXED_VALUE], int(entry.rate))
    if form == BY_UNIT_VALUE:
        return customs_duty(
            form, x[X_TAXED_VALUE], quantity, int(entry.rate), int(entry.num), int(entry.den), int(bands[at].threshold),
            x[X_USD], 1, 0, 0, int(bands[at].below),
        )  # fmt: skip
    if entry.kind == k.SLIDING:
        row = law[x[X_LAW]]
        if (
            row[t.SLIDING_THRESHOLD] == t.NOT_ENCODED
            or row[t.SLIDING_K1] == t.NOT_ENCODED
            or row[t.SLIDING_CEILING] == t.NOT_ENCODED
        ):
            x[X_FINDINGS] |= k.LAW_NOT_ENCODED
            return 0
        return customs_duty(
            form, x[X_TAXED_VALUE], quantity, 0, 0, 1, row[t.SLIDING_THRESHOLD], row[t.SLIDING_NUM], row[t.SLIDING_DEN], row[t.SLIDING_K1],
            row[t.SLIDING_K2], row[t.SLIDING_CEILING],
        )  # fmt: skip
    return customs_duty(
        form, x[X_TAXED_VALUE], quantity, int(entry.rate), int(entry.num), int(entry.den), 0, 0, 1, 0, 0, 0
    )


def reaches(x: Array, overlays: Array, at: int) -> bool:
    """Whether an overlay row is in force on the day for goods of the origin."""
    row = overlays[at]
    return bool(row.since <= x[X_DAY] and row.until >= x[X_DAY] and (x[X_SETS] >> row.set) & 1 != 0)


def is_displaced(x: Array, overlays: Array, low: int, high: int, at: int) -> bool:
    """Whether the exporter has rows of his own of the same measure, which stand in place of those for all others."""
    if x[X_EXPORTER] <= 0:
        return False
    for own in range(low, high):
        if (
            overlays[own].exporter == x[X_EXPORTER]
            and overlays[own].measure == overlays[at].measure
            and reaches(x, overlays, own)
        ):
            return True
    return False


def add_overlays(x: Array, conversion: Array, overlays: Array, low: int, high: int) -> None:
    """Trade remedies and countermeasures, inside and outside a quota, as declared and with a certificate that would spare some (#16-18)."""
    flags = x[X_FLAGS]
    for at in range(low, high):
        if not reaches(x, overlays, at):
            continue
        row = overlays[at]
        if row.kind == t.NOT_HELD_KIND:
            x[X_FINDINGS] |= k.MEASURE_NOT_HELD
            continue
        if (row.exporter != 0 and row.exporter != x[X_EXPORTER]) or (
            row.exporter == 0 and is_displaced(x, overlays, low, high, at)
        ):
            continue
        if x[X_CHANGED] != 0:
            x[X_NOTES] |= k.NOTE_CHANGED_WITHIN_DAY
        if row.condition == additional_duties.COUNTRY_QUOTA_EXHAUSTED and not flags & (
            k.COUNTRY_QUOTA_EXHAUSTED << k.STATED
        ):
            x[X_FINDINGS] |= k.COUNTRY_QUOTA_NOT_STATED
        if flags & k.RELIEF_CERTIFICATE and x[X_DAY] >= row.spares_from:
            continue
        add_overlay(x, conversion, overlays, at)


def add_overlay(x: Array, conversion: Array, overlays: Array, at: int) -> None:
    """One row of a measure, under each of the six suppositions it could be levied or spared under."""
    row = overlays[at]
    flags = x[X_FLAGS]
    quantity = 0
    if row.unit != 0:
        quantity = quantity_in(x, conversion, row.unit, 0)
        if quantity == -2 or is_too_much(quantity, row.num, row.den, MOST_DUTIES):
            x[X_FINDINGS] |= k.AMOUNT_TOO_LARGE
            return
        if quantity <= 0 and row.num != 0:
            x[X_FINDINGS] |= k.QUANTITY_MISSING
        quantity = max(quantity, 0)
    form = COMPOUND if row.num != 0 else AD_VALOREM
    amount = customs_duty(form, x[X_TAXED_VALUE], quantity, int(row.rate), int(row.num), int(row.den), 0, 0, 1, 0, 0, 0)
    for variant in range(6):
        in_quota = variant >= 3
        if is_levied(
            x[X_DAY], row.since, row.until, row.condition, in_quota, flags & k.COUNTRY_QUOTA_EXHAUSTED != 0,
            flags & k.UNDERTAKING != 0 or variant % 3 == WITH_UNDERTAKING, flags & k.EXCLUSION != 0 or variant % 3 == WITH_EXCLUSION,
        ):  # fmt: skip
            x[X_MANY] |= amount != 0 and x[X_OVERLAY + variant * CHARGES + row.kind] != 0
            x[X_OVERLAY + variant * CHARGES + row.kind] += amount
            x[X_OVERLAY_RATE + variant] += row.rate
            x[X_SPECIALS] |= 1 << variant


# --- one option priced ---------------------------------------------------------------------------------------------------------------


def price(x: Array, law: Array, step: int, duty: int, variant: int) -> tuple[int, int]:
    """All charges on one basis; total payable and which charges are waived, or (−1, 0) when it could outgrow 64 bits."""
    place = x[X_LAW]
    waived = 0
    total = 0
    duties = 0
    for kind in range(k.DUTY, k.SAFEGUARD + 1):
        amount = duty if kind == k.DUTY else x[X_OVERLAY + variant * CHARGES + kind]
        x[X_PRICED + kind] = amount
        if amount == 0:
            continue
        if amount > MOST_DUTIES:
            return -1, 0
        x[X_SMALLEST] = min(x[X_SMALLEST], amount)
        if step >= DUTIES_WAIVED:
            limit = t.DUTY_LIMIT if kind == k.DUTY else t.SPECIAL_LIMIT
            if is_small(x, law, limit, kind, amount):
                waived |= 1 << kind
                if law[place, t.KEEPS_WAIVED_DUTY] == 1:
                    duties += amount
                continue
        duties += amount
        total += amount
    if duties > MOST_DUTIES:
        return -1, 0
    at = x[X_CT]
    tax, _, _, _, vat = taxes_on(
        x[X_TAXED_VALUE], duties, law[place, at + t.CT_TEST], x[X_CT_QUANTITY], x[X_USD], law[place, at + t.CT_THRESHOLD],
        law[place, at + t.CT_THRESHOLD_PER], law[place, at + t.CT_RATE], law[place, at + t.CT_NUM], law[place, at + t.CT_DEN],
        law[place, at + t.CT_BELOW_RATE], law[place, at + t.CT_BELOW_NUM], law[place, at + t.CT_BELOW_DEN], x[X_ADDED], x[X_VAT],
    )  # fmt: skip
    x[X_PRICED + k.CONSUMPTION_TAX] = tax
    x[X_PRICED + k.IMPORT_VAT] = vat
    total += tax + vat
    x[X_SMALLEST] = min(x[X_SMALLEST], tax if tax != 0 else BIG, vat if vat != 0 else BIG)
    if step == ALL_WAIVED:
        if is_small(x, law, t.CT_LIMIT, k.CONSUMPTION_TAX, tax):
            waived |= 1 << k.CONSUMPTION_TAX
            total -= tax
        if is_small(x, law, t.VAT_LIMIT, k.IMPORT_VAT, vat):
            waived |= 1 << k.IMPORT_VAT
            total -= vat
    return total, waived


def is_small(x: Array, law: Array, limit: int, charge: int, amount: int) -> bool:
    """Whether a charge is waived, with what the other rows of the consignment come to. Whether the limit is inclusive stands beside it."""
    place = x[X_LAW]
    highest = highest_waived(law[place, limit], law[place, limit + 1] == 1)
    return bool(amount != 0 and small_duty_waived(amount + x[X_OTHERS + charge], highest))


def may_be_waived(x: Array, law: Array) -> bool:
    """Whether any charge of any option of the row is small enough to be waived at all, whatever the rest of the consignment comes to."""
    place = x[X_LAW]
    most = max(law[place, t.DUTY_LIMIT], law[place, t.SPECIAL_LIMIT], law[place, t.CT_LIMIT], law[place, t.VAT_LIMIT])
    return bool(x[X_SMALLEST] <= most)


def consider(
    x: Array,
    law: Array,
    step: int,
    kind: int,
    scheme: int,
    basis: int,
    duty: int,
    rate: int,
    in_quota: bool,
    lacks: bool,
) -> None:
    """Price a basis, and the same with a certificate that would spare it a duty; keep the cheapest open one and the cheapest that needs something."""
    first = 3 if in_quota else 0
    for certificate in range(3):
        variant = first + certificate
        if certificate != AS_DECLARED:
            if lacks or x[X_SPECIALS] == 0:
                return
            fewer = False
            for charge in range(k.ADDITIONAL, k.SAFEGUARD + 1):
                fewer = fewer or x[X_OVERLAY + variant * CHARGES + charge] != x[X_OVERLAY + first * CHARGES + charge]
            if not fewer:
                continue
        if rate + x[X_OVERLAY_RATE + variant] > MAX_DUTY_PPM:
            x[X_FINDINGS] |= k.DUTY_RATES_TOO_LARGE
            return
        total, waived = price(x, law, step, duty, variant)
        if total < 0:
            x[X_FINDINGS] |= k.AMOUNT_TOO_LARGE
            return
        if lacks or certificate != AS_DECLARED:
            if total < x[X_OTHER_TOTAL] or (total == x[X_OTHER_TOTAL] and basis + certificate < x[X_OTHER_BASIS]):
                x[X_OTHER_TOTAL] = total
                x[X_OTHER_KIND] = kind
                x[X_OTHER_SCHEME] = scheme
                x[X_OTHER_BASIS] = basis + certificate
        elif total < x[X_TOTAL] or (total == x[X_TOTAL] and basis < x[X_BASIS]):
            x[X_TOTAL] = total
            x[X_BASIS] = basis
            x[X_KIND] = kind
            x[X_SCHEME] = scheme
            x[X_WAIVED] = waived
            for charge in range(CHARGES):
                x[X_BEST + charge] = x[X_PRICED + charge]


# --- agreements and preferential arrangements ----------------------------------------------------------------------------------------


def proof_lacking(x: Array, scheme_terms: Array, scheme: int) -> int:
    """What a preference still needs: 0 nothing, else NEEDS_PROOF or PROOF_DEFICIENT."""
    if (x[X_CLAIMED] >> scheme) & 1 == 0:
        return k.NEEDS_PROOF
    if not x[X_FLAGS] & k.DIRECT:
        return k.PROOF_DEFICIENT
    terms = scheme_terms[scheme]
    if x[X_PROOF] == 0:
        if terms.waiver_currency == t.WAIVER_CNY and x[X_TAXED_VALUE] <= terms.waiver_fen:
            return 0
        if (
            terms.waiver_currency == t.WAIVER_USD and x[X_USD] > 0
            and x[X_TAXED_VALUE] * 10_000 <= terms.waiver_fen * x[X_USD]
        ):  # fmt: skip
            return 0
        return k.PROOF_DEFICIENT
    if terms.proofs != 0 and x[X_PROOF] & terms.proofs == 0:
        return k.PROOF_DEFICIENT
    return 0


def consider_scheme(
    x: Array, law: Array, step: int, scheme_terms: Array, scheme: int, duty: int, rate: int, in_quota: bool
) -> None:
    """One agreement or arrangement: which rate it leads to, and what must still be shown for it (#12 to #14)."""
    terms = scheme_terms[scheme]
    is_special = terms.is_special != 0
    own = k.SPECIAL if is_special else k.CONVENTIONAL
    provisional = x[X_DUTY + k.PROVISIONAL]
    mfn = -1
    if x[X_HAS_MFN] != 0:
        mfn = x[X_DUTY + k.MFN] if x[X_DUTY + k.MFN] >= 0 else provisional
    lacks = proof_lacking(x, scheme_terms, scheme)
    basis = int(terms.basis_rank)
    kind = own
    if in_quota:
        certificate = k.QUOTA_CERTIFICATE if is_special else k.COUNTRY_QUOTA_CERTIFICATE
        if lacks == 0 and not x[X_FLAGS] & certificate:
            lacks = k.NEEDS_CERTIFICATE
        if not is_special:
            basis = int(terms.quota_rank)
        reduced_kind = k.IN_QUOTA_PROVISIONAL if x[X_DUTY + k.IN_QUOTA_PROVISIONAL] >= 0 else k.IN_QUOTA
        reduced = x[X_DUTY + reduced_kind]
        if reduced >= 0 and select_rate(-1, -1, -1, duty, -1, reduced, -1) != k.SPECIAL:
            kind = reduced_kind
    elif is_special:
        kind = select_rate(mfn, provisional, -1, duty, -1, -1, -1)
    else:
        kind = select_rate(mfn, provisional, duty, -1, -1, -1, -1)
    if kind != own:
        if kind == k.MFN and x[X_DUTY + k.MFN] < 0:
            kind = k.PROVISIONAL
        duty = x[X_DUTY + kind]
        rate = x[X_DUTY_RATE + kind]
        in_quota = kind in (k.IN_QUOTA, k.IN_QUOTA_PROVISIONAL)
    consider(x, law, step, kind, scheme, basis, duty, rate, in_quota, lacks != 0)
    state = lacks if lacks != 0 else k.NOT_CHEAPER
    if x[X_STATE + own] <= k.NOT_ENTITLED or state > x[X_STATE + own]:
        x[X_STATE + own] = state


# --- ordinary goods ------------------------------------------------------------------------------------------------------------------


def clear(x: Array) -> None:
    """Forget the options of the row before."""
    for at in range(X_DUTY, X_STATE + 9):
        x[at] = -1
    if x[X_SPECIALS] != 0:
        for at in range(X_OVERLAY, X_PRICED):
            x[at] = 0
    x[X_TOTAL] = BIG
    x[X_BASIS] = BIG
    x[X_KIND] = 0
    x[X_SCHEME] = -1
    x[X_WAIVED] = 0
    x[X_OTHER_TOTAL] = BIG
    x[X_OTHER_BASIS] = BIG
    x[X_OTHER_KIND] = 0
    x[X_OTHER_SCHEME] = -1
    x[X_REASONS] = 0
    x[X_SPECIALS] = 0
    x[X_MANY] = 0
    x[X_SMALLEST] = BIG
    x[X_BEST + k.ARTICLES_TAX] = 0
    x[X_BEST + k.INTEREST] = 0
    x[X_PRICED + k.ARTICLES_TAX] = 0
    x[X_PRICED + k.INTEREST] = 0


def choose(
    x: Array,
    step: int,
    law: Array,
    epochs: Array,
    entries: Array,
    bands: Array,
    scheme_terms: Array,
    overlay_of_line: Array,
    line_sets: Array,
    overlays: Array,
    conversion: Array,
) -> None:
    """Every option of ordinary goods: the one that applies, the cheapest that needs something shown, and why each other was not taken (#12-14)."""
    clear(x)
    epoch = epochs[x[X_EPOCH]]
    every = line_sets.size - 1
    if line_sets[x[X_LINE]] & x[X_SETS] != 0:
        add_overlays(x, conversion, overlays, overlay_of_line[x[X_LINE]], overlay_of_line[x[X_LINE] + 1])
    if line_sets[every] & x[X_SETS] != 0:
        add_overlays(x, conversion, overlays, overlay_of_line[every], overlay_of_line[every + 1])
    for at in range(int(epoch.first), int(epoch.first) + int(epoch.count)):
        x[X_DUTY + entries[at].kind] = duty_under(x, law, conversion, entries, bands, at)
        x[X_DUTY_RATE + entries[at].kind] = entries[at].rate
    consider_without_preference(x, law, step, scheme_terms)
    consider_listed_schemes(x, law, step, scheme_terms, entries, bands, conversion, epoch)
    consider_other_schemes(x, law, step, scheme_terms, epoch.schemes)
    if x[X_FINDINGS] == 0 and x[X_TOTAL] == BIG:
        x[X_FINDINGS] |= k.NO_OPEN_RATE


def consider_without_preference(x: Array, law: Array, step: int, scheme_terms: Array) -> None:
    """The rate without preference, inside a quota, and the cotton sliding duty (#12 para. 1 and 4, #13, #14)."""
    has_mfn = x[X_HAS_MFN] != 0
    provisional = x[X_DUTY + k.PROVISIONAL]
    mfn = -1
    general = -1
    if has_mfn:
        # the provisional rate is taken whatever the MFN rate is (#13 para. 1), so that need not be held
        mfn = x[X_DUTY + k.MFN] if x[X_DUTY + k.MFN] >= 0 else provisional
    else:
        general = x[X_DUTY + k.GENERAL]
    kind = select_rate(mfn, provisional, -1, -1, general, -1, -1)
    quota = scheme_terms.size - 3
    if kind != k.NO_RATE:
        basis = int(scheme_terms[quota + 2].basis_rank)
        consider(x, law, step, kind, -1, basis, x[X_DUTY + kind], x[X_DUTY_RATE + kind], False, False)
    x[X_HAS_QUOTA] = x[X_DUTY + k.IN_QUOTA] >= 0 or x[X_DUTY + k.IN_QUOTA_PROVISIONAL] >= 0
    if x[X_HAS_QUOTA] != 0:
        kind = k.IN_QUOTA_PROVISIONAL if x[X_DUTY + k.IN_QUOTA_PROVISIONAL] >= 0 else k.IN_QUOTA
        basis = int(scheme_terms[quota].basis_rank)
        lacks = x[X_FLAGS] & k.QUOTA_CERTIFICATE == 0
        consider(x, law, step, kind, -1, basis, x[X_DUTY + kind], x[X_DUTY_RATE + kind], True, lacks)
    if x[X_DUTY + k.SLIDING] >= 0 and has_mfn:
        basis = int(scheme_terms[quota + 1].basis_rank)
        lacks = x[X_FLAGS] & k.SLIDING_CERTIFICATE == 0
        consider(x, law, step, k.SLIDING, -1, basis, x[X_DUTY + k.SLIDING], 0, False, lacks)


def consider_listed_schemes(
    x: Array,
    law: Array,
    step: int,
    scheme_terms: Array,
    entries: Array,
    bands: Array,
    conversion: Array,
    epoch: Array,
) -> None:
    """Rates of agreements and arrangements that the line holds. Those of other origins are looked at only where they count by a quantity."""
    x[X_STATE + k.CONVENTIONAL] = k.NOT_ENTITLED if epoch.schemes & ~x[X_SPECIAL_SCHEMES] != 0 else k.NONE_ON_LINE
    x[X_STATE + k.SPECIAL] = k.NOT_ENTITLED if epoch.schemes & x[X_SPECIAL_SCHEMES] != 0 else k.NONE_ON_LINE
    if epoch.schemes_have_quota != 0 and x[X_HAS_QUOTA] == 0:
        x[X_HAS_QUOTA] = SCHEME_QUOTA
    if epoch.schemes & x[X_SCHEMES] == 0 and epoch.schemes_count_by == 0:
        return
    for at in range(int(epoch.schemes_first), int(epoch.schemes_first) + int(epoch.schemes_count)):
        entry = entries[at]
        is_mine = (x[X_SCHEMES] >> entry.scheme) & 1 != 0
        in_quota = entry.kind == k.IN_QUOTA
        if is_mine or entry.unit != 0:
            duty = duty_under(x, law, conversion, entries, bands, at)
            if is_mine:
                consider_scheme(x, law, step, scheme_terms, entry.scheme, duty, int(entry.rate), in_quota)


def consider_other_schemes(x: Array, law: Array, step: int, scheme_terms: Array, held: int) -> None:
    """Arrangements that reach every line, and a note for agreements whose rate for this line we do not hold."""
    left = x[X_SCHEMES] & ~held
    scheme = 0
    while left != 0:
        if left & 1 != 0:
            terms = scheme_terms[scheme]
            if terms.covers == t.LISTED_LINES:
                x[X_NOTES] |= k.NOTE_SCHEME_RATE_NOT_HELD
            else:
                in_quota = x[X_HAS_QUOTA] == 1 and terms.covers == t.ALL_LINES_QUOTA_INSIDE
                duty = ad_valorem_duty(x[X_TAXED_VALUE], int(terms.rate))
                consider_scheme(x, law, step, scheme_terms, scheme, duty, int(terms.rate), in_quota)
        left = left >> 1
        scheme += 1


def reasons_of(x: Array) -> int:
    """Why each kind of rate was not taken, three bits each."""
    packed = 0
    has_mfn = x[X_HAS_MFN] != 0
    for kind in range(k.MFN, k.SLIDING + 1):
        if kind == x[X_KIND]:
            why = k.APPLIED
        elif kind in (k.CONVENTIONAL, k.SPECIAL):
            why = x[X_STATE + kind]
        elif x[X_DUTY + kind] < 0:
            why = k.NONE_ON_LINE
        elif kind == k.GENERAL:
            why = k.NOT_ENTITLED if has_mfn else k.NOT_CHEAPER
        elif kind in (k.IN_QUOTA, k.IN_QUOTA_PROVISIONAL):
            why = k.NOT_CHEAPER
            if not x[X_FLAGS] & k.QUOTA_CERTIFICATE:
                why = k.NEEDS_CERTIFICATE
            elif kind == k.IN_QUOTA and x[X_DUTY + k.IN_QUOTA_PROVISIONAL] >= 0:
                why = k.DISPLACED
        elif not has_mfn:
            why = k.DISPLACED if kind == k.PROVISIONAL else k.NOT_ENTITLED
        elif kind == k.SLIDING and not x[X_FLAGS] & k.SLIDING_CERTIFICATE:
            why = k.NEEDS_CERTIFICATE
        elif kind == k.MFN and x[X_DUTY + k.PROVISIONAL] >= 0:
            why = k.DISPLACED
        else:
            why = k.NOT_CHEAPER
        packed |= why << (3 * (kind - 1))
    return packed
