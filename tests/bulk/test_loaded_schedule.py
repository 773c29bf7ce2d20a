"""A line known from a loaded table only: what the table does not tell is not taken as nothing."""

from __future__ import annotations

import datetime as dt

from tongguan import World
from tongguan.assessment.bulk import assess_many
from tongguan.tariff.schedule import FOREVER, Line, Rate, Schedule

SINCE = dt.date(2018, 1, 1)


class Untold(Schedule):
    """As a schedule made of a loaded table answers for lines the starter does not hold."""

    def encodes_consumption_tax(self, code: str) -> bool:  # noqa: ARG002  # as the interface asks
        return False


def world_of(code: str) -> World:
    line = Line(code, SINCE, FOREVER, "kg", "", "standard", "", "x", "x", "", "TEST", "V2")
    rate = Rate(code, "mfn", "", SINCE, FOREVER, 100_000, 0, 1, "", "", "", FOREVER, "TEST", "V2", "")
    return World(schedule=Untold([line], [rate], "test"))


def rows_of(code: str) -> dict[str, list[str]]:
    return {
        "commodity_code": [code],
        "origin": ["BR"],
        "declared_on": ["2019-02-01"],
        "trade_terms": ["CIF"],
        "price": ["100.00"],
        "currency": ["CNY"],
    }


def test_tobacco_without_a_class_is_refused_not_untaxed():
    (row,) = assess_many(rows_of("24039100"), world_of("24039100")).to_pylist()
    assert row["outcome"] == "bulk.ct_class_missing"


def test_nails_cannot_be_taxed_and_are_answered():
    (row,) = assess_many(rows_of("73170000"), world_of("73170000")).to_pylist()
    assert row["outcome"] == "ok"
