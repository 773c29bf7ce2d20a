"""What a page shows of an answer: rows, tables and links made from the dossier. Nothing is reckoned here."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, NamedTuple

from django.urls import reverse

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
from tongguan.origin.examine import Answer
from tongguan.origin.explain import STATUS, cures_text
from tongguan.origin.options import ItemOrigin, Openness
from tongguan.tariff.classification.result import Classification
from tongguan.tariff.schedule import Line
from tongguan.window.ask import forms, goods, held, questions
from tongguan.window.ask.goods import ITEM_FACT, PROOF, RATE, UNKNOWN, known, name_of, place_of
from tongguan.window.ask.materials import bill_of, inputs_in
from tongguan.window.ask.shipments import open_legs, rated_of
from tongguan.window.ask.token import BILL, Answers, token_of
from tongguan.window.look import texts
from tongguan.window.look.components import Cell, Head, Row, Table
from tongguan.window.look.written import day as written_day
from tongguan.window.look.written import reader, sentence_of, words
from tongguan.window.published.rates import RateUsed
from tongguan.window.published.schedule import rests_on

MOST_CLOCKS = 14
FEE_FACTS = ("facts.port", "facts.containers_20", "facts.containers_40")
"""What the charges at the port turn on."""
MOST_IN_CHART = 6
TONES = {APPLIES: "green", OPEN: "blue", NEEDS_EVIDENCE: "yellow", DISPLACED: "grey", NOT_ENCODED: "grey"}
TESTED_TONES = {"qualifies": "green", "fails": "red", "undecided": "yellow", "not_encoded": "grey"}
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
    def dotted(self) -> str:
        """The code as it is printed."""
        return held.dotted(self.code)

    @property
    def label(self) -> str:
        """On one line."""
        sure = f" · {say('how_sure', share=self.share)}" if self.share else ""
        rate = f" · {say('mfn_is', rate=self.mfn)}" if self.mfn else ""
        return f"{self.dotted} {self.name}{sure}{rate}"


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


def findings_of(answers: Answers, day: dt.date) -> tuple[Finding, ...]:
    """What the assessment of the answers so far says; nothing where they cannot be read."""
    try:
        return rated_of(answers, day).assessment.all_findings
    except InputRefused:
        return ()


def why_asked(name: str, answers: Answers, day: dt.date) -> str:
    """What the answer changes, as the assessment itself reckons it."""
    if not questions.is_fact(name):
        return ""
    if name.startswith(RATE):
        return say("why_rate")
    fact = next((f for f in questions.facts_missing({**answers, name: UNKNOWN}, day) if f.name == name), None)
    return worth_text(fact, answers) if fact else ""


def worth_text(fact: questions.Fact, answers: Answers) -> str:
    """What a fact is worth; of several goods, what it is worth to those it is about."""
    of_goods = "_of_goods" if goods.count(answers) > 1 else ""
    if fact.is_open:
        return say(f"worth_open{of_goods}", amount=yuan_grouped(fact.low or 0))
    if fact.worth is None:
        return say("worth_together")
    low, high = yuan_grouped(fact.low or 0), yuan_grouped(fact.high or 0)
    return say(f"worth{of_goods}", amount=yuan_grouped(fact.worth), low=low, high=high)


def with_number(name: str, text: str, answers: Answers) -> str:
    """What a question or a fact is called; where there are several goods, with the number of the one it is about."""
    number, _ = place_of(name)
    return f"{number}. {text}" if number and goods.count(answers) > 1 else text


def rate_hint(answers: Answers, currency: str, day: dt.date) -> str:
    """Which published rate counts."""
    try:
        rated = rated_of({name: value for name, value in answers.items() if name != f"{RATE}{currency}"}, day)
    except InputRefused:
        return say("rate_hint", currency=currency)
    held_rate = next((one for one in rated.rates if one.currency == currency), None)
    if held_rate is not None:
        published = written_day(held_rate.published_on, reader())
        return say("rate_hint_held", currency=currency, rate=held_rate.rate, day=published, source=held_rate.source)
    missing = (f for f in rated.assessment.all_findings if f.code == "valuation.exchange_rate_missing")
    reference = next((f.facts["reference"] for f in missing), "?")
    if reference == "?":  # the holidays of that year are not announced
        return say("rate_hint", currency=currency)
    return say("rate_hint_day", currency=currency, day=written_day(reference, reader()))


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


def answered(answers: Answers, day: dt.date) -> list[Row]:
    """What was answered so far, each with a link to answer it differently."""
    asked = questions.asked_so_far(answers)
    findings = findings_of({**answers, **{name: UNKNOWN for name in asked if questions.is_fact(name)}}, day)
    rows = []
    for name in asked:
        local = place_of(name)[1]
        shown = _shown(name, answers, day)
        if shown and not (local == questions.GOODS and name_of(place_of(name)[0], "words") not in answers):
            if questions.is_fact(name):
                label = begun(words(questions.words_of(name, findings), reader()))
            else:
                label = say(f"answer_{local}")
            href = reverse("question", args=[_changing(answers, name), name])
            rows.append(Row(with_number(name, label, answers), shown, href, say("change")))
    return [*rows, *_bills(answers)]


def _bills(answers: Answers) -> list[Row]:
    """The bills of materials that were told."""
    token = token_of(answers)
    return [
        Row(
            with_number(name_of(number, BILL), say("materials"), answers),
            say("materials_told", count=len(inputs_in(bill_of(goods.of(answers, number))))),
            reverse("materials", args=[token, number]),
            say("change"),
        )
        for number in range(1, goods.count(answers) + 1)
        if known(answers, name_of(number, BILL))
    ]


def _changing(answers: Answers, name: str) -> str:
    """The token from which a question is asked again."""
    number, local = place_of(name)
    rested: tuple[str, ...] = ("told", "code", "short") if local == questions.GUIDED else ()
    if local == questions.CODE and known(answers, name_of(number, "words")):
        rested = ("code", "short")
    return token_of({k: v for k, v in answers.items() if k not in {name_of(number, one) for one in rested}})


def _shown(name: str, answers: Answers, day: dt.date) -> str:
    language = reader()
    number, local = place_of(name)
    one = goods.of(answers, number)
    if local == questions.GUIDED:
        return ""
    if local == questions.CODE and known(one, "code"):
        return code_text(known(one, "code"), day)
    if local == questions.CARRIAGE:
        legs = [
            f"{say(f'short_{leg}')} {known(answers, leg) or say('not_known')}"
            for leg in open_legs(answers)
            if leg in answers
        ]
        return "; ".join(legs) if language == "en" else "；".join(legs)
    if local == questions.PRICE and known(one, "price"):
        terms = known(answers, "terms") if questions.tells_terms(name, answers) else ""
        return " ".join(p for p in (known(answers, "currency") or "CNY", known(one, "price"), terms) if p)
    value = known(one, questions.FIELDS.get(local, (local,))[0])
    if not value:
        return say("not_known")
    if local == questions.ORIGIN:
        return next((label for code, label in forms.country_choices(day, language) if code == value), value)
    if local == questions.CHANNEL:
        return forms.channel_text(value, language)
    if local == questions.DAY:
        return written_day(value, language) if is_day(value) else value
    return {"yes": texts.say("look.yes", language), "no": texts.say("look.no", language)}.get(value) or value_text(
        local, value, language
    )


def is_day(text: str) -> bool:
    """Whether a text is a day as it travels; anybody may write anything into an address."""
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def code_text(code: str, day: dt.date) -> str:
    """A code as it is printed, with what the schedule calls it."""
    line = next((one for one in held.lines_under(code[:8], day, 1) if one.code == code[:8]), None)
    name = words(line, reader()) if line else ""
    return f"{held.dotted(code)} {name}".strip()


class Good(NamedTuple):
    """One of several goods on a page: its number, what it is called, and the addresses that change it or leave it out."""

    number: int
    name: str
    change: str
    remove: str


def goods_of(answers: Answers, day: dt.date) -> list[Good]:
    """The goods told of so far."""
    many = goods.count(answers)
    return [
        Good(
            number, good_name(answers, number, day), reverse("question", args=[token_of(answers), name_of(number, questions.GOODS)]),
            reverse("go_on", args=[token_of(goods.without(answers, number))]) if many > 1 else "",
        )
        for number in range(1, many + 1)
    ]  # fmt: skip


def good_name(answers: Answers, number: int, day: dt.date) -> str:
    """What a good is called: in the words it was asked by, else by its code."""
    one = goods.of(answers, number)
    code = known(one, "code")
    return known(one, "words") or (code_text(code, day) if code else say("not_known"))


def another_good(answers: Answers, token: str) -> str:
    """Where one more good is told of; empty when there are as many as one question holds."""
    number = goods.count(answers) + 1
    return reverse("question", args=[token, name_of(number, questions.GOODS)]) if 1 < number <= goods.MOST_GOODS else ""


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
    name: str
    steps: list[tuple[ValueStep, list[LawLink]]]
    applied: OptionShown | None
    others: list[OptionShown]
    put_aside: list[OptionShown]
    value_word: str
    total: str
    compared: Table | None


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


class Told(NamedTuple):
    """All that can be said of the answers: the dossier, the published exchange rates it rests on, and what is said of rates that were told."""

    dossier: Dossier
    rates: tuple[RateUsed, ...]
    findings: tuple[Finding, ...]


def page_of(said: Told, answers: Answers, token: str, day: dt.date) -> dict[str, Any]:
    """Everything the page of an answer shows."""
    told = said.dossier
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
        "missing": [
            (with_number(f.name, words(f, reader()), answers), worth_text(f, answers), reverse("question", args=[token, f.name]) if f.can_be_asked else "")
            for f in missing
        ],
        "items": [_item(i, a, answers) for i in a.items],
        "is_several": len(a.items) > 1,
        "goods": goods_of(answers, day),
        "another": another_good(answers, token),
        "made_of": made_of(told),
        "surcharges": [charge_shown(c) for c in a.surcharges],
        "saving": _best_saving(a),
        "papers": [_papers(number, p, token) for number, p in enumerate(told.papers, start=1)],
        "origins": [_origins(one, answers, token) for one in told.origins if one.agreements or one.examination or one.findings],
        "rates": said.rates,
        "other_rates": [(one.currency, reverse("question", args=[token, f"{RATE}{one.currency}"])) for one in said.rates],
        "landed": landed_rows(told),
        "fees": told.landed.fees,
        "fee_facts": [(reverse("question", args=[token, name]), questions.words_of(name)) for name in FEE_FACTS if a.channel not in CHANNELS_WITHOUT_CODE],
        "without_price": told.landed.without_price,
        "clocks": clocks_of(told),
        "codes": [_to_find(one) for one in told.codes],
        "findings": [*said.findings, *(f for f in a.all_findings if f.code not in {"channels.fact_missing", "tariff.code_to_be_found"})],
        "answered": answered(answers, day),
        "rests_on": rests_on(a, reader()),
        "decided": [(render(f"letter.decided.{k}", {}, reader()), v) for k, v in a.decided.items() if f"letter.decided.{k}" in catalogue()],
    }  # fmt: skip


def title_of(told: Dossier) -> str:
    """What the answer is about."""
    a = told.assessment
    name = item_name(a.items[0]) or held.dotted(a.items[0].commodity_code) if a.items else ""
    if name and len(a.items) > 1:
        name = say("and_others", name=name, count=len(a.items) - 1)
    channel = forms.channel_text(a.channel, reader())
    return f"{name} · {channel}" if name else channel


def item_name(item: ItemAssessment) -> str:
    """What an item is called; empty where neither words nor the schedule name it."""
    return words(item, reader()) if item.name_zh or item.name_en else ""


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


def option_shown(option: Option, number: int, answers: Answers) -> OptionShown:
    """A way in which the good of this number can be taxed, as the page tells it."""
    language = reader()
    reasons = [(r.text(language), r.next_step(language), law_links(r.because)) for r in option.reasons]
    condition = option.condition_zh if language == "zh" else option.condition_en
    proof = ""
    if option.scheme and option.status == NEEDS_EVIDENCE:
        proof = reverse(
            "answer", args=[token_of({**answers, name_of(number, f"{PROOF}{option.scheme}"): "certificate"})]
        )
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
    applied, others, put_aside = (
        [option_shown(o, item.number, answers) for o in options]
        for options in ([item.applied] if item.applied else [], lawful, rest)
    )
    return ItemShown(
        item, item_name(item), [(s, law_links(s.because)) for s in item.value_steps], applied[0] if applied else None, others, put_aside,
        words(value_word(a.governing_on), reader()), "" if item.low is None else figure(item.low, item.high),
        compared(item, f"{item.number}. " if len(a.items) > 1 else ""),
    )  # fmt: skip


def made_of(told: Dossier) -> Table | None:
    """What the landed cost is made of, charges of one kind together; None while there is more than one figure."""
    a = told.assessment
    applied = [item.applied for item in a.items if item.applied is not None]
    if a.total is None or told.landed.value is None or len(applied) != len(a.items):
        return None
    rows: list[list[object]] = [[words(value_word(a.governing_on), reader()), _amount(told.landed.value)]]
    sums: dict[str, int] = {}
    for charge in (*(c for option in applied for c in option.charges), *a.surcharges):
        label = words(charge, reader())
        sums[label] = sums.get(label, 0) + charge.payable
    rows += [[label, _amount(paid)] for label, paid in sums.items()]
    if told.landed.fees_low and told.landed.fees_low == told.landed.fees_high:
        rows.append([say("fees_short"), _amount(told.landed.fees_low)])
    return Table(say("made_of_table"), [Head(say("part")), Head(say("amount_cny"), is_number=True)], rows)


def compared(item: ItemAssessment, number: str) -> Table | None:
    """The lawful options of one good side by side, charge by charge; None where there is nothing to compare. `number` begins the caption."""
    lawful = [o for o in item.options if o.total is not None and o.status in (APPLIES, OPEN, NEEDS_EVIDENCE)]
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
    return Table(number + say("compared"), heads, rows)


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


def _papers(number: int, of_item: Papers, token: str) -> dict[str, Any]:
    asked = [p for status in PAPER_ORDER for p in of_item.of(status)]
    return {
        "of": of_item,
        "number": number,
        "verdict": say({True: "may_enter", False: "may_not_enter", None: "entry_open"}[of_item.may_enter]),
        "asked": [paper_shown(p, token, number) for p in asked],
        "spared": [paper_shown(p, token, number) for p in of_item.of("not_required")],
    }


def paper_shown(paper: Paper, token: str = "", number: int = 1) -> PaperShown:  # the answers in the address, no secret
    """A paper as a row; with a token, the facts it turns on lead to their questions about the good of this number."""
    language = reader()
    who = (", " if language == "en" else "、").join(words(bodies()[code], language) for code in paper.authority)
    asks = [
        (
            question(name, language),
            reverse("question", args=[token, name_of(number, f"{ITEM_FACT}{name}")])
            if token and name in attribute_file().attributes
            else "",
        )
        for name in paper.missing
    ]
    return PaperShown(
        paper, paper.name(language), paper.why(language), say(f"paper_{paper.status}"), PAPER_TONES[paper.status], who,
        law_links(paper.because), asks,
    )  # fmt: skip


def _origins(one: ItemOrigin, answers: Answers, token: str) -> dict[str, Any]:
    """The agreements of one good; where its materials were told, each with what they show under it."""
    tested = {a.scheme: a for a in one.examination.answers} if one.examination else {}
    agreements = [_agreement(a, tested.pop(a.scheme, None)) for a in one.agreements]
    return {
        "number": one.number, "agreements": agreements, "others": [examined(a) for a in tested.values()], "findings": one.findings,
        "materials": reverse("materials", args=[token, one.number]), "has_bill": bool(known(goods.of(answers, one.number), BILL)),
    }  # fmt: skip


def _agreement(a: Openness, tested: Answer | None) -> dict[str, Any]:
    language = reader()
    return {
        "name": words(a, language), "code": a.code, "rate": a.rate, "status": say(f"status_{a.status}"), "tone": TONES.get(a.status, "grey"),
        "saving": yuan_grouped(a.saving) if a.saving and a.saving > 0 else "",
        "lines": [f.message(language) for f in (a.rule_line, *a.proof, a.transit)], "laws": law_links(a.because), "confidence": a.confidence,
        "tested": examined(tested) if tested else None,
    }  # fmt: skip


def examined(a: Answer) -> dict[str, Any]:
    """What a bill of materials shows under one agreement."""
    language = reader()
    lines = (*a.outcome.lines, *a.outcome.questions, *a.achieved, *a.assumptions, *a.transit_lines, *a.proof)
    said = dict.fromkeys(sentence_of(f, language) for f in lines)
    return {
        "name": words(a, language), "code": a.code, "status": STATUS[a.status][0 if language == "zh" else 1], "tone": TESTED_TONES[a.status],
        "rule": a.rule, "rate": a.rate, "saving": yuan_grouped(a.saving) if a.saving and a.saving > 0 else "", "lines": list(said),
        "cures": cures_text(a.outcome, language) if a.status != "qualifies" else "", "laws": law_links(a.because), "confidence": a.confidence,
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
