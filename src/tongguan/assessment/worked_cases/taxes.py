"""Figures of consumption tax and import VAT, of what is too small to be levied, and the totals."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from tongguan.assessment import pipeline
from tongguan.assessment.worked_cases import vocabulary as words
from tongguan.assessment.worked_cases.channels import channel_of, is_reduced, order_of, reduced_share
from tongguan.assessment.worked_cases.duties import commodity_code, overlays_of, value_of
from tongguan.assessment.worked_cases.sheet import Lacking, Sheet, derives
from tongguan.grammar.errors import LawDataError, OutOfCoverage
from tongguan.grammar.money import decimal_text, fen_of, ppm_of, specific_fraction
from tongguan.law.channels.cross_border_ecommerce.rule import reduced_consumption_tax, reduced_import_vat
from tongguan.law.consumption_tax.rule import (
    BY_UNIT_VALUE,
    BY_UNIT_VALUE_IN_USD,
    ClassTerms,
    class_terms,
    consumption_tax,
    is_upper_class,
    tax_classes,
)
from tongguan.law.import_vat.rule import import_vat
from tongguan.law.low_value.rule import highest_waived, payable_after_waiver

FINE = 1_000_000
"""Composite prices go through the rule a million times enlarged, so that they come out unrounded."""
STICKS_IN_A_CARTON = 200
VAT_CLASSES = (
    "standard",
    "reduced",
    "state_council_reduced",
    "drug",
    "rare_disease_drug",
    "exempt",
    "contraceptives",
)


class Terms(NamedTuple):
    """Consumption tax as it applies to the goods in hand: rate, quantity and amount. `is_known` is False where nothing was said of it."""

    rate: int = 0
    quantity: int = 0
    num: int = 0
    den: int = 1
    is_known: bool = True


class Cigarettes(NamedTuple):
    """Cigarettes of the case: the class's terms with the case's own numbers, and how many sticks."""

    terms: ClassTerms
    sticks: int


# --- which terms apply ---


def terms_of(s: Sheet, value: int, duties: int) -> Terms:
    """The rate and amount of consumption tax on goods of a value under duties. The special tests come first, then what is stated, then the line's class."""
    if s.has("ct_rate_import") or s.has("ct_rate_retail_added"):
        return _super_luxury(s, value)
    named = s.text("ct_class").lower()
    if named and named not in tax_classes():
        raise OutOfCoverage("cases.class_not_known", ct_class=named, known=", ".join(tax_classes()))
    if named == "cigarettes" or _are_cigarettes(s):
        cigarettes = cigarettes_of(s)
        upper = _is_upper(cigarettes.terms, value, duties, cigarettes.sticks, 0)
        return _terms(cigarettes.terms, cigarettes.sticks, is_upper=upper)
    if named == "beer" or s.has("usd_per_ton") or s.has("threshold_usd_per_ton"):
        return _beer(s, value)
    if named:
        return _by_class(s, named, value, duties)
    stated = _stated(s, value)
    if stated is not None:
        return stated
    name = _class_of_line(s)
    if name is None:
        return Terms(is_known=False)
    if not name:
        return Terms()
    s.remark("cases.class_from_schedule", "hs", {"hs": commodity_code(s), "ct_class": name})
    return _by_class(s, name, value, duties)


def _class_of_line(s: Sheet) -> str | None:
    """The taxed class of the tariff line stated, empty for an untaxed line; None without a line, or for one that is not held."""
    code = commodity_code(s)
    if not code:
        return None
    try:
        return s.world.schedule.line(code, s.day).ct_class
    except OutOfCoverage:
        s.remark("cases.line_not_held", "hs", {"hs": code, "day": s.day.isoformat()})
        return None


def _terms(terms: ClassTerms, quantity: int, *, is_upper: bool) -> Terms:
    if is_upper:
        return Terms(terms.rate, quantity, terms.num, terms.den)
    return Terms(terms.below_rate, quantity, terms.below_num, terms.below_den)


def _is_upper(terms: ClassTerms, value: int, duties: int, quantity: int, usd_rate_e4: int) -> bool:
    return is_upper_class(
        terms.test, value, duties, quantity, usd_rate_e4, terms.threshold, terms.threshold_per, terms.num, terms.den, terms.below_rate
    )  # fmt: skip


def _class(s: Sheet, name: str) -> ClassTerms:
    terms, used = class_terms(name, s.day, s.world.law)
    for parameter in used:
        s.parameters[parameter.name] = parameter
    return terms


