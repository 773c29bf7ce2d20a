"""Offshore duty-free shopping in Hainan (海南离岛旅客免税购物).

Law      mof-offshore-2017 and mof-offshore-2018: 16,000, then 30,000 a year; mof-offshore-2020-33 from 2020-07-01: 100,000 a year, any number of
         purchases, no line for a single article, what exceeds the amount or the quantity bears the tax on articles; mof-offshore-2025-9 from
         2025-11-01: 47 classes, buyers of 18 and over instead of 16, also travellers who leave the island for abroad.
         hainan-daily-goods-2026: residents, daily goods up to 10,000 a year in named shops.
Units    amounts in fen, quantities in pieces or millilitres, ages in completed years.
Reading  The amount is a person's in a calendar year, at shop prices; exactly the amount is free. An article that crosses it is free for the part within
         and taxed on the excess (超出免税限额的部分). Until 2020-06-30 an article above 8,000 followed rules we have not read: no answer then.
         Residents of Hainan had fewer purchases a year until 2018-11-30; that is not encoded. Goods bought this way may not be resold.
"""

from __future__ import annotations

from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.money import fen_of, ppm_of, yuan
from tongguan.grammar.parameters import LawBook
from tongguan.law.channels.facts import day_of, is_yes, whole_of
from tongguan.law.channels.personal_articles.rule import articles_tax

MAY_BUY = 1
TOO_YOUNG = 2
LEAVES_FOR_ABROAD = 3
BUYERS = {MAY_BUY: "may_buy", TOO_YOUNG: "too_young", LEAVES_FOR_ABROAD: "leaves_for_abroad"}


def buyer(age: int, leaves_for_abroad: bool, lowest_age: int, abroad_is_allowed: bool) -> int:
    """Whether someone may buy: MAY_BUY, TOO_YOUNG or LEAVES_FOR_ABROAD."""
    if age < lowest_age:
        return TOO_YOUNG
    if leaves_for_abroad and not abroad_is_allowed:
        return LEAVES_FOR_ABROAD
    return MAY_BUY


def free_part(price: int, used_this_year: int, yearly_amount: int) -> int:
    """The part of a purchase that stays within the year's amount."""
    left = yearly_amount - used_this_year
    if left <= 0:
        return 0
    return min(price, left)


def quantity_above(bought: int, limit: int) -> int:
    """Pieces or millilitres beyond the limit of one purchase; they bear the tax on articles."""
    return bought - limit if bought > limit else 0


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case about a `buyer`, a `quantity`, `daily_goods` of residents or, without a kind, a purchase with its article tax rate."""
    day = day_of(given)
    at = law.rule("channels/offshore_duty_free").at
    kind = given.get("about", "purchase")
    if kind == "buyer":
        allowed = at("travellers_leaving_for_abroad", day).value == "yes"
        who = buyer(whole_of(given, "age"), is_yes(given, "leaves_for_abroad"), at("lowest_age", day).whole(), allowed)
        return {"buyer": BUYERS[who]}
    if kind == "quantity":
        return {"above": str(quantity_above(whole_of(given, "bought"), at(f"limit_of_{given['goods']}", day).whole()))}
    price, used = fen_of(given["price"]), fen_of(given.get("used", "0"))
    if kind == "daily_goods":
        free = free_part(price, used, at("residents_daily_goods_yearly_amount", day).fen())
        return {"free": yuan(free), "excess": yuan(price - free)}
    line = at("single_article_line", day).value
    if line != "none" and price > fen_of(line):
        raise OutOfCoverage(
            "channels.offshore_single_article_not_encoded", day=day.isoformat(), price=yuan(price), line=line
        )
    free = free_part(price, used, at("yearly_amount", day).fen())
    tax = articles_tax(price - free, ppm_of(given["article_tax_rate"]))
    return {"free": yuan(free), "excess": yuan(price - free), "tax": yuan(tax)}
