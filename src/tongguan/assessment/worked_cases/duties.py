"""Figures of customs duty: the rate that applies, the duty under it, and the duties laid over it."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from tongguan.assessment import pipeline
from tongguan.assessment.worked_cases import vocabulary as words
from tongguan.assessment.worked_cases.channels import channel_of
from tongguan.assessment.worked_cases.sheet import Lacking, Sheet, derives, has
from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.money import fen_of, half_up, milli_of, ppm_of, specific_fraction
from tongguan.law.customs_duty.ad_valorem.rule import ad_valorem_duty
from tongguan.law.customs_duty.sliding.rule import sliding_duty, sliding_rate_ppm, unit_value_milli
from tongguan.law.customs_duty.specific.rule import specific_duty
from tongguan.law.duty_rate.selection import rule as selection
from tongguan.law.undetermined_origin.rule import undetermined_origin_duty
from tongguan.tariff.origins import MFN_NO, MFN_YES

WHERE_RATES_ARE_COMPARED = 100_000_000
"""One million yuan in fen: what rates are compared on when the case states no value."""
NOT_OPEN = -1
FIRST_DAY_OF_THE_TARIFF_LAW = "2024-12-01"
CASE_NAMES = {
    selection.MFN: "mfn",
    selection.PROVISIONAL: "interim",
    selection.CONVENTIONAL: "agreement",
    selection.SPECIAL_PREFERENTIAL: "special",
    selection.GENERAL: "general",
    selection.IN_QUOTA: "quota",
    selection.IN_QUOTA_PROVISIONAL: "quota_interim",
}
SCHEDULE_NAMES = {
    "mfn": "mfn", "provisional": "interim", "conventional": "agreement", "special": "special", "general": "general", "in_quota": "quota",
    "in_quota_provisional": "quota_interim",
}  # fmt: skip
UNKNOWN_ORIGIN = (
    "unknown origin",
    "origin unknown",
    "undetermined origin",
    "origin not known",
    "no mfn treatment",
    "without mfn treatment",
    "原产地不明",
)
UNKNOWN_ORIGINS = frozenset({"unknown", "undetermined", "not known", "不明", "unproven", "not proven"})
NO_PROOF = frozenset({"no", "false", "missing", "absent", "not given", "invalid", "expired", "none given"})
COTTON = "52010000"


class RateStated(NamedTuple):
    """One rate: a share of the value, an amount for each unit, or both; `per` is the unit, `yuan` the amount as written."""

    ppm: int = 0
    num: int = 0
    den: int = 1
    per: str = ""
    yuan: Decimal = Decimal(0)
    is_specific: bool = False
    is_ad_valorem: bool = False

    @property
    def form(self) -> int:
        """As in the pipeline."""
        if self.is_specific:
            return pipeline.COMPOUND if self.is_ad_valorem and self.ppm else pipeline.SPECIFIC
        return pipeline.AD_VALOREM

    @property
    def figure(self) -> Fraction:
        """The rate as a figure: the share, or yuan for each unit."""
        return Fraction(self.yuan) if self.form == pipeline.SPECIFIC else Fraction(self.ppm, 1_000_000)


class Chosen(NamedTuple):
    """The rate that applies and the duty under it, where the case has what the duty needs."""

    kind: str
    rate: RateStated
    duty: int | None


def commodity_code(s: Sheet) -> str:
    """The tariff line stated, eight digits of it; empty when none is."""
    return re.sub(r"\D", "", s.text("hs"))[:8]


# --- what duty is computed on ---


def value_of(s: Sheet) -> int:
    """The dutiable value in fen. Raises Lacking."""
    return s.money("taxable_value" if s.has("original_value") else "customs_value_cny")


def duty_under(s: Sheet, rate: RateStated) -> int:
    """Duty in fen under one rate. Raises Lacking for the value or the quantity it needs."""
    value = value_of(s) if rate.form != pipeline.SPECIFIC else 0
    quantity = _quantity(s, rate.per) if rate.is_specific else 0
    return pipeline.customs_duty(rate.form, value, quantity, rate.ppm, rate.num, rate.den, 0, 0, 1, 0, 0, 0)


def _quantity(s: Sheet, unit: str) -> int:
    return s.need_quantity(unit)


# --- the rates stated ---


def rates_stated(s: Sheet) -> dict[str, RateStated]:
    """Every duty rate of the case by its kind; a share and an amount of one kind are one compound rate."""
    found: dict[str, RateStated] = {}
    for name, match, value in s.matching(words.RATE_FACT.fullmatch):
        if isinstance(value, list):
            raise OutOfCoverage("cases.one_rate_needed", fact=name)
        kind = words.RATE_WORDS[match["word"] or match["bare"]]
        if kind in found and found[kind].is_ad_valorem and found[kind].ppm != ppm_of(value):
            raise OutOfCoverage("cases.two_rates_of_a_kind", fact=name, kind=kind)
        s.use(name)
        found[kind] = found.get(kind, RateStated())._replace(ppm=ppm_of(value), is_ad_valorem=True)
    for name, match, value in s.matching(words.SPECIFIC_FACT.fullmatch):
        if match["word"] is None:
            continue
        s.use(name)
        kind = words.RATE_WORDS[match["word"]]
        found[kind] = _with_amount(found.get(kind, RateStated()), value, words.UNITS[match["unit"]])
    return found


def _with_amount(rate: RateStated, value: Decimal, unit: str) -> RateStated:
    num, den = specific_fraction(value)
    return rate._replace(num=num, den=den, per=unit, yuan=value, is_specific=True)


def plain_rate(s: Sheet) -> RateStated | None:
    """A rate stated without its kind: `duty_rate`, or `ad_valorem` with an amount for each unit."""
    rate = RateStated()
    share = s.stated("duty_rate", "ad_valorem", "duty_rate_applied")
    if isinstance(share, list):
        raise OutOfCoverage("cases.one_rate_needed", fact="duty_rate")
    if share is not None:
        rate = rate._replace(ppm=ppm_of(share), is_ad_valorem=True)
    for name, match, value in s.matching(words.SPECIFIC_FACT.fullmatch):
        is_tax = name == "rate_cny_per_l" and s.asked & {"consumption_tax", "consumption_tax_payable"}
        if match["word"] is None and not is_tax:
            s.use(name)
            rate = _with_amount(rate, value, words.UNITS[match["unit"]])
    return rate if rate.is_ad_valorem or rate.is_specific else None


def from_the_schedule(s: Sheet) -> dict[str, RateStated]:
    """The rates of the tariff line stated. Raises Lacking without a line, OutOfCoverage for one not held."""
    code = commodity_code(s)
    if not code:
        raise Lacking("duty_rate | mfn_rate | hs")
    s.world.schedule.line(code, s.day)
    wanted = s.text("agreement").upper()
    found: dict[str, RateStated] = {}
    for rate in s.world.schedule.rates_on(code, s.day):
        schemes = s.world.origins.schemes
        mine = not rate.scheme or (
            wanted
            and wanted in (rate.scheme.upper(), schemes[rate.scheme].code.upper() if rate.scheme in schemes else "")
        )
        if rate.formula or not mine:
            continue
        held = RateStated(
            rate.rate,
            rate.num,
            rate.den,
            rate.per_unit,
            Decimal(rate.amount or 0),
            bool(rate.per_unit),
            not rate.per_unit or bool(rate.rate),
        )
        found[SCHEDULE_NAMES.get(rate.kind, rate.kind)] = held
    s.remark(
        "cases.rate_from_schedule", "hs", {"hs": code, "day": s.day.isoformat(), "schedule": s.world.schedule.label}
    )
    return found


# --- the choice ---


def _entitled(s: Sheet, rates: dict[str, RateStated], *, is_schedule: bool) -> dict[str, RateStated]:
    """The rates open to the goods: by origin between MFN and general, by certificate inside a quota, by proof for a preference."""
    open_rates = dict(rates)
    origin = s.text("origin")
    treatment = _mfn_treatment(s, origin)
    if treatment is None and "mfn" in rates and "general" in rates:
        others = set(rates) - {"mfn", "general"}
        unknown = s.title_says(*UNKNOWN_ORIGIN) or not (others or is_schedule or s.group_is("rate-choice"))
        treatment = MFN_NO if unknown else MFN_YES
        s.remark("cases.origin_not_stated", "", {"taken": "general" if unknown else "mfn"})
    if treatment == MFN_NO:
        for kind in (
            ("mfn", "agreement", "special")
            if s.title_says(*UNKNOWN_ORIGIN) or origin.lower() in UNKNOWN_ORIGINS
            else ("mfn",)
        ):
            open_rates.pop(kind, None)
    elif treatment == MFN_YES and "mfn" in rates:
        open_rates.pop("general", None)
    in_quota = s.says("in_quota")
    if in_quota is False or (is_schedule and not in_quota):
        open_rates.pop("quota", None)
        open_rates.pop("quota_interim", None)
    if in_quota and not {"quota", "quota_interim"} & set(open_rates):
        raise Lacking("quota_rate")
    if s.says("preference_claimed") is False or s.text("origin_proof").lower() in NO_PROOF:
        open_rates.pop("agreement", None)
        open_rates.pop("special", None)
    return open_rates


def _mfn_treatment(s: Sheet, origin: str) -> int | None:
    """Whether goods of the origin stated have MFN treatment; None where it is not stated or not known."""
    plain = origin.strip().lower()
    if not plain:
        return None
    if plain in UNKNOWN_ORIGINS or plain.startswith(("general", "non-mfn", "no mfn")):
        return MFN_NO
    if "mfn" in plain or "wto" in plain:
        return MFN_YES
    code = origin.strip().upper()
    if not s.world.origins.is_country(code):
        return None
    known = s.world.origins.mfn(code, s.day)
    return known if known in (MFN_YES, MFN_NO) else None


def chosen_rate(s: Sheet) -> Chosen:
    """The rate that applies. Rates of unlike forms are compared by the duty they give. Raises Lacking."""
    stated = rates_stated(s)
    plain = plain_rate(s)
    if not stated and plain is not None:
        return Chosen("specific" if plain.form == pipeline.SPECIFIC else "ad_valorem", plain, None)
    is_schedule = not stated
    rates = from_the_schedule(s) if is_schedule else stated
    if not is_schedule:
        _compare_with_schedule(s, stated)
    open_rates = _entitled(s, rates, is_schedule=is_schedule)
    duties = {kind: _comparable(s, rate, open_rates) for kind, rate in open_rates.items()}
    every = [
        duties.get(name, NOT_OPEN)
        for name in ("mfn", "interim", "agreement", "special", "general", "quota", "quota_interim")
    ]
    kind = CASE_NAMES.get(selection.select_rate(*every))
    if kind is None:
        raise Lacking("mfn_rate | agreement_rate | special_rate | general_rate")
    return Chosen(kind, open_rates[kind], None)


def _comparable(s: Sheet, rate: RateStated, rates: dict[str, RateStated]) -> int:
    """The duty under a rate, to compare with the others; shares alone are compared on a million yuan."""
    if all(r.form == pipeline.AD_VALOREM for r in rates.values()):
        return ad_valorem_duty(WHERE_RATES_ARE_COMPARED, rate.ppm)
    if all(r.form == pipeline.SPECIFIC and r.per == rate.per for r in rates.values()):
        return specific_duty(WHERE_RATES_ARE_COMPARED, rate.num, rate.den)
    return duty_under(s, rate)


def _compare_with_schedule(s: Sheet, stated: dict[str, RateStated]) -> None:
    """Remarks where the schedule holds another rate of the line than the case states."""
    code = commodity_code(s)
    if not code:
        return
    for rate in s.world.schedule.rates_on(code, s.day):
        kind = SCHEDULE_NAMES.get(rate.kind, rate.kind)
        given = stated.get(kind)
        if given is None or rate.scheme or rate.formula:
            continue
        if (given.ppm, given.num * rate.den) != (rate.rate, rate.num * given.den):
            value = given.yuan if given.is_specific else Decimal(given.ppm) / 1_000_000
            s.differs(f"{kind}_rate", value, rate.text(), f"{s.world.schedule.label} {code}")


# --- cotton ---


def is_sliding(s: Sheet) -> bool:
    """Cotton outside the quota under the sliding duty: by its formula, or its value for each kilogram where no rate is stated."""
    if s.has("formula"):
        return True
    is_plain = not any(words.RATE_FACT.fullmatch(name) for name in s.case.inputs) and not s.has("duty_rate")
    code = re.sub(r"\D", "", str(s.case.inputs.get("hs") or ""))[:8]
    return (
        is_plain
        and (s.has("unit_value_cny_per_kg") or (code == COTTON and s.has("kg")))
        and code in ("", COTTON)
        and not s.has("ad_valorem")
    )


class Cotton(NamedTuple):
    """The sliding duty on the cotton in hand: a kind, a rate, and the duty where the quantity is known."""

    kind: str
    rate: Fraction
    duty: int | None


def cotton_of(s: Sheet) -> Cotton:
    """The sliding duty with the case's constants, each compared with the year's, or the year's own. Raises Lacking or OutOfCoverage."""
    formula = s.stated("formula") or {}
    s.text("hs")  # the sliding duty is cotton's; the code says no more
    names = {
        "k1": ("k1",), "k2": ("k2",), "threshold": ("threshold",), "specific_amount": ("specific_above", "specific_amount", "specific"),
        "ceiling": ("cap", "ceiling"),
    }  # fmt: skip
    constants: dict[str, Decimal] = {}
    for parameter, keys in names.items():
        given = next((formula[key] for key in keys if formula.get(key) is not None), None)
        if given is None:
            given = Decimal(s.law(f"customs_duty/sliding/{parameter}").value)
        else:
            s.compare("formula", Decimal(given), f"customs_duty/sliding/{parameter}")
        constants[parameter] = Decimal(given)
    k1, k2 = (int(constants[k] * 1_000_000) for k in ("k1", "k2"))
    threshold, ceiling = milli_of(constants["threshold"]), ppm_of(constants["ceiling"])
    num, den = specific_fraction(constants["specific_amount"])
    kilograms = s.quantity("kg")
    value = s.money("customs_value_cny") if kilograms is not None else None
    if value is not None and kilograms:
        pi = unit_value_milli(value, kilograms)
        duty: int | None = sliding_duty(value, kilograms, threshold, num, den, k1, k2, ceiling)
    else:
        pi, duty = (
            unit_value_milli(half_up(int(Decimal(s.need("unit_value_cny_per_kg")) * 1_000_000), 10), 1_000_000),
            None,
        )
    if pi <= 0:
        raise Lacking("unit_value_cny_per_kg")
    if pi >= threshold:
        return Cotton("specific", Fraction(constants["specific_amount"]), duty)
    return Cotton("ad_valorem", Fraction(sliding_rate_ppm(pi, k1, k2, ceiling), 1_000_000), duty)


