"""Goods items: name and specification, commodity code, the statutory quantity, vehicles, preferences."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

from tongguan.assessment.quantities import quantity_in
from tongguan.assessment.world import World
from tongguan.declaration.checks.needed import SUMMARY, missing_at
from tongguan.declaration.codes import iso2_of
from tongguan.declaration.shape import Claim, Declaration, Goods
from tongguan.declaration.shipments import UNDETERMINED, quantities_of
from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.findings import Finding
from tongguan.tariff.schedule import UNITS_ZH, Line

BECAUSE = "gacc-2018-60#35"
SAYS_NOTHING = frozenset({
    "配件", "零件", "样品", "货物", "商品", "机器", "设备", "食品", "药品", "化妆品", "塑料", "杂货", "其他", "材料", "产品", "服装", "鞋", "酒", "肉", "水果",
})  # fmt: skip
"""Names under which a hundred codes could stand (gacc-2018-60#35: the name has to be enough to classify)."""
_VIN = re.compile(r"[A-HJ-NPR-Z0-9]{17}")
_CODE = re.compile(r"[0-9]+")
SMALL_CONSIGNMENT = "X"


def check_goods(declaration: Declaration, day: dt.date, world: World, found: list[Finding]) -> None:
    """Every goods item."""
    is_summary = declaration.header.procedure == SUMMARY
    for n, goods in enumerate(declaration.goods):
        path = f"goods[{n}]"
        _name(goods, path, found, is_summary=is_summary)
        line = _code(goods, path, day, world, found, is_summary=is_summary)
        if line is not None and not is_summary:
            _statutory(declaration, goods, line, path, day, world, found)
        _vehicles(goods, path, found)
        _preferences(goods, path, day, world, found)
        if goods.origin == UNDETERMINED:
            found.append(Finding("declaration.origin_undetermined", f"{path}.origin", {}, "gacc-2018-60#40", "warning"))
        if goods.destination_country not in ("", "CHN"):
            found.append(
                Finding(
                    "declaration.destination_abroad", f"{path}.destination_country", {}, "gacc-2018-60#41", "warning"
                )
            )


def _name(goods: Goods, path: str, found: list[Finding], *, is_summary: bool) -> None:
    name = goods.name
    if not name:
        return
    if not any(unicodedata.name(c, "").startswith("CJK") for c in name):
        found.append(Finding("declaration.name_not_chinese", f"{path}.name", {"read": name[:60]}, BECAUSE))
    elif name in SAYS_NOTHING:
        found.append(Finding("declaration.name_too_wide", f"{path}.name", {"read": name}, BECAUSE, "warning"))
    if is_summary:
        return
    if goods.specification and goods.specification == name:
        found.append(Finding("declaration.specification_is_name", f"{path}.specification", {}, BECAUSE, "warning"))
    if not goods.brand_type:
        found.append(missing_at("goods", "brand_type", f"{path}.brand_type"))
    elif goods.brand_type != "0" and not goods.brand:
        found.append(Finding("declaration.brand_not_named", f"{path}.brand", {}, BECAUSE, "warning"))


def _code(
    goods: Goods, path: str, day: dt.date, world: World, found: list[Finding], *, is_summary: bool
) -> Line | None:
    """Ten or thirteen digits that name a line of the day; six are enough in a summary."""
    code = goods.commodity_code
    if not code:
        return None
    place = f"{path}.commodity_code"
    lengths = (6, 8, 10, 13) if is_summary else (10, 13)
    if not _CODE.fullmatch(code) or len(code) not in lengths:
        facts = {"read": code, "digits": ", ".join(str(n) for n in lengths)}
        found.append(Finding("declaration.code_malformed", place, facts, "gacc-2018-60#34"))
        return None
    if len(code) < 8:  # a tariff line has eight digits
        return None
    try:
        return world.schedule.line(code[:8], day)
    except OutOfCoverage as outside:
        retired = outside.code in ("tariff.line_retired", "tariff.line_not_begun")
        found.append(Finding(outside.code, place, outside.facts, "gacc-2018-60#34", "error" if retired else "warning"))
        return None


def _statutory(
    declaration: Declaration, goods: Goods, line: Line, path: str, day: dt.date, world: World, found: list[Finding]
) -> None:
    """The quantity in each statutory unit of the line, given or derived from another."""
    quantities = quantities_of(declaration, goods)
    if not quantities and goods.quantity is None:
        return
    for unit, field in ((line.unit, "first_quantity"), (line.second_unit, "second_quantity")):
        if unit and quantity_in(unit, quantities, line.ct_class, day, world) is None:
            facts = {"code": line.code, "unit_zh": UNITS_ZH.get(unit, unit), "unit_en": unit.replace("_", " ")}
            found.append(Finding("declaration.statutory_quantity_missing", f"{path}.{field}", facts, "gacc-2018-60#36"))


def _vehicles(goods: Goods, path: str, found: list[Finding]) -> None:
    for m, vehicle in enumerate(goods.vehicles):
        if vehicle.vin and not _VIN.fullmatch(vehicle.vin.upper()):
            found.append(
                Finding("declaration.vin_malformed", f"{path}.vehicles[{m}].vin", {"read": vehicle.vin}, BECAUSE)
            )
    if goods.vehicles and goods.quantity is not None and goods.quantity != len(goods.vehicles):
        facts = {"vehicles": str(len(goods.vehicles)), "quantity": format(goods.quantity, "f")}
        found.append(Finding("declaration.vehicles_differ", f"{path}.vehicles", facts, BECAUSE))


def _preferences(goods: Goods, path: str, day: dt.date, world: World, found: list[Finding]) -> None:
    """One claim an item, with its proof, under an agreement that reaches the country."""
    if len(goods.preferences) > 1:
        found.append(Finding("declaration.one_preference", f"{path}.preferences", {}, "gacc-2018-60#31"))
    for m, claim in enumerate(goods.preferences):
        place = f"{path}.preferences[{m}]"
        _proof(claim, place, found)
        iso2 = iso2_of().get(goods.origin, "")
        if iso2 and claim.agreement:
            reached = {c for s, _ in world.origins.schemes_of(iso2, day) for c in (s.scheme, s.code)}
            if claim.agreement not in reached:
                facts = {"agreement": claim.agreement, "origin": goods.origin, "day": day.isoformat()}
                found.append(
                    Finding("declaration.agreement_not_with_origin", f"{place}.agreement", facts, "gacc-2018-60#31")
                )


def _proof(claim: Claim, place: str, found: list[Finding]) -> None:
    if not claim.proof:
        found.append(missing_at("preferences", "proof", f"{place}.proof"))
    elif claim.proof != SMALL_CONSIGNMENT and not claim.number:
        found.append(Finding("declaration.proof_without_number", f"{place}.number", {}, "gacc-2018-60#31"))
