"""tongguan fees: the charge register, published lists, and bills checked against both."""

from __future__ import annotations

import csv
import datetime as dt
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from tongguan.cli import COMPLETE, FINDINGS, REFUSED
from tongguan.cli.arguments import day_of
from tongguan.grammar.findings import Finding, InputRefused

if TYPE_CHECKING:
    from tongguan.assessment.letter import Block, Words
    from tongguan.fees.check import Checked, Judged
    from tongguan.fees.lists import Loaded
    from tongguan.fees.register import Register, Term

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Pay no unlisted fee: what may be charged at the border, and a bill checked line by line. 口岸收费",
)

Lang = Annotated[Literal["zh", "en", "both"], typer.Option("--lang", help="Language of the answer. 语言")]
IsJson = Annotated[bool, typer.Option("--json", help="Everything, for programs. 输出 JSON")]
Home = Annotated[Path | None, typer.Option("--home", help="Where loaded lists are kept. 清单存放处")]


@app.command("list")
def list_register(
    day: Annotated[str | None, typer.Option("--date", metavar="DATE", help="What held on this day. 日期")] = None,
    place: Annotated[str, typer.Option("--place", help="CN, or a port such as CNSHA. 口岸")] = "CN",
    home: Home = None,
    lang: Lang = "both",
    is_json: IsJson = False,
) -> None:
    """Show the charge register: who pays, how much at most, on what basis. 查看收费底册."""
    from tongguan.fees.lists import current_register

    on = day_of(day, "--date")
    register = current_register(home)
    rows = [
        t
        for charge in register.charges
        for t in (register.terms_on(charge, on, place) if on else [t for t in register.terms if t.charge == charge])
    ]
    lists = register.lists_on(on, place) if on else list(register.lists)
    if is_json:
        _print_json(
            {
                "schema": "tongguan-charge-register/1",
                "date": on.isoformat() if on else None,
                "place": place,
                "charges": [_term_data(register, t) for t in rows],
                "lists": [_list_data(one) for one in lists],
            }
        )
        return
    from tongguan.cli.render import show

    show(_register_page(register, rows, on, place), lang)


@app.command("check")
def check_bills(
    files: Annotated[list[Path], typer.Argument(metavar="INVOICE...", help="Bills in CSV, Excel, JSON or YAML. 账单")],
    day: Annotated[str, typer.Option("--date", metavar="DATE", help="The bill's day. 账单日期")] = "",
    place: Annotated[str, typer.Option("--place", help="The port, such as CNSHA. 口岸")] = "",
    role: Annotated[
        str,
        typer.Option("--role", help="Who issued it: port_operator, agent, broker, carrier, customs... 收费单位类型"),
    ] = "",
    issuer: Annotated[str, typer.Option("--issuer", help="Name of the issuer. 收费单位")] = "",
    billed_to: Annotated[str, typer.Option("--billed-to", help="importer or carrier. 付款方")] = "",
    rates: Annotated[
        list[str] | None, typer.Option("--rate", metavar="USD=7.05", help="A rate agreed for the bill. 汇率")
    ] = None,
    containers: Annotated[
        list[str] | None, typer.Option("--containers", metavar="40=2", help="Containers of the shipment. 箱量")
    ] = None,
    found_problem: Annotated[
        str, typer.Option("--found-problem", help="yes or no: did the examination find something? 查验是否发现问题")
    ] = "",
    cargo: Annotated[str, typer.Option("--cargo", help="general or dangerous_or_reefer. 货物性质")] = "",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write the lines with their verdicts as CSV. 输出表格")
    ] = None,
    with_letter: Annotated[bool, typer.Option("--letter", help="Show what to write, and to whom. 生成异议书")] = False,
    home: Home = None,
    lang: Lang = "both",
    is_json: IsJson = False,
) -> None:
    """Check bills line by line: listed, above the cap, twice, not listed, not yours, abolished. 核对账单.

    Exit status: 0 every line may be charged, 1 there is something to claim or to ask, 2 a bill could not be read.
    """
    from tongguan.fees.invoice import Head, read_invoice
    from tongguan.fees.lists import current_register

    head = Head(
        day,
        place,
        role,
        billed_to,
        "",
        issuer,
        _pairs(rates, "--rate"),
        _pairs(containers, "--containers"),
        "",
        found_problem,
        cargo,
    )
    register = current_register(home)
    status, pages = COMPLETE, list[object]()
    checked_bills: list[Checked] = []
    for file in files:
        try:
            from tongguan.fees.check import check

            checked = check(read_invoice(file, head), register)
        except InputRefused as refused:
            status = REFUSED
            _say_refused(file, refused.findings, lang, pages, is_json=is_json)
            continue
        checked_bills.append(checked)
        status = max(status, COMPLETE if checked.is_clean else FINDINGS)
        if is_json:
            pages.append(checked.to_json())
        else:
            _show_checked(checked, lang, with_letter=with_letter)
    if is_json:
        _print_json(pages if len(pages) != 1 else pages[0])
    if out is not None:
        _write_table(out, checked_bills)
    raise typer.Exit(status)


