"""Quarantine access (检疫准入): may this product of this country enter at all, since when, and what has stopped it.

Law      quarantine-law#5: goods of regions with animal or plant disease may not enter; quarantine-law#10, #11 and quarantine-regulations#9: first imports
         follow risk analysis, a protocol and an announcement, and come from registered orchards, packhouses or plants.
Units    states are small whole numbers; days are ordinals.
Reading  `access.csv` holds the pairs that were read or are remembered, not all there are: a pair that is missing is NOT ENCODED, never refused.
         A first announcement with a known day means that the pair was closed before it. Where only "not later than" is known, earlier days stay open.
         A ban for disease reaches products "that may still carry the disease": for the codes under `open_codes` that is for Customs to say.
"""

from __future__ import annotations

import datetime as dt
from functools import cache, lru_cache

import msgspec

from tongguan.grammar.errors import LawDataError
from tongguan.grammar.parameters import LawBook
from tongguan.law.channels.facts import day_of
from tongguan.law.controls.tables import TABLES, read_rows

NOT_ENCODED, CLOSED, NOT_YET, PROTOCOL, REGION_OPEN, ALLOWED, SUSPENDED, BANNED, REGION_BANNED = range(9)
OUTCOMES = {
    NOT_ENCODED: "not_encoded",
    CLOSED: "not_concerned",
    NOT_YET: "not_yet",
    PROTOCOL: "protocol",
    REGION_OPEN: "allowed_regions",
    ALLOWED: "allowed",
    SUSPENDED: "suspended",
    BANNED: "banned",
    REGION_BANNED: "banned_region_open",
}
STATES = {"allowed", "allowed_regions", "protocol", "suspended", "banned"}
LONG_AGO = dt.date(1, 1, 1)
FOREVER = dt.date(9999, 12, 31)


class Product(msgspec.Struct, frozen=True):
    """A product of quarantine access, a group of goods a disease ban is about, or (`generic`) whatever else is admitted country by country."""

    product: str
    kind: str
    codes: tuple[str, ...]
    but: tuple[str, ...]
    fact: str
    values: tuple[str, ...]
    open_codes: tuple[str, ...]
    name_zh: str
    name_en: str

    @property
    def is_disease(self) -> bool:
        """Whether it is about a ban rather than about access."""
        return self.kind == "disease"


class Pair(msgspec.Struct, frozen=True):
    """One state of a product of a country, from one day until (and with) another."""

    product: str
    origin: str
    regions: tuple[str, ...]
    state: str
    since: dt.date
    since_is: str
    until: dt.date
    cites: str
    confidence: str
    zh: str
    en: str


class Access(msgspec.Struct, frozen=True):
    """What the matrix says: an outcome, the pair behind it, and a fact that would settle it."""

    outcome: int
    product: Product
    pair: Pair | None = None
    missing: tuple[str, ...] = ()


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";") if part.strip())


@cache
def products() -> tuple[Product, ...]:
    """The rows of access_products.csv."""
    read = []
    for row in read_rows(TABLES / "access_products.csv"):
        fact, _, values = row["when"].partition("=")
        read.append(
            Product(
                row["product"], row["kind"], _parts(row["codes"]), _parts(row["but"]), fact, _parts(values),
                _parts(row["open_codes"]), row["name_zh"], row["name_en"],
            )
        )  # fmt: skip
    return tuple(read)


@cache
def pairs() -> dict[tuple[str, str], tuple[Pair, ...]]:
    """The rows of access.csv by product and origin. Raises LawDataError for an unknown product or state."""
    known = {product.product for product in products()}
    register: dict[tuple[str, str], list[Pair]] = {}
    for row in read_rows(TABLES / "access.csv"):
        if row["product"] not in known or row["state"] not in STATES:
            raise LawDataError(
                f"access.csv: {row['product']} {row['origin']}: unknown product or state {row['state']!r}"
            )
        pair = Pair(
            row["product"], row["origin"], _parts(row["region"]), row["state"], dt.date.fromisoformat(row["since"]) if row["since"] else LONG_AGO,
            row["since_is"], dt.date.fromisoformat(row["until"]) if row["until"] else FOREVER, row["cites"], row["confidence"], row["zh"], row["en"],
        )  # fmt: skip
        register.setdefault((pair.product, pair.origin), []).append(pair)
    return {key: tuple(sorted(found, key=lambda p: p.since)) for key, found in register.items()}


