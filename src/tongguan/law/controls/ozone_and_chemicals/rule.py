"""Ozone substances and chemicals (消耗臭氧层物质、化学品).

Law      ods-regulations, ods-trade-measures and goods-regulations#19; hazardous-chemicals-regulations with gacc-2020-129; toxic-chemicals-list; precursor-regulations.
Units    none.
Reading  the lists are ten-digit; eight digits are asked for the fact where the line is wider.
"""

from __future__ import annotations

from tongguan.grammar.parameters import LawBook
from tongguan.law.controls.case import family_case


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: a code, a day, and what is stated of the goods."""
    del law
    return family_case("ozone_and_chemicals", given)
