"""Every agreement on one product: does it qualify, how far off is it, what proof does it need and what does it save.

Order of each test: the rule (product rule, else general rule, else none that we hold), wholly obtained and made of originating materials as ways that
every agreement knows, minimal operations, transport, proof. What is not known stays open and is asked; nothing passes by default.

Readings
    A material whose stated origin is a party under the agreement's cumulation counts as originating. The answer names these materials, because their
    makers must be able to show it.
    A part made in another bill is tested under the same agreement first; if it originates, its full value does, else none of it.
    Where a product list exists that we do not hold, the general rule decides nothing by itself: the line may be on the list.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Literal

import msgspec

from tongguan.assessment.assess import assess
from tongguan.assessment.result import APPLIES, ItemAssessment, Option
from tongguan.assessment.result import OPEN as LAWFUL
from tongguan.assessment.shipment import GoodsItem, Shipment
from tongguan.assessment.world import World, shipped_world
from tongguan.grammar.citations import weakest
from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.findings import Finding
from tongguan.grammar.money import FEN, PPM, fen_of
from tongguan.law.origin.proof_waiver.rule import is_proof_required
from tongguan.law.origin.tariff_differential import rule as differential
from tongguan.origin import notation
from tongguan.origin.agreements import Agreement, agreement, product_rule
from tongguan.origin.bill import UNDETERMINED, Bill, Input, Product, Transit
from tongguan.origin.judge import (
    MET,
    NOT_MET,
    OPEN,
    Case,
    Outcome,
    State,
    Tolerance,
    Use,
    any_outcome,
    content_margin,
    judge,
    points,
)
from tongguan.origin.non_preferential import NonPreferential, non_preferential
from tongguan.origin.operations import minimal_operations
from tongguan.origin.rules import (
    ForGoods,
    GeneralContent,
    MaxValue,
    MinContent,
    NotEncoded,
    OfOriginatingMaterials,
    Rule,
    WhollyObtained,
)
from tongguan.tariff.origins import Scheme

Status = Literal["qualifies", "fails", "undecided", "not_encoded"]


class RcepOrigin(msgspec.Struct, frozen=True):
    """The RCEP country of origin under tariff differentials, and each Party's share of the value in ppm."""

    country: str
    shares: dict[str, int]
    line: Finding


class Answer(msgspec.Struct, frozen=True):
    """One agreement's answer."""

    scheme: str
    code: str
    name_zh: str
    name_en: str
    status: Status
    rule: str
    rule_from: str
    outcome: Outcome
    achieved: tuple[Finding, ...]
    assumptions: tuple[Finding, ...]
    transit: State
    transit_lines: tuple[Finding, ...]
    proof: tuple[Finding, ...]
    saving: int | None
    duty_saving: int | None
    rate: str
    because: str
    confidence: str
    rcep: RcepOrigin | None = None


class Examination(msgspec.Struct, frozen=True):
    """Every agreement's answer, best first, with the non-preferential origin."""

    product: str
    code: str
    country: str
    day: dt.date
    answers: tuple[Answer, ...]
    non_preferential: NonPreferential
    findings: tuple[Finding, ...]
    without_preference: int | None

    @property
    def best(self) -> Answer | None:
        """The agreement that qualifies and saves most."""
        return next((a for a in self.answers if a.status == "qualifies" and (a.saving or 0) > 0), None)


def examine(bill: Bill, world: World | None = None, assessed: ItemAssessment | None = None) -> Examination:
    """Test a product under every agreement of its producing country. With `assessed`, savings are those of the item as it was assessed."""
    world = world or shipped_world()
    day = bill.entry.declared_on
    product = bill.product
    findings = list(bill.findings)
    own_origin = non_preferential(bill, world)
    priced = assessed or _priced(bill, own_origin, world, findings)
    answers = []
    for scheme, membership in world.origins.schemes_of(product.country, day):
        answers.append(_answer(bill, scheme, membership.confidence, world, priced))
    if not answers:
        findings.append(
            Finding(
                "prove.no_agreement",
                "product.country",
                {"country": product.country, "day": day.isoformat()},
                severity="note",
            )
        )
    order = {"qualifies": 0, "undecided": 1, "fails": 2, "not_encoded": 3}
    answers.sort(key=lambda a: (order[a.status], -(a.saving or 0), a.scheme))
    base = _without_preference(priced)
    return Examination(
        product.name,
        product.code,
        product.country,
        day,
        tuple(answers),
        own_origin,
        tuple(findings),
        base.total if base else None,
    )


