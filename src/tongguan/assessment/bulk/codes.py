"""The small whole numbers that stand for words in the columns, and the words they stand for.

A finding of a row is a bit of one 64-bit mask, so that a row can have several at once. `FINDINGS` gives each bit its message code and
the column it speaks of; codes shared with the single path are the very same codes.
"""

from __future__ import annotations

from typing import NamedTuple

# --- what a row can be refused for ---------------------------------------------------------------------------------------------------


class RowFinding(NamedTuple):
    """A finding of a row: its message code and the input column it speaks of."""

    code: str
    column: str


FINDINGS = (
    RowFinding("bulk.ragged_row", ""),
    RowFinding("input.code_missing", "commodity_code"),
    RowFinding("input.code_malformed", "commodity_code"),
    RowFinding("bulk.code_too_short", "commodity_code"),
    RowFinding("tariff.line_not_held", "commodity_code"),
    RowFinding("bulk.line_not_in_force", "commodity_code"),
    RowFinding("input.declared_missing", "declared_on"),
    RowFinding("input.not_a_date", "declared_on"),
    RowFinding("bulk.date_outside_coverage", "declared_on"),
    RowFinding("governing_date.fact_missing", "formalities_on"),
    RowFinding("bulk.not_in_list", "channel"),
    RowFinding("bulk.origin_missing", "origin"),
    RowFinding("origin.country_not_known", "origin"),
    RowFinding("bulk.origin_undetermined", "origin"),
    RowFinding("bulk.mfn_not_known", "origin"),
    RowFinding("bulk.price_missing", "price"),
    RowFinding("input.not_an_amount", "price"),
    RowFinding("input.negative_amount", "price"),
    RowFinding("bulk.exchange_rate_missing", "exchange_rate"),
    RowFinding("bulk.too_precise", "price"),
    RowFinding("bulk.freight_missing", "freight"),
    RowFinding("valuation.negative_value", "price"),
    RowFinding("bulk.amount_too_large", "price"),
    RowFinding("bulk.quantity_missing", "quantity"),
    RowFinding("bulk.unit_not_known", "unit"),
    RowFinding("bulk.vat_class_missing", "vat_class"),
    RowFinding("bulk.scheme_not_known", "preference"),
    RowFinding("bulk.claim_outside_scheme", "preference"),
    RowFinding("bulk.country_quota_not_stated", "country_quota_exhausted"),
    RowFinding("duty_rate.no_rate_held", "commodity_code"),
    RowFinding("bulk.duty_rates_too_large", "commodity_code"),
    RowFinding("bulk.law_not_encoded", "declared_on"),
    RowFinding("input.not_yes_or_no", "direct_consignment"),
    RowFinding("bulk.fact_missing", "channel"),
    RowFinding("bulk.not_by_this_channel", "channel"),
    RowFinding("bulk.not_in_bulk", "channel"),
    RowFinding("bulk.consignment_too_large", "shipment"),
    RowFinding("bulk.one_row_each", "shipment"),
    RowFinding("bulk.measure_not_held", "origin"),
    RowFinding("bulk.category_missing", "category"),
    RowFinding("bulk.used_missing", "used_so_far"),
    RowFinding("bulk.consignment_incomplete", "shipment"),
    RowFinding("bulk.ct_class_missing", "commodity_code"),
    RowFinding("valuation.price_is_zero", "price"),
)

