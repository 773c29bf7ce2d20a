"""Goods that may not enter (禁止进口).

Law      foreign-trade-law#15, #17 and goods-regulations#8, #9: goods in the catalogues of banned imports may not enter; quarantine-law#29: animals, plants and
         products on the list may be neither carried nor posted in.
Units    none: days and codes.
Reading  the catalogues themselves were not read; what stands here is from memory and is not all there is.
"""

from __future__ import annotations

from tongguan.grammar.parameters import LawBook
from tongguan.law.controls.case import family_case


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: a code, a day, and what is stated of the goods."""
    del law
    return family_case("prohibitions", given)
