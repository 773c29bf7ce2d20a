"""Template words of the window, known in every template without {% load %}. Templates show; they do not calculate.

{% t "declarations.lodge" name=value %}        a page text in the reader's language
{{ thing|words }}                              the words of a thing that has them in both languages (zh/en, name_zh/name_en, label_zh/label_en)
{{ fen|yuan }}  {{ date|day }}  {{ at|moment }}  {{ delta|span }}  {{ at|iso }}  {{ "vat-law-2024#14"|cite }}  {{ sentence|days }}
{{ "SAMR"|body }}  {{ "CL"|country }}           a body of the policy by its code, a country by its two letters
{% if actor|may:"see_charges" %}               whether a link leads somewhere this actor may go
{% summary_list rows %}                        rows: components.Row, or (label, value); plain=True without lines
{% findings findings %}                        errors in a summary at the top, each leading to its field (#path|anchor); warnings and notes below it
{% findings_at findings "goods[0].origin" %}   the errors of one path, to stand at its field
{{ "goods[0].origin"|anchor }}                 the id a field of that path has: goods-0-origin
{% error_summary form %}                       all errors of a form (or of several), each leading to its field
{% pager page %}                               page: paging.page_of(queryset, request.GET, by=(…)); keeps the other parts of the address
{% status_tag state "green" %}                 state: text, or anything with zh and en (states.State); tone grey when not told
{% timeline steps %}  {% progress steps %}     components.Step: kind done, now, late or next
{% task_list tasks %}                          components.Task
{% data_table table %}                         components.Table; scrolls by itself on a phone
{% scroll "caption text" %}…{% endscroll %}    the same for a table written by hand
{% chart table kind="bar" unit="h" %}          the chart of a table, with the table below it; kind bar, bar-lying or line; stack=True
{% chart_scripts %}                            once a page with charts, in block scripts after block.super
{% back_link href %}                           in block before_content
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from typing import Any

from django import forms, template
from django.contrib.auth.models import AnonymousUser
from django.forms.boundfield import BoundWidget
from django.http import HttpRequest, QueryDict
from django.template import Context
from django.template.base import NodeList, Parser, Token
from django.utils.crypto import get_random_string
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from tongguan.assessment.world import shipped_world
from tongguan.grammar.citations import cite_text
from tongguan.grammar.findings import Finding
from tongguan.grammar.money import percent_text, yuan_grouped
from tongguan.law.controls.tables import bodies
from tongguan.window.access.actor import VISITOR, Actor
from tongguan.window.look import texts, written
from tongguan.window.look.components import Cell, Row, Step, Table, Task
from tongguan.window.look.forms import LookField
from tongguan.window.look.paging import AFTER, Page
from tongguan.window.look.places import address_of, places_for

register = template.Library()


def _language(context: Context) -> str:
    return str(context.get("lang") or written.reader())


# --- words ------------------------------------------------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def t(context: Context, key: str, language: str = "", **facts: Any) -> str:  # noqa: ANN401  # whatever a text fills in
    """A page text in the reader's language: {% t "declarations.lodge" %}. What is filled in is escaped like any variable."""
    return texts.say(key, language or _language(context), **facts)


@register.filter
def yuan(fen: int | None) -> str:
    """Fen as yuan with grouped thousands: 1234567 → 12,345.67."""
    return "" if fen is None else yuan_grouped(fen)


@register.filter
def percent(ppm: int) -> str:
    """A rate in millionths for reading: 130000 → 13%."""
    return percent_text(ppm)


@register.filter
def day(value: dt.date | dt.datetime | str | None) -> str:
    """2026年3月1日, 1 March 2026."""
    return written.day(value, written.reader())


@register.filter
def moment(value: dt.datetime | None) -> str:
    """2026年3月1日 09:30, 1 March 2026, 09:30; the hour of China."""
    return written.moment(value, written.reader())


@register.filter
def span(value: dt.timedelta | None) -> str:
    """3 天, 3 days."""
    return written.span(value, written.reader())


@register.filter
def iso(value: dt.date | None) -> str:
    """For the `datetime` of a <time>."""
    return value.isoformat() if value else ""


@register.filter
def words(value: object) -> str:
    """The words of a thing that has them in both languages."""
    return written.words(value, written.reader())


@register.filter
def said(value: object) -> str:
    """A key of texts in the reader's language; anything else as it is."""
    text = str(value)
    return texts.say(text, written.reader()) if text in texts.texts() else text


@register.filter
def body(code: str) -> str:
    """The name of one of the bodies by its code: SAMR → 国家市场监督管理总局."""
    return written.words(bodies().get(code, code), written.reader())


@register.filter
def country(code: str) -> str:
    """The name of a country by its two letters: CL → 智利, Chile."""
    held = shipped_world().origins.countries.get(code)
    return written.words(held[-1] if held else code, written.reader())


