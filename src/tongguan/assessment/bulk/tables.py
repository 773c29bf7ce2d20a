"""A world (law, schedule, origins, additional duties) as arrays: sorted once, looked up by whole numbers.

    lines        keys spread over slots, found at the first try nearly always
    epochs       for each line, the stretches of days in which nothing of it changes; each with its rates side by side
    origins      for each stretch of days and country: MFN treatment, the schemes it belongs to and the groups it is in, as bits
    overlays     rows of trade remedies and countermeasures for each line, and those that reach every line
    law          one row of parameters for each stretch of days between two changes of the law
A parameter that is not encoded on a day is NOT_ENCODED, and a row that needs it is refused: nothing here becomes zero for want of knowing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from tongguan.assessment.bulk import codes
from tongguan.assessment.pipeline import FORMS
from tongguan.assessment.quantities import _FACTORS, UNITS
from tongguan.assessment.scenarios import DRUG_LISTS, VAT_CLASSES
from tongguan.assessment.world import COVERAGE_FROM, World
from tongguan.grammar.errors import LawDataError, OutOfCoverage
from tongguan.grammar.money import MAX_DUTY_PPM, decimal_of, milli_of
from tongguan.grammar.parameters import InForce
from tongguan.law.additional_duties.rule import CONDITIONS
from tongguan.law.channels.border_trade import rule as border_trade
from tongguan.law.channels.cross_border_ecommerce import positive_list
from tongguan.law.channels.cross_border_ecommerce.rule import REGIMES
from tongguan.law.consumption_tax.rule import NOT_TAXED, class_terms, tax_classes
from tongguan.tariff.origins import MFN_NOT_KNOWN
from tongguan.tariff.schedule import Rate

Array: TypeAlias = Any
"""A NumPy array; see `row.Array`."""

FIRST_DAY = COVERAGE_FROM.toordinal()
LAST_DAY = dt.date(2099, 12, 31).toordinal()
NOT_ENCODED = -(2**62)

UNIT_NAMES = ("", *sorted(UNITS))
UNIT_CODES = {name: place for place, name in enumerate(UNIT_NAMES)}
VAT_NAMES = tuple(VAT_CLASSES)
PROOF_NAMES = ("certificate", "declaration", "approved_exporter_declaration")
OTHER_PROOF = 1 << len(PROOF_NAMES)

OVERLAY_KINDS = {
    "anti_dumping": codes.ANTI_DUMPING,
    "countervailing": codes.COUNTERVAILING,
    "safeguard": codes.SAFEGUARD,
}

# --- parameters of the law, in the order of their columns ----------------------------------------------------------------------------


def _yes(value: InForce) -> int:
    return int(value.value == "yes")


def _numerator(value: InForce) -> int:
    return value.fraction().numerator


def _denominator(value: InForce) -> int:
    return value.fraction().denominator


def _micro(value: InForce) -> int:
    return int(value.fraction() * 1_000_000)


def _milli(value: InForce) -> int:
    return milli_of(value.value)


def _specific(part: int) -> Callable[[InForce], int]:
    def read(value: InForce) -> int:
        fraction = Fraction(decimal_of(value.value)) / 10
        return fraction.numerator if part == 0 else fraction.denominator

    return read


def _mmdd(value: InForce) -> int:
    return int(value.value.replace("-", ""))


def _fen_or_none(value: InForce) -> int:
    return -1 if value.value == "none" else value.fen()


def _regime(value: InForce) -> int:
    return REGIMES[value.value]


def _all_areas(value: InForce) -> int:
    return int(value.value == "all_comprehensive_bonded_zones")


def _encoded(value: InForce) -> int:  # noqa: ARG001  # that there is an answer is the answer
    return 1


_BORDER_QUANTITIES = tuple(sorted({entry.parameter for entry in border_trade.goods_not_exempt() if entry.parameter}))

LAW_COLUMNS: tuple[tuple[str, Callable[[InForce], int]], ...] = (
    ("governing_date/regime", InForce.whole),
    ("valuation/transaction_value/insurance_share", InForce.ppm),
    ("low_value/customs_duty_limit", InForce.fen),
    ("low_value/customs_duty_limit_is_inclusive", InForce.whole),
    ("low_value/special_duty_limit", InForce.fen),
    ("low_value/special_duty_limit_is_inclusive", InForce.whole),
    ("low_value/consumption_tax_limit", InForce.fen),
    ("low_value/consumption_tax_limit_is_inclusive", InForce.whole),
    ("low_value/import_vat_limit", InForce.fen),
    ("low_value/import_vat_limit_is_inclusive", InForce.whole),
    ("low_value/vat_base_keeps_waived_duty", InForce.whole),
    ("consumption_tax/super_luxury_threshold", InForce.fen),
    ("consumption_tax/super_luxury_added_rate", InForce.ppm),
    ("customs_duty/sliding/threshold", _milli),
    ("customs_duty/sliding/specific_amount", _specific(0)),
    ("customs_duty/sliding/specific_amount", _specific(1)),
    ("customs_duty/sliding/k1", _micro),
    ("customs_duty/sliding/k2", _micro),
    ("customs_duty/sliding/ceiling", InForce.ppm),
    ("channels/cross_border_ecommerce/single_limit", InForce.fen),
    ("channels/cross_border_ecommerce/yearly_limit", InForce.fen),
    ("channels/cross_border_ecommerce/single_item_over_limit", _regime),
    ("channels/cross_border_ecommerce/duty_rate_within_limits", InForce.ppm),
    ("channels/cross_border_ecommerce/reduced_share", _numerator),
    ("channels/cross_border_ecommerce/reduced_share", _denominator),
    ("channels/personal_articles/category_1_rate", InForce.ppm),
    ("channels/personal_articles/category_2_rate", InForce.ppm),
    ("channels/personal_articles/category_3_rate", InForce.ppm),
    ("channels/personal_articles/medicine_category", InForce.whole),
    ("channels/personal_articles/parcel_limit_hk_mo_tw", InForce.fen),
    ("channels/personal_articles/parcel_limit_elsewhere", InForce.fen),
    ("channels/personal_articles/free_tax", InForce.fen),
    ("channels/travellers/resident_allowance", InForce.fen),
    ("channels/travellers/non_resident_allowance", InForce.fen),
    ("channels/travellers/resident_allowance_hk_macao", InForce.fen),
    ("channels/travellers/adult_age", InForce.whole),
    ("channels/travellers/hk_macao_amount_applies_at_six_ports", _yes),
    ("channels/travellers/hk_macao_amount_applies_at_other_ports", _yes),
    ("channels/travellers/hk_macao_amount_applies_at_hengqin_first_line", _yes),
    ("channels/border_trade/daily_limit", InForce.fen),
    ("channels/exhibition/reduced_share", _numerator),
    ("channels/exhibition/reduced_share", _denominator),
    ("channels/exhibition/fair_first_day", _mmdd),
    ("channels/exhibition/fair_last_day", _mmdd),
    ("channels/exhibition/amount_without_list", InForce.fen),
    ("channels/exhibition/duty_rate", InForce.ppm),
    ("channels/hainan/closed_area", _encoded),
    ("channels/hainan/least_value_added", InForce.ppm),
    ("channels/offshore_duty_free/yearly_amount", InForce.fen),
    ("channels/offshore_duty_free/single_article_line", _fen_or_none),
    ("channels/offshore_duty_free/lowest_age", InForce.whole),
    ("channels/offshore_duty_free/travellers_leaving_for_abroad", _yes),
    ("channels/processing_trade/selective_duty_areas", _all_areas),
    ("surcharges/deferred_interest/annual_rate", InForce.ppm),
    ("surcharges/deferred_interest/day_count", InForce.whole),
    ("surcharges/deferred_interest/is_waived", InForce.whole),
    ("surcharges/deferred_interest/minimum", InForce.fen),
    ("temporary_admission/taxed_months", InForce.whole),
    ("duty_relief/ship_or_aircraft_years", InForce.whole),
    ("duty_relief/vehicle_years", InForce.whole),
    ("duty_relief/other_years", InForce.whole),
    ("channels/repair_and_processing_abroad/repair_basis", _encoded),
    ("channels/repair_and_processing_abroad/processing_basis", _encoded),
    *((f"channels/border_trade/{name}", _milli) for name in _BORDER_QUANTITIES),
)
(
    REGIME, INSURANCE_SHARE, DUTY_LIMIT, DUTY_INCLUSIVE, SPECIAL_LIMIT, SPECIAL_INCLUSIVE, CT_LIMIT, CT_INCLUSIVE, VAT_LIMIT, VAT_INCLUSIVE,
    KEEPS_WAIVED_DUTY, LUXURY_THRESHOLD, LUXURY_RATE, SLIDING_THRESHOLD,
    SLIDING_NUM, SLIDING_DEN, SLIDING_K1, SLIDING_K2, SLIDING_CEILING, EC_SINGLE, EC_YEARLY, EC_REGIME, EC_DUTY_RATE, EC_SHARE_NUM,
    EC_SHARE_DEN, ARTICLE_RATE_1, ARTICLE_RATE_2, ARTICLE_RATE_3, MEDICINE_CATEGORY, PARCEL_NEAR, PARCEL_ELSEWHERE, FREE_TAX, ALLOWANCE,
    ALLOWANCE_NON_RESIDENT, ALLOWANCE_RAISED, ADULT_AGE, RAISED_AT_SIX, RAISED_AT_OTHERS, RAISED_AT_HENGQIN, BORDER_LIMIT, FAIR_SHARE_NUM,
    FAIR_SHARE_DEN, FAIR_FIRST, FAIR_LAST, FAIR_AMOUNT, FAIR_DUTY, HAINAN_CLOSED, HAINAN_LEAST_ADDED, OFFSHORE_AMOUNT, OFFSHORE_LINE, OFFSHORE_AGE,
    OFFSHORE_ABROAD, SELECTIVE_AREAS, INTEREST_RATE, INTEREST_DAYS, INTEREST_WAIVED, INTEREST_MINIMUM, TAXED_MONTHS, YEARS_SHIP,
    YEARS_VEHICLE, YEARS_OTHER, REPAIR_BASIS, PROCESSING_BASIS, BORDER_QUANTITY,
) = range(64)  # fmt: skip

# columns of the consumption-tax terms of a class on a day
(
    CT_STATE, CT_TEST, CT_RATE, CT_NUM, CT_DEN, CT_BELOW_RATE, CT_BELOW_NUM, CT_BELOW_DEN, CT_THRESHOLD, CT_THRESHOLD_PER, CT_UNIT,
    CT_LITRES, CT_IS_CAR, CT_COLUMNS,
) = range(14)  # fmt: skip
VAT_AT = len(LAW_COLUMNS)
CT_AT = VAT_AT + len(VAT_NAMES)

EPOCH = np.dtype(
    [
        ("start", "i4"), ("first", "i4"), ("schemes_first", "i4"), ("verified", "i4"), ("schemes", "i8"), ("count", "i1"), ("schemes_count", "i1"),
        ("held", "i1"), ("vat", "i1"), ("ct", "i1"), ("schemes_count_by", "i1"), ("schemes_have_quota", "i1"),
    ],
    align=True,
)  # fmt: skip
"""A stretch of days of a line. `schemes_count_by` says that some rate of a scheme counts by a quantity, so that it has to be looked at in any case."""
ENTRY = np.dtype(
    [("kind", "i1"), ("scheme", "i1"), ("form", "i1"), ("unit", "i1"), ("rate", "i4"), ("num", "i4"), ("den", "i4")],
    align=True,
)
BAND = np.dtype([("threshold", "i4"), ("below", "i4")], align=True)
OVERLAY = np.dtype(
    [
        ("since", "i4"), ("until", "i4"), ("rate", "i4"), ("num", "i4"), ("den", "i4"), ("measure", "i2"), ("exporter", "i2"), ("kind", "i1"),
        ("set", "i1"), ("condition", "i1"), ("unit", "i1"), ("spares_from", "i4"),
    ],
    align=True,
)  # fmt: skip
SCHEME = np.dtype(
    [
        ("proofs", "i4"), ("basis_rank", "i4"), ("quota_rank", "i4"), ("waiver_currency", "i4"), ("waiver_fen", "i8"),
        ("is_special", "i1"), ("covers", "i1"), ("rate", "i4"),
    ],
    align=True,
)  # fmt: skip
LISTED_LINES, ALL_LINES, ALL_LINES_QUOTA_INSIDE = 0, 1, 2
_COVERS = {"listed_lines": LISTED_LINES, "all_lines": ALL_LINES, "all_lines_quota_inside_only": ALL_LINES_QUOTA_INSIDE}
NO_WAIVER, WAIVER_CNY, WAIVER_USD = 0, 1, 2


class Tables(NamedTuple):
    """What the kernel reads: few and wide arrays, each passed to the functions that read it."""

    days: Array  # by day: place in law, place in origin, whether a measure changed within it, month and day
    law: Array  # by place: parameters, VAT rates, consumption-tax terms class by class
    slots: Array  # keys of lines with their places, spread out; see slots_of
    line_epoch: Array  # by line: first stretch of days
    starts: Array  # by stretch: its first day
    epochs: Array
    entries: Array  # rates; those of no scheme and those of schemes apart, equal stretches of them once
    bands: Array  # for each rate, what only a rate by unit value has
    channel: Array  # by line: kind for border residents, column of its free quantity, place on the e-commerce list
    origin: Array  # by place and country: MFN treatment, schemes, sets of origins
    scheme: Array
    claims: Array
    overlay_of_line: Array
    line_sets: Array
    overlays: Array
    conversion: Array


LINE_BORDER, LINE_FREE_QUANTITY, LINE_LISTED = range(3)
NOT_ON_LIST, ON_LIST, REMARK_ON_LIST = range(3)
"""Whether the starter lines of the e-commerce list that we hold name a line, and whether with a remark."""
DAY_LAW, DAY_ORIGIN, DAY_CHANGED, DAY_MONTH_DAY = range(4)
ORIGIN_MFN, ORIGIN_SCHEMES, ORIGIN_SETS = range(3)


class Compiled(NamedTuple):
    """The arrays and the words their numbers stand for."""

    tables: Tables
    countries: dict[str, int]
    scheme_names: tuple[str, ...]
    claim_numbers: dict[str, int]
    exporters: dict[str, int]
    ct_classes: tuple[str, ...]
    world: World


def line_key(code: str) -> int:
    """A commodity code as a number that keeps leading zeros and tells eight digits from ten."""
    return int(code[:8]) * 1000 + (int(code[8:10]) + 1 if len(code) == 10 else 0)


SPREAD = 0x2545F49
"""An odd number that spreads neighbouring keys over the slots; a product with any key stays below 2**63."""
PLACE_BITS = 20


def slots_of(keys: list[int]) -> Array:
    """Keys with their places in one number, each at the first free slot from the one its key leads to; −1 in free slots."""
    if len(keys) >= 1 << PLACE_BITS:
        raise LawDataError("more than a million tariff lines do not fit the slots of the bulk tables")
    size = 1 << max(4, (4 * len(keys)).bit_length())
    slots = np.full(size, -1, dtype=np.int64)
    for place, key in enumerate(keys):
        slot = (key * SPREAD >> 20) & (size - 1)
        while slots[slot] >= 0:
            slot = (slot + 1) & (size - 1)
        slots[slot] = key << PLACE_BITS | place
    return slots


def _side_by_side(tables: Tables) -> Tables:
    """The same arrays in one stretch of memory, which the system then maps in large pages: rows in no order jump about in it."""
    sizes = [(array.nbytes + 63) // 64 * 64 for array in tables]
    room = np.empty(max(sum(sizes), 1 << 23), dtype=np.uint8)
    at = 0
    moved = []
    for array, size in zip(tables, sizes, strict=True):
        copy = room[at : at + array.nbytes].view(array.dtype).reshape(array.shape)
        copy[...] = array
        moved.append(copy)
        at += size
    return Tables(*moved)


def compile_world(world: World) -> Compiled:
    """The world as arrays. Raises LawDataError for numbers the compiled rules could not hold."""
    ct_classes = tuple(tax_classes())
    ct_place = {name: place for place, name in enumerate(ct_classes)}
    scheme_names = tuple(world.origins.schemes)
    if len(scheme_names) > 63:
        raise LawDataError("more than 63 schemes do not fit the bits of the bulk tables")
    scheme_place = {name: place for place, name in enumerate(scheme_names)}
    countries = {iso2: place for place, iso2 in enumerate(world.origins.countries)}
    days = np.arange(FIRST_DAY, LAST_DAY + 1)

    line_codes = sorted(world.schedule.lines, key=line_key)
    lines = _lines(world, line_codes, ct_place, scheme_place)
    origin = _origins(world, countries, scheme_place)
    overlay = _overlays(world, line_codes, countries, origin["starts"])
    law_starts, law = _law(world, ct_classes)
    claims, claim_numbers = _claims(world, scheme_place)
    law_at = np.searchsorted(law_starts, days, side="right") - 1
    origin_at = np.searchsorted(origin["starts"], days, side="right") - 1
    changed = np.isin(days, [d.toordinal() for d in world.overlays.changes_within_day])
    month_day = [(d := dt.date.fromordinal(int(n))).month * 100 + d.day for n in days]
    tables = Tables(
        **lines,
        days=np.stack([law_at, origin_at, changed, month_day], axis=1).astype(np.int16),
        law=law,
        origin=np.stack([origin["mfn"], origin["schemes"], overlay["sets_of"]], axis=2),
        scheme=_schemes(world),
        claims=claims,
        overlay_of_line=overlay["of_line"],
        line_sets=overlay["line_sets"],
        overlays=overlay["rows"],
        conversion=_conversions(),
    )
    return Compiled(
        _side_by_side(tables), countries, scheme_names, claim_numbers, overlay["exporters"], ct_classes, world
    )


def _entry(rate: Rate, kind: int, scheme: int) -> tuple[int, ...]:
    unit = UNIT_CODES[rate.per_unit or ("kg" if rate.form == "sliding" else "")]
    if not (0 <= rate.rate <= MAX_DUTY_PPM and 0 <= rate.num <= 1_000_000 and 0 < rate.den <= 1_000_000):
        raise LawDataError(f"tariff line {rate.code}: the rate {rate.text()} is beyond what bulk work can hold")
    return kind, scheme, FORMS[rate.form], unit, rate.rate, rate.num, rate.den


_KIND_OF = {
    "mfn": codes.MFN, "provisional": codes.PROVISIONAL, "conventional": codes.CONVENTIONAL, "special_preferential": codes.SPECIAL,
    "general": codes.GENERAL, "in_quota": codes.IN_QUOTA, "in_quota_provisional": codes.IN_QUOTA_PROVISIONAL,
}  # fmt: skip


def _lines(
    world: World, line_codes: list[str], ct_place: dict[str, int], scheme_place: dict[str, int]
) -> dict[str, Array]:
    """Lines, their stretches of days, and the rates in force in each."""
    slots = slots_of([line_key(c) for c in line_codes])
    line_epoch = np.zeros(len(line_codes) + 1, dtype=np.int32)
    epochs: list[tuple[Any, ...]] = []
    entries: list[tuple[int, ...]] = []
    bands: list[tuple[int, int]] = []
    known: dict[tuple[tuple[int, ...], ...], int] = {}

    def placed(rates: list[Rate], made: tuple[tuple[int, ...], ...]) -> int:
        """Where these rates stand, each list of them written once."""
        key = (*made, *(rate.bands for rate in rates))
        if key not in known:
            known[key] = len(entries)
            entries.extend(made)
            bands.extend(rate.bands for rate in rates)
        return known[key]

    channel = np.zeros((len(line_codes), 3), dtype=np.int16)
    listed = {
        line.code: REMARK_ON_LIST if line.remark_kind or line.modes else ON_LIST for line in positive_list.lines()
    }
    vat_place = {name: place for place, name in enumerate(VAT_NAMES)}
    for number, code in enumerate(line_codes):
        editions = world.schedule.lines[code]
        rates = world.schedule.rates.get(code, [])
        starts = {COVERAGE_FROM}
        for since, until in [*((e.since, e.until) for e in editions), *((r.since, r.until) for r in rates)]:
            starts.add(max(since, COVERAGE_FROM))
            if until.toordinal() < LAST_DAY:
                starts.add(max(until + dt.timedelta(days=1), COVERAGE_FROM))
        line_epoch[number] = len(epochs)
        for day in sorted(starts):
            edition = next((e for e in editions if e.since <= day <= e.until), None)
            if edition is None:
                epochs.append((day.toordinal(), 0, 0, LAST_DAY, 0, 0, 0, 0, -1, -1, 0, 0))
                continue
            held = [r for r in rates if r.since <= day <= r.until]
            own = [r for r in held if not r.scheme]
            of_schemes = sorted((r for r in held if r.scheme), key=lambda r: scheme_place[r.scheme])
            made = tuple(_entry(r, codes.SLIDING if r.form == "sliding" else _KIND_OF[r.kind], -1) for r in own)
            theirs = tuple(_entry(r, _KIND_OF[r.kind], scheme_place[r.scheme]) for r in of_schemes)
            if max(len(made), len(theirs)) > 127:
                raise LawDataError(f"tariff line {code}: more than 127 rates on {day}")
            epochs.append(
                (day.toordinal(), placed(own, made), placed(of_schemes, theirs), min((r.verified_until.toordinal() for r in own), default=LAST_DAY),
                 sum({1 << entry[1] for entry in theirs}), len(made), len(theirs), 1, vat_place.get(edition.vat_class, -1),
                 ct_place[edition.ct_class] if edition.ct_class else len(ct_place), int(any(entry[3] for entry in theirs)),
                 int(any(entry[0] == codes.IN_QUOTA for entry in theirs)))
            )  # fmt: skip
        kind, parameter = border_trade.kind_of(code)
        column = BORDER_QUANTITY + _BORDER_QUANTITIES.index(parameter) if parameter else 0
        channel[number] = kind, column, listed.get(code[:8], NOT_ON_LIST)
    line_epoch[len(line_codes)] = len(epochs)
    return {
        "slots": slots,
        "line_epoch": line_epoch,
        "starts": np.array([epoch[0] for epoch in epochs] + [LAST_DAY + 1] * 8, dtype=np.int32),
        "epochs": np.array(epochs, dtype=EPOCH),
        "entries": np.array(entries, dtype=ENTRY),
        "bands": np.array(bands, dtype=BAND),
        "channel": channel,
    }


def _origins(world: World, countries: dict[str, int], scheme_place: dict[str, int]) -> dict[str, Array]:
    """MFN treatment and schemes of every country, for every stretch of days."""
    o = world.origins
    spans: list[tuple[dt.date, dt.date]] = [(p.since, p.until) for periods in o.countries.values() for p in periods]
    spans += [(m.since, m.until) for members in o.members.values() for m in members]
    spans += [(s.since, s.until) for s in o.schemes.values()]
    spans += [(since, until) for group in o.groups.values() for _, since, until in group]
    starts = _starts(spans)
    mfn = np.full((len(starts), len(countries)), MFN_NOT_KNOWN, dtype=np.int64)
    schemes = np.zeros((len(starts), len(countries)), dtype=np.int64)
    for place, start in enumerate(starts):
        day = dt.date.fromordinal(int(start))
        for iso2, number in countries.items():
            mfn[place, number] = o.mfn(iso2, day)
            schemes[place, number] = sum(1 << scheme_place[s.scheme] for s, _ in o.schemes_of(iso2, day))
    return {"starts": starts, "mfn": mfn, "schemes": schemes}


def _starts(spans: Iterable[tuple[dt.date, dt.date]]) -> Array:
    days = {FIRST_DAY}
    for since, until in spans:
        days.add(max(since.toordinal(), FIRST_DAY))
        if until.toordinal() < LAST_DAY:
            days.add(max(until.toordinal() + 1, FIRST_DAY))
    return np.array(sorted(days), dtype=np.int64)


def _overlays(world: World, line_codes: list[str], countries: dict[str, int], starts: Array) -> dict[str, Array]:
    """Rows for each line; those for every line stand after the last one. A set is an origin with its exclusions."""
    measures = {name: place for place, name in enumerate(world.overlays.measures)}
    sets: dict[tuple[str, tuple[str, ...]], int] = {}
    exporters: dict[str, int] = {}
    by_prefix: dict[str, list[tuple[int, ...]]] = {}
    for row in world.overlays.rates:
        if row.state != "in_force":
            continue
        place = sets.setdefault((row.origin, row.excluded_origins), len(sets))
        exporter = exporters.setdefault(row.exporter.casefold(), len(exporters) + 1) if row.exporter else 0
        if not (0 <= row.rate <= MAX_DUTY_PPM and 0 <= row.num <= 1_000_000 and 0 < row.den <= 1_000_000):
            raise LawDataError(f"overlay {row.measure}: a rate is beyond what bulk work can hold")
        kind = OVERLAY_KINDS.get(world.overlays.measures[row.measure].kind, codes.ADDITIONAL)
        by_prefix.setdefault(row.code_prefix, []).append(
            (min(row.since.toordinal(), LAST_DAY + 1), min(row.until.toordinal(), LAST_DAY), row.rate, row.num, row.den,
             measures[row.measure], exporter, kind, place, CONDITIONS[row.condition], UNIT_CODES[row.per_unit], _spares(world, row.measure))
        )  # fmt: skip
    for prefix, unknown in _unknown(world, sets, measures):
        by_prefix.setdefault(prefix, []).append(unknown)
    if len(sets) > 63:
        raise LawDataError("more than 63 groups of origins do not fit the bits of the bulk tables")
    rows: list[tuple[int, ...]] = []
    of_line = np.zeros(len(line_codes) + 2, dtype=np.int32)
    line_sets = np.zeros(len(line_codes) + 1, dtype=np.int64)
    for number, code in enumerate((*line_codes, "*")):
        of_line[number] = len(rows)
        prefixes = ["*"] if code == "*" else [code[:n] for n in range(2, len(code) + 1)]
        own = [row for prefix in prefixes for row in by_prefix.get(prefix, ())]
        rows += own
        line_sets[number] = sum(1 << s for s in {row[8] for row in own})
    of_line[len(line_codes) + 1] = len(rows)
    sets_of = np.zeros((len(starts), len(countries)), dtype=np.int64)
    for place, start in enumerate(starts):
        day = dt.date.fromordinal(int(start))
        for iso2, number in countries.items():
            sets_of[place, number] = sum(
                1 << bit
                for (origin, excluded), bit in sets.items()
                if iso2 not in excluded and world.origins.in_group(iso2, origin, day)
            )
    return {
        "of_line": of_line,
        "line_sets": line_sets,
        "rows": np.array(rows, dtype=OVERLAY),
        "sets_of": sets_of,
        "exporters": exporters,
    }


def _spares(world: World, measure: str) -> int:
    since = world.overlays.measures[measure].spares_relief_goods_from
    return since.toordinal() if since else LAST_DAY + 1


def _unknown(
    world: World, sets: dict[tuple[str, tuple[str, ...]], int], measures: dict[str, int]
) -> list[tuple[str, tuple[int, ...]]]:
    """Rows that say: from this day on a measure reaches, or may still reach, these goods, and we hold no rate of it."""
    found: list[tuple[str, tuple[int, ...]]] = []
    for horizon in world.overlays.horizons.values():
        reached: set[tuple[str, str, tuple[str, ...]]] = set()
        if horizon.after == "not_held":
            reached.add(("*", horizon.origin, ()))
        elif horizon.after == "not_known":
            reached = {
                (r.code_prefix, r.origin, ()) for r in world.overlays.rates
                if r.measure == horizon.measure and r.until == horizon.until and r.state in ("in_force", "suspended")
            }  # fmt: skip
        for prefix, origin, excluded in sorted(reached):
            place = sets.setdefault((origin, excluded), len(sets))
            row = (
                horizon.until.toordinal() + 1,
                LAST_DAY,
                0,
                0,
                1,
                measures.get(horizon.measure, -1),
                0,
                NOT_HELD_KIND,
                place,
                0,
                0,
                LAST_DAY + 1,
            )
            found.append((prefix, row))
    return found


NOT_HELD_KIND = -1
"""The kind of an overlay row that names no rate: the row is refused."""


def _schemes(world: World) -> Array:
    names = tuple(world.origins.schemes)
    stems = [f"scheme:{name}" for name in names] + ["quota", "sliding_duty_quota", "without_preference"]
    bases = sorted([*stems, *(f"{stem}:quota" for stem in stems)])
    currency = {"CNY": WAIVER_CNY, "USD": WAIVER_USD}
    rows = []
    for stem, name in zip(stems, (*names, "", "", ""), strict=True):
        scheme = world.origins.schemes.get(name)
        # room between two bases for the same with an exclusion or an undertaking
        rank, quota_rank = 4 * bases.index(stem), 4 * bases.index(f"{stem}:quota")
        if name:  # among equals the one that needs no proof of origin
            rank, quota_rank = rank + 4 * len(bases), quota_rank + 4 * len(bases)
        if scheme is None:
            rows.append((0, rank, quota_rank, NO_WAIVER, 0, 0, 0, 0))
            continue
        proofs = sum(1 << PROOF_NAMES.index(p) for p in scheme.proofs)
        amount = int((scheme.waiver_amount or Decimal(0)) * 100)
        waiver = currency.get(scheme.waiver_currency, NO_WAIVER) if scheme.waiver_amount is not None else NO_WAIVER
        rows.append(
            (proofs, rank, quota_rank, waiver, amount, int(scheme.kind == "special"), _COVERS[scheme.covers],
             scheme.all_lines_rate or 0)
        )  # fmt: skip
    return np.array(rows, dtype=SCHEME)


def _claims(world: World, scheme_place: dict[str, int]) -> tuple[Any, dict[str, int]]:
    """What each claim may mean: a scheme by its own name, or every scheme with the agreement's code. Number 0 is no claim."""
    meant: dict[str, int] = {}
    for name, scheme in world.origins.schemes.items():
        for word in {name, scheme.code} - {""}:
            meant[word] = meant.get(word, 0) | 1 << scheme_place[name]
    numbers = {word: place for place, word in enumerate(meant, start=1)}
    return np.array([0, *meant.values()], dtype=np.int64), numbers


