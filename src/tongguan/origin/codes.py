"""Codes of the Harmonized System and ranges of them, as rules of origin write them.

A range holds the codes that begin like its ends or lie between them: 0301 to 0304 holds 030389, chapter 29 holds 2901.
"""

from __future__ import annotations

import re

import msgspec

UNITS = {2: "chapter", 4: "heading", 6: "subheading"}
DIGITS = {"chapter": 2, "heading": 4, "subheading": 6, "item": 8}


class CodeRange(msgspec.Struct, frozen=True):
    """From `low` to `high`, both within, both of the same number of digits."""

    low: str
    high: str

    def holds(self, code: str) -> bool:
        """Whether a code lies in the range; a code shorter than the range's ends lies in none of it."""
        width = len(self.low)
        return len(code) >= width and self.low <= code[:width] <= self.high

    def text(self) -> str:
        """0301 or 0301-0304."""
        return self.low if self.low == self.high else f"{self.low}-{self.high}"


def one(code: str) -> CodeRange:
    """The range of a single code."""
    return CodeRange(code, code)


_NUMBER = r"[0-9]{1,2}\.[0-9]{2}\.[0-9]{2}|[0-9]{4}\.[0-9]{2}|[0-9]{1,2}\.[0-9]{2,4}|[0-9]{6,8}|[0-9]{4,5}|[0-9]{1,2}"
_UNIT = r"sub-?\s?headings?|tariff items?|headings?|chapters?|品目|子目|税号|税目|章"
_ITEM = re.compile(
    rf"(?:第\s*)?(?P<unit>{_UNIT})?\s*(?:nos?\.\s*)?(?:第\s*)?(?P<low>{_NUMBER})(?!\s*%)(?!\.?[0-9])\s*(?P<zh>章)?"
    rf"(?:\s*(?:to|through|and up to|至|—|–|-)\s*(?:第\s*)?(?P<unit2>{_UNIT})?\s*(?P<high>{_NUMBER})(?!\s*%)(?!\.?[0-9])\s*(?P<zh2>章)?)?",
    re.IGNORECASE,
)
_BETWEEN = re.compile(
    r"\s*(?:,\s*(?:and|or|and/or)\s+|,\s*|;\s*(?:and\s+|or\s+)?|、\s*|，\s*|(?:and|or|and/or)\s+|或者?\s*|和\s*|及\s*|与\s*)?"
    r"(?:(?:from|of|within|in)\s+)?(?:a\s+|the\s+|any\s+)?",
    re.IGNORECASE,
)


def _kind(unit: str | None, chinese_chapter: str | None) -> str:
    text = (unit or "").lower().replace("-", "").replace(" ", "")
    if chinese_chapter or text.startswith("chapter") or text == "章":
        return "chapter"
    if text.startswith("sub") or text == "子目":
        return "subheading"
    if text.startswith("heading") or text in ("品目", "税目"):
        return "heading"
    return ""


def clean(number: str, kind: str = "") -> str | None:
    """A written number as a code of even length: 71.06 and 7106 alike, 1 as 01; None when it is none."""
    if "." in number:
        first, *rest = number.split(".")
        digits = first.zfill(2) + "".join(rest)
    else:
        digits = number
        if len(digits) in (1, 3) or (len(digits) == 5 and kind in ("heading", "subheading", "")):
            digits = "0" + digits
    if len(digits) % 2 or len(digits) > 8:
        return None
    if kind == "chapter" and len(digits) != 2:
        return None
    return digits


def read_list(text: str, start: int = 0, kind: str = "") -> tuple[tuple[CodeRange, ...], int]:
    """Ranges from a list such as "heading 5106 to heading 5113, 5204 or chapter 55", and where the list ends in the text.

    A bare number needs a unit before it in the list, a dot, or four digits and more.
    """
    ranges: list[CodeRange] = []
    place = start
    while True:
        gap = _BETWEEN.match(text, place) if ranges else None
        begin = gap.end() if gap else place
        item = _ITEM.match(text, begin)
        if item is None:
            break
        named = _kind(item["unit"], item["zh"] or item["zh2"])
        if not named and not kind and len(item["low"].replace(".", "")) < 4:
            break
        if ranges and gap is not None and not gap[0].strip() and not named:
            break
        own = named or kind
        low, high = (
            clean(item["low"], own),
            clean(item["high"] or item["low"], _kind(item["unit2"], item["zh2"]) or own),
        )
        if low is None or high is None or len(low) != len(high) or low > high:
            break
        if int(low[:2]) == 0 or int(high[:2]) > 97:
            break
        kind = own
        ranges.append(CodeRange(low, high))
        place = item.end()
    return tuple(ranges), place


def whole_list(text: str, kind: str = "") -> tuple[CodeRange, ...] | None:
    """The ranges of a text that is a list of codes and nothing else; None otherwise."""
    ranges, end = read_list(text.strip(), 0, kind)
    return ranges if ranges and not text.strip()[end:].strip(" ,.;，。；") else None


def ranges_text(ranges: tuple[CodeRange, ...]) -> str:
    """0301-0304, 07."""
    return ", ".join(r.text() for r in ranges)