@derives("kind", when=is_sliding)
def kind_of_sliding_rate(s: Sheet) -> str:
    """Whether cotton of this value bears an amount or a share."""
    return cotton_of(s).kind


@derives("rate", "applied_rate", when=is_sliding)
def sliding_rate(s: Sheet) -> Fraction:
    """The amount for each kilogram, or the share."""
    return cotton_of(s).rate


@derives("duty", when=is_sliding)
def duty_on_cotton(s: Sheet) -> int:
    """The sliding duty."""
    duty = cotton_of(s).duty
    if duty is None:
        raise Lacking("kg")
    return duty


# --- undetermined origin under a measure ---


def undetermined_ppm(s: Sheet) -> int:
    """The rate of goods under a measure whose origin is not shown to lie elsewhere (tariff-law-2024#19). Raises Lacking."""
    highest = s.ppm("highest_measure_rate")
    if s.has("applicable_rate"):
        applicable = s.ppm("applicable_rate")
    else:
        rates = {kind: rate for kind, rate in rates_stated(s).items() if kind != "general"}
        if not rates:
            raise Lacking("applicable_rate")
        applicable = chosen_rate(s).rate.ppm
    if s.day.isoformat() < FIRST_DAY_OF_THE_TARIFF_LAW:
        s.remark("cases.article_19_not_in_force", "highest_measure_rate", {"day": s.day.isoformat()})
        return undetermined_origin_duty(highest, applicable, 0)
    general = rates_stated(s).get("general")
    if general is None:
        raise Lacking("general_rate")
    return undetermined_origin_duty(highest, applicable, general.ppm)