(
    RAGGED_ROW, CODE_MISSING, CODE_MALFORMED, CODE_TOO_SHORT, LINE_NOT_HELD, LINE_NOT_IN_FORCE, DECLARED_MISSING, NOT_A_DATE,
    DATE_OUTSIDE_COVERAGE, GOVERNING_FACT_MISSING, NOT_IN_LIST, ORIGIN_MISSING, COUNTRY_NOT_KNOWN, ORIGIN_UNDETERMINED, MFN_UNKNOWN,
    PRICE_MISSING, NOT_AN_AMOUNT, NEGATIVE_AMOUNT, EXCHANGE_RATE_MISSING, TOO_PRECISE, FREIGHT_MISSING, NEGATIVE_VALUE, AMOUNT_TOO_LARGE,
    QUANTITY_MISSING, UNIT_NOT_KNOWN, VAT_CLASS_MISSING, SCHEME_NOT_KNOWN, CLAIM_OUTSIDE_SCHEME, COUNTRY_QUOTA_NOT_STATED, NO_OPEN_RATE,
    DUTY_RATES_TOO_LARGE, LAW_NOT_ENCODED, NOT_YES_OR_NO, FACT_MISSING, NOT_BY_THIS_CHANNEL, NOT_IN_BULK, CONSIGNMENT_TOO_LARGE,
    ONE_ROW_EACH, MEASURE_NOT_HELD, CATEGORY_MISSING, USED_MISSING,
    CONSIGNMENT_INCOMPLETE, CT_CLASS_MISSING, PRICE_IS_ZERO,
) = (1 << place for place in range(len(FINDINGS)))  # fmt: skip


# --- what is worth knowing of an accepted row ----------------------------------------------------------------------------------------

NOTES = (
    "tariff.rate_last_confirmed",
    "overlay.changed_within_day",
    "duty_rate.scheme_rate_not_held",
    "valuation.leg_in_price",
    "coverage.after",
    "bulk.as_general_trade",
)
(
    NOTE_RATE_LAST_CONFIRMED, NOTE_CHANGED_WITHIN_DAY, NOTE_SCHEME_RATE_NOT_HELD, NOTE_LEG_IN_PRICE, NOTE_AFTER_COVERAGE,
    NOTE_AS_GENERAL_TRADE,
) = (1 << place for place in range(len(NOTES)))  # fmt: skip


# --- rate kinds and why they were not taken ------------------------------------------------------------------------------------------

KINDS = (
    "no_rate", "mfn", "provisional", "conventional", "special_preferential", "general", "in_quota", "in_quota_provisional", "sliding",
    "reduced_tax", "articles_tax", "duty_free",
)  # fmt: skip
"""The first eight are those of law/duty_rate/selection. The last three are what a channel has in place of a rate."""
NO_RATE, MFN, PROVISIONAL, CONVENTIONAL, SPECIAL, GENERAL, IN_QUOTA, IN_QUOTA_PROVISIONAL, SLIDING = range(9)
REDUCED_TAX_KIND, ARTICLES_TAX_KIND, DUTY_FREE_KIND = 9, 10, 11

WHY_NOT = (
    "applied",
    "none_on_line",
    "origin_not_entitled",
    "needs_proof",
    "proof_deficient",
    "needs_certificate",
    "displaced",
    "not_cheaper",
)
"""Three bits for each rate kind, kind 1 (MFN) in the lowest."""
APPLIED, NONE_ON_LINE, NOT_ENTITLED, NEEDS_PROOF, PROOF_DEFICIENT, NEEDS_CERTIFICATE, DISPLACED, NOT_CHEAPER = range(8)


# --- yes-or-no facts of a row, one bit each ------------------------------------------------------------------------------------------

