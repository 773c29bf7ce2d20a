"""The command line: `tongguan assess`, `bulk`, `cases`, `law`, `tariff`, `simulate`.

A command is imported when it is called, so that one answer comes at once and needs nothing that only bulk work needs.

Exit status, the same everywhere: 0 complete, 1 there are findings a person should look at, 2 the input was refused or the command could not do its
work at all. A refusal is written to standard error in both languages; a traceback means that we made a mistake.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperGroup

from tongguan.grammar.errors import LawDataError, OutOfCoverage
from tongguan.grammar.findings import Finding, InputRefused

COMPLETE, FINDINGS, REFUSED = 0, 1, 2


class Command(NamedTuple):
    """Where a command lives and what the list of commands says of it."""

    target: str
    help: str


COMMANDS = {
    "assess": Command(
        "tongguan.cli.assess:assess", "计算一票货物的税费 · what a shipment costs and what would be cheaper"
    ),
    "bulk": Command("tongguan.cli.bulk:bulk", "批量计算 · the same for millions of rows"),
    "cases": Command("tongguan.cli.cases:cases", "核对算例 · run worked cases and compare each figure"),
    "law": Command("tongguan.cli.law:app", "法规覆盖范围 · what is encoded, since when, how sure"),
    "tariff": Command("tongguan.cli.tariff:app", "税则 · the tariff schedule: load, show, diff, status"),
    "classify": Command(
        "tongguan.cli.classify:classify", "商品归类 · find the code by questions, as far as it is certain"
    ),
    "origin": Command(
        "tongguan.cli.origin:origin", "原产地 · prove the origin under every agreement, find missed preferences"
    ),
    "fees": Command("tongguan.cli.fees:app", "口岸收费 · the charge register, and bills checked line by line"),
    "days": Command("tongguan.cli.days:days", "时间表 · every clock, the last safe day of each paper"),
    "papers": Command(
        "tongguan.cli.papers:papers", "单证 · every licence, certificate, inspection and ban, and what is not needed"
    ),
    "exchange": Command("tongguan.cli.exchange:app", "报文 · messages of cross-border e-commerce, read and judged"),
    "serve": Command("tongguan.cli.serve:serve", "开启窗口 · the window: pages and programming interface"),
    "window": Command("tongguan.cli.window:app", "窗口运维 · work that is due, backup, restore"),
    "journal": Command("tongguan.cli.journal:app", "办理记录 · prove that no act was altered or lost"),
    "simulate": Command("tongguan.cli.simulate:simulate", "模拟税率调整 · the same rows under changed law"),
}

OPTIONAL = {
    "numba": "make setup-bulk",
    "numpy": "make setup-bulk",
    "polars": "make setup-bulk",
    "pyarrow": "make setup-bulk",
    "python_calamine": "make setup-bulk",
    "xlsxwriter": "make setup-bulk",
    "django": "make setup-window",
    "granian": "make setup-window",
}
"""Libraries that one assessment does not need, and the command that installs them."""


class Commands(TyperGroup):
    """A group whose commands are imported when they are needed."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002  # typer keeps its context class to itself
        """In the order of COMMANDS."""
        return list(COMMANDS)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401, ARG002  # as above
        """The list of commands, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.help) for name, command in COMMANDS.items()])

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401, ARG002  # as above
        """The command, imported now."""
        command = COMMANDS.get(cmd_name)
        if command is None:
            return None
        module, _, attribute = command.target.partition(":")
        target = getattr(import_module(module), attribute)
        if not isinstance(target, typer.Typer):
            alone = typer.Typer(add_completion=False, rich_markup_mode=None)
            alone.command(cmd_name)(target)
            target = alone
        mounted = typer.main.get_command(target)
        mounted.name = cmd_name
        return mounted

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401  # as above
        """Run a command; what the person can act on ends in findings and a status, not in a traceback."""
        try:
            return super().invoke(ctx)
        except InputRefused as refused:
            _refuse(refused.findings)
        except OutOfCoverage as beyond:
            _refuse([Finding(beyond.code, "", beyond.facts)])
        except LawDataError as error:
            _refuse([Finding("cli.law_data_malformed", "", {"why": str(error)})])
        except ModuleNotFoundError as error:
            _refuse([_what_to_install(error)])
        raise typer.Exit(REFUSED)


def _what_to_install(error: ModuleNotFoundError) -> Finding:
    """A kind word about a library that is not there. A missing part of our own is our mistake and stays an exception."""
    library = (error.name or "").partition(".")[0]
    if library not in OPTIONAL:
        raise error
    return Finding("cli.library_missing", "", {"library": library, "command": OPTIONAL[library]})


def _refuse(findings: Sequence[Finding]) -> None:
    from tongguan.assessment.explain import refused_sentences
    from tongguan.assessment.letter import plain_text

    typer.echo(plain_text(refused_sentences(findings), "both"), err=True, nl=False)


def _version(is_asked: bool) -> None:
    if is_asked:
        from tongguan import __version__

        typer.echo(f"tongguan {__version__}")
        raise typer.Exit


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Tongguan 通关: what it costs and what it takes to bring goods into China, explained.",
)


@app.callback()
def tongguan(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options of the command line as a whole."""


def main() -> None:
    """The command `tongguan`. Output that a terminal's encoding lacks is replaced rather than failing half-way."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
    try:
        app()
    except Exception:  # noqa: BLE001  # status 1 means findings, so a mistake of ours must not end in it
        traceback.print_exc()
        sys.exit(REFUSED)
