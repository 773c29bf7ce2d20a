"""Duty-free shops (免税店): on arrival at a port, and downtown before departure.

Law      tariff-law-2024#71, customs-law#32: such shops need approval. mof-arrival-shops-2016: at a port with an arrival shop, purchases there and
         articles from abroad together are free up to 8,000; mof-gacc-sta-hk-macao-2024: 15,000 for adult residents from Hong Kong and Macao, where
         and when the 12,000 applies. caiguanshui-2024-19: downtown shops sell from 2024-10-01 to travellers leaving within 60 days by air or
         cruise ship, without limit of amount, collected at departure. gacc-downtown-shops-2024: brought in again, the goods are articles.
Units    amounts in fen; days as whole numbers.
Reading  The amount for articles from abroad (5,000 or 12,000) stays; what is left of the whole may be spent in the shop, so a traveller with
         nothing from abroad may buy for the whole. The 60th day is within. Frequent travellers have no allowance and none in the shop either.
         Downtown: ordering before departure and collecting on return (notice of 2025-10-30) is not encoded.
"""

from __future__ import annotations

from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.money import fen_of, yuan
from tongguan.grammar.parameters import LawBook
from tongguan.law.channels.facts import day_of, is_yes
from tongguan.law.channels.travellers.rule import allowance_on, raised_allowance_applies

MAY_BUY = 1
LEAVES_TOO_LATE = 2
LEAVES_OTHERWISE = 3
SALES = {MAY_BUY: "may_buy", LEAVES_TOO_LATE: "leaves_too_late", LEAVES_OTHERWISE: "not_by_air_or_cruise"}


def taxed_with_arrival_shop(abroad: int, shop: int, free_abroad: int, free_in_all: int) -> int:
    """The value that bears tax: articles from abroad above their amount, and the sum of the rest and the shop above the whole."""
    above_abroad = abroad - free_abroad if abroad > free_abroad else 0
    rest = abroad - above_abroad + shop
    return above_abroad + (rest - free_in_all if rest > free_in_all else 0)


def downtown_sale(days_until_departure: int, by_air_or_cruise: bool, within_days: int) -> int:
    """Whether a downtown shop may sell: MAY_BUY, LEAVES_TOO_LATE or LEAVES_OTHERWISE."""
    if not by_air_or_cruise:
        return LEAVES_OTHERWISE
    if days_until_departure > within_days:
        return LEAVES_TOO_LATE
    return MAY_BUY


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case about `downtown`, or without a kind the arrival shop."""
    day = day_of(given)
    at = law.rule("channels/duty_free_shops").at
    if given.get("about") == "downtown":
        days = (day_of(given, "departs") - day).days
        by_air_or_cruise = str(given.get("by", "air")) in {"air", "cruise"}
        return {"sale": SALES[downtown_sale(days, by_air_or_cruise, at("downtown_departure_days", day).whole())]}
    if is_yes(given, "non_resident"):
        raise OutOfCoverage("channels.arrival_shop_non_resident_not_encoded", day=day.isoformat())
    free_abroad = allowance_on(given, law)
    raised = raised_allowance_applies(given, law)
    in_all = at("arrival_total_hk_macao" if raised else "arrival_total", day).fen()
    if is_yes(given, "frequent"):
        in_all = 0
    taxed = taxed_with_arrival_shop(
        fen_of(given.get("abroad", "0")), fen_of(given.get("shop", "0")), free_abroad, in_all
    )
    return {"free_in_all": yuan(in_all), "taxed": yuan(taxed)}