@derives("rate", "applied_rate", when=has("highest_measure_rate"))
def rate_of_undetermined_origin(s: Sheet) -> Fraction:
    """The one rate that stands for everything."""
    return Fraction(undetermined_ppm(s), 1_000_000)


@derives("kind", when=has("highest_measure_rate"))
def kind_of_undetermined_origin(s: Sheet) -> str:
    """No kind of article 10: a rate of its own."""
    undetermined_ppm(s)
    return "undetermined"


@derives("duty", when=has("highest_measure_rate"))
def duty_of_undetermined_origin(s: Sheet) -> int:
    """The duty under that rate."""
    return ad_valorem_duty(value_of(s), undetermined_ppm(s))


# --- the ordinary way ---


def is_ordinary(s: Sheet) -> bool:
    """Whether the choice of articles 10 to 14 decides, and nothing before it."""
    return not is_sliding(s) and not s.has("highest_measure_rate")


@derives("kind", when=is_ordinary)
def kind_of_rate(s: Sheet) -> str:
    """Which kind of rate applies."""
    return chosen_rate(s).kind


@derives("rate", "applied_rate", "duty_rate", when=is_ordinary)
def rate_that_applies(s: Sheet) -> Fraction:
    """The rate itself."""
    return chosen_rate(s).rate.figure


