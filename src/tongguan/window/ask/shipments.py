"""From answers to a shipment: the same mapping a file would hold, read by the same reader, so that a page and a file cannot disagree."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tongguan.assessment.dutiable import trade_terms_by_name
from tongguan.assessment.reading import read_shipment
from tongguan.assessment.shipment import CHANNELS_WITHOUT_CODE, Shipment
from tongguan.window.ask.token import Answers

UNKNOWN = "?"
LEGS = ("foreign_inland", "freight", "insurance")
OF_ITEM = {
    "vat_class": "vat_class",
    "consumption_tax_class": "consumption_tax_class",
    "is_country_quota_exhausted": "country_quota_exhausted",
}
"""Facts that stand beside the price of an item, by the names the assessment asks for them."""
QUANTITY, RATE, ITEM_FACT, FACT, PROOF = "quantity_in_", "exchange_rate_", "items[1].facts.", "facts.", "proof."


def known(answers: Answers, name: str) -> str:
    """An answer; empty where there is none, or none is known."""
    value = answers.get(name, "")
    return "" if value == UNKNOWN else value


def asks_terms(answers: Answers) -> bool:
    """Whether terms of delivery matter: parcels, luggage and shops go by the price alone."""
    return known(answers, "channel") not in CHANNELS_WITHOUT_CODE


def open_legs(answers: Answers) -> list[str]:
    """The costs that the terms of delivery leave to the buyer and that belong to the value."""
    term = trade_terms_by_name().get(known(answers, "terms"))
    return [leg for leg in LEGS if term is not None and leg in term.add]


def raw_of(answers: Answers, day: dt.date) -> dict[str, Any]:
    """The shipment as a file would tell it. `day` stands in where no day was told."""
    item: dict[str, Any] = {"name": known(answers, "words"), "commodity_code": known(answers, "code")}
    item |= {name: known(answers, name) for name in ("origin", "price")}
    item |= {key: known(answers, name) for name, key in OF_ITEM.items()}
    item["quantities"] = _starting(answers, QUANTITY)
    item["facts"] = _starting(answers, ITEM_FACT)
    item["preferences"] = [{"scheme": code, "proof": proof} for code, proof in _starting(answers, PROOF).items()]
    currency = known(answers, "currency") or "CNY"
    rates = _starting(answers, RATE)
    shipment = {
        "channel": known(answers, "channel"),
        "dates": {"declared": known(answers, "day") or day.isoformat()},
        "currency": currency,
        "exchange_rates": {code: rate for code, rate in rates.items() if code != "CNY"},
        "facts": _starting(answers, FACT),
        "items": [_told(item)],
    }
    if asks_terms(answers):
        shipment["trade_terms"] = known(answers, "terms")
        for leg in open_legs(answers):
            shipment[leg] = known(answers, leg) or ("unknown" if answers.get(leg) == UNKNOWN else "")
    return _told(shipment)


def shipment_of(answers: Answers, day: dt.date) -> Shipment:
    """The shipment to assess. Raises InputRefused with every finding."""
    return read_shipment(raw_of(answers, day))


def _starting(answers: Answers, beginning: str) -> dict[str, str]:
    return {
        name.removeprefix(beginning): value
        for name, value in answers.items()
        if name.startswith(beginning) and value != UNKNOWN
    }


def _told(raw: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in raw.items() if value not in ("", {}, [])}
