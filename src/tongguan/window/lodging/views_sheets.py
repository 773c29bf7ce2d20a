"""Declaring by spreadsheet: send a sheet, see what became of each row, take the rest back; keep a mapping for each client."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from tongguan import declaration as form
from tongguan.grammar.findings import Finding, InputRefused
from tongguan.window.access import needs
from tongguan.window.access.actor import NotAllowed
from tongguan.window.access.middleware import Request
from tongguan.window.declarations import uploads
from tongguan.window.declarations.models import Mapping, Sheet
from tongguan.window.lodging import sheets as acts
from tongguan.window.lodging.acts import firm_of
from tongguan.window.lodging.views_form import clients_of, parties_of
from tongguan.window.look import texts
from tongguan.window.look.paging import page_of
from tongguan.window.look.written import reader

LONGEST_MAPPING = 20_000


@needs("lodge_declaration")
@require_http_methods(["GET", "POST"])
def sheets(request: Request) -> HttpResponse:
    """Send a sheet, and see those sent before."""
    clients = clients_of(request.actor, request.moment)
    found: list[Finding] = []
    if request.method == "POST":
        try:
            sent = _send(request, {str(one.pk): one.pk for one in clients})
        except InputRefused as refused:
            found = list(refused.findings)
        else:
            return redirect("sheet", pk=sent.pk)
    own = Sheet.objects.filter(organisation_id=firm_of(request.actor))
    context = {
        "clients": clients,
        "mappings": Mapping.objects.filter(organisation_id=firm_of(request.actor)).order_by("client")[:500],
        "page": page_of(own, request.GET), "most_rows": acts.MOST_ROWS, "findings": found, "asked": request.POST,
    }  # fmt: skip
    return render(request, "lodging/sheets.html", context, status=422 if found else 200)


def _send(request: Request, importers: dict[str, int]) -> Sheet:
    found = []
    file = request.FILES.get("file")
    importer = importers.get(request.POST.get("importer", ""))
    if file is None:
        found.append(Finding("upload.file_missing", "file"))
    if importer is None:
        found.append(Finding("lodging.importer_not_chosen", "importer"))
    client = request.POST.get("client", "")
    kept = Mapping.objects.filter(organisation_id=firm_of(request.actor), client=client).first()
    if client and kept is None:
        found.append(Finding("sheet.mapping_not_known", "client", {"client": client[:80]}))
    if file is None or importer is None or found:
        raise InputRefused(found)
    return acts.send(
        request.actor, request.moment, name=file.name or "", content=file.read(uploads.MOST_BYTES + 1),
        columns=kept.columns if kept else None, importer_id=importer, is_lodged=request.POST.get("act") == "lodge",
    )  # fmt: skip


@needs("lodge_declaration")
@require_GET
def sheet(request: Request, pk: int) -> HttpResponse:
    """What became of a sheet, row by row."""
    kept = _own(request, pk)
    language = reader()
    refused = [(row["row"], acts.reasons(row, language)) for row in kept.refused]
    return render(request, "lodging/sheet.html", {"sheet": kept, "refused": refused})


@needs("lodge_declaration")
@require_GET
def rest(request: Request, pk: int) -> HttpResponse:
    """The rows that came back as a workbook: as they were sent, with the reasons beside them."""
    kept = _own(request, pk)
    response = HttpResponse(acts.workbook(kept, reader()), content_type=uploads.KINDS["xlsx"].mime)
    response["Content-Disposition"] = f'attachment; filename="rest-{kept.pk}.xlsx"'
    return response


@needs("lodge_declaration")
@require_GET
def example(request: Request) -> HttpResponse:
    """A sheet to begin from, as the reader of sheets takes it: two shipments of a client, or of one's own firm."""
    clients = clients_of(request.actor, request.moment)
    importer = next((one for one in clients if one.pk != firm_of(request.actor)), clients[0])
    made = acts.example(request.moment, parties_of(request.actor, importer), reader())
    response = HttpResponse(made, content_type=uploads.KINDS["xlsx"].mime)
    response["Content-Disposition"] = 'attachment; filename="example.xlsx"'
    return response


def _own(request: Request, pk: int) -> Sheet:
    found = Sheet.objects.filter(organisation_id=firm_of(request.actor), pk=pk).first()
    if found is None:
        raise NotAllowed("lodge_declaration")
    return found


@needs("lodge_declaration")
@require_http_methods(["GET", "POST"])
def mappings(request: Request) -> HttpResponse:
    """Keep which heading of a client's sheet is which field."""
    own = Mapping.objects.filter(organisation_id=firm_of(request.actor)).order_by("client")
    chosen = own.filter(client=request.GET.get("client", "")).first()
    client = request.POST.get("client", chosen.client if chosen else "").strip()
    written = request.POST.get("columns", acts.mapping_text(chosen.columns) if chosen else "")[: LONGEST_MAPPING + 1]
    found: list[Finding] = []
    if request.method == "POST":
        try:
            acts.keep_mapping(request.actor, request.moment, client, written)
        except InputRefused as refused:
            found = list(refused.findings)
        else:
            messages.success(request, texts.say("declarations.mapping_saved", reader()))
            return redirect("mappings")
    context = {
        "mappings": own[:500], "client": client, "written": written, "findings": found,
        "fields": [one for one in form.fields().values() if one.kind not in {"open", "list"}],
    }  # fmt: skip
    return render(request, "lodging/mappings.html", context, status=422 if found else 200)
