"""What the channels of persons share: the category of an article, its rate, and the one tax it bears (进境物品进口税)."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from tongguan.assessment.channels import building as b
from tongguan.assessment.channels.asked import Question
from tongguan.assessment.dutiable import Valued, value_items
from tongguan.assessment.result import Charge
from tongguan.grammar.money import percent_text
from tongguan.grammar.parameters import InForce
from tongguan.law.channels.personal_articles.rule import articles_tax

CATEGORIES = ("1", "2", "3", "medicine")
LABEL = ("进境物品进口税", "tax on articles")


class ArticleRate(NamedTuple):
    """The rate of an article under one category, and what is supposed when the category is not known."""

    rate: InForce
    label_zh: str = ""
    label_en: str = ""

    @property
    def text(self) -> str:
        """The rate for reading."""
        return percent_text(self.rate.ppm())


def rates_of(q: Question, number: int) -> list[ArticleRate]:
    """The rate of an item; three when its category is not stated. No list that leads from the tariff line to the category is held."""
    stated = q.item_facts[number - 1].choice("category", CATEGORIES)
    if stated:
        category = q.at("channels/personal_articles/medicine_category").value if stated == "medicine" else stated
        return [ArticleRate(q.at(f"channels/personal_articles/category_{category}_rate"))]
    q.missing_fact("category", f"items[{number}].facts")
    return [
        ArticleRate(q.at(f"channels/personal_articles/category_{n}_rate"), f"如属税目{n}", f"if it is of category {n}")
        for n in ("1", "2", "3")
    ]


def is_goods_medicine(q: Question, number: int) -> bool:
    """Whether the item is a medicine with import VAT of 3 %, which bears what goods bear."""
    facts = q.item_facts[number - 1]
    if not facts.yes_no("vat_3_percent_medicine"):
        return False
    which = "anti_cancer_medicine" if facts.yes_no("anti_cancer") else "other_medicine"
    return q.at(f"channels/personal_articles/{which}_at_3_percent").value == "as_goods"


def tax_of(value: int, rate: InForce) -> Charge:
    """The tax on articles as a charge."""
    return b.charge(
        "articles_tax",
        "ad_valorem",
        articles_tax(value, rate.ppm()),
        rate.citation,
        (rate,),
        base=value,
        rate=rate.ppm(),
    )


def values_of(q: Question) -> list[Valued]:
    """The value of each article: what was paid, or the amount of Customs' table where the declarant gives it as dutiable_value."""
    return value_items(q.shipment, q.day, q.dates.exchange_rate_on, q.dates.reference, q.world)


def on_day_of_bill(q: Question) -> None:
    """Until 2024-11-30 the rate is that of the day the payment notice is issued (duty-regulations-2003#62)."""
    bill = q.shipment.tax_bill_on
    if bill is not None and q.at("governing_date/regime", q.shipment.declared_on).whole() == 1:
        q.dates = msgspec.structs.replace(
            q.dates, governing_on=bill, exchange_rate_on=bill, because="duty-regulations-2003#62", reason="tax_bill"
        )
