"""Governing date (税率适用日期): which day's duty rates apply, and which day's exchange rate.

Law      until 2024-11-30  duty-regulations-2003#15-17, gacc-order-124; from 2024-12-01  tariff-law-2024#20-22, gacc-order-272#14-16
         ordinary goods: the day Customs accepts the declaration (old), the day the declaration is completed (new);
         declared before arrival: the day the conveyance declares entry; the exceptions for inland customs, bonded goods and so on below.
Units    days as ordinals, 0 for a day that is not known; situation, regime and reason as small codes.
Reading  1. The regime is that of the day of the declaration, or of the tax formalities.
         2. A declaration made before the conveyance declares entry is taken as declared in advance with Customs' approval.
         3. Old regime: the exchange rate is that of the day whose rates apply (gacc-ann-2005-53). New regime: goods declared in advance
            take the duty rates of a later day but the exchange rate of the day the declaration is completed (gacc-order-272#14).
         4. Old regime, inland customs: the Regulations leave the day to Customs; the days used are those of gacc-order-124, from memory.
"""

from __future__ import annotations

from tongguan.grammar.calendar import day_of
from tongguan.grammar.parameters import LawBook

ACCEPTANCE, COMPLETION = 1, 2
"""Regimes: the Regulations on Import and Export Duties, the Tariff Law."""

ORDINARY = 0
DECLARED_IN_ADVANCE = 1
INLAND = 2
INLAND_DECLARED_BEFORE_ENTRY = 3
INLAND_DECLARED_BEFORE_ARRIVAL = 4
COLLECTIVE = 5
TWO_STEP = 6
LODGED_AGAIN = 7
SOLD_UNDECLARED = 8
BONDED_SOLD_AT_HOME = 11
RELIEF_DISPOSED = 12
TEMPORARY_KEPT = 13
LEASED = 14
BREACH = 21

SITUATIONS = {
    "ordinary": ORDINARY,
    "declared_in_advance": DECLARED_IN_ADVANCE,
    "inland": INLAND,
    "inland_declared_before_entry": INLAND_DECLARED_BEFORE_ENTRY,
    "inland_declared_before_arrival": INLAND_DECLARED_BEFORE_ARRIVAL,
    "collective": COLLECTIVE,
    "two_step": TWO_STEP,
    "lodged_again": LODGED_AGAIN,
    "sold_undeclared": SOLD_UNDECLARED,
    "bonded_sold_at_home": BONDED_SOLD_AT_HOME,
    "relief_disposed": RELIEF_DISPOSED,
    "temporary_kept": TEMPORARY_KEPT,
    "leased": LEASED,
    "breach": BREACH,
}

FACT_MISSING = 0
BY_DECLARATION = 1
BY_CONVEYANCE_ENTRY = 2
BY_ARRIVAL_INLAND = 3
BY_TAX_FORMALITIES = 4
BY_BREACH = 5
BY_DISCOVERY = 6

REASONS = {
    FACT_MISSING: "fact_missing",
    BY_DECLARATION: "declaration",
    BY_CONVEYANCE_ENTRY: "conveyance_entry",
    BY_ARRIVAL_INLAND: "arrival_inland",
    BY_TAX_FORMALITIES: "tax_formalities",
    BY_BREACH: "breach",
    BY_DISCOVERY: "discovery",
}

CITES = {
    (ACCEPTANCE, BY_DECLARATION): "duty-regulations-2003#15",
    (ACCEPTANCE, BY_CONVEYANCE_ENTRY): "duty-regulations-2003#15",
    (ACCEPTANCE, BY_ARRIVAL_INLAND): "duty-regulations-2003#15; gacc-order-124",
    (ACCEPTANCE, BY_TAX_FORMALITIES): "duty-regulations-2003#16",
    (ACCEPTANCE, BY_BREACH): "duty-regulations-2003#17",
    (ACCEPTANCE, BY_DISCOVERY): "duty-regulations-2003#17",
    (COMPLETION, BY_DECLARATION): "tariff-law-2024#20",
    (COMPLETION, BY_CONVEYANCE_ENTRY): "tariff-law-2024#20",
    (COMPLETION, BY_ARRIVAL_INLAND): "gacc-order-272#14",
    (COMPLETION, BY_TAX_FORMALITIES): "tariff-law-2024#21",
    (COMPLETION, BY_BREACH): "tariff-law-2024#22",
    (COMPLETION, BY_DISCOVERY): "tariff-law-2024#22",
}


