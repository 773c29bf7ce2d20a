"""Supervision mode, nature of levy, levy mode and channel together; the confirmations about the price."""

from __future__ import annotations

import datetime as dt

from tongguan.declaration.checks.needed import SUMMARY, missing_at
from tongguan.declaration.codes import Code, code_table
from tongguan.declaration.shape import Declaration
from tongguan.grammar.citations import instruments
from tongguan.grammar.findings import Finding

ORDINARY_LEVY = "101"
FULL, EXEMPT = "1", "3"
BY_RECORD = frozenset({"502", "503"})
"""Natures of processing trade: their goods enter free of tax under a manual (gacc-2018-60#43)."""
WITHOUT_RECORD = frozenset({"0815", "0644", "0245", "0844", "0845"})
"""Processing modes that are declared without a manual in some cases (gacc-2018-60#7)."""


def check_regime(declaration: Declaration, found: list[Finding]) -> None:
    """Mode, nature and levy mode."""
    header = declaration.header
    mode = code_table("trade_modes").codes.get(header.trade_mode)
    nature = code_table("levy_natures").codes.get(header.levy_nature)
    is_summary = header.procedure == SUMMARY
    if mode is not None and not is_summary:
        _nature(declaration, mode, found)
    if mode is not None and header.channel:
        stands_for = mode.more.get("channel", "")
        if stands_for and stands_for not in (header.channel, "general_trade"):
            facts = {"mode": f"{mode.code} {mode.zh}", "channel": header.channel, "stands_for": stands_for}
            found.append(Finding("declaration.channel_differs", "header.channel", facts, "gacc-2018-60#14"))
    _record(declaration, mode, nature, found)
    for n, goods in enumerate(declaration.goods):
        if nature is not None and goods.levy_mode:
            _levy(nature, goods.levy_mode, f"goods[{n}].levy_mode", found)


def _nature(declaration: Declaration, mode: Code, found: list[Finding]) -> None:
    """The nature of levy goes with the mode; a mode that names none leaves it open."""
    allowed = mode.more.get("natures", "").split()
    nature = declaration.header.levy_nature
    if allowed and not nature:
        found.append(missing_at("header", "levy_nature", "header.levy_nature"))
    elif allowed and nature not in allowed:
        facts = {"mode": f"{mode.code} {mode.zh}", "read": nature, "allowed": ", ".join(allowed)}
        found.append(Finding("declaration.nature_not_with_mode", "header.levy_nature", facts, "gacc-2018-60#15"))


def _record(declaration: Declaration, mode: Code | None, nature: Code | None, found: list[Finding]) -> None:
    """Relief and processing rest on a record."""
    if declaration.header.record_number or declaration.header.procedure == SUMMARY:
        return
    is_relief = nature is not None and nature.more.get("relief") == "yes"
    is_processing = (
        mode is not None and mode.more.get("channel") == "processing_trade" and mode.code not in WITHOUT_RECORD
    )
    if is_relief or is_processing:
        found.append(missing_at("header", "record_number", "header.record_number"))


def _levy(nature: Code, levy: str, path: str, found: list[Finding]) -> None:
    """What is levied on a line agrees with the nature of levy."""
    facts = {"nature": f"{nature.code} {nature.zh}", "levy": f"{levy} {code_table('levy_modes').codes[levy].zh}"}
    if nature.code == ORDINARY_LEVY and levy == EXEMPT:
        found.append(Finding("declaration.levy_not_with_nature", path, facts, "gacc-2018-60#43"))
    elif nature.code in BY_RECORD and levy != EXEMPT:
        found.append(Finding("declaration.levy_not_with_nature", path, facts, "gacc-2018-60#43", "warning"))
    elif nature.more.get("relief") == "yes" and levy == FULL:
        found.append(Finding("declaration.relief_not_used", path, facts, "gacc-2018-60#43", "warning"))


def check_confirmations(declaration: Declaration, day: dt.date, found: list[Finding]) -> None:
    """What is confirmed about the price (gacc-2018-60#44 to #46, gacc-2021-44)."""
    h = declaration.header
    if h.price_influenced and h.special_relationship is False:
        found.append(
            Finding("declaration.influence_without_relationship", "header.price_influenced", {}, "gacc-2018-60#45")
        )
    elif h.price_influenced:
        found.append(
            Finding("declaration.price_influenced", "header.price_influenced", {}, "gacc-2018-60#45", "warning")
        )
    royalties = [n for n, goods in enumerate(declaration.goods) if goods.additions.get("royalties")]
    if h.royalties_paid and not royalties:
        found.append(
            Finding("declaration.royalties_without_amount", "header.royalties_paid", {}, "gacc-2018-60#46", "warning")
        )
    if royalties and h.royalties_paid is False:
        found.append(Finding("declaration.royalties_denied", f"goods[{royalties[0]}].additions", {}, "gacc-2018-60#46"))
    since = instruments()["gacc-2021-44"].in_force_from
    for name in ("formula_price", "provisional_price"):
        if getattr(h, name) is not None and since is not None and day < since:
            facts = {"since": since.isoformat()}
            found.append(Finding("declaration.not_asked_yet", f"header.{name}", facts, "gacc-2021-44", "warning"))
