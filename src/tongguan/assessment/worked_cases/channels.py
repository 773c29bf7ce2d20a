"""Figures of the special channels: e-commerce, articles and travellers, Hainan, border trade, exhibits; and goods whose duty is of another kind."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from tongguan.assessment.worked_cases.sheet import Lacking, Sheet, derives, has
from tongguan.grammar.days import months_begun
from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.money import fen_of, ppm_of, yuan
from tongguan.law.channels.border_trade.rule import NEVER_FREE, kind_of, taxed_amount
from tongguan.law.channels.cross_border_ecommerce import rule as ecommerce
from tongguan.law.channels.exhibition import rule as exhibition
from tongguan.law.channels.offshore_duty_free.rule import free_part
from tongguan.law.channels.personal_articles.rule import articles_tax, payable_tax
from tongguan.law.channels.travellers.rule import allowance_on, taxed_value
from tongguan.law.customs_duty.ad_valorem.rule import ad_valorem_duty
from tongguan.law.duty_relief.rule import written_down_value
from tongguan.law.temporary_admission.rule import proportional_duty

MEDICINE = "medicine"
CATEGORIES = ("1", "2", "3", MEDICINE)
"""Categories of the tax on articles; medicines changed theirs in 2018."""


def channel_of(s: Sheet) -> str:
    """The channel the facts speak of; the group decides only where they leave it open."""
    if s.has("actual_price_cny") or s.group_is("cbec"):
        return "ecommerce"
    if (
        s.has("article_tax_rate")
        or (s.has("yearly_limit") and (s.has("price_cny") or s.has("price")))
        or s.group_is("hainan")
    ):
        return "offshore"
    if s.has("daily_limit") or s.group_is("border-trade"):
        return "border"
    if s.has("factor") or s.has("exhibitor_amount") or s.group_is("ciie"):
        return "exhibition"
    if s.has("full_duty") or s.group_is("temporary-import"):
        return "temporary"
    if s.has("category") or s.group_is("personal-articles"):
        return "articles"
    if s.has("value_cny") and not s.has("customs_value_cny") and ("tax" in s.asked or s.has("allowance")):
        return "articles"
    return "general"


# --- cross-border e-commerce ---


class Order(NamedTuple):
    """An order: its price, and how it enters."""

    price: int
    outcome: int
    used: int


def order_of(s: Sheet) -> Order:
    """How an order enters (channels/cross_border_ecommerce). Raises Lacking or OutOfCoverage."""
    price = s.fen("actual_price_cny", "order_price", "price_cny")
    rule = "channels/cross_border_ecommerce"
    single = fen_of(s.given_or_law("single_limit", f"{rule}/single_limit"))
    yearly = fen_of(s.given_or_law("yearly_limit", f"{rule}/yearly_limit"))
    regime = ecommerce.REGIMES[s.law(f"{rule}/single_item_over_limit").value]
    items = s.stated("items_in_order")
    if items is None and price > single and regime == ecommerce.FULL_TAX_REGIME:
        raise Lacking("items_in_order")
    used = s.fen_or("used_this_year")
    outcome = ecommerce.decision(price, 1 if items is None else int(items), used, single, yearly, regime)
    return Order(price, outcome, used)


@derives("decision", when=has("actual_price_cny", "items_in_order"))
def decision_on_an_order(s: Sheet) -> str:
    """Reduced tax, full tax, or general trade."""
    return ecommerce.DECISIONS[order_of(s).outcome]


def _is_return(s: Sheet) -> bool:
    return s.has("return_application")


def _return_outcome(s: Sheet) -> int:
    released, applied, back = (s.day_of(fact) for fact in ("release_date", "return_application", "goods_back"))
    rule = "channels/cross_border_ecommerce"
    days = [s.law(f"{rule}/{name}", applied).whole() for name in ("return_apply_days", "return_arrive_days")]
    return ecommerce.return_outcome(released.toordinal(), applied.toordinal(), back.toordinal(), *days)


@derives("tax_cancelled", when=_is_return)
def is_tax_of_a_return_cancelled(s: Sheet) -> bool:
    """Whether the tax of returned goods is not levied."""
    return _return_outcome(s) == ecommerce.RETURN_ACCEPTED


@derives("used_after", when=_is_return)
def used_after_a_return(s: Sheet) -> int:
    """The year's total after a return, accepted or not."""
    used = s.fen("used_this_year")
    price = s.fen("order_price", "actual_price_cny", "price_cny")
    return ecommerce.used_after_return(used, price) if _return_outcome(s) == ecommerce.RETURN_ACCEPTED else used


