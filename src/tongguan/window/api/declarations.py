"""Declarations for programs: draft, lodge, complete, list, follow, ask to amend or withdraw, attach papers, send a spreadsheet."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from ninja import File, Form, Query, Router, UploadedFile
from pydantic import Field, StringConstraints

from tongguan.grammar.findings import Finding
from tongguan.window.access.actor import NotAllowed
from tongguan.window.access.middleware import Request
from tongguan.window.api import examples
from tongguan.window.api.access import operation
from tongguan.window.api.problems import Problem
from tongguan.window.api.shapes import Anything, Cursor, In, Line, Money, Number, Reason, Words, money
from tongguan.window.declarations import answer, uploads
from tongguan.window.declarations.models import EXAMINATION, STATE, TAX, Declaration, Mapping, Paper, Sheet, Version
from tongguan.window.declarations.models import Request as Asked
from tongguan.window.journal.models import Entry
from tongguan.window.lodging import acts, follow, sheets
from tongguan.window.look.paging import page_of
from tongguan.window.states import State

router = Router(tags=["declarations"])


# --- shapes -----------------------------------------------------------------------------------------------------------------------


class DeclarationShown(In):
    """A declaration at a glance. Days and moments in ISO form, null where it has not happened."""

    id: int
    number: str
    reference: str
    importer_id: int
    declarant_id: int
    kind: str
    channel: str
    customs_office: str
    goods_summary: str
    version: int
    state: Words
    tax: Words
    examination: Words
    due: Money | None
    created_at: str
    lodged_at: str | None
    accepted_at: str | None
    completed_at: str | None
    released_at: str | None
    cleared_at: str | None


class DeclarationsPage(In):
    """One page of a list; `next` is empty on the last."""

    items: list[DeclarationShown]
    next: str


class RequestShown(In):
    """A request to amend or withdraw, and what became of it."""

    id: int
    kind: str
    reason: str
    asked_at: str
    decision: str
    decided_reason: str
    decided_at: str | None


class PaperShown(In):
    """A paper that is attached."""

    id: int
    document: str
    number: str
    name: str
    kind: str
    size: int
    sha256: str
    added_at: str


def at(moment: Any) -> str | None:  # noqa: ANN401  # a moment or nothing
    """A moment in ISO form."""
    return moment.isoformat() if moment else None


def words(code: str, state: State) -> dict[str, str]:
    """A state with its words."""
    return {"code": code, "zh": state.zh, "en": state.en}


def declaration_shown(one: Declaration) -> Anything:
    """A declaration at a glance, from its own columns alone."""
    return {
        "id": one.pk, "number": one.number, "reference": one.reference, "importer_id": one.importer_id, "declarant_id": one.declarant_id,
        "kind": one.kind, "channel": one.channel, "customs_office": one.customs_office, "goods_summary": one.goods_summary,
        "version": one.version, "state": words(one.state, STATE.states[one.state]), "tax": words(one.tax, TAX.states[one.tax]),
        "examination": words(one.examination, EXAMINATION.states[one.examination]), "due": money(one.due_fen),
        "created_at": at(one.created_at), "lodged_at": at(one.lodged_at), "accepted_at": at(one.accepted_at),
        "completed_at": at(one.completed_at), "released_at": at(one.released_at), "cleared_at": at(one.cleared_at),
    }  # fmt: skip


def request_shown(one: Asked) -> Anything:
    """A request as the interface writes it."""
    return {
        "id": one.pk, "kind": one.kind, "reason": one.reason, "asked_at": at(one.asked_at), "decision": one.decision,
        "decided_reason": one.decided_reason, "decided_at": at(one.decided_at),
    }  # fmt: skip


def _paper_shown(one: Paper) -> Anything:
    return {
        "id": one.pk, "document": one.document, "number": one.number, "name": one.name, "kind": one.kind, "size": one.size,
        "sha256": one.sha256, "added_at": at(one.added_at),
    }  # fmt: skip


# --- lodging ----------------------------------------------------------------------------------------------------------------------


class Lodging(In):
    """What is declared. `importer_id` is the importer a broker acts for; one's own organisation when left out."""

    reference: Line
    declaration: Anything
    importer_id: Number | None = None


def _importer(request: Request, told: int | None) -> int:
    return told if told is not None else request.actor.its_organisation


