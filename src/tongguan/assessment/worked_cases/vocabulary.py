"""The words of worked cases: which facts we know by name, of what kind each is, and which figures can be asked for.

A fact we know is read strictly; one we do not know is left alone and named in a remark. The first name of a row is ours, the others mean the same.
"""

from __future__ import annotations

import re

AMOUNT = "amount"
RATIO = "ratio"
NUMBER = "number"
DAY = "day"
DAYS = "days"
MONTH = "month"
MOMENT = "moment"
YES_NO = "yes_no"
WHOLE = "whole"
TEXT = "text"
MAPPING = "mapping"
ADDITIVE = frozenset({AMOUNT, NUMBER})
"""Kinds that may be written as a list: the parts add up."""

_ROWS = {
    AMOUNT: """
        price                         | invoice_price, price_foreign, invoice_value, goods_price
        freight                       | main_freight, sea_freight, air_freight, international_freight, freight_foreign
        insurance                     | insurance_premium, insurance_cost
        foreign_inland_and_export     | foreign_inland_and_handling, costs_to_port
        foreign_inland                | inland_abroad, foreign_inland_haulage, foreign_inland_freight
        export_handling               | export_clearance_cost, export_costs, loading_cost
        foreign_costs                 | repair_fee, repair_cost
        processing_fee                | processing_cost
        parts                         | parts_fee, repair_parts
        foreign_materials             | processing_materials
        return_freight                |
        return_insurance              |
        whole_value                   | full_value, value_of_goods
        customs_value_cny             | dutiable_value, customs_value, dutiable_value_cny, cif_cny, taxable_price_cny
        customs_value_usd             | value_usd, consignment_value_usd
        usd_per_ton                   | usd_per_tonne, price_usd_per_ton, import_price_usd_per_ton
        threshold_usd_per_ton         | threshold_usd_per_tonne
        class_threshold               | threshold_cny, price_threshold, threshold_cny_each, threshold_cny_per_ml, threshold_cny_per_g, threshold_cny_per_piece,
                                        threshold_per_ml, threshold_per_g, threshold_per_piece, test_threshold
        super_luxury_threshold        | luxury_threshold, threshold_super_luxury
        actual_price_cny              | actual_price, retail_price_cny, order_price_cny, transaction_price_cny
        order_price                   | returned_price, return_price, returned_amount
        used_this_year                | used_so_far, used_this_year_cny, used
        single_limit                  | single_order_limit
        yearly_limit                  | annual_limit, year_limit
        price_cny                     | item_price, purchase_price
        value_cny                     | articles_value, parcel_value_cny
        indivisible_value             | indivisible_value_cny, single_item_value
        allowance                     | allowance_cny, duty_free_allowance
        free_tax                      | tax_free_up_to, tax_floor
        daily_limit                   | limit_per_day, daily_limit_cny
        used_today                    | value_so_far_today, already_today
        exhibitor_amount              | exhibitor_quota, exhibitor_quota_cny
        sold_before                   | sold_so_far
        tax                           | unpaid_tax, unpaid, tax_due, taxes
        floor                         | minimum, minimum_amount
        original_value                | original_customs_value, import_value_cny
        full_duty                     | full_tax, full_duty_cny
        goods_value_cny               | goods_value
        fob                           | fob_value, fob_price
        non_originating               | non_originating_materials, vnm
        originating_materials         | vom
        direct_labour                 | labour, direct_labor
        direct_overhead               | overhead
        profit                        |
        other                         | other_costs
        failing_materials             | failing_value
        limit                         | waiver_limit
        import_value_usd              | imports_usd
        waiver_limit_cny              | exemption_limit, waiver_amount
    """,
    RATIO: """
        insurance_rate                | insurance_share
        duty_rate                     | customs_duty_rate, tariff_rate
        duty_rate_applied             |
        ad_valorem                    | ad_valorem_rate
        ct_rate                       | consumption_tax_rate
        ct_rate_import                | ct_rate_base
        ct_rate_retail_added          | ct_rate_added, ct_added_rate, ct_rate_additional
        vat_rate                      | import_vat_rate
        factor                        | reduced_share
        rate                          |
        article_tax_rate              | articles_rate
        highest_measure_rate          | highest_remedy_rate, measure_rate
        applicable_rate               | otherwise_applicable_rate
        daily_rate                    | rate_per_day, surcharge_rate
        annual_rate                   | interest_rate, yearly_rate
        threshold                     | rvc_threshold
        de_minimis_limit              |
        exporter_value_share          | exporter_share
        subsidy_rate                  |
    """,
    NUMBER: """
        fx_cny_per_unit               | fx, exchange_rate, fx_rate, conversion_rate
        fx_units                      | fx_per, per_units
        fx_cny_per_usd                | fx_usd, usd_rate
        fx_cny_per_100_units          | fx_cny_per_100, fx_cny_per_100_unit
        litres                        | liters, litre, volume_l
        ml                            | millilitres, milliliters, volume_ml
        kg                            | net_kg, kilograms, net_weight_kg, weight_kg
        grams                         | g, weight_g
        tons                          | tonnes, metric_tons
        units                         | unit_count, number_of_units, cars, vehicles, watches
        pieces                        | pcs, piece, sheets
        cartons                       | cartons_of_200, standard_cartons
        sticks                        | cigarettes, cigarette_sticks
        litres_per_ton                | litres_per_tonne, liters_per_ton
        unit_value_cny_per_kg         | value_cny_per_kg, pi, unit_value
        unit_value_cny                | unit_value_cny_each, value_each, value_per_piece, unit_value_cny_per_ml, unit_value_cny_per_g, value_cny_per_ml,
                                        value_cny_per_g, unit_value_cny_per_piece, unit_price_cny, price_per_ml, price_per_piece, price_per_g, value_cny_each
        weight                        | good_weight, total_weight
        failing_weight                |
    """,
    WHOLE: """
        items_in_order                | items, item_count, number_of_items
        persons                       | number_of_persons
        late_days                     | days_late
        days                          | interest_days, days_deferred
        basis                         | day_count
        months_elapsed                | months_used, elapsed_months
        supervision_years             | supervision_period_years
        months                        | months_stayed
        level                         | recall_level
        age                           |
        testing_days                  |
        extensions                    |
    """,
    DAY: """
        declaration_date              | declared_on, declaration_day, accepted_declaration
        declaration_completed         | declaration_completed_on, completion_date
        bill_issued                   | tax_bill_issued, bill_date
        paid                          | paid_on, payment_date
        conveyance_entry              | conveyance_entered, conveyance_entry_date, entered_on
        declared                      | declaration_accepted
        release_date                  | released, released_on
        return_application            | return_applied, return_applied_on
        goods_back                    | arrived_back, goods_back_on, returned_on
        first_import                  | imported_on, first_import_date
        disposed                      | disposed_on, sold_on
        left_on                       | left_country_on
        must_return_by                | return_deadline, repair_deadline
        notice_served                 | notice_served_on
        detained                      | detained_on, detention
        recorded                      | recorded_on
        papers_complete               | papers_complete_on
        known                         | known_on, defect_known
        defect_found                  | order_received, recall_ordered, defect_confirmed
        notice_published              | recall_notice_published, notice_published_on
        recall_started                | recall_started_on
        plan_ended                    | recall_plan_ended
        received                      | received_on, complaint_received
        accepted                      | accepted_on
        mediation_ended               | ended_on
        clue_found                    | clue_found_on
        case_decided                  | case_decided_on
    """,
    MONTH: """
        declarations_in               | declaration_month, declared_in
    """,
    MOMENT: """
        risk_known                    | risk_known_at, known_at
    """,
    DAYS: """
        non_working_days              | public_holidays, non_trading_days, holidays, statutory_holidays, rest_days, off_days
        make_up_workdays              | make_up_days, working_weekends, make_up_working_days
    """,
    YES_NO: """
        indivisible                   | single_indivisible, indivisible_item
        in_quota                      | inside_quota, quota_certificate, has_quota_certificate, within_quota
        own_use                       | own_use_car, imported_for_own_use
        guaranteed                    | has_guarantee
        consolidated                  |
        resident                      |
        frequent                      | frequent_traveller
        reported_at_export            | reported
        returned_in_time              | in_time
        listed                        | on_special_list
        preference_claimed            | has_origin_proof, valid_origin_proof
    """,
    TEXT: """
        term                          | incoterm, trade_terms
        currency                      |
        hs                            | commodity_code, hs_code, tariff_line
        origin                        | country_of_origin
        ct_class                      | consumption_tax_class
        vat_class                     |
        origin_proof                  | proof_of_origin
        category                      |
        agreement                     | scheme, preference, agreement_code
        route                         | ipr_route
        goods_kind                    | kind_of_goods, relief_kind
        port                          |
        from                          | arriving_from, sent_from
        fair                          |
        exporter                      | exporting_party, exporter_country
    """,
    MAPPING: """
        formula                       | sliding_formula, constants
        shares                        | value_shares
    """,
}


