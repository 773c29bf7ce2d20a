"""Exhibits sold at the China International Import Expo (中国国际进口博览会展期内销售的进口展品).

Law      caiguanshui-ciie-2018, caiguanshui-2019-36, from the third expo on caiguanshui-2020-38: a reasonable number of exhibits sold during the fair
         bear no customs duty, and 70 % of import VAT and consumption tax. Outside: goods whose import is forbidden, endangered species, the twenty
         kinds of goods never relieved, cars. What exceeds an exhibitor's amount and is not taken abroad again is taxed as usual.
         While on show: temporary admission (tariff-law-2024#37).
Units    amounts in fen; the amount of an exhibitor in US cents or pieces, as his list says; month and day as MMDD.
Reading  The fair's days are 5 to 10 November of each year; the day is that of the sale. Value above the amount is not relieved, the value within is
         (a single exhibit that crosses it is divided; the notices do not say). Exhibitors without a list: USD 20,000 in 2018 and 2019; what the
         list of 2020 allows them was not read. Trade remedies and additional duties are not named as relieved and stay.
         Other fairs have their own notices (services trade fair, consumer products expo) and are not encoded.
         The taxes are those of channels/cross_border_ecommerce: reduced_consumption_tax and reduced_import_vat with this rule's share and duty 0.
"""

from __future__ import annotations

from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.money import fen_of, milli_of, ppm_of, specific_fraction, yuan
from tongguan.grammar.parameters import LawBook
from tongguan.law.channels.cross_border_ecommerce.rule import reduced_consumption_tax, reduced_import_vat
from tongguan.law.channels.facts import day_of

RELIEVED = 1
OUTSIDE_FAIR_DAYS = 2
EXCLUDED_GOODS = 3
ABOVE_AMOUNT = 4
OUTCOMES = {
    RELIEVED: "relieved",
    OUTSIDE_FAIR_DAYS: "outside_fair_days",
    EXCLUDED_GOODS: "excluded_goods",
    ABOVE_AMOUNT: "above_amount",
}
EXCLUSIONS = frozenset({"forbidden", "endangered_species", "never_relieved", "car"})


def outcome(sold_mmdd: int, first_mmdd: int, last_mmdd: int, is_excluded: bool, amount_left: int) -> int:
    """RELIEVED, or why an exhibit is not."""
    if sold_mmdd < first_mmdd or sold_mmdd > last_mmdd:
        return OUTSIDE_FAIR_DAYS
    if is_excluded:
        return EXCLUDED_GOODS
    if amount_left <= 0:
        return ABOVE_AMOUNT
    return RELIEVED


def relieved_part(amount: int, sold_before: int, exhibitor_amount: int) -> int:
    """The part of a sale that lies within the exhibitor's amount."""
    left = exhibitor_amount - sold_before
    if left <= 0:
        return 0
    return min(amount, left)


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: the part of a sale that is relieved, or the `taxes` of an exhibit that is."""
    day = day_of(given)
    at = law.rule("channels/exhibition").at
    if str(given.get("fair", "CIIE")) != "CIIE":
        raise OutOfCoverage("channels.fair_not_encoded", fair=str(given["fair"]), day=day.isoformat())
    if given.get("about") == "taxes":
        share = at("reduced_share", day).fraction()
        value = fen_of(given["value"])
        rate = ppm_of(given.get("consumption_tax_rate", "0"))
        num, den = specific_fraction(given.get("amount", "0"))
        specific = (milli_of(given.get("quantity", "0")), num, den)
        tax = reduced_consumption_tax(value, rate, *specific, share.numerator, share.denominator)
        vat = reduced_import_vat(value, rate, *specific, ppm_of(given["vat_rate"]), share.numerator, share.denominator)
        return {"duty": yuan(0), "consumption_tax": yuan(tax), "vat": yuan(vat)}
    first, last = (int(at(f"fair_{which}_day", day).value.replace("-", "")) for which in ("first", "last"))
    sold, before = fen_of(given["sold"]), fen_of(given.get("sold_before", "0"))
    amount = fen_of(given["exhibitor_amount"] if "exhibitor_amount" in given else at("amount_without_list", day).value)
    result = outcome(day.month * 100 + day.day, first, last, str(given.get("goods", "")) in EXCLUSIONS, amount - before)
    part = relieved_part(sold, before, amount) if result == RELIEVED else 0
    return {"outcome": OUTCOMES[result], "relieved": yuan(part), "as_usual": yuan(sold - part)}