@derives("duty", when=lambda s: is_ordinary(s) and channel_of(s) == "general")
def duty_on_goods(s: Sheet) -> int:
    """Duty on goods under the rate that applies, whatever its form."""
    if not any(words.kind_of_fact(name) for name in s.case.inputs):
        raise Lacking("customs_value_cny", "duty_rate")
    if s.has("rate") and plain_rate(s) is None and not rates_stated(s):
        return ad_valorem_duty(value_of(s), s.ppm("rate"))
    chosen = chosen_rate(s)
    if chosen.kind == "ad_valorem" and commodity_code(s):
        _compare_plain(s, chosen.rate)
    return duty_under(s, chosen.rate)


def _compare_plain(s: Sheet, given: RateStated) -> None:
    """Remark where no rate of the line in the schedule is the one stated as `duty_rate`."""
    code = commodity_code(s)
    held = [r for r in s.world.schedule.rates_on(code, s.day) if not r.formula and not r.per_unit]
    by_scheme = {
        scheme.all_lines_rate for scheme in s.world.origins.schemes.values() if scheme.since <= s.day <= scheme.until
    }
    if held and given.ppm not in {r.rate for r in held} | by_scheme:
        ours = ", ".join(f"{r.kind} {r.text()}" for r in held if not r.scheme)
        s.differs(
            "duty_rate", Decimal(given.ppm) / 1_000_000, ours or held[0].text(), f"{s.world.schedule.label} {code}"
        )


