"""Radio, telecom terminals, encryption, drones (无线电、电信、密码、无人机).

Law      radio-regulations#44 (type approval except micro-power short-range), #46 (30 working days), #47 (declared and cleared on it);
         telecom-regulations#53, cryptography-law#28, drone-regulations from memory.
Units    none.
Reading  a machine with a certified module still needs approval as a whole; the module shortens the work.
"""

from __future__ import annotations

from tongguan.grammar.parameters import LawBook
from tongguan.law.controls.case import family_case


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: a code, a day, and what is stated of the goods."""
    del law
    return family_case("radio", given)
