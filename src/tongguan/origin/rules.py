"""The grammar of product rules: everything a rule of origin can say, as small values.

A rule is a tree. Leaves are decided on a bill of materials by codes, values and weights, or, where the words speak of an operation or describe a
material that no code names, by a fact the bill has to state. Nothing in the tree is free text that could pass unread: a text that does not become
these values is not encoded.

Shares are exact, in millionths. "Materials" means materials that do not originate, unless the rule says otherwise: that is how the texts that
limit "the value of all the materials used" are meant (their introductory notes say so).
"""

from __future__ import annotations

import datetime as dt

import msgspec

from tongguan.origin.codes import CodeRange, ranges_text

ANY = "any"
CHAPTER, HEADING, SUBHEADING, ITEM = "chapter", "heading", "subheading", "item"


class Materials(msgspec.Struct, frozen=True):
    """Which materials a clause speaks of: those of codes, of the product's own chapter or heading, or described in words. Empty means all.

    `codes` and `words` together mean the described part of those codes. `but` takes codes out again.
    """

    codes: tuple[CodeRange, ...] = ()
    same_as_product: str = ""
    words: str = ""
    but: tuple[CodeRange, ...] = ()
    but_words: str = ""

    @property
    def is_all(self) -> bool:
        """Whether every material is meant."""
        return not (self.codes or self.same_as_product or self.words or self.but or self.but_words)

    def text(self) -> str:
        """For reading: "waste and scrap of 7802"."""
        parts = []
        if self.words:
            parts.append(self.words)
        if self.codes:
            parts.append(ranges_text(self.codes))
        if self.same_as_product:
            parts.append(f"the product's own {self.same_as_product}")
        if self.but or self.but_words:
            parts.append("except " + " ".join(x for x in (self.but_words, ranges_text(self.but)) if x))
        return (
            " of ".join(parts[:2]) + ("" if len(parts) < 3 else " " + " ".join(parts[2:])) if parts else "all materials"
        )


ALL_MATERIALS = Materials()


class _Rule(msgspec.Struct, frozen=True, tag_field="rule"):
    pass


class WhollyObtained(_Rule, frozen=True, tag="wholly_obtained"):
    """The good (`of` None) or the materials named are wholly obtained. `how` narrows: born_and_raised, harvested, waste, found, created."""

    of: Materials | None = None
    how: str = ""


class OfOriginatingMaterials(_Rule, frozen=True, tag="of_originating_materials"):
    """Made of originating materials only."""


class MustOriginate(_Rule, frozen=True, tag="must_originate"):
    """The materials named must already originate; `least_weight` asks it of a share of their weight only."""

    of: Materials
    least_weight: int | None = None


class Change(_Rule, frozen=True, tag="change"):
    """Change of classification at a level; ANY asks for no change. Materials in `but` may not be used even so."""

    level: str
    but: tuple[Materials, ...] = ()


class FromMaterials(_Rule, frozen=True, tag="from_materials"):
    """Made from these materials: those that do not originate are of these kinds, or of an earlier stage of making."""

    materials: tuple[Materials, ...]


class MaxValue(_Rule, frozen=True, tag="max_value"):
    """The value of the materials named is at most a share of the price (basis EXW or FOB, empty: the agreement's own)."""

    ppm: int
    basis: str
    of: Materials = ALL_MATERIALS
    singly: bool = False


class MaxWeight(_Rule, frozen=True, tag="max_weight"):
    """The weight of the materials named is at most a share of the product's, or of the weight of `whole`; `volume` when the text counts volume."""

    ppm: int
    of: Materials
    singly: bool = False
    volume: bool = False
    whole: Materials | None = None


class MinOriginatingValue(_Rule, frozen=True, tag="min_originating_value"):
    """The originating materials named are worth more than a share of the price."""

    ppm: int
    basis: str
    of: Materials


class NotAboveOriginating(_Rule, frozen=True, tag="not_above_originating"):
    """The materials that do not originate are worth no more than those that do."""


class MinContent(_Rule, frozen=True, tag="min_content"):
    """Regional value content. `method` build_down, build_up, either, net_cost or focused; `basis` EXW, FOB, either or empty for the agreement's own.

    A focused content counts only the materials in `focus` as not originating.
    """

    ppm: int
    method: str
    basis: str = ""
    focus: Materials | None = None


class GeneralContent(_Rule, frozen=True, tag="general_content"):
    """The content the agreement's general article asks for ("Standard QVC")."""


