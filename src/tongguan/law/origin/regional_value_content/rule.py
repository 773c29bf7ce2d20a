"""Regional value content (区域价值成分): does a product specific value rule hold?

Law      rcep#3.5, gacc-order-255: build-down (扣减法)  RVC = (FOB − value of non-originating materials) / FOB
                                   build-up (累加法)    RVC = (originating materials + direct labour + direct overhead + profit + other costs) / FOB
         The good originates when the content reaches the threshold of its rule; most value rules ask for 40 %.
Units    amounts in hundredths of one currency; the content and the threshold in ppm.
Reading  The comparison is made on the exact amounts, not on a rounded percentage; the threshold itself is enough (not less than, 不低于).
         Materials worth more than the FOB price give a content of nothing, not a negative one.
"""

from __future__ import annotations

from tongguan.grammar.money import fen_of, half_up, ppm_of, ratio_text
from tongguan.grammar.parameters import LawBook


def build_down_value(fob: int, non_originating: int) -> int:
    """What of the FOB value is of the region."""
    return fob - non_originating if fob > non_originating else 0


def build_up_value(originating_materials: int, labour: int, overhead: int, profit: int, other: int) -> int:
    """The same, added up."""
    return originating_materials + labour + overhead + profit + other


def content_ppm(regional_value: int, fob: int) -> int:
    """The content for showing, half up to the millionth; nothing for a price of nothing."""
    return half_up(regional_value * 1_000_000, fob) if fob > 0 else 0


def reaches(regional_value: int, fob: int, threshold_ppm: int) -> bool:
    """Whether the content is not less than the threshold."""
    return fob > 0 and regional_value * 1_000_000 >= fob * threshold_ppm


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: `non_originating` for build-down, else the parts of build-up; the threshold is the law's unless given."""
    import datetime as dt

    fob = fen_of(given["fob"])
    if "non_originating" in given:
        value = build_down_value(fob, fen_of(given["non_originating"]))
    else:
        parts = ("originating_materials", "labour", "overhead", "profit", "other")
        value = build_up_value(*(fen_of(given.get(part, "0")) for part in parts))
    day = dt.date.fromisoformat(str(given["date"]))
    threshold = (
        ppm_of(given["threshold"])
        if "threshold" in given
        else law.rule("origin/regional_value_content").at("rcep_threshold", day).ppm()
    )
    return {
        "rvc": ratio_text(content_ppm(value, fob)),
        "originating": "yes" if reaches(value, fob, threshold) else "no",
    }
