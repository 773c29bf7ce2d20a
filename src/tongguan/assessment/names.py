"""What people write for things that have a word or a code of their own here: countries, agreements, proofs, channels, units.

One vocabulary for a single shipment and for millions of rows. What is not known stays as it was written, so that whoever reads it can name it.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from tongguan.assessment.quantities import OTHER_NAMES, UNITS
from tongguan.assessment.shipment import CHANNELS
from tongguan.grammar.findings import render
from tongguan.tariff.origins import Origins

_LOOSE = re.compile(r"[\s\-‐-―_()《》.,·']+")

PROOFS = {
    "原产地证书": "certificate",
    "原产地证明书": "certificate",
    "原产地证": "certificate",
    "证书": "certificate",
    "certificate of origin": "certificate",
    "原产地声明": "declaration",
    "声明": "declaration",
    "declaration of origin": "declaration",
    "经核准出口商原产地声明": "approved_exporter_declaration",
    "经核准出口商的原产地声明": "approved_exporter_declaration",
}
SHORT_NAMES = {
    "RCEP": "22",
    "区域全面经济伙伴关系协定": "22",
    "亚太协定": "01",
    "东盟": "02",
    "中国东盟自贸协定": "02",
    "ECFA": "14",
}
"""Agreements as they are called in short; the code of RCEP stands for whichever of its schedules fits."""
OTHER_COUNTRIES = {
    "中国大陆": "CN", "中国香港": "HK", "中国澳门": "MO", "中国台湾": "TW", "台澎金马关税区": "TW", "南韩": "KR", "大韩民国": "KR", "英格兰": "GB",
    "USA": "US", "UK": "GB", "South Korea": "KR", "Korea": "KR", "Vietnam": "VN", "Russia": "RU", "Taiwan": "TW", "Hong Kong": "HK", "Macau": "MO",
}  # fmt: skip


def loose(text: str) -> str:
    """A name without what writers differ in: width, case, space, dashes and brackets."""
    return _LOOSE.sub("", unicodedata.normalize("NFKC", text)).casefold()


def country_named(text: str, tables: Origins) -> str:
    """The two letters of a country given by code or by name in either language; as written where no country is known by it."""
    upper = text.strip().upper()
    return upper if tables.is_country(upper) else _countries(tables).get(loose(text), text)


@cache
def _countries(tables: Origins) -> dict[str, str]:
    named = {loose(name): iso2 for name, iso2 in OTHER_COUNTRIES.items()}
    for iso2, periods in tables.countries.items():
        for period in periods:
            named |= {loose(period.name_zh): iso2, loose(period.name_en): iso2}
    return named


def scheme_named(text: str, tables: Origins) -> str:
    """The key or code of an agreement given by either or by its name; as written where there is none of that name."""
    return _schemes(tables).get(loose(text), text)


@cache
def _schemes(tables: Origins) -> dict[str, str]:
    named = {loose(name): code for name, code in SHORT_NAMES.items()}
    for scheme in tables.schemes.values():
        for name in (scheme.name_zh, scheme.name_en):
            named |= {loose(name): scheme.scheme, loose(name.replace("自由贸易协定", "自贸协定")): scheme.scheme}
    return named


def proof_named(text: str) -> str:
    """The kind of a proof of origin; as written where we have no word for it."""
    return _proofs().get(loose(text), text)


@cache
def _proofs() -> dict[str, str]:
    return {loose(name): kind for name, kind in PROOFS.items()}


def channel_named(text: str) -> str:
    """A channel by our word, or by the name it has in a letter; as written where there is none."""
    return _channels().get(loose(text), text)


@cache
def _channels() -> dict[str, str]:
    return {loose(render(f"letter.channel.{name}", {}, "zh")): name for name in CHANNELS}


def unit_named(text: str) -> str:
    """A unit by our word, singular or plural, or as the schedule and Customs write it; empty where we know none."""
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    plain = OTHER_NAMES.get(plain, plain)
    name = plain if plain in UNITS else plain.rstrip("s")
    return name if name in UNITS else ""
