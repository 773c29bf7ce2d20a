"""Proof of origin waived by value (小额免交原产地证据文件).

Law      each agreement's own clause, such as rcep#3.22 with gacc-order-255: no proof is asked for a consignment whose dutiable value does not exceed the amount of
         the agreement. The amounts stand in `tables/schemes.csv`; RCEP's also here, because the worked cases ask for it by itself.
Units    hundredths of the currency the agreement names.
Reading  The amount itself is within. One consignment may not be divided to stay below it; that is a fact of the case, not of the sum.
"""

from __future__ import annotations

from tongguan.grammar.money import fen_of
from tongguan.grammar.parameters import LawBook


def is_proof_required(value: int, limit: int) -> bool:
    """Whether a proof of origin must be shown."""
    return value > limit


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: a value in the agreement's currency; RCEP's limit unless one is given."""
    import datetime as dt

    if "limit" in given:
        limit = fen_of(given["limit"])
    else:
        limit = law.rule("origin/proof_waiver").at("rcep_limit", dt.date.fromisoformat(str(given["date"]))).fen()
    return {"proof_required": "yes" if is_proof_required(fen_of(given["value"]), limit) else "no"}
