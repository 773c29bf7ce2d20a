"""The charge register: what may be charged at the border, by whom, to whom, on which day and at which place.

    charges.csv   one row a charge: its names, who collects it, what already covers it
    terms.csv     dated rows: who pays, the price where the government sets one, or that it is free, waived or abolished

Published lists that were loaded stand beside the starter register; both are asked, and what the law forbids stays forbidden when a list prints it.

Units    caps as exact fractions of fen for one unit of their basis.
Reading  the register is a beginning, not a catalogue: only a list that says it is complete can show that something is *not* on it.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from fractions import Fraction
from functools import cache
from itertools import combinations
from typing import NamedTuple

import msgspec

from tongguan.grammar.citations import CONFIDENCE_ORDER, WEAK, instruments
from tongguan.grammar.errors import LawDataError
from tongguan.grammar.findings import Finding
from tongguan.grammar.money import FEN, NotAnAmount, decimal_of
from tongguan.tariff.schedule import FOREVER, TABLES, read_csv

FEES = TABLES / "fees"

KINDS = ("government", "port", "terminal", "inspection", "agency", "carrier", "platform")
EFFECTS = ("capped", "market", "statutory", "free", "state_pays", "waived", "abolished")
FORBIDDING = frozenset({"free", "state_pays", "waived", "abolished"})
PAYERS = ("importer", "carrier", "state", "none")
BASES = (
    "", "container", "tonne", "day", "container_day", "tonne_day", "declaration", "consignment", "piece", "ad_valorem", "ship",
)  # fmt: skip
SIZES = ("", "20", "40", "45")
CARGO = ("", "general", "dangerous_or_reefer")
CONDITIONS = ("", "nothing_found", "something_found")
STARTER = "starter"


class Charge(msgspec.Struct, frozen=True):
    """A charge by whatever names invoices give it."""

    id: str
    kind: str
    name_zh: str
    name_en: str
    aliases_zh: tuple[str, ...] = ()
    aliases_en: tuple[str, ...] = ()
    collected_by: tuple[str, ...] = ()
    included_in: str = ""
    source: str = ""
    confidence: str = "V2"


class Term(msgspec.Struct, frozen=True):
    """What holds of a charge from one day until (and with) another. `register` names the list the row stands in."""

    charge: str
    effect: str
    payer: str
    since: dt.date
    until: dt.date = FOREVER
    basis: str = ""
    size: str = ""
    cargo: str = ""
    condition: str = ""
    cap: str = ""
    currency: str = ""
    place: str = "CN"
    cites: str = ""
    source: str = ""
    confidence: str = "V2"
    note_zh: str = ""
    note_en: str = ""
    register: str = STARTER

    @property
    def cap_fen(self) -> Fraction | None:
        """The most for one unit, in fen (hundredths of the currency); None where no figure is held. A ratio for ad valorem charges."""
        if not self.cap:
            return None
        return Fraction(decimal_of(self.cap)) * (1 if self.basis == "ad_valorem" else FEN)

    @property
    def is_firm(self) -> bool:
        """Whether one may claim on it now, or should look at the source first."""
        return self.confidence not in WEAK

    def holds_on(self, day: dt.date) -> bool:
        """Whether the row is in force on a day."""
        return self.since <= day <= self.until


class PublishedList(msgspec.Struct, frozen=True):
    """A list of charges that a port, an operator or an agent published, as it was loaded."""

    series: str
    sequence: int
    title: str
    place: str
    publisher: str
    role: str
    since: dt.date
    until: dt.date
    complete: bool
    source: str
    confidence: str
    sha256: str
    charges: tuple[Charge, ...]
    terms: tuple[Term, ...]

    @property
    def name(self) -> str:
        """Series and sequence, as rows name it."""
        return f"{self.series}/{self.sequence}"


class Match(NamedTuple):
    """The charges whose names fit a description equally well, and the words that fitted."""

    charges: tuple[Charge, ...]
    words: str


class Register:
    """The starter register and the lists laid beside it."""

    def __init__(self, charges: Iterable[Charge], terms: Iterable[Term], lists: Iterable[PublishedList] = ()) -> None:
        self.charges = {c.id: c for c in charges}
        self.lists = tuple(lists)
        self._terms: dict[str, list[Term]] = {}
        for term in terms:
            self._terms.setdefault(term.charge, []).append(term)
        self._names = names_of(self.charges.values())

    def with_lists(self, lists: Iterable[PublishedList]) -> Register:
        """The same register with published lists beside it."""
        return Register(self.charges.values(), [t for terms in self._terms.values() for t in terms], lists)

    @property
    def terms(self) -> list[Term]:
        """Every dated row of the starter register."""
        return [t for terms in self._terms.values() for t in terms]

    def match(self, description: str) -> Match | None:
        """The charge a description names; several when it could be more than one; None when nothing fits."""
        return best_match(description, self._names)

    def terms_on(self, charge: str, day: dt.date, place: str) -> list[Term]:
        """The rows of a charge in force on a day at a place; rows of the nearer place stand for those of the country."""
        return nearest([t for t in self._terms.get(charge, ()) if t.holds_on(day)], place)

    def lists_on(self, day: dt.date, place: str) -> list[PublishedList]:
        """The newest list of each series that speaks of the day and the place."""
        newest: dict[str, PublishedList] = {}
        for one in self.lists:
            if one.since <= day <= one.until and within(place, one.place):
                held = newest.get(one.series)
                if held is None or one.sequence > held.sequence:
                    newest[one.series] = one
        return list(newest.values())


def within(place: str, area: str) -> bool:
    """Whether a place lies in an area: CNNSA in CN, CNNSA in CNNSA. A place nobody stated lies in the country only."""
    return (place or "CN").upper().startswith(area.upper())


def nearest(terms: list[Term], place: str) -> list[Term]:
    """Rows whose place holds the place asked about; of rows alike in all else, those of the longest such place."""
    longest: dict[tuple[str, ...], int] = {}
    here = [t for t in terms if within(place, t.place)]
    for t in here:
        key = (t.basis, t.size, t.cargo, t.condition)
        longest[key] = max(longest.get(key, 0), len(t.place))
    return [t for t in here if len(t.place) == longest[t.basis, t.size, t.cargo, t.condition]]


# --- names ---------------------------------------------------------------------------------------------------------------------------

_SQUEEZED = re.compile(r"[\W_]+")


def squeezed(text: str) -> str:
    """Text for comparing: plain forms, small letters, without spaces and punctuation."""
    return _SQUEEZED.sub("", unicodedata.normalize("NFKC", text).casefold())


def _spaced(text: str) -> str:
    """Text for comparing word by word: plain forms, small letters, one space between words."""
    return " " + " ".join(_SQUEEZED.sub(" ", unicodedata.normalize("NFKC", text).casefold()).split()) + " "


def names_of(charges: Iterable[Charge]) -> list[tuple[str, bool, Charge]]:
    """Every name with its charge, the longest first; the flag says that it is compared word by word."""
    names = []
    for charge in charges:
        names += [(squeezed(name), False, charge) for name in {charge.name_zh, *charge.aliases_zh}]
        names += [(_spaced(name), True, charge) for name in {charge.name_en, *charge.aliases_en} - {""}]
    return sorted((n for n in names if n[0].strip()), key=lambda n: -len(n[0].strip()))


def best_match(description: str, names: list[tuple[str, bool, Charge]]) -> Match | None:
    """The longest name that stands in a description. A name of one language never outweighs the other by its letters: each language has its own longest."""
    chinese, english = squeezed(description), _spaced(description)
    found: dict[bool, tuple[str, dict[str, Charge]]] = {}
    for name, by_word, charge in names:
        if (name in english) if by_word else (name in chinese):
            held = found.setdefault(by_word, (name, {}))
            if len(name) == len(held[0]):
                held[1][charge.id] = charge
    if not found:
        return None
    if len(found) == 2:
        both = found[False][1].keys() & found[True][1].keys()
        if both:
            return Match(tuple(found[False][1][key] for key in sorted(both)), found[False][0])
        if found[False][1].keys() != found[True][1].keys() and any("\u3400" <= c <= "\u9fff" for c in description):
            return Match(
                tuple(found[False][1].values()), found[False][0]
            )  # bilingual bills: the Chinese name is the list's own
    name, charges = found.get(False) or found[True]
    return Match(tuple(charges.values()), name.strip())


# --- checks --------------------------------------------------------------------------------------------------------------------------


def overlaps(terms: Iterable[Term]) -> list[tuple[Term, Term]]:
    """Pairs of rows that say two things of one charge, place, size, cargo and condition on one day."""
    alike: dict[tuple[str, ...], list[Term]] = {}
    for t in terms:
        alike.setdefault((t.charge, t.place, t.basis, t.size, t.cargo, t.condition, t.payer), []).append(t)
    return [
        (a, b)
        for rows in alike.values()
        for a, b in combinations(sorted(rows, key=lambda t: (t.since, t.until)), 2)
        if a.since <= b.until and b.since <= a.until
    ]


def overlap_finding(a: Term, b: Term, path: str) -> Finding:
    """Say that two rows overlap."""
    facts = {
        "charge": a.charge,
        "first": f"{a.since} – {_until(a)}",
        "second": f"{b.since} – {_until(b)}",
        "caps": f"{a.cap or a.effect} / {b.cap or b.effect}",
    }
    return Finding("fees.validities_overlap", path, facts)


def _until(term: Term) -> str:
    return "…" if term.until == FOREVER else term.until.isoformat()


def term_problems(t: Term) -> list[str]:
    """What is wrong with one row, in plain words."""
    problems = [
        f"{name} {value!r} is none of {', '.join(filter(None, known))}"
        for name, value, known in (
            ("effect", t.effect, EFFECTS),
            ("payer", t.payer, PAYERS),
            ("basis", t.basis, BASES),
            ("size", t.size, SIZES),
            ("cargo", t.cargo, CARGO),
            ("condition", t.condition, CONDITIONS),
            ("confidence", t.confidence, CONFIDENCE_ORDER),
        )
        if value not in known
    ]
    if t.until < t.since:
        problems.append("it ends before it begins")
    if bool(t.cap) != bool(t.currency):
        problems.append("a cap needs its currency, and a currency its cap")
    try:
        cap = t.cap_fen
        if cap is not None and cap < 0:
            problems.append("the cap is below zero")
    except NotAnAmount as error:
        problems.append(str(error))
    return problems


# --- the starter register --------------------------------------------------------------------------------------------------------------


def _several(text: str, mark: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(mark) if part.strip())


@cache
def starter_register() -> Register:
    """The register as shipped. Raises LawDataError for a malformed, unsourced or overlapping row."""
    charges = []
    for r in read_csv(FEES / "charges.csv"):
        charge = Charge(
            r["id"], r["kind"], r["name_zh"], r["name_en"], _several(r["aliases_zh"], ";"), _several(r["aliases_en"], ";"),
            _several(r["collected_by"], "|"), r["included_in"], r["source"], r["confidence"],
        )  # fmt: skip
        if charge.kind not in KINDS:
            raise LawDataError(f"charges.csv: {charge.id}: kind {charge.kind!r} is none of {', '.join(KINDS)}")
        charges.append(charge)
    terms = [_shipped_term(r) for r in read_csv(FEES / "terms.csv")]
    known = {c.id for c in charges}
    if len(known) != len(charges):
        raise LawDataError("charges.csv: an identifier stands twice")
    for t in terms:
        cited = [one.partition("#")[0] for one in t.cites.split("; ") if one]
        problems = term_problems(t) + [f"no instrument {key!r}" for key in cited if key not in instruments()]
        problems += [] if t.charge in known else ["no such charge"]
        problems += [] if cited else ["it cites nothing"]
        if problems:
            raise LawDataError(f"terms.csv: {t.charge} from {t.since}: {'; '.join(problems)}")
    for a, b in overlaps(terms):
        raise LawDataError(f"terms.csv: {a.charge}: the rows from {a.since} and {b.since} overlap")
    return Register(charges, terms)


def _shipped_term(r: dict[str, str]) -> Term:
    try:
        since, until = dt.date.fromisoformat(r["since"]), dt.date.fromisoformat(r["until"]) if r["until"] else FOREVER
    except ValueError as error:
        raise LawDataError(f"terms.csv: {r['charge']}: {error}") from error
    return Term(
        r["charge"], r["effect"], r["payer"], since, until, r["basis"], r["size"], r["cargo"], r["condition"], r["cap"], r["currency"],
        r["place"], r["cites"], r["source"], r["confidence"], r["note_zh"], r["note_en"],
    )  # fmt: skip