def _super_luxury(s: Sheet, value: int) -> Terms:
    """A car for own use: the rate of its class, and the added rate where its value reaches the threshold of the day."""
    base = s.ppm("ct_rate_import", "ct_rate")
    added = ppm_of(s.given_or_law("ct_rate_retail_added", "consumption_tax/super_luxury_added_rate"))
    own = s.given_or_law(
        "super_luxury_threshold" if s.has("super_luxury_threshold") else "class_threshold",
        "consumption_tax/super_luxury_threshold",
    )
    pieces = s.quantity("piece") or 1000
    is_own_use = s.says("own_use") is not False
    more = pipeline.super_luxury_rate(value, pieces, is_own_use, fen_of(own), added)
    if not more:
        s.remark("cases.added_rate_not_due", "", {"threshold": own, "day": s.day.isoformat()})
    return Terms(base + more)


def _are_cigarettes(s: Sheet) -> bool:
    return (
        s.has("cartons")
        or s.has("sticks")
        or ("ct_specific_cny" in s.case.inputs and s.has("class_threshold"))
        or "test_price" in s.asked
    )


def cigarettes_of(s: Sheet) -> Cigarettes:
    """Cigarettes: one carton of two hundred unless the case says how many; its own amount and threshold for a carton where stated."""
    terms = _class(s, "cigarettes")
    if s.has("sticks"):
        sticks = int(Decimal(s.need("sticks")) * 1000)
    else:
        sticks = int(Decimal(s.stated("cartons", "units") or 1) * STICKS_IN_A_CARTON * 1000)
    amount = s.case.inputs.get("ct_specific_cny")
    if amount is not None:
        s.use("ct_specific_cny")
        law = Decimal(s.law("consumption_tax/cigarettes_amount").value) * STICKS_IN_A_CARTON
        if law != amount:
            s.differs("ct_specific_cny", amount, decimal_text(law), "consumption_tax/cigarettes_amount")
        num, den = specific_fraction(amount, STICKS_IN_A_CARTON)
        terms = terms._replace(num=num, den=den, below_num=num, below_den=den)
    threshold = fen_of(s.given_or_law("class_threshold", "consumption_tax/cigarettes_threshold"))
    return Cigarettes(terms._replace(threshold=threshold), sticks)


def _beer(s: Sheet, value: int) -> Terms:
    """Beer: the class by its price in dollars for each tonne, the amount for each tonne or the litres in it."""
    terms = _class(s, "beer")
    threshold = s.given_or_law("threshold_usd_per_ton", "consumption_tax/beer_threshold")
    litres = s.need_quantity("litre", "beer")
    if s.has("litres_per_ton"):
        s.compare("litres_per_ton", Decimal(s.need("litres_per_ton")), "consumption_tax/beer_litres_per_tonne")
    if s.has("usd_per_ton"):
        if s.has("fx_cny_per_usd"):
            s.stated("fx_cny_per_usd")  # what turned the price into dollars; the price in dollars is stated
        cents = fen_of(s.need("usd_per_ton"))
        tested = terms._replace(test=BY_UNIT_VALUE, threshold=fen_of(threshold), threshold_per=1)
        return _terms(terms, litres, is_upper=_is_upper(tested, cents, 0, 1, 0))
    rate = int(Decimal(s.need("fx_cny_per_usd")) * 10_000)
    return _terms(
        terms, litres, is_upper=_is_upper(terms._replace(threshold=fen_of(threshold)), value, 0, litres, rate)
    )


def _by_class(s: Sheet, name: str, value: int, duties: int) -> Terms:
    """A taxed class of the law by its name. Raises Lacking for a quantity it counts."""
    if name == "cigarettes":
        cigarettes = cigarettes_of(s)
        return _terms(
            cigarettes.terms,
            cigarettes.sticks,
            is_upper=_is_upper(cigarettes.terms, value, duties, cigarettes.sticks, 0),
        )
    if name == "beer":
        return _beer(s, value)
    terms = _class(s, name)
    unit = tax_classes()[name].unit
    if terms.test == BY_UNIT_VALUE and s.has("unit_value_cny"):
        return _price_test(s, terms, value, 1000)
    quantity = _class_quantity(s, unit, name) if unit else 0
    if terms.test == BY_UNIT_VALUE:
        return _price_test(s, terms, value, quantity)
    if terms.test == BY_UNIT_VALUE_IN_USD:
        rate = int(Decimal(s.need("fx_cny_per_usd")) * 10_000)
        return _terms(terms, quantity, is_upper=_is_upper(terms, value, duties, quantity, rate))
    if name.startswith("car_") and s.says("own_use"):
        threshold = s.law("consumption_tax/super_luxury_threshold").fen()
        added = s.law("consumption_tax/super_luxury_added_rate").ppm()
        terms = terms._replace(
            rate=terms.rate + pipeline.super_luxury_rate(value, s.quantity("piece") or 1000, True, threshold, added)
        )
    return _terms(terms, quantity, is_upper=True)


