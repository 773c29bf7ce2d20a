"""Pages that only tests have: every component of the look on one page, and pages that go wrong."""

import datetime as dt

from django import forms
from django.contrib import messages
from django.db import OperationalError
from django.http import HttpResponse
from django.shortcuts import render
from django.template import engines
from django.urls import include, path

from tongguan.grammar.findings import Finding
from tongguan.window.access import needs
from tongguan.window.clock import CHINA
from tongguan.window.look.components import Cell, Head, Row, Step, Table, Task
from tongguan.window.look.forms import DayField, LookForm, NumberField
from tongguan.window.look.paging import Page

handler400 = "tongguan.window.views.bad_request"
handler403 = "tongguan.window.views.not_allowed"
handler404 = "tongguan.window.views.not_found"
handler500 = "tongguan.window.views.our_mistake"


class EveryField(LookForm):
    name = forms.CharField(label="look.nav_organisation", help_text="look.card_desk_text", max_length=30)
    quantity = NumberField(label="look.progress", required=False)
    arrived_on = DayField(label="look.nav_release_times")
    place = forms.ChoiceField(
        label="look.language", choices=[("", "look.choose"), ("ask", "look.nav_ask"), ("desk", "look.nav_desk")]
    )
    way = forms.ChoiceField(
        label="look.choose",
        widget=forms.RadioSelect,
        choices=[("yes", "look.yes"), ("no", "look.no")],
        help_text="look.note",
    )
    ways = forms.MultipleChoiceField(
        label="look.menu",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[("a", "look.nav_ask"), ("b", "look.nav_desk")],
    )
    sure = forms.BooleanField(label="look.yes")
    reason = forms.CharField(label="look.note", widget=forms.Textarea(attrs={"rows": 4}), max_length=200)
    paper = forms.FileField(label="look.file_choose", required=False)
    secret = forms.CharField(widget=forms.HiddenInput, required=False)


PARTS = """{% extends "base.html" %}
{% block title %}Parts{% endblock %}
{% block before_content %}{% back_link "/" %}{% endblock %}
{% block content %}
{% error_summary form %}
<h1 class="govuk-heading-l">Parts</h1>
{% progress steps %}
{% findings findings %}
{% summary_list rows %}
{% timeline steps %}
{% task_list tasks %}
{% data_table table %}
{% chart table kind="bar-lying" unit="h" %}
{% chart other kind="line" %}
{% scroll "By hand" %}<table class="govuk-table"><tbody><tr><td class="govuk-table__cell">1</td></tr></tbody></table>{% endscroll %}
<form method="post" novalidate>{% csrf_token %}{{ form }}<button class="govuk-button">{% t "look.send" %}</button>
<button class="govuk-button govuk-button--secondary">{% t "look.save" %}</button></form>
<p class="govuk-body">{% status_tag "x" "green" %} {% status_tag state %} {{ "goods[0].origin"|anchor }} {{ day|day }} {{ fen|yuan }} {{ "tariff-law-2024#13"|cite }}</p>
<div class="tg-panel"><p class="govuk-body">{{ typed|said }}</p></div>
{% pager page %}
{% endblock %}
{% block scripts %}{{ block.super }}{% chart_scripts %}{% endblock %}
"""


@needs("ask")
def parts(request):
    form = EveryField(request.POST or None, request.FILES or None)
    if form.is_bound:
        form.is_valid()
        form.add_findings([Finding("window.reason_missing", "reason", {"act_zh": "甲", "act_en": "A"})])
    else:
        messages.success(request, "✓")  # where there are errors they take the focus, and nothing was done
    at = dt.datetime(2026, 3, 1, 9, 30, tzinfo=CHINA)
    steps = [
        Step("1", "done", at, who="GACC", text="…"),
        Step("2", "late", at, who="SAMR"),
        Step("3", "now", at),
        Step("4", expected="2026"),
    ]
    table = Table(
        "7 × 24",
        [Head("1"), Head("2", is_number=True), Head("3", is_number=True)],
        [["a", Cell("3 h", "3"), "12.50"], ["b", Cell("1 d", "24"), "1,200.00"]],
    )
    other = Table("8", [Head("1"), Head("2", is_number=True)], [["a", "1"], ["b", "2"], ["c", "4"]])
    findings = [
        Finding("window.reason_missing", "name", {"act_zh": "甲", "act_en": "A"}, "tariff-law-2024#13", severity)
        for severity in ("error", "warning", "note")
    ]
    held = {
        "form": form,
        "steps": steps,
        "table": table,
        "other": other,
        "findings": [] if form.is_bound else findings,
        "rows": [Row("1", "2", "/", "✎"), ("3", "<b>4</b>")],
        "tasks": [Task("1", "2", "yellow", "/", "…"), Task("3", "4")],
        "page": Page([], "17", is_first=False),
        "state": {"zh": "放行", "en": "released"},
        "day": at.date(),
        "fen": 123456,
        "typed": "<b>5",
    }
    return HttpResponse(engines["django"].from_string(PARTS).render(held, request))


@needs("ask")
def away(request):
    raise OperationalError("gone")


@needs("ask")
def mistake(request):
    raise ZeroDivisionError("ours")


@needs("ask")
def expired(request):
    return render(request, "problems/refused_form.html", status=403)


@needs("ask")
def unreadable(request):
    return render(request, "problems/bad_request.html", status=400)


urlpatterns = [
    path("parts/", parts),
    path("away/", away),
    path("mistake/", mistake),
    path("expired/", expired),
    path("unreadable/", unreadable),
    path("", include("tongguan.window.urls")),
]
