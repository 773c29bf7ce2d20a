"""The same formulas on the same rows in OpenFisca-core, in the same run: how many times faster we are, and how many amounts each has wrong by a fen.

General trade and e-commerce, every row complete and a consignment of its own. Both look up line, date and origin in the same arrays: the peer has no
tables of this kind, so NumPy does it for its formulas, and that time counts, as ours does. What is made easy for it: all rows lie in one period, the
rates of trade measures are handed to it, and it gives no reasons. Its values are 32-bit floats; they are rounded to the fen and compared with exact
ones. Aim: at least 12 times its speed on the cores of this machine, better 20; wrong amounts: ours 0.
"""

from __future__ import annotations

import time
from functools import cache

import numpy as np

from benchmarks.trial import compiled, mismatches, quickest, trial_columns
from tongguan.assessment.bulk import codes as k
from tongguan.assessment.bulk import tables as t
from tongguan.assessment.bulk.row import Columns, new_results
from tongguan.assessment.bulk.run import assess_columns, threads_of

SLOTS = 8
"""Rates of agreements a line may hold, as columns of the peer."""
NONE = -1.0


def trial_rows(rows: int):
    """Complete rows of general trade and e-commerce, each alone, that we answer; and what the peer is given for them."""
    columns = trial_columns(rows * 3, 11, channels={"general_trade": 0.8, "cross_border_ecommerce": 0.2})
    columns = columns._replace(first=np.ones(len(columns.code), np.uint8))
    results = assess_columns(compiled(), columns)
    keep = np.nonzero((results.findings == 0) & _is_plain(columns, results))[0][:rows]
    part = Columns(*(np.ascontiguousarray(c[keep]) if len(c) > 1 else c for c in columns))
    return part, _overlay_rates(part)


def _is_plain(c: Columns, r) -> np.ndarray:
    """Rows whose alternatives are rates of lines and agreements: what the formulas of the peer cover."""
    place = _places(c)
    ct = compiled().tables.epochs["ct"][place]
    untaxed = ct == len(compiled().ct_classes)
    single = np.array([_one_rate(int(n)) for n in range(len(compiled().ct_classes) + 1)])[ct]
    no_quota = ~np.isin(place, _with_quota())
    return (
        (untaxed | single) & no_quota & (r.charges[:, k.ADDITIONAL : k.SAFEGUARD + 1].sum(axis=1) >= 0) & (r.notes >= 0)
    )


def _one_rate(place: int) -> bool:
    rows = compiled().tables.law[:, t.CT_AT + place * t.CT_COLUMNS : t.CT_AT + (place + 1) * t.CT_COLUMNS]
    return bool((rows[:, t.CT_TEST] <= 1).all())


def _with_quota() -> np.ndarray:
    tables = compiled().tables
    kinds = tables.entries["kind"]
    found = []
    for place, epoch in enumerate(tables.epochs):
        own = kinds[epoch["first"] : epoch["first"] + epoch["count"]]
        theirs = kinds[epoch["schemes_first"] : epoch["schemes_first"] + epoch["schemes_count"]]
        if np.isin(own, [k.IN_QUOTA, k.IN_QUOTA_PROVISIONAL, k.SLIDING]).any() or (theirs == k.IN_QUOTA).any():
            found.append(place)
    return np.array(found)


@cache
def _sorted_lines():
    """Keys of lines in order with their places, and line and first day of every stretch as one number in order."""
    tables = compiled().tables
    keys = np.sort(tables.slots[tables.slots >= 0])
    stretches = (
        np.repeat(np.arange(len(tables.line_epoch) - 1), np.diff(tables.line_epoch)) * 10**7 + tables.starts[:-8]
    )
    return keys >> t.PLACE_BITS, keys & ((1 << t.PLACE_BITS) - 1), stretches


def _places(c: Columns) -> np.ndarray:
    """The stretch of days of each row's line."""
    keys, places, stretches = _sorted_lines()
    line = places[np.searchsorted(keys, c.code)]
    return np.searchsorted(stretches, line * 10**7 + c.declared, side="right") - 1