@derives("used_after", when=has("actual_price_cny", "items_in_order"))
def used_after_an_order(s: Sheet) -> int:
    """The year's total after an order."""
    order = order_of(s)
    s.need("used_this_year")
    return ecommerce.used_after(order.outcome, order.price, order.used)


@derives("duty", when=lambda s: channel_of(s) == "ecommerce")
def duty_of_an_order(s: Sheet) -> int:
    """Within the limits the rate of this channel, nothing for the time being; above them the goods' own."""
    order = order_of(s)
    if order.outcome == ecommerce.REDUCED_TAX:
        rate = s.given_or_law("duty_rate_applied", "channels/cross_border_ecommerce/duty_rate_within_limits")
        return ad_valorem_duty(order.price, ppm_of(rate))
    if order.outcome != ecommerce.FULL_TAX:
        s.remark("cases.taxed_as_general_trade", "", {"price": yuan(order.price)}, "warning")
    return ad_valorem_duty(order.price, own_rate(s))


def own_rate(s: Sheet) -> int:
    """The duty rate of the goods themselves, as stated or by their line. Raises Lacking."""
    from tongguan.assessment.worked_cases.duties import chosen_rate

    return chosen_rate(s).rate.ppm


# --- exhibits ---


def is_relieved(s: Sheet) -> bool:
    """Whether an exhibit sold at the fair is relieved as a whole. Raises OutOfCoverage for another fair."""
    fair = s.text("fair") or "CIIE"
    if fair.upper() != "CIIE":
        raise OutOfCoverage("channels.fair_not_encoded", fair=fair, day=s.day.isoformat())
    left = 1
    if s.has("exhibitor_amount"):
        left = s.fen("exhibitor_amount") - s.fen_or("sold_before") - s.money("customs_value_cny") + 1
    day = s.case.date
    if day is None:
        return left > 0
    first, last = (
        int(s.law(f"channels/exhibition/fair_{which}_day").value.replace("-", "")) for which in ("first", "last")
    )
    outcome = exhibition.outcome(day.month * 100 + day.day, first, last, False, left)
    if outcome != exhibition.RELIEVED:
        s.remark("cases.exhibit_taxed_as_usual", "", {"reason": exhibition.OUTCOMES[outcome]}, "warning")
    return outcome == exhibition.RELIEVED


@derives("duty", when=lambda s: channel_of(s) == "exhibition")
def duty_on_an_exhibit(s: Sheet) -> int:
    """Nothing for an exhibit that is relieved, else the usual duty."""
    value = s.money("customs_value_cny")
    if is_relieved(s):
        return ad_valorem_duty(value, s.law("channels/exhibition/duty_rate").ppm())
    return ad_valorem_duty(value, own_rate(s))


def reduced_share(s: Sheet) -> Decimal:
    """The share of the taxes levied in a channel that reduces them."""
    rule = "cross_border_ecommerce" if channel_of(s) == "ecommerce" else "exhibition"
    return Decimal(s.given_or_law("factor", f"channels/{rule}/reduced_share"))


def is_reduced(s: Sheet) -> bool:
    """Whether the taxes of the case are levied in part only."""
    channel = channel_of(s)
    if channel == "ecommerce":
        return order_of(s).outcome == ecommerce.REDUCED_TAX
    return channel == "exhibition" and is_relieved(s)


