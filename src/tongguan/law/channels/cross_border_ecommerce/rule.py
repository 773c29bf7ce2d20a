"""Cross-border e-commerce retail import (跨境电子商务零售进口).

Law      caiguanshui-2016-18 from 2016-04-08, with caiguanshui-2018-49 from 2019-01-01: which orders enter at the reduced tax; duty is zero for the
         time being, import VAT and consumption tax are 70 % of what the law asks. The buyer is the taxpayer, the platform, carrier or broker
         withholds (tariff-law-2024#3 since 2024-12-01). shangcaifa-2018-486: listed goods are supervised as articles for personal use, so
         first-import licences, registrations and filings are not asked. gacc-2020-45: returns.
Units    amounts in fen; rates in ppm; quantity in milli-units; specific amount as fen per milli-unit num/den; days as ordinals.
Reading  The price is the actual one, with freight and insurance. An order of exactly the single limit is within it; so is a year of exactly the
         yearly limit. From 2019 a single item above the single limit must cost less than (低于) the yearly limit, and the year, with it, must not
         exceed (超过) it: an item of exactly the yearly limit is therefore general trade. Until 2018 a single item above the limit was taxed
         in full as general trade; what leaves the channel does not count in the year. "One item" (仅一件商品) is one unit of goods in the order.
         The year is the calendar year. Small amounts are not waived in this channel: caiguanshui-2016-18 abolished the waiver.
         The composite price is not rounded; each tax is, once, half up to the fen. VAT is 70 % of the VAT on the composite price with the whole
         consumption tax in it. A return is judged by the law of the day it is applied for; the day of release is not counted.
"""

from __future__ import annotations

from tongguan.grammar.money import fen_of, milli_of, ppm_of, specific_fraction, yuan
from tongguan.grammar.parameters import LawBook
from tongguan.law.channels.cross_border_ecommerce import positive_list
from tongguan.law.channels.facts import day_of, whole_of, yes_no

REDUCED_TAX = 1
FULL_TAX = 2
GENERAL_TRADE_SINGLE_LIMIT = 3
GENERAL_TRADE_YEARLY_LIMIT = 4

GENERAL_TRADE_REGIME = 0
FULL_TAX_REGIME = 1
REGIMES = {"general_trade": GENERAL_TRADE_REGIME, "full_tax": FULL_TAX_REGIME}
"""Values of the parameter `single_item_over_limit`: what becomes of a single item above the single limit."""

DECISIONS = {
    REDUCED_TAX: "cbec-reduced-tax",
    FULL_TAX: "cbec-full-tax",
    GENERAL_TRADE_SINGLE_LIMIT: "reject-general-trade",
    GENERAL_TRADE_YEARLY_LIMIT: "reject-general-trade",
}
REASONS = {
    REDUCED_TAX: "within_limits",
    FULL_TAX: "single_item_over_limit",
    GENERAL_TRADE_SINGLE_LIMIT: "over_single_limit",
    GENERAL_TRADE_YEARLY_LIMIT: "over_yearly_limit",
}

RETURN_ACCEPTED = 1
RETURN_APPLIED_LATE = 2
RETURN_ARRIVED_LATE = 3
RETURNS = {RETURN_ACCEPTED: "accepted", RETURN_APPLIED_LATE: "applied_late", RETURN_ARRIVED_LATE: "arrived_late"}


def decision(
    price: int, items_in_order: int, used_this_year: int, single_limit: int, yearly_limit: int, single_item_regime: int
) -> int:
    """How an order enters: REDUCED_TAX, FULL_TAX, GENERAL_TRADE_SINGLE_LIMIT or GENERAL_TRADE_YEARLY_LIMIT."""
    if price > single_limit:
        if single_item_regime == GENERAL_TRADE_REGIME or items_in_order != 1:
            return GENERAL_TRADE_SINGLE_LIMIT
        if price >= yearly_limit or used_this_year + price > yearly_limit:
            return GENERAL_TRADE_YEARLY_LIMIT
        return FULL_TAX
    if used_this_year + price > yearly_limit:
        return GENERAL_TRADE_YEARLY_LIMIT
    return REDUCED_TAX


def used_after(outcome: int, price: int, used_this_year: int) -> int:
    """The year's total afterwards: what enters through this channel counts, at reduced or full tax."""
    if outcome in (REDUCED_TAX, FULL_TAX):
        return used_this_year + price
    return used_this_year


