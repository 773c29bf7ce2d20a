"""The rules, compiled as they stand: the one place that knows Numba.

RULES are the plain functions of `law/`, `grammar/` and `assessment/pipeline.py`; STEPS are the plain functions of walk.py and channels.py, which ask
them. Numba compiles all of them unchanged; nothing here is a second copy of anything. Functions are not reference-counted (`_nrt=False`), since
they allocate nothing, and divide as machines do (`error_model`), since every divisor is a positive number of the law.

The compiled code is kept in a folder named after the text of every rule, so that a changed rule is compiled anew.
"""
# ruff: noqa: F403, F405  # the places X_… of the row in hand are names by the dozen, and all of them are meant

from __future__ import annotations

import hashlib
import inspect
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np
from numba.extending import register_jitable

from tongguan.assessment import pipeline
from tongguan.assessment.bulk import channels as ch
from tongguan.assessment.bulk import codes as k
from tongguan.assessment.bulk import digits, walk
from tongguan.assessment.bulk import row as columns_of_row
from tongguan.assessment.bulk import tables as t
from tongguan.assessment.bulk.row import *  # the places X_… of the row in hand
from tongguan.grammar import days, money
from tongguan.law.additional_duties import rule as additional_duties
from tongguan.law.channels.border_trade import rule as border_trade
from tongguan.law.channels.cross_border_ecommerce import rule as ecommerce
from tongguan.law.channels.exhibition import rule as exhibition
from tongguan.law.channels.hainan import rule as hainan
from tongguan.law.channels.offshore_duty_free import rule as offshore
from tongguan.law.channels.personal_articles import rule as personal_articles
from tongguan.law.channels.processing_trade import rule as processing_trade
from tongguan.law.channels.repair_and_processing_abroad import rule as repair
from tongguan.law.channels.travellers import rule as travellers
from tongguan.law.consumption_tax import rule as consumption_tax
from tongguan.law.customs_duty.ad_valorem import rule as ad_valorem
from tongguan.law.customs_duty.by_unit_value import rule as by_unit_value
from tongguan.law.customs_duty.compound import rule as compound
from tongguan.law.customs_duty.lower_of import rule as lower_of
from tongguan.law.customs_duty.sliding import rule as sliding
from tongguan.law.customs_duty.specific import rule as specific
from tongguan.law.duty_rate.selection import rule as selection
from tongguan.law.duty_relief import rule as duty_relief
from tongguan.law.governing_date import rule as governing_date
from tongguan.law.import_vat import rule as import_vat
from tongguan.law.low_value import rule as low_value
from tongguan.law.surcharges.deferred_interest import rule as deferred_interest
from tongguan.law.temporary_admission import rule as temporary_admission
from tongguan.law.valuation.transaction_value import rule as transaction_value

RULES: tuple[Callable[..., Any], ...] = (
    money.half_up,
    days.civil,
    days.ordinal_of,
    days.first_of_month,
    days.plus_months,
    days.months_begun,
    days.days_late,
    days.by_the_day_up,
    governing_date._known,  # noqa: SLF001  # a step of governing_day
    governing_date.governing_day,
    transaction_value.dutiable_value,
    ad_valorem.ad_valorem_duty,
    specific.specific_duty,
    compound.compound_duty,
    lower_of.lower_duty,
    by_unit_value.is_above_threshold,
    by_unit_value.by_unit_value_duty,
    sliding.unit_value_milli,
    sliding.sliding_rate_ppm,
    sliding.sliding_duty,
    pipeline.customs_duty,
    selection.select_rate,
    additional_duties.is_levied,
    consumption_tax.is_upper_class,
    consumption_tax.consumption_tax,
    import_vat.import_vat,
    pipeline.consumption_tax_of,
    pipeline.super_luxury_rate,
    pipeline.taxes_on,
    low_value.highest_waived,
    low_value.payable_after_waiver,
    pipeline.small_duty_waived,
    ecommerce.decision,
    ecommerce.share_of_quotient,
    ecommerce.reduced_consumption_tax,
    ecommerce.reduced_import_vat,
    personal_articles.parcel_admission,
    personal_articles.articles_tax,
    personal_articles.payable_tax,
    travellers.allowance,
    travellers.taxed_value,
    border_trade.taxed_amount,
    exhibition.outcome,
    exhibition.relieved_part,
    hainan.first_line,
    hainan.second_line,
    hainan.levies_base_duty,
    hainan.levies_special_duties,
    hainan.levies_import_taxes,
    offshore.buyer,
    offshore.free_part,
    processing_trade.interest_base,
    deferred_interest.deferred_interest,
    temporary_admission.proportional_duty,
    duty_relief.written_down_value,
    repair.value_basis,
    repair.repair_value,
    repair.processing_value,
)
"""Every rule the walk asks, callees first."""