# --- one agreement -----------------------------------------------------------------------------------------------------------------


def case_of(
    product: Product, bill: Bill, terms: Agreement, parties: frozenset[str], world: World, depth: int = 0
) -> tuple[Case, list[Finding]]:
    """A product as one agreement sees it, and what had to be taken for granted."""
    day = bill.entry.declared_on
    uses: list[Use] = []
    taken: list[Input] = []
    assumed: list[Finding] = []
    for i in product.inputs:
        part = bill.parts.get(i.made_of)
        if part is None:
            originates = i.origin in parties
            if originates:
                taken.append(i)
        else:
            originates = False
            if part.country in parties and depth < len(bill.parts) + 1:
                outcome = _rule_outcome(part, bill, terms, parties, world, depth + 1)[0]
                originates = outcome.state == MET
                code = "part_originates" if originates else "part_does_not" if outcome.state == NOT_MET else "part_open"
                assumed.append(
                    Finding(
                        f"prove.{code}",
                        f"inputs[{i.number}]",
                        {"number": str(i.number), "part": i.made_of},
                        severity="note",
                    )
                )
        uses.append(
            Use(i.number, i.code, i.name, i.origin, i.value, i.weight, originates, i.is_wholly_obtained, i.described_as)
        )
    if taken:
        facts = {"inputs": ", ".join(f"{i.number} ({i.origin})" for i in taken)}
        assumed.append(Finding("prove.taken_as_originating", "inputs", facts, severity="note"))
    by_value = terms.ppm("tolerance", day)
    narrower = terms.at("tolerance_not_chapters", day)
    if narrower is not None and _chapter_in(product.code, narrower.value):
        by_value = None
    base = terms.at("tolerance_base", day)
    general = terms.general_rule(product.code, product.country, day)
    content_base = terms.at("content_base", day)
    case = Case(
        code=product.code, country=product.country, exw=product.exw, fob=product.fob, net_cost=product.net_cost, weight=product.weight,
        uses=tuple(uses), costs=product.costs.regional if product.costs.are_known else None, operations=product.operations,
        operations_are_complete=product.operations_are_complete, is_wholly_obtained=product.is_wholly_obtained, how_obtained=product.how_obtained,
        is_set=product.is_set, described_as=product.described_as, confirmed=product.confirmed,
        default_base=content_base.value if content_base else "FOB",
        tolerance=Tolerance(by_value, base.value if base else "", terms.ppm("tolerance_textile_weight", day), by_value is not None),
        general=general[0] if general else None, day=day,
    )  # fmt: skip
    return case, assumed


def _chapter_in(code: str, spans: str) -> bool:
    low, _, high = spans.partition("-")
    return low <= code[:2] <= (high or low)


class _Ruled(msgspec.Struct, frozen=True):
    rule: str
    rule_from: Literal["product_rule", "general_rule", "everywhere", "none"]
    because: str
    confidence: str
    is_held: bool