def _facts() -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    kinds: dict[str, str] = {}
    names: dict[str, tuple[str, ...]] = {}
    for kind, rows in _ROWS.items():
        own = ""
        for row in rows.strip().splitlines():
            first, bar, others = row.partition("|")
            if bar:  # a line without a bar goes on with the row before
                own = first.strip()
            else:
                others = row
            names[own] = (*names.get(own, (own,)), *(word for word in re.split(r"[,\s]+", others) if word))
            kinds.update(dict.fromkeys(names[own], kind))
    return kinds, names


FACT_KINDS, FACT_NAMES = _facts()

RATE_WORDS = {
    "mfn": "mfn",
    "mfn_out_of_quota": "mfn",
    "out_of_quota": "mfn",
    "most_favoured_nation": "mfn",
    "interim": "interim",
    "provisional": "interim",
    "agreement": "agreement",
    "conventional": "agreement",
    "special": "special",
    "special_preferential": "special",
    "ldc": "special",
    "general": "general",
    "quota": "quota",
    "in_quota": "quota",
    "tariff_quota": "quota",
    "quota_interim": "quota_interim",
    "in_quota_interim": "quota_interim",
    "in_quota_provisional": "quota_interim",
    "interim_quota": "quota_interim",
    "interim_in_quota": "quota_interim",
}
"""Kinds of duty rate as cases name them, and the one name we compare by."""