@operation(
    router, "POST", "/declarations", "lodge_declaration", answers=DeclarationShown, status=201, creates=True,
    example=examples.LODGING,
)  # fmt: skip
def lodge_declaration(request: Request, sent: Lodging) -> Anything:
    """Lodge a declaration in one act. The same reference with the same facts gives the declaration already lodged."""
    importer = _importer(request, sent.importer_id)
    made = acts.lodge(request.actor, request.moment, sent.declaration, importer_id=importer, reference=sent.reference)
    return declaration_shown(made)


@operation(
    router, "POST", "/drafts", "draft_declaration", answers=DeclarationShown, status=201, creates=True,
    example=examples.LODGING,
)  # fmt: skip
def draft_declaration(request: Request, sent: Lodging) -> Anything:
    """Begin a declaration, as unfinished as it is."""
    importer = _importer(request, sent.importer_id)
    made = acts.draft(request.actor, request.moment, sent.declaration, importer_id=importer, reference=sent.reference)
    return declaration_shown(made)


class Written(In):
    """The facts as they are to stand."""

    declaration: Anything


@operation(router, "PUT", "/declarations/{pk}/draft", "draft_declaration", answers=DeclarationShown)
def save_draft(request: Request, pk: Number, sent: Written) -> Anything:
    """Keep what is being written: in a draft, in a returned declaration, in the second of two steps."""
    found = acts.one(request.actor, "draft_declaration", pk)
    acts.save(request.actor, request.moment, found, sent.declaration)
    return declaration_shown(acts.one(request.actor, "draft_declaration", pk))


@operation(router, "DELETE", "/declarations/{pk}/draft", "draft_declaration", answers=DeclarationShown)
def discard_draft(request: Request, pk: Number) -> Anything:
    """Give up a draft that was never lodged."""
    found = acts.one(request.actor, "draft_declaration", pk)
    acts.discard(request.actor, request.moment, found)
    return declaration_shown(found)


class Review(In):
    """What lodging the draft would say: the digest to lodge it by, the total where it is one figure, warnings."""

    digest: str
    total: Money | None
    answer: Anything


@operation(router, "GET", "/declarations/{pk}/review", "draft_declaration", answers=Review)
def review_draft(request: Request, pk: Number) -> Anything:
    """Read, check and assess what is being written, without lodging it. Everything that stands against lodging is told at once."""
    found = acts.one(request.actor, "draft_declaration", pk)
    ready = acts.prepare(acts.facts_to_write(found), request.moment, acts.firms_of(found))
    return {"digest": ready.digest, "total": money(ready.answer.total), "answer": msgspec.to_builtins(ready.answer)}


class Expected(In):
    """The digest of the facts as they were reviewed, so that nothing else is lodged."""

    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


@operation(router, "POST", "/declarations/{pk}/lodge", "lodge_declaration", answers=DeclarationShown)
def lodge_draft(request: Request, pk: Number, sent: Expected) -> Anything:
    """Lodge what was drafted, mended after a return, or completed in the second of two steps."""
    found = acts.one(request.actor, "lodge_declaration", pk)
    lodge = acts.complete if acts.purpose_of(found) == "complete" else acts.lodge_draft
    return declaration_shown(lodge(request.actor, request.moment, found, sent.digest))


# --- reading ----------------------------------------------------------------------------------------------------------------------


class Filter(Cursor):
    """Which declarations."""

    state: Annotated[str, StringConstraints(max_length=16)] = ""
    reference: Annotated[str, StringConstraints(max_length=40)] = ""


@operation(router, "GET", "/declarations", "see_declaration", answers=DeclarationsPage)
def list_declarations(request: Request, asked: Query[Filter]) -> Anything:
    """Declarations within reach, the newest first."""
    rows = Declaration.objects.visible_to(request.actor)
    if asked.state:
        rows = rows.filter(state=asked.state)
    if asked.reference:
        rows = rows.filter(reference=asked.reference)
    page = page_of(rows, {"after": asked.after}, size=asked.size)
    return {"items": [declaration_shown(one) for one in page.rows], "next": page.after}


class DeclarationWhole(DeclarationShown):
    """A declaration with its facts, the answer given to them, its papers and requests."""

    facts: Anything
    answer: Anything | None
    papers: list[PaperShown]
    requests: list[RequestShown]


@operation(router, "GET", "/declarations/{pk}", "see_declaration", answers=DeclarationWhole)
def show_declaration(request: Request, pk: Number) -> Anything:
    """One declaration: where it stands, what was declared, what the window answered, its papers and requests."""
    found = acts.one(request.actor, "see_declaration", pk)
    kept = Version.objects.filter(declaration=found, number=found.version).first() if found.lodged_at else None
    return {
        **declaration_shown(found),
        "facts": dict(kept.facts if kept else acts.writing_of(found)),
        "answer": kept.answer if kept else None,
        "papers": [_paper_shown(one) for one in found.papers.order_by("pk")[: acts.MOST_PAPERS]],
        "requests": [request_shown(one) for one in found.requests.order_by("-pk")[:50]],
    }