class Process(_Rule, frozen=True, tag="process"):
    """An operation that must be carried out; `operation` is a key of the list of operations."""

    operation: str
    text: str


class Condition(_Rule, frozen=True, tag="condition"):
    """A circumstance in words that the list of operations does not know and the bill has to confirm."""

    text: str


class AllOf(_Rule, frozen=True, tag="all_of"):
    """Every part."""

    parts: tuple[Rule, ...]


class AnyOf(_Rule, frozen=True, tag="any_of"):
    """One part is enough."""

    parts: tuple[Rule, ...]


class Allowing(_Rule, frozen=True, tag="allowing"):
    """A rule that leaves some materials out of account, without limit or up to a share of the price (or of the weight)."""

    inner: Rule
    of: tuple[Materials, ...]
    ppm: int | None = None
    basis: str = ""


class ForGoods(_Rule, frozen=True, tag="for_goods"):
    """A rule for part of the goods of a line, described in words; "other" for the rest."""

    words: str
    inner: Rule


class During(_Rule, frozen=True, tag="during"):
    """A rule with its own days."""

    since: dt.date | None
    until: dt.date | None
    inner: Rule


class SetRule(_Rule, frozen=True, tag="set"):
    """Each article of the set meets its own rule; those that do not are worth at most a share of the set."""

    ppm: int
    basis: str


class Note(_Rule, frozen=True, tag="note"):
    """A reference to a note of the agreement, or a definition. It decides nothing here and is shown."""

    text: str


class NoRequirement(_Rule, frozen=True, tag="no_requirement"):
    """Nothing beyond more than minimal operations."""


Rule = (
    WhollyObtained | OfOriginatingMaterials | MustOriginate | Change | FromMaterials | MaxValue | MaxWeight | MinOriginatingValue | NotAboveOriginating | MinContent
    | GeneralContent | Process | Condition | AllOf | AnyOf | Allowing | ForGoods | During | SetRule | Note | NoRequirement
)  # fmt: skip


class NotEncoded(msgspec.Struct, frozen=True):
    """A text that did not become a rule: why, and the words that stopped the reading. It never passes."""

    reason: str
    words: str


def all_of(parts: list[Rule] | tuple[Rule, ...]) -> Rule:
    """Every part, flat; one part stands for itself."""
    flat: list[Rule] = []
    for part in parts:
        flat += part.parts if isinstance(part, AllOf) else [part]
    return flat[0] if len(flat) == 1 else AllOf(tuple(flat))


def any_of(parts: list[Rule] | tuple[Rule, ...]) -> Rule:
    """One part, flat."""
    flat: list[Rule] = []
    for part in parts:
        flat += part.parts if isinstance(part, AnyOf) else [part]
    return flat[0] if len(flat) == 1 else AnyOf(tuple(flat))


def leaves(rule: Rule) -> list[Rule]:
    """Every leaf of a tree, and the frames that carry materials of their own."""
    if isinstance(rule, (AllOf, AnyOf)):
        return [leaf for part in rule.parts for leaf in leaves(part)]
    if isinstance(rule, (Allowing, ForGoods, During)):
        return [rule, *leaves(rule.inner)]
    return [rule]


def _speaks_in_words(rule: Rule) -> bool:
    named: tuple[Materials | None, ...] = ()
    if isinstance(rule, (Process, Condition, ForGoods, SetRule)):
        return True
    if isinstance(rule, WhollyObtained):
        named = (rule.of,)
    elif isinstance(rule, (MustOriginate, MaxValue, MaxWeight, MinOriginatingValue)):
        if isinstance(rule, MaxWeight) and rule.volume:
            return True
        named = (rule.of,)
    elif isinstance(rule, Change):
        named = rule.but
    elif isinstance(rule, FromMaterials):
        named = rule.materials
    elif isinstance(rule, Allowing):
        named = rule.of
    elif isinstance(rule, MinContent):
        named = (rule.focus,)
    return any(m is not None and (m.words or m.but_words) for m in named)


def is_decided_by_figures(rule: Rule) -> bool:
    """Whether codes, origins, values and weights decide the rule, with no operation or described material to confirm."""
    return not any(_speaks_in_words(leaf) for leaf in leaves(rule))


def is_only_a_note(rule: Rule) -> bool:
    """Whether the text holds no requirement of its own."""
    return all(isinstance(leaf, Note) for leaf in leaves(rule))
