"""What a page shows of an answer: rows, tables and links made from the dossier. Nothing is reckoned here."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.urls import reverse

from tongguan.assessment.assess import assess
from tongguan.assessment.explain import figure, sum_of, value_word
from tongguan.assessment.papers.paper import Paper, Papers, question
from tongguan.assessment.result import (
    APPLIES,
    DISPLACED,
    NEEDS_EVIDENCE,
    NOT_ENCODED,
    OPEN,
    Assessment,
    Charge,
    ItemAssessment,
    Option,
    ValueStep,
)
from tongguan.assessment.shipment import CHANNELS_WITHOUT_CODE
from tongguan.days.clocks import Clock
from tongguan.dossier import CodeToFind, Dossier
from tongguan.grammar.citations import cite_text, instruments
from tongguan.grammar.findings import Finding, InputRefused, catalogue, render
from tongguan.grammar.money import yuan, yuan_grouped
from tongguan.grammar.parameters import LAW
from tongguan.law.controls.tables import attribute_file, bodies
from tongguan.tariff.classification.result import Classification
from tongguan.tariff.schedule import Line
from tongguan.window.ask import forms, held, questions
from tongguan.window.ask.shipments import OF_ITEM, PROOF, QUANTITY, RATE, UNKNOWN, known, open_legs, shipment_of
from tongguan.window.ask.token import Answers, token_of
from tongguan.window.look import texts
from tongguan.window.look.components import Cell, Head, Row, Table
from tongguan.window.look.written import day as written_day
from tongguan.window.look.written import reader, words

MOST_CLOCKS = 14
FEE_FACTS = ("facts.port", "facts.containers_20", "facts.containers_40")
"""What the charges at the port turn on."""
MOST_IN_CHART = 6
TONES = {APPLIES: "green", OPEN: "blue", NEEDS_EVIDENCE: "yellow", DISPLACED: "grey", NOT_ENCODED: "grey"}
PAPER_TONES = {
    "banned": "red",
    "required": "blue",
    "conditional": "yellow",
    "not_encoded": "grey",
    "not_required": "grey",
}
PAPER_ORDER = ("banned", "required", "conditional", "not_encoded")
_CITED = re.compile(r"\s*;\s*")


def say(key: str, **facts: Any) -> str:  # noqa: ANN401  # whatever a text fills in
    """A text of these pages in the reader's language."""
    return texts.say(f"ask.{key}", reader(), **facts)


def in_words(by_language: dict[str, str], language: str) -> str:
    """A text kept by language, or the other one where it is missing."""
    return by_language.get(language) or next((text for text in by_language.values() if text), "")


def begun(text: str) -> str:
    """A text as the beginning of a line."""
    return text[:1].upper() + text[1:]


# --- law --------------------------------------------------------------------------------------------------------------------------


class LawLink(NamedTuple):
    """A basis of law in words and where its page is; no address where we hold no page for it."""

    text: str
    href: str


def law_links(citation: str) -> list[LawLink]:
    """Each instrument a citation names, with its article and the address of its page."""
    links = []
    for one in _CITED.split(citation) if citation else []:
        key = one.partition("#")[0].strip()
        href = reverse("instrument", args=[key]) if key in instruments() else ""
        links.append(LawLink(cite_text(one.strip(), reader()), href))
    return links


def rule_links(charge: Charge) -> list[LawLink]:
    """The rules whose dated numbers a charge rests on."""
    found: dict[str, LawLink] = {}
    for used in charge.parameters:
        rule = used.name.rpartition("/")[0]
        if rule and (LAW / rule / "rule.py").exists():
            found[rule] = LawLink(rule, reverse("rule", args=[rule]))
    return list(found.values())


# --- codes to choose from -----------------------------------------------------------------------------------------------------------


class CodeChoice(NamedTuple):
    """One code that may be meant: how sure, what it is called, its MFN rate, and its label as a choice."""

    code: str
    name: str
    share: str
    mfn: str

    @property
    def label(self) -> str:
        """On one line."""
        sure = f" · {say('how_sure', share=self.share)}" if self.share else ""
        rate = f" · {say('mfn_is', rate=self.mfn)}" if self.mfn else ""
        return f"{held.dotted(self.code)} {self.name}{sure}{rate}"


def choice_of(line: Line, day: dt.date, share: str = "") -> CodeChoice:
    """A tariff line to choose."""
    return CodeChoice(line.code, words(line, reader()), share, held.mfn_text(line.code, day))