def _class_quantity(s: Sheet, unit: str, name: str) -> int:
    if unit != "millilitre_or_gram":
        return s.need_quantity(unit, name)
    found = s.quantity("millilitre") or s.quantity("g")
    found = found if found is not None else s.quantity(unit)
    if found is None:
        raise Lacking("ml | grams | kg")
    return found


def _price_test(s: Sheet, terms: ClassTerms, value: int, quantity: int) -> Terms:
    """A class with a price test, by the value of each unit; the case's own threshold where stated."""
    if s.has("unit_value_cny"):
        value, quantity = fen_of(s.need("unit_value_cny")), 1000
    if s.has("class_threshold"):
        given = Decimal(s.need("class_threshold"))
        if fen_of(given) * 1000 != terms.threshold * 1_000_000 // terms.threshold_per:
            s.differs(
                "class_threshold",
                given,
                decimal_text(Decimal(terms.threshold) * 10 / terms.threshold_per),
                "consumption_tax",
            )
        terms = terms._replace(threshold=fen_of(given), threshold_per=1000)
    is_upper = _is_upper(terms, value, 0, quantity, 0)
    if not is_upper:
        s.remark(
            "cases.below_price_test",
            "",
            {"threshold": decimal_text(Decimal(terms.threshold) * 10 / terms.threshold_per)},
        )
    return _terms(terms, quantity, is_upper=is_upper)


def _stated(s: Sheet, value: int) -> Terms | None:
    """The rate and amount the case states. A rate of a class with a price test, stated with what the test needs, is put to the test."""
    rate = s.stated("ct_rate")
    found = Terms() if rate is None else Terms(ppm_of(rate))
    amounts = list(s.matching(words.TAX_AMOUNT_FACT.fullmatch))
    if not amounts and s.asked & {"consumption_tax", "consumption_tax_payable"}:
        amounts = [a for a in s.matching(words.SPECIFIC_FACT.fullmatch) if a[1]["word"] is None and "duty" not in a[0]]
        amounts = [] if rate is not None or s.has("ad_valorem") else amounts
    for name, match, amount in amounts:
        s.use(name)
        num, den = specific_fraction(amount)
        unit = words.UNITS[match["unit"]]
        found = found._replace(quantity=s.need_quantity(unit), num=num, den=den)
        _compare_amount(s, name, amount, unit)
    if rate is None and not amounts:
        if "ct_specific_cny" not in s.case.inputs or s.case.inputs["ct_specific_cny"] is None:
            return None
        s.use("ct_specific_cny")
        return found._replace(quantity=1, num=fen_of(s.case.inputs["ct_specific_cny"]), den=1)
    if rate is not None:
        _compare_tax_rate(s, Decimal(rate))
        tested = None if amounts else _tested_class(s, ppm_of(rate))
        if tested is not None:
            terms = _class(s, tested)
            quantity = 1000 if s.has("unit_value_cny") else _class_quantity(s, tax_classes()[tested].unit, tested)
            return _price_test(s, terms._replace(rate=ppm_of(rate)), value, quantity)
    return found


def _tested_class(s: Sheet, rate: int) -> str | None:
    """The class with a price test that a stated rate belongs to, when the case also states what the test needs."""
    is_liquid = s.has("ml") or s.has("grams")
    is_piece = s.has("pieces") or s.has("units")
    by_unit = s.has("unit_value_cny") and s.has("class_threshold")
    if not (is_liquid or is_piece or by_unit):
        return None
    names = ("high_end_cosmetics_liquid",) if is_liquid else ("high_end_watch", "high_end_cosmetics_piece")
    for name in names:
        if is_piece and name == "high_end_cosmetics_piece" and not (s.has("pieces") or s.has("class_threshold")):
            continue
        if _class(s, name).rate == rate:
            return name
    return None


