"""Facts of the goods that have a box of their own on the form: asked there, and told to the assessment in its own words.

The assessment knows the goods by attributes (tables/controls/attributes.yaml). Some of them are boxes of the declaration (brand, ingredients), some are
codes of one (purpose 12 is the use `food`, attribute 21 the condition `used`). One fact is written in one place.
"""

from __future__ import annotations

from functools import cache

from tongguan.declaration.codes import code_table
from tongguan.declaration.shape import Goods

TEXT_BOXES = {"brand": "brand", "composition": "ingredients"}
"""Attributes told in words, and the box they are told in."""


@cache
def purposes() -> dict[str, str]:
    """The purpose that says the same as a use."""
    table = code_table("purposes").codes
    return {c.more["use"]: c.code for c in table.values() if c.more.get("use")}


@cache
def attributes() -> dict[tuple[str, str], str]:
    """The attribute of the goods that says the same as a fact and its value."""
    table = code_table("goods_attributes").codes
    return {(c.more["fact"], c.more["value"]): c.code for c in table.values() if c.more.get("fact")}


def box_of(fact: str, value: str) -> str:
    """The field of a goods item in which a fact with this value is told; empty where it has none."""
    if fact in TEXT_BOXES:
        return TEXT_BOXES[fact]
    if fact == "use" and value in purposes():
        return "purpose"
    return "attributes" if (fact, value) in attributes() else ""


def facts_in_boxes(goods: Goods) -> dict[str, str]:
    """What the boxes of a goods item say, in the words of the assessment."""
    found = {fact: getattr(goods, box) for fact, box in TEXT_BOXES.items() if getattr(goods, box)}
    use = next((use for use, code in purposes().items() if code == goods.purpose), "")
    if use:
        found["use"] = use
    for (fact, value), code in attributes().items():
        if code in goods.attributes:
            found[fact] = value
    return found


def boxes_for(facts: dict[str, str]) -> tuple[dict[str, object], dict[str, str]]:
    """Facts in the words of the assessment, put into their boxes; and those that have none."""
    boxes: dict[str, object] = {}
    ticked: list[str] = []
    rest: dict[str, str] = {}
    for fact, value in facts.items():
        box = box_of(fact, value)
        if box == "attributes":
            ticked.append(attributes()[fact, value])
        elif box == "purpose":
            boxes[box] = purposes()[value]
        elif box:
            boxes[box] = value
        else:
            rest[fact] = value
    if ticked:
        boxes["attributes"] = sorted(ticked)
    return boxes, rest