def _looked_up(c: Columns, additional: np.ndarray) -> dict[str, np.ndarray]:
    """Look-ups by line, date and origin as columns of floats, by NumPy."""
    tables = compiled().tables
    place = _places(c)
    epochs = tables.epochs[place]
    day = c.declared.astype(np.int64) - t.FIRST_DAY
    law = tables.law[tables.days[day, t.DAY_LAW]]
    origin = tables.origin[tables.days[day, t.DAY_ORIGIN], c.country]
    rows = len(c.code)
    out: dict[str, np.ndarray] = {}
    for name, kind in (("mfn", k.MFN), ("provisional", k.PROVISIONAL), ("general", k.GENERAL)):
        out[f"{name}_rate"], out[f"{name}_amount"] = _rate(tables, epochs, kind)
    schemes = origin[:, t.ORIGIN_SCHEMES]
    claimed = tables.claims[c.claim.astype(np.int64)] if len(c.claim) > 1 else np.zeros(rows, np.int64)
    for slot in range(SLOTS):
        has = epochs["schemes_count"] > slot
        entry = tables.entries[np.where(has, epochs["schemes_first"] + slot, 0)]
        scheme = entry["scheme"].astype(np.int64)
        is_mine = has & ((schemes >> np.maximum(scheme, 0)) & 1 != 0)
        out[f"scheme_{slot}_rate"] = np.where(is_mine, entry["rate"] / 1e6, NONE)
        out[f"scheme_{slot}_special"] = np.where(is_mine, tables.scheme["is_special"][np.maximum(scheme, 0)], 0).astype(
            float
        )
        out[f"scheme_{slot}_shown"] = (is_mine & ((claimed >> np.maximum(scheme, 0)) & 1 != 0)).astype(float)
    out["all_lines_rate"] = np.full(rows, NONE)
    out["all_lines_shown"] = np.zeros(rows)
    for scheme, terms in enumerate(tables.scheme[:-3]):
        if terms["covers"] != t.LISTED_LINES:
            mine = (schemes >> scheme & 1 != 0) & (epochs["schemes"] >> scheme & 1 == 0)
            out["all_lines_rate"][mine] = terms["rate"] / 1e6
            out["all_lines_shown"][mine] = (claimed[mine] >> scheme) & 1
    out["has_mfn"] = (origin[:, t.ORIGIN_MFN] == 1).astype(float)
    out["additional_rate"] = additional
    ct = t.CT_AT + epochs["ct"].astype(np.int64) * t.CT_COLUMNS
    line = np.arange(rows)
    out["ct_rate"] = law[line, ct + t.CT_RATE] / 1e6
    out["ct_amount"] = law[line, ct + t.CT_NUM] / law[line, ct + t.CT_DEN] * 10  # yuan for a unit
    unit = law[line, ct + t.CT_UNIT]
    out["ct_quantity"] = np.select(
        [unit == t.UNIT_CODES["litre"], unit == t.UNIT_CODES["piece"], unit == t.UNIT_CODES["kg"]],
        [c.quantity_2 / 1e6, c.quantity_3 / 1e6, c.quantity / 1e6],
        0.0,
    )
    out["kilograms"] = c.quantity / 1e6
    out["vat_rate"] = law[line, t.VAT_AT + np.maximum(epochs["vat"], 0)] / 1e6
    out["price"], out["exchange_rate"] = c.price / 1e4, c.rate / 1e6
    out["freight"] = np.maximum(c.freight, 0) / 1e4
    out["insurance_share"] = np.where(c.terms > 0, law[:, t.INSURANCE_SHARE] / 1e6, 0.0)
    out["is_ecommerce"] = (c.channel == k.ECOMMERCE).astype(float)
    out["single_limit"], out["yearly_limit"] = law[:, t.EC_SINGLE] / 100, law[:, t.EC_YEARLY] / 100
    out["may_exceed"] = law[:, t.EC_REGIME].astype(float)
    out["reduced_share"] = law[:, t.EC_SHARE_NUM] / law[:, t.EC_SHARE_DEN]
    for name, column in (
        ("duty", t.DUTY_LIMIT),
        ("special", t.SPECIAL_LIMIT),
        ("ct", t.CT_LIMIT),
        ("vat", t.VAT_LIMIT),
    ):
        out[f"{name}_limit"] = (law[:, column] - (law[:, column + 1] == 0)) / 100
    return out


