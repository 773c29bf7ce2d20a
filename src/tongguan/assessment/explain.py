"""The answer as a letter: what is to be paid, how it comes about, what would be cheaper and what is still open.

    head        the shipment, its channel, the day whose rates apply and why, the total
    each item   from the invoice to the dutiable value; what applies, charge by charge; other ways, best first; what is not known and what it is worth
    end         what to note and do next, the total, the legal basis once for all, and what the marks mean

A basis in square brackets points into the list of legal bases at the end. Nothing is computed here that could not be read off the Assessment.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from tongguan.assessment.letter import (
    LANGUAGES,
    NOTHING,
    Block,
    Heading,
    Language,
    Sentence,
    Table,
    Words,
    plain_text,
    same,
    say,
    say_next,
)
from tongguan.assessment.result import (
    DISPLACED,
    NEEDS_EVIDENCE,
    NOT_ENCODED,
    OPEN,
    Assessment,
    Charge,
    ItemAssessment,
    MissingFact,
    Option,
    Reason,
)
from tongguan.assessment.terms import TARIFF_LAW_FROM
from tongguan.grammar.citations import WEAK, cite_text, instruments
from tongguan.grammar.findings import Finding, catalogue
from tongguan.grammar.money import decimal_text, half_up, percent_text, quantity_text, yuan_grouped
from tongguan.law.customs_duty.sliding.rule import sliding_rate_ppm, unit_value_milli
from tongguan.tariff.origins import origins
from tongguan.tariff.schedule import HELD_FROM

MOST_WAYS = 4
"""Cheaper ways told in full for each item; the rest are counted."""
MOST_NAMES = 4
MOST_CASES = 6

SYMBOLS = {"error": "✗", "warning": "!", "note": "·"}
TONES = {"error": "error", "warning": "warning", "note": "quiet"}


def explain(assessment: Assessment, language: str = "en") -> str:
    """The whole answer as plain text in "zh", "en" or "both". Raises ValueError for another language."""
    chosen: Language | None = next((one for one in LANGUAGES if one == language), None)
    if chosen is None:
        raise ValueError(f"there is no text in {language!r}: choose one of {', '.join(LANGUAGES)}")
    return plain_text(letter(assessment), chosen)


def letter(assessment: Assessment) -> list[Block]:
    """The whole answer as headings, sentences and tables in both languages."""
    basis = _Basis()
    blocks = _head(assessment, basis)
    for item in assessment.items:
        blocks += _item(item, assessment, basis)
    blocks += _findings(assessment.all_findings, basis)
    blocks += _end(assessment, basis)
    return blocks


def brief(a: Assessment) -> list[Block]:
    """The answer on a few lines: the charges of each item, the best other way, and what keeps the figure open."""
    basis = _Basis()
    blocks = [b for b in _head(a, basis)[:2] if isinstance(b, Heading)]
    body: list[Block] = []
    if a.governing_on is not None:
        body.append(Sentence(_governing(a), "quiet", is_short=True))
    body.append(Sentence(_total(a), "total", is_short=True))
    for item in a.items:
        body.append(Sentence(_item_title(item, a.governing_on), is_short=True))
        applied = item.applied
        rows: list[tuple[Words, ...]] = []
        if item.dutiable_value is not None:
            rows.append((value_word(a.governing_on), NOTHING, same(yuan_grouped(item.dutiable_value))))
        rows += [(Words(c.label_zh, c.label_en), sum_of(c), _amount(c)) for c in (applied.charges if applied else ())]
        if rows:
            body.append(Table(tuple(rows), frozenset({2})))
        cheaper = _cheaper(item)
        if cheaper:
            body.append(_saving_line(cheaper[0], "→"))
        if item.missing_facts and item.low is not None and item.low != item.high:
            body += [b for b in _range(item, a, basis) if isinstance(b, Sentence)]
    for finding in a.all_findings:
        if finding.severity != "note":
            text = Words(finding.message("zh"), finding.message("en"))
            body.append(Sentence(text, TONES[finding.severity], SYMBOLS[finding.severity], lead=finding.path))
    return [*blocks, *body]


def refusal(name: str, findings: Iterable[Finding]) -> list[Block]:
    """What to say of a shipment that could not be read."""
    basis = _Basis()
    title = same(name) if name else say("letter.unnamed")
    blocks: list[Block] = [Heading(title, 1), Sentence(say("letter.refused"), "error")]
    return blocks + _findings(findings, basis, titled=False) + basis.blocks()


def refused_sentences(findings: Iterable[Finding]) -> list[Block]:
    """What to say when a command could not do its work at all."""
    return _findings(findings, _Basis(), titled=False)


def found_sentences(findings: Iterable[Finding]) -> list[Block]:
    """What was found, the same thing at several places said once, with the law behind it."""
    basis = _Basis()
    return _findings(findings, basis, titled=False) + basis.blocks()


class _Basis:
    """The instruments cited, numbered in the order they are first used."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.marks: set[str] = set()

    def of(self, citation: str, confidence: str = "") -> str:
        """A citation such as [1 §20; 3], and the mark of a weak fact behind it."""
        articles: dict[int, list[str]] = {}
        for one in citation.split("; "):
            key, _, article = one.partition("#")
            if key in instruments():
                number = self.numbers.setdefault(key, len(self.numbers) + 1)
                articles.setdefault(number, [])
                if article and f"§{article}" not in articles[number]:
                    articles[number].append(f"§{article}")
        shown = ["[" + "; ".join(f"{n} {', '.join(a)}".rstrip() for n, a in articles.items()) + "]"] if articles else []
        if confidence in WEAK:
            self.marks.add(confidence)
            shown.append(confidence)
        return " ".join(shown)

    def blocks(self) -> list[Block]:
        """The list of legal bases and the meaning of the marks."""
        blocks: list[Block] = []
        if self.numbers:
            blocks.append(Heading(say("letter.legal_basis"), 3))
            for key, number in self.numbers.items():
                text = Words(cite_text(key, "zh"), cite_text(key, "en"))
                blocks.append(Sentence(text, "quiet", f"[{number}]", is_short=True))
        if self.marks:
            blocks.append(Sentence(say("letter.weak"), "warning"))
        return blocks


