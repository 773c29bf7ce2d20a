"""What travellers bring in (进境旅客行李物品).

Law      until 2024-11-30 duty-regulations-2003#57, from 2024-12-01 tariff-law-2024#5: articles for personal use are free within a set amount;
         gacc-2010-54: residents 5,000, non-residents 2,000 for what stays in China; only the excess is taxed, an indivisible article in full.
         mof-gacc-sta-hk-macao-2024: residents of 18 and over from Hong Kong and Macao 12,000, at six ports from 2024-07-01, at all but the first line
         of Hengqin from 2024-08-01. gacc-order-58: short and frequent trips have no allowance, only what the journey needs.
Units    amounts in fen; ages in completed years; the tax itself is channels/personal_articles.
Reading  An amount of exactly the allowance is free (含). Tobacco, alcohol and the twenty kinds of goods that are never relieved stand outside the
         allowance and are taxed apart from it. An indivisible article is first set against the allowance; if it alone exceeds it, it is taxed in
         full and the rest keeps the allowance (the announcement speaks of one article; for a mixed bag this is our reading). Under 18, a resident
         from Hong Kong or Macao keeps the general 5,000. The day is that of entry.
         Hengqin: second_line is entry to the mainland from the Hengqin zone, where the announcement applies the higher amount.
"""

from __future__ import annotations

from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.money import fen_of, yuan
from tongguan.grammar.parameters import LawBook
from tongguan.law.channels.facts import day_of, is_yes, whole_of

SIX_PORTS = frozenset({"luohu", "futian", "shenzhen_bay", "west_kowloon", "gongbei", "hzmb_zhuhai"})
"""Luohu, Futian, Shenzhen Bay, West Kowloon station, Gongbei, the Zhuhai port of the Hong Kong-Zhuhai-Macao bridge."""
HENGQIN_FIRST_LINE = "hengqin_first_line"


def allowance(
    is_resident: bool,
    is_frequent: bool,
    is_raised: bool,
    general_amount: int,
    non_resident_amount: int,
    raised_amount: int,
) -> int:
    """The free amount of a traveller in fen; `is_raised` says that the Hong Kong and Macao amount applies to person, port and day."""
    if is_frequent:
        return 0
    if not is_resident:
        return non_resident_amount
    if is_raised:
        return raised_amount
    return general_amount


def taxed_value(divisible: int, indivisible: int, free_amount: int, never_free: int) -> int:
    """The value that bears tax: what never is free, and of the rest the excess; an indivisible article above the free amount counts whole."""
    if indivisible > free_amount:
        excess = indivisible + (divisible - free_amount if divisible > free_amount else 0)
    elif divisible + indivisible > free_amount:
        excess = divisible + indivisible - free_amount
    else:
        excess = 0
    return never_free + excess


def quantity_above(quantity: int, free_quantity: int) -> int:
    """Cigarettes or alcohol beyond the free quantity, in the same unit."""
    return quantity - free_quantity if quantity > free_quantity else 0


def raised_allowance_applies(given: dict[str, object], law: LawBook) -> bool:
    """Whether the Hong Kong and Macao amount applies to this person, at this port, on this day."""
    if is_yes(given, "non_resident") or str(given.get("from", "")) not in {"HK", "MO"}:
        return False
    day, port = day_of(given), str(given.get("port", ""))
    if not port:
        raise OutOfCoverage("channels.port_of_entry_unknown", day=day.isoformat())
    at = law.rule("channels/travellers").at
    group = "hengqin_first_line" if port == HENGQIN_FIRST_LINE else "six_ports" if port in SIX_PORTS else "other_ports"
    if at(f"hk_macao_amount_applies_at_{group}", day).value != "yes":
        return False
    return whole_of(given, "age", 18) >= at("adult_age", day).whole()


def allowance_on(given: dict[str, object], law: LawBook) -> int:
    """The allowance in fen from the written facts: date, non_resident, from, port, age, frequent."""
    day = day_of(given)
    at = law.rule("channels/travellers").at
    raised = raised_allowance_applies(given, law)
    return allowance(
        not is_yes(given, "non_resident"),
        is_yes(given, "frequent"),
        raised,
        at("resident_allowance", day).fen(),
        at("non_resident_allowance", day).fen(),
        at("resident_allowance_hk_macao", day).fen() if raised else 0,
    )


def case(given: dict[str, object], law: LawBook) -> dict[str, object]:
    """A worked case: who enters when and where, with what: value, indivisible, never_free; or cigarettes, alcohol_ml."""
    if "cigarettes" in given or "alcohol_ml" in given:
        day = day_of(given)
        where = "hk_macao" if str(given.get("from", "")) in {"HK", "MO"} else "elsewhere"
        answer: dict[str, object] = {}
        for kind in ("cigarettes", "alcohol_ml"):
            if kind in given:
                free = law.rule("channels/travellers").at(f"free_{kind}_{where}", day).whole()
                answer[f"{kind}_above"] = str(quantity_above(whole_of(given, kind), free))
        return answer
    free_amount = allowance_on(given, law)
    amounts = [fen_of(given.get(key, "0")) for key in ("value", "indivisible", "never_free")]
    return {"allowance": yuan(free_amount), "taxed": yuan(taxed_value(amounts[0], amounts[1], free_amount, amounts[2]))}