def _rate(tables, epochs, kind: int) -> tuple[np.ndarray, np.ndarray]:
    rate, amount = np.full(len(epochs), NONE), np.zeros(len(epochs))
    for slot in range(int(epochs["count"].max())):
        has = epochs["count"] > slot
        entry = tables.entries[np.where(has, epochs["first"] + slot, 0)]
        here = has & (entry["kind"] == kind)
        rate = np.where(here, entry["rate"] / 1e6, rate)
        amount = np.where(here & (entry["unit"] != 0), entry["num"] / entry["den"] * 10, amount)
    return rate, amount


def _overlay_rates(c: Columns) -> np.ndarray:
    """The additional duties of a row as one rate, taken from what they came to: the peer is spared the look-up."""
    results = assess_columns(compiled(), c)
    special = results.charges[:, k.ADDITIONAL : k.SAFEGUARD + 1].sum(axis=1)
    return np.round(special / np.maximum(results.value, 1), 6)


def peer(rows: int):
    """The peer's system: one entity, one variable for each step, one formula for each rule."""
    from openfisca_core.entities import build_entity
    from openfisca_core.periods import DateUnit
    from openfisca_core.simulations import SimulationBuilder
    from openfisca_core.taxbenefitsystems import TaxBenefitSystem
    from openfisca_core.variables import Variable

    item = build_entity(key="item", plural="items", label="Goods item", is_person=True)

    class Customs(TaxBenefitSystem):
        def __init__(self) -> None:
            super().__init__([item])

    system = Customs()

    def variable(name, formula=None):
        body = {"value_type": float, "entity": item, "definition_period": DateUnit.MONTH, "label": name}
        if formula is not None:
            body["formula"] = formula
        system.add_variable(type(name, (Variable,), body))

    def fen(amount):
        return np.floor(amount * 100 + 0.5) / 100

    def value(items, period):
        goods = items("price", period) + items("freight", period)
        return fen(goods * (1 + items("insurance_share", period)) * items("exchange_rate", period))

    def duty_of(name):
        def formula(items, period):
            rate = items(f"{name}_rate", period)
            duty = fen(items("value", period) * rate + items("kilograms", period) * items(f"{name}_amount", period))
            return np.where(rate < 0, NONE, duty)

        return formula

    def plain_duty(items, period):
        mfn, provisional, general = (items(f"{n}_duty", period) for n in ("mfn", "provisional", "general"))
        return np.where(items("has_mfn", period) > 0, np.where(provisional >= 0, provisional, mfn), general)

    def scheme_duty(slot):
        def formula(items, period):
            rate = items(f"scheme_{slot}_rate", period) if slot >= 0 else items("all_lines_rate", period)
            own = fen(items("value", period) * rate)
            provisional, mfn = items("provisional_duty", period), items("mfn_duty", period)
            other = np.where(provisional >= 0, provisional, np.where(items("has_mfn", period) > 0, mfn, NONE))
            return np.where(rate < 0, NONE, np.where((other >= 0) & (other < own), other, own))

        return formula

    def total_of(items, period, duty):
        """Duty with small amounts not levied, consumption tax, VAT."""
        value_, special = items("value", period), fen(items("value", period) * items("additional_rate", period))
        duty = np.where(duty <= items("duty_limit", period), 0, duty)
        special = np.where(special <= items("special_limit", period), 0, special)
        tax, vat = taxes(items, period, value_, duty + special)
        return (
            duty
            + special
            + np.where(tax <= items("ct_limit", period), 0, tax)
            + np.where(vat <= items("vat_limit", period), 0, vat)
        )

    def taxes(items, period, value_, duties, share=None):
        rate = items("ct_rate", period)
        specific = items("ct_quantity", period) * items("ct_amount", period)
        price = (value_ + duties + specific) / (1 - rate)
        tax = fen((price * rate + specific) * (1 if share is None else share))
        vat_rate = items("vat_rate", period)
        vat = fen((value_ + duties + tax) * vat_rate) if share is None else fen(price * vat_rate * share)
        return tax, vat

    def applied_duty(items, period):
        duty = items("plain_duty", period)
        best = total_of(items, period, duty)
        for slot in range(-1, SLOTS):
            own = items(f"scheme_{slot}_duty", period) if slot >= 0 else items("all_lines_duty", period)
            shown = items(f"scheme_{slot}_shown", period) if slot >= 0 else items("all_lines_shown", period)
            total = total_of(items, period, own)
            takes = (own >= 0) & (shown > 0) & (total < best)
            duty, best = np.where(takes, own, duty), np.where(takes, total, best)
        return duty

    def general_total(items, period):
        return total_of(items, period, items("applied_duty", period))

    def better_total(items, period):
        best = items("general_total", period)
        for slot in range(-1, SLOTS):
            own = items(f"scheme_{slot}_duty", period) if slot >= 0 else items("all_lines_duty", period)
            best = np.where(own >= 0, np.minimum(best, total_of(items, period, own)), best)
        return best

    def total(items, period):
        value_ = items("value", period)
        inside = (
            (items("is_ecommerce", period) > 0)
            & (value_ <= items("single_limit", period))
            & (value_ <= items("yearly_limit", period))
        )
        full = (
            (items("is_ecommerce", period) > 0)
            & (value_ > items("single_limit", period))
            & (value_ < items("yearly_limit", period))
            & (items("may_exceed", period) > 0)
        )
        tax, vat = taxes(items, period, value_, 0 * value_, items("reduced_share", period))
        duties = items("applied_duty", period) + fen(value_ * items("additional_rate", period))
        full_tax, full_vat = taxes(items, period, value_, duties)
        return np.where(inside, tax + vat, np.where(full, duties + full_tax + full_vat, items("general_total", period)))

    columns, additional = trial_rows(rows)
    for name in _looked_up(columns, additional):
        variable(name)
    variable("value", value)
    for name in ("mfn", "provisional", "general"):
        variable(f"{name}_duty", duty_of(name))
    variable("plain_duty", plain_duty)
    for slot in range(SLOTS):
        variable(f"scheme_{slot}_duty", scheme_duty(slot))
    variable("all_lines_duty", scheme_duty(-1))
    for name, formula in (
        ("applied_duty", applied_duty),
        ("general_total", general_total),
        ("better_total", better_total),
        ("total", total),
    ):
        variable(name, formula)

    def work():
        simulation = SimulationBuilder().build_default_simulation(system, count=len(columns.code))
        for name, values in _looked_up(columns, additional).items():
            simulation.set_input(name, "2025-03", values)
        answers = simulation.calculate("total", "2025-03")
        simulation.calculate("better_total", "2025-03")
        return answers

    return columns, work


