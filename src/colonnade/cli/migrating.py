"""Commands that make migrations: `migrate new`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from colonnade import api
from colonnade.cli.printing import Format, FormatOption, console, print_json
from colonnade.cli.progress import steps


def new(
    message: Annotated[str, typer.Option("--message", "-m", help="What the revision is for.")],
    models: Annotated[
        str | None, typer.Option("--models", help="What it leads to: any source that diff reads.")
    ] = None,
    history: Annotated[
        Path | None,
        typer.Option("--history", help="An alembic.ini or its folder; with --sql, the folder of the files."),
    ] = None,
    sql: Annotated[bool, typer.Option("--sql", help="Write files for psql instead of a revision for Alembic.")] = False,
    rename: Annotated[
        list[str] | None,
        typer.Option("--rename", help="public.t.x=public.t.y keeps the content of a column or table; repeatable."),
    ] = None,
    expand_contract: Annotated[
        bool,
        typer.Option(
            "--expand-contract",
            help="Rename tables, rename and retype columns by a chain of revisions, so that old and new code run.",
        ),
    ] = False,
    allow_data_loss: Annotated[
        bool, typer.Option("--allow-data-loss", help="Write it also when content is lost for good.")
    ] = False,
    format: FormatOption = Format.text,  # noqa: A002  # the option's name
) -> None:
    """Write the migration that takes a history on to the models."""
    with steps(quiet=format is Format.json) as progress:
        result = api.migrate_new(
            message,
            models=models,
            history=history,
            sql=sql,
            renames=rename or (),
            expand_contract=expand_contract,
            allow_data_loss=allow_data_loss,
            progress=progress,
        )
    from colonnade.report import plans

    shown: dict[str, Any] = {
        "files": [str(path) for path in result.files],
        "models": result.models,
        "revisions": result.revisions,
        "left_alone": result.left_alone,
        "unsaid": result.unsaid,
        "elapsed_ms": result.elapsed_ms,
    }
    if format is Format.json:
        print_json(plans.new_as_json(result.up, result.down, **shown))
    else:
        plans.print_new(console(), result.up, result.down, **shown)
