"""Numbers of the citizen's identity card (公民身份号码): eighteen characters, the last of them a check character.

Standard  GB 11643-1999: six digits of the place, eight of the day of birth, three of order, one check character by ISO 7064 MOD 11-2, whose
          eleventh value is written X.
Reading   One person has one number, and one way to write it: a small x, full-width digits and digits of other scripts are refused, since the
          yearly amount of a person is kept by the number.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache

LENGTH = 18
_FORM = re.compile(r"[1-9][0-9]{16}[0-9X]", re.ASCII)
_CHECK = "10X98765432"
_WEIGHTS = tuple(pow(2, 17 - place, 11) for place in range(17))
"""ISO 7064 MOD 11-2: two to the power of the distance from the check character."""
_EARLIEST_YEAR = 1900


@lru_cache(maxsize=100_000)
def fault_of(number: str) -> str:
    """The code of what is wrong with a number, or "" where nothing is. Whether it was given to anyone only the authority knows."""
    if not number.isascii() or not number.isprintable():
        return "exchange.identity_characters"
    if len(number) != LENGTH:
        return "exchange.identity_length"
    if number[-1] == "x":
        return "exchange.identity_small_x"
    if not _FORM.fullmatch(number):
        return "exchange.identity_characters"
    if born_on(number) is None:
        return "exchange.identity_birth_date"
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number[:17], strict=True))
    return "" if _CHECK[total % 11] == number[17] else "exchange.identity_check_character"


def born_on(number: str) -> dt.date | None:
    """The day of birth in a number, or None where there is no such day."""
    try:
        day = dt.date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
    return day if day.year >= _EARLIEST_YEAR else None


def check_character(first_seventeen: str) -> str:
    """The character that completes seventeen digits."""
    return _CHECK[sum(w * int(d) for w, d in zip(_WEIGHTS, first_seventeen, strict=True)) % 11]
