"""The command `doctor`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from colonnade import api
from colonnade.cli.printing import FOUND, Format, FormatOption, console, print_json
from colonnade.cli.progress import steps


class ConnectionPurpose(StrEnum):
    """What a connection is for."""

    app = "app"
    ddl = "ddl"


def doctor(  # noqa: PLR0913, PLR0917  # each is an option
    url: Annotated[
        str | None, typer.Argument(help="A postgresql:// URL; DATABASE_URL where none is given.", show_default=False)
    ] = None,
    purpose: Annotated[
        ConnectionPurpose, typer.Option("--purpose", help="What it is for: the application, or migrations.")
    ] = ConnectionPurpose.app,
    pool_size: Annotated[int, typer.Option("--pool-size", min=0, help="Connections that a process keeps.")] = 0,
    max_overflow: Annotated[int, typer.Option("--max-overflow", min=0, help="Those it opens beyond.")] = 0,
    processes: Annotated[int, typer.Option("--processes", min=1, help="Processes that connect.")] = 1,
    pre_ping: Annotated[
        bool | None,
        typer.Option(
            "--pre-ping/--no-pre-ping", help="Whether an idle one is tried before it is used.", show_default=False
        ),
    ] = None,
    recycle: Annotated[
        int | None, typer.Option("--recycle", help="Seconds after which one is replaced.", show_default=False)
    ] = None,
    keepalive: Annotated[
        float | None,
        typer.Option(
            "--keepalive",
            min=0,
            help="Seconds between health checks or keepalives that nobody asks for.",
            show_default=False,
        ),
    ] = None,
    units: Annotated[
        float | None,
        typer.Option("--units", min=0.25, help="The largest size of the Neon compute.", show_default=False),
    ] = None,
    suspend: Annotated[
        int | None,
        typer.Option(
            "--suspend",
            min=0,
            help="Seconds after which an idle Neon compute suspends, 0 for never; what Neon gives where none are said.",
            show_default=False,
        ),
    ] = None,
    trace: Annotated[
        list[Path] | None,
        typer.Option("--trace", help="What the application sent, as colonnade.trace.record writes it; repeatable."),
    ] = None,
    format: FormatOption = Format.text,  # noqa: A002  # the option's name
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Leave with 0 also when something is found.")] = False,
) -> None:
    """Look at a connection: kind of URL, TLS, role, isolation, pool, timeouts, extensions, cold start."""
    pool = api.PoolUse(
        size=pool_size,
        overflow=max_overflow,
        processes=processes,
        pre_ping=pre_ping,
        recycle_seconds=recycle,
        keepalive_seconds=keepalive,
    )
    with steps(quiet=format is Format.json) as progress:
        result = api.doctor(
            url,
            purpose=purpose.value,
            pool=pool,
            units=units,
            suspend_seconds=suspend,
            traces=trace or (),
            progress=progress,
        )
    from colonnade.report import connections

    if format is Format.json:
        print_json(connections.diagnosis_as_json(result.review, result.diagnosis, elapsed_ms=result.elapsed_ms))
    else:
        connections.print_diagnosis(console(), result.review, result.diagnosis, elapsed_ms=result.elapsed_ms)
    if result.found and not exit_zero:
        raise typer.Exit(FOUND)
