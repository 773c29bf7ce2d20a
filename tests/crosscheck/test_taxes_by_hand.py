"""Our taxes beside a second calculation that shares no code with them: exact fractions, its own reading of the tables and the law.

It covers goods with MFN treatment and no measure, without a claim: duty in every plain form, consumption tax with its price tests, VAT by date, and
small amounts. Rates of consumption tax and VAT are written down here a second time.
"""

from __future__ import annotations

import csv
import datetime as dt
import random
from fractions import Fraction
from pathlib import Path

import pytest

import tongguan
from tongguan import assess, read_shipment

SCHEDULE = Path(tongguan.__file__).parent / "tables" / "starter_schedule"
SAMPLES = 1_500
FEN = Fraction(1, 100)

VAT = [("2018-05-01", "0.16", "0.10"), ("2019-04-01", "0.13", "0.09")]
# class: rate, amount per unit, unit
CONSUMPTION_TAX = {
    "cigars": ("0.36", "0", ""), "cut_tobacco": ("0.30", "0", ""), "spirits": ("0.20", "0.912", "litre"), "wine": ("0.10", "0", ""),
    "other_alcohol": ("0.10", "0", ""), "jewellery_ct10": ("0.10", "0", ""), "fireworks": ("0.15", "0", ""), "petrol": ("0", "1.52", "litre"),
    "naphtha": ("0", "1.52", "litre"), "solvent_oil": ("0", "1.52", "litre"), "lubricating_oil": ("0", "1.52", "litre"),
    "diesel": ("0", "1.20", "litre"), "fuel_oil": ("0", "1.20", "litre"), "aviation_kerosene": ("0", "0", "litre"),
    "motorcycle_250": ("0.03", "0", ""), "motorcycle_over_250": ("0.10", "0", ""), "car_1000": ("0.01", "0", ""), "car_1500": ("0.03", "0", ""),
    "car_2000": ("0.05", "0", ""), "car_2500": ("0.09", "0", ""), "car_3000": ("0.12", "0", ""), "car_4000": ("0.25", "0", ""),
    "car_over_4000": ("0.40", "0", ""), "light_bus": ("0.05", "0", ""), "golf": ("0.10", "0", ""), "yacht": ("0.10", "0", ""),
    "disposable_chopsticks": ("0.05", "0", ""), "wood_floor": ("0.05", "0", ""), "battery": ("0.04", "0", ""), "coating": ("0.04", "0", ""),
}  # fmt: skip
LITRES = {
    "petrol": 1388, "naphtha": 1385, "solvent_oil": 1282, "lubricating_oil": 1126, "diesel": 1176, "fuel_oil": 1015, "aviation_kerosene": 1246,
    "beer": 988, "yellow_wine": 962,
}  # fmt: skip
IN_KG = {"kg": 1, "tonne": Fraction(1, 1000), "g": 1000}


