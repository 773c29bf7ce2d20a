"""The charges a shipment has to expect: those of the register that have a price on the day, and those that have one only on somebody's list.

Only charges that every container or tonne owes are counted without being asked for; services (broker, storage, delivery order) are named without a price,
unless a loaded list has one. Nothing is made up to fill a gap.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec

from tongguan.fees.invoice import Facts
from tongguan.fees.register import FORBIDDING, Charge, Register, Term, within
from tongguan.grammar.citations import cite_text, weakest
from tongguan.grammar.money import half_up, yuan

OWED_BY_ALL = ("port-construction-fee", "cargo-port-dues", "facility-security-fee")
"""Charges every container owes, in the order of a bill."""
USUALLY_MET = ("port-lump-sum", "terminal-handling-charge", "delivery-order", "broker-service")
"""Services nearly every shipment by sea meets, whose price only a list or a contract has."""


class Expected(msgspec.Struct, frozen=True):
    """One charge to expect. `low` and `high` in fen; both None where no price is held."""

    charge: Charge
    low: int | None
    high: int | None
    quantity: str = ""
    because: str = ""
    confidence: str = "V1"
    register: str = ""

    def to_json(self) -> dict[str, Any]:
        """As plain text."""
        return {
            "charge": self.charge.id,
            "name_zh": self.charge.name_zh,
            "name_en": self.charge.name_en,
            "low": None if self.low is None else {"amount": yuan(self.low), "currency": "CNY"},
            "high": None if self.high is None else {"amount": yuan(self.high), "currency": "CNY"},
            "quantity": self.quantity,
            "because": self.because,
            "because_zh": cite_text(self.because, "zh") if self.because else "",
            "because_en": cite_text(self.because, "en") if self.because else "",
            "confidence": self.confidence,
            "register": self.register,
        }


def expected(register: Register, day: dt.date, place: str, facts: Facts) -> tuple[Expected, ...]:
    """The charges of a shipment by sea on a day at a place. Empty when neither containers nor tonnes are known."""
    if not facts.containers and facts.tonnes is None:
        return ()
    answer = []
    for name in OWED_BY_ALL:
        found = _owed(register, name, day, place, facts)
        if found is not None:
            answer.append(found)
    return (*answer, *(_met(register, name, day, place, facts) for name in USUALLY_MET))


def _owed(register: Register, name: str, day: dt.date, place: str, facts: Facts) -> Expected | None:
    """A charge by container or tonne, with the span that cargo nobody stated leaves open."""
    charge, terms = register.charges[name], register.terms_on(name, day, place)
    if not terms or all(t.effect in FORBIDDING or t.payer != "importer" for t in terms):
        return None
    low, high, quantities, used = 0, 0, [], list[Term]()
    for size, count in sorted(facts.containers.items()):
        caps = [
            t
            for t in terms
            if t.basis == "container" and t.size == size and (not facts.cargo or t.cargo in {"", facts.cargo})
        ]
        amounts = [_times(t, Decimal(count)) for t in caps if t.cap_fen is not None]
        if not amounts:
            return Expected(charge, None, None, because=terms[0].cites, confidence=terms[0].confidence)
        low, high = low + min(amounts), high + max(amounts)
        quantities.append(f"{count} × {size}'")
        used += caps
    if not facts.containers and facts.tonnes is not None:
        caps = [t for t in terms if t.basis == "tonne" and t.cap_fen is not None]
        if not caps:
            return Expected(charge, None, None, because=terms[0].cites, confidence=terms[0].confidence)
        low, high = _times(caps[0], facts.tonnes), _times(caps[0], facts.tonnes)
        quantities.append(f"{facts.tonnes:f} t")
        used += caps
    cites = "; ".join(dict.fromkeys(one for t in used for one in t.cites.split("; ")))
    return Expected(
        charge, low, high, ", ".join(quantities), cites, weakest([t.confidence for t in used]), used[0].register
    )


def _met(register: Register, name: str, day: dt.date, place: str, facts: Facts) -> Expected:
    """A service: its price where a loaded list of the place has one for it, else none."""
    charge = register.charges[name]
    for one in register.lists_on(day, place):
        ids = {c.id for c in one.charges if (m := register.match(c.name_zh)) is not None and charge in m.charges}
        terms = [
            t
            for t in one.terms
            if t.charge in ids and t.holds_on(day) and within(place, t.place) and t.currency == "CNY"
        ]
        amounts = [
            _times(t, Decimal(facts.containers.get(t.size, 0)) if t.basis == "container" and t.size else Decimal(1))
            for t in terms
            if t.cap_fen is not None and t.basis in {"", "container", "consignment", "declaration"}
            and (t.basis != "container" or t.size in facts.containers)
        ]  # fmt: skip
        if amounts:
            return Expected(
                charge,
                sum(amounts),
                sum(amounts),
                because="guofa-2015-16",
                confidence=one.confidence,
                register=one.name,
            )
    terms = register.terms_on(name, day, place)
    because = terms[0].cites if terms else ""
    return Expected(charge, None, None, because=because, confidence=terms[0].confidence if terms else "M?")


def _times(t: Term, quantity: Decimal) -> int:
    exact = (t.cap_fen or Fraction(0)) * Fraction(quantity)
    return half_up(exact.numerator, exact.denominator)
