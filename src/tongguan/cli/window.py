"""tongguan window: what its keepers do. Work that is due, backup, restore, tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tongguan.grammar.findings import Finding, InputRefused

if TYPE_CHECKING:
    from tongguan.window.journal.verify import Fault

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The window's keepers: work, backup, restore.")

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

    read(file)
    verdict = verify()
    if verdict.faults:
        raise InputRefused(journal_findings(verdict.faults))
    typer.echo(f"{verdict.entries:,} entries in {verdict.chains:,} chains verified")


def journal_findings(faults: tuple[Fault, ...]) -> list[Finding]:
    """Faults of the journal as findings for people."""
    return [
        Finding("operation.journal_broken", "", {"kind": f.kind, "subject": f.subject, "place": str(f.place)})
        for f in faults
    ]
