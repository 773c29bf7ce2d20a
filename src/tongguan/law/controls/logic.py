"""Yes, no, and not stated.

Units    a state is NO, UNKNOWN or YES, in that order, so that "all of" is the least and "any of" the greatest.
"""

from __future__ import annotations

from collections.abc import Iterable

NO, UNKNOWN, YES = 0, 1, 2


def all_of(states: Iterable[int]) -> int:
    """YES when every one is; NO as soon as one is; else UNKNOWN. Nothing to meet is met."""
    return min(states, default=YES)


def any_of(states: Iterable[int]) -> int:
    """YES as soon as one is; NO when every one is; else UNKNOWN. Nothing to choose from is nothing met."""
    return max(states, default=NO)


def opposite(state: int) -> int:
    """YES for NO and NO for YES; what is not stated stays so."""
    return YES - state


def state_of(stated: str, wanted: Iterable[str]) -> int:
    """Whether a fact is one of the values wanted; `not x` wants anything else than x. Empty is not stated."""
    if not stated:
        return UNKNOWN
    values = tuple(wanted)
    refused = {value.removeprefix("not ") for value in values if value.startswith("not ")}
    accepted = {value for value in values if not value.startswith("not ")}
    if stated in refused:
        return NO
    return YES if stated in accepted or (refused and not accepted) else NO
