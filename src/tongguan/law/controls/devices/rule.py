"""Medical devices (医疗器械).

Law      device-regulations#13 to #16 (filing of class I, registration of II and III), #57 (Chinese label and manual; no expired, failed, obsolete or used devices;
         urgent clinical need).
Units    none.
Reading  article numbers are those of the text of 2021; the same rules stood in earlier texts under other numbers.
"""

from __future__ import annotations

from tongguan.grammar.parameters import LawBook
from tongguan.law.controls.case import family_case


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: a code, a day, and what is stated of the goods."""
    del law
    return family_case("devices", given)