UNITS = {
    "l": "litre", "litre": "litre", "liter": "litre", "ml": "millilitre", "kg": "kg", "g": "g", "t": "tonne", "ton": "tonne", "tonne": "tonne",
    "unit": "piece", "piece": "piece", "pc": "piece", "item": "piece", "vehicle": "piece", "set": "piece",
}  # fmt: skip
QUANTITIES = {
    "litres": "litre", "ml": "millilitre", "kg": "kg", "grams": "g", "tons": "tonne", "units": "piece", "pieces": "piece", "sticks": "piece",
}  # fmt: skip
"""Facts that are quantities, and the unit each counts."""

OVERLAYS = ("additional", "safeguard", "anti_dumping", "countervailing", "retaliatory", "reciprocal", "countermeasure")

_WORDS = "|".join(sorted(RATE_WORDS, key=len, reverse=True))
_UNIT_WORDS = "|".join(sorted(UNITS, key=len, reverse=True))
_BARE = "mfn_out_of_quota|out_of_quota"
RATE_FACT = re.compile(rf"(?P<word>{_WORDS})(_duty)?(_rate|_ad_valorem)|(?P<bare>{_BARE})")
SPECIFIC_FACT = re.compile(
    rf"((?P<word>{_WORDS})_)?(duty_)?(specific_)?(rate_)?(duty_)?cny_per_(?P<unit>{_UNIT_WORDS})"
)
TAX_AMOUNT_FACT = re.compile(rf"(ct|consumption_tax)_(specific_|amount_)?(rate_)?cny_per_(?P<unit>{_UNIT_WORDS})")
OVERLAY_FACT = re.compile(rf"(?P<stem>\w*?({'|'.join(OVERLAYS)})\w*?)(_duty)?_rate(_\w+)?|(?P<short>ad|cvd)_rate")
OVERLAY_AMOUNT = re.compile(rf"(?P<stem>\w*?({'|'.join(OVERLAYS)})\w*?)_duty")
SHORT_OVERLAYS = {"ad": "anti_dumping", "cvd": "countervailing"}

