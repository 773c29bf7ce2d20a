"""Rows of text for trial, and the shipment each is on the single path."""

from __future__ import annotations

import datetime as dt
import random

from tongguan.assessment.bulk import codes as k
from tongguan.assessment.result import APPLIES

FIRST, LAST = dt.date(2018, 7, 1), dt.date(2026, 11, 20)
TERMS = ("CIF", "CIF", "FOB", "FOB", "CFR", "EXW", "DDP")
CURRENCIES = {"CNY": "", "USD": "7.1234", "EUR": "7.8512", "JPY": "0.047615", "KRW": "0.005123"}
ITEM_FLAGS = {
    "quota_certificate": "quota_certificate", "sliding_duty_certificate": "sliding_duty_certificate", "price_undertaking": "price_undertaking",
    "exclusion": "exclusion", "country_quota_exhausted": "country_quota_exhausted", "own_use_car": "own_use_car",
}  # fmt: skip
ITEM_FACTS = (
    "country_quota_certificate", "duty_relief_certificate", "indivisible", "never_free", "excluded_part", "on_taxable_list",
    "encouraged_industry", "imported_material", "on_positive_list", "value_added", "category", "fee", "parts", "return_freight",
    "return_insurance", "kg_so_far",
)  # fmt: skip
SHIPMENT_FACTS = (
    "single_indivisible", "beyond_personal_use", "resident", "frequent", "entitled", "chooses_to_pay", "reported_at_export", "leaves_for_abroad",
    "listed", "has_certificate", "months", "imported_on", "released_on", "sold_on", "disposed_on", "left_on", "last_day", "items_in_order",
    "line", "kind", "exhibitor_amount_usd", "relieved_taxes", "sent_from", "port", "age", "situation",
)  # fmt: skip
USED = {
    "cross_border_ecommerce": "used_this_year", "offshore_duty_free": "used_this_year", "border_trade": "so_far_today", "exhibition": "sold_before_usd",
}  # fmt: skip


def item_of(row: dict[str, str]) -> dict[str, object]:
    """The goods item of a row, as people write it."""
    item: dict[str, object] = {"commodity_code": row["commodity_code"], "origin": row.get("origin", ""), "facts": {}}
    facts: dict[str, str] = {}
    for name in ("price", "dutiable_value", "currency", "vat_class", "drug_list", "exporter", "preferential_origin"):
        if row.get(name):
            item[name] = row[name]
    item["quantities"] = {
        row[f"unit{s}"]: row[f"quantity{s}"]
        for s in ("", "_2", "_3")
        if row.get(f"unit{s}") and row.get(f"quantity{s}")
    }
    if row.get("preference"):
        claim = {"scheme": row["preference"], "proof": row.get("proof", "")}
        if row.get("direct_consignment"):
            claim["direct_consignment"] = row["direct_consignment"]
        item["preferences"] = [claim]
    for ours, theirs in ITEM_FLAGS.items():
        if row.get(ours):
            item[theirs] = row[ours]
    for name in ITEM_FACTS:
        if row.get(name):
            facts[name] = row[name]
    if row.get("excluded_part") == "yes" and row.get("channel") == "exhibition":
        facts = {"excluded_goods": "forbidden"}
    for name in ("additions", "deductions"):
        if row.get(name):
            item[name] = {"packing" if name == "additions" else "inland_after_unloading": row[name]}
    item["facts"] = facts
    return item