def _rule_outcome(
    product: Product, bill: Bill, terms: Agreement, parties: frozenset[str], world: World, depth: int = 0
) -> tuple[Outcome, _Ruled, Case, list[Finding]]:
    """The answer of the rules alone: product rule, else general rule, else the two ways that need none."""
    day = bill.entry.declared_on
    case, assumed = case_of(product, bill, terms, parties, world, depth)
    everywhere = [judge(WhollyObtained(), case)]
    allows_pe = terms.at("general_rule", day)
    if allows_pe is None or allows_pe.value != "WO":
        everywhere.append(judge(OfOriginatingMaterials(), case))
    limit = terms.ppm("set_limit", day)
    if product.is_set and limit is not None:
        everywhere.append(judge(MaxValue(limit, ""), case))
    by_nature = next((o for o in everywhere if o.state == MET), None)
    if by_nature is not None:
        known = terms.at("wholly_obtained", day) or terms.at("general_rule", day)
        return (
            by_nature,
            _Ruled("WO / PE", "everywhere", known.cites if known else "", known.confidence if known else "M", True),
            case,
            assumed,
        )
    held = product_rule(terms.scheme, product.code, day, bill.own_rules)
    if held is not None:
        rules: list[Rule | NotEncoded] = []
        several = len({e.goods for e in held.entries}) > 1
        for entry in held.entries:
            is_part = several and bool(entry.goods)
            rules += [
                ForGoods(entry.goods, rule) if is_part and not isinstance(rule, NotEncoded) else rule
                for rule in entry.rules
            ]
        outcome = any_outcome([judge(rule, case) for rule in rules])
        text = " / ".join(t for e in held.entries for t in e.texts)
        first = rules[0]
        if len(rules) == 1 and isinstance(first, GeneralContent) and case.general is not None:
            general_value = terms.general_rule(product.code, product.country, day)
            cites, mark = (general_value[1].cites, general_value[1].confidence) if general_value else ("", "M")
            return outcome, _Ruled(notation.write(case.general) or "", "general_rule", cites, mark, True), case, assumed
        short = notation.write(first) if len(rules) == 1 and not isinstance(first, NotEncoded) else None
        return outcome, _Ruled(short or text[:400], "product_rule", held.cites, held.confidence, True), case, assumed
    general = terms.general_rule(product.code, product.country, day)
    if general is None:
        return Outcome(OPEN), _Ruled("", "none", "", "M", False), case, assumed
    rule, value = general
    outcome = judge(rule, case)
    kind = terms.at("cumulation", day)
    together = terms.ppm("aggregate_content", day)
    if kind is not None and kind.value == "aggregate" and outcome.state != MET and together:
        members, more = case_of(product, bill, terms, parties, world, depth)
        outcome = any_outcome([judge(rule, _alone(case)), judge(MinContent(together, "build_down", "FOB"), members)])
        assumed = more
    listed = terms.at("product_list", day)
    adds = terms.at("product_list_adds", day)
    if listed is not None and listed.value == "not_held" and not (adds is not None and outcome.state == MET):
        question = Finding(
            "prove.product_list_not_held", "", {"rule": notation.write(rule) or ""}, listed.cites, "note"
        )
        outcome = msgspec.structs.replace(outcome, state=OPEN, questions=(*outcome.questions, question))
        return (
            outcome,
            _Ruled(notation.write(rule) or "", "general_rule", value.cites, value.confidence, False),
            case,
            assumed,
        )
    return (
        outcome,
        _Ruled(notation.write(rule) or "", "general_rule", value.cites, value.confidence, True),
        case,
        assumed,
    )


def _alone(case: Case) -> Case:
    """Without cumulation: only the producer's own materials originate."""
    return msgspec.structs.replace(
        case,
        uses=tuple(msgspec.structs.replace(u, originates=u.originates and u.origin == case.country) for u in case.uses),
    )


def _answer(bill: Bill, scheme: Scheme, membership: str, world: World, priced: ItemAssessment | None) -> Answer:
    day = bill.entry.declared_on
    product = bill.product
    terms = agreement(scheme)
    parties = terms.parties(product.country, day, world.origins)
    outcome, ruled, case, assumed = _rule_outcome(product, bill, terms, parties, world)
    if ruled.rule_from != "everywhere":
        outcome = _not_minimal(outcome, product, terms, day)
    transit, transit_lines = transit_of(bill.transit, product.country, terms, day)
    status: Status
    if NOT_MET in (outcome.state, transit):
        status = "fails"
    elif outcome.state == MET:
        status = "qualifies"
    elif ruled.rule_from == "none" or (not ruled.is_held and not _has_questions_of_fact(outcome)):
        status = "not_encoded"
    else:
        status = "undecided"
    rcep = (
        _rcep_origin(bill, case, parties, world, outcome)
        if scheme.scheme.startswith("22-") and status != "fails"
        else None
    )
    saving, duty, rate = _saving(bill, scheme, rcep, priced, world)
    achieved = _achieved(case) if ruled.rule_from == "none" or not ruled.is_held else ()
    return Answer(
        scheme=scheme.scheme, code=scheme.code, name_zh=scheme.name_zh, name_en=scheme.name_en, status=status, rule=ruled.rule,
        rule_from=ruled.rule_from, outcome=outcome, achieved=achieved, assumptions=tuple(assumed), transit=transit, transit_lines=transit_lines,
        proof=tuple(proof_of(scheme, terms, day, bill.entry.dutiable_value, bill.entry.value_in_usd)), saving=saving, duty_saving=duty, rate=rate, because=_cited(ruled.because, scheme.cites),
        confidence=weakest([ruled.confidence, scheme.confidence, membership]), rcep=rcep,
    )  # fmt: skip


def _cited(*citations: str) -> str:
    """Several citations as one, each instrument once: the one with its article where there is one."""
    parts = list(dict.fromkeys(part for citation in citations for part in citation.split("; ") if part))
    named = {part.partition("#")[0] for part in parts if "#" in part}
    return "; ".join(part for part in parts if "#" in part or part not in named)


