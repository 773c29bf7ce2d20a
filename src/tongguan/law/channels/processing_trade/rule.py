"""Processing trade sold at home (加工贸易保税货物内销).

Law      customs-law#33, tariff-law-2024#36 (until 2024-11-30 duty-regulations-2003#41): bonded materials, or what was made of them, that stay in the
         country are taxed, and deferred interest (缓税利息) is charged as well; with import licences where the goods need them.
         tariff-law-2024#21(1): the rates of the day the tax formalities are done.
         caiguanshui-2016-40, from 2020-04-15 mof-gacc-sta-2020-20: selective duty (选择性征收关税). What firms of comprehensive bonded zones make and
         sell at home bears, as they choose, duty on its materials or on the goods as they leave; VAT and consumption tax on the goods as they leave.
         On the choice of materials, deferred interest on that duty is charged as well.
Units    amounts in fen.
Reading  Outside selective duty the materials are what is taxed (对保税的进口料件依法征税), and the interest is reckoned on all taxes that were deferred.
         On the choice of goods no interest is charged: the notice names it for materials only. The interest formula, its rate and its suspension from
         2020-04-15 to 2020-12-31 are surcharges/deferred_interest. Which areas took part in the trial of 2016 is not encoded; nor are waste, by-products
         and unit consumption.
"""

from __future__ import annotations

from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.money import fen_of, yuan
from tongguan.grammar.parameters import LawBook
from tongguan.law.channels.facts import day_of

ON_MATERIALS = 1
ON_GOODS = 2
NO_CHOICE = 0
CHOICES = {"materials": ON_MATERIALS, "goods": ON_GOODS, "": NO_CHOICE}
CHOICE_NAMES = {number: name for name, number in CHOICES.items()}


def duty_due(choice: int, duty_on_materials: int, duty_on_goods: int) -> int:
    """The customs duty: on materials unless the firm may choose and chose the goods."""
    return duty_on_goods if choice == ON_GOODS else duty_on_materials


def interest_base(choice: int, duty: int, import_taxes: int) -> int:
    """The tax that deferred interest is reckoned on."""
    if choice == ON_GOODS:
        return 0
    if choice == ON_MATERIALS:
        return duty
    return duty + import_taxes


def lighter_choice(duty_on_materials: int, interest_on_materials: int, duty_on_goods: int) -> int:
    """ON_GOODS when that costs less than the duty on materials with its interest, else ON_MATERIALS."""
    return ON_GOODS if duty_on_goods < duty_on_materials + interest_on_materials else ON_MATERIALS


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: duties on materials and goods, import taxes, and the choice of a firm in a comprehensive bonded zone."""
    day = day_of(given)
    choice = CHOICES[str(given.get("choice", ""))]
    if choice != NO_CHOICE:
        areas = law.rule("channels/processing_trade").at("selective_duty_areas", day).value
        if areas != "all_comprehensive_bonded_zones":
            raise OutOfCoverage("channels.selective_duty_areas_not_encoded", day=day.isoformat())
    on_materials, on_goods = fen_of(given.get("duty_on_materials", "0")), fen_of(given.get("duty_on_goods", "0"))
    if given.get("about") == "lighter":
        lighter = lighter_choice(on_materials, fen_of(given.get("interest", "0")), on_goods)
        return {"choice": CHOICE_NAMES[lighter]}
    duty = duty_due(choice, on_materials, on_goods)
    return {
        "duty": yuan(duty),
        "interest_on": yuan(interest_base(choice, duty, fen_of(given.get("import_taxes", "0")))),
    }
