"""Used machinery (旧机电产品): banned, licensed, inspected before shipment.

Law      used-ban-2001-37 and mofcom-2018-106 (may not enter), key-used-machinery-measures with goods-regulations#19 (licence), used-machinery-inspection and
         aqsiq-2014-145 (pre-shipment and arrival inspection), air-pollution-law#51 (emission limits).
Units    none.
Reading  "used" takes in refurbished, past its warranty, and new and old parts mixed. Headings of table 2 of the inspection list are from memory.
"""

from __future__ import annotations

from tongguan.grammar.parameters import LawBook
from tongguan.law.controls.case import family_case


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: a code, a day, and what is stated of the goods."""
    del law
    return family_case("used_machinery", given)
