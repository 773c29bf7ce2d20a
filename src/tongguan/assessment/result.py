"""The answer: what applies, what else is open, why not, and every charge with its own proof.

A charge can be recomputed from its own fields (`Charge.recompute`); a test does so for every charge in every case. Inside, amounts are whole fen;
`to_json` writes them as text with their currency.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from tongguan.grammar.citations import WEAK, cite_text, weakest
from tongguan.grammar.findings import Finding, render, render_next
from tongguan.grammar.money import half_up, quantity_text, ratio_text, whole_yuan_down, yuan
from tongguan.grammar.parameters import InForce
from tongguan.law.customs_duty.by_unit_value.rule import by_unit_value_duty
from tongguan.law.customs_duty.lower_of.rule import lower_duty
from tongguan.law.customs_duty.sliding.rule import sliding_duty


class ParameterUsed(msgspec.Struct, frozen=True):
    """A dated number of the law an amount rests on."""

    name: str
    value: str
    unit: str
    since: dt.date
    citation: str
    confidence: str
    verified_until: dt.date

    @classmethod
    def of(cls, p: InForce) -> ParameterUsed:
        """From a parameter as of a day."""
        return cls(p.name, p.value, p.unit, p.since, p.citation, p.confidence, p.verified_until)

    def to_json(self) -> dict[str, str]:
        """As plain text."""
        return {
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "in_force_from": self.since.isoformat(),
            "because": self.citation,
            "confidence": self.confidence,
            "verified_until": self.verified_until.isoformat(),
        }


class Charge(msgspec.Struct, frozen=True):
    """Any amount demanded (应征款项), with everything it was made of.

    formula   ad_valorem   base × rate
              specific     quantity × amount
              compound     base × rate + quantity × amount
              composite    (base × rate + quantity × amount) ÷ (1 − rate), the consumption tax on the composite price
              sliding      by unit value, constants in `terms`
              lower_of     the lower of base × rate and quantity × amount
              by_unit_value  as compound above a threshold in dollars a unit, base × rate below it; threshold, dollar and rate in `terms`
              composite_vat  (base + quantity × amount) ÷ (1 − composite_rate) × rate
              daily        base × rate × times, whole yuan where rounding says so
              per_year     base × rate × times ÷ 360
              share        base × num ÷ den, a tax levied in part: months of sixty, days of a period
              given        as stated
    base in fen, rate in ppm, quantity in milli-units, amount as fen per milli-unit num/den; `factor` in ppm multiplies the result before rounding.
    """

    kind: str
    formula: str
    amount: int
    payable: int
    base: int = 0
    rate: int = 0
    quantity: int = 0
    num: int = 0
    den: int = 1
    unit: str = ""
    factor: int = 1_000_000
    composite_rate: int = 0
    times: int = 1
    terms: tuple[int, ...] = ()
    rounding: str = "half_up_to_fen"
    because: str = ""
    label_zh: str = ""
    label_en: str = ""
    waived_because: str = ""
    confidence: str = "V1"
    parameters: tuple[ParameterUsed, ...] = ()

    def recompute(self) -> int:
        """The amount in fen, from the fields alone."""
        if self.formula in ("lower_of", "by_unit_value", "sliding"):
            return self._by_unit()
        if self.formula in ("daily", "per_year", "share"):
            return self._by_time_or_part()
        return self._by_rate()

    def _by_unit(self) -> int:
        """Forms of duty that look at the value of one unit."""
        if self.formula == "lower_of":
            return lower_duty(self.base, self.rate, self.quantity, self.num, self.den)
        if self.formula == "by_unit_value":
            threshold, dollar, below = self.terms
            return by_unit_value_duty(self.base, self.quantity, threshold, dollar, below, self.rate, self.num, self.den)
        threshold, k1, k2, ceiling = self.terms
        if self.quantity <= 0:
            return half_up(self.base * ceiling, 1_000_000)
        return sliding_duty(self.base, self.quantity, threshold, self.num, self.den, k1, k2, ceiling)

    def _by_time_or_part(self) -> int:
        """Charges of so much a day or a year, and taxes levied in part."""
        if self.formula == "share":
            return half_up(self.base * self.num, self.den)
        if self.formula == "per_year":
            return half_up(self.base * self.rate * self.times, 1_000_000 * 360)
        if self.rounding == "whole_yuan_down":
            return whole_yuan_down(self.base * self.rate * self.times // 1_000_000)
        return half_up(self.base * self.rate * self.times, 1_000_000)

    def _by_rate(self) -> int:
        """Rates, amounts per unit and their composite forms; `factor` multiplies before the one rounding."""
        by_value_and_quantity = self.base * self.rate * self.den + self.quantity * self.num * 1_000_000
        if self.formula in ("ad_valorem", "specific", "compound"):
            return half_up(by_value_and_quantity * self.factor, 1_000_000 * self.den * 1_000_000)
        if self.formula == "composite":
            return half_up(by_value_and_quantity * self.factor, (1_000_000 - self.rate) * self.den * 1_000_000)
        if self.formula == "composite_vat":
            numerator = (self.base * self.den + self.quantity * self.num) * self.rate
            return half_up(numerator * self.factor, (1_000_000 - self.composite_rate) * self.den * 1_000_000)
        return self.amount

    def rate_text(self) -> str:
        """The rate as decimal text; for specific parts the amount in yuan per unit."""
        if self.formula == "specific":
            return ""
        return ratio_text(self.rate)

    def to_json(self) -> dict[str, Any]:
        """As plain text, recomputable."""
        return {
            "kind": self.kind,
            "label_zh": self.label_zh,
            "label_en": self.label_en,
            "formula": self.formula,
            "base": yuan(self.base),
            "rate": ratio_text(self.rate),
            "quantity": quantity_text(self.quantity),
            "unit": self.unit,
            "amount_per_unit": {"fen": str(self.num), "per_thousandths_of_unit": str(self.den)} if self.num else None,
            "composite_rate": ratio_text(self.composite_rate) if self.composite_rate else None,
            "factor": ratio_text(self.factor),
            "times": self.times,
            "terms": list(self.terms),
            "rounding": self.rounding,
            "amount": yuan(self.amount),
            "payable": yuan(self.payable),
            "waived_because": self.waived_because,
            "because": self.because,
            "because_zh": cite_text(self.because, "zh") if self.because else "",
            "because_en": cite_text(self.because, "en") if self.because else "",
            "confidence": self.confidence,
            "parameters": [p.to_json() for p in self.parameters],
        }


class Reason(msgspec.Struct, frozen=True):
    """Why an option applies or does not: a message code, its facts and the article."""

    code: str
    because: str = ""
    facts: dict[str, str] = {}

    def text(self, language: str) -> str:
        """The reason in "zh" or "en"."""
        return render(self.code, self.facts, language)

    def next_step(self, language: str) -> str:
        """What would change it, in "zh" or "en"; empty when nothing would."""
        return render_next(self.code, self.facts, language)

    def to_json(self) -> dict[str, Any]:
        """As plain text."""
        return {
            "code": self.code,
            "message_zh": self.text("zh"),
            "message_en": self.text("en"),
            "next_step_zh": self.next_step("zh"),
            "next_step_en": self.next_step("en"),
            "because": self.because,
            "because_zh": cite_text(self.because, "zh") if self.because else "",
            "because_en": cite_text(self.because, "en") if self.because else "",
        }


APPLIES = "applies"
OPEN = "open"
NEEDS_EVIDENCE = "needs_evidence"
DISPLACED = "displaced"
NOT_ENCODED = "not_encoded"


class Option(msgspec.Struct, frozen=True):
    """One way the goods can be taxed.

    status   applies          on the facts declared
             open             lawful on the facts declared, and not cheaper
             needs_evidence   lawful once the named proof or certificate is shown
             displaced        a rate that exists but that another article puts aside; shown so that nobody wonders
             not_encoded      may exist; we do not hold it and claim nothing
    rank is the place among the lawful options by total payable, rank_with_evidence by total payable and declared evidence costs; 0 for the others.
    """

    basis: str
    rate_kind: str
    status: str
    label_zh: str
    label_en: str
    rate_text: str
    scheme: str = ""
    charges: tuple[Charge, ...] = ()
    reasons: tuple[Reason, ...] = ()
    total: int | None = None
    evidence_cost: int = 0
    saving: int | None = None
    confidence: str = "V1"
    condition_zh: str = ""
    condition_en: str = ""
    rank: int = 0
    rank_with_evidence: int = 0

    @property
    def total_with_evidence(self) -> int | None:
        """Total payable plus what the evidence costs, in fen."""
        return None if self.total is None else self.total + self.evidence_cost

    def to_json(self) -> dict[str, Any]:
        """As plain text."""
        return {
            "basis": self.basis,
            "scheme": self.scheme,
            "rate_kind": self.rate_kind,
            "rate": self.rate_text,
            "status": self.status,
            "label_zh": self.label_zh,
            "label_en": self.label_en,
            "condition_zh": self.condition_zh,
            "condition_en": self.condition_en,
            "total": None if self.total is None else money(self.total),
            "evidence_cost": money(self.evidence_cost),
            "total_with_evidence": None if self.total is None else money(self.total + self.evidence_cost),
            "saving_against_applied": None if self.saving is None else money(self.saving),
            "rank": self.rank,
            "rank_with_evidence": self.rank_with_evidence,
            "confidence": self.confidence,
            "charges": [c.to_json() for c in self.charges],
            "reasons": [r.to_json() for r in self.reasons],
        }


class ValueStep(msgspec.Struct, frozen=True):
    """One step from the invoice to the dutiable value."""

    kind: str
    amount_zh: str
    amount_en: str
    label_zh: str
    label_en: str
    because: str = ""


class MissingFact(msgspec.Struct, frozen=True):
    """A fact the answer turns on: the least and greatest total when it alone varies; `high` is None where nothing bounds it."""

    name: str
    low: int | None
    high: int | None

    def to_json(self) -> dict[str, Any]:
        """As plain text."""
        return {
            "name": self.name,
            "total_low": None if self.low is None else money(self.low),
            "total_high": None if self.high is None else money(self.high),
        }


class ItemAssessment(msgspec.Struct, frozen=True):
    """Everything we say about one goods item.

    `low` and `high` bound the total in fen; they are equal when every fact is known; `high` is None when nothing bounds it from above.
    """

    number: int
    commodity_code: str
    name_zh: str
    name_en: str
    origin: str
    dutiable_value: int | None
    value_steps: tuple[ValueStep, ...]
    options: tuple[Option, ...]
    findings: tuple[Finding, ...]
    low: int | None
    high: int | None
    missing_facts: tuple[str, ...] = ()
    missing: tuple[MissingFact, ...] = ()

    @property
    def applied(self) -> Option | None:
        """The option that applies on the facts declared; None when it cannot be said."""
        return next((o for o in self.options if o.status == APPLIES), None)

    @property
    def cheapest(self) -> Option | None:
        """The cheapest lawful option, evidence or not."""
        lawful = [o for o in self.options if o.total is not None and o.status in (APPLIES, OPEN, NEEDS_EVIDENCE)]
        return min(lawful, key=lambda o: (o.total or 0, o.status != APPLIES)) if lawful else None

    def to_json(self) -> dict[str, Any]:
        """As plain text."""
        return {
            "number": self.number,
            "commodity_code": self.commodity_code,
            "name_zh": self.name_zh,
            "name_en": self.name_en,
            "origin": self.origin,
            "dutiable_value": None if self.dutiable_value is None else money(self.dutiable_value),
            "value_steps": [
                {
                    "kind": s.kind,
                    "label_zh": s.label_zh,
                    "label_en": s.label_en,
                    "amount": s.amount_en,
                    "because": s.because,
                }
                for s in self.value_steps
            ],
            "total_low": None if self.low is None else money(self.low),
            "total_high": None if self.high is None else money(self.high),
            "missing_facts": list(self.missing_facts),
            "missing": [m.to_json() for m in self.missing],
            "options": [o.to_json() for o in self.options],
            "findings": [f.to_json() for f in self.findings],
        }


class Assessment(msgspec.Struct, frozen=True):
    """The answer for a shipment. Jurisdiction, governing date and the version of the law are stated, never implied.

    `decided` is what the channel decided besides money, as text by name: the decision on an order, the year's total after it, a last day.
    `surcharges` are those on the least total; `surcharges_above` is what the greatest total adds to them.
    `governing_reason` names what made `governing_on` the day whose rates apply (law/governing_date), `governing_because` cites it.
    """

    name: str
    channel: str
    governing_on: dt.date | None
    law_version: str
    schedule: str
    items: tuple[ItemAssessment, ...]
    findings: tuple[Finding, ...]
    surcharges: tuple[Charge, ...] = ()
    jurisdiction: str = "CN"
    decided: dict[str, str] = {}
    declared_on: dt.date | None = None
    governing_reason: str = ""
    governing_because: str = ""
    surcharges_above: int = 0

    @property
    def all_findings(self) -> tuple[Finding, ...]:
        """The shipment's findings and those of its items."""
        return self.findings + tuple(f for item in self.items for f in item.findings)

    @property
    def is_complete(self) -> bool:
        """Whether every item has a single figure and no finding is an error."""
        return all(i.low is not None and i.low == i.high for i in self.items) and not any(
            f.severity == "error" for f in self.all_findings
        )

    @property
    def total_low(self) -> int | None:
        """Least total payable in fen, surcharges included; None when some item has no figure."""
        if not self.items or any(i.low is None for i in self.items):
            return None
        return sum(i.low or 0 for i in self.items) + sum(c.payable for c in self.surcharges)

    @property
    def total_high(self) -> int | None:
        """Greatest total payable in fen; None when nothing bounds it or some item has no figure."""
        if not self.items or any(i.high is None for i in self.items):
            return None
        return sum(i.high or 0 for i in self.items) + sum(c.payable for c in self.surcharges) + self.surcharges_above

    @property
    def total(self) -> str | None:
        """The total payable in yuan as text when it is one figure, else None."""
        return yuan(self.total_low) if self.total_low is not None and self.total_low == self.total_high else None

    @property
    def weakest_confidence(self) -> str:
        """The mark of the weakest fact the applied options rest on."""
        return weakest([o.confidence for i in self.items if (o := i.applied) is not None])

    @property
    def rests_on_weak_facts(self) -> bool:
        """Whether some applied figure rests on memory."""
        return self.weakest_confidence in WEAK

    def explain(self, language: str = "en") -> str:
        """The whole answer as plain text in "zh" or "en"."""
        from tongguan.assessment.explain import explain

        return explain(self, language)

    def to_json(self) -> dict[str, Any]:
        """As plain text, for programs."""
        return {
            "schema": "tongguan-assessment/1",
            "shipment": self.name,
            "jurisdiction": self.jurisdiction,
            "channel": self.channel,
            "declared_on": self.declared_on.isoformat() if self.declared_on else None,
            "governing_on": self.governing_on.isoformat() if self.governing_on else None,
            "governing_reason": self.governing_reason,
            "governing_because": self.governing_because,
            "law_version": self.law_version,
            "schedule": self.schedule,
            "total": None if self.total is None else {"amount": self.total, "currency": "CNY"},
            "total_low": None if self.total_low is None else money(self.total_low),
            "total_high": None if self.total_high is None else money(self.total_high),
            "confidence": self.weakest_confidence,
            "items": [i.to_json() for i in self.items],
            "surcharges": [c.to_json() for c in self.surcharges],
            "decided": self.decided,
            "findings": [f.to_json() for f in self.findings],
        }


def money(fen: int) -> dict[str, str]:
    """An amount at the edge: text with its currency."""
    return {"amount": yuan(fen), "currency": "CNY"}
