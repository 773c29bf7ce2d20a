"""RCEP country of origin under tariff differentials (关税差异): whose rate an originating good takes.

Law      rcep#2.6, gacc-2021-106: the exporting Party, when the good is wholly obtained there, made there of originating materials by more than minimal
         operations, or meets the product rule there; for goods of the special list the exporting Party must besides add at least a fifth of the value. Else the
         Party that gave the highest value of originating materials. Instead the importer may claim the highest rate that any contributing Party (HRA),
         or any Party at all (HRB), faces.
Units    shares of the value in ppm; the Parties in the order given.
Reading  That the good originates in the area is settled before. Only Parties count: value from elsewhere is nobody's share. China counts as a Party when
         its materials are the greatest part. Exactly a fifth is enough (not less than). Two Parties with the same highest share: the article names neither,
         so neither do we.
"""

from __future__ import annotations

from collections.abc import Sequence

from tongguan.grammar.money import ppm_of
from tongguan.grammar.parameters import LawBook

EXPORTER = -1
UNDECIDED = -2


def stays_with_exporter(is_listed: bool, exporter_share: int, least_share: int) -> bool:
    """Whether the exporting Party is the country of origin: always off the special list, on it when it adds enough."""
    return not is_listed or exporter_share >= least_share


def country_of_origin(is_listed: bool, exporter_share: int, least_share: int, shares: Sequence[int]) -> int:
    """EXPORTER, the place in `shares` of the Party that contributed most, or UNDECIDED when two did, or nobody is known."""
    if stays_with_exporter(is_listed, exporter_share, least_share):
        return EXPORTER
    if not shares:
        return UNDECIDED
    most = max(shares)
    return shares.index(most) if most > 0 and sum(1 for share in shares if share == most) == 1 else UNDECIDED


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: whether listed, the exporter, and each Party's share."""
    import datetime as dt

    shares: dict[str, str] = given["shares"]  # type: ignore[assignment]
    exporter = str(given["exporter"])
    day = dt.date.fromisoformat(str(given["date"]))
    least = law.rule("origin/tariff_differential").at("rcep_least_exporter_share", day).ppm()
    own = ppm_of(given.get("exporter_share", shares.get(exporter, "0")))
    place = country_of_origin(given.get("listed") == "yes", own, least, [ppm_of(share) for share in shares.values()])
    if place == UNDECIDED:
        return {"origin": "undecided"}
    return {"origin": exporter if place == EXPORTER else list(shares)[place]}
