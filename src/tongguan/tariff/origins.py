"""Origins: which countries have MFN treatment, which schemes they belong to, and since when.

Membership and entry into force are dated; what is not known about a country is an answer of its own.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tongguan.grammar.money import ppm_of
from tongguan.tariff.schedule import FOREVER, TABLES, read_csv

LONG_AGO = dt.date(1, 1, 1)

MFN_YES = 1
MFN_NO = 0
MFN_NOT_KNOWN = -1


class CountryPeriod(NamedTuple):
    """What is known of a country's MFN treatment over a period."""

    iso2: str
    name_zh: str
    name_en: str
    mfn_basis: str
    since: dt.date
    until: dt.date
    confidence: str
    source: str


class Scheme(NamedTuple):
    """A trade agreement or preferential arrangement. `all_lines_rate` is None where it lists lines."""

    scheme: str
    kind: str
    code: str
    name_zh: str
    name_en: str
    since: dt.date
    until: dt.date
    proofs: tuple[str, ...]
    waiver_amount: Decimal | None
    waiver_currency: str
    covers: str
    all_lines_rate: int | None
    cites: str
    source: str
    confidence: str
    note: str


class Membership(NamedTuple):
    """A country's time in a scheme."""

    scheme: str
    iso2: str
    since: dt.date
    until: dt.date
    confidence: str
    note: str


def _day(text: str, otherwise: dt.date) -> dt.date:
    return dt.date.fromisoformat(text) if text else otherwise


class Origins:
    """Countries, schemes and groups, as of any day."""

    def __init__(self, folder: Path = TABLES) -> None:
        self.countries: dict[str, list[CountryPeriod]] = {}
        for r in read_csv(folder / "countries.csv"):
            self.countries.setdefault(r["iso2"], []).append(
                CountryPeriod(
                    r["iso2"], r["name_zh"], r["name_en"], r["mfn_basis"],
                    _day(r["mfn_since"], LONG_AGO), _day(r["mfn_until"], FOREVER), r["confidence"], r["source"],
                )
            )  # fmt: skip
        self.schemes: dict[str, Scheme] = {}
        for r in read_csv(folder / "schemes.csv"):
            self.schemes[r["scheme"]] = Scheme(
                r["scheme"], r["kind"], r["code"], r["name_zh"], r["name_en"], _day(r["in_force_from"], LONG_AGO),
                _day(r["in_force_until"], FOREVER), tuple(p for p in r["proofs"].split(";") if p),
                Decimal(r["proof_waiver_amount"]) if r["proof_waiver_amount"] else None, r["proof_waiver_currency"], r["covers"],
                ppm_of(r["rate_if_all_lines"]) if r["rate_if_all_lines"] else None, r["cites"], r["source"], r["confidence"], r["note"],
            )  # fmt: skip
        self.members: dict[str, list[Membership]] = {}
        for r in read_csv(folder / "scheme_members.csv"):
            self.members.setdefault(r["iso2"], []).append(
                Membership(
                    r["scheme"],
                    r["iso2"],
                    _day(r["since"], LONG_AGO),
                    _day(r["until"], FOREVER),
                    r["confidence"],
                    r["note"],
                )
            )
        self.groups: dict[str, list[tuple[str, dt.date, dt.date]]] = {}
        for r in read_csv(folder / "country_groups.csv"):
            self.groups.setdefault(r["group"], []).append(
                (r["iso2"], _day(r["since"], LONG_AGO), _day(r["until"], FOREVER))
            )

    def is_country(self, iso2: str) -> bool:
        """Whether the code names a country or territory we know."""
        return iso2 in self.countries

    def country(self, iso2: str, day: dt.date) -> CountryPeriod:
        """What is known of a country on a day."""
        periods = self.countries[iso2]
        return next((p for p in periods if p.since <= day <= p.until), periods[-1])

    def mfn(self, iso2: str, day: dt.date) -> int:
        """MFN_YES, MFN_NO or MFN_NOT_KNOWN for goods of a country on a day (tariff-law-2024#12; origin China counts as MFN)."""
        periods = self.countries[iso2]
        found = next((p for p in periods if p.since <= day <= p.until), None)
        if found is None:
            # a period begins later: before it the country was outside unless we know better
            return MFN_NOT_KNOWN
        if found.mfn_basis in ("wto", "treaty", "own"):
            return MFN_YES
        return MFN_NO if found.mfn_basis == "none" else MFN_NOT_KNOWN

    def schemes_of(self, iso2: str, day: dt.date) -> list[tuple[Scheme, Membership]]:
        """Schemes in force on a day of which the country is a member."""
        found = []
        for membership in self.members.get(iso2, ()):
            scheme = self.schemes[membership.scheme]
            if membership.since <= day <= membership.until and scheme.since <= day <= scheme.until:
                found.append((scheme, membership))
        return found

    def in_group(self, iso2: str, group: str, day: dt.date) -> bool:
        """Whether a country belongs to a group such as EU on a day; a group may also be a country code or ALL."""
        if group in ("ALL", iso2):
            return True
        return any(member == iso2 and since <= day <= until for member, since, until in self.groups.get(group, ()))


@cache
def origins() -> Origins:
    """The tables as shipped, loaded once."""
    return Origins()
