"""tongguan journal: proof that nothing was altered or lost."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tongguan.grammar.findings import InputRefused

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The append-only record of every act.")

Home = Annotated[Path | None, typer.Option("--home", help="Folder of the embedded database. 数据文件夹")]
Database = Annotated[str, typer.Option("--database", metavar="URL", help="postgresql://…")]


@app.command()
def verify(
    home: Home = None,
    database: Database = "",
    expected: Annotated[
        str,
        typer.Option(
            "--anchor", metavar="HASH", help="The anchor published before; it must be in the chain. 已公布的日锚值"
        ),
    ] = "",
) -> None:
    """Recompute every chain and every day's anchor. 校验"""
    from tongguan.cli.window import journal_findings
    from tongguan.window.operation import serving

    serving.prepare(home=home, database=database)
    from tongguan.window.journal.models import Anchor
    from tongguan.window.journal.verify import Fault
    from tongguan.window.journal.verify import verify as prove

    verdict = prove()
    faults = verdict.faults
    if expected and not Anchor.objects.filter(hash=expected).exists():
        faults = (*faults, Fault("anchor_unknown", expected, 0))
    typer.echo(f"{verdict.entries:,} entries, {verdict.chains:,} chains, {verdict.anchors:,} anchors")
    if verdict.last_anchor:
        typer.echo(f"last anchor {verdict.last_anchor}")
    if faults:
        raise InputRefused(journal_findings(faults))
    typer.echo("完整 whole")


@app.command()
def anchor(home: Home = None, database: Database = "") -> None:
    """Anchor every day that is over, and print the last anchor for publication. 生成日锚值"""
    from tongguan.window.operation import serving

    serving.prepare(home=home, database=database)
    from tongguan.window import clock
    from tongguan.window.access.actor import Moment
    from tongguan.window.journal.models import Anchor
    from tongguan.window.journal.verify import anchor_days

    at = clock.now()
    made = anchor_days(Moment(at, clock.day_of(at)))
    last = Anchor.objects.order_by("-day").first()
    typer.echo(f"{made} made" + (f"; {last.day} {last.hash}" if last else ""))
