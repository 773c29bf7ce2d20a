"""One form for each question. What the engine reads by itself (amounts, days, quantities) is read by the engine; a form only holds the text."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

import msgspec
from django import forms
from django.forms.boundfield import BoundField

from tongguan.assessment.dutiable import trade_terms_by_name
from tongguan.assessment.shipment import CHANNELS
from tongguan.grammar.findings import render
from tongguan.window.look import texts
from tongguan.window.look.forms import DayField, LookForm, NumberField
from tongguan.window.look.written import day as written_day
from tongguan.window.look.written import reader, sentence_of
from tongguan.window.published.reading import currencies
from tongguan.window.published.schedule import world

LONGEST_WORDS = 300
FIRST_CHANNELS = ("general_trade", "cross_border_ecommerce", "personal_articles", "travellers")
"""The four ways most people mean; the others follow."""


def channel_text(name: str, language: str) -> str:
    """A way of importing in words."""
    return render(f"papers.channel_{name}", {}, language)


def country_choices(day: dt.date, language: str, *, with_undetermined: bool = True) -> list[tuple[str, str]]:
    """Countries and regions by name, as the reader's language sorts them."""
    tables = world().origins
    found = []
    for iso2 in tables.countries:
        country = tables.country(iso2, day)
        found.append((iso2, country.name_zh if language == "zh" else country.name_en))
    if language == "zh":
        found.sort(key=lambda pair: pair[1].encode("gb18030"))  # the order of pinyin, for the common characters
    else:
        found.sort(key=lambda pair: pair[1])
    last = [("undetermined", render("letter.origin.undetermined", {}, language))] if with_undetermined else []
    return [("", texts.say("look.choose", language)), *found, *last]


def currency_choices() -> list[tuple[str, str]]:
    """Currencies, ours first."""
    language = reader()
    rows = currencies()
    name = "name_zh" if language == "zh" else "name_en"
    return [(code, f"{code} {row.get(name, '')}".strip()) for code, row in sorted(rows.items(), key=_ours_first)]


def _ours_first(pair: tuple[str, Any]) -> tuple[int, str]:
    first = ("CNY", "USD", "EUR", "JPY", "HKD", "GBP")
    return (first.index(pair[0]) if pair[0] in first else len(first), pair[0])


def text_field(label: str, hint: str = "", length: int = LONGEST_WORDS, **options: Any) -> forms.CharField:  # noqa: ANN401  # Django's own options
    """A line of text."""
    return forms.CharField(label=label, help_text=hint, max_length=length, **options)


class AskForm(LookForm):
    """A question. Where it has one field, that field's label is the heading of the page."""

    @property
    def asks_one_thing(self) -> bool:
        """Whether there is one field."""
        return len(self.fields) == 1

    def __getitem__(self, name: str) -> BoundField:
        """The field, marked as the heading where it is alone."""
        if self.asks_one_thing:
            self.fields[name].is_heading = True  # type: ignore[attr-defined]  # read by the field's template
        return super().__getitem__(name)


class GoodsForm(AskForm):
    """What are the goods: words, or a code."""

    words = text_field("ask.q_goods", "ask.q_goods_hint")


class ChoiceForm(AskForm):
    """One of a list; a choice may carry more words below it."""

    choice = forms.ChoiceField(label="ask.q_code", widget=forms.RadioSelect)

    def __init__(self, *data: Any, choices: list[tuple[str, str]], label: str, hint: str = "", **options: Any) -> None:  # noqa: ANN401  # Django's own options
        super().__init__(*data, **options)
        field = self.fields["choice"]
        field.choices = choices  # type: ignore[attr-defined]  # a choice field has choices
        field.label, field.help_text = label, hint


class OriginForm(AskForm):
    """Where the goods were made."""

    origin = forms.ChoiceField(label="ask.q_origin", help_text="ask.q_origin_hint")

    def __init__(self, *data: Any, day: dt.date, **options: Any) -> None:  # noqa: ANN401  # Django's own options
        super().__init__(*data, **options)
        self.fields["origin"].choices = country_choices(day, reader())  # type: ignore[attr-defined]  # a choice field has choices


