"""Reading the facts of a worked case, the same way in every channel."""

from __future__ import annotations

import datetime as dt


def day_of(given: dict[str, object], key: str = "date") -> dt.date:
    """A date fact, written 2025-03-01."""
    return dt.date.fromisoformat(str(given[key]))


def is_yes(given: dict[str, object], key: str) -> bool:
    """A yes-or-no fact; what is not stated is no."""
    return str(given.get(key, "no")).lower() in {"yes", "true"}


def whole_of(given: dict[str, object], key: str, otherwise: int = 0) -> int:
    """A whole number."""
    return int(str(given.get(key, otherwise)))


def yes_no(flag: object) -> str:
    """An answer for reading."""
    return "yes" if flag else "no"