FLAG_COLUMNS = (
    "direct_consignment", "quota_certificate", "country_quota_certificate", "sliding_duty_certificate", "price_undertaking", "exclusion",
    "country_quota_exhausted", "duty_relief_certificate", "own_use_car", "single_indivisible", "beyond_personal_use", "indivisible",
    "never_free", "resident", "frequent", "excluded_part", "entitled", "on_taxable_list", "chooses_to_pay", "encouraged_industry",
    "imported_material", "on_positive_list", "reported_at_export", "leaves_for_abroad", "listed", "has_certificate",
)  # fmt: skip
"""A flag column not given, or empty, is no; for direct_consignment it is yes."""
FLAG_LABELS = (
    "直接运输", "关税配额证", "国别配额证", "滑准税配额证", "价格承诺", "排除加征", "国别配额已用完", "征免税证明（排除加征）", "自用乘用车",
    "仅一件且不可分割", "超出自用合理数量", "不可分割", "不予免税物品", "居民旅客", "短期内多次来往", "属于不予免税部分", "享惠主体", "在征税目录内",
    "选择缴税", "鼓励类产业", "含进口料件", "在正面清单内", "出境时已报明", "离岛且离境", "可暂不缴税用途", "持征免税证明",
)  # fmt: skip
(
    DIRECT, QUOTA_CERTIFICATE, COUNTRY_QUOTA_CERTIFICATE, SLIDING_CERTIFICATE, UNDERTAKING, EXCLUSION, COUNTRY_QUOTA_EXHAUSTED,
    RELIEF_CERTIFICATE, OWN_USE_CAR, SINGLE_INDIVISIBLE, BEYOND_PERSONAL, INDIVISIBLE, NEVER_FREE, RESIDENT, FREQUENT, EXCLUDED_PART,
    ENTITLED, ON_TAXABLE_LIST, CHOOSES_TO_PAY, ENCOURAGED, IMPORTED_MATERIAL, ON_POSITIVE_LIST, REPORTED, LEAVES_FOR_ABROAD, LISTED,
    HAS_CERTIFICATE,
) = (1 << place for place in range(len(FLAG_COLUMNS)))  # fmt: skip
STATED = 32
"""Bits 32 and up say that the flag 32 bits below was stated at all."""

# --- channels ------------------------------------------------------------------------------------------------------------------------

CHANNELS = (
    "general_trade", "cross_border_ecommerce", "personal_articles", "travellers", "border_trade", "exhibition", "hainan",
    "offshore_duty_free", "processing_trade", "temporary_admission", "duty_relief", "repair_abroad", "processing_abroad",
)  # fmt: skip
(
    GENERAL_TRADE, ECOMMERCE, PERSONAL_ARTICLES, TRAVELLERS, BORDER_TRADE, EXHIBITION, HAINAN, OFFSHORE, PROCESSING_TRADE,
    TEMPORARY_ADMISSION, DUTY_RELIEF, REPAIR_ABROAD, PROCESSING_ABROAD,
) = range(len(CHANNELS))  # fmt: skip

# --- charges -------------------------------------------------------------------------------------------------------------------------

CHARGES = (
    "customs_duty", "additional_duty", "anti_dumping_duty", "countervailing_duty", "safeguard_duty", "consumption_tax", "import_vat",
    "articles_tax", "deferred_interest",
)  # fmt: skip
RELIEVES_DUTY, RELIEVES_VAT, RELIEVES_CT = 1, 2, 4
RELIEVED_TAXES = {"customs_duty": RELIEVES_DUTY, "import_vat": RELIEVES_VAT, "consumption_tax": RELIEVES_CT}
PLACE_UNKNOWN, NEAR, NEAR_TAIWAN, ELSEWHERE = range(4)
"""Where a person or parcel comes from: not stated, Hong Kong or Macao, Taiwan, anywhere else."""
CATEGORIES = {"1": 1, "2": 2, "3": 3, "medicine": 4}
MEDICINE = 4
PORTS = {
    **dict.fromkeys(("luohu", "futian", "shenzhen_bay", "west_kowloon", "gongbei", "hzmb_zhuhai"), 1),
    "second_line": 2, "other": 2, "hengqin_first_line": 3,
}  # fmt: skip
SIX_PORTS, OTHER_PORTS, HENGQIN = 1, 2, 3
CHOICES = {"first": 1, "second": 2, "ship_or_aircraft": 1, "vehicle": 2, "other": 3}
FIRST_LINE, SECOND_LINE = 1, 2
SHIP_OR_AIRCRAFT, VEHICLE, OTHER_GOODS = 1, 2, 3

DUTY, ADDITIONAL, ANTI_DUMPING, COUNTERVAILING, SAFEGUARD, CONSUMPTION_TAX, IMPORT_VAT, ARTICLES_TAX, INTEREST = range(
    len(CHARGES)
)
