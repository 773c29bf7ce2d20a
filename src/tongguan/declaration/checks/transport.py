"""How the goods came: conveyance and mode, countries and ports, containers with their check digit, the days and the period for declaring."""

from __future__ import annotations

import datetime as dt
import re

from stdnum import iso6346

from tongguan.assessment.world import World
from tongguan.declaration.shape import Declaration
from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.findings import Finding
from tongguan.grammar.money import decimal_text
from tongguan.law.surcharges.late_declaration import rule as late_declaration

AIR, INLAND = "5", frozenset({"0", "1", "7", "8", "H", "T", "W", "X", "Y", "Z"})
_FLIGHT = re.compile(r"[A-Z0-9]{2,3}/?[0-9]{1,4}[A-Z]?")
OWN_CODE = 3
"""Letters of a country at the head of a port code."""


def check_transport(declaration: Declaration, found: list[Finding]) -> None:
    """Mode, conveyance, countries and ports."""
    t = declaration.transport
    if t.mode == AIR:
        if t.voyage:
            found.append(Finding("declaration.no_voyage_by_air", "transport.voyage", {}, "gacc-2018-60#10", "warning"))
        if t.conveyance and not _FLIGHT.fullmatch(t.conveyance.upper()):
            facts = {"read": t.conveyance}
            found.append(
                Finding("declaration.not_a_flight", "transport.conveyance", facts, "gacc-2018-60#10", "warning")
            )
        if declaration.containers:
            found.append(Finding("declaration.containers_by_air", "containers", {}, "gacc-2018-60#32", "warning"))
    if t.mode in INLAND and t.departure_country not in ("", "CHN"):
        found.append(Finding("declaration.inland_departure", "transport.departure_country", {}, "gacc-2018-60#20"))
    _ports(declaration, found)


def _ports(declaration: Declaration, found: list[Finding]) -> None:
    """Goods shipped straight come from the country of their port; a stop abroad is for the declarant to explain."""
    t = declaration.transport
    if not t.departure_country or not t.departure_port or t.departure_port[:OWN_CODE] == t.departure_country:
        return
    if t.stopover_port and t.stopover_port[:OWN_CODE] == t.departure_country:
        return
    facts = {"port": t.departure_port, "country": t.departure_country}
    found.append(
        Finding("declaration.port_of_another_country", "transport.departure_port", facts, "gacc-2018-60#20", "warning")
    )


def check_containers(declaration: Declaration, found: list[Finding]) -> None:
    """Container numbers (ISO 6346), the goods items in them, and their weight."""
    seen: dict[str, int] = {}
    items = len(declaration.goods)
    for n, container in enumerate(declaration.containers):
        path = f"containers[{n}]"
        number = container.number
        if number and not iso6346.is_valid(number):
            facts = {"read": number, "expected": _with_check_digit(number)}
            found.append(Finding("declaration.container_number_wrong", f"{path}.number", facts, "gacc-2018-60#32"))
        if number and number in seen:
            facts = {"read": number, "first": str(seen[number] + 1)}
            found.append(Finding("declaration.container_twice", f"{path}.number", facts, "gacc-2018-60#32"))
        seen.setdefault(number, n)
        unknown = [str(item) for item in container.goods if not 1 <= item <= items]
        if unknown:
            facts = {"read": ", ".join(unknown), "last": str(items)}
            found.append(Finding("declaration.no_such_item", f"{path}.goods", facts, "gacc-2018-60#32"))
    weights = [c.weight for c in declaration.containers]
    gross = declaration.packages.gross_weight
    known = [w for w in weights if w is not None]
    if gross is not None and weights and len(known) == len(weights) and sum(known) < gross:
        facts = {"containers": decimal_text(sum(known, start=gross - gross)), "gross": decimal_text(gross)}
        found.append(Finding("declaration.containers_too_light", "containers", facts, "gacc-2018-60#32", "warning"))


def _with_check_digit(number: str) -> str:
    """The number with the digit it should end in; - where it has another shape altogether."""
    body = number[:10].upper()
    if not re.fullmatch(r"[A-Z]{3}[UJZR][0-9]{6}", body):
        return "-"
    return body + str(iso6346.calc_check_digit(body))


def check_days(declaration: Declaration, day: dt.date, world: World, found: list[Finding]) -> None:
    """The order of the days, and the period for declaring."""
    t = declaration.transport
    for earlier, later in (("departed_on", "arrived_on"), ("arrived_on", "unloaded_on")):
        first, second = getattr(t, earlier), getattr(t, later)
        if first and second and second < first:
            facts = {"earlier": first.isoformat(), "later": second.isoformat()}
            found.append(Finding("declaration.days_out_of_order", f"transport.{later}", facts, "gacc-2018-60#5"))
    if t.arrived_on is None:
        if not declaration.header.declared_before_arrival and t.mode not in INLAND:
            found.append(Finding("declaration.arrival_missing", "transport.arrived_on", {}, "gacc-2018-60#5"))
        return
    if t.arrived_on > day:
        if not declaration.header.declared_before_arrival:
            facts = {"arrived": t.arrived_on.isoformat(), "day": day.isoformat()}
            found.append(
                Finding(
                    "declaration.not_arrived_yet", "transport.arrived_on", facts, "duty-regulations-2003#15", "warning"
                )
            )
        return
    if t.mode not in INLAND:
        _period(t.arrived_on, day, world, found)


def _period(arrived: dt.date, day: dt.date, world: World, found: list[Finding]) -> None:
    """Fourteen days from the entry of the conveyance; from the fifteenth a fee runs (customs-law#24)."""
    try:
        days = world.at("surcharges/late_declaration/declaration_days", arrived)
        first = late_declaration.charged_from(arrived, days.whole())
    except OutOfCoverage:
        return
    if day >= first:
        facts = {
            "arrived": arrived.isoformat(),
            "first": first.isoformat(),
            "days": str(late_declaration.days_charged(first.toordinal(), day.toordinal())),
        }
        found.append(Finding("declaration.late", "transport.arrived_on", facts, days.citation, "warning"))