def share_of_quotient(whole: int, part: int, den: int, divisor: int, share_num: int, share_den: int) -> int:
    """(whole + part/den) / divisor × share_num/share_den, half up, exact and within 64 bits.

    Quotients and remainders are kept apart, because the plain product of value, rate and share outgrows 64 bits.
    """
    fraction_num = (whole % divisor) * den + part
    times = (whole // divisor) * share_num
    rest = (times % share_den) * divisor * den + fraction_num * share_num
    all_den = divisor * den * share_den
    return times // share_den + (rest + all_den // 2) // all_den


def reduced_consumption_tax(
    base: int, rate: int, quantity: int, num: int, den: int, share_num: int, share_den: int
) -> int:
    """The reduced consumption tax in fen, for every form; `base` = price + duty, and the duty is zero within the limits.

    ad valorem: base / (1 − rate) × rate × share; specific: quantity × num/den × share; compound: both in the composite price.
    """
    by_quantity = quantity * num
    whole = base * rate + (by_quantity // den) * 1_000_000
    return share_of_quotient(whole, (by_quantity % den) * 1_000_000, den, 1_000_000 - rate, share_num, share_den)


def reduced_import_vat(
    base: int,
    consumption_tax_rate: int,
    quantity: int,
    num: int,
    den: int,
    vat_rate: int,
    share_num: int,
    share_den: int,
) -> int:
    """The reduced import VAT in fen: composite price × VAT rate × share, composite price = (base + specific) / (1 − consumption tax rate)."""
    by_quantity = quantity * num
    whole = (base + by_quantity // den) * vat_rate
    return share_of_quotient(
        whole, (by_quantity % den) * vat_rate, den, 1_000_000 - consumption_tax_rate, share_num, share_den
    )


def return_outcome(released: int, applied: int, arrived: int, apply_days: int, arrive_days: int) -> int:
    """Whether the tax of returned goods is not levied: RETURN_ACCEPTED, RETURN_APPLIED_LATE or RETURN_ARRIVED_LATE."""
    if applied - released > apply_days:
        return RETURN_APPLIED_LATE
    if arrived - released > arrive_days:
        return RETURN_ARRIVED_LATE
    return RETURN_ACCEPTED


def used_after_return(used_this_year: int, returned_price: int) -> int:
    """The year's total after an accepted return of all or part of an order."""
    return used_this_year - returned_price if used_this_year > returned_price else 0


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case about `tax`, a `return`, the `list` or, without a kind, the decision on an order."""
    kind = given.get("about", "decision")
    if kind == "list":
        return positive_list.case(given)
    at = law.rule("channels/cross_border_ecommerce").at
    if kind == "return":
        day = day_of(given, "applied")
        outcome = return_outcome(
            day_of(given, "released").toordinal(),
            day.toordinal(),
            day_of(given, "arrived").toordinal(),
            at("return_apply_days", day).whole(),
            at("return_arrive_days", day).whole(),
        )
        used, price = fen_of(given["used"]), fen_of(given["price"])
        accepted = outcome == RETURN_ACCEPTED
        after = used_after_return(used, price) if accepted else used
        return {"tax_cancelled": yes_no(accepted), "reason": RETURNS[outcome], "used_after": yuan(after)}
    day = day_of(given)
    price = fen_of(given["price"])
    if kind == "tax":
        share = at("reduced_share", day).fraction()
        rate = ppm_of(given.get("consumption_tax_rate", "0"))
        num, den = specific_fraction(given.get("amount", "0"))
        specific = (milli_of(given.get("quantity", "0")), num, den)
        tax = reduced_consumption_tax(price, rate, *specific, share.numerator, share.denominator)
        vat = reduced_import_vat(price, rate, *specific, ppm_of(given["vat_rate"]), share.numerator, share.denominator)
        return {"consumption_tax": yuan(tax), "vat": yuan(vat)}
    used = fen_of(given.get("used", "0"))
    outcome = decision(
        price,
        whole_of(given, "items", 1),
        used,
        at("single_limit", day).fen(),
        at("yearly_limit", day).fen(),
        REGIMES[at("single_item_over_limit", day).value],
    )
    return {
        "decision": DECISIONS[outcome],
        "reason": REASONS[outcome],
        "used_after": yuan(used_after(outcome, price, used)),
    }
