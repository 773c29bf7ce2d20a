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

from tongguan.dossier import dossier
from tongguan.grammar.findings import Finding, InputRefused
from tongguan.tariff.search.engine import code_asked
from tongguan.window.access import needs
from tongguan.window.access.actor import NotAllowed
from tongguan.window.access.middleware import Request
from tongguan.window.ask import forms, goods, held, questions, results
from tongguan.window.ask.forms import AskForm
from tongguan.window.ask.goods import QUANTITY, RATE, UNKNOWN, known, name_of, place_of
from tongguan.window.ask.results import Told
from tongguan.window.ask.shipments import open_legs, rated_of, raw_of, shipment_of
from tongguan.window.ask.token import EMPTY, Answers, TooLong, answers_of, token_of
from tongguan.window.lodging.views_form import begin_from
from tongguan.window.look import texts
from tongguan.window.look.written import reader
from tongguan.window.published.schedule import world

NONE_OF_THESE, UNKNOWN_ANSWER = "none", "unknown"
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
    if not questions.can_be_asked(name, answers):
        raise NotAllowed("ask")
    day = day_of(answers, request.moment.day)
    number, local = place_of(name)
    one = goods.of(answers, max(number, 1))
    form = form_of(name, answers, day, request)
    if request.method == "POST":
        following = _following(request, name, answers, form, day)
        if following:
            return redirect(following)
    many = goods.count(answers)
    context = {
        "form": form, "name": name, "token": token, "answered": results.answered(answers, day),
        "back": _back(answers, name), "why": results.why_asked(name, answers, day), "candidates": _candidates(local, one, day),
        "guided": questions.classified(one) if local == questions.GUIDED else None,
        "is_first": name == questions.GOODS, "notes": _notes(local, one), "heading": "" if form.asks_one_thing else f"ask.q_{local}",
        "goods": results.goods_of(answers, day), "another": results.another_good(answers, token),
        "about": _about(answers, number, day) if number and max(many, number) > 1 else "",
        "goes_on_with_another": local == questions.PRICE and number == many < goods.MOST_GOODS,
    }  # fmt: skip
    return render(request, "ask/question.html", context, status=422 if request.method == "POST" else 200)


def _about(answers: Answers, number: int, day: dt.date) -> str:
    """Which of several goods a question is about."""
    if number > goods.count(answers):
        return results.say("good_number", number=number)
    return results.say("good_named", number=number, name=results.good_name(answers, number, day))


def _following(request: Request, name: str, answers: Answers, form: AskForm, day: dt.date) -> str:
    """The address that an answer leads to; empty, with findings at the fields, where it cannot be taken."""
    if "unknown" in request.POST:
        told = without_knowing(name, answers)
    elif form.is_valid():
        told = merged(name, answers, form, day)
        found = [] if place_of(name)[1] in (questions.GUIDED, questions.CODE) else problems(told, name, day)
        if found:
            form.add_findings(found)
            return ""
    else:
        return ""
    try:
        another = results.another_good(told, token_of(told)) if "another" in request.POST else ""
        return another or _next(told, day)
    except TooLong:
        form.add_error(None, results.say("too_long"))
        return ""


@needs("ask")
@require_GET
def go_on(request: Request, token: str) -> HttpResponse:
    """Where these answers lead: to the next question, or to the answer."""
    answers = answers_of(token)
    return redirect(_next(answers, day_of(answers, request.moment.day)))


def day_of(answers: Answers, today: dt.date) -> dt.date:
    """The day asked about; today while none was told."""
    told = known(answers, "day")
    return dt.date.fromisoformat(told) if results.is_day(told) else today