def rows(name):
    with (SCHEDULE / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


LINES = rows("lines.csv")
RATES: dict[str, list[dict[str, str]]] = {}
for row in rows("rates.csv"):
    RATES.setdefault(row["code"], []).append(row)


def half_up(amount):
    """To the fen, halves upward."""
    doubled = amount / FEN * 2 + 1
    return (doubled.numerator // doubled.denominator // 2) * FEN


def in_force(row, day):
    return row["since"] <= day and (not row["until"] or day <= row["until"])


def duty_of(code, day, value, quantities):
    """The provisional rate if there is one, else the MFN rate; None when neither is held or its form is not covered here."""
    held = {
        r["kind"]: r
        for r in RATES.get(code, [])
        if in_force(r, day) and not r["scheme"] and r["formula"] != "cotton_sliding"
    }
    rate = held.get("provisional") or held.get("mfn")
    if rate is None or rate["formula"].startswith("by_unit_value"):
        return None
    by_value = value * Fraction(rate["ad_valorem"] or 0)
    by_quantity = Fraction(rate["specific"] or 0) * quantities[rate["per_unit"]] if rate["per_unit"] else Fraction(0)
    if rate["formula"] == "lower_of":
        return min(half_up(by_value), half_up(by_quantity))
    return half_up(by_value + by_quantity)


def consumption_tax_of(name, day, value, duty, quantities, dollar):
    """The tax, its price tests included."""
    if name == "e_cigarettes":
        rate, amount, unit = ("0.36" if day >= "2022-11-01" else "0"), "0", ""
    elif name == "beer":
        tonnes = quantities["litre"] / 988
        return half_up(tonnes * (250 if value / dollar / tonnes >= 370 else 220))
    elif name == "yellow_wine":
        return half_up(quantities["litre"] / 962 * 240)
    elif name == "high_end_watch":
        rate, amount, unit = ("0.20" if value / quantities["piece"] >= 10_000 else "0"), "0", ""
    elif name == "high_end_cosmetics_liquid":
        rate, amount, unit = ("0.15" if value / quantities["millilitre_or_gram"] >= 10 else "0"), "0", ""
    elif name == "high_end_cosmetics_piece":
        rate, amount, unit = ("0.15" if value / quantities["piece"] >= 15 else "0"), "0", ""
    elif name == "cigarettes":
        each = Fraction("0.003")
        test_price = (
            (value + duty + half_up(each * quantities["piece"])) / (1 - Fraction("0.36")) / (quantities["piece"] / 200)
        )
        rate, amount, unit = ("0.56" if test_price >= 70 else "0.36"), "0.003", "piece"
    else:
        rate, amount, unit = CONSUMPTION_TAX[name]
    share = Fraction(rate)
    by_quantity = Fraction(amount) * (quantities[unit] if unit else 0)
    composite = (value + duty + by_quantity) / (1 - share)
    return half_up(composite * share + by_quantity)


def taxes_by_hand(line, day, value, quantities, dollar):
    duty = duty_of(line["code"], day, value, quantities)
    if duty is None:
        return None
    if duty <= 50:
        duty = Fraction(0)
    vat_rate = Fraction(next(r[1 if line["vat_class"] == "standard" else 2] for r in reversed(VAT) if r[0] <= day))
    tax = (
        consumption_tax_of(line["ct_class"], day, value, duty, quantities, dollar) if line["ct_class"] else Fraction(0)
    )
    vat = half_up((value + duty + tax) * vat_rate)
    is_levied = (lambda amount: amount > 50) if day >= "2024-12-01" else (lambda amount: amount >= 50)
    return duty + sum(amount for amount in (tax, vat) if is_levied(amount))


def a_sample(chance):
    line = chance.choice(LINES)
    day = (dt.date(2018, 7, 1) + dt.timedelta(chance.randrange(3_065))).isoformat()
    value = Fraction(
        chance.choice([chance.randrange(1, 10**5), chance.randrange(1, 10**9), chance.randrange(1, 10**12)]), 100
    )
    return (
        line,
        day,
        value,
        Fraction(chance.randrange(1, 10**7), 1000),
        Fraction(chance.randrange(62_000, 74_000), 10_000),
    )


@pytest.mark.parametrize("seed", range(4))
def test_our_taxes_are_those_by_hand(seed):
    chance = random.Random(seed)  # trial data needs no secrecy
    compared = 0
    for _ in range(SAMPLES // 4):
        line, day, value, amount, dollar = a_sample(chance)
        if not in_force(line, day) or line["vat_class"] not in ("standard", "reduced"):
            continue
        quantities = {
            "litre": amount,
            "piece": amount,
            "set": amount,
            "millilitre_or_gram": amount,
            "kg": amount,
            "tonne": amount / 1000,
        }
        by_hand = taxes_by_hand(line, day, value, quantities, dollar)
        if by_hand is None or (amount * 1000).denominator != 1:
            continue
        given = {unit: decimal(q) for unit, q in quantities.items() if unit != "tonne"}
        answer = assess(
            read_shipment(
                {
                    "dates": {"declared": day},
                    "exchange_rates": {"USD": decimal(dollar)},
                    "items": [
                        {
                            "commodity_code": line["code"],
                            "origin": "AR",
                            "dutiable_value": decimal(value),
                            "quantities": given,
                            "country_quota_exhausted": "no",
                        }
                    ],
                }
            )
        )
        item = answer.items[0]
        assert item.applied is not None, (line["code"], day, [f.code for f in item.findings])
        if any(c.kind not in ("customs_duty", "consumption_tax", "import_vat") for c in item.applied.charges):
            continue
        rate = next((p.value for c in item.applied.charges[:1] for p in c.parameters), "")
        if "tonne" in rate and (amount * 1000) % 1000:
            continue  # we count a tonne in whole thousandths, that is in kilograms
        assert Fraction(item.applied.total, 100) == by_hand, (line["code"], day, str(value), str(amount), rate)
        compared += 1
    assert compared > 250


def decimal(fraction):
    """A fraction that ends as decimal text."""
    scaled = fraction * 10_000
    assert scaled.denominator == 1
    whole, rest = divmod(scaled.numerator, 10_000)
    return f"{whole}.{rest:04d}".rstrip("0").rstrip(".")
