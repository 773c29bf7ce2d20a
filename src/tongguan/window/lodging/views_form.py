"""The form, page by page: kept as one goes, looked at as it is written, reviewed with what it will cost and who will be asked, then lodged."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongguan import declaration as form
from tongguan.declaration.codes import abouts
from tongguan.grammar.findings import Finding, InputRefused
from tongguan.law.controls.tables import bodies
from tongguan.window.access import needs
from tongguan.window.access.actor import Actor, Moment, NotAllowed
from tongguan.window.access.middleware import Request
from tongguan.window.accounts.models import Entrustment, Organisation
from tongguan.window.declarations import editing
from tongguan.window.declarations.models import Declaration
from tongguan.window.declarations.words import called, facts_rows, field_of
from tongguan.window.lodging import acts
from tongguan.window.look import texts
from tongguan.window.look.components import Task
from tongguan.window.look.templatetags.look import anchor
from tongguan.window.look.written import reader, sentence_of

MOST_SHIPMENT = 256 * 1024
"""Characters of the answer that a declaration may be begun from."""
MOST_SUGGESTED = 20
OF_A_PAPER = frozenset({"declaration.document_missing", "declaration.qualification_missing"})
"""Findings about goods that are mended among the papers."""


def clients_of(actor: Actor, moment: Moment) -> list[Organisation]:
    """For whom the actor may declare today: its own organisation, and its principals while their authority is in force."""
    principals = Entrustment.objects.in_force_on(moment.day).filter(broker_id=acts.firm_of(actor))
    numbers = [acts.firm_of(actor), *principals.values_list("principal_id", flat=True)[:500]]
    return list(Organisation.objects.filter(pk__in=numbers).order_by("name_zh"))


@needs("draft_declaration")
@require_http_methods(["GET", "POST"])
def new_declaration(request: Request) -> HttpResponse:
    """Begin a declaration: for whom, under which own reference, in one step or two. Begun from an assessment, what it knows is carried over."""
    sent = request.POST if request.method == "POST" else request.GET
    shipment = sent.get("shipment", "")[: MOST_SHIPMENT + 1]
    found: list[Finding] = []
    if request.method == "POST" and "importer" in sent:
        known = _from_shipment(shipment, found)
        try:
            return _begin(request, known, clients_of(request.actor, request.moment), found)
        except InputRefused as refused:
            return _beginning(request, shipment, sent, list(refused.findings))
    return _beginning(request, shipment, sent, found)


def begin_from(request: Request, shipment: str) -> HttpResponse:
    """The page on which a declaration is begun with everything a shipment tells (JSON, as an assessment reads it)."""
    return _beginning(request, shipment, {}, [])


def _beginning(request: Request, shipment: str, sent: Mapping[str, Any], refused: list[Finding]) -> HttpResponse:
    found: list[Finding] = []
    known = _from_shipment(shipment, found)
    found = refused or found
    context = {
        "clients": clients_of(request.actor, request.moment), "shipment": shipment, "known": len(list(_leaves(known))), "findings": found,
        "reference": sent.get("reference", ""), "importer": sent.get("importer", ""),
        "procedure": sent.get("procedure", "one_step"), "procedures": _procedures(),
    }  # fmt: skip
    return render(request, "lodging/new.html", context, status=422 if found else 200)


def _procedures() -> list[Any]:
    return [code for code in form.code_table("procedures").codes.values() if code.code != "complete"]


def _begin(
    request: Request, known: Mapping[str, Any], clients: list[Organisation], found: list[Finding]
) -> HttpResponse:
    sent = request.POST
    importer = next((one for one in clients if str(one.pk) == sent.get("importer")), None)
    procedure = sent.get("procedure", "one_step")
    if importer is None:
        found.append(Finding("lodging.importer_not_chosen", "importer"))
    if procedure not in {code.code for code in _procedures()}:
        facts = {"read": procedure[:40], "known": ", ".join(code.code for code in _procedures())}
        found.append(Finding("lodging.kind_not_known", "procedure", facts))
    if importer is None or found:
        raise InputRefused(found)
    reference = sent.get("reference", "").strip() or f"T{request.moment.day:%Y%m%d}-{secrets.token_hex(4)}"
    begun: dict[str, Any] = {**known, "header": {**known.get("header", {}), "procedure": procedure}}
    begun["parties"] = {**known.get("parties", {}), **parties_of(request.actor, importer)}
    made = acts.draft(request.actor, request.moment, begun, importer_id=importer.pk, reference=reference)
    return redirect("edit_declaration", pk=made.pk)


def parties_of(actor: Actor, importer: Organisation) -> dict[str, str]:
    """What the register already knows of the two parties is not asked again."""
    told = {
        "importer_name": importer.name_zh,
        "importer_code": importer.credit_code,
        "importer_customs_code": importer.customs_code,
    }
    if importer.pk != actor.organisation_id:
        declarant = Organisation.objects.get(pk=acts.firm_of(actor))
        told |= {"declarant_name": declarant.name_zh, "declarant_code": declarant.credit_code}
    return {name: value for name, value in told.items() if value}


def _from_shipment(text: str, found: list[Finding]) -> dict[str, Any]:
    """The facts an assessment already knows; nothing where none was sent. What cannot be read is found, not guessed."""
    if not text:
        return {}
    try:
        raw = json.loads(text, parse_float=str) if len(text) <= MOST_SHIPMENT else None
    except (ValueError, RecursionError):
        raw = None
    if not isinstance(raw, dict):
        found.append(Finding("lodging.shipment_unreadable", "shipment"))
        return {}
    try:
        from tongguan import read_shipment

        return dict(form.from_shipment(read_shipment(raw)))
    except InputRefused as refused:
        found += refused.findings
        return {}


def _leaves(facts: Any) -> Any:  # noqa: ANN401  # JSON
    if isinstance(facts, Mapping):
        for one in facts.values():
            yield from _leaves(one)
    elif isinstance(facts, list | tuple):
        for one in facts:
            yield from _leaves(one)
    elif facts not in (None, ""):
        yield facts


# --- the pages --------------------------------------------------------------------------------------------------------------------


def _being_written(request: Request, pk: int) -> tuple[Declaration, dict[str, Any]]:
    """A declaration that may be written in, and what is written so far. A completion begins with what the summary said."""
    kept = acts.one(request.actor, "draft_declaration", pk)
    if kept.state not in acts.WRITABLE | acts.OPEN_TO_REQUESTS and not kept.waits_for_completion:
        raise NotAllowed("draft_declaration")
    return kept, acts.facts_to_write(kept)


@needs("draft_declaration")
@require_GET
@never_cache
def edit_declaration(request: Request, pk: int) -> HttpResponse:
    """The pages of the form as a list of tasks, with how far each is."""
    kept, facts = _being_written(request, pk)
    found = acts.findings_of(kept, facts, request.moment)
    context = {
        "declaration": kept, "tasks": _tasks(kept, facts, found), "general": editing.on_page(found, ""),
        "errors": sum(f.severity == "error" for f in found), "purpose": acts.purpose_of(kept),
    }  # fmt: skip
    return render(request, "lodging/edit.html", context)


def _tasks(kept: Declaration, facts: Mapping[str, Any], found: tuple[Finding, ...]) -> list[Task]:
    language = reader()
    tasks = []
    for page, groups in editing.PAGES.items():
        errors = sum(f.severity == "error" for f in editing.on_page(found, page))
        begun = any(facts.get(group) for group in groups)
        if errors:
            status = texts.say(
                "declarations.page_problems" if begun else "declarations.page_to_do", language, count=errors
            )
        else:
            status = texts.say("declarations.page_in_order", language)
        tone = "green" if not errors else "yellow" if begun else "grey"
        href = f"/declarations/{kept.pk}/edit/{page}/"
        hint = texts.say(f"declarations.page_{page}_hint", language)
        tasks.append(Task(texts.say(f"declarations.page_{page}", language), status, tone, href, hint))  # type: ignore[arg-type]
    return tasks


@needs("draft_declaration")
@require_http_methods(["GET", "POST"])
@never_cache
def edit_page(request: Request, pk: int, page: str, item: int | None = None) -> HttpResponse:
    """One page of the form, or one goods item (counted from 1 in the address, as on paper)."""
    kept, facts = _being_written(request, pk)
    if page not in editing.PAGES or (
        item is not None and (page != "goods" or not 1 <= item <= len(facts.get("goods", [])))
    ):
        raise NotAllowed("draft_declaration")
    place = None if item is None else item - 1
    if request.method == "POST":
        return _kept(request, kept, facts, page, place)
    has_looked = "look" in request.GET
    return _page(request, kept, facts, page, place, _errors(request, kept, facts, page, place) if has_looked else [])


def _kept(request: Request, kept: Declaration, facts: dict[str, Any], page: str, place: int | None) -> HttpResponse:
    """Keep what was sent, then do what the pressed button says: look, add, remove, go on."""
    facts = editing.written(facts, _posted(request), editing.PAGES[page]).facts
    add, remove = request.POST.get("add", ""), request.POST.get("remove", "")
    if add:
        facts = editing.added(facts, add)
    if remove:
        facts = editing.removed(facts, remove)
    acts.save(request.actor, request.moment, kept, facts)
    here = request.path
    if request.headers.get("HX-Request"):
        found = [f for f in _errors(request, kept, facts, page, place) if _says_something(facts, f)]
        return render(request, "lodging/_looked.html", {"findings": found, "boxes": _boxes(facts, page, place)})
    if add == "goods":
        return redirect("edit_goods_item", pk=kept.pk, page="goods", item=len(facts["goods"]))
    if add or (remove and not remove.startswith("goods[") and place is None):
        return redirect(f"{here}#{anchor(add or remove)}")
    if remove:
        is_inner = "." in remove
        return redirect(here if is_inner else f"/declarations/{kept.pk}/edit/goods/")
    if "look" in request.POST:
        return _page(request, kept, facts, page, place, _errors(request, kept, facts, page, place))
    return redirect(_after(kept, page, place))


def _posted(request: Request) -> Iterator[tuple[str, str]]:
    """What was sent, each name with the last of its values that says something: a code typed beside a list stands before the one chosen in it."""
    return ((name, next(filter(None, reversed(held)), "")) for name, held in request.POST.lists())


def _after(kept: Declaration, page: str, place: int | None) -> str:
    if place is not None:
        return f"/declarations/{kept.pk}/edit/goods/"
    pages = list(editing.PAGES)
    following = pages.index(page) + 1
    root = f"/declarations/{kept.pk}/edit/"
    return f"{root}{pages[following]}/" if following < len(pages) else root


def _errors(
    request: Request, kept: Declaration, facts: Mapping[str, Any], page: str, place: int | None
) -> list[Finding]:
    return editing.on_page(acts.findings_of(kept, facts, request.moment), page, place)


def _says_something(facts: Mapping[str, Any], finding: Finding) -> bool:
    """While one is still writing, an empty box is no mistake."""
    return editing.at(facts, finding.path) not in (None, "", [], {})


def _boxes(facts: Mapping[str, Any], page: str, place: int | None) -> list[editing.Box]:
    sections = editing.sections(page, facts) if place is None else editing.item_sections(place, facts)
    return [box for section in sections for box in section.all_boxes]


def _page(
    request: Request, kept: Declaration, facts: Mapping[str, Any], page: str, place: int | None, found: list[Finding]
) -> HttpResponse:
    sections = editing.sections(page, facts) if place is None else editing.item_sections(place, facts)
    goods = list(enumerate(facts.get("goods", []), start=1)) if page == "goods" and place is None else []
    context = {
        "declaration": kept, "page": page, "sections": sections, "findings": found, "goods": goods,
        "item": None if place is None else place + 1, "page_title": f"declarations.page_{page}",
        "back": _after(kept, page, place) if place is not None else f"/declarations/{kept.pk}/edit/",
        "is_goods_list": page == "goods" and place is None, "papers": kept.papers.order_by("pk"), "purpose": acts.purpose_of(kept),
    }  # fmt: skip
    return render(request, "lodging/page.html", context, status=422 if request.method == "POST" and found else 200)


@needs("draft_declaration")
@require_GET
def codes(request: Request, table: str) -> HttpResponse:
    """A code table, searched by code or name in either language: a page, or suggestions for a box."""
    if table not in abouts():
        raise NotAllowed("draft_declaration")
    asked = (
        request.GET.get("q") or next((request.GET.get(k, "") for k in request.GET if k not in {"lang", "q"}), "")
    ).strip()[:40]
    held = form.code_table(table)
    needle = asked.casefold()
    rows = [
        code for code in held.codes.values()
        if needle in code.code.casefold() or needle in code.zh.casefold() or needle in code.en.casefold()
    ]  # fmt: skip
    if request.headers.get("HX-Request"):
        return render(request, "lodging/_codes.html", {"rows": rows[:MOST_SUGGESTED]})
    context = {"table": held, "rows": rows[:500], "asked": asked, "is_cut": len(rows) > 500}
    return render(request, "lodging/codes.html", context)


# --- review and lodge -------------------------------------------------------------------------------------------------------------


@needs("draft_declaration")
@require_GET
@never_cache
def review(request: Request, pk: int) -> HttpResponse:
    """Everything before it is lodged: the facts, the taxes, the papers, who will be asked what, and how little is asked twice."""
    kept, facts = _being_written(request, pk)
    return _review(request, kept, facts, [])


def _review(request: Request, kept: Declaration, facts: Mapping[str, Any], found: list[Finding]) -> HttpResponse:
    context: dict[str, Any] = {"declaration": kept, "purpose": acts.purpose_of(kept), "findings": found}
    try:
        ready = acts.prepare(facts, request.moment, acts.firms_of(kept))
    except InputRefused as refused:
        language = reader()
        told = [(f.severity == "error", sentence_of(f, language), _address(kept, f)) for f in refused.findings]
        context["problems"] = [(text, href) for is_error, text, href in told if is_error]
        context["warnings"] = [(text, href) for is_error, text, href in told if not is_error]
        return render(request, "lodging/review.html", context, status=422 if found else 200)
    used = form.reuse(ready.declared, ready.applications)
    context |= {
        "answer": ready.answer, "used": used, "ratio": used.ratio, "digest": ready.digest,
        "applications": [_shown(a) for a in ready.applications],
        "rows": list(facts_rows(ready.facts, reader())), "papers": kept.papers.order_by("pk"),
    }  # fmt: skip
    return render(request, "lodging/review.html", context, status=422 if found else 200)


def _shown(application: form.Application) -> dict[str, Any]:
    """An application as it is shown: the body, what is asked, and each field as the body will read it."""
    language = reader()
    told = []
    for name, value in application.fields.items():
        one = field_of(application.source[name])
        text = editing.told_of(one, value, language) if one else editing.text_of(value)
        told.append((_label(application, name, language), text))
    nothing = texts.say("declarations.not_told", language)
    told += [(_label(application, name, language), nothing) for name in application.missing]
    return {"body": bodies().get(application.body), "what": application, "told": told}


def _label(application: form.Application, name: str, language: str) -> str:
    """A field of an application in words, with the item it is of where there are several."""
    item = name.partition("[")[2].rstrip("]")
    return (f"{item}. " if item else "") + called(application.source[name], language)


def _address(kept: Declaration, finding: Finding) -> str:
    """The page and the box where a finding is mended."""
    if finding.code in OF_A_PAPER:
        return f"/declarations/{kept.pk}/edit/papers/"
    page = editing.page_of(finding.path)
    if not page:
        return f"/declarations/{kept.pk}/edit/"
    item = editing.item_in(finding.path)
    inside = f"{item + 1}/" if item is not None else ""
    return f"/declarations/{kept.pk}/edit/{page}/{inside}?look=1#{anchor(finding.path)}"


@needs("lodge_declaration")
@require_POST
def lodge(request: Request, pk: int) -> HttpResponse:
    """Lodge what was reviewed, with the declaration that it is true."""
    kept = acts.one(request.actor, "lodge_declaration", pk)
    expected = request.POST.get("digest", "")
    if request.POST.get("true") != "yes":
        return _review(request, kept, acts.facts_to_write(kept), [Finding("lodging.truth_not_declared", "true")])
    try:
        if kept.waits_for_completion:
            acts.complete(request.actor, request.moment, kept, expected)
        else:
            acts.lodge_draft(request.actor, request.moment, kept, expected)
    except InputRefused as refused:
        return _review(request, kept, acts.facts_to_write(kept), list(refused.findings))
    messages.success(request, texts.say("declarations.lodged", reader(), number=kept.number))
    return redirect("declaration", pk=pk)


@needs("draft_declaration")
@require_http_methods(["GET", "POST"])
def discard(request: Request, pk: int) -> HttpResponse:
    """Give up a draft, after asking."""
    kept = acts.one(request.actor, "draft_declaration", pk)
    if request.method == "POST":
        try:
            acts.discard(request.actor, request.moment, kept)
        except InputRefused as refused:
            context = {"declaration": kept, "findings": refused.findings}
            return render(request, "lodging/discard.html", context, status=409)
        messages.success(request, texts.say("declarations.discarded", reader()))
        return redirect("declarations")
    return render(request, "lodging/discard.html", {"declaration": kept})
