"""Duties laid over the applicable rate: trade remedies and countermeasures (反倾销税、反补贴税、保障措施关税；对等措施、报复性关税).

Law      tariff-law-2024#16 (remedies), #17 (reciprocity), #18 (retaliation); duty-regulations-2003#13, #14 until 2024-11-30.
         The rate of the measure is added to the rate that applies otherwise; import VAT (and, by practice, consumption tax) is computed
         on the increased sum. Each measure's products, origins, exporters, dates and suspensions stand in `tables/overlays/`.
Units    days as ordinals; conditions and facts as small codes.
"""

from __future__ import annotations

from tongguan.grammar.parameters import LawBook

ALWAYS = 0
OUTSIDE_QUOTA = 1
COUNTRY_QUOTA_EXHAUSTED = 2
NO_UNDERTAKING = 3
NOT_EXCLUDED = 4

CONDITIONS = {
    "": ALWAYS,
    "outside_quota": OUTSIDE_QUOTA,
    "country_quota_exhausted": COUNTRY_QUOTA_EXHAUSTED,
    "no_undertaking": NO_UNDERTAKING,
    "not_excluded": NOT_EXCLUDED,
}


def is_levied(
    day: int,
    since: int,
    until: int,
    condition: int,
    is_in_quota: bool,
    is_country_quota_exhausted: bool,
    has_undertaking: bool,
    has_exclusion: bool,
) -> bool:
    """Whether a row of a measure is levied on goods it covers, on `day` and with these facts."""
    if day < since or day > until:
        return False
    if condition == OUTSIDE_QUOTA:
        return not is_in_quota
    if condition == COUNTRY_QUOTA_EXHAUSTED:
        return is_country_quota_exhausted
    if condition == NO_UNDERTAKING:
        return not has_undertaking
    if condition == NOT_EXCLUDED:
        return not has_exclusion
    return True


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: dates as text, facts as yes or no."""
    import datetime as dt

    def day(name: str) -> int:
        return dt.date.fromisoformat(str(given[name])).toordinal()

    facts = [given.get(f, "no") == "yes" for f in ("in_quota", "country_quota_exhausted", "undertaking", "exclusion")]
    levied = is_levied(day("day"), day("since"), day("until"), CONDITIONS[str(given.get("condition", ""))], *facts)
    return {"levied": "yes" if levied else "no"}
