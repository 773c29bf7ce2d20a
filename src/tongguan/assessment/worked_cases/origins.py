"""Figures of preferential origin under RCEP, of proofs, and of the import interest subsidy."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from tongguan.assessment.worked_cases.sheet import Lacking, Sheet, derives, has
from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.money import decimal_of, decimal_text, fen_of, milli_of, ppm_of
from tongguan.law.origin.de_minimis.rule import is_de_minimis
from tongguan.law.origin.proof_waiver.rule import is_proof_required
from tongguan.law.origin.regional_value_content.rule import build_down_value, build_up_value, content_ppm, reaches
from tongguan.law.origin.tariff_differential.rule import EXPORTER, UNDECIDED, country_of_origin
from tongguan.law.promotion.interest_subsidy.rule import interest_subsidy

RCEP = "22"
CHINA = "CN"
_COSTS = ("originating_materials", "direct_labour", "direct_overhead", "profit", "other")


def _regional(s: Sheet) -> tuple[int, int]:
    """What of the FOB value is of the region, and the FOB value. Where both ways are stated build-down is used. Raises Lacking."""
    fob = s.fen("fob")
    if s.has("non_originating"):
        return build_down_value(fob, s.fen("non_originating")), fob
    s.need("originating_materials", "direct_labour", "direct_overhead")
    return build_up_value(*(s.fen_or(fact) for fact in _COSTS)), fob


@derives("rvc", when=has("fob"))
def regional_value_content(s: Sheet) -> Fraction:
    """The regional value content."""
    return Fraction(content_ppm(*_regional(s)), 1_000_000)


@derives("originating", when=has("failing_materials", "failing_weight"))
def originating_by_de_minimis(s: Sheet) -> bool:
    """Whether the materials that miss the change of classification are worth little enough."""
    by_weight = s.has("failing_weight")
    name = "rcep_textile_weight_limit" if by_weight else "rcep_value_limit"
    fact = "de_minimis_limit" if s.has("de_minimis_limit") else "limit"
    limit = ppm_of(s.given_or_law(fact, f"origin/de_minimis/{name}"))
    if by_weight:
        return is_de_minimis(milli_of(s.need("failing_weight")), milli_of(s.need("weight")), limit)
    return is_de_minimis(s.fen("failing_materials"), s.fen("fob"), limit)


@derives("originating", when=has("non_originating", "originating_materials"))
def originating_by_value(s: Sheet) -> bool:
    """Whether the regional value content reaches the threshold."""
    threshold = ppm_of(s.given_or_law("threshold", "origin/regional_value_content/rcep_threshold"))
    return reaches(*_regional(s), threshold)


def _is_party(s: Sheet, code: str) -> bool:
    if code == CHINA:
        return True
    return s.world.origins.is_country(code) and any(
        scheme.code == RCEP for scheme, _ in s.world.origins.schemes_of(code, s.day)
    )


@derives("rcep_origin", when=has("listed", "shares", "exporter"))
def country_of_origin_under_rcep(s: Sheet) -> str:
    """The exporting Party, or the Party that gave most."""
    exporter = str(s.need("exporter")).upper()
    every = {code.upper(): Decimal(share) for code, share in (s.stated("shares") or {}).items() if share is not None}
    for code in (*every, exporter):
        if not _is_party(s, code):
            s.remark("cases.not_a_party", "shares", {"country": code, "day": s.day.isoformat(), "parameter": code})
    parties = {code: share for code, share in every.items() if _is_party(s, code)}
    least = s.law("origin/tariff_differential/rcep_least_exporter_share").ppm()
    own = s.stated("exporter_value_share")
    if own is None:
        own = every.get(exporter)
    is_listed = s.says("listed")
    if is_listed is None:
        raise Lacking("listed")
    if is_listed and own is None:
        raise Lacking("exporter_value_share | shares")
    shares = [ppm_of(share) for share in parties.values()]
    place = country_of_origin(is_listed, ppm_of(own or 0), least, shares)
    if place == UNDECIDED:
        raise OutOfCoverage(
            "cases.highest_share_shared", shares=", ".join(f"{c} {decimal_text(v)}" for c, v in parties.items()) or "–"
        )
    return exporter if place == EXPORTER else list(parties)[place]


@derives("proof_required", when=has("customs_value_usd", "customs_value_cny"))
def proof_of_origin_required(s: Sheet) -> bool:
    """Whether the consignment is too valuable to go without a proof."""
    wanted = s.text("agreement").upper()
    scheme = next(
        (
            x
            for x in s.world.origins.schemes.values()
            if wanted and wanted in (x.scheme.upper(), x.code.upper(), "RCEP" if x.code == RCEP else "")
        ),
        None,
    )
    limit = s.stated("limit")
    if scheme is not None and limit is None:
        if scheme.waiver_amount is None:
            raise OutOfCoverage("cases.waiver_not_known", scheme_zh=scheme.name_zh, scheme_en=scheme.name_en)
        limit = scheme.waiver_amount
    elif limit is None:
        limit = Decimal(s.law("origin/proof_waiver/rcep_limit").value)
        s.remark("cases.agreement_not_stated", "", {"limit": decimal_text(Decimal(limit))})
    elif wanted in ("", "RCEP", RCEP):
        s.compare("limit", Decimal(limit), "origin/proof_waiver/rcep_limit")
    value = s.need("customs_value_usd", "customs_value_cny")
    return is_proof_required(fen_of(value), fen_of(limit))


@derives("subsidy", when=has("import_value_usd"))
def import_interest_subsidy(s: Sheet) -> int:
    """The interest subsidy on encouraged imports."""
    rate = ppm_of(s.given_or_law("subsidy_rate", "promotion/interest_subsidy/subsidy_rate"))
    num, den = decimal_of(s.need("fx_cny_per_usd", "fx_cny_per_unit")).as_integer_ratio()
    return interest_subsidy(fen_of(s.need("import_value_usd")), num, den, rate)
