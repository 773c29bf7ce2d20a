"""tongguan tariff: load official tables, find a code, look up a line, compare two days, see what is held.

Exit status: 0 fine, 1 there are findings that need a person, 2 it could not be done at all.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tongguan.cli.search import search
from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.findings import Finding, InputRefused

if TYPE_CHECKING:
    from rich.table import Table

    from tongguan.tariff.diff import RateDifference
    from tongguan.tariff.load import Load
    from tongguan.tariff.nomenclature import TableMapping
    from tongguan.tariff.schedule import Rate, Schedule
    from tongguan.tariff.store import Answer, Version

app = typer.Typer(
    no_args_is_help=True, help="The tariff schedule 税则: load, search, show, diff, status.", rich_markup_mode=None
)

app.command("search")(search)

FINE, FINDINGS, CANNOT = 0, 1, 2
SHOWN = 40
"""Rows of a list that are printed before the rest is counted; --json has them all."""

WORDS = {
    "name_zh": ("中文品名", "Chinese name"),
    "name_en": ("英文品名", "English name"),
    "unit": ("计量单位", "unit"),
    "vat_class": ("增值税类别", "VAT class"),
    "ct_class": ("消费税类别", "consumption-tax class"),
    "code": ("税号", "code"),
    "name": ("品名", "name"),
    "kind": ("税率种类", "kind"),
    "rate": ("税率", "rate"),
    "since": ("自", "since"),
    "until": ("至", "until"),
    "verified_until": ("核实至", "verified until"),
    "source": ("来源", "source"),
    "confidence": ("可信度", "confidence"),
    "old": ("原", "old"),
    "new": ("新", "new"),
    "chapter": ("章", "chapter"),
    "cuts": ("下调", "cuts"),
    "rises": ("上调", "rises"),
    "others": ("其他", "other"),
    "average_cut": ("平均降幅（百分点）", "average cut (points)"),
    "version": ("版本", "version"),
    "series": ("系列", "series"),
    "period": ("期间", "period"),
    "lines": ("行", "lines"),
    "rates": ("税率数", "rates"),
    "refused": ("被拒", "refused"),
    "file": ("文件", "file"),
    "loaded_at": ("载入时间", "loaded at"),
    "not_encoded": ("未编码", "not encoded"),
    "reason": ("原因", "reason"),
    "row": ("行号", "row"),
    "added": ("新增", "added"),
    "retired": ("停用", "retired"),
    "changed": ("变动", "changed"),
    "unchanged": ("不变", "unchanged"),
    "begun": ("启用", "begun"),
    "unconfirmed": ("未能确认", "not confirmed"),
    "held": ("有此项的税目数", "lines that have it"),
}
STANDARD_KINDS = ("mfn", "general")
"""Kinds that every line of the tariff has; their absence means that we do not hold them."""

Lang = Annotated[str, typer.Option("--lang", help="zh, en or both")]
AsJson = Annotated[bool, typer.Option("--json", help="for programs")]


# --- shared -----------------------------------------------------------------


def _word(key: str, lang: str) -> str:
    from tongguan.tariff.store import KIND_NAMES

    zh, en = KIND_NAMES.get(key) or WORDS.get(key) or (key, key)
    return zh if lang == "zh" else en if lang == "en" else f"{zh} {en}"


def _kind_text(kind: str, scheme: str, lang: str) -> str:
    return _word(kind, lang) + (f" {scheme}" if scheme else "")


def _languages(lang: str) -> list[str]:
    return ["zh", "en"] if lang == "both" else [lang]


def _print_json(content: dict[str, Any]) -> None:
    typer.echo(json.dumps(content, ensure_ascii=False, indent=1))


def _print_findings(findings: list[Finding], lang: str) -> None:
    for finding in findings:
        for language in _languages(lang):
            where = f"{finding.path}: " if finding.path else ""
            typer.echo(f"{where}{finding.message(language)}", err=finding.severity == "error")
            step = finding.next_step(language)
            if step:
                typer.echo(f"  → {step}", err=finding.severity == "error")


def _draw(*tables: Table) -> None:
    from rich.console import Console

    console = Console()
    if not console.is_terminal:
        console = Console(width=160)
    for table in tables:
        console.print(table)


def _table(title: str, columns: list[str], lang: str) -> Table:
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(_word(column, lang), overflow="fold")
    return table


def _status_of(findings: list[Finding]) -> int:
    return FINDINGS if any(finding.severity == "error" for finding in findings) else FINE


def _answering(command: Callable[..., int]) -> Callable[..., None]:
    """Run a command and turn what stands in its way into findings and an exit status."""

    @wraps(command)
    def run(**options: Any) -> None:  # noqa: ANN401  # typer reads the wrapped signature
        lang, as_json = options["lang"], options["as_json"]
        try:
            _check_language(lang)
            status = command(**options)
        except InputRefused as refused:
            findings, status = refused.findings, CANNOT
        except OutOfCoverage as outside:
            findings, status = [Finding(outside.code, "", outside.facts)], FINDINGS
        else:
            raise typer.Exit(status)
        if as_json:
            _print_json({"findings": [finding.to_json() for finding in findings]})
        else:
            _print_findings(findings, lang)
        raise typer.Exit(status)

    return run


def _check_language(lang: str) -> None:
    if lang not in ("zh", "en", "both"):
        raise InputRefused([Finding("tariff.language_unknown", "--lang", {"value": lang})])


def _day(text: str, where: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise InputRefused([Finding("tariff.date_unreadable", where, {"value": text})]) from None


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)  # noqa: TID251  # the command line is where the clock is read


def _schedule(version: int | None) -> Schedule:
    from tongguan.tariff.store import load_schedule

    return load_schedule(None, version)


def _rate_json(rate: Rate | None) -> dict[str, Any] | None:
    from tongguan.grammar.money import ratio_text
    from tongguan.tariff.schedule import FOREVER

    if rate is None:
        return None
    return {
        "code": rate.code,
        "kind": rate.kind,
        "scheme": rate.scheme,
        "text": rate.text(),
        "form": rate.form,
        "ad_valorem": ratio_text(rate.rate),
        "specific": rate.amount,
        "per_unit": rate.per_unit,
        "formula": rate.formula,
        "since": rate.since.isoformat(),
        "until": rate.until.isoformat() if rate.until < FOREVER else None,
        "verified_until": rate.verified_until.isoformat(),
        "source": rate.source,
        "confidence": rate.confidence,
        "note": rate.note,
    }


# --- load -------------------------------------------------------------------


@app.command("load")
@_answering
def load_command(
    file: Annotated[Path, typer.Argument(help="CSV or workbook of an official table")],
    mapping: Annotated[str | None, typer.Option(help="mapping file, or the name of a shipped mapping")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="show what would change and keep nothing")] = False,
    accept_refused: Annotated[bool, typer.Option("--accept-refused", help="load although rows are refused")] = False,
    lang: Lang = "both",
    as_json: AsJson = False,
) -> int:
    """Load an official table as a new version of the schedule, as a table of codes for search and classification, or as both."""
    from tongguan.tariff.load import load
    from tongguan.tariff.mapping import mapping_for_header
    from tongguan.tariff.store import default_home

    table = None if mapping else _nomenclature_table(file)
    codes = _load_codes(file, table, dry_run) if table else []
    if table and mapping_for_header(table.columns, file.name) is None:
        if as_json:
            _print_json({"file": file.name, "dry_run": dry_run, "findings": [finding.to_json() for finding in codes]})
        else:
            _print_findings(codes, lang)
        return FINE
    made = load(default_home(), file, mapping, accept_refused, dry_run, _now())
    made = made._replace(findings=made.findings + codes)
    if as_json:
        _print_json(_load_json(made, dry_run))
    else:
        _print_load(made, dry_run, lang)
    return FINDINGS if made.stopped or made.table.refused else FINE


def _nomenclature_table(file: Path) -> TableMapping | None:
    """The mapping of a table of codes or a correlation; None for anything else, a file that is not there included."""
    from tongguan.tariff.nomenclature import recognise

    try:
        return recognise(file)
    except OSError:
        return None


def _load_codes(file: Path, table: TableMapping, dry_run: bool) -> list[Finding]:
    from tongguan.tariff.nomenclature import load_table
    from tongguan.tariff.store import default_home

    facts = {"file": file.name, "nomenclature": table.nomenclature, "edition": table.edition, "source": table.source}
    if dry_run:
        return [Finding("search.table_recognised", file.name, facts, severity="note")]
    kept = load_table(default_home(), file)
    return [Finding("search.table_loaded", file.name, {**facts, "codes": str(kept.codes)}, severity="note")]


def _load_json(made: Load, dry_run: bool) -> dict[str, Any]:
    from tongguan.grammar.money import ratio_text

    table, difference = made.table, made.difference
    return {
        "file": made.file_name,
        "sha256": made.sha256,
        "encoding": made.encoding,
        "mapping": made.mapping.name,
        "mapping_is_shipped": made.mapping_is_shipped,
        "series": made.mapping.series,
        "sequence": made.mapping.sequence,
        "period": {"from": made.mapping.period.from_.isoformat(), "until": made.mapping.period.until.isoformat()},
        "dry_run": dry_run,
        "version": made.version,
        "rows": table.rows_read,
        "rows_skipped": table.rows_skipped,
        "rows_refused": table.rows_refused,
        "lines": len(table.lines),
        "rates": len(table.rates),
        "added": difference.added,
        "retired": difference.retired,
        "changed": [
            {
                "code": c.code,
                "band": c.band,
                "kind": c.kind,
                "scheme": c.scheme,
                "since": c.since.isoformat(),
                "old": _rate_json(c.old),
                "new": {
                    "ad_valorem": ratio_text(c.new.rate),
                    "specific": c.new.amount,
                    "per_unit": c.new.per_unit,
                    "text": c.new.text(),
                },
            }
            for c in difference.changed
        ],
        "unchanged": difference.unchanged,
        "refused": [{"row": r.row, "code": r.code, **r.finding().to_json()} for r in table.refused],
        "findings": [finding.to_json() for finding in made.findings],
    }


def _print_load(made: Load, dry_run: bool, lang: str) -> None:
    table, difference = made.table, made.difference
    m = made.mapping
    counts = _table(
        f"{made.file_name}  {m.period.from_} – {m.period.until}",
        ["added", "retired", "changed", "unchanged", "refused"],
        lang,
    )
    numbers = (
        len(difference.added),
        len(difference.retired),
        len(difference.changed),
        difference.unchanged,
        table.rows_refused,
    )
    counts.add_row(*(str(n) for n in numbers))
    tables = [counts]
    if difference.changed:
        changes = _table(_word("changed", lang), ["code", "kind", "since", "old", "new"], lang)
        for c in difference.changed[:SHOWN]:
            old = c.old.text() if c.old else _word("not_encoded", lang)
            changes.add_row(
                f"{c.code} {c.band}".strip(), _kind_text(c.kind, c.scheme, lang), c.since.isoformat(), old, c.new.text()
            )
        _count_rest(changes, len(difference.changed))
        tables.append(changes)
    for title, codes in (("added", difference.added), ("retired", difference.retired)):
        if codes:
            listed = _table(_word(title, lang), ["code"], lang)
            listed.add_row(", ".join(codes[:SHOWN]) + (f" … (+{len(codes) - SHOWN})" if len(codes) > SHOWN else ""))
            tables.append(listed)
    _draw(*tables)
    _print_findings([row.finding() for row in table.refused], lang)
    _print_findings(made.findings, lang)
    outcome = (
        ("tariff.loaded" if made.version else "tariff.dry_run") if made.version or dry_run else "tariff.nothing_loaded"
    )
    facts = {"version": str(made.version), "lines": str(len(table.lines)), "rates": str(len(table.rates))}
    _print_findings([Finding(outcome, "", facts, severity="note")], lang)


def _count_rest(table: Table, total: int) -> None:
    if total > SHOWN:
        table.add_row(f"… (+{total - SHOWN})")


# --- show -------------------------------------------------------------------


@app.command("show")
@_answering
def show_command(
    code: Annotated[str, typer.Argument(help="8 or 10 digits; fewer digits list what begins with them")],
    as_of: Annotated[str | None, typer.Option("--as-of", help="a day such as 2018-07-01; today when left out")] = None,
    version: Annotated[int | None, typer.Option(help="as loaded in this version; 0 is the starter schedule")] = None,
    lang: Lang = "both",
    as_json: AsJson = False,
) -> int:
    """Everything held on a code on a day."""
    import unicodedata

    from tongguan.tariff.store import answer

    digits = unicodedata.normalize("NFKC", code).replace(".", "").replace(" ", "")
    day = _day(as_of, "--as-of") if as_of else _now().date()
    schedule = _schedule(version)
    if len(digits) < 8 and digits.isascii() and digits.isdigit():
        return _show_list(schedule, digits, day, lang, as_json)
    found = answer(schedule, digits, day)
    findings = _show_findings(found, digits, day)
    missing = _missing(schedule, found, digits)
    if as_json:
        _print_json(_show_json(schedule, found, digits, day, missing, findings))
    else:
        _print_answer(found, day, missing, lang)
        _print_findings(findings, lang)
    return _status_of(findings)


def _show_findings(found: Answer, code: str, day: dt.date) -> list[Finding]:
    findings = [differing.finding(code) for differing in found.differing]
    if len(found.line.code) < len(code):
        findings.append(
            Finding("tariff.answered_with_eight_digits", "", {"code": code, "line": found.line.code}, severity="note")
        )
    stale = sorted({rate.verified_until for rate in found.rates if rate.verified_until < day})
    if stale:
        facts = {"day": day.isoformat(), "until": stale[0].isoformat()}
        findings.append(Finding("tariff.rates_last_confirmed", "", facts, severity="warning"))
    return findings


def _missing(schedule: Schedule, found: Answer, code: str) -> list[str]:
    """What every line has in the tariff and this answer does not."""
    stated = {rate.kind for rate in found.rates} | {differing.kind for differing in found.differing}
    missing = [kind for kind in STANDARD_KINDS if kind not in stated]
    missing += [name for name in ("name_zh", "name_en", "unit", "vat_class") if not getattr(found.line, name)]
    if not found.line.ct_class and not schedule.encodes_consumption_tax(code):
        missing.append("ct_class")
    return missing


def _show_json(
    schedule: Schedule, found: Answer, code: str, day: dt.date, missing: list[str], findings: list[Finding]
) -> dict[str, Any]:
    from tongguan.tariff.schedule import FOREVER

    line = found.line._asdict()
    line["since"] = found.line.since.isoformat()
    line["until"] = found.line.until.isoformat() if found.line.until < FOREVER else None
    return {
        "code": code,
        "as_of": day.isoformat(),
        "schedule": schedule.label,
        "line": line,
        "rates": [_rate_json(rate) for rate in found.rates],
        "differing": [
            {
                "kind": d.kind,
                "scheme": d.scheme,
                "alternatives": [{"code": a.code, "band": a.band, "rate": _rate_json(a.rate)} for a in d.alternatives],
            }
            for d in found.differing
        ],
        "not_encoded": missing,
        "findings": [finding.to_json() for finding in findings],
    }


def _print_answer(found: Answer, day: dt.date, missing: list[str], lang: str) -> None:
    from tongguan.tariff.schedule import FOREVER

    line = found.line
    names = {"zh": [line.name_zh], "en": [line.name_en], "both": [line.name_zh, line.name_en]}[lang]
    typer.echo(f"{line.code}  {'  '.join(name for name in names if name) or _word('not_encoded', lang)}  ({day})")
    for name in ("unit", "vat_class", "ct_class"):
        value = getattr(line, name) or (_word("not_encoded", lang) if name in missing else "–")
        typer.echo(
            f"  {_word(name, lang)}: {value}{' / ' + line.second_unit if name == 'unit' and line.second_unit else ''}"
        )
    table = _table("", ["kind", "rate", "since", "until", "verified_until", "source", "confidence"], lang)
    for rate in found.rates:
        until = rate.until.isoformat() if rate.until < FOREVER else "–"
        verified = rate.verified_until.isoformat()
        kind = _kind_text(rate.kind, rate.scheme, lang)
        table.add_row(kind, rate.text(), rate.since.isoformat(), until, verified, rate.source, rate.confidence)
    for differing in found.differing:
        for a in differing.alternatives:
            text = a.rate.text() if a.rate else _word("not_encoded", lang)
            kind = _kind_text(differing.kind, differing.scheme, lang)
            table.add_row(f"{kind} {a.code} {a.band}".strip(), text, "", "", "", a.rate.source if a.rate else "", "")
    _draw(table)
    if missing:
        separator = "、" if lang == "zh" else ", "
        typer.echo(f"{_word('not_encoded', lang)}: {separator.join(_word(name, lang) for name in missing)}")


def _show_list(schedule: Schedule, prefix: str, day: dt.date, lang: str, as_json: bool) -> int:
    from tongguan.tariff.schedule import not_held
    from tongguan.tariff.store import answer

    found = []
    for code in schedule.codes_under(prefix):
        try:
            found.append(answer(schedule, code, day))
        except OutOfCoverage:
            continue  # not a line on that day
    if not found:
        raise not_held(prefix, schedule, day)
    rows = [(a.line, _mfn_text(a)) for a in found]
    if as_json:
        lines = [
            {"code": line.code, "name_zh": line.name_zh, "name_en": line.name_en, "mfn": mfn} for line, mfn in rows
        ]
        _print_json({"prefix": prefix, "as_of": day.isoformat(), "schedule": schedule.label, "lines": lines})
        return FINE
    table = _table(f"{prefix}…  ({day})", ["code", "name", "mfn"], lang)
    for line, mfn in rows:
        names = {"zh": [line.name_zh], "en": [line.name_en], "both": [line.name_zh, line.name_en]}[lang]
        table.add_row(line.code, "  ".join(name for name in names if name), mfn or _word("not_encoded", lang))
    _draw(table)
    return FINE


def _mfn_text(found: Answer) -> str:
    differing = [a.rate.text() if a.rate else "–" for d in found.differing if d.kind == "mfn" for a in d.alternatives]
    return " | ".join(dict.fromkeys(differing)) or next((r.text() for r in found.rates if r.kind == "mfn"), "")


# --- diff -------------------------------------------------------------------


@app.command("diff")
@_answering
def diff_command(
    date1: Annotated[str, typer.Argument(help="a day such as 2018-06-30")],
    date2: Annotated[str, typer.Argument(help="a day such as 2018-07-01")],
    chapter: Annotated[bool, typer.Option("--chapter", help="only the summary by chapter")] = False,
    kind: Annotated[list[str] | None, typer.Option(help="only this kind of rate; may be given several times")] = None,
    under: Annotated[str, typer.Option(help="only codes that begin with these digits")] = "",
    version1: Annotated[int | None, typer.Option(help="the first day as loaded in this version")] = None,
    version2: Annotated[int | None, typer.Option(help="the second day as loaded in this version")] = None,
    lang: Lang = "both",
    as_json: AsJson = False,
) -> int:
    """Lines whose rates differ between two days, or two versions."""
    from tongguan.tariff.diff import by_chapter, diff

    day1, day2 = _day(date1, "DATE1"), _day(date2, "DATE2")
    before = _schedule(version1)
    after = before if version1 == version2 else _schedule(version2)
    found = diff(before, day1, after, day2, kind or (), under)
    chapters = by_chapter(found)
    if as_json:
        content: dict[str, Any] = {
            "before": {"day": date1, "schedule": before.label},
            "after": {"day": date2, "schedule": after.label},
            "compared": found.compared,
            "begun": [line.code for line in found.begun],
            "retired": [line.code for line in found.retired],
            "unconfirmed": found.unconfirmed,
            "by_chapter": [{**c._asdict(), "average_cut": _points(c.average_cut)} for c in chapters],
        }
        if not chapter:
            content["differences"] = [_difference_json(d) for d in found.rates]
        _print_json(content)
        return FINE
    tables = []
    if not chapter:
        rates = _table(f"{date1} → {date2}", ["code", "kind", "old", "new"], lang)
        for d in found.rates:
            texts = (rate.text() if rate else "–" for rate in (d.old, d.new))
            rates.add_row(f"{d.code} {d.band}".strip(), _kind_text(d.kind, d.scheme, lang), *texts)
        tables.append(rates)
    summary = _table(f"{date1} → {date2}", ["chapter", "kind", "cuts", "rises", "others", "average_cut"], lang)
    for c in chapters:
        summary.add_row(
            c.chapter, _word(c.kind, lang), str(c.cuts), str(c.rises), str(c.others), _points(c.average_cut) or "–"
        )
    _draw(*tables, summary)
    for title, codes in (
        ("begun", [x.code for x in found.begun]),
        ("retired", [x.code for x in found.retired]),
        ("unconfirmed", found.unconfirmed),
    ):
        if codes:
            typer.echo(
                f"{_word(title, lang)} ({len(codes)}): {', '.join(codes[:SHOWN])}{' …' if len(codes) > SHOWN else ''}"
            )
    return FINE


def _points(ppm: int | None) -> str | None:
    from tongguan.grammar.money import percent_text

    return None if ppm is None else percent_text(ppm).rstrip("%")


def _difference_json(d: RateDifference) -> dict[str, Any]:
    return {
        "code": d.code,
        "band": d.band,
        "kind": d.kind,
        "scheme": d.scheme,
        "direction": d.direction,
        "old": _rate_json(d.old),
        "new": _rate_json(d.new),
    }


# --- status -----------------------------------------------------------------


@app.command("status")
@_answering
def status_command(
    refused: Annotated[int | None, typer.Option(help="list the rows that this version refused")] = None,
    lang: Lang = "both",
    as_json: AsJson = False,
) -> int:
    """The versions loaded, what is held and what is not."""
    from tongguan.tariff.store import KIND_NAMES, coverage, default_home, open_reading, read_refused, read_versions

    connection = open_reading(default_home())
    versions = read_versions(connection)
    if refused is not None:
        if connection is None or refused not in {v.version for v in versions}:
            raise OutOfCoverage(
                "tariff.version_not_held", version=str(refused), held=", ".join(str(v.version) for v in versions) or "-"
            )
        rows = read_refused(connection, refused)
        if as_json:
            _print_json(
                {"version": refused, "refused": [{"row": r.row, "code": r.code, **r.finding().to_json()} for r in rows]}
            )
        else:
            _print_findings([row.finding() for row in rows], lang)
        return FINE
    schedule = _schedule(None)
    held = coverage(schedule)
    gaps = {
        **{kind: held.lines - held.with_kind.get(kind, 0) for kind in KIND_NAMES},
        **{k: held.lines - n for k, n in held.with_property.items()},
    }
    if as_json:
        _print_json(
            {
                "schedule": schedule.label,
                "versions": [_version_json(v) for v in versions],
                "lines": held.lines,
                "chapters": held.chapters,
                "with_kind": {kind: held.with_kind.get(kind, 0) for kind in KIND_NAMES},
                "with_property": held.with_property,
                "without": gaps,
            }
        )
        return FINE
    table = _table(
        schedule.label,
        ["version", "series", "period", "lines", "rates", "refused", "source", "file", "loaded_at"],
        lang,
    )
    for v in versions:
        period = f"{v.period_from} – {v.period_until}"
        counts = (str(v.lines), str(v.rates), str(v.rows_refused))
        table.add_row(str(v.version), f"{v.series} {v.sequence}", period, *counts, v.source, v.file_name, v.loaded_at)
    holds = _table(f"{held.lines} / {held.chapters} {_word('chapter', lang)}", ["kind", "held", "not_encoded"], lang)
    for key, without in gaps.items():
        holds.add_row(_word(key, lang), str(held.lines - without), str(without))
    _draw(*([table] if versions else []), holds)
    if not versions:
        _print_findings([Finding("tariff.starter_only", "", severity="note")], lang)
    return FINE


def _version_json(v: Version) -> dict[str, Any]:
    content = v._asdict()
    for name in ("period_from", "period_until", "lines_until"):
        content[name] = content[name].isoformat()
    content["verified_until"] = content["period_until"]
    content["mapping"] = json.loads(v.mapping)
    return content
