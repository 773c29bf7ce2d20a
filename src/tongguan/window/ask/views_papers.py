"""Papers: every licence, certificate, inspection and ban for a code, a country and a day, and why others are not needed."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tongguan.assessment.letter import clean
from tongguan.assessment.papers import Question, letter, papers_of
from tongguan.assessment.papers.paper import question
from tongguan.assessment.shipment import GoodsItem
from tongguan.law.controls.tables import attribute_file
from tongguan.window.access import needs
from tongguan.window.access.middleware import Request
from tongguan.window.ask.forms import channel_choices, channel_text, country_choices
from tongguan.window.ask.results import PAPER_ORDER, paper_shown, say, value_text
from tongguan.window.ask.views_schedule import read_day
from tongguan.window.look import texts
from tongguan.window.look.forms import DayField, LookForm
from tongguan.window.look.written import reader
from tongguan.window.published.schedule import world

FACT = "fact_"


class PapersForm(LookForm):
    """Which goods, from where, how and when."""

    code = forms.RegexField(
        r"^[0-9. ]{2,16}$", label="ask.commodity_code", help_text="ask.commodity_code_hint", max_length=16
    )
    origin = forms.ChoiceField(label="ask.q_origin", required=False)
    channel = forms.ChoiceField(label="ask.q_channel", required=False)
    as_of = DayField(label="ask.as_of", required=False)

    def __init__(self, *data: Any, day: dt.date, **options: Any) -> None:  # noqa: ANN401  # Django's own options
        super().__init__(*data, **options)
        unknown = ("", texts.say("ask.not_known", reader()))
        self.fields["origin"].choices = [unknown, *country_choices(day, reader())[1:]]  # type: ignore[attr-defined]  # a choice field has choices
        self.fields["channel"].choices = [(name, channel_text(name, reader())) for name, _ in channel_choices(reader())]  # type: ignore[attr-defined]  # as above
        self.fields["code"].error_messages["invalid"] = texts.say("ask.code_malformed", reader())


class FactsForm(LookForm):
    """What the papers turn on, one field for each fact."""

    def __init__(self, *data: Any, names: list[str], **options: Any) -> None:  # noqa: ANN401  # Django's own options
        super().__init__(*data, **options)
        language = reader()
        for name in names:
            attribute = attribute_file().attributes[name]
            label, unknown = question(name, language), ("", texts.say("ask.not_known", language))
            if attribute.values:
                choices = [unknown, *((value, value_text(name, value, language)) for value in attribute.values)]
                self.fields[f"{FACT}{name}"] = forms.ChoiceField(label=label, choices=choices, required=False)
            else:
                self.fields[f"{FACT}{name}"] = forms.CharField(label=label, max_length=100, required=False)


@needs("ask")
@require_GET
def papers(request: Request) -> HttpResponse:
    """What the border asks of these goods."""
    today = request.moment.day
    if not request.GET.get("code"):
        form = PapersForm(request.GET, day=today) if "code" in request.GET else PapersForm(day=today)
        return render(
            request, "ask/papers.html", {"form": form, "problems": None}, status=422 if form.is_bound else 200
        )
    form = PapersForm(request.GET, day=today)
    if not form.is_valid():
        return render(request, "ask/papers.html", {"form": form, "problems": None}, status=422)
    day = read_day(form, "as_of", today)
    given = [
        n.removeprefix(FACT)
        for n in request.GET
        if n.startswith(FACT) and n.removeprefix(FACT) in attribute_file().attributes
    ]
    stated = FactsForm(request.GET, names=given)
    stated.is_valid()
    facts = {name.removeprefix(FACT): value for name, value in stated.cleaned_data.items() if value}
    code = form.cleaned_data["code"].replace(".", "").replace(" ", "")
    item = GoodsItem(code, origin=form.cleaned_data["origin"] or None, facts=facts)
    asked = Question(item, day, form.cleaned_data["channel"] or "general_trade", shipment_facts=facts)
    told = papers_of(asked, world())
    names = list(dict.fromkeys([*given, *(n for n in told.missing_facts if n in attribute_file().attributes)]))
    chosen = {f"{FACT}{name}": value for name, value in facts.items()}
    context = {
        "form": form, "told": told, "day": day, "verdict": say({True: "may_enter", False: "may_not_enter", None: "entry_open"}[told.may_enter]),
        "asked": [paper_shown(p) for status in PAPER_ORDER for p in told.of(status)],
        "spared": [paper_shown(p) for p in told.of("not_required")], "facts": FactsForm(names=names, initial=chosen) if names else None,
        "letter": clean_lines(letter(told, reader())), "carried": [(n, request.GET[n]) for n in ("code", "origin", "channel", "as_of") if n in request.GET],
        "problems": stated,
    }  # fmt: skip
    return render(request, "ask/papers.html", context)


def clean_lines(text: str) -> str:
    """A letter with its lines, safe to show."""
    return "\n".join(clean(line) for line in text.splitlines())