# --- head and end ------------------------------------------------------------------------------------------------------------------


def _head(a: Assessment, basis: _Basis) -> list[Block]:
    channel = say(f"letter.channel.{a.channel}")
    title = same(a.name) if a.name else say("letter.unnamed")
    blocks: list[Block] = [Heading(Words(f"{title.zh} · {channel.zh}", f"{title.en} · {channel.en}"), 1)]
    if a.governing_on is not None:
        blocks.append(Sentence(_with(_governing(a), basis.of(a.governing_because))))
    elif a.declared_on is not None:
        blocks.append(Sentence(say("letter.day_declared", day=a.declared_on.isoformat()), is_short=True))
    blocks.append(Sentence(say("letter.rests_on", law=a.law_version, schedule=a.schedule), "quiet", is_short=True))
    blocks.append(Sentence(_total(a), "total", is_short=True))
    saving = sum(max((o.saving or 0 for o in _cheaper(i)), default=0) for i in a.items)
    if saving:
        blocks.append(Sentence(say("letter.could_save", amount=yuan_grouped(saving)), "good"))
    return blocks


def _governing(a: Assessment) -> Words:
    """Whose rates apply, and why."""
    code = f"letter.because.{a.governing_reason}"
    why = say(code) if code in catalogue() else NOTHING
    day = a.governing_on.isoformat() if a.governing_on else "?"
    return say("letter.day_governs", day=day, why_zh=why.zh, why_en=why.en)


def _total(a: Assessment) -> Words:
    if a.total_low is None:
        return say("letter.no_figure")
    if a.total_high is None:
        return _joined(say("letter.to_pay_from"), f" CNY {yuan_grouped(a.total_low)}")
    if a.total_low == a.total_high:
        return _joined(say("letter.to_pay"), f" CNY {yuan_grouped(a.total_low)}")
    return _joined(say("letter.to_pay"), f" CNY {yuan_grouped(a.total_low)} – {yuan_grouped(a.total_high)}")