def run(rows: int = 400_000, sample: int = 2_000) -> list[str]:
    columns, work = peer(rows)
    rows = len(columns.code)
    results = new_results(rows)
    begun = time.perf_counter()
    answers = work()
    theirs = min(time.perf_counter() - begun, quickest(work, 2))
    cores = threads_of(None)
    assess_columns(compiled(), columns, cores, results)
    ours = quickest(lambda: assess_columns(compiled(), columns, cores, results))
    one = quickest(lambda: assess_columns(compiled(), columns, 1, results))
    exact = results.total
    rounded = np.floor(answers.astype(np.float64) * 100 + 0.5).astype(np.int64)
    off = np.abs(rounded - exact)
    compared, wrong, _ = mismatches(columns, results, sample)
    lines = [
        f"{rows:,} rows, {SLOTS + 4} alternatives each: ours {rows / ours / 1e6:.2f} M rows/s on {cores} cores ({rows / one / 1e6:.2f} on one), OpenFisca-core {rows / theirs / 1e6:.3f} (one core only)",
        f"ratio {theirs / ours:.1f} on {cores} cores, {theirs / one:.1f} core for core (aim: 12, better 20)",
        f"totals wrong to the fen: OpenFisca-core {(off > 0).mean():.1%} of {rows:,} (by one fen {(off == 1).mean():.1%}, by over a yuan {(off > 100).mean():.1%}); ours {wrong} of {compared:,} beside the single path",
    ]
    for line in lines:
        print("  " + line)
    return lines
