"""Goods and the Hainan free trade port as a closed customs area (海南自由贸易港封关), from 2025-12-18.

Law      tariff-law-2024#69; hainan-ftp-law-2021#28-29; caiguanshui-2025-12 and -13; gacc-2025-158.
         First line (with abroad)   goods outside the list of taxable imports, brought in by those entitled (firms, public institutions, certain
                                    private non-enterprise units of Hainan), bear no duty, VAT or consumption tax; listed goods and everyone else's
                                    are taxed as usual; whoever prefers to pay may.
         Second line (to the rest)  as imports; goods of encouraged industries with no imported material, or with at least 30 % value added in Hainan,
                                    bear no duty but VAT and consumption tax.
         Quota goods, goods under trade remedies, suspended concessions, additional or retaliatory duties are not relieved of them.
Units    value added in ppm of what gacc-2025-158 counts; the share is stated by the declarant, its formula is not encoded.
Reading  Tariff-quota goods are taxed as usual altogether. Goods under a remedy or an additional or retaliatory duty keep that duty, while their base
         duty and, at the first line, VAT and consumption tax are relieved (the notice was read in summaries only; V2, to be confirmed).
         The list of taxable imports is not held here: unless the declarant states whether a line is on it, there is no answer.
         The zero-tariff lists in force before 2025-12-18 (production equipment, vehicles, raw materials) are not encoded.
"""

from __future__ import annotations

from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.money import ppm_of
from tongguan.grammar.parameters import LawBook
from tongguan.law.channels.facts import day_of, is_yes, yes_no

TAXED_AS_USUAL = 1
ZERO_TARIFF = 2
ZERO_TARIFF_WITH_SPECIAL_DUTIES = 3
DUTY_FREE_WITH_TAXES = 4
DUTY_FREE_WITH_SPECIAL_DUTIES_AND_TAXES = 5
TREATMENTS = {
    TAXED_AS_USUAL: "taxed_as_usual",
    ZERO_TARIFF: "zero_tariff",
    ZERO_TARIFF_WITH_SPECIAL_DUTIES: "zero_tariff_with_special_duties",
    DUTY_FREE_WITH_TAXES: "duty_free_with_taxes",
    DUTY_FREE_WITH_SPECIAL_DUTIES_AND_TAXES: "duty_free_with_special_duties_and_taxes",
}


def first_line(
    is_entitled: bool, is_listed: bool, chooses_to_pay: bool, is_quota_goods: bool, has_special_duty: bool
) -> int:
    """How goods from abroad are treated: TAXED_AS_USUAL, ZERO_TARIFF or ZERO_TARIFF_WITH_SPECIAL_DUTIES."""
    if not is_entitled or is_listed or chooses_to_pay or is_quota_goods:
        return TAXED_AS_USUAL
    if has_special_duty:
        return ZERO_TARIFF_WITH_SPECIAL_DUTIES
    return ZERO_TARIFF


def second_line(
    is_encouraged: bool,
    has_imported_material: bool,
    value_added: int,
    least_value_added: int,
    is_quota_goods: bool,
    has_special_duty: bool,
) -> int:
    """How goods to the mainland are treated: TAXED_AS_USUAL, DUTY_FREE_WITH_TAXES or DUTY_FREE_WITH_SPECIAL_DUTIES_AND_TAXES."""
    if not is_encouraged or is_quota_goods:
        return TAXED_AS_USUAL
    if has_imported_material and value_added < least_value_added:
        return TAXED_AS_USUAL
    if has_special_duty:
        return DUTY_FREE_WITH_SPECIAL_DUTIES_AND_TAXES
    return DUTY_FREE_WITH_TAXES


def levies_base_duty(treatment: int) -> bool:
    """Whether the duty of the schedule is levied."""
    return treatment == TAXED_AS_USUAL


def levies_special_duties(treatment: int) -> bool:
    """Whether trade remedies, additional and retaliatory duties are levied when there are any: never relieved."""
    return treatment not in (ZERO_TARIFF, DUTY_FREE_WITH_TAXES)


def levies_import_taxes(treatment: int) -> bool:
    """Whether VAT and consumption tax are levied."""
    return treatment not in (ZERO_TARIFF, ZERO_TARIFF_WITH_SPECIAL_DUTIES)


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case at the first or second line."""
    day = day_of(given)
    at = law.rule("channels/hainan").at
    at("closed_area", day)  # no answer before the closure
    quota, special = is_yes(given, "quota_goods"), is_yes(given, "special_duty")
    if given["line"] == "first":
        entitled, pays = is_yes(given, "entitled"), is_yes(given, "chooses_to_pay")
        if "on_taxable_list" not in given and entitled and not pays and not quota:
            raise OutOfCoverage("channels.hainan_taxable_list_not_held", day=day.isoformat())
        treatment = first_line(entitled, is_yes(given, "on_taxable_list"), pays, quota, special)
    else:
        least = at("least_value_added", day).ppm()
        value_added = ppm_of(given.get("value_added", "0"))
        imported = is_yes(given, "imported_material")
        treatment = second_line(is_yes(given, "encouraged_industry"), imported, value_added, least, quota, special)
    return {
        "treatment": TREATMENTS[treatment],
        "base_duty": yes_no(levies_base_duty(treatment)),
        "import_taxes": yes_no(levies_import_taxes(treatment)),
    }