@app.command("load")
def load(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A published list in CSV or Excel. 公示清单")],
    mapping: Annotated[Path, typer.Option("--mapping", metavar="FILE", help="What each column means. 列说明")],
    home: Home = None,
    is_dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen and keep nothing. 只试读")
    ] = False,
    lang: Lang = "both",
) -> None:
    """Load a published list of charges, all of it or nothing. 读入公示的收费清单."""
    from tongguan.fees.lists import load_list

    loaded = load_list(file, mapping, home, dry_run=is_dry_run)
    _show_loaded(loaded, lang)
    raise typer.Exit(REFUSED if loaded.is_stopped else FINDINGS if loaded.findings else COMPLETE)


# --- options -------------------------------------------------------------------------------------------------------------------------


def _pairs(given: list[str] | None, option: str) -> dict[str, str]:
    pairs = {}
    for one in given or []:
        name, mark, value = one.partition("=")
        if not mark:
            raise InputRefused([Finding("fees.not_a_mapping", option, {"read": one[:60]})])
        pairs[name.strip()] = value.strip()
    return pairs


# --- for programs --------------------------------------------------------------------------------------------------------------------


def _print_json(content: object) -> None:
    from tongguan.cli.assess import as_json

    sys.stdout.write(as_json(content))


def _term_data(register: Register, t: Term) -> dict[str, str]:
    from tongguan.grammar.citations import cite_text
    from tongguan.tariff.schedule import FOREVER

    charge = register.charges[t.charge]
    return {
        "id": charge.id, "kind": charge.kind, "name_zh": charge.name_zh, "name_en": charge.name_en, "effect": t.effect, "payer": t.payer,
        "basis": t.basis, "size": t.size, "cargo": t.cargo, "condition": t.condition, "cap": t.cap, "currency": t.currency, "place": t.place,
        "since": t.since.isoformat(), "until": "" if t.until == FOREVER else t.until.isoformat(), "because": t.cites,
        "because_zh": cite_text(t.cites, "zh"), "because_en": cite_text(t.cites, "en"), "source": t.source, "confidence": t.confidence,
        "note_zh": t.note_zh, "note_en": t.note_en,
    }  # fmt: skip


def _list_data(one: object) -> dict[str, object]:
    import msgspec

    content: dict[str, object] = msgspec.to_builtins(one)
    content["charges"] = len(getattr(one, "charges", ()))
    content["terms"] = len(getattr(one, "terms", ()))
    return content


