"""An order of cross-border e-commerce retail (跨境电商零售进口), and the same goods as general trade beside it.

Facts of the shipment (one order of one buyer)
    used_this_year      CNY the buyer has used of the year's amount before this order; for a return, with it
    items_in_order      pieces in the order; read from the quantities when they say it
    supervision_mode    1210, 1239 or 9610; only where a remark of the list asks for it
    return_applied_on, return_arrived_on, released_on   for an order sent back
Facts of an item
    on_positive_list    yes or no: the buyer's or platform's own statement, where we do not hold the line
    keeps_remark        whether the goods keep the remark of the list
    quantity_this_year  what the buyer has had of a limited kind earlier in the year, in the list's unit

Reading  Remedies and additional duties are not levied within the limits: the duty rate of the channel is zero for the time being. At full tax they are.
         A line we do not hold is never taxed as if it were listed: the option waits for the statement, and the answer is a range.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from tongguan.assessment.assess import general_items
from tongguan.assessment.channels import building as b
from tongguan.assessment.channels.asked import Question
from tongguan.assessment.charging import taxes_of
from tongguan.assessment.dutiable import Valued, value_items
from tongguan.assessment.quantities import quantity_in
from tongguan.assessment.result import APPLIES, DISPLACED, NEEDS_EVIDENCE, Assessment, ItemAssessment, Option, Reason
from tongguan.assessment.scenarios import Scenario, Spread, spread
from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.findings import Finding
from tongguan.grammar.money import milli_of, percent_text, quantity_text, yuan, yuan_grouped
from tongguan.law.channels.cross_border_ecommerce import positive_list as lists
from tongguan.law.channels.cross_border_ecommerce import rule

LABEL = ("跨境电商零售进口（限值以内）", "cross-border e-commerce retail, within the limits")
FULL_LABEL = ("跨境电商零售进口（全额征税）", "cross-border e-commerce retail, at full tax")
BASIS = "cross_border_ecommerce"

ENTERS, WAITS, REFUSED = "enters", "waits", "refused"


class Order(NamedTuple):
    """How the order enters, under one combination of what is not known."""

    outcome: int
    reason: Reason
    label_zh: str = ""
    label_en: str = ""


class Listing(NamedTuple):
    """Whether an item may enter by this channel, under one combination of what is not known."""

    verdict: str
    reasons: tuple[Reason, ...] = ()
    label_zh: str = ""
    label_en: str = ""


def assess(q: Question) -> Assessment:
    """The order, item by item."""
    q.accept_retail_facts()
    shipment = b.price_includes_all(q.shipment)
    q.shipment = shipment
    q.at("channels/cross_border_ecommerce/single_limit")
    values = value_items(shipment, q.day, q.dates.exchange_rate_on, q.dates.reference, q.world)
    waived = general_items(b.ordinary(shipment), q.dates, q.world)
    full = general_items(b.ordinary(shipment), q.dates, q.world, waives_small_amounts=False)
    price = sum(v.value or 0 for v in values)
    is_priced = all(v.value is not None for v in values)
    orders = orders_of(q, price) if is_priced else []
    items = [_item(q, n, orders, values[n - 1], waived[n - 1], full[n - 1]) for n in range(1, len(values) + 1)]
    if is_priced:
        _say(q, price, orders, items)
    return b.answer(q, items)


# --- the limits --------------------------------------------------------------------------------------------------------------------


def orders_of(q: Question, price: int) -> list[Order]:
    """How the order enters; more than once when a fact that decides it is not known."""
    single, yearly = (q.at(f"channels/cross_border_ecommerce/{n}_limit") for n in ("single", "yearly"))
    regime = rule.REGIMES[q.at("channels/cross_border_ecommerce/single_item_over_limit").value]
    used, pieces = q.facts.fen("used_this_year"), _pieces(q)
    if used is not None and _is_return(q):
        used = max(0, used - price)
    left = max(0, yearly.fen() - price)
    uses = [(used, "", "")] if used is not None else [
        (0, f"如本年此前已使用不超过 {yuan_grouped(left)} 元", f"if at most {yuan_grouped(left)} CNY was used earlier in the year"),
        (yearly.fen(), f"如本年此前已使用超过 {yuan_grouped(left)} 元", f"if more than {yuan_grouped(left)} CNY was used earlier in the year"),
    ]  # fmt: skip
    counts = (
        [(pieces, "", "")]
        if pieces
        else [(1, "如订单仅一件商品", "if the order holds one piece"), (2, "如订单多于一件", "if it holds more")]
    )
    grid = [[rule.decision(price, n, u, single.fen(), yearly.fen(), regime) for n, _, _ in counts] for u, _, _ in uses]
    if used is None and any(len({row[i] for row in grid}) > 1 for i in range(len(counts))):
        q.missing_fact("used_this_year")
    if not pieces and any(len(set(row)) > 1 for row in grid):
        q.missing_fact("items_in_order")
    found: dict[int, Order] = {}
    for (amount, use_zh, use_en), row in zip(uses, grid, strict=True):
        for (_, count_zh, count_en), outcome in zip(counts, row, strict=True):
            if outcome not in found:
                reason = _order_reason(q, outcome, price, amount if used is not None else None)
                by_count = any(len(set(r)) > 1 for r in grid)
                zh, en = (use_zh, count_zh if by_count else ""), (use_en, count_en if by_count else "")
                found[outcome] = Order(outcome, reason, "；".join(x for x in zh if x), "; ".join(x for x in en if x))
    orders = list(found.values())
    return [orders[0]._replace(label_zh="", label_en="")] if len(orders) == 1 else orders


def _order_reason(q: Question, outcome: int, price: int, used: int | None) -> Reason:
    single, yearly = (q.at(f"channels/cross_border_ecommerce/{n}_limit") for n in ("single", "yearly"))
    share = q.at("channels/cross_border_ecommerce/reduced_share")
    after = yuan_grouped(rule.used_after(outcome, price, used or 0))
    facts = {
        "price": yuan_grouped(price), "single_limit": yuan_grouped(single.fen()), "yearly_limit": yuan_grouped(yearly.fen()), "used_after": after,
        "share": percent_text(share.ppm()), "excess": yuan_grouped(max(0, price - single.fen())), "total": yuan_grouped(price + (used or 0)),
        "left": yuan_grouped(max(0, yearly.fen() - (used or 0))),
    }  # fmt: skip
    unknown = "_if" if used is None else ""
    if outcome == rule.REDUCED_TAX:
        return Reason(f"channels.ecommerce_within_limits{unknown}", share.citation, facts)
    if outcome == rule.FULL_TAX:
        return Reason(
            "channels.ecommerce_single_item_over_limit",
            q.at("channels/cross_border_ecommerce/single_item_over_limit").citation,
            facts,
        )
    if outcome == rule.GENERAL_TRADE_SINGLE_LIMIT:
        return Reason("channels.ecommerce_over_single_limit", single.citation, facts)
    return Reason(f"channels.ecommerce_over_yearly_limit{unknown}", yearly.citation, facts)


def _pieces(q: Question) -> int | None:
    stated = q.facts.whole("items_in_order")
    if stated is not None or len(q.shipment.items) > 1:
        return stated or len(q.shipment.items)
    pieces = quantity_in("piece", q.shipment.items[0].quantities, "", q.day, q.world)
    return None if not pieces else -(-pieces // 1000)


# --- the positive list -------------------------------------------------------------------------------------------------------------


def listings_of(q: Question, number: int) -> list[Listing]:
    """Whether an item stands on the list and keeps its remark; more than once when a fact that decides it is not known."""
    item, facts = q.shipment.items[number - 1], q.item_facts[number - 1]
    path = f"items[{number}].facts"
    stated = facts.yes_no("on_positive_list")
    try:
        line = lists.line_of(item.commodity_code, q.day)
    except OutOfCoverage as error:
        if stated is None:
            q.find(error.code, f"items[{number}].commodity_code", "shangcaifa-2018-486", "warning", **error.facts)
            q.missing_fact("on_positive_list", path)
            return [Listing(WAITS, (Reason(error.code, "shangcaifa-2018-486", error.facts),))]
        code = "channels.ecommerce_listed_by_statement" if stated else "channels.ecommerce_not_listed_by_statement"
        return [Listing(ENTERS if stated else REFUSED, (Reason(code, "shangcaifa-2018-486", error.facts),))]
    kept = facts.yes_no("keeps_remark")
    so_far = facts.milli("quantity_this_year")
    mode = q.facts.choice("supervision_mode", sorted(lists.MODES))
    kind = lists.REMARK_KINDS[line.remark_kind]
    shown = {
        "line": line.code,
        "remark_zh": line.remark_zh,
        "remark_en": line.remark_en,
        "modes": line.modes,
        "mode": mode or "?",
    }
    if kind == lists.REMARK_OF_GOODS and kept is None:
        q.find("channels.ecommerce_remark_open", f"{path}.keeps_remark", line.cites, "warning", **shown)
        q.missing_fact("keeps_remark", path)
        return [Listing(WAITS, (Reason("channels.ecommerce_remark_open", line.cites, shown),))]
    if line.modes and not mode:
        q.missing_fact("supervision_mode")
        return [Listing(WAITS, (Reason("channels.ecommerce_mode_open", line.cites, shown),))]
    if kind == lists.REMARK_OF_QUANTITY:
        return _by_quantity(q, number, line, so_far, path)
    outcome = lists.check(line, mode, lists.KEPT if kept else lists.NOT_KEPT if kept is False else lists.UNSTATED, 0, 0)
    refusals = {
        lists.REFUSED_REMARK: "channels.ecommerce_remark_not_kept",
        lists.REFUSED_MODE: "channels.ecommerce_mode_not_allowed",
    }
    if outcome in refusals:
        return [Listing(REFUSED, (Reason(refusals[outcome], line.cites, shown),))]
    return [Listing(ENTERS)]


def _by_quantity(q: Question, number: int, line: lists.ListedLine, so_far: int | None, path: str) -> list[Listing]:
    """A line limited to a quantity for each person and year: all lines of its group in the order count together."""
    group = 0
    for item in q.shipment.items:
        try:
            other = lists.line_of(item.commodity_code, q.day)
        except OutOfCoverage:
            continue
        if other.limit_group == line.limit_group:
            quantity = quantity_in(line.unit, item.quantities, "", q.day, q.world)
            if quantity is None:
                q.find(
                    "channels.ecommerce_quantity_missing",
                    f"items[{number}].quantities.{line.unit}",
                    line.cites,
                    "warning",
                    line=line.code,
                    unit=line.unit,
                )
                return [
                    Listing(
                        WAITS,
                        (
                            Reason(
                                "channels.ecommerce_quantity_missing",
                                line.cites,
                                {"line": line.code, "unit": line.unit},
                            ),
                        ),
                    )
                ]
            group += quantity
    limit = milli_of(line.limit_quantity)

    def refused(total: int) -> Listing:
        facts = {
            "line": line.code,
            "limit": f"{line.limit_quantity} {line.unit}",
            "total": f"{quantity_text(total)} {line.unit}",
        }
        return Listing(REFUSED, (Reason("channels.ecommerce_yearly_weight_exceeded", line.cites, facts),))

    if so_far is None and group <= limit:
        q.missing_fact("quantity_this_year", path)
        left = quantity_text(limit - group)
        return [
            Listing(
                ENTERS,
                (),
                f"如本年此前所购不超过 {left} {line.unit}",
                f"if at most {left} {line.unit} was bought earlier in the year",
            ),
            refused(limit + group)._replace(
                label_zh=f"如本年此前所购超过 {left} {line.unit}",
                label_en=f"if more than {left} {line.unit} was bought earlier in the year",
            ),
        ]
    if lists.check(line, "", lists.UNSTATED, group, so_far or 0) == lists.REFUSED_WEIGHT:
        return [refused(group + (so_far or 0))]
    return [Listing(ENTERS)]


# --- an item -----------------------------------------------------------------------------------------------------------------------


def _item(
    q: Question, number: int, orders: list[Order], valued: Valued, waived: ItemAssessment, full: ItemAssessment
) -> ItemAssessment:
    item, path = q.shipment.items[number - 1], f"items[{number}]"
    findings: list[Finding] = list(valued.findings)
    usd = q.shipment.exchange_rates.get("USD")
    usd_e4 = None if usd is None else int(usd * 10_000)
    split = spread(
        item, path, q.day, valued.value or 0, usd_e4, valued.is_lower_bound, findings, q.world, is_duty_free=True
    )
    missing = [*valued.missing, *split.missing]
    cases: list[b.Case] = []
    as_goods = False
    is_open = split.is_open_above
    for order in orders:
        for listing in listings_of(q, number) if split.scenarios else []:
            if order.outcome == rule.REDUCED_TAX and listing.verdict != REFUSED:
                found = [_reduced(q, s, order, listing, waived) for s in split.scenarios]
                as_goods = as_goods or listing.verdict == WAITS
            else:
                as_goods = True
                found = [_as_goods(q, split, order, listing, waived, full)]
            cases += [
                c.labelled(listing.label_zh, listing.label_en).labelled(order.label_zh, order.label_en) for c in found
            ]
    if as_goods:
        findings += [f for f in waived.findings if f not in valued.findings]
        missing += waived.missing_facts
    missing += [
        f.path
        for f in q.findings
        if f.code == "channels.fact_missing" and (f.path.startswith(path) or f.path.startswith("facts"))
    ]
    cases = _sent_back(q, cases)
    return b.item_of(
        q,
        number,
        cases,
        value=valued.value,
        steps=valued.steps,
        names=b.names_of(q, number),
        findings=findings,
        missing=missing,
        is_open_above=is_open,
    )


def reduced_option(q: Question, scenario: Scenario, status: str, reasons: tuple[Reason, ...]) -> Option:
    """The item at zero duty and the share of VAT and consumption tax."""
    at = q.at("channels/cross_border_ecommerce/duty_rate_within_limits")
    share = q.at("channels/cross_border_ecommerce/reduced_share")
    known = scenario.known
    duty = b.charge("customs_duty", "ad_valorem", 0, at.citation, (at,), base=known.value, rate=at.ppm())
    charges = [duty, *b.reduced_taxes(known.value, 0, taxes_of(known, q.world), share, q.day, share.citation)]
    return b.option(BASIS, status, LABEL, charges, reasons, rate_text=percent_text(at.ppm()))


def _reduced(q: Question, scenario: Scenario, order: Order, listing: Listing, waived: ItemAssessment) -> b.Case:
    licences = (Reason("channels.general_trade_needs_licences", "shangcaifa-2018-486"),)
    status = APPLIES if listing.verdict == ENTERS else NEEDS_EVIDENCE
    own = reduced_option(q, scenario, status, (*listing.reasons, order.reason))
    case = b.decided([own, *b.beside(waived, licences)])
    return case.labelled(scenario.label_zh, scenario.label_en)


def _as_goods(
    q: Question, split: Spread, order: Order, listing: Listing, waived: ItemAssessment, full: ItemAssessment
) -> b.Case:
    """The order or the item does not enter at the reduced tax: full tax within the channel, or general trade."""
    over_limit = order.outcome in (rule.GENERAL_TRADE_SINGLE_LIMIT, rule.GENERAL_TRADE_YEARLY_LIMIT)
    reasons = (order.reason,) if over_limit else (*listing.reasons, order.reason)
    extra = [
        msgspec.structs.replace(
            reduced_option(q, s, DISPLACED, reasons), condition_zh=s.label_zh, condition_en=s.label_en
        )
        for s in split.scenarios[:1]
    ]
    if order.outcome == rule.FULL_TAX and listing.verdict != REFUSED:
        status = {True: APPLIES, False: NEEDS_EVIDENCE}[listing.verdict == ENTERS]
        own = [
            msgspec.structs.replace(
                o,
                basis=f"{BASIS}_full_tax/{o.basis}",
                label_zh=f"{FULL_LABEL[0]}：{o.label_zh}",
                label_en=f"{FULL_LABEL[1]}: {o.label_en}",
                status=status if o.status == APPLIES else o.status,
                reasons=reasons + o.reasons,
            )
            for o in full.options
            if o.status != DISPLACED
        ]
        licences = (Reason("channels.general_trade_needs_licences", "shangcaifa-2018-486"),)
        options = [*own, *b.beside(waived, licences), *extra]
        if full.applied is not None:
            return b.decided(options)
        return b.Case(tuple(options), full.low, full.high)
    return b.general_case(
        waived, (*reasons, Reason("channels.general_trade_needs_licences", "shangcaifa-2018-486")), extra
    )


# --- returns, and what is said of the order ----------------------------------------------------------------------------------------


def _is_return(q: Question) -> bool:
    return bool(q.facts.text("return_applied_on") or q.facts.text("return_arrived_on"))


def _return_outcome(q: Question) -> int | None:
    """Whether the tax of an order sent back is not levied; None when it is not sent back or its days are not all known."""
    if not _is_return(q):
        return None
    days = {name: q.facts.day(name) for name in ("released_on", "return_applied_on", "return_arrived_on")}
    for name, day in days.items():
        if day is None:
            q.missing_fact(name)
    released, applied, arrived = days.values()
    if released is None or applied is None or arrived is None:
        return None
    limits = [q.at(f"channels/cross_border_ecommerce/return_{n}_days", applied) for n in ("apply", "arrive")]
    outcome = rule.return_outcome(
        released.toordinal(), applied.toordinal(), arrived.toordinal(), limits[0].whole(), limits[1].whole()
    )
    if outcome == rule.RETURN_APPLIED_LATE:
        q.find("channels.ecommerce_return_applied_late", "facts.return_applied_on", limits[0].citation, "warning",
               days=str((applied - released).days), limit=limits[0].value)  # fmt: skip
    elif outcome == rule.RETURN_ARRIVED_LATE:
        q.find("channels.ecommerce_return_arrived_late", "facts.return_arrived_on", limits[1].citation, "warning",
               days=str((arrived - released).days), limit=limits[1].value)  # fmt: skip
    return outcome


def _sent_back(q: Question, cases: list[b.Case]) -> list[b.Case]:
    """Nothing is levied on what this channel let in and what came back in time."""
    if not cases or not _is_return(q):
        return cases
    seen = len(q.findings)
    outcome = _return_outcome(q)
    del q.findings[seen:]
    if outcome != rule.RETURN_ACCEPTED:
        return cases
    because = "gacc-2020-45#3"
    changed = []
    for case in cases:
        applied = next((o for o in case.options if o.status == APPLIES and o.basis.startswith(BASIS)), None)
        if applied is None:
            changed.append(case)
            continue
        charges = tuple(b.not_levied(c, because) for c in applied.charges)
        free = msgspec.structs.replace(
            applied,
            basis=f"{BASIS}_return",
            charges=charges,
            total=0,
            reasons=(Reason("channels.ecommerce_returned", because), *applied.reasons),
        )
        changed.append(b.decided([free]).labelled(case.label_zh, case.label_en))
    return changed


def _say(q: Question, price: int, orders: list[Order], items: list[ItemAssessment]) -> None:
    """The decision, the year's total, and what buyer and platform should know."""
    enters = all(any(o.basis.startswith(BASIS) and o.status == APPLIES for o in i.options) for i in items)
    settled = all(i.applied is not None for i in items) or all(
        o.outcome not in (rule.REDUCED_TAX, rule.FULL_TAX) for o in orders
    )
    if len(orders) == 1 and settled:
        outcome = orders[0].outcome
        used = q.facts.fen("used_this_year")
        returned = _return_outcome(q)
        refused = outcome in (rule.REDUCED_TAX, rule.FULL_TAX) and not enters and all(i.applied for i in items)
        q.decided["decision"] = "reject-general-trade" if refused else rule.DECISIONS[outcome]
        q.decided["reason"] = "not_on_the_list" if refused else rule.REASONS[outcome]
        if used is not None:
            before = max(0, used - price) if _is_return(q) else used
            after = before if refused else rule.used_after(outcome, price, before)
            if returned == rule.RETURN_ACCEPTED:
                after = rule.used_after_return(after, price)
            q.decided["used_after"] = yuan(after)
            yearly = q.at("channels/cross_border_ecommerce/yearly_limit").fen()
            q.decided["left_after"] = yuan(max(0, yearly - after))
        if returned is not None:
            q.decided["return"] = rule.RETURNS[returned]
            q.decided["tax_cancelled"] = "yes" if returned == rule.RETURN_ACCEPTED and enters else "no"
        if outcome in (rule.GENERAL_TRADE_SINGLE_LIMIT, rule.GENERAL_TRADE_YEARLY_LIMIT):
            q.findings.append(
                Finding(orders[0].reason.code, "items", orders[0].reason.facts, orders[0].reason.because, "warning")
            )
    if enters:
        q.find("channels.ecommerce_no_resale", "", "caiguanshui-2018-49", "note")
        q.find("channels.ecommerce_first_import_waived", "", lists.FIRST_IMPORT_WAIVER_CITES, "note")
    for n, item in enumerate(q.shipment.items, start=1):
        known = item.origin is not None and q.world.origins.is_country(item.origin)
        if (
            known
            and q.world.overlays.on(item.commodity_code[:8], item.origin or "", q.day, item.exporter, q.world.origins)
            and any(o.basis == BASIS for o in items[n - 1].options)
        ):
            q.find(
                "channels.ecommerce_additional_duty_not_levied", f"items[{n}].origin", "caiguanshui-2016-18#3", "note"
            )