# --- duties laid over it ---


def overlay_rates(s: Sheet) -> dict[str, list[int]]:
    """Additional duties by the name of their figure, each with its rates in ppm."""
    found: dict[str, list[int]] = {}
    for name, stem, value in s.matching(lambda name: words.overlay_of(name, s.asked)):
        s.use(name)
        found.setdefault(f"{stem}_duty", []).extend(
            ppm_of(part) for part in (value if isinstance(value, list) else [value])
        )
    return found


def overlays_of(s: Sheet) -> dict[str, int]:
    """Additional duties by the name of their figure, in fen: from their rates, or as stated. Raises Lacking."""
    amounts = {
        name: sum(ad_valorem_duty(value_of(s), ppm) for ppm in rates) for name, rates in overlay_rates(s).items()
    }
    for name, _, value in s.matching(words.OVERLAY_AMOUNT.fullmatch):
        if name not in amounts:
            s.use(name)
            amounts[name] = fen_of(value)
    return amounts


def overlay_duty(s: Sheet, figure: str) -> int:
    """One additional duty. Raises Lacking."""
    amounts = overlays_of(s)
    if figure not in amounts:
        raise Lacking(figure.removesuffix("_duty") + "_rate")
    return amounts[figure]


@derives("additional_duties")
def all_overlays(s: Sheet) -> int:
    """Every additional duty together."""
    return sum(overlays_of(s).values())


@derives("total_duty")
def duty_and_overlays(s: Sheet) -> int:
    """Duty with everything laid over it."""
    return s.money("duty") + s.money("additional_duties")


@derives("combined_rate")
def rates_together(s: Sheet) -> Fraction:
    """The rate of duty and those laid over it."""
    base = s.exact("rate")
    return base + Fraction(sum(ppm for rates in overlay_rates(s).values() for ppm in rates), 1_000_000)
