"""Medicines for people and animals, pesticides (药品、兽药、农药).

Law      drug-import-measures#3 to #17; drug-law-2019#64, #65; doping-regulations#11; vet-drug-regulations#32; pesticide-regulations#7.
Units    none.
Reading  headings 3003 and 3004 are taken as medicines unless said otherwise.
"""

from __future__ import annotations

from tongguan.grammar.parameters import LawBook
from tongguan.law.controls.case import family_case


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: a code, a day, and what is stated of the goods."""
    del law
    return family_case("drugs", given)