STEPS: tuple[Callable[..., Any], ...] = (
    walk.micro_fen,
    walk.leg,
    walk.cost,
    walk.find_value,
    walk.converted,
    walk.quantity_in,
    walk.is_too_much,
    walk.find_day,
    walk.place_of,
    walk.load,
    walk.read_ahead,
    walk.find_line,
    walk.find_origin,
    walk.find_taxed_quantity,
    walk.find_luxury,
    walk.find_taxes,
    walk.is_reachable,
    walk.duty_under,
    walk.reaches,
    walk.is_displaced,
    walk.add_overlay,
    walk.add_overlays,
    walk.is_small,
    walk.price,
    walk.may_be_waived,
    walk.consider,
    walk.proof_lacking,
    walk.consider_scheme,
    walk.clear,
    walk.consider_without_preference,
    walk.consider_listed_schemes,
    walk.consider_other_schemes,
    walk.choose,
    walk.reasons_of,
    ch.states,
    ch.needs,
    ch.situate,
    ch.at_cost,
    ch.prepare,
    ch.article_rate,
    ch.decide_order,
    ch.decide_parcel,
    ch.decide_baggage,
    ch.decide_purchase,
    ch.half_even,
    ch.decide_exchange,
    ch.decide_exhibit,
    ch.decide_stay,
    ch.decide_relief,
    ch.decide,
    ch.blank,
    ch.tax_articles,
    ch.tax_in_part,
    ch.tax_order,
    ch.relieve,
    ch.treat_in_hainan,
    ch.tax_by_month,
    ch.only_relieved,
    ch.add_interest,
    ch.finish,
)
"""Every step of the walk, callees first."""

ONCE_EACH = frozenset({walk.load})
"""Steps that are called rather than written into the loop: once for each column and block of rows."""

for _function in (*RULES, *STEPS):
    register_jitable(_nrt=False, error_model="numpy", forceinline=_function not in ONCE_EACH)(_function)


# --- where the compiled code is kept -------------------------------------------------------------------------------------------------


def _cache_folder() -> Path | None:
    """A folder for the compiled code that changes whenever a rule does; None where nothing can be written."""
    names = {__name__, *(function.__module__ for function in (*RULES, *STEPS))}
    sources = {*(sys.modules[name] for name in names), k, t, columns_of_row}
    text = (
        "".join(sorted(inspect.getsource(source) for source in sources))
        + numba.__version__
        + np.__version__
        + sys.version
    )
    name = hashlib.sha256(text.encode()).hexdigest()[:16]
    base = os.environ.get("NUMBA_CACHE_DIR")
    parents = [Path(base)] if base else []
    if sys.prefix != sys.base_prefix:
        parents.append(Path(sys.prefix) / "var" / "tongguan-kernel")
    for parent in parents:
        folder = parent / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            probe = folder / f".probe-{os.getpid()}"
            probe.touch()
            probe.unlink()
        except OSError:
            continue
        return folder
    return None


_FOLDER = _cache_folder()
if _FOLDER is not None:
    setattr(numba.config, "CACHE_DIR", str(_FOLDER))  # noqa: B010  # set by numba itself when it starts, so unknown to its types

compiled: Callable[..., Any] = numba.njit
"""Numba's own decorator, which does not list all its options."""


# --- rows and consignments -----------------------------------------------------------------------------------------------------------