FX_OF_CURRENCY = re.compile(r"fx_cny_per_(?P<currency>[a-z]{3})")
OWN_CURRENCY = re.compile(r"(?P<fact>\w+)_currency")

ADJUSTMENTS = (
    (re.compile(r"royalt(y|ies)_(not|no|without|unrelated)_\w+"), "not_added"),
    (re.compile(r"assists?(_design|_engineering)?_(in|inside)_china|(design|engineering)_in_china"), "not_added"),
    (
        re.compile(
            r"(royalt(y|ies)|licen[cs]e_fees?)(_condition_of_sale|_as_condition_of_sale|_related_to_goods|_paid)*"
        ),
        "royalties",
    ),
    (re.compile(r"(buying|purchase)_commissions?"), "buying_commission"),
    (re.compile(r"(selling_)?commissions?|brokerage|selling_commission_borne_by_buyer"), "selling_commission"),
    (
        re.compile(r"(assists?(_\w+)?|tooling|moulds?|(design|engineering)_abroad)(_apportioned|_free_of_charge)?"),
        "assists",
    ),
    (re.compile(r"(pack(ing|aging))(_materials?|_labour|_and|_costs?|_borne_by_buyer)*"), "packing"),
    (re.compile(r"containers?(_costs?|_borne_by_buyer|_treated_as_one)*"), "containers"),
    (re.compile(r"(resale_)?proceeds(_of_resale|_of_use|_of_disposal|_to_seller)*"), "resale_proceeds"),
    (re.compile(r"listed_warrant(y|ies)(_fees?)?"), "warranty"),
    (re.compile(r"listed_\w*(inland|after_unloading|domestic_freight)\w*"), "inland_after_unloading"),
    (
        re.compile(r"listed_(install|assembl|construct|mainten|technical|erect|commissioning)\w*"),
        "installation_after_import",
    ),
    (re.compile(r"listed_\w*(dut|tax|vat)\w*"), "duties_and_taxes"),
)
"""Additions and deductions as cases name them, and their name in law/valuation/transaction_value/adjustments.yaml."""


def adjustment_of(name: str) -> str | None:
    """The addition or deduction a fact is, if it is one."""
    return next((known for pattern, known in ADJUSTMENTS if pattern.fullmatch(name)), None)


def overlay_of(name: str, asked: frozenset[str] = frozenset()) -> str | None:
    """The stem of an additional duty whose rate a fact states: `anti_dumping_rate` is "anti_dumping"."""
    if match := OVERLAY_FACT.fullmatch(name):
        return SHORT_OVERLAYS.get(match["short"] or "", match["stem"])
    stem = name.removesuffix("_rate")
    return stem if name.endswith("_rate") and f"{stem}_duty" in asked and name not in FACT_KINDS else None


def kind_of_fact(name: str, asked: frozenset[str] = frozenset()) -> str | None:
    """Of what kind a fact is, or None when we do not know it."""
    if name in FACT_KINDS:
        return FACT_KINDS[name]
    if RATE_FACT.fullmatch(name) or overlay_of(name, asked):
        return RATIO
    if adjustment_of(name) or OVERLAY_AMOUNT.fullmatch(name):
        return AMOUNT
    if (
        SPECIFIC_FACT.fullmatch(name)
        or TAX_AMOUNT_FACT.fullmatch(name)
        or FX_OF_CURRENCY.fullmatch(name)
        or name == "ct_specific_cny"
    ):
        return NUMBER
    if OWN_CURRENCY.fullmatch(name):
        return TEXT
    return "money" if FIGURES.get(name) == MONEY else None