def form_of(name: str, answers: Answers, day: dt.date, request: Request) -> AskForm:
    """The form of a question with what was answered before, or with what was sent."""
    number, local = place_of(name)
    one = goods.of(answers, max(number, 1))
    data: list[Any] = [request.POST] if request.method == "POST" else []
    language = reader()

    def begun(**initial: str) -> dict[str, Any]:
        return {} if data else {"initial": initial}

    if local == questions.GOODS:
        return forms.GoodsForm(*data, **begun(words=known(one, "words") or known(one, "code")))
    if local == questions.ORIGIN:
        return forms.OriginForm(*data, day=day, **begun(origin=known(one, "origin")))
    if local == questions.DAY:
        return forms.DeclaredForm(*data, **begun(day=known(answers, "day") or request.moment.day.isoformat()))
    if local == questions.PRICE:
        told = {place_of(key)[1]: known(answers, key) for key in questions.gives(name, answers)}
        currency = known(answers, "currency") or "CNY"
        several = max(goods.count(answers), number) > 1
        return forms.PriceForm(
            *data, number=number, asks=tuple(told), currency=currency, is_one_of_several=several, **begun(**told)
        )
    if local == questions.CARRIAGE:
        currency = known(answers, "currency") or "CNY"
        legs = open_legs(answers)
        return forms.CarriageForm(
            *data, legs=legs, currency=currency, **begun(**{leg: known(answers, leg) for leg in legs})
        )
    if local == questions.CHANNEL:
        choices = forms.channel_choices(language)
        chosen = begun(choice=known(answers, "channel"))
        return forms.ChoiceForm(*data, choices=choices, label="ask.q_channel", hint="ask.q_channel_hint", **chosen)
    if local == questions.GUIDED:
        return _guided_form(one, data, language)
    if local == questions.CODE:
        listed = [(c.code, c.label) for c in _candidates(local, one, day)]
        choices = [*listed, (NONE_OF_THESE, texts.say("ask.none_of_these", language))]
        chosen = begun(choice=known(one, "code"))
        return forms.ChoiceForm(*data, choices=choices, label="ask.q_code", hint="ask.q_code_hint", **chosen)
    return _fact_form(name, answers, day, data, language)


def _guided_form(one: Answers, data: list[Any], language: str) -> AskForm:
    asked = questions.classified(one).question
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
    kind = (
        "number"
        if place_of(name)[1].startswith((QUANTITY, RATE))
        else "day"
        if "2025-03-01" in expects.words.en
        else "text"
    )
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
    number, local = place_of(name)
    one = goods.of(answers, number)
    if local == questions.GUIDED:
        asked = questions.classified(one).question
        return {**answers, name_of(number, "told"): _with(one, asked.key, UNKNOWN_ANSWER)} if asked else answers
    if local == questions.CODE and known(one, "code"):
        return {**answers, name_of(number, "short"): one["code"]}
    fields = open_legs(answers) if local == questions.CARRIAGE else questions.FIELDS.get(local, (local,))
    return {**answers, **{name_of(number, field): UNKNOWN for field in fields}}


def merged(name: str, answers: Answers, form: AskForm, day: dt.date) -> Answers:
    """The answers with what this form told. What rested on an earlier answer of the same question goes with it."""
    number, local = place_of(name)
    sent = form.cleaned_data
    if local == questions.GOODS:
        digits = code_asked(str(sent["words"]))
        told = ("code", digits) if len(digits) >= 4 else ("words", str(sent["words"]))
        return {**_without_code(answers, number), name_of(number, told[0]): told[1]}
    if local == questions.GUIDED:
        one = goods.of(answers, number)
        asked = questions.classified(one).question
        return {**answers, name_of(number, "told"): _with(one, asked.key, sent["choice"])} if asked else answers
    if local == questions.CODE:
        if sent["choice"] == NONE_OF_THESE:
            return _without_code(answers, number)
        return {**_without_facts(answers, number), name_of(number, "code"): sent["choice"]}
    if local == questions.CHANNEL:
        return {**_without_facts(answers), "channel": sent["choice"]}
    if local == questions.CARRIAGE:
        return {**answers, **{leg: sent[leg] or UNKNOWN for leg in open_legs(answers)}}
    if "fact" in sent:
        return {**answers, name: sent["fact"]}
    return {**answers, **{key: sent[place_of(key)[1]] for key in questions.gives(name, answers)}}


def _without_code(answers: Answers, number: int) -> Answers:
    """Without what was told of the code of a good, and what rests on it."""
    gone = {name_of(number, field) for field in ("words", "code", "told", "short")}
    return {key: value for key, value in _without_facts(answers, number).items() if key not in gone}


def _without_facts(answers: Answers, number: int = 0) -> Answers:
    """Facts were asked for one line in one channel: under another they would mean something else. Of one good, or of all and the shipment."""

    def stays(key: str) -> bool:
        place, local = place_of(key)
        return local in questions.PLAIN or local.startswith(RATE) or (number > 0 and place != number)

    return {key: value for key, value in answers.items() if stays(key)}


def _with(one: Answers, key: str, value: str) -> str:
    held_so_far = one.get("told", "")
    return questions.SEPARATOR.join(part for part in (held_so_far, f"{key}={value}") if part)