def choices_of(found: Classification, day: dt.date, most: int) -> list[CodeChoice]:
    """What words speak for: the lines held under each candidate, each with the candidate's share."""
    first = [(c.code, c.share, c.text) for c in found.candidates]
    if not first and found.code:
        first = [(found.code, found.confidence, found.text)]
    chosen: list[CodeChoice] = []
    for code, share, text in first:
        sure = f"{share * 100:.0f}%"
        lines = held.lines_under(code, day, most)
        if lines:
            chosen += [choice_of(line, day, sure) for line in lines]
        elif in_words(text, reader()):
            chosen.append(CodeChoice(code, in_words(text, reader()), sure, ""))
    seen: dict[str, CodeChoice] = {}
    for one in chosen:
        seen.setdefault(one.code, one)
    return list(seen.values())[:most]


# --- questions ----------------------------------------------------------------------------------------------------------------------


def paths_of(name: str) -> tuple[str, ...]:
    """Where findings about the answers of a question stand in a shipment."""
    return {
        questions.GOODS: ("items[1].commodity_code", "items[1].name"), questions.ORIGIN: ("items[1].origin",), questions.DAY: ("dates",),
        questions.PRICE: ("items[1].price", "items[1].currency", "currency", "trade_terms"), questions.CARRIAGE: ("foreign_inland", "freight", "insurance"),
        questions.CHANNEL: ("channel",),
    }.get(name, _path_of_fact(name))  # fmt: skip


def _path_of_fact(name: str) -> tuple[str, ...]:
    if name.startswith(QUANTITY):
        return ("items[1].quantities",)
    if name.startswith(RATE):
        return ("exchange_rates",)
    if name in OF_ITEM:
        return (f"items[1].{OF_ITEM[name]}",)
    return (name,)


def findings_of(answers: Answers, day: dt.date) -> tuple[Finding, ...]:
    """What the assessment of the answers so far says; nothing where they cannot be read."""
    try:
        return assess(shipment_of(answers, day), held.world()).all_findings
    except InputRefused:
        return ()


def why_asked(name: str, answers: Answers, day: dt.date) -> str:
    """What the answer changes, as the assessment itself reckons it."""
    if not questions.is_fact(name):
        return ""
    if name.startswith(RATE):
        return say("why_rate")
    fact = next((f for f in questions.facts_missing({**answers, name: UNKNOWN}, day) if f.name == name), None)
    return worth_text(fact) if fact else ""


def worth_text(fact: questions.Fact) -> str:
    """What a fact is worth."""
    if fact.is_open:
        return say("worth_open", amount=yuan_grouped(fact.low or 0))
    if fact.worth is None:
        return say("worth_together")
    return say(
        "worth", amount=yuan_grouped(fact.worth), low=yuan_grouped(fact.low or 0), high=yuan_grouped(fact.high or 0)
    )


def rate_hint(answers: Answers, currency: str, day: dt.date) -> str:
    """Which published rate counts."""
    lacking = {name: value for name, value in answers.items() if name != f"{RATE}{currency}"}
    said = next((f for f in findings_of(lacking, day) if f.code == "valuation.exchange_rate_missing"), None)
    if said is None:
        return say("rate_hint", currency=currency)
    return say("rate_hint_day", currency=currency, day=written_day(said.facts["reference"], reader()))


def value_text(name: str, value: str, language: str) -> str:
    """One of a closed list in words, where they are written."""
    last = name.rpartition(".")[2]
    attribute = attribute_file().attributes.get(last)
    if attribute is not None and value in attribute.values:
        return words(attribute.values[value], language)
    for code in (f"ask.value.{last}.{value}", f"ask.value.{value}"):
        if code in catalogue():
            return render(code, {}, language)
    return value.replace("_", " ")


def answered(answers: Answers, token: str, day: dt.date) -> list[Row]:
    """What was answered so far, each with a link to answer it differently."""
    act = say("change")
    rows = []
    for name in questions.asked_so_far(answers):
        if name == questions.CODE and not known(answers, "code"):
            shown = say("not_known")
        else:
            shown = _shown(name, answers, day)
        if shown and not (name == questions.GOODS and "words" not in answers):
            label = (
                say(f"answer_{name}")
                if name in questions.FIXED
                else begun(words(questions.words_of(name, findings_of({**answers, name: UNKNOWN}, day)), reader()))
            )
            rows.append(Row(label, shown, reverse("question", args=[_changing(answers, name), name]), act))
    return rows


def _changing(answers: Answers, name: str) -> str:
    """The token from which a question is asked again."""
    if name == questions.GUIDED:
        return token_of({k: v for k, v in answers.items() if k not in {"told", "code", "short"}})
    if name == questions.CODE and known(answers, "words"):
        return token_of({k: v for k, v in answers.items() if k not in {"code", "short"}})
    return token_of(answers)


