"""Import interest subsidy (进口贴息): what the foreign-trade fund pays on encouraged imports.

Law      caiqi-2012-142 and the notice of each year: subsidy = import value in US dollars × conversion rate × subsidy rate.
Units    the import value in US cents, the conversion rate as yuan per dollar num/den, the subsidy rate in ppm; the subsidy in fen.
Reading  All of it from weak memory (M?): the rate, not above the one-year benchmark lending rate, the caps for each firm and the least amount of imports are
         set by the yearly notice and are facts of the case. One rounding, half up to the fen, at the end. Whether the goods stand in the catalogue of encouraged
         technologies and products, line and technical parameters together, is settled before.
"""

from __future__ import annotations

from tongguan.grammar.money import decimal_of, fen_of, half_up, ppm_of, yuan
from tongguan.grammar.parameters import LawBook


def interest_subsidy(import_value: int, num: int, den: int, rate_ppm: int) -> int:
    """The subsidy in fen. Whole fen and remainders are kept apart, so that no product outgrows 64 bits."""
    converted = import_value * num
    whole = converted // den * rate_ppm
    rest = converted % den * rate_ppm
    return whole // 1_000_000 + half_up(whole % 1_000_000 * den + rest, 1_000_000 * den)


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: the imports in dollars, the conversion rate and the rate of the year's notice."""
    import datetime as dt

    if "rate" in given:
        rate = ppm_of(given["rate"])
    else:
        day = dt.date.fromisoformat(str(given["date"]))
        rate = law.rule("promotion/interest_subsidy").at("subsidy_rate", day).ppm()
    num, den = decimal_of(given["conversion_rate"]).as_integer_ratio()
    return {"subsidy": yuan(interest_subsidy(fen_of(given["import_value_usd"]), num, den, rate))}