def _compare_tax_rate(s: Sheet, given: Decimal) -> None:
    """Remark where no class of the day has the rate stated."""
    held = _values_of(s, "rate")
    if given and held and given not in held:
        s.differs("ct_rate", given, ", ".join(decimal_text(v) for v in sorted(held)), "consumption_tax")


def _compare_amount(s: Sheet, name: str, given: Decimal, unit: str) -> None:
    """Remark where no class of the day has the amount for each unit stated."""
    held = _values_of(s, "amount")
    if unit in ("litre", "tonne") and held and given not in held:
        s.differs(name, given, ", ".join(decimal_text(v) for v in sorted(held)), "consumption_tax")


def _values_of(s: Sheet, ending: str) -> set[Decimal]:
    found = set()
    for name in s.world.law.rule("consumption_tax").parameters:
        if name.endswith(ending):
            try:
                found.add(Decimal(s.world.at(f"consumption_tax/{name}", s.day).value))
            except OutOfCoverage:
                continue
    return found


# --- the taxes ---


class Base(NamedTuple):
    """What consumption tax and VAT are levied on: the value and the duties on it."""

    value: int
    duties: int


def base_of(s: Sheet) -> Base:
    """The base of the two taxes in the channel of the case. Raises Lacking."""
    channel = channel_of(s)
    if channel == "ecommerce":
        return Base(order_of(s).price, s.money("duty"))
    if channel == "border":
        return Base(s.money("taxable"), s.money("duty"))
    if channel == "articles":
        raise Lacking("customs_value_cny")
    return Base(value_of(s), s.money("duty") + (0 if s.has("highest_measure_rate") else sum(overlays_of(s).values())))


def _is_by_quantity_alone(s: Sheet) -> bool:
    """Whether the tax depends on the quantity only, so that neither value nor duty is needed."""
    return (
        not s.has("ct_rate") and not s.has("customs_value_cny") and not s.has("price") and not s.has("actual_price_cny")
    )


def _base_for_tax(s: Sheet) -> Base:
    try:
        return base_of(s)
    except Lacking:
        if not _is_by_quantity_alone(s):
            raise
        return Base(0, 0)


def tax_on(s: Sheet, base: Base, terms: Terms) -> int:
    """Consumption tax in full, or the share levied in the channel."""
    if is_reduced(s):
        share = Fraction(reduced_share(s))
        return reduced_consumption_tax(
            base.value + base.duties,
            terms.rate,
            terms.quantity,
            terms.num,
            terms.den,
            share.numerator,
            share.denominator,
        )
    return consumption_tax(base.value + base.duties, terms.rate, terms.quantity, terms.num, terms.den)


@derives("consumption_tax")
def consumption_tax_on_goods(s: Sheet) -> int:
    """Consumption tax on value, duties and quantity."""
    base = _base_for_tax(s)
    terms = terms_of(s, base.value, base.duties)
    if not terms.is_known:
        if "consumption_tax" in s.asked:
            raise Lacking("ct_rate | ct_specific_cny_per_l | ct_class | hs")
        return 0
    if terms.rate and not base.value and channel_of(s) not in ("border", "ecommerce"):
        value_of(s)  # says what is missing
    return tax_on(s, base, terms)


@derives("ct_rate")
def rate_of_consumption_tax(s: Sheet) -> Fraction:
    """The rate that applies after the price test."""
    base = base_of(s)
    terms = terms_of(s, base.value, base.duties)
    if not terms.is_known:
        raise Lacking("ct_class | class_threshold | hs")
    return Fraction(terms.rate, 1_000_000)


@derives("test_price", when=_are_cigarettes)
def test_price_of_cigarettes(s: Sheet) -> Fraction:
    """The composite price of a carton at the lower rate, which chooses the class; unrounded."""
    base, cigarettes = base_of(s), cigarettes_of(s)
    terms = cigarettes.terms
    whole = (base.value + base.duties) * FINE
    tax = consumption_tax(whole, terms.below_rate, cigarettes.sticks, terms.num * FINE, terms.den)
    return Fraction(whole + tax, FINE * 100) * STICKS_IN_A_CARTON * 1000 / cigarettes.sticks


@derives("composite_price")
def composite_taxable_price(s: Sheet) -> int:
    """Value, duties and consumption tax."""
    base = base_of(s)
    return base.value + base.duties + s.money("consumption_tax")