def _write_table(out: Path, bills: list[Checked]) -> None:
    """The judged lines as CSV that no spreadsheet will work out."""
    from tongguan.fees.sheet import harmless
    from tongguan.grammar.citations import cite_text
    from tongguan.grammar.money import yuan

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        [
            "invoice",
            "line",
            "description",
            "amount",
            "currency",
            "verdict",
            "excess",
            "excess_currency",
            "firm",
            "why_zh",
            "why_en",
            "because",
        ]
    )
    for bill in bills:
        for j in bill.lines:
            row = [
                bill.invoice.name, str(j.line.number), j.line.description, "" if j.line.amount is None else f"{j.line.amount:.2f}",
                j.line.currency, j.verdict, "" if j.excess is None else yuan(j.excess), j.excess_currency, "yes" if j.is_firm else "no",
                j.text("zh"), j.text("en"), cite_text(j.because, "zh") if j.because else "",
            ]  # fmt: skip
            writer.writerow([harmless(cell) for cell in row])
    try:
        out.write_text(text.getvalue(), encoding="utf-8-sig")
    except OSError as error:
        raise InputRefused(
            [Finding("fees.file_unreadable", out.name, {"file": out.name, "why": error.strerror or ""})]
        ) from error


def _say_refused(
    file: Path, findings: list[Finding], lang: Literal["zh", "en", "both"], pages: list[object], *, is_json: bool
) -> None:
    from tongguan.assessment.explain import refusal
    from tongguan.cli.render import show

    if is_json:
        content = {
            "schema": "tongguan-invoice-check/1",
            "invoice": file.name,
            "refused": True,
            "findings": [f.to_json() for f in findings],
        }
        pages.append(content)
    else:
        show(refusal(file.name, findings), lang, sys.stderr)


# --- for people ----------------------------------------------------------------------------------------------------------------------

TONES = {
    "listed": "good",
    "credit": "quiet",
    "cannot_judge": "warning",
    "other_currency": "warning",
    "unreadable": "error",
}


def _show_checked(checked: Checked, lang: Literal["zh", "en", "both"], *, with_letter: bool) -> None:
    from tongguan.assessment.explain import refused_sentences
    from tongguan.assessment.letter import Heading, Sentence, Table, Verbatim, same, say
    from tongguan.cli.render import show
    from tongguan.fees.complaint import complaint

    bill, unknown = checked.invoice, say("fees.page.unknown")
    blocks: list[Block] = [
        Heading(say("fees.page.title", name=bill.name), 1),
        Sentence(
            say(
                "fees.page.head", issuer_zh=bill.issuer or unknown.zh, issuer_en=bill.issuer or unknown.en,
                day_zh=bill.day.isoformat() if bill.day else unknown.zh, day_en=bill.day.isoformat() if bill.day else unknown.en,
                place_zh=bill.place or unknown.zh, place_en=bill.place or unknown.en,
            ), "quiet", is_short=True,
        ),
    ]  # fmt: skip
    rows = tuple(
        (same(str(j.line.number)), same(j.line.description or "-"), same(_amount(j)), _label(j), same(_excess(j)))
        for j in checked.lines
    )
    blocks.append(Table(rows, frozenset({2, 4})))
    for j in checked.lines:
        blocks += _explained(j)
    sums: list[tuple[Words, ...]] = [
        (say(f"fees.page.{name}"), same(_sums(amounts)))
        for name, amounts in (
            ("billed", checked.billed),
            ("claim_now", checked.claim(is_firm=True)),
            ("claim_later", checked.claim(is_firm=False)),
        )
        if amounts or name == "billed"
    ]
    blocks.append(Table(tuple(sums), frozenset({1}), frozenset({1} if len(sums) > 1 else ())))
    if checked.is_clean:
        blocks.append(Sentence(say("fees.page.clean"), "good"))
    blocks += refused_sentences(checked.findings)
    show(blocks, lang)
    written = complaint(checked) if with_letter else None
    if written is not None:
        texts = [written.zh, written.en] if lang == "both" else [written.zh if lang == "zh" else written.en]
        show([Heading(say("fees.page.letter"), 2), *(Verbatim(text + "\n") for text in texts)], lang)


