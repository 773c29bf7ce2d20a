"""Goods sent abroad to be repaired or processed (出境修理、出境加工后复运进境): what their dutiable value is.

Law      until 2024-11-30  duty-regulations-2003#25 repair:     fee for the repair abroad + parts
                           duty-regulations-2003#24 processing: fee for the processing abroad + materials + freight and insurance of the return
         both when reported as such at export and brought back within the period Customs set.
         from 2024-12-01   the Tariff Law has no article on them; Customs' valuation measures carry the same rule on (M).
Units    amounts in fen, days as ordinals.
Reading  The period is the one Customs set for the export, so its last day is a fact of the case; that day is within. Repair counts neither freight nor
         insurance of the return: article 25 names them not, article 24 does. Goods not reported as such, or back too late, are valued like any import,
         on their whole value. Repair free of charge under guarantee has the value nought, which is the law's own result.
"""

from __future__ import annotations

from tongguan.grammar.money import fen_of, yuan
from tongguan.grammar.parameters import LawBook
from tongguan.law.channels.facts import day_of, is_yes

ON_COST_ABROAD = 1
NOT_REPORTED = 2
BACK_TOO_LATE = 3
BASES = {ON_COST_ABROAD: "cost_abroad", NOT_REPORTED: "whole_value_not_reported", BACK_TOO_LATE: "whole_value_too_late"}


def value_basis(is_reported: bool, brought_back: int, last_day: int) -> int:
    """ON_COST_ABROAD, NOT_REPORTED or BACK_TOO_LATE; the last two mean the whole value."""
    if not is_reported:
        return NOT_REPORTED
    if brought_back > last_day:
        return BACK_TOO_LATE
    return ON_COST_ABROAD


def repair_value(repair_fee: int, parts: int) -> int:
    """The dutiable value of repaired goods."""
    return repair_fee + parts


def processing_value(processing_fee: int, materials: int, return_freight: int, return_insurance: int) -> int:
    """The dutiable value of processed goods."""
    return processing_fee + materials + return_freight + return_insurance


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case of `repair` or `processing`: the costs abroad, and the day the goods came back."""
    day = day_of(given)
    law.rule("channels/repair_and_processing_abroad").at(f"{given['about']}_basis", day)
    basis = value_basis(is_yes(given, "reported_at_export"), day.toordinal(), day_of(given, "last_day").toordinal())
    if basis != ON_COST_ABROAD:
        return {"basis": BASES[basis], "value": yuan(fen_of(given["whole_value"]))}
    amounts = [fen_of(given.get(key, "0")) for key in ("fee", "materials", "return_freight", "return_insurance")]
    value = repair_value(amounts[0], amounts[1]) if given["about"] == "repair" else processing_value(*amounts)
    return {"basis": BASES[basis], "value": yuan(value)}