def _end(a: Assessment, basis: _Basis) -> list[Block]:
    blocks: list[Block] = []
    decided = [
        (say(f"letter.decided.{k}"), same(_grouped(v)))
        for k, v in a.decided.items()
        if f"letter.decided.{k}" in catalogue()
    ]
    if decided:
        blocks += [Heading(say("letter.decided"), 3), Table(tuple(decided), frozenset({1}))]
    if len(a.items) > 1 or a.surcharges:
        rows: list[tuple[Words, ...]] = []
        for item in a.items:
            code = item.commodity_code
            name = Words(f"{item.number}. {item.name_zh or code}", f"{item.number}. {item.name_en or code}")
            rows.append((name, same(figure(item.low, item.high))))
        rows += [(Words(f"+ {c.label_zh}", f"+ {c.label_en}"), same(yuan_grouped(c.payable))) for c in a.surcharges]
        rows.append((say("letter.total"), same(figure(a.total_low, a.total_high))))
        blocks.append(Heading(say("letter.summary"), 3))
        blocks.append(Table(tuple(rows), frozenset({1}), frozenset({len(rows) - 1})))
        if a.surcharges:
            blocks += [Heading(say("letter.surcharges"), 3), _charges(a.surcharges, basis, None)]
    return blocks + basis.blocks()


def _grouped(text: str) -> str:
    """An amount in yuan with its thousands marked; other text as it is."""
    return f"{Decimal(text):,}" if _AMOUNT.fullmatch(text) else text


_AMOUNT = re.compile(r"[0-9]+\.[0-9]{2}")


def figure(low: int | None, high: int | None) -> str:
    """A total or its range, for a table."""
    if low is None:
        return "?"
    if high is None:
        return f"≥ {yuan_grouped(low)}"
    return yuan_grouped(low) if low == high else f"{yuan_grouped(low)} – {yuan_grouped(high)}"


# --- one item ----------------------------------------------------------------------------------------------------------------------


def _item(item: ItemAssessment, a: Assessment, basis: _Basis) -> list[Block]:
    blocks: list[Block] = [Heading(_item_title(item, a.governing_on), 2)]
    if item.value_steps:
        blocks += _value(item, value_word(a.governing_on), basis)
    applied = item.applied
    if applied is not None:
        blocks += _applied(applied, basis)
    if item.low is not None and item.low != item.high:
        blocks += _range(item, a, basis)
    blocks += _other_ways(item, basis)
    return blocks


def _item_title(item: ItemAssessment, day: dt.date | None) -> Words:
    code = item.commodity_code
    dotted = f"{code[:4]}.{code[4:6]}.{code[6:]}".rstrip(".") if len(code) >= 6 else code
    lead = " ".join(part for part in (f"{item.number}.", dotted) if part)
    if not item.origin and "origin" not in item.missing_facts:
        return Words(f"{lead} {item.name_zh}", f"{lead} {item.name_en}")
    place = _country(item.origin, day)
    label = say("letter.origin")
    return Words(f"{lead} {item.name_zh} · {label.zh} {place.zh}", f"{lead} {item.name_en} · {label.en} {place.en}")


def _country(origin: str, day: dt.date | None) -> Words:
    if origin == "undetermined":
        return say("letter.origin.undetermined")
    if not origin:
        return say("letter.origin.unknown")
    if day is None or not origins().is_country(origin):
        return same(origin)
    country = origins().country(origin, day)
    return Words(country.name_zh, country.name_en)


def value_word(day: dt.date | None) -> Words:
    """What the law of a day calls the value that is taxed: 计税价格 since the Tariff Law, 完税价格 under the Regulations before it."""
    return say("letter.value" if day is None or day >= TARIFF_LAW_FROM else "letter.value_before")