MONEY = "money"
EXACT = "exact"
FIGURES = {
    **dict.fromkeys(
        (
            "customs_value_cny", "duty", "consumption_tax", "vat", "total_tax", "total_duty", "duty_payable", "consumption_tax_payable", "vat_payable",
            "total_payable", "used_after", "duty_free_part", "excess", "taxable", "surcharge", "computed", "fee", "interest", "interest_collected",
            "taxable_value", "guarantee", "subsidy", "articles_tax", "duty_remaining", "landed_cost", "composite_price", "additional_duties",
        ),
        MONEY,
    ),
    **dict.fromkeys(
        ("insurance_foreign", "cif_foreign", "dutiable_foreign", "test_price", "rvc", "rate", "combined_rate", "applied_rate", "insurance_cny"), EXACT
    ),
    **dict.fromkeys(
        (
            "reference_date", "deadline", "last_day_in_time", "apply_by", "determine_by", "release_if_no_order_after", "release_after", "report_by",
            "plan_by", "progress_by", "summary_by", "finish_by", "decide_by", "mediation_ends", "tell_by", "check_by", "tell_reporter_by", "leave_by",
            "valid_until", "renewable_from", "decide_recordation_by", "supervised_until", "governing_date", "fx_date", "may_be_sold_after",
        ),
        DAY,
    ),
    "start_by": MOMENT,
    "late_days": WHOLE,
    **dict.fromkeys(("tax_cancelled", "originating", "proof_required"), YES_NO),
    **dict.fromkeys(("kind", "decision", "rcep_origin"), TEXT),
}  # fmt: skip
"""Figures that can be asked for, and of what kind each is. Besides: every `…_duty` for which the case states a `…_rate`."""

FIGURE_NAMES = {
    "dutiable_value": "customs_value_cny",
    "customs_value": "customs_value_cny",
    "dutiable_cny": "customs_value_cny",
    "customs_duty": "duty",
    "import_vat": "vat",
    "ct": "consumption_tax",
    "total": "total_tax",
    "total_taxes": "total_tax",
    "ct_payable": "consumption_tax_payable",
    "late_fee": "fee",
    "reference_day": "reference_date",
    "security": "guarantee",
    "taxed": "taxable",
    "taxable_part": "taxable",
    "free_part": "duty_free_part",
    "country_of_origin": "rcep_origin",
    "cif_value_foreign": "cif_foreign",
    "price_class_value": "test_price",
}
"""Other names of figures."""


def figure_kind(name: str, asked: frozenset[str] = frozenset()) -> str | None:
    """Of what kind a figure is, or None when nobody knows it."""
    own = FIGURE_NAMES.get(name, name)
    if own in FIGURES:
        return FIGURES[own]
    if own in ("ct_rate", "vat_rate", "duty_rate"):
        return EXACT
    if own == "tax":
        return MONEY
    return MONEY if own.endswith("_duty") and (OVERLAY_AMOUNT.fullmatch(own) or own in asked) else None


KINDS_OF_RATE = {**RATE_WORDS, "specific": "specific", "ad_valorem": "ad_valorem", "undetermined": "undetermined"}


def same_word(figure: str, expected: str, ours: str) -> bool:
    """Whether two words mean the same: provisional is interim, and a decision to take an order out of the channel has many names."""
    one, other = (w.strip().lower().replace("-", "_").replace(" ", "_") for w in (expected, ours))
    if figure == "kind":
        one, other = one.removesuffix("_rate"), other.removesuffix("_rate")
        return KINDS_OF_RATE.get(one, one) == KINDS_OF_RATE.get(other, other)
    if figure == "decision":
        return _decision(one) == _decision(other)
    return one == other


def _decision(word: str) -> str:
    if "reject" in word or "general_trade" in word:
        return "general_trade"
    if "full" in word:
        return "full_tax"
    return "reduced_tax" if word.startswith("cbec") or "reduced" in word else word
