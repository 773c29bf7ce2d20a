"""A fact left out gives a range that holds every answer the fact could lead to, and names the fact."""

from __future__ import annotations

import pytest
from channel_makers import ask, check_sums, item, world_of

ORDER = {"used_this_year": "0", "items_in_order": "2"}
LISTED = {"on_positive_list": "yes"}

QUESTIONS = [
    ("cross_border_ecommerce", "2025-03-01", "1000.00", ORDER, LISTED, "used_this_year", ["0", "24000", "25000.01", "26000"]),
    ("cross_border_ecommerce", "2025-03-01", "6000.00", ORDER, LISTED, "items_in_order", ["1", "2", "9"]),
    ("cross_border_ecommerce", "2025-03-01", "1000.00", ORDER, LISTED, "item.on_positive_list", ["yes", "no"]),
    ("personal_articles", "2025-03-01", "900.00", {"sent_from": "JP", "single_indivisible": "no"}, {"category": "2"}, "sent_from", ["JP", "HK"]),
    ("personal_articles", "2025-03-01", "900.00", {"sent_from": "JP"}, {"category": "2"}, "item.category", ["1", "2", "3", "medicine"]),
    ("personal_articles", "2025-03-01", "1900.00", {"sent_from": "JP", "single_indivisible": "no"}, {"category": "2"}, "single_indivisible", ["yes", "no"]),
    ("travellers", "2025-03-01", "7000.00", {"resident": "yes", "from": "JP"}, {"category": "2"}, "resident", ["yes", "no"]),
    ("travellers", "2024-07-15", "14000.00", {"resident": "yes", "from": "HK", "port": "luohu", "age": "30"}, {"category": "2"}, "port", ["luohu", "other"]),
    ("travellers", "2024-09-15", "14000.00", {"resident": "yes", "from": "HK", "port": "luohu", "age": "30"}, {"category": "2"}, "age", ["17", "18"]),
    ("travellers", "2024-09-15", "14000.00", {"resident": "yes", "from": "HK", "port": "luohu", "age": "30"}, {"category": "2"}, "from", ["HK", "JP"]),
    ("offshore_duty_free", "2025-12-01", "10000.00", {"used_this_year": "0", "age": "30"}, {"category": "3"}, "used_this_year", ["0", "95000", "100000"]),
    ("hainan", "2026-01-10", "10000.00", {"entitled": "yes"}, {"on_taxable_list": "no"}, "entitled", ["yes", "no"]),
    ("hainan", "2026-01-10", "10000.00", {"entitled": "yes"}, {"on_taxable_list": "no"}, "item.on_taxable_list", ["yes", "no"]),
    ("border_trade", "2025-01-10", "9500.00", {"so_far_today": "0"}, {}, "so_far_today", ["0", "5000", "8000", "20000"]),
    ("exhibition", "2025-11-06", "10000.00", {"exhibitor_amount_usd": "900"}, {}, "exhibitor_amount_usd", ["0", "700", "9000"]),
    ("processing_trade", "2025-05-06", "900000.00", {"imported_on": "2025-01-06"}, {}, "imported_on", ["2025-01-06", "2024-01-06"]),
    ("temporary_admission", "2025-05-06", "10000.00", {"listed": "no", "months": "3"}, {}, "months", ["0", "3", "60", "61"]),
    ("temporary_admission", "2025-05-06", "10000.00", {"listed": "no", "months": "3"}, {}, "listed", ["yes", "no"]),
    ("duty_relief", "2025-05-06", "10000.00", {"relieved_taxes": "customs_duty", "has_certificate": "yes"}, {}, "relieved_taxes", ["customs_duty", "customs_duty import_vat"]),
    ("duty_relief", "2025-05-06", "10000.00", {"relieved_taxes": "customs_duty", "disposed_on": "2025-05-06", "released_on": "2024-05-06"}, {}, "released_on", ["2025-05-05", "2023-05-06", "2020-01-06"]),
    ("repair_abroad", "2025-06-12", "10000.00", {"reported_at_export": "yes", "last_day": "2025-06-30"}, {"fee": "500.00"}, "reported_at_export", ["yes", "no"]),
    ("repair_abroad", "2025-06-12", "10000.00", {"reported_at_export": "yes", "last_day": "2025-06-30"}, {"fee": "500.00"}, "last_day", ["2025-06-12", "2025-06-11"]),
    ("returned_goods", "2025-06-12", "10000.00", {"ground": "quality", "exported_on": "2025-01-01", "unaltered": "yes"}, {}, "ground", ["quality", "other"]),
    ("returned_goods", "2025-06-12", "10000.00", {"ground": "quality", "exported_on": "2025-01-01", "unaltered": "yes"}, {}, "exported_on", ["2025-01-01", "2020-01-01"]),
    ("samples", "2025-06-12", "10000.00", {}, {"no_commercial_value": "yes"}, "item.no_commercial_value", ["yes", "no"]),
    ("bonded_stock", "2025-06-12", "10000.00", {"disposition": "stored"}, {}, "disposition", ["stored", "taken_abroad", "released_at_home"]),
    ("bonded_stock", "2025-06-12", "10000.00", {"disposition": "lost", "force_majeure": "yes"}, {}, "force_majeure", ["yes", "no"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("channel", "declared", "price", "facts", "item_facts", "asked", "values"),
    QUESTIONS,
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_the_range_holds_every_answer(channel, declared, price, facts, item_facts, asked, values):
    name = asked.removeprefix("item.")

    def answer(value):
        changed = {k: v for k, v in {**(item_facts if asked != name else facts), name: value}.items() if v is not None}
        mine, own = (facts, changed) if asked != name else (changed, item_facts)
        goods = item(price, facts=own)
        return ask(channel, declared, [goods], mine, world_of("0.10"), exchange_rates={"USD": "7.0"})

    unknown = answer(None)
    check_sums(unknown)
    place = f"items[1].facts.{name}" if asked != name else f"facts.{name}"
    assert place in unknown.items[0].missing_facts
    totals = set()
    for value in values:
        known = answer(value)
        totals.add(known.total)
        assert known.total_low == known.total_high, value
        assert unknown.total_low <= known.total_low, value
        assert unknown.total_high is None or known.total_high <= unknown.total_high, value
    assert (unknown.total is None) == (len(totals) > 1)