def outcome(
    is_banned: bool, is_suspended: bool, is_allowed: bool, is_regional: bool, is_protocol: bool, begins_later: bool
) -> int:
    """One outcome from what stands on the day: a ban goes first, then a suspension, then access, then what is on its way."""
    if is_banned:
        return REGION_BANNED if is_regional else BANNED
    if is_suspended:
        return SUSPENDED
    if is_allowed:
        return REGION_OPEN if is_regional else ALLOWED
    if is_protocol:
        return PROTOCOL
    return NOT_YET if begins_later else NOT_ENCODED


@lru_cache(maxsize=16_384)  # a tariff has some thirteen thousand codes of ten digits
def _products_of(code: str) -> tuple[Product, ...]:
    """The products whose codes hold a code, facts apart."""
    return tuple(p for p in products() if code.startswith(p.codes + p.open_codes) and not code.startswith(p.but))


def concerned(code: str, facts: dict[str, str]) -> list[Product]:
    """The products a code and its facts belong to; a product that turns on an unstated fact is among them."""
    found = []
    for product in _products_of(code):
        stated = facts.get(product.fact, "").strip().lower() if product.fact else ""
        if product.fact and stated and not any(value in stated for value in product.values):
            continue
        found.append(product)
    if any(product.kind == "access" for product in found):
        return [product for product in found if product.kind != "generic"]
    return found


def reached_by_longer(code: str) -> bool:
    """Whether a longer code under this one belongs to a product of the matrix."""
    return any(prefix.startswith(code) and prefix != code for product in products() for prefix in product.codes)


def access(product: Product, code: str, origin: str | None, day: dt.date, facts: dict[str, str]) -> Access:
    """What the matrix says of one product of one country on a day."""
    missing: list[str] = [product.fact] if product.fact and not facts.get(product.fact) else []
    if not origin:
        return Access(CLOSED if product.is_disease else NOT_ENCODED, product, None, (*missing, "origin"))
    rows = pairs().get((product.product, origin), ())
    standing = [pair for pair in rows if pair.since <= day <= pair.until]
    pair = _governing(standing)
    later = next((p for p in rows if p.since > day and p.since_is == "exact" and p.state == "allowed"), None)
    is_first = later is not None and rows[0] is later
    regional, unsettled, outside = _regions(pair, facts)
    if pair is not None and pair.regions and unsettled:
        missing.append("region")
    if pair is None and product.is_disease:
        return Access(CLOSED, product, None, tuple(missing))
    if pair is not None and outside:
        # the ban is about another region, or access is: the region stated is not in it
        return Access(CLOSED if product.is_disease else SUSPENDED, product, pair, tuple(missing))
    result = outcome(
        pair is not None and pair.state == "banned",
        pair is not None and pair.state == "suspended",
        pair is not None and pair.state in ("allowed", "allowed_regions"),
        regional or _carries_perhaps(product, code),
        pair is not None and pair.state == "protocol",
        is_first,
    )
    return Access(result, product, pair or (later if is_first else None), tuple(dict.fromkeys(missing)))


def _governing(standing: list[Pair]) -> Pair | None:
    """Of several states on a day the one that goes first: banned, suspended, allowed, protocol."""
    order = ("banned", "suspended", "allowed_regions", "allowed", "protocol")
    return min(standing, key=lambda p: (order.index(p.state), -p.since.toordinal()), default=None)


def _regions(pair: Pair | None, facts: dict[str, str]) -> tuple[bool, bool, bool]:
    """Whether a pair turns on a region, whether that is open, and whether the region stated is outside it."""
    if pair is None or not pair.regions:
        return False, False, False
    stated = facts.get("region", "").strip().lower()
    if not stated:
        return True, True, False
    left_out = {r.removeprefix("not ").lower() for r in pair.regions if r.startswith("not ")}
    within = {r.lower() for r in pair.regions if not r.startswith("not ")}
    return False, False, stated in left_out or (bool(within) and stated not in within)


def _carries_perhaps(product: Product, code: str) -> bool:
    """Whether it is for Customs to say that such goods can still carry the disease."""
    return product.is_disease and any(code.startswith(prefix) for prefix in product.open_codes)


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: a code, an origin, a day and facts; the products concerned and what the matrix says of each."""
    del law
    stated = given.get("facts")
    facts = {str(k): str(v) for k, v in stated.items()} if isinstance(stated, dict) else {}
    code, origin, day = str(given["code"]), str(given.get("origin", "")) or None, day_of(given)
    answers = {}
    for product in concerned(code, facts):
        found = access(product, code, origin, day, facts)
        if found.outcome != CLOSED:
            answers[product.product] = OUTCOMES[found.outcome] + "".join(f", {name}?" for name in found.missing)
    return dict(answers)
