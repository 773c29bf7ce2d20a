"""Pressure and other special equipment (特种设备).

Law      special-equipment-law#30 (licence and inspection), #31 (notice beforehand); from memory.
Units    none.
Reading  whether a vessel reaches the parameters of the catalogue is a fact to be stated.
"""

from __future__ import annotations

from tongguan.grammar.parameters import LawBook
from tongguan.law.controls.case import family_case


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: a code, a day, and what is stated of the goods."""
    del law
    return family_case("special_equipment", given)