# --- border trade ---


@derives("taxable", when=lambda s: channel_of(s) == "border")
def taxable_at_the_border(s: Sheet) -> int:
    """What of a day's exchange lies above the limit of the person."""
    value = s.fen("value_cny", "customs_value_cny")
    code = s.text("hs")
    if code and kind_of(code)[0] == NEVER_FREE:
        return value
    limit = fen_of(s.given_or_law("daily_limit", "channels/border_trade/daily_limit"))
    return taxed_amount(value, s.fen_or("used_today"), limit * int(s.stated("persons") or 1))


@derives("duty", when=lambda s: channel_of(s) == "border")
def duty_at_the_border(s: Sheet) -> int:
    """Duty on what is taxable."""
    taxable = s.money("taxable")
    return ad_valorem_duty(taxable, own_rate(s)) if taxable else 0


# --- articles and travellers ---


def _is_traveller(s: Sheet) -> bool:
    return any(s.has(fact) for fact in ("allowance", "resident", "port", "frequent", "age"))


def _article_rate(s: Sheet) -> int:
    """The rate of the tax on articles: as stated and compared with the category's, or the category's. Raises Lacking."""
    category = s.choice("category", CATEGORIES) if s.has("category") else None
    if category == MEDICINE:
        category = s.law("channels/personal_articles/medicine_category").value
    parameter = f"channels/personal_articles/category_{category}_rate"
    for fact in ("rate", "article_tax_rate"):
        if s.has(fact):
            given = Decimal(s.need(fact))
            if category is not None:
                s.compare(fact, given, parameter)
            else:
                _compare_article_rate(s, fact, given)
            return ppm_of(given)
    if category is None:
        raise Lacking("rate | category")
    return s.law(parameter).ppm()


def _compare_article_rate(s: Sheet, fact: str, given: Decimal) -> None:
    try:
        ours = [s.world.at(f"channels/personal_articles/category_{n}_rate", s.day).value for n in (1, 2, 3)]
    except OutOfCoverage:
        return
    if given not in {Decimal(rate) for rate in ours}:
        s.differs(fact, given, ", ".join(ours), "channels/personal_articles")


def _traveller_excess(s: Sheet) -> int:
    value = s.fen("value_cny")
    if s.has("allowance"):
        allowance = s.fen("allowance")
    else:
        resident = s.says("resident")
        facts: dict[str, object] = {"date": s.day.isoformat(), "from": s.text("from"), "port": s.text("port")}
        facts |= {
            "non_resident": "yes" if resident is False else "no",
            "frequent": "yes" if s.says("frequent") else "no",
        }
        if s.has("age"):
            facts["age"] = s.whole("age")
        allowance = allowance_on(facts, s.world.law)
    if s.has("indivisible_value"):
        single = s.fen("indivisible_value")
        return taxed_value(max(value - single, 0), single, allowance, 0)
    return taxed_value(0, value, allowance, 0) if s.says("indivisible") else taxed_value(value, 0, allowance, 0)


@derives("taxable", "excess", when=lambda s: channel_of(s) == "articles" and _is_traveller(s))
def traveller_excess(s: Sheet) -> int:
    """The value that bears tax."""
    return _traveller_excess(s)


@derives("tax", "articles_tax", when=lambda s: channel_of(s) == "articles" and _is_traveller(s))
def tax_of_a_traveller(s: Sheet) -> int:
    """The tax on what a traveller brings in above the allowance."""
    excess = _traveller_excess(s)
    return articles_tax(excess, _article_rate(s)) if excess else 0


