"""Narcotic and psychotropic drugs (麻醉药品、精神药品).

Law      drug-import-measures#5; narcotics-regulations.
Units    none.
Reading  codes are ten digits in the published list; for eight digits the fact is asked where the line holds other goods too.
"""

from __future__ import annotations

from tongguan.grammar.parameters import LawBook
from tongguan.law.controls.case import family_case


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: a code, a day, and what is stated of the goods."""
    del law
    return family_case("narcotics", given)
