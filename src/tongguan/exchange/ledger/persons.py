"""Whose amount it is: a keyed hash of the identity number, so that the ledger holds no identity numbers.

Without the installation's key nobody can try all numbers to find a person. Whoever changes the key begins another ledger: the same person would have two.
"""

from __future__ import annotations

import hmac

from tongguan.exchange.identity import fault_of

IDENTITY_CARD = "1"
"""The kind of paper a buyer is known by (buyerIdType): the identity card. Papers of any other kind have no check character."""
SHORTEST_KEY = 32
"""Bytes."""
LENGTH = 16
"""Bytes of what stands for a person: half of the hash (RFC 2104, section 5, allows that); two of a thousand million people will not meet."""


class Persons:
    """Persons of one installation. Raises ValueError for a key of fewer than 32 bytes."""

    def __init__(self, key: bytes) -> None:
        if len(key) < SHORTEST_KEY:
            raise ValueError(f"the key needs {SHORTEST_KEY} bytes or more")
        self._key = key

    def person(self, number: str, kind: str = IDENTITY_CARD) -> bytes:
        """The 16 bytes that stand for whoever has this paper. Raises ValueError for a number nobody can have, and never shows it."""
        if kind == IDENTITY_CARD and fault_of(number):
            raise ValueError(fault_of(number))
        if not number or not number.isascii() or not number.isprintable() or number != number.strip():
            raise ValueError("exchange.identity_characters")
        return self._hash("person", kind, number)

    def buyer_number(self, number: str) -> bytes:
        """The 16 bytes under which a pseudonymous buyer number is kept. It is none of a person's: `Ledger.give_number` says whose it is."""
        if not number or not number.isascii() or not number.isprintable() or number != number.strip():
            raise ValueError("exchange.identity_characters")
        return self._hash("buyer", "", number)

    def _hash(self, *parts: str) -> bytes:
        return hmac.digest(self._key, "\0".join(parts).encode(), "sha256")[:LENGTH]
