"""Proofs of origin (原产地证明, letter Y).

Law      origin-regulations; gacc-order-181; the agreements: a preferential rate is claimed with its proof, or without one up to the agreement's amount.
Units    amounts in cents of the waiver's currency.
Reading  a proof of origin opens no border. Without a claim nothing has to be shown; the amount counts itself in.
"""

from __future__ import annotations

from tongguan.grammar.money import fen_of
from tongguan.grammar.parameters import LawBook
from tongguan.law.channels.facts import is_yes

NOT_CLAIMED, NEEDED, WAIVED, OPEN = 1, 2, 3, 4
OUTCOMES = {NOT_CLAIMED: "not_claimed", NEEDED: "needed", WAIVED: "waived", OPEN: "open"}


def proof(is_claimed: bool, has_waiver: bool, knows_value: bool, value: int, limit: int) -> int:
    """Whether a proof has to be shown."""
    if not is_claimed:
        return NOT_CLAIMED
    if not has_waiver:
        return NEEDED
    if not knows_value:
        return OPEN
    return WAIVED if value <= limit else NEEDED


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: a claim, the value and the amount without proof."""
    del law
    value, limit = given.get("value"), given.get("limit")
    result = proof(
        is_yes(given, "claimed"),
        limit is not None,
        value is not None,
        fen_of(str(value or "0")),
        fen_of(str(limit or "0")),
    )
    return {"outcome": OUTCOMES[result]}
