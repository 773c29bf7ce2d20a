"""What other authorities ask: gold, diamonds, books, tobacco, guns, catch, brands (其他主管部门).

Law      gold-measures; gacc-order-269; publications-regulations#41; tobacco-law#27; e-cigarette-measures; guns-law#33; ipr-customs-regulations#3, #5.
Units    none.
Reading  the duty to declare the state of intellectual property is general; a letter of authority is not a condition of clearance.
"""

from __future__ import annotations

from tongguan.grammar.parameters import LawBook
from tongguan.law.controls.case import family_case


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: a code, a day, and what is stated of the goods."""
    del law
    return family_case("other_authorities", given)