def _known(day: int, reason: int) -> tuple[int, int]:
    if day == 0:
        return 0, FACT_MISSING
    return day, reason


def governing_day(
    situation: int,
    regime: int,
    declared_on: int,
    conveyance_entry_on: int = 0,
    arrived_inland_on: int = 0,
    formalities_on: int = 0,
    breach_on: int = 0,
    discovered_on: int = 0,
) -> tuple[int, int]:
    """The day whose duty rates apply, and the reason; (0, FACT_MISSING) when the day that decides is not known.

    `declared_on` is the day of acceptance or completion: of the summary declaration in two steps, of each consignment when declarations
    are collected, of the first declaration when one was withdrawn and lodged again.
    """
    if situation == BREACH:
        if breach_on > 0:
            return breach_on, BY_BREACH
        return _known(discovered_on, BY_DISCOVERY)
    if situation in (BONDED_SOLD_AT_HOME, RELIEF_DISPOSED, TEMPORARY_KEPT, LEASED):
        return _known(formalities_on, BY_TAX_FORMALITIES)
    if situation == SOLD_UNDECLARED:
        return _known(conveyance_entry_on, BY_CONVEYANCE_ENTRY)
    if declared_on == 0:
        return 0, FACT_MISSING
    if situation == DECLARED_IN_ADVANCE:
        return _known(conveyance_entry_on, BY_CONVEYANCE_ENTRY)
    if situation == ORDINARY and conveyance_entry_on > declared_on:
        return conveyance_entry_on, BY_CONVEYANCE_ENTRY
    if situation == INLAND_DECLARED_BEFORE_ENTRY and regime == COMPLETION:
        return _known(conveyance_entry_on, BY_CONVEYANCE_ENTRY)
    if situation in (INLAND_DECLARED_BEFORE_ENTRY, INLAND_DECLARED_BEFORE_ARRIVAL):
        return _known(arrived_inland_on, BY_ARRIVAL_INLAND)
    return declared_on, BY_DECLARATION


def exchange_rate_day(regime: int, governing_on: int, reason: int, declared_on: int) -> int:
    """The day whose exchange rate applies: the governing day, but for goods declared in advance under the Tariff Law the declaration's.

    Goods sold undeclared have no declaration and take the conveyance's day for both (gacc-order-272#14).
    """
    if regime == COMPLETION and declared_on > 0 and reason in (BY_CONVEYANCE_ENTRY, BY_ARRIVAL_INLAND):
        return declared_on
    return governing_on


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case. The situation is one of SITUATIONS; days are text."""
    import datetime as dt

    def ordinal(name: str) -> int:
        return day_of(given[name]).toordinal() if name in given else 0

    situation = SITUATIONS[str(given.get("situation", "ordinary"))]
    declared_on = ordinal("first_declared_on") or ordinal("summary_declared_on") or ordinal("declared_on")
    acted_on = (
        ordinal("formalities_on")
        or ordinal("breach_on")
        or ordinal("discovered_on")
        or declared_on
        or ordinal("conveyance_entry_on")
    )
    regime = law.rule("governing_date").at("regime", dt.date.fromordinal(acted_on)).whole()
    day, reason = governing_day(
        situation,
        regime,
        declared_on,
        ordinal("conveyance_entry_on"),
        ordinal("arrived_inland_on"),
        ordinal("formalities_on"),
        ordinal("breach_on"),
        ordinal("discovered_on"),
    )
    if reason == FACT_MISSING:
        return {"reason": REASONS[reason]}
    rate_day = exchange_rate_day(regime, day, reason, declared_on)
    return {
        "governing_on": dt.date.fromordinal(day).isoformat(),
        "exchange_rate_on": dt.date.fromordinal(rate_day).isoformat(),
        "reason": REASONS[reason],
        "because": CITES[regime, reason],
    }
