"""Food (食品).

Law      food-safety-law#92 to #98 (standards, no standard yet, audit, registration and filing, label, records), #74 to #81 (special food);
         food-safety-regulations#44 to #52; gacc-order-248 until 2026-05-31, gacc-order-280 from 2026-06-01; gacc-2019-70 (label filing ended).
Units    none.
Reading  goods of chapters 16 to 22, and farm goods usually eaten, are taken as food unless another use is stated; that assumption is said. Which of the 18 kinds
         of Order 248 a code belongs to is from memory.
"""

from __future__ import annotations

from tongguan.grammar.parameters import LawBook
from tongguan.law.controls.case import family_case


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: a code, a day, and what is stated of the goods."""
    del law
    return family_case("food", given)