def _shown(name: str, answers: Answers, day: dt.date) -> str:
    language = reader()
    if name == questions.GUIDED:
        return ""
    if name == questions.CODE:
        return _code_shown(known(answers, "code"), day)
    if name == questions.CARRIAGE:
        legs = [
            f"{say(f'short_{leg}')} {known(answers, leg) or say('not_known')}"
            for leg in open_legs(answers)
            if leg in answers
        ]
        return "; ".join(legs) if language == "en" else "；".join(legs)
    if name == questions.PRICE:
        parts = [known(answers, "currency"), known(answers, "price"), known(answers, "terms")]
        return " ".join(p for p in parts if p) if known(answers, "price") else say("not_known")
    value = known(answers, questions.answered_as(name)[0])
    if not value:
        return say("not_known")
    if name == questions.ORIGIN:
        return next((label for code, label in forms.country_choices(day, language) if code == value), value)
    if name == questions.CHANNEL:
        return forms.channel_text(value, language)
    if name == questions.DAY:
        return written_day(day, language)
    return {"yes": texts.say("look.yes", language), "no": texts.say("look.no", language)}.get(value) or value_text(
        name, value, language
    )


def _code_shown(code: str, day: dt.date) -> str:
    line = next((one for one in held.lines_under(code[:8], day, 1) if one.code == code[:8]), None)
    name = words(line, reader()) if line else ""
    return f"{held.dotted(code)} {name}".strip()


# --- the answer ---------------------------------------------------------------------------------------------------------------------


class ChargeShown(NamedTuple):
    """A charge as a row: what, how it comes about, how much, by which law."""

    label: str
    sum: str
    amount: str
    waived: str
    laws: list[LawLink]
    rules: list[LawLink]
    since: str
    confidence: str


class OptionShown(NamedTuple):
    """A way the goods can be taxed."""

    label: str
    rate: str
    status: str
    tone: str
    total: str
    saving: str
    condition: str
    reasons: list[tuple[str, str, list[LawLink]]]
    charges: list[ChargeShown]
    rank: int
    proof: str
    confidence: str


class ItemShown(NamedTuple):
    """One item: how its value comes about, what applies and what else is open."""

    item: ItemAssessment
    steps: list[tuple[ValueStep, list[LawLink]]]
    applied: OptionShown | None
    others: list[OptionShown]
    put_aside: list[OptionShown]
    value_word: str


class PaperShown(NamedTuple):
    """A paper as a row."""

    paper: Paper
    name: str
    why: str
    status: str
    tone: str
    who: str
    laws: list[LawLink]
    asks: list[tuple[str, str]]


def page_of(told: Dossier, answers: Answers, token: str, day: dt.date) -> dict[str, Any]:
    """Everything the page of an answer shows."""
    a = told.assessment
    missing = questions.missing_of(a)
    return {
        "token": token,
        "title": title_of(told),
        "told": told,
        "total": total_of(a),
        "is_range": a.total_low is None or a.total_low != a.total_high,
        "governing": _governing(a),
        "governing_laws": law_links(a.governing_because),
        "missing": [(f, worth_text(f), reverse("question", args=[token, f.name]) if f.can_be_asked else "") for f in missing],
        "items": [_item(i, a, answers) for i in a.items],
        "made_of": made_of(told),
        "compared": compared(a),
        "surcharges": [charge_shown(c) for c in a.surcharges],
        "saving": _best_saving(a),
        "papers": [_papers(p, token, answers) for p in told.papers],
        "origins": [(one, [_agreement(x) for x in one.agreements]) for one in told.origins],
        "landed": landed_rows(told),
        "fees": told.landed.fees,
        "fee_facts": [(reverse("question", args=[token, name]), questions.words_of(name)) for name in FEE_FACTS if a.channel not in CHANNELS_WITHOUT_CODE],
        "without_price": told.landed.without_price,
        "clocks": clocks_of(told),
        "codes": [_to_find(one) for one in told.codes],
        "findings": [f for f in a.all_findings if f.code not in {"channels.fact_missing", "tariff.code_to_be_found"}],
        "answered": answered(answers, token, day),
        "decided": [(render(f"letter.decided.{k}", {}, reader()), v) for k, v in a.decided.items() if f"letter.decided.{k}" in catalogue()],
    }  # fmt: skip


def title_of(told: Dossier) -> str:
    """What the answer is about."""
    a = told.assessment
    names = [words(item, reader()) for item in a.items]
    channel = forms.channel_text(a.channel, reader())
    return f"{names[0]} · {channel}" if names and names[0] else channel


