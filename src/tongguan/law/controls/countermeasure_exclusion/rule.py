"""Exclusion from an additional duty (反制措施排除, letter 0).

Law      gacc-ann-2020-market-exclusion and ctc-2020-2: an importer granted an exclusion enters letter 0 and its number; foreign-trade-law#14 knows no such paper for
         the import itself.
Units    none.
Reading  the exclusion spares a duty. Without it the goods enter and the duty is paid.
"""

from __future__ import annotations

from tongguan.grammar.parameters import LawBook
from tongguan.law.channels.facts import is_yes

NO_DUTY, DUTY_DUE, EXCLUDED = 1, 2, 3
OUTCOMES = {NO_DUTY: "no_matter", DUTY_DUE: "not_required", EXCLUDED: "required"}


def exclusion(has_additional_duty: bool, is_granted: bool) -> int:
    """Whether letter 0 has to be filled in."""
    if is_granted:
        return EXCLUDED
    return DUTY_DUE if has_additional_duty else NO_DUTY


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: whether an additional duty stands and an exclusion was granted."""
    del law
    return {"outcome": OUTCOMES[exclusion(is_yes(given, "additional_duty"), is_yes(given, "granted"))]}
