"""Papers that a channel puts aside.

Law      shangcaifa-2018-486: listed goods of cross-border e-commerce retail are supervised as articles for personal use; licences, registrations and
         filings for a first import are not asked, but a quarantine ban or an emergency measure reaches them all the same.
         customs-law#46: articles carried or posted by persons, for their own use and in reasonable quantity, are not goods of trade.
Reading  the waiver is about *first-import* papers. Whatever protects people, animals and plants at the border stays: prohibitions, quarantine,
         endangered species, narcotics. Before 2019-01-01 the same held in the pilot cities by a transitional arrangement; we know it from memory.
         Whether a line is on the positive list is the business of channels/cross_border_ecommerce; here the channel is taken as declared.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from tongguan.grammar.parameters import LawBook
from tongguan.law.channels.facts import day_of, is_yes

PERSONAL = frozenset({"personal_articles", "travellers", "offshore_duty_free", "duty_free_shops"})
E_COMMERCE = "cross_border_ecommerce"
BY_NOTICE_FROM = dt.date(2019, 1, 1)

STAYS, WAIVED_FIRST_IMPORT, WAIVED_ARTICLES = 0, 1, 2
OUTCOMES = {STAYS: "stays", WAIVED_FIRST_IMPORT: "waived_first_import", WAIVED_ARTICLES: "waived_articles"}


class Waiver(NamedTuple):
    """Why a paper is not asked in a channel."""

    cites: str
    zh: str
    en: str
    confidence: str


LISTED = Waiver(
    "shangcaifa-2018-486",
    "清单内的跨境电商零售进口商品按个人自用进境物品监管，不执行首次进口许可批件、注册或备案要求；明令暂停进口的疫区商品和启动应急处置的商品除外。",
    "Listed e-commerce retail goods are supervised as articles for personal use, so no licence, registration or filing for a first import is asked, "
    "unless they fall under a quarantine ban or an emergency measure.",
    "V2",
)
LISTED_IN_TRANSITION = Waiver(
    "shangcaifa-2018-486",
    "2018年底以前的过渡期内，试点城市的清单商品暂不执行首次进口许可批件、注册或备案要求。",
    "Until the end of 2018 a transitional arrangement spared listed goods in the pilot cities the papers for a first import.",
    "M",
)
ARTICLES = Waiver(
    "customs-law#46",
    "个人携带或邮寄、合理数量的自用物品不是贸易货物，不要求这项单证；超出自用合理数量的按货物办理。",
    "Articles a person carries or has posted for own use in reasonable quantity are not goods of trade and do not need this paper; beyond that they are "
    "cleared as goods.",
    "V1",
)


def outcome(is_personal: bool, is_ecommerce: bool, first_import: bool, for_persons: bool, is_ban: bool) -> int:
    """Whether the channel puts a paper aside."""
    if is_ban or for_persons:
        return STAYS
    if is_personal:
        return WAIVED_ARTICLES
    if is_ecommerce and first_import:
        return WAIVED_FIRST_IMPORT
    return STAYS


def waiver_for(channel: str, day: dt.date, first_import: bool, for_persons: bool, is_ban: bool) -> Waiver | None:
    """The waiver of a channel, or None when the paper stays."""
    result = outcome(channel in PERSONAL, channel == E_COMMERCE, first_import, for_persons, is_ban)
    if result == WAIVED_ARTICLES:
        return ARTICLES
    if result == WAIVED_FIRST_IMPORT:
        return LISTED if day >= BY_NOTICE_FROM else LISTED_IN_TRANSITION
    return None


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: a channel and the nature of the paper."""
    del law
    channel = str(given["channel"])
    result = outcome(
        channel in PERSONAL,
        channel == E_COMMERCE,
        is_yes(given, "first_import"),
        is_yes(given, "for_persons"),
        is_yes(given, "ban"),
    )
    waiver = waiver_for(
        channel, day_of(given), is_yes(given, "first_import"), is_yes(given, "for_persons"), is_yes(given, "ban")
    )
    return {"outcome": OUTCOMES[result], "because": waiver.cites if waiver else ""}
