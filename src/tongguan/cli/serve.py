"""tongguan serve: the window, on this machine."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from tongguan.grammar.findings import Finding, InputRefused

FIRST_PORT = 8000
HERE = frozenset({"127.0.0.1", "::1", "0.0.0.0", "::"})  # noqa: S104  # compared, not bound
"""Addresses to listen on that this machine reaches by the name localhost."""


def serve(
    host: Annotated[str, typer.Option("--host", help="Address to listen on. 监听地址")] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option("--port", min=1, max=65535, help=f"Port; without it {FIRST_PORT}, or the next free one. 端口"),
    ] = None,
    address: Annotated[
        str, typer.Option("--address", metavar="URL", help="The public address, where it is another. 对外网址")
    ] = "",
    database: Annotated[
        str, typer.Option("--database", metavar="URL", help="postgresql://… for many users. 数据库，默认为内置")
    ] = "",
    home: Annotated[
        Path | None, typer.Option("--home", help="Folder of the embedded database and the papers. 数据文件夹")
    ] = None,
    schedule: Annotated[
        Path | None,
        typer.Option(
            "--schedule",
            metavar="PATH",
            help="Folder (or its tariff.sqlite3) of a loaded schedule; without it that of --home. 已载入税则所在文件夹",
        ),
    ] = None,
    workers: Annotated[int, typer.Option("--workers", min=1, max=64, help="Processes. 进程数")] = 1,
    demonstration: Annotated[
        bool, typer.Option("--demonstration", help="Fill an empty window with people and shipments. 演示数据")
    ] = False,
) -> None:
    """Serve the window until stopped with Ctrl-C."""
    from tongguan.tariff.store import FILE_NAME
    from tongguan.window.operation import logs, serving

    if schedule and not (schedule.is_file() or (schedule / FILE_NAME).is_file()):
        raise InputRefused([Finding("published.no_schedule_there", "--schedule", {"path": str(schedule)})])
    port = port or serving.free_port(host, FIRST_PORT)
    shown = (
        address or f"http://{'localhost' if host in HERE else host}:{port}"
    )  # a passkey needs a name: none is made for 127.0.0.1
    with serving.figures():
        logs.configure()
        serving.prepare(
            home=home,
            database=database,
            address=shown,
            schedule=schedule and schedule.absolute(),
            demonstration=demonstration,
        )
        serving.make_ready()
        answers_from = serving.settle_schedule()
        if demonstration:
            from tongguan.window.demonstration import seed

            seed.fill()
        typer.echo(f"通关 Tongguan: {shown}")
        typer.echo(f"税则 Tariff schedule: {answers_from}")
        if demonstration:
            typer.echo(f"演示账户 Demonstration logins: {shown}/demonstration/")
        sys.stdout.flush()
        serving.serve(host, port, workers)