@compiled(cache=_FOLDER is not None, nogil=True, _nrt=False, error_model="numpy")  # type: ignore[untyped-decorator]
def assess_rows(tables: t.Tables, c: Columns, r: Results, x: Array) -> None:  # noqa: C901, PLR0912, PLR0915  # one loop, compiled whole: a call for each row would hand over sixty arrays
    """Every row of the columns `c` into the answers `r`, consignment by consignment; `x` is room for the row in hand.

    Rows of one consignment are tested against the limits with what the others come to on the basis that applies to them: duties before any
    waiver, then taxes on the duties that are levied (#32(1)). A row of a special channel is a consignment of its own.
    """
    rows = c.code.size
    special_schemes = 0
    for scheme in range(tables.scheme.size):
        special_schemes |= (tables.scheme[scheme].is_special & 1) << scheme
    x[X_AHEAD_FROM] = rows
    low = 0
    while low < rows:
        high = low + 1
        while high < rows and c.first.size > 0 and c.first[high] == 0:
            high += 1
        for charge in range(CHARGES):
            x[X_SUMS + charge] = 0
            x[X_OTHERS + charge] = 0
        refused = 0
        small = 0
        step = walk.ALL_WAIVED if high - low == 1 else walk.NOT_WAIVED
        while step <= walk.ALL_WAIVED:
            for i in range(low, high):
                if high - low > 1:
                    for charge in range(CHARGES):
                        is_tax = charge >= k.CONSUMPTION_TAX
                        is_summed = step == walk.ALL_WAIVED or (step == walk.DUTIES_WAIVED and not is_tax)
                        x[X_OTHERS + charge] = x[X_SUMS + charge] - r.charges[i, charge] if is_summed else 0
                if i < x[X_AHEAD_FROM] or i >= x[X_AHEAD_FROM] + AHEAD:
                    last = min(i + AHEAD, rows)
                    walk.load(x, X_REFUSED, c.refused, i, last)
                    walk.load(x, X_CHANNEL, c.channel, i, last)
                    walk.load(x, X_CODE, c.code, i, last)
                    walk.load(x, X_DECLARED, c.declared, i, last)
                    walk.load(x, X_ARRIVED, c.arrived, i, last)
                    walk.load(x, X_FORMALITIES, c.formalities, i, last)
                    walk.load(x, X_SITUATION, c.situation, i, last)
                    walk.load(x, X_COUNTRY, c.country, i, last)
                    walk.load(x, X_PREFERENTIAL, c.preferential, i, last)
                    walk.load(x, X_PRICE, c.price, i, last)
                    walk.load(x, X_RATE, c.rate, i, last)
                    walk.load(x, X_VALUE, c.value, i, last)
                    walk.load(x, X_TERMS, c.terms, i, last)
                    walk.load(x, X_INLAND, c.inland, i, last)
                    walk.load(x, X_FREIGHT, c.freight, i, last)
                    walk.load(x, X_FREIGHT_RATE, c.freight_rate, i, last)
                    walk.load(x, X_INSURANCE, c.insurance, i, last)
                    walk.load(x, X_INSURANCE_RATE, c.insurance_rate, i, last)
                    walk.load(x, X_ADDITIONS, c.additions, i, last)
                    walk.load(x, X_DEDUCTIONS, c.deductions, i, last)
                    walk.load(x, X_USD_RATE, c.usd_rate, i, last)
                    walk.load(x, X_QUANTITY, c.quantity, i, last)
                    walk.load(x, X_UNIT, c.unit, i, last)
                    walk.load(x, X_QUANTITY_2, c.quantity_2, i, last)
                    walk.load(x, X_UNIT_2, c.unit_2, i, last)
                    walk.load(x, X_QUANTITY_3, c.quantity_3, i, last)
                    walk.load(x, X_UNIT_3, c.unit_3, i, last)
                    walk.load(x, X_VAT_CLASS, c.vat_class, i, last)
                    walk.load(x, X_CLAIM, c.claim, i, last)
                    walk.load(x, X_PROOF, c.proof, i, last)
                    walk.load(x, X_EXPORTER, c.exporter, i, last)
                    walk.load(x, X_FLAGS, c.flags, i, last)
                    walk.read_ahead(
                        x, i, last, tables.slots, tables.line_epoch, tables.starts, tables.epochs, tables.entries
                    )
                at = X_BLOCK + (i - x[X_AHEAD_FROM]) * ROW_SIZE
                for place in range(ROW_SIZE):
                    x[place] = x[at + place]
                x[X_FINDINGS] = x[X_REFUSED]
                x[X_NOTES] = 0
                x[X_USD] = x[X_USD_RATE] // 100
                x[X_MODE] = ch.AS_GOODS
                x[X_SPECIAL_SCHEMES] = special_schemes
                is_special = x[X_CHANNEL] != k.GENERAL_TRADE
                if is_special:
                    x[X_CATEGORY] = c.category[i if c.category.size > 1 else 0]
                    x[X_MONTHS] = c.months[i if c.months.size > 1 else 0]
                    x[X_STARTED] = c.started[i if c.started.size > 1 else 0]
                    x[X_ENDED] = c.ended[i if c.ended.size > 1 else 0]
                    x[X_ITEMS] = c.items[i if c.items.size > 1 else 0]
                    x[X_CHOICE] = c.choice[i if c.choice.size > 1 else 0]
                    x[X_USED] = c.used[i if c.used.size > 1 else 0]
                    x[X_LIMIT] = c.limit[i if c.limit.size > 1 else 0]
                    x[X_RELIEVED] = c.relieved[i if c.relieved.size > 1 else 0]
                    x[X_SENT_FROM] = c.sent_from[i if c.sent_from.size > 1 else 0]
                    x[X_PORT] = c.port[i if c.port.size > 1 else 0]
                    x[X_AGE] = c.age[i if c.age.size > 1 else 0]
                    x[X_FEE] = c.fee[i if c.fee.size > 1 else 0]
                    x[X_PARTS] = c.parts[i if c.parts.size > 1 else 0]
                    x[X_RETURN_FREIGHT] = c.return_freight[i if c.return_freight.size > 1 else 0]
                    x[X_RETURN_INSURANCE] = c.return_insurance[i if c.return_insurance.size > 1 else 0]
                    if high - low > 1:
                        x[X_FINDINGS] |= k.ONE_ROW_EACH
                    ch.situate(x)
                if x[X_FINDINGS] == 0:
                    walk.find_day(x, tables.days, tables.law)
                if x[X_FINDINGS] == 0 and is_special:
                    ch.prepare(x, tables.law)
                if x[X_FINDINGS] == 0:
                    walk.find_value(x, tables.law)
                    if x[X_CODE] >= 0 or x[X_CHANNEL] not in (k.PERSONAL_ARTICLES, k.TRAVELLERS, k.OFFSHORE):
                        walk.find_line(x, i - x[X_AHEAD_FROM], tables.line_epoch, tables.starts, tables.epochs)
                if x[X_FINDINGS] == 0 and is_special:
                    ch.decide(x, tables.days, tables.law, tables.channel, tables.conversion)
                mode = x[X_MODE]
                if x[X_FINDINGS] == 0 and (mode in (ch.ARTICLES, ch.FREE)):
                    if mode == ch.ARTICLES:
                        ch.tax_articles(x)
                    else:
                        ch.blank(x, k.DUTY_FREE_KIND)
                elif x[X_FINDINGS] == 0:
                    if mode != ch.REDUCED:
                        walk.find_origin(x, tables.origin, tables.claims)
                    if x[X_FINDINGS] == 0:
                        walk.find_taxes(x, tables.law, tables.epochs, tables.conversion)
                    if x[X_FINDINGS] == 0 and mode == ch.REDUCED:
                        ch.tax_order(x, tables.law)
                    elif x[X_FINDINGS] == 0:
                        how_far = step
                        if mode in (ch.FULL_TAX, ch.RELIEF, ch.IN_HAINAN):
                            how_far = walk.NOT_WAIVED
                        is_again = True
                        while is_again:
                            walk.choose(
                                x, how_far, tables.law, tables.epochs, tables.entries, tables.bands, tables.scheme, tables.overlay_of_line, tables.line_sets,
                                tables.overlays, tables.conversion,
                            )  # fmt: skip
                            is_again = False
                            if x[X_FINDINGS] == 0 and mode > ch.FULL_TAX and how_far >= walk.NOT_WAIVED:
                                is_again = ch.finish(x, tables.days, tables.law) and how_far == walk.NOT_WAIVED
                                how_far = walk.ALL_WAIVED
                                if is_again:
                                    mode = ch.AS_GOODS
                                    x[X_MODE] = mode
                        if x[X_FINDINGS] == 0:
                            x[X_REASONS] = walk.reasons_of(x)
                has_figure = x[X_FINDINGS] == 0
                if step == walk.NOT_WAIVED:
                    if not has_figure:
                        refused += 1
                    elif walk.may_be_waived(x, tables.law):
                        small += 1
                elif step == walk.DUTIES_WAIVED:
                    for charge in range(k.CONSUMPTION_TAX, k.ARTICLES_TAX):
                        r.charges[i, charge] = x[X_BEST + charge] if has_figure else 0
                        x[X_SUMS + charge] += r.charges[i, charge]
                    continue
                elif has_figure and refused > 0 and x[X_WAIVED] != 0:
                    x[X_FINDINGS] |= k.CONSIGNMENT_INCOMPLETE
                    has_figure = False
                r.findings[i] = x[X_FINDINGS]
                r.notes[i] = x[X_NOTES]
                for charge in range(CHARGES):
                    r.charges[i, charge] = x[X_BEST + charge] if has_figure else 0
                    if step == walk.NOT_WAIVED and charge < k.CONSUMPTION_TAX:
                        x[X_SUMS + charge] += r.charges[i, charge]
                if not has_figure:
                    continue
                r.kind[i] = x[X_KIND]
                r.scheme[i] = x[X_SCHEME]
                r.value[i] = x[X_TAXED_VALUE]
                r.waived[i] = x[X_WAIVED]
                r.total[i] = x[X_TOTAL]
                has_better = x[X_OTHER_TOTAL] < x[X_TOTAL] and (refused == 0 or step == walk.NOT_WAIVED)
                r.other_kind[i] = x[X_OTHER_KIND] if has_better else 0
                r.other_scheme[i] = x[X_OTHER_SCHEME] if has_better else -1
                r.other_total[i] = x[X_OTHER_TOTAL] if has_better else 0
                r.reasons[i] = x[X_REASONS]
            if step == walk.NOT_WAIVED and small == 0:
                break  # nothing in the consignment is small enough to be waived
            step += 1
        low = high


read_digits: Callable[..., int] = compiled(cache=_FOLDER is not None, nogil=True, _nrt=False, error_model="numpy")(
    digits.read_digits
)
"""Decimal text to whole numbers, compiled."""
