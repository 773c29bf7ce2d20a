"""Decimal text to whole numbers, straight from the bytes: a plain function that `kernel.py` compiles.

Only plain digits with at most one point are read here. Anything else, thousands commas and full-width digits among it, is marked odd and read by the
exact and slow way; so is what has more decimals than wanted, or more digits than 64 bits hold for sure.
"""

from __future__ import annotations

from tongguan.assessment.bulk.row import Array

MOST_DIGITS = 18
SPACE, POINT, ZERO, NINE = 32, 46, 48, 57


def read_digits(offsets: Array, text: Array, decimals: int, numbers: Array, is_odd: Array) -> int:  # noqa: C901, PLR0912  # one pass over the bytes, compiled whole
    """Read every text into `numbers`, −1 for an empty one; returns how many are odd."""
    odd = 0
    for i in range(numbers.size):
        low = offsets[i]
        high = offsets[i + 1]
        while low < high and text[low] == SPACE:
            low += 1
        while high > low and text[high - 1] == SPACE:
            high -= 1
        is_odd[i] = 0
        if low == high:
            numbers[i] = -1
            continue
        value = 0
        digits = 0
        after = -1
        is_plain = True
        for at in range(low, high):
            byte = text[at]
            if ZERO <= byte <= NINE:
                if after >= 0:
                    if after >= decimals:
                        if byte != ZERO:
                            is_plain = False
                        after += 1
                        continue
                    after += 1
                value = value * 10 + (byte - ZERO)
                digits += 1
            elif byte == POINT and after < 0 and at > low and at + 1 < high:
                after = 0
            else:
                is_plain = False
        missing = decimals - (max(after, 0))
        if not is_plain or digits + max(missing, 0) > MOST_DIGITS or after > 8:
            is_odd[i] = 1
            numbers[i] = -1
            odd += 1
            continue
        for _ in range(missing):
            value = value * 10
        numbers[i] = value
    return odd