def _law(world: World, ct_classes: tuple[str, ...]) -> tuple[Array, Array]:
    """One row for each stretch of days between two changes: parameters, VAT rates, then the terms of every consumption-tax class and of none."""
    rules = {name.rpartition("/")[0] for name, _ in LAW_COLUMNS} | {"import_vat", "consumption_tax"}
    days = {COVERAGE_FROM}
    for rule in rules:
        days |= {max(day, COVERAGE_FROM) for day in world.law.rule(rule).change_days()}
    rows = []
    for day in sorted(days):
        row = [_held(world, name, day, read) for name, read in LAW_COLUMNS]
        row += [_held(world, f"import_vat/{name}_rate", day, InForce.ppm) for name in VAT_NAMES]
        for name in ct_classes:
            row += _ct_row(world, name, day)
        rows.append(row + _UNTAXED)
    return np.array([d.toordinal() for d in sorted(days)]), np.array(rows, dtype=np.int64)


_UNTAXED = [0, NOT_TAXED, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0, 0]


def _held(world: World, name: str, day: dt.date, read: Callable[[InForce], int]) -> int:
    try:
        return read(world.law.at(name, day))
    except OutOfCoverage:
        return NOT_ENCODED
    except ValueError as error:
        raise LawDataError(f"{name} on {day}: {error}") from error


