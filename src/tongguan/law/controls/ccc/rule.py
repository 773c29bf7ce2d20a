"""Compulsory product certification (强制性产品认证).

Law      certification-regulations#27 to #30: listed products are certified and marked before they are imported, sold or used; ccc-measures; ccc-exemption-rules.
Units    none.
Reading  the catalogue of the market regulator describes products, not codes; the scopes by code are from memory and ask for the deciding fact.
"""

from __future__ import annotations

from tongguan.grammar.parameters import LawBook
from tongguan.law.controls.case import family_case


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: a code, a day, and what is stated of the goods."""
    del law
    return family_case("ccc", given)