def _has_questions_of_fact(outcome: Outcome) -> bool:
    return any(
        q.code not in ("prove.product_list_not_held", "prove.wholly_obtained_question") for q in outcome.questions
    )


def _not_minimal(outcome: Outcome, product: Product, terms: Agreement, day: dt.date) -> Outcome:
    """Goods made by minimal operations alone never originate through working."""
    if outcome.state == NOT_MET or not product.operations or product.other_operations:
        return outcome
    listed = terms.at("minimal_list", day)
    known = minimal_operations()
    if listed is None or not all(key in known and listed.value in known[key].lists for key in product.operations):
        return outcome
    facts = {
        "operations_zh": "、".join(known[k].name_zh for k in product.operations),
        "operations_en": ", ".join(known[k].name_en for k in product.operations),
    }
    if product.operations_are_complete:
        return Outcome(
            NOT_MET,
            (Finding("prove.only_minimal_operations", "operations", facts, listed.cites, "note"),),
            (),
            outcome.margins,
        )
    question = Finding("prove.only_minimal_operations_question", "operations", facts, listed.cites, "note")
    return msgspec.structs.replace(outcome, state=OPEN, questions=(*outcome.questions, question))


def _achieved(case: Case) -> tuple[Finding, ...]:
    """What the product reaches, where no rule is held to measure it against: orientation, never a pass."""
    said = []
    foreign = case.foreign
    levels = [
        level
        for level, width in (("CC", 2), ("CTH", 4), ("CTSH", 6))
        if all(len(u.code) >= width and u.code[:width] != case.code[:width] for u in foreign)
    ]
    if foreign:
        said.append(Finding("prove.reaches_change", "", {"levels": levels[0] if levels else "-"}, severity="note"))
    margin = content_margin(MinContent(400_000, "either", ""), case)
    if not isinstance(margin, Outcome):
        said.append(
            Finding(
                "prove.reaches_content", "", {"content": points(margin.reached), "base": margin.base}, severity="note"
            )
        )
    return tuple(said)


# --- transport and proof -----------------------------------------------------------------------------------------------------------


def transit_of(
    stops: tuple[Transit, ...] | None, country: str, terms: Agreement, day: dt.date
) -> tuple[State, tuple[Finding, ...]]:
    """Direct consignment: no stop elsewhere, or stops within the agreement's conditions."""
    conditions = terms.at("transit_conditions", day)
    limit = terms.at("transit_limit", day)
    cites = conditions.cites if conditions else ""

    def say(code: str, **facts: str) -> Finding:
        return Finding(f"prove.{code}", "transit", facts, cites, "note")

    if stops is None:
        facts = {
            "limit_zh": limit_text(limit.value, "zh") if limit else "未知",
            "limit_en": limit_text(limit.value, "en") if limit else "not known",
        }
        return OPEN, (say("transit_not_stated", **facts),)
    elsewhere = [s for s in stops if s.country not in (country, "CN")]
    if not elsewhere:
        return MET, (say("transit_direct"),)
    if conditions is None:
        return OPEN, (say("transit_conditions_not_known"),)
    wanted = conditions.value.split(";")
    if "direct_only" in wanted or "named_ports" in wanted:
        return OPEN, (
            say("transit_only_direct", countries=", ".join(s.country for s in elsewhere), note=conditions.note),
        )
    lines: list[Finding] = []
    states: list[State] = []
    for stop in elsewhere:
        for name, fact in (
            ("customs_control", stop.is_under_customs),
            ("only_preserving", stop.is_only_handled),
            ("no_trade", None if stop.entered_trade is None else not stop.entered_trade),
        ):
            if name not in wanted:
                continue
            states.append(MET if fact else OPEN if fact is None else NOT_MET)
            if not fact:
                lines.append(say(f"transit_{name}_{'question' if fact is None else 'failed'}", country=stop.country))
        state, line = _storage(stop, limit.value if limit else None, say)
        states.append(state)
        lines += line
    worst: State = NOT_MET if NOT_MET in states else OPEN if OPEN in states else MET
    return worst, tuple(lines) or (say("transit_within_conditions", countries=", ".join(s.country for s in elsewhere)),)


def limit_text(text: str, language: str) -> str:
    """A storage limit such as "3 months" for reading."""
    if text == "none":
        return "未规定" if language == "zh" else "none"
    number, unit = text.split()
    return f"{number}{'天' if unit == 'days' else '个月'}" if language == "zh" else text