@register.filter
def cite(citation: str) -> str:
    """A citation in words: tariff-law-2024#13 → 《中华人民共和国关税法》第十三条."""
    return cite_text(citation, written.reader()) if citation else ""


@register.filter
def days(text: str) -> str:
    """A sentence with its days as people write them: 2026-03-01 → 2026年3月1日, 1 March 2026."""
    return written.days_in(text, written.reader())


@register.filter
def may(actor: Actor, action: str) -> bool:
    """Whether this actor may do this, so that no link leads to a refusal: {% if actor|may:"see_charges" %}."""
    return bool(actor) and actor.may(action)


@register.filter
def anchor(path: str) -> str:
    """The id of the field a finding's path names: goods[0].origin → goods-0-origin."""
    return re.sub(r"[^A-Za-z0-9_]+", "-", path).strip("-")


# --- the frame of a page ------------------------------------------------------------------------------------------------------------


@register.inclusion_tag("look/language_navigation.html", takes_context=True)
def language_navigation(context: Context) -> dict[str, Any]:
    """The same page in the other language."""
    request: HttpRequest | None = context.get("request")
    current = _language(context)
    choices = []
    for code, lang, name in (("zh", "zh-Hans", "中文"), ("en", "en", "English")):
        query = request.GET.copy() if request else QueryDict(mutable=True)
        query["lang"] = code
        choices.append({"name": name, "lang": lang, "is_current": code == current, "href": f"?{query.urlencode()}"})
    return {"lang": current, "choices": choices}


@register.inclusion_tag("look/navigation.html", takes_context=True)
def navigation(context: Context) -> dict[str, Any]:
    """Where this actor can go; the place whose address the page's address begins with is the current one."""
    request: HttpRequest | None = context.get("request")
    here = request.path if request else ""
    known = places_for(context.get("actor") or VISITOR)
    current = max((address for _, address in known if here.startswith(address)), key=len, default="")
    places = [
        {"text": place.text, "href": address, "is_current": address == current, "is_here": address == here}
        for place, address in known
    ]
    return {"lang": _language(context), "places": places}


@register.inclusion_tag("look/signed_in.html", takes_context=True)
def signed_in(context: Context) -> dict[str, Any]:
    """Who is signed in, in which post, and the way in or out."""
    request: HttpRequest | None = context.get("request")
    person = getattr(request, "user", None) or AnonymousUser()
    held: dict[str, Any] = {"lang": _language(context), "csrf_token": context.get("csrf_token")}
    if not person.is_authenticated:
        return {**held, "sign_in": address_of("account_login")}
    actor = context.get("actor") or VISITOR
    return {
        **held,
        "person": person,
        "post": {"role_text": f"look.role_{actor.role}", "organisation": actor if actor.organisation_id else None}
        if actor.role
        else None,
        "switch": address_of("posts"),
        "account": address_of("account"),
        "sign_out": address_of("account_logout"),
    }


@register.simple_tag(takes_context=True)
def back_link(context: Context, href: str) -> SafeString:
    """A link back, for block before_content."""
    return format_html('<a href="{}" class="govuk-back-link">{}</a>', href, texts.say("look.back", _language(context)))


# --- lists --------------------------------------------------------------------------------------------------------------------------


@register.inclusion_tag("look/summary_list.html")
def summary_list(rows: Iterable[Row | tuple[str, object]], plain: bool = False) -> dict[str, Any]:
    """Labels and values."""
    made = [row if isinstance(row, Row) else Row(*row) for row in rows]
    return {"rows": made, "plain": plain, "any_act": any(row.href for row in made)}


@register.inclusion_tag("look/task_list.html")
def task_list(tasks: Iterable[Task], name: str = "task") -> dict[str, Any]:
    """What is to do, and how far each is. `name` keeps two lists on one page apart."""
    return {"tasks": list(tasks), "name": name}


@register.inclusion_tag("look/pager.html", takes_context=True)
def pager(context: Context, page: Page[Any]) -> dict[str, Any]:
    """Next page and back to the first; the other parts of the address stay."""
    request: HttpRequest | None = context.get("request")
    query = request.GET.copy() if request else QueryDict(mutable=True)
    query.pop(AFTER, None)
    first = "" if page.is_first else f"?{query.urlencode()}"
    query[AFTER] = page.after
    return {"lang": _language(context), "first_href": first, "next_href": f"?{query.urlencode()}" if page.after else ""}


@register.inclusion_tag("look/status_tag.html")
def status_tag(state: object, tone: str = "grey") -> dict[str, Any]:
    """A state as a small label. Its words say everything; the colour only repeats it."""
    return {"text": capfirst(written.words(state, written.reader())), "tone": tone}


# --- findings -----------------------------------------------------------------------------------------------------------------------


def _shown(finding: Finding, language: str) -> dict[str, str]:
    text, following = written.said_of(finding, language)
    return {
        "severity": finding.severity,
        "text": text,
        "next": following,
        "because": cite_text(finding.because, language) if finding.because else "",
        "href": f"#{anchor(finding.path)}" if finding.path else "",
    }


