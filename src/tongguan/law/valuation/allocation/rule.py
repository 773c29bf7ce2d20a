"""Freight and insurance of a consignment, spread over its goods items (分摊).

Practice  by value, by weight or as the declarant gives it; the parts always add up to the whole.
Units     any whole unit; parts are rounded down and what is left goes, one by one, to the largest remainders (the first line among equals).
"""

from __future__ import annotations

from collections.abc import Sequence

from tongguan.grammar.money import fen_of, yuan
from tongguan.grammar.parameters import LawBook


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """Parts of `total` in proportion to `weights`; equal parts when every weight is zero. Raises ValueError for no weights."""
    if not weights:
        raise ValueError("there is nothing to spread the amount over")
    whole = sum(weights)
    if whole == 0:
        weights, whole = [1] * len(weights), len(weights)
    parts = [total * weight // whole for weight in weights]
    remainders = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for i in remainders[: total - sum(parts)]:
        parts[i] += 1
    return parts


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: an amount in yuan over weights."""
    weights = [fen_of(w) for w in given["weights"]]  # type: ignore[attr-defined]
    return {"parts": " ".join(yuan(p) for p in allocate(fen_of(given["amount"]), weights))}