@derives("tax", "articles_tax", when=lambda s: channel_of(s) == "articles" and not _is_traveller(s))
def tax_of_a_parcel(s: Sheet) -> int:
    """The tax on posted articles; not levied up to the law's amount."""
    value = s.fen("value_cny", "customs_value_cny")
    near = s.text("from").upper() in {"HK", "MO", "TW"}
    limit = s.law(f"channels/personal_articles/parcel_limit_{'hk_mo_tw' if near else 'elsewhere'}").fen()
    if value > limit and not s.says("indivisible"):
        s.remark("cases.parcel_above_limit", "", {"value": yuan(value), "limit": yuan(limit)}, "warning")
    free = fen_of(s.given_or_law("free_tax", "channels/personal_articles/free_tax"))
    return payable_tax(articles_tax(value, _article_rate(s)), free)


# --- Hainan ---


def _offshore(s: Sheet) -> tuple[int, int]:
    price = s.fen("price_cny", "price", "value_cny")
    line = s.law("channels/offshore_duty_free/single_article_line").value
    if line != "none" and price > fen_of(line):
        raise OutOfCoverage(
            "channels.offshore_single_article_not_encoded", day=s.day.isoformat(), price=yuan(price), line=line
        )
    yearly = fen_of(s.given_or_law("yearly_limit", "channels/offshore_duty_free/yearly_amount"))
    return price, free_part(price, s.fen_or("used_this_year"), yearly)


@derives("duty_free_part", when=lambda s: channel_of(s) == "offshore")
def free_part_offshore(s: Sheet) -> int:
    """The part of a purchase within the year's amount."""
    return _offshore(s)[1]


@derives("excess", "taxable", when=lambda s: channel_of(s) == "offshore")
def excess_offshore(s: Sheet) -> int:
    """The part above it."""
    price, free = _offshore(s)
    return price - free


@derives("tax", "articles_tax", when=lambda s: channel_of(s) == "offshore")
def tax_offshore(s: Sheet) -> int:
    """The tax on articles on the part above the year's amount."""
    price, free = _offshore(s)
    return articles_tax(price - free, _article_rate(s)) if price > free else 0


# --- relief and temporary goods ---


@derives("taxable_value", when=has("original_value"))
def value_written_down(s: Sheet) -> int:
    """The value of relief goods disposed of within the years of supervision."""
    months = s.stated("months_elapsed")
    if months is None:
        months = months_begun(s.day_of("release_date").toordinal(), s.day_of("disposed").toordinal())
    kind = s.text("goods_kind").lower() or "other"
    kind = "ship_or_aircraft" if any(word in kind for word in ("ship", "aircraft", "vessel")) else kind
    kind = (
        "vehicle" if any(word in kind for word in ("vehicle", "car", "truck")) and kind != "ship_or_aircraft" else kind
    )
    parameter = f"duty_relief/{kind if kind in ('ship_or_aircraft', 'vehicle') else 'other'}_years"
    years = s.stated("supervision_years")
    if years is None:
        years = s.law(parameter).whole()
    elif s.has("goods_kind"):
        s.compare("supervision_years", Decimal(years), parameter)
    return written_down_value(s.fen("original_value"), int(months), int(years))


def _months_of_stay(s: Sheet) -> int:
    months = s.stated("months")
    if months is not None:
        return int(months)
    return months_begun(s.day_of("release_date").toordinal(), s.day_of("left_on").toordinal())


def _full_duty(s: Sheet) -> int:
    if s.has("full_duty"):
        return s.fen("full_duty")
    return ad_valorem_duty(s.money("customs_value_cny"), own_rate(s))


@derives("duty", when=lambda s: channel_of(s) == "temporary")
def duty_of_a_stay(s: Sheet) -> int:
    """A part of the full duty for each month."""
    return proportional_duty(_full_duty(s), _months_of_stay(s), s.law("temporary_admission/taxed_months").whole())


@derives("duty_remaining", when=lambda s: channel_of(s) == "temporary")
def duty_still_open(s: Sheet) -> int:
    """What remains to be paid when the goods stay."""
    return _full_duty(s) - s.money("duty")
