"""Goods under a measure whose origin cannot be shown to lie elsewhere (原产地不明且涉及措施的货物).

Law    tariff-law-2024#19, from 2024-12-01: where goods fall under a trade remedy or countermeasure (art. 16 to 18) and the taxpayer
       gives no proof, or the proof does not exclude the country hit, the higher of
       (1) the highest rate of the measure plus the rate applicable under art. 12 to 14, and (2) the general rate.
Units  duties in fen on the goods in hand.
Reading  1. "Applicable" is the rate of the origin declared; where none is declared art. 12 para. 4 makes it the general rate, so limb (1) wins.
         2. The result is one duty; the measures in it are not laid over it again. Points suspended on the day do not count.
         3. Measures that run together on one country's goods are added; between countries the heaviest sum counts.
"""

from __future__ import annotations

from tongguan.grammar.money import ppm_of, ratio_text
from tongguan.grammar.parameters import LawBook


def undetermined_origin_duty(highest_measure: int, applicable: int, general: int) -> int:
    """The duty in fen: the higher of measure plus applicable rate, and the general rate."""
    return max(highest_measure + applicable, general)


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case with rates as ratios."""
    rate = undetermined_origin_duty(
        ppm_of(given["highest_measure_rate"]), ppm_of(given["applicable_rate"]), ppm_of(given["general_rate"])
    )
    return {"rate": ratio_text(rate)}