def _value(item: ItemAssessment, called: Words, basis: _Basis) -> list[Block]:
    rows = [
        (Words(step.label_zh, step.label_en), Words(step.amount_zh, step.amount_en), same(basis.of(step.because)))
        for step in item.value_steps
    ]
    strong = set()
    if item.dutiable_value is not None and len(rows) > 1:
        strong.add(len(rows))
        rows.append((called, same(yuan_grouped(item.dutiable_value)), NOTHING))
    return [Heading(called, 3), Table(tuple(rows), frozenset({1}), frozenset(strong))]


def _applied(option: Option, basis: _Basis) -> list[Block]:
    label, named = say("letter.applies"), _named(option)
    title = Words(f"{label.zh}：{named.zh}", f"{label.en}: {named.en}")
    blocks: list[Block] = [Heading(title, 3), _charges(option.charges, basis, option.total)]
    blocks += [Sentence(_with(_text(r), basis.of(r.because)), "quiet") for r in option.reasons[:2]]
    return blocks


def _charges(charges: Iterable[Charge], basis: _Basis, total: int | None) -> Table:
    rows = [(Words(c.label_zh, c.label_en), sum_of(c), _amount(c), _rests_on(c, basis)) for c in charges]
    strong = set()
    if total is not None:
        strong.add(len(rows))
        rows.append((say("letter.item_total"), NOTHING, same(yuan_grouped(total)), NOTHING))
    return Table(tuple(rows), frozenset({2}), frozenset(strong))


def _amount(charge: Charge) -> Words:
    if charge.payable == charge.amount:
        return same(yuan_grouped(charge.payable))
    waived = say("letter.not_levied", amount=yuan_grouped(charge.amount - charge.payable))
    if charge.payable == 0:
        return waived
    return _joined(waived, f" {yuan_grouped(charge.payable)}")


def _rests_on(charge: Charge, basis: _Basis) -> Words:
    citation = "; ".join(c for c in (charge.because, charge.waived_because) if c)
    numbers = basis.of(citation, charge.confidence)
    if not charge.parameters:
        return same(numbers)
    latest = max(charge.parameters, key=lambda p: p.since)
    text = (
        "letter.since_or_earlier" if latest.name.startswith("tariff/") and latest.since == HELD_FROM else "letter.since"
    )
    since = say(text, day=latest.since.isoformat())
    return Words(f"{since.zh} {numbers}", f"{since.en} {numbers}")


def sum_of(charge: Charge) -> Words:
    """The sum of a charge as one would write it on paper."""
    rate = f"{yuan_grouped(charge.base)} × {percent_text(charge.rate)}"
    counted = Words(_counted(charge, "zh"), _counted(charge, "en"))
    times = "" if charge.factor == 1_000_000 else f" × {percent_text(charge.factor)}"
    f = charge.formula
    if f == "sliding":
        text = _sliding(charge)
    elif f == "given":
        text = NOTHING
    elif f == "lower_of":
        text = say("letter.lower_of", one=rate, other_zh=counted.zh, other_en=counted.en)
    elif f == "by_unit_value":
        text = _by_unit_value(charge, rate, counted)
    elif f == "specific" or (f == "compound" and not charge.rate):
        text = counted
    elif f == "compound":
        text = Words(f"{rate} + {counted.zh}", f"{rate} + {counted.en}")
    elif f == "composite":
        text = _composite(charge, rate, counted)
    elif f == "composite_vat":
        top = [f"{yuan_grouped(charge.base)}{f' + {one}' if charge.num else ''}" for one in counted]
        tail = f" ÷ (1 − {percent_text(charge.composite_rate)}) × {percent_text(charge.rate)}"
        text = Words(*(f"({one}){tail}" if charge.num else f"{one}{tail}" for one in top))
    elif f == "share":
        text = same(f"{yuan_grouped(charge.base)} × {charge.num}/{charge.den}")
    elif f in ("daily", "per_year"):
        year = " ÷ 360" if f == "per_year" else ""
        days = say("letter.unit.days")
        text = Words(*(f"{rate} × {charge.times} {unit}{year}" for unit in days))
    else:
        text = same(rate)
    return _joined(text, times) if times and text != NOTHING else text


