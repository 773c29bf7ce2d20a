"""Is a declaration fit to be lodged on a day? Every check in the order of the form, all findings at once."""

from __future__ import annotations

import datetime as dt

from tongguan.assessment.world import World, shipped_world
from tongguan.declaration.checks.goods import check_goods
from tongguan.declaration.checks.money import check_costs, check_packages, check_prices
from tongguan.declaration.checks.needed import check_codes, check_needed
from tongguan.declaration.checks.papers import check_attached
from tongguan.declaration.checks.parties import check_parties
from tongguan.declaration.checks.regime import check_confirmations, check_regime
from tongguan.declaration.checks.transport import check_containers, check_days, check_transport
from tongguan.declaration.shape import Declaration
from tongguan.grammar.citations import instruments
from tongguan.grammar.findings import Finding


def check(declaration: Declaration, day: dt.date, world: World | None = None) -> tuple[Finding, ...]:
    """What stands against lodging on `day` (errors) and what to look at again (warnings).

    What the border asks for besides the form itself is told by `check_papers`, from the papers an assessment found.
    """
    world = world or shipped_world()
    found: list[Finding] = []
    first = instruments()["gacc-2018-60"].in_force_from
    if first is not None and day < first:
        facts = {"day": day.isoformat(), "first": first.isoformat()}
        found.append(Finding("declaration.before_the_form", "header", facts, "gacc-2018-60"))
    check_needed(declaration, found)
    check_codes(declaration, found)
    check_parties(declaration, found)
    check_transport(declaration, found)
    check_days(declaration, day, world, found)
    check_packages(declaration, found)
    check_costs(declaration, world, day, found)
    check_containers(declaration, found)
    check_regime(declaration, found)
    check_confirmations(declaration, day, found)
    check_goods(declaration, day, world, found)
    check_prices(declaration, found)
    check_attached(declaration, day, found)
    return tuple(found)