@register.inclusion_tag("look/findings.html", takes_context=True)
def findings(context: Context, findings: Iterable[Finding]) -> dict[str, Any]:
    """Errors in a summary, warnings and notes below it."""
    language = _language(context)
    shown = [_shown(finding, language) for finding in findings]
    return {
        "lang": language,
        "problems": [f for f in shown if f["severity"] == "error"],
        "others": [f for f in shown if f["severity"] != "error"],
    }


@register.inclusion_tag("look/findings_at.html", takes_context=True)
def findings_at(context: Context, findings: Iterable[Finding], path: str) -> dict[str, Any]:
    """The errors of one path, to stand at its field."""
    language = _language(context)
    return {
        "lang": language,
        "found": [_shown(f, language) for f in findings if f.path == path and f.severity == "error"],
    }


@register.inclusion_tag("look/error_summary.html", takes_context=True)
def error_summary(context: Context, *given: forms.BaseForm | str | None) -> dict[str, Any]:
    """All errors of one form or several; each leads to its field."""
    problems: list[dict[str, str]] = []
    for form in given:
        if (
            not isinstance(form, forms.BaseForm) or not form.is_bound
        ):  # a form that is not there leaves "" in a template
            continue
        problems += [{"text": str(text), "href": ""} for text in form.non_field_errors()]
        for field in form:
            href = f"#{field.anchor if isinstance(field, LookField) else field.auto_id}"
            problems += [{"text": str(text), "href": href} for text in field.errors]
    return {"lang": _language(context), "problems": problems}


@register.simple_tag
def choice_control(choice: BoundWidget, field: LookField) -> str:
    """One radio or checkbox of a group, in its class."""
    attrs = {**choice.data["attrs"], "class": field.control_class}
    attrs.pop("aria-invalid", None)  # it belongs to the group, and the group's error says it
    return BoundWidget(choice.parent_widget, {**choice.data, "attrs": attrs}, choice.renderer).tag()


# --- where things stand -------------------------------------------------------------------------------------------------------------


@register.inclusion_tag("look/timeline.html", takes_context=True)
def timeline(context: Context, steps: Iterable[Step]) -> dict[str, Any]:
    """What happened, who has it now, what is expected."""
    language = _language(context)
    return {
        "lang": language,
        "steps": list(steps),
        "now_text": texts.say("look.now", language),
        "late_text": texts.say("look.late", language),
    }


@register.inclusion_tag("look/progress.html", takes_context=True)
def progress(context: Context, steps: Iterable[Step]) -> dict[str, Any]:
    """The stages in a row."""
    return {"lang": _language(context), "steps": list(steps)}


# --- figures ------------------------------------------------------------------------------------------------------------------------


def _cells(table: Table) -> list[list[dict[str, Any]]]:
    made = []
    for row in table.rows:
        cells = [cell if isinstance(cell, Cell) else Cell(cell) for cell in row]
        made.append([
            {"shown": cell.shown, "value": cell.value, "is_number": head.is_number}
            for cell, head in zip(cells, table.heads, strict=True)
        ])  # fmt: skip
    return made


@register.inclusion_tag("look/data_table.html", takes_context=True)
def data_table(context: Context, table: Table) -> dict[str, Any]:
    """A table that scrolls by itself where it does not fit."""
    return {"lang": _language(context), "table": table, "rows": _cells(table)}


@register.inclusion_tag("look/chart.html", takes_context=True)
def chart(context: Context, table: Table, kind: str = "bar", unit: str = "", stack: bool = False) -> dict[str, Any]:
    """The chart of a table, drawn from the table below it."""
    return {
        "lang": _language(context),
        "table": table,
        "rows": _cells(table),
        "id": f"figures-{get_random_string(8)}",
        "kind": kind,
        "unit": unit,
        "stack": stack,
    }


@register.inclusion_tag("look/chart_scripts.html")
def chart_scripts() -> dict[str, Any]:
    """What draws the charts of a page."""
    return {}


class _Scroll(template.Node):
    def __init__(self, caption: template.base.FilterExpression, inside: NodeList) -> None:
        self.caption, self.inside = caption, inside

    def render(self, context: Context) -> SafeString:
        caption = conditional_escape(self.caption.resolve(context))
        return format_html(
            '<div class="tg-scroll" role="region" aria-label="{}" tabindex="0">{}</div>',
            caption,
            self.inside.render(context),
        )


@register.tag
def scroll(parser: Parser, token: Token) -> _Scroll:
    """{% scroll caption %}<table>…</table>{% endscroll %}: the table scrolls by itself where it does not fit. The caption names it."""
    parts: Sequence[str] = token.split_contents()
    if len(parts) != 2:
        raise template.TemplateSyntaxError("scroll needs the caption of what it holds")
    inside = parser.parse(("endscroll",))
    parser.delete_first_token()
    return _Scroll(parser.compile_filter(parts[1]), inside)
