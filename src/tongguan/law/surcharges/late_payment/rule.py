"""Late payment surcharge (滞纳金).

Law      until 2024-11-30  duty-regulations-2003#37, #51; from 2024-12-01  tariff-law-2024#43, #45, #46, #48, gacc-order-272#19, #20, #63-65: for each
         day late a fixed share of the unpaid tax. For a short levy by breach it also runs from the day of payment or release to the day
         Customs finds the breach; after the confirmation another runs when its 15 days are missed.
Units    amounts in fen; days as ordinals; rate in ppm a day. Half up to the fen (gacc-order-272#19).
Reading  1. The day after the deadline is the first day counted and the day of payment is counted. In a breach the day of payment or release is
            not counted and the day of discovery is.
         2. Less than the minimum is not collected; the minimum itself is. It is tested on the amount given: pass the unpaid taxes of
            the consignment together. Since 2024-12-01 the minimum is the exemption the State Council sets; its amount was not read.
"""

from __future__ import annotations

from tongguan.grammar.calendar import day_of
from tongguan.grammar.days import by_the_day_up, days_late
from tongguan.grammar.money import fen_of, yuan
from tongguan.grammar.parameters import LawBook


def late_payment_surcharge(unpaid: int, late_days: int, daily_rate_ppm: int, minimum: int) -> tuple[int, int]:
    """The surcharge as computed, and as collected: nothing below the minimum."""
    computed = by_the_day_up(unpaid, late_days, daily_rate_ppm, 1)
    return computed, computed if computed >= minimum else 0


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: `late_days`, or a start (`deadline`; `paid_or_released_on` in a breach) and an end (`paid_on`; `discovered_on`)."""
    if "late_days" in given:
        late, day = int(str(given["late_days"])), day_of(given["date"])
    else:
        start = day_of(given.get("deadline") or given.get("paid_or_released_on"))
        day = day_of(given.get("paid_on") or given.get("discovered_on"))
        late = days_late(start.toordinal(), day.toordinal())
    rule = law.rule("surcharges/late_payment")
    rate, minimum = rule.at("daily_rate", day).ppm(), rule.at("minimum", day).fen()
    computed, due = late_payment_surcharge(fen_of(given["unpaid"]), late, rate, minimum)
    return {"late_days": str(late), "computed": yuan(computed), "surcharge": yuan(due)}
