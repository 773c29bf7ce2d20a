"""Ask: one question a page, then everything that can be said. Every page is an address: nothing is kept, so going back and sharing always work."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from tongguan.assessment.assess import assess
from tongguan.dossier import Dossier, dossier
from tongguan.grammar.findings import Finding, InputRefused
from tongguan.tariff.search.engine import code_asked
from tongguan.window.access import needs
from tongguan.window.access.actor import NotAllowed
from tongguan.window.access.middleware import Request
from tongguan.window.ask import forms, held, questions, results
from tongguan.window.ask.forms import AskForm
from tongguan.window.ask.shipments import QUANTITY, RATE, UNKNOWN, asks_terms, known, open_legs, raw_of, shipment_of
from tongguan.window.ask.token import EMPTY, Answers, answers_of, token_of
from tongguan.window.look import texts
from tongguan.window.look.written import reader

NONE_OF_THESE = "none"
MOST_LINES_SHOWN = 24


@needs("ask")
@require_GET
def ask(request: Request) -> HttpResponse:
    """Where one begins."""
    return redirect("question", token=EMPTY, name=questions.GOODS)


# --- a question ---------------------------------------------------------------------------------------------------------------------


@needs("ask")
@require_http_methods(["GET", "POST"])
@never_cache
def question(request: Request, token: str, name: str) -> HttpResponse:
    """One question, with what was answered before. What is sent becomes part of the next address."""
    answers = answers_of(token)
    if not questions.is_askable(name):
        raise NotAllowed("ask")
    day = day_of(answers, request.moment.day)
    form = form_of(name, answers, day, request)
    if request.method == "POST":
        if "unknown" in request.POST:
            return _go_on(without_knowing(name, answers), day)
        if form.is_valid():
            told = merged(name, answers, form, day)
            found = [] if name in (questions.GUIDED, questions.CODE) else problems(told, name, day)
            if not found:
                return _go_on(told, day)
            form.add_findings(found)
    context = {
        "form": form, "name": name, "token": token, "answered": results.answered(answers, token, day),
        "back": _back(answers, name), "why": results.why_asked(name, answers, day), "candidates": _candidates(name, answers, day),
        "guided": questions.classified(answers) if name == questions.GUIDED else None,
        "is_first": name == questions.GOODS, "notes": _notes(name, answers), "heading": "" if form.asks_one_thing else f"ask.q_{name}",
    }  # fmt: skip
    return render(request, "ask/question.html", context, status=422 if request.method == "POST" else 200)


def day_of(answers: Answers, today: dt.date) -> dt.date:
    """The day asked about; today while none was told."""
    try:
        return dt.date.fromisoformat(known(answers, "day"))
    except ValueError:
        return today


def form_of(name: str, answers: Answers, day: dt.date, request: Request) -> AskForm:
    """The form of a question with what was answered before, or with what was sent."""
    data: list[Any] = [request.POST] if request.method == "POST" else []
    initial: dict[str, Any] = (
        {"initial": {key: known(answers, key) for key in questions.answered_as(name)}} if not data else {}
    )
    language = reader()
    if name == questions.GOODS:
        initial = {} if data else {"initial": {"words": known(answers, "words") or known(answers, "code")}}
        return forms.GoodsForm(*data, **initial)
    if name == questions.ORIGIN:
        return forms.OriginForm(*data, day=day, **initial)
    if name == questions.DAY:
        initial = {} if data else {"initial": {"day": known(answers, "day") or request.moment.day.isoformat()}}
        return forms.DeclaredForm(*data, **initial)
    if name == questions.PRICE:
        return forms.PriceForm(*data, with_terms=asks_terms(answers), **initial)
    if name == questions.CARRIAGE:
        currency = known(answers, "currency") or "CNY"
        return forms.CarriageForm(*data, legs=open_legs(answers), currency=currency, **initial)
    if name == questions.CHANNEL:
        chosen: dict[str, Any] = {} if data else {"initial": {"choice": known(answers, "channel")}}
        return forms.ChoiceForm(
            *data, choices=forms.channel_choices(language), label="ask.q_channel", hint="ask.q_channel_hint", **chosen
        )
    if name == questions.GUIDED:
        return _guided_form(answers, data, language)
    if name == questions.CODE:
        chosen = {} if data else {"initial": {"choice": known(answers, "code")}}
        listed = [(c.code, c.label) for c in _candidates(name, answers, day)]
        none = [(NONE_OF_THESE, texts.say("ask.none_of_these", language))]
        return forms.ChoiceForm(*data, choices=[*listed, *none], label="ask.q_code", hint="ask.q_code_hint", **chosen)
    return _fact_form(name, answers, day, data, language)


def _guided_form(answers: Answers, data: list[Any], language: str) -> AskForm:
    asked = questions.classified(answers).question
    if asked is None:
        raise NotAllowed("ask")
    choices = [(c.key, results.in_words(c.text, language) or c.key) for c in asked.choices if c.key != "unknown"]
    return forms.ChoiceForm(*data, choices=choices, label=results.in_words(asked.text, language))


def _fact_form(name: str, answers: Answers, day: dt.date, data: list[Any], language: str) -> AskForm:
    """A fact the assessment asked for, in the kind of answer it says it reads."""
    expects = questions.expected(answers, name, day)
    words = questions.words_of(name, results.findings_of(answers, day))
    if expects.is_yes_or_no:
        choices = [("yes", "look.yes"), ("no", "look.no")]
    else:
        choices = [(value, results.value_text(name, value, language)) for value in expects.choices]
    kind = "number" if name.startswith((QUANTITY, RATE)) else "day" if "2025-03-01" in expects.words.en else "text"
    hint = "" if choices else expects.words.only(language)
    if name.startswith(RATE):
        hint = results.rate_hint(answers, name.removeprefix(RATE), day)
    initial: dict[str, Any] = {} if data else {"initial": {"fact": known(answers, name)}}
    return forms.FactForm(
        *data, label=results.begun(words.only(language)), hint=hint, choices=choices, kind=kind, **initial
    )


# --- what an answer does ------------------------------------------------------------------------------------------------------------


def without_knowing(name: str, answers: Answers) -> Answers:
    """The answers with "I do not know" to this question."""
    if name == questions.GUIDED:
        asked = questions.classified(answers).question
        return {**answers, "told": _with(answers, asked.key, "unknown")} if asked else answers
    if name == questions.CODE and known(answers, "code"):
        return {**answers, "short": answers["code"]}
    fields = questions.answered_as(name)
    if name == questions.CARRIAGE:
        fields = tuple(open_legs(answers))
    if name == questions.GOODS:
        fields = ("words", "code")
    return {**answers, **dict.fromkeys(fields, UNKNOWN)}


def merged(name: str, answers: Answers, form: AskForm, day: dt.date) -> Answers:
    """The answers with what this form told. What rested on an earlier answer of the same question goes with it."""
    sent = form.cleaned_data
    if name == questions.GOODS:
        return _goods(answers, str(sent["words"]), day)
    if name == questions.GUIDED:
        asked = questions.classified(answers).question
        return {**answers, "told": _with(answers, asked.key, sent["choice"])} if asked else answers
    if name == questions.CODE:
        if sent["choice"] == NONE_OF_THESE:
            return {k: v for k, v in answers.items() if k not in {"words", "code", "told", "short"}}
        return {**_without_facts(answers), "code": sent["choice"]}
    if name == questions.CHANNEL:
        return {**_without_facts(answers), "channel": sent["choice"]}
    if name == questions.CARRIAGE:
        return {**answers, **{leg: sent[leg] or UNKNOWN for leg in open_legs(answers)}}
    if "fact" in sent:
        return {**answers, name: sent["fact"]}
    return {**answers, **{key: sent[key] for key in questions.answered_as(name) if key in sent}}


def _goods(answers: Answers, text: str, day: dt.date) -> Answers:
    kept = {k: v for k, v in _without_facts(answers).items() if k not in {"words", "code", "told", "short"}}
    digits = code_asked(text)
    if len(digits) >= 4:
        return {**kept, "code": digits}
    return {**kept, "words": text}


def _without_facts(answers: Answers) -> Answers:
    """Facts were asked for one line in one channel: under another they would mean something else."""
    return {name: value for name, value in answers.items() if name.startswith(RATE) or name in questions.PLAIN}


def _with(answers: Answers, key: str, value: str) -> str:
    held_so_far = answers.get("told", "")
    return questions.SEPARATOR.join(part for part in (held_so_far, f"{key}={value}") if part)


def problems(answers: Answers, name: str, day: dt.date) -> list[Finding]:
    """What the reader, and then the assessment, says of the answers of this page."""
    paths = results.paths_of(name)
    try:
        shipment = shipment_of(answers, day)
    except InputRefused as refused:
        return [f for f in refused.findings if f.path.startswith(paths)]
    if not questions.is_fact(name) and name not in (questions.ORIGIN, questions.DAY):
        return []
    try:
        found = assess(shipment, held.world()).all_findings
    except InputRefused as refused:
        found = tuple(refused.findings)
    wrong = (
        "channels.fact_unreadable",
        "channels.fact_not_in_list",
        "origin.country_not_known",
        "valuation.usd_rate_absurd",
    )
    return [f for f in found if f.path.startswith(paths) and (f.code in wrong or f.code.startswith("input."))]


def _go_on(answers: Answers, day: dt.date) -> HttpResponse:
    day = day_of(answers, day)
    if answers.get("day") == UNKNOWN:
        answers = {**answers, "day": day.isoformat()}  # a shared link must say the same tomorrow
    following = questions.next_question(answers, day)
    token = token_of(answers)
    return redirect("question", token=token, name=following) if following else redirect("answer", token=token)


def _back(answers: Answers, name: str) -> str:
    """The question before this one, as it was asked; the home page before the first."""
    if name == questions.GOODS:
        return reverse("home")
    so_far = questions.told(answers)
    if name in (questions.GUIDED, questions.CODE) and so_far:
        earlier = questions.SEPARATOR.join(f"{key}={value}" for key, value in so_far[:-1])
        kept = {k: v for k, v in answers.items() if k not in {"told", "code", "short"}} | (
            {"told": earlier} if earlier else {}
        )
        return reverse("question", args=[token_of(kept), questions.GUIDED])
    before = [q for q in questions.asked_so_far(answers) if q not in (name, questions.GUIDED)]
    if name in questions.FIXED:
        place = questions.FIXED.index(name)
        before = [q for q in before if q in questions.FIXED and questions.FIXED.index(q) < place]
    return reverse("question", args=[token_of(answers), before[-1] if before else questions.GOODS])


def _candidates(name: str, answers: Answers, day: dt.date) -> list[results.CodeChoice]:
    """The codes to choose from: lines under a code given, or what the words speak for."""
    if name != questions.CODE:
        return []
    code = known(answers, "code")
    if code and not known(answers, "words"):
        return [results.choice_of(line, day) for line in held.lines_under(code, day, MOST_LINES_SHOWN)]
    if code and len(code) < questions.WHOLE_CODE:
        lines = held.lines_under(code, day, MOST_LINES_SHOWN)
        return [results.choice_of(line, day) for line in lines]
    return results.choices_of(questions.classified(answers), day, MOST_LINES_SHOWN)


def _notes(name: str, answers: Answers) -> list[object]:
    if name not in (questions.GUIDED, questions.CODE) or not known(answers, "words"):
        return []
    found = questions.classified(answers)
    return list((found.question.notes if found.question else found.notes).values())


# --- the answer ---------------------------------------------------------------------------------------------------------------------


def told_of(answers: Answers, day: dt.date) -> Dossier:
    """Everything that can be said of these answers. Raises InputRefused."""
    return dossier(shipment_of(answers, day), held.world(), register=held.register())


@needs("ask")
@require_GET
def answer(request: Request, token: str) -> HttpResponse:
    """The whole answer: what is payable, every lawful way, papers, origin, charges, days, and the law behind each figure."""
    answers = answers_of(token)
    day = day_of(answers, request.moment.day)
    try:
        told = told_of(answers, day)
    except InputRefused as refused:
        context = {"findings": refused.findings, "answered": results.answered(answers, token, day), "token": token}
        return render(request, "ask/unreadable.html", context, status=422)
    context = results.page_of(told, answers, token, day)
    context["share"] = request.build_absolute_uri(f"{reverse('answer', args=[token])}?lang={reader()}")
    before = questions.asked_so_far(answers)
    context["back"] = reverse("question", args=[token, before[-1]]) if before else reverse("ask")
    context["declare"] = f"{reverse('new_declaration')}?{_query(answers, day)}"
    return render(request, "ask/answer.html", context)


def _query(answers: Answers, day: dt.date) -> str:
    from urllib.parse import urlencode

    shipment = json.dumps(raw_of(answers, day), ensure_ascii=False, separators=(",", ":"))
    return urlencode({"shipment": shipment})


@needs("ask")
@require_GET
def notice(request: Request, token: str) -> HttpResponse:
    """The answer on paper, in both languages."""
    from tongguan.window.ask.notice import pdf_of

    answers = answers_of(token)
    day = day_of(answers, request.moment.day)
    try:
        told = told_of(answers, day)
    except InputRefused:
        return redirect("answer", token=token)
    link = request.build_absolute_uri(reverse("answer", args=[token]))
    response = HttpResponse(pdf_of(told, link), content_type="application/pdf")
    response["Content-Disposition"] = 'attachment; filename="tongguan-answer.pdf"'
    return response
