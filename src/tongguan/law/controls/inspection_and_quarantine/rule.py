"""Inspection and quarantine at the border (检验检疫).

Law      commodity-inspection-law#5, #6, #11, #19; quarantine-law#2, #10 to #12, #14; quarantine-regulations#9, #18, #19; gacc-2018-50 (no clearance form from
         2018-06-01); gacc-2024-77 (permits ended on 2024-06-28).
Units    none.
Reading  the inspection catalogue as a whole was not read, only its changes of 2017 to 2022 and the printed marks of chapters 1 to 14 in April 2019.
"""

from __future__ import annotations

from tongguan.grammar.parameters import LawBook
from tongguan.law.controls.case import family_case


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: a code, a day, and what is stated of the goods."""
    del law
    return family_case("inspection_and_quarantine", given)
