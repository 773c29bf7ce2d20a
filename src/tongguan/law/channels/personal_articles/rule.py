"""Articles that enter by post for personal use (个人邮递进境物品) and the tax on articles (行邮税).

Law      until 2024-11-30  duty-regulations-2003#56-63: duty and import taxes on articles are one tax, value × rate
         from  2024-12-01  tariff-law-2024#5: a simple method set by the State Council (tariff-commission-2024-11), free within set amounts
         rates: tariff-commission-2016-2, tariff-commission-2018-49, tariff-commission-2019-17; post: gacc-2010-43
Units    amounts in fen, rate in ppm; the tax half up to the fen.
Reading  The value limit is for one parcel: 800 from Hong Kong, Macao and Taiwan, 1,000 from elsewhere; exactly the limit is within it. Above it the
         parcel goes back or is declared as goods, unless it holds one indivisible article for personal use, which is then taxed as an article, on
         its whole value. The tax of a parcel is not levied when it comes to 50 or less. The rate is that of the day the payment notice is issued
         until 2024-11-30 (duty-regulations-2003#62) and of the day the declaration is completed since (tariff-law-2024#20).
         Medicines stood under no heading of their own until 2018-10-31 and so in category 2; since then they are in category 1, and those whose
         import VAT is 3 % bear what goods bear: anti-cancer medicines from 2018-11-01, all of them from 2019-04-09.
         Articles beyond a reasonable quantity for personal use are goods (tariff-law-2024#5, customs-law#46).
"""

from __future__ import annotations

from tongguan.grammar.money import fen_of, half_up, ratio_text, yuan
from tongguan.grammar.parameters import LawBook
from tongguan.law.channels.facts import day_of, is_yes

AS_ARTICLE = 1
RETURN_OR_GOODS = 2
AS_GOODS = 3
ADMISSIONS = {AS_ARTICLE: "as_article", RETURN_OR_GOODS: "return_or_declare_as_goods", AS_GOODS: "declare_as_goods"}


def parcel_admission(value: int, limit: int, is_single_indivisible: bool, is_personal_quantity: bool) -> int:
    """How a parcel enters: AS_ARTICLE, RETURN_OR_GOODS (above the limit) or AS_GOODS (beyond personal use)."""
    if not is_personal_quantity:
        return AS_GOODS
    if value > limit and not is_single_indivisible:
        return RETURN_OR_GOODS
    return AS_ARTICLE


def articles_tax(value: int, rate: int) -> int:
    """The tax on articles in fen."""
    return half_up(value * rate, 1_000_000)


def payable_tax(tax: int, free_up_to: int) -> int:
    """Nothing when the tax does not exceed the amount not levied, else all of it."""
    return 0 if tax <= free_up_to else tax


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: a parcel of one category on a date, from Hong Kong, Macao, Taiwan or elsewhere."""
    day = day_of(given)
    at = law.rule("channels/personal_articles").at
    if is_yes(given, "vat_3_percent_medicine"):
        whole_class = (
            "anti_cancer_medicine_at_3_percent" if is_yes(given, "anti_cancer") else "other_medicine_at_3_percent"
        )
        if at(whole_class, day).value == "as_goods":
            return {"admission": ADMISSIONS[AS_GOODS]}
    value = fen_of(given["value"])
    near = str(given.get("from", "elsewhere")) in {"HK", "MO", "TW"}
    limit = at("parcel_limit_hk_mo_tw" if near else "parcel_limit_elsewhere", day).fen()
    admission = parcel_admission(
        value, limit, is_yes(given, "single_indivisible"), not is_yes(given, "beyond_personal_use")
    )
    if admission != AS_ARTICLE:
        return {"admission": ADMISSIONS[admission]}
    category = at("medicine_category", day).value if given["category"] == "medicine" else given["category"]
    rate = at(f"category_{category}_rate", day).ppm()
    tax = payable_tax(articles_tax(value, rate), at("free_tax", day).fen())
    return {"admission": ADMISSIONS[admission], "rate": ratio_text(rate), "tax": yuan(tax)}