def _composite(charge: Charge, rate: str, counted: Words) -> Words:
    below = f" ÷ (1 − {percent_text(charge.rate)})"
    if not charge.num:
        return same(rate + below)
    if not charge.rate:
        return counted
    return Words(f"({rate} + {counted.zh}){below}", f"({rate} + {counted.en}){below}")


def _counted(charge: Charge, language: str) -> str:
    if not charge.num:
        return ""
    exact = Fraction(charge.num * 10, charge.den)
    is_decimal = 10**12 % exact.denominator == 0
    plain = decimal_text(Decimal(exact.numerator) / exact.denominator) if is_decimal else str(exact)
    code = f"letter.unit.{charge.unit}"
    unit = say(code).only(language) if code in catalogue() else charge.unit
    return f"{quantity_text(charge.quantity)} {unit} × CNY {plain}"


def _sliding(charge: Charge) -> Words:
    threshold, k1, k2, ceiling = charge.terms
    if charge.quantity <= 0:
        return same(f"{yuan_grouped(charge.base)} × {percent_text(ceiling)}")
    unit_value = unit_value_milli(charge.base, charge.quantity)
    if unit_value >= threshold:
        return Words(_counted(charge, "zh"), _counted(charge, "en"))
    return same(f"{yuan_grouped(charge.base)} × {percent_text(sliding_rate_ppm(unit_value, k1, k2, ceiling))}")


def _by_unit_value(charge: Charge, rate: str, counted: Words) -> Words:
    """Compound above a unit value in dollars, ad valorem below it: the side that gives the amount is the side that was taken."""
    if charge.amount == half_up(charge.base * charge.terms[2], 1_000_000):
        return same(f"{yuan_grouped(charge.base)} × {percent_text(charge.terms[2])}")
    return Words(f"{rate} + {counted.zh}", f"{rate} + {counted.en}")


# --- other ways --------------------------------------------------------------------------------------------------------------------


def _cheaper(item: ItemAssessment) -> list[Option]:
    """Lawful ways that cost less than what applies, cheapest first. Where the answer is a range over cases, the cases themselves say it."""
    return [
        o for o in item.options if o.status in (OPEN, NEEDS_EVIDENCE) and (o.saving or 0) > 0 and not o.condition_en
    ]


def _other_ways(item: ItemAssessment, basis: _Basis) -> list[Block]:
    blocks: list[Block] = []
    cheaper = _cheaper(item)
    for number, option in enumerate(cheaper[:MOST_WAYS], start=1):
        blocks += _way(number, option, basis)
    lawful = [o for o in item.options if o.status in (OPEN, NEEDS_EVIDENCE) and not o.condition_en]
    dearer = [o for o in lawful if o.saving is not None and o.saving <= 0] + cheaper[MOST_WAYS:]
    blocks += _listed(
        "letter.same_or_dearer", [_joined(_named(o), f" CNY {yuan_grouped(o.total or 0)}") for o in dearer]
    )
    blocks += _listed("letter.put_aside", [_named(o) for o in item.options if o.status == DISPLACED])
    not_held = [_scheme_name(o) for o in item.options if o.status == NOT_ENCODED]
    blocks += _listed("letter.not_held", not_held)
    return [Heading(say("letter.ways"), 3), *blocks] if blocks else []


def _way(number: int, option: Option, basis: _Basis) -> list[Block]:
    saving = option.saving or 0
    blocks: list[Block] = [_saving_line(option, f"{number}.")]
    if option.evidence_cost:
        net = saving - option.evidence_cost
        code = "letter.evidence_cost" if net >= 0 else "letter.evidence_cost_more"
        blocks.append(
            Sentence(say(code, amount=yuan_grouped(option.evidence_cost), net=yuan_grouped(abs(net))), "plain", "", 3)
        )
    for reason in option.reasons:
        step = say_next(reason.code, reason.facts)
        if not step.en:
            continue
        blocks.append(Sentence(_with(_text(reason), basis.of(reason.because, option.confidence)), "plain", "", 3))
        blocks.append(Sentence(step, "plain", "→", 3))
    return blocks