def total_of(a: Assessment) -> str:
    """The total payable, or its range; empty where no figure can be given."""
    return "" if a.total_low is None else figure(a.total_low, a.total_high)


def _governing(a: Assessment) -> str:
    if a.governing_on is None:
        return ""
    code = f"letter.because.{a.governing_reason}"
    why = render(code, {}, reader()) if code in catalogue() else ""
    return say("governing", day=written_day(a.governing_on, reader()), why=why)


def _best_saving(a: Assessment) -> str:
    savings = [
        max((o.saving or 0 for o in i.options if o.status in (OPEN, NEEDS_EVIDENCE) and not o.condition_en), default=0)
        for i in a.items
    ]
    return yuan_grouped(sum(savings)) if sum(savings) else ""


def charge_shown(charge: Charge) -> ChargeShown:
    """A charge as a row."""
    citation = "; ".join(c for c in (charge.because, charge.waived_because) if c)
    since = max((p.since for p in charge.parameters), default=None)
    waived = charge.amount - charge.payable
    return ChargeShown(
        words(charge, reader()), words(sum_of(charge), reader()), yuan_grouped(charge.payable), yuan_grouped(waived) if waived else "",
        law_links(citation), rule_links(charge), written_day(since, reader()) if since else "", charge.confidence,
    )  # fmt: skip


def option_shown(option: Option, answers: Answers) -> OptionShown:
    """A way of being taxed as the page tells it."""
    language = reader()
    reasons = [(r.text(language), r.next_step(language), law_links(r.because)) for r in option.reasons]
    condition = option.condition_zh if language == "zh" else option.condition_en
    proof = ""
    if option.scheme and option.status == NEEDS_EVIDENCE:
        proof = reverse("answer", args=[token_of({**answers, f"{PROOF}{option.scheme}": "certificate"})])
    saving = yuan_grouped(option.saving) if option.saving and option.saving > 0 and not condition else ""
    return OptionShown(
        words(option, language), option.rate_text, say(f"status_{option.status}"), TONES[option.status],
        "" if option.total is None else yuan_grouped(option.total), saving, condition, reasons, [charge_shown(c) for c in option.charges],
        option.rank, proof, option.confidence,
    )  # fmt: skip


def _item(item: ItemAssessment, a: Assessment, answers: Answers) -> ItemShown:
    lawful = sorted(
        (o for o in item.options if o.total is not None and o.status in (OPEN, NEEDS_EVIDENCE)),
        key=lambda o: (o.rank, o.total or 0),
    )
    rest = [o for o in item.options if o.status in (DISPLACED, NOT_ENCODED)]
    return ItemShown(
        item, [(s, law_links(s.because)) for s in item.value_steps], option_shown(item.applied, answers) if item.applied else None,
        [option_shown(o, answers) for o in lawful], [option_shown(o, answers) for o in rest], words(value_word(a.governing_on), reader()),
    )  # fmt: skip


def made_of(told: Dossier) -> Table | None:
    """What the landed cost is made of; None while there is more than one figure."""
    a = told.assessment
    if a.total is None or len(a.items) != 1 or told.landed.value is None or a.items[0].applied is None:
        return None
    rows: list[list[object]] = [[words(value_word(a.governing_on), reader()), _amount(told.landed.value)]]
    rows += [[words(c, reader()), _amount(c.payable)] for c in (*a.items[0].applied.charges, *a.surcharges)]
    if told.landed.fees_low and told.landed.fees_low == told.landed.fees_high:
        rows.append([say("fees_short"), _amount(told.landed.fees_low)])
    return Table(say("made_of_table"), [Head(say("part")), Head(say("amount_cny"), is_number=True)], rows)


def compared(a: Assessment) -> Table | None:
    """The lawful options side by side, charge by charge; None where there is nothing to compare."""
    if len(a.items) != 1:
        return None
    lawful = [o for o in a.items[0].options if o.total is not None and o.status in (APPLIES, OPEN, NEEDS_EVIDENCE)]
    lawful = sorted(lawful, key=lambda o: o.total or 0)
    if len(lawful) < 2:
        return None
    kinds = dict.fromkeys(c.kind for o in lawful for c in o.charges)
    named = {c.kind: words(c, reader()) for o in lawful for c in o.charges}
    rows = []
    for o in _ends(lawful):
        paid = {c.kind: 0 for c in o.charges}
        for c in o.charges:
            paid[c.kind] += c.payable
        condition = o.condition_zh if reader() == "zh" else o.condition_en
        name = " ".join(
            part for part in (words(o, reader()), o.rate_text, f"({condition})" if condition else "") if part
        )
        rows.append([Cell(name), *(_amount(paid.get(kind, 0)) for kind in kinds)])
    heads = [Head(say("way")), *(Head(named[kind], is_number=True) for kind in kinds)]
    return Table(say("compared"), heads, rows)