def _storage(stop: Transit, limit: str | None, say: object) -> tuple[State, list[Finding]]:
    """Time spent in store against the agreement's limit; months count as thirty days at least and thirty-one at most."""
    make = say
    assert callable(make)  # noqa: S101  # tells the type checker what the caller passes
    if limit == "none" or (stop.days is not None and stop.days == 0):
        return MET, []
    if limit is None:
        return OPEN, [make("transit_limit_not_known", country=stop.country)]
    facts = {"country": stop.country, "limit_zh": limit_text(limit, "zh"), "limit_en": limit}
    if stop.days is None:
        return OPEN, [make("transit_days_question", **facts)]
    number, unit = limit.split()
    least, most = (int(number), int(number)) if unit == "days" else (int(number) * 30 - 2, int(number) * 31)
    if stop.days <= least:
        return MET, []
    if stop.days > most:
        return NOT_MET, [make("transit_too_long", days=str(stop.days), **facts)]
    return OPEN, [make("transit_days_close", days=str(stop.days), **facts)]


def proof_of(
    scheme: Scheme, terms: Agreement, day: dt.date, value: int | None, value_in_usd: Decimal | None
) -> list[Finding]:
    """The proof to ask for, how long it is good, and whether the value waives it. `value` is the dutiable value in fen."""
    names = {
        "certificate": ("原产地证书", "a certificate of origin"),
        "declaration": ("原产地声明", "a declaration of origin"),
        "approved_exporter_declaration": ("经核准出口商的原产地声明", "an approved exporter's declaration"),
    }
    validity = terms.at("proof_validity_months", day)
    own = terms.at("proofs", day)
    proofs = own.value.split(";") if own is not None else scheme.proofs
    facts = {
        "proofs_zh": "或".join(names.get(p, (p, p))[0] for p in proofs) or "原产地证明",
        "proofs_en": " or ".join(names.get(p, (p, p))[1] for p in proofs) or "a proof of origin",
        "months_zh": validity.value if validity else "未知", "months_en": validity.value if validity else "an unknown number of",
        "code": scheme.code or "-",
    }  # fmt: skip
    said = [Finding("prove.ask_for_proof", "", facts, validity.cites if validity else scheme.cites, "note")]
    retention = terms.at("retention_years", day)
    if retention is not None:
        said.append(Finding("prove.keep_papers", "", {"years": retention.value}, retention.cites, "note"))
    if terms.at("claim", day) is not None or day >= dt.date(2009, 3, 1):
        claim = terms.at("claim", day)
        said.append(Finding("prove.claim_before_clearance", "", {}, claim.cites if claim else "gacc-order-181", "note"))
    if scheme.waiver_amount is not None:
        limit = scheme.waiver_amount
        in_yuan = None if value is None or scheme.waiver_currency != "CNY" else Decimal(value) / FEN
        tested = value_in_usd if scheme.waiver_currency == "USD" else in_yuan
        amount = {"limit": f"{limit:,}", "currency": scheme.waiver_currency}
        if tested is None:
            said.append(Finding("prove.waiver_below", "", amount, scheme.cites, "note"))
        else:
            needed = is_proof_required(int(tested * FEN) + (1 if tested * FEN % 1 else 0), fen_of(limit))
            said.append(
                Finding(
                    "prove.waiver_does_not_reach" if needed else "prove.waiver_applies",
                    "",
                    amount,
                    scheme.cites,
                    "note",
                )
            )
    return said


# --- RCEP: whose rate --------------------------------------------------------------------------------------------------------------