def _explained(j: Judged) -> list[Block]:
    """Why, the article, and what to do."""
    from tongguan.assessment.letter import Sentence, Words
    from tongguan.grammar.citations import cite_text

    because = (
        Words(f"〔{cite_text(j.because, 'zh')}〕", f"[{cite_text(j.because, 'en')}]") if j.because else Words("", "")
    )
    weak_zh, weak_en = "", ""
    if j.is_wrong and not j.is_firm and j.term is not None and not j.term.is_firm:
        from tongguan.assessment.letter import say

        weak = say("fees.page.weak")
        weak_zh, weak_en = f"（{weak.zh}）", f" ({weak.en})"
    zh = f"{j.text('zh')}{j.next_step('zh')}{weak_zh}{because.zh}"
    en = " ".join(part for part in (j.text("en"), j.next_step("en") + weak_en, because.en) if part.strip())
    return [Sentence(Words(zh, en), TONES.get(j.verdict, "warning"), f"{j.line.number}.")]


def _label(j: Judged) -> Words:
    """The verdict in a word or two; a charge whose price nobody could check says so."""
    from tongguan.assessment.letter import say

    return say(
        "fees.verdict.price_open" if j.verdict == "listed" and not j.price_was_checked else f"fees.verdict.{j.verdict}"
    )


def _amount(j: Judged) -> str:
    return "?" if j.line.amount is None else f"{j.line.currency} {j.line.amount:,.2f}"


def _excess(j: Judged) -> str:
    from tongguan.grammar.money import yuan_grouped

    return "" if not j.excess else f"{'' if j.is_firm else '? '}{j.excess_currency} {yuan_grouped(j.excess)}"


def _sums(sums: dict[str, int]) -> str:
    from tongguan.grammar.money import yuan_grouped

    return ", ".join(f"{currency} {yuan_grouped(amount)}" for currency, amount in sorted(sums.items())) or "0.00"


def _register_page(register: Register, rows: list[Term], on: dt.date | None, place: str) -> list[Block]:
    from tongguan.assessment.letter import Heading, Sentence, Table, Words, same, say
    from tongguan.tariff.schedule import FOREVER

    day = on.isoformat() if on else "…"
    blocks: list[Block] = [Heading(say("fees.page.register", day=day, place=place), 1)]
    table = []
    for t in rows:
        charge = register.charges[t.charge]
        until = "" if t.until == FOREVER else t.until.isoformat()
        what = " ".join(part for part in (f"{t.size}'" if t.size else "", t.cargo) if part)
        basis = say(f"fees.basis.{t.basis or 'each'}")
        price = (
            Words(f"{t.currency} {t.cap} {basis.zh}", f"{t.currency} {t.cap} {basis.en}")
            if t.cap
            else say(f"fees.effect.{t.effect}")
        )
        table.append(
            (
                Words(charge.name_zh, charge.name_en), same(what), price, say(f"fees.party.{t.payer}"), same(f"{t.since} – {until}"),
                same(f"{t.place} {t.confidence}"),
            )
        )  # fmt: skip
    blocks.append(Table(tuple(table)))
    lists = register.lists_on(on, place) if on else list(register.lists)
    if lists:
        blocks.append(Heading(say("fees.page.lists"), 2))
        blocks += [Sentence(same(f"{one.name}  {one.title}  {one.place}  {one.since} – {one.until}")) for one in lists]
    return blocks


def _show_loaded(loaded: Loaded, lang: Literal["zh", "en", "both"]) -> None:
    from tongguan.assessment.explain import refused_sentences
    from tongguan.assessment.letter import Sentence, say
    from tongguan.cli.render import show

    blocks: list[Block] = list(refused_sentences(loaded.findings))
    if loaded.is_stopped or loaded.list_ is None:
        blocks.append(Sentence(say("fees.page.stopped"), "error"))
    else:
        counts = {"charges": str(len(loaded.list_.charges)), "terms": str(len(loaded.list_.terms))}
        if loaded.kept_at is not None:
            blocks.append(Sentence(say("fees.page.kept", path=loaded.kept_at.name, **counts), "good"))
        else:
            blocks.append(Sentence(say("fees.page.would_keep", **counts)))
    show(blocks, lang)