class StepShown(In):
    """One step in both languages."""

    title_zh: str
    title_en: str
    at: str | None
    who_zh: str
    who_en: str
    text: str


class MissingShown(In):
    """One thing that has to happen before release, and who has to do it."""

    text_zh: str
    text_en: str
    who_zh: str
    who_en: str


class RiskShown(In):
    """A clock with money behind it."""

    label_zh: str
    label_en: str
    because: str
    last_day: str | None
    per_day: Money | None
    is_over: bool


class Timeline(In):
    """What happened, who has it now, what is missing, what waiting costs."""

    happened: list[StepShown]
    now_with_zh: list[str]
    now_with_en: list[str]
    missing: list[MissingShown]
    at_risk: list[RiskShown]


@operation(router, "GET", "/declarations/{pk}/timeline", "see_declaration", answers=Timeline)
def show_timeline(request: Request, pk: Number) -> Anything:
    """What happened, who has it now, what is missing, and the money at risk."""
    found = acts.one(request.actor, "see_declaration", pk)
    kept = Version.objects.filter(declaration=found, number=found.version).first()
    given = answer.read(kept.answer) if kept else None
    happened = zip(follow.happened(found, "zh"), follow.happened(found, "en"), strict=True)
    missing = zip(follow.missing(found, "zh"), follow.missing(found, "en"), strict=True)
    risks = zip(*(follow.at_risk(found, given, request.moment, language) for language in ("zh", "en")), strict=True)
    return {
        "happened": [
            {"title_zh": zh.title, "title_en": en.title, "at": at(zh.at), "who_zh": zh.who, "who_en": en.who, "text": zh.text}
            for zh, en in happened
        ],
        "now_with_zh": follow.now_with(found, "zh"),
        "now_with_en": follow.now_with(found, "en"),
        "missing": [{"text_zh": zh.text, "text_en": en.text, "who_zh": zh.who, "who_en": en.who} for zh, en in missing],
        "at_risk": [
            {
                "label_zh": zh.label, "label_en": en.label, "because": zh.because, "last_day": zh.day.isoformat() if zh.day else None,
                "per_day": money(zh.per_day), "is_over": zh.is_over,
            }
            for zh, en in risks
        ],
    }  # fmt: skip


class EntryShown(In):
    """One entry of the journal, with what proves its place in the chain."""

    sequence: int
    at: str
    actor: str
    authority: str
    act: str
    state_before: str
    state_after: str
    reason: str
    facts: Anything
    previous: str
    hash: str


class EntriesPage(In):
    """One page of the journal of a record."""

    items: list[EntryShown]
    next: str


@operation(router, "GET", "/declarations/{pk}/journal", "see_journal", answers=EntriesPage)
def show_journal(request: Request, pk: Number, asked: Query[Cursor]) -> Anything:
    """Who did what, when, on whose authority and why: the entries of this declaration's chain, in order."""
    found = acts.one(request.actor, "see_journal", pk)
    entries = follow.told_to(request.actor, Entry.objects.filter(subject=found.subject))
    page = page_of(entries, {"after": asked.after}, by=("sequence", "pk"), size=asked.size)
    items = [
        {
            "sequence": e.sequence, "at": at(e.at), "actor": e.actor, "authority": e.authority, "act": e.act, "state_before": e.state_before,
            "state_after": e.state_after, "reason": e.reason, "facts": e.facts, "previous": e.previous, "hash": e.hash,
        }
        for e in page.rows
    ]  # fmt: skip
    return {"items": items, "next": page.after}


# --- asking -----------------------------------------------------------------------------------------------------------------------


class Amendment(In):
    """The facts to put in the place of those lodged, and why."""

    declaration: Anything
    reason: Reason


class Because(In):
    """Why."""

    reason: Reason


@operation(
    router, "POST", "/declarations/{pk}/amendments", "request_amendment", answers=RequestShown, status=201, creates=True
)
def ask_amendment(request: Request, pk: Number, sent: Amendment) -> Anything:
    """Ask Customs to amend what was lodged."""
    found = acts.one(request.actor, "request_amendment", pk)
    return request_shown(acts.ask_amendment(request.actor, request.moment, found, sent.declaration, sent.reason))


