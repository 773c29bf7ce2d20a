"""Endangered species (濒危物种).

Law      cites-regulations#4, #6 (commercial trade in Appendix I banned), #7, #10 to #13 (approval, then certificate; 20 working days each), #19 to #21 (port, terms,
         customs).
Units    none.
Reading  a code does not tell the species: for codes that often hide one the appendix is asked; for others it is not thought of unless stated.
"""

from __future__ import annotations

from tongguan.grammar.parameters import LawBook
from tongguan.law.controls.case import family_case


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: a code, a day, and what is stated of the goods."""
    del law
    return family_case("cites", given)
