"""Each line of a bill judged: may it be charged, to this party, at this price?

    listed                          may be charged; the price is within the cap, or stands where nobody caps it (then the reason says so)
    above_cap                       dearer than the register or the published list allows, and by how much
    duplicate                       charged twice, or beside a charge that already covers it
    not_listed                      on no list: firm where a complete list of the place and publisher is loaded, else a question
    not_chargeable_to_this_party    free, borne by the state, or owed by somebody else
    abolished                       ended or waived on that day
    other_currency                  the cap is in another currency and no rate is given
    credit                          a line below zero: taken off what can be claimed for the same charge, and not judged
    cannot_judge                    a fact is missing, and it is named
    unreadable                      the line itself could not be read

Law      guofa-2015-16: government charges stand in lists and what is outside them is unlawful; price-law#12, price-law#13: government prices are kept, nothing
         unmarked is collected; price-law#41: what was overpaid goes back, to another operator too. port-charges-2019, port-charges-2022: agents that collect
         cargo dues add nothing.
Units    amounts in hundredths of their currency; caps as exact fractions of a hundredth, times the quantity, half up once.
Reading  1. Of the rows that may apply while a fact is missing, each is tried: only where all agree is the line judged. Beyond the highest it is above the cap.
         2. The day that counts is the line's own, else the bill's.
         3. A claim is firm when its row rests on a text that was read; what rests on memory is to be checked before anybody is accused.
         4. A charge with a market price is lawful; whether its *price* is right only the published list can say.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec

from tongguan.fees.invoice import Facts, Invoice, Line
from tongguan.fees.register import FORBIDDING, Charge, PublishedList, Register, Term, best_match, names_of, squeezed
from tongguan.grammar.citations import cite_text
from tongguan.grammar.findings import Finding, render, render_next
from tongguan.grammar.money import decimal_text, half_up, yuan, yuan_grouped

LISTED = "listed"
ABOVE_CAP = "above_cap"
DUPLICATE = "duplicate"
NOT_LISTED = "not_listed"
NOT_CHARGEABLE = "not_chargeable_to_this_party"
ABOLISHED = "abolished"
OTHER_CURRENCY = "other_currency"
CREDIT = "credit"
CANNOT_JUDGE = "cannot_judge"
UNREADABLE = "unreadable"

WRONG = (ABOLISHED, NOT_CHARGEABLE, DUPLICATE, ABOVE_CAP, NOT_LISTED)
"""Verdicts that something may be claimed on, worst first."""
_ORDER = (*WRONG, OTHER_CURRENCY, CANNOT_JUDGE, LISTED)

LISTS = "guofa-2015-16; price-law#13"
OVERPAID = "price-law#12; price-law#41"
OVERPAID_UNMARKED = "price-law#13; price-law#41"
EXAMINED = "examination-handling"


class Judged(msgspec.Struct, frozen=True):
    """One line and what is to be said of it.

    excess     what should not have been charged, in hundredths of `excess_currency`; None where it is not known
    allowed    the most that could have been charged, in hundredths; None where nothing caps it
    is_firm    the verdict rests on texts that were read, and on all facts
    reason     a code of the catalogue (fees.*), its facts in `facts`
    """

    line: Line
    verdict: str
    reason: str
    because: str = ""
    charge: Charge | None = None
    term: Term | None = None
    excess: int | None = None
    excess_currency: str = ""
    allowed: int | None = None
    is_firm: bool = False
    price_was_checked: bool = False
    missing: tuple[str, ...] = ()
    facts: dict[str, str] = {}

    @property
    def is_wrong(self) -> bool:
        """Whether there may be something to claim."""
        return self.verdict in WRONG

    def text(self, language: str) -> str:
        """Why, in "zh" or "en"."""
        return render(self.reason, self.facts, language)

    def next_step(self, language: str) -> str:
        """What to do, in "zh" or "en"."""
        return render_next(self.reason, self.facts, language)

    def to_json(self) -> dict[str, Any]:
        """As plain text."""
        line = self.line
        return {
            "line": line.number,
            "path": line.path,
            "description": line.description,
            "amount": None if line.amount is None else {"amount": f"{line.amount:.2f}", "currency": line.currency},
            "verdict": self.verdict,
            "charge": self.charge.id if self.charge else None,
            "excess": None if self.excess is None else {"amount": yuan(self.excess), "currency": self.excess_currency},
            "allowed": None
            if self.allowed is None
            else {"amount": yuan(self.allowed), "currency": self.term.currency if self.term else ""},
            "is_firm": self.is_firm,
            "price_was_checked": self.price_was_checked,
            "missing_facts": list(self.missing),
            "reason": self.reason,
            "message_zh": self.text("zh"),
            "message_en": self.text("en"),
            "next_step_zh": self.next_step("zh"),
            "next_step_en": self.next_step("en"),
            "because": self.because,
            "because_zh": cite_text(self.because, "zh") if self.because else "",
            "because_en": cite_text(self.because, "en") if self.because else "",
            "confidence": self.term.confidence if self.term else "",
            "register": self.term.register if self.term else "",
        }


class Checked(msgspec.Struct, frozen=True):
    """A bill with its lines judged, and the sums. All sums are by currency, in hundredths; nothing is converted to make one figure of two."""

    invoice: Invoice
    lines: tuple[Judged, ...]
    findings: tuple[Finding, ...]
    lists: tuple[str, ...] = ()

    @property
    def billed(self) -> dict[str, int]:
        """What the readable lines add up to."""
        sums: dict[str, int] = {}
        for judged in self.lines:
            if judged.line.amount is not None and judged.verdict != UNREADABLE:
                sums[judged.line.currency] = sums.get(judged.line.currency, 0) + _hundredths(judged.line.amount)
        return sums

    def claim(self, *, is_firm: bool) -> dict[str, int]:
        """What to claim back: now (firm), or once the basis is checked. Credits for the same charge are taken off first."""
        claims: dict[tuple[str, str], list[int]] = {}
        for judged in self.lines:
            if judged.verdict == CREDIT and judged.line.amount is not None:
                key = (_group(judged), judged.line.currency)
                claims.setdefault(key, [0, 0, 0])[2] += -_hundredths(judged.line.amount)
            elif judged.is_wrong and judged.excess:
                key = (_group(judged), judged.excess_currency)
                claims.setdefault(key, [0, 0, 0])[0 if judged.is_firm else 1] += judged.excess
        sums: dict[str, int] = {}
        for (_, currency), (firm, unsure, credited) in claims.items():
            left_firm = max(0, firm - credited)
            left_unsure = max(0, unsure - max(0, credited - firm))
            wanted = left_firm if is_firm else left_unsure
            if wanted:
                sums[currency] = sums.get(currency, 0) + wanted
        return sums

    @property
    def is_clean(self) -> bool:
        """Whether every line may be charged as it stands, and nothing is left to look at."""
        return all(j.verdict == LISTED for j in self.lines) and not any(f.severity == "error" for f in self.findings)

    def to_json(self) -> dict[str, Any]:
        """As plain text, for programs."""
        from tongguan.fees.complaint import complaint

        written = complaint(self)
        return {
            "schema": "tongguan-invoice-check/1",
            "jurisdiction": "CN",
            "invoice": self.invoice.name,
            "issuer": self.invoice.issuer,
            "role": self.invoice.role,
            "billed_to": self.invoice.billed_to,
            "place": self.invoice.place,
            "date": self.invoice.day.isoformat() if self.invoice.day else None,
            "lists": list(self.lists),
            "billed": _money(self.billed),
            "claim_now": _money(self.claim(is_firm=True)),
            "claim_after_checking": _money(self.claim(is_firm=False)),
            "lines": [j.to_json() for j in self.lines],
            "findings": [f.to_json() for f in self.findings],
            "complaint": None if written is None else {"zh": written.zh, "en": written.en},
        }


def _money(sums: dict[str, int]) -> list[dict[str, str]]:
    return [{"amount": yuan(amount), "currency": currency} for currency, amount in sorted(sums.items())]


def _group(judged: Judged) -> str:
    return judged.charge.id if judged.charge else squeezed(judged.line.description)


def _hundredths(amount: Decimal) -> int:
    return int(amount * 100)


def check(invoice: Invoice, register: Register) -> Checked:
    """Every line judged against the register and its published lists."""
    findings = list(invoice.findings)
    lists: dict[str, PublishedList] = {}
    judged = []
    for line in invoice.lines:
        day = line.day or invoice.day
        here = register.lists_on(day, invoice.place) if day else []
        lists |= {one.name: one for one in here}
        judged.append(_judge(line, invoice, day, register, here))
    judged = _twice(judged, invoice.facts)
    checked = Checked(invoice, tuple(judged), (), tuple(sorted(lists)))
    findings += _about_the_whole(checked)
    return msgspec.structs.replace(checked, findings=tuple(findings))


def _about_the_whole(checked: Checked) -> list[Finding]:
    """What concerns the bill and not one line."""
    invoice, findings = checked.invoice, list[Finding]()
    if not checked.lists and any(j.line.day or invoice.day for j in checked.lines):
        findings.append(Finding("fees.no_list_loaded", "place", {"place": invoice.place or "CN"}, LISTS, "note"))
    if invoice.total is not None:
        sums = checked.billed
        added = sums.get(invoice.currency, 0)
        if (
            len(sums) <= 1
            and added != _hundredths(invoice.total)
            and all(j.verdict != UNREADABLE for j in checked.lines)
        ):
            facts = {"stated": f"{invoice.total:,.2f}", "added": yuan_grouped(added), "currency": invoice.currency}
            findings.append(Finding("fees.total_differs", "total", facts, severity="warning"))
        elif len(sums) > 1:
            findings.append(
                Finding(
                    "fees.total_of_two_currencies", "total", {"currencies": ", ".join(sorted(sums))}, severity="warning"
                )
            )
    return findings


# --- one line ------------------------------------------------------------------------------------------------------------------------


def _judge(line: Line, invoice: Invoice, day: dt.date | None, register: Register, lists: list[PublishedList]) -> Judged:
    if line.problems or line.amount is None:
        first = line.problems[0] if line.problems else Finding("fees.amount_missing", line.path)
        return Judged(line, UNREADABLE, first.code, facts=first.facts)
    if not line.currency:
        return Judged(line, UNREADABLE, "fees.currency_not_read", facts={"read": "-"})
    match = register.match(line.description)
    if line.amount < 0:
        charge = match.charges[0] if match is not None and len(match.charges) == 1 else None
        return Judged(line, CREDIT, "fees.credit", charge=charge, facts={"amount": f"{line.amount:f}"})
    if day is None:
        return Judged(line, CANNOT_JUDGE, "fees.day_missing", missing=("date",))
    if match is not None and len(match.charges) > 1:
        names = {
            "words": match.words,
            "names_zh": "、".join(c.name_zh for c in match.charges),
            "names_en": ", ".join(c.name_en for c in match.charges),
        }
        return Judged(line, CANNOT_JUDGE, "fees.ambiguous", facts=names, missing=("description",))
    charge = match.charges[0] if match is not None else None
    if charge is not None and charge.id == EXAMINED and invoice.facts.was_examined is False and line.amount:
        return Judged(
            line,
            NOT_CHARGEABLE,
            "fees.not_examined",
            OVERPAID_UNMARKED,
            charge,
            excess=_hundredths(line.amount),
            excess_currency=line.currency,
        )
    own = _by_terms(line, invoice, charge, register.terms_on(charge.id, day, invoice.place)) if charge else None
    published = _by_lists(line, invoice, day, charge, lists)
    if own is not None and own.verdict in {ABOLISHED, NOT_CHARGEABLE, ABOVE_CAP}:
        return own
    if own is not None and (
        own.price_was_checked
        or own.verdict in {OTHER_CURRENCY, CANNOT_JUDGE}
        or (own.term and own.term.effect == "statutory")
    ):
        return (
            own
            if published is None or published.verdict == NOT_LISTED
            else min(own, published, key=lambda j: _ORDER.index(j.verdict))
        )
    if published is not None:
        return published
    if own is not None:
        return own
    if charge is not None:
        names = {"charge_zh": charge.name_zh, "charge_en": charge.name_en, "day": day.isoformat()}
        return Judged(
            line, CANNOT_JUDGE, "fees.charge_not_held_on_day", charge=charge, facts=names, missing=("published_list",)
        )
    return Judged(
        line, NOT_LISTED, "fees.not_listed_here", LISTS, excess=_hundredths(line.amount), excess_currency=line.currency,
    )  # fmt: skip


def _by_lists(
    line: Line, invoice: Invoice, day: dt.date, charge: Charge | None, lists: list[PublishedList]
) -> Judged | None:
    """The verdict of the published lists; None where none speaks of the line."""
    concerned = _of_the_issuer([one for one in lists if not invoice.role or one.role == invoice.role], invoice)
    said: list[Judged] = []
    for one in concerned:
        match = best_match(line.description, names_of(one.charges))
        if match is not None:
            ids = {c.id for c in match.charges}
            terms = [t for t in one.terms if t.charge in ids and t.holds_on(day)]
            verdict = _by_terms(line, invoice, match.charges[0], terms) if terms else None
            said += [verdict] if verdict is not None else []
    if said:
        return _agreed(said, line)
    if line.amount and (charge is None or charge.kind in {"port", "terminal", "agency"}):
        for one in concerned:
            if one.complete:
                facts = {"title": one.title, "publisher": one.publisher, "list": one.name}
                is_theirs = bool(invoice.role) and (
                    charge is None or not charge.collected_by or one.role in charge.collected_by
                )
                return Judged(
                    line, NOT_LISTED, "fees.not_on_published_list", LISTS, charge, excess=_hundredths(line.amount),
                    excess_currency=line.currency, is_firm=is_theirs and one.confidence in {"V1", "V2", "D"}, facts=facts,
                )  # fmt: skip
    return None


def _of_the_issuer(lists: list[PublishedList], invoice: Invoice) -> list[PublishedList]:
    """The lists the issuer published itself; all of them where its name is on none."""
    issuer = squeezed(invoice.issuer)
    own = [one for one in lists if issuer and squeezed(one.publisher) in {issuer, ""}]
    return own or lists


def _agreed(said: list[Judged], line: Line) -> Judged:
    """What several lists say of one line, when it is the same; else that it cannot be told which of them counts."""
    first = said[0]
    if all((one.verdict, one.excess) == (first.verdict, first.excess) for one in said):
        return first
    names = ", ".join(one.term.register for one in said if one.term is not None)
    return Judged(
        line,
        CANNOT_JUDGE,
        "fees.lists_disagree",
        LISTS,
        first.charge,
        missing=("published_list",),
        facts={"lists": names},
    )


def _by_terms(line: Line, invoice: Invoice, charge: Charge, terms: list[Term]) -> Judged | None:
    """The verdict of the rows that may apply; where they disagree, the missing facts are named."""
    candidates = [t for t in terms if _may_apply(t, line, invoice.facts)]
    if not candidates and terms:
        return Judged(
            line, CANNOT_JUDGE, "fees.no_row_fits", charge=charge, missing=("size",),
            facts={"charge_zh": charge.name_zh, "charge_en": charge.name_en},
        )  # fmt: skip
    if not candidates:
        return None
    verdicts = [_against(t, line, invoice, charge) for t in candidates]
    kinds = {v.verdict for v in verdicts}
    if kinds == {ABOVE_CAP}:
        return min(verdicts, key=lambda v: v.excess or 0)
    if len(kinds) == 1:
        return max(verdicts, key=lambda v: v.allowed or 0)
    missing = _what_decides(candidates, line, invoice.facts) or ("size",)
    facts = {
        "charge_zh": charge.name_zh,
        "charge_en": charge.name_en,
        "missing_zh": "、".join(render(f"fees.fact.{m}", {}, "zh") for m in missing),
        "missing_en": ", ".join(render(f"fees.fact.{m}", {}, "en") for m in missing),
    }
    return Judged(line, CANNOT_JUDGE, "fees.fact_missing", candidates[0].cites, charge, missing=missing, facts=facts)


def _may_apply(t: Term, line: Line, facts: Facts) -> bool:
    """Whether a row can be the one that applies, as far as the facts go."""
    if t.size and line.size and t.size != line.size:
        return False
    if t.size and not line.size and facts.containers and t.size not in facts.containers:
        return False
    cargo = line.cargo or facts.cargo
    if t.cargo and cargo and t.cargo != cargo:
        return False
    if t.basis == "tonne" and (line.size or line.unit == "container" or (line.container and line.unit != "tonne")):
        return False
    if t.basis in {"container", "container_day"} and line.unit == "tonne":
        return False
    return _condition_may_hold(t.condition, facts)


def _condition_may_hold(condition: str, facts: Facts) -> bool:
    if condition == "nothing_found":
        return facts.found_problem is not True
    if condition == "something_found":
        return facts.found_problem is not False
    return True


def _what_decides(terms: Iterable[Term], line: Line, facts: Facts) -> tuple[str, ...]:
    """The facts in which the rows differ and which nobody stated."""
    several = list(terms)
    missing = []
    if len({t.condition for t in several}) > 1 and facts.found_problem is None:
        missing.append("found_problem")
    if len({t.size for t in several}) > 1 and not line.size:
        missing.append("size")
    if len({t.cargo for t in several}) > 1 and not (line.cargo or facts.cargo):
        missing.append("cargo")
    if not missing and len({t.basis for t in several}) > 1:
        missing.append("unit")
    return tuple(missing)


def _against(t: Term, line: Line, invoice: Invoice, charge: Charge) -> Judged:
    """The verdict of one row."""
    amount = _hundredths(line.amount or Decimal(0))
    facts = {
        "charge_zh": charge.name_zh,
        "charge_en": charge.name_en,
        "note_zh": t.note_zh,
        "note_en": t.note_en or t.note_zh,
    }
    facts |= {"since": t.since.isoformat(), "amount": yuan_grouped(amount), "currency": line.currency}

    def in_full(verdict: str, reason: str) -> Judged:
        """Nothing of it should have been charged to this party."""
        return Judged(line, verdict, reason, t.cites, charge, t, amount, line.currency, is_firm=t.is_firm, facts=facts)

    if amount == 0:
        return Judged(
            line, LISTED, "fees.nothing_charged", t.cites, charge, t, allowed=0, price_was_checked=True, facts=facts
        )
    if t.effect in FORBIDDING:
        verdict = ABOLISHED if t.effect in {"waived", "abolished"} else NOT_CHARGEABLE
        return in_full(verdict, f"fees.{t.effect}")
    if t.payer != invoice.billed_to:
        facts |= {
            "payer_zh": render(f"fees.party.{t.payer}", {}, "zh"),
            "payer_en": render(f"fees.party.{t.payer}", {}, "en"),
        }
        return in_full(NOT_CHARGEABLE, "fees.other_payer")
    if t.effect == "statutory":
        return Judged(line, LISTED, "fees.statutory", t.cites, charge, t, facts=facts)
    cap = t.cap_fen
    if t.effect == "market" or cap is None:
        reason = "fees.market_price" if t.effect == "market" else "fees.figure_not_held"
        return Judged(line, LISTED, reason, t.cites, charge, t, facts=facts)
    return _within_cap(t, cap, line, invoice, charge, facts)


def _within_cap(t: Term, cap: Fraction, line: Line, invoice: Invoice, charge: Charge, facts: dict[str, str]) -> Judged:
    amount = _hundredths(line.amount or Decimal(0))
    quantity = _quantity(t, line, invoice.facts)
    if quantity is None:
        facts |= {
            "missing_zh": render("fees.fact.quantity", {}, "zh"),
            "missing_en": render("fees.fact.quantity", {}, "en"),
        }
        return Judged(line, CANNOT_JUDGE, "fees.fact_missing", t.cites, charge, t, missing=("quantity",), facts=facts)
    if line.currency != t.currency:
        rate = invoice.exchange_rates.get(line.currency)
        if rate is None or t.currency != "CNY":
            facts |= {"cap_currency": t.currency}
            return Judged(
                line,
                OTHER_CURRENCY,
                "fees.other_currency",
                t.cites,
                charge,
                t,
                missing=(f"exchange_rates.{line.currency}",),
                facts=facts,
            )
        in_yuan = Fraction(amount) * Fraction(rate)
        amount = half_up(in_yuan.numerator, in_yuan.denominator)
    exact = cap * Fraction(quantity)
    allowed = half_up(exact.numerator, exact.denominator)
    facts |= {
        "cap": t.cap,
        "quantity": decimal_text(quantity),
        "allowed": yuan_grouped(allowed),
        "excess": yuan_grouped(max(0, amount - allowed)),
        "cap_currency": t.currency,
        "basis_zh": render(f"fees.basis.{t.basis or 'each'}", {}, "zh"),
        "basis_en": render(f"fees.basis.{t.basis or 'each'}", {}, "en"),
    }
    if amount <= allowed:
        return Judged(
            line,
            LISTED,
            "fees.within_cap",
            t.cites,
            charge,
            t,
            allowed=allowed,
            is_firm=t.is_firm,
            price_was_checked=True,
            facts=facts,
        )
    because, reason = t.cites, "fees.above_cap"
    if invoice.role in {"agent", "broker", "shipping_agent"} and charge.id == "cargo-port-dues":
        because, reason = (
            f"{t.cites}; port-charges-2022" if "port-charges-2022" not in t.cites else t.cites,
            "fees.above_cap_by_agent",
        )
    return Judged(
        line, ABOVE_CAP, reason, "; ".join(filter(None, (because, OVERPAID))), charge, t, amount - allowed, t.currency, allowed, t.is_firm,
        price_was_checked=True, facts=facts,
    )  # fmt: skip


def _quantity(t: Term, line: Line, facts: Facts) -> Decimal | None:
    """How many units of the row's basis the line may count: what it says, and no more than the shipment has; None when nobody says."""
    if t.basis in {"", "declaration", "consignment"}:
        return line.quantity or Decimal(1)
    held: Decimal | None = None
    if t.basis == "container":
        held = Decimal(facts.containers[t.size]) if t.size in facts.containers else None
        if line.container and line.quantity is None:
            return Decimal(1)
    elif t.basis == "tonne":
        held = facts.tonnes
    if line.quantity is None:
        if line.unit_price and line.amount:
            return line.amount / line.unit_price if line.amount % line.unit_price == 0 else held
        return held
    return line.quantity if held is None else min(line.quantity, held)


