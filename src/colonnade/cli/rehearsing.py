"""The command `migrate rehearse`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from colonnade import api
from colonnade.cli.printing import FOUND, Format, FormatOption, console, print_json
from colonnade.cli.progress import steps


def rehearse(  # noqa: PLR0913, PLR0917 - each is an option
    path: Annotated[
        Path | None, typer.Argument(help="An alembic.ini or its folder, or a folder of SQL files; else the project's.")
    ] = None,
    start: Annotated[
        str | None,
        typer.Option("--from", help="The revision to begin at, or base; else the one before the head."),
    ] = None,
    rows: Annotated[int, typer.Option("--rows", min=0, help="How many rows each table has before.")] = 20,
    budget_ms: Annotated[
        float, typer.Option("--budget-ms", min=0, help="How much longer than usual a statement may take meanwhile.")
    ] = 100.0,
    no_stops: Annotated[bool, typer.Option("--no-stops", help="Never stop it in the middle.")] = False,
    out: Annotated[Path, typer.Option("--out", help="The file for the evidence.")] = Path("rehearsal.json"),
    branch: Annotated[
        str | None,
        typer.Option("--branch", help="Also try it on a branch of PROVIDER:NAME, or of PROVIDER's default branch."),
    ] = None,
    format: FormatOption = Format.text,  # noqa: A002 - the option's name
    exit_zero: Annotated[
        bool, typer.Option("--exit-zero", help="Leave with 0 also when something is refuted.")
    ] = False,
) -> None:
    """Run migrations there, back and there again, and stop them at every statement, on a copy with rows."""
    with steps(quiet=format is Format.json) as progress:
        result = api.migrate_rehearse(
            path,
            start=start,
            rows=rows,
            budget_ms=budget_ms,
            stops=not no_stops,
            out=out,
            branch=branch,
            progress=progress,
        )
    from colonnade.report import rehearsals

    written = str(result.out or "")
    if format is Format.json:
        print_json(rehearsals.rehearsal_as_json(result.rehearsal, out=written, elapsed_ms=result.elapsed_ms))
    else:
        rehearsals.print_rehearsal(console(), result.rehearsal, out=written, elapsed_ms=result.elapsed_ms)
    if result.rehearsal.refuted and not exit_zero:
        raise typer.Exit(FOUND)