@derives("vat_rate")
def rate_of_import_vat(s: Sheet) -> Fraction:
    """The VAT rate of the goods' class on the day."""
    return Fraction(_vat_ppm(s), 1_000_000)


def _vat_class(s: Sheet) -> str:
    if s.has("vat_class"):
        return s.choice("vat_class", VAT_CLASSES)
    code = commodity_code(s)
    try:
        return s.world.schedule.line(code, s.day).vat_class if code else ""
    except OutOfCoverage:
        return ""


def _vat_ppm(s: Sheet) -> int:
    given = s.stated("vat_rate")
    name = _vat_class(s)
    if given is None:
        if not name:
            raise Lacking("vat_rate | hs | vat_class")
        return s.law(f"import_vat/{name}_rate").ppm()
    ours = {}
    for known in (name,) if name in VAT_CLASSES else VAT_CLASSES:
        try:
            ours[known] = s.world.at(f"import_vat/{known}_rate", s.day)
        except (OutOfCoverage, LawDataError):
            continue
    found = next((p for p in ours.values() if Decimal(p.value) == given), None)
    if found is not None:
        s.parameters[found.name] = found
    elif ours:
        s.differs("vat_rate", Decimal(given), ", ".join(f"{n} {p.value}" for n, p in ours.items()), "import_vat")
    return ppm_of(given)


@derives("vat")
def import_vat_on_goods(s: Sheet) -> int:
    """Import VAT in full, or the share levied in the channel."""
    base = base_of(s)
    if not base.value and channel_of(s) == "border":
        return 0
    rate = _vat_ppm(s)
    if is_reduced(s):
        terms = terms_of(s, base.value, base.duties)
        share = Fraction(reduced_share(s))
        return reduced_import_vat(
            base.value + base.duties, terms.rate, terms.quantity, terms.num, terms.den, rate, share.numerator, share.denominator
        )  # fmt: skip
    return import_vat(base.value, base.duties, s.money("consumption_tax"), rate)


# --- small amounts, totals ---


def _payable(s: Sheet, tax: str, amount: int) -> int:
    limit = fen_of(s.given_or_law("waiver_limit_cny", f"low_value/{tax}_limit"))
    is_inclusive = s.law(f"low_value/{tax}_limit_is_inclusive").whole() == 1
    return payable_after_waiver(amount, highest_waived(limit, is_inclusive))


@derives("duty_payable")
def duty_after_waiver(s: Sheet) -> int:
    """The duty, unless it is small enough not to be levied."""
    return _payable(s, "customs_duty", s.money("duty"))


def _base_after_waiver(s: Sheet) -> Base:
    keeps = s.law("low_value/vat_base_keeps_waived_duty").whole() == 1
    duty = s.money("duty") if keeps else s.money("duty_payable")
    return Base(value_of(s), duty + sum(overlays_of(s).values()))


@derives("consumption_tax_payable")
def consumption_tax_after_waiver(s: Sheet) -> int:
    """The consumption tax, unless it is small enough."""
    base = _base_after_waiver(s)
    terms = terms_of(s, base.value, base.duties)
    if not terms.is_known and "consumption_tax_payable" in s.asked:
        raise Lacking("ct_rate | ct_class | hs")
    return _payable(s, "consumption_tax", tax_on(s, base, terms))


@derives("vat_payable")
def vat_after_waiver(s: Sheet) -> int:
    """The VAT, unless it is small enough; its base holds the duty that is levied, and the consumption tax even when that is waived."""
    base = _base_after_waiver(s)
    tax = tax_on(s, base, terms_of(s, base.value, base.duties))
    vat = import_vat(base.value, base.duties, tax, _vat_ppm(s))
    return _payable(s, "import_vat", vat)


@derives("total_payable")
def total_after_waivers(s: Sheet) -> int:
    """Everything that is levied in the end."""
    return (
        s.money("duty_payable")
        + sum(overlays_of(s).values())
        + s.money("consumption_tax_payable")
        + s.money("vat_payable")
    )


@derives("total_tax")
def total_of_taxes(s: Sheet) -> int:
    """Duty, what is laid over it, consumption tax and VAT."""
    overlays = 0 if s.has("highest_measure_rate") else sum(overlays_of(s).values())
    return s.money("duty") + overlays + s.money("consumption_tax") + s.money("vat")


@derives("landed_cost")
def value_with_taxes(s: Sheet) -> int:
    """The value and every tax on it."""
    return base_of(s).value + s.money("total_tax")
