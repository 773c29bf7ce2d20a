"""Bonded stock (保税货物): warehouses, logistics centres, bonded zones.

Law      customs-law#32, #37, #59; tariff-law-2024#36: bonded goods that leave the country again are free; those that stay are taxed.
         until 2024-11-30 duty-regulations-2003#16(1), from 2024-12-01 tariff-law-2024#21(1): at the rates of the day the tax formalities are done,
         not of the day the goods came in. Storage: gacc-order-105 (bonded warehouses), gacc-logistics-centres-b, gacc-bonded-zones.
Units    days as ordinals; months as whole numbers.
Reading  While goods are stored nothing is due and nothing is decided. Goods lost while stored, but for force majeure, are the keeper's to pay
         (customs-law#38, tariff-law-2024#56). E-commerce stock (1210) leaves by retail order and is taxed then, by channels/cross_border_ecommerce.
         The value of bonded goods sold at home follows Customs' own measures and is not encoded here: the declared value is a fact.
"""

from __future__ import annotations

import calendar
import datetime as dt

from tongguan.grammar.parameters import LawBook
from tongguan.law.channels.facts import day_of, is_yes, yes_no

STORED = 0
TAKEN_ABROAD = 1
RELEASED_AT_HOME = 2
LOST = 3
DISPOSITIONS = {"stored": STORED, "taken_abroad": TAKEN_ABROAD, "released_at_home": RELEASED_AT_HOME, "lost": LOST}


def is_taxed(disposition: int, by_force_majeure: bool) -> bool:
    """Whether bonded goods bear duty and taxes: when they stay in the country, or are lost through no force majeure."""
    if disposition == LOST:
        return not by_force_majeure
    return disposition == RELEASED_AT_HOME


def governing_day(disposition: int, entered: int, tax_formalities: int) -> int:
    """The day whose rates apply: that of the tax formalities for goods that stay; the day of entry settles nothing."""
    return tax_formalities if disposition in (RELEASED_AT_HOME, LOST) else entered


def is_stored_too_long(today: int, last_day: int) -> bool:
    """Whether the storage period is over; its last day is within."""
    return today > last_day


def months_later(day: dt.date, months: int) -> dt.date:
    """The same day of the month some months on, or the month's last day when it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: goods that entered a kind of place on a day, what became of them, when the tax formalities were done."""
    entered, today = day_of(given, "entered"), day_of(given)
    if given.get("about") == "storage":
        at = law.rule("channels/bonded_stock").at
        months = at(f"{given['place']}_months", entered).value
        if months == "none":
            return {"last_day": "none", "too_long": "no"}
        total = int(months)
        if is_yes(given, "extended"):
            total += at(f"{given['place']}_extension_months", entered).whole()
        last_day = months_later(entered, total)
        return {
            "last_day": last_day.isoformat(),
            "too_long": yes_no(is_stored_too_long(today.toordinal(), last_day.toordinal())),
        }
    disposition = DISPOSITIONS[str(given["disposition"])]
    taxed = is_taxed(disposition, is_yes(given, "force_majeure"))
    if not taxed:
        return {"taxed": "no"}
    day = governing_day(disposition, entered.toordinal(), today.toordinal())
    return {"taxed": "yes", "rates_of": dt.date.fromordinal(day).isoformat()}