@operation(
    router,
    "POST",
    "/declarations/{pk}/withdrawals",
    "request_withdrawal",
    answers=RequestShown,
    status=201,
    creates=True,
)
def ask_withdrawal(request: Request, pk: Number, sent: Because) -> Anything:
    """Ask Customs to take the declaration back."""
    found = acts.one(request.actor, "request_withdrawal", pk)
    return request_shown(acts.ask_withdrawal(request.actor, request.moment, found, sent.reason))


# --- papers and sheets ------------------------------------------------------------------------------------------------------------


class PaperSent(In):
    """Which paper a file is: its code, and its own number where it has one."""

    document: Line
    number: Line = ""


@operation(router, "POST", "/declarations/{pk}/papers", "attach_paper", answers=PaperShown, status=201)
def attach_paper(request: Request, pk: Number, sent: Form[PaperSent], file: File[UploadedFile]) -> Anything:
    """Attach a paper as multipart/form-data. The same file for the same paper again gives the one already there."""
    found = acts.one(request.actor, "attach_paper", pk)
    content = file.read(uploads.MOST_BYTES + 1)
    made = acts.attach(
        request.actor,
        request.moment,
        found,
        document=sent.document,
        number=sent.number,
        name=file.name or "",
        content=content,
    )
    return _paper_shown(made)


@operation(router, "DELETE", "/papers/{pk}", "attach_paper", answers=Anything)
def remove_paper(request: Request, pk: Number) -> Anything:
    """Take a paper away again, before the declaration is lodged with it."""
    mine = Declaration.objects.visible_to(request.actor, "attach_paper")
    found = Paper.objects.select_related("declaration").filter(pk=pk, declaration__in=mine).first()
    if found is None:
        raise NotAllowed("attach_paper")
    acts.remove(request.actor, request.moment, found)
    return {"removed": pk}


class SheetShown(In):
    """A sheet: which rows became declarations, and the rest with the reasons."""

    id: int
    name: str
    sha256: str
    accepted: list[Anything]
    refused: list[Anything]
    sent_at: str


def _sheet_shown(one: Sheet) -> Anything:
    refused = [
        {**row, "reasons_zh": sheets.reasons(row, "zh"), "reasons_en": sheets.reasons(row, "en")} for row in one.refused
    ]
    return {
        "id": one.pk, "name": one.name, "sha256": one.sha256, "accepted": one.accepted, "refused": refused, "sent_at": at(one.sent_at),
    }  # fmt: skip


class SheetSent(In):
    """What is to be done with a sheet, by the mapping of which client, for which importer."""

    act: Literal["lodge", "draft"] = "lodge"
    client: Annotated[str, StringConstraints(max_length=80)] = ""
    importer_id: Number | None = None


@operation(router, "POST", "/sheets", "lodge_declaration", answers=SheetShown, status=201)
def send_sheet(request: Request, sent: Form[SheetSent], file: File[UploadedFile]) -> Anything:
    """Lodge or draft from a spreadsheet (multipart/form-data): good rows are taken, the rest come back with the reasons."""
    kept = Mapping.objects.filter(organisation_id=request.actor.its_organisation, client=sent.client).first()
    if sent.client and kept is None:
        raise Problem(422, Finding("sheet.mapping_not_known", "client", {"client": sent.client}))
    made = sheets.send(
        request.actor, request.moment, name=file.name or "", content=file.read(uploads.MOST_BYTES + 1),
        columns=kept.columns if kept else None, importer_id=_importer(request, sent.importer_id), is_lodged=sent.act == "lodge",
    )  # fmt: skip
    return _sheet_shown(made)


@operation(router, "GET", "/sheets/{pk}", "lodge_declaration", answers=SheetShown)
def show_sheet(request: Request, pk: Number) -> Anything:
    """What became of a sheet, row by row."""
    found = Sheet.objects.filter(organisation_id=request.actor.its_organisation, pk=pk).first()
    if found is None:
        raise NotAllowed("lodge_declaration")
    return _sheet_shown(found)


class MappingIn(In):
    """Which column of a client's sheets is which field: heading → field."""

    client: Annotated[str, StringConstraints(max_length=80)]
    columns: Annotated[dict[Line, Line], Field(max_length=200)]


@operation(router, "PUT", "/sheet-mappings", "draft_declaration", answers=MappingIn)
def keep_mapping(request: Request, sent: MappingIn) -> Anything:
    """Keep the mapping of a client, in the place of the one before."""
    kept = sheets.keep_mapping(request.actor, request.moment, sent.client, sheets.mapping_text(sent.columns))
    return {"client": kept.client, "columns": kept.columns}