def _ct_row(world: World, name: str, day: dt.date) -> list[int]:
    try:
        terms, _ = class_terms(name, day, world.law)
    except OutOfCoverage:
        return [-1, NOT_TAXED, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0, 0]
    try:
        litres = milli_of(world.law.at(f"consumption_tax/{name}_litres_per_tonne", day).value)
    except (OutOfCoverage, LawDataError):
        litres = 0
    unit = UNIT_CODES[tax_classes()[name].unit]
    return [
        1, terms.test, terms.rate, terms.num, terms.den, terms.below_rate, terms.below_num, terms.below_den, terms.threshold,
        terms.threshold_per, unit, litres, int(name.startswith("car_")),
    ]  # fmt: skip


def _conversions() -> Array:
    """For each unit needed and unit given: rank (0 for none, 1 for the unit itself), and the factor as num/den."""
    table = np.zeros((len(UNIT_NAMES), len(UNIT_NAMES), 3), dtype=np.int64)
    table[:, :, 2] = 1
    for needed, place in UNIT_CODES.items():
        if needed:
            table[place, place] = (1, 1, 1)
        for rank, (given, factor) in enumerate(_FACTORS.get(needed, {}).items(), start=2):
            fraction = Fraction(factor)
            table[place, UNIT_CODES[given]] = (rank, fraction.numerator, fraction.denominator)
    return table


DRUG_VAT = {listed: VAT_NAMES.index(name) for listed, name in DRUG_LISTS.items()}
