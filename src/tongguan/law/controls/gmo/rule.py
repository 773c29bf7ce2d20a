"""Agricultural GMOs (农业转基因生物).

Law      gmo-regulations#32, #33 (raw material: safety certificate), #27 (label), #35 (270 days), #37 (sent back or destroyed); gmo-label-measures from memory.
Units    none.
Reading  for soya, maize, rapeseed and their products it is asked whether they are genetically modified.
"""

from __future__ import annotations

from tongguan.grammar.parameters import LawBook
from tongguan.law.controls.case import family_case


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: a code, a day, and what is stated of the goods."""
    del law
    return family_case("gmo", given)
