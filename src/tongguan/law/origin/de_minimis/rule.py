"""De minimis (微小含量): materials that miss the change of classification, but are worth little.

Law      rcep#3.7, gacc-order-255: a good whose non-originating materials do not all change classification still originates when those that fail are worth not
         more than 10 % of its FOB value; for textiles and clothing (chapters 50 to 63) 10 % of its weight may be used instead.
Units    the failing part and the whole in one unit: hundredths of a currency, or thousandths of a kilogram; the limit in ppm.
Reading  The limit itself is within (不超过). The article lifts the change of classification only: a value rule must be met in full.
"""

from __future__ import annotations

from tongguan.grammar.money import fen_of, milli_of, ppm_of
from tongguan.grammar.parameters import LawBook


def is_de_minimis(failing: int, whole: int, limit_ppm: int) -> bool:
    """Whether the materials that fail may be left out of account."""
    return whole > 0 and failing * 1_000_000 <= whole * limit_ppm


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: failing materials by value of FOB, or by weight for textiles; the limit is the law's unless given."""
    import datetime as dt

    if "weight" in given:
        failing, whole, name = milli_of(given["failing_weight"]), milli_of(given["weight"]), "rcep_textile_weight_limit"
    else:
        failing, whole, name = fen_of(given["failing_materials"]), fen_of(given["fob"]), "rcep_value_limit"
    day = dt.date.fromisoformat(str(given["date"]))
    limit = ppm_of(given["limit"]) if "limit" in given else law.rule("origin/de_minimis").at(name, day).ppm()
    return {"originating": "yes" if is_de_minimis(failing, whole, limit) else "no"}