# --- twice ---------------------------------------------------------------------------------------------------------------------------


def _twice(judged: list[Judged], facts: Facts) -> list[Judged]:
    """The same judgements with lines charged twice, and lines beside a charge that covers them, named so."""
    present = {j.charge.id: j for j in judged if j.charge is not None and j.verdict not in {CREDIT, UNREADABLE}}
    seen: dict[tuple[object, ...], list[Judged]] = {}
    answer = []
    for one in judged:
        again = one
        if one.verdict not in {CREDIT, UNREADABLE, ABOLISHED, NOT_CHARGEABLE} and one.line.amount:
            covering = (
                present.get(one.charge.included_in) if one.charge is not None and one.charge.included_in else None
            )
            earlier = seen.setdefault(_key(one), [])
            if covering is not None and covering.charge is not None and one.charge is not None:
                again = _duplicate(one, "fees.covered", covering, is_firm=one.charge.confidence in {"V1", "V2", "D"})
            elif earlier and not _room_for_another(earlier, one, facts):
                is_sure = bool(one.line.container or one.line.reference) or one.line.size in facts.containers
                again = _duplicate(one, "fees.charged_twice", earlier[0], is_firm=is_sure)
            else:
                earlier.append(one)
        answer.append(again)
    return answer


def _key(one: Judged) -> tuple[object, ...]:
    line = one.line
    return (
        one.charge.id if one.charge else squeezed(line.description), line.amount, line.currency, line.size, line.container, line.reference,
        line.period, line.day, line.unit_price,
    )  # fmt: skip


def _room_for_another(earlier: list[Judged], one: Judged, facts: Facts) -> bool:
    """Whether the shipment has containers enough for the line to be another one's: as many as all such lines count together."""
    held = facts.containers.get(one.line.size)
    if held is None or one.line.container:
        return False
    counted = sum((j.line.quantity or Decimal(1) for j in [*earlier, one]), Decimal(0))
    return counted <= held


def _duplicate(one: Judged, reason: str, other: Judged, *, is_firm: bool) -> Judged:
    facts = {
        "other": str(other.line.number),
        "other_name": other.line.description,
        "amount": yuan_grouped(_hundredths(one.line.amount or Decimal(0))),
        "currency": one.line.currency,
    }
    return msgspec.structs.replace(
        one, verdict=DUPLICATE, reason=reason, because=OVERPAID_UNMARKED, excess=_hundredths(one.line.amount or Decimal(0)),
        excess_currency=one.line.currency, allowed=0, is_firm=is_firm, price_was_checked=False, missing=(), facts=facts,
    )  # fmt: skip