def problems(answers: Answers, name: str, day: dt.date) -> list[Finding]:
    """What the reader, and then the assessment, says of the answers of this page."""
    try:
        shipment_of(answers, day)
        if not questions.is_fact(name) and place_of(name)[1] not in (questions.ORIGIN, questions.DAY):
            return []
        found = rated_of(answers, day).assessment.all_findings
    except InputRefused as refused:
        return [f for f in refused.findings if questions.is_about(f, name)]
    wrong = (
        "channels.fact_unreadable",
        "channels.fact_not_in_list",
        "origin.country_not_known",
        "valuation.usd_rate_absurd",
    )
    return [f for f in found if questions.is_about(f, name) and (f.code in wrong or f.code.startswith("input."))]


def _next(answers: Answers, day: dt.date) -> str:
    """The address of the next question, or of the answer. Raises TooLong."""
    day = day_of(answers, day)
    if answers.get("day") == UNKNOWN:
        answers = {**answers, "day": day.isoformat()}  # a shared link must say the same tomorrow
    following = questions.next_question(answers, day)
    token = token_of(answers)
    return reverse("question", args=[token, following]) if following else reverse("answer", args=[token])


def _back(answers: Answers, name: str) -> str:
    """The question before this one, as it was asked; the home page before the first, and the way so far before one more good."""
    number, local = place_of(name)
    if number > max(goods.count(answers), 1):
        return reverse("go_on", args=[token_of(answers)])
    if name == questions.GOODS:
        return reverse("home")
    so_far = questions.told(goods.of(answers, number))
    if local in (questions.GUIDED, questions.CODE) and so_far:
        earlier = questions.SEPARATOR.join(f"{key}={value}" for key, value in so_far[:-1])
        told, gone = name_of(number, "told"), {name_of(number, field) for field in ("told", "code", "short")}
        kept = {key: value for key, value in answers.items() if key not in gone} | ({told: earlier} if earlier else {})
        return reverse("question", args=[token_of(kept), name_of(number, questions.GUIDED)])
    before = questions.before(name, answers)
    return reverse("question", args=[token_of(answers), before[-1] if before else questions.GOODS])


def _candidates(name: str, one: Answers, day: dt.date) -> list[results.CodeChoice]:
    """The codes to choose from for one good: lines under a code given, or what the words speak for."""
    if name != questions.CODE:
        return []
    code = known(one, "code")
    if code and (not known(one, "words") or len(code) < questions.WHOLE_CODE):
        return [results.choice_of(line, day) for line in held.lines_under(code, day, MOST_LINES_SHOWN)]
    return results.choices_of(questions.classified(one), day, MOST_LINES_SHOWN)


def _notes(name: str, one: Answers) -> list[object]:
    if name not in (questions.GUIDED, questions.CODE) or not known(one, "words"):
        return []
    found = questions.classified(one)
    return list((found.question.notes if found.question else found.notes).values())


# --- the answer ---------------------------------------------------------------------------------------------------------------------


def told_of(answers: Answers, day: dt.date) -> Told:
    """Everything that can be said of these answers. Raises InputRefused."""
    rated = rated_of(answers, day)
    told = dossier(rated.shipment, world(), assessment=rated.assessment, register=held.register(), guide=held.guide)
    return Told(told, rated.rates, rated.findings)


@needs("ask")
@require_GET
def answer(request: Request, token: str) -> HttpResponse:
    """The whole answer: what is payable, every lawful way, papers, origin, charges, days, and the law behind each figure."""
    answers = answers_of(token)
    day = day_of(answers, request.moment.day)
    try:
        told = told_of(answers, day)
    except InputRefused as refused:
        context = {"findings": refused.findings, "answered": results.answered(answers, day), "token": token}
        return render(request, "ask/unreadable.html", context, status=422)
    context = results.page_of(told, answers, token, day)
    context["share"] = request.build_absolute_uri(f"{reverse('answer', args=[token])}?lang={reader()}")
    before = questions.asked_so_far(answers)
    context["back"] = reverse("question", args=[token, before[-1]]) if before else reverse("ask")
    return render(request, "ask/answer.html", context)


@needs("draft_declaration")
@require_GET
def declare(request: Request, token: str) -> HttpResponse:
    """Begin a declaration with everything these answers tell, of every good; nothing is typed again."""
    answers = answers_of(token)
    shipment = raw_of(answers, day_of(answers, request.moment.day))
    return begin_from(request, json.dumps(shipment, ensure_ascii=False, separators=(",", ":")))


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
