"""The command `init`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from colonnade import api
from colonnade.cli.printing import Format, FormatOption, print_json


def init(
    folder: Annotated[Path, typer.Argument(help="The folder of the repository.")] = Path(),
    github: Annotated[
        bool, typer.Option("--github", help="A workflow: a branch for each pull request, migrations rehearsed.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that differs.")] = False,
    format: FormatOption = Format.text,  # noqa: A002  # the option's name
) -> None:
    """Write the files that a repository needs to work with us."""
    result = api.init(folder, github=github, force=force)
    if format is Format.json:
        files, changed = ([str(each) for each in paths] for paths in (result.files, result.changed))
        print_json({"verb": "init", "files": files, "changed": changed})
        return
    for path in result.files:
        typer.echo(f"{path} {'written' if path in result.changed else 'is as it should be'}")
    typer.echo("set the secret NEON_API_KEY and the variable NEON_PROJECT_ID of the repository")
