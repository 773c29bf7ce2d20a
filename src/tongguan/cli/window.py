"""tongguan window: what its keepers do. Work that is due, backup, restore, tables, exchange rates."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tongguan.cli.arguments import day_of
from tongguan.grammar.findings import Finding, InputRefused

if TYPE_CHECKING:
    from tongguan.window.journal.verify import Fault

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="The window's keepers: work, backup, restore, rates."
)
rates = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Exchange rates for duties. 计征汇率")
app.add_typer(rates, name="rates")

Home = Annotated[Path | None, typer.Option("--home", help="Folder of the embedded database. 数据文件夹")]
Database = Annotated[str, typer.Option("--database", metavar="URL", help="postgresql://…")]


def _prepare(home: Path | None, database: str) -> None:
    from tongguan.window.operation import logs, serving

    logs.configure()
    serving.prepare(home=home, database=database)


@app.command()
def work(
    home: Home = None,
    database: Database = "",
    is_once: Annotated[bool, typer.Option("--once", help="Do what is due now, then end. 只做一次")] = False,
) -> None:
    """Send what is to be sent, raise what nobody answered, anchor the journal. 处理到期事项"""
    _prepare(home, database)
    from tongguan.window import clock
    from tongguan.window.access.actor import Moment
    from tongguan.window.operation import worker

    if is_once:
        at = clock.now()
        for name, count in worker.run_due(Moment(at, clock.day_of(at))).items():
            typer.echo(f"{name} {count}")
        return
    worker.work()


@app.command()
def migrate(home: Home = None, database: Database = "") -> None:
    """Bring the tables to this version. 更新数据表"""
    _prepare(home, database)
    from tongguan.window.operation import serving

    serving.make_ready()


@app.command()
def backup(file: Annotated[Path, typer.Argument(metavar="FILE")], home: Home = None, database: Database = "") -> None:
    """Write everything the window keeps into one file, while it goes on working. 备份"""
    _prepare(home, database)
    from tongguan.window.operation.backup import backup as write

    write(file)
    typer.echo(f"{file}  {file.stat().st_size:,} bytes")


@app.command()
def restore(file: Annotated[Path, typer.Argument(metavar="FILE")], home: Home = None, database: Database = "") -> None:
    """Put a backup into an empty window and prove its journal. 恢复"""
    if not file.is_file():
        raise InputRefused([Finding("operation.no_file", "", {"file": str(file)})])
    _prepare(home, database)
    from tongguan.window.journal.verify import verify
    from tongguan.window.operation.backup import restore as read

    warnings = read(file)
    verdict = verify()
    if verdict.faults:
        raise InputRefused(journal_findings(verdict.faults))
    typer.echo(f"{verdict.entries:,} entries in {verdict.chains:,} chains verified")
    for warning in warnings:
        for language in ("zh", "en"):
            typer.echo(f"{warning.message(language)} {warning.next_step(language)}", err=True)


@app.command()
def forget_sealed(home: Home = None, database: Database = "") -> None:
    """Only when the old secret key is lost for good: remove one-time and recovery codes it sealed. 密钥遗失后清除打不开的验证码"""
    _prepare(home, database)
    from tongguan.window import clock
    from tongguan.window.access.actor import Moment
    from tongguan.window.operation.backup import forget_sealed as forget

    at = clock.now()
    typer.echo(f"{forget(Moment(at, clock.day_of(at)))} people set up their second factor again 人须重新设置第二重验证")


@rates.command("load")
def load_rates(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV: currency, rate, published_on, if wanted per and source. 汇率表")
    ],
    source: Annotated[
        str, typer.Option("--source", help="Where they were published, for rows that name no source. 来源")
    ] = "",
    is_correction: Annotated[
        bool, typer.Option("--correct", help="Take the place of rates that are held otherwise. 更正")
    ] = False,
    home: Home = None,
    database: Database = "",
) -> None:
    """Load exchange rates as they were published, all of a file or nothing. 载入计征汇率"""
    try:
        content = file.read_bytes()
    except OSError:
        raise InputRefused([Finding("operation.no_file", "", {"file": str(file)})]) from None
    _prepare(home, database)
    from tongguan.window import clock
    from tongguan.window.access.actor import SYSTEM, Moment
    from tongguan.window.published.rates import load

    at = clock.now()
    moment = Moment(at, clock.day_of(at))
    told = load(SYSTEM, moment, file.name, content, source=source, corrects=is_correction)
    typer.echo(
        f"新收录 {told.added}，更正 {told.corrected}，原已收录 {told.known}。"
        f"{told.added} new, {told.corrected} corrected, {told.known} held already."
    )


@rates.command("show")
def show_rates(
    day: Annotated[str, typer.Argument(metavar="DATE", help="Day of the declaration. 申报日期")],
    home: Home = None,
    database: Database = "",
) -> None:
    """Show the rates that count on a day, with their sources. 查看某日适用的计征汇率"""
    declared = day_of(day, "DATE")
    assert declared is not None  # noqa: S101  # a day was given
    _prepare(home, database)
    from tongguan.grammar.money import decimal_text
    from tongguan.window.published.rates import rates_of
    from tongguan.window.published.reading import day_that_counts

    counts = day_that_counts(declared)
    held = rates_of(counts)
    typer.echo(f"{counts}" if held else f"{counts}  未收录 not held")
    for one in held:
        typer.echo(f"{one.currency}  {decimal_text(one.rate)}  {one.source}")


def journal_findings(faults: tuple[Fault, ...]) -> list[Finding]:
    """Faults of the journal as findings for people."""
    return [
        Finding("operation.journal_broken", "", {"kind": f.kind, "subject": f.subject, "place": str(f.place)})
        for f in faults
    ]