def _saving_line(option: Option, symbol: str) -> Sentence:
    """What another way would save."""
    amount, total = yuan_grouped(option.saving or 0), yuan_grouped(option.total or 0)
    if option.scheme:
        name = _scheme_name(option)
        text = say("letter.less_with_proof", amount=amount, scheme_zh=name.zh, scheme_en=name.en)
    else:
        text = say("letter.less_with_certificate" if option.status == NEEDS_EVIDENCE else "letter.less", amount=amount)
    kind = Words(option.label_zh.split("：")[0], option.label_en.split(": ")[0])
    rate = _rate(option)
    how = say("letter.way", kind_zh=kind.zh, kind_en=kind.en, rate_zh=rate.zh, rate_en=rate.en, total=total)
    return Sentence(Words(f"{text.zh}（{how.zh}）", f"{text.en} ({how.en})"), "good", symbol)


def _rate(option: Option) -> Words:
    """The rate of an option for reading. A sliding duty has no rate of its own: what it comes to on these goods is shown."""
    duty = next((c for c in option.charges if c.formula == "sliding"), None)
    if duty is None:
        return same(option.rate_text)
    if duty.base:
        return same(percent_text(half_up(duty.amount * 10_000, duty.base) * 100))
    return NOTHING


def _named(option: Option) -> Words:
    """An option by its label and rate."""
    rate = _rate(option)
    return Words(f"{option.label_zh} {rate.zh}".rstrip(), f"{option.label_en} {rate.en}".rstrip())


def _scheme_name(option: Option) -> Words:
    for reason in option.reasons:
        if "scheme_zh" in reason.facts:
            return Words(reason.facts["scheme_zh"], reason.facts["scheme_en"])
    return Words(option.label_zh, option.label_en)


def _listed(code: str, names: list[Words]) -> list[Block]:
    """One line that names the first few and counts the rest."""
    names = list(dict.fromkeys(names))
    if not names:
        return []
    more = say("letter.and_more", count=str(len(names))) if len(names) > MOST_NAMES else NOTHING
    zh = "、".join(n.zh for n in names[:MOST_NAMES]) + more.zh
    en = "; ".join(n.en for n in names[:MOST_NAMES]) + (f", {more.en}" if more.en else "")
    return [Sentence(say(code, list_zh=zh, list_en=en), "quiet")]


# --- what is not known -------------------------------------------------------------------------------------------------------------


def _range(item: ItemAssessment, a: Assessment, basis: _Basis) -> list[Block]:
    label = say("letter.missing" if item.missing_facts else "letter.range_title")
    blocks: list[Block] = []
    facts = [
        _fact(missing, a.all_findings)
        for missing in item.missing or (MissingFact(name, 0, 0) for name in item.missing_facts)
    ]
    zh, en = "、".join(f.zh for f in facts), "; ".join(f.en for f in facts)
    low = yuan_grouped(item.low or 0)
    span = (
        say("letter.range_open", low=low)
        if item.high is None
        else say("letter.range", low=low, high=yuan_grouped(item.high))
    )
    blocks.append(Heading(Words(f"{label.zh}：{span.zh}", f"{label.en}: {span.en}"), 3))
    blocks.append(
        Sentence(Words(zh, en) if facts else say("letter.range_because"), "warning", "?", is_short=bool(facts))
    )
    cases = [o for o in item.options if o.total is not None and o.status in (OPEN, NEEDS_EVIDENCE) and o.condition_en]
    shown = _ends(cases)
    rows: list[tuple[Words, ...]] = []
    for option in shown:
        if option is None:
            more = say("letter.cases_more", count=str(len(cases) - len(shown) + 1))
            rows.append((more, NOTHING, NOTHING))
            continue
        case = Words(option.condition_zh, option.condition_en) if option.condition_en else NOTHING
        how = _named(option)
        if option.status == NEEDS_EVIDENCE:
            proof = say("letter.with_proof")
            how = Words(how.zh + proof.zh, f"{how.en} {proof.en}")
        mark = basis.of("", option.confidence)
        rows.append((case, _joined(how, f" {mark}" if mark else ""), same(yuan_grouped(option.total or 0))))
    if rows and len(cases) > 1:
        blocks.append(Table(tuple(rows), frozenset({2})))
    elif len(cases) == 1:
        only = cases[0]
        blocks.append(_charges(only.charges, basis, only.total))
    return blocks


