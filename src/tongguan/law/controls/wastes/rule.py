"""Solid waste (固体废物): fewer kinds every year until none was left.

Law      solid-waste-law#24 (zero step by step), #25 (expert identification), #115 (sent back, fine, the carrier answers too); mee-2020-53: no import of solid waste
         from 2021-01-01. Recycled raw material that keeps a national standard is goods: mee-2020-43, mee-2020-78.
Units    none.
Reading  under a scrap heading the national standard for recycled material decides; unless it is stated whether the goods keep it, the answer is conditional.
"""

from __future__ import annotations

from tongguan.grammar.parameters import LawBook
from tongguan.law.controls.case import family_case


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: a code, a day, and what is stated of the goods."""
    del law
    return family_case("wastes", given)
