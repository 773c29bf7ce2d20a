"""Interest on deferred duty (缓税利息), when bonded processing materials or their products are sold at home.

Law      tariff-law-2024#36 since 2024-12-01; before, and for the formula, gacc-ann-2009-deferred-interest:
         interest = tax × days × annual rate / 360, from the first import (or the last write-off) to the issue of the tax bill, at the current deposit rate
         published when the bill is issued. Waived by the day of the domestic sale's declaration: 2020-04-15 to 2020-12-31 (gacc-ann-2020-55) and
         2022-01-01 to 2022-12-31 (gacc-ann-2021-deferred-interest-waiver). Less than CNY 50 a consignment is not collected.
Units    tax in fen; rate in ppm a year; half up to the fen (gacc-order-272#19).
Reading  1. The days are those between the two days, the first not counted.
         2. No waiver was found for 2021 or after 2022; that none was given is from memory.
"""

from __future__ import annotations

from tongguan.grammar.calendar import day_of
from tongguan.grammar.days import by_the_day_up, days_late
from tongguan.grammar.money import fen_of, ppm_of, yuan
from tongguan.grammar.parameters import LawBook


def deferred_interest(
    tax: int, days: int, annual_rate_ppm: int, day_count: int, is_waived: bool, minimum: int
) -> tuple[int, int]:
    """The interest as computed, and as collected."""
    computed = by_the_day_up(tax, days, annual_rate_ppm, day_count)
    return computed, 0 if is_waived or computed < minimum else computed


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: the day the sale was declared, and `days` or `imported_on` and `billed_on`; a rate may be given."""
    rule = law.rule("surcharges/deferred_interest")
    declared = day_of(given["declared_on"])
    billed = day_of(given.get("billed_on", given["declared_on"]))
    if "days" in given:
        days = int(str(given["days"]))
    else:
        days = days_late(day_of(given["imported_on"]).toordinal(), billed.toordinal())
    rate = ppm_of(given["annual_rate"]) if "annual_rate" in given else rule.at("annual_rate", billed).ppm()
    waived = rule.at("is_waived", declared).whole() == 1
    day_count, minimum = rule.at("day_count", billed).whole(), rule.at("minimum", billed).fen()
    computed, due = deferred_interest(fen_of(given["tax"]), days, rate, day_count, waived, minimum)
    return {"days": str(days), "computed": yuan(computed), "interest": yuan(due)}
