"""What a good is made of: a page of rows, or a file, so that every agreement can be tested on it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tongguan.grammar.findings import Finding
from tongguan.window.access import needs
from tongguan.window.access.actor import NotAllowed
from tongguan.window.access.middleware import Request
from tongguan.window.ask import goods, materials, results
from tongguan.window.ask.forms import country_choices
from tongguan.window.ask.shipments import rated_of
from tongguan.window.ask.token import BILL, Answers, TooLong, answers_of, token_of
from tongguan.window.ask.uploads import bytes_of, refusals
from tongguan.window.ask.views import day_of
from tongguan.window.look.forms import LookForm
from tongguan.window.look.written import reader

FIRST_ROWS, MORE_ROWS, MOST_ROWS = 4, 5, 150
LONGEST_CELL = 120
_CELL = re.compile(r"(name|code|origin|value)-([0-9]{1,3})")


class FileForm(LookForm):
    """A file with the materials, in place of rows."""

    file = forms.FileField(label="ask.materials_file", help_text="ask.materials_file_hint", required=False)


class Cell(NamedTuple):
    """One box: its name in the form, the path findings have, what stands in it and what it is called."""

    name: str
    path: str
    value: str
    label: str


@needs("ask")
@require_http_methods(["GET", "POST"])
@never_cache
def bill_of_materials(request: Request, token: str, number: int) -> HttpResponse:
    """The materials of one good. What is sent becomes part of the next address; nothing is kept."""
    answers = answers_of(token)
    if not 1 <= number <= goods.count(answers):
        raise NotAllowed("ask")
    day = day_of(answers, request.moment.day)
    name = goods.name_of(number, BILL)
    bill = materials.bill_of(goods.of(answers, number))
    blank, found = FIRST_ROWS, list[Finding]()
    files = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm()
    if request.method == "POST":
        without = {key: value for key, value in answers.items() if key != name}
        if "without" in request.POST:
            return redirect("answer", token=token_of(without))
        with refusals() as found:
            bill = _sent(request, bill, files.cleaned_data["file"] if files.is_valid() else None)
        if "more" in request.POST:
            blank += MORE_ROWS
        elif not found and not files.errors:
            told = {**without, name: materials.text_of(bill)} if bill else without
            found = _problems(told, number, day)
            if not found:
                return redirect(f"{reverse('answer', args=[token_of(told)])}#origin")
    about = results.good_name(answers, number, day)
    if goods.count(answers) > 1:
        about = results.say("good_named", number=number, name=about)
    context = {
        "files": files, "token": token, "findings": [_at_a_box(f, number) for f in found], "has_bill": name in answers,
        "back": f"{reverse('answer', args=[token])}#origin", "rows": _rows(bill, number, blank), "prices": _prices(bill, number),
        "countries": country_choices(day, reader(), with_undetermined=False)[1:],
        "about": about,
    }  # fmt: skip
    return render(request, "ask/materials.html", context, status=422 if found or files.errors else 200)


def _problems(told: Answers, number: int, day: dt.date) -> list[Finding]:
    """What stands against going on with these answers."""
    with refusals() as found:
        try:
            token_of(told)
        except TooLong:
            return [Finding("ask.materials_too_many", "file")]
        found.extend(materials.problems_of(rated_of(told, day), number))
    return found


def _sent(request: Request, bill: materials.Bill, file: UploadedFile[Any] | None) -> materials.Bill:
    """The bill as it was sent: a file if there is one, else the rows. Raises InputRefused."""
    if file is not None:
        content, suffix = bytes_of(file, (*materials.TABLES, *materials.DOCUMENTS))
        sent = materials.bill_in(content, suffix)
        prices = {name: text or materials.prices_in(sent)[name] for name, text in _prices_sent(request.POST).items()}
        return materials.with_rows(sent, prices, materials.inputs_in(sent))
    rows: dict[int, dict[str, str]] = {}
    for key, text in request.POST.items():
        if (cell := _CELL.fullmatch(key)) is not None and int(cell[2]) < MOST_ROWS:
            empty = dict.fromkeys(materials.SHOWN, "")
            rows.setdefault(int(cell[2]), empty)[cell[1]] = str(text).strip()[:LONGEST_CELL]
    return materials.with_rows(bill, _prices_sent(request.POST), [rows[place] for place in sorted(rows)])


def _prices_sent(sent: Mapping[str, Any]) -> dict[str, str]:
    return {price: str(sent.get(price, "")).strip()[:LONGEST_CELL] for price in materials.PRICES}


def _rows(bill: materials.Bill, number: int, blank: int) -> list[list[Cell]]:
    """A row for each material, and some to be filled."""
    held = materials.inputs_in(bill)[:MOST_ROWS]
    held += [dict.fromkeys(materials.COLUMNS, "")] * min(blank, MOST_ROWS - len(held))
    return [
        [
            Cell(f"{column}-{place}", f"items[{number}].bill.inputs[{place}].{column}", row[column], results.say(f"material_{column}"))
            for column in materials.SHOWN
        ]
        for place, row in enumerate(held, start=1)
    ]  # fmt: skip


def _prices(bill: materials.Bill, number: int) -> list[Cell]:
    held = materials.prices_in(bill)
    return [
        Cell(price, f"items[{number}].bill.product.{price}", held[price], results.say(f"material_{price}"))
        for price in materials.PRICES
    ]


def _at_a_box(finding: Finding, number: int) -> Finding:
    """A finding at the box where it is mended: what is missing of the price, at the price."""
    path = finding.path
    if path == f"items[{number}].bill.product":
        path = f"{path}.{materials.PRICES[0]}"
    return Finding(finding.code, path, finding.facts, finding.because, finding.severity)
