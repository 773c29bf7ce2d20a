"""A purchase in Hainan's offshore duty-free shops (海南离岛旅客免税购物), and residents' zero-tariff daily goods.

Facts of the shipment (one purchase of one buyer)
    used_this_year     CNY already used of the year's amount
    age                completed years
    leaves_for_abroad  yes when the buyer leaves the island for abroad; taken as no unless said
    daily_goods        yes for daily goods of a resident of Hainan in the named shops
Facts of an item
    category           1, 2, 3 or medicine: the tax on what exceeds the amount
    goods, bought      cosmetics or telephones with the pieces, alcohol_ml with the millilitres of this purchase

Reading  Items use the year's amount in the order they are listed. What exceeds a quantity bears the tax and does not use the amount.
"""

from __future__ import annotations

from tongguan.assessment.channels import articles
from tongguan.assessment.channels import building as b
from tongguan.assessment.channels.asked import Question
from tongguan.assessment.result import APPLIES, Assessment, Reason
from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.money import fen_of, half_up, yuan, yuan_grouped
from tongguan.law.channels.offshore_duty_free import rule

BASIS = "offshore_duty_free"
LABEL = ("离岛免税购物：超出额度部分征进口税", "offshore duty-free purchase: tax on what exceeds the amount")
LIMITED = ("cosmetics", "telephones", "alcohol_ml")


def assess(q: Question) -> Assessment:
    """The purchase, item by item."""
    q.shipment = b.price_includes_all(q.shipment)
    values = articles.values_of(q)
    daily = bool(q.facts.yes_no("daily_goods"))
    yearly = q.at(f"channels/offshore_duty_free/{'residents_daily_goods_yearly_amount' if daily else 'yearly_amount'}")
    if not daily and not _may_buy(q):
        return b.answer(q, [])
    used = q.facts.fen("used_this_year")
    if used is None:
        q.missing_fact("used_this_year")
    supposed = [(used, "", "")] if used is not None else [
        (0, "如本年额度尚未使用", "if nothing of the year's amount was used"), (yearly.fen(), "如本年额度已用完", "if the year's amount is used up"),
    ]  # fmt: skip
    cases: list[list[b.Case]] = [[] for _ in values]
    for before, zh, en in supposed:
        running = before or 0
        for n, valued in enumerate(values):
            value = valued.value
            if value is None:
                continue
            line = q.at("channels/offshore_duty_free/single_article_line").value
            if not daily and line != "none" and value > fen_of(line):
                raise OutOfCoverage(
                    "channels.offshore_single_article_not_encoded", day=q.day.isoformat(), price=yuan(value), line=line
                )
            beyond = _beyond_quantity(q, n, value)
            free = rule.free_part(value - beyond, running, yearly.fen())
            facts = {
                "left": yuan_grouped(max(0, yearly.fen() - running)), "free": yuan_grouped(free), "excess": yuan_grouped(value - free),
                "amount": yuan_grouped(yearly.fen()),
            }  # fmt: skip
            running += free
            code = "channels.offshore_within_amount" if free == value else "channels.offshore_over_yearly_amount"
            reasons = [Reason(code, yearly.citation, facts)]
            if beyond:
                reasons.insert(
                    0, Reason("channels.offshore_over_quantity", yearly.citation, {"excess": yuan_grouped(beyond)})
                )
            for rate in articles.rates_of(q, n + 1) if value > free else articles.rates_of(q, n + 1)[:1]:
                tax = articles.tax_of(value - free, rate.rate)
                one = b.option(BASIS, APPLIES, LABEL, [tax], reasons, rate_text=rate.text)
                labels = (rate.label_zh, rate.label_en) if value > free else ("", "")
                cases[n].append(b.decided([one]).labelled(*labels).labelled(zh, en))
        if used is not None:
            q.decided["used_after"] = yuan(running)
            q.decided["duty_free_part"] = yuan(running - used)
            q.decided["excess"] = yuan(sum(v.value or 0 for v in values) - (running - used))
    items = []
    for n, valued in enumerate(values, start=1):
        missing = [
            *valued.missing,
            *(
                f.path
                for f in q.findings
                if f.code == "channels.fact_missing" and f.path.startswith((f"items[{n}]", "facts"))
            ),
        ]
        items.append(
            b.item_of(
                q,
                n,
                cases[n - 1],
                value=valued.value,
                steps=valued.steps,
                names=b.names_of(q, n),
                findings=valued.findings,
                missing=missing,
            )
        )
    q.find("channels.offshore_no_resale", "", yearly.citation, "note")
    return b.answer(q, items)


def _may_buy(q: Question) -> bool:
    """Whether the person may buy; an age nobody stated is asked for and does not stop the answer."""
    lowest, abroad = (q.at(f"channels/offshore_duty_free/{n}") for n in ("lowest_age", "travellers_leaving_for_abroad"))
    age, leaves = q.facts.whole("age"), bool(q.facts.yes_no("leaves_for_abroad"))
    if age is None:
        q.find("channels.offshore_age_unstated", "facts.age", lowest.citation, "warning", age=lowest.value)
    who = rule.buyer(lowest.whole() if age is None else age, leaves, lowest.whole(), abroad.value == "yes")
    q.decided["buyer"] = rule.BUYERS[who]
    if who == rule.TOO_YOUNG:
        q.find("channels.offshore_too_young", "facts.age", lowest.citation, "error", age=lowest.value)
    elif who == rule.LEAVES_FOR_ABROAD:
        q.find(
            "channels.offshore_leaves_for_abroad",
            "facts.leaves_for_abroad",
            abroad.citation,
            "error",
            day=q.day.isoformat(),
        )
    return who == rule.MAY_BUY


def _beyond_quantity(q: Question, n: int, value: int) -> int:
    """The value of pieces or millilitres beyond the limit of one purchase."""
    facts = q.item_facts[n]
    goods, bought = facts.choice("goods", LIMITED), facts.whole("bought")
    if not goods or not bought:
        return 0
    limit = q.at(f"channels/offshore_duty_free/limit_of_{goods}").whole()
    return half_up(value * rule.quantity_above(bought, limit), bought)
