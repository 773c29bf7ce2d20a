"""An item on its way to an answer: its options for every combination of what is not known, before small amounts are waived and options ranked."""

from __future__ import annotations

import msgspec

from tongguan.assessment.dutiable import Valued
from tongguan.assessment.general_import import Taxes
from tongguan.assessment.result import Option
from tongguan.assessment.scenarios import Scenario
from tongguan.assessment.shipment import GoodsItem
from tongguan.grammar.findings import Finding


class Draft(msgspec.Struct):
    """One item with its cases. `is_open_above` when nothing bounds the total from above: a freight nobody knows, a measure we do not hold.

    `has_gap` when some combination has no figure at all: the range then reaches down to the taxes without any duty.
    """

    number: int
    item: GoodsItem
    valued: Valued
    cases: list[tuple[Scenario, Taxes, list[Option]]]
    findings: list[Finding]
    missing: list[str]
    is_open_above: bool
    name_zh: str = ""
    name_en: str = ""
    has_gap: bool = False
