"""Cosmetics (化妆品).

Law      cosmetics-regulations-2020#16, #17 (special: registration, ordinary: filing), #13, #20 (days), #35, #45 (label, checks, records); before 2021 cosmetics-hygiene-1989; nmpa-2018-88.
Units    none.
Reading  whether a product is special follows from its claim; unless stated both roads are open.
"""

from __future__ import annotations

from tongguan.grammar.parameters import LawBook
from tongguan.law.controls.case import family_case


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: a code, a day, and what is stated of the goods."""
    del law
    return family_case("cosmetics", given)