def shipment_of(rows: list[dict[str, str]]) -> dict[str, object]:
    """The shipment of the rows of one consignment."""
    row = rows[0]
    dates = {"declared": row["declared_on"]}
    for ours, theirs in (("arrived_on", "arrived"), ("formalities_on", "formalities"), ("tax_bill_on", "tax_bill")):
        if row.get(ours):
            dates[theirs] = row[ours]
    facts = {name: row[name] for name in SHIPMENT_FACTS if row.get(name)}
    if row.get("channel") == "travellers" and "sent_from" in facts:
        facts["from"] = facts.pop("sent_from")
    if row.get("used_so_far"):
        facts[USED.get(row["channel"], "used_this_year")] = row["used_so_far"]
    rates = {}
    for one in rows:
        if one.get("exchange_rate"):
            rates[one["currency"]] = one["exchange_rate"]
        if one.get("usd_rate"):
            rates["USD"] = one["usd_rate"]
    content: dict[str, object] = {
        "channel": row.get("channel") or "general_trade", "dates": dates, "items": [item_of(r) for r in rows], "facts": facts,
        "exchange_rates": rates, "currency": row.get("currency") or "CNY",
    }  # fmt: skip
    for name in ("trade_terms", "foreign_inland", "freight", "insurance"):
        if row.get(name):
            content[name] = row[name]
    if len(rows) > 1:  # each row brings its own freight; of a shipment it would be spread
        for name in ("freight", "insurance"):
            content.pop(name, None)
            for one, item in zip(rows, content["items"], strict=True):
                if one.get(name):
                    item[name] = one[name]
    return content


def figures_of(item, surcharges=()) -> dict[str, object]:
    """What bulk work says of a row, from the single path."""
    applied = next(o for o in item.options if o.status == APPLIES)
    amounts = dict.fromkeys(k.CHARGES, 0)
    for charge in (*applied.charges, *surcharges):
        kind = charge.kind
        if kind != "none":
            amounts[kind] += charge.amount
    total = (item.low or 0) + sum(c.payable for c in surcharges)
    return {"total": total, **amounts}


def some_rows(world, count: int, seed: int, *, grouped: bool = True) -> list[dict[str, str]]:
    """General trade in all its forms: every line, origin, day, claim and certificate, sums small and large."""
    rng = random.Random(seed)
    lines = sorted(world.schedule.lines)
    hard = [
        c
        for c in lines
        if world.schedule.lines[c][0].ct_class
        or any(r.per_unit or r.formula or "quota" in r.kind for r in world.schedule.rates.get(c, []))
    ]
    countries = sorted(world.origins.countries)
    often = ["US", "CA", "AU", "NZ", "JP", "KR", "VN", "TH", "CL", "DE", "FR", "HK", "BD", "ET", "TD", "BR", "AD"]
    units = ["kg", "litre", "piece", "tonne", "pair", "g", "millilitre"]
    exporters = sorted({r.exporter for r in world.overlays.rates if r.exporter})
    rows: list[dict[str, str]] = []
    number = 0
    while len(rows) < count:
        number += 1
        size = rng.choice((1, 1, 1, 2, 3, 5)) if grouped else 1
        day = FIRST + dt.timedelta(days=rng.randrange((LAST - FIRST).days))
        currency = rng.choice(sorted(CURRENCIES))
        terms = rng.choice(TERMS) if size == 1 else "CIF"
        common = {"declared_on": day.isoformat(), "currency": currency, "trade_terms": terms, "shipment": f"S{number}"}
        if CURRENCIES[currency]:
            common["exchange_rate"] = CURRENCIES[currency]
        if rng.random() < 0.8 or currency == "USD":
            common["usd_rate"] = CURRENCIES["USD"]
        if rng.random() < 0.1:
            common["arrived_on"] = (day + dt.timedelta(days=rng.randrange(-10, 20))).isoformat()
        if terms in ("EXW", "FOB") or rng.random() < 0.1:
            common["freight"] = f"{rng.randrange(10**5) / 100:.2f}"
        if terms == "EXW":
            common["foreign_inland"] = f"{rng.randrange(10**4) / 100:.2f}"
        if rng.random() < 0.5 and size == 1:
            common["insurance"] = f"{rng.randrange(10**4) / 100:.2f}"
        for _ in range(size):
            code = rng.choice(lines if rng.random() < 0.6 else hard)
            origin = rng.choice(countries if rng.random() < 0.5 else often)
            row = {**common, "commodity_code": code, "origin": origin}
            row["price"] = f"{rng.randrange(1, 10 ** rng.randrange(3, 12)) / 100:.2f}"
            for place, unit in enumerate(rng.sample(units, 3)):
                if rng.random() < 0.9:
                    suffix = ("", "_2", "_3")[place]
                    row[f"unit{suffix}"] = unit
                    row[f"quantity{suffix}"] = f"{rng.randrange(1, 10 ** rng.randrange(2, 9)) / 1000:.3f}"
            mine = [s.scheme for s, _ in world.origins.schemes_of(origin, day)]
            if mine and rng.random() < 0.6:
                row["preference"] = rng.choice(mine)
                row["proof"] = rng.choice(
                    ["certificate", "certificate", "declaration", "", "approved_exporter_declaration"]
                )
                if rng.random() < 0.05:
                    row["direct_consignment"] = "no"
            for flag in (*ITEM_FLAGS, "country_quota_certificate", "duty_relief_certificate"):
                if rng.random() < 0.25:
                    row[flag] = rng.choice(["yes", "no"])
            if rng.random() < 0.05 and exporters:
                row["exporter"] = rng.choice(exporters)
            if rng.random() < 0.05:
                row["vat_class"] = rng.choice(["standard", "reduced", "exempt"])
            if rng.random() < 0.03:
                row["drug_list"] = rng.choice(["anti_cancer", "rare_disease"])
            if rng.random() < 0.05:
                row["additions"] = "12.34"
            if rng.random() < 0.05:
                row["deductions"] = "1.23"
            rows.append(row)
    return rows