class DeclaredForm(AskForm):
    """The day of the declaration."""

    fields_of_paths: ClassVar[dict[str, str]] = {"dates.declared": "day", "dates": "day"}
    day = DayField(label="ask.q_day", help_text="ask.q_day_hint")

    def clean_day(self) -> str:
        """As ISO text, as it travels."""
        day: dt.date = self.cleaned_data["day"]
        return day.isoformat()


class PriceForm(AskForm):
    """What was paid; with the first price, in which currency and what it covers."""

    price = NumberField(label="ask.price", help_text="ask.price_hint")
    currency = forms.ChoiceField(label="ask.currency")
    terms = forms.ChoiceField(label="ask.terms", help_text="ask.terms_hint", required=False)

    def __init__(
        self,
        *data: Any,  # noqa: ANN401  # Django's own options
        number: int,
        asks: tuple[str, ...],
        currency: str,
        is_one_of_several: bool,
        **options: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(*data, **options)
        self.number = number
        language = reader()
        self.fields["currency"].choices = currency_choices()  # type: ignore[attr-defined]  # a choice field has choices
        terms = [
            (name, f"{name} {term.label_zh if language == 'zh' else term.label_en}")
            for name, term in trade_terms_by_name().items()
        ]
        unknown = ("", texts.say("ask.terms_unknown", language))
        self.fields["terms"].choices = [*terms, unknown]  # type: ignore[attr-defined]  # as above
        for name in {"currency", "terms"} - set(asks):
            del self.fields[name]
        if is_one_of_several:
            told = "" if "currency" in asks else currency
            self.fields["price"].label = texts.say(
                "ask.price_in" if told else "ask.price_of_these", language, currency=told
            )
            self.fields["price"].help_text = "ask.price_of_these_hint"

    def add_findings(self, findings: Any) -> None:  # noqa: ANN401  # findings, as LookForm takes them
        """Each at its field, by the number of the good this price is of."""
        item = f"items[{self.number}]"
        names = {f"{item}.price": "price", f"{item}.currency": "currency", "trade_terms": "terms"}
        super().add_findings(msgspec.structs.replace(f, path=names.get(f.path, f.path)) for f in findings)

    def clean_terms(self) -> str:
        """Left open is an answer: then CIF is assumed, and said."""
        return self.cleaned_data["terms"] or "?"


class CarriageForm(AskForm):
    """Costs the terms leave to the buyer. Each may be left open."""

    def __init__(self, *data: Any, legs: list[str], currency: str, **options: Any) -> None:  # noqa: ANN401  # Django's own options
        super().__init__(*data, **options)
        for leg in legs:
            self.fields[leg] = NumberField(
                label=texts.say(f"ask.leg_{leg}", reader(), currency=currency),
                help_text=f"ask.leg_{leg}_hint",
                required=False,
            )


class FactForm(AskForm):
    """One fact, as text, as a day, or as one of a list."""

    fact = text_field("ask.q_fact")

    def __init__(
        self,
        *data: Any,  # noqa: ANN401  # Django's own options
        label: str,
        hint: str,
        choices: list[tuple[str, str]],
        kind: str,
        **options: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(*data, **options)
        if choices:
            self.fields["fact"] = forms.ChoiceField(choices=choices, widget=forms.RadioSelect)
        elif kind == "day":
            self.fields["fact"] = DayField()
        elif kind == "number":
            self.fields["fact"] = NumberField()
        self.fields["fact"].label, self.fields["fact"].help_text = label, hint

    def add_findings(self, findings: Any) -> None:  # noqa: ANN401  # findings, as LookForm takes them
        """All findings of this page are about its one field."""
        for finding in findings:
            self.add_error("fact", sentence_of(finding, reader()))

    def clean_fact(self) -> str:
        """As text, as it travels."""
        value = self.cleaned_data["fact"]
        return value.isoformat() if isinstance(value, dt.date) else str(value)


def channel_choices(language: str) -> list[tuple[str, str]]:
    """Ways of importing in plain words, the common ones first."""
    order = [*FIRST_CHANNELS, *(c for c in CHANNELS if c not in FIRST_CHANNELS)]
    return [(name, texts.say(f"ask.way_{name}", language)) for name in order]


def day_text(day: dt.date) -> str:
    """A day as the reader writes it."""
    return written_day(day, reader())
