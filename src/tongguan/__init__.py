"""Tongguan (通关): what it costs and what it takes to bring goods into China, explained.

>>> from tongguan import assess, read_shipment
>>> shipment = read_shipment({"dates": {"declared": "2025-03-03"}, "items": [{"commodity_code": "22042100", "origin": "CL",
...     "price": "100000.00", "currency": "CNY", "preferences": [{"scheme": "08", "proof": "certificate"}]}]})
>>> assess(shipment).total
'25555.55'
"""

from typing import TYPE_CHECKING

from tongguan.assessment.assess import assess
from tongguan.assessment.reading import read_shipment, read_shipments
from tongguan.assessment.result import Assessment, Charge, ItemAssessment, Option, Reason
from tongguan.assessment.shipment import Cost, GoodsItem, Preference, Shipment
from tongguan.assessment.world import World, shipped_world
from tongguan.grammar.errors import LawDataError, OutOfCoverage, TongguanError
from tongguan.grammar.findings import Finding, InputRefused

if TYPE_CHECKING:
    from tongguan.assessment.bulk import assess_many

__version__ = "0.1.0"

__all__ = [
    "Assessment",
    "Charge",
    "Cost",
    "Finding",
    "GoodsItem",
    "InputRefused",
    "ItemAssessment",
    "LawDataError",
    "Option",
    "OutOfCoverage",
    "Preference",
    "Reason",
    "Shipment",
    "TongguanError",
    "World",
    "assess",
    "assess_many",
    "read_shipment",
    "read_shipments",
    "shipped_world",
]


def __getattr__(name: str) -> object:
    """`assess_many` is imported when it is asked for: one answer needs neither NumPy nor Numba."""
    if name == "assess_many":
        from tongguan.assessment.bulk import assess_many

        return assess_many
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