def columns_of(rows: list[dict[str, str]]) -> dict[str, list[str]]:
    """Rows as columns of text."""
    names = sorted({name for row in rows for name in row})
    return {name: [row.get(name, "") for row in rows] for name in names}


def consignments(rows: list[dict[str, str]]) -> list[list[int]]:
    """The places of the rows of each consignment."""
    groups: list[list[int]] = []
    for place, row in enumerate(rows):
        if place and row.get("shipment") and row["shipment"] == rows[place - 1].get("shipment"):
            groups[-1].append(place)
        else:
            groups.append([place])
    return groups


def channel_rows(world, count: int, seed: int) -> list[dict[str, str]]:
    """Rows of every special channel, most with all their facts."""
    rng = random.Random(seed)
    plain = some_rows(world, count, seed + 1, grouped=False)
    yes = ("yes", "no")

    def flag(row, name, chance=0.95, word=None):
        if rng.random() < chance:
            row[name] = word or rng.choice(yes)

    def day(low, high):
        return (low + dt.timedelta(days=rng.randrange(max(1, (high - low).days)))).isoformat()

    rows = []
    for place, row in enumerate(plain):
        for name in ("shipment", "arrived_on", "additions", "deductions"):
            row.pop(name, None)
        channel = k.CHANNELS[1 + place % (len(k.CHANNELS) - 1)]
        row["channel"] = channel
        declared = dt.date.fromisoformat(row["declared_on"])
        small = f"{rng.randrange(1, 10 ** rng.randrange(3, 7)) / 100:.2f}"
        if channel in (
            "cross_border_ecommerce",
            "personal_articles",
            "travellers",
            "offshore_duty_free",
            "border_trade",
        ):
            row["price"], row["currency"] = small, "CNY"
            row.pop("exchange_rate", None)
        if channel == "cross_border_ecommerce":
            flag(row, "on_positive_list")
            row["items_in_order"] = str(rng.choice((1, 1, 1, 2)))
            row["used_so_far"] = rng.choice(("0", "0", "20999.99", "21000.00", "25000.00"))
            row["price"] = rng.choice((small, "2000.00", "2000.01", "5000.00", "5000.01", "25999.99", "26000.00"))
        elif channel == "personal_articles":
            row["category"] = rng.choice(("1", "2", "3", "medicine"))
            row["price"] = rng.choice((small, "800.00", "800.01", "1000.00", "1000.01", "384.61", "384.62"))
            flag(row, "sent_from", 0.9, rng.choice(("HK", "MO", "TW", "US", "JP")))
            flag(row, "single_indivisible")
            flag(row, "beyond_personal_use", 0.1)
            if rng.random() < 0.3:
                row["commodity_code"] = ""
        elif channel == "travellers":
            row["category"] = rng.choice(("1", "2", "3", "medicine"))
            row["price"] = rng.choice((small, "2000.00", "5000.00", "5000.01", "12000.00", "12000.01"))
            flag(row, "resident")
            flag(row, "frequent", 0.1)
            flag(row, "sent_from", 0.9, rng.choice(("HK", "MO", "TW", "US")))
            flag(row, "port", 0.9, rng.choice(("luohu", "hengqin_first_line", "other", "second_line")))
            flag(row, "age", 0.9, rng.choice(("17", "18", "40")))
            flag(row, "indivisible", 0.3)
            flag(row, "never_free", 0.2)
            row["commodity_code"] = ""
        elif channel == "offshore_duty_free":
            row["category"] = rng.choice(("1", "2", "3", "medicine"))
            row["used_so_far"] = rng.choice(("0", "99999.99", "100000.00", "20000.00"))
            flag(row, "age", 0.9, rng.choice(("15", "16", "17", "18")))
            flag(row, "leaves_for_abroad", 0.1)
            row["commodity_code"] = ""
        elif channel == "border_trade":
            row["price"] = rng.choice((small, "8000.00", "8000.01", "9000.00"))
            flag(row, "used_so_far", 0.95, rng.choice(("0", "4000.00", "8000.00", "9000.00")))
            flag(row, "excluded_part", 0.9)
            flag(row, "kg_so_far", 0.5, rng.choice(("0", "1.5", "49.999")))
        elif channel == "exhibition":
            year = rng.randrange(2018, 2027)
            if rng.random() < 0.7:
                row["declared_on"] = dt.date(year, 11, rng.randrange(4, 12)).isoformat()
            flag(row, "exhibitor_amount_usd", 0.8, rng.choice(("20000.00", "1000000.00")))
            flag(row, "used_so_far", 0.3, "19999.00")
            flag(row, "excluded_part", 0.1, "yes")
        elif channel == "hainan":
            if rng.random() < 0.9:
                row["declared_on"] = day(dt.date(2025, 12, 18), LAST)
            flag(row, "line", 0.7, rng.choice(("first", "second")))
            for name in ("entitled", "on_taxable_list", "encouraged_industry", "imported_material"):
                flag(row, name)
            flag(row, "chooses_to_pay", 0.1)
            flag(row, "value_added", 0.9, rng.choice(("0.29", "0.30", "0.55")))
        elif channel == "processing_trade":
            flag(row, "imported_on", 0.95, day(declared - dt.timedelta(days=900), declared))
            if rng.random() < 0.3:
                row["tax_bill_on"] = (declared + dt.timedelta(days=rng.randrange(1, 20))).isoformat()
        elif channel == "temporary_admission":
            flag(row, "listed", 0.95, rng.choice(("yes", "no", "no", "no")))
            if rng.random() < 0.6:
                row["months"] = str(rng.randrange(70))
            elif rng.random() < 0.9:
                row["released_on"] = row["declared_on"]
                row["left_on"] = (declared + dt.timedelta(days=rng.randrange(1, 700))).isoformat()
        elif channel == "duty_relief":
            row["relieved_taxes"] = rng.choice(
                ("customs_duty", "customs_duty import_vat", "customs_duty import_vat consumption_tax")
            )
            flag(row, "has_certificate", 0.9, rng.choice(("yes", "yes", "yes", "no")))
            if rng.random() < 0.4:
                row["released_on"] = day(FIRST, declared) if declared > FIRST else row["declared_on"]
                row["disposed_on"] = row["declared_on"]
                flag(row, "kind", 0.7, rng.choice(("ship_or_aircraft", "vehicle", "other")))
        else:
            flag(row, "reported_at_export")
            flag(row, "last_day", 0.95, rng.choice((row["declared_on"], "2018-07-01", "2026-11-20")))
            flag(row, "fee", 0.95, small)
            flag(row, "parts", 0.5, "12.34")
            if channel == "processing_abroad":
                flag(row, "return_freight", 0.5, "100.00")
                flag(row, "return_insurance", 0.5, "1.00")
        rows.append(row)
    return rows
