"""All answers of one question as a token in the address: JSON, compressed, in letters that any address may hold.

Nothing is kept on the server and nothing in a token is trusted: its length, what it unpacks to and its shape are bounded, and every value is read
again like one that was typed.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib

import msgspec
from django.core.exceptions import SuspiciousOperation

LONGEST = 4096
"""Characters of a token; longer addresses are cut by some servers and browsers."""
MOST_BYTES = 16 * 1024
"""What a token may unpack to. A small token of zeros would otherwise fill the memory."""
MOST_ANSWERS = 240
LONGEST_NAME = 80
LONGEST_VALUE, LONGEST_BILL = 600, 12_000
"""Characters of one answer; a bill of materials takes more than the others."""
BILL = "bill"
EMPTY = "-"
_LETTERS = re.compile(r"[A-Za-z0-9_-]+")

Answers = dict[str, str]
"""What was answered, by question; "?" is "I do not know"."""


class WrongToken(SuspiciousOperation):
    """The address does not hold answers we could have written: Django answers 400."""


class TooLong(WrongToken):
    """The answers are too many, or too long, to travel in an address."""


def token_of(answers: Answers) -> str:
    """The token of these answers; the same answers give the same token. Raises TooLong."""
    if not answers:
        return EMPTY
    packed = zlib.compress(msgspec.json.encode(dict(sorted(answers.items()))), 9)
    token = base64.urlsafe_b64encode(packed).decode("ascii").rstrip("=")
    if len(token) > LONGEST or _are_too_many(answers):
        raise TooLong("too many answers")
    return token


def _are_too_many(answers: Answers) -> bool:
    return len(answers) > MOST_ANSWERS or any(
        len(name) > LONGEST_NAME or len(value) > (LONGEST_BILL if name.endswith(BILL) else LONGEST_VALUE)
        for name, value in answers.items()
    )


def answers_of(token: str) -> Answers:
    """The answers of a token. Raises WrongToken for anything else."""
    if token == EMPTY:
        return {}
    if len(token) > LONGEST or not _LETTERS.fullmatch(token):
        raise WrongToken("no token")
    try:
        unpacking = zlib.decompressobj()
        content = unpacking.decompress(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)), MOST_BYTES)
        if not unpacking.eof:
            raise WrongToken("too long or cut off")
        answers = msgspec.json.decode(content, type=Answers)
    except (binascii.Error, zlib.error, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise WrongToken("no answers") from error
    if _are_too_many(answers):
        raise WrongToken("too many answers")
    return answers