def _rcep_origin(bill: Bill, case: Case, parties: frozenset[str], world: World, outcome: Outcome) -> RcepOrigin | None:
    """The Party whose rate applies (rcep#2.6). Shares: originating materials by Party; what the exporter adds is its price less all other materials."""
    price = case.fob or case.exw
    if not price or outcome.state != MET:
        return None
    by_party: dict[str, int] = {}
    for use in case.uses:
        if use.originates and use.origin in parties and use.origin != case.country:
            by_party[use.origin] = by_party.get(use.origin, 0) + use.value
    own = price - sum(u.value for u in case.uses if not (u.originates and u.origin == case.country))
    shares = {
        case.country: own * PPM // price,
        **{party: value * PPM // price for party, value in sorted(by_party.items())},
    }
    listed = bill.entry.is_rcep_listed
    if listed is None:
        least = world.at("origin/tariff_differential/rcep_least_exporter_share", bill.entry.declared_on).ppm()
        code = "rcep_listed_question" if shares[case.country] < least else "rcep_stays"
        return RcepOrigin(case.country if code == "rcep_stays" else "", shares, _rcep_line(code, case.country, shares))
    least = world.at("origin/tariff_differential/rcep_least_exporter_share", bill.entry.declared_on).ppm()
    place = differential.country_of_origin(listed, shares[case.country], least, list(shares.values()))
    if place == differential.EXPORTER:
        return RcepOrigin(case.country, shares, _rcep_line("rcep_stays", case.country, shares))
    if place == differential.UNDECIDED:
        return RcepOrigin("", shares, _rcep_line("rcep_undecided", case.country, shares))
    found = list(shares)[place]
    return RcepOrigin(found, shares, _rcep_line("rcep_moves", found, shares))


def _rcep_line(code: str, country: str, shares: dict[str, int]) -> Finding:
    from fractions import Fraction

    text = ", ".join(f"{party} {points(Fraction(ppm, PPM))}%" for party, ppm in shares.items())
    return Finding(f"prove.{code}", "", {"country": country, "shares": text}, "rcep#2.6; gacc-2021-106", "note")


# --- money -------------------------------------------------------------------------------------------------------------------------


def _shipment(bill: Bill, origin: str, preferential: str) -> Shipment | None:
    value = bill.entry.dutiable_value
    if value is None and bill.currency == "CNY":
        value = bill.product.price
    if value is None:
        return None
    item = GoodsItem(
        commodity_code=bill.entry.code, name=bill.product.name, origin=origin or None, quantities=bill.entry.quantities, price=Decimal(value) / FEN, currency="CNY",
        facts={"preferential_origin": preferential} if preferential and preferential != origin else {},
    )  # fmt: skip
    return Shipment(declared_on=bill.entry.declared_on, items=(item,), name=bill.product.name)


def _priced(bill: Bill, own: NonPreferential, world: World, findings: list[Finding]) -> ItemAssessment | None:
    """The line and value through the assessment, once for all agreements of the producing country."""
    shipment = _shipment(
        bill, own.country if own.country != UNDETERMINED else bill.product.country, bill.product.country
    )
    if shipment is None:
        findings.append(
            Finding(
                "prove.value_in_yuan_missing", "import.dutiable_value", {"currency": bill.currency}, severity="note"
            )
        )
        return None
    if bill.entry.dutiable_value is None:
        findings.append(Finding("prove.price_taken_as_value", "import.dutiable_value", {}, severity="note"))
    try:
        item = assess(shipment, world).items[0]
    except OutOfCoverage as error:
        findings.append(Finding(error.code, "import.commodity_code", error.facts, severity="warning"))
        return None
    known = {"tariff", "duty_rate", "classification"}
    findings += [
        msgspec.structs.replace(f, severity="warning")
        for f in item.findings
        if f.severity == "error" and f.code.partition(".")[0] in known
    ]
    return item


def _without_preference(priced: ItemAssessment | None) -> Option | None:
    """The best the item comes to with no agreement at all, whatever was claimed for it."""
    plain = (
        [o for o in priced.options if o.total is not None and not o.scheme and o.status in (APPLIES, LAWFUL)]
        if priced
        else []
    )
    return min(plain, key=lambda o: o.total or 0, default=None)


def _saving(
    bill: Bill, scheme: Scheme, rcep: RcepOrigin | None, priced: ItemAssessment | None, world: World
) -> tuple[int | None, int | None, str]:
    """What the scheme saves against the best rate without proof: in all and in duty, with the scheme's rate. None when we hold no rate."""
    if rcep is not None and rcep.country not in ("", bill.product.country):
        shipment = _shipment(bill, bill.product.country, rcep.country)
        priced = assess(shipment, world).items[0] if shipment is not None and rcep.country != "CN" else None
        options = [o for o in priced.options if o.scheme.startswith("22-")] if priced else []
    else:
        options = [o for o in priced.options if o.scheme == scheme.scheme] if priced else []
    applied = _without_preference(priced)
    option = next((o for o in options if o.total is not None), None)
    if applied is None or option is None or applied.total is None or option.total is None:
        return None, None, option.rate_text if option else ""
    duty = sum(c.payable for c in applied.charges if c.kind == "customs_duty") - sum(
        c.payable for c in option.charges if c.kind == "customs_duty"
    )
    return max(0, applied.total - option.total), max(0, duty), option.rate_text