def _ends(cases: list[Option]) -> list[Option | None]:
    """The cheapest and the dearest of many cases, None for those in between; of cases with one total the first."""
    by_total: dict[tuple[int, str], Option] = {}
    for option in sorted(cases, key=lambda o: o.total or 0):
        by_total.setdefault((option.total or 0, option.status), option)
    ordered = list(by_total.values())
    if len(ordered) <= MOST_CASES:
        return list(ordered)
    half = MOST_CASES // 2
    return [*ordered[:half], None, *ordered[-half:]]


def _fact(missing: MissingFact, findings: Iterable[Finding]) -> Words:
    """A fact that is not known and what it is worth. A fact of a channel is named by the finding at its place."""
    name = missing.name
    at_place = next((f for f in findings if f.path == name and "label_zh" in f.facts), None)
    if name.startswith("quantity_in_"):
        unit = say(f"letter.unit.{name.removeprefix('quantity_in_')}")
        words = say("letter.fact.quantity", unit_zh=unit.zh, unit_en=unit.en)
    elif at_place is not None:
        words = Words(at_place.facts["label_zh"], at_place.facts["label_en"])
    else:
        code = f"letter.fact.{name}"
        words = say(code) if code in catalogue() else same(name.rpartition(".")[2].replace("_", " "))
    if missing.high is None:
        return say("letter.worth_open", fact_zh=words.zh, fact_en=words.en)
    if missing.low is not None and missing.high > missing.low:
        return say("letter.worth", fact_zh=words.zh, fact_en=words.en, amount=yuan_grouped(missing.high - missing.low))
    return words


# --- findings ----------------------------------------------------------------------------------------------------------------------


def _findings(findings: Iterable[Finding], basis: _Basis, *, titled: bool = True) -> list[Block]:
    order = {"error": 0, "warning": 1, "note": 2}
    said: dict[tuple[str, str], list[Finding]] = {}
    for finding in sorted(findings, key=lambda f: order[f.severity]):
        said.setdefault((finding.code, finding.message("en")), []).append(finding)
    blocks: list[Block] = [Heading(say("letter.findings"), 3)] if titled and said else []
    for group in said.values():
        finding = group[0]
        paths = list(dict.fromkeys(f.path for f in group if f.path))
        places = (
            ""
            if finding.severity == "note"
            else ", ".join(paths[:MOST_NAMES]) + (f" … ({len(paths)})" if len(paths) > MOST_NAMES else "")
        )
        message = Words(finding.message("zh"), finding.message("en"))
        text = _with(message, basis.of(finding.because))
        blocks.append(Sentence(text, TONES[finding.severity], SYMBOLS[finding.severity], lead=places))
        step = say_next(finding.code, finding.facts)
        if step.en:
            blocks.append(Sentence(step, "quiet" if finding.severity == "note" else "plain", "→", 2))
    return blocks


# --- small things ------------------------------------------------------------------------------------------------------------------


def _text(reason: Reason) -> Words:
    return Words(reason.text("zh"), reason.text("en"))


def _with(text: Words, tail: str) -> Words:
    return Words(f"{text.zh} {tail}", f"{text.en} {tail}") if tail else text


def _joined(text: Words, tail: str) -> Words:
    return Words(text.zh + tail, text.en + tail)
