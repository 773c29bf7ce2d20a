"""From answers to a shipment: the same mapping a file would hold, read by the same reader, so that a page and a file cannot disagree."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tongguan.assessment.dutiable import trade_terms_by_name
from tongguan.assessment.reading import read_shipment
from tongguan.assessment.shipment import CHANNELS_WITHOUT_CODE, Shipment
from tongguan.window.ask import goods
from tongguan.window.ask.goods import FACT, ITEM_FACT, OF_ITEM, PROOF, QUANTITY, RATE, UNKNOWN, known
from tongguan.window.ask.materials import bill_of
from tongguan.window.ask.token import Answers
from tongguan.window.published.rates import Rated, assess_with_rates, filled
from tongguan.window.published.schedule import world

LEGS = ("foreign_inland", "freight", "insurance")


def asks_terms(answers: Answers) -> bool:
    """Whether terms of delivery matter: parcels, luggage and shops go by the price alone."""
    return known(answers, "channel") not in CHANNELS_WITHOUT_CODE


def open_legs(answers: Answers) -> list[str]:
    """The costs that the terms of delivery leave to the buyer and that belong to the value."""
    term = trade_terms_by_name().get(known(answers, "terms"))
    return [leg for leg in LEGS if term is not None and leg in term.add]


def raw_of(answers: Answers, day: dt.date) -> dict[str, Any]:
    """The shipment as a file would tell it. `day` stands in where no day was told."""
    rates = _starting(answers, RATE)
    shipment = {
        "channel": known(answers, "channel"),
        "dates": {"declared": known(answers, "day") or day.isoformat()},
        "currency": known(answers, "currency") or "CNY",
        "exchange_rates": {code: rate for code, rate in rates.items() if code != "CNY"},
        "facts": _starting(answers, FACT),
        "items": [_item(goods.of(answers, number)) for number in range(1, max(goods.count(answers), 1) + 1)],
    }
    if asks_terms(answers):
        shipment["trade_terms"] = known(answers, "terms")
        for leg in open_legs(answers):
            shipment[leg] = known(answers, leg) or ("unknown" if answers.get(leg) == UNKNOWN else "")
    return _told(shipment)


def _item(answers: Answers) -> dict[str, Any]:
    """One good, as if it were the only one."""
    item: dict[str, Any] = {"name": known(answers, "words"), "commodity_code": known(answers, "code")}
    item |= {name: known(answers, name) for name in ("origin", "price")}
    item |= {key: known(answers, name) for name, key in OF_ITEM.items()}
    item["quantities"] = _starting(answers, QUANTITY)
    item["facts"] = _starting(answers, ITEM_FACT)
    item["preferences"] = [{"scheme": code, "proof": proof} for code, proof in _starting(answers, PROOF).items()]
    item["bill"] = bill_of(answers)
    return _told(item)


def shipment_of(answers: Answers, day: dt.date) -> Shipment:
    """The shipment to assess, with what was told and nothing else. Raises InputRefused with every finding."""
    return read_shipment(raw_of(answers, day), world=world())


def rated_of(answers: Answers, day: dt.date) -> Rated:
    """The shipment assessed, with the published exchange rates that were not told. Raises InputRefused with every finding."""
    return assess_with_rates(filled(shipment_of(answers, day)), world())


def _starting(answers: Answers, beginning: str) -> dict[str, str]:
    return {
        name.removeprefix(beginning): value
        for name, value in answers.items()
        if name.startswith(beginning) and value != UNKNOWN
    }


def _told(raw: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in raw.items() if value not in ("", {}, [])}