def _ends(options: list[Option]) -> list[Option]:
    half = MOST_IN_CHART // 2
    return options if len(options) <= MOST_IN_CHART else [*options[:half], *options[-half:]]


def _amount(fen: int) -> Cell:
    return Cell(yuan_grouped(fen), yuan(fen))


def landed_rows(told: Dossier) -> list[Row]:
    """Value, taxes, charges, together."""
    cost = told.landed
    rows = []
    if cost.value is not None:
        rows.append(Row(words(value_word(told.assessment.governing_on), reader()), yuan_grouped(cost.value)))
    if cost.taxes_low is not None:
        rows.append(Row(say("taxes"), figure(cost.taxes_low, cost.taxes_high)))
    if cost.fees:
        rows.append(Row(say("fees_short"), figure(cost.fees_low, cost.fees_high)))
    if cost.low is not None:
        rows.append(Row(say("together"), figure(cost.low, cost.low if cost.without_price else cost.high)))
    if cost.low_without_vat is not None:
        rows.append(Row(say("without_vat"), yuan_grouped(cost.low_without_vat)))
    return rows


def clocks_of(told: Dossier) -> list[tuple[Clock, str, str, list[LawLink]]]:
    """Days that matter, the critical ones first to be kept, in the order of time."""
    dated = [c for c in told.timeline.clocks if c.day is not None]
    kept = sorted(dated, key=lambda c: (not c.is_critical, c.kind not in ("deadline", "right")))[:MOST_CLOCKS]
    language = reader()
    return [
        (
            c,
            c.label_zh if language == "zh" else c.label_en,
            c.days_zh if language == "zh" else c.days_en,
            law_links(c.because),
        )
        for c in sorted(kept, key=lambda c: (c.day or dt.date.max, c.id))
    ]


def _papers(of_item: Papers, token: str, answers: Answers) -> dict[str, Any]:
    asked = [p for status in PAPER_ORDER for p in of_item.of(status)]
    return {
        "of": of_item,
        "verdict": say({True: "may_enter", False: "may_not_enter", None: "entry_open"}[of_item.may_enter]),
        "asked": [paper_shown(p, token) for p in asked],
        "spared": [paper_shown(p, token) for p in of_item.of("not_required")],
        "findings": of_item.findings,
        "facts": [(question(n, reader()), reverse("question", args=[token, f"items[1].facts.{n}"])) for n in of_item.missing_facts if n in attribute_file().attributes],
    }  # fmt: skip


def paper_shown(paper: Paper, token: str = "") -> PaperShown:  # the answers in the address, no secret
    """A paper as a row; with a token, the facts it turns on lead to their questions."""
    language = reader()
    who = (", " if language == "en" else "、").join(words(bodies()[code], language) for code in paper.authority)
    asks = [
        (
            question(name, language),
            reverse("question", args=[token, f"items[1].facts.{name}"])
            if token and name in attribute_file().attributes
            else "",
        )
        for name in paper.missing
    ]
    return PaperShown(
        paper, paper.name(language), paper.why(language), say(f"paper_{paper.status}"), PAPER_TONES[paper.status], who,
        law_links(paper.because), asks,
    )  # fmt: skip


def _agreement(a: Any) -> dict[str, Any]:  # noqa: ANN401  # origin.options.Openness
    language = reader()
    lines: Iterable[Finding] = (a.rule_line, *a.proof, a.transit)
    return {
        "name": words(a, language), "code": a.code, "rate": a.rate, "status": say(f"status_{a.status}"), "tone": TONES.get(a.status, "grey"),
        "saving": yuan_grouped(a.saving) if a.saving and a.saving > 0 else "", "lines": [f.message(language) for f in lines],
        "laws": law_links(a.because), "confidence": a.confidence,
    }  # fmt: skip


def _to_find(one: CodeToFind) -> dict[str, Any]:
    rows: list[list[object]] = []
    for c in one.candidates:
        name = c.text_zh if reader() == "zh" else c.text_en
        rows.append(
            [
                held.dotted(c.code),
                name,
                f"{c.share * 100:.0f}%",
                say("code_not_held") if c.low is None else figure(c.low, c.high),
            ]
        )
    heads = [
        Head(say("code")),
        Head(say("name")),
        Head(say("likely"), is_number=True),
        Head(say("amount_cny"), is_number=True),
    ]
    return {"term": one.found.term, "table": Table(say("codes_priced"), heads, rows)}
